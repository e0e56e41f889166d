/* The C library's own functions behind the ones this library takes over: found once, called by every wrapper for
 * whatever is none of the imitated device's business.
 *
 * Where a function is little more than a system call, the table starts with that system call, so that calls made while
 * the symbols are still being looked up (by an allocator that maps memory, say) get where they should.
 */
#ifndef AIE_SIM_DRM_PRELOAD_NEXT_H
#define AIE_SIM_DRM_PRELOAD_NEXT_H

#include <dirent.h>
#include <glob.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

/* result, name, parameters */
#define AIE_NEXT_SYSTEM_CALLS(X)                                                                                       \
	X(int, openat, (int directory, const char *path, int flags, ...))                                              \
	X(int, close, (int fd))                                                                                        \
	X(int, close_range, (unsigned first, unsigned last, int flags))                                                \
	X(int, dup, (int fd))                                                                                          \
	X(int, dup2, (int from, int to))                                                                               \
	X(int, dup3, (int from, int to, int flags))                                                                    \
	X(int, fcntl, (int fd, int command, ...))                                                                      \
	X(int, ioctl, (int fd, unsigned long request, ...))                                                            \
	X(void *, mmap, (void *address, size_t length, int protection, int flags, int fd, off_t offset))               \
	X(int, munmap, (void *address, size_t length))                                                                 \
	X(void *, mremap, (void *address, size_t length, size_t new_length, int flags, ...))                           \
	X(int, fstatat, (int directory, const char *path, struct stat *status, int flags))                             \
	X(int, fstat, (int fd, struct stat *status))                                                                   \
	X(int, statx, (int directory, const char *path, int flags, unsigned mask, struct statx *status))               \
	X(int, faccessat, (int directory, const char *path, int mode, int flags))                                      \
	X(ssize_t, readlinkat, (int directory, const char *path, char *buffer, size_t size))                           \
	X(ssize_t, getxattr, (const char *path, const char *name, void *value, size_t size))                           \
	X(ssize_t, lgetxattr, (const char *path, const char *name, void *value, size_t size))                          \
	X(ssize_t, listxattr, (const char *path, char *list, size_t size))                                             \
	X(ssize_t, llistxattr, (const char *path, char *list, size_t size))

#define AIE_NEXT_LIBRARY_CALLS(X)                                                                                      \
	X(int, __open_2, (const char *path, int flags))                                                                \
	X(int, __openat_2, (int directory, const char *path, int flags))                                               \
	X(char *, realpath, (const char *path, char *resolved))                                                        \
	X(FILE *, fopen, (const char *path, const char *mode))                                                         \
	X(DIR *, opendir, (const char *path))                                                                          \
	X(DIR *, fdopendir, (int fd))                                                                                  \
	X(struct dirent *, readdir, (DIR * stream))                                                                    \
	X(int, readdir_r, (DIR * stream, struct dirent * entry, struct dirent * *result))                              \
	X(int, closedir, (DIR * stream))                                                                               \
	X(void, rewinddir, (DIR * stream))                                                                             \
	X(long, telldir, (DIR * stream))                                                                               \
	X(void, seekdir, (DIR * stream, long position))                                                                \
	X(int, dirfd, (DIR * stream))                                                                                  \
	X(int, scandirat,                                                                                              \
	  (int directory, const char *path, struct dirent ***list, int (*filter)(const struct dirent *),               \
	   int (*compare)(const struct dirent **, const struct dirent **)))                                            \
	X(int, glob, (const char *pattern, int flags, int (*failed)(const char *, int), glob_t *result))

/* NOLINTBEGIN(bugprone-macro-parentheses): types and parameter lists */
struct aie_next {
#define AIE_NEXT_MEMBER(type, name, parameters) type(*name) parameters;
	AIE_NEXT_SYSTEM_CALLS(AIE_NEXT_MEMBER)
	AIE_NEXT_LIBRARY_CALLS(AIE_NEXT_MEMBER)
#undef AIE_NEXT_MEMBER
};
/* NOLINTEND(bugprone-macro-parentheses) */
extern struct aie_next aie_next;

/* mmap for memory of this library and of the model.  That is the C library's, but for ThreadSanitizer: its runtime has
 * to see every mapping, so there the call goes round through the runtime, which comes back to the wrapper. */
void *aie_own_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset);

/* Everything the library needs before main: symbols, the imitated paths, the fork handlers.  Runs as a constructor and,
 * if another library's constructor is earlier, at the first wrapped call; harmless to call again, from any thread. */
void aie_preload_start(void);
/* Symbols and paths are there.  Before that every call goes straight on. */
int aie_preload_started(void);

#endif
