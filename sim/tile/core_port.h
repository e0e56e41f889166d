/* What a compute tile offers to its core: memories and locks of four tiles, streams, cascade, the register bus.
 *
 * Windows as a core sees them: 0x40000 south, 0x50000 west, 0x60000 north, 0x70000 own; lock ids 0, 16, 32, 48
 * likewise; the row below the first compute row is a memory tile and not visible.  (documented AM020; ids checked with
 * open tools)
 */
#ifndef AIE_SIM_TILE_CORE_PORT_H
#define AIE_SIM_TILE_CORE_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/array/stream.h"
#include "sim/core/core.h"

struct aie_array;
struct aie_tile;

enum aie_neighbour { AIE_SIDE_SOUTH, AIE_SIDE_WEST, AIE_SIDE_NORTH, AIE_SIDE_OWN, AIE_SIDES };
const char *aie_side_name(enum aie_neighbour side);

enum { AIE_CASCADE_MAX = 128 };

/* What the last refused request of the core waits for; NONE: for nothing that an event announces. */
enum aie_core_wait {
	AIE_CORE_WAIT_NONE,
	AIE_CORE_WAIT_LOCK,
	AIE_CORE_WAIT_STREAM_IN,
	AIE_CORE_WAIT_STREAM_OUT,
	AIE_CORE_WAIT_CASCADE_IN,
	AIE_CORE_WAIT_CASCADE_OUT
};

/* A cascade word waits at its writer until the reader takes it. */
struct aie_cascade {
	struct {
		uint64_t time; /* at the reader */
		uint8_t word[64];
	} * slot;
	uint64_t head, tail;
};

struct aie_core_side {
	struct aie_core *core;
	struct aie_tile *window[AIE_SIDES]; /* NULL: nothing there, or isolated */
	struct aie_route route;
	struct aie_sink sink;
	struct aie_cascade cascade; /* out */
	uint32_t control;           /* Core_Control */
	uint32_t accumulator;       /* Accumulator_Control */
	bool bus_enable;            /* Core_Processor_Bus */
	bool asleep;
	uint8_t watched;      /* AIE_WATCH_..., see sim/tile/event.h */
	uint32_t pc_event[4]; /* PC_Event registers */
	uint16_t *classes;    /* instruction events by program address; NULL until somebody wants them */
	bool cascade_waits;   /* asleep for its cascade input */
	uint8_t wait;         /* enum aie_core_wait of this step */
	uint8_t streak;       /* steps in a row that only waited */
	uint64_t accounted;   /* cycles before this one are in the core's counters */
};

int aie_core_side_init(struct aie_array *array, struct aie_tile *tile, struct aie_error *error);
/* Who its windows show, after an isolation has changed; nothing to do in a tile without a core. */
void aie_core_side_find_windows(struct aie_tile *tile);
void aie_core_side_free(struct aie_tile *tile);
void aie_core_side_reset(struct aie_array *array, struct aie_tile *tile);

/* One cycle; returns false when the core need not be called in the next one. */
bool aie_core_side_step(struct aie_array *array, struct aie_tile *tile, uint64_t now);
/* Bring the counters of a sleeping core up to `now`. */
void aie_core_side_settle(struct aie_tile *tile, uint64_t now);
/* Core_Control and what it starts or stops. */
void aie_core_side_control(struct aie_array *array, struct aie_tile *tile, uint32_t value);
/* Core_Processor_Bus. */
void aie_core_side_set_bus(struct aie_tile *tile, bool enable);
uint32_t aie_core_side_status(const struct aie_tile *tile);

/* The tile that the cascade output of `tile` leads to, and whether that tile listens; NULL at the edge. */
struct aie_tile *aie_cascade_reader(const struct aie_tile *tile);
struct aie_tile *aie_cascade_writer(const struct aie_tile *tile);

#endif
