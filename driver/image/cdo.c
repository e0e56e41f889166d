#include "driver/image/cdo.h"

#include <inttypes.h>

#include "driver/image/image_internal.h"

/* Command numbers, bits 7..0 of the command word (the loader looks at no more). */
enum {
	CDO_MASK_WRITE = 0x02,
	CDO_WRITE = 0x03,
	CDO_DMA_WRITE = 0x05,
	CDO_MASK_WRITE64 = 0x07,
	CDO_WRITE64 = 0x08,
	CDO_NOP = 0x11,
	CDO_MODULE_GENERAL = 0x100, /* bits 15..8 as writers fill them */
	CDO_LONG_FORM = 255,        /* payload count that says: the next word holds it */
	CDO_ALIGNMENT = 16,         /* of block data, in bytes from the start of the CDO */
};

/* Commands the format knows and the NPU's loader stops at; only their names matter. */
static const char *refused_command_name(unsigned command)
{
	switch (command) {
	case 0x00:
		return "END_MARK";
	case 0x01:
		return "MASK_POLL";
	case 0x04:
		return "DELAY";
	case 0x06:
		return "MASK_POLL64";
	case 0x09:
		return "DMA_XFER";
	case 0x0C:
		return "SET";
	case 0x0D:
		return "WRITE_KEYHOLE";
	case 0x19:
		return "MARKER";
	case 0x1B:
		return "BEGIN";
	case 0x1C:
		return "END";
	default:
		return "unknown";
	}
}

/* What a command of each number needs; words 0 = not a command the NPU runs. */
static const struct command_shape {
	const char *name;
	uint8_t words;   /* payload at least */
	uint8_t address; /* payload word with the low half of the address */
	bool high;       /* the word before it is the high half */
	uint8_t kind;
} shapes[] = {
	[CDO_MASK_WRITE] = { "MASK_WRITE", 3, 0, false, AIE_OPERATION_MASK_WRITE },
	[CDO_WRITE] = { "WRITE", 2, 0, false, AIE_OPERATION_WRITE },
	[CDO_DMA_WRITE] = { "DMA_WRITE", 2, 1, true, AIE_OPERATION_BLOCK_WRITE },
	[CDO_MASK_WRITE64] = { "MASK_WRITE64", 4, 1, true, AIE_OPERATION_MASK_WRITE },
	[CDO_WRITE64] = { "WRITE64", 3, 1, true, AIE_OPERATION_WRITE },
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static uint64_t command_address(const struct command_shape *shape, const uint32_t *payload)
{
	return shape->high ? (uint64_t)payload[0] << 32 | payload[1] : payload[0];
}

static size_t byte_offset(const struct aie_cdo *cdo, size_t word)
{
	return cdo->base + AIE_CDO_HEADER_BYTES + 4 * word;
}

/* The command at cursor->at: 1 with *operation, 0 at the end, -1 with `error`. */
static int plain_step(const struct aie_cdo *cdo, struct aie_cdo_cursor *cursor, unsigned columns,
                      struct aie_operation *operation, struct aie_error *error)
{
	const uint32_t *at = cdo->words + AIE_CDO_HEADER_WORDS + cursor->at;
	size_t left = cdo->command_words - cursor->at, offset = byte_offset(cdo, cursor->at);
	const struct command_shape *shape;
	const uint32_t *payload = at + 1;
	uint32_t command, count;
	size_t head = 1;

	if (left == 0)
		return 0;
	command = at[0] & 0xFF;
	count = at[0] >> 16 & 0xFF;
	if (count == CDO_LONG_FORM) {
		if (left < 2)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "offset 0x%zx: CDO command 0x%02x: its length word is missing", offset,
			                     command);
		count = at[1];
		payload = at + 2;
		head = 2;
	}
	if (count > left - head)
		return aie_error_set(
		        error, AIE_ERROR_INPUT,
		        "offset 0x%zx: CDO command 0x%02x with %u payload words runs past the end, %zu words are left",
		        offset, command, count, left - head);
	memset(operation, 0, sizeof *operation);
	operation->offset = offset;
	operation->size = 4 * (head + count);
	cursor->at += head + count;
	if (command == CDO_NOP) {
		operation->kind = AIE_OPERATION_NOP;
		operation->count = count;
		operation->words = payload;
		return 1;
	}
	shape = command < SHAPES ? &shapes[command] : NULL;
	if (!shape || !shape->words)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: the NPU does not run CDO command 0x%02x (%s)", offset, command,
		                     refused_command_name(command));
	if (count < shape->words)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%zx: CDO %s with %u payload words needs %u",
		                     offset, shape->name, count, shape->words);
	operation->kind = shape->kind;
	operation->address = command_address(shape, payload);
	if (shape->kind == AIE_OPERATION_BLOCK_WRITE) {
		operation->words = payload + 2;
		operation->count = count - 2;
	} else if (shape->kind == AIE_OPERATION_MASK_WRITE) {
		operation->mask = payload[shape->address + 1];
		operation->value = payload[shape->address + 2];
	} else {
		operation->value = payload[shape->address + 1];
	}
	if (aie_image_check_address(operation->address,
	                            shape->kind == AIE_OPERATION_BLOCK_WRITE ? 4 * (uint64_t)operation->count : 4,
	                            columns, shape->name, offset, error))
		return -1;
	return 1;
}

enum { ZEROS_FLAG = 1 << 16, ZEROS_MAX_WORDS = 0xFFFF };

/* The same for the separated form: groups of (command, count, records), block data in the data zone. */
static int separated_step(const struct aie_cdo *cdo, struct aie_cdo_cursor *cursor, unsigned columns,
                          struct aie_operation *operation, struct aie_error *error)
{
	const uint32_t *zone = cdo->words + AIE_CDO_HEADER_WORDS;
	const struct command_shape *shape;
	size_t offset, words;
	const uint32_t *record;

	while (cursor->left == 0) {
		offset = byte_offset(cdo, cursor->at);
		if (cursor->at == cdo->zone_words)
			return 0;
		if (cdo->zone_words - cursor->at < 2)
			return aie_error_set(
			        error, AIE_ERROR_INPUT,
			        "offset 0x%zx: command zone of %u bytes is not consumed exactly: a group head is cut",
			        offset, 4 * cdo->zone_words);
		cursor->command = zone[cursor->at];
		cursor->left = zone[cursor->at + 1];
		cursor->at += 2;
		if (cursor->command >= SHAPES || !shapes[cursor->command].words)
			return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%zx: unknown command group %u", offset,
			                     cursor->command);
	}
	offset = byte_offset(cdo, cursor->at);
	shape = &shapes[cursor->command];
	words = cursor->command == CDO_DMA_WRITE ? 4 : shape->words;
	if (cdo->zone_words - cursor->at < words)
		return aie_error_set(
		        error, AIE_ERROR_INPUT,
		        "offset 0x%zx: %s group with %u records left runs past the command zone of %u bytes", offset,
		        shape->name, cursor->left, 4 * cdo->zone_words);
	record = zone + cursor->at;
	cursor->at += words;
	cursor->left--;
	memset(operation, 0, sizeof *operation);
	operation->offset = offset;
	operation->size = 4 * words;
	operation->kind = shape->kind;
	operation->address = command_address(shape, record);
	if (cursor->command == CDO_DMA_WRITE) {
		uint32_t start = record[2], length = record[3];

		operation->count = length & 0xFFFF;
		if (length & ~(uint32_t)(ZEROS_FLAG | 0xFFFF))
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "offset 0x%zx: DMA_WRITE length word 0x%08x has unknown bits", offset,
			                     length);
		if (length & ZEROS_FLAG) {
			operation->words = cdo->zeros;
		} else {
			if (start & 3 ||
			    !image_inside(start, 4 * (uint64_t)operation->count, 4 * (uint64_t)cdo->data_words))
				return aie_error_set(
				        error, AIE_ERROR_INPUT,
				        "offset 0x%zx: DMA_WRITE data of %u words at 0x%x leave the data zone of %u "
				        "bytes or are not aligned",
				        offset, operation->count, start, 4 * cdo->data_words);
			operation->words = zone + cdo->zone_words + start / 4;
		}
	} else if (shape->kind == AIE_OPERATION_MASK_WRITE) {
		operation->mask = record[shape->address + 1];
		operation->value = record[shape->address + 2];
	} else {
		operation->value = record[shape->address + 1];
	}
	if (aie_image_check_address(operation->address,
	                            shape->kind == AIE_OPERATION_BLOCK_WRITE ? 4 * (uint64_t)operation->count : 4,
	                            columns, shape->name, offset, error))
		return -1;
	return 1;
}

static int step(const struct aie_cdo *cdo, struct aie_cdo_cursor *cursor, unsigned columns,
                struct aie_operation *operation, struct aie_error *error)
{
	return cdo->separated ? separated_step(cdo, cursor, columns, operation, error)
	                      : plain_step(cdo, cursor, columns, operation, error);
}

static int check_header(const uint8_t *data, size_t size, size_t base, struct aie_error *error)
{
	uint32_t identification, sum;

	if (size < AIE_CDO_HEADER_BYTES)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: %zu bytes are too few for a CDO header of %d", base, size,
		                     AIE_CDO_HEADER_BYTES);
	identification = image_load32(data + 4);
	if (identification == AIE_CDO_IDENTIFICATION_OLD)
		return aie_error_set(
		        error, AIE_ERROR_INPUT,
		        "offset 0x%zx: CDO identification XLNX is the older generic form, which the NPU refuses",
		        base + 4);
	if (identification != AIE_CDO_IDENTIFICATION)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: CDO identification 0x%08x instead of 0x%08x", base + 4,
		                     identification, AIE_CDO_IDENTIFICATION);
	sum = aie_image_checksum(data, 4);
	if (image_load32(data + 16) != sum)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: CDO header checksum 0x%08x instead of 0x%08x", base + 16,
		                     image_load32(data + 16), sum);
	if (image_load32(data) != 4)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%zx: CDO header of %u words instead of 4", base,
		                     image_load32(data));
	return 0;
}

int aie_image_cdo_open(struct aie_cdo *cdo, const uint8_t *data, size_t size, size_t base, bool separated,
                       uint32_t zone_bytes, unsigned columns, struct aie_error *error)
{
	struct aie_cdo_cursor cursor = { 0, 0, 0 };
	struct aie_operation operation;
	uint64_t available;
	size_t keep;
	int more;

	memset(cdo, 0, sizeof *cdo);
	if (check_header(data, size, base, error))
		return -1;
	available = (size - AIE_CDO_HEADER_BYTES) / 4;
	cdo->base = base;
	cdo->version = image_load32(data + 8);
	cdo->command_words = image_load32(data + 12);
	cdo->separated = separated;
	if (separated) {
		if (zone_bytes % 4 || zone_bytes / 4 > available)
			return aie_error_set(
			        error, AIE_ERROR_INPUT,
			        "offset 0x%zx: command zone of %u bytes is not whole words or longer than the %" PRIu64
			        " bytes there are",
			        base + AIE_CDO_HEADER_BYTES, zone_bytes, 4 * available);
		cdo->zone_words = zone_bytes / 4;
		cdo->data_words = (uint32_t)(available - cdo->zone_words);
		keep = AIE_CDO_HEADER_WORDS + (size_t)available;
	} else {
		if (cdo->command_words > available)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "offset 0x%zx: CDO length of %u words is more than the %" PRIu64
			                     " there are",
			                     base + 12, cdo->command_words, available);
		keep = AIE_CDO_HEADER_WORDS + (size_t)cdo->command_words;
	}
	cdo->words = malloc(4 * keep);
	if (!cdo->words)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a CDO of %zu bytes", 4 * keep);
	memcpy(cdo->words, data, 4 * keep);
	if (separated) {
		cdo->zeros = calloc(ZEROS_MAX_WORDS, 4);
		if (!cdo->zeros) {
			aie_cdo_close(cdo);
			return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a block of zeros");
		}
	}
	while ((more = step(cdo, &cursor, columns, &operation, error)) > 0)
		cdo->operations++;
	if (more < 0) {
		aie_cdo_close(cdo);
		return -1;
	}
	return 0;
}

int aie_cdo_open(struct aie_cdo *cdo, const void *data, size_t size, unsigned columns, struct aie_error *error)
{
	return aie_image_cdo_open(cdo, data, size, 0, false, 0, columns, error);
}

void aie_cdo_close(struct aie_cdo *cdo)
{
	free(cdo->words);
	free(cdo->zeros);
	memset(cdo, 0, sizeof *cdo);
}

bool aie_cdo_next(const struct aie_cdo *cdo, struct aie_cdo_cursor *cursor, struct aie_operation *operation)
{
	struct aie_error unused; /* opening has found every error there can be */

	return cdo->words && step(cdo, cursor, 0, operation, &unused) > 0;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static bool failed(const struct aie_cdo_builder *builder)
{
	return builder->error.category != AIE_ERROR_NONE;
}

static uint32_t *add_words(struct aie_cdo_builder *builder, size_t count)
{
	uint32_t *place;

	if (failed(builder))
		return NULL;
	if (count > (size_t)UINT32_MAX / 8 - builder->count) {
		aie_error_set(&builder->error, AIE_ERROR_INPUT, "CDO grows beyond 2 GiB");
		return NULL;
	}
	if (builder->count + count > builder->capacity) {
		size_t capacity = builder->capacity ? builder->capacity : 256;
		uint32_t *grown;

		while (capacity < builder->count + count)
			capacity *= 2;
		grown = realloc(builder->words, 4 * capacity);
		if (!grown) {
			aie_error_set(&builder->error, AIE_ERROR_MEMORY, "no memory for a CDO of %zu words", capacity);
			return NULL;
		}
		builder->words = grown;
		builder->capacity = capacity;
	}
	place = builder->words + builder->count;
	builder->count += count;
	return place;
}

static bool check_place(struct aie_cdo_builder *builder, uint64_t address, uint64_t bytes, const char *what)
{
	return !failed(builder) && !aie_image_check_address(address, bytes, 0, what,
	                                                    AIE_CDO_HEADER_BYTES + 4 * builder->count, &builder->error);
}

void aie_cdo_begin(struct aie_cdo_builder *builder)
{
	memset(builder, 0, sizeof *builder);
	aie_cdo_nop(builder);
}

void aie_cdo_nop(struct aie_cdo_builder *builder)
{
	uint32_t *place = add_words(builder, 1);

	if (place)
		place[0] = CDO_MODULE_GENERAL | CDO_NOP;
}

void aie_cdo_write32(struct aie_cdo_builder *builder, uint64_t address, uint32_t value)
{
	uint32_t *place = check_place(builder, address, 4, "WRITE") ? add_words(builder, 3) : NULL;

	if (!place)
		return;
	place[0] = 2U << 16 | CDO_MODULE_GENERAL | CDO_WRITE;
	place[1] = (uint32_t)address;
	place[2] = value;
}

void aie_cdo_mask_write32(struct aie_cdo_builder *builder, uint64_t address, uint32_t mask, uint32_t value)
{
	uint32_t *place = check_place(builder, address, 4, "MASK_WRITE") ? add_words(builder, 4) : NULL;

	if (!place)
		return;
	place[0] = 3U << 16 | CDO_MODULE_GENERAL | CDO_MASK_WRITE;
	place[1] = (uint32_t)address;
	place[2] = mask;
	place[3] = value;
}

void aie_cdo_block_write(struct aie_cdo_builder *builder, uint64_t address, const uint32_t *words, size_t count)
{
	size_t payload = count + 2, head = payload < CDO_LONG_FORM ? 1 : 2;
	uint32_t *place;

	if (count == 1) {
		aie_cdo_write32(builder, address, words[0]);
		return;
	}
	if (!check_place(builder, address, 4 * (uint64_t)count, "DMA_WRITE"))
		return;
	if (count)
		while (!failed(builder) && (AIE_CDO_HEADER_BYTES + 4 * (builder->count + head + 2)) % CDO_ALIGNMENT)
			aie_cdo_nop(builder);
	place = add_words(builder, head + payload);
	if (!place)
		return;
	place[0] = (head == 1 ? (uint32_t)payload : (uint32_t)CDO_LONG_FORM) << 16 | CDO_MODULE_GENERAL | CDO_DMA_WRITE;
	if (head == 2)
		place[1] = (uint32_t)payload;
	place[head] = 0;
	place[head + 1] = (uint32_t)address;
	if (count)
		memcpy(place + head + 2, words, 4 * count);
}

void aie_cdo_append(struct aie_cdo_builder *builder, const struct aie_operation *operation)
{
	switch ((enum aie_operation_kind)operation->kind) {
	case AIE_OPERATION_WRITE:
		aie_cdo_write32(builder, operation->address, operation->value);
		break;
	case AIE_OPERATION_MASK_WRITE:
		aie_cdo_mask_write32(builder, operation->address, operation->mask, operation->value);
		break;
	case AIE_OPERATION_BLOCK_WRITE:
		aie_cdo_block_write(builder, operation->address, operation->words, operation->count);
		break;
	case AIE_OPERATION_NOP:
		aie_cdo_nop(builder);
		break;
	default:
		if (!failed(builder))
			aie_error_set(&builder->error, AIE_ERROR_INPUT, "a CDO cannot hold the operation %s",
			              aie_operation_name((enum aie_operation_kind)operation->kind));
	}
}

int aie_cdo_finish(struct aie_cdo_builder *builder, struct aie_bytes *bytes, struct aie_error *error)
{
	uint8_t *data = NULL;

	bytes->data = NULL;
	bytes->size = 0;
	if (!failed(builder)) {
		data = malloc(AIE_CDO_HEADER_BYTES + 4 * builder->count);
		if (!data)
			aie_error_set(&builder->error, AIE_ERROR_MEMORY, "no memory for a CDO");
	}
	if (failed(builder) || !data) {
		*error = builder->error;
		aie_cdo_abandon(builder);
		return -1;
	}
	image_store32(data, 4);
	image_store32(data + 4, AIE_CDO_IDENTIFICATION);
	image_store32(data + 8, AIE_CDO_VERSION);
	image_store32(data + 12, (uint32_t)builder->count);
	image_store32(data + 16, aie_image_checksum(data, 4));
	if (builder->count)
		memcpy(data + AIE_CDO_HEADER_BYTES, builder->words, 4 * builder->count);
	bytes->data = data;
	bytes->size = AIE_CDO_HEADER_BYTES + 4 * builder->count;
	aie_cdo_abandon(builder);
	return 0;
}

void aie_cdo_abandon(struct aie_cdo_builder *builder)
{
	free(builder->words);
	memset(builder, 0, sizeof *builder);
}
