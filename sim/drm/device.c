/* The device, its open files, and the form in which the driver client uses them (driver/transport.h). */
#include "sim/drm/drm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "driver/transport.h"
#include "sim/array/device.h"
#include "sim/drm/internal.h"

static const char default_profile[] = "npu4";

/* ":npu4,name=value" or "" to what the array model takes. */
static int parse_options(const char *options, const char **profile, struct aie_error *error)
{
	if (!*options)
		return 0; /* the caller's default */
	if (*options != ':' || !options[1])
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "device 'sim%s': expected sim, sim:npu4 or sim:npu4,NAME=VALUE,...", options);
	*profile = options + 1;
	return 0;
}

static int start_model(struct aie_drm_device *device, const char *text, struct aie_error *error)
{
	const struct aie_system_memory memory = { device, aie_drm_translate };
	const struct aie_device_profile *profile;
	struct aie_array_timing timing;

	profile = aie_device_profile_parse(text, &timing, error);
	if (!profile)
		return -1;
	device->array = aie_array_create(text, &memory, error);
	if (!device->array)
		return -1;
	device->clock_mhz = timing.clock_mhz;
	device->ddr_bytes_per_cycle = timing.ddr_bytes_per_cycle;
	device->shim_bytes_per_cycle = AIE_DRM_BEAT_BYTES;
	device->firmware = aie_firmware_create(device->array, &memory, profile, &timing, error);
	return device->firmware ? 0 : -1;
}

static void free_device(struct aie_drm_device *device)
{
	aie_firmware_destroy(device->firmware);
	aie_array_destroy(device->array);
	pthread_cond_destroy(&device->change);
	pthread_cond_destroy(&device->work);
	pthread_mutex_destroy(&device->lock);
	free(device->region);
	free(device->held);
	free(device->pc_counters);
	free(device);
}

struct aie_drm_device *aie_drm_device_create(const char *options, struct aie_error *error)
{
	struct aie_drm_device *device;
	pthread_condattr_t monotonic;
	const char *profile = default_profile;
	int status;

	if (parse_options(options, &profile, error))
		return NULL;
	device = calloc(1, sizeof *device);
	if (!device) {
		aie_error_set(error, AIE_ERROR_MEMORY, "software device: out of memory");
		return NULL;
	}
	pthread_mutex_init(&device->lock, NULL);
	pthread_cond_init(&device->work, NULL);
	/* Time-outs of waits are times of the monotonic clock (DRM rule). */
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&device->change, &monotonic);
	pthread_condattr_destroy(&monotonic);
	device->queue_end = &device->queue;
	if (start_model(device, profile, error)) {
		free_device(device);
		return NULL;
	}
	status = pthread_create(&device->worker, NULL, aie_drm_worker, device);
	if (status) {
		aie_error_set_errno(error, AIE_ERROR_DEVICE, status, "software device: no thread for its commands");
		free_device(device);
		return NULL;
	}
	return device;
}

void aie_drm_device_destroy(struct aie_drm_device *device)
{
	if (!device)
		return;
	pthread_mutex_lock(&device->lock);
	device->stop = true;
	pthread_cond_signal(&device->work);
	pthread_mutex_unlock(&device->lock);
	pthread_join(device->worker, NULL);
	free_device(device);
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

struct aie_drm_file *aie_drm_file_open(struct aie_drm_device *device)
{
	struct aie_drm_file *file = calloc(1, sizeof *file);

	if (!file) {
		errno = ENOMEM;
		return NULL;
	}
	file->device = device;
	file->next_map_offset = AMDXDNA_MAP_OFFSET_BASE;
	pthread_mutex_lock(&device->lock);
	file->next = device->files;
	device->files = file;
	pthread_mutex_unlock(&device->lock);
	return file;
}

void aie_drm_file_close(struct aie_drm_file *file)
{
	struct aie_drm_device *device = file->device;

	pthread_mutex_lock(&device->lock);
	for (unsigned i = 0; i < AIE_DRM_CONTEXT_LIMIT; i++)
		if (device->context[i] && device->context[i]->file == file)
			aie_drm_context_destroy(device->context[i]);
	aie_drm_file_release_syncobjs(file);
	aie_drm_file_release_buffers(file);
	aie_drm_heap_free(&file->heap);
	for (struct aie_drm_file **link = &device->files; *link; link = &(*link)->next) {
		if (*link != file)
			continue;
		*link = file->next;
		break;
	}
	pthread_mutex_unlock(&device->lock);
	free(file);
}

void *aie_drm_file_mmap(struct aie_drm_file *file, void *address, size_t length, int protection, int flags,
                        off_t offset, int *result)
{
	void *mapped;

	pthread_mutex_lock(&file->device->lock);
	mapped = aie_drm_map(file, address, length, protection, flags, offset, result);
	pthread_mutex_unlock(&file->device->lock);
	return mapped;
}

int aie_drm_file_munmap(struct aie_drm_file *file, void *address, size_t length)
{
	uint64_t start = (uintptr_t)address, end;
	int result = 0;

	if (!length || start % AIE_DRM_PAGE || start + length < start)
		return -EINVAL;
	end = (start + length + AIE_DRM_PAGE - 1) / AIE_DRM_PAGE * AIE_DRM_PAGE;
	pthread_mutex_lock(&file->device->lock);
	aie_drm_untrack(file, start, end);
	if (munmap(address, length))
		result = -errno;
	pthread_mutex_unlock(&file->device->lock);
	return result;
}

/* ---- transport -------------------------------------------------------------------------------------------------- */

struct instance {
	struct aie_drm_device *device;
	struct aie_drm_file *file;
};

static int fail(int result)
{
	errno = -result;
	return -1;
}

static int transport_ioctl(void *user, unsigned long request, void *argument)
{
	struct instance *instance = user;
	int result = aie_drm_file_ioctl(instance->file, request, argument);

	return result ? fail(result) : 0;
}

static void *transport_mmap(void *user, void *address, size_t length, int protection, int flags, off_t offset)
{
	struct instance *instance = user;
	int result = 0;
	void *mapped = aie_drm_file_mmap(instance->file, address, length, protection, flags, offset, &result);

	if (mapped == MAP_FAILED)
		errno = -result;
	return mapped;
}

static int transport_munmap(void *user, void *address, size_t length)
{
	struct instance *instance = user;
	int result = aie_drm_file_munmap(instance->file, address, length);

	return result ? fail(result) : 0;
}

static void transport_close(void *user)
{
	struct instance *instance = user;

	aie_drm_file_close(instance->file);
	aie_drm_device_destroy(instance->device);
	free(instance);
}

static int transport_profile(void *user, struct aie_profile *profile)
{
	struct instance *instance = user;
	int result = aie_drm_device_profile(instance->device, profile);

	return result ? fail(result) : 0;
}

static void transport_profile_reset(void *user, int program_counters)
{
	struct instance *instance = user;

	aie_drm_device_profile_reset(instance->device, program_counters);
}

int aie_sim_transport_open(const char *options, struct aie_transport *transport, struct aie_error *error)
{
	struct instance *instance = calloc(1, sizeof *instance);

	if (!instance)
		return aie_error_set(error, AIE_ERROR_MEMORY, "software device: out of memory");
	instance->device = aie_drm_device_create(options, error);
	if (!instance->device) {
		free(instance);
		return -1;
	}
	instance->file = aie_drm_file_open(instance->device);
	if (!instance->file) {
		aie_drm_device_destroy(instance->device);
		free(instance);
		return aie_error_set(error, AIE_ERROR_MEMORY, "software device: out of memory");
	}
	*transport = (struct aie_transport){
		.user = instance,
		.ioctl = transport_ioctl,
		.mmap = transport_mmap,
		.munmap = transport_munmap,
		.close = transport_close,
		.profile = transport_profile,
		.profile_reset = transport_profile_reset,
	};
	return 0;
}
