/* Queries and settings: VERSION, GET_CAP, GET_INFO, GET_ARRAY, SET_STATE.
 *
 * Numbers that only the firmware of a device knows are marked (assumed); they are the model's own and allowed to differ
 * from any real device.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sim/drm/internal.h"

bool aie_drm_is_admin(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return false;
	return data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective & CAP_TO_MASK(CAP_SYS_ADMIN);
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
		args->value = 0; /* neither import nor export here */
		return 0;
	default:
		return -EOPNOTSUPP; /* the others are about displays */
	}
}

/* ---- GET_INFO --------------------------------------------------------------------------------------------------- */

static const struct amdxdna_metadata metadata = {
	/* (assumed: size of a column's status dump, known to the firmware only; dumps are refused) */
	.col_size = 0,
	.cols = AIE_DRM_COLUMNS,
	.rows = 6,
	.version_major = 2, /* (assumed) */
	.version_minor = 0,
	/* (documented: rows, locks; channels a direction, the firmware's way of counting is not public) */
	.core = { .row_count = 4, .row_start = 2, .dma_channel_count = 2, .lock_count = 16, .event_reg_count = 4 },
	.mem = { .row_count = 1, .row_start = 1, .dma_channel_count = 6, .lock_count = 64, .event_reg_count = 6 },
	.shim = { .row_count = 1, .row_start = 0, .dma_channel_count = 2, .lock_count = 16, .event_reg_count = 4 },
};
static const struct amdxdna_aie_version aie_version = { 2, 0 }; /* (assumed) */
static const struct amdxdna_clocks clocks = {
	.mp_npu = { .name = "MP-NPU Clock", .mhz = AIE_DRM_MP_NPU_MHZ },
	.h = { .name = "H Clock", .mhz = AIE_DRM_H_MHZ },
};
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

int aie_drm_get_info(struct aie_drm_file *file, void *argument)
{
	struct amdxdna_get_info *args = argument;
	struct amdxdna_power_mode power = { .mode = file->device->power_mode };

	switch (args->param) {
	case AMDXDNA_INFO_METADATA:
		return copy_info(args, &metadata, sizeof metadata);
	case AMDXDNA_INFO_AIE_VERSION:
		return copy_info(args, &aie_version, sizeof aie_version);
	case AMDXDNA_INFO_CLOCKS:
		return copy_info(args, &clocks, sizeof clocks);
	case AMDXDNA_INFO_CONTEXTS:
		return info_contexts(file, args);
	case AMDXDNA_INFO_FIRMWARE_VERSION:
		return copy_info(args, &firmware_version, sizeof firmware_version);
	case AMDXDNA_INFO_POWER_MODE:
		return copy_info(args, &power, sizeof power);
	default:
		/* AIE_STATUS: the layout of a column dump is the firmware's and not public.  SENSORS: as on a machine
		 * without the platform interface.  The rest: later levels, or the out-of-tree driver. */
		return -EOPNOTSUPP;
	}
}

/* ---- GET_ARRAY -------------------------------------------------------------------------------------------------- */

static uint64_t heap_usage(const struct aie_drm_file *file)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < file->heap.range_count; i++)
		bytes += file->heap.range[i].end - file->heap.range[i].start;
	return bytes;
}

static void fill_entry(const struct aie_drm_context *context, struct amdxdna_context_entry *entry)
{
	memset(entry, 0, sizeof *entry);
	entry->context_id = context->id;
	entry->num_col = AIE_DRM_COLUMNS;
	entry->hwctx_id = (uint32_t)(context->firmware.serial - 1);
	entry->pid = context->pid;
	entry->submissions = context->submissions;
	entry->completions = context->completions;
	entry->errors = context->errors;
	entry->priority = context->qos.priority;
	entry->heap_usage = heap_usage(context->file);
	entry->state = context->in_flight ? 1 : 0;
	entry->gops = context->qos.gops;
	entry->fps = context->qos.fps;
	entry->dma_bandwidth = context->qos.dma_bandwidth;
	entry->latency = context->qos.latency;
	entry->frame_exec_time = context->qos.frame_exec_time;
	entry->txn_op_idx = context->txn_op_idx;
	entry->ctx_pc = entry->fatal_type = entry->exception_type = entry->exception_pc = entry->module = UINT32_MAX;
}

static int array_contexts(struct aie_drm_file *file, struct amdxdna_get_array *args)
{
	struct amdxdna_context_entry entry;
	uint32_t size = args->element_size, count = 0;

	if (size > AMDXDNA_ARRAY_MAX_ELEMENT_BYTES || args->num_element > AMDXDNA_ARRAY_MAX_ELEMENTS)
		return -EINVAL;
	if (size > sizeof entry)
		size = sizeof entry;
	for (unsigned i = 0; i < AIE_DRM_CONTEXT_LIMIT && count < args->num_element; i++) {
		int result;

		if (!file->device->context[i])
			continue;
		fill_entry(file->device->context[i], &entry);
		result = aie_drm_copy_out(args->buffer + (uint64_t)count * size, &entry, size);
		if (result)
			return result;
		count++;
	}
	args->element_size = size;
	args->num_element = count;
	return 0;
}

static int array_context_by_id(struct aie_drm_file *file, struct amdxdna_get_array *args)
{
	struct amdxdna_context_entry entry;
	uint32_t size = args->element_size < sizeof entry ? args->element_size : (uint32_t)sizeof entry;
	const uint32_t wanted_bytes = 24; /* up to and with the pid */
	int result;

	if (args->num_element != 1 || size < wanted_bytes)
		return -EINVAL;
	result = aie_drm_copy_in(&entry, args->buffer, wanted_bytes);
	if (result)
		return result;
	if (!entry.context_id || !entry.pid)
		return -EINVAL;
	for (unsigned i = 0; i < AIE_DRM_CONTEXT_LIMIT; i++) {
		const struct aie_drm_context *context = file->device->context[i];

		if (!context || context->id != entry.context_id || context->pid != entry.pid)
			continue;
		fill_entry(context, &entry);
		args->element_size = size;
		return aie_drm_copy_out(args->buffer, &entry, size);
	}
	return -ENOENT;
}

static int array_async_error(struct aie_drm_file *file, struct amdxdna_get_array *args)
{
	const struct aie_drm_device *device = file->device;
	uint32_t size = args->element_size;

	if (size > sizeof device->async_error)
		size = sizeof device->async_error;
	args->element_size = size;
	args->num_element = device->has_async_error;
	return device->has_async_error ? aie_drm_copy_out(args->buffer, &device->async_error, size) : 0;
}

int aie_drm_get_array(struct aie_drm_file *file, void *argument)
{
	struct amdxdna_get_array *args = argument;

	if (args->pad || !args->num_element || !args->element_size)
		return -EINVAL;
	switch (args->param) {
	case AMDXDNA_ARRAY_CONTEXTS:
		return array_contexts(file, args);
	case AMDXDNA_ARRAY_CONTEXT_BY_ID:
		return array_context_by_id(file, args);
	case AMDXDNA_ARRAY_ASYNC_ERROR:
		return array_async_error(file, args);
	default:
		return -EOPNOTSUPP;
	}
}

/* ---- SET_STATE -------------------------------------------------------------------------------------------------- */

int aie_drm_set_state(struct aie_drm_file *file, void *argument)
{
	const struct amdxdna_get_info *args = argument;
	struct amdxdna_power_mode mode = { 0 };
	int result;

	if (args->param != AMDXDNA_SET_POWER_MODE)
		return -EOPNOTSUPP;
	result =
	        aie_drm_copy_in(&mode, args->buffer, args->buffer_size < sizeof mode ? args->buffer_size : sizeof mode);
	if (result)
		return result;
	for (unsigned i = 0; i < sizeof mode.pad; i++)
		if (mode.pad[i])
			return -EINVAL;
	if (mode.mode > AMDXDNA_POWER_TURBO)
		return -EINVAL;
	/* Lower clocks: the model's times hold for the top level of the clock table only. */
	if (mode.mode == AMDXDNA_POWER_LOW || mode.mode == AMDXDNA_POWER_MEDIUM)
		return -EOPNOTSUPP;
	file->device->power_mode = mode.mode;
	return 0;
}
