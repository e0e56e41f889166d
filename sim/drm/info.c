/* Queries: VERSION, GET_CAP, GET_INFO.
 *
 * Numbers that only the firmware of a device knows are marked (assumed); they are the model's own and allowed to differ
 * from any real device.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sim/drm/internal.h"

bool aie_drm_is_capable(unsigned capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return false;
	return data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability);
}

bool aie_drm_is_admin(void)
{
	return aie_drm_is_capable(CAP_SYS_ADMIN);
}

/* ---- DRM core --------------------------------------------------------------------------------------------------- */

static int copy_string(char *user, __kernel_size_t *length, const char *text)
{
	size_t full = strlen(text), part = *length < full ? *length : full;

	*length = full;
	return user ? aie_drm_copy_out((uintptr_t)user, text, part) : 0;
}

int aie_drm_version(struct aie_drm_file *file, void *argument)
{
	struct drm_version *args = argument;
	int result;

	(void)file;
	args->version_major = AIE_DRM_VERSION_MAJOR;
	args->version_minor = AIE_DRM_VERSION_MINOR;
	args->version_patchlevel = 0;
	result = copy_string(args->name, &args->name_len, AMDXDNA_DRIVER_NAME);
	if (!result)
		result = copy_string(args->date, &args->date_len, "0");
	if (!result)
		result = copy_string(args->desc, &args->desc_len, AMDXDNA_DRIVER_DESCRIPTION);
	return result;
}

int aie_drm_get_cap(struct aie_drm_file *file, void *argument)
{
	struct drm_get_cap *args = argument;

	(void)file;
	switch (args->capability) {
	case DRM_CAP_TIMESTAMP_MONOTONIC:
	case DRM_CAP_SYNCOBJ:
	case DRM_CAP_SYNCOBJ_TIMELINE:
		args->value = 1;
		return 0;
	case DRM_CAP_PRIME:
		args->value = DRM_PRIME_CAP_IMPORT | DRM_PRIME_CAP_EXPORT;
		return 0;
	default:
		return -EOPNOTSUPP; /* the others are about displays */
	}
}

/* ---- what the device is ----------------------------------------------------------------------------------------- */

static const struct amdxdna_metadata metadata = {
	.col_size = sizeof(struct amdxdna_model_column_status),
	.cols = AIE_DRM_COLUMNS,
	.rows = AMDXDNA_MODEL_ROWS,
	.version_major = 2, /* (assumed) */
	.version_minor = 0,
	/* (documented: rows, locks; channels a direction, the firmware's way of counting is not public) */
	.core = { .row_count = 4, .row_start = 2, .dma_channel_count = 2, .lock_count = 16, .event_reg_count = 4 },
	.mem = { .row_count = 1, .row_start = 1, .dma_channel_count = 6, .lock_count = 64, .event_reg_count = 6 },
	.shim = { .row_count = 1, .row_start = 0, .dma_channel_count = 2, .lock_count = 16, .event_reg_count = 4 },
};
static const struct amdxdna_aie_version aie_version = { 2, 0 };                 /* (assumed) */
static const struct amdxdna_firmware_version firmware_version = { 1, 1, 2, 0 }; /* (assumed; build 0 is the model) */

static int copy_info(const struct amdxdna_get_info *args, const void *data, size_t size)
{
	return aie_drm_copy_out(args->buffer, data, args->buffer_size < size ? args->buffer_size : size);
}

static int info_contexts(struct aie_drm_file *file, struct amdxdna_get_info *args)
{
	const struct aie_drm_device *device = file->device;
	uint32_t left = args->buffer_size;
	uint64_t at = args->buffer;

	for (unsigned i = 0; i < AIE_DRM_CONTEXT_LIMIT; i++) {
		const struct aie_drm_context *context = device->context[i];
		struct amdxdna_context_info entry;
		int result;

		if (!context)
			continue;
		if (left < sizeof entry)
			return -EINVAL;
		entry = (struct amdxdna_context_info){
			.context_id = context->id,
			.start_col = 0,
			.num_col = AIE_DRM_COLUMNS,
			.pid = context->pid,
			.submissions = context->submissions,
			.completions = context->completions,
			.preemptions = context->preemptions,
			.errors = context->errors,
		};
		result = aie_drm_copy_out(at, &entry, sizeof entry);
		if (result)
			return result;
		at += sizeof entry;
		left -= (uint32_t)sizeof entry;
	}
	args->buffer_size = left; /* given less written: the driver's way of telling how many */
	return 0;
}

static int info_clocks(const struct aie_drm_device *device, const struct amdxdna_get_info *args)
{
	const struct aie_drm_clock_level *level = aie_drm_clock_level(device->level);
	const struct amdxdna_clocks clocks = {
		.mp_npu = { .name = "MP-NPU Clock", .mhz = level->mp_npu_mhz },
		.h = { .name = "H Clock", .mhz = level->h_mhz },
	};

	return copy_info(args, &clocks, sizeof clocks);
}

static unsigned context_count(const struct aie_drm_device *device)
{
	unsigned count = 0;

	for (unsigned i = 0; i < AIE_DRM_CONTEXT_LIMIT; i++)
		count += device->context[i] != NULL;
	return count;
}

/* Tera-operations a second: operations a cycle and column x columns x MHz / 10^6, cut (documented). */
static uint64_t tops(const struct aie_drm_clock_level *level)
{
	return (uint64_t)AIE_DRM_OPS_PER_CYCLE_AND_COLUMN * AIE_DRM_COLUMNS * level->h_mhz / 1000000;
}

static int info_resources(const struct aie_drm_device *device, const struct amdxdna_get_info *args)
{
	const struct aie_drm_clock_level *most = aie_drm_clock_level(AIE_DRM_CLOCK_LEVELS - 1);
	const struct amdxdna_resources resources = {
		.clock_max = most->h_mhz,
		.tops_max = tops(most),
		.tasks_max = AIE_DRM_CONTEXT_LIMIT,
		.tops_now = tops(aie_drm_clock_level(device->level)),
		.tasks_now = context_count(device),
	};

	return copy_info(args, &resources, sizeof resources);
}

/* ---- sensors ---------------------------------------------------------------------------------------------------- */

static uint64_t host_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void aie_drm_account_busy(struct aie_drm_device *device, const struct aie_drm_context *context, uint64_t ns)
{
	for (unsigned i = 0; i < context->firmware.columns; i++)
		device->busy_ns[i] += ns;
}

/* A simulator has no power and no temperature, so there are no such entries (documented: not every platform gives all);
 * a column is in use while a command of a context that wide runs, in host time since the last look. */
static int info_sensors(struct aie_drm_device *device, struct amdxdna_get_info *args)
{
	uint64_t now = host_ns(), period = device->busy_since ? now - device->busy_since : 0;
	uint32_t written = 0;

	for (unsigned i = 0; i < AIE_DRM_COLUMNS && args->buffer_size - written >= sizeof(struct amdxdna_sensor); i++) {
		struct amdxdna_sensor sensor = { .type = AMDXDNA_SENSOR_UTILISATION, .max = 100 };
		uint64_t percent = period ? device->busy_ns[i] * 100 / period : 0;
		int result;

		snprintf(sensor.label, sizeof sensor.label, "Column %u Utilization", i);
		memcpy(sensor.units, "%", 2);
		sensor.input = (uint32_t)(percent < 100 ? percent : 100);
		sensor.average = sensor.highest = sensor.input;
		result = aie_drm_copy_out(args->buffer + written, &sensor, sizeof sensor);
		if (result)
			return result;
		written += (uint32_t)sizeof sensor;
	}
	device->busy_since = now;
	memset(device->busy_ns, 0, sizeof device->busy_ns);
	args->buffer_size = written;
	return 0;
}

/* The firmware's numbers of contexts; it has no records of its own to tell here. */
static int info_telemetry(const struct aie_drm_device *device, const struct amdxdna_get_info *args)
{
	struct amdxdna_telemetry telemetry = { 0 };
	int result;

	if (!aie_drm_is_admin())
		return -EPERM;
	if (args->buffer_size < sizeof telemetry)
		return -EINVAL; /* (assumed: no room for the table in front of the records) */
	result = aie_drm_copy_in(&telemetry, args->buffer, offsetof(struct amdxdna_telemetry, map));
	if (result)
		return result;
	telemetry.major = telemetry.minor = 0;
	telemetry.map_num_elements = AIE_DRM_CONTEXT_LIMIT;
	for (unsigned i = 0; i < AIE_DRM_CONTEXT_LIMIT; i++)
		telemetry.map[i] = device->context[i] ? device->context[i]->id : 0;
	return aie_drm_copy_out(args->buffer, &telemetry, sizeof telemetry);
}

/* ---- GET_INFO --------------------------------------------------------------------------------------------------- */

int aie_drm_get_info(struct aie_drm_file *file, void *argument)
{
	struct aie_drm_device *device = file->device;
	struct amdxdna_get_info *args = argument;
	const struct amdxdna_power_mode power = { .mode = device->power_mode };
	const struct amdxdna_preempt_state force = { .state = device->force_preempt };
	const struct amdxdna_preempt_state frame = { .state = device->frame_preempt };

	switch (args->param) {
	case AMDXDNA_INFO_AIE_STATUS:
		return aie_drm_info_status(device, args);
	case AMDXDNA_INFO_METADATA:
		return copy_info(args, &metadata, sizeof metadata);
	case AMDXDNA_INFO_AIE_VERSION:
		return copy_info(args, &aie_version, sizeof aie_version);
	case AMDXDNA_INFO_CLOCKS:
		return info_clocks(device, args);
	case AMDXDNA_INFO_SENSORS:
		return info_sensors(device, args);
	case AMDXDNA_INFO_CONTEXTS:
		return info_contexts(file, args);
	case AMDXDNA_INFO_FIRMWARE_VERSION:
		return copy_info(args, &firmware_version, sizeof firmware_version);
	case AMDXDNA_INFO_POWER_MODE:
		return copy_info(args, &power, sizeof power);
	case AMDXDNA_INFO_TELEMETRY:
		return info_telemetry(device, args);
	case AMDXDNA_INFO_FORCE_PREEMPT:
		return copy_info(args, &force, sizeof force);
	case AMDXDNA_INFO_FRAME_PREEMPT:
		return copy_info(args, &frame, sizeof frame);
	case AMDXDNA_INFO_RESOURCES:
		return info_resources(device, args);
	default:
		return -EOPNOTSUPP; /* later levels, other device types, or the out-of-tree driver */
	}
}
