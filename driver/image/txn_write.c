/* The writer of transaction streams; records as mlir-aie (version 0.1) and AMD's tools (version 1.0) lay them out. */
#include "driver/image/txn.h"

#include "driver/image/image_internal.h"
#include "driver/image/txn_internal.h"

/* Version 0.1 mask records are 28 bytes as mlir-aie writes them; aie-rt pads the same record to 32. */
enum { MASK_RECORD_BYTES = 28 };

static bool failed(const struct aie_txn_builder *builder)
{
	return builder->error.category != AIE_ERROR_NONE;
}

/* A zeroed record of `size` bytes with its operation number. */
static uint8_t *add_record(struct aie_txn_builder *builder, unsigned code, size_t size)
{
	struct image_buffer buffer = { builder->data, builder->size, builder->capacity, false };
	uint8_t *record;

	if (failed(builder))
		return NULL;
	if (size > UINT32_MAX - builder->size) {
		aie_error_set(&builder->error, AIE_ERROR_INPUT, "transaction stream grows beyond 4 GiB");
		return NULL;
	}
	record = aie_image_buffer_add(&buffer, size);
	builder->data = buffer.data;
	builder->size = buffer.size;
	builder->capacity = buffer.capacity;
	if (!record) {
		aie_error_set(&builder->error, AIE_ERROR_MEMORY, "no memory for a transaction stream");
		return NULL;
	}
	record[0] = (uint8_t)code;
	builder->operations++;
	return record;
}

static bool check_place(struct aie_txn_builder *builder, uint64_t address, uint64_t bytes, const char *what)
{
	return !failed(builder) && !aie_image_check_address(address, bytes, 0, what, builder->size, &builder->error);
}

void aie_txn_begin(struct aie_txn_builder *builder, enum aie_txn_version version, unsigned generation, unsigned columns)
{
	uint8_t *header;

	memset(builder, 0, sizeof *builder);
	builder->version = version;
	header = add_record(builder, version == AIE_TXN_V0_1 ? 0 : 1, AIE_TXN_HEADER_BYTES);
	builder->operations = 0;
	if (!header)
		return;
	header[1] = version == AIE_TXN_V0_1 ? 1 : 0;
	header[2] = (uint8_t)generation;
	header[3] = AIE_ARRAY_ROWS;
	header[4] = (uint8_t)columns;
	header[5] = 1; /* rows of memory tiles */
}

/* WRITE, MASK_WRITE and the polls. */
static void add_register(struct aie_txn_builder *builder, unsigned code, bool masked, uint64_t address, uint32_t mask,
                         uint32_t value, const char *what)
{
	size_t size = builder->version == AIE_TXN_V0_1 ? (masked ? MASK_RECORD_BYTES : 24) : (masked ? 16 : 12);
	uint8_t *record = check_place(builder, address, 4, what) ? add_record(builder, code, size) : NULL;

	if (!record)
		return;
	if (builder->version == AIE_TXN_V0_1) {
		image_store64(record + 8, address);
		image_store32(record + 16, value);
		if (masked)
			image_store32(record + 20, mask);
		image_store32(record + (masked ? 24 : 20), (uint32_t)size);
	} else {
		image_store32(record + 4, (uint32_t)address);
		image_store32(record + 8, value);
		if (masked)
			image_store32(record + 12, mask);
	}
}

void aie_txn_write32(struct aie_txn_builder *builder, uint64_t address, uint32_t value)
{
	add_register(builder, AIE_TXN_CODE_WRITE, false, address, 0, value, "WRITE");
}

void aie_txn_mask_write32(struct aie_txn_builder *builder, uint64_t address, uint32_t mask, uint32_t value)
{
	add_register(builder, AIE_TXN_CODE_MASK_WRITE, true, address, mask, value, "MASK_WRITE");
}

void aie_txn_mask_poll(struct aie_txn_builder *builder, uint64_t address, uint32_t mask, uint32_t value)
{
	add_register(builder, AIE_TXN_CODE_MASK_POLL, true, address, mask, value, "MASK_POLL");
}

void aie_txn_block_write(struct aie_txn_builder *builder, uint64_t address, const uint32_t *words, size_t count)
{
	size_t head = builder->version == AIE_TXN_V0_1 ? 16 : 12;
	uint8_t *record;

	if (!check_place(builder, address, 4 * (uint64_t)count, "BLOCK_WRITE"))
		return;
	record = add_record(builder, AIE_TXN_CODE_BLOCK_WRITE, head + 4 * count);
	if (!record)
		return;
	image_store32(record + (builder->version == AIE_TXN_V0_1 ? 8 : 4), (uint32_t)address);
	image_store32(record + (builder->version == AIE_TXN_V0_1 ? 12 : 8), (uint32_t)(head + 4 * count));
	if (count)
		memcpy(record + head, words, 4 * count);
}

/* The operations from 128 on have their size in the second word. */
static uint8_t *add_custom(struct aie_txn_builder *builder, unsigned code, size_t size)
{
	uint8_t *record = add_record(builder, code, size);

	if (record)
		image_store32(record + 4, (uint32_t)size);
	return record;
}

void aie_txn_ddr_patch(struct aie_txn_builder *builder, uint64_t address, unsigned argument, uint64_t addend)
{
	uint8_t *record;

	if (!check_place(builder, address, 8, "DDR_PATCH"))
		return;
	if (argument > UINT8_MAX) {
		aie_error_set(&builder->error, AIE_ERROR_INPUT, "DDR_PATCH of argument %u, at most 255 can be",
		              argument);
		return;
	}
	record = add_custom(builder, AIE_TXN_CODE_DDR_PATCH, builder->version == AIE_TXN_V0_1 ? 48 : 24);
	if (!record)
		return;
	if (builder->version == AIE_TXN_V0_1) {
		image_store64(record + 24, address);
		image_store64(record + 32, argument);
		image_store64(record + 40, addend);
	} else {
		image_store32(record + 8, (uint32_t)address);
		record[12] = (uint8_t)argument;
		image_store64(record + 16, addend);
	}
}

void aie_txn_sync(struct aie_txn_builder *builder, unsigned column, unsigned row, bool mm2s, unsigned channel,
                  unsigned columns, unsigned rows)
{
	uint8_t *record;

	if (!failed(builder) && (columns == 0 || rows == 0 || row + rows > AIE_ARRAY_ROWS || column > 127 ||
	                         columns > 128 || channel > UINT8_MAX)) {
		aie_error_set(&builder->error, AIE_ERROR_INPUT,
		              "a wait for channel %u of %u x %u tiles from (%u,%u) does not fit the array", channel,
		              columns, rows, column, row);
		return;
	}
	record = add_custom(builder, AIE_TXN_CODE_WAIT, 16);
	if (!record)
		return;
	record[8] = mm2s;
	record[9] = (uint8_t)row;
	record[10] = (uint8_t)column;
	record[13] = (uint8_t)rows;
	record[14] = (uint8_t)columns;
	record[15] = (uint8_t)channel;
}

/* Operations whose record is the same in both versions. */
static void append_common(struct aie_txn_builder *builder, const struct aie_operation *operation)
{
	uint8_t *record;

	switch ((enum aie_operation_kind)operation->kind) {
	case AIE_OPERATION_NOP:
		add_record(builder, AIE_TXN_CODE_NOP, 4);
		return;
	case AIE_OPERATION_UPDATE_SCRATCH:
		add_record(builder, AIE_TXN_CODE_UPDATE_SCRATCH, 4);
		return;
	case AIE_OPERATION_PREEMPT:
		record = add_record(builder, AIE_TXN_CODE_PREEMPT, 4);
		if (record)
			record[1] = (uint8_t)operation->value;
		return;
	case AIE_OPERATION_LOAD_PDI:
	case AIE_OPERATION_CREATE_SCRATCHPAD:
		record = add_record(builder,
		                    operation->kind == AIE_OPERATION_LOAD_PDI ? AIE_TXN_CODE_LOAD_PDI
		                                                              : AIE_TXN_CODE_CREATE_SCRATCHPAD,
		                    16);
		if (!record)
			return;
		if (operation->kind == AIE_OPERATION_LOAD_PDI)
			image_store16(record + 2, (uint16_t)operation->value);
		else
			record[1] = (uint8_t)operation->value;
		image_store32(record + 4, operation->pdi_size);
		image_store64(record + 8, operation->pdi_address);
		return;
	case AIE_OPERATION_LOAD_PM:
		record = add_record(builder, AIE_TXN_CODE_LOAD_PM, 8);
		if (!record)
			return;
		image_store32(record, operation->count << 8 | AIE_TXN_CODE_LOAD_PM);
		image_store32(record + 4, operation->value);
		return;
	case AIE_OPERATION_UPDATE_STATE:
	case AIE_OPERATION_UPDATE_REG: {
		bool to_register = operation->kind == AIE_OPERATION_UPDATE_REG;

		record = add_record(builder, to_register ? AIE_TXN_CODE_UPDATE_REG : AIE_TXN_CODE_UPDATE_STATE,
		                    to_register ? 12 : 8);
		if (!record)
			return;
		record[1] = operation->index;
		record[2] = operation->function;
		image_store32(record + 4, operation->value);
		if (to_register)
			image_store32(record + 8, (uint32_t)operation->address);
		return;
	}
	case AIE_OPERATION_READ_REGS:
		record = add_custom(builder, AIE_TXN_CODE_READ_REGS, 16 + 8 * (size_t)operation->count);
		if (!record)
			return;
		image_store32(record + 8, operation->count);
		if (operation->count)
			memcpy(record + 16, operation->words, 8 * (size_t)operation->count);
		return;
	case AIE_OPERATION_RECORD_TIMER:
		record = add_custom(builder, AIE_TXN_CODE_RECORD_TIMER, 12);
		if (record)
			image_store32(record + 8, operation->value);
		return;
	case AIE_OPERATION_MERGE_SYNC:
		record = add_custom(builder, AIE_TXN_CODE_MERGE_SYNC, 16);
		if (!record)
			return;
		record[8] = (uint8_t)operation->value;
		record[9] = operation->columns;
		return;
	default:
		if (!failed(builder))
			aie_error_set(&builder->error, AIE_ERROR_INPUT,
			              "a transaction stream cannot hold operation kind %u", operation->kind);
	}
}

void aie_txn_append(struct aie_txn_builder *builder, const struct aie_operation *operation)
{
	switch ((enum aie_operation_kind)operation->kind) {
	case AIE_OPERATION_WRITE:
		aie_txn_write32(builder, operation->address, operation->value);
		break;
	case AIE_OPERATION_MASK_WRITE:
		aie_txn_mask_write32(builder, operation->address, operation->mask, operation->value);
		break;
	case AIE_OPERATION_MASK_POLL:
		aie_txn_mask_poll(builder, operation->address, operation->mask, operation->value);
		break;
	case AIE_OPERATION_MASK_POLL_BUSY:
		add_register(builder, AIE_TXN_CODE_MASK_POLL_BUSY, true, operation->address, operation->mask,
		             operation->value, "MASK_POLL_BUSY");
		break;
	case AIE_OPERATION_BLOCK_WRITE:
		aie_txn_block_write(builder, operation->address, operation->words, operation->count);
		break;
	case AIE_OPERATION_DDR_PATCH:
		aie_txn_ddr_patch(builder, operation->address, operation->argument, operation->addend);
		break;
	case AIE_OPERATION_WAIT:
		aie_txn_sync(builder, operation->column, operation->row, operation->mm2s, operation->channel,
		             operation->columns, operation->rows);
		break;
	default:
		append_common(builder, operation);
	}
}

int aie_txn_finish(struct aie_txn_builder *builder, struct aie_bytes *bytes, struct aie_error *error)
{
	bytes->data = NULL;
	bytes->size = 0;
	if (failed(builder)) {
		*error = builder->error;
		aie_txn_abandon(builder);
		return -1;
	}
	image_store32(builder->data + 8, builder->operations);
	image_store32(builder->data + 12, (uint32_t)builder->size);
	bytes->data = builder->data;
	bytes->size = builder->size;
	memset(builder, 0, sizeof *builder);
	return 0;
}

void aie_txn_abandon(struct aie_txn_builder *builder)
{
	free(builder->data);
	memset(builder, 0, sizeof *builder);
}
