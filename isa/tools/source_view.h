/* The source lines of a program, as aie-objdump --source shows them between the bundles. */
#ifndef AIE_ISA_TOOLS_SOURCE_VIEW_H
#define AIE_ISA_TOOLS_SOURCE_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "isa/error.h"
#include "isa/line_table.h"

struct source_text;

struct source_view {
	struct aie_line_table table;
	struct source_text *text; /* one for each file of the table, read when first needed */
	uint32_t file, line;      /* printed last; line 0: none */
};

/* From the line number table of a linked program; one without a table gives an empty view. Errors as of
 * aie_line_table_read(). */
int source_view_open(struct source_view *view, const uint8_t *elf, size_t size, struct aie_error *error);
void source_view_close(struct source_view *view);

/* Print, as comments that aie-as skips, the line that this address came from, unless it was the last one printed.  Of a
 * file that cannot be read only name and number are printed. */
void source_view_print(struct source_view *view, uint32_t address);

#endif
