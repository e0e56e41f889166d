/* Element types of buffers, and the comparison of two buffers of one type. */
#ifndef AIE_DRIVER_TOOLS_ELEMENTS_H
#define AIE_DRIVER_TOOLS_ELEMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct aie_element_type {
	const char *name, *alias; /* "bf16", "bfloat16" */
	uint8_t bytes;
	bool is_signed;
	uint8_t exponent_bits, fraction_bits; /* 0: an integer */
};

/* By either name; NULL when there is none. */
const struct aie_element_type *aie_element_type(const char *name);
/* All names, blanks between them, for messages. */
const char *aie_element_type_names(void);

enum { AIE_ELEMENT_TEXT = 48 };
struct aie_comparison {
	size_t elements, differ;
	size_t first; /* the first that differs; below: what it is and should be */
	char got[AIE_ELEMENT_TEXT], wanted[AIE_ELEMENT_TEXT]; /* value and bits: "1.5 (0x3fc0)" */
	double largest_error;                                 /* over all elements that are finite in both */
};
/* Compare `size` bytes (a multiple of the type's).  Equal are equal bits; of floating-point types also two finite
 * values a, b (wanted) with |a-b| <= tolerance * max(|b|, 1), any two NaNs, and +0 and -0. */
void aie_elements_compare(const struct aie_element_type *type, const void *got, const void *wanted, size_t size,
                          double tolerance, struct aie_comparison *comparison);

#endif
