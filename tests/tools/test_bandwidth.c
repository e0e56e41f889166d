/* Pure data movement, by the GEMV's array program with cores that only swap buffers, against published measurements of
 * the same movement on a Strix Halo (shim DMA, 16 MiB a channel, submission to completion): 12.77 GB/s with one read
 * channel; with eight, the published law 65 us + bytes / 55.6 GB/s.  The model must come within 15 percent. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/tools/spawn.h"

enum {
	BYTES_A_ROW = 4608,
	ROWS = 3640
}; /* K = 8192: 4608 bytes of packed weights a row, 16.77 MB for the rows of a worker */

static double copy_microseconds(unsigned workers)
{
	struct spawn_result run;
	double time;

	spawn_tool(&run, NULL, "aie-run",
	           "gemv-int4 --schedule copy -M %u -K 8192 --cols %u --tsi 1 --tso %u --device sim --json",
	           ROWS * workers, workers, ROWS);
	if (run.status != 0)
		fail_msg("%u workers: exit %d: %s", workers, run.status, run.err);
	time = json_number(run.out, "microseconds", 0);
	spawn_free(&run);
	return time;
}

static void within(double model, double published, double tolerance)
{
	if (fabs(model - published) > tolerance * published)
		fail_msg("model %.1f us, published %.1f us: more than %.0f %% apart", model, published,
		         tolerance * 100);
}

static void one_read_channel(void **state)
{
	(void)state;
	within(copy_microseconds(1), (double)ROWS * BYTES_A_ROW / 12.77e9 * 1e6, 0.15);
}

static void eight_read_channels(void **state)
{
	(void)state;
	within(copy_microseconds(8), 65 + 8.0 * ROWS * BYTES_A_ROW / 55.6e9 * 1e6, 0.15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_read_channel),
		cmocka_unit_test(eight_read_channels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
