/* Command submission: EXEC_CMD, the queue, and the worker thread that runs one command after another.
 *
 * Contexts take turns between commands.  The context of the highest priority goes first; among equals the commands run
 * in the order of submission, so that simulated times do not depend on host time, or, with the device option
 * time_slice_us, a context goes on until its slice is used up (30 ms on the device, documented).  Priorities do not
 * interrupt a running command (assumed: real preemption needs streams that save and restore the array).
 *
 * The packet's contents are read when the command starts, not in the ioctl: a malformed packet is accepted, its fence
 * signals, and its state stays NEW, as with the kernel driver.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/drm/internal.h"

static void free_job(struct aie_drm_job *job)
{
	for (size_t i = 0; i < job->bo_count; i++)
		aie_drm_bo_put(job->bo[i]);
	if (job->packet)
		aie_drm_bo_put(job->packet);
	aie_drm_fence_put(job->fence);
	free(job->bo);
	free(job);
}

/* ---- EXEC_CMD --------------------------------------------------------------------------------------------------- */

static int compare_handles(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return a < b ? -1 : a > b;
}

static int collect_arguments(struct aie_drm_file *file, const struct amdxdna_exec_cmd *args, uint32_t *handle,
                             struct aie_drm_job *job)
{
	job->packet = aie_drm_bo_find(file, (uint32_t)args->cmd_handles);
	if (args->cmd_handles > UINT32_MAX || !job->packet || job->packet->type == AMDXDNA_BO_DEV ||
	    job->packet->type == AMDXDNA_BO_DEV_HEAP) {
		job->packet = NULL;
		return -EINVAL;
	}
	aie_drm_bo_get(job->packet);
	for (uint32_t i = 0; i < args->arg_count; i++) {
		struct aie_drm_bo *bo = aie_drm_bo_find(file, handle[i]);

		if (!bo)
			return -ENOENT;
		aie_drm_bo_get(bo);
		job->bo[job->bo_count++] = bo;
	}
	qsort(handle, args->arg_count, sizeof *handle, compare_handles);
	for (uint32_t i = 1; i < args->arg_count; i++)
		if (handle[i] == handle[i - 1])
			return -EALREADY;
	return 0;
}

/* Wait for a free place among the four of the context; it may be destroyed meanwhile. */
static int enter_context(struct aie_drm_file *file, uint32_t id, struct aie_drm_context **context)
{
	for (;;) {
		*context = aie_drm_context_find(file, id);
		if (!*context)
			return -EINVAL;
		if ((*context)->in_flight < AMDXDNA_COMMAND_DEPTH)
			return 0;
		if (aie_drm_sleep(file->device, &file->device->room, NULL) == -EINTR)
			return -EINTR;
	}
}

/* Put a job into its context's order; `seq` is the number it gets. */
static int enqueue(struct aie_drm_context *context, struct aie_drm_job *job, uint64_t *seq)
{
	struct aie_drm_device *device = context->file->device;
	int result;

	job->fence = aie_drm_fence_create(device->last_serial + 1);
	if (!job->fence)
		return -ENOMEM;
	result = aie_drm_syncobj_add_point(context->syncobj, context->next_seq, job->fence);
	if (result)
		return result;
	job->context = context;
	job->queued = device->last_serial > device->observed_serial;
	device->last_serial++;
	*seq = context->next_seq++;
	context->submissions++;
	context->in_flight++;
	*device->queue_end = job;
	device->queue_end = &job->next;
	pthread_cond_signal(&device->work);
	aie_drm_wake(&device->change); /* for those who wait for the submission */
	return 0;
}

static int submit(struct aie_drm_file *file, struct amdxdna_exec_cmd *args, uint32_t *handle, struct aie_drm_job *job)
{
	struct aie_drm_context *context;
	int result = collect_arguments(file, args, handle, job);

	if (!result)
		result = enter_context(file, args->hwctx, &context);
	if (result)
		return result;
	for (size_t i = 0; i < job->bo_count; i++)
		if (job->bo[i]->vanished || !aie_drm_bo_memory(job->bo[i]))
			return -EFAULT;
	return enqueue(context, job, &args->seq);
}

int aie_drm_take_turn(struct aie_drm_file *file, uint32_t id)
{
	struct aie_drm_job *job = calloc(1, sizeof *job);
	struct aie_drm_context *context = NULL;
	struct aie_drm_fence *fence;
	uint64_t seq;
	int result = job ? enter_context(file, id, &context) : -ENOMEM;

	if (!result)
		result = enqueue(context, job, &seq);
	if (result) {
		if (job)
			free_job(job);
		return result;
	}
	fence = job->fence;
	fence->references++;
	while (!fence->signaled)
		aie_drm_sleep(file->device, &file->device->change, NULL);
	aie_drm_fence_put(fence);
	return aie_drm_context_find(file, id) ? 0 : -EINVAL;
}

int aie_drm_exec_cmd(struct aie_drm_file *file, void *argument)
{
	struct amdxdna_exec_cmd *args = argument;
	struct aie_drm_job *job;
	uint32_t *handle;
	int result;

	if (args->ext || args->ext_flags)
		return -EINVAL;
	if (args->type != AMDXDNA_EXEC_SUBMIT)
		return -EINVAL;
	if (args->arg_count > AMDXDNA_MAX_ARGS || args->cmd_count != 1)
		return -EINVAL;
	job = calloc(1, sizeof *job);
	handle = calloc(args->arg_count + 1, sizeof *handle);
	if (job)
		job->bo = calloc(args->arg_count + 1, sizeof(struct aie_drm_bo *));
	result = job && handle && job->bo ? 0 : -ENOMEM;
	if (!result)
		result = aie_drm_copy_in(handle, args->args, args->arg_count * sizeof *handle);
	if (!result)
		result = submit(file, args, handle, job);
	free(handle);
	if (result && job)
		free_job(job);
	return result;
}

/* AIE2 devices do not offer this request: waiting goes through the context's syncobj. */
int aie_drm_wait_cmd(struct aie_drm_file *file, void *argument)
{
	(void)file;
	(void)argument;
	return -EOPNOTSUPP;
}

/* ---- memory of a running command -------------------------------------------------------------------------------- */

static int compare_regions(const void *left, const void *right)
{
	const struct aie_drm_region *a = left, *b = right;

	return a->start < b->start ? -1 : a->start > b->start;
}

static void drop_regions(struct aie_drm_device *device)
{
	size_t count = device->held_count;

	device->held_count = device->region_count = device->region_last = 0;
	device->region_file = NULL;
	device->regions_stale = false;
	while (count)
		aie_drm_bo_put(device->held[--count]);
}

void aie_drm_regions_changed(const struct aie_drm_file *file)
{
	struct aie_drm_device *device = file->device;

	if (device->region_file != file)
		return;
	if (device->running)
		device->regions_stale = true; /* the running command keeps what it has */
	else
		drop_regions(device);
}

static int reserve_regions(struct aie_drm_device *device, size_t count)
{
	struct aie_drm_region *region;
	struct aie_drm_bo **held;

	if (count <= device->region_capacity)
		return 0;
	region = realloc(device->region, count * sizeof *region);
	if (region)
		device->region = region;
	held = realloc(device->held, count * sizeof(struct aie_drm_bo *));
	if (held)
		device->held = held;
	if (!region || !held)
		return -ENOMEM;
	device->region_capacity = count;
	return 0;
}

static void add_region(struct aie_drm_device *device, struct aie_drm_bo *bo, uint64_t start)
{
	aie_drm_bo_get(bo);
	device->held[device->held_count++] = bo;
	device->region[device->region_count++] = (struct aie_drm_region){ start, start + bo->size, bo->host };
}

/* What the process has mapped now, and its heap, is what the NPU reaches until the command ends.  The table is kept for
 * the next command as long as nothing changes; memory of the program has to be looked at each time. */
static int collect_regions(struct aie_drm_device *device, const struct aie_drm_file *file)
{
	size_t kept = 0, user_memory = 0;

	if (device->region_file == file && !file->user_memory)
		return 0;
	drop_regions(device);
	device->region_file = file;
	for (const struct aie_drm_bo *bo = file->user_memory; bo; bo = bo->next_user_memory)
		user_memory++;
	if (reserve_regions(device, file->mapping_count + user_memory + AIE_DRM_HEAP_CHUNKS)) {
		drop_regions(device);
		return -ENOMEM;
	}
	for (struct aie_drm_bo *bo = file->user_memory; bo; bo = bo->next_user_memory)
		if (aie_drm_bo_memory(bo))
			add_region(device, bo, bo->user);
	for (size_t i = 0; i < file->mapping_count; i++) {
		const struct aie_drm_mapping *mapping = &file->mapping[i];

		if (mapping->bo->type != AMDXDNA_BO_DEV_HEAP && !mapping->bo->user_memory &&
		    mapping->start == mapping->bo->user)
			add_region(device, mapping->bo, mapping->start);
	}
	for (unsigned i = 0; i < AIE_DRM_HEAP_CHUNKS; i++)
		if (file->heap.chunk[i] && file->heap.chunk[i]->chunk == i)
			add_region(device, file->heap.chunk[i], file->heap.chunk[i]->npu);
	qsort(device->region, device->region_count, sizeof *device->region, compare_regions);
	/* Heap chunks that follow one another are one range for a buffer that straddles them. */
	for (size_t i = 1; i < device->region_count; i++) {
		struct aie_drm_region *last = &device->region[kept], *next = &device->region[i];

		if (next->start == last->end && next->host == last->host + (last->end - last->start))
			last->end = next->end;
		else
			device->region[++kept] = *next;
	}
	if (device->region_count)
		device->region_count = kept + 1;
	return 0;
}

static bool covers(const struct aie_drm_region *region, uint64_t address, uint64_t size)
{
	return address >= region->start && size <= region->end - region->start &&
	       address - region->start <= region->end - region->start - size;
}

/* The first region that ends behind the address; region_count: none. */
static size_t find_region(const struct aie_drm_device *device, uint64_t address)
{
	size_t low = 0, high = device->region_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (device->region[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void *aie_drm_translate(void *user, uint64_t address, uint64_t size, bool write)
{
	struct aie_drm_device *device = user;
	size_t at = device->region_last;

	(void)write; /* all buffers of this level of the interface are writable */
	if (at >= device->region_count || !covers(&device->region[at], address, size))
		at = find_region(device, address);
	if (at == device->region_count || !covers(&device->region[at], address, size)) {
		device->has_missed = true;
		device->missed = address;
		return NULL;
	}
	device->region_last = at;
	return device->region[at].host + (address - device->region[at].start);
}

void aie_drm_forget_miss(struct aie_drm_device *device)
{
	device->has_missed = false;
}

void aie_drm_describe_miss(const struct aie_drm_device *device, char *text, size_t size)
{
	static const uint64_t near = 16 << 20; /* farther away it is a wrong address and no short buffer */
	const struct aie_drm_region *region;
	size_t used = strlen(text), at;

	if (!device->has_missed)
		return;
	at = find_region(device, device->missed);
	region = &device->region[at];
	/* A range that begins in a buffer, or one behind a buffer. */
	if (at < device->region_count && region->start <= device->missed)
		snprintf(text + used, size - used, " (it crosses the end of one of %" PRIu64 " bytes)",
		         region->end - region->start);
	else if (at && device->missed == region[-1].end)
		snprintf(text + used, size - used, " (directly behind the end of one of %" PRIu64 " bytes)",
		         region[-1].end - region[-1].start);
	else if (at && device->missed - region[-1].end < near)
		snprintf(text + used, size - used, " (%" PRIu64 " bytes behind the end of one of %" PRIu64 " bytes)",
		         device->missed - region[-1].end, region[-1].end - region[-1].start);
}

/* ---- the worker ------------------------------------------------------------------------------------------------- */

static void set_state(const struct aie_drm_bo *packet, unsigned state)
{
	uint32_t *header = (uint32_t *)(void *)aie_drm_bo_memory(packet);
	uint32_t word;

	if (!header)
		return;
	word = __atomic_load_n(header, __ATOMIC_RELAXED);
	word = (word & ~(uint32_t)AMDXDNA_PACKET_STATE_MASK) | state;
	/* Release: whoever polls the state finds the results that go with it. */
	__atomic_store_n(header, word, __ATOMIC_RELEASE);
}

static void finish(struct aie_drm_job *job, unsigned state)
{
	struct aie_drm_context *context = job->context;
	struct aie_drm_device *device = context->file->device;

	if (state && job->packet)
		set_state(job->packet, state);
	context->in_flight--;
	context->completions++;
	if (state != AMDXDNA_STATE_COMPLETED)
		context->errors++;
	job->fence->signaled = true;
	free_job(job);
	aie_drm_sync_files_tell(device);
	aie_drm_wake(&device->change);
	if (context->in_flight <= AIE_DRM_WAKE_IN_FLIGHT)
		aie_drm_wake(&device->room);
}

void aie_drm_abort_queued(struct aie_drm_context *context)
{
	struct aie_drm_device *device = context->file->device;
	struct aie_drm_job **link = &device->queue, *job;

	while ((job = *link)) {
		uint8_t *packet;

		if (job->context != context) {
			link = &job->next;
			continue;
		}
		*link = job->next;
		packet = job->packet ? aie_drm_bo_memory(job->packet) : NULL;
		if (packet)
			memset(packet + sizeof(uint32_t), 0xff, job->packet->size - sizeof(uint32_t));
		finish(job, AMDXDNA_STATE_ABORT);
	}
	device->queue_end = link;
}

/* As sent to the firmware: 1 real time to 4 low; 2 for a number the driver does not know (documented). */
static unsigned rank(const struct aie_drm_context *context)
{
	switch (context->qos.priority) {
	case AMDXDNA_PRIORITY_REALTIME:
		return 1;
	case AMDXDNA_PRIORITY_NORMAL:
		return 3;
	case AMDXDNA_PRIORITY_LOW:
		return 4;
	default:
		return 2;
	}
}

/* The first command in the queue of those with the highest priority, which is also the first of its context; with time
 * slices the context whose turn it is comes before its equals. */
static struct aie_drm_job *take_next(struct aie_drm_device *device)
{
	const struct aie_drm_context *turn = device->turn;
	struct aie_drm_job **best = NULL, *job;
	bool goes_on = device->slice_cycles && turn &&
	               aie_array_cycle(device->array) - device->turn_start < device->slice_cycles;

	for (struct aie_drm_job **link = &device->queue; *link; link = &(*link)->next)
		if (!best || rank((*link)->context) < rank((*best)->context) ||
		    (goes_on && (*link)->context == turn && (*best)->context != turn &&
		     rank((*link)->context) == rank((*best)->context)))
			best = link;
	if (!best)
		return NULL;
	job = *best;
	*best = job->next;
	if (!job->next)
		device->queue_end = best;
	if (job->context != turn || !goes_on) {
		device->turn = job->context;
		device->turn_start = aie_array_cycle(device->array);
	}
	return job;
}

static uint64_t host_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Run a command; the lock is released meanwhile. */
static unsigned run_job(struct aie_drm_device *device, struct aie_drm_job *job)
{
	unsigned state = AMDXDNA_STATE_ABORT;
	struct aie_drm_run run;
	uint64_t start;

	if (!job->packet)
		return AMDXDNA_STATE_COMPLETED;
	atomic_store(&device->cancel, false);
	if (!collect_regions(device, job->context->file)) {
		aie_drm_begin_run(device, job, &run);
		pthread_mutex_unlock(&device->lock);
		start = host_ns();
		state = aie_drm_run_packet(device, job, &run);
		start = host_ns() - start;
		pthread_mutex_lock(&device->lock);
		aie_drm_end_run(device, job, &run);
		aie_drm_account_busy(device, job->context, start);
	}
	if (device->regions_stale)
		drop_regions(device);
	return state;
}

void *aie_drm_worker(void *argument)
{
	struct aie_drm_device *device = argument;

	pthread_mutex_lock(&device->lock);
	for (;;) {
		struct aie_drm_context *context;
		struct aie_drm_job *job;
		unsigned state;

		while ((!device->queue || device->pauses) && !device->stop)
			pthread_cond_wait(&device->work, &device->lock);
		job = take_next(device);
		if (!job)
			break; /* all files are closed: nothing can come any more */
		device->running = job;
		context = job->context;
		state = run_job(device, job);
		device->running = NULL;
		/* A context that does not come to an end is made anew: what else it has waiting goes with it, in the
		 * order of its timeline (documented: the context's pending commands are failed). */
		finish(job, state);
		if (state == AMDXDNA_STATE_TIMEOUT)
			aie_drm_abort_queued(context);
	}
	pthread_mutex_unlock(&device->lock);
	return NULL;
}

void aie_drm_pause(struct aie_drm_device *device)
{
	device->pauses++;
	while (device->running)
		aie_drm_sleep(device, &device->change, NULL);
}

void aie_drm_resume(struct aie_drm_device *device)
{
	device->pauses--;
	pthread_cond_signal(&device->work);
}
