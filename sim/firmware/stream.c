/* Transaction streams: the operations a command runs, and the task completion tokens it waits for. */
#include "sim/firmware/internal.h"

#include <stdio.h>

#include "driver/client/amdxdna_uapi.h"
#include "driver/image/txn.h"

/* ---- tokens ----------------------------------------------------------------------------------------------------- */

void aie_firmware_take_tokens(struct aie_firmware *firmware)
{
	struct aie_token token;

	while (aie_array_take_token(firmware->array, &token))
		if (token.column < AIE_FIRMWARE_MAX_COLUMNS && token.row < AIE_FIRMWARE_MAX_ROWS &&
		    token.channel < AIE_FIRMWARE_MAX_CHANNELS)
			firmware->tokens[token.column][token.row][token.mm2s][token.channel]++;
}

static int wait_for_token(struct aie_firmware *firmware, unsigned column, unsigned row, bool mm2s, unsigned channel)
{
	uint32_t *count = &firmware->tokens[column][row][mm2s][channel];
	uint64_t start = aie_array_cycle(firmware->array);
	char what[96];

	snprintf(what, sizeof what, "the task completion token of tile (%u,%u) %s %u", column, row,
	         mm2s ? "MM2S" : "S2MM", channel);
	firmware->idle = false;
	aie_firmware_take_tokens(firmware);
	while (!*count) {
		firmware->awaits = true;
		firmware->awaited = (struct aie_token){
			.column = (uint8_t)column, .row = (uint8_t)row, .channel = (uint8_t)channel, .mm2s = mm2s
		};
		if (firmware->idle)
			return aie_firmware_hang(firmware, what);
		if (aie_firmware_let_run(firmware, UINT64_MAX, what))
			return -1;
		firmware->awaits = false;
		aie_firmware_take_tokens(firmware);
	}
	--*count;
	firmware->waited_cycles += aie_array_cycle(firmware->array) - start;
	return aie_firmware_spend_ps(firmware, firmware->timing.firmware_token_ns * UINT64_C(1000));
}

static int wait_for_tokens(struct aie_firmware *firmware, const struct aie_operation *operation)
{
	for (unsigned column = operation->column; column < operation->column + (unsigned)operation->columns; column++)
		for (unsigned row = operation->row; row < operation->row + (unsigned)operation->rows; row++)
			if (wait_for_token(firmware, column, row, operation->mm2s, operation->channel))
				return -1;
	return 0;
}

/* ---- other operations ------------------------------------------------------------------------------------------- */

static int mask_poll(struct aie_firmware *firmware, const struct aie_operation *operation)
{
	uint64_t interval = aie_firmware_poll_cycles(firmware);
	uint32_t value = 0, before = 0;
	struct aie_error error;
	char what[96];

	firmware->idle = false;
	for (;;) {
		uint64_t next = aie_array_cycle(firmware->array) + interval;

		if (aie_array_read32(firmware->array, operation->address, &value, &error))
			return aie_firmware_fail(firmware, AIE_FIRMWARE_ARRAY_ACCESS, &error);
		if ((value & operation->mask) == operation->value)
			return 0;
		snprintf(what, sizeof what, "register 0x%llx & 0x%x == 0x%x, which reads 0x%x",
		         (unsigned long long)operation->address, operation->mask, operation->value, value);
		/* Nothing moves and the register stands still (it is no timer): it will never come true. */
		if (firmware->idle && value == before)
			return aie_firmware_hang(firmware, what);
		before = value;
		if (aie_firmware_let_run(firmware, interval, what))
			return -1;
		if (firmware->idle)
			aie_array_advance(firmware->array, next);
		aie_firmware_take_tokens(firmware);
	}
}

/* Argument + addend + aperture into the base address of a shim descriptor: bits 31..2 into the named word, whose low
 * two bits become 0, bits 47..32 into the lower half of the next word, whose upper half stays (documented). */
static int ddr_patch(struct aie_firmware *firmware, const struct aie_operation *operation, const uint64_t *arguments)
{
	uint64_t address = arguments[operation->argument] + operation->addend + AMDXDNA_APERTURE;
	struct aie_error error;

	if (address >> 48) {
		aie_error_set(&error, AIE_ERROR_INPUT, "DDR_PATCH at byte 0x%zx: address 0x%llx has more than 48 bits",
		              operation->offset, (unsigned long long)address);
		return aie_firmware_fail(firmware, AIE_FIRMWARE_INVALID_PARAMETER, &error);
	}
	if (aie_array_write32(firmware->array, operation->address, (uint32_t)address & ~UINT32_C(3), &error) ||
	    aie_array_mask_write32(firmware->array, operation->address + 4, 0xffff, (uint32_t)(address >> 32), &error))
		return aie_firmware_fail(firmware, AIE_FIRMWARE_ARRAY_ACCESS, &error);
	return 0;
}

static int refuse(struct aie_firmware *firmware, const struct aie_operation *operation, const char *why)
{
	struct aie_error error;

	aie_error_set(&error, AIE_ERROR_UNSUPPORTED, "operation %s at byte 0x%zx: %s",
	              aie_operation_name((enum aie_operation_kind)operation->kind), operation->offset, why);
	return aie_firmware_fail(firmware, AIE_FIRMWARE_INVALID_INSTRUCTION, &error);
}

/* Why an operation is not carried out; NULL for those that are. */
static const char *const refused[AIE_OPERATION_KINDS] = {
	[AIE_OPERATION_MASK_POLL_BUSY] = "which value ends the wait is the firmware's secret",
	[AIE_OPERATION_LOAD_PM] = "program memory over control packets is not established",
	[AIE_OPERATION_CREATE_SCRATCHPAD] = "the firmware's state table is not established",
	[AIE_OPERATION_UPDATE_STATE] = "the firmware's state table is not established",
	[AIE_OPERATION_UPDATE_REG] = "the firmware's state table is not established",
	[AIE_OPERATION_UPDATE_SCRATCH] = "the firmware's state table is not established",
	[AIE_OPERATION_READ_REGS] = "the layout of the firmware's result buffer is not public",
	[AIE_OPERATION_RECORD_TIMER] = "the layout of the firmware's result buffer is not public",
	[AIE_OPERATION_MERGE_SYNC] = "which channels' tokens are merged is not public",
};

/* A point where the firmware may give the array to another context: save, (the other's turn,) restore.  Contexts take
 * turns between commands only, so this happens when the preemption is forced; level 0 is no such point. */
static int preempt(struct aie_firmware *firmware, const struct aie_operation *operation)
{
	const struct aie_firmware_command *command = firmware->command;
	uint32_t index = firmware->result->operation;
	int result;

	if (!command->force_preempt || firmware->preempting || !operation->value || !command->save_bytes ||
	    !command->restore_bytes)
		return 0;
	firmware->preempting = true;
	result = aie_firmware_run_stream(firmware, command->save, command->save_bytes, NULL, 0, false) ||
	                         aie_firmware_run_stream(firmware, command->restore, command->restore_bytes, NULL, 0,
	                                                 false)
	                 ? -1
	                 : 0;
	firmware->preempting = false;
	firmware->result->operation = index;
	firmware->result->preemptions++;
	return result;
}

static int run_operation(struct aie_firmware *firmware, const struct aie_operation *operation,
                         const uint64_t *arguments, bool patch)
{
	if (refused[operation->kind])
		return refuse(firmware, operation, refused[operation->kind]);
	switch (operation->kind) {
	case AIE_OPERATION_WAIT:
		return wait_for_tokens(firmware, operation);
	case AIE_OPERATION_MASK_POLL:
		return mask_poll(firmware, operation);
	case AIE_OPERATION_DDR_PATCH:
		/* A host that patched the stream itself passes no arguments; the records are still there. */
		return patch ? ddr_patch(firmware, operation, arguments) : 0;
	case AIE_OPERATION_PREEMPT:
		return preempt(firmware, operation);
	case AIE_OPERATION_LOAD_PDI:
		return aie_firmware_load_pdi(firmware, operation->pdi_address, operation->pdi_size);
	default:
		return aie_firmware_apply(firmware, operation, AIE_FIRMWARE_ARRAY_ACCESS);
	}
}

int aie_firmware_run_stream(struct aie_firmware *firmware, uint64_t address, uint64_t size, const uint64_t *arguments,
                            unsigned argument_count, bool patch)
{
	const struct aie_txn_limits limits = {
		.columns = firmware->context->columns,
		.execute = true,
		.arguments = argument_count,
		.ignore_patches = !patch,
		.heap_address = AMDXDNA_HEAP_BASE,
		.heap_size = AMDXDNA_HEAP_LIMIT,
	};
	const void *data = firmware->memory.translate(firmware->memory.user, address, size, false);
	struct aie_operation operation;
	struct aie_error error;
	struct aie_txn txn;
	size_t position = 0;
	int result;

	if (!data || !size) {
		aie_error_set(&error, AIE_ERROR_INPUT,
		              "instruction buffer at NPU address 0x%llx, %llu bytes: not in the context's memory",
		              (unsigned long long)address, (unsigned long long)size);
		return aie_firmware_fail(firmware, AIE_FIRMWARE_INVALID_BUFFER, &error);
	}
	if (aie_txn_open(&txn, data, size, &limits, &error)) {
		aie_error_prefix(&error, "instruction stream");
		return aie_firmware_fail(firmware, AIE_FIRMWARE_INVALID_INSTRUCTION, &error);
	}
	result = aie_firmware_spend_ps(firmware, firmware->timing.firmware_stream_ps_per_byte * UINT64_C(1) *
	                                                 AIE_TXN_HEADER_BYTES);
	for (uint32_t i = 0; !result && aie_txn_next(&txn, &position, &operation); i++) {
		firmware->result->operation = i;
		result = aie_firmware_spend_ps(firmware,
		                               (uint64_t)firmware->timing.firmware_stream_ps_per_byte * operation.size);
		if (!result)
			result = run_operation(firmware, &operation, arguments, patch);
	}
	aie_txn_close(&txn);
	return result;
}
