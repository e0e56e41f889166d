/* Array programs: which tile, buffer, lock, descriptor, route and host step does what, and the image made of it.
 *
 * An operator puts a program together from parts: buffers in the data memory of compute tiles, object FIFOs between a
 * shim DMA channel and a core (buffers + two locks + a ring of descriptors on a DMA channel of the tile), streams
 * through the switches (found by a router), core programs, and the host sequence.  aie_program_finish() turns it into
 * an xclbin and a transaction stream.  Placement is always the caller's.
 *
 * Errors stick: the first one is kept, later calls do nothing, aie_program_finish() reports it.  Ids are small numbers
 * from 0, -1 after an error; every function accepts -1.  Names are copied.  Columns count from the partition's first.
 */
#ifndef AIE_KERNELS_PROGRAM_H
#define AIE_KERNELS_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/error.h"
#include "kernels/operator.h"

enum {
	AIE_PROGRAM_MAX_COLUMNS = 8,
	AIE_PROGRAM_ROWS = 6,
	AIE_PROGRAM_FIRST_CORE_ROW = 2,
	AIE_PROGRAM_DATA_BYTES = 0x10000, /* data memory of a compute tile */
	AIE_PROGRAM_BANK_BYTES = 0x4000,  /* four banks of 16 KiB as 512-bit accesses see them (documented) */
	AIE_PROGRAM_BANKS = 4,
	AIE_PROGRAM_CORE_DATA = 0x70000, /* where a core sees its own data memory */
	AIE_PROGRAM_CORE_LOCK = 48,      /* how a core numbers lock 0 of its own tile */
	AIE_PROGRAM_MAX_DEPTH = 8,
	AIE_PROGRAM_NAME = 32,
};

struct aie_program;

struct aie_program *aie_program_create(struct aie_error *error);
void aie_program_destroy(struct aie_program *program); /* NULL is allowed */
/* The first error so far, or NULL. */
const struct aie_error *aie_program_error(const struct aie_program *program);
/* Record an error of the caller's own (kept when it is the first). */
void aie_program_fail(struct aie_program *program, const struct aie_error *error);

/* ---- memory ------------------------------------------------------------------------------------------------------ */

enum { AIE_PROGRAM_ANY_BANK = -1 };

struct aie_program_buffer {
	const char *name;
	size_t size;      /* bytes */
	int bank;         /* 16 KiB bank where it should start, or AIE_PROGRAM_ANY_BANK */
	uint32_t address; /* out: byte offset in the tile's data memory, 64-byte aligned */
};
/* Place all buffers of a tile: at their banks if everything fits so, else one behind the other. */
void aie_program_place_buffers(struct aie_program *program, unsigned column, unsigned row,
                               struct aie_program_buffer *buffer, size_t count);

/* A free lock of a compute tile; fifo and role are what reports call it. */
int aie_program_lock(struct aie_program *program, unsigned column, unsigned row, unsigned initial, const char *fifo,
                     const char *role);

/* ---- object FIFOs on the core side ----------------------------------------------------------------------------------
 */

/* How a core takes part: it waits for `full` (input) or `empty` (output) and releases the other by 1. */
struct aie_program_fifo {
	char name[AIE_PROGRAM_NAME];
	uint8_t column, row, channel;
	bool input; /* S2MM into the tile; else MM2S out of it */
	uint8_t depth;
	uint8_t lock_empty, lock_full;
	uint32_t bytes;
	uint32_t address[AIE_PROGRAM_MAX_DEPTH]; /* in the tile's data memory */
	uint8_t descriptor[AIE_PROGRAM_MAX_DEPTH];
};

struct aie_program_fifo_spec {
	const char *name;
	unsigned column, row;
	bool input;
	unsigned depth;
	size_t bytes;            /* of one object, a multiple of 4 */
	const uint32_t *address; /* depth buffers */
	int wrong_release;       /* 0; else, for hang tests: this many is added to the lock id that the DMA releases */
};
/* Take two locks, a DMA channel and descriptors, and start the ring at configuration. */
int aie_program_fifo(struct aie_program *program, const struct aie_program_fifo_spec *spec);
const struct aie_program_fifo *aie_program_get_fifo(const struct aie_program *program, int fifo); /* NULL for -1 */

/* ---- shim channels and streams ----------------------------------------------------------------------------------- */

/* Take channel `channel` (0 or 1) of a column's shim DMA and join it to a FIFO: MM2S (reads system memory) to an input,
 * S2MM to an output.  Returns the shim channel's id. */
int aie_program_connect(struct aie_program *program, unsigned shim_column, unsigned channel, int fifo);

/* ---- cores ------------------------------------------------------------------------------------------------------- */

/* The program of a tile; ownership of `elf` (malloc) passes also on failure. */
void aie_program_core(struct aie_program *program, unsigned column, unsigned row, unsigned index, uint8_t *elf,
                      size_t elf_size);

/* ---- host sequence ----------------------------------------------------------------------------------------------- */

/* Start one linear transfer of a shim channel: `bytes` of argument `argument` from `offset`, both multiples of 4.  With
 * `token` its completion can be waited for. */
void aie_program_transfer(struct aie_program *program, int shim, unsigned argument, uint64_t offset, uint64_t bytes,
                          bool token);
/* Wait for the completion token of a channel's oldest transfer that asked for one. */
void aie_program_wait(struct aie_program *program, int shim);

/* ---- the image --------------------------------------------------------------------------------------------------- */

int aie_program_finish(struct aie_program *program, struct aie_error *error);
/* After finish, valid until destroy. */
const struct aie_operator_image *aie_program_image(const struct aie_program *program);
/* Fill worker, lock and channel lists of an info structure; owned by the program. */
void aie_program_describe(const struct aie_program *program, struct aie_operator_info *info);
/* The configuration object alone (what stands inside the PDI), for tests and dumps. */
const uint8_t *aie_program_cdo(const struct aie_program *program, size_t *size);

#endif
