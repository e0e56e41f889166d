/* Seeded disturbance of times (sim/array/jitter.h): a program whose locks are complete computes the same with every
 * seed; one that is right by luck of timing only is found out.
 */
#include "tests/array/rig.h"

#define NOPS4 "nop\nnop\nnop\nnop\n"
#define NOPS  NOPS4 NOPS4

enum {
	WORDS = 256,
	ROUNDS = 8,
	BUFFER = 0x1000,
	RESULT = 0x100,
	MEMORY = 4 * WORDS * ROUNDS,
	EMPTY = 0, /* locks of the tile */
	FULL = 1,
	SEEDS = 12,
	MARGIN = 2, /* passes of the waiting loop beyond what the undisturbed run needs */
};

struct outcome {
	uint32_t result[ROUNDS];
	uint64_t cycle;
};

/* The core takes the last word of every buffer that the DMA fills.  With `locks` it waits for the buffer as it should;
 * without, it waits `passes` times six cycles and trusts that the data is there. */
static void program(char *text, size_t size, bool locks, unsigned passes)
{
	size_t used = 0;

	used += (size_t)snprintf(text, size, "movxm p0, #%u\nmovxm p1, #%u\nmova r24, #-1\nmova r25, #1\n" NOPS,
	                         0x70000 + BUFFER + 4 * (WORDS - 1), 0x70000 + RESULT);
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (locks)
			used += (size_t)snprintf(text + used, size - used, "acq #%u, r24\n", 48 + FULL);
		else
			used += (size_t)snprintf(text + used, size - used,
			                         "movxm r0, #%u\n.p2align 4\nwait%u: jnz r0, #wait%u\n"
			                         "add r0, r0, #-1\n" NOPS4,
			                         passes, i, i);
		used += (size_t)snprintf(text + used, size - used,
		                         NOPS "lda r1, [p0, #0]\n" NOPS "st r1, [p1], #4\n" NOPS NOPS
		                              "rel #%u, r25\n" NOPS4,
		                         48 + EMPTY);
	}
	snprintf(text + used, size - used, "done\n" NOPS);
}

static void run(struct outcome *outcome, unsigned seed, bool locks, unsigned passes)
{
	char profile[64], text[8192];
	struct rig *rig;

	snprintf(profile, sizeof profile, "npu4,jitter=%u", seed);
	rig = rig_new(profile, MEMORY);
	for (unsigned i = 0; i < WORDS * ROUNDS; i++)
		rig_memory(rig, 0)[i] = i + 1;
	program(text, sizeof text, locks, passes);
	rig_load(rig, 0, 2, text);
	rig_route_up(rig, 0, 0, 0, 2, 0);
	rig_set_lock(rig, 0, 2, EMPTY, 1);
	rig_bd(rig, 0, 2, 0,
	       RIG_BD(.address = BUFFER, .words = WORDS, .next = 0, .acquire = EMPTY, .acquire_value = -1,
	              .release = FULL, .release_value = 1));
	rig_push(rig, 0, 2, false, 0, 0, 1, false);
	rig_bd(rig, 0, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = WORDS * ROUNDS));
	rig_push(rig, 0, 0, true, 0, 0, 1, false);
	rig_start(rig, 0, 2);
	outcome->cycle = rig_run(rig, 100000);
	for (unsigned i = 0; i < ROUNDS; i++)
		outcome->result[i] = rig_word(rig, 0, 2, RESULT + 4 * i);
	rig_free(rig);
}

static unsigned wrong(const struct outcome *outcome)
{
	unsigned count = 0;

	for (unsigned i = 0; i < ROUNDS; i++)
		count += outcome->result[i] != (i + 1) * WORDS;
	return count;
}

static void test_complete_locks(void **state)
{
	struct outcome outcome, again;
	uint64_t fastest = UINT64_MAX, slowest = 0;

	(void)state;
	for (unsigned seed = 0; seed <= SEEDS; seed++) {
		run(&outcome, seed, true, 0);
		run(&again, seed, true, 0);
		assert_int_equal(wrong(&outcome), 0);
		assert_int_equal(outcome.cycle, again.cycle);
		if (outcome.cycle < fastest)
			fastest = outcome.cycle;
		if (outcome.cycle > slowest)
			slowest = outcome.cycle;
	}
	assert_true(slowest > fastest + 100);
}

/* Without the acquire the program passes when nothing disturbs it, and fails with some seed. */
static void test_missing_lock(void **state)
{
	struct outcome outcome;
	unsigned passes = 1, caught = 0;

	(void)state;
	for (run(&outcome, 0, false, passes); wrong(&outcome); run(&outcome, 0, false, passes))
		passes++;
	passes += MARGIN;
	run(&outcome, 0, false, passes);
	assert_int_equal(wrong(&outcome), 0);
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		run(&outcome, seed, false, passes);
		caught += wrong(&outcome) != 0;
	}
	print_message("%u passes of the waiting loop: %u of %u seeds find the missing acquire\n", passes, caught,
	              SEEDS);
	assert_true(caught > 0);
}

/* The bounds are parameters; 0 takes the disturbance away. */
static void test_bounds(void **state)
{
	struct aie_array_timing timing;
	struct aie_error error;

	(void)state;
	aie_array_timing_default(&timing);
	assert_int_equal(timing.jitter, 0);
	assert_int_equal(aie_array_timing_override(&timing, "jitter=4294967295,jitter_dma_cycles=0", &error), 0);
	assert_int_equal(timing.jitter, UINT32_MAX);
	assert_int_equal(aie_array_timing_override(&timing, "jitter=-1", &error), -1);
	assert_int_equal(aie_array_timing_override(&timing, "jitter=4294967296", &error), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_complete_locks),
		cmocka_unit_test(test_missing_lock),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
