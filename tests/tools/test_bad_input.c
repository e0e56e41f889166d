/* Bad input, hangs and core faults from the user's side: one clear line, the right exit status, nothing half-written.
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

#include "tests/tools/spawn.h"

/* Run and expect: exit status, one line on stderr that holds all of the words (separated by '|'), nothing on stdout. */
static void expect(const char *directory, int status, const char *words, const char *arguments)
{
	struct spawn_result run;
	char copy[512];

	spawn_tool(&run, directory, "aie-run", "%s", arguments);
	if (run.status != status)
		fail_msg("%s: exit %d instead of %d: %s", arguments, run.status, status, run.err);
	snprintf(copy, sizeof copy, "%s", words);
	for (char *word = strtok(copy, "|"); word; word = strtok(NULL, "|"))
		if (!strstr(run.err, word))
			fail_msg("%s: \"%s\" is not in: %s", arguments, word, run.err);
	if (status == 2 && strchr(run.err, '\n') != run.err + strlen(run.err) - 1)
		fail_msg("%s: more than one line: %s", arguments, run.err);
	assert_string_equal(run.out, "");
	spawn_free(&run);
}

static void bad_arguments(void **state)
{
	static const struct {
		const char *arguments, *words;
	} cases[] = {
		{ "", "operator" },
		{ "gemm", "gemm" },
		{ "gemv-int4 -M", "-M" },
		{ "gemv-int4 -M 12x", "12x" },
		{ "gemv-int4 -M -5", "-5" },
		{ "gemv-int4 --frobnicate 1", "frobnicate" },
		{ "gemv-int4 --schedule triple", "triple" },
		{ "gemv-int4 -M 2047 --device sim", "2047" },
		{ "gemv-int4 -M 2048 -K 8190 --device sim", "8190" },
		{ "gemv-int4 -M 2048 -K 2048 --cols 3 --device sim", "cols" },
		{ "gemv-int4 -M 2048 -K 2048 --cols 8 --tsi 3 --device sim", "tsi" },
		{ "gemv-int4 -M 2048 -K 2048 --cols 8 --tsi 4 --tso 6 --device sim", "tso" },
		{ "gemv-int4 -M 2048 -K 2048 -G 48 --device sim", "48" },
		{ "gemv-int4 -M 2048 -K 8192 --cols 8 --tsi 8 --device sim", "65536" },
		{ "gemv-int4 --device warp", "warp" },
		{ "gemv-int4 --device sim:npu9", "npu9" },
		{ "gemv-int4 --device sim:npu4,no_such_parameter=1", "no_such_parameter" },
		{ "gemv-int4 --trace", "--trace" },
		{ "--elf a --trace b", "control-code ELF" },
		{ "gemv-int4 --timeout 0", "--timeout" },
		{ "--xclbin a", "--insts" },
		{ "--insts a", "--xclbin" },
		{ "--xclbin a --insts b --out c", "FILE:SIZE" },
		{ "--xclbin a --insts b --out c:0", "c:0" },
		{ "--xclbin no-such-file --insts b", "no-such-file" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect(NULL, 2, cases[i].words, cases[i].arguments);
}

static void missing_device_node(void **state)
{
	(void)state;
	expect(NULL, 3, "/dev/accel/accel63", "gemv-int4 -M 256 -K 256 --device /dev/accel/accel63");
}

static uint8_t *read_file(const char *directory, const char *name, size_t *size)
{
	char path[1024];
	uint8_t *data;
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", directory, name);
	file = fopen(path, "rb");
	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	*size = (size_t)ftell(file);
	rewind(file);
	data = malloc(*size);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, *size, file), *size);
	fclose(file);
	return data;
}

static int exists(const char *directory, const char *name)
{
	char path[1024];

	snprintf(path, sizeof path, "%s/%s", directory, name);
	return access(path, F_OK) == 0;
}

#define IMAGE_RUN(xclbin, insts)                                                                                       \
	"--xclbin " xclbin " --insts " insts " --in i.weights.bin --in i.x.bin --out y.bin:512 --device sim"

/* What --save writes runs as an image of its own and gives the same y; broken copies of it are refused. */
static void saved_image(void **state)
{
	char *directory = make_directory();
	uint8_t *xclbin, *insts, *y, *again;
	size_t xclbin_size, insts_size, y_size, again_size;
	struct spawn_result run;

	(void)state;
	spawn_tool(&run, directory, "aie-run",
	           "gemv-int4 -M 256 -K 512 --cols 4 --tsi 2 --save i --out first.bin --device sim");
	assert_int_equal(run.status, 0);
	spawn_free(&run);
	spawn_tool(&run, directory, "aie-run", IMAGE_RUN("i.xclbin", "i.insts.bin"));
	if (run.status != 0)
		fail_msg("exit %d: %s", run.status, run.err);
	spawn_free(&run);
	y = read_file(directory, "first.bin", &y_size);
	again = read_file(directory, "y.bin", &again_size);
	assert_int_equal(y_size, 512);
	assert_int_equal(again_size, 512);
	assert_memory_equal(y, again, 512);
	free(y);
	free(again);
	unlink_file(directory, "y.bin");

	xclbin = read_file(directory, "i.xclbin", &xclbin_size);
	insts = read_file(directory, "i.insts.bin", &insts_size);
	for (size_t size = 0; size < xclbin_size; size += xclbin_size / 23 + 1) {
		write_file(directory, "broken", xclbin, size);
		expect(directory, 2, "broken", IMAGE_RUN("broken", "i.insts.bin"));
	}
	for (size_t size = 0; size < insts_size; size += insts_size / 23 + 1) {
		write_file(directory, "broken", insts, size);
		expect(directory, 2, "broken", IMAGE_RUN("i.xclbin", "broken"));
	}
	insts[16] = 200; /* an operation number that streams never carry */
	write_file(directory, "broken", insts, insts_size);
	expect(directory, 2, "broken|0x10", IMAGE_RUN("i.xclbin", "broken"));
	xclbin[0] ^= 1;
	write_file(directory, "broken", xclbin, xclbin_size);
	expect(directory, 2, "broken", IMAGE_RUN("broken", "i.insts.bin"));
	/* One buffer less than the stream's patches name. */
	expect(directory, 2, "i.insts.bin",
	       "--xclbin i.xclbin --insts i.insts.bin --in i.weights.bin --in i.x.bin --device sim");
	assert_false(exists(directory, "y.bin"));
	free(xclbin);
	free(insts);
	remove_directory(directory);
}

/* The program of a core replaced by words that decode to no instruction: the core fault names tile, pc and reason. */
static void unknown_instruction_in_a_core(void **state)
{
	static const uint8_t pattern[] = { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };
	char *directory = make_directory();
	uint8_t *xclbin;
	size_t size, at = 0;
	struct spawn_result run;

	(void)state;
	spawn_tool(&run, directory, "aie-run", "gemv-int4 -M 256 -K 512 --cols 1 --tsi 2 --save i --device sim");
	assert_int_equal(run.status, 0);
	spawn_free(&run);
	xclbin = read_file(directory, "i.xclbin", &size);
	/* The program block is the DMA_WRITE to tile offset 0x20000 of tile (0,2): address word 0x00220000. */
	for (size_t i = 0; i + 4 <= size && !at; i += 4)
		if (!memcmp(xclbin + i, "\x00\x00\x22\x00", 4))
			at = i + 4;
	assert_true(at != 0);
	memcpy(xclbin + at, pattern, sizeof pattern);
	write_file(directory, "broken", xclbin, size);
	expect(directory, 3, "(0,2)|pc 0x0", IMAGE_RUN("broken", "i.insts.bin"));
	assert_false(exists(directory, "y.bin"));
	free(xclbin);
	remove_directory(directory);
}

/* A wrong lock in the array program: found at once, with the list of who waits for what. */
static void hang_is_explained(void **state)
{
	struct spawn_result run;

	(void)state;
	spawn_tool(&run, NULL, "aie-run", "gemv-int4 -M 256 -K 512 --cols 4 --tsi 2 --fault lock --device sim");
	assert_int_equal(run.status, 3);
	assert_string_equal(run.out, "");
	assert_non_null(strstr(run.err, "TIMEOUT"));
	assert_non_null(strstr(run.err, "waits for lock"));
	assert_non_null(strstr(run.err, "core (0,2)"));
	/* the place in the program has the name of its label */
	assert_non_null(strstr(run.err, "<next_"));
	/* the descriptor releases the wrong lock: nobody is left who gives the core's */
	assert_non_null(strstr(run.err, "cause: nobody gives lock 1 of tile (0,2)"));
	assert_null(strstr(run.err, "has no task"));
	spawn_free(&run);
	spawn_tool(&run, NULL, "aie-run", "gemv-int4 -M 256 -K 512 --cols 4 --tsi 2 --fault lock --device sim --json");
	assert_int_equal(run.status, 3);
	assert_true(json_has_string(run.out, "status", "failed"));
	assert_non_null(strstr(run.out, "waits for lock"));
	assert_non_null(strstr(run.out, "\"wait_graph\":{\"kind\":\"deadlock\""));
	spawn_free(&run);
}

/* Device options that look at memory accesses: the GEMV reads nothing that was not written and stays in its buffers; a
 * stack declared where its buffers lie is reported, with who touches it. */
static void checks_are_reported(void **state)
{
	static const char shape[] = "gemv-int4 -M 64 -K 512 --schedule %s --device sim:npu4,check=%s";
	struct spawn_result run;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		spawn_tool(&run, NULL, "aie-run", shape, i ? "single" : "double", "uninitialised+overrun+stop");
		assert_int_equal(run.status, 0);
		assert_null(strstr(run.out, "check "));
		spawn_free(&run);
	}
	spawn_tool(&run, NULL, "aie-run", shape, "double", "stack,stack=0x0-0x400");
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.out, "check     compute (0,2) DMA S2MM 1 BD 2: writes 32 bytes at 0x0: the stack of "
	                                "core (0,2)"));
	spawn_free(&run);
	spawn_tool(&run, NULL, "aie-run", shape, "double", "stack+stop,stack=0x0-0x400");
	assert_int_equal(run.status, 3);
	assert_non_null(strstr(run.err, "the stack of core"));
	spawn_free(&run);
	expect(NULL, 2, "check=stack needs stack=START-END", "gemv-int4 -M 64 -K 512 --device sim:npu4,check=stack");
}

static void wrong_file_sizes(void **state)
{
	char *directory = make_directory();
	static const uint8_t bytes[1000];

	(void)state;
	write_file(directory, "w.bin", bytes, sizeof bytes);
	write_file(directory, "x.bin", bytes, 10);
	expect(directory, 2, "w.bin|1000", "gemv-int4 -M 256 -K 512 --cols 4 --in w.bin --device sim");
	expect(directory, 2, "x.bin|10", "gemv-int4 -M 256 -K 512 --cols 4 --in x=x.bin --device sim");
	remove_directory(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_arguments),     cmocka_unit_test(missing_device_node),
		cmocka_unit_test(saved_image),       cmocka_unit_test(unknown_instruction_in_a_core),
		cmocka_unit_test(hang_is_explained), cmocka_unit_test(checks_are_reported),
		cmocka_unit_test(wrong_file_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
