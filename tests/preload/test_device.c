/* The device's descriptors and mappings under the preload (the test itself runs under it): duplicates, fork, poll, what
 * closing means, mappings cut and covered, and eight threads at once. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver/aie.h"
#include "driver/client/amdxdna_uapi.h"
#include "kernels/operator.h"

static const char node[] = "/dev/accel/accel7"; /* CTest sets AIETWIN_ACCEL=7 */
enum { PAGE = 4096 };

static int open_node(void)
{
	int fd = open(node, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static int version_of(int fd)
{
	char name[64] = "";
	struct drm_version version = { .name = name, .name_len = sizeof name - 1 };

	if (ioctl(fd, DRM_IOCTL_VERSION, &version))
		return -1;
	assert_string_equal(name, "amdxdna_accel_driver");
	return 0;
}

static uint32_t create_bo(int fd, uint32_t type, uint64_t size)
{
	struct amdxdna_create_bo create = { .type = type, .size = size };

	assert_int_equal(ioctl(fd, AMDXDNA_IOCTL_CREATE_BO, &create), 0);
	return create.handle;
}

static int info_of(int fd, uint32_t handle, struct amdxdna_get_bo_info *info)
{
	*info = (struct amdxdna_get_bo_info){ .handle = handle };
	return ioctl(fd, AMDXDNA_IOCTL_GET_BO_INFO, info);
}

static uint8_t *map_bo(int fd, uint32_t handle, size_t size)
{
	struct amdxdna_get_bo_info info;
	void *data;

	assert_int_equal(info_of(fd, handle, &info), 0);
	data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)info.map_offset);
	assert_ptr_not_equal(data, MAP_FAILED);
	return data;
}

static uint64_t npu_address(int fd, uint32_t handle)
{
	struct amdxdna_get_bo_info info;

	assert_int_equal(info_of(fd, handle, &info), 0);
	return info.xdna_addr;
}

/* ---- descriptors ---------------------------------------------------------------------------- */

static void test_what_it_is(void **state)
{
	int fd = open_node(), again;
	struct stat status;
	char path[64], text[64];
	ssize_t length;

	(void)state;
	assert_int_equal(fstat(fd, &status), 0);
	assert_true(S_ISCHR(status.st_mode));
	assert_int_equal(minor(status.st_rdev), 7);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	length = readlink(path, text, sizeof text - 1);
	assert_int_equal(length, sizeof node - 1);
	text[length] = 0;
	assert_string_equal(text, node);
	/* Opened by that name it is opened anew: a handle of the one is nothing to the other. */
	again = open(path, O_RDWR);
	assert_true(again >= 0);
	assert_int_equal(fcntl(again, F_GETFD), 0);
	assert_int_equal(create_bo(fd, AMDXDNA_BO_SHARE, PAGE), 1);
	assert_int_equal(create_bo(fd, AMDXDNA_BO_SHARE, PAGE), 2);
	assert_int_equal(create_bo(again, AMDXDNA_BO_SHARE, PAGE), 1);
	assert_int_equal(close(fd), 0);
	assert_int_equal(version_of(fd), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(version_of(again), 0);
	close(again);
}

/* A DRM node is never readable without events; it can be polled and put into a set. */
static void test_poll(void **state)
{
	int fd = open(node, O_RDWR | O_CLOEXEC | O_NONBLOCK), set = epoll_create1(EPOLL_CLOEXEC);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	struct epoll_event event = { .events = EPOLLIN };
	char byte;

	(void)state;
	assert_int_equal(poll(&poll_fd, 1, 0), 0);
	assert_int_equal(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
	assert_int_equal(epoll_wait(set, &event, 1, 0), 0);
	assert_int_equal(read(fd, &byte, 0) <= 0, 1);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	close(set);
	close(fd);
}

static void test_unknown_requests(void **state)
{
	int fd = open_node(), on = 1;

	(void)state;
	assert_int_equal(ioctl(fd, TIOCGWINSZ, &on), -1);
	assert_int_equal(errno, ENOTTY);
	assert_int_equal(isatty(fd), 0);
	assert_int_equal(ioctl(fd, DRM_IO(DRM_COMMAND_BASE + 0x3f)), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(ioctl(fd, AMDXDNA_IOCTL_CREATE_BO, NULL), -1);
	assert_int_equal(errno, EFAULT);
	/* The kernel's own, which no driver sees. */
	assert_int_equal(ioctl(fd, FIONBIO, &on), 0);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_int_equal(ioctl(fd, FIONCLEX), 0);
	assert_int_equal(fcntl(fd, F_GETFD), 0);
	close(fd);
}

/* Duplicates share one open file; it ends with the last of them. */
static void test_duplicates(void **state)
{
	int fd = open_node(), copy[6];
	struct amdxdna_get_bo_info info;
	uint32_t handle = create_bo(fd, AMDXDNA_BO_SHARE, PAGE);
	unsigned count = 0;

	(void)state;
	copy[count++] = dup(fd);
	copy[count++] = dup2(fd, 200);
	copy[count++] = dup3(fd, 201, O_CLOEXEC);
	copy[count++] = fcntl(fd, F_DUPFD, 100);
	copy[count++] = fcntl(fd, F_DUPFD_CLOEXEC, 1500); /* RLIMIT_NOFILE may forbid it */
	assert_int_equal(fcntl(201, F_GETFD), FD_CLOEXEC);
	assert_int_equal(dup2(fd, fd), fd);
	assert_int_equal(close(fd), 0);
	for (unsigned i = 0; i < count; i++) {
		if (i == 4 && copy[i] < 0)
			continue;
		assert_true(copy[i] >= 0);
		assert_int_equal(info_of(copy[i], handle, &info), 0);
		assert_int_equal(close(copy[i]), 0);
		assert_int_equal(info_of(copy[i], handle, &info), -1);
		assert_int_equal(errno, EBADF);
	}
	/* Something else in its place is something else. */
	fd = open_node();
	copy[0] = open("/dev/null", O_RDWR);
	assert_int_equal(dup2(copy[0], fd), fd);
	assert_int_equal(version_of(fd), -1);
	assert_int_equal(errno, ENOTTY);
	close(copy[0]);
	close(fd);
}

/* Closed or replaced where this library does not see it: what then has the number is left alone. */
static void test_behind_our_back(void **state)
{
	int fd = open_node(), other = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct stat status;

	(void)state;
	assert_int_equal(syscall(SYS_dup3, other, fd, 0), fd);
	assert_int_equal(version_of(fd), -1);
	assert_int_equal(errno, ENOTTY);
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(major(status.st_rdev), 1);
	close(fd);
	close(other);
	fd = open_node();
	assert_int_equal(syscall(SYS_close, fd), 0);
	assert_int_equal(close(fd), -1);
	assert_int_equal(errno, EBADF);
}

static void test_close_range(void **state)
{
	int fd = open_node(), high = fcntl(fd, F_DUPFD, 300);

	(void)state;
	assert_int_equal(close_range(300, 400, 0), 0);
	assert_int_equal(version_of(high), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(version_of(fd), 0);
	close(fd);
}

/* ---- mappings ------------------------------------------------------------------------------- */

static void test_mappings(void **state)
{
	int fd = open_node();
	uint32_t handle = create_bo(fd, AMDXDNA_BO_SHARE, 4 * PAGE);
	uint8_t *data = map_bo(fd, handle, 4 * PAGE), *second;

	(void)state;
	/* PASID addressing: the NPU's address is the first mapping's. */
	assert_int_equal(npu_address(fd, handle), (uintptr_t)data);
	second = map_bo(fd, handle, 4 * PAGE);
	assert_int_equal(npu_address(fd, handle), (uintptr_t)data);
	data[PAGE] = 42;
	assert_int_equal(second[PAGE], 42);
	assert_int_equal(munmap(second, 4 * PAGE), 0);
	assert_int_equal(npu_address(fd, handle), (uintptr_t)data);
	assert_int_equal(munmap(data, 4 * PAGE), 0);
	assert_int_equal(npu_address(fd, handle), UINT64_MAX);
	/* Covered by something else it is as good as unmapped. */
	data = map_bo(fd, handle, 4 * PAGE);
	assert_int_equal(npu_address(fd, handle), (uintptr_t)data);
	assert_ptr_equal(mmap(data, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), data);
	assert_int_equal(npu_address(fd, handle), UINT64_MAX);
	assert_int_equal(munmap(data, 4 * PAGE), 0);
	/* Device memory does not grow. */
	data = map_bo(fd, handle, 4 * PAGE);
	assert_ptr_equal(mremap(data, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE), MAP_FAILED);
	assert_int_equal(errno, EFAULT);
	/* Cut in the middle, and the pieces unmapped together with what lies between. */
	assert_int_equal(munmap(data + PAGE, PAGE), 0);
	data[0] = data[2 * PAGE] = 1;
	assert_int_equal(munmap(data, 4 * PAGE), 0);
	assert_int_equal(munmap((void *)1, PAGE), -1);
	assert_int_equal(errno, EINVAL);
	close(fd);
}

static void test_mapping_errors(void **state)
{
	int fd = open_node(), read_only = open(node, O_RDONLY);
	uint32_t handle = create_bo(fd, AMDXDNA_BO_SHARE, PAGE);
	struct amdxdna_get_bo_info info;
	uint8_t *data;

	(void)state;
	assert_int_equal(info_of(fd, handle, &info), 0);
	assert_ptr_equal(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, (off_t)info.map_offset + 64 * PAGE), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, (off_t)info.map_offset), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(errno, EOPNOTSUPP);
	assert_int_equal(fcntl(read_only, F_GETFL) & O_ACCMODE, O_RDONLY);
	handle = create_bo(read_only, AMDXDNA_BO_SHARE, PAGE);
	assert_int_equal(info_of(read_only, handle, &info), 0);
	assert_ptr_equal(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, read_only, (off_t)info.map_offset),
	                 MAP_FAILED);
	assert_int_equal(errno, EACCES);
	/* At an address, if it is free. */
	data = map_bo(fd, create_bo(fd, AMDXDNA_BO_SHARE, PAGE), PAGE);
	assert_int_equal(info_of(fd, 1, &info), 0);
	assert_ptr_equal(mmap(data, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, (off_t)info.map_offset),
	                 MAP_FAILED);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(munmap(data, PAGE), 0);
	assert_ptr_equal(mmap(data, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, (off_t)info.map_offset),
	                 data);
	assert_int_equal(munmap(data, PAGE), 0);
	close(read_only);
	close(fd);
}

/* Memory stays as long as it is mapped, the open file is gone. */
static void test_mapping_outlives_descriptor(void **state)
{
	int fd = open_node();
	uint8_t *data = map_bo(fd, create_bo(fd, AMDXDNA_BO_SHARE, PAGE), PAGE);

	(void)state;
	close(fd);
	data[0] = 7;
	assert_int_equal(data[0], 7);
	assert_int_equal(munmap(data, PAGE), 0);
}

static void test_two_files_unmapped_at_once(void **state)
{
	int first = open_node(), second = open_node();
	struct amdxdna_get_bo_info info;
	uint8_t *space = mmap(NULL, 4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint32_t a = create_bo(first, AMDXDNA_BO_SHARE, PAGE), b = create_bo(second, AMDXDNA_BO_SHARE, PAGE);

	(void)state;
	assert_int_equal(info_of(first, a, &info), 0);
	assert_ptr_equal(
	        mmap(space, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, first, (off_t)info.map_offset),
	        space);
	assert_int_equal(info_of(second, b, &info), 0);
	assert_ptr_equal(mmap(space + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, second,
	                      (off_t)info.map_offset),
	                 space + 2 * PAGE);
	assert_int_equal(npu_address(first, a), (uintptr_t)space);
	assert_int_equal(npu_address(second, b), (uintptr_t)space + 2 * PAGE);
	assert_int_equal(munmap(space, 4 * PAGE), 0);
	assert_int_equal(npu_address(first, a), UINT64_MAX);
	assert_int_equal(npu_address(second, b), UINT64_MAX);
	close(first);
	close(second);
}

static unsigned count_lines(const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned lines = 0;
	int c;

	assert_non_null(file);
	while ((c = getc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	return lines;
}

static void cycle(void)
{
	int fd = open_node();
	uint32_t heap = create_bo(fd, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK);
	uint8_t *data = map_bo(fd, create_bo(fd, AMDXDNA_BO_SHARE, 2 * PAGE), 2 * PAGE);

	assert_int_not_equal(heap, 0);
	data[0] = 1;
	close(fd);
	assert_int_equal(munmap(data, 2 * PAGE), 0);
}

/* However often the node is opened and used: no descriptor and no mapping is left. */
static void test_nothing_left(void **state)
{
	unsigned maps;
	int lowest;

	(void)state;
	for (unsigned i = 0; i < 50; i++)
		cycle();
	lowest = dup(0);
	close(lowest);
	maps = count_lines("/proc/self/maps");
	for (unsigned i = 0; i < 2000; i++)
		cycle();
	/* The allocator may have taken a little more meanwhile. */
	assert_in_range(count_lines("/proc/self/maps"), 0, maps + 8);
	assert_int_equal(dup(0), lowest);
	close(lowest);
	for (int fd = 3; fd < 4096; fd++)
		assert_int_not_equal(version_of(fd), 0);
}

/* ---- other processes ------------------------------------------------------------------------ */

static int in_child(int (*function)(int fd), int fd)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		_exit(function(fd));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Numbers of failed steps; cmocka's assertions belong to the parent. */
static int child_of_fork(int fd)
{
	struct drm_version version = { 0 };
	struct amdxdna_create_bo create = { .type = AMDXDNA_BO_SHARE, .size = PAGE };
	int own;

	if (ioctl(fd, DRM_IOCTL_VERSION, &version) != -1 || errno != ENODEV)
		return 1;
	if (mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, (off_t)AMDXDNA_MAP_OFFSET_BASE) != MAP_FAILED ||
	    errno != ENODEV)
		return 2;
	own = open(node, O_RDWR);
	if (own < 0 || ioctl(own, AMDXDNA_IOCTL_CREATE_BO, &create) || create.handle != 1)
		return 3;
	if (close(fd) || close(own))
		return 4;
	return 0;
}

/* The rule chosen here: the parent's device stays with the parent, the child opens its own. */
static void test_fork(void **state)
{
	int fd = open_node();
	uint32_t handle = create_bo(fd, AMDXDNA_BO_SHARE, PAGE);
	uint8_t *data = map_bo(fd, handle, PAGE);

	(void)state;
	assert_int_equal(in_child(child_of_fork, fd), 0);
	/* And the parent notices nothing, not even that the child closed it. */
	assert_int_equal(npu_address(fd, handle), (uintptr_t)data);
	assert_int_equal(version_of(fd), 0);
	assert_int_equal(munmap(data, PAGE), 0);
	close(fd);
}

/* A child of vfork shares our memory but not our descriptors: what it closes stays open here. */
static void test_vfork(void **state)
{
	int fd = open_node(), status;
	pid_t pid = vfork();

	(void)state;
	if (!pid) {
		close(fd);
		dup2(1, fd);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(version_of(fd), 0);
	close(fd);
}

/* ---- threads -------------------------------------------------------------------------------- */

enum { THREADS = 8, RUNS = 3, MAX_ARGUMENTS = 8 };

struct worker {
	pthread_t thread;
	char failure[AIE_ERROR_TEXT];
};

static int run_jobs(const struct aie_operator *operator, struct aie_operator_job * job, struct aie_device *device,
                    struct aie_error *error)
{
	const struct aie_operator_image *image = operator->image(job);
	const struct aie_operator_info *info = operator->info(job);
	struct aie_buffer *instructions, *argument[MAX_ARGUMENTS] = { NULL };
	const void *data[MAX_ARGUMENTS] = { NULL };
	struct aie_operator_result result;
	struct aie_context *context;
	struct aie_command *command;

	context = aie_context_create_xclbin(device, image->xclbin, image->xclbin_size, image->kernel, error);
	if (!context)
		return -1;
	instructions = aie_buffer_create(device, image->instructions_size, AIE_BUFFER_INSTRUCTION, error);
	if (!instructions)
		return -1;
	memcpy(aie_buffer_data(instructions), image->instructions, image->instructions_size);
	for (size_t i = 0; i < info->argument_count; i++) {
		argument[i] = aie_buffer_create(device, info->argument[i].size, AIE_BUFFER_HOST, error);
		if (!argument[i])
			return -1;
		data[i] = aie_buffer_data(argument[i]);
		if (info->argument[i].direction == AIE_ARGUMENT_IN && operator->fill(job, i,
		                                                                     aie_buffer_data(argument[i]),
		                                                                     error))
			return -1;
	}
	command = aie_command_create(context, instructions, image->instructions_size, argument, info->argument_count,
	                             error);
	if (!command)
		return -1;
	for (unsigned i = 0; i < RUNS; i++) {
		if (aie_command_submit(command, error) ||
		    aie_command_wait(command, -1, error) || operator->check(job, data, &result, error))
			return -1;
		if (!result.pass)
			return aie_error_set(error, AIE_ERROR_INTERNAL, "wrong result");
	}
	aie_command_destroy(command);
	for (size_t i = 0; i < info->argument_count; i++)
		aie_buffer_destroy(argument[i]);
	aie_buffer_destroy(instructions);
	aie_context_destroy(context);
	return 0;
}

static void *work(void *user)
{
	const struct aie_operator_setting setting[] = { { "M", "32" }, { "K", "512" }, { "cols", "2" } };
	struct worker *worker = user;
	struct aie_error error = { 0 };
	const struct aie_operator *operator= aie_operator_find("gemv-int4");
	struct aie_operator_job *job = operator->create(setting, 3, &error);
	struct aie_device *device = job ? aie_device_open(node, &error) : NULL;

	if (!device || run_jobs(operator, job, device, &error))
		snprintf(worker->failure, sizeof worker->failure, "%s", error.text);
	aie_device_close(device);
	if (job)
		operator->destroy(job);
	return NULL;
}

static void test_threads(void **state)
{
	static struct worker worker[THREADS];

	(void)state;
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&worker[i].thread, NULL, work, &worker[i]), 0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(worker[i].thread, NULL), 0);
	for (unsigned i = 0; i < THREADS; i++)
		if (worker[i].failure[0])
			fail_msg("thread %u: %s", i, worker[i].failure);
}

/* Opening and closing from many threads while others make and end descriptors of their own. */
static void *open_and_close(void *user)
{
	for (unsigned i = 0; i < 300; i++) {
		int fd = open(i % 3 ? node : "/dev/null", O_RDWR | O_CLOEXEC), copy = dup(fd);
		struct drm_version version = { 0 };
		int answer = ioctl(copy, DRM_IOCTL_VERSION, &version);

		if ((answer == 0) != (i % 3 != 0))
			*(unsigned *)user += 1;
		close(fd);
		close(copy);
	}
	return NULL;
}

static void test_descriptor_threads(void **state)
{
	static unsigned wrong[THREADS];
	pthread_t thread[THREADS];

	(void)state;
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, open_and_close, &wrong[i]), 0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(wrong[i], 0);
}

/* Context ids are the device's, shared by all its open files. */
static void test_one_device(void **state)
{
	struct amdxdna_qos qos = { .priority = AMDXDNA_PRIORITY_NORMAL };
	struct amdxdna_create_hwctx context[2] = { { .qos_p = (uintptr_t)&qos, .num_tiles = 4 } };
	struct aie_error error = { 0 };
	struct aie_device *device[2];

	(void)state;
	context[1] = context[0];
	for (unsigned i = 0; i < 2; i++) {
		int fd = dup(0); /* the lowest free number: the one the library's open will get */

		close(fd);
		device[i] = aie_device_open(node, &error);
		assert_non_null(device[i]);
		assert_int_equal(ioctl(fd, AMDXDNA_IOCTL_CREATE_HWCTX, &context[i]), 0);
	}
	assert_true(context[0].handle && context[1].handle);
	assert_int_not_equal(context[0].handle, context[1].handle);
	aie_device_close(device[1]);
	aie_device_close(device[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_it_is),
		cmocka_unit_test(test_poll),
		cmocka_unit_test(test_unknown_requests),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_behind_our_back),
		cmocka_unit_test(test_close_range),
		cmocka_unit_test(test_mappings),
		cmocka_unit_test(test_mapping_errors),
		cmocka_unit_test(test_mapping_outlives_descriptor),
		cmocka_unit_test(test_two_files_unmapped_at_once),
		cmocka_unit_test(test_nothing_left),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_vfork),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_descriptor_threads),
		cmocka_unit_test(test_one_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
