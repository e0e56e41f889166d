/* aie-run OPERATOR ...: build an operator's image, run it on a device, check the result, say what it cost and why. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "isa/file.h"
#include "driver/tools/operator_run.h"
#include "driver/tools/progress.h"
#include "driver/tools/symbols.h"

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) * 1e-9;
}

/* -M 2048, --tsi 1, --tsi=1: the operator checks names and values. */
static int parse(struct operator_run *run, int argc, char **argv)
{
	for (int i = 1; i < argc;) {
		struct aie_operator_setting *setting = &run->setting[run->setting_count];
		const char *name = argv[i], *equals;
		int taken = aie_run_common_option(&run->common, argc, argv, &i);

		if (taken < 0)
			return 2;
		if (taken)
			continue;
		if (name[0] != '-' || !name[1] || (name[1] == '-' && !name[2]))
			return aie_run_usage("%s: an option was expected", name);
		if (run->setting_count == MAX_SETTINGS)
			return aie_run_usage("%s: too many options", name);
		if (!strcmp(name, "--save")) {
			if (i + 1 >= argc)
				return aie_run_usage("--save: a value is missing");
			run->save = argv[i + 1];
			i += 2;
			continue;
		}
		name += name[1] == '-' ? 2 : 1;
		equals = strchr(name, '=');
		if (equals) {
			char *copy = strndup(name, (size_t)(equals - name));

			if (!copy)
				return aie_run_usage("out of memory");
			run->owned[run->owned_count++] = copy;
			setting->name = copy;
			setting->value = equals + 1;
			i++;
		} else {
			if (i + 1 >= argc)
				return aie_run_usage("%s: a value is missing", argv[i]);
			setting->name = name;
			setting->value = argv[i + 1];
			i += 2;
		}
		run->setting_count++;
	}
	if (run->common.trace.place.argument > 0 || run->common.trace.place.size)
		return aie_run_usage("--trace-buffer is for images that configure their trace units themselves");
	return aie_trace_run_check(&run->common.trace);
}

static int save_file(const struct operator_run *run, const char *suffix, const void *data, size_t size,
                     struct aie_error *error)
{
	char path[4096];

	if ((size_t)snprintf(path, sizeof path, "%s.%s", run->save, suffix) >= sizeof path)
		return aie_error_set(error, AIE_ERROR_INPUT, "--save %.60s...: the name is too long", run->save);
	return aie_file_write(path, data, size, error);
}

/* --save PREFIX: the image and the inputs as files, for other loaders and for aie-run --xclbin. */
static int save(const struct operator_run *run, struct aie_error *error)
{
	const struct aie_operator_image *image = run->operator->image(run->job);

	if (save_file(run, "xclbin", image->xclbin, image->xclbin_size, error) ||
	    save_file(run, "insts.bin", image->instructions, image->instructions_size, error))
		return -1;
	for (size_t i = 0; i < run->info->argument_count; i++) {
		const struct aie_operator_argument *argument = &run->info->argument[i];
		char suffix[64];
		void *data;
		int result;

		if (argument->direction != AIE_ARGUMENT_IN)
			continue;
		data = calloc(1, argument->size);
		if (!data)
			return aie_error_set(error, AIE_ERROR_MEMORY, "--save: no memory for %zu bytes",
			                     argument->size);
		snprintf(suffix, sizeof suffix, "%s.bin", argument->name);
		result = run->operator->fill(run->job, i, data, error) ||
		                         save_file(run, suffix, data, argument->size, error)
		                 ? -1
		                 : 0;
		free(data);
		if (result)
			return -1;
	}
	return 0;
}

/* The instruction stream as it will run, with the set-up of the trace in it when there is one. */
static int make_instructions(struct operator_run *run, struct aie_error *error)
{
	const struct aie_operator_image *image = run->operator->image(run->job);
	const void *stream = image->instructions;
	struct aie_trace_run *trace = &run->common.trace;

	run->instruction_bytes = image->instructions_size;
	if (trace->path) {
		const struct aie_trace_target traced = {
			.xclbin = image->xclbin,
			.xclbin_size = image->xclbin_size,
			.instructions = image->instructions,
			.instructions_size = image->instructions_size,
			.arguments = run->info->argument_count,
			.limit = AIE_RUN_BUFFERS,
		};

		if (aie_trace_run_prepare(trace, run->device, run->context, &traced,
		                          &run->argument[run->info->argument_count], error))
			return -1;
		stream = trace->stream;
		run->instruction_bytes = trace->stream_size;
		if (run->save && save_file(run, "traced.insts.bin", stream, run->instruction_bytes, error))
			return -1;
	}
	run->instructions = aie_buffer_create(run->device, run->instruction_bytes, AIE_BUFFER_INSTRUCTION, error);
	if (!run->instructions)
		return -1;
	memcpy(aie_buffer_data(run->instructions), stream, run->instruction_bytes);
	return aie_buffer_flush(run->instructions, 0, run->instruction_bytes, error);
}

static int prepare(struct operator_run *run, struct aie_error *error)
{
	const struct aie_operator_image *image = run->operator->image(run->job);
	size_t count = run->info->argument_count;

	if (count >= MAX_ARGUMENTS)
		return aie_error_set(error, AIE_ERROR_INTERNAL, "operator with %zu arguments", count);
	run->device = aie_device_open(run->common.device, error);
	if (!run->device)
		return -1;
	aie_device_profile_reset(run->device, run->common.profile);
	run->context = aie_context_create_xclbin(run->device, image->xclbin, image->xclbin_size, image->kernel, error);
	if (!run->context)
		return -1;
	if (make_instructions(run, error))
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct aie_operator_argument *argument = &run->info->argument[i];

		run->argument[i] = aie_buffer_create(run->device, argument->size, AIE_BUFFER_HOST, error);
		if (!run->argument[i])
			return aie_error_prefix(error, "%s", argument->name);
		if (argument->direction == AIE_ARGUMENT_IN &&
		    run->operator->fill(run->job, i, aie_buffer_data(run->argument[i]), error))
			return -1;
		if (aie_buffer_flush(run->argument[i], 0, argument->size, error))
			return -1;
	}
	run->command = aie_command_create(run->context, run->instructions, run->instruction_bytes, run->argument,
	                                  count + (run->argument[count] != NULL), error);
	return run->command ? 0 : -1;
}

static int run_command(struct operator_run *run, struct aie_error *error)
{
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	aie_trace_run_submitted(&run->common.trace);
	if (aie_command_submit(run->command, error) ||
	    aie_progress_wait(run->device, run->command, run->common.timeout_ms,
	                      run->info->bytes_read + run->info->bytes_written, run->common.json, error))
		return -1;
	aie_trace_run_completed(&run->common.trace);
	run->run_seconds = seconds_since(&start);
	return 0;
}

static int execute(struct operator_run *run, struct aie_error *error)
{
	const void *data[MAX_ARGUMENTS] = { NULL };

	if (run_command(run, error)) {
		aie_trace_run_failed(&run->common.trace, run->device, run->context, run->info->title, run->argument,
		                     error);
		return -1;
	}
	for (size_t i = 0; i < run->info->argument_count; i++) {
		if (run->info->argument[i].direction == AIE_ARGUMENT_OUT &&
		    aie_buffer_invalidate(run->argument[i], 0, run->info->argument[i].size, error))
			return -1;
		data[i] = aie_buffer_data(run->argument[i]);
	}
	if (run->operator->check(run->job, data, &run->result, error))
		return -1;
	run->checked = true;
	if (run->common.trace.path &&
	    aie_trace_run_store(&run->common.trace, run->device, run->context, run->info->title, run->argument, error))
		return -1;
	return run->operator->store(run->job, data, error);
}

static void close_device(struct operator_run *run)
{
	aie_command_destroy(run->command);
	aie_context_destroy(run->context);
	for (size_t i = 0; i < MAX_ARGUMENTS; i++)
		if (run->argument[i] != run->common.trace.buffer)
			aie_buffer_destroy(run->argument[i]);
	aie_trace_run_destroy(&run->common.trace);
	aie_buffer_destroy(run->instructions);
	aie_device_close(run->device);
}

/* The same run without a trace, for what tracing costs; a failure shows in the traced run, too. */
static void measure_plain(struct operator_run *run)
{
	struct operator_run plain = {
		.common = run->common, .operator= run->operator, .job = run->job, .info = run->info
	};
	struct aie_profile *profile = calloc(1, sizeof *profile);
	struct aie_error ignored = { 0 };

	memset(&plain.common.trace, 0, sizeof plain.common.trace);
	plain.common.profile = false;
	if (profile && !prepare(&plain, &ignored) && !run_command(&plain, &ignored)) {
		run->common.trace.plain_seconds = plain.run_seconds;
		if (!aie_device_profile(plain.device, profile, &ignored)) {
			run->common.trace.plain_cycles = profile->cycles - profile->configure_cycles;
			run->common.trace.plain_dispatch = profile->dispatch_cycles;
		}
	}
	close_device(&plain);
	free(profile);
}

static void destroy(struct operator_run *run)
{
	close_device(run);
	if (run->operator)
		run->operator->destroy(run->job);
	for (size_t i = 0; i < run->owned_count; i++)
		free(run->owned[i]);
}

static int run_job(struct operator_run *run, struct aie_error *error)
{
	run->job = run->operator->create(run->setting, run->setting_count, error);
	if (!run->job)
		return -1;
	run->info = run->operator->info(run->job);
	if (run->save && save(run, error))
		return -1;
	if (run->common.trace.path)
		measure_plain(run);
	return prepare(run, error) || execute(run, error) ? -1 : 0;
}

int aie_run_operator(int argc, char **argv)
{
	struct operator_run run = { .common = { .device = "auto", .timeout_ms = -1 } };
	struct aie_profile *profile = NULL;
	struct aie_error error = { 0 }, ignored = { 0 };
	char *checks = NULL;
	int status;

	run.operator= aie_operator_find(argv[0]);
	if (!run.operator)
		return aie_run_usage("%s: there is no such operator", argv[0]);
	status = parse(&run, argc, argv);
	if (status) {
		destroy(&run);
		return status;
	}
	run_job(&run, &error);
	if (error.category)
		fprintf(stderr, "aie-run: %s\n", error.text);
	if (run.device)
		profile = calloc(1, sizeof *profile);
	if (profile && aie_device_profile(run.device, profile, &ignored) != 0) {
		free(profile);
		profile = NULL;
	}
	if (profile && run.info)
		checks = aie_symbols_name(profile, run.info->worker, run.info->worker_count);
	if (run.common.json)
		operator_print_json(stdout, &run, &error, profile);
	else if (run.info)
		operator_print_text(&run, &error, profile);
	status = error.category ? aie_error_exit_status(&error) : run.result.pass ? 0 : 1;
	free(checks);
	free(profile);
	destroy(&run);
	return status;
}
