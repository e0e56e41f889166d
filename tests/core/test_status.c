/* Control and status registers: the words of the register bus, flags whose content is unknown, core_id. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/core/rig.h"

static uint32_t word(const struct rig *rig, const char *name)
{
	struct aie_error error;
	uint32_t value;
	unsigned number = aie_core_word_find(name);

	assert_true(number < AIE_CORE_WORD_COUNT);
	aie_error_clear(&error);
	if (aie_core_word_read(rig->core, (enum aie_core_word)number, &value, &error) != 0)
		fail_msg("%s: %s", name, error.text);
	return value;
}

/* Register reference of the array: reset values of the five words. */
static void test_reset_words(void **state)
{
	struct rig *rig = rig_new("\tdone\n");

	(void)state;
	assert_int_equal(word(rig, "Core_CR1"), 0x0FF41FC0);
	assert_int_equal(word(rig, "Core_CR2"), 0x2AA);
	assert_int_equal(word(rig, "Core_CR3"), 0x10FF2165);
	assert_int_equal(word(rig, "Core_SR1"), 0);
	assert_int_equal(word(rig, "Core_SR2"), 0);
	assert_int_equal(aie_core_word_find("Core_LCI"), AIE_CORE_WORD_COUNT);
	rig_free(rig);
}

/* Register reference of the array: positions of the fields. */
static void test_fields(void **state)
{
	static const struct {
		const char *word, *name;
		unsigned high, low;
		uint32_t value; /* of the register when all bits of the field are set and all others are not */
	} fields[] = {
		{ "Core_CR1", "crSat", 1, 0, 3 },
		{ "Core_CR1", "crRnd", 5, 2, 15 },
		{ "Core_CR1", "crFPMask", 10, 6, 31 },
		{ "Core_CR1", "crMCDEn", 11, 11, 1 },
		{ "Core_CR1", "crSCDEn", 12, 12, 1 },
		{ "Core_CR1", "crF2IMask", 22, 18, 31 },
		{ "Core_CR1", "crF2FMask", 27, 23, 31 },
		{ "Core_CR1", "crUnpackSize", 28, 28, 1 },
		{ "Core_CR1", "crSRSMode", 29, 29, 1 },
		{ "Core_CR1", "crUPSMode", 30, 30, 1 },
		{ "Core_CR1", "crPackSize", 31, 31, 1 },
		{ "Core_CR2", "vaddSign0", 0, 0, 1 },
		{ "Core_CR2", "unpackSign1", 3, 3, 1 },
		{ "Core_CR2", "packSign0", 4, 4, 1 },
		{ "Core_CR2", "upsSign1", 7, 7, 1 },
		{ "Core_CR2", "srsSign0", 8, 8, 1 },
		{ "Core_CR2", "srsSign1", 9, 9, 1 },
		{ "Core_CR3", "crFPCnvFl2FxMask", 6, 0, 0x7F },
		{ "Core_CR3", "crFPCnvFx2FlMask", 13, 8, 0x3F },
		{ "Core_CR3", "crFPNlfMask", 23, 16, 0xFF },
		{ "Core_CR3", "crF2BMask", 28, 28, 1 },
		{ "Core_SR1", "srCarry", 0, 0, 1 },
		{ "Core_SR1", "srSS0", 1, 1, 2 }, /* success */
		{ "Core_SR1", "srSS0", 2, 2, 1 }, /* tlast */
		{ "Core_SR1", "srMS0", 3, 3, 1 },
		{ "Core_SR1", "srSRS_of", 4, 4, 1 },
		{ "Core_SR1", "srUPS_of", 5, 5, 1 },
		{ "Core_SR1", "srFPFlags", 11, 7, 31 },
		{ "Core_SR1", "srF2IFlags", 16, 12, 31 },
		{ "Core_SR1", "srF2FFlags", 21, 17, 31 },
		{ "Core_SR1", "srSparse_of", 22, 22, 1 },
		{ "Core_SR1", "srFifo_of", 23, 23, 1 },
		{ "Core_SR1", "srFifo_uf", 24, 24, 1 },
		{ "Core_SR1", "srF2BFlags", 29, 29, 1 },
		{ "Core_SR2", "srFPCnvFl2Fx", 6, 0, 0x7F },
		{ "Core_SR2", "srFPCnvFx2Fl", 13, 8, 0x3F },
		{ "Core_SR2", "srFPNlf", 23, 16, 0xFF },
	};
	struct rig *rig = rig_new("\tdone\n");

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const uint32_t mask = (uint32_t)((UINT64_C(2) << fields[i].high) - (UINT64_C(1) << fields[i].low));
		const enum aie_core_word number = (enum aie_core_word)aie_core_word_find(fields[i].word);

		aie_core_word_write(rig->core, number, mask);
		if (rig_get(rig, fields[i].name) != fields[i].value || word(rig, fields[i].word) != mask)
			fail_msg("%s of %s is %x, the word %x", fields[i].name, fields[i].word,
			         rig_get(rig, fields[i].name), word(rig, fields[i].word));
		aie_core_word_write(rig->core, number, 0);
		assert_int_equal(rig_get(rig, fields[i].name), 0);
		rig_set(rig, fields[i].name, fields[i].value);
		assert_int_equal(word(rig, fields[i].word), mask);
		rig_set(rig, fields[i].name, 0);
		/* bits that are no field stay 0 */
		aie_core_word_write(rig->core, number, UINT32_MAX);
		aie_core_word_write(rig->core, number, ~mask);
		assert_int_equal(rig_get(rig, fields[i].name) & fields[i].value, 0);
	}
	rig_free(rig);
}

/* A word with a flag that an instruction has set in a way that no source establishes is refused, until it is written.
 */
static void test_unknown_word(void **state)
{
	struct rig *rig = rig_new("\tmova r1, #60\n\tvmac.f dm0, dm0, x0, x1, r1\n\tnop\n\tdone\n");
	struct aie_error error;
	uint32_t value;

	(void)state;
	rig_done(rig);
	aie_error_clear(&error);
	assert_int_equal(aie_core_word_read(rig->core, AIE_CORE_WORD_SR1, &value, &error), -1);
	assert_int_equal(error.category, AIE_ERROR_UNSUPPORTED);
	assert_non_null(strstr(error.text, "srFPFlags"));
	assert_non_null(strstr(error.text, "Core_SR1"));
	assert_int_equal(word(rig, "Core_SR2"), 0);
	aie_core_word_write(rig->core, AIE_CORE_WORD_SR1, 1);
	assert_int_equal(word(rig, "Core_SR1"), 1);
	rig_free(rig);
}

/* No source gives the layout of core_id: a program that reads it stops unless its value was set from outside, which a
 * reset does not undo. */
static void test_core_id(void **state)
{
	struct rig *rig = rig_new("\tmov r2, core_id\n\tdone\n");

	(void)state;
	rig_faults(rig, AIE_ERROR_UNSUPPORTED, "core_id");
	aie_core_reset(rig->core);
	rig_faults(rig, AIE_ERROR_UNSUPPORTED, "core_id");
	rig_set(rig, "core_id", 0x12345);
	aie_core_reset(rig->core);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r2"), 0x12345);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reset_words),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_unknown_word),
		cmocka_unit_test(test_core_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
