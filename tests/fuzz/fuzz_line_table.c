/* Line number tables of any bytes that look like an ELF file. */
#include <stdlib.h>
#include <string.h>

#include "isa/assembler.h"
#include "isa/line_table.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aie_line_table table;
	struct aie_error error = { 0 };

	if (aie_line_table_read(&table, data, size, &error)) {
		if (error.category == AIE_ERROR_NONE || !error.text[0] || table.row || table.file)
			__builtin_trap();
		return 0;
	}
	for (size_t i = 0; i < table.row_count; i++) {
		if (i && table.row[i].address < table.row[i - 1].address)
			__builtin_trap();
		if (!table.row[i].end && table.row[i].file >= table.file_count)
			__builtin_trap();
		aie_line_table_find(&table, table.row[i].address);
	}
	aie_line_table_close(&table);
	return 0;
}

size_t aie_fuzz_seed(unsigned index, uint8_t *data, size_t capacity)
{
	static const char text[] = "\t.globl _start\n_start:\n\tmova r0, #1\n\n\tnop\n\tadd r0, r0, #1\n\tdone\n";
	const struct aie_asm_source source = { "seed.s", text, sizeof text - 1 };
	const struct aie_asm_options options = { 0 };
	struct aie_error error = { 0 };
	uint8_t *elf;
	size_t size;

	if (index || aie_assemble(&source, 1, &options, &elf, &size, &error))
		return 0;
	size = size < capacity ? size : capacity;
	memcpy(data, elf, size);
	free(elf);
	return size;
}
