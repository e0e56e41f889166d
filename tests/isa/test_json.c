/* isa/json.h: strings of the tools' --json output. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa/json.h"

static void expect(const char *text, const char *written)
{
	struct aie_json json;
	size_t length;
	char *out, wanted[128];
	FILE *stream = open_memstream(&out, &length);

	assert_non_null(stream);
	aie_json_init(&json, stream);
	aie_json_begin_object(&json, NULL);
	aie_json_string(&json, text, text); /* keys come from files, too: fields of registers, tensors */
	aie_json_end_object(&json);
	fclose(stream);
	snprintf(wanted, sizeof wanted, "{\"%s\":\"%s\"}", written, written);
	assert_string_equal(out, wanted);
	free(out);
}

static void escapes(void **state)
{
	(void)state;
	expect("plain", "plain");
	expect("a\"b\\c\nd\te\177", "a\\\"b\\\\c\\nd\\u0009e\177");
}

/* RFC 3629: what is well formed stays, every other byte becomes U+FFFD. */
static void utf8(void **state)
{
	static const char *const good[] = { "\xC3\xA4", "\xE2\x82\xAC", "\xEF\xBF\xBD", "\xF0\x9F\x98\x80",
		                            "\xF4\x8F\xBF\xBF" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		expect(good[i], good[i]);
	expect("\xFF", "\\ufffd");
	expect("a\x80z", "a\\ufffdz");
	expect("\xC3", "\\ufffd");                                  /* cut */
	expect("\xE2\x82", "\\ufffd\\ufffd");                       /* cut later */
	expect("\xC0\xAF", "\\ufffd\\ufffd");                       /* overlong '/' */
	expect("\xE0\x80\xAF", "\\ufffd\\ufffd\\ufffd");            /* the same in three bytes */
	expect("\xED\xA0\x80", "\\ufffd\\ufffd\\ufffd");            /* a surrogate */
	expect("\xF4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"); /* above U+10FFFF */
	expect("\xC3(", "\\ufffd(");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(escapes), cmocka_unit_test(utf8) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
