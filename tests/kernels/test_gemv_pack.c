/* Packing, Q4_0 repacking, generated inputs, and the reference arithmetic against host floating point. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/gemv_int4/gemv_int4.h"
#include "kernels/gguf.h"

static struct aie_gemv_shape shape_of(uint32_t m, uint32_t k, uint32_t cols, uint32_t tsi)
{
	return (struct aie_gemv_shape){ .m = m, .k = k, .cols = cols, .tsi = tsi, .group = 32 };
}

static uint32_t random_bits(void)
{
	static uint32_t state = 12345;
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static uint32_t bits_of(float value)
{
	uint32_t bits;
	memcpy(&bits, &value, sizeof bits);
	return bits;
}

static float value_of(uint32_t bits)
{
	float value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

/* The sizes that the published packing has for its shapes (PR 101: 4.5 bits a weight). */
static void test_sizes(void **state)
{
	(void)state;
	static const struct {
		uint32_t m, k;
		size_t tile1, tile4, total;
	} cases[] = {
		{ 2048, 2048, 1152, 4608, 2359296 },
		{ 8192, 2048, 1152, 4608, 9437184 },
		{ 2048, 8192, 4608, 18432, 9437184 },
		{ 512, 2048, 1152, 4608, 589824 },
	};
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct aie_gemv_shape one = shape_of(cases[i].m, cases[i].k, 8, 1),
		                      four = shape_of(cases[i].m, cases[i].k, 8, 4);
		assert_int_equal(aie_gemv_tile_bytes(&one), cases[i].tile1);
		assert_int_equal(aie_gemv_tile_bytes(&four), cases[i].tile4);
		assert_int_equal(aie_gemv_packed_bytes(&one), cases[i].total);
		assert_int_equal(aie_gemv_packed_bytes(&four), cases[i].total);
	}
}

/* Tile index = col * (M / cols / tsi) + t; nibbles of all rows, then scales of all rows. */
static void test_layout(void **state)
{
	(void)state;
	struct aie_gemv_shape s = shape_of(16, 64, 2, 4);
	size_t tile = 4 * 32 + 4 * 2 * 2;
	assert_int_equal(aie_gemv_tile_bytes(&s), tile);
	for (uint32_t col = 0; col < 2; col++)
		for (uint32_t t = 0; t < 2; t++)
			for (uint32_t r = 0; r < 4; r++) {
				uint32_t row = col * 8 + t * 4 + r;
				size_t start = (col * 2 + t) * tile;
				assert_int_equal(aie_gemv_nibble_offset(&s, row, 0), start + r * 32);
				assert_int_equal(aie_gemv_nibble_offset(&s, row, 63), start + r * 32 + 31);
				assert_int_equal(aie_gemv_scale_offset(&s, row, 0), start + 128 + r * 4);
				assert_int_equal(aie_gemv_scale_offset(&s, row, 1), start + 128 + r * 4 + 2);
			}
	uint8_t nibble[16 * 64], packed[4 * (128 + 16)];
	uint16_t scale[16 * 2];
	for (unsigned i = 0; i < sizeof nibble; i++)
		nibble[i] = (uint8_t)((i * 7 + i / 64) & 15);
	for (unsigned i = 0; i < 32; i++)
		scale[i] = (uint16_t)(0x3F00 + i);
	aie_gemv_pack(&s, nibble, scale, packed);
	/* row 5, weights 6 and 7: low nibble even, high nibble odd; scale little endian */
	assert_int_equal(packed[tile + 32 + 3], nibble[5 * 64 + 6] | nibble[5 * 64 + 7] << 4);
	assert_int_equal(packed[tile + 128 + 4 + 2], (0x3F00 + 11) & 0xFF);
	assert_int_equal(packed[tile + 128 + 4 + 3], 0x3F);
}

/* A Q4_0 block: fp16 scale, byte j = weight j (low) and weight j + 16 (high), value = d * (q - 8). */
static void test_q4_0(void **state)
{
	(void)state;
	enum { K = 64, M = 2 };
	uint8_t blocks[M * 2 * AIE_Q4_0_BYTES], q[M][K];
	static const uint16_t half[4] = { 0x3C00 /* 1 */, 0xB801 /* -0.50049 */, 0x0001 /* 2^-24 */,
		                          0x7BFF /* 65504 */ };
	static const uint16_t brain[4] = { 0x3F80, 0xBF00, 0x3380, 0x477F };
	for (unsigned b = 0; b < 4; b++) {
		uint8_t *block = blocks + b * AIE_Q4_0_BYTES;
		block[0] = (uint8_t)half[b];
		block[1] = (uint8_t)(half[b] >> 8);
		for (unsigned j = 0; j < 16; j++) {
			unsigned low = random_bits() & 15, high = random_bits() & 15;
			block[2 + j] = (uint8_t)(low | high << 4);
			q[b / 2][b % 2 * 32 + j] = (uint8_t)low;
			q[b / 2][b % 2 * 32 + j + 16] = (uint8_t)high;
		}
	}
	struct aie_gguf_tensor tensor = { .name = "w",
		                          .name_size = 1,
		                          .type = AIE_GGUF_Q4_0,
		                          .dimension_count = 2,
		                          .size = { K, M, 1, 1 },
		                          .data = blocks };
	for (int sign = 0; sign < 2; sign++) {
		struct aie_gemv_shape s = shape_of(M, K, 1, 1);
		s.sign = sign;
		uint8_t packed[M * (32 + 4)];
		struct aie_error error = { 0 };
		assert_int_equal(aie_gemv_repack_q4_0(&s, &tensor, packed, &error), 0);
		for (uint32_t row = 0; row < M; row++) {
			for (uint32_t k = 0; k < K; k++) {
				unsigned byte = packed[aie_gemv_nibble_offset(&s, row, k)],
				         got = k & 1 ? byte >> 4 : byte & 15;
				assert_int_equal(got, sign ? (q[row][k] - 8) & 15 : q[row][k]);
			}
			for (uint32_t g = 0; g < 2; g++) {
				size_t at = aie_gemv_scale_offset(&s, row, g);
				assert_int_equal(packed[at] | packed[at + 1] << 8, brain[row * 2 + g]);
			}
		}
		/* Weights are bf16(d * (q - 8)), or bf16(d * q) with 8 * d taken off by the host. */
		uint16_t x[K];
		double y[M], bias[M], expected[M] = { 0 };
		for (unsigned k = 0; k < K; k++)
			x[k] = (uint16_t)(0x3F80 + (random_bits() & 0x807F));
		aie_gemv_reference_double(&s, packed, x, y);
		aie_gemv_q4_0_bias(&s, packed, x, bias);
		for (uint32_t row = 0; row < M; row++) {
			for (uint32_t k = 0; k < K; k++) {
				uint16_t d = brain[row * 2 + k / 32];
				double weight = (double)aie_gemv_bf16_value(
				        aie_gemv_weight(d, sign ? q[row][k] - 8 : q[row][k]));
				if (!sign)
					weight -= 8 * (double)aie_gemv_bf16_value(d);
				expected[row] += weight * (double)aie_gemv_bf16_value(x[k]);
			}
			double got = sign ? y[row] : y[row] - bias[row];
			assert_true(fabs(got - expected[row]) <= 1e-9 * (1 + fabs(expected[row]) + fabs(bias[row])));
		}
	}
	blocks[1] = 0x7C; /* infinity */
	blocks[0] = 0;
	struct aie_gemv_shape s = shape_of(M, K, 1, 1);
	uint8_t packed[M * (32 + 4)];
	struct aie_error error = { 0 };
	assert_int_equal(aie_gemv_repack_q4_0(&s, &tensor, packed, &error), -1);
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	assert_non_null(strstr(error.text, "not finite"));
}

static void test_input_checks(void **state)
{
	(void)state;
	struct aie_gemv_shape s = shape_of(2, 64, 1, 1);
	uint8_t packed[2 * 36] = { 0 };
	struct aie_error error = { 0 };
	assert_int_equal(aie_gemv_check_packed(&s, packed, "w.bin", &error), 0);
	packed[36 + 32 + 3] = 0x7B; /* exponent field 0xF6: 2^119 */
	packed[36 + 32 + 2] = 0x7F;
	assert_int_equal(aie_gemv_check_packed(&s, packed, "w.bin", &error), 0);
	packed[36 + 32 + 2] = 0x80; /* 2^120 */
	assert_int_equal(aie_gemv_check_packed(&s, packed, "w.bin", &error), -1);
	assert_non_null(strstr(error.text, "w.bin: byte 70: "));
	uint16_t x[4] = { 0, 0xFF7F, 0x7F7F, 0 };
	assert_int_equal(aie_gemv_check_vector(x, 4, "x.bin", &error), 0);
	x[3] = 0xFF80;
	assert_int_equal(aie_gemv_check_vector(x, 4, "x.bin", &error), -1);
	assert_non_null(strstr(error.text, "x.bin: byte 6: x[3]"));
}

/* Distributions of the published test: scales in [1/3.75, 1), nibbles 0..15 of weights in [0, 3.75), x about 4 wide. */
static void test_generator(void **state)
{
	(void)state;
	for (int sign = 0; sign < 2; sign++) {
		struct aie_gemv_shape s = shape_of(64, 2048, 4, 1);
		s.sign = sign;
		size_t size = aie_gemv_packed_bytes(&s);
		uint8_t *packed = malloc(size), *again = malloc(size);
		uint16_t x[2048], x2[2048];
		aie_gemv_generate(&s, 42, AIE_GEMV_NORMAL, packed, x);
		aie_gemv_generate(&s, 42, AIE_GEMV_NORMAL, again, x2);
		assert_memory_equal(packed, again, size);
		assert_memory_equal(x, x2, sizeof x);
		aie_gemv_generate(&s, 43, AIE_GEMV_NORMAL, again, x2);
		assert_memory_not_equal(packed, again, size);
		double square = 0;
		for (unsigned k = 0; k < 2048; k++)
			square += pow((double)aie_gemv_bf16_value(x[k]), 2);
		assert_true(square / 2048 > 13 && square / 2048 < 19); /* variance 16 */
		for (uint32_t row = 0; row < s.m; row++)
			for (uint32_t g = 0; g < 64; g++) {
				size_t at = aie_gemv_scale_offset(&s, row, g);
				double scale =
				        (double)aie_gemv_bf16_value((uint16_t)(packed[at] | packed[at + 1] << 8));
				assert_true(scale >= 1 / 3.75 - 0.001 && scale <= 1);
				for (uint32_t k = 0; k < 32; k++) {
					unsigned byte = packed[aie_gemv_nibble_offset(&s, row, g * 32 + k)];
					int n = (int)(k & 1 ? byte >> 4 : byte & 15);
					if (sign)
						n = (n ^ 8) - 8;
					assert_true(n * scale <= 3.75 + scale / 2 &&
					            n * scale >= (sign ? -1.875 : 0) - scale / 2);
				}
			}
		free(packed);
		free(again);
	}
}

/* fp32 sums and multiply-accumulates round once to nearest even: the host's addition and fused multiply-add do the
 * same. Results below the smallest normal number are zero. */
static void test_fp32(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 400000; i++) {
		uint32_t a = random_bits(), b = random_bits();
		uint16_t p = (uint16_t)random_bits(), q = (uint16_t)random_bits();
		if (i & 1) { /* near in exponent, so that cancellation and ties occur */
			b = (a & 0xFF800000) ^ (b & 0x81FFFFFF);
			p = (uint16_t)(0x3F00 ^ (p & 0x81FF));
			q = (uint16_t)((a >> 16 & 0x7F80) ^ (q & 0x80FF));
		}
		if ((a >> 23 & 0xFF) == 0xFF || (b >> 23 & 0xFF) == 0xFF || (p >> 7 & 0xFF) == 0xFF ||
		    (q >> 7 & 0xFF) == 0xFF)
			continue;
		float sum = value_of(a) + value_of(b),
		      mac = fmaf(value_of((uint32_t)p << 16), value_of((uint32_t)q << 16), value_of(a));
		/* The result 2^-126 is reached by rounding up also from below: known with an unbounded exponent only.
		 */
		if (fabsf(sum) > 0x1p-126f)
			assert_int_equal(aie_gemv_fp32_add(a, b), bits_of(sum));
		else if (fabsf(sum) < 0x1p-126f)
			assert_int_equal(aie_gemv_fp32_add(a, b) & 0x7FFFFFFF, 0);
		if (fabsf(mac) > 0x1p-126f)
			assert_int_equal(aie_gemv_fp32_mac(a, p, q), bits_of(mac));
		else if (fabsf(mac) < 0x1p-126f)
			assert_int_equal(aie_gemv_fp32_mac(a, p, q), 0);
	}
	assert_int_equal(aie_gemv_fp32_add(0x7F7FFFFF, 0x7F7FFFFF), 0x7F800000);
	assert_int_equal(aie_gemv_fp32_mac(0x7F800000, 0xBF80, 0x3F80), 0x7F800000);
	assert_int_equal(aie_gemv_fp32_add(0x3F800000, 0xBF800000), 0);
}

/* bf16 is the nearer of the two neighbours, the even one in the middle. */
static void test_bf16(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 400000; i++) {
		uint32_t a = random_bits();
		if (i % 4 == 0)
			a = (a & 0xFFFF0000) | 0x8000;
		if ((a >> 23 & 0xFF) >= 0xFE)
			continue;
		uint16_t low = (uint16_t)(a >> 16), high = (uint16_t)(low + 1);
		double v = fabs((double)value_of(a)), l = fabs((double)aie_gemv_bf16_value(low)),
		       h = fabs((double)aie_gemv_bf16_value(high));
		uint16_t expected = v - l < h - v ? low : v - l > h - v ? high : low & 1 ? high : low;
		assert_int_equal(aie_gemv_fp32_to_bf16(a), expected);
	}
}

static void test_weight(void **state)
{
	(void)state;
	for (unsigned scale = 0; scale < 0x10000; scale += 3)
		for (int n = -8; n < 16; n++) {
			if ((scale >> 7 & 0xFF) >= 0xF7)
				continue;
			float product = aie_gemv_bf16_value((uint16_t)scale) * (float)n; /* at most 12 bits: exact */
			uint16_t expected = fabsf(product) < 0x1p-126f ? 0 : aie_gemv_fp32_to_bf16(bits_of(product));
			assert_int_equal(aie_gemv_weight((uint16_t)scale, n), expected);
		}
}

/* The whole: lanes k mod 32 in increasing k, halves 16, 8, 4, 2, 1, one rounding; stated once more with host floats. */
static void test_order(void **state)
{
	(void)state;
	struct aie_gemv_shape s = shape_of(4, 512, 1, 2);
	s.group = 64;
	uint8_t *packed = malloc(aie_gemv_packed_bytes(&s));
	uint16_t x[512], y[4];
	aie_gemv_generate(&s, 5, AIE_GEMV_UNIFORM, packed, x);
	aie_gemv_reference_exact(&s, packed, x, y);
	for (uint32_t row = 0; row < 4; row++) {
		float lane[32] = { 0 };
		for (uint32_t k = 0; k < 512; k++) {
			size_t at = aie_gemv_scale_offset(&s, row, k / 64);
			unsigned byte = packed[aie_gemv_nibble_offset(&s, row, k)];
			uint16_t weight = aie_gemv_weight((uint16_t)(packed[at] | packed[at + 1] << 8),
			                                  (int)(k & 1 ? byte >> 4 : byte & 15));
			lane[k % 32] = fmaf(aie_gemv_bf16_value(weight), aie_gemv_bf16_value(x[k]), lane[k % 32]);
		}
		for (unsigned half = 16; half; half /= 2)
			for (unsigned i = 0; i < half; i++)
				lane[i] = lane[i] + lane[i + half];
		assert_int_equal(y[row], aie_gemv_fp32_to_bf16(bits_of(lane[0])));
	}
	free(packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),        cmocka_unit_test(test_layout),    cmocka_unit_test(test_q4_0),
		cmocka_unit_test(test_input_checks), cmocka_unit_test(test_generator), cmocka_unit_test(test_fp32),
		cmocka_unit_test(test_bf16),         cmocka_unit_test(test_weight),    cmocka_unit_test(test_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
