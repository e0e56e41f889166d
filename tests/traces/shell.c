#include "tests/traces/shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static char directory[] = "aie-trace-test-XXXXXX";
char *shell_output;
size_t shell_output_size;

int shell_open(void)
{
	return mkdtemp(directory) ? 0 : -1;
}

int shell_close(void)
{
	char command[64];

	free(shell_output);
	shell_output = NULL;
	snprintf(command, sizeof command, "rm -r %s", directory);
	return system(command) == 0 ? 0 : -1;
}

int shell_run(const char *format, ...)
{
	char command[4000], line[4200], block[4096];
	va_list arguments;
	size_t got;
	FILE *pipe, *kept;
	int status;

	va_start(arguments, format);
	vsnprintf(command, sizeof command, format, arguments);
	va_end(arguments);
	snprintf(line, sizeof line, "cd %s && %s", directory, command);
	free(shell_output);
	shell_output = NULL;
	kept = open_memstream(&shell_output, &shell_output_size);
	pipe = popen(line, "r");
	assert_non_null(pipe);
	while ((got = fread(block, 1, sizeof block, pipe)) > 0)
		fwrite(block, 1, got, kept);
	status = pclose(pipe);
	fclose(kept);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

void shell_store(const char *name, const void *data, size_t size)
{
	char path[200];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", directory, name);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	fclose(file);
}

void shell_store_text(const char *name, const char *text)
{
	shell_store(name, text, strlen(text));
}
