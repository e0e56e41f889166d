/* Integer multiply-accumulate of the vector unit, and the configuration word that all multiply and accumulator
 * instructions take from a scalar register.
 *
 *   31    24 23      16 15 14 13   12   11   10      9     8     7    5 4   3 2   1 0
 *   reserved  sub_mask  resv  sub2 sub1 sub0 shift16 sgn_x sgn_y variant bmode amode zero_acc
 */
#ifndef AIE_SIM_CORE_VEC_MAC_H
#define AIE_SIM_CORE_VEC_MAC_H

#include "isa/error.h"
#include "sim/core/vec_lanes.h"

enum aie_accumulator_mode { AIE_AMODE_INT32 = 0, AIE_AMODE_INT64 = 1, AIE_AMODE_FP32 = 2 };

struct aie_vec_conf {
	uint8_t amode, bmode, variant;
	bool zero_acc;           /* the first accumulator input counts as zero; wins over shift16 */
	bool sgn_x, sgn_y;       /* s1, s2 signed */
	bool shift16;            /* the first accumulator input is shifted left by 16 */
	bool sub_mul;            /* flip the sign of the product sum */
	bool sub_acc1, sub_acc2; /* flip the sign of an accumulator input */
};

enum { AIE_CONF_ESTABLISHED = 0x3FFF, AIE_CONF_SUB_MASK = 0x00FF0000 };

/* Fills `error`: set bits whose effect is not established (sub_mask, reserved bits). */
void aie_vec_conf_refuse(uint32_t word, struct aie_error *error);

/* 0, or -1. */
static inline int aie_vec_conf_decode(uint32_t word, struct aie_vec_conf *conf, struct aie_error *error)
{
	if ((word & ~(uint32_t)AIE_CONF_ESTABLISHED) != 0) {
		aie_vec_conf_refuse(word, error);
		return -1;
	}
	*conf = (struct aie_vec_conf){
		.zero_acc = word & 1,
		.amode = word >> 1 & 3,
		.bmode = word >> 3 & 3,
		.variant = word >> 5 & 7,
		.sgn_y = word >> 8 & 1,
		.sgn_x = word >> 9 & 1,
		.shift16 = word >> 10 & 1,
		.sub_mul = word >> 11 & 1,
		.sub_acc1 = word >> 12 & 1,
		.sub_acc2 = word >> 13 & 1,
	};
	return 0;
}

struct aie_vec_mac {
	const void *acc1, *acc2; /* 256 bytes each, or NULL: no such input */
	const void *s1, *s2;
	unsigned s1_bytes, s2_bytes; /* 64 or 128; the bits above count as zero */
	bool negate;                 /* the instruction subtracts the product */
};

/* out (256 bytes) = +-acc1 +- acc2 +- products, modulo the lane width.  -1 for shapes that are refused. */
int aie_vec_integer_mac(const struct aie_vec_conf *conf, const struct aie_vec_mac *operands, void *out,
                        struct aie_error *error);

/* out (256 bytes) = +-acc1 +- acc2; acc2 may be NULL.  amode must be an integer one. */
int aie_vec_integer_add(const struct aie_vec_conf *conf, const void *acc1, const void *acc2, bool negate_acc1,
                        bool negate_acc2, void *out, struct aie_error *error);

#endif
