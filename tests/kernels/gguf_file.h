/* Writes GGUF files into memory, for tests: records in the order of the calls, tensor data at the alignment. */
#ifndef AIE_TESTS_KERNELS_GGUF_FILE_H
#define AIE_TESTS_KERNELS_GGUF_FILE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct gguf_file {
	uint8_t *data;
	size_t size;
};

static inline void gguf_put(struct gguf_file *file, const void *bytes, size_t size)
{
	file->data = realloc(file->data, file->size + size + 1);
	if (!file->data)
		abort();
	memcpy(file->data + file->size, bytes, size);
	file->size += size;
}

static inline void gguf_u32(struct gguf_file *file, uint32_t value)
{
	uint8_t bytes[4] = { (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24) };
	gguf_put(file, bytes, 4);
}

static inline void gguf_u64(struct gguf_file *file, uint64_t value)
{
	gguf_u32(file, (uint32_t)value);
	gguf_u32(file, (uint32_t)(value >> 32));
}

static inline void gguf_string(struct gguf_file *file, const char *text)
{
	gguf_u64(file, strlen(text));
	gguf_put(file, text, strlen(text));
}

static inline void gguf_header(struct gguf_file *file, uint64_t tensors, uint64_t records)
{
	gguf_put(file, "GGUF", 4);
	gguf_u32(file, 3);
	gguf_u64(file, tensors);
	gguf_u64(file, records);
}

static inline void gguf_tensor_2d(struct gguf_file *file, const char *name, uint64_t k, uint64_t m, uint32_t type,
                                  uint64_t offset)
{
	gguf_string(file, name);
	gguf_u32(file, 2);
	gguf_u64(file, k);
	gguf_u64(file, m);
	gguf_u32(file, type);
	gguf_u64(file, offset);
}

static inline void gguf_align(struct gguf_file *file, size_t alignment)
{
	while (file->size % alignment)
		gguf_put(file, "", 1);
}

#endif
