/* One number of many runs, over commits: table, picture, and whether the last run of each kind is worse than it was.
 *
 * Runs with the same title (or operator) make a series.  A series regressed when its last value is worse than the best
 * one before by more than the threshold.
 */
#ifndef AIE_TRACES_TREND_H
#define AIE_TRACES_TREND_H

#include <stdio.h>

#include "isa/json.h"
#include "traces/json_read.h"

struct aie_trend_run {
	char *name;      /* of the file */
	double sequence; /* member "sequence", for the order; NAN when there is none: by name, after those that have one
	                  */
	double value;
};

struct aie_trend_series {
	char *title;
	size_t count, capacity;
	struct aie_trend_run *run;
	double best;   /* before the last run */
	double change; /* of the last run against that, in percent; positive is worse */
	bool regressed;
};

struct aie_trend {
	const char *metric; /* "cycles", "bound.ddr_share" */
	bool higher_is_better;
	size_t count, capacity;
	struct aie_trend_series *series;
	bool regressed;
};

void aie_trend_init(struct aie_trend *trend, const char *metric, bool higher_is_better);
void aie_trend_close(struct aie_trend *trend);
/* Take a result.  1 taken, 0 it does not have the metric as a number, -1 AIE_ERROR_MEMORY. */
int aie_trend_add(struct aie_trend *trend, const char *name, const struct aie_json_value *root,
                  struct aie_error *error);
/* Sort and judge; call once before the outputs. */
void aie_trend_judge(struct aie_trend *trend, double threshold_percent);

void aie_trend_text(FILE *out, const struct aie_trend *trend);
void aie_trend_json(struct aie_json *json, const struct aie_trend *trend);
void aie_trend_svg(FILE *out, const struct aie_trend *trend);

#endif
