/* Whole files for the tools: read one into memory, write one so that it appears complete or not at all. */
#ifndef AIE_DRIVER_TOOLS_FILES_H
#define AIE_DRIVER_TOOLS_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "isa/error.h"

/* Read a regular file of at most `limit` bytes into fresh memory (free() it).  AIE_ERROR_INPUT names the file. */
int aie_file_read(const char *path, size_t limit, uint8_t **data, size_t *size, struct aie_error *error);
/* Write to a temporary file beside `path`, then rename it. */
int aie_file_write(const char *path, const void *data, size_t size, struct aie_error *error);

#endif
