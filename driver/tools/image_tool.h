/* Parts of the tool aie-image. */
#ifndef AIE_DRIVER_TOOLS_IMAGE_TOOL_H
#define AIE_DRIVER_TOOLS_IMAGE_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "driver/image/operation.h"

/* Largest file the tool reads. */
enum { IMAGE_TOOL_MAX_BYTES = 1 << 30 };

struct aie_image_dump_options {
	bool offsets; /* byte offset in front of every operation */
	bool data;    /* words of memory blocks, not only their number */
};

/* Explain an image of any format, told by its contents.  The image is checked first; nothing is printed of a bad one.
 */
int aie_image_dump(FILE *out, const void *data, size_t size, const struct aie_image_dump_options *options,
                   struct aie_error *error);

/* Compare two explanations line by line; true when they are equal.  Differing lines come as "-" and "+" lines. */
bool aie_image_diff(FILE *out, const char *one, const char *two);

/* Make an image from a description (see aie_image_build.c).  `directory`: where the files named in it are looked for.
 */
int aie_image_build(const char *text, size_t size, const char *directory, struct aie_bytes *bytes,
                    struct aie_error *error);

#endif
