/* Files and messages of the isa tools. */
#ifndef AIE_ISA_TOOLS_TOOL_H
#define AIE_ISA_TOOLS_TOOL_H

#include <stddef.h>
#include <stdint.h>

#include "isa/error.h"

/* The whole file ("-": standard input) in fresh memory, one zero byte behind it; NULL on failure. */
uint8_t *tool_read(const char *path, size_t *size, struct aie_error *error);
/* Writes the file in one piece ("-": standard output); on failure none is left behind. */
int tool_write(const char *path, const void *bytes, size_t size, struct aie_error *error);
/* A number in C notation, 0..maximum; -1 if it is none. */
int tool_number(const char *text, uint64_t maximum, uint64_t *value);
/* Prints "TOOL: text" on stderr and returns the exit status. */
int tool_fail(const char *tool, const struct aie_error *error);

#endif
