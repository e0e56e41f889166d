/* One source to one object, and the library's entry points. */
#include "isa/asm_source.h"

#include <elf.h>
#include <string.h>

#include "isa/operands.h"

/* ---- services for the other units ------------------------------------------------------------------------------ */

static struct asm_numbered *find_numbered(struct asm_source_state *state, uint64_t number)
{
	for (size_t i = 0; i < state->numbered_count; i++)
		if (state->numbered[i].number == number)
			return &state->numbered[i];
	state->numbered = aie_asm_grow(state->context, state->numbered, state->numbered_count,
	                               &state->numbered_capacity, sizeof(*state->numbered));
	struct asm_numbered *numbered = &state->numbered[state->numbered_count++];
	*numbered = (struct asm_numbered){ .number = number };
	return numbered;
}

static struct asm_symbol *numbered_symbol(struct asm_source_state *state, uint64_t number)
{
	struct asm_symbol *symbol = aie_asm_symbol_anonymous(
	        state->context, state->object, aie_asm_format(state->context, "%llu", (unsigned long long)number));
	symbol->temporary = true;
	return symbol;
}

static struct asm_symbol *numbered_reference(void *data, uint64_t number, char direction, struct asm_position position)
{
	struct asm_source_state *state = data;
	struct asm_numbered *numbered = find_numbered(state, number);
	if (direction == 'b') {
		if (!numbered->back)
			aie_asm_fail_at(state->context, position, "no label %llu: before this",
			                (unsigned long long)number);
		return numbered->back;
	}
	if (!numbered->forward) {
		numbered->forward = numbered_symbol(state, number);
		numbered->forward->referenced = true;
		numbered->forward->referenced_at = position;
	}
	return numbered->forward;
}

struct asm_scope aie_asm_scope(struct asm_source_state *state)
{
	return (struct asm_scope){
		.object = state->object, .section = state->section, .numbered = numbered_reference, .data = state
	};
}

struct asm_expr *aie_asm_read_expression(struct asm_source_state *state, struct asm_cursor *cursor)
{
	struct asm_scope scope = aie_asm_scope(state);
	struct asm_expr *expr = aie_asm_expression(cursor, &scope);
	aie_asm_align_expression(state, expr);
	return expr;
}

int64_t aie_asm_read_number(struct asm_source_state *state, struct asm_cursor *cursor, const char *what)
{
	return aie_asm_evaluate_number(state->context, aie_asm_read_expression(state, cursor), what);
}

struct asm_fixup *aie_asm_fixup_new(struct asm_source_state *state)
{
	state->fixup = aie_asm_grow(state->context, state->fixup, state->fixup_count, &state->fixup_capacity,
	                            sizeof(*state->fixup));
	return &state->fixup[state->fixup_count++];
}

struct asm_section *aie_asm_section_get(struct asm_source_state *state, const char *name, uint32_t type, uint32_t flags)
{
	struct asm_section *section = aie_asm_section_find(state->object, name);
	if (section)
		return section;
	section = aie_asm_section_new(state->context, state->object, name, type, flags);
	/* Program memory is fetched in 16-byte lines; data gets its alignment from its directives. */
	section->align = flags & SHF_EXECINSTR ? AIE_BUNDLE_MAX_BYTES : 1;
	return section;
}

void aie_asm_align(struct asm_source_state *state, struct asm_position position, uint32_t align, int64_t fill,
                   unsigned fill_size, uint64_t most)
{
	struct asm_section *section = state->section;
	uint64_t count = (0 - section->size) & (align - 1);
	if (count > most)
		return;
	if (fill == 0 && aie_asm_aligns(state) && align > 1) {
		aie_asm_align_code(state, position, align);
		return;
	}
	if (section->align < align)
		section->align = align;
	/* Zero bytes in code are 16-bit nops. */
	uint8_t *bytes = aie_asm_section_extend(state->context, section, count);
	for (uint64_t i = 0; bytes && i + fill_size <= count; i++)
		bytes[i] = (uint8_t)((uint64_t)fill >> 8 * (i % fill_size));
}

/* ---- lines ----------------------------------------------------------------------------------------------------- */

static void define_label(struct asm_source_state *state, struct asm_symbol *symbol, struct asm_position position)
{
	if (symbol->kind != ASM_SYMBOL_UNDEFINED)
		aie_asm_fail_at(state->context, position, "'%s' is already defined at %s:%u", symbol->name,
		                symbol->defined_at.file, symbol->defined_at.line);
	aie_asm_align_label(state, symbol, position);
	symbol->kind = ASM_SYMBOL_LABEL;
	symbol->section = state->section;
	symbol->offset = state->section->size;
	symbol->fixed = true;
	symbol->defined_at = position;
}

static bool hex_pair(const char *text)
{
	return strchr("0123456789abcdefABCDEF", text[0]) && text[0] && strchr("0123456789abcdefABCDEF", text[1]) &&
	       text[1];
}

/* The listing form of aie-objdump -d, "  10:\t18 00 28 10 \tret lr": address and bytes are skipped. */
static void skip_listing(struct asm_cursor *cursor)
{
	size_t at = cursor->at, digits = 0, pairs = 0;
	while (at < cursor->size && strchr("0123456789abcdef", cursor->text[at]) && cursor->text[at]) {
		at++;
		digits++;
	}
	if (!digits || at + 1 >= cursor->size || cursor->text[at] != ':' || cursor->text[at + 1] != '\t')
		return;
	at += 2;
	while (at + 1 < cursor->size && hex_pair(cursor->text + at) &&
	       (at + 2 == cursor->size || cursor->text[at + 2] == ' ' || cursor->text[at + 2] == '\t')) {
		at += 2;
		pairs++;
		while (at < cursor->size && cursor->text[at] == ' ')
			at++;
	}
	if (pairs && at < cursor->size && cursor->text[at] == '\t')
		cursor->at = at;
}

/* Labels at the start of the line, as many as there are. */
static void read_labels(struct asm_source_state *state, struct asm_cursor *cursor)
{
	for (;;) {
		struct asm_name name;
		char first = aie_asm_peek(cursor);
		size_t start = cursor->at;
		struct asm_position position = aie_asm_here(cursor);
		if (first >= '0' && first <= '9') {
			uint64_t number;
			if (!aie_asm_number(cursor, &number) || !aie_asm_accept(cursor, ':')) {
				cursor->at = start;
				return;
			}
			struct asm_numbered *numbered = find_numbered(state, number);
			numbered->back = numbered->forward ? numbered->forward : numbered_symbol(state, number);
			numbered->forward = NULL;
			define_label(state, numbered->back, position);
			continue;
		}
		if ((!aie_asm_name_start(first) && first != '"') || !aie_asm_name(cursor, &name) || !name.length ||
		    !aie_asm_accept(cursor, ':')) {
			cursor->at = start;
			return;
		}
		if (aie_asm_name_is(&name, "."))
			aie_asm_fail_at(state->context, position, "'.' cannot be a label");
		define_label(state, aie_asm_symbol(state->context, state->object, name.text, name.length), position);
	}
}

static void read_statement(struct asm_source_state *state, struct asm_cursor *cursor)
{
	struct asm_name name;
	aie_asm_skip_blanks(cursor);
	skip_listing(cursor);
	read_labels(state, cursor);
	if (aie_asm_at_end(cursor))
		return;
	size_t start = cursor->at;
	struct asm_position position = aie_asm_here(cursor);
	bool named = aie_asm_name_start(aie_asm_peek(cursor)) && aie_asm_name(cursor, &name);
	if (named && aie_asm_peek(cursor) == '=' &&
	    (cursor->at + 1 >= cursor->size || cursor->text[cursor->at + 1] != '=')) {
		cursor->at++;
		aie_asm_assign(state, cursor, &name, position, true);
	} else if (named && aie_asm_input_macro(state, cursor, &name)) {
		return;
	} else if (named && name.text[0] == '.') {
		if (aie_asm_input_directive(state, cursor, &name))
			return;
		if (!aie_asm_directive(state, cursor, &name))
			aie_asm_fail_at(state->context, position, "unknown directive '%.*s'",
			                (int)(name.length > 60 ? 60 : name.length), name.text);
	} else {
		cursor->at = start;
		aie_asm_bundle(state, cursor);
	}
	if (!aie_asm_at_end(cursor))
		aie_asm_fail_here(cursor, "unexpected %s", aie_asm_token_text(cursor));
}

/* ---- the end of a source --------------------------------------------------------------------------------------- */

static void fix_data(struct asm_source_state *state, struct asm_fixup *fixup)
{
	struct asm_value value = aie_asm_evaluate(state->context, fixup->expr);
	uint8_t *bytes = fixup->section->data + fixup->offset;
	if (value.kind == ASM_VALUE_NUMBER) {
		if (fixup->size < 8 && (value.number < -((int64_t)1 << (8 * fixup->size - 1)) ||
		                        value.number >= (int64_t)1 << 8 * fixup->size))
			aie_asm_fail_at(state->context, fixup->position, "%lld does not fit in %u bytes",
			                (long long)value.number, fixup->size);
		for (unsigned i = 0; i < fixup->size; i++)
			bytes[i] = (uint8_t)((uint64_t)value.number >> 8 * i);
		return;
	}
	if (value.kind == ASM_VALUE_UNKNOWN || fixup->size != 4)
		aie_asm_fail_at(state->context, fixup->position, "no relocation puts %s%s into %u bytes of data",
		                value.symbol ? "the address of " : "this value", value.symbol ? value.symbol->name : "",
		                fixup->size);
	*aie_asm_relocation_new(state->context, fixup->section) = (struct asm_relocation){
		.offset = fixup->offset,
		.type = AIE_RELOCATION_WORD32,
		.symbol = value.symbol,
		.target = value.section,
		.addend = value.number,
		.position = fixup->position,
	};
}

static void finish(struct asm_source_state *state)
{
	struct asm_context *context = state->context;
	for (size_t i = 0; i < state->numbered_count; i++)
		if (state->numbered[i].forward)
			aie_asm_fail_at(context, state->numbered[i].forward->referenced_at, "no label %llu: after this",
			                (unsigned long long)state->numbered[i].number);
	for (size_t i = 0; i < state->fixup_count; i++) {
		if (state->fixup[i].bundle)
			aie_asm_fix_bundle(state, &state->fixup[i]);
		else
			fix_data(state, &state->fixup[i]);
	}
	for (struct asm_symbol *symbol = state->object->first_symbol; symbol; symbol = symbol->next) {
		if (symbol->size_expr)
			symbol->size = (uint64_t)aie_asm_evaluate_number(context, symbol->size_expr, ".size");
		/* A variable that names a place becomes a label there; what is left is a number. */
		if (symbol->kind != ASM_SYMBOL_VARIABLE)
			continue;
		struct asm_value value = aie_asm_evaluate(context, symbol->expr);
		struct asm_section *section = value.section;
		int64_t offset = value.number;
		if (value.kind == ASM_VALUE_SYMBOL && value.symbol->kind == ASM_SYMBOL_LABEL) {
			section = value.symbol->section;
			offset += (int64_t)value.symbol->offset;
		}
		if (section && value.kind != ASM_VALUE_UNKNOWN && offset >= 0) {
			symbol->kind = ASM_SYMBOL_LABEL;
			symbol->section = section;
			symbol->offset = (uint64_t)offset;
		} else if (value.kind != ASM_VALUE_NUMBER) {
			/* Uses of it have their relocations; the name itself says nothing to others. */
			if (symbol->global)
				aie_asm_fail_at(context, symbol->defined_at,
				                "'%s' has no value that a symbol can have (%s)", symbol->name,
				                value.symbol ? value.symbol->name : "it depends on undefined symbols");
			symbol->temporary = true;
		}
	}
}

struct asm_object *aie_asm_source(struct asm_context *context, const struct aie_asm_source *source,
                                  const struct aie_asm_options *options)
{
	struct asm_source_state *state = aie_asm_alloc(context, sizeof(*state));
	struct asm_cursor cursor;
	const char *file =
	        aie_asm_string(context, source->name ? source->name : "-", strlen(source->name ? source->name : "-"));
	state->context = context;
	state->options = options;
	state->object = aie_asm_object_new(context, file);
	state->section = aie_asm_section_get(state, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR);
	aie_asm_section_get(state, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE);
	aie_asm_section_get(state, ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE);
	for (size_t i = 0; i < options->define_count; i++) {
		const char *name = options->define[i].name;
		struct asm_symbol *symbol = aie_asm_symbol(context, state->object, name, strlen(name));
		symbol->kind = ASM_SYMBOL_VARIABLE;
		symbol->expr = aie_asm_alloc(context, sizeof(*symbol->expr));
		symbol->expr->kind = ASM_EXPR_NUMBER;
		symbol->expr->number = options->define[i].value;
		symbol->fixed = true;
		symbol->defined_at = (struct asm_position){ .file = "--defsym" };
		symbol->expr->position = symbol->defined_at;
	}
	aie_asm_input_open(state, file, source->text, source->size);
	while (!state->ended && aie_asm_input_line(state, &cursor)) {
		if (aie_asm_input_active(state))
			read_statement(state, &cursor);
		else
			aie_asm_input_skip(state, &cursor);
	}
	if (!state->ended)
		aie_asm_input_close(state);
	finish(state);
	return state->object;
}

/* ---- entry points ---------------------------------------------------------------------------------------------- */

static void assemble(struct asm_context *context, const struct aie_asm_source *source, size_t source_count,
                     const struct aie_asm_options *options, uint8_t **elf, size_t *elf_size)
{
	struct asm_object *first = NULL, **next = &first, *members = NULL, **next_member = &members;
	if (options->relocatable && (source_count != 1 || aie_asm_is_elf((const uint8_t *)source->text, source->size)))
		aie_asm_fail(context, AIE_ERROR_INPUT, "a relocatable object is made from one assembly source");
	for (size_t i = 0; i < source_count; i++) {
		const uint8_t *bytes = (const uint8_t *)source[i].text;
		if (aie_asm_is_archive(bytes, source[i].size)) {
			*next_member = aie_asm_read_archive(context, source[i].name, bytes, source[i].size);
			while (*next_member)
				next_member = &(*next_member)->next;
			continue;
		}
		if (aie_asm_is_elf(bytes, source[i].size))
			*next = aie_asm_read_object(context, source[i].name, bytes, source[i].size);
		else
			*next = aie_asm_source(context, &source[i], options);
		next = &(*next)->next;
	}
	if (!first)
		aie_asm_fail(context, AIE_ERROR_INPUT, "no source or object to link");
	if (members)
		aie_asm_select_members(first, members);
	if (options->relocatable) {
		aie_asm_write_object(context, first, elf, elf_size);
		return;
	}
	struct asm_program program;
	aie_asm_link(context, first, options, &program);
	if (options->warn)
		aie_asm_check(context, &program, options->check_all, options->warn, options->warn_data);
	aie_asm_write_program(context, &program, elf, elf_size);
}

static int run(struct asm_context *context, const struct aie_asm_source *source, size_t source_count,
               const struct aie_asm_options *options, uint8_t **elf, size_t *elf_size)
{
	if (setjmp(context->failed))
		return -1;
	assemble(context, source, source_count, options, elf, elf_size);
	return 0;
}

int aie_assemble(const struct aie_asm_source *source, size_t source_count, const struct aie_asm_options *options,
                 uint8_t **elf, size_t *elf_size, struct aie_error *error)
{
	static const struct aie_asm_options standard = { 0 };
	struct asm_context context = { .error = error };
	*elf = NULL;
	*elf_size = 0;
	int status = run(&context, source, source_count, options ? options : &standard, elf, elf_size);
	aie_asm_context_release(&context);
	return status;
}
