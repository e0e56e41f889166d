#include "sim/core/vec_float.h"

#include <string.h>

#include "sim/core/choices.h"

enum {
	FP32_INFINITY = 0x7F800000,
	FP32_HIDDEN = 0x00800000,
	FP32_FRACTION = 0x007FFFFF,
	BF16_EXPONENT = 0x7F80,
	BF16_FRACTION = 0x7F,
	/* Exponent of a term that is exactly zero: below every other, so that the other term keeps all its bits. */
	ZERO_EXPONENT = -1000,
	MAX_LANES = 64,
};

#define FP32_SIGN 0x80000000u

/* A term of a sum is (-1)^sign * magnitude * 2^(exponent - 150): for a finite fp32 number the magnitude is its 24-bit
 * significand and the exponent its biased field, with the field of denormals counted as 1. */

/* ---- the sum of an fp32 lane and one further term, rounded once ------------------------------------------------- */

/* How far `magnitude`, below 2^28, has to be shifted left so that bit 27 leads; any number for 0. */
AIE_VEC_INLINE uint32_t shift_to_27(uint32_t magnitude, bool clz)
{
	if (clz)
		return (uint32_t)__builtin_clz(magnitude | 1) - 4;
	/* signed comparisons: one instruction where unsigned ones take two */
	int32_t rest = (int32_t)magnitude;
	uint32_t shift = rest < 1 << 12 ? 16 : 0, step;

	rest <<= shift;
	step = rest < 1 << 20 ? 8 : 0;
	rest <<= step;
	shift += step;
	step = rest < 1 << 24 ? 4 : 0;
	rest <<= step;
	shift += step;
	step = rest < 1 << 26 ? 2 : 0;
	rest <<= step;
	shift += step;
	return shift + (rest < 1 << 27 ? 1 : 0);
}

/* `p_magnitude` is below 2^24 and normalised (bit 23 set), or the significand of an fp32 denormal, or 0.  Three bits
 * below the significand (guard, round, sticky) are enough for a correct rounding: a cancellation by more than one
 * binade only happens when the exponents differ by at most one, and then no bit was lost.  Unnormalised operands do no
 * harm: they only meet results that end as zero.  The result for operands with exponent field 255 is meaningless and
 * replaced later. */
AIE_VEC_INLINE uint32_t sum_lane(uint32_t acc, uint32_t p_sign, uint32_t p_magnitude, int32_t p_exponent,
                                 bool keep_zero_sign, bool clz)
{
	const uint32_t field = acc >> 23 & 0xFF;
	const uint32_t a_magnitude = (acc & FP32_FRACTION) | (field != 0 ? FP32_HIDDEN : 0u);
	const int32_t a_exponent = (int32_t)(field != 0 ? field : 1u);
	const int32_t distance = a_exponent - p_exponent;
	const bool p_larger = distance < 0;
	const int32_t positive = p_larger ? -distance : distance;
	const uint32_t shift = (uint32_t)(positive < 31 ? positive : 31);
	const uint32_t large = (p_larger ? p_magnitude : a_magnitude) << 3;
	const uint32_t small_exact = (p_larger ? a_magnitude : p_magnitude) << 3;
	const uint32_t shifted = small_exact >> shift;
	const uint32_t small = shifted | (shifted << shift != small_exact ? 1u : 0u);
	const uint32_t difference = 0u - ((acc ^ p_sign) >> 31);
	const uint32_t sum = large + ((small ^ difference) - difference);
	const uint32_t negative = 0u - (sum >> 31);
	const uint32_t sign = ((p_larger ? p_sign : acc) ^ negative) & FP32_SIGN;
	uint32_t magnitude = (sum ^ negative) - negative;
	int32_t exponent = (p_larger ? p_exponent : a_exponent) + 1;
	const bool zero = magnitude == 0;

	const uint32_t normal = shift_to_27(magnitude, clz);

	magnitude <<= normal;
	exponent -= (int32_t)normal;
	/* To nearest even on 24 bits; a carry out of the significand moves into the exponent by itself, up to infinity.
	 */
	const uint32_t rounded = (magnitude + 7 + (magnitude >> 4 & 1)) >> 4;
	const int32_t limited = exponent > 254 ? 254 : exponent < -1 ? -1 : exponent;
	const uint32_t bits = ((uint32_t)limited << 23) + rounded - FP32_HIDDEN;
	const bool small_result = (int32_t)bits < FP32_HIDDEN || zero;
	const uint32_t finite = exponent > 254 ? (uint32_t)FP32_INFINITY : bits;
	const uint32_t zero_bits = keep_zero_sign && !zero ? sign : 0u;

	return small_result ? zero_bits : finite | sign;
}

/* All bits set, or none: conditions of the loops below are masks, which keeps them free of branches. */
AIE_VEC_INLINE uint32_t all_if(bool condition)
{
	return 0u - (uint32_t)condition;
}

/* The sum of two fp32 numbers that are normal or zero, when it is normal or an exact zero; otherwise bit 31 of *odd is
 * set.  The larger magnitude is found by comparing the numbers themselves, so that the difference is never negative. */
AIE_VEC_INLINE uint32_t quick_sum(uint32_t a, uint32_t b, bool clz, uint32_t *odd)
{
	const uint32_t a_bits = a & ~FP32_SIGN, b_bits = b & ~FP32_SIGN, b_larger = all_if(b_bits > a_bits);
	const uint32_t large = a_bits > b_bits ? a_bits : b_bits, small = a_bits < b_bits ? a_bits : b_bits;
	const uint32_t sign = (a ^ ((a ^ b) & b_larger)) & FP32_SIGN;
	const uint32_t distance = (large >> 23) - (small >> 23), shift = distance < 31 ? distance : 31;
	const uint32_t large_magnitude = ((large & FP32_FRACTION) | FP32_HIDDEN) << 3 & all_if(large != 0);
	const uint32_t small_exact = ((small & FP32_FRACTION) | FP32_HIDDEN) << 3 & all_if(small != 0);
	const uint32_t shifted = small_exact >> shift;
	const uint32_t small_magnitude = shifted | (uint32_t)(shifted << shift != small_exact);
	const uint32_t difference = 0u - ((a ^ b) >> 31);
	const uint32_t sum = large_magnitude + ((small_magnitude ^ difference) - difference);
	const uint32_t normal = shift_to_27(sum, clz), magnitude = sum << normal;
	const uint32_t rounded = (magnitude + 7 + (magnitude >> 4 & 1)) >> 4;
	const uint32_t bits = (((large >> 23) - normal) << 23) + rounded; /* exponent + 1 - hidden bit */
	const uint32_t outside = all_if(bits - FP32_HIDDEN >= FP32_INFINITY - FP32_HIDDEN), nonzero = all_if(sum != 0);

	*odd |= outside & nonzero;
	return (bits | sign) & nonzero;
}

/* The product of two bf16 numbers that are normal or zero, when it is normal or zero as fp32; else bit 31 of *odd is
 * set. */
AIE_VEC_INLINE uint32_t quick_product(uint32_t x, uint32_t y, uint32_t flip, uint32_t *odd)
{
	const uint32_t fields = (x >> 7 & 0xFF) + (y >> 7 & 0xFF);
	const uint32_t product = ((x & BF16_FRACTION) | 0x80) * ((y & BF16_FRACTION) | 0x80), top = product >> 15;
	/* the significand keeps its hidden bit, which makes up for one unit of the exponent */
	const uint32_t bits = ((fields + top - 128) << 23) + (product << 9 >> top);
	const uint32_t outside = all_if(bits - FP32_HIDDEN >= FP32_INFINITY - FP32_HIDDEN);
	const uint32_t nonzero = all_if((x & 0x7FFF) != 0) & all_if((y & 0x7FFF) != 0);

	*odd |= outside & nonzero;
	return (bits & nonzero) | (((x ^ y) << 16 & FP32_SIGN) ^ flip);
}

/* Bit 31 is set unless the number is normal or zero. */
AIE_VEC_INLINE uint32_t fp32_odd(uint32_t v)
{
	const uint32_t twice = v << 1;

	return all_if(twice - 0x1000000u >= 0xFE000000u) & all_if(twice != 0);
}

/* Bit 15 likewise for a bf16 number. */
AIE_VEC_INLINE uint16_t bf16_odd(uint16_t v)
{
	const uint16_t twice = (uint16_t)(v << 1), above = (uint16_t)(twice - 0x100u);
	const uint16_t outside = above >= 0xFE00u ? 0xFFFF : 0, nonzero = twice != 0 ? 0xFFFF : 0;

	return outside & nonzero;
}

/* The exact product of two bf16 numbers as a term; its sign bit included, `flip` is 0 or the sign bit. */
AIE_VEC_INLINE void product_term(uint32_t x, uint32_t y, uint32_t flip, uint32_t *sign, uint32_t *magnitude,
                                 int32_t *exponent)
{
	const uint32_t x_field = x >> 7 & 0xFF, y_field = y >> 7 & 0xFF;
	const uint32_t x_significand = (x & BF16_FRACTION) | (x_field != 0 ? 0x80u : 0u);
	const uint32_t y_significand = (y & BF16_FRACTION) | (y_field != 0 ? 0x80u : 0u);
	uint32_t product = x_significand * y_significand;
	int32_t e = (int32_t)((x_field != 0 ? x_field : 1u) + (y_field != 0 ? y_field : 1u)) - 126;

	e = product != 0 ? e : ZERO_EXPONENT;
	/* Normalise to bit 15; two normal factors need at most the last step. */
	e -= product < 1u << 8 ? 8 : 0;
	product <<= product < 1u << 8 ? 8 : 0;
	e -= product < 1u << 12 ? 4 : 0;
	product <<= product < 1u << 12 ? 4 : 0;
	e -= product < 1u << 14 ? 2 : 0;
	product <<= product < 1u << 14 ? 2 : 0;
	e -= product < 1u << 15 ? 1 : 0;
	product <<= product < 1u << 15 ? 1 : 0;
	*sign = ((x ^ y) << 16 & FP32_SIGN) ^ flip;
	*magnitude = product << 8;
	*exponent = e;
}

/* ---- infinities and not-a-numbers ------------------------------------------------------------------------------- */

enum special { SPECIAL_NAN = 1, SPECIAL_PLUS = 2, SPECIAL_MINUS = 4 };

static unsigned fp32_class(uint32_t v, bool negate)
{
	if ((v & FP32_INFINITY) != FP32_INFINITY)
		return 0;
	if ((v & FP32_FRACTION) != 0)
		return SPECIAL_NAN;
	return (v >> 31 != 0) != negate ? SPECIAL_MINUS : SPECIAL_PLUS;
}

static unsigned product_class(uint32_t x, uint32_t y, bool negate)
{
	const bool x_special = (x & BF16_EXPONENT) == BF16_EXPONENT, y_special = (y & BF16_EXPONENT) == BF16_EXPONENT;

	if (!x_special && !y_special)
		return 0;
	if ((x_special && (x & BF16_FRACTION) != 0) || (y_special && (y & BF16_FRACTION) != 0))
		return SPECIAL_NAN;
	if ((x & 0x7FFF) == 0 || (y & 0x7FFF) == 0)
		return SPECIAL_NAN;
	return (((x ^ y) >> 15 & 1) != 0) != negate ? SPECIAL_MINUS : SPECIAL_PLUS;
}

/* The result of a sum whose terms have the given classes (ORed); `ordinary` when no term is special. */
static uint32_t special_sum(unsigned classes, uint32_t ordinary)
{
	if (classes == 0)
		return ordinary;
	if (classes == SPECIAL_PLUS)
		return FP32_INFINITY;
	if (classes == SPECIAL_MINUS)
		return FP32_SIGN | FP32_INFINITY;
	return AIE_CHOICE_FP_NAN;
}

/* Lanes of `out` whose accumulator or factors have exponent field 255 get what the rules for infinities say. */
static __attribute__((noinline)) void fix_product_lanes(unsigned lanes, struct aie_vec_float_signs signs,
                                                        const aie_v32 *acc, const aie_v16 *x, const aie_v16 *y,
                                                        aie_v32 *out)
{
	for (unsigned i = 0; i < lanes; i++) {
		const unsigned product = product_class(x[i], y[i], signs.product);
		const unsigned accumulator = acc != NULL ? fp32_class(acc[i], signs.acc1) : 0;

		/* A not-a-number passes unchanged when a zero product is added (measured, AIE2). */
		if (accumulator == SPECIAL_NAN && product == 0 && ((x[i] & 0x7FFF) == 0 || (y[i] & 0x7FFF) == 0))
			out[i] = acc[i];
		else
			out[i] = special_sum(product | accumulator, out[i]);
	}
}

/* Bit 31 is set for the exponent field 255; the other bits mean nothing. */
AIE_VEC_INLINE uint32_t fp32_special(uint32_t v)
{
	return (v & FP32_INFINITY) + FP32_HIDDEN;
}

AIE_VEC_INLINE uint32_t bf16_special(uint32_t v)
{
	return ((v & BF16_EXPONENT) + 0x80) << 16;
}

/* ---- bf16 products ---------------------------------------------------------------------------------------------- */

/* Most lanes are normal numbers or zero: these have short loops; one odd lane sends the whole vector to the general
 * ones. */
AIE_VEC_INLINE uint32_t bf16_any_odd(unsigned lanes, const aie_v16 *restrict x, const aie_v16 *restrict y)
{
	uint16_t odd = 0;

	for (unsigned i = 0; i < lanes; i++)
		odd = (uint16_t)(odd | bf16_odd(x[i]) | bf16_odd(y[i]));
	return (uint32_t)odd << 16;
}

AIE_VEC_INLINE bool quick_multiply_lanes(unsigned lanes, uint32_t flip, const aie_v16 *restrict x,
                                         const aie_v16 *restrict y, aie_v32 *restrict out)
{
	uint32_t odd = bf16_any_odd(lanes, x, y);

	for (unsigned i = 0; i < lanes; i++) {
		const uint32_t product = quick_product(x[i], y[i], flip, &odd);

		out[i] = product & all_if((product & ~FP32_SIGN) != 0);
	}
	return (odd & FP32_SIGN) == 0;
}

AIE_VEC_INLINE bool quick_multiply_add_lanes(unsigned lanes, uint32_t product_flip, uint32_t acc_flip, bool clz,
                                             const aie_v32 *restrict acc, const aie_v16 *restrict x,
                                             const aie_v16 *restrict y, aie_v32 *restrict out)
{
	uint32_t odd = bf16_any_odd(lanes, x, y);

	for (unsigned i = 0; i < lanes; i++) {
		odd |= fp32_odd(acc[i]);
		out[i] = quick_sum(acc[i] ^ acc_flip, quick_product(x[i], y[i], product_flip, &odd), clz, &odd);
	}
	return (odd & FP32_SIGN) == 0;
}

AIE_VEC_INLINE uint32_t multiply_lanes(unsigned lanes, uint32_t flip, const aie_v16 *restrict x,
                                       const aie_v16 *restrict y, aie_v32 *restrict out)
{
	uint32_t special = 0;

	for (unsigned i = 0; i < lanes; i++) {
		uint32_t sign, magnitude;
		int32_t exponent;

		product_term(x[i], y[i], flip, &sign, &magnitude, &exponent);
		const uint32_t bits = ((uint32_t)exponent << 23) + magnitude - FP32_HIDDEN;
		const uint32_t finite = (exponent > 254 ? (uint32_t)FP32_INFINITY : bits) | sign;

		out[i] = exponent < 1 ? 0 : finite;
		special |= bf16_special(x[i]) | bf16_special(y[i]);
	}
	return special & FP32_SIGN;
}

AIE_VEC_INLINE uint32_t multiply_add_lanes(unsigned lanes, uint32_t product_flip, uint32_t acc_flip, bool clz,
                                           const aie_v32 *restrict acc, const aie_v16 *restrict x,
                                           const aie_v16 *restrict y, aie_v32 *restrict out)
{
	uint32_t special = 0;

	for (unsigned i = 0; i < lanes; i++) {
		uint32_t sign, magnitude;
		int32_t exponent;

		product_term(x[i], y[i], product_flip, &sign, &magnitude, &exponent);
		out[i] = sum_lane(acc[i] ^ acc_flip, sign, magnitude, exponent, false, clz);
		special |= bf16_special(x[i]) | bf16_special(y[i]) | fp32_special(acc[i]);
	}
	return special & FP32_SIGN;
}

AIE_VEC_VARIANTS(bool, quick_multiply,
                 (unsigned lanes, uint32_t flip, const aie_v16 *x, const aie_v16 *y, aie_v32 *out),
                 return lanes == 32 ? quick_multiply_lanes(32, flip, x, y, out)
                                    : quick_multiply_lanes(64, flip, x, y, out))

AIE_VEC_VARIANTS(bool, quick_multiply_add,
                 (unsigned lanes, uint32_t product_flip, uint32_t acc_flip, const aie_v32 *acc, const aie_v16 *x,
                  const aie_v16 *y, aie_v32 *out),
                 return lanes == 32 ? quick_multiply_add_lanes(32, product_flip, acc_flip, AIE_VEC_CLZ, acc, x, y, out)
                                    : quick_multiply_add_lanes(64, product_flip, acc_flip, AIE_VEC_CLZ, acc, x, y, out))

AIE_VEC_VARIANTS(uint32_t, multiply, (unsigned lanes, uint32_t flip, const aie_v16 *x, const aie_v16 *y, aie_v32 *out),
                 return lanes == 32 ? multiply_lanes(32, flip, x, y, out) : multiply_lanes(64, flip, x, y, out))

AIE_VEC_VARIANTS(uint32_t, multiply_add,
                 (unsigned lanes, uint32_t product_flip, uint32_t acc_flip, const aie_v32 *acc, const aie_v16 *x,
                  const aie_v16 *y, aie_v32 *out),
                 return lanes == 32 ? multiply_add_lanes(32, product_flip, acc_flip, AIE_VEC_CLZ, acc, x, y, out)
                                    : multiply_add_lanes(64, product_flip, acc_flip, AIE_VEC_CLZ, acc, x, y, out))

void aie_vec_bf16_multiply(unsigned lanes, bool negate, const void *x, const void *y, void *out)
{
	const uint32_t flip = negate ? FP32_SIGN : 0;

	if (AIE_VEC_CALL(quick_multiply, lanes, flip, x, y, out))
		return;
	const uint32_t special = AIE_VEC_CALL(multiply, lanes, flip, x, y, out);

	if (special != 0)
		fix_product_lanes(lanes, (struct aie_vec_float_signs){ .product = negate }, NULL, x, y, out);
}

void aie_vec_bf16_multiply_add(unsigned lanes, struct aie_vec_float_signs signs, const void *acc, const void *x,
                               const void *y, void *out)
{
	const uint32_t product = signs.product ? FP32_SIGN : 0, accumulator = signs.acc1 ? FP32_SIGN : 0;

	if (AIE_VEC_CALL(quick_multiply_add, lanes, product, accumulator, acc, x, y, out))
		return;
	const uint32_t special = AIE_VEC_CALL(multiply_add, lanes, product, accumulator, acc, x, y, out);

	if (special != 0)
		fix_product_lanes(lanes, signs, acc, x, y, out);
}

/* ---- fp32 sums -------------------------------------------------------------------------------------------------- */

AIE_VEC_INLINE bool quick_add_lanes(unsigned lanes, uint32_t flip1, uint32_t flip2, bool clz,
                                    const aie_v32 *restrict acc1, const aie_v32 *restrict acc2, aie_v32 *restrict out)
{
	uint32_t odd = 0;

	for (unsigned i = 0; i < lanes; i++) {
		odd |= fp32_odd(acc1[i]) | fp32_odd(acc2[i]);
		out[i] = quick_sum(acc1[i] ^ flip1, acc2[i] ^ flip2, clz, &odd);
	}
	return (odd & FP32_SIGN) == 0;
}

AIE_VEC_VARIANTS(bool, quick_add,
                 (unsigned lanes, uint32_t flip1, uint32_t flip2, const aie_v32 *acc1, const aie_v32 *acc2,
                  aie_v32 *out),
                 return lanes == 64 ? quick_add_lanes(64, flip1, flip2, AIE_VEC_CLZ, acc1, acc2, out)
                                    : quick_add_lanes(32, flip1, flip2, AIE_VEC_CLZ, acc1, acc2, out))

AIE_VEC_INLINE uint32_t add_lanes(unsigned lanes, uint32_t flip1, uint32_t flip2, bool clz,
                                  const aie_v32 *restrict acc1, const aie_v32 *restrict acc2, aie_v32 *restrict out)
{
	uint32_t special = 0;

	for (unsigned i = 0; i < lanes; i++) {
		const uint32_t b = acc2[i] ^ flip2, field = b >> 23 & 0xFF;
		const uint32_t magnitude = (b & FP32_FRACTION) | (field != 0 ? FP32_HIDDEN : 0u);

		out[i] = sum_lane(acc1[i] ^ flip1, b & FP32_SIGN, magnitude, (int32_t)(field != 0 ? field : 1u), true,
		                  clz);
		special |= fp32_special(acc1[i]) | fp32_special(acc2[i]);
	}
	return special & FP32_SIGN;
}

AIE_VEC_VARIANTS(uint32_t, add,
                 (unsigned lanes, uint32_t flip1, uint32_t flip2, const aie_v32 *acc1, const aie_v32 *acc2,
                  aie_v32 *out),
                 return lanes == 64 ? add_lanes(64, flip1, flip2, AIE_VEC_CLZ, acc1, acc2, out)
                                    : add_lanes(32, flip1, flip2, AIE_VEC_CLZ, acc1, acc2, out))

void aie_vec_fp32_add(unsigned lanes, struct aie_vec_float_signs signs, const void *acc1, const void *acc2, void *out)
{
	const uint32_t flip1 = signs.acc1 ? FP32_SIGN : 0, flip2 = signs.acc2 ? FP32_SIGN : 0;

	if (AIE_VEC_CALL(quick_add, lanes, flip1, flip2, acc1, acc2, out))
		return;
	const uint32_t special = AIE_VEC_CALL(add, lanes, flip1, flip2, acc1, acc2, out);
	const aie_v32 *a = acc1, *b = acc2;
	aie_v32 *result = out;

	if (special == 0)
		return;
	for (unsigned i = 0; i < lanes; i++)
		result[i] = special_sum(fp32_class(a[i], signs.acc1) | fp32_class(b[i], signs.acc2), result[i]);
}

AIE_VEC_INLINE void pass_lanes(unsigned lanes, uint32_t flip, const aie_v32 *restrict in, aie_v32 *restrict out)
{
	for (unsigned i = 0; i < lanes; i++) {
		const uint32_t flipped = in[i] ^ flip;
		const bool nan = (in[i] & ~FP32_SIGN) > FP32_INFINITY;

		out[i] = (in[i] & FP32_INFINITY) == 0 ? 0 : nan ? in[i] : flipped;
	}
}

AIE_VEC_VARIANTS(void, pass, (unsigned lanes, uint32_t flip, const aie_v32 *in, aie_v32 *out),
                 pass_lanes(lanes, flip, in, out))

void aie_vec_fp32_pass(unsigned lanes, bool negate, const void *acc, void *out)
{
	AIE_VEC_CALL(pass, lanes, negate ? FP32_SIGN : 0, acc, out);
}

/* ---- sums of three terms ---------------------------------------------------------------------------------------- */

struct term {
	uint32_t sign; /* bit 31 */
	uint32_t magnitude;
	int32_t exponent;
};

/* Exact sum in a fixed-point number wide enough for every term: bit b of it weighs 2^(b + WIDE_LOWEST - 150). Exponents
 * of terms run from -139 (the smallest product of two denormals, or of two bfp16 blocks) to 386 (the largest product of
 * two blocks). */
enum { WIDE_WORDS = 10, WIDE_LOWEST = -160 };

static void wide_add(uint64_t wide[WIDE_WORDS], const struct term *t)
{
	const unsigned position = (unsigned)(t->exponent - WIDE_LOWEST);
	unsigned __int128 carry = t->sign != 0 ? 1 : 0;
	uint64_t value[WIDE_WORDS] = { 0 };

	value[position / 64] = (uint64_t)t->magnitude << position % 64;
	if (position % 64 > 40)
		value[position / 64 + 1] = (uint64_t)t->magnitude >> (64 - position % 64);
	for (unsigned w = 0; w < WIDE_WORDS; w++) {
		carry += wide[w];
		carry += t->sign != 0 ? ~value[w] : value[w];
		wide[w] = (uint64_t)carry;
		carry >>= 64;
	}
}

static uint32_t sum_terms(const struct term *terms, unsigned count)
{
	uint64_t wide[WIDE_WORDS] = { 0 };
	uint32_t sign = 0;
	int top = WIDE_WORDS * 64 - 1;

	for (unsigned i = 0; i < count; i++) {
		if (terms[i].magnitude != 0)
			wide_add(wide, &terms[i]);
	}
	if (wide[WIDE_WORDS - 1] >> 63 != 0) {
		unsigned __int128 carry = 1;

		sign = FP32_SIGN;
		for (unsigned w = 0; w < WIDE_WORDS; w++) {
			carry += ~wide[w];
			wide[w] = (uint64_t)carry;
			carry >>= 64;
		}
	}
	while (top >= 0 && (wide[top / 64] >> top % 64 & 1) == 0)
		top--;
	/* The leading bit at 23 above WIDE_LOWEST - 150 would be an exponent field of WIDE_LOWEST. */
	const int exponent = top - 23 + WIDE_LOWEST;

	if (top < 0 || exponent < 0)
		return 0; /* multiply path: an underflow is +0; below half of the smallest normal number even before
		             rounding */
	uint32_t significand = 0;
	bool sticky = false;

	for (int b = top; b > top - 24; b--)
		significand = significand << 1 | (uint32_t)(wide[b / 64] >> b % 64 & 1);
	const bool half = (wide[(top - 24) / 64] >> (top - 24) % 64 & 1) != 0;

	for (int b = top - 25; b >= 0 && !sticky; b--)
		sticky = (wide[b / 64] >> b % 64 & 1) != 0;
	if (half && (sticky || (significand & 1) != 0))
		significand++;
	const uint64_t bits = ((uint64_t)exponent << 23) + significand - FP32_HIDDEN;

	if (bits < FP32_HIDDEN)
		return 0;
	return sign | (bits >= FP32_INFINITY ? (uint32_t)FP32_INFINITY : (uint32_t)bits);
}

static struct term fp32_term(uint32_t v, bool negate)
{
	const uint32_t field = v >> 23 & 0xFF;

	return (struct term){
		.sign = (v & FP32_SIGN) ^ (negate ? FP32_SIGN : 0),
		.magnitude = (v & FP32_FRACTION) | (field != 0 ? FP32_HIDDEN : 0u),
		.exponent = (int32_t)(field != 0 ? field : 1u),
	};
}

void aie_vec_bf16_multiply_add2(unsigned lanes, struct aie_vec_float_signs signs, const void *acc1, const void *acc2,
                                const void *x, const void *y, void *out)
{
	const aie_v32 *a = acc1, *b = acc2;
	const aie_v16 *u = x, *v = y;
	aie_v32 *result = out;

	for (unsigned i = 0; i < lanes; i++) {
		const unsigned classes = fp32_class(a[i], signs.acc1) | fp32_class(b[i], signs.acc2) |
		                         product_class(u[i], v[i], signs.product);
		struct term terms[3] = { fp32_term(a[i], signs.acc1), fp32_term(b[i], signs.acc2) };

		product_term(u[i], v[i], signs.product ? FP32_SIGN : 0, &terms[2].sign, &terms[2].magnitude,
		             &terms[2].exponent);
		result[i] = classes != 0 ? special_sum(classes, 0) : sum_terms(terms, 3);
	}
}

/* ---- bfp16 ------------------------------------------------------------------------------------------------------ */

/* The dot products of the blocks of `a` with the blocks of `b`: exact, at most 2^17 in magnitude. */
AIE_VEC_INLINE void block_products(unsigned rows, unsigned columns, const aie_s8 *restrict a, const aie_s8 *restrict b,
                                   int32_t *restrict sums)
{
	uint32_t by_row[8 * 8], by_element[8 * 16], products[MAX_LANES];

	for (unsigned i = 0; i < rows * 8; i++)
		by_row[i] = (uint32_t)(int32_t)a[i];
	for (unsigned j = 0; j < columns; j++) {
		for (unsigned k = 0; k < 8; k++)
			by_element[k * columns + j] = (uint32_t)(int32_t)b[8 * j + k];
	}
	aie_vec_matrix(rows, 8, columns, by_row, by_element, products);
	for (unsigned i = 0; i < MAX_LANES; i++)
		sums[i] = (int32_t)products[i];
}

/* A dot product as a term; `scale` is ea + eb, the product weighs 2^(scale - 254 - 12). */
AIE_VEC_INLINE void block_term(int32_t sum, int32_t scale, uint32_t flip, bool clz, uint32_t *sign, uint32_t *magnitude,
                               int32_t *exponent)
{
	const uint32_t m = (uint32_t)(sum < 0 ? -sum : sum);
	const uint32_t normal = shift_to_27(m << 4, clz); /* bit 23 of m */

	*sign = (sum < 0 ? FP32_SIGN : 0u) ^ flip;
	*magnitude = m << normal;
	*exponent = m != 0 ? scale - 116 - (int32_t)normal : ZERO_EXPONENT;
}

AIE_VEC_INLINE uint32_t block_lanes(uint32_t product_flip, uint32_t acc_flip, bool clz, const int32_t *restrict sums,
                                    const int32_t *restrict scales, const aie_v32 *restrict acc, aie_v32 *restrict out)
{
	uint32_t special = 0;

	for (unsigned i = 0; i < MAX_LANES; i++) {
		uint32_t sign, magnitude;
		int32_t exponent;

		block_term(sums[i], scales[i], product_flip, clz, &sign, &magnitude, &exponent);
		out[i] = sum_lane(acc[i] ^ acc_flip, sign, magnitude, exponent, false, clz);
		special |= fp32_special(acc[i]);
	}
	return special & FP32_SIGN;
}

struct blocks {
	const aie_s8 *a, *b;
	const uint8_t *ea, *eb;
	int32_t sums[MAX_LANES], scales[MAX_LANES];
};

AIE_VEC_INLINE void prepare_blocks(unsigned rows, unsigned columns, struct blocks *blocks)
{
	block_products(rows, columns, blocks->a, blocks->b, blocks->sums);
	for (unsigned i = 0; i < rows; i++) {
		for (unsigned j = 0; j < columns; j++)
			blocks->scales[i * columns + j] = blocks->ea[i] + blocks->eb[j];
	}
}

AIE_VEC_INLINE uint32_t multiply_blocks(unsigned columns, uint32_t product_flip, uint32_t acc_flip, bool clz,
                                        struct blocks *blocks, const aie_v32 *acc, aie_v32 *out)
{
	if (columns == 8)
		prepare_blocks(8, 8, blocks);
	else
		prepare_blocks(4, 16, blocks);
	return block_lanes(product_flip, acc_flip, clz, blocks->sums, blocks->scales, acc, out);
}

AIE_VEC_VARIANTS(uint32_t, block_sums,
                 (unsigned columns, uint32_t product_flip, uint32_t acc_flip, struct blocks *blocks, const aie_v32 *acc,
                  aie_v32 *out),
                 return multiply_blocks(columns, product_flip, acc_flip, AIE_VEC_CLZ, blocks, acc, out))

void aie_vec_bfp16_matrix(unsigned columns, struct aie_vec_float_signs signs, const void *acc1, const void *acc2,
                          const void *a, const uint8_t *ea, const void *b, const uint8_t *eb, void *out)
{
	static const aie_v32 zeroes[MAX_LANES];
	const bool first_negated = acc1 != NULL ? signs.acc1 : signs.acc2;
	const aie_v32 *first = acc1 != NULL ? acc1 : acc2 != NULL ? acc2 : zeroes, *second = acc1 != NULL ? acc2 : NULL;
	const uint32_t flip = signs.product ? FP32_SIGN : 0, first_flip = first_negated ? FP32_SIGN : 0;
	struct blocks blocks = { .a = a, .b = b, .ea = ea, .eb = eb };
	aie_v32 *result = out;
	const uint32_t special = AIE_VEC_CALL(block_sums, columns, flip, first_flip, &blocks, first, out);

	if (special == 0 && second == NULL)
		return;
	for (unsigned i = 0; i < MAX_LANES; i++) {
		const unsigned first_class = fp32_class(first[i], first_negated);
		const unsigned second_class = second != NULL ? fp32_class(second[i], signs.acc2) : 0;
		struct term terms[3] = { fp32_term(first[i], first_negated) };

		if (first_class == SPECIAL_NAN && second == NULL && blocks.sums[i] == 0) {
			result[i] = first[i]; /* as for bf16 products */
			continue;
		}
		if (second != NULL) {
			block_term(blocks.sums[i], blocks.scales[i], flip, false, &terms[1].sign, &terms[1].magnitude,
			           &terms[1].exponent);
			terms[2] = fp32_term(second[i], signs.acc2);
			result[i] = sum_terms(terms, 3);
		}
		result[i] = special_sum(first_class | second_class, result[i]);
	}
}
