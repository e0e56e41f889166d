/* The line number table of a linked program: DWARF 4 (standard section 6.2), the oldest version whose readers are
 * everywhere, with one sequence of rows for each code section and one row for each bundle. */
#include "isa/asm_internal.h"

#include <elf.h>
#include <string.h>

#include "isa/line_table.h"

enum { VERSION = 4, LINE_BASE = -5, LINE_RANGE = 14, HEADER_FIXED = 10 /* up to and with the length of the header */ };

struct table {
	struct asm_context *context;
	uint8_t *byte;
	size_t count, capacity;
	const char **file;
	size_t file_count, file_capacity;
};

static void put(struct table *table, uint64_t value, unsigned bytes)
{
	table->byte =
	        aie_asm_reserve(table->context, table->byte, table->count, table->count + bytes, &table->capacity, 1);
	for (unsigned i = 0; i < bytes; i++)
		table->byte[table->count++] = (uint8_t)(value >> 8 * i);
}

static void put_uleb(struct table *table, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		put(table, value | 0x80, 1);
	put(table, value, 1);
}

static void put_sleb(struct table *table, int64_t value)
{
	for (; value < -0x40 || value > 0x3F; value >>= 7)
		put(table, (uint64_t)value | 0x80, 1);
	put(table, (uint64_t)value & 0x7F, 1);
}

static void put_text(struct table *table, const char *text)
{
	do
		put(table, (uint8_t)*text, 1);
	while (*text++);
}

/* Number of a file in the list, from 1 on. */
static size_t file_number(struct table *table, const char *name)
{
	for (size_t i = 0; i < table->file_count; i++)
		if (strcmp(table->file[i], name) == 0)
			return i + 1;
	table->file = aie_asm_grow(table->context, table->file, table->file_count, &table->file_capacity,
	                           sizeof *table->file);
	table->file[table->file_count++] = name;
	return table->file_count;
}

static bool has_lines(const struct asm_section *section)
{
	return section->placed && (section->flags & SHF_EXECINSTR) && section->line_count;
}

static void put_section(struct table *table, const struct asm_section *section)
{
	uint64_t offset = 0;
	unsigned line = 1;
	size_t file = 1;

	put(table, AIE_LINE_EXTENDED, 1);
	put_uleb(table, 5);
	put(table, AIE_LINE_SET_ADDRESS, 1);
	put(table, section->address, 4);
	for (size_t i = 0; i < section->line_count; i++) {
		const struct asm_line *row = &section->line[i];
		const size_t number = file_number(table, row->position.file);

		if (number != file) {
			put(table, AIE_LINE_SET_FILE, 1);
			put_uleb(table, number);
			file = number;
		}
		if (row->position.line != line) {
			put(table, AIE_LINE_ADVANCE_LINE, 1);
			put_sleb(table, (int64_t)row->position.line - (int64_t)line);
			line = row->position.line;
		}
		if (row->offset != offset) {
			put(table, AIE_LINE_ADVANCE_PC, 1);
			put_uleb(table, row->offset - offset);
			offset = row->offset;
		}
		put(table, AIE_LINE_COPY, 1);
	}
	put(table, AIE_LINE_ADVANCE_PC, 1);
	put_uleb(table, section->size - offset);
	put(table, AIE_LINE_EXTENDED, 1);
	put_uleb(table, 1);
	put(table, AIE_LINE_END_SEQUENCE, 1);
}

static void store(uint8_t *at, size_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

size_t aie_asm_line_table(struct asm_context *context, const struct asm_program *program, uint8_t **bytes)
{
	/* Operands of the standard opcodes 1 to 12. */
	static const uint8_t operands[] = { 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1 };
	struct table rows = { .context = context }, table = { .context = context };

	for (const struct asm_object *object = program->objects; object; object = object->next)
		for (const struct asm_section *section = object->first_section; section; section = section->next)
			if (has_lines(section))
				put_section(&rows, section);
	if (!rows.count)
		return 0;
	put(&table, 0, 4); /* length of the unit, below */
	put(&table, VERSION, 2);
	put(&table, 0, 4); /* length of the header, below */
	put(&table, 1, 1); /* addresses count bytes */
	put(&table, 1, 1); /* a bundle is one operation */
	put(&table, 1, 1); /* every row is a statement */
	put(&table, (uint8_t)LINE_BASE, 1);
	put(&table, LINE_RANGE, 1);
	put(&table, AIE_LINE_OPCODE_BASE, 1);
	for (size_t i = 0; i < sizeof operands; i++)
		put(&table, operands[i], 1);
	put(&table, 0, 1); /* no folders */
	for (size_t i = 0; i < rows.file_count; i++) {
		put_text(&table, rows.file[i]);
		put(&table, 0, 3); /* folder, time, size: not known */
	}
	put(&table, 0, 1);
	store(table.byte + 6, table.count - HEADER_FIXED);
	for (size_t i = 0; i < rows.count; i++)
		put(&table, rows.byte[i], 1);
	store(table.byte, table.count - 4);
	*bytes = table.byte;
	return table.count;
}
