/* Buffers from elsewhere: PRIME export and import, and buffers made of the caller's own memory. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "sim/drm/internal.h"

static struct aie_drm_bo *new_bo(struct aie_drm_file *file)
{
	struct aie_drm_bo *bo = calloc(1, sizeof *bo);

	if (!bo)
		return NULL;
	bo->type = AMDXDNA_BO_SHARE;
	bo->npu = bo->user = AMDXDNA_INVALID_ADDRESS;
	bo->fd = -1;
	bo->imported = true;
	bo->file = file;
	return bo;
}

static int import(struct aie_drm_file *file, int fd, struct aie_drm_bo **result)
{
	struct aie_drm_bo *bo = new_bo(file);
	int status = bo ? aie_drm_memory_import(bo, fd) : -ENOMEM;

	if (status) {
		free(bo);
		return status;
	}
	*result = bo;
	return 0;
}

int aie_drm_prime_handle_to_fd(struct aie_drm_file *file, void *argument)
{
	struct drm_prime_handle *args = argument;
	const struct aie_drm_bo *bo;
	int fd;

	if (args->flags & ~(uint32_t)(DRM_CLOEXEC | DRM_RDWR))
		return -EINVAL;
	bo = aie_drm_bo_find(file, args->handle);
	if (!bo)
		return -ENOENT;
	/* A part of the heap has no pages of its own; user memory stays the user's (documented). */
	if (bo->type == AMDXDNA_BO_DEV || bo->user_memory)
		return -EOPNOTSUPP;
	fd = aie_drm_memory_export(bo, args->flags & DRM_RDWR, args->flags & DRM_CLOEXEC);
	if (fd < 0)
		return fd;
	args->fd = fd;
	return 0;
}

/* DRM core rule: a buffer that the file has already keeps its handle. */
int aie_drm_prime_fd_to_handle(struct aie_drm_file *file, void *argument)
{
	struct drm_prime_handle *args = argument;
	struct aie_drm_bo *bo = NULL;
	int result;

	for (uint32_t i = 0; i < file->bos.capacity; i++) {
		bo = file->bos.slot[i];
		if (!bo || !aie_drm_memory_same(bo, args->fd))
			continue;
		args->handle = i + 1;
		return 0;
	}
	result = import(file, args->fd, &bo);
	return result ? result : aie_drm_bo_publish(file, bo, &args->handle);
}

/* ---- memory of the process ------------------------------------------------------------------------------------- */

static bool may_lock_beyond_limit(void)
{
	return aie_drm_is_capable(CAP_IPC_LOCK);
}

static int check_entries(const struct amdxdna_va_entry *entry, uint32_t count, uint64_t *size)
{
	*size = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (entry[i].vaddr % AIE_DRM_PAGE || entry[i].len % AIE_DRM_PAGE ||
		    entry[i].vaddr + entry[i].len < entry[i].vaddr)
			return -EINVAL;
		/* The NPU sees the process' addresses as they are, so there is one range only (documented). */
		if (i && entry[i].vaddr != entry[0].vaddr + *size)
			return -EINVAL;
		*size += entry[i].len;
	}
	return *size ? 0 : -EINVAL; /* (assumed: nothing at all is as wrong as a size of 0) */
}

static int wrap_user_memory(struct aie_drm_file *file, uint64_t entries, uint32_t count, struct aie_drm_bo **result)
{
	struct aie_drm_device *device = file->device;
	struct amdxdna_va_entry *entry;
	struct aie_drm_bo *bo = NULL;
	uint64_t size = 0, start = 0;
	struct rlimit limit = { 0 };
	int status;

	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (!limit.rlim_cur && !may_lock_beyond_limit())
		return -EPERM;
	if (count > AIE_DRM_MAX_VA_ENTRIES)
		return -ENOMEM;
	entry = calloc(count, sizeof *entry);
	if (!entry)
		return -ENOMEM;
	status = aie_drm_copy_in(entry, entries, count * sizeof *entry);
	if (!status)
		status = check_entries(entry, count, &size);
	start = entry[0].vaddr;
	free(entry);
	if (status)
		return status;
	if (limit.rlim_cur != RLIM_INFINITY &&
	    (device->locked_bytes + size > limit.rlim_cur || device->locked_bytes + size < size) &&
	    !may_lock_beyond_limit())
		return -ENOMEM;
	if (!aie_drm_user_writable(start, start + size))
		return -EFAULT;
	bo = new_bo(file);
	if (!bo)
		return -ENOMEM;
	bo->user_memory = true;
	bo->size = size;
	bo->user = start;
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): the interface carries user addresses as numbers */
	bo->host = (uint8_t *)(uintptr_t)start;
	bo->next_user_memory = file->user_memory;
	file->user_memory = bo;
	device->locked_bytes += size;
	*result = bo;
	return 0;
}

void aie_drm_unwrap_user_memory(struct aie_drm_bo *bo)
{
	bo->file->device->locked_bytes -= bo->size;
	for (struct aie_drm_bo **link = &bo->file->user_memory; *link; link = &(*link)->next_user_memory) {
		if (*link != bo)
			continue;
		*link = bo->next_user_memory;
		break;
	}
}

int aie_drm_create_from_table(struct aie_drm_file *file, uint64_t vaddr, struct aie_drm_bo **bo)
{
	struct amdxdna_va_table table;
	int result = aie_drm_copy_in(&table, vaddr, sizeof table);

	if (result)
		return result;
	return table.num_entries ? wrap_user_memory(file, vaddr + sizeof table, table.num_entries, bo)
	                         : import(file, table.dmabuf_fd, bo);
}
