/* Private to driver/image: the shape of the generated register table. */
#ifndef AIE_DRIVER_IMAGE_REGISTERS_TABLE_H
#define AIE_DRIVER_IMAGE_REGISTERS_TABLE_H

#include "driver/image/registers.h"

/* One instance of a register (or one whole memory): bytes [start, end) of the tile. */
struct aie_register_place {
	uint32_t start, end;
	uint16_t number; /* index into aie_register_table */
	uint8_t index[2];
};

struct aie_register_map {
	const struct aie_register_place *place; /* rising, not overlapping */
	unsigned count;
};

extern const struct aie_register_map aie_register_maps[AIE_TILE_KINDS];
extern const struct aie_tile_register *const aie_register_table;
extern const unsigned aie_register_table_count;

#endif
