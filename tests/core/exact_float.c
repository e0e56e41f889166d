#include "tests/core/exact_float.h"

#include <math.h>
#include <string.h>

float as_float(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof(f));
	return f;
}

uint32_t as_bits(float f)
{
	uint32_t bits;

	memcpy(&bits, &f, sizeof(bits));
	return bits;
}

/* ---- schoolbook sum ---------------------------------------------------------------------------------------------- */

/* Add sign * integer * 2^exponent. */
void number_add(struct number *n, int64_t integer, int exponent)
{
	const int unit = integer < 0 ? -1 : 1;
	uint64_t magnitude = integer < 0 ? (uint64_t)-integer : (uint64_t)integer;

	for (int d = exponent + ORIGIN; magnitude != 0; d++, magnitude >>= 1)
		n->digit[d] += magnitude & 1 ? unit : 0;
}

static void number_carry(struct number *n)
{
	for (int d = 0; d < DIGITS - 1; d++) {
		while (n->digit[d] < 0) {
			n->digit[d] += 2;
			n->digit[d + 1] -= 1;
		}
		n->digit[d + 1] += n->digit[d] / 2;
		n->digit[d] %= 2;
	}
}

/* The fp32 number that the accumulator delivers for an exact sum. */
uint32_t number_round(struct number *n, bool keep_sign_of_denormal)
{
	struct number carried = *n;
	uint32_t sign = 0;
	int top = DIGITS - 2;

	number_carry(&carried);
	if (carried.digit[DIGITS - 1] < 0) {
		sign = 0x80000000u;
		for (int d = 0; d < DIGITS; d++)
			carried.digit[d] = -n->digit[d];
		number_carry(&carried);
	}
	while (top >= 0 && carried.digit[top] == 0)
		top--;
	if (top < 0)
		return 0;
	/* Round to nearest even at the 24th digit by adding half a unit (less a trifle for an even digit). */
	bool below = false;

	for (int d = 0; d < top - 24; d++)
		below |= carried.digit[d] != 0;
	const bool half = top >= 24 && carried.digit[top - 24] != 0, odd = top >= 23 && carried.digit[top - 23] != 0;

	if (half && (below || odd)) {
		carried.digit[top - 23] += 1;
		number_carry(&carried);
		top += carried.digit[top + 1] != 0;
	}
	const int exponent = top - ORIGIN + 127;
	uint32_t fraction = 0;

	for (int d = top - 1; d > top - 24; d--)
		fraction = fraction * 2 + (uint32_t)(d >= 0 ? carried.digit[d] : 0);
	if (exponent >= 255)
		return sign | 0x7F800000;
	if (exponent <= 0)
		return keep_sign_of_denormal ? sign : 0;
	return sign | (uint32_t)exponent << 23 | fraction;
}

void add_fp32(struct number *n, uint32_t bits, bool negate)
{
	const int field = (int)(bits >> 23 & 0xFF);
	const int64_t m = (int64_t)(bits & 0x7FFFFF) + (field > 0 ? 0x800000 : 0);

	number_add(n, (bits >> 31 != 0) != negate ? -m : m, (field > 0 ? field : 1) - 150);
}

static void bf16_parts(uint16_t v, int64_t *m, int *exponent)
{
	const int field = v >> 7 & 0xFF;

	*m = (v & 0x7F) + (field > 0 ? 128 : 0);
	*m = v >> 15 ? -*m : *m;
	*exponent = (field > 0 ? field : 1) - 134;
}

void add_product(struct number *n, uint16_t x, uint16_t y, bool negate)
{
	int64_t mx, my;
	int ex, ey;

	bf16_parts(x, &mx, &ex);
	bf16_parts(y, &my, &ey);
	number_add(n, negate ? -(mx * my) : mx * my, ex + ey);
}

/* ---- fmaf -------------------------------------------------------------------------------------------------------- */

/* The same rule through the host's fused multiply-add.  Near and below the smallest normal number the host rounds to
 * fewer digits; there the sum is formed 2^64 times larger, which is exact, and compared with the boundary. */
uint32_t fused(uint16_t x, uint16_t y, uint32_t acc)
{
	float a = as_float((uint32_t)x << 16), b = as_float((uint32_t)y << 16);
	const float r = fmaf(a, b, as_float(acc));

	if (r == 0)
		return 0;
	if (fabsf(r) > 0x1.8p-126f)
		return as_bits(r);
	if (fabsf(a) < fabsf(b))
		a *= 0x1p64f;
	else
		b *= 0x1p64f;
	const float large = fmaf(a, b, as_float(acc) * 0x1p64f);

	return fabsf(large) < 0x1p-62f ? 0 : as_bits(large * 0x1p-64f);
}
