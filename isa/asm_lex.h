/* Characters of one source line: names, numbers, strings, expressions.  Comments are gone (asm_input.c blanks them). */
#ifndef AIE_ISA_ASM_LEX_H
#define AIE_ISA_ASM_LEX_H

#include "isa/asm_internal.h"

struct asm_cursor {
	struct asm_context *context;
	const char *text; /* the line, not terminated */
	size_t size, at;
	const char *file;
	unsigned line;
};

struct asm_name {
	const char *text;
	size_t length;
};

void aie_asm_skip_blanks(struct asm_cursor *cursor);
/* Blanks are skipped first; true when nothing is left. */
bool aie_asm_at_end(struct asm_cursor *cursor);
/* The next character (0 at the end), blanks skipped. */
char aie_asm_peek(struct asm_cursor *cursor);
bool aie_asm_accept(struct asm_cursor *cursor, char character);
void aie_asm_expect(struct asm_cursor *cursor, char character, const char *where);
struct asm_position aie_asm_here(const struct asm_cursor *cursor);
bool aie_asm_name_start(char character);
bool aie_asm_name_part(char character);
/* A name, or a quoted name where the syntax has symbols; false when there is none. */
bool aie_asm_name(struct asm_cursor *cursor, struct asm_name *name);
bool aie_asm_name_is(const struct asm_name *name, const char *text);
/* An unsigned number literal, character constants included; false when there is none; wraps modulo 2^64. */
bool aie_asm_number(struct asm_cursor *cursor, uint64_t *value);
/* A quoted string with C escapes, decoded; fails when there is none. */
char *aie_asm_quoted(struct asm_cursor *cursor, size_t *length);
/* The token at the cursor as text for messages. */
const char *aie_asm_token_text(struct asm_cursor *cursor);
_Noreturn void aie_asm_fail_here(struct asm_cursor *cursor, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* Where an expression finds its names. */
struct asm_scope {
	struct asm_object *object;
	struct asm_section *section; /* for '.' */
	/* a numbered label: number and 'b' or 'f' */
	struct asm_symbol *(*numbered)(void *data, uint64_t number, char direction, struct asm_position position);
	void *data;
};

struct asm_expr *aie_asm_expression(struct asm_cursor *cursor, const struct asm_scope *scope);

#endif
