/* The array's own structures, seen by sim/array and sim/tile only.
 *
 * One cycle: cores in tile order, then DMA channels in unit order.  What they do to each other (locks, beats, room in a
 * route) is seen from the next cycle on; only banks and locks are fought for inside a cycle, and there the order
 * counts.
 */
#ifndef AIE_SIM_ARRAY_INTERNAL_H
#define AIE_SIM_ARRAY_INTERNAL_H

#include "driver/image/registers.h"
#include "sim/array/array.h"
#include "sim/array/control_packet.h"
#include "sim/array/crew.h"
#include "sim/array/ddr.h"
#include "sim/array/device.h"
#include "sim/array/packet.h"
#include "sim/array/record.h"
#include "sim/array/schedule.h"
#include "sim/array/stream.h"
#include "sim/array/timing.h"
#include "sim/tile/check.h"
#include "sim/tile/core_port.h"
#include "sim/tile/dma.h"
#include "sim/tile/event.h"
#include "sim/tile/lock.h"
#include "sim/tile/memory.h"

/* Who can be woken: a DMA channel or the switch of a tile (packets, control packets) by its unit number, a core by its
 * tile number and this bit, the trace units of a tile by AIE_ENTITY_TRACE and its number. */
#define AIE_ENTITY_CORE  0x80000000U
#define AIE_ENTITY_TRACE 0x40000000U

enum { AIE_LOCK_WAITERS = 32, AIE_DESCRIPTORS_MAX = 48 };

struct aie_lock_waiter {
	uint32_t entity;
	uint8_t lock;
};

/* One direction of a shim's AXI port. */
struct aie_shim_port {
	uint64_t free;
	uint8_t last;    /* channel that had it last */
	bool waiting[2]; /* the channel was refused because the port was not free */
};

struct aie_tile {
	struct aie_array *array;
	uint16_t number;
	uint8_t column, row;
	enum aie_tile_kind kind;
	uint8_t isolation; /* Tile_Control */

	struct aie_tile_memory memory;

	unsigned lock_count;
	struct aie_lock lock[AIE_LOCK_COUNT_MAX];
	uint64_t lock_overflow, lock_underflow;
	unsigned waiter_count;
	struct aie_lock_waiter waiter[AIE_LOCK_WAITERS];

	unsigned channels; /* in each direction; S2MM first */
	struct aie_dma_channel *channel;
	unsigned descriptors;
	uint32_t descriptor[AIE_DESCRIPTORS_MAX][AIE_DESCRIPTOR_WORDS];

	struct aie_switch stream;
	struct aie_packet_switch *packet;
	struct aie_control_handler control;
	struct aie_route
	        trace_route[AIE_TRACE_ROUTES]; /* by number of the slave port: core or the only one; memory module */
	uint32_t mux, demux;                   /* shim */
	struct aie_shim_port read_port, write_port;

	struct aie_core_side core; /* compute */

	struct aie_event_unit *event[2]; /* core, memory tile or shim; memory module or NULL */
	uint64_t lock_watch;             /* locks whose events somebody wants */
	struct aie_tile_check *check;    /* NULL: no checks */
	uint32_t *plain;                 /* registers that are only stored, see sim/array/registers.c */
};

struct aie_array {
	const struct aie_device_profile *profile;
	struct aie_array_timing timing;
	struct aie_array_options options;
	struct aie_system_memory system;
	unsigned columns, rows, tiles;
	struct aie_tile *tile;           /* column by column */
	struct aie_dma_channel *channel; /* all, by unit number */
	unsigned units;                  /* DMA channels; the switches of the tiles follow, by tile number */

	struct aie_schedule schedule;
	uint64_t *core_active, *core_woken; /* bits by tile number; woken: from the next cycle on */
	unsigned core_words;
	bool cores_woken;
	struct aie_crew *crew; /* NULL: one host thread */
	unsigned bus_users;    /* cores whose register bus is on */
	bool routes_dirty;
	bool ports_dirty; /* monitored ports have to be found anew */

	struct aie_events events;
	struct aie_ddr ddr;

	/* by register number of driver/image/registers.h */
	unsigned *plain_first; /* first word in aie_tile.plain */
	unsigned *note_of;     /* number of its note, 0: none */
	unsigned *rule;        /* how it is treated, see registers.c */

	struct aie_register_note *note; /* sim/array/register_store.h */
	unsigned notes;

	struct aie_token *token; /* ring */
	size_t token_size, token_first, token_count;

	struct aie_check *check;       /* NULL: no checks */
	struct aie_recorder *recorder; /* NULL: nothing is recorded */
	aie_hang_watcher *hang_watcher;
	void *hang_user;

	bool faulted;
	unsigned fault_column, fault_row;
	struct aie_error fault;
};

static inline struct aie_tile *aie_array_tile(const struct aie_array *array, unsigned column, unsigned row)
{
	return column < array->columns && row < array->rows ? &array->tile[column * array->rows + row] : NULL;
}

static inline uint64_t aie_now(const struct aie_array *array)
{
	return array->schedule.now;
}

static inline uint32_t aie_switch_unit(const struct aie_array *array, const struct aie_tile *tile)
{
	return array->units + tile->number;
}

static inline struct aie_tile *aie_tile_of_memory(struct aie_tile_memory *memory)
{
	return (struct aie_tile *)(void *)((char *)memory - offsetof(struct aie_tile, memory));
}

/* Let `entity` look again: in the next cycle, or the present one between runs; channels not before `cycle`. */
static inline void aie_array_wake(struct aie_array *array, uint32_t entity, uint64_t cycle)
{
	if (__builtin_expect(array->crew && aie_crew_inside, 0)) {
		aie_crew_wake(array, entity, cycle);
	} else if (entity & AIE_ENTITY_CORE) {
		unsigned number = entity & ~AIE_ENTITY_CORE;

		array->core_woken[number / 64] |= UINT64_C(1) << number % 64;
		array->cores_woken = true;
	} else if (__builtin_expect(entity & AIE_ENTITY_TRACE, 0)) {
		aie_event_wake_tile(&array->tile[entity & ~AIE_ENTITY_TRACE], cycle);
	} else {
		aie_schedule_at(&array->schedule, entity, cycle);
	}
}

/* Locks: an operation of a unit at the present cycle.  WAIT of an acquire puts the unit on the waiter list. */
enum aie_lock_result aie_tile_acquire(struct aie_array *array, struct aie_tile *tile, unsigned lock, int value,
                                      uint32_t entity);
enum aie_lock_result aie_tile_release(struct aie_array *array, struct aie_tile *tile, unsigned lock, int value,
                                      uint32_t entity);
/* A register write to the lock's value. */
void aie_tile_set_lock(struct aie_array *array, struct aie_tile *tile, unsigned lock, unsigned value);
/* The request window: one try, true when it succeeded. */
bool aie_tile_lock_request(struct aie_array *array, struct aie_tile *tile, unsigned lock, bool acquire, int value);
void aie_tile_forget_waiter(struct aie_tile *tile, uint32_t entity);

/* Sides of a tile, as Tile_Control has their bits. */
enum aie_side { AIE_TO_SOUTH, AIE_TO_WEST, AIE_TO_NORTH, AIE_TO_EAST };
/* The neighbour on that side; NULL at the edge of the array and where one of the two is isolated from the other. */
struct aie_tile *aie_tile_neighbour(const struct aie_tile *tile, enum aie_side side);
/* Tile_Control was written or reset. */
void aie_tile_isolate(struct aie_tile *tile, uint32_t isolation);

void aie_tile_reset(struct aie_array *array, struct aie_tile *tile);
/* The memory module (locks, DMA) alone; memory contents stay. */
void aie_tile_reset_memory_module(struct aie_array *array, struct aie_tile *tile);
bool aie_tile_clocked(const struct aie_tile *tile);
/* Something in the tile runs or waits. */
bool aie_tile_busy(const struct aie_tile *tile);
/* Throw away what is under way on routes that touch a column; they are traced anew. */
void aie_streams_drop_column(struct aie_array *array, unsigned column);

/* The first fault stays. */
void aie_array_set_fault(struct aie_array *array, const struct aie_tile *tile, const struct aie_error *error);
int aie_array_put_token(struct aie_array *array, const struct aie_dma_channel *channel);

/* sim/array/waits.c: what the channel lost to a full task queue, "" when nothing. */
void aie_wait_dropped(const struct aie_dma_channel *channel, char *text, size_t size);
/* The line of aie_array_waits() about one unit, "" when it does not wait.  `channel` and `port`
 * (slave port in packet mode) say which of the tile's; both NULL: its core. */
void aie_wait_line(const struct aie_tile *tile, const struct aie_dma_channel *channel, const unsigned *port, char *text,
                   size_t size);

/* sim/array/record.c: what the units tell the record; only while there is one. */
struct aie_recorder {
	unsigned what;
	size_t limit, count, room;
	bool incomplete;
	struct aie_record *entry;
};
static inline bool aie_record_has(const struct aie_array *array, unsigned what)
{
	return array->recorder && (array->recorder->what & what);
}
#define AIE_RECORD_NO_ENTITY UINT32_MAX /* the register bus */
/* The events `active` in `cycle`. */
void aie_record_edges(struct aie_event_unit *unit, uint64_t cycle, const struct aie_event_set *active);
void aie_record_lock(const struct aie_tile *tile, unsigned lock, enum aie_record_what what, int operand,
                     uint32_t entity);
void aie_record_channel(struct aie_dma_channel *channel, enum aie_record_what what, uint64_t cycle);
/* The channel's block ends or becomes another one. */
void aie_record_end_wait(struct aie_dma_channel *channel, uint64_t now);
bool aie_record_leaves_out(const struct aie_event_unit *unit, unsigned event);
void aie_record_free(struct aie_array *array);

/* sim/array/registers.c: plain storage */
int aie_registers_init(struct aie_array *array, struct aie_error *error);
void aie_registers_reset(struct aie_tile *tile);
uint32_t aie_registers_get(const struct aie_tile *tile, uint32_t offset);
int aie_tile_write(struct aie_array *array, struct aie_tile *tile, uint32_t offset, uint32_t value,
                   struct aie_error *error);
int aie_tile_read(struct aie_array *array, struct aie_tile *tile, uint32_t offset, uint32_t *value,
                  struct aie_error *error);

#endif
