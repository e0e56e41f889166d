/* Memory of buffers: shared pages with a file descriptor behind them, so that a buffer can be exported.
 *
 * Pages are untouched until somebody writes.  Every buffer keeps a descriptor open; they are put into the upper half of
 * the process' range, and once that is full buffers are made of anonymous memory, which cannot be exported.  A program
 * may close descriptors that are not its own (closefrom), so a descriptor is compared with what it was before each use.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/drm/internal.h"

static const char memory_name[] = "aietwin-bo";

int aie_drm_high_fd(int fd)
{
	struct rlimit limit;
	int high = -1;

	if (fd < 0)
		return -1;
	if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur / 2 < INT32_MAX)
		high = fcntl(fd, F_DUPFD_CLOEXEC, (int)(limit.rlim_cur / 2));
	else
		return fd;
	close(fd);
	return high;
}

static bool remember(struct aie_drm_bo *bo, int fd)
{
	struct stat status;

	if (fd < 0 || fstat(fd, &status))
		return false;
	bo->fd = fd;
	bo->device = status.st_dev;
	bo->inode = status.st_ino;
	return true;
}

int aie_drm_memory_fd(const struct aie_drm_bo *bo)
{
	struct stat status;

	if (bo->fd < 0 || fstat(bo->fd, &status) || status.st_dev != bo->device || status.st_ino != bo->inode)
		return -1;
	return bo->fd;
}

int aie_drm_memory_create(struct aie_drm_bo *bo, void *at)
{
	const int flags = MAP_SHARED | MAP_NORESERVE | (at ? MAP_FIXED : 0);
	int fd = memfd_create(memory_name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *host;

	/* The size is sealed: no importer can cut the pages away under the device. */
	if (fd >= 0 &&
	    (ftruncate(fd, (off_t)bo->size) || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))) {
		close(fd);
		fd = -1;
	}
	fd = aie_drm_high_fd(fd);
	bo->fd = -1;
	host = mmap(at, bo->size, PROT_READ | PROT_WRITE, flags | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
	if (host == MAP_FAILED || (fd >= 0 && !remember(bo, fd))) {
		if (fd >= 0)
			close(fd);
		return -ENOMEM;
	}
	bo->host = host;
	return 0;
}

/* An exported buffer, perhaps of another process: the same kind of memory, recognised by its name. */
int aie_drm_memory_import(struct aie_drm_bo *bo, int fd)
{
	char path[48], name[64] = "";
	struct stat status;
	void *host;
	int own;

	if (fstat(fd, &status))
		return -EBADF;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (!S_ISREG(status.st_mode) || readlink(path, name, sizeof name - 1) < 0 || strncmp(name, "/memfd:", 7) != 0 ||
	    strncmp(name + 7, memory_name, sizeof memory_name - 1) != 0 || status.st_size <= 0 ||
	    status.st_size % AIE_DRM_PAGE)
		return -EINVAL; /* no dma-buf */
	own = aie_drm_high_fd(open(path, O_RDWR | O_CLOEXEC));
	if (own < 0)
		return errno == EMFILE || errno == ENFILE ? -errno : -EINVAL;
	bo->size = (uint64_t)status.st_size;
	host = mmap(NULL, bo->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, own, 0);
	if (host == MAP_FAILED || !remember(bo, own)) {
		close(own);
		return -ENOMEM;
	}
	bo->host = host;
	return 0;
}

int aie_drm_memory_export(const struct aie_drm_bo *bo, bool writable, bool close_on_exec)
{
	int own = aie_drm_memory_fd(bo), fd;
	char path[48];

	if (own < 0)
		return -EMFILE; /* there was no descriptor left when the buffer was made */
	if (writable) {
		fd = fcntl(own, close_on_exec ? F_DUPFD_CLOEXEC : F_DUPFD, 0);
	} else {
		snprintf(path, sizeof path, "/proc/self/fd/%d", own);
		fd = open(path, O_RDONLY | (close_on_exec ? O_CLOEXEC : 0));
	}
	return fd < 0 ? -errno : fd;
}

bool aie_drm_memory_same(const struct aie_drm_bo *bo, int fd)
{
	struct stat status;

	return bo->fd >= 0 && !fstat(fd, &status) && status.st_dev == bo->device && status.st_ino == bo->inode;
}

void aie_drm_memory_release(struct aie_drm_bo *bo)
{
	int fd = aie_drm_memory_fd(bo);

	if (bo->type == AMDXDNA_BO_DEV_HEAP)
		/* Give the pages back, keep the address space; should it fail they stay until the file is closed. */
		(void)mmap(bo->host, bo->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
		           0);
	else if (bo->host && !bo->user_memory)
		munmap(bo->host, bo->size);
	if (fd >= 0)
		close(fd);
}

/* ---- memory of the process ------------------------------------------------------------------------------------- */

bool aie_drm_user_writable(uint64_t start, uint64_t end)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uint64_t from, to;
	char line[512], mode[8];

	if (!maps)
		return aie_drm_user_mapped(start, end - start);
	while (start < end && fgets(line, sizeof line, maps)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &from, &to, mode) != 3 || to <= start)
			continue;
		if (from > start || mode[0] != 'r' || mode[1] != 'w')
			break;
		start = to;
	}
	fclose(maps);
	return start >= end;
}

bool aie_drm_user_mapped(uint64_t start, uint64_t size)
{
	/* Looks at the address space only and moves no page. */
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): the interface carries user addresses as numbers */
	return !msync((void *)(uintptr_t)start, size, MS_ASYNC);
}
