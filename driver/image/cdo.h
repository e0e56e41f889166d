/* CDO, configuration data object (version 2): register writes that configure the array, the body of a PDI.
 *
 * Layout: 5 header words (4, identification "CDO", version, command words, checksum), then commands of one or more
 * words. What the NPU's loader refuses is refused here; where it looks away (addresses, short payloads) this reader
 * looks.
 */
#ifndef AIE_DRIVER_IMAGE_CDO_H
#define AIE_DRIVER_IMAGE_CDO_H

#include "driver/image/operation.h"

enum { AIE_CDO_HEADER_WORDS = 5, AIE_CDO_HEADER_BYTES = 4 * AIE_CDO_HEADER_WORDS };
#define AIE_CDO_IDENTIFICATION     0x004F4443U
#define AIE_CDO_IDENTIFICATION_OLD 0x584C4E58U /* "XLNX": refused by the NPU */
#define AIE_CDO_VERSION            0x00000200U

/* ---- reading ---- */

/* A checked CDO with its own copy of the words.  Offsets in operations and messages count from `base` (0x150 in a PDI).
 */
struct aie_cdo {
	uint32_t *words;        /* header and commands */
	uint32_t command_words; /* plain form */
	uint32_t version;
	size_t base;
	size_t operations; /* how many aie_cdo_next() gives */
	/* The separated form of a transformed PDI: command zone right after the header, then the data zone. */
	bool separated;
	uint32_t zone_words, data_words;
	uint32_t *zeros; /* for blocks of zeros; NULL when there are none */
};

/* Read and check `size` bytes (more than the CDO needs is allowed).  `columns`: width of the partition its addresses
 * must lie in, 0 = any.  Errors: AIE_ERROR_INPUT with byte offset, AIE_ERROR_MEMORY.  *cdo is empty after a failure. */
int aie_cdo_open(struct aie_cdo *cdo, const void *data, size_t size, unsigned columns, struct aie_error *error);
void aie_cdo_close(struct aie_cdo *cdo);

/* Walking: start with a zeroed cursor; true while there is an operation.  The operation's words live as long as the
 * CDO. */
struct aie_cdo_cursor {
	size_t at;        /* words into the commands */
	uint32_t command; /* separated form: group being read */
	uint32_t left;    /* records left in it */
};
bool aie_cdo_next(const struct aie_cdo *cdo, struct aie_cdo_cursor *cursor, struct aie_operation *operation);

/* ---- writing ---- */

/* Commands are collected; the first failure (no memory, bad argument) sticks and comes out of aie_cdo_finish().  The
 * body begins with one empty NOP, and NOPs bring the data of block writes to a multiple of 16 bytes, both as mlir-aie
 * does. */
struct aie_cdo_builder {
	uint32_t *words;
	size_t count, capacity;
	struct aie_error error;
};
void aie_cdo_begin(struct aie_cdo_builder *builder);
void aie_cdo_write32(struct aie_cdo_builder *builder, uint64_t address, uint32_t value);
void aie_cdo_mask_write32(struct aie_cdo_builder *builder, uint64_t address, uint32_t mask, uint32_t value);
/* `words` little endian; one word becomes a WRITE; a block must stay inside its tile. */
void aie_cdo_block_write(struct aie_cdo_builder *builder, uint64_t address, const uint32_t *words, size_t count);
void aie_cdo_nop(struct aie_cdo_builder *builder);
/* WRITE, MASK_WRITE, BLOCK_WRITE or NOP, as a reader gave it. */
void aie_cdo_append(struct aie_cdo_builder *builder, const struct aie_operation *operation);
/* Make the CDO and release the builder, also on failure. */
int aie_cdo_finish(struct aie_cdo_builder *builder, struct aie_bytes *bytes, struct aie_error *error);
/* Release the builder without a result. */
void aie_cdo_abandon(struct aie_cdo_builder *builder);

#endif
