/* PDI, programmable device image, as the NPU loads it: one image, one partition, one CDO at byte 0x150.
 *
 * The NPU's loader takes the CDO at its fixed place and checks little; this reader checks every header.  The
 * transformed form (commands and data separated, made by AMD's own tools) is read too; only the plain form is written.
 */
#ifndef AIE_DRIVER_IMAGE_PDI_H
#define AIE_DRIVER_IMAGE_PDI_H

#include "driver/image/cdo.h"

enum { AIE_PDI_CDO_OFFSET = 0x150 };

struct aie_pdi {
	uint32_t id_code, pdi_id, image_id, partition_id, attributes;
	char name[17];        /* of the image, "aie_image" */
	uint32_t total_words; /* of the partition, padding included */
	bool transformed;
	struct aie_cdo cdo;
};

/* Read and check; `size` may be larger than the PDI (buffers are whole pages).  `columns` as in aie_cdo_open(). */
int aie_pdi_open(struct aie_pdi *pdi, const void *data, size_t size, unsigned columns, struct aie_error *error);
void aie_pdi_close(struct aie_pdi *pdi);
/* True when the bytes begin like a PDI (bus-width pattern or partial-PDI mark). */
bool aie_pdi_recognise(const void *data, size_t size);

/* Wrap a CDO (as aie_cdo_finish() makes it). */
int aie_pdi_write(const void *cdo, size_t cdo_size, struct aie_bytes *bytes, struct aie_error *error);

#endif
