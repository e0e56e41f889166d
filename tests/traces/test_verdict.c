/* The report's verdict on two schedules of one kernel: the single-pump loop is bound by its dependent unpack chain, the
 * double-pump by the next limit; with the cycle numbers, and with an estimate that the other schedule then bears out.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/traces/shell.h"
#include "traces/json_read.h"

#define TRACE AIE_BIN_DIRECTORY "/aie-trace "
#define RUN   AIE_BIN_DIRECTORY "/aie-run "

struct verdict {
	struct aie_json_document *document; /* of aie-trace report --json */
	const struct aie_json_value *root, *loop;
	char *page; /* of the report as text */
};

static struct aie_json_document *parse_output(void)
{
	struct aie_error error = { 0 };
	struct aie_json_document *document = aie_json_parse(shell_output, shell_output_size, &error);

	if (!document)
		fail_msg("%s", error.text);
	return document;
}

/* The run of a schedule, as set_up() stored it. */
static void judge(struct verdict *verdict, const char *schedule)
{
	assert_int_equal(shell_run(TRACE "report %s.json", schedule), 0);
	verdict->page = strdup(shell_output);
	assert_int_equal(shell_run(TRACE "report --json %s.json", schedule), 0);
	verdict->document = parse_output();
	verdict->root = aie_json_root(verdict->document);
	verdict->loop = aie_json_find(verdict->root, "loop");
	assert_non_null(verdict->loop);
}

static void forget(struct verdict *verdict)
{
	aie_json_free(verdict->document);
	free(verdict->page);
}

static double number(const struct aie_json_value *object, const char *key)
{
	const struct aie_json_value *value = aie_json_find(object, key);

	assert_non_null(value);
	assert_int_equal(value->type, AIE_JSON_NUMBER);
	return value->number;
}

static const char *string(const struct aie_json_value *object, const char *key)
{
	const struct aie_json_value *value = aie_json_find(object, key);

	assert_non_null(value);
	assert_int_equal(value->type, AIE_JSON_STRING);
	return value->string;
}

/* As the comments of row_single.s have it: weights are loaded, unpacked from 4 to 8 and from 8 to 16 bits, made bf16,
 * scaled, rounded, multiplied; 21 bundles for 32 weights, in which each step waits for the one before. */
static void single_pump_is_bound_by_its_unpack_chain(void **state)
{
	struct verdict verdict;

	(void)state;
	judge(&verdict, "single");
	assert_string_equal(string(verdict.root, "bound"), "compute");
	assert_string_equal(string(verdict.loop, "limit"), "chain");
	assert_true(number(verdict.loop, "bundles") > 20.5 && number(verdict.loop, "bundles") < 21.5);
	assert_true(fabs(number(verdict.loop, "cycles_per_pass") - 21) < 0.01);
	assert_non_null(strstr(verdict.page, "Bound by compute"));
	assert_non_null(strstr(verdict.page,
	                       "takes 21.00 cycles a pass (32 weights): bound by its dependent unpack chain of "));
	assert_non_null(strstr(verdict.page, " cycles in 21 bundles (vldb.128 -> vunpack -> vunpack -> "));
	assert_non_null(strstr(verdict.page, "Let several passes overlap"));
	assert_non_null(strstr(verdict.page, "row_single.s:"));
	forget(&verdict);
}

/* As double.s has it: two multiply-accumulates into one accumulator a pass, each three cycles after the other: six
 * bundles for 64 weights whatever else overlaps; and the whole is bound by DDR then. */
static void double_pump_is_bound_by_the_next_limit(void **state)
{
	struct verdict verdict;

	(void)state;
	judge(&verdict, "double");
	assert_string_equal(string(verdict.loop, "limit"), "recurrence");
	assert_true(fabs(number(verdict.loop, "cycles_per_pass") - 6) < 0.01);
	assert_non_null(strstr(verdict.page,
	                       "takes 6.00 cycles a pass (64 weights): bound by a dependent chain from pass to "
	                       "pass that fills its 6 bundles (vmac.f -> vmac.f -> vmac.f)"));
	assert_string_not_equal(string(verdict.root, "bound"), "compute");
	assert_null(strstr(verdict.page, "unpack chain"));
	assert_non_null(strstr(verdict.page, "double.s:"));
	forget(&verdict);
}

/* Removing the single-pump's bound was estimated to bring a certain time; double-pump, whose loop is not that bound any
 * more, comes within a tenth of it. */
static void the_estimate_is_borne_out(void **state)
{
	struct verdict one, two;
	double estimated;

	(void)state;
	judge(&one, "single");
	judge(&two, "double");
	estimated = number(one.root, "microseconds") / number(one.root, "estimated_speedup");
	assert_true(number(two.root, "microseconds") > 0.9 * estimated &&
	            number(two.root, "microseconds") < 1.1 * estimated);
	forget(&one);
	forget(&two);
}

/* Every bundle of the loop with its counts, its slots and its source line. */
static void the_loop_stands_beside_its_source(void **state)
{
	struct verdict verdict;
	const struct aie_json_value *bundle;
	double issues = 0;
	unsigned bundles = 0;

	(void)state;
	judge(&verdict, "single");
	for (bundle = aie_json_find(verdict.loop, "program")->child; bundle; bundle = bundle->next, bundles++) {
		const char *text = string(bundle, "text"), *source = string(bundle, "source");
		char first[32];

		assert_string_equal(string(bundle, "file"), "row_single.s");
		/* The source line holds the bundle's first instruction. */
		snprintf(first, sizeof first, "%.*s", (int)strcspn(text, " ;"), text);
		if (!strstr(source, first))
			fail_msg("bundle \"%s\" stands beside \"%s\"", text, source);
		if (bundles == 0)
			issues = number(bundle, "issues");
		assert_true(issues > 0 && fabs(number(bundle, "issues") - issues) < 0.5);
		assert_int_equal(strcmp(text, "nop") == 0, aie_json_find(bundle, "slots")->child == NULL);
	}
	assert_int_equal(bundles, 21);
	forget(&verdict);
}

/* ---- the history ---- */

enum { PARTS = 240 };

/* The series of a kind at a tile: its mean over the run, and its parts. */
static double mean_of(const struct aie_json_value *history, const char *kind, double column, double row,
                      const char *direction, double channel, double part[PARTS])
{
	const struct aie_json_value *series, *value;
	double sum = 0;
	unsigned i = 0;

	for (series = aie_json_find(history, "series")->child; series; series = series->next) {
		if (strcmp(string(series, "kind"), kind) != 0 || fabs(number(series, "column") - column) > 0.5 ||
		    fabs(number(series, "row") - row) > 0.5)
			continue;
		if (!direction || (!strcmp(string(series, "direction"), direction) &&
		                   fabs(number(series, "channel") - channel) < 0.5))
			break;
	}
	for (i = 0; i < PARTS; i++)
		part[i] = 0;
	for (i = 0, value = series ? aie_json_find(series, "parts")->child : NULL; value; value = value->next) {
		assert_true(i < PARTS);
		part[i++] = value->number;
		sum += value->number;
	}
	return sum / PARTS;
}

/* What each core and channel did in the parts of the run adds up to what the counters say of the whole; parts are
 * written with three digits, which may be half of the last one off. */
static void the_history_agrees_with_the_counters(void **state)
{
	const struct aie_json_value *root, *history, *core, *channel;
	struct aie_json_document *document;
	double cycles, active[PARTS], waits[PARTS];
	unsigned channels = 0;

	(void)state;
	assert_int_equal(shell_run("cat double.json"), 0);
	document = parse_output();
	root = aie_json_root(document);
	history = aie_json_find(root, "history");
	assert_non_null(history);
	cycles = number(root, "cycles");
	assert_true(fabs(number(history, "cycles") - cycles) < 0.5);
	assert_true(fabs(number(history, "recorded") - cycles) < 0.5);
	assert_true(fabs(number(history, "parts") - PARTS) < 0.5);
	for (core = aie_json_find(root, "cores")->child; core; core = core->next) {
		const double column = number(core, "column"), row = number(core, "row");

		assert_true(fabs(mean_of(history, "active", column, row, NULL, 0, active) * cycles -
		                 number(core, "cycles")) < 0.002 * cycles);
		assert_true(fabs(mean_of(history, "lock wait", column, row, NULL, 0, waits) * cycles -
		                 number(aie_json_find(core, "stalls"), "lock")) < 0.002 * cycles);
		for (unsigned i = 0; i < PARTS; i++)
			assert_true(waits[i] <= active[i] + 0.001 && active[i] <= 1);
	}
	for (channel = aie_json_find(root, "channels")->child; channel; channel = channel->next) {
		const double moved = number(channel, "active");

		if (moved < 1000)
			continue;
		channels++;
		assert_true(fabs(mean_of(history, "channel", number(channel, "column"), number(channel, "row"),
		                         string(channel, "direction"), number(channel, "channel"), active) *
		                         cycles -
		                 moved) <= 0.0005 * cycles);
	}
	assert_true(channels >= 16); /* eight out of the shim, eight into the workers */
	aie_json_free(document);
}

/* An image that is only an image, run without its operator: the loop is found by its counts alone, and is the one that
 * the operator names. */
static void the_loop_of_any_image_is_found(void **state)
{
	struct aie_json_document *known, *found;
	const struct aie_json_value *one, *other;

	(void)state;
	assert_int_equal(shell_run(RUN "gemv-int4 -M 64 -K 2048 --cols 1 --device sim --save image --profile --json"),
	                 0);
	known = parse_output();
	assert_int_equal(
	        shell_run(RUN "--xclbin image.xclbin --insts image.insts.bin --in image.weights.bin --in image.x.bin "
	                      "--out y.bin:128 --device sim --profile --json"),
	        0);
	found = parse_output();
	one = aie_json_find(aie_json_root(known), "loop");
	other = aie_json_find(aie_json_root(found), "loop");
	assert_non_null(other);
	assert_true(fabs(number(one, "begin") - number(other, "begin")) < 0.5);
	assert_true(fabs(number(one, "bundles") - number(other, "bundles")) < 0.5);
	assert_true(fabs(number(one, "passes") - number(other, "passes")) < 0.5);
	assert_true(fabs(number(one, "cycles_per_pass") - number(other, "cycles_per_pass")) < 0.01);
	aie_json_free(known);
	aie_json_free(found);
}

static int set_up(void **state)
{
	static const char *const schedules[] = { "single", "double" };

	(void)state;
	if (shell_open())
		return -1;
	for (size_t i = 0; i < 2; i++)
		if (shell_run(
		            RUN
		            "gemv-int4 -M 2048 -K 2048 --cols 8 --schedule %s --device sim --profile --json > %s.json",
		            schedules[i], schedules[i]))
			return -1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return shell_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(single_pump_is_bound_by_its_unpack_chain),
		cmocka_unit_test(double_pump_is_bound_by_the_next_limit),
		cmocka_unit_test(the_estimate_is_borne_out),
		cmocka_unit_test(the_loop_stands_beside_its_source),
		cmocka_unit_test(the_history_agrees_with_the_counters),
		cmocka_unit_test(the_loop_of_any_image_is_found),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
