/* CREATE_BO, GET_BO_INFO, SYNC_BO, GEM_CLOSE, mmap, the device heap. */
#include <string.h>
#include <sys/mman.h>

#include "tests/drm/conformance/conformance.h"

#define GROUP "buffers"

CASE(flags_zero, PLAIN, "CREATE_BO flags must be zero: EINVAL")
{
	struct amdxdna_create_bo create = { .flags = 1, .size = 4096, .type = AMDXDNA_BO_SHARE };

	EXPECT_IS(conf_ioctl(f, AMDXDNA_IOCTL_CREATE_BO, &create), -EINVAL);
}

CASE(type_zero, PLAIN, "buffer type 0 is EINVAL")
{
	EXPECT_IS(conf_create(f, 0, 4096, NULL), -EINVAL);
}

CASE(type_five, PLAIN, "buffer type 5 is EINVAL")
{
	EXPECT_IS(conf_create(f, 5, 4096, NULL), -EINVAL);
}

CASE(size_zero_share, PLAIN, "SHARE of size 0 is EINVAL")
{
	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, 0, NULL), -EINVAL);
}

CASE(size_zero_cmd, PLAIN, "CMD of size 0 is EINVAL")
{
	EXPECT_IS(conf_create(f, AMDXDNA_BO_CMD, 0, NULL), -EINVAL);
}

CASE(size_zero_heap, PLAIN, "a heap of size 0 is EINVAL")
{
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV_HEAP, 0, NULL), -EINVAL);
}

CASE(size_zero_dev, HEAP, "DEV of size 0 is EINVAL")
{
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, 0, NULL), -EINVAL);
}

CASE(vaddr_cmd, PLAIN, "vaddr with CMD is EINVAL")
{
	struct amdxdna_create_bo create = { .vaddr = 4096, .size = 4096, .type = AMDXDNA_BO_CMD };

	EXPECT_IS(conf_ioctl(f, AMDXDNA_IOCTL_CREATE_BO, &create), -EINVAL);
}

CASE(no_memory, PLAIN, "more memory than there is: ENOMEM")
{
	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, UINT64_C(1) << 60, NULL), -ENOMEM);
}

CASE(size_overflow, PLAIN, "a size that wraps when rounded is no small buffer: ENOMEM")
{
	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, ONES, NULL), -ENOMEM);
}

CASE(cmd_large, PLAIN, "CMD above 32 KiB is allowed")
{
	EXPECT_IS(conf_create(f, AMDXDNA_BO_CMD, 1 << 20, NULL), 0);
}

CASE(cmd_small, PLAIN, "CMD of 1 byte is allowed and is a page")
{
	uint32_t handle;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_CMD, 1, &handle), 0);
	EXPECT(conf_map(f, handle, 4096, NULL));
}

CASE(handles_from_one, PLAIN, "buffer handles start at 1 for each file")
{
	struct conf_file *other = conf_open(conf);
	uint32_t one, two;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, 4096, &one), 0);
	EXPECT_IS(conf_create(other, AMDXDNA_BO_SHARE, 4096, &two), 0);
	EXPECT_IS(one, 1);
	EXPECT_IS(two, 1);
}

CASE(close_unknown, PLAIN, "GEM_CLOSE of an unknown handle is EINVAL")
{
	EXPECT_IS(conf_gem_close(f, 1), -EINVAL);
}

CASE(close_zero, PLAIN, "GEM_CLOSE of handle 0 is EINVAL")
{
	EXPECT_IS(conf_gem_close(f, 0), -EINVAL);
}

CASE(close_twice, PLAIN, "GEM_CLOSE a second time is EINVAL")
{
	uint32_t handle;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, 4096, &handle), 0);
	EXPECT_IS(conf_gem_close(f, handle), 0);
	EXPECT_IS(conf_gem_close(f, handle), -EINVAL);
}

CASE(info_unknown, PLAIN, "GET_BO_INFO of an unknown handle is ENOENT")
{
	struct amdxdna_get_bo_info info;

	EXPECT_IS(conf_info(f, 1, &info), -ENOENT);
}

CASE(info_ext, PLAIN, "GET_BO_INFO ext must be zero: EINVAL")
{
	struct amdxdna_get_bo_info info = { .ext = 1 };

	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, 4096, &info.handle), 0);
	EXPECT_IS(conf_ioctl(f, AMDXDNA_IOCTL_GET_BO_INFO, &info), -EINVAL);
}

CASE(info_ext_flags, PLAIN, "GET_BO_INFO ext_flags must be zero: EINVAL")
{
	struct amdxdna_get_bo_info info = { .ext_flags = 1 };

	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, 4096, &info.handle), 0);
	EXPECT_IS(conf_ioctl(f, AMDXDNA_IOCTL_GET_BO_INFO, &info), -EINVAL);
}

CASE(info_pad, PLAIN, "GET_BO_INFO pad must be zero: EINVAL")
{
	struct amdxdna_get_bo_info info = { .pad = 1 };

	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, 4096, &info.handle), 0);
	EXPECT_IS(conf_ioctl(f, AMDXDNA_IOCTL_GET_BO_INFO, &info), -EINVAL);
}

CASE(info_other_file, PLAIN, "another file's handle is unknown: ENOENT")
{
	struct conf_file *other = conf_open(conf);
	struct amdxdna_get_bo_info info;
	uint32_t handle;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, 4096, &handle), 0);
	EXPECT_IS(conf_info(other, handle, &info), -ENOENT);
}

CASE(offset_base, PLAIN, "map offsets are page aligned and at 4 GiB or above")
{
	struct amdxdna_get_bo_info info;
	uint32_t handle;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, 100, &handle), 0);
	EXPECT_IS(conf_info(f, handle, &info), 0);
	EXPECT(info.map_offset >= UINT64_C(1) << 32 && info.map_offset % 4096 == 0);
}

CASE(address_before_mapping, PLAIN, "SHARE has no NPU address before it is mapped: all ones")
{
	struct amdxdna_get_bo_info info;
	uint32_t handle;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, 4096, &handle), 0);
	EXPECT_IS(conf_info(f, handle, &info), 0);
	EXPECT(info.xdna_addr == ONES);
}

CASE(address_is_first_mapping, PLAIN, "SHARE has the user address of its first mapping as NPU address")
{
	struct amdxdna_get_bo_info info;
	uint8_t *data, *again;
	uint32_t handle = conf_share(f, 8192, &data);

	again = conf_map(f, handle, 8192, NULL);
	EXPECT(again && again != data);
	EXPECT_IS(conf_info(f, handle, &info), 0);
	EXPECT(info.xdna_addr == (uintptr_t)data);
	EXPECT(info.vaddr == (uintptr_t)data);
}

CASE(mappings_share_pages, PLAIN, "two mappings of a buffer are the same memory")
{
	uint8_t *data, *again;
	uint32_t handle = conf_share(f, 8192, &data);

	again = conf_map(f, handle, 8192, NULL);
	EXPECT(again);
	data[5000] = 17;
	EXPECT_IS(again[5000], 17);
}

CASE(fresh_is_zero, PLAIN, "a new buffer is zero")
{
	uint8_t *data;

	conf_share(f, 8192, &data);
	for (unsigned i = 0; i < 8192; i++)
		EXPECT_IS(data[i], 0);
}

CASE(mapping_outlives_handle, PLAIN, "a mapping stays after the handle is closed")
{
	uint8_t *data;
	uint32_t handle = conf_share(f, 4096, &data);

	data[1] = 3;
	EXPECT_IS(conf_gem_close(f, handle), 0);
	EXPECT_IS(data[1], 3);
}

CASE(mmap_doorbell_space, PLAIN, "mmap of an offset below the buffers' range is EOPNOTSUPP on AIE2")
{
	int result;

	EXPECT(!conf_mmap(f, NULL, 4096, PROT_READ, MAP_SHARED, 0, &result));
	EXPECT_IS(result, -EOPNOTSUPP);
}

CASE(mmap_no_buffer, PLAIN, "mmap of an offset that belongs to no buffer is EINVAL")
{
	int result;

	EXPECT(!conf_mmap(f, NULL, 4096, PROT_READ, MAP_SHARED, UINT64_C(1) << 50, &result));
	EXPECT_IS(result, -EINVAL);
}

CASE(mmap_beyond_end, PLAIN, "mmap longer than the buffer is EINVAL")
{
	uint32_t handle;
	int result;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, 4096, &handle), 0);
	EXPECT(!conf_map(f, handle, 8192, &result));
	EXPECT_IS(result, -EINVAL);
}

CASE(mmap_other_file, PLAIN, "mmap of another file's buffer is EACCES")
{
	struct conf_file *other = conf_open(conf);
	struct amdxdna_get_bo_info info;
	uint32_t handle;
	int result;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, 4096, &handle), 0);
	EXPECT_IS(conf_info(f, handle, &info), 0);
	EXPECT(!conf_mmap(other, NULL, 4096, PROT_READ, MAP_SHARED, info.map_offset, &result));
	EXPECT_IS(result, -EACCES);
}

CASE(mmap_private_writable, PLAIN, "a private writable mapping is EINVAL")
{
	struct amdxdna_get_bo_info info;
	uint32_t handle;
	int result;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, 4096, &handle), 0);
	EXPECT_IS(conf_info(f, handle, &info), 0);
	EXPECT(!conf_mmap(f, NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, info.map_offset, &result));
	EXPECT_IS(result, -EINVAL);
}

CASE(mmap_closed, PLAIN, "the offset of a closed buffer is EINVAL")
{
	struct amdxdna_get_bo_info info;
	uint32_t handle;
	int result;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, 4096, &handle), 0);
	EXPECT_IS(conf_info(f, handle, &info), 0);
	EXPECT_IS(conf_gem_close(f, handle), 0);
	EXPECT(!conf_mmap(f, NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, info.map_offset, &result));
	EXPECT_IS(result, -EINVAL);
}

/* ---- heap ------------------------------------------------------------------------------------------------------- */

CASE(heap_odd_size, PLAIN, "a heap that is no multiple of 64 MiB is EINVAL")
{
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK / 2, NULL), -EINVAL);
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK + 4096, NULL), -EINVAL);
}

CASE(heap_several_chunks_at_once, PLAIN, "a heap of several chunks in one buffer is allowed")
{
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV_HEAP, 2 * AMDXDNA_HEAP_CHUNK, NULL), 0);
}

CASE(heap_total, PLAIN, "chunks are given until 512 MiB, then ENOSPC")
{
	for (unsigned i = 0; i < 8; i++)
		EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, NULL), 0);
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, NULL), -ENOSPC);
}

CASE(heap_address, PLAIN, "the first chunk is at NPU address 0x04000000, the next follows")
{
	struct amdxdna_get_bo_info info;
	uint32_t handle;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, &handle), 0);
	EXPECT_IS(conf_info(f, handle, &info), 0);
	EXPECT_IS(info.xdna_addr, 0x04000000);
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, &handle), 0);
	EXPECT_IS(conf_info(f, handle, &info), 0);
	EXPECT_IS(info.xdna_addr, 0x08000000);
}

CASE(heap_misaligned_mapping, PLAIN, "a heap is mapped on a multiple of 64 MiB: EINVAL elsewhere")
{
	struct amdxdna_get_bo_info info;
	uint8_t *space = conf_reserve(conf, 2 * AMDXDNA_HEAP_CHUNK);
	uint32_t handle;
	int result;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, &handle), 0);
	EXPECT_IS(conf_info(f, handle, &info), 0);
	EXPECT(!conf_mmap(f, space + 4096, AMDXDNA_HEAP_CHUNK, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
	                  info.map_offset, &result));
	EXPECT_IS(result, -EINVAL);
}

CASE(dev_without_heap, PLAIN, "DEV without a heap is EAGAIN")
{
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, 4096, NULL), -EAGAIN);
}

CASE(dev_heap_unmapped, PLAIN, "DEV with an unmapped heap is EAGAIN")
{
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, NULL), 0);
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, 4096, NULL), -EAGAIN);
}

CASE(dev_heap_mapping_gone, HEAP, "after munmap of the heap new DEV buffers fail")
{
	EXPECT_IS(conf_munmap(f, f->heap_data, AMDXDNA_HEAP_CHUNK), 0);
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, 4096, NULL), -EAGAIN);
}

CASE(dev_alignment, HEAP, "DEV buffers start on multiples of 32 KiB, best fit from the bottom")
{
	struct amdxdna_get_bo_info info;
	uint32_t handle;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, 100, &handle), 0);
	EXPECT_IS(conf_info(f, handle, &info), 0);
	EXPECT_IS(info.xdna_addr, 0x04000000);
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, 0x9000, &handle), 0);
	EXPECT_IS(conf_info(f, handle, &info), 0);
	EXPECT_IS(info.xdna_addr, 0x04008000);
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, 100, &handle), 0);
	EXPECT_IS(conf_info(f, handle, &info), 0);
	EXPECT_IS(info.xdna_addr, 0x04018000);
}

CASE(dev_user_address, HEAP, "a DEV buffer's user address lies in the heap's mapping, equally far in")
{
	struct amdxdna_get_bo_info info;
	uint32_t handle;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, 4096, NULL), 0);
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, 4096, &handle), 0);
	EXPECT_IS(conf_info(f, handle, &info), 0);
	EXPECT(info.vaddr == (uintptr_t)f->heap_data + 0x8000);
}

CASE(dev_not_mappable, HEAP, "a DEV buffer has no map offset: all ones")
{
	struct amdxdna_get_bo_info info;
	uint32_t handle;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, 4096, &handle), 0);
	EXPECT_IS(conf_info(f, handle, &info), 0);
	EXPECT(info.map_offset == ONES);
}

CASE(dev_too_large, HEAP, "DEV above 512 MiB is EINVAL")
{
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, AMDXDNA_HEAP_LIMIT + 4096, NULL), -EINVAL);
}

CASE(dev_no_room, HEAP, "DEV that does not fit while the heap can grow is EAGAIN")
{
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, AMDXDNA_HEAP_CHUNK, NULL), 0);
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, 4096, NULL), -EAGAIN);
}

CASE(dev_after_growth, PLAIN, "after EAGAIN a further chunk, mapped behind the last, takes the buffer")
{
	uint8_t *space = conf_reserve(conf, 2 * AMDXDNA_HEAP_CHUNK);
	struct amdxdna_get_bo_info info;
	uint32_t handle;
	int result;

	for (unsigned i = 0; i < 2; i++) {
		EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, &handle), 0);
		EXPECT_IS(conf_info(f, handle, &info), 0);
		conf_mmap(f, space + i * AMDXDNA_HEAP_CHUNK, AMDXDNA_HEAP_CHUNK, PROT_READ | PROT_WRITE,
		          MAP_SHARED | MAP_FIXED, info.map_offset, &result);
		EXPECT_IS(result, 0);
		if (!i)
			EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, AMDXDNA_HEAP_CHUNK + 4096, NULL), -EAGAIN);
	}
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, AMDXDNA_HEAP_CHUNK + 4096, &handle), 0);
	EXPECT_IS(conf_info(f, handle, &info), 0);
	EXPECT(info.vaddr == (uintptr_t)space);
	memset((void *)(uintptr_t)(info.vaddr + AMDXDNA_HEAP_CHUNK - 8), 9, 16);
}

CASE(dev_chunks_apart, PLAIN, "a buffer over chunks mapped apart is EINVAL")
{
	uint8_t *space = conf_reserve(conf, 3 * AMDXDNA_HEAP_CHUNK);
	struct amdxdna_get_bo_info info;
	uint32_t handle;
	int result;

	for (unsigned i = 0; i < 2; i++) {
		EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, &handle), 0);
		EXPECT_IS(conf_info(f, handle, &info), 0);
		conf_mmap(f, space + 2 * i * AMDXDNA_HEAP_CHUNK, AMDXDNA_HEAP_CHUNK, PROT_READ | PROT_WRITE,
		          MAP_SHARED | MAP_FIXED, info.map_offset, &result);
		EXPECT_IS(result, 0);
	}
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, AMDXDNA_HEAP_CHUNK + 4096, NULL), -EINVAL);
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, 4096, NULL), 0);
}

CASE(dev_space_used_up, PLAIN, "DEV that does not fit and the address range used up: ENOSPC")
{
	uint8_t *space = conf_reserve(conf, AMDXDNA_HEAP_LIMIT);
	struct amdxdna_get_bo_info info;
	uint32_t handle;
	int result;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_LIMIT, &handle), 0);
	EXPECT_IS(conf_info(f, handle, &info), 0);
	conf_mmap(f, space, AMDXDNA_HEAP_LIMIT, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, info.map_offset,
	          &result);
	EXPECT_IS(result, 0);
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, AMDXDNA_HEAP_LIMIT, NULL), 0);
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, 4096, NULL), -ENOSPC);
}

CASE(dev_range_reused, HEAP, "the range of a closed DEV buffer is given out again")
{
	uint32_t handle;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, AMDXDNA_HEAP_CHUNK, &handle), 0);
	EXPECT_IS(conf_gem_close(f, handle), 0);
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, AMDXDNA_HEAP_CHUNK, NULL), 0);
}

CASE(heap_closed_first, HEAP, "closing the heap keeps the memory until the last DEV buffer is gone")
{
	struct amdxdna_get_bo_info info;
	uint32_t handle = conf_dev(f, "abc", 3, NULL);

	EXPECT_IS(conf_gem_close(f, f->heap), 0);
	EXPECT_IS(conf_info(f, handle, &info), 0);
	EXPECT(memcmp((void *)(uintptr_t)info.vaddr, "abc", 3) == 0);
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, 4096, NULL), -EAGAIN);
}

/* ---- SYNC_BO ---------------------------------------------------------------------------------------------------- */

static int sync_bo(struct conf_file *f, uint32_t handle, uint32_t direction, uint64_t offset, uint64_t size)
{
	struct amdxdna_sync_bo sync = { handle, direction, offset, size };

	return conf_ioctl(f, AMDXDNA_IOCTL_SYNC_BO, &sync);
}

CASE(sync_unknown, PLAIN, "SYNC_BO of an unknown handle is ENOENT")
{
	EXPECT_IS(sync_bo(f, 9, 0, 0, 1), -ENOENT);
}

CASE(sync_whole, PLAIN, "SYNC_BO to the device of a mapped buffer succeeds")
{
	uint8_t *data;

	EXPECT_IS(sync_bo(f, conf_share(f, 8192, &data), 0, 0, 8192), 0);
}

CASE(sync_clamped, PLAIN, "a size past the end is clamped")
{
	uint8_t *data;

	EXPECT_IS(sync_bo(f, conf_share(f, 8192, &data), 0, 4096, 1 << 20), 0);
}

CASE(sync_offset_beyond, PLAIN, "an offset at the end or beyond is EINVAL")
{
	uint8_t *data;

	EXPECT_IS(sync_bo(f, conf_share(f, 8192, &data), 0, 8192, 1), -EINVAL);
}

CASE(sync_overflow, PLAIN, "offset + size that wraps is EINVAL")
{
	uint8_t *data;

	EXPECT_IS(sync_bo(f, conf_share(f, 8192, &data), 0, 1, ONES), -EINVAL);
}

CASE(sync_without_pages, PLAIN, "a buffer that never had pages is EINVAL")
{
	uint32_t handle;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, 4096, &handle), 0);
	EXPECT_IS(sync_bo(f, handle, 0, 0, 4096), -EINVAL);
}

CASE(sync_from_device, PLAIN, "direction 1 on a buffer that is no debug buffer is EINVAL")
{
	uint8_t *data;

	EXPECT_IS(sync_bo(f, conf_share(f, 8192, &data), 1, 0, 4096), -EINVAL);
}

CASE(sync_dev_clipped, HEAP, "for DEV the range is clipped and not reported")
{
	EXPECT_IS(sync_bo(f, conf_dev(f, "x", 1, NULL), 0, 1 << 20, 4096), 0);
}
