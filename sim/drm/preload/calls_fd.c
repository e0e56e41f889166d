/* Wrapped calls that make, use and end descriptors. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sim/drm/preload/device.h"
#include "sim/drm/preload/fds.h"
#include "sim/drm/preload/next.h"
#include "sim/drm/preload/tree.h"
#include "sim/drm/preload/wrappers.h"

/* ---- open ----------------------------------------------------------------------------------- */

static bool takes_mode(int flags)
{
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
}

/* A memory file with `text` in it that nobody can change; the descriptor is what `flags` ask for. */
static int open_text(const char *name, const char *text, size_t length, int flags)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING), reading, number;
	char path[40];

	if (fd < 0)
		return -1;
	if ((length && write(fd, text, length) != (ssize_t)length) || fchmod(fd, 0444) ||
	    aie_next.fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)) {
		number = errno;
		aie_next.close(fd);
		errno = number;
		return -1;
	}
	/* Opened again to be read only and to begin at 0; without /proc the sealed one serves as well. */
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	reading = aie_next.openat(AT_FDCWD, path, O_RDONLY | (flags & (O_CLOEXEC | O_NONBLOCK)));
	if (reading < 0) {
		lseek(fd, 0, SEEK_SET);
		if (!(flags & O_CLOEXEC))
			aie_next.fcntl(fd, F_SETFD, 0);
		return fd;
	}
	aie_next.close(fd);
	return reading;
}

static int open_file(const struct aie_preload_node *node, int flags)
{
	char version[64];
	const char *text = node->text;
	int fd, number;

	if ((flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC) {
		errno = EACCES; /* none of them has a store function, whoever asks */
		return -1;
	}
	if (!text) {
		if (aie_preload_firmware_version(version, sizeof version))
			return -1;
		text = version;
	}
	fd = open_text(node->name, text, strlen(text), flags);
	if (fd >= 0 && aie_preload_fd_add_node(fd, node)) {
		number = errno;
		aie_next.close(fd);
		errno = number;
		return -1;
	}
	return fd;
}

/* A directory, or anything of ours by O_PATH. */
static int open_place(const struct aie_preload_node *node, int flags)
{
	char path[PATH_MAX];
	int fd, number;

	if (node->kind == AIE_PRELOAD_DIRECTORY) {
		if (!(flags & O_PATH) && ((flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT)) {
			errno = EISDIR;
			return -1;
		}
		fd = aie_next.openat(AT_FDCWD, aie_preload_node_path(node, path), flags);
		if (fd < 0 && errno != ENOENT)
			return -1;
	} else {
		fd = -1;
	}
	if (fd < 0)
		fd = open_text(node->name, "", 0, flags & O_CLOEXEC);
	if (fd >= 0 && aie_preload_fd_add_node(fd, node)) {
		number = errno;
		aie_next.close(fd);
		errno = number;
		return -1;
	}
	return fd;
}

int aie_preload_openat(int directory, const char *path, int flags, mode_t mode)
{
	struct aie_preload_path place;

	switch (aie_preload_resolve(directory, path, !(flags & O_NOFOLLOW), &place)) {
	case AIE_PRELOAD_OTHER:
		return aie_next.openat(place.directory, place.path, flags, mode);
	case AIE_PRELOAD_NOWHERE:
		return -1;
	default:
		break;
	}
	if (!aie_preload_here()) { /* no records here, so nothing that needs one */
		errno = place.node->kind == AIE_PRELOAD_DEVICE ? ENODEV : ENOENT;
		return -1;
	}
	if ((flags & O_CREAT) && (flags & O_EXCL)) {
		errno = EEXIST;
		return -1;
	}
	if ((flags & O_DIRECTORY) && place.node->kind != AIE_PRELOAD_DIRECTORY) {
		errno = ENOTDIR;
		return -1;
	}
	if ((flags & O_PATH) || place.node->kind == AIE_PRELOAD_DIRECTORY)
		return open_place(place.node, flags);
	switch (place.node->kind) {
	case AIE_PRELOAD_DEVICE:
		return aie_preload_device_open(place.node, flags);
	case AIE_PRELOAD_FILE:
		return open_file(place.node, flags);
	default:
		errno = ELOOP; /* a link, and O_NOFOLLOW */
		return -1;
	}
}

#define MODE_OF(flags)                                                                                                 \
	mode_t mode = 0;                                                                                               \
	if (takes_mode(flags)) {                                                                                       \
		va_list arguments;                                                                                     \
		va_start(arguments, flags);                                                                            \
		mode = va_arg(arguments, mode_t);                                                                      \
		va_end(arguments);                                                                                     \
	}

int open(const char *path, int flags, ...)
{
	MODE_OF(flags)
	return aie_preload_openat(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	MODE_OF(flags)
	return aie_preload_openat(AT_FDCWD, path, flags, mode);
}

int openat(int directory, const char *path, int flags, ...)
{
	MODE_OF(flags)
	return aie_preload_openat(directory, path, flags, mode);
}

int openat64(int directory, const char *path, int flags, ...)
{
	MODE_OF(flags)
	return aie_preload_openat(directory, path, flags, mode);
}

/* The checked forms end the program when a mode would be needed; that is left to the library. */
int __open_2(const char *path, int flags)
{
	if (takes_mode(flags) && aie_next.__open_2)
		return aie_next.__open_2(path, flags);
	return aie_preload_openat(AT_FDCWD, path, flags, 0);
}

int __open64_2(const char *path, int flags)
{
	return __open_2(path, flags);
}

int __openat_2(int directory, const char *path, int flags)
{
	if (takes_mode(flags) && aie_next.__openat_2)
		return aie_next.__openat_2(directory, path, flags);
	return aie_preload_openat(directory, path, flags, 0);
}

int __openat64_2(int directory, const char *path, int flags)
{
	return __openat_2(directory, path, flags);
}

FILE *fopen(const char *path, const char *mode)
{
	struct aie_preload_path place;
	int flags = O_RDONLY, fd;
	FILE *file;

	if (mode && aie_preload_resolve(AT_FDCWD, path, true, &place) == AIE_PRELOAD_OURS) {
		if (strchr(mode, '+'))
			flags = O_RDWR;
		else if (*mode != 'r')
			flags = O_WRONLY;
		if (*mode == 'w')
			flags |= O_CREAT | O_TRUNC;
		if (strchr(mode, 'x'))
			flags |= O_EXCL;
		if (strchr(mode, 'e'))
			flags |= O_CLOEXEC;
		fd = aie_preload_openat(AT_FDCWD, path, flags, 0666);
		file = fd < 0 ? NULL : fdopen(fd, mode);
		if (fd >= 0 && !file)
			aie_preload_fd_close(fd);
		return file;
	}
	if (!aie_next.fopen) {
		errno = ENOSYS;
		return NULL;
	}
	/* A link of ours may have led elsewhere. */
	return aie_next.fopen(mode ? place.path : path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
	return fopen(path, mode);
}

/* ---- duplicates and the end ----------------------------------------------------------------- */

int close(int fd)
{
	return aie_preload_fd_suspected(fd) ? aie_preload_fd_close(fd) : aie_next.close(fd);
}

int close_range(unsigned first, unsigned last, int flags)
{
	return aie_preload_fd_close_range(first, last, flags);
}

void closefrom(int first)
{
	aie_preload_fd_close_range(first < 0 ? 0 : (unsigned)first, UINT_MAX, 0);
}

int dup(int fd)
{
	int result = aie_next.dup(fd);

	return aie_preload_fd_suspected(fd) ? aie_preload_fd_adopt(fd, result) : result;
}

int dup2(int from, int to)
{
	if (!aie_preload_fd_suspected(from) && !aie_preload_fd_suspected(to))
		return aie_next.dup2(from, to);
	return aie_preload_fd_dup2(from, to, 0, false);
}

int dup3(int from, int to, int flags)
{
	if (!aie_preload_fd_suspected(from) && !aie_preload_fd_suspected(to))
		return aie_next.dup3(from, to, flags);
	return aie_preload_fd_dup2(from, to, flags, true);
}

static int control(int fd, int command, void *argument)
{
	int result = aie_next.fcntl(fd, command, argument);
	struct aie_preload_open *open;

	if (result < 0 || !aie_preload_fd_suspected(fd))
		return result;
	if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
		return aie_preload_fd_adopt(fd, result);
	if (command != F_GETFL)
		return result;
	open = aie_preload_fd_get(fd);
	if (!open)
		return result;
	if (open->device)
		result = (result & ~O_ACCMODE) | open->access;
	aie_preload_open_put(open);
	return result;
}

int fcntl(int fd, int command, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return control(fd, command, argument);
}

int fcntl64(int fd, int command, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return control(fd, command, argument);
}

/* ---- use ------------------------------------------------------------------------------------ */

int ioctl(int fd, unsigned long request, ...)
{
	struct aie_preload_open *open;
	va_list arguments;
	void *argument;
	int result;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	open = aie_preload_fd_get(fd);
	if (!open)
		return aie_next.ioctl(fd, request, argument);
	result = aie_preload_device_ioctl(open, fd, request, argument);
	if (result) {
		int number = errno;

		aie_preload_open_put(open);
		errno = number;
	} else {
		aie_preload_open_put(open);
	}
	return result;
}

/* Anything mapped over the device's memory takes that memory away first. */
static int make_room(void *address, size_t length, int flags)
{
	uintptr_t start = (uintptr_t)address;

	if (!(flags & MAP_FIXED) || (flags & MAP_FIXED_NOREPLACE) == MAP_FIXED_NOREPLACE || start + length < start ||
	    !aie_preload_map_touched(start, start + length))
		return 0;
	return aie_preload_device_munmap(address, length);
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	struct aie_preload_open *open = flags & MAP_ANONYMOUS ? NULL : aie_preload_fd_get(fd);
	void *data;
	int number;

	if (!open)
		return make_room(address, length, flags)
		               ? MAP_FAILED
		               : aie_next.mmap(address, length, protection, flags, fd, offset);
	data = aie_preload_device_mmap(open, fd, address, length, protection, flags, offset);
	number = errno;
	aie_preload_open_put(open);
	errno = number;
	return data;
}

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset)
{
	return mmap(address, length, protection, flags, fd, offset);
}

int munmap(void *address, size_t length)
{
	uintptr_t start = (uintptr_t)address;

	if (start + length < start || !aie_preload_map_touched(start, start + length))
		return aie_next.munmap(address, length);
	return aie_preload_device_munmap(address, length);
}

/* Device memory does not grow (the kernel's rule) and does not move either: where it was first mapped is its address
 * for the NPU.  It can be cut. */
void *mremap(void *address, size_t length, size_t new_length, int flags, ...)
{
	uintptr_t start = (uintptr_t)address;
	void *new_address = NULL;
	va_list arguments;

	if (flags & MREMAP_FIXED) {
		va_start(arguments, flags);
		new_address = va_arg(arguments, void *);
		va_end(arguments);
		if (make_room(new_address, new_length, MAP_FIXED))
			return MAP_FAILED;
	}
	if (start + length < start || !aie_preload_map_touched(start, start + (length ? length : 1)))
		return aie_next.mremap(address, length, new_length, flags, new_address);
	if (new_length > length || (flags & MREMAP_FIXED) || !new_length) {
		errno = new_length ? EFAULT : EINVAL;
		return MAP_FAILED;
	}
	if (new_length < length && munmap((char *)address + new_length, length - new_length))
		return MAP_FAILED;
	return address;
}
