/* Text and bytes: every instruction with its operands at their extremes and at random, and random bundles of every
 * format, printed, assembled and compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/isa/asm_support.h"
#include "tests/isa/random_insn.h"

/* A batch of bundles: their text, one a line, and the bytes that must come out. */
struct batch {
	char *text;
	size_t text_size, text_room;
	uint8_t *bytes;
	size_t size, room;
};

static void append(void **memory, size_t *used, size_t *room, const void *bytes, size_t size)
{
	if (*used + size > *room) {
		*room = (*used + size) * 2;
		*memory = realloc(*memory, *room);
		assert_non_null(*memory);
	}
	memcpy((char *)*memory + *used, bytes, size);
	*used += size;
}

static void add(struct batch *batch, const char *text, const uint8_t *bytes, size_t size)
{
	void *memory = batch->text;
	append(&memory, &batch->text_size, &batch->text_room, text, strlen(text));
	append(&memory, &batch->text_size, &batch->text_room, "\n", 1);
	batch->text = memory;
	memory = batch->bytes;
	append(&memory, &batch->size, &batch->room, bytes, size);
	batch->bytes = memory;
}

/* The line of the batch at a byte offset, for messages. */
static const char *line_at(const struct batch *batch, size_t offset, char *line, size_t size)
{
	const char *text = batch->text;
	for (size_t at = 0; at <= offset;) {
		const char *end = strchr(text, '\n');
		snprintf(line, size, "%.*s", (int)(end - text), text);
		at += aie_isa_bundle_size(batch->bytes[at]);
		text = end + 1;
	}
	return line;
}

static void check(struct batch *batch)
{
	static const struct aie_asm_options object = { .relocatable = 1 };
	size_t size;
	char line[1024];
	void *memory = batch->text;
	append(&memory, &batch->text_size, &batch->text_room, "", 1);
	batch->text = memory;
	uint8_t *elf = assemble_text(batch->text, &object, &size);
	struct section_view text = find_section(elf, ".text");
	for (size_t at = 0; at < batch->size && at < text.size; at++)
		if (batch->bytes[at] != text.bytes[at])
			fail_msg("byte 0x%zx is %02x, not %02x: %s", at, text.bytes[at], batch->bytes[at],
			         line_at(batch, at, line, sizeof(line)));
	assert_int_equal(text.size, batch->size);
	free(elf);
	free(batch->text);
	free(batch->bytes);
	*batch = (struct batch){ 0 };
}

static void add_bundle(struct batch *batch, struct aie_bundle *bundle)
{
	uint8_t bytes[AIE_BUNDLE_MAX_BYTES];
	struct aie_error error;
	struct aie_bundle back;
	char text[1024];
	if (aie_isa_encode(bundle, bytes, &error))
		fail_msg("%s", error.text);
	if (aie_isa_decode(bytes, sizeof(bytes), &back, &error))
		fail_msg("%s", error.text);
	assert_in_range(aie_isa_print_bundle(&back, text, sizeof(text)), 1, sizeof(text) - 1);
	add(batch, text, bytes, bundle->size);
}

/* Every operand of an instruction at each of its extremes while the others are random. */
static void add_extremes(struct batch *batch, struct random *random, unsigned opcode)
{
	const struct aie_opcode_description *description = aie_isa_opcode(opcode);
	for (unsigned operand = 0; operand < description->operand_count; operand++) {
		const struct aie_operand_class *class =
		        aie_isa_operand_class(description->operand[operand].operand_class);
		unsigned choices = class->kind == AIE_CLASS_IMMEDIATE ? 5 : class->member_count;
		for (unsigned choice = 0; choice < choices; choice++) {
			struct aie_bundle bundle = { .count = 1 };
			struct aie_error error;
			random_insn(random, opcode, &bundle.insn[0]);
			bundle.insn[0].operand[operand] = operand_value(class, choice);
			/* Operands that share a code are tried together by the random sets. */
			if (aie_isa_complete(&bundle.insn[0], &error))
				continue;
			add_bundle(batch, &bundle);
		}
	}
}

static void every_instruction(void **state)
{
	struct random random = { .state = 20240917 };
	struct batch batch = { 0 };
	(void)state;
	assert_in_range(aie_isa_opcode_count(), 879, 1000);
	for (unsigned opcode = 0; opcode < aie_isa_opcode_count(); opcode++) {
		add_extremes(&batch, &random, opcode);
		for (unsigned i = 0; i < 100; i++) {
			struct aie_bundle bundle = { .count = 1 };
			random_insn(&random, opcode, &bundle.insn[0]);
			add_bundle(&batch, &bundle);
		}
		if (batch.size > 500000)
			check(&batch);
	}
	check(&batch);
}

static void random_bundles(void **state)
{
	struct random random = { .state = 77 };
	struct batch batch = { 0 };
	uint16_t *of_slot[AIE_SLOT_COUNT] = { 0 };
	unsigned count[AIE_SLOT_COUNT] = { 0 };
	(void)state;
	for (unsigned slot = 0; slot < AIE_SLOT_COUNT; slot++) {
		of_slot[slot] = calloc(aie_isa_opcode_count(), sizeof(uint16_t));
		assert_non_null(of_slot[slot]);
	}
	for (unsigned opcode = 0; opcode < aie_isa_opcode_count(); opcode++) {
		enum aie_slot slot = aie_isa_opcode(opcode)->slot;
		of_slot[slot][count[slot]++] = (uint16_t)opcode;
	}
	for (unsigned i = 0; i < 1000000; i++) {
		const struct aie_format *format = aie_isa_format(i % aie_isa_format_count());
		struct aie_bundle bundle = { .count = format->slot_count };
		/* Any order of the instructions in the text. */
		for (unsigned k = 0; k < format->slot_count; k++) {
			unsigned slot = format->slot[k];
			random_insn(&random, of_slot[slot][random_below(&random, count[slot])], &bundle.insn[k]);
		}
		add_bundle(&batch, &bundle);
		assert_int_equal(bundle.size, format->size);
		if (batch.size > 500000)
			check(&batch);
	}
	check(&batch);
	for (unsigned slot = 0; slot < AIE_SLOT_COUNT; slot++)
		free(of_slot[slot]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_instruction),
		cmocka_unit_test(random_bundles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
