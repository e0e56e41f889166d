/* Rules of events that test_event.c does not show one by one: every event of the table with its group, what is refused,
 * the events of errors, module resets, and that time passes for all listeners alike.
 */
#include "tests/array/event_rig.h"

#define NOPS4 "nop\nnop\nnop\nnop\n"
#define NOPS  NOPS4 NOPS4

/* ---- the table --------------------------------------------------------------------------------------------------- */

/* events.tsv: `count` events from `first` on are members of the `group`-th group of the module, whose number is
 * `event`; bits of its enable register from `bit` on. */
struct members {
	enum aie_event_module module;
	unsigned group, event, first, count, bit;
};

static const struct members table[] = {
	{ AIE_EVENT_MODULE_CORE, 0, 2, 3, 12, 0 },        { AIE_EVENT_MODULE_CORE, 1, 15, 16, 6, 0 },
	{ AIE_EVENT_MODULE_CORE, 2, 22, 23, 7, 0 },       { AIE_EVENT_MODULE_CORE, 2, 22, 30, 1, 8 },
	{ AIE_EVENT_MODULE_CORE, 2, 22, 31, 1, 7 },       { AIE_EVENT_MODULE_CORE, 3, 32, 33, 13, 0 },
	{ AIE_EVENT_MODULE_CORE, 4, 46, 48, 6, 0 },       { AIE_EVENT_MODULE_CORE, 4, 46, 55, 18, 7 },
	{ AIE_EVENT_MODULE_CORE, 5, 47, 48, 6, 0 },       { AIE_EVENT_MODULE_CORE, 5, 47, 55, 18, 7 },
	{ AIE_EVENT_MODULE_CORE, 6, 73, 74, 32, 0 },      { AIE_EVENT_MODULE_CORE, 7, 106, 107, 16, 0 },
	{ AIE_EVENT_MODULE_CORE, 8, 123, 124, 4, 0 },     { AIE_EVENT_MODULE_MEM, 0, 2, 3, 10, 0 },
	{ AIE_EVENT_MODULE_MEM, 1, 15, 16, 2, 0 },        { AIE_EVENT_MODULE_MEM, 2, 18, 19, 18, 0 },
	{ AIE_EVENT_MODULE_MEM, 2, 18, 37, 2, 20 },       { AIE_EVENT_MODULE_MEM, 2, 18, 39, 2, 18 },
	{ AIE_EVENT_MODULE_MEM, 2, 18, 41, 2, 22 },       { AIE_EVENT_MODULE_MEM, 3, 43, 44, 32, 0 },
	{ AIE_EVENT_MODULE_MEM, 4, 76, 77, 8, 0 },        { AIE_EVENT_MODULE_MEM, 5, 86, 87, 16, 0 },
	{ AIE_EVENT_MODULE_MEM, 6, 106, 107, 16, 0 },     { AIE_EVENT_MODULE_MEM, 7, 123, 124, 4, 0 },
	{ AIE_EVENT_MODULE_MEMTILE, 0, 2, 3, 12, 0 },     { AIE_EVENT_MODULE_MEMTILE, 1, 15, 16, 4, 0 },
	{ AIE_EVENT_MODULE_MEMTILE, 2, 20, 21, 24, 0 },   { AIE_EVENT_MODULE_MEMTILE, 3, 45, 46, 32, 0 },
	{ AIE_EVENT_MODULE_MEMTILE, 4, 78, 79, 32, 0 },   { AIE_EVENT_MODULE_MEMTILE, 5, 111, 112, 8, 0 },
	{ AIE_EVENT_MODULE_MEMTILE, 6, 128, 129, 12, 0 }, { AIE_EVENT_MODULE_MEMTILE, 7, 141, 142, 16, 0 },
	{ AIE_EVENT_MODULE_MEMTILE, 8, 158, 159, 2, 0 },  { AIE_EVENT_MODULE_SHIM, 0, 2, 3, 10, 0 },
	{ AIE_EVENT_MODULE_SHIM, 1, 13, 14, 18, 0 },      { AIE_EVENT_MODULE_SHIM, 1, 13, 32, 2, 20 },
	{ AIE_EVENT_MODULE_SHIM, 1, 13, 34, 2, 18 },      { AIE_EVENT_MODULE_SHIM, 1, 13, 36, 2, 22 },
	{ AIE_EVENT_MODULE_SHIM, 2, 38, 39, 24, 0 },      { AIE_EVENT_MODULE_SHIM, 3, 63, 64, 12, 0 },
	{ AIE_EVENT_MODULE_SHIM, 4, 76, 77, 32, 0 },      { AIE_EVENT_MODULE_SHIM, 5, 109, 110, 16, 0 },
};

/* Combination 3, the arithmetic status, watchpoints. */
static bool is_refused(enum aie_event_module module, unsigned event)
{
	switch (module) {
	case AIE_EVENT_MODULE_CORE:
		return event == 12 || (event >= 48 && event <= 53) || event == 70;
	case AIE_EVENT_MODULE_MEM:
		return event == 10 || event == 16 || event == 17;
	case AIE_EVENT_MODULE_MEMTILE:
		return event == 12 || (event >= 16 && event <= 19);
	default:
		return event == 10;
	}
}

static struct event_module place_of(enum aie_event_module module)
{
	static const struct event_module places[AIE_EVENT_MODULES] = {
		[AIE_EVENT_MODULE_CORE] = { 5, 3, false },
		[AIE_EVENT_MODULE_MEM] = { 5, 3, true },
		[AIE_EVENT_MODULE_MEMTILE] = { 5, 1, false },
		[AIE_EVENT_MODULE_SHIM] = { 5, 0, false },
	};

	return places[module];
}

/* events.tsv: every event that can be listened to counts in the cycle in which it is raised, and so does its group,
 * when the event's bit is set in the group's register, and only then. */
static void test_every_event(void **state)
{
	unsigned seen = 0;

	(void)state;
	for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++)
		for (unsigned k = 0; k < table[i].count; k++) {
			struct event_module module = place_of(table[i].module);
			unsigned event = table[i].first + k;
			uint32_t bit = 1U << (table[i].bit + k);
			struct rig *rig;

			if (is_refused(table[i].module, event))
				continue;
			for (unsigned enabled = 0; enabled < 2; enabled++) {
				rig = rig_new("npu4", 0);
				event_write(rig, module, EVENT_GROUP0 + 4 * table[i].group, enabled ? bit : 0);
				count_event(rig, module, 0, table[i].event);
				count_event(rig, module, 1, event);
				event_write(rig, module, EVENT_GENERATE, event);
				aie_array_advance(rig->array, aie_array_cycle(rig->array) + 1);
				if (counted(rig, module, 1) != 1 || counted(rig, module, 0) != enabled)
					fail_msg("module %u event %u: counted %u, group %u %u", table[i].module, event,
					         counted(rig, module, 1), table[i].event, counted(rig, module, 0));
				rig_free(rig);
			}
			seen++;
		}
	assert_int_equal(seen, 125 + 109 + 137 + 117);
}

/* What is refused is refused by its name at the register that asks for it; every other event is taken. */
static void test_every_refusal(void **state)
{
	unsigned refused = 0;

	(void)state;
	for (unsigned i = 0; i < aie_event_count(); i++) {
		const struct aie_event_row *row = aie_event(i);
		struct event_module module = place_of(row->module);
		struct rig *rig = rig_new("npu4", 0);
		uint32_t perf = module.row == 0 ? 0x31000 : module.row == 1 ? 0x91000 : module.mem ? 0x11000 : 0x31500;
		bool fails = is_refused(row->module, row->number);

		/* groups are asked with no member enabled */
		for (unsigned g = 0; g < 9 && row->kind == AIE_EVENT_GROUP; g++)
			aie_array_write32(rig->array,
			                  aie_tile_address(module.column, module.row,
			                                   event_address(module, EVENT_GROUP0 + 4 * g)),
			                  0, &rig->error);
		if (fails)
			rig_write_fails(rig, module.column, module.row, perf, (uint32_t)row->number * 0x101,
			                AIE_ERROR_UNIMPLEMENTED, row->name);
		else
			rig_write(rig, module.column, module.row, perf, (uint32_t)row->number * 0x101);
		refused += fails;
		rig_free(rig);
	}
	assert_int_equal(refused, 17);
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

/* locks.md 3: a release that leaves 0..63 raises LOCK_ERROR: memory module 101, memory tile 139, shim 74. */
static void test_lock_error(void **state)
{
	static const struct {
		struct event_module module;
		unsigned event;
		uint32_t window;
	} kinds[] = { { { 2, 3, true }, 101, 0x40000 },
		      { { 2, 1, false }, 139, 0xD0000 },
		      { { 2, 0, false }, 74, 0x40000 } };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct rig *rig = rig_new("npu4", 0);
		struct event_module module = kinds[i].module;

		count_event(rig, module, 0, kinds[i].event);
		rig_set_lock(rig, module.column, module.row, 4, 63);
		rig_read(rig, module.column, module.row, kinds[i].window + (4 << 10) + (1 << 2)); /* release 1 */
		aie_array_advance(rig->array, aie_array_cycle(rig->array) + 5);
		assert_int_equal(counted(rig, module, 0), 1);
		/* a failed acquire is no error */
		rig_read(rig, module.column, module.row, kinds[i].window + (5 << 10) + (1 << 9) + (0x7F << 2));
		aie_array_advance(rig->array, aie_array_cycle(rig->array) + 5);
		assert_int_equal(counted(rig, module, 0), 1);
		rig_free(rig);
	}
}

/* streams.md 5: a header of wrong parity is said (core 56, memory tile 136) in every switch that routes it, and goes
 * on. */
static void test_packet_parity(void **state)
{
	(void)state;
	for (unsigned good = 0; good < 2; good++) {
		struct rig *rig = rig_new("npu4", 0);

		rig_packet_slot(rig, 2, 2, PORT('D', 0), 0, 3, 0x1F, 0, 0);
		rig_packet_master(rig, 2, 2, PORT('S', 1), 0, 1, false);
		rig_packet_slot(rig, 2, 1, PORT('N', 1), 0, 3, 0x1F, 0, 0);
		rig_packet_master(rig, 2, 1, PORT('D', 0), 0, 1, false);
		count_event(rig, MODULE(2, 2), 0, 56);
		count_event(rig, MODULE(2, 1), 0, 136);
		/* id 3: two ones, which the parity bit would make three */
		rig_write(rig, 2, 2, 0, good ? 0x80000003 : 3);
		rig_bd(rig, 2, 2, 0, RIG_BD(.words = 4));
		rig_bd(rig, 2, 1, 0, RIG_BD(.words = 4));
		rig_push(rig, 2, 2, true, 0, 0, 1, false);
		rig_push(rig, 2, 1, false, 0, 0, 1, false);
		rig_run(rig, 1000);
		assert_int_equal(rig_word(rig, 2, 1, 0), good ? 0x80000003 : 3);
		assert_int_equal(counted(rig, MODULE(2, 2), 0), !good);
		assert_int_equal(counted(rig, MODULE(2, 1), 0), !good);
		rig_free(rig);
	}
}

/* streams.md 6: an error of a control packet sets its sticky bit and raises CONTROL_PKT_ERROR. */
static void test_control_packet_error(void **state)
{
	static const struct {
		unsigned row, event;
		uint32_t status;
	} kinds[] = { { 2, 57, 0x3FF30 }, { 1, 137, 0xB0F30 }, { 0, 65, 0x3FF30 } };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct rig *rig = rig_new("npu4", 4096);
		unsigned row = kinds[i].row;

		rig_shim_mux(rig, 6);
		rig_connect(rig, 6, row, row ? PORT('D', 0) : PORT('S', 3), PORT('T', 0));
		if (row)
			rig_write(rig, 6, row, 0, 3); /* first header: even parity */
		else
			rig_memory(rig, 0)[0] = 3;
		count_event(rig, MODULE(6, row), 0, kinds[i].event);
		rig_bd(rig, 6, row, 0, RIG_BD(.address = row ? 0 : RIG_MEMORY_BASE, .words = 3));
		rig_push(rig, 6, row, true, 0, 0, 1, false);
		rig_run(rig, 2000);
		assert_int_equal(rig_read(rig, 6, row, kinds[i].status), 1);
		assert_int_equal(counted(rig, MODULE(6, row), 0), 1);
		rig_free(rig);
	}
}

/* dma.md 10: an error state raises the channel's (memory module) or the direction's ERROR event; whether a queue
 * overflow does is not known, so it is refused while somebody listens. */
static void test_dma_errors(void **state)
{
	static const struct {
		struct event_module module;
		unsigned channel, event;
		bool mm2s;
		const char *name;
	} cases[] = {
		{ { 2, 3, true }, 0, 97, false, "DMA_S2MM_0_ERROR" },
		{ { 2, 3, true }, 1, 98, false, "DMA_S2MM_1_ERROR" },
		{ { 2, 3, true }, 0, 99, true, "DMA_MM2S_0_ERROR" },
		{ { 2, 3, true }, 1, 100, true, "DMA_MM2S_1_ERROR" },
		{ { 2, 1, false }, 4, 133, false, "DMA_S2MM_ERROR" },
		{ { 2, 1, false }, 2, 134, true, "DMA_MM2S_ERROR" },
		{ { 2, 0, false }, 1, 72, false, "DMA_S2MM_ERROR" },
		{ { 2, 0, false }, 0, 73, true, "DMA_MM2S_ERROR" },
	};
	static const uint32_t queue[3][2] = { { 0x1D204, 0x1D214 }, { 0xA0604, 0xA0634 }, { 0x1DE04, 0x1DE14 } };

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rig *rig = rig_new("npu4", 0);
		struct event_module module = cases[i].module;
		unsigned kind = module.row < 2 ? module.row : 2;
		uint32_t at = queue[kind][cases[i].mm2s] + 8 * cases[i].channel;

		count_event(rig, module, 0, cases[i].event);
		rig_bd(rig, 2, module.row, 0, RIG_BD(.words = 4, .invalid = true));
		rig_write(rig, 2, module.row, at, 0);
		rig_run(rig, 1000);
		assert_int_equal(counted(rig, module, 0), 1);
		for (unsigned k = 0; k < 4; k++)
			rig_write(rig, 2, module.row, at, 0);
		rig_write_fails(rig, 2, module.row, at, 0, AIE_ERROR_UNIMPLEMENTED, cases[i].name);
		count_event(rig, module, 0, 0);
		rig_write(rig, 2, module.row, at, 0);
		rig_free(rig);
	}
}

/* ---- module resets ----------------------------------------------------------------------------------------------- */

/* registers.tsv: the reset bit of a module resets its events, timer, counters and trace with it, and no other module's.
 */
static void test_module_reset(void **state)
{
	static const struct {
		struct event_module module, other;
		uint32_t address, bit;
	} kinds[] = {
		{ { 3, 4, false }, { 3, 4, true }, 0x60010, 1 << 2 },
		{ { 3, 4, true }, { 3, 4, false }, 0x60010, 1 << 1 },
		{ { 3, 1, false }, { 3, 4, false }, 0xFFF10, 1 << 1 },
		{ { 3, 0, false }, { 3, 1, false }, 0xFFF10, 1 << 3 },
	};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct rig *rig = rig_new("npu4", 0);
		struct event_module both[] = { kinds[i].module, kinds[i].other };

		for (unsigned k = 0; k < 2; k++) {
			event_write(rig, both[k], EVENT_BROADCAST + 4 * 2, 4);
			event_write(rig, both[k], EVENT_BROADCAST + 0x40, 8); /* block mask of the south: set */
			event_write(rig, both[k], EVENT_GROUP0, 1);
			event_write(rig, both[k], TIMER_TRIGGER_LOW, 0x1234);
			count_event(rig, both[k], 0, 1); /* TRUE */
		}
		aie_array_advance(rig->array, 100);
		rig_write(rig, kinds[i].module.column, kinds[i].module.row, kinds[i].address, kinds[i].bit);
		rig_write(rig, kinds[i].module.column, kinds[i].module.row, kinds[i].address, 0);
		aie_array_advance(rig->array, 150);
		for (unsigned k = 0; k < 2; k++) {
			bool kept = k == 1;

			assert_int_equal(event_read(rig, both[k], EVENT_BROADCAST + 4 * 2), kept ? 4 : 0);
			assert_int_equal(event_read(rig, both[k], TIMER_TRIGGER_LOW), kept ? 0x1234 : 0xFFFFFFFF);
			assert_int_equal(event_read(rig, both[k], TIMER_LOW), kept ? 150 : 50);
			assert_int_equal(event_read(rig, both[k], EVENT_GROUP0) == 1, kept);
			assert_int_equal(counted(rig, both[k], 0), kept ? 150 : 0);
		}
		rig_free(rig);
	}
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

/* What one module waits for does not let another one's time pass unseen: a broadcast on its long way, and a timer that
 * reaches its value before, and again later. */
static void test_timers_beside_broadcasts(void **state)
{
	struct event_module sender = MODULE(0, 2), timer = MODULE(7, 5), heard = MODULE(6, 5);
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	count_event(rig, timer, 0, AIE_EVENT_CORE_BROADCAST_2);
	count_event(rig, heard, 0, AIE_EVENT_CORE_BROADCAST_4);
	event_write(rig, sender, EVENT_BROADCAST + 4 * 2, AIE_EVENT_CORE_USER_EVENT_0);
	event_write(rig, timer, EVENT_BROADCAST + 4 * 4, AIE_EVENT_CORE_TIMER_VALUE_REACHED);
	event_write(rig, timer, TIMER_TRIGGER_LOW, 5);
	event_write(rig, timer, TIMER_TRIGGER_HIGH, 0);
	event_write(rig, sender, EVENT_GENERATE, AIE_EVENT_CORE_USER_EVENT_0);
	assert_int_equal(aie_array_run(rig->array, 1000, false), AIE_ARRAY_IDLE);
	assert_true(aie_array_cycle(rig->array) > 10 && aie_array_cycle(rig->array) < 100);
	assert_int_equal(counted(rig, timer, 0), 1);
	event_write(rig, timer, TIMER_TRIGGER_LOW, 200);
	aie_array_advance(rig->array, 300);
	assert_int_equal(counted(rig, heard, 0), 2);
	rig_free(rig);
}

/* locks.md 5: an uncontended lock instruction costs one cycle more, acquire and release alike; LOCK_STALL is high for
 * that one. */
static void test_lock_instruction_cost(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const struct aie_core_counters *counters = aie_core_counters(aie_array_core(rig->array, 1, 3));

	(void)state;
	rig_set_lock(rig, 1, 3, 2, 1);
	rig_load(rig, 1, 3,
	         "mova r24, #-1\nmova r25, #1\n" NOPS "acq #50, r24\n" NOPS "rel #51, r25\n" NOPS "done\n" NOPS);
	count_event(rig, MODULE(1, 3), 0, AIE_EVENT_CORE_LOCK_STALL);
	rig_start(rig, 1, 3);
	rig_run(rig, 1000);
	assert_int_equal(counters->stall[AIE_STALL_LOCK], 2);
	assert_int_equal(counted(rig, MODULE(1, 3), 0), 2);
	assert_int_equal(rig_lock(rig, 1, 3, 2), 0);
	assert_int_equal(rig_lock(rig, 1, 3, 3), 1);
	rig_free(rig);
}

/* locks.md 5: in a memory tile the first beat of an MM2S comes 19 cycles after the S2MM has released its lock. */
static void test_memory_tile_lock_to_beat(void **state)
{
	enum { RELEASE = 48, RUNNING = 80 };
	struct rig *rig = rig_new("npu4", 1 << 12);
	struct event_trace trace = { .module = MODULE(4, 1),
		                     .start = AIE_EVENT_MEMTILE_USER_EVENT_0,
		                     .stop = AIE_EVENT_MEMTILE_USER_EVENT_1,
		                     .id = 1,
		                     .type = AIE_TRACE_MEMTILE,
		                     .slot = { RELEASE, RUNNING },
		                     .packets = 4,
		                     .address = 0x10000 };
	struct trace_records records;
	uint64_t release, first, last;

	(void)state;
	rig_route_up(rig, 4, 0, 0, 1, 0);
	rig_connect(rig, 4, 1, PORT('D', 0), PORT('N', 0));
	rig_connect(rig, 4, 2, PORT('S', 0), PORT('D', 0));
	rig_bd(rig, 4, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = 16));
	rig_bd(rig, 4, 1, 0, RIG_BD(.words = 16, .release = 9, .release_value = 1));
	rig_bd(rig, 4, 1, 1, RIG_BD(.words = 16, .acquire = 9, .acquire_value = -1));
	rig_bd(rig, 4, 2, 0, RIG_BD(.words = 16));
	rig_write(rig, 4, 1, 0xC0400, 9 << 16); /* selection 0 watches lock 9 */
	rig_write(rig, 4, 1, 0xB0F00, 0);       /* monitor 0: slave port DMA0 */
	trace_start(rig, &trace);
	event_write(rig, trace.module, EVENT_GENERATE, AIE_EVENT_MEMTILE_USER_EVENT_0);
	rig_push(rig, 4, 2, false, 0, 0, 1, false);
	rig_push(rig, 4, 1, true, 0, 1, 1, false);
	rig_push(rig, 4, 1, false, 0, 0, 1, false);
	rig_push(rig, 4, 0, true, 0, 0, 1, false);
	rig_run(rig, 5000);
	event_write(rig, trace.module, EVENT_GENERATE, AIE_EVENT_MEMTILE_USER_EVENT_1);
	rig_run(rig, 5000);
	trace_decode(rig, &trace, &records);
	assert_int_equal(trace_slot_cycles(&records, 0, &release, &last), 1);
	assert_int_equal(trace_slot_cycles(&records, 1, &first, &last), 8);
	assert_int_equal(first - release, 19);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_event),
		cmocka_unit_test(test_every_refusal),
		cmocka_unit_test(test_lock_error),
		cmocka_unit_test(test_packet_parity),
		cmocka_unit_test(test_control_packet_error),
		cmocka_unit_test(test_dma_errors),
		cmocka_unit_test(test_module_reset),
		cmocka_unit_test(test_timers_beside_broadcasts),
		cmocka_unit_test(test_lock_instruction_cost),
		cmocka_unit_test(test_memory_tile_lock_to_beat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
