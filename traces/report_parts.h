/* The sections of a report's page, for report_html.c only. */
#ifndef AIE_TRACES_REPORT_PARTS_H
#define AIE_TRACES_REPORT_PARTS_H

#include "traces/run_report.h"

/* Percent that `part` is of `whole`, 0 of nothing. */
double aie_report_percent(uint64_t part, uint64_t whole);

/* report_time.c: what changes during the run.  Each leaves its section out when it has nothing to show. */
void aie_report_draw_cores_over_time(FILE *out, const struct aie_run_profile *profile);
void aie_report_draw_buffers(FILE *out, const struct aie_run_profile *profile);
void aie_report_draw_channels(FILE *out, const struct aie_run_profile *profile);
void aie_report_draw_trace(FILE *out, const struct aie_trace_timeline *timeline);

/* report_picture.c: the run as a whole. */
void aie_report_draw_map(FILE *out, const struct aie_run_profile *profile);
void aie_report_draw_stalls(FILE *out, const struct aie_run_profile *profile);
void aie_report_draw_roofline(FILE *out, const struct aie_explanation *explanation);

/* report_loop.c */
void aie_report_draw_loop(FILE *out, const struct aie_run_profile *profile, const struct aie_explanation *explanation);

#endif
