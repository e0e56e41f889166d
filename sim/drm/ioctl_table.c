/* The entry of the device: which request goes where, and the DRM core's rules about the argument.
 *
 * Requests are told apart by number only; the size in the request may differ from ours: what the caller gives is taken,
 * the rest is zero, and as much as the caller has room for goes back (documented: DRM core).
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "sim/drm/internal.h"

struct entry {
	int (*handler)(struct aie_drm_file *file, void *argument);
	unsigned long request;
	bool root_only;
};

static const struct entry driver_table[AMDXDNA_REQUESTS] = {
	[AMDXDNA_CREATE_HWCTX] = { aie_drm_create_hwctx, AMDXDNA_IOCTL_CREATE_HWCTX, false },
	[AMDXDNA_DESTROY_HWCTX] = { aie_drm_destroy_hwctx, AMDXDNA_IOCTL_DESTROY_HWCTX, false },
	[AMDXDNA_CONFIG_HWCTX] = { aie_drm_config_hwctx, AMDXDNA_IOCTL_CONFIG_HWCTX, false },
	[AMDXDNA_CREATE_BO] = { aie_drm_create_bo, AMDXDNA_IOCTL_CREATE_BO, false },
	[AMDXDNA_GET_BO_INFO] = { aie_drm_get_bo_info, AMDXDNA_IOCTL_GET_BO_INFO, false },
	[AMDXDNA_SYNC_BO] = { aie_drm_sync_bo, AMDXDNA_IOCTL_SYNC_BO, false },
	[AMDXDNA_EXEC_CMD] = { aie_drm_exec_cmd, AMDXDNA_IOCTL_EXEC_CMD, false },
	[AMDXDNA_GET_INFO] = { aie_drm_get_info, AMDXDNA_IOCTL_GET_INFO, false },
	[AMDXDNA_SET_STATE] = { aie_drm_set_state, AMDXDNA_IOCTL_SET_STATE, true },
	[AMDXDNA_WAIT_CMD] = { aie_drm_wait_cmd, AMDXDNA_IOCTL_WAIT_CMD, false },
	[AMDXDNA_GET_ARRAY] = { aie_drm_get_array, AMDXDNA_IOCTL_GET_ARRAY, false },
};

static const struct entry core_table[] = {
	{ aie_drm_version, DRM_IOCTL_VERSION, false },
	{ aie_drm_gem_close, DRM_IOCTL_GEM_CLOSE, false },
	{ aie_drm_get_cap, DRM_IOCTL_GET_CAP, false },
	{ aie_drm_prime_handle_to_fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, false },
	{ aie_drm_prime_fd_to_handle, DRM_IOCTL_PRIME_FD_TO_HANDLE, false },
	{ aie_drm_syncobj_create, DRM_IOCTL_SYNCOBJ_CREATE, false },
	{ aie_drm_syncobj_destroy, DRM_IOCTL_SYNCOBJ_DESTROY, false },
	{ aie_drm_syncobj_handle_to_fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, false },
	{ aie_drm_syncobj_fd_to_handle, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, false },
	{ aie_drm_syncobj_wait, DRM_IOCTL_SYNCOBJ_WAIT, false },
	{ aie_drm_syncobj_reset, DRM_IOCTL_SYNCOBJ_RESET, false },
	{ aie_drm_syncobj_signal, DRM_IOCTL_SYNCOBJ_SIGNAL, false },
	{ aie_drm_syncobj_timeline_wait, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, false },
	{ aie_drm_syncobj_query, DRM_IOCTL_SYNCOBJ_QUERY, false },
	{ aie_drm_syncobj_transfer, DRM_IOCTL_SYNCOBJ_TRANSFER, false },
	{ aie_drm_syncobj_timeline_signal, DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL, false },
};

/* Larger than every structure of the table; callers of newer interfaces may send a little more than we know. */
enum { ARGUMENT_BYTES = 256 };

static const struct entry *find_entry(unsigned number)
{
	if (number >= DRM_COMMAND_BASE && number < DRM_COMMAND_END) {
		number -= DRM_COMMAND_BASE;
		return number < AMDXDNA_REQUESTS ? &driver_table[number] : NULL;
	}
	for (size_t i = 0; i < sizeof core_table / sizeof core_table[0]; i++)
		if (_IOC_NR(core_table[i].request) == number)
			return &core_table[i];
	return NULL;
}

int aie_drm_file_ioctl(struct aie_drm_file *file, unsigned long request, void *argument)
{
	union {
		uint64_t align;
		uint8_t bytes[ARGUMENT_BYTES];
	} copy;
	const struct entry *entry;
	size_t given = _IOC_SIZE(request);
	int result = 0;

	request &= UINT32_MAX;
	if (_IOC_TYPE(request) != DRM_IOCTL_BASE)
		return -ENOTTY;
	entry = find_entry(_IOC_NR(request));
	if (!entry)
		return -EINVAL;
	if (given > ARGUMENT_BYTES)
		given = ARGUMENT_BYTES;
	if (entry->root_only && !aie_drm_is_admin())
		return -EACCES;
	memset(&copy, 0, sizeof copy);
	if (request & entry->request & ((unsigned long)_IOC_WRITE << _IOC_DIRSHIFT))
		result = aie_drm_copy_in(copy.bytes, (uintptr_t)argument, given);
	if (result)
		return result;
	pthread_mutex_lock(&file->device->lock);
	result = entry->handler(file, copy.bytes);
	pthread_mutex_unlock(&file->device->lock);
	/* The kernel copies back whatever the handler answered. */
	if ((request & entry->request & ((unsigned long)_IOC_READ << _IOC_DIRSHIFT)) &&
	    aie_drm_copy_out((uintptr_t)argument, copy.bytes, given) && !result)
		result = -EFAULT;
	return result;
}
