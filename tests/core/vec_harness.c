#include "tests/core/vec_harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/core/vec_lanes.h"

static const struct aie_semantics_table *const tables[] = {
	&aie_semantics_vector_move,
	&aie_semantics_vector_alu,
	&aie_semantics_convert,
	&aie_semantics_mac,
};

/* AIE_TEST_VECTOR_LEVEL: the host's vector instructions that may be used, as in vec_lanes.h. */
static __attribute__((constructor)) void limit(void)
{
	const char *level = getenv("AIE_TEST_VECTOR_LEVEL");

	if (level != NULL)
		aie_vec_limit((unsigned)strtoul(level, NULL, 10));
}

static bool match(const char *pattern, const char *name)
{
	if (*pattern == '*')
		return match(pattern + 1, name) || (*name != '\0' && match(pattern, name + 1));
	if (*pattern != *name)
		return false;
	return *name == '\0' || match(pattern + 1, name + 1);
}

const struct aie_semantics_row *vec_row(const char *opcode)
{
	const struct aie_semantics_row *best = NULL;
	size_t best_weight = 0;

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		for (unsigned i = 0; i < tables[t]->count; i++) {
			const struct aie_semantics_row *row = &tables[t]->row[i];
			size_t weight = 1;

			if (!match(row->pattern, opcode))
				continue;
			for (const char *p = row->pattern; *p != '\0'; p++)
				weight += *p != '*';
			if (strchr(row->pattern, '*') == NULL)
				weight += 1000;
			if (weight > best_weight) {
				best = row;
				best_weight = weight;
			}
		}
	}
	return best;
}

int vec_run(struct aie_error *error, const char *opcode, ...)
{
	const struct aie_semantics_row *row = vec_row(opcode);
	struct aie_body_arguments arguments = { .error = error };
	char binding[128];
	unsigned bound = 0, given = 0;
	va_list list;

	if (row == NULL || row->body == NULL)
		fail_msg("no body for %s", opcode);
	snprintf(binding, sizeof(binding), "%s", row->binding);
	aie_error_clear(error);
	for (char *save = NULL, *name = strtok_r(binding, " ", &save); name != NULL;
	     name = strtok_r(NULL, " ", &save)) {
		const char *candidate;

		va_start(list, opcode);
		while ((candidate = va_arg(list, const char *)) != NULL) {
			void *value = va_arg(list, void *);

			if (strcmp(candidate, name) == 0)
				arguments.a[bound] = value;
		}
		va_end(list);
		if (arguments.a[bound] == NULL)
			fail_msg("%s: the test gives no \"%s\"", opcode, name);
		bound++;
	}
	va_start(list, opcode);
	while (va_arg(list, const char *) != NULL) {
		(void)va_arg(list, void *);
		given++;
	}
	va_end(list);
	assert_int_equal(bound, given);
	return row->body(&arguments);
}

uint64_t vec_random(void)
{
	static uint64_t state = 0x9E3779B97F4A7C15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545F4914F6CDD1D;
}

void vec_random_bytes(void *data, size_t size)
{
	uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(vec_random() >> 32);
}
