/* aie-trace decode and export: one trace as text, JSON, or a file for another program. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "isa/file.h"
#include "traces/export.h"
#include "traces/record.h"
#include "traces/tools/input.h"

static void unit_text(const struct aie_trace_timeline *timeline, unsigned index, bool recorded)
{
	const struct aie_trace_unit_config *unit = &timeline->config.unit[index];
	const struct aie_trace_track *track = &timeline->track[index];
	char text[16];

	printf("(%u,%u) %s: ", unit->column, unit->row, aie_event_module_name(unit->module));
	if (recorded)
		printf("recorded, events %u to %u", unit->part * AIE_TRACE_SLOTS,
		       unit->part * AIE_TRACE_SLOTS + AIE_TRACE_SLOTS - 1);
	else
		printf("%s, packet type %u id %u", aie_trace_mode_name(unit->mode), unit->packet_type, unit->packet_id);
	if (unit->known && !recorded) {
		const struct aie_event_row *start = aie_event_by_number(unit->module, unit->start);
		const struct aie_event_row *stop = aie_event_by_number(unit->module, unit->stop);

		printf(", from %s to %s", start ? start->name : "?", stop ? stop->name : "?");
	} else if (!recorded) {
		printf(", not in the configuration");
	}
	printf(", %zu events\n", track->count);
	for (size_t i = 0; i < track->count; i++) {
		const struct aie_trace_event *event = &track->event[i];
		const char *name = aie_trace_slot_name(unit, event->slot, text);

		if (event->kind == AIE_TRACE_EVENT_START)
			printf("%16" PRIu64 "            start, timer %" PRIu64 "\n", event->begin - timeline->first,
			       event->begin);
		else if (event->kind == AIE_TRACE_EVENT_AT_PC)
			printf("       pc 0x%05x %10" PRIu64 " x %s%s\n", event->pc, event->cycles,
			       name ? name : "unused slot", event->uncertain ? " ?" : "");
		else
			printf("%16" PRIu64 " %10" PRIu64 " %s%s\n", event->begin - timeline->first, event->cycles,
			       name ? name : "unused slot", event->uncertain ? " ?" : "");
	}
}

static void decode_text(const struct trace_input *input, const struct aie_trace_timeline *timeline)
{
	const struct aie_trace_capture *capture = &input->capture;
	const uint64_t hz = aie_trace_array_hz(&timeline->config);

	printf("%s: %" PRIu64 " packets, %u units, %zu events", input->path, timeline->losses.packets,
	       timeline->config.unit_count, timeline->events);
	if (hz)
		printf(", array clock %.6g MHz", (double)hz / 1e6);
	putchar('\n');
	if (capture->record)
		printf("record of everything: %zu entries%s, those of locks and DMA channels at the end\n",
		       capture->record_count, capture->record_complete ? "" : ", NOT COMPLETE");
	if (capture->title[0])
		printf("run: %s\n", capture->title);
	if (capture->device[0])
		printf("device: %s (%s), %u columns, %u rows\n", capture->device,
		       capture->simulated ? "model" : "hardware", capture->columns, capture->rows);
	for (unsigned i = 0; i < capture->image_count; i++)
		printf("image: %s, %" PRIu64 " bytes, sha256 %s\n", capture->image[i].name, capture->image[i].bytes,
		       capture->image[i].sha256);
	for (size_t i = 0; i < capture->command_count; i++)
		printf("command: %.3f us of host time, %" PRIu64 " cycles\n",
		       (double)(capture->command[i].completed_ns - capture->command[i].submitted_ns) / 1e3,
		       capture->command[i].cycles);
	for (unsigned i = 0; i < capture->note_count; i++)
		printf("note: %s\n", capture->note[i]);
	printf("cycles below count from timer value %" PRIu64 "; first column: begin, then length\n", timeline->first);
	for (unsigned i = 0; i < timeline->config.unit_count; i++)
		unit_text(timeline, i, capture->record != NULL);
	if (capture->record) {
		puts("locks and DMA channels:");
		aie_trace_record_text(stdout, capture, timeline->first);
	}
}

static void event_json(struct aie_json *json, const struct aie_trace_unit_config *unit,
                       const struct aie_trace_event *event)
{
	const char *name;
	char text[16];

	aie_json_begin_object(json, NULL);
	if (event->kind == AIE_TRACE_EVENT_START) {
		aie_json_bool(json, "start", true);
		aie_json_u64(json, "begin", event->begin);
		aie_json_end_object(json);
		return;
	}
	name = aie_trace_slot_name(unit, event->slot, text);
	if (unit->known && name)
		aie_json_string(json, "event", name);
	aie_json_u64(json, "slot", event->slot);
	if (event->kind == AIE_TRACE_EVENT_AT_PC) {
		aie_json_u64(json, "pc", event->pc);
		aie_json_u64(json, "times", event->cycles);
	} else {
		aie_json_u64(json, "begin", event->begin);
		aie_json_u64(json, "cycles", event->cycles);
	}
	if (event->uncertain)
		aie_json_bool(json, "uncertain", true);
	aie_json_end_object(json);
}

static void decode_json(const struct trace_input *input, const struct aie_trace_timeline *timeline)
{
	const uint64_t hz = aie_trace_array_hz(&timeline->config);
	struct aie_json json;

	aie_json_init(&json, stdout);
	aie_json_begin_object(&json, NULL);
	aie_json_string(&json, "file", input->path);
	aie_json_string(&json, "title", input->capture.title);
	if (hz)
		aie_json_u64(&json, "array_hz", hz);
	aie_json_u64(&json, "packets", timeline->losses.packets);
	aie_trace_losses_json(&json, &timeline->losses);
	aie_json_u64(&json, "missing_bytes", input->capture.missing_bytes);
	aie_json_bool(&json, "check_sum_correct", !input->capture.check_failed);
	aie_json_begin_array(&json, "units");
	for (unsigned i = 0; i < timeline->config.unit_count; i++) {
		const struct aie_trace_unit_config *unit = &timeline->config.unit[i];

		aie_json_begin_object(&json, NULL);
		aie_json_u64(&json, "column", unit->column);
		aie_json_u64(&json, "row", unit->row);
		aie_json_string(&json, "module", aie_event_module_name(unit->module));
		aie_json_string(&json, "mode", aie_trace_mode_name(unit->mode));
		aie_json_bool(&json, "configured", unit->known);
		aie_json_begin_array(&json, "events");
		for (size_t k = 0; k < timeline->track[i].count; k++)
			event_json(&json, unit, &timeline->track[i].event[k]);
		aie_json_end_array(&json);
		aie_json_end_object(&json);
	}
	aie_json_end_array(&json);
	if (input->capture.record)
		aie_trace_record_json(&json, &input->capture);
	aie_json_end_object(&json);
	aie_json_finish(&json);
}

/* 0 done, 3 when units were refused, 1 with --strict and losses. */
static int verdict(const struct trace_input *input, const struct aie_trace_timeline *timeline, bool strict)
{
	if (timeline->losses.refused_packets)
		return 3;
	return strict &&
	       (aie_trace_lossy(&timeline->losses) || input->capture.missing_bytes || input->capture.check_failed);
}

/* Load the one trace named on the command line; NULL with *status set. */
static struct aie_trace_timeline *load(struct trace_input *input, const char *path, const struct trace_options *options,
                                       int *status)
{
	struct aie_error error = { 0 };
	struct aie_trace_timeline *timeline;

	if (!path) {
		*status = trace_usage("a trace is missing");
		return NULL;
	}
	if (trace_open(input, path, options, &error)) {
		*status = trace_failed(&error);
		return NULL;
	}
	timeline = malloc(sizeof *timeline);
	if (timeline && aie_trace_timeline_read(timeline, &input->capture, &error) == 0)
		return timeline;
	if (!timeline)
		aie_error_set(&error, AIE_ERROR_MEMORY, "no memory");
	aie_error_prefix(&error, "%s", path);
	free(timeline);
	trace_close(input);
	*status = trace_failed(&error);
	return NULL;
}

int trace_decode(int argc, char **argv)
{
	struct trace_options options = { 0 };
	struct aie_trace_timeline *timeline;
	struct trace_input input;
	const char *path = NULL;
	bool strict = false;
	int status;

	for (int i = 1; i < argc; i++) {
		const int taken = trace_option(&options, argc, argv, &i);

		if (taken < 0)
			return 2;
		if (taken)
			continue;
		if (!strcmp(argv[i], "--strict"))
			strict = true;
		else if (argv[i][0] == '-' || path)
			return trace_usage("decode: %s was not expected", argv[i]);
		else
			path = argv[i];
	}
	timeline = load(&input, path, &options, &status);
	if (!timeline)
		return status;
	(options.json ? decode_json : decode_text)(&input, timeline);
	trace_notes(&input, timeline);
	status = verdict(&input, timeline, strict);
	aie_trace_timeline_close(timeline);
	free(timeline);
	trace_close(&input);
	return trace_flush() ? 3 : status;
}

static int export_to(FILE *out, const char *format, const struct trace_input *input,
                     const struct aie_trace_timeline *timeline, struct aie_error *error)
{
	const char *title = input->capture.title[0] ? input->capture.title : input->path;

	if (!strcmp(format, "chrome"))
		return aie_trace_export_chrome(out, timeline, title, error);
	if (!strcmp(format, "csv"))
		return aie_trace_export_csv(out, timeline, error);
	return aie_trace_export_vcd(out, timeline, title, error);
}

int trace_export(int argc, char **argv)
{
	struct trace_options options = { 0 };
	struct aie_error error = { 0 };
	struct aie_trace_timeline *timeline;
	struct trace_input input;
	const char *path = NULL, *format = "chrome", *output = "-";
	struct aie_file_output out;
	int status;

	if (trace_arguments(argc, argv, &options, (const char *const[]){ "--format", "-o", NULL },
	                    (const char **[]){ &format, &output }, &path))
		return 2;
	if (options.json)
		return trace_usage("export: --json was not expected (--format chrome is JSON)");
	if (strcmp(format, "chrome") && strcmp(format, "csv") && strcmp(format, "vcd"))
		return trace_usage("--format %s: there are chrome, csv and vcd", format);
	timeline = load(&input, path, &options, &status);
	if (!timeline)
		return status;
	if (aie_file_open(&out, output, &error) == 0)
		aie_file_close(&out, export_to(out.stream, format, &input, timeline, &error), &error);
	trace_notes(&input, timeline);
	status = error.category ? trace_failed(&error) : verdict(&input, timeline, false);
	aie_trace_timeline_close(timeline);
	free(timeline);
	trace_close(&input);
	return status;
}
