/* Names for program addresses in the model's reports: "core (0,2) pc 0x120" becomes "core (0,2) pc 0x120
 * <gemv_inner+0x10>" where the program of that core has symbols. */
#ifndef AIE_DRIVER_TOOLS_SYMBOLS_H
#define AIE_DRIVER_TOOLS_SYMBOLS_H

#include <stddef.h>

#include "kernels/operator.h"

/* A copy of the text for the caller to free; NULL: no memory. */
char *aie_symbols_annotate(const char *text, const struct aie_operator_worker *worker, size_t workers);

#endif
