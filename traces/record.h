/* A record of everything as a timeline, for all that reads timelines.
 *
 * Every module that did something becomes as many units as it takes to hold its events: unit `part` has the events
 * 8 * part to 8 * part + 7 in slots 0 to 7, so that the place of an event does not depend on what else happened.  Times
 * are array cycles, equal for all tiles: there is no skew between timers.  Lock operations and steps of DMA channels
 * stay in the capture's record and can be listed.
 */
#ifndef AIE_TRACES_RECORD_H
#define AIE_TRACES_RECORD_H

#include <stdio.h>

#include "traces/decode.h"

/* Fill an empty timeline.  AIE_ERROR_INPUT: more units or events than a timeline holds; AIE_ERROR_MEMORY. */
int aie_trace_record_timeline(struct aie_trace_timeline *timeline, const struct aie_trace_capture *capture,
                              struct aie_error *error);

/* The entries that are no events, lock operations and steps of DMA channels: a line each, cycles counted from `zero`;
 * and as member "record" of the open object, cycles as they are. */
void aie_trace_record_text(FILE *out, const struct aie_trace_capture *capture, uint64_t zero);
void aie_trace_record_json(struct aie_json *json, const struct aie_trace_capture *capture);

#endif
