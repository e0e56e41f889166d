/* What aie-run says about an operator's run. */
#include <stdlib.h>
#include <string.h>

#include "driver/image/core_elf.h"
#include "driver/tools/operator_run.h"
#include "driver/tools/report.h"

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
	}
	return context;
}

/* The summary, and with --profile the explanation, made from the same JSON that scripts get. */
static void print_cost(const struct operator_run *run, const struct aie_profile *profile)
{
	struct lock_names names = { .info = run->info };
	struct aie_report_context context = report_context(run, &names);
	const struct aie_error none = { .category = AIE_ERROR_NONE };
	struct aie_error error = { .category = AIE_ERROR_NONE };
	uint8_t *code = loop_code(run);
	char *text = NULL;
	size_t size = 0;
	FILE *json;

	context.loop_code = code;
	aie_report_summary(stdout, profile, &context, !run->common.profile);
	free(code);
	if (!run->common.profile)
		return;
	json = open_memstream(&text, &size);
	if (json) {
		operator_print_json(json, run, &none, profile);
		fclose(json);
	}
	if (!json || aie_report_explain(stdout, text, size, &error))
		fprintf(stderr, "aie-run: no explanation: %s\n", json ? error.text : "out of memory");
	free(text);
}

void operator_print_text(const struct operator_run *run, const struct aie_error *failure,
                         const struct aie_profile *profile)
{
	const struct aie_operator_result *result = &run->result;
	struct aie_device_info device;
	struct aie_error error = { 0 };

	if (failure->category) {
		if (profile && profile->waits[0])
			fprintf(stderr, "waiting:\n%s", profile->waits);
		if (profile && profile->checks)
			fprintf(stderr, "checks:\n%s", profile->checks);
		return;
	}
	printf("operator  %s\n", run->info->title);
	if (aie_device_info(run->device, &device, &error) == 0)
		printf("device    %s%s, %u columns x %u rows, array clock %u MHz\n", device.driver,
		       device.simulated ? " (model)" : "", device.columns, device.rows, device.clock_mhz[1]);
	printf("result    %s: %lu outputs", result->pass ? "correct" : "WRONG", (unsigned long)result->elements);
	if (result->exact_checked)
		printf(", %lu differ from the exact arithmetic", (unsigned long)result->exact_mismatches);
	if (result->reference_checked)
		printf(", cosine %.9f, largest error %.4g, %lu outside %s", result->cosine, result->max_error,
		       (unsigned long)result->tolerance_failures, result->rule);
	putchar('\n');
	if (result->exact_checked && result->exact_mismatches)
		printf("          first at output %lu: got 0x%04x, expected 0x%04x\n",
		       (unsigned long)result->first_mismatch, result->got_bits, result->expected_bits);
	if (result->note[0])
		printf("          %s\n", result->note);
	if (profile) {
		print_cost(run, profile);
		printf("host      %.3f s for the run, %.0f array cycles per second\n", run->run_seconds,
		       (double)profile->cycles / run->run_seconds);
	} else {
		printf("time      %.1f us of host time from submission to completion\n", run->run_seconds * 1e6);
	}
}

void operator_print_json(FILE *out, const struct operator_run *run, const struct aie_error *failure,
                         const struct aie_profile *profile)
{
	const struct aie_operator_result *result = &run->result;
	struct lock_names names = { .info = run->info };
	struct aie_json json;

	aie_json_init(&json, out);
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
