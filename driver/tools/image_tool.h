/* Parts of the tool aie-image. */
#ifndef AIE_DRIVER_TOOLS_IMAGE_TOOL_H
#define AIE_DRIVER_TOOLS_IMAGE_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "driver/image/operation.h"
#include "isa/json.h"

/* Largest file the tool reads. */
enum { IMAGE_TOOL_MAX_BYTES = 1 << 30 };

struct aie_image_dump_options {
	bool offsets; /* byte offset in front of every operation */
	bool data;    /* words of memory blocks, not only their number */
	bool json, script;
};

/* Explain an image of any format, told by its contents.  The image is checked first; nothing is printed of a bad one.
 */
int aie_image_dump(FILE *out, const void *data, size_t size, const struct aie_image_dump_options *options,
                   struct aie_error *error);

/* The same as one JSON object, a value of the array that is open; `path` goes into it. */
int aie_image_dump_json(struct aie_json *json, const char *path, const void *data, size_t size,
                        const struct aie_image_dump_options *options, struct aie_error *error);

/* The description (see image_build.c) that makes an image of the same kind and operations.  AIE_ERROR_UNIMPLEMENTED for
 * what descriptions have no statement for. */
int aie_image_script(FILE *out, const void *data, size_t size, struct aie_error *error);

/* Compare two explanations line by line; true when they are equal.  Differing lines come as "-" and "+" lines. */
bool aie_image_diff(FILE *out, const char *one, const char *two);

/* Make an image from a description (see image_build.c).  `directory`: where the files named in it are looked for.
 */
int aie_image_build(const char *text, size_t size, const char *directory, struct aie_bytes *bytes,
                    struct aie_error *error);

#endif
