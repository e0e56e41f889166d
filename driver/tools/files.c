#include "driver/tools/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int aie_file_read(const char *path, size_t limit, uint8_t **data, size_t *size, struct aie_error *error)
{
	FILE *file = fopen(path, "rb");
	struct stat status;
	uint8_t *bytes = NULL;
	size_t length = 0;

	if (!file)
		return aie_error_set_errno(error, AIE_ERROR_INPUT, errno, "%s", path);
	if (fstat(fileno(file), &status) != 0 || !S_ISREG(status.st_mode)) {
		aie_error_set(error, AIE_ERROR_INPUT, "%s: not a regular file", path);
		goto fail;
	}
	if ((uint64_t)status.st_size > limit) {
		aie_error_set(error, AIE_ERROR_INPUT, "%s: %lld bytes, more than the %zu that are allowed here", path,
		              (long long)status.st_size, limit);
		goto fail;
	}
	length = (size_t)status.st_size;
	bytes = malloc(length ? length : 1);
	if (!bytes) {
		aie_error_set(error, AIE_ERROR_MEMORY, "%s: no memory for %zu bytes", path, length);
		goto fail;
	}
	if (fread(bytes, 1, length, file) != length) {
		aie_error_set(error, AIE_ERROR_INPUT, "%s: read error", path);
		goto fail;
	}
	fclose(file);
	*data = bytes;
	*size = length;
	return 0;
fail:
	free(bytes);
	fclose(file);
	return -1;
}

int aie_file_write(const char *path, const void *data, size_t size, struct aie_error *error)
{
	size_t length = strlen(path) + sizeof ".XXXXXX";
	char *temporary = malloc(length);
	FILE *file = NULL;
	int fd = -1;

	if (!temporary)
		return aie_error_set(error, AIE_ERROR_MEMORY, "%s: no memory", path);
	snprintf(temporary, length, "%s.XXXXXX", path);
	fd = mkstemp(temporary);
	if (fd < 0) {
		aie_error_set_errno(error, AIE_ERROR_INPUT, errno, "%s: cannot be written", path);
		free(temporary);
		return -1;
	}
	file = fdopen(fd, "wb");
	if (!file)
		close(fd);
	if (!file || fchmod(fd, 0644) != 0 || fwrite(data, 1, size, file) != size || fflush(file) != 0) {
		aie_error_set_errno(error, AIE_ERROR_INPUT, errno, "%s: cannot be written", path);
		if (file)
			fclose(file);
		unlink(temporary);
		free(temporary);
		return -1;
	}
	fclose(file);
	if (rename(temporary, path) != 0) {
		aie_error_set_errno(error, AIE_ERROR_INPUT, errno, "%s: cannot be written", path);
		unlink(temporary);
		free(temporary);
		return -1;
	}
	free(temporary);
	return 0;
}
