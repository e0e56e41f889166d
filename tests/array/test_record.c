/* The record (sim/array/record.h): complete to the cycle, the same for any number of host threads, and unseen by what
 * it records.
 */
#include "sim/array/record.h"
#include "tests/array/event_rig.h"

#define NOPS4 "nop\nnop\nnop\nnop\n"
#define NOPS  NOPS4 NOPS4

enum { ROUNDS = 4, WORDS = 64, SOURCE = 0, SINK = 0x4000, BUFFER = 0x100, TRACE = 0x8000, START_EVENT = 124 };

/* System memory to the core's buffer and on to the memory tile's channel 5 (which no event selection names), a buffer
 * at a time; the core works on each between the two; its lock stalls and activity are traced. */
static void build(struct rig *rig, unsigned column)
{
	const struct event_trace trace = {
		.module = MODULE(column, 2),
		.start = START_EVENT,
		.stop = 125,
		.id = 1,
		.type = AIE_TRACE_CORE,
		.slot = { AIE_EVENT_CORE_LOCK_STALL, AIE_EVENT_CORE_ACTIVE, AIE_EVENT_CORE_INSTR_STORE },
		.channel = 1,
		.packets = 8,
		.address = TRACE,
	};
	char text[2048] = "mova r24, #-1\nmova r25, #1\nmovxm p0, #0x70100\n" NOPS;

	for (unsigned i = 0; i < ROUNDS; i++)
		strcat(text, "acq #49, r24\n" NOPS "lda r0, [p0, #0]\n" NOPS "add r0, r0, r25\n" NOPS4
		             "st r0, [p0, #0]\n" NOPS "rel #50, r25\n" NOPS4);
	strcat(text, "done\n" NOPS);
	rig_route_up(rig, column, 0, 0, 2, 0);
	rig_connect(rig, column, 2, PORT('D', 0), PORT('S', 1));
	rig_connect(rig, column, 1, PORT('N', 1), PORT('D', 5));
	rig_bd(rig, column, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = WORDS * ROUNDS));
	rig_bd(rig, column, 2, 0,
	       RIG_BD(.address = BUFFER, .words = WORDS, .acquire = 0, .acquire_value = -1, .release = 1,
	              .release_value = 1));
	rig_bd(rig, column, 2, 1,
	       RIG_BD(.address = BUFFER, .words = WORDS, .acquire = 2, .acquire_value = -1, .release = 0,
	              .release_value = 1));
	rig_bd(rig, column, 1, 30, RIG_BD(.address = SINK, .words = WORDS * ROUNDS));
	rig_load(rig, column, 2, text);
	trace_start(rig, &trace);
	count_event(rig, MEM_MODULE(column, 2), 0, AIE_EVENT_MEM_DMA_S2MM_0_STALLED_LOCK);
	rig_set_lock(rig, column, 2, 0, 1);
}

static void start(struct rig *rig, unsigned column)
{
	event_write(rig, MODULE(column, 2), EVENT_GENERATE, START_EVENT);
	rig_push(rig, column, 1, false, 5, 30, 1, false);
	rig_push(rig, column, 2, false, 0, 0, ROUNDS, false);
	rig_push(rig, column, 2, true, 0, 1, ROUNDS, false);
	rig_push(rig, column, 0, true, 0, 0, 1, false);
	rig_start(rig, column, 2);
}

static struct rig *run(const char *profile, unsigned columns, unsigned what)
{
	struct rig *rig = rig_new(profile, 1 << 16);

	for (unsigned i = 0; i < WORDS * ROUNDS; i++)
		rig_memory(rig, SOURCE)[i] = i * 3;
	for (unsigned column = 0; column < columns; column++)
		build(rig, column);
	if (what)
		assert_int_equal(aie_array_record(rig->array, what, 0, &rig->error), 0);
	for (unsigned column = 0; column < columns; column++)
		start(rig, column);
	rig_run(rig, 100000);
	return rig;
}

static size_t records_of(struct rig *rig, const struct aie_record **records)
{
	bool complete;
	size_t count = aie_array_records(rig->array, records, &complete);

	assert_true(complete);
	for (size_t i = 1; i < count; i++)
		assert_true((*records)[i].cycle >= (*records)[i - 1].cycle);
	return count;
}

/* Cycles in which the event was active, and how often it rose. */
static uint64_t active(const struct aie_record *records, size_t count, uint64_t end, struct event_module module,
                       unsigned event, unsigned *rises)
{
	enum aie_event_module number = module.row == 0   ? AIE_EVENT_MODULE_SHIM
	                               : module.row == 1 ? AIE_EVENT_MODULE_MEMTILE
	                               : module.mem      ? AIE_EVENT_MODULE_MEM
	                                                 : AIE_EVENT_MODULE_CORE;
	uint64_t cycles = 0, since = 0;
	bool on = false;

	*rises = 0;
	for (size_t i = 0; i < count; i++) {
		const struct aie_record *record = &records[i];

		if (record->what > AIE_RECORD_FALL || record->column != module.column || record->row != module.row ||
		    record->module != number || record->number != event)
			continue;
		assert_int_equal(on, record->what == AIE_RECORD_FALL);
		on = !on;
		if (on)
			since = record->cycle;
		else
			cycles += record->cycle - since;
		*rises += on;
	}
	return on ? cycles + end - since : cycles;
}

/* Registers, memories, trace packets and the cycle in which nothing moves any more are those without a record. */
static void test_unseen(void **state)
{
	struct rig *plain = run("npu4", 2, 0), *recorded = run("npu4", 2, AIE_RECORD_ALL);

	(void)state;
	assert_int_equal(aie_array_cycle(recorded->array), aie_array_cycle(plain->array));
	for (unsigned row = 1; row < 3; row++)
		for (uint32_t at = 0; at < 0xA000; at += 4)
			assert_int_equal(rig_word(recorded, 1, row, at), rig_word(plain, 1, row, at));
	assert_int_equal(event_read(recorded, MODULE(0, 2), TIMER_LOW), event_read(plain, MODULE(0, 2), TIMER_LOW));
	assert_int_equal(event_read(recorded, MODULE(0, 2), TRACE_STATUS), 1 << 8);
	assert_int_equal(counted(recorded, MEM_MODULE(0, 2), 0), counted(plain, MEM_MODULE(0, 2), 0));
	for (unsigned i = 0; i < 2; i++)
		assert_memory_equal(aie_array_channel(recorded->array, i, 2, false, 0),
		                    aie_array_channel(plain->array, i, 2, false, 0),
		                    sizeof(struct aie_channel_counters));
	rig_free(plain);
	rig_free(recorded);
}

/* Every event to the cycle: what the record has is what a performance counter, the core's accounting and the number of
 * descriptors say. */
static void test_events(void **state)
{
	struct rig *rig = run("npu4", 1, AIE_RECORD_EVENTS);
	const struct aie_core_counters *core = aie_core_counters(aie_array_core(rig->array, 0, 2));
	uint64_t end = aie_array_cycle(rig->array);
	const struct aie_record *records;
	size_t count = records_of(rig, &records);
	unsigned rises;

	(void)state;
	assert_int_equal(active(records, count, end, MEM_MODULE(0, 2), AIE_EVENT_MEM_DMA_S2MM_0_STALLED_LOCK, &rises),
	                 counted(rig, MEM_MODULE(0, 2), 0));
	assert_true(rises > 0);
	assert_int_equal(active(records, count, end, MEM_MODULE(0, 2), AIE_EVENT_MEM_DMA_S2MM_0_FINISHED_BD, &rises),
	                 ROUNDS);
	assert_int_equal(rises, ROUNDS);
	assert_int_equal(active(records, count, end, MEM_MODULE(0, 2), AIE_EVENT_MEM_DMA_MM2S_0_FINISHED_TASK, &rises),
	                 1);
	assert_int_equal(active(records, count, end, MODULE(0, 0), AIE_EVENT_SHIM_DMA_MM2S_0_START_TASK, &rises), 1);
	assert_int_equal(active(records, count, end, MODULE(0, 2), AIE_EVENT_CORE_LOCK_STALL, &rises),
	                 core->stall[AIE_STALL_LOCK]);
	assert_int_equal(active(records, count, end, MODULE(0, 2), AIE_EVENT_CORE_INSTR_LOCK_ACQUIRE_REQ, &rises),
	                 ROUNDS);
	/* the generated event too; frequent ones were not asked for */
	assert_int_equal(active(records, count, end, MODULE(0, 2), START_EVENT, &rises), 1);
	for (size_t i = 0; i < count; i++)
		assert_true(records[i].what <= AIE_RECORD_FALL);
	assert_int_equal(active(records, count, end, MODULE(0, 2), AIE_EVENT_CORE_INSTR_LOAD, &rises), 0);
	rig_free(rig);
	rig = run("npu4", 1, AIE_RECORD_EVENTS | AIE_RECORD_INSTRUCTIONS);
	count = records_of(rig, &records);
	assert_int_equal(active(records, count, end, MODULE(0, 2), AIE_EVENT_CORE_INSTR_LOAD, &rises), ROUNDS);
	rig_free(rig);
}

/* The address with a core's event is that of the bundle which raises it. */
static void test_addresses(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const struct aie_record *records;
	size_t count;
	unsigned found = 0;

	(void)state;
	rig_load(rig, 3, 4, NOPS "event #0\nnop\nevent #1\n" NOPS "done\n" NOPS);
	assert_int_equal(aie_array_record(rig->array, AIE_RECORD_EVENTS, 0, &rig->error), 0);
	rig_start(rig, 3, 4);
	rig_run(rig, 1000);
	count = records_of(rig, &records);
	for (size_t i = 0; i < count; i++) {
		if (records[i].what != AIE_RECORD_RISE || records[i].module != AIE_EVENT_MODULE_CORE)
			continue;
		/* a nop has 2 bytes, event 4 */
		if (records[i].number == AIE_EVENT_CORE_INSTR_EVENT_0 && ++found)
			assert_int_equal(records[i].pc, 16);
		if (records[i].number == AIE_EVENT_CORE_INSTR_EVENT_1 && ++found)
			assert_int_equal(records[i].pc, 22);
	}
	assert_int_equal(found, 2);
	rig_free(rig);
}

/* A lock's value over time, with who did it. */
static void test_locks(void **state)
{
	struct rig *rig = run("npu4", 1, AIE_RECORD_LOCKS);
	const struct aie_record *records;
	size_t count = records_of(rig, &records);
	unsigned value[3] = { 0 }, uses[3] = { 0 }, by[6] = { 0 };

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct aie_record *record = &records[i];

		if (record->row != 2)
			continue;
		assert_true(record->number < 3);
		switch (record->what) {
		case AIE_RECORD_SET:
			assert_int_equal(record->by, AIE_RECORD_BY_START);
			assert_int_equal(record->number, 0);
			value[record->number] = record->value;
			break;
		case AIE_RECORD_ACQUIRE:
			assert_int_equal(record->operand, -1);
			assert_int_equal(record->value, --value[record->number]);
			break;
		default:
			assert_int_equal(record->what, AIE_RECORD_RELEASE);
			assert_int_equal(record->operand, 1);
			assert_int_equal(record->value, ++value[record->number]);
			break;
		}
		uses[record->number] += record->what != AIE_RECORD_SET;
		by[record->by]++;
	}
	for (unsigned lock = 0; lock < 3; lock++) {
		assert_int_equal(uses[lock], 2 * ROUNDS);
		assert_int_equal(value[lock], rig_lock(rig, 0, 2, lock));
	}
	assert_int_equal(by[AIE_RECORD_BY_CORE], 2 * ROUNDS);
	assert_int_equal(by[AIE_RECORD_BY_S2MM], 2 * ROUNDS);
	assert_int_equal(by[AIE_RECORD_BY_MM2S], 2 * ROUNDS);
	rig_free(rig);
}

static void test_lock_registers(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const struct aie_record *records;

	(void)state;
	rig_set_lock(rig, 0, 1, 63, 7);
	assert_int_equal(aie_array_record(rig->array, AIE_RECORD_LOCKS, 0, &rig->error), 0);
	rig_set_lock(rig, 0, 1, 63, 9);
	rig_read(rig, 0, 1, 0xD0000 + (63 << 10) + (1 << 9) + (0x7E << 2)); /* acquire at least 2 */
	rig_read(rig, 0, 1, 0xD0000 + (63 << 10) + (3 << 2));               /* release 3 */
	assert_int_equal(records_of(rig, &records), 4);
	assert_int_equal(records[0].by, AIE_RECORD_BY_START);
	assert_int_equal(records[0].value, 7);
	assert_int_equal(records[1].what, AIE_RECORD_SET);
	assert_int_equal(records[1].value, 9);
	assert_int_equal(records[2].what, AIE_RECORD_ACQUIRE);
	assert_int_equal(records[2].operand, -2);
	assert_int_equal(records[2].value, 7);
	assert_int_equal(records[2].by, AIE_RECORD_BY_REGISTERS);
	assert_int_equal(records[3].what, AIE_RECORD_RELEASE);
	assert_int_equal(records[3].value, 10);
	assert_int_equal(records[3].number, 63);
	rig_free(rig);
}

/* Channels: descriptors one after the other, waits that add up to the counters; all channels of a memory tile. */
static void test_channels(void **state)
{
	struct rig *rig = run("npu4", 1, AIE_RECORD_DMA);
	const struct aie_channel_counters *counters = aie_array_channel(rig->array, 0, 2, false, 0);
	const struct aie_record *records;
	size_t count = records_of(rig, &records);
	uint64_t since = 0, waits[AIE_RECORD_WHATS] = { 0 };
	unsigned kind = 0, descriptors = 0, sink = 0;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct aie_record *record = &records[i];

		sink += record->row == 1 && record->by == AIE_RECORD_BY_S2MM && record->by_channel == 5 &&
		        record->what == AIE_RECORD_BD_START && record->number == 30;
		if (record->row != 2 || record->by != AIE_RECORD_BY_S2MM || record->by_channel != 0)
			continue;
		if (record->what == AIE_RECORD_BD_START || record->what == AIE_RECORD_BD_END) {
			assert_int_equal(record->what, descriptors++ % 2 ? AIE_RECORD_BD_END : AIE_RECORD_BD_START);
			assert_int_equal(record->number, 0);
		} else if (record->what >= AIE_RECORD_WAIT_LOCK && record->what < AIE_RECORD_END_WAIT) {
			assert_int_equal(kind, 0);
			kind = record->what;
			since = record->cycle;
		} else if (record->what == AIE_RECORD_END_WAIT) {
			assert_int_not_equal(kind, 0);
			waits[kind] += record->cycle - since;
			kind = 0;
		}
	}
	assert_int_equal(sink, 1);
	assert_int_equal(descriptors, 2 * ROUNDS);
	assert_int_equal(waits[AIE_RECORD_WAIT_LOCK], counters->lock_stall);
	assert_true(counters->lock_stall > 0);
	assert_int_equal(waits[AIE_RECORD_WAIT_STREAM], counters->stream_stall);
	rig_free(rig);
}

/* The beats that a channel's entries carry are those of its counter of active cycles, to the cycle: also those of a
 * descriptor's last words, and those that came into the FIFO while the channel waited for a lock. */
static void test_beats(void **state)
{
	static const struct {
		uint8_t row, channel;
		bool mm2s;
		unsigned beats; /* two words each (measured: 8 bytes a cycle) */
	} channels[] = {
		{ 0, 0, true, WORDS * ROUNDS / 2 },
		{ 2, 0, false, WORDS * ROUNDS / 2 },
		{ 2, 0, true, WORDS * ROUNDS / 2 },
		{ 1, 5, false, WORDS * ROUNDS / 2 },
	};
	struct rig *rig = run("npu4", 1, AIE_RECORD_DMA);
	const struct aie_record *records;
	size_t count = records_of(rig, &records);

	(void)state;
	for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
		const enum aie_record_by by = channels[i].mm2s ? AIE_RECORD_BY_MM2S : AIE_RECORD_BY_S2MM;
		const struct aie_channel_counters *counters =
		        aie_array_channel(rig->array, 0, channels[i].row, channels[i].mm2s, channels[i].channel);
		uint64_t beats = 0;

		for (size_t k = 0; k < count; k++)
			if (records[k].row == channels[i].row && records[k].by == by &&
			    records[k].by_channel == channels[i].channel)
				beats += records[k].beats;
		assert_int_equal(beats, counters->active);
		assert_int_equal(beats, channels[i].beats);
		assert_int_equal(
		        aie_array_record_beats(rig->array, 0, channels[i].row, channels[i].mm2s, channels[i].channel),
		        0);
	}
	rig_free(rig);
}

/* In the middle of a transfer: what the entries do not have yet is asked for; clearing the counters or the entries
 * starts again, and there is no such channel beyond the last. */
static void test_beats_so_far(void **state)
{
	struct rig *rig = rig_new("npu4", 1 << 16);
	const struct aie_channel_counters *counters = aie_array_channel(rig->array, 0, 0, true, 0);
	const struct aie_record *records;
	uint64_t before;

	(void)state;
	build(rig, 0);
	assert_int_equal(aie_array_record(rig->array, AIE_RECORD_DMA, 0, &rig->error), 0);
	rig_push(rig, 0, 0, true, 0, 0, 1, false);
	do {
		before = aie_array_record_beats(rig->array, 0, 0, true, 0);
		assert_int_equal(aie_array_run(rig->array, aie_array_cycle(rig->array) + 1, false), AIE_ARRAY_DEADLINE);
	} while (counters->active == 0);
	assert_int_equal(before, 0);
	assert_int_equal(aie_array_record_beats(rig->array, 0, 0, true, 0), counters->active);
	assert_true(records_of(rig, &records) > 0);
	assert_int_equal(aie_array_record_beats(rig->array, 0, 0, true, 0), counters->active);
	aie_array_clear_counters(rig->array);
	assert_int_equal(aie_array_record_beats(rig->array, 0, 0, true, 0), 0);
	assert_int_equal(aie_array_run(rig->array, aie_array_cycle(rig->array) + 30, false), AIE_ARRAY_DEADLINE);
	assert_true(counters->active > 0);
	aie_array_clear_records(rig->array);
	assert_int_equal(aie_array_record_beats(rig->array, 0, 0, true, 0), 0);
	assert_int_equal(aie_array_record_beats(rig->array, 0, 0, true, 2), 0);
	assert_int_equal(aie_array_record_beats(rig->array, 99, 0, true, 0), 0);
	rig_free(rig);
}

/* What stands still at the end: its wait has begun and has no end; reading twice gives the same. */
static void test_open_wait(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const struct aie_record *records;

	(void)state;
	rig_bd(rig, 0, 2, 0, RIG_BD(.words = 4, .acquire = 3, .acquire_value = -1));
	assert_int_equal(aie_array_record(rig->array, AIE_RECORD_DMA, 0, &rig->error), 0);
	rig_push(rig, 0, 2, true, 1, 0, 1, false);
	rig_run(rig, 100);
	aie_array_advance(rig->array, 500);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(records_of(rig, &records), 3);
		assert_int_equal(records[0].what, AIE_RECORD_TASK_START);
		assert_int_equal(records[1].what, AIE_RECORD_BD_START);
		assert_int_equal(records[2].what, AIE_RECORD_WAIT_LOCK);
		assert_int_equal(records[2].by, AIE_RECORD_BY_MM2S);
		assert_int_equal(records[2].by_channel, 1);
	}
	rig_free(rig);
}

/* One and several host threads: the same entries in the same order. */
static void test_threads(void **state)
{
	struct rig *one = run("npu4", 8, AIE_RECORD_ALL), *two = run("npu4,threads=2", 8, AIE_RECORD_ALL);
	const struct aie_record *records, *others;
	size_t count = records_of(one, &records);

	(void)state;
	assert_true(count > 1000);
	assert_int_equal(records_of(two, &others), count);
	assert_memory_equal(records, others, count * sizeof *records);
	rig_free(one);
	rig_free(two);
}

/* The limit keeps the first entries and says so; clearing goes on with what is active; 0 ends it. */
static void test_limit_and_clear(void **state)
{
	struct rig *rig = rig_new("npu4", 1 << 16);
	const struct aie_record *records;
	bool complete;

	(void)state;
	build(rig, 0);
	assert_int_equal(aie_array_record(rig->array, AIE_RECORD_ALL, 5, &rig->error), 0);
	start(rig, 0);
	rig_run(rig, 100000);
	assert_int_equal(aie_array_records(rig->array, &records, &complete), 5);
	assert_false(complete);
	assert_int_equal(aie_array_record(rig->array, AIE_RECORD_LOCKS, 2, &rig->error), 0);
	rig_set_lock(rig, 0, 2, 15, 1);
	/* lock 0 was given back, and the new one */
	assert_int_equal(aie_array_records(rig->array, &records, &complete), 2);
	assert_true(complete);
	aie_array_clear_records(rig->array);
	assert_int_equal(aie_array_records(rig->array, &records, &complete), 2);
	assert_int_equal(records[1].number, 15);
	assert_int_equal(records[1].by, AIE_RECORD_BY_START);
	assert_int_equal(aie_array_record(rig->array, 0, 0, &rig->error), 0);
	assert_int_equal(aie_array_records(rig->array, &records, &complete), 0);
	assert_int_equal(aie_array_record(rig->array, 0x80, 0, &rig->error), -1);
	rig_free(rig);
}

/* A reset ends what was active. */
static void test_reset(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const struct aie_record *records;
	unsigned rises;
	size_t count;

	(void)state;
	rig_load(rig, 0, 2, "mova r24, #-1\n" NOPS "acq #49, r24\n" NOPS "done\n" NOPS);
	assert_int_equal(aie_array_record(rig->array, AIE_RECORD_EVENTS, 0, &rig->error), 0);
	rig_start(rig, 0, 2);
	assert_int_equal(aie_array_run(rig->array, 200, false), AIE_ARRAY_IDLE);
	aie_array_advance(rig->array, 200);
	assert_int_equal(aie_array_reset_columns(rig->array, 0, 1, &rig->error), 0);
	aie_array_advance(rig->array, 300);
	count = records_of(rig, &records);
	assert_int_equal(active(records, count, 300, MODULE(0, 2), AIE_EVENT_CORE_ACTIVE, &rises), 200);
	assert_int_equal(rises, 1);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unseen),          cmocka_unit_test(test_events),
		cmocka_unit_test(test_addresses),       cmocka_unit_test(test_locks),
		cmocka_unit_test(test_lock_registers),  cmocka_unit_test(test_channels),
		cmocka_unit_test(test_beats),           cmocka_unit_test(test_beats_so_far),
		cmocka_unit_test(test_open_wait),       cmocka_unit_test(test_threads),
		cmocka_unit_test(test_limit_and_clear), cmocka_unit_test(test_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
