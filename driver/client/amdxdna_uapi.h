/* The amdxdna accelerator interface as numbers and layouts: what crosses the ioctl boundary between this driver and the
 * kernel (or the model's software device, which answers the same requests).
 *
 * Written from the published description of the interface (documented: amdxdna UAPI 0.x as in Linux 6.14 and later;
 * names are ours).  Little endian, natural alignment, no pointers: the same for 32- and 64-bit callers.  Requests of
 * the DRM core (VERSION, GEM_CLOSE, SYNCOBJ_*) come from libdrm's drm.h.
 */
#ifndef AIE_DRIVER_CLIENT_AMDXDNA_UAPI_H
#define AIE_DRIVER_CLIENT_AMDXDNA_UAPI_H

#include <stdint.h>

#include <drm.h>

#define AMDXDNA_DRIVER_NAME          "amdxdna_accel_driver"
#define AMDXDNA_DRIVER_DESCRIPTION   "AMD XDNA DRM implementation"
#define AMDXDNA_PCI_DRIVER_DIRECTORY "/sys/bus/pci/drivers/amdxdna"

#define AMDXDNA_INVALID_ADDRESS  UINT64_MAX
#define AMDXDNA_INVALID_HANDLE   0U
#define AMDXDNA_INVALID_DOORBELL UINT32_MAX

/* ---- requests --------------------------------------------------------------------------------------------------- */

enum amdxdna_request {
	AMDXDNA_CREATE_HWCTX,
	AMDXDNA_DESTROY_HWCTX,
	AMDXDNA_CONFIG_HWCTX,
	AMDXDNA_CREATE_BO,
	AMDXDNA_GET_BO_INFO,
	AMDXDNA_SYNC_BO,
	AMDXDNA_EXEC_CMD,
	AMDXDNA_GET_INFO,
	AMDXDNA_SET_STATE,
	AMDXDNA_WAIT_CMD,
	AMDXDNA_GET_ARRAY,
	AMDXDNA_REQUESTS
};

#define AMDXDNA_IOWR(name, type)    DRM_IOWR(DRM_COMMAND_BASE + (name), type)
#define AMDXDNA_IOCTL_CREATE_HWCTX  AMDXDNA_IOWR(AMDXDNA_CREATE_HWCTX, struct amdxdna_create_hwctx)
#define AMDXDNA_IOCTL_DESTROY_HWCTX AMDXDNA_IOWR(AMDXDNA_DESTROY_HWCTX, struct amdxdna_destroy_hwctx)
#define AMDXDNA_IOCTL_CONFIG_HWCTX  AMDXDNA_IOWR(AMDXDNA_CONFIG_HWCTX, struct amdxdna_config_hwctx)
#define AMDXDNA_IOCTL_CREATE_BO     AMDXDNA_IOWR(AMDXDNA_CREATE_BO, struct amdxdna_create_bo)
#define AMDXDNA_IOCTL_GET_BO_INFO   AMDXDNA_IOWR(AMDXDNA_GET_BO_INFO, struct amdxdna_get_bo_info)
#define AMDXDNA_IOCTL_SYNC_BO       AMDXDNA_IOWR(AMDXDNA_SYNC_BO, struct amdxdna_sync_bo)
#define AMDXDNA_IOCTL_EXEC_CMD      AMDXDNA_IOWR(AMDXDNA_EXEC_CMD, struct amdxdna_exec_cmd)
#define AMDXDNA_IOCTL_GET_INFO      AMDXDNA_IOWR(AMDXDNA_GET_INFO, struct amdxdna_get_info)
#define AMDXDNA_IOCTL_SET_STATE     AMDXDNA_IOWR(AMDXDNA_SET_STATE, struct amdxdna_get_info)
#define AMDXDNA_IOCTL_WAIT_CMD      DRM_IOW(DRM_COMMAND_BASE + AMDXDNA_WAIT_CMD, struct amdxdna_wait_cmd)
#define AMDXDNA_IOCTL_GET_ARRAY     AMDXDNA_IOWR(AMDXDNA_GET_ARRAY, struct amdxdna_get_array)

/* ---- contexts --------------------------------------------------------------------------------------------------- */

struct amdxdna_create_hwctx {
	uint64_t ext, ext_flags; /* must be zero */
	uint64_t qos_p;          /* user address of struct amdxdna_qos */
	uint32_t umq_bo, log_buf_bo;
	uint32_t max_opc;   /* operations per cycle; looked at by old kernels only */
	uint32_t num_tiles; /* core tiles: columns x core rows */
	uint32_t mem_size;
	uint32_t umq_doorbell;   /* out */
	uint32_t handle;         /* out */
	uint32_t syncobj_handle; /* out: the completion timeline */
};

/* The in-tree driver reads the first 24 bytes, the out-of-tree one all 32. */
struct amdxdna_qos {
	uint32_t gops, fps, dma_bandwidth, latency, frame_exec_time, priority;
	uint32_t user_start_col; /* AMDXDNA_QOS_NO_START_COLUMN */
	uint32_t reserved;
};

enum { AMDXDNA_QOS_BYTES = 24, AMDXDNA_QOS_NO_START_COLUMN = 0xff };
enum {
	AMDXDNA_PRIORITY_REALTIME = 0x100,
	AMDXDNA_PRIORITY_HIGH = 0x180,
	AMDXDNA_PRIORITY_NORMAL = 0x200,
	AMDXDNA_PRIORITY_LOW = 0x280
};
/* What client libraries pass as max_opc and old kernels accept. */
enum { AMDXDNA_CLIENT_MAX_OPC = 2048 };

struct amdxdna_destroy_hwctx {
	uint32_t handle, pad;
};

enum amdxdna_config_type { AMDXDNA_CONFIG_CU, AMDXDNA_CONFIG_ASSIGN_DEBUG_BO, AMDXDNA_CONFIG_REMOVE_DEBUG_BO };

struct amdxdna_config_hwctx {
	uint32_t handle, param_type;
	uint64_t param_val;
	uint32_t param_val_size, pad;
};

struct amdxdna_cu {
	uint32_t cu_bo;
	uint8_t cu_func, pad[3];
};

enum { AMDXDNA_MAX_CUS = 32, AMDXDNA_MAX_CONFIG_BYTES = 4096 };

struct amdxdna_cu_block {
	uint16_t num_cus, pad[3];
	struct amdxdna_cu cu[];
};

/* ---- buffers ---------------------------------------------------------------------------------------------------- */

enum amdxdna_bo_type { AMDXDNA_BO_SHARE = 1, AMDXDNA_BO_DEV_HEAP, AMDXDNA_BO_DEV, AMDXDNA_BO_CMD };

struct amdxdna_create_bo {
	uint64_t flags, vaddr, size;
	uint32_t type, handle;
};

/* What create_bo.vaddr leads to: the caller's own memory (entries follow), or with none an exported buffer. */
struct amdxdna_va_entry {
	uint64_t vaddr, len; /* whole pages */
};

struct amdxdna_va_table {
	int32_t dmabuf_fd;
	uint32_t num_entries;
	/* the entries follow */
};

struct amdxdna_get_bo_info {
	uint64_t ext, ext_flags;
	uint32_t handle, pad;
	uint64_t map_offset, vaddr, xdna_addr; /* out */
};

enum { AMDXDNA_SYNC_TO_DEVICE, AMDXDNA_SYNC_FROM_DEVICE };

struct amdxdna_sync_bo {
	uint32_t handle, direction;
	uint64_t offset, size;
};

#define AMDXDNA_HEAP_BASE       UINT64_C(0x04000000) /* NPU address of the first chunk */
#define AMDXDNA_HEAP_CHUNK      UINT64_C(0x04000000) /* 64 MiB; also the alignment of its user mapping */
#define AMDXDNA_HEAP_LIMIT      UINT64_C(0x20000000) /* 512 MiB in all (npu4 family) */
#define AMDXDNA_DEV_ALIGNMENT   UINT64_C(0x8000)     /* every DEV BO starts on 32 KiB */
#define AMDXDNA_APERTURE        UINT64_C(0x80000000) /* shim DMA sees NPU address + this */
#define AMDXDNA_MAP_OFFSET_BASE (UINT64_C(1) << 32)  /* DRM file offsets start here on 64-bit kernels */
enum { AMDXDNA_CMD_BO_BYTES = 4096 };                /* a packet buffer that old and new kernels accept */

/* ---- execution -------------------------------------------------------------------------------------------------- */

enum { AMDXDNA_EXEC_SUBMIT };

struct amdxdna_exec_cmd {
	uint64_t ext, ext_flags;
	uint32_t hwctx, type;
	uint64_t cmd_handles; /* with cmd_count == 1 the handle itself */
	uint64_t args;        /* user address of u32 handles */
	uint32_t cmd_count, arg_count;
	uint64_t seq; /* out */
};

enum { AMDXDNA_MAX_ARGS = 4095, AMDXDNA_COMMAND_DEPTH = 4 };

struct amdxdna_wait_cmd {
	uint32_t hwctx, timeout;
	uint64_t seq;
};

/* The packet a command buffer starts with (ERT form):
 *   31..28 type | 27..23 opcode | 22..12 count | 11..10 extra masks | 9..4 0 | 3..0 state
 */
enum {
	AMDXDNA_PACKET_STATE_MASK = 0xf,
	AMDXDNA_PACKET_EXTRA_MASKS_SHIFT = 10,
	AMDXDNA_PACKET_EXTRA_MASKS_MASK = 0x3,
	AMDXDNA_PACKET_COUNT_SHIFT = 12,
	AMDXDNA_PACKET_COUNT_MASK = 0x7ff,
	AMDXDNA_PACKET_OPCODE_SHIFT = 23,
	AMDXDNA_PACKET_OPCODE_MASK = 0x1f,
	AMDXDNA_PACKET_TYPE_SHIFT = 28,
	AMDXDNA_PACKET_TYPE_CU = 3,
};

enum amdxdna_packet_state {
	AMDXDNA_STATE_NEW = 1,
	AMDXDNA_STATE_QUEUED,
	AMDXDNA_STATE_RUNNING,
	AMDXDNA_STATE_COMPLETED,
	AMDXDNA_STATE_ERROR,
	AMDXDNA_STATE_ABORT,
	AMDXDNA_STATE_SUBMITTED,
	AMDXDNA_STATE_TIMEOUT,
	AMDXDNA_STATE_NORESPONSE,
};

enum amdxdna_packet_opcode {
	AMDXDNA_OPCODE_START_CU = 0,
	AMDXDNA_OPCODE_START_DPU = 18,
	AMDXDNA_OPCODE_CHAIN = 19,
	AMDXDNA_OPCODE_START_NPU = 20,
	AMDXDNA_OPCODE_START_NPU_PREEMPT = 21,
	AMDXDNA_OPCODE_START_NPU_PREEMPT_ELF = 22,
};

/* First payload word pair of a kernel's register map: run a transaction stream. */
enum { AMDXDNA_KERNEL_OPCODE_TRANSACTION = 3 };

/* Byte offsets in the register map of an mlir-aie kernel; buffers follow, 8 bytes each. */
enum {
	AMDXDNA_KERNEL_OPCODE = 0x00,
	AMDXDNA_KERNEL_INSTRUCTIONS = 0x08,
	AMDXDNA_KERNEL_INSTRUCTION_WORDS = 0x10,
	AMDXDNA_KERNEL_BUFFERS = 0x14,
	AMDXDNA_KERNEL_MAX_BUFFERS = 5,
	AMDXDNA_KERNEL_BYTES = 0x3c,
};

/* After the mask words of START_NPU and of the preemptible forms; only 4-byte aligned there. */
struct amdxdna_npu_block {
	uint32_t instructions_low, instructions_high, instruction_bytes, property_words;
};

struct amdxdna_preempt_block {
	uint32_t instructions_low, instructions_high, save_low, save_high, restore_low, restore_high;
	uint32_t instruction_bytes, save_bytes, restore_bytes, property_words;
};

/* Directly after the header of CHAIN (no mask words). */
struct amdxdna_chain_block {
	uint32_t command_count, submit_index, error_index, reserved[3];
	/* command_count packet handles follow, a u64 each */
};

/* Written after the header of a command that timed out; all ones = not known. */
struct amdxdna_health {
	uint32_t version, generation, transaction_op, context_pc, fatal_type, exception_type, exception_pc, module;
};

/* ---- queries ---------------------------------------------------------------------------------------------------- */

struct amdxdna_get_info {
	uint32_t param, buffer_size;
	uint64_t buffer;
};

struct amdxdna_get_array {
	uint32_t param, element_size, num_element, pad;
	uint64_t buffer;
};

enum amdxdna_info {
	AMDXDNA_INFO_AIE_STATUS,
	AMDXDNA_INFO_METADATA,
	AMDXDNA_INFO_AIE_VERSION,
	AMDXDNA_INFO_CLOCKS,
	AMDXDNA_INFO_SENSORS,
	AMDXDNA_INFO_CONTEXTS,
	AMDXDNA_INFO_READ_MEM, /* out-of-tree driver only */
	AMDXDNA_INFO_READ_REG, /* out-of-tree driver only */
	AMDXDNA_INFO_FIRMWARE_VERSION,
	AMDXDNA_INFO_POWER_MODE,
	AMDXDNA_INFO_TELEMETRY,
	AMDXDNA_INFO_FORCE_PREEMPT,
	AMDXDNA_INFO_RESOURCES,
	AMDXDNA_INFO_FRAME_PREEMPT,
};

enum amdxdna_array {
	AMDXDNA_ARRAY_CONTEXTS,
	AMDXDNA_ARRAY_CONTEXT_BY_ID,
	AMDXDNA_ARRAY_ASYNC_ERROR,
	AMDXDNA_ARRAY_FW_LOG,
	AMDXDNA_ARRAY_FW_TRACE,
	AMDXDNA_ARRAY_COREDUMP,
	AMDXDNA_ARRAY_BO_USAGE,
};
enum { AMDXDNA_ARRAY_MAX_ELEMENT_BYTES = 4096, AMDXDNA_ARRAY_MAX_ELEMENTS = 1024 };

enum amdxdna_state {
	AMDXDNA_SET_POWER_MODE,
	AMDXDNA_SET_FORCE_PREEMPT = 3, /* 1 and 2: out-of-tree driver only */
	AMDXDNA_SET_FRAME_PREEMPT,
};
enum { AMDXDNA_POWER_DEFAULT, AMDXDNA_POWER_LOW, AMDXDNA_POWER_MEDIUM, AMDXDNA_POWER_HIGH, AMDXDNA_POWER_TURBO };

struct amdxdna_tile_metadata {
	uint16_t row_count, row_start, dma_channel_count, lock_count, event_reg_count, pad[3];
};

struct amdxdna_metadata {
	uint32_t col_size;
	uint16_t cols, rows;
	uint32_t version_major, version_minor;
	struct amdxdna_tile_metadata core, mem, shim;
};

struct amdxdna_aie_version {
	uint32_t major, minor;
};

struct amdxdna_clock {
	char name[16];
	uint32_t mhz, pad;
};

struct amdxdna_clocks {
	struct amdxdna_clock mp_npu, h;
};

struct amdxdna_firmware_version {
	uint32_t major, minor, patch, build;
};

struct amdxdna_power_mode {
	uint8_t mode, pad[7];
};

struct amdxdna_preempt_state {
	uint8_t state, pad[7];
};

/* AIE_STATUS: `buffer` gets a dump of metadata.col_size bytes for each column in use. */
struct amdxdna_aie_status {
	uint64_t buffer;
	uint32_t buffer_size, cols_filled; /* cols_filled: bit map, out */
};

/* What the model dumps for a column (the firmware's own layout is not public): rows from the shim up; registers that do
 * not exist or cannot be reached, a column without clock for example, read as all ones. */
struct amdxdna_model_tile_status {
	uint32_t core_status, core_pc;
	uint32_t s2mm_status[6], mm2s_status[6]; /* DMA channels */
	uint32_t reserved[2];
	uint8_t lock[64]; /* values */
};

enum { AMDXDNA_MODEL_ROWS = 6 };
struct amdxdna_model_column_status {
	struct amdxdna_model_tile_status tile[AMDXDNA_MODEL_ROWS];
};

struct amdxdna_resources {
	uint64_t clock_max, tops_max, tasks_max, tops_now, tasks_now;
};

enum amdxdna_sensor_type { AMDXDNA_SENSOR_POWER, AMDXDNA_SENSOR_UTILISATION, AMDXDNA_SENSOR_TEMPERATURE };

struct amdxdna_sensor {
	char label[64];
	uint32_t input, max, average, highest;
	char status[64], units[16];
	int8_t unitm; /* power of ten */
	uint8_t type, pad[6];
};

/* Raw records of the firmware follow. */
struct amdxdna_telemetry {
	uint32_t major, minor, type, map_num_elements; /* type: in */
	uint32_t map[16];                              /* firmware's context number to the driver's id */
};

struct amdxdna_bo_usage {
	int64_t pid; /* in */
	uint64_t total, internal, heap;
};

struct amdxdna_context_info {
	uint32_t context_id, start_col, num_col, pad;
	int64_t pid;
	uint64_t submissions, completions, migrations, preemptions, errors;
};

struct amdxdna_context_entry {
	uint32_t context_id, start_col, num_col, hwctx_id;
	int64_t pid;
	uint64_t submissions, completions, migrations, preemptions, errors, priority, heap_usage, suspensions;
	uint32_t state, pasid, gops, fps, dma_bandwidth, latency, frame_exec_time;
	uint32_t txn_op_idx, ctx_pc, fatal_type, exception_type, exception_pc, module, pad;
	char name[16];
};

/* What COREDUMP's buffer starts with when it is handed over; its answer is a MiB for each tile. */
struct amdxdna_coredump_request {
	uint64_t pid;
	uint32_t context_id, pad;
};
enum { AMDXDNA_COREDUMP_TILE_BYTES = 1 << 20 };

struct amdxdna_async_error {
	uint64_t code, time_us, extra;
};

/* ---- sizes the kernel was built with ---------------------------------------------------------------------------- */

_Static_assert(sizeof(struct amdxdna_create_hwctx) == 56, "CREATE_HWCTX");
_Static_assert(sizeof(struct amdxdna_qos) == 32, "QoS");
_Static_assert(sizeof(struct amdxdna_destroy_hwctx) == 8, "DESTROY_HWCTX");
_Static_assert(sizeof(struct amdxdna_config_hwctx) == 24, "CONFIG_HWCTX");
_Static_assert(sizeof(struct amdxdna_cu_block) == 8 && sizeof(struct amdxdna_cu) == 8, "CU block");
_Static_assert(sizeof(struct amdxdna_create_bo) == 32, "CREATE_BO");
_Static_assert(sizeof(struct amdxdna_get_bo_info) == 48, "GET_BO_INFO");
_Static_assert(sizeof(struct amdxdna_sync_bo) == 24, "SYNC_BO");
_Static_assert(sizeof(struct amdxdna_exec_cmd) == 56, "EXEC_CMD");
_Static_assert(sizeof(struct amdxdna_wait_cmd) == 16, "WAIT_CMD");
_Static_assert(sizeof(struct amdxdna_get_info) == 16, "GET_INFO");
_Static_assert(sizeof(struct amdxdna_get_array) == 24, "GET_ARRAY");
_Static_assert(sizeof(struct amdxdna_metadata) == 64, "metadata");
_Static_assert(sizeof(struct amdxdna_clocks) == 48, "clocks");
_Static_assert(sizeof(struct amdxdna_context_info) == 64, "HW_CONTEXTS entry");
_Static_assert(sizeof(struct amdxdna_context_entry) == 160, "HW_CONTEXT_ALL entry");
_Static_assert(sizeof(struct amdxdna_va_table) == 8 && sizeof(struct amdxdna_va_entry) == 16, "user memory table");
_Static_assert(sizeof(struct amdxdna_aie_status) == 16, "AIE_STATUS");
_Static_assert(sizeof(struct amdxdna_resources) == 40, "RESOURCE_INFO");
_Static_assert(sizeof(struct amdxdna_sensor) == 168, "sensor");
_Static_assert(sizeof(struct amdxdna_telemetry) == 80, "telemetry");
_Static_assert(sizeof(struct amdxdna_bo_usage) == 32, "BO_USAGE");
_Static_assert(sizeof(struct amdxdna_async_error) == 24, "last asynchronous error");
_Static_assert(sizeof(struct amdxdna_health) == 32, "health record");
_Static_assert(sizeof(struct amdxdna_coredump_request) == 16, "core dump request");
_Static_assert(sizeof(struct amdxdna_npu_block) == 16 && sizeof(struct amdxdna_preempt_block) == 40, "NPU blocks");
_Static_assert(sizeof(struct amdxdna_chain_block) == 24, "chain block");

#endif
