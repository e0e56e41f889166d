/* Relocatable objects (ours and the compiler's) back into sections, symbols and relocations.
 *
 * Every number of the file is checked before it is used; libelf sees a private copy. */
#include "isa/asm_internal.h"

#include <libelf.h>
#include <string.h>

#include "isa/operands.h"

enum {
	MACHINE_AIE = 264,
	FLAGS_AIE2P = 3,
	SECTION_LIMIT = 0xFF00,
	ALIGN_LIMIT = 1 << 16,
};

struct reader {
	struct asm_context *context;
	struct asm_object *object;
	struct asm_position position; /* the file as a whole */
	Elf *elf;
	size_t section_count;
	struct asm_section **section; /* by index; NULL: not kept */
	size_t symbol_count;
	struct asm_symbol **symbol;          /* by index; NULL for section symbols and nothing */
	struct asm_section **symbol_section; /* section symbols */
	size_t symbol_table;                 /* its section index */
};

bool aie_asm_is_elf(const uint8_t *bytes, size_t size)
{
	return size >= SELFMAG && memcmp(bytes, ELFMAG, SELFMAG) == 0;
}

static const char *name_at(struct reader *reader, size_t table, size_t offset)
{
	const char *name = elf_strptr(reader->elf, table, offset);
	if (!name)
		aie_asm_fail_at(reader->context, reader->position, "a name lies outside the string table");
	return aie_asm_string(reader->context, name, strlen(name));
}

static void check_header(struct reader *reader)
{
	const Elf32_Ehdr *header = elf32_getehdr(reader->elf);
	if (!header)
		aie_asm_fail_at(reader->context, reader->position, "no 32-bit ELF header (%s)", elf_errmsg(-1));
	if (header->e_ident[EI_DATA] != ELFDATA2LSB)
		aie_asm_fail_at(reader->context, reader->position, "not little-endian");
	if (header->e_machine != MACHINE_AIE)
		aie_asm_fail_at(reader->context, reader->position, "ELF machine %u is not AIE (%d)", header->e_machine,
		                MACHINE_AIE);
	if (header->e_flags != FLAGS_AIE2P)
		aie_asm_fail_at(reader->context, reader->position, "ELF flags %u are not those of AIE2P (%d)",
		                header->e_flags, FLAGS_AIE2P);
	/* libelf hands out pointers into the file: tables of words must stand at word addresses. */
	if (header->e_shoff % 4 || header->e_phoff % 4)
		aie_asm_fail_at(reader->context, reader->position, "the header tables are not aligned to words");
	if (header->e_type != ET_REL)
		aie_asm_fail_at(reader->context, reader->position, "ELF type %u is not a relocatable object",
		                header->e_type);
}

static void read_section(struct reader *reader, Elf_Scn *handle, const Elf32_Shdr *header, const char *name)
{
	struct asm_context *context = reader->context;
	struct asm_section *section =
	        aie_asm_section_new(context, reader->object, name, header->sh_type, header->sh_flags);
	uint32_t align = header->sh_addralign ? header->sh_addralign : 1;
	if (align > ALIGN_LIMIT || (align & (align - 1)))
		aie_asm_fail_at(context, reader->position, "section %s has alignment %u", name, align);
	section->align = align;
	if (header->sh_flags & SHF_EXECINSTR && section->align < AIE_BUNDLE_MAX_BYTES)
		section->align = AIE_BUNDLE_MAX_BYTES;
	section->entry_size = header->sh_entsize;
	reader->section[elf_ndxscn(handle)] = section;
	uint8_t *bytes = aie_asm_section_extend(context, section, header->sh_size);
	if (header->sh_type == SHT_NOBITS || !header->sh_size)
		return;
	const Elf_Data *data = elf_rawdata(handle, NULL);
	if (!data || !data->d_buf || data->d_size != header->sh_size)
		aie_asm_fail_at(context, reader->position, "section %s lies outside the file", name);
	memcpy(bytes, data->d_buf, data->d_size);
}

static void read_sections(struct reader *reader)
{
	struct asm_context *context = reader->context;
	size_t names;
	if (elf_getshdrnum(reader->elf, &reader->section_count) || elf_getshdrstrndx(reader->elf, &names))
		aie_asm_fail_at(context, reader->position, "bad section table (%s)", elf_errmsg(-1));
	if (!reader->section_count)
		aie_asm_fail_at(context, reader->position,
		                "no section headers: there are none, or the file was cut off before them");
	if (reader->section_count > SECTION_LIMIT)
		aie_asm_fail_at(context, reader->position, "%zu sections", reader->section_count);
	reader->section = aie_asm_alloc(context, reader->section_count * sizeof(struct asm_section *));
	for (Elf_Scn *handle = NULL; (handle = elf_nextscn(reader->elf, handle));) {
		const Elf32_Shdr *header = elf32_getshdr(handle);
		if (!header)
			aie_asm_fail_at(context, reader->position, "bad section header (%s)", elf_errmsg(-1));
		if (header->sh_type == SHT_SYMTAB) {
			if (reader->symbol_table)
				aie_asm_fail_at(context, reader->position, "two symbol tables");
			reader->symbol_table = elf_ndxscn(handle);
		}
		/* Debug and other unloaded sections play no part in a core's image. */
		if (!(header->sh_flags & SHF_ALLOC))
			continue;
		const char *name = name_at(reader, names, header->sh_name);
		if (header->sh_flags & SHF_TLS)
			aie_asm_fail_at(context, reader->position, "section %s is thread-local", name);
		read_section(reader, handle, header, name);
	}
}

static void read_symbol(struct reader *reader, const Elf32_Sym *entry, size_t index, size_t names)
{
	struct asm_context *context = reader->context;
	unsigned type = ELF32_ST_TYPE(entry->st_info), binding = ELF32_ST_BIND(entry->st_info);
	struct asm_section *section = entry->st_shndx < reader->section_count ? reader->section[entry->st_shndx] : NULL;
	if (type == STT_SECTION) {
		reader->symbol_section[index] = section;
		return;
	}
	if (type == STT_FILE)
		return;
	const char *name = name_at(reader, names, entry->st_name);
	if (type == STT_TLS)
		aie_asm_fail_at(context, reader->position, "symbol '%s' is thread-local", name);
	struct asm_symbol *symbol;
	if (binding == STB_LOCAL) {
		symbol = aie_asm_symbol_anonymous(context, reader->object, name);
		symbol->temporary = name[0] == '.' && name[1] == 'L';
	} else {
		symbol = aie_asm_symbol(context, reader->object, name, strlen(name));
		if (symbol->kind != ASM_SYMBOL_UNDEFINED)
			aie_asm_fail_at(context, reader->position, "symbol '%s' stands twice in the symbol table",
			                name);
		symbol->global = true;
		symbol->weak = binding == STB_WEAK;
	}
	symbol->type = (uint8_t)type;
	symbol->size = entry->st_size;
	symbol->defined_at = symbol->referenced_at = reader->position;
	reader->symbol[index] = symbol;
	switch (entry->st_shndx) {
	case SHN_UNDEF:
		break;
	case SHN_ABS:
		symbol->kind = ASM_SYMBOL_VARIABLE;
		symbol->expr = aie_asm_alloc(context, sizeof(*symbol->expr));
		symbol->expr->kind = ASM_EXPR_NUMBER;
		symbol->expr->number = entry->st_value;
		break;
	case SHN_COMMON:
		if (entry->st_value > ALIGN_LIMIT || (entry->st_value & (entry->st_value - 1)))
			aie_asm_fail_at(context, reader->position, "symbol '%s' has alignment %u", name,
			                entry->st_value);
		symbol->kind = ASM_SYMBOL_COMMON;
		symbol->offset = entry->st_value;
		break;
	default:
		if (entry->st_shndx >= reader->section_count)
			aie_asm_fail_at(context, reader->position, "symbol '%s' is in section %u, which does not exist",
			                name, entry->st_shndx);
		if (!section) {
			/* In a section that is not loaded: nobody may need it. */
			reader->symbol[index] = NULL;
			symbol->temporary = true;
			symbol->global = false;
			break;
		}
		if (entry->st_value > section->size)
			aie_asm_fail_at(context, reader->position, "symbol '%s' lies outside section %s", name,
			                section->name);
		symbol->kind = ASM_SYMBOL_LABEL;
		symbol->section = section;
		symbol->offset = entry->st_value;
		break;
	}
}

static void read_symbols(struct reader *reader)
{
	if (!reader->symbol_table)
		return;
	Elf_Scn *handle = elf_getscn(reader->elf, reader->symbol_table);
	const Elf32_Shdr *header = elf32_getshdr(handle);
	const Elf_Data *data = elf_getdata(handle, NULL);
	if (!header || !data || data->d_type != ELF_T_SYM || (data->d_size && !data->d_buf))
		aie_asm_fail_at(reader->context, reader->position, "the symbol table lies outside the file");
	reader->symbol_count = data->d_size / sizeof(Elf32_Sym);
	reader->symbol = aie_asm_alloc(reader->context, (reader->symbol_count + 1) * sizeof(struct asm_symbol *));
	reader->symbol_section =
	        aie_asm_alloc(reader->context, (reader->symbol_count + 1) * sizeof(struct asm_section *));
	for (size_t i = 1; i < reader->symbol_count; i++) {
		Elf32_Sym entry;
		memcpy(&entry, (const char *)data->d_buf + i * sizeof(entry), sizeof(entry));
		read_symbol(reader, &entry, i, header->sh_link);
	}
}

/* The addend that a REL entry keeps in the field itself. */
static int64_t stored_addend(const struct aie_relocation *type, const uint8_t *bytes)
{
	uint64_t value = 0;
	unsigned width = 0;
	if (!type->size) {
		for (unsigned i = 0; i < 4; i++)
			value |= (uint64_t)bytes[i] << 8 * i;
		return (int32_t)value;
	}
	for (unsigned f = 0; f < type->field_count; f++) {
		for (int bit = type->field[f].high; bit >= type->field[f].low; bit--) {
			value = value << 1 | (bytes[bit / 8] >> bit % 8 & 1);
			width++;
		}
	}
	/* Addresses (20 bits) are unsigned, immediates are not. */
	if (width && width != 20 && value >> (width - 1) & 1)
		value -= UINT64_C(1) << width;
	return (int64_t)value;
}

static void add_relocation(struct reader *reader, struct asm_section *section, uint32_t offset, uint32_t info,
                           bool has_addend, int64_t addend)
{
	struct asm_context *context = reader->context;
	uint32_t index = ELF32_R_SYM(info), number = ELF32_R_TYPE(info);
	const struct aie_relocation *type = aie_isa_relocation(number);
	if (!type)
		aie_asm_fail_at(context, reader->position, "relocation type %u in %s is not known", number,
		                section->name);
	unsigned bytes = type->size ? type->size : 4;
	if (!section->data || offset > section->size || section->size - offset < bytes)
		aie_asm_fail_at(context, reader->position, "relocation at 0x%x lies outside section %s", offset,
		                section->name);
	if (index >= reader->symbol_count || (!reader->symbol[index] && !reader->symbol_section[index]))
		aie_asm_fail_at(context, reader->position,
		                "relocation at 0x%x of %s names symbol %u, which is not loaded", offset, section->name,
		                index);
	struct asm_relocation *relocation = aie_asm_relocation_new(context, section);
	*relocation = (struct asm_relocation){ .offset = offset,
		                               .type = number,
		                               .symbol = reader->symbol[index],
		                               .target = reader->symbol_section[index],
		                               .addend = addend,
		                               .position = reader->position };
	if (!has_addend)
		relocation->addend = stored_addend(type, section->data + offset);
	if (relocation->symbol)
		relocation->symbol->referenced = true;
}

static void read_relocations(struct reader *reader)
{
	for (Elf_Scn *handle = NULL; (handle = elf_nextscn(reader->elf, handle));) {
		const Elf32_Shdr *header = elf32_getshdr(handle);
		if (!header || (header->sh_type != SHT_RELA && header->sh_type != SHT_REL))
			continue;
		if (header->sh_info >= reader->section_count)
			aie_asm_fail_at(reader->context, reader->position,
			                "relocations for section %u, which does not exist", header->sh_info);
		struct asm_section *section = reader->section[header->sh_info];
		if (!section)
			continue;
		if (header->sh_link != reader->symbol_table)
			aie_asm_fail_at(reader->context, reader->position,
			                "relocations of %s use a foreign symbol table", section->name);
		const Elf_Data *data = elf_getdata(handle, NULL);
		bool rela = header->sh_type == SHT_RELA;
		if (!data || (data->d_size && !data->d_buf) || data->d_type != (rela ? ELF_T_RELA : ELF_T_REL))
			aie_asm_fail_at(reader->context, reader->position, "relocations of %s lie outside the file",
			                section->name);
		size_t count = data->d_size / (rela ? sizeof(Elf32_Rela) : sizeof(Elf32_Rel));
		for (size_t i = 0; i < count; i++) {
			size_t step = rela ? sizeof(Elf32_Rela) : sizeof(Elf32_Rel);
			Elf32_Rela entry = { 0 };
			memcpy(&entry, (const char *)data->d_buf + i * step, step);
			add_relocation(reader, section, entry.r_offset, entry.r_info, rela, entry.r_addend);
		}
	}
}

struct asm_object *aie_asm_read_object(struct asm_context *context, const char *name, const uint8_t *bytes, size_t size)
{
	struct reader reader = { .context = context };
	char *copy = aie_asm_string(context, (const char *)bytes, size);
	name = aie_asm_string(context, name ? name : "-", strlen(name ? name : "-"));
	reader.object = aie_asm_object_new(context, name);
	reader.position.file = name;
	elf_version(EV_CURRENT);
	context->elf = reader.elf = elf_memory(copy, size);
	if (!reader.elf || elf_kind(reader.elf) != ELF_K_ELF)
		aie_asm_fail_at(context, reader.position, "not an ELF file (%s)", elf_errmsg(-1));
	check_header(&reader);
	read_sections(&reader);
	read_symbols(&reader);
	read_relocations(&reader);
	elf_end(context->elf);
	context->elf = NULL;
	return reader.object;
}
