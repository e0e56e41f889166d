/* Queries of lists: GET_ARRAY. */
#include <errno.h>
#include <string.h>

#include "sim/drm/internal.h"

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
	entry->preemptions = context->preemptions;
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

/* Memory of all files that a process opened; a process without any uses nothing.  (assumed: `internal` is what the
 * driver allocated, `total` adds imported and user memory, `heap` is what is carved out of heaps, rings included.) */
static int array_bo_usage(const struct aie_drm_file *asking, struct amdxdna_get_array *args)
{
	struct amdxdna_bo_usage usage = { 0 };
	uint32_t size = args->element_size < sizeof usage ? args->element_size : (uint32_t)sizeof usage;
	int result;

	if (args->num_element != 1)
		return -EINVAL;
	result = aie_drm_copy_in(&usage, args->buffer, size < sizeof usage.pid ? size : sizeof usage.pid);
	if (result)
		return result;
	if (!usage.pid)
		return -EINVAL;
	for (const struct aie_drm_file *file = asking->device->files; file; file = file->next) {
		if (file->pid != usage.pid)
			continue;
		for (uint32_t i = 0; i < file->bos.capacity; i++) {
			const struct aie_drm_bo *bo = file->bos.slot[i];

			if (!bo || bo->type == AMDXDNA_BO_DEV)
				continue;
			usage.total += bo->size;
			if (!bo->imported)
				usage.internal += bo->size;
		}
		usage.heap += heap_usage(file);
	}
	args->element_size = size;
	return aie_drm_copy_out(args->buffer, &usage, size);
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
	case AMDXDNA_ARRAY_BO_USAGE:
		return array_bo_usage(file, args);
	default:
		return -EOPNOTSUPP;
	}
}
