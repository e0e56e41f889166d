/* Hardware contexts: bare, or configured with the images of an xclbin; their timelines and debug buffers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver/client/client.h"
#include "driver/image/pdi.h"
#include "driver/image/xclbin.h"

static int create_hwctx(struct aie_context *context, uint32_t operations_per_cycle, const struct aie_qos *wanted,
                        struct aie_error *error)
{
	struct aie_device *device = context->device;
	/* 32 bytes, of which the in-tree driver reads 24: the out-of-tree one finds "no start column" in the rest. */
	struct amdxdna_qos qos = {
		.priority = AMDXDNA_PRIORITY_NORMAL,
		.user_start_col = AMDXDNA_QOS_NO_START_COLUMN,
	};
	struct amdxdna_create_hwctx create = {
		.qos_p = (uintptr_t)&qos,
		.max_opc = operations_per_cycle ? operations_per_cycle : AMDXDNA_CLIENT_MAX_OPC,
		.num_tiles = context->columns * device->metadata.core.row_count,
	};

	if (wanted) {
		qos.gops = wanted->gops;
		qos.fps = wanted->fps;
		qos.dma_bandwidth = wanted->dma_bandwidth;
		qos.latency = wanted->latency_ms;
		qos.frame_exec_time = wanted->frame_exec_time;
		if (wanted->priority)
			qos.priority = wanted->priority;
	}
	if (aie_client_ioctl_growing(device, AMDXDNA_IOCTL_CREATE_HWCTX, &create))
		return aie_client_fail(device->node, AIE_CALL_CREATE_HWCTX, errno, error);
	context->handle = create.handle;
	context->syncobj = create.syncobj_handle;
	return 0;
}

static int load_pdis(struct aie_context *context, const struct aie_xclbin *xclbin, struct aie_error *error)
{
	context->pdi = calloc(xclbin->pdi_count, sizeof(struct aie_buffer *));
	if (!context->pdi)
		return aie_error_set(error, AIE_ERROR_MEMORY, "out of memory");
	for (uint32_t i = 0; i < xclbin->pdi_count; i++) {
		struct aie_buffer *buffer =
		        aie_client_buffer_create(context->device, xclbin->pdi[i].size, AMDXDNA_BO_DEV, error);

		if (!buffer)
			return -1;
		context->pdi[context->pdi_count++] = buffer;
		memcpy(buffer->data, xclbin->pdi[i].data, xclbin->pdi[i].size);
		if (aie_buffer_flush(buffer, 0, buffer->size, error))
			return -1;
	}
	return 0;
}

/* CUs in the order of the kernels; several may name one image. */
static int configure(struct aie_context *context, const struct aie_xclbin *xclbin, struct aie_error *error)
{
	struct aie_device *device = context->device;
	union {
		struct amdxdna_cu_block block;
		uint64_t room[1 + AMDXDNA_MAX_CUS];
	} cus;
	struct amdxdna_config_hwctx config = {
		.handle = context->handle,
		.param_type = AMDXDNA_CONFIG_CU,
		.param_val = (uintptr_t)&cus,
		.param_val_size =
		        (uint32_t)(sizeof(struct amdxdna_cu_block) + xclbin->kernel_count * sizeof(struct amdxdna_cu)),
	};

	memset(&cus, 0, sizeof cus);
	cus.block.num_cus = (uint16_t)xclbin->kernel_count;
	for (uint32_t i = 0; i < xclbin->kernel_count; i++) {
		cus.block.cu[i].cu_bo = context->pdi[xclbin->kernel[i].pdi]->handle;
		cus.block.cu[i].cu_func = xclbin->kernel[i].functional;
	}
	if (aie_client_ioctl(device, AMDXDNA_IOCTL_CONFIG_HWCTX, &config))
		return aie_client_fail(device->node, AIE_CALL_CONFIG_HWCTX, errno, error);
	context->configured = true;
	return 0;
}

/* Everything that can be found wrong before the device is asked. */
static int check(const struct aie_xclbin *xclbin, struct aie_error *error)
{
	if (xclbin->kernel_count > AMDXDNA_MAX_CUS)
		return aie_error_set(error, AIE_ERROR_INPUT, "xclbin: %u kernels, a context takes %u",
		                     xclbin->kernel_count, AMDXDNA_MAX_CUS);
	for (uint32_t i = 0; i < xclbin->pdi_count; i++) {
		struct aie_pdi pdi;

		if (aie_pdi_open(&pdi, xclbin->pdi[i].data, xclbin->pdi[i].size, xclbin->columns, error))
			return aie_error_prefix(error, "xclbin: PDI %u", i);
		aie_pdi_close(&pdi);
	}
	return 0;
}

static struct aie_context *new_context(struct aie_device *device, unsigned columns, struct aie_error *error)
{
	struct aie_context *context = calloc(1, sizeof *context);

	if (!context) {
		aie_error_set(error, AIE_ERROR_MEMORY, "out of memory");
		return NULL;
	}
	context->device = device;
	context->columns = columns;
	return context;
}

struct aie_context *aie_context_create(struct aie_device *device, unsigned columns, const struct aie_qos *qos,
                                       struct aie_error *error)
{
	struct aie_context *context;

	if (!columns || columns > device->metadata.cols) {
		aie_error_set(error, AIE_ERROR_INPUT, "context of %u columns: the device has %u", columns,
		              device->metadata.cols);
		return NULL;
	}
	context = new_context(device, columns, error);
	if (context && create_hwctx(context, 0, qos, error)) {
		aie_context_destroy(context);
		return NULL;
	}
	return context;
}

struct aie_context *aie_context_create_xclbin(struct aie_device *device, const void *xclbin, size_t size,
                                              const char *kernel, struct aie_error *error)
{
	return aie_context_create_xclbin_qos(device, xclbin, size, kernel, NULL, error);
}

struct aie_context *aie_context_create_xclbin_qos(struct aie_device *device, const void *xclbin, size_t size,
                                                  const char *kernel, const struct aie_qos *qos,
                                                  struct aie_error *error)
{
	const struct aie_xclbin_kernel *chosen;
	struct aie_context *context = NULL;
	struct aie_xclbin image;
	bool good = false;

	if (aie_xclbin_open(&image, xclbin, size, device->metadata.cols, error))
		return NULL;
	chosen = aie_xclbin_find_kernel(&image, kernel, error);
	if (!chosen || check(&image, error))
		goto out;
	context = new_context(device, image.columns, error);
	if (!context)
		goto out;
	context->cu = (unsigned)(chosen - image.kernel);
	context->register_map_bytes = chosen->register_map_bytes ? chosen->register_map_bytes : AMDXDNA_KERNEL_BYTES;
	good = !create_hwctx(context, image.operations_per_cycle, qos, error) && !load_pdis(context, &image, error) &&
	       !configure(context, &image, error);
out:
	aie_xclbin_close(&image);
	if (good)
		return context;
	aie_context_destroy(context);
	return NULL;
}

void aie_context_destroy(struct aie_context *context)
{
	struct aie_device *device;

	if (!context)
		return;
	device = context->device;
	if (context->handle) {
		struct amdxdna_destroy_hwctx destroy = { .handle = context->handle };
		struct drm_syncobj_destroy syncobj = { .handle = context->syncobj };

		aie_client_ioctl(device, AMDXDNA_IOCTL_DESTROY_HWCTX, &destroy);
		aie_client_ioctl(device, DRM_IOCTL_SYNCOBJ_DESTROY, &syncobj);
	}
	for (uint32_t i = 0; i < context->pdi_count; i++)
		aie_buffer_destroy(context->pdi[i]);
	free(context->pdi);
	free(context);
}

unsigned aie_context_columns(const struct aie_context *context)
{
	return context->columns;
}

uint32_t aie_context_id(const struct aie_context *context)
{
	return context->handle;
}

/* ---- debug buffers ---------------------------------------------------------------------------------------------- */

static int configure_debug(struct aie_context *context, struct aie_buffer *buffer, enum amdxdna_config_type type,
                           struct aie_error *error)
{
	struct amdxdna_config_hwctx config = {
		.handle = context->handle,
		.param_type = type,
		.param_val = buffer->handle,
	};

	if (buffer->device != context->device)
		return aie_error_set(error, AIE_ERROR_INPUT, "the debug buffer belongs to another open device");
	if (buffer->type != AMDXDNA_BO_DEV)
		return aie_error_set(error, AIE_ERROR_INPUT, "debug output needs an instruction buffer");
	if (aie_client_ioctl(context->device, AMDXDNA_IOCTL_CONFIG_HWCTX, &config))
		return aie_client_fail(context->device->node, AIE_CALL_DEBUG, errno, error);
	buffer->attached = type == AMDXDNA_CONFIG_ASSIGN_DEBUG_BO;
	return 0;
}

int aie_context_attach_debug(struct aie_context *context, struct aie_buffer *buffer, struct aie_error *error)
{
	return configure_debug(context, buffer, AMDXDNA_CONFIG_ASSIGN_DEBUG_BO, error);
}

int aie_context_detach_debug(struct aie_context *context, struct aie_buffer *buffer, struct aie_error *error)
{
	return configure_debug(context, buffer, AMDXDNA_CONFIG_REMOVE_DEBUG_BO, error);
}

/* ---- timeline --------------------------------------------------------------------------------------------------- */

static int64_t deadline_of(int timeout_ms)
{
	struct timespec now;

	if (timeout_ms < 0)
		return INT64_MAX;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec + (int64_t)timeout_ms * 1000000;
}

/* The time-out is an absolute time, so repeating an interrupted wait does not prolong it. */
int aie_context_wait(struct aie_context *context, uint64_t sequence, int timeout_ms, struct aie_error *error)
{
	struct drm_syncobj_timeline_wait wait = {
		.handles = (uintptr_t)&context->syncobj,
		.points = (uintptr_t)&sequence,
		.timeout_nsec = deadline_of(timeout_ms),
		.count_handles = 1,
	};

	if (aie_client_ioctl(context->device, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &wait))
		return aie_client_fail(context->device->node, AIE_CALL_WAIT, errno, error);
	return 0;
}

int aie_context_export_fence(struct aie_context *context, int *fd, struct aie_error *error)
{
	struct drm_syncobj_handle export = {
		.handle = context->syncobj,
		.flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
		.fd = -1,
	};

	if (aie_client_ioctl(context->device, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &export))
		return aie_client_fail(context->device->node, AIE_CALL_FENCE, errno, error);
	*fd = export.fd;
	return 0;
}
