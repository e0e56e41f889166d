/* The choice between stepping cores together and alone (sim/array/pace.h), with a clock of the test's own: the faster
 * is kept, a host without a free processor is noticed in one cycle, tries become rarer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/array/pace.h"

static uint64_t nanoseconds;

static uint64_t own_clock(void)
{
	return nanoseconds;
}

struct host {
	struct aie_pace pace;
	uint64_t cycle;
	uint64_t alone, evenly, lightly; /* nanoseconds a cycle */
	bool ready, late;                /* late: every cycle together waits for the scheduler */
	unsigned steps[AIE_PACE_WAYS + 1];
};

static void start(struct host *host, uint64_t alone, uint64_t evenly, uint64_t lightly)
{
	*host = (struct host){ .cycle = 100, .alone = alone, .evenly = evenly, .lightly = lightly };
	aie_pace_init(&host->pace, own_clock);
}

/* Others are ready in the cycle after they were called. */
static void run(struct host *host, unsigned cycles)
{
	memset(host->steps, 0, sizeof host->steps);
	for (unsigned i = 0; i < cycles; i++) {
		enum aie_pace_step step = aie_pace_next(&host->pace, host->cycle++, host->ready);
		bool together = step == AIE_PACE_EVENLY || step == AIE_PACE_LIGHTLY;

		host->steps[step]++;
		host->ready = step != AIE_PACE_ALONE;
		nanoseconds += !together                 ? host->alone
		               : host->late              ? 4000000
		               : step == AIE_PACE_EVENLY ? host->evenly
		                                         : host->lightly;
		if (together && host->late)
			aie_pace_late(&host->pace);
	}
}

static unsigned together(const struct host *host)
{
	return host->steps[AIE_PACE_EVENLY] + host->steps[AIE_PACE_LIGHTLY];
}

enum { WINDOW = AIE_PACE_WINDOW + AIE_PACE_WARM + 1, TRY = 3 * WINDOW + 2, LONG = 1 << 22 };

static void test_faster_together(void **state)
{
	struct host host;

	(void)state;
	start(&host, 1000, 700, 800);
	run(&host, LONG);
	assert_true(host.steps[AIE_PACE_EVENLY] > LONG / 100 * 98);
	start(&host, 1000, 1100, 800);
	run(&host, LONG);
	assert_true(host.steps[AIE_PACE_LIGHTLY] > LONG / 100 * 98);
}

static void test_faster_alone(void **state)
{
	static const uint64_t slow[] = { 2000, 1000, 960 };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct host host;

		start(&host, 1000, slow[i], slow[2 - i]);
		run(&host, LONG);
		assert_int_equal(host.pace.kept, AIE_PACE_ALONE);
		/* a try after each stretch of 16384, twice as many ... 524288 cycles, and those of the longest */
		assert_true(together(&host) >= 2 * AIE_PACE_WINDOW);
		assert_true(together(&host) < 16 * TRY);
	}
}

/* The first window is stepped alone, the others are called for the second, the third follows. */
static void test_a_try(void **state)
{
	struct host host;

	(void)state;
	start(&host, 1000, 500, 600);
	run(&host, WINDOW);
	assert_int_equal(together(&host), 0);
	assert_int_equal(host.steps[AIE_PACE_CALL], 1);
	run(&host, 2 * WINDOW - 1);
	assert_int_equal(host.steps[AIE_PACE_EVENLY], WINDOW - 1);
	assert_int_equal(host.steps[AIE_PACE_LIGHTLY], WINDOW);
	assert_true(host.pace.trying);
	run(&host, 1);
	assert_false(host.pace.trying);
	assert_int_equal(host.pace.kept, AIE_PACE_EVENLY);
}

/* Without a free processor a try costs one late cycle, and there are few of them. */
static void test_no_processor(void **state)
{
	struct host host;

	(void)state;
	start(&host, 1000, 500, 500);
	host.late = true;
	run(&host, LONG);
	assert_true(together(&host) >= 1);
	assert_true(together(&host) < 16);
}

/* The other processor is taken away in the middle of a stretch, and given back. */
static void test_processor_comes_and_goes(void **state)
{
	struct host host;

	(void)state;
	start(&host, 1000, 500, 500);
	run(&host, TRY + AIE_PACE_STRETCH / 2);
	assert_int_equal(host.pace.kept, AIE_PACE_EVENLY);
	host.late = true;
	run(&host, AIE_PACE_WINDOW);
	assert_int_equal(host.pace.kept, AIE_PACE_ALONE);
	assert_true(together(&host) <= AIE_PACE_LATE + 1);
	host.late = false;
	run(&host, 2 * AIE_PACE_STRETCH);
	assert_int_equal(host.pace.kept, AIE_PACE_EVENLY);
}

/* The time between cycles that do not follow each other, and of cycles in which this thread did not run, is not the
 * array's. */
static void test_gaps(void **state)
{
	struct host host;

	(void)state;
	start(&host, 1000, 1200, 1200);
	for (unsigned i = 0; i < 2 * TRY; i++) {
		run(&host, 1);
		if (i % 16 == 0) {
			nanoseconds += 90000; /* between runs */
			host.cycle += 5;
		}
		if (host.pace.trying && host.pace.way == AIE_PACE_ALONE && i % 16 == 8)
			nanoseconds += 2 * AIE_PACE_WAIT_NS;
	}
	assert_false(host.pace.trying);
	assert_int_equal(host.pace.kept, AIE_PACE_ALONE);
	assert_int_equal(host.pace.spent[AIE_PACE_ALONE], 1000 * AIE_PACE_WINDOW);
	assert_int_equal(host.pace.spent[AIE_PACE_EVENLY], 1200 * AIE_PACE_WINDOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faster_together),
		cmocka_unit_test(test_faster_alone),
		cmocka_unit_test(test_a_try),
		cmocka_unit_test(test_no_processor),
		cmocka_unit_test(test_processor_comes_and_goes),
		cmocka_unit_test(test_gaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
