/* Performance counters: start, stop and reset events, occurrences, the event value; all four kinds of module. */
#include "tests/array/event_rig.h"

/* User events of a module, two of them. */
static unsigned user_event(struct event_module module, unsigned number)
{
	return (module.row == 0   ? AIE_EVENT_SHIM_USER_EVENT_0
	        : module.row == 1 ? AIE_EVENT_MEMTILE_USER_EVENT_0
	                          : AIE_EVENT_CORE_USER_EVENT_0) +
	       number;
}

static const struct event_module modules[] = {
	{ 0, 0, false },
	{ 1, 1, false },
	{ 2, 2, false },
	{ 3, 5, true },
};
enum { MODULES = sizeof modules / sizeof modules[0] };

/* registers.tsv: a counter counts one a cycle between its start and stop events. */
static void test_cycles_between_two_events(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MODULES; i++) {
		struct rig *rig = rig_new("npu4", 0);
		struct event_module module = modules[i];
		unsigned start = user_event(module, 0), stop = user_event(module, 1);

		perf_write(rig, module, 0, stop << 8 | start);
		event_at(rig, module, 100, start);
		aie_array_advance(rig->array, 150);
		assert_int_equal(counted(rig, module, 0), 50);
		event_at(rig, module, 1234, stop);
		aie_array_advance(rig->array, 5000);
		assert_int_equal(counted(rig, module, 0), 1134);
		/* it goes on counting from there */
		event_at(rig, module, 6000, start);
		event_at(rig, module, 6006, stop);
		aie_array_advance(rig->array, 7000);
		assert_int_equal(counted(rig, module, 0), 1140);
		rig_free(rig);
	}
}

/* registers.tsv: the same event as start and stop counts occurrences; counters 2 and 3 of core and memory tile have
 * their own control register. */
static void test_occurrences(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MODULES; i++) {
		struct rig *rig = rig_new("npu4", 0);
		struct event_module module = modules[i];
		unsigned counters = module.row == 1 || (module.row > 1 && !module.mem) ? 4 : 2;

		for (unsigned k = 0; k < counters; k++)
			count_event(rig, module, k, user_event(module, k % 2));
		for (unsigned k = 0; k < 7; k++)
			event_at(rig, module, 10 + 3 * k, user_event(module, 0));
		event_at(rig, module, 100, user_event(module, 1));
		aie_array_advance(rig->array, 200);
		for (unsigned k = 0; k < counters; k++)
			assert_int_equal(counted(rig, module, k), k % 2 ? 1 : 7);
		rig_free(rig);
	}
}

/* registers.tsv: the reset event zeroes the counter; the value can be written. */
static void test_reset_and_write(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MODULES; i++) {
		struct rig *rig = rig_new("npu4", 0);
		struct event_module module = modules[i];

		perf_write(rig, module, 0, user_event(module, 0) << 8 | 1); /* TRUE to the event */
		perf_write(rig, module, 8, user_event(module, 1));
		aie_array_advance(rig->array, 1000);
		assert_int_equal(counted(rig, module, 0), 1000);
		event_at(rig, module, 1500, user_event(module, 1));
		aie_array_advance(rig->array, 1600);
		assert_int_equal(counted(rig, module, 0), 99);
		perf_write(rig, module, 0x20, 0xFFFFFFF0);
		aie_array_advance(rig->array, 1616);
		assert_int_equal(counted(rig, module, 0), 0);
		rig_free(rig);
	}
}

/* registers.tsv: reaching the event value raises PERF_CNT_n; a counter that this event resets is a clock; 0 raises
 * nothing. */
static void test_event_value(void **state)
{
	static const unsigned event[MODULES] = { AIE_EVENT_SHIM_PERF_CNT_0, AIE_EVENT_MEMTILE_PERF_CNT0_EVENT,
		                                 AIE_EVENT_CORE_PERF_CNT_0, AIE_EVENT_MEM_PERF_CNT_0 };

	(void)state;
	for (unsigned i = 0; i < MODULES; i++) {
		struct rig *rig = rig_new("npu4", 0);
		struct event_module module = modules[i];

		perf_write(rig, module, 0, 1 << 8 | 1); /* counts every cycle */
		perf_write(rig, module, 0x80, 100);
		perf_write(rig, module, 8, event[i]);
		count_event(rig, module, 1, event[i]);
		aie_array_advance(rig->array, 10100);
		assert_int_equal(counted(rig, module, 1), 100);
		perf_write(rig, module, 0x80, 0);
		aie_array_advance(rig->array, 20100);
		assert_int_equal(counted(rig, module, 1), 100);
		rig_free(rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cycles_between_two_events),
		cmocka_unit_test(test_occurrences),
		cmocka_unit_test(test_reset_and_write),
		cmocka_unit_test(test_event_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
