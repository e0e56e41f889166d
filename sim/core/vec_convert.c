#include "sim/core/vec_convert.h"

#include "sim/core/choices.h"

/* ---- unpack and pack -------------------------------------------------------------------------------------------- */

void aie_vec_unpack(unsigned bytes, bool sixteen, bool is_signed, const void *in, void *out)
{
	const aie_v8 *restrict source = in;
	aie_v16 *restrict result = out;

	/* (compared with silicon for 4-bit signed lanes: the even lane is the low half of its byte) */
	if (sixteen) {
		const uint32_t extension = is_signed ? 0x1FE : 0; /* sign bit 0x80 * 0x1FE = 0xFF00 */

		for (unsigned i = 0; i < bytes; i++)
			result[i] = (uint16_t)(source[i] | (source[i] & 0x80u) * extension);
	} else {
		const uint32_t extension = is_signed ? 0x1E : 0; /* sign bits 0x08 * 0x1E = 0xF0, both bytes at once */

		for (unsigned i = 0; i < bytes; i++) {
			const uint32_t pair = (source[i] & 0x0Fu) | (source[i] & 0xF0u) << 4;

			result[i] = (uint16_t)(pair | (pair & 0x0808u) * extension);
		}
	}
}

struct range {
	int64_t low, high;
	bool clamp;
};

/* The range of an output lane of `bits` bits, at most 32, under crSat. */
static int saturation_range(uint32_t saturation, unsigned bits, bool is_signed, struct range *range,
                            struct aie_error *error)
{
	range->high = is_signed ? ((int64_t)1 << (bits - 1)) - 1 : ((int64_t)1 << bits) - 1;
	range->low = is_signed ? -range->high - 1 : 0;
	range->clamp = saturation != 0;
	switch (saturation) {
	case 3: /* symmetric; unsigned as 1 */
		range->low = is_signed ? -range->high : 0;
		return 0;
	case 0:
	case 1:
		return 0;
	default:
		return aie_error_set(error, AIE_ERROR_UNDEFINED, "crSat is %u; only 0, 1 and 3 are defined",
		                     saturation);
	}
}

static int64_t clamp(int64_t v, const struct range *range)
{
	return !range->clamp ? v : v < range->low ? range->low : v > range->high ? range->high : v;
}

int aie_vec_pack(unsigned bytes, bool eight, bool is_signed, uint32_t saturation, const void *in, void *out,
                 struct aie_error *error)
{
	struct range range;
	aie_v8 *result = out;

	_Static_assert(AIE_CHOICE_PACK_INPUT_SIGNED == 1, "the lanes below are read as signed");
	if (saturation_range(saturation, eight ? 8 : 4, is_signed, &range, error) != 0)
		return -1;
	if (eight) {
		const aie_s16 *lane = in;

		for (unsigned i = 0; i < bytes; i++)
			result[i] = (uint8_t)clamp(lane[i], &range);
	} else {
		const aie_s8 *lane = in;

		for (unsigned i = 0; i < bytes; i++) {
			const uint32_t low = (uint32_t)clamp(lane[2 * i], &range) & 15;
			const uint32_t high = (uint32_t)clamp(lane[2 * i + 1], &range) & 15;

			result[i] = (uint8_t)(low | high << 4);
		}
	}
	return 0;
}

/* ---- lanes of any width ----------------------------------------------------------------------------------------- */

AIE_VEC_INLINE int64_t read_lane(const void *lanes, unsigned bits, bool is_signed, unsigned i)
{
	switch (bits) {
	case 8:
		return is_signed ? ((const aie_s8 *)lanes)[i] : ((const aie_v8 *)lanes)[i];
	case 16:
		return is_signed ? ((const aie_s16 *)lanes)[i] : ((const aie_v16 *)lanes)[i];
	case 32:
		return is_signed ? (int64_t)((const aie_s32 *)lanes)[i] : (int64_t)((const aie_v32 *)lanes)[i];
	default:
		return ((const aie_s64 *)lanes)[i];
	}
}

AIE_VEC_INLINE void write_lane(void *lanes, unsigned bits, unsigned i, int64_t v)
{
	switch (bits) {
	case 8:
		((aie_v8 *)lanes)[i] = (uint8_t)v;
		break;
	case 16:
		((aie_v16 *)lanes)[i] = (uint16_t)v;
		break;
	case 32:
		((aie_v32 *)lanes)[i] = (uint32_t)v;
		break;
	default:
		((aie_s64 *)lanes)[i] = v;
		break;
	}
}

/* ---- ups -------------------------------------------------------------------------------------------------------- */

int aie_vec_ups(unsigned factor, unsigned bytes, const struct aie_vec_ups *control, const void *in, void *out,
                uint32_t *overflow, struct aie_error *error)
{
	const unsigned target = control->wide ? 64 : 32, source = target / factor, lanes = bytes * 8 / source;
	const unsigned shift = control->shift & AIE_CHOICE_SHIFT_MASK;
	const int64_t high = (int64_t)(UINT64_MAX >> (65 - target)), low = -high - 1;
	/* What may be shifted without leaving [low, high]: the quotients rounded toward zero. */
	const int64_t largest = high >> shift, smallest = (int64_t)(0 - ((uint64_t)1 << (target - 1) >> shift));
	const bool clamps = AIE_CHOICE_UPS_SATURATES && control->saturation != 0;

	*overflow = 0;
	if (control->saturation > 3 || control->saturation == 2)
		return aie_error_set(error, AIE_ERROR_UNDEFINED, "crSat is %u; only 0, 1 and 3 are defined",
		                     control->saturation);
	for (unsigned i = 0; i < lanes; i++) {
		const int64_t v = read_lane(in, source, control->is_signed, i);
		int64_t shifted = (int64_t)((uint64_t)v << shift);

		if (v > largest || v < smallest) {
			*overflow = 1;
			shifted = !clamps ? shifted : v < 0 ? low : high;
		}
		if (control->saturation == 3 && shifted == low)
			shifted = -high;
		write_lane(out, target, i, shifted);
	}
	return 0;
}

/* ---- srs -------------------------------------------------------------------------------------------------------- */

/* How to round q = floor(v / 2^s) up: always decided by the sign of v and the parity of q. Bit (negative ? 2 : 0) +
 * (odd ? 1 : 0) of `up` says whether one is added when something was dropped (directed modes), or on an exact half
 * (nearest modes). */
struct rounding_rule {
	bool defined, nearest;
	uint8_t up;
};

static const struct rounding_rule rounding_rules[16] = {
	[AIE_ROUND_FLOOR] = { true, false, 0x0 },     [AIE_ROUND_CEIL] = { true, false, 0xF },
	[AIE_ROUND_SYM_FLOOR] = { true, false, 0xC }, [AIE_ROUND_SYM_CEIL] = { true, false, 0x3 },
	[AIE_ROUND_NEG_INF] = { true, true, 0x0 },    [AIE_ROUND_POS_INF] = { true, true, 0xF },
	[AIE_ROUND_SYM_ZERO] = { true, true, 0xC },   [AIE_ROUND_SYM_INF] = { true, true, 0x3 },
	[AIE_ROUND_CONV_EVEN] = { true, true, 0xA },  [AIE_ROUND_CONV_ODD] = { true, true, 0x5 },
};

AIE_VEC_INLINE int64_t round_shift(int64_t v, unsigned shift, struct rounding_rule rule)
{
	const int64_t q = v >> shift;
	const uint64_t dropped = (uint64_t)v & (((uint64_t)1 << shift) - 1);
	const uint64_t half = (uint64_t)1 << shift >> 1;
	const unsigned index = (v < 0 ? 2u : 0u) + (q & 1 ? 1u : 0u);
	const bool table = (rule.up >> index & 1) != 0;

	if (dropped == 0)
		return q;
	if (!rule.nearest)
		return q + table;
	return q + (dropped > half || (dropped == half && table));
}

int aie_vec_srs(unsigned factor, unsigned bytes, const struct aie_vec_srs *control, const void *in, void *out,
                uint32_t *overflow, struct aie_error *error)
{
	const unsigned source = control->wide ? 64 : 32, target = source / factor, lanes = bytes * 8 / target;
	const unsigned shift = control->shift & AIE_CHOICE_SHIFT_MASK;
	struct rounding_rule rule;
	struct range range, full;

	*overflow = 0;
	if (control->rounding > 15 || !rounding_rules[control->rounding].defined)
		return aie_error_set(error, AIE_ERROR_UNDEFINED, "crRnd is %u, which is no rounding mode",
		                     control->rounding);
	rule = rounding_rules[control->rounding];
	if (saturation_range(control->saturation, target, control->is_signed, &range, error) != 0 ||
	    saturation_range(AIE_CHOICE_OVERFLOW_FLAG_FULL_RANGE ? 1 : control->saturation, target, control->is_signed,
	                     &full, error) != 0)
		return -1;
	/* Rounding comes before saturation; the accumulator is signed whatever the output is (compared with silicon).
	 */
	for (unsigned i = 0; i < lanes; i++) {
		const int64_t rounded = round_shift(read_lane(in, source, true, i), shift, rule);

		*overflow |= rounded < full.low || rounded > full.high;
		write_lane(out, target, i, clamp(rounded, &range));
	}
	return 0;
}
