#include "driver/image/pdi.h"

#include "driver/image/image_internal.h"

/* Places and values of the three headers, bytes from the start of the PDI (seen in built files). */
enum {
	IHT = 0x10, /* image header table, 128 bytes */
	IHT_BYTES = 0x80,
	IHT_IMAGES = IHT + 0x04,
	IHT_IMAGE_HEADER = IHT + 0x08,
	IHT_PARTITIONS = IHT + 0x0C,
	IHT_PARTITION_HEADER = IHT + 0x10,
	IHT_ID_CODE = IHT + 0x18,
	IHT_PDI_ID = IHT + 0x20,
	IHT_IDENTIFICATION = IHT + 0x28,
	IMAGE_HEADER = 0x90,
	IMAGE_HEADER_BYTES = 0x40,
	IMAGE_NAME = IMAGE_HEADER + 0x10,
	IMAGE_ID = IMAGE_HEADER + 0x20,
	PARTITION_HEADER = 0xD0,
	PARTITION_HEADER_BYTES = 0x80,
	PARTITION_ENCRYPTED_WORDS = PARTITION_HEADER + 0x00,
	PARTITION_PLAIN_WORDS = PARTITION_HEADER + 0x04,
	PARTITION_TOTAL_WORDS = PARTITION_HEADER + 0x08,
	PARTITION_DATA = PARTITION_HEADER + 0x20,
	PARTITION_ATTRIBUTES = PARTITION_HEADER + 0x24,
	PARTITION_SECTIONS = PARTITION_HEADER + 0x28,
	PARTITION_ID = PARTITION_HEADER + 0x30,
	PARTITION_TRANSFORM = PARTITION_HEADER + 0x70,
	PARTITION_ZONE = PARTITION_HEADER + 0x74,
	PARTITION_MARK = PARTITION_HEADER + 0x78,
	TRANSFORM_SEPARATED = 1,
};
#define IHT_VERSION         0x00040000U
#define ID_CODE             0x14CA8093U /* as mlir-aie's tools put it; any is accepted */
#define PARTIAL_PDI         0x50504449U /* "PPDI" */
#define HEADER_WORDS        0x00201020U /* words of IHT, image header, partition header */
#define PARTITION_CDO       0x02000006U /* configuration data, exception level 3 */
#define IMAGE_ID_AIE        0x1C000000U
#define TRANSFORM_MARK_BASE 0x8866U

/* Written at the start so that a reader can find the bus width; nobody checks it. */
static const uint8_t bus_width_pattern[16] = { 0xDD, 0x00, 0x00, 0x00, 0x44, 0x33, 0x22, 0x11,
	                                       0x88, 0x77, 0x66, 0x55, 0xCC, 0xBB, 0xAA, 0x99 };

/* A PDI counts as transformed only when this mark stands in it exactly. */
static uint32_t transform_mark(uint32_t type, uint32_t zone_bytes)
{
	return TRANSFORM_MARK_BASE | ((type & 0xFF) << 8 | type >> 8) |
	       ((zone_bytes & 0xFFFF) << 16 | zone_bytes >> 16);
}

bool aie_pdi_recognise(const void *data, size_t size)
{
	const uint8_t *bytes = data;

	return (size >= sizeof bus_width_pattern && memcmp(bytes, bus_width_pattern, sizeof bus_width_pattern) == 0) ||
	       (size >= IHT + IHT_BYTES && image_load32(bytes + IHT_IDENTIFICATION) == PARTIAL_PDI);
}

static int check_word(const uint8_t *data, size_t at, uint32_t expected, const char *what, struct aie_error *error)
{
	uint32_t value = image_load32(data + at);

	if (value == expected)
		return 0;
	return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%zx: PDI %s is 0x%x instead of 0x%x", at, what, value,
	                     expected);
}

static int check_headers(struct aie_pdi *pdi, const uint8_t *data, size_t size, struct aie_error *error)
{
	uint32_t encrypted, plain, total;

	if (size < AIE_PDI_CDO_OFFSET + AIE_CDO_HEADER_BYTES || size > UINT32_MAX)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x0: %zu bytes cannot be a PDI, its headers and a CDO header take %d",
		                     size, AIE_PDI_CDO_OFFSET + AIE_CDO_HEADER_BYTES);
	if (check_word(data, IHT + IHT_BYTES - 4, aie_image_checksum(data + IHT, IHT_BYTES / 4 - 1),
	               "image header table checksum", error) ||
	    check_word(data, IHT_IDENTIFICATION, PARTIAL_PDI, "identification", error) ||
	    check_word(data, IHT_IMAGES, 1, "number of images", error) ||
	    check_word(data, IHT_PARTITIONS, 1, "number of partitions", error) ||
	    check_word(data, IHT_IMAGE_HEADER, IMAGE_HEADER / 4, "image header word offset", error) ||
	    check_word(data, IHT_PARTITION_HEADER, PARTITION_HEADER / 4, "partition header word offset", error) ||
	    check_word(data, IMAGE_HEADER + IMAGE_HEADER_BYTES - 4,
	               aie_image_checksum(data + IMAGE_HEADER, IMAGE_HEADER_BYTES / 4 - 1), "image header checksum",
	               error) ||
	    check_word(data, IMAGE_HEADER, PARTITION_HEADER / 4, "image's first partition word offset", error) ||
	    check_word(data, IMAGE_HEADER + 4, 1, "image's number of partitions", error))
		return -1;
	/* The tool that transforms a PDI leaves the partition header's checksum as it was. */
	if (!pdi->transformed && check_word(data, PARTITION_HEADER + PARTITION_HEADER_BYTES - 4,
	                                    aie_image_checksum(data + PARTITION_HEADER, PARTITION_HEADER_BYTES / 4 - 1),
	                                    "partition header checksum", error))
		return -1;
	if (check_word(data, PARTITION_DATA, AIE_PDI_CDO_OFFSET / 4, "partition data word offset", error))
		return -1;
	pdi->attributes = image_load32(data + PARTITION_ATTRIBUTES);
	if ((pdi->attributes >> 24 & 7) != 2)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%x: PDI partition type %u is not configuration data (2)",
		                     PARTITION_ATTRIBUTES, pdi->attributes >> 24 & 7);
	if (pdi->attributes >> 18 & 1)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%x: PDI partition is big endian",
		                     PARTITION_ATTRIBUTES);
	/* The transforming tool leaves the lengths, too; they tell of the original then. */
	if (pdi->transformed) {
		pdi->total_words = (uint32_t)((size - AIE_PDI_CDO_OFFSET) / 4);
		return 0;
	}
	encrypted = image_load32(data + PARTITION_ENCRYPTED_WORDS);
	plain = image_load32(data + PARTITION_PLAIN_WORDS);
	total = image_load32(data + PARTITION_TOTAL_WORDS);
	if (total > (size - AIE_PDI_CDO_OFFSET) / 4)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%x: PDI partition of %u words is longer than the %zu bytes that follow",
		                     PARTITION_TOTAL_WORDS, total, size - AIE_PDI_CDO_OFFSET);
	if (encrypted > total || plain > total || plain < AIE_CDO_HEADER_WORDS)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%x: PDI partition lengths %u, %u, %u words do not fit together",
		                     PARTITION_ENCRYPTED_WORDS, encrypted, plain, total);
	pdi->total_words = total;
	return 0;
}

int aie_pdi_open(struct aie_pdi *pdi, const void *data, size_t size, unsigned columns, struct aie_error *error)
{
	const uint8_t *bytes = data;
	uint32_t zone = 0;

	memset(pdi, 0, sizeof *pdi);
	if (size >= AIE_PDI_CDO_OFFSET) {
		uint32_t type = image_load32(bytes + PARTITION_TRANSFORM);

		zone = image_load32(bytes + PARTITION_ZONE);
		pdi->transformed = type != 0 && image_load32(bytes + PARTITION_MARK) == transform_mark(type, zone);
		if (pdi->transformed && type != TRANSFORM_SEPARATED) {
			memset(pdi, 0, sizeof *pdi);
			return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%x: PDI transform type %u is not known",
			                     PARTITION_TRANSFORM, type);
		}
	}
	if (check_headers(pdi, bytes, size, error)) {
		memset(pdi, 0, sizeof *pdi);
		return -1;
	}
	pdi->id_code = image_load32(bytes + IHT_ID_CODE);
	pdi->pdi_id = image_load32(bytes + IHT_PDI_ID);
	pdi->image_id = image_load32(bytes + IMAGE_ID);
	pdi->partition_id = image_load32(bytes + PARTITION_ID);
	memcpy(pdi->name, bytes + IMAGE_NAME, sizeof pdi->name - 1);
	if (aie_image_cdo_open(&pdi->cdo, bytes + AIE_PDI_CDO_OFFSET, 4 * (size_t)pdi->total_words, AIE_PDI_CDO_OFFSET,
	                       pdi->transformed, pdi->transformed ? zone : 0, columns, error)) {
		memset(pdi, 0, sizeof *pdi);
		return -1;
	}
	return 0;
}

void aie_pdi_close(struct aie_pdi *pdi)
{
	aie_cdo_close(&pdi->cdo);
	memset(pdi, 0, sizeof *pdi);
}

int aie_pdi_write(const void *cdo, size_t cdo_size, struct aie_bytes *bytes, struct aie_error *error)
{
	struct aie_cdo check;
	size_t padded = (cdo_size + 15) & ~(size_t)15;
	uint8_t *data;

	bytes->data = NULL;
	bytes->size = 0;
	if (aie_cdo_open(&check, cdo, cdo_size, 0, error))
		return aie_error_prefix(error, "CDO for a PDI");
	aie_cdo_close(&check);
	if (cdo_size > UINT32_MAX / 2 || cdo_size % 4)
		return aie_error_set(error, AIE_ERROR_INPUT, "a CDO of %zu bytes does not fit into a PDI", cdo_size);
	data = calloc(1, AIE_PDI_CDO_OFFSET + padded);
	if (!data)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a PDI of %zu bytes",
		                     AIE_PDI_CDO_OFFSET + padded);
	memcpy(data, bus_width_pattern, sizeof bus_width_pattern);

	image_store32(data + IHT, IHT_VERSION);
	image_store32(data + IHT_IMAGES, 1);
	image_store32(data + IHT_IMAGE_HEADER, IMAGE_HEADER / 4);
	image_store32(data + IHT_PARTITIONS, 1);
	image_store32(data + IHT_PARTITION_HEADER, PARTITION_HEADER / 4);
	image_store32(data + IHT_ID_CODE, ID_CODE);
	image_store32(data + IHT_IDENTIFICATION, PARTIAL_PDI);
	image_store32(data + IHT + 0x2C, HEADER_WORDS);
	image_store32(data + IHT + 0x30, (IMAGE_HEADER_BYTES + PARTITION_HEADER_BYTES) / 4);
	image_store32(data + IHT + 0x44, 1); /* extended id code */
	image_store32(data + IHT + IHT_BYTES - 4, aie_image_checksum(data + IHT, IHT_BYTES / 4 - 1));

	image_store32(data + IMAGE_HEADER, PARTITION_HEADER / 4);
	image_store32(data + IMAGE_HEADER + 4, 1);
	memcpy(data + IMAGE_NAME, "aie_image", sizeof "aie_image");
	image_store32(data + IMAGE_ID, IMAGE_ID_AIE);
	image_store32(data + IMAGE_HEADER + IMAGE_HEADER_BYTES - 4,
	              aie_image_checksum(data + IMAGE_HEADER, IMAGE_HEADER_BYTES / 4 - 1));

	image_store32(data + PARTITION_ENCRYPTED_WORDS, (uint32_t)(padded / 4));
	image_store32(data + PARTITION_PLAIN_WORDS, (uint32_t)(cdo_size / 4));
	image_store32(data + PARTITION_TOTAL_WORDS, (uint32_t)(padded / 4));
	image_store64(data + PARTITION_HEADER + 0x18, UINT64_MAX); /* load address: none */
	image_store32(data + PARTITION_DATA, AIE_PDI_CDO_OFFSET / 4);
	image_store32(data + PARTITION_ATTRIBUTES, PARTITION_CDO);
	image_store32(data + PARTITION_SECTIONS, 1);
	image_store32(data + PARTITION_HEADER + PARTITION_HEADER_BYTES - 4,
	              aie_image_checksum(data + PARTITION_HEADER, PARTITION_HEADER_BYTES / 4 - 1));

	memcpy(data + AIE_PDI_CDO_OFFSET, cdo, cdo_size);
	bytes->data = data;
	bytes->size = AIE_PDI_CDO_OFFSET + padded;
	return 0;
}
