/* The one door of the driver: the system calls it makes on an accel node.  Two implementations: libc on a device node
 * (driver/client), and the software device of sim/drm linked into the same process.  driver/ includes nothing of sim/:
 * a program that wants the model links it in, and aie_sim_transport_open below is found by the linker.
 */
#ifndef AIE_DRIVER_TRANSPORT_H
#define AIE_DRIVER_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "isa/error.h"

struct aie_profile;
struct aie_profile_records;
struct aie_profile_progress;

struct aie_transport {
	void *user;
	/* As ioctl(2) and mmap(2) on the node's fd: -1 / MAP_FAILED with errno set. */
	int (*ioctl)(void *user, unsigned long request, void *argument);
	void *(*mmap)(void *user, void *address, size_t length, int protection, int flags, off_t offset);
	int (*munmap)(void *user, void *address, size_t length);
	void (*close)(void *user);
	/* Beside the ioctls; NULL on hardware.  profile: fill *profile since the last reset (-1 with errno on failure).
	 */
	int (*profile)(void *user, struct aie_profile *profile);
	void (*profile_reset)(void *user, int program_counters);
	/* Record everything that the units of the array do from now on, or end that; hand out what there is. */
	int (*record)(void *user, bool on);
	int (*records)(void *user, struct aie_profile_records *records);
	/* Of the command that runs; at any time, by any thread. */
	void (*progress)(void *user, struct aie_profile_progress *progress);
};

/* The model's device: `options` is what follows "sim" in a device name ("", ":npu4", ":npu4,ddr_read=50,..."), defined
 * by sim/drm when it is linked in, NULL otherwise. */
int aie_sim_transport_open(const char *options, struct aie_transport *transport, struct aie_error *error)
        __attribute__((weak));

#endif
