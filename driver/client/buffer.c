/* Buffers: created, mapped and made visible to the NPU. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "driver/client/client.h"

static enum aie_client_call call_of(enum amdxdna_bo_type type)
{
	return type == AMDXDNA_BO_DEV   ? AIE_CALL_CREATE_DEV
	       : type == AMDXDNA_BO_CMD ? AIE_CALL_CREATE_CMD
	                                : AIE_CALL_CREATE_SHARE;
}

static int get_info(struct aie_buffer *buffer, struct amdxdna_get_bo_info *info, struct aie_error *error)
{
	*info = (struct amdxdna_get_bo_info){ .handle = buffer->handle };
	if (aie_client_ioctl(buffer->device, AMDXDNA_IOCTL_GET_BO_INFO, info))
		return aie_client_fail(buffer->device->node, AIE_CALL_GET_BO_INFO, errno, error);
	return 0;
}

/* Device buffers lie in the heap's mapping; the heap may hold what an earlier buffer left. */
static int place_in_heap(struct aie_buffer *buffer, struct aie_error *error)
{
	struct aie_device *device = buffer->device;
	struct amdxdna_get_bo_info info;

	if (get_info(buffer, &info, error))
		return -1;
	buffer->npu = info.xdna_addr;
	if (buffer->npu < device->heap_npu || buffer->npu - device->heap_npu > AMDXDNA_HEAP_LIMIT - buffer->size)
		return aie_error_set(error, AIE_ERROR_DEVICE,
		                     "%s: GET_BO_INFO: device buffer at 0x%llx outside the heap", device->node,
		                     (unsigned long long)buffer->npu);
	buffer->data = device->heap_data + (buffer->npu - device->heap_npu);
	memset(buffer->data, 0, buffer->size);
	return 0;
}

static int map_buffer(struct aie_buffer *buffer, struct aie_error *error)
{
	struct aie_device *device = buffer->device;
	struct amdxdna_get_bo_info info;
	void *data;

	if (get_info(buffer, &info, error))
		return -1;
	data = device->transport.mmap(device->transport.user, NULL, buffer->size, PROT_READ | PROT_WRITE, MAP_SHARED,
	                              (off_t)info.map_offset);
	if (data == MAP_FAILED)
		return aie_client_fail(device->node, AIE_CALL_MAP, errno, error);
	buffer->data = data;
	/* The NPU's address may be known only now: the process' own address of the first mapping.  Old drivers leave it
	 * at all ones and mean the same. */
	if (buffer->type == AMDXDNA_BO_CMD)
		return 0;
	if (get_info(buffer, &info, error))
		return -1;
	buffer->npu = info.xdna_addr == AMDXDNA_INVALID_ADDRESS ? (uintptr_t)data : info.xdna_addr;
	/* No line of the kernel's zeroing may be written back over results later. */
	return aie_buffer_flush(buffer, 0, buffer->size, error);
}

struct aie_buffer *aie_client_buffer_create(struct aie_device *device, size_t size, enum amdxdna_bo_type type,
                                            struct aie_error *error)
{
	struct amdxdna_create_bo create = { .size = size, .type = type };
	struct aie_buffer *buffer;

	if (!size) {
		aie_error_set(error, AIE_ERROR_INPUT, "buffer of 0 bytes");
		return NULL;
	}
	buffer = calloc(1, sizeof *buffer);
	if (!buffer) {
		aie_error_set(error, AIE_ERROR_MEMORY, "out of memory");
		return NULL;
	}
	buffer->device = device;
	buffer->type = type;
	buffer->size = size;
	if (type == AMDXDNA_BO_DEV ? aie_client_ioctl_growing(device, AMDXDNA_IOCTL_CREATE_BO, &create)
	                           : aie_client_ioctl(device, AMDXDNA_IOCTL_CREATE_BO, &create)) {
		aie_client_fail(device->node, call_of(type), errno, error);
		free(buffer);
		return NULL;
	}
	buffer->handle = create.handle;
	if (type == AMDXDNA_BO_DEV ? place_in_heap(buffer, error) : map_buffer(buffer, error)) {
		aie_buffer_destroy(buffer);
		return NULL;
	}
	return buffer;
}

struct aie_buffer *aie_buffer_create(struct aie_device *device, size_t size, enum aie_buffer_kind kind,
                                     struct aie_error *error)
{
	return aie_client_buffer_create(device, size,
	                                kind == AIE_BUFFER_INSTRUCTION ? AMDXDNA_BO_DEV : AMDXDNA_BO_SHARE, error);
}

static struct aie_buffer *new_shared(struct aie_device *device, struct aie_error *error)
{
	struct aie_buffer *buffer = calloc(1, sizeof *buffer);

	if (!buffer) {
		aie_error_set(error, AIE_ERROR_MEMORY, "out of memory");
		return NULL;
	}
	buffer->device = device;
	buffer->type = AMDXDNA_BO_SHARE;
	return buffer;
}

struct aie_buffer *aie_buffer_wrap(struct aie_device *device, void *data, size_t size, struct aie_error *error)
{
	struct {
		struct amdxdna_va_table head;
		struct amdxdna_va_entry entry;
	} table = { .head = { .dmabuf_fd = -1, .num_entries = 1 }, .entry = { (uintptr_t)data, size } };
	struct amdxdna_create_bo create = { .vaddr = (uintptr_t)&table, .type = AMDXDNA_BO_SHARE };
	struct amdxdna_get_bo_info info;
	struct aie_buffer *buffer;

	if (!size || size % AIE_CLIENT_PAGE || (uintptr_t)data % AIE_CLIENT_PAGE) {
		aie_error_set(error, AIE_ERROR_INPUT, "memory of %zu bytes at %p: must be whole pages of %d", size,
		              data, AIE_CLIENT_PAGE);
		return NULL;
	}
	buffer = new_shared(device, error);
	if (!buffer)
		return NULL;
	if (aie_client_ioctl(device, AMDXDNA_IOCTL_CREATE_BO, &create)) {
		aie_client_fail(device->node, AIE_CALL_WRAP, errno, error);
		free(buffer);
		return NULL;
	}
	buffer->handle = create.handle;
	buffer->data = data;
	buffer->size = size;
	buffer->wrapped = true;
	if (get_info(buffer, &info, error) || aie_buffer_flush(buffer, 0, size, error)) {
		aie_buffer_destroy(buffer);
		return NULL;
	}
	buffer->npu = info.xdna_addr == AMDXDNA_INVALID_ADDRESS ? (uintptr_t)data : info.xdna_addr;
	return buffer;
}

int aie_buffer_export(struct aie_buffer *buffer, int *fd, struct aie_error *error)
{
	struct drm_prime_handle prime = { .handle = buffer->handle, .flags = DRM_CLOEXEC | DRM_RDWR, .fd = -1 };

	if (aie_client_ioctl(buffer->device, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime))
		return aie_client_fail(buffer->device->node, AIE_CALL_EXPORT, errno, error);
	*fd = prime.fd;
	return 0;
}

/* By the table and not by PRIME_FD_TO_HANDLE: a file that has the buffer already would get the handle it has, and two
 * objects would close it. */
struct aie_buffer *aie_buffer_import(struct aie_device *device, int fd, struct aie_error *error)
{
	const struct amdxdna_va_table table = { .dmabuf_fd = fd };
	struct amdxdna_create_bo create = { .vaddr = (uintptr_t)&table, .type = AMDXDNA_BO_SHARE };
	off_t size = lseek(fd, 0, SEEK_END); /* of a dma-buf: its length */
	struct aie_buffer *buffer;

	if (size < 0) {
		aie_error_set_errno(error, AIE_ERROR_INPUT, errno, "import: descriptor %d is no exported buffer", fd);
		return NULL;
	}
	if (!size) {
		aie_error_set(error, AIE_ERROR_INPUT, "import: descriptor %d is no exported buffer", fd);
		return NULL;
	}
	buffer = new_shared(device, error);
	if (!buffer)
		return NULL;
	buffer->size = (size_t)size;
	if (aie_client_ioctl(device, AMDXDNA_IOCTL_CREATE_BO, &create)) {
		aie_client_fail(device->node, AIE_CALL_IMPORT, errno, error);
		free(buffer);
		return NULL;
	}
	buffer->handle = create.handle;
	if (map_buffer(buffer, error)) {
		aie_buffer_destroy(buffer);
		return NULL;
	}
	return buffer;
}

void aie_buffer_destroy(struct aie_buffer *buffer)
{
	struct drm_gem_close close = { 0 };

	if (!buffer)
		return;
	if (buffer->type != AMDXDNA_BO_DEV && buffer->data && !buffer->wrapped)
		buffer->device->transport.munmap(buffer->device->transport.user, buffer->data, buffer->size);
	close.handle = buffer->handle;
	aie_client_ioctl(buffer->device, DRM_IOCTL_GEM_CLOSE, &close);
	free(buffer);
}

void *aie_buffer_data(struct aie_buffer *buffer)
{
	return buffer->data;
}

size_t aie_buffer_size(const struct aie_buffer *buffer)
{
	return buffer->size;
}

uint64_t aie_buffer_address(const struct aie_buffer *buffer)
{
	return buffer->npu;
}

static int synchronise(struct aie_buffer *buffer, size_t offset, size_t size, struct aie_error *error)
{
	struct aie_device *device = buffer->device;
	/* To the device in both directions: the kernel flushes the same lines, and refuses the other direction for
	 * ordinary buffers. */
	struct amdxdna_sync_bo sync = { buffer->handle, AMDXDNA_SYNC_TO_DEVICE, offset, size };

	if (offset > buffer->size || size > buffer->size - offset)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "flush or invalidate: %zu bytes at offset %zu of a buffer of %zu", size, offset,
		                     buffer->size);
	/* The model runs on this machine's memory as it is. */
	if (!size || device->simulated || aie_cache_flush(buffer->data + offset, size))
		return 0;
	if (aie_client_ioctl(device, AMDXDNA_IOCTL_SYNC_BO, &sync))
		return aie_client_fail(device->node, AIE_CALL_SYNC_BO, errno, error);
	return 0;
}

int aie_buffer_flush(struct aie_buffer *buffer, size_t offset, size_t size, struct aie_error *error)
{
	return synchronise(buffer, offset, size, error);
}

int aie_buffer_invalidate(struct aie_buffer *buffer, size_t offset, size_t size, struct aie_error *error)
{
	struct amdxdna_sync_bo fetch = { buffer->handle, AMDXDNA_SYNC_FROM_DEVICE, offset, size };

	/* Debug output is brought in by a command of the context. */
	if (buffer->attached && size && offset <= buffer->size && size <= buffer->size - offset &&
	    aie_client_ioctl(buffer->device, AMDXDNA_IOCTL_SYNC_BO, &fetch))
		return aie_client_fail(buffer->device->node, AIE_CALL_SYNC_BO, errno, error);
	return synchronise(buffer, offset, size, error);
}
