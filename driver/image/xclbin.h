/* xclbin: the container an NPU program is shipped in ("axlf"): header, table of sections, sections found by their kind.
 *
 * What counts is section AIE_PARTITION (columns, PDIs, which kernel ids each PDI serves); IP_LAYOUT names the kernels
 * and the XML tells their arguments.  There is no checksum in the format.  Pointers in the structures lead into the
 * caller's bytes, which must stay while the structure is used; names are copies.
 */
#ifndef AIE_DRIVER_IMAGE_XCLBIN_H
#define AIE_DRIVER_IMAGE_XCLBIN_H

#include "driver/image/operation.h"

enum aie_xclbin_section_kind {
	AIE_XCLBIN_EMBEDDED_METADATA = 2,
	AIE_XCLBIN_MEM_TOPOLOGY = 6,
	AIE_XCLBIN_CONNECTIVITY = 7,
	AIE_XCLBIN_IP_LAYOUT = 8,
	AIE_XCLBIN_GROUP_TOPOLOGY = 26,
	AIE_XCLBIN_GROUP_CONNECTIVITY = 27,
	AIE_XCLBIN_AIE_PARTITION = 32,
};
const char *aie_xclbin_section_kind_name(uint32_t kind); /* "kind 99" style names do not exist: NULL when unknown */

struct aie_xclbin_section {
	uint32_t kind;
	char name[17];
	uint64_t offset, size;
};

/* A CDO group: the kernel ids a PDI serves. */
struct aie_xclbin_group {
	char name[32];
	uint8_t type; /* 1 primary, 2 lite, 3 pre/post */
	uint64_t pdi_id;
	uint32_t id_count;
	const uint8_t *ids; /* id_count x 8 bytes, not aligned: aie_xclbin_group_id() */
};

struct aie_xclbin_pdi {
	uint8_t uuid[16];
	const uint8_t *data;
	uint32_t size;
	uint32_t group_count;
	struct aie_xclbin_group *group;
};

struct aie_xclbin_argument {
	char name[32];
	uint32_t id;
	uint8_t qualifier;     /* 0 scalar, 1 global buffer */
	uint32_t size, offset; /* bytes in the register map */
	int memory;            /* index into MEM_TOPOLOGY by CONNECTIVITY, -1 = not connected */
};

struct aie_xclbin_kernel {
	char name[64], instance[64]; /* "MLIR_AIE", "MLIRAIE" */
	uint32_t id;                 /* DPU kernel id, 0x901 */
	uint8_t functional;          /* 0 DPU, 1 pre/post: the cu_func of CU configuration */
	uint32_t pdi;                /* index into pdi[] */
	uint32_t ip;                 /* index in IP_LAYOUT */
	uint32_t argument_count;     /* 0 when the XML does not tell */
	struct aie_xclbin_argument *argument;
	uint32_t register_map_bytes; /* largest offset + size of the arguments */
};

struct aie_xclbin_memory {
	char tag[17];
	uint8_t type, used;
	uint64_t size_kib, base;
};

struct aie_xclbin {
	const uint8_t *data;
	size_t size;
	uint8_t version_major, version_minor;
	uint16_t version_patch;
	uint64_t time_stamp; /* seconds since 1970 */
	uint8_t uuid[16];
	uint32_t section_count;
	struct aie_xclbin_section *section;
	uint32_t memory_count;
	struct aie_xclbin_memory *memory;
	uint32_t kernel_count;
	struct aie_xclbin_kernel *kernel;
	/* the partition */
	char partition_name[64];
	unsigned columns; /* width */
	uint32_t operations_per_cycle;
	uint32_t start_count;
	uint16_t *start; /* permitted first columns; not binding on NPU4 */
	uint32_t pdi_count;
	struct aie_xclbin_pdi *pdi;
};

/* Read and check everything but the insides of the PDIs (aie_pdi_open).  `device_columns`: the partition may not be
 * wider, 0 = any.  Errors: AIE_ERROR_INPUT with byte offset, AIE_ERROR_MEMORY.  *xclbin is empty after a failure. */
int aie_xclbin_open(struct aie_xclbin *xclbin, const void *data, size_t size, unsigned device_columns,
                    struct aie_error *error);
void aie_xclbin_close(struct aie_xclbin *xclbin);
/* The kernel `name` ("NAME" or "NAME:INSTANCE"), or with NULL the only kernel. NULL with `error` listing what there is.
 */
const struct aie_xclbin_kernel *aie_xclbin_find_kernel(const struct aie_xclbin *xclbin, const char *name,
                                                       struct aie_error *error);
uint64_t aie_xclbin_group_id(const struct aie_xclbin_group *group, uint32_t index);
bool aie_xclbin_recognise(const void *data, size_t size);

/* ---- writing ---- */

struct aie_xclbin_new_kernel {
	const char *name;     /* NULL = "MLIR_AIE" */
	const char *instance; /* NULL = "MLIRAIE" */
	uint32_t id;          /* 0 = 0x901 */
	uint32_t pdi;         /* index into pdi[] */
	unsigned
	        buffers; /* global buffers after opcode, instr, ninstr; 0 = 5 as mlir-aie always declares; at most 32 */
};

struct aie_xclbin_new {
	unsigned columns;    /* width of the partition */
	uint64_t time_stamp; /* seconds since 1970, of the caller's choice: equal input gives an equal file */
	const struct aie_bytes *pdi;
	uint32_t pdi_count;
	const struct aie_xclbin_new_kernel *kernel;
	uint32_t kernel_count;
};

/* All seven sections of an mlir-aie file, in its order; the UUIDs are computed from the contents. */
int aie_xclbin_write(const struct aie_xclbin_new *new_file, struct aie_bytes *bytes, struct aie_error *error);

#endif
