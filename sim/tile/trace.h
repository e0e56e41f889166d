/* The trace unit of an event module: eight events to frames, frames to packets, packets to the trace slave port of the
 * switch.
 *
 * Event-time mode makes a frame for each cycle in which one of the eight slots is active, event-PC mode (core only) the
 * same with the program counter in place of the time.  Formats: AM020/AM027 and the decoder of mlir-aie.  Start and
 * stop are registered: what happens in the cycle of the start or of the stop event is not recorded (measured on Phoenix
 * for the third mode, assumed for these two).  Execution mode is refused where its register is written.
 *
 * A run of identical frames without a gap becomes one frame and a Repeat.  A Sync frame stands for 0x40000 cycles
 * without a frame, the round of an 18-bit counter (assumed: sources leave 0x3FFFF or 0x40000 open).  Event-PC mode has
 * no time and makes no Sync (assumed).
 *
 * A unit holds AIE_TRACE_PACKETS full packets beside the one that it fills (assumed: one on the wire, one waiting).
 * When a further one is full its data is lost and the unit is in the overrun state: it records nothing until the stop
 * event (assumed: a state beside idle and running in the driver's list; how silicon goes on is not published).  Words
 * leave at one a cycle, the width of the port (AM027: trace ports are 32 bit).
 */
#ifndef AIE_SIM_TILE_TRACE_H
#define AIE_SIM_TILE_TRACE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	AIE_TRACE_SLOTS = 8,
	AIE_TRACE_PACKETS = 2,
	AIE_TRACE_WORDS = 8,                         /* of a packet, header included */
	AIE_TRACE_BYTES = 4 * (AIE_TRACE_WORDS - 1), /* payload of a packet */
	AIE_TRACE_SYNC_PERIOD = 0x40000,             /* cycles of a Sync frame */
	AIE_TRACE_REPEAT_MAX = 0x3FF,                /* of one Repeat1 frame */
};

enum aie_trace_unit_mode { AIE_TRACE_MODE_TIME, AIE_TRACE_MODE_PC, AIE_TRACE_MODE_EXECUTION };
/* As Trace_Status has them (order of the driver's enumeration). */
enum aie_trace_unit_state { AIE_TRACE_IDLE = 0, AIE_TRACE_RUNNING = 1, AIE_TRACE_OVERRUN = 3 };

struct aie_trace_recorder {
	/* configuration */
	uint8_t slot[AIE_TRACE_SLOTS]; /* event numbers, 0: unused */
	uint8_t start, stop;
	uint8_t mode;    /* enum aie_trace_unit_mode */
	uint32_t header; /* of every packet, with parity */

	uint8_t state;        /* enum aie_trace_unit_state */
	uint8_t running_mode; /* of the present recording */

	/* encoder */
	uint64_t last;   /* cycle of the last frame, or of the start */
	uint32_t repeat; /* repeats of the last frame that are not written yet */
	bool repeatable; /* there is a last frame */
	uint8_t mask;    /* of the last frame */
	uint32_t gap, pc;
	uint8_t payload[AIE_TRACE_BYTES];
	unsigned used;

	/* full packets */
	uint32_t packet[AIE_TRACE_PACKETS][AIE_TRACE_WORDS];
	unsigned packets, sent; /* words of the first one that have left */

	uint64_t overruns; /* since the counters were cleared */
};

/* Control0, Control1, Event0, Event1 of a unit at (column, row).  `wide`: event numbers have 8 bits; `modes`: the
 * register has a mode field. */
void aie_trace_configure(struct aie_trace_recorder *trace, const uint32_t control[2], const uint32_t events[2],
                         bool wide, bool modes, unsigned column, unsigned row);
void aie_trace_reset(struct aie_trace_recorder *trace);

/* What a run of equal cycles is to the unit. */
struct aie_trace_input {
	uint64_t cycle; /* the first one */
	uint64_t cycles;
	uint64_t timer; /* in the first one */
	uint32_t pc;
	uint8_t mask; /* active slots */
	bool start, stop;
};
void aie_trace_run(struct aie_trace_recorder *trace, const struct aie_trace_input *input);
/* The cycle in which the unit makes its next frame when nothing changes after `input`; UINT64_MAX: none. */
uint64_t aie_trace_next(const struct aie_trace_recorder *trace, const struct aie_trace_input *input);
uint32_t aie_trace_status(const struct aie_trace_recorder *trace);

/* The next word to send, and whether it is the last of its packet; false when there is none. */
bool aie_trace_peek(const struct aie_trace_recorder *trace, uint32_t *word, bool *last);
/* It has left. */
void aie_trace_pop(struct aie_trace_recorder *trace);

#endif
