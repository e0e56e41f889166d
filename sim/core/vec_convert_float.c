#include "sim/core/vec_convert.h"

#include <string.h>

#include "sim/core/choices.h"

/* ---- fp32 and bf16 ---------------------------------------------------------------------------------------------- */

/* What is added to the upper half of an fp32 number, in the view of sign and magnitude: with `sign` the sign of the
 * lane and `odd` the lowest bit that stays, one is added when the dropped bits plus bias[sign][odd] carry out of 16
 * bits. */
struct bf16_rounding {
	bool defined;
	uint16_t bias[2][2];
};

enum { AWAY = 0xFFFF, NEVER = 0, HALF_UP = 0x8000, HALF_DOWN = 0x7FFF };

static const struct bf16_rounding bf16_roundings[16] = {
	[AIE_ROUND_FLOOR] = { true, { { NEVER, NEVER }, { AWAY, AWAY } } },
	[AIE_ROUND_CEIL] = { true, { { AWAY, AWAY }, { NEVER, NEVER } } },
	[AIE_ROUND_SYM_FLOOR] = { true, { { NEVER, NEVER }, { NEVER, NEVER } } },
	[AIE_ROUND_SYM_CEIL] = { true, { { AWAY, AWAY }, { AWAY, AWAY } } },
	[AIE_ROUND_NEG_INF] = { true, { { HALF_DOWN, HALF_DOWN }, { HALF_UP, HALF_UP } } },
	[AIE_ROUND_POS_INF] = { true, { { HALF_UP, HALF_UP }, { HALF_DOWN, HALF_DOWN } } },
	[AIE_ROUND_SYM_ZERO] = { true, { { HALF_DOWN, HALF_DOWN }, { HALF_DOWN, HALF_DOWN } } },
	[AIE_ROUND_SYM_INF] = { true, { { HALF_UP, HALF_UP }, { HALF_UP, HALF_UP } } },
	[AIE_ROUND_CONV_EVEN] = { true, { { HALF_DOWN, HALF_UP }, { HALF_DOWN, HALF_UP } } },
	[AIE_ROUND_CONV_ODD] = { true, { { HALF_UP, HALF_DOWN }, { HALF_UP, HALF_DOWN } } },
};

AIE_VEC_INLINE void to_bf16_lanes(unsigned lanes, const struct bf16_rounding *mode, const aie_v32 *restrict in,
                                  aie_v16 *restrict out)
{
	const uint32_t plus_even = mode->bias[0][0], plus_odd = mode->bias[0][1];
	const uint32_t minus_even = mode->bias[1][0], minus_odd = mode->bias[1][1];

	for (unsigned i = 0; i < lanes; i++) {
		const uint32_t v = in[i], upper = v >> 16;
		const uint32_t plus = upper & 1 ? plus_odd : plus_even, minus = upper & 1 ? minus_odd : minus_even;
		const uint32_t rounded = (v + (v >> 31 ? minus : plus)) >> 16;
		/* A not-a-number keeps its upper half, made to stay one (measured, AIE2). */
		const uint32_t nan = upper | ((upper & 0x7F) == 0 ? 1u : 0u);

		out[i] = (uint16_t)((v & 0x7FFFFFFF) > 0x7F800000 ? nan : rounded);
	}
}

AIE_VEC_INLINE void to_bf16_any(unsigned lanes, const struct bf16_rounding *mode, const aie_v32 *in, aie_v16 *out)
{
	if (lanes == 32)
		to_bf16_lanes(32, mode, in, out);
	else
		to_bf16_lanes(16, mode, in, out);
}

AIE_VEC_VARIANTS(void, to_bf16, (unsigned lanes, const struct bf16_rounding *mode, const aie_v32 *in, aie_v16 *out),
                 to_bf16_any(lanes, mode, in, out))

int aie_vec_fp32_to_bf16(unsigned lanes, uint32_t rounding, const void *in, void *out, struct aie_error *error)
{
	if (rounding > 15 || !bf16_roundings[rounding].defined)
		return aie_error_set(error, AIE_ERROR_UNDEFINED, "crRnd is %u, which is no rounding mode", rounding);
	AIE_VEC_CALL(to_bf16, lanes, &bf16_roundings[rounding], in, out);
	return 0;
}

void aie_vec_bf16_to_fp32(unsigned lanes, const void *in, void *out)
{
	const aie_v16 *restrict source = in;
	aie_v32 *restrict result = out;

	for (unsigned i = 0; i < lanes; i++)
		result[i] = (uint32_t)source[i] << 16;
}

/* ---- bfp16 ------------------------------------------------------------------------------------------------------ */

/* The signed significand of a finite fp32 lane, scaled so that it weighs 2^(field - 150); denormals stay without hidden
 * bit. */
static int32_t signed_significand(uint32_t v)
{
	const int32_t m = (int32_t)((v & 0x7FFFFF) | ((v & 0x7F800000) != 0 ? 0x800000u : 0u));

	return v >> 31 != 0 ? -m : m;
}

/* round(m / 2^shift), toward minus infinity or to nearest even; shift >= 17, |m| < 2^24. */
static int32_t scale_mantissa(int32_t m, int shift, bool nearest)
{
	const int limited = shift < 31 ? shift : 31; /* beyond 25 only the sign is left */
	const int64_t wide = m, q = wide >> limited, dropped = wide - q * ((int64_t)1 << limited);
	const int64_t half = (int64_t)1 << (limited - 1);

	return (int32_t)(q + (nearest && (dropped > half || (dropped == half && (q & 1) != 0)) ? 1 : 0));
}

static int check_bfp16_rounding(uint32_t rounding, struct aie_error *error)
{
	if (rounding == AIE_ROUND_FLOOR || rounding == AIE_ROUND_CONV_EVEN)
		return 0;
	return aie_error_set(error, AIE_ERROR_UNSUPPORTED,
	                     "bfp16 conversion under crRnd %u: only floor (0) and conv_even (12) are established",
	                     rounding);
}

int aie_vec_fp32_to_bfp16(unsigned size, uint32_t rounding, const void *in, void *mantissas, uint8_t *exponents,
                          struct aie_error *error)
{
	const aie_v32 *lanes = in;
	uint8_t *out = mantissas;
	const bool nearest = rounding == AIE_ROUND_CONV_EVEN;

	if (check_bfp16_rounding(rounding, error) != 0)
		return -1;
	for (unsigned block = 0; block < AIE_BFP16_LANES / size; block++) {
		const aie_v32 *v = lanes + (size_t)block * size;
		int largest = 0;
		bool denormal = false;

		for (unsigned i = 0; i < size; i++) {
			const int field = (int)(v[i] >> 23 & 0xFF);

			largest = field > largest ? field : largest;
			denormal |= field == 0 && (v[i] & 0x7FFFFF) != 0;
		}
		if (largest == 255)
			return aie_error_set(error, AIE_ERROR_UNSUPPORTED,
			                     "bfp16 conversion of an infinity or not-a-number");
		/* From exponent 8 on a denormal is below half a step whatever its scale is taken to be. */
		if (denormal && largest < 8)
			return aie_error_set(error, AIE_ERROR_UNSUPPORTED,
			                     "bfp16 conversion of denormals that reach the result");
		for (bool again = true; again;) {
			again = false;
			for (unsigned i = 0; i < size; i++) {
				const int field = (int)(v[i] >> 23 & 0xFF);
				const int32_t m =
				        scale_mantissa(signed_significand(v[i]), 17 + largest - field, nearest);

				again |= m > 127;
				out[block * size + i] = (uint8_t)m;
			}
			/* conv_even only: +128 does not fit, the whole block moves up one binade (measured, XDNA2). */
			largest += again ? 1 : 0;
		}
		if (largest == 255)
			return aie_error_set(error, AIE_ERROR_UNSUPPORTED,
			                     "bfp16 conversion that rounds beyond the largest exponent");
		exponents[block] = (uint8_t)largest;
	}
	return 0;
}

/* m / 2^shift of an 8-bit mantissa, toward minus infinity or to nearest even; shift >= 0. */
static int8_t align_mantissa(int8_t m, int shift, bool nearest)
{
	const int limited = shift < 16 ? shift : 16;
	const int32_t one = (int32_t)1 << limited, q = m >> limited, twice = 2 * (m - q * one);

	return (int8_t)(q + (nearest && (twice > one || (twice == one && (q & 1) != 0)) ? 1 : 0));
}

int aie_vec_bfp16_join(uint32_t rounding, const void *in, const uint8_t exponents[8], void *mantissas,
                       uint8_t joined[4], struct aie_error *error)
{
	const int8_t *source = in;
	int8_t *out = mantissas;

	if (check_bfp16_rounding(rounding, error) != 0)
		return -1;
	for (unsigned block = 0; block < 4; block++) {
		const uint8_t *e = exponents + (size_t)2 * block;
		const uint8_t largest = e[0] > e[1] ? e[0] : e[1];

		if (largest == 255)
			return aie_error_set(error, AIE_ERROR_UNSUPPORTED,
			                     "bfp16 conversion of a block with exponent 255");
		for (unsigned i = 0; i < 16; i++)
			out[16 * block + i] = align_mantissa(source[16 * block + i], largest - e[i / 8],
			                                     rounding == AIE_ROUND_CONV_EVEN);
		joined[block] = largest;
	}
	return 0;
}

/* ---- bf16 to integer -------------------------------------------------------------------------------------------- */

static int32_t floor_lane(uint32_t v, int shift)
{
	const int field = (int)(v >> 7 & 0xFF);
	const int64_t m = (int64_t)((v & 0x7F) | (field != 0 ? 0x80u : 0u));
	const int64_t value = v >> 15 != 0 ? -m : m;
	/* value * 2^exponent */
	const int exponent = (field != 0 ? field : 1) - 134 + shift;

	if (field == 255)
		return (v & 0x7F) == 0 && v >> 15 != 0 ? INT32_MIN : INT32_MAX;
	if (exponent < 0)
		return (int32_t)(value >> (exponent > -32 ? -exponent : 32));
	if (exponent > 31)
		return value == 0 ? 0 : value < 0 ? INT32_MIN : INT32_MAX;
	const int64_t scaled = value * ((int64_t)1 << exponent);

	return scaled > INT32_MAX ? INT32_MAX : scaled < INT32_MIN ? INT32_MIN : (int32_t)scaled;
}

void aie_vec_bf16_floor(int shift, const void *in, void *out)
{
	const aie_v16 *source = in;
	aie_s32 *result = out;

	for (unsigned i = 0; i < 16; i++)
		result[i] = floor_lane(source[i], shift);
}

/* ---- exp2 ------------------------------------------------------------------------------------------------------- */

/* The argument as a multiple of 2^-7.  Its significand is first cut to the eight bits of bf16, toward minus infinity;
 * from 2 on, where such a number has fewer than seven fraction bits, the missing ones read as ones (device dump, inputs
 * in [-40, 10]). */
static int32_t exp2_argument(uint32_t v)
{
	const int exponent = (int)(v >> 23 & 0xFF) - 127;
	const int64_t m = signed_significand(v); /* * 2^(exponent - 23); denormals need no care: they end as 0 or -1 */
	const int drop = exponent > 0 ? 16 : 16 - exponent;
	const int64_t cut = m >> (drop < 40 ? drop : 40);

	if (exponent <= 0)
		return (int32_t)cut;
	return (int32_t)(cut * (1 << exponent) + (1 << exponent) - 1);
}

enum { EXP2_LEAST = -126 * 128, FP32_128 = 0x43000000, FP32_INFINITY = 0x7F800000 };

int aie_vec_exp2(const void *in, void *out, struct aie_error *error)
{
	const aie_v32 *source = in;
	aie_v16 *result = out;

	_Static_assert(AIE_CHOICE_EXP2_FORMULA_BEYOND_DUMP == 1, "no other limits than these");
	for (unsigned i = 0; i < 16; i++) {
		const uint32_t magnitude = source[i] & 0x7FFFFFFF;
		const bool negative = source[i] >> 31 != 0;

		if (magnitude > FP32_INFINITY || (magnitude >= FP32_128 && !negative))
			return aie_error_set(error, AIE_ERROR_UNSUPPORTED,
			                     "vexp2 of lane %u (0x%08x): not established from 128 on and for "
			                     "not-a-numbers",
			                     i, (unsigned)source[i]);
		const int32_t argument = magnitude < FP32_128 ? exp2_argument(source[i]) : EXP2_LEAST - 1;

		result[i] =
		        (uint16_t)(argument < EXP2_LEAST ? 0
		                                         : (uint16_t)((argument >> 7) + 127) << 7 | (argument & 127));
	}
	return 0;
}
