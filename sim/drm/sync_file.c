/* Syncobjs as file descriptors: handed to other threads and files of the process, and sync files that can be polled.
 *
 * The descriptor a program gets is one end of a socket pair; the device keeps the other end with what it stands for.
 * When the last copy of the program's end is closed, here or in a process it was sent to, the device's end hangs up and
 * the entry goes.  A sync file becomes readable when its fence signals, as poll(2) on the kernel's does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/drm/internal.h"

struct aie_drm_sync_file {
	struct aie_drm_sync_file *next;
	int fd; /* our end */
	dev_t device;
	ino_t inode;                     /* of the program's end */
	struct aie_drm_syncobj *syncobj; /* one of the two */
	struct aie_drm_fence *fence;
	bool told;
};

static void release(struct aie_drm_sync_file *entry)
{
	aie_drm_syncobj_put(entry->syncobj);
	aie_drm_fence_put(entry->fence);
	close(entry->fd);
	free(entry);
}

/* Drop entries whose descriptors are all closed. */
static void sweep(struct aie_drm_device *device)
{
	for (struct aie_drm_sync_file **link = &device->sync_files; *link;) {
		struct aie_drm_sync_file *entry = *link;
		struct pollfd look = { .fd = entry->fd };

		if (poll(&look, 1, 0) > 0 && (look.revents & (POLLHUP | POLLERR | POLLNVAL))) {
			*link = entry->next;
			release(entry);
		} else {
			link = &entry->next;
		}
	}
}

void aie_drm_sync_files_tell(struct aie_drm_device *device)
{
	for (struct aie_drm_sync_file *entry = device->sync_files; entry; entry = entry->next) {
		if (entry->told || !entry->fence || !entry->fence->signaled)
			continue;
		entry->told = true;
		/* Nobody reads it any more: then there is nobody to tell. */
		(void)!send(entry->fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
}

void aie_drm_sync_files_free(struct aie_drm_device *device)
{
	while (device->sync_files) {
		struct aie_drm_sync_file *entry = device->sync_files;

		device->sync_files = entry->next;
		release(entry);
	}
}

/* Takes over the reference to what is exported; the descriptor, or a negative errno. */
static int publish(struct aie_drm_device *device, struct aie_drm_syncobj *syncobj, struct aie_drm_fence *fence)
{
	struct aie_drm_sync_file *entry = calloc(1, sizeof *entry);
	struct stat status;
	int pair[2], result;

	if (!entry || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		result = entry ? -errno : -ENOMEM;
		goto failed;
	}
	entry->fd = aie_drm_high_fd(pair[1]);
	if (entry->fd < 0 || fstat(pair[0], &status)) {
		result = -EMFILE;
		if (entry->fd >= 0)
			close(entry->fd);
		close(pair[0]);
		goto failed;
	}
	entry->device = status.st_dev;
	entry->inode = status.st_ino;
	entry->syncobj = syncobj;
	entry->fence = fence;
	entry->next = device->sync_files;
	device->sync_files = entry;
	aie_drm_sync_files_tell(device);
	return pair[0];
failed:
	free(entry);
	aie_drm_syncobj_put(syncobj);
	aie_drm_fence_put(fence);
	return result;
}

static struct aie_drm_sync_file *find(struct aie_drm_device *device, int fd)
{
	struct stat status;

	sweep(device);
	if (fstat(fd, &status))
		return NULL;
	for (struct aie_drm_sync_file *entry = device->sync_files; entry; entry = entry->next)
		if (entry->device == status.st_dev && entry->inode == status.st_ino)
			return entry;
	return NULL;
}

int aie_drm_syncobj_handle_to_fd(struct aie_drm_file *file, void *argument)
{
	struct drm_syncobj_handle *args = argument;
	struct aie_drm_syncobj *syncobj = aie_drm_handle_find(&file->syncobjs, args->handle);
	struct aie_drm_fence *fence = NULL;
	int fd;

	if (args->pad || (args->flags & ~(uint32_t)DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE))
		return -EINVAL;
	sweep(file->device);
	if (args->flags) {
		if (!syncobj)
			return -ENOENT;
		fence = aie_drm_syncobj_fence(syncobj);
		if (!fence)
			return -EINVAL;
		syncobj = NULL;
	} else {
		if (!syncobj)
			return -EINVAL;
		aie_drm_syncobj_get(syncobj);
	}
	fd = publish(file->device, syncobj, fence);
	if (fd < 0)
		return fd;
	args->fd = fd;
	return 0;
}

int aie_drm_syncobj_fd_to_handle(struct aie_drm_file *file, void *argument)
{
	struct drm_syncobj_handle *args = argument;
	struct aie_drm_syncobj *syncobj;
	struct aie_drm_sync_file *entry;
	int result;

	if (args->pad || (args->flags & ~(uint32_t)DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE))
		return -EINVAL;
	entry = find(file->device, args->fd);
	if (args->flags) {
		if (!entry || !entry->fence)
			return -EINVAL;
		syncobj = aie_drm_handle_find(&file->syncobjs, args->handle);
		return syncobj ? aie_drm_syncobj_replace(file->device, syncobj, entry->fence) : -ENOENT;
	}
	if (!entry || !entry->syncobj)
		return -EINVAL;
	result = aie_drm_handle_add(&file->syncobjs, entry->syncobj, &args->handle);
	if (!result)
		aie_drm_syncobj_get(entry->syncobj);
	return result;
}
