/* What the files of the driver client share. */
#ifndef AIE_DRIVER_CLIENT_CLIENT_H
#define AIE_DRIVER_CLIENT_CLIENT_H

#include "driver/aie.h"
#include "driver/client/amdxdna_uapi.h"
#include "driver/transport.h"

enum { AIE_CLIENT_PAGE = 4096, AIE_CLIENT_NODE_TEXT = 64 };

struct aie_device {
	struct aie_transport transport;
	char node[AIE_CLIENT_NODE_TEXT]; /* path, or "sim..." */
	bool simulated;
	int version_major, version_minor;
	struct amdxdna_metadata metadata;
	/* The device heap: one 64 MiB chunk, mapped on 64 MiB. */
	uint32_t heap_handle;
	uint64_t heap_npu;
	uint8_t *heap_data;
};

struct aie_buffer {
	struct aie_device *device;
	enum amdxdna_bo_type type;
	uint32_t handle;
	uint64_t npu;
	uint8_t *data;
	size_t size; /* as asked for */
};

struct aie_context {
	struct aie_device *device;
	uint32_t handle, syncobj;
	unsigned columns;
	unsigned cu;                 /* index of the chosen kernel */
	uint32_t register_map_bytes; /* of that kernel */
	struct aie_buffer **pdi;
	uint32_t pdi_count;
};

struct aie_command {
	struct aie_context *context;
	struct aie_buffer *packet;
	uint32_t *handle; /* buffers the command touches, each once */
	uint32_t handle_count;
	uint32_t payload_words;
	uint32_t payload[AMDXDNA_PACKET_COUNT_MASK];
	bool submitted;
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
	AIE_CALL_GET_INFO,
	AIE_CALL_CREATE_HWCTX,
	AIE_CALL_CONFIG_HWCTX,
	AIE_CALL_EXEC_CMD,
	AIE_CALL_WAIT,
	AIE_CALL_PROFILE,
	AIE_CALLS
};
/* Fill `error` from errno: which call on which node, what it means, and the system's text.  Returns -1. */
int aie_client_fail(const char *node, enum aie_client_call call, int system_errno, struct aie_error *error);

/* A buffer of any type but the heap. */
struct aie_buffer *aie_client_buffer_create(struct aie_device *device, size_t size, enum amdxdna_bo_type type,
                                            struct aie_error *error);

/* Find the node of a supported NPU.  0 with the path in `node`, or -1 with `error` saying what is missing. */
int aie_node_find(char node[AIE_CLIENT_NODE_TEXT], struct aie_error *error);
/* The system calls on a node. */
int aie_node_open(const char *node, struct aie_transport *transport, struct aie_error *error);

/* Write the caches' lines of a range back to memory and drop them; nothing on a machine whose caches the device sees.
 */
bool aie_cache_flush(const void *data, size_t size); /* false when this CPU has no such instruction */

#endif
