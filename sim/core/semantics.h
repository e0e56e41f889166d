/* What instructions compute, stated once and independent of the engine that times them.
 *
 * A body is a pure function: it gets the sampled values of its inputs, computes, and writes its outputs.  It knows
 * neither registers nor cycles.  A row binds one body to the opcodes whose names match a pattern and says which
 * operands become a[0], a[1], ... by their names in the instruction description.  The engine samples inputs at their
 * use cycles, calls the body, and lets the outputs land at their def cycles.
 */
#ifndef AIE_SIM_CORE_SEMANTICS_H
#define AIE_SIM_CORE_SEMANTICS_H

#include <stdint.h>

#include "isa/error.h"
#include "isa/isa.h"

enum { AIE_BODY_MAX_ARGUMENTS = 16 };

struct aie_body_arguments {
	/* a[i]: the i-th name of the row's binding.  Register input: its value, little endian, whole register (20-bit
	 * registers in 4 bytes, 1-bit registers in 4 bytes, wider ones in bits / 8 bytes).  Register output: where to
	 * write it, same form; the body writes every byte of it.  Immediate: an int64_t.  "mem": the bytes read from,
	 * or to be written to, data memory. Pointers are 8-byte aligned, those to registers of up to 32 bits 4-byte
	 * aligned; inputs never alias outputs.  A register that is both (tied, or an implicit use and def of one name,
	 * such as sticky flags) is bound twice: "x" names the input, ">x" the output.  A sticky status flag that is
	 * written lands by OR.  Where the second accumulator comes from the cascade, "acc2" is the word in its quarter
	 * of an otherwise zero 2048-bit value. */
	void *a[AIE_BODY_MAX_ARGUMENTS];
	const struct aie_opcode_description *description;
	struct aie_error
	        *error; /* category UNSUPPORTED, UNIMPLEMENTED or UNDEFINED with a reason when the body refuses */
};

/* 0, or -1 when the body refuses the operation (error filled: the reason only; the engine adds instruction and
 * address). */
typedef int (*aie_body)(const struct aie_body_arguments *arguments);

enum aie_evidence {
	AIE_EVIDENCE_SILICON,
	AIE_EVIDENCE_DOCUMENTED,
	AIE_EVIDENCE_SIBLING,
	AIE_EVIDENCE_DERIVED,
	AIE_EVIDENCE_ASSUMED
};

struct aie_semantics_row {
	/* Opcode name with '*' wildcards ("VMAC_f_vmac_bf_*").  An exact name beats a pattern; among patterns the one
	 * with more literal characters wins; a test checks that no opcode is bound ambiguously. */
	const char *pattern;
	/* NULL: refused by name, `note` says why. */
	aie_body body;
	/* Names separated by blanks: explicit operands ("dst acc1 s1 s2 acc"), implicit registers ("crRnd crSat"),
	 * outputs marked with '>' (">dst >srFPFlags"), "mem" (input of a load's body) or ">mem" (output of a store's
	 * body).  Outputs that no row names (e.g. sticky float flags that the model does not compute) keep their old
	 * value. */
	const char *binding;
	enum aie_evidence evidence;
	const char *note; /* the source of the rule, or the reason of the refusal */
};

struct aie_semantics_table {
	const struct aie_semantics_row *row;
	unsigned count;
};

/* Sign-extending lda/st, address arithmetic, control flow, locks, streams and cascade are the engine's own; everything
 * that computes values stands in one of these tables. */
extern const struct aie_semantics_table aie_semantics_scalar;
extern const struct aie_semantics_table
        aie_semantics_vector_move; /* moves, broadcast, extract, insert, push, shift, shuffle */
extern const struct aie_semantics_table
        aie_semantics_vector_alu; /* lane-wise integer and bf16 compare/min/max/select/logic */
extern const struct aie_semantics_table
        aie_semantics_convert; /* pack, unpack, ups, srs, bf16, bfp16, floor, exp2; fused loads and stores */
extern const struct aie_semantics_table
        aie_semantics_mac; /* multiply, multiply-accumulate, accumulator add/sub/negate/clear */

#endif
