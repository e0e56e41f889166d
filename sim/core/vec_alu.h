/* Lane-wise arithmetic, comparison and selection on 512-bit vectors.
 *
 * `width` is 8, 16 or 32.  A mask has bit i for lane i and zeroes above the last lane.  A vector of zeroes may be given
 * as NULL where a function says so.  Pointers are 8-byte aligned; outputs never overlap inputs.
 */
#ifndef AIE_SIM_CORE_VEC_ALU_H
#define AIE_SIM_CORE_VEC_ALU_H

#include "sim/core/vec_lanes.h"

/* s1 + s2 and s1 - s2, wrapping; s1 may be NULL. */
void aie_vec_add(unsigned width, const void *s1, const void *s2, void *out);
void aie_vec_subtract(unsigned width, const void *s1, const void *s2, void *out);

/* Lanes of s2 where the mask is set, of s1 (NULL: zeroes) where it is not. */
void aie_vec_select(unsigned width, const void *s1, const void *s2, uint64_t mask, void *out);

/* Masks of s1 < s2 (either may be NULL), and of s2 == 0. */
uint64_t aie_vec_less(unsigned width, bool is_signed, const void *s1, const void *s2);
uint64_t aie_vec_zero(unsigned width, const void *s2);

/* All lanes of a vector of this width. */
static inline uint64_t aie_vec_all(unsigned width)
{
	return UINT64_MAX >> (64 - 512 / width);
}

void aie_vec_and(const void *s1, const void *s2, void *out);
void aie_vec_or(const void *s1, const void *s2, void *out);
void aie_vec_not(const void *s2, void *out);

/* bf16 lanes: by value, -0 below +0; a comparison with a not-a-number is false, *unordered has those lanes. */
uint64_t aie_vec_bf16_less(const void *s1, const void *s2, uint64_t *unordered);

#endif
