/* Exports: the files of other programs say the same as the timeline, in their own units. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/traces/encoder.h"
#include "traces/export.h"
#include "traces/json_read.h"

/* 1.8 GHz: a cycle is 555.55... ps, so that rounding shows. */
enum { HZ = 1800000000 };

struct setting {
	struct trace_buffer buffer;
	struct aie_trace_timeline *timeline;
	char *text;
	size_t size;
};

static void open_setting(struct setting *setting, bool with_clock)
{
	struct aie_trace_capture capture = { .columns = 8 };
	struct aie_error error = { 0 };
	struct trace_encoder core, pc;

	memset(setting, 0, sizeof *setting);
	capture.config.unit_count = 2;
	capture.config.unit[0] =
	        (struct aie_trace_unit_config){ .column = 1, .row = 2, .module = AIE_EVENT_MODULE_CORE, .known = true };
	capture.config.unit[0].slot[0] = AIE_EVENT_CORE_INSTR_EVENT_0;
	capture.config.unit[0].slot[5] = AIE_EVENT_CORE_LOCK_STALL;
	capture.config.unit[1] =
	        (struct aie_trace_unit_config){ .column = 1, .row = 3, .module = AIE_EVENT_MODULE_CORE, .known = true };
	capture.config.unit[1].slot[1] = AIE_EVENT_CORE_INSTR_CALL;
	if (with_clock)
		assert_int_equal(aie_trace_add_clock(&capture.config, "array", HZ, &error), 0);
	trace_encoder_init(&core, &setting->buffer, trace_header(1, 2, 0, 0), 0, NULL);
	trace_encoder_start(&core, 1000);
	trace_encoder_cycle(&core, 1009, 0x01);
	trace_encoder_level(&core, 1900, 900, 0x20);
	trace_encoder_stop(&core);
	trace_encoder_init(&pc, &setting->buffer, trace_header(1, 3, 0, 0), 1, NULL);
	trace_encoder_start(&pc, 1000);
	trace_encoder_pc(&pc, 0x1234, 0x02);
	trace_encoder_stop(&pc);
	capture.words = setting->buffer.words;
	capture.word_count = setting->buffer.count;
	setting->timeline = malloc(sizeof *setting->timeline);
	assert_non_null(setting->timeline);
	assert_int_equal(aie_trace_timeline_read(setting->timeline, &capture, &error), 0);
}

static void close_setting(struct setting *setting)
{
	aie_trace_timeline_close(setting->timeline);
	free(setting->timeline);
	free(setting->text);
	trace_buffer_free(&setting->buffer);
}

static const struct aie_json_value *need(const struct aie_json_value *object, const char *key, enum aie_json_type type)
{
	const struct aie_json_value *value = aie_json_find(object, key);

	assert_non_null(value);
	assert_int_equal(value->type, type);
	return value;
}

/* The published trace event format: "traceEvents" of objects with "ph"; complete events need name, pid, tid, ts, dur in
 * microseconds; metadata names processes and threads. */
static void chrome_json_is_of_the_published_format(void **state)
{
	struct setting setting;
	struct aie_json_document *document;
	struct aie_error error = { 0 };
	const struct aie_json_value *event;
	unsigned complete = 0, processes = 0, threads = 0;
	FILE *out;

	(void)state;
	open_setting(&setting, true);
	out = open_memstream(&setting.text, &setting.size);
	assert_int_equal(aie_trace_export_chrome(out, setting.timeline, "a \"title\"", &error), 0);
	fclose(out);
	document = aie_json_parse(setting.text, setting.size, &error);
	assert_non_null(document);
	for (event = need(aie_json_root(document), "traceEvents", AIE_JSON_ARRAY)->child; event; event = event->next) {
		const char *phase = need(event, "ph", AIE_JSON_STRING)->string;
		const char *name = need(event, "name", AIE_JSON_STRING)->string;

		need(event, "pid", AIE_JSON_NUMBER);
		if (!strcmp(phase, "M")) {
			processes += !strcmp(name, "process_name");
			threads += !strcmp(name, "thread_name");
			need(event, "args", AIE_JSON_OBJECT);
			continue;
		}
		assert_string_equal(phase, "X");
		need(event, "tid", AIE_JSON_NUMBER);
		need(event, "cat", AIE_JSON_STRING);
		complete++;
		if (!strcmp(name, "LOCK_STALL")) {
			const struct aie_json_value *args = need(event, "args", AIE_JSON_OBJECT);

			/* 900 cycles after the first timer value: 0.5 us; 900 cycles long. */
			assert_true(need(event, "ts", AIE_JSON_NUMBER)->number > 0.4999999 &&
			            need(event, "ts", AIE_JSON_NUMBER)->number < 0.5000001);
			assert_true(need(event, "dur", AIE_JSON_NUMBER)->number > 0.4999999 &&
			            need(event, "dur", AIE_JSON_NUMBER)->number < 0.5000001);
			assert_int_equal(need(args, "cycle", AIE_JSON_NUMBER)->integer, 1900);
			assert_int_equal(need(args, "cycles", AIE_JSON_NUMBER)->integer, 900);
		}
	}
	assert_int_equal(complete, 2);
	assert_int_equal(processes, 2);
	assert_int_equal(threads, 3);
	assert_int_equal(need(need(aie_json_root(document), "otherData", AIE_JSON_OBJECT), "events_without_time",
	                      AIE_JSON_NUMBER)
	                         ->integer,
	                 1);
	aie_json_free(document);
	close_setting(&setting);
}

static void csv_has_a_line_an_event(void **state)
{
	struct setting setting;
	struct aie_error error = { 0 };
	FILE *out;

	(void)state;
	open_setting(&setting, true);
	out = open_memstream(&setting.text, &setting.size);
	assert_int_equal(aie_trace_export_csv(out, setting.timeline, &error), 0);
	fclose(out);
	assert_non_null(strstr(setting.text, "\n1,2,core,0,,start,start,1000,0,0.000000,0.000000,,no\n"));
	assert_non_null(strstr(setting.text, "\n1,2,core,0,0,INSTR_EVENT_0,pulse,1009,1,0.005000,0.000555,,no\n"));
	assert_non_null(strstr(setting.text, "\n1,2,core,0,5,LOCK_STALL,level,1900,900,0.500000,0.500000,,no\n"));
	assert_non_null(strstr(setting.text, "\n1,3,core,0,1,INSTR_CALL,pulse,,1,,,0x1234,no\n"));
	close_setting(&setting);
}

static void vcd_raises_and_lowers_wires(void **state)
{
	struct setting setting;
	struct aie_error error = { 0 };
	const char *rise, *fall;
	FILE *out;

	(void)state;
	open_setting(&setting, true);
	out = open_memstream(&setting.text, &setting.size);
	assert_int_equal(aie_trace_export_vcd(out, setting.timeline, "title", &error), 0);
	fclose(out);
	assert_non_null(strstr(setting.text, "$timescale 1 ps $end"));
	assert_non_null(strstr(setting.text, "$scope module tile_1_2_core $end"));
	assert_non_null(strstr(setting.text, "$var wire 1 & LOCK_STALL $end")); /* wire 5: '!' + 5 */
	rise = strstr(setting.text, "\n#500000\n1&\n");
	fall = strstr(setting.text, "\n#1000000\n0&\n");
	assert_non_null(rise);
	assert_non_null(fall);
	assert_true(rise < fall);
	close_setting(&setting);
}

static void times_need_a_clock(void **state)
{
	struct setting setting;
	struct aie_error error = { 0 };
	FILE *out;

	(void)state;
	open_setting(&setting, false);
	out = open_memstream(&setting.text, &setting.size);
	assert_int_equal(aie_trace_export_chrome(out, setting.timeline, "", &error), -1);
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	assert_int_equal(aie_trace_export_vcd(out, setting.timeline, "", &error), -1);
	assert_int_equal(aie_trace_export_csv(out, setting.timeline, &error), 0);
	fclose(out);
	close_setting(&setting);
}

/* No rounding adds up: a day of cycles. */
static void picoseconds_are_exact(void **state)
{
	(void)state;
	assert_true(aie_trace_picoseconds(9, HZ) == 5000);
	assert_true(aie_trace_picoseconds(1, HZ) == 555);
	assert_true(aie_trace_picoseconds(UINT64_C(86400) * HZ, HZ) == UINT64_C(86400) * 1000000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chrome_json_is_of_the_published_format),
		cmocka_unit_test(csv_has_a_line_an_event),
		cmocka_unit_test(vcd_raises_and_lowers_wires),
		cmocka_unit_test(times_need_a_clock),
		cmocka_unit_test(picoseconds_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
