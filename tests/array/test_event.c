/* Events: where they are raised, groups, combinations, edges, broadcasts, status bits, what is refused. */
#include "tests/array/event_rig.h"

#define NOPS4 "nop\nnop\nnop\nnop\n"
#define NOPS  NOPS4 NOPS4
#define DONE  "done\n" NOPS4 "nop\n"

/* ---- registers ----------------------------------------------------------------------------------------------------
 */

static uint32_t module_base(unsigned module)
{
	static const uint32_t base[] = { 0x34000, 0x14000, 0x94000, 0x34000 };

	return base[module];
}

/* events.tsv: the enable registers follow each other in the order of the group events, and their reset value has the
 * bits of all members. */
static void test_group_registers(void **state)
{
	static const enum aie_tile_kind kind[] = { AIE_TILE_COMPUTE, AIE_TILE_COMPUTE, AIE_TILE_MEMORY, AIE_TILE_SHIM };

	(void)state;
	for (unsigned module = 0; module < AIE_EVENT_MODULES; module++) {
		uint32_t offset = module_base(module) + EVENT_GROUP0;

		for (unsigned i = 0; i < aie_event_count(); i++) {
			const struct aie_event_row *group = aie_event(i);
			struct aie_register_location location;
			uint32_t members = 0;

			if (group->module != module || group->kind != AIE_EVENT_GROUP)
				continue;
			assert_true(aie_register_find(kind[module], offset, &location));
			assert_non_null(strstr(location.reg->name, "Event_Group"));
			for (unsigned k = 0; k < aie_event_count(); k++)
				for (unsigned n = 0; n < aie_event(k)->group_count; n++)
					if (aie_event(k)->module == module &&
					    aie_event(k)->group[n].group == group->number)
						members |= UINT32_C(1) << aie_event(k)->group[n].bit;
			assert_int_equal(members, location.reg->reset);
			offset += 4;
		}
	}
}

/* ---- broadcast ----------------------------------------------------------------------------------------------------
 */

/* Count BROADCAST_n in every module of the array. */
static void count_broadcast(struct rig *rig, unsigned channel)
{
	for (unsigned column = 0; column < RIG_COLUMNS; column++) {
		count_event(rig, MODULE(column, 0), 0, AIE_EVENT_SHIM_BROADCAST_A_0 + channel);
		count_event(rig, MODULE(column, 1), 0, AIE_EVENT_MEMTILE_BROADCAST_0 + channel);
		for (unsigned row = 2; row < 6; row++) {
			count_event(rig, MODULE(column, row), 0, AIE_EVENT_CORE_BROADCAST_0 + channel);
			count_event(rig, MEM_MODULE(column, row), 0, AIE_EVENT_MEM_BROADCAST_0 + channel);
		}
	}
}

/* trace.md 8: a broadcast reaches every module of the array once, whatever module it comes from. */
static void test_broadcast_reach(void **state)
{
	static const struct {
		struct event_module module;
		unsigned event;
	} sources[] = {
		{ { 0, 0, false }, AIE_EVENT_SHIM_USER_EVENT_1 },    { { 4, 0, false }, AIE_EVENT_SHIM_USER_EVENT_0 },
		{ { 7, 1, false }, AIE_EVENT_MEMTILE_USER_EVENT_0 }, { { 3, 3, false }, AIE_EVENT_CORE_USER_EVENT_2 },
		{ { 5, 5, true }, AIE_EVENT_MEM_USER_EVENT_3 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof sources / sizeof sources[0]; i++) {
		struct rig *rig = rig_new("npu4", 0);

		count_broadcast(rig, 7);
		event_write(rig, sources[i].module, EVENT_BROADCAST + 4 * 7, sources[i].event);
		event_at(rig, sources[i].module, 10, sources[i].event);
		aie_array_advance(rig->array, 200);
		for (unsigned column = 0; column < RIG_COLUMNS; column++)
			for (unsigned row = 0; row < 6; row++) {
				assert_int_equal(counted(rig, MODULE(column, row), 0), 1);
				if (row >= 2)
					assert_int_equal(counted(rig, MEM_MODULE(column, row), 0), 1);
			}
		rig_free(rig);
	}
}

/* trace.md 8: the column first, then along the rows; the memory module lies east of its core; one delay a hop. */
static void test_broadcast_delay(void **state)
{
	static const struct {
		struct event_module module;
		unsigned hops;
	} targets[] = {
		{ { 3, 3, false }, 0 }, { { 3, 3, true }, 1 },  { { 3, 5, false }, 2 }, { { 3, 2, true }, 2 },
		{ { 4, 3, false }, 2 }, { { 2, 3, true }, 1 },  { { 2, 3, false }, 2 }, { { 3, 1, false }, 2 },
		{ { 7, 4, true }, 10 }, { { 5, 0, false }, 7 },
	};
	struct rig *rig = rig_new("npu4,broadcast_hop_cycles=3,broadcast_own_cycles=5", 0);

	(void)state;
	for (unsigned i = 0; i < sizeof targets / sizeof targets[0]; i++) {
		struct event_module module = targets[i].module;
		unsigned event = module.row == 0   ? AIE_EVENT_SHIM_BROADCAST_A_0
		                 : module.row == 1 ? AIE_EVENT_MEMTILE_BROADCAST_0
		                 : module.mem      ? AIE_EVENT_MEM_BROADCAST_0
		                                   : AIE_EVENT_CORE_BROADCAST_0;

		event_write(rig, module, TIMER_CONTROL, (event + 2) << 8);
	}
	event_write(rig, MODULE(3, 3), EVENT_BROADCAST + 4 * 2, AIE_EVENT_CORE_USER_EVENT_0);
	event_at(rig, MODULE(3, 3), 100, AIE_EVENT_CORE_USER_EVENT_0);
	aie_array_advance(rig->array, 1000);
	for (unsigned i = 0; i < sizeof targets / sizeof targets[0]; i++)
		assert_int_equal(event_read(rig, targets[i].module, TIMER_LOW), 900 - 5 - 3 * targets[i].hops);
	rig_free(rig);
}

/* registers.tsv: a set bit of the block mask stops the channel in that direction; Clr opens it again. */
static void test_broadcast_block(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	count_broadcast(rig, 3);
	event_write(rig, MODULE(2, 3), EVENT_BROADCAST + 4 * 3, AIE_EVENT_CORE_USER_EVENT_0);
	event_write(rig, MODULE(2, 3), EVENT_BROADCAST + 4 * 4, AIE_EVENT_CORE_USER_EVENT_0);
	rig_write(rig, 2, 4, 0x34070, 1 << 3); /* core (2,4) north */
	rig_write(rig, 2, 3, 0x34060, 1 << 3); /* core (2,3) west */
	rig_write(rig, 3, 3, 0x14080, 0xFFFF); /* memory module (3,3) east */
	rig_write(rig, 2, 1, 0x94050, 1 << 3); /* memory tile (2,1) switch A south */
	event_at(rig, MODULE(2, 3), 10, AIE_EVENT_CORE_USER_EVENT_0);
	aie_array_advance(rig->array, 200);
	assert_int_equal(counted(rig, MODULE(2, 4), 0), 1);
	assert_int_equal(counted(rig, MODULE(2, 5), 0), 0);
	assert_int_equal(counted(rig, MODULE(6, 5), 0), 0);
	assert_int_equal(counted(rig, MEM_MODULE(1, 3), 0), 0);
	assert_int_equal(counted(rig, MODULE(0, 3), 0), 0);
	assert_int_equal(counted(rig, MODULE(0, 2), 0), 1);
	assert_int_equal(counted(rig, MEM_MODULE(3, 3), 0), 1);
	assert_int_equal(counted(rig, MODULE(4, 3), 0), 0);
	assert_int_equal(counted(rig, MODULE(2, 0), 0), 0);
	assert_int_equal(counted(rig, MODULE(3, 0), 0), 1);
	/* other channels and, after clearing, this one pass */
	count_broadcast(rig, 4);
	rig_write(rig, 3, 3, 0x14084, 0xFFFF);
	event_at(rig, MODULE(2, 3), 300, AIE_EVENT_CORE_USER_EVENT_0);
	aie_array_advance(rig->array, 500);
	assert_int_equal(counted(rig, MODULE(2, 5), 0), 1);
	assert_int_equal(counted(rig, MODULE(4, 3), 0), 1);
	assert_int_equal(counted(rig, MODULE(2, 0), 0), 1);
	rig_free(rig);
}

/* A level is broadcast as long as it lasts. */
static void test_broadcast_of_a_level(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	count_event(rig, MEM_MODULE(6, 2), 0, AIE_EVENT_MEM_BROADCAST_1);
	count_event(rig, MODULE(6, 2), 0, AIE_EVENT_CORE_ACTIVE);
	event_write(rig, MODULE(6, 2), EVENT_BROADCAST + 4, AIE_EVENT_CORE_ACTIVE);
	rig_load(rig, 6, 2, NOPS NOPS NOPS DONE);
	rig_start(rig, 6, 2);
	rig_run(rig, 1000);
	aie_array_advance(rig->array, 2000);
	assert_true(counted(rig, MODULE(6, 2), 0) > 24);
	assert_int_equal(counted(rig, MEM_MODULE(6, 2), 0), counted(rig, MODULE(6, 2), 0));
	rig_free(rig);
}

/* ---- groups, combinations, edges ----------------------------------------------------------------------------------
 */

/* registers.tsv: a group event is the OR of the members that its register enables. */
static void test_groups(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const struct event_module module = MEM_MODULE(1, 2);

	(void)state;
	count_event(rig, module, 0, AIE_EVENT_MEM_GROUP_USER_EVENT);
	rig_write(rig, 1, 2, 0x1451C, 0x5); /* USER_EVENT_0 and 2 */
	for (unsigned i = 0; i < 4; i++)
		event_at(rig, module, 100 + 10 * i, AIE_EVENT_MEM_USER_EVENT_0 + i);
	/* two members in one cycle are one cycle of the group */
	event_at(rig, module, 200, AIE_EVENT_MEM_USER_EVENT_0);
	event_at(rig, module, 200, AIE_EVENT_MEM_USER_EVENT_2);
	aie_array_advance(rig->array, 300);
	assert_int_equal(counted(rig, module, 0), 3);
	/* reset enables all */
	assert_int_equal(rig_read(rig, 1, 3, 0x1451C), 0xF);
	rig_free(rig);
}

/* registers.tsv: 0 and, 1 and-not, 2 or, 3 or-not of two inputs; combination 2 of the first two. */
static void test_combinations(void **state)
{
	static const struct {
		unsigned control, expected;
	} rows[] = { { 0, 1 }, { 1, 1 }, { 2, 3 }, { 3, 1000 - 1 } };

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct rig *rig = rig_new("npu4", 0);
		const struct event_module module = MODULE(0, 1);
		const unsigned a = AIE_EVENT_MEMTILE_USER_EVENT_0, b = AIE_EVENT_MEMTILE_USER_EVENT_1;

		event_write(rig, module, COMBO_INPUTS, a << 24 | b << 8 | a);
		/* first: A op B; second: NONE or A; third: first and second */
		event_write(rig, module, COMBO_CONTROL, 0 << 16 | 2 << 8 | rows[i].control);
		count_event(rig, module, 0, AIE_EVENT_MEMTILE_COMBO_EVENT_0);
		count_event(rig, module, 1, AIE_EVENT_MEMTILE_COMBO_EVENT_1);
		count_event(rig, module, 2, AIE_EVENT_MEMTILE_COMBO_EVENT_2);
		event_at(rig, module, 100, a);
		event_at(rig, module, 200, b);
		event_at(rig, module, 300, a);
		event_at(rig, module, 300, b);
		aie_array_advance(rig->array, 1000);
		assert_int_equal(counted(rig, module, 0), rows[i].expected);
		assert_int_equal(counted(rig, module, 1), 2);
		assert_int_equal(counted(rig, module, 2), i == 0 || i == 1 ? 1 : 2);
		rig_free(rig);
	}
}

/* registers.tsv: two edge detectors with enables for rising and falling edges. */
static void test_edges(void **state)
{
	static const unsigned enables[] = { 1, 2, 3 }, expected[] = { 2, 2, 4 };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct rig *rig = rig_new("npu4", 0);
		const struct event_module module = MODULE(0, 0);

		event_write(rig, module, EDGE_CONTROL, enables[i] << 25 | 126 << 16 | enables[i] << 9 | 126);
		count_event(rig, module, 0, AIE_EVENT_SHIM_EDGE_DETECTION_EVENT_0);
		count_event(rig, module, 1, AIE_EVENT_SHIM_EDGE_DETECTION_EVENT_1);
		/* active for ten cycles, twice */
		for (unsigned k = 0; k < 20; k++)
			event_at(rig, module, k < 10 ? 100 + k : 200 + k, 126);
		aie_array_advance(rig->array, 1000);
		assert_int_equal(counted(rig, module, 0), expected[i]);
		assert_int_equal(counted(rig, module, 1), expected[i]);
		rig_free(rig);
	}
}

/* ---- cores --------------------------------------------------------------------------------------------------------
 */

static uint32_t count_in_program(const char *source, unsigned event)
{
	struct rig *rig = rig_new("npu4", 0);
	uint32_t count;

	count_event(rig, MODULE(0, 2), 0, event);
	rig_load(rig, 0, 2, source);
	rig_set_lock(rig, 0, 2, 0, 3);
	/* what the core sends comes back */
	rig_connect(rig, 0, 2, PORT('C', 0), PORT('F', 0));
	rig_connect(rig, 0, 2, PORT('F', 0), PORT('C', 0));
	rig_start(rig, 0, 2);
	rig_run(rig, 10000);
	count = counted(rig, MODULE(0, 2), 0);
	rig_free(rig);
	return count;
}

/* events.tsv: one event for each instruction of a class. */
static void test_instruction_events(void **state)
{
	static const char source[] =
	        "mova r0, #-1\nmova r1, #1\nmovxm p0, #0x70000\n" NOPS "event #0\nevent #1\nevent #1\n"
	        "jl #.Lcall\n" NOPS4 "nop\n"
	        "lda r2, [p0, #0]\nlda r3, [p0, #4]; vldb x1, [p0, #64]\nst r1, [p0, #8]\n" NOPS
	        "vmac dm0, dm0, x0, x1, r1\nvmac dm1, dm1, x0, x1, r1\n" NOPS "acq #48, r0\nacq #48, r0\nrel #48, r1\n"
	        "mov ms, r1\nmov r5, ss\nvmov mcd, bmll0\n" NOPS DONE ".p2align 4\n.Lcall:\nret lr\n" NOPS4 "nop\n";
	static const struct {
		unsigned event, count;
	} rows[] = {
		{ AIE_EVENT_CORE_INSTR_EVENT_0, 1 },
		{ AIE_EVENT_CORE_INSTR_EVENT_1, 2 },
		{ AIE_EVENT_CORE_INSTR_CALL, 1 },
		{ AIE_EVENT_CORE_INSTR_RETURN, 1 },
		{ AIE_EVENT_CORE_INSTR_VECTOR, 2 },
		{ AIE_EVENT_CORE_INSTR_LOAD, 2 },
		{ AIE_EVENT_CORE_INSTR_STORE, 1 },
		{ AIE_EVENT_CORE_INSTR_STREAM_PUT, 1 },
		{ AIE_EVENT_CORE_INSTR_STREAM_GET, 1 },
		{ AIE_EVENT_CORE_INSTR_CASCADE_PUT, 1 },
		{ AIE_EVENT_CORE_INSTR_CASCADE_GET, 0 },
		{ AIE_EVENT_CORE_INSTR_LOCK_ACQUIRE_REQ, 2 },
		{ AIE_EVENT_CORE_INSTR_LOCK_RELEASE_REQ, 1 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(count_in_program(source, rows[i].event), rows[i].count);
}

/* registers.tsv: PC_n when the program is at the comparator's address, ranges 0-1 and 2-3 with both ends. */
static void test_pc_events(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const struct event_module module = MODULE(0, 2);

	(void)state;
	/* 16 loops of 7 bundles of 2 bytes each from 0x20 */
	rig_load(rig, 0, 2,
	         "mova r0, #15\n.p2align 4\nnop\n.p2align 5\n.L:\njnzd r0, r0, p0\nnop\nnop\nnop\nnop\nnop\n" DONE);
	rig_write(rig, 0, 2, 0x32020, 0x80000020);
	rig_write(rig, 0, 2, 0x32024, 0x80000024);
	rig_write(rig, 0, 2, 0x32028, 0x20); /* not valid */
	rig_load(rig, 0, 2,
	         "mova r0, #15\nmovxm p0, #0x40\n" NOPS ".p2align 6\n"
	         "jnzd r0, r0, p0\n" NOPS4 "nop\n" DONE);
	rig_write(rig, 0, 2, 0x32020, 0x80000040);
	rig_write(rig, 0, 2, 0x32024, 0x80000045);
	count_event(rig, module, 0, AIE_EVENT_CORE_PC_0);
	count_event(rig, module, 1, AIE_EVENT_CORE_PC_2);
	count_event(rig, module, 2, AIE_EVENT_CORE_PC_RANGE_0_1);
	count_event(rig, module, 3, AIE_EVENT_CORE_PC_RANGE_2_3);
	rig_start(rig, 0, 2);
	rig_run(rig, 1000);
	assert_int_equal(counted(rig, module, 0), 16);
	assert_int_equal(counted(rig, module, 1), 0);
	/* the jump of 4 bytes and one nop of 2 lie in 0x40..0x45, each pass */
	assert_int_equal(counted(rig, module, 2), 32);
	assert_int_equal(counted(rig, module, 3), 0);
	rig_free(rig);
}

/* events.tsv: stalls are held while they last: the core's own account agrees; ACTIVE from start to done, DISABLED
 * before. */
static void test_core_levels(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const struct event_module module = MODULE(2, 3);
	const struct aie_core_counters *counters = aie_core_counters(aie_array_core(rig->array, 2, 3));

	(void)state;
	rig_connect(rig, 2, 3, PORT('E', 0), PORT('C', 0));
	rig_connect(rig, 3, 3, PORT('D', 0), PORT('W', 0));
	rig_load(rig, 2, 3, "mova r0, #-1\n" NOPS "acq #48, r0\nmov r5, ss\n" NOPS "acq #49, r0\n" NOPS DONE);
	count_event(rig, module, 0, AIE_EVENT_CORE_LOCK_STALL);
	count_event(rig, module, 1, AIE_EVENT_CORE_STREAM_STALL);
	count_event(rig, module, 2, AIE_EVENT_CORE_ACTIVE);
	count_event(rig, module, 3, AIE_EVENT_CORE_DISABLED);
	aie_array_advance(rig->array, 100);
	rig_start(rig, 2, 3);
	aie_array_advance(rig->array, 400);
	rig_set_lock(rig, 2, 3, 0, 1);
	aie_array_advance(rig->array, 1000);
	rig_bd(rig, 3, 3, 0, RIG_BD(.words = 1));
	rig_push(rig, 3, 3, true, 0, 0, 1, false);
	aie_array_advance(rig->array, 1100);
	rig_set_lock(rig, 2, 3, 1, 1);
	aie_array_advance(rig->array, 2000);
	assert_int_equal(aie_core_status(aie_array_core(rig->array, 2, 3)), AIE_CORE_DONE);
	assert_true(counted(rig, module, 0) > 300);
	assert_int_equal(counted(rig, module, 0), counters->stall[AIE_STALL_LOCK]);
	assert_true(counted(rig, module, 1) > 500);
	assert_int_equal(counted(rig, module, 1), counters->stall[AIE_STALL_STREAM]);
	/* the account leaves out the bundle with `done` and what drains behind it */
	assert_in_range(counted(rig, module, 2), counters->cycles, counters->cycles + 10);
	assert_int_equal(counted(rig, module, 3), 100);
	rig_free(rig);
}

/* timing.md 2: a lost bank shows as MEMORY_STALL one cycle after the conflict; the banks' events name the bank. */
static void test_conflicts(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	struct event_trace core = { .module = MODULE(0, 3),
		                    .start = 124,
		                    .stop = 125,
		                    .slot = { AIE_EVENT_CORE_MEMORY_STALL },
		                    .packets = 32,
		                    .address = 0xC000 };
	struct event_trace mem = { .module = MEM_MODULE(0, 3),
		                   .start = 124,
		                   .stop = 125,
		                   .slot = { AIE_EVENT_MEM_CONFLICT_DM_BANK_0, AIE_EVENT_MEM_CONFLICT_DM_BANK_1,
		                             AIE_EVENT_MEM_GROUP_MEMORY_CONFLICT },
		                   .packets = 32,
		                   .channel = 1,
		                   .address = 0xE000,
		                   .type = AIE_TRACE_MEM };
	static const char loads[] = "movxm p0, #0x70000\nmova r1, #100\nmovxm p1, #.L\n" NOPS
	                            ".p2align 4\n.L:\njnzd r1, r1, p1\nlda r2, [p0, #0]\nlda r2, [p0, #0]\n"
	                            "lda r2, [p0, #0]\nlda r2, [p0, #0]\nlda r2, [p0, #0]\n" NOPS DONE;
	static struct trace_records stalls, conflicts;
	uint64_t first_stall = 0, first_conflict = 0, cycles;
	const struct aie_core_counters *counters = aie_core_counters(aie_array_core(rig->array, 0, 3));

	(void)state;
	/* both cores read the same bank: the core of row 4 as its south window */
	rig_load(rig, 0, 3, loads);
	rig_load(rig, 0, 4,
	         "movxm p0, #0x40000\nmova r1, #100\nmovxm p1, #.L\n" NOPS
	         ".p2align 4\n.L:\njnzd r1, r1, p1\nlda r2, [p0, #0]\nlda r2, [p0, #0]\n"
	         "lda r2, [p0, #0]\nlda r2, [p0, #0]\nlda r2, [p0, #0]\n" NOPS DONE);
	trace_start(rig, &core);
	trace_start(rig, &mem);
	event_at(rig, core.module, 10, 124);
	event_at(rig, mem.module, 10, 124);
	aie_array_advance(rig->array, 50);
	rig_start(rig, 0, 3);
	rig_start(rig, 0, 4);
	aie_array_advance(rig->array, 5000);
	event_at(rig, core.module, 5000, 125);
	event_at(rig, mem.module, 5000, 125);
	rig_run(rig, 1000);
	trace_decode(rig, &core, &stalls);
	trace_decode(rig, &mem, &conflicts);
	cycles = trace_slot_cycles(&stalls, 0, &first_stall, NULL);
	assert_true(cycles > 50);
	assert_int_equal(cycles, counters->stall[AIE_STALL_MEMORY]);
	assert_true(trace_slot_cycles(&conflicts, 0, &first_conflict, NULL) >= cycles);
	assert_int_equal(trace_slot_cycles(&conflicts, 1, NULL, NULL), 0);
	assert_int_equal(trace_slot_cycles(&conflicts, 2, NULL, NULL), trace_slot_cycles(&conflicts, 0, NULL, NULL));
	for (unsigned i = 1; i < stalls.count; i++)
		for (uint64_t cycle = 0; cycle < stalls.at[i].cycles; cycle++) {
			bool before = false;

			for (unsigned k = 1; k < conflicts.count; k++)
				before |= (conflicts.at[k].mask & 1) &&
				          stalls.at[i].time + cycle - 1 - conflicts.at[k].time < conflicts.at[k].cycles;
			assert_true(before);
		}
	rig_free(rig);
}

/* registers.tsv: Enable_Events: one event starts the core, another one stops it, sticky bits say so. */
static void test_enable_events(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const struct event_module module = MODULE(0, 2);

	(void)state;
	rig_load(rig, 0, 2, "mova r0, #0\n.p2align 4\n.L:\nj #.L\n" NOPS4 "add r0, r0, #1\n");
	rig_write(rig, 0, 2, 0x32000, 0);
	rig_write(rig, 0, 2, 0x32008, 125 << 8 | 124);
	event_at(rig, module, 100, 124);
	aie_array_advance(rig->array, 200);
	assert_int_equal(rig_read(rig, 0, 2, 0x32000), 1);
	assert_int_equal(aie_core_counters(aie_array_core(rig->array, 0, 2))->cycles, 99);
	assert_int_equal(rig_read(rig, 0, 2, 0x32008), 125 << 8 | 1 << 7 | 124);
	event_at(rig, module, 300, 125);
	aie_array_advance(rig->array, 400);
	assert_int_equal(rig_read(rig, 0, 2, 0x32000), 0);
	assert_int_equal(aie_core_counters(aie_array_core(rig->array, 0, 2))->cycles, 200);
	rig_write(rig, 0, 2, 0x32008, 1 << 15 | 1 << 7);
	assert_int_equal(rig_read(rig, 0, 2, 0x32008), 0);
	rig_free(rig);
}

/* ---- DMA ----------------------------------------------------------------------------------------------------------
 */

/* events.tsv: a task's start and end, each descriptor's end; the stalls are those of the channel's account. */
static void test_dma_events(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const struct event_module sender = MEM_MODULE(0, 2), receiver = MODULE(0, 1);
	const struct aie_channel_counters *in = aie_array_channel(rig->array, 0, 1, false, 4);
	const struct aie_channel_counters *out = aie_array_channel(rig->array, 0, 2, true, 1);

	(void)state;
	rig_connect(rig, 0, 2, PORT('D', 1), PORT('S', 0));
	rig_connect(rig, 0, 1, PORT('N', 0), PORT('D', 4));
	/* the memory tile's second S2MM selection watches channel 4 */
	rig_write(rig, 0, 1, 0xA06A0, 4 << 8);
	count_event(rig, sender, 0, AIE_EVENT_MEM_DMA_MM2S_1_FINISHED_BD);
	count_event(rig, sender, 1, AIE_EVENT_MEM_DMA_MM2S_1_STREAM_BACKPRESSURE);
	count_event(rig, receiver, 0, AIE_EVENT_MEMTILE_DMA_S2MM_SEL1_START_TASK);
	count_event(rig, receiver, 1, AIE_EVENT_MEMTILE_DMA_S2MM_SEL1_FINISHED_TASK);
	count_event(rig, receiver, 2, AIE_EVENT_MEMTILE_DMA_S2MM_SEL1_STALLED_LOCK);
	count_event(rig, receiver, 3, AIE_EVENT_MEMTILE_DMA_S2MM_SEL1_STREAM_STARVATION);
	/* three tasks of 200 words, each behind a lock that comes 300 cycles late; two descriptors a task at the sender
	 */
	rig_bd(rig, 0, 1, 1, RIG_BD(.address = 0x1000, .words = 200, .acquire = 5, .acquire_value = -1));
	rig_bd(rig, 0, 2, 0, RIG_BD(.words = 60, .next = 1));
	rig_bd(rig, 0, 2, 1, RIG_BD(.address = 0x800, .words = 140));
	for (unsigned i = 0; i < 3; i++) {
		rig_push(rig, 0, 1, false, 4, 1, 1, false);
		rig_push(rig, 0, 2, true, 1, 0, 1, false);
	}
	for (unsigned i = 1; i <= 3; i++) {
		aie_array_advance(rig->array, 300 * i);
		rig_set_lock(rig, 0, 1, 5, 1);
	}
	rig_run(rig, 10000);
	assert_int_equal(counted(rig, receiver, 0), 3);
	assert_int_equal(counted(rig, receiver, 1), 3);
	assert_true(counted(rig, receiver, 2) > 500);
	assert_int_equal(counted(rig, receiver, 2), in->lock_stall);
	assert_int_equal(counted(rig, receiver, 3), in->stream_stall);
	assert_int_equal(counted(rig, sender, 0), 6);
	assert_true(counted(rig, sender, 1) > 500);
	assert_int_equal(counted(rig, sender, 1), out->stream_stall);
	rig_free(rig);
}

/* The shim's channels: starvation by memory is the wait for system memory. */
static void test_shim_dma_events(void **state)
{
	struct rig *rig = rig_new("npu4", 1 << 16);
	const struct event_module shim = MODULE(1, 0);
	const struct aie_channel_counters *out = aie_array_channel(rig->array, 1, 0, true, 0);
	struct event_trace trace = {
		.module = MODULE(1, 0),
		.start = 126,
		.stop = 127,
		.slot = { AIE_EVENT_SHIM_DMA_MM2S_0_START_TASK, AIE_EVENT_SHIM_DMA_MM2S_0_FINISHED_BD,
		          AIE_EVENT_SHIM_DMA_MM2S_0_FINISHED_TASK, AIE_EVENT_SHIM_DMA_MM2S_0_MEMORY_STARVATION },
		.type = AIE_TRACE_SHIM,
		.channel = 1,
		.packets = 16,
		.address = 0x8000
	};
	static struct trace_records records;
	uint64_t start = 0, end = 0;

	(void)state;
	rig_route_up(rig, 1, 0, 0, 2, 0);
	count_event(rig, shim, 0, AIE_EVENT_SHIM_DMA_MM2S_0_MEMORY_STARVATION);
	trace_start(rig, &trace);
	event_at(rig, shim, 10, 126);
	aie_array_advance(rig->array, 100);
	rig_bd(rig, 1, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = 2048));
	rig_bd(rig, 1, 2, 0, RIG_BD(.words = 2048));
	rig_push(rig, 1, 2, false, 0, 0, 1, false);
	rig_push(rig, 1, 0, true, 0, 0, 1, false);
	aie_array_advance(rig->array, 10000);
	event_write(rig, shim, EVENT_GENERATE, 127);
	/* system memory gets bursts of two packets: a second window fills the last one */
	event_at(rig, shim, 10100, 126);
	event_at(rig, shim, 10200, 127);
	aie_array_advance(rig->array, 20000);
	assert_true(counted(rig, shim, 0) > 50);
	assert_int_equal(counted(rig, shim, 0), out->memory_stall);
	trace_decode(rig, &trace, &records);
	assert_int_equal(trace_slot_cycles(&records, 0, &start, NULL), 1);
	assert_int_equal(start, 100);
	assert_int_equal(trace_slot_cycles(&records, 1, &end, NULL), 1);
	assert_int_equal(trace_slot_cycles(&records, 2, NULL, NULL), 1);
	/* 1024 beats at one a cycle at best */
	assert_true(end - start >= 1024 && end - start < 2048);
	assert_int_equal(trace_slot_cycles(&records, 3, NULL, NULL), out->memory_stall);
	rig_free(rig);
}

/* dma.md: a channel that meets an invalid descriptor stops, and says so. */
static void test_dma_error(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	count_event(rig, MEM_MODULE(0, 2), 0, AIE_EVENT_MEM_DMA_MM2S_1_ERROR);
	count_event(rig, MEM_MODULE(0, 2), 1, AIE_EVENT_MEM_DMA_S2MM_1_ERROR);
	rig_bd(rig, 0, 2, 3, RIG_BD(.words = 4, .invalid = true));
	rig_push(rig, 0, 2, true, 1, 3, 1, false);
	aie_array_advance(rig->array, 1000);
	assert_int_equal(counted(rig, MEM_MODULE(0, 2), 0), 1);
	assert_int_equal(counted(rig, MEM_MODULE(0, 2), 1), 0);
	rig_free(rig);
}

/* ---- locks --------------------------------------------------------------------------------------------------------
 */

/* registers.tsv: a selection names a lock and a value: acquires of both kinds, releases, and how long it has the value.
 */
static void test_lock_events(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const struct event_module module = MODULE(4, 1);

	(void)state;
	rig_write(rig, 4, 1, 0xC0400 + 4 * 6, 40 << 16 | 2); /* selection 6: lock 40, value 2 */
	count_event(rig, module, 0, AIE_EVENT_MEMTILE_LOCK_SEL6_ACQ_EQ);
	count_event(rig, module, 1, AIE_EVENT_MEMTILE_LOCK_SEL6_ACQ_GE);
	count_event(rig, module, 2, AIE_EVENT_MEMTILE_LOCK_SEL6_REL);
	count_event(rig, module, 3, AIE_EVENT_MEMTILE_LOCK_SEL6_EQUAL_TO_VALUE);
	aie_array_advance(rig->array, 100);
	rig_set_lock(rig, 4, 1, 40, 2);
	aie_array_advance(rig->array, 150);
	/* Lock_Request: lock id << 10, acquire << 9, value << 2: release by 1, acquire >= 1 twice, acquire == 1 */
	rig_read(rig, 4, 1, 0xD0000 + (40 << 10 | 1 << 2));
	aie_array_advance(rig->array, 200);
	rig_read(rig, 4, 1, 0xD0000 + (40 << 10 | 1 << 9 | 0x7F << 2));
	aie_array_advance(rig->array, 230);
	rig_read(rig, 4, 1, 0xD0000 + (40 << 10 | 1 << 9 | 0x7F << 2));
	aie_array_advance(rig->array, 300);
	rig_read(rig, 4, 1, 0xD0000 + (40 << 10 | 1 << 9 | 1 << 2));
	rig_set_lock(rig, 4, 1, 41, 2);
	aie_array_advance(rig->array, 400);
	assert_int_equal(counted(rig, module, 0), 1);
	assert_int_equal(counted(rig, module, 1), 2);
	assert_int_equal(counted(rig, module, 2), 1);
	assert_int_equal(counted(rig, module, 3), 50 + 30);
	rig_free(rig);
}

/* The same of a core's and a DMA channel's operations; a value is seen one cycle after them. */
static void test_lock_events_of_units(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const struct event_module module = MEM_MODULE(1, 4);

	(void)state;
	rig_write(rig, 1, 4, 0x1F100, 3 << 16 | 1);
	rig_write(rig, 1, 4, 0x1F104, 3 << 16 | 0);
	count_event(rig, module, 0, AIE_EVENT_MEM_LOCK_SEL0_ACQ_GE);
	count_event(rig, module, 1, AIE_EVENT_MEM_LOCK_0_REL);
	rig_load(rig, 1, 4, "mova r0, #1\n" NOPS "rel #51, r0\n" NOPS DONE);
	rig_connect(rig, 1, 4, PORT('D', 0), PORT('D', 0));
	rig_bd(rig, 1, 4, 0, RIG_BD(.words = 8, .acquire = 3, .acquire_value = -1));
	rig_bd(rig, 1, 4, 1, RIG_BD(.address = 0x8000, .words = 8));
	rig_push(rig, 1, 4, false, 0, 1, 1, false);
	rig_push(rig, 1, 4, true, 0, 0, 1, false);
	rig_start(rig, 1, 4);
	rig_run(rig, 1000);
	assert_int_equal(counted(rig, module, 0), 1);
	assert_int_equal(counted(rig, module, 1), 1);
	rig_free(rig);
}

/* ---- status, refusals, rest ---------------------------------------------------------------------------------------
 */

/* registers.tsv: sticky bits, write one to clear, TRUE always 1.  They are kept for events that software has cleared.
 */
static void test_status(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const struct event_module module = MODULE(0, 1);
	uint32_t value;

	(void)state;
	assert_int_equal(event_read(rig, module, EVENT_STATUS0), 2);
	for (unsigned i = 0; i < 6; i++)
		event_write(rig, module, EVENT_STATUS0 + 4 * i, 0xFFFFFFFF);
	event_at(rig, module, 100, AIE_EVENT_MEMTILE_USER_EVENT_1); /* 160: the last word */
	event_at(rig, module, 120, AIE_EVENT_MEMTILE_USER_EVENT_0); /* 159 */
	aie_array_advance(rig->array, 200);
	assert_int_equal(event_read(rig, module, EVENT_STATUS0 + 4 * 5), 1);
	event_write(rig, module, EVENT_STATUS0 + 4 * 5, 1);
	assert_int_equal(event_read(rig, module, EVENT_STATUS0 + 4 * 5), 0);
	/* watchpoints cannot be listened to: their word stays refused */
	assert_int_equal(aie_array_read32(rig->array, aie_tile_address(0, 1, 0x94200), &value, &rig->error), -1);
	assert_int_equal(rig->error.category, AIE_ERROR_UNIMPLEMENTED);
	assert_non_null(strstr(rig->error.text, "Event_Status0"));
	assert_int_equal(aie_array_read32(rig->array, aie_tile_address(0, 2, 0x34204), &value, &rig->error), -1);
	rig_free(rig);
}

/* What no source establishes is refused by name when somebody listens to it, and the register keeps its value. */
static void test_refusals(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_write_fails(rig, 0, 2, 0x34010, AIE_EVENT_CORE_SRS_OVERFLOW, AIE_ERROR_UNIMPLEMENTED, "SRS_OVERFLOW");
	assert_int_equal(rig_read(rig, 0, 2, 0x34010), 0);
	rig_write_fails(rig, 0, 2, 0x34010, AIE_EVENT_CORE_COMBO_EVENT_3, AIE_ERROR_UNIMPLEMENTED, "COMBO_EVENT_3");
	rig_write_fails(rig, 0, 2, 0x14010, AIE_EVENT_MEM_GROUP_WATCHPOINT, AIE_ERROR_UNIMPLEMENTED, "WATCHPOINT_0");
	rig_write_fails(rig, 0, 2, 0x34010, AIE_EVENT_CORE_GROUP_ERRORS_0, AIE_ERROR_UNIMPLEMENTED, "SRS_OVERFLOW");
	/* without the members that are refused the group can be listened to */
	rig_write(rig, 0, 2, 0x34510, 0x003FFF80 & ~0x0040003FU);
	rig_write(rig, 0, 2, 0x34010, AIE_EVENT_CORE_GROUP_ERRORS_0);
	rig_write_fails(rig, 0, 2, 0x340D8, 1, AIE_ERROR_INPUT, "Trace_Status");
	rig_free(rig);
}

/* Events that go on for ever do not keep the array from being idle, and time that passes is theirs all the same. */
static void test_rest(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const struct event_module module = MODULE(3, 2);

	(void)state;
	perf_write(rig, module, 0, 1 << 8 | 1);
	event_write(rig, module, TIMER_CONTROL, 1 << 8);
	event_write(rig, module, TRACE_EVENT0, 1);
	event_write(rig, module, TRACE_CONTROL0, 1 << 16);
	assert_int_equal(aie_array_run(rig->array, 1000000, false), AIE_ARRAY_IDLE);
	assert_true(aie_array_cycle(rig->array) < 1000);
	aie_array_advance(rig->array, 500000);
	assert_int_equal(counted(rig, module, 0), 500000);
	rig_free(rig);
}

/* Resetting a column stops what its modules broadcast and listen to. */
static void test_column_reset(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	count_event(rig, MODULE(1, 2), 0, AIE_EVENT_CORE_BROADCAST_0);
	event_write(rig, MODULE(0, 2), EVENT_BROADCAST, 1); /* TRUE */
	aie_array_advance(rig->array, 1000);
	assert_in_range(counted(rig, MODULE(1, 2), 0), 980, 1000);
	assert_int_equal(aie_array_reset_columns(rig->array, 0, 1, &rig->error), 0);
	aie_array_advance(rig->array, 2000);
	assert_in_range(counted(rig, MODULE(1, 2), 0), 1000, 1000);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_group_registers),
		cmocka_unit_test(test_broadcast_reach),
		cmocka_unit_test(test_broadcast_delay),
		cmocka_unit_test(test_broadcast_block),
		cmocka_unit_test(test_broadcast_of_a_level),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_combinations),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_instruction_events),
		cmocka_unit_test(test_pc_events),
		cmocka_unit_test(test_core_levels),
		cmocka_unit_test(test_conflicts),
		cmocka_unit_test(test_enable_events),
		cmocka_unit_test(test_dma_events),
		cmocka_unit_test(test_shim_dma_events),
		cmocka_unit_test(test_dma_error),
		cmocka_unit_test(test_lock_events),
		cmocka_unit_test(test_lock_events_of_units),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_column_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
