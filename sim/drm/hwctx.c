/* Hardware contexts: CREATE_HWCTX, CONFIG_HWCTX, DESTROY_HWCTX.
 *
 * With current firmware a context of this NPU family always starts at column 0 and has all columns in its turn
 * (documented: temporal-only mode); contexts share the array in time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/drm/internal.h"

struct aie_drm_context *aie_drm_context_find(const struct aie_drm_file *file, uint32_t id)
{
	for (unsigned i = 0; i < AIE_DRM_CONTEXT_LIMIT; i++) {
		struct aie_drm_context *context = file->device->context[i];

		if (context && context->id == id && context->file == file && !context->closing)
			return context;
	}
	return NULL;
}

/* gops * max(fps, 1000 / latency) * 2 <= operations a cycle * clock, at the highest clock level; a zero demands
 * nothing. */
static bool qos_satisfiable(const struct amdxdna_qos *qos, unsigned columns)
{
	uint64_t rate = qos->latency ? 1000 / qos->latency : 0;
	const uint64_t clock_mhz = aie_drm_clock_level(AIE_DRM_CLOCK_LEVELS - 1)->h_mhz;
	uint64_t capacity = (uint64_t)AIE_DRM_OPS_PER_CYCLE_AND_COLUMN * columns * clock_mhz / 1000;

	if (qos->fps > rate)
		rate = qos->fps;
	if (!rate || !qos->gops)
		return true;
	return qos->gops <= capacity / 2 / rate;
}

static bool id_in_use(const struct aie_drm_device *device, uint32_t id)
{
	for (unsigned i = 0; i < AIE_DRM_CONTEXT_LIMIT; i++)
		if (device->context[i] && device->context[i]->id == id)
			return true;
	return false;
}

static void free_context(struct aie_drm_context *context)
{
	for (unsigned i = 0; i < AIE_DRM_CONTEXT_HEAP_BUFFERS; i++)
		if (context->ring[i])
			aie_drm_bo_put(context->ring[i]);
	for (unsigned i = 0; i < AMDXDNA_MAX_CUS; i++)
		if (context->cu_bo[i])
			aie_drm_bo_put(context->cu_bo[i]);
	aie_drm_syncobj_put(context->syncobj);
	free(context);
}

/* The steps and their order are the driver's. */
static int prepare(struct aie_drm_file *file, const struct amdxdna_create_hwctx *args, struct aie_drm_context *context,
                   unsigned *slot)
{
	struct aie_drm_device *device = file->device;
	unsigned columns = args->num_tiles / AIE_DRM_CORE_ROWS;
	int result;

	if (!aie_drm_heap_exists(file))
		return -ENOENT;
	for (unsigned i = 0; i < AIE_DRM_CONTEXT_HEAP_BUFFERS; i++) {
		result = aie_drm_heap_create_range(file, AIE_DRM_RING_SLOT_BYTES, &context->ring[i]);
		if (result)
			return result;
	}
	if (!columns || columns > AIE_DRM_COLUMNS)
		return -EINVAL;
	if (!qos_satisfiable(&context->qos, columns))
		return -EINVAL;
	*slot = 0;
	while (*slot < AIE_DRM_CONTEXT_LIMIT && device->context[*slot])
		++*slot;
	if (*slot == AIE_DRM_CONTEXT_LIMIT)
		return -EINVAL; /* the firmware refuses one more */
	context->syncobj = aie_drm_syncobj_alloc();
	if (!context->syncobj)
		return -ENOMEM;
	context->firmware.columns = columns;
	context->txn_op_idx = UINT32_MAX;
	context->file = file;
	context->pid = getpid();
	return 0;
}

int aie_drm_create_hwctx(struct aie_drm_file *file, void *argument)
{
	struct aie_drm_device *device = file->device;
	struct amdxdna_create_hwctx *args = argument;
	struct aie_drm_context *context;
	unsigned slot = 0;
	uint32_t id;
	int result;

	if (args->ext || args->ext_flags)
		return -EINVAL;
	context = calloc(1, sizeof *context);
	if (!context)
		return -ENOMEM;
	result = aie_drm_copy_in(&context->qos, args->qos_p, AMDXDNA_QOS_BYTES);
	if (!result)
		result = prepare(file, args, context, &slot);
	if (!result)
		result = aie_drm_handle_add(&file->syncobjs, context->syncobj, &args->syncobj_handle);
	if (result) {
		free_context(context);
		return result;
	}
	aie_drm_syncobj_get(context->syncobj); /* the handle outlives the context */
	id = device->last_context_id;
	do {
		id = id % AIE_DRM_CONTEXT_IDS + 1;
	} while (id_in_use(device, id));
	device->last_context_id = id;
	context->id = id;
	context->firmware.serial = ++device->last_context_serial;
	device->context[slot] = context;
	args->handle = id;
	args->umq_doorbell = AMDXDNA_INVALID_DOORBELL;
	return 0;
}

static int configure_cus(struct aie_drm_file *file, struct aie_drm_context *context, const void *block, uint32_t size)
{
	const struct amdxdna_cu_block *cus = block;
	struct aie_drm_bo *bo[AMDXDNA_MAX_CUS];

	if (size < sizeof *cus || cus->pad[0] || cus->pad[1] || cus->pad[2])
		return -EINVAL;
	if (context->configured)
		return -EINVAL;
	if (!cus->num_cus || cus->num_cus > AMDXDNA_MAX_CUS)
		return -EINVAL;
	if (sizeof *cus + cus->num_cus * sizeof cus->cu[0] > size)
		return -EINVAL;
	for (unsigned i = 0; i < cus->num_cus; i++) {
		const struct amdxdna_cu *cu = &cus->cu[i];

		if (cu->pad[0] || cu->pad[1] || cu->pad[2])
			return -EINVAL;
		bo[i] = aie_drm_bo_find(file, cu->cu_bo);
		if (!bo[i] || bo[i]->type != AMDXDNA_BO_DEV)
			return -EINVAL;
	}
	for (unsigned i = 0; i < cus->num_cus; i++) {
		aie_drm_bo_get(bo[i]);
		context->cu_bo[i] = bo[i];
		context->firmware.cu[i] = (struct aie_firmware_cu){ bo[i]->npu, bo[i]->size, cus->cu[i].cu_func };
	}
	context->firmware.cu_count = cus->num_cus;
	context->configured = true;
	return 0;
}

/* Attach or detach a buffer for the firmware's debug output: a command in the context's order.  What the firmware puts
 * there comes from operations whose layout is not public and which are refused, so nothing is ever written. */
static int configure_debug(struct aie_drm_file *file, uint32_t id, enum amdxdna_config_type type, uint32_t handle)
{
	struct aie_drm_bo *bo = aie_drm_bo_find(file, handle);
	int result = 0;

	if (!bo || bo->type != AMDXDNA_BO_DEV)
		return -EINVAL;
	if (type == AMDXDNA_CONFIG_ASSIGN_DEBUG_BO ? bo->debug_context != 0 : bo->debug_context != id)
		return type == AMDXDNA_CONFIG_ASSIGN_DEBUG_BO ? -EBUSY : -EINVAL;
	aie_drm_bo_get(bo);
	if (type == AMDXDNA_CONFIG_ASSIGN_DEBUG_BO)
		bo->debug_context = id;
	result = aie_drm_take_turn(file, id);
	if (result || type == AMDXDNA_CONFIG_REMOVE_DEBUG_BO)
		bo->debug_context = 0;
	aie_drm_bo_put(bo);
	return result;
}

int aie_drm_config_hwctx(struct aie_drm_file *file, void *argument)
{
	const struct amdxdna_config_hwctx *args = argument;
	struct aie_drm_context *context;
	uint64_t block[AMDXDNA_MAX_CONFIG_BYTES / sizeof(uint64_t)];
	int result;

	if (args->pad)
		return -EINVAL;
	if (args->param_type == AMDXDNA_CONFIG_ASSIGN_DEBUG_BO || args->param_type == AMDXDNA_CONFIG_REMOVE_DEBUG_BO)
		return aie_drm_context_find(file, args->handle) && args->param_val <= UINT32_MAX
		               ? configure_debug(file, args->handle, args->param_type, (uint32_t)args->param_val)
		               : -EINVAL;
	if (args->param_type != AMDXDNA_CONFIG_CU)
		return -EINVAL;
	if (args->param_val_size > AMDXDNA_MAX_CONFIG_BYTES)
		return -E2BIG;
	memset(block, 0, sizeof block);
	result = aie_drm_copy_in(block, args->param_val, args->param_val_size);
	if (result)
		return result;
	context = aie_drm_context_find(file, args->handle);
	if (!context)
		return -EINVAL;
	return configure_cus(file, context, block, args->param_val_size);
}

void aie_drm_context_destroy(struct aie_drm_context *context)
{
	struct aie_drm_device *device = context->file->device;
	struct timespec deadline;

	context->closing = true;
	aie_drm_wake(&device->room); /* nobody gets a place any more */
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += AIE_DRM_DESTROY_WAIT_MS / 1000;
	while (context->in_flight && aie_drm_sleep(device, &device->change, &deadline) != -ETIME)
		;
	if (context->in_flight) {
		aie_drm_abort_queued(context);
		if (device->running && device->running->context == context)
			atomic_store(&device->cancel, true);
		while (context->in_flight)
			aie_drm_sleep(device, &device->change, NULL);
	}
	for (unsigned i = 0; i < AIE_DRM_CONTEXT_LIMIT; i++)
		if (device->context[i] == context)
			device->context[i] = NULL;
	for (uint32_t i = 0; i < context->file->bos.capacity; i++) {
		struct aie_drm_bo *bo = context->file->bos.slot[i];

		if (bo && bo->debug_context == context->id)
			bo->debug_context = 0;
	}
	if (device->turn == context)
		device->turn = NULL;
	free_context(context);
	aie_drm_wake(&device->change);
}

int aie_drm_destroy_hwctx(struct aie_drm_file *file, void *argument)
{
	const struct amdxdna_destroy_hwctx *args = argument;
	struct aie_drm_context *context;

	if (args->pad)
		return -EINVAL;
	context = aie_drm_context_find(file, args->handle);
	if (!context)
		return -EINVAL;
	aie_drm_context_destroy(context);
	return 0;
}
