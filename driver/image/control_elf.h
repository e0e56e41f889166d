/* Control-code ELF (aiebu): transaction streams with the places the host must patch, and in the full form also the
 * PDIs.
 *
 * ELF32, machine 1, OS/ABI 69 for AIE2P.  The plain form (ABI version 2, or 1 with the old coding of relocations) holds
 * one control code and needs an xclbin for its PDI; the full form (major version 1 and up) has kernels with instances,
 * each a group of sections, and says how many columns it needs.  Patching adds to what stands in the stream, so patch a
 * fresh copy every run. DDR_PATCH records in the streams have no effect in this flow.
 *
 * Files of other families (AIE2PS, AIE4) are refused by name.
 */
#ifndef AIE_DRIVER_IMAGE_CONTROL_ELF_H
#define AIE_DRIVER_IMAGE_CONTROL_ELF_H

#include "driver/image/operation.h"

enum aie_control_section_kind {
	AIE_CONTROL_TEXT, /* .ctrltext: the transaction stream */
	AIE_CONTROL_DATA, /* .ctrldata: control packets */
	AIE_CONTROL_SAVE, /* .preempt_save, .preempt_restore: transaction streams */
	AIE_CONTROL_RESTORE,
	AIE_CONTROL_PDI, /* .pdi.I */
	AIE_CONTROL_PM,  /* .ctrlpkt.pm.I: program-memory control packets */
};

struct aie_control_elf_section {
	enum aie_control_section_kind kind;
	uint32_t id; /* I of .pdi.I and .ctrlpkt.pm.I */
	char name[32];
	const uint8_t *data;
	size_t size, offset; /* bytes; place in the file */
};

/* What is inserted. */
enum aie_control_value {
	AIE_CONTROL_VALUE_ARGUMENT,        /* address of kernel argument `index`, 0 = first buffer, in both forms */
	AIE_CONTROL_VALUE_CONTROL_PACKET,  /* address of a buffer with .ctrldata */
	AIE_CONTROL_VALUE_SCRATCH_MEMORY,  /* preemption scratch memory */
	AIE_CONTROL_VALUE_SCRATCH_CONTROL, /* state-table memory of `size` bytes */
	AIE_CONTROL_VALUE_PM,              /* address of a buffer with .ctrlpkt.pm.<index> */
	AIE_CONTROL_VALUE_PDI,             /* address of a buffer with .pdi.<index> */
};

/* How: the words touched count from the patch's offset. */
enum aie_control_schema {
	AIE_SCHEMA_SCALAR_32 = 3,         /* word 0: bits of the mask */
	AIE_SCHEMA_CONTROL_PACKET_48 = 4, /* words 2, 3: add to a 48-bit address, with the shim aperture */
	AIE_SCHEMA_SHIM_DMA_48 = 5,       /* words 1, 2: the same in a shim descriptor */
	AIE_SCHEMA_ADDRESS_64 = 8,        /* words 0, 1: plain */
};
const char *aie_control_elf_schema_name(uint32_t schema); /* "scalar 32", ...; NULL when unknown */

struct aie_control_elf_patch {
	uint32_t section; /* index into section[] */
	uint32_t offset;  /* bytes */
	uint32_t schema;  /* enum aie_control_schema */
	int32_t addend;   /* bytes */
	uint32_t mask;    /* of AIE_SCHEMA_SCALAR_32 */
	enum aie_control_value value;
	uint32_t index;
	uint32_t size; /* st_size of the symbol */
	char name[32]; /* of the symbol */
};

/* One runnable control code. */
struct aie_control_elf_instance {
	char kernel[64], name[64]; /* "" in the plain form */
	uint32_t argument_count;   /* pointers in the kernel's signature; plain form: one more than the highest index
	                              patched */
	int text, data, save, restore; /* indices into section[], -1 = none */
	uint32_t section_count;
	uint32_t *section; /* all of its sections, the shared PDIs included */
};

struct aie_control_elf {
	uint8_t abi_version;
	bool full;
	uint32_t columns; /* of the partition; 0 = the file does not say */
	uint32_t section_count;
	struct aie_control_elf_section *section;
	uint32_t patch_count;
	struct aie_control_elf_patch *patch;
	uint32_t instance_count;
	struct aie_control_elf_instance *instance;
};

/* Read and check everything but the insides of PDIs; the streams are checked as aie_txn_open() does.  Section data lead
 * into the caller's bytes, which must stay.  Errors: AIE_ERROR_INPUT with byte offset, AIE_ERROR_UNSUPPORTED for other
 * families, compressed sections and legacy symbols, AIE_ERROR_MEMORY.  *elf is empty after a failure. */
int aie_control_elf_open(struct aie_control_elf *elf, const void *data, size_t size, struct aie_error *error);
void aie_control_elf_close(struct aie_control_elf *elf);
/* "KERNEL:INSTANCE", "KERNEL" when it has one instance, NULL when there is only one; NULL with `error` otherwise. */
const struct aie_control_elf_instance *aie_control_elf_find(const struct aie_control_elf *elf, const char *name,
                                                            struct aie_error *error);

/* Is it for this device (NPU4)? AIE_ERROR_UNSUPPORTED names the other one. */
int aie_control_elf_check_device(const struct aie_control_elf *elf, struct aie_error *error);

/* Apply one patch to a copy of its section: `value` is the NPU-visible address (or the number of a scalar).  `words` is
 * the whole section.  The patch was checked against its size when the ELF was opened. */
void aie_control_elf_apply(const struct aie_control_elf_patch *patch, uint64_t value, uint8_t *words);

/* ---- writing ---- */

struct aie_control_elf_new {
	const struct aie_bytes *stream; /* one transaction stream an instance */
	uint32_t instance_count;
	/* The full form: kernel "kernel", instances "name0", ...; NULL for the plain form, which has exactly one
	 * instance. */
	const char *kernel;
	const char *const *instance;
	uint32_t argument_count; /* pointers of the kernel */
	unsigned columns;
	const struct aie_bytes *pdi; /* with their ids 0, 1, ..; every instance has all of them */
	uint32_t pdi_count;
};

/* Make the ELF: every DDR_PATCH of a stream becomes a shim DMA relocation (and the address in its descriptor is
 * cleared), every LOAD_PDI an address relocation to .pdi.<id>. */
int aie_control_elf_write(const struct aie_control_elf_new *new_file, struct aie_bytes *bytes, struct aie_error *error);

#endif
