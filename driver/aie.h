/* libaie: run NPU images through the amdxdna interface, on the real device or on the model.
 *
 * Objects: a device (one open node), contexts on it (columns, configured with the PDIs of an xclbin, or bare), programs
 * (a kernel of a control-code ELF loaded into a context), buffers, commands.  No global state.
 *
 * Threads: different objects may be used by different threads at the same time, also when they belong to the same
 * device or context: eight threads may each submit and wait for commands of their own in one context.  One object is
 * for one thread at a time, except that any number of threads may at once: query a device, read or flush a buffer,
 * create commands from a context or a program, and wait for or poll the same submitted command.  An object must outlive
 * what was made from it (device: all; context: its programs and commands; buffers: the commands that name them).
 *
 * Errors: a failing function returns -1 or NULL, changes nothing, and fills the caller's error object: which call on
 * which node, the errno (error.sys_errno) and what it means.  Interrupted calls are repeated.  When the device is lost
 * (hot-unplugged, firmware dead) calls fail with ENODEV; close what is open and open anew.
 */
#ifndef AIE_DRIVER_AIE_H
#define AIE_DRIVER_AIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/profile.h"
#include "isa/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct aie_device;
struct aie_context;
struct aie_program;
struct aie_buffer;
struct aie_command;

/* ---- device ---- */

enum { AIE_DEVICE_NAME = 64, AIE_DEVICE_TEXT = 128 };

struct aie_device_entry {
	char name[AIE_DEVICE_NAME]; /* for aie_device_open */
	char text[AIE_DEVICE_TEXT]; /* what it is: "npu4 (Strix) at 0000:c5:00.1" */
	bool simulated;
	bool usable; /* an NPU this library can drive */
};
/* What there is: NPUs on the machine by node number, then the model when it is linked in.  Fills at most `capacity`
 * entries and returns how many there are.  Opens nothing. */
size_t aie_device_enumerate(struct aie_device_entry *entries, size_t capacity);

/* `name`: "auto" (a real NPU if there is one, else the model), "sim" or "sim:npu4,OPTIONS" (the model, must be linked
 * in), the path of a node ("/dev/accel/accel0"), or its number ("0").  Returns NULL on failure. */
struct aie_device *aie_device_open(const char *name, struct aie_error *error);
void aie_device_close(struct aie_device *device); /* NULL is allowed; contexts and buffers must be gone */

struct aie_device_info {
	char driver[32]; /* "amdxdna_accel_driver" */
	int version_major, version_minor;
	bool simulated;         /* opened through the model's transport */
	unsigned columns, rows; /* of the array */
	unsigned core_rows;
	char clock_name[2][16]; /* "MP-NPU Clock", "H Clock" */
	unsigned clock_mhz[2];
};
int aie_device_info(struct aie_device *device, struct aie_device_info *info, struct aie_error *error);

/* ---- queries: AIE_ERROR_DEVICE with EOPNOTSUPP for what this driver or machine does not answer ---- */

struct aie_tile_info {
	unsigned rows, first_row, dma_channels, locks, event_registers;
};
struct aie_device_versions {
	unsigned array[2];     /* of the array interface: major, minor */
	unsigned firmware[4];  /* major, minor, patch, build */
	unsigned status_bytes; /* of a column in aie_device_status */
	struct aie_tile_info core, memory, shim;
};
int aie_device_versions(struct aie_device *device, struct aie_device_versions *versions, struct aie_error *error);

struct aie_device_resources {
	uint64_t clock_mhz_max, tops_max, contexts_max, tops, contexts; /* the last two: now */
};
int aie_device_resources(struct aie_device *device, struct aie_device_resources *resources, struct aie_error *error);

enum aie_power_mode { AIE_POWER_DEFAULT, AIE_POWER_LOW, AIE_POWER_MEDIUM, AIE_POWER_HIGH, AIE_POWER_TURBO };
int aie_device_power_mode(struct aie_device *device, enum aie_power_mode *mode, struct aie_error *error);
/* Needs CAP_SYS_ADMIN.  On hardware a rise takes some seconds. */
int aie_device_set_power_mode(struct aie_device *device, enum aie_power_mode mode, struct aie_error *error);

/* Preemption: forced at every point of a preemptible stream (for tests), or only between commands. */
enum aie_preemption { AIE_PREEMPTION_FORCED, AIE_PREEMPTION_FRAME_BOUNDARY };
int aie_device_preemption(struct aie_device *device, enum aie_preemption which, bool *on, struct aie_error *error);
int aie_device_set_preemption(struct aie_device *device, enum aie_preemption which, bool on, struct aie_error *error);

enum aie_sensor_type { AIE_SENSOR_POWER, AIE_SENSOR_UTILISATION, AIE_SENSOR_TEMPERATURE };
struct aie_sensor {
	char label[64], units[16], status[64];
	uint32_t value, average, highest, maximum;
	int scale; /* value x 10^scale in `units` */
	enum aie_sensor_type type;
};
/* Fills at most `capacity`; *count: how many. */
int aie_device_sensors(struct aie_device *device, struct aie_sensor *sensors, size_t capacity, size_t *count,
                       struct aie_error *error);

struct aie_context_state {
	uint32_t id, start_column, columns, firmware_id;
	int64_t pid;
	uint64_t submissions, completions, migrations, preemptions, errors, suspensions;
	uint64_t priority, heap_bytes;
	bool active;
	uint32_t gops, fps, dma_bandwidth, latency_ms, frame_exec_time;
	uint32_t pasid; /* of its address space */
	char name[17];  /* of its program, where the driver tells */
	/* Of its last failure, all ones when not known. */
	uint32_t transaction_op, program_counter, fatal_type, exception_type, exception_pc, module;
};
/* All contexts on the device that this user may see.  The first drivers (interface 0.0) tell only id, columns, pid and
 * counts; what they do not tell is 0, or all ones for the last failure. */
int aie_device_contexts(struct aie_device *device, struct aie_context_state *contexts, size_t capacity, size_t *count,
                        struct aie_error *error);
int aie_context_state(struct aie_context *context, struct aie_context_state *state, struct aie_error *error);

struct aie_async_error {
	uint64_t code, time_us;
	unsigned number, driver, severity, module, class; /* parts of the code */
	unsigned column, row;
};
/* The last error the array reported by itself; *any false when there was none. */
int aie_device_async_error(struct aie_device *device, struct aie_async_error *last, bool *any, struct aie_error *error);

struct aie_buffer_usage {
	uint64_t total, internal, heap; /* bytes */
};
int aie_device_buffer_usage(struct aie_device *device, int64_t pid, struct aie_buffer_usage *usage,
                            struct aie_error *error);

/* The firmware's dump of the columns in use, `status_bytes` each (aie_device_versions); `columns`: bit map of them. */
int aie_device_status(struct aie_device *device, void *data, size_t size, uint32_t *columns, struct aie_error *error);
/* The firmware's telemetry records of a type, behind a header of 80 bytes (16 of versions, 16 context numbers). Needs
 * CAP_SYS_ADMIN. */
int aie_device_telemetry(struct aie_device *device, uint32_t type, void *data, size_t size, struct aie_error *error);
/* Registers and memories of all tiles as a context left them, a MiB a tile: `size` must be aie_device_dump_bytes().
 * From interface 0.11. */
size_t aie_device_dump_bytes(const struct aie_device *device);
int aie_context_core_dump(struct aie_context *context, void *data, size_t size, struct aie_error *error);

/* What the driver offers beyond this, or a later one: its GET_INFO, GET_ARRAY and SET_STATE with a parameter number and
 * the layout of its documentation (firmware log and trace, access to tiles, ...).
 * Query: *size is the room at `data`, afterwards what the driver says.  Array: *element and *count likewise. */
int aie_device_query(struct aie_device *device, uint32_t parameter, void *data, uint32_t *size,
                     struct aie_error *error);
int aie_device_query_array(struct aie_device *device, uint32_t parameter, void *data, uint32_t *element,
                           uint32_t *count, struct aie_error *error);
int aie_device_set(struct aie_device *device, uint32_t parameter, const void *data, uint32_t size,
                   struct aie_error *error);

/* ---- buffers ---- */

enum aie_buffer_kind {
	AIE_BUFFER_HOST,        /* SHARE: kernel arguments, among them the buffer a trace goes to */
	AIE_BUFFER_INSTRUCTION, /* DEV: instruction streams, debug output; of the device heap, 512 MiB in all */
};
/* Size in bytes, > 0; the memory behind it is whole pages.  Contents zero.  Mapped at creation.  AIE_ERROR_MEMORY, or
 * AIE_ERROR_DEVICE with ENOSPC or EAGAIN when the heap is full; an instruction buffer above 512 MiB: EINVAL. */
struct aie_buffer *aie_buffer_create(struct aie_device *device, size_t size, enum aie_buffer_kind kind,
                                     struct aie_error *error);
void aie_buffer_destroy(struct aie_buffer *buffer); /* NULL is allowed; no command that names it may be in flight */
/* A HOST buffer of the caller's own memory: `data` and `size` in whole pages, readable and writable.  It counts against
 * the limit of locked memory (ulimit -l) and must stay mapped until the buffer is destroyed. */
struct aie_buffer *aie_buffer_wrap(struct aie_device *device, void *data, size_t size, struct aie_error *error);
/* A dma-buf descriptor of a HOST buffer that was not wrapped (the caller's to close; otherwise EOPNOTSUPP), and a
 * buffer from one, on this or another open device: the same memory, its size in whole pages.  The import keeps no
 * descriptor.  AIE_ERROR_INPUT: the descriptor is none of a buffer. */
int aie_buffer_export(struct aie_buffer *buffer, int *fd, struct aie_error *error);
struct aie_buffer *aie_buffer_import(struct aie_device *device, int fd, struct aie_error *error);
void *aie_buffer_data(struct aie_buffer *buffer); /* host address, page aligned */
size_t aie_buffer_size(const struct aie_buffer *buffer);
uint64_t aie_buffer_address(const struct aie_buffer *buffer); /* as the NPU sees it, without the shim's aperture */
/* Make host writes visible to the NPU / NPU writes visible to the host.  Offset and size in bytes; AIE_ERROR_INPUT when
 * the range leaves the buffer. */
int aie_buffer_flush(struct aie_buffer *buffer, size_t offset, size_t size, struct aie_error *error);
int aie_buffer_invalidate(struct aie_buffer *buffer, size_t offset, size_t size, struct aie_error *error);

/* ---- contexts ---- */

enum aie_priority {
	AIE_PRIORITY_REALTIME = 0x100,
	AIE_PRIORITY_HIGH = 0x180,
	AIE_PRIORITY_NORMAL = 0x200,
	AIE_PRIORITY_LOW = 0x280
};
/* Zeros demand nothing; a demand that the device cannot meet is refused. */
struct aie_qos {
	uint32_t gops;              /* 10^9 operations a workload */
	uint32_t fps;               /* workloads a second */
	uint32_t latency_ms;        /* allowed for one */
	uint32_t dma_bandwidth;     /* MB/s, informational */
	uint32_t frame_exec_time;   /* informational */
	enum aie_priority priority; /* 0: normal */
};
/* A context of this many columns without a configuration: for control-code ELFs that bring their own.  `qos` may be
 * NULL here and below. */
struct aie_context *aie_context_create(struct aie_device *device, unsigned columns, const struct aie_qos *qos,
                                       struct aie_error *error);
/* Create a hardware context for the AIE_PARTITION of an xclbin in memory, which is not kept, and configure its CUs.
 * `kernel` names the kernel ("MLIR_AIE" or "MLIR_AIE:INSTANCE") or is NULL for the only one.  AIE_ERROR_INPUT: no
 * xclbin, or no such kernel in it; AIE_ERROR_DEVICE with EINVAL: no free context (16 in all), or a demand that cannot
 * be met. */
struct aie_context *aie_context_create_xclbin(struct aie_device *device, const void *xclbin, size_t size,
                                              const char *kernel, struct aie_error *error);
struct aie_context *aie_context_create_xclbin_qos(struct aie_device *device, const void *xclbin, size_t size,
                                                  const char *kernel, const struct aie_qos *qos,
                                                  struct aie_error *error);
/* NULL is allowed.  Commands in flight end as AIE_COMMAND_ABORTED; destroy them first. */
void aie_context_destroy(struct aie_context *context);
unsigned aie_context_columns(const struct aie_context *context);
uint32_t aie_context_id(const struct aie_context *context); /* over the whole device */
/* Attach or detach an INSTRUCTION buffer for the firmware's debug output; once attached, aie_buffer_invalidate() brings
 * the output in.  Both wait for the context's commands before them. */
int aie_context_attach_debug(struct aie_context *context, struct aie_buffer *buffer, struct aie_error *error);
int aie_context_detach_debug(struct aie_context *context, struct aie_buffer *buffer, struct aie_error *error);
/* Wait until the command with this number (aie_command_sequence) and all before it have ended, however; < 0 ms = for
 * ever.  AIE_ERROR_DEVICE with ETIME when the time is over, with EINVAL when no command has the number yet. */
int aie_context_wait(struct aie_context *context, uint64_t sequence, int timeout_ms, struct aie_error *error);
/* A sync file of the newest submitted command, readable for poll(2) when it has ended; the caller's to close. */
int aie_context_export_fence(struct aie_context *context, int *fd, struct aie_error *error);

/* ---- programs: control-code ELF ---- */

/* Columns a full ELF wants, 0 when the file does not say (the plain form runs in an xclbin's context). */
int aie_elf_columns(const void *elf, size_t size, unsigned *columns, struct aie_error *error);
/* Load a kernel of an ELF ("KERNEL:INSTANCE", "KERNEL" with one instance, NULL for the only one) into a context: made
 * by aie_context_create() for the full form, from the xclbin for the plain one.  The bytes are copied. */
struct aie_program *aie_program_open(struct aie_context *context, const void *elf, size_t size, const char *name,
                                     struct aie_error *error);
void aie_program_close(struct aie_program *program);
unsigned aie_program_arguments(const struct aie_program *program);
/* One run of the program with these buffers; each command has its own patched copy of the control code, so any number
 * may be in flight. */
struct aie_command *aie_command_create_program(struct aie_program *program, struct aie_buffer *const *arguments,
                                               size_t argument_count, struct aie_error *error);

/* ---- commands ---- */

/* START_CU with opcode 3: run the transaction stream in `instructions` (AIE_BUFFER_INSTRUCTION, `instruction_bytes` of
 * it) on the context's kernel with the given argument buffers (at most 5 for mlir-aie's register map).  The stream is
 * read here and again at each run.  AIE_ERROR_INPUT: the stream is malformed or names an argument that is not given,
 * there are more arguments than the kernel takes, or a buffer belongs to another open device; AIE_ERROR_UNSUPPORTED: an
 * operation that is refused, by name. */
struct aie_command *aie_command_create(struct aie_context *context, struct aie_buffer *instructions,
                                       size_t instruction_bytes, struct aie_buffer *const *arguments,
                                       size_t argument_count, struct aie_error *error);
/* START_NPU: run a stream whose addresses the caller has patched; with `save` and `restore` the preemptible form.
 * `touched`: buffers that the stream's addresses lead to. */
struct aie_npu_stream {
	struct aie_buffer *instructions, *save, *restore; /* AIE_BUFFER_INSTRUCTION; the last two both or none */
	size_t instruction_bytes, save_bytes, restore_bytes;
};
struct aie_command *aie_command_create_npu(struct aie_context *context, const struct aie_npu_stream *stream,
                                           struct aie_buffer *const *touched, size_t touched_count,
                                           struct aie_error *error);
/* A run list: the commands one after another in one submission.  They must be of one kind and context, no lists
 * themselves, not submitted on their own meanwhile, and fit the driver's 4 KiB slot together (36 of mlir-aie's
 * form). */
struct aie_command *aie_command_create_list(struct aie_context *context, struct aie_command *const *commands,
                                            size_t count, struct aie_error *error);
/* A command that was submitted and has not ended is waited for. */
void aie_command_destroy(struct aie_command *command);
/* Hand the command to the driver and return; a command may be submitted again after it has ended, before that it is an
 * error.  Any number of commands may be in flight: when the context's four places are taken the call waits for one. */
int aie_command_submit(struct aie_command *command, struct aie_error *error);
uint64_t aie_command_sequence(const struct aie_command *command); /* of the last submission in the context, from 0 */
/* *done: has it ended, however? */
int aie_command_poll(struct aie_command *command, bool *done, struct aie_error *error);
/* Wait for completion; timeout in milliseconds, < 0 = for ever.  Fails (AIE_ERROR_DEVICE or AIE_ERROR_FAULT) when the
 * command ended in another state than COMPLETED; the text names the state and what the health record says. */
int aie_command_wait(struct aie_command *command, int timeout_ms, struct aie_error *error);

enum aie_command_state {
	AIE_COMMAND_IDLE,    /* not submitted */
	AIE_COMMAND_PENDING, /* waits or runs */
	AIE_COMMAND_COMPLETED,
	AIE_COMMAND_REJECTED, /* the driver did not like the packet */
	AIE_COMMAND_FAILED,   /* the firmware reports a failure */
	AIE_COMMAND_ABORTED,  /* the context was torn down, or another command of it never ended */
	AIE_COMMAND_TIMEOUT,  /* it did not come to an end */
};
struct aie_command_status {
	enum aie_command_state state;
	unsigned failed; /* lists: which command */
	/* TIMEOUT: the health record; all ones: not known. */
	uint32_t transaction_op, program_counter, fatal_type, exception_type, exception_pc, module;
};
const char *aie_command_state_name(enum aie_command_state state); /* "completed", ... */
/* How the last submission stands; a command that has ended keeps its state until it is submitted again. */
int aie_command_status(struct aie_command *command, struct aie_command_status *status, struct aie_error *error);

/* ---- profile (model only) ---- */

/* Reset the counters; `program_counters`: also count issues and stalls per bundle address. */
void aie_device_profile_reset(struct aie_device *device, bool program_counters);
/* Fill *profile with what happened since the reset.  AIE_ERROR_UNSUPPORTED on hardware. */
int aie_device_profile(struct aie_device *device, struct aie_profile *profile, struct aie_error *error);

/* Record everything that the array's units do from now on, beside its trace units and without changing its times, or
 * end that.  A reset of the profile ends it, too.  AIE_ERROR_UNSUPPORTED on hardware. */
int aie_device_record(struct aie_device *device, bool on, struct aie_error *error);
/* What was recorded; the device's until the next call on it. */
int aie_device_records(struct aie_device *device, struct aie_profile_records *records, struct aie_error *error);
/* How far the running command is; may be called while another thread waits for it.  False on hardware. */
bool aie_device_progress(struct aie_device *device, struct aie_profile_progress *progress);

#ifdef __cplusplus
}
#endif

#endif
