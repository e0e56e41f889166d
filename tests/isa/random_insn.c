#include "tests/isa/random_insn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "isa/tables.h"

uint64_t random_next(struct random *random)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return random->state;
}

unsigned random_below(struct random *random, unsigned limit)
{
	return (unsigned)((random_next(random) >> 33) % limit);
}

int64_t operand_value(const struct aie_operand_class *operand_class, unsigned choice)
{
	if (operand_class->kind != AIE_CLASS_IMMEDIATE)
		return operand_class->member[choice % operand_class->member_count].reg;
	switch (choice % 5) {
	case 0:
		return operand_class->minimum;
	case 1:
		return operand_class->maximum;
	case 2:
		return operand_class->minimum + operand_class->step;
	case 3:
		return operand_class->maximum - operand_class->step;
	default:
		return operand_class->maximum < 0 ? operand_class->maximum : 0;
	}
}

int64_t random_operand_value(struct random *random, const struct aie_operand_class *operand_class)
{
	uint64_t code;

	if (operand_class->kind != AIE_CLASS_IMMEDIATE)
		return operand_class->member[random_below(random, operand_class->member_count)].reg;
	code = random_next(random) & ((UINT64_C(1) << operand_class->width) - 1);
	return operand_class->minimum + (int64_t)code * operand_class->step;
}

void random_insn(struct random *random, unsigned opcode, struct aie_insn *insn)
{
	const struct aie_opcode_description *description = aie_isa_opcode(opcode);
	struct aie_error error;

	memset(insn, 0, sizeof *insn);
	insn->opcode = (uint16_t)opcode;
	for (unsigned i = 0; i < description->operand_count; i++)
		insn->operand[i] =
		        random_operand_value(random, aie_isa_operand_class(description->operand[i].operand_class));
	/* operands that share another one's code follow it */
	for (unsigned i = 0; i < description->operand_count; i++) {
		unsigned root = aie2p_codings[opcode].root[i];
		const struct aie_operand_class *mine = aie_isa_operand_class(description->operand[i].operand_class);
		const struct aie_operand_class *other = aie_isa_operand_class(description->operand[root].operand_class);

		if (root == i || mine->kind == AIE_CLASS_FIXED)
			continue;
		for (unsigned k = 0; k < other->member_count; k++)
			if (other->member[k].reg == insn->operand[root])
				for (unsigned j = 0; j < mine->member_count; j++)
					if (mine->member[j].code == other->member[k].code)
						insn->operand[i] = mine->member[j].reg;
	}
	if (aie_isa_complete(insn, &error))
		fail_msg("%s: %s", description->name, error.text);
}
