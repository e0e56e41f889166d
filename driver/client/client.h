/* What the files of the driver client share. */
#ifndef AIE_DRIVER_CLIENT_CLIENT_H
#define AIE_DRIVER_CLIENT_CLIENT_H

#include <pthread.h>
#include <stdatomic.h>

#include "driver/aie.h"
#include "driver/client/amdxdna_uapi.h"
#include "driver/client/node.h"
#include "driver/image/control_elf.h"
#include "driver/transport.h"

enum { AIE_CLIENT_PAGE = 4096, AIE_CLIENT_HEAP_CHUNKS = AMDXDNA_HEAP_LIMIT / AMDXDNA_HEAP_CHUNK };

struct aie_device {
	struct aie_transport transport;
	char node[AIE_DEVICE_NAME]; /* path, or "sim" */
	bool simulated;
	int version_major, version_minor;
	struct amdxdna_metadata metadata;
	/* The device heap: chunks of 64 MiB, mapped one behind the other into a reservation on a multiple of 64 MiB. */
	pthread_mutex_t heap_lock;
	uint8_t *space, *heap_data;
	size_t space_bytes;
	uint64_t heap_npu;
	uint32_t heap_handle[AIE_CLIENT_HEAP_CHUNKS];
	unsigned heap_chunks; /* mapped */
};

struct aie_buffer {
	struct aie_device *device;
	enum amdxdna_bo_type type;
	uint32_t handle;
	uint64_t npu;
	uint8_t *data;
	size_t size;   /* as asked for */
	bool wrapped;  /* the caller's memory */
	bool attached; /* as debug buffer */
};

struct aie_context {
	struct aie_device *device;
	uint32_t handle, syncobj;
	unsigned columns;
	bool configured;
	unsigned cu;                 /* index of the chosen kernel */
	uint32_t register_map_bytes; /* of that kernel */
	struct aie_buffer **pdi;
	uint32_t pdi_count;
};

struct aie_program {
	struct aie_context *context;
	uint8_t *bytes;
	struct aie_control_elf elf;
	const struct aie_control_elf_instance *instance;
	bool has_pdi;
	/* By section of the ELF, NULL where it is not shared: PDIs and program-memory packets. */
	struct aie_buffer **shared;
	struct aie_buffer *scratch, *state; /* NULL when nothing asks for them */
};

enum { AIE_CLIENT_PACKET_WORDS = AMDXDNA_CMD_BO_BYTES / 4 - 1 };

struct aie_command {
	struct aie_context *context;
	struct aie_buffer *packet;
	uint32_t *handle; /* buffers the command touches, each once */
	uint32_t handle_count;
	enum amdxdna_packet_opcode opcode;
	uint32_t slot_bytes; /* in the driver's ring */
	/* What follows the header, mask word included; the caller of a list keeps its parts. */
	uint32_t words[AIE_CLIENT_PACKET_WORDS];
	uint32_t word_count;
	struct aie_command **part;
	uint32_t part_count;
	struct aie_buffer **own; /* buffers that belong to the command alone */
	uint32_t own_count;
	bool foreign; /* touches a buffer of another open device */
	bool submitted;
	atomic_bool ended; /* a wait for the last submission came back */
	uint64_t seq;
};

/* The calls whose failures are explained in words. */
enum aie_client_call {
	AIE_CALL_OPEN,
	AIE_CALL_VERSION,
	AIE_CALL_CREATE_HEAP,
	AIE_CALL_MAP_HEAP,
	AIE_CALL_CREATE_SHARE,
	AIE_CALL_CREATE_DEV,
	AIE_CALL_CREATE_CMD,
	AIE_CALL_GET_BO_INFO,
	AIE_CALL_MAP,
	AIE_CALL_SYNC_BO,
	AIE_CALL_WRAP,
	AIE_CALL_EXPORT,
	AIE_CALL_IMPORT,
	AIE_CALL_GET_INFO,
	AIE_CALL_GET_ARRAY,
	AIE_CALL_SET_STATE,
	AIE_CALL_CREATE_HWCTX,
	AIE_CALL_CONFIG_HWCTX,
	AIE_CALL_DEBUG,
	AIE_CALL_EXEC_CMD,
	AIE_CALL_WAIT,
	AIE_CALL_FENCE,
	AIE_CALL_PROFILE,
	AIE_CALLS
};
/* Fill `error` from errno: which call on which node, what it means, and the system's text.  Returns -1. */
int aie_client_fail(const char *node, enum aie_client_call call, int system_errno, struct aie_error *error);

/* ioctl on the device's node, repeated when a signal interrupts it: 0, or -1 with errno. */
int aie_client_ioctl(struct aie_device *device, unsigned long request, void *argument);
/* The same for GET_INFO, with the failure explained. */
int aie_client_get_info(struct aie_device *device, uint32_t param, void *data, uint32_t size, uint32_t *returned,
                        struct aie_error *error);

/* Create the first chunk of the heap and map it. */
int aie_client_heap_open(struct aie_device *device, struct aie_error *error);
/* Call `request` again as long as it answers EAGAIN and the heap can grow: 0, or -1 with errno. */
int aie_client_ioctl_growing(struct aie_device *device, unsigned long request, void *argument);
void aie_client_heap_close(struct aie_device *device);

struct aie_command *aie_client_command_new(struct aie_context *context, size_t handles, struct aie_error *error);
/* Append words, or a u64 as two; the buffer's handle to the list of those touched. */
void aie_client_put(struct aie_command *command, uint32_t word);
void aie_client_put_pair(struct aie_command *command, uint64_t value);
void aie_client_touch(struct aie_command *command, const struct aie_buffer *buffer);
/* Makes the packet's buffer; refuses a command that touches buffers of another open device. */
int aie_client_command_ready(struct aie_command *command, struct aie_error *error);

/* A buffer of any type but the heap. */
struct aie_buffer *aie_client_buffer_create(struct aie_device *device, size_t size, enum amdxdna_bo_type type,
                                            struct aie_error *error);

/* Write the caches' lines of a range back to memory and drop them; nothing on a machine whose caches the device sees.
 */
bool aie_cache_flush(const void *data, size_t size); /* false when this CPU has no such instruction */

#endif
