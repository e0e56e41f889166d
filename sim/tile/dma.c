#include "sim/tile/dma.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/array/internal.h"
#include "sim/array/jitter.h"

enum { BEAT_WORDS = 2, LINE_BEATS = AIE_BANK_LINE_WORDS / BEAT_WORDS };

/* Memory tile channels: descriptors of even channels are 0-23, of odd ones 24-47; neighbours are reached by 0-3 only.
 */
enum { MEMORY_HALF_DESCRIPTORS = 24, MEMORY_NEIGHBOUR_CHANNELS = 4 };

/* FoT_Mode, beside 0 (length only) and 1 */
enum { FOT_TOKENS = 2, FOT_COUNTS = 3 };

/* Sticky error bits, at their places in the status register of a memory tile (the others have them at the same places).
 */
#define ERROR_BD_INVALID     AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_ERROR_BD_INVALID, 1)
#define ERROR_BD_UNAVAILABLE AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_ERROR_BD_UNAVAILABLE, 1)
#define ERROR_MEMORY         AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_ERROR_DM_ACCESS_TO_UNAVAILABLE, 1)
#define ERROR_FOT_LENGTH     AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_ERROR_FOT_LENGTH_EXCEEDED, 1)
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

/* An error that the hardware knows: the channel stands still until it is reset. */
static void hang(struct aie_dma_channel *channel, uint32_t error)
{
	channel->errors |= error;
	channel->state = AIE_DMA_ERROR;
	aie_event_dma_error(channel);
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

static void block_changes(struct aie_dma_channel *channel)
{
	aie_event_dma_changes(channel);
	if (channel->watch & AIE_DMA_WATCH_RECORD)
		aie_record_end_wait(channel, aie_now(channel->tile->array));
}

void aie_dma_blocked(struct aie_dma_channel *channel, enum aie_dma_block block, uint64_t since)
{
	if (channel->block == block)
		return;
	if (__builtin_expect(channel->watch, 0))
		block_changes(channel);
	channel->block = block;
	channel->since = channel->block_from = since;
}

void aie_dma_unblocked(struct aie_dma_channel *channel, uint64_t now)
{
	aie_dma_settle(channel, now);
	if (__builtin_expect(channel->watch && channel->block != AIE_BLOCK_NONE, 0))
		block_changes(channel);
	channel->block = AIE_BLOCK_NONE;
}

/* ---- locks ------------------------------------------------------------------------------------------------------- */

/* The tile and lock that a lock id of a descriptor names; NULL when it cannot be reached. */
static struct aie_tile *find_lock(const struct aie_dma_channel *channel, unsigned id, unsigned *lock)
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
	return aie_tile_neighbour(tile, side == 0 ? AIE_TO_WEST : AIE_TO_EAST);
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

/* The packet header goes first, as a beat of one word; AIE_NEVER: no room. */
static uint64_t send_header(struct aie_array *array, struct aie_dma_channel *channel, uint64_t now)
{
	const struct aie_descriptor *descriptor = &channel->descriptor;

	if (aie_dma_paused_stream(channel) || aie_route_space(&channel->route) == 0) {
		aie_dma_blocked(channel, AIE_BLOCK_STREAM, now);
		channel->route.want = 1;
		return AIE_NEVER;
	}
	aie_dma_unblocked(channel, now);
	send_beat(channel, now,
	          aie_packet_header(channel->tile, descriptor->packet_id, descriptor->packet_type,
	                            descriptor->packet_descriptor),
	          0, 1, false);
	channel->counters.bytes += 4;
	channel->header_due = false;
	aie_route_notify(array, &channel->route);
	return now;
}

/* ---- words from the stream --------------------------------------------------------------------------------------- */

static unsigned fot_mode(const struct aie_dma_channel *channel)
{
	return channel->mm2s ? 0 : AIE_FIELD_GET(channel->control, AIE_MEM_DMA_S2MM_CTRL_FOT_MODE);
}

static bool out_of_order(const struct aie_dma_channel *channel)
{
	return !channel->mm2s && AIE_FIELD_GET(channel->control, AIE_MEM_DMA_S2MM_CTRL_ENABLE_OUT_OF_ORDER);
}

uint32_t aie_dma_allowed(const struct aie_dma_channel *channel, uint32_t words, bool *last)
{
	*last = false;
	return channel->watch_tlast ? aie_sink_packet_words(&channel->sink, words, last) : words;
}

uint32_t aie_dma_wanted(const struct aie_dma_channel *channel, uint32_t words)
{
	const struct aie_sink *sink = &channel->sink;
	uint64_t sent = sink->route ? sink->route->words - sink->taken : 0;

	/* the packet may end before: look at every word */
	return channel->watch_tlast && sent < words ? (uint32_t)sent + 1 : words;
}

bool aie_dma_taken(struct aie_array *array, struct aie_dma_channel *channel, uint32_t words, bool last)
{
	channel->written += words;
	if (!channel->watch_tlast || (last && channel->written == channel->descriptor.length))
		return channel->written == channel->descriptor.length;
	if (fot_mode(channel)) {
		if (channel->written == channel->descriptor.length) {
			hang(channel, ERROR_FOT_LENGTH);
		}
		return last;
	}
	if (last || channel->written == channel->descriptor.length)
		aie_dma_fault(array, channel, AIE_ERROR_UNSUPPORTED,
		              "out-of-order: the packet %s the descriptor's %u words: what the channel does then is "
		              "not established",
		              last ? "ends before" : "is longer than", channel->descriptor.length);
	return false;
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
		               ? aie_tile_neighbour(tile, side == 0 ? AIE_TO_WEST : AIE_TO_EAST)
		               : NULL;
	} else if (side > 2) {
		tile = NULL;
	}
	if (!tile) {
		hang(channel, ERROR_MEMORY);
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
	aie_event_conflict(aie_tile_of_memory(memory), number);
	if (__builtin_expect(channel->watch, 0))
		aie_event_dma_refused(channel);
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

/* Gather words, send them when they are a unit. */
static void compress_words(struct aie_array *array, struct aie_dma_channel *channel, const uint32_t *words,
                           uint32_t count, uint64_t now)
{
	uint32_t packed[AIE_COMPRESS_MAX_WORDS];

	memcpy(channel->word + channel->unit_count, words, count * sizeof words[0]);
	channel->unit_count = (uint8_t)(channel->unit_count + count);
	if (channel->unit_count < AIE_COMPRESS_WORDS)
		return;
	channel->unit_count = 0;
	count = aie_compress(channel->word, packed);
	aie_dma_send(array, channel, packed, count, now, channel->walk.left == 0);
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
	if (channel->compress && words > (uint32_t)AIE_COMPRESS_WORDS - channel->unit_count)
		words = (uint32_t)AIE_COMPRESS_WORDS - channel->unit_count;
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
		if (array->check)
			aie_check_channel(array, channel, memory, offset, words * 4, false);
	}
	aie_walk_advance(&channel->walk, words);
	end = channel->walk.left == 0;
	if (channel->compress)
		compress_words(array, channel, buffer, words, now);
	else
		aie_dma_send(array, channel, buffer, words, now, end);
	if (end) {
		channel->state = AIE_DMA_DRAIN;
		channel->resume = channel->next_beat;
		return channel->resume;
	}
	return now + 1;
}

/* The words have not come: sleep for them; the cycle they are due. */
static uint64_t starve(struct aie_dma_channel *channel, uint32_t words, uint64_t ready, uint64_t now)
{
	aie_dma_blocked(channel, AIE_BLOCK_STREAM, now > channel->next_beat ? now : channel->next_beat);
	if (ready == AIE_NEVER)
		channel->sink.want = aie_dma_wanted(channel, words);
	return ready;
}

/* Take a compressed unit apart, then write it, an access a cycle. */
static uint64_t expand_run(struct aie_array *array, struct aie_dma_channel *channel, uint64_t now)
{
	struct aie_sink *sink = &channel->sink;
	uint32_t packed[AIE_COMPRESS_MAX_WORDS], words = 1, offset;
	struct aie_tile_memory *memory;
	bool pad;

	if (channel->unit_count == AIE_COMPRESS_WORDS) {
		uint64_t ready = aie_sink_ready(sink, 1);

		if (ready <= now) {
			words = aie_compressed_words(aie_sink_peek(sink));
			ready = aie_sink_ready(sink, words);
		}
		if (ready > now)
			return starve(channel, words, ready, now);
		aie_dma_unblocked(channel, now);
		aie_sink_take(array, sink, packed, words, now, NULL);
		channel->counters.bytes += words * 4;
		channel->counters.active += (words + 1) / BEAT_WORDS;
		channel->next_beat = now + (words + 1) / BEAT_WORDS;
		aie_expand(packed, channel->word);
		channel->unit_count = 0;
	}
	words = access_words(channel, &pad);
	if (words > (uint32_t)AIE_COMPRESS_WORDS - channel->unit_count)
		words = (uint32_t)AIE_COMPRESS_WORDS - channel->unit_count;
	memory = find_memory(array, channel, &offset);
	if (!memory)
		return AIE_NEVER;
	if (!take_bank(channel, memory, offset, now, false))
		return now + 1;
	memcpy(memory->byte + offset, channel->word + channel->unit_count, words * 4);
	if (array->check)
		aie_check_channel(array, channel, memory, offset, words * 4, true);
	channel->unit_count = (uint8_t)(channel->unit_count + words);
	aie_walk_advance(&channel->walk, words);
	if (aie_dma_taken(array, channel, words, false))
		channel->state = AIE_DMA_RELEASE;
	return now + 1;
}

static uint64_t tile_s2mm_run(struct aie_array *array, struct aie_dma_channel *channel, uint64_t now)
{
	struct aie_sink *sink = &channel->sink;
	struct aie_tile_memory *memory;
	uint32_t words, offset, buffer[AIE_BANK_LINE_WORDS];
	uint64_t ready;
	bool pad, urgent, last;

	if (channel->compress)
		return expand_run(array, channel, now);
	words = aie_dma_allowed(channel, access_words(channel, &pad), &last);
	ready = aie_sink_ready(sink, words);
	if (ready > now)
		return starve(channel, words, ready, now);
	aie_dma_unblocked(channel, now);
	memory = find_memory(array, channel, &offset);
	if (!memory)
		return AIE_NEVER;
	urgent = sink->route->head - sink->target->tail + LINE_BEATS >= sink->target->capacity - sink->route->egress;
	if (!take_bank(channel, memory, offset, now, urgent))
		return now + 1;
	aie_sink_take(array, sink, buffer, words, now, NULL);
	memcpy(memory->byte + offset, buffer, words * 4);
	if (array->check)
		aie_check_channel(array, channel, memory, offset, words * 4, true);
	channel->counters.bytes += words * 4;
	channel->counters.active += (words + 1) / BEAT_WORDS;
	aie_walk_advance(&channel->walk, words);
	channel->next_beat = now + (words + 1) / BEAT_WORDS;
	if (aie_dma_taken(array, channel, words, last))
		channel->state = AIE_DMA_RELEASE;
	return channel->state == AIE_DMA_ERROR ? AIE_NEVER : now + 1;
}

/* ---- the task ---------------------------------------------------------------------------------------------------- */

static bool has_padding(const struct aie_descriptor *descriptor)
{
	for (unsigned i = 0; i < 3; i++)
		if (descriptor->pad_before[i] || descriptor->pad_after[i])
			return true;
	return false;
}

static bool descriptor_available(const struct aie_dma_channel *channel, unsigned id)
{
	if (id >= channel->tile->descriptors)
		return false;
	/* documented for the memory tile: each half of the descriptors belongs to the channels of one parity */
	return channel->tile->kind != AIE_TILE_MEMORY || (id >= MEMORY_HALF_DESCRIPTORS) == (channel->index & 1);
}

/* The modes of channel and descriptor together; false: refused. */
static bool check_modes(struct aie_array *array, struct aie_dma_channel *channel)
{
	const struct aie_descriptor *descriptor = &channel->descriptor;
	/* the bit of both directions; a shim has none */
	bool compression = AIE_FIELD_GET(channel->control, AIE_MEM_DMA_MM2S_CTRL_COMPRESSION_ENABLE) &&
	                   channel->tile->kind != AIE_TILE_SHIM;
	const char *refused = NULL;

	channel->header_due = channel->mm2s && descriptor->packet;
	channel->watch_tlast = out_of_order(channel) || fot_mode(channel);
	channel->compress = compression && descriptor->compression;
	channel->unit_count = channel->mm2s ? 0 : AIE_COMPRESS_WORDS;
	channel->written = 0;
	channel->complete = false;
	if (descriptor->length == 0 && (channel->header_due || channel->watch_tlast))
		refused = "a packet with Buffer_Length 0";
	else if (channel->compress && descriptor->length % AIE_COMPRESS_WORDS)
		refused = "compression of a Buffer_Length that is not a multiple of 8 words";
	else if (channel->compress && channel->watch_tlast)
		refused = "decompression together with Enable_Out_of_Order or FoT_Mode";
	else if (channel->compress && channel->mm2s && has_padding(descriptor))
		refused = "compression together with padding";
	if (refused)
		aie_dma_fault(array, channel, AIE_ERROR_UNSUPPORTED, "refused: %s: what it does is not established",
		              refused);
	return !refused;
}

/* Load the descriptor; false: the channel hangs or the array stops. */
static bool load(struct aie_array *array, struct aie_dma_channel *channel)
{
	struct aie_descriptor *descriptor = &channel->descriptor;
	struct aie_tile *tile = channel->tile;
	unsigned id = channel->descriptor_id;
	bool pad = tile->kind == AIE_TILE_MEMORY && channel->mm2s;

	if (!descriptor_available(channel, id)) {
		hang(channel, ERROR_BD_UNAVAILABLE);
		return false;
	}
	aie_descriptor_decode(tile->kind, tile->descriptor[id], descriptor);
	if (!descriptor->valid) {
		hang(channel, ERROR_BD_INVALID);
		return false;
	}
	if (!check_modes(array, channel))
		return false;
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
	        find_lock(channel, acquire ? descriptor->acquire_lock : descriptor->release_lock, &lock);

	if (!tile) {
		aie_dma_unblocked(channel, aie_now(array));
		hang(channel, ERROR_LOCK);
		return AIE_LOCK_WAIT;
	}
	return acquire ? aie_tile_acquire(array, tile, lock, descriptor->acquire_value, channel->unit)
	               : aie_tile_release(array, tile, lock, descriptor->release_value, channel->unit);
}

/* FoT mode 3: keep the word count of the descriptor; false: the FIFO is full. */
static bool put_count(const struct aie_array *array, struct aie_dma_channel *channel, bool last_in_task)
{
	uint32_t word = AIE_FIELD(AIE_MEM_DMA_S2MM_FOT_COUNT_FIFO_POP_VALID, 1) |
	                AIE_FIELD(AIE_MEM_DMA_S2MM_FOT_COUNT_FIFO_POP_LAST_IN_TASK, last_in_task) |
	                AIE_FIELD(AIE_MEM_DMA_S2MM_FOT_COUNT_FIFO_POP_BD_ID, channel->descriptor_id) |
	                AIE_FIELD(AIE_MEM_DMA_S2MM_FOT_COUNT_FIFO_POP_WRITE_COUNT, channel->written);

	if (channel->counts >= array->timing.dma_count_fifo)
		return false;
	channel->count[(channel->count_first + channel->counts++) % AIE_DMA_COUNTS_MAX] = word;
	return true;
}

uint32_t aie_dma_pop_count(struct aie_array *array, struct aie_dma_channel *channel)
{
	uint32_t word;

	if (channel->counts == 0)
		return 0;
	word = channel->count[channel->count_first];
	channel->count_first = (channel->count_first + 1) % AIE_DMA_COUNTS_MAX;
	channel->counts--;
	if (channel->state == AIE_DMA_COUNT)
		aie_array_wake(array, channel->unit, aie_now(array));
	return word;
}

static void finish_descriptor(struct aie_array *array, struct aie_dma_channel *channel, uint64_t now)
{
	const struct aie_array_timing *timing = &array->timing;

	bool chained = channel->descriptor.use_next && !out_of_order(channel);

	if (fot_mode(channel) == FOT_COUNTS && !put_count(array, channel, !chained && !channel->task.repeats)) {
		channel->state = AIE_DMA_COUNT;
		return;
	}
	channel->counters.descriptors++;
	if (__builtin_expect(channel->watch, 0)) {
		aie_event_dma(channel, AIE_DMA_EVENT_FINISHED_BD, now);
		if (!chained && !channel->task.repeats)
			aie_event_dma(channel, AIE_DMA_EVENT_FINISHED_TASK, now);
	}
	if (chained) {
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
	channel->state = out_of_order(channel) ? AIE_DMA_HEADER : AIE_DMA_LOAD;
	channel->resume = now + timing->dma_bd_switch_cycles;
}

/* Out-of-order: the header of the next packet names the descriptor. */
static uint64_t take_header(struct aie_array *array, struct aie_dma_channel *channel, uint64_t now)
{
	uint64_t ready = aie_dma_paused_stream(channel) ? AIE_NEVER : aie_sink_ready(&channel->sink, 1);
	uint32_t header;
	bool last;

	if (ready > now)
		return starve(channel, 1, ready, now);
	aie_dma_unblocked(channel, now);
	aie_sink_take(array, &channel->sink, &header, 1, now, &last);
	channel->counters.bytes += 4;
	channel->descriptor_id = (uint8_t)aie_field_get(header, AIE_PACKET_BD_LSB, AIE_PACKET_BD_WIDTH);
	channel->state = AIE_DMA_LOAD;
	channel->resume = now + array->timing.dma_bd_switch_cycles;
	if (last)
		aie_dma_fault(array, channel, AIE_ERROR_UNSUPPORTED,
		              "out-of-order: a packet without data: what the channel does with it is not established");
	return channel->resume;
}

static void start_task(struct aie_array *array, struct aie_dma_channel *channel, uint64_t now)
{
	channel->task = channel->queue[0];
	channel->queued--;
	memmove(&channel->queue[0], &channel->queue[1], channel->queued * sizeof channel->queue[0]);
	channel->descriptor_id = channel->task.start;
	channel->state = out_of_order(channel) ? AIE_DMA_HEADER : AIE_DMA_LOAD;
	channel->resume = now + array->timing.dma_start_cycles;
	if (__builtin_expect(channel->watch, 0))
		aie_event_dma(channel, AIE_DMA_EVENT_START_TASK, now);
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
		case AIE_DMA_HEADER:
			next = take_header(array, channel, now);
			if (channel->state == before || channel->state == AIE_DMA_ERROR)
				return next;
			break;
		case AIE_DMA_LOAD:
			if (!load(array, channel))
				return AIE_NEVER;
			if (__builtin_expect(channel->watch & AIE_DMA_WATCH_RECORD, 0))
				aie_record_channel(channel, AIE_RECORD_BD_START, now);
			channel->state = channel->descriptor.acquire ? AIE_DMA_ACQUIRE : AIE_DMA_RUN;
			channel->resume = now + aie_jitter(&array->timing, channel->unit, channel->loads++,
			                                   array->timing.jitter_dma_cycles);
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
			if (channel->header_due && send_header(array, channel, now) == AIE_NEVER)
				return AIE_NEVER;
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
		case AIE_DMA_COUNT:
			finish_descriptor(array, channel, now);
			if (channel->state == AIE_DMA_COUNT)
				return AIE_NEVER;
			break;
		case AIE_DMA_ERROR:
			return AIE_NEVER;
		}
	}
}

bool aie_dma_paused_stream(const struct aie_dma_channel *channel)
{
	return channel->tile->kind == AIE_TILE_SHIM &&
	       AIE_FIELD_GET(channel->control, AIE_SHIM_DMA_S2MM_CTRL_PAUSE_STREAM);
}

bool aie_dma_paused_memory(const struct aie_dma_channel *channel)
{
	return channel->tile->kind == AIE_TILE_SHIM &&
	       AIE_FIELD_GET(channel->control, AIE_SHIM_DMA_S2MM_CTRL_PAUSE_MEM);
}

/* ---- registers --------------------------------------------------------------------------------------------------- */

static const char *error_event_name(const struct aie_dma_channel *channel)
{
	const struct aie_tile *tile = channel->tile;

	return aie_event_by_number((enum aie_event_module)tile->event[tile->kind == AIE_TILE_COMPUTE]->module,
	                           aie_event_dma_error_number(channel))
	        ->name;
}

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
		channel->dropped++;
		channel->dropped_start = task.start;
		channel->errors |= QUEUE_OVERFLOW; /* the task is dropped (documented: sticky bit, no back-pressure) */
		if (aie_event_dma_error_asked(channel))
			return aie_error_set(
			        error, AIE_ERROR_UNIMPLEMENTED,
			        "%s: refused: its task queue overflows while event %s is listened to: whether that "
			        "raises it is not established",
			        aie_dma_name(channel, name, sizeof name), error_event_name(channel));
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
	bool shim = channel->tile->kind == AIE_TILE_SHIM;
	uint32_t modes = AIE_FIELD_MASK(AIE_MEM_DMA_S2MM_CTRL_FOT_MODE) |
	                 AIE_FIELD_MASK(AIE_MEM_DMA_S2MM_CTRL_ENABLE_OUT_OF_ORDER);
	char name[64];

	if (!channel->mm2s && AIE_FIELD_GET(value, AIE_MEM_DMA_S2MM_CTRL_FOT_MODE) == FOT_TOKENS)
		return aie_error_set(
		        error, AIE_ERROR_UNSUPPORTED,
		        "%s: refused: FoT_Mode 2: the form of the counts in the token stream is not public",
		        aie_dma_name(channel, name, sizeof name));
	if (!channel->mm2s && ((value ^ channel->control) & modes) && channel->state != AIE_DMA_IDLE &&
	    !(!shim && AIE_FIELD_GET(value, AIE_MEM_DMA_S2MM_CTRL_RESET)))
		return aie_error_set(error, AIE_ERROR_UNSUPPORTED,
		                     "%s: refused: FoT_Mode or Enable_Out_of_Order changes while a task runs",
		                     aie_dma_name(channel, name, sizeof name));
	if (!shim && AIE_FIELD_GET(value, AIE_MEM_DMA_S2MM_CTRL_RESET))
		aie_dma_reset(array, channel);
	channel->control = value;
	if (shim && channel->state != AIE_DMA_IDLE)
		aie_array_wake(array, channel->unit, aie_now(array)); /* it may have been paused */
	return 0;
}

uint32_t aie_dma_status(const struct aie_dma_channel *channel)
{
	bool idle = channel->state == AIE_DMA_IDLE;
	bool starting =
	        channel->state == AIE_DMA_HEADER || channel->state == AIE_DMA_LOAD || channel->state == AIE_DMA_ACQUIRE;
	bool lock = channel->block == AIE_BLOCK_LOCK;
	uint32_t status = channel->errors;

	/* Cur_BD has 4 bits in a tile with 16 descriptors, 6 in a memory tile, from the same place. */
	status |= AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_CUR_BD, channel->tile->kind == AIE_TILE_MEMORY
	                                                                ? channel->descriptor_id
	                                                                : channel->descriptor_id & 0xFU);
	status |= AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_TASK_QUEUE_SIZE, channel->queued);
	status |= AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_CHANNEL_RUNNING, !idle || channel->queued);
	status |=
	        AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_STALLED_TCT_OR_COUNT_FIFO_FULL, channel->state == AIE_DMA_COUNT);
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
	if (!(channel->errors & QUEUE_OVERFLOW))
		channel->dropped = 0;
}

uint32_t aie_dma_write_count(const struct aie_dma_channel *channel)
{
	return channel->state == AIE_DMA_IDLE || channel->state == AIE_DMA_LOAD ? 0 : channel->written;
}

void aie_dma_reset(struct aie_array *array, struct aie_dma_channel *channel)
{
	aie_dma_unblocked(channel, aie_now(array));
	channel->state = AIE_DMA_IDLE;
	channel->resume = 0;
	channel->queued = 0;
	channel->dropped = 0;
	channel->errors = 0;
	channel->has_carry = channel->header_due = false;
	channel->count_first = channel->counts = 0;
	channel->written = 0;
	channel->complete = false;
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
