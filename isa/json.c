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

static void put_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else if (*c == '\n')
			fputs("\\n", out);
		else if (*c < 0x20)
			fprintf(out, "\\u%04x", *c);
		else
			fputc(*c, out);
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
