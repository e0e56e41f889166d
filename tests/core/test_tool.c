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
#include "isa/isa.h"

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
	program("\tj #0x4000\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n");
	assert_int_equal(run("", false), 3);
	expect("fault: pc 0x4000, no instruction: ");
	assert_null(strstr(output, "bundle: ")); /* there is none */
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
	/* the totals are counted, not written: nothing executed is left untested, everything is encoded and assembled
	 */
	expect("\n880 instructions: 880 encoded, 880 assembled, ");
	unsigned executed = 0, tested = 1, refused = 0;
	const char *totals = strstr(output, "880 assembled, ");
	assert_non_null(totals);
	assert_int_equal(
	        sscanf(totals, "880 assembled, %u executed, %u tested, %u refused", &executed, &tested, &refused), 3);
	assert_int_equal(executed, tested);
	assert_int_equal(executed + refused, 880);
}

/* Every register of the description can be set, composites by their parts, and none takes more bits than it has. */
static void test_set(void **state)
{
	(void)state;
	program("\tdone\n");
	assert_int_equal(run("--json --set d1=abcdefghij", true), 2);
	assert_int_equal(
	        run("--json --set d1=ffff1234512345abcde5 --set s1=2a --set el3=89abcdef --set srcarry=1 --set crSat=3 "
	            "--set lfh1=5 --set sfl=7 --set ql2=1 --set qh2=2",
	            false),
	        0);
	expect("\"m1\":\"bcde5\"");
	expect("\"dn1\":\"2345a\"");
	expect("\"dj1\":\"23451\"");
	expect("\"dc1\":\"ffff1\"");
	expect("\"s1\":\"0000002a\"");
	expect("\"e3\":\"0000000089abcdef\"");
	expect("\"srcarry\":\"00000001\"");
	expect("\"crsat\":\"00000003\"");
	expect("\"q2\":\"00000000000000020000000000000001\"");
	for (unsigned id = 0; id < aie_isa_register_count(); id++) {
		const struct aie_register *r = aie_isa_register(id);
		char arguments[100];
		const bool value = strcmp(r->name, "pe2_ads") != 0; /* a name without width or bits */
		snprintf(arguments, sizeof(arguments), "--set %s=1", r->name);
		assert_int_equal(run(arguments, false), value ? 0 : 2);
	}
}

/* Two dumps of one address are one member; what is not established is listed. */
static void test_json_members(void **state)
{
	(void)state;
	program("\tmova r1, #60\n\tvmac.f dm0, dm0, x0, x1, r1\n\tdone\n");
	assert_int_equal(run("--json --dump 0x70000:2 --dump 0x70000:4 --dump 458756:1", false), 0);
	expect("\"mem\":{\"0x70000\":\"00000000\",\"0x70004\":\"00\"}");
	expect("\"unknown\":[\"srfpflags\"]");
	assert_int_equal(run("--regs", false), 0);
	expect("srfpflags 00000000 (not established)\n");
}

/* Machine, flags, entry and segments that are not those of an AIE2P program: bad input, one line. */
static void test_bad_elf(void **state)
{
	(void)state;
	static const struct {
		long at;
		const char *bytes;
		size_t size;
		const char *text;
	} cases[] = {
		{ 4, "\x02", 1, "class" },
		{ 5, "\x02", 1, "endian" },
		{ 18, "\x3e\x00", 2, "machine" },
		{ 36, "\x02\x00\x00\x00", 4, "flags 2" },
		{ 24, "\x00\x00\x01\x00", 4, "outside program memory" },
		{ 52 + 8, "\xf0\xff\x03\x00\xf0\xff\x03\x00", 8, "lies in no memory" },
		{ 52 + 4, "\x00\xff\xff\xff", 4, "leaves the file" },
		{ 52 + 20, "\x00\x00\x04\x00", 4, "overflows the program memory" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		program("\tdone\n");
		FILE *file = fopen(elf_name, "r+b");
		assert_non_null(file);
		assert_int_equal(fseek(file, cases[i].at, SEEK_SET), 0);
		assert_int_equal(fwrite(cases[i].bytes, 1, cases[i].size, file), cases[i].size);
		assert_int_equal(fclose(file), 0);
		assert_int_equal(run("", true), 2);
		expect(cases[i].text);
		expect(elf_name);
		assert_int_equal(strchr(output, '\n') - output, (long)strlen(output) - 1);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_done),         cmocka_unit_test(test_load),
		cmocka_unit_test(test_fault),        cmocka_unit_test(test_limit_and_deadlock),
		cmocka_unit_test(test_trace),        cmocka_unit_test(test_bad_input),
		cmocka_unit_test(test_fidelity),     cmocka_unit_test(test_set),
		cmocka_unit_test(test_json_members), cmocka_unit_test(test_bad_elf),
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
