/* Instructions and bundles as text, in the spelling of the vendor's open assembler.
 *
 * A slot that holds its nop is printed (nopa, nopx, ...): the slots of a bundle determine its format, so that
 * assembling the text again gives the same format.  The 16-bit bundle prints as `nop`.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "isa/isa.h"
#include "isa/tables.h"

/* Text that counts on when its space is used up, like snprintf. */
struct writer {
	char *text;
	size_t size, length;
};

static void put(struct writer *writer, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++, writer->length++)
		if (writer->length + 1 < writer->size)
			writer->text[writer->length] = text[i];
}

static void put_string(struct writer *writer, const char *text)
{
	put(writer, text, strlen(text));
}

static size_t finish(struct writer *writer)
{
	if (writer->size)
		writer->text[writer->length < writer->size ? writer->length : writer->size - 1] = 0;
	return writer->length;
}

static void put_operand(struct writer *writer, const struct aie_opcode_description *description, unsigned operand,
                        int64_t value)
{
	const struct aie_operand_class *operand_class = &aie2p_classes[description->operand[operand].operand_class];
	char number[32];

	if (operand_class->kind == AIE_CLASS_IMMEDIATE) {
		if (operand_class->hexadecimal)
			snprintf(number, sizeof number, "0x%" PRIx64, (uint64_t)value);
		else
			snprintf(number, sizeof number, "%" PRId64, value);
		put_string(writer, number);
	} else {
		put_string(writer, value >= 0 && value < AIE_REG_COUNT ? aie2p_registers[value].assembly : "?");
	}
}

static void put_insn(struct writer *writer, const struct aie_insn *insn)
{
	const struct aie_opcode_description *description = aie_isa_opcode(insn->opcode);
	const char *at;

	if (!description) {
		put_string(writer, "?");
		return;
	}
	put_string(writer, description->mnemonic);
	if (*description->assembly)
		put_string(writer, " ");
	for (at = description->assembly; *at;) {
		size_t brace, length;

		if (*at != '$') {
			length = strcspn(at, "$");
			put(writer, at, length);
			at += length;
			continue;
		}
		brace = at[1] == '{';
		at += 1 + brace;
		length = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
		for (unsigned i = 0; i < description->operand_count; i++)
			if (strlen(description->operand[i].name) == length &&
			    memcmp(description->operand[i].name, at, length) == 0)
				put_operand(writer, description, i, insn->operand[i]);
		at += length + brace;
	}
}

size_t aie_isa_print_insn(const struct aie_insn *insn, char *text, size_t size)
{
	struct writer writer = { text, size, 0 };

	put_insn(&writer, insn);
	return finish(&writer);
}

size_t aie_isa_print_bundle(const struct aie_bundle *bundle, char *text, size_t size)
{
	struct writer writer = { text, size, 0 };

	for (unsigned i = 0; i < bundle->count && i < AIE_BUNDLE_MAX_INSNS; i++) {
		if (i)
			put_string(&writer, "; ");
		put_insn(&writer, &bundle->insn[i]);
	}
	return finish(&writer);
}
