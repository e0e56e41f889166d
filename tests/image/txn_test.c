/* Transaction streams: the published one-core example byte by byte, both versions, text form, bad input T1-T7. */
#include "tests/image/testing.h"

#include "driver/image/registers.h"
#include "driver/image/txn.h"

/* Stream of the one-core vector add, as its writer lays it out: 420 bytes, 11 operations. */
static void build_example(struct aie_bytes *bytes, enum aie_txn_version version)
{
	static const uint32_t descriptor[8] = { 0x800, 0, 0, 0, 0x80000000, 0x02000000, 0, 0x02000000 };
	struct aie_error error = { 0 };
	struct aie_txn_builder builder;

	aie_txn_begin(&builder, version, AIE_TXN_NPU2, 4);
	aie_txn_block_write(&builder, 0x1D000, descriptor, 8);
	aie_txn_ddr_patch(&builder, 0x1D004, 0, 0);
	aie_txn_write32(&builder, 0x1D214, 0);
	aie_txn_block_write(&builder, 0x1D020, descriptor, 8);
	aie_txn_ddr_patch(&builder, 0x1D024, 1, 0);
	aie_txn_write32(&builder, 0x1D21C, 1);
	aie_txn_block_write(&builder, 0x1D040, descriptor, 8);
	aie_txn_ddr_patch(&builder, 0x1D044, 2, 0);
	aie_txn_mask_write32(&builder, 0x1D200, 0x1F00, 0x0F00);
	aie_txn_write32(&builder, 0x1D204, 0x80000002);
	aie_txn_sync(&builder, 0, 0, false, 0, 1, 1);
	assert_int_equal(aie_txn_finish(&builder, bytes, &error), 0);
}

static void example_bytes(void **state)
{
	static const uint8_t header[16] = { 0, 1, 4, 6, 4, 1, 0, 0, 11, 0, 0, 0, 0xA4, 1, 0, 0 }; /* 0x1A4 = 420 */
	struct aie_bytes bytes;
	const uint8_t *at;

	(void)state;
	build_example(&bytes, AIE_TXN_V0_1);
	assert_int_equal(bytes.size, 420);
	assert_memory_equal(bytes.data, header, 16);
	at = bytes.data + 16; /* BLOCKWRITE: operation, address at 8, size at 12, data from 16 */
	assert_int_equal(at[0], 1);
	assert_int_equal(get32(at, 8), 0x1D000);
	assert_int_equal(get32(at, 12), 48);
	assert_int_equal(get32(at, 16), 0x800);
	assert_int_equal(get32(at, 16 + 28), 0x02000000);
	at += 48; /* DDR_PATCH */
	assert_int_equal(at[0], 129);
	assert_int_equal(get32(at, 4), 48);
	assert_int_equal(get64(at, 24), 0x1D004);
	assert_int_equal(get64(at, 32), 0);
	assert_int_equal(get64(at, 40), 0);
	at += 48; /* WRITE */
	assert_int_equal(at[0], 0);
	assert_int_equal(get64(at, 8), 0x1D214);
	assert_int_equal(get32(at, 16), 0);
	assert_int_equal(get32(at, 20), 24);
	at = bytes.data + 420 - 16 - 24 - 28; /* MASKWRITE of 28 bytes, value before mask */
	assert_int_equal(at[0], 3);
	assert_int_equal(get64(at, 8), 0x1D200);
	assert_int_equal(get32(at, 16), 0x0F00);
	assert_int_equal(get32(at, 20), 0x1F00);
	assert_int_equal(get32(at, 24), 28);
	at += 28 + 24; /* TCT: direction 0, row 0, column 0, one row, one column, channel 0 */
	assert_int_equal(at[0], 128);
	assert_int_equal(get32(at, 4), 16);
	assert_int_equal(get32(at, 8), 0);
	assert_int_equal(get32(at, 12), 0x00010100);
	aie_bytes_free(&bytes);
}

static void example_reads_back(void **state)
{
	static const uint8_t kinds[11] = {
		AIE_OPERATION_BLOCK_WRITE, AIE_OPERATION_DDR_PATCH, AIE_OPERATION_WRITE,
		AIE_OPERATION_BLOCK_WRITE, AIE_OPERATION_DDR_PATCH, AIE_OPERATION_WRITE,
		AIE_OPERATION_BLOCK_WRITE, AIE_OPERATION_DDR_PATCH, AIE_OPERATION_MASK_WRITE,
		AIE_OPERATION_WRITE,       AIE_OPERATION_WAIT,
	};

	(void)state;
	for (int version = 0; version < 2; version++) {
		struct aie_txn_limits limits = { .columns = 1, .execute = true, .arguments = 3 };
		struct aie_error error = { 0 };
		struct aie_operation op;
		struct aie_bytes bytes;
		size_t position = 0;
		struct aie_txn txn;

		build_example(&bytes, version ? AIE_TXN_V1_0 : AIE_TXN_V0_1);
		assert_int_equal(aie_txn_open(&txn, bytes.data, bytes.size, &limits, &error), 0);
		aie_bytes_free(&bytes);
		assert_int_equal(txn.operations, 11);
		assert_int_equal(txn.generation, 4);
		assert_int_equal(txn.columns, 4);
		for (int i = 0; i < 11; i++) {
			assert_true(aie_txn_next(&txn, &position, &op));
			assert_int_equal(op.kind, kinds[i]);
			if (i == 0) {
				assert_int_equal(op.count, 8);
				assert_int_equal(op.words[4], 0x80000000);
			} else if (i == 7) {
				assert_int_equal(op.address, 0x1D044);
				assert_int_equal(op.argument, 2);
			} else if (i == 8) {
				assert_int_equal(op.mask, 0x1F00);
				assert_int_equal(op.value, 0x0F00);
			} else if (i == 10) {
				assert_int_equal(op.columns, 1);
				assert_int_equal(op.rows, 1);
				assert_false(op.mm2s);
			}
		}
		assert_false(aie_txn_next(&txn, &position, &op));
		assert_false(aie_txn_next(&txn, &position, &op));
		aie_txn_close(&txn);
	}
}

/* Every kind of operation, through both versions. */
static void every_operation(void **state)
{
	static const uint32_t registers[4] = { 0x1D220, 0, 0x02332004, 0 };
	static const struct aie_operation all[] = {
		{ .kind = AIE_OPERATION_NOP },
		{ .kind = AIE_OPERATION_PREEMPT, .value = 2 },
		{ .kind = AIE_OPERATION_MASK_POLL, .address = 0x00232004, .mask = 0x100000, .value = 0x100000 },
		{ .kind = AIE_OPERATION_MASK_POLL_BUSY, .address = 0x00232004, .mask = 1, .value = 1 },
		{ .kind = AIE_OPERATION_LOAD_PDI, .value = 0x1234, .pdi_size = 4096, .pdi_address = 0x4000000 },
		{ .kind = AIE_OPERATION_LOAD_PM, .value = 5, .count = 3 },
		{ .kind = AIE_OPERATION_CREATE_SCRATCHPAD,
		  .value = 1,
		  .pdi_size = 64,
		  .pdi_address = UINT64_C(0x123456789) },
		{ .kind = AIE_OPERATION_UPDATE_STATE, .index = 3, .function = 1, .value = 7 },
		{ .kind = AIE_OPERATION_UPDATE_REG, .index = 4, .function = 2, .value = 8, .address = 0x1D004 },
		{ .kind = AIE_OPERATION_UPDATE_SCRATCH },
		{ .kind = AIE_OPERATION_WAIT,
		  .column = 1,
		  .row = 1,
		  .columns = 3,
		  .rows = 1,
		  .channel = 5,
		  .mm2s = true },
		{ .kind = AIE_OPERATION_READ_REGS, .count = 2, .words = registers },
		{ .kind = AIE_OPERATION_RECORD_TIMER, .value = 99 },
		{ .kind = AIE_OPERATION_MERGE_SYNC, .value = 4, .columns = 2 },
		{ .kind = AIE_OPERATION_WRITE, .address = 0x06532000, .value = 0xFFFFFFFF },
	};
	enum { COUNT = sizeof all / sizeof *all };

	(void)state;
	for (int version = 0; version < 2; version++) {
		struct aie_txn_builder builder, again;
		struct aie_error error = { 0 };
		struct aie_bytes bytes, copy;
		struct aie_operation op;
		size_t position = 0;
		struct aie_txn txn;

		aie_txn_begin(&builder, version ? AIE_TXN_V1_0 : AIE_TXN_V0_1, AIE_TXN_NPU2, 4);
		for (int i = 0; i < COUNT; i++)
			aie_txn_append(&builder, &all[i]);
		assert_int_equal(aie_txn_finish(&builder, &bytes, &error), 0);
		assert_int_equal(aie_txn_open(&txn, bytes.data, bytes.size, NULL, &error), 0);
		aie_txn_begin(&again, txn.version, txn.generation, txn.columns);
		for (int i = 0; i < COUNT; i++) {
			assert_true(aie_txn_next(&txn, &position, &op));
			assert_int_equal(op.kind, all[i].kind);
			assert_int_equal(op.value, all[i].value);
			assert_int_equal(op.mask, all[i].mask);
			assert_int_equal(op.address, all[i].address);
			assert_int_equal(op.index, all[i].index);
			assert_int_equal(op.function, all[i].function);
			assert_int_equal(op.column, all[i].column);
			assert_int_equal(op.columns, all[i].columns);
			assert_int_equal(op.channel, all[i].channel);
			assert_int_equal(op.mm2s, all[i].mm2s);
			assert_int_equal(op.count, all[i].count);
			assert_true(op.pdi_address == all[i].pdi_address);
			assert_int_equal(op.pdi_size, all[i].pdi_size);
			if (op.kind == AIE_OPERATION_READ_REGS)
				assert_memory_equal(op.words, registers, sizeof registers);
			aie_txn_append(&again, &op);
		}
		assert_int_equal(aie_txn_finish(&again, &copy, &error), 0);
		assert_int_equal(copy.size, bytes.size);
		assert_memory_equal(copy.data, bytes.data, copy.size);
		aie_txn_close(&txn);
		aie_bytes_free(&bytes);
		aie_bytes_free(&copy);
	}
}

/* ---- streams by hand --------------------------------------------------------------------------------------------- */

struct stream {
	uint8_t data[512];
	size_t size;
};

static void header(struct stream *stream, unsigned major, uint32_t operations)
{
	memset(stream, 0, sizeof *stream);
	stream->data[0] = (uint8_t)major;
	stream->data[1] = major ? 0 : 1;
	stream->data[2] = 4;
	stream->data[3] = 6;
	stream->data[4] = 4;
	stream->data[5] = 1;
	put32(stream->data, 8, operations);
	stream->size = 16;
}

static void record(struct stream *stream, const uint32_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put32(stream->data, stream->size + 4 * i, words[i]);
	stream->size += 4 * count;
	put32(stream->data, 12, (uint32_t)stream->size);
}
#define RECORD(stream, ...)                                                                                            \
	do {                                                                                                           \
		const uint32_t record_list[] = { __VA_ARGS__ };                                                        \
		record(stream, record_list, sizeof record_list / sizeof *record_list);                                 \
	} while (0)

static void refuse(const struct stream *stream, const struct aie_txn_limits *limits, const char *part)
{
	struct aie_error error = { 0 };
	struct aie_txn txn;
	uint8_t *copy = copy_of(stream->data, stream->size);

	assert_int_equal(aie_txn_open(&txn, copy, stream->size, limits, &error), -1);
	assert_refused(&error, part);
	assert_null(txn.words);
	free(copy);
}

static void accept(const struct stream *stream, const struct aie_txn_limits *limits, struct aie_txn *txn)
{
	struct aie_error error = { 0 };
	uint8_t *copy = copy_of(stream->data, stream->size);

	if (aie_txn_open(txn, copy, stream->size, limits, &error))
		fail_msg("%s", error.text);
	free(copy);
}

/* aie-rt pads the mask record to 32 bytes, mlir-aie does not: the size field decides. */
static void mask_write_of_28_and_32_bytes(void **state)
{
	struct aie_operation op;
	struct stream stream;
	size_t position = 0;
	struct aie_txn txn;

	(void)state;
	header(&stream, 0, 3);
	RECORD(&stream, 3, 0, 0x1D200, 0, 0x0F00, 0x1F00, 32, 0);
	RECORD(&stream, 3, 0, 0x1D208, 0, 0x0F00, 0x1F00, 28);
	RECORD(&stream, 0, 0, 0x1D204, 0, 0x80000002, 24);
	accept(&stream, NULL, &txn);
	assert_true(aie_txn_next(&txn, &position, &op));
	assert_int_equal(op.size, 32);
	assert_true(aie_txn_next(&txn, &position, &op));
	assert_int_equal(op.size, 28);
	assert_int_equal(op.address, 0x1D208);
	assert_true(aie_txn_next(&txn, &position, &op));
	assert_int_equal(op.value, 0x80000002);
	aie_txn_close(&txn);
}

/* A buffer may be longer than the stream, and zero words may follow the last record. */
static void padding_is_tolerated(void **state)
{
	struct aie_operation op;
	struct stream stream;
	size_t position = 0;
	struct aie_txn txn;

	(void)state;
	header(&stream, 1, 1);
	RECORD(&stream, 0, 0x1D204, 1);
	RECORD(&stream, 0, 0, 0, 0);
	stream.data[stream.size] = 0xFF;
	stream.size += 3; /* behind the total size: anything */
	accept(&stream, NULL, &txn);
	assert_true(aie_txn_next(&txn, &position, &op));
	assert_false(aie_txn_next(&txn, &position, &op));
	aie_txn_close(&txn);
}

static void bad_T1_size(void **state)
{
	struct stream stream;

	(void)state;
	header(&stream, 0, 1);
	RECORD(&stream, 0, 0, 0x1D204, 0, 0, 24);
	for (size_t size = 0; size < 16; size++) {
		struct stream cut = stream;

		cut.size = size;
		refuse(&cut, NULL, "too few");
	}
	put32(stream.data, 12, 44);
	refuse(&stream, NULL, "total size of 44");
	put32(stream.data, 12, 12);
	refuse(&stream, NULL, "total size of 12");
	put32(stream.data, 12, 38);
	refuse(&stream, NULL, "total size of 38");
	put32(stream.data, 12, 40);
	stream.data[0] = 2;
	refuse(&stream, NULL, "version");
}

static void bad_T2_records(void **state)
{
	struct stream stream;

	(void)state;
	header(&stream, 0, 1);
	RECORD(&stream, 1, 0, 0x1D000, 0); /* BLOCKWRITE of size 0: an endless loop for a careless reader */
	refuse(&stream, NULL, "0 bytes");
	header(&stream, 0, 1);
	RECORD(&stream, 0, 0, 0x1D000, 0, 0, 20);
	refuse(&stream, NULL, "20 bytes");
	header(&stream, 0, 1);
	RECORD(&stream, 1, 0, 0x1D000, 18, 0);
	refuse(&stream, NULL, "18 bytes");
	header(&stream, 0, 1);
	RECORD(&stream, 1, 0, 0x1D000, 64, 0);
	refuse(&stream, NULL, "past the end");
	header(&stream, 0, 1);
	RECORD(&stream, 0, 0, 0x1D000);
	refuse(&stream, NULL, "past the end");
	header(&stream, 1, 1);
	RECORD(&stream, 129, 12, 0x1D004);
	refuse(&stream, NULL, "past the end");
	header(&stream, 1, 1);
	RECORD(&stream, 129, 12, 0x1D004, 0, 0, 0);
	refuse(&stream, NULL, "12 bytes");
	header(&stream, 1, 3); /* three operations announced, two there */
	RECORD(&stream, 0, 0x1D204, 1);
	RECORD(&stream, 0, 0x1D204, 1);
	refuse(&stream, NULL, "ends before");
	put32(stream.data, 8, 1); /* one announced */
	refuse(&stream, NULL, "but more follow");
	put32(stream.data, 8, 0xFFFFFFFF);
	refuse(&stream, NULL, "ends before");
	header(&stream, 0, 1);
	RECORD(&stream, 130, 16, 5, 0); /* READ_REGS of five registers in a record without one */
	refuse(&stream, NULL, "READ_REGS");
	header(&stream, 0, 1);
	RECORD(&stream, 9, 0); /* LOAD_PM with nothing to load */
	refuse(&stream, NULL, "LOAD_PM");
	header(&stream, 0, 2);
	RECORD(&stream, 9 | 2 << 8, 0);
	RECORD(&stream, 5);
	refuse(&stream, NULL, "LOAD_PM of 2");
}

static void bad_T3_operation(void **state)
{
	static const uint8_t unknown[] = { 2, 14, 15, 16, 127, 133, 199, 200, 255 };
	struct stream stream;

	(void)state;
	for (size_t i = 0; i < sizeof unknown; i++) {
		header(&stream, (unsigned)i & 1, 1);
		RECORD(&stream, unknown[i], 0, 0, 0, 0, 0, 0, 0);
		refuse(&stream, NULL, "unknown operation");
	}
}

static void bad_T4_patch(void **state)
{
	struct aie_txn_limits limits = { .columns = 4, .execute = true, .arguments = 2 };
	struct stream stream;
	struct aie_txn txn;

	(void)state;
	header(&stream, 1, 2);
	RECORD(&stream, 1, 0x1D000, 44, 0, 0, 0, 0, 0, 0, 0, 0);
	RECORD(&stream, 129, 24, 0x1D004, 2, 0, 0); /* third of two arguments */
	refuse(&stream, &limits, "argument 2");
	limits.arguments = 3;
	accept(&stream, &limits, &txn);
	aie_txn_close(&txn);
	limits.arguments = 0;
	limits.ignore_patches = true; /* of a control-code ELF: no arguments come with it */
	accept(&stream, &limits, &txn);
	aie_txn_close(&txn);

	header(&stream, 1, 2);
	RECORD(&stream, 1, 0x1D000, 44, 0, 0, 0, 0, 0, 0, 0, 0);
	RECORD(&stream, 129, 24, 0x1D008, 0, 0, 0);
	refuse(&stream, NULL, "not word 1");
	put32(stream.data, stream.size - 16, 0x1D204); /* behind the descriptors */
	refuse(&stream, NULL, "not word 1");
	put32(stream.data, stream.size - 16, 0x0021D004); /* a compute tile's descriptor */
	refuse(&stream, NULL, "not word 1");
	put32(stream.data, stream.size - 16, 0x1D024); /* another descriptor than the one written */
	refuse(&stream, NULL, "no earlier record");
	put32(stream.data, stream.size - 16, 0x0201D004); /* the same in another column */
	refuse(&stream, NULL, "no earlier record");
	header(&stream, 1, 2);
	RECORD(&stream, 129, 24, 0x1D004, 0, 0, 0); /* before its descriptor */
	RECORD(&stream, 1, 0x1D000, 44, 0, 0, 0, 0, 0, 0, 0, 0);
	refuse(&stream, NULL, "no earlier record");
	header(&stream, 0, 1);
	RECORD(&stream, 129, 48, 0, 0, 0, 0, 0x1D004, 0, 256, 0, 0, 0);
	refuse(&stream, NULL, "argument 256");
}

static void bad_T5_wait(void **state)
{
	static const struct {
		uint32_t tile, range;
		const char *part;
	} cases[] = {
		{ 0x00040000, 0x00010100, "up to (4,0)" }, /* column 4 of four */
		{ 0x00010000, 0x00040100, "up to (4,0)" }, /* four columns from 1 */
		{ 0x00000600, 0x00010100, "up to (0,6)" }, /* row 6 */
		{ 0x00000000, 0x02010100, "channel 2" },   /* a shim has two channels */
		{ 0x00000100, 0x06010100, "channel 6" },   /* a memory tile six */
		{ 0x00000200, 0x02010100, "channel 2" },   /* a compute tile two */
		{ 0x00000000, 0x00000100, "no tile" },     { 0x00000002, 0x00010100, "direction" },
	};
	struct stream stream;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		header(&stream, 0, 1);
		RECORD(&stream, 128, 16, cases[i].tile, cases[i].range);
		refuse(&stream, NULL, cases[i].part);
	}
}

static void bad_T6_load_pdi(void **state)
{
	struct aie_txn_limits limits = {
		.columns = 4, .execute = true, .heap_address = 0x4000000, .heap_size = 0x4000000
	};
	struct stream stream;
	struct aie_txn txn;

	(void)state;
	header(&stream, 0, 1);
	RECORD(&stream, 8, 0x1000, 0, 0);
	accept(&stream, NULL, &txn); /* not yet patched by the host */
	aie_txn_close(&txn);
	refuse(&stream, &limits, "at 0x0");
	header(&stream, 0, 1);
	RECORD(&stream, 8, 0, 0x4000000, 0);
	refuse(&stream, &limits, "0 bytes");
	header(&stream, 0, 1);
	RECORD(&stream, 8, 0x1000, 0x7FFF004, 0);
	refuse(&stream, &limits, "heap");
	header(&stream, 0, 1);
	RECORD(&stream, 8, 0x1000, 0x4000000, 1);
	refuse(&stream, &limits, "heap");
	header(&stream, 0, 1);
	RECORD(&stream, 8, 0x1000, 0x4000000, 0);
	accept(&stream, &limits, &txn);
	aie_txn_close(&txn);
}

/* Addresses: alignment, rows, columns, tile window, in every operation that has one. */
static void bad_addresses(void **state)
{
	struct aie_txn_limits two = { .columns = 2 };
	struct stream stream;

	(void)state;
	header(&stream, 1, 1);
	RECORD(&stream, 0, 0x1D202, 0);
	refuse(&stream, NULL, "aligned");
	header(&stream, 1, 1);
	RECORD(&stream, 3, 0x00600000, 0, 0);
	refuse(&stream, NULL, "row 6");
	header(&stream, 1, 1);
	RECORD(&stream, 4, 0x08000000, 0, 0);
	refuse(&stream, NULL, "column 4"); /* the header says four columns */
	put32(stream.data, 20, 0x04000000);
	refuse(&stream, &two, "column 2");
	header(&stream, 0, 1);
	RECORD(&stream, 0, 0, 0x1D204, 1, 0, 24);
	refuse(&stream, NULL, "outside");
	header(&stream, 1, 1);
	RECORD(&stream, 1, 0x000FFFFC, 20, 0, 0);
	refuse(&stream, NULL, "window");
	header(&stream, 1, 1);
	RECORD(&stream, 12, 0, 0x1D202);
	refuse(&stream, NULL, "aligned");
	header(&stream, 1, 1);
	RECORD(&stream, 130, 24, 1, 0, 0x1D204, 1);
	refuse(&stream, NULL, "outside");
}

/* Streams of other NPUs can be looked at but not run here. */
static void other_devices_are_refused_by_name(void **state)
{
	struct aie_txn_limits limits = { .columns = 4, .execute = true };
	struct aie_error error = { 0 };
	struct stream stream;
	struct aie_txn txn;

	(void)state;
	header(&stream, 0, 1);
	RECORD(&stream, 0, 0, 0x1D204, 0, 0, 24);
	stream.data[2] = AIE_TXN_NPU1;
	accept(&stream, NULL, &txn);
	aie_txn_close(&txn);
	assert_int_equal(aie_txn_open(&txn, stream.data, stream.size, &limits, &error), -1);
	assert_int_equal(error.category, AIE_ERROR_UNSUPPORTED);
	assert_non_null(strstr(error.text, "NPU1"));
	stream.data[2] = AIE_TXN_STRIX_B0;
	accept(&stream, &limits, &txn);
	aie_txn_close(&txn);
}

/* ---- text form --------------------------------------------------------------------------------------------------- */

static void text_round_trip(void **state)
{
	struct aie_bytes bytes, text, back;
	struct aie_error error = { 0 };

	(void)state;
	build_example(&bytes, AIE_TXN_V0_1);
	assert_int_equal(aie_txn_to_text(bytes.data, bytes.size, &text, &error), 0);
	assert_memory_equal(text.data, "06040100\n00000104\n0000000b\n000001a4\n", 36);
	assert_true(aie_txn_recognise_text(text.data, text.size));
	assert_false(aie_txn_recognise_text(bytes.data, bytes.size));
	assert_int_equal(aie_txn_from_file(text.data, text.size, &back, &error), 0);
	assert_int_equal(back.size, bytes.size);
	assert_memory_equal(back.data, bytes.data, back.size);
	aie_bytes_free(&back);
	assert_int_equal(aie_txn_from_text("06040100\r\n\n 0000000B \r\n00000010", 31, &back, &error), 0);
	assert_int_equal(back.size, 12);
	assert_int_equal(get32(back.data, 4), 0xB);
	aie_bytes_free(&back);
	aie_bytes_free(&text);
	aie_bytes_free(&bytes);
}

static void bad_T7_text(void **state)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{ "06040100\n0000010g\n", "line 2: byte 0x67" },
		{ "06040100\n000001\n", "line 2: 6 hex digits" },
		{ "06040100\n000001041\n", "line 2: more than 8" },
		{ "06040100 00000104\n", "line 1: more than one word" },
		{ "0604010", "line 1: 7 hex digits" },
		{ "06040100\n0x00000104\n", "line 2" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct aie_error error = { 0 };
		struct aie_bytes bytes;

		assert_int_equal(aie_txn_from_text(cases[i].text, strlen(cases[i].text), &bytes, &error), -1);
		assert_refused(&error, cases[i].part);
		assert_null(bytes.data);
	}
}

static void writer_refuses(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct aie_txn_builder builder;
		struct aie_error error = { 0 };
		struct aie_bytes bytes;

		aie_txn_begin(&builder, AIE_TXN_V0_1, AIE_TXN_NPU2, 8);
		if (i == 0)
			aie_txn_write32(&builder, 1, 0);
		else if (i == 1)
			aie_txn_ddr_patch(&builder, 0x1D004, 256, 0);
		else if (i == 2)
			aie_txn_sync(&builder, 0, 0, false, 0, 0, 1);
		else
			aie_txn_sync(&builder, 0, 5, false, 0, 1, 2);
		aie_txn_write32(&builder, 0, 0);
		assert_int_equal(aie_txn_finish(&builder, &bytes, &error), -1);
		assert_int_equal(error.category, AIE_ERROR_INPUT);
		assert_null(bytes.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(example_bytes),
		cmocka_unit_test(example_reads_back),
		cmocka_unit_test(every_operation),
		cmocka_unit_test(mask_write_of_28_and_32_bytes),
		cmocka_unit_test(padding_is_tolerated),
		cmocka_unit_test(bad_T1_size),
		cmocka_unit_test(bad_T2_records),
		cmocka_unit_test(bad_T3_operation),
		cmocka_unit_test(bad_T4_patch),
		cmocka_unit_test(bad_T5_wait),
		cmocka_unit_test(bad_T6_load_pdi),
		cmocka_unit_test(bad_addresses),
		cmocka_unit_test(other_devices_are_refused_by_name),
		cmocka_unit_test(text_round_trip),
		cmocka_unit_test(bad_T7_text),
		cmocka_unit_test(writer_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
