#include "sim/tile/dma.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/array/internal.h"

enum { BEAT_WORDS = 2, LINE_BEATS = AIE_BANK_LINE_WORDS / BEAT_WORDS };

/* Memory tile channels: descriptors of even channels are 0-23, of odd ones 24-47; neighbours are reached by 0-3 only.
 */
enum { MEMORY_HALF_DESCRIPTORS = 24, MEMORY_NEIGHBOUR_CHANNELS = 4 };

/* Sticky error bits, at their places in the status register of a memory tile (the others have them at the same places).
 */
#define ERROR_BD_INVALID     AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_ERROR_BD_INVALID, 1)
#define ERROR_BD_UNAVAILABLE AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_ERROR_BD_UNAVAILABLE, 1)
#define ERROR_MEMORY         AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_ERROR_DM_ACCESS_TO_UNAVAILABLE, 1)
#define ERROR_LOCK           AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_ERROR_LOCK_ACCESS_TO_UNAVAILABLE, 1)
#define QUEUE_OVERFLOW       AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_TASK_QUEUE_OVERFLOW, 1)

const char *aie_dma_name(const struct aie_dma_channel *channel, char *text, size_t size)
{
	const struct aie_tile *tile = channel->tile;

	snprintf(text, size, "%s (%u,%u) DMA %s %u", aie_tile_kind_name(tile->kind), tile->column, tile->row,
	         channel->mm2s ? "MM2S" : "S2MM", channel->index);
	return text;
}

void aie_dma_fault(struct aie_array *array, struct aie_dma_channel *channel, enum aie_error_category category,
                   const char *format, ...)
{
	struct aie_error error;
	char name[64];
	va_list arguments;

	va_start(arguments, format);
	aie_error_setv(&error, category, format, arguments);
	va_end(arguments);
	aie_error_prefix(&error, "%s BD %u", aie_dma_name(channel, name, sizeof name), channel->descriptor_id);
	aie_array_set_fault(array, channel->tile, &error);
	channel->state = AIE_DMA_ERROR;
}

/* ---- accounting -------------------------------------------------------------------------------------------------- */

void aie_dma_settle(struct aie_dma_channel *channel, uint64_t now)
{
	uint64_t time;

	if (channel->block == AIE_BLOCK_NONE || now <= channel->since)
		return;
	time = now - channel->since;
	channel->since = now;
	switch (channel->block) {
	case AIE_BLOCK_LOCK:
		channel->counters.lock_stall += time;
		break;
	case AIE_BLOCK_STREAM:
		channel->counters.stream_stall += time;
		break;
	default:
		channel->counters.memory_stall += time;
		break;
	}
}

void aie_dma_blocked(struct aie_dma_channel *channel, enum aie_dma_block block, uint64_t since)
{
	if (channel->block == block)
		return;
	channel->block = block;
	channel->since = since;
}

void aie_dma_unblocked(struct aie_dma_channel *channel, uint64_t now)
{
	aie_dma_settle(channel, now);
	channel->block = AIE_BLOCK_NONE;
}

/* ---- locks ------------------------------------------------------------------------------------------------------- */

/* The tile and lock that a lock id of a descriptor names; NULL when it cannot be reached. */
static struct aie_tile *find_lock(struct aie_array *array, const struct aie_dma_channel *channel, unsigned id,
                                  unsigned *lock)
{
	struct aie_tile *tile = channel->tile;
	unsigned side = id / AIE_LOCK_COUNT_MAX; /* memory tile: west, own, east */

	if (tile->kind != AIE_TILE_MEMORY) {
		*lock = id;
		return id < tile->lock_count ? tile : NULL;
	}
	*lock = id % AIE_LOCK_COUNT_MAX;
	if (side == 1)
		return tile;
	if (side > 2 || channel->index >= MEMORY_NEIGHBOUR_CHANNELS)
		return NULL;
	return aie_array_tile(array, (unsigned)(tile->column + (side == 0 ? -1 : 1)), tile->row);
}

/* ---- words onto the stream --------------------------------------------------------------------------------------- */

static void send_beat(struct aie_dma_channel *channel, uint64_t now, uint32_t low, uint32_t high, unsigned count,
                      bool last)
{
	if (channel->next_beat < now)
		channel->next_beat = now;
	aie_route_push(&channel->route, channel->next_beat++, low, high, count, last);
	channel->counters.active++;
}

void aie_dma_send(struct aie_array *array, struct aie_dma_channel *channel, const uint32_t *words, uint32_t count,
                  uint64_t now, bool end)
{
	bool last = end && !channel->descriptor.tlast_suppress;

	channel->counters.bytes += (uint64_t)count * 4;
	for (; count; count--, words++) {
		if (channel->has_carry) {
			channel->has_carry = false;
			send_beat(channel, now, channel->carry, *words, 2, last && count == 1);
		} else {
			channel->has_carry = true;
			channel->carry = *words;
		}
	}
	/* An odd word does not wait for the next descriptor (assumed: the engine packs within a descriptor). */
	if (end && channel->has_carry) {
		channel->has_carry = false;
		send_beat(channel, now, channel->carry, 0, 1, last);
	}
	aie_route_notify(array, &channel->route);
}

/* ---- tile memory ------------------------------------------------------------------------------------------------- */

/* Memory and byte offset of the next word; NULL when the channel cannot reach it (channel is stopped). */
static struct aie_tile_memory *find_memory(struct aie_array *array, struct aie_dma_channel *channel, uint32_t *offset)
{
	struct aie_tile *tile = channel->tile;
	uint64_t address = channel->walk.address * 4;
	uint64_t side;

	if (tile->kind == AIE_TILE_COMPUTE) {
		if (address >= tile->memory.size) {
			aie_dma_fault(array, channel, AIE_ERROR_UNDEFINED,
			              "address 0x%llX lies beyond the tile's memory of 0x%X bytes",
			              (unsigned long long)address, tile->memory.size);
			return NULL;
		}
		*offset = (uint32_t)address;
		return &tile->memory;
	}
	side = address / AIE_MEMORY_TILE_BYTES;
	if (side == 0 || side == 2) {
		tile = channel->index < MEMORY_NEIGHBOUR_CHANNELS
		               ? aie_array_tile(array, (unsigned)(tile->column + (side == 0 ? -1 : 1)), tile->row)
		               : NULL;
	} else if (side > 2) {
		tile = NULL;
	}
	if (!tile) {
		channel->errors |= ERROR_MEMORY;
		channel->state = AIE_DMA_ERROR;
		return NULL;
	}
	*offset = (uint32_t)(address % AIE_MEMORY_TILE_BYTES);
	return &tile->memory;
}

/* Ask for the bank of the next access.  False: refused, the channel tries again in the next cycle. */
static bool take_bank(struct aie_dma_channel *channel, struct aie_tile_memory *memory, uint32_t offset, uint64_t now,
                      bool urgent)
{
	unsigned number = channel->tile->kind == AIE_TILE_COMPUTE ? aie_bank_of_compute(offset)
	                                                          : aie_bank_of_memory_tile(memory, offset);
	struct aie_bank *bank = &memory->bank[number];
	unsigned requester = AIE_REQUESTER_DMA | channel->unit;

	if (aie_bank_free(bank, now, requester)) {
		aie_bank_take(bank, now, requester);
		return true;
	}
	aie_bank_refused(bank, now, requester, urgent);
	channel->counters.memory_stall++;
	return false;
}

/* Words of the next access: what lies in one bank word. */
static uint32_t access_words(const struct aie_dma_channel *channel, bool *pad)
{
	uint32_t room = AIE_BANK_LINE_WORDS - (uint32_t)(channel->walk.address % AIE_BANK_LINE_WORDS);
	uint32_t words = aie_walk_run(&channel->walk, AIE_BANK_LINE_WORDS, pad);

	return *pad || words < room ? words : room;
}

static uint64_t tile_mm2s_run(struct aie_array *array, struct aie_dma_channel *channel, uint64_t now)
{
	uint32_t egress = channel->route.egress, words, offset;
	uint64_t lead = channel->next_beat > now ? channel->next_beat - now : 0;
	uint32_t buffer[AIE_BANK_LINE_WORDS];
	bool pad, end;

	if (lead + LINE_BEATS > egress)
		return now + (lead + LINE_BEATS - egress);
	if (aie_route_space(&channel->route) < LINE_BEATS + 1) {
		aie_dma_blocked(channel, AIE_BLOCK_STREAM, now + lead);
		channel->route.want = LINE_BEATS + 1;
		return AIE_NEVER;
	}
	aie_dma_unblocked(channel, now);
	words = access_words(channel, &pad);
	if (pad) {
		for (uint32_t i = 0; i < words; i++)
			buffer[i] = channel->pad_value;
	} else {
		struct aie_tile_memory *memory = find_memory(array, channel, &offset);

		if (!memory)
			return AIE_NEVER;
		if (!take_bank(channel, memory, offset, now, lead <= array->timing.dma_urgent_beats))
			return now + 1;
		memcpy(buffer, memory->byte + offset, words * 4);
	}
	aie_walk_advance(&channel->walk, words);
	end = channel->walk.left == 0;
	aie_dma_send(array, channel, buffer, words, now, end);
	if (end) {
		channel->state = AIE_DMA_DRAIN;
		channel->resume = channel->next_beat;
		return channel->resume;
	}
	return now + 1;
}

static uint64_t tile_s2mm_run(struct aie_array *array, struct aie_dma_channel *channel, uint64_t now)
{
	struct aie_sink *sink = &channel->sink;
	struct aie_tile_memory *memory;
	uint32_t words, offset, buffer[AIE_BANK_LINE_WORDS];
	uint64_t ready;
	bool pad, urgent;

	words = access_words(channel, &pad);
	ready = aie_sink_ready(sink, words);
	if (ready > now) {
		aie_dma_blocked(channel, AIE_BLOCK_STREAM, now > channel->next_beat ? now : channel->next_beat);
		if (ready == AIE_NEVER)
			sink->want = words;
		return ready;
	}
	aie_dma_unblocked(channel, now);
	memory = find_memory(array, channel, &offset);
	if (!memory)
		return AIE_NEVER;
	urgent = sink->route->head - sink->target->tail + LINE_BEATS >= sink->target->capacity - sink->route->egress;
	if (!take_bank(channel, memory, offset, now, urgent))
		return now + 1;
	aie_sink_take(array, sink, buffer, words, now, NULL);
	memcpy(memory->byte + offset, buffer, words * 4);
	channel->counters.bytes += words * 4;
	channel->counters.active += (words + 1) / BEAT_WORDS;
	aie_walk_advance(&channel->walk, words);
	channel->next_beat = now + (words + 1) / BEAT_WORDS;
	if (channel->walk.left == 0)
		channel->state = AIE_DMA_RELEASE;
	return now + 1;
}

/* ---- the task ---------------------------------------------------------------------------------------------------- */

static bool descriptor_available(const struct aie_dma_channel *channel, unsigned id)
{
	if (id >= channel->tile->descriptors)
		return false;
	/* documented for the memory tile: each half of the descriptors belongs to the channels of one parity */
	return channel->tile->kind != AIE_TILE_MEMORY || (id >= MEMORY_HALF_DESCRIPTORS) == (channel->index & 1);
}

/* Load the descriptor; false: the channel hangs or the array stops. */
static bool load(struct aie_array *array, struct aie_dma_channel *channel)
{
	struct aie_descriptor *descriptor = &channel->descriptor;
	struct aie_tile *tile = channel->tile;
	unsigned id = channel->descriptor_id;
	bool pad = tile->kind == AIE_TILE_MEMORY && channel->mm2s;

	if (!descriptor_available(channel, id)) {
		channel->errors |= ERROR_BD_UNAVAILABLE;
		channel->state = AIE_DMA_ERROR;
		return false;
	}
	aie_descriptor_decode(tile->kind, tile->descriptor[id], descriptor);
	if (!descriptor->valid) {
		channel->errors |= ERROR_BD_INVALID;
		channel->state = AIE_DMA_ERROR;
		return false;
	}
	/* Enable_Packet and Enable_Compression mean nothing to an S2MM channel whose decompression is off. */
	if (descriptor->packet && channel->mm2s) {
		aie_dma_fault(array, channel, AIE_ERROR_UNIMPLEMENTED,
		              "refused: Enable_Packet: packet switching is not modelled");
		return false;
	}
	if (channel->mm2s && channel->route.refused) {
		for (uint32_t i = 0; i < channel->route.target_count; i++) {
			const struct aie_route_target *target = &channel->route.target[i];

			if (target->end == AIE_END_REFUSED) {
				aie_dma_fault(array, channel, AIE_ERROR_UNIMPLEMENTED,
				              "refused: its stream leads into tile (%u,%u): %s", target->column,
				              target->row, target->reason);
				return false;
			}
		}
	}
	if (pad) {
		for (unsigned i = 0; i < 3; i++) {
			bool higher = i + 1 < 3 && (descriptor->pad_before[i + 1] || descriptor->pad_after[i + 1]);

			if (!descriptor->wrap[i] && (descriptor->pad_after[i] || higher)) {
				aie_dma_fault(array, channel, AIE_ERROR_UNDEFINED,
				              "padding around dimension %u, which never wraps (D%u_Wrap is 0)", i, i);
				return false;
			}
		}
	}
	aie_descriptor_iterate(tile->kind, tile->descriptor[id]);
	aie_walk_start(&channel->walk, descriptor, pad);
	return true;
}

/* AIE_LOCK_DONE: go on.  Errors leave the channel in AIE_DMA_ERROR with AIE_LOCK_WAIT. */
static enum aie_lock_result lock_operation(struct aie_array *array, struct aie_dma_channel *channel, bool acquire)
{
	const struct aie_descriptor *descriptor = &channel->descriptor;
	unsigned lock;
	struct aie_tile *tile =
	        find_lock(array, channel, acquire ? descriptor->acquire_lock : descriptor->release_lock, &lock);

	if (!tile) {
		aie_dma_unblocked(channel, aie_now(array));
		channel->errors |= ERROR_LOCK;
		channel->state = AIE_DMA_ERROR;
		return AIE_LOCK_WAIT;
	}
	return acquire ? aie_tile_acquire(array, tile, lock, descriptor->acquire_value, channel->unit)
	               : aie_tile_release(array, tile, lock, descriptor->release_value, channel->unit);
}

static void finish_descriptor(struct aie_array *array, struct aie_dma_channel *channel, uint64_t now)
{
	const struct aie_array_timing *timing = &array->timing;

	channel->counters.descriptors++;
	if (channel->descriptor.use_next) {
		channel->descriptor_id = channel->descriptor.next;
	} else if (channel->task.repeats) {
		channel->task.repeats--;
		channel->descriptor_id = channel->task.start;
	} else {
		channel->counters.tasks++;
		if (channel->task.token && aie_array_put_token(array, channel))
			aie_dma_fault(array, channel, AIE_ERROR_MEMORY, "no memory for a task token");
		else
			channel->state = AIE_DMA_IDLE;
		channel->resume = now + timing->dma_bd_switch_cycles;
		return;
	}
	channel->state = AIE_DMA_LOAD;
	channel->resume = now + timing->dma_bd_switch_cycles;
}

static void start_task(struct aie_array *array, struct aie_dma_channel *channel, uint64_t now)
{
	channel->task = channel->queue[0];
	channel->queued--;
	memmove(&channel->queue[0], &channel->queue[1], channel->queued * sizeof channel->queue[0]);
	channel->descriptor_id = channel->task.start;
	channel->state = AIE_DMA_LOAD;
	channel->resume = now + array->timing.dma_start_cycles;
}

static uint64_t run(struct aie_array *array, struct aie_dma_channel *channel, uint64_t now)
{
	if (channel->tile->kind == AIE_TILE_SHIM)
		return channel->mm2s ? aie_shim_mm2s_run(array, channel, now) : aie_shim_s2mm_run(array, channel, now);
	return channel->mm2s ? tile_mm2s_run(array, channel, now) : tile_s2mm_run(array, channel, now);
}

uint64_t aie_dma_step(struct aie_array *array, struct aie_dma_channel *channel, uint64_t now)
{
	for (;;) {
		enum aie_dma_state before = channel->state;
		uint64_t next;

		if (now < channel->resume)
			return channel->state == AIE_DMA_IDLE && !channel->queued ? AIE_NEVER : channel->resume;
		switch (channel->state) {
		case AIE_DMA_IDLE:
			if (!channel->queued)
				return AIE_NEVER;
			start_task(array, channel, now);
			break;
		case AIE_DMA_LOAD:
			if (!load(array, channel))
				return AIE_NEVER;
			channel->state = channel->descriptor.acquire ? AIE_DMA_ACQUIRE : AIE_DMA_RUN;
			break;
		case AIE_DMA_ACQUIRE:
			switch (lock_operation(array, channel, true)) {
			case AIE_LOCK_DONE:
				aie_dma_unblocked(channel, now);
				channel->state = AIE_DMA_RUN;
				break;
			case AIE_LOCK_BUSY:
				aie_dma_blocked(channel, AIE_BLOCK_LOCK, now);
				return now + 1;
			case AIE_LOCK_WAIT:
				if (channel->state != AIE_DMA_ERROR)
					aie_dma_blocked(channel, AIE_BLOCK_LOCK, now);
				return AIE_NEVER;
			}
			break;
		case AIE_DMA_RUN:
			if (channel->walk.left == 0 && channel->descriptor.length == 0) {
				channel->state = AIE_DMA_RELEASE; /* nothing to move: done at once (assumed) */
				break;
			}
			next = run(array, channel, now);
			if (channel->state == before || channel->state == AIE_DMA_ERROR)
				return next;
			break;
		case AIE_DMA_DRAIN:
			if (channel->mm2s && !aie_route_accepted(&channel->route)) {
				aie_dma_blocked(channel, AIE_BLOCK_STREAM, now);
				channel->route.want = channel->route.egress;
				return AIE_NEVER;
			}
			aie_dma_unblocked(channel, now);
			channel->state = AIE_DMA_RELEASE;
			break;
		case AIE_DMA_RELEASE:
			if (channel->descriptor.release_value) {
				enum aie_lock_result result = lock_operation(array, channel, false);

				if (channel->state == AIE_DMA_ERROR)
					return AIE_NEVER;
				if (result != AIE_LOCK_DONE) {
					aie_dma_blocked(channel, AIE_BLOCK_LOCK, now);
					return result == AIE_LOCK_BUSY ? now + 1 : AIE_NEVER;
				}
				aie_dma_unblocked(channel, now);
			}
			finish_descriptor(array, channel, now);
			break;
		case AIE_DMA_ERROR:
			return AIE_NEVER;
		}
	}
}

/* ---- registers --------------------------------------------------------------------------------------------------- */

int aie_dma_push(struct aie_array *array, struct aie_dma_channel *channel, uint32_t value, struct aie_error *error)
{
	bool memory = channel->tile->kind == AIE_TILE_MEMORY;
	char name[64];
	uint32_t start = memory ? AIE_FIELD_GET(value, AIE_MEMTILE_DMA_S2MM_START_QUEUE_START_BD_ID)
	                        : AIE_FIELD_GET(value, AIE_MEM_DMA_S2MM_START_QUEUE_START_BD_ID);
	struct aie_task task = {
		.start = (uint8_t)start,
		.repeats = (uint16_t)AIE_FIELD_GET(value, AIE_MEM_DMA_S2MM_START_QUEUE_REPEAT_COUNT),
		.token = AIE_FIELD_GET(value, AIE_MEM_DMA_S2MM_START_QUEUE_ENABLE_TOKEN_ISSUE),
	};

	if (channel->tile->kind != AIE_TILE_SHIM && AIE_FIELD_GET(channel->control, AIE_MEM_DMA_S2MM_CTRL_RESET))
		return aie_error_set(error, AIE_ERROR_UNSUPPORTED,
		                     "%s: a task is pushed while Ctrl.Reset holds the channel",
		                     aie_dma_name(channel, name, sizeof name));
	if (channel->queued >= array->profile->queue_depth) {
		channel->errors |= QUEUE_OVERFLOW; /* the task is dropped (documented: sticky bit, no back-pressure) */
		return 0;
	}
	channel->queue[channel->queued++] = task;
	if (channel->state == AIE_DMA_IDLE) {
		/* The task leaves the queue with the push, so that four more fit behind it. */
		uint64_t now = aie_now(array);

		start_task(array, channel, now > channel->resume ? now : channel->resume);
		aie_array_wake(array, channel->unit, channel->resume);
	}
	return 0;
}

int aie_dma_control(struct aie_array *array, struct aie_dma_channel *channel, uint32_t value, struct aie_error *error)
{
	const struct {
		bool shim, tile, s2mm, mm2s; /* where it exists */
		uint32_t mask;
		const char *name;
	} refused[] = {
		{ true, true, true, false, AIE_FIELD_MASK(AIE_MEM_DMA_S2MM_CTRL_FOT_MODE), "FoT_Mode" },
		{ true, true, true, false, AIE_FIELD_MASK(AIE_MEM_DMA_S2MM_CTRL_ENABLE_OUT_OF_ORDER),
		  "Enable_Out_of_Order" },
		{ false, true, true, false, AIE_FIELD_MASK(AIE_MEM_DMA_S2MM_CTRL_DECOMPRESSION_ENABLE),
		  "Decompression_Enable" },
		{ false, true, false, true, AIE_FIELD_MASK(AIE_MEM_DMA_MM2S_CTRL_COMPRESSION_ENABLE),
		  "Compression_Enable" },
		{ true, false, true, true, AIE_FIELD_MASK(AIE_SHIM_DMA_S2MM_CTRL_PAUSE_STREAM), "Pause_Stream" },
		{ true, false, true, true, AIE_FIELD_MASK(AIE_SHIM_DMA_S2MM_CTRL_PAUSE_MEM), "Pause_Mem" },
	};
	bool shim = channel->tile->kind == AIE_TILE_SHIM;
	char name[64];

	for (unsigned i = 0; i < sizeof refused / sizeof refused[0]; i++)
		if ((shim ? refused[i].shim : refused[i].tile) && (channel->mm2s ? refused[i].mm2s : refused[i].s2mm) &&
		    (value & refused[i].mask))
			return aie_error_set(error, AIE_ERROR_UNIMPLEMENTED, "%s: refused: %s is not modelled",
			                     aie_dma_name(channel, name, sizeof name), refused[i].name);
	if (!shim && AIE_FIELD_GET(value, AIE_MEM_DMA_S2MM_CTRL_RESET))
		aie_dma_reset(array, channel);
	channel->control = value;
	return 0;
}

uint32_t aie_dma_status(const struct aie_dma_channel *channel)
{
	bool idle = channel->state == AIE_DMA_IDLE;
	bool starting = channel->state == AIE_DMA_LOAD || channel->state == AIE_DMA_ACQUIRE;
	bool lock = channel->block == AIE_BLOCK_LOCK;
	uint32_t status = channel->errors;

	/* Cur_BD has 4 bits in a tile with 16 descriptors, 6 in a memory tile, from the same place. */
	status |= AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_CUR_BD, channel->descriptor_id);
	status |= AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_TASK_QUEUE_SIZE, channel->queued);
	status |= AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_CHANNEL_RUNNING, !idle || channel->queued);
	status |= AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_STALLED_STREAM_STARVATION, channel->block == AIE_BLOCK_STREAM);
	status |= AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_STALLED_LOCK_ACQ, lock && channel->state == AIE_DMA_ACQUIRE);
	status |= AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_STALLED_LOCK_REL, lock && channel->state == AIE_DMA_RELEASE);
	status |= AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_STATUS, idle ? 0 : starting ? 1 : 2);
	return status;
}

void aie_dma_clear_status(struct aie_dma_channel *channel, uint32_t ones)
{
	uint32_t clearable = QUEUE_OVERFLOW;

	if (channel->tile->kind == AIE_TILE_SHIM)
		clearable |= AIE_FIELD(AIE_SHIM_DMA_S2MM_STATUS_AXI_MM_SLAVE_ERROR, 1) |
		             AIE_FIELD(AIE_SHIM_DMA_S2MM_STATUS_AXI_MM_DECODE_ERROR, 1);
	channel->errors &= ~(ones & clearable);
}

uint32_t aie_dma_write_count(const struct aie_dma_channel *channel)
{
	return channel->state == AIE_DMA_IDLE || channel->state == AIE_DMA_LOAD
	               ? 0
	               : channel->descriptor.length - channel->walk.left;
}

void aie_dma_reset(struct aie_array *array, struct aie_dma_channel *channel)
{
	aie_dma_unblocked(channel, aie_now(array));
	channel->state = AIE_DMA_IDLE;
	channel->resume = 0;
	channel->queued = 0;
	channel->errors = 0;
	channel->has_carry = false;
	channel->descriptor_id = 0;
	channel->sink.want = channel->route.want = 0;
	channel->burst_first = channel->burst_count = channel->burst_granted = 0;
	channel->buffered = 0;
	channel->filling = false;
	channel->walk.left = 0;
	aie_schedule_cancel(&array->schedule, channel->unit);
	for (unsigned i = 0; i < array->tiles; i++)
		if (array->tile[i].kind == channel->tile->kind)
			aie_tile_forget_waiter(&array->tile[i], channel->unit);
}
