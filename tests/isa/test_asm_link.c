/* Objects, archives and the linker; damaged objects. */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/isa/asm_support.h"

static const struct aie_asm_options object_options = { .relocatable = 1 };

struct input {
	const char *name, *text;
};

static int link_inputs(const struct aie_asm_source *source, size_t count, const struct aie_asm_options *options,
                       uint8_t **elf, size_t *size, struct aie_error *error)
{
	error->category = AIE_ERROR_NONE;
	error->text[0] = 0;
	return aie_assemble(source, count, options, elf, size, error);
}

/* Link texts, each its own source. */
static uint8_t *link_texts(const char *const *texts, size_t count, size_t *size)
{
	static const char *const names[] = { "a.s", "b.s", "c.s" };
	struct aie_asm_source source[3];
	struct aie_error error;
	uint8_t *elf;
	for (size_t i = 0; i < count; i++)
		source[i] = (struct aie_asm_source){ names[i], texts[i], strlen(texts[i]) };
	if (link_inputs(source, count, NULL, &elf, size, &error))
		fail_msg("%s", error.text);
	return elf;
}

static void expect_link_error(const char *first, const char *second, const char *expected)
{
	struct aie_asm_source source[2] = { { "a.s", first, strlen(first) }, { "b.s", second, strlen(second) } };
	struct aie_error error;
	uint8_t *elf;
	size_t size;
	assert_int_equal(link_inputs(source, 2, NULL, &elf, &size, &error), -1);
	assert_string_equal(error.text, expected);
}

/* All the places a relocation can go: each gives the same bytes as the number in its place. */
static const char symbolic[] =
        ".globl there\n"
        "mova r0, #small\nmovx r1, #small\nmov r2, #small\nadd.nc r3, r4, #tiny\nmovxm r5, #big+1\n"
        "j #there\njl #there+16\njz r0, #there\njnz r0, #.Lhere\n"
        "mova r0, #small; movx r1, #small; mov r2, #small\n"
        "mova r0, #small; nopb; movxm p0, #big\n"
        "nopa; nopb; nops; movxm p0, #big; nopv\n"
        "nopa; nopb; nops; movx r1, #small; mov r2, #small; nopv\n"
        "vmac.f dm0, dm0, x0, x2, r3; j #there\n"
        ".Lhere: there: nop\n"
        ".data\n.long there, .Lhere, big, 5\n"
        ".globl small, tiny, big\n";
static const char definitions[] = ".globl small, tiny, big\nsmall = -700\ntiny = -100\nbig = 0x12345678\n";

static void relocations(void **state)
{
	const char *texts[] = { symbolic, definitions };
	size_t size, plain_size;
	char plain[2048];
	(void)state;
	/* The same program in one source, where everything is a number: there is at 0x8a. */
	snprintf(plain, sizeof(plain), "%s%s", definitions, symbolic);
	uint8_t *one = assemble_text(plain, NULL, &plain_size);
	uint8_t *two = link_texts(texts, 2, &size);
	struct section_view code = find_section(one, ".text"), linked = find_section(two, ".text");
	assert_int_equal(code.size, linked.size);
	assert_memory_equal(code.bytes, linked.bytes, code.size);
	assert_memory_equal(find_section(one, ".data").bytes, find_section(two, ".data").bytes, 16);
	uint32_t there;
	memcpy(&there, find_section(two, ".data").bytes, 4);
	assert_int_equal(there, symbol_value(two, "there"));
	free(one);
	free(two);
}

static uint8_t *make_object(const char *text, size_t *size)
{
	return assemble_text(text, &object_options, size);
}

static void objects(void **state)
{
	const char *texts[] = { symbolic, definitions };
	struct aie_asm_source source[2];
	struct aie_error error;
	size_t size[2], direct_size, linked_size;
	uint8_t *object[2], *linked;
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		object[i] = make_object(texts[i], &size[i]);
		source[i] = (struct aie_asm_source){ "x.o", (const char *)object[i], size[i] };
	}
	uint8_t *direct = link_texts(texts, 2, &direct_size);
	if (link_inputs(source, 2, NULL, &linked, &linked_size, &error))
		fail_msg("%s", error.text);
	struct section_view a = find_section(direct, ".text"), b = find_section(linked, ".text");
	assert_int_equal(a.size, b.size);
	assert_memory_equal(a.bytes, b.bytes, a.size);
	assert_memory_equal(find_section(direct, ".data").bytes, find_section(linked, ".data").bytes, 16);
	for (unsigned i = 0; i < 2; i++)
		free(object[i]);
	free(direct);
	free(linked);
}

/* Type numbers of the compiler's objects (relocation table of the target): mova in 4 bytes is 9, j in 6 bytes is 1,
 * movxm in 6 bytes is 42, a data word is 62. */
static void relocation_numbers(void **state)
{
	static const uint32_t types[] = { 9, 1, 42 };
	size_t size;
	(void)state;
	uint8_t *object = make_object("mova r0, #x\nj #x\nmovxm p0, #x+8\n.data\n.long x-4", &size);
	struct section_view table = find_section(object, ".rela.text");
	assert_int_equal(table.size, 3 * sizeof(Elf32_Rela));
	for (unsigned i = 0; i < 3; i++) {
		Elf32_Rela entry;
		memcpy(&entry, table.bytes + i * sizeof(entry), sizeof(entry));
		assert_int_equal(ELF32_R_TYPE(entry.r_info), types[i]);
		assert_int_equal(entry.r_addend, i == 2 ? 8 : 0);
	}
	Elf32_Rela word;
	memcpy(&word, find_section(object, ".rela.data").bytes, sizeof(word));
	assert_int_equal(ELF32_R_TYPE(word.r_info), 62);
	assert_int_equal(word.r_addend, -4);
	free(object);
}

/* A REL object keeps the addend in the field: turn the RELA tables of an object into REL ones and link both. */
static void rel_objects(void **state)
{
	static const char text[] = "movxm p0, #v+8\nmova r0, #s-3\nj #e+2\n.data\nv: .long v-4, e\n.globl s,e";
	static const char more[] = ".globl s, e\ns=-20\nnop\ne: nop";
	struct aie_error error;
	size_t size, linked_size;
	(void)state;
	uint8_t *object = make_object(text, &size);
	uint8_t *expected, *linked;
	struct aie_asm_source source[2] = { { "a.o", (const char *)object, size }, { "b.s", more, strlen(more) } };
	if (link_inputs(source, 2, NULL, &expected, &linked_size, &error))
		fail_msg("%s", error.text);
	/* The addends as bytes: assemble the same places with the addends as numbers. */
	uint8_t *model = assemble_text("movxm p0, #8\nmova r0, #-3\nj #2\n.data\n.long -4, 0", &object_options, &size);
	struct section_view code = find_section(object, ".text"), data = find_section(object, ".data");
	memcpy(object + code.offset, find_section(model, ".text").bytes, code.size);
	memcpy(object + data.offset, find_section(model, ".data").bytes, data.size);
	Elf32_Ehdr header;
	memcpy(&header, object, sizeof(header));
	for (unsigned i = 1; i < header.e_shnum; i++) {
		Elf32_Shdr section;
		uint8_t *place = object + header.e_shoff + i * sizeof(section);
		memcpy(&section, place, sizeof(section));
		if (section.sh_type != SHT_RELA)
			continue;
		uint32_t count = section.sh_size / (uint32_t)sizeof(Elf32_Rela);
		for (uint32_t k = 0; k < count; k++)
			memmove(object + section.sh_offset + k * sizeof(Elf32_Rel),
			        object + section.sh_offset + k * sizeof(Elf32_Rela), sizeof(Elf32_Rel));
		section.sh_type = SHT_REL;
		section.sh_size = count * (uint32_t)sizeof(Elf32_Rel);
		section.sh_entsize = sizeof(Elf32_Rel);
		memcpy(place, &section, sizeof(section));
	}
	if (link_inputs(source, 2, NULL, &linked, &linked_size, &error))
		fail_msg("%s", error.text);
	assert_memory_equal(find_section(expected, ".text").bytes, find_section(linked, ".text").bytes, code.size);
	assert_memory_equal(find_section(expected, ".data").bytes, find_section(linked, ".data").bytes, data.size);
	free(model);
	free(object);
	free(expected);
	free(linked);
}

static void symbols_between_sources(void **state)
{
	const char *start[] = { "f: ret lr\n.globl f", ".globl _start\n_start: jl #f\n.weak f\nf: nop" };
	const char *common[] = { ".comm c, 4, 4\nmovxm p0, #c", ".comm c, 16, 32\n.data\n.byte 1\n.bss\n.space 1" };
	const char *strong[] = { ".comm c, 4, 4\nmovxm p0, #c", ".globl c\n.data\n.long 0\nc: .long 1" };
	const char *weak[] = { ".weak w\nmovxm p0, #w\nmovxm sp, #_sp_start_value_DM_stack" };
	size_t size;
	(void)state;
	/* The object with _start comes first, the strong definition wins over the weak one. */
	uint8_t *elf = link_texts(start, 2, &size);
	assert_int_equal(symbol_value(elf, "_start"), 0);
	assert_int_equal(symbol_value(elf, "f"), 16);
	free(elf);
	elf = link_texts(common, 2, &size);
	assert_int_equal(symbol_value(elf, "c") % 32, 0);
	assert_in_range(symbol_value(elf, "c"), 0x70401, 0x70440);
	/* 16 bytes for c (the larger one) and the other .bss's single byte */
	assert_int_equal(find_section(elf, ".bss").address + find_section(elf, ".bss").size,
	                 symbol_value(elf, "c") + 17);
	free(elf);
	elf = link_texts(strong, 2, &size);
	assert_int_equal(symbol_value(elf, "c"), 0x70404);
	free(elf);
	elf = link_texts(weak, 1, &size);
	uint8_t *model = assemble_text("movxm p0, #0\nmovxm sp, #0x70000", NULL, &size);
	assert_memory_equal(find_section(elf, ".text").bytes, find_section(model, ".text").bytes, 12);
	free(elf);
	free(model);
	expect_link_error("x: nop\n.globl x", "\nx: nop\n.globl x", "b.s:2:1: 'x' is already defined at a.s:1");
	expect_link_error("nop", " j #y", "b.s:1:5: undefined symbol 'y'");
	expect_link_error("y: nop", " j #y", "b.s:1:5: undefined symbol 'y'");
	struct aie_asm_symbol define = { "y", 64 };
	struct aie_asm_options options = { .define = &define, .define_count = 1 };
	elf = assemble_text("j #y", &options, &size);
	free(elf);
}

static void append_member(uint8_t *archive, size_t *used, const char *name, const void *bytes, size_t size)
{
	char header[64];
	snprintf(header, sizeof(header), "%-16s%-12d%-6d%-6d%-8d%-10zu`\n", name, 0, 0, 0, 644, size);
	memcpy(archive + *used, header, 60);
	memcpy(archive + *used + 60, bytes, size);
	*used += 60 + size;
	if (*used % 2)
		archive[(*used)++] = '\n';
}

/* Only members that define something missing are linked, also when a member asks for another before it. */
static void archives(void **state)
{
	static const char main_text[] = ".globl _start\n_start: jl #first";
	const char *members[] = { "second: ret lr\n.globl second", "first: jl #second\n.globl first",
		                  "other: jl #nowhere\n.globl other" };
	uint8_t *archive = calloc(1, 65536), *elf;
	size_t used = 8, size;
	struct aie_error error;
	(void)state;
	assert_non_null(archive);
	memcpy(archive, "!<arch>\n", 8);
	append_member(archive, &used, "/", "\0\0\0", 4);
	append_member(archive, &used, "//", "a_name_longer_than_fifteen.o/\n", 30);
	for (unsigned i = 0; i < 3; i++) {
		uint8_t *object = make_object(members[i], &size);
		append_member(archive, &used, i == 1 ? "/0" : "m.o/", object, size);
		free(object);
	}
	struct aie_asm_source source[2] = { { "a.s", main_text, strlen(main_text) },
		                            { "lib.a", (const char *)archive, used } };
	if (link_inputs(source, 2, NULL, &elf, &size, &error))
		fail_msg("%s", error.text);
	assert_int_equal(symbol_value(elf, "first"), 16);
	assert_int_equal(symbol_value(elf, "second"), 32);
	assert_int_equal(find_section(elf, ".text").size, 36);
	free(elf);
	/* Cut and changed archives. */
	for (size_t cut = 8; cut < used; cut += 7) {
		source[1].size = cut;
		if (!link_inputs(source, 2, NULL, &elf, &size, &error))
			free(elf);
		else
			assert_int_equal(error.category, AIE_ERROR_INPUT);
	}
	free(archive);
}

static void bad_objects(void **state)
{
	static const struct {
		size_t offset;
		uint16_t value;
		const char *error;
	} cases[] = {
		{ 16, ET_EXEC, "x.o: ELF type 2 is not a relocatable object" },
		{ 18, 62, "x.o: ELF machine 62 is not AIE (264)" },
		{ 36, 2, "x.o: ELF flags 2 are not those of AIE2P (3)" },
		{ 4, 0x0102, "x.o: no 32-bit ELF header" },
		{ 48, 9999, "x.o: " },
	};
	struct aie_error error;
	size_t size, elf_size;
	uint8_t *elf;
	(void)state;
	uint8_t *object = make_object(symbolic, &size);
	struct aie_asm_source source = { "x.o", (const char *)object, size };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint16_t old;
		memcpy(&old, object + cases[i].offset, 2);
		memcpy(object + cases[i].offset, &cases[i].value, 2);
		assert_int_equal(link_inputs(&source, 1, NULL, &elf, &elf_size, &error), -1);
		if (strncmp(error.text, cases[i].error, strlen(cases[i].error)) != 0)
			fail_msg("%s instead of %s", error.text, cases[i].error);
		assert_int_equal(error.category, AIE_ERROR_INPUT);
		memcpy(object + cases[i].offset, &old, 2);
	}
	/* Any bytes changed, any cut: an error or a program. */
	uint64_t random = 4101842887655102017u;
	uint8_t *copy = malloc(size);
	assert_non_null(copy);
	source.text = (const char *)copy;
	for (unsigned i = 0; i < 30000; i++) {
		memcpy(copy, object, size);
		for (unsigned k = 0; k < 1 + i % 4; k++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			/* Mostly the headers and tables at the end of the file. */
			size_t at = (size_t)(random >> 8) % (i % 3 ? size : 52);
			copy[at] = (uint8_t)(random >> 40);
		}
		source.size = i % 8 ? size : (size_t)(random >> 12) % size;
		if (!link_inputs(&source, 1, NULL, &elf, &elf_size, &error))
			free(elf);
		else
			assert_int_equal(error.category, AIE_ERROR_INPUT);
	}
	free(copy);
	free(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relocations),
		cmocka_unit_test(objects),
		cmocka_unit_test(relocation_numbers),
		cmocka_unit_test(rel_objects),
		cmocka_unit_test(symbols_between_sources),
		cmocka_unit_test(archives),
		cmocka_unit_test(bad_objects),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
