#include "tests/traces/expected.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { MAX_BUFFERS = 16 };

void expect(struct expected *expected, const struct aie_trace_event *event)
{
	assert_true(expected->count < EXPECTED_MAX);
	expected->event[expected->count++] = *event;
}

/* By window, its start first, then by time and slot. */
static int in_order(const void *a, const void *b)
{
	const struct aie_trace_event *x = a, *y = b;

	if (x->window != y->window)
		return x->window < y->window ? -1 : 1;
	if ((x->kind == AIE_TRACE_EVENT_START) != (y->kind == AIE_TRACE_EVENT_START))
		return x->kind == AIE_TRACE_EVENT_START ? -1 : 1;
	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	return x->slot - y->slot;
}

void expect_track(struct expected *expected, const struct aie_trace_track *track)
{
	qsort(expected->event, expected->count, sizeof expected->event[0], in_order);
	assert_int_equal(track->count, expected->count);
	for (size_t i = 0; i < expected->count; i++) {
		const struct aie_trace_event *want = &expected->event[i], *got = &track->event[i];

		assert_int_equal(got->kind, want->kind);
		assert_int_equal(got->begin, want->begin);
		assert_int_equal(got->cycles, want->cycles);
		assert_int_equal(got->window, want->window);
		assert_int_equal(got->slot, want->slot);
		assert_int_equal(got->pc, want->pc);
		assert_false(got->uncertain);
	}
}

void mix_packets(struct trace_buffer *out, const struct trace_buffer *const *buffer, unsigned count, uint32_t *random)
{
	size_t at[MAX_BUFFERS] = { 0 };

	assert_true(count <= MAX_BUFFERS);
	for (;;) {
		unsigned left = 0, chosen;

		for (unsigned i = 0; i < count; i++)
			left += at[i] < buffer[i]->count;
		if (!left)
			return;
		do
			chosen = trace_random(random) % count;
		while (at[chosen] >= buffer[chosen]->count);
		for (unsigned i = 0; i < AIE_TRACE_PACKET_WORDS; i++)
			trace_buffer_word(out, buffer[chosen]->words[at[chosen]++]);
	}
}
