#include "sim/array/timing.h"

#include "sim/array/options.h"

#include <stdlib.h>
#include <string.h>

static const struct aie_timing_row rows[] = {
#define AIE_TIMING_ROW(name, value, minimum, maximum, unit, origin, reason)                                            \
	{ #name, value, minimum, maximum, unit, AIE_TIMING_##origin, reason, offsetof(struct aie_array_timing, name) },
	AIE_ARRAY_TIMING_LIST(AIE_TIMING_ROW)
#undef AIE_TIMING_ROW
};

unsigned aie_array_timing_count(void)
{
	return sizeof rows / sizeof rows[0];
}

const struct aie_timing_row *aie_array_timing_row(unsigned number)
{
	return number < aie_array_timing_count() ? &rows[number] : NULL;
}

const char *aie_timing_origin_name(enum aie_timing_origin origin)
{
	static const char *const names[] = {
		[AIE_TIMING_DOCUMENTED] = "documented",
		[AIE_TIMING_MEASURED] = "measured",
		[AIE_TIMING_FITTED] = "fitted",
		[AIE_TIMING_ASSUMED] = "assumed",
	};

	return names[origin];
}

static void set(struct aie_array_timing *timing, const struct aie_timing_row *row, uint32_t value)
{
	memcpy((char *)timing + row->offset, &value, sizeof value);
}

void aie_array_timing_default(struct aie_array_timing *timing)
{
	for (unsigned i = 0; i < aie_array_timing_count(); i++)
		set(timing, &rows[i], rows[i].value);
}

static int override_one(struct aie_array_timing *timing, const char *item, size_t length, struct aie_error *error)
{
	const char *equals = memchr(item, '=', length);
	char digits[16];
	size_t name, size;

	if (!equals)
		return aie_error_set(error, AIE_ERROR_INPUT, "option '%.*s': NAME=VALUE expected", (int)length, item);
	name = (size_t)(equals - item);
	size = length - name - 1;
	for (unsigned i = 0; i < aie_array_timing_count(); i++) {
		unsigned long long value;
		char *end;

		if (strlen(rows[i].name) != name || memcmp(rows[i].name, item, name) != 0)
			continue;
		if (size == 0 || size >= sizeof digits || equals[1] < '0' || equals[1] > '9')
			return aie_error_set(error, AIE_ERROR_INPUT, "option '%.*s': a number is expected", (int)length,
			                     item);
		memcpy(digits, equals + 1, size);
		digits[size] = 0;
		value = strtoull(digits, &end, 0);
		if (*end)
			return aie_error_set(error, AIE_ERROR_INPUT, "option '%.*s': a number is expected", (int)length,
			                     item);
		if (value < rows[i].minimum || value > rows[i].maximum)
			return aie_error_set(error, AIE_ERROR_INPUT, "option '%.*s': must be %u to %u %s", (int)length,
			                     item, rows[i].minimum, rows[i].maximum, rows[i].unit);
		set(timing, &rows[i], (uint32_t)value);
		return 0;
	}
	return aie_error_set(error, AIE_ERROR_INPUT, "option '%.*s': no timing parameter has this name", (int)length,
	                     item);
}

int aie_array_timing_override(struct aie_array_timing *timing, const char *text, struct aie_error *error)
{
	while (*text) {
		size_t length = strcspn(text, ",");

		if (length && !aie_array_option_known(text, length) && override_one(timing, text, length, error))
			return -1;
		text += length;
		if (*text == ',')
			text++;
	}
	return 0;
}
