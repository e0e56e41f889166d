/* What the NPU's controller does with a command: load the context's image when it is not the one in the array, run the
 * transaction stream, wait for task completion tokens, and say how it ended.  It also keeps the account of its own
 * time, from the parameter table sim/array/timing.h.
 *
 * One thread at a time.  The array's clock advances with every step of the controller, so that work started by an
 * operation overlaps with the operations after it, as on the device.
 */
#ifndef AIE_SIM_FIRMWARE_FIRMWARE_H
#define AIE_SIM_FIRMWARE_FIRMWARE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/profile.h"
#include "isa/error.h"
#include "sim/array/array.h"
#include "sim/array/device.h"

enum { AIE_FIRMWARE_MAX_CUS = 32 };

struct aie_firmware_cu {
	uint64_t address; /* NPU address of the PDI */
	uint64_t bytes;   /* of the buffer it stands in */
	uint8_t function;
};

struct aie_firmware_context {
	uint64_t serial;  /* never 0, never used for another context */
	unsigned columns; /* of the partition, from column 0 */
	unsigned cu_count;
	struct aie_firmware_cu cu[AIE_FIRMWARE_MAX_CUS];
};

enum aie_firmware_command_kind {
	AIE_FIRMWARE_START_CU,  /* payload: the kernel's register map, opcode 3 */
	AIE_FIRMWARE_START_NPU, /* the stream is named directly; the host has patched its addresses */
};

/* How far a running command is, for other threads to look at: array cycles since it began, and bytes moved to and from
 * system memory (since the array's counters were cleared). */
struct aie_firmware_progress {
	atomic_uint_least64_t cycles, bytes;
};

struct aie_firmware_command {
	enum aie_firmware_command_kind kind;
	bool queued; /* behind another command: the host's share of the round trip is hidden */
	bool has_cu; /* START_NPU may come without one (full-ELF flow) */
	unsigned cu;
	const uint32_t *payload; /* START_CU */
	size_t payload_words;
	uint64_t instructions; /* START_NPU */
	uint32_t instruction_bytes;
	/* Preemptible forms: the streams that save and restore the array at a PREEMPT operation; sizes 0 without. */
	uint64_t save, restore;
	uint32_t save_bytes, restore_bytes;
	bool force_preempt; /* go through both at every preemption point, as if another context had had a turn */
	struct aie_firmware_progress *progress; /* kept up to date now and then; NULL: not wanted */
};

/* Status words the firmware answers with (documented classes: 1 array error, 3 application, 4 command). */
enum aie_firmware_status {
	AIE_FIRMWARE_SUCCESS = 0,
	AIE_FIRMWARE_ARRAY_ACCESS = 0x01000004,
	AIE_FIRMWARE_ARRAY_INSTRUCTION = 0x01000006,
	AIE_FIRMWARE_ARRAY_DMA = 0x01000009,
	AIE_FIRMWARE_INVALID_INSTRUCTION = 0x03000002,
	AIE_FIRMWARE_LOAD_PDI_FAIL = 0x03000003,
	AIE_FIRMWARE_INVALID_BUFFER = 0x04000001,
	AIE_FIRMWARE_INVALID_COMMAND = 0x04000002,
	AIE_FIRMWARE_INVALID_PARAMETER = 0x04000003,
};

enum aie_firmware_outcome {
	AIE_FIRMWARE_DONE,
	AIE_FIRMWARE_FAILED,    /* status says why */
	AIE_FIRMWARE_HUNG,      /* nothing moves any more, or nothing useful within the watchdog's time */
	AIE_FIRMWARE_CANCELLED, /* the caller raised `cancel` */
};

struct aie_firmware_result {
	enum aie_firmware_outcome outcome;
	uint32_t status;  /* enum aie_firmware_status */
	bool array_fault; /* a core or channel faulted; error.text names it */
	unsigned fault_column, fault_row;
	uint32_t preemptions;
	uint32_t operation; /* index of the transaction operation being run; all ones before the first */
	uint64_t cycles, configure_cycles, dispatch_cycles;
	struct aie_error error;        /* the reason in words; AIE_ERROR_NONE when DONE */
	char waits[AIE_PROFILE_WAITS]; /* HUNG: one line a waiting unit, then what moves, the ring, the causes */
	/* HUNG: the wait graph as JSON (sim/array/wait_graph.h), the firmware's until the next command; NULL: none */
	const char *wait_graph;
};

struct aie_firmware;

/* `memory` is system memory by NPU address, as the array has it; structures are copied, `array` stays the
 * caller's. */
struct aie_firmware *aie_firmware_create(struct aie_array *array, const struct aie_system_memory *memory,
                                         const struct aie_device_profile *profile,
                                         const struct aie_array_timing *timing, struct aie_error *error);
void aie_firmware_destroy(struct aie_firmware *firmware);

/* Run one command to its end.  `cancel` is looked at now and then; it may be NULL. */
void aie_firmware_run(struct aie_firmware *firmware, const struct aie_firmware_context *context,
                      const struct aie_firmware_command *command, const atomic_bool *cancel,
                      struct aie_firmware_result *result);

#endif
