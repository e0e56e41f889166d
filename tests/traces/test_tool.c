/* aie-trace as its users run it: outputs, messages, exit statuses */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/traces/encoder.h"
#include "tests/traces/shell.h"
#include "traces/capture.h"

#define TOOL AIE_BIN_DIRECTORY "/aie-trace "

/* A capture NAME.trace and its raw part NAME.raw: 50 instruction events, the one with number `late` 30 cycles late. */
static void make_capture(const char *name, unsigned late)
{
	struct aie_trace_capture capture = { .columns = 8, .rows = 6, .title = "a test", .device = "npu4" };
	struct trace_buffer buffer = { NULL, 0, 0 };
	struct trace_encoder encoder;
	struct aie_error error = { 0 };
	char file[100];
	uint64_t time = 1000;
	void *data;
	size_t size;

	capture.config.unit_count = 1;
	capture.config.unit[0] = (struct aie_trace_unit_config){
		.column = 0, .row = 2, .module = AIE_EVENT_MODULE_CORE, .packet_id = 1, .known = true
	};
	capture.config.unit[0].slot[0] = AIE_EVENT_CORE_INSTR_EVENT_0;
	assert_int_equal(aie_trace_add_clock(&capture.config, "array", 1000000000, &error), 0);
	trace_encoder_init(&encoder, &buffer, trace_header(0, 2, 0, 1), 0, NULL);
	trace_encoder_start(&encoder, time);
	for (unsigned i = 0; i < 50; i++)
		trace_encoder_cycle(&encoder, time += 100 + i + (i == late ? 30 : 0), 1);
	trace_encoder_stop(&encoder);
	capture.words = buffer.words;
	capture.word_count = buffer.count;
	assert_int_equal(aie_capture_write(&capture, &data, &size, &error), 0);
	snprintf(file, sizeof file, "%s.trace", name);
	shell_store(file, data, size);
	snprintf(file, sizeof file, "%s.raw", name);
	shell_store(file, buffer.words, buffer.count * 4);
	free(data);
	trace_buffer_free(&buffer);
}

static int set_up(void **state)
{
	(void)state;
	if (shell_open())
		return -1;
	make_capture("a", 1000);
	make_capture("b", 20);
	shell_store_text("units.json",
	                 "{\"clocks\":[{\"name\":\"array\",\"hz\":1000000000}],\"units\":[{\"column\":0,\"row\":2,"
	                 "\"module\":\"core\",\"packet_id\":1,\"events\":[\"INSTR_EVENT_0\"]}]}");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(shell_output);
	return system("rm -r aie-trace-test-??????") == 0 ? 0 : -1;
}

static void decode_lists_the_events(void **state)
{
	struct aie_json_document *document;
	struct aie_error error = { 0 };
	const struct aie_json_value *event;
	unsigned events = 0;

	(void)state;
	assert_int_equal(shell_run(TOOL "decode a.trace 2>&1"), 0);
	assert_non_null(strstr(shell_output, "run: a test"));
	assert_non_null(strstr(shell_output, "             100          1 INSTR_EVENT_0\n"));
	assert_int_equal(shell_run(TOOL "decode --json a.trace"), 0);
	document = aie_json_parse(shell_output, shell_output_size, &error);
	assert_non_null(document);
	event = aie_json_find(aie_json_find(aie_json_root(document), "units")->child, "events")->child;
	for (; event; event = event->next)
		events++;
	assert_int_equal(events, 51); /* and the start */
	aie_json_free(document);
	/* The raw buffer, without and with a configuration. */
	assert_int_equal(shell_run(TOOL "decode a.raw 2>&1"), 0);
	assert_non_null(strstr(shell_output, "slot 0"));
	assert_int_equal(shell_run(TOOL "decode a.raw --config units.json 2>&1"), 0);
	assert_non_null(strstr(shell_output, "INSTR_EVENT_0"));
}

static void damage_is_reported(void **state)
{
	static const uint32_t execution[] = { 0x80020001, 0xF2000000, 0, 0, 0, 0, 0, 0 };

	(void)state;
	assert_int_equal(
	        shell_run("(head -c 32 a.raw; printf 'abcd'; tail -c +33 a.raw; printf '\\001\\002') > broken.raw && "
	                  "head -c -2 broken.raw > broken2.raw && " TOOL
	                  "decode --config units.json broken2.raw 2>&1 >/dev/null"),
	        0);
	assert_non_null(strstr(shell_output, "1 words are no part of a packet, the first at byte 32"));
	assert_int_equal(shell_run(TOOL "decode --strict broken2.raw >/dev/null 2>&1"), 1);
	assert_int_equal(shell_run(TOOL "decode broken.raw 2>&1"), 2);
	assert_int_equal(shell_run("head -c -40 a.trace > short.trace && " TOOL "decode short.trace 2>&1 >/dev/null"),
	                 0);
	assert_non_null(strstr(shell_output, "lacks the last 40 bytes"));
	shell_store("execution.raw", execution, sizeof execution);
	assert_int_equal(shell_run(TOOL "decode execution.raw 2>&1"), 3);
	assert_non_null(strstr(shell_output, "execution mode"));
}

static void diff_has_a_verdict(void **state)
{
	(void)state;
	assert_int_equal(shell_run(TOOL "diff a.trace a.trace 2>&1"), 0);
	assert_non_null(strstr(shell_output, "verdict: the same, 50 events"));
	assert_int_equal(shell_run(TOOL "diff b.trace a.trace 2>&1"), 1);
	assert_non_null(strstr(shell_output, "first divergence: (0,2) core INSTR_EVENT_0 #20"));
	assert_non_null(strstr(shell_output, "30 cycles later"));
	assert_int_equal(shell_run(TOOL "diff --tolerance 30 b.trace a.trace >/dev/null 2>&1"), 0);
	assert_int_equal(shell_run(TOOL "diff --json b.trace a.trace a.trace"), 1);
	assert_non_null(strstr(shell_output, "\"verdict\":\"different\""));
	assert_non_null(strstr(shell_output, "\"references\":2"));
	assert_int_equal(shell_run(TOOL "diff a.raw a.trace --config units.json >/dev/null 2>&1"), 0);
}

/* A capture can be reported by itself: events, and where cores waited as far as that was recorded. */
static void a_capture_is_reported(void **state)
{
	(void)state;
	assert_int_equal(shell_run(TOOL "report a.trace --html capture.html"), 0);
	assert_non_null(strstr(shell_output, "no events that tell why cores wait"));
	assert_non_null(strstr(shell_output, "INSTR_EVENT_0                           50          50"));
	assert_int_equal(shell_run("grep -q 'id=\"trace\"' capture.html"), 0);
	assert_int_equal(shell_run(TOOL "report --json a.trace"), 0);
	assert_non_null(strstr(shell_output, "\"event\":\"INSTR_EVENT_0\",\"times\":50,\"cycles\":50,\"longest\":1"));
}

static void exports_go_to_a_file_or_out(void **state)
{
	(void)state;
	assert_int_equal(shell_run(TOOL "export a.trace -o a.json && head -c 30 a.json"), 0);
	assert_non_null(strstr(shell_output, "{\"displayTimeUnit\":\"ns\""));
	assert_int_equal(shell_run(TOOL "export --format csv a.trace"), 0);
	assert_non_null(strstr(shell_output, "0,2,core,0,0,INSTR_EVENT_0,pulse,1100,1,0.100000,0.001000,,no"));
	assert_int_equal(shell_run(TOOL "export --format vcd a.trace"), 0);
	assert_int_equal(shell_run(TOOL "export a.raw -o none.json 2>&1"), 2);
	assert_non_null(strstr(shell_output, "clock"));
	assert_int_equal(shell_run("test ! -e none.json"), 0);
	assert_int_equal(shell_run(TOOL "export --clock 1800 a.raw >/dev/null"), 0);
	/* Where nothing can be written the file of before stays, and so does a link or a device. */
	assert_int_equal(shell_run("echo before >none.json; " TOOL "export a.raw -o none.json 2>/dev/null"), 2);
	assert_int_equal(shell_run("grep -qx before none.json"), 0);
	assert_int_equal(shell_run("ln -s /dev/full full; " TOOL "export a.trace -o full 2>&1"), 2);
	assert_non_null(strstr(shell_output, "full: cannot be written: No space left on device"));
	assert_int_equal(shell_run("test -L full && test -c full"), 0);
	assert_int_equal(shell_run(TOOL "export --format csv a.trace -o - | grep -q INSTR_EVENT_0"), 0);
}

static void wrong_usage(void **state)
{
	static const char *const bad[] = {
		"",
		"walk",
		"decode",
		"decode a.trace a.trace",
		"decode --colour a.trace",
		"decode no-such-file",
		"decode .",
		"decode --config",
		"decode --config a.trace a.raw",
		"decode --image units.json a.raw",
		"decode --clock x a.raw",
		"decode --first-column 128 a.raw",
		"export --format svg a.trace",
		"export --json a.trace",
		"diff a.trace",
		"diff --sigma -1 a.trace a.trace",
		"diff --tolerance 1.5 a.trace a.trace",
		"diff --phase INSTR_EVENT_1 a.trace a.trace",
		"diff --phase NO_SUCH_EVENT a.trace a.trace",
		"report",
		"report --trace a.trace a.trace",
		"report no-such-file",
		"report units.json",
		"trend",
		"trend no-such-directory",
		"trend --threshold x .",
		"trend --metric no.such .",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(shell_run(TOOL "%s 2>&1 >/dev/null", bad[i]), 2);
		assert_true(shell_output_size > 0);
		assert_memory_equal(shell_output, "aie-trace: ", 11);
	}
	/* A file's name once, however deep the function that could not read it. */
	shell_store_text("run.json", "{\"cycles\":1,\"clock_hz\":1}");
	assert_int_equal(shell_run(TOOL "report run.json --core no-such-elf 2>&1"), 2);
	assert_string_equal(shell_output, "aie-trace: no-such-elf: No such file or directory\n");
	assert_int_equal(shell_run(TOOL "--help"), 0);
	assert_int_equal(shell_run(TOOL "decode a.trace 2>&1 > /dev/full"), 3);
}

static const char result[] =
        "{\"operator\":\"x\",\"title\":\"a "
        "run\",\"cycles\":%u,\"clock_hz\":1800000000,\"macs\":64000,\"bound\":{\"by\":\"compute\","
        "\"core_share\":0.9,\"ddr_share\":0.2},\"ddr\":{\"bytes_read\":32000,\"bytes_written\":0},"
        "\"ceilings\":{\"shim_bytes_per_cycle\":8,\"ddr_bytes_per_cycle\":32},"
        "\"cores\":[{\"column\":0,\"row\":2,\"cycles\":900,\"bundles\":800,\"stalls\":{\"lock\":100},\"locks\":[]}],"
        "\"channels\":[{\"column\":0,\"row\":0,\"direction\":\"MM2S\",\"channel\":0,\"bytes\":32000,\"active\":500}]}";

static void store_result(const char *name, unsigned cycles)
{
	char text[1000];

	snprintf(text, sizeof text, result, cycles);
	shell_store_text(name, text);
}

/* The loop of a program that aie-run does not know from within: bundles and source lines come from the core's ELF file.
 */
static void a_loop_is_shown_with_its_program(void **state)
{
	static const char run[] =
	        "{\"cycles\":1000,\"clock_hz\":1000000000,\"bound\":{\"by\":\"compute\",\"core_share\":0.9},"
	        "\"loop\":{\"column\":3,\"row\":2,\"begin\":4,\"end\":12,\"bundles\":3,\"passes\":50,\"cycles_per_"
	        "pass\":3.5,"
	        "\"profile\":[{\"address\":4,\"issues\":50,\"stalls\":0},{\"address\":%u,\"issues\":50,\"stalls\":25},"
	        "{\"address\":10,\"issues\":50,\"stalls\":0}]}}";
	char text[600];

	(void)state;
	shell_store_text(
	        "kernel.s",
	        "\t.globl _start\n_start:\tmova r0, #1\nhot:\n\tnop\n\tadd r1, r0, #3 // third\n\tnop\n\tdone\n");
	assert_int_equal(shell_run(AIE_BIN_DIRECTORY "/aie-as kernel.s -o kernel.elf"), 0);
	snprintf(text, sizeof text, run, 6U);
	shell_store_text("loop.json", text);
	assert_int_equal(shell_run(TOOL "report loop.json --core kernel.elf --html loop.html"), 0);
	assert_non_null(strstr(shell_output, "takes 3.50 cycles a pass: "));
	assert_non_null(
	        strstr(shell_output, "0x00006         50 issues       25 stalls  kernel.s:5  add r1, r0, #3\n"));
	assert_int_equal(shell_run("grep -c 'add r1, r0, #3 // third' loop.html"), 0);
	assert_int_equal(shell_run("grep -q 'on core (3,2), 3 bundles' loop.html"), 0);
	/* Without its source the line is still named; without the program there are only counts. */
	assert_int_equal(shell_run("mv kernel.s gone.s; " TOOL "report loop.json --core kernel.elf"), 0);
	assert_non_null(strstr(shell_output, "kernel.s:5  add r1, r0, #3\n"));
	assert_int_equal(shell_run(TOOL "report loop.json"), 0);
	assert_null(strstr(shell_output, "bundle by bundle"));
	/* Another program than the one that ran, and what is none. */
	snprintf(text, sizeof text, run, 8U);
	shell_store_text("other.json", text);
	assert_int_equal(shell_run(TOOL "report other.json --core kernel.elf 2>&1"), 2);
	assert_non_null(strstr(shell_output, "kernel.elf: not the program that ran"));
	assert_int_equal(shell_run(TOOL "report loop.json --core loop.json 2>&1"), 2);
	assert_int_equal(shell_run(TOOL "report units.json --core kernel.elf 2>&1"), 2);
	assert_int_equal(shell_run(TOOL "report a.trace --core kernel.elf 2>&1"), 2);
}

static void trend_finds_a_regression(void **state)
{
	(void)state;
	assert_int_equal(shell_run("mkdir runs"), 0);
	store_result("runs/1.json", 1000);
	store_result("runs/2.json", 950);
	store_result("runs/3.json", 970);
	assert_int_equal(shell_run(TOOL "trend runs --threshold 3 --svg t.svg 2>&1 && head -c 4 t.svg"), 0);
	assert_non_null(strstr(shell_output, "worse"));
	assert_non_null(strstr(shell_output, "<svg"));
	assert_int_equal(shell_run(TOOL "trend runs --threshold 2 --json"), 1);
	assert_non_null(strstr(shell_output, "\"regressed\":true"));
	shell_store_text("runs/4.json", "{");
	assert_int_equal(shell_run(TOOL "trend runs 2>&1"), 2);
	assert_non_null(strstr(shell_output, "runs/4.json: line 1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decode_lists_the_events),
		cmocka_unit_test(damage_is_reported),
		cmocka_unit_test(diff_has_a_verdict),
		cmocka_unit_test(exports_go_to_a_file_or_out),
		cmocka_unit_test(a_capture_is_reported),
		cmocka_unit_test(wrong_usage),
		cmocka_unit_test(a_loop_is_shown_with_its_program),
		cmocka_unit_test(trend_finds_a_regression),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
