#include "traces/json_read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 64 << 10 };

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(16) char bytes[];
};

struct aie_json_document {
	struct chunk *chunk;
	struct aie_json_value *root;
};

struct parser {
	struct aie_json_document *document;
	const char *at, *end, *line_start;
	unsigned line, depth;
	struct aie_error *error;
};

static void *allocate(struct parser *parser, size_t size)
{
	struct chunk *chunk = parser->document->chunk;
	void *result;

	size = (size + 15) & ~(size_t)15;
	if (!chunk || chunk->size - chunk->used < size) {
		const size_t bytes = size > CHUNK_BYTES ? size : CHUNK_BYTES;

		chunk = malloc(sizeof *chunk + bytes);
		if (!chunk) {
			aie_error_set(parser->error, AIE_ERROR_MEMORY, "no memory for a JSON document");
			return NULL;
		}
		chunk->used = 0;
		chunk->size = bytes;
		chunk->next = parser->document->chunk;
		parser->document->chunk = chunk;
	}
	result = chunk->bytes + chunk->used;
	chunk->used += size;
	return result;
}

static int fail(struct parser *parser, const char *what)
{
	return aie_error_set(parser->error, AIE_ERROR_INPUT, "line %u, column %zu: %s", parser->line,
	                     (size_t)(parser->at - parser->line_start) + 1, what);
}

static void white_space(struct parser *parser)
{
	while (parser->at < parser->end) {
		const char c = *parser->at;

		if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
			break;
		parser->at++;
		if (c == '\n') {
			parser->line++;
			parser->line_start = parser->at;
		}
	}
}

static int hex4(struct parser *parser, uint32_t *value)
{
	*value = 0;
	if (parser->end - parser->at < 4)
		return fail(parser, "\\u needs four hexadecimal digits");
	for (int i = 0; i < 4; i++, parser->at++) {
		const char c = *parser->at;
		uint32_t digit;

		if (c >= '0' && c <= '9')
			digit = (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (uint32_t)((c | 0x20) - 'a') + 10;
		else
			return fail(parser, "\\u needs four hexadecimal digits");
		*value = *value << 4 | digit;
	}
	return 0;
}

static char *put_utf8(char *out, uint32_t code)
{
	if (code < 0x80) {
		*out++ = (char)code;
	} else if (code < 0x800) {
		*out++ = (char)(0xC0 | code >> 6);
		*out++ = (char)(0x80 | (code & 0x3F));
	} else if (code < 0x10000) {
		*out++ = (char)(0xE0 | code >> 12);
		*out++ = (char)(0x80 | (code >> 6 & 0x3F));
		*out++ = (char)(0x80 | (code & 0x3F));
	} else {
		*out++ = (char)(0xF0 | code >> 18);
		*out++ = (char)(0x80 | (code >> 12 & 0x3F));
		*out++ = (char)(0x80 | (code >> 6 & 0x3F));
		*out++ = (char)(0x80 | (code & 0x3F));
	}
	return out;
}

/* What stands after a backslash; *out moves on by at most four bytes. */
static int escape(struct parser *parser, char **out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	uint32_t code, low;
	const char *found;
	char c;

	if (parser->at >= parser->end)
		return fail(parser, "the string does not end");
	c = *parser->at;
	found = c ? strchr(from, c) : NULL;
	if (found) {
		parser->at++;
		*(*out)++ = to[found - from];
		return 0;
	}
	if (c != 'u')
		return fail(parser, "unknown escape");
	parser->at++;
	if (hex4(parser, &code))
		return -1;
	if (code >= 0xD800 && code < 0xDC00) {
		if (parser->end - parser->at < 2 || parser->at[0] != '\\' || parser->at[1] != 'u')
			return fail(parser, "half of a surrogate pair");
		parser->at += 2;
		if (hex4(parser, &low))
			return -1;
		if (low < 0xDC00 || low > 0xDFFF)
			return fail(parser, "half of a surrogate pair");
		code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
	} else if (code >= 0xDC00 && code < 0xE000) {
		return fail(parser, "half of a surrogate pair");
	} else if (code == 0) {
		return fail(parser, "U+0000 in a string");
	}
	*out = put_utf8(*out, code);
	return 0;
}

/* Length of the well-formed UTF-8 sequence at `at`, 0 when there is none. */
static size_t utf8_length(const unsigned char *at, size_t available)
{
	static const struct {
		uint8_t first, last, low, high, length;
	} forms[] = {
		{ 0xC2, 0xDF, 0x80, 0xBF, 2 }, { 0xE0, 0xE0, 0xA0, 0xBF, 3 }, { 0xE1, 0xEC, 0x80, 0xBF, 3 },
		{ 0xED, 0xED, 0x80, 0x9F, 3 }, { 0xEE, 0xEF, 0x80, 0xBF, 3 }, { 0xF0, 0xF0, 0x90, 0xBF, 4 },
		{ 0xF1, 0xF3, 0x80, 0xBF, 4 }, { 0xF4, 0xF4, 0x80, 0x8F, 4 },
	};

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (at[0] < forms[i].first || at[0] > forms[i].last)
			continue;
		if (available < forms[i].length || at[1] < forms[i].low || at[1] > forms[i].high)
			return 0;
		for (size_t j = 2; j < forms[i].length; j++)
			if ((at[j] & 0xC0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

static const char *string(struct parser *parser)
{
	const char *close = parser->at + 1;
	char *text, *out;

	while (close < parser->end && *close != '"')
		close += *close == '\\' && close + 1 < parser->end ? 2 : 1;
	if (close >= parser->end) {
		fail(parser, "the string does not end");
		return NULL;
	}
	out = text = allocate(parser, (size_t)(close - parser->at) + 1); /* escapes only get shorter */
	if (!text)
		return NULL;
	parser->at++;
	while (*parser->at != '"') {
		const unsigned char c = (unsigned char)*parser->at;

		if (c == '\\') {
			parser->at++;
			if (escape(parser, &out))
				return NULL;
		} else if (c < 0x20) {
			fail(parser, "control character in a string");
			return NULL;
		} else if (c < 0x80) {
			*out++ = *parser->at++;
		} else {
			const size_t length =
			        utf8_length((const unsigned char *)parser->at, (size_t)(parser->end - parser->at));

			if (!length) {
				fail(parser, "a byte that is not UTF-8");
				return NULL;
			}
			memcpy(out, parser->at, length);
			out += length;
			parser->at += length;
		}
	}
	parser->at++;
	*out = 0;
	return text;
}

static size_t digits(struct parser *parser)
{
	const char *start = parser->at;

	while (parser->at < parser->end && *parser->at >= '0' && *parser->at <= '9')
		parser->at++;
	return (size_t)(parser->at - start);
}

static int number(struct parser *parser, struct aie_json_value *value)
{
	const char *start = parser->at;
	char copy[320];
	size_t length;
	bool plain = *start != '-';

	if (!plain)
		parser->at++;
	if (parser->end - parser->at >= 2 && parser->at[0] == '0' && parser->at[1] >= '0' && parser->at[1] <= '9')
		return fail(parser, "a number may not begin with 0");
	if (!digits(parser))
		return fail(parser, "a digit was expected");
	if (parser->at < parser->end && *parser->at == '.') {
		parser->at++;
		plain = false;
		if (!digits(parser))
			return fail(parser, "a digit was expected");
	}
	if (parser->at < parser->end && (*parser->at | 0x20) == 'e') {
		parser->at++;
		plain = false;
		if (parser->at < parser->end && (*parser->at == '+' || *parser->at == '-'))
			parser->at++;
		if (!digits(parser))
			return fail(parser, "a digit was expected");
	}
	length = (size_t)(parser->at - start);
	if (length >= sizeof copy)
		return fail(parser, "a number of more than 319 characters");
	memcpy(copy, start, length);
	copy[length] = 0;
	value->type = AIE_JSON_NUMBER;
	value->number = strtod(copy, NULL);
	if (value->number > 1e308 || value->number < -1e308)
		return fail(parser, "a number beyond 1e308");
	if (plain) {
		errno = 0;
		value->integer = strtoull(copy, NULL, 10);
		value->whole = errno == 0;
	}
	return 0;
}

static int word(struct parser *parser, const char *text)
{
	const size_t length = strlen(text);

	if ((size_t)(parser->end - parser->at) < length || memcmp(parser->at, text, length) != 0)
		return fail(parser, "a value was expected");
	parser->at += length;
	return 0;
}

static struct aie_json_value *value(struct parser *parser, const char *key);

static int members(struct parser *parser, struct aie_json_value *parent)
{
	const bool object = *parser->at++ == '{';
	const char close = object ? '}' : ']';
	const struct aie_json_value **link = &parent->child;
	unsigned count = 0;

	parent->type = object ? AIE_JSON_OBJECT : AIE_JSON_ARRAY;
	if (++parser->depth > AIE_JSON_DEPTH)
		return fail(parser, "nested too deeply");
	white_space(parser);
	if (parser->at < parser->end && *parser->at == close) {
		parser->at++;
		parser->depth--;
		return 0;
	}
	for (;;) {
		const char *key = NULL;
		struct aie_json_value *child;

		white_space(parser);
		if (object) {
			if (parser->at >= parser->end || *parser->at != '"')
				return fail(parser, "a member's name was expected");
			if (++count > AIE_JSON_MEMBERS)
				return fail(parser, "an object of too many members");
			key = string(parser);
			if (!key)
				return -1;
			if (aie_json_find(parent, key))
				return aie_error_set(parser->error, AIE_ERROR_INPUT,
				                     "line %u: member \"%.60s\" stands twice", parser->line, key);
			white_space(parser);
			if (parser->at >= parser->end || *parser->at != ':')
				return fail(parser, "':' was expected");
			parser->at++;
			white_space(parser);
		}
		child = value(parser, key);
		if (!child)
			return -1;
		*link = child;
		link = &child->next;
		white_space(parser);
		if (parser->at < parser->end && *parser->at == ',') {
			parser->at++;
			continue;
		}
		if (parser->at >= parser->end || *parser->at != close)
			return fail(parser, object ? "',' or '}' was expected" : "',' or ']' was expected");
		parser->at++;
		parser->depth--;
		return 0;
	}
}

static struct aie_json_value *value(struct parser *parser, const char *key)
{
	struct aie_json_value *result = allocate(parser, sizeof *result);
	int status;

	if (!result)
		return NULL;
	memset(result, 0, sizeof *result);
	result->key = key;
	result->line = parser->line;
	switch (parser->at < parser->end ? *parser->at : 0) {
	case '{':
	case '[':
		status = members(parser, result);
		break;
	case '"':
		result->type = AIE_JSON_STRING;
		result->string = string(parser);
		status = result->string ? 0 : -1;
		break;
	case 't':
	case 'f':
		result->type = AIE_JSON_BOOL;
		result->boolean = *parser->at == 't';
		status = word(parser, result->boolean ? "true" : "false");
		break;
	case 'n':
		status = word(parser, "null");
		break;
	case '-':
	case '0' ... '9':
		status = number(parser, result);
		break;
	default:
		status = fail(parser, "a value was expected");
		break;
	}
	return status ? NULL : result;
}

struct aie_json_document *aie_json_parse(const char *text, size_t size, struct aie_error *error)
{
	struct parser parser = { .at = text, .end = text + size, .line_start = text, .line = 1, .error = error };

	parser.document = calloc(1, sizeof *parser.document);
	if (!parser.document) {
		aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a JSON document");
		return NULL;
	}
	white_space(&parser);
	parser.document->root = value(&parser, NULL);
	if (parser.document->root) {
		white_space(&parser);
		if (parser.at == parser.end)
			return parser.document;
		fail(&parser, "text after the end of the document");
	}
	aie_json_free(parser.document);
	return NULL;
}

void aie_json_free(struct aie_json_document *document)
{
	if (!document)
		return;
	while (document->chunk) {
		struct chunk *next = document->chunk->next;

		free(document->chunk);
		document->chunk = next;
	}
	free(document);
}

const struct aie_json_value *aie_json_root(const struct aie_json_document *document)
{
	return document->root;
}

/* ---- use ---- */

const char *aie_json_type_name(enum aie_json_type type)
{
	static const char *const names[] = { "null", "a truth value", "a number", "a string", "an array", "an object" };

	return names[type];
}

const struct aie_json_value *aie_json_find(const struct aie_json_value *object, const char *key)
{
	if (!object || object->type != AIE_JSON_OBJECT)
		return NULL;
	for (const struct aie_json_value *child = object->child; child; child = child->next)
		if (!strcmp(child->key, key))
			return child;
	return NULL;
}

/* The member when it is there and not null; -1 when its type is another. */
static int member(const struct aie_json_value *object, const char *key, enum aie_json_type type,
                  const struct aie_json_value **found, struct aie_error *error)
{
	*found = aie_json_find(object, key);
	if (*found && (*found)->type == AIE_JSON_NULL)
		*found = NULL;
	if (*found && (*found)->type != type)
		return aie_error_set(error, AIE_ERROR_INPUT, "line %u: \"%s\" is %s, expected %s", (*found)->line, key,
		                     aie_json_type_name((*found)->type), aie_json_type_name(type));
	return 0;
}

int aie_json_read_u64(const struct aie_json_value *object, const char *key, uint64_t limit, uint64_t *out,
                      struct aie_error *error)
{
	const struct aie_json_value *found;

	if (member(object, key, AIE_JSON_NUMBER, &found, error))
		return -1;
	if (!found)
		return 0;
	if (!found->whole || found->integer > limit)
		return aie_error_set(error, AIE_ERROR_INPUT, "line %u: \"%s\" must be a whole number of 0 to %" PRIu64,
		                     found->line, key, limit);
	*out = found->integer;
	return 0;
}

int aie_json_read_double(const struct aie_json_value *object, const char *key, double *out, struct aie_error *error)
{
	const struct aie_json_value *found;

	if (member(object, key, AIE_JSON_NUMBER, &found, error))
		return -1;
	if (found)
		*out = found->number;
	return 0;
}

int aie_json_read_string(const struct aie_json_value *object, const char *key, const char **out,
                         struct aie_error *error)
{
	const struct aie_json_value *found;

	if (member(object, key, AIE_JSON_STRING, &found, error))
		return -1;
	if (found)
		*out = found->string;
	return 0;
}

int aie_json_read_bool(const struct aie_json_value *object, const char *key, bool *out, struct aie_error *error)
{
	const struct aie_json_value *found;

	if (member(object, key, AIE_JSON_BOOL, &found, error))
		return -1;
	if (found)
		*out = found->boolean;
	return 0;
}

int aie_json_read_list(const struct aie_json_value *object, const char *key, enum aie_json_type type,
                       const struct aie_json_value **first, struct aie_error *error)
{
	const struct aie_json_value *found;

	*first = NULL;
	if (member(object, key, type, &found, error))
		return -1;
	if (found)
		*first = found->child;
	return 0;
}

int aie_json_check_members(const struct aie_json_value *object, const char *const *known, struct aie_error *error)
{
	if (object->type != AIE_JSON_OBJECT)
		return aie_error_set(error, AIE_ERROR_INPUT, "line %u: %s where an object was expected", object->line,
		                     aie_json_type_name(object->type));
	for (const struct aie_json_value *child = object->child; child; child = child->next) {
		const char *const *name = known;

		while (*name && strcmp(*name, child->key))
			name++;
		if (!*name)
			return aie_error_set(error, AIE_ERROR_INPUT, "line %u: there is no member \"%.60s\" here",
			                     child->line, child->key);
	}
	return 0;
}
