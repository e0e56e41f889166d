/* aie-trace diff: one candidate against one or several references. */
#include <stdlib.h>
#include <string.h>

#include "traces/diff.h"
#include "traces/tools/input.h"

enum { FINDINGS_SHOWN = 20 };

struct run {
	struct trace_input input[AIE_DIFF_MAX_REFERENCES + 1];
	struct aie_trace_timeline *timeline[AIE_DIFF_MAX_REFERENCES + 1];
	unsigned count;
};

static int load(struct run *run, const char *path, const struct trace_options *options, struct aie_error *error)
{
	struct trace_input *input = &run->input[run->count];
	struct aie_trace_timeline *timeline = malloc(sizeof *timeline);

	if (!timeline)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory");
	if (trace_open(input, path, options, error)) {
		free(timeline);
		return -1;
	}
	if (aie_trace_timeline_read(timeline, &input->capture, error)) {
		trace_close(input);
		free(timeline);
		return aie_error_prefix(error, "%s", path);
	}
	run->timeline[run->count++] = timeline;
	return 0;
}

static void unload(struct run *run)
{
	for (unsigned i = 0; i < run->count; i++) {
		aie_trace_timeline_close(run->timeline[i]);
		free(run->timeline[i]);
		trace_close(&run->input[i]);
	}
}

/* Say on stderr when captures are not of the same image: that may be meant (two builds). */
static void note_images(const struct run *run)
{
	const struct aie_trace_capture *a = &run->input[0].capture;

	for (unsigned i = 1; i < run->count; i++) {
		const struct aie_trace_capture *b = &run->input[i].capture;

		for (unsigned j = 0; j < a->image_count; j++)
			for (unsigned k = 0; k < b->image_count; k++)
				if (!strcmp(a->image[j].name, b->image[k].name) &&
				    strcmp(a->image[j].sha256, b->image[k].sha256) != 0)
					fprintf(stderr, "aie-trace: %s and %s were taken with different images (%s)\n",
					        run->input[0].path, run->input[i].path, a->image[j].name);
	}
}

static int compare(const struct run *run, const struct aie_diff_options *options, bool as_json)
{
	struct aie_trace_diff *diff = malloc(sizeof *diff);
	struct aie_error error = { 0 };
	int status;

	if (!diff)
		aie_error_set(&error, AIE_ERROR_MEMORY, "no memory");
	if (!diff || aie_trace_diff(diff, run->timeline[0], (const struct aie_trace_timeline *const *)run->timeline + 1,
	                            run->count - 1, options, &error)) {
		free(diff);
		return trace_failed(&error);
	}
	if (as_json) {
		struct aie_json json;

		aie_json_init(&json, stdout);
		aie_json_begin_object(&json, NULL);
		aie_json_string(&json, "candidate", run->input[0].path);
		aie_trace_diff_json(&json, diff);
		aie_json_end_object(&json);
		aie_json_finish(&json);
	} else {
		aie_trace_diff_text(stdout, diff, FINDINGS_SHOWN);
	}
	status = diff->same ? 0 : 1;
	aie_trace_diff_close(diff);
	free(diff);
	return status;
}

int trace_diff(int argc, char **argv)
{
	struct trace_options options = { 0 };
	struct aie_diff_options how = { .sigmas = 3 };
	struct run *run = calloc(1, sizeof *run);
	struct aie_error error = { 0 };
	const char *path[AIE_DIFF_MAX_REFERENCES + 1];
	unsigned paths = 0;
	int status = 0;

	if (!run)
		return trace_usage("no memory");
	for (int i = 1; i < argc && !status; i++) {
		const char *option = argv[i], *value;
		const int taken = trace_option(&options, argc, argv, &i);

		if (taken > 0)
			continue;
		if (taken < 0) {
			status = 2;
		} else if (!strcmp(option, "--tolerance") || !strcmp(option, "--sigma") || !strcmp(option, "--phase")) {
			value = trace_value(argc, argv, &i);
			if (!value)
				status = 2;
			else if (option[2] == 't')
				status = trace_number(option, value, 1U << 30, &how.tolerance) ? 2 : 0;
			else if (option[2] == 's')
				status = trace_fraction(option, value, &how.sigmas) ? 2 : 0;
			else
				how.phase = value;
		} else if (option[0] == '-' || paths > AIE_DIFF_MAX_REFERENCES) {
			status = trace_usage("diff: %s was not expected", option);
		} else {
			path[paths++] = option;
		}
	}
	if (!status && paths < 2)
		status = trace_usage("diff: a candidate and at least one reference are needed");
	for (unsigned i = 0; i < paths && !status; i++)
		if (load(run, path[i], &options, &error))
			status = trace_failed(&error);
	if (!status) {
		note_images(run);
		for (unsigned i = 0; i < run->count; i++)
			trace_notes(&run->input[i], run->timeline[i]);
		status = compare(run, &how, options.json);
		if (trace_flush())
			status = 3;
	}
	unload(run);
	free(run);
	return status;
}
