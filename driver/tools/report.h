/* What a run cost, from the device's profile: a few lines of text, or everything as JSON, from which the trace library
 * makes the explanation (where the cycles went, who waited for what, what bounds the run). */
#ifndef AIE_DRIVER_TOOLS_REPORT_H
#define AIE_DRIVER_TOOLS_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "driver/profile.h"
#include "isa/error.h"
#include "isa/json.h"

/* Where a bundle came from. */
struct aie_report_source {
	const char *file;
	uint32_t line;
	const char *text; /* of the line, text_length characters; NULL when the file is not at hand */
	size_t text_length;
};

/* What the operator knows and the device does not. Every pointer may be NULL, every number 0. */
struct aie_report_context {
	void *user;
	/* The object behind a core's lock id ("A full"), NULL if the operator does not know it. */
	const char *(*lock_name)(void *user, unsigned column, unsigned row, unsigned lock_id);
	/* The source of the bundle at a program address: 0, or -1 when it is not known. */
	int (*source_line)(void *user, uint32_t address, struct aie_report_source *source);
	uint64_t bytes_moved; /* useful bytes between system memory and array, for GB/s */
	uint64_t macs;        /* useful multiply-accumulates of the whole run */
	/* The inner loop: byte addresses [begin, end) of its bundles, and how much work ("weights") one pass does. */
	uint32_t loop_begin, loop_end, units_per_pass;
	const char *unit;
	const uint8_t *loop_code; /* its program, loop_end - loop_begin bytes */
};

enum aie_bound { AIE_BOUND_COMPUTE, AIE_BOUND_SHIM, AIE_BOUND_DDR, AIE_BOUND_DISPATCH, AIE_BOUND_LATENCY };

/* The verdict: each resource's share of the run (0..1) and the one that is nearest to its ceiling. */
struct aie_report_bound {
	enum aie_bound bound;
	double core_share;     /* busiest core: cycles not spent waiting for locks or streams / all cycles */
	double shim_share;     /* busiest shim channel: bytes / (ceiling x cycles) */
	double ddr_share;      /* all shim traffic: bytes / (ceiling x cycles) */
	double dispatch_share; /* command processor and configuration / all cycles */
};
void aie_report_bound(const struct aie_profile *profile, struct aie_report_bound *bound);
const char *aie_report_bound_name(enum aie_bound bound);

/* The inner loop summed over all cores that ran it. */
struct aie_report_loop {
	uint32_t bundles;       /* of one pass, from the addresses that were issued */
	uint64_t passes;        /* issues of the first bundle, all cores */
	double cycles_per_pass; /* issues and stalls inside the loop / passes */
	double cycles_per_32;   /* the same per 32 units of work */
};
/* 0, or -1 when program counters were not profiled or the loop never ran. */
int aie_report_loop(const struct aie_profile *profile, const struct aie_report_context *context,
                    struct aie_report_loop *loop);

/* Time, rate and loop, and unless an explanation follows (`bound` false) the bound: a few lines. */
void aie_report_summary(FILE *out, const struct aie_profile *profile, const struct aie_report_context *context,
                        bool bound);
/* The whole explanation, as aie-trace report gives it: `json` is what the tool prints with --profile --json. */
int aie_report_explain(FILE *out, const char *json, size_t size, struct aie_error *error);
/* Members of the object that is open: "cycles", "microseconds", "cores", "channels", "bound", "loop", ... */
void aie_report_json(struct aie_json *json, const struct aie_profile *profile,
                     const struct aie_report_context *context);

#endif
