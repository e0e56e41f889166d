/* Which instructions have a test whose expected values come from a rule that is stated apart from the model: every
 * register, memory and port after random executions.  tested.def is the list; a test of that kind runs all instructions
 * and fails when the list names one that it does not check, or misses one that it does. */
#ifndef AIE_SIM_CORE_TESTED_H
#define AIE_SIM_CORE_TESTED_H

#include <stdbool.h>

bool aie_opcode_tested(unsigned opcode);

#endif
