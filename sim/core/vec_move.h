/* Rearrangement of vector lanes: broadcast, extract, insert, push, shift, shuffle.
 *
 * Vectors are 512 bits (64 bytes) unless said otherwise; `width` is a lane width in bits: 8, 16, 32, 64 or 128.
 * Pointers are 8-byte aligned; outputs never overlap inputs.
 */
#ifndef AIE_SIM_CORE_VEC_MOVE_H
#define AIE_SIM_CORE_VEC_MOVE_H

#include <string.h>

#include "isa/error.h"
#include "sim/core/vec_lanes.h"

/* The low `width` bits of `lane` (width / 8 bytes) in every lane. */
AIE_VEC_INLINE void aie_vec_broadcast(unsigned width, const void *lane, void *out)
{
	uint64_t low = 0, high = 0;
	aie_v64 *result = out;

	memcpy(&low, lane, width < 64 ? width / 8 : 8);
	for (unsigned filled = width; filled < 64; filled *= 2)
		low |= low << filled;
	if (width == 128)
		memcpy(&high, (const aie_v8 *)lane + 8, 8);
	else
		high = low;
	for (unsigned i = 0; i < 8; i += 2) {
		result[i] = low;
		result[i + 1] = high;
	}
}

/* Address of lane `index` of a vector; indices beyond the last lane wrap. */
const void *aie_vec_lane(unsigned width, const void *vector, uint32_t index);

/* A lane of up to 64 bits, sign- or zero-extended. */
uint64_t aie_vec_extract(unsigned width, const void *vector, uint32_t index, bool is_signed);

/* A copy of `vector` with one lane replaced by width / 8 bytes of `lane`. */
void aie_vec_insert(unsigned width, const void *vector, uint32_t index, const void *lane, void *out);

/* Lanes move down by one and `lane` becomes the highest, or up by one and `lane` becomes lane 0. */
void aie_vec_push_high(unsigned width, const void *vector, const void *lane, void *out);
void aie_vec_push_low(unsigned width, const void *vector, const void *lane, void *out);

/* The low 64 bytes of s2:s1 (s1 low) shifted right by `amount` bytes. */
void aie_vec_shift(uint32_t amount, const void *s1, const void *s2, void *out);

/* One transposition of the pair s2:s1.  `bytes` is the size of one operand and of the result: 64, or 8 for exponents.
 * With s2 NULL the operation is refused when any element comes from the second operand. */
int aie_vec_shuffle(uint32_t mode, const void *s1, const void *s2, void *out, struct aie_error *error);
int aie_vec_shuffle_exponents(uint32_t mode, const void *s1, const void *s2, void *out, struct aie_error *error);

#endif
