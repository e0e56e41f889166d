/* Floating-point multiply and accumulate: AIE2P facts "one rounding to nearest even per instruction", "denormal results
 * become zero", special values, bfp16 products.  Two independent statements of the rule: fmaf() of the host's C library
 * for sums of two, and a schoolbook sum in binary digits for any number of terms. */
#include "tests/core/exact_float.h"
#include "tests/core/vec_harness.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NAN_RESULT 0x7F800001u

static bool is_nan(uint32_t bits)
{
	return (bits & 0x7FFFFFFF) > 0x7F800000;
}

/* ---- random operands --------------------------------------------------------------------------------------------- */

/* Exponents near each other half of the time, so that sums cancel and ties happen. */
static uint16_t random_bf16(int centre)
{
	const uint64_t r = vec_random();
	int field = (int)(r >> 32 & 0xFF);

	if (r >> 60 < 10)
		field = centre + (int)(r >> 40 & 15) - 8;
	field = field < 0 ? 0 : field > 254 ? 254 : field;
	return (uint16_t)((r & 0x807F) | (uint64_t)field << 7);
}

static uint32_t random_fp32(int centre)
{
	const uint64_t r = vec_random();
	int field = (int)(r >> 32 & 0xFF);
	uint32_t fraction = (uint32_t)r & 0x7FFFFF;

	if (r >> 60 < 12)
		field = centre + (int)(r >> 40 & 31) - 16;
	if (r >> 56 & 1)
		fraction &= 0x7F0000;
	if (r >> 57 & 1)
		fraction = (fraction & 0x7FFF00) | ((r >> 58 & 1) != 0 ? 0x80 : 0);
	field = field < 0 ? 0 : field > 254 ? 254 : field;
	return ((uint32_t)(r >> 31) & 0x80000000u) | (uint32_t)field << 23 | fraction;
}

struct operands {
	_Alignas(64) uint16_t x[64], y[64];
	uint32_t acc1[64], acc2[64], out[64];
};

static void random_operands(struct operands *o)
{
	/* Two rounds of three stay away from the ends of the exponent range, with zeroes: there the vector unit has
	 * short loops that one lane near an end would leave for the whole vector. */
	const bool tame = (vec_random() >> 32) % 3 != 0;
	const int cx = tame ? 90 + (int)(vec_random() & 63) : (int)(vec_random() & 0xFF);
	const int cy = tame ? 90 + (int)(vec_random() & 63) : (int)(vec_random() & 0xFF);
	const int centre = cx + cy - 127;

	for (unsigned i = 0; i < 64; i++) {
		o->x[i] = random_bf16(cx);
		o->y[i] = random_bf16(cy);
		o->acc1[i] = random_fp32(centre);
		o->acc2[i] = random_fp32(centre);
		if (!tame)
			continue;
		const uint64_t r = vec_random();

		o->x[i] = (uint16_t)((o->x[i] & 0x807F) | (unsigned)(cx + (int)(r & 15) - 8) << 7);
		o->y[i] = (uint16_t)((o->y[i] & 0x807F) | (unsigned)(cy + (int)(r >> 4 & 15) - 8) << 7);
		o->acc1[i] = (o->acc1[i] & 0x807FFFFF) | (uint32_t)(centre + (int)(r >> 8 & 31) - 16) << 23;
		o->acc2[i] = (o->acc2[i] & 0x807FFFFF) | (uint32_t)(centre + (int)(r >> 13 & 31) - 16) << 23;
		if ((r >> 20 & 15) == 0)
			o->x[i] &= 0x8000;
		if ((r >> 24 & 15) == 0)
			o->acc1[i] &= 0x80000000u;
		if ((r >> 28 & 15) == 0) /* nearly cancels */
			o->acc1[i] = as_bits(-as_float((uint32_t)o->x[i] << 16) * as_float((uint32_t)o->y[i] << 16)) ^
			             (uint32_t)(r >> 32 & 3);
	}
}

enum { CONF = 60 };

/* Fact: level 1 rule of the bf16 accumulate; X form 32 products, Y form 64; upper lanes of the X form see a zero
 * product. */
static void test_mac_against_fma(void **state)
{
	static const struct {
		const char *name;
		unsigned lanes;
		bool negate;
	} forms[] = {
		{ "VMAC_f_vmac_bf_vmul_bf_core_Y_Y", 64, false },
		{ "VMSC_f_vmac_bf_vmul_bf_core_Y_Y", 64, true },
		{ "VMAC_f_vmac_bf_vmul_bf_core_X_X", 32, false },
		{ "VMSC_f_vmac_bf_vmul_bf_core_X_X", 32, true },
	};
	uint32_t conf = CONF;
	struct operands o;
	struct aie_error error;

	(void)state;
	for (unsigned round = 0; round < 6000; round++) {
		random_operands(&o);
		for (size_t f = 0; f < 4; f++) {
			assert_int_equal(vec_run(&error, forms[f].name, ">dst", o.out, "acc1", o.acc1, "s1", o.x, "s2",
			                         o.y, "acc", &conf, NULL),
			                 0);
			for (unsigned i = 0; i < 64; i++) {
				const uint16_t x =
				        i < forms[f].lanes ? (uint16_t)(o.x[i] ^ (forms[f].negate ? 0x8000 : 0)) : 0;
				const uint32_t expected = fused(x, o.y[i], o.acc1[i]);

				if (o.out[i] != expected)
					fail_msg("%s: %08x + %04x * %04x = %08x, not %08x", forms[f].name, o.acc1[i],
					         o.x[i], o.y[i], expected, o.out[i]);
			}
		}
	}
}

/* Facts: vmul.f is the exact product; sub_mul flips it; underflow is +0. vnegmul.f likewise. */
static void test_mul(void **state)
{
	struct operands o;
	struct aie_error error;

	(void)state;
	for (unsigned round = 0; round < 8000; round++) {
		const bool sub = round % 3 == 0, neg = round % 2 == 0;
		uint32_t conf = CONF | (sub ? 1u << 11 : 0) | (round % 5 == 0 ? 0x300 : 0) | (round % 7 == 0 ? 1 : 0);

		random_operands(&o);
		assert_int_equal(vec_run(&error,
		                         neg ? "VNEGMUL_f_vmul_bf_vmul_bf_core_Y_Y" : "VMUL_f_vmul_bf_vmul_bf_core_Y_Y",
		                         ">dst", o.out, "s1", o.x, "s2", o.y, "acc", &conf, NULL),
		                 0);
		for (unsigned i = 0; i < 64; i++)
			assert_int_equal(o.out[i], fused((uint16_t)(o.x[i] ^ (neg != sub ? 0x8000 : 0)), o.y[i], 0));
		assert_int_equal(vec_run(&error,
		                         neg ? "VNEGMUL_f_vmul_bf_vmul_bf_core_X_X" : "VMUL_f_vmul_bf_vmul_bf_core_X_X",
		                         ">dst", o.out, "s1", o.x, "s2", o.y, "acc", &conf, NULL),
		                 0);
		for (unsigned i = 0; i < 32; i++)
			assert_int_equal(o.out[i], fused((uint16_t)(o.x[i] ^ (neg != sub ? 0x8000 : 0)), o.y[i], 0));
		for (unsigned i = 32; i < 64; i++)
			assert_int_equal(o.out[i], 0);
	}
}

/* Facts: zero_acc, sub_mul, sub_acc1, sub_acc2; vaddmac.f sums three terms with one rounding. */
static void test_signs_against_schoolbook(void **state)
{
	struct operands o;
	struct aie_error error;

	(void)state;
	for (unsigned round = 0; round < 1500; round++) {
		const uint32_t bits = (uint32_t)vec_random();
		const bool zero = bits & 1, sub0 = bits & 2, sub1 = bits & 4, sub2 = bits & 8, msc = bits & 16,
		           two = bits & 32;
		uint32_t conf =
		        CONF | (uint32_t)zero | (uint32_t)sub0 << 11 | (uint32_t)sub1 << 12 | (uint32_t)sub2 << 13;

		random_operands(&o);
		if (two)
			assert_int_equal(vec_run(&error,
			                         msc ? "VADDMSC_f_vaddmac_bf_vmac_cm2_add_reg_vmul_bf_core_Y_Y"
			                             : "VADDMAC_f_vaddmac_bf_vmac_cm2_add_reg_vmul_bf_core_Y_Y",
			                         ">dst", o.out, "acc1", o.acc1, "acc2", o.acc2, "s1", o.x, "s2", o.y,
			                         "acc", &conf, NULL),
			                 0);
		else
			assert_int_equal(
			        vec_run(&error,
			                msc ? "VMSC_f_vmac_bf_vmul_bf_core_Y_Y" : "VMAC_f_vmac_bf_vmul_bf_core_Y_Y",
			                ">dst", o.out, "acc1", o.acc1, "s1", o.x, "s2", o.y, "acc", &conf, NULL),
			        0);
		for (unsigned i = 0; i < 64; i++) {
			struct number n = { 0 };

			if (!zero)
				add_fp32(&n, o.acc1[i], sub1);
			if (two)
				add_fp32(&n, o.acc2[i], sub2);
			add_product(&n, o.x[i], o.y[i], msc != sub0);
			assert_int_equal(o.out[i], number_round(&n, false));
		}
	}
}

/* Facts: vadd.f, vsub.f round once; a denormal sum is a zero with its sign, an exact zero is +0. */
static void test_add(void **state)
{
	struct operands o;
	struct aie_error error;

	(void)state;
	for (unsigned round = 0; round < 1500; round++) {
		const uint32_t bits = (uint32_t)vec_random();
		const bool zero = (bits & 7) == 1, sub1 = bits & 8, sub2 = bits & 16, sub = bits & 32;
		uint32_t conf = (bits & 64 ? 28u : 60u) | (uint32_t)zero | (uint32_t)sub1 << 12 | (uint32_t)sub2 << 13;

		random_operands(&o);
		for (unsigned i = 0; i < 64; i += 9) { /* exact and near cancellation */
			o.acc2[i] = o.acc1[i] ^ (bits & 128 ? 0x80000000u : 0) ^ (uint32_t)(i % 3);
		}
		o.acc1[60] = 0x00800003, o.acc2[60] = 0x80800001; /* 2^-148 and its negation */
		o.acc1[61] = 0x80800003, o.acc2[61] = 0x00800001;
		assert_int_equal(vec_run(&error, sub ? "VSUB_f_vmac_cm2_add_reg" : "VADD_f_vmac_cm2_add_reg", ">dst",
		                         o.out, "acc1", o.acc1, "acc2", o.acc2, "acc", &conf, NULL),
		                 0);
		for (unsigned i = 0; i < 64; i++) {
			struct number n = { 0 };

			if (!zero)
				add_fp32(&n, o.acc1[i], sub1);
			add_fp32(&n, o.acc2[i], sub != sub2);
			assert_int_equal(o.out[i], number_round(&n, true));
			if (!zero && (o.out[i] & 0x7FFFFFFF) != 0) {
				const float a = as_float(o.acc1[i]) * (sub1 ? -1.0f : 1.0f);
				const float b = as_float(o.acc2[i]) * (sub != sub2 ? -1.0f : 1.0f);

				assert_int_equal(o.out[i], as_bits(a + b));
			}
		}
	}
}

/* Hand-worked cases of the rules for denormals, ties, infinities and not-a-numbers. */
static void test_special_values(void **state)
{
	static const struct {
		uint32_t acc;
		uint16_t x, y;
		uint32_t result;
		const char *why;
	} cases[] = {
		{ 0x3F800000, 0x3F80, 0x3F80, 0x40000000, "1 + 1 * 1 = 2" },
		{ 0x3F800000, 0x3F80, 0xBF80, 0x00000000, "1 - 1 = +0" },
		{ 0x80000000, 0x8000, 0x3F80, 0x00000000, "-0 + -0 = +0" },
		{ 0x3F800000, 0x3300, 0x3F80, 0x3F800000, "1 + 2^-25 is below the tie" },
		{ 0x3F800000, 0x3380, 0x3F80, 0x3F800000, "1 + 2^-24 is a tie, to even" },
		{ 0x3F800001, 0x3380, 0x3F80, 0x3F800002, "odd + half a unit, up to even" },
		{ 0x3F800000, 0x3381, 0x3F80, 0x3F800001, "just above the tie" },
		{ 0x4B800000, 0xBF01, 0x3F80, 0x4B7FFFFF,
		  "2^24 - 0.50390625 is nearer to 2^24 - 1: the unit below 2^24 is 1" },
		{ 0x4B800000, 0xBF00, 0x3F80, 0x4B800000, "2^24 - 0.5 is a tie, to even" },
		{ 0x00400000, 0x0000, 0x3F80, 0x00000000, "a denormal result is +0" },
		{ 0x80400000, 0x0000, 0x3F80, 0x00000000, "a negative denormal result too" },
		{ 0x00400000, 0x0040, 0x3F80, 0x00800000, "two denormals make the smallest normal number" },
		{ 0x007FFFFF, 0x0001, 0x3F80, 0x0080FFFF, "denormal factors count with their value" },
		{ 0x7F7FFFFF, 0x7F7F, 0x3F80, 0x7F800000, "overflow" },
		{ 0xFF7FFFFF, 0xFF7F, 0x7F7F, 0xFF800000, "negative overflow" },
		{ 0x7F800000, 0x3F80, 0x3F80, 0x7F800000, "infinity stays" },
		{ 0x7F800000, 0xFF80, 0x3F80, NAN_RESULT, "opposite infinities" },
		{ 0x7F800000, 0x7F80, 0x3F80, 0x7F800000, "equal infinities" },
		{ 0x3F800000, 0x7F80, 0x0000, NAN_RESULT, "infinity times zero" },
		{ 0x3F800000, 0x7F80, 0xBF80, 0xFF800000, "infinity times -1" },
		{ 0x3F800000, 0x7FC0, 0x3F80, NAN_RESULT, "a factor is no number" },
		{ 0x7FC01234, 0x3F80, 0x3F80, NAN_RESULT, "the accumulator is no number" },
		{ 0xFFC01234, 0x0000, 0x3F80, 0xFFC01234, "a zero product leaves a not-a-number" },
	};
	struct aie_error error;
	uint32_t conf = CONF;

	(void)state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		struct operands o = { 0 };
		const uint32_t expected = cases[c].result;

		o.acc1[5] = cases[c].acc;
		o.x[5] = cases[c].x;
		o.y[5] = cases[c].y;
		assert_int_equal(vec_run(&error, "VMAC_f_vmac_bf_vmul_bf_core_X_X", ">dst", o.out, "acc1", o.acc1, "s1",
		                         o.x, "s2", o.y, "acc", &conf, NULL),
		                 0);
		if (o.out[5] != expected)
			fail_msg("%s: %08x, not %08x", cases[c].why, expected, o.out[5]);
		assert_int_equal(o.out[4], 0);
		if (!is_nan(cases[c].acc) && (cases[c].x & 0x7F80) != 0x7F80) {
			assert_int_equal(vec_run(&error, "VADDMAC_f_vaddmac_bf_vmac_cm2_add_reg_vmul_bf_core_X_X",
			                         ">dst", o.out, "acc1", o.acc2, "acc2", o.acc1, "s1", o.x, "s2", o.y,
			                         "acc", &conf, NULL),
			                 0);
			assert_int_equal(o.out[5], expected);
		}
	}
}

/* Fact: vadd.f with infinities; vneg.f flips sign bits. */
static void test_add_special_and_negate(void **state)
{
	struct operands o = { 0 };
	struct aie_error error;
	uint32_t conf = CONF, conf_zero = CONF | 1;

	(void)state;
	o.acc1[0] = 0x7F800000, o.acc2[0] = 0x3F800000;
	o.acc1[1] = 0x7F800000, o.acc2[1] = 0xFF800000;
	o.acc1[2] = 0x7FC00000, o.acc2[2] = 0x3F800000;
	o.acc1[3] = 0x80000000, o.acc2[3] = 0x80000000;
	o.acc1[4] = 0x80000001, o.acc2[4] = 0x00000000;
	assert_int_equal(vec_run(&error, "VADD_f_vmac_cm2_add_reg", ">dst", o.out, "acc1", o.acc1, "acc2", o.acc2,
	                         "acc", &conf, NULL),
	                 0);
	assert_int_equal(o.out[0], 0x7F800000);
	assert_int_equal(o.out[1], NAN_RESULT);
	assert_int_equal(o.out[2], NAN_RESULT);
	assert_int_equal(o.out[3], 0);
	assert_int_equal(o.out[4], 0x80000000);
	assert_int_equal(vec_run(&error, "VNEG_f", ">dst", o.out, "acc1", o.acc1, "acc", &conf, NULL), 0);
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(o.out[i], o.acc1[i] ^ 0x80000000u);
	assert_int_equal(vec_run(&error, "VNEG_f", ">dst", o.out, "acc1", o.acc1, "acc", &conf_zero, NULL), 0);
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(o.out[i], 0);
}

/* ---- bfp16 ------------------------------------------------------------------------------------------------------- */

struct block_operands {
	_Alignas(8) int8_t m[64];
	uint8_t e[8];
};

_Static_assert(sizeof(struct block_operands) == 72, "the layout of an ex register");

/* Facts: value m * 2^(e - 127 - 6); 8x8 * 8x8T with the exact 8-term sum, rounded once together with the accumulator;
 * 4x8 * 8x16T the same with sixteen columns. */
static void test_bfp16(void **state)
{
	struct aie_error error;

	(void)state;
	for (unsigned round = 0; round < 16000; round++) {
		const bool wide = round & 1, accumulate = round & 2, negate = round & 4;
		const unsigned columns = wide ? 16 : 8;
		struct block_operands a, b[2];
		_Alignas(8) uint32_t acc[64], out[64];
		uint32_t conf = (wide ? 6u << 5 : 0) | 12 | (round & 8 ? 0x300 : 0);
		const char *names[2][2][2] = {
			{ { "VMUL_f_vmul_bfp_vmul_bfp_core_EX_EX", "VNEGMUL_f_vmul_bfp_vmul_bfp_core_EX_EX" },
			  { "VMAC_f_vmac_bfp_vmul_bfp_core_EX_EX", "VMSC_f_vmac_bfp_vmul_bfp_core_EX_EX" } },
			{ { "VMUL_f_vmul_bfp_vmul_bfp_core_EX_EY", "VNEGMUL_f_vmul_bfp_vmul_bfp_core_EX_EY" },
			  { "VMAC_f_vmac_bfp_vmul_bfp_core_EX_EY", "VMSC_f_vmac_bfp_vmul_bfp_core_EX_EY" } },
		};
		const char *name = names[wide][accumulate][negate];
		const int centre = round % 16 == 0 ? 3 : round % 16 == 1 ? 250 : 120;

		vec_random_bytes(&a, sizeof(a));
		vec_random_bytes(b, sizeof(b));
		for (unsigned i = 0; i < 8; i++) {
			a.e[i] = (uint8_t)(centre + (int)(vec_random() >> 32 & 3));
			b[0].e[i] = (uint8_t)(centre + (int)(vec_random() >> 32 & 3));
			b[1].e[i] = (uint8_t)(centre + (int)(vec_random() >> 32 & 3));
		}
		if (round % 5 == 0)
			memset(a.m, -128, sizeof(a.m)), memset(b[0].m, -128, 32);
		for (unsigned i = 0; i < 64; i++)
			acc[i] = random_fp32(2 * centre - 127);
		if (accumulate)
			assert_int_equal(
			        vec_run(&error, name, ">dst", out, "acc1", acc, "s1", &a, "s2", b, "acc", &conf, NULL),
			        0);
		else
			assert_int_equal(vec_run(&error, name, ">dst", out, "s1", &a, "s2", b, "acc", &conf, NULL), 0);
		for (unsigned i = 0; i < 64; i++) {
			const unsigned row = i / columns, column = i % columns;
			const struct block_operands *other = &b[column / 8];
			struct number n = { 0 };

			if (accumulate)
				add_fp32(&n, acc[i], false);
			for (unsigned k = 0; k < 8; k++) {
				const int64_t p = (int64_t)a.m[row * 8 + k] * other->m[column % 8 * 8 + k];

				number_add(&n, negate ? -p : p, a.e[row] + other->e[column % 8] - 254 - 12);
			}
			assert_int_equal(out[i], number_round(&n, false));
		}
	}
}

/* ---- refusals ---------------------------------------------------------------------------------------------------- */

static void expect_refusal(const char *name, uint32_t conf, const char *text)
{
	static struct operands o;
	struct aie_error error;

	assert_int_equal(vec_run(&error, name, ">dst", o.out, "acc1", o.acc1, "s1", o.x, "s2", o.y, "acc", &conf, NULL),
	                 -1);
	assert_int_equal(error.category, AIE_ERROR_UNSUPPORTED);
	if (strstr(error.text, text) == NULL)
		fail_msg("conf 0x%x: \"%s\" does not say \"%s\"", conf, error.text, text);
}

/* Words of the configuration register that no source explains stop the program. */
static void test_refusals(void **state)
{
	const char *mac = "VMAC_f_vmac_bf_vmul_bf_core_Y_Y", *bfp = "VMAC_f_vmac_bfp_vmul_bfp_core_EX_EX";
	_Alignas(8) uint8_t ex[72] = { [64] = 255 }, out[256], acc[256] = { 0 };
	struct aie_error error;
	uint32_t conf = 12;

	(void)state;
	expect_refusal(mac, 28, "variant 0");
	expect_refusal(mac, 12, "bmode 1");
	expect_refusal(mac, 56, "accumulator mode 0");
	expect_refusal(mac, 60 | 1 << 10, "shift16");
	expect_refusal(mac, 60 | 1 << 16, "sub_mask");
	expect_refusal(mac, 60 | 1 << 14, "reserved");
	expect_refusal(mac, 60 | 1u << 31, "reserved");
	expect_refusal(bfp, 60, "bmode 3");
	assert_int_equal(vec_run(&error, bfp, ">dst", out, "acc1", acc, "s1", ex, "s2", ex, "acc", &conf, NULL), -1);
	assert_non_null(strstr(error.text, "exponent 255"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mac_against_fma),
		cmocka_unit_test(test_mul),
		cmocka_unit_test(test_signs_against_schoolbook),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_special_values),
		cmocka_unit_test(test_add_special_and_negate),
		cmocka_unit_test(test_bfp16),
		cmocka_unit_test(test_refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
