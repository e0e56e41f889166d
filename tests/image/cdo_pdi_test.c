/* CDO and PDI: headers byte by byte, commands, the writer's choices, the transformed form, bad input P1-P4 and C1-C4.
 */
#include "tests/image/testing.h"

#include "driver/image/cdo.h"
#include "driver/image/pdi.h"
#include "driver/image/registers.h"

/* A CDO around the given command words. */
static uint8_t *make_cdo(const uint32_t *words, size_t count, size_t *size)
{
	uint8_t *cdo;

	*size = 20 + 4 * count;
	cdo = malloc(*size);
	assert_non_null(cdo);
	put32(cdo, 0, 4);
	put32(cdo, 4, 0x004F4443);
	put32(cdo, 8, 0x200);
	put32(cdo, 12, (uint32_t)count);
	put32(cdo, 16, checksum(cdo, 0, 4));
	for (size_t i = 0; i < count; i++)
		put32(cdo, 20 + 4 * i, words[i]);
	return cdo;
}

static void refuse_words(const uint32_t *words, size_t count, const char *part)
{
	struct aie_error error = { 0 };
	struct aie_cdo cdo;
	size_t size;
	uint8_t *data = make_cdo(words, count, &size);

	assert_int_equal(aie_cdo_open(&cdo, data, size, 4, &error), -1);
	assert_refused(&error, part);
	assert_null(cdo.words);
	free(data);
}
#define REFUSE(part, ...)                                                                                              \
	do {                                                                                                           \
		const uint32_t refuse_list[] = { __VA_ARGS__ };                                                        \
		refuse_words(refuse_list, sizeof refuse_list / sizeof *refuse_list, part);                             \
	} while (0)

/* Every command the NPU's loader runs, in both lengths. */
static void read_commands(void **state)
{
	static const uint32_t words[] = {
		0x00000111,                                                 /* NOP */
		0x00020111, 0xAAAA,     0xBBBB,                             /* NOP with payload */
		0x00020103, 0x04232000, 7,                                  /* WRITE */
		0x00030102, 0x04232000, 1,          3,                      /* MASK_WRITE */
		0x00030108, 0,          0x0021D000, 9,                      /* WRITE64 */
		0x00040107, 0,          0x0021D004, 0xF0,       0x50,       /* MASK_WRITE64 */
		0x00040105, 0,          0x00220000, 0x11,       0x22,       /* DMA_WRITE */
		0x00FF0105, 4,          0,          0x00220010, 0x33, 0x44, /* DMA_WRITE, long form */
		0x00020203, 0x04232000, 8,                                  /* the module byte is not looked at */
	};
	struct aie_cdo_cursor cursor = { 0 };
	struct aie_error error = { 0 };
	struct aie_operation op;
	struct aie_cdo cdo;
	size_t size;
	uint8_t *data = make_cdo(words, sizeof words / sizeof *words, &size);

	(void)state;
	assert_int_equal(aie_cdo_open(&cdo, data, size, 4, &error), 0);
	memset(data, 0xEE, size); /* the reader has its own copy */
	free(data);
	assert_int_equal(cdo.operations, 9);
	assert_true(aie_cdo_next(&cdo, &cursor, &op));
	assert_int_equal(op.kind, AIE_OPERATION_NOP);
	assert_int_equal(op.offset, 20);
	assert_true(aie_cdo_next(&cdo, &cursor, &op));
	assert_int_equal(op.kind, AIE_OPERATION_NOP);
	assert_int_equal(op.count, 2);
	assert_true(aie_cdo_next(&cdo, &cursor, &op));
	assert_int_equal(op.kind, AIE_OPERATION_WRITE);
	assert_int_equal(op.address, 0x04232000);
	assert_int_equal(op.value, 7);
	assert_int_equal(op.offset, 20 + 16);
	assert_int_equal(op.size, 12);
	assert_true(aie_cdo_next(&cdo, &cursor, &op));
	assert_int_equal(op.kind, AIE_OPERATION_MASK_WRITE);
	assert_int_equal(op.mask, 1);
	assert_int_equal(op.value, 3);
	assert_true(aie_cdo_next(&cdo, &cursor, &op));
	assert_int_equal(op.kind, AIE_OPERATION_WRITE);
	assert_int_equal(op.address, 0x0021D000);
	assert_int_equal(op.value, 9);
	assert_true(aie_cdo_next(&cdo, &cursor, &op));
	assert_int_equal(op.kind, AIE_OPERATION_MASK_WRITE);
	assert_int_equal(op.mask, 0xF0);
	assert_int_equal(op.value, 0x50);
	assert_true(aie_cdo_next(&cdo, &cursor, &op));
	assert_int_equal(op.kind, AIE_OPERATION_BLOCK_WRITE);
	assert_int_equal(op.count, 2);
	assert_int_equal(op.words[1], 0x22);
	assert_true(aie_cdo_next(&cdo, &cursor, &op));
	assert_int_equal(op.address, 0x00220010);
	assert_int_equal(op.count, 2);
	assert_int_equal(op.words[0], 0x33);
	assert_true(aie_cdo_next(&cdo, &cursor, &op));
	assert_int_equal(op.kind, AIE_OPERATION_WRITE);
	assert_false(aie_cdo_next(&cdo, &cursor, &op));
	aie_cdo_close(&cdo);
}

static void build_sample(struct aie_bytes *bytes, size_t big)
{
	struct aie_error error = { 0 };
	struct aie_cdo_builder builder;
	uint32_t *words = calloc(big + 6, 4);

	assert_non_null(words);
	for (size_t i = 0; i < big; i++)
		words[i] = (uint32_t)(i * 0x01010101);
	aie_cdo_begin(&builder);
	aie_cdo_write32(&builder, aie_tile_address(1, 2, 0x1F000), 2);
	aie_cdo_mask_write32(&builder, aie_tile_address(1, 2, 0x32000), 1, 1);
	aie_cdo_block_write(&builder, aie_tile_address(1, 2, 0x20000), words, big);
	aie_cdo_block_write(&builder, aie_tile_address(1, 2, 0x1D000), words, 6);
	aie_cdo_block_write(&builder, aie_tile_address(1, 2, 0x1D020), words, 1);
	assert_int_equal(aie_cdo_finish(&builder, bytes, &error), 0);
	free(words);
}

/* Blocks choose their shortest form; data begin on 16 bytes; the body begins with a NOP. */
static void write_and_read(void **state)
{
	static const size_t sizes[] = { 2, 5, 252, 253, 4096 };

	(void)state;
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
		struct aie_cdo_cursor cursor = { 0 };
		struct aie_cdo_builder again;
		struct aie_error error = { 0 };
		struct aie_bytes bytes, copy;
		struct aie_operation op;
		unsigned blocks = 0, writes = 0;
		struct aie_cdo cdo;

		build_sample(&bytes, sizes[s]);
		assert_int_equal(get32(bytes.data, 0), 4);
		assert_int_equal(get32(bytes.data, 4), 0x004F4443);
		assert_int_equal(get32(bytes.data, 8), 0x200);
		assert_int_equal(get32(bytes.data, 12), bytes.size / 4 - 5);
		assert_int_equal(get32(bytes.data, 16), checksum(bytes.data, 0, 4));
		assert_int_equal(get32(bytes.data, 20), 0x111);
		assert_int_equal(aie_cdo_open(&cdo, bytes.data, bytes.size, 2, &error), 0);
		memset(&again, 0, sizeof again);
		while (aie_cdo_next(&cdo, &cursor, &op)) {
			writes += op.kind == AIE_OPERATION_WRITE;
			if (op.kind == AIE_OPERATION_BLOCK_WRITE) {
				size_t data = op.offset + op.size - 4 * (size_t)op.count;

				assert_int_equal(data % 16, 0);
				assert_int_equal(op.size - 4 * (size_t)op.count, op.count > 252 ? 16 : 12);
				blocks++;
			}
			aie_cdo_append(&again, &op);
		}
		assert_int_equal(blocks, 2);
		assert_int_equal(writes, 2); /* a block of one word is a WRITE */
		assert_int_equal(aie_cdo_finish(&again, &copy, &error), 0);
		assert_int_equal(copy.size, bytes.size);
		assert_memory_equal(copy.data, bytes.data, bytes.size);
		aie_cdo_close(&cdo);
		aie_bytes_free(&bytes);
		aie_bytes_free(&copy);
	}
}

/* A builder keeps its first failure and gives nothing. */
static void writer_refuses(void **state)
{
	static const uint64_t bad[] = { 0x2, 0x00600000, UINT64_C(0x100000000) };
	static const uint32_t words[2];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct aie_error error = { 0 };
		struct aie_cdo_builder builder;
		struct aie_bytes bytes;

		aie_cdo_begin(&builder);
		aie_cdo_write32(&builder, bad[i], 0);
		aie_cdo_write32(&builder, 0, 0);
		assert_int_equal(aie_cdo_finish(&builder, &bytes, &error), -1);
		assert_refused(&error, "WRITE");
		assert_null(bytes.data);
	}
	for (int i = 0; i < 2; i++) {
		struct aie_operation op = { .kind = AIE_OPERATION_WAIT };
		struct aie_error error = { 0 };
		struct aie_cdo_builder builder;
		struct aie_bytes bytes;

		aie_cdo_begin(&builder);
		if (i == 0)
			aie_cdo_block_write(&builder, 0xFFFFC, words, 2);
		else
			aie_cdo_append(&builder, &op);
		assert_int_equal(aie_cdo_finish(&builder, &bytes, &error), -1);
		assert_refused(&error, i ? "WAIT" : "window");
	}
}

static void bad_C1_header(void **state)
{
	struct aie_error error = { 0 };
	struct aie_bytes bytes;
	struct aie_cdo cdo;
	uint8_t *copy;

	(void)state;
	build_sample(&bytes, 4);
	for (size_t size = 0; size < 20; size++) {
		copy = copy_of(bytes.data, size);
		assert_int_equal(aie_cdo_open(&cdo, copy, size, 0, &error), -1);
		assert_refused(&error, "too few");
		free(copy);
	}
	copy = copy_of(bytes.data, bytes.size);
	put32(copy, 4, 0x584C4E58);
	assert_int_equal(aie_cdo_open(&cdo, copy, bytes.size, 0, &error), -1);
	assert_refused(&error, "XLNX");
	put32(copy, 4, 0x12345678);
	assert_int_equal(aie_cdo_open(&cdo, copy, bytes.size, 0, &error), -1);
	assert_refused(&error, "identification");
	memcpy(copy, bytes.data, 20);
	copy[17] ^= 1;
	assert_int_equal(aie_cdo_open(&cdo, copy, bytes.size, 0, &error), -1);
	assert_refused(&error, "checksum");
	memcpy(copy, bytes.data, 20);
	put32(copy, 12, (uint32_t)bytes.size / 4 - 4); /* one word more than there is */
	put32(copy, 16, checksum(copy, 0, 4));
	assert_int_equal(aie_cdo_open(&cdo, copy, bytes.size, 0, &error), -1);
	assert_refused(&error, "length");
	free(copy);
	aie_bytes_free(&bytes);
}

static void bad_C2_payload(void **state)
{
	(void)state;
	REFUSE("past the end", 0x00020103, 0x00220000);
	REFUSE("length word", 0x00FF0105);
	REFUSE("past the end", 0x00FF0105, 3, 0, 0x00220000);
	REFUSE("past the end", 0x00FF0105, 0xFFFFFFFF, 0, 0x00220000);
	REFUSE("needs 2", 0x00010103, 0x00220000);
	REFUSE("needs 3", 0x00020102, 0x00220000, 1);
	REFUSE("needs 2", 0x00010105, 0);
	REFUSE("needs 4", 0x00030107, 0, 0x00220000, 1);
	REFUSE("needs 3", 0x00020108, 0, 0x00220000);
}

static void bad_C3_command(void **state)
{
	(void)state;
	REFUSE("MASK_POLL", 0x00040101, 0x00220000, 1, 1, 1000);
	REFUSE("DELAY", 0x00010104, 1000);
	REFUSE("END_MARK", 0x00000100);
	REFUSE("MASK_POLL64", 0x00050106, 0, 0x00220000, 1, 1, 1000);
	REFUSE("DMA_XFER", 0x00050109, 0, 0, 0, 0, 0);
	REFUSE("SET", 0x0004010C, 0, 0, 0, 0);
	REFUSE("WRITE_KEYHOLE", 0x0000010D);
	REFUSE("unknown", 0x000001EE);
}

static void bad_C4_address(void **state)
{
	(void)state;
	REFUSE("column 4", 0x00020103, 4U << 25 | 0x220000, 0); /* opened for four columns */
	REFUSE("row 6", 0x00020103, 0x00600000, 0);
	REFUSE("aligned", 0x00020103, 0x00220002, 0);
	REFUSE("outside", 0x00030108, 1, 0x00220000, 0);
	REFUSE("window", 0x00040105, 0, 0x002FFFFC, 1, 2);
}

/* ---- PDI --------------------------------------------------------------------------------------------------------- */

static void build_pdi(struct aie_bytes *pdi, size_t big)
{
	struct aie_error error = { 0 };
	struct aie_bytes cdo;

	build_sample(&cdo, big);
	assert_int_equal(aie_pdi_write(cdo.data, cdo.size, pdi, &error), 0);
	aie_bytes_free(&cdo);
}

/* The values of every built file, with the checksum 0x9AC12A78 that belongs to exactly them. */
static void pdi_headers(void **state)
{
	static const uint8_t pattern[16] = { 0xDD, 0,    0,    0,    0x44, 0x33, 0x22, 0x11,
		                             0x88, 0x77, 0x66, 0x55, 0xCC, 0xBB, 0xAA, 0x99 };
	struct aie_bytes pdi, cdo;
	uint32_t padded;

	(void)state;
	build_sample(&cdo, 6);
	padded = (uint32_t)((cdo.size + 15) / 16 * 4);
	build_pdi(&pdi, 6);
	assert_memory_equal(pdi.data, pattern, 16);
	assert_int_equal(get32(pdi.data, 0x10 + 0x00), 0x00040000);
	assert_int_equal(get32(pdi.data, 0x10 + 0x08), 0x24);
	assert_int_equal(get32(pdi.data, 0x10 + 0x10), 0x34);
	assert_int_equal(get32(pdi.data, 0x10 + 0x18), 0x14CA8093);
	assert_int_equal(get32(pdi.data, 0x10 + 0x28), 0x50504449);
	assert_int_equal(get32(pdi.data, 0x10 + 0x2C), 0x00201020);
	assert_int_equal(get32(pdi.data, 0x10 + 0x30), 0x30);
	assert_int_equal(get32(pdi.data, 0x10 + 0x44), 1);
	assert_int_equal(get32(pdi.data, 0x10 + 0x7C), 0x9AC12A78);
	assert_memory_equal(pdi.data + 0xA0, "aie_image\0\0\0\0\0\0", 16);
	assert_int_equal(get32(pdi.data, 0xB0), 0x1C000000);
	assert_int_equal(get32(pdi.data, 0x90 + 0x3C), checksum(pdi.data, 0x90, 15));
	assert_int_equal(get32(pdi.data, 0xD0), padded);
	assert_int_equal(get32(pdi.data, 0xD4), cdo.size / 4);
	assert_int_equal(get32(pdi.data, 0xD8), padded);
	assert_true(get64(pdi.data, 0xE8) == UINT64_MAX);
	assert_int_equal(get32(pdi.data, 0xF0), 0x54);
	assert_int_equal(get32(pdi.data, 0xF4), 0x02000006);
	assert_int_equal(get32(pdi.data, 0xD0 + 0x7C), checksum(pdi.data, 0xD0, 31));
	assert_int_equal(pdi.size, 0x150 + 4 * padded);
	assert_memory_equal(pdi.data + 0x150, cdo.data, cdo.size);
	aie_bytes_free(&pdi);
	aie_bytes_free(&cdo);
}

static void pdi_round_trip(void **state)
{
	struct aie_cdo_cursor cursor = { 0 };
	struct aie_error error = { 0 };
	struct aie_operation op;
	struct aie_bytes bytes;
	struct aie_pdi pdi;
	uint8_t *page;

	(void)state;
	build_pdi(&bytes, 300);
	page = calloc(1, bytes.size + 4096); /* buffers are larger than their PDI */
	assert_non_null(page);
	memcpy(page, bytes.data, bytes.size);
	assert_true(aie_pdi_recognise(page, bytes.size));
	assert_int_equal(aie_pdi_open(&pdi, page, bytes.size + 4096, 8, &error), 0);
	free(page);
	assert_string_equal(pdi.name, "aie_image");
	assert_false(pdi.transformed);
	assert_int_equal(pdi.id_code, 0x14CA8093);
	assert_true(aie_cdo_next(&pdi.cdo, &cursor, &op));
	assert_int_equal(op.offset, 0x150 + 20);
	aie_pdi_close(&pdi);
	aie_bytes_free(&bytes);
}

/* Any id code is accepted, as long as the checksum fits. */
static void pdi_any_id_code(void **state)
{
	struct aie_error error = { 0 };
	struct aie_bytes bytes;
	struct aie_pdi pdi;

	(void)state;
	build_pdi(&bytes, 4);
	put32(bytes.data, 0x28, 0x04D14093);
	put32(bytes.data, 0x8C, checksum(bytes.data, 0x10, 31));
	assert_int_equal(aie_pdi_open(&pdi, bytes.data, bytes.size, 8, &error), 0);
	assert_int_equal(pdi.id_code, 0x04D14093);
	aie_pdi_close(&pdi);
	aie_bytes_free(&bytes);
}

static void refuse_pdi(const uint8_t *data, size_t size, const char *part)
{
	struct aie_error error = { 0 };
	struct aie_pdi pdi;
	uint8_t *copy = copy_of(data, size);

	assert_int_equal(aie_pdi_open(&pdi, copy, size, 2, &error), -1);
	assert_refused(&error, part);
	assert_null(pdi.cdo.words);
	free(copy);
}

static void bad_P1_short(void **state)
{
	struct aie_bytes bytes;

	(void)state;
	build_pdi(&bytes, 4);
	refuse_pdi(bytes.data, 0, "PDI");
	refuse_pdi(bytes.data, 0x90, "PDI");
	refuse_pdi(bytes.data, 0x150 + 19, "PDI");
	aie_bytes_free(&bytes);
}

static void bad_P2_table(void **state)
{
	struct aie_bytes bytes;

	(void)state;
	build_pdi(&bytes, 4);
	bytes.data[0x40] ^= 1;
	refuse_pdi(bytes.data, bytes.size, "table checksum");
	bytes.data[0x40] ^= 1;
	put32(bytes.data, 0x14, 2);
	put32(bytes.data, 0x8C, checksum(bytes.data, 0x10, 31));
	refuse_pdi(bytes.data, bytes.size, "number of images");
	put32(bytes.data, 0x14, 1);
	put32(bytes.data, 0x1C, 0);
	put32(bytes.data, 0x8C, checksum(bytes.data, 0x10, 31));
	refuse_pdi(bytes.data, bytes.size, "number of partitions");
	aie_bytes_free(&bytes);
}

static void bad_P3_places(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		const char *part;
	} cases[] = {
		{ 0xD0, 0xFFFFFFFF, "lengths" },  { 0xD4, 4, "lengths" },
		{ 0xD4, 0x7FFFFFFF, "lengths" },  { 0xD8, 0x7FFFFFFF, "longer" },
		{ 0xF0, 0x10000, "word offset" }, { 0xF4, 0x01000006, "configuration" },
		{ 0xF4, 0x02040006, "endian" },
	};
	struct aie_bytes bytes;

	(void)state;
	build_pdi(&bytes, 4);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t *copy = copy_of(bytes.data, bytes.size);

		put32(copy, cases[i].at, cases[i].value);
		refuse_pdi(copy, bytes.size, "partition header checksum");
		put32(copy, 0xD0 + 0x7C, checksum(copy, 0xD0, 31));
		refuse_pdi(copy, bytes.size, cases[i].part);
		free(copy);
	}
	bytes.data[0xA0] = 'X';
	refuse_pdi(bytes.data, bytes.size, "image header checksum");
	aie_bytes_free(&bytes);
}

/* The separated form: groups in a command zone, block data behind it. */
static uint8_t *make_transformed(const uint32_t *zone, size_t zone_words, const uint32_t *data, size_t data_words,
                                 size_t *size)
{
	uint32_t zone_bytes = (uint32_t)(4 * zone_words);
	struct aie_bytes plain;
	uint8_t *pdi;

	build_pdi(&plain, 4);
	*size = 0x150 + 20 + 4 * (zone_words + data_words);
	pdi = calloc(1, *size);
	assert_non_null(pdi);
	memcpy(pdi, plain.data, 0x150 + 20);
	put32(pdi, 0xD0 + 0x70, 1);
	put32(pdi, 0xD0 + 0x74, zone_bytes);
	put32(pdi, 0xD0 + 0x78, 0x8966 | (zone_bytes & 0xFFFF) << 16 | zone_bytes >> 16);
	for (size_t i = 0; i < zone_words; i++)
		put32(pdi, 0x150 + 20 + 4 * i, zone[i]);
	for (size_t i = 0; i < data_words; i++)
		put32(pdi, 0x150 + 20 + 4 * (zone_words + i), data[i]);
	aie_bytes_free(&plain);
	return pdi;
}

static const uint32_t zone_sample[] = {
	3, 2, 0x00232000, 1,          0x00232004, 2,                                 /* two writes */
	2, 1, 0x00232000, 1,          1,                                             /* mask write */
	8, 1, 0,          0x0021D000, 5,                                             /* write 64 */
	7, 1, 0,          0x0021D004, 0xFF,       6,                                 /* mask write 64 */
	5, 2, 0,          0x00220000, 4,          2, 0, 0x00200000, 0, 1U << 16 | 3, /* data, zeros */
};

static void pdi_transformed(void **state)
{
	static const uint32_t data_zone[] = { 0xA, 0xB, 0xC };
	struct aie_cdo_cursor cursor = { 0 };
	struct aie_error error = { 0 };
	struct aie_operation op;
	struct aie_pdi pdi;
	size_t size;
	uint8_t *data = make_transformed(zone_sample, sizeof zone_sample / 4, data_zone, 3, &size);

	(void)state;
	assert_int_equal(aie_pdi_open(&pdi, data, size, 2, &error), 0);
	assert_true(pdi.transformed);
	assert_int_equal(pdi.cdo.operations, 7);
	assert_true(aie_cdo_next(&pdi.cdo, &cursor, &op));
	assert_true(aie_cdo_next(&pdi.cdo, &cursor, &op));
	assert_int_equal(op.address, 0x00232004);
	assert_int_equal(op.value, 2);
	assert_true(aie_cdo_next(&pdi.cdo, &cursor, &op));
	assert_int_equal(op.kind, AIE_OPERATION_MASK_WRITE);
	assert_true(aie_cdo_next(&pdi.cdo, &cursor, &op));
	assert_int_equal(op.address, 0x0021D000);
	assert_int_equal(op.value, 5);
	assert_true(aie_cdo_next(&pdi.cdo, &cursor, &op));
	assert_int_equal(op.mask, 0xFF);
	assert_int_equal(op.value, 6);
	assert_true(aie_cdo_next(&pdi.cdo, &cursor, &op));
	assert_int_equal(op.count, 2);
	assert_int_equal(op.words[0], 0xB);
	assert_int_equal(op.words[1], 0xC);
	assert_true(aie_cdo_next(&pdi.cdo, &cursor, &op));
	assert_int_equal(op.address, 0x00200000);
	assert_int_equal(op.count, 3);
	assert_int_equal(op.words[2], 0);
	assert_false(aie_cdo_next(&pdi.cdo, &cursor, &op));
	aie_pdi_close(&pdi);
	/* Without the exact mark it is a plain PDI, and the changed header shows in its checksum. */
	put32(data, 0xD0 + 0x78, 0);
	refuse_pdi(data, size, "partition header checksum");
	free(data);
}

static void refuse_zone(const uint32_t *zone, size_t zone_words, const char *part)
{
	static const uint32_t data_zone[] = { 0xA, 0xB, 0xC };
	size_t size;
	uint8_t *data = make_transformed(zone, zone_words, data_zone, 3, &size);

	refuse_pdi(data, size, part);
	free(data);
}

static void bad_P4_transformed(void **state)
{
	static const uint32_t cut[] = { 3, 2, 0x00232000, 1 };
	static const uint32_t head_cut[] = { 3, 1, 0x00232000, 1, 2 };
	static const uint32_t unknown[] = { 4, 1, 0, 0 };
	static const uint32_t beyond[] = { 5, 1, 0, 0x00220000, 8, 2 };
	static const uint32_t misaligned[] = { 5, 1, 0, 0x00220000, 2, 1 };
	static const uint32_t strange[] = { 5, 1, 0, 0x00220000, 0, 1U << 17 };
	static const uint32_t endless[] = { 3, 0xFFFFFFFF };
	size_t size;
	uint8_t *data;

	(void)state;
	refuse_zone(cut, 4, "command zone");
	refuse_zone(head_cut, 5, "exactly");
	refuse_zone(unknown, 4, "group 4");
	refuse_zone(beyond, 6, "data zone");
	refuse_zone(misaligned, 6, "data zone");
	refuse_zone(strange, 6, "unknown bits");
	refuse_zone(endless, 2, "command zone");
	/* Zone longer than what follows, with the mark that goes with it. */
	data = make_transformed(cut, 4, NULL, 0, &size);
	put32(data, 0xD0 + 0x74, 0x10000);
	put32(data, 0xD0 + 0x78, 0x8966 | 1);
	refuse_pdi(data, size, "command zone");
	put32(data, 0xD0 + 0x70, 2);
	put32(data, 0xD0 + 0x78, 0x8866 | 0x200 | 1);
	refuse_pdi(data, size, "transform type");
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_commands),      cmocka_unit_test(write_and_read),
		cmocka_unit_test(writer_refuses),     cmocka_unit_test(bad_C1_header),
		cmocka_unit_test(bad_C2_payload),     cmocka_unit_test(bad_C3_command),
		cmocka_unit_test(bad_C4_address),     cmocka_unit_test(pdi_headers),
		cmocka_unit_test(pdi_round_trip),     cmocka_unit_test(pdi_any_id_code),
		cmocka_unit_test(bad_P1_short),       cmocka_unit_test(bad_P2_table),
		cmocka_unit_test(bad_P3_places),      cmocka_unit_test(pdi_transformed),
		cmocka_unit_test(bad_P4_transformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
