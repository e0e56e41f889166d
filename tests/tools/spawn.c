#include "tests/tools/spawn.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

enum { MAX_WORDS = 64 };

static char *read_back(FILE *file)
{
	long size;
	char *text;

	fflush(file);
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	text = calloc(1, (size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)size, file), size);
	fclose(file);
	return text;
}

void spawn_tool(struct spawn_result *result, const char *directory, const char *tool, const char *arguments, ...)
{
	char line[4096], path[512], *words[MAX_WORDS + 2] = { path };
	size_t count = 1;
	FILE *out = tmpfile(), *err = tmpfile();
	struct timespec start, stop;
	struct rusage usage;
	va_list list;
	int status;
	pid_t child;

	assert_non_null(out);
	assert_non_null(err);
	snprintf(path, sizeof path, "%s/%s", AIE_BIN_DIRECTORY, tool);
	va_start(list, arguments);
	assert_true((size_t)vsnprintf(line, sizeof line, arguments, list) < sizeof line);
	va_end(list);
	for (char *word = strtok(line, " "); word; word = strtok(NULL, " ")) {
		assert_true(count <= MAX_WORDS);
		words[count++] = word;
	}
	words[count] = NULL;

	clock_gettime(CLOCK_MONOTONIC, &start);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (directory && chdir(directory) != 0)
			_exit(126);
		dup2(fileno(out), STDOUT_FILENO);
		dup2(fileno(err), STDERR_FILENO);
		execv(path, words);
		_exit(127);
	}
	assert_int_equal(wait4(child, &status, 0, &usage), child);
	clock_gettime(CLOCK_MONOTONIC, &stop);
	result->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	result->peak_kib = usage.ru_maxrss;
	result->seconds = (double)(stop.tv_sec - start.tv_sec) + (double)(stop.tv_nsec - start.tv_nsec) * 1e-9;
	result->out = read_back(out);
	result->err = read_back(err);
}

void spawn_free(struct spawn_result *result)
{
	free(result->out);
	free(result->err);
}

double json_number(const char *json, const char *key, unsigned n)
{
	char pattern[128];
	const char *found = json;

	snprintf(pattern, sizeof pattern, "\"%s\":", key);
	for (unsigned i = 0; i <= n; i++) {
		found = strstr(found, pattern);
		if (!found)
			fail_msg("no number %s (occurrence %u) in: %.300s", key, n, json);
		found += strlen(pattern);
	}
	return strtod(found, NULL);
}

int json_has_string(const char *json, const char *key, const char *value)
{
	char pattern[256];

	snprintf(pattern, sizeof pattern, "\"%s\":\"%s\"", key, value);
	return strstr(json, pattern) != NULL;
}

char *make_directory(void)
{
	char template[] = "/tmp/aie-test-XXXXXX";
	char *name = mkdtemp(template);

	assert_non_null(name);
	name = strdup(name);
	assert_non_null(name);
	return name;
}

void remove_directory(char *directory)
{
	DIR *open = opendir(directory);
	struct dirent *entry;
	char path[1024];

	assert_non_null(open);
	while ((entry = readdir(open))) {
		snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
		unlink(path);
	}
	closedir(open);
	assert_int_equal(rmdir(directory), 0);
	free(directory);
}

void write_file(const char *directory, const char *name, const void *data, size_t size)
{
	char path[1024];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", directory, name);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	fclose(file);
}

void unlink_file(const char *directory, const char *name)
{
	char path[1024];

	snprintf(path, sizeof path, "%s/%s", directory, name);
	assert_int_equal(unlink(path), 0);
}
