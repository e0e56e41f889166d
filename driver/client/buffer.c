/* Buffers: created, mapped and made visible to the NPU. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

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
	if (buffer->device->transport.ioctl(buffer->device->transport.user, AMDXDNA_IOCTL_GET_BO_INFO, info))
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
	if (buffer->npu < device->heap_npu || buffer->npu - device->heap_npu > AMDXDNA_HEAP_CHUNK - buffer->size)
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
	if (device->transport.ioctl(device->transport.user, AMDXDNA_IOCTL_CREATE_BO, &create)) {
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

void aie_buffer_destroy(struct aie_buffer *buffer)
{
	struct drm_gem_close close = { 0 };

	if (!buffer)
		return;
	if (buffer->type != AMDXDNA_BO_DEV && buffer->data)
		buffer->device->transport.munmap(buffer->device->transport.user, buffer->data, buffer->size);
	close.handle = buffer->handle;
	buffer->device->transport.ioctl(buffer->device->transport.user, DRM_IOCTL_GEM_CLOSE, &close);
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

static int synchronise(struct aie_buffer *buffer, size_t offset, size_t size, struct aie_error *error)
{
	struct aie_device *device = buffer->device;
	/* To the device in both directions: the kernel flushes the same lines, and refuses the other direction for
	 * ordinary buffers. */
	struct amdxdna_sync_bo sync = { buffer->handle, AMDXDNA_SYNC_TO_DEVICE, offset, size };

	if (offset > buffer->size || size > buffer->size - offset)
		return aie_error_set(error, AIE_ERROR_INPUT, "flush of bytes %zu to %zu of a buffer of %zu", offset,
		                     offset + size, buffer->size);
	/* The model runs on this machine's memory as it is. */
	if (!size || device->simulated || aie_cache_flush(buffer->data + offset, size))
		return 0;
	if (device->transport.ioctl(device->transport.user, AMDXDNA_IOCTL_SYNC_BO, &sync))
		return aie_client_fail(device->node, AIE_CALL_SYNC_BO, errno, error);
	return 0;
}

int aie_buffer_flush(struct aie_buffer *buffer, size_t offset, size_t size, struct aie_error *error)
{
	return synchronise(buffer, offset, size, error);
}

int aie_buffer_invalidate(struct aie_buffer *buffer, size_t offset, size_t size, struct aie_error *error)
{
	return synchronise(buffer, offset, size, error);
}
