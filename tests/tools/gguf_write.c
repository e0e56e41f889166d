#include "tests/tools/gguf_write.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { TYPE_F32 = 0, TYPE_Q4_0 = 2, BLOCK = 32, BLOCK_BYTES = 18, ALIGNMENT = 32 };
enum { VALUE_U32 = 4, VALUE_F32 = 6, VALUE_BOOL = 7, VALUE_STRING = 8, VALUE_ARRAY = 9 };

static void put(struct gguf_file *file, const void *data, size_t size)
{
	file->bytes = realloc(file->bytes, file->size + size);
	assert_non_null(file->bytes);
	memcpy(file->bytes + file->size, data, size);
	file->size += size;
}

static void put_u32(struct gguf_file *file, uint32_t value)
{
	put(file, &value, sizeof value);
}

static void put_u64(struct gguf_file *file, uint64_t value)
{
	put(file, &value, sizeof value);
}

static void put_string(struct gguf_file *file, const char *text)
{
	put_u64(file, strlen(text));
	put(file, text, strlen(text));
}

static void put_tensor(struct gguf_file *file, const char *name, uint32_t type, uint64_t n0, uint64_t n1,
                       uint64_t offset)
{
	put_string(file, name);
	put_u32(file, n1 ? 2 : 1);
	put_u64(file, n0);
	if (n1)
		put_u64(file, n1);
	put_u32(file, type);
	put_u64(file, offset);
}

static void pad(struct gguf_file *file)
{
	while (file->size % ALIGNMENT)
		put(file, "", 1);
}

static uint64_t padded(uint64_t size)
{
	return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void put_q4_0(struct gguf_file *file, uint32_t k, uint32_t m, uint32_t seed)
{
	uint32_t state = seed;

	for (uint64_t block = 0; block < (uint64_t)k * m / BLOCK; block++) {
		uint8_t bytes[BLOCK_BYTES];
		/* half precision: exponents 2^-6 .. 2^-3, any mantissa, both signs */
		uint16_t half;

		state = state * 1664525 + 1013904223;
		half = (uint16_t)((state >> 31 << 15) | ((9 + (state >> 20 & 3)) << 10) | (state >> 4 & 0x3FF));
		memcpy(bytes, &half, 2);
		for (int i = 2; i < BLOCK_BYTES; i++) {
			state = state * 1664525 + 1013904223;
			bytes[i] = (uint8_t)(state >> 24);
		}
		put(file, bytes, sizeof bytes);
	}
}

void gguf_write(struct gguf_file *file, uint32_t k, uint32_t m)
{
	const uint64_t q4_0 = padded((uint64_t)k * m / BLOCK * BLOCK_BYTES);
	const float ones[15] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
	const float epsilon = 1e-5F;
	const uint8_t yes = 1;

	memset(file, 0, sizeof *file);
	put(file, "GGUF", 4);
	put_u32(file, 3);
	put_u64(file, 4); /* tensors */
	put_u64(file, 5); /* metadata */
	put_string(file, "general.architecture");
	put_u32(file, VALUE_STRING);
	put_string(file, "llama");
	put_string(file, "general.alignment");
	put_u32(file, VALUE_U32);
	put_u32(file, ALIGNMENT);
	put_string(file, "llama.attention.layer_norm_rms_epsilon");
	put_u32(file, VALUE_F32);
	put(file, &epsilon, 4);
	put_string(file, "tokenizer.ggml.tokens");
	put_u32(file, VALUE_ARRAY);
	put_u32(file, VALUE_STRING);
	put_u64(file, 3);
	put_string(file, "<s>");
	put_string(file, "");
	put_string(file, "word");
	put_string(file, "odd");
	put_u32(file, VALUE_BOOL);
	put(file, &yes, 1);

	put_tensor(file, "output_norm.weight", TYPE_F32, 7, 0, 0);
	put_tensor(file, "blk.0.ffn_down.weight", TYPE_Q4_0, k, m, 32);
	put_tensor(file, "x", TYPE_F32, 3, 5, 32 + q4_0);
	put_tensor(file, "blk.11.attn_q.weight", TYPE_Q4_0, k, m, 32 + q4_0 + 64);
	pad(file);
	put(file, ones, 7 * sizeof(float));
	pad(file);
	file->first_q4_0 = file->size;
	put_q4_0(file, k, m, 1);
	pad(file);
	put(file, ones, 15 * sizeof(float));
	pad(file);
	file->second_q4_0 = file->size;
	put_q4_0(file, k, m, 2);
}

static double half_value(const uint8_t *bytes)
{
	const unsigned bits = bytes[0] | bytes[1] << 8;
	const int exponent = (int)(bits >> 10 & 31);
	const double sign = bits >> 15 ? -1 : 1;

	assert_true(exponent != 31);
	return sign * (exponent ? ldexp(1024 + (bits & 0x3FF), exponent - 25) : ldexp(bits & 0x3FF, -24));
}

static int nibble(const uint8_t *block, uint32_t i)
{
	return (i < 16 ? block[2 + i] & 15 : block[2 + i - 16] >> 4) - 8;
}

double q4_0_value(const uint8_t *data, uint32_t k, uint32_t row, uint32_t column)
{
	const uint8_t *block = data + ((size_t)row * k + column) / BLOCK * BLOCK_BYTES;

	return half_value(block) * nibble(block, column % BLOCK);
}

double q4_0_value_bf16_scale(const uint8_t *data, uint32_t k, uint32_t row, uint32_t column)
{
	const uint8_t *block = data + ((size_t)row * k + column) / BLOCK * BLOCK_BYTES;
	int exponent;
	/* bf16 keeps 8 significant bits: cut the others towards zero */
	const double fraction = trunc(ldexp(frexp(half_value(block), &exponent), 8));

	return ldexp(fraction, exponent - 8) * nibble(block, column % BLOCK);
}
