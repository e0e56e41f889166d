/* Which descriptors of the process are ours, and what stands behind them.
 *
 * Every descriptor given out is a real one, so that close-on-exec, inheritance, poll and the numbering are the
 * kernel's:
 *   device      a timer that never fires.  Like the driver's node it is never readable and its read blocks, it can be
 *               polled, selected and put into an epoll set, and its unused interval carries a number by which it is
 *               recognised again.
 *   directory   the real one where there is one, elsewhere an empty sealed memory file; recognised by inode.
 *   sysfs file  a sealed memory file with the contents; recognised by inode.
 *
 * A record is looked up without a lock; one that was closed behind our back (by a raw system call) is noticed by the
 * identity above, so that a descriptor which has become something else is left alone.  Nothing here allocates or locks
 * for descriptors that were never ours.
 */
#ifndef AIE_SIM_DRM_PRELOAD_FDS_H
#define AIE_SIM_DRM_PRELOAD_FDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct aie_drm_file;
struct aie_preload_node;

/* An open file description: what duplicates share.  The device's file ends with the last descriptor and the last call
 * on one (the driver gives contexts up when a descriptor is closed, mapped or not); the record stays for its mappings.
 */
struct aie_preload_open {
	unsigned users;    /* descriptors, calls in progress */
	unsigned mappings; /* records of mappings */
	struct aie_preload_open *next_free;
	const struct aie_preload_node *node;
	bool device;               /* the node itself, opened for use */
	struct aie_drm_file *file; /* NULL in a child of fork: the device stays with the parent */
	int access;                /* O_RDONLY, O_WRONLY, O_RDWR */
	long cookie_s, cookie_ns;  /* device: what the timer carries */
	dev_t dev;                 /* others */
	ino_t ino;
};

void aie_preload_fds_start(void);

/* Quick, no lock: may `fd` be one of ours?  No false negatives. */
bool aie_preload_fd_suspected(int fd);
/* A reference to what `fd` is, NULL when it is not ours. */
struct aie_preload_open *aie_preload_fd_get(int fd);
void aie_preload_open_put(struct aie_preload_open *open);
/* Take over a new device descriptor or directory. -1 with errno, nothing changed. */
int aie_preload_fd_add_device(int fd, const struct aie_preload_node *node, struct aie_drm_file *file, int access);
int aie_preload_fd_add_node(int fd, const struct aie_preload_node *node);

/* A timer for a device descriptor; `flags`: O_CLOEXEC, O_NONBLOCK. */
int aie_preload_fd_create(int flags);

/* close, dup and their kind, with the records kept. */
int aie_preload_fd_close(int fd);
int aie_preload_fd_dup2(int from, int to, int flags, bool third);
int aie_preload_fd_adopt(int from, int to); /* `to` is a fresh duplicate of `from`: returns `to` */
int aie_preload_fd_close_range(unsigned first, unsigned last, int flags);

/* The node behind a descriptor; NULL when it is not ours. */
const struct aie_preload_node *aie_preload_fd_node(int fd);
const struct aie_preload_node *aie_preload_fd_directory(int fd); /* only directories */

/* In this process, and not in a child that shares or copied our memory without our knowing (vfork, raw clone)? */
bool aie_preload_here(void);

/* Mappings of the device. */
int aie_preload_map_add(struct aie_preload_open *open, uintptr_t start, uintptr_t end); /* takes its own reference */
/* Forget what [start, end) holds; returns whether anything there was ours. */
bool aie_preload_map_touched(uintptr_t start, uintptr_t end);
/* Unmap all of ours in [start, end) with what lies between; every address once.  0 or -1 with errno. */
int aie_preload_map_remove(uintptr_t start, uintptr_t end);

#endif
