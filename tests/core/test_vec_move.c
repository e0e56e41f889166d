/* Rearrangement of lanes: shuffles by transposing real matrices, the others by what happens to every byte. */
#include "tests/core/vec_harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct vector {
	_Alignas(8) uint8_t byte[144];
};

static struct vector random_vector(void)
{
	struct vector v;

	vec_random_bytes(&v, sizeof(v));
	return v;
}

/* ---- shuffle ----------------------------------------------------------------------------------------------------- */

/* Names of the modes as the headers give them: element bits, rows, columns; which half is delivered. */
static const struct {
	unsigned mode, width, rows, columns, high;
} shapes[] = {
	{ 0, 8, 64, 2, 0 },   { 1, 8, 64, 2, 1 },   { 2, 16, 32, 2, 0 },  { 3, 16, 32, 2, 1 },  { 4, 32, 16, 2, 0 },
	{ 5, 32, 16, 2, 1 },  { 6, 64, 8, 2, 0 },   { 7, 64, 8, 2, 1 },   { 8, 128, 4, 2, 0 },  { 9, 128, 4, 2, 1 },
	{ 10, 256, 2, 2, 0 }, { 11, 256, 2, 2, 1 }, { 12, 128, 2, 4, 0 }, { 13, 128, 2, 4, 1 }, { 14, 64, 2, 8, 0 },
	{ 15, 64, 2, 8, 1 },  { 16, 32, 2, 16, 0 }, { 17, 32, 2, 16, 1 }, { 18, 16, 2, 32, 0 }, { 19, 16, 2, 32, 1 },
	{ 20, 8, 2, 64, 0 },  { 21, 8, 2, 64, 1 },  { 22, 512, 1, 2, 0 }, { 23, 512, 1, 2, 1 }, { 24, 16, 16, 4, 0 },
	{ 25, 16, 16, 4, 1 }, { 26, 16, 4, 16, 0 }, { 27, 16, 4, 16, 1 }, { 28, 16, 8, 4, 0 },  { 29, 16, 4, 8, 0 },
	{ 30, 32, 8, 4, 0 },  { 31, 32, 8, 4, 1 },  { 32, 32, 4, 8, 0 },  { 33, 32, 4, 8, 1 },  { 34, 32, 4, 4, 0 },
	{ 35, 8, 8, 8, 0 },   { 36, 8, 16, 4, 0 },  { 37, 8, 4, 16, 0 },  { 39, 16, 4, 4, 0 },  { 40, 16, 4, 2, 0 },
	{ 41, 16, 2, 4, 0 },  { 42, 16, 8, 2, 0 },  { 43, 16, 2, 8, 0 },  { 44, 16, 16, 2, 0 }, { 45, 16, 2, 16, 0 },
	{ 46, 8, 8, 4, 0 },   { 47, 8, 4, 8, 0 },   { 48, 32, 8, 2, 0 },  { 49, 32, 2, 8, 0 },  { 50, 64, 4, 2, 0 },
	{ 51, 64, 2, 4, 0 },  { 52, 16, 8, 8, 0 },  { 53, 16, 8, 8, 1 },
};

/* Cut the pair into matrices of rows x columns elements, write each transposed (columns x rows), deliver one half. */
static void transpose_pair(unsigned bytes, unsigned width, unsigned rows, unsigned columns, unsigned high,
                           const uint8_t *s1, const uint8_t *s2, uint8_t *out)
{
	uint8_t pair[128], turned[128];
	const unsigned size = width / 8, block = rows * columns * size;

	memcpy(pair, s1, bytes);
	memcpy(pair + bytes, s2, bytes);
	for (unsigned start = 0; start + block <= 2 * bytes; start += block) {
		unsigned to = start;

		for (unsigned column = 0; column < columns; column++) {
			for (unsigned row = 0; row < rows; row++, to += size)
				memcpy(turned + to, pair + start + (row * columns + column) * size, size);
		}
	}
	memcpy(out, turned + (size_t)high * bytes, bytes);
}

static void test_shuffle(void **state)
{
	struct aie_error error;

	(void)state;
	for (size_t s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++) {
		for (unsigned round = 0; round < 20; round++) {
			const struct vector a = random_vector(), b = random_vector();
			_Alignas(8) uint32_t mode =
			        shapes[s].mode | (round & 1 ? 0xFFFFFFC0u : 0); /* upper bits do not count */
			_Alignas(8) uint8_t expected[64], x[64], bm[64];

			transpose_pair(64, shapes[s].width, shapes[s].rows, shapes[s].columns, shapes[s].high, a.byte,
			               b.byte, expected);
			assert_int_equal(vec_run(&error, "VSHUFFLE_vec_shuffle_x", "s1", &a, "s2", &b, "mod", &mode,
			                         ">dst", x, NULL),
			                 0);
			assert_int_equal(vec_run(&error, "VSHUFFLE_vec_shuffle_bm", "s1", &a, "s2", &b, "mod", &mode,
			                         ">dst", bm, NULL),
			                 0);
			assert_memory_equal(x, expected, 64);
			assert_memory_equal(bm, expected, 64);
		}
	}
}

/* Facts: modes 38, 54, 55 reverse groups inside s1; modes 56..63 are undefined. */
static void test_shuffle_flips(void **state)
{
	static const struct {
		uint32_t mode;
		unsigned size, group;
	} flips[] = { { 38, 2, 2 }, { 54, 4, 16 }, { 55, 1, 4 } };
	const struct vector a = random_vector(), b = random_vector();
	_Alignas(8) uint8_t out[64];
	struct aie_error error;

	(void)state;
	for (size_t f = 0; f < 3; f++) {
		const unsigned size = flips[f].size, group = flips[f].group;
		uint32_t mode = flips[f].mode;

		assert_int_equal(
		        vec_run(&error, "VSHUFFLE_vec_shuffle_x", "s1", &a, "s2", &b, "mod", &mode, ">dst", out, NULL),
		        0);
		for (unsigned start = 0; start < 64; start += size * group) {
			for (unsigned i = 0; i < group; i++)
				assert_memory_equal(out + start + i * size, a.byte + start + (group - 1 - i) * size,
				                    size);
		}
	}
	for (uint32_t mode = 56; mode < 64; mode++) {
		assert_int_equal(
		        vec_run(&error, "VSHUFFLE_vec_shuffle_x", "s1", &a, "s2", &b, "mod", &mode, ">dst", out, NULL),
		        -1);
		assert_int_equal(error.category, AIE_ERROR_UNDEFINED);
	}
}

/* Fact: on ex registers bits 11:8 choose a transposition of the 64-bit exponent parts. */
static void test_shuffle_ex(void **state)
{
	static const struct {
		unsigned width, rows, columns;
	} parts[] = { { 64, 1, 2 }, { 32, 2, 2 }, { 16, 4, 2 }, { 8, 8, 2 }, { 16, 2, 4 }, { 8, 2, 8 } };
	struct aie_error error;

	(void)state;
	for (uint32_t part = 0; part < 12; part++) {
		const struct vector a = random_vector(), b = random_vector();
		_Alignas(8) uint8_t expected[72], out[72];
		uint32_t mode = part << 8 | 35;

		transpose_pair(64, 8, 8, 8, 0, a.byte, b.byte, expected);
		transpose_pair(8, parts[part / 2].width, parts[part / 2].rows, parts[part / 2].columns, part & 1,
		               a.byte + 64, b.byte + 64, expected + 64);
		assert_int_equal(
		        vec_run(&error, "VSHUFFLE_vec_shuffle_ex", "s1", &a, "s2", &b, "mod", &mode, ">dst", out, NULL),
		        0);
		assert_memory_equal(out, expected, 72);
	}
	for (uint32_t part = 12; part < 16; part++) {
		const struct vector a = random_vector();
		_Alignas(8) uint8_t out[72];
		uint32_t mode = part << 8;

		assert_int_equal(
		        vec_run(&error, "VSHUFFLE_vec_shuffle_ex", "s1", &a, "s2", &a, "mod", &mode, ">dst", out, NULL),
		        -1);
	}
}

/* ---- shifts ------------------------------------------------------------------------------------------------------ */

static void test_shift(void **state)
{
	const struct vector a = random_vector(), b = random_vector();
	struct aie_error error;

	(void)state;
	for (uint32_t r = 0; r < 300; r++) {
		_Alignas(8) uint8_t out[64];
		const unsigned n = r % 128;

		assert_int_equal(vec_run(&error, "VSHIFT", "s1", &a, "s2", &b, "shift", &r, ">d", out, NULL), 0);
		for (unsigned i = 0; i < 64; i++) {
			const unsigned from = i + n;
			const uint8_t expected = from < 64 ? a.byte[from] : from < 128 ? b.byte[from - 64] : 0;

			assert_int_equal(out[i], expected);
		}
	}
}

/* ---- lanes ------------------------------------------------------------------------------------------------------- */

static void test_broadcast(void **state)
{
	struct aie_error error;

	(void)state;
	for (unsigned width = 8; width <= 64; width *= 2) {
		const struct vector source = random_vector();
		_Alignas(8) uint8_t out[64];
		char name[40];

		snprintf(name, sizeof(name), "VBCST_%u", width);
		assert_int_equal(vec_run(&error, name, "src", &source, ">dst", out, NULL), 0);
		for (unsigned i = 0; i < 64; i++)
			assert_int_equal(out[i], source.byte[i % (width / 8)]);
	}
}

/* Facts: lane idx everywhere; extension by the sign register; an index beyond the last lane wraps. */
static void test_extract(void **state)
{
	struct aie_error error;

	(void)state;
	for (unsigned width = 8; width <= 128; width *= 2) {
		for (uint32_t index = 0; index < 140; index++) {
			const struct vector source = random_vector();
			_Alignas(8) int64_t immediate = index;
			const unsigned bytes = width / 8, first = index % (64 / bytes) * bytes;
			_Alignas(8) uint8_t out[64];
			char name[60];

			snprintf(name, sizeof(name), "VEXTBCST_%u_vec_extract_broadcast_%s", width,
			         index & 1 ? "imm" : "r");
			assert_int_equal(vec_run(&error, name, "s1", &source, "idx",
			                         index & 1 ? (void *)&immediate : (void *)&index, ">dst", out, NULL),
			                 0);
			for (unsigned i = 0; i < 64; i++)
				assert_int_equal(out[i], source.byte[first + i % bytes]);
			if (width == 128)
				continue;
			for (unsigned suffix = 0; suffix < 2; suffix++) {
				_Alignas(8) uint32_t sign = index >> 1 & 1;
				_Alignas(8) uint8_t lane[8] = { 0 };
				const unsigned result = width == 64 ? 8 : 4;

				snprintf(name, sizeof(name), "VEXTRACT_%u_vec_extract_%s_vaddSign%u", width,
				         index & 1 ? "imm" : "r", suffix);
				assert_int_equal(vec_run(&error, name, "s1", &source, "idx",
				                         index & 1 ? (void *)&immediate : (void *)&index,
				                         suffix ? "vaddSign1" : "vaddSign0", &sign, ">dst", lane, NULL),
				                 0);
				for (unsigned i = 0; i < result; i++) {
					const uint8_t fill = sign && source.byte[first + bytes - 1] >= 0x80 ? 0xFF : 0;

					assert_int_equal(lane[i], i < bytes ? source.byte[first + i] : fill);
				}
			}
		}
	}
}

static void test_insert_and_push(void **state)
{
	struct aie_error error;

	(void)state;
	for (unsigned width = 8; width <= 64; width *= 2) {
		const unsigned bytes = width / 8;

		for (uint32_t index = 0; index < 80; index++) {
			const struct vector source = random_vector(), value = random_vector();
			_Alignas(8) uint8_t out[64], expected[64];
			char name[40];

			memcpy(expected, source.byte, 64);
			memcpy(expected + (size_t)(index % (64 / bytes)) * bytes, value.byte, bytes);
			snprintf(name, sizeof(name), "VINSERT_%u_mR29_insert", width);
			assert_int_equal(
			        vec_run(&error, name, "s1", &source, "src", &value, "idx", &index, ">dst", out, NULL),
			        0);
			assert_memory_equal(out, expected, 64);

			memcpy(expected, source.byte, 64);
			memcpy(expected, value.byte, bytes);
			snprintf(name, sizeof(name), "VINSERT_%u_mIdxImm0", width);
			assert_int_equal(vec_run(&error, name, "s1", &source, "src", &value, ">dst", out, NULL), 0);
			assert_memory_equal(out, expected, 64);

			snprintf(name, sizeof(name), "VPUSH_hi_%u", width);
			assert_int_equal(vec_run(&error, name, "s1", &source, "s2", &value, ">d", out, NULL), 0);
			for (unsigned i = 0; i < 64; i++)
				assert_int_equal(out[i],
				                 i + bytes < 64 ? source.byte[i + bytes] : value.byte[i + bytes - 64]);

			snprintf(name, sizeof(name), "VPUSH_lo_%u", width);
			assert_int_equal(vec_run(&error, name, "s1", &value, "s2", &source, ">d", out, NULL), 0);
			for (unsigned i = 0; i < 64; i++)
				assert_int_equal(out[i], i < bytes ? value.byte[i] : source.byte[i - bytes]);
		}
	}
}

/* Fact: the second operand of the broadcasting shuffles is not known: modes that read it are refused, the others work.
 */
static void test_broadcast_shuffle(void **state)
{
	const struct vector source = random_vector();
	_Alignas(8) uint8_t out[64];
	struct aie_error error;
	uint32_t index = 5, inside = 55, outside = 16, second = 23;

	(void)state;
	assert_int_equal(vec_run(&error, "VBCSTSHFL_32_vec_broadcast_shuffle_x", "src", &source, "mod", &inside, ">dst",
	                         out, NULL),
	                 0);
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(out[i], source.byte[3 - i % 4]);
	assert_int_equal(
	        vec_run(&error, "VEXTBCSTSHFL_32", "s1", &source, "mod", &inside, "idx", &index, ">dst", out, NULL), 0);
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(out[i], source.byte[23 - i % 4]);
	assert_int_equal(vec_run(&error, "VBCSTSHFL_8_vec_broadcast_shuffle_bm", "src", &source, "mod", &outside,
	                         ">dst", out, NULL),
	                 -1);
	assert_int_equal(error.category, AIE_ERROR_UNSUPPORTED);
	assert_int_equal(
	        vec_run(&error, "VEXTBCSTSHFL_16", "s1", &source, "mod", &second, "idx", &index, ">dst", out, NULL),
	        -1);
	assert_int_equal(error.category, AIE_ERROR_UNSUPPORTED);
}

/* ---- whole registers --------------------------------------------------------------------------------------------- */

static void test_moves(void **state)
{
	static const struct {
		const char *name;
		unsigned bytes, zeroes;
	} moves[] = {
		{ "VMOV_alu_mv_mv_q", 16, 0 },  { "VMOV_alu_mv_mv_q_to_w", 16, 16 }, { "VMOV_alu_mv_mv_w_to_q", 16, 0 },
		{ "VMOV_alu_mv_mv_w", 32, 0 },  { "VMOV_alu_mv_mv_x", 64, 0 },       { "VMOV_alu_mv_mv_ex", 72, 0 },
		{ "VMOV_alu_mv_mv_qx", 80, 0 }, { "VMOV_alu_mv_mv_qex", 88, 0 },     { "VMOV_alu_mv_mv_cm", 128, 0 },
	};
	struct aie_error error;

	(void)state;
	for (size_t m = 0; m < sizeof(moves) / sizeof(moves[0]); m++) {
		const struct vector source = random_vector();
		struct vector out;
		const unsigned end = moves[m].bytes + moves[m].zeroes;

		memset(&out, 0xA5, sizeof(out));
		assert_int_equal(vec_run(&error, moves[m].name, "src", &source, ">dst", &out, NULL), 0);
		for (unsigned i = 0; i < sizeof(out); i++)
			assert_int_equal(out.byte[i], i < moves[m].bytes ? source.byte[i] : i < end ? 0 : 0xA5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shuffle),         cmocka_unit_test(test_shuffle_flips),
		cmocka_unit_test(test_shuffle_ex),      cmocka_unit_test(test_shift),
		cmocka_unit_test(test_broadcast),       cmocka_unit_test(test_extract),
		cmocka_unit_test(test_insert_and_push), cmocka_unit_test(test_broadcast_shuffle),
		cmocka_unit_test(test_moves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
