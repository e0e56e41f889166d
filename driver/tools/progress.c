#include "driver/tools/progress.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Nothing is shown of what ends within the first step. */
enum { STEP_MS = 250 };

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void show(struct aie_device *device, double seconds, uint64_t bytes)
{
	struct aie_profile_progress progress = { 0 };

	if (!aie_device_progress(device, &progress)) {
		fprintf(stderr, "\r\033[Krunning: %.1f s", seconds);
		return;
	}
	fprintf(stderr, "\r\033[Krunning: %" PRIu64 " cycles", progress.cycles);
	if (bytes)
		fprintf(stderr, ", %.0f %%",
		        100 * (progress.bytes < bytes ? (double)progress.bytes / (double)bytes : 1.0));
	fprintf(stderr, ", %.1f million cycles per second", (double)progress.cycles / seconds * 1e-6);
	fflush(stderr);
}

int aie_progress_wait(struct aie_device *device, struct aie_command *command, int timeout_ms, uint64_t bytes,
                      bool quiet, struct aie_error *error)
{
	const double start = now();
	bool shown = false;
	int status;

	if (quiet || !isatty(STDERR_FILENO))
		return aie_command_wait(command, timeout_ms, error);
	for (;;) {
		int left = STEP_MS;

		if (timeout_ms >= 0) {
			left = timeout_ms - (int)((now() - start) * 1000);
			left = left < 0 ? 0 : left > STEP_MS ? STEP_MS : left;
		}
		status = aie_command_wait(command, left, error);
		if (!status || error->sys_errno != ETIME || (timeout_ms >= 0 && (now() - start) * 1000 >= timeout_ms))
			break;
		*error = (struct aie_error){ 0 };
		show(device, now() - start, bytes);
		shown = true;
	}
	if (shown)
		fputs("\r\033[K", stderr);
	return status;
}
