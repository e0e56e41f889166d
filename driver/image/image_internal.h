/* Private to driver/image: little-endian access, growing buffers, checks shared by the readers and writers. */
#ifndef AIE_DRIVER_IMAGE_IMAGE_INTERNAL_H
#define AIE_DRIVER_IMAGE_IMAGE_INTERNAL_H

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "driver/image/cdo.h"
#include "driver/image/operation.h"
#include "driver/image/registers.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "images are little endian and read in place");

static inline uint16_t image_load16(const uint8_t *data)
{
	uint16_t value;

	memcpy(&value, data, sizeof value);
	return value;
}

static inline uint32_t image_load32(const uint8_t *data)
{
	uint32_t value;

	memcpy(&value, data, sizeof value);
	return value;
}

static inline uint64_t image_load64(const uint8_t *data)
{
	uint64_t value;

	memcpy(&value, data, sizeof value);
	return value;
}

static inline void image_store16(uint8_t *data, uint16_t value)
{
	memcpy(data, &value, sizeof value);
}

static inline void image_store32(uint8_t *data, uint32_t value)
{
	memcpy(data, &value, sizeof value);
}

static inline void image_store64(uint8_t *data, uint64_t value)
{
	memcpy(data, &value, sizeof value);
}

/* Bytes [offset, offset + length) lie inside `size`, without overflow. */
static inline bool image_inside(uint64_t offset, uint64_t length, uint64_t size)
{
	return offset <= size && length <= size - offset;
}

/* A growing byte buffer; `failed` sticks when memory runs out. */
struct image_buffer {
	uint8_t *data;
	size_t size, capacity;
	bool failed;
};

/* Room for `size` further bytes, zeroed and already counted; NULL after a failure. */
uint8_t *aie_image_buffer_add(struct image_buffer *buffer, size_t size);
/* Zero bytes until the size is a multiple of `alignment`. */
void aie_image_buffer_align(struct image_buffer *buffer, size_t alignment);
void aie_image_buffer_append(struct image_buffer *buffer, const void *data, size_t size);

/* One's complement of the sum of the words, the checksum of CDO and PDI headers. */
uint32_t aie_image_checksum(const uint8_t *data, size_t words);

/* Check that [address, address + bytes) is word aligned and inside one tile of an array of `columns` (0 = any) and six
 * rows; `what` and `offset` go into the message. */
int aie_image_check_address(uint64_t address, uint64_t bytes, unsigned columns, const char *what, size_t offset,
                            struct aie_error *error);

/* The header of a 32-bit little-endian ELF; what else it must be, the caller checks. */
int aie_image_elf_header(Elf32_Ehdr *header, const uint8_t *data, size_t size, struct aie_error *error);

/* A CDO inside a PDI: `base` is its byte offset there.  `zone_bytes`: length of the command zone of the separated form,
 * or 0 with `separated` false. */
int aie_image_cdo_open(struct aie_cdo *cdo, const uint8_t *data, size_t size, size_t base, bool separated,
                       uint32_t zone_bytes, unsigned columns, struct aie_error *error);

#endif
