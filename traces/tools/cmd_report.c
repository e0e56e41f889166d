/* aie-trace report and trend: results of runs explained, and followed over many runs. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "isa/file.h"
#include "traces/run_program.h"
#include "traces/run_report.h"
#include "traces/run_trace.h"
#include "traces/tools/input.h"
#include "traces/trend.h"

enum { RESULT_LIMIT = 64 << 20, MAX_FILES = 100000 };

static struct aie_json_document *read_json(const char *path, struct aie_error *error)
{
	struct aie_json_document *document;
	uint8_t *data;
	size_t size;

	if (aie_file_read(path, RESULT_LIMIT, &data, &size, error))
		return NULL;
	document = aie_json_parse((const char *)data, size, error);
	if (!document)
		aie_error_prefix(error, "%s", path);
	free(data);
	return document;
}

/* What a picture's writer puts in memory, then in a file that appears complete or not at all. */
struct picture {
	char *data;
	size_t size;
	FILE *out;
};

static int open_picture(struct picture *picture, struct aie_error *error)
{
	memset(picture, 0, sizeof *picture);
	picture->out = open_memstream(&picture->data, &picture->size);
	return picture->out ? 0 : aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a page");
}

static int store_picture(struct picture *picture, const char *path, struct aie_error *error)
{
	const bool failed = ferror(picture->out);
	int status = -1;

	if (fclose(picture->out) != 0 || failed)
		aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a page");
	else
		status = aie_file_write(path, picture->data, picture->size, error);
	free(picture->data);
	return status;
}

/* ---- report ---- */

struct report {
	struct aie_run_profile profile;
	struct aie_explanation explanation;
	struct trace_input input;
	struct aie_trace_timeline timeline;
	bool traced;
};

static int load_trace(struct report *report, const char *path, const struct trace_options *options,
                      struct aie_error *error)
{
	if (trace_open(&report->input, path, options, error))
		return -1;
	if (aie_trace_timeline_read(&report->timeline, &report->input.capture, error)) {
		trace_close(&report->input);
		return aie_error_prefix(error, "%s", path);
	}
	report->traced = true;
	trace_notes(&report->input, &report->timeline);
	return 0;
}

/* --core: the program that the loop's bundles belong to. */
static int add_program(struct report *report, const char *path, struct aie_error *error)
{
	uint8_t *elf;
	size_t size;
	int status;

	if (aie_file_read(path, RESULT_LIMIT, &elf, &size, error))
		return -1;
	status = aie_run_profile_add_program(&report->profile, path, elf, size, error);
	free(elf);
	return status ? aie_error_prefix(error, "%s", path) : 0;
}

/* What `aie-run --profile --json` printed. */
static int load_run(struct report *report, const char *path, const char *core, struct aie_error *error)
{
	struct aie_json_document *document = read_json(path, error);
	int status = -1;

	if (!document)
		return -1;
	status = aie_run_profile_read(&report->profile, aie_json_root(document), error);
	if (!status && core && add_program(report, core, error)) {
		aie_json_free(document);
		return -1;
	}
	if (!status)
		status = aie_explain(&report->explanation, &report->profile, error);
	if (status)
		aie_error_prefix(error, "%s", path);
	aie_json_free(document);
	return status;
}

static int load_capture(struct report *report, const char *path, const struct trace_options *options,
                        struct aie_error *error)
{
	if (load_trace(report, path, options, error))
		return -1;
	if (aie_run_profile_of_trace(&report->profile, &report->input.capture, &report->timeline, error))
		return aie_error_prefix(error, "%s", path);
	aie_explain_trace(&report->explanation, &report->profile);
	return 0;
}

static bool is_capture(const char *path)
{
	FILE *file = fopen(path, "rb");
	char head[32];
	size_t size;

	if (!file)
		return false;
	size = fread(head, 1, sizeof head, file);
	fclose(file);
	return aie_capture_recognise(head, size);
}

static int load_report(struct report *report, const char *path, const char *trace, const char *core,
                       const struct trace_options *options, struct aie_error *error)
{
	if (!is_capture(path))
		return load_run(report, path, core, error) || (trace && load_trace(report, trace, options, error)) ? -1
		                                                                                                   : 0;
	if (trace || core)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "%s is a trace: --trace and --core go with the result of a run", path);
	return load_capture(report, path, options, error);
}

static int write_report(const struct report *report, const char *html, bool as_json, struct aie_error *error)
{
	struct aie_json json;
	struct picture page;

	if (html) {
		if (open_picture(&page, error))
			return -1;
		aie_run_report_html(page.out, &report->profile, &report->explanation,
		                    report->traced ? &report->timeline : NULL);
		if (store_picture(&page, html, error))
			return -1;
	}
	if (!as_json) {
		aie_run_report_heading(stdout, &report->profile, &report->explanation);
		aie_run_report_text(stdout, &report->profile, &report->explanation);
		if (report->profile.traced)
			aie_trace_sums_text(stdout, &report->timeline);
		return 0;
	}
	aie_json_init(&json, stdout);
	aie_json_begin_object(&json, NULL);
	aie_run_report_json(&json, &report->profile, &report->explanation);
	if (report->profile.traced) {
		aie_trace_sums_json(&json, &report->timeline);
		aie_trace_losses_json(&json, &report->timeline.losses);
	}
	aie_json_end_object(&json);
	aie_json_finish(&json);
	return 0;
}

int trace_report(int argc, char **argv)
{
	struct trace_options options = { 0 };
	struct aie_error error = { 0 };
	const char *path = NULL, *html = NULL, *trace = NULL, *core = NULL;
	struct report *report;
	int status;

	if (trace_arguments(argc, argv, &options, (const char *const[]){ "--html", "--trace", "--core", NULL },
	                    (const char **[]){ &html, &trace, &core }, &path))
		return 2;
	if (!path)
		return trace_usage("report: the result of a run is missing");
	report = calloc(1, sizeof *report);
	if (!report)
		aie_error_set(&error, AIE_ERROR_MEMORY, "no memory");
	else if (!load_report(report, path, trace, core, &options, &error))
		write_report(report, html, options.json, &error);
	status = error.category ? trace_failed(&error) : trace_flush();
	if (report && report->traced) {
		aie_trace_timeline_close(&report->timeline);
		trace_close(&report->input);
	}
	free(report);
	return status;
}

/* ---- trend ---- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_names(char **name, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(name[i]);
	free(name);
}

/* The names of all files in a directory that end in ".json", sorted. */
static int list_results(const char *directory, char ***names, size_t *count, struct aie_error *error)
{
	DIR *open_directory = opendir(directory);
	struct dirent *entry;
	size_t capacity = 0;

	*names = NULL;
	*count = 0;
	if (!open_directory)
		return aie_error_set_errno(error, AIE_ERROR_INPUT, errno, "%s", directory);
	while ((entry = readdir(open_directory))) {
		const size_t length = strlen(entry->d_name);

		if (length < 6 || strcmp(entry->d_name + length - 5, ".json") != 0 || entry->d_name[0] == '.')
			continue;
		if (*count == capacity) {
			char **grown = realloc(*names, (capacity ? 2 * capacity : 64) * sizeof *grown);

			if (!grown || capacity > MAX_FILES)
				break;
			capacity = capacity ? 2 * capacity : 64;
			*names = grown;
		}
		(*names)[*count] = strdup(entry->d_name);
		if (!(*names)[*count])
			break;
		++*count;
	}
	closedir(open_directory);
	if (entry) {
		free_names(*names, *count);
		return aie_error_set(error, AIE_ERROR_MEMORY, "%s: no memory for so many results", directory);
	}
	if (*count)
		qsort(*names, *count, sizeof **names, compare_names);
	return 0;
}

static int collect(struct aie_trend *trend, const char *directory, struct aie_error *error)
{
	char **names;
	size_t count, taken = 0;
	int status = 0;

	if (list_results(directory, &names, &count, error))
		return -1;
	for (size_t i = 0; i < count && status >= 0; i++) {
		const size_t length = strlen(directory) + strlen(names[i]) + 2;
		char *path = malloc(length);
		struct aie_json_document *document = NULL;

		if (!path) {
			status = aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a path");
			break;
		}
		snprintf(path, length, "%s/%s", directory, names[i]);
		document = read_json(path, error);
		status = document ? aie_trend_add(trend, names[i], aie_json_root(document), error) : -1;
		if (status == 0)
			fprintf(stderr, "aie-trace: %s: has no number \"%s\", left out\n", path, trend->metric);
		taken += status > 0;
		aie_json_free(document);
		free(path);
	}
	free_names(names, count);
	if (status >= 0 && !taken)
		return aie_error_set(error, AIE_ERROR_INPUT, "%s: no result with a number \"%s\"", directory,
		                     trend->metric);
	return status < 0 ? -1 : 0;
}

static int show_trend(const struct aie_trend *trend, const char *svg, bool as_json, struct aie_error *error)
{
	struct picture picture;
	struct aie_json json;

	if (svg) {
		if (open_picture(&picture, error))
			return -1;
		aie_trend_svg(picture.out, trend);
		if (store_picture(&picture, svg, error))
			return -1;
	}
	if (!as_json) {
		aie_trend_text(stdout, trend);
		return 0;
	}
	aie_json_init(&json, stdout);
	aie_json_begin_object(&json, NULL);
	aie_trend_json(&json, trend);
	aie_json_end_object(&json);
	aie_json_finish(&json);
	return 0;
}

int trace_trend(int argc, char **argv)
{
	const char *directory = NULL, *metric = "cycles", *svg = NULL;
	struct aie_error error = { 0 };
	struct aie_trend trend;
	double threshold = HUGE_VAL;
	bool as_json = false, higher = false;
	int status;

	for (int i = 1; i < argc; i++) {
		const char *option = argv[i], *value;

		if (!strcmp(option, "--json")) {
			as_json = true;
		} else if (!strcmp(option, "--higher")) {
			higher = true;
		} else if (!strcmp(option, "--metric") || !strcmp(option, "--svg") || !strcmp(option, "--threshold")) {
			value = trace_value(argc, argv, &i);
			if (!value)
				return 2;
			if (option[2] == 'm')
				metric = value;
			else if (option[2] == 's')
				svg = value;
			else if (trace_fraction(option, value, &threshold))
				return 2;
		} else if (option[0] == '-' || directory) {
			return trace_usage("trend: %s was not expected", option);
		} else {
			directory = option;
		}
	}
	if (!directory)
		return trace_usage("trend: a directory is missing");
	aie_trend_init(&trend, metric, higher);
	if (!collect(&trend, directory, &error)) {
		aie_trend_judge(&trend, threshold);
		show_trend(&trend, svg, as_json, &error);
	}
	status = error.category ? trace_failed(&error) : trend.regressed;
	aie_trend_close(&trend);
	return trace_flush() ? 3 : status;
}
