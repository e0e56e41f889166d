/* Syncobjs, timelines, their file descriptors. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "tests/drm/conformance/conformance.h"

#define GROUP "sync"

#define ALL    DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL
#define SUBMIT DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT
#define READY  DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE

static uint32_t create(struct conf_file *f, uint32_t flags)
{
	struct drm_syncobj_create args = { .flags = flags };
	struct conf *conf = f->conf;

	EXPECT_IS(conf_ioctl(f, DRM_IOCTL_SYNCOBJ_CREATE, &args), 0);
	return args.handle;
}

static int binary_wait(struct conf_file *f, const uint32_t *handles, uint32_t count, uint32_t flags, uint32_t *first)
{
	struct drm_syncobj_wait wait = { .handles = (uintptr_t)handles, .count_handles = count, .flags = flags };
	int result = conf_ioctl(f, DRM_IOCTL_SYNCOBJ_WAIT, &wait);

	if (first)
		*first = wait.first_signaled;
	return result;
}

static int array_call(struct conf_file *f, unsigned long request, uint32_t handle)
{
	struct drm_syncobj_array args = { .handles = (uintptr_t)&handle, .count_handles = 1 };

	return conf_ioctl(f, request, &args);
}

static int signal_point(struct conf_file *f, uint32_t handle, uint64_t point)
{
	struct drm_syncobj_timeline_array args = { (uintptr_t)&handle, (uintptr_t)&point, 1, 0 };

	return conf_ioctl(f, DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL, &args);
}

static uint64_t query(struct conf_file *f, uint32_t handle, uint32_t flags)
{
	struct conf *conf = f->conf;
	uint64_t point = 12345;
	struct drm_syncobj_timeline_array args = { (uintptr_t)&handle, (uintptr_t)&point, 1, flags };

	EXPECT_IS(conf_ioctl(f, DRM_IOCTL_SYNCOBJ_QUERY, &args), 0);
	return point;
}

CASE(create_flags, PLAIN, "SYNCOBJ_CREATE with an unknown flag is EINVAL")
{
	struct drm_syncobj_create args = { .flags = 2 };

	EXPECT_IS(conf_ioctl(f, DRM_IOCTL_SYNCOBJ_CREATE, &args), -EINVAL);
}

CASE(handles_from_one, PLAIN, "syncobj handles start at 1 for each file")
{
	EXPECT_IS(create(f, 0), 1);
	EXPECT_IS(create(f, 0), 2);
	EXPECT_IS(create(conf_open(conf), 0), 1);
}

CASE(destroy_unknown, PLAIN, "SYNCOBJ_DESTROY of an unknown handle is EINVAL")
{
	struct drm_syncobj_destroy args = { .handle = 1 };

	EXPECT_IS(conf_ioctl(f, DRM_IOCTL_SYNCOBJ_DESTROY, &args), -EINVAL);
}

CASE(destroy_pad, PLAIN, "SYNCOBJ_DESTROY with pad is EINVAL")
{
	struct drm_syncobj_destroy args = { .handle = create(f, 0), .pad = 1 };

	EXPECT_IS(conf_ioctl(f, DRM_IOCTL_SYNCOBJ_DESTROY, &args), -EINVAL);
}

CASE(wait_without_fence, PLAIN, "waiting for a syncobj without fence is EINVAL")
{
	uint32_t handle = create(f, 0);

	EXPECT_IS(binary_wait(f, &handle, 1, 0, NULL), -EINVAL);
}

CASE(wait_for_submit, PLAIN, "with WAIT_FOR_SUBMIT it times out: ETIME")
{
	uint32_t handle = create(f, 0);

	EXPECT_IS(binary_wait(f, &handle, 1, SUBMIT, NULL), -ETIME);
}

CASE(created_signaled, PLAIN, "CREATE_SIGNALED makes a wait succeed")
{
	uint32_t handle = create(f, DRM_SYNCOBJ_CREATE_SIGNALED);

	EXPECT_IS(binary_wait(f, &handle, 1, 0, NULL), 0);
}

CASE(reset, PLAIN, "RESET takes the fence away")
{
	uint32_t handle = create(f, DRM_SYNCOBJ_CREATE_SIGNALED);

	EXPECT_IS(array_call(f, DRM_IOCTL_SYNCOBJ_RESET, handle), 0);
	EXPECT_IS(binary_wait(f, &handle, 1, 0, NULL), -EINVAL);
}

CASE(signal, PLAIN, "SIGNAL gives a signalled fence")
{
	uint32_t handle = create(f, 0);

	EXPECT_IS(array_call(f, DRM_IOCTL_SYNCOBJ_SIGNAL, handle), 0);
	EXPECT_IS(binary_wait(f, &handle, 1, 0, NULL), 0);
}

CASE(signal_unknown, PLAIN, "SIGNAL of an unknown handle is ENOENT")
{
	EXPECT_IS(array_call(f, DRM_IOCTL_SYNCOBJ_SIGNAL, 55), -ENOENT);
}

CASE(signal_nothing, PLAIN, "SIGNAL of no handles is EINVAL")
{
	struct drm_syncobj_array args = { 0 };

	EXPECT_IS(conf_ioctl(f, DRM_IOCTL_SYNCOBJ_SIGNAL, &args), -EINVAL);
}

CASE(wait_unknown, PLAIN, "waiting for an unknown handle is ENOENT")
{
	const uint32_t handle = 55;

	EXPECT_IS(binary_wait(f, &handle, 1, 0, NULL), -ENOENT);
}

CASE(wait_flags, PLAIN, "an unknown wait flag is EINVAL")
{
	uint32_t handle = create(f, DRM_SYNCOBJ_CREATE_SIGNALED);

	EXPECT_IS(binary_wait(f, &handle, 1, 1 << 7, NULL), -EINVAL);
}

CASE(wait_nothing, PLAIN, "waiting for no handles succeeds")
{
	EXPECT_IS(binary_wait(f, NULL, 0, 0, NULL), 0);
}

CASE(wait_unreadable, PLAIN, "an unreadable handle array is EFAULT")
{
	EXPECT_IS(binary_wait(f, (const uint32_t *)8, 1, 0, NULL), -EFAULT);
}

CASE(wait_any, PLAIN, "without WAIT_ALL one is enough, its index is returned")
{
	const uint32_t handles[] = { create(f, 0), create(f, DRM_SYNCOBJ_CREATE_SIGNALED) };
	uint32_t first = 9;

	EXPECT_IS(binary_wait(f, handles, 2, SUBMIT, &first), 0);
	EXPECT_IS(first, 1);
}

CASE(wait_all, PLAIN, "with WAIT_ALL all are needed")
{
	const uint32_t handles[] = { create(f, 0), create(f, DRM_SYNCOBJ_CREATE_SIGNALED) };

	EXPECT_IS(binary_wait(f, handles, 2, SUBMIT | ALL, NULL), -ETIME);
	EXPECT_IS(array_call(f, DRM_IOCTL_SYNCOBJ_SIGNAL, handles[0]), 0);
	EXPECT_IS(binary_wait(f, handles, 2, ALL, NULL), 0);
}

CASE(timeline_point_missing, PLAIN, "a point without fence is EINVAL, with WAIT_FOR_SUBMIT ETIME")
{
	uint32_t handle = create(f, 0);

	EXPECT_IS(conf_wait(f, handle, 5, 0, 0), -EINVAL);
	EXPECT_IS(conf_wait(f, handle, 5, 0, SUBMIT), -ETIME);
}

CASE(timeline_earlier_points, PLAIN, "a signalled point stands for all before it and none after it")
{
	uint32_t handle = create(f, 0);

	EXPECT_IS(signal_point(f, handle, 5), 0);
	EXPECT_IS(conf_wait(f, handle, 5, 0, 0), 0);
	EXPECT_IS(conf_wait(f, handle, 3, 0, 0), 0);
	EXPECT_IS(conf_wait(f, handle, 6, 0, 0), -EINVAL);
}

CASE(timeline_query, PLAIN, "QUERY tells the last signalled point")
{
	uint32_t handle = create(f, 0);

	EXPECT_IS(query(f, handle, 0), 0);
	EXPECT_IS(signal_point(f, handle, 5), 0);
	EXPECT_IS(query(f, handle, 0), 5);
	EXPECT_IS(signal_point(f, handle, 9), 0);
	EXPECT_IS(query(f, handle, 0), 9);
}

CASE(query_binary, PLAIN, "QUERY of a binary syncobj says 0")
{
	EXPECT_IS(query(f, create(f, DRM_SYNCOBJ_CREATE_SIGNALED), 0), 0);
}

CASE(query_submitted, PROGRAM, "QUERY with LAST_SUBMITTED tells the last submitted point")
{
	uint64_t seq = 0;

	for (unsigned i = 0; i < 3; i++)
		EXPECT_IS(conf_submit(f, conf->program.context.handle, conf->program.packet_handle, NULL, 0, &seq), 0);
	EXPECT_IS(query(f, conf->program.context.syncobj_handle, DRM_SYNCOBJ_QUERY_FLAGS_LAST_SUBMITTED), 2);
	EXPECT_IS(conf_wait(f, conf->program.context.syncobj_handle, seq, 60000, 0), 0);
	EXPECT_IS(query(f, conf->program.context.syncobj_handle, 0), 2);
}

CASE(point_of_binary, PLAIN, "a point other than 0 of a binary syncobj does not exist")
{
	uint32_t handle = create(f, DRM_SYNCOBJ_CREATE_SIGNALED);

	EXPECT_IS(conf_wait(f, handle, 0, 0, 0), 0);
	EXPECT_IS(conf_wait(f, handle, 1, 0, 0), -EINVAL);
}

CASE(wait_available, PLAIN, "WAIT_AVAILABLE is content with a fence that exists")
{
	uint32_t handle = create(f, 0);

	EXPECT_IS(conf_wait(f, handle, 2, 0, READY), -ETIME);
	EXPECT_IS(signal_point(f, handle, 2), 0);
	EXPECT_IS(conf_wait(f, handle, 2, 0, READY), 0);
}

CASE(transfer, PLAIN, "TRANSFER copies a fence to a point of another timeline")
{
	struct drm_syncobj_transfer args = { .src_handle = create(f, DRM_SYNCOBJ_CREATE_SIGNALED),
		                             .dst_handle = create(f, 0),
		                             .dst_point = 4 };

	EXPECT_IS(conf_ioctl(f, DRM_IOCTL_SYNCOBJ_TRANSFER, &args), 0);
	EXPECT_IS(query(f, args.dst_handle, 0), 4);
}

CASE(transfer_missing_point, PLAIN, "TRANSFER of a point that does not exist is EINVAL")
{
	struct drm_syncobj_transfer args = { .src_handle = create(f, 0), .dst_handle = create(f, 0), .src_point = 3 };

	EXPECT_IS(conf_ioctl(f, DRM_IOCTL_SYNCOBJ_TRANSFER, &args), -EINVAL);
}

CASE(transfer_unknown, PLAIN, "TRANSFER to an unknown handle is ENOENT")
{
	struct drm_syncobj_transfer args = { .src_handle = create(f, DRM_SYNCOBJ_CREATE_SIGNALED), .dst_handle = 77 };

	EXPECT_IS(conf_ioctl(f, DRM_IOCTL_SYNCOBJ_TRANSFER, &args), -ENOENT);
}

CASE(timeout_is_absolute, PLAIN, "a time-out is an absolute monotonic time, the past polls")
{
	uint32_t handle = create(f, 0);
	struct timespec before, after;
	long long passed;

	EXPECT_IS(conf_wait(f, handle, 1, -1000, SUBMIT), -ETIME);
	clock_gettime(CLOCK_MONOTONIC, &before);
	EXPECT_IS(conf_wait(f, handle, 1, 40, SUBMIT), -ETIME);
	clock_gettime(CLOCK_MONOTONIC, &after);
	passed = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
	EXPECT(passed >= 39 && passed < 10000);
}

CASE(first_point, PROGRAM, "point 0 stands for the newest fence, and does not exist before the first command")
{
	EXPECT_IS(conf_wait(f, conf->program.context.syncobj_handle, 0, 0, 0), -EINVAL);
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_wait(f, conf->program.context.syncobj_handle, 0, 60000, 0), 0);
	EXPECT_IS(conf_wait(f, conf->program.context.syncobj_handle, 2, 0, 0), -EINVAL);
}

struct later {
	struct conf_file *f;
	uint32_t handle;
};

static void *signal_later(void *argument)
{
	const struct later *later = argument;

	nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	signal_point(later->f, later->handle, 7);
	return NULL;
}

CASE(across_threads, PLAIN, "a wait with WAIT_FOR_SUBMIT goes on when another thread provides the point")
{
	struct later later = { f, create(f, 0) };
	pthread_t thread;
	int result;

	EXPECT_IS(pthread_create(&thread, NULL, signal_later, &later), 0);
	result = conf_wait(f, later.handle, 7, 60000, SUBMIT);
	pthread_join(thread, NULL);
	EXPECT_IS(result, 0);
}

/* ---- descriptors ------------------------------------------------------------------------------------------------ */

static int to_fd(struct conf_file *f, uint32_t handle, uint32_t flags, int *fd)
{
	struct drm_syncobj_handle args = { .handle = handle, .flags = flags, .fd = -1 };
	int result = conf_ioctl(f, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &args);

	*fd = args.fd;
	return result;
}

static int from_fd(struct conf_file *f, int fd, uint32_t flags, uint32_t *handle)
{
	struct drm_syncobj_handle args = { .handle = *handle, .flags = flags, .fd = fd };
	int result = conf_ioctl(f, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &args);

	*handle = args.handle;
	return result;
}

enum { SYNC_FILE = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE };

static bool readable(int fd)
{
	struct pollfd look = { .fd = fd, .events = POLLIN };

	return poll(&look, 1, 0) == 1 && (look.revents & POLLIN);
}

CASE(fd_unknown, PLAIN, "HANDLE_TO_FD of an unknown handle is EINVAL")
{
	int fd;

	EXPECT_IS(to_fd(f, 5, 0, &fd), -EINVAL);
}

CASE(fd_flags, PLAIN, "HANDLE_TO_FD with an unknown flag is EINVAL")
{
	int fd;

	EXPECT_IS(to_fd(f, create(f, 0), 1 << 9, &fd), -EINVAL);
}

CASE(fd_close_on_exec, PLAIN, "a syncobj's descriptor is close-on-exec")
{
	int fd, flags;

	EXPECT_IS(to_fd(f, create(f, 0), 0, &fd), 0);
	flags = fcntl(fd, F_GETFD);
	close(fd);
	EXPECT_IS(flags, FD_CLOEXEC);
}

CASE(fd_same_object, PLAIN, "a syncobj goes to another file through a descriptor: the same object")
{
	struct conf_file *other = conf_open(conf);
	uint32_t handle = create(f, 0), theirs = 0;
	int fd, result;

	EXPECT_IS(to_fd(f, handle, 0, &fd), 0);
	result = from_fd(other, fd, 0, &theirs);
	close(fd);
	EXPECT_IS(result, 0);
	EXPECT_IS(signal_point(f, handle, 3), 0);
	EXPECT_IS(conf_wait(other, theirs, 3, 0, 0), 0);
}

CASE(fd_no_syncobj, PLAIN, "FD_TO_HANDLE of something else is EINVAL")
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC), result;
	uint32_t handle = 0;

	result = from_fd(f, fd, 0, &handle);
	close(fd);
	EXPECT_IS(result, -EINVAL);
}

CASE(fd_not_open, PLAIN, "FD_TO_HANDLE of a descriptor that is not open is EINVAL")
{
	uint32_t handle = 0;

	EXPECT_IS(from_fd(f, 987654, 0, &handle), -EINVAL);
}

CASE(sync_file_unknown, PLAIN, "a sync file of an unknown handle is ENOENT")
{
	int fd;

	EXPECT_IS(to_fd(f, 5, SYNC_FILE, &fd), -ENOENT);
}

CASE(sync_file_without_fence, PLAIN, "a sync file of a syncobj without fence is EINVAL")
{
	int fd;

	EXPECT_IS(to_fd(f, create(f, 0), SYNC_FILE, &fd), -EINVAL);
}

CASE(sync_file_signaled, PLAIN, "a sync file of a signalled fence is readable for poll")
{
	bool ready;
	int fd;

	EXPECT_IS(to_fd(f, create(f, DRM_SYNCOBJ_CREATE_SIGNALED), SYNC_FILE, &fd), 0);
	ready = readable(fd);
	close(fd);
	EXPECT(ready);
}

CASE(sync_file_of_command, PROGRAM, "a sync file of a command becomes readable when the command ends")
{
	bool ready;
	int fd;

	EXPECT_IS(conf_submit(f, conf->program.context.handle, conf->program.packet_handle, NULL, 0, NULL), 0);
	EXPECT_IS(to_fd(f, conf->program.context.syncobj_handle, SYNC_FILE, &fd), 0);
	struct pollfd look = { .fd = fd, .events = POLLIN };
	ready = poll(&look, 1, 60000) == 1 && look.revents == POLLIN;
	close(fd);
	EXPECT(ready);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
}

CASE(sync_file_import, PLAIN, "IMPORT_SYNC_FILE gives a syncobj the fence of a sync file")
{
	uint32_t handle = create(f, 0);
	int fd, result;

	EXPECT_IS(to_fd(f, create(f, DRM_SYNCOBJ_CREATE_SIGNALED), SYNC_FILE, &fd), 0);
	result = from_fd(f, fd, DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE, &handle);
	close(fd);
	EXPECT_IS(result, 0);
	EXPECT_IS(binary_wait(f, &handle, 1, 0, NULL), 0);
}

CASE(sync_file_import_unknown, PLAIN, "IMPORT_SYNC_FILE into an unknown handle is ENOENT")
{
	uint32_t handle = 77;
	int fd, result;

	EXPECT_IS(to_fd(f, create(f, DRM_SYNCOBJ_CREATE_SIGNALED), SYNC_FILE, &fd), 0);
	result = from_fd(f, fd, DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE, &handle);
	close(fd);
	EXPECT_IS(result, -ENOENT);
}

CASE(sync_file_is_no_syncobj, PLAIN, "a sync file is no syncobj and the other way round: EINVAL")
{
	uint32_t handle = create(f, DRM_SYNCOBJ_CREATE_SIGNALED), target = create(f, 0), other = 0;
	int file, object, results[2];

	EXPECT_IS(to_fd(f, handle, SYNC_FILE, &file), 0);
	EXPECT_IS(to_fd(f, handle, 0, &object), 0);
	results[0] = from_fd(f, file, 0, &other);
	results[1] = from_fd(f, object, DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE, &target);
	close(file);
	close(object);
	EXPECT_IS(results[0], -EINVAL);
	EXPECT_IS(results[1], -EINVAL);
}
