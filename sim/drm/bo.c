/* Buffers: CREATE_BO, GET_BO_INFO, SYNC_BO, GEM_CLOSE, mmap and munmap.
 *
 * The device keeps one mapping of a buffer's pages and a process' mapping is a second mapping of the same pages, so
 * nothing is ever copied.  Addresses are those of the
 * driver's default mode: the NPU uses the process' virtual address of the first mapping (documented: PASID addressing).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "sim/drm/internal.h"

/* Page-rounded sizes up to the address space of a process; more can never be allocated. */
static const uint64_t max_bo_bytes = UINT64_C(1) << 46;

static uint64_t round_up(uint64_t value, uint64_t unit)
{
	return (value + unit - 1) / unit * unit;
}

void aie_drm_bo_get(struct aie_drm_bo *bo)
{
	bo->references++;
}

void aie_drm_bo_put(struct aie_drm_bo *bo)
{
	if (--bo->references)
		return;
	if (bo->user_memory)
		aie_drm_unwrap_user_memory(bo);
	if (bo->type == AMDXDNA_BO_DEV_HEAP || bo->type == AMDXDNA_BO_DEV)
		aie_drm_heap_release(bo);
	else
		aie_drm_memory_release(bo);
	free(bo);
}

uint8_t *aie_drm_bo_memory(const struct aie_drm_bo *bo)
{
	return bo->user_memory && !aie_drm_user_mapped(bo->user, bo->size) ? NULL : bo->host;
}

struct aie_drm_bo *aie_drm_bo_find(const struct aie_drm_file *file, uint32_t handle)
{
	return aie_drm_handle_find(&file->bos, handle);
}

uint64_t aie_drm_bo_npu_address(const struct aie_drm_bo *bo)
{
	return bo->type == AMDXDNA_BO_DEV || bo->type == AMDXDNA_BO_DEV_HEAP ? bo->npu : bo->user;
}

static int create_shared(struct aie_drm_file *file, uint64_t size, uint32_t type, struct aie_drm_bo **result)
{
	struct aie_drm_bo *bo = calloc(1, sizeof *bo);

	if (!bo)
		return -ENOMEM;
	bo->type = type;
	bo->size = size;
	if (aie_drm_memory_create(bo, NULL)) {
		free(bo);
		return -ENOMEM;
	}
	bo->npu = bo->user = AMDXDNA_INVALID_ADDRESS;
	bo->file = file;
	*result = bo;
	return 0;
}

int aie_drm_bo_publish(struct aie_drm_file *file, struct aie_drm_bo *bo, uint32_t *handle)
{
	int result;

	bo->references = 1;
	bo->open = true;
	bo->map_offset = AMDXDNA_INVALID_ADDRESS;
	if (bo->type != AMDXDNA_BO_DEV) {
		bo->map_offset = file->device->next_map_offset;
		file->device->next_map_offset += bo->size;
	}
	result = aie_drm_handle_add(&file->bos, bo, handle);
	if (result)
		aie_drm_bo_put(bo);
	return result;
}

static int create_sized(struct aie_drm_file *file, const struct amdxdna_create_bo *args, struct aie_drm_bo **bo)
{
	uint64_t size;

	if (!args->size)
		return -EINVAL;
	if (args->size > max_bo_bytes)
		return args->type == AMDXDNA_BO_SHARE || args->type == AMDXDNA_BO_CMD ? -ENOMEM : -EINVAL;
	size = round_up(args->size, AIE_DRM_PAGE);
	switch (args->type) {
	case AMDXDNA_BO_SHARE:
	case AMDXDNA_BO_CMD:
		return create_shared(file, size, args->type, bo);
	case AMDXDNA_BO_DEV_HEAP:
		return aie_drm_heap_create_chunk(file, args->size, bo);
	case AMDXDNA_BO_DEV:
		return aie_drm_heap_create_range(file, size, bo);
	default:
		return -EINVAL;
	}
}

int aie_drm_create_bo(struct aie_drm_file *file, void *argument)
{
	struct amdxdna_create_bo *args = argument;
	struct aie_drm_bo *bo = NULL;
	int result;

	if (args->flags)
		return -EINVAL;
	if (!args->vaddr)
		result = create_sized(file, args, &bo);
	else if (args->type == AMDXDNA_BO_SHARE)
		result = aie_drm_create_from_table(file, args->vaddr, &bo);
	else
		result = -EINVAL; /* (assumed: for all other types; kernels refuse it for some and ignore it for others)
		                   */
	return result ? result : aie_drm_bo_publish(file, bo, &args->handle);
}

int aie_drm_get_bo_info(struct aie_drm_file *file, void *argument)
{
	struct amdxdna_get_bo_info *args = argument;
	const struct aie_drm_bo *bo;

	if (args->ext || args->ext_flags || args->pad)
		return -EINVAL;
	bo = aie_drm_bo_find(file, args->handle);
	if (!bo)
		return -ENOENT;
	args->map_offset = bo->map_offset;
	args->vaddr = bo->type == AMDXDNA_BO_DEV ? aie_drm_heap_user_address(file, bo->npu) : bo->user;
	args->xdna_addr = aie_drm_bo_npu_address(bo);
	return 0;
}

/* Host and model share the memory, so the flush itself is nothing; the answers are the driver's. */
int aie_drm_sync_bo(struct aie_drm_file *file, void *argument)
{
	const struct amdxdna_sync_bo *args = argument;
	const struct aie_drm_bo *bo = aie_drm_bo_find(file, args->handle);

	if (!bo)
		return -ENOENT;
	if (args->direction != AMDXDNA_SYNC_TO_DEVICE && args->direction != AMDXDNA_SYNC_FROM_DEVICE)
		return -EINVAL;
	if (bo->type != AMDXDNA_BO_DEV) {
		if (args->offset + args->size < args->offset || args->offset >= bo->size)
			return -EINVAL;
		if (bo->user == AMDXDNA_INVALID_ADDRESS && !bo->vanished)
			return -EINVAL; /* no pages yet: they are taken at mmap */
	}
	if (args->direction == AMDXDNA_SYNC_TO_DEVICE)
		return 0;
	/* Only a firmware debug buffer can be read back: by a command of its context, which finds the host's memory up
	 * to date here. */
	return bo->debug_context ? aie_drm_take_turn(file, bo->debug_context) : -EINVAL;
}

int aie_drm_gem_close(struct aie_drm_file *file, void *argument)
{
	const struct drm_gem_close *args = argument;
	struct aie_drm_bo *bo = aie_drm_handle_remove(&file->bos, args->handle);

	if (!bo)
		return -EINVAL;
	bo->open = false;
	aie_drm_regions_changed(file);
	aie_drm_bo_put(bo);
	return 0;
}

/* ---- mappings --------------------------------------------------------------------------------------------------- */

static int track(struct aie_drm_file *file, struct aie_drm_bo *bo, uint64_t start, uint64_t end)
{
	if (file->mapping_count == file->mapping_capacity) {
		size_t capacity = file->mapping_capacity ? file->mapping_capacity * 2 : 16;
		struct aie_drm_mapping *mapping = realloc(file->mapping, capacity * sizeof *mapping);

		if (!mapping)
			return -ENOMEM;
		file->mapping = mapping;
		file->mapping_capacity = capacity;
	}
	file->mapping[file->mapping_count++] = (struct aie_drm_mapping){ start, end, bo };
	aie_drm_bo_get(bo);
	aie_drm_regions_changed(file);
	return 0;
}

/* Forget what [start, end) mapped, as the kernel's notifier does.  A buffer whose first mapping is touched has lost its
 * NPU address. */
void aie_drm_untrack(struct aie_drm_file *file, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < file->mapping_count;) {
		struct aie_drm_mapping *m = &file->mapping[i];
		struct aie_drm_bo *bo = m->bo;

		if (m->end <= start || end <= m->start) {
			i++;
			continue;
		}
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): every record holds a reference of its own */
		if (bo->user >= m->start && bo->user < m->end) {
			bo->user = AMDXDNA_INVALID_ADDRESS;
			bo->vanished = true;
		}
		/* What is left of a mapping that was cut keeps the memory but is no whole mapping of the buffer any
		 * more, so there is nothing to track: drop the record. */
		*m = file->mapping[--file->mapping_count];
		aie_drm_bo_put(bo);
		aie_drm_regions_changed(file);
	}
}

struct aie_drm_bo *aie_drm_bo_of_offset(const struct aie_drm_file *file, uint64_t offset)
{
	for (uint32_t i = 0; i < file->bos.capacity; i++) {
		struct aie_drm_bo *bo = file->bos.slot[i];

		if (bo && bo->map_offset == offset)
			return bo;
	}
	return NULL;
}

void *aie_drm_map(struct aie_drm_file *file, void *address, size_t length, int protection, int flags, off_t offset,
                  int *result)
{
	uint64_t file_offset = (uint64_t)offset;
	struct aie_drm_bo *bo;
	void *mapped;

	*result = -EINVAL;
	if (!length || file_offset % AIE_DRM_PAGE)
		return MAP_FAILED;
	if (file_offset < AMDXDNA_MAP_OFFSET_BASE) {
		*result = -EOPNOTSUPP; /* doorbell space of other devices */
		return MAP_FAILED;
	}
	bo = aie_drm_bo_of_offset(file, file_offset);
	for (const struct aie_drm_file *other = file->device->files; other && !bo; other = other->next)
		if (aie_drm_bo_of_offset(other, file_offset)) {
			*result = -EACCES;
			return MAP_FAILED;
		}
	if (!bo || length > bo->size)
		return MAP_FAILED;
	if (!(flags & MAP_SHARED) && (protection & PROT_WRITE))
		return MAP_FAILED; /* (assumed: a private writable mapping of device memory means nothing) */
	length = round_up(length, AIE_DRM_PAGE);
	/* (assumed: the driver states the 64 MiB rule, not the errno) */
	if (bo->type == AMDXDNA_BO_DEV_HEAP &&
	    (!(flags & MAP_FIXED) || (uintptr_t)address % AMDXDNA_HEAP_CHUNK || length != bo->size))
		return MAP_FAILED;
	if ((flags & MAP_FIXED) && (uintptr_t)address % AIE_DRM_PAGE)
		return MAP_FAILED;

	/* An old length of 0 asks mremap for a second mapping of the same shared pages. */
	if (flags & MAP_FIXED) {
		aie_drm_untrack(file, (uintptr_t)address, (uintptr_t)address + length);
		mapped = mremap(bo->host, 0, length, MREMAP_MAYMOVE | MREMAP_FIXED, address);
	} else {
		mapped = mremap(bo->host, 0, length, MREMAP_MAYMOVE);
	}
	if (mapped == MAP_FAILED) {
		/* Private memory of the program cannot be had a second time. */
		*result = bo->user_memory ? -EOPNOTSUPP : -errno;
		return MAP_FAILED;
	}
	if (protection != (PROT_READ | PROT_WRITE) && mprotect(mapped, length, protection)) {
		*result = -errno;
		munmap(mapped, length);
		return MAP_FAILED;
	}
	if ((flags & MAP_LOCKED) && mlock(mapped, length)) {
		*result = -EAGAIN; /* beyond the limit of locked memory */
		munmap(mapped, length);
		return MAP_FAILED;
	}
	*result = track(file, bo, (uintptr_t)mapped, (uintptr_t)mapped + length);
	if (*result) {
		munmap(mapped, length);
		return MAP_FAILED;
	}
	if (bo->user == AMDXDNA_INVALID_ADDRESS && length == bo->size) {
		bo->user = (uintptr_t)mapped;
		bo->vanished = false;
	}
	return mapped;
}

void aie_drm_file_release_buffers(struct aie_drm_file *file)
{
	aie_drm_regions_changed(file);
	while (file->mapping_count)
		aie_drm_bo_put(file->mapping[--file->mapping_count].bo);
	free(file->mapping);
	for (uint32_t handle = 1; handle <= file->bos.capacity; handle++) {
		struct aie_drm_bo *bo = aie_drm_handle_remove(&file->bos, handle);

		if (bo)
			aie_drm_bo_put(bo);
	}
	aie_drm_handles_free(&file->bos);
}
