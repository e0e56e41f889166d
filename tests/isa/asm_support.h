/* What the assembler's tests share: assembling a text, looking into the ELF that comes out. */
#ifndef AIE_TESTS_ISA_ASM_SUPPORT_H
#define AIE_TESTS_ISA_ASM_SUPPORT_H

#include <stddef.h>
#include <stdint.h>

#include "isa/assembler.h"

struct section_view {
	const uint8_t *bytes;
	uint32_t size, address, offset, type, flags;
};

/* Assemble one text called "t.s"; fails the test on an error. */
uint8_t *assemble_text(const char *text, const struct aie_asm_options *options, size_t *size);
/* The same where an error is expected: returns its text (static memory). */
const char *assembly_error(const char *text, const struct aie_asm_options *options);
/* A section by name; size 0 and bytes NULL when there is none. */
struct section_view find_section(const uint8_t *elf, const char *name);
/* Value of a symbol; fails the test when there is none. */
uint32_t symbol_value(const uint8_t *elf, const char *name);

#endif
