/* Whatever aie-trace reads, from any bytes: a capture, a raw buffer, a configuration, the result of a run; and what is
 * made of those: timeline, exports, report.  Every word of a buffer is used or counted as lost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/traces/encoder.h"
#include "traces/export.h"
#include "traces/record.h"
#include "traces/run_report.h"
#include "traces/run_trace.h"

static FILE *nowhere(void)
{
	static FILE *out;

	if (!out)
		out = fopen("/dev/null", "w");
	if (!out)
		abort();
	return out;
}

static void expect_reason(const struct aie_error *error)
{
	if (error->category == AIE_ERROR_NONE || !error->text[0] || strchr(error->text, '\n'))
		__builtin_trap();
}

static void report(const struct aie_run_profile *profile, const struct aie_explanation *explanation,
                   const struct aie_trace_timeline *timeline)
{
	aie_run_report_text(nowhere(), profile, explanation);
	aie_run_report_html(nowhere(), profile, explanation, timeline);
}

static void use_capture(const struct aie_trace_capture *capture)
{
	static struct aie_run_profile profile;
	static struct aie_explanation explanation;
	struct aie_trace_timeline *timeline = malloc(sizeof *timeline);
	struct aie_error error = { 0 };
	uint64_t words = 0;

	if (!timeline)
		abort();
	if (aie_trace_timeline_read(timeline, capture, &error)) {
		expect_reason(&error);
		free(timeline);
		return;
	}
	for (unsigned i = 0; i < AIE_TRACE_SKIPS; i++)
		words += timeline->losses.skipped_words[i];
	words += UINT64_C(8) *
	         (timeline->losses.packets + timeline->losses.foreign_packets + timeline->losses.refused_packets);
	if (!capture->record && words != capture->word_count)
		__builtin_trap();
	if (timeline->events < 20000) {
		aie_trace_export_csv(nowhere(), timeline, &error);
		aie_trace_export_chrome(nowhere(), timeline, "t", &error);
		aie_trace_export_vcd(nowhere(), timeline, "t", &error);
		if (aie_run_profile_of_trace(&profile, capture, timeline, &error) == 0) {
			aie_explain_trace(&explanation, &profile);
			report(&profile, &explanation, timeline);
		}
	}
	aie_trace_timeline_close(timeline);
	free(timeline);
}

/* A record past its check sums: any entries that the file's reader lets through. */
static void use_record(const uint8_t *data, size_t size)
{
	static struct aie_trace_capture capture;
	const size_t count = size / sizeof *capture.record;
	struct aie_profile_record *record = calloc(count + 1, sizeof *record);

	if (!record)
		abort();
	if (count)
		memcpy(record, data, count * sizeof *record);
	for (size_t i = 0; i < count; i++) {
		record[i].what %= AIE_PROFILE_WHATS;
		record[i].by %= AIE_PROFILE_BYS;
		record[i].module %= AIE_EVENT_MODULES;
		if (i && record[i].cycle < record[i - 1].cycle)
			record[i].cycle = record[i - 1].cycle;
	}
	capture = (struct aie_trace_capture){ .record = record, .record_count = count };
	use_capture(&capture);
	aie_trace_record_text(nowhere(), &capture, 0);
	free(record);
}

static void use_json(const uint8_t *data, size_t size)
{
	static struct aie_run_profile profile;
	static struct aie_explanation explanation;
	static struct aie_trace_config config;
	struct aie_error error = { 0 };
	struct aie_json_document *document = aie_json_parse((const char *)data, size, &error);

	if (!document) {
		expect_reason(&error);
		return;
	}
	if (aie_trace_config_read(&config, aie_json_root(document), &error))
		expect_reason(&error);
	error = (struct aie_error){ 0 };
	if (aie_run_profile_read(&profile, aie_json_root(document), &error) ||
	    aie_explain(&explanation, &profile, &error))
		expect_reason(&error);
	else
		report(&profile, &explanation, NULL);
	aie_json_free(document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aie_trace_capture capture;
	struct aie_error error = { 0 };
	uint8_t *copy = malloc(size + 1); /* aligned, as readers ask for */

	if (!copy)
		abort();
	memcpy(copy, data, size);
	copy[size] = 0;
	if (aie_capture_recognise(copy, size) ? aie_capture_read(&capture, copy, size, &error)
	                                      : aie_capture_read_raw(&capture, copy, size, &error)) {
		expect_reason(&error);
	} else {
		use_capture(&capture);
		aie_capture_close(&capture);
	}
	use_json(copy, size);
	use_record(copy, size);
	free(copy);
	return 0;
}

/* A capture of two units, with a record or without. */
static void make_capture(bool recorded, void **data, size_t *size)
{
	static const struct aie_profile_record record[] = {
		{ .cycle = 1, .row = 2, .what = AIE_PROFILE_SET, .value = 2, .by = AIE_PROFILE_BY_START },
		{ .cycle = 3, .row = 2, .what = AIE_PROFILE_RISE, .number = AIE_EVENT_CORE_LOCK_STALL },
		{ .cycle = 9, .row = 2, .what = AIE_PROFILE_FALL, .number = AIE_EVENT_CORE_LOCK_STALL },
		{ .cycle = 9, .what = AIE_PROFILE_BD_START, .number = 3, .by = AIE_PROFILE_BY_MM2S },
	};
	static struct aie_trace_capture capture;
	struct trace_buffer buffer = { NULL, 0, 0 };
	struct trace_encoder encoder;
	struct aie_error error = { 0 };
	uint32_t random = 7;

	capture = (struct aie_trace_capture){ .columns = 8, .rows = 6, .title = "seed", .device = "npu4" };
	capture.config.unit_count = 2;
	for (unsigned i = 0; i < 2; i++) {
		uint64_t time = 100;

		capture.config.unit[i] = (struct aie_trace_unit_config){
			.row = (uint8_t)(2 + i), .module = AIE_EVENT_MODULE_CORE, .packet_id = (uint8_t)i, .known = true
		};
		capture.config.unit[i].slot[0] = AIE_EVENT_CORE_ACTIVE;
		capture.config.unit[i].slot[1] = AIE_EVENT_CORE_LOCK_STALL;
		trace_encoder_init(&encoder, &buffer, trace_header(0, 2 + i, 0, i), 0, NULL);
		trace_encoder_start(&encoder, time);
		for (unsigned k = 0; k < 40; k++)
			trace_encoder_cycle(&encoder, time += 1 + trace_random(&random) % 3000, 1 + k % 3);
		trace_encoder_stop(&encoder);
	}
	if (aie_trace_add_clock(&capture.config, "array", 1000000000, &error))
		abort();
	capture.words = buffer.words;
	capture.word_count = buffer.count;
	if (recorded) {
		capture.record = record;
		capture.record_count = sizeof record / sizeof record[0];
	}
	if (aie_capture_write(&capture, data, size, &error))
		abort();
	trace_buffer_free(&buffer);
}

size_t aie_fuzz_seed(unsigned index, uint8_t *data, size_t capacity)
{
	static const char run[] =
	        "{\"title\":\"t\",\"cycles\":1000,\"clock_hz\":1000000000,\"macs\":9,\"bound\":{\"by\":\"DDR\",\"ddr_"
	        "share\":0.5},"
	        "\"ddr\":{\"bytes_read\":64},\"cores\":[{\"column\":0,\"row\":2,\"cycles\":900,\"bundles\":800,"
	        "\"stalls\":{\"lock\":100},\"locks\":[{\"lock\":49,\"cycles\":9}]}],\"channels\":[{\"column\":0,"
	        "\"row\":0,"
	        "\"direction\":\"MM2S\",\"channel\":0,\"bytes\":64,\"active\":8}],\"loop\":{\"begin\":0,\"end\":2,"
	        "\"bundles\":1,"
	        "\"passes\":4,\"cycles_per_pass\":1,\"code\":\"0100\",\"profile\":[{\"address\":0,\"issues\":4,"
	        "\"stalls\":1}]},"
	        "\"history\":{\"cycles\":1000,\"recorded\":900,\"parts\":2,\"series\":[{\"kind\":\"lock "
	        "value\",\"column\":0,"
	        "\"row\":2,\"lock\":1,\"object\":\"A full\",\"largest\":2,\"parts\":[0,1.5]}]}}";
	size_t size = 0;
	void *capture;

	if (index > 3)
		return 0;
	if (index == 2) {
		size = sizeof run - 1 < capacity ? sizeof run - 1 : capacity;
		memcpy(data, run, size);
		return size;
	}
	make_capture(index == 3, &capture, &size);
	if (index == 1) { /* the raw part alone: it ends the file */
		size_t raw = size / 2 / 32 * 32;

		memmove(capture, (uint8_t *)capture + (size - raw), raw);
		size = raw;
	}
	size = size < capacity ? size : capacity;
	memcpy(data, capture, size);
	free(capture);
	return size;
}
