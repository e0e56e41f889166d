/* Core ELF: the program of one compute tile, ELF32 machine 264 (AIE), flags 3 (AIE2P).
 *
 * Addresses are those the core uses: program 0..0x3FFF; data memory of the south, west, north neighbour and the own one
 * in windows of 64 KiB from 0x40000, 0x50000, 0x60000, 0x70000.  The reader cuts segments at window edges, so that
 * every piece lies in one memory.
 */
#ifndef AIE_DRIVER_IMAGE_CORE_ELF_H
#define AIE_DRIVER_IMAGE_CORE_ELF_H

#include "driver/image/cdo.h"

enum {
	AIE_CORE_ELF_MACHINE = 264,
	AIE_CORE_ELF_FLAGS_AIE1 = 1,
	AIE_CORE_ELF_FLAGS_AIE2 = 2,
	AIE_CORE_ELF_FLAGS_AIE2P = 3,
	AIE_CORE_ELF_PROGRAM_BYTES = 0x4000,
	AIE_CORE_ELF_DATA_BYTES = 0x10000, /* of each data window */
	AIE_CORE_ELF_OWN_DATA = 0x70000,
};

enum aie_core_elf_window {
	AIE_WINDOW_PROGRAM,
	AIE_WINDOW_SOUTH, /* the core sees it at 0x40000 */
	AIE_WINDOW_WEST,  /* 0x50000 */
	AIE_WINDOW_NORTH, /* 0x60000 */
	AIE_WINDOW_OWN,   /* 0x70000 */
};
const char *aie_core_elf_window_name(enum aie_core_elf_window window); /* "program", "south data", ... */

/* Bytes for one memory, in the order of the file; later pieces win over earlier ones. */
struct aie_core_elf_piece {
	enum aie_core_elf_window window;
	uint32_t offset; /* inside the window */
	uint32_t size;
	const uint8_t *data; /* NULL: filled with `fill` */
	uint32_t fill;       /* little-endian word pattern, starting at the first byte of the piece */
	size_t file_offset;  /* of the program header, for messages */
};

/* A checked ELF.  Pointers lead into the caller's bytes, which must stay. */
struct aie_core_elf {
	uint32_t flags, entry;
	uint32_t piece_count;
	struct aie_core_elf_piece *piece;
	uint32_t program_bytes; /* end of the highest program piece */
	uint32_t overlaps;      /* pieces that overlap earlier ones (legal, last wins; worth a warning) */
};

/* Read and check.  `any_generation`: also take AIE1 and AIE2 code (for dumps); else flags must be 3.  Errors:
 * AIE_ERROR_INPUT with byte offset, AIE_ERROR_UNSUPPORTED for AIE1/AIE2 code, AIE_ERROR_MEMORY. *elf is empty after a
 * failure. */
int aie_core_elf_open(struct aie_core_elf *elf, const void *data, size_t size, bool any_generation,
                      struct aie_error *error);
void aie_core_elf_close(struct aie_core_elf *elf);

/* The tile and offset a window leads to for the core at (column, row) in an array of `columns`: K1 errors when there is
 * no such compute tile. */
int aie_core_elf_place(const struct aie_core_elf_piece *piece, unsigned column, unsigned row, unsigned columns,
                       uint64_t *address, struct aie_error *error);

/* Add the load of a core to a CDO, in the order mlir-aie's writer uses: core disabled, DMA channels held in reset,
 * program, data, DMA released.  Bytes at unaligned ends are merged with mask writes. */
int aie_core_elf_to_cdo(const struct aie_core_elf *elf, unsigned column, unsigned row, unsigned columns,
                        struct aie_cdo_builder *builder, struct aie_error *error);
/* Pulse the core's reset (Core_Control.Reset 1, then 0), and let it run (Enable 1). */
void aie_cdo_core_reset(struct aie_cdo_builder *builder, unsigned column, unsigned row);
void aie_cdo_core_enable(struct aie_cdo_builder *builder, unsigned column, unsigned row);

/* ---- writing ---- */

struct aie_core_elf_segment {
	uint32_t address; /* as the core sees it; < 0x4000: program */
	const void *data;
	uint32_t size;        /* bytes of data */
	uint32_t memory_size; /* >= size; the rest is zero */
};
/* An executable ELF with program headers only (entry 0, flags 3, table right behind the header). */
int aie_core_elf_write(const struct aie_core_elf_segment *segment, size_t count, struct aie_bytes *bytes,
                       struct aie_error *error);

#endif
