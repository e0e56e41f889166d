/* What a failing call means, in words: one table. */
#include <errno.h>

#include "driver/client/client.h"

static const char *const call_names[AIE_CALLS] = {
	[AIE_CALL_OPEN] = "open",
	[AIE_CALL_VERSION] = "DRM VERSION",
	[AIE_CALL_CREATE_HEAP] = "CREATE_BO (device heap)",
	[AIE_CALL_MAP_HEAP] = "mmap (device heap)",
	[AIE_CALL_CREATE_SHARE] = "CREATE_BO (shared buffer)",
	[AIE_CALL_CREATE_DEV] = "CREATE_BO (device buffer)",
	[AIE_CALL_CREATE_CMD] = "CREATE_BO (command packet)",
	[AIE_CALL_GET_BO_INFO] = "GET_BO_INFO",
	[AIE_CALL_MAP] = "mmap (buffer)",
	[AIE_CALL_SYNC_BO] = "SYNC_BO",
	[AIE_CALL_WRAP] = "CREATE_BO (the caller's memory)",
	[AIE_CALL_EXPORT] = "PRIME_HANDLE_TO_FD",
	[AIE_CALL_IMPORT] = "CREATE_BO (import)",
	[AIE_CALL_GET_INFO] = "GET_INFO",
	[AIE_CALL_GET_ARRAY] = "GET_ARRAY",
	[AIE_CALL_SET_STATE] = "SET_STATE",
	[AIE_CALL_CREATE_HWCTX] = "CREATE_HWCTX",
	[AIE_CALL_CONFIG_HWCTX] = "CONFIG_HWCTX",
	[AIE_CALL_DEBUG] = "CONFIG_HWCTX (debug buffer)",
	[AIE_CALL_EXEC_CMD] = "EXEC_CMD",
	[AIE_CALL_WAIT] = "SYNCOBJ_TIMELINE_WAIT",
	[AIE_CALL_FENCE] = "SYNCOBJ_HANDLE_TO_FD",
	[AIE_CALL_PROFILE] = "profile",
};

static const struct {
	enum aie_client_call call;
	int number;
	const char *words;
} meanings[] = {
	{ AIE_CALL_OPEN, EACCES, "no permission on the node (is the user in the group that owns it, usually render?)" },
	{ AIE_CALL_OPEN, EPERM, "no permission on the node (is the user in the group that owns it, usually render?)" },
	{ AIE_CALL_OPEN, ENOENT, "no such node (is the amdxdna module loaded? it needs Linux 6.14 or later)" },
	{ AIE_CALL_OPEN, ENODEV,
	  "the device is gone, or the process' address space cannot be bound to it (IOMMU SVA off?)" },
	{ AIE_CALL_OPEN, EINVAL, "the process' address space cannot be bound to the device (IOMMU SVA off?)" },
	{ AIE_CALL_OPEN, ENXIO, "the node has no driver (is the amdxdna module loaded?)" },
	{ AIE_CALL_VERSION, ENOTTY, "this is no DRM accelerator node" },
	{ AIE_CALL_VERSION, EINVAL, "this is no DRM accelerator node" },
	{ AIE_CALL_CREATE_HEAP, EBUSY, "the open file has a heap already" },
	{ AIE_CALL_CREATE_HEAP, ENOMEM, "no memory for the 64 MiB device heap" },
	{ AIE_CALL_MAP_HEAP, EAGAIN, "limit of locked memory reached (ulimit -l)" },
	{ AIE_CALL_MAP_HEAP, ENOMEM, "no address space or memory for the 64 MiB device heap" },
	{ AIE_CALL_CREATE_SHARE, ENOMEM, "no memory left, or limit of locked memory reached (ulimit -l)" },
	{ AIE_CALL_CREATE_SHARE, EPERM, "the process may not lock memory (ulimit -l)" },
	{ AIE_CALL_CREATE_DEV, EAGAIN, "the device heap (512 MiB at most) has no room left for it and does not grow" },
	{ AIE_CALL_CREATE_DEV, ENOMEM, "the device heap (512 MiB at most) has no room left for it and does not grow" },
	{ AIE_CALL_CREATE_DEV, ENOSPC, "the device heap (512 MiB at most) has no room left for it and does not grow" },
	{ AIE_CALL_CREATE_DEV, EINVAL, "larger than any device heap" },
	{ AIE_CALL_WRAP, ENOMEM, "no memory left, or limit of locked memory reached (ulimit -l)" },
	{ AIE_CALL_WRAP, EPERM, "the process may not lock memory (ulimit -l)" },
	{ AIE_CALL_WRAP, EFAULT, "the memory is not mapped readable and writable" },
	{ AIE_CALL_WRAP, EINVAL, "refused: the driver takes no user memory (it needs a later one), or no whole pages" },
	{ AIE_CALL_EXPORT, EOPNOTSUPP, "instruction buffers and the caller's own memory are not exported" },
	{ AIE_CALL_EXPORT, EMFILE, "no file descriptor left (ulimit -n)" },
	{ AIE_CALL_IMPORT, EINVAL, "the descriptor is no dma-buf, or the driver imports none (it needs a later one)" },
	{ AIE_CALL_IMPORT, EBADF, "the descriptor is not open" },
	{ AIE_CALL_GET_INFO, EOPNOTSUPP, "this driver, firmware or machine does not answer that" },
	{ AIE_CALL_GET_INFO, EPERM, "only the superuser may ask that (CAP_SYS_ADMIN)" },
	{ AIE_CALL_GET_INFO, EINVAL, "the buffer is too small, or this driver does not know the question" },
	{ AIE_CALL_GET_ARRAY, EOPNOTSUPP, "this driver or firmware does not answer that" },
	{ AIE_CALL_GET_ARRAY, EINVAL, "this driver does not know the question (it needs interface 0.1 or later)" },
	{ AIE_CALL_GET_ARRAY, ENOENT, "no such context" },
	{ AIE_CALL_SET_STATE, EACCES, "only the superuser may set that (CAP_SYS_ADMIN)" },
	{ AIE_CALL_SET_STATE, EOPNOTSUPP, "this driver or firmware has no such setting" },
	{ AIE_CALL_SET_STATE, EINVAL, "no such value" },
	{ AIE_CALL_DEBUG, EBUSY, "the buffer is attached already" },
	{ AIE_CALL_DEBUG, EINVAL, "the buffer is not attached, or the driver has no debug buffers (interface 0.3)" },
	{ AIE_CALL_FENCE, EINVAL, "nothing was submitted yet" },
	{ AIE_CALL_FENCE, EMFILE, "no file descriptor left (ulimit -n)" },
	{ AIE_CALL_MAP, EAGAIN, "limit of locked memory reached (ulimit -l)" },
	{ AIE_CALL_MAP, ENOMEM, "no address space or memory left" },
	{ AIE_CALL_CREATE_HWCTX, EINVAL,
	  "refused: no free hardware context (16 on this NPU family), columns the device does not have, or a demand "
	  "(QoS) it cannot meet" },
	{ AIE_CALL_CREATE_HWCTX, ENODEV, "no columns free, or the device is gone" },
	{ AIE_CALL_CREATE_HWCTX, EAGAIN, "the device heap is not mapped or has no room for the context's rings" },
	{ AIE_CALL_CREATE_HWCTX, ENOSPC, "no context id or no device heap left" },
	{ AIE_CALL_CREATE_HWCTX, ENOENT, "the open file has no device heap" },
	{ AIE_CALL_CREATE_HWCTX, ETIME, "the NPU's firmware does not answer" },
	{ AIE_CALL_CONFIG_HWCTX, EINVAL, "the driver or firmware refuses the configuration images" },
	{ AIE_CALL_CONFIG_HWCTX, ETIME, "the NPU's firmware does not answer" },
	{ AIE_CALL_EXEC_CMD, EINVAL, "the context or the packet is unknown" },
	{ AIE_CALL_EXEC_CMD, ENOENT, "a buffer of the command is gone" },
	{ AIE_CALL_EXEC_CMD, EFAULT, "a buffer of the command is no longer mapped" },
	{ AIE_CALL_WAIT, ETIME, "the command still runs" },
	{ AIE_CALL_WAIT, EINVAL, "no command with this number was submitted" },
};

int aie_client_fail(const char *node, enum aie_client_call call, int system_errno, struct aie_error *error)
{
	enum aie_error_category category = system_errno == ENOMEM ? AIE_ERROR_MEMORY : AIE_ERROR_DEVICE;

	for (unsigned i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
		if (meanings[i].call == call && meanings[i].number == system_errno)
			return aie_error_set_errno(error, category, system_errno, "%s: %s: %s", node, call_names[call],
			                           meanings[i].words);
	if (system_errno == ENODEV || system_errno == EIO)
		return aie_error_set_errno(error, category, system_errno, "%s: %s: the device is gone", node,
		                           call_names[call]);
	return aie_error_set_errno(error, category, system_errno, "%s: %s", node, call_names[call]);
}
