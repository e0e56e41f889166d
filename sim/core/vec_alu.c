#include "sim/core/vec_alu.h"

#include <stddef.h>

#include "sim/core/choices.h"

enum { VECTOR_BYTES = 64 };

static const _Alignas(64) uint8_t zeroes[VECTOR_BYTES];

/* One statement for every lane width; U is the unsigned lane type. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a type */
#define FOR_LANES(U, statement)                                                                                        \
	do {                                                                                                           \
		const U *restrict a = s1 != NULL ? s1 : (const void *)zeroes, *restrict b = s2;                        \
		U *restrict o = out;                                                                                   \
                                                                                                                       \
		for (unsigned i = 0; i < VECTOR_BYTES / sizeof(U); i++)                                                \
			o[i] = (U)(statement);                                                                         \
	} while (0)
/* NOLINTEND(bugprone-macro-parentheses) */

#define FOR_WIDTHS(statement)                                                                                          \
	do {                                                                                                           \
		if (width == 8)                                                                                        \
			FOR_LANES(aie_v8, statement);                                                                  \
		else if (width == 16)                                                                                  \
			FOR_LANES(aie_v16, statement);                                                                 \
		else                                                                                                   \
			FOR_LANES(aie_v32, statement);                                                                 \
	} while (0)

void aie_vec_add(unsigned width, const void *s1, const void *s2, void *out)
{
	FOR_WIDTHS((uint32_t)a[i] + b[i]);
}

void aie_vec_subtract(unsigned width, const void *s1, const void *s2, void *out)
{
	FOR_WIDTHS((uint32_t)a[i] - b[i]);
}

void aie_vec_select(unsigned width, const void *s1, const void *s2, uint64_t mask, void *out)
{
	FOR_WIDTHS(mask >> i & 1 ? b[i] : a[i]);
}

void aie_vec_and(const void *s1, const void *s2, void *out)
{
	FOR_LANES(aie_v32, a[i] & b[i]);
}

void aie_vec_or(const void *s1, const void *s2, void *out)
{
	FOR_LANES(aie_v32, a[i] | b[i]);
}

void aie_vec_not(const void *s2, void *out)
{
	const void *s1 = NULL;

	FOR_LANES(aie_v32, a[i] | ~b[i]);
}

/* Mask of a condition on a[i] and b[i], lanes of type T. */
#define MASK_OF(T, condition)                                                                                          \
	do {                                                                                                           \
		const T *a = s1 != NULL ? s1 : (const void *)zeroes, *b = s2 != NULL ? s2 : (const void *)zeroes;      \
                                                                                                                       \
		_Static_assert(AIE_CHOICE_MASK_UPPER_BITS == 0, "only existing lanes set bits");                       \
		for (unsigned i = 0; i < VECTOR_BYTES / sizeof(T); i++)                                                \
			mask |= (uint64_t)(condition) << i;                                                            \
	} while (0)

uint64_t aie_vec_less(unsigned width, bool is_signed, const void *s1, const void *s2)
{
	uint64_t mask = 0;

	if (width == 8 && is_signed)
		MASK_OF(aie_s8, a[i] < b[i]);
	else if (width == 8)
		MASK_OF(aie_v8, a[i] < b[i]);
	else if (width == 16 && is_signed)
		MASK_OF(aie_s16, a[i] < b[i]);
	else if (width == 16)
		MASK_OF(aie_v16, a[i] < b[i]);
	else if (is_signed)
		MASK_OF(aie_s32, a[i] < b[i]);
	else
		MASK_OF(aie_v32, a[i] < b[i]);
	return mask;
}

uint64_t aie_vec_zero(unsigned width, const void *s2)
{
	const void *s1 = NULL;
	uint64_t mask = 0;

	if (width == 8)
		MASK_OF(aie_v8, a[i] == b[i]);
	else if (width == 16)
		MASK_OF(aie_v16, a[i] == b[i]);
	else
		MASK_OF(aie_v32, a[i] == b[i]);
	return mask;
}

/* A key that orders bf16 numbers as unsigned integers. */
static uint32_t bf16_key(uint32_t v)
{
	return v >> 15 != 0 ? v ^ 0xFFFF : v | 0x8000;
}

static bool bf16_is_nan(uint32_t v)
{
	return (v & 0x7FFF) > 0x7F80;
}

uint64_t aie_vec_bf16_less(const void *s1, const void *s2, uint64_t *unordered)
{
	uint64_t mask = 0;

	MASK_OF(aie_v16, bf16_is_nan(a[i]) || bf16_is_nan(b[i]));
	*unordered = mask;
	mask = 0;
	MASK_OF(aie_v16, bf16_key(a[i]) < bf16_key(b[i]));
	return mask & ~*unordered;
}
