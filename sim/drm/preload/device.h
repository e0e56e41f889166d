/* The imitated device behind its descriptors: one model for the process, made when the node is first opened, and the
 * calls on it, written down on request.
 *
 * AIETWIN_DEVICE: the model's options as after "sim:" ("npu4", "npu4,NAME=VALUE,...").
 * AIETWIN_LOG: a file to which every call on the device is appended, one line a call.
 */
#ifndef AIE_SIM_DRM_PRELOAD_DEVICE_H
#define AIE_SIM_DRM_PRELOAD_DEVICE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct aie_drm_file;
struct aie_preload_node;
struct aie_preload_open;

void aie_preload_device_start(void);
void aie_preload_device_forked(void); /* in the child */

/* As the system calls: -1 / MAP_FAILED with errno set. */
int aie_preload_device_open(const struct aie_preload_node *node, int flags);
int aie_preload_device_ioctl(struct aie_preload_open *open, int fd, unsigned long request, void *argument);
void *aie_preload_device_mmap(struct aie_preload_open *open, int fd, void *address, size_t length, int protection,
                              int flags, off_t offset);
int aie_preload_device_munmap(void *address, size_t length);

/* The last reference to a file has gone. */
void aie_preload_device_closed(struct aie_drm_file *file);
void aie_preload_device_log_close(int fd);

/* "1.2.3.4" and a line feed, asked of the model.  -1 with errno when there is none. */
int aie_preload_firmware_version(char *text, size_t size);

#endif
