/* Conversions of the vector unit: pack, unpack, ups, srs, bf16 and bfp16 rounding, floor, exp2.
 *
 * Functions that can refuse (control values or operands whose effect no source establishes) return 0, or -1 with
 * `error` filled; all others cannot fail.  Pointers are 8-byte aligned; outputs never overlap inputs.
 */
#ifndef AIE_SIM_CORE_VEC_CONVERT_H
#define AIE_SIM_CORE_VEC_CONVERT_H

#include "isa/error.h"
#include "sim/core/vec_lanes.h"

/* Values of crRnd. */
enum aie_rounding {
	AIE_ROUND_FLOOR = 0,
	AIE_ROUND_CEIL = 1,
	AIE_ROUND_SYM_FLOOR = 2,
	AIE_ROUND_SYM_CEIL = 3,
	AIE_ROUND_NEG_INF = 8,
	AIE_ROUND_POS_INF = 9,
	AIE_ROUND_SYM_ZERO = 10,
	AIE_ROUND_SYM_INF = 11,
	AIE_ROUND_CONV_EVEN = 12,
	AIE_ROUND_CONV_ODD = 13,
};

/* `bytes` bytes of source to 2 * bytes of result; size 0: 4 to 8 bits, 1: 8 to 16 bits. */
void aie_vec_unpack(unsigned bytes, bool sixteen, bool is_signed, const void *in, void *out);

/* 2 * bytes of source to `bytes` bytes of result; eight: 16 to 8 bits, else 8 to 4 bits. */
int aie_vec_pack(unsigned bytes, bool eight, bool is_signed, uint32_t saturation, const void *in, void *out,
                 struct aie_error *error);

struct aie_vec_ups {
	uint32_t saturation; /* crSat */
	bool wide;           /* crUPSMode: accumulator lanes of 64 bits */
	bool is_signed;
	uint32_t shift;
};

/* factor 2 or 4: `bytes` bytes of source to factor * bytes of accumulator. *overflow is set to 1 or 0. */
int aie_vec_ups(unsigned factor, unsigned bytes, const struct aie_vec_ups *control, const void *in, void *out,
                uint32_t *overflow, struct aie_error *error);

struct aie_vec_srs {
	uint32_t saturation; /* crSat */
	uint32_t rounding;   /* crRnd */
	bool wide;           /* crSRSMode: accumulator lanes of 64 bits */
	bool is_signed;
	uint32_t shift;
};

/* factor 2 or 4: factor * bytes of accumulator to `bytes` bytes of result. *overflow is set to 1 or 0. */
int aie_vec_srs(unsigned factor, unsigned bytes, const struct aie_vec_srs *control, const void *in, void *out,
                uint32_t *overflow, struct aie_error *error);

/* fp32 lanes to bf16 lanes under crRnd. */
int aie_vec_fp32_to_bf16(unsigned lanes, uint32_t rounding, const void *in, void *out, struct aie_error *error);
/* bf16 lanes to fp32 lanes, exact. */
void aie_vec_bf16_to_fp32(unsigned lanes, const void *in, void *out);

enum { AIE_BFP16_LANES = 64 };
/* 64 fp32 lanes to blocks of `size` (8 or 16) mantissas, 64 bytes in all, and 64 / size exponents. */
int aie_vec_fp32_to_bfp16(unsigned size, uint32_t rounding, const void *in, void *mantissas, uint8_t *exponents,
                          struct aie_error *error);
/* 8 blocks of 8 lanes to 4 blocks of 16: the larger exponent of two, the other block's mantissas shifted and rounded.
 */
int aie_vec_bfp16_join(uint32_t rounding, const void *in, const uint8_t exponents[8], void *mantissas,
                       uint8_t joined[4], struct aie_error *error);

/* 16 bf16 lanes to 16 signed 32-bit lanes: floor(x * 2^shift), clamped; shift is -32..31. */
void aie_vec_bf16_floor(int shift, const void *in, void *out);

/* 16 fp32 lanes to 16 bf16 lanes: the linear-mantissa power of two, 0 below the smallest normal number; inputs from 128
 * on and not-a-numbers are refused. */
int aie_vec_exp2(const void *in, void *out, struct aie_error *error);

#endif
