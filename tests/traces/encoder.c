#include "tests/traces/encoder.h"

#include <stdlib.h>
#include <string.h>

void trace_buffer_free(struct trace_buffer *buffer)
{
	free(buffer->words);
	memset(buffer, 0, sizeof *buffer);
}

void trace_buffer_word(struct trace_buffer *buffer, uint32_t word)
{
	if (buffer->count == buffer->capacity) {
		buffer->capacity = buffer->capacity ? buffer->capacity * 2 : 1024;
		buffer->words = realloc(buffer->words, buffer->capacity * sizeof *buffer->words);
		if (!buffer->words)
			abort();
	}
	buffer->words[buffer->count++] = word;
}

uint32_t trace_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

uint32_t trace_header(unsigned column, unsigned row, unsigned type, unsigned id)
{
	uint32_t word = column << 21 | row << 16 | type << 12 | id;
	unsigned ones = 0;

	for (unsigned i = 0; i < 31; i++)
		ones += word >> i & 1;
	return ones % 2 ? word : word | 1U << 31;
}

void trace_encoder_init(struct trace_encoder *encoder, struct trace_buffer *buffer, uint32_t header, unsigned mode,
                        uint32_t *random)
{
	memset(encoder, 0, sizeof *encoder);
	encoder->buffer = buffer;
	encoder->header = header;
	encoder->mode = mode;
	encoder->random = random;
}

static void put(struct trace_encoder *encoder, uint8_t byte)
{
	encoder->byte[encoder->bytes++] = byte;
	if (encoder->bytes < 28)
		return;
	trace_buffer_word(encoder->buffer, encoder->header);
	for (unsigned i = 0; i < 28; i += 4)
		trace_buffer_word(encoder->buffer, (uint32_t)encoder->byte[i] << 24 |
		                                           (uint32_t)encoder->byte[i + 1] << 16 |
		                                           (uint32_t)encoder->byte[i + 2] << 8 | encoder->byte[i + 3]);
	encoder->bytes = 0;
}

/* `length` bytes of `bits`; a frame does not cross a word (a start frame begins one). */
static void put_frame(struct trace_encoder *encoder, uint64_t bits, unsigned length)
{
	while (encoder->bytes % 4 + (length > 4 ? 4 : length) > 4)
		put(encoder, 0xFE);
	for (unsigned i = length; i-- > 0;)
		put(encoder, (uint8_t)(bits >> 8 * i));
}

static unsigned chance(struct trace_encoder *encoder, unsigned one_in)
{
	return encoder->random && trace_random(encoder->random) % one_in == 0;
}

static void flush_repeats(struct trace_encoder *encoder)
{
	while (encoder->repeats) {
		const uint64_t most = chance(encoder, 4) ? 5 : 1023;
		const uint64_t n = encoder->repeats < most ? encoder->repeats : most;

		if (n < 16 && !chance(encoder, 4))
			put_frame(encoder, 0xE0 | n, 1);
		else
			put_frame(encoder, 0xD800 | n, 2);
		encoder->repeats -= n;
	}
}

void trace_encoder_start(struct trace_encoder *encoder, uint64_t timer)
{
	flush_repeats(encoder);
	put_frame(encoder, (encoder->mode ? UINT64_C(0xF1) : UINT64_C(0xF0)) << 56 | (timer & 0xFFFFFFFFFFFFFF), 8);
	encoder->time = timer;
	encoder->can_repeat = 0;
}

void trace_encoder_cycle(struct trace_encoder *encoder, uint64_t time, unsigned mask)
{
	uint64_t gap = time - encoder->time - 1;
	const unsigned single = (mask & (mask - 1)) == 0, longer = chance(encoder, 5);
	unsigned slot = 0;

	encoder->time = time;
	if (encoder->can_repeat && encoder->mask == mask && encoder->gap == gap && !chance(encoder, 7)) {
		encoder->repeats++;
		return;
	}
	flush_repeats(encoder);
	if (chance(encoder, 11))
		put_frame(encoder, 0xDC000000 | trace_random(encoder->random) % 0x4000000, 4);
	for (; gap >> 18; gap -= 1U << 18) /* the 18-bit gap counter ran over */
		put_frame(encoder, 0xFF, 1);
	while (single && !(mask >> slot & 1))
		slot++;
	if (single && gap < 16 && !longer)
		put_frame(encoder, slot << 4 | gap, 1);
	else if (single && gap < 1024 && !longer)
		put_frame(encoder, 0x8000 | slot << 10 | gap, 2);
	else if (single)
		put_frame(encoder, 0xA00000 | slot << 18 | gap, 3);
	else if (gap < 16 && !longer)
		put_frame(encoder, 0xC000 | mask << 4 | gap, 2);
	else if (gap < 1024 && !longer)
		put_frame(encoder, 0xD00000 | mask << 10 | gap, 3);
	else
		put_frame(encoder, 0xD4000000 | mask << 18 | gap, 4);
	encoder->gap = gap;
	encoder->mask = mask;
	encoder->can_repeat = 1;
}

void trace_encoder_level(struct trace_encoder *encoder, uint64_t time, uint64_t cycles, unsigned mask)
{
	for (uint64_t i = 0; i < cycles; i++)
		trace_encoder_cycle(encoder, time + i, mask);
}

void trace_encoder_pc(struct trace_encoder *encoder, unsigned pc, unsigned mask)
{
	if (encoder->can_repeat && encoder->mask == mask && encoder->pc == pc) {
		encoder->repeats++;
		return;
	}
	flush_repeats(encoder);
	put_frame(encoder, 0xC4000000 | mask << 18 | pc, 4);
	encoder->mask = mask;
	encoder->pc = pc;
	encoder->can_repeat = 1;
}

void trace_encoder_stop(struct trace_encoder *encoder)
{
	flush_repeats(encoder);
	while (encoder->bytes)
		put(encoder, 0xFE);
	encoder->can_repeat = 0;
}
