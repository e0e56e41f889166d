/* What the model's trace units write and what the trace library reads were made from the packet description apart from
 * each other; here random activity goes through both: every kind of unit, both modes, repeats, levels that stall for
 * long, gaps beyond the 18-bit counter, several windows, and the packets of all units mixed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/traces/expected.h"
#include "tests/traces/model_unit.h"

enum { ROUNDS = 60, PIECES = 250, UNITS = 4, PACKET = 8 };

struct unit {
	unsigned type, mode;
	struct model_unit *model;
	struct trace_buffer buffer;
	struct expected expected;
};

static uint64_t random_length(uint32_t *random)
{
	static const uint64_t edges[] = { 1,    2,       15,      16,      17,          18,
		                          1022, 1023,    1024,    1025,    1026,        2046,
		                          2047, 0x3FFFF, 0x40000, 0x40001, 0x40000 * 2, 0x40000 * 3 + 5 };
	const unsigned choice = trace_random(random) % 24;

	if (choice == 0)
		return edges[trace_random(random) % (sizeof edges / sizeof edges[0])];
	if (choice < 10)
		return 1;
	return 1 + trace_random(random) % (choice < 18 ? 20 : 2500);
}

/* One window: pieces of constant activity, and what each slot's events are. */
static void window(struct unit *unit, uint32_t *random, uint64_t cycle, uint32_t number)
{
	const uint64_t timer = (uint64_t)trace_random(random) << trace_random(random) % 24;
	const struct aie_trace_event start = { .kind = AIE_TRACE_EVENT_START, .begin = timer, .window = number };
	uint64_t now = timer + 1, begin[AIE_TRACE_SLOTS] = { 0 };
	unsigned open = 0;

	model_unit_start(unit->model, cycle++, timer);
	expect(&unit->expected, &start);
	for (unsigned i = 0; i <= PIECES; i++) {
		const uint64_t cycles = i < PIECES ? random_length(random) : 1;
		const unsigned kind = trace_random(random) % 4;
		const unsigned mask = i == PIECES || kind == 0 ? 0
		                      : kind < 3               ? 1U << trace_random(random) % 8
		                                               : trace_random(random) % 256;

		for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++) {
			if (open >> slot & ~mask >> slot & 1)
				expect(&unit->expected, &(struct aie_trace_event){ .kind = AIE_TRACE_EVENT_ACTIVE,
				                                                   .slot = slot & 7,
				                                                   .begin = begin[slot],
				                                                   .cycles = now - begin[slot],
				                                                   .window = number });
			if (mask >> slot & ~open >> slot & 1)
				begin[slot] = now;
		}
		open = mask;
		model_unit_run(unit->model, cycle, cycles, mask, 0);
		cycle += cycles;
		now += cycles;
	}
	model_unit_stop(unit->model, cycle);
}

/* Event-PC mode: each cycle with an active slot is told with its program counter. */
static void pc_window(struct unit *unit, uint32_t *random, uint64_t cycle, uint32_t number)
{
	const struct aie_trace_event start = { .kind = AIE_TRACE_EVENT_START, .begin = 7 + number, .window = number };

	model_unit_start(unit->model, cycle++, 7 + number);
	expect(&unit->expected, &start);
	for (unsigned i = 0; i < PIECES; i++) {
		const uint64_t cycles = trace_random(random) % 5 ? 1 : 1 + trace_random(random) % 1500;
		const unsigned mask =
		        trace_random(random) % 3 ? 1U << trace_random(random) % 8 : trace_random(random) % 256;
		const unsigned pc = trace_random(random) % 0x2000 * 2;

		model_unit_run(unit->model, cycle, cycles, mask, pc);
		cycle += cycles;
		for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++)
			if (mask >> slot & 1)
				expect(&unit->expected, &(struct aie_trace_event){ .kind = AIE_TRACE_EVENT_AT_PC,
				                                                   .slot = slot & 7,
				                                                   .cycles = cycles,
				                                                   .pc = (uint16_t)pc,
				                                                   .window = number });
	}
	model_unit_stop(unit->model, cycle);
}

/* Frames and their repeats may be cut differently: what counts is each slot's sequence of program counters. */
static void compare_pcs(const struct expected *expected, const struct aie_trace_track *track)
{
	for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++) {
		size_t at = 0;
		uint64_t left = 0;

		for (size_t i = 0; i < track->count; i++) {
			const struct aie_trace_event *got = &track->event[i];

			if (got->kind != AIE_TRACE_EVENT_AT_PC || got->slot != slot)
				continue;
			for (uint64_t n = got->cycles; n;) {
				const struct aie_trace_event *want;
				uint64_t part;

				while (!left) {
					assert_true(at < expected->count);
					want = &expected->event[at++];
					if (want->kind == AIE_TRACE_EVENT_AT_PC && want->slot == slot)
						left = want->cycles;
				}
				want = &expected->event[at - 1];
				assert_int_equal(got->pc, want->pc);
				assert_int_equal(got->window, want->window);
				part = n < left ? n : left;
				n -= part;
				left -= part;
			}
		}
		assert_int_equal(left, 0);
		for (; at < expected->count; at++)
			assert_true(expected->event[at].kind != AIE_TRACE_EVENT_AT_PC ||
			            expected->event[at].slot != slot);
	}
}

static void random_activity_of_all_units_comes_back(void **state)
{
	static struct unit unit[UNITS];
	struct aie_trace_timeline *timeline = malloc(sizeof *timeline);

	(void)state;
	assert_non_null(timeline);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		uint32_t random = round * 2654435761U + 99;
		struct trace_buffer buffer = { NULL, 0, 0 };
		struct aie_trace_capture capture = { .columns = 0 };
		struct aie_error error = { 0 };
		const struct trace_buffer *sent[UNITS];

		for (unsigned i = 0; i < UNITS; i++) {
			sent[i] = &unit[i].buffer;
			memset(&unit[i], 0, sizeof unit[i]);
			unit[i].type = i;
			unit[i].mode = i == AIE_TRACE_CORE && round % 3 == 2; /* only the core has event-PC mode */
			unit[i].model = model_unit_new(&unit[i].buffer, 1 + i, i == AIE_TRACE_SHIM ? 0 : 2, i, 3 + i,
			                               unit[i].mode, i == AIE_TRACE_MEMTILE);
			for (uint32_t w = 0; w < 1 + (round + i) % 3; w++)
				(unit[i].mode ? pc_window : window)(&unit[i], &random, 1000 + w * UINT64_C(1000000000),
				                                    w);
			assert_int_equal(unit[i].buffer.count % PACKET, 0);
		}
		mix_packets(&buffer, sent, UNITS, &random);
		capture.words = buffer.words;
		capture.word_count = buffer.count;
		assert_int_equal(aie_trace_timeline_read(timeline, &capture, &error), 0);
		assert_false(aie_trace_lossy(&timeline->losses));
		assert_int_equal(timeline->config.unit_count, UNITS);
		for (unsigned i = 0; i < UNITS; i++) {
			const struct aie_trace_unit_config *config = &timeline->config.unit[i];
			struct unit *one = &unit[config->packet_type];

			assert_int_equal(config->column, 1 + config->packet_type);
			assert_int_equal(config->packet_id, 3 + config->packet_type);
			assert_int_equal(config->mode, one->mode);
			if (one->mode)
				compare_pcs(&one->expected, &timeline->track[i]);
			else
				expect_track(&one->expected, &timeline->track[i]);
		}
		aie_trace_timeline_close(timeline);
		trace_buffer_free(&buffer);
		for (unsigned i = 0; i < UNITS; i++) {
			model_unit_free(unit[i].model);
			trace_buffer_free(&unit[i].buffer);
		}
	}
	free(timeline);
}

/* Sync frames are made: one lonely event after three rounds of the counter, and the byte itself is in the packets. */
static void a_long_silence_needs_sync_frames(void **state)
{
	const uint64_t silence = UINT64_C(3) * AIE_TRACE_SYNC_CYCLES + 100;
	struct trace_buffer buffer = { NULL, 0, 0 };
	struct model_unit *unit = model_unit_new(&buffer, 0, 2, AIE_TRACE_CORE, 1, 0, false);
	struct aie_trace_timeline *timeline = malloc(sizeof *timeline);
	struct aie_trace_capture capture = { .columns = 0 };
	struct aie_error error = { 0 };
	unsigned syncs = 0;

	(void)state;
	assert_non_null(timeline);
	model_unit_start(unit, 10, 500);
	model_unit_run(unit, 11, silence, 0, 0);
	model_unit_run(unit, 11 + silence, 1, 0x20, 0);
	model_unit_stop(unit, 12 + silence);
	for (size_t i = 3; i < buffer.count; i++) /* behind header and start frame */
		for (unsigned k = 0; k < 4; k++)
			syncs += (buffer.words[i] >> 8 * k & 0xFF) == 0xFF;
	assert_int_equal(syncs, 3);
	capture.words = buffer.words;
	capture.word_count = buffer.count;
	assert_int_equal(aie_trace_timeline_read(timeline, &capture, &error), 0);
	assert_int_equal(timeline->track[0].count, 2);
	assert_int_equal(timeline->track[0].event[1].begin, 500 + 1 + silence);
	assert_int_equal(timeline->track[0].event[1].slot, 5);
	aie_trace_timeline_close(timeline);
	free(timeline);
	model_unit_free(unit);
	trace_buffer_free(&buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_activity_of_all_units_comes_back),
		cmocka_unit_test(a_long_silence_needs_sync_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
