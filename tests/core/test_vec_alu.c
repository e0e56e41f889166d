/* Lane-wise integer and bf16 operations: each body against a statement of its rule on one lane as a 64-bit integer. */
#include "tests/core/vec_harness.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct vector {
	_Alignas(8) uint8_t byte[64];
};

static int64_t get(const struct vector *v, unsigned width, unsigned lane, bool is_signed)
{
	int64_t value = 0;

	for (unsigned b = 0; b < width / 8; b++)
		value += (int64_t)v->byte[lane * width / 8 + b] << 8 * b;
	if (is_signed && value >= (int64_t)1 << (width - 1))
		value -= (int64_t)1 << width;
	return value;
}

static int64_t low_bits(int64_t value, unsigned width)
{
	return value & (((int64_t)1 << width) - 1);
}

/* Random lanes with many equal, zero and extreme ones. */
static struct vector random_vector(unsigned width, const struct vector *other)
{
	struct vector v;
	const unsigned bytes = width / 8;

	vec_random_bytes(&v, sizeof(v));
	for (unsigned i = 0; i < 64 / bytes; i++) {
		uint8_t *lane = v.byte + (size_t)i * bytes;

		switch (vec_random() >> 60) {
		case 0:
			memset(lane, 0, bytes);
			break;
		case 1: /* the minimum */
			memset(lane, 0, bytes);
			lane[bytes - 1] = 0x80;
			break;
		case 2: /* the maximum */
			memset(lane, 0xFF, bytes);
			lane[bytes - 1] = 0x7F;
			break;
		case 3:
			memset(lane, 0xFF, bytes);
			break;
		case 4:
		case 5:
			if (other != NULL)
				memcpy(lane, other->byte + (size_t)i * bytes, bytes);
			break;
		default:
			break;
		}
	}
	return v;
}

enum operation { ADD, SUB, ADDSUB, SEL, LT, GE, EQZ, MAX_LT, MIN_GE, SUB_LT, SUB_GE, MAXDIFF, ABS, NEG, BNEG };

/* The rule of one lane: its result and its mask bit. */
static void lane_rule(enum operation operation, int64_t a, int64_t b, bool select, bool is_signed, int64_t *result,
                      bool *mask)
{
	*result = 0;
	*mask = false;
	switch (operation) {
	case ADD:
		*result = a + b;
		break;
	case SUB:
		*result = a - b;
		break;
	case ADDSUB:
		*result = select ? a - b : a + b;
		break;
	case SEL:
		*result = select ? b : a;
		break;
	case LT:
		*mask = a < b;
		break;
	case GE:
		*mask = a >= b;
		break;
	case EQZ:
		*mask = b == 0;
		break;
	case MAX_LT:
		*mask = a < b;
		*result = a > b ? a : b;
		break;
	case MIN_GE:
		*mask = a >= b;
		*result = a < b ? a : b;
		break;
	case SUB_LT:
		*mask = a < b;
		*result = a - b;
		break;
	case SUB_GE:
		*mask = a >= b;
		*result = a - b;
		break;
	case MAXDIFF:
		*mask = a < b;
		*result = a - b > 0 ? a - b : 0;
		break;
	case ABS:
		*mask = b > 0;
		*result = is_signed && b < 0 ? -b : b;
		break;
	case NEG:
		*mask = b > 0;
		*result = -b;
		break;
	case BNEG:
		*mask = b < 0;
		*result = -b - 1;
		break;
	}
}

static const struct {
	const char *name;
	enum operation operation;
	bool has_s1, has_sign, has_select, has_result, has_mask, is_signed;
} operations[] = {
	{ "VADD_%u", ADD, true, false, false, true, false, false },
	{ "VSUB_%u", SUB, true, false, false, true, false, false },
	{ "VADDSUB_%u", ADDSUB, true, false, true, true, false, false },
	{ "VSEL_%u", SEL, true, false, true, true, false, false },
	{ "VEQZ_%u", EQZ, false, false, false, false, true, false },
	{ "VLT_%u", LT, true, true, false, false, true, false },
	{ "VGE_%u", GE, true, true, false, false, true, false },
	{ "VMAX_LT_%u", MAX_LT, true, true, false, true, true, false },
	{ "VMIN_GE_%u", MIN_GE, true, true, false, true, true, false },
	{ "VSUB_LT_%u", SUB_LT, true, true, false, true, true, false },
	{ "VSUB_GE_%u", SUB_GE, true, true, false, true, true, false },
	{ "VMAXDIFF_LT_%u", MAXDIFF, true, true, false, true, true, false },
	{ "VABS_GTZ_%u", ABS, false, true, false, true, true, false },
	{ "VNEG_GTZ_%u", NEG, false, false, false, true, true, true },
	{ "VBNEG_LTZ_s%u", BNEG, false, false, false, true, true, true },
};

/* Facts: the lane rules of the vector unit; the sign REGISTER decides, whatever its suffix; mask bit i is lane i, bits
 * above the last lane are zero. */
static void test_lanes(void **state)
{
	(void)state;
	for (size_t o = 0; o < sizeof(operations) / sizeof(operations[0]); o++) {
		for (unsigned width = 8; width <= 32; width *= 2) {
			for (unsigned round = 0; round < 400; round++) {
				const struct vector s2 = random_vector(width, NULL), s1 = random_vector(width, &s2);
				const unsigned suffix = round & 1, lanes = 512 / width;
				_Alignas(8) uint32_t sign = round >> 1 & 1;
				const bool is_signed = operations[o].has_sign ? sign : operations[o].is_signed;
				_Alignas(8) uint64_t select = vec_random(), mask = 0;
				struct vector d = { { 0 } };
				struct aie_error error;
				char stem[40], name[60];
				const char *extra[6];
				void *pointer[6];
				unsigned count = 0;

				snprintf(stem, sizeof(stem), operations[o].name, width);
				snprintf(name, sizeof(name), operations[o].has_sign ? "%s_vaddSign%u" : "%s", stem,
				         suffix);
				if (operations[o].has_s1)
					extra[count] = "s1", pointer[count++] = (void *)&s1;
				if (operations[o].has_sign)
					extra[count] = suffix ? "vaddSign1" : "vaddSign0", pointer[count++] = &sign;
				if (operations[o].has_select)
					extra[count] = "sel", pointer[count++] = &select;
				if (operations[o].has_result)
					extra[count] = ">d", pointer[count++] = &d;
				if (operations[o].has_mask)
					extra[count] = ">cmp", pointer[count++] = &mask;
				for (unsigned i = count; i < 6; i++)
					extra[i] = NULL, pointer[i] = NULL;
				assert_int_equal(vec_run(&error, name, "s2", &s2, extra[0], pointer[0], extra[1],
				                         pointer[1], extra[2], pointer[2], extra[3], pointer[3], NULL),
				                 0);
				for (unsigned i = 0; i < lanes; i++) {
					int64_t result;
					bool bit;

					lane_rule(operations[o].operation, get(&s1, width, i, is_signed),
					          get(&s2, width, i, is_signed), select >> i & 1, is_signed, &result,
					          &bit);
					if (operations[o].has_result &&
					    get(&d, width, i, false) != low_bits(result, width))
						fail_msg("%s lane %u", name, i);
					if (operations[o].has_mask && (mask >> i & 1) != bit)
						fail_msg("%s mask %u", name, i);
				}
				if (width > 8)
					assert_int_equal(mask >> lanes, 0);
			}
		}
	}
}

static void test_logic(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 100; round++) {
		const struct vector s1 = random_vector(8, NULL), s2 = random_vector(8, NULL);
		struct vector conjunction, disjunction;
		struct aie_error error;

		assert_int_equal(vec_run(&error, "VBAND", "s1", &s1, "s2", &s2, ">d", &conjunction, NULL), 0);
		assert_int_equal(vec_run(&error, "VBOR", "s1", &s1, "s2", &s2, ">d", &disjunction, NULL), 0);
		for (unsigned bit = 0; bit < 512; bit++) {
			const bool a = s1.byte[bit / 8] >> bit % 8 & 1, b = s2.byte[bit / 8] >> bit % 8 & 1;

			assert_int_equal(conjunction.byte[bit / 8] >> bit % 8 & 1, a && b);
			assert_int_equal(disjunction.byte[bit / 8] >> bit % 8 & 1, a || b);
		}
	}
}

/* Facts (sibling silicon): by value, -0 strictly below +0, false in both directions with a not-a-number; max and min
 * then deliver s1. */
static void test_bf16_order(void **state)
{
	static const uint16_t interesting[] = { 0x0000, 0x8000, 0x0001, 0x8001, 0x3F80, 0xBF80, 0x7F80, 0xFF80,
		                                0x7FC0, 0xFFC0, 0x7F81, 0x7F7F, 0xFF7F, 0x3F81, 0x0080, 0x8080 };

	(void)state;
	for (unsigned round = 0; round < 4000; round++) {
		_Alignas(8) uint16_t s1[32], s2[32], highest[32], lowest[32];
		_Alignas(8) uint32_t lt = 0, ge = 0, max_mask = 0, min_mask = 0;
		struct aie_error error;

		for (unsigned i = 0; i < 32; i++) {
			const uint64_t r = vec_random();

			s1[i] = r >> 63 ? interesting[r & 15] : (uint16_t)(r >> 8);
			s2[i] = r >> 62 & 1 ? interesting[r >> 4 & 15] : (uint16_t)(r >> 24);
			if (r >> 58 == 7)
				s2[i] = s1[i];
		}
		assert_int_equal(vec_run(&error, "VLT_bf16", "s1", s1, "s2", s2, ">cmp", &lt, NULL), 0);
		assert_int_equal(vec_run(&error, "VGE_bf16", "s1", s1, "s2", s2, ">cmp", &ge, NULL), 0);
		assert_int_equal(
		        vec_run(&error, "VMAX_LT_bf16", "s1", s1, "s2", s2, ">cmp", &max_mask, ">d", highest, NULL), 0);
		assert_int_equal(
		        vec_run(&error, "VMIN_GE_bf16", "s1", s1, "s2", s2, ">cmp", &min_mask, ">d", lowest, NULL), 0);
		assert_int_equal(max_mask, lt);
		assert_int_equal(min_mask, ge);
		for (unsigned i = 0; i < 32; i++) {
			const uint32_t a_bits = (uint32_t)s1[i] << 16, b_bits = (uint32_t)s2[i] << 16;
			float a, b;

			memcpy(&a, &a_bits, 4);
			memcpy(&b, &b_bits, 4);
			const bool unordered = isnan(a) || isnan(b);
			const bool less = !unordered && (a < b || (a == 0 && b == 0 && signbit(a) && !signbit(b)));
			const bool not_less = !unordered && !less;

			assert_int_equal(lt >> i & 1, less);
			assert_int_equal(ge >> i & 1, not_less);
			assert_int_equal(highest[i], less ? s2[i] : s1[i]);
			assert_int_equal(lowest[i], not_less ? s2[i] : s1[i]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lanes),
		cmocka_unit_test(test_logic),
		cmocka_unit_test(test_bf16_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
