/* Opening a device: node or model, driver version, device heap, array metadata. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "driver/client/client.h"

static int check_version(struct aie_device *device, struct aie_error *error)
{
	struct drm_version version = { 0 };
	char name[32] = "";

	version.name = name;
	version.name_len = sizeof name - 1;
	if (device->transport.ioctl(device->transport.user, DRM_IOCTL_VERSION, &version))
		return aie_client_fail(device->node, AIE_CALL_VERSION, errno, error);
	if (strcmp(name, AMDXDNA_DRIVER_NAME) != 0)
		return aie_error_set(error, AIE_ERROR_DEVICE, "%s: the driver is '%s', not " AMDXDNA_DRIVER_NAME,
		                     device->node, name);
	device->version_major = version.version_major;
	device->version_minor = version.version_minor;
	return 0;
}

/* The heap has to lie on a multiple of 64 MiB: reserve twice the space, map into its middle, give the rest back. */
static int map_heap(struct aie_device *device, uint64_t map_offset, struct aie_error *error)
{
	const size_t reserved = 2 * AMDXDNA_HEAP_CHUNK - AIE_CLIENT_PAGE;
	uint8_t *space, *start, *end;
	void *data;

	space = mmap(NULL, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (space == MAP_FAILED)
		return aie_client_fail(device->node, AIE_CALL_MAP_HEAP, errno, error);
	start = space + (AMDXDNA_HEAP_CHUNK - (uintptr_t)space % AMDXDNA_HEAP_CHUNK) % AMDXDNA_HEAP_CHUNK;
	data = device->transport.mmap(device->transport.user, start, AMDXDNA_HEAP_CHUNK, PROT_READ | PROT_WRITE,
	                              MAP_SHARED | MAP_FIXED, (off_t)map_offset);
	if (data == MAP_FAILED) {
		int number = errno;

		munmap(space, reserved);
		return aie_client_fail(device->node, AIE_CALL_MAP_HEAP, number, error);
	}
	if (start > space)
		munmap(space, (size_t)(start - space));
	end = start + AMDXDNA_HEAP_CHUNK;
	if (end < space + reserved)
		munmap(end, (size_t)(space + reserved - end));
	device->heap_data = start;
	return 0;
}

static int create_heap(struct aie_device *device, struct aie_error *error)
{
	struct amdxdna_create_bo create = { .size = AMDXDNA_HEAP_CHUNK, .type = AMDXDNA_BO_DEV_HEAP };
	struct amdxdna_get_bo_info info = { 0 };

	if (device->transport.ioctl(device->transport.user, AMDXDNA_IOCTL_CREATE_BO, &create))
		return aie_client_fail(device->node, AIE_CALL_CREATE_HEAP, errno, error);
	device->heap_handle = create.handle;
	info.handle = create.handle;
	if (device->transport.ioctl(device->transport.user, AMDXDNA_IOCTL_GET_BO_INFO, &info))
		return aie_client_fail(device->node, AIE_CALL_GET_BO_INFO, errno, error);
	device->heap_npu = info.xdna_addr;
	return map_heap(device, info.map_offset, error);
}

static int query(struct aie_device *device, enum amdxdna_info param, void *data, uint32_t size, struct aie_error *error)
{
	struct amdxdna_get_info info = { .param = param, .buffer_size = size, .buffer = (uintptr_t)data };

	if (device->transport.ioctl(device->transport.user, AMDXDNA_IOCTL_GET_INFO, &info))
		return aie_client_fail(device->node, AIE_CALL_GET_INFO, errno, error);
	return 0;
}

static int open_model(struct aie_device *device, const char *options, struct aie_error *error)
{
	device->simulated = true;
	snprintf(device->node, sizeof device->node, "sim");
	aie_error_clear(error);
	return aie_sim_transport_open(options, &device->transport, error);
}

static int open_transport(struct aie_device *device, const char *name, struct aie_error *error)
{
	bool automatic = strcmp(name, "auto") == 0;

	if (automatic && aie_node_find(device->node, error)) {
		if (aie_sim_transport_open)
			return open_model(device, "", error);
		aie_error_prefix(error, "the model is not part of this program");
		return -1;
	}
	if (strcmp(name, "sim") == 0 || strncmp(name, "sim:", 4) == 0) {
		if (aie_sim_transport_open)
			return open_model(device, name + 3, error);
		aie_error_set(error, AIE_ERROR_DEVICE, "%s: the model is not part of this program", name);
		return -1;
	}
	if (!automatic && !strchr(name, '/')) {
		aie_error_set(error, AIE_ERROR_INPUT,
		              "device '%s': expected auto, sim, sim:OPTIONS or the path of a node such as /dev/accel/accel0", name);
		return -1;
	}
	if (!automatic && strlen(name) >= sizeof device->node) {
		aie_error_set(error, AIE_ERROR_INPUT, "device name of more than %zu characters",
		              sizeof device->node - 1);
		return -1;
	}
	if (!automatic)
		snprintf(device->node, sizeof device->node, "%s", name);
	return aie_node_open(device->node, &device->transport, error);
}

struct aie_device *aie_device_open(const char *name, struct aie_error *error)
{
	struct aie_device *device = calloc(1, sizeof *device);

	if (!device) {
		aie_error_set(error, AIE_ERROR_MEMORY, "out of memory");
		return NULL;
	}
	if (open_transport(device, name, error)) {
		free(device);
		return NULL;
	}
	if (check_version(device, error) || create_heap(device, error) ||
	    query(device, AMDXDNA_INFO_METADATA, &device->metadata, sizeof device->metadata, error)) {
		aie_device_close(device);
		return NULL;
	}
	return device;
}

void aie_device_close(struct aie_device *device)
{
	struct drm_gem_close close = { 0 };

	if (!device)
		return;
	if (device->heap_data)
		device->transport.munmap(device->transport.user, device->heap_data, AMDXDNA_HEAP_CHUNK);
	if (device->heap_handle) {
		close.handle = device->heap_handle;
		device->transport.ioctl(device->transport.user, DRM_IOCTL_GEM_CLOSE, &close);
	}
	device->transport.close(device->transport.user);
	free(device);
}

int aie_device_info(struct aie_device *device, struct aie_device_info *info, struct aie_error *error)
{
	struct amdxdna_clocks clocks = { 0 };
	const struct amdxdna_clock *clock[2] = { &clocks.mp_npu, &clocks.h };

	if (query(device, AMDXDNA_INFO_CLOCKS, &clocks, sizeof clocks, error))
		return -1;
	*info = (struct aie_device_info){
		.driver = AMDXDNA_DRIVER_NAME,
		.version_major = device->version_major,
		.version_minor = device->version_minor,
		.simulated = device->simulated,
		.columns = device->metadata.cols,
		.rows = device->metadata.rows,
		.core_rows = device->metadata.core.row_count,
	};
	for (unsigned i = 0; i < 2; i++) {
		memcpy(info->clock_name[i], clock[i]->name, sizeof info->clock_name[i]);
		info->clock_name[i][sizeof info->clock_name[i] - 1] = 0;
		info->clock_mhz[i] = clock[i]->mhz;
	}
	return 0;
}

void aie_device_profile_reset(struct aie_device *device, bool program_counters)
{
	if (device->transport.profile_reset)
		device->transport.profile_reset(device->transport.user, program_counters);
}

int aie_device_profile(struct aie_device *device, struct aie_profile *profile, struct aie_error *error)
{
	if (!device->transport.profile)
		return aie_error_set(error, AIE_ERROR_UNSUPPORTED, "%s: only the model knows where the time went",
		                     device->node);
	if (device->transport.profile(device->transport.user, profile))
		return aie_client_fail(device->node, AIE_CALL_PROFILE, errno, error);
	return 0;
}
