/* The operator gemv-int4 as a tool uses it: options, shapes refused by name, GGUF tensors, files, verdicts. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernels/gemv_int4/gemv_int4.h"
#include "kernels/gguf.h"
#include "kernels/operator.h"
#include "tests/kernels/gguf_file.h"

enum { MAX_SETTINGS = 16 };

/* "M 64 K 128 ..." to a job. */
static struct aie_operator_job *create(const char *text, struct aie_error *error)
{
	static char copy[600];
	struct aie_operator_setting setting[MAX_SETTINGS];
	size_t count = 0;
	snprintf(copy, sizeof copy, "%s", text);
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
		assert_true(count < MAX_SETTINGS);
		setting[count].name = word;
		setting[count++].value = strtok(NULL, " ");
	}
	*error = (struct aie_error){ 0 };
	return aie_operator_find("gemv-int4")->create(setting, count, error);
}

static void expect_refused(const char *text, const char *message)
{
	struct aie_error error;
	struct aie_operator_job *job = create(text, &error);
	assert_null(job);
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	if (!strstr(error.text, message))
		fail_msg("\"%s\": \"%s\" does not say \"%s\"", text, error.text, message);
}

static void test_refused(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "M 2049", "M = 2049 is not divisible by cols = 8" },
		{ "K 8160", "K = 8160, G = 32 has 4590 bytes, not whole 32-bit words (take an even tsi)" },
		{ "K 8200", "K = 8200 is not a multiple of the group size G = 32" },
		{ "G 33", "must be a multiple of 32" },
		{ "G 0", "must be a multiple of 32" },
		{ "K 2048 G 96", "K = 2048 is not a multiple of the group size G = 96" },
		{ "cols 3", "number of workers must be 1, 2, 4 or 8" },
		{ "cols 0", "number of workers must be 1, 2, 4 or 8" },
		{ "tsi 3", "a tile must have 1, 2, 4 or 8 rows" },
		{ "tsi 4 tso 6 M 48", "tsi = 4 does not divide tso = 6" },
		{ "tso 100", "does not divide the 256 rows of a worker" },
		{ "tso 512", "does not divide the 256 rows of a worker" },
		{ "tso 0", "tso = 0" },
		{ "tso 1", "odd" },
		{ "tsi 8 K 8192",
		  "data memory of a core: x 16384 + tile 36864 + tile 36864 + results 512 + results 512" },
		{ "K 65536", "exceeds the 65532 bytes of one descriptor" },
		{ "M 0", "both must be 1 to" },
		{ "M 1048576 K 16384", "exceed the 4 GiB" },
		{ "M 99999999999", "too large" },
		{ "M 2x", "\"2x\" is no number" },
		{ "M -8", "\"-8\" is no number" },
		{ "schedule triple", "\"triple\" is none of single|double|copy" },
		{ "schedule single loop 20", "loop = 20: must be 21 to 512 cycles" },
		{ "schedule single loop 513", "loop = 513: must be 21 to 512 cycles" },
		{ "schedule single loop 0", "loop = 0: must be 21 to 512 cycles" },
		{ "loop 60", "only the single-pump schedule has a loop that can be stretched" },
		{ "colour red", "has no option colour" },
		{ "M 64 M 64", "option M is given twice" },
		{ "tensor w", "tensor is given without gguf" },
		{ "gguf f", "gguf is given without tensor" },
		{ "gguf /nonexistent tensor w", "/nonexistent: No such file or directory" },
		{ "in a in b in c", "one file too many" },
		{ "in weights=a in weights=b", "weights is given twice" },
		{ "in /nonexistent", "/nonexistent: cannot open" },
	};
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
		expect_refused(cases[i][0], cases[i][1]);
}

/* All seven shapes of the published test build, in both placements and schedules. */
static void test_shapes(void **state)
{
	(void)state;
	static const unsigned shapes[7][4] = { { 2048, 2048, 4, 1 }, { 8192, 2048, 4, 1 }, { 2048, 8192, 4, 1 },
		                               { 2048, 8192, 8, 1 }, { 8192, 2048, 8, 1 }, { 2048, 8192, 4, 4 },
		                               { 8192, 2048, 4, 4 } };
	const struct aie_operator *op = aie_operator_find("gemv-int4");
	for (unsigned i = 0; i < 7; i++)
		for (unsigned variant = 0; variant < 4; variant++) {
			char text[200];
			struct aie_error error;
			snprintf(text, sizeof text, "M %u K %u cols %u tsi %u schedule %s placement %s", shapes[i][0],
			         shapes[i][1], shapes[i][2], shapes[i][3], variant & 1 ? "single" : "double",
			         variant & 2 ? "spread" : "packed");
			struct aie_operator_job *job = create(text, &error);
			if (!job)
				fail_msg("%s: %s", text, error.text);
			const struct aie_operator_info *info = op->info(job);
			assert_int_equal(info->weights, (uint64_t)shapes[i][0] * shapes[i][1]);
			/* both 9.44 MB shapes count 9,457,664 bytes (PR 101: 16.86 GB/s at 561 us) */
			if (info->weights == 16777216)
				assert_int_equal(info->useful_bytes, 9457664);
			assert_int_equal(info->worker_count, shapes[i][2]);
			assert_int_equal(info->lock_count, 6 * shapes[i][2]);
			assert_int_equal(info->channel_count, 6 * shapes[i][2]);
			assert_int_equal(info->loop_count, 1);
			/* single-pump: 21 bundles of 16 bytes for 32 weights; double-pump: 6 for 64 */
			assert_int_equal(info->loop[0].end - info->loop[0].begin, variant & 1 ? 21 * 16 : 6 * 16);
			assert_int_equal(info->loop[0].begin % 16, 0);
			assert_int_equal(info->loop[0].units, variant & 1 ? 32 : 64);
			assert_int_equal(info->loop[0].passes * info->loop[0].units * shapes[i][2], info->weights);
			assert_int_equal(info->argument[0].size, 9437184 / (16777216 / info->weights));
			op->destroy(job);
		}
}

static void test_lists(void **state)
{
	(void)state;
	size_t count;
	assert_ptr_equal(aie_operators(&count)[0], aie_operator_find("gemv-int4"));
	assert_int_equal(count, 1);
	assert_null(aie_operator_find("gemv"));
	const struct aie_operator *op = aie_operator_find("gemv-int4");
	struct aie_error error;
	struct aie_operator_job *job = create("M 64 K 64 cols 2", &error);
	const struct aie_operator_info *info = op->info(job);
	assert_string_equal(info->title,
	                    "gemv-int4 64x64, 2 workers packed, tsi 1, tso 32, G 32, double-pump, unsigned");
	assert_string_equal(info->lock[7].fifo, "A_L3L1_1");
	assert_string_equal(info->lock[7].role, "full");
	assert_int_equal(info->lock[7].column, 0);
	assert_int_equal(info->lock[7].row, 3);
	assert_int_equal(info->lock[7].lock, 1);
	assert_string_equal(info->argument[2].name, "y");
	assert_int_equal(info->argument[2].direction, AIE_ARGUMENT_OUT);
	op->destroy(job);
	op->destroy(NULL);
}

static void put16(uint8_t *bytes, size_t index, uint16_t value)
{
	bytes[2 * index] = (uint8_t)value;
	bytes[2 * index + 1] = (uint8_t)(value >> 8);
}

/* The verdict: the exact result passes, one flipped bit is found, a result far off fails the tolerance. */
static void test_verdict(void **state)
{
	(void)state;
	const struct aie_operator *op = aie_operator_find("gemv-int4");
	struct aie_error error;
	struct aie_operator_job *job = create("M 64 K 256 cols 2 seed 7", &error);
	assert_non_null(job);
	struct aie_gemv_shape s = { .m = 64, .k = 256, .cols = 2, .tsi = 1, .tso = 32, .group = 32 };
	uint8_t *packed = malloc(op->info(job)->argument[0].size), y[128];
	uint16_t x[256], exact[64];
	uint8_t x_bytes[512];
	assert_int_equal(op->fill(job, 0, packed, &error), 0);
	assert_int_equal(op->fill(job, 1, x_bytes, &error), 0);
	assert_int_equal(op->fill(job, 2, y, &error), -1);
	for (unsigned k = 0; k < 256; k++)
		x[k] = (uint16_t)(x_bytes[2 * k] | x_bytes[2 * k + 1] << 8);
	aie_gemv_reference_exact(&s, packed, x, exact);
	for (unsigned i = 0; i < 64; i++)
		put16(y, i, exact[i]);
	const void *data[3] = { NULL, NULL, y };
	struct aie_operator_result result;
	assert_int_equal(op->check(job, data, &result, &error), 0);
	assert_true(result.pass && result.exact_checked && result.reference_checked);
	assert_int_equal(result.exact_mismatches, 0);
	assert_true(result.cosine > 0.9999);
	assert_true(result.max_error < 2);
	put16(y, 9, exact[9] ^ 1);
	assert_int_equal(op->check(job, data, &result, &error), 0);
	assert_false(result.pass);
	assert_int_equal(result.exact_mismatches, 1);
	assert_int_equal(result.first_mismatch, 9);
	assert_int_equal(result.got_bits, exact[9] ^ 1);
	assert_int_equal(result.tolerance_failures, 0);
	put16(y, 10, 0x7FC0); /* NaN */
	put16(y, 11, 0x4800);
	assert_int_equal(op->check(job, data, &result, &error), 0);
	assert_int_equal(result.exact_mismatches, 3);
	assert_int_equal(result.tolerance_failures, 2);
	free(packed);
	op->destroy(job);
}

/* A Q4_0 tensor by name, signed and unsigned with bias: results agree with the dequantised tensor. */
static void test_gguf_tensor(void **state)
{
	(void)state;
	enum { M = 8, K = 320 };
	struct gguf_file file = { 0 };
	gguf_header(&file, 3, 1);
	gguf_string(&file, "general.alignment");
	gguf_u32(&file, 4);
	gguf_u32(&file, 32);
	gguf_tensor_2d(&file, "f", 8, 1, AIE_GGUF_F32, 0);
	gguf_tensor_2d(&file, "blk.3.ffn", K, M, AIE_GGUF_Q4_0, 32);
	gguf_string(&file, "cube");
	gguf_u32(&file, 3);
	gguf_u64(&file, 32);
	gguf_u64(&file, 1);
	gguf_u64(&file, 1);
	gguf_u32(&file, AIE_GGUF_Q4_0);
	gguf_u64(&file, 32);
	gguf_align(&file, 32);
	for (unsigned i = 0; i < 32; i++)
		gguf_put(&file, "", 1);
	double weight[M][K];
	unsigned random = 1;
	for (unsigned row = 0; row < M; row++)
		for (unsigned b = 0; b < K / 32; b++) {
			uint8_t block[18];
			random = random * 1664525 + 1013904223;
			uint16_t scale = (uint16_t)(0x2800 | (random >> 16 &
			                                      0x87F8)); /* fp16 with 7 mantissa bits: exact in bf16 */
			double d = ldexp(1 + (scale >> 3 & 0x7F) / 128.0, (scale >> 10 & 31) - 15) *
			           (scale & 0x8000 ? -1 : 1);
			block[0] = (uint8_t)scale;
			block[1] = (uint8_t)(scale >> 8);
			for (unsigned j = 0; j < 16; j++) {
				random = random * 1664525 + 1013904223;
				block[2 + j] = (uint8_t)(random >> 24);
				weight[row][b * 32 + j] = d * ((block[2 + j] & 15) - 8);
				weight[row][b * 32 + j + 16] = d * ((block[2 + j] >> 4) - 8);
			}
			gguf_put(&file, block, sizeof block);
		}
	char path[] = "test_operator_XXXXXX", text[200], out[] = "test_operator_out.bin";
	int handle = mkstemp(path);
	assert_true(handle >= 0 && write(handle, file.data, file.size) == (ssize_t)file.size);
	close(handle);

	const struct aie_operator *op = aie_operator_find("gemv-int4");
	for (int sign = 0; sign < 2; sign++) {
		struct aie_error error;
		snprintf(text, sizeof text, "gguf %s tensor blk.3.ffn cols 2 sign %s out %s", path,
		         sign ? "signed" : "unsigned", out);
		struct aie_operator_job *job = create(text, &error);
		if (!job)
			fail_msg("%s", error.text);
		struct aie_gemv_shape s = { .m = M, .k = K, .cols = 2, .tsi = 1, .tso = 4, .group = 32, .sign = sign };
		uint8_t packed[M * K * 9 / 16], x_bytes[2 * K], y[2 * M], got[2 * M];
		uint16_t x[K], exact[M];
		assert_int_equal(op->info(job)->argument[0].size, sizeof packed);
		op->fill(job, 0, packed, &error);
		op->fill(job, 1, x_bytes, &error);
		for (unsigned k = 0; k < K; k++)
			x[k] = (uint16_t)(x_bytes[2 * k] | x_bytes[2 * k + 1] << 8);
		aie_gemv_reference_exact(&s, packed, x, exact);
		for (unsigned i = 0; i < M; i++)
			put16(y, i, exact[i]);
		const void *data[3] = { NULL, NULL, y };
		struct aie_operator_result result;
		assert_int_equal(op->check(job, data, &result, &error), 0);
		assert_true(result.pass);
		assert_int_equal(op->store(job, data, &error), 0);
		FILE *stored = fopen(out, "rb");
		assert_non_null(stored);
		assert_int_equal(fread(got, 1, sizeof got, stored), sizeof got);
		assert_int_equal(fgetc(stored), EOF);
		fclose(stored);
		unlink(out);
		for (unsigned row = 0; row < M; row++) {
			double expected = 0, size = 0,
			       value = (double)aie_gemv_bf16_value((uint16_t)(got[2 * row] | got[2 * row + 1] << 8));
			for (unsigned k = 0; k < K; k++) {
				expected += weight[row][k] * (double)aie_gemv_bf16_value(x[k]);
				size += fabs(weight[row][k] * (double)aie_gemv_bf16_value(x[k]));
			}
			if (fabs(value - expected) > 0.01 * size)
				fail_msg("row %u: %g instead of %g", row, value, expected);
		}
		op->destroy(job);
	}
	snprintf(text, sizeof text, "gguf %s tensor f", path);
	expect_refused(text, "tensor f is of type F32 (0), only Q4_0 can be used");
	snprintf(text, sizeof text, "gguf %s tensor cube", path);
	expect_refused(text, "is no matrix (3 dimensions)");
	snprintf(text, sizeof text, "gguf %s tensor nothing", path);
	expect_refused(text, "no tensor named \"nothing\" among 3: f, blk.3.ffn, cube");
	snprintf(text, sizeof text, "gguf %s tensor blk.3.ffn M 16", path);
	expect_refused(text, "is 8 x 320, not M x K as given");
	snprintf(text, sizeof text, "gguf %s tensor blk.3.ffn cols 2 in w.bin", path);
	expect_refused(text, "weights are given twice");
	unlink(path);
	free(file.data);
}

/* Own files: taken as they are; wrong sizes and values refused with their position. */
static void test_own_files(void **state)
{
	(void)state;
	const struct aie_operator *op = aie_operator_find("gemv-int4");
	struct aie_error error;
	struct aie_operator_job *job = create("M 16 K 64 cols 1 seed 3", &error);
	uint8_t packed[16 * 36], x[128], again[16 * 36];
	op->fill(job, 0, packed, &error);
	op->fill(job, 1, x, &error);
	op->destroy(job);
	FILE *file = fopen("test_operator_w.bin", "wb");
	fwrite(packed, 1, sizeof packed, file);
	fclose(file);
	file = fopen("test_operator_x.bin", "wb");
	fwrite(x, 1, sizeof x, file);
	fclose(file);
	job = create("M 16 K 64 cols 1 seed 4 in test_operator_w.bin in test_operator_x.bin", &error);
	if (!job)
		fail_msg("%s", error.text);
	op->fill(job, 0, again, &error);
	assert_memory_equal(again, packed, sizeof packed);
	op->fill(job, 1, again, &error);
	assert_memory_equal(again, x, sizeof x);
	op->destroy(job);
	job = create("M 16 K 64 cols 1 seed 4 in x=test_operator_x.bin", &error);
	op->fill(job, 0, again, &error);
	assert_memory_not_equal(again, packed, sizeof packed);
	op->destroy(job);
	expect_refused("M 8 K 64 cols 1 in test_operator_w.bin",
	               "test_operator_w.bin: 576 bytes instead of 288 (packed weights of this shape)");
	expect_refused("M 16 K 64 cols 1 in x=test_operator_w.bin",
	               "test_operator_w.bin: 576 bytes instead of 128 (x, bf16, of this shape)");
	memset(packed, 0xFF, sizeof packed);
	file = fopen("test_operator_w.bin", "wb");
	fwrite(packed, 1, sizeof packed, file);
	fclose(file);
	expect_refused("M 16 K 64 cols 1 in test_operator_w.bin",
	               "test_operator_w.bin: byte 32: scale 0xffff of row 0, group 0");
	unlink("test_operator_w.bin");
	unlink("test_operator_x.bin");

	job = create("M 16 K 64 cols 1 out /nonexistent/y.bin", &error);
	const void *data[3] = { NULL, NULL, packed };
	assert_int_equal(op->store(job, data, &error), -1);
	assert_non_null(strstr(error.text, "/nonexistent/y.bin: cannot be written"));
	op->destroy(job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused), cmocka_unit_test(test_shapes),      cmocka_unit_test(test_lists),
		cmocka_unit_test(test_verdict), cmocka_unit_test(test_gguf_tensor), cmocka_unit_test(test_own_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
