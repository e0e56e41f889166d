/* What aie-run says about an operator's run. */
#include <stdlib.h>
#include <string.h>

#include "driver/image/core_elf.h"
#include "driver/tools/operator_run.h"
#include "driver/tools/report.h"
#include "isa/line_table.h"

struct names {
	const struct aie_operator_info *info;
	char text[64];
	struct aie_line_table lines; /* of the first worker's program */
};

static const char *lock_name(void *user, unsigned column, unsigned row, unsigned lock_id)
{
	struct names *names = user;

	for (size_t i = 0; i < names->info->lock_count; i++) {
		const struct aie_operator_lock *lock = &names->info->lock[i];

		if (lock->column == column && lock->row == row && lock->lock + 48U == lock_id) {
			snprintf(names->text, sizeof names->text, "%s %s", lock->fifo, lock->role);
			return names->text;
		}
	}
	return NULL;
}

static const struct aie_asm_source *source_called(const struct aie_operator_info *info, const char *name)
{
	for (size_t i = 0; i < info->source_count; i++)
		if (!strcmp(info->source[i]->name, name))
			return info->source[i];
	return NULL;
}

static int source_line(void *user, uint32_t address, struct aie_report_source *source)
{
	const struct names *names = user;
	const struct aie_line_row *row = aie_line_table_find(&names->lines, address);
	const struct aie_asm_source *file;
	const char *at, *end;

	if (!row || !row->line)
		return -1;
	*source = (struct aie_report_source){ .file = names->lines.file[row->file], .line = row->line };
	file = source_called(names->info, source->file);
	if (!file)
		return 0;
	at = file->text;
	end = file->text + file->size;
	for (uint32_t line = 1; line < row->line && at; line++) {
		at = memchr(at, '\n', (size_t)(end - at));
		at += at != NULL;
	}
	if (!at)
		return 0;
	source->text = at;
	source->text_length = strcspn(at, "\n");
	return 0;
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

static struct aie_report_context report_context(const struct operator_run *run, struct names *names)
{
	struct aie_report_context context = {
		.user = names,
		.lock_name = lock_name,
		.source_line = source_line,
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
	context.loop_code = loop_code(run);
	return context;
}

static void open_names(struct names *names, const struct operator_run *run)
{
	struct aie_error none = { 0 };

	memset(names, 0, sizeof *names);
	names->info = run->info;
	/* A program without line numbers, or with a table of a kind that is not read, is shown without its source. */
	if (run->info->worker_count)
		aie_line_table_read(&names->lines, run->info->worker[0].elf, run->info->worker[0].elf_size, &none);
}

static void close_names(struct names *names, struct aie_report_context *context)
{
	aie_line_table_close(&names->lines);
	free((void *)(uintptr_t)context->loop_code);
	context->loop_code = NULL;
}

/* The summary, and with --profile the explanation, made from the same JSON that scripts get. */
static void print_cost(const struct operator_run *run, const struct aie_profile *profile)
{
	struct names names = { .info = run->info };
	struct aie_report_context context = report_context(run, &names);
	const struct aie_error none = { .category = AIE_ERROR_NONE };
	struct aie_error error = { .category = AIE_ERROR_NONE };
	char *text = NULL;
	size_t size = 0;
	FILE *json;

	aie_report_summary(stdout, profile, &context, !run->common.profile);
	close_names(&names, &context);
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
	aie_trace_run_print(stdout, &run->common.trace, profile, run->run_seconds);
}

void operator_print_json(FILE *out, const struct operator_run *run, const struct aie_error *failure,
                         const struct aie_profile *profile)
{
	const struct aie_operator_result *result = &run->result;
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
		struct aie_report_context context;
		struct names names;

		open_names(&names, run);
		context = report_context(run, &names);
		aie_report_json(&json, profile, &context);
		close_names(&names, &context);
	}
	aie_trace_run_json(&json, &run->common.trace, profile);
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
