/* Command packets: what a command buffer says, handed to the firmware, and what is written back into it.
 *
 * Runs on the worker thread without the device's lock; takes it where it touches shared tables.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/drm/internal.h"

enum {
	PACKET_WORDS = AMDXDNA_PACKET_COUNT_MASK,
	/* Room a command takes in the context's ring (documented, firmware 6.15 and later). */
	SLOT_HEADER_BYTES = 52,
	SLOT_ELF_BYTES = 56,
	SLOT_MAX_NPU_ARGUMENTS = 26,
	REJECTED = 0,
};

/* A packet taken out of its buffer once, so that the program cannot change it under our hands. */
struct packet {
	struct aie_drm_bo *bo;
	unsigned opcode;
	uint32_t words[PACKET_WORDS];
	unsigned count;   /* words after the header */
	unsigned payload; /* first word after the masks */
	bool has_cu;
	unsigned cu;
};

static bool read_packet(struct aie_drm_bo *bo, struct packet *packet)
{
	const uint8_t *memory = aie_drm_bo_memory(bo);
	uint32_t header;
	unsigned masks;

	if (!memory)
		return false;
	memcpy(&header, memory, sizeof header);
	packet->bo = bo;
	packet->opcode = header >> AMDXDNA_PACKET_OPCODE_SHIFT & AMDXDNA_PACKET_OPCODE_MASK;
	packet->count = header >> AMDXDNA_PACKET_COUNT_SHIFT & AMDXDNA_PACKET_COUNT_MASK;
	packet->has_cu = false;
	packet->payload = 0;
	if (sizeof header + packet->count * sizeof(uint32_t) > bo->size)
		return false;
	memcpy(packet->words, memory + sizeof header, packet->count * sizeof(uint32_t));
	if (packet->opcode == AMDXDNA_OPCODE_CHAIN)
		return true;
	masks = 1 + (header >> AMDXDNA_PACKET_EXTRA_MASKS_SHIFT & AMDXDNA_PACKET_EXTRA_MASKS_MASK);
	if (packet->count <= masks)
		return false;
	packet->payload = masks;
	if (packet->opcode == AMDXDNA_OPCODE_START_NPU_PREEMPT_ELF)
		return true;
	/* The lowest bit inside the first word that has one: the word's number does not count (documented oddity). */
	for (unsigned i = 0; i < masks && !packet->has_cu; i++) {
		if (!packet->words[i])
			continue;
		packet->has_cu = true;
		packet->cu = (unsigned)__builtin_ctz(packet->words[i]);
	}
	return packet->has_cu;
}

static uint64_t pair(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

/* The firmware command of a packet that is not a chain, and its size in the ring; false when it is rejected. */
static bool decode(const struct packet *packet, struct aie_firmware_command *command, size_t *slot)
{
	const uint32_t *payload = packet->words + packet->payload;
	unsigned words = packet->count - packet->payload, block, arguments;

	*command = (struct aie_firmware_command){ .has_cu = packet->has_cu, .cu = packet->cu };
	switch (packet->opcode) {
	case AMDXDNA_OPCODE_START_CU:
		command->kind = AIE_FIRMWARE_START_CU;
		command->payload = payload;
		command->payload_words = words;
		*slot = SLOT_HEADER_BYTES + words * sizeof(uint32_t);
		return *slot <= AIE_DRM_RING_SLOT_BYTES;
	case AMDXDNA_OPCODE_START_NPU:
		block = sizeof(struct amdxdna_npu_block) / sizeof(uint32_t);
		if (words < block || payload[3] > words - block)
			return false;
		command->instruction_bytes = payload[2];
		arguments = words - block - payload[3];
		break;
	case AMDXDNA_OPCODE_START_NPU_PREEMPT:
	case AMDXDNA_OPCODE_START_NPU_PREEMPT_ELF:
		block = sizeof(struct amdxdna_preempt_block) / sizeof(uint32_t);
		if (words < block || payload[9] > words - block)
			return false;
		command->instruction_bytes = payload[6];
		command->save = pair(payload[2], payload[3]);
		command->save_bytes = payload[7];
		command->restore = pair(payload[4], payload[5]);
		command->restore_bytes = payload[8];
		arguments = words - block - payload[9];
		break;
	default:
		return false;
	}
	command->kind = AIE_FIRMWARE_START_NPU;
	command->instructions = pair(payload[0], payload[1]);
	if (packet->opcode == AMDXDNA_OPCODE_START_NPU_PREEMPT_ELF) {
		*slot = SLOT_ELF_BYTES;
		return true;
	}
	*slot = SLOT_HEADER_BYTES + arguments * sizeof(uint32_t);
	return arguments <= SLOT_MAX_NPU_ARGUMENTS;
}

/* ---- outcome ---------------------------------------------------------------------------------------------------- */

/* What a failed command leaves behind; rare, so it takes the lock by itself. */
static void record_failure(struct aie_drm_device *device, struct aie_drm_context *context,
                           const struct aie_firmware_result *result)
{
	struct aie_profile *profile = &device->profile;

	pthread_mutex_lock(&device->lock);
	context->txn_op_idx = result->operation;
	memcpy(profile->waits, result->waits, sizeof profile->waits);
	free(device->wait_graph);
	device->wait_graph = result->wait_graph ? strdup(result->wait_graph) : NULL;
	profile->wait_graph = device->wait_graph;
	memcpy(profile->fault, result->error.text, sizeof result->error.text);
	aie_drm_describe_miss(device, profile->fault, sizeof profile->fault);
	if (result->array_fault) {
		/* 15..0 error number, 23..16 driver (4 array), 31..24 severity (3), 47..40 class (2 array); extra: 7..0
		 * column, 15..8 row.  (assumed: the number is that of the firmware's status word, whose list of array
		 * errors is the documented one.)
		 */
		device->has_async_error = true;
		device->async_error = (struct amdxdna_async_error){
			.code = (result->status & 0xffff) | UINT64_C(4) << 16 | UINT64_C(3) << 24 | UINT64_C(2) << 40,
			.time_us = aie_array_cycle(device->array) / device->clock_mhz,
			.extra = result->fault_column | result->fault_row << 8,
		};
	}
	pthread_mutex_unlock(&device->lock);
}

void aie_drm_begin_run(const struct aie_drm_device *device, const struct aie_drm_job *job, struct aie_drm_run *run)
{
	*run = (struct aie_drm_run){ .firmware = job->context->firmware, .force_preempt = device->force_preempt };
}

void aie_drm_end_run(struct aie_drm_device *device, const struct aie_drm_job *job, const struct aie_drm_run *run)
{
	device->profile.commands += run->commands;
	device->profile.cycles += run->cycles;
	device->profile.configure_cycles += run->configure_cycles;
	device->profile.dispatch_cycles += run->dispatch_cycles;
	job->context->preemptions += run->preemptions;
}

static unsigned state_of(const struct aie_firmware_result *result)
{
	static const unsigned state[] = {
		[AIE_FIRMWARE_DONE] = AMDXDNA_STATE_COMPLETED,
		[AIE_FIRMWARE_FAILED] = AMDXDNA_STATE_ERROR,
		[AIE_FIRMWARE_HUNG] = AMDXDNA_STATE_TIMEOUT,
		[AIE_FIRMWARE_CANCELLED] = AMDXDNA_STATE_ABORT,
	};

	return state[result->outcome];
}

/* Everything after the header of a failed command is overwritten: ones, and for a time-out the health record first. */
static void write_failure(struct aie_drm_bo *bo, const struct aie_firmware_result *result)
{
	uint8_t *memory = aie_drm_bo_memory(bo);
	struct amdxdna_health health;

	if (!memory)
		return;
	memset(memory + sizeof(uint32_t), 0xff, bo->size - sizeof(uint32_t));
	if (result->outcome != AIE_FIRMWARE_HUNG)
		return;
	memset(&health, 0xff, sizeof health);
	health.version = 1;
	health.generation = 0;
	health.transaction_op = result->operation;
	memcpy(memory + sizeof(uint32_t), &health, sizeof health);
}

/* ---- chains ----------------------------------------------------------------------------------------------------- */

/* Check all sub-packets before the first runs; take references on their buffers. */
static bool open_chain(struct aie_drm_device *device, const struct aie_drm_job *job, const struct packet *chain,
                       struct aie_drm_bo **bo, unsigned *count)
{
	const unsigned block = sizeof(struct amdxdna_chain_block) / sizeof(uint32_t);
	unsigned commands = chain->count >= block ? chain->words[0] : 0, found = 0, opcode = 0;
	size_t total = 0;
	bool good = commands && commands <= (chain->count - block) / 2;

	pthread_mutex_lock(&device->lock);
	for (unsigned i = 0; good && i < commands; i++) {
		uint64_t handle = pair(chain->words[block + 2 * i], chain->words[block + 2 * i + 1]);
		struct aie_drm_bo *sub =
		        handle <= UINT32_MAX ? aie_drm_bo_find(job->context->file, (uint32_t)handle) : NULL;
		struct aie_firmware_command command;
		struct packet packet;
		size_t slot = 0;

		good = sub && (sub->type == AMDXDNA_BO_CMD || sub->type == AMDXDNA_BO_SHARE) &&
		       read_packet(sub, &packet) && packet.opcode != AMDXDNA_OPCODE_CHAIN &&
		       (!i || packet.opcode == opcode) && decode(&packet, &command, &slot);
		if (!good)
			break;
		opcode = packet.opcode;
		total += slot;
		good = total <= AIE_DRM_RING_SLOT_BYTES;
		if (good) {
			aie_drm_bo_get(sub);
			bo[found++] = sub;
		}
	}
	if (!good)
		while (found)
			aie_drm_bo_put(bo[--found]);
	pthread_mutex_unlock(&device->lock);
	*count = found;
	return good;
}

static unsigned run_one(struct aie_drm_device *device, struct aie_drm_context *context, struct aie_drm_run *run,
                        const struct packet *packet, bool queued, struct aie_firmware_result *result)
{
	struct aie_firmware_command command;
	size_t slot;

	if (!decode(packet, &command, &slot))
		return REJECTED;
	command.queued = queued;
	command.force_preempt = run->force_preempt;
	command.progress = &device->progress;
	aie_drm_forget_miss(device);
	aie_firmware_run(device->firmware, &run->firmware, &command, &device->cancel, result);
	run->commands++;
	run->cycles += result->cycles;
	run->configure_cycles += result->configure_cycles;
	run->dispatch_cycles += result->dispatch_cycles;
	run->preemptions += result->preemptions;
	if (result->outcome != AIE_FIRMWARE_DONE)
		record_failure(device, context, result);
	return state_of(result);
}

static unsigned run_chain(struct aie_drm_device *device, struct aie_drm_job *job, struct aie_drm_run *run,
                          const struct packet *chain, struct aie_firmware_result *result)
{
	struct aie_drm_bo *bo[AIE_DRM_RING_SLOT_BYTES / SLOT_HEADER_BYTES];
	unsigned count, state = AMDXDNA_STATE_COMPLETED;
	struct packet packet;

	if (!open_chain(device, job, chain, bo, &count))
		return REJECTED;
	for (unsigned i = 0; i < count && state == AMDXDNA_STATE_COMPLETED; i++) {
		state = read_packet(bo[i], &packet)
		                ? run_one(device, job->context, run, &packet, i ? true : job->queued, result)
		                : REJECTED;
		if (state == REJECTED) {
			/* Changed after it was checked. */
			state = AMDXDNA_STATE_ABORT;
			result->outcome = AIE_FIRMWARE_CANCELLED;
		}
		if (state != AMDXDNA_STATE_COMPLETED) {
			size_t at = sizeof(uint32_t) + offsetof(struct amdxdna_chain_block, error_index);
			uint8_t *memory = aie_drm_bo_memory(job->packet);

			if (memory)
				memcpy(memory + at, &i, sizeof i);
			write_failure(bo[0], result); /* the first one's buffer, whichever failed (documented) */
		}
	}
	pthread_mutex_lock(&device->lock);
	while (count)
		aie_drm_bo_put(bo[--count]);
	pthread_mutex_unlock(&device->lock);
	return state;
}

unsigned aie_drm_run_packet(struct aie_drm_device *device, struct aie_drm_job *job, struct aie_drm_run *run)
{
	struct aie_firmware_result result;
	struct packet packet;
	unsigned state;

	if (!read_packet(job->packet, &packet))
		return REJECTED;
	if (packet.opcode == AMDXDNA_OPCODE_CHAIN)
		return run_chain(device, job, run, &packet, &result);
	state = run_one(device, job->context, run, &packet, job->queued, &result);
	if (state != REJECTED && state != AMDXDNA_STATE_COMPLETED)
		write_failure(job->packet, &result);
	return state;
}
