/* Bands of captures that really vary: the model with jitter in its memory and its DMA, as hardware has it.  Five
 * captures accept others of the same kind and reject a run whose memory is slower. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/traces/formats.h"
#include "tests/traces/shell.h"

#define TRACE AIE_BIN_DIRECTORY "/aie-trace "
#define RUN   AIE_BIN_DIRECTORY "/aie-run gemv-int4 -M 128 -K 2048 --cols 8 "

enum { REFERENCES = 5, OTHERS = 6 };

static int set_up(void **state)
{
	(void)state;
	if (shell_open())
		return -1;
	for (unsigned i = 1; i <= REFERENCES + OTHERS; i++)
		if (shell_run(RUN "--device sim:npu4,jitter=%u --trace %u.trace >/dev/null", i, i))
			return -1;
	return shell_run(RUN "--device sim:npu4,jitter=9,ddr_bytes_per_cycle=12 --trace slow.trace >/dev/null");
}

static int tear_down(void **state)
{
	(void)state;
	return shell_close();
}

static int compare(const char *candidate)
{
	return shell_run(TRACE "diff %s.trace 1.trace 2.trace 3.trace 4.trace 5.trace", candidate);
}

/* A capture that is not of the five may lie outside by chance: of six not more than one. */
static void five_captures_accept_another(void **state)
{
	unsigned accepted = 0;

	(void)state;
	for (unsigned i = REFERENCES + 1; i <= REFERENCES + OTHERS; i++) {
		char name[8];

		snprintf(name, sizeof name, "%u", i);
		accepted += compare(name) == 0;
		assert_non_null(strstr(shell_output, "verdict: "));
	}
	if (accepted + 1 < OTHERS)
		fail_msg("%u of %u accepted", accepted, OTHERS);
}

/* Against one capture alone the same ones would be different: it is the band that accepts them. */
static void one_capture_accepts_only_itself(void **state)
{
	(void)state;
	assert_int_equal(shell_run(TRACE "diff 6.trace 6.trace >/dev/null"), 0);
	assert_int_equal(shell_run(TRACE "diff 6.trace 1.trace >/dev/null"), 1);
}

static void a_slower_memory_lies_outside(void **state)
{
	(void)state;
	assert_int_equal(compare("slow"), 1);
	assert_non_null(strstr(shell_output, "verdict: different"));
}

/* What is exported of a whole capture, eight workers with all their units, is of the published formats. */
static void exports_of_a_whole_capture_are_valid(void **state)
{
	static struct checked_vcd vcd;
	struct aie_json_document *document;
	struct aie_error error = { 0 };
	struct checked_chrome chrome;

	(void)state;
	assert_int_equal(shell_run(TRACE "export 1.trace"), 0);
	document = aie_json_parse(shell_output, shell_output_size, &error);
	assert_non_null(document);
	chrome = check_chrome(aie_json_root(document));
	assert_true(chrome.processes >= 16 && chrome.complete > 500); /* eight compute tiles, eight shims */
	aie_json_free(document);
	assert_int_equal(shell_run(TRACE "export --format vcd 1.trace"), 0);
	check_vcd(shell_output, &vcd);
	assert_true(vcd.changes == 2 * chrome.complete);
	/* The ends agree: microseconds here, picoseconds there. */
	assert_true(chrome.last * 1e6 < (double)vcd.last + 1 && chrome.last * 1e6 > (double)vcd.last - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(five_captures_accept_another),
		cmocka_unit_test(one_capture_accepts_only_itself),
		cmocka_unit_test(a_slower_memory_lies_outside),
		cmocka_unit_test(exports_of_a_whole_capture_are_valid),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
