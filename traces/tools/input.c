#include "traces/tools/input.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "isa/file.h"

enum { CONFIG_LIMIT = 16 << 20, IMAGE_LIMIT = 256 << 20 };

int trace_usage(const char *format, ...)
{
	va_list arguments;

	fputs("aie-trace: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputs(" (see aie-trace --help)\n", stderr);
	return 2;
}

int trace_failed(const struct aie_error *error)
{
	fprintf(stderr, "aie-trace: %s\n", error->text);
	return aie_error_exit_status(error);
}

const char *trace_value(int argc, char **argv, int *index)
{
	if (*index + 1 >= argc) {
		trace_usage("%s: a value is missing", argv[*index]);
		return NULL;
	}
	return argv[++*index];
}

int trace_number(const char *option, const char *text, uint64_t limit, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	if (errno || end == text || *end || *text < '0' || *text > '9' || *value > limit) {
		trace_usage("%s %s: expected a whole number up to %" PRIu64, option, text, limit);
		return -1;
	}
	return 0;
}

int trace_fraction(const char *option, const char *text, double *value)
{
	char *end;

	*value = strtod(text, &end);
	if (end == text || *end || !isfinite(*value) || *value < 0) {
		trace_usage("%s %s: expected a number that is not negative", option, text);
		return -1;
	}
	return 0;
}

int trace_option(struct trace_options *options, int argc, char **argv, int *index)
{
	const char *option = argv[*index], *value;

	if (!strcmp(option, "--json")) {
		options->json = true;
		return 1;
	}
	if (strcmp(option, "--config") && strcmp(option, "--image") && strcmp(option, "--clock") &&
	    strcmp(option, "--first-column"))
		return 0;
	value = trace_value(argc, argv, index);
	if (!value)
		return -1;
	if (!strcmp(option, "--config")) {
		options->config = value;
	} else if (!strcmp(option, "--image")) {
		if (options->image_count == MAX_IMAGES) {
			trace_usage("--image %s: more than %d", value, MAX_IMAGES);
			return -1;
		}
		options->image[options->image_count++] = value;
	} else if (!strcmp(option, "--clock")) {
		double mhz;

		if (trace_fraction(option, value, &mhz))
			return -1;
		if (mhz < 1 || mhz > 100000) {
			trace_usage("--clock %s: expected MHz between 1 and 100000", value);
			return -1;
		}
		options->clock_hz = (uint64_t)llround(mhz * 1e6);
	} else {
		options->first_column_given = true;
		if (trace_number(option, value, 127, &options->first_column))
			return -1;
	}
	return 1;
}

int trace_arguments(int argc, char **argv, struct trace_options *options, const char *const *name,
                    const char **const *value, const char **path)
{
	for (int i = 1; i < argc; i++) {
		const char *option = argv[i];
		const int taken = trace_option(options, argc, argv, &i);
		size_t own = 0;

		if (taken < 0)
			return 2;
		if (taken)
			continue;
		while (name[own] && strcmp(option, name[own]) != 0)
			own++;
		if (name[own]) {
			const char *given = trace_value(argc, argv, &i);

			if (!given)
				return 2;
			*value[own] = given;
		} else if (option[0] == '-' || *path) {
			return trace_usage("%s: %s was not expected", argv[0], option);
		} else {
			*path = option;
		}
	}
	return 0;
}

static int read_config(struct aie_trace_config *config, const char *path, struct aie_error *error)
{
	struct aie_json_document *document;
	uint8_t *data;
	size_t size;
	int status;

	if (aie_file_read(path, CONFIG_LIMIT, &data, &size, error))
		return -1;
	document = aie_json_parse((const char *)data, size, error);
	status = document ? aie_trace_config_read(config, aie_json_root(document), error) : -1;
	if (status)
		aie_error_prefix(error, "%s", path);
	aie_json_free(document);
	free(data);
	return status;
}

static int read_image(struct aie_trace_config *config, const char *path, struct aie_error *error)
{
	uint8_t *data;
	size_t size;
	int status;

	if (aie_file_read(path, IMAGE_LIMIT, &data, &size, error))
		return -1;
	status = aie_trace_config_image(config, data, size, error);
	if (status)
		aie_error_prefix(error, "%s", path);
	free(data);
	return status;
}

static int configure(struct trace_input *input, const struct trace_options *options, struct aie_error *error)
{
	struct aie_trace_config *config = &input->capture.config;

	if (options->config && read_config(config, options->config, error))
		return -1;
	if (options->image_count)
		config->unit_count = 0;
	for (unsigned i = 0; i < options->image_count; i++)
		if (read_image(config, options->image[i], error))
			return -1;
	if (options->image_count) {
		aie_trace_config_prune(config);
		if (!config->unit_count)
			return aie_error_set(error, AIE_ERROR_INPUT, "%s: no trace unit is set up here",
			                     options->image[0]);
	}
	if (options->first_column_given)
		config->first_column = (unsigned)options->first_column;
	if (options->clock_hz && aie_trace_add_clock(config, "array", options->clock_hz, error))
		return -1;
	return aie_trace_config_check(config, error);
}

int trace_open(struct trace_input *input, const char *path, const struct trace_options *options,
               struct aie_error *error)
{
	int status;

	memset(input, 0, sizeof *input);
	input->path = path;
	if (aie_file_map(path, &input->map, &input->size, error))
		return -1;
	if (aie_capture_recognise(input->map, input->size))
		status = aie_capture_read(&input->capture, input->map, input->size, error);
	else
		status = aie_capture_read_raw(&input->capture, input->map, input->size, error);
	if (status)
		aie_error_prefix(error, "%s", path);
	else
		status = configure(input, options, error);
	if (status)
		trace_close(input);
	return status;
}

void trace_close(struct trace_input *input)
{
	aie_capture_close(&input->capture);
	if (input->map)
		munmap(input->map, input->size);
	input->map = NULL;
}

void trace_notes(const struct trace_input *input, const struct aie_trace_timeline *timeline)
{
	char prefix[300];

	snprintf(prefix, sizeof prefix, "aie-trace: %s: ", input->path);
	if (input->capture.missing_bytes)
		fprintf(stderr, "%sthe file lacks the last %" PRIu64 " bytes of the raw trace\n", prefix,
		        input->capture.missing_bytes);
	if (input->capture.check_failed)
		fprintf(stderr, "%sthe check sum of the raw trace is wrong\n", prefix);
	aie_trace_losses_text(stderr, &timeline->losses, &timeline->config, prefix);
	for (unsigned i = 0; i < timeline->config.unit_count; i++) {
		const struct aie_trace_unit_config *unit = &timeline->config.unit[i];

		if (unit->changed)
			fprintf(stderr,
			        "%sthe image changes the events of the %s unit of (%u,%u); names are of the last "
			        "ones\n",
			        prefix, aie_event_module_name(unit->module), unit->column, unit->row);
	}
}

int trace_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	fprintf(stderr, "aie-trace: standard output cannot be written: %s\n", strerror(errno));
	return 3;
}
