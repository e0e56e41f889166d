/* The command aie-core: exit statuses, JSON fields, dumps. usage: test_core_tool AIE-CORE */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "isa/assembler.h"

static const char *tool;
static char elf_name[] = "aie_core_test_XXXXXX", data_name[] = "aie_core_data_XXXXXX";
static char output[200000];

static void write_file(const char *name, const void *bytes, size_t size)
{
	FILE *file = fopen(name, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void program(const char *text)
{
	struct aie_error error;
	const struct aie_asm_source source = { .name = "tool.s", .text = text, .size = strlen(text) };
	const struct aie_asm_options options = { 0 };
	uint8_t *elf = NULL;
	size_t size = 0;
	if (aie_assemble(&source, 1, &options, &elf, &size, &error) != 0)
		fail_msg("%s", error.text);
	write_file(elf_name, elf, size);
	free(elf);
}

/* Run with arguments behind the ELF's name; standard output (or, with `errors`, standard error) to output[]. */
static int run(const char *arguments, bool errors)
{
	char command[1000];
	snprintf(command, sizeof(command), "%s %s %s %s", tool, elf_name, arguments,
	         errors ? "2>&1 >/dev/null" : "2>/dev/null");
	FILE *pipe = popen(command, "r");
	assert_non_null(pipe);
	size_t size = fread(output, 1, sizeof(output) - 1, pipe);
	output[size] = '\0';
	int status = pclose(pipe);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void expect(const char *text)
{
	if (strstr(output, text) == NULL)
		fail_msg("'%s' is missing in\n%.2000s", text, output);
}

static void test_done(void **state)
{
	(void)state;
	program("\tmova r0, #12\n\tmovxm p0, #0x70000\n\tst.s8 r0, [p0, #1]\n\tst r1, [p0, #4]\n\tvbcst.32 x0, "
	        "r1\n\tdone\n");
	assert_int_equal(run("--json --regs --set r1=deadbeef --set crrnd=c --dump 0x70000:8", false), 0);
	expect("\"status\":\"done\"");
	expect("\"cycles\":11");
	expect("\"bundles\":5");
	expect("\"partword\":6");
	expect("\"r0\":\"0000000c\"");
	expect("\"p0\":\"70000\"");
	expect("\"crrnd\":\"0000000c\"");
	expect("\"wl0\":\"deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef\"");
	expect("\"mem\":{\"0x70000\":\"000c0000efbeadde\"}");
	assert_int_equal(run("--regs --set r1=1", false), 0);
	expect("status: done");
	expect("r0 0000000c\n");
}

static void test_load(void **state)
{
	(void)state;
	static const uint8_t bytes[4] = { 0x78, 0x56, 0x34, 0x12 };
	char arguments[200];
	program("\tlda r0, [p0, #0]\n\tdone\n");
	write_file(data_name, bytes, sizeof(bytes));
	snprintf(arguments, sizeof(arguments), "--set p0=5fff0 --load 0x5fff0=%s --json", data_name);
	assert_int_equal(run(arguments, false), 0);
	expect("\"r0\":\"12345678\"");
	snprintf(arguments, sizeof(arguments), "--load 0x7fffe=%s", data_name);
	assert_int_equal(run(arguments, true), 2);
	expect("do not fit");
}

static void test_fault(void **state)
{
	(void)state;
	program("\tnop\n\tvlda x0, [p0, #0]\n\tnop\n\tdone\n");
	assert_int_equal(run("--json --set p0=70020", false), 3);
	expect("\"status\":\"fault\"");
	expect("\"pc\":\"0x2\"");
	expect("\"instruction\":\"vlda\"");
	expect("misaligned access of 64 bytes at 0x70020");
	assert_int_equal(run("--json --set p0=80000", false), 3);
	expect("0x80000 is outside the data memory windows");
}

static void test_limit_and_deadlock(void **state)
{
	(void)state;
	program("loop:\n\tj #loop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n");
	assert_int_equal(run("--json --max-cycles 100", false), 3);
	expect("\"status\":\"limit\",\"cycles\":100");
	program("\tmova r0, #-1\n\tacq #48, r0\n\tdone\n");
	assert_int_equal(run("--json", false), 3);
	expect("\"status\":\"deadlock\"");
	expect("\"lock\":48");
	assert_int_equal(run("--json --lock 48=1", false), 0);
	expect("\"lock\":1");
}

static void test_trace(void **state)
{
	(void)state;
	program("\tmova r0, #12\n\tmul r1, r0, r0\n\tdone\n");
	assert_int_equal(run("--trace", false), 0);
	expect("1 0000  mova r0, #12");
	expect("2       r0 = 0000000c");
	expect("4       r1 = 00000090");
}

static void test_bad_input(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "--set r0", "REG=HEX" },
		{ "--set q9=1", "no register" },
		{ "--set r0=g", "hexadecimal" },
		{ "--set p0=100000", "20 bits" },
		{ "--dump 0x3ffff:1", "inside" },
		{ "--dump 0x70000", "ADDR:LEN" },
		{ "--max-cycles x", "not a number" },
		{ "--frobnicate", "unknown option" },
		{ "--load 0x70000", "ADDR=FILE" },
		{ "--set", "needs a value" },
		{ "--lock 64=1", "ID=VALUE" },
	};
	program("\tdone\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(run(cases[i][0], true), 2);
		expect(cases[i][1]);
		assert_int_equal(strchr(output, '\n') - output, (long)strlen(output) - 1); /* one line */
	}
	write_file(elf_name,
	           "\x7f"
	           "ELF",
	           4);
	assert_int_equal(run("", true), 2);
	expect(elf_name);
}

static void test_fidelity(void **state)
{
	(void)state;
	program("\tdone\n");
	assert_int_equal(run("--fidelity --json", false), 0);
	expect("\"totals\":{\"instructions\":880");
	assert_int_equal(run("--fidelity", false), 0);
	expect("INV_mRx ");
	expect("refused");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_done),     cmocka_unit_test(test_load),
		cmocka_unit_test(test_fault),    cmocka_unit_test(test_limit_and_deadlock),
		cmocka_unit_test(test_trace),    cmocka_unit_test(test_bad_input),
		cmocka_unit_test(test_fidelity),
	};
	int elf = mkstemp(elf_name), data = mkstemp(data_name);
	if (argc != 2 || elf < 0 || data < 0)
		return 2;
	close(elf);
	close(data);
	tool = argv[1];
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(elf_name);
	unlink(data_name);
	return failed;
}
