/* Names for program addresses in reports: symbols and source lines of the ELF files of the cores, those of an operator
 * or those that the user names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "driver/tools/symbols.h"
#include "isa/assembler.h"
#include "isa/file.h"

/* nop has 2 bytes: `middle` is at 4, on line 4 */
static const char source[] = "first:\nnop\nnop\nmiddle: nop\nnop\n";

static uint8_t *program(size_t *size)
{
	struct aie_asm_source input = { .name = "folder/example.s", .text = source, .size = strlen(source) };
	const struct aie_asm_options options = { 0 };
	struct aie_error error;
	uint8_t *elf = NULL;

	if (aie_assemble(&input, 1, &options, &elf, size, &error))
		fail_msg("%s", error.text);
	return elf;
}

static void test_annotate(void **state)
{
	size_t size;
	uint8_t *elf = program(&size);
	const struct aie_operator_worker worker = { .column = 3, .row = 4, .elf = elf, .elf_size = size };
	char *text = aie_symbols_annotate("core (3,4) pc 0x6 waits for lock 49\ncore (3,5) pc 0x6 waits\n"
	                                  "compute (3,4) DMA S2MM 0 waits\ncause: core (3,4) pc 0x2 runs",
	                                  &worker, 1);

	(void)state;
	assert_string_equal(text, "core (3,4) pc 0x6 <middle+0x2> at example.s:5 waits for lock 49\n"
	                          "core (3,5) pc 0x6 waits\ncompute (3,4) DMA S2MM 0 waits\n"
	                          "cause: core (3,4) pc 0x2 <first+0x2> at example.s:3 runs");
	free(text);
	free(elf);
}

/* A core's own file comes before that of all. */
static void test_named_files(void **state)
{
	char path[] = "aie_symbols_XXXXXX", one[64], all[64];
	int file = mkstemp(path);
	struct aie_core_elfs elfs = { .options = 2, .option = { all, one } };
	struct aie_profile *profile = calloc(1, sizeof *profile);
	struct aie_error error;
	size_t size;
	uint8_t *elf = program(&size);

	(void)state;
	assert_true(file >= 0);
	assert_non_null(profile);
	assert_int_equal(aie_file_write(path, elf, size, &error), 0);
	snprintf(one, sizeof one, "7,5=%s", path);
	snprintf(all, sizeof all, "*=%s", path);
	assert_int_equal(aie_core_elfs_load(&elfs, &error), 0);
	assert_int_equal(elfs.workers, 32);
	assert_int_equal(elfs.worker[0].column, 7);
	assert_int_equal(elfs.worker[0].row, 5);
	snprintf(profile->waits, sizeof profile->waits, "core (2,2) pc 0x4 waits\n");
	profile->checks = "core (7,5) pc 0x0 [nop]: reads\n";
	free(aie_symbols_name(profile, elfs.worker, elfs.workers));
	assert_string_equal(profile->waits, "core (2,2) pc 0x4 <middle+0x0> at example.s:4 waits\n");
	aie_core_elfs_free(&elfs);
	free(profile);
	free(elf);
	close(file);
	unlink(path);
}

static void test_bad_options(void **state)
{
	static const char *const bad[] = { "",       "nonsense", "8,2=x",  "0,1=x", "0,6=x",
		                           "0,2x=y", "0=x",      "-1,2=x", "*",     "0,2=no_such_file" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct aie_core_elfs elfs = { .options = 1, .option = { bad[i] } };
		struct aie_error error;

		assert_int_equal(aie_core_elfs_load(&elfs, &error), -1);
		assert_int_equal(error.category, AIE_ERROR_INPUT);
		aie_core_elfs_free(&elfs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_annotate),
		cmocka_unit_test(test_named_files),
		cmocka_unit_test(test_bad_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
