/* What a round trip must give back: events kept while activity is made, then compared with what was decoded; and the
 * packets of several units mixed as they arrive in one buffer. */
#ifndef AIE_TESTS_TRACES_EXPECTED_H
#define AIE_TESTS_TRACES_EXPECTED_H

#include "tests/traces/encoder.h"
#include "traces/decode.h"

enum { EXPECTED_MAX = 20000 };

struct expected {
	struct aie_trace_event event[EXPECTED_MAX];
	size_t count;
};

void expect(struct expected *expected, const struct aie_trace_event *event);
/* Sorts the expected ones as a timeline has them; every field must be the same. */
void expect_track(struct expected *expected, const struct aie_trace_track *track);

/* Each buffer's packets in their order, the buffers in a random one. */
void mix_packets(struct trace_buffer *out, const struct trace_buffer *const *buffer, unsigned count, uint32_t *random);

#endif
