/* The device heap: 64 MiB at first, more when something does not fit, up to 512 MiB.
 *
 * Chunks lie one behind the other in the process as they do for the NPU, so that a buffer may lie over their seams; the
 * address space for all is reserved when the device is opened.  Old drivers have one chunk and say EBUSY to a second.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "driver/client/client.h"

static int reserve(struct aie_device *device, struct aie_error *error)
{
	void *space;

	device->space_bytes = AMDXDNA_HEAP_LIMIT + AMDXDNA_HEAP_CHUNK - AIE_CLIENT_PAGE;
	space = mmap(NULL, device->space_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (space == MAP_FAILED)
		return aie_client_fail(device->node, AIE_CALL_MAP_HEAP, errno, error);
	device->space = space;
	device->heap_data =
	        device->space + (AMDXDNA_HEAP_CHUNK - (uintptr_t)space % AMDXDNA_HEAP_CHUNK) % AMDXDNA_HEAP_CHUNK;
	return 0;
}

/* -1 with errno; *call: which one failed. */
static int add_chunk(struct aie_device *device, enum aie_client_call *call)
{
	struct amdxdna_create_bo create = { .size = AMDXDNA_HEAP_CHUNK, .type = AMDXDNA_BO_DEV_HEAP };
	struct amdxdna_get_bo_info info = { 0 };
	struct drm_gem_close close = { 0 };
	uint64_t expected = device->heap_npu + device->heap_chunks * AMDXDNA_HEAP_CHUNK;
	int number;

	*call = AIE_CALL_CREATE_HEAP;
	if (aie_client_ioctl(device, AMDXDNA_IOCTL_CREATE_BO, &create))
		return -1;
	info.handle = close.handle = create.handle;
	*call = AIE_CALL_GET_BO_INFO;
	if (aie_client_ioctl(device, AMDXDNA_IOCTL_GET_BO_INFO, &info))
		goto failed;
	if (!device->heap_chunks)
		device->heap_npu = expected = info.xdna_addr;
	*call = AIE_CALL_MAP_HEAP;
	errno = EINVAL; /* a chunk that does not follow the last one is of no use */
	if (info.xdna_addr != expected ||
	    device->transport.mmap(device->transport.user, device->heap_data + device->heap_chunks * AMDXDNA_HEAP_CHUNK,
	                           AMDXDNA_HEAP_CHUNK, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
	                           (off_t)info.map_offset) == MAP_FAILED)
		goto failed;
	device->heap_handle[device->heap_chunks++] = create.handle;
	return 0;
failed:
	number = errno;
	aie_client_ioctl(device, DRM_IOCTL_GEM_CLOSE, &close);
	errno = number;
	return -1;
}

int aie_client_heap_open(struct aie_device *device, struct aie_error *error)
{
	enum aie_client_call call;

	if (reserve(device, error))
		return -1;
	return add_chunk(device, &call) ? aie_client_fail(device->node, call, errno, error) : 0;
}

int aie_client_ioctl_growing(struct aie_device *device, unsigned long request, void *argument)
{
	enum aie_client_call call;
	int result = aie_client_ioctl(device, request, argument);

	if (!result || errno != EAGAIN)
		return result;
	/* Another thread may have made room meanwhile, so try again before growing. */
	pthread_mutex_lock(&device->heap_lock);
	while ((result = aie_client_ioctl(device, request, argument)) && errno == EAGAIN &&
	       device->heap_chunks < AIE_CLIENT_HEAP_CHUNKS)
		if (add_chunk(device, &call)) {
			errno = EAGAIN; /* the heap stays as it is and the request does not fit */
			break;
		}
	pthread_mutex_unlock(&device->heap_lock);
	return result;
}

void aie_client_heap_close(struct aie_device *device)
{
	for (unsigned i = 0; i < device->heap_chunks; i++) {
		struct drm_gem_close close = { .handle = device->heap_handle[i] };

		device->transport.munmap(device->transport.user, device->heap_data + i * AMDXDNA_HEAP_CHUNK,
		                         AMDXDNA_HEAP_CHUNK);
		aie_client_ioctl(device, DRM_IOCTL_GEM_CLOSE, &close);
	}
	/* Unmapping what is unmapped already is no failure; but the holes may have been taken by another thread, so
	 * only what is still reserved goes. */
	if (device->space) {
		uint8_t *end = device->heap_data + device->heap_chunks * AMDXDNA_HEAP_CHUNK;

		if (device->heap_data > device->space)
			munmap(device->space, (size_t)(device->heap_data - device->space));
		munmap(end, (size_t)(device->space + device->space_bytes - end));
	}
}
