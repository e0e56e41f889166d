/* A profiled run explained: as text, as JSON, and as one HTML page with pictures that needs nothing but itself. */
#ifndef AIE_TRACES_RUN_REPORT_H
#define AIE_TRACES_RUN_REPORT_H

#include "isa/json.h"
#include "traces/decode.h"
#include "traces/explain.h"

/* What ran and how long it took. */
void aie_run_report_heading(FILE *out, const struct aie_run_profile *profile,
                            const struct aie_explanation *explanation);
/* Why, in sentences, then the tables. */
void aie_run_report_text(FILE *out, const struct aie_run_profile *profile, const struct aie_explanation *explanation);
/* Members of the object that is open. */
void aie_run_report_json(struct aie_json *json, const struct aie_run_profile *profile,
                         const struct aie_explanation *explanation);
/* `timeline` may be NULL: a trace of the same run, drawn too. */
void aie_run_report_html(FILE *out, const struct aie_run_profile *profile, const struct aie_explanation *explanation,
                         const struct aie_trace_timeline *timeline);

/* One bundle of the loop without its nops ("vldb x3, [p1], #64; vmac.f ..."); "" when there is no code. */
void aie_run_report_bundle(const struct aie_run_profile *profile, const struct aie_explanation *explanation,
                           unsigned bundle, char *text, size_t size);

#endif
