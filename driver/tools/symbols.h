/* Names for program addresses in the model's reports: "core (0,2) pc 0x120" becomes "core (0,2) pc 0x120
 * <gemv_inner+0x10> at gemv.s:45" where the program of that core has symbols and line numbers. */
#ifndef AIE_DRIVER_TOOLS_SYMBOLS_H
#define AIE_DRIVER_TOOLS_SYMBOLS_H

#include <stddef.h>

#include "driver/aie.h"
#include "isa/error.h"
#include "kernels/operator.h"

/* A copy of the text for the caller to free; NULL: no memory. */
char *aie_symbols_annotate(const char *text, const struct aie_operator_worker *worker, size_t workers);
/* The same for what a profile says of waits and checks, in place; the checks' new text for the caller to free when the
 * profile is done with, or NULL. */
char *aie_symbols_name(struct aie_profile *profile, const struct aie_operator_worker *worker, size_t workers);

/* Programs of cores that the user names: "--core-elf C,R=FILE", C,R in numbers or "*" for every core without one of its
 * own. */
enum { AIE_CORE_ELFS = 64 };
struct aie_core_elfs {
	size_t options;
	const char *option[AIE_CORE_ELFS];
	struct aie_operator_worker *worker; /* made by aie_core_elfs_load() */
	size_t workers;
	uint8_t *file[AIE_CORE_ELFS];
};
/* -1: bad input, a file that is not there or no program. */
int aie_core_elfs_load(struct aie_core_elfs *elfs, struct aie_error *error);
void aie_core_elfs_free(struct aie_core_elfs *elfs);

#endif
