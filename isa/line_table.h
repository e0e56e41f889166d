/* Which source line each program address came from: the line number table (.debug_line) of a core ELF.
 *
 * aie-as writes such a table in DWARF version 4; programs of other tool chains carry versions 2 to 5 when they are
 * built with debug information.  Formats: DWARF 5 standard, section 6.2.  Only linked programs are read: an object's
 * addresses are not final.
 */
#ifndef AIE_ISA_LINE_TABLE_H
#define AIE_ISA_LINE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/error.h"

struct aie_line_row {
	uint32_t address; /* bytes, as the core counts them */
	uint32_t line;    /* from 1; 0: the tool chain knows none */
	uint32_t file;    /* index in aie_line_table.file */
	bool end;         /* the address behind the last one of a sequence */
};

struct aie_line_table {
	size_t row_count, file_count;
	struct aie_line_row *row; /* rising addresses */
	char **file;              /* names as the tool chain wrote them, with their folder where it gives one */
};

/* 0 with an empty table when the ELF has no line numbers.  AIE_ERROR_INPUT for what is no ELF32 file or a broken table,
 * AIE_ERROR_UNSUPPORTED for DWARF64, other versions and compressed sections, AIE_ERROR_MEMORY.  The table is a copy. */
int aie_line_table_read(struct aie_line_table *table, const void *elf, size_t size, struct aie_error *error);
void aie_line_table_close(struct aie_line_table *table);

/* The row that covers an address, NULL when none does. */
const struct aie_line_row *aie_line_table_find(const struct aie_line_table *table, uint32_t address);

/* Numbers of the format, shared by reader and writer (DWARF 5, table 7.25 ff.). */
enum aie_line_opcode {
	AIE_LINE_EXTENDED = 0,
	AIE_LINE_COPY = 1,
	AIE_LINE_ADVANCE_PC = 2,
	AIE_LINE_ADVANCE_LINE = 3,
	AIE_LINE_SET_FILE = 4,
	AIE_LINE_SET_COLUMN = 5,
	AIE_LINE_NEGATE_STMT = 6,
	AIE_LINE_SET_BASIC_BLOCK = 7,
	AIE_LINE_CONST_ADD_PC = 8,
	AIE_LINE_FIXED_ADVANCE_PC = 9,
	AIE_LINE_OPCODE_BASE = 13, /* of the versions from 3 on */
};
enum aie_line_extended { AIE_LINE_END_SEQUENCE = 1, AIE_LINE_SET_ADDRESS = 2, AIE_LINE_DEFINE_FILE = 3 };

#endif
