/* Synchronisation objects, without any command. */
#include "tests/drm/rig.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

static uint32_t create(struct rig *rig, uint32_t flags)
{
	struct drm_syncobj_create args = { .flags = flags };

	assert_int_equal(rig_ioctl(rig, DRM_IOCTL_SYNCOBJ_CREATE, &args), 0);
	return args.handle;
}

static int binary_wait(struct rig *rig, const uint32_t *handles, uint32_t count, uint32_t flags, uint32_t *first)
{
	struct drm_syncobj_wait wait = { .handles = (uintptr_t)handles, .count_handles = count, .flags = flags };
	int result = rig_ioctl(rig, DRM_IOCTL_SYNCOBJ_WAIT, &wait);

	if (first)
		*first = wait.first_signaled;
	return result;
}

static int array_call(struct rig *rig, unsigned long request, uint32_t handle)
{
	struct drm_syncobj_array args = { .handles = (uintptr_t)&handle, .count_handles = 1 };

	return rig_ioctl(rig, request, &args);
}

static int signal_point(struct rig *rig, uint32_t handle, uint64_t point)
{
	struct drm_syncobj_timeline_array args = { (uintptr_t)&handle, (uintptr_t)&point, 1, 0 };

	return rig_ioctl(rig, DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL, &args);
}

static uint64_t query(struct rig *rig, uint32_t handle, uint32_t flags)
{
	uint64_t point = 12345;
	struct drm_syncobj_timeline_array args = { (uintptr_t)&handle, (uintptr_t)&point, 1, flags };

	assert_int_equal(rig_ioctl(rig, DRM_IOCTL_SYNCOBJ_QUERY, &args), 0);
	return point;
}

/* DRM rules: unknown create flag EINVAL; handles from 1; destroy of an unknown handle or with pad EINVAL. */
static void create_destroy(void **state)
{
	struct drm_syncobj_create args = { .flags = 2 };
	struct drm_syncobj_destroy destroy = { .handle = 1 };

	assert_int_equal(rig_ioctl((struct rig *)*state, DRM_IOCTL_SYNCOBJ_CREATE, &args), -EINVAL);
	assert_int_equal(rig_ioctl((struct rig *)*state, DRM_IOCTL_SYNCOBJ_DESTROY, &destroy), -EINVAL);
	assert_int_equal(create(*state, 0), 1);
	assert_int_equal(create(*state, 0), 2);
	destroy.pad = 1;
	assert_int_equal(rig_ioctl((struct rig *)*state, DRM_IOCTL_SYNCOBJ_DESTROY, &destroy), -EINVAL);
	destroy.pad = 0;
	assert_int_equal(rig_ioctl((struct rig *)*state, DRM_IOCTL_SYNCOBJ_DESTROY, &destroy), 0);
}

/* DRM rule: a wait for a syncobj without a fence is EINVAL unless WAIT_FOR_SUBMIT is given, which then times out. */
static void wait_without_fence(void **state)
{
	uint32_t handle = create(*state, 0);

	assert_int_equal(binary_wait(*state, &handle, 1, 0, NULL), -EINVAL);
	assert_int_equal(binary_wait(*state, &handle, 1, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT, NULL), -ETIME);
}

/* DRM rule: CREATE_SIGNALED and SIGNAL make a wait succeed, RESET takes the fence away. */
static void signal_reset(void **state)
{
	uint32_t handle = create(*state, DRM_SYNCOBJ_CREATE_SIGNALED);

	assert_int_equal(binary_wait(*state, &handle, 1, 0, NULL), 0);
	assert_int_equal(array_call(*state, DRM_IOCTL_SYNCOBJ_RESET, handle), 0);
	assert_int_equal(binary_wait(*state, &handle, 1, 0, NULL), -EINVAL);
	assert_int_equal(array_call(*state, DRM_IOCTL_SYNCOBJ_SIGNAL, handle), 0);
	assert_int_equal(binary_wait(*state, &handle, 1, 0, NULL), 0);
}

/* DRM rules: unknown handle ENOENT, unknown flag EINVAL, no handles nothing to wait for, unreadable array EFAULT. */
static void wait_checks(void **state)
{
	uint32_t handle = 55;

	assert_int_equal(binary_wait(*state, &handle, 1, 0, NULL), -ENOENT);
	assert_int_equal(binary_wait(*state, &handle, 1, 1 << 7, NULL), -EINVAL);
	assert_int_equal(binary_wait(*state, &handle, 0, 0, NULL), 0);
	assert_int_equal(binary_wait(*state, (const uint32_t *)8, 1, 0, NULL), -EFAULT);
	assert_int_equal(array_call(*state, DRM_IOCTL_SYNCOBJ_SIGNAL, 55), -ENOENT);
}

/* DRM rule: without WAIT_ALL any fence is enough and its index is returned; with it all are needed. */
static void any_and_all(void **state)
{
	uint32_t handles[2] = { create(*state, 0), create(*state, DRM_SYNCOBJ_CREATE_SIGNALED) }, first = 9;
	const uint32_t submit = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT;

	assert_int_equal(binary_wait(*state, handles, 2, submit, &first), 0);
	assert_int_equal(first, 1);
	assert_int_equal(binary_wait(*state, handles, 2, submit | DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL, NULL), -ETIME);
	assert_int_equal(array_call(*state, DRM_IOCTL_SYNCOBJ_SIGNAL, handles[0]), 0);
	assert_int_equal(binary_wait(*state, handles, 2, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL, NULL), 0);
}

/* DRM rule: a timeline point is reached when it or a later one was signalled; QUERY tells the last one. */
static void timeline(void **state)
{
	uint32_t handle = create(*state, 0);

	assert_int_equal(rig_wait(*state, handle, 5, 0, 0), -EINVAL);
	assert_int_equal(signal_point(*state, handle, 5), 0);
	assert_int_equal(rig_wait(*state, handle, 5, 0, 0), 0);
	assert_int_equal(rig_wait(*state, handle, 3, 0, 0), 0);
	assert_int_equal(rig_wait(*state, handle, 6, 0, 0), -EINVAL);
	assert_int_equal(rig_wait(*state, handle, 6, 0, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT), -ETIME);
	assert_int_equal(query(*state, handle, 0), 5);
	assert_int_equal(signal_point(*state, handle, 9), 0);
	assert_int_equal(query(*state, handle, 0), 9);
	assert_int_equal(query(*state, handle, DRM_SYNCOBJ_QUERY_FLAGS_LAST_SUBMITTED), 9);
}

/* DRM rule: QUERY of a binary or empty syncobj says 0. */
static void query_binary(void **state)
{
	assert_int_equal(query(*state, create(*state, 0), 0), 0);
	assert_int_equal(query(*state, create(*state, DRM_SYNCOBJ_CREATE_SIGNALED), 0), 0);
}

/* DRM rule: a point other than 0 of a binary syncobj does not exist. */
static void point_of_binary(void **state)
{
	uint32_t handle = create(*state, DRM_SYNCOBJ_CREATE_SIGNALED);

	assert_int_equal(rig_wait(*state, handle, 0, 0, 0), 0);
	assert_int_equal(rig_wait(*state, handle, 1, 0, 0), -EINVAL);
}

/* DRM rule: TRANSFER copies a fence to a point of another timeline. */
static void transfer(void **state)
{
	struct drm_syncobj_transfer args = { .src_handle = create(*state, DRM_SYNCOBJ_CREATE_SIGNALED),
		                             .dst_handle = create(*state, 0),
		                             .dst_point = 4 };

	assert_int_equal(rig_ioctl((struct rig *)*state, DRM_IOCTL_SYNCOBJ_TRANSFER, &args), 0);
	assert_int_equal(query(*state, args.dst_handle, 0), 4);
	args.src_point = 3;
	assert_int_equal(rig_ioctl((struct rig *)*state, DRM_IOCTL_SYNCOBJ_TRANSFER, &args), -EINVAL);
	args.dst_handle = 77;
	assert_int_equal(rig_ioctl((struct rig *)*state, DRM_IOCTL_SYNCOBJ_TRANSFER, &args), -ENOENT);
}

/* Fact: the time-out is an absolute monotonic time; the past polls. */
static void timeout_is_absolute(void **state)
{
	uint32_t handle = create(*state, 0);
	struct timespec before, after;
	int64_t passed;

	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(rig_wait(*state, handle, 1, 50, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT), -ETIME);
	clock_gettime(CLOCK_MONOTONIC, &after);
	passed = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
	assert_in_range(passed, 49, 5000);
	assert_int_equal(rig_wait(*state, handle, 1, -1000, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT), -ETIME);
}

static void *signal_later(void *argument)
{
	struct rig *rig = argument;

	nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	signal_point(rig, 1, 7);
	return NULL;
}

/* Fact: a wait with WAIT_FOR_SUBMIT goes on when another thread provides the point. */
static void wait_across_threads(void **state)
{
	uint32_t handle = create(*state, 0);
	pthread_t thread;

	assert_int_equal(handle, 1);
	assert_int_equal(pthread_create(&thread, NULL, signal_later, *state), 0);
	assert_int_equal(rig_wait(*state, handle, 7, 10000, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT), 0);
	pthread_join(thread, NULL);
}

/* DRM rule: WAIT_AVAILABLE is content with a fence that exists. */
static void wait_available(void **state)
{
	uint32_t handle = create(*state, 0);

	assert_int_equal(rig_wait(*state, handle, 2, 0, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE), -ETIME);
	assert_int_equal(signal_point(*state, handle, 2), 0);
	assert_int_equal(rig_wait(*state, handle, 2, 0, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
		CASE(create_destroy),      CASE(wait_without_fence),  CASE(signal_reset),
		CASE(wait_checks),         CASE(any_and_all),         CASE(timeline),
		CASE(query_binary),        CASE(point_of_binary),     CASE(transfer),
		CASE(timeout_is_absolute), CASE(wait_across_threads), CASE(wait_available),
	};

	return cmocka_run_group_tests_name("syncobjs", tests, NULL, NULL);
}
