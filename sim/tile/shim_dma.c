/* How a shim channel moves words: bursts between system memory and the stream.
 *
 * A burst is a run of consecutive words of the descriptor, at most Burst_Length bytes, within 4 KiB (AXI rule).  An
 * MM2S channel asks for bursts ahead, as many as fit its buffer; data comes back over the tile's read port, which its
 * two channels share.  An S2MM channel fills a burst and sends it over the write port; the descriptor is finished when
 * all its writes are answered.
 */
#include <string.h>

#include "sim/array/internal.h"

/* Words change hands in groups of GROUP_WORDS; with an odd word kept from before, a group may make one beat more. */
enum { AXI_PAGE_BYTES = 4096, GROUP_WORDS = 16, GROUP_BEATS = GROUP_WORDS / 2 + 1 };

/* Distance between system addresses in descriptors and buffer addresses (documented: the host runtime adds it). */
#define SYSTEM_APERTURE UINT64_C(0x80000000)

static struct aie_burst *burst_at(const struct aie_dma_channel *channel, uint32_t number)
{
	return &channel->burst[(channel->burst_first + number) % channel->burst_limit];
}

/* Start the next burst at the walk's address: its words, and the walk moved behind them. */
static void next_burst(struct aie_dma_channel *channel, struct aie_burst *burst)
{
	uint64_t start = channel->walk.address;
	uint32_t limit = channel->descriptor.burst_bytes / 4U;
	uint32_t page = (AXI_PAGE_BYTES - (uint32_t)(start * 4 % AXI_PAGE_BYTES)) / 4;
	uint32_t words = 0;

	if (limit > page)
		limit = page;
	/* Rows that follow each other without a gap go on in the same burst (assumed: bursts are made of addresses). */
	while (words < limit && channel->walk.left && channel->walk.address == start + words) {
		bool pad;
		uint32_t run = aie_walk_run(&channel->walk, limit - words, &pad);

		aie_walk_advance(&channel->walk, run);
		words += run;
	}
	burst->address = start * 4 - SYSTEM_APERTURE;
	burst->words = words;
	burst->done = 0;
}

/* Host memory of a burst; NULL: the channel has faulted. */
static uint8_t *host_memory(struct aie_array *array, struct aie_dma_channel *channel, const struct aie_burst *burst,
                            bool write)
{
	uint64_t system = burst->address + SYSTEM_APERTURE;
	void *memory = NULL;

	if (system >= SYSTEM_APERTURE)
		memory = array->system.translate(array->system.user, burst->address, burst->words * 4U, write);
	if (!memory) {
		channel->errors |= AIE_FIELD(AIE_SHIM_DMA_S2MM_STATUS_AXI_MM_DECODE_ERROR, 1);
		aie_dma_fault(array, channel, AIE_ERROR_FAULT, "system address 0x%llX (%u bytes to %s) is in no buffer",
		              (unsigned long long)system, burst->words * 4U, write ? "write" : "read");
	}
	return memory;
}

/* The port for `cycles` from `now`, fair between the two channels; false: not now, try again at *retry. */
static bool take_port(struct aie_shim_port *port, unsigned index, uint64_t now, uint64_t cycles, uint64_t *retry)
{
	unsigned other = index ^ 1;

	if (port->free > now) {
		port->waiting[index] = true;
		*retry = port->free;
		return false;
	}
	if (port->waiting[other] && port->last == index) {
		port->waiting[index] = true; /* the other one takes it in this cycle or the next */
		port->waiting[other] = false;
		*retry = now + 1;
		return false;
	}
	port->waiting[index] = false;
	port->last = (uint8_t)index;
	port->free = now + cycles;
	return true;
}

static uint64_t port_cycles(const struct aie_array *array, uint32_t words, uint32_t gap)
{
	return (words * 4 + array->timing.shim_port_bytes - 1) / array->timing.shim_port_bytes + gap;
}

/* ---- memory to stream -------------------------------------------------------------------------------------------- */

/* Bytes that the next burst may bring: those of a full burst. */
static bool has_buffer(const struct aie_array *array, const struct aie_dma_channel *channel)
{
	return channel->burst_count < array->timing.shim_read_outstanding &&
	       channel->buffered + channel->descriptor.burst_bytes <= array->timing.shim_read_buffer_bytes;
}

/* Ask for as many bursts as there is room for; the cycle of the next command. */
static uint64_t issue_reads(struct aie_array *array, struct aie_dma_channel *channel, uint64_t now)
{
	while (channel->walk.left && has_buffer(array, channel) && !aie_dma_paused_memory(channel)) {
		struct aie_burst *burst;

		if (channel->issue > now)
			return channel->issue;
		burst = burst_at(channel, channel->burst_count++);
		next_burst(channel, burst);
		channel->buffered += burst->words * 4U;
		burst->ready = aie_ddr_read(&array->ddr, &array->timing, now, burst->words * 4U);
		channel->issue = now + array->timing.shim_issue_cycles;
	}
	return AIE_NEVER;
}

/* Bring bursts that have come back over the port, in order; the cycle to look again. */
static uint64_t grant_reads(struct aie_array *array, struct aie_dma_channel *channel, uint64_t now)
{
	while (channel->burst_granted < channel->burst_count) {
		struct aie_burst *burst = burst_at(channel, channel->burst_granted);
		uint64_t retry;
		uint8_t *memory;

		if (burst->ready > now)
			return burst->ready;
		if (!take_port(&channel->tile->read_port, channel->index, now,
		               port_cycles(array, burst->words, array->timing.shim_read_gap_cycles), &retry))
			return retry;
		memory = host_memory(array, channel, burst, false);
		if (!memory)
			return AIE_NEVER;
		memcpy(burst->byte, memory, burst->words * 4U);
		burst->data = now + 1;
		channel->burst_granted++;
	}
	return AIE_NEVER;
}

/* Put what has come onto the stream, at most GROUP_BEATS ahead of time; the cycle to go on. */
static uint64_t stream_reads(struct aie_array *array, struct aie_dma_channel *channel, uint64_t now)
{
	while (channel->burst_granted) {
		struct aie_burst *burst = burst_at(channel, 0);
		uint32_t words[GROUP_WORDS], count = burst->words - burst->done,
		                             space = aie_route_space(&channel->route);
		bool end;

		if (aie_dma_paused_stream(channel)) {
			aie_dma_blocked(channel, AIE_BLOCK_STREAM, now);
			return AIE_NEVER;
		}
		if (burst->data > now)
			return burst->data;
		if (channel->next_beat > now)
			return channel->next_beat;
		if (count > GROUP_WORDS)
			count = GROUP_WORDS;
		if (space < GROUP_BEATS) {
			aie_dma_blocked(channel, AIE_BLOCK_STREAM, now);
			channel->route.want = GROUP_BEATS;
			return AIE_NEVER;
		}
		aie_dma_unblocked(channel, now);
		memcpy(words, burst->byte + burst->done * 4U, count * 4U);
		burst->done += count;
		end = channel->walk.left == 0 && channel->burst_count == 1 && burst->done == burst->words;
		aie_dma_send(array, channel, words, count, now, end);
		if (burst->done == burst->words) {
			channel->buffered -= burst->words * 4U;
			channel->burst_first = (channel->burst_first + 1) % channel->burst_limit;
			channel->burst_count--;
			channel->burst_granted--;
		}
		if (end) {
			channel->state = AIE_DMA_DRAIN;
			channel->resume = channel->next_beat;
			return channel->resume;
		}
	}
	aie_dma_blocked(channel, AIE_BLOCK_MEMORY, now > channel->next_beat ? now : channel->next_beat);
	return AIE_NEVER;
}

uint64_t aie_shim_mm2s_run(struct aie_array *array, struct aie_dma_channel *channel, uint64_t now)
{
	uint64_t grant = grant_reads(array, channel, now), stream, issue;

	if (channel->state != AIE_DMA_RUN)
		return AIE_NEVER;
	stream = stream_reads(array, channel, now);
	if (channel->state != AIE_DMA_RUN)
		return stream;
	issue = issue_reads(array, channel, now);
	/* what issue_reads() asked for comes back later than anything asked before */
	if (channel->burst_granted < channel->burst_count && grant == AIE_NEVER)
		grant = burst_at(channel, channel->burst_granted)->ready;
	if (grant < stream)
		stream = grant;
	return issue < stream ? issue : stream;
}

/* ---- stream to memory -------------------------------------------------------------------------------------------- */

/* Forget writes that are answered. */
static void retire_writes(struct aie_dma_channel *channel, uint64_t now)
{
	while (channel->burst_count > channel->filling && burst_at(channel, 0)->ready <= now) {
		channel->burst_first = (channel->burst_first + 1) % channel->burst_limit;
		channel->burst_count--;
	}
}

/* Send the full burst; false: not now, *retry says when. */
static bool send_write(struct aie_array *array, struct aie_dma_channel *channel, struct aie_burst *burst, uint64_t now,
                       uint64_t *retry)
{
	uint64_t cycles = port_cycles(array, burst->words, array->timing.shim_write_gap_cycles);
	uint8_t *memory;

	if (aie_dma_paused_memory(channel)) {
		*retry = AIE_NEVER;
		return false;
	}
	if (!take_port(&channel->tile->write_port, channel->index, now, cycles, retry))
		return false;
	memory = host_memory(array, channel, burst, true);
	if (!memory) {
		*retry = AIE_NEVER;
		return false;
	}
	memcpy(memory, burst->byte, burst->words * 4U);
	burst->ready = aie_ddr_write(&array->ddr, &array->timing, now + cycles, burst->words * 4U);
	if (channel->answered < burst->ready)
		channel->answered = burst->ready;
	channel->filling = false;
	return true;
}

uint64_t aie_shim_s2mm_run(struct aie_array *array, struct aie_dma_channel *channel, uint64_t now)
{
	struct aie_sink *sink = &channel->sink;

	for (;;) {
		struct aie_burst *burst;
		uint32_t words[GROUP_WORDS], count;
		uint64_t ready;
		bool last;

		retire_writes(channel, now);
		if (!channel->filling) {
			if (channel->complete) {
				channel->state = AIE_DMA_DRAIN;
				channel->resume = channel->answered;
				return channel->resume;
			}
			if (channel->burst_count == array->timing.shim_write_outstanding) {
				aie_dma_blocked(channel, AIE_BLOCK_MEMORY, now);
				return burst_at(channel, 0)->ready;
			}
			next_burst(channel, burst_at(channel, channel->burst_count++));
			channel->filling = true;
		}
		burst = burst_at(channel, channel->burst_count - 1);
		if (burst->done == burst->words) {
			if (!send_write(array, channel, burst, now, &ready)) {
				aie_dma_blocked(channel, AIE_BLOCK_MEMORY, now);
				return ready;
			}
			aie_dma_unblocked(channel, now);
			continue;
		}
		if (aie_dma_paused_stream(channel)) {
			aie_dma_blocked(channel, AIE_BLOCK_STREAM, now);
			return AIE_NEVER;
		}
		count = burst->words - burst->done;
		if (count > GROUP_WORDS)
			count = GROUP_WORDS;
		count = aie_dma_allowed(channel, count, &last);
		ready = aie_sink_ready(sink, count);
		if (ready > now) {
			if (channel->block != AIE_BLOCK_STREAM)
				aie_dma_unblocked(channel, now);
			aie_dma_blocked(channel, AIE_BLOCK_STREAM, now > channel->next_beat ? now : channel->next_beat);
			if (ready == AIE_NEVER)
				sink->want = aie_dma_wanted(channel, count);
			return ready;
		}
		aie_dma_unblocked(channel, now);
		aie_sink_take(array, sink, words, count, now, NULL);
		memcpy(burst->byte + burst->done * 4U, words, count * 4U);
		burst->done += count;
		channel->counters.bytes += count * 4U;
		channel->counters.active += (count + 1) / 2;
		channel->next_beat = now + (count + 1) / 2;
		channel->complete = aie_dma_taken(array, channel, count, last);
		if (channel->state == AIE_DMA_ERROR)
			return AIE_NEVER;
		if (channel->complete)
			burst->words = burst->done; /* TLAST may have cut it short */
	}
}
