/* The exported names that the C library's headers do not declare: entry points of checked (fortified) and older
 * programs. */
#ifndef AIE_SIM_DRM_PRELOAD_WRAPPERS_H
#define AIE_SIM_DRM_PRELOAD_WRAPPERS_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int directory, const char *path, int flags);
int __openat64_2(int directory, const char *path, int flags);
int __xstat(int version, const char *path, struct stat *status);
int __xstat64(int version, const char *path, struct stat64 *status);
int __lxstat(int version, const char *path, struct stat *status);
int __lxstat64(int version, const char *path, struct stat64 *status);
int __fxstat(int version, int fd, struct stat *status);
int __fxstat64(int version, int fd, struct stat64 *status);
int __fxstatat(int version, int directory, const char *path, struct stat *status, int flags);
int __fxstatat64(int version, int directory, const char *path, struct stat64 *status, int flags);
ssize_t __readlink_chk(const char *path, char *buffer, size_t size, size_t room);
ssize_t __readlinkat_chk(int directory, const char *path, char *buffer, size_t size, size_t room);
char *__realpath_chk(const char *path, char *resolved, size_t room);

/* Internal: open() and stat() for the wrappers that are made of them. */
int aie_preload_openat(int directory, const char *path, int flags, mode_t mode);
int aie_preload_statat(int directory, const char *path, struct stat *status, int flags);

#endif
