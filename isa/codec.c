/* Machine code: bundles and instructions from bits and back.
 *
 * A bundle's low four bits give its size, its constant bits give its format, the format gives the bits of every slot.
 * A slot value is looked up by a few of its bits (aie_slot_table) and then matched against the fixed bits and register
 * codes of the few instructions in that bucket.  The generator has proved that at most one instruction accepts a slot
 * value.
 */
#include <inttypes.h>

#include "isa/isa.h"
#include "isa/tables.h"

static uint64_t low_bits(unsigned width)
{
	return (UINT64_C(1) << width) - 1;
}

static uint64_t get_bits(const uint64_t word[2], unsigned low, unsigned width)
{
	uint64_t bits = word[low / 64] >> low % 64;

	if (low < 64 && low + width > 64)
		bits |= word[1] << (64 - low);
	return bits & low_bits(width);
}

static void put_bits(uint64_t word[2], unsigned low, unsigned width, uint64_t bits)
{
	word[low / 64] |= bits << low % 64;
	if (low < 64 && low + width > 64)
		word[1] |= bits >> (64 - low);
}

static int64_t immediate_of_code(const struct aie_operand_class *operand_class, uint64_t code)
{
	if (!operand_class->is_signed)
		return operand_class->minimum + (int64_t)code * operand_class->step;
	if (code >> (operand_class->width - 1))
		return ((int64_t)code - (INT64_C(1) << operand_class->width)) * operand_class->step;
	return (int64_t)code * operand_class->step;
}

static uint64_t code_of_operand(const struct aie_operand_class *operand_class, int64_t value)
{
	if (operand_class->kind == AIE_CLASS_REGISTER)
		return aie2p_register_codes[operand_class->coding][value];
	return (uint64_t)(value / operand_class->step) & low_bits(operand_class->width);
}

/* ---- instructions ---------------------------------------------------------------------------------------------- */

static bool decode_operands(unsigned opcode, uint64_t bits, struct aie_insn *insn)
{
	const struct aie_opcode_description *description = &aie2p_opcodes[opcode];
	const struct aie_coding *coding = &aie2p_codings[opcode];
	uint64_t code[AIE_MAX_OPERANDS] = { 0 };

	for (unsigned i = coding->field_first; i < coding->field_first + coding->field_count; i++) {
		const struct aie_field *field = &aie2p_fields[i];

		code[field->operand] |= (bits >> field->low & low_bits(field->width)) << field->shift;
	}
	for (unsigned i = 0; i < description->operand_count; i++) {
		const struct aie_operand_class *operand_class = &aie2p_classes[description->operand[i].operand_class];

		if (operand_class->kind == AIE_CLASS_IMMEDIATE) {
			insn->operand[i] = immediate_of_code(operand_class, code[i]);
			continue;
		}
		insn->operand[i] = aie2p_code_registers[operand_class->decode_first + code[coding->root[i]]];
		if (insn->operand[i] == AIE_REGISTER_NONE)
			return false;
	}
	insn->opcode = (uint16_t)opcode;
	return true;
}

bool aie_insn_decode(enum aie_slot slot, uint64_t bits, struct aie_insn *insn)
{
	const struct aie_slot_table *table = &aie2p_slots[slot];
	unsigned bucket = 0;

	for (unsigned i = 0; i < table->index_bits; i++)
		bucket |= (unsigned)(bits >> table->index_bit[i] & 1) << i;
	for (const uint16_t *candidate = &aie2p_candidates[aie2p_bucket_starts[table->bucket_first + bucket]];
	     *candidate != AIE_CANDIDATE_END; candidate++) {
		const struct aie_coding *coding = &aie2p_codings[*candidate];

		if ((bits & coding->mask) == coding->value && decode_operands(*candidate, bits, insn))
			return true;
	}
	return false;
}

int aie_insn_encode(const struct aie_insn *insn, uint64_t *bits, struct aie_error *error)
{
	const struct aie_opcode_description *description;
	const struct aie_coding *coding;
	struct aie_insn complete = *insn;

	if (aie_isa_complete(&complete, error))
		return -1;
	description = &aie2p_opcodes[insn->opcode];
	coding = &aie2p_codings[insn->opcode];
	*bits = coding->value;
	for (unsigned i = coding->field_first; i < coding->field_first + coding->field_count; i++) {
		const struct aie_field *field = &aie2p_fields[i];
		unsigned operand_class = description->operand[field->operand].operand_class;
		uint64_t code = code_of_operand(&aie2p_classes[operand_class], complete.operand[field->operand]);

		*bits |= (code >> field->shift & low_bits(field->width)) << field->low;
	}
	return 0;
}

/* ---- bundles --------------------------------------------------------------------------------------------------- */

unsigned aie_isa_bundle_size(uint8_t first)
{
	return aie2p_bundle_sizes[first & 15];
}

static const struct aie_format_layout *match_format(const uint64_t word[2], unsigned size)
{
	for (unsigned i = 0; i < aie2p_format_count; i++) {
		const struct aie_format_layout *layout = &aie2p_formats[i];

		if (layout->format.size == size && (word[0] & layout->mask[0]) == layout->value[0] &&
		    (word[1] & layout->mask[1]) == layout->value[1])
			return layout;
	}
	return NULL;
}

int aie_isa_decode(const uint8_t *bytes, size_t available, struct aie_bundle *bundle, struct aie_error *error)
{
	const struct aie_format_layout *layout;
	uint64_t word[2] = { 0, 0 };
	unsigned size;

	if (available == 0)
		return aie_error_set(error, AIE_ERROR_INPUT, "no bytes to decode");
	size = aie_isa_bundle_size(bytes[0]);
	if (size > available)
		return aie_error_set(error, AIE_ERROR_INPUT, "bundle of %u bytes is cut off after %zu", size,
		                     available);
	for (unsigned i = 0; i < size; i++)
		word[i / 8] |= (uint64_t)bytes[i] << i % 8 * 8;
	layout = match_format(word, size);
	if (!layout)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "no bundle format of %u bytes has the bits 0x%016" PRIx64 "%016" PRIx64, size,
		                     word[1], word[0]);
	bundle->size = (uint8_t)size;
	bundle->format = (uint16_t)(layout - aie2p_formats);
	bundle->count = layout->format.slot_count;
	for (unsigned i = 0; i < layout->format.slot_count; i++) {
		enum aie_slot slot = layout->format.slot[i];
		uint64_t bits = get_bits(word, layout->low[i], aie2p_slots[slot].width);

		if (!aie_insn_decode(slot, bits, &bundle->insn[i]))
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "no instruction of slot %s has the bits 0x%" PRIx64,
			                     aie2p_slots[slot].name, bits);
	}
	return 0;
}

/* The format that was asked for, or else the smallest one with the slots (the first with the fewest among equals). */
static const struct aie_format_layout *choose_format(const struct aie_bundle *bundle, unsigned slots)
{
	const struct aie_format_layout *best = NULL;

	if (bundle->size && bundle->format < aie2p_format_count) {
		const struct aie_format_layout *layout = &aie2p_formats[bundle->format];

		if (layout->format.size == bundle->size && (layout->slots & slots) == slots)
			return layout;
	}
	for (unsigned i = 0; i < aie2p_format_count; i++) {
		const struct aie_format_layout *layout = &aie2p_formats[i];

		if ((layout->slots & slots) != slots || (bundle->size && layout->format.size != bundle->size))
			continue;
		if (!best || layout->format.size < best->format.size ||
		    (layout->format.size == best->format.size && layout->format.slot_count < best->format.slot_count))
			best = layout;
	}
	return best;
}

int aie_isa_encode(struct aie_bundle *bundle, uint8_t bytes[AIE_BUNDLE_MAX_BYTES], struct aie_error *error)
{
	const struct aie_format_layout *layout;
	uint64_t bits[AIE_SLOT_COUNT], word[2];
	unsigned slots = 0;

	if (bundle->count > AIE_BUNDLE_MAX_INSNS)
		return aie_error_set(error, AIE_ERROR_INPUT, "%u instructions in a bundle", bundle->count);
	for (unsigned i = 0; i < bundle->count; i++) {
		const struct aie_opcode_description *description = aie_isa_opcode(bundle->insn[i].opcode);

		if (!description)
			return aie_error_set(error, AIE_ERROR_INPUT, "%u is no opcode", bundle->insn[i].opcode);
		if (slots >> description->slot & 1)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "%s: slot %s is taken by another instruction of the bundle",
			                     description->mnemonic, aie2p_slots[description->slot].name);
		slots |= 1u << description->slot;
		if (aie_insn_encode(&bundle->insn[i], &bits[description->slot], error))
			return -1;
	}
	layout = choose_format(bundle, slots);
	if (!layout && bundle->size)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "no bundle format of %u bytes has the slots these instructions need",
		                     bundle->size);
	if (!layout)
		return aie_error_set(error, AIE_ERROR_INPUT, "no bundle format has the slots these instructions need");
	bundle->size = layout->format.size;
	bundle->format = (uint16_t)(layout - aie2p_formats);
	word[0] = layout->value[0];
	word[1] = layout->value[1];
	for (unsigned i = 0; i < layout->format.slot_count; i++) {
		enum aie_slot slot = layout->format.slot[i];

		put_bits(word, layout->low[i], aie2p_slots[slot].width,
		         slots >> slot & 1 ? bits[slot] : aie2p_codings[aie2p_slots[slot].nop].value);
	}
	for (unsigned i = 0; i < bundle->size; i++)
		bytes[i] = (uint8_t)(word[i / 8] >> i % 8 * 8);
	return 0;
}
