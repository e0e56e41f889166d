/* Hardware contexts: creation, configuration, release. */
#include "tests/drm/rig.h"

#include <errno.h>
#include <string.h>

static int create(struct rig *rig, struct amdxdna_create_hwctx *args)
{
	static struct amdxdna_qos qos;

	if (!args->qos_p)
		args->qos_p = (uintptr_t)&qos;
	return rig_ioctl(rig, AMDXDNA_IOCTL_CREATE_HWCTX, args);
}

/* Fact: ext and ext_flags must be zero. */
static void ext_must_be_zero(void **state)
{
	struct amdxdna_create_hwctx args = { .ext = 1, .num_tiles = 32 };

	assert_int_equal(create(*state, &args), -EINVAL);
	args = (struct amdxdna_create_hwctx){ .ext_flags = 1, .num_tiles = 32 };
	assert_int_equal(create(*state, &args), -EINVAL);
}

/* Fact: the QoS block must be readable, checked before the heap is looked for. */
static void qos_unreadable(void **state)
{
	struct amdxdna_create_hwctx args = { .qos_p = 16, .num_tiles = 32 };

	assert_int_equal(create(*state, &args), -EFAULT);
}

/* Fact: no heap ENOENT. */
static void no_heap(void **state)
{
	struct amdxdna_create_hwctx args = { .num_tiles = 32 };

	assert_int_equal(create(*state, &args), -ENOENT);
}

/* Fact: a heap that is not mapped EAGAIN. */
static void heap_not_mapped(void **state)
{
	struct rig *rig = *state;
	struct amdxdna_create_hwctx args = { .num_tiles = 32 };

	assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, &rig->heap), 0);
	assert_int_equal(create(rig, &args), -EAGAIN);
}

/* Fact: columns = num_tiles / 4, 1..8 legal, num_tiles 0 EINVAL. */
static void columns(void **state)
{
	for (unsigned tiles = 0; tiles <= 40; tiles++) {
		struct amdxdna_create_hwctx args = { .num_tiles = tiles };
		int expected = tiles / 4 >= 1 && tiles / 4 <= 8 ? 0 : -EINVAL;

		assert_int_equal(create(*state, &args), expected);
		if (!expected)
			assert_int_equal(rig_destroy_context(*state, args.handle), 0);
	}
}

/* Fact: gops * max(fps, 1000/latency) * 2 <= 4096 * columns * MHz / 1000; zeros demand nothing. */
static void qos_demand(void **state)
{
	struct amdxdna_qos qos = { .gops = 1, .fps = 1 };
	struct amdxdna_create_hwctx args = { .qos_p = (uintptr_t)&qos, .num_tiles = 4 };

	assert_int_equal(create(*state, &args), 0);
	/* 4096 * 1 * 1800 / 1000 = 7372; half of it is 3686 */
	qos = (struct amdxdna_qos){ .gops = 3687, .fps = 1 };
	assert_int_equal(create(*state, &args), -EINVAL);
	qos = (struct amdxdna_qos){ .gops = 3686, .fps = 1 };
	assert_int_equal(create(*state, &args), 0);
	qos = (struct amdxdna_qos){ .gops = 3687, .latency = 1000 };
	assert_int_equal(create(*state, &args), -EINVAL);
	qos = (struct amdxdna_qos){ .gops = 3687 };
	assert_int_equal(create(*state, &args), 0);
	/* twice the columns, twice the demand */
	args.num_tiles = 8;
	qos = (struct amdxdna_qos){ .gops = 7372, .fps = 1 };
	assert_int_equal(create(*state, &args), 0);
}

/* Fact: doorbell offset is all ones on AIE2; handle and syncobj are never 0. */
static void outputs(void **state)
{
	struct amdxdna_create_hwctx args = { .num_tiles = 32, .umq_doorbell = 5 };

	assert_int_equal(create(*state, &args), 0);
	assert_true(args.umq_doorbell == UINT32_MAX);
	assert_int_not_equal(args.handle, 0);
	assert_int_not_equal(args.syncobj_handle, 0);
}

/* Fact: 16 contexts on the npu4 family, over all files; the next is EINVAL. */
static void limit_of_sixteen(void **state)
{
	struct rig *rig = *state;
	struct rig other = { .device = rig->device, .file = aie_drm_file_open(rig->device) };
	struct amdxdna_create_hwctx args;
	uint32_t last = 0;

	assert_int_equal(rig_create_bo(&other, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, &other.heap), 0);
	assert_int_equal(rig_map_heap(&other), 0);
	for (unsigned i = 0; i < 16; i++) {
		args = (struct amdxdna_create_hwctx){ .num_tiles = 4 };
		assert_int_equal(create(i % 2 ? rig : &other, &args), 0);
		last = args.handle;
	}
	args = (struct amdxdna_create_hwctx){ .num_tiles = 4 };
	assert_int_equal(create(rig, &args), -EINVAL);
	assert_int_equal(rig_destroy_context(rig, last), 0);
	assert_int_equal(create(&other, &args), 0);
	aie_drm_file_close(other.file);
}

/* Fact: ids are cyclic over the device and not used again at once. */
static void ids_cyclic(void **state)
{
	struct amdxdna_create_hwctx args = { .num_tiles = 32 };
	uint32_t first;

	assert_int_equal(create(*state, &args), 0);
	first = args.handle;
	assert_int_equal(rig_destroy_context(*state, first), 0);
	assert_int_equal(create(*state, &args), 0);
	assert_int_equal(args.handle, first + 1);
	assert_int_equal(rig_destroy_context(*state, args.handle), 0);
	for (unsigned i = 0; i < 1023; i++) {
		assert_int_equal(create(*state, &args), 0);
		assert_in_range(args.handle, 1, 1024);
		assert_int_equal(rig_destroy_context(*state, args.handle), 0);
		struct drm_syncobj_destroy destroy = { .handle = args.syncobj_handle };

		assert_int_equal(rig_ioctl((struct rig *)*state, DRM_IOCTL_SYNCOBJ_DESTROY, &destroy), 0);
	}
	assert_int_equal(args.handle, first);
}

/* Fact: a context costs four ranges of 32 KiB of the heap and gives them back. */
static void heap_cost(void **state)
{
	struct amdxdna_create_hwctx args = { .num_tiles = 32 };
	uint32_t handle;

	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_DEV, AMDXDNA_HEAP_CHUNK - 3 * 0x8000, &handle), 0);
	assert_int_equal(create(*state, &args), -EAGAIN);
	assert_int_equal(rig_close_bo(*state, handle), 0);
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_DEV, AMDXDNA_HEAP_CHUNK - 4 * 0x8000, &handle), 0);
	assert_int_equal(create(*state, &args), 0);
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_DEV, 4096, NULL), -EAGAIN);
	assert_int_equal(rig_destroy_context(*state, args.handle), 0);
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_DEV, 4 * 0x8000, NULL), 0);
}

/* Facts: DESTROY: pad EINVAL, unknown EINVAL, another file's EINVAL. */
static void destroy_checks(void **state)
{
	struct rig *rig = *state;
	struct rig other = { .device = rig->device, .file = aie_drm_file_open(rig->device) };
	struct amdxdna_create_hwctx args = { .num_tiles = 32 };
	struct amdxdna_destroy_hwctx destroy;

	assert_int_equal(create(rig, &args), 0);
	destroy = (struct amdxdna_destroy_hwctx){ args.handle, 1 };
	assert_int_equal(rig_ioctl(rig, AMDXDNA_IOCTL_DESTROY_HWCTX, &destroy), -EINVAL);
	assert_int_equal(rig_destroy_context(rig, 0), -EINVAL);
	assert_int_equal(rig_destroy_context(rig, args.handle + 1), -EINVAL);
	assert_int_equal(rig_destroy_context(&other, args.handle), -EINVAL);
	assert_int_equal(rig_destroy_context(rig, args.handle), 0);
	assert_int_equal(rig_destroy_context(rig, args.handle), -EINVAL);
	aie_drm_file_close(other.file);
}

/* Fact: destroying the context does not free the user's syncobj handle. */
static void syncobj_outlives_context(void **state)
{
	struct amdxdna_create_hwctx args = { .num_tiles = 32 };
	struct drm_syncobj_destroy destroy;

	assert_int_equal(create(*state, &args), 0);
	assert_int_equal(rig_destroy_context(*state, args.handle), 0);
	destroy = (struct drm_syncobj_destroy){ .handle = args.syncobj_handle };
	assert_int_equal(rig_ioctl((struct rig *)*state, DRM_IOCTL_SYNCOBJ_DESTROY, &destroy), 0);
	assert_int_equal(rig_ioctl((struct rig *)*state, DRM_IOCTL_SYNCOBJ_DESTROY, &destroy), -EINVAL);
}

/* ---- CONFIG_HWCTX ----------------------------------------------------------------------------------------------- */

struct block {
	uint16_t num_cus, pad[3];
	struct amdxdna_cu cu[33];
};

static int configure(struct rig *rig, uint32_t context, uint32_t type, const struct block *block, uint32_t size,
                     uint32_t pad)
{
	struct amdxdna_config_hwctx config = { context, type, (uintptr_t)block, size, pad };

	return rig_ioctl(rig, AMDXDNA_IOCTL_CONFIG_HWCTX, &config);
}

struct configured {
	struct amdxdna_create_hwctx context;
	uint32_t dev;
	struct block block;
};

static void prepare(struct rig *rig, struct configured *set)
{
	memset(set, 0, sizeof *set);
	set->context.num_tiles = 32;
	assert_int_equal(create(rig, &set->context), 0);
	set->dev = rig_dev(rig, "pdi", 3, NULL);
	set->block.num_cus = 1;
	for (unsigned i = 0; i < 33; i++)
		set->block.cu[i].cu_bo = set->dev;
}

/* Facts: pad EINVAL; more than 4096 bytes E2BIG; unreadable EFAULT; unknown type, context EINVAL. */
static void config_checks(void **state)
{
	struct configured set;

	prepare(*state, &set);
	assert_int_equal(configure(*state, set.context.handle, 0, &set.block, 16, 1), -EINVAL);
	assert_int_equal(configure(*state, set.context.handle, 0, &set.block, 4097, 0), -E2BIG);
	assert_int_equal(configure(*state, set.context.handle, 0, (void *)24, 16, 0), -EFAULT);
	assert_int_equal(configure(*state, set.context.handle, 3, &set.block, 16, 0), -EINVAL);
	assert_int_equal(configure(*state, set.context.handle + 1, 0, &set.block, 16, 0), -EINVAL);
}

/* Facts: CU block pads zero, 1..32 CUs, all entries inside the block. */
static void cu_block_checks(void **state)
{
	struct configured set;

	prepare(*state, &set);
	set.block.pad[1] = 1;
	assert_int_equal(configure(*state, set.context.handle, 0, &set.block, 16, 0), -EINVAL);
	set.block.pad[1] = 0;
	set.block.cu[0].pad[2] = 1;
	assert_int_equal(configure(*state, set.context.handle, 0, &set.block, 16, 0), -EINVAL);
	set.block.cu[0].pad[2] = 0;
	set.block.num_cus = 0;
	assert_int_equal(configure(*state, set.context.handle, 0, &set.block, 16, 0), -EINVAL);
	set.block.num_cus = 33;
	assert_int_equal(configure(*state, set.context.handle, 0, &set.block, sizeof set.block, 0), -EINVAL);
	set.block.num_cus = 2;
	assert_int_equal(configure(*state, set.context.handle, 0, &set.block, 23, 0), -EINVAL);
	assert_int_equal(configure(*state, set.context.handle, 0, &set.block, 24, 0), 0);
}

/* Fact: a cu_bo that is unknown or not DEV is EINVAL. */
static void cu_buffer(void **state)
{
	struct configured set;
	uint32_t share;

	prepare(*state, &set);
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_SHARE, 4096, &share), 0);
	set.block.cu[0].cu_bo = share;
	assert_int_equal(configure(*state, set.context.handle, 0, &set.block, 16, 0), -EINVAL);
	set.block.cu[0].cu_bo = 99;
	assert_int_equal(configure(*state, set.context.handle, 0, &set.block, 16, 0), -EINVAL);
}

/* Fact: a context is configured once; 32 CUs are allowed. */
static void configured_once(void **state)
{
	struct configured set;

	prepare(*state, &set);
	set.block.num_cus = 32;
	assert_int_equal(configure(*state, set.context.handle, 0, &set.block, 8 + 32 * 8, 0), 0);
	assert_int_equal(configure(*state, set.context.handle, 0, &set.block, 8 + 32 * 8, 0), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name)      cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
#define HEAP_CASE(name) cmocka_unit_test_setup_teardown(name, rig_setup_heap, rig_teardown)
		CASE(ext_must_be_zero),     CASE(qos_unreadable),        CASE(no_heap),
		CASE(heap_not_mapped),      HEAP_CASE(columns),          HEAP_CASE(qos_demand),
		HEAP_CASE(outputs),         HEAP_CASE(limit_of_sixteen), HEAP_CASE(ids_cyclic),
		HEAP_CASE(heap_cost),       HEAP_CASE(destroy_checks),   HEAP_CASE(syncobj_outlives_context),
		HEAP_CASE(config_checks),   HEAP_CASE(cu_block_checks),  HEAP_CASE(cu_buffer),
		HEAP_CASE(configured_once),
	};

	return cmocka_run_group_tests_name("contexts", tests, NULL, NULL);
}
