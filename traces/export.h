/* A timeline in the forms that other programs show.
 *
 * Chrome: the JSON array format of the Trace Event Format with metadata, for ui.perfetto.dev and chrome://tracing:
 * a process for each tile, a thread for each slot of its units.  Times are microseconds of the array clock from the
 * timeline's first cycle, exact to the picosecond; the cycles themselves are in "args".
 * CSV: one line an event.  VCD: one wire a slot, timescale 1 ps.
 *
 * Time-less events (event-PC mode) have a place in CSV only.  All functions write to `out` and leave checking it to the
 * caller.
 */
#ifndef AIE_TRACES_EXPORT_H
#define AIE_TRACES_EXPORT_H

#include "traces/decode.h"

/* Chrome and VCD need the array clock in the timeline's configuration: AIE_ERROR_INPUT without. */
int aie_trace_export_chrome(FILE *out, const struct aie_trace_timeline *timeline, const char *title,
                            struct aie_error *error);
int aie_trace_export_vcd(FILE *out, const struct aie_trace_timeline *timeline, const char *title,
                         struct aie_error *error);
/* Without a clock the columns of microseconds stay empty. */
int aie_trace_export_csv(FILE *out, const struct aie_trace_timeline *timeline, struct aie_error *error);

/* Picoseconds of so many cycles, rounded down. */
uint64_t aie_trace_picoseconds(uint64_t cycles, uint64_t hz);

#endif
