/* The array-program builder: descriptors, locks, memory, routes, host sequence.  Images are read back with the image
 * library and followed as the hardware would follow them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/image/cdo.h"
#include "driver/image/pdi.h"
#include "driver/image/txn.h"
#include "driver/image/xclbin.h"
#include "kernels/gemv_int4/gemv_int4.h"
#include "kernels/program/program.h"

/* ---- a register file of the whole array ---- */

enum { COLUMNS = 8, ROWS = 6, TILE_WORDS = 1 << 18 };

struct array {
	uint32_t *tile[COLUMNS][ROWS];
};

static uint32_t *reg(struct array *array, unsigned column, unsigned row, uint32_t offset)
{
	assert_true(column < COLUMNS && row < ROWS);
	if (!array->tile[column][row])
		array->tile[column][row] = calloc(TILE_WORDS, 4);
	return &array->tile[column][row][offset / 4];
}

static uint32_t *at(struct array *array, uint64_t address)
{
	return reg(array, (unsigned)(address >> 25), (unsigned)(address >> 20 & 31), (uint32_t)(address & 0xFFFFF));
}

static void array_free(struct array *array)
{
	for (unsigned c = 0; c < COLUMNS; c++)
		for (unsigned r = 0; r < ROWS; r++)
			free(array->tile[c][r]);
}

static void configure(struct array *array, const struct aie_program *program, unsigned columns)
{
	size_t size;
	const uint8_t *bytes = aie_program_cdo(program, &size);
	struct aie_error error = { 0 };
	struct aie_cdo cdo;
	if (aie_cdo_open(&cdo, bytes, size, columns, &error))
		fail_msg("%s", error.text);
	struct aie_cdo_cursor cursor = { 0 };
	struct aie_operation op;
	while (aie_cdo_next(&cdo, &cursor, &op)) {
		if (op.kind == AIE_OPERATION_WRITE)
			*at(array, op.address) = op.value;
		else if (op.kind == AIE_OPERATION_MASK_WRITE)
			*at(array, op.address) = (*at(array, op.address) & ~op.mask) | (op.value & op.mask);
		else if (op.kind == AIE_OPERATION_BLOCK_WRITE)
			for (uint32_t i = 0; i < op.count; i++)
				*at(array, op.address + 4 * i) = op.words[i];
	}
	aie_cdo_close(&cdo);
}

/* ---- following circuit-switched streams; port numbers as in the architecture manual's tables ---- */

struct place {
	unsigned column, row, slave;
};

/* One step: from a slave port through the (single) master that it feeds.  Returns the master's number. */
static unsigned master_of(struct array *array, struct place at_place)
{
	uint32_t base = at_place.row == 1 ? 0xB0000 : 0x3F000;
	unsigned found = 99;
	assert_int_equal(*reg(array, at_place.column, at_place.row, base + 0x100 + 4 * at_place.slave), 0x80000000u);
	for (unsigned m = 0; m < 25; m++) {
		uint32_t value = *reg(array, at_place.column, at_place.row, base + 4 * m);
		if ((value & 0xC0000000) == 0x80000000 && (value & 0x1F) == at_place.slave) {
			assert_int_equal(found, 99);
			found = m;
		}
	}
	assert_int_not_equal(found, 99);
	return found;
}

/* The slave port at the other end of the wires of a master port, by the port tables of streams (documented
 * AM020/AM025). */
static bool next_place(struct place *p, unsigned master)
{
	struct range {
		unsigned first, count;
	};
	static const struct range south_m[3] = { { 2, 6 }, { 7, 4 }, { 5, 4 } },
	                          west_m[3] = { { 8, 4 }, { 0, 0 }, { 9, 4 } },
	                          north_m[3] = { { 12, 6 }, { 11, 6 }, { 13, 6 } },
	                          east_m[3] = { { 18, 4 }, { 0, 0 }, { 19, 4 } };
	static const unsigned south_s[3] = { 2, 7, 5 }, west_s[3] = { 10, 0, 11 }, north_s[3] = { 14, 13, 15 },
	                      east_s[3] = { 18, 0, 19 };
	unsigned kind = p->row > 1 ? 2 : p->row;
	if (master >= north_m[kind].first && master < north_m[kind].first + north_m[kind].count) {
		unsigned index = master - north_m[kind].first;
		p->row++;
		p->slave = south_s[p->row > 1 ? 2 : p->row] + index;
	} else if (p->row && master >= south_m[kind].first && master < south_m[kind].first + south_m[kind].count) {
		unsigned index = master - south_m[kind].first;
		p->row--;
		p->slave = north_s[p->row > 1 ? 2 : p->row] + index;
	} else if (master >= west_m[kind].first && master < west_m[kind].first + west_m[kind].count) {
		unsigned index = master - west_m[kind].first;
		p->column--;
		p->slave = east_s[p->row > 1 ? 2 : p->row] + index;
	} else if (master >= east_m[kind].first && master < east_m[kind].first + east_m[kind].count) {
		unsigned index = master - east_m[kind].first;
		p->column++;
		p->slave = west_s[p->row > 1 ? 2 : p->row] + index;
	} else {
		return false;
	}
	return true;
}

/* Follow from a slave port to the master port where the stream ends; returns hops. */
static unsigned follow(struct array *array, struct place from, struct place *end, unsigned *master)
{
	for (unsigned hops = 1; hops < 40; hops++) {
		*master = master_of(array, from);
		*end = from;
		/* memory tiles pass South k to North k and back only */
		if (from.row == 1)
			assert_true((from.slave >= 7 && *master == from.slave + 4) ||
			            (from.slave >= 13 && *master + 6 == from.slave));
		if (!next_place(&from, *master))
			return hops;
	}
	fail_msg("stream does not end");
	return 0;
}

static struct aie_gemv_shape shape_of(uint32_t m, uint32_t k, uint32_t cols, uint32_t tsi, uint32_t tso,
                                      enum aie_gemv_placement placement)
{
	return (struct aie_gemv_shape){
		.m = m,
		.k = k,
		.cols = cols,
		.tsi = tsi,
		.tso = tso,
		.group = 32,
		.schedule = AIE_GEMV_DOUBLE,
		.placement = placement,
	};
}

static void expect_route(struct array *array, struct place from, struct place to, unsigned master)
{
	struct place end;
	unsigned last;
	follow(array, from, &end, &last);
	assert_int_equal(end.column, to.column);
	assert_int_equal(end.row, to.row);
	assert_int_equal(last, master);
}

/* Every stream of every shape ends at its own DMA channel: MM2S 0/1 enter at slave South 3/7 (ports 5, 9), S2MM 0/1
 * leave at master South 2/3 (ports 4, 5); tile DMA channels are ports 1 and 2.  Placement as the published build's. */
static void test_routes(void **state)
{
	(void)state;
	for (unsigned cols = 1; cols <= 8; cols *= 2)
		for (int spread = 0; spread < 2; spread++) {
			struct aie_gemv_shape s =
			        shape_of(64, 2048, cols, 1, 0, spread ? AIE_GEMV_SPREAD : AIE_GEMV_PACKED);
			struct aie_error error = { 0 };
			assert_int_equal(aie_gemv_check_shape(&s, &error), 0);
			struct aie_program *program = aie_gemv_program(&s, &error);
			if (!program)
				fail_msg("%s", error.text);
			unsigned width = aie_program_image(program)->columns;
			assert_int_equal(width, spread ? cols : cols == 8 ? 8 : cols == 4 ? 4 : cols == 2 ? 2 : 1);
			struct array array = { 0 };
			configure(&array, program, width);
			for (unsigned i = 0; i < cols; i++) {
				unsigned column = spread ? i : i / 4, row = spread ? 2 : 2 + i % 4;
				unsigned a = spread ? i : i / 2, b = spread ? i : (cols + i) / 2;
				unsigned a_channel = spread ? 0 : i % 2, b_channel = spread ? 1 : (cols + i) % 2;
				struct place tile = { column, row, 0 };
				expect_route(&array, (struct place){ a, 0, a_channel ? 9 : 5 }, tile, 1);
				expect_route(&array, (struct place){ b, 0, b_channel ? 9 : 5 }, tile, 2);
				expect_route(&array, (struct place){ column, row, 1 }, (struct place){ a, 0, 0 },
				             a_channel ? 5 : 4);
				/* shim multiplexers: South3 [11:10] and South7 [15:14] = 1, demultiplexers South2
				 * [5:4], South3 [7:6] = 1 */
				assert_int_equal(*reg(&array, a, 0, 0x1F000) >> (a_channel ? 14 : 10) & 3, 1);
				assert_int_equal(*reg(&array, b, 0, 0x1F000) >> (b_channel ? 14 : 10) & 3, 1);
				assert_int_equal(*reg(&array, a, 0, 0x1F004) >> (a_channel ? 6 : 4) & 3, 1);
				/* tokens: TileCtrl slave and master South0 in packet mode, slot for packet id 15 */
				assert_int_equal(*reg(&array, a, 0, 0x3F100), 0xC0000000u);
				assert_int_equal(*reg(&array, a, 0, 0x3F200), 0x0F1F0100u);
				assert_int_equal(*reg(&array, a, 0, 0x3F008), 0xC0000008u);
			}
			array_free(&array);
			aie_program_destroy(program);
		}
}

/* Descriptors of a worker word by word, locks, queues and core control, as dma.md writes them. */
static void test_configuration(void **state)
{
	(void)state;
	struct aie_gemv_shape s = shape_of(2048, 8192, 8, 1, 256, AIE_GEMV_PACKED);
	struct aie_error error = { 0 };
	struct aie_program *program = aie_gemv_program(&s, &error);
	assert_non_null(program);
	struct array array = { 0 };
	configure(&array, program, 8);
	for (unsigned column = 0; column < 2; column++)
		for (unsigned row = 2; row < 6; row++) {
			/* FIFO A: locks 0 (empty) and 1 (full), descriptors 0 and 1 in a ring: acquire >= 1 on 0,
			 * release 1 on 1 */
			const uint32_t *bd = reg(&array, column, row, 0x1D000);
			assert_int_equal(bd[0], (0x4000 / 4) << 14 | 4608 / 4);
			assert_int_equal(bd[8], (0x8000 / 4) << 14 | 4608 / 4);
			assert_int_equal(bd[5],
			                 1u << 27 | 1u << 26 | 1u << 25 | 1 << 18 | 1 << 13 | 1 << 12 | 0x7F << 5 | 0);
			assert_int_equal(bd[13],
			                 0u << 27 | 1u << 26 | 1u << 25 | 1 << 18 | 1 << 13 | 1 << 12 | 0x7F << 5 | 0);
			/* FIFO B: locks 2, 3, descriptor 2 follows itself; x fills bank 0 */
			assert_int_equal(bd[16], 0u << 14 | 16384 / 4);
			assert_int_equal(bd[21],
			                 2u << 27 | 1u << 26 | 1u << 25 | 1 << 18 | 3 << 13 | 1 << 12 | 0x7F << 5 | 2);
			/* FIFO C: locks 4, 5, descriptors 3, 4: acquire full, release empty */
			assert_int_equal(bd[24], (0xC000 / 4) << 14 | 512 / 4);
			assert_int_equal(bd[32], (0xC200 / 4) << 14 | 512 / 4);
			assert_int_equal(bd[29],
			                 4u << 27 | 1u << 26 | 1u << 25 | 1 << 18 | 4 << 13 | 1 << 12 | 0x7F << 5 | 5);
			assert_int_equal(bd[37],
			                 3u << 27 | 1u << 26 | 1u << 25 | 1 << 18 | 4 << 13 | 1 << 12 | 0x7F << 5 | 5);
			for (unsigned word = 0; word < 40; word++)
				if (word % 8 >= 1 && word % 8 <= 4)
					assert_int_equal(bd[word], 0);
			static const uint32_t locks[6] = { 2, 0, 1, 0, 2, 0 };
			for (unsigned lock = 0; lock < 6; lock++)
				assert_int_equal(*reg(&array, column, row, 0x1F000 + 16 * lock), locks[lock]);
			/* rings start at configuration: S2MM 0 with 0, S2MM 1 with 2, MM2S 0 with 3 */
			assert_int_equal(*reg(&array, column, row, 0x1DE04), 0);
			assert_int_equal(*reg(&array, column, row, 0x1DE0C), 2);
			assert_int_equal(*reg(&array, column, row, 0x1DE14), 3);
			assert_int_equal(*reg(&array, column, row, 0x32000) & 3, 1); /* enabled, out of reset */
			assert_int_not_equal(*reg(&array, column, row, 0x20000), 0); /* program is there */
		}
	array_free(&array);
	aie_program_destroy(program);
}

/* The host sequence: descriptor, patch and queue of every transfer, then one wait a worker. */
static void test_sequence(void **state)
{
	(void)state;
	struct aie_gemv_shape s = shape_of(2048, 8192, 8, 1, 256, AIE_GEMV_PACKED);
	struct aie_error error = { 0 };
	struct aie_program *program = aie_gemv_program(&s, &error);
	assert_non_null(program);
	const struct aie_operator_image *image = aie_program_image(program);
	struct aie_txn txn;
	struct aie_txn_limits limits = { .columns = image->columns, .execute = true, .arguments = 3 };
	if (aie_txn_open(&txn, image->instructions, image->instructions_size, &limits, &error))
		fail_msg("%s", error.text);
	assert_int_equal(txn.generation, AIE_TXN_NPU2);
	size_t position = 0;
	struct aie_operation op;
	unsigned used[8] = { 0 };
	for (unsigned transfer = 0; transfer < 24; transfer++) {
		bool out = transfer >= 16, x = !out && transfer % 2;
		unsigned i = out ? transfer - 16 : transfer / 2, column = x ? 4 + i / 2 : i / 2, bd = used[column]++;
		uint64_t tile = (uint64_t)column << 25;
		assert_true(aie_txn_next(&txn, &position, &op));
		assert_int_equal(op.kind, AIE_OPERATION_BLOCK_WRITE);
		assert_int_equal(op.address, tile + 0x1D000 + 0x20 * bd);
		assert_int_equal(op.count, 8);
		uint32_t bytes = out ? 512 : x ? 16384 : 256 * 4608;
		const uint32_t expected[8] = { bytes / 4, 0, 0, 0, 0xC0000000, 0x02000000, 0, 0x02000000 };
		assert_memory_equal(op.words, expected, sizeof expected);
		assert_true(aie_txn_next(&txn, &position, &op));
		assert_int_equal(op.kind, AIE_OPERATION_DDR_PATCH);
		assert_int_equal(op.address, tile + 0x1D004 + 0x20 * bd);
		assert_int_equal(op.argument, out ? 2 : x ? 1 : 0);
		assert_int_equal(op.addend, x ? 0 : (uint64_t)i * bytes);
		if (out) {
			assert_true(aie_txn_next(&txn, &position, &op));
			assert_int_equal(op.kind, AIE_OPERATION_MASK_WRITE);
			assert_int_equal(op.address, tile + 0x1D200 + 8 * (i % 2));
			assert_int_equal(op.mask, 0x1F00);
			assert_int_equal(op.value, 0x0F00);
		}
		assert_true(aie_txn_next(&txn, &position, &op));
		assert_int_equal(op.kind, AIE_OPERATION_WRITE);
		assert_int_equal(op.address, tile + (out ? 0x1D204 : 0x1D214) + 8 * (i % 2));
		assert_int_equal(op.value, out ? 0x80000000u | bd : bd);
	}
	for (unsigned i = 0; i < 8; i++) {
		assert_true(aie_txn_next(&txn, &position, &op));
		assert_int_equal(op.kind, AIE_OPERATION_WAIT);
		assert_int_equal(op.column, i / 2);
		assert_int_equal(op.row, 0);
		assert_int_equal(op.channel, i % 2);
		assert_false(op.mm2s);
		assert_int_equal(op.columns, 1);
		assert_int_equal(op.rows, 1);
	}
	assert_false(aie_txn_next(&txn, &position, &op));
	aie_txn_close(&txn);
	aie_program_destroy(program);
}

/* The xclbin holds one PDI whose CDO is the program's. */
static void test_container(void **state)
{
	(void)state;
	struct aie_gemv_shape s = shape_of(64, 2048, 4, 1, 16, AIE_GEMV_PACKED);
	struct aie_error error = { 0 };
	struct aie_program *program = aie_gemv_program(&s, &error);
	assert_non_null(program);
	const struct aie_operator_image *image = aie_program_image(program);
	struct aie_xclbin xclbin;
	assert_int_equal(aie_xclbin_open(&xclbin, image->xclbin, image->xclbin_size, 8, &error), 0);
	assert_int_equal(xclbin.columns, 4);
	const struct aie_xclbin_kernel *kernel = aie_xclbin_find_kernel(&xclbin, image->kernel, &error);
	assert_non_null(kernel);
	struct aie_pdi pdi;
	assert_int_equal(aie_pdi_open(&pdi, xclbin.pdi[kernel->pdi].data, xclbin.pdi[kernel->pdi].size, 4, &error), 0);
	size_t size;
	const uint8_t *cdo = aie_program_cdo(program, &size);
	assert_memory_equal(xclbin.pdi[kernel->pdi].data + AIE_PDI_CDO_OFFSET, cdo, size);
	aie_pdi_close(&pdi);
	aie_xclbin_close(&xclbin);

	/* equal programs give equal files */
	struct aie_program *again = aie_gemv_program(&s, &error);
	assert_int_equal(aie_program_image(again)->xclbin_size, image->xclbin_size);
	assert_memory_equal(aie_program_image(again)->xclbin, image->xclbin, image->xclbin_size);
	aie_program_destroy(again);
	aie_program_destroy(program);
}

/* Buffers: at their banks when everything fits, packed when not, one clear error when too large. */
static void test_buffers(void **state)
{
	(void)state;
	struct aie_error error = { 0 };
	struct aie_program *program = aie_program_create(&error);
	struct aie_program_buffer a[] = {
		{ "x", 100, 0, 0 }, { "t", 4608, 1, 0 }, { "t", 4608, 2, 0 }, { "y", 512, 3, 0 }, { "y", 512, 3, 0 }
	};
	aie_program_place_buffers(program, 0, 2, a, 5);
	static const uint32_t at_banks[] = { 0, 0x4000, 0x8000, 0xC000, 0xC200 };
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(a[i].address, at_banks[i]);
	struct aie_program_buffer b[] = { { "x", 16384, 0, 0 },
		                          { "t", 18432, 1, 0 },
		                          { "t", 18432, 2, 0 },
		                          { "y", 1024, 3, 0 },
		                          { "y", 1025, 3, 0 } };
	aie_program_place_buffers(program, 0, 3, b, 5);
	static const uint32_t shifted[] = { 0, 0x4000, 0x8800, 0xD000, 0xD400 };
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(b[i].address, shifted[i]);
	struct aie_program_buffer c[] = { { "a", 20000, 0, 0 }, { "b", 20000, 3, 0 }, { "c", 25000, 1, 0 } };
	aie_program_place_buffers(program, 0, 4, c, 3); /* b would end beyond the memory at its bank */
	assert_int_equal(c[2].address + c[2].size <= 0x10000, 1);
	assert_null(aie_program_error(program));
	struct aie_program_buffer d[] = { { "a", 36864, 0, 0 }, { "a", 36864, 3, 0 } };
	aie_program_place_buffers(program, 0, 5, d, 2);
	assert_string_equal(aie_program_error(program)->text,
	                    "buffers need more than the 65536 bytes of data memory of a core: a 36864 + a 36864");
	aie_program_destroy(program);
}

/* Limits are refused by name, the first error stays. */
static void test_limits(void **state)
{
	(void)state;
	struct aie_error error = { 0 };
	uint32_t address[8] = { 0 };
	struct aie_program_fifo_spec spec = {
		.name = "F", .column = 1, .row = 2, .input = true, .depth = 1, .bytes = 64, .address = address
	};

	struct aie_program *program = aie_program_create(&error);
	int first = aie_program_fifo(program, &spec), second = aie_program_fifo(program, &spec);
	assert_true(first == 0 && second == 1);
	assert_int_equal(aie_program_connect(program, 3, 0, first), 0);
	assert_int_equal(aie_program_fifo(program, &spec), -1);
	assert_string_equal(aie_program_error(program)->text, "tile (1,2) has no S2MM channel left for F");
	aie_program_destroy(program);

	program = aie_program_create(&error);
	first = aie_program_fifo(program, &spec);
	second = aie_program_fifo(program, &spec);
	aie_program_connect(program, 3, 0, first);
	assert_int_equal(aie_program_connect(program, 3, 0, second), -1);
	assert_string_equal(aie_program_error(program)->text, "shim (3,0) MM2S channel 0 serves F already, not F");
	assert_int_equal(aie_program_finish(program, &error), -1);
	assert_non_null(strstr(error.text, "serves F already"));
	aie_program_destroy(program);

	program = aie_program_create(&error);
	spec.bytes = 66;
	assert_int_equal(aie_program_fifo(program, &spec), -1);
	assert_non_null(strstr(aie_program_error(program)->text, "32-bit words"));
	aie_program_destroy(program);

	program = aie_program_create(&error);
	spec.bytes = 4 * 0x4000;
	assert_int_equal(aie_program_fifo(program, &spec), -1);
	aie_program_destroy(program);

	program = aie_program_create(&error);
	spec.bytes = 64;
	spec.row = 1;
	assert_int_equal(aie_program_fifo(program, &spec), -1);
	assert_string_equal(aie_program_error(program)->text, "tile (1,1) is no compute tile of the array");
	aie_program_destroy(program);

	program = aie_program_create(&error);
	spec.row = 2;
	int shim = aie_program_connect(program, 0, 0, aie_program_fifo(program, &spec));
	for (unsigned i = 0; i < 16; i++)
		aie_program_transfer(program, shim, 0, 0, 64, false);
	assert_null(aie_program_error(program));
	aie_program_transfer(program, shim, 0, 0, 64, false);
	assert_string_equal(aie_program_error(program)->text, "shim (0,0) has no descriptor left for F (16 in all)");
	aie_program_destroy(program);

	program = aie_program_create(&error);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(aie_program_lock(program, 0, 2, 0, "L", "full"), i);
	assert_int_equal(aie_program_lock(program, 0, 2, 0, "L", "full"), -1);
	aie_program_destroy(program);
}

/* All DMA channels of a full array at once: 32 cores could not be fed by 16 channels, 16 workers can. */
static void test_crowded(void **state)
{
	(void)state;
	struct aie_error error = { 0 };
	struct aie_program *program = aie_program_create(&error);
	uint32_t address[1] = { 0 };
	for (unsigned i = 0; i < 16; i++) {
		struct aie_program_fifo_spec spec = {
			.name = "in",
			.column = i % 8,
			.row = 5 - i / 8,
			.input = true,
			.depth = 1,
			.bytes = 64,
			.address = address,
		};
		aie_program_connect(program, 7 - i / 2, i % 2, aie_program_fifo(program, &spec)); /* crosswise */
		spec.input = false;
		spec.name = "out";
		aie_program_connect(program, 7 - i / 2, i % 2, aie_program_fifo(program, &spec));
	}
	if (aie_program_finish(program, &error))
		fail_msg("%s", error.text);
	struct array array = { 0 };
	configure(&array, program, 8);
	for (unsigned i = 0; i < 16; i++) {
		struct place shim = { 7 - i / 2, 0, i % 2 ? 9 : 5 }, tile = { i % 8, 5 - i / 8, 1 };
		expect_route(&array, shim, tile, 1);
		expect_route(&array, tile, shim, i % 2 ? 5 : 4);
	}
	array_free(&array);
	aie_program_destroy(program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes),    cmocka_unit_test(test_configuration), cmocka_unit_test(test_sequence),
		cmocka_unit_test(test_container), cmocka_unit_test(test_buffers),       cmocka_unit_test(test_limits),
		cmocka_unit_test(test_crowded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
