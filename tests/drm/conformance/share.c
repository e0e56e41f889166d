/* PRIME, buffers made of the program's memory, debug buffers. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/drm/conformance/conformance.h"

#define GROUP "share"

static int to_fd(struct conf_file *f, uint32_t handle, uint32_t flags, int *fd)
{
	struct drm_prime_handle prime = { .handle = handle, .flags = flags, .fd = -1 };
	int result = conf_ioctl(f, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);

	*fd = prime.fd;
	return result;
}

static int to_handle(struct conf_file *f, int fd, uint32_t *handle)
{
	struct drm_prime_handle prime = { .fd = fd };
	int result = conf_ioctl(f, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);

	*handle = prime.handle;
	return result;
}

CASE(export_unknown, PLAIN, "PRIME export of an unknown handle is ENOENT")
{
	int fd;

	EXPECT_IS(to_fd(f, 1, 0, &fd), -ENOENT);
}

CASE(export_flags, PLAIN, "PRIME export with unknown flags is EINVAL")
{
	uint8_t *data;
	int fd;

	EXPECT_IS(to_fd(f, conf_share(f, 4096, &data), 1, &fd), -EINVAL);
}

CASE(export_dev, HEAP, "PRIME export of a DEV buffer is EOPNOTSUPP")
{
	int fd;

	EXPECT_IS(to_fd(f, conf_dev(f, "x", 1, NULL), DRM_CLOEXEC | DRM_RDWR, &fd), -EOPNOTSUPP);
}

CASE(export_close_on_exec, PLAIN, "DRM_CLOEXEC sets close-on-exec, without it it is clear")
{
	uint8_t *data;
	uint32_t handle = conf_share(f, 4096, &data);
	int with, without, flags[2];

	EXPECT_IS(to_fd(f, handle, DRM_CLOEXEC | DRM_RDWR, &with), 0);
	EXPECT_IS(to_fd(f, handle, DRM_RDWR, &without), 0);
	flags[0] = fcntl(with, F_GETFD);
	flags[1] = fcntl(without, F_GETFD);
	close(with);
	close(without);
	EXPECT_IS(flags[0], FD_CLOEXEC);
	EXPECT_IS(flags[1], 0);
}

CASE(export_size, PLAIN, "an exported buffer's size is found with lseek")
{
	uint8_t *data;
	off_t size;
	int fd;

	EXPECT_IS(to_fd(f, conf_share(f, 5000, (void *)&data), DRM_CLOEXEC, &fd), 0);
	size = lseek(fd, 0, SEEK_END);
	close(fd);
	EXPECT_IS(size, 8192);
}

CASE(export_mapping, PLAIN, "an exported buffer can be mapped through its descriptor: the same memory")
{
	uint8_t *data, *mapped;
	int fd;

	EXPECT_IS(to_fd(f, conf_share(f, 4096, &data), DRM_CLOEXEC | DRM_RDWR, &fd), 0);
	mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	EXPECT(mapped != MAP_FAILED);
	data[9] = 44;
	mapped[10] = 45;
	EXPECT(mapped[9] == 44 && data[10] == 45);
	munmap(mapped, 4096);
}

CASE(export_read_only, PLAIN, "without DRM_RDWR the descriptor gives no writable mapping")
{
	uint8_t *data, *mapped;
	int fd, number;

	EXPECT_IS(to_fd(f, conf_share(f, 4096, &data), DRM_CLOEXEC, &fd), 0);
	mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	number = errno;
	close(fd);
	EXPECT(mapped == MAP_FAILED);
	EXPECT_IS(number, EACCES);
}

CASE(export_heap, HEAP, "a heap can be exported")
{
	int fd;

	EXPECT_IS(to_fd(f, f->heap, DRM_CLOEXEC | DRM_RDWR, &fd), 0);
	close(fd);
}

CASE(import_same_file, PLAIN, "import into the file that exported it gives the same handle")
{
	uint8_t *data;
	uint32_t handle = conf_share(f, 4096, &data), again;
	int fd, result;

	EXPECT_IS(to_fd(f, handle, DRM_CLOEXEC | DRM_RDWR, &fd), 0);
	result = to_handle(f, fd, &again);
	close(fd);
	EXPECT_IS(result, 0);
	EXPECT_IS(again, handle);
}

CASE(import_other_file, PLAIN, "import into another file gives the same memory")
{
	struct conf_file *other = conf_open(conf);
	uint8_t *data, *mapped;
	uint32_t imported;
	int fd, result;

	EXPECT_IS(to_fd(f, conf_share(f, 8192, &data), DRM_CLOEXEC | DRM_RDWR, &fd), 0);
	result = to_handle(other, fd, &imported);
	close(fd);
	EXPECT_IS(result, 0);
	mapped = conf_map(other, imported, 8192, NULL);
	EXPECT(mapped);
	data[8000] = 7;
	EXPECT_IS(mapped[8000], 7);
}

CASE(import_twice, PLAIN, "a second import into a file gives the same handle")
{
	struct conf_file *other = conf_open(conf);
	uint32_t first, second;
	uint8_t *data;
	int fd, results[2];

	EXPECT_IS(to_fd(f, conf_share(f, 8192, &data), DRM_CLOEXEC | DRM_RDWR, &fd), 0);
	results[0] = to_handle(other, fd, &first);
	results[1] = to_handle(other, fd, &second);
	close(fd);
	EXPECT_IS(results[0], 0);
	EXPECT_IS(results[1], 0);
	EXPECT_IS(first, second);
}

CASE(import_address, PLAIN, "an imported buffer's NPU address is where this file maps it")
{
	struct conf_file *other = conf_open(conf);
	struct amdxdna_get_bo_info info;
	uint8_t *data, *mapped;
	uint32_t imported;
	int fd, result;

	EXPECT_IS(to_fd(f, conf_share(f, 4096, &data), DRM_CLOEXEC | DRM_RDWR, &fd), 0);
	result = to_handle(other, fd, &imported);
	close(fd);
	EXPECT_IS(result, 0);
	EXPECT_IS(conf_info(other, imported, &info), 0);
	EXPECT(info.xdna_addr == ONES);
	mapped = conf_map(other, imported, 4096, NULL);
	EXPECT(mapped);
	EXPECT_IS(conf_info(other, imported, &info), 0);
	EXPECT(info.xdna_addr == (uintptr_t)mapped);
}

CASE(import_outlives_exporter, PLAIN, "imported memory stays when the exporting file is closed")
{
	struct conf_file *other = conf_open(conf);
	uint8_t *data, *mapped;
	uint32_t imported;
	int fd, result;

	EXPECT_IS(to_fd(f, conf_share(f, 4096, &data), DRM_CLOEXEC | DRM_RDWR, &fd), 0);
	result = to_handle(other, fd, &imported);
	close(fd);
	EXPECT_IS(result, 0);
	data[1] = 99;
	conf_close(f);
	mapped = conf_map(other, imported, 4096, NULL);
	EXPECT(mapped);
	EXPECT_IS(mapped[1], 99);
}

CASE(import_bad_fd, PLAIN, "import of a descriptor that is not open is EBADF")
{
	uint32_t handle;

	EXPECT_IS(to_handle(f, 987654, &handle), -EBADF);
}

CASE(import_no_dmabuf, PLAIN, "import of a descriptor that is no dma-buf is EINVAL")
{
	uint32_t handle;
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC), result;

	result = to_handle(f, fd, &handle);
	close(fd);
	EXPECT_IS(result, -EINVAL);
}

CASE(import_by_table, PLAIN, "a va table without entries imports its descriptor as a new buffer")
{
	struct conf_file *other = conf_open(conf);
	struct amdxdna_va_table table = { 0 };
	struct amdxdna_create_bo create = { .vaddr = (uintptr_t)&table, .type = AMDXDNA_BO_SHARE };
	uint8_t *data, *mapped;
	int result;

	EXPECT_IS(to_fd(f, conf_share(f, 4096, &data), DRM_CLOEXEC | DRM_RDWR, &table.dmabuf_fd), 0);
	result = conf_ioctl(other, AMDXDNA_IOCTL_CREATE_BO, &create);
	close(table.dmabuf_fd);
	EXPECT_IS(result, 0);
	mapped = conf_map(other, create.handle, 4096, NULL);
	EXPECT(mapped);
	data[100] = 5;
	EXPECT_IS(mapped[100], 5);
}

CASE(import_by_table_bad_fd, PLAIN, "a va table with a descriptor that is not open is EBADF")
{
	struct amdxdna_va_table table = { .dmabuf_fd = -1 };
	struct amdxdna_create_bo create = { .vaddr = (uintptr_t)&table, .type = AMDXDNA_BO_SHARE };

	EXPECT_IS(conf_ioctl(f, AMDXDNA_IOCTL_CREATE_BO, &create), -EBADF);
}

/* ---- memory of the program -------------------------------------------------------------------------------------- */

struct table {
	int32_t dmabuf_fd;
	uint32_t num_entries;
	struct amdxdna_va_entry entry[2];
};

static int wrap(struct conf_file *f, const struct table *table, uint32_t *handle)
{
	struct amdxdna_create_bo create = { .vaddr = (uintptr_t)table, .type = AMDXDNA_BO_SHARE };
	int result = conf_ioctl(f, AMDXDNA_IOCTL_CREATE_BO, &create);

	if (handle)
		*handle = create.handle;
	return result;
}

CASE(user_table_unreadable, PLAIN, "an unreadable va table is EFAULT")
{
	struct amdxdna_create_bo create = { .vaddr = 64, .type = AMDXDNA_BO_SHARE };

	EXPECT_IS(conf_ioctl(f, AMDXDNA_IOCTL_CREATE_BO, &create), -EFAULT);
}

CASE(user_address, PLAIN, "user memory keeps its address as NPU address")
{
	uint8_t *memory = conf_memory(conf, 8192);
	const struct table table = { .num_entries = 1, .entry = { { (uintptr_t)memory, 8192 } } };
	struct amdxdna_get_bo_info info;
	uint32_t handle;

	EXPECT_IS(wrap(f, &table, &handle), 0);
	EXPECT_IS(conf_info(f, handle, &info), 0);
	EXPECT(info.xdna_addr == (uintptr_t)memory);
}

CASE(user_two_entries, PLAIN, "adjacent entries make one buffer")
{
	uint8_t *memory = conf_memory(conf, 16384);
	const struct table table = { .num_entries = 2,
		                     .entry = { { (uintptr_t)memory, 4096 }, { (uintptr_t)memory + 4096, 12288 } } };

	EXPECT_IS(wrap(f, &table, NULL), 0);
}

CASE(user_entries_apart, PLAIN, "entries that are not adjacent are EINVAL")
{
	uint8_t *memory = conf_memory(conf, 16384);
	const struct table table = { .num_entries = 2,
		                     .entry = { { (uintptr_t)memory, 4096 }, { (uintptr_t)memory + 8192, 4096 } } };

	EXPECT_IS(wrap(f, &table, NULL), -EINVAL);
}

CASE(user_misaligned_address, PLAIN, "an entry that does not start on a page is EINVAL")
{
	uint8_t *memory = conf_memory(conf, 8192);
	const struct table table = { .num_entries = 1, .entry = { { (uintptr_t)memory + 64, 4096 } } };

	EXPECT_IS(wrap(f, &table, NULL), -EINVAL);
}

CASE(user_misaligned_length, PLAIN, "an entry that is not whole pages is EINVAL")
{
	uint8_t *memory = conf_memory(conf, 8192);
	const struct table table = { .num_entries = 1, .entry = { { (uintptr_t)memory, 5000 } } };

	EXPECT_IS(wrap(f, &table, NULL), -EINVAL);
}

CASE(user_not_mapped, PLAIN, "a range that is not mapped is EFAULT")
{
	uint8_t *memory = conf_memory(conf, 8192);
	const struct table table = { .num_entries = 1, .entry = { { (uintptr_t)memory, 8192 } } };

	munmap(memory + 4096, 4096);
	EXPECT_IS(wrap(f, &table, NULL), -EFAULT);
}

CASE(user_read_only, PLAIN, "a range that may not be written is EFAULT")
{
	uint8_t *memory = conf_memory(conf, 8192);
	const struct table table = { .num_entries = 1, .entry = { { (uintptr_t)memory, 8192 } } };

	mprotect(memory, 8192, PROT_READ);
	EXPECT_IS(wrap(f, &table, NULL), -EFAULT);
}

CASE(user_export, PLAIN, "user memory is not exported: EOPNOTSUPP")
{
	uint8_t *memory = conf_memory(conf, 4096);
	const struct table table = { .num_entries = 1, .entry = { { (uintptr_t)memory, 4096 } } };
	uint32_t handle;
	int fd;

	EXPECT_IS(wrap(f, &table, &handle), 0);
	EXPECT_IS(to_fd(f, handle, DRM_CLOEXEC, &fd), -EOPNOTSUPP);
}

CASE(user_packet, PROGRAM, "user memory can be a packet")
{
	uint8_t *memory = conf_memory(conf, 4096);
	const struct table table = { .num_entries = 1, .entry = { { (uintptr_t)memory, 4096 } } };
	uint32_t handle;
	uint64_t seq;

	EXPECT_IS(wrap(f, &table, &handle), 0);
	conf_start_cu((uint32_t *)(void *)memory, &conf->program, NULL, 0);
	EXPECT_IS(conf_submit(f, conf->program.context.handle, handle, NULL, 0, &seq), 0);
	EXPECT_IS(conf_wait(f, conf->program.context.syncobj_handle, seq, 60000, 0), 0);
	EXPECT_IS(conf_state((uint32_t *)(void *)memory), AMDXDNA_STATE_COMPLETED);
}

CASE(user_locked_limit, PLAIN, "user memory beyond RLIMIT_MEMLOCK is ENOMEM (without CAP_IPC_LOCK)")
{
	uint8_t *memory = conf_memory(conf, 1 << 20);
	const struct table table = { .num_entries = 1, .entry = { { (uintptr_t)memory, 1 << 20 } } };
	struct rlimit limit, small;
	int result;

	conf_without(conf, CAP_IPC_LOCK);
	getrlimit(RLIMIT_MEMLOCK, &limit);
	small = limit;
	small.rlim_cur = 4096;
	setrlimit(RLIMIT_MEMLOCK, &small);
	result = wrap(f, &table, NULL);
	setrlimit(RLIMIT_MEMLOCK, &limit);
	EXPECT_IS(result, -ENOMEM);
}

CASE(user_may_not_lock, PLAIN, "user memory of a process that may not lock any is EPERM (without CAP_IPC_LOCK)")
{
	uint8_t *memory = conf_memory(conf, 4096);
	const struct table table = { .num_entries = 1, .entry = { { (uintptr_t)memory, 4096 } } };
	struct rlimit limit, none;
	int result;

	conf_without(conf, CAP_IPC_LOCK);
	getrlimit(RLIMIT_MEMLOCK, &limit);
	none = limit;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_MEMLOCK, &none);
	result = wrap(f, &table, NULL);
	setrlimit(RLIMIT_MEMLOCK, &limit);
	EXPECT_IS(result, -EPERM);
}

/* ---- debug buffers ---------------------------------------------------------------------------------------------- */

static int debug(struct conf_file *f, uint32_t context, uint32_t type, uint64_t value)
{
	struct amdxdna_config_hwctx config = { .handle = context, .param_type = type, .param_val = value };

	return conf_ioctl(f, AMDXDNA_IOCTL_CONFIG_HWCTX, &config);
}

CASE(debug_unknown, PROGRAM, "a debug buffer that is unknown is EINVAL")
{
	EXPECT_IS(debug(f, conf->program.context.handle, AMDXDNA_CONFIG_ASSIGN_DEBUG_BO, 999), -EINVAL);
}

CASE(debug_not_dev, PROGRAM, "a debug buffer that is not of type DEV is EINVAL")
{
	uint8_t *data;

	EXPECT_IS(debug(f, conf->program.context.handle, AMDXDNA_CONFIG_ASSIGN_DEBUG_BO, conf_share(f, 4096, &data)),
	          -EINVAL);
}

CASE(debug_twice, PROGRAM, "attaching an attached debug buffer is EBUSY")
{
	uint32_t handle = conf_dev(f, "x", 1, NULL);

	EXPECT_IS(debug(f, conf->program.context.handle, AMDXDNA_CONFIG_ASSIGN_DEBUG_BO, handle), 0);
	EXPECT_IS(debug(f, conf->program.context.handle, AMDXDNA_CONFIG_ASSIGN_DEBUG_BO, handle), -EBUSY);
}

CASE(debug_detach_unattached, PROGRAM, "detaching what is not attached is EINVAL")
{
	EXPECT_IS(debug(f, conf->program.context.handle, AMDXDNA_CONFIG_REMOVE_DEBUG_BO, conf_dev(f, "x", 1, NULL)),
	          -EINVAL);
}

CASE(debug_again, PROGRAM, "after detaching it can be attached again")
{
	uint32_t handle = conf_dev(f, "x", 1, NULL);

	EXPECT_IS(debug(f, conf->program.context.handle, AMDXDNA_CONFIG_ASSIGN_DEBUG_BO, handle), 0);
	EXPECT_IS(debug(f, conf->program.context.handle, AMDXDNA_CONFIG_REMOVE_DEBUG_BO, handle), 0);
	EXPECT_IS(debug(f, conf->program.context.handle, AMDXDNA_CONFIG_ASSIGN_DEBUG_BO, handle), 0);
}

CASE(debug_sync, PROGRAM, "direction 1 on an attached debug buffer copies it out")
{
	struct amdxdna_sync_bo sync = { .handle = conf_dev(f, "x", 1, NULL), .direction = 1, .size = 4096 };

	EXPECT_IS(conf_ioctl(f, AMDXDNA_IOCTL_SYNC_BO, &sync), -EINVAL);
	EXPECT_IS(debug(f, conf->program.context.handle, AMDXDNA_CONFIG_ASSIGN_DEBUG_BO, sync.handle), 0);
	EXPECT_IS(conf_ioctl(f, AMDXDNA_IOCTL_SYNC_BO, &sync), 0);
}

CASE(debug_sequence, PROGRAM, "attaching consumes a sequence number of the context")
{
	uint64_t seq;

	EXPECT_IS(debug(f, conf->program.context.handle, AMDXDNA_CONFIG_ASSIGN_DEBUG_BO, conf_dev(f, "x", 1, NULL)), 0);
	EXPECT_IS(conf_submit(f, conf->program.context.handle, conf->program.packet_handle, NULL, 0, &seq), 0);
	EXPECT_IS(seq, 1);
}

CASE(debug_context_gone, PROGRAM, "a debug buffer is free again when its context is destroyed")
{
	uint32_t handle = conf_dev(f, "x", 1, NULL);
	struct amdxdna_create_hwctx other;

	EXPECT_IS(conf_context(f, 1, &other), 0);
	EXPECT_IS(debug(f, other.handle, AMDXDNA_CONFIG_ASSIGN_DEBUG_BO, handle), 0);
	EXPECT_IS(conf_destroy_context(f, other.handle), 0);
	EXPECT_IS(debug(f, conf->program.context.handle, AMDXDNA_CONFIG_ASSIGN_DEBUG_BO, handle), 0);
}
