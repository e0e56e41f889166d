/* What a capture alone tells about a run, in the form of a profile, so that the same report can be made of it: where
 * the cores' cycles went as far as the stall events were recorded, over the run too; and how often and how long each
 * event occurred. Bytes, locks and bundles are not in a capture.
 */
#ifndef AIE_TRACES_RUN_TRACE_H
#define AIE_TRACES_RUN_TRACE_H

#include "isa/json.h"
#include "traces/decode.h"
#include "traces/explain.h"

/* AIE_ERROR_INPUT when the capture's clock is not known, or nothing in it has a time. */
int aie_run_profile_of_trace(struct aie_run_profile *profile, const struct aie_trace_capture *capture,
                             const struct aie_trace_timeline *timeline, struct aie_error *error);
/* What the cores' waiting says; for a profile of the function above. */
void aie_explain_trace(struct aie_explanation *explanation, const struct aie_run_profile *profile);

/* One event of one unit: how often, how many cycles in all, its longest time. */
struct aie_trace_slot_sum {
	uint64_t times, cycles, longest;
};
struct aie_trace_slot_sum aie_trace_sum_slot(const struct aie_trace_timeline *timeline, unsigned unit, unsigned slot);

/* Cycles from each INSTR_EVENT_0 of a core to the next INSTR_EVENT_1: what a kernel puts around its body. */
struct aie_trace_interval_sum {
	uint64_t count, cycles, shortest, longest; /* count 0: the unit does not record both, or never both */
};
struct aie_trace_interval_sum aie_trace_sum_intervals(const struct aie_trace_timeline *timeline, unsigned unit);

/* Tables of all events and intervals. */
void aie_trace_sums_text(FILE *out, const struct aie_trace_timeline *timeline);
/* Member "units" of the open object. */
void aie_trace_sums_json(struct aie_json *json, const struct aie_trace_timeline *timeline);

#endif
