/* Locks, streams, cascade and FIFOs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/core/rig.h"

/* ---- locks ---- */

/* Negative value: wait for lock >= -value, subtract; release adds. Every lock instruction costs one extra cycle. */
static void test_lock_uncontended(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tacq #49, r0\n\tnop\n\tnop\n\tnop\n\tnop\n\trel #50, r1\n\tnop\n\tdone\n");
	rig_set(rig, "r0", (uint32_t)-2);
	rig_set(rig, "r1", 3);
	rig->lock[49] = 5;
	rig_done(rig);
	assert_int_equal(rig->lock[49], 3);
	assert_int_equal(rig->lock[50], 3);
	assert_int_equal(aie_core_counters(rig->core)->stall[AIE_STALL_LOCK], 2);
	assert_int_equal(aie_core_counters(rig->core)->lock_wait[49], 1);
	assert_int_equal(aie_core_counters(rig->core)->lock_wait[50], 1);
	assert_int_equal(aie_core_counters(rig->core)->cycles, 7 + 2);
	rig_free(rig);
}

/* A blocking acquire stalls its whole bundle and freezes the pipeline; no slot takes effect before it succeeds. */
static void test_lock_stall_freezes(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tmov.d3 r5, r4\n\tacq #48, r0; mov r2, r5; st r4, [p0, #0]\n\tor r3, r5, r5\n\tor "
	                          "r6, r5, r5\n\tor r7, r5, r5\n"
	                          "\tdone\n");
	unsigned detail;
	int value;
	rig_set(rig, "p0", 0x70000);
	rig_set(rig, "r4", 9);
	rig_set(rig, "r0", (uint32_t)-1);
	rig_run(rig, 30);
	assert_int_equal(aie_core_status(rig->core), AIE_CORE_STALLED);
	assert_int_equal(aie_core_stall(rig->core, &detail, &value), AIE_STALL_LOCK);
	assert_int_equal(detail, 48);
	assert_int_equal(value, -1);
	assert_int_equal(rig->log_count, 0);
	assert_int_equal(rig_get(rig, "r5"), 0); /* mov.d3 did not land: the clock stands */
	assert_int_equal(rig->lock_asked, 28);   /* once a cycle behind the extra one */
	uint64_t cycles = aie_core_counters(rig->core)->cycles;
	aie_core_skip(rig->core, 100);
	assert_int_equal(aie_core_counters(rig->core)->cycles, cycles + 100);
	assert_int_equal(aie_core_counters(rig->core)->lock_wait[48], 129);
	rig->lock[48] = 1;
	rig_done(rig);
	assert_int_equal(rig->lock[48], 0);
	assert_int_equal(rig_get(rig, "r2"), 0); /* distance 1 of a def 4 */
	assert_int_equal(rig_get(rig, "r3"), 0);
	assert_int_equal(rig_get(rig, "r6"), 0);
	assert_int_equal(rig_get(rig, "r7"), 9); /* distance 4 */
	assert_int_equal(rig_word(rig, 0x70000), 9);
	assert_int_equal(aie_core_counters(rig->core)->bundles, 5);
	assert_int_equal(aie_core_counters(rig->core)->cycles, 5 + 129);
	rig_free(rig);
}

/* A release becomes visible after all older stores of the core are in memory, the sub-word one (cycle 11) included. */
static void test_release_after_stores(void **state)
{
	(void)state;
	struct rig *rig = rig_new(
	        "\tst.s8 r4, [p0, #0]\n\trel #48, r1\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n"
	        "\tnop\n\tdone\n");
	rig_set(rig, "p0", 0x70000);
	rig_set(rig, "r1", 1);
	rig_done(rig);
	assert_int_equal(rig->lock[48], 1);
	assert_true(rig->log[1].store);
	assert_true(rig->release_cycle >= rig->log[1].cycle);
	rig_free(rig);
	/* a store of its own bundle counts as older: vst.srs, memory cycle 7 */
	rig = rig_new("\trel #48, r1; vst.srs.2x bmll0, s0, srssign1, [p0, "
	              "#0]\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tdone\n");
	rig_set(rig, "p0", 0x70000);
	rig_set(rig, "r1", 1);
	rig_done(rig);
	assert_int_equal(rig->log_count, 1);
	assert_int_equal(rig->release_cycle, rig->log[0].cycle);
	rig_free(rig);
	/* with nothing pending: at the memory stage, four cycles behind the issue */
	rig = rig_new("\trel #48, r1\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tdone\n");
	rig_set(rig, "r1", 1);
	rig_done(rig);
	assert_int_equal(rig->release_cycle, 1 + 1 + 4);
	rig_free(rig);
}

/* Release and acquire of one core keep their order: the acquire may even wait for its own release. */
static void test_release_then_acquire(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tst.s16 r4, [p0, #0]\n\trel #48, r1\n\tacq #48, r0\n\tmova r2, #1\n\tdone\n");
	rig_set(rig, "p0", 0x70000);
	rig_set(rig, "r1", 1);
	rig_set(rig, "r0", (uint32_t)-1);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r2"), 1);
	assert_int_equal(rig->lock[48], 0);
	assert_int_equal(rig->lock_asked, 1);
	rig_free(rig);
}

/* The conditional forms act when r26 is not zero; the id may stand in a register. */
static void test_lock_conditional(void **state)
{
	(void)state;
	for (unsigned condition = 0; condition < 2; condition++) {
		struct rig *rig = rig_new(
		        "\tacq.cond r5, r0, r26\n\tnop\n\tnop\n\tnop\n\tnop\n\trel.cond #52, r1, r26\n\tdone\n");
		rig_set(rig, "r5", 51);
		rig_set(rig, "r0", (uint32_t)-1);
		rig_set(rig, "r1", 1);
		rig_set(rig, "r26", condition);
		rig->lock[51] = 1;
		rig_done(rig);
		assert_int_equal(rig->lock[51], condition ? 0 : 1);
		assert_int_equal(rig->lock[52], condition);
		rig_free(rig);
	}
}

static void test_lock_faults(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tacq r5, r0\n\tdone\n");
	rig_set(rig, "r5", 64);
	rig_faults(rig, AIE_ERROR_UNDEFINED, "lock 64");
	rig_free(rig);
	rig = rig_new("\tacq #48, r0\n\tdone\n");
	rig_set(rig, "r0", 64);
	rig_faults(rig, AIE_ERROR_UNDEFINED, "-64..63");
	rig_free(rig);
}

/* ---- streams ---- */

/* mov r, ss blocks while the port is empty; srSS0 = {success, tlast}. */
static void test_stream_read(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tmov r1, ss\n\tmov r2, ss\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tmov r3, "
	                          "srss0\n\tmov r4, srss0\n\tdone\n");
	rig->in[0] = 111;
	rig->in[1] = 222;
	rig->in_last[1] = true;
	rig->in_count = 1;
	rig_run(rig, 10);
	assert_int_equal(aie_core_stall(rig->core, NULL, NULL), AIE_STALL_STREAM);
	rig->in_count = 2;
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r1"), 111);
	assert_int_equal(rig_get(rig, "r2"), 222);
	assert_int_equal(rig_get(rig, "r3"), 2);
	assert_int_equal(rig_get(rig, "srss0"), 3);
	assert_int_equal(aie_core_counters(rig->core)->stall[AIE_STALL_STREAM], 9);
	rig_free(rig);
}

/* mov.nb never blocks: without a word the register keeps its value and srSS0 says no. */
static void test_stream_read_non_blocking(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tmov.nb r1, ss\n\tmov.nb r2, ss\n\tdone\n");
	rig_set(rig, "r1", 5);
	rig_set(rig, "r2", 6);
	rig->in[0] = 111;
	rig->in_count = 1;
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r1"), 111);
	assert_int_equal(rig_get(rig, "r2"), 6);
	assert_int_equal(rig_get(rig, "srss0"), 0);
	assert_int_equal(aie_core_counters(rig->core)->stall[AIE_STALL_STREAM], 0);
	rig_free(rig);
}

static void test_stream_write(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tmov ms, r1\n\tmov.tlast ms, r2\n\tmov ms, p0, r28\n\tmov.nb ms, r1\n\tdone\n");
	rig_set(rig, "r1", 0xAAAA5555);
	rig_set(rig, "r2", 2);
	rig_set(rig, "p0", 0x12345);
	rig_set(rig, "r28", 3);
	rig->out_room = 2;
	rig_run(rig, 10);
	assert_int_equal(aie_core_stall(rig->core, NULL, NULL), AIE_STALL_STREAM);
	rig->out_room = 3;
	rig_done(rig);
	assert_int_equal(rig->out_count, 3);
	assert_int_equal(rig->out[0], 0xAAAA5555);
	assert_int_equal(rig->out_last[0], 0);
	assert_int_equal(rig->out_last[1], 1);
	assert_int_equal(rig->out[2], 0x12345);
	assert_int_equal(rig->out_last[2], 1);
	assert_int_equal(rig_get(rig, "srms0"), 0); /* the non-blocking one did not send */
	rig_free(rig);
}

/* What succeeded before another slot of the bundle blocks is not done twice. */
static void test_two_ports_in_one_bundle(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tacq #48, r0; mov r1, ss; mov ms, r2\n\tdone\n");
	rig_set(rig, "r0", (uint32_t)-1);
	rig_set(rig, "r2", 77);
	rig->lock[48] = 2;
	rig_run(rig, 10);
	assert_int_equal(rig->lock[48], 1);
	rig->in[0] = 5;
	rig->in_count = 1;
	rig_done(rig);
	assert_int_equal(rig->lock[48], 1);
	assert_int_equal(rig_get(rig, "r1"), 5);
	assert_int_equal(rig->out_count, 1);
	rig_free(rig);
}

/* Packet header: id, type << 12, row << 16, column << 21, odd parity; control header: address, words - 1 << 20,
 * operation
 * << 22, id << 24, odd parity (manual of the array).  The rig is the tile (5,3). */
static void test_headers(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tmov.ph ms, r1, #2\n\tmov.ph ms, r2, #7\n\tmov.cph ms, m3, #3, #1, r1\n"
	                          "\tmov.cph.tlast ms, m4, #0, #2, r2\n\tdone\n");
	rig_set(rig, "r1", 9);
	rig_set(rig, "r2", 31);
	rig_set(rig, "m3", 0x1D000);
	rig_set(rig, "m4", 0xFFFFF);
	rig_done(rig);
	/* 9 | 2 << 12 | 3 << 16 | 5 << 21: 2 + 1 + 2 + 2 ones */
	assert_int_equal(rig->out[0], 9 + 0x2000 + 0x30000 + 0xA00000);
	/* 31 | 7 << 12 | ...: 5 + 3 + 2 + 2 ones */
	assert_int_equal(rig->out[1], 0x80000000 + 31 + 0x7000 + 0x30000 + 0xA00000);
	/* 4 + 2 + 1 + 2 ones */
	assert_int_equal(rig->out[2], 0x1D000 + 0x300000 + 0x400000 + 0x9000000);
	/* 20 + 0 + 1 + 5 ones */
	assert_int_equal(rig->out[3], 0x80000000 + 0xFFFFF + 0x800000 + 0x1F000000);
	assert_false(rig->out_last[2]);
	assert_true(rig->out_last[3]);
	assert_int_equal(rig_get(rig, "srMS0"), 1);
	rig_free(rig);
}

/* Ids have five bits; nothing is sent. */
static void test_header_refused(void **state)
{
	(void)state;
	static const char *const names[] = { "mov.ph", "mov.cph" };
	static const char *const programs[] = { "\tmov.ph ms, r1, #2\n\tdone\n",
		                                "\tmov.cph ms, m0, #0, #0, r1\n\tdone\n" };
	for (unsigned i = 0; i < 2; i++) {
		struct rig *rig = rig_new(programs[i]);
		rig_set(rig, "r1", 32);
		rig_faults(rig, AIE_ERROR_UNSUPPORTED, "header");
		assert_string_equal(aie_core_fault(rig->core)->instruction, names[i]);
		assert_int_equal(rig->out_count, 0);
		rig_free(rig);
	}
}

/* ---- cascade ---- */

static void fill(uint8_t *word, unsigned seed)
{
	for (unsigned i = 0; i < 64; i++)
		word[i] = (uint8_t)(i * 7 + seed);
}

static void test_cascade_read(void **state)
{
	(void)state;
	struct rig *rig = rig_new(
	        "\tvmov x0, scd\n\tvmov bmhl1, scd\n\tvmov.1 cml2, scd\n\tvmov.3 dm3, scd\n\tvmov dm4, scd, r31++\n"
	        "\tdone\n");
	uint8_t value[256], expected[256] = { 0 };
	for (unsigned i = 0; i < 5; i++)
		fill(rig->cascade_in[i], 10 * i);
	memset(value, 0xFF, sizeof(value));
	rig_write(rig, "dm2", value);
	rig_write(rig, "dm3", value);
	rig_write(rig, "dm4", value);
	rig_set(rig, "r31", 6);
	rig->cascade_in_count = 2;
	rig_run(rig, 20);
	assert_int_equal(aie_core_stall(rig->core, NULL, NULL), AIE_STALL_CASCADE);
	rig->cascade_in_count = 5;
	rig_done(rig);
	rig_read(rig, "x0", value);
	assert_memory_equal(value, rig->cascade_in[0], 64);
	rig_read(rig, "bmhl1", value);
	assert_memory_equal(value, rig->cascade_in[1], 64);
	rig_read(rig, "dm2", value);
	memset(expected, 0xFF, 256);
	memset(expected, 0, 64);
	memcpy(expected + 64, rig->cascade_in[2], 64);
	assert_memory_equal(value, expected, 256); /* cmh2 is not touched */
	rig_read(rig, "dm3", value);
	memset(expected, 0, 256);
	memcpy(expected + 192, rig->cascade_in[3], 64);
	assert_memory_equal(value, expected, 256);
	rig_read(rig, "dm4", value);
	memset(expected, 0, 256);
	memcpy(expected + 128, rig->cascade_in[4], 64); /* 6 modulo 4 */
	assert_memory_equal(value, expected, 256);
	assert_int_equal(rig_get(rig, "r31"), 7);
	rig_free(rig);
}

/* With crSCDEn = 0 nothing is taken, with crMCDEn = 0 nothing is sent. */
static void test_cascade_disabled(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tvmov x0, scd\n\tvmov mcd, x2\n\tdone\n");
	uint8_t value[64], zero[64] = { 0 };
	memset(value, 0xFF, sizeof(value));
	rig_write(rig, "x0", value);
	rig_set(rig, "crscden", 0);
	rig_set(rig, "crmcden", 0);
	rig->cascade_in_count = 1;
	rig_done(rig);
	assert_int_equal(rig->cascade_in_next, 0);
	assert_int_equal(rig->cascade_out_count, 0);
	rig_read(rig, "x0", value);
	assert_memory_equal(value, zero, 64);
	rig_free(rig);
}

static void test_cascade_write(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tvmov mcd, x2\n\tvmov mcd, bmll3\n\tdone\n");
	uint8_t value[64], value2[64];
	fill(value, 3);
	fill(value2, 5);
	rig_write(rig, "x2", value);
	rig_write(rig, "bmll3", value2);
	rig->cascade_out_room = 1;
	rig_run(rig, 6);
	assert_int_equal(aie_core_stall(rig->core, NULL, NULL), AIE_STALL_CASCADE);
	rig->cascade_out_room = 2;
	rig_done(rig);
	assert_memory_equal(rig->cascade_out[0], value, 64);
	assert_memory_equal(rig->cascade_out[1], value2, 64);
	assert_int_equal(aie_core_counters(rig->core)->stall[AIE_STALL_CASCADE], 5);
	rig_free(rig);
}

/* vadd dst, acc1, scd[r31]: the second accumulator is the word in quarter r31 of an otherwise zero register. */
static void test_cascade_add(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tvadd dm1, dm0, scd[r31++], r0\n\tvsub dm2, dm0, scd[r31], r0\n\tdone\n");
	uint32_t lanes[64], word[16];
	for (unsigned i = 0; i < 64; i++)
		lanes[i] = i * 100;
	for (unsigned i = 0; i < 16; i++)
		word[i] = i + 1;
	rig_write(rig, "dm0", lanes);
	memcpy(rig->cascade_in[0], word, 64);
	memcpy(rig->cascade_in[1], word, 64);
	rig->cascade_in_count = 2;
	rig_set(rig, "r31", 1);
	rig_done(rig);
	uint32_t sum[64], difference[64];
	rig_read(rig, "dm1", sum);
	rig_read(rig, "dm2", difference);
	for (unsigned i = 0; i < 64; i++) {
		assert_int_equal(sum[i], i * 100 + (i / 16 == 1 ? i % 16 + 1 : 0));
		/* r31 + 1 lands at cycle 2, the next instruction reads it at cycle 2 of its own: quarter 2 */
		assert_int_equal(difference[i], i * 100 - (i / 16 == 2 ? i % 16 + 1 : 0));
	}
	assert_int_equal(rig_get(rig, "r31"), 2);
	rig_free(rig);
}

/* ---- FIFOs ---- */

/* fill: position += 64; pop of 72 bytes: pointer += 72, position -= 8; exponent byte k of the element goes to byte k of
 * e. */
static void test_fifo_pop_576(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tvlda.fill.512 [p0, lf0, r24]\n\tvlda.pop.576 ex0, [p0, lf0, r24]\n\tvlda.pop.576 "
	                          "ex2, [p0, lf0, r24]\n"
	                          "\tvlda.pop.576 ex4, [p0, lf0, r24]\n\tdone\n");
	static const char *const names[] = { "ex0", "ex2", "ex4" };
	rig_set(rig, "p0", 0x70000);
	for (unsigned i = 0; i < 1024; i++)
		rig->memory[0x30000 + i] = (uint8_t)(i * 5 + i / 256);
	rig_done(rig);
	for (unsigned n = 0; n < 3; n++) {
		uint8_t ex[72];
		rig_read(rig, names[n], ex);
		for (unsigned i = 0; i < 72; i++) {
			uint8_t byte = rig->memory[0x30000 + 72 * n + i];
			assert_int_equal(i % 9 == 0 ? ex[64 + i / 9] : ex[8 * (i / 9) + i % 9 - 1], byte);
		}
	}
	assert_int_equal(rig_get(rig, "p0"), 0x70000 + 3 * 72);
	assert_int_equal(rig_get(rig, "r24"), 64 - 3 * 8);
	assert_int_equal(rig->log_count, 4);
	assert_int_equal(rig->log[0].cycle, 1 + 4);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(rig->log[i].address, 0x70000 + 64 * i);
	rig_free(rig);
}

/* After a fill a stream of 72-byte pops runs eight times; the ninth finds too few bytes. */
static void test_fifo_underflow(void **state)
{
	(void)state;
	char text[1000] = "\tvldb.fill.512 [p1, lf1, r25]\n";
	for (unsigned i = 0; i < 8; i++)
		strcat(text, "\tvldb.pop.576 ex0, [p1, lf1, r25]\n");
	strcat(text, "\tnop\n\tvldb.pop.576 ex0, [p1, lf1, r25]\n\tdone\n");
	struct rig *rig = rig_new(text);
	rig_set(rig, "p1", 0x70000);
	rig_faults(rig, AIE_ERROR_UNDEFINED, "too few bytes");
	assert_int_equal(rig_get(rig, "r25"), 0);
	rig_free(rig);
}

static void test_fifo_refusals(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tvlda.fill.512 [p0, lf0, r24]\n\tdone\n");
	rig_set(rig, "p0", 0x70010);
	rig_faults(rig, AIE_ERROR_UNSUPPORTED, "64-byte boundary");
	rig_free(rig);
	rig = rig_new("\tvlda.pop.704 qex0, [p0, lf0, r24]\n\tdone\n");
	rig_faults(rig, AIE_ERROR_UNSUPPORTED, "88-byte");
	rig_free(rig);
}

/* pop.512 streams: the position stays 64, pops may follow each other every cycle. */
static void test_fifo_pop_512(void **state)
{
	(void)state;
	struct rig *rig = rig_new(
	        "\tvldb.fill.512 [p1, lf1, r25]\n\tvldb.pop.512 x0, [p1, lf1, r25]\n\tvldb.pop.512 x2, [p1, lf1, r25]\n"
	        "\tvldb.pop.512 x4, [p1, lf1, r25]\n\tdone\n");
	uint8_t value[64];
	rig_set(rig, "p1", 0x70000);
	for (unsigned i = 0; i < 1024; i++)
		rig->memory[0x30000 + i] = (uint8_t)(i * 3 + i / 256);
	rig_done(rig);
	rig_read(rig, "x4", value);
	assert_memory_equal(value, rig->memory + 0x30000 + 128, 64);
	assert_int_equal(rig_get(rig, "r25"), 64);
	assert_int_equal(rig_get(rig, "p1"), 0x70000 + 192);
	rig_free(rig);
}

/* push.576 from an aligned start: r26 = -8, -16, ...; each push writes one line; flush writes the rest. Three elements
 * stored are the bytes that three pops read back. */
static void test_fifo_push(void **state)
{
	(void)state;
	struct rig *rig =
	        rig_new("\tvst.push.576 ex0, [p2, sf, r26]\n\tvst.push.576 ex2, [p2, sf, r26]\n\tmov r5, r26\n"
	                "\tvst.push.576 ex4, [p2, sf, r26]\n\tvst.flush.512 [p2, sf, r26]\n\tdone\n");
	static const char *const names[] = { "ex0", "ex2", "ex4" };
	for (unsigned n = 0; n < 3; n++) {
		uint8_t ex[72];
		for (unsigned i = 0; i < 72; i++)
			ex[i] = (uint8_t)(n * 80 + i);
		rig_write(rig, names[n], ex);
	}
	memset(rig->memory + 0x30000, 0xEE, 512);
	rig_set(rig, "p2", 0x70000);
	rig_done(rig);
	for (unsigned n = 0; n < 3; n++)
		for (unsigned i = 0; i < 72; i++)
			assert_int_equal(rig->memory[0x30000 + 72 * n + i],
			                 (uint8_t)(n * 80 + (i % 9 == 0 ? 64 + i / 9 : 8 * (i / 9) + i % 9 - 1)));
	assert_int_equal(rig->memory[0x30000 + 216], 0xEE);
	assert_int_equal(rig_get(rig, "r5"), (uint32_t)-16);
	assert_int_equal(rig_get(rig, "r26"), 0);
	assert_int_equal(rig_get(rig, "p2"), 0x70000 + 216);
	assert_int_equal(rig->log[0].cycle, 1 + 5); /* memory cycle 6 */
	assert_int_equal(rig->log[0].size, 64);
	rig_free(rig);
}

/* At r26 = -64 a further push has no room. */
static void test_fifo_overflow(void **state)
{
	(void)state;
	char text[600] = "";
	for (unsigned i = 0; i < 9; i++)
		strcat(text, "\tvst.push.576 ex0, [p2, sf, r26]\n");
	strcat(text, "\tdone\n");
	struct rig *rig = rig_new(text);
	rig_set(rig, "p2", 0x70000);
	rig_faults(rig, AIE_ERROR_UNDEFINED, "no room");
	assert_int_equal(rig_get(rig, "r26"), (uint32_t)-64);
	rig_free(rig);
}

/* A store stream may begin anywhere: 36 bytes into a line the first write is the rest of that line. */
static void test_fifo_unaligned_store(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tvst.push.512 x0, [p2, sf, r26]\n\tvst.flush.512 [p2, sf, r26]\n\tdone\n");
	uint8_t value[64];
	fill(value, 9);
	rig_write(rig, "x0", value);
	memset(rig->memory + 0x30000, 0xEE, 256);
	rig_set(rig, "p2", 0x70024);
	rig_done(rig);
	assert_memory_equal(rig->memory + 0x30024, value, 64);
	assert_int_equal(rig->memory[0x30023], 0xEE);
	assert_int_equal(rig->memory[0x30064], 0xEE);
	assert_int_equal(rig_get(rig, "p2"), 0x70064);
	assert_int_equal(rig_get(rig, "r26"), 0);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lock_uncontended),
		cmocka_unit_test(test_lock_stall_freezes),
		cmocka_unit_test(test_release_after_stores),
		cmocka_unit_test(test_release_then_acquire),
		cmocka_unit_test(test_lock_conditional),
		cmocka_unit_test(test_lock_faults),
		cmocka_unit_test(test_stream_read),
		cmocka_unit_test(test_stream_read_non_blocking),
		cmocka_unit_test(test_stream_write),
		cmocka_unit_test(test_two_ports_in_one_bundle),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_header_refused),
		cmocka_unit_test(test_cascade_read),
		cmocka_unit_test(test_cascade_disabled),
		cmocka_unit_test(test_cascade_write),
		cmocka_unit_test(test_cascade_add),
		cmocka_unit_test(test_fifo_pop_576),
		cmocka_unit_test(test_fifo_underflow),
		cmocka_unit_test(test_fifo_refusals),
		cmocka_unit_test(test_fifo_pop_512),
		cmocka_unit_test(test_fifo_push),
		cmocka_unit_test(test_fifo_overflow),
		cmocka_unit_test(test_fifo_unaligned_store),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
