/* The register table: known addresses and fields, look-up both ways, no hole in what the generator checks. */
#include "tests/image/testing.h"

#include <stdio.h>

#include "driver/image/registers.h"

/* Addresses and fields stated by the documentation of the array, not by the table. */
static void known_addresses(void **state)
{
	(void)state;
	assert_int_equal(AIE_CORE_CORE_CONTROL, 0x32000);
	assert_int_equal(AIE_CORE_CORE_CONTROL_RESET_VALUE, 2); /* held in reset, not enabled */
	assert_int_equal(AIE_CORE_CORE_CONTROL_ENABLE_LSB, 0);
	assert_int_equal(AIE_CORE_CORE_CONTROL_RESET_LSB, 1);
	assert_int_equal(AIE_CORE_CORE_STATUS_CORE_DONE_LSB, 20);
	assert_int_equal(AIE_CORE_PROGRAM_MEMORY, 0x20000);
	assert_int_equal(AIE_CORE_PROGRAM_MEMORY_STRIDE * AIE_CORE_PROGRAM_MEMORY_COUNT, 16 * 1024);
	assert_int_equal(AIE_MEM_DATAMEMORY_STRIDE * AIE_MEM_DATAMEMORY_COUNT, 64 * 1024);
	assert_int_equal(AIE_MEMTILE_DATAMEMORY_STRIDE * AIE_MEMTILE_DATAMEMORY_COUNT, 512 * 1024);
	assert_int_equal(AIE_MEM_DMA_BD_0, 0x1D000);
	assert_int_equal(AIE_MEM_DMA_BD_0_COUNT, 16);
	assert_int_equal(AIE_MEM_DMA_BD_0_STRIDE, 0x20);
	assert_int_equal(AIE_MEMTILE_DMA_BD_0, 0xA0000);
	assert_int_equal(AIE_MEMTILE_DMA_BD_0_COUNT, 48);
	assert_int_equal(AIE_SHIM_DMA_BD_7, 0x1D01C);
	assert_int_equal(AIE_MEM_LOCK_VALUE, 0x1F000);
	assert_int_equal(AIE_MEMTILE_LOCK_VALUE_COUNT, 64);
	assert_int_equal(AIE_SHIM_DMA_S2MM_TASK_QUEUE, 0x1D204);
	assert_int_equal(AIE_SHIM_DMA_MM2S_TASK_QUEUE, 0x1D214);
	assert_int_equal(AIE_CORE_STREAM_SWITCH_SLAVE_DMA_SLOT_STRIDE0, 0x10);
	assert_int_equal(AIE_CORE_STREAM_SWITCH_SLAVE_DMA_SLOT_STRIDE1, 4);
	assert_int_equal(AIE_CORE_TILE_CONTROL, 0x60020);
	assert_int_equal(AIE_SHIM_COLUMN_CLOCK_CONTROL, 0xFFF20);
}

static void addresses(void **state)
{
	uint32_t address = aie_tile_address(3, 5, 0x1D0A4);

	(void)state;
	assert_int_equal(address, 3U << 25 | 5U << 20 | 0x1D0A4);
	assert_int_equal(aie_address_column(address), 3);
	assert_int_equal(aie_address_row(address), 5);
	assert_int_equal(aie_address_offset(address), 0x1D0A4);
	assert_int_equal(aie_tile_kind_of_row(0), AIE_TILE_SHIM);
	assert_int_equal(aie_tile_kind_of_row(1), AIE_TILE_MEMORY);
	assert_int_equal(aie_tile_kind_of_row(2), AIE_TILE_COMPUTE);
}

static void fields(void **state)
{
	uint32_t word = 0xFFFFFFFF;

	(void)state;
	word = AIE_FIELD_SET(word, AIE_MEM_DMA_BD_0_BUFFER_LENGTH, 0x123);
	assert_int_equal(word, 0xFFFFC123);
	assert_int_equal(AIE_FIELD_GET(word, AIE_MEM_DMA_BD_0_BUFFER_LENGTH), 0x123);
	assert_int_equal(AIE_FIELD_GET(word, AIE_MEM_DMA_BD_0_BASE_ADDRESS), 0x3FFF);
	assert_int_equal(AIE_FIELD(AIE_SHIM_DMA_BD_0_BUFFER_LENGTH, 0xDEADBEEF), 0xDEADBEEF); /* a field of 32 bits */
	assert_int_equal(AIE_FIELD_MASK(AIE_CORE_CORE_CONTROL_RESET), 2);
}

static void check_name(enum aie_tile_kind kind, uint32_t offset, const char *name)
{
	struct aie_register_location location;
	char text[128];

	assert_true(aie_register_find(kind, offset, &location));
	aie_register_print(&location, text, sizeof text);
	assert_string_equal(text, name);
}

static void find_by_offset(void **state)
{
	struct aie_register_location location;

	(void)state;
	check_name(AIE_TILE_COMPUTE, 0x32000, "Core_Control");
	check_name(AIE_TILE_COMPUTE, 0x1D0A4, "DMA_BD5_1");
	check_name(AIE_TILE_COMPUTE, 0x1F0F0, "Lock15_value");
	check_name(AIE_TILE_COMPUTE, 0x00404, "DataMemory[0x404]");
	check_name(AIE_TILE_COMPUTE, 0x23FFC, "Program_Memory[0x3FFC]");
	check_name(AIE_TILE_COMPUTE, 0x3F22C, "Stream_Switch_Slave_DMA_1_Slot3");
	check_name(AIE_TILE_MEMORY, 0x7FFFC, "DataMemory[0x7FFFC]");
	check_name(AIE_TILE_MEMORY, 0xA05FC, "DMA_BD47_7");
	check_name(AIE_TILE_SHIM, 0x1D21C, "DMA_MM2S_1_Task_Queue");
	check_name(AIE_TILE_SHIM, 0x1E00C, "NOC_Interface_ME_To_NOC_SOUTH3"); /* numbers start at 2 */
	assert_true(aie_register_find(AIE_TILE_COMPUTE, 0x30014, &location));
	assert_int_equal(location.byte, 4); /* second word of a 128-bit register */
	assert_int_equal(location.index[1], 1);
	assert_false(aie_register_find(AIE_TILE_COMPUTE, 0x10000, &location));
	assert_false(aie_register_find(AIE_TILE_SHIM, 0, &location));
	assert_false(aie_register_find(AIE_TILE_MEMORY, 0x80000, &location));
	assert_false(aie_register_find(AIE_TILE_COMPUTE, 0xFFFFF, &location));
}

/* Every instance of every register is found at its own address, in the right tile kind. */
static void find_every_instance(void **state)
{
	static const enum aie_tile_kind kinds[] = {
		[AIE_MODULE_CORE] = AIE_TILE_COMPUTE,
		[AIE_MODULE_MEM] = AIE_TILE_COMPUTE,
		[AIE_MODULE_MEMTILE] = AIE_TILE_MEMORY,
		[AIE_MODULE_SHIM] = AIE_TILE_SHIM,
	};

	(void)state;
	assert_true(aie_register_count() > 450);
	assert_null(aie_register_at(aie_register_count()));
	for (unsigned n = 0; n < aie_register_count(); n++) {
		const struct aie_tile_register *reg = aie_register_at(n);
		uint32_t count0 = reg->index_count > 0 ? reg->index[0].count : 1;
		uint32_t count1 = reg->index_count > 1 ? reg->index[1].count : 1;

		assert_ptr_equal(aie_register_find_name((enum aie_register_module)reg->module, reg->name), reg);
		for (uint32_t i = 0; i < count0; i++) {
			for (uint32_t j = 0; j < count1; j++) {
				struct aie_register_location location;
				uint32_t offset = aie_register_offset(reg, i, j), parsed;
				char name[160];
				size_t length;

				assert_true(aie_register_find(kinds[reg->module], offset, &location));
				assert_ptr_equal(location.reg, reg);
				assert_int_equal(location.index[0], i);
				assert_int_equal(location.index[1], j);
				assert_int_equal(location.byte, 0);
				if (n % 7 != 0 && i > 2) /* names of memories are many */
					continue;
				length = (size_t)snprintf(
				        name, sizeof name, "%s.",
				        aie_register_module_name((enum aie_register_module)reg->module));
				assert_true(aie_register_print(&location, name + length, sizeof name - length) <
				            sizeof name - length);
				assert_true(aie_register_parse(kinds[reg->module], name, &parsed));
				assert_int_equal(parsed, offset);
			}
		}
	}
}

static void parse_names(void **state)
{
	static const char *const wrong[] = {
		"",           "Core_Contro",         "Core_Control2", "CORE.DMA_BD3_0", "DMA_BD16_0",    "DMA_BD_0",
		"DataMemory", "DataMemory[0x10000]", "DataMemory[4",  "Core_Control+4", "Core_WL0_Part3"
	};
	uint32_t offset;

	(void)state;
	assert_true(aie_register_parse(AIE_TILE_COMPUTE, "CORE.Core_Control", &offset));
	assert_int_equal(offset, 0x32000);
	assert_true(aie_register_parse(AIE_TILE_COMPUTE, "MEM.DataMemory[1028]", &offset));
	assert_int_equal(offset, 0x404);
	assert_true(aie_register_parse(AIE_TILE_MEMORY, "DMA_BD47_7", &offset));
	assert_int_equal(offset, 0xA05FC);
	assert_true(aie_register_parse(AIE_TILE_COMPUTE, "Core_WL1_Part2+0xC", &offset));
	assert_int_equal(offset, 0x3085C);
	assert_true(aie_register_parse(AIE_TILE_COMPUTE, "MEM.Timer_Control", &offset));
	assert_int_equal(offset, 0x14000);
	assert_false(aie_register_parse(AIE_TILE_SHIM, "Core_Control", &offset));
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (aie_register_parse(AIE_TILE_COMPUTE, wrong[i], &offset))
			fail_msg("'%s' was taken for a register", wrong[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_addresses), cmocka_unit_test(addresses),           cmocka_unit_test(fields),
		cmocka_unit_test(find_by_offset),  cmocka_unit_test(find_every_instance), cmocka_unit_test(parse_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
