/* Whole files, for every tool: read one into memory, map one, write one so that it appears complete or not at all.
 *
 * All take AIE_ERROR_INPUT for what is wrong with the file or its name (the text begins with the name) and
 * AIE_ERROR_MEMORY for no memory.
 */
#ifndef AIE_ISA_FILE_H
#define AIE_ISA_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "isa/error.h"

/* Read a file, pipe or device of at most `limit` bytes into fresh memory (free() it); "-" is standard input. A zero
 * byte follows the last one and does not count. */
int aie_file_read(const char *path, size_t limit, uint8_t **data, size_t *size, struct aie_error *error);

/* Write to a temporary file beside `path`, then rename it; on failure the old contents are still there, and a file that
 * is replaced hands its permissions on. What is no regular file (a device, a pipe, a symbolic link) is written in
 * place, and "-" is standard output. */
int aie_file_write(const char *path, const void *data, size_t size, struct aie_error *error);

/* The same for what is written piece by piece.  `path` is kept, not copied; the rest is of this module. */
struct aie_file_output {
	FILE *stream;
	const char *path;
	char *temporary;
};
int aie_file_open(struct aie_file_output *output, const char *path, struct aie_error *error);
/* Ends what aie_file_open() began; `status` other than 0: something failed, whose error stands, and the old contents
 * stay.  Returns -1 then, and when not everything could be written. */
int aie_file_close(struct aie_file_output *output, int status, struct aie_error *error);

/* Map a regular file for reading (munmap() it). Of an empty file *data is NULL. */
int aie_file_map(const char *path, void **data, size_t *size, struct aie_error *error);

#endif
