/* The example of docs/images.md does what the page says: its files are written as they stand there, its commands run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/tools/spawn.h"

static char *read_page(void)
{
	FILE *file = fopen(PAGE, "rb");
	char *text = calloc(1, 1 << 16);

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
	fclose(file);
	return text;
}

/* A command of the page: "TOOL ARGUMENTS". */
static void run_line(const char *directory, const char *line, size_t length, unsigned *commands)
{
	char tool[32], arguments[256];
	struct spawn_result result;
	const size_t word = strcspn(line, " ");

	snprintf(tool, sizeof tool, "%.*s", (int)word, line);
	snprintf(arguments, sizeof arguments, "%.*s", (int)(length - word), line + word);
	spawn_tool(&result, directory, tool, "%s", arguments);
	if (result.status)
		fail_msg("%s%s: exit status %d: %s%s", tool, arguments, result.status, result.err, result.out);
	spawn_free(&result);
	++*commands;
}

static void images_example(void **state)
{
	char *directory = make_directory(), *page = read_page();
	unsigned files = 0, commands = 0;
	static uint32_t data[1024];

	(void)state;
	for (uint32_t i = 0; i < 1024; i++)
		data[i] = i * 2654435761U;
	write_file(directory, "a.bin", data, sizeof data);
	for (char *block = strstr(page, "```\n"), *end; block; block = strstr(end + 4, "```\n")) {
		block += 4;
		end = strstr(block, "```\n");
		assert_non_null(end);
		if (strncmp(block, "# ", 2) == 0) {
			char name[32];

			snprintf(name, sizeof name, "%.*s", (int)strcspn(block + 2, "\n"), block + 2);
			write_file(directory, name, block, (size_t)(end - block));
			files++;
			continue;
		}
		for (char *line = block; line < end; line += strcspn(line, "\n") + 1)
			run_line(directory, line, strcspn(line, "\n"), &commands);
	}
	assert_int_equal(files, 2);
	assert_int_equal(commands, 4);
	free(page);
	remove_directory(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(images_example) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
