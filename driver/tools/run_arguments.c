#include "driver/tools/run_arguments.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/tools/run.h"
#include "isa/file.h"

static const size_t buffer_limit = (size_t)4 << 30;

/* ---- options ----------------------------------------------------------------------------------------------------- */

static int copy_path(const char *option, const char *text, size_t length, char **path)
{
	if (length == 0 || (length == 1 && *text == '-')) {
		aie_run_usage("%s %s: a file is needed", option, text);
		return -1;
	}
	*path = strndup(text, length);
	if (*path)
		return 0;
	aie_run_usage("out of memory");
	return -1;
}

/* FILE or FILE:TYPE.  A colon may also belong to the name: then such a file exists. */
static int parse_typed(const char *option, const char *text, char **path, const struct aie_element_type **type)
{
	const char *colon = strrchr(text, ':');

	if (colon)
		*type = aie_element_type(colon + 1);
	if (colon && !*type && access(text, F_OK) != 0) {
		aie_run_usage("%s %s: '%s' is no element type (%s)", option, text, colon + 1, aie_element_type_names());
		return -1;
	}
	return copy_path(option, text, colon && *type ? (size_t)(colon - text) : strlen(text), path);
}

/* FILE:SIZE or FILE:SIZE:TYPE with SIZE in bytes, optionally followed by K, M or G (powers of 1024). */
static int parse_output(const char *text, struct run_argument *argument)
{
	const char *end = text + strlen(text), *colon = strrchr(text, ':');
	unsigned long long size;
	char *rest;

	if (colon && aie_element_type(colon + 1)) {
		argument->type = aie_element_type(colon + 1);
		end = colon;
		do
			colon = colon > text ? colon - 1 : NULL;
		while (colon && *colon != ':');
	}
	if (!colon || colon == text) {
		aie_run_usage("--out %s: expected FILE:SIZE or FILE:SIZE:TYPE", text);
		return -1;
	}
	errno = 0;
	size = strtoull(colon + 1, &rest, 0);
	if (rest < end && (*rest == 'K' || *rest == 'M' || *rest == 'G')) {
		const unsigned shift = *rest == 'K' ? 10 : *rest == 'M' ? 20 : 30;

		size = size > (buffer_limit >> shift) ? buffer_limit + 1 : size << shift;
		rest++;
	}
	if (errno || rest != end || colon[1] < '0' || colon[1] > '9' || size == 0 || size > buffer_limit) {
		aie_run_usage("--out %s: '%.*s' is not a size between 1 byte and 4 GiB", text, (int)(end - colon - 1),
		              colon + 1);
		return -1;
	}
	argument->output = true;
	argument->size = (size_t)size;
	return copy_path("--out", text, (size_t)(colon - text), &argument->path);
}

/* FILE or FILE:TYPE for the --out before it. */
static int parse_expected(struct run_arguments *arguments, const char *text)
{
	struct run_argument *output = arguments->count ? &arguments->list[arguments->count - 1] : NULL;
	const struct aie_element_type *type = NULL;

	if (!output || !output->output || output->expected_path) {
		aie_run_usage("--expect %s: it belongs behind an --out, once", text);
		return -1;
	}
	if (parse_typed("--expect", text, &output->expected_path, &type))
		return -1;
	if (type && output->type && type != output->type) {
		aie_run_usage("--expect %s: the output has type %s", text, output->type->name);
		return -1;
	}
	if (type)
		output->type = type;
	return 0;
}

static int parse_tolerance(struct run_arguments *arguments, const char *text)
{
	char *end;

	arguments->tolerance = strtod(text, &end);
	if (end != text && !*end && isfinite(arguments->tolerance) && arguments->tolerance >= 0)
		return 0;
	aie_run_usage("--tolerance %s: expected a number that is not negative", text);
	return -1;
}

int run_arguments_option(struct run_arguments *arguments, int argc, char **argv, int *index)
{
	const char *option = argv[*index], *value = *index + 1 < argc ? argv[*index + 1] : NULL;
	const bool buffer = !strcmp(option, "--in") || !strcmp(option, "--out");
	struct run_argument *argument = &arguments->list[arguments->count];
	int status;

	if (!buffer && strcmp(option, "--expect") && strcmp(option, "--tolerance"))
		return 0;
	if (!value) {
		aie_run_usage("%s: a value is missing", option);
		return -1;
	}
	if (buffer && arguments->count == RUN_MAX_ARGUMENTS) {
		aie_run_usage("%s %s: more than %d buffer arguments", option, value, RUN_MAX_ARGUMENTS);
		return -1;
	}
	arguments->count += buffer;
	*index += 2;
	if (!strcmp(option, "--in"))
		status = parse_typed(option, value, &argument->path, &argument->type);
	else if (!strcmp(option, "--out"))
		status = parse_output(value, argument);
	else if (!strcmp(option, "--expect"))
		status = parse_expected(arguments, value);
	else
		status = parse_tolerance(arguments, value);
	return status ? -1 : 1;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static int check_whole(const char *path, size_t size, const struct aie_element_type *type, struct aie_error *error)
{
	if (!type || size % type->bytes == 0)
		return 0;
	return aie_error_set(error, AIE_ERROR_INPUT, "%s: %zu bytes are not whole elements of type %s (%u bytes each)",
	                     path, size, type->name, type->bytes);
}

static int load_expected(struct run_argument *argument, struct aie_error *error)
{
	size_t size;

	if (aie_file_read(argument->expected_path, buffer_limit, &argument->expected, &size, error))
		return -1;
	if (size != argument->size)
		return aie_error_set(error, AIE_ERROR_INPUT, "%s: %zu bytes, but the output %s has %zu",
		                     argument->expected_path, size, argument->path, argument->size);
	return 0;
}

int run_arguments_load(struct run_arguments *arguments, struct aie_error *error)
{
	for (size_t i = 0; i < arguments->count; i++) {
		struct run_argument *argument = &arguments->list[i];

		if (!argument->output &&
		    aie_file_read(argument->path, buffer_limit, &argument->data, &argument->size, error))
			return -1;
		if (argument->size == 0)
			return aie_error_set(error, AIE_ERROR_INPUT, "%s: empty", argument->path);
		if (check_whole(argument->path, argument->size, argument->type, error) ||
		    (argument->expected_path && load_expected(argument, error)))
			return -1;
	}
	return 0;
}

int run_arguments_create(struct run_arguments *arguments, struct aie_device *device,
                         struct aie_buffer *buffers[RUN_MAX_ARGUMENTS], struct aie_error *error)
{
	for (size_t i = 0; i < arguments->count; i++) {
		struct run_argument *argument = &arguments->list[i];

		argument->buffer = aie_buffer_create(device, argument->size, AIE_BUFFER_HOST, error);
		if (!argument->buffer)
			return aie_error_prefix(error, "%s", argument->path);
		if (!argument->output) {
			memcpy(aie_buffer_data(argument->buffer), argument->data, argument->size);
			free(argument->data);
			argument->data = NULL;
		}
		if (aie_buffer_flush(argument->buffer, 0, argument->size, error))
			return -1;
		buffers[i] = argument->buffer;
	}
	return 0;
}

/* A buffer's memory is whole pages of zeros at first: what is behind its size shows a file that is too short.  (On
 * hardware lines of the cache may hide it; what is seen is true.) */
static bool written_behind(const uint8_t *data, size_t size)
{
	enum { PAGE = 4096 };

	for (; size % PAGE; size++)
		if (data[size])
			return true;
	return false;
}

int run_arguments_store(struct run_arguments *arguments, struct aie_error *error)
{
	for (size_t i = 0; i < arguments->count; i++) {
		struct run_argument *argument = &arguments->list[i];
		const void *data = aie_buffer_data(argument->buffer);

		if (!argument->output)
			continue;
		if (aie_buffer_invalidate(argument->buffer, 0, argument->size, error) ||
		    aie_file_write(argument->path, data, argument->size, error))
			return -1;
		argument->written_behind = written_behind(data, argument->size);
		if (!argument->expected)
			continue;
		argument->compared = true;
		aie_elements_compare(argument->type ? argument->type : aie_element_type("u8"), data, argument->expected,
		                     argument->size, arguments->tolerance, &argument->comparison);
	}
	return 0;
}

bool run_arguments_correct(const struct run_arguments *arguments)
{
	for (size_t i = 0; i < arguments->count; i++)
		if (arguments->list[i].comparison.differ)
			return false;
	return true;
}

void run_arguments_destroy(struct run_arguments *arguments)
{
	for (size_t i = 0; i < arguments->count; i++) {
		struct run_argument *argument = &arguments->list[i];

		aie_buffer_destroy(argument->buffer);
		free(argument->data);
		free(argument->expected);
		free(argument->expected_path);
		free(argument->path);
	}
}
