/* Address generation, loads, stores, and when they meet memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/core/rig.h"

static const char nops[] = "\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n";

static struct rig *rig_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
static struct rig *rig_text(const char *format, ...)
{
	char text[4000];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return rig_new(text);
}

/* The word at each address is the address. */
static void number_memory(struct rig *rig)
{
	for (uint32_t a = RIG_BASE; a < RIG_BASE + RIG_BYTES; a += 4)
		rig_put_word(rig, a, a);
}

static void test_modes(void **state)
{
	(void)state;
	static const struct {
		const char *instruction;
		uint32_t address, pointer; /* pointer afterwards */
	} modes[] = {
		{ "lda r2, [p0, #8]", 0x70108, 0x70100 },   { "lda r2, [p0, #-32]", 0x700E0, 0x70100 },
		{ "lda r2, [p0, dj0]", 0x70110, 0x70100 },  { "lda r2, [p0], #12", 0x70100, 0x7010C },
		{ "lda r2, [p0], #-4", 0x70100, 0x700FC },  { "lda r2, [p0], m0", 0x70100, 0x700F8 },
		{ "lda r2, [sp, #-64]", 0x701C0, 0x70100 },
	};
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct rig *rig = rig_text("\t%s\n\tdone\n", modes[i].instruction);
		number_memory(rig);
		rig_set(rig, "p0", 0x70100);
		rig_set(rig, "sp", 0x70200);
		rig_set(rig, "dj0", 0x10);
		rig_set(rig, "m0", 0xFFFF8); /* -8 */
		rig_done(rig);
		assert_int_equal(rig_get(rig, "r2"), modes[i].address);
		assert_int_equal(rig_get(rig, "p0"), modes[i].pointer);
		assert_int_equal(rig_get(rig, "sp"), 0x70200);
		rig_free(rig);
	}
}

/* Sums wrap at 20 bits; padda, paddb, padds move the pointer alone, paddxm moves sp. */
static void test_pointer_arithmetic(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tpadda [p0], #64\n\tpaddb [p1], m0\n\tpadds [p2], #-128\n\tpaddxm [sp], #-64\n"
	                          "\tpaddxm [sp], m1\n\tdone\n");
	rig_set(rig, "p0", 0xFFFF0);
	rig_set(rig, "p1", 0x00004);
	rig_set(rig, "m0", 0xFFFF8);
	rig_set(rig, "p2", 0x00040);
	rig_set(rig, "sp", 0x00020);
	rig_set(rig, "m1", 0x00010);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "p0"), 0x00030);
	assert_int_equal(rig_get(rig, "p1"), 0xFFFFC);
	assert_int_equal(rig_get(rig, "p2"), 0xFFFC0);
	assert_int_equal(rig_get(rig, "sp"), 0xFFFF0);
	rig_free(rig);
}

/* 2D: if dc == dn then p += m, dc = 0, else p += dj, dc += 1. */
static void test_2d(void **state)
{
	(void)state;
	struct rig *rig =
	        rig_new("\tpadda.2d [p0], d2\n\tpaddb.2d [p0], d2\n\tpadds.2d [p0], d2\n\tlda.2d r2, [p0], d2\n"
	                "\tpadda.2d [p0], d2\n\tdone\n");
	uint32_t p = 0x70000, dc = 1;
	const uint32_t dn = 2, dj = 0x40, m = 0x1000;
	rig_set(rig, "p0", p);
	rig_set(rig, "dn2", dn);
	rig_set(rig, "dj2", dj);
	rig_set(rig, "dc2", dc);
	rig_set(rig, "m2", m);
	for (unsigned i = 0; i < 5; i++) {
		p += dc == dn ? m : dj;
		dc = dc == dn ? 0 : dc + 1;
	}
	rig_done(rig);
	assert_int_equal(rig_get(rig, "p0"), p);
	assert_int_equal(rig_get(rig, "dc2"), dc);
	rig_free(rig);
}

/* 3D with d(i) inside and d(i+4) outside; m of the outer set is not used. */
static void test_3d(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tpadda.3d [p1], d1\n\tdone\n");
	uint32_t p = 0x70000, dc = 0, dc2 = 0;
	for (unsigned i = 0; i < 40; i++) {
		aie_core_reset(rig->core);
		rig_set(rig, "p1", p);
		rig_set(rig, "m1", 0x2000);
		rig_set(rig, "dn1", 2);
		rig_set(rig, "dj1", 4);
		rig_set(rig, "dc1", dc);
		rig_set(rig, "m5", 0x77777);
		rig_set(rig, "dn5", 3);
		rig_set(rig, "dj5", 0x100);
		rig_set(rig, "dc5", dc2);
		rig_done(rig);
		if (dc != 2) {
			p += 4;
			dc++;
		} else if (dc2 != 3) {
			p += 0x100;
			dc = 0;
			dc2++;
		} else {
			p += 0x2000;
			dc = dc2 = 0;
		}
		p &= 0xFFFFF;
		assert_int_equal(rig_get(rig, "p1"), p);
		assert_int_equal(rig_get(rig, "dc1"), dc);
		assert_int_equal(rig_get(rig, "dc5"), dc2);
		assert_int_equal(rig_get(rig, "m5"), 0x77777);
	}
	rig_free(rig);
}

static void test_sub_word_loads(void **state)
{
	(void)state;
	struct rig *rig =
	        rig_new("\tlda.s8 r2, [p0, #1]\n\tlda.u8 r3, [p0, #1]\n\tlda.s16 r4, [p0, #2]\n\tlda.u16 r5, [p0, #2]\n"
	                "\tlda.s8 r6, [p0], #1\n\tlda.u8 r7, [p0], m0\n\tlda.s16 r8, [p0, dj0]\n\tdone\n");
	rig_set(rig, "p0", 0x70000);
	rig_set(rig, "m0", 1);
	rig_set(rig, "dj0", 4);
	rig_put_word(rig, 0x70000, 0x8765F37F);
	rig_put_word(rig, 0x70004, 0x00009ABC);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r2"), 0xFFFFFFF3);
	assert_int_equal(rig_get(rig, "r3"), 0xF3);
	assert_int_equal(rig_get(rig, "r4"), 0xFFFF8765);
	assert_int_equal(rig_get(rig, "r5"), 0x8765);
	assert_int_equal(rig_get(rig, "r6"), 0x7F);
	assert_int_equal(rig_get(rig, "r7"), 0xF3);
	assert_int_equal(rig_get(rig, "p0"), 0x70002);
	rig_free(rig);
}

/* Loads reach pointers, modifiers, lr, exponents, q; stores come from them. */
static void test_load_destinations(void **state)
{
	(void)state;
	struct rig *rig =
	        rig_text("\tlda p1, [p0, #0]\n\tlda m3, [p0, #4]\n\tlda dn3, [p0, #8]\n\tlda dj3, [p0, #12]\n"
	                 "\tlda dc3, [p0, #16]\n\tlda lr, [p0, #20]\n\tlda el3, [p0, #24]\n\tlda q1, [p0, #32]\n%s"
	                 "\tst p1, [p2, #0]\n\tst lr, [p2, #4]\n\tst q1, [p2, #16]\n\tdone\n",
	                 nops);
	number_memory(rig);
	rig_put_word(rig, 0x70000, 0xFFF12345);
	rig_set(rig, "p0", 0x70000);
	rig_set(rig, "p2", 0x70040);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "p1"), 0x12345);
	assert_int_equal(rig_get(rig, "m3"), 0x70004);
	assert_int_equal(rig_get(rig, "dn3"), 0x70008);
	assert_int_equal(rig_get(rig, "dj3"), 0x7000C);
	assert_int_equal(rig_get(rig, "dc3"), 0x70010);
	assert_int_equal(rig_get(rig, "lr"), 0x70014);
	assert_int_equal(rig_get(rig, "el3"), 0x70018);
	assert_int_equal(rig_word(rig, 0x70040), 0x12345);
	assert_int_equal(rig_word(rig, 0x70044), 0x70014);
	assert_int_equal(rig_word(rig, 0x70050), 0x70020);
	assert_int_equal(rig_word(rig, 0x7005C), 0x7002C);
	rig_free(rig);
}

/* Vector loads and stores are plain copies; .128 fills the low half of a w register (upper half zero) and stores it. */
static void test_vector_copies(void **state)
{
	(void)state;
	struct rig *rig =
	        rig_text("\tvlda wl0, [p0, #32]\n\tvlda x2, [p0, #64]\n\tvlda bmhl1, [p0, #128]\n\tvldb wh4, [p0, #0]\n"
	                 "\tvldb x6, [p0, #64]\n\tvlda.128 wl8, [p0, #16]\n%s"
	                 "\tvst wl0, [p1, #0]\n\tvst x2, [p1, #64]\n\tvst bmhl1, [p1, #128]\n\tvst.128 wl8, [p1, #32]\n"
	                 "\tdone\n",
	                 nops);
	uint8_t w[32];
	number_memory(rig);
	memset(w, 0xEE, sizeof(w));
	rig_write(rig, "wl8", w);
	rig_set(rig, "p0", 0x50000);
	rig_set(rig, "p1", 0x70000);
	rig_done(rig);
	uint8_t *source = rig->memory + 0x10000, *target = rig->memory + 0x30000;
	assert_memory_equal(target, source + 32, 32);
	assert_memory_equal(target + 32, source + 16, 16);
	assert_memory_equal(target + 64, source + 64, 64);
	assert_memory_equal(target + 128, source + 128, 64);
	rig_read(rig, "wh4", w);
	assert_memory_equal(w, source, 32);
	static const uint8_t zero[16];
	rig_read(rig, "wl8", w);
	assert_memory_equal(w, source + 16, 16);
	assert_memory_equal(w + 16, zero, 16);
	rig_free(rig);
}

/* Memory cycle 5: a load or store meets memory four cycles after its issue. */
static void test_memory_cycle(void **state)
{
	(void)state;
	struct rig *rig = rig_new(
	        "\tnop\n\tlda r2, [p0, #0]\n\tst r1, [p0, #4]\n\tvst.srs.2x bmll0, s0, srssign1, [p1, #0]\n\tdone\n");
	rig_set(rig, "p0", 0x70000);
	rig_set(rig, "p1", 0x70040);
	rig_done(rig);
	assert_int_equal(rig->log_count, 3);
	assert_int_equal(rig->log[0].cycle, 2 + 4);
	assert_false(rig->log[0].store);
	assert_int_equal(rig->log[1].cycle, 3 + 4);
	assert_true(rig->log[1].store);
	assert_int_equal(rig->log[2].cycle, 4 + 6); /* vst.srs: memory cycle 7 */
	assert_int_equal(rig->log[2].size, 32);
	rig_free(rig);
}

/* A load after a store to the same address sees what is in memory at its own memory cycle. */
static void test_order_through_memory(void **state)
{
	(void)state;
	/* plain store, memory cycle 5: a load of the same bundle reads the old word, one of the next bundle the new one
	 */
	struct rig *rig = rig_new("\tlda r2, [p0, #0]; st r1, [p0, #0]\n\tlda r3, [p0, #0]\n\tdone\n");
	rig_set(rig, "p0", 0x70000);
	rig_set(rig, "r1", 7);
	rig_put_word(rig, 0x70000, 5);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r2"), 5);
	assert_int_equal(rig_get(rig, "r3"), 7);
	rig_free(rig);
	/* vst.srs, memory cycle 7: loads issued one and two bundles later are too early, three is in time */
	rig = rig_new("\tvst.srs.2x bmll0, s0, srssign1, [p0, #0]\n\tlda r2, [p0, #0]\n\tlda r3, [p0, #0]\n\tlda r4, "
	              "[p0, #0]\n"
	              "\tdone\n");
	uint32_t lanes[16];
	for (unsigned i = 0; i < 16; i++)
		lanes[i] = 3;
	rig_write(rig, "bmll0", lanes);
	rig_set(rig, "p0", 0x70000);
	rig_put_word(rig, 0x70000, 5);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r2"), 5);
	assert_int_equal(rig_get(rig, "r3"), 5);
	assert_int_equal(rig_get(rig, "r4"), 0x00030003);
	rig_free(rig);
}

/* A plain store samples its source at issue (use 1), a sub-word store six bundles later (use 7). */
static void test_store_sampling(void **state)
{
	(void)state;
	struct rig *rig = rig_text("\tmul r2, r0, r1\n\tst r2, [p0, #0]\n\tst r2, [p0, #4]\n%s\tdone\n", nops);
	rig_set(rig, "p0", 0x70000);
	rig_set(rig, "r0", 6);
	rig_set(rig, "r1", 7);
	rig_set(rig, "r2", 11);
	rig_done(rig);
	assert_int_equal(rig_word(rig, 0x70000), 11);
	assert_int_equal(rig_word(rig, 0x70004), 42);
	rig_free(rig);
	rig = rig_new("\tst.s16 r2, [p0, #2]\n\tnop\n\tnop\n\tnop\n\tmul r2, r0, r1\n\tnop\n\tmova r2, #1\n\tdone\n");
	rig_set(rig, "p0", 0x70000);
	rig_set(rig, "r0", 6);
	rig_set(rig, "r1", 7);
	rig_put_word(rig, 0x70000, 0x11112222);
	rig_done(rig);
	assert_int_equal(rig_word(rig, 0x70000),
	                 0x002A2222); /* the product landed at cycle 6; mova at 7 came too late */
	rig_free(rig);
}

/* Sub-word stores merge into their word: read at memory cycle 5, write at 11. */
static void test_part_word_merge(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tst.s8 r2, [p0, #3]\n\tst.s8 r3, [p0], #1\n\tst.s8 r4, [p0], m0\n\tdone\n");
	rig_set(rig, "p0", 0x70000);
	rig_set(rig, "m0", 1);
	rig_set(rig, "r2", 0xAAA1);
	rig_set(rig, "r3", 0xBBB2);
	rig_set(rig, "r4", 0xCCC3);
	rig_put_word(rig, 0x70000, 0x44556677);
	rig_done(rig);
	assert_int_equal(rig_word(rig, 0x70000), 0xA155C3B2);
	assert_int_equal(rig_get(rig, "p0"), 0x70002);
	assert_false(rig->log[0].store);
	assert_int_equal(rig->log[0].cycle, 1 + 4);
	assert_true(rig->log[1].store || rig->log[2].store);
	rig_free(rig);
}

/* PART_WORD_STORE: a memory bundle k cycles after a sub-word store waits 7 - k cycles; others do not wait. */
static void test_part_word_window(void **state)
{
	(void)state;
	for (unsigned k = 1; k <= 9; k++) {
		char text[300] = "\tst.s8 r2, [p0, #0]\n";
		for (unsigned i = 1; i < k; i++)
			strcat(text, "\tadd r3, r3, #1\n");
		strcat(text, "\tlda r4, [p0, #4]\n\tdone\n");
		struct rig *rig = rig_new(text);
		rig_set(rig, "p0", 0x70000);
		rig_done(rig);
		assert_int_equal(aie_core_counters(rig->core)->stall[AIE_STALL_PARTWORD], k < 7 ? 7 - k : 0);
		assert_int_equal(aie_core_counters(rig->core)->bundles, k + 1);
		assert_int_equal(aie_core_counters(rig->core)->cycles, k + 1 + (k < 7 ? 7 - k : 0));
		rig_free(rig);
	}
}

/* While a bundle waits behind a sub-word store the pipeline moves on: the delayed move lands in time for the load's
 * bundle. */
static void test_part_word_window_runs(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tst.s8 r2, [p0, #0]; mov.d4 r3, r5\n\tlda r4, [p0, #4]; add r6, r3, #0\n\tdone\n");
	rig_set(rig, "p0", 0x70000);
	rig_set(rig, "r5", 9);
	rig_done(rig);
	assert_int_equal(aie_core_counters(rig->core)->stall[AIE_STALL_PARTWORD], 6);
	assert_int_equal(rig_get(rig, "r6"), 9);
	rig_free(rig);
}

/* Two loads and a store of one cycle are all offered to memory; losers are offered again. */
static void test_bank_conflicts(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tvlda x0, [p0, #0]; vldb x2, [p1, #0]; vst x4, [p2, #0]\n\tdone\n");
	rig->banks = true;
	rig_set(rig, "p0", 0x70000);
	rig_set(rig, "p1", 0x70040); /* same bank as p0 */
	rig_set(rig, "p2", 0x74000);
	rig_done(rig);
	assert_int_equal(rig->log_count, 3);
	assert_int_equal(rig->log[0].cycle, 5);
	assert_int_equal(rig->log[1].cycle, 5); /* the store did not wait for the loser */
	assert_true(rig->log[1].store);
	assert_int_equal(rig->log[2].cycle, 6);
	rig_free(rig);
}

static void test_misaligned(void **state)
{
	(void)state;
	static const char *const cases[] = { "lda r2, [p0, #0]",  "lda.s16 r2, [p1, #0]", "vlda wl0, [p2, #0]",
		                             "vlda x0, [p3, #0]", "vst x0, [p3, #0]",     "vst.128 wl0, [p4, #0]",
		                             "st r2, [p0, #0]",   "st.s16 r2, [p1, #0]",  "vldb x0, [p3], #64" };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *rig = rig_text("\tnop\n\t%s\n\tdone\n", cases[i]);
		rig_set(rig, "p0", 0x70002);
		rig_set(rig, "p1", 0x70001);
		rig_set(rig, "p2", 0x70010);
		rig_set(rig, "p3", 0x70020);
		rig_set(rig, "p4", 0x70008);
		rig_faults(rig, AIE_ERROR_FAULT, "misaligned");
		assert_int_equal(aie_core_fault(rig->core)->pc, 2);
		assert_non_null(strstr(aie_core_fault(rig->core)->bundle, cases[i]));
		rig_free(rig);
	}
	/* bytes are always aligned */
	struct rig *rig = rig_new("\tlda.u8 r2, [p0, #1]\n\tdone\n");
	rig_set(rig, "p0", 0x70002);
	rig_done(rig);
	rig_free(rig);
}

/* A fault of the port names the instruction that asked, not the one that issues by then. */
static void test_out_of_range(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tvlda x0, [p0, #0]\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tdone\n");
	rig_set(rig, "p0", 0x30000);
	rig_faults(rig, AIE_ERROR_FAULT, "0x30000");
	assert_int_equal(aie_core_fault(rig->core)->pc, 0);
	assert_string_equal(aie_core_fault(rig->core)->instruction, "vlda");
	rig_free(rig);
}

/* lda.tm / st.tm: tile registers at 0x80000 + offset. */
/* The second and fourth lane of a lookup go to another bank; whether by bit 4 or by bit 5 of the address is open, so
 * the result stands only where both places hold the same. */
static void test_lookup_bank(void **state)
{
	(void)state;
	static const char program[] = "\tvldb.4x32.lo wl2, wl0\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tdone\n";
	static const uint32_t addresses[8] = { 0x70000, 0x70040, 0x70100, 0x70148 };
	for (unsigned differs = 0; differs < 2; differs++) {
		struct rig *rig = rig_new(program);
		uint64_t lanes[4];
		rig_write(rig, "wl0", addresses);
		for (uint32_t a = 0; a < 8; a += 4) {
			rig_put_word(rig, 0x70000 + a, 0x100 + a);
			rig_put_word(rig, 0x70050 + a, 0x200 + a);
			rig_put_word(rig, 0x70060 + a, 0x200 + a + (a == 4 ? differs : 0));
			rig_put_word(rig, 0x70100 + a, 0x300 + a);
			rig_put_word(rig, 0x70158 + a, 0x400 + a);
			rig_put_word(rig, 0x70168 + a, 0x400 + a);
		}
		if (differs) {
			rig_faults(rig, AIE_ERROR_UNSUPPORTED, "lane 1 reads 0x70050 or 0x70060");
		} else {
			rig_done(rig);
			rig_read(rig, "wl2", lanes);
			for (unsigned i = 0; i < 4; i++) {
				const uint32_t low = 0x100 * (i + 1);
				assert_true(lanes[i] == ((uint64_t)(low + 4) << 32 | low));
			}
		}
		rig_free(rig);
	}
}

static void test_tile_registers(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tst.tm r1, [p0, #4]\n\tlda.tm r2, [p0], #8\n\tdone\n");
	rig_set(rig, "p0", 0x80000 + 0x32000);
	rig_set(rig, "r1", 0xCAFE);
	rig_done(rig);
	assert_int_equal(rig->tile_offset, 0x32000);
	assert_int_equal(rig->tile_word, 0xCAFE);
	assert_int_equal(rig_get(rig, "r2"), 0xCAFE);
	assert_int_equal(rig_get(rig, "p0"), 0xB2008);
	rig_free(rig);
	rig = rig_new("\tlda.tm r2, [p0, #0]\n\tdone\n");
	rig_set(rig, "p0", 0x70000);
	rig_faults(rig, AIE_ERROR_FAULT, "tile register");
	rig_free(rig);
}

/* Stores that are on their way complete after `done`. */
static void test_done_drains(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tst r1, [p0, #0]\n\tst.s8 r1, [p0, #4]\n\tdone\n");
	rig_set(rig, "p0", 0x70000);
	rig_set(rig, "r1", 0x12345678);
	rig_done(rig);
	assert_int_equal(rig_word(rig, 0x70000), 0x12345678);
	assert_int_equal(rig_word(rig, 0x70004), 0x78);
	assert_int_equal(aie_core_counters(rig->core)->bundles, 2);
	assert_int_equal(aie_core_counters(rig->core)->cycles, 2);
	rig_free(rig);
}

/* Fused forms: vlda.ups lands at cycle 9 with controls read at 7 and 8; vst.srs reads its controls at issue. */
static void test_fused_timing(void **state)
{
	(void)state;
	struct rig *rig =
	        rig_new("\tvlda.ups.2x bmll0, s0, upssign1, [p0, #0]\n\tnop\n\tnop\n\tnop\n\tnop\n\tmov s0, r1\n"
	                "\tnop\n\tnop\n\tvmov x0, bmll0\n\tvmov x1, bmll0\n\tdone\n");
	uint16_t lanes[16];
	uint32_t got[16];
	for (unsigned i = 0; i < 16; i++)
		lanes[i] = (uint16_t)(i - 8);
	memcpy(rig->memory + 0x30000, lanes, 32);
	rig_set(rig, "p0", 0x70000);
	rig_set(rig, "r1", 4); /* lands at cycle 6, in front of the sample at 7 */
	rig_done(rig);
	rig_read(rig, "x1", got);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal((int32_t)got[i], ((int)i - 8) * 16);
	rig_read(rig, "x0", got);
	assert_int_equal(got[0], 0);
	rig_free(rig);
	/* crRnd written in the bundle behind the store does not matter (use 1) */
	rig = rig_new("\tvst.srs.2x bmll0, s0, srssign1, [p0, #0]\n\tmovx crrnd, #1\n\tdone\n");
	uint32_t acc[16];
	for (unsigned i = 0; i < 16; i++)
		acc[i] = 5;
	rig_write(rig, "bmll0", acc);
	rig_set(rig, "s0", 1);
	rig_set(rig, "p0", 0x70000);
	rig_done(rig);
	assert_int_equal(rig_word(rig, 0x70000), 0x00020002); /* floor, not ceiling */
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_pointer_arithmetic),
		cmocka_unit_test(test_2d),
		cmocka_unit_test(test_3d),
		cmocka_unit_test(test_sub_word_loads),
		cmocka_unit_test(test_load_destinations),
		cmocka_unit_test(test_vector_copies),
		cmocka_unit_test(test_memory_cycle),
		cmocka_unit_test(test_order_through_memory),
		cmocka_unit_test(test_store_sampling),
		cmocka_unit_test(test_part_word_merge),
		cmocka_unit_test(test_part_word_window),
		cmocka_unit_test(test_part_word_window_runs),
		cmocka_unit_test(test_bank_conflicts),
		cmocka_unit_test(test_misaligned),
		cmocka_unit_test(test_out_of_range),
		cmocka_unit_test(test_lookup_bank),
		cmocka_unit_test(test_tile_registers),
		cmocka_unit_test(test_done_drains),
		cmocka_unit_test(test_fused_timing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
