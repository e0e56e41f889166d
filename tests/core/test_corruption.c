/* Damaged input: assembly text, relocatable objects, linked programs and program memory with random changes.  Nothing
 * may crash, hang or leak (run under the sanitizers); what is refused has a category and one line of text.
 *
 * usage: test_core_corruption [ROUNDS [SEED]] */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/image/core_elf.h"
#include "tests/core/rig.h"

static unsigned rounds = 1500;
static uint64_t seed = 88172645463325252u;

static uint32_t next_random(uint32_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 24) % limit;
}

static const char sample[] =
        "// a program with everything that the assembler reads\n"
        "\t.text\n\t.globl _start\n\t.p2align 4\n\t.set COUNT, 4 + 3 * (2 << 1)\n"
        "\t.macro STEP n, k=1\n\tadd r\\n, r\\n, #\\k\n\t.endm\n"
        "_start:\tmovxm ls, #first\n\tmovxm p0, #data\n\tmovxm le, #last\n\tmova r0, #COUNT; nopx\n\tadd.nc lc, r0, "
        "#0\n"
        "\t.rept 8\n\tnopa; nopb; nops; nopx; nopm; nopv\n\t.endr\n"
        "first:\tlda r1, [p0], #4; vldb x0, [p1, #64]; nops; add r2, r2, #-1; mov r4, r5; nopv\n"
        "last:\tnopa; nopb; st r1, [p0, #-8]; movx r6, #1; nopm; vadd.f dm0, dm0, dm1, r7\n"
        "1:\tSTEP 3\n\tSTEP 4, 2\n\tjnz r2, #1b\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n"
        "\tmova dj1, #16\n\tvlda.3d.ups.4x dm1, s0, upssign1, [p2], d1\n\tacq #48, r3; mov p4, r4\n\tjl #function\n"
        "\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tdone\n"
        "function:\tret lr\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n"
        "\t.data\n\t.p2align 5\ndata:\t.word 1, 2, data + 4, last - first\n\t.asciz \"text\\n\"\n\t.byte 'a', 0x7f\n"
        "\t.if COUNT > 3\n\t.space 12, 5\n\t.else\n\t.error \"no\"\n\t.endif\n\t.size data, .-data\n\t.type data, "
        "@object\n"
        "\t.bss\nroom:\t.skip 64\n";

struct bytes {
	uint8_t *data;
	size_t size;
};

static void ignore(void *data, const char *warning)
{
	(void)data;
	assert_true(warning[0] != '\0');
}

/* Some programs with the checks of --check, which take their time. */
static struct bytes assemble(const void *text, size_t size, bool object)
{
	const struct aie_asm_source source = { .name = "sample.s", .text = text, .size = size };
	const struct aie_asm_options options = { .relocatable = object,
		                                 .align = next_random(3) == 0,
		                                 .warn = !object && next_random(24) == 0 ? ignore : NULL };
	struct bytes out = { 0 };
	struct aie_error error;

	aie_error_clear(&error);
	if (aie_assemble(&source, 1, &options, &out.data, &out.size, &error) != 0) {
		assert_int_not_equal(error.category, AIE_ERROR_NONE);
		assert_int_not_equal(error.category, AIE_ERROR_INTERNAL);
		assert_true(error.text[0] != '\0' && strchr(error.text, '\n') == NULL);
		return (struct bytes){ 0 };
	}
	return out;
}

/* Some bytes changed, cut out, doubled, or the end lost; `text` prefers characters. */
static struct bytes damage(const void *from, size_t size, bool text)
{
	struct bytes out = { malloc(2 * size + 1), size };

	assert_non_null(out.data);
	memcpy(out.data, from, size);
	for (unsigned change = 1 + next_random(4); change != 0; change--) {
		static const char characters[] = ";:,.#[]()\"'\\/*+-<>=&|~!%@$ \t\n0123456789abcdefxXrpm_";
		const size_t at = next_random((uint32_t)out.size), length = next_random(24);
		const size_t other = next_random((uint32_t)out.size);

		switch (next_random(text ? 6 : 4)) {
		case 0:
			out.data[at] = (uint8_t)next_random(256);
			break;
		case 1:
			out.data[at] ^= (uint8_t)(1u << next_random(8));
			break;
		case 2:
			if (next_random(8) == 0 && at > 0)
				out.size = at;
			break;
		case 3: /* a piece from elsewhere, or extreme bytes */
			for (size_t i = 0; i < length / 4 + 1 && at + i < out.size; i++)
				out.data[at + i] = next_random(2) ? 0xFF : out.data[(other + i) % out.size];
			break;
		case 4:
			out.data[at] = (uint8_t)characters[next_random(sizeof(characters) - 1)];
			break;
		default: /* insert a copy of a piece */
			if (out.size + length > 2 * size || other + length > out.size)
				break;
			memmove(out.data + at + length, out.data + at, out.size - at);
			memmove(out.data + at, out.data + other, length);
			out.size += length;
			break;
		}
	}
	return out;
}

static void run_program(const struct bytes *program)
{
	struct rig *rig = rig_new_bytes(program->data, program->size < AIE_CORE_PROGRAM_BYTES ? program->size
	                                                                                      : AIE_CORE_PROGRAM_BYTES);

	rig->locks_free = true;
	if (rig_run(rig, 600) == AIE_CORE_FAULT) {
		const struct aie_core_fault *fault = aie_core_fault(rig->core);

		assert_int_not_equal(fault->error.category, AIE_ERROR_NONE);
		assert_true(fault->error.text[0] != '\0');
		if (fault->error.category == AIE_ERROR_INTERNAL)
			fail_msg("%s at 0x%x (%s)", fault->error.text, fault->pc, fault->bundle);
	}
	rig_free(rig);
}

static void open_and_run(const struct bytes *image)
{
	struct aie_core_elf elf = { 0 };
	struct aie_error error;

	aie_error_clear(&error);
	if (aie_core_elf_open(&elf, image->data, image->size, false, &error) != 0) {
		assert_int_not_equal(error.category, AIE_ERROR_NONE);
		assert_null(elf.piece);
		return;
	}
	for (uint32_t i = 0; i < elf.piece_count; i++) {
		const struct aie_core_elf_piece *piece = &elf.piece[i];
		const uint32_t limit =
		        piece->window == AIE_WINDOW_PROGRAM ? AIE_CORE_ELF_PROGRAM_BYTES : AIE_CORE_ELF_DATA_BYTES;

		assert_true(piece->offset <= limit && piece->size <= limit - piece->offset);
		if (piece->window == AIE_WINDOW_PROGRAM && piece->data != NULL)
			run_program(&(struct bytes){ (uint8_t *)(uintptr_t)piece->data, piece->size });
	}
	aie_core_elf_close(&elf);
}

static void test_text(void **state)
{
	(void)state;
	struct bytes whole = assemble(sample, sizeof(sample) - 1, false);

	assert_non_null(whole.data); /* the sample itself is right */
	free(whole.data);
	for (unsigned round = 0; round < rounds; round++) {
		struct bytes text = damage(sample, sizeof(sample) - 1, true),
		             out = assemble(text.data, text.size, round % 2);

		if (out.data != NULL && round % 2 == 0)
			open_and_run(&out);
		free(out.data);
		free(text.data);
	}
}

static void test_objects(void **state)
{
	(void)state;
	const struct bytes object = assemble(sample, sizeof(sample) - 1, true);

	assert_non_null(object.data);
	for (unsigned round = 0; round < rounds; round++) {
		struct bytes damaged = damage(object.data, object.size, false),
		             out = assemble(damaged.data, damaged.size, false);

		if (out.data != NULL)
			open_and_run(&out);
		free(out.data);
		free(damaged.data);
	}
	free(object.data);
}

static void test_programs(void **state)
{
	(void)state;
	const struct bytes program = assemble(sample, sizeof(sample) - 1, false);

	assert_non_null(program.data);
	for (unsigned round = 0; round < rounds; round++) {
		struct bytes damaged = damage(program.data, program.size, false);

		open_and_run(&damaged);
		free(damaged.data);
	}
	free(program.data);
}

/* Random bundles: the bytes of good ones with damage, and noise. */
static void test_program_memory(void **state)
{
	(void)state;
	const struct bytes program = assemble(sample, sizeof(sample) - 1, false);
	struct aie_core_elf elf = { 0 };
	struct aie_error error;

	assert_int_equal(aie_core_elf_open(&elf, program.data, program.size, false, &error), 0);
	for (unsigned round = 0; round < rounds; round++) {
		struct bytes damaged = damage(elf.piece[0].data, elf.piece[0].size, false);

		if (round % 4 == 0) {
			for (size_t i = 0; i < damaged.size; i++)
				damaged.data[i] = (uint8_t)next_random(256);
		}
		run_program(&damaged);
		free(damaged.data);
	}
	aie_core_elf_close(&elf);
	free(program.data);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_program_memory),
	};

	if (argc > 1)
		rounds = (unsigned)strtoul(argv[1], NULL, 0);
	if (argc > 2)
		seed += strtoull(argv[2], NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
