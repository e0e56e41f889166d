#include "driver/image/control_elf.h"

#include <elf.h>
#include <stdio.h>

#include "driver/image/control_elf_internal.h"
#include "driver/image/image_internal.h"
#include "driver/image/txn.h"

/* The file while it is being read. */
struct file {
	const uint8_t *data;
	size_t size;
	Elf32_Ehdr header;
	Elf32_Shdr *sections; /* header.e_shnum of them */
	const char *names;    /* section names, terminated at names_size - 1 */
	uint32_t names_size;
	uint32_t *mark;       /* the last group that named a section, from 1 */
	int *known;           /* section index of the ELF -> index into elf->section, -1 = none */
	bool old_relocations; /* schema in the addend's low bits */
};

static const char *const refused_families[] = {
	[0x40] = "AIE2PS", [0x46] = "AIE2PS/AIE4", [0x4B] = "AIE4", [0x56] = "AIE4A", [0x69] = "AIE4Z",
};

const char *aie_control_elf_schema_name(uint32_t schema)
{
	switch (schema) {
	case AIE_SCHEMA_SCALAR_32:
		return "scalar 32";
	case AIE_SCHEMA_CONTROL_PACKET_48:
		return "control packet 48";
	case AIE_SCHEMA_SHIM_DMA_48:
		return "shim DMA 48";
	case AIE_SCHEMA_ADDRESS_64:
		return "address 64";
	default:
		return NULL;
	}
}

/* Bytes a schema touches from its offset on; 0 = not one of this device. */
static uint32_t schema_bytes(uint32_t schema)
{
	switch (schema) {
	case AIE_SCHEMA_SCALAR_32:
		return 4;
	case AIE_SCHEMA_CONTROL_PACKET_48:
		return 16;
	case AIE_SCHEMA_SHIM_DMA_48:
		return 12;
	case AIE_SCHEMA_ADDRESS_64:
		return 8;
	default:
		return 0;
	}
}

static void *allocate(size_t count, size_t size, struct aie_error *error)
{
	void *memory = calloc(count ? count : 1, size);

	if (!memory)
		aie_error_set(error, AIE_ERROR_MEMORY, "no memory for the contents of a control-code ELF");
	return memory;
}

/* ---- header and section table ------------------------------------------------------------------------------------ */

static int check_header(struct aie_control_elf *elf, struct file *file, struct aie_error *error)
{
	const Elf32_Ehdr *header = &file->header;
	unsigned os, version;

	if (aie_image_elf_header(&file->header, file->data, file->size, error))
		return -1;
	if (header->e_machine != CONTROL_ELF_MACHINE || header->e_type != ET_EXEC)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x10: ELF type %u, machine %u; type 2, machine %d is needed",
		                     header->e_type, header->e_machine, CONTROL_ELF_MACHINE);
	os = header->e_ident[EI_OSABI];
	version = header->e_ident[EI_ABIVERSION];
	if (os != CONTROL_ELF_OSABI) {
		if (os < sizeof refused_families / sizeof refused_families[0] && refused_families[os])
			return aie_error_set(error, AIE_ERROR_UNSUPPORTED,
			                     "offset 0x7: control code for %s, this device is NPU4 (AIE2P)",
			                     refused_families[os]);
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x7: ELF OS/ABI %u instead of %d (AIE2P control code)", os,
		                     CONTROL_ELF_OSABI);
	}
	if (version != CONTROL_ELF_PLAIN && version != CONTROL_ELF_PLAIN_OLD && version != CONTROL_ELF_FULL_1_0 &&
	    version != CONTROL_ELF_FULL_2_1)
		return aie_error_set(error, version == 3 ? AIE_ERROR_UNSUPPORTED : AIE_ERROR_INPUT,
		                     "offset 0x8: control-code ABI version 0x%02x, known are 0x01, 0x02, 0x10 and 0x21",
		                     version);
	elf->abi_version = (uint8_t)version;
	elf->full = version >> 4 >= 1;
	file->old_relocations = version == CONTROL_ELF_PLAIN_OLD;
	return 0;
}

static int read_section_table(const struct aie_control_elf *elf, struct file *file, struct aie_error *error)
{
	const Elf32_Ehdr *header = &file->header;
	const Elf32_Shdr *names;
	uint64_t total = 0;

	if (header->e_shnum == 0 || header->e_shentsize != sizeof(Elf32_Shdr) ||
	    !image_inside(header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf32_Shdr), file->size))
		return aie_error_set(
		        error, AIE_ERROR_INPUT,
		        "offset 0x20: table of %u section headers of %u bytes at 0x%x leaves the file of %zu bytes",
		        header->e_shnum, header->e_shentsize, header->e_shoff, file->size);
	file->sections = allocate(header->e_shnum, sizeof *file->sections, error);
	file->known = allocate(header->e_shnum, sizeof *file->known, error);
	file->mark = allocate(header->e_shnum, sizeof *file->mark, error);
	if (!file->sections || !file->known || !file->mark)
		return -1;
	memcpy(file->sections, file->data + header->e_shoff, header->e_shnum * sizeof *file->sections);
	for (unsigned i = 0; i < header->e_shnum; i++) {
		const Elf32_Shdr *section = &file->sections[i];

		file->known[i] = -1;
		if (section->sh_type != SHT_NOBITS && !image_inside(section->sh_offset, section->sh_size, file->size))
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "offset 0x%zx: section %u: %u bytes at 0x%x leave the file of %zu bytes",
			                     header->e_shoff + i * sizeof *section, i, section->sh_size,
			                     section->sh_offset, file->size);
		if (section->sh_type == SHT_GROUP && !elf->full)
			return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x8: groups in a plain control-code ELF");
		/* Sections that share bytes would let a small file ask for much work. */
		total += section->sh_type == SHT_PROGBITS ? section->sh_size : 0;
		if (total > file->size)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "offset 0x%zx: section %u shares its bytes with others",
			                     header->e_shoff + i * sizeof *section, i);
	}
	if (header->e_shstrndx >= header->e_shnum)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x32: names in section %u of %u",
		                     header->e_shstrndx, header->e_shnum);
	names = &file->sections[header->e_shstrndx];
	if (names->sh_type != SHT_STRTAB || names->sh_size == 0 ||
	    file->data[names->sh_offset + names->sh_size - 1] != 0)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%x: the section names are no terminated string table", names->sh_offset);
	file->names = (const char *)file->data + names->sh_offset;
	file->names_size = names->sh_size;
	return 0;
}

/* NULL with `error` when there is none. */
static const char *section_name(const struct file *file, unsigned index, struct aie_error *error)
{
	if (file->sections[index].sh_name >= file->names_size) {
		aie_error_set(error, AIE_ERROR_INPUT,
		              "offset 0x%zx: section %u: its name lies outside the string table",
		              file->header.e_shoff + index * sizeof(Elf32_Shdr), index);
		return NULL;
	}
	return file->names + file->sections[index].sh_name;
}

/* ---- sections ---------------------------------------------------------------------------------------------------- */

/* Decimal number to the end of the text. */
static bool decimal(const char *text, uint32_t *number)
{
	uint32_t value = 0;
	int digits = 0;

	for (; *text >= '0' && *text <= '9' && digits < 9; text++, digits++)
		value = 10 * value + (uint32_t)(*text - '0');
	*number = value;
	return digits && !*text;
}

/* NAME or NAME.N. */
static bool numbered(const char *name, const char *base, bool must, uint32_t *number)
{
	size_t length = strlen(base);

	*number = 0;
	if (strncmp(name, base, length) != 0)
		return false;
	if (!name[length])
		return !must;
	return name[length] == '.' && decimal(name + length + 1, number);
}

static const struct {
	const char *name;
	enum aie_control_section_kind kind;
	bool numbered; /* always, not only in groups */
} section_kinds[] = {
	{ ".ctrltext", AIE_CONTROL_TEXT, false },
	{ ".ctrldata", AIE_CONTROL_DATA, false },
	{ ".preempt_save", AIE_CONTROL_SAVE, false },
	{ ".preempt_restore", AIE_CONTROL_RESTORE, false },
	{ ".pdi", AIE_CONTROL_PDI, true },
	{ ".ctrlpkt.pm", AIE_CONTROL_PM, true },
};

/* Streams are checked like any other, but their patches are the host's affair. */
static int check_stream(const struct aie_control_elf *elf, const struct aie_control_elf_section *section,
                        struct aie_error *error)
{
	const struct aie_txn_limits limits = { .columns = elf->columns, .ignore_patches = true };
	struct aie_txn txn;

	if (aie_txn_open(&txn, section->data, section->size, &limits, error))
		return aie_error_prefix(error, "offset 0x%zx: section %s", section->offset, section->name);
	aie_txn_close(&txn);
	return 0;
}

static int read_sections(struct aie_control_elf *elf, struct file *file, struct aie_error *error)
{
	elf->section = allocate(file->header.e_shnum, sizeof *elf->section, error);
	if (!elf->section)
		return -1;
	for (unsigned i = 0; i < file->header.e_shnum; i++) {
		const Elf32_Shdr *header = &file->sections[i];
		struct aie_control_elf_section *section = &elf->section[elf->section_count];
		const char *name;
		bool found = false;

		if (header->sh_type != SHT_PROGBITS)
			continue;
		name = section_name(file, i, error);
		if (!name)
			return -1;
		for (size_t k = 0; k < sizeof section_kinds / sizeof section_kinds[0] && !found; k++) {
			found = numbered(name, section_kinds[k].name, section_kinds[k].numbered, &section->id);
			section->kind = section_kinds[k].kind;
		}
		if (!found) {
			if (strcmp(name, ".pad") == 0 || strcmp(name, ".dump") == 0 || strcmp(name, ".ctrlpkt") == 0)
				continue; /* of other families, or for debugging */
			return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%zx: invalid section '%.40s'",
			                     file->header.e_shoff + i * sizeof *header, name);
		}
		if (header->sh_flags & SHF_COMPRESSED)
			return aie_error_set(error, AIE_ERROR_UNSUPPORTED, "offset 0x%x: section %.40s is compressed",
			                     header->sh_offset, name);
		snprintf(section->name, sizeof section->name, "%s", name);
		section->data = file->data + header->sh_offset;
		section->size = header->sh_size;
		section->offset = header->sh_offset;
		if (section->kind != AIE_CONTROL_DATA && section->size == 0)
			return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%x: section %s is empty",
			                     header->sh_offset, section->name);
		if (section->kind == AIE_CONTROL_TEXT || section->kind == AIE_CONTROL_SAVE ||
		    section->kind == AIE_CONTROL_RESTORE)
			if (check_stream(elf, section, error))
				return -1;
		file->known[i] = (int)elf->section_count++;
	}
	return 0;
}

/* The partition's width stands in a note of type 6. */
static int read_notes(struct aie_control_elf *elf, const struct file *file, struct aie_error *error)
{
	for (unsigned i = 0; i < file->header.e_shnum; i++) {
		const Elf32_Shdr *header = &file->sections[i];
		const uint8_t *note = file->data + header->sh_offset;
		uint32_t name_bytes, size, type;
		uint64_t at;
		const char *name;

		if (header->sh_type != SHT_NOTE)
			continue;
		name = section_name(file, i, error);
		if (!name)
			return -1;
		if (strcmp(name, ".note.xrt.configuration") != 0)
			continue;
		if (header->sh_size < 12)
			return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%x: note of %u bytes is cut",
			                     header->sh_offset, header->sh_size);
		name_bytes = image_load32(note);
		size = image_load32(note + 4);
		type = image_load32(note + 8);
		at = 12 + (((uint64_t)name_bytes + 3) & ~UINT64_C(3));
		if (type != CONTROL_NOTE_CONFIGURATION || size < 4 || !image_inside(at, size, header->sh_size))
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "offset 0x%x: configuration note of type %u with %u bytes is broken",
			                     header->sh_offset, type, size);
		elf->columns = image_load32(note + at);
		if (elf->columns == 0 || elf->columns > 128)
			return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%zx: a partition of %u columns",
			                     (size_t)(header->sh_offset + at), elf->columns);
	}
	return 0;
}

/* ---- symbols and relocations ------------------------------------------------------------------------------------- */

/* A symbol table with the strings that belong to it. */
struct symbols {
	const uint8_t *data;
	uint32_t count;
	const char *strings;
	uint32_t strings_size;
	size_t offset;
};

static int open_symbols(const struct file *file, unsigned index, uint32_t type, struct symbols *symbols,
                        struct aie_error *error)
{
	const Elf32_Shdr *header, *strings;

	if (index >= file->header.e_shnum || file->sections[index].sh_type != type)
		return aie_error_set(error, AIE_ERROR_INPUT, "section %u is not the symbol table it is taken for",
		                     index);
	header = &file->sections[index];
	if (header->sh_link >= file->header.e_shnum || file->sections[header->sh_link].sh_type != SHT_STRTAB ||
	    header->sh_size % sizeof(Elf32_Sym))
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%x: symbol table of %u bytes with strings in section %u is broken",
		                     header->sh_offset, header->sh_size, header->sh_link);
	strings = &file->sections[header->sh_link];
	if (strings->sh_size == 0 || file->data[strings->sh_offset + strings->sh_size - 1] != 0)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%x: string table is not terminated",
		                     strings->sh_offset);
	symbols->data = file->data + header->sh_offset;
	symbols->count = header->sh_size / sizeof(Elf32_Sym);
	symbols->strings = (const char *)file->data + strings->sh_offset;
	symbols->strings_size = strings->sh_size;
	symbols->offset = header->sh_offset;
	return 0;
}

static int take_symbol(const struct symbols *symbols, uint32_t index, Elf32_Sym *symbol, const char **name,
                       struct aie_error *error)
{
	if (index >= symbols->count)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%zx: symbol %u of %u", symbols->offset, index,
		                     symbols->count);
	memcpy(symbol, symbols->data + (size_t)index * sizeof *symbol, sizeof *symbol);
	if (symbol->st_name >= symbols->strings_size)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: symbol %u: its name lies outside the strings",
		                     symbols->offset + (size_t)index * sizeof *symbol, index);
	*name = symbols->strings + symbol->st_name;
	return 0;
}

/* In the plain form argument numbers count opcode, instruction and its size, too. */
enum { PLAIN_FIRST_ARGUMENT = 3, MAX_ARGUMENTS = 256 };

static int value_of_symbol(const struct aie_control_elf *elf, const char *name, struct aie_control_elf_patch *patch,
                           struct aie_error *error)
{
	static const char *const legacy[] = { "ifm", "param", "ofm", "inter", "out2" };
	uint32_t first = elf->full ? 0 : PLAIN_FIRST_ARGUMENT;

	if (decimal(name, &patch->index)) {
		if (patch->index < first || patch->index - first >= MAX_ARGUMENTS)
			return aie_error_set(error, AIE_ERROR_INPUT, "argument symbol '%.40s' out of range", name);
		patch->value = AIE_CONTROL_VALUE_ARGUMENT;
		patch->index -= first;
		return 0;
	}
	if (strcmp(name, "control-packet") == 0) {
		patch->value = AIE_CONTROL_VALUE_CONTROL_PACKET;
		return 0;
	}
	if (strcmp(name, "scratch-pad-mem") == 0) {
		patch->value = AIE_CONTROL_VALUE_SCRATCH_MEMORY;
		return 0;
	}
	if (strcmp(name, "scratch-pad-ctrl") == 0) {
		patch->value = AIE_CONTROL_VALUE_SCRATCH_CONTROL;
		return 0;
	}
	if (strncmp(name, "ctrlpkt-pm-", 11) == 0 && decimal(name + 11, &patch->index)) {
		patch->value = AIE_CONTROL_VALUE_PM;
		return 0;
	}
	if (numbered(name, ".pdi", true, &patch->index)) {
		patch->value = AIE_CONTROL_VALUE_PDI;
		return 0;
	}
	for (size_t i = 0; i < sizeof legacy / sizeof legacy[0]; i++)
		if (strcmp(name, legacy[i]) == 0)
			return aie_error_set(error, AIE_ERROR_UNSUPPORTED,
			                     "symbol '%s' of the legacy instruction stream", name);
	return aie_error_set(error, AIE_ERROR_INPUT, "unknown symbol '%.40s'", name);
}

static const struct aie_control_elf_section *find_numbered(const struct aie_control_elf *elf,
                                                           enum aie_control_section_kind kind, uint32_t id)
{
	for (uint32_t i = 0; i < elf->section_count; i++)
		if (elf->section[i].kind == kind && elf->section[i].id == id)
			return &elf->section[i];
	return NULL;
}

static int read_relocation(struct aie_control_elf *elf, const struct file *file, const struct symbols *symbols,
                           const Elf32_Rela *rela, struct aie_error *error)
{
	struct aie_control_elf_patch *patch = &elf->patch[elf->patch_count];
	uint32_t addend = (uint32_t)rela->r_addend;
	const char *name = NULL;
	Elf32_Sym symbol;

	if (take_symbol(symbols, ELF32_R_SYM(rela->r_info), &symbol, &name, error))
		return -1;
	if (symbol.st_shndx >= file->header.e_shnum || file->known[symbol.st_shndx] < 0)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "symbol '%.40s' belongs to section %u, which holds nothing to patch", name,
		                     symbol.st_shndx);
	patch->section = (uint32_t)file->known[symbol.st_shndx];
	patch->offset = rela->r_offset;
	patch->schema = file->old_relocations ? addend & 15 : ELF32_R_TYPE(rela->r_info);
	patch->addend = (int32_t)(file->old_relocations ? addend >> 4 : addend);
	patch->mask = symbol.st_size;
	patch->size = symbol.st_size;
	snprintf(patch->name, sizeof patch->name, "%s", name);
	if (!schema_bytes(patch->schema))
		return aie_error_set(
		        error, patch->schema >= 1 && patch->schema <= 10 ? AIE_ERROR_UNSUPPORTED : AIE_ERROR_INPUT,
		        "relocation schema %u is %s", patch->schema,
		        patch->schema >= 1 && patch->schema <= 10 ? "that of another family" : "unknown");
	if (patch->offset % 4 ||
	    !image_inside(patch->offset, schema_bytes(patch->schema), elf->section[patch->section].size))
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "relocation at 0x%x of section %s (%zu bytes) is not aligned or leaves it",
		                     patch->offset, elf->section[patch->section].name,
		                     elf->section[patch->section].size);
	if (value_of_symbol(elf, name, patch, error))
		return -1;
	if (patch->value == AIE_CONTROL_VALUE_PDI && !find_numbered(elf, AIE_CONTROL_PDI, patch->index))
		return aie_error_set(error, AIE_ERROR_INPUT, "symbol '%s' names a PDI that the file does not have",
		                     patch->name);
	if (patch->value == AIE_CONTROL_VALUE_PM && !find_numbered(elf, AIE_CONTROL_PM, patch->index))
		return aie_error_set(error, AIE_ERROR_INPUT, "symbol '%s' names packets that the file does not have",
		                     patch->name);
	elf->patch_count++;
	return 0;
}

static int read_relocations(struct aie_control_elf *elf, const struct file *file, struct aie_error *error)
{
	for (unsigned i = 0; i < file->header.e_shnum; i++) {
		const Elf32_Shdr *header = &file->sections[i];
		struct aie_control_elf_patch *grown;
		struct symbols symbols;
		uint32_t count;

		if (header->sh_type == SHT_REL)
			return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%x: relocations without addends",
			                     header->sh_offset);
		if (header->sh_type != SHT_RELA)
			continue;
		if (header->sh_size % sizeof(Elf32_Rela))
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "offset 0x%x: relocations of %u bytes, not a multiple of %zu",
			                     header->sh_offset, header->sh_size, sizeof(Elf32_Rela));
		if (open_symbols(file, header->sh_link, SHT_DYNSYM, &symbols, error))
			return -1;
		count = header->sh_size / sizeof(Elf32_Rela);
		/* Several tables may point at the same bytes: do not let them multiply. */
		if (elf->patch_count + (uint64_t)count > file->size)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "offset 0x%x: more relocations than bytes in the file", header->sh_offset);
		grown = realloc(elf->patch, (elf->patch_count + (size_t)count + 1) * sizeof *grown);
		if (!grown)
			return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for %u relocations", count);
		elf->patch = grown;
		memset(grown + elf->patch_count, 0, ((size_t)count + 1) * sizeof *grown);
		for (uint32_t j = 0; j < count; j++) {
			size_t at = header->sh_offset + (size_t)j * sizeof(Elf32_Rela);
			Elf32_Rela rela;

			memcpy(&rela, file->data + at, sizeof rela);
			if (read_relocation(elf, file, &symbols, &rela, error))
				return aie_error_prefix(error, "offset 0x%zx", at);
		}
	}
	return 0;
}

/* ---- instances --------------------------------------------------------------------------------------------------- */

/* _Z<length><name><types>, types: P before a pointer, c v i; scalars cannot be given. */
static int demangle(const char *mangled, struct aie_control_elf_instance *instance, struct aie_error *error)
{
	const char *at = mangled + 2;
	size_t length = 0;

	if (strncmp(mangled, "_Z", 2) != 0)
		goto broken;
	for (; *at >= '0' && *at <= '9' && length < 1000; at++)
		length = 10 * length + (size_t)(*at - '0');
	if (length == 0 || length >= sizeof instance->kernel || strlen(at) < length)
		goto broken;
	memcpy(instance->kernel, at, length);
	instance->kernel[length] = 0;
	for (at += length; *at; at++) {
		bool pointer = *at == 'P';

		while (*at == 'P')
			at++;
		if (*at != 'c' && *at != 'v' && *at != 'i')
			goto broken;
		if (!pointer && *at == 'v' && !at[1] && instance->argument_count == 0)
			return 0; /* no arguments */
		if (!pointer)
			return aie_error_set(error, AIE_ERROR_UNSUPPORTED, "kernel '%.80s' takes a scalar argument",
			                     mangled);
		instance->argument_count++;
	}
	return 0;
broken:
	return aie_error_set(error, AIE_ERROR_INPUT, "the kernel name '%.80s' is not well-formed", mangled);
}

static int give_section(const struct aie_control_elf *elf, struct aie_control_elf_instance *instance, uint32_t index,
                        struct aie_error *error)
{
	int *place = NULL;

	instance->section[instance->section_count++] = index;
	switch (elf->section[index].kind) {
	case AIE_CONTROL_TEXT:
		place = &instance->text;
		break;
	case AIE_CONTROL_DATA:
		place = &instance->data;
		break;
	case AIE_CONTROL_SAVE:
		place = &instance->save;
		break;
	case AIE_CONTROL_RESTORE:
		place = &instance->restore;
		break;
	case AIE_CONTROL_PDI:
	case AIE_CONTROL_PM:
		return 0;
	}
	if (*place >= 0)
		return aie_error_set(error, AIE_ERROR_INPUT, "an instance has both %s and %s",
		                     elf->section[*place].name, elf->section[index].name);
	*place = (int)index;
	return 0;
}

static int check_instance(const struct aie_control_elf *elf, const struct aie_control_elf_instance *instance,
                          struct aie_error *error)
{
	uint8_t pdis[(UINT16_MAX + 1) / 8] = { 0 }; /* one bit an id; LOAD_PDI has room for 16 bits */
	struct aie_operation operation;
	size_t position = 0;
	struct aie_txn txn;
	int result = 0;

	for (uint32_t i = 0; i < instance->section_count; i++) {
		const struct aie_control_elf_section *section = &elf->section[instance->section[i]];

		if (section->kind == AIE_CONTROL_PDI && section->id <= UINT16_MAX)
			pdis[section->id / 8] |= (uint8_t)(1U << section->id % 8);
	}
	if (instance->text < 0)
		return aie_error_set(error, AIE_ERROR_INPUT, "there is no .ctrltext");
	if ((instance->save < 0) != (instance->restore < 0))
		return aie_error_set(error, AIE_ERROR_INPUT, "there is a %s section, but no %s",
		                     instance->save < 0 ? ".preempt_restore" : ".preempt_save",
		                     instance->save < 0 ? ".preempt_save" : ".preempt_restore");
	if (aie_txn_open(&txn, elf->section[instance->text].data, elf->section[instance->text].size,
	                 &(struct aie_txn_limits){ .columns = elf->columns, .ignore_patches = true }, error))
		return -1;
	while (!result && aie_txn_next(&txn, &position, &operation))
		if (operation.kind == AIE_OPERATION_LOAD_PDI && !(pdis[operation.value / 8] >> operation.value % 8 & 1))
			result = aie_error_set(
			        error, AIE_ERROR_INPUT,
			        "section %s, offset 0x%zx: LOAD_PDI of id %u, but there is no section .pdi.%u",
			        elf->section[instance->text].name, operation.offset, operation.value, operation.value);
	aie_txn_close(&txn);
	return result;
}

static int new_instance(struct aie_control_elf *elf, struct aie_control_elf_instance **instance,
                        struct aie_error *error)
{
	struct aie_control_elf_instance *fresh = &elf->instance[elf->instance_count];

	fresh->text = fresh->data = fresh->save = fresh->restore = -1;
	fresh->section = allocate(elf->section_count, sizeof *fresh->section, error);
	if (!fresh->section)
		return -1;
	elf->instance_count++;
	*instance = fresh;
	return 0;
}

static int plain_instance(struct aie_control_elf *elf, struct aie_error *error)
{
	struct aie_control_elf_instance *instance;

	elf->instance = allocate(1, sizeof *elf->instance, error);
	if (!elf->instance || new_instance(elf, &instance, error))
		return -1;
	for (uint32_t i = 0; i < elf->section_count; i++)
		if (give_section(elf, instance, i, error))
			return -1;
	for (uint32_t i = 0; i < elf->patch_count; i++)
		if (elf->patch[i].value == AIE_CONTROL_VALUE_ARGUMENT &&
		    elf->patch[i].index >= instance->argument_count)
			instance->argument_count = elf->patch[i].index + 1;
	return check_instance(elf, instance, error);
}

static int read_group(struct aie_control_elf *elf, const struct file *file, const Elf32_Shdr *header,
                      struct aie_error *error)
{
	const uint8_t *words = file->data + header->sh_offset;
	struct aie_control_elf_instance *instance;
	Elf32_Sym symbol, kernel;
	struct symbols symbols;
	const char *name = NULL;

	if (header->sh_size < 8 || header->sh_size % 4 || image_load32(words) != GRP_COMDAT)
		return aie_error_set(error, AIE_ERROR_INPUT, "group of %u bytes is broken", header->sh_size);
	if (new_instance(elf, &instance, error) || open_symbols(file, header->sh_link, SHT_SYMTAB, &symbols, error) ||
	    take_symbol(&symbols, header->sh_info, &symbol, &name, error))
		return -1;
	if (ELF32_ST_TYPE(symbol.st_info) != STT_OBJECT || strlen(name) >= sizeof instance->name)
		return aie_error_set(error, AIE_ERROR_INPUT, "symbol %u '%.40s' of the group is no instance",
		                     header->sh_info, name);
	snprintf(instance->name, sizeof instance->name, "%s", name);
	/* The section index of an instance's symbol is the number of its kernel's symbol. */
	if (take_symbol(&symbols, symbol.st_shndx, &kernel, &name, error))
		return -1;
	if (ELF32_ST_TYPE(kernel.st_info) != STT_FUNC)
		return aie_error_set(error, AIE_ERROR_INPUT, "instance '%s' belongs to symbol %u, which is no kernel",
		                     instance->name, symbol.st_shndx);
	if (demangle(name, instance, error))
		return -1;
	for (uint32_t i = 1; i < header->sh_size / 4; i++) {
		uint32_t index = image_load32(words + 4 * (size_t)i);

		if (index >= file->header.e_shnum)
			return aie_error_set(error, AIE_ERROR_INPUT, "group names section %u of %u", index,
			                     file->header.e_shnum);
		if (file->known[index] < 0)
			continue; /* debug data and the like */
		if (file->mark[index] == elf->instance_count)
			return aie_error_set(error, AIE_ERROR_INPUT, "group names section %u twice", index);
		file->mark[index] = elf->instance_count;
		if (give_section(elf, instance, (uint32_t)file->known[index], error))
			return -1;
	}
	if (check_instance(elf, instance, error))
		return aie_error_prefix(error, "instance '%s:%s'", instance->kernel, instance->name);
	return 0;
}

enum { MAX_GROUPS = 1024 };

static int read_instances(struct aie_control_elf *elf, const struct file *file, struct aie_error *error)
{
	unsigned groups = 0;

	for (unsigned i = 0; i < file->header.e_shnum; i++)
		groups += file->sections[i].sh_type == SHT_GROUP;
	if (!elf->full)
		return plain_instance(elf, error);
	if (groups == 0 || groups > MAX_GROUPS)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x8: a full control-code ELF with %u groups, 1 to %d can be", groups,
		                     MAX_GROUPS);
	elf->instance = allocate(groups, sizeof *elf->instance, error);
	if (!elf->instance)
		return -1;
	for (unsigned i = 0; i < file->header.e_shnum; i++)
		if (file->sections[i].sh_type == SHT_GROUP && read_group(elf, file, &file->sections[i], error))
			return aie_error_prefix(error, "offset 0x%x", file->sections[i].sh_offset);
	return 0;
}

int aie_control_elf_open(struct aie_control_elf *elf, const void *data, size_t size, struct aie_error *error)
{
	struct file file = { .data = data, .size = size };
	int result;

	memset(elf, 0, sizeof *elf);
	result = check_header(elf, &file, error) || read_section_table(elf, &file, error) ||
	         read_notes(elf, &file, error) || read_sections(elf, &file, error) ||
	         read_relocations(elf, &file, error) || read_instances(elf, &file, error);
	free(file.sections);
	free(file.known);
	free(file.mark);
	if (result) {
		aie_control_elf_close(elf);
		return -1;
	}
	return 0;
}

void aie_control_elf_close(struct aie_control_elf *elf)
{
	for (uint32_t i = 0; i < elf->instance_count; i++)
		free(elf->instance[i].section);
	free(elf->instance);
	free(elf->section);
	free(elf->patch);
	memset(elf, 0, sizeof *elf);
}

const struct aie_control_elf_instance *aie_control_elf_find(const struct aie_control_elf *elf, const char *name,
                                                            struct aie_error *error)
{
	const struct aie_control_elf_instance *found = NULL;
	char full[160];

	for (uint32_t i = 0; i < elf->instance_count; i++) {
		const struct aie_control_elf_instance *instance = &elf->instance[i];

		snprintf(full, sizeof full, "%s:%s", instance->kernel, instance->name);
		if (name && strcmp(name, full) == 0)
			return instance;
		if (name && strcmp(name, instance->kernel) != 0)
			continue;
		if (found) {
			aie_error_set(error, AIE_ERROR_INPUT,
			              "the ELF has several instances, name one as KERNEL:INSTANCE");
			return NULL;
		}
		found = instance;
	}
	if (!found)
		aie_error_set(error, AIE_ERROR_INPUT, "the ELF has no kernel '%.80s'", name ? name : "");
	return found;
}

int aie_control_elf_check_device(const struct aie_control_elf *elf, struct aie_error *error)
{
	for (uint32_t i = 0; i < elf->section_count; i++) {
		const struct aie_control_elf_section *section = &elf->section[i];

		if ((section->kind == AIE_CONTROL_TEXT || section->kind == AIE_CONTROL_SAVE ||
		     section->kind == AIE_CONTROL_RESTORE) &&
		    aie_txn_check_device(section->data[AIE_TXN_GENERATION_BYTE], error))
			return aie_error_prefix(error, "section %s", section->name);
	}
	return 0;
}

/* ---- patching ---------------------------------------------------------------------------------------------------- */

/* System addresses as the shim sees them stand above this aperture (documented: host runtime adds it). */
#define SHIM_APERTURE UINT64_C(0x80000000)

/* Add to the 48-bit address whose low word is at `low` and whose upper half is in the low half of the next word. */
static void add_address(uint8_t *low, uint64_t value)
{
	uint32_t high = image_load32(low + 4);
	uint64_t base = ((uint64_t)(high & 0xFFFF) << 32 | image_load32(low)) + value + SHIM_APERTURE;

	image_store32(low, (uint32_t)base & ~3U);
	image_store32(low + 4, (high & 0xFFFF0000U) | (uint32_t)(base >> 32 & 0xFFFF));
}

void aie_control_elf_apply(const struct aie_control_elf_patch *patch, uint64_t value, uint8_t *words)
{
	uint8_t *at = words + patch->offset;
	uint64_t addend = (uint64_t)(int64_t)patch->addend;
	uint32_t old;
	uint64_t sum;

	switch (patch->schema) {
	case AIE_SCHEMA_SCALAR_32:
		old = image_load32(at);
		image_store32(at, (old & ~patch->mask) | ((uint32_t)value & patch->mask));
		break;
	case AIE_SCHEMA_CONTROL_PACKET_48: {
		/* Unlike the descriptor, only 12 bits of the upper part count. */
		uint32_t high = image_load32(at + 12);

		sum = ((uint64_t)(high & 0xFFF) << 32 | image_load32(at + 8)) + value + addend + SHIM_APERTURE;
		image_store32(at + 8, (uint32_t)sum & ~3U);
		image_store32(at + 12, (high & 0xFFFF0000U) | (uint32_t)(sum >> 32 & 0xFFFF));
		break;
	}
	case AIE_SCHEMA_SHIM_DMA_48:
		add_address(at + 4, value + addend);
		break;
	case AIE_SCHEMA_ADDRESS_64:
		image_store64(at, value + addend);
		break;
	}
}
