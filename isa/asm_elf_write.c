/* Core ELF files from linked programs, and relocatable objects.
 *
 * The layout is fixed by hand because loaders of this NPU expect the program header table right behind the file header
 * (offset 52); libelf writes into an anonymous memory file. */
#define _GNU_SOURCE /* memfd_create */
#include "isa/asm_internal.h"

#include <errno.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "isa/operands.h"

enum {
	MACHINE_AIE = 264, /* EM_AIE, seen in published core ELFs */
	FLAGS_AIE2P = 3,   /* llvm-aie's number for AIE2P; 1 is AIE1, 2 is AIE2 */
	HEADER_SIZE = 52,
	PROGRAM_HEADER_SIZE = 32,
};

struct strings {
	char *text;
	size_t size, capacity;
};

struct output {
	struct asm_context *context;
	Elf *elf;
	uint64_t end; /* of what is placed in the file */
	struct strings section_names, symbol_names;
	Elf32_Sym *symbol;
	size_t symbol_count, symbol_capacity;
};

static _Noreturn void fail_libelf(struct output *output)
{
	aie_asm_fail(output->context, AIE_ERROR_INTERNAL, "libelf: %s", elf_errmsg(-1));
}

static uint32_t add_string(struct output *output, struct strings *strings, const char *text)
{
	size_t length = strlen(text) + 1;
	if (!strings->size) {
		strings->text = aie_asm_reserve(output->context, NULL, 0, 1, &strings->capacity, 1);
		strings->size = 1;
	}
	if (length == 1)
		return 0;
	strings->text = aie_asm_reserve(output->context, strings->text, strings->size, strings->size + length,
	                                &strings->capacity, 1);
	memcpy(strings->text + strings->size, text, length);
	strings->size += length;
	return (uint32_t)(strings->size - length);
}

static void open_output(struct output *output, struct asm_context *context, uint16_t type, uint32_t entry)
{
	*output = (struct output){ .context = context, .end = HEADER_SIZE };
	elf_version(EV_CURRENT);
	int file = memfd_create("aie-elf", MFD_CLOEXEC);
	if (file < 0)
		aie_asm_fail(context, AIE_ERROR_DEVICE, "no memory file: %s", strerror(errno));
	context->file = file + 1;
	context->elf = output->elf = elf_begin(file, ELF_C_WRITE, NULL);
	if (!output->elf)
		fail_libelf(output);
	elf_flagelf(output->elf, ELF_C_SET, ELF_F_LAYOUT);
	Elf32_Ehdr *header = elf32_newehdr(output->elf);
	if (!header)
		fail_libelf(output);
	header->e_ident[EI_DATA] = ELFDATA2LSB;
	header->e_type = type;
	header->e_machine = MACHINE_AIE;
	header->e_version = EV_CURRENT;
	header->e_entry = entry;
	header->e_flags = FLAGS_AIE2P;
	output->symbol = aie_asm_reserve(context, NULL, 0, 1, &output->symbol_capacity, sizeof(*output->symbol));
	output->symbol_count = 1;
}

/* A section at the next aligned place of the file; data may be NULL for space only. Returns its index. */
static uint32_t add_section(struct output *output, const char *name, Elf32_Shdr model, void *data, Elf_Type kind)
{
	Elf_Scn *section = elf_newscn(output->elf);
	Elf32_Shdr *header = section ? elf32_getshdr(section) : NULL;
	if (!header)
		fail_libelf(output);
	uint64_t align = model.sh_addralign ? model.sh_addralign : 1;
	output->end = (output->end + align - 1) / align * align;
	*header = model;
	header->sh_name = add_string(output, &output->section_names, name);
	header->sh_offset = (uint32_t)output->end;
	if (model.sh_type != SHT_NOBITS) {
		if (model.sh_size) {
			Elf_Data *content = elf_newdata(section);
			if (!content)
				fail_libelf(output);
			content->d_buf = data;
			content->d_size = model.sh_size;
			content->d_align = align;
			content->d_type = kind;
			content->d_version = EV_CURRENT;
		}
		output->end += model.sh_size;
	}
	return (uint32_t)elf_ndxscn(section);
}

static void add_symbol(struct output *output, const char *name, uint64_t value, uint64_t size, unsigned binding,
                       unsigned type, uint32_t section)
{
	output->symbol = aie_asm_grow(output->context, output->symbol, output->symbol_count, &output->symbol_capacity,
	                              sizeof(*output->symbol));
	output->symbol[output->symbol_count++] = (Elf32_Sym){
		.st_name = add_string(output, &output->symbol_names, name),
		.st_value = (uint32_t)value,
		.st_size = (uint32_t)size,
		.st_info = (unsigned char)ELF32_ST_INFO(binding, type),
		.st_shndx = (uint16_t)section,
	};
}

static void finish_output(struct output *output, uint32_t first_global, uint8_t **elf, size_t *elf_size)
{
	struct asm_context *context = output->context;
	add_string(output, &output->symbol_names, "");
	Elf32_Shdr symtab = { .sh_type = SHT_SYMTAB,
		              .sh_size = (uint32_t)(output->symbol_count * sizeof(Elf32_Sym)),
		              .sh_info = first_global,
		              .sh_addralign = 4,
		              .sh_entsize = sizeof(Elf32_Sym) };
	uint32_t table = add_section(output, ".symtab", symtab, output->symbol, ELF_T_SYM);
	Elf32_Shdr strtab = { .sh_type = SHT_STRTAB,
		              .sh_size = (uint32_t)output->symbol_names.size,
		              .sh_addralign = 1 };
	uint32_t names = add_section(output, ".strtab", strtab, output->symbol_names.text, ELF_T_BYTE);
	elf32_getshdr(elf_getscn(output->elf, table))->sh_link = names;
	/* The last name must be in the table before its size is written. */
	add_string(output, &output->section_names, "");
	uint32_t own_name = add_string(output, &output->section_names, ".shstrtab");
	Elf32_Shdr shstrtab = { .sh_type = SHT_STRTAB,
		                .sh_size = (uint32_t)output->section_names.size,
		                .sh_addralign = 1 };
	char *section_names = output->section_names.text;
	uint32_t shstrndx = add_section(output, "", shstrtab, section_names, ELF_T_BYTE);
	elf32_getshdr(elf_getscn(output->elf, shstrndx))->sh_name = own_name;
	/* Relocation sections refer to the symbol table, whose index is known only now. */
	for (Elf_Scn *section = NULL; (section = elf_nextscn(output->elf, section));) {
		Elf32_Shdr *header = elf32_getshdr(section);
		if (header->sh_type == SHT_RELA)
			header->sh_link = table;
	}
	Elf32_Ehdr *header = elf32_getehdr(output->elf);
	header->e_shstrndx = (uint16_t)shstrndx;
	header->e_shoff = (uint32_t)((output->end + 3) & ~UINT64_C(3));
	if (elf_update(output->elf, ELF_C_NULL) < 0)
		fail_libelf(output);
	off_t size = elf_update(output->elf, ELF_C_WRITE);
	if (size < 0)
		fail_libelf(output);
	elf_end(output->elf);
	context->elf = NULL;
	uint8_t *bytes = malloc((size_t)size);
	if (!bytes)
		aie_asm_fail(context, AIE_ERROR_MEMORY, "no memory for an ELF file of %lld bytes", (long long)size);
	for (off_t at = 0; at < size;) {
		ssize_t got = pread(context->file - 1, bytes + at, (size_t)(size - at), at);
		if (got <= 0) {
			free(bytes);
			aie_asm_fail(context, AIE_ERROR_DEVICE, "reading the memory file: %s",
			             got ? strerror(errno) : "short");
		}
		at += got;
	}
	close(context->file - 1);
	context->file = 0;
	*elf = bytes;
	*elf_size = (size_t)size;
}

/* ---- programs -------------------------------------------------------------------------------------------------- */

static void add_program_symbols(struct output *output, const struct asm_program *program, bool global,
                                const uint32_t index[3])
{
	for (struct asm_object *object = program->objects; object; object = object->next) {
		for (const struct asm_symbol *symbol = object->first_symbol; symbol; symbol = symbol->next) {
			if (symbol->temporary || symbol->global != global || symbol->definition ||
			    symbol->type == STT_SECTION)
				continue;
			if (symbol->type == STT_FILE)
				add_symbol(output, symbol->name, 0, 0, STB_LOCAL, STT_FILE, SHN_ABS);
			else if (symbol->kind == ASM_SYMBOL_LABEL && symbol->section->placed)
				add_symbol(output, symbol->name, symbol->section->address + symbol->offset,
				           symbol->size, global ? symbol->weak ? STB_WEAK : STB_GLOBAL : STB_LOCAL,
				           symbol->type,
				           symbol->section->flags & SHF_EXECINSTR ? index[0]
				           : symbol->section->type == SHT_NOBITS  ? index[2]
				                                                  : index[1]);
			else if (symbol->kind == ASM_SYMBOL_VARIABLE && global)
				add_symbol(output, symbol->name, aie_asm_symbol_address(output->context, symbol),
				           symbol->size, STB_GLOBAL, symbol->type, SHN_ABS);
		}
	}
}

void aie_asm_write_program(struct asm_context *context, const struct asm_program *program, uint8_t **elf,
                           size_t *elf_size)
{
	struct output output;
	const struct {
		const char *name;
		uint32_t type, flags, address, size, align;
		uint8_t *bytes;
		uint32_t access;
	} part[3] = {
		{ ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 0, program->text_size, 16, program->text,
		  PF_R | PF_X },
		{ ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, program->data_base, program->data_size, 1,
		  program->data, PF_R | PF_W },
		{ ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, program->bss_base, program->bss_size, 1, NULL,
		  PF_R | PF_W },
	};
	uint32_t index[3], segments = 0;
	open_output(&output, context, ET_EXEC, program->entry);
	/* Zeroed data is a segment of its own: a published loader reads p_memsz bytes from the file when p_filesz is
	 * not 0. */
	for (unsigned i = 0; i < 3; i++)
		segments += part[i].size != 0;
	Elf32_Phdr *segment = NULL;
	if (segments && !(segment = elf32_newphdr(output.elf, segments)))
		fail_libelf(&output);
	elf32_getehdr(output.elf)->e_phoff = segments ? HEADER_SIZE : 0;
	output.end = HEADER_SIZE + segments * PROGRAM_HEADER_SIZE;
	for (unsigned i = 0; i < 3; i++) {
		Elf32_Shdr model = { .sh_type = part[i].type,
			             .sh_flags = part[i].flags,
			             .sh_addr = part[i].address,
			             .sh_size = part[i].size,
			             .sh_addralign = part[i].align };
		index[i] = add_section(&output, part[i].name, model, part[i].bytes, ELF_T_BYTE);
		if (!part[i].size)
			continue;
		*segment++ = (Elf32_Phdr){ .p_type = PT_LOAD,
			                   .p_offset = elf32_getshdr(elf_getscn(output.elf, index[i]))->sh_offset,
			                   .p_vaddr = part[i].address,
			                   .p_paddr = part[i].address,
			                   .p_filesz = part[i].bytes ? part[i].size : 0,
			                   .p_memsz = part[i].size,
			                   .p_flags = part[i].access,
			                   .p_align = 1 };
	}
	uint8_t *lines = NULL;
	size_t line_bytes = aie_asm_line_table(context, program, &lines);
	if (line_bytes) {
		Elf32_Shdr model = { .sh_type = SHT_PROGBITS, .sh_size = (uint32_t)line_bytes, .sh_addralign = 1 };
		add_section(&output, ".debug_line", model, lines, ELF_T_BYTE);
	}
	add_program_symbols(&output, program, false, index);
	uint32_t first_global = (uint32_t)output.symbol_count;
	add_program_symbols(&output, program, true, index);
	finish_output(&output, first_global, elf, elf_size);
}

/* ---- objects --------------------------------------------------------------------------------------------------- */

static bool is_external(const struct asm_symbol *symbol)
{
	return symbol->global || (symbol->kind == ASM_SYMBOL_UNDEFINED && symbol->referenced);
}

static void add_object_symbols(struct output *output, struct asm_object *object, bool external)
{
	for (struct asm_symbol *symbol = object->first_symbol; symbol; symbol = symbol->next) {
		unsigned binding = !external ? STB_LOCAL : symbol->weak ? STB_WEAK : STB_GLOBAL;
		uint32_t index = (uint32_t)output->symbol_count;
		if (symbol->temporary || is_external(symbol) != external)
			continue;
		if (symbol->type == STT_FILE)
			add_symbol(output, symbol->name, 0, 0, STB_LOCAL, STT_FILE, SHN_ABS);
		else if (symbol->kind == ASM_SYMBOL_LABEL)
			add_symbol(output, symbol->name, symbol->offset, symbol->size, binding, symbol->type,
			           symbol->section->elf_index);
		else if (symbol->kind == ASM_SYMBOL_COMMON)
			add_symbol(output, symbol->name, symbol->offset, symbol->size, binding, symbol->type,
			           SHN_COMMON);
		else if (symbol->kind == ASM_SYMBOL_VARIABLE)
			add_symbol(output, symbol->name, aie_asm_symbol_address(output->context, symbol), symbol->size,
			           binding, symbol->type, SHN_ABS);
		else if (external)
			add_symbol(output, symbol->name, 0, 0, binding, STT_NOTYPE, SHN_UNDEF);
		else
			continue;
		symbol->elf_index = index;
	}
}

static Elf32_Rela *object_relocations(struct output *output, const struct asm_section *section,
                                      const uint32_t *section_symbol)
{
	Elf32_Rela *table = aie_asm_alloc(output->context, section->relocation_count * sizeof(*table));
	for (size_t i = 0; i < section->relocation_count; i++) {
		const struct asm_relocation *relocation = &section->relocation[i];
		const struct asm_symbol *symbol = relocation->symbol;
		int64_t addend = relocation->addend;
		uint32_t index = 0;
		/* Temporaries have no symbol of their own; a variable that was undefined when read has a number. */
		if (symbol && symbol->kind == ASM_SYMBOL_LABEL && symbol->temporary) {
			index = section_symbol[symbol->section->elf_index];
			addend += (int64_t)symbol->offset;
		} else if (symbol) {
			index = symbol->elf_index;
			if (!index)
				aie_asm_fail_at(output->context, relocation->position, "undefined symbol '%s'",
				                symbol->name);
		} else {
			index = section_symbol[relocation->target->elf_index];
		}
		table[i] = (Elf32_Rela){ .r_offset = (uint32_t)relocation->offset,
			                 .r_info = ELF32_R_INFO(index, relocation->type),
			                 .r_addend = (int32_t)addend };
	}
	return table;
}

void aie_asm_write_object(struct asm_context *context, struct asm_object *object, uint8_t **elf, size_t *elf_size)
{
	struct output output;
	uint32_t count = 1;
	open_output(&output, context, ET_REL, 0);
	for (struct asm_section *section = object->first_section; section; section = section->next)
		section->elf_index = count++;
	if (count > 0x7F00)
		aie_asm_fail(context, AIE_ERROR_INPUT, "%s: too many sections (%u)", object->name, count);
	uint32_t *section_symbol = aie_asm_alloc(context, count * sizeof(*section_symbol));
	add_object_symbols(&output, object, false);
	for (struct asm_section *section = object->first_section; section; section = section->next) {
		section_symbol[section->elf_index] = (uint32_t)output.symbol_count;
		add_symbol(&output, "", 0, 0, STB_LOCAL, STT_SECTION, section->elf_index);
	}
	uint32_t first_global = (uint32_t)output.symbol_count;
	add_object_symbols(&output, object, true);
	for (struct asm_section *section = object->first_section; section; section = section->next) {
		Elf32_Shdr model = { .sh_type = section->type,
			             .sh_flags = section->flags,
			             .sh_size = (uint32_t)section->size,
			             .sh_addralign = section->align,
			             .sh_entsize = section->entry_size };
		add_section(&output, section->name, model, section->data, ELF_T_BYTE);
	}
	for (struct asm_section *section = object->first_section; section; section = section->next) {
		if (!section->relocation_count)
			continue;
		Elf32_Shdr model = { .sh_type = SHT_RELA,
			             .sh_flags = SHF_INFO_LINK,
			             .sh_size = (uint32_t)(section->relocation_count * sizeof(Elf32_Rela)),
			             .sh_info = section->elf_index,
			             .sh_addralign = 4,
			             .sh_entsize = sizeof(Elf32_Rela) };
		add_section(&output, aie_asm_format(context, ".rela%s", section->name), model,
		            object_relocations(&output, section, section_symbol), ELF_T_RELA);
	}
	finish_output(&output, first_global, elf, elf_size);
}
