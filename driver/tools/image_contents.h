/* An image of any format, opened and checked down to its last operation: what dump prints as text, JSON or description.
 */
#ifndef AIE_DRIVER_TOOLS_IMAGE_CONTENTS_H
#define AIE_DRIVER_TOOLS_IMAGE_CONTENTS_H

#include "driver/image/control_elf.h"
#include "driver/image/core_elf.h"
#include "driver/image/format.h"
#include "driver/image/pdi.h"
#include "driver/image/txn.h"
#include "driver/image/xclbin.h"

/* What a section of a control-code ELF holds; which of them, aie_control_elf_section.kind says. */
union image_section {
	struct aie_txn txn;
	struct aie_pdi pdi;
};

struct image_contents {
	enum aie_image_format format;
	struct aie_xclbin xclbin;
	struct aie_pdi *pdi; /* xclbin: one each; PDI: the only one */
	uint32_t pdi_count;
	struct aie_cdo cdo;
	struct aie_txn txn;
	bool text; /* the stream came as text */
	struct aie_core_elf core;
	struct aie_control_elf control;
	union image_section *section;
	uint32_t section_count; /* opened ones */
};

/* `data` must stay while the contents are used.  Errors are those of the readers; everything is closed then. */
int image_contents_open(struct image_contents *contents, const void *data, size_t size, struct aie_error *error);
void image_contents_close(struct image_contents *contents);

/* Sections of a control-code ELF that hold a transaction stream. */
bool image_section_is_stream(const struct aie_control_elf_section *section);
const char *image_generation_name(unsigned generation); /* of a stream's header: "NPU2, AIE2P" */

#endif
