#include "driver/tools/symbols.h"

#include <libelf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/image/core_elf.h"
#include "driver/image/registers.h"
#include "isa/file.h"
#include "isa/line_table.h"

enum { NAME_ROOM = 96 };

static const size_t program_limit = (size_t)16 << 20;

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

/* " at FILE:LINE" of an address; nothing when the program has no line numbers or none that can be read. */
static void write_source(FILE *out, const struct aie_operator_worker *worker, uint32_t pc)
{
	const struct aie_line_row *row;
	struct aie_line_table table;
	struct aie_error ignored;
	const char *name, *slash;

	if (aie_line_table_read(&table, worker->elf, worker->elf_size, &ignored))
		return;
	row = aie_line_table_find(&table, pc);
	if (row && row->line && row->file < table.file_count) {
		name = table.file[row->file];
		slash = strrchr(name, '/');
		fprintf(out, " at %s:%u", slash ? slash + 1 : name, row->line);
	}
	aie_line_table_close(&table);
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
		fprintf(out, "%.*s", (int)(behind - line), line);
		if (symbol.found)
			fprintf(out, " <%s+0x%X>", symbol.name, pc - symbol.value);
		write_source(out, &worker[i], pc);
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

char *aie_symbols_name(struct aie_profile *profile, const struct aie_operator_worker *worker, size_t workers)
{
	char *waits = aie_symbols_annotate(profile->waits, worker, workers);
	char *checks = profile->checks ? aie_symbols_annotate(profile->checks, worker, workers) : NULL;

	if (waits && strlen(waits) < sizeof profile->waits)
		memcpy(profile->waits, waits, strlen(waits) + 1);
	if (checks)
		profile->checks = checks;
	free(waits);
	return checks;
}

/* ---- programs that the user names -------------------------------------------------------------------------------- */

static void add_worker(struct aie_core_elfs *elfs, unsigned column, unsigned row, const uint8_t *elf, size_t size)
{
	for (size_t i = 0; i < elfs->workers; i++)
		if (elfs->worker[i].column == column && elfs->worker[i].row == row)
			return; /* named before */
	elfs->worker[elfs->workers++] = (struct aie_operator_worker){
		.column = (uint8_t)column, .row = (uint8_t)row, .elf = elf, .elf_size = size
	};
}

/* One option: the cores that it names, "*" only with `all`. */
static int add_option(struct aie_core_elfs *elfs, size_t number, bool all, struct aie_error *error)
{
	const char *text = elfs->option[number], *path = strchr(text, '=');
	unsigned column = 0, row = 0;
	struct aie_core_elf elf;
	size_t size = 0;
	int used = 0;

	if (!path || (strncmp(text, "*=", 2) != 0 &&
	              (sscanf(text, "%u,%u%n", &column, &row, &used) != 2 || text + used != path ||
	               column >= AIE_NPU4_COLUMNS || row < AIE_ROW_FIRST_COMPUTE || row >= AIE_ARRAY_ROWS)))
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "--core-elf %s: C,R=FILE or *=FILE expected, C 0 to %d, R %d to %d", text,
		                     AIE_NPU4_COLUMNS - 1, AIE_ROW_FIRST_COMPUTE, AIE_ARRAY_ROWS - 1);
	if ((text[0] == '*') != all)
		return 0;
	if (aie_file_read(path + 1, program_limit, &elfs->file[number], &size, error))
		return -1;
	if (aie_core_elf_open(&elf, elfs->file[number], size, false, error))
		return aie_error_prefix(error, "%s", path + 1);
	aie_core_elf_close(&elf);
	if (!all)
		add_worker(elfs, column, row, elfs->file[number], size);
	for (column = 0; all && column < AIE_NPU4_COLUMNS; column++)
		for (row = AIE_ROW_FIRST_COMPUTE; row < AIE_ARRAY_ROWS; row++)
			add_worker(elfs, column, row, elfs->file[number], size);
	return 0;
}

int aie_core_elfs_load(struct aie_core_elfs *elfs, struct aie_error *error)
{
	if (!elfs->options)
		return 0;
	elfs->worker = calloc((size_t)AIE_NPU4_COLUMNS * AIE_ARRAY_ROWS, sizeof *elfs->worker);
	if (!elfs->worker)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for the programs of the cores");
	for (unsigned all = 0; all < 2; all++)
		for (size_t i = 0; i < elfs->options; i++)
			if (add_option(elfs, i, all, error))
				return -1;
	return 0;
}

void aie_core_elfs_free(struct aie_core_elfs *elfs)
{
	for (size_t i = 0; i < elfs->options; i++)
		free(elfs->file[i]);
	free(elfs->worker);
}
