/* One run of an operator by aie-run, shared by what runs it and what prints it. */
#ifndef AIE_DRIVER_TOOLS_OPERATOR_RUN_H
#define AIE_DRIVER_TOOLS_OPERATOR_RUN_H

#include <stdio.h>

#include "driver/aie.h"
#include "driver/tools/run.h"
#include "kernels/operator.h"

enum { MAX_SETTINGS = 64, MAX_ARGUMENTS = 8 };

struct operator_run {
	struct aie_run_common common;
	const struct aie_operator *operator;
	const char *save; /* prefix of the files that --save writes, or NULL */
	struct aie_operator_setting setting[MAX_SETTINGS];
	size_t setting_count;
	char *owned[MAX_SETTINGS]; /* names split off "--name=value" */
	size_t owned_count;
	struct aie_operator_job *job;
	const struct aie_operator_info *info;
	struct aie_device *device;
	struct aie_context *context;
	struct aie_buffer *instructions, *argument[MAX_ARGUMENTS]; /* a trace buffer behind the operator's */
	size_t instruction_bytes;
	struct aie_command *command;
	struct aie_operator_result result;
	bool checked;
	double run_seconds; /* host time from submission to completion */
};

/* `failure`: category NONE when the run ended well.  `profile`: NULL on hardware. */
void operator_print_text(const struct operator_run *run, const struct aie_error *failure,
                         const struct aie_profile *profile);
void operator_print_json(FILE *out, const struct operator_run *run, const struct aie_error *failure,
                         const struct aie_profile *profile);

#endif
