/* Cores in their tiles: windows, neighbours' locks, streams, cascade, register bus, control and status, faults, hangs.
 */
#include "tests/array/rig.h"

#define NOPS4 "nop\nnop\nnop\nnop\n"
#define NOPS  NOPS4 NOPS4
#define DONE  "done\n" NOPS4 "nop\n"

/* Store r0 to the word at a core address. */
#define STORE_AT(address) "movxm p0, #" #address "\nmova r0, #11\n" NOPS "st r0, [p0, #0]\n" NOPS DONE

/* address_map.md 2: core address windows south, west, north, own. */
static void test_windows(void **state)
{
	static const struct {
		const char *source;
		unsigned column, row;
	} windows[] = {
		{ STORE_AT(0x40100), 3, 3 },
		{ STORE_AT(0x50100), 2, 4 },
		{ STORE_AT(0x60100), 3, 5 },
		{ STORE_AT(0x70100), 3, 4 },
	};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct rig *rig = rig_new("npu4", 0);

		rig_load(rig, 3, 4, windows[i].source);
		rig_start(rig, 3, 4);
		rig_run(rig, 1000);
		assert_int_equal(rig_word(rig, windows[i].column, windows[i].row, 0x100), 11);
		rig_free(rig);
	}
}

static void expect_fault(unsigned column, unsigned row, const char *source, const char *first, const char *second)
{
	struct rig *rig = rig_new("npu4", 0);

	rig_load(rig, column, row, source);
	rig_start(rig, column, row);
	assert_int_equal(aie_array_run(rig->array, 1000, false), AIE_ARRAY_FAULT);
	aie_array_fault(rig->array, &rig->error);
	if (!strstr(rig->error.text, first) || !strstr(rig->error.text, second))
		fail_msg("'%s' does not say '%s' and '%s'", rig->error.text, first, second);
	assert_int_equal(aie_array_run(rig->array, 2000, false), AIE_ARRAY_FAULT);
	assert_int_equal(aie_array_reset_columns(rig->array, column, 1, &rig->error), 0);
	assert_int_equal(aie_array_run(rig->array, 3000, false), AIE_ARRAY_IDLE);
	rig_free(rig);
}

/* address_map.md 2: row 1 is never visible to a core; column 0 has no west, row 5 no north neighbour. */
static void test_unreachable_windows(void **state)
{
	(void)state;
	expect_fault(0, 2, STORE_AT(0x40000), "core (0,2) pc 0x", "no south neighbour memory");
	expect_fault(0, 3, STORE_AT(0x50000), "core (0,3)", "no west neighbour memory");
	expect_fault(1, 5, STORE_AT(0x60000), "core (1,5)", "no north neighbour memory");
	expect_fault(1, 3, STORE_AT(0x3FFFC), "core (1,3)", "no memory there");
}

/* The fault report names tile, pc, instruction, reason and the bundle. */
static void test_fault_text(void **state)
{
	(void)state;
	expect_fault(0, 2, STORE_AT(0x3FFF0), "core (0,2) pc 0x", "[");
	expect_fault(0, 2, "mova r0, #-1\n" NOPS "acq #0, r0\n" DONE, "lock 0", "no south neighbour");
}

/* address_map.md 5: Core_Control and Core_Status; done sets bit 20, Enable alone does not run a core in reset. */
static void test_control_and_status(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	assert_int_equal(rig_read(rig, 2, 2, 0x32000), 2);
	assert_int_equal(rig_read(rig, 2, 2, 0x32004), 2);
	rig_load(rig, 2, 2, STORE_AT(0x70000));
	rig_write(rig, 2, 2, 0x32000, 3);
	assert_int_equal(aie_array_run(rig->array, 100, false), AIE_ARRAY_IDLE);
	assert_int_equal(rig_word(rig, 2, 2, 0), 0);
	assert_int_equal(rig_read(rig, 2, 2, 0x32004), 3);
	rig_write(rig, 2, 2, 0x32000, 1);
	rig_run(rig, 1000);
	assert_int_equal(rig_word(rig, 2, 2, 0), 11);
	assert_int_equal(rig_read(rig, 2, 2, 0x32004), 1 << 20 | 1);
	/* reset pulse, run again */
	rig_write(rig, 2, 2, 0, 0);
	rig_write(rig, 2, 2, 0x32000, 2);
	assert_int_equal(rig_read(rig, 2, 2, 0x32004), 2);
	rig_write(rig, 2, 2, 0x32000, 1);
	rig_run(rig, 1000);
	assert_int_equal(rig_word(rig, 2, 2, 0), 11);
	/* r0 by its debug register */
	assert_int_equal(rig_read(rig, 2, 2, 0x31000), 11);
	rig_free(rig);
}

/* Register reference: CR1, CR2, CR3, SR1 and SR2 pack the control and status registers; while a flag is in a state that
 * no source establishes, reading its word is refused and names it. */
static void test_status_words(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	uint32_t value;

	(void)state;
	assert_int_equal(rig_read(rig, 2, 2, 0x30F70), 0x0FF41FC0);
	assert_int_equal(rig_read(rig, 2, 2, 0x30F80), 0x2AA);
	assert_int_equal(rig_read(rig, 2, 2, 0x30F90), 0x10FF2165);
	assert_int_equal(rig_read(rig, 2, 2, 0x30FA0), 0);
	rig_load(rig, 2, 2,
	         "mova r0, #12\nmova r1, #60\n" NOPS "mov crrnd, r0\nvmac.f dm0, dm0, x0, x1, r1\n" NOPS DONE);
	rig_start(rig, 2, 2);
	rig_run(rig, 1000);
	assert_int_equal(rig_read(rig, 2, 2, 0x30F70), 0x0FF41FC0 | 12 << 2);
	assert_int_equal(aie_array_read32(rig->array, aie_tile_address(2, 2, 0x30FA0), &value, &rig->error), -1);
	assert_int_equal(rig->error.category, AIE_ERROR_UNSUPPORTED);
	assert_non_null(strstr(rig->error.text, "srFPFlags"));
	assert_int_equal(rig_read(rig, 2, 2, 0x30FB0), 0);
	rig_write(rig, 2, 2, 0x32000, 2);
	rig_write(rig, 2, 2, 0x30FA0, 0x10);
	assert_int_equal(rig_read(rig, 2, 2, 0x30FA0), 0x10);
	rig_free(rig);
}

#define ACQUIRE(lock, value) "mova r1, #" #value "\n" NOPS "acq #" #lock ", r1\n" NOPS
#define RELEASE(lock, value) "mova r1, #" #value "\n" NOPS "rel #" #lock ", r1\n" NOPS

/* locks.md 4: a core's ids 0 south, 16 west, 32 north, 48 own; (3,3) and its four neighbours meet in each other's
 * locks. */
static void test_lock_sides(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_load(rig, 3, 4, RELEASE(2, 1) RELEASE(18, 2) RELEASE(34, 3) RELEASE(50, 4) DONE);
	rig_start(rig, 3, 4);
	rig_run(rig, 1000);
	assert_int_equal(rig_lock(rig, 3, 3, 2), 1);
	assert_int_equal(rig_lock(rig, 2, 4, 2), 2);
	assert_int_equal(rig_lock(rig, 3, 5, 2), 3);
	assert_int_equal(rig_lock(rig, 3, 4, 2), 4);
	rig_free(rig);
}

/* locks.md 3: a core blocks until the lock is there; producer and consumer in neighbour tiles; the waiting time is
 * accounted to the lock although the waiting core costs nothing. */
static void test_blocking_acquire(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const struct aie_core_counters *counters;

	(void)state;
	/* (1,3) waits for own lock 5 (id 53), which (1,2) sees as north (id 37) */
	rig_load(rig, 1, 3, ACQUIRE(53, -2) "movxm p0, #0x70000\nmova r0, #7\n" NOPS "st r0, [p0, #0]\n" NOPS DONE);
	rig_load(rig, 1, 2, RELEASE(37, 2) DONE);
	rig_start(rig, 1, 3);
	assert_int_equal(aie_array_run(rig->array, 5000, false), AIE_ARRAY_IDLE);
	rig_expect_wait(rig, "core (1,3) pc 0x", "waits for lock 53 (own 5) >= 2, value 0", NULL);
	assert_int_equal(rig_read(rig, 1, 3, 0x32004), 1 << 9 | 1); /* lock stall, own side */
	aie_array_advance(rig->array, 5000);
	rig_start(rig, 1, 2);
	rig_run(rig, 1000);
	assert_int_equal(rig_word(rig, 1, 3, 0), 7);
	assert_int_equal(rig_lock(rig, 1, 3, 5), 0);
	counters = aie_core_counters(aie_array_core(rig->array, 1, 3));
	assert_true(counters->stall[AIE_STALL_LOCK] > 4900 && counters->stall[AIE_STALL_LOCK] < 5100);
	assert_true(counters->lock_wait[53] > 4900);
	assert_int_equal(counters->cycles - counters->bundles, counters->stall[AIE_STALL_LOCK]);
	rig_free(rig);
}

/* A deadlock between two cores is found at once, exactly, and says who waits for what. */
static void test_deadlock(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	uint64_t cycle;

	(void)state;
	rig_load(rig, 0, 2, ACQUIRE(48, -1) RELEASE(32, 1) DONE);
	rig_load(rig, 0, 3, ACQUIRE(48, -1) RELEASE(0, 1) DONE);
	rig_start(rig, 0, 2);
	rig_start(rig, 0, 3);
	assert_int_equal(aie_array_run(rig->array, UINT64_MAX, true), AIE_ARRAY_IDLE);
	cycle = aie_array_cycle(rig->array);
	assert_true(cycle < 200);
	assert_int_equal(rig_waits(rig), 2);
	rig_expect_wait(rig, "core (0,2)", "lock 48 (own 0) >= 1, value 0", NULL);
	rig_expect_wait(rig, "core (0,3)", "lock 48 (own 0) >= 1, value 0", NULL);
	rig_free(rig);
}

/* locks.md 3: a release that would leave 0..63 is undefined; the core stops instead of guessing. */
static void test_release_overflow(void **state)
{
	(void)state;
	expect_fault(0, 2, RELEASE(48, 60) RELEASE(48, 4) DONE, "release of lock 48 by 4", "value 60");
}

/* streams.md: a core's 32-bit ports; words arrive in order and TLAST travels along; (2,2) north to (2,3). */
static void test_core_streams(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_connect(rig, 2, 2, PORT('C', 0), PORT('N', 1));
	rig_connect(rig, 2, 3, PORT('S', 1), PORT('C', 0));
	rig_load(rig, 2, 2, "mova r0, #3\nmova r1, #5\n" NOPS "mov ms, r0\nmov ms, r1\n" NOPS DONE);
	rig_load(rig, 2, 3,
	         "movxm p0, #0x70000\nmov r4, ss\nmov r5, ss\n" NOPS "st r4, [p0, #0]\nst r5, [p0, #4]\n" NOPS DONE);
	rig_start(rig, 2, 3);
	assert_int_equal(aie_array_run(rig->array, 500, false), AIE_ARRAY_IDLE);
	rig_expect_wait(rig, "core (2,3)", "waits for words from core (2,2)", NULL);
	rig_start(rig, 2, 2);
	rig_run(rig, 1000);
	assert_int_equal(rig_word(rig, 2, 3, 0), 3);
	assert_int_equal(rig_word(rig, 2, 3, 4), 5);
	rig_free(rig);
}

/* A core that sends into nothing is held back, and the report says where the way ends. */
static void test_core_stream_dead_end(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_connect(rig, 2, 2, PORT('C', 0), PORT('N', 1));
	rig_load(rig, 2, 2, "mova r0, #3\n" NOPS ".L:\nmov ms, r0\nj #.L\n" NOPS4 "nop\n");
	rig_start(rig, 2, 2);
	assert_int_equal(aie_array_run(rig->array, 5000, false), AIE_ARRAY_IDLE);
	rig_expect_wait(rig, "core (2,2)", "dead end at tile (2,3) slave port South1", "not enabled", NULL);
	rig_free(rig);
}

/* streams.md 8: cascade goes south or east; register 0x36060: input 0 north 1 west, output 0 south 1 east. */
static void test_cascade(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_load(rig, 4, 4, "vmov mcd, bmll0\n" NOPS DONE);
	rig_load(rig, 4, 3,
	         "vmov bmll1, scd\n" NOPS NOPS "movxm p0, #0x70000\nmova r0, #9\n" NOPS "st r0, [p0, #0]\n" NOPS DONE);
	rig_start(rig, 4, 3);
	assert_int_equal(aie_array_run(rig->array, 500, false), AIE_ARRAY_IDLE);
	rig_expect_wait(rig, "core (4,3)", "waits for its cascade input from core (4,4)", NULL);
	rig_start(rig, 4, 4);
	rig_run(rig, 1000);
	assert_int_equal(rig_word(rig, 4, 3, 0), 9);
	/* now west to east: (4,4) turns its output east, (5,4) listens to the west */
	rig_load(rig, 5, 4,
	         "vmov bmll1, scd\n" NOPS NOPS "movxm p0, #0x70000\nmova r0, #9\n" NOPS "st r0, [p0, #0]\n" NOPS DONE);
	rig_write(rig, 4, 4, 0x36060, 2);
	rig_write(rig, 4, 4, 0x32000, 2);
	rig_start(rig, 4, 4);
	rig_start(rig, 5, 4);
	assert_int_equal(aie_array_run(rig->array, aie_array_cycle(rig->array) + 500, false), AIE_ARRAY_IDLE);
	rig_expect_wait(rig, "core (5,4)", "waits for its cascade input from core (5,5)", NULL);
	rig_write(rig, 5, 5, 0x36060, 2);
	rig_expect_wait(rig, "core (5,4)", "from core (5,5), whose output leads elsewhere", NULL);
	rig_write(rig, 5, 4, 0x36060, 1);
	rig_run(rig, 1000);
	assert_int_equal(rig_word(rig, 5, 4, 0), 9);
	rig_free(rig);
}

/* address_map.md 2: tile registers over the processor bus, off at reset (core register 0x32038 bit 0). */
static void test_processor_bus(void **state)
{
	/* set own lock 3 to 5 through its value register 0x1F030 */
	static const char source[] = "movxm p0, #0x9F030\nmova r0, #5\n" NOPS "st.tm r0, [p0, #0]\n" NOPS NOPS DONE;
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	expect_fault(0, 2, source, "core (0,2)", "Core_Processor_Bus");
	rig_write(rig, 0, 2, 0x32038, 1);
	rig_load(rig, 0, 2, source);
	rig_start(rig, 0, 2);
	rig_run(rig, 1000);
	assert_int_equal(rig_lock(rig, 0, 2, 3), 5);
	rig_free(rig);
}

/* timing.md 2: loads of two cores in one bank cost the loser a cycle; in different 16 KiB banks they cost nothing. */
static uint64_t conflicts(const char *mine, const char *theirs)
{
	struct rig *rig = rig_new("npu4", 0);
	char source[1024];
	uint64_t stalls = 0;

	for (unsigned i = 0; i < 2; i++) {
		snprintf(source, sizeof source,
		         "movxm p0, #%s\nmovxm ls, #.Lstart\nmovxm le, #.Lend\nmovxm lc, #64\n" NOPS NOPS
		         ".p2align 4\n.Lstart:\nlda r0, [p0, #0]\n"
		         ".Lend:\nlda r1, [p0, #4]\n" NOPS NOPS DONE,
		         i ? theirs : mine);
		rig_load(rig, 1, 2 + i, source);
	}
	rig_start(rig, 1, 2);
	rig_start(rig, 1, 3);
	rig_run(rig, 10000);
	for (unsigned i = 0; i < 2; i++)
		stalls += aie_core_counters(aie_array_core(rig->array, 1, 2 + i))->stall[AIE_STALL_MEMORY];
	rig_free(rig);
	return stalls;
}

static void test_bank_conflicts_of_cores(void **state)
{
	uint64_t same;

	(void)state;
	/* (1,2) sees (1,3) as north, (1,3) sees itself as own */
	same = conflicts("0x60000", "0x70000");
	assert_true(same >= 100 && same <= 260); /* 256 loads on one single-port bank by two cores in step */
	assert_int_equal(conflicts("0x60000", "0x70020"), 0); /* the other bank of the pair */
	assert_int_equal(conflicts("0x60000", "0x74000"), 0); /* another pair */
}

/* timing.md 2: a core that loads in every cycle from the bank that its MM2S reads wins nearly always, and the DMA still
 * keeps its rate, because it takes the cycles that it must have; in another bank neither notices the other. */
static void run_against_dma(uint32_t dma_address, uint64_t *dma_cycles, uint64_t *core_stalls)
{
	struct rig *rig = rig_new("npu4", 0);
	uint64_t start;

	rig_load(rig, 1, 2,
	         "movxm p0, #0x70000\n" NOPS
	         ".p2align 4\n.L:\nj #.L; lda r0, [p0, #0]\nlda r1, [p0, #4]\nlda r0, [p0, #0]\n"
	         "lda r1, [p0, #4]\nlda r0, [p0, #0]\nlda r1, [p0, #4]\n");
	rig_start(rig, 1, 2);
	aie_array_run(rig->array, 100, false);
	aie_array_clear_counters(rig->array);
	rig_connect(rig, 1, 2, PORT('D', 0), PORT('E', 0));
	rig_connect(rig, 2, 2, PORT('W', 0), PORT('D', 0));
	rig_bd(rig, 2, 2, 0, RIG_BD(.words = 4096));
	rig_push(rig, 2, 2, false, 0, 0, 1, true);
	rig_bd(rig, 1, 2, 0, RIG_BD(.address = dma_address, .words = 4096));
	rig_push(rig, 1, 2, true, 0, 0, 1, false);
	start = aie_array_cycle(rig->array);
	assert_int_equal(aie_array_run(rig->array, 100000, true), AIE_ARRAY_TOKEN);
	*dma_cycles = aie_array_cycle(rig->array) - start;
	*core_stalls = aie_core_counters(aie_array_core(rig->array, 1, 2))->stall[AIE_STALL_MEMORY];
	rig_free(rig);
}

static void test_bank_conflicts_with_dma(void **state)
{
	uint64_t alone, together, stalls;

	(void)state;
	run_against_dma(0x8000, &alone, &stalls);
	assert_int_equal(stalls, 0);
	run_against_dma(0, &together, &stalls);
	assert_true(together <= alone + alone / 50);
	/* every second line of 4 beats lies in the core's bank: 256 of 512 accesses */
	assert_true(stalls > 0 && stalls <= 256);
}

/* Equal programs, equal cycles: two runs of the same set-up. */
static void test_deterministic(void **state)
{
	uint64_t cycle[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct rig *rig = rig_new("npu4", 0);

		rig_load(rig, 3, 4, RELEASE(2, 1) RELEASE(18, 2) ACQUIRE(34, -3) DONE);
		rig_load(rig, 3, 5, RELEASE(50, 3) DONE);
		rig_start(rig, 3, 4);
		rig_start(rig, 3, 5);
		cycle[i] = rig_run(rig, 1000);
		rig_free(rig);
	}
	assert_int_equal(cycle[0], cycle[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_unreachable_windows),
		cmocka_unit_test(test_fault_text),
		cmocka_unit_test(test_control_and_status),
		cmocka_unit_test(test_status_words),
		cmocka_unit_test(test_lock_sides),
		cmocka_unit_test(test_blocking_acquire),
		cmocka_unit_test(test_deadlock),
		cmocka_unit_test(test_release_overflow),
		cmocka_unit_test(test_core_streams),
		cmocka_unit_test(test_core_stream_dead_end),
		cmocka_unit_test(test_cascade),
		cmocka_unit_test(test_processor_bus),
		cmocka_unit_test(test_bank_conflicts_of_cores),
		cmocka_unit_test(test_bank_conflicts_with_dma),
		cmocka_unit_test(test_deterministic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
