#include "sim/core/vec_mac.h"

#include <string.h>

#include "sim/core/choices.h"

enum { OPERAND_BYTES = 128, LANES32 = 64, LANES64 = 32 };

void aie_vec_conf_refuse(uint32_t word, struct aie_error *error)
{
	const bool complex_arithmetic = (word & AIE_CONF_SUB_MASK) != 0;

	aie_error_set(error, AIE_ERROR_UNSUPPORTED, "configuration word 0x%x: %s", word,
	              complex_arithmetic ? "sub_mask (complex arithmetic) is not established"
	                                 : "reserved bits are set");
}

/* ---- shapes ----------------------------------------------------------------------------------------------------- */

/* A = s1 and B = s2, both read from bit 0 up; matrices are row major: A[i][k] at i * K + k, B[k][j] at k * N + j,
 * C[i][j] at i * N + j. */
enum shape_kind {
	SHAPE_REFUSED,
	SHAPE_MATRIX,      /* C[i][j] = sum of A[i][k] * B[k][j] */
	SHAPE_ELEMENTWISE, /* C[i] = A[i] * B[i] and, as far as the operands reach, + A[n + i] * B[n + i] */
	SHAPE_CHANNELS,    /* 8 channels: C[8x + c] = sum over k < K of A[8 (x + k) + c] * B[8k + c] */
	SHAPE_SLIDING,     /* C[i] = sum over k < K of A[i + k] * B[k] */
};

struct shape {
	uint8_t kind, a_bits, b_bits, m, k, n;
	const char *refusal;
};

/* [amode][bmode][variant] (documented: intrinsics headers of AIE2P; 8x8x8 and the 64-bit element-wise product compared
 * with silicon; the element order of the channel and sliding shapes and the second term of 1024-bit operands: see
 * choices.h). */
static const struct shape shapes[2][4][8] = {
	[AIE_AMODE_INT32] = {
		[0] = { [0] = { SHAPE_MATRIX, 8, 4, 4, 16, 16, NULL } },
		[1] = {
			[0] = { SHAPE_MATRIX, 8, 8, 8, 8, 8, NULL },
			[1] = { SHAPE_ELEMENTWISE, 8, 8, 64, 2, 1, NULL },
			[2] = { SHAPE_CHANNELS, 8, 8, 8, 8, 8, NULL },
			[4] = { SHAPE_SLIDING, 8, 8, 64, 8, 1, NULL },
			[5] = { .refusal = "8x16 * 16x8 with a sparse operand" },
		},
		[2] = { [0] = { SHAPE_MATRIX, 16, 8, 8, 4, 8, NULL } },
		[3] = {
			[0] = { SHAPE_MATRIX, 16, 16, 8, 2, 8, NULL },
			[1] = { SHAPE_ELEMENTWISE, 16, 16, 64, 1, 1, NULL },
		},
	},
	[AIE_AMODE_INT64] = {
		[0] = {
			[0] = { SHAPE_MATRIX, 32, 16, 4, 2, 8, NULL },
			[1] = { .refusal = "complex 32 x 16 bits" },
		},
		[2] = { [0] = { SHAPE_MATRIX, 16, 8, 4, 8, 8, NULL } },
		[3] = {
			[0] = { SHAPE_MATRIX, 16, 16, 4, 4, 8, NULL },
			[1] = { SHAPE_CHANNELS, 16, 16, 4, 4, 8, NULL },
			[2] = { SHAPE_ELEMENTWISE, 16, 16, 32, 2, 1, NULL },
			[3] = { SHAPE_SLIDING, 16, 16, 32, 4, 1, NULL },
			[4] = { .refusal = "complex 16 x 16 bits" },
			[5] = { .refusal = "4x8 * 8x8 with a sparse operand" },
		},
	},
};

static int find_shape(const struct aie_vec_conf *conf, const struct shape **shape, struct aie_error *error)
{
	if (conf->amode > AIE_AMODE_INT64)
		return aie_error_set(error, AIE_ERROR_UNSUPPORTED,
		                     "accumulator mode %u is not established for an integer multiplication",
		                     conf->amode);
	*shape = &shapes[conf->amode][conf->bmode][conf->variant];
	_Static_assert(AIE_CHOICE_MAC_SHAPES_BY_NAME == 1, "the table above rests on it");
	if ((*shape)->kind == SHAPE_REFUSED)
		return aie_error_set(error, AIE_ERROR_UNSUPPORTED,
		                     "multiplication amode %u, bmode %u, variant %u: %s is not established",
		                     conf->amode, conf->bmode, conf->variant,
		                     (*shape)->refusal != NULL ? (*shape)->refusal : "this shape");
	return 0;
}

/* ---- lanes to words --------------------------------------------------------------------------------------------- */

AIE_VEC_INLINE uint32_t extend(uint32_t v, unsigned bits, bool is_signed)
{
	const uint32_t sign = is_signed ? 1u << (bits - 1) : 0;

	return (v ^ sign) - sign;
}

/* The first `count` lanes of an operand as 32-bit words, sign- or zero-extended. */
AIE_VEC_INLINE void widen32(const void *operand, unsigned bits, bool is_signed, unsigned count, uint32_t *restrict out)
{
	switch (bits) {
	case 4:
		for (unsigned i = 0; i < count / 2; i++) {
			out[2 * i] = extend(((const aie_v8 *)operand)[i] & 15u, 4, is_signed);
			out[2 * i + 1] = extend((uint32_t)((const aie_v8 *)operand)[i] >> 4, 4, is_signed);
		}
		break;
	case 8:
		for (unsigned i = 0; i < count; i++)
			out[i] = extend(((const aie_v8 *)operand)[i], 8, is_signed);
		break;
	default:
		for (unsigned i = 0; i < count; i++)
			out[i] = extend(((const aie_v16 *)operand)[i], 16, is_signed);
		break;
	}
}

static void widen64(const void *operand, unsigned bits, bool is_signed, unsigned count, uint64_t *restrict out)
{
	for (unsigned i = 0; i < count; i++) {
		const uint32_t lane = bits == 8    ? ((const aie_v8 *)operand)[i]
		                      : bits == 16 ? ((const aie_v16 *)operand)[i]
		                                   : ((const aie_v32 *)operand)[i];
		const uint64_t sign = is_signed ? (uint64_t)1 << (bits - 1) : 0;

		out[i] = (lane ^ sign) - sign;
	}
}

/* ---- accumulation ----------------------------------------------------------------------------------------------- */

struct addends {
	const void *acc1, *acc2; /* NULL: zero */
	unsigned shift;          /* of acc1 */
	bool negate, negate1, negate2;
};

/* +-sum + (acc1 << shift, negated or not) + (acc2, negated or not), lane by lane. */
AIE_VEC_INLINE void accumulate32(const aie_v32 *restrict sum, const struct addends *addends, aie_v32 *restrict out)
{
	const uint32_t flip = addends->negate ? ~0u : 0, flip1 = addends->negate1 ? ~0u : 0,
	               flip2 = addends->negate2 ? ~0u : 0;
	const aie_v32 *restrict acc1 = addends->acc1, *restrict acc2 = addends->acc2;
	const unsigned shift = addends->shift;

	if (acc1 != NULL) {
		for (unsigned i = 0; i < LANES32; i++)
			out[i] = (sum[i] ^ flip) - flip + (acc1[i] << shift ^ flip1) - flip1;
	} else {
		for (unsigned i = 0; i < LANES32; i++)
			out[i] = (sum[i] ^ flip) - flip;
	}
	if (acc2 != NULL) {
		for (unsigned i = 0; i < LANES32; i++)
			out[i] += (acc2[i] ^ flip2) - flip2;
	}
}

AIE_VEC_INLINE void accumulate64(const aie_v64 *restrict sum, const struct addends *addends, aie_v64 *restrict out)
{
	const uint64_t flip = addends->negate ? ~(uint64_t)0 : 0, flip1 = addends->negate1 ? ~(uint64_t)0 : 0,
	               flip2 = addends->negate2 ? ~(uint64_t)0 : 0;
	const aie_v64 *restrict acc1 = addends->acc1, *restrict acc2 = addends->acc2;
	const unsigned shift = addends->shift;

	if (acc1 != NULL) {
		for (unsigned i = 0; i < LANES64; i++)
			out[i] = (sum[i] ^ flip) - flip + (acc1[i] << shift ^ flip1) - flip1;
	} else {
		for (unsigned i = 0; i < LANES64; i++)
			out[i] = (sum[i] ^ flip) - flip;
	}
	if (acc2 != NULL) {
		for (unsigned i = 0; i < LANES64; i++)
			out[i] += (acc2[i] ^ flip2) - flip2;
	}
}

/* ---- product sums, 32-bit lanes --------------------------------------------------------------------------------- */

AIE_VEC_INLINE void products32(const struct shape *shape, const struct aie_vec_conf *conf, const uint8_t *s1,
                               const uint8_t *s2, uint32_t *restrict out)
{
	uint32_t a[128], b[256];

	if (shape->kind == SHAPE_MATRIX && shape->b_bits == 4) {
		widen32(s1, 8, conf->sgn_x, 64, a);
		widen32(s2, 4, conf->sgn_y, 256, b);
		aie_vec_matrix(4, 16, 16, a, b, out);
	} else if (shape->kind == SHAPE_MATRIX && shape->a_bits == 8) {
		widen32(s1, 8, conf->sgn_x, 64, a);
		widen32(s2, 8, conf->sgn_y, 64, b);
		aie_vec_matrix(8, 8, 8, a, b, out);
	} else if (shape->kind == SHAPE_MATRIX && shape->b_bits == 8) {
		widen32(s1, 16, conf->sgn_x, 32, a);
		widen32(s2, 8, conf->sgn_y, 32, b);
		aie_vec_matrix(8, 4, 8, a, b, out);
	} else if (shape->kind == SHAPE_MATRIX) {
		widen32(s1, 16, conf->sgn_x, 16, a);
		widen32(s2, 16, conf->sgn_y, 16, b);
		aie_vec_matrix(8, 2, 8, a, b, out);
	} else if (shape->a_bits == 16) {
		widen32(s1, 16, conf->sgn_x, 64, a);
		widen32(s2, 16, conf->sgn_y, 64, b);
		for (unsigned i = 0; i < LANES32; i++)
			out[i] = a[i] * b[i];
	} else {
		widen32(s1, 8, conf->sgn_x, 128, a);
		widen32(s2, 8, conf->sgn_y, 128, b);
		for (unsigned i = 0; i < LANES32; i++) {
			uint32_t sum = 0;

			if (shape->kind == SHAPE_ELEMENTWISE) {
				sum = a[i] * b[i] + a[64 + i] * b[64 + i];
			} else if (shape->kind == SHAPE_CHANNELS) {
				for (unsigned p = 0; p < 8; p++)
					sum += a[i + 8 * p] * b[i % 8 + 8 * p];
			} else {
				for (unsigned p = 0; p < 8; p++)
					sum += a[i + p] * b[p];
			}
			out[i] = sum;
		}
	}
}

AIE_VEC_INLINE void mac32(const struct shape *shape, const struct aie_vec_conf *conf, const uint8_t *s1,
                          const uint8_t *s2, const struct addends *addends, aie_v32 *out)
{
	uint32_t sum[LANES32];

	products32(shape, conf, s1, s2, sum);
	accumulate32(sum, addends, out);
}

AIE_VEC_VARIANTS(void, sums32,
                 (const struct shape *shape, const struct aie_vec_conf *conf, const uint8_t *s1, const uint8_t *s2,
                  const struct addends *addends, aie_v32 *out),
                 mac32(shape, conf, s1, s2, addends, out))

/* ---- product sums, 64-bit lanes --------------------------------------------------------------------------------- */

/* A product of two 16-bit lanes, given as words.  Only the product of two unsigned ones needs the 32nd bit as a value
 * bit. */
AIE_VEC_INLINE uint64_t product64(uint32_t a, uint32_t b, bool is_signed)
{
	const uint32_t p = a * b;

	return is_signed ? (uint64_t)(int64_t)(int32_t)p : p;
}

AIE_VEC_INLINE void matrix64(unsigned m, unsigned k, unsigned n, bool is_signed, const uint32_t *restrict a,
                             const uint32_t *restrict b, uint64_t *restrict out)
{
	for (unsigned i = 0; i < m; i++) {
		uint64_t row[8] = { 0 };

		for (unsigned p = 0; p < k; p++) {
			for (unsigned j = 0; j < n; j++)
				row[j] += product64(a[i * k + p], b[p * n + j], is_signed);
		}
		for (unsigned j = 0; j < n; j++)
			out[i * n + j] = row[j];
	}
}

/* All shapes but 32 x 16 bits; `is_signed`: one of the operands is. */
AIE_VEC_INLINE void products64(const struct shape *shape, bool is_signed, const uint32_t *restrict a,
                               const uint32_t *restrict b, uint64_t *restrict out)
{
	if (shape->kind == SHAPE_MATRIX && shape->k == 8) {
		matrix64(4, 8, 8, is_signed, a, b, out);
		return;
	}
	if (shape->kind == SHAPE_MATRIX) {
		matrix64(4, 4, 8, is_signed, a, b, out);
		return;
	}
	for (unsigned i = 0; i < LANES64; i++)
		out[i] = 0;
	for (unsigned p = 0; p < shape->k; p++) {
		for (unsigned i = 0; i < LANES64; i++) {
			const unsigned from = shape->kind == SHAPE_ELEMENTWISE ? p * LANES64 + i
			                      : shape->kind == SHAPE_CHANNELS  ? 8 * p + i
			                                                       : p + i;
			const unsigned with = shape->kind == SHAPE_ELEMENTWISE ? from
			                      : shape->kind == SHAPE_CHANNELS  ? 8 * p + i % 8
			                                                       : p;

			out[i] += product64(a[from], b[with], is_signed);
		}
	}
}

/* 4x2 * 2x8 of 32 and 16 bits. */
static void products64_words(const struct shape *shape, const struct aie_vec_conf *conf, const uint8_t *s1,
                             const uint8_t *s2, uint64_t *restrict out)
{
	uint64_t a[8], b[16];

	widen64(s1, 32, conf->sgn_x, 8, a);
	widen64(s2, 16, conf->sgn_y, 16, b);
	for (unsigned i = 0; i < LANES64; i++) {
		const unsigned row = i / shape->n, column = i % shape->n;

		out[i] = a[2 * row] * b[column] + a[2 * row + 1] * b[shape->n + column];
	}
}

AIE_VEC_INLINE void mac64(const struct shape *shape, const struct aie_vec_conf *conf, const uint8_t *s1,
                          const uint8_t *s2, const struct addends *addends, aie_v64 *out)
{
	uint32_t a[OPERAND_BYTES / 2], b[OPERAND_BYTES / 2];
	uint64_t sum[LANES64];

	if (shape->a_bits == 32) {
		products64_words(shape, conf, s1, s2, sum);
	} else {
		widen32(s1, 16, conf->sgn_x, 64, a);
		widen32(s2, shape->b_bits, conf->sgn_y, 64, b);
		products64(shape, conf->sgn_x || conf->sgn_y, a, b, sum);
	}
	accumulate64(sum, addends, out);
}

AIE_VEC_VARIANTS(void, sums64,
                 (const struct shape *shape, const struct aie_vec_conf *conf, const uint8_t *s1, const uint8_t *s2,
                  const struct addends *addends, aie_v64 *out),
                 mac64(shape, conf, s1, s2, addends, out))

/* ---- instructions ----------------------------------------------------------------------------------------------- */

/* The operand with zeroes above `bytes`, in `room` when it is not long enough by itself. */
static const uint8_t *extended(const void *operand, unsigned bytes, unsigned wanted, uint8_t room[OPERAND_BYTES])
{
	if (bytes >= wanted)
		return operand;
	memcpy(room, operand, OPERAND_BYTES / 2);
	memset(room + OPERAND_BYTES / 2, 0, OPERAND_BYTES / 2);
	return room;
}

int aie_vec_integer_mac(const struct aie_vec_conf *conf, const struct aie_vec_mac *operands, void *out,
                        struct aie_error *error)
{
	const struct shape *shape = NULL;
	const struct addends addends = {
		.acc1 = conf->zero_acc ? NULL : operands->acc1,
		.acc2 = operands->acc2,
		.shift = conf->shift16 ? 16 : 0,
		.negate = operands->negate != conf->sub_mul,
		.negate1 = conf->sub_acc1,
		.negate2 = conf->sub_acc2,
	};
	_Alignas(32) uint8_t room1[OPERAND_BYTES], room2[OPERAND_BYTES];

	if (find_shape(conf, &shape, error) != 0)
		return -1;
	/* Matrices with 32-bit sums take 64 bytes, only 4-bit ones more. */
	const bool half = shape->kind == SHAPE_MATRIX && conf->amode == AIE_AMODE_INT32 && shape->b_bits != 4;
	const unsigned wanted = half ? OPERAND_BYTES / 2 : OPERAND_BYTES;
	const uint8_t *s1 = extended(operands->s1, operands->s1_bytes, wanted, room1);
	const uint8_t *s2 = extended(operands->s2, operands->s2_bytes, wanted, room2);

	if (conf->amode == AIE_AMODE_INT32)
		AIE_VEC_CALL(sums32, shape, conf, s1, s2, &addends, out);
	else
		AIE_VEC_CALL(sums64, shape, conf, s1, s2, &addends, out);
	return 0;
}

int aie_vec_integer_add(const struct aie_vec_conf *conf, const void *acc1, const void *acc2, bool negate_acc1,
                        bool negate_acc2, void *out, struct aie_error *error)
{
	static const uint64_t zeroes[LANES64];
	const struct addends addends = {
		.acc1 = conf->zero_acc ? NULL : acc1,
		.acc2 = acc2,
		.shift = conf->shift16 ? 16 : 0,
		.negate1 = negate_acc1 != conf->sub_acc1,
		.negate2 = negate_acc2 != conf->sub_acc2,
	};

	if (conf->amode == AIE_AMODE_INT32)
		accumulate32((const void *)zeroes, &addends, out);
	else if (conf->amode == AIE_AMODE_INT64)
		accumulate64((const void *)zeroes, &addends, out);
	else
		return aie_error_set(error, AIE_ERROR_UNSUPPORTED,
		                     "accumulator mode %u is not established for integer accumulators", conf->amode);
	return 0;
}
