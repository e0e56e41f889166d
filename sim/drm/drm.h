/* A software amdxdna device: the kernel driver's ioctls and mmap answered by the model of the array.
 *
 * A device is one NPU: array, firmware, a worker thread that runs commands in the order of submission, and what all its
 * open files share (context ids, clocks).  A file is one open of the node: its own heap, buffer handles, syncobjs and
 * contexts.  Semantics, limits and errno values are those of the in-tree driver on an npu4 (Strix) with current
 * firmware; the numbers and layouts stand in driver/client/amdxdna_uapi.h.
 *
 * Threads: every function may be called from any thread.  Results do not depend on host time: commands run one after
 * another on the simulated clock, in submission order as long as their contexts have the same priority.
 */
#ifndef AIE_SIM_DRM_DRM_H
#define AIE_SIM_DRM_DRM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "isa/error.h"

struct aie_profile;
struct aie_transport;
struct aie_drm_device;
struct aie_drm_file;

/* `options` as after "sim" in a device name: "", ":npu4", ":npu4,name=value,..." (or ":npu4:name=value,...").  Names
 * are those of the timing table (sim/array/timing.h) and of the options (sim/array/options.h: threads, check, stack,
 * buffer) of sim/array, and time_slice_us: how long (simulated) a context goes on while another one waits, 0 to 10^9;
 * 0, the default: commands run in the order of their submission whichever context they belong to.  NULL on failure:
 * AIE_ERROR_INPUT names the option, AIE_ERROR_MEMORY, AIE_ERROR_DEVICE when no thread can be made. */
struct aie_drm_device *aie_drm_device_create(const char *options, struct aie_error *error);
/* All files must be closed. */
void aie_drm_device_destroy(struct aie_drm_device *device);

/* The caller's to close, before the device goes; NULL with errno set (ENOMEM). */
struct aie_drm_file *aie_drm_file_open(struct aie_drm_device *device);
/* Destroys the file's contexts (unfinished commands are aborted), then its buffers.  Mappings stay valid memory. */
void aie_drm_file_close(struct aie_drm_file *file);

/* Another open file of the device in the form the driver client uses (driver/transport.h); its close closes the file
 * only.  -1 with errno set. */
int aie_drm_transport_open(struct aie_drm_device *device, struct aie_transport *transport);

/* 0 or a negative errno. */
int aie_drm_file_ioctl(struct aie_drm_file *file, unsigned long request, void *argument);
/* The address, or MAP_FAILED with *result a negative errno. */
void *aie_drm_file_mmap(struct aie_drm_file *file, void *address, size_t length, int protection, int flags,
                        off_t offset, int *result);
/* To be called for every munmap that may touch a mapping of the file; does the munmap itself. 0 or a negative errno. */
int aie_drm_file_munmap(struct aie_drm_file *file, void *address, size_t length);

/* What ran since the last reset; 0, or a negative errno.  Waits until no command runs.  The per-address counters in
 * *profile belong to the device and live until the next call. */
int aie_drm_device_profile(struct aie_drm_device *device, struct aie_profile *profile);
/* Counters back to 0; `program_counters`: count by bundle address and record the history over time, too. */
void aie_drm_device_profile_reset(struct aie_drm_device *device, int program_counters);

#endif
