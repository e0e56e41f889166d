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
#include "tests/traces/formats.h"
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

/* ---- a large one of all four kinds of units, against checkers of the formats ---- */

enum { UNITS = 4, STEPS = 3000 };

/* Slot 0 a pulse, slot 1 a level, the other six unused; and of every kind of unit one. */
static void open_large_setting(struct setting *setting)
{
	static const uint8_t events[UNITS][2] = {
		[AIE_TRACE_CORE] = { AIE_EVENT_CORE_INSTR_EVENT_0, AIE_EVENT_CORE_LOCK_STALL },
		[AIE_TRACE_MEM] = { AIE_EVENT_MEM_DMA_S2MM_0_START_TASK, AIE_EVENT_MEM_DMA_S2MM_0_STALLED_LOCK },
		[AIE_TRACE_SHIM] = { AIE_EVENT_SHIM_DMA_MM2S_0_START_TASK, AIE_EVENT_SHIM_DMA_MM2S_0_STALLED_LOCK },
		[AIE_TRACE_MEMTILE] = { AIE_EVENT_MEMTILE_DMA_S2MM_SEL0_START_TASK,
		                        AIE_EVENT_MEMTILE_DMA_S2MM_SEL0_STALLED_LOCK },
	};
	struct aie_trace_capture capture = { .columns = 8 };
	struct aie_error error = { 0 };
	uint32_t random = 4711;

	memset(setting, 0, sizeof *setting);
	capture.config.unit_count = UNITS;
	assert_int_equal(aie_trace_add_clock(&capture.config, "array", HZ, &error), 0);
	for (unsigned type = 0; type < UNITS; type++) {
		struct trace_encoder encoder;
		uint64_t time = 1000 + type;

		capture.config.unit[type] =
		        (struct aie_trace_unit_config){ .column = 2,
			                                .row = (uint8_t)(type == AIE_TRACE_SHIM      ? 0
			                                                 : type == AIE_TRACE_MEMTILE ? 1
			                                                                             : 2),
			                                .module = (uint8_t)aie_trace_type_module(type),
			                                .packet_type = (uint8_t)type,
			                                .known = true };
		capture.config.unit[type].slot[0] = events[type][0];
		capture.config.unit[type].slot[1] = events[type][1];
		trace_encoder_init(&encoder, &setting->buffer, trace_header(2, capture.config.unit[type].row, type, 0),
		                   0, NULL);
		trace_encoder_start(&encoder, time);
		for (unsigned i = 0; i < STEPS; i++) {
			time += 2 +
			        trace_random(&random) % 700; /* never in consecutive cycles: that would be one event */
			if (trace_random(&random) % 2) {
				trace_encoder_cycle(&encoder, time, 1);
			} else {
				const uint64_t cycles = 1 + trace_random(&random) % 50;

				trace_encoder_level(&encoder, time, cycles, 2);
				time += cycles;
			}
		}
		trace_encoder_stop(&encoder);
	}
	capture.words = setting->buffer.words;
	capture.word_count = setting->buffer.count;
	setting->timeline = malloc(sizeof *setting->timeline);
	assert_non_null(setting->timeline);
	assert_int_equal(aie_trace_timeline_read(setting->timeline, &capture, &error), 0);
	assert_false(aie_trace_lossy(&setting->timeline->losses));
}

/* Every field of every event after the published format; and each event with the cycles and the microseconds that the
 * timeline says. */
static void a_large_chrome_file_is_valid(void **state)
{
	struct setting setting;
	struct aie_json_document *document;
	struct aie_error error = { 0 };
	const struct aie_json_value *event;
	struct checked_chrome found;
	size_t at[UNITS] = { 0 };
	FILE *out;

	(void)state;
	open_large_setting(&setting);
	out = open_memstream(&setting.text, &setting.size);
	assert_int_equal(aie_trace_export_chrome(out, setting.timeline, "t", &error), 0);
	fclose(out);
	document = aie_json_parse(setting.text, setting.size, &error);
	assert_non_null(document);
	found = check_chrome(aie_json_root(document));
	assert_int_equal(found.complete, UNITS * STEPS);
	assert_int_equal(found.processes, 3); /* shim, memory tile, and the tile of core and memory module */
	assert_int_equal(found.threads, 2 * UNITS);
	for (event = need(aie_json_root(document), "traceEvents", AIE_JSON_ARRAY)->child; event; event = event->next) {
		const struct aie_json_value *args = aie_json_find(event, "args");
		const struct aie_trace_event *want;
		const char *category;
		unsigned unit = 0;

		if (strcmp(aie_json_find(event, "ph")->string, "X") != 0)
			continue;
		category = need(event, "cat", AIE_JSON_STRING)->string;
		while (strcmp(category, aie_event_module_name(setting.timeline->config.unit[unit].module)) != 0)
			unit++;
		do
			want = &setting.timeline->track[unit].event[at[unit]++];
		while (want->kind != AIE_TRACE_EVENT_ACTIVE);
		assert_int_equal(need(args, "cycle", AIE_JSON_NUMBER)->integer, want->begin);
		assert_int_equal(need(args, "cycles", AIE_JSON_NUMBER)->integer, want->cycles);
		/* Microseconds are cycles / 1800, to the picosecond below. */
		assert_true(need(event, "ts", AIE_JSON_NUMBER)->number * 1800 <=
		                    (double)(want->begin - setting.timeline->first) + 1e-6 &&
		            need(event, "ts", AIE_JSON_NUMBER)->number * 1800 >
		                    (double)(want->begin - setting.timeline->first) - 0.002);
		assert_true(need(event, "dur", AIE_JSON_NUMBER)->number * 1800 > (double)want->cycles - 0.002 &&
		            need(event, "dur", AIE_JSON_NUMBER)->number * 1800 < (double)want->cycles + 0.002);
	}
	aie_json_free(document);
	close_setting(&setting);
}

/* Every rule of the standard; and each wire is high as often and as long as its event was active. */
static void a_large_vcd_file_is_valid(void **state)
{
	static struct checked_vcd vcd;
	struct setting setting;
	struct aie_error error = { 0 };
	FILE *out;

	(void)state;
	open_large_setting(&setting);
	out = open_memstream(&setting.text, &setting.size);
	assert_int_equal(aie_trace_export_vcd(out, setting.timeline, "a $end title", &error), 0);
	fclose(out);
	check_vcd(setting.text, &vcd);
	assert_int_equal(vcd.wires, 2 * UNITS);
	assert_true(vcd.unit > 0.99e-12 && vcd.unit < 1.01e-12);
	for (unsigned unit = 0; unit < UNITS; unit++) {
		const struct aie_trace_unit_config *config = &setting.timeline->config.unit[unit];

		for (unsigned slot = 0; slot < 2; slot++) {
			const struct aie_trace_track *track = &setting.timeline->track[unit];
			const struct checked_wire *wire;
			uint64_t times = 0, cycles = 0;
			char scope[40], name[16];

			for (size_t i = 0; i < track->count; i++) {
				times += track->event[i].kind == AIE_TRACE_EVENT_ACTIVE && track->event[i].slot == slot;
				cycles += track->event[i].slot == slot ? track->event[i].cycles : 0;
			}
			snprintf(scope, sizeof scope, "tile_2_%u_%s", config->row,
			         aie_event_module_name(config->module));
			wire = checked_wire_called(&vcd, scope, aie_trace_slot_name(config, slot, name));
			assert_non_null(wire);
			assert_int_equal(wire->rises, times);
			assert_int_equal(wire->value, '0');
			/* A cycle is 555.55 ps; each edge is rounded down to one. */
			assert_true((double)wire->high_for > (double)cycles / 0.0018 - (double)times &&
			            (double)wire->high_for < (double)cycles / 0.0018 + (double)times);
		}
	}
	close_setting(&setting);
}

/* As many fields in every line as in the heading, and no event left out. */
static void a_large_csv_file_is_regular(void **state)
{
	struct setting setting;
	struct aie_error error = { 0 };
	unsigned lines = 0, commas = 0;
	FILE *out;

	(void)state;
	open_large_setting(&setting);
	out = open_memstream(&setting.text, &setting.size);
	assert_int_equal(aie_trace_export_csv(out, setting.timeline, &error), 0);
	fclose(out);
	for (const char *at = setting.text; *at; at++) {
		assert_true(*at != '"');
		commas += *at == ',';
		if (*at == '\n') {
			assert_int_equal(commas, 12);
			commas = 0;
			lines++;
		}
	}
	assert_int_equal(lines, 1 + UNITS * (STEPS + 1)); /* a start for every unit */
	close_setting(&setting);
}

static const struct aie_json_value *parsed(struct aie_json_document **document, const char *text)
{
	struct aie_error error = { 0 };

	*document = aie_json_parse(text, strlen(text), &error);
	assert_non_null(*document);
	return aie_json_root(*document);
}

/* Time 0 stands once, also when a wire rises in it: a record has no start frame before its first event. */
static void a_vcd_file_may_begin_with_a_change(void **state)
{
	static struct checked_vcd vcd;
	struct aie_trace_event event = { .kind = AIE_TRACE_EVENT_ACTIVE, .begin = 70, .cycles = 9 };
	struct aie_trace_timeline *timeline = calloc(1, sizeof *timeline);
	struct aie_error error = { 0 };
	char *text = NULL;
	size_t size = 0;
	FILE *out;

	(void)state;
	assert_non_null(timeline);
	timeline->config.unit_count = 1;
	timeline->config.unit[0] = (struct aie_trace_unit_config){ .row = 2, .known = true };
	timeline->config.unit[0].slot[0] = AIE_EVENT_CORE_INSTR_EVENT_0;
	assert_int_equal(aie_trace_add_clock(&timeline->config, "array", 1000000000, &error), 0);
	timeline->track[0].event = &event;
	timeline->track[0].count = timeline->events = 1;
	timeline->first = 70;
	timeline->last = 79;
	out = open_memstream(&text, &size);
	assert_int_equal(aie_trace_export_vcd(out, timeline, "", &error), 0);
	fclose(out);
	check_vcd(text, &vcd);
	assert_int_equal(vcd.changes, 2);
	assert_int_equal(vcd.wire[0].high_for, 9000);
	free(text);
	free(timeline);
}

static void good_files_pass_the_checkers(void **state)
{
	static const char vcd[] = "$timescale 10ns $end $scope module a $end $var wire 1 ! b $end $upscope $end "
	                          "$enddefinitions $end #0 $dumpvars 0! $end #5 1! #7 0!";
	static struct checked_vcd found;
	struct aie_json_document *document;
	struct checked_chrome chrome;

	(void)state;
	chrome = check_chrome(parsed(
	        &document, "[{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":1,\"args\":{\"name\":\"p\"}},"
	                   "{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":1,\"tid\":2,\"args\":{\"name\":\"t\"}},"
	                   "{\"ph\":\"X\",\"name\":\"e\",\"pid\":1,\"tid\":2,\"ts\":1,\"dur\":2}]"));
	assert_int_equal(chrome.complete, 1);
	aie_json_free(document);
	check_vcd(vcd, &found);
	assert_int_equal(found.changes, 2);
	assert_int_equal(found.wire[0].high_for, 2);
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
		cmocka_unit_test(good_files_pass_the_checkers),
		cmocka_unit_test(a_large_chrome_file_is_valid),
		cmocka_unit_test(a_large_vcd_file_is_valid),
		cmocka_unit_test(a_large_csv_file_is_regular),
		cmocka_unit_test(a_vcd_file_may_begin_with_a_change),
		cmocka_unit_test(picoseconds_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
