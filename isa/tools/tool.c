#include "isa/tools/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

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
