/* Valid instructions with chosen or random operands, for the tests of the codec. */
#ifndef AIE_TESTS_ISA_RANDOM_INSN_H
#define AIE_TESTS_ISA_RANDOM_INSN_H

#include "isa/isa.h"
#include "isa/operands.h"

struct random {
	uint64_t state; /* not 0 */
};

uint64_t random_next(struct random *random);
unsigned random_below(struct random *random, unsigned limit);

/* A valid value of the class: `choice` counts through members and through smallest, largest, middle numbers; it wraps.
 */
int64_t operand_value(const struct aie_operand_class *operand_class, unsigned choice);
int64_t random_operand_value(struct random *random, const struct aie_operand_class *operand_class);

/* Give every operand without others' influence a random value, then complete the instruction. */
void random_insn(struct random *random, unsigned opcode, struct aie_insn *insn);

#endif
