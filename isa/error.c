#include "isa/error.h"

#include <stdio.h>
#include <string.h>

/* Names in messages come from files: a text stays one line, and no control character reaches a terminal. */
static void keep_to_one_line(struct aie_error *error)
{
	for (char *c = error->text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
}

int(aie_error_setv)(struct aie_error *error, enum aie_error_category category, const char *format, va_list arguments)
{
	error->category = category;
	error->sys_errno = 0;
	vsnprintf(error->text, sizeof error->text, format, arguments);
	keep_to_one_line(error);
	return -1;
}

int(aie_error_set)(struct aie_error *error, enum aie_error_category category, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	aie_error_setv(error, category, format, arguments);
	va_end(arguments);
	return -1;
}

int(aie_error_set_errno)(struct aie_error *error, enum aie_error_category category, int sys_errno, const char *format,
                         ...)
{
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	aie_error_setv(error, category, format, arguments);
	va_end(arguments);
	error->sys_errno = sys_errno;
	length = strlen(error->text);
	snprintf(error->text + length, sizeof error->text - length, ": %s", strerror(sys_errno));
	return -1;
}

int(aie_error_prefix)(struct aie_error *error, const char *format, ...)
{
	char old[AIE_ERROR_TEXT];
	va_list arguments;
	size_t length;

	memcpy(old, error->text, sizeof old);
	va_start(arguments, format);
	vsnprintf(error->text, sizeof error->text, format, arguments);
	va_end(arguments);
	length = strlen(error->text);
	snprintf(error->text + length, sizeof error->text - length, ": %s", old);
	keep_to_one_line(error);
	return -1;
}

void aie_error_clear(struct aie_error *error)
{
	error->category = AIE_ERROR_NONE;
	error->sys_errno = 0;
	error->text[0] = 0;
}

const char *aie_error_category_name(enum aie_error_category category)
{
	static const char *const names[] = {
		[AIE_ERROR_NONE] = "none",
		[AIE_ERROR_INPUT] = "bad input",
		[AIE_ERROR_UNSUPPORTED] = "unsupported",
		[AIE_ERROR_UNIMPLEMENTED] = "unimplemented",
		[AIE_ERROR_UNDEFINED] = "undefined by the architecture",
		[AIE_ERROR_FAULT] = "fault",
		[AIE_ERROR_DEVICE] = "device",
		[AIE_ERROR_MEMORY] = "out of memory",
		[AIE_ERROR_INTERNAL] = "internal",
	};

	return (unsigned)category < sizeof names / sizeof names[0] ? names[category] : "unknown";
}

int aie_error_exit_status(const struct aie_error *error)
{
	switch (error->category) {
	case AIE_ERROR_NONE:
		return 0;
	case AIE_ERROR_INPUT:
		return 2;
	default:
		return 3;
	}
}
