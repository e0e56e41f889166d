#include "traces/frame.h"

#include <string.h>

enum form { SINGLE, MULTIPLE, REPEAT, DONT_CARE, START, FILLER, SYNC, EVENT_PC };

enum {
	F_NONE,
	F_SINGLE0,
	F_SINGLE1,
	F_SINGLE2,
	F_MULTIPLE0,
	F_MULTIPLE1,
	F_MULTIPLE2,
	F_EVENT_PC,
	F_REPEAT0,
	F_REPEAT1,
	F_DONT_CARE,
	F_START,
	F_FILLER,
	F_SYNC
};

/* One row a frame: its length, then where slot or mask, cycles or count or program counter stand in its bits (lowest =
 * 0). */
static const struct frame_format {
	uint8_t bytes;
	enum form form;
	uint8_t event_low, event_bits, cycle_bits;
} formats[] = {
	[F_SINGLE0] = { 1, SINGLE, 4, 3, 4 },       /* 0eee cccc */
	[F_SINGLE1] = { 2, SINGLE, 10, 3, 10 },     /* 100e eecc cccccccc */
	[F_SINGLE2] = { 3, SINGLE, 18, 3, 18 },     /* 101e eecc + 2 bytes */
	[F_MULTIPLE0] = { 2, MULTIPLE, 4, 8, 4 },   /* 1100 mmmm mmmm cccc */
	[F_MULTIPLE1] = { 3, MULTIPLE, 10, 8, 10 }, /* 1101 00mm mmmmmmcc cccccccc */
	[F_MULTIPLE2] = { 4, MULTIPLE, 18, 8, 18 }, /* 1101 01mm mmmmmmcc + 2 bytes */
	[F_EVENT_PC] = { 4, EVENT_PC, 18, 8, 14 },  /* 1100 01mm mmmmmm00 00pppppp pppppppp */
	[F_REPEAT0] = { 1, REPEAT, 0, 0, 4 },       /* 1110 nnnn */
	[F_REPEAT1] = { 2, REPEAT, 0, 0, 10 },      /* 1101 10nn nnnnnnnn */
	[F_DONT_CARE] = { 4, DONT_CARE, 0, 0, 0 },  /* 1101 11xx + 3 bytes */
	[F_START] = { 8, START, 0, 0, 0 },          /* 1111 0smm + 7 bytes timer; mm = mode, s = either */
	[F_FILLER] = { 1, FILLER, 0, 0, 0 },        /* 1111 1110 */
	[F_SYNC] = { 1, SYNC, 0, 0, 0 },            /* 1111 1111 */
};

/* The frame that a byte begins, by mode; F_NONE where no source defines one. */
#define COMMON_FRAMES                                                                                                  \
	[0xD8 ... 0xDB] = F_REPEAT1, [0xDC ... 0xDF] = F_DONT_CARE, [0xE0 ... 0xEF] = F_REPEAT0,                       \
	          [0xF0 ... 0xF2] = F_START, [0xF4 ... 0xF6] = F_START, [0xFE] = F_FILLER, [0xFF] = F_SYNC
static const uint8_t by_first_byte[2][256] = {
	[AIE_TRACE_EVENT_TIME] = {
		[0x00 ... 0x7F] = F_SINGLE0, [0x80 ... 0x9F] = F_SINGLE1, [0xA0 ... 0xBF] = F_SINGLE2,
		[0xC0 ... 0xCF] = F_MULTIPLE0, [0xD0 ... 0xD3] = F_MULTIPLE1, [0xD4 ... 0xD7] = F_MULTIPLE2, COMMON_FRAMES,
	},
	[AIE_TRACE_EVENT_PC] = { [0xC4 ... 0xC7] = F_EVENT_PC, COMMON_FRAMES },
};

void aie_trace_frames_init(struct aie_trace_frames *frames,
                           void (*record)(void *user, const struct aie_trace_record *record), void *user)
{
	memset(frames, 0, sizeof *frames);
	frames->record = record;
	frames->user = user;
	frames->mode = AIE_TRACE_MODE_UNKNOWN;
}

static void start(struct aie_trace_frames *frames, uint32_t high, uint32_t low)
{
	frames->mode = (enum aie_trace_mode)(high >> 24 & 3);
	frames->time = (uint64_t)(high & 0xFFFFFF) << 32 | low;
	frames->seen = 0;
	frames->uncertain = 0;
	frames->record(frames->user,
	               &(struct aie_trace_record){ .kind = AIE_TRACE_RECORD_START, .time = frames->time });
}

static void active(struct aie_trace_frames *frames, uint8_t mask, uint64_t gap)
{
	frames->mask = mask;
	frames->gap = gap;
	frames->time += 1 + gap;
	frames->seen = 1;
	frames->record(frames->user,
	               &(struct aie_trace_record){
	                       .kind = AIE_TRACE_RECORD_ACTIVE, .mask = mask, .time = frames->time, .cycles = 1 });
}

static void repeat(struct aie_trace_frames *frames, uint64_t count)
{
	struct aie_trace_record record = { .kind = AIE_TRACE_RECORD_ACTIVE, .mask = frames->mask, .cycles = 1 };

	if (!frames->seen) {
		frames->orphan_frames++;
		return;
	}
	if (frames->mode == AIE_TRACE_EVENT_PC) {
		record.kind = AIE_TRACE_RECORD_PC;
		record.pc = frames->pc;
		record.cycles = count;
		frames->record(frames->user, &record);
	} else if (frames->gap == 0) {
		record.time = frames->time + 1;
		record.cycles = count;
		frames->time += count;
		if (count)
			frames->record(frames->user, &record);
	} else {
		for (uint64_t i = 0; i < count; i++) {
			frames->time += 1 + frames->gap;
			record.time = frames->time;
			frames->record(frames->user, &record);
		}
	}
}

/* One frame whose `bits` are its bytes, most significant first. */
static void frame(struct aie_trace_frames *frames, const struct frame_format *format, uint32_t bits)
{
	const uint32_t event = bits >> format->event_low & ((1U << format->event_bits) - 1);
	const uint32_t cycles = bits & ((1U << format->cycle_bits) - 1);

	if (frames->mode == AIE_TRACE_MODE_UNKNOWN && format->form != FILLER && format->form != DONT_CARE) {
		frames->orphan_frames++; /* no Start frame yet: neither mode nor time is known */
		return;
	}
	switch (format->form) {
	case SINGLE:
		active(frames, (uint8_t)(1U << event), cycles);
		break;
	case MULTIPLE:
		active(frames, (uint8_t)event, cycles);
		break;
	case REPEAT:
		repeat(frames, cycles);
		break;
	case SYNC:
		frames->time += AIE_TRACE_SYNC_CYCLES;
		break;
	case EVENT_PC:
		frames->mask = (uint8_t)event;
		frames->pc = (uint16_t)cycles;
		frames->seen = 1;
		frames->record(frames->user, &(struct aie_trace_record){ .kind = AIE_TRACE_RECORD_PC,
		                                                         .mask = frames->mask,
		                                                         .pc = frames->pc,
		                                                         .cycles = 1 });
		break;
	case DONT_CARE:
	case FILLER:
	case START:
		break;
	}
}

int aie_trace_frames_feed(struct aie_trace_frames *frames, const uint32_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const uint32_t word = words[i];
		unsigned left = 4; /* bytes of the word not used yet; frames do not cross words */

		if (frames->mode == AIE_TRACE_EXECUTION)
			return -1;
		if (frames->pending) {
			frames->pending = 0;
			start(frames, frames->start_high, word);
			continue;
		}
		while (left) {
			const uint8_t first = (uint8_t)(word >> (left - 1) * 8);
			const unsigned code = by_first_byte[frames->mode == AIE_TRACE_EVENT_PC][first];
			const struct frame_format *format = &formats[code];

			if (code == F_START && left == 4) {
				if ((first & 3) == AIE_TRACE_EXECUTION) {
					frames->mode = AIE_TRACE_EXECUTION;
					return -1;
				}
				frames->pending = 1;
				frames->start_high = word;
				break;
			}
			if (code == F_NONE || code == F_START || format->bytes > left) {
				frames->undefined_bytes += left;
				break;
			}
			left -= format->bytes;
			frame(frames, format, word >> left * 8 & (UINT32_MAX >> (32 - 8 * format->bytes)));
		}
	}
	return 0;
}

void aie_trace_frames_lost(struct aie_trace_frames *frames)
{
	frames->undefined_bytes += frames->pending ? sizeof(uint32_t) : 0;
	frames->pending = 0;
	frames->seen = 0;
	frames->uncertain = frames->mode != AIE_TRACE_MODE_UNKNOWN;
}
