/* Wrapped calls that ask about paths. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "sim/drm/preload/fds.h"
#include "sim/drm/preload/next.h"
#include "sim/drm/preload/tree.h"
#include "sim/drm/preload/wrappers.h"

_Static_assert(sizeof(struct stat) == sizeof(struct stat64), "one structure by two names, as on every 64-bit system");

/* ---- stat ----------------------------------------------------------------------------------- */

/* A directory that really exists speaks for itself. */
static int stat_node(const struct aie_preload_node *node, struct stat *status)
{
	char path[PATH_MAX];

	if (node->kind == AIE_PRELOAD_DIRECTORY) {
		int number = errno;

		if (!aie_next.fstatat(AT_FDCWD, aie_preload_node_path(node, path), status, 0))
			return 0;
		if (errno != ENOENT)
			return -1;
		errno = number;
	}
	aie_preload_node_stat(node, status);
	return 0;
}

/* An open file says how much there is to read, which programs that copy it go by; sysfs itself always says a page. */
static int stat_open(int fd, const struct aie_preload_node *node, struct stat *status)
{
	struct stat real;

	if (stat_node(node, status))
		return -1;
	if (node->kind == AIE_PRELOAD_FILE && !aie_next.fstat(fd, &real)) {
		status->st_size = real.st_size;
		status->st_blocks = real.st_blocks;
	}
	return 0;
}

int aie_preload_statat(int directory, const char *path, struct stat *status, int flags)
{
	const struct aie_preload_node *node;
	struct aie_preload_path place;

	if ((flags & AT_EMPTY_PATH) && aie_preload_is_empty(path)) {
		node = aie_preload_fd_node(directory);
		return node ? stat_open(directory, node, status) : aie_next.fstatat(directory, path, status, flags);
	}
	switch (aie_preload_resolve(directory, path, !(flags & AT_SYMLINK_NOFOLLOW), &place)) {
	case AIE_PRELOAD_OURS:
		return stat_node(place.node, status);
	case AIE_PRELOAD_NOWHERE:
		return -1;
	default:
		return aie_next.fstatat(place.directory, place.path, status, flags);
	}
}

int stat(const char *path, struct stat *status)
{
	return aie_preload_statat(AT_FDCWD, path, status, 0);
}

int stat64(const char *path, struct stat64 *status)
{
	return aie_preload_statat(AT_FDCWD, path, (struct stat *)(void *)status, 0);
}

int lstat(const char *path, struct stat *status)
{
	return aie_preload_statat(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

int lstat64(const char *path, struct stat64 *status)
{
	return aie_preload_statat(AT_FDCWD, path, (struct stat *)(void *)status, AT_SYMLINK_NOFOLLOW);
}

int fstatat(int directory, const char *path, struct stat *status, int flags)
{
	return aie_preload_statat(directory, path, status, flags);
}

int fstatat64(int directory, const char *path, struct stat64 *status, int flags)
{
	return aie_preload_statat(directory, path, (struct stat *)(void *)status, flags);
}

int fstat(int fd, struct stat *status)
{
	const struct aie_preload_node *node = aie_preload_fd_suspected(fd) ? aie_preload_fd_node(fd) : NULL;

	return node ? stat_open(fd, node, status) : aie_next.fstat(fd, status);
}

int fstat64(int fd, struct stat64 *status)
{
	return fstat(fd, (struct stat *)(void *)status);
}

/* Programs built against a C library before 2.33 come by these; versions 0 and 1 mean the structure of today. */
static bool known_version(int version)
{
	if (version == 0 || version == 1)
		return true;
	errno = EINVAL;
	return false;
}

int __xstat(int version, const char *path, struct stat *status)
{
	return known_version(version) ? stat(path, status) : -1;
}

int __xstat64(int version, const char *path, struct stat64 *status)
{
	return known_version(version) ? stat64(path, status) : -1;
}

int __lxstat(int version, const char *path, struct stat *status)
{
	return known_version(version) ? lstat(path, status) : -1;
}

int __lxstat64(int version, const char *path, struct stat64 *status)
{
	return known_version(version) ? lstat64(path, status) : -1;
}

int __fxstat(int version, int fd, struct stat *status)
{
	return known_version(version) ? fstat(fd, status) : -1;
}

int __fxstat64(int version, int fd, struct stat64 *status)
{
	return known_version(version) ? fstat64(fd, status) : -1;
}

int __fxstatat(int version, int directory, const char *path, struct stat *status, int flags)
{
	return known_version(version) ? fstatat(directory, path, status, flags) : -1;
}

int __fxstatat64(int version, int directory, const char *path, struct stat64 *status, int flags)
{
	return known_version(version) ? fstatat64(directory, path, status, flags) : -1;
}

static struct statx_timestamp time_of(const struct timespec *time)
{
	return (struct statx_timestamp){ .tv_sec = time->tv_sec, .tv_nsec = (uint32_t)time->tv_nsec };
}

static int fill_statx(int failed, const struct stat *status, struct statx *result)
{
	if (failed)
		return -1;
	memset(result, 0, sizeof *result);
	result->stx_mask = STATX_BASIC_STATS;
	result->stx_blksize = (uint32_t)status->st_blksize;
	result->stx_nlink = (uint32_t)status->st_nlink;
	result->stx_uid = status->st_uid;
	result->stx_gid = status->st_gid;
	result->stx_mode = (uint16_t)status->st_mode;
	result->stx_ino = status->st_ino;
	result->stx_size = (uint64_t)status->st_size;
	result->stx_blocks = (uint64_t)status->st_blocks;
	result->stx_atime = time_of(&status->st_atim);
	result->stx_mtime = time_of(&status->st_mtim);
	result->stx_ctime = time_of(&status->st_ctim);
	result->stx_rdev_major = major(status->st_rdev);
	result->stx_rdev_minor = minor(status->st_rdev);
	result->stx_dev_major = major(status->st_dev);
	result->stx_dev_minor = minor(status->st_dev);
	return 0;
}

int statx(int directory, const char *path, int flags, unsigned mask, struct statx *status)
{
	const struct aie_preload_node *node;
	struct aie_preload_path place;
	struct stat found;

	if ((flags & AT_EMPTY_PATH) && aie_preload_is_empty(path)) {
		node = aie_preload_fd_node(directory);
		if (!node)
			return aie_next.statx(directory, path, flags, mask, status);
		return fill_statx(stat_open(directory, node, &found), &found, status);
	}
	switch (aie_preload_resolve(directory, path, !(flags & AT_SYMLINK_NOFOLLOW), &place)) {
	case AIE_PRELOAD_OURS:
		return fill_statx(stat_node(place.node, &found), &found, status);
	case AIE_PRELOAD_NOWHERE:
		return -1;
	default:
		return aie_next.statx(place.directory, place.path, flags, mask, status);
	}
}

/* ---- access --------------------------------------------------------------------------------- */

static int access_node(const struct aie_preload_node *node, int mode, int flags)
{
	char path[PATH_MAX];
	struct stat status;
	int number = errno;

	if (node->kind == AIE_PRELOAD_DIRECTORY) {
		if (!aie_next.faccessat(AT_FDCWD, aie_preload_node_path(node, path), mode, flags))
			return 0;
		if (errno != ENOENT)
			return -1;
		errno = number;
	}
	aie_preload_node_stat(node, &status);
	/* Everything is root's, so others' bits decide; root may write all and execute what somebody may execute. */
	if ((mode & R_OK && !(status.st_mode & S_IROTH)) || (mode & X_OK && !(status.st_mode & S_IXOTH)) ||
	    (mode & W_OK && !(status.st_mode & S_IWOTH) && (flags & AT_EACCESS ? geteuid() : getuid()) != 0)) {
		errno = EACCES;
		return -1;
	}
	return 0;
}

int faccessat(int directory, const char *path, int mode, int flags)
{
	struct aie_preload_path place;

	switch (aie_preload_resolve(directory, path, !(flags & AT_SYMLINK_NOFOLLOW), &place)) {
	case AIE_PRELOAD_OURS:
		return access_node(place.node, mode, flags);
	case AIE_PRELOAD_NOWHERE:
		return -1;
	default:
		return aie_next.faccessat(place.directory, place.path, mode, flags);
	}
}

int access(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, 0);
}

int eaccess(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, AT_EACCESS);
}

int euidaccess(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, AT_EACCESS);
}

/* ---- links ---------------------------------------------------------------------------------- */

static ssize_t copy_text(const char *text, char *buffer, size_t size)
{
	size_t length = strlen(text);

	if (!size) {
		errno = EINVAL;
		return -1;
	}
	if (length > size)
		length = size;
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): readlink's rule */
	memcpy(buffer, text, length);
	return (ssize_t)length;
}

ssize_t readlinkat(int directory, const char *path, char *buffer, size_t size)
{
	int fd = aie_preload_fd_of_path(path);
	const struct aie_preload_node *node = fd >= 0 ? aie_preload_fd_node(fd) : NULL;
	struct aie_preload_path place;
	char text[PATH_MAX];

	if (node)
		return copy_text(aie_preload_node_path(node, text), buffer, size);
	switch (aie_preload_resolve(directory, path, false, &place)) {
	case AIE_PRELOAD_OURS:
		if (place.node->kind == AIE_PRELOAD_LINK)
			return copy_text(place.node->text, buffer, size);
		errno = EINVAL;
		return -1;
	case AIE_PRELOAD_NOWHERE:
		return -1;
	default:
		return aie_next.readlinkat(place.directory, place.path, buffer, size);
	}
}

ssize_t readlink(const char *path, char *buffer, size_t size)
{
	return readlinkat(AT_FDCWD, path, buffer, size);
}

/* The checked forms: what the caller's buffer cannot hold ends the program, as in the library. */
ssize_t __readlinkat_chk(int directory, const char *path, char *buffer, size_t size, size_t room)
{
	if (size > room)
		abort();
	return readlinkat(directory, path, buffer, size);
}

ssize_t __readlink_chk(const char *path, char *buffer, size_t size, size_t room)
{
	return __readlinkat_chk(AT_FDCWD, path, buffer, size, room);
}

char *realpath(const char *path, char *resolved)
{
	struct aie_preload_path place;
	char text[PATH_MAX];

	switch (aie_preload_resolve(AT_FDCWD, path, true, &place)) {
	case AIE_PRELOAD_OURS:
		aie_preload_node_path(place.node, text);
		return resolved ? memcpy(resolved, text, strlen(text) + 1) : strdup(text);
	case AIE_PRELOAD_NOWHERE:
		return NULL;
	default:
		if (!aie_next.realpath) {
			errno = ENOSYS;
			return NULL;
		}
		return aie_next.realpath(place.path, resolved);
	}
}

char *__realpath_chk(const char *path, char *resolved, size_t room)
{
	if (room < PATH_MAX)
		abort();
	return realpath(path, resolved);
}

char *canonicalize_file_name(const char *path)
{
	return realpath(path, NULL);
}

/* ---- extended attributes: ours have none (ls -l asks); directories that really exist may ------------------------- */

static ssize_t get_attribute(const char *path, bool follow, const char *name, void *value, size_t size)
{
	enum aie_preload_place where;
	struct aie_preload_path place;
	ssize_t result = -1;

	where = aie_preload_resolve(AT_FDCWD, path, follow, &place);
	if (where == AIE_PRELOAD_NOWHERE)
		return -1;
	if (where == AIE_PRELOAD_OTHER || place.node->kind == AIE_PRELOAD_DIRECTORY)
		result = follow ? aie_next.getxattr(place.path, name, value, size)
		                : aie_next.lgetxattr(place.path, name, value, size);
	if (where == AIE_PRELOAD_OURS && result < 0 && (place.node->kind != AIE_PRELOAD_DIRECTORY || errno == ENOENT))
		errno = ENODATA;
	return result;
}

ssize_t getxattr(const char *path, const char *name, void *value, size_t size)
{
	return get_attribute(path, true, name, value, size);
}

ssize_t lgetxattr(const char *path, const char *name, void *value, size_t size)
{
	return get_attribute(path, false, name, value, size);
}

static ssize_t list_attributes(const char *path, bool follow, char *list, size_t size)
{
	enum aie_preload_place where;
	struct aie_preload_path place;
	ssize_t result;

	where = aie_preload_resolve(AT_FDCWD, path, follow, &place);
	if (where == AIE_PRELOAD_NOWHERE)
		return -1;
	if (where == AIE_PRELOAD_OURS && place.node->kind != AIE_PRELOAD_DIRECTORY)
		return 0;
	result = follow ? aie_next.listxattr(place.path, list, size) : aie_next.llistxattr(place.path, list, size);
	return where == AIE_PRELOAD_OURS && result < 0 && errno == ENOENT ? 0 : result;
}

ssize_t listxattr(const char *path, char *list, size_t size)
{
	return list_attributes(path, true, list, size);
}

ssize_t llistxattr(const char *path, char *list, size_t size)
{
	return list_attributes(path, false, list, size);
}
