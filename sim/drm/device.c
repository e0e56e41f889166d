/* The device, its open files, and the form in which the driver client uses them (driver/transport.h). */
#define _GNU_SOURCE
#include "sim/drm/drm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "driver/transport.h"
#include "sim/array/device.h"
#include "sim/drm/internal.h"

static const char default_profile[] = "npu4";
static const unsigned max_slice_us = 1000000000;

/* ":npu4,name=value", also ":npu4:name=value", or "" to what the array model takes. */
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

/* Options of the device itself; the others go on to the array model.  The first separator may be a colon. */
static int split_options(struct aie_drm_device *device, const char *text, uint32_t *slice_us, struct aie_error *error)
{
	static const char slice[] = "time_slice_us=";
	const char *separators = ",:";
	char *out = device->profile_text = calloc(1, strlen(text) + 1);

	if (!out)
		return aie_error_set(error, AIE_ERROR_MEMORY, "software device: out of memory");
	for (size_t length; *text; text += length + (text[length] != 0)) {
		length = strcspn(text, separators);
		separators = ",";
		if (strncmp(text, slice, sizeof slice - 1) == 0) {
			const char *number = text + sizeof slice - 1;
			size_t digits = strspn(number, "0123456789");
			unsigned long value = strtoul(number, NULL, 10);

			if (!digits || number + digits != text + length || value > max_slice_us)
				return aie_error_set(error, AIE_ERROR_INPUT, "device option %.*s: expected 0 to %u",
				                     (int)length, text, max_slice_us);
			*slice_us = (uint32_t)value;
			continue;
		}
		if (out != device->profile_text)
			*out++ = ',';
		memcpy(out, text, length);
		out += length;
	}
	return 0;
}

/* System memory and its network run at clocks of their own: what takes them a time takes so many fewer cycles of a
 * slower array.  Names are those of sim/array/timing.h. */
static void scale_memory_times(struct aie_array_timing *timing, uint64_t now_mhz, uint64_t full_mhz)
{
	uint32_t *times[] = {
		&timing->noc_request_cycles,       &timing->noc_return_cycles,        &timing->noc_spread_cycles,
		&timing->ddr_read_overhead_64ths,  &timing->ddr_write_overhead_64ths, &timing->ddr_read_interval_64ths,
		&timing->ddr_write_interval_64ths, &timing->ddr_turn_64ths,           &timing->token_latency,
	};

	for (unsigned i = 0; i < sizeof times / sizeof times[0]; i++)
		if (*times[i])
			*times[i] = (uint32_t)((*times[i] * now_mhz + full_mhz - 1) / full_mhz);
	timing->ddr_bytes_per_cycle = (uint32_t)(timing->ddr_bytes_per_cycle * full_mhz / now_mhz);
}

/* The profile with all values of a timing table as options, which come last and so count. */
static char *timing_text(const char *profile, const struct aie_array_timing *timing)
{
	enum { ROOM = 64 };
	size_t size = strlen(profile) + 1 + aie_array_timing_count() * ROOM, used = strlen(profile);
	char *text = malloc(size);

	if (!text)
		return NULL;
	memcpy(text, profile, used);
	text[used] = 0;
	for (unsigned i = 0; i < aie_array_timing_count(); i++) {
		const struct aie_timing_row *row = aie_array_timing_row(i);
		uint32_t value;

		memcpy(&value, (const uint8_t *)timing + row->offset, sizeof value);
		used += (size_t)snprintf(text + used, size - used, ",%s=%u", row->name, value);
	}
	return text;
}

/* An array and its controller with the clocks of a level; those of the device are replaced. */
static int start_model(struct aie_drm_device *device, unsigned level, struct aie_error *error)
{
	const struct aie_system_memory memory = { device, aie_drm_translate };
	const uint32_t full = aie_drm_clock_level(AIE_DRM_CLOCK_LEVELS - 1)->h_mhz;
	const uint32_t now = aie_drm_clock_level(level)->h_mhz;
	const struct aie_device_profile *profile;
	struct aie_firmware *firmware;
	struct aie_array_timing timing;
	struct aie_array *array;
	char *text;

	profile = aie_device_profile_parse(device->profile_text, &timing, error);
	if (!profile)
		return -1;
	if (now != full) {
		timing.clock_mhz = timing.clock_mhz * now / full ? timing.clock_mhz * now / full : 1;
		scale_memory_times(&timing, now, full);
	}
	text = timing_text(device->profile_text, &timing);
	if (!text)
		return aie_error_set(error, AIE_ERROR_MEMORY, "software device: out of memory");
	array = aie_array_create(text, &memory, error);
	free(text);
	if (!array)
		return -1;
	firmware = aie_firmware_create(array, &memory, profile, &timing, error);
	if (!firmware) {
		aie_array_destroy(array);
		return -1;
	}
	aie_firmware_destroy(device->firmware);
	aie_array_destroy(device->array);
	device->array = array;
	device->firmware = firmware;
	device->level = level;
	device->clock_mhz = timing.clock_mhz;
	device->ddr_bytes_per_cycle = timing.ddr_bytes_per_cycle;
	device->shim_bytes_per_cycle = AIE_DRM_BEAT_BYTES;
	device->turn = NULL;
	return 0;
}

int aie_drm_change_clock(struct aie_drm_device *device, unsigned level)
{
	struct aie_error error;

	return level == device->level || !start_model(device, level, &error) ? 0 : -ENOMEM;
}

static void free_device(struct aie_drm_device *device)
{
	aie_firmware_destroy(device->firmware);
	aie_array_destroy(device->array);
	aie_drm_sync_files_free(device);
	pthread_cond_destroy(&device->work);
	pthread_mutex_destroy(&device->lock);
	free(device->profile_text);
	free(device->region);
	free(device->held);
	free(device->pc_counters);
	free(device->record);
	aie_drm_history_free(device);
	free(device->wait_graph);
	free(device->checks);
	free(device);
}

struct aie_drm_device *aie_drm_device_create(const char *options, struct aie_error *error)
{
	struct aie_drm_device *device;
	pthread_mutexattr_t adaptive;
	const char *profile = default_profile;
	uint32_t slice_us = 0;
	int status;

	if (parse_options(options, &profile, error))
		return NULL;
	device = calloc(1, sizeof *device);
	if (!device) {
		aie_error_set(error, AIE_ERROR_MEMORY, "software device: out of memory");
		return NULL;
	}
	pthread_mutexattr_init(&adaptive);
	/* It is held for microseconds: look a few times before sleeping. */
	pthread_mutexattr_settype(&adaptive, PTHREAD_MUTEX_ADAPTIVE_NP);
	pthread_mutex_init(&device->lock, &adaptive);
	pthread_mutexattr_destroy(&adaptive);
	pthread_cond_init(&device->work, NULL);
	device->queue_end = &device->queue;
	device->next_map_offset = AMDXDNA_MAP_OFFSET_BASE;
	if (split_options(device, profile, &slice_us, error) || start_model(device, AIE_DRM_CLOCK_LEVELS - 1, error)) {
		free_device(device);
		return NULL;
	}
	device->slice_cycles = (uint64_t)slice_us * device->clock_mhz;
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
	file->pid = getpid();
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

static int fail(int result)
{
	errno = -result;
	return -1;
}

static int transport_ioctl(void *user, unsigned long request, void *argument)
{
	int result = aie_drm_file_ioctl(user, request, argument);

	return result ? fail(result) : 0;
}

static void *transport_mmap(void *user, void *address, size_t length, int protection, int flags, off_t offset)
{
	int result = 0;
	void *mapped = aie_drm_file_mmap(user, address, length, protection, flags, offset, &result);

	if (mapped == MAP_FAILED)
		errno = -result;
	return mapped;
}

static int transport_munmap(void *user, void *address, size_t length)
{
	int result = aie_drm_file_munmap(user, address, length);

	return result ? fail(result) : 0;
}

static void transport_close(void *user)
{
	aie_drm_file_close(user);
}

/* The file is the only one of its device. */
static void transport_close_device(void *user)
{
	struct aie_drm_file *file = user;
	struct aie_drm_device *device = file->device;

	aie_drm_file_close(file);
	aie_drm_device_destroy(device);
}

static int transport_profile(void *user, struct aie_profile *profile)
{
	const struct aie_drm_file *file = user;
	int result = aie_drm_device_profile(file->device, profile);

	return result ? fail(result) : 0;
}

static void transport_profile_reset(void *user, int program_counters)
{
	const struct aie_drm_file *file = user;

	aie_drm_device_profile_reset(file->device, program_counters);
}

static int transport_record(void *user, bool on)
{
	const struct aie_drm_file *file = user;
	int result = aie_drm_device_record(file->device, on);

	return result ? fail(result) : 0;
}

static int transport_records(void *user, struct aie_profile_records *records)
{
	const struct aie_drm_file *file = user;
	int result = aie_drm_device_records(file->device, records);

	return result ? fail(result) : 0;
}

static void transport_progress(void *user, struct aie_profile_progress *progress)
{
	const struct aie_drm_file *file = user;

	progress->cycles = atomic_load_explicit(&file->device->progress.cycles, memory_order_relaxed);
	progress->bytes = atomic_load_explicit(&file->device->progress.bytes, memory_order_relaxed);
}

int aie_drm_transport_open(struct aie_drm_device *device, struct aie_transport *transport)
{
	struct aie_drm_file *file = aie_drm_file_open(device);

	if (!file)
		return -1;
	*transport = (struct aie_transport){
		.user = file,
		.ioctl = transport_ioctl,
		.mmap = transport_mmap,
		.munmap = transport_munmap,
		.close = transport_close,
		.profile = transport_profile,
		.profile_reset = transport_profile_reset,
		.record = transport_record,
		.records = transport_records,
		.progress = transport_progress,
	};
	return 0;
}

int aie_sim_transport_open(const char *options, struct aie_transport *transport, struct aie_error *error)
{
	struct aie_drm_device *device = aie_drm_device_create(options, error);

	if (!device)
		return -1;
	if (aie_drm_transport_open(device, transport)) {
		aie_drm_device_destroy(device);
		return aie_error_set(error, AIE_ERROR_MEMORY, "software device: out of memory");
	}
	transport->close = transport_close_device;
	return 0;
}
