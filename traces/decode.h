/* From a raw buffer to named events: packets sorted by unit, frames to cycles, cycles to events.
 *
 * An event is a slot that was active in consecutive cycles: a level's interval, or as many pulses as it has cycles.
 * What a buffer loses (corrupt or missing words, units of another run, frames without a start) is skipped and counted;
 * events whose time depends on something lost are marked uncertain.
 *
 * Two forms: aie_trace_decode() hands out events one by one, in constant memory, each unit's in the order of their
 * ends; aie_trace_timeline_read() keeps them, each unit's in the order of their beginnings.
 */
#ifndef AIE_TRACES_DECODE_H
#define AIE_TRACES_DECODE_H

#include "traces/capture.h"

enum aie_trace_event_kind {
	AIE_TRACE_EVENT_START,  /* recording began; begin = timer value */
	AIE_TRACE_EVENT_ACTIVE, /* a slot was active from begin for `cycles` cycles */
	AIE_TRACE_EVENT_AT_PC,  /* event-PC mode: a slot was active `cycles` times at pc; begin numbers the frames */
};

struct aie_trace_event {
	uint64_t begin, cycles;
	uint32_t window; /* how many start frames of the unit came before, less one */
	uint16_t pc;
	uint8_t kind;
	uint8_t slot : 3;
	bool uncertain : 1;
};

/* What could not be used. */
struct aie_trace_losses {
	uint64_t packets;                        /* that were used */
	uint64_t skipped_words[AIE_TRACE_SKIPS]; /* by reason */
	uint64_t first_corrupt;                  /* word index, when there are corrupt words */
	uint64_t foreign_packets;                /* of units that the configuration does not have (when it has any) */
	uint64_t refused_packets;                /* of units in execution mode */
	uint64_t undefined_bytes, orphan_frames;
	struct aie_trace_unit first_foreign;
	unsigned first_refused; /* index of the first unit in execution mode */
};
/* Anything but unwritten words and orphan-free silence: true when events may be missing. */
bool aie_trace_lossy(const struct aie_trace_losses *losses);

/* `config`: the capture's, on return with one more unit (known = false) for every sender when it had none at all.
 * AIE_ERROR_MEMORY only. */
int aie_trace_decode(struct aie_trace_config *config, const uint32_t *words, size_t count,
                     void (*event)(void *user, unsigned unit, const struct aie_trace_event *event), void *user,
                     struct aie_trace_losses *losses, struct aie_error *error);

struct aie_trace_track {
	size_t count, capacity;
	struct aie_trace_event *event;
};

enum { AIE_TRACE_MAX_EVENTS = 1 << 26 };

struct aie_trace_timeline {
	struct aie_trace_config config;
	struct aie_trace_track track[AIE_TRACE_MAX_UNITS]; /* one a unit of config */
	struct aie_trace_losses losses;
	uint64_t first; /* earliest time of any unit, 0 without events; counters start together when the set-up resets
	                   them */
	uint64_t last;  /* latest end */
	size_t events;
};

/* AIE_ERROR_MEMORY; AIE_ERROR_INPUT for more than AIE_TRACE_MAX_EVENTS events. */
int aie_trace_timeline_read(struct aie_trace_timeline *timeline, const struct aie_trace_capture *capture,
                            struct aie_error *error);
void aie_trace_timeline_close(struct aie_trace_timeline *timeline);

/* One line for each kind of loss, for people; nothing when there is none. */
void aie_trace_losses_text(FILE *out, const struct aie_trace_losses *losses, const struct aie_trace_config *config,
                           const char *prefix);
/* Member "losses" of the open object. */
void aie_trace_losses_json(struct aie_json *json, const struct aie_trace_losses *losses);

#endif
