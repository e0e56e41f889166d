/* Timers of event modules: reset by software and by an event, trigger value, one timer a module. */
#include "tests/array/event_rig.h"

/* timing.md 1: one tick a cycle; 64 bits; registers.tsv: Reset zeroes it.  Each module has its own. */
static void test_counts(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	aie_array_advance(rig->array, 0x123456789AULL);
	assert_int_equal(event_read(rig, MODULE(1, 1), TIMER_LOW), 0x3456789A);
	assert_int_equal(event_read(rig, MODULE(1, 1), TIMER_HIGH), 0x12);
	event_write(rig, MODULE(1, 1), TIMER_CONTROL, 0x80000000);
	event_write(rig, MEM_MODULE(1, 3), TIMER_CONTROL, 0x80000000);
	aie_array_advance(rig->array, 0x123456789AULL + 77);
	assert_int_equal(event_read(rig, MODULE(1, 1), TIMER_LOW), 77);
	assert_int_equal(event_read(rig, MODULE(1, 1), TIMER_HIGH), 0);
	assert_int_equal(event_read(rig, MEM_MODULE(1, 3), TIMER_LOW), 77);
	assert_int_equal(event_read(rig, MODULE(1, 3), TIMER_HIGH), 0x12);
	assert_int_equal(event_read(rig, MODULE(1, 0), TIMER_HIGH), 0x12);
	rig_write_fails(rig, 1, 1, 0x940F8, 1, AIE_ERROR_INPUT, "read-only");
	rig_free(rig);
}

/* registers.tsv: Reset_Event is the event that zeroes the timer; TIMER_SYNC says so. */
static void test_reset_event(void **state)
{
	const struct event_module module = MODULE(0, 2);
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	event_write(rig, module, TIMER_CONTROL, 124 << 8);
	assert_int_equal(event_read(rig, module, TIMER_CONTROL), 124 << 8);
	count_event(rig, module, 0, AIE_EVENT_CORE_TIMER_SYNC);
	event_at(rig, module, 500, 125);
	event_at(rig, module, 700, 124);
	aie_array_advance(rig->array, 1000);
	assert_int_equal(event_read(rig, module, TIMER_LOW), 300);
	assert_int_equal(counted(rig, module, 0), 1);
	/* the reset bit keeps the event */
	event_write(rig, module, TIMER_CONTROL, 0x80000000 | 124 << 8);
	assert_int_equal(event_read(rig, module, TIMER_LOW), 0);
	event_at(rig, module, 1500, 124);
	aie_array_advance(rig->array, 1600);
	assert_int_equal(event_read(rig, module, TIMER_LOW), 100);
	rig_free(rig);
}

/* registers.tsv: the trigger registers hold the value that raises TIMER_VALUE_REACHED; here seen by a trace. */
static void test_trigger(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	struct event_trace trace = { .module = MODULE(2, 3),
		                     .start = 124,
		                     .stop = 125,
		                     .slot = { AIE_EVENT_CORE_TIMER_VALUE_REACHED, AIE_EVENT_CORE_TIMER_SYNC },
		                     .packets = 8,
		                     .address = 0x8000 };
	struct trace_records records;

	(void)state;
	event_write(rig, trace.module, TIMER_CONTROL, AIE_EVENT_CORE_USER_EVENT_2 << 8);
	event_write(rig, trace.module, TIMER_TRIGGER_LOW, 5000);
	event_write(rig, trace.module, TIMER_TRIGGER_HIGH, 0);
	trace_start(rig, &trace);
	event_at(rig, trace.module, 10, 124);
	event_at(rig, trace.module, 6000, AIE_EVENT_CORE_USER_EVENT_2);
	event_at(rig, trace.module, 6000 + 5001, 125);
	rig_run(rig, 1000);
	trace_decode(rig, &trace, &records);
	assert_int_equal(records.count, 4);
	assert_int_equal(records.at[1].time, 5000);
	assert_int_equal(records.at[1].mask, 1);
	assert_int_equal(records.at[2].time, 6001);
	assert_int_equal(records.at[2].mask, 2);
	assert_int_equal(records.at[3].time, 11000);
	assert_int_equal(records.at[3].mask, 1);
	rig_free(rig);
}

/* trace.md 8: a broadcast resets the timers of a column together; the next one is 2 cycles behind for each hop. */
static void test_synchronisation(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const struct aie_array_timing *timing = aie_array_timing_of(rig->array);
	uint32_t shim, memtile, core, mem;

	(void)state;
	event_write(rig, MODULE(4, 0), TIMER_CONTROL, AIE_EVENT_SHIM_BROADCAST_A_15 << 8);
	event_write(rig, MODULE(4, 1), TIMER_CONTROL, AIE_EVENT_MEMTILE_BROADCAST_15 << 8);
	event_write(rig, MODULE(4, 2), TIMER_CONTROL, AIE_EVENT_CORE_BROADCAST_15 << 8);
	event_write(rig, MEM_MODULE(4, 2), TIMER_CONTROL, AIE_EVENT_MEM_BROADCAST_15 << 8);
	event_write(rig, MODULE(4, 0), EVENT_BROADCAST + 4 * 15, AIE_EVENT_SHIM_USER_EVENT_1);
	event_at(rig, MODULE(4, 0), 1000, AIE_EVENT_SHIM_USER_EVENT_1);
	aie_array_advance(rig->array, 2000);
	shim = event_read(rig, MODULE(4, 0), TIMER_LOW);
	memtile = event_read(rig, MODULE(4, 1), TIMER_LOW);
	core = event_read(rig, MODULE(4, 2), TIMER_LOW);
	mem = event_read(rig, MEM_MODULE(4, 2), TIMER_LOW);
	assert_int_equal(shim, 1000 - timing->broadcast_own_cycles);
	assert_int_equal(shim - memtile, timing->broadcast_hop_cycles);
	/* measured on Phoenix: core to memory tile 2, memory module to core 2, memory module to memory tile 4 */
	assert_int_equal(memtile - core, 2);
	assert_int_equal(core - mem, 2);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_reset_event),
		cmocka_unit_test(test_trigger),
		cmocka_unit_test(test_synchronisation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
