/* Trace units: the rules of start and stop, the frames of both modes, packets, all four kinds of unit, overrun. */
#include "tests/array/event_rig.h"

enum { START = AIE_EVENT_CORE_INSTR_EVENT_0, STOP = AIE_EVENT_CORE_INSTR_EVENT_1, BUFFER = 0x8000 };

static struct event_trace core_trace(void)
{
	return (struct event_trace){ .module = MODULE(0, 2),
		                     .start = START,
		                     .stop = STOP,
		                     .id = 1,
		                     .type = AIE_TRACE_CORE,
		                     .slot = { 124, 125, 0, 126, 127 },
		                     .packets = 64,
		                     .address = BUFFER };
}

static void expect_words(struct rig *rig, const struct event_trace *trace, const uint32_t *expected, size_t count)
{
	size_t room;
	const uint32_t *words = trace_words(rig, trace, &room);

	for (size_t i = 0; i < count; i++)
		assert_int_equal(words[i], expected[i]);
	assert_int_equal(words[count], 0);
}

/* trace.md 9: the worked example, produced by a run. */
static void test_worked_example(void **state)
{
	static const uint32_t expected[] = { 0x80020001, 0xF0000000, 0x00012345, 0x04D02418,
		                             0x904540E8, 0xA40762FE, 0xFEFEFEFE, 0xFEFEFEFE };
	struct rig *rig = rig_new("npu4", 0);
	struct event_trace trace = core_trace();
	const uint64_t t = 0x12345;

	(void)state;
	trace_start(rig, &trace);
	event_at(rig, trace.module, t, START);
	event_at(rig, trace.module, t + 5, 124);
	event_at(rig, trace.module, t + 30, 124);
	event_at(rig, trace.module, t + 30, 126);
	for (unsigned i = 0; i < 10; i++)
		event_at(rig, trace.module, t + 100 + i, 127);
	event_at(rig, trace.module, t + 2000, 125);
	event_at(rig, trace.module, t + 2100, STOP);
	rig_run(rig, 1000);
	expect_words(rig, &trace, expected, 8);
	rig_free(rig);
}

/* trace.md 3: events of the start cycle and of the stop cycle are not recorded; several windows give several Start
 * frames with the timer's value; Trace_Status. */
static void test_start_and_stop(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	struct event_trace trace = core_trace();
	struct trace_records records;

	(void)state;
	trace_start(rig, &trace);
	assert_int_equal(event_read(rig, trace.module, TRACE_STATUS), 0);
	event_at(rig, trace.module, 90, 124);
	event_at(rig, trace.module, 100, START);
	event_write(rig, trace.module, EVENT_GENERATE, 124);
	event_at(rig, trace.module, 101, 125);
	assert_int_equal(event_read(rig, trace.module, TRACE_STATUS), 1 << 8);
	event_at(rig, trace.module, 200, 124);
	event_write(rig, trace.module, EVENT_GENERATE, STOP);
	event_at(rig, trace.module, 210, 124);
	assert_int_equal(event_read(rig, trace.module, TRACE_STATUS), 0);
	event_at(rig, trace.module, 300, START);
	event_at(rig, trace.module, 303, 127);
	event_at(rig, trace.module, 310, STOP);
	rig_run(rig, 1000);
	trace_decode(rig, &trace, &records);
	assert_int_equal(records.packets, 2);
	assert_int_equal(records.count, 4);
	assert_int_equal(records.at[0].kind, AIE_TRACE_RECORD_START);
	assert_int_equal(records.at[0].time, 100);
	assert_int_equal(records.at[1].mask, 2);
	assert_int_equal(records.at[1].time, 101);
	assert_int_equal(records.at[2].kind, AIE_TRACE_RECORD_START);
	assert_int_equal(records.at[2].time, 300);
	assert_int_equal(records.at[3].mask, 0x10);
	assert_int_equal(records.at[3].time, 303);
	rig_free(rig);
}

/* trace.md 5: the smallest form that holds the gap, for one slot and for several. */
static void test_frame_sizes(void **state)
{
	/* gaps 15, 16, 1023, 1024, 0x3FFFF of slot 1, then 15, 16, 1023, 1024 of slots 1 and 3; no frame crosses a
	 * word */
	static const uint32_t expected[] = {
		0x80020001, 0xF0000000, 0x00000064, 0x1F8410FE, 0x87FFFEFE, 0xA40400FE, 0xA7FFFFFE, 0xC0AFFEFE,
		0x80020001, 0xD02810FE, 0xD02BFFFE, 0xD4280400, 0xFEFEFEFE, 0xFEFEFEFE, 0xFEFEFEFE, 0xFEFEFEFE,
	};
	static const uint32_t single[] = { 15, 16, 1023, 1024, 0x3FFFF }, several[] = { 15, 16, 1023, 1024 };
	struct rig *rig = rig_new("npu4", 0);
	struct event_trace trace = core_trace();
	uint64_t cycle = 100;

	(void)state;
	trace_start(rig, &trace);
	event_at(rig, trace.module, cycle, START);
	for (unsigned i = 0; i < 5; i++)
		event_at(rig, trace.module, cycle += single[i] + 1, 125);
	for (unsigned i = 0; i < 4; i++) {
		event_at(rig, trace.module, cycle += several[i] + 1, 125);
		event_at(rig, trace.module, cycle, 126);
	}
	event_at(rig, trace.module, cycle + 10, STOP);
	rig_run(rig, 1000);
	expect_words(rig, &trace, expected, 16);
	rig_free(rig);
}

/* trace.md 5: a level is one frame with the gap, one without, and repeats; counts above 15 and above 1023; a change of
 * the mask ends the run. */
static void test_repeats(void **state)
{
	/* slot 0 for 2500 cycles from +5: Single0 gap 4, Single0 gap 0, Repeat 1023, 1023, 452; then slots 0 and 1 for
	 * 20 cycles: a zero-gap frame and 19 repeats */
	static const uint32_t expected[] = { 0x80020001, 0xF0000000, 0x00000000, 0x0400DBFF,
		                             0xDBFFD9C4, 0xC030D813, 0xFEFEFEFE, 0xFEFEFEFE };
	struct rig *rig = rig_new("npu4", 0);
	struct event_trace trace = core_trace();

	(void)state;
	trace_start(rig, &trace);
	event_at(rig, trace.module, 0, START);
	for (uint64_t cycle = 5; cycle < 5 + 2500; cycle++)
		event_at(rig, trace.module, cycle, 124);
	for (uint64_t cycle = 2505; cycle < 2525; cycle++) {
		event_at(rig, trace.module, cycle, 124);
		event_at(rig, trace.module, cycle, 125);
	}
	event_at(rig, trace.module, 2600, STOP);
	rig_run(rig, 1000);
	expect_words(rig, &trace, expected, 8);
	rig_free(rig);
}

/* trace.md 5: the same of a level that nobody touches: TRUE is active in every cycle. */
static void test_level_at_rest(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	struct event_trace trace = core_trace();
	struct trace_records records;
	uint64_t first, last;

	(void)state;
	trace.slot[2] = AIE_EVENT_CORE_TRUE;
	trace_start(rig, &trace);
	event_at(rig, trace.module, 1000, START);
	event_at(rig, trace.module, 101001, STOP);
	rig_run(rig, 1000);
	trace_decode(rig, &trace, &records);
	assert_int_equal(trace_slot_cycles(&records, 2, &first, &last), 100000);
	assert_int_equal(first, 1001);
	assert_int_equal(last, 101000);
	/* 8 bytes of start, a frame, and a repeat of two bytes for 1023 cycles each */
	assert_true(records.packets >= 7 && records.packets <= 9);
	rig_free(rig);
}

/* trace.md 5, gaps.md 27: a Sync frame for each 0x40000 cycles without a frame. */
static void test_sync(void **state)
{
	static const uint32_t expected[] = { 0x80020001, 0xF0000000, 0x00000000, 0xFFFF10FE,
		                             0xA7FFFFFF, 0x10FEFEFE, 0xFEFEFEFE, 0xFEFEFEFE };
	struct rig *rig = rig_new("npu4", 0);
	struct event_trace trace = core_trace();
	struct trace_records records;

	(void)state;
	trace_start(rig, &trace);
	event_at(rig, trace.module, 0, START);
	event_at(rig, trace.module, 2 * 0x40000 + 1, 125); /* two rounds, gap 0 */
	event_at(rig, trace.module, 3 * 0x40000 + 1, 125); /* the longest gap without a Sync */
	event_at(rig, trace.module, 4 * 0x40000 + 2, 125); /* one round, gap 0 */
	event_at(rig, trace.module, 4 * 0x40000 + 9, STOP);
	rig_run(rig, 1000);
	expect_words(rig, &trace, expected, 8);
	trace_decode(rig, &trace, &records);
	assert_int_equal(records.count, 4);
	assert_int_equal(records.at[1].time, 2 * 0x40000 + 1);
	assert_int_equal(records.at[2].time, 3 * 0x40000 + 1);
	assert_int_equal(records.at[3].time, 4 * 0x40000 + 2);
	rig_free(rig);
}

/* trace.md 6: event-PC frames: mask and address, repeats, no time; the core passes an inner loop. */
static void test_event_pc(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	struct event_trace trace = core_trace();
	struct trace_records records;
	const uint32_t *words;
	size_t count;

	(void)state;
	trace.mode = 1;
	trace.slot[0] = AIE_EVENT_CORE_INSTR_EVENT_0;
	trace.slot[1] = AIE_EVENT_CORE_LOCK_STALL;
	trace.start = AIE_EVENT_CORE_ACTIVE;
	/* event instructions at 0x10 and 0x20, a lock that is free after 100 cycles at 0x30 */
	rig_load(rig, 0, 2,
	         "mova r0, #-1\n.p2align 4\nevent #0\n.p2align 4\nevent #0\n.p2align 4\nacq #48, r0\n.p2align "
	         "4\ndone\n");
	trace_start(rig, &trace);
	rig_start(rig, 0, 2);
	aie_array_advance(rig->array, 150);
	rig_set_lock(rig, 0, 2, 0, 1);
	rig_run(rig, 1000);
	event_write(rig, trace.module, EVENT_GENERATE, STOP);
	rig_run(rig, 1000);
	words = trace_words(rig, &trace, &count);
	assert_int_equal(words[1] >> 24, 0xF1);
	trace_decode(rig, &trace, &records);
	assert_int_equal(records.at[0].kind, AIE_TRACE_RECORD_START);
	assert_int_equal(records.at[1].kind, AIE_TRACE_RECORD_PC);
	assert_int_equal(records.at[1].mask, 1);
	assert_int_equal(records.at[1].pc, 0x10);
	assert_int_equal(records.at[2].mask, 1);
	assert_int_equal(records.at[2].pc, 0x20);
	assert_int_equal(records.at[3].mask, 2);
	assert_int_equal(records.at[3].pc, 0x30);
	/* the stalled cycles are those of the core's own account */
	count = 0;
	for (unsigned i = 3; i < records.count; i++) {
		assert_int_equal(records.at[i].pc, 0x30);
		count += records.at[i].cycles;
	}
	assert_int_equal(count, aie_core_counters(aie_array_core(rig->array, 0, 2))->stall[AIE_STALL_LOCK]);
	rig_free(rig);
}

/* trace.md 2: execution mode is refused by name; only the core has a mode. */
static void test_execution_mode_refused(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_write_fails(rig, 0, 2, 0x340D0, 2, AIE_ERROR_UNIMPLEMENTED, "execution mode");
	rig_write_fails(rig, 0, 2, 0x340D0, 3, AIE_ERROR_UNIMPLEMENTED, "Trace_Control0");
	assert_int_equal(rig_read(rig, 0, 2, 0x340D0), 0);
	rig_free(rig);
}

/* trace.md 1: the units of memory module, memory tile (8-bit event numbers) and shim, each into its own slave port. */
static void test_all_units(void **state)
{
	const struct event_trace traces[] = {
		{ .module = MEM_MODULE(3, 4),
		  .start = 124,
		  .stop = 125,
		  .slot = { 126, 127 },
		  .id = 7,
		  .type = AIE_TRACE_MEM,
		  .packets = 2,
		  .address = BUFFER,
		  .channel = 1 },
		{ .module = MODULE(7, 1),
		  .start = AIE_EVENT_MEMTILE_USER_EVENT_0,
		  .stop = AIE_EVENT_MEMTILE_USER_EVENT_1,
		  .slot = { AIE_EVENT_MEMTILE_BROADCAST_0, AIE_EVENT_MEMTILE_BROADCAST_15 },
		  .id = 31,
		  .type = AIE_TRACE_MEMTILE,
		  .packets = 2,
		  .address = 0x40000,
		  .channel = 3 },
		{ .module = MODULE(5, 0),
		  .start = 126,
		  .stop = 127,
		  .slot = { AIE_EVENT_SHIM_BROADCAST_A_0, AIE_EVENT_SHIM_BROADCAST_A_15 },
		  .id = 9,
		  .type = AIE_TRACE_SHIM,
		  .packets = 1,
		  .address = 0x100,
		  .channel = 1 },
	};
	struct trace_records records;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct rig *rig = rig_new("npu4", 4096);
		const struct event_trace *trace = &traces[i];

		trace_start(rig, trace);
		event_at(rig, trace->module, 50, trace->start);
		event_at(rig, trace->module, 60, trace->slot[0]);
		event_at(rig, trace->module, 63, trace->slot[1]);
		event_at(rig, trace->module, 70, trace->stop);
		rig_run(rig, 10000);
		trace_decode(rig, trace, &records);
		assert_int_equal(records.packets, 1);
		assert_int_equal(records.count, 3);
		assert_int_equal(records.at[0].time, 50);
		assert_int_equal(records.at[1].time, 60);
		assert_int_equal(records.at[1].mask, 1);
		assert_int_equal(records.at[2].time, 63);
		assert_int_equal(records.at[2].mask, 2);
		rig_free(rig);
	}
}

/* trace.md 1 and 3: without somebody who takes the packets the unit overruns, the core is never held; the stop event
 * ends it. */
static void test_overrun(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	struct event_trace trace = core_trace();
	uint64_t cycle = 1;

	(void)state;
	trace_start(rig, &trace);
	rig_write(rig, 0, 2, 0x3F000 + 4 * 1, 0); /* the master port to the DMA is taken away */
	event_at(rig, trace.module, 0, START);
	for (unsigned i = 0; i < 200; i++, cycle += 2)
		event_at(rig, trace.module, cycle, i % 2 ? 124 : 125);
	assert_int_equal(event_read(rig, trace.module, TRACE_STATUS), 3 << 8);
	event_at(rig, trace.module, cycle, STOP);
	event_at(rig, trace.module, cycle + 1, 124);
	assert_int_equal(event_read(rig, trace.module, TRACE_STATUS), 0);
	rig_free(rig);
}

/* trace.md 3: packets are sent whenever 28 bytes are collected; the encoder goes on across them.  A pulse every 20
 * cycles for 500 times. */
static void test_many_packets(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	struct event_trace trace = core_trace();
	struct trace_records records;

	(void)state;
	trace_start(rig, &trace);
	event_at(rig, trace.module, 10, START);
	for (unsigned i = 0; i < 500; i++)
		event_at(rig, trace.module, 30 + 20 * i, 124 + i % 2);
	event_at(rig, trace.module, 20000, STOP);
	rig_run(rig, 1000);
	trace_decode(rig, &trace, &records);
	/* 8 bytes of Start and 500 frames of 2 bytes in packets of 28 */
	assert_int_equal(records.packets, (8 + 1000 + 27) / 28);
	assert_int_equal(records.count, 501);
	for (unsigned i = 0; i < 500; i++) {
		assert_int_equal(records.at[i + 1].time, 30 + 20 * i);
		assert_int_equal(records.at[i + 1].mask, 1 << i % 2);
	}
	rig_free(rig);
}

/* trace.md 8: the set-up of mlir-aie: packets keep their header through a packet-switched route to a shim S2MM; core
 * and memory module of one tile share it. */
static void test_packet_route(void **state)
{
	struct rig *rig = rig_new("npu4", 4096);
	const uint32_t *words = rig_memory(rig, 0);
	unsigned seen[2] = { 0, 0 };

	(void)state;
	/* tile (0,2): slave ports 23 and 24 in packet mode, slot 0 of each: arbiter 0; master South 1 is index 6 */
	for (unsigned i = 0; i < 2; i++) {
		rig_write(rig, 0, 2, 0x3F100 + 4 * (23 + i), 0xC0000000);
		rig_write(rig, 0, 2, 0x3F200 + 0x10 * (23 + i), (i + 1) << 24 | 0x1F << 16 | 1 << 8);
	}
	rig_write(rig, 0, 2, 0x3F000 + 4 * 6, 0xC0000000 | 1 << 3);
	rig_connect(rig, 0, 1, PORT('N', 1), PORT('S', 1));
	rig_shim_mux(rig, 0);
	rig_connect(rig, 0, 0, PORT('N', 1), PORT('S', 3));
	rig_bd(rig, 0, 0, 15, RIG_BD(.address = RIG_MEMORY_BASE, .words = 64, .burst = 0));
	rig_push(rig, 0, 0, false, 1, 15, 1, false);
	for (unsigned i = 0; i < 2; i++) {
		struct event_module module = { 0, 2, i != 0 };

		event_write(rig, module, TRACE_EVENT0, 126);
		event_write(rig, module, TRACE_CONTROL1, i << 12 | (i + 1));
		event_write(rig, module, TRACE_CONTROL0, 125 << 24 | 124 << 16);
		event_at(rig, module, 100, 124);
	}
	for (unsigned i = 0; i < 2; i++)
		event_at(rig, (struct event_module){ 0, 2, i != 0 }, 110, 126);
	for (unsigned i = 0; i < 2; i++)
		event_at(rig, (struct event_module){ 0, 2, i != 0 }, 120, 125);
	rig_run(rig, 10000);
	for (unsigned i = 0; i < 2; i++) {
		assert_true(aie_trace_header_valid(words[8 * i]));
		seen[words[8 * i] >> 12 & 1]++;
		assert_int_equal(words[8 * i] & 0x1F, (words[8 * i] >> 12 & 1) + 1);
		assert_int_equal(words[8 * i + 1], 0xF0000000);
		assert_int_equal(words[8 * i + 2], 100);
		assert_int_equal(words[8 * i + 3], 0x09FEFEFE);
	}
	assert_int_equal(seen[0], 1);
	assert_int_equal(seen[1], 1);
	rig_free(rig);
}

/* trace.md 8: timers and traces of all modules start with one broadcast: every Start frame has time 0, and an event
 * that comes the same way has the same time everywhere. */
static void test_common_start(void **state)
{
	struct event_trace traces[] = {
		{ .module = MODULE(2, 1),
		  .start = AIE_EVENT_MEMTILE_BROADCAST_15,
		  .stop = AIE_EVENT_MEMTILE_BROADCAST_14,
		  .slot = { AIE_EVENT_MEMTILE_BROADCAST_1 },
		  .type = AIE_TRACE_MEMTILE,
		  .packets = 2,
		  .address = BUFFER },
		{ .module = MODULE(2, 3),
		  .start = AIE_EVENT_CORE_BROADCAST_15,
		  .stop = AIE_EVENT_CORE_BROADCAST_14,
		  .slot = { AIE_EVENT_CORE_BROADCAST_1 },
		  .type = AIE_TRACE_CORE,
		  .packets = 2,
		  .address = BUFFER },
		{ .module = MEM_MODULE(2, 3),
		  .start = AIE_EVENT_MEM_BROADCAST_15,
		  .stop = AIE_EVENT_MEM_BROADCAST_14,
		  .slot = { AIE_EVENT_MEM_BROADCAST_1 },
		  .type = AIE_TRACE_MEM,
		  .channel = 1,
		  .packets = 2,
		  .address = BUFFER + 0x1000 },
	};
	struct rig *rig = rig_new("npu4", 0);
	struct trace_records records;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		event_write(rig, traces[i].module, TIMER_CONTROL, traces[i].start << 8);
		trace_start(rig, &traces[i]);
	}
	event_write(rig, MODULE(2, 0), EVENT_BROADCAST + 4 * 15, AIE_EVENT_SHIM_USER_EVENT_1);
	event_write(rig, MODULE(2, 0), EVENT_BROADCAST + 4 * 14, AIE_EVENT_SHIM_USER_EVENT_0);
	event_write(rig, MODULE(2, 0), EVENT_BROADCAST + 4 * 1, AIE_EVENT_SHIM_LOCK_0_REL);
	event_at(rig, MODULE(2, 0), 1000, AIE_EVENT_SHIM_USER_EVENT_1);
	event_at(rig, MODULE(2, 0), 1234, AIE_EVENT_SHIM_LOCK_0_REL);
	event_at(rig, MODULE(2, 0), 2000, AIE_EVENT_SHIM_USER_EVENT_0);
	rig_run(rig, 1000);
	for (unsigned i = 0; i < 3; i++) {
		trace_decode(rig, &traces[i], &records);
		assert_int_equal(records.packets, 1);
		assert_int_equal(records.count, 2);
		assert_int_equal(records.at[0].time, 0);
		assert_int_equal(records.at[1].time, 234);
	}
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_worked_example), cmocka_unit_test(test_start_and_stop),
		cmocka_unit_test(test_frame_sizes),    cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_level_at_rest),  cmocka_unit_test(test_sync),
		cmocka_unit_test(test_event_pc),       cmocka_unit_test(test_execution_mode_refused),
		cmocka_unit_test(test_all_units),      cmocka_unit_test(test_overrun),
		cmocka_unit_test(test_many_packets),   cmocka_unit_test(test_packet_route),
		cmocka_unit_test(test_common_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
