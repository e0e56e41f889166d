/* Opening a device: node or model, driver version, array metadata. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/client/client.h"

/* libdrm's drmIoctl repeats on EAGAIN too, which here is an answer; so only interruptions are repeated. */
int aie_client_ioctl(struct aie_device *device, unsigned long request, void *argument)
{
	int result;

	do {
		result = device->transport.ioctl(device->transport.user, request, argument);
	} while (result < 0 && errno == EINTR);
	return result;
}

static int check_version(struct aie_device *device, struct aie_error *error)
{
	struct drm_version version = { 0 };
	char name[32] = "";

	version.name = name;
	version.name_len = sizeof name - 1;
	if (aie_client_ioctl(device, DRM_IOCTL_VERSION, &version))
		return aie_client_fail(device->node, AIE_CALL_VERSION, errno, error);
	if (strcmp(name, AMDXDNA_DRIVER_NAME) != 0)
		return aie_error_set(error, AIE_ERROR_DEVICE, "%s: the driver is '%s', not " AMDXDNA_DRIVER_NAME,
		                     device->node, name);
	device->version_major = version.version_major;
	device->version_minor = version.version_minor;
	return 0;
}

static int open_model(struct aie_device *device, const char *options, struct aie_error *error)
{
	device->simulated = true;
	snprintf(device->node, sizeof device->node, "sim");
	aie_error_clear(error);
	return aie_sim_transport_open(options, &device->transport, error);
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text) && strlen(text) < 5;
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
	if (is_number(name)) {
		snprintf(device->node, sizeof device->node, "/dev/accel/accel%s", name);
		return aie_node_open(device->node, &device->transport, error);
	}
	if (!automatic && !strchr(name, '/')) {
		aie_error_set(error, AIE_ERROR_INPUT,
		              "device '%s': expected auto, sim, sim:OPTIONS, or the number or path of a node (0, "
		              "/dev/accel/accel0)",
		              name);
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
	pthread_mutex_init(&device->heap_lock, NULL);
	if (check_version(device, error) || aie_client_heap_open(device, error) ||
	    aie_client_get_info(device, AMDXDNA_INFO_METADATA, &device->metadata, sizeof device->metadata, NULL,
	                        error)) {
		aie_device_close(device);
		return NULL;
	}
	return device;
}

void aie_device_close(struct aie_device *device)
{
	if (!device)
		return;
	aie_client_heap_close(device);
	pthread_mutex_destroy(&device->heap_lock);
	device->transport.close(device->transport.user);
	free(device);
}

int aie_device_info(struct aie_device *device, struct aie_device_info *info, struct aie_error *error)
{
	struct amdxdna_clocks clocks = { 0 };
	const struct amdxdna_clock *clock[2] = { &clocks.mp_npu, &clocks.h };

	if (aie_client_get_info(device, AMDXDNA_INFO_CLOCKS, &clocks, sizeof clocks, NULL, error))
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

static int need_record(const struct aie_device *device, struct aie_error *error)
{
	return device->transport.record ? 0
	                                : aie_error_set(error, AIE_ERROR_UNSUPPORTED,
	                                                "%s: only the model can record everything", device->node);
}

int aie_device_record(struct aie_device *device, bool on, struct aie_error *error)
{
	if (need_record(device, error))
		return -1;
	if (device->transport.record(device->transport.user, on))
		return aie_client_fail(device->node, AIE_CALL_PROFILE, errno, error);
	return 0;
}

int aie_device_records(struct aie_device *device, struct aie_profile_records *records, struct aie_error *error)
{
	if (need_record(device, error))
		return -1;
	if (device->transport.records(device->transport.user, records))
		return aie_client_fail(device->node, AIE_CALL_PROFILE, errno, error);
	return 0;
}

bool aie_device_progress(struct aie_device *device, struct aie_profile_progress *progress)
{
	if (device->transport.progress)
		device->transport.progress(device->transport.user, progress);
	return device->transport.progress != NULL;
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
