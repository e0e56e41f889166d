/* What the files of sim/drm share.  Everything here is guarded by the device's lock; functions are called with it held
 * unless they say otherwise, and return 0 or a negative errno as kernel code does.
 */
#ifndef AIE_SIM_DRM_INTERNAL_H
#define AIE_SIM_DRM_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "driver/client/amdxdna_uapi.h"
#include "driver/profile.h"
#include "isa/error.h"
#include "sim/array/array.h"
#include "sim/drm/drm.h"
#include "sim/firmware/firmware.h"

/* ---- what the model says it is ---------------------------------------------------------------------------------- */

enum {
	AIE_DRM_PAGE = 4096,
	/* Interface level 0.8: up to the memory use of a process.  Queries of later levels (core dump, tile access,
	 * firmware log and trace) answer EOPNOTSUPP, as an older kernel does. */
	AIE_DRM_VERSION_MAJOR = 0,
	AIE_DRM_VERSION_MINOR = 8,
	AIE_DRM_COLUMNS = 8,
	AIE_DRM_CORE_ROWS = 4,
	AIE_DRM_CONTEXT_LIMIT = 16,       /* (documented: npu4 family) */
	AIE_DRM_CONTEXT_IDS = 1024,       /* ids 1..1024, given out in turn over the whole device */
	AIE_DRM_CONTEXT_HEAP_BUFFERS = 4, /* command ring slots, 4 KiB each, that a context takes from the heap */
	AIE_DRM_RING_SLOT_BYTES = 4096,
	AIE_DRM_DESTROY_WAIT_MS = 2000,
	/* Whoever waits for one of the four places of a context is woken when so many commands are left: waking for
	 * each command would cost more than the command. */
	AIE_DRM_WAKE_IN_FLIGHT = 1,
	AIE_DRM_OPS_PER_CYCLE_AND_COLUMN = 4096, /* (documented: npu4, used in the QoS check) */
	AIE_DRM_CLOCK_LEVELS = 8,
	AIE_DRM_MAX_VA_ENTRIES = 1 << 22, /* of a user memory table: what the kernel could still allocate */
	AIE_DRM_BEAT_BYTES = 8, /* what a shim DMA channel moves in a cycle at most (measured, Strix: 7.5-8) */
	AIE_DRM_HEAP_CHUNKS = AMDXDNA_HEAP_LIMIT / AMDXDNA_HEAP_CHUNK,
};

/* ---- sleeping --------------------------------------------------------------------------------------------------- */

/* Something threads wait for. */
struct aie_drm_event {
	_Atomic uint32_t count; /* of changes */
	unsigned sleepers;
};
void aie_drm_wake(struct aie_drm_event *event);
/* Wait, with the lock released, for a wake, or until `deadline` of the monotonic clock unless it is NULL: 0, also
 * without reason, -ETIME, or -EINTR when a signal handler ran. */
int aie_drm_sleep(struct aie_drm_device *device, struct aie_drm_event *event, const struct timespec *deadline);

/* ---- handles ---------------------------------------------------------------------------------------------------- */

/* Lowest free handle first, from 1. */
struct aie_drm_handles {
	void **slot;
	uint32_t capacity;
};
int aie_drm_handle_add(struct aie_drm_handles *handles, void *object, uint32_t *handle);
void *aie_drm_handle_find(const struct aie_drm_handles *handles, uint32_t handle);
void *aie_drm_handle_remove(struct aie_drm_handles *handles, uint32_t handle);
void aie_drm_handles_free(struct aie_drm_handles *handles);

/* ---- user memory ------------------------------------------------------------------------------------------------ */

/* 0 or -EFAULT; any address is allowed. */
int aie_drm_copy_in(void *destination, uint64_t user, size_t size);
int aie_drm_copy_out(uint64_t user, const void *source, size_t size);

/* ---- buffers ---------------------------------------------------------------------------------------------------- */

struct aie_drm_bo {
	unsigned references; /* handle, mappings, jobs, contexts, DEV buffers lying in a heap chunk */
	bool open;           /* still has its handle */
	bool imported;       /* memory that this file did not allocate */
	bool user_memory;    /* the program's own memory: host is its address, nothing is freed */
	int fd;              /* of the pages, -1 when there is none */
	dev_t device;        /* what fd was when it was opened */
	ino_t inode;
	uint32_t debug_context;              /* id of the context it is the debug buffer of, 0 = none */
	struct aie_drm_bo *next_user_memory; /* of the file's list */
	uint32_t type;                       /* enum amdxdna_bo_type */
	uint64_t size;                       /* bytes, whole pages */
	uint8_t *host;                       /* the device's own mapping */
	uint64_t map_offset;                 /* all ones for DEV */
	uint64_t npu;                        /* heap chunks and DEV: address the NPU uses */
	uint64_t user;                       /* first mapping in the process, all ones when there is none */
	bool vanished;                       /* was mapped and no longer is */
	unsigned chunk;                      /* heap chunks: position */
	struct aie_drm_file *file;
};

struct aie_drm_mapping {
	uint64_t start, end;
	struct aie_drm_bo *bo;
};

struct aie_drm_range {
	uint64_t start, end; /* NPU addresses */
};

/* The 512 MiB of NPU address space that heap chunks fill from the bottom, and the DEV ranges carved out of it. */
struct aie_drm_heap {
	uint8_t *reservation; /* host address space for all chunks, so that ranges across chunks are contiguous */
	struct aie_drm_bo *chunk[AIE_DRM_HEAP_CHUNKS];
	struct aie_drm_range *range; /* in use, rising */
	size_t range_count, range_capacity;
};

int aie_drm_create_bo(struct aie_drm_file *file, void *argument);
int aie_drm_get_bo_info(struct aie_drm_file *file, void *argument);
int aie_drm_sync_bo(struct aie_drm_file *file, void *argument);
int aie_drm_gem_close(struct aie_drm_file *file, void *argument);
void aie_drm_bo_get(struct aie_drm_bo *bo);
void aie_drm_bo_put(struct aie_drm_bo *bo);
uint64_t aie_drm_bo_npu_address(const struct aie_drm_bo *bo); /* all ones when not known yet */
/* NULL when there is none. */
struct aie_drm_bo *aie_drm_bo_find(const struct aie_drm_file *file, uint32_t handle);
struct aie_drm_bo *aie_drm_bo_of_offset(const struct aie_drm_file *file, uint64_t offset);
void *aie_drm_map(struct aie_drm_file *file, void *address, size_t length, int protection, int flags, off_t offset,
                  int *result);
void aie_drm_untrack(struct aie_drm_file *file, uint64_t start, uint64_t end);
void aie_drm_file_release_buffers(struct aie_drm_file *file);

/* Give a new buffer its place among the file's buffers and a handle; releases it on failure. */
int aie_drm_bo_publish(struct aie_drm_file *file, struct aie_drm_bo *bo, uint32_t *handle);
/* The memory as the device's threads may touch it, NULL when the program took its own memory away. */
uint8_t *aie_drm_bo_memory(const struct aie_drm_bo *bo);

/* Pages for bo->size bytes, with bo->host and a descriptor; at `at` unless it is NULL.  0 or a negative errno. */
int aie_drm_memory_create(struct aie_drm_bo *bo, void *at);
int aie_drm_memory_import(struct aie_drm_bo *bo, int fd);                                  /* also sets bo->size */
int aie_drm_memory_export(const struct aie_drm_bo *bo, bool writable, bool close_on_exec); /* the descriptor */
bool aie_drm_memory_same(const struct aie_drm_bo *bo, int fd);
int aie_drm_memory_fd(const struct aie_drm_bo *bo); /* -1 when it is gone */
void aie_drm_memory_release(struct aie_drm_bo *bo);
int aie_drm_high_fd(int fd); /* move a descriptor out of the way of the program's; -1 when there is no room */
bool aie_drm_user_writable(uint64_t start, uint64_t end);
bool aie_drm_user_mapped(uint64_t start, uint64_t size);

int aie_drm_prime_handle_to_fd(struct aie_drm_file *file, void *argument);
int aie_drm_prime_fd_to_handle(struct aie_drm_file *file, void *argument);
int aie_drm_create_from_table(struct aie_drm_file *file, uint64_t vaddr, struct aie_drm_bo **bo);
void aie_drm_unwrap_user_memory(struct aie_drm_bo *bo);

int aie_drm_heap_create_chunk(struct aie_drm_file *file, uint64_t size, struct aie_drm_bo **bo);
int aie_drm_heap_create_range(struct aie_drm_file *file, uint64_t size, struct aie_drm_bo **bo);
void aie_drm_heap_release(struct aie_drm_bo *bo); /* of a chunk or DEV buffer that goes away */
bool aie_drm_heap_exists(const struct aie_drm_file *file);
uint64_t aie_drm_heap_user_address(const struct aie_drm_file *file, uint64_t npu); /* all ones when not mapped */
void aie_drm_heap_free(struct aie_drm_heap *heap);

/* ---- fences and syncobjs ---------------------------------------------------------------------------------------- */

struct aie_drm_fence {
	unsigned references;
	bool signaled;
	uint64_t serial; /* of the command, over the whole device; 0 when it is no command's */
};
struct aie_drm_fence *aie_drm_fence_create(uint64_t serial);
void aie_drm_fence_put(struct aie_drm_fence *fence);

struct aie_drm_syncobj;
struct aie_drm_syncobj *aie_drm_syncobj_alloc(void);
void aie_drm_syncobj_put(struct aie_drm_syncobj *syncobj);
void aie_drm_syncobj_get(struct aie_drm_syncobj *syncobj);
int aie_drm_syncobj_add_point(struct aie_drm_syncobj *syncobj, uint64_t point, struct aie_drm_fence *fence);
/* A reference to the newest fence, NULL when there is none. */
struct aie_drm_fence *aie_drm_syncobj_fence(const struct aie_drm_syncobj *syncobj);
int aie_drm_syncobj_replace(struct aie_drm_device *device, struct aie_drm_syncobj *syncobj,
                            struct aie_drm_fence *fence);
int aie_drm_syncobj_create(struct aie_drm_file *file, void *argument);
int aie_drm_syncobj_destroy(struct aie_drm_file *file, void *argument);
int aie_drm_syncobj_wait(struct aie_drm_file *file, void *argument);
int aie_drm_syncobj_timeline_wait(struct aie_drm_file *file, void *argument);
int aie_drm_syncobj_reset(struct aie_drm_file *file, void *argument);
int aie_drm_syncobj_signal(struct aie_drm_file *file, void *argument);
int aie_drm_syncobj_timeline_signal(struct aie_drm_file *file, void *argument);
int aie_drm_syncobj_query(struct aie_drm_file *file, void *argument);
int aie_drm_syncobj_transfer(struct aie_drm_file *file, void *argument);
int aie_drm_syncobj_handle_to_fd(struct aie_drm_file *file, void *argument);
int aie_drm_syncobj_fd_to_handle(struct aie_drm_file *file, void *argument);
void aie_drm_file_release_syncobjs(struct aie_drm_file *file);

struct aie_drm_sync_file;
/* Make the sync files readable whose fences signalled. */
void aie_drm_sync_files_tell(struct aie_drm_device *device);
void aie_drm_sync_files_free(struct aie_drm_device *device);

/* ---- contexts --------------------------------------------------------------------------------------------------- */

struct aie_drm_context {
	uint32_t id;
	struct aie_drm_file *file;
	struct amdxdna_qos qos;
	bool configured;
	struct aie_firmware_context firmware;
	struct aie_drm_bo *cu_bo[AMDXDNA_MAX_CUS];
	struct aie_drm_bo *ring[AIE_DRM_CONTEXT_HEAP_BUFFERS];
	struct aie_drm_syncobj *syncobj;
	uint64_t next_seq;
	unsigned in_flight;
	bool closing;
	uint64_t submissions, completions, preemptions, errors;
	uint32_t txn_op_idx; /* of the last failure; all ones when there was none */
	pid_t pid;
};

int aie_drm_create_hwctx(struct aie_drm_file *file, void *argument);
int aie_drm_destroy_hwctx(struct aie_drm_file *file, void *argument);
int aie_drm_config_hwctx(struct aie_drm_file *file, void *argument);
struct aie_drm_context *aie_drm_context_find(const struct aie_drm_file *file, uint32_t id);
/* Waits (lock released meanwhile) for running commands, aborts what is left, frees the context. */
void aie_drm_context_destroy(struct aie_drm_context *context);

/* ---- execution -------------------------------------------------------------------------------------------------- */

struct aie_drm_job {
	struct aie_drm_job *next;
	struct aie_drm_context *context;
	struct aie_drm_fence *fence;
	struct aie_drm_bo *packet; /* NULL for the driver's own commands, which only take their turn */
	struct aie_drm_bo **bo;    /* arguments */
	size_t bo_count;
	bool queued; /* the command before it had not been waited for when this one was submitted */
};

/* Memory the NPU sees while a job runs: buffers mapped when it started. */
struct aie_drm_region {
	uint64_t start, end;
	uint8_t *host;
};

int aie_drm_exec_cmd(struct aie_drm_file *file, void *argument);
/* Let a command of the driver's own take its turn in the context and wait for it (lock released meanwhile).  It uses up
 * a sequence number.  0, or a negative errno when the context went away. */
int aie_drm_take_turn(struct aie_drm_file *file, uint32_t context);
int aie_drm_wait_cmd(struct aie_drm_file *file, void *argument);
void *aie_drm_worker(void *device);
/* Take the context's waiting jobs out of the queue; they end as ABORT. */
void aie_drm_abort_queued(struct aie_drm_context *context);
/* To be called before or after the mappings of a file, its heap or its user memory change. */
void aie_drm_regions_changed(const struct aie_drm_file *file);
void *aie_drm_translate(void *device, uint64_t address, uint64_t size, bool write); /* worker only, no lock */
/* Append to a text about the last address that was in no buffer how far it lies behind the nearest one; nothing when
 * there was none since aie_drm_forget_miss(), or nothing is near.  Worker only. */
void aie_drm_describe_miss(const struct aie_drm_device *device, char *text, size_t size);
void aie_drm_forget_miss(struct aie_drm_device *device);
/* What a running command needs of the device's state, and what it adds to it: so that a command takes the lock once
 * before it and once after it. */
struct aie_drm_run {
	struct aie_firmware_context firmware;
	bool force_preempt;
	uint64_t commands, cycles, configure_cycles, dispatch_cycles, preemptions;
};
void aie_drm_begin_run(const struct aie_drm_device *device, const struct aie_drm_job *job, struct aie_drm_run *run);
void aie_drm_end_run(struct aie_drm_device *device, const struct aie_drm_job *job, const struct aie_drm_run *run);
/* The packet runner (packet.c): called by the worker without the lock; returns the state to write, or 0 for a packet
 * that is rejected and stays as it is. */
unsigned aie_drm_run_packet(struct aie_drm_device *device, struct aie_drm_job *job, struct aie_drm_run *run);

/* ---- queries ---------------------------------------------------------------------------------------------------- */

int aie_drm_version(struct aie_drm_file *file, void *argument);
int aie_drm_get_cap(struct aie_drm_file *file, void *argument);
int aie_drm_get_info(struct aie_drm_file *file, void *argument);
int aie_drm_info_status(struct aie_drm_device *device, const struct amdxdna_get_info *args);
int aie_drm_get_array(struct aie_drm_file *file, void *argument);
int aie_drm_set_state(struct aie_drm_file *file, void *argument);
bool aie_drm_is_capable(unsigned capability); /* CAP_... of this thread */
bool aie_drm_is_admin(void);                  /* CAP_SYS_ADMIN */
void aie_drm_account_busy(struct aie_drm_device *device, const struct aie_drm_context *context, uint64_t ns);

/* Clocks of a level of the npu4 table, 0 to 7. */
struct aie_drm_clock_level {
	uint16_t mp_npu_mhz, h_mhz;
};
const struct aie_drm_clock_level *aie_drm_clock_level(unsigned level);
/* Keep the worker from starting commands and wait for the running one: the array is the caller's until
 * aie_drm_resume(). */
void aie_drm_pause(struct aie_drm_device *device);
void aie_drm_resume(struct aie_drm_device *device);
/* Run on with the clocks of this level; the array starts anew.  0 or a negative errno; paused by the caller. */
int aie_drm_change_clock(struct aie_drm_device *device, unsigned level);

/* ---- device and files ------------------------------------------------------------------------------------------- */

struct aie_drm_file {
	struct aie_drm_device *device;
	struct aie_drm_file *next;
	struct aie_drm_handles bos, syncobjs;
	struct aie_drm_heap heap;
	struct aie_drm_mapping *mapping;
	size_t mapping_count, mapping_capacity;
	struct aie_drm_bo *user_memory; /* buffers made of the program's memory */
	pid_t pid;
};

struct aie_drm_device {
	pthread_mutex_t lock;
	pthread_cond_t work;         /* a job came, or stop */
	struct aie_drm_event change; /* a job ended, a fence signalled, a syncobj got a fence, a context went */
	struct aie_drm_event room;   /* a context that had no place for a command has some again, or went */
	pthread_t worker;
	bool stop;
	unsigned pauses;

	char *profile_text;    /* of the array model, at the highest clock */
	unsigned level;        /* of the clock table */
	uint32_t clock_mhz;    /* of the array */
	uint64_t slice_cycles; /* a context goes on for this long while it has commands; 0: strictly first come */
	double ddr_bytes_per_cycle, shim_bytes_per_cycle; /* ceilings, for reports */
	struct aie_array *array;       /* worker's, or anyone's while the lock is held and no job runs */
	struct aie_firmware *firmware; /* same */

	struct aie_drm_file *files;
	struct aie_drm_context *context[AIE_DRM_CONTEXT_LIMIT];
	uint32_t last_context_id;
	uint64_t last_context_serial; /* never repeats, unlike the id */
	uint64_t next_map_offset;     /* one space of offsets for all files, as in the kernel */
	uint64_t locked_bytes;        /* of the program's memory */
	struct aie_drm_sync_file *sync_files;

	struct aie_drm_job *queue, **queue_end, *running;
	const struct aie_drm_context *turn;     /* whose command ran last; compared only */
	uint64_t turn_start;                    /* array cycle at which its turn began */
	atomic_bool cancel;                     /* the running job's context goes away */
	uint64_t last_serial, observed_serial;  /* given to a command, seen completed by a wait or query */
	struct aie_drm_region *region;          /* of the running job, rising */
	struct aie_drm_bo **held;               /* keeps their memory */
	const struct aie_drm_file *region_file; /* whose regions they are, NULL: none */
	bool regions_stale;                     /* it changed its mappings while the command runs */
	size_t region_count, region_capacity, region_last, held_count;
	bool has_missed;
	uint64_t missed; /* the last address that the running command found in no buffer */

	uint8_t power_mode, force_preempt, frame_preempt;
	uint64_t busy_ns[AIE_DRM_COLUMNS], busy_since; /* host time; since the last look at the sensors */
	bool has_async_error;
	struct amdxdna_async_error async_error;

	struct aie_profile profile; /* command times, waits and fault; the rest comes from the array */
	bool program_counters;
	char *wait_graph;                   /* of the last command that hung */
	char *checks;                       /* handed out by the last profile call */
	uint64_t *pc_counters;              /* handed out by the last profile call */
	struct aie_profile_history history; /* likewise */
	bool history_on;
	struct aie_profile_record *record;     /* handed out by the last aie_drm_device_records() */
	struct aie_firmware_progress progress; /* of the command that runs, or ran last */
};

/* ---- profile.c ---- */

/* Record everything from now on, or end that.  -1: no memory. */
int aie_drm_device_record(struct aie_drm_device *device, bool on);
/* What was recorded, the device's until the next call: 0 or a negative errno. */
int aie_drm_device_records(struct aie_drm_device *device, struct aie_profile_records *records);

/* ---- history.c ---- */

/* Record from now on what the history of a profile needs, or end that. */
void aie_drm_history_start(struct aie_drm_device *device, bool on);
/* Make the history of the last `cycles` cycles: 0 and profile->history, or -ENOMEM. */
int aie_drm_history_fill(struct aie_drm_device *device, struct aie_profile *profile, uint64_t cycles);
void aie_drm_history_free(struct aie_drm_device *device);

#endif
