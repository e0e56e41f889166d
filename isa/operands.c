/* Operand classes, completion of instructions, bundle formats and relocations. */
#include "isa/operands.h"

#include <inttypes.h>
#include <strings.h>

#include "isa/tables.h"

unsigned aie_isa_operand_class_count(void)
{
	return aie2p_class_count;
}

const struct aie_operand_class *aie_isa_operand_class(unsigned index)
{
	return index < aie2p_class_count ? &aie2p_classes[index] : NULL;
}

unsigned aie_isa_class_register(const struct aie_operand_class *operand_class, const char *text, size_t length)
{
	for (unsigned i = 0; i < operand_class->member_count; i++) {
		const char *spelling = aie2p_registers[operand_class->member[i].reg].assembly;

		if (strncasecmp(spelling, text, length) == 0 && spelling[length] == 0)
			return operand_class->member[i].reg;
	}
	return AIE_REGISTER_NONE;
}

bool aie_isa_class_contains(const struct aie_operand_class *operand_class, unsigned reg)
{
	for (unsigned i = 0; i < operand_class->member_count; i++)
		if (operand_class->member[i].reg == reg)
			return true;
	return false;
}

static int check_range(const struct aie_operand_class *operand_class, int64_t value, struct aie_error *error)
{
	if (value < operand_class->minimum || value > operand_class->maximum)
		return aie_error_set(error, AIE_ERROR_INPUT, "%" PRId64 " is outside %" PRId64 "..%" PRId64, value,
		                     operand_class->minimum, operand_class->maximum);
	if (value % operand_class->step)
		return aie_error_set(error, AIE_ERROR_INPUT, "%" PRId64 " is not a multiple of %" PRId64, value,
		                     operand_class->step);
	return 0;
}

int aie_isa_class_immediate(const struct aie_operand_class *operand_class, int64_t *value, struct aie_error *error)
{
	int64_t span = INT64_C(1) << operand_class->width;

	if (operand_class->is_signed && operand_class->width == 32 && *value > operand_class->maximum && *value < span)
		*value -= span;
	return check_range(operand_class, *value, error);
}

bool aie_isa_operand_shown(unsigned opcode, unsigned operand)
{
	return aie2p_codings[opcode].shown >> operand & 1;
}

static const struct aie_operand_class *class_of(const struct aie_opcode_description *description, unsigned operand)
{
	return &aie2p_classes[description->operand[operand].operand_class];
}

static int check_register(const struct aie_operand_class *operand_class, int64_t value, struct aie_error *error)
{
	if (value < 0 || value >= AIE_REG_COUNT)
		return aie_error_set(error, AIE_ERROR_INPUT, "%" PRId64 " is no register number", value);
	if (aie2p_register_codes[operand_class->coding][value] == AIE_CODE_NONE)
		return aie_error_set(error, AIE_ERROR_INPUT, "%s is not one of the registers of class %s",
		                     aie2p_registers[value].assembly, operand_class->name);
	return 0;
}

/* An operand without bits of its own: set it, or, where the assembly shows it, compare. */
static int complete_implied(struct aie_insn *insn, unsigned operand, unsigned reg, struct aie_error *error)
{
	const struct aie_opcode_description *description = &aie2p_opcodes[insn->opcode];

	if (reg == AIE_REGISTER_NONE)
		return aie_error_set(error, AIE_ERROR_INPUT, "%s: no %s goes with this operand", description->mnemonic,
		                     description->operand[operand].name);
	if (aie_isa_operand_shown(insn->opcode, operand) && insn->operand[operand] != (int64_t)reg)
		return aie_error_set(error, AIE_ERROR_INPUT, "%s: operand %s must be %s here", description->mnemonic,
		                     description->operand[operand].name, aie2p_registers[reg].assembly);
	insn->operand[operand] = reg;
	return 0;
}

int aie_isa_complete(struct aie_insn *insn, struct aie_error *error)
{
	const struct aie_opcode_description *description = aie_isa_opcode(insn->opcode);
	const struct aie_coding *coding;

	if (!description)
		return aie_error_set(error, AIE_ERROR_INPUT, "%u is no opcode", insn->opcode);
	coding = &aie2p_codings[insn->opcode];
	for (unsigned i = 0; i < description->operand_count; i++) {
		const struct aie_operand_class *operand_class = class_of(description, i);
		int failed = 0;

		if (operand_class->kind == AIE_CLASS_IMMEDIATE)
			failed = check_range(operand_class, insn->operand[i], error);
		else if (operand_class->kind == AIE_CLASS_REGISTER && coding->root[i] == i)
			failed = check_register(operand_class, insn->operand[i], error);
		if (failed)
			return aie_error_prefix(error, "%s: operand %s", description->mnemonic,
			                        description->operand[i].name);
	}
	for (unsigned i = 0; i < description->operand_count; i++) {
		const struct aie_operand_class *operand_class = class_of(description, i);
		unsigned root = coding->root[i], reg;

		if (operand_class->kind == AIE_CLASS_FIXED) {
			reg = operand_class->member[0].reg;
		} else if (root != i) {
			const struct aie_operand_class *root_class = class_of(description, root);

			reg = aie2p_code_registers[operand_class->decode_first +
			                           aie2p_register_codes[root_class->coding][insn->operand[root]]];
		} else {
			continue;
		}
		if (complete_implied(insn, i, reg, error))
			return -1;
	}
	return 0;
}

unsigned aie_isa_format_count(void)
{
	return aie2p_format_count;
}

const struct aie_format *aie_isa_format(unsigned index)
{
	return index < aie2p_format_count ? &aie2p_formats[index].format : NULL;
}

unsigned aie_isa_slot_nop(enum aie_slot slot)
{
	return aie2p_slots[slot].nop;
}

const char *aie_isa_slot_name(enum aie_slot slot)
{
	return aie2p_slots[slot].name;
}

unsigned aie_isa_relocation_count(void)
{
	return aie2p_relocation_count;
}

const struct aie_relocation *aie_isa_relocation(unsigned type)
{
	return type < aie2p_relocation_count ? &aie2p_relocations[type] : NULL;
}

int aie_isa_relocation_find(unsigned format, unsigned opcode, unsigned operand)
{
	const struct aie_format_layout *layout;
	const struct aie_coding *coding;
	struct aie_relocation wanted = { 0 };
	unsigned place = 0;

	if (format >= aie2p_format_count || opcode >= aie2p_opcode_count)
		return AIE_RELOCATION_NONE;
	layout = &aie2p_formats[format];
	coding = &aie2p_codings[opcode];
	while (place < layout->format.slot_count && layout->format.slot[place] != aie2p_opcodes[opcode].slot)
		place++;
	if (place == layout->format.slot_count)
		return AIE_RELOCATION_NONE;
	wanted.size = layout->format.size;
	/* the encoding lists the fields of an operand with the high part first, as relocations do */
	for (unsigned i = coding->field_first; i < coding->field_first + coding->field_count; i++) {
		const struct aie_field *field = &aie2p_fields[i];

		if (field->operand != operand)
			continue;
		if (wanted.field_count == 2)
			return AIE_RELOCATION_NONE;
		wanted.field[wanted.field_count].low = (uint8_t)(layout->low[place] + field->low);
		wanted.field[wanted.field_count].high = (uint8_t)(layout->low[place] + field->low + field->width - 1);
		wanted.field_count++;
	}
	for (unsigned type = 0; type < aie2p_relocation_count; type++) {
		const struct aie_relocation *relocation = &aie2p_relocations[type];
		bool same = relocation->size == wanted.size && relocation->field_count == wanted.field_count;

		for (unsigned i = 0; same && i < wanted.field_count; i++)
			same = relocation->field[i].high == wanted.field[i].high &&
			       relocation->field[i].low == wanted.field[i].low;
		if (same && wanted.field_count)
			return (int)type;
	}
	return AIE_RELOCATION_NONE;
}

int aie_isa_relocation_apply(unsigned type, uint8_t *bytes, size_t size, int64_t value, struct aie_error *error)
{
	const struct aie_relocation *relocation = aie_isa_relocation(type);
	uint64_t rest = (uint64_t)value;

	if (!relocation)
		return aie_error_set(error, AIE_ERROR_INPUT, "relocation type %u is unknown", type);
	if (size < (relocation->size ? relocation->size : 4u))
		return aie_error_set(error, AIE_ERROR_INPUT, "relocation type %u needs more than %zu bytes", type,
		                     size);
	for (unsigned i = relocation->field_count; i-- > 0;) {
		for (unsigned bit = relocation->field[i].low; bit <= relocation->field[i].high; bit++, rest >>= 1) {
			uint8_t mask = (uint8_t)(1u << bit % 8);

			bytes[bit / 8] = (uint8_t)(rest & 1 ? bytes[bit / 8] | mask : bytes[bit / 8] & ~mask);
		}
	}
	return 0;
}
