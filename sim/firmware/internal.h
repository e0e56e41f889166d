/* What the files of sim/firmware share. */
#ifndef AIE_SIM_FIRMWARE_INTERNAL_H
#define AIE_SIM_FIRMWARE_INTERNAL_H

#include "driver/image/operation.h"
#include "driver/image/registers.h"
#include "sim/array/wait_graph.h"
#include "sim/firmware/firmware.h"

enum { AIE_FIRMWARE_MAX_COLUMNS = 128, AIE_FIRMWARE_MAX_ROWS = 8, AIE_FIRMWARE_MAX_CHANNELS = 16 };

struct aie_firmware {
	struct aie_array *array;
	struct aie_system_memory memory;
	struct aie_array_timing timing;
	unsigned queue_depth;
	uint64_t rest_ps; /* time spent that is less than an array cycle */

	/* A fault has stopped the array: it is reset before anything runs on it again. */
	bool stopped;

	/* The image in the array: none when serial is 0. */
	uint64_t loaded_serial, loaded_address;

	/* Tokens taken from the array that nobody has waited for yet. */
	uint32_t tokens[AIE_FIRMWARE_MAX_COLUMNS][AIE_FIRMWARE_MAX_ROWS][2][AIE_FIRMWARE_MAX_CHANNELS];

	uint64_t waited_cycles; /* for tokens, in the command before or, so far, in this one */

	/* The command being run. */
	const struct aie_firmware_context *context;
	const struct aie_firmware_command *command;
	bool preempting; /* inside its save or restore stream */
	const atomic_bool *cancel;
	struct aie_firmware_result *result;
	uint64_t *account;       /* where time spent goes: dispatch or configure */
	uint64_t progress_cycle; /* when memory traffic or a token was last seen */
	uint64_t progress_bytes;
	uint64_t begin; /* cycle in which the command began */
	bool idle;      /* after the last let_run */
	bool awaits;    /* for `awaited`: a channel's token or room in its queue */
	struct aie_token awaited;
	char *wait_graph; /* of the last hang, JSON */
};

/* All of these return 0, or -1 with *result saying how the command ends. */

/* The controller is busy for this long; the array runs on meanwhile. */
int aie_firmware_spend_ps(struct aie_firmware *firmware, uint64_t ps);
int aie_firmware_spend_cycles(struct aie_firmware *firmware, uint64_t cycles);
int aie_firmware_fail(struct aie_firmware *firmware, uint32_t status, const struct aie_error *error);
/* `what`: what the controller is waiting for, one line. */
int aie_firmware_hang(struct aie_firmware *firmware, const char *what);
/* Let the array run on for a while, at most `cycles`, or until a token comes; afterwards `idle` says whether anything
 * can still move by itself.  Whoever waits looks once more for what it waits for before it calls that a hang: it may
 * have been the last thing to happen.  Fails when the array faulted, the caller cancelled or the watchdog's time is
 * over. */
int aie_firmware_let_run(struct aie_firmware *firmware, uint64_t cycles, const char *what);

/* Put the tokens that arrived into the table. */
void aie_firmware_take_tokens(struct aie_firmware *firmware);
/* Between two looks at a register, at least 1. */
uint64_t aie_firmware_poll_cycles(const struct aie_firmware *firmware);

/* Write, mask-write, block-write and no-op, from an image or a stream. */
int aie_firmware_apply(struct aie_firmware *firmware, const struct aie_operation *operation, uint32_t failure_status);
int aie_firmware_load_pdi(struct aie_firmware *firmware, uint64_t address, uint64_t size);
int aie_firmware_run_stream(struct aie_firmware *firmware, uint64_t address, uint64_t size, const uint64_t *arguments,
                            unsigned argument_count, bool patch);

#endif
