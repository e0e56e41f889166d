#include "isa/asm_lex.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int digit_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return 99;
}

bool aie_asm_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '$' ||
	       (unsigned char)c >= 0x80;
}

bool aie_asm_name_part(char c)
{
	return aie_asm_name_start(c) || is_digit(c) || c == '@';
}

void aie_asm_skip_blanks(struct asm_cursor *cursor)
{
	while (cursor->at < cursor->size) {
		char c = cursor->text[cursor->at];
		if (c != ' ' && c != '\t' && c != '\r' && c != '\f' && c != '\v')
			break;
		cursor->at++;
	}
}

bool aie_asm_at_end(struct asm_cursor *cursor)
{
	aie_asm_skip_blanks(cursor);
	return cursor->at >= cursor->size;
}

char aie_asm_peek(struct asm_cursor *cursor)
{
	return aie_asm_at_end(cursor) ? 0 : cursor->text[cursor->at];
}

bool aie_asm_accept(struct asm_cursor *cursor, char character)
{
	if (aie_asm_peek(cursor) != character)
		return false;
	cursor->at++;
	return true;
}

void aie_asm_expect(struct asm_cursor *cursor, char character, const char *where)
{
	if (!aie_asm_accept(cursor, character))
		aie_asm_fail_here(cursor, "'%c' expected %s, found %s", character, where, aie_asm_token_text(cursor));
}

struct asm_position aie_asm_here(const struct asm_cursor *cursor)
{
	return (struct asm_position){ .file = cursor->file, .line = cursor->line, .column = (unsigned)cursor->at + 1 };
}

_Noreturn void aie_asm_fail_here(struct asm_cursor *cursor, const char *format, ...)
{
	char text[AIE_ERROR_TEXT];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	aie_asm_skip_blanks(cursor);
	aie_asm_fail_at(cursor->context, aie_asm_here(cursor), "%s", text);
}

const char *aie_asm_token_text(struct asm_cursor *cursor)
{
	if (aie_asm_at_end(cursor))
		return "the end of the line";
	size_t end = cursor->at + 1;
	unsigned char first = (unsigned char)cursor->text[cursor->at];
	if (first < ' ' || first == 0x7F)
		return aie_asm_format(cursor->context, "the byte 0x%02x", first);
	if (aie_asm_name_part(cursor->text[cursor->at]))
		while (end < cursor->size && aie_asm_name_part(cursor->text[end]))
			end++;
	size_t length = end - cursor->at;
	return aie_asm_format(cursor->context, "'%.*s'", (int)(length > 80 ? 80 : length), cursor->text + cursor->at);
}

bool aie_asm_name(struct asm_cursor *cursor, struct asm_name *name)
{
	char first = aie_asm_peek(cursor);
	if (first == '"') {
		name->text = aie_asm_quoted(cursor, &name->length);
		return true;
	}
	if (!aie_asm_name_start(first))
		return false;
	size_t start = cursor->at;
	while (cursor->at < cursor->size && aie_asm_name_part(cursor->text[cursor->at]))
		cursor->at++;
	name->text = cursor->text + start;
	name->length = cursor->at - start;
	return true;
}

bool aie_asm_name_is(const struct asm_name *name, const char *text)
{
	return strlen(text) == name->length && memcmp(name->text, text, name->length) == 0;
}

/* One character of a string or character constant, escapes decoded. */
static unsigned char quoted_character(struct asm_cursor *cursor)
{
	char c = cursor->text[cursor->at++];
	if (c != '\\')
		return (unsigned char)c;
	if (cursor->at >= cursor->size)
		aie_asm_fail_here(cursor, "the line ends inside an escape");
	c = cursor->text[cursor->at++];
	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case '"':
	case '\'':
	case '\\':
		return (unsigned char)c;
	case 'x':
	case 'X': {
		unsigned value = 0, digits = 0;
		while (cursor->at < cursor->size && digit_value(cursor->text[cursor->at]) < 16) {
			value = value * 16 + (unsigned)digit_value(cursor->text[cursor->at++]);
			digits++;
		}
		if (!digits)
			aie_asm_fail_here(cursor, "hex digits expected after \\x");
		return (unsigned char)value;
	}
	default:
		if (c >= '0' && c <= '7') {
			unsigned value = (unsigned)(c - '0');
			for (int i = 0; i < 2 && cursor->at < cursor->size; i++) {
				char next = cursor->text[cursor->at];
				if (next < '0' || next > '7')
					break;
				value = value * 8 + (unsigned)(next - '0');
				cursor->at++;
			}
			if (value > 255)
				aie_asm_fail_here(cursor, "octal escape above 255");
			return (unsigned char)value;
		}
		cursor->at--;
		aie_asm_fail_here(cursor, "unknown escape '\\%c'", c);
	}
}

char *aie_asm_quoted(struct asm_cursor *cursor, size_t *length)
{
	if (aie_asm_peek(cursor) != '"')
		aie_asm_fail_here(cursor, "a string in double quotes expected, found %s", aie_asm_token_text(cursor));
	struct asm_position start = aie_asm_here(cursor);
	cursor->at++;
	char *text = aie_asm_alloc(cursor->context, cursor->size - cursor->at + 1);
	size_t used = 0;
	while (cursor->at < cursor->size && cursor->text[cursor->at] != '"')
		text[used++] = (char)quoted_character(cursor);
	if (cursor->at >= cursor->size)
		aie_asm_fail_at(cursor->context, start, "the string does not end on its line");
	cursor->at++;
	*length = used;
	return text;
}

bool aie_asm_number(struct asm_cursor *cursor, uint64_t *value)
{
	char first = aie_asm_peek(cursor);
	uint64_t number = 0;
	if (first == '\'') {
		cursor->at++;
		if (cursor->at >= cursor->size)
			aie_asm_fail_here(cursor, "a character expected after '");
		number = quoted_character(cursor);
		if (cursor->at >= cursor->size || cursor->text[cursor->at] != '\'')
			aie_asm_fail_here(cursor, "' expected after the character");
		cursor->at++;
		*value = number;
		return true;
	}
	if (!is_digit(first))
		return false;
	struct asm_position start = aie_asm_here(cursor);
	int base = 10;
	size_t at = cursor->at;
	char second = at + 1 < cursor->size ? cursor->text[at + 1] : 0;
	char third = at + 2 < cursor->size ? cursor->text[at + 2] : 0;
	if (first == '0' && (second == 'x' || second == 'X')) {
		base = 16;
		at += 2;
	} else if (first == '0' && (second == 'b' || second == 'B') && (third == '0' || third == '1')) {
		base = 2;
		at += 2;
	} else if (first == '0' && is_digit(second)) {
		base = 8;
		at++;
	}
	bool any = false, overflow = false;
	while (at < cursor->size && digit_value(cursor->text[at]) < base) {
		if (__builtin_mul_overflow(number, (uint64_t)base, &number))
			overflow = true;
		if (__builtin_add_overflow(number, (uint64_t)digit_value(cursor->text[at]), &number))
			overflow = true;
		at++;
		any = true;
	}
	if (!any || overflow || (base != 10 && at < cursor->size && digit_value(cursor->text[at]) < 10))
		aie_asm_fail_at(cursor->context, start, "bad number %s", aie_asm_token_text(cursor));
	cursor->at = at;
	*value = number;
	return true;
}
