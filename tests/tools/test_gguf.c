/* Weights from a GGUF file: by tensor name, right against the dequantised tensor, and every bad file refused. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/tools/gguf_write.h"
#include "tests/tools/spawn.h"

enum { K = 512, M = 128 };

static float bf16_value(uint16_t bits)
{
	const uint32_t word = (uint32_t)bits << 16;
	float value;

	memcpy(&value, &word, sizeof value);
	return value;
}

static void read_file(const char *directory, const char *name, void *data, size_t size)
{
	char path[1024];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", directory, name);
	file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(fread(data, 1, size, file), size);
	assert_int_equal(fgetc(file), EOF);
	fclose(file);
}

/* Bring own x, name a tensor, compare the written y with the dequantised tensor times x in double precision. */
static void check_tensor(const char *tensor, int second, const char *sign)
{
	char *directory = make_directory();
	struct gguf_file file;
	struct spawn_result run;
	uint16_t x[K], y[M];

	gguf_write(&file, K, M);
	write_file(directory, "model.gguf", file.bytes, file.size);
	for (unsigned i = 0; i < K; i++)
		x[i] = (uint16_t)(0x3E00 + (i * 37 & 0x1FF) + (i & 1 ? 0x8000 : 0));
	write_file(directory, "x.bf16", x, sizeof x);
	spawn_tool(&run, directory, "aie-run",
	           "gemv-int4 --gguf model.gguf --tensor %s --cols 4 --tsi 2 --sign %s --in x=x.bf16 --out y.bf16 "
	           "--device sim --json",
	           tensor, sign);
	if (run.status != 0)
		fail_msg("%s %s: exit %d: %s%s", tensor, sign, run.status, run.err, run.out);
	spawn_free(&run);
	read_file(directory, "y.bf16", y, sizeof y);
	for (uint32_t row = 0; row < M; row++) {
		const uint8_t *data = file.bytes + (second ? file.second_q4_0 : file.first_q4_0);
		double expected = 0, magnitude = 0;

		for (uint32_t column = 0; column < K; column++) {
			const double term = q4_0_value_bf16_scale(data, K, row, column) * (double)bf16_value(x[column]);

			expected += term;
			magnitude += fabs(term);
		}
		/* Weights are rounded to 8 bits each (half a unit: 2^-9), the result once more; unsigned builds carry 8
		 * * scale * sum(x) through both roundings. */
		if (fabs((double)bf16_value(y[row]) - expected) >
		    fabs(expected) / 256 + magnitude / 512 * (strcmp(sign, "signed") ? 3 : 1))
			fail_msg("%s %s row %u: got %g, expected %g", tensor, sign, row, (double)bf16_value(y[row]),
			         expected);
	}
	free(file.bytes);
	remove_directory(directory);
}

static void signed_build(void **state)
{
	(void)state;
	check_tensor("blk.0.ffn_down.weight", 0, "signed");
	check_tensor("blk.11.attn_q.weight", 1, "signed");
}

static void unsigned_build_with_bias(void **state)
{
	(void)state;
	check_tensor("blk.0.ffn_down.weight", 0, "unsigned");
}

/* Each fails with status 2 and one line that holds `words`, and writes no y. */
static void refuse(const struct gguf_file *file, size_t size, const char *options, const char *words)
{
	char *directory = make_directory();
	struct spawn_result run;
	char path[1024];
	FILE *y;

	write_file(directory, "model.gguf", file->bytes, size);
	spawn_tool(&run, directory, "aie-run", "gemv-int4 --gguf model.gguf --cols 4 --out y.bf16 --device sim %s",
	           options);
	if (run.status != 2)
		fail_msg("%s: exit %d instead of 2: %s", options, run.status, run.err);
	if (!strstr(run.err, words))
		fail_msg("%s: \"%s\" is not in: %s", options, words, run.err);
	assert_ptr_equal(strchr(run.err, '\n'), run.err + strlen(run.err) - 1);
	assert_string_equal(run.out, "");
	snprintf(path, sizeof path, "%s/y.bf16", directory);
	y = fopen(path, "rb");
	assert_null(y);
	spawn_free(&run);
	remove_directory(directory);
}

static void bad_files(void **state)
{
	struct gguf_file file;

	(void)state;
	gguf_write(&file, K, M);
	refuse(&file, file.size, "--tensor blk.1.ffn_down.weight", "blk.1.ffn_down.weight");
	refuse(&file, file.size, "--tensor output_norm.weight", "F32");
	refuse(&file, file.size, "--tensor blk.0.ffn_down.weight -K 1024", "not M x K");
	refuse(&file, file.size, "", "tensor");
	refuse(&file, file.size - 1, "--tensor blk.0.ffn_down.weight", "model.gguf");
	for (size_t size = 0; size < file.first_q4_0; size += 61)
		refuse(&file, size, "--tensor blk.0.ffn_down.weight", "model.gguf");
	file.bytes[4] = 2;
	refuse(&file, file.size, "--tensor blk.0.ffn_down.weight", "version");
	file.bytes[0] = 'X';
	refuse(&file, file.size, "--tensor blk.0.ffn_down.weight", "model.gguf");
	free(file.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signed_build),
		cmocka_unit_test(unsigned_build_with_bias),
		cmocka_unit_test(bad_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
