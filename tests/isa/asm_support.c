#include "tests/isa/asm_support.h"

#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

uint8_t *assemble_text(const char *text, const struct aie_asm_options *options, size_t *size)
{
	struct aie_asm_source source = { "t.s", text, strlen(text) };
	struct aie_error error = { 0 };
	uint8_t *elf;
	if (aie_assemble(&source, 1, options, &elf, size, &error))
		fail_msg("%s", error.text);
	return elf;
}

const char *assembly_error(const char *text, const struct aie_asm_options *options)
{
	static struct aie_error error;
	struct aie_asm_source source = { "t.s", text, strlen(text) };
	uint8_t *elf;
	size_t size;
	error.category = AIE_ERROR_NONE;
	if (!aie_assemble(&source, 1, options, &elf, &size, &error)) {
		free(elf);
		fail_msg("assembled: %s", text);
	}
	assert_null(elf);
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	assert_int_equal(aie_error_exit_status(&error), 2);
	return error.text;
}

static Elf32_Shdr header_at(const uint8_t *elf, unsigned index)
{
	Elf32_Ehdr file;
	Elf32_Shdr header;
	memcpy(&file, elf, sizeof(file));
	memcpy(&header, elf + file.e_shoff + index * sizeof(header), sizeof(header));
	return header;
}

static const char *name_of(const uint8_t *elf, const Elf32_Shdr *header)
{
	Elf32_Ehdr file;
	memcpy(&file, elf, sizeof(file));
	return (const char *)elf + header_at(elf, file.e_shstrndx).sh_offset + header->sh_name;
}

struct section_view find_section(const uint8_t *elf, const char *name)
{
	Elf32_Ehdr file;
	memcpy(&file, elf, sizeof(file));
	for (unsigned i = 1; i < file.e_shnum; i++) {
		Elf32_Shdr header = header_at(elf, i);
		if (strcmp(name_of(elf, &header), name) == 0)
			return (struct section_view){ elf + header.sh_offset, header.sh_size, header.sh_addr,
				                      header.sh_offset,       header.sh_type, header.sh_flags };
	}
	return (struct section_view){ 0 };
}

uint32_t symbol_value(const uint8_t *elf, const char *name)
{
	struct section_view table = find_section(elf, ".symtab"), names = find_section(elf, ".strtab");
	for (uint32_t at = 0; at < table.size; at += (uint32_t)sizeof(Elf32_Sym)) {
		Elf32_Sym symbol;
		memcpy(&symbol, table.bytes + at, sizeof(symbol));
		if (strcmp((const char *)names.bytes + symbol.st_name, name) == 0)
			return symbol.st_value;
	}
	fail_msg("no symbol %s", name);
	return 0;
}
