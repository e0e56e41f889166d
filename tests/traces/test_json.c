/* The JSON reader: what RFC 8259 allows and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "traces/json_read.h"

static struct aie_json_document *parse(const char *text)
{
	struct aie_error error = { 0 };

	return aie_json_parse(text, strlen(text), &error);
}

static void values_and_nesting(void **state)
{
	struct aie_json_document *document = parse(" {\"a\": [1, -2.5, 1e3, true, null], \"b\": {\"c\": "
	                                           "\"x\\n\\u00e9\\ud83d\\ude00\\\"\"}, \"d\": 18446744073709551615} ");
	const struct aie_json_value *root, *item;
	struct aie_error error = { 0 };
	const char *text = NULL;
	uint64_t number = 0;

	(void)state;
	assert_non_null(document);
	root = aie_json_root(document);
	assert_int_equal(aie_json_read_list(root, "a", AIE_JSON_ARRAY, &item, &error), 0);
	assert_true(item->whole && item->integer == 1);
	item = item->next;
	assert_true(!item->whole && item->number < -2.4 && item->number > -2.6);
	item = item->next;
	assert_true(!item->whole && item->number > 999 && item->number < 1001);
	item = item->next;
	assert_true(item->type == AIE_JSON_BOOL && item->boolean);
	item = item->next;
	assert_int_equal(item->type, AIE_JSON_NULL);
	assert_null(item->next);
	assert_int_equal(aie_json_read_string(aie_json_find(root, "b"), "c", &text, &error), 0);
	assert_string_equal(text, "x\n\xc3\xa9\xf0\x9f\x98\x80\"");
	assert_int_equal(aie_json_read_u64(root, "d", UINT64_MAX, &number, &error), 0);
	assert_true(number == UINT64_MAX);
	assert_int_equal(aie_json_read_u64(root, "d", 7, &number, &error), -1);
	assert_int_equal(aie_json_read_u64(root, "b", 7, &number, &error), -1);
	assert_int_equal(aie_json_read_u64(root, "no such", 7, &number, &error), 0);
	aie_json_free(document);
}

static void what_is_no_json_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"{",
		"[1,]",
		"[1 2]",
		"{\"a\":1,}",
		"{\"a\" 1}",
		"{a:1}",
		"{\"a\":1,\"a\":2}",
		"01",
		"-",
		"1.",
		".5",
		"1e",
		"+1",
		"\"",
		"\"\\x\"",
		"\"\\u12\"",
		"\"\\ud800\"",
		"\"\\udc00\"",
		"\"\\u0000\"",
		"\"\n\"",
		"\"\xff\"",
		"\"\xc0\x80\"",
		"\"\xed\xa0\x80\"",
		"nul",
		"truex",
		"1 1",
		"[1]]",
		"1e999",
		"'a'",
		"\"abc\\",
		"[\"\\",
	};
	char deep[300];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct aie_error error = { 0 };

		assert_null(aie_json_parse(bad[i], strlen(bad[i]), &error));
		assert_int_equal(error.category, AIE_ERROR_INPUT);
	}
	memset(deep, '[', 150);
	memset(deep + 150, ']', 150);
	{
		struct aie_error error = { 0 };

		assert_null(aie_json_parse(deep, sizeof deep, &error));
		assert_non_null(strstr(error.text, "deep"));
	}
}

static void errors_say_where(void **state)
{
	struct aie_error error = { 0 };
	static const char text[] = "{\n  \"a\": 1,\n  \"b\": ?\n}";

	(void)state;
	assert_null(aie_json_parse(text, strlen(text), &error));
	assert_non_null(strstr(error.text, "line 3, column 8"));
}

/* Every prefix and every single changed byte of a document: no crash, no leak. */
static void damaged_documents(void **state)
{
	static const char text[] = "{\"units\":[{\"column\":0,\"events\":[\"A\\u00e9\",null,1.5e2]}],\"x\":true}";
	const size_t size = sizeof text - 1;

	(void)state;
	for (size_t length = 0; length < size; length++) {
		char *copy = malloc(length + 1);
		struct aie_error error = { 0 };

		assert_non_null(copy);
		memcpy(copy, text, length);
		assert_null(aie_json_parse(copy, length, &error));
		free(copy);
	}
	for (size_t i = 0; i < size; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			char copy[sizeof text];
			struct aie_error error = { 0 };

			memcpy(copy, text, sizeof text);
			copy[i] = (char)(copy[i] ^ (1 << bit));
			aie_json_free(aie_json_parse(copy, size, &error));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_and_nesting),
		cmocka_unit_test(what_is_no_json_is_refused),
		cmocka_unit_test(errors_say_where),
		cmocka_unit_test(damaged_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
