#include "driver/tools/trace_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver/tools/run.h"
#include "isa/file.h"
#include "traces/capture.h"

/* ---- options ----------------------------------------------------------------------------------------------------- */

enum { PACKET_BYTES = 32, PACKET_WORDS = 8 };

static const size_t TRACE_LIMIT = (size_t)1 << 30;

/* Bytes, optionally with K or M. */
static int parse_bytes(const char *option, const char *text, size_t length, size_t limit, size_t *bytes)
{
	char copy[24], *end;
	unsigned long long value;
	unsigned shift = 0;

	if (length && length < sizeof copy && text[0] >= '0' && text[0] <= '9') {
		memcpy(copy, text, length);
		copy[length] = 0;
		errno = 0;
		value = strtoull(copy, &end, 0);
		if (*end == 'K' || *end == 'M')
			shift = *end++ == 'K' ? 10 : 20;
		if (!errno && !*end && value <= limit >> shift) {
			*bytes = (size_t)value << shift;
			return 0;
		}
	}
	aie_run_usage("%s %s: '%.*s' is not a number of bytes up to %zu", option, text, (int)length, text, limit);
	return -1;
}

/* ARGUMENT[:OFFSET[:SIZE]] */
static int parse_place(struct aie_trace_place *place, const char *text)
{
	const char *colon = strchr(text, ':');
	size_t number;

	if (parse_bytes("--trace-buffer", text, colon ? (size_t)(colon - text) : strlen(text), 255, &number))
		return -1;
	place->argument = (int)number;
	for (size_t *into = &place->offset; colon; into = into == &place->offset ? &place->size : NULL) {
		const char *next = strchr(++colon, ':');

		if (!into) {
			aie_run_usage("--trace-buffer %s: expected ARGUMENT[:OFFSET[:SIZE]]", text);
			return -1;
		}
		if (parse_bytes("--trace-buffer", colon, next ? (size_t)(next - colon) : strlen(colon), TRACE_LIMIT,
		                into))
			return -1;
		colon = next;
	}
	if (place->offset % 4 || place->size % 4) {
		aie_run_usage("--trace-buffer %s: offset and size must be whole 32-bit words", text);
		return -1;
	}
	return 0;
}

int aie_trace_run_option(struct aie_trace_run *trace, int argc, char **argv, int *index)
{
	const char *option = argv[*index];
	const char *value = *index + 1 < argc ? argv[*index + 1] : NULL;
	struct aie_error error = { 0 };

	if (strcmp(option, "--trace") && strcmp(option, "--trace-events") && strcmp(option, "--trace-size") &&
	    strcmp(option, "--trace-buffer"))
		return 0;
	if (!value) {
		aie_run_usage("%s: a value is missing", option);
		return -1;
	}
	*index += 2;
	if (!trace->bytes) {
		aie_tracing_wish_default(&trace->wish);
		trace->bytes = AIE_TRACING_DEFAULT_BYTES;
		trace->place.argument = AIE_TRACE_OWN_BUFFER;
	}
	if (!strcmp(option, "--trace")) {
		trace->path = value;
	} else if (!strcmp(option, "--trace-size")) {
		if (parse_bytes(option, value, strlen(value), TRACE_LIMIT, &trace->bytes))
			return -1;
		if (trace->bytes < 2 * PACKET_BYTES) {
			aie_run_usage("%s %s: too small for a packet", option, value);
			return -1;
		}
	} else if (!strcmp(option, "--trace-buffer")) {
		if (parse_place(&trace->place, value))
			return -1;
	} else if (aie_tracing_wish_parse(&trace->wish, value, &error)) {
		aie_run_usage("%s", error.text);
		return -1;
	}
	return 1;
}

int aie_trace_run_check(const struct aie_trace_run *trace)
{
	if (!trace->path && trace->bytes)
		return aie_run_usage("--trace FILE is missing: the other trace options say what to put there");
	if (trace->path && trace->wish.everything && trace->place.argument != AIE_TRACE_OWN_BUFFER)
		return aie_run_usage("--trace-events all needs no --trace-buffer");
	return 0;
}

/* ---- before the run ---------------------------------------------------------------------------------------------- */

static int plan_trace(struct aie_trace_run *trace, const struct aie_trace_target *image, unsigned columns,
                      struct aie_error *error)
{
	struct aie_tracing_survey *survey = malloc(sizeof *survey);
	int status = -1;

	trace->plan = malloc(sizeof *trace->plan);
	if (!survey || !trace->plan) {
		free(survey);
		return aie_error_set(error, AIE_ERROR_MEMORY, "--trace: no memory");
	}
	if (aie_tracing_survey(survey, image->xclbin, image->xclbin_size, image->instructions, image->instructions_size,
	                       columns, error))
		goto out;
	if (aie_tracing_surveyed_trace(survey)) {
		aie_error_set(
		        error, AIE_ERROR_INPUT,
		        "--trace: the image configures trace units itself; name the buffer argument it writes them "
		        "to with --trace-buffer ARGUMENT[:OFFSET[:SIZE]]");
		goto out;
	}
	if (image->arguments >= image->limit) {
		aie_error_set(error, AIE_ERROR_INPUT,
		              "--trace: no kernel argument is left for the trace buffer, the image uses all %zu",
		              image->limit);
		goto out;
	}
	if (aie_tracing_plan(trace->plan, &trace->wish, survey, error))
		goto out;
	status = aie_tracing_instructions(trace->plan, image->instructions, image->instructions_size,
	                                  (unsigned)image->arguments, trace->bytes, &trace->instructions, error);
out:
	free(survey);
	return status;
}

static int check_place(const struct aie_trace_run *trace, const struct aie_trace_target *image, struct aie_error *error)
{
	if ((size_t)trace->place.argument >= image->arguments)
		return aie_error_set(error, AIE_ERROR_INPUT, "--trace-buffer %d: the run has %zu buffer arguments",
		                     trace->place.argument, image->arguments);
	return 0;
}

int aie_trace_run_prepare(struct aie_trace_run *trace, struct aie_device *device, struct aie_context *context,
                          const struct aie_trace_target *image, struct aie_buffer **extra, struct aie_error *error)
{
	*extra = NULL;
	trace->xclbin = image->xclbin;
	trace->xclbin_size = image->xclbin_size;
	trace->stream = image->instructions;
	trace->stream_size = image->instructions_size;
	if (trace->wish.everything)
		return aie_device_record(device, true, error) ? aie_error_prefix(error, "--trace-events all") : 0;
	if (trace->place.argument != AIE_TRACE_OWN_BUFFER)
		return check_place(trace, image, error);
	if (plan_trace(trace, image, aie_context_columns(context), error))
		return -1;
	trace->stream = trace->instructions.data;
	trace->stream_size = trace->instructions.size;
	trace->buffer = aie_buffer_create(device, trace->bytes, AIE_BUFFER_HOST, error);
	if (!trace->buffer)
		return aie_error_prefix(error, "--trace-size %zu", trace->bytes);
	*extra = trace->buffer;
	return aie_buffer_flush(trace->buffer, 0, trace->bytes, error);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void aie_trace_run_submitted(struct aie_trace_run *trace)
{
	trace->submitted_ns = now_ns();
}

void aie_trace_run_completed(struct aie_trace_run *trace)
{
	trace->completed_ns = now_ns();
}

/* ---- after the run ----------------------------------------------------------------------------------------------- */

/* Words up to the last one that was written, in whole packets. */
static size_t used_words(const uint32_t *words, size_t count)
{
	while (count && !words[count - 1])
		count--;
	return (count + PACKET_WORDS - 1) / PACKET_WORDS * PACKET_WORDS;
}

/* The parts of the buffer, one a sink, put together without what was not written. */
static uint32_t *gather(struct aie_trace_run *trace, const uint32_t *words, size_t part, size_t *count)
{
	uint32_t *gathered = calloc(part * trace->sinks + PACKET_WORDS, sizeof *gathered);

	*count = 0;
	for (unsigned i = 0; gathered && i < trace->sinks; i++) {
		size_t used = used_words(words + i * part, part);

		if (used > part)
			used = part;
		trace->full += used == part;
		memcpy(gathered + *count, words + i * part, used * sizeof *gathered);
		*count += used;
	}
	return gathered;
}

/* The image as it ran; with `units` what it says of trace units. */
static int add_images(const struct aie_trace_run *trace, struct aie_trace_capture *capture, bool units,
                      struct aie_error *error)
{
	if (aie_capture_add_image(capture, "xclbin", trace->xclbin, trace->xclbin_size, error) ||
	    aie_capture_add_image(capture, "instructions", trace->stream, trace->stream_size, error))
		return -1;
	if (!units)
		return 0;
	if (aie_trace_config_image(&capture->config, trace->xclbin, trace->xclbin_size, error) ||
	    aie_trace_config_image(&capture->config, trace->stream, trace->stream_size, error))
		return -1;
	aie_trace_config_prune(&capture->config);
	return 0;
}

static int describe(const struct aie_trace_run *trace, struct aie_device *device, struct aie_context *context,
                    const char *title, struct aie_trace_capture *capture, struct aie_error *error)
{
	struct aie_trace_command command = { .submitted_ns = 0,
		                             .completed_ns = trace->completed_ns - trace->submitted_ns };
	struct aie_device_info info;
	struct aie_context_state state;
	struct aie_error ignored = { 0 };

	if (aie_device_info(device, &info, error))
		return -1;
	snprintf(capture->title, sizeof capture->title, "%s", title);
	snprintf(capture->device, sizeof capture->device, "%s", info.driver);
	capture->simulated = info.simulated;
	capture->columns = info.columns;
	capture->rows = info.rows;
	/* The second clock of the query is the array's. */
	if (aie_trace_add_clock(&capture->config, "array", info.clock_mhz[1] * UINT64_C(1000000), error) ||
	    aie_trace_add_clock(&capture->config, "controller", info.clock_mhz[0] * UINT64_C(1000000), error))
		return -1;
	/* Packets carry the array's column; a device that does not tell where the partition lies has it at 0. */
	if (aie_context_state(context, &state, &ignored) == 0)
		capture->config.first_column = state.start_column;
	return aie_capture_add_command(capture, &command, error);
}

/* What only the model tells: cycles, and units that lost data. */
static void ask_model(struct aie_trace_run *trace, struct aie_device *device, struct aie_trace_capture *capture)
{
	struct aie_profile *profile = calloc(1, sizeof *profile);
	struct aie_error ignored = { 0 };
	size_t used = 0;

	if (!profile || aie_device_profile(device, profile, &ignored)) {
		free(profile);
		return;
	}
	/* Times of the host say nothing of a model; its own are the same in every run. */
	if (capture->command_count && profile->clock_hz) {
		capture->command[0].cycles = profile->cycles - profile->configure_cycles;
		capture->command[0].completed_ns =
		        (uint64_t)((unsigned __int128)capture->command[0].cycles * 1000000000 / profile->clock_hz);
	}
	trace->overruns = profile->overrun_count;
	for (unsigned i = 0; i < profile->overrun_count && used < sizeof trace->overrun; i++)
		used += (size_t)snprintf(trace->overrun + used, sizeof trace->overrun - used, "%s%s (%u,%u)",
		                         i ? ", " : "",
		                         aie_event_module_name((enum aie_event_module)profile->overrun[i].module),
		                         profile->overrun[i].column, profile->overrun[i].row);
	free(profile);
}

static void note(struct aie_trace_capture *capture, const char *text)
{
	if (capture->note_count < AIE_CAPTURE_MAX_NOTES)
		snprintf(capture->note[capture->note_count++], sizeof capture->note[0], "%s", text);
}

static void add_notes(const struct aie_trace_run *trace, struct aie_trace_capture *capture)
{
	char text[sizeof capture->note[0]];

	if (trace->failure[0]) {
		snprintf(text, sizeof text, "the run failed: %.120s", trace->failure);
		note(capture, text);
	}
	if (trace->full) {
		snprintf(text, sizeof text, "the trace buffer was full: later packets are lost");
		note(capture, text);
	}
	if (trace->overruns) {
		snprintf(text, sizeof text, "overrun, data lost: %.120s", trace->overrun);
		note(capture, text);
	}
}

static int write_capture(struct aie_trace_run *trace, const struct aie_trace_capture *capture, struct aie_error *error)
{
	void *data;
	size_t size;

	if (aie_capture_write(capture, &data, &size, error))
		return -1;
	if (aie_file_write(trace->path, data, size, error)) {
		free(data);
		return -1;
	}
	free(data);
	trace->stored = true;
	return 0;
}

/* The part of the buffer that takes the trace. */
static int find_buffer(struct aie_trace_run *trace, struct aie_buffer *const *argument, const uint32_t **words,
                       size_t *size, struct aie_error *error)
{
	struct aie_buffer *buffer = trace->buffer ? trace->buffer : argument[trace->place.argument];
	const size_t offset = trace->buffer ? 0 : trace->place.offset, all = aie_buffer_size(buffer);

	if (offset > all || trace->place.size > all - offset)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "--trace-buffer: offset %zu and size %zu do not lie in the argument's %zu bytes",
		                     offset, trace->place.size, all);
	*size = trace->buffer ? trace->bytes : trace->place.size ? trace->place.size : all - offset;
	*words = (const uint32_t *)(const void *)((const char *)aie_buffer_data(buffer) + offset);
	return aie_buffer_invalidate(buffer, offset, *size, error);
}

static int store_packets(struct aie_trace_run *trace, struct aie_trace_capture *capture,
                         struct aie_buffer *const *argument, struct aie_error *error)
{
	const uint32_t *words = NULL;
	uint32_t *gathered;
	size_t size = 0;
	int status;

	if (add_images(trace, capture, true, error) || find_buffer(trace, argument, &words, &size, error))
		return -1;
	trace->sinks = trace->plan ? trace->plan->sink_count : 1;
	gathered = gather(trace, words, (trace->plan ? aie_tracing_part(trace->plan, size) : size) / 4,
	                  &capture->word_count);
	if (!gathered)
		return aie_error_set(error, AIE_ERROR_MEMORY, "--trace: no memory for the capture");
	capture->words = gathered;
	trace->packets = capture->word_count / PACKET_WORDS;
	trace->units = capture->config.unit_count;
	add_notes(trace, capture);
	status = write_capture(trace, capture, error);
	free(gathered);
	return status;
}

static int store_record(struct aie_trace_run *trace, struct aie_device *device, struct aie_trace_capture *capture,
                        struct aie_error *error)
{
	struct aie_profile_records records;

	if (add_images(trace, capture, false, error) || aie_device_records(device, &records, error))
		return -1;
	capture->record = records.record;
	capture->record_count = records.count;
	capture->record_complete = records.complete;
	trace->recorded = records.count;
	trace->incomplete = !records.complete;
	add_notes(trace, capture);
	if (trace->incomplete)
		note(capture, "the record is not complete: what came later is lost for lack of memory");
	return write_capture(trace, capture, error);
}

int aie_trace_run_store(struct aie_trace_run *trace, struct aie_device *device, struct aie_context *context,
                        const char *title, struct aie_buffer *const *argument, struct aie_error *error)
{
	struct aie_trace_capture *capture = calloc(1, sizeof *capture);
	int status;

	if (!capture)
		return aie_error_set(error, AIE_ERROR_MEMORY, "--trace: no memory for the capture");
	status = describe(trace, device, context, title, capture, error);
	if (!status) {
		ask_model(trace, device, capture);
		status = trace->wish.everything ? store_record(trace, device, capture, error)
		                                : store_packets(trace, capture, argument, error);
	}
	aie_capture_close(capture);
	free(capture);
	return status;
}

void aie_trace_run_failed(struct aie_trace_run *trace, struct aie_device *device, struct aie_context *context,
                          const char *title, struct aie_buffer *const *argument, const struct aie_error *failure)
{
	struct aie_error error = { 0 };

	if (!trace->path || !trace->submitted_ns)
		return;
	aie_trace_run_completed(trace);
	snprintf(trace->failure, sizeof trace->failure, "%.100s", failure->text);
	if (aie_trace_run_store(trace, device, context, title, argument, &error))
		fprintf(stderr, "aie-run: no trace: %s\n", error.text);
	else
		fprintf(stderr, "aie-run: what was traced up to the failure is in %s\n", trace->path);
}

void aie_trace_run_destroy(struct aie_trace_run *trace)
{
	aie_buffer_destroy(trace->buffer);
	aie_bytes_free(&trace->instructions);
	free(trace->plan);
	trace->buffer = NULL;
	trace->plan = NULL;
}

/* ---- output ------------------------------------------------------------------------------------------------------ */

static uint64_t run_cycles(const struct aie_profile *profile)
{
	return profile ? profile->cycles - profile->configure_cycles : 0;
}

static void print_cost(FILE *out, const struct aie_trace_run *trace, const struct aie_profile *profile, double seconds)
{
	const uint64_t cycles = run_cycles(profile);

	if (trace->plain_cycles && cycles) {
		const int64_t more = (int64_t)(cycles - trace->plain_cycles);
		const int64_t setup = (int64_t)(profile->dispatch_cycles - trace->plain_dispatch);

		fprintf(out,
		        "          %" PRIu64 " cycles without the trace, %+" PRId64 " (%+.2f %%) with it: %+" PRId64
		        " for set-up and stop, %+" PRId64 " while the array works\n",
		        trace->plain_cycles, more, 100 * (double)more / (double)trace->plain_cycles, setup,
		        more - setup);
	} else if (trace->plain_seconds > 0) {
		fprintf(out, "          %.1f us of host time without the trace, %.1f us with it\n",
		        trace->plain_seconds * 1e6, seconds * 1e6);
	}
}

void aie_trace_run_print(FILE *out, const struct aie_trace_run *trace, const struct aie_profile *profile,
                         double seconds)
{
	if (!trace->stored)
		return;
	if (trace->wish.everything)
		fprintf(out, "trace     %s: %zu entries of everything%s\n", trace->path, trace->recorded,
		        trace->incomplete ? ", NOT COMPLETE: what came later did not fit" : "");
	else
		fprintf(out, "trace     %s: %zu packets of %zu units\n", trace->path, trace->packets, trace->units);
	print_cost(out, trace, profile, seconds);
	if (trace->plan && trace->plan->left_out[0])
		fprintf(out, "          not traced, no way out: shim %s\n", trace->plan->left_out);
	if (trace->full)
		fputs("          the buffer is FULL, what came later is lost: give a larger --trace-size or fewer "
		      "events\n",
		      out);
	if (trace->overruns)
		fprintf(out, "          OVERRUN, events lost in %u units: %s; give fewer events or tiles\n",
		        trace->overruns, trace->overrun);
}

void aie_trace_run_json(struct aie_json *json, const struct aie_trace_run *trace, const struct aie_profile *profile)
{
	if (!trace->stored)
		return;
	aie_json_begin_object(json, "trace");
	aie_json_string(json, "file", trace->path);
	if (trace->wish.everything) {
		aie_json_u64(json, "entries", trace->recorded);
		aie_json_bool(json, "complete", !trace->incomplete);
	} else {
		aie_json_u64(json, "packets", trace->packets);
		aie_json_u64(json, "units", trace->units);
		aie_json_bool(json, "full", trace->full != 0);
		aie_json_u64(json, "overruns", trace->overruns);
	}
	if (profile && trace->plain_cycles) {
		aie_json_u64(json, "cycles", run_cycles(profile));
		aie_json_u64(json, "cycles_without", trace->plain_cycles);
	}
	aie_json_end_object(json);
}
