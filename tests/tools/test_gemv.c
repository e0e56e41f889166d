/* The main job from the user's side: aie-run gemv-int4 on the model, result checked, cost plausible. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/tools/spawn.h"

/* The seven parametrised shapes of amd/IRON pull request 101. */
static const struct shape {
	unsigned m, k, cols, tsi, tso;
} shapes[] = {
	{ 2048, 2048, 4, 1, 512 },  { 8192, 2048, 4, 1, 2048 }, { 2048, 8192, 4, 1, 512 },  { 2048, 8192, 8, 1, 256 },
	{ 8192, 2048, 8, 1, 1024 }, { 2048, 8192, 4, 4, 512 },  { 8192, 2048, 4, 4, 2048 },
};

static double run_shape(const struct shape *shape, const char *schedule, double *loop_cycles)
{
	struct spawn_result run;
	double cycles;

	spawn_tool(&run, NULL, "aie-run",
	           "gemv-int4 -M %u -K %u --cols %u --tsi %u --tso %u --schedule %s --device sim --json --profile",
	           shape->m, shape->k, shape->cols, shape->tsi, shape->tso, schedule);
	if (run.status != 0)
		fail_msg("%ux%u cols %u %s: exit %d: %s", shape->m, shape->k, shape->cols, schedule, run.status,
		         run.err);
	assert_true(json_has_string(run.out, "status", "done"));
	assert_int_equal(json_number(run.out, "outputs", 0), shape->m);
	/* Both schedules equal the one C statement of the arithmetic, bit for bit, hence each other. */
	assert_int_equal(json_number(run.out, "mismatches", 0), 0);
	assert_int_equal(json_number(run.out, "rule_failures", 0), 0);
	assert_true(json_number(run.out, "cosine", 0) > 0.9999);
	cycles = json_number(run.out, "cycles", 0);
	*loop_cycles = json_number(run.out, "cycles_per_32_units", 0);
	assert_true(run.peak_kib < AIE_PEAK_LIMIT_MIB * 1024);
	spawn_free(&run);
	return cycles;
}

/* Every shape is right with both schedules, and double-pump needs fewer cycles (issue: fewer on every shape). */
static void seven_shapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		double single_loop, double_loop;
		const double single_cycles = run_shape(&shapes[i], "single", &single_loop);
		const double double_cycles = run_shape(&shapes[i], "double", &double_loop);

		assert_true(double_cycles < single_cycles);
		assert_true(double_loop < single_loop);
	}
}

/* A result that goes to a device goes there, and leaves the device's node or link alone. */
static void output_to_a_link(void **state)
{
	char folder[] = "gemv-out-XXXXXX", link[64];
	struct spawn_result run;
	struct stat status;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(link, sizeof link, "%s/y", folder);
	assert_int_equal(symlink("/dev/null", link), 0);
	spawn_tool(&run, NULL, "aie-run", "gemv-int4 -M 256 -K 1024 --device sim --out %s", link);
	assert_int_equal(run.status, 0);
	spawn_free(&run);
	assert_int_equal(lstat(link, &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_int_equal(unlink(link), 0);
	assert_int_equal(rmdir(folder), 0);
}

/* Cut the members that hold host times out of a JSON text. */
static void cut_host(char *json)
{
	char *host = strstr(json, ",\"host\":");

	assert_non_null(host);
	memmove(host, strchr(host, '}') + 1, strlen(strchr(host, '}') + 1) + 1);
}

static void two_runs_are_identical(void **state)
{
	struct spawn_result a, b;

	(void)state;
	spawn_tool(&a, NULL, "aie-run", "gemv-int4 -M 256 -K 2048 --cols 8 --tsi 1 --device sim --json --profile");
	spawn_tool(&b, NULL, "aie-run", "gemv-int4 -M 256 -K 2048 --cols 8 --tsi 1 --device sim --json --profile");
	assert_int_equal(a.status, 0);
	assert_int_equal(b.status, 0);
	cut_host(a.out);
	cut_host(b.out);
	assert_string_equal(a.out, b.out);
	spawn_free(&a);
	spawn_free(&b);
}

/* Seeds change the data, not the cycles: the kernel's time does not depend on values. */
static void cycles_do_not_depend_on_data(void **state)
{
	struct spawn_result a, b;

	(void)state;
	spawn_tool(&a, NULL, "aie-run", "gemv-int4 -M 256 -K 1024 --cols 4 --tsi 2 --seed 1 --device sim --json");
	spawn_tool(&b, NULL, "aie-run", "gemv-int4 -M 256 -K 1024 --cols 4 --tsi 2 --seed 99 --device sim --json");
	assert_int_equal(a.status, 0);
	assert_int_equal(b.status, 0);
	assert_true(json_number(a.out, "cycles", 0) == json_number(b.out, "cycles", 0));
	assert_true(json_number(a.out, "max_error", 0) != json_number(b.out, "max_error", 0));
	spawn_free(&a);
	spawn_free(&b);
}

/* Placements and signs that are no defaults. */
static void other_builds(void **state)
{
	static const char *const options[] = { "--placement spread", "--placement packed", "--sign signed",
		                               "--sign unsigned --placement spread" };

	(void)state;
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		struct spawn_result run;

		spawn_tool(&run, NULL, "aie-run", "gemv-int4 -M 512 -K 1024 --cols 8 --tsi 2 --device sim --json %s",
		           options[i]);
		if (run.status != 0)
			fail_msg("%s: exit %d: %s", options[i], run.status, run.err);
		assert_int_equal(json_number(run.out, "mismatches", 0), 0);
		spawn_free(&run);
	}
}

static void text_output_explains(void **state)
{
	static const char *const expected[] = { "correct",  "GB/s",  "Bound by",      "cycles per 32 weights",
		                                "A_L3L1_0", "cores", "shim channels", "array cycles per second" };
	struct spawn_result run;

	(void)state;
	spawn_tool(&run, NULL, "aie-run", "gemv-int4 -M 256 -K 1024 --cols 4 --tsi 1 --device sim --profile");
	assert_int_equal(run.status, 0);
	assert_string_equal(run.err, "");
	for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
		if (!strstr(run.out, expected[i]))
			fail_msg("\"%s\" is not in: %s", expected[i], run.out);
	spawn_free(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seven_shapes),           cmocka_unit_test(output_to_a_link),
		cmocka_unit_test(two_runs_are_identical), cmocka_unit_test(cycles_do_not_depend_on_data),
		cmocka_unit_test(other_builds),           cmocka_unit_test(text_output_explains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
