#include "driver/tools/symbols.h"

#include <libelf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_ROOM = 96 };

struct symbol {
	char name[NAME_ROOM];
	uint32_t value;
	bool found;
};

/* A symbol that a person would name: in a section, not empty, not made by a tool. */
static bool is_label(const Elf32_Sym *symbol, const char *name)
{
	unsigned type = ELF32_ST_TYPE(symbol->st_info);

	return (type == STT_FUNC || type == STT_NOTYPE) && symbol->st_shndx != SHN_UNDEF &&
	       symbol->st_shndx < SHN_LORESERVE && name && name[0] && name[0] != '.';
}

/* The last symbol at or before `pc` in one symbol table. */
static void search_table(Elf *elf, Elf_Scn *section, const Elf32_Shdr *header, uint32_t pc, struct symbol *best)
{
	Elf_Data *data = elf_getdata(section, NULL);
	const Elf32_Sym *symbol = data ? data->d_buf : NULL;

	for (size_t i = 0; symbol && i < data->d_size / sizeof *symbol; i++) {
		const char *name = elf_strptr(elf, header->sh_link, symbol[i].st_name);

		if (!is_label(&symbol[i], name) || symbol[i].st_value > pc ||
		    (best->found && symbol[i].st_value < best->value))
			continue;
		best->found = true;
		best->value = symbol[i].st_value;
		snprintf(best->name, sizeof best->name, "%s", name);
	}
}

static struct symbol find_symbol(const struct aie_operator_worker *worker, uint32_t pc)
{
	struct symbol best = { .found = false };
	Elf *elf;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return best;
	/* libelf takes the image writable but does not write here */
	elf = elf_memory((char *)(uintptr_t)worker->elf, worker->elf_size);
	for (Elf_Scn *section = elf ? elf_nextscn(elf, NULL) : NULL; section; section = elf_nextscn(elf, section)) {
		const Elf32_Shdr *header = elf32_getshdr(section);

		if (header && header->sh_type == SHT_SYMTAB)
			search_table(elf, section, header, pc, &best);
	}
	elf_end(elf);
	return best;
}

/* Behind the first "core (C,R) ... pc 0xX" of a line; NULL when there is none. */
static const char *find_address(const char *line, size_t length, unsigned *column, unsigned *row, uint32_t *pc)
{
	const char *end = line + length;

	for (const char *at = line; at < end; at++) {
		const char *address;
		char *behind;

		if (sscanf(at, "core (%u,%u)", column, row) != 2)
			continue;
		address = strstr(at, "pc 0x");
		if (!address || address >= end)
			return NULL;
		*pc = (uint32_t)strtoul(address + 3, &behind, 16);
		return behind;
	}
	return NULL;
}

static void write_line(FILE *out, const char *line, size_t length, const struct aie_operator_worker *worker,
                       size_t workers)
{
	unsigned column, row;
	struct symbol symbol;
	uint32_t pc;
	const char *behind = find_address(line, length, &column, &row, &pc);

	for (size_t i = 0; behind && i < workers; i++) {
		if (worker[i].column != column || worker[i].row != row)
			continue;
		symbol = find_symbol(&worker[i], pc);
		if (!symbol.found)
			break;
		fprintf(out, "%.*s <%s+0x%X>", (int)(behind - line), line, symbol.name, pc - symbol.value);
		length -= (size_t)(behind - line);
		line = behind;
		break;
	}
	fprintf(out, "%.*s", (int)length, line);
}

char *aie_symbols_annotate(const char *text, const struct aie_operator_worker *worker, size_t workers)
{
	char *result = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&result, &size);

	if (!out)
		return NULL;
	while (*text) {
		size_t length = strcspn(text, "\n");

		write_line(out, text, length, worker, workers);
		text += length;
		if (*text)
			fputc(*text++, out);
	}
	if (fclose(out)) {
		free(result);
		return NULL;
	}
	return result;
}
