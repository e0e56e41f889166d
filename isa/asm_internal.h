/* What the units of the assembler and linker share: the context (memory and errors), positions, expressions, symbols,
 * sections, relocations and objects.
 *
 * Units: asm_context.c (memory, failure), asm_lex.c (characters of one line), asm_expr.c (expressions), asm_input.c
 * (lines, macros, repetition), asm_directive.c, asm_insn.c (instructions and bundles),
 * asm_object.c (symbols, sections), asm.c (one source to one object), asm_elf_write.c, asm_elf_read.c,
 * asm_archive.c, asm_link.c, asm_check.c.
 *
 * Ownership: everything hangs on the context's arena and dies with it.  Errors: any unit ends the whole run with
 * aie_asm_fail(), which fills the caller's error object and returns to the entry point through its jump buffer; no
 * unit below the entry points holds anything that the arena does not hold.
 */
#ifndef AIE_ISA_ASM_INTERNAL_H
#define AIE_ISA_ASM_INTERNAL_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/assembler.h"
#include "isa/error.h"
#include "isa/isa.h"

/* ---- context --------------------------------------------------------------------------------------------------- */

struct asm_block;

struct asm_context {
	jmp_buf failed;
	struct aie_error *error;
	struct asm_block *blocks; /* the arena */
	struct Elf *elf;          /* open libelf handle, or NULL */
	int file;                 /* libelf's output file + 1, or 0 */
	unsigned evaluation_depth;
	struct asm_matcher *matcher; /* built at the first instruction */
};

struct asm_position {
	const char *file;
	unsigned line, column; /* from 1; column 0: the whole line; line 0: the whole file */
};

void aie_asm_context_release(struct asm_context *context);
/* Zeroed memory that lives as long as the context. */
void *aie_asm_alloc(struct asm_context *context, size_t size);
char *aie_asm_string(struct asm_context *context, const char *text, size_t length);
char *aie_asm_format(struct asm_context *context, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Make room for one more element in a growing array (`*capacity` elements of `element` bytes). */
void *aie_asm_grow(struct asm_context *context, void *array, size_t count, size_t *capacity, size_t element);
/* The same for `need` elements in all. */
void *aie_asm_reserve(struct asm_context *context, void *array, size_t count, size_t need, size_t *capacity,
                      size_t element);
_Noreturn void aie_asm_fail(struct asm_context *context, enum aie_error_category category, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* "file:line:column: message", category AIE_ERROR_INPUT. */
_Noreturn void aie_asm_fail_at(struct asm_context *context, struct asm_position position, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* ---- expressions ----------------------------------------------------------------------------------------------- */

enum asm_expr_kind { ASM_EXPR_NUMBER, ASM_EXPR_SYMBOL, ASM_EXPR_HERE, ASM_EXPR_UNARY, ASM_EXPR_BINARY };

/* Operators by their character; the two-character ones have names of their own. */
enum asm_operator {
	ASM_OP_SHL = 256,
	ASM_OP_SHR,
	ASM_OP_EQ,
	ASM_OP_NE,
	ASM_OP_LE,
	ASM_OP_GE,
	ASM_OP_LOGICAL_AND,
	ASM_OP_LOGICAL_OR,
};

struct asm_symbol;
struct asm_section;

struct asm_expr {
	enum asm_expr_kind kind;
	int op;
	struct asm_position position;
	int64_t number;
	struct asm_symbol *symbol;
	struct asm_section *section; /* HERE: the place '.' stood for */
	uint64_t offset;
	struct asm_expr *left, *right;
};

/* An expression's value: a number, or a place plus a number, or neither yet. */
enum asm_value_kind {
	ASM_VALUE_NUMBER,
	ASM_VALUE_SYMBOL,  /* symbol + number, symbol undefined in this object or a label */
	ASM_VALUE_SECTION, /* section + number */
	ASM_VALUE_UNKNOWN, /* depends on something that is not defined (yet), in a way no relocation can express */
};

struct asm_value {
	enum asm_value_kind kind;
	int64_t number;
	struct asm_symbol *symbol; /* SYMBOL; for UNKNOWN the symbol that is missing, if that is the reason */
	struct asm_section *section;
};

/* ---- objects --------------------------------------------------------------------------------------------------- */

enum asm_symbol_kind { ASM_SYMBOL_UNDEFINED, ASM_SYMBOL_LABEL, ASM_SYMBOL_VARIABLE, ASM_SYMBOL_COMMON };

struct asm_symbol {
	const char *name;
	enum asm_symbol_kind kind;
	struct asm_section *section; /* LABEL */
	uint64_t offset;             /* LABEL: in its section; COMMON: alignment */
	struct asm_expr *expr;       /* VARIABLE */
	struct asm_expr *size_expr;
	uint64_t size;
	uint8_t type; /* STT_* */
	bool global, weak, referenced;
	bool temporary;  /* .L names and numbered labels: not in the symbol table */
	bool fixed;      /* defined by a label, .equiv or --defsym: a second definition is an error */
	bool evaluating; /* guards against x = x + 1 of itself */
	bool loop_end;   /* an instruction gives it to le */
	struct asm_position defined_at, referenced_at;
	uint32_t elf_index;
	struct asm_symbol *definition; /* of an undefined symbol or a common one, found by the linker */
	struct asm_symbol *hash_next, *next;
};

struct asm_relocation {
	uint64_t offset;
	uint32_t type;             /* of isa/operands.h */
	struct asm_symbol *symbol; /* NULL: the section below */
	struct asm_section *target;
	int64_t addend;
	struct asm_position position;
};

/* Which source line a bundle of a code section came from. */
struct asm_line {
	uint64_t offset;
	struct asm_position position;
};

struct asm_section {
	const char *name;
	uint32_t type, flags; /* SHT_*, SHF_* */
	uint32_t align;
	uint32_t entry_size;
	uint64_t size;
	uint8_t *data; /* NULL for SHT_NOBITS */
	size_t capacity;
	struct asm_relocation *relocation;
	size_t relocation_count, relocation_capacity;
	struct asm_line *line;
	size_t line_count, line_capacity;
	uint64_t address; /* given by the linker */
	uint32_t elf_index;
	bool placed;
	struct asm_section *next;
};

enum { ASM_SYMBOL_BUCKETS = 1024 };

struct asm_object {
	const char *name;
	struct asm_section *first_section, *last_section;
	struct asm_symbol *first_symbol, *last_symbol;
	struct asm_symbol *bucket[ASM_SYMBOL_BUCKETS];
	struct asm_object *next;
};

struct asm_object *aie_asm_object_new(struct asm_context *context, const char *name);
/* Find or make. */
struct asm_symbol *aie_asm_symbol(struct asm_context *context, struct asm_object *object, const char *name,
                                  size_t length);
struct asm_symbol *aie_asm_symbol_find(struct asm_object *object, const char *name);
/* A symbol outside the name table (local symbols of an object file may share names). */
struct asm_symbol *aie_asm_symbol_anonymous(struct asm_context *context, struct asm_object *object, const char *name);
struct asm_section *aie_asm_section_find(struct asm_object *object, const char *name);
struct asm_section *aie_asm_section_new(struct asm_context *context, struct asm_object *object, const char *name,
                                        uint32_t type, uint32_t flags);
/* Room for `size` more bytes, zeroed; NULL when the section has no bytes (NOBITS). */
uint8_t *aie_asm_section_extend(struct asm_context *context, struct asm_section *section, uint64_t size);
struct asm_relocation *aie_asm_relocation_new(struct asm_context *context, struct asm_section *section);

/* Value of an expression as far as known now. */
struct asm_value aie_asm_evaluate(struct asm_context *context, struct asm_expr *expr);
/* ... where only a number will do; names what is missing otherwise. */
int64_t aie_asm_evaluate_number(struct asm_context *context, struct asm_expr *expr, const char *what);

/* ---- one source to one object, objects to files ---------------------------------------------------------------- */

struct asm_object *aie_asm_source(struct asm_context *context, const struct aie_asm_source *source,
                                  const struct aie_asm_options *options);
bool aie_asm_is_elf(const uint8_t *bytes, size_t size);
struct asm_object *aie_asm_read_object(struct asm_context *context, const char *name, const uint8_t *bytes,
                                       size_t size);
/* All object members of an archive, in order; then: move those that the objects need behind them. */
bool aie_asm_is_archive(const uint8_t *bytes, size_t size);
struct asm_object *aie_asm_read_archive(struct asm_context *context, const char *name, const uint8_t *bytes,
                                        size_t size);
void aie_asm_select_members(struct asm_object *objects, struct asm_object *members);
void aie_asm_write_object(struct asm_context *context, struct asm_object *object, uint8_t **elf, size_t *elf_size);

/* A linked program: images of program memory from 0 and of data memory from data_base; every section that is in them
 * has its address. */
struct asm_program {
	struct asm_object *objects;
	uint32_t entry;
	uint8_t *text, *data;
	uint32_t text_size, data_size, data_base, bss_base, bss_size;
};

/* Address of a symbol after linking (the address of its definition). */
uint64_t aie_asm_symbol_address(struct asm_context *context, const struct asm_symbol *symbol);
void aie_asm_link(struct asm_context *context, struct asm_object *objects, const struct aie_asm_options *options,
                  struct asm_program *program);
void aie_asm_write_program(struct asm_context *context, const struct asm_program *program, uint8_t **elf,
                           size_t *elf_size);

/* The program's line number table in the context's memory (*bytes); its size, 0 when no line is known. */
size_t aie_asm_line_table(struct asm_context *context, const struct asm_program *program, uint8_t **bytes);

/* Tells every suspicion about the linked program, one line each (asm_check.c says what it looks for). */
void aie_asm_check(struct asm_context *context, const struct asm_program *program, bool all,
                   void (*warn)(void *data, const char *text), void *data);

#endif
