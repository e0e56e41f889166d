/* Stream switches as images configure them: which ports a tile has, what is behind them, which may be joined, and where
 * their registers stand.
 *
 * A port is known by its number among the masters (ways out of the switch) or the slaves (ways in) of its tile: the
 * number that circuit-mode configurations and port monitors use, and the distance of its configuration register from
 * the first one (documented: register table).
 */
#ifndef AIE_DRIVER_IMAGE_PORTS_H
#define AIE_DRIVER_IMAGE_PORTS_H

#include "driver/image/registers.h"

enum aie_port_bundle {
	AIE_BUNDLE_CORE,
	AIE_BUNDLE_DMA,
	AIE_BUNDLE_CONTROL,
	AIE_BUNDLE_FIFO,
	AIE_BUNDLE_SOUTH,
	AIE_BUNDLE_WEST,
	AIE_BUNDLE_NORTH,
	AIE_BUNDLE_EAST,
	AIE_BUNDLE_TRACE, /* slaves only; compute tiles: 0 core, 1 memory module */
	AIE_PORT_BUNDLES
};

enum {
	AIE_SWITCH_PORTS_MAX = 25, /* masters or slaves of the largest switch */
	AIE_SWITCH_ARBITERS = 8,
	AIE_SWITCH_SLOTS = 4, /* of a slave port, for packets */
};

struct aie_port_range {
	uint8_t first, count;
};
/* Ports of a bundle; count 0 when there are none. */
struct aie_port_range aie_switch_ports(enum aie_tile_kind kind, bool master, enum aie_port_bundle bundle);
unsigned aie_switch_port_count(enum aie_tile_kind kind, bool master);
/* The bundle of a port and its number in it; AIE_PORT_BUNDLES for a port that the tile does not have. */
enum aie_port_bundle aie_port_bundle(enum aie_tile_kind kind, bool master, unsigned port, unsigned *index);
const char *aie_port_bundle_name(enum aie_port_bundle bundle); /* "Core", "DMA", "TileCtrl", "FIFO", "South", ... */

/* May this slave feed this master?  (documented: the open compiler's target model) */
bool aie_ports_joinable(enum aie_tile_kind kind, unsigned slave, unsigned master);

struct aie_switch_port {
	uint8_t column, row, port;
};
/* The slave port at the other end of a master's wires in an array of `columns` by AIE_ARRAY_ROWS; false when the master
 * leads to no other switch. */
bool aie_port_follow(unsigned columns, struct aie_switch_port master, struct aie_switch_port *slave);

/* Behind the shim's south ports (documented): DMA MM2S 0/1 at slave South 3/7, S2MM 0/1 at master South 2/3, when the
 * multiplexers say so. */
unsigned aie_shim_dma_slave(unsigned mm2s_channel);
unsigned aie_shim_dma_master(unsigned s2mm_channel);

/* Offsets in the tile of a port's configuration register and of a slave port's slots for packets. */
uint32_t aie_port_master_config(enum aie_tile_kind kind, unsigned port);
uint32_t aie_port_slave_config(enum aie_tile_kind kind, unsigned port);
uint32_t aie_port_slave_slot(enum aie_tile_kind kind, unsigned port, unsigned slot);

#endif
