/* aie-image dump --json: what an image says, for scripts. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "driver/image/control_packet.h"
#include "driver/image/explain.h"
#include "driver/image/registers.h"
#include "driver/tools/image_contents.h"
#include "driver/tools/image_tool.h"

struct writer {
	struct aie_json *json;
	const struct aie_image_dump_options *options;
};

static void add_hex(struct aie_json *json, const char *key, const uint8_t *bytes, size_t count)
{
	char text[33];

	for (size_t i = 0; i < count && i < 16; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	aie_json_string(json, key, text);
}

/* ---- operations -------------------------------------------------------------------------------------------------- */

static void add_fields(struct aie_json *json, const struct aie_register_location *location, uint32_t value,
                       uint32_t mask)
{
	const struct aie_tile_register *reg = location->reg;
	char meaning[64];

	if (reg->width != 32)
		return;
	aie_json_begin_object(json, "fields");
	for (unsigned i = 0; i < reg->field_count; i++)
		if (mask & aie_field_mask(reg->field[i].lsb, reg->field[i].width))
			aie_json_u64(json, reg->field[i].name,
			             aie_field_get(value, reg->field[i].lsb, reg->field[i].width));
	aie_json_end_object(json);
	aie_json_begin_object(json, "meanings");
	for (unsigned i = 0; i < reg->field_count; i++)
		if (mask & aie_field_mask(reg->field[i].lsb, reg->field[i].width) &&
		    aie_field_explain(reg, &reg->field[i], value, meaning, sizeof meaning))
			aie_json_string(json, reg->field[i].name, meaning);
	aie_json_end_object(json);
}

/* Tile, offset and register of an address; true when there is such a register. */
static bool add_place(struct aie_json *json, uint64_t address, struct aie_register_location *location)
{
	const unsigned row = aie_address_row(address);
	char name[192];

	aie_json_u64(json, "column", aie_address_column(address));
	aie_json_u64(json, "row", row);
	aie_json_u64(json, "tile_offset", aie_address_offset(address));
	if (!aie_register_find(aie_tile_kind_of_row(row), aie_address_offset(address), location))
		return false;
	aie_register_print(location, name, sizeof name);
	aie_json_string(json, "module", aie_register_module_name((enum aie_register_module)location->reg->module));
	aie_json_string(json, "register", name);
	return true;
}

static void add_words(struct aie_json *json, const uint32_t *words, uint32_t count)
{
	aie_json_begin_array(json, "words");
	for (uint32_t i = 0; i < count; i++)
		aie_json_u64(json, NULL, words[i]);
	aie_json_end_array(json);
}

/* A block onto registers: each word as the register it reaches, and descriptors as a sentence. */
static void add_registers(struct aie_json *json, const struct aie_operation *operation)
{
	aie_json_begin_array(json, "registers");
	for (uint32_t i = 0; i < operation->count; i++) {
		struct aie_register_location location;
		char sentence[512];
		unsigned number;

		aie_json_begin_object(json, NULL);
		if (aie_descriptor_explain(operation, i, &number, sentence, sizeof sentence)) {
			aie_json_u64(json, "bd", number);
			aie_json_string(json, "descriptor", sentence);
		}
		if (add_place(json, operation->address + 4 * (uint64_t)i, &location))
			add_fields(json, &location, operation->words[i], UINT32_MAX);
		aie_json_u64(json, "value", operation->words[i]);
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
}

static void add_block(const struct writer *writer, const struct aie_operation *operation)
{
	struct aie_register_location location;
	const bool known = add_place(writer->json, operation->address, &location);

	aie_json_u64(writer->json, "count", operation->count);
	if (known && location.reg->width < 128)
		add_registers(writer->json, operation);
	else if (!known || writer->options->data)
		add_words(writer->json, operation->words, operation->count);
}

static void add_wait(struct aie_json *json, const struct aie_operation *operation)
{
	aie_json_u64(json, "column", operation->column);
	aie_json_u64(json, "row", operation->row);
	aie_json_u64(json, "columns", operation->columns);
	aie_json_u64(json, "rows", operation->rows);
	aie_json_string(json, "direction", operation->mm2s ? "mm2s" : "s2mm");
	aie_json_u64(json, "channel", operation->channel);
}

static void add_details(const struct writer *writer, const struct aie_operation *operation)
{
	const bool masked = operation->kind == AIE_OPERATION_MASK_WRITE || operation->kind == AIE_OPERATION_MASK_POLL ||
	                    operation->kind == AIE_OPERATION_MASK_POLL_BUSY;
	struct aie_register_location location;
	struct aie_json *json = writer->json;

	switch ((enum aie_operation_kind)operation->kind) {
	case AIE_OPERATION_WRITE:
	case AIE_OPERATION_MASK_WRITE:
	case AIE_OPERATION_MASK_POLL:
	case AIE_OPERATION_MASK_POLL_BUSY:
		if (add_place(json, operation->address, &location))
			add_fields(json, &location, operation->value, masked ? operation->mask : UINT32_MAX);
		if (masked)
			aie_json_u64(json, "mask", operation->mask);
		aie_json_u64(json, "value", operation->value);
		break;
	case AIE_OPERATION_BLOCK_WRITE:
		add_block(writer, operation);
		break;
	case AIE_OPERATION_WAIT:
		add_wait(json, operation);
		break;
	case AIE_OPERATION_DDR_PATCH:
		add_place(json, operation->address, &location);
		aie_json_u64(json, "argument", operation->argument);
		aie_json_u64(json, "addend", operation->addend);
		break;
	case AIE_OPERATION_LOAD_PDI:
	case AIE_OPERATION_CREATE_SCRATCHPAD:
		aie_json_u64(json, "id", operation->value);
		aie_json_u64(json, "size", operation->pdi_size);
		aie_json_u64(json, "address", operation->pdi_address);
		break;
	case AIE_OPERATION_UPDATE_STATE:
	case AIE_OPERATION_UPDATE_REG:
		if (operation->kind == AIE_OPERATION_UPDATE_REG)
			add_place(json, operation->address, &location);
		aie_json_u64(json, "state", operation->index);
		aie_json_u64(json, "function", operation->function);
		aie_json_u64(json, "value", operation->value);
		break;
	case AIE_OPERATION_READ_REGS:
		add_words(json, operation->words, 2 * operation->count);
		break;
	case AIE_OPERATION_LOAD_PM:
	case AIE_OPERATION_NOP:
		aie_json_u64(json, "count", operation->count);
		break;
	case AIE_OPERATION_PREEMPT:
	case AIE_OPERATION_RECORD_TIMER:
		aie_json_u64(json, "value", operation->value);
		break;
	case AIE_OPERATION_MERGE_SYNC:
		aie_json_u64(json, "value", operation->value);
		aie_json_u64(json, "columns", operation->columns);
		break;
	case AIE_OPERATION_UPDATE_SCRATCH:
	case AIE_OPERATION_KINDS:
		break;
	}
}

static void add_operation(const struct writer *writer, const struct aie_operation *operation)
{
	aie_json_begin_object(writer->json, NULL);
	aie_json_string(writer->json, "operation", aie_operation_name((enum aie_operation_kind)operation->kind));
	aie_json_u64(writer->json, "offset", operation->offset);
	add_details(writer, operation);
	aie_json_end_object(writer->json);
}

/* ---- members of the object that is open -------------------------------------------------------------------------- */

static void add_cdo(const struct writer *writer, const struct aie_cdo *cdo)
{
	struct aie_cdo_cursor cursor = { 0 };
	struct aie_operation operation;

	aie_json_u64(writer->json, "cdo_version", cdo->version);
	aie_json_begin_array(writer->json, "operations");
	while (aie_cdo_next(cdo, &cursor, &operation))
		add_operation(writer, &operation);
	aie_json_end_array(writer->json);
}

static void add_pdi(const struct writer *writer, const struct aie_pdi *pdi)
{
	aie_json_string(writer->json, "image_name", pdi->name);
	aie_json_u64(writer->json, "id_code", pdi->id_code);
	aie_json_u64(writer->json, "pdi_id", pdi->pdi_id);
	aie_json_bool(writer->json, "transformed", pdi->transformed);
	add_cdo(writer, &pdi->cdo);
}

static void add_stream(const struct writer *writer, const struct aie_txn *txn)
{
	struct aie_operation operation;
	size_t position = 0;

	aie_json_string(writer->json, "version", txn->version == AIE_TXN_V0_1 ? "0.1" : "1.0");
	aie_json_u64(writer->json, "generation", txn->generation);
	aie_json_string(writer->json, "device", image_generation_name(txn->generation));
	aie_json_u64(writer->json, "columns", txn->columns);
	aie_json_u64(writer->json, "rows", txn->rows);
	aie_json_u64(writer->json, "bytes", txn->size);
	aie_json_begin_array(writer->json, "operations");
	while (aie_txn_next(txn, &position, &operation))
		add_operation(writer, &operation);
	aie_json_end_array(writer->json);
}

static void add_sections(struct aie_json *json, const struct aie_xclbin *xclbin)
{
	aie_json_begin_array(json, "sections");
	for (uint32_t i = 0; i < xclbin->section_count; i++) {
		const struct aie_xclbin_section *section = &xclbin->section[i];
		const char *kind = aie_xclbin_section_kind_name(section->kind);

		aie_json_begin_object(json, NULL);
		aie_json_u64(json, "kind", section->kind);
		if (kind)
			aie_json_string(json, "kind_name", kind);
		aie_json_string(json, "name", section->name);
		aie_json_u64(json, "offset", section->offset);
		aie_json_u64(json, "size", section->size);
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
}

static void add_kernels(struct aie_json *json, const struct aie_xclbin *xclbin)
{
	aie_json_begin_array(json, "kernels");
	for (uint32_t i = 0; i < xclbin->kernel_count; i++) {
		const struct aie_xclbin_kernel *kernel = &xclbin->kernel[i];

		aie_json_begin_object(json, NULL);
		aie_json_string(json, "name", kernel->name);
		aie_json_string(json, "instance", kernel->instance);
		aie_json_u64(json, "id", kernel->id);
		aie_json_u64(json, "functional", kernel->functional);
		aie_json_u64(json, "pdi", kernel->pdi);
		aie_json_u64(json, "register_map_bytes", kernel->register_map_bytes);
		aie_json_begin_array(json, "arguments");
		for (uint32_t j = 0; j < kernel->argument_count; j++) {
			const struct aie_xclbin_argument *argument = &kernel->argument[j];

			aie_json_begin_object(json, NULL);
			aie_json_u64(json, "id", argument->id);
			aie_json_string(json, "name", argument->name);
			aie_json_bool(json, "buffer", argument->qualifier != 0);
			aie_json_u64(json, "offset", argument->offset);
			aie_json_u64(json, "size", argument->size);
			aie_json_i64(json, "memory", argument->memory);
			aie_json_end_object(json);
		}
		aie_json_end_array(json);
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
}

static void add_xclbin(const struct writer *writer, const struct image_contents *contents)
{
	const struct aie_xclbin *xclbin = &contents->xclbin;
	struct aie_json *json = writer->json;

	aie_json_u64(json, "time_stamp", xclbin->time_stamp);
	add_hex(json, "uuid", xclbin->uuid, sizeof xclbin->uuid);
	aie_json_u64(json, "columns", xclbin->columns);
	aie_json_string(json, "partition", xclbin->partition_name);
	aie_json_u64(json, "operations_per_cycle", xclbin->operations_per_cycle);
	add_sections(json, xclbin);
	add_kernels(json, xclbin);
	aie_json_begin_array(json, "pdis");
	for (uint32_t i = 0; i < contents->pdi_count; i++) {
		aie_json_begin_object(json, NULL);
		add_hex(json, "uuid", xclbin->pdi[i].uuid, sizeof xclbin->pdi[i].uuid);
		aie_json_u64(json, "bytes", xclbin->pdi[i].size);
		add_pdi(writer, &contents->pdi[i]);
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
}

static void add_core_elf(struct aie_json *json, const struct aie_core_elf *elf)
{
	aie_json_u64(json, "flags", elf->flags);
	aie_json_u64(json, "entry", elf->entry);
	aie_json_u64(json, "program_bytes", elf->program_bytes);
	aie_json_begin_array(json, "pieces");
	for (uint32_t i = 0; i < elf->piece_count; i++) {
		aie_json_begin_object(json, NULL);
		aie_json_string(json, "memory", aie_core_elf_window_name(elf->piece[i].window));
		aie_json_u64(json, "offset", elf->piece[i].offset);
		aie_json_u64(json, "size", elf->piece[i].size);
		aie_json_bool(json, "filled", !elf->piece[i].data);
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
}

static void add_packets(struct aie_json *json, const uint8_t *data, size_t size)
{
	struct aie_control_packet packet;
	size_t position = 0;

	aie_json_begin_array(json, "packets");
	while (aie_control_packet_next(data, size, &position, &packet)) {
		aie_json_begin_object(json, NULL);
		aie_json_u64(json, "stream_id", packet.stream_id);
		aie_json_string(json, "operation", aie_control_packet_operation_name(packet.operation));
		aie_json_u64(json, "tile_offset", packet.address);
		aie_json_u64(json, "beats", packet.beats);
		add_words(json, packet.data, packet.data_words);
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
	aie_json_u64(json, "other_bytes", size - position);
}

static void add_patches(struct aie_json *json, const struct aie_control_elf *elf, uint32_t section)
{
	aie_json_begin_array(json, "patches");
	for (uint32_t i = 0; i < elf->patch_count; i++) {
		const struct aie_control_elf_patch *patch = &elf->patch[i];

		if (patch->section != section)
			continue;
		aie_json_begin_object(json, NULL);
		aie_json_u64(json, "offset", patch->offset);
		aie_json_string(json, "schema", aie_control_elf_schema_name(patch->schema));
		aie_json_string(json, "symbol", patch->name);
		aie_json_i64(json, "addend", patch->addend);
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
}

static void add_control_elf(const struct writer *writer, const struct image_contents *contents)
{
	const struct aie_control_elf *elf = &contents->control;
	struct aie_json *json = writer->json;

	aie_json_u64(json, "abi_version", elf->abi_version);
	aie_json_bool(json, "full", elf->full);
	aie_json_u64(json, "columns", elf->columns);
	aie_json_begin_array(json, "instances");
	for (uint32_t i = 0; i < elf->instance_count; i++) {
		aie_json_begin_object(json, NULL);
		aie_json_string(json, "kernel", elf->instance[i].kernel);
		aie_json_string(json, "name", elf->instance[i].name);
		aie_json_u64(json, "arguments", elf->instance[i].argument_count);
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
	aie_json_begin_array(json, "sections");
	for (uint32_t i = 0; i < elf->section_count; i++) {
		const struct aie_control_elf_section *section = &elf->section[i];

		aie_json_begin_object(json, NULL);
		aie_json_string(json, "name", section->name);
		aie_json_u64(json, "offset", section->offset);
		aie_json_u64(json, "size", section->size);
		add_patches(json, elf, i);
		if (image_section_is_stream(section))
			add_stream(writer, &contents->section[i].txn);
		else if (section->kind == AIE_CONTROL_PDI)
			add_pdi(writer, &contents->section[i].pdi);
		else
			add_packets(json, section->data, section->size);
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
}

int aie_image_dump_json(struct aie_json *json, const char *path, const void *data, size_t size,
                        const struct aie_image_dump_options *options, struct aie_error *error)
{
	const struct writer writer = { json, options };
	struct image_contents contents;

	if (image_contents_open(&contents, data, size, error))
		return -1;
	aie_json_begin_object(json, NULL);
	aie_json_string(json, "file", path);
	aie_json_string(json, "format", aie_image_format_name(contents.format));
	switch (contents.format) {
	case AIE_FORMAT_XCLBIN:
		add_xclbin(&writer, &contents);
		break;
	case AIE_FORMAT_PDI:
		add_pdi(&writer, contents.pdi);
		break;
	case AIE_FORMAT_CDO:
		add_cdo(&writer, &contents.cdo);
		break;
	case AIE_FORMAT_TXN:
	case AIE_FORMAT_TXN_TEXT:
		add_stream(&writer, &contents.txn);
		break;
	case AIE_FORMAT_CORE_ELF:
		add_core_elf(json, &contents.core);
		break;
	case AIE_FORMAT_CONTROL_ELF:
		add_control_elf(&writer, &contents);
		break;
	case AIE_FORMAT_UNKNOWN:
		break;
	}
	aie_json_end_object(json);
	image_contents_close(&contents);
	return 0;
}
