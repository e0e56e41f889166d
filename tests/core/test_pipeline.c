/* When operands are sampled and results land: "a read sees a write iff P + def < C + use, or == when the bypass classes
 * match". Numbers in comments are def and use cycles of the timing table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/core/rig.h"

/* ALU result def 1, source use 1: visible to the next bundle. */
static void test_distance_one(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tmova r0, #3\n\tadd r1, r0, #1\n\tadd r2, r1, #1\n\tdone\n");
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r1"), 4);
	assert_int_equal(rig_get(rig, "r2"), 5);
	assert_int_equal(aie_core_counters(rig->core)->bundles, 3);
	assert_int_equal(aie_core_counters(rig->core)->cycles, 3);
	rig_free(rig);
}

/* mul def 2: the next bundle still reads the old value, the one after it the product. */
static void test_distance_two(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tmul r2, r0, r1\n\tadd r3, r2, #0\n\tadd r4, r2, #0\n\tdone\n");
	rig_set(rig, "r0", 6);
	rig_set(rig, "r1", 7);
	rig_set(rig, "r2", 1000);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r3"), 1000);
	assert_int_equal(rig_get(rig, "r4"), 42);
	rig_free(rig);
}

/* mac reads its accumulator at cycle 2 (use 2, def 2): chains at distance 1. */
static void test_late_accumulator(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tmac r2, r2, r0, r1\n\tmac r2, r2, r0, r1\n\tmac r2, r2, r0, r1\n\tadd r3, r2, #0\n"
	                          "\tadd r4, r2, #0\n\tdone\n");
	rig_set(rig, "r0", 10);
	rig_set(rig, "r1", 10);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r3"), 200);
	assert_int_equal(rig_get(rig, "r4"), 300);
	rig_free(rig);
}

/* lda def 7: six bundles later the old value, seven later the loaded one. */
static void test_load_latency(void **state)
{
	(void)state;
	struct rig *rig =
	        rig_new("\tlda r2, [p0, #0]\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tadd r3, r2, #0\n\tadd r4, r2, #0\n"
	                "\tdone\n");
	rig_set(rig, "p0", 0x70000);
	rig_set(rig, "r2", 5);
	rig_put_word(rig, 0x70000, 99);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r3"), 5);
	assert_int_equal(rig_get(rig, "r4"), 99);
	rig_free(rig);
}

/* mov.dN: def N + 1. */
static void test_delayed_moves(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 6; n++) {
		char text[400];
		int used = snprintf(text, sizeof(text), "\tmov.d%u r2, r0\n", n);
		for (unsigned k = 1; k <= 8; k++)
			used += snprintf(text + used, sizeof(text) - (size_t)used, "\tadd r%u, r2, #0\n", 10 + k);
		snprintf(text + used, sizeof(text) - (size_t)used, "\tdone\n");
		struct rig *rig = rig_new(text);
		rig_set(rig, "r0", 1);
		rig_done(rig);
		for (unsigned k = 1; k <= 8; k++) {
			char name[8];
			snprintf(name, sizeof(name), "r%u", 10 + k);
			assert_int_equal(rig_get(rig, name), k >= n + 1);
		}
		rig_free(rig);
	}
}

/* All slots of a bundle read the state before it: one bundle swaps two registers. */
static void test_bundle_reads_before_writes(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tadd r0, r1, #0; mov r1, r0\n\tdone\n");
	rig_set(rig, "r0", 1);
	rig_set(rig, "r1", 2);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r0"), 2);
	assert_int_equal(rig_get(rig, "r1"), 1);
	rig_free(rig);
}

static uint32_t lane0(const struct rig *rig, const char *name)
{
	uint32_t lanes[64];
	rig_read(rig, name, lanes);
	return lanes[0];
}

static void set_lanes(struct rig *rig, const char *name, uint32_t value)
{
	uint32_t lanes[64];
	for (unsigned i = 0; i < 64; i++)
		lanes[i] = value;
	rig_write(rig, name, lanes);
}

/* vadd: dst def 6 and acc1 use 4, both VEC_Bypass: distance 6 - 4 + 1 = 3, one less through the bypass. */
static void test_bypass(void **state)
{
	(void)state;
	struct rig *rig =
	        rig_new("\tvadd dm2, dm0, dm1, r0\n\tvadd dm3, dm2, dm1, r0\n\tvadd dm4, dm2, dm1, r0\n\tdone\n");
	set_lanes(rig, "dm0", 10);
	set_lanes(rig, "dm1", 1);
	set_lanes(rig, "dm2", 100);
	rig_done(rig);
	assert_int_equal(lane0(rig, "dm2"), 11);
	assert_int_equal(lane0(rig, "dm3"), 101); /* distance 1: old */
	assert_int_equal(lane0(rig, "dm4"), 12);  /* distance 2: forwarded */
	rig_free(rig);
}

/* The move slot's class: vbcst def 2 and vadd.32 use 1, both MV_Bypass: distance 2 - 1 + 1 = 2, one less through the
 * bypass. vst samples the same register at use 1 without a class and needs the full distance. */
static void test_move_bypass(void **state)
{
	(void)state;
	struct rig *rig =
	        rig_new("\tvbcst.32 x0, r0\n\tvadd.32 x2, x0, x4; vst x0, [p0, #0]\n\tvst x0, [p0, #64]\n\tdone\n");
	uint32_t lanes[16] = { 0 };
	rig_set(rig, "r0", 5);
	rig_set(rig, "p0", 0x70000);
	rig_done(rig);
	rig_read(rig, "x2", lanes);
	assert_int_equal(lanes[0], 5);
	assert_int_equal(lanes[15], 5);
	assert_int_equal(rig_word(rig, 0x70000), 0);
	assert_int_equal(rig_word(rig, 0x70040), 5);
	rig_free(rig);
}

/* Only the part that is on its way is forwarded: vmov of ex0 sees the new wl0 beside its old other parts. */
static void test_bypass_of_a_part(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tvmov wl0, wl6\n\tvmov ex2, ex0\n\tdone\n");
	uint8_t ex[72], w[32], got[72];
	for (unsigned i = 0; i < 72; i++)
		ex[i] = (uint8_t)(100 + i);
	for (unsigned i = 0; i < 32; i++)
		w[i] = (uint8_t)(200 + i);
	rig_write(rig, "ex0", ex);
	rig_write(rig, "wl6", w);
	rig_done(rig);
	memcpy(ex, w, 32);
	rig_read(rig, "ex2", got);
	assert_memory_equal(got, ex, 72);
	rig_free(rig);
}

/* vmac.f: dst def 6 without bypass class, acc1 use 4: distance 3, and 2 sees the old value. */
static void test_no_bypass(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tvmac.f dm2, dm0, x0, x2, r0\n\tnop\n\tvadd.f dm3, dm2, dm1, r0\n"
	                          "\tvadd.f dm4, dm2, dm1, r0\n\tdone\n");
	rig_set(rig, "r0", 60);
	set_lanes(rig, "dm0", 0x40000000); /* 2.0 */
	set_lanes(rig, "dm2", 0x41000000); /* 8.0 */
	rig_done(rig);
	assert_int_equal(lane0(rig, "dm2"), 0x40000000);
	assert_int_equal(lane0(rig, "dm3"), 0x41000000);
	assert_int_equal(lane0(rig, "dm4"), 0x40000000);
	rig_free(rig);
}

/* A result that lands later is not forwarded to an instruction at distance 1. */
static void test_bypass_not_earlier(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tvadd dm2, dm0, dm1, r0\n\tvsub dm2, dm2, dm1, r0\n\tdone\n");
	set_lanes(rig, "dm0", 10);
	set_lanes(rig, "dm1", 1);
	set_lanes(rig, "dm2", 100);
	rig_done(rig);
	assert_int_equal(lane0(rig, "dm2"), 99); /* the vsub read the old 100 and landed last */
	rig_free(rig);
}

/* In-flight collisions: each result lands at its own cycle. */
static void test_late_lander_wins(void **state)
{
	(void)state;
	struct rig *rig =
	        rig_new("\tlda r2, [p0, #0]\n\tmova r2, #5\n\tadd r3, r2, #0\n\tnop\n\tnop\n\tnop\n\tnop\n\tdone\n");
	rig_set(rig, "p0", 0x70000);
	rig_put_word(rig, 0x70000, 99);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r3"), 5);
	assert_int_equal(rig_get(rig, "r2"), 99);
	rig_free(rig);
}

/* Landing in one cycle the younger instruction wins, whatever was computed first. */
static void test_same_cycle_younger_wins(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tmov.d3 r2, r0\n\tnop\n\tnop\n\tmov r2, r1\n\tdone\n");
	rig_set(rig, "r0", 1);
	rig_set(rig, "r1", 2);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r2"), 2);
	rig_free(rig);
	/* the load computes its result at cycle 5, after the younger mov.d5 has put its own on the way */
	rig = rig_new("\tlda r2, [p0, #0]\n\tmov.d5 r2, r1\n\tdone\n");
	rig_set(rig, "p0", 0x70000);
	rig_set(rig, "r1", 2);
	rig_put_word(rig, 0x70000, 99);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r2"), 2);
	rig_free(rig);
}

/* Writing a part leaves the other parts: bm quarter of dm, w half of x, x of ex. */
static void test_partial_writes(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tvmov bmlh1, x0\n\tvmov wh2, wl0\n\tvmov x4, x0\n\tdone\n");
	uint8_t x0[64], dm[256], x2[64], ex[72];
	memset(x0, 0xAB, sizeof(x0));
	memset(dm, 0x11, sizeof(dm));
	memset(x2, 0x22, sizeof(x2));
	memset(ex, 0x33, sizeof(ex));
	rig_write(rig, "x0", x0);
	rig_write(rig, "dm1", dm);
	rig_write(rig, "x2", x2);
	rig_write(rig, "ex4", ex);
	rig_done(rig);
	memset(dm + 64, 0xAB, 64);
	memset(x2 + 32, 0xAB, 32);
	memset(ex, 0xAB, 64);
	uint8_t got[256];
	rig_read(rig, "dm1", got);
	assert_memory_equal(got, dm, 256);
	rig_read(rig, "x2", got);
	assert_memory_equal(got, x2, 64);
	rig_read(rig, "ex4", got);
	assert_memory_equal(got, ex, 72);
	rig_free(rig);
}

/* A register of several pieces as operand and as result. */
static void test_composite(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tvmov ex2, ex7\n\tdone\n");
	uint8_t ex[72], got[72];
	for (unsigned i = 0; i < 72; i++)
		ex[i] = (uint8_t)(i * 3 + 1);
	rig_write(rig, "ex7", ex);
	rig_done(rig);
	rig_read(rig, "ex2", got);
	assert_memory_equal(got, ex, 72);
	rig_read(rig, "eh2", got);
	assert_memory_equal(got, ex + 68, 4); /* e stands behind x: el at byte 64, eh at 68 */
	rig_free(rig);
}

/* Structural hazard: lda.s8 holds the LXC unit 6 cycles after issue, mov r, ss needs it 5 cycles after issue. */
static void test_resource_stall(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tlda.s8 r2, [p0, #0]\n\tmov r3, ss\n\tdone\n");
	rig_set(rig, "p0", 0x70000);
	rig->in[0] = 7;
	rig->in_count = 1;
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r3"), 7);
	assert_int_equal(aie_core_counters(rig->core)->stall[AIE_STALL_RESOURCE], 1);
	assert_int_equal(aie_core_counters(rig->core)->cycles, 3);
	rig_free(rig);
}

/* Status flags of the vector unit are sticky until written: a later conversion without overflow keeps the flag. */
static void test_sticky_flags(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tvsrs.2x wl0, bmll0, s0, srssign1\n\tnop\n\tnop\n\tnop\n\tnop\n"
	                          "\tvsrs.2x wl2, bmll1, s0, srssign1\n\tnop\n\tnop\n\tnop\n\tnop\n\tmov r2, srsrs_of\n"
	                          "\tmov srsrs_of, r0\n\tmov r3, srsrs_of\n\tdone\n");
	uint32_t big[16];
	for (unsigned i = 0; i < 16; i++)
		big[i] = 0x12345678;
	rig_write(rig, "bmll0", big);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r2"), 1);
	assert_int_equal(rig_get(rig, "r3"), 0);
	rig_free(rig);
}

/* A full stall freezes everything in flight: the load takes as many bundles as without it. */
static void test_freeze(void **state)
{
	(void)state;
	for (unsigned stall = 0; stall < 4; stall++) {
		struct rig *rig = rig_new("\tmul r2, r0, r1\n\tlda r5, [p0, #0]\n\tmov.d6 r6, r0\n\tnop\n\tnop\n\tnop\n"
		                          "\tadd r7, r6, #0\n\tadd r8, r6, #0\n\tadd r9, r6, #0\n\tdone\n");
		rig_set(rig, "p0", 0x70000);
		rig_set(rig, "r0", 3);
		rig_set(rig, "r1", 5);
		rig->stall_loads = stall;
		rig_done(rig);
		assert_int_equal(rig_get(rig, "r2"), 15);
		assert_int_equal(rig_get(rig, "r7"), 0); /* distance 4 */
		assert_int_equal(rig_get(rig, "r8"), 0);
		assert_int_equal(rig_get(rig, "r9"), 0);
		assert_int_equal(rig_get(rig, "r6"), 3);
		assert_int_equal(aie_core_counters(rig->core)->stall[AIE_STALL_MEMORY], stall);
		assert_int_equal(aie_core_counters(rig->core)->cycles, 9 + stall);
		rig_free(rig);
	}
}

/* Reset values: sign registers, cascade enables, exception masks, le (register reference of the array). */
static void test_reset_values(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint32_t value;
	} expected[] = {
		{ "le", 0xFFFFF },
		{ "srssign0", 0 },
		{ "srssign1", 1 },
		{ "upssign0", 0 },
		{ "upssign1", 1 },
		{ "packsign1", 1 },
		{ "unpacksign1", 1 },
		{ "vaddsign0", 0 },
		{ "vaddsign1", 1 },
		{ "crscden", 1 },
		{ "crmcden", 1 },
		{ "crrnd", 0 },
		{ "crsat", 0 },
		{ "crfpmask", 0x1F },
		{ "crf2imask", 0x1D },
		{ "crf2fmask", 0x1F },
		{ "crfpnlfmask", 0xFF },
		{ "crfpcnvfx2flmask", 0x21 },
		{ "crfpcnvfl2fxmask", 0x65 },
		{ "lc", 0 },
		{ "p0", 0 },
		{ "sp", 0 },
	};
	struct rig *rig = rig_new("\tdone\n");
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		if (rig_get(rig, expected[i].name) != expected[i].value)
			fail_msg("%s is %x after reset", expected[i].name, rig_get(rig, expected[i].name));
	rig_free(rig);
}

/* Composite registers without gaps: d0 = m0, dn0, dj0, dc0 at 20 bits each. */
static void test_packed_view(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tdone\n");
	rig_set(rig, "m0", 0x12345);
	rig_set(rig, "dn0", 0x6789A);
	rig_set(rig, "dj0", 0xBCDEF);
	rig_set(rig, "dc0", 0x13579);
	static const uint8_t expected[10] = { 0x45, 0x23, 0xA1, 0x89, 0x67, 0xEF, 0xCD, 0x9B, 0x57, 0x13 };
	uint8_t value[10];
	rig_read(rig, "d0", value);
	assert_memory_equal(value, expected, 10);
	rig_set(rig, "dj0", 0);
	rig_write(rig, "d0", expected);
	assert_int_equal(rig_get(rig, "dj0"), 0xBCDEF);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distance_one),
		cmocka_unit_test(test_distance_two),
		cmocka_unit_test(test_late_accumulator),
		cmocka_unit_test(test_load_latency),
		cmocka_unit_test(test_delayed_moves),
		cmocka_unit_test(test_bundle_reads_before_writes),
		cmocka_unit_test(test_bypass),
		cmocka_unit_test(test_move_bypass),
		cmocka_unit_test(test_bypass_of_a_part),
		cmocka_unit_test(test_no_bypass),
		cmocka_unit_test(test_bypass_not_earlier),
		cmocka_unit_test(test_late_lander_wins),
		cmocka_unit_test(test_same_cycle_younger_wins),
		cmocka_unit_test(test_partial_writes),
		cmocka_unit_test(test_composite),
		cmocka_unit_test(test_resource_stall),
		cmocka_unit_test(test_sticky_flags),
		cmocka_unit_test(test_freeze),
		cmocka_unit_test(test_reset_values),
		cmocka_unit_test(test_packed_view),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
