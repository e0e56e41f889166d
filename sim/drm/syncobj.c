/* Fences and synchronisation objects of the DRM core, binary and timeline.
 *
 * A timeline is a chain of points; a point counts as signalled when its own fence and all before it are.  Waiting for
 * point 0 means the newest fence, whatever its point (DRM core rule), so the first command of a context, which is point
 * 0, waits for all that were submitted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/drm/internal.h"

struct point {
	uint64_t number;
	struct aie_drm_fence *fence;
};

struct aie_drm_syncobj {
	unsigned references;
	bool chain;          /* points are numbered; otherwise at most one plain fence */
	struct point *point; /* rising; signalled ones are dropped except the last */
	size_t count, capacity;
};

struct aie_drm_fence *aie_drm_fence_create(uint64_t serial)
{
	struct aie_drm_fence *fence = calloc(1, sizeof *fence);

	if (fence) {
		fence->references = 1;
		fence->serial = serial;
	}
	return fence;
}

void aie_drm_fence_put(struct aie_drm_fence *fence)
{
	if (fence && !--fence->references)
		free(fence);
}

struct aie_drm_syncobj *aie_drm_syncobj_alloc(void)
{
	struct aie_drm_syncobj *syncobj = calloc(1, sizeof *syncobj);

	if (syncobj)
		syncobj->references = 1;
	return syncobj;
}

void aie_drm_syncobj_get(struct aie_drm_syncobj *syncobj)
{
	syncobj->references++;
}

static void clear(struct aie_drm_syncobj *syncobj)
{
	for (size_t i = 0; i < syncobj->count; i++)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): every point holds a reference of its own */
		aie_drm_fence_put(syncobj->point[i].fence);
	syncobj->count = 0;
	syncobj->chain = false;
}

void aie_drm_syncobj_put(struct aie_drm_syncobj *syncobj)
{
	if (!syncobj || --syncobj->references)
		return;
	clear(syncobj);
	free(syncobj->point);
	free(syncobj);
}

/* Drop signalled points from the front, but keep the newest of them: it answers for all below. */
static void compact(struct aie_drm_syncobj *syncobj)
{
	size_t keep = 0;

	while (keep + 1 < syncobj->count && syncobj->point[keep].fence->signaled &&
	       syncobj->point[keep + 1].fence->signaled)
		keep++;
	if (!keep)
		return;
	for (size_t i = 0; i < keep; i++)
		aie_drm_fence_put(syncobj->point[i].fence);
	syncobj->count -= keep;
	memmove(syncobj->point, syncobj->point + keep, syncobj->count * sizeof *syncobj->point);
}

static int append(struct aie_drm_syncobj *syncobj, uint64_t number, struct aie_drm_fence *fence)
{
	compact(syncobj);
	if (syncobj->count == syncobj->capacity) {
		size_t capacity = syncobj->capacity ? syncobj->capacity * 2 : 4;
		struct point *point = realloc(syncobj->point, capacity * sizeof *point);

		if (!point)
			return -ENOMEM;
		syncobj->point = point;
		syncobj->capacity = capacity;
	}
	syncobj->point[syncobj->count++] = (struct point){ number, fence };
	fence->references++;
	return 0;
}

int aie_drm_syncobj_add_point(struct aie_drm_syncobj *syncobj, uint64_t point, struct aie_drm_fence *fence)
{
	uint64_t newest = syncobj->count ? syncobj->point[syncobj->count - 1].number : 0;
	int result = append(syncobj, point > newest ? point : newest, fence);

	if (!result)
		syncobj->chain = true;
	return result;
}

static int replace(struct aie_drm_syncobj *syncobj, struct aie_drm_fence *fence)
{
	clear(syncobj);
	return append(syncobj, 0, fence);
}

struct aie_drm_fence *aie_drm_syncobj_fence(const struct aie_drm_syncobj *syncobj)
{
	struct aie_drm_fence *fence = syncobj->count ? syncobj->point[syncobj->count - 1].fence : NULL;

	if (fence)
		fence->references++;
	return fence;
}

int aie_drm_syncobj_replace(struct aie_drm_device *device, struct aie_drm_syncobj *syncobj, struct aie_drm_fence *fence)
{
	int result = replace(syncobj, fence);

	aie_drm_wake(&device->change);
	return result;
}

/* Index of the fence that stands for a point; false when it has not been submitted. */
static bool find(const struct aie_drm_syncobj *syncobj, uint64_t point, size_t *index)
{
	if (!syncobj->count || (point && !syncobj->chain))
		return false;
	if (!point) {
		*index = syncobj->count - 1;
		return true;
	}
	for (size_t i = 0; i < syncobj->count; i++) {
		if (syncobj->point[i].number < point)
			continue;
		*index = i;
		return true;
	}
	return false;
}

static bool signaled(const struct aie_drm_syncobj *syncobj, size_t index)
{
	for (size_t i = 0; i <= index; i++)
		if (!syncobj->point[i].fence->signaled)
			return false;
	return true;
}

/* The host has seen this command complete: see aie_drm_job.queued. */
static void observe(struct aie_drm_device *device, const struct aie_drm_syncobj *syncobj, size_t index)
{
	for (size_t i = 0; i <= index; i++)
		if (syncobj->point[i].fence->serial > device->observed_serial)
			device->observed_serial = syncobj->point[i].fence->serial;
}

/* ---- create, destroy -------------------------------------------------------------------------------------------- */

int aie_drm_syncobj_create(struct aie_drm_file *file, void *argument)
{
	struct drm_syncobj_create *args = argument;
	struct aie_drm_syncobj *syncobj;
	int result = 0;

	if (args->flags & ~(uint32_t)DRM_SYNCOBJ_CREATE_SIGNALED)
		return -EINVAL;
	syncobj = aie_drm_syncobj_alloc();
	if (!syncobj)
		return -ENOMEM;
	if (args->flags & DRM_SYNCOBJ_CREATE_SIGNALED) {
		struct aie_drm_fence *fence = aie_drm_fence_create(0);

		result = fence ? replace(syncobj, fence) : -ENOMEM;
		if (fence)
			fence->signaled = true;
		aie_drm_fence_put(fence);
	}
	if (!result)
		result = aie_drm_handle_add(&file->syncobjs, syncobj, &args->handle);
	if (result)
		aie_drm_syncobj_put(syncobj);
	return result;
}

int aie_drm_syncobj_destroy(struct aie_drm_file *file, void *argument)
{
	const struct drm_syncobj_destroy *args = argument;
	struct aie_drm_syncobj *syncobj;

	if (args->pad)
		return -EINVAL;
	syncobj = aie_drm_handle_remove(&file->syncobjs, args->handle);
	if (!syncobj)
		return -EINVAL;
	aie_drm_syncobj_put(syncobj);
	return 0;
}

void aie_drm_file_release_syncobjs(struct aie_drm_file *file)
{
	for (uint32_t handle = 1; handle <= file->syncobjs.capacity; handle++)
		aie_drm_syncobj_put(aie_drm_handle_remove(&file->syncobjs, handle));
	aie_drm_handles_free(&file->syncobjs);
}

/* ---- arrays of handles ------------------------------------------------------------------------------------------ */

/* The kernel bounds the count by what it can allocate; a megabyte of handles is far above any table here. */
enum { MAX_HANDLES = 1 << 18 };

struct set {
	struct aie_drm_syncobj **syncobj; /* referenced */
	uint64_t *point;
	uint32_t count;
};

static void release_set(struct set *set)
{
	for (uint32_t i = 0; i < set->count; i++)
		aie_drm_syncobj_put(set->syncobj[i]);
	free(set->syncobj);
	free(set->point);
}

/* `points` may be 0: all points are 0. */
static int read_set(struct aie_drm_file *file, uint64_t handles, uint64_t points, uint32_t count, struct set *set)
{
	uint32_t *handle;
	int result;

	*set = (struct set){ 0 };
	if (count > MAX_HANDLES)
		return -ENOMEM;
	handle = malloc(count * sizeof *handle);
	set->syncobj = calloc(count, sizeof(struct aie_drm_syncobj *));
	set->point = calloc(count, sizeof *set->point);
	result = handle && set->syncobj && set->point ? 0 : -ENOMEM;
	if (!result)
		result = aie_drm_copy_in(handle, handles, count * sizeof *handle);
	if (!result && points)
		result = aie_drm_copy_in(set->point, points, count * sizeof *set->point);
	for (uint32_t i = 0; !result && i < count; i++) {
		struct aie_drm_syncobj *syncobj = aie_drm_handle_find(&file->syncobjs, handle[i]);

		if (!syncobj) {
			result = -ENOENT;
			break;
		}
		aie_drm_syncobj_get(syncobj);
		set->syncobj[set->count++] = syncobj;
	}
	free(handle);
	if (result)
		release_set(set);
	return result;
}

/* ---- waiting ---------------------------------------------------------------------------------------------------- */

static const uint32_t wait_flags = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL | DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT;

/* One look at all points: 1 done, 0 not yet, or a negative errno. */
static int poll_set(struct aie_drm_device *device, const struct set *set, uint32_t flags, bool first, uint32_t *index)
{
	const uint32_t late = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT | DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE;
	uint32_t ready = 0;

	for (uint32_t i = 0; i < set->count; i++) {
		size_t at = 0;

		if (!find(set->syncobj[i], set->point[i], &at)) {
			if (first && !(flags & late))
				return -EINVAL;
			continue;
		}
		if (!(flags & DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE)) {
			if (!signaled(set->syncobj[i], at))
				continue;
			observe(device, set->syncobj[i], at);
		}
		if (!ready++)
			*index = i;
	}
	return flags & DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL ? ready == set->count : ready > 0;
}

static int wait_set(struct aie_drm_file *file, const struct set *set, int64_t timeout_nsec, uint32_t flags,
                    uint32_t *index)
{
	struct aie_drm_device *device = file->device;
	struct timespec deadline = { 0 };
	int result = poll_set(device, set, flags, true, index);

	if (timeout_nsec > 0) {
		deadline.tv_sec = (time_t)(timeout_nsec / 1000000000);
		deadline.tv_nsec = (long)(timeout_nsec % 1000000000);
	}
	while (!result) {
		/* -ETIME at once for a time in the past: a poll. */
		int status = aie_drm_sleep(device, &device->change, timeout_nsec == INT64_MAX ? NULL : &deadline);

		result = poll_set(device, set, flags, false, index);
		if (!result && status)
			return status;
	}
	return result < 0 ? result : 0;
}

static int wait_handles(struct aie_drm_file *file, uint64_t handles, uint64_t points, uint32_t count,
                        int64_t timeout_nsec, uint32_t flags, uint32_t *index)
{
	struct set set;
	int result;

	if (!count)
		return 0;
	result = read_set(file, handles, points, count, &set);
	if (result)
		return result;
	result = wait_set(file, &set, timeout_nsec, flags, index);
	release_set(&set);
	return result;
}

int aie_drm_syncobj_wait(struct aie_drm_file *file, void *argument)
{
	struct drm_syncobj_wait *args = argument;

	if (args->flags & ~wait_flags)
		return -EINVAL;
	return wait_handles(file, args->handles, 0, args->count_handles, args->timeout_nsec, args->flags,
	                    &args->first_signaled);
}

int aie_drm_syncobj_timeline_wait(struct aie_drm_file *file, void *argument)
{
	struct drm_syncobj_timeline_wait *args = argument;

	if (args->flags & ~(wait_flags | DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE))
		return -EINVAL;
	return wait_handles(file, args->handles, args->points, args->count_handles, args->timeout_nsec, args->flags,
	                    &args->first_signaled);
}

/* ---- signal, reset, query, transfer ----------------------------------------------------------------------------- */

int aie_drm_syncobj_reset(struct aie_drm_file *file, void *argument)
{
	const struct drm_syncobj_array *args = argument;
	struct set set;
	int result;

	if (args->pad || !args->count_handles)
		return -EINVAL;
	result = read_set(file, args->handles, 0, args->count_handles, &set);
	if (result)
		return result;
	for (uint32_t i = 0; i < set.count; i++)
		clear(set.syncobj[i]);
	release_set(&set);
	return 0;
}

static int signal_set(struct aie_drm_file *file, struct set *set, bool timeline)
{
	struct aie_drm_fence *fence = aie_drm_fence_create(0);
	int result = fence ? 0 : -ENOMEM;

	if (fence)
		fence->signaled = true;
	for (uint32_t i = 0; !result && i < set->count; i++)
		result = timeline && set->point[i] ? aie_drm_syncobj_add_point(set->syncobj[i], set->point[i], fence)
		                                   : replace(set->syncobj[i], fence);
	aie_drm_fence_put(fence);
	release_set(set);
	aie_drm_wake(&file->device->change);
	return result;
}

int aie_drm_syncobj_signal(struct aie_drm_file *file, void *argument)
{
	const struct drm_syncobj_array *args = argument;
	struct set set;
	int result;

	if (args->pad || !args->count_handles)
		return -EINVAL;
	result = read_set(file, args->handles, 0, args->count_handles, &set);
	return result ? result : signal_set(file, &set, false);
}

int aie_drm_syncobj_timeline_signal(struct aie_drm_file *file, void *argument)
{
	const struct drm_syncobj_timeline_array *args = argument;
	struct set set;
	int result;

	if (args->flags || !args->count_handles)
		return -EINVAL;
	result = read_set(file, args->handles, args->points, args->count_handles, &set);
	return result ? result : signal_set(file, &set, true);
}

int aie_drm_syncobj_query(struct aie_drm_file *file, void *argument)
{
	const struct drm_syncobj_timeline_array *args = argument;
	struct set set;
	int result;

	if ((args->flags & ~(uint32_t)DRM_SYNCOBJ_QUERY_FLAGS_LAST_SUBMITTED) || !args->count_handles)
		return -EINVAL;
	result = read_set(file, args->handles, 0, args->count_handles, &set);
	if (result)
		return result;
	for (uint32_t i = 0; i < set.count; i++) {
		const struct aie_drm_syncobj *syncobj = set.syncobj[i];
		size_t at = 0;

		set.point[i] = 0;
		if (!syncobj->chain || !syncobj->count)
			continue;
		if (args->flags & DRM_SYNCOBJ_QUERY_FLAGS_LAST_SUBMITTED) {
			set.point[i] = syncobj->point[syncobj->count - 1].number;
			continue;
		}
		while (at < syncobj->count && syncobj->point[at].fence->signaled)
			set.point[i] = syncobj->point[at++].number;
		if (at)
			observe(file->device, syncobj, at - 1);
	}
	result = aie_drm_copy_out(args->points, set.point, set.count * sizeof *set.point);
	release_set(&set);
	return result;
}

/* A chain in the kernel carries over "all before it too"; here the fence alone does, which is the same for the in-order
 * timelines of contexts. */
int aie_drm_syncobj_transfer(struct aie_drm_file *file, void *argument)
{
	const struct drm_syncobj_transfer *args = argument;
	struct aie_drm_syncobj *source = aie_drm_handle_find(&file->syncobjs, args->src_handle);
	struct aie_drm_syncobj *destination = aie_drm_handle_find(&file->syncobjs, args->dst_handle);
	uint64_t point = args->src_point;
	struct set set = { &source, &point, 1 };
	uint32_t index = 0;
	size_t at = 0;
	int result = 0;

	if (args->pad)
		return -EINVAL;
	if (!source || !destination)
		return -ENOENT;
	if (args->flags & ~(uint32_t)DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT)
		return -EINVAL;
	aie_drm_syncobj_get(source);
	aie_drm_syncobj_get(destination);
	if (!find(source, point, &at))
		result = args->flags ? wait_set(file, &set, INT64_MAX, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE, &index)
		                     : -EINVAL;
	if (!result && !find(source, point, &at))
		result = -EINVAL; /* reset by another thread meanwhile */
	if (!result) {
		struct aie_drm_fence *fence = source->point[at].fence;

		fence->references++;
		result = args->dst_point ? aie_drm_syncobj_add_point(destination, args->dst_point, fence)
		                         : replace(destination, fence);
		aie_drm_fence_put(fence);
		aie_drm_wake(&file->device->change);
	}
	aie_drm_syncobj_put(source);
	aie_drm_syncobj_put(destination);
	return result;
}
