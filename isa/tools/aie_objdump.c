/* aie-objdump: what is in a core ELF, an AIE2P object or a raw program image.
 *
 * -d prints "ADDRESS:\tBYTES\tBUNDLE" lines and labels; aie-as reads that form back into the same bytes.  A bundle
 * whose text would not give its bytes back (unknown instructions, don't-care bits that are set) is printed as .byte.
 * Exit status: 0 done, 2 bad input or usage. */
#include <libelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isa/backtrace.h"
#include "isa/isa.h"
#include "isa/operands.h"
#include "isa/file.h"
#include "isa/tools/source_view.h"
#include "isa/tools/tool.h"

static const char help[] = "usage: aie-objdump [-d] [-h] [-t] [-r] [-s] [-S] [--asm] FILE\n"
                           "       aie-objdump [--asm] --raw FILE [--base ADDRESS]\n"
                           "  -d      disassemble the code sections (aie-as reads the listing)\n"
                           "  --asm   as -d, without addresses and bytes\n"
                           "  -S, --source  as -d, with the source lines (of a linked program that names them)\n"
                           "  -h      section headers        -t  symbols\n"
                           "  -r      relocations            -s  bytes of the loaded data sections\n"
                           "  --raw   FILE holds nothing but code; --base is the address of its first byte\n";

enum { MACHINE_AIE = 264, FLAGS_AIE2P = 3, TEXT_SIZE = 1024 };

struct symbol {
	const char *name;
	uint32_t value, size, index; /* index: place in the table, keeps the order stable */
	uint16_t section;
	uint8_t binding, type;
	bool label; /* printed as a label: a place in code with a name aie-as can read, once */
};

struct code {
	const char *name;
	const uint8_t *bytes;
	uint32_t address;
	size_t size;
	unsigned section; /* 0: none */
};

struct file {
	const char *path;
	const uint8_t *bytes;
	size_t size;
	Elf *elf;
	const Elf32_Ehdr *header;
	size_t section_count, names;
	struct symbol *symbol;
	size_t symbol_count;
	size_t symbol_section;
	struct source_view source;
};

struct options {
	bool code, sections, symbols, relocations, data, plain, source;
	const char *path, *raw;
	uint64_t base;
};

/* ---- code ------------------------------------------------------------------------------------------------------ */

static void print_bytes(FILE *out, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(out, i ? " %02x" : "%02x", bytes[i]);
}

static void print_line(const struct options *options, uint32_t address, const uint8_t *bytes, size_t count,
                       const char *text)
{
	if (options->plain) {
		printf("\t%s\n", text);
		return;
	}
	printf("%6x:\t", address);
	print_bytes(stdout, bytes, count);
	printf("%*s\t%s\n", (int)(count < AIE_BUNDLE_MAX_BYTES ? 3 * (AIE_BUNDLE_MAX_BYTES - count) : 0), "", text);
}

/* The bundle as text if that text says all its bits; otherwise .byte and the reason. */
static size_t describe_bundle(const uint8_t *bytes, size_t left, char *text, size_t size)
{
	struct aie_bundle bundle;
	struct aie_error error;
	uint8_t again[AIE_BUNDLE_MAX_BYTES];
	char note[TEXT_SIZE];
	size_t count = aie_isa_bundle_size(bytes[0]);
	if (!count || count > left)
		count = left < 2 ? left : 2;
	if (aie_isa_decode(bytes, left, &bundle, &error)) {
		snprintf(note, sizeof(note), "%.200s", error.text);
	} else {
		count = bundle.size;
		aie_isa_print_bundle(&bundle, text, size);
		struct aie_bundle copy = bundle;
		if (!aie_isa_encode(&copy, again, &error) && copy.size == count && memcmp(again, bytes, count) == 0)
			return count;
		snprintf(note, sizeof(note), "%.600s (with don't-care bits set)", text);
	}
	size_t used = (size_t)snprintf(text, size, ".byte ");
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(text + used, size - used, "%s0x%02x", i ? ", " : "", bytes[i]);
	snprintf(text + used, size - used, " // %s", note);
	return count;
}

static void print_relocations_at(const struct file *file, unsigned section, uint32_t from, uint32_t to);

/* Labels of the sorted symbols from *next on that stand at the address. */
static void print_labels(const struct file *file, const struct code *code, uint32_t address, size_t *next)
{
	bool object = file->header->e_type == ET_REL;
	for (; *next < file->symbol_count; (*next)++) {
		const struct symbol *symbol = &file->symbol[*next];
		if (object && symbol->section != code->section)
			continue;
		if (symbol->value > address)
			return;
		if (symbol->value != address || symbol->section != code->section || !symbol->name[0] ||
		    symbol->type == STT_SECTION || symbol->type == STT_FILE)
			continue;
		printf("%s%s:\n", symbol->label ? "" : "// ", symbol->name);
	}
}

static void print_code(struct file *file, const struct options *options, const struct code *code)
{
	char text[2 * TEXT_SIZE];
	size_t next = 0;
	for (size_t at = 0; at < code->size;) {
		uint32_t address = (uint32_t)(code->address + at);
		if (file)
			print_labels(file, code, address, &next);
		if (options->source)
			source_view_print(&file->source, address);
		size_t count = describe_bundle(code->bytes + at, code->size - at, text, sizeof(text));
		print_line(options, address, code->bytes + at, count, text);
		if (file && file->header->e_type == ET_REL && options->relocations)
			print_relocations_at(file, code->section, (uint32_t)at, (uint32_t)(at + count));
		at += count;
	}
	if (file)
		print_labels(file, code, (uint32_t)(code->address + code->size), &next);
}

/* ---- reading the file ------------------------------------------------------------------------------------------ */

static int bad(const struct file *file, struct aie_error *error, const char *what, const char *name)
{
	return aie_error_set(error, AIE_ERROR_INPUT, "%s: %s%s%.100s", file->path, what, name ? " " : "",
	                     name ? name : "");
}

static const char *string_at(const struct file *file, size_t section, size_t offset)
{
	const char *text = elf_strptr(file->elf, section, offset);
	return text ? text : "<bad name>";
}

/* A section's bytes in the file; NULL when they are not all there. */
static const uint8_t *section_bytes(const struct file *file, const Elf32_Shdr *header)
{
	if (header->sh_type == SHT_NOBITS || header->sh_offset > file->size ||
	    header->sh_size > file->size - header->sh_offset)
		return NULL;
	return file->bytes + header->sh_offset;
}

/* Whether a table of headers, if there is one, leaves the file. */
static bool table_missing(const struct file *file, uint32_t offset, unsigned count, size_t size)
{
	return offset && (offset > file->size || count * size > file->size - offset);
}

static int open_file(struct file *file, struct aie_error *error)
{
	elf_version(EV_CURRENT);
	if (file->size < SELFMAG || memcmp(file->bytes, ELFMAG, SELFMAG) != 0)
		return bad(file, error, "not an ELF file (--raw takes bare code)", NULL);
	/* libelf asks for writable memory but only reads with these calls. */
	file->elf = elf_memory((char *)(uintptr_t)file->bytes, file->size);
	if (!file->elf || elf_kind(file->elf) != ELF_K_ELF)
		return bad(file, error, "not an ELF file:", elf_errmsg(-1));
	file->header = elf32_getehdr(file->elf);
	if (!file->header)
		return bad(file, error, "no 32-bit ELF header:", elf_errmsg(-1));
	if (file->header->e_ident[EI_DATA] != ELFDATA2LSB)
		return bad(file, error, "not little-endian", NULL);
	if (file->header->e_machine != MACHINE_AIE)
		return aie_error_set(error, AIE_ERROR_INPUT, "%s: ELF machine %u is not AIE (%d)", file->path,
		                     file->header->e_machine, MACHINE_AIE);
	if (file->header->e_flags != FLAGS_AIE2P)
		return aie_error_set(error, AIE_ERROR_INPUT, "%s: ELF flags %u are not those of AIE2P (%d)", file->path,
		                     file->header->e_flags, FLAGS_AIE2P);
	/* libelf hands out pointers into the file: tables of words must stand at word addresses. */
	if (file->header->e_shoff % 4 || file->header->e_phoff % 4)
		return bad(file, error, "the header tables are not aligned to words", NULL);
	if (file->header->e_type != ET_REL && file->header->e_type != ET_EXEC)
		return aie_error_set(error, AIE_ERROR_INPUT, "%s: ELF type %u is neither program nor object",
		                     file->path, file->header->e_type);
	/* libelf takes a table that is not all in the file for none. */
	const unsigned sections =
	        file->header->e_shnum ? file->header->e_shnum : 1; /* 0: the first header has the count */
	if (table_missing(file, file->header->e_shoff, sections, sizeof(Elf32_Shdr)) ||
	    table_missing(file, file->header->e_phoff, file->header->e_phnum, sizeof(Elf32_Phdr)))
		return bad(file, error, "the header tables lie outside of the file, which may have been cut off", NULL);
	if (elf_getshdrnum(file->elf, &file->section_count) || elf_getshdrstrndx(file->elf, &file->names))
		return bad(file, error, "bad section table:", elf_errmsg(-1));
	/* The count alone proves nothing: every header must be readable. */
	for (size_t i = 1; i < file->section_count; i++) {
		Elf_Scn *section = elf_getscn(file->elf, i);
		const Elf32_Shdr *header = section ? elf32_getshdr(section) : NULL;
		if (!header)
			return bad(file, error, "bad section header:", elf_errmsg(-1));
		if (header->sh_type != SHT_NOBITS && header->sh_type != SHT_NULL && header->sh_size &&
		    !section_bytes(file, header))
			return bad(file, error, "outside of the file lies section",
			           string_at(file, file->names, header->sh_name));
	}
	return 0;
}

static int by_value(const void *a, const void *b)
{
	const struct symbol *first = a, *second = b;
	if (first->section != second->section && (first->section == 0 || second->section == 0))
		return first->section < second->section ? -1 : 1;
	if (first->value != second->value)
		return first->value < second->value ? -1 : 1;
	return first->index < second->index ? -1 : first->index > second->index;
}

static int by_name(const void *a, const void *b)
{
	const struct symbol *first = *(struct symbol *const *)a, *second = *(struct symbol *const *)b;
	int order = strcmp(first->name, second->name);
	return order ? order : first->index < second->index ? -1 : first->index > second->index;
}

static bool readable_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.$";
	static const char more[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.$0123456789@";
	return name[0] && strchr(letters, name[0]) && strspn(name, more) == strlen(name) && strcmp(name, ".") != 0;
}

/* Symbols sorted by value; the first code symbol of each readable name becomes a label. */
static int read_symbols(struct file *file, struct aie_error *error)
{
	const Elf32_Shdr *table = NULL;
	for (size_t i = 1; i < file->section_count && !table; i++) {
		const Elf32_Shdr *header = elf32_getshdr(elf_getscn(file->elf, i));
		if (header->sh_type == SHT_SYMTAB) {
			table = header;
			file->symbol_section = i;
		}
	}
	if (!table || table->sh_size < sizeof(Elf32_Sym))
		return 0;
	size_t count = table->sh_size / sizeof(Elf32_Sym) - 1;
	const uint8_t *bytes = section_bytes(file, table);
	file->symbol = calloc(count + 1, sizeof(*file->symbol));
	struct symbol **order = calloc(count + 1, sizeof(struct symbol *));
	if (!file->symbol || !order) {
		free(order);
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for %zu symbols", count);
	}
	for (size_t i = 0; i < count; i++) {
		Elf32_Sym entry;
		memcpy(&entry, bytes + (i + 1) * sizeof(entry), sizeof(entry));
		file->symbol[i] = (struct symbol){ .name = string_at(file, table->sh_link, entry.st_name),
			                           .value = entry.st_value,
			                           .size = entry.st_size,
			                           .index = (uint32_t)i + 1,
			                           .section = entry.st_shndx,
			                           .binding = ELF32_ST_BIND(entry.st_info),
			                           .type = ELF32_ST_TYPE(entry.st_info) };
	}
	file->symbol_count = count;
	qsort(file->symbol, count, sizeof(*file->symbol), by_value);
	for (size_t i = 0; i < count; i++)
		order[i] = &file->symbol[i];
	qsort(order, count, sizeof(struct symbol *), by_name);
	const char *taken = NULL;
	for (size_t i = 0; i < count; i++) {
		struct symbol *symbol = order[i];
		if (symbol->section == SHN_UNDEF || symbol->section >= file->section_count ||
		    symbol->type == STT_SECTION || symbol->type == STT_FILE || !readable_name(symbol->name) ||
		    (taken && strcmp(taken, symbol->name) == 0))
			continue;
		const Elf32_Shdr *header = elf32_getshdr(elf_getscn(file->elf, symbol->section));
		if (!(header->sh_flags & SHF_EXECINSTR))
			continue;
		symbol->label = true;
		taken = symbol->name;
	}
	free(order);
	return 0;
}

/* ---- views ----------------------------------------------------------------------------------------------------- */

static void view_sections(const struct file *file)
{
	static const struct {
		uint32_t flag;
		char letter;
	} letters[] = {
		{ SHF_ALLOC, 'A' }, { SHF_WRITE, 'W' }, { SHF_EXECINSTR, 'X' }, { SHF_MERGE, 'M' }, { SHF_STRINGS, 'S' }
	};
	printf("%4s %-20s %-8s %-8s %-8s %5s %s\n", "nr", "name", "address", "offset", "size", "align", "flags");
	for (size_t i = 1; i < file->section_count; i++) {
		const Elf32_Shdr *header = elf32_getshdr(elf_getscn(file->elf, i));
		char flags[8] = "";
		size_t used = 0;
		for (size_t k = 0; k < sizeof(letters) / sizeof(letters[0]); k++)
			if (header->sh_flags & letters[k].flag)
				flags[used++] = letters[k].letter;
		printf("%4zu %-20s %08x %08x %08x %5u %s%s\n", i, string_at(file, file->names, header->sh_name),
		       header->sh_addr, header->sh_offset, header->sh_size, header->sh_addralign, flags,
		       header->sh_type == SHT_NOBITS ? " (no bytes)" : "");
	}
}

static const char *symbol_place(const struct file *file, const struct symbol *symbol)
{
	if (symbol->section == SHN_UNDEF)
		return "*undefined*";
	if (symbol->section == SHN_ABS)
		return "*absolute*";
	if (symbol->section == SHN_COMMON)
		return "*common*";
	if (symbol->section >= file->section_count)
		return "*bad section*";
	return string_at(file, file->names, elf32_getshdr(elf_getscn(file->elf, symbol->section))->sh_name);
}

static void view_symbols(const struct file *file)
{
	static const char *const types[] = { "", "object", "function", "section", "file", "common", "tls" };
	printf("%-8s %-8s %-6s %-8s %-16s %s\n", "value", "size", "bind", "type", "section", "name");
	for (size_t i = 0; i < file->symbol_count; i++) {
		const struct symbol *symbol = &file->symbol[i];
		const char *binding = symbol->binding == STB_LOCAL  ? "local"
		                      : symbol->binding == STB_WEAK ? "weak"
		                                                    : "global";
		printf("%08x %08x %-6s %-8s %-16s %s\n", symbol->value, symbol->size, binding,
		       symbol->type < sizeof(types) / sizeof(types[0]) ? types[symbol->type] : "?",
		       symbol_place(file, symbol), symbol->name);
	}
}

/* What a relocation entry refers to, as "name+addend". */
static void print_target(const struct file *file, uint32_t index, int32_t addend)
{
	const char *name = "<bad symbol>";
	for (size_t i = 0; i < file->symbol_count; i++) {
		if (file->symbol[i].index == index)
			name = file->symbol[i].type == STT_SECTION ? symbol_place(file, &file->symbol[i])
			                                           : file->symbol[i].name;
	}
	printf("%s", name);
	if (addend)
		printf("%+d", addend);
}

typedef void relocation_body(const struct file *file, const Elf32_Rela *entry, const void *data);

static void each_relocation(const struct file *file, const Elf32_Shdr *header, relocation_body *body, const void *data)
{
	bool rela = header->sh_type == SHT_RELA;
	size_t step = rela ? sizeof(Elf32_Rela) : sizeof(Elf32_Rel);
	const uint8_t *bytes = section_bytes(file, header);
	for (size_t i = 0; bytes && i < header->sh_size / step; i++) {
		Elf32_Rela entry = { 0 };
		memcpy(&entry, bytes + i * step, step);
		body(file, &entry, data);
	}
}

static void print_relocation(const struct file *file, const Elf32_Rela *entry, const void *data)
{
	(void)data;
	printf("%08x %4u  ", entry->r_offset, ELF32_R_TYPE(entry->r_info));
	print_target(file, ELF32_R_SYM(entry->r_info), entry->r_addend);
	printf("\n");
}

static void view_relocations(const struct file *file)
{
	for (size_t i = 1; i < file->section_count; i++) {
		const Elf32_Shdr *header = elf32_getshdr(elf_getscn(file->elf, i));
		if (header->sh_type != SHT_RELA && header->sh_type != SHT_REL)
			continue;
		printf("relocations %s:\n%-8s %4s  %s\n", string_at(file, file->names, header->sh_name), "offset",
		       "type", "value");
		each_relocation(file, header, print_relocation, NULL);
	}
}

struct range {
	uint32_t from, to;
};

static void print_relocation_comment(const struct file *file, const Elf32_Rela *entry, const void *data)
{
	const struct range *range = data;
	if (entry->r_offset < range->from || entry->r_offset >= range->to)
		return;
	printf("\t\t// relocation %u at 0x%x: ", ELF32_R_TYPE(entry->r_info), entry->r_offset);
	print_target(file, ELF32_R_SYM(entry->r_info), entry->r_addend);
	printf("\n");
}

static void print_relocations_at(const struct file *file, unsigned section, uint32_t from, uint32_t to)
{
	struct range range = { from, to };
	for (size_t i = 1; i < file->section_count; i++) {
		const Elf32_Shdr *header = elf32_getshdr(elf_getscn(file->elf, i));
		if ((header->sh_type == SHT_RELA || header->sh_type == SHT_REL) && header->sh_info == section)
			each_relocation(file, header, print_relocation_comment, &range);
	}
}

static void view_data(const struct file *file)
{
	for (size_t i = 1; i < file->section_count; i++) {
		const Elf32_Shdr *header = elf32_getshdr(elf_getscn(file->elf, i));
		const uint8_t *bytes = section_bytes(file, header);
		if (!(header->sh_flags & SHF_ALLOC) || header->sh_flags & SHF_EXECINSTR || !bytes || !header->sh_size)
			continue;
		printf("// section %s\n", string_at(file, file->names, header->sh_name));
		for (uint32_t at = 0; at < header->sh_size; at += 16) {
			uint32_t count = header->sh_size - at < 16 ? header->sh_size - at : 16;
			printf("%8x:\t", header->sh_addr + at);
			print_bytes(stdout, bytes + at, count);
			printf("\n");
		}
	}
}

/* ---- code of a whole file -------------------------------------------------------------------------------------- */

static void section_start(const struct file *file, const struct code *code, uint64_t *end)
{
	printf("// %s: %s, %zu bytes at 0x%x\n", file->path, code->name, code->size, code->address);
	if (file->header->e_type == ET_REL)
		printf("\t.section \"%s\",\"ax\",@progbits\n", code->name);
	else if (*end == UINT64_MAX)
		printf("\t.text\n");
	else if (code->address > *end)
		printf("\t.space 0x%llx\n", (unsigned long long)(code->address - *end));
	*end = (uint64_t)code->address + code->size;
}

static void view_code(struct file *file, const struct options *options)
{
	uint64_t end = UINT64_MAX;
	bool any = false;
	for (size_t i = 1; i < file->section_count; i++) {
		const Elf32_Shdr *header = elf32_getshdr(elf_getscn(file->elf, i));
		const uint8_t *bytes = section_bytes(file, header);
		if (!(header->sh_flags & SHF_EXECINSTR) || header->sh_type == SHT_NOBITS || !bytes || !header->sh_size)
			continue;
		struct code code = { string_at(file, file->names, header->sh_name), bytes, header->sh_addr,
			             header->sh_size, (unsigned)i };
		section_start(file, &code, &end);
		print_code(file, options, &code);
		any = true;
	}
	/* Without sections the program headers tell what is code. */
	size_t count = 0;
	const Elf32_Phdr *segment = any || elf_getphdrnum(file->elf, &count) ? NULL : elf32_getphdr(file->elf);
	for (size_t i = 0; segment && i < count; i++) {
		if (segment[i].p_type != PT_LOAD || !(segment[i].p_flags & PF_X) || segment[i].p_offset > file->size ||
		    segment[i].p_filesz > file->size - segment[i].p_offset || !segment[i].p_filesz)
			continue;
		struct code code = { "segment", file->bytes + segment[i].p_offset, segment[i].p_paddr,
			             segment[i].p_filesz, 0 };
		section_start(file, &code, &end);
		print_code(file, options, &code);
	}
}

static int dump_file(struct file *file, const struct options *options, struct aie_error *error)
{
	if (open_file(file, error) || read_symbols(file, error))
		return -1;
	if (options->source && file->header->e_type == ET_REL)
		return bad(file, error, "an object's lines have no addresses yet: --source takes linked programs",
		           NULL);
	if (options->source && source_view_open(&file->source, file->bytes, file->size, error))
		return aie_error_prefix(error, "%s", file->path);
	if (options->sections)
		view_sections(file);
	if (options->symbols)
		view_symbols(file);
	if (options->relocations && !options->code)
		view_relocations(file);
	if (options->data)
		view_data(file);
	if (options->code)
		view_code(file, options);
	return 0;
}

/* ---- command line ---------------------------------------------------------------------------------------------- */

static int parse(int argc, char **argv, struct options *options, struct aie_error *error)
{
	for (int i = 1; i < argc; i++) {
		const char *text = argv[i];
		bool more = i + 1 < argc;
		if (strcmp(text, "--raw") == 0 && more) {
			options->raw = argv[++i];
		} else if (strcmp(text, "--base") == 0 && more) {
			if (tool_number(argv[++i], UINT32_MAX, &options->base))
				return aie_error_set(error, AIE_ERROR_INPUT, "bad address '%s'", argv[i]);
		} else if (strcmp(text, "--source") == 0) {
			options->code = options->source = true;
		} else if (strcmp(text, "--asm") == 0) {
			options->code = options->plain = true;
		} else if (text[0] == '-' && text[1] && text[1] != '-') {
			for (const char *letter = text + 1; *letter; letter++) {
				bool *option = *letter == 'd'   ? &options->code
				               : *letter == 'h' ? &options->sections
				               : *letter == 't' ? &options->symbols
				               : *letter == 'r' ? &options->relocations
				               : *letter == 's' ? &options->data
				               : *letter == 'S' ? &options->source
				                                : NULL;
				if (!option)
					return aie_error_set(error, AIE_ERROR_INPUT,
					                     "unknown option -%c (--help shows the usage)", *letter);
				*option = true;
				options->code |= options->source;
			}
		} else if (text[0] == '-' && text[1]) {
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "unknown or incomplete option %s (--help shows the usage)", text);
		} else if (options->path) {
			return aie_error_set(error, AIE_ERROR_INPUT, "more than one file: %s", text);
		} else {
			options->path = text;
		}
	}
	if (!options->raw == !options->path)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "one FILE or --raw FILE is needed (--help shows the usage)");
	if (options->raw &&
	    (options->sections || options->symbols || options->relocations || options->data || options->source))
		return aie_error_set(error, AIE_ERROR_INPUT, "--raw goes with -d and --asm only");
	if (!options->raw &&
	    !(options->code || options->sections || options->symbols || options->relocations || options->data))
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "what to print? -d -h -t -r -s -S --asm (--help shows the usage)");
	return 0;
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	struct file file = { 0 };
	struct aie_error error = { 0 };

	aie_install_crash_handler();
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			fputs(help, stdout);
			return 0;
		}
	}
	if (parse(argc, argv, &options, &error))
		return tool_fail("aie-objdump", &error);
	file.path = options.raw ? options.raw : options.path;
	uint8_t *bytes;
	if (aie_file_read(file.path, TOOL_INPUT_LIMIT, &bytes, &file.size, &error))
		return tool_fail("aie-objdump", &error);
	file.bytes = bytes;
	int status = 0;
	if (options.raw) {
		struct code code = { file.path, file.bytes, (uint32_t)options.base, file.size, 0 };
		if (options.base + file.size > (uint64_t)UINT32_MAX + 1)
			status = aie_error_set(&error, AIE_ERROR_INPUT, "%s: ends behind the address space", file.path);
		else
			print_code(NULL, &options, &code);
	} else {
		status = dump_file(&file, &options, &error);
	}
	if (file.elf)
		elf_end(file.elf);
	source_view_close(&file.source);
	free(file.symbol);
	free(bytes);
	if (!status && fflush(stdout))
		status = aie_error_set(&error, AIE_ERROR_INPUT, "standard output cannot be written");
	return status ? tool_fail("aie-objdump", &error) : 0;
}
