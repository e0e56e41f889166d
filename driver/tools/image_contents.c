#include "driver/tools/image_contents.h"

#include <stdlib.h>
#include <string.h>

bool image_section_is_stream(const struct aie_control_elf_section *section)
{
	return section->kind == AIE_CONTROL_TEXT || section->kind == AIE_CONTROL_SAVE ||
	       section->kind == AIE_CONTROL_RESTORE;
}

const char *image_generation_name(unsigned generation)
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

static int open_pdis(struct image_contents *contents, uint32_t count, struct aie_error *error)
{
	contents->pdi = calloc(count, sizeof *contents->pdi);
	return contents->pdi ? 0 : aie_error_set(error, AIE_ERROR_MEMORY, "no memory for %u PDIs", count);
}

static int open_xclbin(struct image_contents *contents, const void *data, size_t size, struct aie_error *error)
{
	struct aie_xclbin *xclbin = &contents->xclbin;

	if (aie_xclbin_open(xclbin, data, size, 0, error) || open_pdis(contents, xclbin->pdi_count, error))
		return -1;
	for (; contents->pdi_count < xclbin->pdi_count; contents->pdi_count++) {
		const struct aie_xclbin_pdi *pdi = &xclbin->pdi[contents->pdi_count];

		if (aie_pdi_open(&contents->pdi[contents->pdi_count], pdi->data, pdi->size, xclbin->columns, error))
			return aie_error_prefix(error, "PDI %u (at 0x%zx)", contents->pdi_count,
			                        (size_t)(pdi->data - xclbin->data));
	}
	return 0;
}

static int open_pdi(struct image_contents *contents, const void *data, size_t size, struct aie_error *error)
{
	if (open_pdis(contents, 1, error) || aie_pdi_open(contents->pdi, data, size, 0, error))
		return -1;
	contents->pdi_count = 1;
	return 0;
}

static int open_stream(struct image_contents *contents, const void *data, size_t size, struct aie_error *error)
{
	struct aie_bytes bytes;
	int result;

	if (aie_txn_from_file(data, size, &bytes, error))
		return -1;
	contents->text = aie_txn_recognise_text(data, size);
	result = aie_txn_open(&contents->txn, bytes.data, bytes.size, NULL, error);
	aie_bytes_free(&bytes);
	return result;
}

static int open_section(const struct aie_control_elf *elf, uint32_t i, union image_section *content,
                        struct aie_error *error)
{
	const struct aie_control_elf_section *section = &elf->section[i];
	const struct aie_txn_limits limits = { .columns = elf->columns, .ignore_patches = true };
	int result = 0;

	if (image_section_is_stream(section))
		result = aie_txn_open(&content->txn, section->data, section->size, &limits, error);
	else if (section->kind == AIE_CONTROL_PDI)
		result = aie_pdi_open(&content->pdi, section->data, section->size, elf->columns, error);
	return result ? aie_error_prefix(error, "section %s (at 0x%zx)", section->name, section->offset) : 0;
}

static int open_control_elf(struct image_contents *contents, const void *data, size_t size, struct aie_error *error)
{
	struct aie_control_elf *elf = &contents->control;

	if (aie_control_elf_open(elf, data, size, error))
		return -1;
	contents->section = calloc(elf->section_count ? elf->section_count : 1, sizeof *contents->section);
	if (!contents->section)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for %u sections", elf->section_count);
	for (; contents->section_count < elf->section_count; contents->section_count++)
		if (open_section(elf, contents->section_count, &contents->section[contents->section_count], error))
			return -1;
	return 0;
}

int image_contents_open(struct image_contents *contents, const void *data, size_t size, struct aie_error *error)
{
	int result = -1;

	*contents = (struct image_contents){ .format = aie_image_recognise(data, size) };
	switch (contents->format) {
	case AIE_FORMAT_XCLBIN:
		result = open_xclbin(contents, data, size, error);
		break;
	case AIE_FORMAT_PDI:
		result = open_pdi(contents, data, size, error);
		break;
	case AIE_FORMAT_CDO:
		result = aie_cdo_open(&contents->cdo, data, size, 0, error);
		break;
	case AIE_FORMAT_TXN:
	case AIE_FORMAT_TXN_TEXT:
		result = open_stream(contents, data, size, error);
		break;
	case AIE_FORMAT_CORE_ELF:
		result = aie_core_elf_open(&contents->core, data, size, true, error);
		break;
	case AIE_FORMAT_CONTROL_ELF:
		result = open_control_elf(contents, data, size, error);
		break;
	case AIE_FORMAT_UNKNOWN:
		aie_error_set(error, AIE_ERROR_INPUT,
		              "offset 0x0: none of the formats xclbin, PDI, CDO, transaction stream, core ELF, "
		              "control-code ELF");
	}
	if (result)
		image_contents_close(contents);
	return result;
}

void image_contents_close(struct image_contents *contents)
{
	for (uint32_t i = 0; i < contents->section_count; i++) {
		if (image_section_is_stream(&contents->control.section[i]))
			aie_txn_close(&contents->section[i].txn);
		else if (contents->control.section[i].kind == AIE_CONTROL_PDI)
			aie_pdi_close(&contents->section[i].pdi);
	}
	free(contents->section);
	aie_control_elf_close(&contents->control);
	aie_core_elf_close(&contents->core);
	aie_txn_close(&contents->txn);
	aie_cdo_close(&contents->cdo);
	for (uint32_t i = 0; i < contents->pdi_count; i++)
		aie_pdi_close(&contents->pdi[i]);
	free(contents->pdi);
	aie_xclbin_close(&contents->xclbin);
	memset(contents, 0, sizeof *contents);
}
