/* A trace unit for tests: takes what was active in which cycle and makes the packets that a unit would send, written
 * from the packet description alone.  Shares no code with the decoder under test. */
#ifndef AIE_TESTS_TRACES_ENCODER_H
#define AIE_TESTS_TRACES_ENCODER_H

#include <stddef.h>
#include <stdint.h>

/* Packets of one or several units, in the order sent. */
struct trace_buffer {
	uint32_t *words;
	size_t count, capacity;
};
void trace_buffer_free(struct trace_buffer *buffer);
void trace_buffer_word(struct trace_buffer *buffer, uint32_t word);

struct trace_encoder {
	struct trace_buffer *buffer;
	uint32_t header;
	unsigned mode;    /* 0 event-time, 1 event-PC */
	uint32_t *random; /* when set, now and then a longer form than needed, don't-care frames and short repeats */
	uint8_t byte[28]; /* the packet being filled */
	unsigned bytes;
	uint64_t time;     /* of the last frame */
	uint64_t gap;      /* of the last frame; */
	unsigned mask, pc; /* of the last frame */
	unsigned can_repeat;
	uint64_t repeats; /* not sent yet */
};

uint32_t trace_header(unsigned column, unsigned row, unsigned type, unsigned id);
uint32_t trace_random(uint32_t *state);

void trace_encoder_init(struct trace_encoder *encoder, struct trace_buffer *buffer, uint32_t header, unsigned mode,
                        uint32_t *random);
void trace_encoder_start(struct trace_encoder *encoder, uint64_t timer);
/* Event-time mode: slots of `mask` were active in cycle `time` (of the timer), later than the last one. */
void trace_encoder_cycle(struct trace_encoder *encoder, uint64_t time, unsigned mask);
/* The same for `cycles` consecutive cycles. */
void trace_encoder_level(struct trace_encoder *encoder, uint64_t time, uint64_t cycles, unsigned mask);
/* Event-PC mode. */
void trace_encoder_pc(struct trace_encoder *encoder, unsigned pc, unsigned mask);
/* Fill up and send what is left. */
void trace_encoder_stop(struct trace_encoder *encoder);

#endif
