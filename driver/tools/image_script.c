/* aie-image dump --script: an image as the description that aie-image build makes it from again. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "driver/image/registers.h"
#include "driver/tools/image_build.h"
#include "driver/tools/image_contents.h"
#include "driver/tools/image_tool.h"

enum { FIRST_BUFFER = 3 }; /* kernel argument, behind opcode, instr, ninstr */

/* ---- operations -------------------------------------------------------------------------------------------------- */

/* "VERB C R REGISTER": by name where the name leads back to the same place. */
static void put_place(FILE *out, const char *verb, uint64_t address)
{
	const unsigned row = aie_address_row(address);
	const enum aie_tile_kind kind = aie_tile_kind_of_row(row);
	const uint32_t offset = aie_address_offset(address);
	struct aie_register_location location;
	char name[192], full[224];
	uint32_t back;

	fprintf(out, "%s %u %u ", verb, aie_address_column(address), row);
	if (aie_register_find(kind, offset, &location)) {
		aie_register_print(&location, name, sizeof name);
		snprintf(full, sizeof full, "%s.%s",
		         aie_register_module_name((enum aie_register_module)location.reg->module), name);
		if (aie_register_parse(kind, full, &back) && back == offset) {
			fputs(full, out);
			return;
		}
	}
	fprintf(out, "0x%05x", offset);
}

static void put_words(FILE *out, const uint32_t *words, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		fprintf(out, words[i] ? " 0x%x" : " 0", words[i]);
}

static void put_state(FILE *out, const struct aie_operation *operation)
{
	static const char *const functions[] = { "multiply", "increment", "decrement" };

	if (operation->kind == AIE_OPERATION_UPDATE_REG)
		put_place(out, "state", operation->address);
	else
		fputs("state", out);
	fprintf(out, " %u %s 0x%x", operation->index, functions[operation->function], operation->value);
}

static void put_operation(FILE *out, const struct aie_operation *operation)
{
	switch ((enum aie_operation_kind)operation->kind) {
	case AIE_OPERATION_WRITE:
		put_place(out, "write", operation->address);
		fprintf(out, " 0x%x", operation->value);
		break;
	case AIE_OPERATION_MASK_WRITE:
	case AIE_OPERATION_MASK_POLL:
	case AIE_OPERATION_MASK_POLL_BUSY:
		put_place(out,
		          operation->kind == AIE_OPERATION_MASK_WRITE  ? "mask"
		          : operation->kind == AIE_OPERATION_MASK_POLL ? "poll"
		                                                       : "poll_busy",
		          operation->address);
		fprintf(out, " 0x%x 0x%x", operation->mask, operation->value);
		break;
	case AIE_OPERATION_BLOCK_WRITE:
		put_place(out, "block", operation->address);
		put_words(out, operation->words, operation->count);
		break;
	case AIE_OPERATION_NOP:
		fputs("nop", out);
		break;
	case AIE_OPERATION_PREEMPT:
		fprintf(out, "preempt %u", operation->value);
		break;
	case AIE_OPERATION_LOAD_PDI:
		fprintf(out, "load_pdi %u %u 0x%" PRIx64, operation->value, operation->pdi_size,
		        operation->pdi_address);
		break;
	case AIE_OPERATION_LOAD_PM:
		fprintf(out, "load_pm %u %u", operation->count, operation->value);
		break;
	case AIE_OPERATION_CREATE_SCRATCHPAD:
		fprintf(out, "scratchpad %u %u 0x%" PRIx64, operation->value, operation->pdi_size,
		        operation->pdi_address);
		break;
	case AIE_OPERATION_UPDATE_STATE:
	case AIE_OPERATION_UPDATE_REG:
		put_state(out, operation);
		break;
	case AIE_OPERATION_UPDATE_SCRATCH:
		fputs("update_scratch", out);
		break;
	case AIE_OPERATION_WAIT:
		fprintf(out, "wait %u %u %s %u %u %u", operation->column, operation->row,
		        operation->mm2s ? "mm2s" : "s2mm", operation->channel, operation->columns, operation->rows);
		break;
	case AIE_OPERATION_DDR_PATCH:
		put_place(out, "patch", operation->address);
		fprintf(out, " %u 0x%" PRIx64, operation->argument, operation->addend);
		break;
	case AIE_OPERATION_READ_REGS:
		fputs("read", out);
		for (uint32_t i = 0; i < operation->count; i++)
			fprintf(out, " 0x%x", operation->words[2 * i]);
		break;
	case AIE_OPERATION_RECORD_TIMER:
		fprintf(out, "timer %u", operation->value);
		break;
	case AIE_OPERATION_MERGE_SYNC:
		fprintf(out, "merge_sync %u %u", operation->value, operation->columns);
		break;
	case AIE_OPERATION_KINDS:
		break;
	}
	fputc('\n', out);
}

/* ---- images ------------------------------------------------------------------------------------------------------ */

static void note_column(unsigned *columns, const struct aie_operation *operation)
{
	if (operation->kind != AIE_OPERATION_NOP && aie_address_column(operation->address) >= *columns)
		*columns = aie_address_column(operation->address) + 1;
}

/* Empty NOPs are padding, which the writer makes anew; those with words have no meaning either. */
static void put_cdo(FILE *out, const struct aie_cdo *cdo)
{
	struct aie_cdo_cursor cursor = { 0 };
	struct aie_operation operation;
	bool any = false;

	while (aie_cdo_next(cdo, &cursor, &operation)) {
		if (operation.kind == AIE_OPERATION_NOP)
			continue;
		put_operation(out, &operation);
		any = true;
	}
	if (!any)
		fputs("nop\n", out);
}

/* A CDO does not say how wide its partition is. */
static void put_columns_of(FILE *out, const struct aie_cdo *cdo)
{
	struct aie_cdo_cursor cursor = { 0 };
	struct aie_operation operation;
	unsigned columns = AIE_NPU4_COLUMNS;

	while (aie_cdo_next(cdo, &cursor, &operation))
		note_column(&columns, &operation);
	fprintf(out, "columns %u\n", columns);
}

static void put_stream(FILE *out, const struct aie_txn *txn)
{
	struct aie_operation operation;
	size_t position = 0;

	while (aie_txn_next(txn, &position, &operation))
		put_operation(out, &operation);
}

static void put_image(FILE *out, enum build_kind kind)
{
	fprintf(out, "image %s\n", build_kind_name(kind));
}

static unsigned buffers_of(const struct aie_xclbin_kernel *kernel)
{
	return kernel->argument_count > FIRST_BUFFER ? kernel->argument_count - FIRST_BUFFER : 0;
}

static void put_xclbin(FILE *out, const struct image_contents *contents)
{
	const struct aie_xclbin *xclbin = &contents->xclbin;

	put_image(out, BUILD_XCLBIN);
	fprintf(out, "columns %u\ntime %" PRIu64 "\n", xclbin->columns, xclbin->time_stamp);
	for (uint32_t i = 0; i < xclbin->kernel_count; i++) {
		const struct aie_xclbin_kernel *kernel = &xclbin->kernel[i];

		fprintf(out, "kernel %s:%s 0x%x %u %u\n", kernel->name, kernel->instance, kernel->id,
		        buffers_of(kernel), kernel->pdi);
	}
	for (uint32_t i = 0; i < contents->pdi_count; i++) {
		fputs("pdi\n", out);
		put_cdo(out, &contents->pdi[i].cdo);
	}
}

static void put_stream_image(FILE *out, enum build_kind kind, const struct aie_txn *txn)
{
	put_image(out, kind);
	fprintf(out, "columns %u\ngeneration %u\n", txn->columns ? txn->columns : AIE_NPU4_COLUMNS, txn->generation);
	put_stream(out, txn);
}

/* Build makes one patch of every DDR_PATCH and LOAD_PDI; other patches have no statement. */
static int check_patches(const struct image_contents *contents, struct aie_error *error)
{
	const struct aie_control_elf *elf = &contents->control;

	for (uint32_t i = 0; i < elf->section_count; i++) {
		struct aie_operation operation;
		size_t position = 0, expected = 0, patches = 0;

		if (elf->section[i].kind != AIE_CONTROL_TEXT && elf->section[i].kind != AIE_CONTROL_PDI)
			return aie_error_set(error, AIE_ERROR_UNIMPLEMENTED,
			                     "a description has no statement for section %s", elf->section[i].name);
		for (uint32_t p = 0; p < elf->patch_count; p++)
			patches += elf->patch[p].section == i;
		if (elf->section[i].kind == AIE_CONTROL_TEXT)
			while (aie_txn_next(&contents->section[i].txn, &position, &operation))
				expected += operation.kind == AIE_OPERATION_DDR_PATCH ||
				            operation.kind == AIE_OPERATION_LOAD_PDI;
		if (patches != expected)
			return aie_error_set(error, AIE_ERROR_UNIMPLEMENTED,
			                     "section %s has %zu patches, but %zu DDR_PATCH and LOAD_PDI; a "
			                     "description has no statement for other patches",
			                     elf->section[i].name, patches, expected);
	}
	return 0;
}

static void put_full_elf(FILE *out, const struct image_contents *contents)
{
	const struct aie_control_elf *elf = &contents->control;

	put_image(out, BUILD_FULL_ELF);
	fprintf(out, "columns %u\nkernel %s %u\n", elf->columns, elf->instance[0].kernel,
	        elf->instance[0].argument_count);
	for (uint32_t i = 0; i < elf->section_count; i++) {
		if (elf->section[i].kind != AIE_CONTROL_PDI)
			continue;
		fputs("pdi\n", out);
		put_cdo(out, &contents->section[i].pdi.cdo);
	}
	for (uint32_t i = 0; i < elf->instance_count; i++) {
		fprintf(out, "instance %s\n", elf->instance[i].name);
		put_stream(out, &contents->section[elf->instance[i].text].txn);
	}
}

static int put_control_elf(FILE *out, const struct image_contents *contents, struct aie_error *error)
{
	const struct aie_control_elf *elf = &contents->control;

	if (check_patches(contents, error))
		return -1;
	for (uint32_t i = 1; i < elf->instance_count; i++)
		if (strcmp(elf->instance[i].kernel, elf->instance[0].kernel))
			return aie_error_set(error, AIE_ERROR_UNIMPLEMENTED,
			                     "a description has no statement for a second kernel ('%.60s')",
			                     elf->instance[i].kernel);
	if (elf->full)
		put_full_elf(out, contents);
	else
		put_stream_image(out, BUILD_ELF, &contents->section[elf->instance[0].text].txn);
	return 0;
}

int aie_image_script(FILE *out, const void *data, size_t size, struct aie_error *error)
{
	struct image_contents contents;
	int result = 0;

	if (image_contents_open(&contents, data, size, error))
		return -1;
	switch (contents.format) {
	case AIE_FORMAT_XCLBIN:
		put_xclbin(out, &contents);
		break;
	case AIE_FORMAT_PDI:
	case AIE_FORMAT_CDO:
		put_image(out, contents.format == AIE_FORMAT_PDI ? BUILD_PDI : BUILD_CDO);
		put_columns_of(out, contents.pdi ? &contents.pdi->cdo : &contents.cdo);
		put_cdo(out, contents.pdi ? &contents.pdi->cdo : &contents.cdo);
		break;
	case AIE_FORMAT_TXN:
	case AIE_FORMAT_TXN_TEXT:
		put_stream_image(out,
		                 contents.text                          ? BUILD_TXN_TEXT
		                 : contents.txn.version == AIE_TXN_V1_0 ? BUILD_TXN_1_0
		                                                        : BUILD_TXN,
		                 &contents.txn);
		break;
	case AIE_FORMAT_CORE_ELF:
		result = aie_error_set(error, AIE_ERROR_UNIMPLEMENTED,
		                       "a core ELF is no array program; aie-objdump writes its source");
		break;
	case AIE_FORMAT_CONTROL_ELF:
		result = put_control_elf(out, &contents, error);
		break;
	case AIE_FORMAT_UNKNOWN:
		break;
	}
	image_contents_close(&contents);
	return result;
}
