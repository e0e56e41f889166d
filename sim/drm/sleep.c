/* Sleeping until something changes, as a task sleeps in the kernel: until it is woken, its time is over, or a signal
 * handler ran.  A condition variable does not tell of signals, so this is the futex below it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sim/drm/internal.h"

void aie_drm_wake(struct aie_drm_event *event)
{
	atomic_fetch_add_explicit(&event->count, 1, memory_order_relaxed);
	if (!event->sleepers)
		return;
	event->sleepers = 0; /* all of them go and look */
	syscall(SYS_futex, &event->count, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

int aie_drm_sleep(struct aie_drm_device *device, struct aie_drm_event *event, const struct timespec *deadline)
{
	/* The lock is held: a wake after it is released finds another count here, and the call returns at once. */
	uint32_t count = atomic_load_explicit(&event->count, memory_order_relaxed);
	long result;
	int number;

	event->sleepers++;
	pthread_mutex_unlock(&device->lock);
	/* The form whose time-out is an absolute time of the monotonic clock (DRM rule). */
	result = syscall(SYS_futex, &event->count, FUTEX_WAIT_BITSET_PRIVATE, count, deadline, NULL,
	                 FUTEX_BITSET_MATCH_ANY);
	number = errno;
	pthread_mutex_lock(&device->lock);
	if (result && number == ETIMEDOUT)
		return -ETIME;
	return result && number == EINTR ? -EINTR : 0;
}
