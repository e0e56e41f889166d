/* State of assembling one source: input lines, sections, conditions, macros, and what is patched at the end. */
#ifndef AIE_ISA_ASM_SOURCE_H
#define AIE_ISA_ASM_SOURCE_H

#include "isa/asm_lex.h"

struct asm_frame; /* a text being read: the file, a macro's expansion, a repeated block */
struct asm_macro;

struct asm_condition {
	struct asm_position position;
	bool active; /* lines are assembled */
	bool taken;  /* a branch of this .if has been assembled, or the surroundings are inactive */
	bool seen_else;
};

struct asm_numbered {
	uint64_t number;
	struct asm_symbol *back, *forward;
};

/* A place whose bytes depend on an expression that was not a number when it was read. */
struct asm_fixup {
	struct asm_section *section;
	uint64_t offset;
	struct asm_expr *expr;
	struct asm_position position;
	struct aie_bundle *bundle; /* NULL: data */
	uint8_t insn, operand;     /* of the bundle */
	uint8_t size;              /* bytes of data or bundle */
};

enum { ASM_CONDITION_DEPTH = 64, ASM_SECTION_DEPTH = 32 };

struct asm_source_state {
	struct asm_context *context;
	const struct aie_asm_options *options;
	struct asm_object *object;
	struct asm_section *section, *previous;
	struct asm_section *stack[ASM_SECTION_DEPTH];
	unsigned stack_depth;
	struct asm_frame *frame;
	unsigned frame_depth;
	uint64_t lines_read;
	struct asm_macro *macros;
	uint64_t expansions; /* value of \@ */
	struct asm_condition condition[ASM_CONDITION_DEPTH];
	unsigned condition_depth;
	struct asm_numbered *numbered;
	size_t numbered_count, numbered_capacity;
	struct asm_fixup *fixup;
	size_t fixup_count, fixup_capacity;
	void *scratch;                   /* asm_insn.c: one bundle's work */
	struct asm_alignment *alignment; /* asm_align.c */
	bool ended;                      /* .end */
};

/* asm_input.c */
void aie_asm_input_open(struct asm_source_state *state, const char *file, const char *text, size_t size);
/* The next line (without its newline) in `cursor`; false at the end of the file. */
bool aie_asm_input_line(struct asm_source_state *state, struct asm_cursor *cursor);
/* The file that a directive at the cursor names in quotes. */
struct aie_asm_source aie_asm_input_file(struct asm_source_state *state, struct asm_cursor *cursor);
/* Directives that work on lines: .include .macro .endm .exitm .purgem .rept .irp .irpc .endr .if... .else .endif.  True
 * when the name was one of them. */
bool aie_asm_input_directive(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name);
/* In a region switched off by a condition: looks only for the end of it. */
void aie_asm_input_skip(struct asm_source_state *state, struct asm_cursor *cursor);
bool aie_asm_input_active(const struct asm_source_state *state);
/* Replaces the line by its expansion when `name` is a macro. */
bool aie_asm_input_macro(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name);
/* Fails when a condition or block is still open. */
void aie_asm_input_close(struct asm_source_state *state);

/* asm_directive.c: all other directives; false when `name` is unknown. */
bool aie_asm_directive(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name);
void aie_asm_assign(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name,
                    struct asm_position position, bool redefine);

/* asm_insn.c: one bundle at the cursor. */
void aie_asm_bundle(struct asm_source_state *state, struct asm_cursor *cursor);
/* Puts the value of a bundle's fixup into its bytes, or leaves a relocation. */
void aie_asm_fix_bundle(struct asm_source_state *state, struct asm_fixup *fixup);

/* asm_align.c: nothing happens unless the option asks for it. */
/* What stands before this place must not move any more. */
void aie_asm_align_fix(struct asm_source_state *state);
/* ... if the expression has used '.'. */
void aie_asm_align_expression(struct asm_source_state *state, const struct asm_expr *expr);
/* Does the option hold, and is this code? */
bool aie_asm_aligns(const struct asm_source_state *state);
/* Bring the place in code to a multiple of `align` (a power of two) by larger formats, or else by nops. */
void aie_asm_align_code(struct asm_source_state *state, struct asm_position position, unsigned align);
/* Before the label is given its place. */
void aie_asm_align_label(struct asm_source_state *state, const struct asm_symbol *symbol, struct asm_position position);
/* Before a bundle is encoded: ask for the size that it needs there. */
void aie_asm_align_size(struct asm_source_state *state, struct aie_bundle *bundle);
/* An instruction with the expressions of its operands that have no value yet. */
void aie_asm_align_insn(struct asm_source_state *state, const struct aie_insn *insn,
                        struct asm_expr *const expr[AIE_MAX_OPERANDS]);
/* A bundle that was just put at the end of the section, with its fixups from `first_fixup` on. */
void aie_asm_align_bundle(struct asm_source_state *state, const struct aie_bundle *bundle, uint64_t offset,
                          size_t first_fixup, struct asm_position position);

/* asm.c */
struct asm_scope aie_asm_scope(struct asm_source_state *state);
struct asm_expr *aie_asm_read_expression(struct asm_source_state *state, struct asm_cursor *cursor);
int64_t aie_asm_read_number(struct asm_source_state *state, struct asm_cursor *cursor, const char *what);
struct asm_fixup *aie_asm_fixup_new(struct asm_source_state *state);
void aie_asm_align(struct asm_source_state *state, struct asm_position position, uint32_t align, int64_t fill,
                   unsigned fill_size, uint64_t most);
struct asm_section *aie_asm_section_get(struct asm_source_state *state, const char *name, uint32_t type,
                                        uint32_t flags);

#endif
