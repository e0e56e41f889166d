/* isa/error.h: one line, and the reason stays readable however long a path is. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "isa/error.h"

static char path[6000];

static void expect_cut(const struct aie_error *error, const char *start, const char *end)
{
	const size_t length = strlen(error->text);

	assert_int_equal(length, AIE_ERROR_TEXT - 1);
	assert_memory_equal(error->text, start, strlen(start));
	assert_string_equal(error->text + length - strlen(end), end);
	assert_non_null(strstr(error->text, "..."));
}

static void short_texts(void **state)
{
	struct aie_error error = { 0 };

	(void)state;
	assert_int_equal(aie_error_set(&error, AIE_ERROR_INPUT, "offset 0x%x: %s", 16, "bad\nnews"), -1);
	assert_string_equal(error.text, "offset 0x10: bad?news");
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	aie_error_prefix(&error, "%s", "file");
	assert_string_equal(error.text, "file: offset 0x10: bad?news");
	aie_error_set_errno(&error, AIE_ERROR_DEVICE, ENOENT, "open %s", "file");
	assert_string_equal(error.text, "open file: No such file or directory");
	assert_int_equal(error.sys_errno, ENOENT);
}

static void long_texts(void **state)
{
	struct aie_error error = { 0 };

	(void)state;
	memset(path, 'p', sizeof path - 1);
	memcpy(path, "/first", 6);
	aie_error_set(&error, AIE_ERROR_INPUT, "%s: not a regular file", path);
	expect_cut(&error, "/first", "ppp: not a regular file");
	aie_error_set_errno(&error, AIE_ERROR_INPUT, ENAMETOOLONG, "%s", path);
	expect_cut(&error, "/first", "ppp: File name too long");
	aie_error_set(&error, AIE_ERROR_INPUT, "offset 0x4: the reason");
	aie_error_prefix(&error, "%s", path);
	expect_cut(&error, "/first", "ppp: offset 0x4: the reason");
	aie_error_prefix(&error, "%s", path);
	expect_cut(&error, "/first", ": offset 0x4: the reason");
}

/* The last text that is not cut, and the first that is. */
static void the_limit(void **state)
{
	char text[AIE_ERROR_TEXT + 1];
	struct aie_error error = { 0 };

	(void)state;
	memset(text, 'x', sizeof text);
	text[AIE_ERROR_TEXT - 1] = 0;
	aie_error_set(&error, AIE_ERROR_INPUT, "%s", text);
	assert_string_equal(error.text, text);
	text[AIE_ERROR_TEXT - 1] = 'y';
	text[AIE_ERROR_TEXT] = 0;
	aie_error_set(&error, AIE_ERROR_INPUT, "%s", text);
	expect_cut(&error, "xxx", "xy");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_texts),
		cmocka_unit_test(long_texts),
		cmocka_unit_test(the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
