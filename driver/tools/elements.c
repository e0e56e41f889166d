#include "driver/tools/elements.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* name, alias, bytes, signed, bits of exponent and fraction */
static const struct aie_element_type types[] = {
	{ "i8", "int8", 1, true, 0, 0 },       { "u8", "uint8", 1, false, 0, 0 },
	{ "i16", "int16", 2, true, 0, 0 },     { "u16", "uint16", 2, false, 0, 0 },
	{ "i32", "int32", 4, true, 0, 0 },     { "u32", "uint32", 4, false, 0, 0 },
	{ "i64", "int64", 8, true, 0, 0 },     { "u64", "uint64", 8, false, 0, 0 },
	{ "bf16", "bfloat16", 2, true, 8, 7 }, { "f16", "float16", 2, true, 5, 10 },
	{ "f32", "float32", 4, true, 8, 23 },  { "f64", "float64", 8, true, 11, 52 },
};
enum { TYPES = sizeof types / sizeof types[0] };

const struct aie_element_type *aie_element_type(const char *name)
{
	for (size_t i = 0; i < TYPES; i++)
		if (strcmp(name, types[i].name) == 0 || strcmp(name, types[i].alias) == 0)
			return &types[i];
	return NULL;
}

const char *aie_element_type_names(void)
{
	return "i8 u8 i16 u16 i32 u32 i64 u64 bf16 f16 f32 f64";
}

static uint64_t load(const struct aie_element_type *type, const uint8_t *at)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < type->bytes; i++)
		bits |= (uint64_t)at[i] << 8 * i;
	return bits;
}

static bool is_float(const struct aie_element_type *type)
{
	return type->exponent_bits != 0;
}

/* All of these formats fit into a double exactly. */
static double value_of(const struct aie_element_type *type, uint64_t bits)
{
	const unsigned fraction_bits = type->fraction_bits;
	const uint64_t fraction = bits & ((UINT64_C(1) << fraction_bits) - 1);
	const int highest = (1 << type->exponent_bits) - 1, bias = highest >> 1;
	const int exponent = (int)(bits >> fraction_bits) & highest;
	const double sign = bits >> (8 * type->bytes - 1) & 1 ? -1.0 : 1.0;

	if (exponent == highest)
		return fraction ? (double)NAN : sign * HUGE_VAL;
	if (exponent == 0)
		return sign * ldexp((double)fraction, 1 - bias - (int)fraction_bits);
	return sign * ldexp((double)(fraction | UINT64_C(1) << fraction_bits), exponent - bias - (int)fraction_bits);
}

static void print(const struct aie_element_type *type, uint64_t bits, char text[AIE_ELEMENT_TEXT])
{
	const unsigned unused = 64 - 8U * type->bytes, digits = 2U * type->bytes;

	if (is_float(type))
		snprintf(text, AIE_ELEMENT_TEXT, "%.9g (0x%0*" PRIx64 ")", value_of(type, bits), (int)digits, bits);
	else if (type->is_signed)
		snprintf(text, AIE_ELEMENT_TEXT, "%" PRId64 " (0x%0*" PRIx64 ")",
		         (int64_t)(bits << unused) / (INT64_C(1) << unused), (int)digits, bits);
	else
		snprintf(text, AIE_ELEMENT_TEXT, "%" PRIu64 " (0x%0*" PRIx64 ")", bits, (int)digits, bits);
}

static bool equal(const struct aie_element_type *type, uint64_t got, uint64_t wanted, double tolerance,
                  double *largest_error)
{
	double a, b, error;

	if (got == wanted || !is_float(type))
		return got == wanted;
	a = value_of(type, got);
	b = value_of(type, wanted);
	if (isnan(a) || isnan(b))
		return isnan(a) && isnan(b);
	if (isinf(a) || isinf(b))
		return false;
	error = fabs(a - b);
	if (error > *largest_error)
		*largest_error = error;
	return error <= tolerance * fmax(fabs(b), 1.0);
}

void aie_elements_compare(const struct aie_element_type *type, const void *got, const void *wanted, size_t size,
                          double tolerance, struct aie_comparison *comparison)
{
	*comparison = (struct aie_comparison){ .elements = size / type->bytes };
	for (size_t i = 0; i < comparison->elements; i++) {
		const uint64_t a = load(type, (const uint8_t *)got + i * type->bytes);
		const uint64_t b = load(type, (const uint8_t *)wanted + i * type->bytes);

		if (equal(type, a, b, tolerance, &comparison->largest_error) || comparison->differ++)
			continue;
		comparison->first = i;
		print(type, a, comparison->got);
		print(type, b, comparison->wanted);
	}
}
