/* Core ELF: windows, pieces, the load as a CDO, bad input K1 and K2. */
#include "tests/image/testing.h"

#include <elf.h>

#include "driver/image/core_elf.h"
#include "driver/image/registers.h"

static const uint8_t code[6] = { 1, 2, 3, 4, 5, 6 };
static const uint8_t data[10] = { 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19 };

static void write_elf(struct aie_bytes *bytes, const struct aie_core_elf_segment *segments, size_t count)
{
	struct aie_error error = { 0 };

	assert_int_equal(aie_core_elf_write(segments, count, bytes, &error), 0);
}

static void header_values(void **state)
{
	struct aie_core_elf_segment segment = { 0, code, 6, 6 };
	struct aie_bytes bytes;
	Elf32_Ehdr header;

	(void)state;
	write_elf(&bytes, &segment, 1);
	memcpy(&header, bytes.data, sizeof header);
	assert_memory_equal(header.e_ident, "\177ELF\1\1\1\0", 8);
	assert_int_equal(header.e_type, 2);
	assert_int_equal(header.e_machine, 0x108);
	assert_int_equal(header.e_flags, 3);
	assert_int_equal(header.e_entry, 0);
	assert_int_equal(header.e_phoff, 52);
	assert_int_equal(header.e_phentsize, 32);
	aie_bytes_free(&bytes);
}

static void windows(void **state)
{
	struct aie_core_elf_segment segments[] = {
		{ 0x100, code, 6, 6 },
		{ 0x40010, data, 4, 4 },
		{ 0x5FFFC, data, 8, 12 },
		{ 0x70404, NULL, 0, 36 },
	};
	struct aie_error error = { 0 };
	struct aie_core_elf elf;
	struct aie_bytes bytes;
	uint64_t address;

	(void)state;
	write_elf(&bytes, segments, 4);
	assert_int_equal(aie_core_elf_open(&elf, bytes.data, bytes.size, false, &error), 0);
	assert_int_equal(elf.flags, 3);
	assert_int_equal(elf.program_bytes, 0x106);
	assert_int_equal(elf.piece_count, 6);
	assert_int_equal(elf.piece[0].window, AIE_WINDOW_PROGRAM);
	assert_int_equal(elf.piece[0].offset, 0x100);
	assert_int_equal(elf.piece[1].window, AIE_WINDOW_SOUTH);
	/* Across the edge of a window: the rest goes on in the next one, with zeros behind the file's bytes. */
	assert_int_equal(elf.piece[2].window, AIE_WINDOW_WEST);
	assert_int_equal(elf.piece[2].offset, 0xFFFC);
	assert_int_equal(elf.piece[2].size, 4);
	assert_int_equal(elf.piece[3].window, AIE_WINDOW_NORTH);
	assert_int_equal(elf.piece[3].offset, 0);
	assert_int_equal(elf.piece[3].data[0], 0x14);
	assert_int_equal(elf.piece[4].window, AIE_WINDOW_NORTH);
	assert_int_equal(elf.piece[4].offset, 4);
	assert_null(elf.piece[4].data);
	assert_int_equal(elf.piece[5].window, AIE_WINDOW_OWN);
	assert_int_equal(elf.piece[5].size, 36);

	assert_int_equal(aie_core_elf_place(&elf.piece[0], 2, 3, 4, &address, &error), 0);
	assert_int_equal(address, aie_tile_address(2, 3, 0x20100));
	assert_int_equal(aie_core_elf_place(&elf.piece[1], 2, 3, 4, &address, &error), 0);
	assert_int_equal(address, aie_tile_address(2, 2, 0x10));
	assert_int_equal(aie_core_elf_place(&elf.piece[2], 2, 3, 4, &address, &error), 0);
	assert_int_equal(address, aie_tile_address(1, 3, 0xFFFC));
	assert_int_equal(aie_core_elf_place(&elf.piece[3], 2, 3, 4, &address, &error), 0);
	assert_int_equal(address, aie_tile_address(2, 4, 0));
	assert_int_equal(aie_core_elf_place(&elf.piece[5], 2, 3, 4, &address, &error), 0);
	assert_int_equal(address, aie_tile_address(2, 3, 0x404));
	/* K1: no such neighbour. */
	assert_int_equal(aie_core_elf_place(&elf.piece[1], 2, 2, 4, &address, &error), -1);
	assert_refused(&error, "south");
	assert_int_equal(aie_core_elf_place(&elf.piece[2], 0, 3, 4, &address, &error), -1);
	assert_refused(&error, "west");
	assert_int_equal(aie_core_elf_place(&elf.piece[3], 2, 5, 4, &address, &error), -1);
	assert_refused(&error, "north");
	assert_int_equal(aie_core_elf_place(&elf.piece[0], 4, 3, 4, &address, &error), -1);
	assert_refused(&error, "not a compute tile");
	assert_int_equal(aie_core_elf_place(&elf.piece[0], 0, 1, 4, &address, &error), -1);
	assert_refused(&error, "not a compute tile");
	aie_core_elf_close(&elf);
	aie_bytes_free(&bytes);
}

/* What a fill segment asks for, and that debug tables are skipped. */
static void fill_segment(void **state)
{
	static const uint32_t fill[4] = { 0x70020, 10, 0, 0xA1B2C3D4 };
	struct aie_core_elf_segment segments[] = { { 0, code, 4, 4 },
		                                   { 0x70000, fill, 16, 16 },
		                                   { 0x70000, data, 4, 4 } };
	struct aie_error error = { 0 };
	struct aie_core_elf elf;
	struct aie_bytes bytes;

	(void)state;
	write_elf(&bytes, segments, 3);
	put32(bytes.data, 52 + 32, 0x70123463);
	put32(bytes.data, 52 + 64, 0x70123450);
	assert_int_equal(aie_core_elf_open(&elf, bytes.data, bytes.size, false, &error), 0);
	assert_int_equal(elf.piece_count, 2);
	assert_null(elf.piece[1].data);
	assert_int_equal(elf.piece[1].offset, 0x20);
	assert_int_equal(elf.piece[1].size, 10);
	assert_int_equal(elf.piece[1].fill, 0xA1B2C3D4);
	aie_core_elf_close(&elf);
	aie_bytes_free(&bytes);
}

/* Run a CDO's writes on a picture of one tile. */
static void apply(const struct aie_bytes *cdo_bytes, uint8_t *tile, unsigned *first_control, unsigned *resets)
{
	struct aie_cdo_cursor cursor = { 0 };
	struct aie_error error = { 0 };
	struct aie_operation op;
	struct aie_cdo cdo;
	unsigned number = 0;

	*first_control = UINT32_MAX;
	*resets = 0;
	assert_int_equal(aie_cdo_open(&cdo, cdo_bytes->data, cdo_bytes->size, 1, &error), 0);
	while (aie_cdo_next(&cdo, &cursor, &op)) {
		uint32_t at = aie_address_offset(op.address), old;

		if (op.kind == AIE_OPERATION_NOP)
			continue;
		assert_int_equal(aie_address_row(op.address), 2);
		if (at == 0x32000 && *first_control == UINT32_MAX)
			*first_control = number;
		if (op.kind == AIE_OPERATION_MASK_WRITE && at >= 0x1DE00 && at < 0x1DE20)
			*resets += op.value == 2 ? 1 : 0;
		if (op.kind == AIE_OPERATION_BLOCK_WRITE) {
			memcpy(tile + at, op.words, 4 * (size_t)op.count);
		} else {
			old = get32(tile, at);
			if (op.kind == AIE_OPERATION_MASK_WRITE)
				put32(tile, at, (old & ~op.mask) | (op.value & op.mask));
			else
				put32(tile, at, op.value);
		}
		number++;
	}
	aie_cdo_close(&cdo);
}

static void load_as_cdo(void **state)
{
	struct aie_core_elf_segment segments[] = { { 0, code, 6, 6 },
		                                   { 0x70405, data, 10, 14 },
		                                   { 0x70502, data, 1, 1 } };
	uint8_t *tile = malloc(1 << 20);
	struct aie_error error = { 0 };
	struct aie_cdo_builder builder;
	unsigned first_control, resets;
	struct aie_bytes bytes, cdo;
	struct aie_core_elf elf;

	(void)state;
	assert_non_null(tile);
	memset(tile, 0xCC, 1 << 20);
	put32(tile, 0x32000, 3);
	for (uint32_t at = 0x1DE00; at < 0x1DE20; at += 4)
		put32(tile, at, 0);
	write_elf(&bytes, segments, 3);
	assert_int_equal(aie_core_elf_open(&elf, bytes.data, bytes.size, false, &error), 0);
	aie_cdo_begin(&builder);
	assert_int_equal(aie_core_elf_to_cdo(&elf, 0, 2, 1, &builder, &error), 0);
	assert_int_equal(aie_cdo_finish(&builder, &cdo, &error), 0);
	apply(&cdo, tile, &first_control, &resets);
	assert_int_equal(first_control, 0); /* the core is stopped first */
	assert_int_equal(resets, 4);        /* all four channels were held in reset */
	assert_int_equal(get32(tile, 0x32000), 2);
	for (uint32_t at = 0x1DE00; at < 0x1DE20; at += 8)
		assert_int_equal(get32(tile, at), 0);
	assert_memory_equal(tile + 0x20000, code, 6);
	assert_int_equal(tile[0x20006], 0); /* program memory: whole words */
	assert_int_equal(tile[0x20008], 0xCC);
	assert_int_equal(tile[0x404], 0xCC); /* data memory: not a byte more */
	assert_memory_equal(tile + 0x405, data, 10);
	assert_memory_equal(tile + 0x40F, "\0\0\0\0", 4);
	assert_int_equal(tile[0x413], 0xCC);
	assert_int_equal(tile[0x501], 0xCC);
	assert_int_equal(tile[0x502], 0x10);
	assert_int_equal(tile[0x503], 0xCC);
	aie_bytes_free(&cdo);
	aie_core_elf_close(&elf);
	aie_bytes_free(&bytes);
	free(tile);
}

static void refuse(const struct aie_bytes *bytes, size_t at, uint32_t value, size_t width, const char *part)
{
	struct aie_error error = { 0 };
	struct aie_core_elf elf;
	uint8_t *copy = copy_of(bytes->data, bytes->size);

	memcpy(copy + at, &value, width);
	assert_int_equal(aie_core_elf_open(&elf, copy, bytes->size, false, &error), -1);
	assert_refused(&error, part);
	assert_null(elf.piece);
	free(copy);
}

static void bad_K1_header_and_windows(void **state)
{
	struct aie_core_elf_segment segment = { 0, code, 6, 6 };
	struct aie_error error = { 0 };
	struct aie_core_elf elf;
	struct aie_bytes bytes;

	(void)state;
	write_elf(&bytes, &segment, 1);
	refuse(&bytes, 0, 'X', 1, "magic");
	refuse(&bytes, 4, 2, 1, "class 2");
	refuse(&bytes, 5, 2, 1, "data 2");
	refuse(&bytes, 16, 1, 2, "type 1");
	refuse(&bytes, 18, 62, 2, "machine 62");
	refuse(&bytes, 36, 7, 4, "flags 7");
	refuse(&bytes, 24, 0x4000, 4, "entry");
	refuse(&bytes, 52 + 12, 0x3FFC, 4, "overflows the program memory"); /* p_paddr */
	refuse(&bytes, 52 + 12, 0x04000, 4, "no memory");
	refuse(&bytes, 52 + 12, 0x3FFFC, 4, "no memory");
	refuse(&bytes, 52 + 12, 0x80000, 4, "no memory");
	refuse(&bytes, 52 + 12, 0x7FFFE, 4, "no memory"); /* the second piece lies behind the last window */
	refuse(&bytes, 52 + 12, 0xFFFFFFFE, 4, "wraps");
	refuse(&bytes, 52 + 4, 0xFFFFFFF0, 4, "leaves the file");  /* p_offset */
	refuse(&bytes, 52 + 16, 0xFFFFFFFF, 4, "leaves the file"); /* p_filesz */
	refuse(&bytes, 52 + 20, 0x10000000, 4, "overflows");       /* p_memsz */
	for (uint32_t flags = 1; flags <= 2; flags++) {
		put32(bytes.data, 36, flags);
		assert_int_equal(aie_core_elf_open(&elf, bytes.data, bytes.size, false, &error), -1);
		assert_int_equal(error.category, AIE_ERROR_UNSUPPORTED);
		assert_non_null(strstr(error.text, flags == 1 ? "AIE1" : "AIE2"));
		assert_int_equal(aie_core_elf_open(&elf, bytes.data, bytes.size, true, &error), 0);
		aie_core_elf_close(&elf);
	}
	aie_bytes_free(&bytes);
}

static void bad_K2_table(void **state)
{
	struct aie_core_elf_segment segment = { 0, code, 6, 6 };
	struct aie_bytes bytes;

	(void)state;
	write_elf(&bytes, &segment, 1);
	refuse(&bytes, 28, 64, 4, "program header table at 0x40");
	refuse(&bytes, 42, 56, 2, "entries of 56");
	refuse(&bytes, 44, 0, 2, "no program headers");
	refuse(&bytes, 44, 100, 2, "leaves the file");
	refuse(&bytes, 52 + 20, 5, 4, "takes 5 bytes");
	aie_bytes_free(&bytes);
}

static void start_other_than_zero_is_not_loaded(void **state)
{
	struct aie_core_elf_segment segment = { 0, code, 6, 6 };
	struct aie_error error = { 0 };
	struct aie_cdo_builder builder;
	struct aie_core_elf elf;
	struct aie_bytes bytes;

	(void)state;
	write_elf(&bytes, &segment, 1);
	put32(bytes.data, 24, 0x10);
	assert_int_equal(aie_core_elf_open(&elf, bytes.data, bytes.size, false, &error), 0);
	assert_int_equal(elf.entry, 0x10);
	aie_cdo_begin(&builder);
	assert_int_equal(aie_core_elf_to_cdo(&elf, 0, 2, 1, &builder, &error), -1);
	assert_refused(&error, "starts at 0");
	aie_cdo_abandon(&builder);
	aie_core_elf_close(&elf);
	aie_bytes_free(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_values),
		cmocka_unit_test(windows),
		cmocka_unit_test(fill_segment),
		cmocka_unit_test(load_as_cdo),
		cmocka_unit_test(bad_K1_header_and_windows),
		cmocka_unit_test(bad_K2_table),
		cmocka_unit_test(start_other_than_zero_is_not_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
