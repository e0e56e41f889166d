/* Private to driver/image: layout of the xclbin container, shared by its reader and writer. */
#ifndef AIE_DRIVER_IMAGE_XCLBIN_INTERNAL_H
#define AIE_DRIVER_IMAGE_XCLBIN_INTERNAL_H

#include "driver/image/xclbin.h"

/* File header, bytes. */
enum {
	XCLBIN_SIGNATURE_LENGTH = 0x008,
	XCLBIN_RESERVED = 0x00C, /* 0xFF up to the unique id, key block included */
	XCLBIN_UNIQUE_ID = 0x128,
	XCLBIN_LENGTH = 0x130,
	XCLBIN_TIME_STAMP = 0x138,
	XCLBIN_PATCH = 0x148,
	XCLBIN_MAJOR = 0x14A,
	XCLBIN_MINOR = 0x14B,
	XCLBIN_UUID = 0x1A0,
	XCLBIN_SECTION_COUNT = 0x1C0,
	XCLBIN_SECTIONS = 0x1C8,
	XCLBIN_SECTION_BYTES = 40,
	XCLBIN_MIN_BYTES = 0x1F0, /* header with one section header, the size loaders ask for */
	XCLBIN_MAX_SECTIONS = 10000,
};

/* A section header. */
enum { SECTION_KIND = 0, SECTION_NAME = 4, SECTION_NAME_BYTES = 16, SECTION_OFFSET = 24, SECTION_SIZE = 32 };

/* AIE_PARTITION; an array reference is a count or byte size, then an offset in the section. */
enum {
	PARTITION_NAME = 0x04,
	PARTITION_OPERATIONS = 0x08,
	PARTITION_FINGERPRINT = 0x10,
	PARTITION_PRE_POST_FINGERPRINT = 0x18,
	PARTITION_WIDTH = 0x20,
	PARTITION_STARTS = 0x28,
	PARTITION_PDIS = 0x78,
	PARTITION_COMMIT_ID = 0x80,
	PARTITION_BYTES = 184,
	PDI_UUID = 0x00,
	PDI_IMAGE = 0x10,
	PDI_GROUPS = 0x18,
	PDI_BYTES = 96,
	GROUP_NAME = 0x00,
	GROUP_TYPE = 0x04,
	GROUP_PDI_ID = 0x08,
	GROUP_KERNEL_IDS = 0x10,
	GROUP_PRE_GROUPS = 0x18,
	GROUP_BYTES = 96,
	GROUP_ID_BYTES = 8,
};
#define XCLBIN_MAX_PDI_BYTES 134217728U /* limit of the runtime's loader */

/* IP_LAYOUT, MEM_TOPOLOGY, CONNECTIVITY: a count, then entries. */
enum {
	IP_FIRST = 8,
	IP_BYTES = 80,
	IP_TYPE = 0,
	IP_PROPERTIES = 4,
	IP_BASE = 8,
	IP_NAME = 16,
	IP_NAME_BYTES = 64,
	IP_TYPE_PS_KERNEL = 7,
	IP_SUBTYPE_DPU = 1,
	MEM_FIRST = 8,
	MEM_BYTES = 40,
	MEM_TYPE = 0,
	MEM_USED = 1,
	MEM_SIZE = 8,
	MEM_BASE = 16,
	MEM_TAG = 24,
	MEM_TAG_BYTES = 16,
	CONNECTION_FIRST = 4,
	CONNECTION_BYTES = 12,
};

#endif
