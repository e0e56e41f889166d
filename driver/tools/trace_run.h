/* The traced half of a run of aie-run: from options to the capture file. */
#ifndef AIE_DRIVER_TOOLS_TRACE_RUN_H
#define AIE_DRIVER_TOOLS_TRACE_RUN_H

#include <stdio.h>

#include "driver/aie.h"
#include "driver/tools/tracing.h"
#include "isa/json.h"

enum { AIE_TRACE_OWN_BUFFER = -1 };

/* Where an image that configures its trace units itself wants its trace. */
struct aie_trace_place {
	int argument;        /* number of the buffer argument, AIE_TRACE_OWN_BUFFER: not given */
	size_t offset, size; /* size 0: to the end */
};

struct aie_trace_run {
	/* from the options */
	const char *path; /* of the capture; NULL: not traced */
	struct aie_tracing_wish wish;
	size_t bytes;
	struct aie_trace_place place;
	/* of the run */
	struct aie_tracing_plan *plan; /* NULL when the image brought its own set-up, or everything is recorded */
	struct aie_bytes instructions; /* with the set-up in them */
	struct aie_buffer *buffer;     /* the trace buffer; not owned when it is an argument of the image */
	const void *xclbin, *stream;   /* the image as it ran, for the capture */
	size_t xclbin_size, stream_size;
	uint64_t submitted_ns, completed_ns;
	/* what came of it */
	bool stored;
	char failure[120]; /* why the command failed; "" */
	size_t packets, units;
	unsigned full, sinks; /* parts of the buffer that are full, parts */
	unsigned overruns;
	char overrun[160]; /* which units */
	size_t recorded;   /* entries, when everything was recorded */
	bool incomplete;
	/* Of the same run without a trace, 0: not known; the second: what the command processor took. */
	uint64_t plain_cycles, plain_dispatch;
	double plain_seconds;
};

/* Take --trace, --trace-events, --trace-size or --trace-buffer: as aie_run_common_option(). */
int aie_trace_run_option(struct aie_trace_run *trace, int argc, char **argv, int *index);
/* Options that make no sense together: 0, or the exit status after a message. */
int aie_trace_run_check(const struct aie_trace_run *trace);

/* Before the run.  In: the image, and how many buffer arguments it takes (at most `limit` with the trace's own).  Out:
 * the stream to run, which is *instructions when nothing had to be changed.  With a trace buffer of its own *extra is
 * that buffer, to be the next argument. */
struct aie_trace_target {
	const void *xclbin;
	size_t xclbin_size;
	const void *instructions;
	size_t instructions_size;
	size_t arguments, limit;
};
int aie_trace_run_prepare(struct aie_trace_run *trace, struct aie_device *device, struct aie_context *context,
                          const struct aie_trace_target *image, struct aie_buffer **extra, struct aie_error *error);
/* Right before and after the command. */
void aie_trace_run_submitted(struct aie_trace_run *trace);
void aie_trace_run_completed(struct aie_trace_run *trace);
/* After the run: bring in the buffer and write the capture. `buffer`: the argument of --trace-buffer, or NULL. */
int aie_trace_run_store(struct aie_trace_run *trace, struct aie_device *device, struct aie_context *context,
                        const char *title, struct aie_buffer *const *argument, struct aie_error *error);
/* After a command that failed, why with `failure`: what was recorded up to then is worth most now.  Stores it, with a
 * note, when there is a trace; says so on stderr. */
void aie_trace_run_failed(struct aie_trace_run *trace, struct aie_device *device, struct aie_context *context,
                          const char *title, struct aie_buffer *const *argument, const struct aie_error *failure);
void aie_trace_run_destroy(struct aie_trace_run *trace);

/* `profile`: of the traced run, NULL on hardware. */
void aie_trace_run_print(FILE *out, const struct aie_trace_run *trace, const struct aie_profile *profile,
                         double seconds);
void aie_trace_run_json(struct aie_json *json, const struct aie_trace_run *trace, const struct aie_profile *profile);

#endif
