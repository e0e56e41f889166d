/* Commands: packets of every form, their submission, and what their end means. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "driver/client/client.h"
#include "driver/image/txn.h"

/* What the driver puts into the 4 KiB of its ring in front of the argument words (documented, current firmware). */
enum { RING_BYTES = 4096, SLOT_HEADER_BYTES = 52, SLOT_ELF_BYTES = 56 };

/* ---- building --------------------------------------------------------------------------------------------------- */

struct aie_command *aie_client_command_new(struct aie_context *context, size_t handles, struct aie_error *error)
{
	struct aie_command *command = calloc(1, sizeof *command);

	if (command)
		command->handle = calloc(handles + 1, sizeof *command->handle);
	if (!command || !command->handle) {
		free(command);
		aie_error_set(error, AIE_ERROR_MEMORY, "out of memory");
		return NULL;
	}
	command->context = context;
	return command;
}

void aie_client_put(struct aie_command *command, uint32_t word)
{
	if (command->word_count < AIE_CLIENT_PACKET_WORDS)
		command->words[command->word_count++] = word;
}

void aie_client_put_pair(struct aie_command *command, uint64_t value)
{
	aie_client_put(command, (uint32_t)value);
	aie_client_put(command, (uint32_t)(value >> 32));
}

/* The driver refuses a list that names a buffer twice. */
static void touch_handle(struct aie_command *command, uint32_t handle)
{
	for (uint32_t i = 0; i < command->handle_count; i++)
		if (command->handle[i] == handle)
			return;
	command->handle[command->handle_count++] = handle;
}

void aie_client_touch(struct aie_command *command, const struct aie_buffer *buffer)
{
	/* Its handle means nothing here, or another buffer. */
	if (buffer->device != command->context->device)
		command->foreign = true;
	touch_handle(command, buffer->handle);
}

int aie_client_command_ready(struct aie_command *command, struct aie_error *error)
{
	if (command->foreign)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "a buffer of the command belongs to another open device (export and import it)");
	command->packet =
	        aie_client_buffer_create(command->context->device, AMDXDNA_CMD_BO_BYTES, AMDXDNA_BO_CMD, error);
	return command->packet ? 0 : -1;
}

static int check_stream(const struct aie_context *context, const struct aie_buffer *instructions, size_t bytes,
                        bool patched, size_t arguments, struct aie_error *error)
{
	const struct aie_txn_limits limits = {
		.columns = context->columns,
		.execute = true,
		.arguments = (unsigned)arguments,
		.ignore_patches = patched,
		.heap_address = context->device->heap_npu,
		.heap_size = AMDXDNA_HEAP_LIMIT,
	};
	struct aie_txn txn;

	if (instructions->type != AMDXDNA_BO_DEV)
		return aie_error_set(error, AIE_ERROR_INPUT, "instructions must lie in an instruction buffer");
	if (bytes > instructions->size || bytes % 4)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "instruction stream of %zu bytes: must be whole words and fit its buffer of %zu",
		                     bytes, instructions->size);
	if (aie_txn_open(&txn, instructions->data, bytes, &limits, error))
		return aie_error_prefix(error, "instruction stream");
	aie_txn_close(&txn);
	return 0;
}

static int check_command(const struct aie_context *context, const struct aie_buffer *instructions, size_t bytes,
                         size_t argument_count, struct aie_error *error)
{
	const uint32_t map = context->register_map_bytes;

	if (!context->configured)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "the context has no kernel: it was made without an xclbin");
	if (map / 4 > AIE_CLIENT_PACKET_WORDS - 1 || map < AMDXDNA_KERNEL_BUFFERS)
		return aie_error_set(error, AIE_ERROR_INPUT, "kernel: register map of %u bytes", map);
	if (argument_count > (map - AMDXDNA_KERNEL_BUFFERS) / 8)
		return aie_error_set(error, AIE_ERROR_INPUT, "%zu argument buffers, the kernel takes %u",
		                     argument_count, (map - AMDXDNA_KERNEL_BUFFERS) / 8);
	return check_stream(context, instructions, bytes, false, argument_count, error);
}

struct aie_command *aie_command_create(struct aie_context *context, struct aie_buffer *instructions,
                                       size_t instruction_bytes, struct aie_buffer *const *arguments,
                                       size_t argument_count, struct aie_error *error)
{
	struct aie_command *command;

	if (check_command(context, instructions, instruction_bytes, argument_count, error))
		return NULL;
	command = aie_client_command_new(context, argument_count + 1, error);
	if (!command)
		return NULL;
	command->opcode = AMDXDNA_OPCODE_START_CU;
	aie_client_put(command, UINT32_C(1) << context->cu);
	aie_client_put_pair(command, AMDXDNA_KERNEL_OPCODE_TRANSACTION);
	aie_client_put_pair(command, instructions->npu);
	aie_client_put(command, (uint32_t)(instruction_bytes / 4));
	aie_client_touch(command, instructions);
	for (size_t i = 0; i < argument_count; i++) {
		aie_client_put_pair(command, arguments[i]->npu);
		aie_client_touch(command, arguments[i]);
	}
	/* Unused arguments of the register map are 0. */
	command->word_count = 1 + context->register_map_bytes / 4;
	command->slot_bytes = SLOT_HEADER_BYTES + context->register_map_bytes;
	if (aie_client_command_ready(command, error)) {
		aie_command_destroy(command);
		return NULL;
	}
	return command;
}

static int check_npu(const struct aie_context *context, const struct aie_npu_stream *stream, struct aie_error *error)
{
	if (!stream->save != !stream->restore)
		return aie_error_set(error, AIE_ERROR_INPUT, "save and restore streams: both or none");
	if (!stream->save && !context->configured)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "the context has no kernel: it was made without an xclbin");
	if (check_stream(context, stream->instructions, stream->instruction_bytes, true, 0, error))
		return -1;
	if (!stream->save)
		return 0;
	if (check_stream(context, stream->save, stream->save_bytes, true, 0, error))
		return aie_error_prefix(error, "save");
	if (check_stream(context, stream->restore, stream->restore_bytes, true, 0, error))
		return aie_error_prefix(error, "restore");
	return 0;
}

struct aie_command *aie_command_create_npu(struct aie_context *context, const struct aie_npu_stream *stream,
                                           struct aie_buffer *const *touched, size_t touched_count,
                                           struct aie_error *error)
{
	enum { FIXED_BUFFERS = 3 };
	struct aie_command *command;

	if (check_npu(context, stream, error))
		return NULL;
	command = aie_client_command_new(context, touched_count + FIXED_BUFFERS, error);
	if (!command)
		return NULL;
	command->opcode = stream->save ? AMDXDNA_OPCODE_START_NPU_PREEMPT : AMDXDNA_OPCODE_START_NPU;
	aie_client_put(command, UINT32_C(1) << context->cu);
	aie_client_put_pair(command, stream->instructions->npu);
	aie_client_touch(command, stream->instructions);
	if (stream->save) {
		aie_client_put_pair(command, stream->save->npu);
		aie_client_put_pair(command, stream->restore->npu);
		aie_client_touch(command, stream->save);
		aie_client_touch(command, stream->restore);
	}
	aie_client_put(command, (uint32_t)stream->instruction_bytes);
	if (stream->save) {
		aie_client_put(command, (uint32_t)stream->save_bytes);
		aie_client_put(command, (uint32_t)stream->restore_bytes);
	}
	aie_client_put(command, 0); /* properties */
	aie_client_put_pair(command, AMDXDNA_KERNEL_OPCODE_TRANSACTION);
	command->slot_bytes = SLOT_HEADER_BYTES + 2 * (uint32_t)sizeof(uint32_t);
	for (size_t i = 0; i < touched_count; i++)
		aie_client_touch(command, touched[i]);
	if (aie_client_command_ready(command, error)) {
		aie_command_destroy(command);
		return NULL;
	}
	return command;
}

/* ---- run lists -------------------------------------------------------------------------------------------------- */

static int check_list(const struct aie_context *context, struct aie_command *const *commands, size_t count,
                      size_t *handles, struct aie_error *error)
{
	uint32_t bytes = 0;

	*handles = 0;
	if (!count)
		return aie_error_set(error, AIE_ERROR_INPUT, "run list without commands");
	for (size_t i = 0; i < count; i++) {
		const struct aie_command *part = commands[i];

		if (part->context != context)
			return aie_error_set(error, AIE_ERROR_INPUT, "run list: command %zu belongs to another context",
			                     i);
		if (part->opcode == AMDXDNA_OPCODE_CHAIN)
			return aie_error_set(error, AIE_ERROR_INPUT, "run list: command %zu is a list itself", i);
		if (part->opcode != commands[0]->opcode)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "run list: command %zu is of another kind than the first", i);
		for (size_t j = 0; j < i; j++)
			if (commands[j] == part)
				return aie_error_set(error, AIE_ERROR_INPUT,
				                     "run list: commands %zu and %zu are the same", j, i);
		bytes += part->slot_bytes;
		if (bytes > RING_BYTES)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "run list of %zu commands: the driver takes %zu of these at once", count,
			                     i);
		*handles += 1 + part->handle_count;
	}
	return 0;
}

struct aie_command *aie_command_create_list(struct aie_context *context, struct aie_command *const *commands,
                                            size_t count, struct aie_error *error)
{
	struct aie_command *command;
	size_t handles;

	if (check_list(context, commands, count, &handles, error))
		return NULL;
	command = aie_client_command_new(context, handles, error);
	if (!command)
		return NULL;
	command->opcode = AMDXDNA_OPCODE_CHAIN;
	command->part = calloc(count, sizeof(struct aie_command *));
	if (!command->part) {
		aie_error_set(error, AIE_ERROR_MEMORY, "out of memory");
		goto failed;
	}
	aie_client_put(command, (uint32_t)count);
	for (size_t i = 1; i < sizeof(struct amdxdna_chain_block) / sizeof(uint32_t); i++)
		aie_client_put(command, 0);
	for (size_t i = 0; i < count; i++) {
		struct aie_command *part = commands[i];

		command->part[command->part_count++] = part;
		aie_client_put_pair(command, part->packet->handle);
		touch_handle(command, part->packet->handle);
		for (uint32_t j = 0; j < part->handle_count; j++)
			touch_handle(command, part->handle[j]);
	}
	if (command->handle_count > AMDXDNA_MAX_ARGS) {
		aie_error_set(error, AIE_ERROR_INPUT, "run list: %u buffers, a submission takes %d",
		              command->handle_count, AMDXDNA_MAX_ARGS);
		goto failed;
	}
	if (aie_client_command_ready(command, error))
		goto failed;
	return command;
failed:
	aie_command_destroy(command);
	return NULL;
}

void aie_command_destroy(struct aie_command *command)
{
	struct aie_error error;

	if (!command)
		return;
	/* Its buffers must not go away under the NPU.  Fails only when the device is gone. */
	if (command->submitted && !atomic_load(&command->ended))
		(void)!aie_context_wait(command->context, command->seq, -1, &error);
	aie_buffer_destroy(command->packet);
	for (uint32_t i = 0; i < command->own_count; i++)
		aie_buffer_destroy(command->own[i]);
	free(command->own);
	free(command->part);
	free(command->handle);
	free(command);
}

/* ---- running ---------------------------------------------------------------------------------------------------- */

static unsigned packet_state(const struct aie_command *command)
{
	const uint32_t *header = (const uint32_t *)(const void *)command->packet->data;

	return __atomic_load_n(header, __ATOMIC_ACQUIRE) & AMDXDNA_PACKET_STATE_MASK;
}

/* The packet is written anew for each run: a failed one has lost its contents. */
static void write_packet(struct aie_command *command)
{
	uint32_t *packet = (uint32_t *)(void *)command->packet->data;

	memcpy(packet + 1, command->words, command->word_count * sizeof *packet);
	__atomic_store_n(packet,
	                 AMDXDNA_STATE_NEW | command->word_count << AMDXDNA_PACKET_COUNT_SHIFT |
	                         (uint32_t)command->opcode << AMDXDNA_PACKET_OPCODE_SHIFT |
	                         (uint32_t)AMDXDNA_PACKET_TYPE_CU << AMDXDNA_PACKET_TYPE_SHIFT,
	                 __ATOMIC_RELEASE);
}

int aie_command_submit(struct aie_command *command, struct aie_error *error)
{
	struct aie_device *device = command->context->device;
	struct amdxdna_exec_cmd exec = {
		.hwctx = command->context->handle,
		.type = AMDXDNA_EXEC_SUBMIT,
		.cmd_handles = command->packet->handle,
		.args = (uintptr_t)command->handle,
		.cmd_count = 1,
		.arg_count = command->handle_count,
	};

	if (command->submitted && !atomic_load(&command->ended)) {
		bool done;

		if (aie_command_poll(command, &done, error))
			return -1;
		if (!done)
			return aie_error_set(error, AIE_ERROR_INPUT, "command submitted while it is in flight");
	}
	for (uint32_t i = 0; i < command->part_count; i++)
		write_packet(command->part[i]);
	write_packet(command);
	if (aie_client_ioctl(device, AMDXDNA_IOCTL_EXEC_CMD, &exec))
		return aie_client_fail(device->node, AIE_CALL_EXEC_CMD, errno, error);
	command->seq = exec.seq;
	atomic_store(&command->ended, false);
	command->submitted = true;
	return 0;
}

uint64_t aie_command_sequence(const struct aie_command *command)
{
	return command->seq;
}

/* ---- how it ended ----------------------------------------------------------------------------------------------- */

static const struct {
	enum aie_command_state state;
	const char *name, *meaning;
	enum aie_error_category category;
} states[] = {
	[AMDXDNA_STATE_NEW] = { AIE_COMMAND_REJECTED, "NEW", "the driver rejected the packet", AIE_ERROR_DEVICE },
	[AMDXDNA_STATE_COMPLETED] = { AIE_COMMAND_COMPLETED, "COMPLETED", "success", AIE_ERROR_NONE },
	[AMDXDNA_STATE_ERROR] = { AIE_COMMAND_FAILED, "ERROR", "the firmware reports a failure", AIE_ERROR_FAULT },
	[AMDXDNA_STATE_ABORT] = { AIE_COMMAND_ABORTED, "ABORT",
	                          "the context was torn down, or a command before it never ended", AIE_ERROR_DEVICE },
	[AMDXDNA_STATE_TIMEOUT] = { AIE_COMMAND_TIMEOUT, "TIMEOUT", "it did not come to an end", AIE_ERROR_FAULT },
};

const char *aie_command_state_name(enum aie_command_state state)
{
	static const char *const names[] = {
		[AIE_COMMAND_IDLE] = "idle",           [AIE_COMMAND_PENDING] = "pending",
		[AIE_COMMAND_COMPLETED] = "completed", [AIE_COMMAND_REJECTED] = "rejected",
		[AIE_COMMAND_FAILED] = "failed",       [AIE_COMMAND_ABORTED] = "aborted",
		[AIE_COMMAND_TIMEOUT] = "timeout",
	};

	return (unsigned)state < sizeof names / sizeof names[0] ? names[state] : "unknown";
}

/* The health record of a list is in its first command's packet (documented). */
static void read_health(const struct aie_command *command, struct amdxdna_health *health)
{
	const struct aie_command *first = command->part_count ? command->part[0] : command;

	memcpy(health, first->packet->data + sizeof(uint32_t), sizeof *health);
}

static unsigned failed_part(const struct aie_command *command)
{
	uint32_t index;

	if (!command->part_count)
		return 0;
	memcpy(&index, command->packet->data + sizeof index + offsetof(struct amdxdna_chain_block, error_index),
	       sizeof index);
	return index < command->part_count ? index : 0;
}

/* The model knows more than the packet's state: the fault in words. */
static void add_reason(struct aie_device *device, struct aie_error *error)
{
	struct aie_profile *profile = malloc(sizeof *profile);
	size_t used = strlen(error->text);

	if (profile && device->transport.profile && !device->transport.profile(device->transport.user, profile) &&
	    profile->fault[0] && used + 2 < sizeof error->text) {
		size_t room = sizeof error->text - used - 3, length = strnlen(profile->fault, sizeof profile->fault);

		memcpy(error->text + used, ": ", 2);
		memcpy(error->text + used + 2, profile->fault, length < room ? length : room);
		error->text[used + 2 + (length < room ? length : room)] = 0;
	}
	free(profile);
}

static int describe_failure(const struct aie_command *command, unsigned state, struct aie_error *error)
{
	struct aie_device *device = command->context->device;
	struct amdxdna_health health;

	if (state >= sizeof states / sizeof states[0] || !states[state].name)
		return aie_error_set(error, AIE_ERROR_DEVICE, "%s: command ended in state %u, which means nothing here",
		                     device->node, state);
	read_health(command, &health);
	if (state == AMDXDNA_STATE_TIMEOUT && health.transaction_op != UINT32_MAX)
		aie_error_set(error, states[state].category,
		              "%s: command ended in state TIMEOUT in transaction operation %u", device->node,
		              health.transaction_op);
	else
		aie_error_set(error, states[state].category, "%s: command ended in state %s (%s)", device->node,
		              states[state].name, states[state].meaning);
	if (command->part_count && state != AMDXDNA_STATE_NEW)
		aie_error_prefix(error, "command %u of %u", failed_part(command), command->part_count);
	if (state == AMDXDNA_STATE_ERROR || state == AMDXDNA_STATE_TIMEOUT)
		add_reason(device, error);
	return -1;
}

int aie_command_wait(struct aie_command *command, int timeout_ms, struct aie_error *error)
{
	unsigned state;

	if (!command->submitted)
		return aie_error_set(error, AIE_ERROR_INPUT, "wait for a command that was not submitted");
	if (aie_context_wait(command->context, command->seq, timeout_ms, error))
		return -1;
	atomic_store(&command->ended, true);
	state = packet_state(command);
	return state == AMDXDNA_STATE_COMPLETED ? 0 : describe_failure(command, state, error);
}

int aie_command_poll(struct aie_command *command, bool *done, struct aie_error *error)
{
	*done = false;
	if (!command->submitted)
		return aie_error_set(error, AIE_ERROR_INPUT, "poll of a command that was not submitted");
	if (!aie_context_wait(command->context, command->seq, 0, error)) {
		atomic_store(&command->ended, true);
		*done = true;
		return 0;
	}
	return error->sys_errno == ETIME ? 0 : -1;
}

int aie_command_status(struct aie_command *command, struct aie_command_status *status, struct aie_error *error)
{
	struct amdxdna_health health;
	unsigned state;
	bool done;

	memset(status, 0xff, sizeof *status);
	status->state = AIE_COMMAND_IDLE;
	status->failed = 0;
	if (!command->submitted)
		return 0;
	if (aie_command_poll(command, &done, error))
		return -1;
	status->state = AIE_COMMAND_PENDING;
	if (!done)
		return 0;
	state = packet_state(command);
	if (state >= sizeof states / sizeof states[0] || !states[state].name)
		return describe_failure(command, state, error);
	status->state = states[state].state;
	if (state != AMDXDNA_STATE_COMPLETED && state != AMDXDNA_STATE_NEW)
		status->failed = failed_part(command);
	if (state != AMDXDNA_STATE_TIMEOUT)
		return 0;
	read_health(command, &health);
	status->transaction_op = health.transaction_op;
	status->program_counter = health.context_pc;
	status->fatal_type = health.fatal_type;
	status->exception_type = health.exception_type;
	status->exception_pc = health.exception_pc;
	status->module = health.module;
	return 0;
}
