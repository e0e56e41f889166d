/* CREATE_HWCTX, CONFIG_HWCTX, DESTROY_HWCTX. */
#include <string.h>

#include "tests/drm/conformance/conformance.h"

#define GROUP "contexts"

static int create(struct conf_file *f, struct amdxdna_create_hwctx *args)
{
	static const struct amdxdna_qos qos;

	if (!args->qos_p)
		args->qos_p = (uintptr_t)&qos;
	return conf_ioctl(f, AMDXDNA_IOCTL_CREATE_HWCTX, args);
}

CASE(ext, HEAP, "CREATE_HWCTX ext must be zero: EINVAL")
{
	struct amdxdna_create_hwctx args = { .ext = 1, .num_tiles = 32 };

	EXPECT_IS(create(f, &args), -EINVAL);
}

CASE(ext_flags, HEAP, "CREATE_HWCTX ext_flags must be zero: EINVAL")
{
	struct amdxdna_create_hwctx args = { .ext_flags = 1, .num_tiles = 32 };

	EXPECT_IS(create(f, &args), -EINVAL);
}

CASE(qos_unreadable, HEAP, "an unreadable QoS block is EFAULT")
{
	struct amdxdna_create_hwctx args = { .qos_p = 16, .num_tiles = 32 };

	EXPECT_IS(create(f, &args), -EFAULT);
}

CASE(qos_before_heap, PLAIN, "the QoS block is read before the heap is looked for: EFAULT, not ENOENT")
{
	struct amdxdna_create_hwctx args = { .qos_p = 16, .num_tiles = 32 };

	EXPECT_IS(create(f, &args), -EFAULT);
}

CASE(no_heap, PLAIN, "without a heap: ENOENT")
{
	struct amdxdna_create_hwctx args = { .num_tiles = 32 };

	EXPECT_IS(create(f, &args), -ENOENT);
}

CASE(heap_not_mapped, PLAIN, "with a heap that is not mapped: EAGAIN")
{
	struct amdxdna_create_hwctx args = { .num_tiles = 32 };

	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, NULL), 0);
	EXPECT_IS(create(f, &args), -EAGAIN);
}

CASE(heap_before_columns, PLAIN, "the heap is looked for before the columns are checked: ENOENT, not EINVAL")
{
	struct amdxdna_create_hwctx args = { .num_tiles = 0 };

	EXPECT_IS(create(f, &args), -ENOENT);
}

CASE(no_tiles, HEAP, "num_tiles 0 is EINVAL")
{
	struct amdxdna_create_hwctx args = { .num_tiles = 0 };

	EXPECT_IS(create(f, &args), -EINVAL);
}

CASE(less_than_a_column, HEAP, "fewer tiles than a column has is EINVAL")
{
	struct amdxdna_create_hwctx args = { .num_tiles = 3 };

	EXPECT_IS(create(f, &args), -EINVAL);
}

CASE(every_width, HEAP, "1 to 8 columns are legal")
{
	for (uint32_t columns = 1; columns <= 8; columns++) {
		struct amdxdna_create_hwctx args = { .num_tiles = columns * 4 };

		EXPECT_IS(create(f, &args), 0);
	}
}

CASE(nine_columns, HEAP, "9 columns are EINVAL")
{
	struct amdxdna_create_hwctx args = { .num_tiles = 36 };

	EXPECT_IS(create(f, &args), -EINVAL);
}

CASE(zeroed_qos, HEAP, "a QoS block of zeros is legal")
{
	const struct amdxdna_qos qos = { 0 };
	struct amdxdna_create_hwctx args = { .qos_p = (uintptr_t)&qos, .num_tiles = 32 };

	EXPECT_IS(create(f, &args), 0);
}

CASE(qos_reachable, HEAP, "gops x max(fps, 1000/latency) x 2 up to 4096 x columns x 1.8 is accepted")
{
	const struct amdxdna_qos qos = { .gops = 3686, .fps = 1 };
	struct amdxdna_create_hwctx args = { .qos_p = (uintptr_t)&qos, .num_tiles = 4 };

	EXPECT_IS(create(f, &args), 0);
}

CASE(qos_beyond_fps, HEAP, "more than the highest clock gives is EINVAL")
{
	const struct amdxdna_qos qos = { .gops = 3687, .fps = 1 };
	struct amdxdna_create_hwctx args = { .qos_p = (uintptr_t)&qos, .num_tiles = 4 };

	EXPECT_IS(create(f, &args), -EINVAL);
}

CASE(qos_beyond_latency, HEAP, "the same as a demand for latency is EINVAL")
{
	const struct amdxdna_qos qos = { .gops = 3687, .latency = 1000 };
	struct amdxdna_create_hwctx args = { .qos_p = (uintptr_t)&qos, .num_tiles = 4 };

	EXPECT_IS(create(f, &args), -EINVAL);
}

CASE(qos_unknown_priority, HEAP, "an unknown priority acts as the default")
{
	const struct amdxdna_qos qos = { .priority = 77 };
	struct amdxdna_create_hwctx args = { .qos_p = (uintptr_t)&qos, .num_tiles = 4 };

	EXPECT_IS(create(f, &args), 0);
}

CASE(outputs, HEAP, "handle and syncobj are not 0, the doorbell is all ones")
{
	struct amdxdna_create_hwctx args = { .num_tiles = 32, .umq_doorbell = 5 };

	EXPECT_IS(create(f, &args), 0);
	EXPECT(args.handle && args.syncobj_handle);
	EXPECT_IS(args.umq_doorbell, UINT32_MAX);
}

CASE(larger_structure, HEAP, "a 64-byte argument (IREE's header) works")
{
	static const struct amdxdna_qos qos;
	struct {
		struct amdxdna_create_hwctx args;
		uint64_t more;
	} large = { .args = { .qos_p = (uintptr_t)&qos, .num_tiles = 32 } };

	EXPECT_IS(conf_ioctl(f, DRM_IOWR(DRM_COMMAND_BASE + AMDXDNA_CREATE_HWCTX, large), &large), 0);
	EXPECT(large.args.handle);
}

CASE(sixteen, HEAP, "16 contexts over all files of the device, one more is EINVAL, one freed is one more")
{
	struct conf_file *other = conf_open(conf);
	struct amdxdna_create_hwctx args;
	uint32_t last = 0;

	EXPECT_IS(conf_create(other, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, &other->heap), 0);
	EXPECT_IS(conf_map_heap(other), 0);
	for (unsigned i = 0; i < 16; i++) {
		args = (struct amdxdna_create_hwctx){ .num_tiles = 4 };
		EXPECT_IS(create(i % 2 ? f : other, &args), 0);
		last = args.handle;
	}
	args = (struct amdxdna_create_hwctx){ .num_tiles = 4 };
	EXPECT_IS(create(f, &args), -EINVAL);
	EXPECT_IS(conf_destroy_context(f, last), 0);
	EXPECT_IS(create(other, &args), 0);
}

CASE(id_not_reused, HEAP, "the id of a destroyed context is not given out at once")
{
	struct amdxdna_create_hwctx args = { .num_tiles = 32 };
	uint32_t first;

	EXPECT_IS(create(f, &args), 0);
	first = args.handle;
	EXPECT_IS(conf_destroy_context(f, first), 0);
	EXPECT_IS(create(f, &args), 0);
	EXPECT(args.handle != first);
	EXPECT(args.handle >= 1 && args.handle <= 1024);
}

CASE(heap_cost, HEAP, "a context takes four ranges of 32 KiB from the heap and gives them back")
{
	struct amdxdna_create_hwctx args = { .num_tiles = 32 };
	uint32_t handle;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, AMDXDNA_HEAP_CHUNK - 3 * 0x8000, &handle), 0);
	EXPECT_IS(create(f, &args), -EAGAIN);
	EXPECT_IS(conf_gem_close(f, handle), 0);
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, AMDXDNA_HEAP_CHUNK - 4 * 0x8000, NULL), 0);
	EXPECT_IS(create(f, &args), 0);
	EXPECT_IS(conf_destroy_context(f, args.handle), 0);
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, 4 * 0x8000, NULL), 0);
}

CASE(destroy_pad, PROGRAM, "DESTROY_HWCTX pad must be zero: EINVAL")
{
	struct amdxdna_destroy_hwctx destroy = { conf->program.context.handle, 1 };

	EXPECT_IS(conf_ioctl(f, AMDXDNA_IOCTL_DESTROY_HWCTX, &destroy), -EINVAL);
}

CASE(destroy_unknown, PLAIN, "DESTROY_HWCTX of an unknown context is EINVAL")
{
	EXPECT_IS(conf_destroy_context(f, 1000), -EINVAL);
	EXPECT_IS(conf_destroy_context(f, 0), -EINVAL);
}

CASE(destroy_other_file, PROGRAM, "DESTROY_HWCTX of another file's context is EINVAL")
{
	EXPECT_IS(conf_destroy_context(conf_open(conf), conf->program.context.handle), -EINVAL);
}

CASE(destroy_twice, PROGRAM, "DESTROY_HWCTX a second time is EINVAL")
{
	EXPECT_IS(conf_destroy_context(f, conf->program.context.handle), 0);
	EXPECT_IS(conf_destroy_context(f, conf->program.context.handle), -EINVAL);
}

CASE(syncobj_stays, PROGRAM, "destroying the context leaves the user's syncobj handle")
{
	struct drm_syncobj_destroy destroy = { .handle = conf->program.context.syncobj_handle };

	EXPECT_IS(conf_destroy_context(f, conf->program.context.handle), 0);
	EXPECT_IS(conf_ioctl(f, DRM_IOCTL_SYNCOBJ_DESTROY, &destroy), 0);
}

CASE(syncobj_first, PROGRAM, "the syncobj may be destroyed before the context")
{
	struct drm_syncobj_destroy destroy = { .handle = conf->program.context.syncobj_handle };

	EXPECT_IS(conf_ioctl(f, DRM_IOCTL_SYNCOBJ_DESTROY, &destroy), 0);
	EXPECT_IS(conf_submit(f, conf->program.context.handle, conf->program.packet_handle, NULL, 0, NULL), 0);
	EXPECT_IS(conf_destroy_context(f, conf->program.context.handle), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
}

/* ---- CONFIG_HWCTX ----------------------------------------------------------------------------------------------- */

struct block {
	uint16_t num_cus, pad[3];
	struct amdxdna_cu cu[33];
};

struct configured {
	struct amdxdna_create_hwctx context;
	struct block block;
};

static void prepare(struct conf_file *f, struct configured *set)
{
	struct conf *conf = f->conf;
	uint32_t dev = conf_dev(f, "pdi", 3, NULL);

	memset(set, 0, sizeof *set);
	set->context.num_tiles = 32;
	EXPECT_IS(create(f, &set->context), 0);
	set->block.num_cus = 1;
	for (unsigned i = 0; i < 33; i++)
		set->block.cu[i].cu_bo = dev;
}

static int configure(struct conf_file *f, const struct configured *set, uint32_t size)
{
	struct amdxdna_config_hwctx config = { .handle = set->context.handle,
		                               .param_val = (uintptr_t)&set->block,
		                               .param_val_size = size };

	return conf_ioctl(f, AMDXDNA_IOCTL_CONFIG_HWCTX, &config);
}

CASE(config_pad, HEAP, "CONFIG_HWCTX pad must be zero: EINVAL")
{
	struct configured set;
	struct amdxdna_config_hwctx config = { .pad = 1, .param_val_size = 16 };

	prepare(f, &set);
	config.handle = set.context.handle;
	config.param_val = (uintptr_t)&set.block;
	EXPECT_IS(conf_ioctl(f, AMDXDNA_IOCTL_CONFIG_HWCTX, &config), -EINVAL);
}

CASE(config_too_big, HEAP, "a CU block above 4096 bytes is E2BIG")
{
	struct configured set;

	prepare(f, &set);
	EXPECT_IS(configure(f, &set, 4097), -E2BIG);
}

CASE(config_unreadable, HEAP, "an unreadable CU block is EFAULT")
{
	struct amdxdna_config_hwctx config = { .param_val = 24, .param_val_size = 16 };
	struct configured set;

	prepare(f, &set);
	config.handle = set.context.handle;
	EXPECT_IS(conf_ioctl(f, AMDXDNA_IOCTL_CONFIG_HWCTX, &config), -EFAULT);
}

CASE(config_unknown_type, HEAP, "an unknown parameter type is EINVAL")
{
	struct amdxdna_config_hwctx config = { .param_type = 3 };
	struct configured set;

	prepare(f, &set);
	config.handle = set.context.handle;
	EXPECT_IS(conf_ioctl(f, AMDXDNA_IOCTL_CONFIG_HWCTX, &config), -EINVAL);
}

CASE(config_unknown_context, HEAP, "an unknown context is EINVAL")
{
	struct configured set;

	prepare(f, &set);
	set.context.handle = 1000;
	EXPECT_IS(configure(f, &set, 16), -EINVAL);
}

CASE(config_block_pad, HEAP, "the CU block's pad must be zero: EINVAL")
{
	struct configured set;

	prepare(f, &set);
	set.block.pad[1] = 1;
	EXPECT_IS(configure(f, &set, 16), -EINVAL);
}

CASE(config_cu_pad, HEAP, "a CU's pad must be zero: EINVAL")
{
	struct configured set;

	prepare(f, &set);
	set.block.cu[0].pad[2] = 1;
	EXPECT_IS(configure(f, &set, 16), -EINVAL);
}

CASE(config_no_cus, HEAP, "0 CUs are EINVAL")
{
	struct configured set;

	prepare(f, &set);
	set.block.num_cus = 0;
	EXPECT_IS(configure(f, &set, 16), -EINVAL);
}

CASE(config_33_cus, HEAP, "33 CUs are EINVAL")
{
	struct configured set;

	prepare(f, &set);
	set.block.num_cus = 33;
	EXPECT_IS(configure(f, &set, sizeof set.block), -EINVAL);
}

CASE(config_32_cus, HEAP, "32 CUs are allowed")
{
	struct configured set;

	prepare(f, &set);
	set.block.num_cus = 32;
	EXPECT_IS(configure(f, &set, 8 + 32 * 8), 0);
}

CASE(config_short_block, HEAP, "a block shorter than its CUs is EINVAL")
{
	struct configured set;

	prepare(f, &set);
	set.block.num_cus = 2;
	EXPECT_IS(configure(f, &set, 23), -EINVAL);
}

CASE(config_cu_not_dev, HEAP, "a cu_bo that is not of type DEV is EINVAL")
{
	struct configured set;

	prepare(f, &set);
	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, 4096, &set.block.cu[0].cu_bo), 0);
	EXPECT_IS(configure(f, &set, 16), -EINVAL);
}

CASE(config_cu_unknown, HEAP, "a cu_bo that is unknown is EINVAL")
{
	struct configured set;

	prepare(f, &set);
	set.block.cu[0].cu_bo = 999;
	EXPECT_IS(configure(f, &set, 16), -EINVAL);
}

CASE(config_twice, HEAP, "a context is configured once: EINVAL")
{
	struct configured set;

	prepare(f, &set);
	EXPECT_IS(configure(f, &set, 16), 0);
	EXPECT_IS(configure(f, &set, 16), -EINVAL);
}

CASE(config_after_failure, HEAP, "a failed configuration leaves the context to be configured")
{
	struct configured set;

	prepare(f, &set);
	EXPECT_IS(configure(f, &set, 9), -EINVAL);
	EXPECT_IS(configure(f, &set, 16), 0);
}

CASE(config_pdi_closed, PROGRAM, "a PDI buffer may be closed after configuration, the context keeps it")
{
	EXPECT_IS(conf_gem_close(f, conf->program.pdi), 0);
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
}
