/* aie-as --align: places that hardware wants at 16-byte lines get there, and the program stays the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa/generated/aie2p_opcodes.h"
#include "tests/isa/asm_support.h"
#include "tests/isa/random_insn.h"

enum { LINE = 16, TEXT = 40000, BUNDLES = 600 };

/* What a bundle does: its instructions without nops, printed, in the order of the slots. */
static void describe(const struct aie_bundle *bundle, char *text, size_t size)
{
	text[0] = 0;
	for (unsigned slot = 0; slot < AIE_SLOT_COUNT; slot++) {
		for (unsigned i = 0; i < bundle->count; i++) {
			const struct aie_opcode_description *d = aie_isa_opcode(bundle->insn[i].opcode);
			size_t used = strlen(text);
			if (d->slot != slot || d->flags & AIE_OPCODE_NOP || bundle->insn[i].opcode == AIE_OP_NOP)
				continue;
			aie_isa_print_insn(&bundle->insn[i], text + used, size - used);
			snprintf(text + strlen(text), size - strlen(text), "; ");
		}
	}
}

struct listing {
	unsigned count;
	uint32_t address[BUNDLES];
	unsigned size[BUNDLES];
	char text[BUNDLES][200];
};

static struct listing *list(const char *source, int align)
{
	struct listing *listing = calloc(1, sizeof(*listing));
	const struct aie_asm_options options = { .align = align };
	struct aie_bundle bundle;
	struct aie_error error;
	size_t size;
	uint8_t *elf = assemble_text(source, &options, &size);
	struct section_view text = find_section(elf, ".text");
	assert_non_null(listing);
	for (uint32_t at = 0; at < text.size; at += bundle.size) {
		assert_true(listing->count < BUNDLES);
		assert_int_equal(aie_isa_decode(text.bytes + at, text.size - at, &bundle, &error), 0);
		listing->address[listing->count] = at;
		listing->size[listing->count] = bundle.size;
		describe(&bundle, listing->text[listing->count++], sizeof(listing->text[0]));
	}
	free(elf);
	return listing;
}

/* Index of the bundle that does this. */
static unsigned find(const struct listing *listing, const char *text)
{
	for (unsigned i = 0; i < listing->count; i++)
		if (strcmp(listing->text[i], text) == 0)
			return i;
	fail_msg("no bundle does '%s'", text);
	return 0;
}

/* Labels and return addresses stand at lines; no bundle is added where larger formats do. */
static void lines(void **state)
{
	static const char source[] = "mova r0, #1\nadd r1, r1, r2\nnop\ntarget: mova r0, #2\n"
	                             "jl #callee\nnop\nnop\nnop\nnop\nnop\nmova r0, #3\n"
	                             "j #target\nnop\nnop\nnop\nnop\nnop\ncallee: mova r0, #4\n";
	struct listing *plain = list(source, 0), *aligned = list(source, 1);
	(void)state;
	assert_int_not_equal(plain->address[find(plain, "mova r0, #2; ")] % LINE, 0);
	assert_int_equal(aligned->count, plain->count);
	for (unsigned i = 2; i <= 4; i++) {
		char text[20];
		snprintf(text, sizeof(text), "mova r0, #%u; ", i);
		assert_int_equal(aligned->address[find(aligned, text)] % LINE, 0);
	}
	/* the operands follow */
	char text[40];
	snprintf(text, sizeof(text), "jl #0x%x; ", aligned->address[find(aligned, "mova r0, #4; ")]);
	assert_int_equal(find(aligned, text), find(plain, "mova r0, #2; ") + 1);
	snprintf(text, sizeof(text), "j #0x%x; ", aligned->address[find(aligned, "mova r0, #2; ")]);
	find(aligned, text);
	free(plain);
	free(aligned);
}

/* The last bundle of a zero-overhead loop fills a line of its own; a nop too. */
static void loop_end(void **state)
{
	static const char *const last[] = { "add r1, r1, r2", "nop" };
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		char source[400];
		snprintf(source, sizeof(source),
		         "movxm ls, #first\nmovxm le, #last\nmovxm lc, #3\n"
		         "nop\nnop\nnop\nnop\nnop\nnop\nnop\nfirst: mova r0, #5\nmova r0, #6\nlast: %s\nmova r0, #7\n",
		         last[i]);
		struct listing *aligned = list(source, 1);
		unsigned first = find(aligned, "mova r0, #5; "), end = find(aligned, "mova r0, #7; ") - 1;
		assert_int_equal(aligned->address[first] % LINE, 0);
		assert_int_equal(aligned->address[end] % LINE, 0);
		assert_int_equal(aligned->size[end], LINE);
		assert_int_equal(end, first + 2);
		free(aligned);
	}
}

/* Alignment directives take larger formats too; what has been counted with '.' or by labels stays as it was. */
static void fixed_places(void **state)
{
	struct listing *aligned = list("mova r0, #1\nmova r0, #2\n.p2align 4\nmova r0, #3\n", 1);
	(void)state;
	assert_int_equal(aligned->count, 3);
	assert_int_equal(aligned->address[2], LINE);
	free(aligned);
	/* '.' was 4: those four bytes may not grow, the others may */
	aligned = list("mova r0, #1\n.set here, .\nmova r0, #2\nx: mova r0, #here\n", 1);
	assert_int_equal(aligned->size[0], 4);
	assert_int_equal(aligned->address[find(aligned, "mova r0, #4; ")], LINE);
	free(aligned);
	/* only a nop bundle can fill up behind data */
	aligned = list("mova r0, #1\n.byte 0, 0, 0, 0\nx: mova r0, #2\n", 1);
	assert_int_equal(aligned->size[0], 4);
	assert_int_equal(aligned->address[find(aligned, "mova r0, #2; ")], LINE);
	free(aligned);
}

/* Random bundles between labels, calls and branches: the same instructions in the same order, labels at lines; bundles
 * of nops are the only ones added, and not in delay slots. */
static void random_programs(void **state)
{
	struct random random = { .state = 4711 };
	uint16_t candidates[4096];
	unsigned count = 0;
	(void)state;
	for (unsigned opcode = 0; opcode < aie_isa_opcode_count(); opcode++)
		if (!(aie_isa_opcode(opcode)->flags & AIE_OPCODE_DELAY_SLOTS))
			candidates[count++] = (uint16_t)opcode;
	for (unsigned round = 0; round < 100; round++) {
		static char source[TEXT];
		size_t used = 0;
		unsigned labels = 0;
		for (unsigned i = 0; i < 60; i++) {
			struct aie_bundle bundle = { .count = 1 };
			random_insn(&random, candidates[random_below(&random, count)], &bundle.insn[0]);
			if (random_below(&random, 4) == 0)
				used += (size_t)snprintf(source + used, TEXT - used, "label%u:\n", labels++);
			if (random_below(&random, 12) == 0)
				used += (size_t)snprintf(source + used, TEXT - used,
				                         "%s #label0\nnop\nnop\nnop\nnop\nnop\n",
				                         random_below(&random, 2) ? "jl" : "j");
			used += aie_isa_print_bundle(&bundle, source + used, TEXT - used);
			used += (size_t)snprintf(source + used, TEXT - used, "\n");
		}
		snprintf(source + used, TEXT - used, "label%u:\n", labels);
		struct listing *plain = list(source, 0), *aligned = list(source, 1);
		const struct aie_asm_options options = { .align = 1 };
		size_t size;
		uint8_t *elf = assemble_text(source, &options, &size);
		uint32_t target = symbol_value(elf, "label0");
		for (unsigned i = 0; i < labels; i++) {
			char name[20];
			snprintf(name, sizeof(name), "label%u", i);
			assert_int_equal(symbol_value(elf, name) % LINE, 0);
		}
		unsigned p = 0, delay = 0, call = 0;
		for (unsigned a = 0; a < aligned->count; a++) {
			const char *done = aligned->text[a], *wanted = p < plain->count ? plain->text[p] : "";
			bool transfer = strncmp(done, "j #", 3) == 0 || strncmp(done, "jl #", 4) == 0;
			if (call && delay == 0) { /* the bundle behind the delay slots of a call */
				assert_int_equal(aligned->address[a] % LINE, 0);
				call = 0;
			}
			if (transfer) {
				char expected[40];
				snprintf(expected, sizeof(expected), "%s #0x%x; ", done[1] == 'l' ? "jl" : "j", target);
				assert_string_equal(done, expected);
				assert_int_equal(strncmp(done, wanted, 3), 0);
				delay = 5;
				call = done[1] == 'l';
				p++;
			} else if (delay) {
				assert_string_equal(done, "");
				delay--;
				p++;
			} else if (strcmp(done, wanted) == 0) {
				p++;
			} else if (done[0]) {
				fail_msg("'%s' instead of '%s'", done, wanted);
			}
		}
		assert_int_equal(p, plain->count);
		free(elf);
		free(plain);
		free(aligned);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(loop_end),
		cmocka_unit_test(fixed_places),
		cmocka_unit_test(random_programs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
