/* aie-run OPERATOR ...: build an operator's image, run it on a device, check the result, say what it cost and why. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver/aie.h"
#include "driver/image/core_elf.h"
#include "driver/image/core_elf.h"
#include "driver/tools/files.h"
#include "driver/tools/report.h"
#include "driver/tools/run.h"
#include "isa/isa.h"
#include "kernels/operator.h"

enum { MAX_SETTINGS = 64, MAX_ARGUMENTS = 8 };

struct operator_run {
	struct aie_run_common common;
	const struct aie_operator *operator;
	const char *save; /* prefix of the files that --save writes, or NULL */
	struct aie_operator_setting setting[MAX_SETTINGS];
	size_t setting_count;
	char *owned[MAX_SETTINGS]; /* names split off "--name=value" */
	size_t owned_count;
	struct aie_operator_job *job;
	const struct aie_operator_info *info;
	struct aie_device *device;
	struct aie_context *context;
	struct aie_buffer *instructions, *argument[MAX_ARGUMENTS];
	struct aie_command *command;
	struct aie_operator_result result;
	bool checked;
	double run_seconds; /* host time from submission to completion */
};

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
	return 0;
}

static int save_file(const struct operator_run *run, const char *suffix, const void *data, size_t size, struct aie_error *error)
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
			return aie_error_set(error, AIE_ERROR_MEMORY, "--save: no memory for %zu bytes", argument->size);
		snprintf(suffix, sizeof suffix, "%s.bin", argument->name);
		result = run->operator->fill(run->job, i, data, error) || save_file(run, suffix, data, argument->size, error) ? -1 : 0;
		free(data);
		if (result)
			return -1;
	}
	return 0;
}

static int prepare(struct operator_run *run, struct aie_error *error)
{
	const struct aie_operator_image *image = run->operator->image(run->job);

	run->device = aie_device_open(run->common.device, error);
	if (!run->device)
		return -1;
	aie_device_profile_reset(run->device, run->common.profile);
	run->context = aie_context_create_xclbin(run->device, image->xclbin, image->xclbin_size, image->kernel, error);
	if (!run->context)
		return -1;
	run->instructions = aie_buffer_create(run->device, image->instructions_size, AIE_BUFFER_INSTRUCTION, error);
	if (!run->instructions)
		return -1;
	memcpy(aie_buffer_data(run->instructions), image->instructions, image->instructions_size);
	if (aie_buffer_flush(run->instructions, 0, image->instructions_size, error))
		return -1;
	if (run->info->argument_count > MAX_ARGUMENTS)
		return aie_error_set(error, AIE_ERROR_INTERNAL, "operator with %zu arguments", run->info->argument_count);
	for (size_t i = 0; i < run->info->argument_count; i++) {
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
	run->command = aie_command_create(run->context, run->instructions, image->instructions_size, run->argument,
					  run->info->argument_count, error);
	return run->command ? 0 : -1;
}

static int execute(struct operator_run *run, struct aie_error *error)
{
	const void *data[MAX_ARGUMENTS] = { NULL };
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	if (aie_command_submit(run->command, error) || aie_command_wait(run->command, run->common.timeout_ms, error))
		return -1;
	run->run_seconds = seconds_since(&start);
	for (size_t i = 0; i < run->info->argument_count; i++) {
		if (run->info->argument[i].direction == AIE_ARGUMENT_OUT &&
		    aie_buffer_invalidate(run->argument[i], 0, run->info->argument[i].size, error))
			return -1;
		data[i] = aie_buffer_data(run->argument[i]);
	}
	if (run->operator->check(run->job, data, &run->result, error))
		return -1;
	run->checked = true;
	return run->operator->store(run->job, data, error);
}

static void destroy(struct operator_run *run)
{
	aie_command_destroy(run->command);
	for (size_t i = 0; i < MAX_ARGUMENTS; i++)
		aie_buffer_destroy(run->argument[i]);
	aie_buffer_destroy(run->instructions);
	aie_context_destroy(run->context);
	aie_device_close(run->device);
	if (run->operator)
		run->operator->destroy(run->job);
	for (size_t i = 0; i < run->owned_count; i++)
		free(run->owned[i]);
}

/* ---- output ---- */

struct lock_names {
	const struct aie_operator_info *info;
	char text[64];
};

static const char *lock_name(void *user, unsigned column, unsigned row, unsigned lock_id)
{
	struct lock_names *names = user;

	for (size_t i = 0; i < names->info->lock_count; i++) {
		const struct aie_operator_lock *lock = &names->info->lock[i];

		if (lock->column == column && lock->row == row && lock->lock + 48U == lock_id) {
			snprintf(names->text, sizeof names->text, "%s %s", lock->fifo, lock->role);
			return names->text;
		}
	}
	return NULL;
}

/* Instructions of one pass through a loop: decode what stands there, count all but the nops of slots.  0 when the program
 * cannot be read. */
static uint32_t loop_instructions(const struct aie_operator_worker *worker, const struct aie_operator_loop *loop)
{
	struct aie_error error = { 0 };
	struct aie_core_elf elf;
	uint32_t count = 0;

	if (aie_core_elf_open(&elf, worker->elf, worker->elf_size, false, &error))
		return 0;
	for (uint32_t i = 0; i < elf.piece_count; i++) {
		const struct aie_core_elf_piece *piece = &elf.piece[i];
		uint32_t at = loop->begin - piece->offset;

		if (piece->window != AIE_WINDOW_PROGRAM || !piece->data || loop->begin < piece->offset)
			continue;
		while (at < piece->size && piece->offset + at < loop->end) {
			struct aie_bundle bundle;

			if (aie_isa_decode(piece->data + at, piece->size - at, &bundle, &error))
				break;
			for (unsigned j = 0; j < bundle.count; j++)
				count += !(aie_isa_opcode(bundle.insn[j].opcode)->flags & AIE_OPCODE_NOP);
			at += bundle.size;
		}
	}
	aie_core_elf_close(&elf);
	return count;
}

static struct aie_report_context report_context(const struct operator_run *run, struct lock_names *names)
{
	struct aie_report_context context = {
		.user = names,
		.lock_name = lock_name,
		.bytes_moved = run->info->useful_bytes,
		.macs = run->info->macs,
	};

	if (run->info->loop_count) {
		const struct aie_operator_loop *loop = &run->info->loop[0];

		context.loop_begin = loop->begin;
		context.loop_end = loop->end;
		context.units_per_pass = loop->units;
		context.unit = loop->unit;
		if (run->info->worker_count)
			context.loop_instructions = loop_instructions(&run->info->worker[0], loop);
	}
	return context;
}

static void print_text(const struct operator_run *run, const struct aie_error *failure, const struct aie_profile *profile)
{
	const struct aie_operator_result *result = &run->result;
	struct lock_names names = { .info = run->info };
	const struct aie_report_context context = report_context(run, &names);
	struct aie_device_info device;
	struct aie_error error = { 0 };

	if (failure->category) {
		if (profile && profile->waits[0])
			fprintf(stderr, "waiting:\n%s", profile->waits);
		return;
	}
	printf("operator  %s\n", run->info->title);
	if (aie_device_info(run->device, &device, &error) == 0)
		printf("device    %s%s, %u columns x %u rows, array clock %u MHz\n", device.driver, device.simulated ? " (model)" : "",
		       device.columns, device.rows, device.clock_mhz[1]);
	printf("result    %s: %lu outputs", result->pass ? "correct" : "WRONG", (unsigned long)result->elements);
	if (result->exact_checked)
		printf(", %lu differ from the exact arithmetic", (unsigned long)result->exact_mismatches);
	if (result->reference_checked)
		printf(", cosine %.9f, largest error %.4g, %lu outside %s", result->cosine, result->max_error,
		       (unsigned long)result->tolerance_failures, result->rule);
	putchar('\n');
	if (result->exact_checked && result->exact_mismatches)
		printf("          first at output %lu: got 0x%04x, expected 0x%04x\n", (unsigned long)result->first_mismatch,
		       result->got_bits, result->expected_bits);
	if (result->note[0])
		printf("          %s\n", result->note);
	if (profile) {
		if (run->common.profile)
			aie_report_text(stdout, profile, &context);
		else
			aie_report_summary(stdout, profile, &context);
		printf("host      %.3f s for the run, %.0f array cycles per second\n", run->run_seconds,
		       (double)profile->cycles / run->run_seconds);
	} else {
		printf("time      %.1f us of host time from submission to completion\n", run->run_seconds * 1e6);
	}
}

/* The program of the inner loop, from the first worker's ELF, in fresh memory; NULL when it is not all there. */
static uint8_t *loop_code(const struct operator_run *run)
{
	const struct aie_operator_loop *loop = run->info->loop_count ? &run->info->loop[0] : NULL;
	struct aie_core_elf elf;
	struct aie_error error = { 0 };
	uint8_t *code = NULL;

	if (!loop || !run->info->worker_count || loop->end <= loop->begin ||
	    aie_core_elf_open(&elf, run->info->worker[0].elf, run->info->worker[0].elf_size, false, &error))
		return NULL;
	for (uint32_t i = 0; i < elf.piece_count && !code; i++) {
		const struct aie_core_elf_piece *piece = &elf.piece[i];

		if (piece->window != AIE_WINDOW_PROGRAM || !piece->data || loop->begin < piece->offset ||
		    loop->end - piece->offset > piece->size)
			continue;
		code = malloc(loop->end - loop->begin);
		if (code)
			memcpy(code, piece->data + (loop->begin - piece->offset), loop->end - loop->begin);
	}
	aie_core_elf_close(&elf);
	return code;
}

static void print_json(const struct operator_run *run, const struct aie_error *failure, const struct aie_profile *profile)
{
	const struct aie_operator_result *result = &run->result;
	struct lock_names names = { .info = run->info };
	struct aie_json json;

	aie_json_init(&json, stdout);
	aie_json_begin_object(&json, NULL);
	aie_json_string(&json, "operator", run->operator->name);
	aie_json_string(&json, "status", failure->category ? "failed" : result->pass ? "done" : "wrong");
	if (failure->category)
		aie_json_string(&json, "error", failure->text);
	if (run->info)
		aie_json_string(&json, "title", run->info->title);
	if (run->checked) {
		aie_json_begin_object(&json, "check");
		aie_json_u64(&json, "outputs", result->elements);
		if (result->exact_checked)
			aie_json_u64(&json, "mismatches", result->exact_mismatches);
		if (result->reference_checked) {
			aie_json_double(&json, "cosine", result->cosine, 12);
			aie_json_double(&json, "max_error", result->max_error, 9);
			aie_json_double(&json, "max_relative_error", result->max_relative_error, 9);
			aie_json_u64(&json, "rule_failures", result->tolerance_failures);
			aie_json_string(&json, "rule", result->rule);
		}
		aie_json_end_object(&json);
	}
	if (profile && run->info) {
		struct aie_report_context context = report_context(run, &names);
		uint8_t *code = loop_code(run);

		context.loop_code = code;
		aie_report_json(&json, profile, &context);
		free(code);
	}
	if (run->checked) {
		aie_json_begin_object(&json, "host");
		aie_json_double(&json, "run_seconds", run->run_seconds, 6);
		if (profile)
			aie_json_double(&json, "cycles_per_second", (double)profile->cycles / run->run_seconds, 6);
		aie_json_end_object(&json);
	}
	aie_json_end_object(&json);
	aie_json_finish(&json);
}

static int run_job(struct operator_run *run, struct aie_error *error)
{
	run->job = run->operator->create(run->setting, run->setting_count, error);
	if (!run->job)
		return -1;
	run->info = run->operator->info(run->job);
	if (run->save && save(run, error))
		return -1;
	return prepare(run, error) || execute(run, error) ? -1 : 0;
}

int aie_run_operator(int argc, char **argv)
{
	struct operator_run run = { .common = { .device = "auto", .timeout_ms = -1 } };
	struct aie_profile *profile = NULL;
	struct aie_error error = { 0 }, ignored = { 0 };
	int status;

	run.operator = aie_operator_find(argv[0]);
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
	if (run.common.json)
		print_json(&run, &error, profile);
	else if (run.info)
		print_text(&run, &error, profile);
	status = error.category ? aie_error_exit_status(&error) : run.result.pass ? 0 : 1;
	free(profile);
	destroy(&run);
	return status;
}
