/* The broadcast network: sixteen channels that flood the array from module to module.
 *
 * A tile has two switches, A in the west (core module; in shim and memory tiles the one with the tile's events) and B
 * in the east (memory module; in shim and memory tiles it only passes on).  What comes in by one side goes out by
 * others: to the west from inside, east, north and south; to the east from inside, west, north and south; to the north
 * from inside and south; to the south from inside and north; a mask bit of the way out blocks a channel.  (public
 * register and driver documentation)
 *
 * The shim row does not pass sideways: shim tiles hear each other by way of the memory tiles (measured, Phoenix).  So
 * memory tiles also send to the south what comes in from another column (assumed: the one way that the measurement
 * leaves and that brings an event once).
 */
#include <stdlib.h>

#include "sim/array/internal.h"

enum side { INSIDE, SOUTH, WEST, NORTH, EAST, SIDES };

struct reach {
	struct aie_array *array;
	unsigned channel;
	struct aie_event_drive *drive;
};

static void arrive(struct reach *reach, struct aie_tile *tile, bool b, enum side from, uint32_t delay);

static bool blocked(const struct aie_tile *tile, bool b, enum side to, unsigned channel)
{
	static const uint32_t base[AIE_TILE_KINDS][2] = {
		[AIE_TILE_COMPUTE] = { AIE_CORE_EVENT_BROADCAST_BLOCK_SOUTH_VALUE,
		                       AIE_MEM_EVENT_BROADCAST_BLOCK_SOUTH_VALUE },
		[AIE_TILE_MEMORY] = { AIE_MEMTILE_EVENT_BROADCAST_A_BLOCK_SOUTH_VALUE,
		                      AIE_MEMTILE_EVENT_BROADCAST_B_BLOCK_SOUTH_VALUE },
		[AIE_TILE_SHIM] = { AIE_SHIM_EVENT_BROADCAST_A_BLOCK_SOUTH_VALUE,
		                    AIE_SHIM_EVENT_BROADCAST_B_BLOCK_SOUTH_VALUE },
	};
	const uint32_t stride = AIE_CORE_EVENT_BROADCAST_BLOCK_WEST_VALUE - AIE_CORE_EVENT_BROADCAST_BLOCK_SOUTH_VALUE;

	/* south, west, north, east follow each other */
	return aie_registers_get(tile, base[tile->kind][b] + stride * (uint32_t)(to - SOUTH)) >> channel & 1;
}

static bool passes(const struct aie_tile *tile, bool b, enum side from, enum side to)
{
	if (from == to)
		return false;
	switch (to) {
	case WEST:
	case EAST:
		return true;
	case NORTH:
		return from == INSIDE || from == SOUTH;
	case SOUTH:
		if (from == INSIDE || from == NORTH)
			return true;
		return tile->kind == AIE_TILE_MEMORY && from == (b ? EAST : WEST);
	default:
		return false;
	}
}

static void leave(struct reach *reach, struct aie_tile *tile, bool b, enum side to, uint32_t delay)
{
	static const uint8_t sides[] = {
		[SOUTH] = AIE_TO_SOUTH, [WEST] = AIE_TO_WEST, [NORTH] = AIE_TO_NORTH, [EAST] = AIE_TO_EAST
	};
	struct aie_tile *next = tile;
	bool inside = (to == EAST && !b) || (to == WEST && b); /* between the two switches of a tile */

	delay += reach->array->timing.broadcast_hop_cycles;
	switch (to) {
	case WEST:
	case EAST:
		if (!inside && tile->kind == AIE_TILE_SHIM)
			return;
		if (!inside)
			next = aie_tile_neighbour(tile, (enum aie_side)sides[to]);
		if (next)
			arrive(reach, next, !b, to == EAST ? WEST : EAST, delay);
		return;
	default:
		next = aie_tile_neighbour(tile, (enum aie_side)sides[to]);
		if (next)
			arrive(reach, next, b, to == NORTH ? SOUTH : NORTH, delay);
		return;
	}
}

static void arrive(struct reach *reach, struct aie_tile *tile, bool b, enum side from, uint32_t delay)
{
	const struct aie_event_unit *unit = tile->event[b];

	if (unit && reach->drive->count < reach->array->events.units) {
		reach->drive->target[reach->drive->count].unit = unit->number;
		reach->drive->target[reach->drive->count++].delay = delay;
	}
	for (enum side to = SOUTH; to < SIDES; to++)
		if (passes(tile, b, from, to) && !blocked(tile, b, to, reach->channel))
			leave(reach, tile, b, to, delay);
}

struct aie_event_drive *aie_broadcast_reach(struct aie_event_unit *unit, unsigned channel)
{
	struct aie_event_drive *drive;
	struct reach reach = { .array = unit->array, .channel = channel };

	/* an event comes to each module once at most: vertically in one column of switches, then along the rows */
	drive = malloc(sizeof *drive + unit->array->events.units * sizeof drive->target[0]);
	if (!drive)
		return NULL;
	drive->count = 0;
	reach.drive = drive;
	arrive(&reach, unit->tile, unit->tile->event[1] == unit, INSIDE, unit->array->timing.broadcast_own_cycles);
	return drive;
}
