/* What an AIE2P instruction is: registers, operands, encodings, bundle formats, pipeline timing.
 *
 * Everything here is read from tables that the build generates from the one description under isa/aie2p/.  The library
 * knows no memory and no tile.  All functions are pure and may be called from any thread.
 *
 * Names follow llvm-aie: an *instruction* (opcode) fills one *slot*; up to seven instructions of different slots make a
 * *bundle* (VLIW packet) of 2..16 bytes.
 */
#ifndef AIE_ISA_ISA_H
#define AIE_ISA_ISA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/error.h"

/* ---- registers ------------------------------------------------------------------------------------------------- */

/* A register is a view of one or more pieces of the register file image, lowest bits first.  The image is a flat block
 * of aie_isa_register_image_size() bytes, little endian: a leaf register of up to 32 bits has its own 4 bytes; l(i) is
 * r(2i), r(2i+1) contiguous; x, y, cm, dm, lf, sf are contiguous; d, ex, ey, qx, qex, qey are several pieces. */
struct aie_register_piece {
	uint16_t offset; /* bytes into the image */
	uint16_t size;   /* bytes */
};

enum { AIE_REGISTER_MAX_PIECES = 8, AIE_REGISTER_NONE = 0xFFFF, AIE_REGISTER_MAX_BYTES = 256 };

struct aie_register {
	const char *name;     /* unique, e.g. "wl3", "l2", "d1_3d", "crRnd" */
	const char *assembly; /* spelling in assembly, e.g. "r5:r4" for l2, "d1" for d1_3d */
	uint16_t bits;        /* architectural width; the pieces may hold more (a 20-bit register takes 4 bytes) */
	uint8_t piece_count;
	struct aie_register_piece piece[AIE_REGISTER_MAX_PIECES];
};

/* Register ids are AIE_REG_<NAME in capitals> of the generated header isa/generated/aie2p_registers.h, dense from 0. */
unsigned aie_isa_register_count(void);
size_t aie_isa_register_image_size(void);
const struct aie_register *aie_isa_register(unsigned id);
/* The id of a register by its unique name or (when that is unambiguous) its assembly spelling; AIE_REGISTER_NONE if
 * none. */
unsigned aie_isa_register_find(const char *name);

/* ---- instruction description ----------------------------------------------------------------------------------- */

enum aie_slot {
	AIE_SLOT_LDA,
	AIE_SLOT_LDB,
	AIE_SLOT_ALU,
	AIE_SLOT_MV,
	AIE_SLOT_ST,
	AIE_SLOT_VEC,
	AIE_SLOT_LNG,
	AIE_SLOT_NOP,
	AIE_SLOT_COUNT
};

enum aie_opcode_flag {
	AIE_OPCODE_LOAD = 1 << 0,
	AIE_OPCODE_STORE = 1 << 1,
	AIE_OPCODE_SIDE_EFFECT = 1 << 2,
	AIE_OPCODE_DELAY_SLOTS = 1 << 3, /* a control transfer: five delay slots */
	AIE_OPCODE_NOP = 1 << 4,         /* the nop of its slot */
};

enum {
	AIE_MAX_OPERANDS = 12,
	AIE_MAX_IMPLICIT = 8,
	AIE_MAX_STAGES = 24,
	AIE_BUNDLE_MAX_INSNS = 7,
	AIE_BUNDLE_MAX_BYTES = 16
};

enum aie_operand_kind {
	AIE_OPERAND_REGISTER,  /* value = register id */
	AIE_OPERAND_IMMEDIATE, /* value = the number as written in assembly (already scaled and sign-extended) */
};

struct aie_operand_description {
	const char *name; /* as in the description: dst, ptr, ptr_out, mod, imm, s1, acc1, acc, ... */
	enum aie_operand_kind kind;
	bool output;
	int8_t tied;            /* for an output: index of the input that names the same register, or -1 */
	uint16_t operand_class; /* index into the operand class table (codes, ranges) */
};

struct aie_opcode_description {
	const char *name;     /* e.g. "VMAC_f_vmac_bf_vmul_bf_core_X_X" */
	const char *mnemonic; /* e.g. "vmac.f" */
	const char *assembly; /* operand template, e.g. "$dst, $acc1, $s1, $s2, $acc" */
	enum aie_slot slot;
	uint32_t flags; /* enum aie_opcode_flag */
	uint8_t operand_count;
	struct aie_operand_description operand[AIE_MAX_OPERANDS];
	uint8_t implicit_def_count, implicit_use_count;
	uint16_t implicit_def[AIE_MAX_IMPLICIT]; /* register ids */
	uint16_t implicit_use[AIE_MAX_IMPLICIT];
};

/* Opcode ids are AIE_OP_<NAME> of the generated header isa/generated/aie2p_opcodes.h, dense from 0: 872 instructions,
 * the nops of the seven slots, and AIE_OP_NOP, the instruction of the 16-bit bundle (slot AIE_SLOT_NOP). */
unsigned aie_isa_opcode_count(void);
const struct aie_opcode_description *aie_isa_opcode(unsigned opcode);
unsigned aie_isa_opcode_find(const char *name); /* by unique name; returns aie_isa_opcode_count() if none */
/* Index of the operand called `name`, or -1. */
int aie_isa_operand_find(const struct aie_opcode_description *description, const char *name);

/* ---- decoded instructions and bundles -------------------------------------------------------------------------- */

struct aie_insn {
	uint16_t opcode;
	int64_t operand[AIE_MAX_OPERANDS]; /* register id or immediate, in description order; fixed registers filled in
	                                      too; a tied output holds the register of the input it is tied to */
};

struct aie_bundle {
	uint8_t size;  /* bytes, 2..16, even */
	uint8_t count; /* instructions, nops of slots included as they stand in the encoding */
	uint16_t format;
	struct aie_insn insn[AIE_BUNDLE_MAX_INSNS];
};

/* Size in bytes of the bundle whose first byte is `first` (a function of its low 4 bits). */
unsigned aie_isa_bundle_size(uint8_t first);

/* Decode the bundle at bytes[0..available).  On failure (unknown instruction or format, too few bytes) `error` says
 * which slot and which bits, category AIE_ERROR_INPUT.  Bits that the description calls don't-care are ignored. */
int aie_isa_decode(const uint8_t *bytes, size_t available, struct aie_bundle *bundle, struct aie_error *error);

/* Encode: choose the smallest format that holds the given instructions (any order, one per slot; nops are added where
 * the format needs them) when bundle->size is 0, or the format with that size when it is not.  Fills bundle->size and
 * bundle->format and writes the bytes; don't-care bits are 0.  Fails with AIE_ERROR_INPUT on two instructions of one
 * slot, an operand outside its class or range, or no fitting format. */
int aie_isa_encode(struct aie_bundle *bundle, uint8_t bytes[AIE_BUNDLE_MAX_BYTES], struct aie_error *error);

/* ---- pipeline timing ------------------------------------------------------------------------------------------- */

/* Cycle numbers are those of the itineraries: an operand with cycle u is sampled at issue + u - 1 and a result with
 * cycle d is visible to samples from issue + d on ("read sees write iff P + def < C + use", or == when the bypass
 * classes match). */
enum aie_bypass { AIE_BYPASS_NONE, AIE_BYPASS_MV, AIE_BYPASS_VEC };

enum aie_stage_kind { AIE_STAGE_REQUIRED, AIE_STAGE_RESERVED };

struct aie_stage {
	uint8_t offset;   /* cycles after issue */
	uint8_t cycles;   /* how long the resource is held */
	uint8_t resource; /* index; AIE_RESOURCE_<NAME> of the generated header */
	uint8_t kind;     /* enum aie_stage_kind */
};

struct aie_timing {
	uint8_t operand_cycle[AIE_MAX_OPERANDS];
	uint8_t operand_bypass[AIE_MAX_OPERANDS]; /* enum aie_bypass */
	uint8_t implicit_def_cycle[AIE_MAX_IMPLICIT];
	uint8_t implicit_use_cycle[AIE_MAX_IMPLICIT];
	uint8_t memory_count;
	uint8_t memory_cycle[2]; /* stage of the data-memory access(es) */
	uint8_t stage_count;
	struct aie_stage stage[AIE_MAX_STAGES];
};

/* Timing of a decoded instruction; the itinerary variant depends on its operand registers.  Never fails for an
 * instruction that decode or encode accepted. */
const struct aie_timing *aie_isa_timing(const struct aie_insn *insn);
const char *aie_isa_resource_name(unsigned resource);

/* ---- text ------------------------------------------------------------------------------------------------------ */

/* Write the assembly of an instruction or of a whole bundle ("a; b; c") to `text`, always terminated; returns the
 * length that was needed. */
size_t aie_isa_print_insn(const struct aie_insn *insn, char *text, size_t size);
size_t aie_isa_print_bundle(const struct aie_bundle *bundle, char *text, size_t size);

#endif
