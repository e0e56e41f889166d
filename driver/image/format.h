/* Which image format some bytes are, told by their contents. */
#ifndef AIE_DRIVER_IMAGE_FORMAT_H
#define AIE_DRIVER_IMAGE_FORMAT_H

#include <stddef.h>

enum aie_image_format {
	AIE_FORMAT_UNKNOWN,
	AIE_FORMAT_XCLBIN,
	AIE_FORMAT_PDI,
	AIE_FORMAT_CDO,
	AIE_FORMAT_TXN,
	AIE_FORMAT_TXN_TEXT,
	AIE_FORMAT_CORE_ELF,
	AIE_FORMAT_CONTROL_ELF,
};

/* A guess from the first bytes; the format's reader decides whether the image is good. */
enum aie_image_format aie_image_recognise(const void *data, size_t size);
const char *aie_image_format_name(enum aie_image_format format); /* "xclbin", "PDI", ..., "unknown" */

#endif
