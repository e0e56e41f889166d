/* A record of everything that the array's units do, beside the trace units and without touching them: every event of
 * every module with the cycles in which it was active, every change of a lock, and what each DMA channel did.
 *
 * It needs no configuration in the image and changes nothing that software or the array can see: registers, trace
 * packets, outputs, cycles and the cycle in which a run ends are those of a run without it.  Off, it costs nothing; on,
 * an array runs a few times slower and on one host thread.
 *
 * Not recorded: TRUE, the group events (they follow from their members), events that the model refuses (see
 * sim/tile/event.h), and the execution-class events INSTR_VECTOR, _LOAD and _STORE unless asked for
 * (AIE_RECORD_INSTRUCTIONS): nearly every bundle raises one of them.  Port and lock-selection events follow the ports
 * and locks that the image has selected; selections at their reset value are left out, lock operations are all there
 * as AIE_RECORD_LOCKS.  A memory tile's DMA events follow its channel selection, AIE_RECORD_DMA has all channels.
 */
#ifndef AIE_SIM_ARRAY_RECORD_H
#define AIE_SIM_ARRAY_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/error.h"

struct aie_array;

/* What to record. */
enum {
	AIE_RECORD_EVENTS = 1,
	AIE_RECORD_INSTRUCTIONS = 2, /* with EVENTS: also those that nearly every bundle raises */
	AIE_RECORD_LOCKS = 4,
	AIE_RECORD_DMA = 8,
	AIE_RECORD_ALL = 15
};

enum aie_record_what {
	/* An event became active in `cycle`, or `cycle` is the first in which it no longer is.  A pulse is active for
	 * one cycle; n pulses in n cycles without a gap are one time of n cycles, as in the trace format. */
	AIE_RECORD_RISE,
	AIE_RECORD_FALL,
	/* A lock: `value` is what it holds after the operation, `operand` what it was asked for (acquire: negative is
	 * at least, others equal; release: added).  SET: by the register bus or a reset; at the start of the record
	 * and after clearing it every lock that is not 0 is SET once, with AIE_RECORD_BY_START. */
	AIE_RECORD_ACQUIRE,
	AIE_RECORD_RELEASE,
	AIE_RECORD_SET,
	/* A DMA channel (by, by_...): `number` is its buffer descriptor. */
	AIE_RECORD_TASK_START,
	AIE_RECORD_BD_START, /* loaded */
	AIE_RECORD_BD_END,
	AIE_RECORD_TASK_END,
	/* It cannot go on from `cycle` on; END_WAIT: the first cycle in which it can. */
	AIE_RECORD_WAIT_LOCK,
	AIE_RECORD_WAIT_STREAM,
	AIE_RECORD_WAIT_MEMORY,
	AIE_RECORD_END_WAIT,
	AIE_RECORD_WHATS
};

enum aie_record_by {
	AIE_RECORD_BY_NONE, /* events */
	AIE_RECORD_BY_CORE,
	AIE_RECORD_BY_S2MM,
	AIE_RECORD_BY_MM2S,
	AIE_RECORD_BY_REGISTERS, /* host, controller, control packet, reset */
	AIE_RECORD_BY_START
};

struct aie_record {
	uint64_t cycle;
	union {
		uint32_t pc;    /* events of core modules: of the bundle at issue in `cycle`; else 0 */
		uint32_t beats; /* DMA channels: beats moved since the channel's entry before (or the counters were
		                   cleared), as its counter of active cycles has them */
	};
	uint8_t column, row; /* tile of the event, the lock or the channel */
	uint8_t module;      /* of an event: enum aie_event_module of driver/image/events.h */
	uint8_t what;        /* enum aie_record_what */
	uint8_t number;      /* event number, lock id in its tile, or descriptor */
	uint8_t value;       /* lock */
	int8_t operand;      /* lock */
	uint8_t by;          /* enum aie_record_by: who used the lock; the channel that did something */
	uint8_t by_column, by_row, by_channel;
};

/* Name of a `what`, "rise". */
const char *aie_record_what_name(enum aie_record_what what);

/* Record `what` (AIE_RECORD_...) from the present cycle on, up to `limit` entries (0: no limit); what there was is
 * thrown away.  `what` 0 ends it.  -1 with `error`: no memory. */
int aie_array_record(struct aie_array *array, unsigned what, size_t limit, struct aie_error *error);

/* All entries of cycles before the present one, by cycle and then by column, row, module, kind and number: the order
 * is the same for equal runs.  *records belongs to the array and stays until it runs, is written to, or the record is
 * cleared.  *complete: none was lost to the limit or to lack of memory (the first ones are kept).  What is active at
 * the end has no FALL or END_WAIT. */
size_t aie_array_records(struct aie_array *array, const struct aie_record **records, bool *complete);

/* Beats that a DMA channel has moved since its last entry; 0 when there is no such channel. */
uint64_t aie_array_record_beats(const struct aie_array *array, unsigned column, unsigned row, bool mm2s,
                                unsigned channel);

/* Throw the entries away and go on. */
void aie_array_clear_records(struct aie_array *array);

#endif
