/* GET_INFO, GET_ARRAY, SET_STATE. */
#include "tests/drm/rig.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int get_info(struct rig *rig, uint32_t param, void *buffer, uint32_t size, uint32_t *returned)
{
	struct amdxdna_get_info args = { param, size, (uintptr_t)buffer };
	int result = rig_ioctl(rig, AMDXDNA_IOCTL_GET_INFO, &args);

	if (returned)
		*returned = args.buffer_size;
	return result;
}

static int get_array(struct rig *rig, uint32_t param, void *buffer, uint32_t *size, uint32_t *count)
{
	struct amdxdna_get_array args = { param, *size, *count, 0, (uintptr_t)buffer };
	int result = rig_ioctl(rig, AMDXDNA_IOCTL_GET_ARRAY, &args);

	*size = args.element_size;
	*count = args.num_element;
	return result;
}

/* Facts: 8 columns, 6 rows; 4 core rows from row 2, 16 locks; memory tile row 1, 64 locks, 6 channels; shim row 0. */
static void metadata(void **state)
{
	struct amdxdna_metadata data;
	uint32_t size;

	assert_int_equal(get_info(*state, AMDXDNA_INFO_METADATA, &data, sizeof data, &size), 0);
	assert_int_equal(size, sizeof data);
	assert_int_equal(data.cols, 8);
	assert_int_equal(data.rows, 6);
	assert_int_equal(data.core.row_count, 4);
	assert_int_equal(data.core.row_start, 2);
	assert_int_equal(data.core.lock_count, 16);
	assert_int_equal(data.mem.row_start, 1);
	assert_int_equal(data.mem.lock_count, 64);
	assert_int_equal(data.mem.dma_channel_count, 6);
	assert_int_equal(data.shim.row_start, 0);
	assert_int_equal(data.shim.lock_count, 16);
}

/* Fact: min(buffer size, structure size) bytes are copied. */
static void short_buffer(void **state)
{
	uint8_t data[16];

	memset(data, 0xaa, sizeof data);
	assert_int_equal(get_info(*state, AMDXDNA_INFO_METADATA, data, 6, NULL), 0);
	assert_int_equal(data[4], 8);
	assert_int_equal(data[6], 0xaa);
}

/* Facts: clock names, level 7 of the npu4 table. */
static void clocks(void **state)
{
	struct amdxdna_clocks data;

	assert_int_equal(get_info(*state, AMDXDNA_INFO_CLOCKS, &data, sizeof data, NULL), 0);
	assert_string_equal(data.mp_npu.name, "MP-NPU Clock");
	assert_int_equal(data.mp_npu.mhz, 1267);
	assert_string_equal(data.h.name, "H Clock");
	assert_int_equal(data.h.mhz, 1800);
}

/* Facts: unknown parameter EOPNOTSUPP, unwritable buffer EFAULT. */
static void info_errors(void **state)
{
	uint8_t data[64];

	assert_int_equal(get_info(*state, 99, data, sizeof data, NULL), -EOPNOTSUPP);
	assert_int_equal(get_info(*state, AMDXDNA_INFO_READ_REG, data, sizeof data, NULL), -EOPNOTSUPP);
	assert_int_equal(get_info(*state, AMDXDNA_INFO_METADATA, (void *)16, 64, NULL), -EFAULT);
}

/* Fact: versions and power mode answer; power mode 0 is the default. */
static void versions(void **state)
{
	struct amdxdna_firmware_version firmware;
	struct amdxdna_aie_version array;
	struct amdxdna_power_mode mode = { .mode = 9 };

	assert_int_equal(get_info(*state, AMDXDNA_INFO_FIRMWARE_VERSION, &firmware, sizeof firmware, NULL), 0);
	assert_int_equal(get_info(*state, AMDXDNA_INFO_AIE_VERSION, &array, sizeof array, NULL), 0);
	assert_int_equal(get_info(*state, AMDXDNA_INFO_POWER_MODE, &mode, sizeof mode, NULL), 0);
	assert_int_equal(mode.mode, AMDXDNA_POWER_DEFAULT);
}

/* Facts: HW_CONTEXTS returns given size minus what was written; start column 0 for every context. */
static void contexts(void **state)
{
	struct amdxdna_create_hwctx one, two;
	struct amdxdna_context_info info[4];
	uint32_t size;

	assert_int_equal(get_info(*state, AMDXDNA_INFO_CONTEXTS, info, sizeof info, &size), 0);
	assert_int_equal(size, sizeof info);
	assert_int_equal(rig_create_context(*state, 1, &one), 0);
	assert_int_equal(rig_create_context(*state, 8, &two), 0);
	assert_int_equal(get_info(*state, AMDXDNA_INFO_CONTEXTS, info, sizeof info, &size), 0);
	assert_int_equal((sizeof info - size) / 64, 2);
	assert_int_equal(info[0].context_id, one.handle);
	assert_int_equal(info[0].start_col, 0);
	assert_int_equal(info[0].pid, getpid());
	assert_int_equal(info[1].context_id, two.handle);
}

/* Facts: GET_ARRAY pad, no elements, element size 0: EINVAL; unknown parameter EOPNOTSUPP. */
static void array_errors(void **state)
{
	uint8_t data[160];
	uint32_t size = 160, count = 0;
	struct amdxdna_get_array args = { AMDXDNA_ARRAY_CONTEXTS, 160, 1, 1, (uintptr_t)data };

	assert_int_equal(rig_ioctl((struct rig *)*state, AMDXDNA_IOCTL_GET_ARRAY, &args), -EINVAL);
	assert_int_equal(get_array(*state, AMDXDNA_ARRAY_CONTEXTS, data, &size, &count), -EINVAL);
	size = 0;
	count = 1;
	assert_int_equal(get_array(*state, AMDXDNA_ARRAY_CONTEXTS, data, &size, &count), -EINVAL);
	size = 160;
	assert_int_equal(get_array(*state, 99, data, &size, &count), -EOPNOTSUPP);
	size = 4097;
	assert_int_equal(get_array(*state, AMDXDNA_ARRAY_CONTEXTS, data, &size, &count), -EINVAL);
	size = 160;
	count = 1025;
	assert_int_equal(get_array(*state, AMDXDNA_ARRAY_CONTEXTS, data, &size, &count), -EINVAL);
}

/* Fact: a smaller element truncates; sizes and count return what was used. */
static void array_contexts(void **state)
{
	struct amdxdna_create_hwctx context;
	struct amdxdna_context_entry entry[3];
	uint32_t size = 4096, count = 3;

	assert_int_equal(rig_create_context(*state, 2, &context), 0);
	memset(entry, 0xcc, sizeof entry);
	assert_int_equal(get_array(*state, AMDXDNA_ARRAY_CONTEXTS, entry, &size, &count), 0);
	assert_int_equal(size, 160);
	assert_int_equal(count, 1);
	assert_int_equal(entry[0].context_id, context.handle);
	assert_int_equal(entry[0].priority, AMDXDNA_PRIORITY_NORMAL);
	assert_int_equal(entry[0].heap_usage, 4 * 4096);
	size = 16;
	count = 3;
	memset(entry, 0xcc, sizeof entry);
	assert_int_equal(get_array(*state, AMDXDNA_ARRAY_CONTEXTS, entry, &size, &count), 0);
	assert_int_equal(size, 16);
	assert_int_equal(((uint8_t *)entry)[16], 0xcc);
}

/* Facts: by id: one element, id and pid non-zero, unknown ENOENT. */
static void array_by_id(void **state)
{
	struct amdxdna_create_hwctx context;
	struct amdxdna_context_entry entry = { 0 };
	uint32_t size = sizeof entry, count = 1;

	assert_int_equal(rig_create_context(*state, 2, &context), 0);
	assert_int_equal(get_array(*state, AMDXDNA_ARRAY_CONTEXT_BY_ID, &entry, &size, &count), -EINVAL);
	entry.context_id = context.handle;
	entry.pid = getpid();
	assert_int_equal(get_array(*state, AMDXDNA_ARRAY_CONTEXT_BY_ID, &entry, &size, &count), 0);
	assert_int_equal(entry.num_col, 8);
	entry.context_id = context.handle + 1;
	assert_int_equal(get_array(*state, AMDXDNA_ARRAY_CONTEXT_BY_ID, &entry, &size, &count), -ENOENT);
	count = 2;
	assert_int_equal(get_array(*state, AMDXDNA_ARRAY_CONTEXT_BY_ID, &entry, &size, &count), -EINVAL);
	count = 1;
	size = 23;
	assert_int_equal(get_array(*state, AMDXDNA_ARRAY_CONTEXT_BY_ID, &entry, &size, &count), -EINVAL);
}

/* Fact: no asynchronous error: 0 elements. */
static void no_async_error(void **state)
{
	struct amdxdna_async_error entry;
	uint32_t size = sizeof entry, count = 1;

	assert_int_equal(get_array(*state, AMDXDNA_ARRAY_ASYNC_ERROR, &entry, &size, &count), 0);
	assert_int_equal(count, 0);
}

/* Fact: SET_STATE is for CAP_SYS_ADMIN; mode above 4 or pad EINVAL; unknown parameter EOPNOTSUPP. */
static void set_state(void **state)
{
	struct amdxdna_power_mode mode = { .mode = AMDXDNA_POWER_TURBO };
	struct amdxdna_get_info args = { AMDXDNA_SET_POWER_MODE, sizeof mode, (uintptr_t)&mode };
	int result = rig_ioctl((struct rig *)*state, AMDXDNA_IOCTL_SET_STATE, &args);

	if (result == -EACCES) {
		assert_int_not_equal(geteuid(), 0);
		return;
	}
	assert_int_equal(result, 0);
	assert_int_equal(get_info(*state, AMDXDNA_INFO_POWER_MODE, &mode, sizeof mode, NULL), 0);
	assert_int_equal(mode.mode, AMDXDNA_POWER_TURBO);
	mode.mode = 5;
	assert_int_equal(rig_ioctl((struct rig *)*state, AMDXDNA_IOCTL_SET_STATE, &args), -EINVAL);
	mode = (struct amdxdna_power_mode){ .pad = { 1 } };
	assert_int_equal(rig_ioctl((struct rig *)*state, AMDXDNA_IOCTL_SET_STATE, &args), -EINVAL);
	args.param = 77;
	assert_int_equal(rig_ioctl((struct rig *)*state, AMDXDNA_IOCTL_SET_STATE, &args), -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name)      cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
#define HEAP_CASE(name) cmocka_unit_test_setup_teardown(name, rig_setup_heap, rig_teardown)
		CASE(metadata),         CASE(short_buffer),   CASE(clocks),       CASE(info_errors),
		CASE(versions),         HEAP_CASE(contexts),  CASE(array_errors), HEAP_CASE(array_contexts),
		HEAP_CASE(array_by_id), CASE(no_async_error), CASE(set_state),
	};

	return cmocka_run_group_tests_name("queries", tests, NULL, NULL);
}
