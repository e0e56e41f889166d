/* The lines an assembly reads: comments taken out, conditions, macros and repeated blocks.
 *
 * A block's body is a slice of the text it stands in, so that messages keep their true line and column. */
#include "isa/asm_source.h"

#include <stdio.h>
#include <string.h>

enum { FRAME_LIMIT = 64, MACRO_PARAMETERS = 32 };

/* More lines than this come from a runaway repetition, not from a program for 16 KiB of program memory. */
static const uint64_t line_limit = 500000;

struct asm_frame {
	struct asm_frame *parent;
	const char *file;
	const char *text;
	size_t size, at;
	unsigned first_line, line;
	uint64_t repeats;         /* passes still to come after this one */
	const char *const *texts; /* .irp: the text of each further pass */
	unsigned conditions;      /* open conditions when the frame began */
	bool macro;
};

struct asm_macro {
	struct asm_macro *next;
	const char *name;
	const char *file;
	const char *body;
	size_t size;
	unsigned first_line;
	unsigned parameter_count;
	struct {
		const char *name;
		const char *preset; /* NULL: none */
		bool required, rest;
	} parameter[MACRO_PARAMETERS];
};

/* ---- comments -------------------------------------------------------------------------------------------------- */

/* End (exclusive) of the string or character constant that starts at text[at]; at + 1 when it is neither. */
static size_t literal_end(const char *text, size_t size, size_t at)
{
	char quote = text[at];
	size_t end = at + 1;
	while (end < size && text[end] != '\n') {
		if (text[end] == '\\' && end + 1 < size && text[end + 1] != '\n')
			end++;
		else if (text[end] == quote)
			return end + 1;
		end++;
		if (quote == '\'' && end > at + 6)
			return at + 1;
	}
	return at + 1;
}

static char *blank_comments(struct asm_source_state *state, const char *file, const char *text, size_t size)
{
	char *copy = aie_asm_string(state->context, text, size);
	unsigned line = 1;
	size_t line_start = 0;
	bool blank_so_far = true;
	size_t at = 0;
	while (at < size) {
		char c = copy[at], next = at + 1 < size ? copy[at + 1] : 0;
		if (c == '\n') {
			line++;
			line_start = at + 1;
			blank_so_far = true;
			at++;
		} else if ((c == '/' && next == '/') || (c == '#' && blank_so_far)) {
			/* As llvm-mc: '#' starts a comment only where a statement could start. */
			while (at < size && copy[at] != '\n')
				copy[at++] = ' ';
		} else if (c == '/' && next == '*') {
			struct asm_position start = { file, line, (unsigned)(at - line_start) + 1 };
			while (at < size && !(copy[at] == '*' && at + 1 < size && copy[at + 1] == '/')) {
				if (copy[at] == '\n') {
					line++;
					line_start = at + 1;
				} else {
					copy[at] = ' ';
				}
				at++;
			}
			if (at >= size)
				aie_asm_fail_at(state->context, start, "the comment is not closed");
			copy[at++] = ' ';
			copy[at++] = ' ';
		} else if (c == '"' || c == '\'') {
			at = literal_end(copy, size, at);
			blank_so_far = false;
		} else {
			if (c != ' ' && c != '\t' && c != '\r')
				blank_so_far = false;
			at++;
		}
	}
	return copy;
}

/* ---- frames ---------------------------------------------------------------------------------------------------- */

static struct asm_frame *push_frame(struct asm_source_state *state, struct asm_cursor *cursor, const char *file,
                                    const char *text, size_t size, unsigned line)
{
	if (state->frame_depth == FRAME_LIMIT)
		aie_asm_fail_here(cursor, "macros and repetitions are nested deeper than %d", FRAME_LIMIT);
	struct asm_frame *frame = aie_asm_alloc(state->context, sizeof(*frame));
	*frame = (struct asm_frame){ .parent = state->frame,
		                     .file = file,
		                     .text = text,
		                     .size = size,
		                     .first_line = line,
		                     .line = line,
		                     .conditions = state->condition_depth };
	state->frame = frame;
	state->frame_depth++;
	return frame;
}

void aie_asm_input_open(struct asm_source_state *state, const char *file, const char *text, size_t size)
{
	push_frame(state, NULL, file, blank_comments(state, file, text, size), size, 1);
}

/* The next line of the current frame only. */
static bool frame_line(struct asm_source_state *state, struct asm_cursor *cursor)
{
	struct asm_frame *frame = state->frame;
	if (frame->at >= frame->size)
		return false;
	size_t end = frame->at;
	while (end < frame->size && frame->text[end] != '\n')
		end++;
	*cursor = (struct asm_cursor){ .context = state->context,
		                       .text = frame->text + frame->at,
		                       .size = end - frame->at,
		                       .file = frame->file,
		                       .line = frame->line };
	frame->at = end < frame->size ? end + 1 : end;
	frame->line++;
	if (++state->lines_read > line_limit)
		aie_asm_fail_here(cursor, "more than %llu lines: the repetition does not end",
		                  (unsigned long long)line_limit);
	return true;
}

static void pop_frame(struct asm_source_state *state)
{
	struct asm_frame *frame = state->frame;
	if (state->condition_depth > frame->conditions)
		aie_asm_fail_at(state->context, state->condition[state->condition_depth - 1].position,
		                "the condition is not closed by .endif");
	state->frame = frame->parent;
	state->frame_depth--;
}

bool aie_asm_input_line(struct asm_source_state *state, struct asm_cursor *cursor)
{
	while (state->frame) {
		struct asm_frame *frame = state->frame;
		if (frame_line(state, cursor))
			return true;
		if (frame->repeats) {
			frame->repeats--;
			frame->at = 0;
			frame->line = frame->first_line;
			/* An empty body would repeat without a line that counts. */
			if (frame->texts) {
				frame->text = *frame->texts++;
				frame->size = strlen(frame->text);
			} else if (!frame->size) {
				frame->repeats = 0;
			}
			continue;
		}
		pop_frame(state);
	}
	return false;
}

void aie_asm_input_close(struct asm_source_state *state)
{
	while (state->frame)
		pop_frame(state);
}

/* ---- conditions ------------------------------------------------------------------------------------------------ */

bool aie_asm_input_active(const struct asm_source_state *state)
{
	return !state->condition_depth || state->condition[state->condition_depth - 1].active;
}

static void open_condition(struct asm_source_state *state, struct asm_position position, bool outer, bool value)
{
	if (state->condition_depth == ASM_CONDITION_DEPTH)
		aie_asm_fail_at(state->context, position, "conditions are nested deeper than %d", ASM_CONDITION_DEPTH);
	state->condition[state->condition_depth++] =
	        (struct asm_condition){ .position = position, .active = outer && value, .taken = !outer || value };
}

static bool defined(struct asm_source_state *state, struct asm_cursor *cursor)
{
	struct asm_name name;
	if (!aie_asm_name(cursor, &name))
		aie_asm_fail_here(cursor, "a symbol expected, found %s", aie_asm_token_text(cursor));
	struct asm_symbol *symbol =
	        aie_asm_symbol_find(state->object, aie_asm_string(state->context, name.text, name.length));
	return symbol && symbol->kind != ASM_SYMBOL_UNDEFINED;
}

/* Value of the condition `name`; false when `name` is not the start of a condition. */
static bool condition_value(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name,
                            bool evaluate, bool *value)
{
	static const struct {
		const char *name;
		char kind;
	} table[] = {
		{ ".if", '!' },     { ".ifne", '!' },     { ".ifeq", '=' }, { ".ifgt", '>' },
		{ ".ifge", 'g' },   { ".iflt", '<' },     { ".ifle", 'l' }, { ".ifdef", 'd' },
		{ ".ifndef", 'n' }, { ".ifnotdef", 'n' }, { ".ifb", 'b' },  { ".ifnb", 'B' },
	};
	size_t i = 0;
	while (i < sizeof(table) / sizeof(table[0]) && !aie_asm_name_is(name, table[i].name))
		i++;
	if (i == sizeof(table) / sizeof(table[0]))
		return false;
	*value = false;
	if (!evaluate)
		return true;
	int64_t number = 0;
	if (strchr("!=><gl", table[i].kind))
		number = aie_asm_read_number(state, cursor, name->length == 3 ? ".if" : "the condition");
	switch (table[i].kind) {
	case '!':
		*value = number != 0;
		break;
	case '=':
		*value = number == 0;
		break;
	case '>':
		*value = number > 0;
		break;
	case 'g':
		*value = number >= 0;
		break;
	case '<':
		*value = number < 0;
		break;
	case 'l':
		*value = number <= 0;
		break;
	case 'd':
		*value = defined(state, cursor);
		break;
	case 'n':
		*value = !defined(state, cursor);
		break;
	default:
		*value = aie_asm_at_end(cursor) == (table[i].kind == 'b');
		cursor->at = cursor->size;
		break;
	}
	return true;
}

static struct asm_condition *current_condition(struct asm_source_state *state, struct asm_cursor *cursor,
                                               const char *name)
{
	unsigned floor = state->frame->conditions;
	if (state->condition_depth == floor)
		aie_asm_fail_here(cursor, "%s without .if", name);
	return &state->condition[state->condition_depth - 1];
}

static bool condition_directive(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name,
                                struct asm_position position)
{
	bool active = aie_asm_input_active(state), value;
	if (condition_value(state, cursor, name, active, &value)) {
		open_condition(state, position, active, value);
	} else if (aie_asm_name_is(name, ".else")) {
		struct asm_condition *condition = current_condition(state, cursor, ".else");
		if (condition->seen_else)
			aie_asm_fail_at(state->context, position, "a second .else for one .if");
		condition->seen_else = true;
		condition->active = !condition->taken;
		condition->taken = true;
	} else if (aie_asm_name_is(name, ".elseif")) {
		struct asm_condition *condition = current_condition(state, cursor, ".elseif");
		if (condition->seen_else)
			aie_asm_fail_at(state->context, position, ".elseif after .else");
		condition->active = false;
		if (!condition->taken) {
			condition->active = aie_asm_read_number(state, cursor, ".elseif") != 0;
			condition->taken = condition->active;
		} else {
			cursor->at = cursor->size;
		}
	} else if (aie_asm_name_is(name, ".endif")) {
		current_condition(state, cursor, ".endif");
		state->condition_depth--;
	} else {
		return false;
	}
	if (!active)
		cursor->at = cursor->size;
	return true;
}

void aie_asm_input_skip(struct asm_source_state *state, struct asm_cursor *cursor)
{
	struct asm_name name;
	aie_asm_skip_blanks(cursor);
	struct asm_position position = aie_asm_here(cursor);
	if (aie_asm_peek(cursor) == '.' && aie_asm_name(cursor, &name))
		condition_directive(state, cursor, &name, position);
}

/* ---- blocks: macros and repetitions ---------------------------------------------------------------------------- */

struct block {
	const char *text;
	size_t size;
	unsigned line;
};

static bool opens_block(const struct asm_name *name, bool macro)
{
	if (macro)
		return aie_asm_name_is(name, ".macro");
	return aie_asm_name_is(name, ".rept") || aie_asm_name_is(name, ".rep") || aie_asm_name_is(name, ".irp") ||
	       aie_asm_name_is(name, ".irpc");
}

static bool closes_block(const struct asm_name *name, bool macro)
{
	if (macro)
		return aie_asm_name_is(name, ".endm") || aie_asm_name_is(name, ".endmacro");
	return aie_asm_name_is(name, ".endr");
}

/* Takes the lines up to the end of the block out of the current frame. */
static struct block read_block(struct asm_source_state *state, struct asm_position start, bool macro)
{
	struct asm_frame *frame = state->frame;
	struct block block = { .text = frame->text + frame->at, .line = frame->line };
	struct asm_cursor cursor;
	unsigned depth = 1;
	for (;;) {
		size_t before = frame->at;
		struct asm_name name;
		if (!frame_line(state, &cursor))
			aie_asm_fail_at(state->context, start, "the block is not closed by %s",
			                macro ? ".endm" : ".endr");
		if (aie_asm_peek(&cursor) != '.' || !aie_asm_name(&cursor, &name))
			continue;
		if (opens_block(&name, macro))
			depth++;
		else if (closes_block(&name, macro) && --depth == 0) {
			block.size = (size_t)(frame->text + before - block.text);
			return block;
		}
	}
}

/* Text with \NAME replaced; used by macros and .irp. */
static const char *substitute(struct asm_source_state *state, struct block block, const char *const *names,
                              const char *const *values, unsigned count)
{
	char *text = NULL;
	size_t used = 0, capacity = 0;
	char number[24];
	snprintf(number, sizeof(number), "%llu", (unsigned long long)state->expansions);
	for (size_t at = 0; at < block.size;) {
		const char *insert = NULL;
		size_t skip = 1, insert_size = 1;
		const char *here = block.text + at;
		size_t left = block.size - at;
		if (*here == '\\' && left > 1) {
			if (here[1] == '@') {
				insert = number;
				skip = 2;
			} else if (left > 2 && here[1] == '(' && here[2] == ')') {
				insert = "";
				skip = 3;
			}
			for (unsigned i = 0; !insert && i < count; i++) {
				size_t length = strlen(names[i]);
				if (left > length && memcmp(here + 1, names[i], length) == 0 &&
				    (left == length + 1 || !aie_asm_name_part(here[length + 1]) ||
				     here[length + 1] == '.')) {
					insert = values[i];
					skip = length + 1;
				}
			}
		}
		if (insert)
			insert_size = strlen(insert);
		else
			insert = here;
		text = aie_asm_reserve(state->context, text, used, used + insert_size + 1, &capacity, 1);
		memcpy(text + used, insert, insert_size);
		used += insert_size;
		text[used] = 0;
		at += skip;
	}
	return text ? text : "";
}

/* One argument: up to a comma or the end, blanks trimmed, brackets and quotes kept together. */
static const char *read_argument(struct asm_cursor *cursor, bool rest)
{
	aie_asm_skip_blanks(cursor);
	size_t start = cursor->at, end = start;
	int depth = 0;
	if (!rest && cursor->at < cursor->size && cursor->text[cursor->at] == '"') {
		size_t length;
		return aie_asm_quoted(cursor, &length);
	}
	while (cursor->at < cursor->size) {
		char c = cursor->text[cursor->at];
		if (c == '(' || c == '[')
			depth++;
		else if (c == ')' || c == ']')
			depth--;
		else if (c == ',' && depth <= 0 && !rest)
			break;
		cursor->at++;
		if (c != ' ' && c != '\t' && c != '\r')
			end = cursor->at;
	}
	return aie_asm_string(cursor->context, cursor->text + start, end - start);
}

static struct asm_macro *find_macro(struct asm_source_state *state, const struct asm_name *name)
{
	struct asm_macro *macro = state->macros;
	while (macro && !aie_asm_name_is(name, macro->name))
		macro = macro->next;
	return macro;
}

static void define_macro(struct asm_source_state *state, struct asm_cursor *cursor, struct asm_position position)
{
	struct asm_name name;
	if (!aie_asm_name(cursor, &name))
		aie_asm_fail_here(cursor, "the macro's name expected, found %s", aie_asm_token_text(cursor));
	if (find_macro(state, &name))
		aie_asm_fail_at(state->context, position, "macro '%.*s' is already defined", (int)name.length,
		                name.text);
	struct asm_macro *macro = aie_asm_alloc(state->context, sizeof(*macro));
	macro->name = aie_asm_string(state->context, name.text, name.length);
	macro->file = cursor->file;
	aie_asm_accept(cursor, ',');
	while (!aie_asm_at_end(cursor)) {
		if (macro->parameter_count == MACRO_PARAMETERS)
			aie_asm_fail_here(cursor, "a macro has at most %d parameters", MACRO_PARAMETERS);
		if (!aie_asm_name(cursor, &name))
			aie_asm_fail_here(cursor, "a parameter expected, found %s", aie_asm_token_text(cursor));
		unsigned index = macro->parameter_count++;
		macro->parameter[index].name = aie_asm_string(state->context, name.text, name.length);
		if (aie_asm_accept(cursor, ':')) {
			if (!aie_asm_name(cursor, &name))
				aie_asm_fail_here(cursor, "req or vararg expected");
			macro->parameter[index].required = aie_asm_name_is(&name, "req");
			macro->parameter[index].rest = aie_asm_name_is(&name, "vararg");
			if (!macro->parameter[index].required && !macro->parameter[index].rest)
				aie_asm_fail_here(cursor, "req or vararg expected");
		}
		if (aie_asm_accept(cursor, '='))
			macro->parameter[index].preset = read_argument(cursor, false);
		aie_asm_accept(cursor, ',');
	}
	struct block block = read_block(state, position, true);
	macro->body = block.text;
	macro->size = block.size;
	macro->first_line = block.line;
	macro->next = state->macros;
	state->macros = macro;
}

/* Index of the parameter in "NAME=value" at the cursor, which then stands behind the '='; count if it is no such form.
 */
static unsigned named_argument(struct asm_cursor *cursor, const struct asm_macro *macro)
{
	size_t start = cursor->at;
	struct asm_name name;
	if (aie_asm_name_start(aie_asm_peek(cursor)) && aie_asm_name(cursor, &name) && aie_asm_accept(cursor, '=') &&
	    aie_asm_peek(cursor) != '=')
		for (unsigned i = 0; i < macro->parameter_count; i++)
			if (aie_asm_name_is(&name, macro->parameter[i].name))
				return i;
	cursor->at = start;
	return macro->parameter_count;
}

bool aie_asm_input_macro(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	struct asm_macro *macro = find_macro(state, name);
	const char *names[MACRO_PARAMETERS], *values[MACRO_PARAMETERS];
	if (!macro)
		return false;
	for (unsigned i = 0; i < macro->parameter_count; i++) {
		names[i] = macro->parameter[i].name;
		values[i] = NULL;
	}
	for (unsigned next = 0; !aie_asm_at_end(cursor);) {
		unsigned index = named_argument(cursor, macro);
		if (index == macro->parameter_count)
			index = next++;
		if (index >= macro->parameter_count)
			aie_asm_fail_here(cursor, "macro '%s' has only %u parameters", macro->name,
			                  macro->parameter_count);
		const char *value = read_argument(cursor, macro->parameter[index].rest);
		if (value[0])
			values[index] = value;
		if (!aie_asm_at_end(cursor))
			aie_asm_expect(cursor, ',', "between arguments");
	}
	for (unsigned i = 0; i < macro->parameter_count; i++) {
		if (!values[i] && macro->parameter[i].required)
			aie_asm_fail_here(cursor, "macro '%s' needs a value for '%s'", macro->name,
			                  macro->parameter[i].name);
		if (!values[i])
			values[i] = macro->parameter[i].preset ? macro->parameter[i].preset : "";
	}
	struct block block = { macro->body, macro->size, macro->first_line };
	const char *text = substitute(state, block, names, values, macro->parameter_count);
	state->expansions++;
	push_frame(state, cursor, macro->file, text, strlen(text), macro->first_line)->macro = true;
	return true;
}

static void repeat(struct asm_source_state *state, struct asm_cursor *cursor, struct asm_position position)
{
	int64_t count = aie_asm_read_number(state, cursor, "the repetition");
	if (count < 0)
		aie_asm_fail_at(state->context, position, "negative repetition %lld", (long long)count);
	struct block block = read_block(state, position, false);
	if (count == 0)
		return;
	push_frame(state, cursor, cursor->file, block.text, block.size, block.line)->repeats = (uint64_t)count - 1;
}

static void repeat_for(struct asm_source_state *state, struct asm_cursor *cursor, struct asm_position position,
                       bool characters)
{
	struct asm_name name;
	const char **values = NULL, **texts;
	size_t count = 0, capacity = 0;
	if (!aie_asm_name(cursor, &name))
		aie_asm_fail_here(cursor, "a parameter expected, found %s", aie_asm_token_text(cursor));
	aie_asm_accept(cursor, ',');
	while (!aie_asm_at_end(cursor)) {
		const char *value;
		if (characters)
			value = aie_asm_string(state->context, cursor->text + cursor->at++, 1);
		else
			value = read_argument(cursor, false);
		values = aie_asm_grow(state->context, values, count, &capacity, sizeof(*values));
		values[count++] = value;
		if (!characters)
			aie_asm_accept(cursor, ',');
	}
	struct block block = read_block(state, position, false);
	if (!count)
		return;
	const char *names[1] = { aie_asm_string(state->context, name.text, name.length) };
	texts = aie_asm_alloc(state->context, count * sizeof(*texts));
	for (size_t i = 0; i < count; i++)
		texts[i] = substitute(state, block, names, &values[i], 1);
	struct asm_frame *frame = push_frame(state, cursor, cursor->file, texts[0], strlen(texts[0]), block.line);
	frame->texts = texts + 1;
	frame->repeats = count - 1;
}

struct aie_asm_source aie_asm_input_file(struct asm_source_state *state, struct asm_cursor *cursor)
{
	struct aie_asm_source source = { 0 };
	struct aie_error error = { 0 };
	size_t length;
	aie_asm_skip_blanks(cursor);
	struct asm_position position = aie_asm_here(cursor);
	const char *name = aie_asm_quoted(cursor, &length);
	if (!state->options->include)
		aie_asm_fail_at(state->context, position, "no file can be included here: '%s'", name);
	if (state->options->include(state->options->include_data, cursor->file, name, &source, &error))
		aie_asm_fail_at(state->context, position, "%s", error.text);
	return source;
}

static void include_source(struct asm_source_state *state, struct asm_cursor *cursor)
{
	struct aie_asm_source source = aie_asm_input_file(state, cursor);
	const char *file = aie_asm_string(state->context, source.name, strlen(source.name));
	push_frame(state, cursor, file, blank_comments(state, file, source.text, source.size), source.size, 1);
}

bool aie_asm_input_directive(struct asm_source_state *state, struct asm_cursor *cursor, const struct asm_name *name)
{
	struct asm_position position = aie_asm_here(cursor);
	position.column = (unsigned)(name->text - cursor->text) + 1;
	if (condition_directive(state, cursor, name, position))
		return true;
	if (aie_asm_name_is(name, ".include")) {
		include_source(state, cursor);
	} else if (aie_asm_name_is(name, ".macro")) {
		define_macro(state, cursor, position);
	} else if (aie_asm_name_is(name, ".rept") || aie_asm_name_is(name, ".rep")) {
		repeat(state, cursor, position);
	} else if (aie_asm_name_is(name, ".irp")) {
		repeat_for(state, cursor, position, false);
	} else if (aie_asm_name_is(name, ".irpc")) {
		repeat_for(state, cursor, position, true);
	} else if (aie_asm_name_is(name, ".exitm")) {
		while (state->frame && !state->frame->macro) {
			state->condition_depth = state->frame->conditions;
			pop_frame(state);
		}
		if (!state->frame)
			aie_asm_fail_at(state->context, position, ".exitm outside of a macro");
		state->condition_depth = state->frame->conditions;
		pop_frame(state);
	} else if (closes_block(name, true) || closes_block(name, false)) {
		aie_asm_fail_at(state->context, position, "%.*s without a block", (int)name->length, name->text);
	} else {
		return false;
	}
	if (!aie_asm_name_is(name, ".macro") && !aie_asm_at_end(cursor) && !aie_asm_name_is(name, ".exitm"))
		aie_asm_fail_here(cursor, "unexpected %s", aie_asm_token_text(cursor));
	return true;
}
