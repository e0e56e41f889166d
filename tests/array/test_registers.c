/* The register bus: addresses, alignment, reset values, clocks, what is stored and what is refused; parameters of the
 * array. */
#include "tests/array/rig.h"

#include "sim/array/device.h"
#include "sim/tile/memory.h"

static void read_fails(struct rig *rig, uint64_t address, const char *text)
{
	uint32_t value;

	aie_error_clear(&rig->error);
	assert_int_equal(aie_array_read32(rig->array, address, &value, &rig->error), -1);
	assert_int_equal(rig->error.category, AIE_ERROR_INPUT);
	if (!strstr(rig->error.text, text))
		fail_msg("'%s' does not say '%s'", rig->error.text, text);
}

/* address_map.md 1: 8 columns, 6 rows; unlisted offsets and misaligned addresses are errors. */
static void test_bad_addresses(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	read_fails(rig, aie_tile_address(8, 0, 0), "outside the array");
	read_fails(rig, aie_tile_address(0, 6, 0), "outside the array");
	read_fails(rig, UINT64_C(1) << 32, "outside the array");
	read_fails(rig, UINT64_MAX & ~UINT64_C(3), "outside the array");
	read_fails(rig, aie_tile_address(0, 2, 2), "aligned");
	read_fails(rig, aie_tile_address(0, 2, 0x10000), "no register of a compute tile at 0x10000");
	read_fails(rig, aie_tile_address(0, 0, 0), "no register of a shim tile");
	read_fails(rig, aie_tile_address(0, 1, 0x80000), "no register of a memory tile");
	rig_write_fails(rig, 0, 2, 0x3F064, 1, AIE_ERROR_INPUT, "no register");
	rig_write_fails(rig, 0, 1, 0x7FFFF, 1, AIE_ERROR_INPUT, "aligned");
	rig_free(rig);
}

/* Every register of the map can be reached by the model: it reads as its reset value unless it shows live state. */
static void test_reset_values(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	static const unsigned row[] = {
		[AIE_MODULE_CORE] = 3, [AIE_MODULE_MEM] = 3, [AIE_MODULE_MEMTILE] = 1, [AIE_MODULE_SHIM] = 0
	};
	unsigned refused = 0;

	(void)state;
	assert_int_equal(aie_array_reset_columns(rig->array, 1, 1, &rig->error), 0);
	rig_write(rig, 1, 0, AIE_SHIM_COLUMN_CLOCK_CONTROL, 1);
	for (unsigned i = 0; i < aie_register_count(); i++) {
		const struct aie_tile_register *reg = aie_register_at(i);
		uint32_t value;

		if (strncmp(reg->name, "Core_", 5) == 0 && reg->offset < 0x32000)
			continue; /* registers of the core itself */
		if (strcmp(reg->name, "Column_Clock_Control") == 0 || strncmp(reg->name, "Lock_Request", 12) == 0)
			continue;
		if (aie_array_read32(rig->array, aie_tile_address(1, row[reg->module], reg->offset), &value,
		                     &rig->error)) {
			assert_int_equal(rig->error.category, AIE_ERROR_UNIMPLEMENTED);
			assert_string_equal(reg->name, "Program_Memory_Error_Injection#");
			refused++;
		} else if (value != reg->reset) {
			fail_msg("%s reads 0x%X, not 0x%X", reg->name, value, reg->reset);
		}
	}
	assert_int_equal(refused, 1);
	rig_free(rig);
}

/* address_map.md 5: the clock of a column is off at reset; only its shim tile answers. */
static void test_column_clock(void **state)
{
	struct aie_system_memory memory = { 0 };
	struct aie_error error;
	struct aie_array *array = aie_array_create("npu4", &memory, &error);
	uint32_t value;

	(void)state;
	assert_non_null(array);
	assert_int_equal(aie_array_read32(array, aie_tile_address(2, 2, 0), &value, &error), -1);
	assert_non_null(strstr(error.text, "clock is off"));
	assert_non_null(strstr(error.text, "0x040FFF20"));
	assert_int_equal(aie_array_read32(array, aie_tile_address(2, 0, 0xFFF20), &value, &error), 0);
	assert_int_equal(value, 0);
	assert_int_equal(aie_array_write32(array, aie_tile_address(2, 0, 0xFFF20), 1, &error), 0);
	assert_int_equal(aie_array_read32(array, aie_tile_address(2, 2, 0), &value, &error), 0);
	assert_int_equal(aie_array_read32(array, aie_tile_address(3, 2, 0), &value, &error), -1);
	aie_array_destroy(array);
}

/* Stored, refused by name, masked, write-one-to-clear. */
static void test_policies(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_write(rig, 0, 2, 0x34010, 0x55); /* Event_Broadcast0 */
	assert_int_equal(rig_read(rig, 0, 2, 0x34010), 0x55);
	rig_write_fails(rig, 0, 2, 0x3200C, 5, AIE_ERROR_UNIMPLEMENTED, "Reset_Event");
	rig_write_fails(rig, 0, 2, 0x32004, 3, AIE_ERROR_INPUT, "Core_Status");
	rig_write_fails(rig, 0, 2, 0x24000, 3, AIE_ERROR_UNIMPLEMENTED, "Program_Memory_Error_Injection");
	rig_write_fails(rig, 0, 2, 0x60000, 0x36, AIE_ERROR_UNIMPLEMENTED, "Module_Clock_Control");
	rig_write(rig, 0, 2, 0x60000, 0x7);
	/* broadcast block: set and clear registers show in the value register */
	rig_write(rig, 0, 2, 0x34050, 0xFF);
	rig_write(rig, 0, 2, 0x34054, 0x0F);
	assert_int_equal(rig_read(rig, 0, 2, 0x34058), 0xF0);
	/* Event_Status0: TRUE always reads 1 */
	assert_int_equal(rig_read(rig, 0, 2, 0x34200), 2);
	rig_write(rig, 0, 2, 0x34200, 2);
	assert_int_equal(rig_read(rig, 0, 2, 0x34200), 2);
	/* masked write */
	rig_write(rig, 0, 2, 0x100, 0x12345678);
	assert_int_equal(aie_array_mask_write32(rig->array, aie_tile_address(0, 2, 0x100), 0xFF00, 0xAAAA, &rig->error),
	                 0);
	assert_int_equal(rig_read(rig, 0, 2, 0x100), 0x1234AA78);
	rig_free(rig);
}

static void keep_note(void *user, const char *text)
{
	char(*notes)[256] = user;
	unsigned i = 0;

	while (notes[i][0])
		i++;
	assert_true(i < 7);
	snprintf(notes[i], sizeof notes[i], "%s", text);
}

/* A register whose effect is not modelled says so once, with its name and where it was written first; one that only
 * keeps its value by nature, and a reset value, say nothing. */
static void test_notes(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	char notes[8][256] = { "" };

	(void)state;
	rig_write(rig, 2, 3, 0x14100, 0);
	rig_write(rig, 2, 3, 0x36050, 5); /* Spare_Reg */
	aie_array_notes(rig->array, keep_note, notes);
	assert_int_equal(notes[0][0], 0);
	for (unsigned i = 0; i < 3; i++)
		rig_write(rig, 2 + i, 3, 0x14100, 0x80000123);
	rig_write(rig, 0, 0, 0x1E008, 1);
	aie_array_notes(rig->array, keep_note, notes);
	assert_non_null(strstr(notes[0], "tile (2,3) register WatchPoint0 (0x14100) = 0x80000123"));
	assert_non_null(strstr(notes[0], "3 writes"));
	assert_non_null(strstr(notes[1], "tile (0,0) register NOC_Interface_ME_To_NOC_SOUTH2 (0x1E008) = 0x1"));
	assert_int_equal(notes[2][0], 0);
	assert_int_equal(rig_read(rig, 3, 3, 0x14100), 0x80000123);
	rig_free(rig);
}

/* Memories over the bus: data, program, both ends; block writes; zeroisation clears itself. */
static void test_memories(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const uint32_t words[3] = { 1, 2, 3 };

	(void)state;
	assert_int_equal(aie_array_write_block(rig->array, aie_tile_address(0, 2, 0xFFF4), words, 3, &rig->error), 0);
	assert_int_equal(rig_read(rig, 0, 2, 0xFFFC), 3);
	assert_int_equal(aie_array_write_block(rig->array, aie_tile_address(0, 2, 0xFFF8), words, 3, &rig->error), -1);
	rig_write(rig, 0, 1, 0x7FFFC, 9);
	assert_int_equal(rig_read(rig, 0, 1, 0x7FFFC), 9);
	rig_write(rig, 0, 2, 0x23FFC, 0xABCD);
	assert_int_equal(rig_read(rig, 0, 2, 0x23FFC), 0xABCD);
	rig_write(rig, 0, 2, 0x16010, 1);
	assert_int_equal(rig_read(rig, 0, 2, 0xFFFC), 0);
	assert_int_equal(rig_read(rig, 0, 2, 0x16010), 0);
	rig_write(rig, 0, 2, 0x36070, 1);
	assert_int_equal(rig_read(rig, 0, 2, 0x23FFC), 0);
	rig_write(rig, 0, 1, 0x96048, 3);
	assert_int_equal(rig_read(rig, 0, 1, 0x7FFFC), 0);
	assert_int_equal(rig_read(rig, 0, 1, 0x96048), 2);
	rig_free(rig);
}

/* Timers count array cycles and can be reset. */
static void test_timer(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	aie_array_advance(rig->array, 1000);
	assert_int_equal(rig_read(rig, 0, 2, 0x340F8), 1000);
	rig_write(rig, 0, 2, 0x34000, 0x80000000);
	aie_array_advance(rig->array, 1500);
	assert_int_equal(rig_read(rig, 0, 2, 0x340F8), 500);
	assert_int_equal(rig_read(rig, 0, 2, 0x140F8), 1500);
	rig_free(rig);
}

/* address_map.md 3: compute banks: pairs of 16 KiB, interleaved at 32 bytes; memory tile banks. */
static void test_bank_map(void **state)
{
	struct aie_tile_memory memory = { .linear = false };

	(void)state;
	assert_int_equal(aie_bank_of_compute(0), 0);
	assert_int_equal(aie_bank_of_compute(0x1F), 0);
	assert_int_equal(aie_bank_of_compute(0x20), 1);
	assert_int_equal(aie_bank_of_compute(0x40), 0);
	assert_int_equal(aie_bank_of_compute(0x4000), 2);
	assert_int_equal(aie_bank_of_compute(0xFFFF), 7);
	for (uint32_t line = 0; line < 16; line++)
		assert_int_equal(aie_bank_of_memory_tile(&memory, line * 32), line % 8);
	memory.linear = true;
	assert_int_equal(aie_bank_of_memory_tile(&memory, 0xFFFF), 0);
	assert_int_equal(aie_bank_of_memory_tile(&memory, 0x10000), 1);
	assert_int_equal(aie_bank_of_memory_tile(&memory, 0x7FFFF), 7);
}

/* gaps.md 5: core before DMA, the loser of one class comes first in the next cycle, an urgent DMA takes a cycle. */
static void test_bank_arbitration(void **state)
{
	enum { CORE_A = 3, CORE_B = 4, DMA_A = AIE_REQUESTER_DMA | 1, DMA_B = AIE_REQUESTER_DMA | 2 };
	struct aie_tile_memory memory;
	struct aie_bank *bank = &memory.bank[0];

	(void)state;
	aie_banks_reset(&memory);
	assert_true(aie_bank_free(bank, 10, CORE_A));
	aie_bank_take(bank, 10, CORE_A);
	assert_false(aie_bank_free(bank, 10, CORE_B));
	aie_bank_refused(bank, 10, CORE_B, false);
	assert_false(aie_bank_free(bank, 11, CORE_A)); /* kept for B */
	assert_true(aie_bank_free(bank, 11, CORE_B));
	aie_bank_take(bank, 11, CORE_B);
	/* a DMA that loses to a core waits, without a claim */
	aie_bank_refused(bank, 11, DMA_A, false);
	assert_true(aie_bank_free(bank, 12, CORE_A));
	aie_bank_take(bank, 12, CORE_A);
	/* until it is urgent */
	aie_bank_refused(bank, 12, DMA_A, true);
	assert_false(aie_bank_free(bank, 13, CORE_A));
	assert_true(aie_bank_free(bank, 13, DMA_A));
	aie_bank_take(bank, 13, DMA_A);
	/* DMA against DMA: the loser is next among DMAs, cores still come first */
	aie_bank_refused(bank, 13, DMA_B, false);
	assert_false(aie_bank_free(bank, 14, DMA_A));
	assert_true(aie_bank_free(bank, 14, CORE_A));
	assert_true(aie_bank_free(bank, 14, DMA_B));
}

/* The parameter table: every value has an origin and a reason, and can be overridden by name. */
static void test_parameters(void **state)
{
	struct aie_array_timing timing;
	struct aie_error error;

	(void)state;
	assert_non_null(aie_device_profile_parse("npu4,dma_start_cycles=9,stream_fifo_latency=0x3", &timing, &error));
	assert_int_equal(timing.dma_start_cycles, 9);
	assert_int_equal(timing.stream_fifo_latency, 3);
	for (unsigned i = 0; i < aie_array_timing_count(); i++) {
		const struct aie_timing_row *row = aie_array_timing_row(i);

		assert_true(row->value >= row->minimum && row->value <= row->maximum);
		assert_true(strlen(row->reason) > 3 && strlen(aie_timing_origin_name(row->origin)) > 3);
	}
	assert_null(aie_array_timing_row(aie_array_timing_count()));
	assert_null(aie_device_profile_parse("npu9", &timing, &error));
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	assert_null(aie_device_profile_parse("npu4,nonsense=1", &timing, &error));
	assert_non_null(strstr(error.text, "nonsense=1"));
	assert_null(aie_device_profile_parse("npu4,dma_start_cycles", &timing, &error));
	assert_null(aie_device_profile_parse("npu4,dma_start_cycles=", &timing, &error));
	assert_null(aie_device_profile_parse("npu4,dma_start_cycles=-1", &timing, &error));
	assert_null(aie_device_profile_parse("npu4,dma_start_cycles=99999999999999999999", &timing, &error));
	assert_null(aie_device_profile_parse("npu4,dma_start_cycles=1x", &timing, &error));
	assert_null(aie_device_profile_parse("npu4,dma_bd_switch_cycles=0", &timing, &error));
	assert_non_null(strstr(error.text, "must be 1 to"));
}

/* An idle array does not move; its clock is moved by hand. */
static void test_idle(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	assert_int_equal(aie_array_columns(rig->array), 8);
	assert_int_equal(aie_array_rows(rig->array), 6);
	assert_int_equal(aie_array_run(rig->array, 1000, false), AIE_ARRAY_IDLE);
	assert_int_equal(aie_array_cycle(rig->array), 0);
	aie_array_advance(rig->array, 1000);
	assert_int_equal(aie_array_cycle(rig->array), 1000);
	assert_int_equal(aie_array_run(rig->array, 1000, false), AIE_ARRAY_DEADLINE);
	assert_null(aie_array_core(rig->array, 0, 1));
	assert_null(aie_array_core(rig->array, 8, 2));
	assert_non_null(aie_array_core(rig->array, 7, 5));
	assert_null(aie_array_channel(rig->array, 0, 2, true, 2));
	assert_non_null(aie_array_channel(rig->array, 0, 1, true, 5));
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_addresses),
		cmocka_unit_test(test_reset_values),
		cmocka_unit_test(test_column_clock),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_memories),
		cmocka_unit_test(test_timer),
		cmocka_unit_test(test_bank_map),
		cmocka_unit_test(test_bank_arbitration),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
