/* aie-run --xclbin F --insts F ...: run an image that somebody else built, on any device. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver/aie.h"
#include "driver/image/txn.h"
#include "driver/tools/files.h"
#include "driver/tools/report.h"
#include "driver/tools/run.h"

enum { MAX_ARGUMENTS = 5 }; /* buffers of mlir-aie's kernel register map (bo0..bo4) */

static const size_t XCLBIN_LIMIT = (size_t)512 << 20, BUFFER_LIMIT = (size_t)4 << 30;

struct argument {
	bool output;
	char *path;    /* owned */
	uint8_t *data; /* inputs: the file's bytes, until they are in the buffer */
	size_t size;
	struct aie_buffer *buffer;
};

struct image_run {
	struct aie_run_common common;
	const char *xclbin_path, *insts_path, *kernel;
	struct argument argument[MAX_ARGUMENTS];
	size_t argument_count;
	uint8_t *xclbin, *insts;
	size_t xclbin_size, insts_size;
	struct aie_device *device;
	struct aie_context *context;
	struct aie_buffer *instructions;
	struct aie_command *command;
};

/* "FILE:SIZE" with SIZE in bytes, optionally followed by K, M or G (powers of 1024). */
static int parse_output(struct argument *argument, const char *text)
{
	const char *colon = strrchr(text, ':');
	char *end;
	unsigned long long size;

	if (!colon || colon == text)
		return aie_run_usage("--out %s: expected FILE:SIZE", text);
	errno = 0;
	size = strtoull(colon + 1, &end, 0);
	if (*end == 'K' || *end == 'M' || *end == 'G') {
		const unsigned shift = *end == 'K' ? 10 : *end == 'M' ? 20 : 30;

		size = size > (BUFFER_LIMIT >> shift) ? BUFFER_LIMIT + 1 : size << shift;
		end++;
	}
	if (errno || end == colon + 1 || *end || colon[1] == '-' || size == 0 || size > BUFFER_LIMIT)
		return aie_run_usage("--out %s: '%s' is not a size between 1 byte and 4 GiB", text, colon + 1);
	argument->output = true;
	argument->size = (size_t)size;
	argument->path = strndup(text, (size_t)(colon - text));
	return argument->path ? 0 : aie_run_usage("out of memory");
}

static int parse(struct image_run *run, int argc, char **argv)
{
	for (int i = 0; i < argc;) {
		const char *option = argv[i];
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;
		int taken = aie_run_common_option(&run->common, argc, argv, &i);

		if (taken < 0)
			return 2;
		if (taken)
			continue;
		if (strcmp(option, "--xclbin") && strcmp(option, "--insts") && strcmp(option, "--kernel") &&
		    strcmp(option, "--in") && strcmp(option, "--out"))
			return aie_run_usage("%s: unknown option", option);
		if (!value)
			return aie_run_usage("%s: a value is missing", option);
		i += 2;
		if (!strcmp(option, "--xclbin")) {
			run->xclbin_path = value;
		} else if (!strcmp(option, "--insts")) {
			run->insts_path = value;
		} else if (!strcmp(option, "--kernel")) {
			run->kernel = value;
		} else {
			struct argument *argument = &run->argument[run->argument_count];

			if (run->argument_count == MAX_ARGUMENTS)
				return aie_run_usage("%s %s: more than %d buffer arguments", option, value,
				                     MAX_ARGUMENTS);
			run->argument_count++;
			if (!strcmp(option, "--out")) {
				int status = parse_output(argument, value);

				if (status)
					return status;
			} else {
				argument->path = strdup(value);
			}
		}
	}
	if (!run->xclbin_path)
		return aie_run_usage("--xclbin is missing");
	if (!run->insts_path)
		return aie_run_usage("--insts is missing");
	return 0;
}

static int load(struct image_run *run, struct aie_error *error)
{
	if (aie_file_read(run->xclbin_path, XCLBIN_LIMIT, &run->xclbin, &run->xclbin_size, error) ||
	    aie_file_read(run->insts_path, XCLBIN_LIMIT, &run->insts, &run->insts_size, error))
		return -1;
	for (size_t i = 0; i < run->argument_count; i++) {
		struct argument *argument = &run->argument[i];

		if (argument->output)
			continue;
		if (aie_file_read(argument->path, BUFFER_LIMIT, &argument->data, &argument->size, error))
			return -1;
		if (argument->size == 0)
			return aie_error_set(error, AIE_ERROR_INPUT, "%s: empty", argument->path);
	}
	return 0;
}

static int make_buffers(struct image_run *run, struct aie_error *error)
{
	run->instructions = aie_buffer_create(run->device, run->insts_size, AIE_BUFFER_INSTRUCTION, error);
	if (!run->instructions)
		return -1;
	memcpy(aie_buffer_data(run->instructions), run->insts, run->insts_size);
	if (aie_buffer_flush(run->instructions, 0, run->insts_size, error))
		return -1;
	for (size_t i = 0; i < run->argument_count; i++) {
		struct argument *argument = &run->argument[i];

		argument->buffer = aie_buffer_create(run->device, argument->size, AIE_BUFFER_HOST, error);
		if (!argument->buffer)
			return aie_error_prefix(error, "%s", argument->path);
		if (!argument->output) {
			memcpy(aie_buffer_data(argument->buffer), argument->data, argument->size);
			free(argument->data);
			argument->data = NULL;
		}
		if (aie_buffer_flush(argument->buffer, 0, argument->size, error))
			return -1;
	}
	return 0;
}

static int execute(struct image_run *run, struct aie_error *error)
{
	struct aie_buffer *buffers[MAX_ARGUMENTS];

	for (size_t i = 0; i < run->argument_count; i++)
		buffers[i] = run->argument[i].buffer;
	run->command = aie_command_create(run->context, run->instructions, run->insts_size, buffers,
	                                  run->argument_count, error);
	if (!run->command || aie_command_submit(run->command, error) ||
	    aie_command_wait(run->command, run->common.timeout_ms, error))
		return -1;
	for (size_t i = 0; i < run->argument_count; i++) {
		struct argument *argument = &run->argument[i];

		if (argument->output &&
		    (aie_buffer_invalidate(argument->buffer, 0, argument->size, error) ||
		     aie_file_write(argument->path, aie_buffer_data(argument->buffer), argument->size, error)))
			return -1;
	}
	return 0;
}

/* Bring the older text form into the binary one, and check the stream before anything is created on the device. */
static int check_instructions(struct image_run *run, struct aie_error *error)
{
	const struct aie_txn_limits limits = { .execute = true, .arguments = (unsigned)run->argument_count };
	struct aie_txn txn;

	if (aie_txn_recognise_text(run->insts, run->insts_size)) {
		struct aie_bytes bytes = { 0 };

		if (aie_txn_from_text((const char *)run->insts, run->insts_size, &bytes, error))
			return aie_error_prefix(error, "%s", run->insts_path);
		free(run->insts);
		run->insts = bytes.data;
		run->insts_size = bytes.size;
	}
	if (aie_txn_open(&txn, run->insts, run->insts_size, &limits, error))
		return aie_error_prefix(error, "%s", run->insts_path);
	aie_txn_close(&txn);
	return 0;
}

static int run_all(struct image_run *run, struct aie_error *error)
{
	if (load(run, error) || check_instructions(run, error))
		return -1;
	run->device = aie_device_open(run->common.device, error);
	if (!run->device)
		return -1;
	aie_device_profile_reset(run->device, run->common.profile);
	run->context = aie_context_create_xclbin(run->device, run->xclbin, run->xclbin_size, run->kernel, error);
	if (!run->context)
		return error->category == AIE_ERROR_INPUT ? aie_error_prefix(error, "%s", run->xclbin_path) : -1;
	return make_buffers(run, error) || execute(run, error) ? -1 : 0;
}

static void destroy(struct image_run *run)
{
	aie_command_destroy(run->command);
	aie_context_destroy(run->context);
	for (size_t i = 0; i < run->argument_count; i++) {
		aie_buffer_destroy(run->argument[i].buffer);
		free(run->argument[i].data);
		free(run->argument[i].path);
	}
	aie_buffer_destroy(run->instructions);
	aie_device_close(run->device);
	free(run->xclbin);
	free(run->insts);
}

static void print_json(FILE *out, const struct aie_error *failure, const struct aie_profile *profile,
                       double host_seconds)
{
	struct aie_json json;

	aie_json_init(&json, out);
	aie_json_begin_object(&json, NULL);
	aie_json_string(&json, "status", failure->category ? "failed" : "done");
	if (failure->category)
		aie_json_string(&json, "error", failure->text);
	if (profile)
		aie_report_json(&json, profile, NULL);
	aie_json_double(&json, "host_seconds", host_seconds, 6);
	aie_json_end_object(&json);
	aie_json_finish(&json);
}

static void print_text(const struct image_run *run, const struct aie_error *failure, const struct aie_profile *profile,
                       double host_seconds)
{
	struct aie_error error = { 0 };
	char *text = NULL;
	size_t size = 0;
	FILE *json;

	if (failure->category) {
		if (profile && profile->waits[0])
			fprintf(stderr, "waiting:\n%s", profile->waits);
		if (profile && profile->checks)
			fprintf(stderr, "checks:\n%s", profile->checks);
		return;
	}
	printf("done      %.3f s of host time\n", host_seconds);
	if (!profile)
		return;
	aie_report_summary(stdout, profile, NULL, !run->common.profile);
	if (!run->common.profile)
		return;
	json = open_memstream(&text, &size);
	if (json) {
		print_json(json, failure, profile, host_seconds);
		fclose(json);
	}
	if (!json || aie_report_explain(stdout, text, size, &error))
		fprintf(stderr, "aie-run: no explanation: %s\n", json ? error.text : "out of memory");
	free(text);
}

static void print_result(struct image_run *run, const struct aie_error *failure, double host_seconds)
{
	struct aie_profile *profile = run->device ? calloc(1, sizeof *profile) : NULL;
	struct aie_error error = { 0 };

	if (profile && aie_device_profile(run->device, profile, &error) != 0) {
		free(profile);
		profile = NULL;
	}
	if (run->common.json)
		print_json(stdout, failure, profile, host_seconds);
	else
		print_text(run, failure, profile, host_seconds);
	free(profile);
}

int aie_run_image(int argc, char **argv)
{
	struct image_run run = { .common = { .device = "auto", .timeout_ms = -1 } };
	struct aie_error error = { 0 };
	struct timespec start, stop;
	int status = parse(&run, argc, argv);

	if (status == 0) {
		clock_gettime(CLOCK_MONOTONIC, &start);
		run_all(&run, &error);
		clock_gettime(CLOCK_MONOTONIC, &stop);
		if (error.category)
			fprintf(stderr, "aie-run: %s\n", error.text);
		print_result(&run, &error,
		             (double)(stop.tv_sec - start.tv_sec) + (double)(stop.tv_nsec - start.tv_nsec) * 1e-9);
		status = aie_error_exit_status(&error);
	}
	destroy(&run);
	return status;
}
