/* Comparison of traces: what is the same, what came late, what is missing, and bands of several references. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/traces/encoder.h"
#include "traces/diff.h"

enum { BLOCKS = 20 };

/* A memory module: slot 0 a task starts, slot 1 a descriptor ends, slot 2 the channel waits for its lock (level).  One
 * block every 1000 cycles; and a core whose slot 0 is an instruction event in a fixed rhythm. */
struct scene {
	uint64_t start;   /* timer */
	int64_t shift;    /* of all events against the timer */
	unsigned again;   /* the same once more in this block; 0 = none */
	unsigned delayed; /* block whose transfer takes `delay` longer; everything after it is later */
	uint64_t delay;
	int missing, extra; /* 1 + block without its descriptor event, with a second one; 0 = none */
	uint64_t longer;    /* cycles that block 3 waits longer for its lock, within its pause */
	uint32_t jitter;    /* seed of jitter of the descriptor's end, 0 = none */
	bool steady;        /* jitter moves the descriptor's end alone */
	bool skip_core;
};

struct made {
	struct trace_buffer buffer;
	struct aie_trace_timeline *timeline;
};

static void make(struct made *made, const struct scene *scene)
{
	struct aie_trace_capture capture = { .columns = 8 };
	struct aie_error error = { 0 };
	struct trace_encoder mem, core;
	uint32_t random = scene->jitter;
	uint64_t time = scene->start + (uint64_t)(50 + scene->shift);

	memset(made, 0, sizeof *made);
	capture.config.unit_count = scene->skip_core ? 1 : 2;
	capture.config.unit[0] = (struct aie_trace_unit_config){
		.row = 2, .module = AIE_EVENT_MODULE_MEM, .packet_type = 1, .known = true
	};
	capture.config.unit[0].slot[0] = AIE_EVENT_MEM_DMA_S2MM_0_START_TASK;
	capture.config.unit[0].slot[1] = AIE_EVENT_MEM_DMA_S2MM_0_FINISHED_BD;
	capture.config.unit[0].slot[2] = AIE_EVENT_MEM_DMA_S2MM_0_STALLED_LOCK;
	capture.config.unit[1] = (struct aie_trace_unit_config){
		.row = 2, .module = AIE_EVENT_MODULE_CORE, .packet_type = 0, .known = true
	};
	capture.config.unit[1].slot[0] = AIE_EVENT_CORE_INSTR_EVENT_0;
	trace_encoder_init(&mem, &made->buffer, trace_header(0, 2, 1, 0), 0, NULL);
	trace_encoder_start(&mem, scene->start);
	for (int block = 0; block < BLOCKS; block++) {
		const uint64_t begin = time;
		uint64_t transfer = 300;

		if (scene->delay && (block == (int)scene->delayed || (block && block == (int)scene->again)))
			transfer += scene->delay;
		if (scene->jitter)
			transfer += trace_random(&random) % 21;
		trace_encoder_cycle(&mem, time, 1);
		if (block + 1 != scene->missing)
			trace_encoder_cycle(&mem, time + transfer, 2);
		if (block + 1 == scene->extra)
			trace_encoder_cycle(&mem, time + transfer + 10, 2);
		trace_encoder_level(&mem, time + (scene->steady ? 400 : transfer + 100),
		                    40 + (block == 3 ? scene->longer : 0), 4);
		time = scene->steady ? begin + 1000 : time + transfer + 700;
	}
	trace_encoder_stop(&mem);
	trace_encoder_init(&core, &made->buffer, trace_header(0, 2, 0, 0), 0, NULL);
	if (!scene->skip_core) {
		trace_encoder_start(&core, scene->start);
		for (unsigned i = 0; i < 100; i++)
			trace_encoder_cycle(&core, scene->start + (uint64_t)(20 + scene->shift) + 128 * i, 1);
		trace_encoder_stop(&core);
	}
	capture.words = made->buffer.words;
	capture.word_count = made->buffer.count;
	made->timeline = malloc(sizeof *made->timeline);
	assert_non_null(made->timeline);
	assert_int_equal(aie_trace_timeline_read(made->timeline, &capture, &error), 0);
	assert_false(aie_trace_lossy(&made->timeline->losses));
}

static void unmake(struct made *made)
{
	aie_trace_timeline_close(made->timeline);
	free(made->timeline);
	trace_buffer_free(&made->buffer);
}

#define PLAIN .start = 5000

static void compare(struct aie_trace_diff *diff, const struct scene *candidate, const struct scene *references,
                    unsigned count, uint64_t tolerance)
{
	const struct aie_diff_options options = { .sigmas = 3, .tolerance = tolerance };
	const struct aie_trace_timeline *timelines[8];
	struct made a, b[8];
	struct aie_error error = { 0 };

	make(&a, candidate);
	for (unsigned i = 0; i < count; i++) {
		make(&b[i], &references[i]);
		timelines[i] = b[i].timeline;
	}
	assert_int_equal(aie_trace_diff(diff, a.timeline, timelines, count, &options, &error), 0);
	unmake(&a);
	for (unsigned i = 0; i < count; i++)
		unmake(&b[i]);
}

static struct aie_trace_diff *new_diff(void)
{
	struct aie_trace_diff *diff = malloc(sizeof *diff);

	assert_non_null(diff);
	return diff;
}

static void old_diff(struct aie_trace_diff *diff)
{
	aie_trace_diff_close(diff);
	free(diff);
}

static void identical_captures_do_not_differ(void **state)
{
	const struct scene scene = { PLAIN };
	struct aie_trace_diff *diff = new_diff();

	(void)state;
	compare(diff, &scene, &scene, 1, 0);
	assert_true(diff->same);
	assert_int_equal(diff->findings, 0);
	assert_int_equal(diff->compared, 3 * BLOCKS + 100);
	assert_int_equal(diff->unit[0].phase[0].candidate, (uint64_t)diff->unit[0].phase[0].mean);
	old_diff(diff);
}

static void one_delayed_transfer_is_one_finding(void **state)
{
	const struct scene reference = { PLAIN }, late = { PLAIN, .delayed = 7, .delay = 123 };
	struct aie_trace_diff *diff = new_diff();

	(void)state;
	compare(diff, &late, &reference, 1, 0);
	assert_false(diff->same);
	/* Its end is late, and so is what follows next of each other event, once: known to follow. */
	assert_int_equal(diff->findings, 3);
	assert_int_equal(diff->kinds[AIE_DIFF_TIME], 3);
	assert_int_equal(diff->finding[0].slot, 1);
	assert_int_equal(diff->finding[0].occurrence, 7);
	assert_false(diff->finding[0].follows);
	assert_true(diff->finding[1].follows);
	assert_true(diff->finding[2].follows);
	assert_int_equal(diff->following, 2);
	assert_true(diff->finding[0].difference > 122.5 && diff->finding[0].difference < 123.5);
	assert_int_equal(diff->finding[0].time, 5000 + 50 + 7 * 1000 + 300 + 123);
	/* The unit as a whole takes 123 cycles longer; the core does not. */
	assert_int_equal(diff->unit[0].phase[0].candidate - (uint64_t)diff->unit[0].phase[0].mean, 123);
	assert_int_equal(diff->unit[1].findings, 0);
	old_diff(diff);
}

/* Two delays of the same length: the second one is news again, in each event once more. */
static void a_second_delay_is_another_finding(void **state)
{
	const struct scene reference = { PLAIN }, late = { PLAIN, .delayed = 7, .delay = 123, .again = 11 };
	struct aie_trace_diff *diff = new_diff();

	(void)state;
	compare(diff, &late, &reference, 1, 0);
	assert_int_equal(diff->findings, 6);
	assert_int_equal(diff->following, 4);
	assert_false(diff->finding[3].follows);
	assert_int_equal(diff->finding[3].slot, 1);
	assert_int_equal(diff->finding[3].occurrence, 11);
	old_diff(diff);
}

static void a_missing_event_is_named(void **state)
{
	const struct scene reference = { PLAIN }, lacking = { PLAIN, .missing = 12 };
	struct aie_trace_diff *diff = new_diff();

	(void)state;
	compare(diff, &lacking, &reference, 1, 0);
	assert_int_equal(diff->findings, 1);
	assert_int_equal(diff->finding[0].kind, AIE_DIFF_MISSING);
	assert_int_equal(diff->finding[0].slot, 1);
	assert_int_equal(diff->finding[0].occurrence, 11);
	assert_int_equal(diff->finding[0].time, 5000 + 50 + 11 * 1000 + 300);
	old_diff(diff);
	diff = new_diff();
	compare(diff, &reference, &lacking, 1, 0); /* and the other way round */
	assert_int_equal(diff->findings, 1);
	assert_int_equal(diff->finding[0].kind, AIE_DIFF_EXTRA);
	assert_int_equal(diff->finding[0].occurrence, 11);
	old_diff(diff);
}

static void the_first_and_the_last_event_may_be_missing(void **state)
{
	const struct scene reference = { PLAIN }, first = { PLAIN, .missing = 1 }, last = { PLAIN, .missing = BLOCKS };
	struct aie_trace_diff *diff = new_diff();

	(void)state;
	compare(diff, &first, &reference, 1, 0);
	assert_int_equal(diff->findings, 1);
	assert_int_equal(diff->finding[0].kind, AIE_DIFF_MISSING);
	assert_int_equal(diff->finding[0].occurrence, 0);
	old_diff(diff);
	diff = new_diff();
	compare(diff, &last, &reference, 1, 0);
	assert_int_equal(diff->findings, 1);
	assert_int_equal(diff->finding[0].kind, AIE_DIFF_MISSING);
	assert_int_equal(diff->finding[0].occurrence, BLOCKS - 1);
	old_diff(diff);
}

static void an_extra_event_is_named(void **state)
{
	const struct scene reference = { PLAIN }, more = { PLAIN, .extra = 6 };
	struct aie_trace_diff *diff = new_diff();

	(void)state;
	compare(diff, &more, &reference, 1, 0);
	assert_int_equal(diff->findings, 1);
	assert_int_equal(diff->finding[0].kind, AIE_DIFF_EXTRA);
	assert_int_equal(diff->finding[0].occurrence, 6);
	old_diff(diff);
}

static void a_longer_level_is_a_duration(void **state)
{
	const struct scene reference = { PLAIN }, longer = { PLAIN, .longer = 17 };
	struct aie_trace_diff *diff = new_diff();

	(void)state;
	compare(diff, &longer, &reference, 1, 0);
	assert_int_equal(diff->findings, 1);
	assert_int_equal(diff->finding[0].kind, AIE_DIFF_DURATION);
	assert_int_equal(diff->finding[0].slot, 2);
	assert_int_equal(diff->finding[0].occurrence, 3);
	assert_true(diff->finding[0].difference > 16.5 && diff->finding[0].difference < 17.5);
	old_diff(diff);
	diff = new_diff();
	compare(diff, &longer, &reference, 1, 17); /* within the tolerance */
	assert_true(diff->same);
	old_diff(diff);
}

static void a_shifted_start_is_no_difference(void **state)
{
	const struct scene reference = { PLAIN };
	/* The whole run 777 cycles later by the timer; and recording that began 40 cycles earlier than the program. */
	const struct scene later = { .start = 5777 };
	const struct scene early = { .start = 4960, .shift = 40 };
	struct aie_trace_diff *diff = new_diff();

	(void)state;
	compare(diff, &later, &reference, 1, 0);
	assert_true(diff->same);
	assert_int_equal(diff->unit[0].start_shift, 777);
	assert_string_equal(diff->unit[0].origin, "start frame");
	old_diff(diff);
	diff = new_diff();
	compare(diff, &early, &reference, 1, 0);
	assert_true(diff->same);
	assert_int_equal(diff->unit[0].start_shift, -40);
	assert_int_equal(diff->unit[0].origin_shift, 0);
	assert_string_equal(diff->unit[0].origin, "timer");
	old_diff(diff);
}

/* Shifted by a period, a regular event coincides as well but for its last occurrence, and one that varies may by chance
 * make up for that: the origin stays. */
static void a_period_is_no_shift(void **state)
{
	const struct scene reference = { PLAIN, .steady = true, .jitter = 31 };

	(void)state;
	for (uint32_t seed = 1; seed <= 64; seed++) {
		const struct scene candidate = { PLAIN, .steady = true, .jitter = seed * 7919 };
		struct aie_trace_diff *diff = new_diff();

		compare(diff, &candidate, &reference, 1, 0);
		assert_int_equal(diff->unit[0].origin_shift, 0);
		assert_string_equal(diff->unit[0].origin, "start frame");
		old_diff(diff);
	}
}

static void a_unit_on_one_side_only(void **state)
{
	const struct scene reference = { PLAIN }, alone = { PLAIN, .skip_core = true };
	struct aie_trace_diff *diff = new_diff();

	(void)state;
	compare(diff, &alone, &reference, 1, 0);
	assert_false(diff->same);
	assert_int_equal(diff->kinds[AIE_DIFF_UNIT], 1);
	old_diff(diff);
}

static void five_captures_make_a_band(void **state)
{
	const struct scene references[] = {
		{ PLAIN, .jitter = 11 },    { PLAIN, .jitter = 222 },    { PLAIN, .jitter = 3333 },
		{ PLAIN, .jitter = 44444 }, { PLAIN, .jitter = 555555 },
	};
	const struct scene sixth = { PLAIN, .jitter = 6666666 };
	const struct scene outside = { PLAIN, .jitter = 6666666, .delayed = 9, .delay = 120 };
	const struct scene lacking = { PLAIN, .jitter = 6666666, .missing = 5 };
	struct aie_trace_diff *diff = new_diff();

	(void)state;
	compare(diff, &sixth, references, 5, 0);
	assert_true(diff->same);
	/* Uniform over 21 values: standard deviation 6.06; an interval between two of them varies sqrt(2) as much. */
	assert_true(diff->unit[0].event[1].spread > 4 && diff->unit[0].event[1].spread < 13);
	/* The core's events do not vary at all, and are held to that. */
	assert_true(diff->unit[1].event[0].spread < 1e-9);
	old_diff(diff);
	diff = new_diff();
	compare(diff, &outside, references, 5, 0);
	assert_false(diff->same);
	assert_int_equal(diff->finding[0].occurrence, 9);
	assert_int_equal(diff->finding[0].slot, 1);
	old_diff(diff);
	diff = new_diff();
	compare(diff, &lacking, references, 5, 0);
	assert_int_equal(diff->kinds[AIE_DIFF_MISSING], 1);
	assert_int_equal(diff->kinds[AIE_DIFF_EXTRA], 0);
	old_diff(diff);
}

static void events_that_never_vary_are_held_exactly(void **state)
{
	const struct scene references[] = { { PLAIN, .jitter = 77777 },
		                            { PLAIN, .jitter = 8888888 },
		                            { PLAIN, .jitter = 999999999 } };
	const struct scene longer = { PLAIN, .jitter = 123456789, .longer = 1 };
	struct aie_trace_diff *diff = new_diff();

	(void)state;
	compare(diff, &longer, references, 3, 0);
	assert_int_equal(diff->kinds[AIE_DIFF_DURATION], 1);
	assert_int_equal(diff->finding[0].occurrence, 3);
	old_diff(diff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identical_captures_do_not_differ),
		cmocka_unit_test(one_delayed_transfer_is_one_finding),
		cmocka_unit_test(a_second_delay_is_another_finding),
		cmocka_unit_test(a_missing_event_is_named),
		cmocka_unit_test(the_first_and_the_last_event_may_be_missing),
		cmocka_unit_test(an_extra_event_is_named),
		cmocka_unit_test(a_longer_level_is_a_duration),
		cmocka_unit_test(a_shifted_start_is_no_difference),
		cmocka_unit_test(a_period_is_no_shift),
		cmocka_unit_test(a_unit_on_one_side_only),
		cmocka_unit_test(five_captures_make_a_band),
		cmocka_unit_test(events_that_never_vary_are_held_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
