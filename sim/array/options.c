#include "sim/array/options.h"

#include <stdlib.h>
#include <string.h>

#include "driver/image/registers.h"
#include "sim/array/crew.h"
#include "sim/tile/memory.h"

/* ---- parts of a value -------------------------------------------------------------------------------------------- */

/* A number at *text, moved behind it; false: none, or more than `limit`. */
static bool number(const char **text, const char *end, uint32_t limit, uint32_t *value)
{
	char digits[16], *rest;
	size_t size = (size_t)(end - *text) < sizeof digits - 1 ? (size_t)(end - *text) : sizeof digits - 1;
	unsigned long parsed;

	memcpy(digits, *text, size);
	digits[size] = 0;
	if (digits[0] < '0' || digits[0] > '9')
		return false;
	parsed = strtoul(digits, &rest, 0);
	if (parsed > limit)
		return false;
	*text += rest - digits;
	*value = (uint32_t)parsed;
	return true;
}

static bool sign(const char **text, const char *end, char wanted)
{
	if (*text == end || **text != wanted)
		return false;
	++*text;
	return true;
}

/* "START-END" up to the end of the item. */
static bool range(const char *text, const char *end, uint32_t *start, uint32_t *stop)
{
	return number(&text, end, AIE_COMPUTE_MEMORY_BYTES, start) && sign(&text, end, '-') &&
	       number(&text, end, AIE_COMPUTE_MEMORY_BYTES, stop) && text == end && *start < *stop;
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

static int parse_check(const char *text, const char *end, struct aie_array_options *options, struct aie_error *error)
{
	static const struct {
		const char *name;
		unsigned flag;
	} kinds[] = {
		{ "uninitialised", AIE_CHECK_UNINITIALISED },
		{ "overrun", AIE_CHECK_OVERRUN },
		{ "stack", AIE_CHECK_STACK },
		{ "stop", AIE_CHECK_STOP },
	};

	for (bool more = true; more;) {
		const char *plus = memchr(text, '+', (size_t)(end - text));
		size_t length = (size_t)((plus ? plus : end) - text);
		unsigned found = 0;

		for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
			if (strlen(kinds[i].name) == length && memcmp(kinds[i].name, text, length) == 0)
				found = kinds[i].flag;
		if (!found)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "option check: '%.*s' is none of uninitialised, overrun, stack, stop",
			                     (int)length, text);
		options->check |= found;
		text += length + 1;
		more = plus != NULL;
	}
	return 0;
}

static int parse_stack(const char *text, const char *end, struct aie_array_options *options, struct aie_error *error)
{
	if (range(text, end, &options->stack_start, &options->stack_end))
		return 0;
	return aie_error_set(error, AIE_ERROR_INPUT,
	                     "option stack=%.*s: START-END expected, offsets in 0x%X bytes of data memory",
	                     (int)(end - text), text, AIE_COMPUTE_MEMORY_BYTES);
}

static int parse_buffer(const char *text, const char *end, struct aie_array_options *options, struct aie_error *error)
{
	const char *item = text;
	struct aie_option_buffer *buffer;
	uint32_t column = AIE_OPTION_ALL, row = AIE_OPTION_ALL;

	if (options->buffer_count == AIE_OPTION_BUFFERS)
		return aie_error_set(error, AIE_ERROR_INPUT, "option buffer: more than %d", AIE_OPTION_BUFFERS);
	buffer = &options->buffer[options->buffer_count];
	if ((sign(&text, end, '*') || (number(&text, end, AIE_OPTION_ALL - 1, &column) && sign(&text, end, '.') &&
	                               number(&text, end, AIE_OPTION_ALL - 1, &row))) &&
	    sign(&text, end, ':') && range(text, end, &buffer->start, &buffer->end)) {
		buffer->column = (uint8_t)column;
		buffer->row = (uint8_t)row;
		options->buffer_count++;
		return 0;
	}
	return aie_error_set(error, AIE_ERROR_INPUT,
	                     "option buffer=%.*s: COLUMN.ROW:START-END or *:START-END expected, offsets in 0x%X bytes "
	                     "of data memory",
	                     (int)(end - item), item, AIE_COMPUTE_MEMORY_BYTES);
}

static int parse_threads(const char *text, const char *end, struct aie_array_options *options, struct aie_error *error)
{
	const char *item = text;
	uint32_t threads;

	if (!number(&text, end, AIE_CREW_MAX, &threads) || text != end || threads == 0)
		return aie_error_set(error, AIE_ERROR_INPUT, "option threads=%.*s: 1 to %d expected", (int)(end - item),
		                     item, AIE_CREW_MAX);
	options->threads = threads;
	return 0;
}

static int parse_together(const char *text, const char *end, struct aie_array_options *options, struct aie_error *error)
{
	static const char *const choices[] = { "measured", "always" };
	const size_t length = (size_t)(end - text);

	for (unsigned i = 0; i < 2; i++)
		if (strlen(choices[i]) == length && memcmp(choices[i], text, length) == 0) {
			options->always_together = i;
			return 0;
		}
	return aie_error_set(error, AIE_ERROR_INPUT, "option together=%.*s: measured or always expected", (int)length,
	                     text);
}

static const struct {
	const char *name;
	int (*parse)(const char *text, const char *end, struct aie_array_options *options, struct aie_error *error);
} known[] = {
	{ "check=", parse_check },     { "stack=", parse_stack },       { "buffer=", parse_buffer },
	{ "threads=", parse_threads }, { "together=", parse_together },
};

enum { KNOWN = sizeof known / sizeof known[0] };

static unsigned find(const char *item, size_t length)
{
	unsigned i = 0;

	while (i < KNOWN && (length < strlen(known[i].name) || memcmp(item, known[i].name, strlen(known[i].name)) != 0))
		i++;
	return i;
}

bool aie_array_option_known(const char *item, size_t length)
{
	return find(item, length) < KNOWN;
}

int aie_array_options_parse(const char *text, unsigned columns, struct aie_array_options *options,
                            struct aie_error *error)
{
	memset(options, 0, sizeof *options);
	options->threads = 1;
	while (*text) {
		size_t length = strcspn(text, ",");
		unsigned option = find(text, length);

		if (option < KNOWN &&
		    known[option].parse(text + strlen(known[option].name), text + length, options, error))
			return -1;
		text += length;
		if (*text == ',')
			text++;
	}
	if (options->check == AIE_CHECK_STOP)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "option check=stop: on what? (uninitialised, overrun, stack)");
	if ((options->check & AIE_CHECK_STACK) && options->stack_start == options->stack_end)
		return aie_error_set(error, AIE_ERROR_INPUT, "option check=stack needs stack=START-END");
	for (unsigned i = 0; i < options->buffer_count; i++) {
		const struct aie_option_buffer *buffer = &options->buffer[i];

		if (buffer->column != AIE_OPTION_ALL && (buffer->column >= columns || buffer->row >= AIE_ARRAY_ROWS ||
		                                         aie_tile_kind_of_row(buffer->row) != AIE_TILE_COMPUTE))
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "option buffer=%u.%u: the device has no such compute tile", buffer->column,
			                     buffer->row);
	}
	return 0;
}
