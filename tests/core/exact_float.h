/* Exact sums in binary digits and their rounding, by hand: what float instructions of the vector unit must deliver. */
#ifndef AIE_TESTS_CORE_EXACT_FLOAT_H
#define AIE_TESTS_CORE_EXACT_FLOAT_H

#include <stdbool.h>
#include <stdint.h>

float as_float(uint32_t bits);
uint32_t as_bits(float f);

/* Digit d weighs 2^(d - 330); digits are small signed counts until they are carried. */
enum { DIGITS = 900, ORIGIN = 330 };

struct number {
	int digit[DIGITS];
};

/* Add integer * 2^exponent. */
void number_add(struct number *n, int64_t integer, int exponent);
/* The fp32 number that the accumulator delivers for an exact sum: nearest even, denormals become zero. */
uint32_t number_round(struct number *n, bool keep_sign_of_denormal);
void add_fp32(struct number *n, uint32_t bits, bool negate);
void add_product(struct number *n, uint16_t x, uint16_t y, bool negate);

/* x * y + acc of bf16, bf16 and fp32 numbers through the host's fused multiply-add. */
uint32_t fused(uint16_t x, uint16_t y, uint32_t acc);

#endif
