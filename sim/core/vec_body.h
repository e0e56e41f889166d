/* Reading arguments in the bodies of the vector tables. */
#ifndef AIE_SIM_CORE_VEC_BODY_H
#define AIE_SIM_CORE_VEC_BODY_H

#include <string.h>

#include "sim/core/semantics.h"
#include "sim/core/vec_lanes.h"

/* A register of up to 32 bits, or the low half of an immediate. */
static inline uint32_t aie_body_word(const struct aie_body_arguments *arguments, unsigned i)
{
	uint32_t word;

	memcpy(&word, arguments->a[i], sizeof(word));
	return word;
}

static inline void aie_body_put_word(const struct aie_body_arguments *arguments, unsigned i, uint32_t word)
{
	memcpy(arguments->a[i], &word, sizeof(word));
}

/* A control or sign register of one bit. */
static inline bool aie_body_bit(const struct aie_body_arguments *arguments, unsigned i)
{
	return (aie_body_word(arguments, i) & 1) != 0;
}

/* Implemented widths of control registers (documented: memory-mapped view of the same fields). */
enum { AIE_CRSAT_MASK = 3, AIE_CRRND_MASK = 15 };

#define AIE_ROW_COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#endif
