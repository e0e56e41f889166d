/* aie-image dump: what an image says, in lines a person can read. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver/image/control_elf.h"
#include "driver/image/core_elf.h"
#include "driver/image/format.h"
#include "driver/image/pdi.h"
#include "driver/image/registers.h"
#include "driver/image/txn.h"
#include "driver/image/xclbin.h"
#include "driver/tools/image_tool.h"

struct dump {
	FILE *out;
	struct aie_image_dump_options options;
	int indent;
};

static void line(struct dump *dump, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void line(struct dump *dump, const char *format, ...)
{
	va_list arguments;

	fprintf(dump->out, "%*s", 2 * dump->indent, "");
	va_start(arguments, format);
	vfprintf(dump->out, format, arguments);
	va_end(arguments);
	fputc('\n', dump->out);
}

static void uuid_text(const uint8_t uuid[16], char text[40])
{
	char *at = text;

	for (int i = 0; i < 16; i++)
		at += sprintf(at, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", uuid[i]);
}

/* A name from a file, with anything unprintable shown as ?. */
static const char *printable(const char *name, char *text, size_t size)
{
	size_t i = 0;

	for (; name[i] && i + 1 < size; i++)
		text[i] = name[i] >= 32 && name[i] < 127 ? name[i] : '?';
	text[i] = 0;
	return text;
}

/* ---- operations -------------------------------------------------------------------------------------------------- */

/* FNV-1a, so that two memory blocks can be told apart without showing them. */
static uint32_t block_sum(const struct aie_operation *operation)
{
	const uint8_t *bytes = (const uint8_t *)operation->words;
	uint32_t sum = 0x811C9DC5;

	for (size_t i = 0; i < 4 * (size_t)operation->count; i++)
		sum = (sum ^ bytes[i]) * 0x01000193;
	return sum;
}

static bool is_memory(const struct aie_register_location *location)
{
	return location->reg->width >= 128;
}

static void dump_words(struct dump *dump, const struct aie_operation *operation)
{
	dump->indent++;
	for (uint32_t i = 0; i < operation->count; i += 8) {
		char text[96], *at = text;

		for (uint32_t j = i; j < operation->count && j < i + 8; j++)
			at += sprintf(at, " %08x", operation->words[j]);
		line(dump, "%05" PRIx64 ":%s", (operation->address + 4 * (uint64_t)i) & 0xFFFFF, text);
	}
	dump->indent--;
}

/* A block onto registers (descriptors, routes): one line a word. */
static void dump_registers(struct dump *dump, const struct aie_operation *operation)
{
	dump->indent++;
	for (uint32_t i = 0; i < operation->count; i++) {
		uint64_t address = operation->address + 4 * (uint64_t)i;
		enum aie_tile_kind kind = aie_tile_kind_of_row(aie_address_row(address));
		struct aie_register_location location;
		char name[192], fields[1024];

		if (!aie_register_find(kind, aie_address_offset(address), &location)) {
			line(dump, "[0x%05x] = 0x%08x", aie_address_offset(address), operation->words[i]);
			continue;
		}
		aie_register_print(&location, name, sizeof name);
		aie_register_print_fields(&location, operation->words[i], UINT32_MAX, fields, sizeof fields);
		line(dump, "%s = 0x%08x%s", name, operation->words[i], fields);
	}
	dump->indent--;
}

static void dump_operation(struct dump *dump, const struct aie_operation *operation)
{
	struct aie_register_location location;
	char text[1536];

	aie_operation_print(operation, text, sizeof text);
	if (operation->kind == AIE_OPERATION_BLOCK_WRITE) {
		size_t length = strlen(text);

		snprintf(text + length, sizeof text - length, ", sum %08x", block_sum(operation));
	}
	if (dump->options.offsets)
		line(dump, "%06zx %s", operation->offset, text);
	else
		line(dump, "%s", text);
	if (operation->kind == AIE_OPERATION_READ_REGS) {
		dump->indent++;
		for (uint32_t i = 0; i < operation->count; i++)
			line(dump, "0x%08x", operation->words[2 * i]);
		dump->indent--;
	}
	if (operation->kind != AIE_OPERATION_BLOCK_WRITE)
		return;
	if (aie_register_find(aie_tile_kind_of_row(aie_address_row(operation->address)),
	                      aie_address_offset(operation->address), &location) &&
	    is_memory(&location)) {
		if (dump->options.data)
			dump_words(dump, operation);
	} else {
		dump_registers(dump, operation);
	}
}

static void dump_nops(struct dump *dump, size_t count, size_t offset)
{
	if (count && dump->options.offsets)
		line(dump, "%06zx NOP x %zu", offset, count);
	else if (count)
		line(dump, "NOP x %zu", count);
}

static void dump_cdo(struct dump *dump, const struct aie_cdo *cdo)
{
	struct aie_cdo_cursor cursor = { 0 };
	struct aie_operation operation;
	size_t nops = 0, first = 0;

	line(dump, "CDO version 0x%x, %u command words, %zu operations%s", cdo->version, cdo->command_words,
	     cdo->operations, cdo->separated ? ", commands and data separated" : "");
	dump->indent++;
	while (aie_cdo_next(cdo, &cursor, &operation)) {
		/* The padding in front of block data comes in runs. */
		if (operation.kind == AIE_OPERATION_NOP && operation.count == 0) {
			first = nops++ ? first : operation.offset;
			continue;
		}
		dump_nops(dump, nops, first);
		nops = 0;
		dump_operation(dump, &operation);
	}
	dump_nops(dump, nops, first);
	dump->indent--;
}

static void dump_pdi(struct dump *dump, const struct aie_pdi *pdi)
{
	char name[32];

	line(dump,
	     "PDI image '%s', id code 0x%08x, PDI id %u, image id 0x%08x, partition attributes 0x%08x, %u words%s",
	     printable(pdi->name, name, sizeof name), pdi->id_code, pdi->pdi_id, pdi->image_id, pdi->attributes,
	     pdi->total_words, pdi->transformed ? ", transformed" : "");
	dump->indent++;
	dump_cdo(dump, &pdi->cdo);
	dump->indent--;
}

static const char *generation_name(unsigned generation)
{
	switch (generation) {
	case AIE_TXN_NPU1:
		return "NPU1, AIE2";
	case AIE_TXN_NPU2:
		return "NPU2, AIE2P";
	case AIE_TXN_AIE2PS:
		return "AIE2PS";
	case AIE_TXN_STRIX_A0:
		return "Strix A0, AIE2P";
	case AIE_TXN_STRIX_B0:
		return "Strix B0, AIE2P";
	default:
		return "unknown";
	}
}

static void dump_txn(struct dump *dump, const struct aie_txn *txn)
{
	struct aie_operation operation;
	size_t position = 0;

	line(dump,
	     "transaction stream version %s, device generation %u (%s), %u columns, %u rows, %u operations, %u bytes",
	     txn->version == AIE_TXN_V0_1 ? "0.1" : "1.0", txn->generation, generation_name(txn->generation),
	     txn->columns, txn->rows, txn->operations, txn->size);
	dump->indent++;
	while (aie_txn_next(txn, &position, &operation))
		dump_operation(dump, &operation);
	dump->indent--;
}

/* ---- containers -------------------------------------------------------------------------------------------------- */

static void dump_sections(struct dump *dump, const struct aie_xclbin *xclbin)
{
	char name[32];

	for (uint32_t i = 0; i < xclbin->section_count; i++) {
		const struct aie_xclbin_section *section = &xclbin->section[i];
		const char *kind = aie_xclbin_section_kind_name(section->kind);

		line(dump, "section %u: kind %u %s '%s', %" PRIu64 " bytes at 0x%" PRIx64, i, section->kind,
		     kind ? kind : "(unknown)", printable(section->name, name, sizeof name), section->size,
		     section->offset);
	}
}

static void dump_kernels(struct dump *dump, const struct aie_xclbin *xclbin)
{
	char name[64], other[64];

	for (uint32_t i = 0; i < xclbin->memory_count; i++)
		line(dump, "memory %u: '%s', type %u, %sused, %" PRIu64 " KiB at 0x%" PRIx64, i,
		     printable(xclbin->memory[i].tag, name, sizeof name), xclbin->memory[i].type,
		     xclbin->memory[i].used ? "" : "not ", xclbin->memory[i].size_kib, xclbin->memory[i].base);
	for (uint32_t i = 0; i < xclbin->kernel_count; i++) {
		const struct aie_xclbin_kernel *kernel = &xclbin->kernel[i];

		line(dump, "kernel %u: '%s:%s', id 0x%x, functional %u, PDI %u, register map of %u bytes", i,
		     printable(kernel->name, name, sizeof name), printable(kernel->instance, other, sizeof other),
		     kernel->id, kernel->functional, kernel->pdi, kernel->register_map_bytes);
		dump->indent++;
		for (uint32_t j = 0; j < kernel->argument_count; j++) {
			const struct aie_xclbin_argument *argument = &kernel->argument[j];

			line(dump, "argument %u: '%s', %s, %u bytes at 0x%x, memory %d", argument->id,
			     printable(argument->name, name, sizeof name), argument->qualifier ? "buffer" : "scalar",
			     argument->size, argument->offset, argument->memory);
		}
		dump->indent--;
	}
}

static void dump_xclbin(struct dump *dump, const struct aie_xclbin *xclbin, const struct aie_pdi *pdis)
{
	char uuid[40], name[64], date[32] = "";
	time_t when = (time_t)xclbin->time_stamp;
	struct tm broken;

	if (xclbin->time_stamp < UINT32_MAX && gmtime_r(&when, &broken))
		strftime(date, sizeof date, " (%Y-%m-%d %H:%M:%S UTC)", &broken);
	uuid_text(xclbin->uuid, uuid);
	line(dump, "xclbin of %zu bytes, tool version %u.%u.%u, time stamp %" PRIu64 "%s, UUID %s", xclbin->size,
	     xclbin->version_major, xclbin->version_minor, xclbin->version_patch, xclbin->time_stamp, date, uuid);
	dump->indent++;
	dump_sections(dump, xclbin);
	line(dump, "partition '%s': %u columns, %u operations per cycle",
	     printable(xclbin->partition_name, name, sizeof name), xclbin->columns, xclbin->operations_per_cycle);
	for (uint32_t i = 0; i < xclbin->start_count; i++)
		line(dump, "start column %u", xclbin->start[i]);
	dump_kernels(dump, xclbin);
	for (uint32_t i = 0; i < xclbin->pdi_count; i++) {
		uuid_text(xclbin->pdi[i].uuid, uuid);
		line(dump, "PDI %u: UUID %s, %u bytes", i, uuid, xclbin->pdi[i].size);
		dump->indent++;
		for (uint32_t j = 0; j < xclbin->pdi[i].group_count; j++) {
			const struct aie_xclbin_group *group = &xclbin->pdi[i].group[j];

			for (uint32_t k = 0; k < group->id_count; k++)
				line(dump, "CDO group '%s', type %u, PDI id %" PRIu64 ", kernel id 0x%" PRIx64,
				     printable(group->name, name, sizeof name), group->type, group->pdi_id,
				     aie_xclbin_group_id(group, k));
		}
		dump_pdi(dump, &pdis[i]);
		dump->indent--;
	}
	dump->indent--;
}

static int open_and_dump_xclbin(struct dump *dump, const void *data, size_t size, struct aie_error *error)
{
	struct aie_xclbin xclbin;
	struct aie_pdi *pdis;
	uint32_t opened = 0;
	int result = -1;

	if (aie_xclbin_open(&xclbin, data, size, 0, error))
		return -1;
	pdis = calloc(xclbin.pdi_count, sizeof *pdis);
	if (!pdis) {
		aie_error_set(error, AIE_ERROR_MEMORY, "no memory for %u PDIs", xclbin.pdi_count);
		goto out;
	}
	for (; opened < xclbin.pdi_count; opened++) {
		if (aie_pdi_open(&pdis[opened], xclbin.pdi[opened].data, xclbin.pdi[opened].size, xclbin.columns,
		                 error)) {
			aie_error_prefix(error, "PDI %u (at 0x%zx)", opened,
			                 (size_t)(xclbin.pdi[opened].data - xclbin.data));
			goto out;
		}
	}
	dump_xclbin(dump, &xclbin, pdis);
	result = 0;
out:
	for (uint32_t i = 0; i < opened; i++)
		aie_pdi_close(&pdis[i]);
	free(pdis);
	aie_xclbin_close(&xclbin);
	return result;
}

static int open_and_dump_txn(struct dump *dump, const void *data, size_t size, struct aie_error *error)
{
	struct aie_bytes bytes;
	struct aie_txn txn;
	int result;

	if (aie_txn_from_file(data, size, &bytes, error))
		return -1;
	result = aie_txn_open(&txn, bytes.data, bytes.size, NULL, error);
	aie_bytes_free(&bytes);
	if (result)
		return -1;
	dump_txn(dump, &txn);
	aie_txn_close(&txn);
	return 0;
}

static int open_and_dump_core_elf(struct dump *dump, const void *data, size_t size, struct aie_error *error)
{
	struct aie_core_elf elf;

	if (aie_core_elf_open(&elf, data, size, true, error))
		return -1;
	line(dump, "core ELF, flags %u (%s), entry 0x%x, program up to 0x%x", elf.flags,
	     elf.flags == AIE_CORE_ELF_FLAGS_AIE2P ? "AIE2P" : "another generation, not for this device", elf.entry,
	     elf.program_bytes);
	dump->indent++;
	for (uint32_t i = 0; i < elf.piece_count; i++) {
		const struct aie_core_elf_piece *piece = &elf.piece[i];

		if (piece->data)
			line(dump, "%s 0x%05x: %u bytes", aie_core_elf_window_name(piece->window), piece->offset,
			     piece->size);
		else
			line(dump, "%s 0x%05x: %u bytes filled with 0x%08x", aie_core_elf_window_name(piece->window),
			     piece->offset, piece->size, piece->fill);
	}
	if (elf.overlaps)
		line(dump, "warning: %u segments overlap others; the last one wins", elf.overlaps);
	dump->indent--;
	aie_core_elf_close(&elf);
	return 0;
}

/* ---- control-code ELF -------------------------------------------------------------------------------------------- */

/* A section of known contents is opened before anything is printed. */
union content {
	struct aie_txn txn;
	struct aie_pdi pdi;
};

static int open_content(const struct aie_control_elf *elf, uint32_t i, union content *content, struct aie_error *error)
{
	const struct aie_control_elf_section *section = &elf->section[i];
	const struct aie_txn_limits limits = { .columns = elf->columns, .ignore_patches = true };
	int result = 0;

	switch (section->kind) {
	case AIE_CONTROL_TEXT:
	case AIE_CONTROL_SAVE:
	case AIE_CONTROL_RESTORE:
		result = aie_txn_open(&content->txn, section->data, section->size, &limits, error);
		break;
	case AIE_CONTROL_PDI:
		result = aie_pdi_open(&content->pdi, section->data, section->size, elf->columns, error);
		break;
	case AIE_CONTROL_DATA:
	case AIE_CONTROL_PM:
		break;
	}
	return result ? aie_error_prefix(error, "section %s (at 0x%zx)", section->name, section->offset) : 0;
}

static void close_content(const struct aie_control_elf *elf, uint32_t i, union content *content)
{
	switch (elf->section[i].kind) {
	case AIE_CONTROL_TEXT:
	case AIE_CONTROL_SAVE:
	case AIE_CONTROL_RESTORE:
		aie_txn_close(&content->txn);
		break;
	case AIE_CONTROL_PDI:
		aie_pdi_close(&content->pdi);
		break;
	case AIE_CONTROL_DATA:
	case AIE_CONTROL_PM:
		break;
	}
}

static void dump_control_section(struct dump *dump, const struct aie_control_elf *elf, uint32_t i,
                                 const union content *content)
{
	const struct aie_control_elf_section *section = &elf->section[i];
	char name[64];

	line(dump, "section '%s': %zu bytes at 0x%zx", printable(section->name, name, sizeof name), section->size,
	     section->offset);
	dump->indent++;
	for (uint32_t p = 0; p < elf->patch_count; p++) {
		const struct aie_control_elf_patch *patch = &elf->patch[p];

		if (patch->section == i)
			line(dump, "patch 0x%05x: %s with %s %+d", patch->offset,
			     aie_control_elf_schema_name(patch->schema), printable(patch->name, name, sizeof name),
			     patch->addend);
	}
	if (section->kind == AIE_CONTROL_PDI)
		dump_pdi(dump, &content->pdi);
	else if (section->kind != AIE_CONTROL_DATA && section->kind != AIE_CONTROL_PM)
		dump_txn(dump, &content->txn);
	dump->indent--;
}

static int open_and_dump_control_elf(struct dump *dump, const void *data, size_t size, struct aie_error *error)
{
	struct aie_control_elf elf;
	union content *contents;
	char name[128], other[128];
	uint32_t opened = 0;
	int result = -1;

	if (aie_control_elf_open(&elf, data, size, error))
		return -1;
	contents = calloc(elf.section_count ? elf.section_count : 1, sizeof *contents);
	if (!contents) {
		aie_error_set(error, AIE_ERROR_MEMORY, "no memory for %u sections", elf.section_count);
		goto out;
	}
	for (; opened < elf.section_count; opened++)
		if (open_content(&elf, opened, &contents[opened], error))
			goto out;
	line(dump, "control-code ELF, ABI version 0x%02x (%s)", elf.abi_version,
	     elf.full ? "full, with kernels and PDIs" : "plain, PDI from an xclbin");
	dump->indent++;
	if (elf.columns)
		line(dump, "partition of %u columns", elf.columns);
	for (uint32_t i = 0; i < elf.instance_count; i++)
		line(dump, "instance '%s:%s', %u arguments", printable(elf.instance[i].kernel, name, sizeof name),
		     printable(elf.instance[i].name, other, sizeof other), elf.instance[i].argument_count);
	for (uint32_t i = 0; i < elf.section_count; i++)
		dump_control_section(dump, &elf, i, &contents[i]);
	dump->indent--;
	result = 0;
out:
	for (uint32_t i = 0; i < opened; i++)
		close_content(&elf, i, &contents[i]);
	free(contents);
	aie_control_elf_close(&elf);
	return result;
}

int aie_image_dump(FILE *out, const void *data, size_t size, const struct aie_image_dump_options *options,
                   struct aie_error *error)
{
	struct dump dump = { .out = out, .options = *options };
	struct aie_cdo cdo;
	struct aie_pdi pdi;

	switch (aie_image_recognise(data, size)) {
	case AIE_FORMAT_XCLBIN:
		return open_and_dump_xclbin(&dump, data, size, error);
	case AIE_FORMAT_PDI:
		if (aie_pdi_open(&pdi, data, size, 0, error))
			return -1;
		dump_pdi(&dump, &pdi);
		aie_pdi_close(&pdi);
		return 0;
	case AIE_FORMAT_CDO:
		if (aie_cdo_open(&cdo, data, size, 0, error))
			return -1;
		dump_cdo(&dump, &cdo);
		aie_cdo_close(&cdo);
		return 0;
	case AIE_FORMAT_TXN:
	case AIE_FORMAT_TXN_TEXT:
		return open_and_dump_txn(&dump, data, size, error);
	case AIE_FORMAT_CORE_ELF:
		return open_and_dump_core_elf(&dump, data, size, error);
	case AIE_FORMAT_CONTROL_ELF:
		return open_and_dump_control_elf(&dump, data, size, error);
	case AIE_FORMAT_UNKNOWN:
		break;
	}
	return aie_error_set(
	        error, AIE_ERROR_INPUT,
	        "offset 0x0: none of the formats xclbin, PDI, CDO, transaction stream, core ELF, control-code ELF");
}
