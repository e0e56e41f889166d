#include "driver/image/operation.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "driver/image/explain.h"
#include "driver/image/image_internal.h"

const char *aie_operation_name(enum aie_operation_kind kind)
{
	static const char *const names[AIE_OPERATION_KINDS] = {
		[AIE_OPERATION_WRITE] = "WRITE",
		[AIE_OPERATION_MASK_WRITE] = "MASK_WRITE",
		[AIE_OPERATION_BLOCK_WRITE] = "BLOCK_WRITE",
		[AIE_OPERATION_NOP] = "NOP",
		[AIE_OPERATION_MASK_POLL] = "MASK_POLL",
		[AIE_OPERATION_MASK_POLL_BUSY] = "MASK_POLL_BUSY",
		[AIE_OPERATION_PREEMPT] = "PREEMPT",
		[AIE_OPERATION_LOAD_PDI] = "LOAD_PDI",
		[AIE_OPERATION_LOAD_PM] = "LOAD_PM",
		[AIE_OPERATION_CREATE_SCRATCHPAD] = "CREATE_SCRATCHPAD",
		[AIE_OPERATION_UPDATE_STATE] = "UPDATE_STATE",
		[AIE_OPERATION_UPDATE_REG] = "UPDATE_REG",
		[AIE_OPERATION_UPDATE_SCRATCH] = "UPDATE_SCRATCH",
		[AIE_OPERATION_WAIT] = "WAIT",
		[AIE_OPERATION_DDR_PATCH] = "DDR_PATCH",
		[AIE_OPERATION_READ_REGS] = "READ_REGS",
		[AIE_OPERATION_RECORD_TIMER] = "RECORD_TIMER",
		[AIE_OPERATION_MERGE_SYNC] = "MERGE_SYNC",
	};

	return (unsigned)kind < AIE_OPERATION_KINDS ? names[kind] : "?";
}

void aie_bytes_free(struct aie_bytes *bytes)
{
	free(bytes->data);
	bytes->data = NULL;
	bytes->size = 0;
}

uint8_t *aie_image_buffer_add(struct image_buffer *buffer, size_t size)
{
	uint8_t *place;

	if (buffer->failed)
		return NULL;
	if (size > SIZE_MAX / 4 - buffer->size) {
		buffer->failed = true;
		return NULL;
	}
	if (buffer->size + size > buffer->capacity) {
		size_t capacity = buffer->capacity ? buffer->capacity : 1024;
		uint8_t *grown;

		while (capacity < buffer->size + size)
			capacity *= 2;
		grown = realloc(buffer->data, capacity);
		if (!grown) {
			buffer->failed = true;
			return NULL;
		}
		buffer->data = grown;
		buffer->capacity = capacity;
	}
	place = buffer->data + buffer->size;
	memset(place, 0, size);
	buffer->size += size;
	return place;
}

void aie_image_buffer_align(struct image_buffer *buffer, size_t alignment)
{
	size_t over = buffer->size % alignment;

	if (over)
		aie_image_buffer_add(buffer, alignment - over);
}

void aie_image_buffer_append(struct image_buffer *buffer, const void *data, size_t size)
{
	uint8_t *place = aie_image_buffer_add(buffer, size);

	if (place && size)
		memcpy(place, data, size);
}

uint32_t aie_image_checksum(const uint8_t *data, size_t words)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < words; i++)
		sum += image_load32(data + 4 * i);
	return ~sum;
}

int aie_image_check_address(uint64_t address, uint64_t bytes, unsigned columns, const char *what, size_t offset,
                            struct aie_error *error)
{
	unsigned column, row;

	if (address >> 32)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: %s: address 0x%" PRIx64
		                     " lies outside the array (more than 32 bits)",
		                     offset, what, address);
	column = aie_address_column(address);
	row = aie_address_row(address);
	if (address & 3)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: %s: address 0x%08" PRIx64 " is not word aligned", offset, what,
		                     address);
	if (row >= AIE_ARRAY_ROWS)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: %s: address 0x%08" PRIx64 " names row %u, the array has %d", offset,
		                     what, address, row, AIE_ARRAY_ROWS);
	if (columns && column >= columns)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: %s: address 0x%08" PRIx64 " names column %u of %u", offset, what,
		                     address, column, columns);
	if (!image_inside(aie_address_offset(address), bytes, AIE_TILE_BYTES))
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: %s: %" PRIu64 " bytes from 0x%08" PRIx64
		                     " leave the tile's address window",
		                     offset, what, bytes, address);
	return 0;
}

/* snprintf at the end of what is there; counts what would have been needed. */
static void add_text(char *text, size_t size, size_t *length, const char *format, ...)
        __attribute__((format(printf, 4, 5)));
static void add_text(char *text, size_t size, size_t *length, const char *format, ...)
{
	va_list arguments;
	int more;

	va_start(arguments, format);
	more = vsnprintf(*length < size ? text + *length : NULL, *length < size ? size - *length : 0, format,
	                 arguments);
	va_end(arguments);
	if (more > 0)
		*length += (size_t)more;
}

size_t aie_register_print_fields(const struct aie_register_location *location, uint32_t value, uint32_t mask,
                                 char *text, size_t size)
{
	const struct aie_tile_register *reg = location->reg;
	size_t length = 0;

	if (size)
		text[0] = 0;
	if (reg->width != 32)
		return 0;
	/* A register that is one single number explains nothing by its field. */
	if (reg->field_count == 1 && reg->field[0].lsb == 0 && reg->field[0].width == 32)
		return 0;
	for (unsigned i = 0; i < reg->field_count; i++) {
		const struct aie_tile_field *field = &reg->field[i];
		char meaning[64];
		uint32_t number;

		if (!(mask & aie_field_mask(field->lsb, field->width)))
			continue;
		number = aie_field_get(value, field->lsb, field->width);
		add_text(text, size, &length, number > 9 ? " %s=0x%x" : " %s=%u", field->name, number);
		if (aie_field_explain(reg, field, value, meaning, sizeof meaning))
			add_text(text, size, &length, "(%s)", meaning);
	}
	return length;
}

/* "(column,row) REGISTER" */
static bool print_place(uint64_t address, struct aie_register_location *location, char *text, size_t size,
                        size_t *length)
{
	unsigned row = aie_address_row(address);
	char name[192];

	add_text(text, size, length, " (%u,%u)", aie_address_column(address), row);
	if (!aie_register_find(aie_tile_kind_of_row(row), aie_address_offset(address), location)) {
		add_text(text, size, length, " [0x%05x]", aie_address_offset(address));
		return false;
	}
	aie_register_print(location, name, sizeof name);
	add_text(text, size, length, " %s.%s",
	         aie_register_module_name((enum aie_register_module)location->reg->module), name);
	return true;
}

static void print_value(const struct aie_operation *operation, const char *relation, char *text, size_t size,
                        size_t *length)
{
	bool masked = operation->kind != AIE_OPERATION_WRITE;
	struct aie_register_location location;
	char fields[1024];
	bool known = print_place(operation->address, &location, text, size, length);

	if (masked)
		add_text(text, size, length, " & 0x%08x", operation->mask);
	add_text(text, size, length, " %s 0x%08x", relation, operation->value);
	if (!known)
		return;
	aie_register_print_fields(&location, operation->value, masked ? operation->mask : UINT32_MAX, fields,
	                          sizeof fields);
	add_text(text, size, length, "%s", fields);
}

size_t aie_operation_print(const struct aie_operation *operation, char *text, size_t size)
{
	struct aie_register_location location;
	size_t length = 0;

	if (size)
		text[0] = 0;
	add_text(text, size, &length, "%s", aie_operation_name((enum aie_operation_kind)operation->kind));
	switch ((enum aie_operation_kind)operation->kind) {
	case AIE_OPERATION_WRITE:
	case AIE_OPERATION_MASK_WRITE:
		print_value(operation, "=", text, size, &length);
		break;
	case AIE_OPERATION_MASK_POLL:
	case AIE_OPERATION_MASK_POLL_BUSY:
		print_value(operation, "==", text, size, &length);
		break;
	case AIE_OPERATION_BLOCK_WRITE:
		print_place(operation->address, &location, text, size, &length);
		add_text(text, size, &length, " %u words", operation->count);
		break;
	case AIE_OPERATION_NOP:
		if (operation->count)
			add_text(text, size, &length, " %u words", operation->count);
		break;
	case AIE_OPERATION_PREEMPT:
		add_text(text, size, &length, " level %u", operation->value);
		break;
	case AIE_OPERATION_LOAD_PDI:
		add_text(text, size, &length, " id %u, %u bytes at 0x%" PRIx64, operation->value, operation->pdi_size,
		         operation->pdi_address);
		break;
	case AIE_OPERATION_LOAD_PM:
		add_text(text, size, &length, " id %u, next %u operations", operation->value, operation->count);
		break;
	case AIE_OPERATION_CREATE_SCRATCHPAD:
		add_text(text, size, &length, " usage %u, %u bytes at 0x%" PRIx64, operation->value,
		         operation->pdi_size, operation->pdi_address);
		break;
	case AIE_OPERATION_UPDATE_STATE:
	case AIE_OPERATION_UPDATE_REG:
		if (operation->kind == AIE_OPERATION_UPDATE_REG)
			print_place(operation->address, &location, text, size, &length);
		add_text(text, size, &length, " state %u function %u argument 0x%x", operation->index,
		         operation->function, operation->value);
		break;
	case AIE_OPERATION_WAIT:
		add_text(text, size, &length, " token of %s%u on (%u,%u)", operation->mm2s ? "MM2S" : "S2MM",
		         operation->channel, operation->column, operation->row);
		if (operation->columns != 1 || operation->rows != 1)
			add_text(text, size, &length, " .. (%u,%u)", operation->column + operation->columns - 1,
			         operation->row + operation->rows - 1);
		break;
	case AIE_OPERATION_DDR_PATCH:
		print_place(operation->address, &location, text, size, &length);
		add_text(text, size, &length, " = argument %u + 0x%" PRIx64, operation->argument, operation->addend);
		break;
	case AIE_OPERATION_READ_REGS:
		add_text(text, size, &length, " %u registers", operation->count);
		break;
	case AIE_OPERATION_RECORD_TIMER:
		add_text(text, size, &length, " id %u", operation->value);
		break;
	case AIE_OPERATION_MERGE_SYNC:
		add_text(text, size, &length, " %u tokens over %u columns", operation->value, operation->columns);
		break;
	case AIE_OPERATION_UPDATE_SCRATCH:
	case AIE_OPERATION_KINDS:
		break;
	}
	return length;
}
