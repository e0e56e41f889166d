/* aie-image dump: what an image says, in lines a person can read. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver/image/control_packet.h"
#include "driver/image/explain.h"
#include "driver/image/registers.h"
#include "driver/tools/image_contents.h"
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
		char sentence[512];
		unsigned number;
		enum aie_tile_kind kind = aie_tile_kind_of_row(aie_address_row(address));
		struct aie_register_location location;
		char name[192], fields[1024];

		if (aie_descriptor_explain(operation, i, &number, sentence, sizeof sentence))
			line(dump, "BD %u: %s", number, sentence);
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

static void dump_txn(struct dump *dump, const struct aie_txn *txn)
{
	struct aie_operation operation;
	size_t position = 0;

	line(dump,
	     "transaction stream version %s, device generation %u (%s), %u columns, %u rows, %u operations, %u bytes",
	     txn->version == AIE_TXN_V0_1 ? "0.1" : "1.0", txn->generation, image_generation_name(txn->generation),
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

static void dump_core_elf(struct dump *dump, const struct aie_core_elf *elf)
{
	line(dump, "core ELF, flags %u (%s), entry 0x%x, program up to 0x%x", elf->flags,
	     elf->flags == AIE_CORE_ELF_FLAGS_AIE2P ? "AIE2P" : "another generation, not for this device", elf->entry,
	     elf->program_bytes);
	dump->indent++;
	for (uint32_t i = 0; i < elf->piece_count; i++) {
		const struct aie_core_elf_piece *piece = &elf->piece[i];

		if (piece->data)
			line(dump, "%s 0x%05x: %u bytes", aie_core_elf_window_name(piece->window), piece->offset,
			     piece->size);
		else
			line(dump, "%s 0x%05x: %u bytes filled with 0x%08x", aie_core_elf_window_name(piece->window),
			     piece->offset, piece->size, piece->fill);
	}
	if (elf->overlaps)
		line(dump, "warning: %u segments overlap others; the last one wins", elf->overlaps);
	dump->indent--;
}

/* ---- control-code ELF -------------------------------------------------------------------------------------------- */

/* Control packets: what each asks of the tile that its stream id leads to. */
static void dump_packets(struct dump *dump, const uint8_t *data, size_t size)
{
	struct aie_control_packet packet;
	size_t position = 0;

	while (aie_control_packet_next(data, size, &position, &packet)) {
		char words[64] = "", *at = words;

		for (unsigned i = 0; i < packet.data_words; i++)
			at += sprintf(at, " %08x", packet.data[i]);
		line(dump, "packet of stream id %u type %u: %s %u words at 0x%05x%s%s", packet.stream_id, packet.type,
		     aie_control_packet_operation_name(packet.operation), packet.beats, packet.address,
		     packet.data_words ? ":" : "", words);
	}
	if (position < size)
		line(dump, "%zu bytes from 0x%zx that are no control packets", size - position, position);
}

static void dump_control_section(struct dump *dump, const struct aie_control_elf *elf, uint32_t i,
                                 const union image_section *content)
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
	else if (image_section_is_stream(section))
		dump_txn(dump, &content->txn);
	else
		dump_packets(dump, section->data, section->size);
	dump->indent--;
}

static void dump_control_elf(struct dump *dump, const struct image_contents *contents)
{
	const struct aie_control_elf *elf = &contents->control;
	char name[128], other[128];

	line(dump, "control-code ELF, ABI version 0x%02x (%s)", elf->abi_version,
	     elf->full ? "full, with kernels and PDIs" : "plain, PDI from an xclbin");
	dump->indent++;
	if (elf->columns)
		line(dump, "partition of %u columns", elf->columns);
	for (uint32_t i = 0; i < elf->instance_count; i++)
		line(dump, "instance '%s:%s', %u arguments", printable(elf->instance[i].kernel, name, sizeof name),
		     printable(elf->instance[i].name, other, sizeof other), elf->instance[i].argument_count);
	for (uint32_t i = 0; i < elf->section_count; i++)
		dump_control_section(dump, elf, i, &contents->section[i]);
	dump->indent--;
}

static void dump_contents(struct dump *dump, const struct image_contents *contents)
{
	switch (contents->format) {
	case AIE_FORMAT_XCLBIN:
		dump_xclbin(dump, &contents->xclbin, contents->pdi);
		break;
	case AIE_FORMAT_PDI:
		dump_pdi(dump, contents->pdi);
		break;
	case AIE_FORMAT_CDO:
		dump_cdo(dump, &contents->cdo);
		break;
	case AIE_FORMAT_TXN:
	case AIE_FORMAT_TXN_TEXT:
		dump_txn(dump, &contents->txn);
		break;
	case AIE_FORMAT_CORE_ELF:
		dump_core_elf(dump, &contents->core);
		break;
	case AIE_FORMAT_CONTROL_ELF:
		dump_control_elf(dump, contents);
		break;
	case AIE_FORMAT_UNKNOWN:
		break;
	}
}

int aie_image_dump(FILE *out, const void *data, size_t size, const struct aie_image_dump_options *options,
                   struct aie_error *error)
{
	struct dump dump = { .out = out, .options = *options };
	struct image_contents contents;

	if (image_contents_open(&contents, data, size, error))
		return -1;
	dump_contents(&dump, &contents);
	image_contents_close(&contents);
	return 0;
}
