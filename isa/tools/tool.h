/* Numbers, messages and limits of the isa tools. */
#ifndef AIE_ISA_TOOLS_TOOL_H
#define AIE_ISA_TOOLS_TOOL_H

#include <stdint.h>

#include "isa/error.h"

/* No input of these tools is larger: program memory has 16 KiB, and debug data a few MiB. */
enum { TOOL_INPUT_LIMIT = 256 << 20 };

/* A number in C notation, 0..maximum; -1 if it is none. */
int tool_number(const char *text, uint64_t maximum, uint64_t *value);
/* Prints "TOOL: text" on stderr and returns the exit status. */
int tool_fail(const char *tool, const struct aie_error *error);

#endif
