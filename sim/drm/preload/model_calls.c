/* The model's own calls of the functions that are taken over here.
 *
 * The model is linked into this library with `--wrap`: what it maps, opens and closes goes on to the C library without
 * passing the wrappers, which may be waiting for the model, or hold a lock, at that moment.  A call that the model
 * makes and that is missing here fails to link.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/drm/preload/next.h"

int __wrap_open(const char *path, int flags, ...);
int __wrap_close(int fd);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_fstat(int fd, struct stat *status);
ssize_t __wrap_readlink(const char *path, char *buffer, size_t size);
FILE *__wrap_fopen(const char *path, const char *mode);
void *__wrap_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset);
int __wrap_munmap(void *address, size_t length);
void *__wrap_mremap(void *address, size_t length, size_t new_length, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list arguments;

	if (flags & O_CREAT) {
		va_start(arguments, flags);
		mode = va_arg(arguments, mode_t);
		va_end(arguments);
	}
	return aie_next.openat(AT_FDCWD, path, flags, mode);
}

int __wrap_close(int fd)
{
	return aie_next.close(fd);
}

int __wrap_fcntl(int fd, int command, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return aie_next.fcntl(fd, command, argument);
}

int __wrap_fstat(int fd, struct stat *status)
{
	return aie_next.fstat(fd, status);
}

ssize_t __wrap_readlink(const char *path, char *buffer, size_t size)
{
	return aie_next.readlinkat(AT_FDCWD, path, buffer, size);
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	if (aie_next.fopen)
		return aie_next.fopen(path, mode);
	errno = ENOSYS;
	return NULL;
}

void *__wrap_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	return aie_own_mmap(address, length, protection, flags, fd, offset);
}

int __wrap_munmap(void *address, size_t length)
{
	return aie_next.munmap(address, length);
}

void *__wrap_mremap(void *address, size_t length, size_t new_length, int flags, ...)
{
	va_list arguments;
	void *new_address = NULL;

	if (flags & MREMAP_FIXED) {
		va_start(arguments, flags);
		new_address = va_arg(arguments, void *);
		va_end(arguments);
	}
	return aie_next.mremap(address, length, new_length, flags, new_address);
}
