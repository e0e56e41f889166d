#include "tests/drm/rig.h"
#include "tests/drm/program.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

int rig_setup(void **state)
{
	struct rig *rig = calloc(1, sizeof *rig);
	struct aie_error error;

	assert_non_null(rig);
	rig->device = aie_drm_device_create("", &error);
	if (!rig->device)
		fail_msg("%s", error.text);
	rig->file = aie_drm_file_open(rig->device);
	assert_non_null(rig->file);
	*state = rig;
	return 0;
}

int rig_map_heap(struct rig *rig)
{
	struct amdxdna_get_bo_info info;
	uint8_t *space, *start;
	int result = rig_info(rig, rig->heap, &info);
	const size_t reserved = 2 * AMDXDNA_HEAP_CHUNK;

	if (result)
		return result;
	space = mmap(NULL, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(space, MAP_FAILED);
	start = (uint8_t *)(((uintptr_t)space + AMDXDNA_HEAP_CHUNK - 1) & ~(uintptr_t)(AMDXDNA_HEAP_CHUNK - 1));
	/* The slack stays reserved: address space is cheap and the test short. */
	if (aie_drm_file_mmap(rig->file, start, AMDXDNA_HEAP_CHUNK, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
	                      (off_t)info.map_offset, &result) == MAP_FAILED)
		return result;
	rig->heap_data = start;
	return 0;
}

int rig_setup_heap(void **state)
{
	struct rig *rig;

	rig_setup(state);
	rig = *state;
	assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, &rig->heap), 0);
	assert_int_equal(rig_map_heap(rig), 0);
	return 0;
}

int rig_teardown(void **state)
{
	struct rig *rig = *state;

	aie_drm_file_close(rig->file);
	aie_drm_device_destroy(rig->device);
	if (rig->heap_data)
		munmap(rig->heap_data, AMDXDNA_HEAP_CHUNK);
	free(rig);
	return 0;
}

int rig_create_bo(struct rig *rig, uint32_t type, uint64_t size, uint32_t *handle)
{
	struct amdxdna_create_bo create = { .size = size, .type = type };
	int result = rig_ioctl(rig, AMDXDNA_IOCTL_CREATE_BO, &create);

	if (handle)
		*handle = create.handle;
	return result;
}

int rig_close_bo(struct rig *rig, uint32_t handle)
{
	struct drm_gem_close close = { .handle = handle };

	return rig_ioctl(rig, DRM_IOCTL_GEM_CLOSE, &close);
}

int rig_info(struct rig *rig, uint32_t handle, struct amdxdna_get_bo_info *info)
{
	*info = (struct amdxdna_get_bo_info){ .handle = handle };
	return rig_ioctl(rig, AMDXDNA_IOCTL_GET_BO_INFO, info);
}

void *rig_map(struct rig *rig, uint32_t handle, size_t size, int *result)
{
	struct amdxdna_get_bo_info info;
	int status = rig_info(rig, handle, &info);
	void *data = MAP_FAILED;

	if (!status)
		data = aie_drm_file_mmap(rig->file, NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
		                         (off_t)info.map_offset, &status);
	if (result)
		*result = status;
	return data == MAP_FAILED ? NULL : data;
}

uint32_t rig_dev(struct rig *rig, const void *data, size_t size, uint64_t *npu)
{
	struct amdxdna_get_bo_info info;
	uint32_t handle;

	assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_DEV, size, &handle), 0);
	assert_int_equal(rig_info(rig, handle, &info), 0);
	memcpy((void *)(uintptr_t)info.vaddr, data, size);
	if (npu)
		*npu = info.xdna_addr;
	return handle;
}

int rig_create_context(struct rig *rig, unsigned columns, struct amdxdna_create_hwctx *context)
{
	static struct amdxdna_qos qos = { .priority = AMDXDNA_PRIORITY_NORMAL };

	*context = (struct amdxdna_create_hwctx){
		.qos_p = (uintptr_t)&qos,
		.max_opc = AMDXDNA_CLIENT_MAX_OPC,
		.num_tiles = columns * 4,
	};
	return rig_ioctl(rig, AMDXDNA_IOCTL_CREATE_HWCTX, context);
}

int rig_destroy_context(struct rig *rig, uint32_t handle)
{
	struct amdxdna_destroy_hwctx destroy = { .handle = handle };

	return rig_ioctl(rig, AMDXDNA_IOCTL_DESTROY_HWCTX, &destroy);
}

int rig_configure(struct rig *rig, uint32_t context, uint32_t cu_bo)
{
	struct {
		uint16_t num_cus, pad[3];
		struct amdxdna_cu cu[1];
	} block = { .num_cus = 1, .cu = { { .cu_bo = cu_bo } } };
	struct amdxdna_config_hwctx config = {
		.handle = context,
		.param_type = AMDXDNA_CONFIG_CU,
		.param_val = (uintptr_t)&block,
		.param_val_size = sizeof block,
	};

	return rig_ioctl(rig, AMDXDNA_IOCTL_CONFIG_HWCTX, &config);
}

void rig_noop_program(struct rig *rig, struct rig_program *program)
{
	struct aie_bytes pdi, stream;

	program_noop_pdi(&pdi);
	program_noop_stream(&stream, 8);
	assert_int_equal(rig_create_context(rig, 8, &program->context), 0);
	program->pdi = rig_dev(rig, pdi.data, pdi.size, NULL);
	program->instructions = rig_dev(rig, stream.data, stream.size, &program->instructions_npu);
	program->instruction_bytes = (uint32_t)stream.size;
	assert_int_equal(rig_configure(rig, program->context.handle, program->pdi), 0);
	aie_bytes_free(&pdi);
	aie_bytes_free(&stream);
}

void rig_start_cu(uint32_t *packet, const struct rig_program *program, const uint64_t *arguments, unsigned count)
{
	uint32_t words = AMDXDNA_KERNEL_BYTES / 4;

	memset(packet, 0, (2 + words) * 4);
	packet[0] = AMDXDNA_STATE_NEW | (1 + words) << AMDXDNA_PACKET_COUNT_SHIFT |
	            (uint32_t)AMDXDNA_PACKET_TYPE_CU << AMDXDNA_PACKET_TYPE_SHIFT;
	packet[1] = 1;
	packet[2] = AMDXDNA_KERNEL_OPCODE_TRANSACTION;
	packet[4] = (uint32_t)program->instructions_npu;
	packet[5] = (uint32_t)(program->instructions_npu >> 32);
	packet[6] = program->instruction_bytes / 4;
	for (unsigned i = 0; i < count; i++) {
		packet[7 + 2 * i] = (uint32_t)arguments[i];
		packet[8 + 2 * i] = (uint32_t)(arguments[i] >> 32);
	}
}

uint32_t rig_packet(struct rig *rig, uint32_t **packet)
{
	uint32_t handle;

	assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_CMD, AMDXDNA_CMD_BO_BYTES, &handle), 0);
	*packet = rig_map(rig, handle, AMDXDNA_CMD_BO_BYTES, NULL);
	assert_non_null(*packet);
	return handle;
}

int rig_submit(struct rig *rig, uint32_t context, uint32_t packet, const uint32_t *arguments, uint32_t count,
               uint64_t *seq)
{
	struct amdxdna_exec_cmd exec = {
		.hwctx = context,
		.cmd_handles = packet,
		.args = (uintptr_t)arguments,
		.cmd_count = 1,
		.arg_count = count,
	};
	int result = rig_ioctl(rig, AMDXDNA_IOCTL_EXEC_CMD, &exec);

	if (seq)
		*seq = exec.seq;
	return result;
}

int rig_wait(struct rig *rig, uint32_t syncobj, uint64_t point, int ms, uint32_t flags)
{
	struct timespec now;
	struct drm_syncobj_timeline_wait wait = {
		.handles = (uintptr_t)&syncobj,
		.points = (uintptr_t)&point,
		.count_handles = 1,
		.flags = flags,
	};

	clock_gettime(CLOCK_MONOTONIC, &now);
	wait.timeout_nsec = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec + (int64_t)ms * 1000000;
	return rig_ioctl(rig, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &wait);
}
