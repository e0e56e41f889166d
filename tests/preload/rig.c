#define _GNU_SOURCE
#include "tests/preload/rig.h"

#include <fcntl.h>
#include <dirent.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { MAX_ENVIRONMENT = 512, MAX_ARGUMENTS = 32 };

static char directory[] = "preload-test-XXXXXX";
static bool made;

const char *rig_file(const char *name)
{
	static char path[8][256];
	static unsigned turn;

	if (!made) {
		assert_non_null(mkdtemp(directory));
		made = true;
	}
	turn = (turn + 1) % 8;
	snprintf(path[turn], sizeof path[turn], "%s/%s", directory, name);
	return path[turn];
}

void rig_cleanup(void)
{
	struct dirent *entry;
	DIR *files = made ? opendir(directory) : NULL;

	while (files && (entry = readdir(files))) {
		char path[512];

		snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(path);
	}
	if (files) {
		closedir(files);
		rmdir(directory);
	}
}

void rig_start(struct run *run, bool preload, const char *const *argument, const char *const *environment)
{
	static char variable[] = "LD_PRELOAD=" PRELOAD;
	posix_spawn_file_actions_t actions;
	char *all[MAX_ENVIRONMENT];
	size_t count = 0;
	int ends[2];

	for (char **entry = environ; *entry && count < MAX_ENVIRONMENT - 16; entry++)
		if (strncmp(*entry, "LD_PRELOAD=", 11) != 0 && strncmp(*entry, "AIETWIN_", 8) != 0)
			all[count++] = *entry;
	if (preload)
		all[count++] = variable;
	for (; environment && *environment; environment++)
		all[count++] = (char *)(uintptr_t)*environment;
	all[count] = NULL;
	memset(run, 0, sizeof *run);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	assert_int_equal(posix_spawn(&run->pid, argument[0], &actions, NULL, (char *const *)(uintptr_t)argument, all),
	                 0);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	run->out = ends[0];
}

void rig_finish(struct run *run)
{
	size_t used = 0;
	ssize_t got;
	int status;

	while (used < sizeof run->text - 1 && (got = read(run->out, run->text + used, sizeof run->text - 1 - used)) > 0)
		used += (size_t)got;
	close(run->out);
	assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
	run->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void rig_run(struct run *run, bool preload, const char *const *environment, ...)
{
	const char *argument[MAX_ARGUMENTS];
	va_list arguments;
	size_t count = 0;

	va_start(arguments, environment);
	while (count < MAX_ARGUMENTS - 1 && (argument[count] = va_arg(arguments, const char *)))
		count++;
	argument[count] = NULL;
	va_end(arguments);
	rig_start(run, preload, argument, environment);
	rig_finish(run);
}

char *rig_read(const char *path)
{
	FILE *file = fopen(path, "r");
	struct stat status;
	char *text;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &status), 0);
	text = calloc(1, (size_t)status.st_size + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)status.st_size, file), status.st_size);
	fclose(file);
	return text;
}
