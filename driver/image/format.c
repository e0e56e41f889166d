#include "driver/image/format.h"

#include <elf.h>

#include "driver/image/control_elf_internal.h"
#include "driver/image/core_elf.h"
#include "driver/image/image_internal.h"
#include "driver/image/pdi.h"
#include "driver/image/txn.h"
#include "driver/image/xclbin.h"

int aie_image_elf_header(Elf32_Ehdr *header, const uint8_t *data, size_t size, struct aie_error *error)
{
	if (size < sizeof *header)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x0: %zu bytes are too few for an ELF header of %zu", size,
		                     sizeof *header);
	memcpy(header, data, sizeof *header);
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x0: the ELF magic is missing");
	if (header->e_ident[EI_CLASS] != ELFCLASS32 || header->e_ident[EI_DATA] != ELFDATA2LSB)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x4: ELF class %u, data %u; 32-bit little endian is needed",
		                     header->e_ident[EI_CLASS], header->e_ident[EI_DATA]);
	return 0;
}

static enum aie_image_format elf_format(const uint8_t *data, size_t size)
{
	if (size < sizeof(Elf32_Ehdr))
		return AIE_FORMAT_UNKNOWN;
	switch (image_load16(data + offsetof(Elf32_Ehdr, e_machine))) {
	case AIE_CORE_ELF_MACHINE:
		return AIE_FORMAT_CORE_ELF;
	case CONTROL_ELF_MACHINE:
		return AIE_FORMAT_CONTROL_ELF;
	default:
		return AIE_FORMAT_UNKNOWN;
	}
}

enum aie_image_format aie_image_recognise(const void *data, size_t size)
{
	const uint8_t *bytes = data;

	if (aie_xclbin_recognise(data, size))
		return AIE_FORMAT_XCLBIN;
	if (size >= SELFMAG && memcmp(bytes, ELFMAG, SELFMAG) == 0)
		return elf_format(bytes, size);
	if (aie_pdi_recognise(data, size))
		return AIE_FORMAT_PDI;
	if (size >= 8 && (image_load32(bytes + 4) == AIE_CDO_IDENTIFICATION ||
	                  image_load32(bytes + 4) == AIE_CDO_IDENTIFICATION_OLD))
		return AIE_FORMAT_CDO;
	if (size >= 4 && ((bytes[0] == 0 && bytes[1] == 1) || (bytes[0] == 1 && bytes[1] == 0)))
		return AIE_FORMAT_TXN;
	if (aie_txn_recognise_text(data, size))
		return AIE_FORMAT_TXN_TEXT;
	return AIE_FORMAT_UNKNOWN;
}

const char *aie_image_format_name(enum aie_image_format format)
{
	static const char *const names[] = {
		[AIE_FORMAT_UNKNOWN] = "unknown",
		[AIE_FORMAT_XCLBIN] = "xclbin",
		[AIE_FORMAT_PDI] = "PDI",
		[AIE_FORMAT_CDO] = "CDO",
		[AIE_FORMAT_TXN] = "transaction stream",
		[AIE_FORMAT_TXN_TEXT] = "transaction stream (text)",
		[AIE_FORMAT_CORE_ELF] = "core ELF",
		[AIE_FORMAT_CONTROL_ELF] = "control-code ELF",
	};

	return names[format];
}
