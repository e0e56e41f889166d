/* Transaction stream (insts.bin): what the NPU's command processor runs, records of register writes, waits, patches.
 *
 * Two encodings: version 0.1 (full records, mlir-aie) and 1.0 (short records, AMD's tools).  The older text form has
 * one word of 8 hex digits a line.  The header-less "DPU sequence" of the Phoenix era is refused by name.
 */
#ifndef AIE_DRIVER_IMAGE_TXN_H
#define AIE_DRIVER_IMAGE_TXN_H

#include "driver/image/operation.h"

enum { AIE_TXN_HEADER_BYTES = 16, AIE_TXN_GENERATION_BYTE = 2 };
enum aie_txn_version { AIE_TXN_V0_1, AIE_TXN_V1_0 };
/* Device generation byte (documented in tools' sources; not to be checked strictly). */
enum { AIE_TXN_NPU1 = 3, AIE_TXN_NPU2 = 4, AIE_TXN_AIE2PS = 5, AIE_TXN_STRIX_A0 = 8, AIE_TXN_STRIX_B0 = 9 };

/* Does a stream with this generation byte run on NPU4? AIE_ERROR_UNSUPPORTED names the other device. */
int aie_txn_check_device(unsigned generation, struct aie_error *error);

/* ---- reading ---- */

/* What the reader may rely on about the place where the stream will run. */
struct aie_txn_limits {
	unsigned columns;    /* of the partition; 0 = those of the stream's header */
	bool execute;        /* about to run on NPU4: also check the two below, refuse streams of other devices */
	unsigned arguments;  /* host buffers of the command: DDR_PATCH must name one of them */
	bool ignore_patches; /* the stream comes from a control-code ELF: its DDR_PATCH records have no effect and no
	                        argument */
	uint64_t heap_address, heap_size; /* where LOAD_PDI may point; size 0 = not checked */
};

/* A checked stream with its own copy. */
struct aie_txn {
	uint32_t *words;
	uint32_t size; /* bytes, header included */
	uint32_t end;  /* of the last record; zero words may follow */
	enum aie_txn_version version;
	uint8_t generation, rows, columns, memory_rows; /* as the header says */
	uint32_t operations;
};

/* Read and check `size` bytes (more than the stream needs is allowed).  `limits` may be NULL: only what the stream
 * itself must hold.  Errors: AIE_ERROR_INPUT with byte offset; AIE_ERROR_UNSUPPORTED for another device's stream when
 * `execute`; AIE_ERROR_MEMORY.  *txn is empty after a failure. */
int aie_txn_open(struct aie_txn *txn, const void *data, size_t size, const struct aie_txn_limits *limits,
                 struct aie_error *error);
void aie_txn_close(struct aie_txn *txn);
/* Walk: *position starts at 0; true while there is an operation.  Its words live as long as the stream. */
bool aie_txn_next(const struct aie_txn *txn, size_t *position, struct aie_operation *operation);

/* The older text form: true when the bytes look like it (hex digits, white space). */
bool aie_txn_recognise_text(const void *data, size_t size);
/* Text to bytes of the binary form and back; messages of the first name the line. */
int aie_txn_from_text(const char *text, size_t size, struct aie_bytes *bytes, struct aie_error *error);
int aie_txn_to_text(const void *data, size_t size, struct aie_bytes *text, struct aie_error *error);

/* A file in either form (an ELF is refused) to bytes of the binary form, not yet checked. */
int aie_txn_from_file(const void *data, size_t size, struct aie_bytes *bytes, struct aie_error *error);

/* ---- writing ---- */

/* Records are collected; the first failure sticks and comes out of aie_txn_finish(). */
struct aie_txn_builder {
	uint8_t *data;
	size_t size, capacity;
	uint32_t operations;
	enum aie_txn_version version;
	struct aie_error error;
};
/* `generation`: AIE_TXN_NPU2 for Strix; `columns`: width of the partition. */
void aie_txn_begin(struct aie_txn_builder *builder, enum aie_txn_version version, unsigned generation,
                   unsigned columns);
void aie_txn_write32(struct aie_txn_builder *builder, uint64_t address, uint32_t value);
void aie_txn_mask_write32(struct aie_txn_builder *builder, uint64_t address, uint32_t mask, uint32_t value);
void aie_txn_block_write(struct aie_txn_builder *builder, uint64_t address, const uint32_t *words, size_t count);
void aie_txn_mask_poll(struct aie_txn_builder *builder, uint64_t address, uint32_t mask, uint32_t value);
/* `address`: word 1 of a shim descriptor that an earlier block write filled; `argument`: host buffer, 0 = first. */
void aie_txn_ddr_patch(struct aie_txn_builder *builder, uint64_t address, unsigned argument, uint64_t addend);
/* Wait for the task-complete token of a channel on `columns` x `rows` tiles from (column, row). */
void aie_txn_sync(struct aie_txn_builder *builder, unsigned column, unsigned row, bool mm2s, unsigned channel,
                  unsigned columns, unsigned rows);
/* Any operation as a reader gave it, in the builder's version. */
void aie_txn_append(struct aie_txn_builder *builder, const struct aie_operation *operation);
/* Make the stream and release the builder, also on failure. */
int aie_txn_finish(struct aie_txn_builder *builder, struct aie_bytes *bytes, struct aie_error *error);
void aie_txn_abandon(struct aie_txn_builder *builder);

#endif
