/* Handle tables and copies from and to user memory. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sim/drm/internal.h"

int aie_drm_handle_add(struct aie_drm_handles *handles, void *object, uint32_t *handle)
{
	uint32_t i;

	for (i = 0; i < handles->capacity && handles->slot[i]; i++)
		;
	if (i == handles->capacity) {
		uint32_t capacity = handles->capacity ? handles->capacity * 2 : 16;
		void **slot = realloc(handles->slot, capacity * sizeof *slot);

		if (!slot)
			return -ENOMEM;
		memset(slot + handles->capacity, 0, (capacity - handles->capacity) * sizeof *slot);
		handles->slot = slot;
		handles->capacity = capacity;
	}
	handles->slot[i] = object;
	*handle = i + 1;
	return 0;
}

void *aie_drm_handle_find(const struct aie_drm_handles *handles, uint32_t handle)
{
	return handle && handle <= handles->capacity ? handles->slot[handle - 1] : NULL;
}

void *aie_drm_handle_remove(struct aie_drm_handles *handles, uint32_t handle)
{
	void *object = aie_drm_handle_find(handles, handle);

	if (object)
		handles->slot[handle - 1] = NULL;
	return object;
}

void aie_drm_handles_free(struct aie_drm_handles *handles)
{
	free(handles->slot);
	*handles = (struct aie_drm_handles){ 0 };
}

static void *user_pointer(uint64_t user)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): the interface carries user addresses as numbers */
	return (void *)(uintptr_t)user;
}

/* The kernel finds out about unreadable user memory by trying; process_vm_readv on ourselves does the same and reports
 * EFAULT instead of raising SIGSEGV.  Where a sandbox forbids that call the copy is done directly: the only difference
 * is that a bad pointer then ends the program. */
int aie_drm_copy_in(void *destination, uint64_t user, size_t size)
{
	struct iovec local = { destination, size };
	struct iovec remote = { user_pointer(user), size };
	ssize_t copied;

	if (!size)
		return 0;
	copied = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
	if (copied < 0 && (errno == ENOSYS || errno == EPERM)) {
		memcpy(destination, remote.iov_base, size);
		return 0;
	}
	return copied == (ssize_t)size ? 0 : -EFAULT;
}

int aie_drm_copy_out(uint64_t user, const void *source, size_t size)
{
	struct iovec local = { (void *)source, size };
	struct iovec remote = { user_pointer(user), size };
	ssize_t copied;

	if (!size)
		return 0;
	copied = process_vm_writev(getpid(), &local, 1, &remote, 1, 0);
	if (copied < 0 && (errno == ENOSYS || errno == EPERM)) {
		memcpy(remote.iov_base, source, size);
		return 0;
	}
	return copied == (ssize_t)size ? 0 : -EFAULT;
}
