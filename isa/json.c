#include "isa/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>

void aie_json_init(struct aie_json *json, FILE *out)
{
	json->out = out;
	json->depth = 0;
	json->comma[0] = false;
}

/* Bytes of the well-formed UTF-8 sequence of two to four bytes at `c`; 0 when there is none. */
static unsigned utf8_bytes(const unsigned char *c)
{
	/* First bytes, and what the second may be: no overlong forms, no surrogates, nothing above U+10FFFF (RFC 3629).
	 */
	static const struct {
		unsigned char first, last, low, high, bytes;
	} forms[] = {
		{ 0xC2, 0xDF, 0x80, 0xBF, 2 }, { 0xE0, 0xE0, 0xA0, 0xBF, 3 }, { 0xE1, 0xEC, 0x80, 0xBF, 3 },
		{ 0xED, 0xED, 0x80, 0x9F, 3 }, { 0xEE, 0xEF, 0x80, 0xBF, 3 }, { 0xF0, 0xF0, 0x90, 0xBF, 4 },
		{ 0xF1, 0xF3, 0x80, 0xBF, 4 }, { 0xF4, 0xF4, 0x80, 0x8F, 4 },
	};

	for (unsigned i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		unsigned n = 2;

		if (c[0] < forms[i].first || c[0] > forms[i].last)
			continue;
		if (c[1] < forms[i].low || c[1] > forms[i].high)
			return 0;
		while (n < forms[i].bytes && (c[n] & 0xC0) == 0x80)
			n++;
		return n == forms[i].bytes ? n : 0;
	}
	return 0;
}

/* Names come from files: what is no UTF-8 becomes U+FFFD, so that the output is JSON whatever they hold. */
static void put_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		const unsigned bytes = *c < 0x80 ? 1 : utf8_bytes(c);

		if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else if (*c == '\n')
			fputs("\\n", out);
		else if (*c < 0x20)
			fprintf(out, "\\u%04x", *c);
		else if (!bytes)
			fputs("\\ufffd", out);
		else
			fwrite(c, 1, bytes, out);
		c += bytes ? bytes - 1 : 0;
	}
	fputc('"', out);
}

static void put_key(struct aie_json *json, const char *key)
{
	if (json->comma[json->depth])
		fputc(',', json->out);
	json->comma[json->depth] = true;
	if (key) {
		put_string(json->out, key);
		fputc(':', json->out);
	}
}

static void begin(struct aie_json *json, const char *key, char bracket)
{
	put_key(json, key);
	fputc(bracket, json->out);
	assert(json->depth + 1 < sizeof json->comma / sizeof json->comma[0]);
	json->comma[++json->depth] = false;
}

static void end(struct aie_json *json, char bracket)
{
	assert(json->depth > 0);
	json->depth--;
	fputc(bracket, json->out);
}

void aie_json_begin_object(struct aie_json *json, const char *key)
{
	begin(json, key, '{');
}

void aie_json_end_object(struct aie_json *json)
{
	end(json, '}');
}

void aie_json_begin_array(struct aie_json *json, const char *key)
{
	begin(json, key, '[');
}

void aie_json_end_array(struct aie_json *json)
{
	end(json, ']');
}

void aie_json_string(struct aie_json *json, const char *key, const char *value)
{
	put_key(json, key);
	put_string(json->out, value);
}

void aie_json_u64(struct aie_json *json, const char *key, uint64_t value)
{
	put_key(json, key);
	fprintf(json->out, "%" PRIu64, value);
}

void aie_json_i64(struct aie_json *json, const char *key, int64_t value)
{
	put_key(json, key);
	fprintf(json->out, "%" PRId64, value);
}

void aie_json_raw(struct aie_json *json, const char *key, const char *text)
{
	put_key(json, key);
	fputs(text, json->out);
}

void aie_json_bool(struct aie_json *json, const char *key, bool value)
{
	put_key(json, key);
	fputs(value ? "true" : "false", json->out);
}

void aie_json_double(struct aie_json *json, const char *key, double value, int digits)
{
	put_key(json, key);
	if (isfinite(value))
		fprintf(json->out, "%.*g", digits, value);
	else
		fputs("null", json->out);
}

void aie_json_finish(struct aie_json *json)
{
	assert(json->depth == 0);
	fputc('\n', json->out);
}
