/* How a capture differs from others of the same program: model against hardware, or one build against another.
 *
 * Events are compared by intervals, not by absolute time: a late event counts once, where it became late, and what
 * follows it at the usual distance does not count again.  Times count from an origin chosen for each unit and recording
 * window: the start frame or the timer, or an event when that makes clearly more events coincide.
 *
 * One reference must be matched exactly (within the tolerance).  Several references form a band: an event whose
 * intervals never vary must be matched exactly, any other within a number of standard deviations of the mean: `sigmas`,
 * more the more events are compared, so that of a whole capture of the same kind nothing lies outside; and more the
 * fewer samples the deviation was estimated from.  An event that the references do not have equally often is compared
 * by its number and its cycles in all.
 */
#ifndef AIE_TRACES_DIFF_H
#define AIE_TRACES_DIFF_H

#include "traces/decode.h"

enum { AIE_DIFF_MAX_REFERENCES = 32, AIE_DIFF_MAX_FINDINGS = 1 << 20 };

struct aie_diff_options {
	uint64_t tolerance; /* cycles that an interval may differ */
	double sigmas;      /* width of the band */
	const char *phase;  /* name of an event whose occurrences part each unit's window into phases, or NULL; an
	                     * event that no unit of the candidate records is AIE_ERROR_INPUT */
};

enum aie_diff_kind {
	AIE_DIFF_MISSING,  /* the references have the event, the candidate has not */
	AIE_DIFF_EXTRA,    /* the other way round */
	AIE_DIFF_TIME,     /* it comes later or earlier after the one before it */
	AIE_DIFF_DURATION, /* it lasts longer or shorter */
	AIE_DIFF_WINDOWS,  /* recording was started more or fewer times */
	AIE_DIFF_UNIT,     /* a unit recorded nothing on one side */
	AIE_DIFF_KINDS
};
const char *aie_diff_kind_name(enum aie_diff_kind kind);

struct aie_diff_finding {
	uint64_t time;     /* in the candidate's timer; of missing events: where it should be */
	double difference; /* cycles, candidate less references' mean; MISSING, EXTRA, WINDOWS: a count */
	double spread;     /* standard deviation of the references */
	uint64_t allowed;  /* cycles it may differ */
	uint32_t occurrence, window;
	uint16_t unit; /* of aie_trace_diff.unit */
	uint8_t kind;
	uint8_t slot; /* of the candidate's unit; undefined for WINDOWS and UNIT */
	/* Another event of the same unit was late, or early, by as much before, and this is the first time that this
	 * one is: what delayed that delayed this. */
	bool follows;
	bool summed; /* MISSING, EXTRA, DURATION: of all occurrences of the event together (aie_diff_event.summed) */
};

/* One event of one unit. */
struct aie_diff_event {
	bool compared; /* recorded on both sides */
	bool summed;   /* the references do not agree on how often it occurs: number and cycles in all were compared */
	uint64_t candidate; /* occurrences */
	double references;  /* mean number of occurrences */
	uint64_t findings;
	double largest; /* largest difference of an interval or duration, by magnitude */
	double spread;  /* standard deviation of the references' intervals, pooled */
};

/* A window, or a part of it between two events of the kind asked for. */
struct aie_diff_phase {
	uint32_t window, number;
	uint64_t candidate;  /* cycles */
	double mean, spread; /* of the references */
};

struct aie_diff_unit {
	struct aie_trace_unit_config config; /* the candidate's, or the first reference's when it has none */
	bool compared, timeless;             /* false: one side has no such unit; true: event-PC mode */
	int64_t start_shift;                 /* start frame, candidate less first reference, window 0 */
	int64_t origin_shift;                /* the same of the origin that was chosen */
	const char *origin;                  /* "start frame", "timer", or the name of an event */
	struct aie_diff_event event[AIE_TRACE_SLOTS];
	size_t phase_count;
	struct aie_diff_phase *phase;
	uint64_t findings;
};

struct aie_trace_diff {
	struct aie_diff_options options;
	unsigned references, unit_count;
	struct aie_diff_unit unit[2 * AIE_TRACE_MAX_UNITS];
	size_t finding_count; /* in the list, in the order of time */
	struct aie_diff_finding *finding;
	uint64_t findings; /* all, also beyond AIE_DIFF_MAX_FINDINGS */
	uint64_t kinds[AIE_DIFF_KINDS];
	uint64_t following; /* of those in the list, the ones that follow from others */
	uint64_t compared;  /* occurrences of the candidate that were compared */
	bool same;          /* the verdict: no finding, and something was compared */
};

/* AIE_ERROR_MEMORY, AIE_ERROR_INPUT.  The timelines may go afterwards. */
int aie_trace_diff(struct aie_trace_diff *diff, const struct aie_trace_timeline *candidate,
                   const struct aie_trace_timeline *const *references, unsigned reference_count,
                   const struct aie_diff_options *options, struct aie_error *error);
void aie_trace_diff_close(struct aie_trace_diff *diff);

/* Text names at most `limit` findings. */
void aie_trace_diff_text(FILE *out, const struct aie_trace_diff *diff, size_t limit);
/* Members of the object that is open. */
void aie_trace_diff_json(struct aie_json *json, const struct aie_trace_diff *diff);

#endif
