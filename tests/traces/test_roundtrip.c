/* Random activity through the encoder of the tests and back: every mode, module, counter overflow, repeat and level. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/traces/expected.h"

enum { ROUNDS = 60, ACTIVITIES = 400 };

/* Activity of a unit, kept as begin and end of each slot: the intervals a reader must find. */
struct activity {
	struct expected *expected;
	struct trace_encoder *encoder;
	uint64_t now, begin[8], end[8];
	uint32_t window;
};

static void end_slot(struct activity *activity, unsigned slot)
{
	const struct aie_trace_event event = { .kind = AIE_TRACE_EVENT_ACTIVE,
		                               .slot = slot & 7,
		                               .begin = activity->begin[slot],
		                               .cycles = activity->end[slot] - activity->begin[slot],
		                               .window = activity->window };

	if (event.cycles)
		expect(activity->expected, &event);
	activity->begin[slot] = activity->end[slot] = 0;
}

static void act(struct activity *activity, uint64_t time, uint64_t cycles, unsigned mask)
{
	for (unsigned slot = 0; slot < 8; slot++) {
		if (!(mask >> slot & 1))
			continue;
		if (activity->end[slot] != time) {
			end_slot(activity, slot);
			activity->begin[slot] = time;
		}
		activity->end[slot] = time + cycles;
	}
	trace_encoder_level(activity->encoder, time, cycles, mask);
	activity->now = time + cycles - 1;
}

static uint64_t random_gap(uint32_t *random)
{
	static const uint64_t edges[] = { 0,       1,       15,      16,      1023,    1024,
		                          0x3FFFF, 0x40000, 0x40001, 0x7FFFF, 0x80000, 0x123456 };
	const uint32_t choice = trace_random(random) % 16;

	if (choice == 0)
		return edges[trace_random(random) % (sizeof edges / sizeof edges[0])];
	if (choice < 6)
		return 0;
	return trace_random(random) % (choice < 12 ? 20 : 3000);
}

static void random_events(struct activity *activity, uint32_t *random)
{
	for (unsigned windows = 1 + trace_random(random) % 3; windows; windows--) {
		const uint64_t timer = (uint64_t)trace_random(random) << (trace_random(random) % 24);
		const struct aie_trace_event start = { .kind = AIE_TRACE_EVENT_START,
			                               .begin = timer,
			                               .window = activity->window };

		trace_encoder_start(activity->encoder, timer);
		expect(activity->expected, &start);
		activity->now = timer;
		for (unsigned i = 0; i < ACTIVITIES; i++) {
			const uint64_t time = activity->now + 1 + random_gap(random);
			const uint64_t cycles = trace_random(random) % 6 ? 1 : 1 + trace_random(random) % 3000;

			act(activity, time, cycles,
			    trace_random(random) % 3 ? 1U << trace_random(random) % 8 : 1 + trace_random(random) % 255);
		}
		/* One rhythm for a while: repeats with a gap. */
		for (unsigned i = 0; i < 50; i++)
			act(activity, activity->now + 7, 1, 0x10);
		for (unsigned slot = 0; slot < 8; slot++)
			end_slot(activity, slot);
		activity->window++;
	}
	trace_encoder_stop(activity->encoder);
}

static void random_pcs(struct activity *activity, uint32_t *random)
{
	uint64_t frames = 0;
	unsigned last_pc = 0x4000, last_mask = 0;
	struct aie_trace_event event = { .kind = AIE_TRACE_EVENT_START, .begin = 77 };

	trace_encoder_start(activity->encoder, 77);
	expect(activity->expected, &event);
	for (unsigned i = 0; i < ACTIVITIES; i++) {
		const unsigned pc = trace_random(random) % 0x4000, mask = 1 + trace_random(random) % 255;
		const unsigned times = trace_random(random) % 4 ? 1 : 1 + trace_random(random) % 900;

		if (pc == last_pc && mask == last_mask)
			continue;
		for (unsigned n = 0; n < times; n++)
			trace_encoder_pc(activity->encoder, pc, mask);
		for (unsigned part = 0; part < (times > 1 ? 2 : 1); part++, frames++) {
			for (unsigned slot = 0; slot < 8; slot++) {
				if (!(mask >> slot & 1))
					continue;
				event = (struct aie_trace_event){ .kind = AIE_TRACE_EVENT_AT_PC,
					                          .begin = frames,
					                          .cycles = part ? times - 1 : 1,
					                          .pc = (uint16_t)pc,
					                          .slot = slot & 7 };
				expect(activity->expected, &event);
			}
		}
		last_pc = pc;
		last_mask = mask;
	}
	trace_encoder_stop(activity->encoder);
}

static void random_activity_comes_back(void **state)
{
	static struct expected expected[2];
	struct aie_error error = { 0 };
	struct aie_trace_timeline *timeline = malloc(sizeof *timeline);

	(void)state;
	assert_non_null(timeline);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		uint32_t random = round * 2654435761U + 1;
		struct trace_buffer part[2] = { { NULL, 0, 0 } }, buffer = { NULL, 0, 0 };
		struct aie_trace_capture capture = { .columns = 0 };
		const unsigned type = round % 4;

		for (unsigned unit = 0; unit < 2; unit++) {
			/* Only the core has event-PC mode. */
			const unsigned mode = unit == 1 && type == AIE_TRACE_CORE && round % 8 == 0;
			struct trace_encoder encoder;
			struct activity activity = { .expected = &expected[unit], .encoder = &encoder };

			expected[unit].count = 0;
			trace_encoder_init(&encoder, &part[unit], trace_header(3 + unit, 2, type, 7), mode,
			                   round % 3 && !mode ? &random : NULL);
			(mode ? random_pcs : random_events)(&activity, &random);
		}
		mix_packets(&buffer, (const struct trace_buffer *const[]){ &part[0], &part[1] }, 2, &random);
		capture.words = buffer.words;
		capture.word_count = buffer.count;
		assert_int_equal(aie_trace_timeline_read(timeline, &capture, &error), 0);
		assert_false(aie_trace_lossy(&timeline->losses));
		assert_int_equal(timeline->config.unit_count, 2);
		for (unsigned unit = 0; unit < 2; unit++)
			expect_track(&expected[timeline->config.unit[unit].column - 3], &timeline->track[unit]);
		aie_trace_timeline_close(timeline);
		for (unsigned unit = 0; unit < 2; unit++)
			trace_buffer_free(&part[unit]);
		trace_buffer_free(&buffer);
	}
	free(timeline);
}

/* The worked example of the packet description, made by the encoder. */
static void the_encoder_makes_the_worked_example(void **state)
{
	static const uint32_t words[] = { 0x80020001, 0xF0000000, 0x00012345, 0x04D02418,
		                          0x904540E8, 0xA40762FE, 0xFEFEFEFE, 0xFEFEFEFE };
	const uint64_t begin = 0x12345;
	struct trace_buffer buffer = { NULL, 0, 0 };
	struct trace_encoder encoder;

	(void)state;
	trace_encoder_init(&encoder, &buffer, trace_header(0, 2, 0, 1), 0, NULL);
	trace_encoder_start(&encoder, begin);
	trace_encoder_cycle(&encoder, begin + 5, 0x01);
	trace_encoder_cycle(&encoder, begin + 30, 0x09);
	trace_encoder_level(&encoder, begin + 100, 10, 0x10);
	trace_encoder_cycle(&encoder, begin + 2000, 0x02);
	trace_encoder_stop(&encoder);
	assert_int_equal(buffer.count, 8);
	assert_memory_equal(buffer.words, words, sizeof words);
	trace_buffer_free(&buffer);
}

/* Random damage must neither crash nor go unnoticed in the sums: every word is used or counted. */
static void damaged_traces_are_survived(void **state)
{
	struct aie_error error = { 0 };
	struct aie_trace_timeline *timeline = malloc(sizeof *timeline);

	(void)state;
	assert_non_null(timeline);
	for (uint32_t round = 0; round < 200; round++) {
		static struct expected expected;
		uint32_t random = round * 7919 + 5;
		struct trace_buffer buffer = { NULL, 0, 0 };
		struct trace_encoder encoder;
		struct activity activity = { .expected = &expected, .encoder = &encoder };
		struct aie_trace_capture capture = { .columns = 0 };
		uint64_t words = 0;

		expected.count = 0;
		trace_encoder_init(&encoder, &buffer, trace_header(1, 3, 1, 2), 0, &random);
		random_events(&activity, &random);
		for (unsigned damage = trace_random(&random) % 20; damage; damage--)
			buffer.words[trace_random(&random) % buffer.count] ^= 1U << trace_random(&random) % 32;
		capture.words = buffer.words;
		capture.word_count = buffer.count - trace_random(&random) % 20;
		assert_int_equal(aie_trace_timeline_read(timeline, &capture, &error), 0);
		for (unsigned i = 0; i < AIE_TRACE_SKIPS; i++)
			words += timeline->losses.skipped_words[i];
		words += 8 * (timeline->losses.packets + timeline->losses.foreign_packets +
		              timeline->losses.refused_packets);
		assert_int_equal(words, capture.word_count);
		aie_trace_timeline_close(timeline);
		trace_buffer_free(&buffer);
	}
	free(timeline);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_encoder_makes_the_worked_example),
		cmocka_unit_test(random_activity_comes_back),
		cmocka_unit_test(damaged_traces_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
