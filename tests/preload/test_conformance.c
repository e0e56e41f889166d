/* The ioctl conformance suite through the preload: every case holds, and the report is the same, line by line, as on
 * the device inside the process. */
#include "tests/preload/rig.h"

#include <string.h>

static void test_same_answers(void **state)
{
	const char *const environment[] = { "AIETWIN_ACCEL=7", NULL };
	static struct run direct, preloaded;

	(void)state;
	rig_run(&direct, false, NULL, CONFORMANCE, NULL);
	rig_run(&preloaded, true, environment, CONFORMANCE, "/dev/accel/accel7", NULL);
	assert_non_null(strstr(direct.text, "\n1.."));
	assert_string_equal(preloaded.text, direct.text);
	assert_int_equal(preloaded.status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_same_answers) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
