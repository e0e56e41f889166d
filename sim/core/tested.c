#include "sim/core/tested.h"

#include "isa/generated/aie2p_opcodes.h"

static const bool tested[AIE_OP_COUNT] = {
#define AIE_TESTED(name) [AIE_OP_##name] = true,
#include "sim/core/tested.def"
#undef AIE_TESTED
};

bool aie_opcode_tested(unsigned opcode)
{
	return opcode < AIE_OP_COUNT && tested[opcode];
}
