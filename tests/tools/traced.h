/* One traced run of an operator inside the test: the image with its trace set-up, the model, the decoded trace, and
 * what the model itself says of the same run. */
#ifndef AIE_TESTS_TOOLS_TRACED_H
#define AIE_TESTS_TOOLS_TRACED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "driver/aie.h"
#include "driver/tools/tracing.h"
#include "kernels/operator.h"
#include "traces/decode.h"

enum { TRACED_ARGUMENTS = 8 };

struct traced {
	struct aie_operator_job *job;
	const struct aie_operator *operator;
	const struct aie_operator_info *info;
	struct aie_tracing_plan plan;
	struct aie_device *device;
	struct aie_context *context;
	struct aie_buffer *instructions, *argument[TRACED_ARGUMENTS];
	struct aie_command *command;
	size_t bytes; /* of the trace buffer */
	struct aie_trace_capture capture;
	struct aie_trace_timeline timeline;
	struct aie_profile profile;
	struct aie_profile_records records;
	bool correct;
};

/* The settings are words "M 64 K 512"; `events`: as --trace-events has them, NULL: the usual ones.  Fails the test when
 * anything fails; the result is in traced->correct. */
void traced_run(struct traced *traced, const char *settings, const char *events, size_t bytes);
void traced_close(struct traced *traced);

/* The unit of a module in the timeline, or a failed test. */
unsigned traced_unit(const struct traced *traced, unsigned column, unsigned row, unsigned module);

#endif
