/* What an image can get wrong about data movement: each mistake ends in the error state that the hardware has for it,
 * where that is known, and in one line that names tile, channel and field; never in a crash or a silent wrap.
 */
#include "tests/array/rig.h"

enum { COLUMN = 3, MEMORY = 1 << 14 };

/* The array stops with that category, and says all of `texts` (NULL at the end). */
static void expect_fault(struct rig *rig, enum aie_error_category category, const char *const *texts)
{
	assert_int_equal(aie_array_run(rig->array, 100000, false), AIE_ARRAY_FAULT);
	aie_array_fault(rig->array, &rig->error);
	assert_int_equal(rig->error.category, category);
	for (; *texts; texts++)
		if (!strstr(rig->error.text, *texts))
			fail_msg("'%s' does not say '%s'", rig->error.text, *texts);
}
#define SAYS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void words(struct rig *rig, unsigned row, unsigned id, const uint32_t *text, unsigned count)
{
	uint32_t base = row == 1 ? 0xA0000 : 0x1D000;

	assert_int_equal(aie_array_write_block(rig->array, aie_tile_address(COLUMN, row, base + 0x20 * id), text, count,
	                                       &rig->error),
	                 0);
}

/* ---- length and stride ------------------------------------------------------------------------------------------- */

/* Buffer_Length beyond the end of a compute tile's memory, in both directions. */
static void test_length_compute(void **state)
{
	(void)state;
	for (unsigned mm2s = 0; mm2s < 2; mm2s++) {
		struct rig *rig = rig_new("npu4", 0);

		rig_connect(rig, COLUMN, 2, PORT('D', 0), PORT('D', 0));
		rig_bd(rig, COLUMN, 2, 4, RIG_BD(.address = 0xFF00, .words = 100));
		rig_bd(rig, COLUMN, 2, 5, RIG_BD(.words = 100));
		rig_push(rig, COLUMN, 2, mm2s, 0, 4, 1, false);
		rig_push(rig, COLUMN, 2, !mm2s, 0, 5, 1, false);
		expect_fault(rig, AIE_ERROR_UNDEFINED,
		             SAYS(mm2s ? "compute (3,2) DMA MM2S 0 BD 4" : "compute (3,2) DMA S2MM 0 BD 4",
		                  "address 0x10000", "0x10000 bytes"));
		rig_free(rig);
	}
}

/* The largest step: the second row lies outside. */
static void test_stride_compute(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_connect(rig, COLUMN, 2, PORT('D', 1), PORT('D', 1));
	rig_bd(rig, COLUMN, 2, 15, RIG_BD(.address = 0x8000, .words = 16, .step = { 1, 8192 }, .wrap = { 4, 0 }));
	rig_push(rig, COLUMN, 2, true, 1, 15, 1, false);
	expect_fault(rig, AIE_ERROR_UNDEFINED, SAYS("compute (3,2) DMA MM2S 1 BD 15", "address 0x10000"));
	rig_free(rig);
}

/* A memory tile's largest steps: beyond the three windows the channel hangs with Error_DM_Access_to_Unavailable. */
static void test_stride_memory_tile(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_connect(rig, COLUMN, 1, PORT('D', 2), PORT('D', 2));
	rig_bd(rig, COLUMN, 1, 7, RIG_BD(.words = 1000, .step = { 131072 }));
	rig_push(rig, COLUMN, 1, true, 2, 7, 1, false);
	rig_run(rig, 100000);
	assert_int_equal(rig_status(rig, COLUMN, 1, true, 2) >> 8 & 0xF, 1 << 1);
	rig_expect_wait(rig, "memory (3,1) DMA MM2S 2 BD 7", "hangs", "address 0x180000 is not available", NULL);
	rig_free(rig);
}

/* A shim's length of 2^32 - 1 words, and steps that leave the 48-bit address space. */
static void test_length_and_stride_shim(void **state)
{
	static const uint32_t cases[][8] = {
		{ 0xFFFFFFFF, 0x90000000, 0, 0, 3U << 30, 0, 0, 1 << 25 },                        /* length */
		{ 64, 0xFFFFFF00, 0xFFFF, 0, 3U << 30, 0, 0, 1 << 25 },                           /* end of the space */
		{ 64, 0x90000000, 0, 1 << 20 | 0xFFFFF, 1 << 20 | 0xFFFFF, 0xFFFFF, 0, 1 << 25 }, /* steps */
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rig *rig = rig_new("npu4", MEMORY);

		rig_route_up(rig, COLUMN, 0, 0, 2, 0);
		rig_bd(rig, COLUMN, 2, 0, RIG_BD(.words = 1000, .next = 0));
		rig_push(rig, COLUMN, 2, false, 0, 0, 1, false);
		words(rig, 0, 6, cases[i], 8);
		rig_push(rig, COLUMN, 0, true, 0, 6, 1, false);
		expect_fault(rig, AIE_ERROR_FAULT,
		             SAYS("shim (3,0) DMA MM2S 0 BD 6", "system address 0x", "is in no buffer"));
		assert_int_equal(rig_status(rig, COLUMN, 0, true, 0) >> 16 & 3, 1); /* AXI decode error */
		rig_free(rig);
	}
}

/* ---- system addresses -------------------------------------------------------------------------------------------- */

/* Outside every buffer, above and below, and without the aperture, reads and writes. */
static void test_system_address(void **state)
{
	static const struct {
		uint32_t low, high;
		const char *text;
	} cases[] = {
		{ 0x90004000, 0, "0x90004000" },
		{ 0x8FFFFFFC, 0, "0x8FFFFFFC" },
		{ 0x10000000, 0, "0x10000000" },
		{ 0x90000000, 1, "0x190000000" },
		{ 0, 0, "0x0 " },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (unsigned write = 0; write < 2; write++) {
			const uint32_t text[8] = { 16, cases[i].low, cases[i].high, 0, 3U << 30, 0, 0, 1 << 25 };
			struct rig *rig = rig_new("npu4", MEMORY);

			if (write) {
				rig_route_down(rig, COLUMN, 2, 0, 0, 1);
				rig_bd(rig, COLUMN, 2, 0, RIG_BD(.words = 16));
				rig_push(rig, COLUMN, 2, true, 0, 0, 1, false);
			} else {
				rig_route_up(rig, COLUMN, 1, 0, 2, 0);
			}
			words(rig, 0, 11, text, 8);
			rig_push(rig, COLUMN, 0, !write, 1, 11, 1, false);
			expect_fault(rig, AIE_ERROR_FAULT,
			             SAYS(write ? "shim (3,0) DMA S2MM 1 BD 11" : "shim (3,0) DMA MM2S 1 BD 11",
			                  cases[i].text, write ? "bytes to write" : "bytes to read",
			                  "is in no buffer"));
			assert_int_equal(rig_status(rig, COLUMN, 0, !write, 1) >> 16 & 3, 1);
			rig_free(rig);
		}
}

/* ---- descriptors ------------------------------------------------------------------------------------------------- */

/* A chain leads to a descriptor that is not valid: Error_BD_Invalid, once the one before is done. */
static void test_next_descriptor(void **state)
{
	static const unsigned rows[] = { 0, 1, 2 };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct rig *rig = rig_new("npu4", MEMORY);

		rig_bd(rig, COLUMN, rows[i], 0,
		       RIG_BD(.address = rows[i] ? 0 : RIG_MEMORY_BASE, .words = 0, .next = 13));
		rig_push(rig, COLUMN, rows[i], true, 0, 0, 1, true);
		rig_run(rig, 1000);
		assert_int_equal(rig_status(rig, COLUMN, rows[i], true, 0) >> 8 & 0xF, 1 << 3);
		rig_expect_wait(rig, "(3,", "DMA MM2S 0 BD 13", "hangs", "Valid_BD is 0", NULL);
		assert_int_equal(aie_array_channel(rig->array, COLUMN, rows[i], true, 0)->descriptors, 1);
		rig_free(rig);
	}
}

/* Memory tile: a descriptor of the other half, as start and as next, and one beyond the 48: Error_BD_Unavailable. */
static void test_descriptor_of_others(void **state)
{
	static const struct {
		unsigned start, named;
		int next;
	} cases[] = { { 24, 24, -1 }, { 0, 30, 30 }, { 48, 48, -1 }, { 63, 63, -1 } };

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rig *rig = rig_new("npu4", 0);
		char name[32];

		if (cases[i].start < 48)
			rig_bd(rig, COLUMN, 1, cases[i].start, RIG_BD(.words = 0, .next = cases[i].next));
		rig_bd(rig, COLUMN, 1, 30, RIG_BD(.words = 0));
		rig_push(rig, COLUMN, 1, false, 4, cases[i].start, 1, false);
		rig_run(rig, 1000);
		assert_int_equal(rig_status(rig, COLUMN, 1, false, 4) >> 8 & 0xF, 1 << 2);
		snprintf(name, sizeof name, "DMA S2MM 4 BD %u", cases[i].named);
		rig_expect_wait(rig, "memory (3,1)", name, "is not available to this channel", NULL);
		rig_free(rig);
	}
}

/* ---- locks ------------------------------------------------------------------------------------------------------- */

/* Memory tile: ids 192 to 255 name no lock, acquired or released: Error_Lock_Access_to_Unavailable. */
static void test_lock_id(void **state)
{
	static const unsigned ids[] = { 192, 255 };

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		for (unsigned acquire = 0; acquire < 2; acquire++) {
			uint32_t text[8] = { 0, 0x20000 };
			struct rig *rig = rig_new("npu4", 0);

			text[7] = 1U << 31 | (acquire ? 1U << 15 | ids[i] : 1U << 24 | ids[i] << 16);
			words(rig, 1, 5, text, 8);
			rig_push(rig, COLUMN, 1, true, 0, 5, 1, false);
			rig_run(rig, 1000);
			assert_int_equal(rig_status(rig, COLUMN, 1, true, 0) >> 8 & 0xF, 1 << 0);
			rig_expect_wait(rig, "memory (3,1) DMA MM2S 0 BD 5", "its lock is not available", NULL);
			rig_free(rig);
		}
}

/* The register of a lock takes 0 to 63 and names itself otherwise. */
static void test_lock_value(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_write_fails(rig, COLUMN, 2, 0x1F000 + 0x10 * 9, 64, AIE_ERROR_INPUT, "Lock9_value");
	rig_write_fails(rig, COLUMN, 1, 0xC0000 + 0x10 * 63, 0xFFFFFFFF, AIE_ERROR_INPUT, "a lock holds 0 to 63");
	rig_free(rig);
}

/* ---- queues and packets ------------------------------------------------------------------------------------------ */

/* The sixth task of a channel that stands is dropped: the sticky bit, and what was lost, until the bit is cleared. */
static void test_queue_overflow(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	for (unsigned i = 0; i < 7; i++) {
		rig_bd(rig, COLUMN, 2, i, RIG_BD(.words = 4));
		rig_push(rig, COLUMN, 2, false, 1, i, 1, false);
	}
	rig_run(rig, 1000);
	assert_int_equal(rig_status(rig, COLUMN, 2, false, 1) >> 18 & 0x1F, 1 | 1 << 1 | 4 << 2);
	rig_expect_wait(rig, "compute (3,2) DMA S2MM 1 has lost 2 tasks", "BD 6", "Task_Queue_Overflow", NULL);
	rig_write(rig, COLUMN, 2, 0x1DF04, 1 << 18);
	assert_int_equal(rig_status(rig, COLUMN, 2, false, 1) >> 18 & 1, 0);
	assert_int_equal(rig_waits(rig), 1); /* it still waits for words */
	rig_free(rig);
}

/* A header that fits no slot blocks its port, and the line says which port, id and header. */
static void test_packet_without_slot(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_packet_slot(rig, COLUMN, 2, PORT('D', 0), 2, 9, 0x1F, 0, 0);
	rig_packet_master(rig, COLUMN, 2, PORT('D', 0), 0, 1, false);
	rig_bd(rig, COLUMN, 2, 0, RIG_BD(.words = 200, .packet = true, .packet_id = 8));
	rig_bd(rig, COLUMN, 2, 1, RIG_BD(.address = 0x1000, .words = 200));
	rig_push(rig, COLUMN, 2, true, 0, 0, 1, false);
	rig_push(rig, COLUMN, 2, false, 0, 1, 1, false);
	rig_run(rig, 1000);
	assert_int_equal(aie_array_channel(rig->array, COLUMN, 2, false, 0)->bytes, 0);
	rig_expect_wait(rig, "tile (3,2) slave port DMA0 packet with id 8", "header 0x80620008", "fits no slot", NULL);
	rig_expect_wait(rig, "compute (3,2) DMA MM2S 0 BD 0", "words to go", NULL);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_length_compute),       cmocka_unit_test(test_stride_compute),
		cmocka_unit_test(test_stride_memory_tile),   cmocka_unit_test(test_length_and_stride_shim),
		cmocka_unit_test(test_system_address),       cmocka_unit_test(test_next_descriptor),
		cmocka_unit_test(test_descriptor_of_others), cmocka_unit_test(test_lock_id),
		cmocka_unit_test(test_lock_value),           cmocka_unit_test(test_queue_overflow),
		cmocka_unit_test(test_packet_without_slot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
