/* The frames inside trace packets: a unit's payload bytes decoded to what was active in which cycle.
 *
 * Frame formats, as AM020/AM027 and mlir-aie's decoder have them, stand in one table in frame.c.  Feed each unit's
 * payload words in order; records come out of a callback.  Time is the unit's own timer, in array clock cycles.
 */
#ifndef AIE_TRACES_FRAME_H
#define AIE_TRACES_FRAME_H

#include <stddef.h>
#include <stdint.h>

/* Cycles that one Sync frame stands for.  Public sources leave open whether silicon advances 0x3FFFF or 0x40000
 * (mlir-aie adds 0x3FFFF, doubting its own document); the counter has 18 bits and a frame's own cycles count on top, so
 * 0x40000 is taken (assumed: an 18-bit counter that wraps). */
enum { AIE_TRACE_SYNC_CYCLES = 0x40000 };

enum aie_trace_mode { AIE_TRACE_EVENT_TIME, AIE_TRACE_EVENT_PC, AIE_TRACE_EXECUTION, AIE_TRACE_MODE_UNKNOWN };

enum aie_trace_record_kind {
	AIE_TRACE_RECORD_START,  /* the unit began to record; time = timer value */
	AIE_TRACE_RECORD_ACTIVE, /* slots of `mask` were active in `cycles` consecutive cycles from `time` */
	AIE_TRACE_RECORD_PC,     /* event-PC mode: slots of `mask` were active at `pc`, `cycles` times; no time */
};

struct aie_trace_record {
	enum aie_trace_record_kind kind;
	uint8_t mask;
	uint16_t pc;
	uint64_t time;
	uint64_t cycles;
};

struct aie_trace_frames {
	void (*record)(void *user, const struct aie_trace_record *record);
	void *user;
	enum aie_trace_mode mode;
	uint64_t time; /* of the last frame; the next one is at time + 1 + its gap */
	uint64_t gap;  /* of the last frame, for repeats */
	uint8_t mask;  /* of the last frame */
	uint16_t pc;
	uint8_t seen;      /* something to repeat */
	uint8_t pending;   /* the first word of a start frame was the last word of a packet */
	uint8_t uncertain; /* packets were lost since the last start frame: times count from too early */
	uint32_t start_high;
	/* What could not be used, in bytes, and frames that need an earlier one that is not there. */
	size_t undefined_bytes, orphan_frames;
};

void aie_trace_frames_init(struct aie_trace_frames *frames,
                           void (*record)(void *user, const struct aie_trace_record *record), void *user);
/* Decode payload words.  Returns 0, or -1 from the start frame of execution mode on, whose format no public source
 * establishes: refused. */
int aie_trace_frames_feed(struct aie_trace_frames *frames, const uint32_t *words, size_t count);
/* Packets in between were lost: nothing can be repeated, and times are uncertain until the next start frame. */
void aie_trace_frames_lost(struct aie_trace_frames *frames);

#endif
