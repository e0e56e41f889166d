/* The memory-mapped registers of the AIE2P array: addresses, fields, names.
 *
 * Everything comes from aie2p_array_registers.tsv.  For each register the generated header has
 *   AIE_<MODULE>_<REGISTER>                     byte offset in the tile (of index 0)
 *   ..._STRIDE, ..._COUNT                       when there is one index (lines of a memory count as one)
 *   ..._STRIDE0, _COUNT0, _STRIDE1, _COUNT1     when there are two, in the order of the name
 *   ..._RESET_VALUE                             when it is not 0
 *   ..._<FIELD>_LSB, ..._<FIELD>_WIDTH          in bits
 * with modules CORE and MEM (the two halves of a compute tile), MEMTILE, SHIM.  Indices vanish from the name:
 * DMA_BD#_0 is AIE_MEM_DMA_BD_0, Lock#_value is AIE_MEM_LOCK_VALUE.
 *
 * Pure data and pure functions; any thread.
 */
#ifndef AIE_DRIVER_IMAGE_REGISTERS_H
#define AIE_DRIVER_IMAGE_REGISTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/image/generated/aie2p_array_registers.h"

/* ---- addresses: column << 25 | row << 20 | offset ---------------------------------------------------------------- */

enum {
	AIE_TILE_OFFSET_BITS = 20,
	AIE_TILE_ROW_BITS = 5,
	AIE_TILE_COLUMN_BITS = 7,
	AIE_TILE_BYTES = 1 << AIE_TILE_OFFSET_BITS,
	AIE_TILE_COLUMN_SHIFT = AIE_TILE_OFFSET_BITS + AIE_TILE_ROW_BITS,
};

/* Rows of an XDNA/XDNA2 array (documented, all shipping parts): one shim row, one memory row, four compute rows. */
enum { AIE_ROW_SHIM = 0, AIE_ROW_MEMORY = 1, AIE_ROW_FIRST_COMPUTE = 2, AIE_ARRAY_ROWS = 6 };
enum { AIE_NPU4_COLUMNS = 8 };

enum aie_tile_kind { AIE_TILE_SHIM, AIE_TILE_MEMORY, AIE_TILE_COMPUTE };
enum { AIE_TILE_KINDS = 3 };

static inline uint32_t aie_tile_address(unsigned column, unsigned row, uint32_t offset)
{
	return (uint32_t)column << AIE_TILE_COLUMN_SHIFT | (uint32_t)row << AIE_TILE_OFFSET_BITS | offset;
}

static inline unsigned aie_address_column(uint64_t address)
{
	return (unsigned)(address >> AIE_TILE_COLUMN_SHIFT) & ((1U << AIE_TILE_COLUMN_BITS) - 1);
}

static inline unsigned aie_address_row(uint64_t address)
{
	return (unsigned)(address >> AIE_TILE_OFFSET_BITS) & ((1U << AIE_TILE_ROW_BITS) - 1);
}

static inline uint32_t aie_address_offset(uint64_t address)
{
	return (uint32_t)address & (AIE_TILE_BYTES - 1);
}

static inline enum aie_tile_kind aie_tile_kind_of_row(unsigned row)
{
	return row == AIE_ROW_SHIM ? AIE_TILE_SHIM : row == AIE_ROW_MEMORY ? AIE_TILE_MEMORY : AIE_TILE_COMPUTE;
}

const char *aie_tile_kind_name(enum aie_tile_kind kind); /* "shim", "memory", "compute" */

/* ---- fields ------------------------------------------------------------------------------------------------------ */

/* A field of up to 32 bits of a 32-bit word. */
static inline uint32_t aie_field_mask(unsigned lsb, unsigned width)
{
	return (uint32_t)(((UINT64_C(1) << width) - 1) << lsb);
}

static inline uint32_t aie_field_get(uint32_t word, unsigned lsb, unsigned width)
{
	return (word & aie_field_mask(lsb, width)) >> lsb;
}

/* `value` is cut to the width: check ranges before. */
static inline uint32_t aie_field_set(uint32_t word, unsigned lsb, unsigned width, uint32_t value)
{
	return (word & ~aie_field_mask(lsb, width)) | (value << lsb & aie_field_mask(lsb, width));
}

/* By name: AIE_FIELD_GET(word, AIE_MEM_DMA_BD_0_BUFFER_LENGTH); AIE_FIELD makes a word with only this field set. */
#define AIE_FIELD_GET(word, field)        aie_field_get((word), field##_LSB, field##_WIDTH)
#define AIE_FIELD_SET(word, field, value) aie_field_set((word), field##_LSB, field##_WIDTH, (value))
#define AIE_FIELD(field, value)           aie_field_set(0, field##_LSB, field##_WIDTH, (value))
#define AIE_FIELD_MASK(field)             aie_field_mask(field##_LSB, field##_WIDTH)

/* ---- the table at run time --------------------------------------------------------------------------------------- */

enum aie_register_module { AIE_MODULE_CORE, AIE_MODULE_MEM, AIE_MODULE_MEMTILE, AIE_MODULE_SHIM };

enum aie_register_access {
	AIE_ACCESS_RW,
	AIE_ACCESS_RO,
	AIE_ACCESS_WO,
	AIE_ACCESS_WTC,     /* write one to clear */
	AIE_ACCESS_MIXED,   /* the fields say */
	AIE_ACCESS_UNKNOWN, /* not documented */
};

struct aie_tile_field {
	const char *name;
	uint16_t lsb, width; /* bits; memories and vector registers have fields wider than 32 */
	uint8_t access;      /* enum aie_register_access */
};

struct aie_tile_register {
	const char *name;    /* with one # for every index: "DMA_BD#_0" */
	uint8_t module;      /* enum aie_register_module */
	uint8_t access;      /* enum aie_register_access */
	uint16_t width;      /* bits: 32, or 64, 128, 256 for memories and core state */
	uint32_t offset;     /* of index 0 */
	uint32_t reset;      /* of the low 32 bits; the others are 0 */
	uint8_t index_count; /* 0..2 */
	struct {
		uint32_t count, stride;
		uint32_t first; /* number the first one has in its name */
	} index[2];
	uint16_t field_count;
	const struct aie_tile_field *field; /* highest bits first */
};

/* Where an offset of a tile leads. */
struct aie_register_location {
	const struct aie_tile_register *reg;
	uint32_t index[2]; /* from 0; add reg->index[i].first for the name */
	uint32_t byte;     /* inside the register: 0 for 32-bit registers when the offset is word aligned */
};

/* False when no register of that tile kind covers the byte at `offset`. */
bool aie_register_find(enum aie_tile_kind kind, uint32_t offset, struct aie_register_location *location);
/* The register called `name` (with #, case as in the table) of a module; NULL if there is none. */
const struct aie_tile_register *aie_register_find_name(enum aie_register_module module, const char *name);
/* Byte offset of an instance: indices from 0, checked by assertion of the caller. */
uint32_t aie_register_offset(const struct aie_tile_register *reg, uint32_t index0, uint32_t index1);
/* All registers, for those who build their own tables. */
unsigned aie_register_count(void);
const struct aie_tile_register *aie_register_at(unsigned number);

/* The name with its numbers, e.g. "DMA_BD3_0", "Lock7_value", "DataMemory[0x1240]"; always terminated; returns the
 * length that was needed. */
size_t aie_register_print(const struct aie_register_location *location, char *text, size_t size);
/* The reverse: byte offset of a register by its printed name, with or without "MODULE." in front and "+0x4" or the like
 * behind ("CORE.Core_Control", "DMA_BD3_0", "DataMemory[0x1240]", "Core_WL2_Part1+0x8").  False when there is
 * none, or when both halves of a compute tile have one and no module is named. */
bool aie_register_parse(enum aie_tile_kind kind, const char *text, uint32_t *offset);
const char *aie_register_module_name(enum aie_register_module module); /* "CORE", "MEM", "MEMTILE", "SHIM" */

#endif
