#include "isa/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- reading ----------------------------------------------------------------------------------------------------- */

struct content {
	uint8_t *data;
	size_t size, room; /* `room` counts the zero byte too */
};

static int grow(struct content *content, const char *path, struct aie_error *error)
{
	const size_t room = content->room ? content->room * 2 : 65536;
	uint8_t *bigger = room > content->room ? realloc(content->data, room) : NULL;

	if (!bigger)
		return aie_error_set(error, AIE_ERROR_MEMORY, "%s: no memory for %zu bytes", path, content->size);
	content->data = bigger;
	content->room = room;
	return 0;
}

static int too_large(const char *path, size_t limit, struct aie_error *error)
{
	return aie_error_set(error, AIE_ERROR_INPUT, "%s: more than the %zu bytes that are allowed here", path, limit);
}

static int read_all(int fd, const char *path, size_t limit, struct content *content, struct aie_error *error)
{
	for (;;) {
		ssize_t got;

		if (content->room - content->size < 2 && grow(content, path, error))
			return -1;
		got = read(fd, content->data + content->size, content->room - content->size - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return aie_error_set_errno(error, AIE_ERROR_INPUT, errno, "%s", path);
		if (got == 0)
			break;
		content->size += (size_t)got;
		if (content->size > limit)
			return too_large(path, limit, error);
	}
	content->data[content->size] = 0;
	return 0;
}

/* A file that tells its size needs no growing. */
static int reserve(int fd, const char *path, size_t limit, struct content *content, struct aie_error *error)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return aie_error_set_errno(error, AIE_ERROR_INPUT, errno, "%s", path);
	if (!S_ISREG(status.st_mode) || status.st_size == 0)
		return 0;
	if ((uint64_t)status.st_size > limit)
		return too_large(path, limit, error);
	/* Room to see the end of the file, and the zero byte. */
	content->room = (size_t)status.st_size + 2;
	content->data = malloc(content->room);
	if (!content->data)
		return aie_error_set(error, AIE_ERROR_MEMORY, "%s: no memory for %zu bytes", path, content->room);
	return 0;
}

int aie_file_read(const char *path, size_t limit, uint8_t **data, size_t *size, struct aie_error *error)
{
	const bool standard = strcmp(path, "-") == 0;
	const char *name = standard ? "standard input" : path;
	const int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct content content = { 0 };
	int status;

	if (fd < 0)
		return aie_error_set_errno(error, AIE_ERROR_INPUT, errno, "%s", name);
	status = reserve(fd, name, limit, &content, error);
	if (!status)
		status = read_all(fd, name, limit, &content, error);
	if (!standard)
		close(fd);
	if (status) {
		free(content.data);
		return -1;
	}
	*data = content.data;
	*size = content.size;
	return 0;
}

int aie_file_map(const char *path, void **data, size_t *size, struct aie_error *error)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	void *map = NULL;

	if (fd < 0)
		return aie_error_set_errno(error, AIE_ERROR_INPUT, errno, "%s", path);
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		close(fd);
		return aie_error_set(error, AIE_ERROR_INPUT, "%s: not a regular file", path);
	}
	if (status.st_size)
		map = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return aie_error_set_errno(error, AIE_ERROR_INPUT, errno, "%s: cannot be mapped", path);
	*data = map;
	*size = (size_t)status.st_size;
	return 0;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static int write_all(int fd, const uint8_t *data, size_t size)
{
	while (size) {
		const ssize_t written = write(fd, data, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		data += written;
		size -= (size_t)written;
	}
	return 0;
}

static int cannot_write(const char *path, struct aie_error *error)
{
	return aie_error_set_errno(error, AIE_ERROR_INPUT, errno, "%s: cannot be written", path);
}

/* A new file beside `path`; its name goes to `temporary`.  -1 with errno when there can be none. */
static int create_beside(const char *path, char *temporary, size_t size)
{
	enum { ATTEMPTS = 100 };
	int fd = -1;

	for (unsigned i = 0; i < ATTEMPTS && fd < 0; i++) {
		snprintf(temporary, size, "%s.%ld-%u", path, (long)getpid(), i);
		fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	return fd;
}

/* Where a file's new contents go: beside it, so that it can be renamed (*temporary is that name), or right into it when
 * it is no regular file (*temporary is NULL). */
static int begin(const char *path, char **temporary, struct aie_error *error)
{
	enum { SUFFIX_BYTES = 40 };
	const size_t length = strlen(path) + SUFFIX_BYTES;
	struct stat existing;
	const bool exists = lstat(path, &existing) == 0;
	int fd;

	*temporary = NULL;
	if (exists && !S_ISREG(existing.st_mode)) {
		fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
		return fd < 0 ? cannot_write(path, error) : fd;
	}
	*temporary = malloc(length);
	if (!*temporary)
		return aie_error_set(error, AIE_ERROR_MEMORY, "%s: no memory", path);
	fd = create_beside(path, *temporary, length);
	if (fd >= 0 && (!exists || fchmod(fd, existing.st_mode & 0777) == 0))
		return fd;
	cannot_write(path, error);
	if (fd >= 0) {
		close(fd);
		unlink(*temporary);
	}
	free(*temporary);
	return -1;
}

/* Put the file in its place when all went well so far, else take it away. */
static int finish(const char *path, char *temporary, int status, struct aie_error *error)
{
	if (temporary && !status && rename(temporary, path) != 0)
		status = cannot_write(path, error);
	if (temporary && status)
		unlink(temporary);
	free(temporary);
	return status;
}

int aie_file_write(const char *path, const void *data, size_t size, struct aie_error *error)
{
	char *temporary;
	int status, fd;

	if (strcmp(path, "-") == 0) {
		/* What the tool printed before comes first. */
		if (fflush(stdout) || write_all(STDOUT_FILENO, data, size))
			return cannot_write("standard output", error);
		return 0;
	}
	fd = begin(path, &temporary, error);
	if (fd < 0)
		return -1;
	status = write_all(fd, data, size) ? cannot_write(path, error) : 0;
	if (close(fd) != 0 && !status)
		status = cannot_write(path, error);
	return finish(path, temporary, status, error);
}

int aie_file_open(struct aie_file_output *output, const char *path, struct aie_error *error)
{
	int fd;

	*output = (struct aie_file_output){ .path = path };
	if (strcmp(path, "-") == 0) {
		output->path = "standard output";
		output->stream = stdout;
		return 0;
	}
	fd = begin(path, &output->temporary, error);
	if (fd < 0)
		return -1;
	output->stream = fdopen(fd, "wb");
	if (output->stream)
		return 0;
	cannot_write(path, error);
	close(fd);
	return finish(path, output->temporary, -1, error);
}

int aie_file_close(struct aie_file_output *output, int status, struct aie_error *error)
{
	FILE *stream = output->stream;

	if ((fflush(stream) != 0 || ferror(stream)) && !status)
		status = cannot_write(output->path, error);
	if (stream != stdout && fclose(stream) != 0 && !status)
		status = cannot_write(output->path, error);
	return finish(output->path, output->temporary, status, error);
}
