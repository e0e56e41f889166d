/* Stream switches as images configure them: port numbers, wires, the crossbar, registers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "driver/image/ports.h"

/* Fact: 23 masters and 25 slaves in a compute tile, 17 and 18 in a memory tile, 22 and 23 in a shim tile, in the order
 * of their registers. */
static void numbers(void **state)
{
	static const struct {
		enum aie_tile_kind kind;
		bool master;
		enum aie_port_bundle bundle;
		unsigned first, count;
	} cases[] = {
		{ AIE_TILE_COMPUTE, true, AIE_BUNDLE_CORE, 0, 1 },
		{ AIE_TILE_COMPUTE, true, AIE_BUNDLE_DMA, 1, 2 },
		{ AIE_TILE_COMPUTE, true, AIE_BUNDLE_SOUTH, 5, 4 },
		{ AIE_TILE_COMPUTE, true, AIE_BUNDLE_WEST, 9, 4 },
		{ AIE_TILE_COMPUTE, true, AIE_BUNDLE_NORTH, 13, 6 },
		{ AIE_TILE_COMPUTE, true, AIE_BUNDLE_EAST, 19, 4 },
		{ AIE_TILE_COMPUTE, false, AIE_BUNDLE_SOUTH, 5, 6 },
		{ AIE_TILE_COMPUTE, false, AIE_BUNDLE_NORTH, 15, 4 },
		{ AIE_TILE_COMPUTE, false, AIE_BUNDLE_TRACE, 23, 2 },
		{ AIE_TILE_COMPUTE, true, AIE_BUNDLE_TRACE, 0, 0 },
		{ AIE_TILE_MEMORY, true, AIE_BUNDLE_DMA, 0, 6 },
		{ AIE_TILE_MEMORY, true, AIE_BUNDLE_SOUTH, 7, 4 },
		{ AIE_TILE_MEMORY, true, AIE_BUNDLE_NORTH, 11, 6 },
		{ AIE_TILE_MEMORY, false, AIE_BUNDLE_SOUTH, 7, 6 },
		{ AIE_TILE_MEMORY, false, AIE_BUNDLE_NORTH, 13, 4 },
		{ AIE_TILE_MEMORY, false, AIE_BUNDLE_TRACE, 17, 1 },
		{ AIE_TILE_MEMORY, true, AIE_BUNDLE_EAST, 0, 0 },
		{ AIE_TILE_SHIM, true, AIE_BUNDLE_CONTROL, 0, 1 },
		{ AIE_TILE_SHIM, true, AIE_BUNDLE_SOUTH, 2, 6 },
		{ AIE_TILE_SHIM, false, AIE_BUNDLE_SOUTH, 2, 8 },
		{ AIE_TILE_SHIM, true, AIE_BUNDLE_EAST, 18, 4 },
		{ AIE_TILE_SHIM, false, AIE_BUNDLE_TRACE, 22, 1 },
	};
	unsigned index = 99;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct aie_port_range range = aie_switch_ports(cases[i].kind, cases[i].master, cases[i].bundle);

		assert_int_equal(range.count, cases[i].count);
		if (range.count)
			assert_int_equal(range.first, cases[i].first);
	}
	assert_int_equal(aie_switch_port_count(AIE_TILE_COMPUTE, true), 23);
	assert_int_equal(aie_switch_port_count(AIE_TILE_COMPUTE, false), 25);
	assert_int_equal(aie_switch_port_count(AIE_TILE_MEMORY, true), 17);
	assert_int_equal(aie_switch_port_count(AIE_TILE_MEMORY, false), 18);
	assert_int_equal(aie_switch_port_count(AIE_TILE_SHIM, true), 22);
	assert_int_equal(aie_switch_port_count(AIE_TILE_SHIM, false), 23);
	assert_int_equal(aie_port_bundle(AIE_TILE_COMPUTE, true, 14, &index), AIE_BUNDLE_NORTH);
	assert_int_equal(index, 1);
	assert_int_equal(aie_port_bundle(AIE_TILE_COMPUTE, true, 23, &index), AIE_PORT_BUNDLES);
	assert_string_equal(aie_port_bundle_name(AIE_BUNDLE_CONTROL), "TileCtrl");
	/* behind the shim's south ports */
	assert_int_equal(aie_shim_dma_slave(0), 5);
	assert_int_equal(aie_shim_dma_slave(1), 9);
	assert_int_equal(aie_shim_dma_master(0), 4);
	assert_int_equal(aie_shim_dma_master(1), 5);
	assert_int_equal(aie_port_master_config(AIE_TILE_MEMORY, 3), 0xB000C);
	assert_int_equal(aie_port_slave_config(AIE_TILE_SHIM, 22), 0x3F158);
	assert_int_equal(aie_port_slave_slot(AIE_TILE_COMPUTE, 23, 1), 0x3F200 + 0x10 * 23 + 4);
}

/* The port of a bundle. */
static unsigned port(enum aie_tile_kind kind, bool master, enum aie_port_bundle bundle, unsigned index)
{
	return aie_switch_ports(kind, master, bundle).first + index;
}

/* Fact: master North k of a tile leads to slave South k of the tile above, East k to West k of the next column, and so
 * back; memory tiles have no sides. */
static void wires(void **state)
{
	const struct aie_switch_port north = { 3, 1, (uint8_t)port(AIE_TILE_MEMORY, true, AIE_BUNDLE_NORTH, 4) };
	const struct aie_switch_port south = { 3, 2, (uint8_t)port(AIE_TILE_COMPUTE, true, AIE_BUNDLE_SOUTH, 2) };
	const struct aie_switch_port east = { 3, 0, (uint8_t)port(AIE_TILE_SHIM, true, AIE_BUNDLE_EAST, 1) };
	const struct aie_switch_port west = { 3, 5, (uint8_t)port(AIE_TILE_COMPUTE, true, AIE_BUNDLE_WEST, 3) };
	const struct aie_switch_port top = { 3, 5, (uint8_t)port(AIE_TILE_COMPUTE, true, AIE_BUNDLE_NORTH, 0) };
	const struct aie_switch_port out = { 3, 0, (uint8_t)aie_shim_dma_master(0) };
	const struct aie_switch_port dma = { 3, 2, (uint8_t)port(AIE_TILE_COMPUTE, true, AIE_BUNDLE_DMA, 0) };
	struct aie_switch_port slave;

	(void)state;
	assert_true(aie_port_follow(8, north, &slave));
	assert_int_equal(slave.row, 2);
	assert_int_equal(slave.port, port(AIE_TILE_COMPUTE, false, AIE_BUNDLE_SOUTH, 4));
	assert_true(aie_port_follow(8, south, &slave));
	assert_int_equal(slave.row, 1);
	assert_int_equal(slave.port, port(AIE_TILE_MEMORY, false, AIE_BUNDLE_NORTH, 2));
	assert_true(aie_port_follow(8, east, &slave));
	assert_int_equal(slave.column, 4);
	assert_int_equal(slave.port, port(AIE_TILE_SHIM, false, AIE_BUNDLE_WEST, 1));
	assert_true(aie_port_follow(8, west, &slave));
	assert_int_equal(slave.column, 2);
	assert_int_equal(slave.port, port(AIE_TILE_COMPUTE, false, AIE_BUNDLE_EAST, 3));
	/* the edges, and ports that lead to no switch */
	assert_false(aie_port_follow(4, east, &slave));
	assert_false(aie_port_follow(8, top, &slave));
	assert_false(aie_port_follow(8, out, &slave));
	assert_false(aie_port_follow(8, dma, &slave));
}

/* Fact: the crossbar as the open compiler's target model states it. */
static void crossbar(void **state)
{
	static const struct {
		enum aie_tile_kind kind;
		enum aie_port_bundle from;
		unsigned from_index;
		enum aie_port_bundle to;
		unsigned to_index;
		bool joined;
	} cases[] = {
		/* compute: traces only to DMA 0, the FIFO and the south */
		{ AIE_TILE_COMPUTE, AIE_BUNDLE_TRACE, 0, AIE_BUNDLE_SOUTH, 3, true },
		{ AIE_TILE_COMPUTE, AIE_BUNDLE_TRACE, 1, AIE_BUNDLE_DMA, 0, true },
		{ AIE_TILE_COMPUTE, AIE_BUNDLE_TRACE, 1, AIE_BUNDLE_DMA, 1, false },
		{ AIE_TILE_COMPUTE, AIE_BUNDLE_TRACE, 0, AIE_BUNDLE_EAST, 0, false },
		{ AIE_TILE_COMPUTE, AIE_BUNDLE_TRACE, 0, AIE_BUNDLE_NORTH, 0, false },
		{ AIE_TILE_COMPUTE, AIE_BUNDLE_SOUTH, 1, AIE_BUNDLE_EAST, 2, true },
		{ AIE_TILE_COMPUTE, AIE_BUNDLE_SOUTH, 1, AIE_BUNDLE_SOUTH, 1, true },
		{ AIE_TILE_COMPUTE, AIE_BUNDLE_SOUTH, 1, AIE_BUNDLE_SOUTH, 2, false },
		{ AIE_TILE_COMPUTE, AIE_BUNDLE_DMA, 0, AIE_BUNDLE_DMA, 0, true },
		{ AIE_TILE_COMPUTE, AIE_BUNDLE_DMA, 0, AIE_BUNDLE_DMA, 1, false },
		{ AIE_TILE_COMPUTE, AIE_BUNDLE_CORE, 0, AIE_BUNDLE_CORE, 0, false },
		{ AIE_TILE_COMPUTE, AIE_BUNDLE_CONTROL, 0, AIE_BUNDLE_DMA, 0, false },
		/* memory: straight on only; traces to DMA 5 and the south */
		{ AIE_TILE_MEMORY, AIE_BUNDLE_NORTH, 2, AIE_BUNDLE_SOUTH, 2, true },
		{ AIE_TILE_MEMORY, AIE_BUNDLE_NORTH, 2, AIE_BUNDLE_SOUTH, 1, false },
		{ AIE_TILE_MEMORY, AIE_BUNDLE_SOUTH, 4, AIE_BUNDLE_DMA, 5, true },
		{ AIE_TILE_MEMORY, AIE_BUNDLE_TRACE, 0, AIE_BUNDLE_DMA, 5, true },
		{ AIE_TILE_MEMORY, AIE_BUNDLE_TRACE, 0, AIE_BUNDLE_DMA, 4, false },
		{ AIE_TILE_MEMORY, AIE_BUNDLE_TRACE, 0, AIE_BUNDLE_SOUTH, 0, true },
		{ AIE_TILE_MEMORY, AIE_BUNDLE_TRACE, 0, AIE_BUNDLE_NORTH, 0, false },
		/* shim: traces to the FIFO, the south, West 0 and East 0 */
		{ AIE_TILE_SHIM, AIE_BUNDLE_TRACE, 0, AIE_BUNDLE_SOUTH, 2, true },
		{ AIE_TILE_SHIM, AIE_BUNDLE_TRACE, 0, AIE_BUNDLE_EAST, 0, true },
		{ AIE_TILE_SHIM, AIE_BUNDLE_TRACE, 0, AIE_BUNDLE_EAST, 1, false },
		{ AIE_TILE_SHIM, AIE_BUNDLE_TRACE, 0, AIE_BUNDLE_WEST, 0, true },
		{ AIE_TILE_SHIM, AIE_BUNDLE_SOUTH, 3, AIE_BUNDLE_NORTH, 0, true },
		{ AIE_TILE_SHIM, AIE_BUNDLE_WEST, 1, AIE_BUNDLE_EAST, 3, true },
		{ AIE_TILE_SHIM, AIE_BUNDLE_WEST, 1, AIE_BUNDLE_WEST, 2, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (aie_ports_joinable(cases[i].kind, port(cases[i].kind, false, cases[i].from, cases[i].from_index),
		                       port(cases[i].kind, true, cases[i].to, cases[i].to_index)) != cases[i].joined)
			fail_msg("%s tile: %s%u to %s%u", aie_tile_kind_name(cases[i].kind),
			         aie_port_bundle_name(cases[i].from), cases[i].from_index,
			         aie_port_bundle_name(cases[i].to), cases[i].to_index);
	assert_false(aie_ports_joinable(AIE_TILE_SHIM, 23, 0));
	assert_false(aie_ports_joinable(AIE_TILE_SHIM, 0, 22));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(numbers), cmocka_unit_test(wires),
		                            cmocka_unit_test(crossbar) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
