/* The buffer arguments of aie-run --xclbin and --elf: --in, --out and --expect, their files, and the comparison. */
#ifndef AIE_DRIVER_TOOLS_RUN_ARGUMENTS_H
#define AIE_DRIVER_TOOLS_RUN_ARGUMENTS_H

#include "driver/aie.h"
#include "driver/tools/elements.h"

enum { RUN_MAX_ARGUMENTS = 64 }; /* far above any kernel's; the kernel's own number is checked later */

struct run_argument {
	bool output;
	char *path;                          /* owned */
	const struct aie_element_type *type; /* NULL: bytes */
	size_t size;
	uint8_t *data; /* inputs: the file's bytes, until they are in the buffer */
	char *expected_path;
	uint8_t *expected;
	struct aie_buffer *buffer;
	bool compared;
	bool written_behind; /* outputs: the run wrote behind `size`, in the buffer's last page */
	struct aie_comparison comparison;
};

struct run_arguments {
	struct run_argument list[RUN_MAX_ARGUMENTS];
	size_t count;
	double tolerance;
};

/* If argv[*index] is --in, --out, --expect or --tolerance, take it and its value, step *index past both and return 1;
 * 0 when it is another option, -1 (message printed) when the value is missing or wrong. */
int run_arguments_option(struct run_arguments *arguments, int argc, char **argv, int *index);
/* Read the files of inputs and expectations, before anything is made on the device. */
int run_arguments_load(struct run_arguments *arguments, struct aie_error *error);
/* Make and fill the buffers; `buffers` gets them in order. */
int run_arguments_create(struct run_arguments *arguments, struct aie_device *device,
                         struct aie_buffer *buffers[RUN_MAX_ARGUMENTS], struct aie_error *error);
/* After the run: write the outputs' files, compare those with an expectation. */
int run_arguments_store(struct run_arguments *arguments, struct aie_error *error);
/* Was everything that was expected found? True when nothing was. */
bool run_arguments_correct(const struct run_arguments *arguments);
void run_arguments_destroy(struct run_arguments *arguments);

#endif
