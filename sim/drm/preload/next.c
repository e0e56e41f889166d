/* Looking up what stands behind the wrappers, and the start of the library. */
#define _GNU_SOURCE
#include "sim/drm/preload/next.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sim/drm/preload/device.h"
#include "sim/drm/preload/fds.h"
#include "sim/drm/preload/tree.h"

/* ---- system calls, for the time before the symbols are known -------------------------------- */

static int raw_openat(int directory, const char *path, int flags, ...)
{
	va_list arguments;
	unsigned mode;

	va_start(arguments, flags);
	mode = va_arg(arguments, unsigned);
	va_end(arguments);
	return (int)syscall(SYS_openat, directory, path, flags, mode);
}

static int raw_close(int fd)
{
	return (int)syscall(SYS_close, fd);
}

static int raw_close_range(unsigned first, unsigned last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

static int raw_dup(int fd)
{
	return (int)syscall(SYS_dup, fd);
}

static int raw_dup2(int from, int to)
{
	if (from == to)
		return syscall(SYS_fcntl, from, F_GETFD) < 0 ? -1 : to;
	return (int)syscall(SYS_dup3, from, to, 0);
}

static int raw_dup3(int from, int to, int flags)
{
	return (int)syscall(SYS_dup3, from, to, flags);
}

static int raw_fcntl(int fd, int command, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return (int)syscall(SYS_fcntl, fd, command, argument);
}

static int raw_ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return (int)syscall(SYS_ioctl, fd, request, argument);
}

static void *raw_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

static int raw_munmap(void *address, size_t length)
{
	return (int)syscall(SYS_munmap, address, length);
}

static void *raw_mremap(void *address, size_t length, size_t new_length, int flags, ...)
{
	va_list arguments;
	void *new_address;

	va_start(arguments, flags);
	new_address = va_arg(arguments, void *);
	va_end(arguments);
	return (void *)syscall(SYS_mremap, address, length, new_length, flags, new_address);
}

static int raw_fstatat(int directory, const char *path, struct stat *status, int flags)
{
	return (int)syscall(SYS_newfstatat, directory, path, status, flags);
}

static int raw_fstat(int fd, struct stat *status)
{
	return (int)syscall(SYS_fstat, fd, status);
}

static int raw_statx(int directory, const char *path, int flags, unsigned mask, struct statx *status)
{
	return (int)syscall(SYS_statx, directory, path, flags, mask, status);
}

static int raw_faccessat(int directory, const char *path, int mode, int flags)
{
	return (int)syscall(SYS_faccessat2, directory, path, mode, flags);
}

static ssize_t raw_readlinkat(int directory, const char *path, char *buffer, size_t size)
{
	return syscall(SYS_readlinkat, directory, path, buffer, size);
}

static ssize_t raw_getxattr(const char *path, const char *name, void *value, size_t size)
{
	return syscall(SYS_getxattr, path, name, value, size);
}

static ssize_t raw_lgetxattr(const char *path, const char *name, void *value, size_t size)
{
	return syscall(SYS_lgetxattr, path, name, value, size);
}

static ssize_t raw_listxattr(const char *path, char *list, size_t size)
{
	return syscall(SYS_listxattr, path, list, size);
}

static ssize_t raw_llistxattr(const char *path, char *list, size_t size)
{
	return syscall(SYS_llistxattr, path, list, size);
}

struct aie_next aie_next = {
#define AIE_NEXT_RAW(type, name, parameters) .name = raw_##name,
	AIE_NEXT_SYSTEM_CALLS(AIE_NEXT_RAW)
#undef AIE_NEXT_RAW
};

#if defined(AIE_PRELOAD_THREAD_SANITIZER)
static void *(*outer_mmap)(void *address, size_t length, int protection, int flags, int fd, off_t offset) = raw_mmap;
#define OWN_MMAP outer_mmap
#else
#define OWN_MMAP aie_next.mmap
#endif

void *aie_own_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	return OWN_MMAP(address, length, protection, flags, fd, offset);
}

/* ---- start ---------------------------------------------------------------------------------- */

enum { STATE_NEW, STATE_STARTING, STATE_STARTED };
static atomic_int state = STATE_NEW;

int aie_preload_started(void)
{
	if (atomic_load_explicit(&state, memory_order_acquire) == STATE_NEW)
		aie_preload_start();
	return atomic_load_explicit(&state, memory_order_acquire) == STATE_STARTED;
}

__attribute__((constructor)) void aie_preload_start(void)
{
	int expected = STATE_NEW;
	void *found;

	/* Whoever comes here a second time meanwhile (dlsym's allocator, another thread) finds working system calls. */
	if (!atomic_compare_exchange_strong(&state, &expected, STATE_STARTING))
		return;
/* NOLINTBEGIN(bugprone-macro-parentheses): a type */
#define AIE_NEXT_LOAD(type, name, parameters)                                                                          \
	found = dlsym(RTLD_NEXT, #name);                                                                               \
	if (found)                                                                                                     \
		aie_next.name = (type(*) parameters)found;
	AIE_NEXT_SYSTEM_CALLS(AIE_NEXT_LOAD)
	AIE_NEXT_LIBRARY_CALLS(AIE_NEXT_LOAD)
#undef AIE_NEXT_LOAD
	/* NOLINTEND(bugprone-macro-parentheses) */
#if defined(AIE_PRELOAD_THREAD_SANITIZER)
	found = dlsym(RTLD_DEFAULT, "mmap");
	if (found)
		outer_mmap = (void *(*)(void *, size_t, int, int, int, off_t))found;
#endif
	aie_preload_tree_build();
	aie_preload_fds_start();
	aie_preload_device_start();
	atomic_store_explicit(&state, STATE_STARTED, memory_order_release);
}
