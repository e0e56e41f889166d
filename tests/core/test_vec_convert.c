/* Conversions: pack, unpack, ups, srs, bf16, bfp16, floor, exp2; alone and as the arithmetic of loads and stores. The
 * expected values come from exact real arithmetic (128-bit integers, or doubles that hold every value exactly). */
#include "tests/core/vec_harness.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef __int128 wide;

static const uint32_t roundings[] = { 0, 1, 2, 3, 8, 9, 10, 11, 12, 13 };

enum { ROUNDINGS = sizeof(roundings) / sizeof(roundings[0]) };

static wide get(const void *data, unsigned width, unsigned lane, bool is_signed)
{
	const uint8_t *bytes = data;
	uint64_t value = 0;

	if (width == 4)
		value = bytes[lane / 2] >> 4 * (lane % 2) & 15;
	for (unsigned b = 0; b < width / 8; b++)
		value |= (uint64_t)bytes[lane * width / 8 + b] << 8 * b;
	if (is_signed && value >> (width - 1) != 0)
		return (wide)value - ((wide)1 << width);
	return value;
}

static wide modulo(wide value, unsigned width)
{
	return value & (((wide)1 << width) - 1);
}

/* ---- unpack, pack ------------------------------------------------------------------------------------------------ */

/* Facts: crUnpackSize 0 makes bytes of nibbles (even = low), 1 halves of bytes; the sign REGISTER decides. */
static void test_unpack(void **state)
{
	static const struct {
		const char *stem, *input;
		unsigned bytes;
	} forms[] = {
		{ "VUNPACK_mv_unpack_w", "src", 32 },
		{ "VUNPACK_mv_unpack_x", "src", 64 },
		{ "VLDB_UNPACK_dmw_ldb_unpack_idx", "mem", 32 },
		{ "VLDB_UNPACK_dmx_ldb_unpack_pstm_nrm_imm", "mem", 64 },
		{ "VLDB_2D_UNPACK_dmw_ldb_unpack", "mem", 32 },
		{ "VLDB_3D_UNPACK_dmx_ldb_unpack", "mem", 64 },
	};
	struct aie_error error;

	(void)state;
	for (unsigned round = 0; round < 1200; round++) {
		const size_t f = round % 6;
		_Alignas(8) uint32_t size = round >> 3 & 1, sign = round >> 4 & 1;
		const unsigned suffix = round >> 5 & 1, width = size ? 8 : 4;
		_Alignas(8) uint8_t in[64], out[128];
		char name[80];

		vec_random_bytes(in, sizeof(in));
		snprintf(name, sizeof(name), "%s_unpackSign%u", forms[f].stem, suffix);
		assert_int_equal(vec_run(&error, name, forms[f].input, in, "crUnpackSize", &size,
		                         suffix ? "unpackSign1" : "unpackSign0", &sign, ">dst", out, NULL),
		                 0);
		for (unsigned i = 0; i < forms[f].bytes * 8 / width; i++)
			assert_true(get(out, 2 * width, i, sign) == get(in, width, i, sign));
	}
}

static wide saturate(wide value, unsigned width, bool is_signed, uint32_t saturation)
{
	const wide high = is_signed ? ((wide)1 << (width - 1)) - 1 : ((wide)1 << width) - 1;
	const wide low = !is_signed ? 0 : saturation == 3 ? -high : -high - 1;

	if (saturation == 0)
		return value;
	return value > high ? high : value < low ? low : value;
}

/* Facts: crPackSize 1 packs halves to bytes, 0 bytes to nibbles; the input is signed; crSat 0 cuts, 1 clamps, 3 clamps
 * symmetrically. */
static void test_pack(void **state)
{
	static const struct {
		const char *stem, *output;
		unsigned bytes;
	} forms[] = {
		{ "VPACK_mv_pack_w", ">dst", 32 },
		{ "VPACK_mv_pack_x", ">dst", 64 },
		{ "VST_PACK_dmw_sts_pack_idx_imm", ">mem", 32 },
		{ "VST_PACK_dmx_sts_pack_pstm_nrm", ">mem", 64 },
		{ "VST_2D_PACK_dmw_sts_pack", ">mem", 32 },
		{ "VST_3D_PACK_dmx_sts_pack", ">mem", 64 },
	};
	struct aie_error error;

	(void)state;
	for (unsigned round = 0; round < 2400; round++) {
		static const uint32_t saturations[] = { 0, 1, 3 };
		const size_t f = round % 6;
		_Alignas(8) uint32_t size = round >> 3 & 1, sign = round >> 4 & 1,
		                     saturation = saturations[round / 6 % 3];
		const unsigned suffix = round >> 5 & 1, width = size ? 8 : 4;
		_Alignas(8) uint8_t in[128], out[64];
		char name[80];

		vec_random_bytes(in, sizeof(in));
		for (unsigned i = 0; i < 128; i += 2) {
			if (vec_random() & 1) /* near the ranges: small numbers in halves and bytes */
				in[i + 1] = in[i] & 0x80 ? 0xFF : 0;
		}
		snprintf(name, sizeof(name), "%s_packSign%u", forms[f].stem, suffix);
		assert_int_equal(vec_run(&error, name, "src", in, "crPackSize", &size, "crSat", &saturation,
		                         suffix ? "packSign1" : "packSign0", &sign, forms[f].output, out, NULL),
		                 0);
		for (unsigned i = 0; i < forms[f].bytes * 8 / width; i++) {
			const wide v = saturate(get(in, 2 * width, i, true), width, sign, saturation);

			assert_true(get(out, width, i, false) == modulo(v, width));
		}
		saturation = 2;
		assert_int_equal(vec_run(&error, name, "src", in, "crPackSize", &size, "crSat", &saturation,
		                         suffix ? "packSign1" : "packSign0", &sign, forms[f].output, out, NULL),
		                 -1);
		assert_int_equal(error.category, AIE_ERROR_UNDEFINED);
	}
}

/* ---- ups, srs ---------------------------------------------------------------------------------------------------- */

/* Facts: lane << s; overflow wraps under crSat 0, clamps to the signed accumulator range under 1 and 3; sets srUPS_of.
 */
static void test_ups(void **state)
{
	static const struct {
		const char *stem, *input;
		unsigned factor, bytes;
	} forms[] = {
		{ "VUPS_2x_mv_ups_w2b", "src", 2, 32 },
		{ "VUPS_2x_mv_ups_x2c", "src", 2, 64 },
		{ "VUPS_4x_mv_ups_w2c", "src", 4, 32 },
		{ "VUPS_4x_mv_ups_x2d", "src", 4, 64 },
		{ "VLDA_UPS_2x_dmw_lda_ups_w2b_idx", "mem", 2, 32 },
		{ "VLDA_UPS_2x_dmx_lda_ups_x2c_pstm_nrm_imm", "mem", 2, 64 },
		{ "VLDA_2D_UPS_4x_dmw_lda_ups_w2c", "mem", 4, 32 },
		{ "VLDA_3D_UPS_4x_dmx_lda_ups_x2d", "mem", 4, 64 },
	};
	struct aie_error error;

	(void)state;
	for (unsigned round = 0; round < 48000; round++) {
		static const uint32_t saturations[] = { 0, 1, 3 };
		const size_t f = round % 8;
		_Alignas(8) uint32_t mode = round >> 3 & 1, sign = round >> 4 & 1,
		                     saturation = saturations[round / 8 % 3];
		_Alignas(8) uint32_t shift = (uint32_t)(vec_random() >> 32 & 63), flag = 7;
		const unsigned suffix = round >> 5 & 1, target = mode ? 64 : 32, source = target / forms[f].factor;
		const wide high = ((wide)1 << (target - 1)) - 1;
		_Alignas(8) uint8_t in[64], out[256];
		bool overflow = false;
		char name[80];

		vec_random_bytes(in, sizeof(in));
		if (round & 64)
			memset(in, round & 128 ? 0xFF : 0, 60);
		snprintf(name, sizeof(name), "%s_upsSign%u", forms[f].stem, suffix);
		assert_int_equal(vec_run(&error, name, forms[f].input, in, "su", &shift, "crSat", &saturation,
		                         "crUPSMode", &mode, suffix ? "upsSign1" : "upsSign0", &sign, ">dst", out,
		                         ">srUPS_of", &flag, NULL),
		                 0);
		for (unsigned i = 0; i < forms[f].bytes * 8 / source; i++) {
			const wide exact = get(in, source, i, sign) * ((wide)1 << shift);

			overflow |= exact > high || exact < -high - 1;
			assert_true(get(out, target, i, false) ==
			            modulo(saturate(exact, target, true, saturation), target));
		}
		assert_int_equal(flag, overflow);
	}
}

/* The quotient v / 2^s rounded by the wording of the modes: candidates below and above, distances compared. */
static wide rounded_quotient(wide v, unsigned s, uint32_t mode)
{
	const wide unit = (wide)1 << s;
	wide below = v / unit;

	if (below * unit > v)
		below--;
	if (below * unit == v)
		return below;
	const wide above = below + 1, to_below = v - below * unit, to_above = above * unit - v;
	const wide toward_zero = v < 0 ? above : below, away = v < 0 ? below : above;

	switch (mode) {
	case 0:
		return below;
	case 1:
		return above;
	case 2:
		return toward_zero;
	case 3:
		return away;
	default:
		break;
	}
	if (to_below != to_above)
		return to_below < to_above ? below : above;
	switch (mode) {
	case 8:
		return below;
	case 9:
		return above;
	case 10:
		return toward_zero;
	case 11:
		return away;
	case 12:
		return below % 2 == 0 ? below : above;
	default:
		return below % 2 != 0 ? below : above;
	}
}

/* Facts: signed accumulator, rounding before saturation, ten modes, signed and unsigned output, srSRS_of. */
static void test_srs(void **state)
{
	static const struct {
		const char *stem, *output;
		unsigned factor, bytes;
	} forms[] = {
		{ "VSRS_2x_mv_w_srs_bm", ">dst", 2, 32 },
		{ "VSRS_2x_mv_x_srs_cm", ">dst", 2, 64 },
		{ "VSRS_4x_mv_w_srs_cm", ">dst", 4, 32 },
		{ "VSRS_4x_mv_x_srs_dm", ">dst", 4, 64 },
		{ "VST_SRS_2x_dmw_sts_srs_bm_idx", ">mem", 2, 32 },
		{ "VST_2D_SRS_2x_dm_sts_srs_cm", ">mem", 2, 64 },
		{ "VST_SRS_4x_dm_sts_srs_cm_pstm_nrm_imm", ">mem", 4, 32 },
		{ "VST_3D_SRS_4x_dmx_sts_srs_dm", ">mem", 4, 64 },
	};
	struct aie_error error;

	(void)state;
	for (unsigned round = 0; round < 48000; round++) {
		static const uint32_t saturations[] = { 0, 1, 3 };
		const size_t f = round % 8;
		_Alignas(8) uint32_t mode = round >> 3 & 1, sign = round >> 4 & 1,
		                     saturation = saturations[round / 8 % 3];
		_Alignas(8) uint32_t rounding = roundings[vec_random() % ROUNDINGS],
		                     shift = (uint32_t)(vec_random() >> 32 & 63), flag = 7;
		const unsigned suffix = round >> 5 & 1, source = mode ? 64 : 32, target = source / forms[f].factor;
		const wide high = sign ? ((wide)1 << (target - 1)) - 1 : ((wide)1 << target) - 1,
		           low = sign ? -high - 1 : 0;
		_Alignas(8) uint8_t in[256], out[64];
		bool overflow = false;
		char name[80];

		vec_random_bytes(in, sizeof(in));
		if (round & 64)
			shift %= source / 2;
		for (unsigned i = 0; i < 256 * 8 / source; i++) {
			/* Small quotients with fractions of 0, 1/2 and their neighbours. */
			const uint64_t r = vec_random();
			const int64_t quotient = (int64_t)(r >> 48) % 300 - 150;
			const wide half = ((wide)1 << shift) / 2;
			const wide v =
			        quotient * ((wide)1 << shift) + (r >> 40 & 1 ? half : 0) + (int)(r >> 20 & 3) - 1;
			const uint64_t lane = (uint64_t)v;

			if ((r & 1) != 0)
				memcpy(in + (size_t)i * source / 8, &lane, source / 8);
		}
		snprintf(name, sizeof(name), "%s_srsSign%u", forms[f].stem, suffix);
		assert_int_equal(vec_run(&error, name, "src", in, "su", &shift, "crRnd", &rounding, "crSat",
		                         &saturation, "crSRSMode", &mode, suffix ? "srsSign1" : "srsSign0", &sign,
		                         forms[f].output, out, ">srSRS_of", &flag, NULL),
		                 0);
		for (unsigned i = 0; i < forms[f].bytes * 8 / target; i++) {
			const wide r = rounded_quotient(get(in, source, i, true), shift, rounding);

			overflow |= r > high || r < low;
			if (get(out, target, i, false) != modulo(saturate(r, target, sign, saturation), target))
				fail_msg("%s: shift %u, crRnd %u, crSat %u, lane %u", name, shift, rounding, saturation,
				         i);
		}
		assert_int_equal(flag, overflow);
	}
	for (uint32_t rounding = 0; rounding < 16; rounding++) {
		_Alignas(8) uint8_t in[256] = { 0 }, out[64];
		_Alignas(8) uint32_t zero = 0, flag = 0;
		const bool defined = rounding < 4 || (rounding > 7 && rounding < 14);

		assert_int_equal(vec_run(&error, "VSRS_4x_mv_x_srs_dm_srsSign1", "src", in, "su", &zero, "crRnd",
		                         &rounding, "crSat", &zero, "crSRSMode", &zero, "srsSign1", &zero, ">dst", out,
		                         ">srSRS_of", &flag, NULL),
		                 defined ? 0 : -1);
	}
}

/* ---- bf16 -------------------------------------------------------------------------------------------------------- */

static double value_of(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof(f));
	return (double)f;
}

/* The bf16 number that a finite fp32 number becomes: the two neighbours of its value in the list of bf16 numbers,
 * beyond the largest of which comes 2^128. */
static uint16_t round_bf16(uint32_t bits, uint32_t mode)
{
	const double v = value_of(bits);
	const uint32_t truncated = bits & 0xFFFF0000;
	const uint32_t larger = truncated + 0x10000;
	const double inner = value_of(truncated);
	const double outer = (larger & 0x7FFFFFFF) == 0x7F800000 ? copysign(0x1p128, v) : value_of(larger);
	const bool negative = bits >> 31 != 0, inner_odd = truncated >> 16 & 1;
	const uint16_t in = (uint16_t)(truncated >> 16), out = (uint16_t)(larger >> 16);

	if (v == inner)
		return in;
	switch (mode) {
	case 0:
		return negative ? out : in;
	case 1:
		return negative ? in : out;
	case 2:
		return in;
	case 3:
		return out;
	default:
		break;
	}
	if (fabs(v - inner) != fabs(outer - v))
		return fabs(v - inner) < fabs(outer - v) ? in : out;
	switch (mode) {
	case 8:
		return negative ? out : in;
	case 9:
		return negative ? in : out;
	case 10:
		return in;
	case 11:
		return out;
	case 12:
		return inner_odd ? out : in;
	default:
		return inner_odd ? in : out;
	}
}

/* Facts: ten modes on sign and magnitude, denormals take part, overflow to infinity, infinities and not-a-numbers stay.
 * Every upper half with eleven lower halves. */
static void test_to_bf16(void **state)
{
	static const uint32_t lows[] = { 0, 1, 2, 0x1234, 0x7FFE, 0x7FFF, 0x8000, 0x8001, 0xABCD, 0xFFFE, 0xFFFF };
	static const char *names[] = { "VCONV_bf16_fp32_mv_x_srs_bf", "VST_CONV_bf16_fp32_dmx_sts_srs_bf_idx",
		                       "VST_2D_CONV_bf16_fp32_dmx_sts_srs_bf" };
	struct aie_error error;

	(void)state;
	for (size_t m = 0; m < ROUNDINGS; m++) {
		_Alignas(8) uint32_t rounding = roundings[m];

		for (size_t l = 0; l < sizeof(lows) / sizeof(lows[0]); l++) {
			for (uint32_t high = 0; high < 0x10000; high += 32) {
				_Alignas(8) uint32_t in[32];
				_Alignas(8) uint16_t out[32];
				const size_t form = (l + high / 32) % 3;

				for (uint32_t i = 0; i < 32; i++)
					in[i] = (high + i) << 16 | lows[l];
				assert_int_equal(vec_run(&error, names[form], "src", in, "crRnd", &rounding,
				                         form == 0 ? ">dst" : ">mem", out, NULL),
				                 0);
				for (uint32_t i = 0; i < 32; i++) {
					const uint32_t magnitude = in[i] & 0x7FFFFFFF;
					uint16_t expected;

					if (magnitude <= 0x7F800000)
						expected = magnitude == 0x7F800000 ? (uint16_t)(in[i] >> 16)
						                                   : round_bf16(in[i], rounding);
					else
						expected =
						        (uint16_t)((in[i] >> 16) | ((in[i] & 0x7F0000) == 0 ? 1 : 0));
					if (out[i] != expected)
						fail_msg("crRnd %u: %08x gives %04x, not %04x", rounding, in[i], out[i],
						         expected);
				}
			}
		}
	}
}

static void test_bf16_narrow_forms(void **state)
{
	struct aie_error error;
	_Alignas(8) uint32_t in[16], rounding = 12, undefined = 5, back[32];
	_Alignas(8) uint16_t out[16], mem[16], source[32];

	(void)state;
	for (unsigned i = 0; i < 16; i++)
		in[i] = (uint32_t)vec_random() & 0xFF7FFFFF;
	assert_int_equal(
	        vec_run(&error, "VCONV_bf16_fp32_mv_w_srs_bf", "src", in, "crRnd", &rounding, ">dst", out, NULL), 0);
	assert_int_equal(vec_run(&error, "VST_CONV_bf16_fp32_dmw_sts_srs_bf_pstm_nrm", "src", in, "crRnd", &rounding,
	                         ">mem", mem, NULL),
	                 0);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(out[i], round_bf16(in[i], 12));
	assert_memory_equal(out, mem, sizeof(out));
	assert_int_equal(
	        vec_run(&error, "VCONV_bf16_fp32_mv_w_srs_bf", "src", in, "crRnd", &undefined, ">dst", out, NULL), -1);
	assert_int_equal(error.category, AIE_ERROR_UNDEFINED);

	vec_random_bytes(source, sizeof(source));
	assert_int_equal(vec_run(&error, "VCONV_fp32_bf16_mv_ups_xbf", "src", source, ">dst", back, NULL), 0);
	for (unsigned i = 0; i < 32; i++)
		assert_int_equal(back[i], (uint32_t)source[i] << 16);
	memset(back, 0x55, sizeof(back));
	assert_int_equal(vec_run(&error, "VLDA_CONV_fp32_bf16_dmw_lda_ups_bf_idx", "mem", source, ">op", back, NULL),
	                 0);
	for (unsigned i = 0; i < 32; i++)
		assert_int_equal(back[i], i < 16 ? (uint32_t)source[i] << 16 : 0x55555555);
}

/* ---- bfp16 ------------------------------------------------------------------------------------------------------- */

/* The rule, one block at a time: the exponent and the mantissas of `size` lanes. */
static int block_rule(const uint32_t *in, unsigned size, uint32_t rounding, int *mantissa)
{
	int exponent = 0;

	for (unsigned i = 0; i < size; i++) {
		const int field = (int)(in[i] >> 23 & 0xFF);

		exponent = field > exponent ? field : exponent;
	}
	for (bool fits = false; !fits; exponent += !fits) {
		fits = true;
		for (unsigned i = 0; i < size; i++) {
			const double steps = ldexp(value_of(in[i]), -(exponent - 127 - 6));

			mantissa[i] = (int)(rounding == 0 ? floor(steps) : nearbyint(steps));
			fits &= mantissa[i] < 128;
		}
	}
	return exponent;
}

/* Facts: exponent = largest of the block; mantissa = floor(x / step) or nearest-even with the block moved up when +128
 * appears; memory form: exponent, then eight mantissas, per block. */
static void test_to_bfp16(void **state)
{
	struct aie_error error;

	(void)state;
	for (unsigned round = 0; round < 16000; round++) {
		_Alignas(8) uint32_t in[64], rounding = round & 1 ? 12 : 0;
		_Alignas(8) uint8_t out[72], mem[72], packed[68];

		for (unsigned i = 0; i < 64; i++) {
			const uint64_t r = vec_random();
			const uint32_t centre = 20 + (uint32_t)(round * 7 + i / 8 * 31) % 200;
			uint32_t fraction = (uint32_t)r & 0x7FFFFF;

			if (r >> 60 < 4)
				fraction |= 0x7F0000; /* close to the next power of two */
			if (r >> 60 > 12)
				fraction &= 0x7F8000; /* exact halves of a step */
			in[i] = (uint32_t)(r >> 32 & 0x80000000u) | (centre + (uint32_t)(r >> 40) % 11) << 23 |
			        fraction;
			if (r >> 56 == 9)
				in[i] = r & 1 ? 0x80000000u : 0;
			if (r >> 56 == 10)
				in[i] = (uint32_t)r & 0x807FFFFF; /* a denormal far below the rest */
			if (round % 16 == 15 && i / 8 == 3)
				in[i] = 0;
		}
		assert_int_equal(
		        vec_run(&error, "VCONV_bfp16ebs8_fp32", "src", in, "crRnd", &rounding, ">dst", out, NULL), 0);
		assert_int_equal(vec_run(&error, "VST_PUSH_576_CONV_bfp16ebs8_fp32", "src", in, "crRnd", &rounding,
		                         ">mem", mem, NULL),
		                 0);
		assert_int_equal(vec_run(&error, "VST_PUSH_544_CONV_bfp16ebs16_fp32", "src", in, "crRnd", &rounding,
		                         ">mem", packed, NULL),
		                 0);
		for (unsigned block = 0; block < 8; block++) {
			int mantissa[8];
			const int exponent = block_rule(in + 8 * (size_t)block, 8, rounding, mantissa);

			assert_int_equal(out[64 + block], exponent);
			assert_int_equal(mem[9 * block], exponent);
			for (unsigned i = 0; i < 8; i++) {
				if (out[8 * block + i] != (uint8_t)mantissa[i])
					fail_msg("crRnd %u: %08x at exponent %d gives %02x, not %02x", rounding,
					         in[block * 8 + i], exponent, out[8 * block + i], (uint8_t)mantissa[i]);
				assert_int_equal(mem[9 * block + 1 + i], (uint8_t)mantissa[i]);
			}
		}
		/* blocks of 16 exist in memory form only */
		for (unsigned block = 0; block < 4; block++) {
			int mantissa[16];

			assert_int_equal(packed[17 * block],
			                 block_rule(in + 16 * (size_t)block, 16, rounding, mantissa));
			for (unsigned i = 0; i < 16; i++)
				assert_int_equal(packed[17 * block + 1 + i], (uint8_t)mantissa[i]);
		}
	}
}

/* Facts: two blocks of 8 become one of 16 with the larger exponent; the other block's mantissas are shifted right and
 * rounded; memory form: exponent, then sixteen mantissas.  All mantissas, differences of exponents up to 11, both
 * modes. */
static void test_join_bfp16(void **state)
{
	struct aie_error error;

	(void)state;
	for (unsigned round = 0; round < 2 * 256 * 12; round++) {
		_Alignas(8) uint8_t ex[72], mem[68];
		const unsigned shift = round / 512;
		uint32_t rounding = round & 1 ? 12 : 0;

		for (unsigned i = 0; i < 64; i++)
			ex[i] = (uint8_t)(round / 2 + 5 * i);
		for (unsigned b = 0; b < 8; b++)
			ex[64 + b] = (uint8_t)(100 + 3 * (b / 2) + ((b + b / 2) % 2 == 0 ? shift : 0));
		assert_int_equal(vec_run(&error, "VST_PUSH_544_CONV_bfp16ebs16_ebs8", "src", ex, "crRnd", &rounding,
		                         ">mem", mem, NULL),
		                 0);
		for (unsigned i = 0; i < 64; i++) {
			const unsigned block = i / 16, e = 100 + 3 * block + shift;
			const double steps = ldexp((int8_t)ex[i], (int)ex[64 + i / 8] - (int)e);

			assert_int_equal(mem[17 * block], e);
			assert_int_equal((int8_t)mem[17 * block + 1 + i % 16],
			                 (int)(rounding == 0 ? floor(steps) : nearbyint(steps)));
		}
	}
}

static void test_bfp16_refusals(void **state)
{
	struct aie_error error;
	_Alignas(8) uint8_t out[72];

	(void)state;
	for (uint32_t rounding = 0; rounding < 16; rounding++) {
		_Alignas(8) uint32_t in[64] = { 0x3F800000 };

		assert_int_equal(
		        vec_run(&error, "VCONV_bfp16ebs8_fp32", "src", in, "crRnd", &rounding, ">dst", out, NULL),
		        rounding == 0 || rounding == 12 ? 0 : -1);
	}
	static const uint32_t bad[] = { 0x7F800000, 0xFFC00000, 0x00000001, 0x7F7FFFFF };

	for (size_t b = 0; b < 4; b++) {
		_Alignas(8) uint32_t in[64] = { 0 }, rounding = 12;

		in[20] = bad[b];
		assert_int_equal(
		        vec_run(&error, "VCONV_bfp16ebs8_fp32", "src", in, "crRnd", &rounding, ">dst", out, NULL), -1);
		assert_int_equal(error.category, AIE_ERROR_UNSUPPORTED);
	}
	for (uint32_t rounding = 0; rounding < 16; rounding++) {
		_Alignas(8) uint8_t ex[72] = { 1, 2, 3 };

		assert_int_equal(vec_run(&error, "VST_PUSH_544_CONV_bfp16ebs16_ebs8", "src", ex, "crRnd", &rounding,
		                         ">mem", out, NULL),
		                 rounding == 0 || rounding == 12 ? 0 : -1);
		ex[64 + 7] = 255;
		assert_int_equal(vec_run(&error, "VST_PUSH_544_CONV_bfp16ebs16_ebs8", "src", ex, "crRnd", &rounding,
		                         ">mem", out, NULL),
		                 -1);
	}
	assert_null(vec_row("VCONV_bfp16ebs16_fp32")->body);
	assert_null(vec_row("VCONV_bfp16ebs16_ebs8")->body);
	assert_null(vec_row("VTANH")->body);
}

/* ---- floor, exp2 ------------------------------------------------------------------------------------------------- */

/* Facts: floor(x * 2^s) clamped to 32 bits, s signed; not-a-number and +infinity give the maximum; either half of a
 * quarter.  All bf16 numbers with all shifts. */
static void test_floor(void **state)
{
	struct aie_error error;

	(void)state;
	for (int s = -32; s < 32; s++) {
		_Alignas(8) uint32_t shift = (uint32_t)s & 63;

		for (uint32_t start = 0; start < 0x10000; start += 32) {
			_Alignas(8) uint16_t in[32];
			_Alignas(8) int32_t low[16], high[16], w[16];
			_Alignas(8) int64_t zero = 0, one = 1;

			for (uint32_t i = 0; i < 32; i++)
				in[i] = (uint16_t)(start + i);
			assert_int_equal(vec_run(&error, "VFLOOR_s32_bf16_mv_float_to_int_bm", "src", in, "imm", &zero,
			                         "shft", &shift, ">dst", low, NULL),
			                 0);
			assert_int_equal(vec_run(&error, "VFLOOR_s32_bf16_mv_float_to_int_bm", "src", in, "imm", &one,
			                         "shft", &shift, ">dst", high, NULL),
			                 0);
			assert_int_equal(vec_run(&error, "VFLOOR_s32_bf16_mv_float_to_int_w", "src", in, "shft", &shift,
			                         ">dst", w, NULL),
			                 0);
			assert_memory_equal(w, low, sizeof(w));
			for (unsigned i = 0; i < 32; i++) {
				const double v = floor(ldexp(value_of((uint32_t)in[i] << 16), s));
				const int32_t expected = isnan(v) || v > 2147483647.0 ? INT32_MAX
				                         : v < -2147483648.0          ? INT32_MIN
				                                                      : (int32_t)v;

				assert_int_equal((i < 16 ? low : high)[i % 16], expected);
			}
		}
	}
}

/* Fact (device dump on [-40, 10]): the reduction of the argument and the linear mantissa; results below the smallest
 * normal number are 0 (remark on silicon). */
static void test_exp2(void **state)
{
	struct aie_error error;

	(void)state;
	for (unsigned round = 0; round < 60000; round++) {
		_Alignas(8) uint32_t in[16];
		_Alignas(8) uint16_t out[16];

		for (unsigned i = 0; i < 16; i++) {
			const uint64_t r = vec_random();

			in[i] = (uint32_t)(r >> 32 & 0x80000000u) | (uint32_t)(100 + (r >> 50) % 32) << 23 |
			        ((uint32_t)r & 0x7FFFFF);
			if (r >> 56 & 1)
				in[i] &= 0xFFFF0000;
			if (round % 2 == 0 && (value_of(in[i]) > 10 || value_of(in[i]) < -40))
				in[i] = (uint32_t)r & 0x80000000u; /* the measured range */
			if (value_of(in[i]) >= 128)
				in[i] |= 0x80000000u;
		}
		in[3] = 0x41200000, in[4] = 0xC2200000, in[5] = 0x00000001, in[6] = 0x80000001;
		in[7] = 0xC2FC0000, in[8] = 0xC2FC0001, in[9] = 0xFF800000, in[10] = 0xC3000000;
		in[11] = 0x42FFFFFF, in[12] = 0xF0000000;
		assert_int_equal(vec_run(&error, "VEXP2", "src", in, ">dst", out, NULL), 0);
		for (unsigned i = 0; i < 16; i++) {
			const double x = value_of(in[i]);
			double q;

			if (fabs(x) >= 2) {
				const double u = ldexp(1, ilogb(x) - 7);

				q = floor(x / u) * u + u - 0x1p-7;
			} else {
				q = floor(x * 128) / 128;
			}
			const double n = floor(q), expected = isinf(x) || n < -126 ? 0 : ldexp(1 + (q - n), (int)n);

			if (value_of((uint32_t)out[i] << 16) != expected)
				fail_msg("exp2 of %08x is %04x, not %g", in[i], out[i], expected);
		}
	}
	static const uint32_t outside[] = { 0x43000000, 0x7F800000, 0xFFC00000, 0x7FC00000 };

	for (size_t o = 0; o < 4; o++) {
		_Alignas(8) uint32_t in[16] = { 0 };
		_Alignas(8) uint16_t out[16];

		in[7] = outside[o];
		assert_int_equal(vec_run(&error, "VEXP2", "src", in, ">dst", out, NULL), -1);
		assert_int_equal(error.category, AIE_ERROR_UNSUPPORTED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unpack),
		cmocka_unit_test(test_pack),
		cmocka_unit_test(test_ups),
		cmocka_unit_test(test_srs),
		cmocka_unit_test(test_to_bf16),
		cmocka_unit_test(test_bf16_narrow_forms),
		cmocka_unit_test(test_to_bfp16),
		cmocka_unit_test(test_join_bfp16),
		cmocka_unit_test(test_bfp16_refusals),
		cmocka_unit_test(test_floor),
		cmocka_unit_test(test_exp2),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
