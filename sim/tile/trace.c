#include "sim/tile/trace.h"

#include <string.h>

#include "driver/image/registers.h"

enum { FILLER = 0xFE, SYNC = 0xFF, START_TIME = 0xF0, START_PC = 0xF1 };

void aie_trace_configure(struct aie_trace_recorder *trace, const uint32_t control[2], const uint32_t events[2],
                         bool wide, bool modes, unsigned column, unsigned row)
{
	uint8_t mask = wide ? 0xFF : 0x7F;
	uint32_t header;

	trace->start = (uint8_t)(control[0] >> AIE_MEMTILE_TRACE_CONTROL0_TRACE_START_EVENT_LSB & mask);
	trace->stop = (uint8_t)(control[0] >> AIE_MEMTILE_TRACE_CONTROL0_TRACE_STOP_EVENT_LSB & mask);
	trace->mode = modes ? (uint8_t)AIE_FIELD_GET(control[0], AIE_CORE_TRACE_CONTROL0_MODE) : AIE_TRACE_MODE_TIME;
	for (unsigned i = 0; i < AIE_TRACE_SLOTS; i++)
		trace->slot[i] = (uint8_t)(events[i / 4] >> i % 4 * 8 & mask);
	/* packet header (documented): source, type and id; bit 31 makes the number of ones odd */
	header = column << 21 | row << 16;
	header |= AIE_FIELD_GET(control[1], AIE_CORE_TRACE_CONTROL1_PACKET_TYPE) << 12;
	header |= AIE_FIELD_GET(control[1], AIE_CORE_TRACE_CONTROL1_ID);
	trace->header = header | (__builtin_popcount(header) % 2 ? 0 : UINT32_C(1) << 31);
}

void aie_trace_reset(struct aie_trace_recorder *trace)
{
	memset(trace, 0, sizeof *trace);
}

/* ---- packets ----------------------------------------------------------------------------------------------------- */

static void complete(struct aie_trace_recorder *trace)
{
	uint32_t *packet;

	trace->used = 0;
	if (trace->packets == AIE_TRACE_PACKETS) {
		trace->state = AIE_TRACE_OVERRUN;
		trace->repeat = 0;
		trace->overruns++;
		return;
	}
	packet = trace->packet[trace->packets++];
	packet[0] = trace->header;
	for (unsigned i = 0; i < AIE_TRACE_WORDS - 1; i++)
		packet[i + 1] = (uint32_t)trace->payload[4 * i] << 24 | (uint32_t)trace->payload[4 * i + 1] << 16 |
		                (uint32_t)trace->payload[4 * i + 2] << 8 | trace->payload[4 * i + 3];
}

static void put(struct aie_trace_recorder *trace, uint8_t byte)
{
	if (trace->state == AIE_TRACE_OVERRUN)
		return;
	trace->payload[trace->used++] = byte;
	if (trace->used == AIE_TRACE_BYTES)
		complete(trace);
}

/* A frame of up to four bytes, the most significant of `bits` first; it does not cross a word. */
static void put_frame(struct aie_trace_recorder *trace, uint32_t bits, unsigned bytes)
{
	while (trace->used % 4 && trace->used % 4 + bytes > 4)
		put(trace, FILLER);
	while (bytes--)
		put(trace, (uint8_t)(bits >> 8 * bytes));
}

bool aie_trace_peek(const struct aie_trace_recorder *trace, uint32_t *word, bool *last)
{
	if (!trace->packets)
		return false;
	*word = trace->packet[0][trace->sent];
	*last = trace->sent == AIE_TRACE_WORDS - 1;
	return true;
}

void aie_trace_pop(struct aie_trace_recorder *trace)
{
	if (++trace->sent < AIE_TRACE_WORDS)
		return;
	trace->sent = 0;
	trace->packets--;
	memmove(trace->packet[0], trace->packet[1], trace->packets * sizeof trace->packet[0]);
}

/* ---- frames ------------------------------------------------------------------------------------------------------ */

static void flush_repeat(struct aie_trace_recorder *trace)
{
	if (trace->repeat > 15)
		put_frame(trace, 0xD800 | trace->repeat, 2);
	else if (trace->repeat)
		put_frame(trace, 0xE0 | trace->repeat, 1);
	trace->repeat = 0;
}

static void repeat(struct aie_trace_recorder *trace, uint64_t count)
{
	while (count && trace->state == AIE_TRACE_RUNNING) {
		uint64_t room = AIE_TRACE_REPEAT_MAX - trace->repeat, part = count < room ? count : room;

		trace->repeat += (uint32_t)part;
		count -= part;
		if (trace->repeat == AIE_TRACE_REPEAT_MAX)
			flush_repeat(trace);
	}
}

/* Slots of `mask` are active after `gap` cycles (event-time) or at `pc`. */
static void new_frame(struct aie_trace_recorder *trace, uint8_t mask, uint32_t gap, uint32_t pc)
{
	uint32_t slot = (uint32_t)__builtin_ctz(mask);

	flush_repeat(trace);
	if (trace->running_mode == AIE_TRACE_MODE_PC) {
		put_frame(trace, 0xC4000000U | (uint32_t)mask << 18 | pc, 4);
	} else if (mask & (mask - 1)) {
		if (gap < 1U << 4)
			put_frame(trace, 0xC000 | (uint32_t)mask << 4 | gap, 2);
		else if (gap < 1U << 10)
			put_frame(trace, 0xD00000 | (uint32_t)mask << 10 | gap, 3);
		else
			put_frame(trace, 0xD4000000U | (uint32_t)mask << 18 | gap, 4);
	} else {
		if (gap < 1U << 4)
			put_frame(trace, slot << 4 | gap, 1);
		else if (gap < 1U << 10)
			put_frame(trace, 0x8000 | slot << 10 | gap, 2);
		else
			put_frame(trace, 0xA00000 | slot << 18 | gap, 3);
	}
	trace->repeatable = true;
	trace->mask = mask;
	trace->gap = gap;
	trace->pc = pc;
}

static bool repeats_last(const struct aie_trace_recorder *trace, uint8_t mask, uint32_t gap, uint32_t pc)
{
	if (!trace->repeatable || trace->mask != mask)
		return false;
	return trace->running_mode == AIE_TRACE_MODE_PC ? trace->pc == pc : trace->gap == 0 && gap == 0;
}

static void start(struct aie_trace_recorder *trace, uint64_t timer, uint64_t cycle)
{
	trace->state = AIE_TRACE_RUNNING;
	trace->running_mode = trace->mode;
	trace->last = cycle;
	trace->repeat = 0;
	trace->repeatable = false;
	while (trace->used % 4)
		put(trace, FILLER);
	put(trace, trace->mode == AIE_TRACE_MODE_PC ? START_PC : START_TIME);
	for (unsigned i = 7; i--;)
		put(trace, (uint8_t)(timer >> 8 * i));
}

static void stop(struct aie_trace_recorder *trace)
{
	if (trace->state == AIE_TRACE_RUNNING) {
		flush_repeat(trace);
		while (trace->used)
			put(trace, FILLER);
	}
	trace->used = 0;
	trace->state = AIE_TRACE_IDLE;
}

static void record(struct aie_trace_recorder *trace, const struct aie_trace_input *input, uint64_t cycle,
                   uint64_t cycles)
{
	uint32_t gap, pc = input->pc;
	uint8_t mask = input->mask;

	/* cycles without a frame: the 18-bit counter goes round */
	if (trace->running_mode == AIE_TRACE_MODE_TIME) {
		uint64_t empty = (mask ? cycle : cycle + cycles) - 1 - trace->last;

		for (; empty >= AIE_TRACE_SYNC_PERIOD; empty -= AIE_TRACE_SYNC_PERIOD) {
			flush_repeat(trace);
			put_frame(trace, SYNC, 1);
			trace->last += AIE_TRACE_SYNC_PERIOD;
			trace->repeatable = false;
		}
	}
	if (!mask) {
		flush_repeat(trace);
		return;
	}
	gap = trace->running_mode == AIE_TRACE_MODE_TIME ? (uint32_t)(cycle - trace->last - 1) : 0;
	trace->last = cycle + cycles - 1;
	if (!repeats_last(trace, mask, gap, pc)) {
		new_frame(trace, mask, gap, pc);
		if (--cycles && gap) {
			new_frame(trace, mask, 0, pc);
			cycles--;
		}
	}
	repeat(trace, cycles);
}

void aie_trace_run(struct aie_trace_recorder *trace, const struct aie_trace_input *input)
{
	uint64_t cycle = input->cycle, end = cycle + input->cycles;

	while (cycle < end) {
		if (trace->state == AIE_TRACE_IDLE) {
			if (!input->start)
				return;
			start(trace, input->timer + (cycle - input->cycle), cycle);
			cycle++;
		} else if (input->stop) {
			stop(trace);
			cycle++;
			if (!input->start)
				return;
		} else {
			if (trace->state == AIE_TRACE_RUNNING)
				record(trace, input, cycle, end - cycle);
			return;
		}
	}
}

uint64_t aie_trace_next(const struct aie_trace_recorder *trace, const struct aie_trace_input *input)
{
	uint64_t end = input->cycle + input->cycles;

	if (trace->state == AIE_TRACE_IDLE)
		return input->start ? end : UINT64_MAX;
	if (input->stop)
		return end;
	if (trace->state != AIE_TRACE_RUNNING)
		return UINT64_MAX;
	if (input->mask)
		return trace->last + (AIE_TRACE_REPEAT_MAX - trace->repeat);
	if (trace->repeat)
		return end;
	return trace->running_mode == AIE_TRACE_MODE_TIME ? trace->last + AIE_TRACE_SYNC_PERIOD : UINT64_MAX;
}

uint32_t aie_trace_status(const struct aie_trace_recorder *trace)
{
	return AIE_FIELD(AIE_CORE_TRACE_STATUS_STATE, trace->state) |
	       AIE_FIELD(AIE_CORE_TRACE_STATUS_MODE, trace->mode);
}
