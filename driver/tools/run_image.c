/* aie-run --xclbin F --insts F ..., aie-run --elf F ...: run an image that somebody else built, on any device. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver/aie.h"
#include "driver/image/control_elf.h"
#include "driver/image/txn.h"
#include "driver/image/xclbin.h"
#include "driver/tools/progress.h"
#include "driver/tools/report.h"
#include "driver/tools/run.h"
#include "driver/tools/run_arguments.h"
#include "driver/tools/symbols.h"
#include "isa/file.h"

static const size_t image_limit = (size_t)512 << 20;

/* A file named on the command line. */
struct image_file {
	const char *path;
	uint8_t *data;
	size_t size;
};

struct image_run {
	struct aie_run_common common;
	struct image_file xclbin, insts, elf;
	const char *kernel;
	bool full;                     /* the ELF brings its own configuration */
	struct aie_core_elfs programs; /* for the names in reports */
	struct run_arguments arguments;
	struct aie_buffer *buffer[RUN_MAX_ARGUMENTS];
	struct aie_device *device;
	struct aie_context *context;
	struct aie_buffer *instructions;
	struct aie_program *program;
	struct aie_command *command;
	double run_seconds; /* host time from submission to completion */
};

static int check_options(const struct image_run *run)
{
	if (run->elf.path && run->insts.path)
		return aie_run_usage("--insts %s: the ELF brings its own instructions", run->insts.path);
	if (!run->elf.path && !run->xclbin.path)
		return aie_run_usage("--xclbin is missing");
	if (!run->elf.path && !run->insts.path)
		return aie_run_usage("--insts is missing");
	if (run->elf.path && run->common.trace.path)
		return aie_run_usage(
		        "--trace: trace set-up is put into --xclbin and --insts, not into a control-code ELF");
	return aie_trace_run_check(&run->common.trace);
}

static int parse(struct image_run *run, int argc, char **argv)
{
	for (int i = 0; i < argc;) {
		const struct {
			const char *option, **value;
		} texts[] = {
			{ "--xclbin", &run->xclbin.path },
			{ "--insts", &run->insts.path },
			{ "--elf", &run->elf.path },
			{ "--kernel", &run->kernel },
		};
		const char *option = argv[i];
		int taken = aie_run_common_option(&run->common, argc, argv, &i);

		if (!taken)
			taken = run_arguments_option(&run->arguments, argc, argv, &i);
		for (size_t j = 0; !taken && j < sizeof texts / sizeof texts[0]; j++) {
			if (strcmp(option, texts[j].option))
				continue;
			if (i + 1 >= argc)
				return aie_run_usage("%s: a value is missing", option);
			*texts[j].value = argv[i + 1];
			i += 2;
			taken = 1;
		}
		if (!taken && !strcmp(option, "--core-elf")) {
			if (i + 1 >= argc)
				return aie_run_usage("%s: a value is missing", option);
			if (run->programs.options == AIE_CORE_ELFS)
				return aie_run_usage("%s: more than %d", option, AIE_CORE_ELFS);
			run->programs.option[run->programs.options++] = argv[i + 1];
			i += 2;
			taken = 1;
		}
		if (taken < 0)
			return 2;
		if (!taken)
			return aie_run_usage("%s: unknown option", option);
	}
	return check_options(run);
}

static int load(struct image_file *file, struct aie_error *error)
{
	return file->path ? aie_file_read(file->path, image_limit, &file->data, &file->size, error) : 0;
}

/* What is wrong with an image is known before anything is made on the device. */
static int check_elf(struct image_run *run, struct aie_error *error)
{
	struct aie_control_elf elf;
	int status;

	if (aie_control_elf_open(&elf, run->elf.data, run->elf.size, error))
		return aie_error_prefix(error, "%s", run->elf.path);
	run->full = elf.full;
	status = aie_control_elf_check_device(&elf, error);
	if (!status && elf.full && run->xclbin.path)
		status = aie_error_set(error, AIE_ERROR_INPUT,
		                       "a full control-code ELF brings its own configuration, --xclbin %s is too much",
		                       run->xclbin.path);
	if (!status && !elf.full && !run->xclbin.path)
		status = aie_error_set(error, AIE_ERROR_INPUT,
		                       "a plain control-code ELF has no configuration: give its --xclbin, too");
	aie_control_elf_close(&elf);
	return status ? aie_error_prefix(error, "%s", run->elf.path) : 0;
}

/* Bring the older text form into the binary one, and check the stream before anything is created on the device. */
static int check_instructions(struct image_run *run, struct aie_error *error)
{
	struct aie_txn_limits limits = { .execute = true, .arguments = (unsigned)run->arguments.count };
	struct image_file *insts = &run->insts;
	struct aie_bytes bytes = { 0 };
	struct aie_xclbin xclbin;
	struct aie_txn txn;

	if (aie_xclbin_open(&xclbin, run->xclbin.data, run->xclbin.size, 0, error))
		return aie_error_prefix(error, "%s", run->xclbin.path);
	/* The stream's header has the columns of the device that it was made for, or of the partition. */
	limits.columns = xclbin.columns;
	aie_xclbin_close(&xclbin);
	if (aie_txn_from_file(insts->data, insts->size, &bytes, error))
		return aie_error_prefix(error, "%s", insts->path);
	free(insts->data);
	insts->data = bytes.data;
	insts->size = bytes.size;
	if (aie_txn_open(&txn, insts->data, insts->size, &limits, error))
		return aie_error_prefix(error, "%s", insts->path);
	aie_txn_close(&txn);
	return 0;
}

static int create_context(struct image_run *run, struct aie_error *error)
{
	/* In the plain ELF flow the configuration is the xclbin's, and so is the kernel's name. */
	unsigned columns = 0;

	if (run->xclbin.path) {
		run->context =
		        aie_context_create_xclbin(run->device, run->xclbin.data, run->xclbin.size, run->kernel, error);
		if (!run->context && error->category == AIE_ERROR_INPUT)
			aie_error_prefix(error, "%s", run->xclbin.path);
		return run->context ? 0 : -1;
	}
	if (aie_elf_columns(run->elf.data, run->elf.size, &columns, error))
		return -1;
	run->context = aie_context_create(run->device, columns, NULL, error);
	return run->context ? 0 : aie_error_prefix(error, "%s", run->elf.path);
}

/* The instruction stream as it will run, and the trace buffer behind the other arguments. */
static int add_trace(struct image_run *run, const void **stream, size_t *bytes, size_t *arguments,
                     struct aie_error *error)
{
	struct aie_trace_run *trace = &run->common.trace;
	const struct aie_trace_target target = {
		.xclbin = run->xclbin.data,
		.xclbin_size = run->xclbin.size,
		.instructions = *stream,
		.instructions_size = *bytes,
		.arguments = *arguments,
		.limit = AIE_RUN_BUFFERS,
	};
	struct aie_buffer *extra;

	if (!trace->path)
		return 0;
	if (aie_trace_run_prepare(trace, run->device, run->context, &target, &extra, error))
		return -1;
	*stream = trace->stream;
	*bytes = trace->stream_size;
	if (extra)
		run->buffer[(*arguments)++] = extra;
	return 0;
}

/* What is wrong with the instructions is said with the name of their file. */
static int made_of(const struct image_file *file, const struct aie_command *command, struct aie_error *error)
{
	if (!command && error->category == AIE_ERROR_INPUT)
		aie_error_prefix(error, "%s", file->path);
	return command ? 0 : -1;
}

static int create_command(struct image_run *run, struct aie_error *error)
{
	const void *stream = run->insts.data;
	size_t bytes = run->insts.size, arguments = run->arguments.count;

	if (run->elf.path) {
		run->program = aie_program_open(run->context, run->elf.data, run->elf.size,
		                                run->full ? run->kernel : NULL, error);
		if (!run->program)
			return aie_error_prefix(error, "%s", run->elf.path);
		run->command = aie_command_create_program(run->program, run->buffer, run->arguments.count, error);
		return made_of(&run->elf, run->command, error);
	}
	if (add_trace(run, &stream, &bytes, &arguments, error))
		return -1;
	run->instructions = aie_buffer_create(run->device, bytes, AIE_BUFFER_INSTRUCTION, error);
	if (!run->instructions)
		return -1;
	memcpy(aie_buffer_data(run->instructions), stream, bytes);
	if (aie_buffer_flush(run->instructions, 0, bytes, error))
		return -1;
	run->command = aie_command_create(run->context, run->instructions, bytes, run->buffer, arguments, error);
	return made_of(&run->insts, run->command, error);
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) * 1e-9;
}

static int execute(struct image_run *run, struct aie_error *error)
{
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	aie_trace_run_submitted(&run->common.trace);
	if (aie_command_submit(run->command, error) ||
	    aie_progress_wait(run->device, run->command, run->common.timeout_ms, 0, run->common.json, error))
		goto failed;
	aie_trace_run_completed(&run->common.trace);
	run->run_seconds = seconds_since(&start);
	if (run->common.trace.path &&
	    aie_trace_run_store(&run->common.trace, run->device, run->context, run->xclbin.path, run->buffer, error))
		return -1;
	return run_arguments_store(&run->arguments, error);
failed:
	aie_trace_run_failed(&run->common.trace, run->device, run->context, run->xclbin.path, run->buffer, error);
	return -1;
}

static int run_all(struct image_run *run, struct aie_error *error)
{
	if (load(&run->xclbin, error) || load(&run->insts, error) || load(&run->elf, error) ||
	    aie_core_elfs_load(&run->programs, error) ||
	    (run->elf.path ? check_elf(run, error) : check_instructions(run, error)) ||
	    run_arguments_load(&run->arguments, error))
		return -1;
	run->device = aie_device_open(run->common.device, error);
	if (!run->device)
		return -1;
	aie_device_profile_reset(run->device, run->common.profile);
	return create_context(run, error) || run_arguments_create(&run->arguments, run->device, run->buffer, error) ||
	                       create_command(run, error) || execute(run, error)
	               ? -1
	               : 0;
}

static void destroy(struct image_run *run)
{
	aie_command_destroy(run->command);
	aie_program_close(run->program);
	aie_context_destroy(run->context);
	aie_trace_run_destroy(&run->common.trace);
	run_arguments_destroy(&run->arguments);
	aie_core_elfs_free(&run->programs);
	aie_buffer_destroy(run->instructions);
	aie_device_close(run->device);
	free(run->xclbin.data);
	free(run->insts.data);
	free(run->elf.data);
}

/* ---- output ------------------------------------------------------------------------------------------------------ */

static void print_checks(struct aie_json *json, const struct image_run *run)
{
	aie_json_begin_array(json, "checks");
	for (size_t i = 0; i < run->arguments.count; i++) {
		const struct run_argument *argument = &run->arguments.list[i];
		const struct aie_comparison *comparison = &argument->comparison;

		if (!argument->compared)
			continue;
		aie_json_begin_object(json, NULL);
		aie_json_string(json, "file", argument->path);
		aie_json_string(json, "expected_file", argument->expected_path);
		aie_json_u64(json, "outputs", comparison->elements);
		aie_json_u64(json, "mismatches", comparison->differ);
		aie_json_double(json, "max_error", comparison->largest_error, 9);
		if (comparison->differ) {
			aie_json_u64(json, "first", comparison->first);
			aie_json_string(json, "got", comparison->got);
			aie_json_string(json, "expected", comparison->wanted);
		}
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
	aie_json_begin_array(json, "written_behind");
	for (size_t i = 0; i < run->arguments.count; i++)
		if (run->arguments.list[i].written_behind)
			aie_json_string(json, NULL, run->arguments.list[i].path);
	aie_json_end_array(json);
}

static void print_json(FILE *out, const struct image_run *run, const struct aie_error *failure,
                       const struct aie_profile *profile, double host_seconds)
{
	struct aie_json json;

	aie_json_init(&json, out);
	aie_json_begin_object(&json, NULL);
	aie_json_string(&json, "status",
	                failure->category                        ? "failed"
	                : run_arguments_correct(&run->arguments) ? "done"
	                                                         : "wrong");
	if (failure->category)
		aie_json_string(&json, "error", failure->text);
	print_checks(&json, run);
	if (profile)
		aie_report_json(&json, profile, NULL);
	aie_trace_run_json(&json, &run->common.trace, profile);
	aie_json_double(&json, "run_seconds", run->run_seconds, 6);
	aie_json_double(&json, "host_seconds", host_seconds, 6);
	aie_json_end_object(&json);
	aie_json_finish(&json);
}

static void print_comparisons(const struct image_run *run)
{
	for (size_t i = 0; i < run->arguments.count; i++) {
		const struct run_argument *argument = &run->arguments.list[i];
		const struct aie_comparison *comparison = &argument->comparison;

		if (argument->written_behind)
			printf("note      the run wrote behind the %zu bytes of %s\n", argument->size, argument->path);
		if (!argument->compared)
			continue;
		printf("result    %s: %zu elements of %s, %zu differ from %s", comparison->differ ? "WRONG" : "correct",
		       comparison->elements, argument->path, comparison->differ, argument->expected_path);
		if (comparison->largest_error > 0)
			printf(", largest error %.4g", comparison->largest_error);
		putchar('\n');
		if (comparison->differ)
			printf("          first at element %zu: got %s, expected %s\n", comparison->first,
			       comparison->got, comparison->wanted);
	}
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
	print_comparisons(run);
	aie_trace_run_print(stdout, &run->common.trace, profile, run->run_seconds);
	if (!profile) {
		printf("time      %.1f us of host time from submission to completion\n", run->run_seconds * 1e6);
		return;
	}
	aie_report_summary(stdout, profile, NULL, !run->common.profile);
	if (!run->common.profile)
		return;
	json = open_memstream(&text, &size);
	if (json) {
		print_json(json, run, failure, profile, host_seconds);
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
	char *checks = NULL;

	if (profile && aie_device_profile(run->device, profile, &error) != 0) {
		free(profile);
		profile = NULL;
	}
	if (profile && run->programs.workers)
		checks = aie_symbols_name(profile, run->programs.worker, run->programs.workers);
	if (run->common.json)
		print_json(stdout, run, failure, profile, host_seconds);
	else
		print_text(run, failure, profile, host_seconds);
	free(profile);
	free(checks);
}

int aie_run_image(int argc, char **argv)
{
	struct image_run run = { .common = { .device = "auto", .timeout_ms = -1 } };
	struct aie_error error = { 0 };
	struct timespec start;
	int status = parse(&run, argc, argv);

	if (status == 0) {
		clock_gettime(CLOCK_MONOTONIC, &start);
		run_all(&run, &error);
		if (error.category)
			fprintf(stderr, "aie-run: %s\n", error.text);
		print_result(&run, &error, seconds_since(&start));
		status = error.category ? aie_error_exit_status(&error) : run_arguments_correct(&run.arguments) ? 0 : 1;
	}
	destroy(&run);
	return status;
}
