/* Integer multiply-accumulate: every shape against its definition on single elements in 128-bit arithmetic, and every
 * bit of the configuration word. */
#include "tests/core/vec_harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef unsigned __int128 wide; /* modulo 2^128; the lanes are the low 32 or 64 bits */

static wide element(const uint8_t *operand, unsigned bytes, unsigned bits, bool is_signed, unsigned index)
{
	const unsigned at = index * bits;
	uint64_t value = 0;

	if (at >= bytes * 8)
		return 0; /* above the operand */
	if (bits == 4)
		value = operand[at / 8] >> at % 8 & 15;
	for (unsigned b = 0; b < bits / 8; b++)
		value |= (uint64_t)operand[at / 8 + b] << 8 * b;
	if (is_signed && value >> (bits - 1) != 0)
		return (wide)value - ((wide)1 << bits);
	return value;
}

/* The shapes by name: matrix M x K times K x N, element-wise, 8 channels, sliding window. */
enum kind { MATRIX, ELEMENTS, CHANNELS, SLIDING };

static const struct {
	const char *name;
	unsigned amode, bmode, variant, a_bits, b_bits;
	enum kind kind;
	unsigned m, k, n;
} shapes[] = {
	{ "4x16_16x16", 0, 0, 0, 8, 4, MATRIX, 4, 16, 16 }, { "8x8_8x8", 0, 1, 0, 8, 8, MATRIX, 8, 8, 8 },
	{ "elem_64", 0, 1, 1, 8, 8, ELEMENTS, 64, 2, 0 },   { "conv_8x8_8ch", 0, 1, 2, 8, 8, CHANNELS, 8, 8, 0 },
	{ "conv_64x8", 0, 1, 4, 8, 8, SLIDING, 64, 8, 0 },  { "8x4_4x8", 0, 2, 0, 16, 8, MATRIX, 8, 4, 8 },
	{ "8x2_2x8", 0, 3, 0, 16, 16, MATRIX, 8, 2, 8 },    { "elem_64 16", 0, 3, 1, 16, 16, ELEMENTS, 64, 1, 0 },
	{ "4x2_2x8", 1, 0, 0, 32, 16, MATRIX, 4, 2, 8 },    { "4x8_8x8", 1, 2, 0, 16, 8, MATRIX, 4, 8, 8 },
	{ "4x4_4x8", 1, 3, 0, 16, 16, MATRIX, 4, 4, 8 },    { "conv_4x4_8ch", 1, 3, 1, 16, 16, CHANNELS, 4, 4, 0 },
	{ "elem_32", 1, 3, 2, 16, 16, ELEMENTS, 32, 2, 0 }, { "conv_32x4", 1, 3, 3, 16, 16, SLIDING, 32, 4, 0 },
};

enum { SHAPES = sizeof(shapes) / sizeof(shapes[0]) };

struct operand {
	const uint8_t *data;
	unsigned bytes, bits;
	bool is_signed;
};

static wide get(const struct operand *o, unsigned index)
{
	return element(o->data, o->bytes, o->bits, o->is_signed, index);
}

/* Lane `lane` of the product sum. */
static wide product_sum(size_t shape, const struct operand *a, const struct operand *b, unsigned lane)
{
	const unsigned k_count = shapes[shape].k, n = shapes[shape].n;
	wide sum = 0;

	for (unsigned k = 0; k < k_count; k++) {
		switch (shapes[shape].kind) {
		case MATRIX:
			sum += get(a, lane / n * k_count + k) * get(b, k * n + lane % n);
			break;
		case ELEMENTS:
			sum += get(a, lane + k * shapes[shape].m) * get(b, lane + k * shapes[shape].m);
			break;
		case CHANNELS:
			sum += get(a, 8 * (lane / 8 + k) + lane % 8) * get(b, 8 * k + lane % 8);
			break;
		case SLIDING:
			sum += get(a, lane + k) * get(b, k);
			break;
		}
	}
	return sum;
}

static wide lane_of(const uint8_t *acc, unsigned bits, unsigned lane)
{
	uint64_t value = 0;

	memcpy(&value, acc + (size_t)lane * bits / 8, bits / 8);
	return value;
}

static const char letters[] = "XY";

/* Facts: section "configuration word" and "integer arithmetic rule": zero_acc wins over shift16, sub bits flip signs,
 * sums wrap. */
static void test_shapes(void **state)
{
	static const char *stems[] = { "VMUL_vmul_cm_core",
		                       "VNEGMUL_vmul_cm_core",
		                       "VMAC_vmul_cm_core",
		                       "VMSC_vmul_cm_core",
		                       "VADDMAC_vmac_cm2_add_reg_vmul_cm_core",
		                       "VADDMSC_vmac_cm2_add_scd_vmul_cm_core" };
	struct aie_error error;

	(void)state;
	for (unsigned round = 0; round < 14 * 6 * 200; round++) {
		const size_t shape = round % SHAPES, stem = round / SHAPES % 6;
		const unsigned flags = (unsigned)(vec_random() >> 20), y1 = flags & 1, y2 = flags >> 1 & 1;
		const bool sgn_x = flags & 4, sgn_y = flags & 8, zero = flags & 16, shift16 = flags & 32;
		const bool sub0 = flags & 64, sub1 = flags & 128, sub2 = flags & 256;
		const unsigned bits = shapes[shape].amode == 0 ? 32 : 64;
		_Alignas(8) uint8_t s1[128], s2[128], acc1[256], acc2[256], out[256];
		_Alignas(8) uint32_t conf = (uint32_t)zero | shapes[shape].amode << 1 | shapes[shape].bmode << 3 |
		                            shapes[shape].variant << 5 | (uint32_t)sgn_y << 8 | (uint32_t)sgn_x << 9 |
		                            (uint32_t)shift16 << 10 | (uint32_t)sub0 << 11 | (uint32_t)sub1 << 12 |
		                            (uint32_t)sub2 << 13;
		char name[80];

		vec_random_bytes(s1, sizeof(s1));
		vec_random_bytes(s2, sizeof(s2));
		vec_random_bytes(acc1, sizeof(acc1));
		vec_random_bytes(acc2, sizeof(acc2));
		if (round % 7 == 0)
			memset(s1, 0x80, sizeof(s1)), memset(s2, 0x80, sizeof(s2));
		snprintf(name, sizeof(name), "%s_%c_%c", stems[stem], letters[y1], letters[y2]);
		if (stem < 2)
			assert_int_equal(vec_run(&error, name, ">dst", out, "s1", s1, "s2", s2, "acc", &conf, NULL), 0);
		else if (stem < 4)
			assert_int_equal(vec_run(&error, name, ">dst", out, "acc1", acc1, "s1", s1, "s2", s2, "acc",
			                         &conf, NULL),
			                 0);
		else
			assert_int_equal(vec_run(&error, name, ">dst", out, "acc1", acc1, "acc2", acc2, "s1", s1, "s2",
			                         s2, "acc", &conf, NULL),
			                 0);
		const struct operand a = { s1, y1 ? 128 : 64, shapes[shape].a_bits, sgn_x };
		const struct operand b = { s2, y2 ? 128 : 64, shapes[shape].b_bits, sgn_y };

		for (unsigned lane = 0; lane < 2048 / bits; lane++) {
			const wide p = product_sum(shape, &a, &b, lane);
			const wide first = zero || stem < 2 ? 0 : lane_of(acc1, bits, lane) * (shift16 ? 65536 : 1);
			const wide second = stem < 4 ? 0 : lane_of(acc2, bits, lane);
			const bool minus = (stem % 2 == 1) != sub0;
			const wide sum = (minus ? -p : p) + (sub1 ? -first : first) + (sub2 ? -second : second);
			const wide mask = ((wide)1 << bits) - 1;

			if (lane_of(out, bits, lane) != (sum & mask))
				fail_msg("%s, shape %s, conf 0x%x, lane %u", name, shapes[shape].name, conf, lane);
		}
	}
}

/* Facts: vadd, vsub, vneg on 32- and 64-bit lanes with zero_acc, shift16 and the sub bits; bmode and variant do not
 * matter; vclr; vmov.d. */
static void test_accumulators(void **state)
{
	struct aie_error error;

	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		static const char *names[] = { "VADD_vmac_cm2_add_reg", "VSUB_vmac_cm2_add_scd", "VNEG" };
		const unsigned flags = (unsigned)(vec_random() >> 20), operation = round % 3;
		const bool zero = flags & 16, shift16 = flags & 32, sub1 = flags & 128, sub2 = flags & 256;
		const unsigned bits = flags & 1 ? 64 : 32;
		_Alignas(8) uint8_t acc1[256], acc2[256], out[256];
		_Alignas(8) uint32_t conf = (uint32_t)zero | (bits == 64 ? 2u : 0) | (flags >> 10 & 31) << 3 |
		                            (uint32_t)shift16 << 10 | (uint32_t)sub1 << 12 | (uint32_t)sub2 << 13;

		vec_random_bytes(acc1, sizeof(acc1));
		vec_random_bytes(acc2, sizeof(acc2));
		if (operation == 2)
			assert_int_equal(
			        vec_run(&error, names[operation], ">dst", out, "acc1", acc1, "acc", &conf, NULL), 0);
		else
			assert_int_equal(vec_run(&error, names[operation], ">dst", out, "acc1", acc1, "acc2", acc2,
			                         "acc", &conf, NULL),
			                 0);
		for (unsigned lane = 0; lane < 2048 / bits; lane++) {
			const wide first = zero ? 0 : lane_of(acc1, bits, lane) * (shift16 ? 65536 : 1);
			const wide second = operation == 2 ? 0 : lane_of(acc2, bits, lane);
			const bool minus1 = (operation == 2) != sub1, minus2 = (operation == 1) != sub2;
			const wide sum = (minus1 ? -first : first) + (minus2 ? -second : second);

			assert_true(lane_of(out, bits, lane) == (sum & (((wide)1 << bits) - 1)));
		}
		assert_int_equal(vec_run(&error, "VMOV_D", "acc1", acc1, ">dst", out, NULL), 0);
		assert_memory_equal(out, acc1, 256);
		assert_int_equal(vec_run(&error, "VCLR", ">dst", out, NULL), 0);
		memset(acc1, 0, sizeof(acc1));
		assert_memory_equal(out, acc1, 256);
	}
}

/* Every word whose effect no source establishes is refused, every other one accepted. */
static void test_refusals(void **state)
{
	_Alignas(8) uint8_t s1[128] = { 0 }, s2[128] = { 0 }, acc1[256] = { 0 }, out[256];
	struct aie_error error;

	(void)state;
	for (uint32_t low = 0; low < 256; low++) {
		bool known = false;

		for (size_t s = 0; s < SHAPES; s++)
			known |= (low >> 1) == (shapes[s].amode | shapes[s].bmode << 2 | shapes[s].variant << 4);
		assert_int_equal(vec_run(&error, "VMAC_vmul_cm_core_Y_Y", ">dst", out, "acc1", acc1, "s1", s1, "s2", s2,
		                         "acc", &low, NULL),
		                 known ? 0 : -1);
		if (!known)
			assert_int_equal(error.category, AIE_ERROR_UNSUPPORTED);
	}
	for (unsigned bit = 14; bit < 32; bit++) {
		uint32_t conf = 8 | 1u << bit;

		assert_int_equal(vec_run(&error, "VMAC_vmul_cm_core_X_X", ">dst", out, "acc1", acc1, "s1", s1, "s2", s2,
		                         "acc", &conf, NULL),
		                 -1);
		assert_non_null(strstr(error.text, bit > 15 && bit < 24 ? "sub_mask" : "reserved"));
	}
	uint32_t floating = 4;

	assert_int_equal(vec_run(&error, "VNEG", ">dst", out, "acc1", acc1, "acc", &floating, NULL), -1);
	assert_null(vec_row("VMAC_vmul_cm_core_X_QX")->body);
	assert_null(vec_row("VADDMAC_f_vaddmac_bfp_vmac_cm2_add_scd_incr_vmul_bfp_core_EY_QEX")->body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_accumulators),
		cmocka_unit_test(test_refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
