/* The device heap: 64 MiB chunks that follow one another in the NPU's address space, and the ranges of DEV buffers and
 * of contexts' command rings carved out of them (best fit, every range on a multiple of 32 KiB).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/drm/internal.h"

static struct aie_drm_bo *chunk_of(const struct aie_drm_heap *heap, uint64_t npu)
{
	return heap->chunk[(npu - AMDXDNA_HEAP_BASE) / AMDXDNA_HEAP_CHUNK];
}

bool aie_drm_heap_exists(const struct aie_drm_file *file)
{
	for (unsigned i = 0; i < AIE_DRM_HEAP_CHUNKS; i++)
		if (file->heap.chunk[i] && file->heap.chunk[i]->open)
			return true;
	return false;
}

uint64_t aie_drm_heap_user_address(const struct aie_drm_file *file, uint64_t npu)
{
	const struct aie_drm_bo *chunk = chunk_of(&file->heap, npu);

	if (!chunk || chunk->user == AMDXDNA_INVALID_ADDRESS)
		return AMDXDNA_INVALID_ADDRESS;
	return chunk->user + (npu - chunk->npu);
}

int aie_drm_heap_create_chunk(struct aie_drm_file *file, uint64_t size, struct aie_drm_bo **result)
{
	struct aie_drm_heap *heap = &file->heap;
	struct aie_drm_bo *bo;
	unsigned count = (unsigned)(size / AMDXDNA_HEAP_CHUNK), first = 0, i;
	void *host;

	if (size % AMDXDNA_HEAP_CHUNK)
		return -EINVAL;
	while (first < AIE_DRM_HEAP_CHUNKS && heap->chunk[first])
		first++;
	if (size > AMDXDNA_HEAP_LIMIT || first + count > AIE_DRM_HEAP_CHUNKS)
		return -ENOSPC;
	for (i = 0; i < count; i++)
		if (heap->chunk[first + i])
			return -ENOSPC;
	if (!heap->reservation) {
		host = mmap(NULL, AMDXDNA_HEAP_LIMIT, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (host == MAP_FAILED)
			return -ENOMEM;
		heap->reservation = host;
	}
	bo = calloc(1, sizeof *bo);
	if (!bo)
		return -ENOMEM;
	bo->type = AMDXDNA_BO_DEV_HEAP;
	bo->size = size;
	if (aie_drm_memory_create(bo, heap->reservation + first * AMDXDNA_HEAP_CHUNK)) {
		free(bo);
		return -ENOMEM;
	}
	bo->user = AMDXDNA_INVALID_ADDRESS;
	bo->npu = AMDXDNA_HEAP_BASE + first * AMDXDNA_HEAP_CHUNK;
	bo->chunk = first;
	bo->file = file;
	for (i = 0; i < count; i++)
		heap->chunk[first + i] = bo;
	aie_drm_regions_changed(file);
	*result = bo;
	return 0;
}

/* Every chunk a range lies in must be open, mapped, and lie in the process as it lies in NPU space. */
static int check_chunks(const struct aie_drm_heap *heap, uint64_t start, uint64_t end)
{
	const struct aie_drm_bo *first = chunk_of(heap, start);

	for (uint64_t at = start; at < end; at = (at / AMDXDNA_HEAP_CHUNK + 1) * AMDXDNA_HEAP_CHUNK) {
		const struct aie_drm_bo *chunk = chunk_of(heap, at);

		if (!chunk->open || chunk->user == AMDXDNA_INVALID_ADDRESS)
			return -EAGAIN;
		if (chunk->user - chunk->npu != first->user - first->npu)
			return -EINVAL;
	}
	return 0;
}

/* The smallest hole that takes `size` bytes; index of the range it precedes. */
static bool find_hole(const struct aie_drm_heap *heap, uint64_t size, uint64_t *address, size_t *before)
{
	uint64_t best = UINT64_MAX, hole_start = AMDXDNA_HEAP_BASE;
	unsigned chunks = 0;

	while (chunks < AIE_DRM_HEAP_CHUNKS && heap->chunk[chunks])
		chunks++;
	for (size_t i = 0; i <= heap->range_count; i++) {
		uint64_t hole_end =
		        i < heap->range_count ? heap->range[i].start : AMDXDNA_HEAP_BASE + chunks * AMDXDNA_HEAP_CHUNK;
		uint64_t start = (hole_start + AMDXDNA_DEV_ALIGNMENT - 1) & ~(AMDXDNA_DEV_ALIGNMENT - 1);

		if (start < hole_end && hole_end - start >= size && hole_end - start < best) {
			best = hole_end - start;
			*address = start;
			*before = i;
		}
		if (i < heap->range_count)
			hole_start = heap->range[i].end;
	}
	return best != UINT64_MAX;
}

int aie_drm_heap_create_range(struct aie_drm_file *file, uint64_t size, struct aie_drm_bo **result)
{
	struct aie_drm_heap *heap = &file->heap;
	struct aie_drm_bo *bo, *last = NULL;
	uint64_t address = 0;
	size_t before = 0;
	int status;

	if (size > AMDXDNA_HEAP_LIMIT)
		return -EINVAL;
	if (!aie_drm_heap_exists(file))
		return -EAGAIN;
	for (unsigned i = 0; i < AIE_DRM_HEAP_CHUNKS && heap->chunk[i]; i++)
		if (heap->chunk[i]->user == AMDXDNA_INVALID_ADDRESS)
			return -EAGAIN;
	if (!find_hole(heap, size, &address, &before))
		return heap->chunk[AIE_DRM_HEAP_CHUNKS - 1] ? -ENOSPC : -EAGAIN;
	status = check_chunks(heap, address, address + size);
	if (status)
		return status;
	if (heap->range_count == heap->range_capacity) {
		size_t capacity = heap->range_capacity ? heap->range_capacity * 2 : 16;
		struct aie_drm_range *range = realloc(heap->range, capacity * sizeof *range);

		if (!range)
			return -ENOMEM;
		heap->range = range;
		heap->range_capacity = capacity;
	}
	bo = calloc(1, sizeof *bo);
	if (!bo)
		return -ENOMEM;
	bo->type = AMDXDNA_BO_DEV;
	bo->size = size;
	bo->npu = address;
	bo->host = heap->reservation + (address - AMDXDNA_HEAP_BASE);
	bo->user = bo->map_offset = AMDXDNA_INVALID_ADDRESS;
	bo->fd = -1;
	bo->file = file;
	bo->references = 1;
	memmove(heap->range + before + 1, heap->range + before, (heap->range_count - before) * sizeof *heap->range);
	heap->range[before] = (struct aie_drm_range){ address, address + size };
	heap->range_count++;
	/* The chunks live until the last range in them is gone. */
	for (uint64_t at = address; at < address + size; at = (at / AMDXDNA_HEAP_CHUNK + 1) * AMDXDNA_HEAP_CHUNK) {
		struct aie_drm_bo *chunk = chunk_of(heap, at);

		if (chunk != last)
			aie_drm_bo_get(chunk);
		last = chunk;
	}
	*result = bo;
	return 0;
}

void aie_drm_heap_release(struct aie_drm_bo *bo)
{
	struct aie_drm_heap *heap = &bo->file->heap;
	struct aie_drm_bo *last = NULL, *chunks[AIE_DRM_HEAP_CHUNKS];
	unsigned count = 0;

	if (bo->type == AMDXDNA_BO_DEV_HEAP) {
		aie_drm_memory_release(bo);
		for (uint64_t i = 0; i < bo->size / AMDXDNA_HEAP_CHUNK; i++)
			heap->chunk[bo->chunk + i] = NULL;
		return;
	}
	for (size_t i = 0; i < heap->range_count; i++) {
		if (heap->range[i].start != bo->npu)
			continue;
		heap->range_count--;
		memmove(heap->range + i, heap->range + i + 1, (heap->range_count - i) * sizeof *heap->range);
		break;
	}
	for (uint64_t at = bo->npu; at < bo->npu + bo->size; at = (at / AMDXDNA_HEAP_CHUNK + 1) * AMDXDNA_HEAP_CHUNK) {
		struct aie_drm_bo *chunk = chunk_of(heap, at);

		if (chunk != last)
			chunks[count++] = chunk;
		last = chunk;
	}
	for (unsigned i = 0; i < count; i++)
		aie_drm_bo_put(chunks[i]);
}

void aie_drm_heap_free(struct aie_drm_heap *heap)
{
	if (heap->reservation)
		munmap(heap->reservation, AMDXDNA_HEAP_LIMIT);
	free(heap->range);
}
