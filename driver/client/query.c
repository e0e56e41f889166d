/* What a device says of itself, and its settings. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/client/client.h"

int aie_client_get_info(struct aie_device *device, uint32_t param, void *data, uint32_t size, uint32_t *returned,
                        struct aie_error *error)
{
	struct amdxdna_get_info info = { .param = param, .buffer_size = size, .buffer = (uintptr_t)data };

	if (aie_client_ioctl(device, AMDXDNA_IOCTL_GET_INFO, &info))
		return aie_client_fail(device->node, AIE_CALL_GET_INFO, errno, error);
	if (returned)
		*returned = info.buffer_size;
	return 0;
}

static int get_array(struct aie_device *device, uint32_t param, void *data, uint32_t size, uint32_t count,
                     struct amdxdna_get_array *returned, struct aie_error *error)
{
	*returned = (struct amdxdna_get_array){ param, size, count, 0, (uintptr_t)data };
	if (aie_client_ioctl(device, AMDXDNA_IOCTL_GET_ARRAY, returned))
		return aie_client_fail(device->node, AIE_CALL_GET_ARRAY, errno, error);
	return 0;
}

static int set_state(struct aie_device *device, enum amdxdna_state param, unsigned value, struct aie_error *error)
{
	const struct amdxdna_power_mode block = { .mode = (uint8_t)value };

	return aie_device_set(device, param, &block, sizeof block, error);
}

/* ---- whatever the driver answers -------------------------------------------------------------------------------- */

int aie_device_query(struct aie_device *device, uint32_t parameter, void *data, uint32_t *size, struct aie_error *error)
{
	return aie_client_get_info(device, parameter, data, *size, size, error);
}

int aie_device_query_array(struct aie_device *device, uint32_t parameter, void *data, uint32_t *element,
                           uint32_t *count, struct aie_error *error)
{
	struct amdxdna_get_array array;

	if (get_array(device, parameter, data, *element, *count, &array, error))
		return -1;
	*element = array.element_size;
	*count = array.num_element;
	return 0;
}

int aie_device_set(struct aie_device *device, uint32_t parameter, const void *data, uint32_t size,
                   struct aie_error *error)
{
	struct amdxdna_get_info state = { parameter, size, (uintptr_t)data };

	if (aie_client_ioctl(device, AMDXDNA_IOCTL_SET_STATE, &state))
		return aie_client_fail(device->node, AIE_CALL_SET_STATE, errno, error);
	return 0;
}

/* ---- what it is ------------------------------------------------------------------------------------------------- */

static struct aie_tile_info tile_info(const struct amdxdna_tile_metadata *tile)
{
	return (struct aie_tile_info){
		.rows = tile->row_count,
		.first_row = tile->row_start,
		.dma_channels = tile->dma_channel_count,
		.locks = tile->lock_count,
		.event_registers = tile->event_reg_count,
	};
}

int aie_device_versions(struct aie_device *device, struct aie_device_versions *versions, struct aie_error *error)
{
	struct amdxdna_firmware_version firmware = { 0 };
	struct amdxdna_aie_version array = { 0 };

	if (aie_client_get_info(device, AMDXDNA_INFO_AIE_VERSION, &array, sizeof array, NULL, error) ||
	    aie_client_get_info(device, AMDXDNA_INFO_FIRMWARE_VERSION, &firmware, sizeof firmware, NULL, error))
		return -1;
	*versions = (struct aie_device_versions){
		.array = { array.major, array.minor },
		.firmware = { firmware.major, firmware.minor, firmware.patch, firmware.build },
		.status_bytes = device->metadata.col_size,
		.core = tile_info(&device->metadata.core),
		.memory = tile_info(&device->metadata.mem),
		.shim = tile_info(&device->metadata.shim),
	};
	return 0;
}

int aie_device_resources(struct aie_device *device, struct aie_device_resources *resources, struct aie_error *error)
{
	struct amdxdna_resources data = { 0 };

	if (aie_client_get_info(device, AMDXDNA_INFO_RESOURCES, &data, sizeof data, NULL, error))
		return -1;
	*resources = (struct aie_device_resources){ data.clock_max, data.tops_max, data.tasks_max, data.tops_now,
		                                    data.tasks_now };
	return 0;
}

/* ---- settings --------------------------------------------------------------------------------------------------- */

int aie_device_power_mode(struct aie_device *device, enum aie_power_mode *mode, struct aie_error *error)
{
	struct amdxdna_power_mode data = { 0 };

	if (aie_client_get_info(device, AMDXDNA_INFO_POWER_MODE, &data, sizeof data, NULL, error))
		return -1;
	*mode = (enum aie_power_mode)data.mode;
	return 0;
}

int aie_device_set_power_mode(struct aie_device *device, enum aie_power_mode mode, struct aie_error *error)
{
	return set_state(device, AMDXDNA_SET_POWER_MODE, mode, error);
}

int aie_device_preemption(struct aie_device *device, enum aie_preemption which, bool *on, struct aie_error *error)
{
	struct amdxdna_preempt_state data = { 0 };

	if (aie_client_get_info(
	            device, which == AIE_PREEMPTION_FORCED ? AMDXDNA_INFO_FORCE_PREEMPT : AMDXDNA_INFO_FRAME_PREEMPT,
	            &data, sizeof data, NULL, error))
		return -1;
	*on = data.state;
	return 0;
}

int aie_device_set_preemption(struct aie_device *device, enum aie_preemption which, bool on, struct aie_error *error)
{
	return set_state(device, which == AIE_PREEMPTION_FORCED ? AMDXDNA_SET_FORCE_PREEMPT : AMDXDNA_SET_FRAME_PREEMPT,
	                 on, error);
}

/* ---- sensors ---------------------------------------------------------------------------------------------------- */

static void copy_text(char *to, size_t room, const char *from, size_t size)
{
	size_t length = strnlen(from, size);

	if (length >= room)
		length = room - 1;
	memcpy(to, from, length);
	to[length] = 0;
}

int aie_device_sensors(struct aie_device *device, struct aie_sensor *sensors, size_t capacity, size_t *count,
                       struct aie_error *error)
{
	enum { MOST = 64 };
	struct amdxdna_sensor *data = calloc(MOST, sizeof *data);
	uint32_t size = 0;
	int result;

	if (!data)
		return aie_error_set(error, AIE_ERROR_MEMORY, "out of memory");
	result = aie_client_get_info(device, AMDXDNA_INFO_SENSORS, data, MOST * sizeof *data, &size, error);
	*count = size <= MOST * sizeof *data ? size / sizeof *data : 0;
	if (*count > capacity)
		*count = capacity;
	for (size_t i = 0; !result && i < *count; i++) {
		const struct amdxdna_sensor *from = &data[i];

		sensors[i] = (struct aie_sensor){
			.value = from->input,
			.average = from->average,
			.highest = from->highest,
			.maximum = from->max,
			.scale = from->unitm,
			.type = (enum aie_sensor_type)from->type,
		};
		copy_text(sensors[i].label, sizeof sensors[i].label, from->label, sizeof from->label);
		copy_text(sensors[i].units, sizeof sensors[i].units, from->units, sizeof from->units);
		copy_text(sensors[i].status, sizeof sensors[i].status, from->status, sizeof from->status);
	}
	free(data);
	return result;
}

/* ---- contexts --------------------------------------------------------------------------------------------------- */

static void convert(const struct amdxdna_context_entry *from, struct aie_context_state *to)
{
	*to = (struct aie_context_state){
		.id = from->context_id,
		.start_column = from->start_col,
		.columns = from->num_col,
		.firmware_id = from->hwctx_id,
		.pid = from->pid,
		.submissions = from->submissions,
		.completions = from->completions,
		.migrations = from->migrations,
		.preemptions = from->preemptions,
		.errors = from->errors,
		.suspensions = from->suspensions,
		.priority = from->priority,
		.heap_bytes = from->heap_usage,
		.active = from->state,
		.gops = from->gops,
		.fps = from->fps,
		.dma_bandwidth = from->dma_bandwidth,
		.latency_ms = from->latency,
		.frame_exec_time = from->frame_exec_time,
		.pasid = from->pasid,
		.transaction_op = from->txn_op_idx,
		.program_counter = from->ctx_pc,
		.fatal_type = from->fatal_type,
		.exception_type = from->exception_type,
		.exception_pc = from->exception_pc,
		.module = from->module,
	};
	copy_text(to->name, sizeof to->name, from->name, sizeof from->name);
}

/* The question of the first drivers: smaller entries, in a buffer whose rest they tell. */
static int old_contexts(struct aie_device *device, struct aie_context_state *contexts, size_t capacity, size_t *count,
                        struct aie_error *error)
{
	enum { MOST = AMDXDNA_ARRAY_MAX_ELEMENTS };
	struct amdxdna_context_info *data = calloc(MOST, sizeof *data);
	uint32_t left = 0;
	int result;

	if (!data)
		return aie_error_set(error, AIE_ERROR_MEMORY, "out of memory");
	result = aie_client_get_info(device, AMDXDNA_INFO_CONTEXTS, data, MOST * sizeof *data, &left, error);
	*count = !result && left <= MOST * sizeof *data ? MOST - left / sizeof *data : 0;
	if (*count > capacity)
		*count = capacity;
	for (size_t i = 0; i < *count; i++) {
		struct amdxdna_context_entry entry = {
			.context_id = data[i].context_id,
			.start_col = data[i].start_col,
			.num_col = data[i].num_col,
			.pid = data[i].pid,
			.submissions = data[i].submissions,
			.completions = data[i].completions,
			.migrations = data[i].migrations,
			.preemptions = data[i].preemptions,
			.errors = data[i].errors,
		};

		entry.txn_op_idx = entry.ctx_pc = entry.fatal_type = UINT32_MAX;
		entry.exception_type = entry.exception_pc = entry.module = UINT32_MAX;
		convert(&entry, &contexts[i]);
	}
	free(data);
	return result;
}

int aie_device_contexts(struct aie_device *device, struct aie_context_state *contexts, size_t capacity, size_t *count,
                        struct aie_error *error)
{
	uint32_t most =
	        capacity && capacity < AMDXDNA_ARRAY_MAX_ELEMENTS ? (uint32_t)capacity : AMDXDNA_ARRAY_MAX_ELEMENTS;
	struct amdxdna_context_entry *data = calloc(most, sizeof *data);
	struct amdxdna_get_array array;
	int result;

	if (!data)
		return aie_error_set(error, AIE_ERROR_MEMORY, "out of memory");
	result = get_array(device, AMDXDNA_ARRAY_CONTEXTS, data, sizeof *data, most, &array, error);
	if (!result) {
		*count = array.num_element < capacity ? array.num_element : capacity;
		for (size_t i = 0; i < *count; i++)
			convert(&data[i], &contexts[i]);
	}
	free(data);
	/* Before interface 0.1 there is no such request. */
	return result && error->sys_errno == EINVAL ? old_contexts(device, contexts, capacity, count, error) : result;
}

int aie_context_state(struct aie_context *context, struct aie_context_state *state, struct aie_error *error)
{
	struct amdxdna_context_entry data = { .context_id = context->handle, .pid = getpid() };
	struct amdxdna_get_array array;

	if (get_array(context->device, AMDXDNA_ARRAY_CONTEXT_BY_ID, &data, sizeof data, 1, &array, error))
		return -1;
	convert(&data, state);
	return 0;
}

/* ---- errors, memory, dumps -------------------------------------------------------------------------------------- */

int aie_device_async_error(struct aie_device *device, struct aie_async_error *last, bool *any, struct aie_error *error)
{
	struct amdxdna_async_error data = { 0 };
	struct amdxdna_get_array array;

	if (get_array(device, AMDXDNA_ARRAY_ASYNC_ERROR, &data, sizeof data, 1, &array, error))
		return -1;
	*any = array.num_element;
	*last = (struct aie_async_error){
		.code = data.code,
		.time_us = data.time_us,
		.number = data.code & 0xffff,
		.driver = data.code >> 16 & 0xff,
		.severity = data.code >> 24 & 0xff,
		.module = data.code >> 32 & 0xff,
		.class = data.code >> 40 & 0xff,
		.column = data.extra & 0xff,
		.row = data.extra >> 8 & 0xff,
	};
	return 0;
}

int aie_device_buffer_usage(struct aie_device *device, int64_t pid, struct aie_buffer_usage *usage,
                            struct aie_error *error)
{
	struct amdxdna_bo_usage data = { .pid = pid };
	struct amdxdna_get_array array;

	if (get_array(device, AMDXDNA_ARRAY_BO_USAGE, &data, sizeof data, 1, &array, error))
		return -1;
	*usage = (struct aie_buffer_usage){ data.total, data.internal, data.heap };
	return 0;
}

int aie_device_status(struct aie_device *device, void *data, size_t size, uint32_t *columns, struct aie_error *error)
{
	struct amdxdna_aie_status status = {
		.buffer = (uintptr_t)data,
		.buffer_size = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX,
	};

	if (aie_client_get_info(device, AMDXDNA_INFO_AIE_STATUS, &status, sizeof status, NULL, error))
		return -1;
	*columns = status.cols_filled;
	return 0;
}

int aie_device_telemetry(struct aie_device *device, uint32_t type, void *data, size_t size, struct aie_error *error)
{
	struct amdxdna_telemetry *head = data;

	if (size < sizeof *head || size > UINT32_MAX)
		return aie_error_set(error, AIE_ERROR_INPUT, "telemetry: buffer of %zu bytes, the header alone has %zu",
		                     size, sizeof *head);
	memset(data, 0, size);
	memcpy((uint8_t *)data + offsetof(struct amdxdna_telemetry, type), &type, sizeof type);
	return aie_client_get_info(device, AMDXDNA_INFO_TELEMETRY, data, (uint32_t)size, NULL, error);
}

size_t aie_device_dump_bytes(const struct aie_device *device)
{
	return (size_t)device->metadata.rows * device->metadata.cols * AMDXDNA_COREDUMP_TILE_BYTES;
}

/* The question stands where the answer comes. */
int aie_context_core_dump(struct aie_context *context, void *data, size_t size, struct aie_error *error)
{
	const struct amdxdna_coredump_request request = { .pid = (uint64_t)getpid(), .context_id = context->handle };
	struct amdxdna_get_array array;

	if (size != aie_device_dump_bytes(context->device) || size > UINT32_MAX)
		return aie_error_set(error, AIE_ERROR_INPUT, "core dump: buffer of %zu bytes, it takes %zu", size,
		                     aie_device_dump_bytes(context->device));
	memcpy(data, &request, sizeof request);
	return get_array(context->device, AMDXDNA_ARRAY_COREDUMP, data, (uint32_t)size, 1, &array, error);
}
