#include "tests/tools/traced.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int result, const struct aie_error *error)
{
	if (result)
		fail_msg("%s", error->text);
}

static void create_job(struct traced *traced, const char *settings)
{
	struct aie_operator_setting setting[16];
	struct aie_error error = { 0 };
	char copy[200];
	size_t count = 0;

	snprintf(copy, sizeof copy, "%s", settings);
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
		assert_true(count < 16);
		setting[count].name = word;
		setting[count++].value = strtok(NULL, " ");
	}
	traced->operator= aie_operator_find("gemv-int4");
	traced->job = traced->operator->create(setting, count, &error);
	if (!traced->job)
		fail_msg("%s", error.text);
	traced->info = traced->operator->info(traced->job);
}

/* The plan and the instruction stream with it. */
static void make_image(struct traced *traced, const char *events, struct aie_bytes *stream)
{
	const struct aie_operator_image *image = traced->operator->image(traced->job);
	static struct aie_tracing_survey survey;
	struct aie_tracing_wish wish;
	struct aie_error error = { 0 };

	aie_tracing_wish_default(&wish);
	if (events)
		must(aie_tracing_wish_parse(&wish, events, &error), &error);
	must(aie_tracing_survey(&survey, image->xclbin, image->xclbin_size, image->instructions,
	                        image->instructions_size, image->columns, &error),
	     &error);
	must(aie_tracing_plan(&traced->plan, &wish, &survey, &error), &error);
	must(aie_tracing_instructions(&traced->plan, image->instructions, image->instructions_size,
	                              (unsigned)traced->info->argument_count, traced->bytes, stream, &error),
	     &error);
	must(aie_trace_config_image(&traced->capture.config, image->xclbin, image->xclbin_size, &error), &error);
	must(aie_trace_config_image(&traced->capture.config, stream->data, stream->size, &error), &error);
	aie_trace_config_prune(&traced->capture.config);
}

static struct aie_buffer *make_buffer(struct traced *traced, size_t size, enum aie_buffer_kind kind)
{
	struct aie_error error = { 0 };
	struct aie_buffer *buffer = aie_buffer_create(traced->device, size, kind, &error);

	if (!buffer)
		fail_msg("%s", error.text);
	return buffer;
}

static void run(struct traced *traced, const struct aie_bytes *stream)
{
	const struct aie_operator_image *image = traced->operator->image(traced->job);
	const size_t count = traced->info->argument_count;
	const void *data[TRACED_ARGUMENTS] = { NULL };
	struct aie_operator_result result;
	struct aie_error error = { 0 };

	traced->device = aie_device_open("sim", &error);
	if (!traced->device)
		fail_msg("%s", error.text);
	aie_device_profile_reset(traced->device, true);
	must(aie_device_record(traced->device, true, &error), &error);
	traced->context =
	        aie_context_create_xclbin(traced->device, image->xclbin, image->xclbin_size, image->kernel, &error);
	if (!traced->context)
		fail_msg("%s", error.text);
	traced->instructions = make_buffer(traced, stream->size, AIE_BUFFER_INSTRUCTION);
	memcpy(aie_buffer_data(traced->instructions), stream->data, stream->size);
	for (size_t i = 0; i < count; i++) {
		traced->argument[i] = make_buffer(traced, traced->info->argument[i].size, AIE_BUFFER_HOST);
		if (traced->info->argument[i].direction == AIE_ARGUMENT_IN)
			must(traced->operator->fill(traced->job, i, aie_buffer_data(traced->argument[i]), &error),
			     &error);
		data[i] = aie_buffer_data(traced->argument[i]);
	}
	traced->argument[count] = make_buffer(traced, traced->bytes, AIE_BUFFER_HOST);
	traced->command = aie_command_create(traced->context, traced->instructions, stream->size, traced->argument,
	                                     count + 1, &error);
	if (!traced->command)
		fail_msg("%s", error.text);
	must(aie_command_submit(traced->command, &error), &error);
	must(aie_command_wait(traced->command, -1, &error), &error);
	must(traced->operator->check(traced->job, data, &result, &error), &error);
	traced->correct = result.pass;
}

void traced_run(struct traced *traced, const char *settings, const char *events, size_t bytes)
{
	struct aie_bytes stream;
	struct aie_error error = { 0 };

	memset(traced, 0, sizeof *traced);
	traced->bytes = bytes;
	create_job(traced, settings);
	make_image(traced, events, &stream);
	run(traced, &stream);
	aie_bytes_free(&stream);
	must(aie_device_profile(traced->device, &traced->profile, &error), &error);
	must(aie_device_records(traced->device, &traced->records, &error), &error);
	assert_true(traced->records.complete);
	assert_int_equal(traced->plan.sink_count, 1);
	traced->capture.words = aie_buffer_data(traced->argument[traced->info->argument_count]);
	traced->capture.word_count = bytes / 4;
	must(aie_trace_timeline_read(&traced->timeline, &traced->capture, &error), &error);
}

void traced_close(struct traced *traced)
{
	aie_trace_timeline_close(&traced->timeline);
	aie_command_destroy(traced->command);
	aie_context_destroy(traced->context);
	for (size_t i = 0; i < TRACED_ARGUMENTS; i++)
		aie_buffer_destroy(traced->argument[i]);
	aie_buffer_destroy(traced->instructions);
	aie_device_close(traced->device);
	traced->operator->destroy(traced->job);
}

unsigned traced_unit(const struct traced *traced, unsigned column, unsigned row, unsigned module)
{
	for (unsigned i = 0; i < traced->timeline.config.unit_count; i++) {
		const struct aie_trace_unit_config *unit = &traced->timeline.config.unit[i];

		if (unit->column == column && unit->row == row && unit->module == module)
			return i;
	}
	fail_msg("(%u,%u) %s is not traced", column, row, aie_event_module_name((enum aie_event_module)module));
	return 0;
}
