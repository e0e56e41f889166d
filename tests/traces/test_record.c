/* Captures with a record of everything: the file's version 2, and the record as a timeline. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "traces/record.h"

static struct aie_profile_record event(uint64_t cycle, bool rise, unsigned column, unsigned row, unsigned module,
                                       unsigned number)
{
	return (struct aie_profile_record){ .cycle = cycle,
		                            .column = (uint8_t)column,
		                            .row = (uint8_t)row,
		                            .module = (uint8_t)module,
		                            .what = rise ? AIE_PROFILE_RISE : AIE_PROFILE_FALL,
		                            .number = (uint8_t)number };
}

/* The capture through the file format; *data is what the second one lives in. */
static int through_file(const struct aie_trace_capture *in, struct aie_trace_capture *out, void **data,
                        struct aie_error *error)
{
	size_t size;

	*error = (struct aie_error){ 0 };
	assert_int_equal(aie_capture_write(in, data, &size, error), 0);
	return aie_capture_read(out, *data, size, error);
}

static const struct aie_trace_track *track_of(const struct aie_trace_timeline *timeline, unsigned module, unsigned part)
{
	for (unsigned i = 0; i < timeline->config.unit_count; i++)
		if (timeline->config.unit[i].module == module && timeline->config.unit[i].part == part)
			return &timeline->track[i];
	fail_msg("no part %u of module %u", part, module);
	return NULL;
}

/* More than eight events of one module, a pulse inside a level, one that is active at the end, and other entries. */
static void timeline_of_a_record(void **state)
{
	const struct aie_profile_record records[] = {
		{ .cycle = 1000,
		  .row = 2,
		  .what = AIE_PROFILE_SET,
		  .number = 3,
		  .value = 2,
		  .by = AIE_PROFILE_BY_START },
		event(1010, true, 0, 2, AIE_EVENT_MODULE_CORE, AIE_EVENT_CORE_LOCK_STALL),
		event(1012, true, 0, 2, AIE_EVENT_MODULE_MEM, AIE_EVENT_MEM_DMA_S2MM_0_FINISHED_BD),
		event(1013, false, 0, 2, AIE_EVENT_MODULE_MEM, AIE_EVENT_MEM_DMA_S2MM_0_FINISHED_BD),
		event(1015, true, 0, 2, AIE_EVENT_MODULE_CORE, AIE_EVENT_CORE_ACTIVE),
		event(1020, false, 0, 2, AIE_EVENT_MODULE_CORE, AIE_EVENT_CORE_LOCK_STALL),
		event(1021, true, 0, 2, AIE_EVENT_MODULE_CORE, AIE_EVENT_CORE_INSTR_EVENT_0),
		event(1022, false, 0, 2, AIE_EVENT_MODULE_CORE, AIE_EVENT_CORE_INSTR_EVENT_0),
		{ .cycle = 1030, .row = 2, .what = AIE_PROFILE_TASK_END, .by = AIE_PROFILE_BY_MM2S },
	};
	const uint32_t words[] = { 1, 2, 3 };
	static struct aie_trace_capture in, out;
	static struct aie_trace_timeline timeline;
	const struct aie_trace_track *track;
	struct aie_error error;
	void *data;

	(void)state;
	memset(&in, 0, sizeof in);
	in.record = records;
	in.record_count = sizeof records / sizeof records[0];
	in.record_complete = true;
	in.words = words; /* an odd number of words before it: the record begins at a multiple of 8 all the same */
	in.word_count = 3;
	assert_int_equal(through_file(&in, &out, &data, &error), 0);
	assert_int_equal(((uintptr_t)out.record - (uintptr_t)data) % 8, 0);
	assert_int_equal(out.record_count, in.record_count);
	assert_memory_equal(out.record, records, sizeof records);
	assert_true(out.record_complete);
	assert_int_equal(out.word_count, 3);
	assert_false(out.check_failed);

	assert_int_equal(aie_trace_timeline_read(&timeline, &out, &error), 0);
	assert_int_equal(timeline.first, 1000);
	assert_int_equal(timeline.last, 1031);
	/* events 26 and 28 are in part 3, 33 in part 4; 23 of the memory module in part 2 */
	assert_int_equal(timeline.config.unit_count, 3);
	track = track_of(&timeline, AIE_EVENT_MODULE_CORE, AIE_EVENT_CORE_LOCK_STALL / 8);
	assert_int_equal(track->count, 3);
	assert_int_equal(track->event[0].kind, AIE_TRACE_EVENT_START);
	assert_int_equal(track->event[0].begin, 1000);
	assert_int_equal(track->event[1].begin, 1010);
	assert_int_equal(track->event[1].cycles, 10);
	assert_int_equal(track->event[1].slot, AIE_EVENT_CORE_LOCK_STALL % 8);
	assert_int_equal(track->event[2].begin, 1015); /* active to the end: the last entry's cycle counts */
	assert_int_equal(track->event[2].cycles, 1031 - 1015);
	track = track_of(&timeline, AIE_EVENT_MODULE_CORE, AIE_EVENT_CORE_INSTR_EVENT_0 / 8);
	assert_int_equal(track->event[1].cycles, 1);
	track = track_of(&timeline, AIE_EVENT_MODULE_MEM, AIE_EVENT_MEM_DMA_S2MM_0_FINISHED_BD / 8);
	assert_int_equal(track->event[1].begin, 1012);
	aie_trace_timeline_close(&timeline);
	aie_capture_close(&out);
	free(data);
}

/* What is no event, for people. */
static void other_entries(void **state)
{
	const struct aie_profile_record records[] = {
		{ .cycle = 7, .row = 2, .what = AIE_PROFILE_SET, .number = 3, .value = 2, .by = AIE_PROFILE_BY_START },
		event(8, true, 0, 2, AIE_EVENT_MODULE_CORE, AIE_EVENT_CORE_LOCK_STALL),
		{ .cycle = 9,
		  .column = 1,
		  .row = 2,
		  .what = AIE_PROFILE_ACQUIRE,
		  .number = 3,
		  .value = 1,
		  .operand = -1,
		  .by = AIE_PROFILE_BY_CORE,
		  .by_column = 1,
		  .by_row = 2 },
		{ .cycle = 12,
		  .column = 1,
		  .row = 1,
		  .what = AIE_PROFILE_RELEASE,
		  .number = 40,
		  .value = 3,
		  .operand = 1,
		  .by = AIE_PROFILE_BY_MM2S,
		  .by_column = 2,
		  .by_row = 1,
		  .by_channel = 5 },
		{ .cycle = 13, .what = AIE_PROFILE_BD_START, .number = 15, .by = AIE_PROFILE_BY_S2MM, .by_channel = 1 },
		{ .cycle = 14, .what = AIE_PROFILE_WAIT_STREAM, .by = AIE_PROFILE_BY_S2MM, .by_channel = 1 },
	};
	static const char expected[] = "               2 (0,2) lock 3: set by start of the record, now 2\n"
	                               "               4 (1,2) lock 3: acquire -1 by core (1,2), now 1\n"
	                               "               7 (1,1) lock 40: release +1 by MM2S 5 of (2,1), now 3\n"
	                               "               8 (0,0) S2MM 1: descriptor starts, descriptor 15\n"
	                               "               9 (0,0) S2MM 1: waits for its stream\n";
	struct aie_trace_capture capture = { .record = records, .record_count = sizeof records / sizeof records[0] };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	aie_trace_record_text(out, &capture, 5);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static void an_empty_record(void **state)
{
	static struct aie_trace_capture in, out;
	static struct aie_trace_timeline timeline;
	struct aie_profile_record none;
	struct aie_error error;
	void *data;

	(void)state;
	memset(&in, 0, sizeof in);
	in.record = &none;
	assert_int_equal(through_file(&in, &out, &data, &error), 0);
	assert_non_null(out.record);
	assert_int_equal(out.record_count, 0);
	assert_false(out.record_complete);
	assert_int_equal(aie_trace_timeline_read(&timeline, &out, &error), 0);
	assert_int_equal(timeline.events, 0);
	aie_trace_timeline_close(&timeline);
	aie_capture_close(&out);
	free(data);
}

static void bad_records(void **state)
{
	static const struct {
		size_t count;
		struct aie_profile_record records[2];
		bool file; /* refused by the reader of the file, else by the timeline */
		const char *message;
	} cases[] = {
		{ 1, { { .what = AIE_PROFILE_WHATS } }, true, "entry 0 of the record is not one" },
		{ 1, { { .by = AIE_PROFILE_BYS } }, true, "entry 0 of the record is not one" },
		{ 2,
		  { { .cycle = 5 }, { .module = AIE_EVENT_MODULES, .cycle = 6 } },
		  true,
		  "entry 1 of the record is not one" },
		{ 2, { { .cycle = 5 }, { .cycle = 4 } }, true, "or not in its order" },
		{ 1, { { .column = 200 } }, false, "the record has a tile (200,0)" },
		{ 1, { { .row = 200 } }, false, "the record has a tile (0,200)" },
	};
	static struct aie_trace_capture in, out;
	static struct aie_trace_timeline timeline;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct aie_error error;
		void *data;
		int status;

		memset(&in, 0, sizeof in);
		in.record = cases[i].records;
		in.record_count = cases[i].count;
		in.record_complete = true;
		status = through_file(&in, &out, &data, &error);
		assert_int_equal(status, cases[i].file ? -1 : 0);
		if (!status) {
			assert_int_equal(aie_trace_timeline_read(&timeline, &out, &error), -1);
			aie_capture_close(&out);
		}
		assert_int_equal(error.category, AIE_ERROR_INPUT);
		if (!strstr(error.text, cases[i].message))
			fail_msg("\"%s\" does not say \"%s\"", error.text, cases[i].message);
		free(data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timeline_of_a_record),
		cmocka_unit_test(other_entries),
		cmocka_unit_test(an_empty_record),
		cmocka_unit_test(bad_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
