/* Control flow: delay slots, calls, zero-overhead loops, `done`, and where the program counter may go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/core/rig.h"

/* Five bundles behind a jump are executed, whatever their size; the sixth is not. */
static void test_delay_slots(void **state)
{
	(void)state;
	struct rig *rig =
	        rig_new("\tj #target\n\tadd r1, r1, #1\n\tadd r1, r1, #1; mov r5, r6\n\tnop\n\tadd r1, r1, #1\n"
	                "\tadd r1, r1, #1\n\tadd r1, r1, #10\n\tadd r1, r1, #10\ntarget:\n\tadd r2, r1, #0\n\tdone\n");
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r2"), 4);
	assert_int_equal(aie_core_counters(rig->core)->bundles, 1 + 5 + 1);
	rig_free(rig);
}

/* jz and jnz test at issue; the delay slots run in both directions. */
static void test_conditions(void **state)
{
	(void)state;
	for (unsigned value = 0; value < 2; value++) {
		struct rig *rig = rig_new(
		        "\tjnz r0, #one\n\tmova r0, #0\n\tadd r1, r1, #1\n\tadd r1, r1, #1\n\tadd r1, r1, #1\n"
		        "\tadd r1, r1, #1\n\tmova r2, #50\none:\n\tjz r3, #two\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n"
		        "\tmova r4, #60\ntwo:\n\tdone\n");
		rig_set(rig, "r0", value);
		rig_set(rig, "r3", value);
		rig_done(rig);
		assert_int_equal(rig_get(rig, "r1"), 4);
		assert_int_equal(rig_get(rig, "r2"), value ? 0 : 50);
		assert_int_equal(rig_get(rig, "r4"), value ? 60 : 0);
		rig_free(rig);
	}
}

/* A condition register that is still on its way is read with its old value. */
static void test_condition_sampled_at_issue(void **state)
{
	(void)state;
	struct rig *rig =
	        rig_new("\tmul r0, r1, r2\n\tjnz r0, #away\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tmova r5, #1\n\tdone\n"
	                "away:\n\tmova r5, #2\n\tdone\n");
	rig_set(rig, "r1", 3);
	rig_set(rig, "r2", 3);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r5"), 1);
	rig_free(rig);
}

/* jl: lr = the bundle after the fifth delay slot, whatever the sizes in between; ret goes there. */
static void test_call(void **state)
{
	(void)state;
	struct rig *rig = rig_new(
	        "\tmovxm p0, #f\n\tjl p0\n\tnop\n\tmovxm r7, #0x12345678\n\tnop\n\tnop\n\tnop\nback:\n"
	        "\tmovxm p1, #end\n\tadd r2, r3, #0\n\tj p1\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tmova r4, #1\n"
	        "f:\n\tmov r9, lr\n\tadd r3, r3, #1\n\tret lr\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tmova r4, #2\n"
	        "end:\n\tmovxm r8, #back\n\tdone\n");
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r2"), 1);
	assert_int_equal(rig_get(rig, "r3"), 1);
	assert_int_equal(rig_get(rig, "r4"), 0);
	assert_int_equal(rig_get(rig, "r9"), rig_get(rig, "r8"));
	assert_int_equal(rig_get(rig, "lr"), rig_get(rig, "r8"));
	rig_free(rig);
}

/* jl sets lr at cycle 4: the third delay slot still reads the old value, the fourth the new one. */
static void test_link_timing(void **state)
{
	(void)state;
	struct rig *rig =
	        rig_new("\tjl #f\n\tmov r1, lr\n\tmov r2, lr\n\tmov r3, lr\n\tmov r4, lr\n\tnop\nback:\n\tnop\n"
	                "f:\n\tmovxm r5, #back\n\tdone\n");
	rig_set(rig, "lr", 0x123);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r3"), 0x123);
	assert_int_equal(rig_get(rig, "r4"), rig_get(rig, "r5"));
	rig_free(rig);
}

/* jnzd: taken if the counter was not 0; the counter is decremented always. */
static void test_jnzd(void **state)
{
	(void)state;
	struct rig *rig = rig_new(
	        "\tmovxm p0, #loop\nloop:\n\tadd r1, r1, #1\n\tjnzd r0, r0, p0\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n"
	        "\tdone\n");
	rig_set(rig, "r0", 3);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r1"), 4);
	assert_int_equal(rig_get(rig, "r0"), 0xFFFFFFFF);
	rig_free(rig);
}

static const char transfers[][40] = { "j #0", "jz r0, #0", "jnz r0, #0", "jl #0", "ret lr", "j p0", "jnzd r0, r0, p0" };

/* A transfer in the delay slots of another one is undefined. */
static void test_transfer_in_delay_slot(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(transfers) / sizeof(transfers[0]); i++) {
		for (unsigned distance = 1; distance <= 6; distance++) {
			char text[400] = "\tjz r1, #next\n";
			for (unsigned k = 1; k < distance; k++)
				strcat(text, "\tnop\n");
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "\t%s\n", transfers[i]);
			strcat(text, "next:\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tdone\n");
			struct rig *rig = rig_new(text);
			rig_set(rig, "r1", 1); /* not taken: the slots are owned all the same */
			if (distance <= 5) {
				rig_faults(rig, AIE_ERROR_UNDEFINED, "delay slots");
			} else {
				rig_run(rig, 7);
				assert_int_not_equal(aie_core_status(rig->core), AIE_CORE_FAULT);
			}
			rig_free(rig);
		}
	}
}

/* Zero-overhead loop: lc passes; le is the address of the last bundle. */
static void test_loop(void **state)
{
	(void)state;
	static const struct {
		uint32_t count, passes;
	} cases[] = { { 14, 14 }, { 2, 2 }, { 1, 1 }, { 0, 1 } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *rig = rig_new(
		        "\tmovxm ls, #first\n\tmovxm le, #last\n\tmov lc, "
		        "r0\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n"
		        "\tnop\nfirst:\n\tadd r1, r1, #1\n\tnop\nlast:\n\tadd r2, r2, #1\n\tmova r3, #1\n\tdone\n");
		rig_set(rig, "r0", cases[i].count);
		rig_done(rig);
		assert_int_equal(rig_get(rig, "r1"), cases[i].passes);
		assert_int_equal(rig_get(rig, "r2"), cases[i].passes);
		assert_int_equal(rig_get(rig, "r3"), 1);
		assert_int_equal(rig_get(rig, "lc"), 0);
		rig_free(rig);
	}
}

/* A loop of one bundle, and a counted loop around it. */
static void test_nested_loop(void **state)
{
	(void)state;
	struct rig *rig = rig_new(
	        "outer:\n\tmovxm ls, #inner\n\tmovxm le, #inner\n\tmovxm lc, #5\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n"
	        "\tnop\n\tnop\ninner:\n\tadd r1, r1, #1\n\tadd r0, r0, #-1\n\tjnz r0, #outer\n\tnop\n\tnop\n\tnop\n"
	        "\tnop\n\tnop\n\tdone\n");
	rig_set(rig, "r0", 3);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r1"), 15);
	rig_free(rig);
}

/* No back edge in the delay slots of a taken transfer, and no taken transfer in the last bundle. */
static void test_loop_end_in_delay_slots(void **state)
{
	(void)state;
	for (unsigned where = 0; where < 2; where++) {
		struct rig *rig = rig_new(
		        where == 0 ? "first:\n\tj #out\nlast:\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\nout:\n\tdone\n"
		                     "\tmovxm r0, #last\n"
		                   : "first:\nlast:\n\tj #out\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\nout:\n\tdone\n");
		uint8_t size[2];
		struct aie_error error;
		assert_int_equal(aie_core_program_read(rig->core, 0, size, 2, &error), 0);
		rig_set(rig, "le", where == 0 ? aie_isa_bundle_size(size[0]) : 0);
		rig_set(rig, "lc", 2);
		rig_faults(rig, AIE_ERROR_UNDEFINED, "zero-overhead loop");
		rig_free(rig);
	}
}

static void test_pc_leaves_program(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tmovxm p0, #0x4000\n\tj p0\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n");
	rig_faults(rig, AIE_ERROR_FAULT, "outside program memory");
	assert_int_equal(aie_core_fault(rig->core)->pc, 0x4000);
	assert_string_equal(aie_core_fault(rig->core)->instruction, "");
	rig_free(rig);
	rig = rig_new("\tmovxm p0, #0x101\n\tj p0\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n");
	rig_faults(rig, AIE_ERROR_FAULT, "odd");
	rig_free(rig);
	/* empty program memory is a field of two-byte nops: the counter runs out of it */
	static const uint8_t nop[2] = { 0, 0 };
	rig = rig_new_bytes(nop, sizeof(nop));
	assert_int_equal(rig_run(rig, 10000), AIE_CORE_FAULT);
	assert_int_equal(aie_core_fault(rig->core)->pc, 0x4000);
	rig_free(rig);
}

/* A bundle that would reach beyond program memory, and bytes that are no instruction. */
static void test_undecodable(void **state)
{
	(void)state;
	struct aie_error error;
	struct rig *rig = rig_new("\tnop\n");
	static const uint8_t wide[2] = { 0xFF, 0xFF };
	assert_int_equal(aie_core_program_write(rig->core, 0x3FFE, wide, 2, &error), 0);
	aie_core_set_pc(rig->core, 0x3FFE);
	rig_faults(rig, AIE_ERROR_FAULT, "");
	assert_int_equal(aie_core_fault(rig->core)->pc, 0x3FFE);
	rig_free(rig);
}

/* done ends the program; the other slots of its bundle still count; only reset starts the core again. */
static void test_done(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tmova r1, #1\n\tdone; mov r2, r1\n\tmova r3, #1\n");
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r2"), 1);
	assert_int_equal(rig_get(rig, "r3"), 0);
	assert_int_equal(aie_core_counters(rig->core)->bundles, 1);
	assert_int_equal(aie_core_counters(rig->core)->cycles, 1);
	aie_core_set_enable(rig->core, false);
	aie_core_set_enable(rig->core, true);
	assert_int_equal(rig_step(rig), AIE_CORE_DONE);
	aie_core_reset(rig->core);
	assert_int_equal(rig_get(rig, "r2"), 0);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r2"), 1);
	rig_free(rig);
}

/* A core that is not enabled does nothing; enabling it starts it, also after a pause. */
static void test_enable(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tmova r1, #1\n\tmova r2, #1\n\tdone\n");
	rig_step(rig);
	aie_core_set_enable(rig->core, false);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(rig_step(rig), AIE_CORE_RESET);
	assert_int_equal(aie_core_counters(rig->core)->cycles, 1);
	aie_core_set_enable(rig->core, true);
	rig_done(rig);
	assert_int_equal(aie_core_counters(rig->core)->cycles, 2);
	rig_free(rig);
}

/* Program memory written while the core runs is what it executes. */
static void test_program_write(void **state)
{
	(void)state;
	struct aie_error error;
	struct rig *rig = rig_new("loop:\n\tadd r1, r1, #1\n\tj #loop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n");
	struct rig *other = rig_new("\tdone\n");
	uint8_t bytes[4];
	rig_run(rig, 30);
	assert_int_equal(aie_core_program_read(other->core, 0, bytes, 4, &error), 0);
	assert_int_equal(aie_core_program_write(rig->core, 0, bytes, 4, &error), 0);
	rig_done(rig);
	assert_int_equal(aie_core_program_write(rig->core, 0x3FFF, bytes, 2, &error), -1);
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	rig_free(other);
	rig_free(rig);
}

static void test_events(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tevent #0\n\tevent #1\n\tevent #1\n\tevent.warning\n\tevent.error\n\tdone\n");
	rig_done(rig);
	assert_int_equal(rig->events[0], 1);
	assert_int_equal(rig->events[1], 2);
	assert_int_equal(rig->events[2], 1);
	assert_int_equal(rig->events[3], 1);
	rig_free(rig);
}

/* cntr counts every cycle, stalled ones too. */
static void test_cycle_counter(void **state)
{
	(void)state;
	struct rig *rig = rig_new(
	        "\tmov r3:r2, cntr\n\tlda r9, [p0, #0]\n\tnop\n\tnop\n\tnop\n\tnop\n\tmov r5:r4, cntr\n\tdone\n");
	uint64_t first, second;
	rig_set(rig, "p0", 0x70000);
	rig->stall_loads = 3;
	rig_done(rig);
	rig_read(rig, "l1", &first);
	rig_read(rig, "l2", &second);
	assert_int_equal(second - first, 6 + 3);
	/* it can be set, counts on from there, and starts again with a reset */
	aie_core_reset(rig->core);
	first = UINT64_C(0xFFFFFFFFFFFFFFF0);
	rig_set(rig, "p0", 0x70000);
	rig_write(rig, "tile_cntr", &first);
	rig_done(rig);
	rig_read(rig, "l1", &first);
	rig_read(rig, "l2", &second);
	assert_true(first == UINT64_C(0xFFFFFFFFFFFFFFF1));
	assert_int_equal(second - first, 6);
	rig_read(rig, "tile_cntr", &first);
	assert_in_range(first - second, 1, 10);
	aie_core_reset(rig->core);
	rig_read(rig, "tile_cntr", &first);
	assert_int_equal(first, 0);
	rig_free(rig);
}

/* Issue and stall counts by address. */
static void test_profile(void **state)
{
	(void)state;
	struct aie_error error;
	struct rig *rig = rig_new("\tmova r0, #3\nloop:\n\tadd r0, r0, #-1\n\tjnz r0, "
	                          "#loop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tdone\n");
	assert_int_equal(aie_core_set_profile(rig->core, true, &error), 0);
	rig_done(rig);
	uint64_t issued = 0;
	for (unsigned i = 0; i < AIE_CORE_PROGRAM_BYTES / 2; i++)
		issued += aie_core_profile(rig->core)[i].issued;
	assert_int_equal(issued, aie_core_counters(rig->core)->bundles);
	assert_int_equal(aie_core_profile(rig->core)[0].issued, 1);
	assert_int_equal(aie_core_profile(rig->core)[2].issued, 3);
	assert_int_equal(aie_core_set_profile(rig->core, false, &error), 0);
	assert_null(aie_core_profile(rig->core));
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delay_slots),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_condition_sampled_at_issue),
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_link_timing),
		cmocka_unit_test(test_jnzd),
		cmocka_unit_test(test_transfer_in_delay_slot),
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_nested_loop),
		cmocka_unit_test(test_loop_end_in_delay_slots),
		cmocka_unit_test(test_pc_leaves_program),
		cmocka_unit_test(test_undecodable),
		cmocka_unit_test(test_done),
		cmocka_unit_test(test_enable),
		cmocka_unit_test(test_program_write),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_cycle_counter),
		cmocka_unit_test(test_profile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
