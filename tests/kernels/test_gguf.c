/* The GGUF reader: every metadata type, tensor lookup, alignment, and files broken in every place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernels/gguf.h"
#include "tests/kernels/gguf_file.h"

enum { ALIGNMENT = 32 };

/* F32 and Q4_0 tensors mixed, names of odd lengths, all metadata value types. */
static struct gguf_file sample(void)
{
	struct gguf_file file = { 0 };
	gguf_header(&file, 3, 14);
	static const uint8_t sizes[13] = { 1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8 };
	for (uint32_t type = 0; type < 13; type++) {
		char key[24];
		snprintf(key, sizeof key, "a.key%.*s", (int)type, "xxxxxxxxxxxxx");
		gguf_string(&file, key);
		gguf_u32(&file, type);
		if (type == 8) {
			gguf_string(&file, "some text");
		} else if (type == 9) { /* array of arrays of strings */
			gguf_u32(&file, 9);
			gguf_u64(&file, 2);
			for (int i = 0; i < 2; i++) {
				gguf_u32(&file, 8);
				gguf_u64(&file, 1);
				gguf_string(&file, "tok");
			}
		} else {
			gguf_put(&file, "\1\0\0\0\0\0\0\0", sizes[type]);
		}
	}
	gguf_string(&file, "general.alignment");
	gguf_u32(&file, 4);
	gguf_u32(&file, ALIGNMENT);
	gguf_tensor_2d(&file, "norm.w", 7, 1, AIE_GGUF_F32, 0);
	gguf_tensor_2d(&file, "blk.0.q", 64, 3, AIE_GGUF_Q4_0, 32);
	gguf_tensor_2d(&file, "z", 32, 2, 12 /* Q4_K: only listed */, 160);
	gguf_align(&file, ALIGNMENT);
	for (unsigned i = 0; i < 32 + 128; i++)
		gguf_put(&file, &(uint8_t){ (uint8_t)(i + 1) }, 1);
	return file;
}

static void test_good(void **state)
{
	(void)state;
	struct gguf_file file = sample();
	struct aie_error error = { 0 };
	struct aie_gguf *gguf = aie_gguf_parse(file.data, file.size, "f.gguf", &error);
	if (!gguf)
		fail_msg("%s", error.text);
	assert_int_equal(aie_gguf_tensor_count(gguf), 3);
	const struct aie_gguf_tensor *tensor = aie_gguf_find(gguf, "blk.0.q", &error);
	assert_non_null(tensor);
	assert_int_equal(tensor->type, AIE_GGUF_Q4_0);
	assert_int_equal(tensor->dimension_count, 2);
	assert_int_equal(tensor->size[0], 64);
	assert_int_equal(tensor->size[1], 3);
	assert_int_equal(tensor->bytes, 3 * 2 * 18);
	assert_int_equal(tensor->data[0], 33);
	tensor = aie_gguf_find(gguf, "norm.w", &error);
	assert_int_equal(tensor->data[0], 1);
	assert_int_equal(tensor->bytes, 28);
	assert_null(aie_gguf_find(gguf, "z", &error)->data);
	assert_null(aie_gguf_find(gguf, "blk.0.k", &error));
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	assert_string_equal(error.text, "f.gguf: no tensor named \"blk.0.k\" among 3: norm.w, blk.0.q, z");
	assert_null(aie_gguf_tensor(gguf, 3));
	aie_gguf_close(gguf);
	free(file.data);
}

/* Cut at every byte: always an error that names a position, never a crash (the copy is exact, so sanitizers see
 * overreads). */
static void test_truncated(void **state)
{
	(void)state;
	struct gguf_file file = sample();
	size_t needed =
	        file.size - 128 + 108; /* the last tensor that has data ends there; the listed one starts 20 later */
	for (size_t size = 0; size < file.size; size++) {
		uint8_t *copy = malloc(size ? size : 1);
		memcpy(copy, file.data, size);
		struct aie_error error = { 0 };
		struct aie_gguf *gguf = aie_gguf_parse(copy, size, "cut", &error);
		if (size < needed) {
			assert_null(gguf);
			assert_int_equal(error.category, AIE_ERROR_INPUT);
			assert_non_null(strstr(error.text, "cut: "));
			assert_non_null(strstr(error.text, "byte"));
		}
		aie_gguf_close(gguf);
		free(copy);
	}
	free(file.data);
}

static void expect_bad(struct gguf_file *file, const char *text)
{
	struct aie_error error = { 0 };
	struct aie_gguf *gguf = aie_gguf_parse(file->data, file->size, "bad", &error);
	assert_null(gguf);
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	if (!strstr(error.text, text))
		fail_msg("\"%s\" does not say \"%s\"", error.text, text);
	free(file->data);
	*file = (struct gguf_file){ 0 };
}

static void test_bad(void **state)
{
	(void)state;
	struct gguf_file file = { 0 };
	gguf_put(&file, "GGML\3\0\0\0", 8);
	expect_bad(&file, "byte 0: no GGUF file");
	gguf_put(&file, "GGUF", 4);
	gguf_u32(&file, 2);
	gguf_u64(&file, 0);
	gguf_u64(&file, 0);
	expect_bad(&file, "version 2");
	gguf_header(&file, UINT64_MAX, 0);
	expect_bad(&file, "byte 8: 18446744073709551615 tensors");
	gguf_header(&file, 0, UINT64_MAX);
	expect_bad(&file, "byte 24: file ends inside a metadata key");
	gguf_header(&file, 0, 1);
	gguf_u64(&file, UINT64_MAX);
	expect_bad(&file, "file ends inside a metadata key");
	gguf_header(&file, 0, 1);
	gguf_string(&file, "k");
	gguf_u32(&file, 13);
	expect_bad(&file, "unknown metadata value type");
	gguf_header(&file, 0, 1);
	gguf_string(&file, "k");
	gguf_u32(&file, 7);
	gguf_put(&file, "\2", 1);
	expect_bad(&file, "boolean");
	gguf_header(&file, 0, 1);
	gguf_string(&file, "k");
	gguf_u32(&file, 9);
	gguf_u32(&file, 10);
	gguf_u64(&file, UINT64_MAX / 2);
	expect_bad(&file, "larger than any file");
	gguf_header(&file, 0, 1);
	gguf_string(&file, "k");
	for (int i = 0; i < 20; i++) {
		gguf_u32(&file, 9);
		if (i)
			gguf_u64(&file, 1);
	}
	expect_bad(&file, "nested too deeply");
	gguf_header(&file, 0, 1);
	gguf_string(&file, "general.alignment");
	gguf_u32(&file, 4);
	gguf_u32(&file, 24);
	expect_bad(&file, "no power of two");
	gguf_header(&file, 0, 1);
	gguf_string(&file, "general.alignment");
	gguf_u32(&file, 10);
	gguf_u64(&file, 32);
	expect_bad(&file, "not of type u32");

	static const struct {
		uint64_t k, m;
		uint32_t type;
		uint64_t offset;
		const char *text;
	} tensors[] = {
		{ 33, 1, AIE_GGUF_Q4_0, 0, "no whole number of blocks" },
		{ UINT64_MAX, 2, AIE_GGUF_F32, 0, "elements of a tensor overflows" },
		{ UINT64_C(1) << 62, 1, AIE_GGUF_F32, 0, "size of a tensor overflows" },
		{ 1, 1, AIE_GGUF_F32, 4, "no multiple of the alignment 32" },
		{ 1, 1, AIE_GGUF_F32, UINT64_MAX - 31, "end beyond the file" },
		{ 1000, 1, AIE_GGUF_F32, 0, "end beyond the file" },
	};
	for (unsigned i = 0; i < sizeof tensors / sizeof *tensors; i++) {
		gguf_header(&file, 1, 0);
		gguf_tensor_2d(&file, "t", tensors[i].k, tensors[i].m, tensors[i].type, tensors[i].offset);
		gguf_align(&file, ALIGNMENT);
		gguf_u32(&file, 0);
		expect_bad(&file, tensors[i].text);
	}
	gguf_header(&file, 1, 0);
	gguf_string(&file, "t");
	gguf_u32(&file, 5);
	for (int i = 0; i < 10; i++)
		gguf_u32(&file, 1);
	expect_bad(&file, "more than 4 dimensions");
}

/* One byte changed at a time: accepted or refused, never more. */
static void test_mutated(void **state)
{
	(void)state;
	struct gguf_file file = sample();
	for (size_t at = 0; at < file.size; at++)
		for (int bit = 0; bit < 8; bit += 7) {
			file.data[at] ^= (uint8_t)(1 << bit);
			struct aie_error error = { 0 };
			aie_gguf_close(aie_gguf_parse(file.data, file.size, "m", &error));
			file.data[at] ^= (uint8_t)(1 << bit);
		}
	free(file.data);
}

static void test_files(void **state)
{
	(void)state;
	struct aie_error error = { 0 };
	assert_null(aie_gguf_open("/nonexistent/file.gguf", &error));
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	assert_null(aie_gguf_open("/", &error));
	assert_non_null(strstr(error.text, "not a regular file"));
	char path[] = "test_gguf_XXXXXX";
	int handle = mkstemp(path);
	assert_true(handle >= 0);
	assert_null(aie_gguf_open(path, &error));
	assert_non_null(strstr(error.text, "empty"));
	struct gguf_file file = sample();
	assert_int_equal(write(handle, file.data, file.size), (ssize_t)file.size);
	close(handle);
	struct aie_gguf *gguf = aie_gguf_open(path, &error);
	unlink(path);
	assert_non_null(gguf);
	assert_int_equal(aie_gguf_find(gguf, "blk.0.q", &error)->data[1], 34);
	aie_gguf_close(gguf);
	free(file.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),    cmocka_unit_test(test_truncated), cmocka_unit_test(test_bad),
		cmocka_unit_test(test_mutated), cmocka_unit_test(test_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
