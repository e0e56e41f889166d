/* The assembler and linker as a library: what aie-as does, without files or messages.
 *
 * Syntax: what llvm-mc accepts for aie2p (bundles joined by ';', one bundle a line, labels, directives, both comment
 * forms), plus .if/.ifdef/.else/.endif on assembler symbols and --defsym, so that a kernel can be built for several
 * shapes.
 */
#ifndef AIE_ISA_ASSEMBLER_H
#define AIE_ISA_ASSEMBLER_H

#include <stddef.h>
#include <stdint.h>

#include "isa/error.h"

struct aie_asm_source {
	const char *name; /* for messages: "file.s" */
	const char *text; /* need not be terminated; a relocatable object or an archive of such is taken as it is */
	size_t size;
};

struct aie_asm_symbol {
	const char *name;
	int64_t value;
};

struct aie_asm_options {
	const struct aie_asm_symbol *define; /* --defsym NAME=VALUE */
	size_t define_count;
	uint32_t data_base; /* where .data/.bss are placed; 0 = 0x70400 (above the default stack, mlir-aie's habit) */
	int align;          /* 1: bring labels in code, return addresses and loop ends to 16-byte lines */
	int relocatable;    /* 1: write a relocatable object (ET_REL) instead of linking */
	/* .include "NAME" and .incbin: deliver the file (its memory stays valid until the call returns) or fill the
	 * error and return -1; `from` is the name of the source that asks.  NULL: no file can be included. */
	int (*include)(void *include_data, const char *from, const char *name, struct aie_asm_source *source,
	               struct aie_error *error);
	void *include_data;
	/* Not NULL: the linked program is searched for mistakes of timing, alignment, loops and locks; each is told in
	 * one line "file:line: warning: ...".  check_all: also reads inside a producer's window that look like software
	 * pipelining. */
	void (*warn)(void *warn_data, const char *text);
	void *warn_data;
	int check_all;
};

/* Assemble one source (or, for linking, several: each its own object) into a core ELF image in fresh memory (*elf,
 * *elf_size; free with free()).  Entry point: `_start` if defined, else 0.  Errors: "file:line:column: message",
 * AIE_ERROR_INPUT. */
int aie_assemble(const struct aie_asm_source *source, size_t source_count, const struct aie_asm_options *options,
                 uint8_t **elf, size_t *elf_size, struct aie_error *error);

#endif
