/* Registers, instruction descriptions and timing: look-ups in the generated tables. */
#include "isa/isa.h"

#include <string.h>

#include "isa/tables.h"

unsigned aie_isa_register_count(void)
{
	return aie2p_register_count;
}

size_t aie_isa_register_image_size(void)
{
	return aie2p_image_size;
}

const struct aie_register *aie_isa_register(unsigned id)
{
	return id < aie2p_register_count ? &aie2p_registers[id] : NULL;
}

unsigned aie_isa_register_find(const char *name)
{
	unsigned found = AIE_REGISTER_NONE;

	for (unsigned i = 0; i < aie2p_register_count; i++)
		if (strcmp(aie2p_registers[i].name, name) == 0)
			return i;
	for (unsigned i = 0; i < aie2p_register_count; i++) {
		if (strcmp(aie2p_registers[i].assembly, name) != 0)
			continue;
		if (found != AIE_REGISTER_NONE)
			return AIE_REGISTER_NONE;
		found = i;
	}
	return found;
}

unsigned aie_isa_opcode_count(void)
{
	return aie2p_opcode_count;
}

const struct aie_opcode_description *aie_isa_opcode(unsigned opcode)
{
	return opcode < aie2p_opcode_count ? &aie2p_opcodes[opcode] : NULL;
}

unsigned aie_isa_opcode_find(const char *name)
{
	unsigned opcode = 0;

	while (opcode < aie2p_opcode_count && strcmp(aie2p_opcodes[opcode].name, name) != 0)
		opcode++;
	return opcode;
}

int aie_isa_operand_find(const struct aie_opcode_description *description, const char *name)
{
	for (int i = 0; i < description->operand_count; i++)
		if (strcmp(description->operand[i].name, name) == 0)
			return i;
	return -1;
}

const struct aie_timing *aie_isa_timing(const struct aie_insn *insn)
{
	const struct aie_coding *coding = &aie2p_codings[insn->opcode];
	unsigned variant = 0;

	for (unsigned i = 0; i < coding->selector_count; i++) {
		const struct aie_timing_selector *selector = &coding->selector[i];
		size_t reg = (size_t)insn->operand[selector->operand];

		variant = variant * selector->group_count + aie2p_timing_groups[selector->grouping][reg];
	}
	return &aie2p_timing[aie2p_timing_variants[coding->timing_first + variant]];
}

const char *aie_isa_resource_name(unsigned resource)
{
	return resource < aie2p_resource_count ? aie2p_resources[resource] : "?";
}
