/* Event modules in tests: their register addresses written out, events raised at chosen cycles, and the trace of a unit
 * caught in the tile's own memory and decoded by the trace library.
 */
#ifndef AIE_TESTS_ARRAY_EVENT_RIG_H
#define AIE_TESTS_ARRAY_EVENT_RIG_H

#include "driver/image/events.h"
#include "tests/array/rig.h"
#include "traces/frame.h"
#include "traces/packet.h"

/* Distances from the first register of a module's event block (trace.md 1, registers.tsv). */
enum {
	TIMER_CONTROL = 0x000,
	EVENT_GENERATE = 0x008,
	EVENT_BROADCAST = 0x010,
	TRACE_CONTROL0 = 0x0D0,
	TRACE_CONTROL1 = 0x0D4,
	TRACE_STATUS = 0x0D8,
	TRACE_EVENT0 = 0x0E0,
	TRACE_EVENT1 = 0x0E4,
	TIMER_TRIGGER_LOW = 0x0F0,
	TIMER_TRIGGER_HIGH = 0x0F4,
	TIMER_LOW = 0x0F8,
	TIMER_HIGH = 0x0FC,
	EVENT_STATUS0 = 0x200,
	COMBO_INPUTS = 0x400,
	COMBO_CONTROL = 0x404,
	EDGE_CONTROL = 0x408,
	EVENT_GROUP0 = 0x500,
};

/* A module of a tile: row 0 shim, row 1 memory tile, others core, or memory module with `mem`. */
struct event_module {
	unsigned column, row;
	bool mem;
};
#define MODULE(column, row)     ((struct event_module){ (column), (row), false })
#define MEM_MODULE(column, row) ((struct event_module){ (column), (row), true })

uint32_t event_address(struct event_module module, uint32_t distance);
void event_write(struct rig *rig, struct event_module module, uint32_t distance, uint32_t value);
uint32_t event_read(struct rig *rig, struct event_module module, uint32_t distance);
/* Performance registers: distance from Performance_Control0. */
void perf_write(struct rig *rig, struct event_module module, uint32_t distance, uint32_t value);
uint32_t perf_read(struct rig *rig, struct event_module module, uint32_t distance);
/* Counter `number` counts the cycles in which `event` is active; its value. */
void count_event(struct rig *rig, struct event_module module, unsigned number, unsigned event);
uint32_t counted(struct rig *rig, struct event_module module, unsigned number);

/* Raise an event for the cycle `cycle`: the array runs up to it. */
void event_at(struct rig *rig, struct event_module module, uint64_t cycle, unsigned event);

/* Trace: slots, start and stop events; the unit's packets go to S2MM `channel` of its own tile (memory tile: 5; shim:
 * to system memory at `address`), room for `packets`. */
struct event_trace {
	struct event_module module;
	unsigned start, stop, mode, id, type;
	uint8_t slot[8];
	unsigned channel, packets;
	uint32_t address;
};
void trace_start(struct rig *rig, const struct event_trace *trace);
/* The words that have come. */
const uint32_t *trace_words(struct rig *rig, const struct event_trace *trace, size_t *count);

struct trace_record {
	enum aie_trace_record_kind kind;
	uint8_t mask;
	uint16_t pc;
	uint64_t time, cycles;
};
struct trace_records {
	struct trace_record at[4096];
	unsigned count, packets;
	size_t undefined, corrupt;
};
/* Decode all packets; those of another unit fail the test. */
void trace_decode(struct rig *rig, const struct event_trace *trace, struct trace_records *records);
/* Cycles in which `slot` was active, and the times of the first and the last of them. */
uint64_t trace_slot_cycles(const struct trace_records *records, unsigned slot, uint64_t *first, uint64_t *last);

#endif
