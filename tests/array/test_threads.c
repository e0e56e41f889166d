/* Host threads (sim/array/crew.h): outputs, cycles and counters are those of one thread, whatever cores do to each
 * other across the borders of the groups: memory and banks, locks, cascade, streams, and DMA channels beside them; and
 * so are the bytes of traces.
 */
#include "sim/array/crew.h"
#include "tests/array/event_rig.h"

#define NOPS4 "nop\nnop\nnop\nnop\n"
#define NOPS  NOPS4 NOPS4

enum {
	ROUNDS = 6,
	REPEATS = 20,
	COLUMNS = 8,
	ROWS = 4,
	MEMORY = 64 << 10,
	TEXT = 4096,
};

struct outcome {
	uint64_t cycle;
	struct aie_core_counters core[COLUMNS][ROWS];
	struct aie_channel_counters channel[COLUMNS][ROWS][4];
	uint8_t data[COLUMNS][ROWS][0x800];
	uint8_t memory[MEMORY];
	struct aie_ddr_counters ddr;
	struct aie_error error;
};

static const char head[] =
        "movxm p0, #0x50100\nmovxm p1, #0x70100\nmovxm p2, #0x70120\nmovxm p3, #0x50120\nmova r24, #-1\n"
        "mova r25, #1\nmova r10, #7\nmovxm r11, #%u\n" NOPS;

/* All fight for the banks of their western neighbours, without locks: what is read depends on the cycle. */
static void program_banks(char *text, unsigned column, unsigned row)
{
	snprintf(text, TEXT,
	         "movxm p0, #0x%x0100\nmovxm p1, #0x70100\nmovxm p2, #0x70140\nmovxm p3, #0x%x0120\nmovxm r0, "
	         "#%u\nmovxm r1, #%u\n" NOPS
	         ".p2align 4\nloop: jnz r0, #loop\nadd r0, r0, #-1; lda r2, [p0, #0]\nlda r3, [p1, #0]\n"
	         "lda r4, [p3, #0]\nnop\nst r2, [p1, #0]\n" NOPS
	         "add r1, r1, r2\nst r1, [p0, #0]\nst r4, [p2], #4\n" NOPS "done\n" NOPS,
	         column ? 5 : 7, column ? 5 : 7, ROUNDS * 4, column * 100 + row);
}

/* A token goes from west to east: acquire from the west, work, give it on, tell the west that it is taken. */
static void program_locks(char *text, unsigned column, unsigned row)
{
	size_t used = (size_t)snprintf(text, TEXT, head, column * 10 + row);

	for (unsigned i = 0; i < ROUNDS; i++) {
		if (column)
			used += (size_t)snprintf(text + used, TEXT - used,
			                         "acq #17, r24\n" NOPS "lda r1, [p0, #0]\n" NOPS
			                         "rel #18, r25\n" NOPS4);
		used += (size_t)snprintf(text + used, TEXT - used,
		                         "acq #50, r24\n" NOPS "add r1, r1, r11\n" NOPS4 "st r1, [p1, #0]\n" NOPS
		                         "rel #49, r25\n" NOPS4);
	}
	snprintf(text + used, TEXT - used, "done\n" NOPS);
}

/* Row 2: cascade from west to east; row 3: streams; others: work of different length. */
static void program_mixed(char *text, unsigned column, unsigned row)
{
	size_t used = (size_t)snprintf(text, TEXT, head, column + 1);

	for (unsigned i = 0; i < ROUNDS; i++) {
		if (row == 2 && column)
			used += (size_t)snprintf(text + used, TEXT - used, "vmov bmll0, scd\n" NOPS);
		if (row == 2 && column < COLUMNS - 1)
			used += (size_t)snprintf(text + used, TEXT - used, "vmov mcd, bmll0\n" NOPS);
		if (row == 3 && column)
			used += (size_t)snprintf(text + used, TEXT - used, "mov r1, ss\n" NOPS "add r1, r1, r11\n");
		if (row == 3 && column < COLUMNS - 1)
			used += (size_t)snprintf(text + used, TEXT - used, "mov ms, r1\nmov ms, r1\nmov r2, r1\n");
		/* two words come, one is used for the sum */
		if (row == 3 && column)
			used += (size_t)snprintf(text + used, TEXT - used, "mov r3, ss\n" NOPS4);
		for (unsigned k = 0; k < (row > 3 ? (column * 7 + row * 3 + i) % 11 : 1); k++)
			used += (size_t)snprintf(text + used, TEXT - used, "lda r4, [p1, #0]\nst r1, [p1], #4\n" NOPS4);
	}
	snprintf(text + used, TEXT - used, "done\n" NOPS);
}

typedef void program(char *text, unsigned column, unsigned row);

/* DMA in and out of rows 4 and 5 meanwhile: words for the cores' banks, wakes and the memory port. */
static void start_traffic(struct rig *rig)
{
	for (unsigned column = 0; column < COLUMNS; column++) {
		unsigned row = 4 + column % 2;

		rig_route_up(rig, column, 0, 0, row, 0);
		rig_route_down(rig, column, row, 0, 0, 0);
		rig_bd(rig, column, row, 0,
		       RIG_BD(.address = 0x100, .words = 64, .acquire = 8, .acquire_value = -1, .release = 9,
		              .release_value = 1, .next = 0));
		rig_bd(rig, column, row, 1,
		       RIG_BD(.address = 0x100, .words = 64, .acquire = 9, .acquire_value = -1, .release = 8,
		              .release_value = 1, .next = 1));
		rig_set_lock(rig, column, row, 8, 1);
		rig_bd(rig, column, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE + 2048 * column, .words = 512));
		rig_bd(rig, column, 0, 1, RIG_BD(.address = RIG_MEMORY_BASE + 32768 + 2048 * column, .words = 512));
		rig_push(rig, column, row, false, 0, 0, 1, false);
		rig_push(rig, column, row, true, 0, 1, 1, false);
		rig_push(rig, column, 0, false, 0, 1, 1, false);
		rig_push(rig, column, 0, true, 0, 0, 1, false);
	}
}

static void run(const char *profile, program *make, struct outcome *outcome)
{
	struct rig *rig = rig_new(profile, MEMORY);
	char text[TEXT];

	memset(outcome, 0, sizeof *outcome);
	for (unsigned i = 0; i < 8192; i++)
		rig_memory(rig, 0)[i] = i * 2654435761U;
	for (unsigned column = 0; column < COLUMNS; column++)
		for (unsigned row = 2; row < 2 + ROWS; row++) {
			make(text, column, row);
			rig_load(rig, column, row, text);
			rig_fill(rig, column, row, 0x100, column * 1000 + row, 16);
			rig_set_lock(rig, column, row, 2, 1);
			if (make == program_mixed && row == 2)
				rig_write(rig, column, row, 0x36060, 3); /* cascade from the west, to the east */
			if (make == program_mixed && row == 3 && column < COLUMNS - 1) {
				rig_connect(rig, column, row, PORT('C', 0), PORT('E', 1));
				rig_connect(rig, column + 1, row, PORT('W', 1), PORT('C', 0));
			}
		}
	start_traffic(rig);
	for (unsigned column = 0; column < COLUMNS; column++)
		for (unsigned row = 2; row < 2 + ROWS; row++)
			rig_start(rig, column, row);
	if (aie_array_run(rig->array, 200000, false) == AIE_ARRAY_FAULT)
		aie_array_fault(rig->array, &outcome->error);
	if (strstr(profile, "always"))
		assert_true(aie_crew_cycles(rig->array) > 20);
	outcome->cycle = aie_array_cycle(rig->array);
	aie_array_ddr(rig->array, &outcome->ddr);
	for (unsigned column = 0; column < COLUMNS; column++)
		for (unsigned row = 0; row < ROWS; row++) {
			outcome->core[column][row] = *aie_core_counters(aie_array_core(rig->array, column, 2 + row));
			for (unsigned k = 0; k < 4; k++)
				outcome->channel[column][row][k] =
				        *aie_array_channel(rig->array, column, row < 2 ? 0 : 2 + row, k & 1, k / 2);
			for (unsigned at = 0; at < sizeof outcome->data[0][0]; at += 4) {
				uint32_t word = rig_word(rig, column, 2 + row, at);

				memcpy(&outcome->data[column][row][at], &word, 4);
			}
		}
	memcpy(outcome->memory, rig->memory, MEMORY);
	rig_free(rig);
}

static void compare(program *make)
{
	struct outcome *one = malloc(sizeof *one), *many = malloc(sizeof *many);

	assert_non_null(one);
	assert_non_null(many);
	run("npu4", make, one);
	assert_true(one->cycle > 500 && one->cycle < 200000);
	for (unsigned repeat = 0; repeat < REPEATS; repeat++) {
		char profile[48];

		/* with the choice by the host's clock: a try goes from one thread to two and on, every some 300 cycles
		 */
		snprintf(profile, sizeof profile, "npu4,threads=%u,together=%s", repeat % 4 == 3 ? 3 + repeat : 2,
		         repeat % 4 == 2 ? "measured" : "always");
		run(profile, make, many);
		assert_int_equal(many->cycle, one->cycle);
		for (unsigned column = 0; column < COLUMNS; column++)
			for (unsigned row = 0; row < ROWS; row++)
				if (memcmp(&one->core[column][row], &many->core[column][row], sizeof one->core[0][0]) !=
				    0)
					fail_msg("%s: counters of core (%u,%u) differ", profile, column, 2 + row);
		assert_memory_equal(many, one, sizeof *one);
	}
	free(one);
	free(many);
}

static void test_banks(void **state)
{
	(void)state;
	compare(program_banks);
}

static void test_locks(void **state)
{
	(void)state;
	compare(program_locks);
}

static void test_cascade_and_streams(void **state)
{
	(void)state;
	compare(program_mixed);
}

/* Cores of two columns and a memory module are traced while all work: the trace buffers, byte by byte. */
enum { TRACES = 3, TRACE_BUFFER = 0x4000, TRACE_PACKETS = 64 };

struct traced {
	uint64_t cycle;
	uint8_t trace[TRACES][32 * TRACE_PACKETS];
	uint8_t data[COLUMNS][ROWS][0x800];
};

static void run_traced(const char *profile, struct traced *traced)
{
	static const uint8_t core_slots[8] = { AIE_EVENT_CORE_MEMORY_STALL, AIE_EVENT_CORE_ACTIVE,
		                               AIE_EVENT_CORE_INSTR_LOAD, AIE_EVENT_CORE_INSTR_STORE };
	static const struct event_module modules[TRACES] = { { 1, 2, false }, { 6, 4, false }, { 3, 5, true } };
	struct rig *rig = rig_new(profile, MEMORY);
	char text[TEXT];

	memset(traced, 0, sizeof *traced);
	for (unsigned column = 0; column < COLUMNS; column++)
		for (unsigned row = 2; row < 2 + ROWS; row++) {
			program_banks(text, column, row);
			rig_load(rig, column, row, text);
			rig_fill(rig, column, row, 0x100, column * 1000 + row, 16);
		}
	for (unsigned i = 0; i < TRACES; i++) {
		struct event_trace trace = { .module = modules[i],
			                     .start = 124, /* user events 0 and 1 of both kinds of module */
			                     .stop = 125,
			                     .id = i,
			                     .type = modules[i].mem ? AIE_TRACE_MEM : AIE_TRACE_CORE,
			                     .packets = TRACE_PACKETS,
			                     .address = TRACE_BUFFER };

		for (unsigned k = 0; k < 8; k++)
			trace.slot[k] =
			        modules[i].mem ? (uint8_t)(AIE_EVENT_MEM_CONFLICT_DM_BANK_0 + k) : core_slots[k];
		trace_start(rig, &trace);
		event_write(rig, modules[i], EVENT_GENERATE, 124);
	}
	for (unsigned column = 0; column < COLUMNS; column++)
		for (unsigned row = 2; row < 2 + ROWS; row++)
			rig_start(rig, column, row);
	rig_run(rig, 200000);
	traced->cycle = aie_array_cycle(rig->array);
	for (unsigned i = 0; i < TRACES; i++)
		event_write(rig, modules[i], EVENT_GENERATE, 125);
	rig_run(rig, 1000);
	for (unsigned i = 0; i < TRACES; i++)
		for (uint32_t at = 0; at < sizeof traced->trace[0]; at += 4) {
			uint32_t word = rig_word(rig, modules[i].column, modules[i].row, TRACE_BUFFER + at);

			memcpy(&traced->trace[i][at], &word, 4);
		}
	for (unsigned column = 0; column < COLUMNS; column++)
		for (unsigned row = 0; row < ROWS; row++)
			for (uint32_t at = 0; at < sizeof traced->data[0][0]; at += 4) {
				uint32_t word = rig_word(rig, column, 2 + row, at);

				memcpy(&traced->data[column][row][at], &word, 4);
			}
	rig_free(rig);
}

static void test_traces(void **state)
{
	struct traced *one = malloc(sizeof *one), *many = malloc(sizeof *many);

	(void)state;
	assert_non_null(one);
	assert_non_null(many);
	run_traced("npu4", one);
	for (unsigned i = 0; i < TRACES; i++) {
		unsigned used = 0;

		for (unsigned at = 0; at < sizeof one->trace[0]; at++)
			used += one->trace[i][at] != 0;
		assert_true(used > 20);
	}
	for (unsigned repeat = 0; repeat < REPEATS; repeat++) {
		run_traced("npu4,threads=2,together=always", many);
		assert_memory_equal(many, one, sizeof *one);
	}
	free(one);
	free(many);
}

/* Two faults in one cycle: the report is that of the first tile. */
static void program_fault(char *text, unsigned column, unsigned row)
{
	snprintf(text, TEXT, "movxm p0, #0x%x0000\n" NOPS NOPS "lda r0, [p0, #0]\n" NOPS "done\n" NOPS,
	         (column == 1 || column == 6) && row == 4 ? 3 : 7);
}

static void test_faults(void **state)
{
	struct outcome *one = malloc(sizeof *one), *many = malloc(sizeof *many);

	(void)state;
	assert_non_null(one);
	assert_non_null(many);
	run("npu4", program_fault, one);
	assert_non_null(strstr(one->error.text, "core (1,4)"));
	for (unsigned repeat = 0; repeat < REPEATS; repeat++) {
		run("npu4,threads=2,together=always", program_fault, many);
		assert_string_equal(many->error.text, one->error.text);
		assert_int_equal(many->cycle, one->cycle);
	}
	free(one);
	free(many);
}

/* The register bus of a core lets one thread do it all; a number of threads out of range is refused. */
static void test_options(void **state)
{
	static const char *const bad[] = { "npu4,threads=0",  "npu4,threads=65", "npu4,threads=2x",
		                           "npu4,threads=",   "npu4,together=",  "npu4,together=alwaysx",
		                           "npu4,together=no" };
	struct aie_system_memory memory = { 0 };
	struct aie_error error;
	struct rig *rig = rig_new("npu4,threads=2,together=measured", 0);

	(void)state;
	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_null(aie_array_create(bad[i], &memory, &error));
		assert_non_null(strstr(error.text, i < 4 ? "threads" : "together"));
	}
	for (unsigned column = 0; column < COLUMNS; column++) {
		rig_write(rig, column, 2, 0x32038, 1);
		rig_load(rig, column, 2,
		         "movxm p0, #0x9F030\nmova r0, #5\n" NOPS "st.tm r0, [p0, #0]\n" NOPS NOPS "done\n" NOPS);
		rig_start(rig, column, 2);
	}
	rig_run(rig, 1000);
	for (unsigned column = 0; column < COLUMNS; column++)
		assert_int_equal(rig_lock(rig, column, 2, 3), 5);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_banks),
		cmocka_unit_test(test_locks),
		cmocka_unit_test(test_cascade_and_streams),
		cmocka_unit_test(test_traces),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
