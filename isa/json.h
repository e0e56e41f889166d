/* A small streaming JSON writer for the tools' --json output: nesting, commas and string escapes, nothing else.
 *
 * Like isa/error.h it stands here because this is the lowest room.  Members are written in call order; the caller pairs
 * begin and end.  No allocation; nesting up to 32 levels.
 */
#ifndef AIE_ISA_JSON_H
#define AIE_ISA_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct aie_json {
	FILE *out;
	unsigned depth;
	bool comma[32];
};

/* Start writing to `out`; the first value is then written with key NULL. */
void aie_json_init(struct aie_json *json, FILE *out);

/* `key` is the member's name inside an object, NULL inside an array or for the outermost value. */
void aie_json_begin_object(struct aie_json *json, const char *key);
void aie_json_end_object(struct aie_json *json);
void aie_json_begin_array(struct aie_json *json, const char *key);
void aie_json_end_array(struct aie_json *json);
void aie_json_string(struct aie_json *json, const char *key, const char *value);
void aie_json_u64(struct aie_json *json, const char *key, uint64_t value);
void aie_json_i64(struct aie_json *json, const char *key, int64_t value);
/* `text` is JSON already. */
void aie_json_raw(struct aie_json *json, const char *key, const char *text);
void aie_json_bool(struct aie_json *json, const char *key, bool value);
/* Printed with `digits` significant digits; not-a-number and infinities become null. */
void aie_json_double(struct aie_json *json, const char *key, double value, int digits);
/* A line feed after the outermost value. */
void aie_json_finish(struct aie_json *json);

#endif
