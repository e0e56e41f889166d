#include "driver/image/ports.h"

/* First configuration registers, and the first slot. */
#define MASTER_BASE_CORE    AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_AIE_CORE0
#define SLAVE_BASE_CORE     AIE_CORE_STREAM_SWITCH_SLAVE_CONFIG_AIE_CORE0
#define MASTER_BASE_MEMTILE AIE_MEMTILE_STREAM_SWITCH_MASTER_CONFIG_DMA
#define SLAVE_BASE_MEMTILE  AIE_MEMTILE_STREAM_SWITCH_SLAVE_CONFIG_DMA
#define MASTER_BASE_SHIM    AIE_SHIM_STREAM_SWITCH_MASTER_CONFIG_TILE_CTRL
#define SLAVE_BASE_SHIM     AIE_SHIM_STREAM_SWITCH_SLAVE_CONFIG_TILE_CTRL

static const struct switch_registers {
	uint32_t master, slave, slot;
} registers[AIE_TILE_KINDS] = {
	[AIE_TILE_COMPUTE] = { MASTER_BASE_CORE, SLAVE_BASE_CORE, AIE_CORE_STREAM_SWITCH_SLAVE_AIE_CORE0_SLOT },
	[AIE_TILE_MEMORY] = { MASTER_BASE_MEMTILE, SLAVE_BASE_MEMTILE, AIE_MEMTILE_STREAM_SWITCH_SLAVE_DMA_SLOT },
	[AIE_TILE_SHIM] = { MASTER_BASE_SHIM, SLAVE_BASE_SHIM, AIE_SHIM_STREAM_SWITCH_SLAVE_TILE_CTRL_SLOT },
};

/* Port numbers from the register table: a port's configuration register stands at its number times 4. */
#define MASTERS(module, name)                                                                                          \
	{                                                                                                              \
		(AIE_##module##_STREAM_SWITCH_MASTER_CONFIG_##name - MASTER_BASE_##module) / 4,                        \
		        AIE_##module##_STREAM_SWITCH_MASTER_CONFIG_##name##_COUNT                                      \
	}
#define MASTER(module, name)                                                                                           \
	{                                                                                                              \
		(AIE_##module##_STREAM_SWITCH_MASTER_CONFIG_##name - MASTER_BASE_##module) / 4, 1                      \
	}
#define SLAVES(module, name)                                                                                           \
	{                                                                                                              \
		(AIE_##module##_STREAM_SWITCH_SLAVE_CONFIG_##name - SLAVE_BASE_##module) / 4,                          \
		        AIE_##module##_STREAM_SWITCH_SLAVE_CONFIG_##name##_COUNT                                       \
	}
#define SLAVE(module, name)                                                                                            \
	{                                                                                                              \
		(AIE_##module##_STREAM_SWITCH_SLAVE_CONFIG_##name - SLAVE_BASE_##module) / 4, 1                        \
	}

static const struct aie_port_range masters[AIE_TILE_KINDS][AIE_PORT_BUNDLES] = {
	[AIE_TILE_COMPUTE] = {
		[AIE_BUNDLE_CORE] = MASTER(CORE, AIE_CORE0), [AIE_BUNDLE_DMA] = MASTERS(CORE, DMA),
		[AIE_BUNDLE_CONTROL] = MASTER(CORE, TILE_CTRL), [AIE_BUNDLE_FIFO] = MASTER(CORE, FIFO0),
		[AIE_BUNDLE_SOUTH] = MASTERS(CORE, SOUTH), [AIE_BUNDLE_WEST] = MASTERS(CORE, WEST),
		[AIE_BUNDLE_NORTH] = MASTERS(CORE, NORTH), [AIE_BUNDLE_EAST] = MASTERS(CORE, EAST),
	},
	[AIE_TILE_MEMORY] = {
		[AIE_BUNDLE_DMA] = MASTERS(MEMTILE, DMA), [AIE_BUNDLE_CONTROL] = MASTER(MEMTILE, TILE_CTRL),
		[AIE_BUNDLE_SOUTH] = MASTERS(MEMTILE, SOUTH), [AIE_BUNDLE_NORTH] = MASTERS(MEMTILE, NORTH),
	},
	[AIE_TILE_SHIM] = {
		[AIE_BUNDLE_CONTROL] = MASTER(SHIM, TILE_CTRL), [AIE_BUNDLE_FIFO] = MASTER(SHIM, FIFO0),
		[AIE_BUNDLE_SOUTH] = MASTERS(SHIM, SOUTH), [AIE_BUNDLE_WEST] = MASTERS(SHIM, WEST),
		[AIE_BUNDLE_NORTH] = MASTERS(SHIM, NORTH), [AIE_BUNDLE_EAST] = MASTERS(SHIM, EAST),
	},
};

/* The compute tile's two trace ports follow each other. */
_Static_assert(AIE_CORE_STREAM_SWITCH_SLAVE_CONFIG_MEM_TRACE == AIE_CORE_STREAM_SWITCH_SLAVE_CONFIG_AIE_TRACE + 4,
               "trace ports");

static const struct aie_port_range slaves[AIE_TILE_KINDS][AIE_PORT_BUNDLES] = {
	[AIE_TILE_COMPUTE] = {
		[AIE_BUNDLE_CORE] = SLAVE(CORE, AIE_CORE0), [AIE_BUNDLE_DMA] = SLAVES(CORE, DMA),
		[AIE_BUNDLE_CONTROL] = SLAVE(CORE, TILE_CTRL), [AIE_BUNDLE_FIFO] = SLAVE(CORE, FIFO_0),
		[AIE_BUNDLE_SOUTH] = SLAVES(CORE, SOUTH), [AIE_BUNDLE_WEST] = SLAVES(CORE, WEST),
		[AIE_BUNDLE_NORTH] = SLAVES(CORE, NORTH), [AIE_BUNDLE_EAST] = SLAVES(CORE, EAST),
		[AIE_BUNDLE_TRACE] = { (AIE_CORE_STREAM_SWITCH_SLAVE_CONFIG_AIE_TRACE - SLAVE_BASE_CORE) / 4, 2 },
	},
	[AIE_TILE_MEMORY] = {
		[AIE_BUNDLE_DMA] = SLAVES(MEMTILE, DMA), [AIE_BUNDLE_CONTROL] = SLAVE(MEMTILE, TILE_CTRL),
		[AIE_BUNDLE_SOUTH] = SLAVES(MEMTILE, SOUTH), [AIE_BUNDLE_NORTH] = SLAVES(MEMTILE, NORTH),
		[AIE_BUNDLE_TRACE] = SLAVE(MEMTILE, TRACE),
	},
	[AIE_TILE_SHIM] = {
		[AIE_BUNDLE_CONTROL] = SLAVE(SHIM, TILE_CTRL), [AIE_BUNDLE_FIFO] = SLAVE(SHIM, FIFO_0),
		[AIE_BUNDLE_SOUTH] = SLAVES(SHIM, SOUTH), [AIE_BUNDLE_WEST] = SLAVES(SHIM, WEST),
		[AIE_BUNDLE_NORTH] = SLAVES(SHIM, NORTH), [AIE_BUNDLE_EAST] = SLAVES(SHIM, EAST),
		[AIE_BUNDLE_TRACE] = SLAVE(SHIM, TRACE),
	},
};

/* ---- the crossbar: bit sets of bundles -------------------------------------------------------------------------- */

#define B(bundle) (1U << AIE_BUNDLE_##bundle)
#define ALL_SIDES (B(SOUTH) | B(WEST) | B(NORTH) | B(EAST))

struct crossbar {
	uint16_t any;        /* every master of these bundles */
	uint16_t same_index; /* masters of these with the slave's number */
	uint16_t first;      /* the first master of these */
	uint16_t last;       /* the last master of these */
};

static const struct crossbar crossbars[AIE_TILE_KINDS][AIE_PORT_BUNDLES] = {
	[AIE_TILE_COMPUTE] = {
		[AIE_BUNDLE_CORE] = { .any = B(DMA) | B(CONTROL) | B(FIFO) | ALL_SIDES },
		[AIE_BUNDLE_DMA] = { .any = B(CORE) | B(CONTROL) | B(FIFO) | ALL_SIDES, .same_index = B(DMA) },
		[AIE_BUNDLE_CONTROL] = { .any = B(CORE) | B(FIFO) | ALL_SIDES },
		[AIE_BUNDLE_FIFO] = { .any = B(CORE) | B(DMA) | B(CONTROL) | ALL_SIDES, .same_index = B(FIFO) },
		[AIE_BUNDLE_SOUTH] = { .any = B(CORE) | B(DMA) | B(CONTROL) | B(FIFO) | (ALL_SIDES & ~B(SOUTH)),
		                       .same_index = B(SOUTH) },
		[AIE_BUNDLE_WEST] = { .any = B(CORE) | B(DMA) | B(CONTROL) | B(FIFO) | (ALL_SIDES & ~B(WEST)),
		                      .same_index = B(WEST) },
		[AIE_BUNDLE_NORTH] = { .any = B(CORE) | B(DMA) | B(CONTROL) | B(FIFO) | (ALL_SIDES & ~B(NORTH)),
		                       .same_index = B(NORTH) },
		[AIE_BUNDLE_EAST] = { .any = B(CORE) | B(DMA) | B(CONTROL) | B(FIFO) | (ALL_SIDES & ~B(EAST)),
		                      .same_index = B(EAST) },
		[AIE_BUNDLE_TRACE] = { .any = B(FIFO) | B(SOUTH), .first = B(DMA) },
	},
	[AIE_TILE_MEMORY] = {
		[AIE_BUNDLE_DMA] = { .any = B(CONTROL) | B(SOUTH) | B(NORTH), .same_index = B(DMA) },
		[AIE_BUNDLE_CONTROL] = { .any = B(SOUTH) | B(NORTH), .last = B(DMA) },
		[AIE_BUNDLE_SOUTH] = { .any = B(DMA) | B(CONTROL), .same_index = B(SOUTH) | B(NORTH) },
		[AIE_BUNDLE_NORTH] = { .any = B(DMA) | B(CONTROL), .same_index = B(SOUTH) | B(NORTH) },
		[AIE_BUNDLE_TRACE] = { .any = B(SOUTH), .last = B(DMA) },
	},
	[AIE_TILE_SHIM] = {
		[AIE_BUNDLE_CONTROL] = { .any = B(FIFO) | ALL_SIDES },
		[AIE_BUNDLE_FIFO] = { .any = B(CONTROL) | B(FIFO) | ALL_SIDES },
		[AIE_BUNDLE_SOUTH] = { .any = B(CONTROL) | B(FIFO) | ALL_SIDES },
		[AIE_BUNDLE_WEST] = { .any = B(CONTROL) | B(FIFO) | (ALL_SIDES & ~B(WEST)), .same_index = B(WEST) },
		[AIE_BUNDLE_NORTH] = { .any = B(CONTROL) | B(FIFO) | (ALL_SIDES & ~B(NORTH)), .same_index = B(NORTH) },
		[AIE_BUNDLE_EAST] = { .any = B(CONTROL) | B(FIFO) | (ALL_SIDES & ~B(EAST)), .same_index = B(EAST) },
		[AIE_BUNDLE_TRACE] = { .any = B(FIFO) | B(SOUTH), .first = B(WEST) | B(EAST) },
	},
};

struct aie_port_range aie_switch_ports(enum aie_tile_kind kind, bool master, enum aie_port_bundle bundle)
{
	return master ? masters[kind][bundle] : slaves[kind][bundle];
}

unsigned aie_switch_port_count(enum aie_tile_kind kind, bool master)
{
	unsigned count = 0;

	for (unsigned bundle = 0; bundle < AIE_PORT_BUNDLES; bundle++)
		count += aie_switch_ports(kind, master, (enum aie_port_bundle)bundle).count;
	return count;
}

enum aie_port_bundle aie_port_bundle(enum aie_tile_kind kind, bool master, unsigned port, unsigned *index)
{
	for (unsigned bundle = 0; bundle < AIE_PORT_BUNDLES; bundle++) {
		const struct aie_port_range range = aie_switch_ports(kind, master, (enum aie_port_bundle)bundle);

		if (port >= range.first && port < (unsigned)range.first + range.count) {
			*index = port - range.first;
			return (enum aie_port_bundle)bundle;
		}
	}
	return AIE_PORT_BUNDLES;
}

const char *aie_port_bundle_name(enum aie_port_bundle bundle)
{
	static const char *const names[AIE_PORT_BUNDLES] = {
		[AIE_BUNDLE_CORE] = "Core",   [AIE_BUNDLE_DMA] = "DMA",     [AIE_BUNDLE_CONTROL] = "TileCtrl",
		[AIE_BUNDLE_FIFO] = "FIFO",   [AIE_BUNDLE_SOUTH] = "South", [AIE_BUNDLE_WEST] = "West",
		[AIE_BUNDLE_NORTH] = "North", [AIE_BUNDLE_EAST] = "East",   [AIE_BUNDLE_TRACE] = "Trace",
	};

	return names[bundle];
}

bool aie_ports_joinable(enum aie_tile_kind kind, unsigned slave, unsigned master)
{
	unsigned from_index = 0, to_index = 0;
	const enum aie_port_bundle from = aie_port_bundle(kind, false, slave, &from_index),
	                           to = aie_port_bundle(kind, true, master, &to_index);
	const struct crossbar *way;

	if (from == AIE_PORT_BUNDLES || to == AIE_PORT_BUNDLES)
		return false;
	way = &crossbars[kind][from];
	return way->any >> to & 1 || (way->same_index >> to & 1 && from_index == to_index) ||
	       (way->first >> to & 1 && to_index == 0) ||
	       (way->last >> to & 1 && to_index + 1 == masters[kind][to].count);
}

bool aie_port_follow(unsigned columns, struct aie_switch_port master, struct aie_switch_port *slave)
{
	static const struct wire {
		int8_t column, row;
		uint8_t other; /* 0: no wire */
	} wires[AIE_PORT_BUNDLES] = {
		[AIE_BUNDLE_SOUTH] = { 0, -1, AIE_BUNDLE_NORTH },
		[AIE_BUNDLE_NORTH] = { 0, 1, AIE_BUNDLE_SOUTH },
		[AIE_BUNDLE_WEST] = { -1, 0, AIE_BUNDLE_EAST },
		[AIE_BUNDLE_EAST] = { 1, 0, AIE_BUNDLE_WEST },
	};
	unsigned index = 0;
	const enum aie_port_bundle bundle =
	        aie_port_bundle(aie_tile_kind_of_row(master.row), true, master.port, &index);
	struct aie_port_range range;
	int column, row;

	if (bundle == AIE_PORT_BUNDLES || !wires[bundle].other)
		return false;
	column = master.column + wires[bundle].column;
	row = master.row + wires[bundle].row;
	if (column < 0 || column >= (int)columns || row < 0 || row >= AIE_ARRAY_ROWS)
		return false;
	range = slaves[aie_tile_kind_of_row((unsigned)row)][wires[bundle].other];
	if (index >= range.count)
		return false;
	*slave = (struct aie_switch_port){ (uint8_t)column, (uint8_t)row, (uint8_t)(range.first + index) };
	return true;
}

unsigned aie_shim_dma_slave(unsigned mm2s_channel)
{
	static const uint8_t south[] = { 3, 7 };

	return slaves[AIE_TILE_SHIM][AIE_BUNDLE_SOUTH].first + south[mm2s_channel];
}

unsigned aie_shim_dma_master(unsigned s2mm_channel)
{
	static const uint8_t south[] = { 2, 3 };

	return masters[AIE_TILE_SHIM][AIE_BUNDLE_SOUTH].first + south[s2mm_channel];
}

uint32_t aie_port_master_config(enum aie_tile_kind kind, unsigned port)
{
	return registers[kind].master + 4 * port;
}

uint32_t aie_port_slave_config(enum aie_tile_kind kind, unsigned port)
{
	return registers[kind].slave + 4 * port;
}

uint32_t aie_port_slave_slot(enum aie_tile_kind kind, unsigned port, unsigned slot)
{
	return registers[kind].slot + 4 * (AIE_SWITCH_SLOTS * port + slot);
}
