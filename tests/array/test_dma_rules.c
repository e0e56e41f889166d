/* Rules of the DMA engines that the end-to-end tests (test_dma.c, test_dma_modes.c, test_descriptor.c) do not show one
 * by one: registers at their addresses, the status register bit by bit, locks in all forms, tokens, resets.
 */
#include "tests/array/rig.h"

enum { COLUMN = 3, MEMORY = 1 << 16 };

/* An S2MM of the tile that nobody sends to, or an MM2S that nobody listens to. */
static void one_task(struct rig *rig, unsigned row, bool mm2s, unsigned channel, struct rig_bd bd)
{
	unsigned id = row == 1 ? 24 * (channel % 2) : 0;

	rig_bd(rig, COLUMN, row, id, bd);
	rig_push(rig, COLUMN, row, mm2s, channel, id, 1, false);
	aie_array_run(rig->array, aie_array_cycle(rig->array) + 500, false);
}

/* ---- registers --------------------------------------------------------------------------------------------------- */

/* dma.md 1: 16, 48 and 16 descriptors of 6, 8 and 8 words, 0x20 apart; 0 at reset; read and written at any time. */
static void test_descriptor_registers(void **state)
{
	static const struct {
		unsigned row, count, words;
		uint32_t base;
	} kinds[] = { { 0, 16, 8, 0x1D000 }, { 1, 48, 8, 0xA0000 }, { 2, 16, 6, 0x1D000 } };
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	for (unsigned k = 0; k < 3; k++)
		for (unsigned pass = 0; pass < 2; pass++)
			for (unsigned id = 0; id < kinds[k].count; id++)
				for (unsigned word = 0; word < kinds[k].words; word++) {
					uint32_t at = kinds[k].base + 0x20 * id + 4 * word, mark = id << 8 | word << 1;

					assert_int_equal(rig_read(rig, COLUMN, kinds[k].row, at), pass ? mark : 0);
					rig_write(rig, COLUMN, kinds[k].row, at, mark);
				}
	/* while one is in use */
	one_task(rig, 2, false, 0, RIG_BD(.words = 16));
	assert_int_equal(rig_status(rig, COLUMN, 2, false, 0) & 3, 2);
	rig_write(rig, COLUMN, 2, 0x1D000, 0x1234);
	assert_int_equal(rig_read(rig, COLUMN, 2, 0x1D000), 0x1234);
	/* no word behind the last one */
	assert_int_equal(
	        aie_array_write32(rig->array, aie_tile_address(COLUMN, 2, 0x1D000 + 0x20 * 16), 0, &rig->error), -1);
	rig_free(rig);
}

/* dma.md 4: control, queue and status of each channel at its own address: 2 + 2, 6 + 6, 2 + 2. */
static void test_channel_registers(void **state)
{
	static const struct {
		unsigned row, channels;
		uint32_t queue[2], status[2], control[2];
	} kinds[] = {
		{ 0, 2, { 0x1D204, 0x1D214 }, { 0x1D220, 0x1D228 }, { 0x1D200, 0x1D210 } },
		{ 1, 6, { 0xA0604, 0xA0634 }, { 0xA0660, 0xA0680 }, { 0xA0600, 0xA0630 } },
		{ 2, 2, { 0x1DE04, 0x1DE14 }, { 0x1DF00, 0x1DF10 }, { 0x1DE00, 0x1DE10 } },
	};

	(void)state;
	for (unsigned k = 0; k < 3; k++)
		for (unsigned mm2s = 0; mm2s < 2; mm2s++)
			for (unsigned channel = 0; channel < kinds[k].channels; channel++) {
				struct rig *rig = rig_new("npu4", MEMORY);
				unsigned row = kinds[k].row, id = row == 1 ? 24 * (channel % 2) + 3 : 3;

				rig_bd(rig, COLUMN, row, id,
				       RIG_BD(.address = row ? 0 : RIG_MEMORY_BASE, .words = 4096));
				rig_write(rig, COLUMN, row, kinds[k].control[mm2s] + 8 * channel, 0xA500);
				assert_int_equal(rig_read(rig, COLUMN, row, kinds[k].control[mm2s] + 8 * channel),
				                 0xA500);
				rig_write(rig, COLUMN, row, kinds[k].queue[mm2s] + 8 * channel, id);
				aie_array_run(rig->array, 2000, false);
				for (unsigned d = 0; d < 2; d++)
					for (unsigned c = 0; c < kinds[k].channels; c++) {
						uint32_t value = rig_read(rig, COLUMN, row, kinds[k].status[d] + 4 * c);

						assert_int_equal(value >> 19 & 1, d == mm2s && c == channel);
						if (d == mm2s && c == channel)
							assert_int_equal(value >> 24, id);
					}
				rig_free(rig);
			}
}

/* dma.md 4: the fields of the status register: state, stalls, running, queue size, present descriptor. */
static void test_status_fields(void **state)
{
	enum { IDLE = 0, STARTING = 1, RUNNING = 2, LOCK_ACQ = 1 << 2, LOCK_REL = 1 << 3, STREAM = 1 << 4 };
	const uint32_t on = 1 << 19;
	struct rig *rig = rig_new("npu4", MEMORY);

	(void)state;
	assert_int_equal(rig_status(rig, COLUMN, 2, false, 0), IDLE);
	/* starvation: running, descriptor 0 */
	one_task(rig, 2, false, 0, RIG_BD(.words = 16));
	assert_int_equal(rig_status(rig, COLUMN, 2, false, 0), on | RUNNING | STREAM);
	/* two more wait */
	rig_push(rig, COLUMN, 2, false, 0, 5, 1, false);
	rig_push(rig, COLUMN, 2, false, 0, 6, 1, false);
	assert_int_equal(rig_status(rig, COLUMN, 2, false, 0), on | RUNNING | STREAM | 2 << 20);
	/* a lock that is not there: not yet running */
	rig_bd(rig, COLUMN, 2, 9, RIG_BD(.words = 16, .acquire = 1, .acquire_value = -1));
	rig_push(rig, COLUMN, 2, true, 1, 9, 1, false);
	aie_array_run(rig->array, aie_array_cycle(rig->array) + 100, false);
	assert_int_equal(rig_status(rig, COLUMN, 2, true, 1), on | STARTING | LOCK_ACQ | 9 << 24);
	/* back-pressure: a route without receiver */
	rig_connect(rig, COLUMN, 2, PORT('D', 0), PORT('N', 0));
	rig_bd(rig, COLUMN, 2, 10, RIG_BD(.words = 256));
	rig_push(rig, COLUMN, 2, true, 0, 10, 1, false);
	aie_array_run(rig->array, aie_array_cycle(rig->array) + 500, false);
	assert_int_equal(rig_status(rig, COLUMN, 2, true, 0), on | RUNNING | STREAM | 10 << 24);
	/* memory tile: six bits of the descriptor; a release that does not fit */
	rig_set_lock(rig, COLUMN, 1, 7, 63);
	rig_bd(rig, COLUMN, 1, 47, RIG_BD(.words = 0, .release = 7, .release_value = 1));
	rig_push(rig, COLUMN, 1, false, 5, 47, 1, false);
	aie_array_run(rig->array, aie_array_cycle(rig->array) + 100, false);
	assert_int_equal(rig_status(rig, COLUMN, 1, false, 5), on | RUNNING | LOCK_REL | 47 << 24);
	rig_free(rig);
}

/* dma.md 2.3: cache, quality of service, stream id and security of a shim descriptor change no data. */
static void test_shim_attributes(void **state)
{
	uint64_t cycle[2];

	(void)state;
	for (unsigned pass = 0; pass < 2; pass++) {
		struct rig *rig = rig_new("npu4", MEMORY);

		for (unsigned i = 0; i < 64; i++)
			rig_memory(rig, 0)[i] = i * 7;
		rig_route_up(rig, COLUMN, 0, 0, 2, 0);
		rig_bd(rig, COLUMN, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = 64));
		if (pass) {
			rig_write(rig, COLUMN, 0, 0x1D000 + 12, 1 << 30); /* Secure_Access */
			rig_write(rig, COLUMN, 0, 0x1D000 + 20,
			          0xFU << 28 | 0xF << 24 | 3 << 20); /* SMID, AxCache, AxQoS */
		}
		rig_bd(rig, COLUMN, 2, 0, RIG_BD(.words = 64));
		rig_push(rig, COLUMN, 2, false, 0, 0, 1, false);
		rig_push(rig, COLUMN, 0, true, 0, 0, 1, false);
		cycle[pass] = rig_run(rig, 5000);
		for (unsigned i = 0; i < 64; i++)
			assert_int_equal(rig_word(rig, COLUMN, 2, 4 * i), i * 7);
		rig_free(rig);
	}
	assert_int_equal(cycle[0], cycle[1]);
}

/* ---- padding ----------------------------------------------------------------------------------------------------- */

/* dma.md 3.1: a dimension that never wraps (wrap 0) has no end to pad after, and nothing outside it can be padded;
 * padding before it is allowed. */
static void test_padding_without_wrap(void **state)
{
	static const struct rig_bd bad[] = {
		{ .words = 8, .wrap = { 0 }, .pad_after = { 1 }, .next = -1, .acquire = -1, .release = -1 },
		{ .words = 8, .wrap = { 0 }, .pad_before = { 0, 1 }, .next = -1, .acquire = -1, .release = -1 },
		{ .words = 8, .wrap = { 2, 0 }, .pad_after = { 0, 0, 1 }, .next = -1, .acquire = -1, .release = -1 },
	};
	struct rig *rig;

	(void)state;
	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		rig = rig_new("npu4", 0);
		rig_connect(rig, COLUMN, 1, PORT('D', 0), PORT('D', 0));
		one_task(rig, 1, true, 0, bad[i]);
		aie_array_fault(rig->array, &rig->error);
		assert_int_equal(rig->error.category, AIE_ERROR_UNDEFINED);
		assert_non_null(strstr(rig->error.text, "memory (3,1) DMA MM2S 0 BD 0"));
		assert_non_null(strstr(rig->error.text, i == 2 ? "D1_Wrap" : "D0_Wrap"));
		rig_free(rig);
	}
	rig = rig_new("npu4", 0);
	rig_connect(rig, COLUMN, 1, PORT('D', 0), PORT('D', 0));
	rig_write(rig, COLUMN, 1, 0xA06E0, 0xAB); /* constant pad value of MM2S 0 */
	rig_fill(rig, COLUMN, 1, 0, 1, 8);
	rig_bd(rig, COLUMN, 1, 1, RIG_BD(.address = 0x1000, .words = 8));
	rig_push(rig, COLUMN, 1, false, 0, 1, 1, false);
	one_task(rig, 1, true, 0, RIG_BD(.words = 8, .pad_before = { 2 }));
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(rig_word(rig, COLUMN, 1, 0x1000 + 4 * i), i < 2 ? 0xAB : i - 1);
	rig_free(rig);
}

/* dma.md 1, 2.2: only MM2S channels of the memory tile pad; an S2MM does not look at the fields.  The word is that of
 * the channel. */
static void test_padding_is_of_mm2s(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_connect(rig, COLUMN, 1, PORT('D', 4), PORT('D', 4));
	rig_write(rig, COLUMN, 1, 0xA06E0 + 4 * 4, 0x77);
	rig_write(rig, COLUMN, 1, 0xA06E0 + 4 * 3, 0x66);
	rig_fill(rig, COLUMN, 1, 0, 1, 6);
	rig_bd(rig, COLUMN, 1, 1,
	       RIG_BD(.address = 0x1000, .words = 6, .wrap = { 3, 2 }, .step = { 1, 3 }, .pad_before = { 5, 2 },
	              .pad_after = { 1 }));
	rig_push(rig, COLUMN, 1, false, 4, 1, 1, false);
	one_task(rig, 1, true, 4, RIG_BD(.words = 6, .wrap = { 2 }, .step = { 1, 2 }, .pad_after = { 1 }));
	/* rows of two words and one of padding */
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(rig_word(rig, COLUMN, 1, 0x1000 + 4 * i), i % 3 == 2 ? 0x77 : i / 3 * 2 + i % 3 + 1);
	rig_free(rig);
}

/* ---- tasks ------------------------------------------------------------------------------------------------------- */

/* dma.md 4: Repeat_Count has 8 bits of count - 1: up to 256 runs of the descriptor. */
static void test_repeat_limit(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_connect(rig, COLUMN, 2, PORT('D', 0), PORT('D', 0));
	rig_bd(rig, COLUMN, 2, 0, RIG_BD(.words = 2));
	rig_bd(rig, COLUMN, 2, 1, RIG_BD(.address = 0x1000, .words = 512));
	rig_write(rig, COLUMN, 2, 0x1DE04, 1);
	rig_write(rig, COLUMN, 2, 0x1DE14, 255 << 16);
	rig_run(rig, 5000);
	assert_int_equal(aie_array_channel(rig->array, COLUMN, 2, true, 0)->descriptors, 256);
	assert_int_equal(aie_array_channel(rig->array, COLUMN, 2, false, 0)->tasks, 1);
	rig_free(rig);
}

/* dma.md 4: tasks run strictly in the order of their pushes. */
static void test_task_order(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_connect(rig, COLUMN, 2, PORT('D', 1), PORT('D', 1));
	rig_bd(rig, COLUMN, 2, 8, RIG_BD(.address = 0x1000, .words = 20));
	for (unsigned i = 0; i < 5; i++) {
		rig_fill(rig, COLUMN, 2, 0x100 * i, 100 * i, 4);
		rig_bd(rig, COLUMN, 2, i, RIG_BD(.address = 0x100 * i, .words = 4));
	}
	for (unsigned i = 0; i < 5; i++)
		rig_push(rig, COLUMN, 2, true, 1, i * 3 % 5, 1, false);
	rig_push(rig, COLUMN, 2, false, 1, 8, 1, false);
	rig_run(rig, 5000);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(rig_word(rig, COLUMN, 2, 0x1000 + 4 * i), 100 * (i / 4 * 3 % 5) + i % 4);
	rig_free(rig);
}

/* dma.md 4: 1 in the Reset bit empties the queue, stops the channel and clears its errors, and holds it; with 0 it
 * works again.  The register reads 0 at reset: channels come up released. */
static void test_channel_reset(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	assert_int_equal(rig_read(rig, COLUMN, 2, 0x1DE00), 0);
	rig_connect(rig, COLUMN, 2, PORT('D', 0), PORT('D', 0));
	one_task(rig, 2, false, 0, RIG_BD(.words = 4, .invalid = true));
	rig_push(rig, COLUMN, 2, false, 0, 0, 1, false);
	assert_int_equal(rig_status(rig, COLUMN, 2, false, 0) & (1 << 11 | 7 << 20), 1 << 11 | 1 << 20);
	rig_write(rig, COLUMN, 2, 0x1DE00, 2);
	assert_int_equal(rig_status(rig, COLUMN, 2, false, 0), 0);
	rig_write_fails(rig, COLUMN, 2, 0x1DE04, 0, AIE_ERROR_UNSUPPORTED, "Ctrl.Reset holds the channel");
	rig_write(rig, COLUMN, 2, 0x1DE00, 0);
	rig_fill(rig, COLUMN, 2, 0x200, 5, 4);
	rig_bd(rig, COLUMN, 2, 0, RIG_BD(.address = 0x100, .words = 4));
	rig_push(rig, COLUMN, 2, false, 0, 0, 1, false);
	rig_bd(rig, COLUMN, 2, 1, RIG_BD(.address = 0x200, .words = 4));
	rig_push(rig, COLUMN, 2, true, 0, 1, 1, false);
	rig_run(rig, 1000);
	assert_int_equal(rig_word(rig, COLUMN, 2, 0x10C), 8);
	rig_free(rig);
}

/* dma.md 4: the shim has no reset of one channel; it is reset with the NoC module. */
static void test_shim_reset(void **state)
{
	struct rig *rig = rig_new("npu4", MEMORY);

	(void)state;
	rig_bd(rig, COLUMN, 0, 2, RIG_BD(.address = RIG_MEMORY_BASE, .words = 64));
	rig_push(rig, COLUMN, 0, false, 1, 2, 1, false);
	rig_set_lock(rig, COLUMN, 0, 3, 9);
	aie_array_run(rig->array, 500, false);
	rig_write(rig, COLUMN, 0, 0x1D208, 2); /* bit 1 is Pause_Mem here */
	assert_int_equal(rig_status(rig, COLUMN, 0, false, 1) >> 19 & 1, 1);
	rig_write(rig, COLUMN, 0, 0xFFF14, 1); /* NoC_Module_Reset */
	assert_int_equal(rig_status(rig, COLUMN, 0, false, 1), 0);
	assert_int_equal(rig_lock(rig, COLUMN, 0, 3), 0);
	assert_int_equal(rig_read(rig, COLUMN, 0, 0x1D000 + 0x20 * 2), 0);
	rig_free(rig);
}

/* dma.md 6, gaps: a Buffer_Length of 0 moves nothing and is done at once, with its locks. */
static void test_length_zero(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	struct aie_token token;

	(void)state;
	rig_set_lock(rig, COLUMN, 2, 0, 3);
	rig_bd(rig, COLUMN, 2, 0,
	       RIG_BD(.words = 0, .acquire = 0, .acquire_value = -2, .release = 1, .release_value = 4));
	rig_push(rig, COLUMN, 2, true, 0, 0, 1, true);
	rig_run(rig, 1000);
	assert_int_equal(rig_lock(rig, COLUMN, 2, 0), 1);
	assert_int_equal(rig_lock(rig, COLUMN, 2, 1), 4);
	assert_true(rig_take_token(rig, &token));
	assert_int_equal(aie_array_channel(rig->array, COLUMN, 2, true, 0)->bytes, 0);
	rig_free(rig);
}

/* dma.md 6: the sign of Lock_Acq_Value picks the comparison: below 0 at least that many, else exactly as many, 0 too.
 */
static void test_acquire_forms(void **state)
{
	static const struct {
		int value;
		unsigned before, wrong, left;
	} cases[] = {
		{ -3, 5, 2, 2 }, { -63, 63, 62, 0 }, { 3, 3, 4, 0 }, { 0, 0, 1, 0 }, { 63, 63, 62, 0 },
	};

	(void)state;
	for (unsigned row = 0; row < 3; row++)
		for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
			struct rig *rig = rig_new("npu4", MEMORY);

			rig_set_lock(rig, COLUMN, row, 5, cases[i].wrong);
			one_task(rig, row, true, 0,
			         RIG_BD(.address = row ? 0 : RIG_MEMORY_BASE, .words = 0, .acquire = 5,
			                .acquire_value = cases[i].value));
			assert_int_equal(rig_lock(rig, COLUMN, row, 5), cases[i].wrong);
			assert_int_equal(rig_status(rig, COLUMN, row, true, 0) & 0xF, 1 | 1 << 2);
			rig_set_lock(rig, COLUMN, row, 5, cases[i].before);
			rig_run(rig, 1000);
			assert_int_equal(rig_lock(rig, COLUMN, row, 5), cases[i].left);
			rig_free(rig);
		}
}

/* dma.md 6: a release value below 0 takes away. */
static void test_release_negative(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_set_lock(rig, COLUMN, 1, 40, 10);
	one_task(rig, 1, false, 0, RIG_BD(.words = 0, .release = 40, .release_value = -4));
	assert_int_equal(rig_lock(rig, COLUMN, 1, 40), 6);
	rig_set_lock(rig, COLUMN, 1, 40, 3);
	rig_push(rig, COLUMN, 1, false, 0, 0, 1, false);
	aie_array_run(rig->array, aie_array_cycle(rig->array) + 100, false);
	assert_int_equal(rig_lock(rig, COLUMN, 1, 40), 3);
	assert_int_equal(rig_read(rig, COLUMN, 1, 0xC042C), 1 << 8); /* underflow of lock 40 */
	assert_int_equal(rig_status(rig, COLUMN, 1, false, 0) >> 3 & 1, 1);
	rig_free(rig);
}

/* dma.md 6: an in-order S2MM does not mind TLAST: a buffer takes the words of two packets and a half. */
static void test_tlast_in_order(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_connect(rig, COLUMN, 2, PORT('D', 0), PORT('D', 0));
	rig_fill(rig, COLUMN, 2, 0, 1, 15);
	rig_bd(rig, COLUMN, 2, 0, RIG_BD(.words = 4, .iteration_step = 4, .iteration_wrap = 3));
	rig_bd(rig, COLUMN, 2, 1, RIG_BD(.address = 0x1000, .words = 10));
	rig_push(rig, COLUMN, 2, true, 0, 0, 3, false);
	rig_push(rig, COLUMN, 2, false, 0, 1, 1, false);
	rig_run(rig, 1000);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(rig_word(rig, COLUMN, 2, 0x1000 + 4 * i), 1 + i);
	assert_int_equal(aie_array_channel(rig->array, COLUMN, 2, false, 0)->tasks, 1);
	rig_free(rig);
}

/* ---- tokens ------------------------------------------------------------------------------------------------------ */

/* dma.md 7: a token says column, row, direction and channel, and comes only when the task asked for it. */
static void test_token_identity(void **state)
{
	static const struct {
		unsigned column, row, channel;
		bool mm2s;
	} from[] = { { 0, 0, 0, false }, { 7, 0, 1, true }, { 2, 1, 5, false }, { 4, 1, 3, true }, { 6, 5, 1, false } };

	(void)state;
	for (unsigned i = 0; i < sizeof from / sizeof from[0]; i++) {
		struct rig *rig = rig_new("npu4", MEMORY);
		unsigned id = from[i].row == 1 ? 24 * (from[i].channel % 2) : 0;
		struct aie_token token;

		rig_bd(rig, from[i].column, from[i].row, id,
		       RIG_BD(.address = from[i].row ? 0 : RIG_MEMORY_BASE, .words = 0));
		rig_push(rig, from[i].column, from[i].row, from[i].mm2s, from[i].channel, id, 3, false);
		rig_run(rig, 1000);
		assert_false(rig_take_token(rig, &token));
		rig_push(rig, from[i].column, from[i].row, from[i].mm2s, from[i].channel, id, 3, true);
		rig_run(rig, 1000);
		assert_true(rig_take_token(rig, &token));
		assert_int_equal(token.column, from[i].column);
		assert_int_equal(token.row, from[i].row);
		assert_int_equal(token.channel, from[i].channel);
		assert_int_equal(token.mm2s, from[i].mm2s);
		assert_false(rig_take_token(rig, &token));
		rig_free(rig);
	}
}

/* dma.md 7: more than eight tokens that nobody takes do not stall a channel. */
static void test_outstanding_tokens(void **state)
{
	enum { TASKS = 40 };
	struct rig *rig = rig_new("npu4", 0);
	struct aie_token token;

	(void)state;
	rig_bd(rig, COLUMN, 2, 0, RIG_BD(.words = 0));
	for (unsigned i = 0; i < TASKS; i++) {
		rig_push(rig, COLUMN, 2, false, 0, 0, 1, true);
		aie_array_run(rig->array, aie_array_cycle(rig->array) + 50, false);
	}
	assert_int_equal(rig_status(rig, COLUMN, 2, false, 0), 0);
	for (unsigned i = 0; i < TASKS; i++)
		assert_true(rig_take_token(rig, &token));
	assert_false(rig_take_token(rig, &token));
	rig_free(rig);
}

/* ---- bursts ------------------------------------------------------------------------------------------------------ */

/* dma.md 8: what an S2MM got of a burst that is not full is not in memory as long as its descriptor is not finished:
 * the tail of a trace in bursts of 256 bytes is lost, of 64 bytes less than 64. */
static void test_partial_burst(void **state)
{
	static const struct {
		unsigned code, visible;
	} bursts[] = { { 0, 112 }, { 2, 64 } }; /* of 112 and 127 words */

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct rig *rig = rig_new("npu4", MEMORY);

		rig_route_down(rig, COLUMN, 2, 0, 0, 0);
		rig_fill(rig, COLUMN, 2, 0, 1, 127);
		rig_bd(rig, COLUMN, 2, 0, RIG_BD(.words = 127));
		rig_bd(rig, COLUMN, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = 1024, .burst = bursts[i].code));
		rig_push(rig, COLUMN, 0, false, 0, 0, 1, false);
		rig_push(rig, COLUMN, 2, true, 0, 0, 1, false);
		rig_run(rig, 5000);
		assert_int_equal(rig_memory(rig, 0)[bursts[i].visible - 1], bursts[i].visible);
		assert_int_equal(rig_memory(rig, 0)[bursts[i].visible], 0);
		rig_free(rig);
	}
}

/* dma.md 8: bursts do not cross 4 KiB, whatever the start; no word is lost or doubled at the borders. */
static void test_burst_pages(void **state)
{
	enum { WORDS = 3000 };
	struct rig *rig = rig_new("npu4", MEMORY);

	(void)state;
	for (unsigned i = 0; i < WORDS; i++)
		rig_memory(rig, 4084)[i] = i + 1;
	rig_route_up(rig, COLUMN, 0, 0, 2, 0);
	rig_route_down(rig, COLUMN, 2, 0, 0, 0);
	rig_bd(rig, COLUMN, 2, 0, RIG_BD(.words = WORDS, .release = 0, .release_value = 1));
	rig_bd(rig, COLUMN, 2, 1, RIG_BD(.words = WORDS, .acquire = 0, .acquire_value = -1));
	rig_bd(rig, COLUMN, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE + 4084, .words = WORDS));
	rig_bd(rig, COLUMN, 0, 1, RIG_BD(.address = RIG_MEMORY_BASE + 32764, .words = WORDS));
	rig_push(rig, COLUMN, 2, false, 0, 0, 1, false);
	rig_push(rig, COLUMN, 2, true, 0, 1, 1, false);
	rig_push(rig, COLUMN, 0, false, 0, 1, 1, false);
	rig_push(rig, COLUMN, 0, true, 0, 0, 1, false);
	rig_run(rig, 50000);
	for (unsigned i = 0; i < WORDS; i++)
		assert_int_equal(rig_memory(rig, 32764)[i], i + 1);
	assert_int_equal(rig_memory(rig, 32764)[WORDS], 0);
	rig_free(rig);
}

/* ---- pacing ------------------------------------------------------------------------------------------------------ */

/* dma.md 9: an S2MM that waits for its lock takes 15-16 words into its FIFO (here 16 beats), then it holds the stream.
 */
static void test_ingress_depth(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const struct aie_array_timing *timing = aie_array_timing_of(rig->array);

	(void)state;
	rig_connect(rig, COLUMN, 2, PORT('D', 0), PORT('D', 0));
	rig_bd(rig, COLUMN, 2, 0, RIG_BD(.words = 2000));
	rig_bd(rig, COLUMN, 2, 1, RIG_BD(.address = 0x4000, .words = 2000, .acquire = 0, .acquire_value = -1));
	rig_push(rig, COLUMN, 2, true, 0, 0, 1, false);
	rig_push(rig, COLUMN, 2, false, 0, 1, 1, false);
	rig_run(rig, 5000);
	assert_int_equal(timing->dma_ingress_beats, 16);
	/* beats behind the port, in the switch and in front of it */
	assert_in_range(aie_array_channel(rig->array, COLUMN, 2, true, 0)->bytes / 8, timing->dma_ingress_beats + 6,
	                timing->dma_ingress_beats + 6 + timing->dma_egress_beats);
	rig_free(rig);
}

/* dma.md 9: a descriptor of an MM2S is finished when its last word has been accepted downstream, not when it was read.
 */
static void test_finished_when_accepted(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_connect(rig, COLUMN, 2, PORT('D', 0), PORT('D', 0));
	one_task(rig, 2, true, 0, RIG_BD(.words = 60, .release = 2, .release_value = 1));
	/* the 30 beats are read, the last ones stand in front of the port: 6 + 16 fit behind it */
	assert_int_equal(aie_array_channel(rig->array, COLUMN, 2, true, 0)->bytes, 240);
	assert_int_equal(rig_lock(rig, COLUMN, 2, 2), 0);
	assert_int_equal(rig_status(rig, COLUMN, 2, true, 0) >> 19 & 1, 1);
	rig_bd(rig, COLUMN, 2, 1, RIG_BD(.address = 0x4000, .words = 60));
	rig_push(rig, COLUMN, 2, false, 0, 1, 1, false);
	rig_run(rig, 1000);
	assert_int_equal(rig_lock(rig, COLUMN, 2, 2), 1);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptor_registers), cmocka_unit_test(test_channel_registers),
		cmocka_unit_test(test_status_fields),        cmocka_unit_test(test_shim_attributes),
		cmocka_unit_test(test_padding_without_wrap), cmocka_unit_test(test_padding_is_of_mm2s),
		cmocka_unit_test(test_repeat_limit),         cmocka_unit_test(test_task_order),
		cmocka_unit_test(test_channel_reset),        cmocka_unit_test(test_shim_reset),
		cmocka_unit_test(test_length_zero),          cmocka_unit_test(test_acquire_forms),
		cmocka_unit_test(test_release_negative),     cmocka_unit_test(test_tlast_in_order),
		cmocka_unit_test(test_token_identity),       cmocka_unit_test(test_outstanding_tokens),
		cmocka_unit_test(test_partial_burst),        cmocka_unit_test(test_burst_pages),
		cmocka_unit_test(test_ingress_depth),        cmocka_unit_test(test_finished_when_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
