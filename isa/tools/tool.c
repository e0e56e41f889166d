#include "isa/tools/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* No input of these tools is larger: program memory has 16 KiB, and debug data a few MiB. */
static const size_t input_limit = (size_t)256 << 20;

static uint8_t *read_stream(FILE *stream, size_t *size, struct aie_error *error)
{
	uint8_t *bytes = NULL;
	size_t used = 0, room = 0;
	for (;;) {
		if (room - used < 2) {
			room = room ? room * 2 : 65536;
			uint8_t *bigger = room <= input_limit * 2 ? realloc(bytes, room) : NULL;
			if (!bigger) {
				free(bytes);
				aie_error_set(error, AIE_ERROR_INPUT, "larger than %zu MiB", input_limit >> 20);
				return NULL;
			}
			bytes = bigger;
		}
		size_t got = fread(bytes + used, 1, room - used - 1, stream);
		used += got;
		if (!got)
			break;
	}
	if (ferror(stream)) {
		free(bytes);
		aie_error_set(error, AIE_ERROR_INPUT, "%s", strerror(errno));
		return NULL;
	}
	bytes[used] = 0;
	*size = used;
	return bytes;
}

uint8_t *tool_read(const char *path, size_t *size, struct aie_error *error)
{
	if (strcmp(path, "-") == 0)
		return read_stream(stdin, size, error);
	FILE *stream = fopen(path, "rb");
	if (!stream) {
		aie_error_set(error, AIE_ERROR_INPUT, "%s: %s", path, strerror(errno));
		return NULL;
	}
	uint8_t *bytes = read_stream(stream, size, error);
	if (!bytes)
		aie_error_prefix(error, "%s", path);
	fclose(stream);
	return bytes;
}

int tool_write(const char *path, const void *bytes, size_t size, struct aie_error *error)
{
	if (strcmp(path, "-") == 0) {
		if (fwrite(bytes, 1, size, stdout) != size || fflush(stdout))
			return aie_error_set(error, AIE_ERROR_INPUT, "standard output: %s", strerror(errno));
		return 0;
	}
	FILE *stream = fopen(path, "wb");
	if (!stream)
		return aie_error_set(error, AIE_ERROR_INPUT, "%s: %s", path, strerror(errno));
	size_t written = fwrite(bytes, 1, size, stream);
	int failed = fclose(stream);
	if (written != size || failed) {
		aie_error_set(error, AIE_ERROR_INPUT, "%s: %s", path, strerror(errno));
		unlink(path);
		return -1;
	}
	return 0;
}

int tool_number(const char *text, uint64_t maximum, uint64_t *value)
{
	char *end;
	errno = 0;
	if (*text < '0' || *text > '9')
		return -1;
	unsigned long long number = strtoull(text, &end, 0);
	if (errno || *end || number > maximum)
		return -1;
	*value = number;
	return 0;
}

int tool_fail(const char *tool, const struct aie_error *error)
{
	fprintf(stderr, "%s: %s\n", tool, error->text);
	return aie_error_exit_status(error);
}
