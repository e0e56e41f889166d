/* Checks of data memory accesses (sim/tile/check.h, sim/array/options.h): each finding names who, what and where. */
#include "sim/array/options.h"
#include "tests/array/rig.h"

#define NOPS4       "nop\nnop\nnop\nnop\n"
#define NOPS        NOPS4 NOPS4
#define DONE        "done\n" NOPS4 "nop\n"
#define AT(address) "movxm p0, #" #address "\n" NOPS
#define LOAD        "lda r1, [p0, #0]\n" NOPS
#define STORE       "st r1, [p0, #0]\n" NOPS

struct findings {
	unsigned count;
	char line[16][512];
};

static void add_line(void *user, const char *text)
{
	struct findings *findings = user;

	assert_true(findings->count < 16);
	snprintf(findings->line[findings->count++], sizeof findings->line[0], "%s", text);
}

static void collect(struct rig *rig, struct findings *findings)
{
	findings->count = 0;
	aie_array_checks(rig->array, add_line, findings);
}

static void expect(const struct findings *findings, unsigned number, const char *first, const char *second,
                   const char *third)
{
	const char *text;

	if (number >= findings->count)
		fail_msg("%u findings only", findings->count);
	text = findings->line[number];
	if (!strstr(text, first) || !strstr(text, second) || !strstr(text, third))
		fail_msg("'%s' does not say '%s', '%s' and '%s'", text, first, second, third);
}

/* Run a program in (0,2) and collect. */
static void run_core(const char *profile, const char *source, struct findings *findings)
{
	struct rig *rig = rig_new(profile, 0);

	rig_load(rig, 0, 2, source);
	rig_start(rig, 0, 2);
	rig_run(rig, 2000);
	collect(rig, findings);
	rig_free(rig);
}

#define UNINITIALISED "npu4,check=uninitialised"

static void test_uninitialised_core(void **state)
{
	struct findings findings;

	(void)state;
	run_core(UNINITIALISED, AT(0x71000) LOAD DONE, &findings);
	assert_int_equal(findings.count, 1);
	expect(&findings, 0, "core (0,2) pc 0x", "[lda r1, [p0, #0]]",
	       "reads 4 bytes at 0x71000: byte 0x1000 of tile (0,2) was never written");
	run_core(UNINITIALISED, AT(0x71000) STORE LOAD DONE, &findings);
	assert_int_equal(findings.count, 0);
	/* the same instruction again is counted, another one is another finding */
	run_core(UNINITIALISED,
	         AT(0x71000) "movxm r0, #3\n.p2align 4\nloop: jnz r0, #loop\nadd r0, r0, #-1\nnop\nnop\n"
	                     "lda r1, [p0, #0]\nnop\n" NOPS LOAD DONE,
	         &findings);
	assert_int_equal(findings.count, 2);
	expect(&findings, 0, "core (0,2)", "lda", "(4 times)");
	run_core("npu4", AT(0x71000) LOAD DONE, &findings);
	assert_int_equal(findings.count, 0);
}

/* Bytes and halves count what they use; a sub-word store reads the word around it without counting. */
static void test_uninitialised_parts(void **state)
{
	struct findings findings;

	(void)state;
	run_core(UNINITIALISED, AT(0x71001) "st.s8 r1, [p0, #0]\n" NOPS NOPS "lda.s8 r1, [p0, #0]\n" NOPS DONE,
	         &findings);
	assert_int_equal(findings.count, 0);
	run_core(UNINITIALISED,
	         AT(0x71001) "st.s8 r1, [p0, #0]\n" NOPS NOPS AT(0x71000) "lda.s16 r1, [p0, #0]\n" NOPS DONE,
	         &findings);
	assert_int_equal(findings.count, 1);
	expect(&findings, 0, "lda.s16", "reads 2 bytes at 0x71000", "byte 0x1000");
}

/* A neighbour's memory: the tile of the memory is named. */
static void test_uninitialised_neighbour(void **state)
{
	struct rig *rig = rig_new(UNINITIALISED, 0);
	struct findings findings;

	(void)state;
	rig_load(rig, 1, 3, AT(0x40200) LOAD AT(0x50200) LOAD DONE);
	rig_write(rig, 0, 3, 0x200, 1);
	rig_start(rig, 1, 3);
	rig_run(rig, 2000);
	collect(rig, &findings);
	assert_int_equal(findings.count, 1);
	expect(&findings, 0, "core (1,3)", "at 0x40200", "byte 0x200 of tile (1,2)");
	aie_array_clear_counters(rig->array);
	collect(rig, &findings);
	assert_int_equal(findings.count, 0);
	rig_free(rig);
}

/* Channel and descriptor are named; what came by DMA or over the register bus is initialised, until a reset. */
static void test_uninitialised_channel(void **state)
{
	struct rig *rig = rig_new(UNINITIALISED, 4096);
	struct findings findings;

	(void)state;
	rig_route_up(rig, 2, 0, 0, 2, 0);
	rig_route_down(rig, 2, 2, 1, 1, 0);
	rig_bd(rig, 2, 2, 0, RIG_BD(.address = 0x400, .words = 16));
	rig_bd(rig, 2, 2, 7, RIG_BD(.address = 0x400, .words = 24));
	rig_bd(rig, 2, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = 16));
	rig_bd(rig, 2, 0, 1, RIG_BD(.address = RIG_MEMORY_BASE + 1024, .words = 24));
	rig_push(rig, 2, 2, false, 0, 0, 1, false);
	rig_push(rig, 2, 0, true, 0, 0, 1, false);
	rig_run(rig, 5000);
	rig_push(rig, 2, 2, true, 1, 7, 1, false);
	rig_push(rig, 2, 0, false, 0, 1, 1, false);
	rig_run(rig, 5000);
	collect(rig, &findings);
	assert_int_equal(findings.count, 1);
	expect(&findings, 0, "compute (2,2) DMA MM2S 1 BD 7", "reads 32 bytes at 0x440", "byte 0x440 of tile (2,2)");
	aie_array_clear_counters(rig->array);
	for (unsigned i = 0; i < 8; i++)
		rig_write(rig, 2, 2, 0x440 + 4 * i, i);
	rig_push(rig, 2, 2, true, 1, 7, 1, false);
	rig_push(rig, 2, 0, false, 0, 1, 1, false);
	rig_run(rig, 5000);
	collect(rig, &findings);
	assert_int_equal(findings.count, 0);
	rig_free(rig);
}

/* Buffers are what descriptors describe, also those that are written later, and what the options declare. */
static void test_overrun(void **state)
{
	static const char store[] = AT(0x7103C) STORE AT(0x71040) STORE DONE;
	struct findings findings;
	struct rig *rig;

	(void)state;
	for (unsigned pass = 0; pass < 3; pass++) {
		rig = rig_new(pass == 2 ? "npu4,check=overrun,buffer=3.3:0x1040-0x1080" : "npu4,check=overrun", 0);
		rig_load(rig, 3, 3, store);
		if (pass)
			rig_bd(rig, 3, 3, 0, RIG_BD(.address = 0x1000, .words = 16));
		rig_start(rig, 3, 3);
		rig_run(rig, 2000);
		collect(rig, &findings);
		assert_int_equal(findings.count, 2 - pass);
		if (pass < 2)
			expect(&findings, 1 - pass, "core (3,3) pc 0x", "st r1",
			       "writes 4 bytes at 0x71040: outside every buffer of tile (3,3)");
		rig_free(rig);
	}
	/* strides and iterations: words 0, 2, 4, 6 and the same 0x100 further on */
	rig = rig_new("npu4,check=overrun", 0);
	rig_bd(rig, 3, 3, 5,
	       RIG_BD(.address = 0x1000, .words = 4, .step = { 2 }, .wrap = { 4 }, .iteration_step = 64,
	              .iteration_wrap = 2));
	rig_load(rig, 3, 3, AT(0x71010) STORE AT(0x71118) STORE AT(0x71014) STORE AT(0x71200) STORE DONE);
	rig_start(rig, 3, 3);
	rig_run(rig, 2000);
	collect(rig, &findings);
	assert_int_equal(findings.count, 2);
	expect(&findings, 0, "core (3,3)", "at 0x71014", "outside");
	expect(&findings, 1, "core (3,3)", "at 0x71200", "outside");
	rig_free(rig);
}

#define STACK "npu4,check=stack,stack=0x2000-0x2400"

static void test_stack(void **state)
{
	struct rig *rig = rig_new(STACK, 4096);
	struct findings findings;

	(void)state;
	/* the core's own stack is its own; a neighbour's is not */
	rig_load(rig, 0, 2,
	         "movxm sp, #0x72000\n" AT(0x72010) STORE LOAD AT(0x62010) STORE
	         "movxm r0, #1\n.p2align 4\nloop: j #loop\nnop\n" NOPS4);
	rig_load(rig, 0, 3, "movxm sp, #0x72400\n" NOPS "movxm r0, #1\n.p2align 4\nloop: j #loop\nnop\n" NOPS4);
	rig_start(rig, 0, 3);
	aie_array_run(rig->array, 200, false);
	rig_start(rig, 0, 2);
	/* the stack of (0,3) grows into what a channel writes */
	rig_route_up(rig, 0, 0, 0, 3, 0);
	rig_bd(rig, 0, 3, 4, RIG_BD(.address = 0x23F0, .words = 8));
	rig_bd(rig, 0, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = 8));
	rig_push(rig, 0, 3, false, 0, 4, 1, false);
	rig_push(rig, 0, 0, true, 0, 0, 1, false);
	assert_int_equal(aie_array_run(rig->array, 3000, false), AIE_ARRAY_DEADLINE);
	collect(rig, &findings);
	assert_int_equal(findings.count, 2);
	expect(&findings, 0, "core (0,2) pc 0x", "st r1", "writes 4 bytes at 0x62010: the stack of core (0,3)");
	expect(&findings, 1, "compute (0,3) DMA S2MM 0 BD 4", "writes 16 bytes at 0x23F0", "the stack of core (0,3)");
	rig_free(rig);
}

/* The stack pointer itself: one finding a core, at the first access after it left. */
static void test_stack_pointer(void **state)
{
	struct findings findings;

	(void)state;
	run_core(STACK, AT(0x70000) STORE "movxm sp, #0x72400\n" NOPS STORE "movxm sp, #0x72420\n" NOPS STORE LOAD DONE,
	         &findings);
	assert_int_equal(findings.count, 1);
	expect(&findings, 0, "core (0,2) pc 0x", "the stack pointer 0x72420 has left the stack 0x72000-0x72400",
	       "(2 times)");
}

/* stop: the first finding is a fault, with pc, instruction and bundle as every fault of a core. */
static void test_stop(void **state)
{
	struct rig *rig = rig_new("npu4,check=uninitialised+stop", 64);

	(void)state;
	rig_load(rig, 0, 2, AT(0x71000) STORE AT(0x71080) LOAD STORE DONE);
	rig_start(rig, 0, 2);
	assert_int_equal(aie_array_run(rig->array, 1000, false), AIE_ARRAY_FAULT);
	aie_array_fault(rig->array, &rig->error);
	if (!strstr(rig->error.text, "core (0,2) pc 0x") || !strstr(rig->error.text, "lda") ||
	    !strstr(rig->error.text, "byte 0x1080 of tile (0,2) was never written"))
		fail_msg("'%s'", rig->error.text);
	rig_free(rig);
	rig = rig_new("npu4,check=uninitialised+stop", 64);
	rig_route_down(rig, 0, 1, 0, 0, 0);
	rig_bd(rig, 0, 1, 2, RIG_BD(.address = 0x8000, .words = 8));
	rig_push(rig, 0, 1, true, 0, 2, 1, false);
	assert_int_equal(aie_array_run(rig->array, 1000, false), AIE_ARRAY_FAULT);
	aie_array_fault(rig->array, &rig->error);
	if (!strstr(rig->error.text, "(0,1) DMA MM2S 0 BD 2") || !strstr(rig->error.text, "byte 0x8000"))
		fail_msg("'%s'", rig->error.text);
	rig_free(rig);
}

/* Findings change nothing else: same cycles and results with and without the checks. */
static void test_free_of_effect(void **state)
{
	static const char *const profiles[] = { "npu4", "npu4,check=uninitialised+overrun+stack,stack=0x2000-0x2400" };
	uint64_t cycle[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct rig *rig = rig_new(profiles[i], 0);

		rig_load(rig, 0, 2, AT(0x71000) LOAD "movxm sp, #0x10\n" STORE AT(0x60000) LOAD STORE DONE);
		rig_start(rig, 0, 2);
		cycle[i] = rig_run(rig, 1000);
		rig_free(rig);
	}
	assert_int_equal(cycle[0], cycle[1]);
}

static void test_bad_options(void **state)
{
	static const char *const cases[][2] = {
		{ "npu4,check=everything", "'everything' is none of" },
		{ "npu4,check=stop", "check=stop" },
		{ "npu4,check=stack", "needs stack=START-END" },
		{ "npu4,stack=0x100", "START-END expected" },
		{ "npu4,stack=0x400-0x100", "START-END expected" },
		{ "npu4,stack=0-0x10001", "START-END expected" },
		{ "npu4,buffer=1:0-4", "COLUMN.ROW:START-END" },
		{ "npu4,buffer=1.2:0-", "COLUMN.ROW:START-END" },
		{ "npu4,buffer=1.2:0-4x", "COLUMN.ROW:START-END" },
		{ "npu4,buffer=*0-4", "COLUMN.ROW:START-END" },
		{ "npu4,buffer=300.2:0-4", "COLUMN.ROW:START-END" },
		{ "npu4,checks=stack", "no timing parameter" },
	};
	struct aie_system_memory memory = { 0 };
	struct aie_error error;

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		aie_error_clear(&error);
		assert_null(aie_array_create(cases[i][0], &memory, &error));
		assert_int_equal(error.category, AIE_ERROR_INPUT);
		if (!strstr(error.text, cases[i][1]))
			fail_msg("%s: '%s' does not say '%s'", cases[i][0], error.text, cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uninitialised_core),
		cmocka_unit_test(test_uninitialised_parts),
		cmocka_unit_test(test_uninitialised_neighbour),
		cmocka_unit_test(test_uninitialised_channel),
		cmocka_unit_test(test_overrun),
		cmocka_unit_test(test_stack),
		cmocka_unit_test(test_stack_pointer),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_free_of_effect),
		cmocka_unit_test(test_bad_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
