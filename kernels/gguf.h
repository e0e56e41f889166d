/* Reader of GGUF files, version 3, little endian: header, metadata, tensor table, tensor data.
 *
 * The whole file is checked at opening (every string, array and tensor record inside the file, data of the tensor types
 * known here inside the file); metadata values are checked and skipped, only general.alignment is used.  Layout from
 * the public format description of ggml: magic "GGUF", u32 version, u64 tensor count, u64 metadata count; a metadata
 * record is key string, u32 type, value; a tensor record is name string, u32 dimension count, u64 sizes (first =
 * fastest), u32 type, u64 offset from the start of the data area, which begins at the next multiple of the alignment
 * after the records.
 *
 * Errors name the byte position in the file: AIE_ERROR_INPUT for the contents, AIE_ERROR_DEVICE when the file cannot be
 * mapped after it was opened.
 */
#ifndef AIE_KERNELS_GGUF_H
#define AIE_KERNELS_GGUF_H

#include <stddef.h>
#include <stdint.h>

#include "isa/error.h"

enum { AIE_GGUF_F32 = 0, AIE_GGUF_F16 = 1, AIE_GGUF_Q4_0 = 2, AIE_GGUF_BF16 = 30 };
enum { AIE_GGUF_MAX_DIMENSIONS = 4, AIE_Q4_0_BLOCK = 32, AIE_Q4_0_BYTES = 18 };

struct aie_gguf_tensor {
	const char *name; /* not terminated */
	uint64_t name_size;
	uint32_t type;
	uint32_t dimension_count;
	uint64_t size[AIE_GGUF_MAX_DIMENSIONS]; /* elements; size[0] is contiguous; unused ones are 1 */
	const uint8_t *data;                    /* NULL when the type is not one of those above */
	uint64_t bytes;                         /* of data */
};

struct aie_gguf;

/* Open and map a file / take `size` bytes in memory, which must outlive the object; `name` is for messages. */
struct aie_gguf *aie_gguf_open(const char *path, struct aie_error *error);
struct aie_gguf *aie_gguf_parse(const void *bytes, size_t size, const char *name, struct aie_error *error);
void aie_gguf_close(struct aie_gguf *gguf);

uint64_t aie_gguf_tensor_count(const struct aie_gguf *gguf);
const struct aie_gguf_tensor *aie_gguf_tensor(const struct aie_gguf *gguf, uint64_t index);
/* NULL, with an error that lists a few names of the file, when there is no such tensor. */
const struct aie_gguf_tensor *aie_gguf_find(const struct aie_gguf *gguf, const char *name, struct aie_error *error);

/* "F32", "Q4_0", ... or "type 12". */
const char *aie_gguf_type_name(uint32_t type);

#endif
