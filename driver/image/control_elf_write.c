/* The writer of control-code ELFs: plain (ABI version 2) and full (2.1) form, from transaction streams. */
#include "driver/image/control_elf.h"

#include <elf.h>
#include <stdio.h>

#include "driver/image/control_elf_internal.h"
#include "driver/image/image_internal.h"
#include "driver/image/registers.h"
#include "driver/image/txn.h"

enum { MAX_SECTIONS = 256, MAX_INSTANCES = 64, SECTION_ALIGNMENT = 16, PLAIN_FIRST_ARGUMENT = 3 };

/* The file while it is made.  Section headers and tables are collected beside the contents. */
struct writer {
	const struct aie_control_elf_new *request;
	struct image_buffer out;     /* the file, contents of sections as they come */
	struct image_buffer names;   /* section names */
	struct image_buffer strings; /* names of dynamic symbols */
	struct image_buffer dynamic; /* dynamic symbols */
	struct image_buffer rela;
	struct image_buffer symbols; /* kernels and instances */
	struct image_buffer symbol_names;
	Elf32_Shdr section[MAX_SECTIONS];
	unsigned section_count;
};

static uint32_t add_string(struct image_buffer *strings, const char *text)
{
	uint32_t at = (uint32_t)strings->size;

	aie_image_buffer_append(strings, text, strlen(text) + 1);
	return at;
}

/* Open a section; its contents follow in `out`.  Returns its number. */
static unsigned begin_section(struct writer *writer, const char *name, uint32_t type, uint32_t flags)
{
	Elf32_Shdr *section = &writer->section[writer->section_count];

	aie_image_buffer_align(&writer->out, SECTION_ALIGNMENT);
	*section = (Elf32_Shdr){ .sh_name = add_string(&writer->names, name), .sh_type = type, .sh_flags = flags };
	section->sh_offset = (uint32_t)writer->out.size;
	section->sh_addralign = SECTION_ALIGNMENT;
	return writer->section_count++;
}

static void end_section(struct writer *writer, unsigned number)
{
	writer->section[number].sh_size = (uint32_t)writer->out.size - writer->section[number].sh_offset;
}

static unsigned add_section(struct writer *writer, const char *name, uint32_t type, uint32_t flags, const void *data,
                            size_t size)
{
	unsigned number = begin_section(writer, name, type, flags);

	aie_image_buffer_append(&writer->out, data, size);
	end_section(writer, number);
	return number;
}

/* ---- patch points ------------------------------------------------------------------------------------------------ */

static void add_patch(struct writer *writer, unsigned section, uint32_t offset, enum aie_control_schema schema,
                      const char *symbol, uint32_t size, uint32_t addend)
{
	Elf32_Sym entry = { .st_name = add_string(&writer->strings, symbol),
		            .st_size = size,
		            .st_info = ELF32_ST_INFO(STB_GLOBAL, STT_OBJECT),
		            .st_shndx = (Elf32_Half)section };
	Elf32_Rela rela = { .r_offset = offset,
		            .r_info = ELF32_R_INFO((uint32_t)(writer->dynamic.size / sizeof entry), (uint32_t)schema),
		            .r_addend = (Elf32_Sword)addend };

	aie_image_buffer_append(&writer->dynamic, &entry, sizeof entry);
	aie_image_buffer_append(&writer->rela, &rela, sizeof rela);
}

/* The block that wrote the descriptor before `patch`: where its words stand in the stream; 0 when there is none. */
static size_t find_descriptor(const struct aie_txn *txn, const struct aie_operation *patch, uint32_t *first)
{
	struct aie_operation operation;
	size_t position = 0, found = 0;

	while (aie_txn_next(txn, &position, &operation) && operation.offset < patch->offset) {
		/* words 0 to 2 of the descriptor: the relocation counts from word 0 */
		if (operation.kind == AIE_OPERATION_BLOCK_WRITE && operation.address + 4 <= patch->address &&
		    patch->address + 8 <= operation.address + 4 * (uint64_t)operation.count) {
			*first = (uint32_t)(patch->address - 4 - operation.address);
			found = operation.offset + operation.size - 4 * (size_t)operation.count;
		}
	}
	return found;
}

static int add_patches(struct writer *writer, unsigned section, const struct aie_txn *txn, struct aie_error *error)
{
	bool full = writer->request->kernel != NULL;
	struct aie_operation operation;
	size_t position = 0;

	while (aie_txn_next(txn, &position, &operation)) {
		char name[32];

		if (operation.kind == AIE_OPERATION_LOAD_PDI) {
			if (operation.value >= writer->request->pdi_count)
				return aie_error_set(error, AIE_ERROR_INPUT,
				                     "offset 0x%zx: LOAD_PDI of id %u, there are %u PDIs",
				                     operation.offset, operation.value, writer->request->pdi_count);
			snprintf(name, sizeof name, ".pdi.%u", operation.value);
			add_patch(writer, section, (uint32_t)operation.offset + 8, AIE_SCHEMA_ADDRESS_64, name, 0, 0);
		} else if (operation.kind == AIE_OPERATION_DDR_PATCH) {
			uint32_t inside = 0;
			size_t words = find_descriptor(txn, &operation, &inside);
			uint8_t *low;

			if (!words)
				return aie_error_set(
				        error, AIE_ERROR_INPUT,
				        "offset 0x%zx: no block write fills the descriptor of this DDR_PATCH",
				        operation.offset);
			if (operation.addend > INT32_MAX)
				return aie_error_set(error, AIE_ERROR_INPUT,
				                     "offset 0x%zx: DDR_PATCH addend too large for an ELF",
				                     operation.offset);
			if (full && operation.argument >= writer->request->argument_count)
				return aie_error_set(error, AIE_ERROR_INPUT,
				                     "offset 0x%zx: DDR_PATCH of argument %u, the kernel has %u",
				                     operation.offset, operation.argument,
				                     writer->request->argument_count);
			snprintf(name, sizeof name, "%u", operation.argument + (full ? 0U : PLAIN_FIRST_ARGUMENT));
			add_patch(writer, section, (uint32_t)words + inside, AIE_SCHEMA_SHIM_DMA_48, name, 0,
			          (uint32_t)operation.addend);
			/* The host adds: the address must start from 0, its two lowest bits apart. */
			if (writer->out.failed)
				continue;
			low = writer->out.data + writer->section[section].sh_offset + words + inside + 4;
			image_store32(low, image_load32(low) & 3);
			image_store32(low + 4, image_load32(low + 4) & 0xFFFF0000U);
		}
	}
	return 0;
}

static int add_stream(struct writer *writer, const char *name, const struct aie_bytes *stream, unsigned *section,
                      struct aie_error *error)
{
	const struct aie_txn_limits limits = { .columns = writer->request->columns, .ignore_patches = true };
	struct aie_txn txn;
	int result;

	if (aie_txn_open(&txn, stream->data, stream->size, &limits, error))
		return -1;
	*section = add_section(writer, name, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, txn.words, txn.size);
	result = add_patches(writer, *section, &txn, error);
	aie_txn_close(&txn);
	return result;
}

/* ---- groups ------------------------------------------------------------------------------------------------------ */

/* Kernel symbol 1, its instances behind it. */
static void add_kernel_symbols(struct writer *writer)
{
	const struct aie_control_elf_new *request = writer->request;
	Elf32_Sym none = { 0 }, kernel = { .st_info = ELF32_ST_INFO(STB_GLOBAL, STT_FUNC) };
	uint8_t *types;
	char head[32];

	aie_image_buffer_append(&writer->symbol_names, "", 1);
	aie_image_buffer_append(&writer->symbols, &none, sizeof none);
	kernel.st_name = (uint32_t)writer->symbol_names.size;
	snprintf(head, sizeof head, "_Z%zu", strlen(request->kernel));
	aie_image_buffer_append(&writer->symbol_names, head, strlen(head));
	aie_image_buffer_append(&writer->symbol_names, request->kernel, strlen(request->kernel));
	types = aie_image_buffer_add(&writer->symbol_names, 2 * (size_t)request->argument_count + 1);
	for (uint32_t i = 0; types && i < request->argument_count; i++) {
		types[2 * (size_t)i] = 'P';
		types[2 * (size_t)i + 1] = 'c';
	}
	if (types && request->argument_count == 0)
		types[0] = 'v';
	if (request->argument_count == 0)
		aie_image_buffer_append(&writer->symbol_names, "", 1);
	aie_image_buffer_append(&writer->symbols, &kernel, sizeof kernel);
	for (uint32_t i = 0; i < request->instance_count; i++) {
		Elf32_Sym instance = { .st_name = add_string(&writer->symbol_names, request->instance[i]),
			               .st_info = ELF32_ST_INFO(STB_GLOBAL, STT_OBJECT),
			               .st_shndx = 1 }; /* the number of the kernel's symbol */

		aie_image_buffer_append(&writer->symbols, &instance, sizeof instance);
	}
}

static void add_note(struct writer *writer, const char *name, uint32_t type, const void *data, uint32_t size)
{
	uint32_t head[3] = { 4, size, type };
	unsigned section = begin_section(writer, name, SHT_NOTE, SHF_ALLOC);

	aie_image_buffer_append(&writer->out, head, sizeof head);
	aie_image_buffer_append(&writer->out, "XRT", 4);
	aie_image_buffer_append(&writer->out, data, size);
	end_section(writer, section);
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static int check_request(const struct aie_control_elf_new *request, struct aie_error *error)
{
	if (request->instance_count == 0 || request->instance_count > MAX_INSTANCES ||
	    request->pdi_count > MAX_INSTANCES || request->argument_count > MAX_INSTANCES)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "a control-code ELF of %u instances, %u PDIs, %u arguments",
		                     request->instance_count, request->pdi_count, request->argument_count);
	if (!request->kernel) {
		if (request->instance_count != 1 || request->pdi_count)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "a plain control-code ELF has one stream and no PDI");
		return 0;
	}
	if (strlen(request->kernel) == 0 || strlen(request->kernel) > 63 || request->columns == 0 ||
	    request->columns > 128)
		return aie_error_set(error, AIE_ERROR_INPUT, "kernel name '%.70s' or %u columns cannot be",
		                     request->kernel, request->columns);
	for (uint32_t i = 0; i < request->instance_count; i++)
		if (strlen(request->instance[i]) == 0 || strlen(request->instance[i]) > 63)
			return aie_error_set(error, AIE_ERROR_INPUT, "instance name '%.70s' cannot be",
			                     request->instance[i]);
	return 0;
}

/* Streams, PDIs, groups. */
static int add_contents(struct writer *writer, unsigned group[MAX_INSTANCES], struct aie_error *error)
{
	const struct aie_control_elf_new *request = writer->request;
	unsigned text[MAX_INSTANCES], pdi[MAX_INSTANCES];
	char name[32];

	for (uint32_t i = 0; i < request->instance_count; i++) {
		snprintf(name, sizeof name, request->kernel ? ".ctrltext.%u" : ".ctrltext", i);
		if (add_stream(writer, name, &request->stream[i], &text[i], error))
			return aie_error_prefix(error, "stream %u", i);
	}
	for (uint32_t i = 0; i < request->pdi_count; i++) {
		snprintf(name, sizeof name, ".pdi.%u", i);
		pdi[i] = add_section(writer, name, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, request->pdi[i].data,
		                     request->pdi[i].size);
	}
	if (!request->kernel)
		return 0;
	for (uint32_t i = 0; i < request->instance_count; i++) {
		uint32_t words[2 + MAX_INSTANCES] = { GRP_COMDAT, text[i] };

		for (uint32_t j = 0; j < request->pdi_count; j++)
			words[2 + j] = pdi[j];
		snprintf(name, sizeof name, ".group.%u", i);
		group[i] = add_section(writer, name, SHT_GROUP, 0, words, 4 * (2 + (size_t)request->pdi_count));
		writer->section[group[i]].sh_info = 2 + i; /* symbols: none, kernel, instances */
		writer->section[group[i]].sh_entsize = 4;
	}
	return 0;
}

static void add_tables(struct writer *writer, const unsigned group[MAX_INSTANCES])
{
	const struct aie_control_elf_new *request = writer->request;
	unsigned strings, dynamic, rela;

	strings = add_section(writer, ".dynstr", SHT_STRTAB, SHF_ALLOC, writer->strings.data, writer->strings.size);
	dynamic = add_section(writer, ".dynsym", SHT_DYNSYM, SHF_ALLOC, writer->dynamic.data, writer->dynamic.size);
	writer->section[dynamic].sh_link = strings;
	writer->section[dynamic].sh_info = 1;
	writer->section[dynamic].sh_entsize = sizeof(Elf32_Sym);
	rela = add_section(writer, ".rela.dyn", SHT_RELA, SHF_ALLOC, writer->rela.data, writer->rela.size);
	writer->section[rela].sh_link = dynamic;
	writer->section[rela].sh_entsize = sizeof(Elf32_Rela);
	if (request->kernel) {
		uint32_t columns = request->columns;
		unsigned symbols;

		add_kernel_symbols(writer);
		strings = add_section(writer, ".strtab", SHT_STRTAB, 0, writer->symbol_names.data,
		                      writer->symbol_names.size);
		symbols = add_section(writer, ".symtab", SHT_SYMTAB, 0, writer->symbols.data, writer->symbols.size);
		writer->section[symbols].sh_link = strings;
		writer->section[symbols].sh_info = 1;
		writer->section[symbols].sh_entsize = sizeof(Elf32_Sym);
		for (uint32_t i = 0; i < request->instance_count; i++)
			writer->section[group[i]].sh_link = symbols;
		add_note(writer, ".note.xrt.configuration", CONTROL_NOTE_CONFIGURATION, &columns, sizeof columns);
	}
}

static void finish_file(struct writer *writer)
{
	Elf32_Ehdr header = { .e_type = ET_EXEC,
		              .e_machine = CONTROL_ELF_MACHINE,
		              .e_version = EV_CURRENT,
		              .e_ehsize = sizeof header,
		              .e_phentsize = sizeof(Elf32_Phdr),
		              .e_shentsize = sizeof(Elf32_Shdr) };
	unsigned names = begin_section(writer, ".shstrtab", SHT_STRTAB, 0);

	aie_image_buffer_append(&writer->out, writer->names.data, writer->names.size);
	end_section(writer, names);
	aie_image_buffer_align(&writer->out, SECTION_ALIGNMENT);
	memcpy(header.e_ident, ELFMAG, SELFMAG);
	header.e_ident[EI_CLASS] = ELFCLASS32;
	header.e_ident[EI_DATA] = ELFDATA2LSB;
	header.e_ident[EI_VERSION] = EV_CURRENT;
	header.e_ident[EI_OSABI] = CONTROL_ELF_OSABI;
	header.e_ident[EI_ABIVERSION] = writer->request->kernel ? CONTROL_ELF_FULL_2_1 : CONTROL_ELF_PLAIN;
	header.e_shoff = (uint32_t)writer->out.size;
	header.e_shnum = (Elf32_Half)writer->section_count;
	header.e_shstrndx = (Elf32_Half)names;
	aie_image_buffer_append(&writer->out, writer->section, writer->section_count * sizeof(Elf32_Shdr));
	if (!writer->out.failed)
		memcpy(writer->out.data, &header, sizeof header);
}

int aie_control_elf_write(const struct aie_control_elf_new *new_file, struct aie_bytes *bytes, struct aie_error *error)
{
	unsigned group[MAX_INSTANCES] = { 0 };
	struct writer *writer;
	Elf32_Sym none = { 0 };
	int result = -1;

	bytes->data = NULL;
	bytes->size = 0;
	if (check_request(new_file, error))
		return -1;
	writer = calloc(1, sizeof *writer);
	if (!writer)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a control-code ELF");
	writer->request = new_file;
	writer->section_count = 1; /* the empty one */
	aie_image_buffer_append(&writer->names, "", 1);
	aie_image_buffer_append(&writer->strings, "", 1);
	aie_image_buffer_append(&writer->dynamic, &none, sizeof none);
	aie_image_buffer_add(&writer->out, sizeof(Elf32_Ehdr));
	if (add_contents(writer, group, error))
		goto out;
	add_tables(writer, group);
	finish_file(writer);
	if (writer->out.failed || writer->names.failed || writer->strings.failed || writer->dynamic.failed ||
	    writer->rela.failed || writer->symbols.failed || writer->symbol_names.failed ||
	    writer->out.size > UINT32_MAX) {
		aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a control-code ELF, or it would exceed 4 GiB");
		goto out;
	}
	bytes->data = writer->out.data;
	bytes->size = writer->out.size;
	writer->out.data = NULL;
	result = 0;
out:
	free(writer->out.data);
	free(writer->names.data);
	free(writer->strings.data);
	free(writer->dynamic.data);
	free(writer->rela.data);
	free(writer->symbols.data);
	free(writer->symbol_names.data);
	free(writer);
	return result;
}
