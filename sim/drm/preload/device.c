/* Calls on the imitated device. */
#define _GNU_SOURCE
#include "sim/drm/preload/device.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "driver/client/amdxdna_uapi.h"
#include "sim/drm/drm.h"
#include "sim/drm/preload/fds.h"
#include "sim/drm/preload/log.h"
#include "sim/drm/preload/next.h"
#include "sim/drm/preload/tree.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards `device` while it is made */
static struct aie_drm_device *device;
/* A child of fork cannot use its parent's model and cannot take it apart either; kept where leak checkers find it. */
static struct aie_drm_device *abandoned[8];
static unsigned generation;
static char options[1024]; /* as drm.h takes them; empty: its default */

void aie_preload_device_start(void)
{
	const char *wish = getenv("AIETWIN_DEVICE");

	/* What is too long is no option that exists; the beginning of it shows up in the model's message. */
	if (wish && *wish)
		snprintf(options, sizeof options, ":%s", wish);
	aie_preload_log_start();
}

void aie_preload_device_forked(void)
{
	static const pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;

	lock = fresh;
	abandoned[generation++ % (sizeof abandoned / sizeof abandoned[0])] = device;
	device = NULL;
}

static int fail(int result)
{
	errno = -result;
	return -1;
}

/* The model, made now if need be. */
static struct aie_drm_device *get_device(void)
{
	static struct aie_error error; /* what went wrong is said once, by the first who asks */
	struct aie_drm_device *result;
	sigset_t all, before;

	/* No signal of the program is to be handled by the model's thread, which inherits this mask. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_mutex_lock(&lock);
	if (!device && !error.category) {
		device = aie_drm_device_create(options, &error);
		if (!device) {
			dprintf(STDERR_FILENO, "libaietwin-drm: AIETWIN_DEVICE=%s: %s\n", options[0] ? options + 1 : "",
			        error.text);
			aie_preload_log("cannot make the model: %s", error.text);
		}
	}
	result = device;
	pthread_mutex_unlock(&lock);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!result)
		errno = ENODEV;
	return result;
}

int aie_preload_device_open(const struct aie_preload_node *node, int flags)
{
	struct aie_drm_device *model;
	struct aie_drm_file *file;
	int fd, number;

	if (!aie_preload_here()) {
		errno = ENODEV; /* our memory, but not our process: there is no model here */
		return -1;
	}
	fd = aie_preload_fd_create(flags);
	if (fd < 0)
		return -1;
	model = get_device();
	file = model ? aie_drm_file_open(model) : NULL;
	if (!file || aie_preload_fd_add_device(fd, node, file, flags & O_ACCMODE)) {
		number = errno;
		if (file)
			aie_drm_file_close(file);
		aie_next.close(fd);
		fd = -1;
		errno = number;
	}
	number = errno;
	aie_preload_log_result(fd < 0 ? -number : fd, "open /dev/accel/accel%u", aie_preload_accel_number());
	errno = number;
	return fd;
}

void aie_preload_device_closed(struct aie_drm_file *file)
{
	aie_drm_file_close(file);
}

void aie_preload_device_log_close(int fd)
{
	aie_preload_log_result(0, "close %d", fd);
}

int aie_preload_device_ioctl(struct aie_preload_open *open, int fd, unsigned long request, void *argument)
{
	int result;

	/* These the kernel answers before any driver sees them. */
	switch (request) {
	case FIOCLEX:
	case FIONCLEX:
	case FIONBIO:
	case FIOASYNC:
		return aie_next.ioctl(fd, request, argument);
	default:
		break;
	}
	if (!open->device) {
		errno = open->node->kind == AIE_PRELOAD_DEVICE ? EBADF : ENOTTY; /* O_PATH; directory */
		return -1;
	}
	result = open->file ? aie_drm_file_ioctl(open->file, request, argument) : -ENODEV;
	aie_preload_log_ioctl(fd, request, argument, result);
	return result ? fail(result) : 0;
}

/* ---- mappings ------------------------------------------------------------------------------- */

enum { PAGE = 4096 };

static uintptr_t end_of(const void *address, size_t length)
{
	uintptr_t start = (uintptr_t)address, end = start + length;

	return end < start || end > UINTPTR_MAX - PAGE ? UINTPTR_MAX : (end + PAGE - 1) / PAGE * PAGE;
}

/* Room at exactly this address, or not at all. */
static int claim(void *address, size_t length)
{
	void *got = aie_next.mmap(address, length, PROT_NONE,
	                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (got == MAP_FAILED)
		return -errno;
	if (got == address)
		return 0;
	aie_next.munmap(got, length); /* a kernel that does not know the flag */
	return -EEXIST;
}

static int map(struct aie_preload_open *open, void *address, size_t length, int protection, int flags, off_t offset,
               void **data)
{
	bool claimed = false;
	int result = 0;

	if (!open->device)
		return open->node->kind == AIE_PRELOAD_DEVICE ? -EBADF : -ENODEV;
	if (open->access == O_WRONLY || ((protection & PROT_WRITE) && (flags & MAP_SHARED) && open->access != O_RDWR))
		return -EACCES;
	if (!open->file)
		return -ENODEV;
	if ((flags & MAP_FIXED_NOREPLACE) == MAP_FIXED_NOREPLACE) {
		result = claim(address, length);
		if (result)
			return result;
		claimed = true;
		flags = (flags & ~MAP_FIXED_NOREPLACE) | MAP_FIXED;
	} else if ((flags & MAP_FIXED) && (uintptr_t)address % PAGE == 0 &&
	           aie_preload_map_touched((uintptr_t)address, end_of(address, length)) &&
	           aie_preload_map_remove((uintptr_t)address, end_of(address, length))) {
		return -errno;
	}
	*data = aie_drm_file_mmap(open->file, address, length, protection, flags, offset, &result);
	if (*data == MAP_FAILED) {
		if (claimed)
			aie_next.munmap(address, length);
		return result;
	}
	if (aie_preload_map_add(open, (uintptr_t)*data, end_of(*data, length))) {
		aie_drm_file_munmap(open->file, *data, length);
		return -ENOMEM;
	}
	return 0;
}

void *aie_preload_device_mmap(struct aie_preload_open *open, int fd, void *address, size_t length, int protection,
                              int flags, off_t offset)
{
	void *data = MAP_FAILED;
	int result = map(open, address, length, protection, flags, offset, &data);

	aie_preload_log_result(result, "mmap %d offset=0x%llx length=%zu%s", fd, (unsigned long long)offset, length,
	                       flags & MAP_FIXED ? " fixed" : "");
	if (!result)
		return data;
	errno = -result;
	return MAP_FAILED;
}

int aie_preload_device_munmap(void *address, size_t length)
{
	int result, number;

	if (!length || (uintptr_t)address % PAGE) {
		errno = EINVAL;
		return -1;
	}
	result = aie_preload_map_remove((uintptr_t)address, end_of(address, length));
	number = errno;
	aie_preload_log_result(result ? -number : 0, "munmap length=%zu", length);
	errno = number;
	return result;
}

/* ---- queries for sysfs ---------------------------------------------------------------------- */

int aie_preload_firmware_version(char *text, size_t size)
{
	struct amdxdna_firmware_version version = { 0 };
	struct amdxdna_get_info query = {
		.param = AMDXDNA_INFO_FIRMWARE_VERSION,
		.buffer_size = sizeof version,
		.buffer = (uintptr_t)&version,
	};
	struct aie_drm_device *model = aie_preload_here() ? get_device() : NULL;
	struct aie_drm_file *file = model ? aie_drm_file_open(model) : NULL;
	int result;

	if (!file) {
		errno = ENODEV;
		return -1;
	}
	result = aie_drm_file_ioctl(file, AMDXDNA_IOCTL_GET_INFO, &query);
	aie_drm_file_close(file);
	if (result)
		return fail(result);
	snprintf(text, size, "%u.%u.%u.%u\n", version.major, version.minor, version.patch, version.build);
	return 0;
}
