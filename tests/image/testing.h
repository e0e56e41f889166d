/* Shared by the image tests. */
#ifndef AIE_TESTS_IMAGE_TESTING_H
#define AIE_TESTS_IMAGE_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa/error.h"

static inline uint32_t get32(const uint8_t *data, size_t at)
{
	uint32_t value;

	memcpy(&value, data + at, sizeof value);
	return value;
}

static inline void put32(uint8_t *data, size_t at, uint32_t value)
{
	memcpy(data + at, &value, sizeof value);
}

static inline uint64_t get64(const uint8_t *data, size_t at)
{
	uint64_t value;

	memcpy(&value, data + at, sizeof value);
	return value;
}

static inline void put64(uint8_t *data, size_t at, uint64_t value)
{
	memcpy(data + at, &value, sizeof value);
}

/* One's complement of the sum of `words` words, as the headers' checksums are defined. */
static inline uint32_t checksum(const uint8_t *data, size_t at, size_t words)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < words; i++)
		sum += get32(data, at + 4 * i);
	return ~sum;
}

/* A copy of exactly that size, so that a sanitizer sees every byte read behind the end. */
static inline uint8_t *copy_of(const void *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	assert_non_null(copy);
	if (size)
		memcpy(copy, data, size);
	return copy;
}

/* The error names bad input, says something, fits a line, and mentions `part`. */
static inline void assert_refused(const struct aie_error *error, const char *part)
{
	assert_int_equal(error->category, AIE_ERROR_INPUT);
	assert_true(error->text[0] != 0);
	assert_null(strchr(error->text, '\n'));
	if (!strstr(error->text, part))
		fail_msg("'%s' does not mention '%s'", error->text, part);
}

#endif
