/* Directives other than those that work on lines: sections, data, symbols, alignment. */
#include "isa/asm_source.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

typedef void directive_body(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name);

/* ---- sections -------------------------------------------------------------------------------------------------- */

static void enter(struct asm_source_state *state, struct asm_section *section)
{
	state->previous = state->section;
	state->section = section;
}

/* Type and flags that a section of this name has when nothing else is said. */
static void preset_of(const char *name, uint32_t *type, uint32_t *flags)
{
	static const struct {
		const char *prefix;
		uint32_t type, flags;
	} table[] = {
		{ ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR },
		{ ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE },
		{ ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE },
		{ ".rodata", SHT_PROGBITS, SHF_ALLOC },
	};
	*type = SHT_PROGBITS;
	*flags = 0;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t length = strlen(table[i].prefix);
		if (strncmp(name, table[i].prefix, length) == 0 && (!name[length] || name[length] == '.')) {
			*type = table[i].type;
			*flags = table[i].flags;
		}
	}
}

static void directive_fixed_section(struct asm_source_state *state, struct asm_cursor *cursor,
                                    const struct asm_name *name)
{
	uint32_t type, flags;
	char *text = aie_asm_string(state->context, name->text, name->length);
	preset_of(text, &type, &flags);
	if (!aie_asm_at_end(cursor) && aie_asm_read_number(state, cursor, "the subsection") != 0)
		aie_asm_fail_here(cursor, "subsections other than 0 are not supported");
	enter(state, aie_asm_section_get(state, text, type, flags));
}

static uint32_t read_section_flags(struct asm_cursor *cursor)
{
	static const struct {
		char letter;
		uint32_t flag;
	} table[] = {
		{ 'a', SHF_ALLOC }, { 'w', SHF_WRITE },   { 'x', SHF_EXECINSTR },
		{ 'M', SHF_MERGE }, { 'S', SHF_STRINGS }, { 'e', SHF_EXCLUDE },
		{ 'o', 0 },         { 'G', 0 },           { '?', 0 },
	};
	uint32_t flags = 0;
	size_t length;
	struct asm_position position = aie_asm_here(cursor);
	const char *text = aie_asm_quoted(cursor, &length);
	for (size_t i = 0; i < length; i++) {
		size_t k = 0;
		while (k < sizeof(table) / sizeof(table[0]) && table[k].letter != text[i])
			k++;
		if (k == sizeof(table) / sizeof(table[0]))
			aie_asm_fail_at(cursor->context, position, "unknown section flag '%c'", text[i]);
		flags |= table[k].flag;
	}
	return flags;
}

static uint32_t read_section_type(struct asm_cursor *cursor, uint32_t type)
{
	static const struct {
		const char *name;
		uint32_t type;
	} table[] = {
		{ "progbits", SHT_PROGBITS },     { "nobits", SHT_NOBITS },         { "note", SHT_NOTE },
		{ "init_array", SHT_INIT_ARRAY }, { "fini_array", SHT_FINI_ARRAY },
	};
	struct asm_name name;
	uint64_t number;
	char mark = aie_asm_peek(cursor);
	if (mark == '@' || mark == '%')
		cursor->at++;
	if (aie_asm_number(cursor, &number))
		return (uint32_t)number;
	if (!aie_asm_name(cursor, &name))
		aie_asm_fail_here(cursor, "a section type expected, found %s", aie_asm_token_text(cursor));
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (aie_asm_name_is(&name, table[i].name))
			return table[i].type;
	/* llvm's own bookkeeping sections (".llvm_addrsig"...) carry types that matter to nobody here. */
	if (name.length > 5 && memcmp(name.text, "llvm_", 5) == 0)
		return type;
	aie_asm_fail_here(cursor, "unknown section type '%.*s'", (int)name.length, name.text);
}

static void directive_section(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	size_t start, length;
	const char *text;
	uint32_t type, flags;
	bool push = aie_asm_name_is(name, ".pushsection");
	aie_asm_skip_blanks(cursor);
	struct asm_position position = aie_asm_here(cursor);
	if (aie_asm_peek(cursor) == '"') {
		text = aie_asm_quoted(cursor, &length);
	} else {
		start = cursor->at;
		while (cursor->at < cursor->size && !strchr(", \t\r", cursor->text[cursor->at]))
			cursor->at++;
		length = cursor->at - start;
		text = aie_asm_string(state->context, cursor->text + start, length);
	}
	if (!length)
		aie_asm_fail_here(cursor, "the section's name expected, found %s", aie_asm_token_text(cursor));
	preset_of(text, &type, &flags);
	struct asm_section *old = aie_asm_section_find(state->object, text);
	if (old) {
		type = old->type;
		flags = old->flags;
	}
	uint32_t entry_size = 0;
	if (aie_asm_accept(cursor, ',')) {
		flags = read_section_flags(cursor);
		if (aie_asm_accept(cursor, ','))
			type = read_section_type(cursor, type);
		if (flags & SHF_MERGE && aie_asm_accept(cursor, ','))
			entry_size = (uint32_t)aie_asm_read_number(state, cursor, "the entry size");
		/* Group and link-order names: groups are kept as plain sections. */
		if (aie_asm_accept(cursor, ','))
			cursor->at = cursor->size;
	}
	if (old && (old->type != type || old->flags != flags))
		aie_asm_fail_at(state->context, position, "section %s was begun with another type or other flags",
		                text);
	if (push) {
		if (state->stack_depth == ASM_SECTION_DEPTH)
			aie_asm_fail_at(state->context, position, "sections are pushed deeper than %d",
			                ASM_SECTION_DEPTH);
		state->stack[state->stack_depth++] = state->section;
	}
	struct asm_section *section = aie_asm_section_get(state, text, type, flags);
	section->entry_size = entry_size ? entry_size : section->entry_size;
	enter(state, section);
}

static void directive_popsection(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	(void)name;
	if (!state->stack_depth)
		aie_asm_fail_here(cursor, ".popsection without .pushsection");
	enter(state, state->stack[--state->stack_depth]);
}

static void directive_previous(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	(void)name;
	if (!state->previous)
		aie_asm_fail_here(cursor, "there is no previous section");
	enter(state, state->previous);
}

/* ---- alignment and space --------------------------------------------------------------------------------------- */

static void directive_align(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	/* .align counts in powers of two, like .p2align (assumed: llvm-aie's assembler description descends from
	 * RISC-V's, which does); .balign counts in bytes. */
	bool power = name->length < 7 || memcmp(name->text, ".balign", 7) != 0;
	char last = name->text[name->length - 1];
	unsigned fill_size = last == 'w' ? 2 : last == 'l' ? 4 : 1;
	aie_asm_skip_blanks(cursor);
	struct asm_position position = aie_asm_here(cursor);
	int64_t align = aie_asm_read_number(state, cursor, "the alignment");
	int64_t fill = 0, most = 0;
	bool limited = false;
	if (power) {
		if (align < 0 || align > 15)
			aie_asm_fail_at(state->context, position, "alignment 2^%lld is too large (bytes are .balign)",
			                (long long)align);
		align = (int64_t)1 << align;
	} else if (align <= 0 || align > 65536 || (align & (align - 1))) {
		if (align)
			aie_asm_fail_at(state->context, position, "alignment %lld is not a power of two up to 65536",
			                (long long)align);
		align = 1;
	}
	if (aie_asm_accept(cursor, ',')) {
		if (aie_asm_peek(cursor) != ',')
			fill = aie_asm_read_number(state, cursor, "the fill value");
		if (aie_asm_accept(cursor, ',')) {
			most = aie_asm_read_number(state, cursor, "the limit");
			limited = most > 0;
		}
	}
	aie_asm_align(state, position, (uint32_t)align, fill, fill_size, limited ? (uint64_t)most : UINT64_MAX);
}

static void put_bytes(uint8_t *bytes, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		bytes[i] = (uint8_t)(i < 8 ? value >> 8 * i : 0);
}

static void need_no_bits(struct asm_source_state *state, struct asm_position position, bool zero)
{
	if (state->section->type == SHT_NOBITS && !zero)
		aie_asm_fail_at(state->context, position, "section %s holds no bytes, only space",
		                state->section->name);
}

static void fill(struct asm_source_state *state, struct asm_position position, int64_t count, unsigned size,
                 uint64_t value)
{
	if (count < 0)
		aie_asm_fail_at(state->context, position, "negative size %lld", (long long)count);
	if (count > (64 << 20))
		aie_asm_fail_at(state->context, position, "size %lld is more than any memory of the core",
		                (long long)count);
	need_no_bits(state, position, value == 0);
	uint8_t *bytes = aie_asm_section_extend(state->context, state->section, (uint64_t)count * size);
	for (int64_t i = 0; bytes && value && i < count; i++)
		put_bytes(bytes + (uint64_t)i * size, value, size);
}

static void directive_space(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	(void)name;
	aie_asm_skip_blanks(cursor);
	struct asm_position position = aie_asm_here(cursor);
	int64_t count = aie_asm_read_number(state, cursor, "the size"), value = 0;
	if (aie_asm_accept(cursor, ','))
		value = aie_asm_read_number(state, cursor, "the fill value");
	fill(state, position, count, 1, (uint64_t)value & 0xFF);
}

static void directive_fill(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	(void)name;
	aie_asm_skip_blanks(cursor);
	struct asm_position position = aie_asm_here(cursor);
	int64_t count = aie_asm_read_number(state, cursor, "the count"), size = 1, value = 0;
	if (aie_asm_accept(cursor, ',')) {
		size = aie_asm_read_number(state, cursor, "the size");
		if (aie_asm_accept(cursor, ','))
			value = aie_asm_read_number(state, cursor, "the value");
	}
	if (size < 0 || size > 8)
		aie_asm_fail_at(state->context, position, ".fill size %lld is outside 0..8", (long long)size);
	/* GNU rule, kept by llvm-mc: only the low 32 bits of the value are used. */
	fill(state, position, count, (unsigned)size, (uint64_t)value & 0xFFFFFFFF);
}

static void directive_org(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	(void)name;
	aie_asm_skip_blanks(cursor);
	struct asm_position position = aie_asm_here(cursor);
	struct asm_expr *expr = aie_asm_read_expression(state, cursor);
	struct asm_value value = aie_asm_evaluate(state->context, expr);
	int64_t target = value.number, byte = 0;
	if (value.kind == ASM_VALUE_SYMBOL && value.symbol->kind == ASM_SYMBOL_LABEL &&
	    value.symbol->section == state->section)
		target += (int64_t)value.symbol->offset;
	else if (value.kind != ASM_VALUE_NUMBER && (value.kind != ASM_VALUE_SECTION || value.section != state->section))
		aie_asm_fail_at(state->context, position, ".org needs a place in this section");
	if (aie_asm_accept(cursor, ','))
		byte = aie_asm_read_number(state, cursor, "the fill value");
	if (target < (int64_t)state->section->size)
		aie_asm_fail_at(state->context, position, ".org goes back from 0x%llx to 0x%llx",
		                (unsigned long long)state->section->size, (long long)target);
	fill(state, position, target - (int64_t)state->section->size, 1, (uint64_t)byte & 0xFF);
}

/* ---- data ------------------------------------------------------------------------------------------------------ */

static unsigned data_size(const struct asm_name *name)
{
	static const struct {
		const char *name;
		unsigned size;
	} table[] = {
		{ ".byte", 1 }, { ".1byte", 1 }, { ".short", 2 }, { ".half", 2 },  { ".hword", 2 }, { ".2byte", 2 },
		{ ".word", 4 }, { ".long", 4 },  { ".int", 4 },   { ".4byte", 4 }, { ".quad", 8 },  { ".8byte", 8 },
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (aie_asm_name_is(name, table[i].name))
			return table[i].size;
	return 0;
}

static void directive_data(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	unsigned size = data_size(name);
	if (aie_asm_at_end(cursor))
		return;
	do {
		aie_asm_skip_blanks(cursor);
		struct asm_position position = aie_asm_here(cursor);
		need_no_bits(state, position, false);
		struct asm_expr *expr = aie_asm_read_expression(state, cursor);
		struct asm_value value = aie_asm_evaluate(state->context, expr);
		uint64_t offset = state->section->size;
		uint8_t *bytes = aie_asm_section_extend(state->context, state->section, size);
		if (value.kind != ASM_VALUE_NUMBER) {
			*aie_asm_fixup_new(state) = (struct asm_fixup){ .section = state->section,
				                                        .offset = offset,
				                                        .expr = expr,
				                                        .position = position,
				                                        .size = (uint8_t)size };
			continue;
		}
		if (size < 8 &&
		    (value.number < -((int64_t)1 << (8 * size - 1)) || value.number >= (int64_t)1 << 8 * size))
			aie_asm_fail_at(state->context, position, "%lld does not fit in %u bytes",
			                (long long)value.number, size);
		put_bytes(bytes, (uint64_t)value.number, size);
	} while (aie_asm_accept(cursor, ','));
}

/* Variable-length numbers of debug information; the value must be known here, as it decides the length. */
static void directive_leb128(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	bool is_signed = name->text[1] == 's';
	do {
		need_no_bits(state, aie_asm_here(cursor), false);
		int64_t number = aie_asm_read_number(state, cursor, "a variable-length number");
		for (bool more = true; more;) {
			unsigned byte = (unsigned)number & 0x7F;
			if (is_signed) {
				number >>= 7;
				more = !((number == 0 && !(byte & 0x40)) || (number == -1 && byte & 0x40));
			} else {
				number = (int64_t)((uint64_t)number >> 7);
				more = number != 0;
			}
			*aie_asm_section_extend(state->context, state->section, 1) =
			        (uint8_t)(byte | (more ? 0x80 : 0));
		}
	} while (aie_asm_accept(cursor, ','));
}

/* IEEE constants, rounded to nearest even by the C library. */
static void directive_float(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	bool wide = aie_asm_name_is(name, ".double");
	do {
		aie_asm_skip_blanks(cursor);
		struct asm_position position = aie_asm_here(cursor);
		need_no_bits(state, position, false);
		size_t start = cursor->at;
		while (cursor->at < cursor->size &&
		       (aie_asm_name_part(cursor->text[cursor->at]) || strchr("+-", cursor->text[cursor->at])))
			cursor->at++;
		char *text = aie_asm_string(state->context, cursor->text + start, cursor->at - start), *end = text;
		uint64_t bits = 0;
		if (wide) {
			double value = strtod(text, &end);
			memcpy(&bits, &value, sizeof(value));
		} else {
			float value = strtof(text, &end);
			uint32_t word;
			memcpy(&word, &value, sizeof(value));
			bits = word;
		}
		if (!*text || *end)
			aie_asm_fail_at(state->context, position, "a floating-point number expected, found '%.40s'",
			                text);
		put_bytes(aie_asm_section_extend(state->context, state->section, wide ? 8 : 4), bits, wide ? 8 : 4);
	} while (aie_asm_accept(cursor, ','));
}

static void directive_string(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	bool terminated = !aie_asm_name_is(name, ".ascii");
	do {
		size_t length;
		need_no_bits(state, aie_asm_here(cursor), false);
		const char *text = aie_asm_quoted(cursor, &length);
		memcpy(aie_asm_section_extend(state->context, state->section, length + terminated), text,
		       length + terminated);
	} while (aie_asm_accept(cursor, ','));
}

/* .incbin "FILE" [, skip [, count]] */
static void directive_incbin(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	(void)name;
	need_no_bits(state, aie_asm_here(cursor), false);
	struct aie_asm_source source = aie_asm_input_file(state, cursor);
	struct asm_position position = aie_asm_here(cursor);
	int64_t skip = 0, count;
	if (aie_asm_accept(cursor, ','))
		skip = aie_asm_read_number(state, cursor, "the number of bytes to skip");
	if (skip < 0 || (uint64_t)skip > source.size)
		aie_asm_fail_at(state->context, position, "the file has %zu bytes", source.size);
	count = (int64_t)source.size - skip;
	if (aie_asm_accept(cursor, ',')) {
		int64_t limit = aie_asm_read_number(state, cursor, "the number of bytes");
		if (limit < 0 || limit > count)
			aie_asm_fail_at(state->context, position, "the file has %zu bytes", source.size);
		count = limit;
	}
	if (count)
		memcpy(aie_asm_section_extend(state->context, state->section, (uint64_t)count), source.text + skip,
		       (size_t)count);
}

/* ---- symbols --------------------------------------------------------------------------------------------------- */

static struct asm_symbol *read_symbol(struct asm_source_state *state, struct asm_cursor *cursor)
{
	struct asm_name name;
	if (!aie_asm_name(cursor, &name) || !name.length)
		aie_asm_fail_here(cursor, "a symbol expected, found %s", aie_asm_token_text(cursor));
	return aie_asm_symbol(state->context, state->object, name.text, name.length);
}

static void directive_binding(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	do {
		struct asm_symbol *symbol = read_symbol(state, cursor);
		if (aie_asm_name_is(name, ".weak")) {
			symbol->weak = true;
			symbol->global = true;
		} else if (aie_asm_name_is(name, ".local")) {
			symbol->global = false;
		} else {
			symbol->global = true;
		}
	} while (aie_asm_accept(cursor, ','));
}

void aie_asm_assign(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name,
                    struct asm_position position, bool redefine)
{
	struct asm_expr *expr = aie_asm_read_expression(state, cursor);
	if (aie_asm_name_is(name, ".")) {
		aie_asm_fail_at(state->context, position, "'.' is moved by .org");
	}
	struct asm_symbol *symbol = aie_asm_symbol(state->context, state->object, name->text, name->length);
	if (symbol->kind != ASM_SYMBOL_UNDEFINED && (symbol->kind != ASM_SYMBOL_VARIABLE || symbol->fixed || !redefine))
		aie_asm_fail_at(state->context, position, "'%s' is already defined at %s:%u", symbol->name,
		                symbol->defined_at.file, symbol->defined_at.line);
	/* A value that is known now is kept as it is now: x = x + 1 counts. */
	struct asm_value value = aie_asm_evaluate(state->context, expr);
	if (value.kind == ASM_VALUE_NUMBER) {
		struct asm_expr *number = aie_asm_alloc(state->context, sizeof(*number));
		number->kind = ASM_EXPR_NUMBER;
		number->number = value.number;
		number->position = expr->position;
		expr = number;
	}
	symbol->kind = ASM_SYMBOL_VARIABLE;
	symbol->expr = expr;
	symbol->fixed = !redefine;
	symbol->defined_at = position;
}

static void directive_set(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *directive)
{
	struct asm_name name;
	aie_asm_skip_blanks(cursor);
	struct asm_position position = aie_asm_here(cursor);
	if (!aie_asm_name(cursor, &name) || !name.length)
		aie_asm_fail_here(cursor, "a symbol expected, found %s", aie_asm_token_text(cursor));
	aie_asm_expect(cursor, ',', "after the symbol");
	aie_asm_assign(state, cursor, &name, position, !aie_asm_name_is(directive, ".equiv"));
}

static void directive_type(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *directive)
{
	static const struct {
		const char *name;
		uint8_t type;
	} table[] = {
		{ "function", STT_FUNC },  { "STT_FUNC", STT_FUNC },
		{ "object", STT_OBJECT },  { "STT_OBJECT", STT_OBJECT },
		{ "notype", STT_NOTYPE },  { "STT_NOTYPE", STT_NOTYPE },
		{ "common", STT_COMMON },  { "STT_COMMON", STT_COMMON },
		{ "tls_object", STT_TLS }, { "gnu_unique_object", STT_OBJECT },
	};
	(void)directive;
	struct asm_symbol *symbol = read_symbol(state, cursor);
	struct asm_name name;
	aie_asm_expect(cursor, ',', "after the symbol");
	char mark = aie_asm_peek(cursor);
	if (mark == '@' || mark == '%' || mark == '#')
		cursor->at++;
	if (!aie_asm_name(cursor, &name))
		aie_asm_fail_here(cursor, "a symbol type expected, found %s", aie_asm_token_text(cursor));
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (aie_asm_name_is(&name, table[i].name)) {
			symbol->type = table[i].type;
			return;
		}
	}
	aie_asm_fail_here(cursor, "unknown symbol type '%.*s'", (int)name.length, name.text);
}

static void directive_size(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	(void)name;
	struct asm_symbol *symbol = read_symbol(state, cursor);
	aie_asm_expect(cursor, ',', "after the symbol");
	symbol->size_expr = aie_asm_read_expression(state, cursor);
}

/* .comm and .lcomm: space in .bss under a name; several .comm of one name in different objects share the space. */
static void directive_common(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	aie_asm_skip_blanks(cursor);
	struct asm_position position = aie_asm_here(cursor);
	struct asm_symbol *symbol = read_symbol(state, cursor);
	aie_asm_expect(cursor, ',', "after the symbol");
	int64_t size = aie_asm_read_number(state, cursor, "the size"), align = 1;
	if (aie_asm_accept(cursor, ','))
		align = aie_asm_read_number(state, cursor, "the alignment");
	if (size < 0 || size > 1 << 20)
		aie_asm_fail_at(state->context, position, "size %lld of '%s' is no size in the core's memory",
		                (long long)size, symbol->name);
	if (align <= 0 || align > 65536 || (align & (align - 1)))
		aie_asm_fail_at(state->context, position, "alignment %lld is not a power of two", (long long)align);
	if (symbol->kind != ASM_SYMBOL_UNDEFINED)
		aie_asm_fail_at(state->context, position, "'%s' is already defined at %s:%u", symbol->name,
		                symbol->defined_at.file, symbol->defined_at.line);
	symbol->defined_at = position;
	symbol->type = STT_OBJECT;
	symbol->size = (uint64_t)size;
	if (aie_asm_name_is(name, ".comm")) {
		symbol->kind = ASM_SYMBOL_COMMON;
		symbol->offset = (uint64_t)align;
		symbol->global = true;
		return;
	}
	struct asm_section *bss = aie_asm_section_get(state, ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE);
	struct asm_section *current = state->section;
	state->section = bss;
	aie_asm_align(state, position, (uint32_t)align, 0, 1, UINT64_MAX);
	state->section = current;
	symbol->kind = ASM_SYMBOL_LABEL;
	symbol->section = bss;
	symbol->offset = bss->size;
	aie_asm_section_extend(state->context, bss, (uint64_t)size);
}

/* ---- others ---------------------------------------------------------------------------------------------------- */

static void directive_ignored(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	(void)state;
	(void)name;
	cursor->at = cursor->size;
}

static void directive_file(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	(void)name;
	if (aie_asm_peek(cursor) == '"') {
		size_t length;
		const char *text = aie_asm_quoted(cursor, &length);
		struct asm_symbol *symbol = aie_asm_symbol_anonymous(state->context, state->object, text);
		symbol->kind = ASM_SYMBOL_VARIABLE;
		symbol->type = STT_FILE;
		symbol->expr = aie_asm_alloc(state->context, sizeof(*symbol->expr));
		symbol->expr->kind = ASM_EXPR_NUMBER;
	}
	cursor->at = cursor->size; /* the DWARF form: number, folder, file */
}

static void directive_ident(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	size_t length;
	(void)name;
	const char *text = aie_asm_quoted(cursor, &length);
	struct asm_section *comment = aie_asm_section_get(state, ".comment", SHT_PROGBITS, SHF_MERGE | SHF_STRINGS);
	comment->entry_size = 1;
	bool first = comment->size == 0;
	uint8_t *bytes = aie_asm_section_extend(state->context, comment, first + length + 1);
	memcpy(bytes + first, text, length);
}

static void directive_error(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	size_t length = 0;
	struct asm_position position = aie_asm_here(cursor);
	position.column = (unsigned)(name->text - cursor->text) + 1;
	const char *text = aie_asm_at_end(cursor) ? "" : aie_asm_quoted(cursor, &length);
	aie_asm_fail_at(state->context, position, "%.*s%s%.*s", (int)name->length, name->text, length ? ": " : "",
	                (int)length, text);
}

static void directive_end(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	(void)cursor;
	(void)name;
	state->ended = true;
}

static const struct {
	const char *name;
	directive_body *body;
} directives[] = {
	{ ".text", directive_fixed_section },
	{ ".data", directive_fixed_section },
	{ ".bss", directive_fixed_section },
	{ ".rodata", directive_fixed_section },
	{ ".section", directive_section },
	{ ".pushsection", directive_section },
	{ ".popsection", directive_popsection },
	{ ".previous", directive_previous },
	{ ".p2align", directive_align },
	{ ".p2alignw", directive_align },
	{ ".p2alignl", directive_align },
	{ ".align", directive_align },
	{ ".balign", directive_align },
	{ ".balignw", directive_align },
	{ ".balignl", directive_align },
	{ ".space", directive_space },
	{ ".skip", directive_space },
	{ ".zero", directive_space },
	{ ".fill", directive_fill },
	{ ".org", directive_org },
	{ ".byte", directive_data },
	{ ".1byte", directive_data },
	{ ".short", directive_data },
	{ ".half", directive_data },
	{ ".hword", directive_data },
	{ ".2byte", directive_data },
	{ ".word", directive_data },
	{ ".long", directive_data },
	{ ".int", directive_data },
	{ ".4byte", directive_data },
	{ ".quad", directive_data },
	{ ".8byte", directive_data },
	{ ".uleb128", directive_leb128 },
	{ ".sleb128", directive_leb128 },
	{ ".float", directive_float },
	{ ".single", directive_float },
	{ ".double", directive_float },
	{ ".ascii", directive_string },
	{ ".asciz", directive_string },
	{ ".string", directive_string },
	{ ".incbin", directive_incbin },
	{ ".globl", directive_binding },
	{ ".global", directive_binding },
	{ ".local", directive_binding },
	{ ".weak", directive_binding },
	{ ".set", directive_set },
	{ ".equ", directive_set },
	{ ".equiv", directive_set },
	{ ".type", directive_type },
	{ ".size", directive_size },
	{ ".comm", directive_common },
	{ ".lcomm", directive_common },
	{ ".file", directive_file },
	{ ".ident", directive_ident },
	{ ".error", directive_error },
	{ ".err", directive_error },
	{ ".end", directive_end },
	{ ".addrsig", directive_ignored },
	{ ".addrsig_sym", directive_ignored },
	{ ".hidden", directive_ignored },
	{ ".protected", directive_ignored },
	{ ".internal", directive_ignored },
	{ ".loc", directive_ignored },
};

bool aie_asm_directive(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]); i++) {
		if (aie_asm_name_is(name, directives[i].name)) {
			directives[i].body(state, cursor, name);
			return true;
		}
	}
	/* Call-frame directives describe unwinding for debuggers; no program of this core unwinds. */
	if (name->length > 5 && memcmp(name->text, ".cfi_", 5) == 0) {
		cursor->at = cursor->size;
		return true;
	}
	return false;
}
