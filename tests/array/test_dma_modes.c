/* Modes of DMA channels: out-of-order by packet, finish on TLAST, compression, pause bits, and their error states. */
#include "tests/array/rig.h"

#include "sim/tile/compress.h"

enum { MEMORY = 0x10000, OUT = 0x8000 };
enum { OUT_OF_ORDER = 1 << 3, COMPRESSION = 1 << 4, FOT = 1 << 16, FOT_COUNTS = 3 << 16 };
enum { S2MM_CONTROL = 0x1DE00, MM2S_CONTROL = 0x1DE10 };

static void expect_fault(struct rig *rig, const char *text)
{
	assert_int_equal(aie_array_run(rig->array, aie_array_cycle(rig->array) + 10000, false), AIE_ARRAY_FAULT);
	aie_array_fault(rig->array, &rig->error);
	if (!strstr(rig->error.text, text))
		fail_msg("'%s' does not say '%s'", rig->error.text, text);
	assert_int_equal(rig->error.category, AIE_ERROR_UNSUPPORTED);
	rig_free(rig);
}

/* ---- out of order ------------------------------------------------------------------------------------------------ */

/* (0,2) and (0,3) send packets of any id to S2MM 0 of (1,2), which keeps the headers. */
static struct rig *out_of_order_rig(void)
{
	struct rig *rig = rig_new("npu4", MEMORY);

	rig_connect(rig, 0, 3, PORT('D', 0), PORT('S', 0));
	rig_packet_slot(rig, 0, 2, PORT('N', 0), 0, 0, 0, 0, 0);
	rig_packet_slot(rig, 0, 2, PORT('D', 0), 0, 0, 0, 0, 0);
	rig_packet_master(rig, 0, 2, PORT('E', 0), 0, 1, false);
	rig_connect(rig, 1, 2, PORT('W', 0), PORT('D', 0));
	rig_write(rig, 1, 2, S2MM_CONTROL, OUT_OF_ORDER);
	return rig;
}

/* Packet of `words` for descriptor `target`, from descriptor `bd` of the source. */
static void send_packet(struct rig *rig, unsigned row, unsigned bd, uint32_t address, unsigned words, unsigned target)
{
	rig_bd(rig, 0, row, bd,
	       RIG_BD(.address = address, .words = words, .packet = true, .packet_id = row, .packet_bd = target));
	rig_push(rig, 0, row, true, 0, bd, 1, false);
}

/* dma.md 6.1: the BD id of each header picks the descriptor; the start BD is ignored, Next_BD not followed, the repeat
 * count is packets - 1, the header is not stored. */
static void test_out_of_order(void **state)
{
	struct rig *rig = out_of_order_rig();
	struct aie_token token;

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		rig_bd(rig, 1, 2, 10 + i,
		       RIG_BD(.address = 0x1000 * (i + 1), .words = 5 + i, .next = 0, .release = (int)i,
		              .release_value = 1));
	rig_push(rig, 1, 2, false, 0, 3, 4, true); /* descriptor 3 is not valid */
	rig_fill(rig, 0, 2, 0, 0x200, 64);
	rig_fill(rig, 0, 3, 0, 0x300, 64);
	send_packet(rig, 2, 0, 0, 8, 13);
	send_packet(rig, 2, 1, 32, 5, 10);
	send_packet(rig, 3, 0, 0, 7, 12);
	rig_run(rig, 5000);
	assert_false(rig_take_token(rig, &token));
	rig_expect_wait(rig, "compute (1,2) DMA S2MM 0 (out of order, 1 packets to go)", "waits for words", NULL);
	send_packet(rig, 3, 1, 28, 6, 11);
	rig_run(rig, 5000);
	assert_true(rig_take_token(rig, &token));
	assert_int_equal(rig_waits(rig), 0);
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(rig_word(rig, 1, 2, 0x4000 + 4 * i), 0x200 + i);
		assert_int_equal(rig_word(rig, 1, 2, 0x1000 + 4 * i), i < 5 ? 0x208 + i : 0);
		assert_int_equal(rig_word(rig, 1, 2, 0x3000 + 4 * i), i < 7 ? 0x300 + i : 0);
		assert_int_equal(rig_word(rig, 1, 2, 0x2000 + 4 * i), i < 6 ? 0x307 + i : 0);
	}
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(rig_lock(rig, 1, 2, i), 1);
	rig_free(rig);
}

/* The same at the shim: three packets land where their headers say. */
static void test_out_of_order_shim(void **state)
{
	struct rig *rig = rig_new("npu4", MEMORY);

	(void)state;
	rig_shim_mux(rig, 0);
	rig_packet_slot(rig, 0, 2, PORT('D', 0), 0, 0, 0, 0, 0);
	rig_packet_master(rig, 0, 2, PORT('S', 0), 0, 1, false);
	rig_connect(rig, 0, 1, PORT('N', 0), PORT('S', 0));
	rig_connect(rig, 0, 0, PORT('N', 0), PORT('S', 2));
	rig_write(rig, 0, 0, 0x1D200, OUT_OF_ORDER);
	for (unsigned i = 0; i < 3; i++) {
		rig_bd(rig, 0, 0, 15 - i, RIG_BD(.address = RIG_MEMORY_BASE + OUT + 0x400 * i, .words = 40));
		send_packet(rig, 2, i, 160 * i, 40, 13 + i);
	}
	rig_fill(rig, 0, 2, 0, 0, 120);
	rig_push(rig, 0, 0, false, 0, 0, 3, true);
	rig_run(rig, 5000);
	assert_int_equal(rig_waits(rig), 0);
	for (unsigned i = 0; i < 120; i++)
		assert_int_equal(rig_memory(rig, OUT + 0x400 * (2 - i / 40))[i % 40], i);
	rig_free(rig);
}

/* dma.md 4, 6.1: an id beyond the descriptors, or of the other half in a memory tile, is Error_BD_Unavailable; one of a
 * descriptor that is not valid Error_BD_Invalid.  Both hang the channel until it is reset. */
static void test_out_of_order_bad_id(void **state)
{
	struct rig *rig = out_of_order_rig();

	(void)state;
	rig_push(rig, 1, 2, false, 0, 0, 1, false);
	send_packet(rig, 2, 0, 0, 4, 16);
	rig_run(rig, 5000);
	assert_int_equal(rig_status(rig, 1, 2, false, 0) >> 8 & 0x3F, 1 << 2);
	rig_expect_wait(rig, "compute (1,2) DMA S2MM 0 BD 16 hangs", "not available", NULL);
	rig_free(rig);

	rig = out_of_order_rig();
	rig_push(rig, 1, 2, false, 0, 0, 1, false);
	send_packet(rig, 2, 0, 0, 4, 7);
	rig_run(rig, 5000);
	assert_int_equal(rig_status(rig, 1, 2, false, 0) >> 8 & 0x3F, 1 << 3);
	rig_free(rig);

	rig = rig_new("npu4", 0);
	rig_connect(rig, 0, 2, PORT('D', 0), PORT('S', 0));
	rig_connect(rig, 0, 1, PORT('N', 0), PORT('D', 1));
	rig_write(rig, 0, 1, 0xA0608, OUT_OF_ORDER);
	for (unsigned i = 0; i < 48; i++)
		rig_bd(rig, 0, 1, i, RIG_BD(.words = 4));
	rig_push(rig, 0, 1, false, 1, 0, 2, false);
	send_packet(rig, 2, 0, 0, 4, 47);
	send_packet(rig, 2, 1, 0, 4, 23);
	rig_run(rig, 5000);
	assert_int_equal(aie_array_channel(rig->array, 0, 1, false, 1)->descriptors, 1);
	assert_int_equal(rig_status(rig, 0, 1, false, 1) >> 8 & 0x3F, 1 << 2);
	rig_free(rig);
}

/* Packets that do not have the descriptor's length are refused. */
static void test_out_of_order_length(void **state)
{
	(void)state;
	for (unsigned words = 3; words <= 5; words += 2) {
		struct rig *rig = out_of_order_rig();

		rig_bd(rig, 1, 2, 4, RIG_BD(.words = 4));
		rig_push(rig, 1, 2, false, 0, 0, 1, false);
		send_packet(rig, 2, 0, 0, words, 4);
		expect_fault(rig, words == 3 ? "the packet ends before the descriptor's 4 words"
		                             : "the packet is longer than the descriptor's 4 words");
	}
}

/* ---- finish on TLAST --------------------------------------------------------------------------------------------- */

/* (0,2) sends circuits to S2MM 0 of its east neighbour. */
static struct rig *fot_rig(uint32_t mode)
{
	struct rig *rig = rig_new("npu4", MEMORY);

	rig_connect(rig, 0, 2, PORT('D', 0), PORT('E', 0));
	rig_connect(rig, 1, 2, PORT('W', 0), PORT('D', 0));
	rig_fill(rig, 0, 2, 0, 0x100, 256);
	rig_write(rig, 1, 2, S2MM_CONTROL, mode);
	return rig;
}

static void send_words(struct rig *rig, unsigned bd, uint32_t address, unsigned words, bool tlast)
{
	rig_bd(rig, 0, 2, bd, RIG_BD(.address = address, .words = words, .tlast_suppress = !tlast));
	rig_push(rig, 0, 2, true, 0, bd, 1, false);
}

/* dma.md 6.2: mode 1: a descriptor ends at TLAST, with fewer words than its length or exactly as many; the next one
 * goes on. */
static void test_fot(void **state)
{
	struct rig *rig = fot_rig(FOT);
	struct aie_token token;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		rig_bd(rig, 1, 2, i,
		       RIG_BD(.address = 0x400 * (i + 1), .words = 20, .next = i < 2 ? (int)i + 1 : -1, .release = 2,
		              .release_value = 1));
	rig_push(rig, 1, 2, false, 0, 0, 1, true);
	send_words(rig, 0, 0, 7, true);
	send_words(rig, 1, 28, 20, true);
	rig_run(rig, 5000);
	assert_int_equal(rig_lock(rig, 1, 2, 2), 2);
	/* the third in two descriptors without and with TLAST */
	send_words(rig, 2, 108, 3, false);
	rig_run(rig, 5000);
	assert_int_equal(rig_read(rig, 1, 2, 0x1DF18), 0); /* three words are less than an access and have no TLAST */
	send_words(rig, 3, 120, 10, false);
	rig_run(rig, 5000);
	assert_int_equal(rig_read(rig, 1, 2, 0x1DF18), 8); /* S2MM_Current_Write_Count */
	assert_false(rig_take_token(rig, &token));
	send_words(rig, 4, 160, 1, true);
	rig_run(rig, 5000);
	assert_true(rig_take_token(rig, &token));
	assert_int_equal(rig_lock(rig, 1, 2, 2), 3);
	assert_int_equal(rig_waits(rig), 0);
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(rig_word(rig, 1, 2, 0x400 + 4 * i), i < 7 ? 0x100 + i : 0);
		assert_int_equal(rig_word(rig, 1, 2, 0x800 + 4 * i), 0x107 + i);
		assert_int_equal(rig_word(rig, 1, 2, 0xC00 + 4 * i), i < 14 ? 0x11B + i : 0);
	}
	rig_free(rig);
}

/* dma.md 6.2: Buffer_Length words without TLAST: Error_FoT_Length_Exceeded; the channel stands until it is reset. */
static void test_fot_length(void **state)
{
	struct rig *rig = fot_rig(FOT);

	(void)state;
	rig_bd(rig, 1, 2, 0, RIG_BD(.words = 20));
	rig_push(rig, 1, 2, false, 0, 0, 2, false);
	send_words(rig, 0, 0, 21, true);
	rig_run(rig, 5000);
	assert_int_equal(rig_status(rig, 1, 2, false, 0) >> 8 & 0x3F, 1 << 4);
	rig_expect_wait(rig, "compute (1,2) DMA S2MM 0 BD 0 hangs: 20 words came without TLAST", NULL);
	rig_write(rig, 1, 2, S2MM_CONTROL, FOT | 2);
	rig_write(rig, 1, 2, S2MM_CONTROL, FOT);
	assert_int_equal(rig_status(rig, 1, 2, false, 0), 0);
	rig_free(rig);
}

/* dma.md 6.2: mode 3: counts go to a FIFO; a pop gives Valid, Last_in_Task, BD id and words, and 0 when it is empty. */
static void test_fot_counts(void **state)
{
	struct rig *rig = fot_rig(FOT_COUNTS);

	(void)state;
	rig_bd(rig, 1, 2, 4, RIG_BD(.words = 64, .next = 9));
	rig_bd(rig, 1, 2, 9, RIG_BD(.words = 64));
	rig_push(rig, 1, 2, false, 0, 4, 2, false);
	send_words(rig, 0, 0, 7, true);
	send_words(rig, 1, 0, 64, true);
	send_words(rig, 2, 0, 1, true);
	send_words(rig, 3, 0, 8, true);
	rig_run(rig, 5000);
	assert_int_equal(rig_read(rig, 1, 2, 0x1DF20), 1U << 31 | 4 << 24 | 7);
	assert_int_equal(rig_read(rig, 1, 2, 0x1DF20), 1U << 31 | 9 << 24 | 64);
	assert_int_equal(rig_read(rig, 1, 2, 0x1DF20), 1U << 31 | 4 << 24 | 1);
	assert_int_equal(rig_read(rig, 1, 2, 0x1DF20), 1U << 31 | 1 << 30 | 9 << 24 | 8);
	assert_int_equal(rig_read(rig, 1, 2, 0x1DF20), 0);
	assert_int_equal(rig_read(rig, 1, 2, 0x1DF24), 0); /* the other channel's */
	rig_free(rig);
}

/* dma.md 6.2: a full count FIFO stalls the channel (status bit 5); reading lets it go on. */
static void test_fot_counts_full(void **state)
{
	struct rig *rig = rig_new("npu4,dma_count_fifo=3", MEMORY);

	(void)state;
	rig_connect(rig, 0, 2, PORT('D', 0), PORT('D', 0));
	rig_write(rig, 0, 2, S2MM_CONTROL, FOT_COUNTS);
	rig_bd(rig, 0, 2, 4, RIG_BD(.address = 0x100, .words = 64));
	rig_push(rig, 0, 2, false, 0, 4, 5, false);
	rig_bd(rig, 0, 2, 0, RIG_BD(.words = 5));
	rig_push(rig, 0, 2, true, 0, 0, 5, false);
	rig_run(rig, 5000);
	assert_int_equal(aie_array_channel(rig->array, 0, 2, false, 0)->descriptors, 3);
	assert_int_equal(rig_status(rig, 0, 2, false, 0) >> 5 & 1, 1);
	rig_expect_wait(rig, "compute (0,2) DMA S2MM 0 BD 4", "FoT_Count_FIFO_Pop", NULL);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(rig_read(rig, 0, 2, 0x1DF20), 1U << 31 | (i == 4 ? 1U << 30 : 0) | 4 << 24 | 5);
		rig_run(rig, 5000);
	}
	assert_int_equal(rig_status(rig, 0, 2, false, 0) >> 5 & 1, 0);
	assert_int_equal(rig_read(rig, 0, 2, 0x1DF20), 0);
	assert_int_equal(rig_waits(rig), 0);
	rig_free(rig);
}

/* Finish on TLAST at the shim, in the middle of bursts: lengths around the groups in which words change hands. */
static void test_fot_shim(void **state)
{
	static const unsigned lengths[] = { 1, 2, 15, 16, 17, 127, 128, 129, 200 };

	(void)state;
	for (unsigned n = 0; n < sizeof lengths / sizeof lengths[0]; n++) {
		struct rig *rig = rig_new("npu4", MEMORY);
		unsigned words = lengths[n];

		rig_route_down(rig, 0, 2, 0, 0, 0);
		rig_fill(rig, 0, 2, 0, 0x100, 512);
		rig_write(rig, 0, 0, 0x1D200, FOT_COUNTS);
		rig_bd(rig, 0, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE + OUT, .words = 200));
		rig_bd(rig, 0, 0, 1, RIG_BD(.address = RIG_MEMORY_BASE + OUT + 0x1000, .words = 200));
		rig_push(rig, 0, 0, false, 0, 0, 1, false);
		rig_push(rig, 0, 0, false, 0, 1, 1, false);
		send_words(rig, 0, 0, words, true);
		send_words(rig, 1, 1024, 10, true);
		rig_run(rig, 5000);
		assert_int_equal(rig_waits(rig), 0);
		assert_int_equal(rig_read(rig, 0, 0, 0x1D238), 1U << 31 | 1 << 30 | words);
		assert_int_equal(rig_read(rig, 0, 0, 0x1D238), 1U << 31 | 1 << 30 | 1 << 24 | 10);
		for (unsigned i = 0; i <= words; i++)
			assert_int_equal(rig_memory(rig, OUT)[i], i < words ? 0x100 + i : 0);
		for (unsigned i = 0; i <= 10; i++)
			assert_int_equal(rig_memory(rig, OUT + 0x1000)[i], i < 10 ? 0x200 + i : 0);
		/* too long */
		rig_push(rig, 0, 0, false, 0, 0, 1, false);
		send_words(rig, 0, 0, 201, true);
		rig_run(rig, 5000);
		assert_int_equal(rig_status(rig, 0, 0, false, 0) >> 8 & 0x3F, 1 << 4);
		rig_free(rig);
	}
}

/* Mode 2 reports counts in a form that is not public; modes do not change under a task. */
static void test_fot_refused(void **state)
{
	struct rig *rig = fot_rig(0);

	(void)state;
	rig_write_fails(rig, 1, 2, S2MM_CONTROL, 2 << 16, AIE_ERROR_UNSUPPORTED, "FoT_Mode 2");
	rig_write_fails(rig, 1, 0, 0x1D200, 2 << 16, AIE_ERROR_UNSUPPORTED, "FoT_Mode 2");
	rig_write_fails(rig, 1, 1, 0xA0600, 2 << 16, AIE_ERROR_UNSUPPORTED, "FoT_Mode 2");
	rig_bd(rig, 1, 2, 0, RIG_BD(.words = 20));
	rig_push(rig, 1, 2, false, 0, 0, 1, false);
	rig_write_fails(rig, 1, 2, S2MM_CONTROL, FOT, AIE_ERROR_UNSUPPORTED, "while a task runs");
	rig_write_fails(rig, 1, 2, S2MM_CONTROL, OUT_OF_ORDER, AIE_ERROR_UNSUPPORTED, "while a task runs");
	rig_free(rig);
	rig = fot_rig(FOT);
	rig_bd(rig, 1, 2, 0, RIG_BD(.words = 0));
	rig_push(rig, 1, 2, false, 0, 0, 1, false);
	expect_fault(rig, "Buffer_Length 0");
}

/* ---- compression ------------------------------------------------------------------------------------------------- */

/* dma.md 6.3: a mask of the bytes that are not zero, then these bytes from the lowest on, filled up to a word. */
static void test_compressed_form(void **state)
{
	static const uint32_t plain[8] = { 0x00000011, 0, 0x22003300, 0, 0, 0, 0x00440000, 0x55000000 };
	uint32_t packed[9], back[8];

	(void)state;
	assert_int_equal(aie_compress(plain, packed), 3);
	/* bytes 0, 9, 11, 26, 31 */
	assert_int_equal(packed[0], 1U << 0 | 1U << 9 | 1U << 11 | 1U << 26 | 1U << 31);
	assert_int_equal(packed[1], 0x44223311);
	assert_int_equal(packed[2], 0x00000055);
	aie_expand(packed, back);
	assert_memory_equal(back, plain, sizeof plain);
	assert_int_equal(aie_compress((const uint32_t[8]){ 0 }, packed), 1);
	assert_int_equal(packed[0], 0);
	memset(back, 0xA5, sizeof back);
	assert_int_equal(aie_compress(back, packed), 9);
	assert_int_equal(packed[0], 0xFFFFFFFF);
	assert_int_equal(packed[8], 0xA5A5A5A5);
	assert_int_equal(aie_compressed_words(0xF), 2);
	assert_int_equal(aie_compressed_words(0x1F), 3);
}

/* What the stream carries, and that the other side gets the data back; strides on both sides; both the channel and the
 * descriptor have to have it on. */
static void test_compression(void **state)
{
	enum { WORDS = 128, LOOSE = 0x2000 };
	uint32_t value[WORDS], packed[WORDS / 8 * 9];
	unsigned length = 0;

	(void)state;
	for (unsigned i = 0; i < WORDS; i++)
		value[i] = i % 8 < 5 ? i % 3 * 0x01000100 + (i % 7 == 0 ? i : 0) : 0;
	for (unsigned i = 0; i < WORDS; i += 8)
		length += aie_compress(value + i, packed + length);
	assert_in_range(length, 17, WORDS);
	for (unsigned pass = 0; pass < 4; pass++) {
		bool compress = pass < 3, expand = pass == 1 || pass == 2;
		unsigned received = expand ? WORDS : compress ? length : WORDS;
		struct rig *rig = rig_new("npu4", MEMORY);

		rig_connect(rig, 0, 2, PORT('D', 0), PORT('S', 0));
		rig_connect(rig, 0, 1, PORT('N', 0), PORT('D', 0));
		for (unsigned i = 0; i < WORDS; i++)
			rig_write(rig, 0, 2, LOOSE + 4 * (pass == 2 ? 3 * i : i), value[i]);
		/* pass 3: only the descriptors have it on */
		rig_write(rig, 0, 2, MM2S_CONTROL, compress ? COMPRESSION : 0);
		rig_write(rig, 0, 1, 0xA0600, expand ? COMPRESSION : 0);
		rig_bd(rig, 0, 2, 0,
		       RIG_BD(.address = LOOSE, .words = WORDS, .step = { pass == 2 ? 3 : 1 }, .compression = true));
		rig_bd(rig, 0, 1, 0,
		       RIG_BD(.address = 0x40, .words = received, .step = { pass == 2 ? 5 : 1, 1, 1 },
		              .compression = true));
		rig_push(rig, 0, 1, false, 0, 0, 1, false);
		rig_push(rig, 0, 2, true, 0, 0, 1, false);
		rig_run(rig, 10000);
		assert_int_equal(rig_waits(rig), 0);
		assert_int_equal(aie_array_channel(rig->array, 0, 2, true, 0)->bytes,
		                 compress ? length * 4 : WORDS * 4);
		for (unsigned i = 0; i < received; i++)
			assert_int_equal(rig_word(rig, 0, 1, 0x40 + 4 * (pass == 2 ? 5 * i : i)),
			                 compress && !expand ? packed[i] : value[i]);
		assert_int_equal(rig_read(rig, 0, 2, MM2S_CONTROL), compress ? COMPRESSION : 0);
		rig_free(rig);
	}
}

/* Compressed packets: the header is not compressed. */
static void test_compressed_packet(void **state)
{
	struct rig *rig = rig_new("npu4", MEMORY);

	(void)state;
	rig_packet_slot(rig, 0, 2, PORT('D', 0), 0, 5, 0x1F, 0, 0);
	rig_packet_master(rig, 0, 2, PORT('D', 0), 0, 1, false);
	rig_write(rig, 0, 2, 0x10, 0xFF00);
	rig_write(rig, 0, 2, MM2S_CONTROL, COMPRESSION);
	rig_bd(rig, 0, 2, 0, RIG_BD(.words = 16, .packet = true, .packet_id = 5, .compression = true));
	rig_bd(rig, 0, 2, 1, RIG_BD(.address = 0x100, .words = 4));
	rig_push(rig, 0, 2, false, 0, 1, 1, false);
	rig_push(rig, 0, 2, true, 0, 0, 1, false);
	rig_run(rig, 5000);
	assert_int_equal(rig_waits(rig), 0);
	assert_int_equal(rig_word(rig, 0, 2, 0x100), 2 << 16 | 5); /* three ones: odd already */
	assert_int_equal(rig_word(rig, 0, 2, 0x104), 1 << 17);
	assert_int_equal(rig_word(rig, 0, 2, 0x108), 0xFF);
	assert_int_equal(rig_word(rig, 0, 2, 0x10C), 0);
	rig_free(rig);
}

static void test_compression_refused(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_write(rig, 0, 2, MM2S_CONTROL, COMPRESSION);
	rig_bd(rig, 0, 2, 0, RIG_BD(.words = 12, .compression = true));
	rig_push(rig, 0, 2, true, 0, 0, 1, false);
	expect_fault(rig, "not a multiple of 8 words");
	rig = rig_new("npu4", 0);
	rig_write(rig, 0, 2, S2MM_CONTROL, COMPRESSION | FOT);
	rig_bd(rig, 0, 2, 0, RIG_BD(.words = 16, .compression = true));
	rig_push(rig, 0, 2, false, 0, 0, 1, false);
	expect_fault(rig, "decompression together with");
	rig = rig_new("npu4", 0);
	rig_write(rig, 0, 1, 0xA0630, COMPRESSION);
	rig_bd(rig, 0, 1, 0,
	       RIG_BD(.words = 16, .step = { 1 }, .wrap = { 6 }, .pad_before = { 1 }, .pad_after = { 1 },
	              .compression = true));
	rig_push(rig, 0, 1, true, 0, 0, 1, false);
	expect_fault(rig, "compression together with padding");
}

/* ---- pause ------------------------------------------------------------------------------------------------------- */

/* dma.md 4: Pause_Stream stops stream traffic, Pause_Mem new commands; clearing goes on where it was. */
static void test_pause(void **state)
{
	enum { PAUSE_MEM = 1 << 1, PAUSE_STREAM = 1 << 2 };

	(void)state;
	for (unsigned pass = 0; pass < 4; pass++) {
		struct rig *rig = rig_new("npu4", MEMORY);
		bool mm2s = pass < 2, stream = pass % 2;
		uint32_t control = mm2s ? 0x1D210 : 0x1D200;
		struct aie_ddr_counters ddr;

		rig_route_up(rig, 0, 0, 0, 1, 0);
		rig_route_down(rig, 0, 1, 2, 0, 0);
		for (unsigned i = 0; i < 1024; i++)
			rig_memory(rig, 0)[i] = i;
		rig_bd(rig, 0, 1, 0, RIG_BD(.words = 1024, .release = 0, .release_value = 1));
		rig_bd(rig, 0, 1, 1, RIG_BD(.words = 1024, .acquire = 0, .acquire_value = -1));
		rig_push(rig, 0, 1, false, 0, 0, 1, false);
		rig_push(rig, 0, 1, true, 2, 1, 1, false);
		rig_bd(rig, 0, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = 1024));
		rig_bd(rig, 0, 0, 1, RIG_BD(.address = RIG_MEMORY_BASE + OUT, .words = 1024));
		rig_write(rig, 0, 0, control, stream ? PAUSE_STREAM : PAUSE_MEM);
		rig_push(rig, 0, 0, true, 0, 0, 1, false);
		rig_push(rig, 0, 0, false, 0, 1, 1, false);
		rig_run(rig, 10000);
		aie_array_ddr(rig->array, &ddr);
		if (mm2s) {
			assert_int_equal(aie_array_channel(rig->array, 0, 0, true, 0)->bytes, 0);
			assert_int_equal(ddr.bytes_read != 0, stream);
		} else {
			assert_int_equal(aie_array_channel(rig->array, 0, 0, false, 0)->bytes != 0, !stream);
			assert_int_equal(ddr.bytes_written, 0);
		}
		rig_expect_wait(rig, mm2s ? "shim (0,0) DMA MM2S 0" : "shim (0,0) DMA S2MM 0",
		                stream ? "is paused (Pause_Stream)" : "is paused (Pause_Mem)", NULL);
		rig_write(rig, 0, 0, control, 0);
		aie_array_run(rig->array, aie_array_cycle(rig->array) + 150, false);
		rig_write(rig, 0, 0, control, PAUSE_STREAM | PAUSE_MEM);
		rig_run(rig, 10000);
		rig_write(rig, 0, 0, control, 0);
		rig_run(rig, 20000);
		assert_int_equal(rig_waits(rig), 0);
		assert_memory_equal(rig_memory(rig, OUT), rig_memory(rig, 0), 4096);
		rig_free(rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_out_of_order),
		cmocka_unit_test(test_out_of_order_shim),
		cmocka_unit_test(test_out_of_order_bad_id),
		cmocka_unit_test(test_out_of_order_length),
		cmocka_unit_test(test_fot),
		cmocka_unit_test(test_fot_length),
		cmocka_unit_test(test_fot_counts),
		cmocka_unit_test(test_fot_counts_full),
		cmocka_unit_test(test_fot_shim),
		cmocka_unit_test(test_fot_refused),
		cmocka_unit_test(test_compressed_form),
		cmocka_unit_test(test_compression),
		cmocka_unit_test(test_compressed_packet),
		cmocka_unit_test(test_compression_refused),
		cmocka_unit_test(test_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
