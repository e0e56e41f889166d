#include "kernels/gguf.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "isa/file.h"

enum { DEFAULT_ALIGNMENT = 32, MAX_ARRAY_DEPTH = 8, MIN_TENSOR_RECORD = 8 + 4 + 4 + 8 };

struct aie_gguf {
	const uint8_t *bytes;
	size_t size;
	void *mapping; /* NULL when the bytes are the caller's */
	char *name;
	struct aie_gguf_tensor *tensor;
	uint64_t tensor_count;
};

/* Metadata value types by number; size 0 = variable. */
enum { VALUE_STRING = 8, VALUE_ARRAY = 9, VALUE_BOOL = 7, VALUE_U32 = 4, VALUE_U64 = 10, VALUE_TYPES = 13 };
static const uint8_t value_size[VALUE_TYPES] = {
	[0] = 1, [1] = 1, [2] = 2, [3] = 2, [4] = 4, [5] = 4, [6] = 4, [7] = 1, [10] = 8, [11] = 8, [12] = 8,
};

struct tensor_type {
	uint32_t type;
	const char *name;
	uint32_t block, bytes; /* elements and bytes of a block; 0 = only the name is known here */
};
static const struct tensor_type tensor_types[] = {
	{ AIE_GGUF_F32, "F32", 1, 4 },
	{ AIE_GGUF_F16, "F16", 1, 2 },
	{ AIE_GGUF_Q4_0, "Q4_0", AIE_Q4_0_BLOCK, AIE_Q4_0_BYTES },
	{ 3, "Q4_1", 0, 0 },
	{ 6, "Q5_0", 0, 0 },
	{ 7, "Q5_1", 0, 0 },
	{ 8, "Q8_0", 0, 0 },
	{ 9, "Q8_1", 0, 0 },
	{ 10, "Q2_K", 0, 0 },
	{ 11, "Q3_K", 0, 0 },
	{ 12, "Q4_K", 0, 0 },
	{ 13, "Q5_K", 0, 0 },
	{ 14, "Q6_K", 0, 0 },
	{ 15, "Q8_K", 0, 0 },
	{ 20, "IQ4_NL", 0, 0 },
	{ 23, "IQ4_XS", 0, 0 },
	{ AIE_GGUF_BF16, "BF16", 1, 2 },
};

static const struct tensor_type *find_type(uint32_t type)
{
	for (size_t i = 0; i < sizeof tensor_types / sizeof *tensor_types; i++)
		if (tensor_types[i].type == type)
			return &tensor_types[i];
	return NULL;
}

const char *aie_gguf_type_name(uint32_t type)
{
	const struct tensor_type *entry = find_type(type);
	return entry ? entry->name : "unknown type";
}

struct cursor {
	const struct aie_gguf *gguf;
	size_t at;
	struct aie_error *error;
};

static int bad(struct cursor *cursor, const char *what)
{
	return aie_error_set(cursor->error, AIE_ERROR_INPUT, "%s: byte %zu: %s", cursor->gguf->name, cursor->at, what);
}

/* Step over `size` bytes; NULL when the file ends before. */
static const uint8_t *take(struct cursor *cursor, uint64_t size, const char *what)
{
	if (size > cursor->gguf->size - cursor->at) {
		aie_error_set(cursor->error, AIE_ERROR_INPUT,
		              "%s: byte %zu: file ends inside %s (%" PRIu64 " bytes needed, %zu left)",
		              cursor->gguf->name, cursor->at, what, size, cursor->gguf->size - cursor->at);
		return NULL;
	}
	const uint8_t *bytes = cursor->gguf->bytes + cursor->at;
	cursor->at += (size_t)size;
	return bytes;
}

static uint64_t little(const uint8_t *bytes, unsigned size)
{
	uint64_t value = 0;
	for (unsigned i = size; i-- > 0;)
		value = value << 8 | bytes[i];
	return value;
}

static int take_number(struct cursor *cursor, unsigned size, uint64_t *value, const char *what)
{
	const uint8_t *bytes = take(cursor, size, what);
	if (!bytes)
		return -1;
	*value = little(bytes, size);
	return 0;
}

static int take_string(struct cursor *cursor, const uint8_t **text, uint64_t *size, const char *what)
{
	if (take_number(cursor, 8, size, what))
		return -1;
	*text = take(cursor, *size, what);
	return *text ? 0 : -1;
}

/* Check and skip a value of `type`. */
static int skip_value(struct cursor *cursor, uint64_t type, unsigned depth)
{
	if (type >= VALUE_TYPES)
		return bad(cursor, "unknown metadata value type");
	if (type == VALUE_STRING) {
		const uint8_t *text;
		uint64_t size;
		return take_string(cursor, &text, &size, "a metadata string");
	}
	if (type != VALUE_ARRAY) {
		const uint8_t *bytes = take(cursor, value_size[type], "a metadata value");
		if (!bytes)
			return -1;
		return type == VALUE_BOOL && *bytes > 1 ? bad(cursor, "metadata boolean is neither 0 nor 1") : 0;
	}
	if (depth >= MAX_ARRAY_DEPTH)
		return bad(cursor, "metadata arrays are nested too deeply");
	uint64_t element, count;
	if (take_number(cursor, 4, &element, "a metadata array") || take_number(cursor, 8, &count, "a metadata array"))
		return -1;
	if (element >= VALUE_TYPES)
		return bad(cursor, "unknown element type of a metadata array");
	if (value_size[element]) {
		uint64_t bytes;
		if (__builtin_mul_overflow(count, value_size[element], &bytes))
			return bad(cursor, "metadata array is larger than any file");
		return take(cursor, bytes, "a metadata array") ? 0 : -1;
	}
	for (uint64_t i = 0; i < count; i++) /* every element takes at least 8 bytes, so the file bounds this */
		if (skip_value(cursor, element, depth + 1))
			return -1;
	return 0;
}

static int read_metadata(struct cursor *cursor, uint64_t count, uint64_t *alignment)
{
	static const char key_alignment[] = "general.alignment";
	for (uint64_t i = 0; i < count; i++) {
		const uint8_t *key;
		uint64_t size, type;
		if (take_string(cursor, &key, &size, "a metadata key") ||
		    take_number(cursor, 4, &type, "a metadata record"))
			return -1;
		if (size == sizeof key_alignment - 1 && !memcmp(key, key_alignment, size)) {
			if (type != VALUE_U32)
				return bad(cursor, "general.alignment is not of type u32");
			if (take_number(cursor, 4, alignment, "general.alignment"))
				return -1;
			if (*alignment == 0 || (*alignment & (*alignment - 1)) || *alignment > 1u << 20)
				return bad(cursor, "general.alignment is no power of two up to 1 MiB");
		} else if (skip_value(cursor, type, 0)) {
			return -1;
		}
	}
	return 0;
}

static int read_tensor(struct cursor *cursor, struct aie_gguf_tensor *tensor, uint64_t *offset)
{
	const uint8_t *name;
	uint64_t dimensions, type;
	if (take_string(cursor, &name, &tensor->name_size, "a tensor name"))
		return -1;
	tensor->name = (const char *)name;
	if (take_number(cursor, 4, &dimensions, "a tensor record"))
		return -1;
	if (dimensions > AIE_GGUF_MAX_DIMENSIONS)
		return bad(cursor, "tensor has more than 4 dimensions");
	tensor->dimension_count = (uint32_t)dimensions;
	uint64_t elements = 1;
	for (unsigned d = 0; d < AIE_GGUF_MAX_DIMENSIONS; d++) {
		tensor->size[d] = 1;
		if (d < dimensions && take_number(cursor, 8, &tensor->size[d], "a tensor record"))
			return -1;
		if (__builtin_mul_overflow(elements, tensor->size[d], &elements) || elements > INT64_MAX)
			return bad(cursor, "number of elements of a tensor overflows");
	}
	if (take_number(cursor, 4, &type, "a tensor record") || take_number(cursor, 8, offset, "a tensor record"))
		return -1;
	tensor->type = (uint32_t)type;
	const struct tensor_type *entry = find_type(tensor->type);
	tensor->bytes = 0;
	if (entry && entry->block) {
		if (tensor->size[0] % entry->block)
			return bad(cursor, "row of a tensor is no whole number of blocks");
		if (__builtin_mul_overflow(elements / entry->block, entry->bytes, &tensor->bytes))
			return bad(cursor, "size of a tensor overflows");
	}
	return 0;
}

static int read_all(struct aie_gguf *gguf, struct aie_error *error)
{
	struct cursor cursor = { .gguf = gguf, .at = 0, .error = error };
	const uint8_t *magic = take(&cursor, 4, "the header");
	if (!magic)
		return -1;
	if (memcmp(magic, "GGUF", 4))
		return aie_error_set(error, AIE_ERROR_INPUT, "%s: byte 0: no GGUF file (magic is missing)", gguf->name);
	uint64_t version, tensors, records;
	if (take_number(&cursor, 4, &version, "the header"))
		return -1;
	if (version != 3)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "%s: byte 4: GGUF version %" PRIu64 " is not supported, only 3 (little endian)",
		                     gguf->name, version);
	if (take_number(&cursor, 8, &tensors, "the header") || take_number(&cursor, 8, &records, "the header"))
		return -1;
	if (tensors > gguf->size / MIN_TENSOR_RECORD)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "%s: byte 8: %" PRIu64 " tensors do not fit in a file of %zu bytes", gguf->name,
		                     tensors, gguf->size);

	uint64_t alignment = DEFAULT_ALIGNMENT;
	if (read_metadata(&cursor, records, &alignment))
		return -1;

	gguf->tensor = calloc(tensors ? (size_t)tensors : 1, sizeof *gguf->tensor);
	uint64_t *offset = calloc(tensors ? (size_t)tensors : 1, sizeof *offset);
	int status = gguf->tensor && offset
	                     ? 0
	                     : aie_error_set(error, AIE_ERROR_MEMORY, "%s: no memory for the tensor table", gguf->name);
	for (uint64_t i = 0; !status && i < tensors; i++)
		status = read_tensor(&cursor, &gguf->tensor[i], &offset[i]);
	if (!status && tensors) {
		uint64_t start = (cursor.at + alignment - 1) & ~(alignment - 1);
		for (uint64_t i = 0; !status && i < tensors; i++) {
			struct aie_gguf_tensor *tensor = &gguf->tensor[i];
			int name_size = tensor->name_size < 80 ? (int)tensor->name_size : 80;
			if (offset[i] % alignment)
				status = aie_error_set(error, AIE_ERROR_INPUT,
				                       "%s: tensor %.*s: offset %" PRIu64
				                       " is no multiple of the alignment %" PRIu64,
				                       gguf->name, name_size, tensor->name, offset[i], alignment);
			else if (start > gguf->size || offset[i] > gguf->size - start ||
			         tensor->bytes > gguf->size - start - offset[i])
				status = aie_error_set(error, AIE_ERROR_INPUT,
				                       "%s: tensor %.*s: data at byte %" PRIu64 " + %" PRIu64
				                       ", %" PRIu64 " bytes, end beyond the file (%zu bytes)",
				                       gguf->name, name_size, tensor->name, start, offset[i],
				                       tensor->bytes, gguf->size);
			else if (find_type(tensor->type) && find_type(tensor->type)->block)
				tensor->data = gguf->bytes + start + offset[i];
		}
	}
	free(offset);
	gguf->tensor_count = tensors;
	return status;
}

static struct aie_gguf *finish(struct aie_gguf *gguf, struct aie_error *error)
{
	if (!read_all(gguf, error))
		return gguf;
	aie_gguf_close(gguf);
	return NULL;
}

static struct aie_gguf *create(const char *name, struct aie_error *error)
{
	struct aie_gguf *gguf = calloc(1, sizeof *gguf);
	if (gguf)
		gguf->name = strdup(name);
	if (gguf && gguf->name)
		return gguf;
	free(gguf);
	aie_error_set(error, AIE_ERROR_MEMORY, "%s: no memory", name);
	return NULL;
}

struct aie_gguf *aie_gguf_parse(const void *bytes, size_t size, const char *name, struct aie_error *error)
{
	struct aie_gguf *gguf = create(name, error);
	if (!gguf)
		return NULL;
	gguf->bytes = bytes;
	gguf->size = size;
	return finish(gguf, error);
}

struct aie_gguf *aie_gguf_open(const char *path, struct aie_error *error)
{
	struct aie_gguf *gguf = create(path, error);
	if (!gguf)
		return NULL;
	if (!aie_file_map(path, &gguf->mapping, &gguf->size, error) && !gguf->mapping)
		aie_error_set(error, AIE_ERROR_INPUT, "%s: byte 0: file is empty", path);
	if (!gguf->mapping) {
		aie_gguf_close(gguf);
		return NULL;
	}
	gguf->bytes = gguf->mapping;
	return finish(gguf, error);
}

void aie_gguf_close(struct aie_gguf *gguf)
{
	if (!gguf)
		return;
	if (gguf->mapping)
		munmap(gguf->mapping, gguf->size);
	free(gguf->tensor);
	free(gguf->name);
	free(gguf);
}

uint64_t aie_gguf_tensor_count(const struct aie_gguf *gguf)
{
	return gguf->tensor_count;
}

const struct aie_gguf_tensor *aie_gguf_tensor(const struct aie_gguf *gguf, uint64_t index)
{
	return index < gguf->tensor_count ? &gguf->tensor[index] : NULL;
}

const struct aie_gguf_tensor *aie_gguf_find(const struct aie_gguf *gguf, const char *name, struct aie_error *error)
{
	size_t size = strlen(name);
	for (uint64_t i = 0; i < gguf->tensor_count; i++)
		if (gguf->tensor[i].name_size == size && !memcmp(gguf->tensor[i].name, name, size))
			return &gguf->tensor[i];
	char list[200] = "";
	size_t used = 0;
	for (uint64_t i = 0; i < gguf->tensor_count && i < 4; i++) {
		size_t take_bytes = gguf->tensor[i].name_size < 40 ? (size_t)gguf->tensor[i].name_size : 40;
		memcpy(list + used, i ? ", " : ": ", 2);
		memcpy(list + used + 2, gguf->tensor[i].name, take_bytes);
		used += 2 + take_bytes;
		list[used] = 0;
	}
	for (size_t i = 0; i < used; i++)
		if ((unsigned char)list[i] < 0x20 || list[i] == 0x7F)
			list[i] = '?';
	aie_error_set(error, AIE_ERROR_INPUT, "%s: no tensor named \"%s\" among %" PRIu64 "%s%s", gguf->name, name,
	              gguf->tensor_count, list, gguf->tensor_count > 4 ? ", ..." : "");
	return NULL;
}
