#include "sim/core/vec_move.h"

#include <string.h>

#include "sim/core/choices.h"

enum { VECTOR_BYTES = 64, EXPONENT_BYTES = 8 };

static size_t lane_offset(unsigned width, uint32_t index)
{
	const uint32_t lanes = VECTOR_BYTES * 8 / width;

	_Static_assert(AIE_CHOICE_LANE_INDEX_WRAPS == 1, "the index is taken modulo the number of lanes");
	return (size_t)(index & (lanes - 1)) * (width / 8);
}

const void *aie_vec_lane(unsigned width, const void *vector, uint32_t index)
{
	return (const aie_v8 *)vector + lane_offset(width, index);
}

uint64_t aie_vec_extract(unsigned width, const void *vector, uint32_t index, bool is_signed)
{
	uint64_t lane = 0;
	const uint64_t sign = is_signed ? (uint64_t)1 << (width - 1) : 0;

	memcpy(&lane, aie_vec_lane(width, vector, index), width / 8);
	return (lane ^ sign) - sign;
}

void aie_vec_insert(unsigned width, const void *vector, uint32_t index, const void *lane, void *out)
{
	aie_v8 *result = out;

	memcpy(result, vector, VECTOR_BYTES);
	memcpy(result + lane_offset(width, index), lane, width / 8);
}

void aie_vec_push_high(unsigned width, const void *vector, const void *lane, void *out)
{
	const size_t bytes = width / 8;
	aie_v8 *result = out;

	memcpy(result, (const aie_v8 *)vector + bytes, VECTOR_BYTES - bytes);
	memcpy(result + VECTOR_BYTES - bytes, lane, bytes);
}

void aie_vec_push_low(unsigned width, const void *vector, const void *lane, void *out)
{
	const size_t bytes = width / 8;
	aie_v8 *result = out;

	memcpy(result, lane, bytes);
	memcpy(result + bytes, vector, VECTOR_BYTES - bytes);
}

void aie_vec_shift(uint32_t amount, const void *s1, const void *s2, void *out)
{
	aie_v8 pair[3 * VECTOR_BYTES] = { 0 };

	memcpy(pair, s1, VECTOR_BYTES);
	memcpy(pair + VECTOR_BYTES, s2, VECTOR_BYTES);
	memcpy(out, pair + (amount & AIE_CHOICE_VSHIFT_MASK), VECTOR_BYTES);
}

/* ---- shuffle ---------------------------------------------------------------------------------------------------- */

/* The pair is a sequence of elements; blocks of rows x columns elements are transposed and one half of the result is
 * delivered. All numbers are powers of two and stand here as exponents; `flip` reverses groups of `columns` elements of
 * s1 instead. */
struct transposition {
	uint8_t defined, width, rows, columns, high, flip; /* width: log2 of the element's bits */
};

#define T(w, r, c)                                                                                                     \
	{                                                                                                              \
		1, w, r, c, 0, 0                                                                                       \
	}
#define T_HI(w, r, c)                                                                                                  \
	{                                                                                                              \
		1, w, r, c, 1, 0                                                                                       \
	}
#define FLIP(w, c)                                                                                                     \
	{                                                                                                              \
		1, w, 0, c, 0, 1                                                                                       \
	}

/* (documented: names and numbers in the AIE2P headers; 12..19 compared with silicon; the table of the sibling, modes
 * 0..47, was probed on its silicon and follows the same rule.) */
static const struct transposition modes[64] = {
	[0] = T(3, 6, 1),  [1] = T_HI(3, 6, 1),  /* T8_64x2 */
	[2] = T(4, 5, 1),  [3] = T_HI(4, 5, 1),  /* T16_32x2 */
	[4] = T(5, 4, 1),  [5] = T_HI(5, 4, 1),  /* T32_16x2 */
	[6] = T(6, 3, 1),  [7] = T_HI(6, 3, 1),  /* T64_8x2 */
	[8] = T(7, 2, 1),  [9] = T_HI(7, 2, 1),  /* T128_4x2 */
	[10] = T(8, 1, 1), [11] = T_HI(8, 1, 1), /* T256_2x2 */
	[12] = T(7, 1, 2), [13] = T_HI(7, 1, 2), /* T128_2x4 */
	[14] = T(6, 1, 3), [15] = T_HI(6, 1, 3), /* T64_2x8 */
	[16] = T(5, 1, 4), [17] = T_HI(5, 1, 4), /* T32_2x16 */
	[18] = T(4, 1, 5), [19] = T_HI(4, 1, 5), /* T16_2x32 */
	[20] = T(3, 1, 6), [21] = T_HI(3, 1, 6), /* T8_2x64 */
	[22] = T(9, 0, 1), [23] = T_HI(9, 0, 1), /* T512_1x2 */
	[24] = T(4, 4, 2), [25] = T_HI(4, 4, 2), /* T16_16x4 */
	[26] = T(4, 2, 4), [27] = T_HI(4, 2, 4), /* T16_4x16 */
	[28] = T(4, 3, 2),                       /* T16_8x4 */
	[29] = T(4, 2, 3),                       /* T16_4x8 */
	[30] = T(5, 3, 2), [31] = T_HI(5, 3, 2), /* T32_8x4 */
	[32] = T(5, 2, 3), [33] = T_HI(5, 2, 3), /* T32_4x8 */
	[34] = T(5, 2, 2),                       /* T32_4x4 */
	[35] = T(3, 3, 3),                       /* T8_8x8 */
	[36] = T(3, 4, 2),                       /* T8_16x4 */
	[37] = T(3, 2, 4),                       /* T8_4x16 */
	[38] = FLIP(4, 1),                       /* T16_1x2_flip */
	[39] = T(4, 2, 2),                       /* T16_4x4 */
	[40] = T(4, 2, 1),                       /* T16_4x2 */
	[41] = T(4, 1, 2),                       /* T16_2x4 */
	[42] = T(4, 3, 1),                       /* T16_8x2 */
	[43] = T(4, 1, 3),                       /* T16_2x8 */
	[44] = T(4, 4, 1),                       /* T16_16x2 */
	[45] = T(4, 1, 4),                       /* T16_2x16 */
	[46] = T(3, 3, 2),                       /* T8_8x4 */
	[47] = T(3, 2, 3),                       /* T8_4x8 */
	[48] = T(5, 3, 1),                       /* T32_8x2 */
	[49] = T(5, 1, 3),                       /* T32_2x8 */
	[50] = T(6, 2, 1),                       /* T64_4x2 */
	[51] = T(6, 1, 2),                       /* T64_2x4 */
	[52] = T(4, 3, 3), [53] = T_HI(4, 3, 3), /* T16_8x8 */
	[54] = FLIP(5, 4),                       /* T32_1x16_flip */
	[55] = FLIP(3, 2),                       /* T8_1x4_flip */
};

static const struct transposition exponent_modes[16] = {
	[0] = T(6, 0, 1),  [1] = T_HI(6, 0, 1),  /* T64_1x2 */
	[2] = T(5, 1, 1),  [3] = T_HI(5, 1, 1),  /* T32_2x2 */
	[4] = T(4, 2, 1),  [5] = T_HI(4, 2, 1),  /* T16_4x2 */
	[6] = T(3, 3, 1),  [7] = T_HI(3, 3, 1),  /* T8_8x2 */
	[8] = T(4, 1, 2),  [9] = T_HI(4, 1, 2),  /* T16_2x4 */
	[10] = T(3, 1, 3), [11] = T_HI(3, 1, 3), /* T8_2x8 */
};

/* False when an element comes from s2 and s2 is NULL. */
/* Two rows that fill the pair: the elements of s1 and s2 alternate.  The common case of kernels, kept in loops that the
 * compiler turns into byte interleaving. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a type */
#define INTERLEAVE(type)                                                                                               \
	do {                                                                                                           \
		enum { HALF = VECTOR_BYTES / sizeof(type) / 2 };                                                       \
		const type *a = (const type *)s1 + (high ? HALF : 0), *b = (const type *)s2 + (high ? HALF : 0);       \
		type *to = (type *)out;                                                                                \
		for (unsigned i = 0; i < HALF; i++) {                                                                  \
			to[2 * i] = a[i];                                                                              \
			to[2 * i + 1] = b[i];                                                                          \
		}                                                                                                      \
	} while (0)
/* NOLINTEND(bugprone-macro-parentheses) */

static bool interleave(const struct transposition *t, const void *s1, const void *s2, void *restrict out)
{
	const bool high = t->high;

	if (t->rows != 1 || t->flip || s2 == NULL || t->width + t->columns != 9) /* 2^9 bits a vector */
		return false;
	switch (t->width) {
	case 3:
		INTERLEAVE(aie_v8);
		return true;
	case 4:
		INTERLEAVE(aie_v16);
		return true;
	case 5:
		INTERLEAVE(aie_v32);
		return true;
	default:
		return false;
	}
}

static bool transpose(const struct transposition *t, unsigned bytes, const aie_v8 *s1, const aie_v8 *s2, aie_v8 *out)
{
	const unsigned size = 1u << t->width >> 3, elements = bytes / size, block = t->rows + t->columns;

	for (unsigned j = 0; j < elements; j++) {
		const unsigned position = j + (t->high ? elements : 0), q = position & ((1u << block) - 1);
		const unsigned row = q & ((1u << t->rows) - 1), column = q >> t->rows;
		unsigned from = (position >> block << block) + (row << t->columns) + column;
		const aie_v8 *source = s1;

		if (t->flip)
			from = j ^ ((1u << t->columns) - 1);
		if (from >= elements) {
			if (s2 == NULL)
				return false;
			source = s2;
			from -= elements;
		}
		memcpy(out + (size_t)j * size, source + (size_t)from * size, size);
	}
	return true;
}

int aie_vec_shuffle(uint32_t mode, const void *s1, const void *s2, void *out, struct aie_error *error)
{
	const unsigned number = mode & AIE_CHOICE_SHUFFLE_MODE_MASK;

	if (!modes[number].defined)
		return aie_error_set(error, AIE_ERROR_UNDEFINED, "shuffle mode %u is not defined", number);
	if (!interleave(&modes[number], s1, s2, out) && !transpose(&modes[number], VECTOR_BYTES, s1, s2, out))
		return aie_error_set(error, AIE_ERROR_UNSUPPORTED,
		                     "shuffle mode %u reads a second operand, which this instruction does not have",
		                     number);
	return 0;
}

int aie_vec_shuffle_exponents(uint32_t mode, const void *s1, const void *s2, void *out, struct aie_error *error)
{
	_Static_assert(AIE_CHOICE_SHUFFLE_EXPONENTS_TRANSPOSE == 1, "the same rule as for the mantissas");
	if (mode > 15 || !exponent_modes[mode].defined)
		return aie_error_set(error, AIE_ERROR_UNDEFINED, "shuffle mode %u for exponents is not defined", mode);
	transpose(&exponent_modes[mode], EXPONENT_BYTES, s1, s2, out);
	return 0;
}
