/* Runs the body that the semantics tables bind to an opcode, with its arguments given by name: a test of the binding
 * and of the arithmetic at once.  Also the deterministic random numbers of the vector tests. */
#ifndef AIE_TESTS_CORE_VEC_HARNESS_H
#define AIE_TESTS_CORE_VEC_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/error.h"
#include "sim/core/semantics.h"

/* The row that wins for an opcode name (exact, else most literal characters), or NULL. */
const struct aie_semantics_row *vec_row(const char *opcode);

/* Pairs of a name as in the binding (">dst" for an output) and a pointer, ended by NULL.  Every name of the binding
 * must be given and every given name used; anything else fails the test.  Returns what the body returns. */
int vec_run(struct aie_error *error, const char *opcode, ...);

uint64_t vec_random(void); /* one fixed sequence per program */
void vec_random_bytes(void *data, size_t size);

#endif
