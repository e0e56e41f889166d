/* DMA channels end to end: shim MM2S -> compute or memory tile S2MM -> MM2S -> shim S2MM, by registers only. */
#include "tests/array/rig.h"

enum { IN = 0, OUT = 0x4000, MEMORY = 0x8000 };

static struct rig *new_rig(void)
{
	struct rig *rig = rig_new("npu4", MEMORY);

	for (unsigned i = 0; i < OUT / 4; i++)
		rig_memory(rig, IN)[i] = 0x1000 + i;
	return rig;
}

/* Feed `words` of system memory from IN to the tile's S2MM 0. */
static void feed(struct rig *rig, unsigned column, unsigned words)
{
	rig_bd(rig, column, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE + IN, .words = words));
	rig_push(rig, column, 0, true, 0, 0, 1, false);
}

/* Drain `words` to OUT with a token. */
static void drain(struct rig *rig, unsigned column, unsigned words)
{
	rig_bd(rig, column, 0, 1, RIG_BD(.address = RIG_MEMORY_BASE + OUT, .words = words));
	rig_push(rig, column, 0, false, 0, 1, 1, true);
}

/* Through a compute tile and back, for lengths around every boundary of beats, lines and bursts. */
static void test_loop_back(void **state)
{
	static const unsigned lengths[] = { 1,  2,   3,   7,   8,    9,    15,   16,   17,
		                            31, 127, 128, 129, 1000, 1023, 1024, 1025, 2047 };

	(void)state;
	for (unsigned n = 0; n < sizeof lengths / sizeof lengths[0]; n++) {
		struct rig *rig = new_rig();
		unsigned words = lengths[n];
		struct aie_token token;

		rig_route_up(rig, 1, 0, 2, 3, 1);
		rig_route_down(rig, 1, 3, 0, 1, 0);
		rig_bd(rig, 1, 3, 0, RIG_BD(.address = 0x104, .words = words, .release = 2, .release_value = 1));
		rig_bd(rig, 1, 3, 1, RIG_BD(.address = 0x104, .words = words, .acquire = 2, .acquire_value = -1));
		rig_push(rig, 1, 3, false, 1, 0, 1, false);
		rig_push(rig, 1, 3, true, 0, 1, 1, false);
		feed(rig, 1, words);
		drain(rig, 1, words);
		rig_run(rig, 20000);
		assert_true(rig_take_token(rig, &token));
		assert_int_equal(token.column, 1);
		assert_int_equal(token.row, 0);
		assert_int_equal(token.channel, 0);
		assert_false(token.mm2s);
		assert_false(rig_take_token(rig, &token));
		assert_memory_equal(rig_memory(rig, OUT), rig_memory(rig, IN), words * 4);
		assert_int_equal(rig_memory(rig, OUT)[words], 0);
		assert_int_equal(aie_array_channel(rig->array, 1, 3, false, 1)->bytes, words * 4);
		assert_int_equal(aie_array_channel(rig->array, 1, 0, true, 0)->bytes, words * 4);
		assert_int_equal(rig_waits(rig), 0);
		rig_free(rig);
	}
}

/* dma.md 3: three dimensions on the way in: a 4 x 3 x 2 block is scattered. */
static void test_three_dimensions(void **state)
{
	struct rig *rig = new_rig();

	(void)state;
	rig_route_up(rig, 0, 0, 0, 2, 0);
	rig_bd(rig, 0, 2, 4, RIG_BD(.address = 0x40, .words = 24, .step = { 2, 16, 100 }, .wrap = { 4, 3 }));
	rig_push(rig, 0, 2, false, 0, 4, 1, false);
	feed(rig, 0, 24);
	rig_run(rig, 5000);
	for (unsigned k = 0; k < 24; k++)
		assert_int_equal(rig_word(rig, 0, 2, 0x40 + 4 * (k % 4 * 2 + k / 4 % 3 * 16 + k / 12 * 100)),
		                 0x1000 + k);
	rig_free(rig);
}

/* dma.md 3: the shim walks system memory; rows of 6 words every 32 (strided reads). */
static void test_strided_system_memory(void **state)
{
	struct rig *rig = new_rig();

	(void)state;
	rig_route_up(rig, 0, 0, 0, 2, 0);
	rig_bd(rig, 0, 2, 0, RIG_BD(.words = 60));
	rig_push(rig, 0, 2, false, 0, 0, 1, false);
	rig_bd(rig, 0, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE + 8, .words = 60, .step = { 1, 32 }, .wrap = { 6 }));
	rig_push(rig, 0, 0, true, 0, 0, 1, false);
	rig_run(rig, 5000);
	for (unsigned k = 0; k < 60; k++)
		assert_int_equal(rig_word(rig, 0, 2, 4 * k), 0x1000 + 2 + k % 6 + k / 6 * 32);
	rig_free(rig);
}

/* dma.md 3, 4: repeats load the descriptor again, so that the iteration moves on: 1 + 3 times the same descriptor. */
static void test_repeat_and_iteration(void **state)
{
	struct rig *rig = new_rig();

	(void)state;
	rig_route_up(rig, 0, 0, 0, 2, 0);
	rig_bd(rig, 0, 2, 0, RIG_BD(.words = 4, .iteration_step = 16, .iteration_wrap = 3));
	rig_push(rig, 0, 2, false, 0, 0, 4, false);
	feed(rig, 0, 16);
	rig_run(rig, 5000);
	for (unsigned k = 0; k < 12; k++)
		if (k >= 4)
			assert_int_equal(rig_word(rig, 0, 2, k / 4 * 64 + k % 4 * 4), 0x1000 + k);
	/* the fourth execution wrapped to offset 0 */
	assert_int_equal(rig_word(rig, 0, 2, 0), 0x1000 + 12);
	assert_int_equal(rig_read(rig, 0, 2, 0x1D010) >> 19 & 63, 1);
	assert_int_equal(aie_array_channel(rig->array, 0, 2, false, 0)->descriptors, 4);
	assert_int_equal(aie_array_channel(rig->array, 0, 2, false, 0)->tasks, 1);
	rig_free(rig);
}

/* dma.md 4: a chain runs to the first descriptor without Use_Next_BD; the token comes once, after the last repeat. */
static void test_chain_and_token(void **state)
{
	struct rig *rig = new_rig();
	struct aie_token token;

	(void)state;
	rig_route_up(rig, 0, 0, 0, 2, 0);
	rig_bd(rig, 0, 2, 3, RIG_BD(.address = 0x000, .words = 8, .next = 7));
	rig_bd(rig, 0, 2, 7, RIG_BD(.address = 0x200, .words = 4, .next = 1));
	rig_bd(rig, 0, 2, 1, RIG_BD(.address = 0x400, .words = 6));
	rig_push(rig, 0, 2, false, 0, 3, 2, true);
	feed(rig, 0, 18 + 12);
	rig_run(rig, 5000);
	assert_false(rig_take_token(rig, &token));
	assert_int_equal(rig_word(rig, 0, 2, 0x200), 0x1000 + 18 + 8);
	feed(rig, 0, 6);
	assert_int_equal(aie_array_run(rig->array, 100000, true), AIE_ARRAY_TOKEN);
	assert_true(rig_take_token(rig, &token));
	assert_int_equal(token.row, 2);
	assert_int_equal(rig_word(rig, 0, 2, 0x400 + 20), 0x1000 + 5);
	rig_run(rig, 5000);
	assert_int_equal(aie_array_channel(rig->array, 0, 2, false, 0)->descriptors, 6);
	rig_free(rig);
}

/* A cyclic chain never ends: the normal form of object FIFOs; two buffers, producer and consumer locks. */
static void test_object_fifo(void **state)
{
	struct rig *rig = new_rig();

	(void)state;
	rig_route_up(rig, 0, 0, 0, 2, 0);
	rig_route_down(rig, 0, 2, 0, 0, 0);
	rig_set_lock(rig, 0, 2, 0, 2); /* free buffers */
	for (unsigned i = 0; i < 2; i++) {
		rig_bd(rig, 0, 2, i,
		       RIG_BD(.address = i * 0x400, .words = 32, .next = (int)(i ^ 1), .acquire = 0,
		              .acquire_value = -1, .release = 1, .release_value = 1));
		rig_bd(rig, 0, 2, 4 + i,
		       RIG_BD(.address = i * 0x400, .words = 32, .next = (int)(4 + (i ^ 1)), .acquire = 1,
		              .acquire_value = -1, .release = 0, .release_value = 1));
	}
	rig_push(rig, 0, 2, false, 0, 0, 1, false);
	rig_push(rig, 0, 2, true, 0, 4, 1, false);
	feed(rig, 0, 32 * 40);
	drain(rig, 0, 32 * 40);
	rig_run(rig, 20000);
	assert_memory_equal(rig_memory(rig, OUT), rig_memory(rig, IN), 32 * 40 * 4);
	assert_int_equal(aie_array_channel(rig->array, 0, 2, true, 0)->descriptors, 40);
	/* after the end both wait: the S2MM for words, the MM2S for its lock */
	assert_int_equal(rig_waits(rig), 2);
	rig_expect_wait(rig, "compute (0,2) DMA S2MM 0", "waits for words from shim (0,0) DMA MM2S 0 (idle)", NULL);
	rig_expect_wait(rig, "compute (0,2) DMA MM2S 0", "lock 1 >= 1, value 0", NULL);
	rig_free(rig);
}

/* dma.md 4: four tasks wait beside the running one; the next push is dropped and sets the sticky overflow bit (W1C). */
static void test_queue_overflow(void **state)
{
	struct rig *rig = new_rig();

	(void)state;
	rig_route_up(rig, 0, 0, 0, 2, 0);
	for (unsigned i = 0; i < 6; i++)
		rig_bd(rig, 0, 2, i, RIG_BD(.address = 0x100 * i, .words = 4));
	for (unsigned i = 0; i < 5; i++)
		rig_push(rig, 0, 2, false, 0, i, 1, false);
	assert_int_equal(rig_status(rig, 0, 2, false, 0) >> 18 & 0x1F,
	                 4 << 2 | 1 << 1); /* size 4, running, no overflow */
	rig_push(rig, 0, 2, false, 0, 5, 1, false);
	assert_int_equal(rig_status(rig, 0, 2, false, 0) >> 18 & 0x1F, 4 << 2 | 1 << 1 | 1);
	rig_write(rig, 0, 2, 0x1DF00, 1 << 18);
	assert_int_equal(rig_status(rig, 0, 2, false, 0) >> 18 & 1, 0);
	feed(rig, 0, 24);
	rig_run(rig, 5000);
	assert_int_equal(rig_word(rig, 0, 2, 0x400), 0x1000 + 16);
	assert_int_equal(rig_word(rig, 0, 2, 0x500), 0); /* the sixth was dropped */
	assert_int_equal(rig_status(rig, 0, 2, false, 0) >> 19 & 1, 0);
	rig_free(rig);
}

/* dma.md 4: a descriptor with Valid 0 hangs the channel with Error_BD_Invalid until it is reset. */
static void test_invalid_descriptor(void **state)
{
	struct rig *rig = new_rig();

	(void)state;
	rig_route_up(rig, 0, 0, 0, 2, 0);
	rig_bd(rig, 0, 2, 9, RIG_BD(.words = 4, .invalid = true));
	rig_bd(rig, 0, 2, 2, RIG_BD(.words = 4));
	rig_push(rig, 0, 2, false, 0, 9, 1, false);
	rig_run(rig, 1000);
	assert_int_equal(rig_status(rig, 0, 2, false, 0) >> 11 & 1, 1);
	assert_int_equal(rig_status(rig, 0, 2, false, 0) >> 24 & 15, 9);
	rig_expect_wait(rig, "compute (0,2) DMA S2MM 0 BD 9", "not valid", NULL);
	rig_push(rig, 0, 2, false, 0, 2, 1, false);
	feed(rig, 0, 4);
	rig_run(rig, 5000);
	assert_int_equal(rig_word(rig, 0, 2, 0), 0);
	/* reset pulse: queue empty, error gone, works again */
	rig_write(rig, 0, 2, 0x1DE00, 2);
	rig_write_fails(rig, 0, 2, 0x1DE04, 2, AIE_ERROR_UNSUPPORTED, "Ctrl.Reset");
	rig_write(rig, 0, 2, 0x1DE00, 0);
	assert_int_equal(rig_status(rig, 0, 2, false, 0), 0);
	rig_push(rig, 0, 2, false, 0, 2, 1, false);
	rig_run(rig, 5000);
	assert_int_equal(rig_word(rig, 0, 2, 0), 0x1000);
	rig_free(rig);
}

/* dma.md 4: memory tile: even channels use descriptors 0-23, odd ones 24-47; others raise Error_BD_Unavailable. */
static void test_memory_tile_descriptor_halves(void **state)
{
	struct rig *rig = new_rig();

	(void)state;
	for (unsigned i = 0; i < 48; i++)
		rig_bd(rig, 0, 1, i, RIG_BD(.words = 4));
	rig_push(rig, 0, 1, false, 0, 24, 1, false);
	rig_push(rig, 0, 1, false, 1, 23, 1, false);
	rig_push(rig, 0, 1, false, 2, 23, 1, false);
	rig_push(rig, 0, 1, true, 5, 47, 1, false);
	rig_run(rig, 1000);
	assert_int_equal(rig_status(rig, 0, 1, false, 0) >> 10 & 1, 1);
	assert_int_equal(rig_status(rig, 0, 1, false, 1) >> 10 & 1, 1);
	assert_int_equal(rig_status(rig, 0, 1, false, 2) >> 10 & 1, 0);
	assert_int_equal(rig_status(rig, 0, 1, true, 5) >> 10 & 1, 0);
	rig_free(rig);
}

/* dma.md 5: memory tile channels reach west 0x0, own 0x80000, east 0x100000 and their locks; 4 and 5 only the own;
 * beyond the array's edge the channel hangs with bit 9 (memory) or 8 (lock). */
static void test_memory_tile_neighbours(void **state)
{
	struct rig *rig = new_rig();

	(void)state;
	rig_route_up(rig, 3, 0, 0, 1, 0);
	/* rig_bd adds 0x80000 and lock 64: -0x80000 is the west neighbour */
	rig_bd(rig, 3, 1, 0,
	       RIG_BD(.address = (uint64_t)0 - 0x80000 + 0x40, .words = 8, .release = 64 + 3, .release_value = 2));
	rig_push(rig, 3, 1, false, 0, 0, 1, false);
	feed(rig, 3, 8);
	rig_run(rig, 5000);
	assert_int_equal(rig_word(rig, 2, 1, 0x40), 0x1000);
	assert_int_equal(rig_lock(rig, 4, 1, 3), 2); /* east lock 3 = id 131 */
	/* column 0 has no west */
	rig_route_up(rig, 0, 0, 0, 1, 0);
	rig_bd(rig, 0, 1, 0, RIG_BD(.address = (uint64_t)0 - 0x80000, .words = 8));
	rig_push(rig, 0, 1, false, 0, 0, 1, false);
	feed(rig, 0, 8);
	rig_run(rig, 5000);
	assert_int_equal(rig_status(rig, 0, 1, false, 0) >> 8 & 3, 2);
	rig_expect_wait(rig, "memory (0,1) DMA S2MM 0", "not available", NULL);
	/* channel 4 does not reach the east */
	rig_bd(rig, 3, 1, 1, RIG_BD(.words = 8, .acquire = 64 + 1, .acquire_value = 0));
	rig_push(rig, 3, 1, true, 4, 1, 1, false);
	rig_run(rig, 5000);
	assert_int_equal(rig_status(rig, 3, 1, true, 4) >> 8 & 3, 1);
	rig_free(rig);
}

/* dma.md 3.1: padding comes out of a memory tile MM2S with the channel's constant word. */
static void test_padding(void **state)
{
	struct rig *rig = new_rig();

	(void)state;
	rig_route_down(rig, 0, 1, 0, 0, 0);
	rig_fill(rig, 0, 1, 0x100, 1, 16);
	rig_write(rig, 0, 1, 0xA06E0, 0xCAFE);
	rig_bd(rig, 0, 1, 0,
	       RIG_BD(.address = 0x100, .words = 12, .step = { 1, 4, 1, 1 }, .wrap = { 2, 2 },
	              .pad_before = { 1, 0, 0 }, .pad_after = { 1, 1, 0 }));
	rig_push(rig, 0, 1, true, 0, 0, 1, false);
	drain(rig, 0, 12);
	rig_run(rig, 5000);
	{
		static const uint32_t expect[12] = { 0xCAFE, 1,      2,      0xCAFE, 0xCAFE, 5,
			                             6,      0xCAFE, 0xCAFE, 0xCAFE, 0xCAFE, 0xCAFE };

		assert_memory_equal(rig_memory(rig, OUT), expect, sizeof expect);
	}
	rig_free(rig);
}

/* Lengths that are odd leave half beats; words of one descriptor may end anywhere in the beats of another. */
static void test_odd_lengths(void **state)
{
	struct rig *rig = new_rig();

	(void)state;
	rig_route_up(rig, 0, 0, 0, 2, 0);
	rig_bd(rig, 0, 2, 0, RIG_BD(.address = 0x000, .words = 5, .next = 1));
	rig_bd(rig, 0, 2, 1, RIG_BD(.address = 0x104, .words = 7, .next = 2));
	rig_bd(rig, 0, 2, 2, RIG_BD(.address = 0x21C, .words = 9));
	rig_push(rig, 0, 2, false, 0, 0, 1, false);
	rig_bd(rig, 0, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE + 4, .words = 11, .next = 1));
	rig_bd(rig, 0, 0, 1, RIG_BD(.address = RIG_MEMORY_BASE + 48, .words = 10));
	rig_push(rig, 0, 0, true, 0, 0, 1, false);
	rig_run(rig, 5000);
	for (unsigned k = 0; k < 21; k++) {
		uint32_t at = k < 5 ? 4 * k : k < 12 ? 0x104 + 4 * (k - 5) : 0x21C + 4 * (k - 12);

		assert_int_equal(rig_word(rig, 0, 2, at), 0x1001 + k);
	}
	rig_free(rig);
}

/* Bad addresses are faults that name tile, channel and address: system memory outside every buffer, tile memory
 * overrun. */
static void test_bad_addresses(void **state)
{
	struct rig *rig = new_rig();

	(void)state;
	rig_route_up(rig, 0, 0, 0, 2, 0);
	rig_bd(rig, 0, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE + MEMORY - 64, .words = 32));
	rig_push(rig, 0, 0, true, 0, 0, 1, false);
	assert_int_equal(aie_array_run(rig->array, 5000, false), AIE_ARRAY_FAULT);
	aie_array_fault(rig->array, &rig->error);
	assert_non_null(strstr(rig->error.text, "shim (0,0) DMA MM2S 0 BD 0"));
	assert_non_null(strstr(rig->error.text, "0x90008000")); /* bursts end at 4 KiB: the first one is inside */
	assert_int_equal(rig_status(rig, 0, 0, true, 0) >> 16 & 1, 1); /* AXI decode error */
	rig_free(rig);

	rig = new_rig();
	rig_route_up(rig, 0, 0, 0, 2, 0);
	rig_bd(rig, 0, 2, 0, RIG_BD(.address = 0xFFE0, .words = 16));
	rig_push(rig, 0, 2, false, 0, 0, 1, false);
	feed(rig, 0, 16);
	assert_int_equal(aie_array_run(rig->array, 5000, false), AIE_ARRAY_FAULT);
	aie_array_fault(rig->array, &rig->error);
	assert_non_null(strstr(rig->error.text, "compute (0,2) DMA S2MM 0 BD 0"));
	assert_non_null(strstr(rig->error.text, "0x10000"));
	rig_free(rig);
}

/* timing.md 3: stream rate one 8-byte beat a cycle; a compute MM2S of N words needs N/2 cycles and little more. */
static void test_rate(void **state)
{
	struct rig *rig = new_rig();
	const struct aie_channel_counters *counters;
	uint64_t start;

	(void)state;
	rig_connect(rig, 0, 2, PORT('D', 0), PORT('E', 0));
	rig_connect(rig, 1, 2, PORT('W', 0), PORT('D', 0));
	rig_bd(rig, 0, 2, 0, RIG_BD(.words = 8192));
	rig_bd(rig, 1, 2, 0, RIG_BD(.words = 8192));
	rig_push(rig, 1, 2, false, 0, 0, 1, false);
	start = aie_array_cycle(rig->array);
	rig_push(rig, 0, 2, true, 0, 0, 1, false);
	start = rig_run(rig, 10000) - start;
	assert_true(start >= 4096 && start < 4096 + 40);
	counters = aie_array_channel(rig->array, 1, 2, false, 0);
	assert_int_equal(counters->active, 4096);
	assert_int_equal(counters->bytes, 32768);
	assert_true(counters->stream_stall < 40);
	rig_free(rig);
}

/* dma.md 9: one idle cycle between descriptors of a chain. */
static void test_descriptor_bubble(void **state)
{
	uint64_t cycles[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct rig *rig = new_rig();

		rig_connect(rig, 0, 2, PORT('D', 0), PORT('E', 0));
		rig_connect(rig, 1, 2, PORT('W', 0), PORT('D', 0));
		rig_bd(rig, 1, 2, 0, RIG_BD(.words = 640));
		rig_push(rig, 1, 2, false, 0, 0, 1, false);
		/* ten times 64 words, or one time 640 */
		rig_bd(rig, 0, 2, 0, RIG_BD(.words = i ? 64 : 640));
		rig_push(rig, 0, 2, true, 0, 0, i ? 10 : 1, false);
		cycles[i] = rig_run(rig, 10000);
		rig_free(rig);
	}
	assert_int_equal(cycles[1] - cycles[0], 9);
}

/* Column reset empties memories, locks, descriptors and channels, and stops the clock. */
static void test_reset_columns(void **state)
{
	struct rig *rig = new_rig();

	(void)state;
	rig_route_up(rig, 0, 0, 0, 2, 0);
	rig_bd(rig, 0, 2, 0, RIG_BD(.words = 64, .next = 0));
	rig_push(rig, 0, 2, false, 0, 0, 1, false);
	feed(rig, 0, 100);
	aie_array_run(rig->array, 300, false);
	assert_int_equal(aie_array_reset_columns(rig->array, 0, 1, &rig->error), 0);
	assert_int_equal(aie_array_run(rig->array, UINT64_MAX, false), AIE_ARRAY_IDLE);
	assert_int_equal(rig_waits(rig), 0);
	rig_open_column(rig, 0);
	assert_int_equal(rig_word(rig, 0, 2, 0), 0);
	assert_int_equal(rig_read(rig, 0, 2, 0x1D000), 0);
	assert_int_equal(rig_status(rig, 0, 2, false, 0), 0);
	assert_int_equal(rig_read(rig, 0, 0, 0x1F000), 0);
	/* and it works again */
	rig_route_up(rig, 0, 0, 0, 2, 0);
	rig_bd(rig, 0, 2, 0, RIG_BD(.words = 64));
	rig_push(rig, 0, 2, false, 0, 0, 1, false);
	feed(rig, 0, 64);
	rig_run(rig, 5000);
	assert_int_equal(rig_word(rig, 0, 2, 252), 0x1000 + 63);
	assert_int_equal(aie_array_reset_columns(rig->array, 7, 2, &rig->error), -1);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loop_back),
		cmocka_unit_test(test_three_dimensions),
		cmocka_unit_test(test_strided_system_memory),
		cmocka_unit_test(test_repeat_and_iteration),
		cmocka_unit_test(test_chain_and_token),
		cmocka_unit_test(test_object_fifo),
		cmocka_unit_test(test_queue_overflow),
		cmocka_unit_test(test_invalid_descriptor),
		cmocka_unit_test(test_memory_tile_descriptor_halves),
		cmocka_unit_test(test_memory_tile_neighbours),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_odd_lengths),
		cmocka_unit_test(test_bad_addresses),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_descriptor_bubble),
		cmocka_unit_test(test_reset_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
