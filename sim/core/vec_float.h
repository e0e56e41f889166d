/* Floating-point multiply and accumulate of the vector unit: bf16 and bfp16 products, fp32 accumulator lanes.
 *
 * Rule (level 1 of the known models, the one that agrees with device comparisons): the product is exact, the sum is
 * rounded once to nearest even whatever crRnd says; denormal inputs count with their exact value, a denormal result
 * becomes zero. Choices where sources are silent: AIE_CHOICE_FP_* in choices.h.
 *
 * `lanes` is 32 or 64 except where said otherwise.  Pointers are 8-byte aligned; outputs never overlap inputs.
 */
#ifndef AIE_SIM_CORE_VEC_FLOAT_H
#define AIE_SIM_CORE_VEC_FLOAT_H

#include "sim/core/vec_lanes.h"

struct aie_vec_float_signs {
	bool product; /* negate the product */
	bool acc1;    /* negate the first accumulator input */
	bool acc2;    /* negate the second accumulator input */
};

/* out[i] = +-x[i] * y[i]: bf16 lanes to fp32 lanes.  Exact but for overflow (infinity) and underflow (+0). */
void aie_vec_bf16_multiply(unsigned lanes, bool negate, const void *x, const void *y, void *out);

/* out[i] = +-acc[i] +- x[i] * y[i], rounded once. */
void aie_vec_bf16_multiply_add(unsigned lanes, struct aie_vec_float_signs signs, const void *acc, const void *x,
                               const void *y, void *out);

/* out[i] = +-acc1[i] +- acc2[i] +- x[i] * y[i], the exact sum of the three rounded once. Not tuned for speed. */
void aie_vec_bf16_multiply_add2(unsigned lanes, struct aie_vec_float_signs signs, const void *acc1, const void *acc2,
                                const void *x, const void *y, void *out);

/* out[i] = +-acc1[i] +- acc2[i]: fp32 lanes, rounded once. */
void aie_vec_fp32_add(unsigned lanes, struct aie_vec_float_signs signs, const void *acc1, const void *acc2, void *out);

/* out[i] = the value that an accumulator lane gets when a zero product is added to it (any number of lanes). */
void aie_vec_fp32_pass(unsigned lanes, bool negate, const void *acc, void *out);

/* bfp16 (ebs8) matrix product: C[i][j] = +-acc1[i][j] +- acc2[i][j] +- sum over k < 8 of A[i][k] * B[j][k], with the
 * exact sum of all terms rounded once.  `b` holds `columns` (8 or 16) blocks of eight mantissas and `a` 64 / columns of
 * them, `ea` and `eb` are their exponents; C is row major, 64 lanes.  acc1, acc2: fp32 lanes or NULL for none.  No
 * exponent may be 255. */
void aie_vec_bfp16_matrix(unsigned columns, struct aie_vec_float_signs signs, const void *acc1, const void *acc2,
                          const void *a, const uint8_t *ea, const void *b, const uint8_t *eb, void *out);

#endif
