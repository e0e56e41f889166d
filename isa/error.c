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

/* Longer than any path and its message together. */
enum { FULL_BYTES = 8192 };

/* Keep a text.  One that is too long, because a path is, loses its middle: the reason stands at the end. */
static void keep(struct aie_error *error, const char *full)
{
	enum { HEAD = AIE_ERROR_TEXT / 3 };
	const size_t length = strlen(full);

	if (length < sizeof error->text)
		memcpy(error->text, full, length + 1);
	else
		snprintf(error->text, sizeof error->text, "%.*s...%s", HEAD, full,
		         full + length - (sizeof error->text - HEAD - sizeof "..."));
	keep_to_one_line(error);
}

int(aie_error_setv)(struct aie_error *error, enum aie_error_category category, const char *format, va_list arguments)
{
	char full[FULL_BYTES];

	error->category = category;
	error->sys_errno = 0;
	vsnprintf(full, sizeof full, format, arguments);
	keep(error, full);
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
	char full[AIE_ERROR_TEXT + 256];
	va_list arguments;

	va_start(arguments, format);
	aie_error_setv(error, category, format, arguments);
	va_end(arguments);
	error->sys_errno = sys_errno;
	snprintf(full, sizeof full, "%s: %s", error->text, strerror(sys_errno));
	keep(error, full);
	return -1;
}

int(aie_error_prefix)(struct aie_error *error, const char *format, ...)
{
	char full[FULL_BYTES];
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	vsnprintf(full, sizeof full - AIE_ERROR_TEXT - 2, format, arguments);
	va_end(arguments);
	length = strlen(full);
	snprintf(full + length, sizeof full - length, ": %s", error->text);
	keep(error, full);
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
