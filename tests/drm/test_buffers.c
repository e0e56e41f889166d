/* Buffers: creation, addresses, mapping, flushing, release. */
#include "tests/drm/rig.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define ONES UINT64_MAX

/* Fact: flags must be zero. */
static void flags_must_be_zero(void **state)
{
	struct amdxdna_create_bo create = { .flags = 1, .size = 4096, .type = AMDXDNA_BO_SHARE };

	assert_int_equal(rig_ioctl((struct rig *)*state, AMDXDNA_IOCTL_CREATE_BO, &create), -EINVAL);
}

/* Fact: types are 1..4; 0 and others EINVAL. */
static void unknown_types(void **state)
{
	assert_int_equal(rig_create_bo(*state, 0, 4096, NULL), -EINVAL);
	assert_int_equal(rig_create_bo(*state, 5, 4096, NULL), -EINVAL);
}

/* Fact: size 0 EINVAL for every type. */
static void size_zero(void **state)
{
	for (uint32_t type = AMDXDNA_BO_SHARE; type <= AMDXDNA_BO_CMD; type++)
		assert_int_equal(rig_create_bo(*state, type, 0, NULL), -EINVAL);
}

/* Fact: vaddr leads to a table for SHARE, and is EINVAL for other types. */
static void vaddr(void **state)
{
	struct amdxdna_create_bo create = { .vaddr = 0x10, .size = 4096, .type = AMDXDNA_BO_SHARE };

	assert_int_equal(rig_ioctl((struct rig *)*state, AMDXDNA_IOCTL_CREATE_BO, &create), -EFAULT);
	create.type = AMDXDNA_BO_CMD;
	assert_int_equal(rig_ioctl((struct rig *)*state, AMDXDNA_IOCTL_CREATE_BO, &create), -EINVAL);
}

/* More memory than any machine has: ENOMEM. */
static void no_memory(void **state)
{
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_SHARE, UINT64_C(1) << 60, NULL), -ENOMEM);
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_SHARE, ONES, NULL), -ENOMEM);
}

/* Fact: handles start at 1 per file, 0 is never given. */
static void handles_from_one(void **state)
{
	struct rig *rig = *state;
	struct rig other = { .device = rig->device, .file = aie_drm_file_open(rig->device) };
	uint32_t first, second, foreign;

	assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_SHARE, 4096, &first), 0);
	assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_SHARE, 4096, &second), 0);
	assert_int_equal(rig_create_bo(&other, AMDXDNA_BO_SHARE, 4096, &foreign), 0);
	assert_int_equal(first, 1);
	assert_int_equal(second, 2);
	assert_int_equal(foreign, 1);
	aie_drm_file_close(other.file);
}

/* DRM rule: GEM_CLOSE of an unknown handle EINVAL; the handle is free afterwards. */
static void gem_close(void **state)
{
	uint32_t handle, again;

	assert_int_equal(rig_close_bo(*state, 1), -EINVAL);
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_SHARE, 4096, &handle), 0);
	assert_int_equal(rig_close_bo(*state, handle), 0);
	assert_int_equal(rig_close_bo(*state, handle), -EINVAL);
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_SHARE, 4096, &again), 0);
	assert_int_equal(again, handle);
}

/* Fact: GET_BO_INFO wants ext, ext_flags and pad zero (EINVAL) and a known handle (ENOENT). */
static void info_checks(void **state)
{
	struct amdxdna_get_bo_info info = { .handle = 1, .ext = 1 };

	assert_int_equal(rig_ioctl((struct rig *)*state, AMDXDNA_IOCTL_GET_BO_INFO, &info), -EINVAL);
	info = (struct amdxdna_get_bo_info){ .handle = 1, .ext_flags = 1 };
	assert_int_equal(rig_ioctl((struct rig *)*state, AMDXDNA_IOCTL_GET_BO_INFO, &info), -EINVAL);
	info = (struct amdxdna_get_bo_info){ .handle = 1, .pad = 1 };
	assert_int_equal(rig_ioctl((struct rig *)*state, AMDXDNA_IOCTL_GET_BO_INFO, &info), -EINVAL);
	assert_int_equal(rig_info(*state, 77, &info), -ENOENT);
	assert_int_equal(rig_info(*state, 0, &info), -ENOENT);
}

/* Fact: before the first mapping of a SHARE buffer its address is all ones, after it the process' own address. */
static void share_address_after_mapping(void **state)
{
	struct amdxdna_get_bo_info info;
	uint32_t handle;
	uint8_t *data;

	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_SHARE, 100, &handle), 0);
	assert_int_equal(rig_info(*state, handle, &info), 0);
	assert_true(info.xdna_addr == ONES);
	assert_true(info.vaddr == ONES);
	assert_true(info.map_offset >= UINT64_C(0x100000000));
	assert_int_equal(info.map_offset % 4096, 0);
	data = rig_map(*state, handle, 4096, NULL);
	assert_non_null(data);
	assert_int_equal(rig_info(*state, handle, &info), 0);
	assert_true(info.xdna_addr == (uintptr_t)data);
	assert_true(info.vaddr == (uintptr_t)data);
	for (unsigned i = 0; i < 4096; i++)
		assert_int_equal(data[i], 0);
	assert_int_equal(aie_drm_file_munmap(((struct rig *)*state)->file, data, 4096), 0);
}

/* Fact: the first mapping counts; a second one shows the same memory elsewhere. */
static void second_mapping(void **state)
{
	struct rig *rig = *state;
	struct amdxdna_get_bo_info info;
	uint32_t handle;
	uint8_t *one, *two;

	assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_SHARE, 8192, &handle), 0);
	one = rig_map(rig, handle, 8192, NULL);
	two = rig_map(rig, handle, 8192, NULL);
	assert_non_null(one);
	assert_non_null(two);
	assert_ptr_not_equal(one, two);
	one[5000] = 0x5a;
	assert_int_equal(two[5000], 0x5a);
	assert_int_equal(rig_info(rig, handle, &info), 0);
	assert_true(info.xdna_addr == (uintptr_t)one);
	aie_drm_file_munmap(rig->file, one, 8192);
	aie_drm_file_munmap(rig->file, two, 8192);
}

/* Fact: the driver sees the unmapping; the address is gone. */
static void address_gone_after_munmap(void **state)
{
	struct rig *rig = *state;
	struct amdxdna_get_bo_info info;
	uint32_t handle;
	void *data;

	assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_SHARE, 4096, &handle), 0);
	data = rig_map(rig, handle, 4096, NULL);
	assert_int_equal(aie_drm_file_munmap(rig->file, data, 4096), 0);
	assert_int_equal(rig_info(rig, handle, &info), 0);
	assert_true(info.xdna_addr == ONES);
}

/* A mapping outlives its handle and the file: memory belongs to the mapping as well. */
static void mapping_outlives_handle(void **state)
{
	struct rig *rig = *state;
	struct rig other = { .device = rig->device, .file = aie_drm_file_open(rig->device) };
	uint32_t handle;
	uint8_t *data;

	assert_int_equal(rig_create_bo(&other, AMDXDNA_BO_SHARE, 4096, &handle), 0);
	data = rig_map(&other, handle, 4096, NULL);
	data[9] = 9;
	assert_int_equal(rig_close_bo(&other, handle), 0);
	assert_int_equal(data[9], 9);
	aie_drm_file_close(other.file);
	assert_int_equal(data[9], 9);
	munmap(data, 4096);
}

static int try_map(struct rig *rig, size_t length, int protection, int flags, uint64_t offset)
{
	int result = 0;
	void *data = aie_drm_file_mmap(rig->file, NULL, length, protection, flags, (off_t)offset, &result);

	if (data != MAP_FAILED)
		aie_drm_file_munmap(rig->file, data, length);
	return result;
}

/* Facts: offsets below the DRM range EOPNOTSUPP; of no buffer EINVAL; too long EINVAL; private and writable EINVAL. */
static void mmap_checks(void **state)
{
	struct rig *rig = *state;
	struct amdxdna_get_bo_info info;
	uint32_t handle;

	assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_SHARE, 8192, &handle), 0);
	assert_int_equal(rig_info(rig, handle, &info), 0);
	assert_int_equal(try_map(rig, 4096, PROT_READ, MAP_SHARED, 0), -EOPNOTSUPP);
	assert_int_equal(try_map(rig, 4096, PROT_READ, MAP_SHARED, info.map_offset + (UINT64_C(1) << 40)), -EINVAL);
	assert_int_equal(try_map(rig, 4096, PROT_READ, MAP_SHARED, info.map_offset + 1), -EINVAL);
	assert_int_equal(try_map(rig, 12288, PROT_READ, MAP_SHARED, info.map_offset), -EINVAL);
	assert_int_equal(try_map(rig, 0, PROT_READ, MAP_SHARED, info.map_offset), -EINVAL);
	assert_int_equal(try_map(rig, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, info.map_offset), -EINVAL);
	assert_int_equal(try_map(rig, 8192, PROT_READ, MAP_SHARED, info.map_offset), 0);
}

/* Fact: a heap of the new interface is a non-zero multiple of 64 MiB. */
static void heap_size(void **state)
{
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_DEV_HEAP, 4096, NULL), -EINVAL);
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK + 4096, NULL), -EINVAL);
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, NULL), 0);
}

/* Fact: heap chunks up to 512 MiB in all, then ENOSPC. */
static void heap_total(void **state)
{
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, NULL), 0);
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, NULL), -ENOSPC);
}

/* Fact: the first chunk appears at NPU address 0x04000000, the next follows on. */
static void heap_address(void **state)
{
	struct amdxdna_get_bo_info info;
	uint32_t first, second;

	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, &first), 0);
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, &second), 0);
	assert_int_equal(rig_info(*state, first, &info), 0);
	assert_true(info.xdna_addr == 0x04000000);
	assert_int_equal(rig_info(*state, second, &info), 0);
	assert_true(info.xdna_addr == 0x08000000);
}

/* Fact: the heap is mapped at a 64 MiB aligned address. */
static void heap_alignment(void **state)
{
	struct rig *rig = *state;
	struct amdxdna_get_bo_info info;
	uint32_t heap;
	uint8_t *space, *aligned;
	int result = 0;

	assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, &heap), 0);
	assert_int_equal(rig_info(rig, heap, &info), 0);
	space = mmap(NULL, 3 * AMDXDNA_HEAP_CHUNK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	aligned = (uint8_t *)(((uintptr_t)space + AMDXDNA_HEAP_CHUNK - 1) & ~(uintptr_t)(AMDXDNA_HEAP_CHUNK - 1));
	assert_ptr_equal(aie_drm_file_mmap(rig->file, aligned + 4096, AMDXDNA_HEAP_CHUNK, PROT_READ | PROT_WRITE,
	                                   MAP_SHARED | MAP_FIXED, (off_t)info.map_offset, &result),
	                 MAP_FAILED);
	assert_int_equal(result, -EINVAL);
	assert_ptr_equal(aie_drm_file_mmap(rig->file, aligned, AMDXDNA_HEAP_CHUNK, PROT_READ | PROT_WRITE,
	                                   MAP_SHARED | MAP_FIXED, (off_t)info.map_offset, &result),
	                 aligned);
	munmap(space, 3 * AMDXDNA_HEAP_CHUNK);
}

/* Fact: DEV without a heap EAGAIN, with an unmapped heap EAGAIN. */
static void dev_needs_mapped_heap(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_DEV, 4096, NULL), -EAGAIN);
	assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, &rig->heap), 0);
	assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_DEV, 4096, NULL), -EAGAIN);
	assert_int_equal(rig_map_heap(rig), 0);
	assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_DEV, 4096, NULL), 0);
}

/* Fact: after munmap of the heap new DEV buffers fail. */
static void dev_after_heap_unmapped(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(aie_drm_file_munmap(rig->file, rig->heap_data, AMDXDNA_HEAP_CHUNK), 0);
	rig->heap_data = NULL;
	assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_DEV, 4096, NULL), -EAGAIN);
}

/* Facts: DEV starts on 32 KiB, address known at creation, host address inside the heap's mapping, no mmap of its own.
 */
static void dev_address(void **state)
{
	struct rig *rig = *state;
	struct amdxdna_get_bo_info info;
	uint32_t first, second;
	int result = 0;

	assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_DEV, 100, &first), 0);
	assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_DEV, 0x9000, &second), 0);
	assert_int_equal(rig_info(rig, first, &info), 0);
	assert_true(info.xdna_addr == 0x04000000);
	assert_int_equal(rig_info(rig, second, &info), 0);
	assert_true(info.xdna_addr == 0x04008000);
	assert_true(info.vaddr == (uintptr_t)rig->heap_data + 0x8000);
	assert_true(info.map_offset == ONES);
	assert_null(rig_map(rig, second, 4096, &result));
	assert_int_equal(result, -EINVAL);
}

/* Fact: ranges are best fit; freed on close, neighbouring holes merge. */
static void dev_best_fit(void **state)
{
	struct amdxdna_get_bo_info info;
	uint32_t handle[6], refill;

	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_DEV, i < 3 ? 0x10000 : 0x8000, &handle[i]), 0);
	/* Holes: [0, 2*0x10000) of two merged, and one of 0x8000 at 0x38000. */
	rig_close_bo(*state, handle[0]);
	rig_close_bo(*state, handle[1]);
	rig_close_bo(*state, handle[4]);
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_DEV, 0x8000, &refill), 0);
	assert_int_equal(rig_info(*state, refill, &info), 0);
	assert_true(info.xdna_addr == 0x04038000);
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_DEV, 0x20000, &refill), 0);
	assert_int_equal(rig_info(*state, refill, &info), 0);
	assert_true(info.xdna_addr == 0x04000000);
}

/* Facts: no room but the heap could grow EAGAIN; larger than 512 MiB EINVAL. */
static void dev_does_not_fit(void **state)
{
	uint32_t handle;

	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_DEV, AMDXDNA_HEAP_CHUNK, &handle), 0);
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_DEV, 4096, NULL), -EAGAIN);
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_DEV, AMDXDNA_HEAP_LIMIT + 4096, NULL), -EINVAL);
	assert_int_equal(rig_close_bo(*state, handle), 0);
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_DEV, 4096, NULL), 0);
}

/* Fact: a heap of 64 MiB holds 2048 DEV ranges. */
static void dev_count(void **state)
{
	for (unsigned i = 0; i < 2048; i++)
		assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_DEV, 4096, NULL), 0);
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_DEV, 4096, NULL), -EAGAIN);
}

/* Fact: closing the heap keeps the memory until the last DEV buffer is gone. */
static void heap_closed_first(void **state)
{
	struct rig *rig = *state;
	struct amdxdna_get_bo_info info;
	uint32_t handle = rig_dev(rig, "abc", 3, NULL);

	assert_int_equal(rig_close_bo(rig, rig->heap), 0);
	assert_int_equal(rig_info(rig, handle, &info), 0);
	assert_memory_equal((void *)(uintptr_t)info.vaddr, "abc", 3);
	assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_DEV, 4096, NULL), -EAGAIN);
	assert_int_equal(rig_close_bo(rig, handle), 0);
}

static int sync_bo(struct rig *rig, uint32_t handle, uint32_t direction, uint64_t offset, uint64_t size)
{
	struct amdxdna_sync_bo sync = { handle, direction, offset, size };

	return rig_ioctl(rig, AMDXDNA_IOCTL_SYNC_BO, &sync);
}

/* Facts: SYNC_BO: unknown ENOENT; offset beyond or overflow EINVAL; size past the end clamped; unmapped EINVAL. */
static void sync_checks(void **state)
{
	uint32_t handle;

	assert_int_equal(sync_bo(*state, 9, 0, 0, 1), -ENOENT);
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_SHARE, 8192, &handle), 0);
	assert_int_equal(sync_bo(*state, handle, 0, 0, 8192), -EINVAL);
	assert_non_null(rig_map(*state, handle, 8192, NULL));
	assert_int_equal(sync_bo(*state, handle, 0, 0, 8192), 0);
	assert_int_equal(sync_bo(*state, handle, 0, 4096, 1 << 20), 0);
	assert_int_equal(sync_bo(*state, handle, 0, 8192, 1), -EINVAL);
	assert_int_equal(sync_bo(*state, handle, 0, 1, ONES), -EINVAL);
	assert_int_equal(sync_bo(*state, handle, 7, 0, 1), -EINVAL);
}

/* Fact: direction 1 on a buffer that is no debug buffer EINVAL. */
static void sync_from_device(void **state)
{
	uint32_t handle;

	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_SHARE, 8192, &handle), 0);
	assert_non_null(rig_map(*state, handle, 8192, NULL));
	assert_int_equal(sync_bo(*state, handle, 1, 0, 4096), -EINVAL);
}

/* Fact: for DEV the range is clipped and not reported. */
static void sync_dev(void **state)
{
	assert_int_equal(sync_bo(*state, rig_dev(*state, "x", 1, NULL), 0, 1 << 20, 4096), 0);
}

static long resident_pages(void)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	long pages = 0;

	assert_non_null(statm);
	assert_int_equal(fscanf(statm, "%*d %ld", &pages), 1);
	fclose(statm);
	return pages;
}

/* Memory is not taken before it is used: a 1 GiB buffer costs next to nothing. */
static void lazy_memory(void **state)
{
	long before = resident_pages();
	uint32_t handle;
	uint8_t *data;

	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_SHARE, UINT64_C(1) << 30, &handle), 0);
	data = rig_map(*state, handle, UINT64_C(1) << 30, NULL);
	assert_non_null(data);
	data[UINT64_C(1) << 29] = 1;
	assert_true((resident_pages() - before) * 4096 < 4L << 20);
	assert_int_equal(aie_drm_file_munmap(((struct rig *)*state)->file, data, UINT64_C(1) << 30), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name)      cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
#define HEAP_CASE(name) cmocka_unit_test_setup_teardown(name, rig_setup_heap, rig_teardown)
		CASE(flags_must_be_zero),
		CASE(unknown_types),
		CASE(size_zero),
		CASE(vaddr),
		CASE(no_memory),
		CASE(handles_from_one),
		CASE(gem_close),
		CASE(info_checks),
		CASE(share_address_after_mapping),
		CASE(second_mapping),
		CASE(address_gone_after_munmap),
		CASE(mapping_outlives_handle),
		CASE(mmap_checks),
		CASE(heap_size),
		CASE(heap_total),
		CASE(heap_address),
		CASE(heap_alignment),
		CASE(dev_needs_mapped_heap),
		HEAP_CASE(dev_after_heap_unmapped),
		HEAP_CASE(dev_address),
		HEAP_CASE(dev_best_fit),
		HEAP_CASE(dev_does_not_fit),
		HEAP_CASE(dev_count),
		HEAP_CASE(heap_closed_first),
		CASE(sync_checks),
		CASE(sync_from_device),
		HEAP_CASE(sync_dev),
		CASE(lazy_memory),
	};

	return cmocka_run_group_tests_name("buffers", tests, NULL, NULL);
}
