/* The array of one NPU: columns of shim, memory and compute tiles, their streams, and the port to system memory.
 *
 * Everything is configured by register writes at the hardware's addresses (column << 25 | row << 20 | offset).  Time is
 * counted in array clock cycles; nothing depends on host time, so equal inputs give equal cycles.
 */
#ifndef AIE_SIM_ARRAY_ARRAY_H
#define AIE_SIM_ARRAY_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/error.h"
#include "sim/core/core.h"

struct aie_array;
struct aie_array_timing;

/* System memory as the shim DMA sees it: the host pointer of [address, address + size), or NULL when no buffer covers
 * the range.  `address` is the 48-bit byte address of the buffer descriptor less the 0x80000000 aperture. */
struct aie_system_memory {
	void *user;
	void *(*translate)(void *user, uint64_t address, uint64_t size, bool write);
};

/* `profile` names the device and may override parameters of its timing table: "npu4", "npu4,ddr_bytes_per_cycle=48";
 * see sim/array/device.h and sim/array/timing.h.  Returns NULL with `error` set.  The system memory structure is
 * copied. */
struct aie_array *aie_array_create(const char *profile, const struct aie_system_memory *memory,
                                   struct aie_error *error);
void aie_array_destroy(struct aie_array *array);
unsigned aie_array_columns(const struct aie_array *array);
unsigned aie_array_rows(const struct aie_array *array);
/* The parameter table in use (sim/array/timing.h). */
const struct aie_array_timing *aie_array_timing_of(const struct aie_array *array);

/* Reset `count` columns from `first`: all registers, memories, channels and cores to their reset state.  As at
 * creation, the clock of the columns is off then: until Column_Clock_Control (shim, 0xFFF20) is 1 only the shim tile
 * can be reached; and every tile is isolated from its neighbours until its Tile_Control says otherwise. */
int aie_array_reset_columns(struct aie_array *array, unsigned first, unsigned count, struct aie_error *error);

/* Registers and tile memories over the register bus, at the present cycle.  Errors (AIE_ERROR_INPUT): misaligned,
 * outside the array, outside the tile's map; (AIE_ERROR_UNSUPPORTED): a mode that is refused, named. */
int aie_array_write32(struct aie_array *array, uint64_t address, uint32_t value, struct aie_error *error);
int aie_array_read32(struct aie_array *array, uint64_t address, uint32_t *value, struct aie_error *error);
int aie_array_mask_write32(struct aie_array *array, uint64_t address, uint32_t mask, uint32_t value,
                           struct aie_error *error);
int aie_array_write_block(struct aie_array *array, uint64_t address, const uint32_t *words, size_t count,
                          struct aie_error *error);

/* A task completion token that reached the management processor. */
struct aie_token {
	uint8_t column, row, channel;
	bool mm2s;
	uint64_t cycle;
};
/* Take the oldest token; false when there is none. */
bool aie_array_take_token(struct aie_array *array, struct aie_token *token);

enum aie_array_stop {
	AIE_ARRAY_DEADLINE, /* the cycle asked for was reached */
	AIE_ARRAY_TOKEN,    /* a token arrived */
	AIE_ARRAY_IDLE,     /* no unit can ever move again without the host: all work done, or a deadlock */
	AIE_ARRAY_FAULT,    /* a core or channel faulted: aie_array_fault() */
};
uint64_t aie_array_cycle(const struct aie_array *array);
/* Run until the cycle counter reaches `deadline`, or one of the other reasons when asked for (`stop_on_token`).  IDLE
 * leaves the counter where the last movement was; aie_array_advance() moves an idle array's clock. */
enum aie_array_stop aie_array_run(struct aie_array *array, uint64_t deadline, bool stop_on_token);
void aie_array_advance(struct aie_array *array, uint64_t cycle);

/* The fault that stopped the array: tile, and for a core pc and bundle, in error->text. */
void aie_array_fault(const struct aie_array *array, struct aie_error *error);
/* Its tile; (0,0) when it is none's or there was no fault. */
void aie_array_fault_tile(const struct aie_array *array, unsigned *column, unsigned *row);

/* Who waits for what: one call per waiting unit, in tile order; `text` is one line such as
 * "core (0,2) pc 0x120 waits for lock 49 (own 1) >= 1, value 0". */
void aie_array_waits(const struct aie_array *array, void (*line)(void *user, const char *text), void *user);

/* What the checks asked for by the profile's options found (sim/array/options.h), in the order of first occurrence;
 * cleared with the counters. */
void aie_array_checks(const struct aie_array *array, void (*line)(void *user, const char *text), void *user);

/* Registers that were written although the model only keeps their value: one line for each, in the order of the first
 * write, "tile (0,2) register ECC_Scrubbing_Event (0x32110) = 0x7: kept, but what it sets is not modelled (3 writes of
 * this register)". */
void aie_array_notes(const struct aie_array *array, void (*line)(void *user, const char *text), void *user);

/* A hang as data: sim/array/wait_graph.h.  Whoever finds one (the NPU's controller, or a user of the array whose run
 * ended IDLE) reports it with aie_array_hang(): the graph is made, the watcher sees it, the caller owns it. */
enum aie_hang_kind {
	AIE_HANG_DEADLOCK,    /* nothing can move */
	AIE_HANG_NO_PROGRESS, /* something moves and nothing comes of it */
};
struct aie_wait_graph;
typedef void aie_hang_watcher(void *user, const struct aie_wait_graph *graph);
void aie_array_set_hang_watcher(struct aie_array *array, aie_hang_watcher *watcher, void *user);
struct aie_wait_graph *aie_array_hang(struct aie_array *array, enum aie_hang_kind kind,
                                      const struct aie_token *awaited);

/* ---- accounting ------------------------------------------------------------------------------------------------ */

struct aie_channel_counters {
	uint64_t bytes;        /* moved on the stream side */
	uint64_t active;       /* cycles in which a beat moved */
	uint64_t lock_stall;   /* waiting for a lock */
	uint64_t stream_stall; /* S2MM starved, MM2S back-pressured */
	uint64_t memory_stall; /* bank conflict, or (shim) waiting for system memory */
	uint64_t tasks, descriptors;
};

struct aie_ddr_counters {
	uint64_t bytes_read, bytes_written;
	uint64_t busy; /* cycles in which the shared port to system memory was saturated */
};

struct aie_core *aie_array_core(struct aie_array *array, unsigned column,
                                unsigned row); /* NULL when not a compute tile */
/* Counters of a DMA channel; NULL when there is none. */
const struct aie_channel_counters *aie_array_channel(const struct aie_array *array, unsigned column, unsigned row,
                                                     bool mm2s, unsigned channel);
/* How often a tile's trace unit has lost data since the counters were cleared; `memory_module`: of a compute tile, the
 * second of its two units. */
uint64_t aie_array_trace_overruns(const struct aie_array *array, unsigned column, unsigned row, bool memory_module);
void aie_array_ddr(const struct aie_array *array, struct aie_ddr_counters *counters);
void aie_array_clear_counters(struct aie_array *array);

#endif
