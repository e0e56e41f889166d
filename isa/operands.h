/* Operand classes, bundle formats and relocations: what an assembler needs beyond isa/isa.h.
 *
 * A class says which registers (with their codes) or which numbers an operand takes;
 * aie_operand_description.operand_class is an index into the class table.  All pointers are to constant tables.  All
 * functions are pure.
 */
#ifndef AIE_ISA_OPERANDS_H
#define AIE_ISA_OPERANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/error.h"
#include "isa/isa.h"

/* ---- operand classes ------------------------------------------------------------------------------------------- */

enum aie_class_kind {
	AIE_CLASS_REGISTER,  /* one of the members, told apart by the code */
	AIE_CLASS_FIXED,     /* exactly one register, no bits in the encoding */
	AIE_CLASS_IMMEDIATE, /* a number */
	AIE_CLASS_SET,       /* only a set of registers (conditions of the timing); no operand has such a class */
};

struct aie_class_member {
	uint16_t reg; /* register id */
	uint8_t code;
};

struct aie_operand_class {
	const char *name;
	enum aie_class_kind kind;
	uint8_t width; /* bits of the code in the encoding */
	/* registers */
	uint16_t member_count;
	const struct aie_class_member *member;
	uint16_t coding, decode_first; /* indices for the codec */
	/* immediates: the number as written; it must be a multiple of step in minimum..maximum; its code is
	 * (number / step) modulo 2^width */
	bool is_signed;
	bool symbol;      /* assembly may name a symbol here: the encoding has relocations */
	bool hexadecimal; /* how it is printed */
	int64_t step, minimum, maximum;
};

unsigned aie_isa_operand_class_count(void);
const struct aie_operand_class *aie_isa_operand_class(unsigned index);

/* The register of the class that is spelled text[0..length) in assembly (any case); AIE_REGISTER_NONE if there is none.
 */
unsigned aie_isa_class_register(const struct aie_operand_class *operand_class, const char *text, size_t length);
bool aie_isa_class_contains(const struct aie_operand_class *operand_class, unsigned reg);

/* May the number be written for this class?  If not, the error says why (AIE_ERROR_INPUT).  On success *value is the
 * number as decode gives it: the 32-bit class also takes the unsigned reading of a negative number (#0xffffffff for
 * -1). */
int aie_isa_class_immediate(const struct aie_operand_class *operand_class, int64_t *value, struct aie_error *error);

/* Does the operand stand in the assembly template?  Operands that do not are implied: aie_isa_complete() fills them in.
 */
bool aie_isa_operand_shown(unsigned opcode, unsigned operand);

/* Fill in the operands of the instruction that its assembly does not show: fixed registers, tied outputs, the counters
 * of 2D and 3D addressing, the group of load-FIFO registers.  Fails with AIE_ERROR_INPUT when a shown operand is
 * outside its class or range, or two shown operands that share one code disagree (vmac with two accumulators, fifo
 * operands). */
int aie_isa_complete(struct aie_insn *insn, struct aie_error *error);

/* ---- bundle formats -------------------------------------------------------------------------------------------- */

enum { AIE_FORMAT_MAX_SLOTS = 6 };

struct aie_format {
	const char *name;
	uint8_t size; /* bytes */
	uint8_t slot_count;
	uint8_t slot[AIE_FORMAT_MAX_SLOTS]; /* enum aie_slot, in the order in which they are printed */
};

unsigned aie_isa_format_count(void);
const struct aie_format *aie_isa_format(unsigned index); /* index as in aie_bundle.format */

/* The nop of a slot, an opcode id. */
unsigned aie_isa_slot_nop(enum aie_slot slot);
const char *aie_isa_slot_name(enum aie_slot slot);

/* ---- relocations ----------------------------------------------------------------------------------------------- */

enum { AIE_RELOCATION_WORD32 = 62, AIE_RELOCATION_NONE = -1 };

struct aie_relocation {
	uint8_t size; /* bytes of the bundle; 0 = a 32-bit data word */
	uint8_t field_count;
	struct {
		uint8_t high, low; /* bits of the little-endian bundle word; the high part of the value comes first */
	} field[2];
};

unsigned aie_isa_relocation_count(void);
const struct aie_relocation *aie_isa_relocation(unsigned type);
/* The relocation type that patches an operand of an instruction in a bundle of this format, or AIE_RELOCATION_NONE. */
int aie_isa_relocation_find(unsigned format, unsigned opcode, unsigned operand);
/* Insert the low bits of `value` that fit the fields into bytes[0..size) (4 bytes for a data word).  Fails with
 * AIE_ERROR_INPUT on an unknown type or too few bytes. */
int aie_isa_relocation_apply(unsigned type, uint8_t *bytes, size_t size, int64_t value, struct aie_error *error);

#endif
