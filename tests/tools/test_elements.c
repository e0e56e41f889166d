/* Comparison of typed buffers: what counts as equal, and how a difference is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "driver/tools/elements.h"

static void names(void **state)
{
	(void)state;
	assert_ptr_equal(aie_element_type("bf16"), aie_element_type("bfloat16"));
	assert_int_equal(aie_element_type("i64")->bytes, 8);
	assert_null(aie_element_type("i4"));
	assert_null(aie_element_type(""));
	/* The list for messages holds every type. */
	for (const char *name = aie_element_type_names(); name; name = strchr(name, ' ')) {
		char copy[16] = { 0 };

		name += *name == ' ';
		memcpy(copy, name, strcspn(name, " "));
		assert_non_null(aie_element_type(copy));
	}
}

struct outcome {
	const char *type;
	uint64_t got, wanted; /* bits */
	double tolerance;
	bool equal;
	const char *shown; /* of the wanted value, when they differ */
};

static void outcomes(void **state)
{
	static const struct outcome cases[] = {
		{ "u8", 0xFF, 0xFF, 0, true, "" },
		{ "u8", 0xFF, 0xFE, 9, false, "254 (0xfe)" }, /* the tolerance is none of integers */
		{ "i8", 0x00, 0xFE, 0, false, "-2 (0xfe)" },
		{ "i16", 0x8000, 0x8001, 0, false, "-32767 (0x8001)" },
		{ "u16", 0x8000, 0x8001, 0, false, "32769 (0x8001)" },
		{ "i32", 0, 0x80000000, 0, false, "-2147483648 (0x80000000)" },
		{ "u32", 0, 0x80000000, 0, false, "2147483648 (0x80000000)" },
		{ "i64", 0, UINT64_MAX, 0, false, "-1 (0xffffffffffffffff)" },
		{ "u64", 0, UINT64_MAX, 0, false, "18446744073709551615 (0xffffffffffffffff)" },
		{ "bf16", 0x3F81, 0x3F80, 0, false, "1 (0x3f80)" },
		{ "bf16", 0x3F81, 0x3F80, 0.0078125, true, "" }, /* one step above 1 is 2^-7 */
		{ "bf16", 0x3F81, 0x3F80, 0.0078, false, "1 (0x3f80)" },
		{ "bf16", 0x4281, 0x4280, 0.0078125, true, "" }, /* at 64 the step is 2^-1: relative */
		{ "bf16", 0x0000, 0x8000, 0, true, "" },         /* +0 and -0 */
		{ "bf16", 0x7FC0, 0xFFC1, 0, true, "" },         /* NaNs */
		{ "bf16", 0x7FC0, 0x3F80, 1e30, false, "1 (0x3f80)" },
		{ "bf16", 0x7F80, 0x7F7F, 1e30, false, "3.38953139e+38 (0x7f7f)" },
		{ "bf16", 0x7F80, 0xFF80, 1e30, false, "-inf (0xff80)" },
		{ "f16", 0x3C00, 0xC000, 0, false, "-2 (0xc000)" },
		{ "f16", 0, 1, 0, false, "5.96046448e-08 (0x0001)" }, /* 2^-24, subnormal */
		{ "f32", 0, 0x40490FDB, 0, false, "3.14159274 (0x40490fdb)" },
		{ "f64", 0, 0xBFF8000000000000, 0, false, "-1.5 (0xbff8000000000000)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct aie_element_type *type = aie_element_type(cases[i].type);
		struct aie_comparison comparison;
		uint8_t got[8], wanted[8];

		assert_non_null(type);
		for (unsigned b = 0; b < 8; b++) {
			got[b] = (uint8_t)(cases[i].got >> 8 * b);
			wanted[b] = (uint8_t)(cases[i].wanted >> 8 * b);
		}
		aie_elements_compare(type, got, wanted, type->bytes, cases[i].tolerance, &comparison);
		if (comparison.differ != !cases[i].equal || strcmp(comparison.wanted, cases[i].shown))
			fail_msg("case %zu (%s): %zu differ, shown '%s'", i, cases[i].type, comparison.differ,
			         comparison.wanted);
	}
}

static void counts_and_first(void **state)
{
	const uint16_t got[5] = { 0x3F80, 0x4000, 0x4040, 0x4080, 0x7F80 },
	               wanted[5] = { 0x3F80, 0x4000, 0x4080, 0x4000, 0x7F80 };
	struct aie_comparison comparison;

	(void)state;
	aie_elements_compare(aie_element_type("bf16"), got, wanted, sizeof got, 0, &comparison);
	assert_int_equal(comparison.elements, 5);
	assert_int_equal(comparison.differ, 2);
	assert_int_equal(comparison.first, 2);
	assert_string_equal(comparison.got, "3 (0x4040)");
	assert_string_equal(comparison.wanted, "4 (0x4080)");
	assert_true(comparison.largest_error == 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(outcomes),
		cmocka_unit_test(counts_and_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
