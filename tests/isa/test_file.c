/* isa/file.h: what every tool reads and writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "isa/file.h"

static char folder[] = "/tmp/aie-file-XXXXXX", path[64], other[64];

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/file", folder);
	snprintf(other, sizeof other, "%s/other", folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	unlink(other);
	return rmdir(folder);
}

static void expect_contents(const char *name, const char *text)
{
	struct aie_error error = { 0 };
	uint8_t *data;
	size_t size;

	assert_int_equal(aie_file_read(name, 1 << 20, &data, &size, &error), 0);
	assert_int_equal(size, strlen(text));
	assert_memory_equal(data, text, size + 1); /* the zero byte too */
	free(data);
}

static void expect_refusal(int result, const struct aie_error *error, const char *text)
{
	assert_int_equal(result, -1);
	assert_int_equal(error->category, AIE_ERROR_INPUT);
	if (!strstr(error->text, text))
		fail_msg("'%s' is not in: %s", text, error->text);
}

static void test_write_and_read(void **state)
{
	struct aie_error error = { 0 };

	(void)state;
	assert_int_equal(aie_file_write(path, "one", 3, &error), 0);
	expect_contents(path, "one");
	assert_int_equal(aie_file_write(path, "", 0, &error), 0);
	expect_contents(path, "");
}

static void test_read_refusals(void **state)
{
	struct aie_error error = { 0 };
	uint8_t *data;
	size_t size;

	(void)state;
	assert_int_equal(aie_file_write(path, "0123456789", 10, &error), 0);
	assert_int_equal(aie_file_read(path, 10, &data, &size, &error), 0);
	free(data);
	expect_refusal(aie_file_read(path, 9, &data, &size, &error), &error, "more than the 9 bytes");
	expect_refusal(aie_file_read("/dev/zero", 100000, &data, &size, &error), &error, "/dev/zero: more than");
	expect_refusal(aie_file_read(folder, 10, &data, &size, &error), &error, "Is a directory");
	expect_refusal(aie_file_read(other, 10, &data, &size, &error), &error, "No such file");
}

/* What tells no size is read to its end: `aie-image dump <(...)`. */
static void test_read_pipe(void **state)
{
	enum { SIZE = 60000 }; /* below a pipe's room */
	struct aie_error error = { 0 };
	char name[32];
	uint8_t *data, *sent = malloc(SIZE);
	size_t size;
	int ends[2];

	(void)state;
	assert_non_null(sent);
	memset(sent, 0x5A, SIZE);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], sent, SIZE), SIZE);
	close(ends[1]);
	snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
	assert_int_equal(aie_file_read(name, SIZE, &data, &size, &error), 0);
	assert_int_equal(size, SIZE);
	assert_memory_equal(data, sent, SIZE);
	free(data);
	free(sent);
	close(ends[0]);
}

/* A rename would put a plain file in the place of the device or link. */
static void test_write_in_place(void **state)
{
	struct aie_error error = { 0 };
	struct stat status;

	(void)state;
	assert_int_equal(aie_file_write("/dev/null", "lost", 4, &error), 0);
	assert_int_equal(stat("/dev/null", &status), 0);
	assert_true(S_ISCHR(status.st_mode));

	assert_int_equal(aie_file_write(path, "old and long", 12, &error), 0);
	assert_int_equal(symlink(path, other), 0);
	assert_int_equal(aie_file_write(other, "new", 3, &error), 0);
	assert_int_equal(lstat(other, &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	expect_contents(path, "new");
	assert_int_equal(unlink(other), 0);
}

static void expect_mode(const char *name, mode_t mode)
{
	struct stat status;

	assert_int_equal(stat(name, &status), 0);
	assert_int_equal(status.st_mode & 0777, mode);
}

/* A new file gets what the user's mask leaves, an old one keeps what it has. */
static void test_permissions(void **state)
{
	struct aie_error error = { 0 };
	const mode_t mask = umask(077);

	(void)state;
	assert_int_equal(aie_file_write(other, "new", 3, &error), 0);
	expect_mode(other, 0600);
	umask(022);
	assert_int_equal(aie_file_write(other, "kept", 4, &error), 0);
	expect_mode(other, 0600);
	assert_int_equal(unlink(other), 0);
	assert_int_equal(aie_file_write(other, "new", 3, &error), 0);
	expect_mode(other, 0644);
	assert_int_equal(unlink(other), 0);
	umask(mask);
}

/* A stream: the file is there when it is complete, and what was there stays when something failed. */
static void test_stream(void **state)
{
	struct aie_error error = { 0 };
	struct aie_file_output output;
	struct stat status;

	(void)state;
	assert_int_equal(aie_file_write(other, "old", 3, &error), 0);
	assert_int_equal(aie_file_open(&output, other, &error), 0);
	assert_true(fputs("half", output.stream) >= 0);
	expect_contents(other, "old");
	assert_int_equal(aie_file_close(&output, -1, &error), -1);
	expect_contents(other, "old");
	assert_int_equal(aie_file_open(&output, other, &error), 0);
	assert_true(fputs("new", output.stream) >= 0);
	assert_int_equal(aie_file_close(&output, 0, &error), 0);
	expect_contents(other, "new");
	assert_int_equal(unlink(other), 0);
	/* Devices and links are neither replaced nor removed. */
	assert_int_equal(symlink("/dev/full", other), 0);
	assert_int_equal(aie_file_open(&output, other, &error), 0);
	assert_true(fputs("lost", output.stream) >= 0);
	expect_refusal(aie_file_close(&output, 0, &error), &error, "No space left");
	assert_int_equal(aie_file_open(&output, other, &error), 0);
	assert_int_equal(aie_file_close(&output, -1, &error), -1);
	assert_int_equal(lstat(other, &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_int_equal(stat("/dev/full", &status), 0);
	assert_true(S_ISCHR(status.st_mode));
	assert_int_equal(unlink(other), 0);
	expect_refusal(aie_file_open(&output, folder, &error), &error, "cannot be written: Is a directory");
}

static void test_write_refusals(void **state)
{
	struct aie_error error = { 0 };
	char name[80];

	(void)state;
	expect_refusal(aie_file_write(folder, "x", 1, &error), &error, "cannot be written: Is a directory");
	snprintf(name, sizeof name, "%s/no/file", folder);
	expect_refusal(aie_file_write(name, "x", 1, &error), &error, "cannot be written: No such file");
	expect_refusal(aie_file_write("/dev/full", "x", 1, &error), &error, "No space left");
}

static void test_map(void **state)
{
	struct aie_error error = { 0 };
	void *data;
	size_t size;

	(void)state;
	assert_int_equal(aie_file_write(path, "mapped", 6, &error), 0);
	assert_int_equal(aie_file_map(path, &data, &size, &error), 0);
	assert_int_equal(size, 6);
	assert_memory_equal(data, "mapped", 6);
	munmap(data, size);
	assert_int_equal(aie_file_write(path, "", 0, &error), 0);
	assert_int_equal(aie_file_map(path, &data, &size, &error), 0);
	assert_null(data);
	assert_int_equal(size, 0);
	expect_refusal(aie_file_map(folder, &data, &size, &error), &error, "not a regular file");
	expect_refusal(aie_file_map(other, &data, &size, &error), &error, "No such file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_and_read), cmocka_unit_test(test_read_refusals),
		cmocka_unit_test(test_read_pipe),      cmocka_unit_test(test_write_in_place),
		cmocka_unit_test(test_permissions),    cmocka_unit_test(test_stream),
		cmocka_unit_test(test_write_refusals), cmocka_unit_test(test_map),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
