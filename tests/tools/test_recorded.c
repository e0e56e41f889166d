/* The recorded captures of traces/recorded/: a fresh run of each must give the same events at the same cycles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/tools/spawn.h"

static void compare(const char *directory, const char *name, const char *arguments)
{
	struct spawn_result run, diff;

	spawn_tool(&run, directory, "aie-run", "%s --device sim --trace %s", arguments, name);
	if (run.status != 0)
		fail_msg("%s: exit %d: %s", name, run.status, run.err);
	spawn_tool(&diff, directory, "aie-trace", "diff %s %s/%s", name, RECORDED, name);
	if (diff.status != 0 || !strstr(diff.out, "verdict: the same"))
		fail_msg("%s is not what was recorded: exit %d: %.2000s%s\nIf the change is meant: ./do record %s",
		         name, diff.status, diff.out, diff.err, name);
	spawn_free(&run);
	spawn_free(&diff);
}

static void nothing_has_changed(void **state)
{
	char line[512], *directory = make_directory();
	FILE *table = fopen(RECORDED "/captures.tsv", "r");
	unsigned count = 0;

	(void)state;
	assert_non_null(table);
	while (fgets(line, sizeof line, table)) {
		char *tab = strchr(line, '\t');

		if (line[0] == '#')
			continue;
		assert_non_null(tab);
		*tab = 0;
		tab[1 + strcspn(tab + 1, "\n")] = 0;
		compare(directory, line, tab + 1);
		count++;
	}
	fclose(table);
	assert_true(count >= 5);
	remove_directory(directory);
}

/* And the comparison does compare: another schedule is not the same. */
static void another_kernel_differs(void **state)
{
	char *directory = make_directory();
	struct spawn_result run;

	(void)state;
	spawn_tool(&run, directory, "aie-run",
	           "gemv-int4 -M 32 -K 512 --cols 1 --schedule single --loop 22 --device sim --trace t.trace");
	assert_int_equal(run.status, 0);
	spawn_free(&run);
	spawn_tool(&run, directory, "aie-trace", "diff t.trace %s/gemv-single-1.trace", RECORDED);
	assert_int_equal(run.status, 1);
	spawn_free(&run);
	remove_directory(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_has_changed),
		cmocka_unit_test(another_kernel_differs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
