/* aie-run --trace from the user's side: same results, same captures again, what is lost is told, foreign images. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/tools/spawn.h"

static char *directory;

static int setup(void **state)
{
	(void)state;
	directory = make_directory();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	remove_directory(directory);
	return 0;
}

static void expect_status(const struct spawn_result *run, int status)
{
	if (run->status != status)
		fail_msg("exit %d, not %d: %s%s", run->status, status, run->out, run->err);
}

static void expect_text(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in: %s", part, text);
}

/* Run a tool that must end with `status`; its standard output, or standard error when that is not 0, for the caller to
 * free. */
static char *output(int status, const char *tool, const char *arguments)
{
	struct spawn_result run;
	char *text;

	spawn_tool(&run, directory, tool, "%s", arguments);
	expect_status(&run, status);
	text = strdup(status ? run.err : run.out);
	assert_non_null(text);
	spawn_free(&run);
	return text;
}

static void run_and_find(int status, const char *tool, const char *arguments, const char *part)
{
	char *text = output(status, tool, arguments);

	expect_text(text, part);
	free(text);
}

static char *read_file(const char *name, size_t *size)
{
	char path[512], *data;
	FILE *file;
	long length;

	snprintf(path, sizeof path, "%s/%s", directory, name);
	file = fopen(path, "rb");
	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	length = ftell(file);
	rewind(file);
	data = malloc((size_t)length + 1);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, (size_t)length, file), length);
	fclose(file);
	*size = (size_t)length;
	return data;
}

static void expect_same_files(const char *a, const char *b)
{
	size_t a_size, b_size;
	char *first = read_file(a, &a_size), *second = read_file(b, &b_size);

	assert_int_equal(a_size, b_size);
	assert_memory_equal(first, second, a_size);
	free(first);
	free(second);
}

#define GEMV "gemv-int4 -M 64 -K 512 --device sim "

/* The trace changes no result; the same run gives the same capture, byte for byte. */
static void same_results(void **state)
{
	char *text;

	(void)state;
	free(output(0, "aie-run", GEMV "--cols 8 --out plain.y"));
	text = output(0, "aie-run", GEMV "--cols 8 --out traced.y --trace a.trace");
	expect_text(text, "a.trace: ");
	expect_text(text, "packets of 24 units");
	expect_text(text, "cycles without the trace");
	assert_null(strstr(text, "FULL"));
	assert_null(strstr(text, "OVERRUN"));
	free(text);
	free(output(0, "aie-run", GEMV "--cols 8 --trace b.trace"));
	expect_same_files("plain.y", "traced.y");
	expect_same_files("a.trace", "b.trace");
	run_and_find(0, "aie-trace", "diff a.trace b.trace", "verdict: the same");
	run_and_find(0, "aie-trace", "decode --strict a.trace", "INSTR_EVENT_0");
	/* another placement of the workers, another image */
	run_and_find(0, "aie-run", GEMV "--cols 8 --placement spread --trace c.trace", "packets of 24 units");
	run_and_find(1, "aie-trace", "diff a.trace c.trace", "different images");
}

/* All events of all tiles: neither image nor cycles change. */
static void everything(void **state)
{
	static const char *const events[] = {
		"LOCK_STALL",
		"INSTR_EVENT_0",
		"INSTR_EVENT_1",
		"ACTIVE",
		"DISABLED",
		"INSTR_LOCK_ACQUIRE_REQ",
		"INSTR_LOCK_RELEASE_REQ",
		"DMA_S2MM_0_STALLED_LOCK",
		"DMA_MM2S_0_FINISHED_BD",
		"DMA_S2MM_0_START_TASK",
		"DMA_S2MM_1_FINISHED_TASK",
		"(0,2) lock 0: acquire -1 by S2MM 0 of (0,2), now 1",
		"(0,2) MM2S 0: descriptor starts, descriptor ",
		"(0,0) S2MM 0: task ends",
	};
	size_t size;
	char *plain = output(0, "aie-run", GEMV "--cols 2 --json"), *recorded, *decoded, *capture;

	(void)state;
	recorded = output(0, "aie-run", GEMV "--cols 2 --json --trace r.trace --trace-events all");
	assert_true(json_number(recorded, "entries", 0) > 1000);
	expect_text(recorded, "\"complete\":true");
	assert_true(json_number(plain, "cycles", 0) == json_number(recorded, "cycles", 0));
	assert_true(json_number(recorded, "cycles_without", 0) == json_number(plain, "cycles", 0));
	free(plain);
	free(recorded);
	/* far more than eight events of a core, and tiles that no trace unit was set up for */
	decoded = output(0, "aie-trace", "decode r.trace");
	for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
		expect_text(decoded, events[i]);
	free(decoded);
	free(output(0, "aie-run", GEMV "--cols 2 --trace s.trace --trace-events all"));
	expect_same_files("r.trace", "s.trace");
	run_and_find(0, "aie-trace", "diff r.trace s.trace", "verdict: the same");
	run_and_find(0, "aie-trace", "export --format chrome -o r.json r.trace", "");
	/* the format's errors: cut off, changed, too long */
	capture = read_file("r.trace", &size);
	write_file(directory, "cut.trace", capture, size - 24);
	run_and_find(2, "aie-trace", "decode cut.trace", "the file ends inside the record");
	capture[size - 30] ^= 1;
	write_file(directory, "changed.trace", capture, size);
	run_and_find(2, "aie-trace", "decode changed.trace", "the record's check sum is wrong");
	capture[8] = 1;
	write_file(directory, "version.trace", capture, size);
	run_and_find(2, "aie-trace", "decode version.trace", "version 1 cannot have a record");
	free(capture);
}

static void losses_are_told(void **state)
{
	char *text = output(0, "aie-run", GEMV "--cols 2 --trace full.trace --trace-size 1K");

	(void)state;
	expect_text(text, "correct: 64 outputs");
	expect_text(text, "the buffer is FULL");
	free(text);
	run_and_find(0, "aie-trace", "decode full.trace", "note: the trace buffer was full");
	/* every cycle an event, and one channel for eight workers */
	text = output(0, "aie-run",
	              "gemv-int4 -M 256 -K 2048 --cols 8 --device sim --trace o.trace --trace-events "
	              "core=INSTR_VECTOR,INSTR_LOAD,INSTR_STORE,LOCK_STALL");
	expect_text(text, "correct: 256 outputs");
	expect_text(text, "OVERRUN, events lost in ");
	expect_text(text, "core (0,2)");
	free(text);
	run_and_find(0, "aie-trace", "decode o.trace", "note: overrun, data lost: core (0,2)");
}

/* A hang is when a trace is wanted most: what was recorded up to it is there. */
static void a_hang_is_traced(void **state)
{
	char *text = output(3, "aie-run", GEMV "--cols 1 --fault lock --trace hang.trace");

	(void)state;
	expect_text(text, "what was traced up to the failure is in hang.trace");
	free(text);
	text = output(0, "aie-trace", "decode hang.trace");
	expect_text(text, "note: the run failed: ");
	free(text);
	free(output(3, "aie-run", GEMV "--cols 1 --fault lock --trace hang.trace --trace-events all"));
	text = output(0, "aie-trace", "decode hang.trace");
	expect_text(text, "note: the run failed: ");
	expect_text(text, "LOCK_STALL");
	free(text);
}

static void modes_and_tiles(void **state)
{
	char *text;

	(void)state;
	free(output(0, "aie-run",
	            GEMV "--cols 1 --trace pc.trace --trace-events core=INSTR_EVENT_0,LOCK_STALL;mode=event-pc"));
	text = output(0, "aie-trace", "decode pc.trace");
	expect_text(text, "event-PC");
	expect_text(text, "pc 0x");
	free(text);
	free(output(0, "aie-run",
	            GEMV "--cols 8 --trace t.trace --trace-events core=LOCK_STALL --trace-events tiles=1,3"));
	text = output(0, "aie-trace", "decode t.trace");
	expect_text(text, "(1,3) core");
	assert_null(strstr(text, "(0,2) core"));
	free(text);
	/* beats of 8 bytes: the port runs for as many cycles as the shim channel moves double words (measured) */
	free(output(0, "aie-run",
	            GEMV "--cols 1 --trace p.trace --trace-events core=PORT_RUNNING_0@master:DMA1;tiles=0,2"));
	text = output(0, "aie-trace", "decode --json p.trace");
	expect_text(text, "PORT_RUNNING_0");
	{
		double cycles = 0;

		for (const char *at = text; (at = strstr(at, "\"event\":\"PORT_RUNNING_0\"")); at++)
			cycles += json_number(at, "cycles", 0);
		assert_true(cycles == 2 * 512 / 8); /* x: 512 values of 2 bytes */
	}
	free(text);
}

/* An image that only its files are known of; and one that brings its own trace set-up. */
static void foreign_images(void **state)
{
	(void)state;
	free(output(0, "aie-run", GEMV "--cols 2 --save g --trace own.trace --out own.y"));
	run_and_find(0, "aie-run",
	             "--xclbin g.xclbin --insts g.insts.bin --in g.weights.bin --in g.x.bin --out f.y:128 --device sim "
	             "--trace f.trace",
	             "f.trace: ");
	expect_same_files("own.y", "f.y");
	run_and_find(0, "aie-trace", "diff own.trace f.trace", "verdict: the same");
	run_and_find(0, "aie-run",
	             "--xclbin g.xclbin --insts g.traced.insts.bin --in g.weights.bin --in g.x.bin --out h.y:128 --out "
	             "h.t:1M --device sim --trace h.trace --trace-buffer 3",
	             "h.trace: ");
	expect_same_files("own.y", "h.y");
	run_and_find(0, "aie-trace", "diff own.trace h.trace", "verdict: the same");
	run_and_find(2, "aie-run",
	             "--xclbin g.xclbin --insts g.traced.insts.bin --in g.weights.bin --in g.x.bin --out h.y:128 --out "
	             "h.t:1M --device sim --trace i.trace",
	             "configures trace units itself; name the buffer argument");
	run_and_find(2, "aie-run",
	             "--xclbin g.xclbin --insts g.traced.insts.bin --in g.weights.bin --in g.x.bin --out h.y:128 --out "
	             "h.t:1M --device sim --trace i.trace --trace-buffer 4",
	             "the run has 4 buffer arguments");
	run_and_find(
	        2, "aie-run",
	        "--xclbin g.xclbin --insts g.insts.bin --in g.weights.bin --in g.x.bin --out f.y:128 --out a:64 --out "
	        "b:64 --device sim --trace f.trace",
	        "no kernel argument is left");
}

static void bad_input(void **state)
{
	static const char *const cases[][2] = {
		{ GEMV "--trace", "--trace: a value is missing" },
		{ GEMV "--trace-size 1M", "--trace FILE is missing" },
		{ GEMV "--trace t --trace-size 7", "too small for a packet" },
		{ GEMV "--trace t --trace-size 9G", "is not a number of bytes" },
		{ GEMV "--trace t --trace-size -1", "is not a number of bytes" },
		{ GEMV "--trace t --trace-events core=NOTHING", "has no event 'NOTHING'" },
		{ GEMV "--trace t --trace-buffer 1", "is for images that configure their trace units themselves" },
		{ GEMV "--trace no/such/directory/t", "no/such/directory/t" },
		{ "--xclbin a --insts b --trace t --trace-buffer 1:2:4", "must be whole 32-bit words" },
		{ "--xclbin a --insts b --trace t --trace-buffer 1:4:4:4", "expected ARGUMENT[:OFFSET[:SIZE]]" },
		{ "--elf a --trace t", "not into a control-code ELF" },
		{ GEMV "--tracing t", "no option tracing" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		run_and_find(2, "aie-run", cases[i][0], cases[i][1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_results),    cmocka_unit_test(everything),
		cmocka_unit_test(losses_are_told), cmocka_unit_test(a_hang_is_traced),
		cmocka_unit_test(modes_and_tiles), cmocka_unit_test(foreign_images),
		cmocka_unit_test(bad_input),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
