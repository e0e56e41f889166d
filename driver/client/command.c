/* Commands: the packet, its submission, and what its end means. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver/client/client.h"
#include "driver/image/txn.h"

/* ---- building --------------------------------------------------------------------------------------------------- */

static void put_pair(struct aie_command *command, size_t byte, uint64_t value)
{
	command->payload[byte / 4] = (uint32_t)value;
	command->payload[byte / 4 + 1] = (uint32_t)(value >> 32);
}

/* The driver refuses a list that names a buffer twice. */
static void add_handle(struct aie_command *command, uint32_t handle)
{
	for (uint32_t i = 0; i < command->handle_count; i++)
		if (command->handle[i] == handle)
			return;
	command->handle[command->handle_count++] = handle;
}

static int check_command(const struct aie_context *context, const struct aie_buffer *instructions, size_t bytes,
                         size_t argument_count, struct aie_error *error)
{
	const struct aie_txn_limits limits = {
		.columns = context->columns,
		.execute = true,
		.arguments = (unsigned)argument_count,
		.heap_address = context->device->heap_npu,
		.heap_size = AMDXDNA_HEAP_CHUNK,
	};
	uint32_t words = context->register_map_bytes / 4;
	struct aie_txn txn;

	if (words > AMDXDNA_PACKET_COUNT_MASK - 1 || context->register_map_bytes < AMDXDNA_KERNEL_BUFFERS)
		return aie_error_set(error, AIE_ERROR_INPUT, "kernel: register map of %u bytes",
		                     context->register_map_bytes);
	if (argument_count > (context->register_map_bytes - AMDXDNA_KERNEL_BUFFERS) / 8)
		return aie_error_set(error, AIE_ERROR_INPUT, "%zu argument buffers, the kernel takes %u",
		                     argument_count, (context->register_map_bytes - AMDXDNA_KERNEL_BUFFERS) / 8);
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

struct aie_command *aie_command_create(struct aie_context *context, struct aie_buffer *instructions,
                                       size_t instruction_bytes, struct aie_buffer *const *arguments,
                                       size_t argument_count, struct aie_error *error)
{
	struct aie_command *command;

	if (check_command(context, instructions, instruction_bytes, argument_count, error))
		return NULL;
	command = calloc(1, sizeof *command);
	if (command)
		command->handle = calloc(argument_count + 1, sizeof *command->handle);
	if (!command || !command->handle) {
		free(command);
		aie_error_set(error, AIE_ERROR_MEMORY, "out of memory");
		return NULL;
	}
	command->context = context;
	/* Unused arguments of the register map stay 0. */
	command->payload_words = context->register_map_bytes / 4;
	put_pair(command, AMDXDNA_KERNEL_OPCODE, AMDXDNA_KERNEL_OPCODE_TRANSACTION);
	put_pair(command, AMDXDNA_KERNEL_INSTRUCTIONS, instructions->npu);
	command->payload[AMDXDNA_KERNEL_INSTRUCTION_WORDS / 4] = (uint32_t)(instruction_bytes / 4);
	add_handle(command, instructions->handle);
	for (size_t i = 0; i < argument_count; i++) {
		put_pair(command, AMDXDNA_KERNEL_BUFFERS + 8 * i, arguments[i]->npu);
		add_handle(command, arguments[i]->handle);
	}
	command->packet = aie_client_buffer_create(context->device, AMDXDNA_CMD_BO_BYTES, AMDXDNA_BO_CMD, error);
	if (!command->packet) {
		aie_command_destroy(command);
		return NULL;
	}
	return command;
}

void aie_command_destroy(struct aie_command *command)
{
	if (!command)
		return;
	aie_buffer_destroy(command->packet);
	free(command->handle);
	free(command);
}

/* ---- running ---------------------------------------------------------------------------------------------------- */

static unsigned packet_state(const struct aie_command *command)
{
	const uint32_t *header = (const uint32_t *)(const void *)command->packet->data;

	return __atomic_load_n(header, __ATOMIC_ACQUIRE) & AMDXDNA_PACKET_STATE_MASK;
}

int aie_command_submit(struct aie_command *command, struct aie_error *error)
{
	struct aie_device *device = command->context->device;
	uint32_t *packet = (uint32_t *)(void *)command->packet->data;
	struct amdxdna_exec_cmd exec = {
		.hwctx = command->context->handle,
		.type = AMDXDNA_EXEC_SUBMIT,
		.cmd_handles = command->packet->handle,
		.args = (uintptr_t)command->handle,
		.cmd_count = 1,
		.arg_count = command->handle_count,
	};

	/* The packet is written anew for each run: a failed one has lost its contents. */
	packet[1] = UINT32_C(1) << command->context->cu;
	memcpy(packet + 2, command->payload, command->payload_words * sizeof *packet);
	__atomic_store_n(packet,
	                 AMDXDNA_STATE_NEW | (1 + command->payload_words) << AMDXDNA_PACKET_COUNT_SHIFT |
	                         (uint32_t)AMDXDNA_OPCODE_START_CU << AMDXDNA_PACKET_OPCODE_SHIFT |
	                         (uint32_t)AMDXDNA_PACKET_TYPE_CU << AMDXDNA_PACKET_TYPE_SHIFT,
	                 __ATOMIC_RELEASE);
	if (device->transport.ioctl(device->transport.user, AMDXDNA_IOCTL_EXEC_CMD, &exec))
		return aie_client_fail(device->node, AIE_CALL_EXEC_CMD, errno, error);
	command->seq = exec.seq;
	command->submitted = true;
	return 0;
}

static int64_t deadline_of(int timeout_ms)
{
	struct timespec now;

	if (timeout_ms < 0)
		return INT64_MAX;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec + (int64_t)timeout_ms * 1000000;
}

static const struct {
	const char *name, *meaning;
	enum aie_error_category category;
} states[] = {
	[AMDXDNA_STATE_NEW] = { "NEW", "the driver rejected the packet", AIE_ERROR_DEVICE },
	[AMDXDNA_STATE_ERROR] = { "ERROR", "the firmware reports a failure", AIE_ERROR_FAULT },
	[AMDXDNA_STATE_ABORT] = { "ABORT", "the context was torn down", AIE_ERROR_DEVICE },
	[AMDXDNA_STATE_TIMEOUT] = { "TIMEOUT", "it did not come to an end", AIE_ERROR_FAULT },
};

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
	memcpy(&health, command->packet->data + sizeof(uint32_t), sizeof health);
	if (state == AMDXDNA_STATE_TIMEOUT && health.transaction_op != UINT32_MAX)
		aie_error_set(error, states[state].category,
		              "%s: command ended in state TIMEOUT in transaction operation %u", device->node,
		              health.transaction_op);
	else
		aie_error_set(error, states[state].category, "%s: command ended in state %s (%s)", device->node,
		              states[state].name, states[state].meaning);
	if (state == AMDXDNA_STATE_ERROR || state == AMDXDNA_STATE_TIMEOUT)
		add_reason(device, error);
	return -1;
}

int aie_command_wait(struct aie_command *command, int timeout_ms, struct aie_error *error)
{
	struct aie_device *device = command->context->device;
	uint32_t syncobj = command->context->syncobj;
	struct drm_syncobj_timeline_wait wait = {
		.handles = (uintptr_t)&syncobj,
		.points = (uintptr_t)&command->seq,
		.timeout_nsec = deadline_of(timeout_ms),
		.count_handles = 1,
	};
	unsigned state;

	if (!command->submitted)
		return aie_error_set(error, AIE_ERROR_INPUT, "wait for a command that was not submitted");
	if (device->transport.ioctl(device->transport.user, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &wait))
		return aie_client_fail(device->node, AIE_CALL_WAIT, errno, error);
	state = packet_state(command);
	return state == AMDXDNA_STATE_COMPLETED ? 0 : describe_failure(command, state, error);
}
