/* Line number tables: what the assembler writes says where each bundle came from; tables of other tool chains (DWARF
 * versions 2, 4 and 5, made here by hand after the standard) are read; broken ones are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "isa/assembler.h"
#include "isa/line_table.h"

/* ---- our own --------------------------------------------------------------------------------------------------- */

static int deliver(void *user, const char *from, const char *name, struct aie_asm_source *source,
                   struct aie_error *error)
{
	static const char text[] = "// a comment\n\tnop\n\n\tadd r0, r0, #1\n";

	(void)user;
	(void)from;
	(void)error;
	*source = (struct aie_asm_source){ name, text, sizeof text - 1 };
	return 0;
}

static uint8_t *assemble(size_t *size)
{
	/* Bundles stand on lines 3, 8 (twice, a macro's) and 14, those of the included file on its lines 2 and 4; the
	 * second source comes behind them. */
	static const char first[] = "\t.globl _start\n"
	                            "_start:\n"
	                            "\tmova r0, #1\n"
	                            "\n"
	                            "\t.include \"part.s\"\n"
	                            "\n"
	                            "\t.macro step\n"
	                            "\tadd r0, r0, #2\n"
	                            "\t.endm\n"
	                            "\n"
	                            "\tstep\n"
	                            "\tstep\n"
	                            "\n"
	                            "\tj #other\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n";
	static const char second[] = "\t.globl other\n\nother:\tdone\n";
	const struct aie_asm_source source[] = { { "first.s", first, sizeof first - 1 },
		                                 { "second.s", second, sizeof second - 1 } };
	const struct aie_asm_options options = { .include = deliver };
	struct aie_error error = { 0 };
	uint8_t *elf = NULL;

	if (aie_assemble(source, 2, &options, &elf, size, &error))
		fail_msg("%s", error.text);
	return elf;
}

static void expect(const struct aie_line_table *table, size_t row, const char *file, unsigned line)
{
	assert_true(row < table->row_count);
	assert_false(table->row[row].end);
	assert_string_equal(table->file[table->row[row].file], file);
	assert_int_equal(table->row[row].line, line);
}

static void every_bundle_has_its_line(void **state)
{
	static const struct {
		const char *file;
		unsigned line;
	} rows[] = {
		{ "first.s", 3 },  { "part.s", 2 },   { "part.s", 4 },   { "first.s", 8 },
		{ "first.s", 8 },  { "first.s", 14 }, { "first.s", 15 }, { "first.s", 16 },
		{ "first.s", 17 }, { "first.s", 18 }, { "first.s", 19 },
	};
	struct aie_line_table table;
	struct aie_error error = { 0 };
	const struct aie_line_row *row;
	size_t size;
	uint8_t *elf = assemble(&size);

	(void)state;
	assert_int_equal(aie_line_table_read(&table, elf, size, &error), 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		expect(&table, i, rows[i].file, rows[i].line);
		assert_ptr_equal(aie_line_table_find(&table, table.row[i].address), &table.row[i]);
		assert_ptr_equal(aie_line_table_find(&table, table.row[i].address + 1), &table.row[i]);
	}
	assert_int_equal(table.row[0].address, 0);
	row = &table.row[table.row_count - 2];
	assert_string_equal(table.file[row->file], "second.s");
	assert_int_equal(row->line, 3);
	assert_true(table.row[table.row_count - 1].end);
	assert_null(aie_line_table_find(&table, table.row[table.row_count - 1].address));
	aie_line_table_close(&table);
	free(elf);
}

/* ---- others ---------------------------------------------------------------------------------------------------- */

/* An ELF32 file with the given sections .debug_line and .debug_line_str. */
struct image {
	uint8_t byte[2048];
	size_t size;
};

static void put(struct image *image, const void *data, size_t size)
{
	assert_true(image->size + size <= sizeof image->byte);
	memcpy(image->byte + image->size, data, size);
	image->size += size;
}

static void put32(struct image *image, uint32_t value)
{
	const uint8_t bytes[] = { (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
		                  (uint8_t)(value >> 24) };

	put(image, bytes, sizeof bytes);
}

static void put_section(struct image *image, uint32_t name, uint32_t type, uint32_t flags, uint32_t offset,
                        uint32_t size)
{
	const uint32_t header[] = { name, type, flags, 0, offset, size, 0, 0, 1, 0 };

	for (size_t i = 0; i < sizeof header / sizeof header[0]; i++)
		put32(image, header[i]);
}

static uint32_t skew; /* bytes by which the section headers miss their alignment */

static void wrap(struct image *image, const void *line, size_t line_size, const void *strings, size_t strings_size,
                 uint32_t flags)
{
	static const char names[] = "\0.debug_line\0.debug_line_str\0.shstrtab";
	static const uint8_t ident[16] = { 0x7F, 'E', 'L', 'F', 1, 1, 1 };
	const uint32_t line_at = 52, strings_at = line_at + (uint32_t)line_size,
	               names_at = strings_at + (uint32_t)strings_size,
	               table = ((names_at + (uint32_t)sizeof names + 3) & ~3U) + skew;

	image->size = 0;
	put(image, ident, sizeof ident);
	put32(image, 264 << 16 | 2); /* machine and type */
	put32(image, 1);
	put32(image, 0);
	put32(image, 0);
	put32(image, table);
	put32(image, 3);
	put32(image, 52);
	put32(image, 40 << 16);
	put32(image, 3 << 16 | 4);
	put(image, line, line_size);
	put(image, strings, strings_size);
	put(image, names, sizeof names);
	put(image, "\0\0\0\0\0\0", table - image->size);
	put_section(image, 0, 0, 0, 0, 0);
	put_section(image, 1, 1, flags, line_at, (uint32_t)line_size);
	put_section(image, 13, 1, 0, strings_at, (uint32_t)strings_size);
	put_section(image, 29, 3, 0, names_at, sizeof names);
}

/* Rows 0x100 line 10, 0x110 line 12 (a special opcode), 0x11a line 11 of the next file, up to 0x120.  With line base
 * -5, range 14 and opcode base 13: 16 bytes and 2 lines are opcode 13 + 16 * 14 + (2 + 5) = 244. */
#define PROGRAM(first, next)                                                                                           \
	0, 5, 2, 0x00, 0x01, 0, 0, /* address 0x100 */                                                                 \
	        4, first, 3, 9, 1, 244, 4, next, 3, 0x7F, 2, 10, 1, 2, 6, 0, 1, 1
#define OPCODES 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1

static const uint8_t version_2[] = {
	67, 0, 0,   0,   2,   0, 36, 0, 0, 0,   1,   1, 0xFB, 14, OPCODES, 's', 'r',           'c',
	0,  0, 'a', '.', 'c', 0, 1,  0, 0, '/', 'b', 0, 1,    0,  0,       0,   PROGRAM(1, 2),
};
static const uint8_t version_4[] = {
	68,  0, 0, 0,   4,   0,   37, 0, 0, 0, 1,   1,   1, 0xFB, 14, OPCODES, 's', 'r',
	'c', 0, 0, 'a', '.', 'c', 0,  1, 0, 0, '/', 'b', 0, 1,    0,  0,       0,   PROGRAM(1, 2),
};
/* One folder by offset in .debug_line_str, two files by offset with their folder's number in a byte. */
static const uint8_t version_5[] = {
	75,
	0,
	0,
	0,
	5,
	0,
	4,
	0,
	42,
	0,
	0,
	0,
	1,
	1,
	1,
	0xFB,
	14,
	OPCODES,
	1,
	1,
	0x1F,
	1,
	0,
	0,
	0,
	0,
	/* files */
	2,
	1,
	0x1F,
	2,
	0x0B,
	2,
	4,
	0,
	0,
	0,
	0,
	8,
	0,
	0,
	0,
	0,
	PROGRAM(0, 1),
};
static const char strings[] = "src\0a.c\0/b";

static void check_rows(const struct image *image)
{
	struct aie_line_table table;
	struct aie_error error = { 0 };

	if (aie_line_table_read(&table, image->byte, image->size, &error))
		fail_msg("%s", error.text);
	assert_int_equal(table.row_count, 4);
	expect(&table, 0, "src/a.c", 10);
	expect(&table, 1, "src/a.c", 12);
	expect(&table, 2, "/b", 11);
	assert_int_equal(table.row[0].address, 0x100);
	assert_int_equal(table.row[1].address, 0x110);
	assert_int_equal(table.row[2].address, 0x11A);
	assert_true(table.row[3].end);
	assert_int_equal(table.row[3].address, 0x120);
	assert_null(aie_line_table_find(&table, 0xFF));
	assert_ptr_equal(aie_line_table_find(&table, 0x11F), &table.row[2]);
	assert_null(aie_line_table_find(&table, 0x120));
	aie_line_table_close(&table);
}

static void tables_of_other_tool_chains_are_read(void **state)
{
	struct image image;

	(void)state;
	/* The lengths in the tables above are what the standard asks for. */
	assert_int_equal(version_2[0] + 4, sizeof version_2);
	assert_int_equal(version_4[0] + 4, sizeof version_4);
	assert_int_equal(version_5[0] + 4, sizeof version_5);
	wrap(&image, version_2, sizeof version_2, strings, sizeof strings, 0);
	check_rows(&image);
	wrap(&image, version_4, sizeof version_4, strings, sizeof strings, 0);
	check_rows(&image);
	wrap(&image, version_5, sizeof version_5, strings, sizeof strings, 0);
	check_rows(&image);
}

/* The format asks for no alignment in the file. */
static void headers_may_stand_anywhere(void **state)
{
	struct image image;

	(void)state;
	for (skew = 1; skew < 4; skew++) {
		wrap(&image, version_4, sizeof version_4, strings, sizeof strings, 0);
		check_rows(&image);
	}
	skew = 0;
}

static void expect_refusal(const struct image *image, enum aie_error_category category)
{
	struct aie_line_table table;
	struct aie_error error = { 0 };

	assert_int_equal(aie_line_table_read(&table, image->byte, image->size, &error), -1);
	assert_int_equal(error.category, category);
	assert_int_equal(table.row_count, 0);
	assert_null(table.row);
}

static void what_is_not_read_is_refused(void **state)
{
	uint8_t line[sizeof version_4];
	struct image image = { .size = 0 };

	(void)state;
	expect_refusal(&image, AIE_ERROR_INPUT); /* nothing at all */
	memcpy(line, version_4, sizeof line);
	line[4] = 6;
	wrap(&image, line, sizeof line, "", 1, 0);
	expect_refusal(&image, AIE_ERROR_UNSUPPORTED);
	memset(line, 0xFF, 4); /* 64-bit DWARF */
	wrap(&image, line, sizeof line, "", 1, 0);
	expect_refusal(&image, AIE_ERROR_UNSUPPORTED);
	wrap(&image, version_4, sizeof version_4, "", 1, 0x800); /* compressed */
	expect_refusal(&image, AIE_ERROR_UNSUPPORTED);
	wrap(&image, version_4, sizeof version_4 - 1, "", 1, 0); /* cut off */
	expect_refusal(&image, AIE_ERROR_INPUT);
	wrap(&image, version_5, sizeof version_5, "", 1, 0); /* names outside the strings */
	expect_refusal(&image, AIE_ERROR_INPUT);
}

static void programs_without_lines_have_an_empty_table(void **state)
{
	struct aie_line_table table;
	struct aie_error error = { 0 };
	struct image image;

	(void)state;
	wrap(&image, "", 0, "", 0, 0);
	assert_int_equal(aie_line_table_read(&table, image.byte, image.size, &error), 0);
	assert_int_equal(table.row_count, 0);
	assert_null(aie_line_table_find(&table, 0));
	aie_line_table_close(&table);
}

/* Whatever single byte is wrong: read or refused, never a crash, and every row's file exists. */
static void broken_tables_do_no_harm(void **state)
{
	const struct {
		const uint8_t *bytes;
		size_t size;
	} tables[] = { { version_2, sizeof version_2 },
		       { version_4, sizeof version_4 },
		       { version_5, sizeof version_5 } };

	(void)state;
	for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
		for (size_t at = 0; at < tables[t].size; at++) {
			for (unsigned value = 0; value < 256; value += at < 50 ? 1 : 3) {
				struct aie_line_table table;
				struct aie_error error = { 0 };
				struct image image;
				uint8_t line[128];

				memcpy(line, tables[t].bytes, tables[t].size);
				line[at] = (uint8_t)value;
				wrap(&image, line, tables[t].size, strings, sizeof strings, 0);
				if (aie_line_table_read(&table, image.byte, image.size, &error)) {
					assert_true(error.category == AIE_ERROR_INPUT ||
					            error.category == AIE_ERROR_UNSUPPORTED);
					continue;
				}
				for (size_t i = 0; i < table.row_count; i++)
					assert_true(table.row[i].file < table.file_count || table.row[i].end);
				aie_line_table_close(&table);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bundle_has_its_line),
		cmocka_unit_test(tables_of_other_tool_chains_are_read),
		cmocka_unit_test(headers_may_stand_anywhere),
		cmocka_unit_test(what_is_not_read_is_refused),
		cmocka_unit_test(programs_without_lines_have_an_empty_table),
		cmocka_unit_test(broken_tables_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
