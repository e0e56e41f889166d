/* Weights and vectors on the host: packing, Q4_0 repacking, generated inputs, checks of what a user brings. */
#include <inttypes.h>
#include <string.h>

#include "kernels/gemv_int4/gemv_int4.h"
#include "kernels/gguf.h"

/* The packed buffer is a sequence of tiles in row order: worker by worker is the same as row by row, because a worker
 * owns M / cols consecutive rows. */
static size_t tile_offset(const struct aie_gemv_shape *shape, uint32_t row)
{
	return (size_t)(row / shape->tsi) * aie_gemv_tile_bytes(shape);
}

size_t aie_gemv_nibble_offset(const struct aie_gemv_shape *shape, uint32_t row, uint32_t k)
{
	return tile_offset(shape, row) + (size_t)(row % shape->tsi) * (shape->k / 2) + k / 2;
}

size_t aie_gemv_scale_offset(const struct aie_gemv_shape *shape, uint32_t row, uint32_t group)
{
	size_t groups = shape->k / shape->group;
	return tile_offset(shape, row) + (size_t)shape->tsi * (shape->k / 2) +
	       2 * ((row % shape->tsi) * groups + group);
}

static void put16(uint8_t *bytes, uint16_t value)
{
	bytes[0] = (uint8_t)value;
	bytes[1] = (uint8_t)(value >> 8);
}

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

void aie_gemv_pack(const struct aie_gemv_shape *shape, const uint8_t *nibble, const uint16_t *scale, uint8_t *packed)
{
	uint32_t groups = shape->k / shape->group;
	for (uint32_t row = 0; row < shape->m; row++) {
		const uint8_t *from = nibble + (size_t)row * shape->k;
		uint8_t *to = packed + aie_gemv_nibble_offset(shape, row, 0);
		for (uint32_t j = 0; j < shape->k / 2; j++)
			to[j] = (uint8_t)((from[2 * j] & 15) | (from[2 * j + 1] & 15) << 4);
		for (uint32_t g = 0; g < groups; g++)
			put16(packed + aie_gemv_scale_offset(shape, row, g), scale[(size_t)row * groups + g]);
	}
}

/* fp16 to fp32, exactly. */
static uint32_t half_to_single(uint16_t half)
{
	uint32_t sign = (uint32_t)(half >> 15) << 31, exponent = half >> 10 & 31, mantissa = half & 0x3FF;
	if (exponent == 31)
		return sign | 0x7F800000u | mantissa << 13;
	if (exponent)
		return sign | (exponent + 127 - 15) << 23 | mantissa << 13;
	if (!mantissa)
		return sign;
	unsigned shift = (unsigned)__builtin_clz(mantissa) - 21; /* to bring the leading one to bit 10 */
	return sign | (127 - 14 - shift) << 23 | (mantissa << shift & 0x3FF) << 13;
}

int aie_gemv_repack_q4_0(const struct aie_gemv_shape *shape, const struct aie_gguf_tensor *tensor, uint8_t *packed,
                         struct aie_error *error)
{
	/* Signed builds take nibble - 8 in two's complement, which is the nibble with its top bit flipped. */
	uint8_t flip = shape->sign ? 0x88 : 0;
	uint32_t blocks = shape->k / AIE_Q4_0_BLOCK;
	for (uint32_t row = 0; row < shape->m; row++) {
		for (uint32_t b = 0; b < blocks; b++) {
			const uint8_t *block = tensor->data + ((size_t)row * blocks + b) * AIE_Q4_0_BYTES;
			uint32_t scale = half_to_single(get16(block));
			if ((scale & 0x7F800000u) == 0x7F800000u)
				return aie_error_set(
				        error, AIE_ERROR_INPUT,
				        "tensor %.*s: row %" PRIu32 ", block %" PRIu32 ": scale is not finite",
				        (int)(tensor->name_size < 80 ? tensor->name_size : 80), tensor->name, row, b);
			put16(packed + aie_gemv_scale_offset(shape, row, b), (uint16_t)(scale >> 16));
			/* Byte j of a block holds weights j (low) and j + 16 (high); here neighbours share a byte. */
			uint8_t *to = packed + aie_gemv_nibble_offset(shape, row, b * AIE_Q4_0_BLOCK);
			const uint8_t *q = block + 2;
			for (unsigned j = 0; j < 8; j++) {
				to[j] = (uint8_t)(((q[2 * j] & 15) | (q[2 * j + 1] & 15) << 4) ^ flip);
				to[8 + j] = (uint8_t)((q[2 * j] >> 4 | (q[2 * j + 1] & 0xF0)) ^ flip);
			}
		}
	}
	return 0;
}

void aie_gemv_q4_0_bias(const struct aie_gemv_shape *shape, const uint8_t *packed, const uint16_t *x, double *bias)
{
	uint32_t groups = shape->k / shape->group;
	for (uint32_t row = 0; row < shape->m; row++)
		bias[row] = 0;
	for (uint32_t g = 0; g < groups; g++) {
		double sum = 0; /* shared by all rows */
		for (uint32_t k = g * shape->group; k < (g + 1) * shape->group; k++)
			sum += (double)aie_gemv_bf16_value(x[k]);
		for (uint32_t row = 0; row < shape->m; row++)
			bias[row] += 8 *
			             (double)aie_gemv_bf16_value(get16(packed + aie_gemv_scale_offset(shape, row, g))) *
			             sum;
	}
}

enum { SCALE_EXPONENT_LIMIT = 127 + 120 };

int aie_gemv_check_packed(const struct aie_gemv_shape *shape, const uint8_t *packed, const char *name,
                          struct aie_error *error)
{
	uint32_t groups = shape->k / shape->group;
	for (uint32_t row = 0; row < shape->m; row++)
		for (uint32_t g = 0; g < groups; g++) {
			size_t offset = aie_gemv_scale_offset(shape, row, g);
			uint16_t scale = get16(packed + offset);
			if ((scale >> 7 & 0xFF) >= SCALE_EXPONENT_LIMIT)
				return aie_error_set(
				        error, AIE_ERROR_INPUT,
				        "%s: byte %zu: scale 0x%04x of row %" PRIu32 ", group %" PRIu32
				        " is not finite or not below 2^120 (packed for another tsi, K or G?)",
				        name, offset, scale, row, g);
		}
	return 0;
}

int aie_gemv_check_vector(const uint16_t *x, uint32_t count, const char *name, struct aie_error *error)
{
	for (uint32_t k = 0; k < count; k++)
		if ((x[k] >> 7 & 0xFF) == 0xFF)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "%s: byte %" PRIu32 ": x[%" PRIu32 "] = 0x%04x is not finite", name, 2 * k,
			                     k, x[k]);
	return 0;
}

/* ---- generated inputs -------------------------------------------------------------------------------------------- */

/* splitmix64: one 64-bit state, every seed good (public domain generator by S. Vigna). */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9E3779B97F4A7C15u;
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

static double uniform(uint64_t *state)
{
	return (double)(next_random(state) >> 11) * 0x1p-53;
}

/* Normal by the sum of twelve uniforms: mean 0, variance 1, and exactly the same on every host, since no library
 * function takes part. */
static double normal(uint64_t *state)
{
	double sum = -6;
	for (unsigned i = 0; i < 12; i++)
		sum += (double)(next_random(state) >> 32) * 0x1p-32;
	return sum;
}

static uint16_t to_bf16(double value)
{
	union {
		float value;
		uint32_t bits;
	} word = { .value = (float)value };
	return aie_gemv_fp32_to_bf16(word.bits);
}

void aie_gemv_generate(const struct aie_gemv_shape *shape, uint64_t seed, enum aie_gemv_distribution distribution,
                       uint8_t *packed, uint16_t *x)
{
	const double span = 3.75;
	uint64_t state = seed;
	for (uint32_t k = 0; k < shape->k; k++)
		x[k] = to_bf16(4 * (distribution == AIE_GEMV_NORMAL ? normal(&state) : 2 * uniform(&state) - 1));
	uint32_t groups = shape->k / shape->group;
	for (uint32_t row = 0; row < shape->m; row++)
		for (uint32_t g = 0; g < groups; g++) {
			uint16_t scale = to_bf16(1 / span + (1 - 1 / span) * uniform(&state));
			double inverse = 1 / (double)aie_gemv_bf16_value(scale);
			put16(packed + aie_gemv_scale_offset(shape, row, g), scale);
			uint8_t *to = packed + aie_gemv_nibble_offset(shape, row, g * shape->group);
			for (uint32_t k = 0; k < shape->group; k += 2) {
				uint64_t random = next_random(&state);
				double low = (double)(uint32_t)random * 0x1p-32 * span,
				       high = (double)(random >> 32) * 0x1p-32 * span;
				if (shape->sign) {
					low -= span / 2;
					high -= span / 2;
				}
				/* + 8.5 and truncate: rounds also negative numbers to the nearest */
				int n0 = (int)(low * inverse + 8.5) - 8, n1 = (int)(high * inverse + 8.5) - 8;
				to[k / 2] = (uint8_t)((n0 & 15) | (n1 & 15) << 4);
			}
		}
}
