/* Events of a tile's modules: who raises them, who listens, and the array's clockwork around them.
 *
 * An event module (core, memory, memory tile, shim) has up to 161 events.  Sources ask one bit whether anybody wants an
 * event and raise it only then: a pulse for the present cycle, or a level that holds from now on.  At the end of a
 * cycle the modules with news are brought up to date: groups, combinations and edges are derived, and the timer,
 * performance counters, trace unit and broadcast network see what was active.  Cycles in which nothing changes are
 * taken in one step, so that a module at rest costs nothing whatever it listens to.
 *
 * In one cycle a module's groups, combinations and edges follow from the events of that cycle; a combination whose
 * input is a combination or an edge takes that input from the cycle before (assumed: no source gives delays).  A bank
 * conflict shows as MEMORY_STALL one cycle later (measured, Phoenix).  An instruction's event comes in the cycle in
 * which its bundle issues; so LOCK_ACQUIRE_REQ comes when the lock was granted (assumed).  INSTR_VECTOR is the vector
 * slot, and PC_n the issue of the bundle at the address (assumed).  A core that is done is neither ACTIVE nor DISABLED
 * (assumed).
 *
 * What is not modelled is refused by name where it is asked for: events of the arithmetic status, watchpoints,
 * COMBO_EVENT_3, Event_Status of events that nobody has listened to, and the error events of DMA channels when the
 * task queue of a channel overflows while somebody listens (whether that is one of their errors is not published).
 * Errors of memories (ECC, parity) do not happen.
 */
#ifndef AIE_SIM_TILE_EVENT_H
#define AIE_SIM_TILE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/image/events.h"
#include "driver/image/registers.h"
#include "isa/error.h"
#include "sim/array/schedule.h"
#include "sim/array/stream.h"
#include "sim/tile/event_port.h"
#include "sim/tile/perf.h"
#include "sim/tile/timer.h"
#include "sim/tile/trace.h"

struct aie_array;
struct aie_tile;
struct aie_dma_channel;

enum {
	AIE_EVENT_WORDS = 4, /* of 64 bits: registers of memory tiles hold numbers of 8 bits */
	AIE_EVENT_NONE = 0,
	AIE_EVENT_TRUE = 1,
	AIE_EVENT_COMBOS = 4,
	AIE_EVENT_EDGES = 2,
	AIE_EVENT_GROUPS_MAX = 9,
	AIE_EVENT_LOCKS = 8,       /* lock selections */
	AIE_EVENT_DMA_CHANNELS = 4 /* S2MM 0, 1, MM2S 0, 1, or the memory tile's four selected ones */
};

struct aie_event_set {
	uint64_t word[AIE_EVENT_WORDS];
};

static inline bool aie_event_in(const struct aie_event_set *set, unsigned event)
{
	return set->word[event / 64] >> event % 64 & 1;
}

static inline void aie_event_add(struct aie_event_set *set, unsigned event)
{
	set->word[event / 64] |= UINT64_C(1) << event % 64;
}

/* Where a module's registers and events are; the distances of registers are the same in all modules. */
struct aie_event_map {
	uint32_t base;    /* Timer_Control */
	uint32_t perf;    /* first performance register */
	uint8_t counters; /* performance counters */
	uint8_t bits;     /* of an event number in a register */
	uint8_t statuses; /* Event_Status words */
	uint8_t perf_event, combo_event, edge_event, broadcast_event;
	uint8_t dma_event, dma_error_event, lock_error_event; /* 0: none */
	uint8_t packet_error_event, control_error_event;
	uint8_t lock_event; /* of selection 0; four each */
	uint8_t locks;      /* selections */
	uint32_t lock_register;
	uint8_t conflict_event, port_event; /* 0: none */
	uint32_t port_register;
};

/* A group event: its members as they are enabled. */
struct aie_event_group {
	uint8_t event;
	struct aie_event_set member;
};

/* A broadcast that is on: who gets it. */
struct aie_event_drive {
	uint32_t count;
	struct {
		uint16_t unit;
		uint32_t delay;
	} target[];
};

struct aie_event_unit {
	struct aie_array *array;
	struct aie_tile *tile;
	const struct aie_event_map *map;
	uint16_t number; /* in the array */
	uint8_t module;  /* enum aie_event_module */
	bool listening;
	bool bound;    /* software listens, not only the record (sim/array/record.h) */
	bool recorded; /* the record listens */

	struct aie_event_set wanted;
	struct aie_event_set asked;  /* of these, by software; the others by the record */
	struct aie_event_set record; /* events for the record */
	struct aie_event_set noted;  /* of these, active as far as it knows */
	struct aie_event_set level;  /* of the sources */
	struct aie_event_set pulse;  /* of the cycle pulse_cycle */
	struct aie_event_set seen;   /* active in the cycle before `settled` */
	uint64_t pulse_cycle;
	uint64_t settled; /* cycles before this one are done */

	struct aie_event_set status, armed; /* Event_Status; software has cleared the bit, and listens since */
	uint64_t reset_cycle;

	/* configuration, from the registers */
	unsigned groups;
	struct aie_event_group group[AIE_EVENT_GROUPS_MAX];
	uint8_t combo_input[4], combo_control[3];
	struct {
		uint8_t event;
		bool rising, falling;
	} edge[AIE_EVENT_EDGES];
	uint8_t broadcast[16];
	uint16_t broadcasts;                 /* channels with an event */
	uint8_t enable_event, disable_event; /* core */
	bool enable_pending, disable_pending;
	bool enabled_by_event, disabled_by_event; /* sticky, in Enable_Events */
	uint8_t lock_select[AIE_EVENT_LOCKS], lock_value[AIE_EVENT_LOCKS];
	struct aie_dma_channel *channel[AIE_EVENT_DMA_CHANNELS];

	struct aie_timer timer;
	struct aie_perf perf;
	struct aie_trace_recorder trace;
	struct aie_port_watch *port[AIE_PORT_MONITORS];
	uint32_t pc;       /* core: of the bundle at issue */
	bool memory_stall; /* core: the last step lost a bank */

	uint16_t driving; /* broadcast channels that are on */
	struct aie_event_drive *drive[16];
	uint16_t wire[16]; /* how many drivers reach the module on a channel */
};

enum aie_event_act { AIE_EVENT_ACT_PULSE, AIE_EVENT_ACT_SET, AIE_EVENT_ACT_CLEAR, AIE_EVENT_ACT_ON, AIE_EVENT_ACT_OFF };

struct aie_event_entry {
	uint64_t cycle, sequence;
	uint16_t unit;
	uint8_t event; /* of ON and OFF: broadcast channel */
	uint8_t act;
};

struct aie_events {
	struct aie_event_unit *unit;
	unsigned units, words;
	unsigned listening;        /* units */
	bool active;               /* some unit listens, or something is on its way */
	bool starts_cores;         /* some core's Enable_Events is programmed: events may end a standstill */
	uint64_t *due;             /* bits by unit: has to be looked at in the present cycle */
	uint64_t *bound;           /* bits by unit: software listens */
	struct aie_schedule soon;  /* what must be done before the array can be called idle */
	struct aie_schedule later; /* timers, counters and trace frames: may go on for ever */
	struct aie_schedule aside; /* of units that only the record listens to: nobody waits for them */
	struct aie_event_entry *heap;
	size_t heap_count, heap_room;
	uint64_t sequence;
};

/* ---- sources ----------------------------------------------------------------------------------------------------- */

static inline bool aie_event_wanted(const struct aie_event_unit *unit, unsigned event)
{
	return __builtin_expect(aie_event_in(&unit->wanted, event), 0);
}

/* Wanted or not; in the present cycle. */
void aie_event_pulse(struct aie_event_unit *unit, unsigned event);
void aie_event_pulse_at(struct aie_event_unit *unit, unsigned event, uint64_t cycle);
/* From the present cycle on. */
void aie_event_level(struct aie_event_unit *unit, unsigned event, bool active);

/* Raise when wanted; `unit` may be NULL. */
static inline void aie_event_raise(struct aie_event_unit *unit, unsigned event)
{
	if (unit && aie_event_wanted(unit, event))
		aie_event_pulse(unit, event);
}

/* In the order of the event numbers. */
enum aie_dma_event {
	AIE_DMA_EVENT_START_TASK,
	AIE_DMA_EVENT_FINISHED_BD,
	AIE_DMA_EVENT_FINISHED_TASK,
	AIE_DMA_EVENT_LOCK, /* levels from here on */
	AIE_DMA_EVENT_STREAM,
	AIE_DMA_EVENT_MEMORY
};
/* The channel is watched: it did this at `cycle`. */
void aie_event_dma(struct aie_dma_channel *channel, enum aie_dma_event event, uint64_t cycle);
/* The channel is watched and its `block` is about to change. */
void aie_event_dma_changes(struct aie_dma_channel *channel);
/* The channel is watched and lost its bank in this cycle. */
void aie_event_dma_refused(struct aie_dma_channel *channel);
/* The channel enters its error state. */
void aie_event_dma_error(struct aie_dma_channel *channel);
/* The event of aie_event_dma_error(), and whether software listens to it. */
unsigned aie_event_dma_error_number(const struct aie_dma_channel *channel);
bool aie_event_dma_error_asked(const struct aie_dma_channel *channel);
/* The core asked for memory that is not there, or for memory or a lock of a neighbour that it does not have. */
void aie_event_core_error(struct aie_tile *tile, unsigned event);
/* A packet whose header has wrong parity goes through the tile's switch; a control packet sets a sticky bit. */
void aie_event_packet_error(struct aie_tile *tile);
void aie_event_control_error(struct aie_tile *tile);
/* A requester lost the bank in this cycle. */
void aie_event_conflict(struct aie_tile *tile, unsigned bank);

enum aie_lock_event { AIE_LOCK_EVENT_ACQUIRE_EQUAL, AIE_LOCK_EVENT_ACQUIRE, AIE_LOCK_EVENT_RELEASE };
/* The lock is watched: an operation was done, and its value may be new. */
void aie_event_lock(struct aie_tile *tile, unsigned lock, enum aie_lock_event event);
void aie_event_lock_value(struct aie_tile *tile, unsigned lock);
void aie_event_lock_error(struct aie_tile *tile);

/* What a watched core has to tell (aie_core_side.watched). */
enum { AIE_WATCH_LEVELS = 1, AIE_WATCH_PC = 2, AIE_WATCH_INSTRUCTIONS = 4 };
/* The core has made its step of the present cycle, with the bundle at `pc` at issue. */
void aie_event_core_stepped(struct aie_tile *tile, uint32_t pc);
/* Core_Control was written. */
void aie_event_core_control(struct aie_tile *tile);
/* An event instruction: number 0..3. */
void aie_event_core_instruction(struct aie_tile *tile, unsigned number);
/* Program memory has changed. */
void aie_event_program_changed(struct aie_tile *tile);
/* Set what the core watches for its unit. */
int aie_event_core_watch(struct aie_event_unit *unit, struct aie_error *error);

/* ---- registers --------------------------------------------------------------------------------------------------- */

/* Write to an event, trace, timer or performance register of the module; `plain` is its stored value. */
int aie_event_write(struct aie_event_unit *unit, uint32_t offset, uint32_t *plain, uint32_t value,
                    struct aie_error *error);
int aie_event_read(struct aie_event_unit *unit, const struct aie_tile_register *reg, uint32_t offset,
                   const uint32_t *plain, uint32_t *value, struct aie_error *error);
/* The unit of a register's module. */
struct aie_event_unit *aie_event_unit_of(struct aie_tile *tile, enum aie_register_module module);
/* Read the unit's registers anew.  -1: an event that is refused is wanted; the unit is as the registers say but for
 * that. */
int aie_event_configure(struct aie_event_unit *unit, struct aie_error *error);

/* ---- the array --------------------------------------------------------------------------------------------------- */

int aie_events_init(struct aie_array *array); /* -1: no memory */
void aie_events_free(struct aie_array *array);
void aie_events_reset_tile(struct aie_tile *tile);
void aie_events_reset_unit(struct aie_event_unit *unit);
/* The end of the present cycle. */
void aie_events_run(struct aie_array *array, uint64_t now);
/* The next cycle in which events have to be run; without `all`, only what belongs to work under way. */
uint64_t aie_events_next(struct aie_array *array, bool all);
/* Look at the unit again in the present cycle, or at `cycle`. */
void aie_event_due(struct aie_event_unit *unit);
void aie_event_wake(struct aie_event_unit *unit, uint64_t cycle);
void aie_event_wake_tile(struct aie_tile *tile, uint64_t cycle);
/* Bring the module up to the present cycle. */
void aie_event_settle(struct aie_event_unit *unit);

/* Let go of all channels that the unit drives. */
void aie_event_drop_broadcasts(struct aie_event_unit *unit);
/* The broadcast network: who hears `channel` of the unit, and when. NULL: no memory. */
struct aie_event_drive *aie_broadcast_reach(struct aie_event_unit *unit, unsigned channel);

#endif
