#include "driver/image/txn.h"

#include <inttypes.h>

#include "driver/image/image_internal.h"
#include "driver/image/txn_internal.h"

/* Record sizes.  Version 0.1 keeps the size of its long records in the record; always go by that field, since writers
 * differ (28 and 32 bytes for the mask forms).  `size_at` 0: the size is fixed. */
static const struct record_shape {
	bool known;
	uint8_t kind;
	uint8_t size[2];    /* bytes at least, by version */
	uint8_t size_at[2]; /* place of the size field */
} shapes[AIE_TXN_CODES] = {
	[AIE_TXN_CODE_WRITE] = { true, AIE_OPERATION_WRITE, { 24, 12 }, { 20, 0 } },
	[AIE_TXN_CODE_BLOCK_WRITE] = { true, AIE_OPERATION_BLOCK_WRITE, { 16, 12 }, { 12, 8 } },
	[AIE_TXN_CODE_MASK_WRITE] = { true, AIE_OPERATION_MASK_WRITE, { 28, 16 }, { 24, 0 } },
	[AIE_TXN_CODE_MASK_POLL] = { true, AIE_OPERATION_MASK_POLL, { 28, 16 }, { 24, 0 } },
	[AIE_TXN_CODE_NOP] = { true, AIE_OPERATION_NOP, { 4, 4 }, { 0, 0 } },
	[AIE_TXN_CODE_PREEMPT] = { true, AIE_OPERATION_PREEMPT, { 4, 4 }, { 0, 0 } },
	[AIE_TXN_CODE_MASK_POLL_BUSY] = { true, AIE_OPERATION_MASK_POLL_BUSY, { 28, 16 }, { 24, 0 } },
	[AIE_TXN_CODE_LOAD_PDI] = { true, AIE_OPERATION_LOAD_PDI, { 16, 16 }, { 0, 0 } },
	[AIE_TXN_CODE_LOAD_PM] = { true, AIE_OPERATION_LOAD_PM, { 8, 8 }, { 0, 0 } },
	[AIE_TXN_CODE_CREATE_SCRATCHPAD] = { true, AIE_OPERATION_CREATE_SCRATCHPAD, { 16, 16 }, { 0, 0 } },
	[AIE_TXN_CODE_UPDATE_STATE] = { true, AIE_OPERATION_UPDATE_STATE, { 8, 8 }, { 0, 0 } },
	[AIE_TXN_CODE_UPDATE_REG] = { true, AIE_OPERATION_UPDATE_REG, { 12, 12 }, { 0, 0 } },
	[AIE_TXN_CODE_UPDATE_SCRATCH] = { true, AIE_OPERATION_UPDATE_SCRATCH, { 4, 4 }, { 0, 0 } },
	[AIE_TXN_CODE_WAIT] = { true, AIE_OPERATION_WAIT, { 16, 16 }, { 4, 4 } },
	[AIE_TXN_CODE_DDR_PATCH] = { true, AIE_OPERATION_DDR_PATCH, { 48, 24 }, { 4, 4 } },
	[AIE_TXN_CODE_READ_REGS] = { true, AIE_OPERATION_READ_REGS, { 16, 16 }, { 4, 4 } },
	[AIE_TXN_CODE_RECORD_TIMER] = { true, AIE_OPERATION_RECORD_TIMER, { 12, 12 }, { 4, 4 } },
	[AIE_TXN_CODE_MERGE_SYNC] = { true, AIE_OPERATION_MERGE_SYNC, { 16, 16 }, { 4, 4 } },
};

/* ---- one record -------------------------------------------------------------------------------------------------- */

/* Places of the fields that the register records of the two versions have in common. */
static void decode_register(const uint8_t *record, enum aie_txn_version version, struct aie_operation *operation)
{
	bool masked = operation->kind != AIE_OPERATION_WRITE;

	if (version == AIE_TXN_V0_1) {
		operation->address = image_load64(record + 8);
		operation->value = image_load32(record + 16);
		operation->mask = masked ? image_load32(record + 20) : 0;
	} else {
		operation->address = image_load32(record + 4);
		operation->value = image_load32(record + 8);
		operation->mask = masked ? image_load32(record + 12) : 0;
	}
}

static int decode_patch(const uint8_t *record, enum aie_txn_version version, struct aie_operation *operation,
                        struct aie_error *error)
{
	uint64_t argument;

	if (version == AIE_TXN_V0_1) {
		/* An action other than 0 is never seen and nowhere explained. */
		if (image_load32(record + 16))
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "offset 0x%zx: DDR_PATCH with the unknown action %u", operation->offset,
			                     image_load32(record + 16));
		operation->address = image_load64(record + 24);
		argument = image_load64(record + 32);
		operation->addend = image_load64(record + 40);
	} else {
		operation->address = image_load32(record + 8);
		argument = record[12];
		operation->addend = image_load64(record + 16);
	}
	if (argument > UINT8_MAX)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: DDR_PATCH names argument %" PRIu64 ", at most 255 can be",
		                     operation->offset, argument);
	operation->argument = (uint8_t)argument;
	return 0;
}

static int decode_wait(const uint8_t *record, struct aie_operation *operation, struct aie_error *error)
{
	if (record[8] > 1)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%zx: TCT with direction %u, 0 and 1 exist",
		                     operation->offset, record[8]);
	operation->mm2s = record[8] == 1;
	operation->row = record[9];
	operation->column = record[10];
	operation->rows = record[13];
	operation->columns = record[14];
	operation->channel = record[15];
	return 0;
}

static int decode_fields(enum aie_txn_code code, const uint8_t *record, enum aie_txn_version version,
                         struct aie_operation *operation, struct aie_error *error)
{
	size_t head;

	switch (code) {
	case AIE_TXN_CODE_WRITE:
	case AIE_TXN_CODE_MASK_WRITE:
	case AIE_TXN_CODE_MASK_POLL:
	case AIE_TXN_CODE_MASK_POLL_BUSY:
		decode_register(record, version, operation);
		return 0;
	case AIE_TXN_CODE_BLOCK_WRITE:
		head = version == AIE_TXN_V0_1 ? 16 : 12;
		operation->address = image_load32(record + (version == AIE_TXN_V0_1 ? 8 : 4));
		operation->words = (const uint32_t *)(const void *)(record + head);
		operation->count = (uint32_t)(operation->size - head) / 4;
		return 0;
	case AIE_TXN_CODE_PREEMPT:
		operation->value = record[1];
		if (record[1] > 3)
			return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%zx: PREEMPT level %u, 0 to 3 exist",
			                     operation->offset, record[1]);
		return 0;
	case AIE_TXN_CODE_LOAD_PDI:
		operation->value = image_load16(record + 2);
		operation->pdi_size = image_load32(record + 4);
		operation->pdi_address = image_load64(record + 8);
		return 0;
	case AIE_TXN_CODE_LOAD_PM:
		operation->count = image_load32(record) >> 8;
		operation->value = image_load32(record + 4);
		if (operation->count == 0)
			return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%zx: LOAD_PM with no operations",
			                     operation->offset);
		return 0;
	case AIE_TXN_CODE_CREATE_SCRATCHPAD:
		operation->value = record[1];
		operation->pdi_size = image_load32(record + 4);
		operation->pdi_address = image_load64(record + 8);
		return 0;
	case AIE_TXN_CODE_UPDATE_STATE:
	case AIE_TXN_CODE_UPDATE_REG:
		operation->index = record[1];
		operation->function = record[2];
		operation->value = image_load32(record + 4);
		if (code == AIE_TXN_CODE_UPDATE_REG)
			operation->address = image_load32(record + 8);
		if (operation->function > 2)
			return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%zx: state function %u, 0 to 2 exist",
			                     operation->offset, operation->function);
		return 0;
	case AIE_TXN_CODE_WAIT:
		return decode_wait(record, operation, error);
	case AIE_TXN_CODE_DDR_PATCH:
		return decode_patch(record, version, operation, error);
	case AIE_TXN_CODE_READ_REGS:
		operation->count = image_load32(record + 8);
		operation->words = (const uint32_t *)(const void *)(record + 16);
		if (operation->count > (operation->size - 16) / 8)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "offset 0x%zx: READ_REGS of %u registers in a record of %zu bytes",
			                     operation->offset, operation->count, operation->size);
		return 0;
	case AIE_TXN_CODE_RECORD_TIMER:
		operation->value = image_load32(record + 8);
		return 0;
	case AIE_TXN_CODE_MERGE_SYNC:
		operation->value = record[8];
		operation->columns = record[9];
		return 0;
	case AIE_TXN_CODE_NOP:
	case AIE_TXN_CODE_UPDATE_SCRATCH:
	case AIE_TXN_CODES:
		break;
	}
	return 0;
}

/* The record at `offset` of a stream that ends at `size`. */
static int decode(const uint32_t *words, uint32_t size, enum aie_txn_version version, size_t offset,
                  struct aie_operation *operation, struct aie_error *error)
{
	const uint8_t *record = (const uint8_t *)words + offset;
	size_t left = size - offset, need;
	const struct record_shape *shape;
	unsigned code;

	if (left < 4)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%zx: the stream ends before this record",
		                     offset);
	code = record[0];
	shape = code < AIE_TXN_CODES && shapes[code].known ? &shapes[code] : NULL;
	if (!shape)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%zx: unknown operation %u%s", offset, code,
		                     code == 200 ? " (internal to a writer)" : "");
	need = shape->size[version];
	if (left < need)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: %s record of %zu bytes runs past the end, %zu are left", offset,
		                     aie_operation_name((enum aie_operation_kind)shape->kind), need, left);
	memset(operation, 0, sizeof *operation);
	operation->kind = shape->kind;
	operation->offset = offset;
	operation->size = need;
	if (shape->size_at[version]) {
		operation->size = image_load32(record + shape->size_at[version]);
		if (operation->size < need || operation->size % 4)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "offset 0x%zx: %s record says it has %zu bytes; whole words and at least "
			                     "%zu are needed",
			                     offset, aie_operation_name((enum aie_operation_kind)shape->kind),
			                     operation->size, need);
		if (operation->size > left)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "offset 0x%zx: %s record of %zu bytes runs past the end, %zu are left",
			                     offset, aie_operation_name((enum aie_operation_kind)shape->kind),
			                     operation->size, left);
	}
	return decode_fields((enum aie_txn_code)code, record, version, operation, error);
}

/* ---- checking ---------------------------------------------------------------------------------------------------- */

enum {
	SHIM_BDS = AIE_SHIM_DMA_BD_0_COUNT,
	SHIM_BD_BYTES = AIE_SHIM_DMA_BD_0_STRIDE,
	MAX_COLUMNS = 1 << AIE_TILE_COLUMN_BITS
};

struct check {
	struct aie_txn_limits limits;
	unsigned columns; /* 0 = any */
	uint32_t operations;
	/* Which address words (1 and 2) of which shim descriptors the stream has written so far. */
	uint8_t written[MAX_COLUMNS][SHIM_BDS];
};

/* Note what [address, address + 4 * count) covers of the address words of shim descriptors. */
static void note_descriptors(struct check *check, uint64_t address, uint32_t count)
{
	uint32_t offset = aie_address_offset(address);
	unsigned column = aie_address_column(address);

	if (aie_address_row(address) != AIE_ROW_SHIM)
		return;
	for (unsigned bd = 0; bd < SHIM_BDS; bd++) {
		for (unsigned word = 1; word <= 2; word++) {
			uint32_t at = AIE_SHIM_DMA_BD_0 + bd * SHIM_BD_BYTES + 4 * word;

			if (at >= offset && at - offset < 4 * (uint64_t)count)
				check->written[column][bd] |= (uint8_t)(1U << word);
		}
	}
}

static int check_patch(const struct check *check, const struct aie_operation *operation, struct aie_error *error)
{
	uint32_t offset = aie_address_offset(operation->address);
	uint32_t bd = (offset - AIE_SHIM_DMA_BD_1) / SHIM_BD_BYTES;

	if (aie_address_row(operation->address) != AIE_ROW_SHIM || offset < AIE_SHIM_DMA_BD_1 || bd >= SHIM_BDS ||
	    (offset - AIE_SHIM_DMA_BD_1) % SHIM_BD_BYTES)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: DDR_PATCH of 0x%08" PRIx64
		                     ", which is not word 1 of a shim descriptor",
		                     operation->offset, operation->address);
	if (check->written[aie_address_column(operation->address)][bd] != (1U << 1 | 1U << 2))
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: DDR_PATCH of 0x%08" PRIx64
		                     ", but no earlier record wrote that descriptor",
		                     operation->offset, operation->address);
	if (check->limits.execute && !check->limits.ignore_patches && operation->argument >= check->limits.arguments)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: DDR_PATCH names argument %u, the command has %u", operation->offset,
		                     operation->argument, check->limits.arguments);
	return 0;
}

/* DMA channels of one direction by tile kind. */
static const uint8_t channels[AIE_TILE_KINDS] = {
	[AIE_TILE_SHIM] = AIE_SHIM_DMA_S2MM_CTRL_COUNT,
	[AIE_TILE_MEMORY] = AIE_MEMTILE_DMA_S2MM_CTRL_COUNT,
	[AIE_TILE_COMPUTE] = AIE_MEM_DMA_S2MM_CTRL_COUNT,
};

static int check_wait(const struct check *check, const struct aie_operation *operation, struct aie_error *error)
{
	unsigned columns = check->columns ? check->columns : MAX_COLUMNS;
	unsigned end_column = operation->column + operation->columns, end_row = operation->row + operation->rows;

	if (operation->columns == 0 || operation->rows == 0)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: TCT waits for no tile (%u columns, %u rows)", operation->offset,
		                     operation->columns, operation->rows);
	if (end_column > columns || end_row > AIE_ARRAY_ROWS)
		return aie_error_set(
		        error, AIE_ERROR_INPUT,
		        "offset 0x%zx: TCT waits for tiles up to (%u,%u), the array has %u columns and %d rows",
		        operation->offset, end_column - 1, end_row - 1, columns, AIE_ARRAY_ROWS);
	for (unsigned row = operation->row; row < end_row; row++)
		if (operation->channel >= channels[aie_tile_kind_of_row(row)])
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "offset 0x%zx: TCT waits for channel %u, a %s tile has %u of a direction",
			                     operation->offset, operation->channel,
			                     aie_tile_kind_name(aie_tile_kind_of_row(row)),
			                     channels[aie_tile_kind_of_row(row)]);
	return 0;
}

static int check_pdi(const struct check *check, const struct aie_operation *operation, struct aie_error *error)
{
	const struct aie_txn_limits *limits = &check->limits;

	if (!limits->execute) /* before patching by the host address and size stand empty */
		return 0;
	if (operation->pdi_address == 0 || operation->pdi_size == 0)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%zx: LOAD_PDI of %u bytes at 0x%" PRIx64,
		                     operation->offset, operation->pdi_size, operation->pdi_address);
	if (limits->heap_size &&
	    (operation->pdi_address < limits->heap_address ||
	     !image_inside(operation->pdi_address - limits->heap_address, operation->pdi_size, limits->heap_size)))
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: LOAD_PDI of %u bytes at 0x%" PRIx64 " lies outside the device heap",
		                     operation->offset, operation->pdi_size, operation->pdi_address);
	return 0;
}

static int check_operation(struct check *check, const struct aie_operation *operation, uint32_t number,
                           struct aie_error *error)
{
	const char *name = aie_operation_name((enum aie_operation_kind)operation->kind);

	switch ((enum aie_operation_kind)operation->kind) {
	case AIE_OPERATION_WRITE:
	case AIE_OPERATION_BLOCK_WRITE: {
		uint32_t count = operation->kind == AIE_OPERATION_WRITE ? 1 : operation->count;

		if (aie_image_check_address(operation->address, 4 * (uint64_t)count, check->columns, name,
		                            operation->offset, error))
			return -1;
		note_descriptors(check, operation->address, count);
		return 0;
	}
	case AIE_OPERATION_MASK_WRITE:
	case AIE_OPERATION_MASK_POLL:
	case AIE_OPERATION_MASK_POLL_BUSY:
	case AIE_OPERATION_UPDATE_REG:
		return aie_image_check_address(operation->address, 4, check->columns, name, operation->offset, error);
	case AIE_OPERATION_READ_REGS:
		for (uint32_t i = 0; i < operation->count; i++) {
			uint64_t address = operation->words[2 * i] | (uint64_t)operation->words[2 * i + 1] << 32;

			if (aie_image_check_address(address, 4, check->columns, name, operation->offset, error))
				return -1;
		}
		return 0;
	case AIE_OPERATION_DDR_PATCH:
		if (aie_image_check_address(operation->address, 8, check->columns, name, operation->offset, error))
			return -1;
		return check_patch(check, operation, error);
	case AIE_OPERATION_WAIT:
		return check_wait(check, operation, error);
	case AIE_OPERATION_LOAD_PDI:
		return check_pdi(check, operation, error);
	case AIE_OPERATION_LOAD_PM:
		if (operation->count > check->operations - number - 1)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "offset 0x%zx: LOAD_PM of %u operations, %u follow", operation->offset,
			                     operation->count, check->operations - number - 1);
		return 0;
	case AIE_OPERATION_MERGE_SYNC:
		if (check->columns && operation->columns > check->columns)
			return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%zx: MERGE_SYNC over %u columns of %u",
			                     operation->offset, operation->columns, check->columns);
		return 0;
	default:
		return 0;
	}
}

int aie_txn_check_device(unsigned generation, struct aie_error *error)
{
	if (generation != AIE_TXN_NPU1 && generation != AIE_TXN_AIE2PS)
		return 0;
	return aie_error_set(error, AIE_ERROR_UNSUPPORTED,
	                     "offset 0x%x: the stream is for %s, this device is NPU4 (AIE2P)", AIE_TXN_GENERATION_BYTE,
	                     generation == AIE_TXN_NPU1 ? "NPU1 (AIE2)" : "AIE2PS");
}

static int check_header(struct aie_txn *txn, const uint8_t *data, size_t size, const struct aie_txn_limits *limits,
                        struct aie_error *error)
{
	if (size < AIE_TXN_HEADER_BYTES)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x0: %zu bytes are too few for a stream header of %d", size,
		                     AIE_TXN_HEADER_BYTES);
	if (data[0] == 0 && data[1] == 1)
		txn->version = AIE_TXN_V0_1;
	else if (data[0] == 1 && data[1] == 0)
		txn->version = AIE_TXN_V1_0;
	else
		return aie_error_set(
		        error, AIE_ERROR_INPUT,
		        "offset 0x0: not a transaction stream of version 0.1 or 1.0 but %u.%u (the header-less DPU "
		        "sequence of older tools is not supported)",
		        data[0], data[1]);
	txn->generation = data[2];
	txn->rows = data[3];
	txn->columns = data[4];
	txn->memory_rows = data[5];
	txn->operations = image_load32(data + 8);
	txn->size = image_load32(data + 12);
	if (txn->size < AIE_TXN_HEADER_BYTES || txn->size % 4)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0xc: total size of %u bytes; whole words and at least %d are needed",
		                     txn->size, AIE_TXN_HEADER_BYTES);
	if (txn->size > size)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0xc: total size of %u bytes, but there are only %zu", txn->size, size);
	return limits->execute ? aie_txn_check_device(txn->generation, error) : 0;
}

static int check_records(struct aie_txn *txn, struct check *check, struct aie_error *error)
{
	struct aie_operation operation;
	size_t offset = AIE_TXN_HEADER_BYTES;

	for (uint32_t i = 0; i < txn->operations; i++) {
		if (decode(txn->words, txn->size, txn->version, offset, &operation, error) ||
		    check_operation(check, &operation, i, error))
			return aie_error_prefix(error, "operation %u of %u", i, txn->operations);
		offset += operation.size;
	}
	txn->end = (uint32_t)offset;
	for (size_t i = offset / 4; i < txn->size / 4; i++)
		if (txn->words[i])
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "offset 0x%zx: the header counts %u operations, but more follow", offset,
			                     txn->operations);
	return 0;
}

int aie_txn_open(struct aie_txn *txn, const void *data, size_t size, const struct aie_txn_limits *limits,
                 struct aie_error *error)
{
	struct check *check;
	int result = -1;

	memset(txn, 0, sizeof *txn);
	check = calloc(1, sizeof *check);
	if (!check)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory to check a stream");
	if (limits)
		check->limits = *limits;
	if (check_header(txn, data, size, &check->limits, error))
		goto out;
	check->columns = check->limits.columns ? check->limits.columns : txn->columns;
	check->operations = txn->operations;
	txn->words = malloc(txn->size);
	if (!txn->words) {
		aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a stream of %u bytes", txn->size);
		goto out;
	}
	memcpy(txn->words, data, txn->size);
	result = check_records(txn, check, error);
out:
	free(check);
	if (result)
		aie_txn_close(txn);
	return result;
}

void aie_txn_close(struct aie_txn *txn)
{
	free(txn->words);
	memset(txn, 0, sizeof *txn);
}

bool aie_txn_next(const struct aie_txn *txn, size_t *position, struct aie_operation *operation)
{
	size_t offset = *position ? *position : AIE_TXN_HEADER_BYTES;
	struct aie_error unused; /* opening has found every error there can be */

	if (!txn->words || offset >= txn->end)
		return false;
	if (decode(txn->words, txn->size, txn->version, offset, operation, &unused))
		return false;
	*position = offset + operation->size;
	return true;
}

/* ---- text form --------------------------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool aie_txn_recognise_text(const void *data, size_t size)
{
	const char *text = data;
	size_t at = 0;

	while (at < size && is_space(text[at]))
		at++;
	if (at == size || hex_digit(text[at]) < 0)
		return false;
	/* Binary streams begin with bytes below 32. */
	for (size_t end = at + 64 < size ? at + 64 : size; at < end; at++)
		if (!is_space(text[at]) && (text[at] < 32 || text[at] > 126))
			return false;
	return true;
}

enum { WORD_DIGITS = 8 };

int aie_txn_from_text(const char *text, size_t size, struct aie_bytes *bytes, struct aie_error *error)
{
	struct image_buffer buffer = { 0 };
	unsigned line = 1, digits = 0, words_on_line = 0;
	uint32_t word = 0;

	bytes->data = NULL;
	bytes->size = 0;
	for (size_t i = 0; i <= size; i++) {
		char c = i < size ? text[i] : '\n';
		int digit = hex_digit(c);

		if (digit >= 0) {
			if (digits == 0 && ++words_on_line > 1) {
				aie_error_set(error, AIE_ERROR_INPUT, "line %u: more than one word", line);
				goto fail;
			}
			if (++digits > WORD_DIGITS) {
				aie_error_set(error, AIE_ERROR_INPUT, "line %u: more than %d hex digits", line,
				              WORD_DIGITS);
				goto fail;
			}
			word = word << 4 | (uint32_t)digit;
			continue;
		}
		if (!is_space(c)) {
			aie_error_set(error, AIE_ERROR_INPUT, "line %u: byte 0x%02x is not a hex digit", line,
			              (unsigned char)c);
			goto fail;
		}
		if (digits && digits != WORD_DIGITS) {
			aie_error_set(error, AIE_ERROR_INPUT, "line %u: %u hex digits instead of %d", line, digits,
			              WORD_DIGITS);
			goto fail;
		}
		if (digits) {
			uint8_t *place = aie_image_buffer_add(&buffer, 4);

			if (place)
				image_store32(place, word);
			digits = 0;
			word = 0;
		}
		if (c == '\n') {
			line++;
			words_on_line = 0;
		}
	}
	if (buffer.failed) {
		aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a stream");
		goto fail;
	}
	bytes->data = buffer.data;
	bytes->size = buffer.size;
	return 0;
fail:
	free(buffer.data);
	return -1;
}

int aie_txn_to_text(const void *data, size_t size, struct aie_bytes *text, struct aie_error *error)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *in = data;
	uint8_t *out;

	text->data = NULL;
	text->size = 0;
	if (size % 4)
		return aie_error_set(error, AIE_ERROR_INPUT, "%zu bytes are not whole words", size);
	out = malloc(size / 4 * (WORD_DIGITS + 1) + 1);
	if (!out)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a stream's text");
	text->data = out;
	for (size_t i = 0; i < size; i += 4) {
		uint32_t word = image_load32(in + i);

		for (int shift = 28; shift >= 0; shift -= 4)
			*out++ = (uint8_t)digits[word >> shift & 15];
		*out++ = '\n';
	}
	text->size = (size_t)(out - text->data);
	return 0;
}

int aie_txn_from_file(const void *data, size_t size, struct aie_bytes *bytes, struct aie_error *error)
{
	if (size >= 4 && memcmp(data, "\177ELF", 4) == 0)
		return aie_error_set(
		        error, AIE_ERROR_INPUT,
		        "offset 0x0: this is an ELF, not a transaction stream (aie-run takes it as --elf)");
	if (aie_txn_recognise_text(data, size))
		return aie_txn_from_text(data, size, bytes, error);
	bytes->size = 0;
	bytes->data = malloc(size ? size : 1);
	if (!bytes->data)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a stream of %zu bytes", size);
	if (size)
		memcpy(bytes->data, data, size);
	bytes->size = size;
	return 0;
}
