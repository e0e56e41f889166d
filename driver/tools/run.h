/* The two halves of aie-run: anyone's image, and an operator of kernels/.  Both return the exit status of the tool. */
#ifndef AIE_DRIVER_TOOLS_RUN_H
#define AIE_DRIVER_TOOLS_RUN_H

#include <stdbool.h>

#include "driver/tools/trace_run.h"

enum { AIE_RUN_BUFFERS = 5 }; /* buffers of mlir-aie's kernel register map (bo0..bo4) */

struct aie_run_common {
	const char *device; /* as aie_device_open() takes it */
	bool json, profile;
	struct aie_trace_run trace;
	int timeout_ms; /* < 0: wait for ever */
};

/* Print "aie-run: TEXT" on stderr and return 2: for arguments that make no sense. */
int aie_run_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* If argv[*index] is one of the options both halves share, take it (and its value), step *index past it and return 1.
 * Returns 0 when it is none of them, -1 (message printed) when it is one with a bad or missing value. */
int aie_run_common_option(struct aie_run_common *common, int argc, char **argv, int *index);

/* aie-run --xclbin F --insts F [--kernel NAME] [--in F | --out F:SIZE]...: argv without the program's name. */
int aie_run_image(int argc, char **argv);
/* aie-run OPERATOR [options]: argv[0] is the operator's name. */
int aie_run_operator(int argc, char **argv);

#endif
