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

static int write_in_place(const char *path, const void *data, size_t size, struct aie_error *error)
{
	const int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	int status;

	if (fd < 0)
		return cannot_write(path, error);
	status = write_all(fd, data, size) ? cannot_write(path, error) : 0;
	if (close(fd) != 0 && !status)
		status = cannot_write(path, error);
	return status;
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

/* `existing`: the file that it replaces, whose permissions it gets; NULL when there is none. */
static int write_and_rename(const char *path, char *temporary, size_t temporary_size, const struct stat *existing,
                            const void *data, size_t size, struct aie_error *error)
{
	const int fd = create_beside(path, temporary, temporary_size);
	int status;

	if (fd < 0)
		return cannot_write(path, error);
	status = (existing && fchmod(fd, existing->st_mode & 0777)) || write_all(fd, data, size)
	                 ? cannot_write(path, error)
	                 : 0;
	if (close(fd) != 0 && !status)
		status = cannot_write(path, error);
	if (!status && rename(temporary, path) != 0)
		status = cannot_write(path, error);
	if (status)
		unlink(temporary);
	return status;
}

int aie_file_write(const char *path, const void *data, size_t size, struct aie_error *error)
{
	enum { SUFFIX_BYTES = 40 };
	const size_t length = strlen(path) + SUFFIX_BYTES;
	struct stat existing;
	bool exists;
	char *temporary;
	int status;

	if (strcmp(path, "-") == 0) {
		/* What the tool printed before comes first. */
		if (fflush(stdout) || write_all(STDOUT_FILENO, data, size))
			return cannot_write("standard output", error);
		return 0;
	}
	exists = lstat(path, &existing) == 0;
	if (exists && !S_ISREG(existing.st_mode))
		return write_in_place(path, data, size, error);
	temporary = malloc(length);
	if (!temporary)
		return aie_error_set(error, AIE_ERROR_MEMORY, "%s: no memory", path);
	status = write_and_rename(path, temporary, length, exists ? &existing : NULL, data, size, error);
	free(temporary);
	return status;
}
