/* Damaged images of every format: cut at each length, every byte changed in several ways, several bytes at once.  A
 * reader may take or refuse them, but must not crash, hang or read outside; a refusal says why in one line. */
#include "tests/image/testing.h"

#include <stdio.h>

#include "tests/image/samples.h"

static void read_damaged(enum sample sample, const uint8_t *data, size_t size)
{
	struct aie_error error = { 0 };
	uint8_t *copy = copy_of(data, size);

	if (sample_read(sample, copy, size, &error)) {
		assert_int_not_equal(error.category, AIE_ERROR_NONE);
		assert_int_not_equal(error.category, AIE_ERROR_INTERNAL);
		assert_int_not_equal(error.text[0], 0);
		assert_null(strchr(error.text, '\n'));
	}
	free(copy);
}

static void samples_are_good(void **state)
{
	(void)state;
	for (int i = 0; i < SAMPLES; i++) {
		struct aie_error error = { 0 };
		struct aie_bytes bytes;

		sample_make((enum sample)i, &bytes);
		if (sample_read((enum sample)i, bytes.data, bytes.size, &error))
			fail_msg("%s: %s", sample_name((enum sample)i), error.text);
		aie_bytes_free(&bytes);
	}
}

static void cut_at_each_length(void **state)
{
	(void)state;
	for (int i = 0; i < SAMPLES; i++) {
		struct aie_bytes bytes;

		sample_make((enum sample)i, &bytes);
		for (size_t size = 0; size < bytes.size; size++)
			read_damaged((enum sample)i, bytes.data, size);
		aie_bytes_free(&bytes);
	}
}

static void each_byte_changed(void **state)
{
	(void)state;
	for (int i = 0; i < SAMPLES; i++) {
		struct aie_bytes bytes;

		sample_make((enum sample)i, &bytes);
		for (size_t at = 0; at < bytes.size; at++) {
			uint8_t old = bytes.data[at];
			const uint8_t values[] = { (uint8_t)~old, (uint8_t)(old + 1), 0x00, 0x7F, 0xFF };

			for (size_t v = 0; v < sizeof values; v++) {
				bytes.data[at] = values[v];
				read_damaged((enum sample)i, bytes.data, bytes.size);
			}
			bytes.data[at] = old;
		}
		aie_bytes_free(&bytes);
	}
}

/* A fixed sequence of pseudo-random damage (xorshift), so that a failure can be repeated. */
static void many_bytes_changed(void **state)
{
	uint32_t random = 0x12345678;

	(void)state;
	for (int round = 0; round < 4000; round++) {
		enum sample sample = (enum sample)(round % SAMPLES);
		struct aie_bytes bytes;

		sample_make(sample, &bytes);
		for (int n = 0; n < 1 + round % 7; n++) {
			random ^= random << 13;
			random ^= random >> 17;
			random ^= random << 5;
			bytes.data[random % bytes.size] = (uint8_t)(random >> 24);
		}
		read_damaged(sample, bytes.data, bytes.size);
		aie_bytes_free(&bytes);
	}
}

/* The checksums of a PDI keep single changes out; here they are put right again after the damage. */
static void changed_behind_the_checksums(void **state)
{
	struct aie_bytes bytes;

	(void)state;
	sample_make(SAMPLE_PDI, &bytes);
	for (size_t at = 0; at < 0x150 + 20; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			uint8_t *copy = copy_of(bytes.data, bytes.size);

			copy[at] ^= (uint8_t)(1U << bit);
			put32(copy, 0x8C, checksum(copy, 0x10, 31));
			put32(copy, 0xCC, checksum(copy, 0x90, 15));
			put32(copy, 0x14C, checksum(copy, 0xD0, 31));
			put32(copy, 0x160, checksum(copy, 0x150, 4));
			read_damaged(SAMPLE_PDI, copy, bytes.size);
			free(copy);
		}
	}
	aie_bytes_free(&bytes);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_are_good),
		cmocka_unit_test(cut_at_each_length),
		cmocka_unit_test(each_byte_changed),
		cmocka_unit_test(many_bytes_changed),
		cmocka_unit_test(changed_behind_the_checksums),
	};

	if (argc == 3 && strcmp(argv[1], "--write-corpus") == 0) { /* seeds for a fuzzer */
		for (int i = 0; i < SAMPLES; i++) {
			struct aie_bytes bytes;
			char path[512];
			FILE *file;

			snprintf(path, sizeof path, "%s/%s", argv[2], sample_name((enum sample)i));
			file = fopen(path, "wb");
			sample_make((enum sample)i, &bytes);
			if (!file || fwrite(bytes.data, 1, bytes.size, file) != bytes.size || fclose(file)) {
				perror(path);
				return 3;
			}
			aie_bytes_free(&bytes);
		}
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
