/* libaie: run NPU images through the amdxdna interface, on the real device or on the model.
 *
 * Objects: a device (one open node), a context on it (columns, configured with the PDIs of an xclbin), buffers, commands.
 * No global state.  A device and everything made from it may be used by one thread at a time unless a function says more.
 * Every failing function fills the error object (which call, which errno, what it means) and changes nothing.
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
struct aie_buffer;
struct aie_command;

/* ---- device ---- */

/* `name`: "auto" (a real NPU if there is one, else the model), "sim" or "sim:OPTIONS" (the model, must be linked in), or the
 * path of a node ("/dev/accel/accel0").  Returns NULL on failure. */
struct aie_device *aie_device_open(const char *name, struct aie_error *error);
void aie_device_close(struct aie_device *device); /* NULL is allowed; contexts and buffers must be gone */

struct aie_device_info {
	char driver[32];        /* "amdxdna_accel_driver" */
	int version_major, version_minor;
	bool simulated;         /* opened through the model's transport */
	unsigned columns, rows; /* of the array */
	unsigned core_rows;
	char clock_name[2][16]; /* "MP-NPU Clock", "H Clock" */
	unsigned clock_mhz[2];
};
int aie_device_info(struct aie_device *device, struct aie_device_info *info, struct aie_error *error);

/* ---- buffers ---- */

enum aie_buffer_kind {
	AIE_BUFFER_HOST,        /* SHARE: kernel arguments */
	AIE_BUFFER_INSTRUCTION, /* DEV: instruction streams, PDIs; from the 64 MiB device heap */
};
/* Size in bytes, > 0; rounded up to pages.  Contents zero.  Mapped at creation. */
struct aie_buffer *aie_buffer_create(struct aie_device *device, size_t size, enum aie_buffer_kind kind, struct aie_error *error);
void aie_buffer_destroy(struct aie_buffer *buffer);
void *aie_buffer_data(struct aie_buffer *buffer);   /* host address, page aligned */
size_t aie_buffer_size(const struct aie_buffer *buffer);
/* Make host writes visible to the NPU / NPU writes visible to the host. */
int aie_buffer_flush(struct aie_buffer *buffer, size_t offset, size_t size, struct aie_error *error);
int aie_buffer_invalidate(struct aie_buffer *buffer, size_t offset, size_t size, struct aie_error *error);

/* ---- contexts ---- */

/* Create a hardware context for the AIE_PARTITION of an xclbin in memory and configure its CUs.  `kernel` names the kernel
 * ("MLIR_AIE") or is NULL for the only one. */
struct aie_context *aie_context_create_xclbin(struct aie_device *device, const void *xclbin, size_t size, const char *kernel, struct aie_error *error);
void aie_context_destroy(struct aie_context *context);
unsigned aie_context_columns(const struct aie_context *context);

/* ---- commands ---- */

/* START_CU with opcode 3: run the transaction stream in `instructions` (AIE_BUFFER_INSTRUCTION, `instruction_bytes` of it) on
 * the context's kernel with the given argument buffers (at most 5 for mlir-aie's register map). */
struct aie_command *aie_command_create(struct aie_context *context, struct aie_buffer *instructions, size_t instruction_bytes,
                                       struct aie_buffer *const *arguments, size_t argument_count, struct aie_error *error);
void aie_command_destroy(struct aie_command *command);
int aie_command_submit(struct aie_command *command, struct aie_error *error);
/* Wait for completion; timeout in milliseconds, < 0 = for ever.  Fails (AIE_ERROR_DEVICE or AIE_ERROR_FAULT) when the command
 * ended in another state than COMPLETED; the text names the state and what the health record says. */
int aie_command_wait(struct aie_command *command, int timeout_ms, struct aie_error *error);

/* ---- profile (model only) ---- */

/* Reset the counters; `program_counters`: also count issues and stalls per bundle address. */
void aie_device_profile_reset(struct aie_device *device, bool program_counters);
/* Fill *profile with what happened since the reset.  AIE_ERROR_UNSUPPORTED on hardware. */
int aie_device_profile(struct aie_device *device, struct aie_profile *profile, struct aie_error *error);

#ifdef __cplusplus
}
#endif

#endif
