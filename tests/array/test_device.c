/* The table of devices: columns are alike on all of them, and several arrays live side by side. */
#include "sim/array/device.h"
#include "tests/array/rig.h"

#define NOPS4 "nop\nnop\nnop\nnop\n"
#define NOPS  NOPS4 NOPS4

enum { WORDS = 512 };

/* Every entry can be made; the widest one uses all columns that an address reaches (address_map.md: 7 bits). */
static void test_table(void **state)
{
	(void)state;
	for (unsigned i = 0; i < aie_device_profile_count(); i++) {
		const struct aie_device_profile *profile = aie_device_profile_at(i);
		struct rig *rig = rig_new(profile->name, 0);

		assert_int_equal(aie_array_columns(rig->array), profile->columns);
		assert_true(profile->columns >= 8 && profile->columns <= 128);
		assert_int_equal(aie_array_rows(rig->array), 6);
		rig_write(rig, profile->columns - 1, 0, AIE_SHIM_COLUMN_CLOCK_CONTROL, 1);
		rig_write(rig, profile->columns - 1, 5, 0x100, 0x1234567);
		assert_int_equal(rig_word(rig, profile->columns - 1, 5, 0x100), 0x1234567);
		if (profile->columns < 128)
			assert_int_equal(aie_array_write32(rig->array, aie_tile_address(profile->columns, 0, 0x14000),
			                                   0, &rig->error),
			                 -1);
		rig_free(rig);
	}
	assert_null(aie_device_profile_at(aie_device_profile_count()));
}

/* Memory ports of a wide device do in a cycle what those of as many npu4 do, to the rounding of a burst's time. */
static void test_memory_port_grows(void **state)
{
	struct aie_array_timing npu4, wide;
	struct aie_error error = { 0 };

	(void)state;
	aie_array_timing_default(&npu4);
	for (unsigned i = 0; i < aie_device_profile_count(); i++) {
		const struct aie_device_profile *profile = aie_device_profile_at(i);
		const uint32_t parts = profile->columns / 8;

		assert_ptr_equal(aie_device_profile_parse(profile->name, &wide, &error), profile);
		assert_int_equal(wide.ddr_bytes_per_cycle, npu4.ddr_bytes_per_cycle * parts);
		assert_in_range(2 * parts * wide.ddr_read_interval_64ths, 2 * npu4.ddr_read_interval_64ths - parts,
		                2 * npu4.ddr_read_interval_64ths + parts);
		assert_in_range(2 * parts * wide.ddr_write_overhead_64ths, 2 * npu4.ddr_write_overhead_64ths - parts,
		                2 * npu4.ddr_write_overhead_64ths + parts);
	}
}

/* From memory into tile (column,3) and back; returns the cycles. */
static uint64_t loop_back(struct rig *rig, unsigned column)
{
	uint64_t start = aie_array_cycle(rig->array);

	for (unsigned i = 0; i < WORDS; i++)
		rig_memory(rig, 0)[i] = i * 2654435761U + column;
	rig_route_up(rig, column, 0, 0, 3, 0);
	rig_route_down(rig, column, 3, 0, 0, 0);
	rig_bd(rig, column, 3, 0, RIG_BD(.words = WORDS, .release = 1, .release_value = 1));
	rig_bd(rig, column, 3, 1, RIG_BD(.words = WORDS, .acquire = 1, .acquire_value = -1));
	rig_bd(rig, column, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = WORDS));
	rig_bd(rig, column, 0, 1, RIG_BD(.address = RIG_MEMORY_BASE + 4 * WORDS, .words = WORDS));
	rig_push(rig, column, 3, false, 0, 0, 1, false);
	rig_push(rig, column, 3, true, 0, 1, 1, false);
	rig_push(rig, column, 0, false, 0, 1, 1, false);
	rig_push(rig, column, 0, true, 0, 0, 1, false);
	rig_run(rig, 100000);
	assert_memory_equal(rig_memory(rig, 4 * WORDS), rig_memory(rig, 0), 4 * WORDS);
	return aie_array_cycle(rig->array) - start;
}

/* A column of a wide device is a column of npu4, to the cycle, when the memory port is the same. */
static void test_columns_are_alike(void **state)
{
	static const char wide[] =
	        "npu4x4,ddr_bytes_per_cycle=32,ddr_read_overhead_64ths=22,ddr_write_overhead_64ths=32,"
	        "ddr_read_interval_64ths=171,ddr_write_interval_64ths=288";
	static const unsigned columns[] = { 0, 7, 8, 15, 16, 31 };
	struct rig *rig = rig_new("npu4", 8 * WORDS);
	uint64_t expected = loop_back(rig, 3);

	(void)state;
	rig_free(rig);
	for (unsigned i = 0; i < sizeof columns / sizeof columns[0]; i++) {
		rig = rig_new(wide, 8 * WORDS);
		assert_int_equal(loop_back(rig, columns[i]), expected);
		rig_free(rig);
	}
}

/* All 128 cores of 32 columns at once: each reaches its own memory and its western neighbour's. */
static void test_all_cores(void **state)
{
	struct rig *rig = rig_new("npu4x4", 0);

	(void)state;
	for (unsigned column = 0; column < 32; column++)
		for (unsigned row = 2; row < 6; row++) {
			rig_write(rig, column, row, 0x100, column << 8 | row);
			rig_load(rig, column, row,
			         column ? "movxm p0, #0x50100\nmovxm p1, #0x70200\n" NOPS "lda r0, [p0, #0]\n" NOPS
			                  "st r0, [p1, #0]\n" NOPS "done\n" NOPS
			                : "movxm p0, #0x70100\nmovxm p1, #0x70200\n" NOPS "lda r0, [p0, #0]\n" NOPS
			                  "st r0, [p1, #0]\n" NOPS "done\n" NOPS);
			rig_start(rig, column, row);
		}
	rig_run(rig, 1000);
	for (unsigned column = 0; column < 32; column++)
		for (unsigned row = 2; row < 6; row++) {
			unsigned from = column ? column - 1 : 0;

			assert_int_equal(rig_word(rig, column, row, 0x200), from << 8 | row);
			assert_int_equal(aie_core_counters(aie_array_core(rig->array, column, row))->bundles,
			                 aie_core_counters(aie_array_core(rig->array, 0, 2))->bundles);
		}
	rig_free(rig);
}

/* Several NPUs: arrays share nothing, whatever the order in which they run. */
static void test_several_arrays(void **state)
{
	struct rig *a = rig_new("npu4", 8 * WORDS), *b = rig_new("npu4", 8 * WORDS);
	uint64_t first = loop_back(a, 2), second = loop_back(b, 2);

	(void)state;
	assert_int_equal(first, second);
	assert_int_equal(loop_back(b, 5), loop_back(a, 5));
	rig_free(a);
	rig_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_memory_port_grows),
		cmocka_unit_test(test_columns_are_alike),
		cmocka_unit_test(test_all_cores),
		cmocka_unit_test(test_several_arrays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
