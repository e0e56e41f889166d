/* A strict JSON reader for configurations, captures' headers and results of runs: text to a tree of values.
 *
 * RFC 8259 and nothing beyond it.  Also refused, because nothing here needs them and they hide mistakes: a member that
 * stands twice, the character U+0000, nesting deeper than AIE_JSON_DEPTH, more than AIE_JSON_MEMBERS members of one
 * object. Errors name line and column.  The document owns all values and strings.
 */
#ifndef AIE_TRACES_JSON_READ_H
#define AIE_TRACES_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/error.h"

enum { AIE_JSON_DEPTH = 64, AIE_JSON_MEMBERS = 1024 };

enum aie_json_type { AIE_JSON_NULL, AIE_JSON_BOOL, AIE_JSON_NUMBER, AIE_JSON_STRING, AIE_JSON_ARRAY, AIE_JSON_OBJECT };

struct aie_json_value {
	enum aie_json_type type;
	unsigned line;                      /* where it stands, for messages */
	const char *key;                    /* of a member, else NULL */
	const struct aie_json_value *child; /* first element or member */
	const struct aie_json_value *next;  /* of the same array or object */
	const char *string;                 /* UTF-8 */
	double number;
	uint64_t integer; /* valid when `whole` */
	bool whole;       /* a number written without fraction, exponent or sign that fits 64 bits */
	bool boolean;
};

struct aie_json_document;

/* NULL with AIE_ERROR_INPUT or AIE_ERROR_MEMORY. */
struct aie_json_document *aie_json_parse(const char *text, size_t size, struct aie_error *error);
void aie_json_free(struct aie_json_document *document); /* NULL is allowed */
const struct aie_json_value *aie_json_root(const struct aie_json_document *document);

const char *aie_json_type_name(enum aie_json_type type);
/* The member `key`, or NULL when there is none or `object` is no object (or NULL). */
const struct aie_json_value *aie_json_find(const struct aie_json_value *object, const char *key);

/* The member `key` as a value of the type; 0 and *value untouched when there is none (or it is null); -1 with
 * AIE_ERROR_INPUT when it has another type or is out of range. */
int aie_json_read_u64(const struct aie_json_value *object, const char *key, uint64_t limit, uint64_t *value,
                      struct aie_error *error);
int aie_json_read_double(const struct aie_json_value *object, const char *key, double *value, struct aie_error *error);
int aie_json_read_string(const struct aie_json_value *object, const char *key, const char **value,
                         struct aie_error *error);
int aie_json_read_bool(const struct aie_json_value *object, const char *key, bool *value, struct aie_error *error);
/* The first element of the member's array (or first member of its object); NULL when missing or empty. */
int aie_json_read_list(const struct aie_json_value *object, const char *key, enum aie_json_type type,
                       const struct aie_json_value **first, struct aie_error *error);
/* AIE_ERROR_INPUT unless `value` is an object, or when one of its members is not in the list (NULL at the end). */
int aie_json_check_members(const struct aie_json_value *value, const char *const *known, struct aie_error *error);

#endif
