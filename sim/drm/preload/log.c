/* Writing down the calls.  The file is opened anew for every line: a program may close any descriptor it did not open
 * itself, and the line would go wherever the number leads then. */
#define _GNU_SOURCE
#include "sim/drm/preload/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "driver/client/amdxdna_uapi.h"
#include "sim/drm/preload/next.h"

enum { LINE_BYTES = 512 };

static char path[PATH_MAX]; /* empty: no log */

void aie_preload_log_start(void)
{
	const char *wish = getenv("AIETWIN_LOG");

	if (!wish || !*wish || strlen(wish) >= sizeof path)
		return;
	/* From where the program was started, wherever it goes later. */
	if (*wish != '/' && getcwd(path, sizeof path)) {
		size_t used = strlen(path);

		if (used + 1 + strlen(wish) >= sizeof path)
			used = 0;
		else
			path[used++] = '/';
		strcpy(path + used, used ? wish : "");
	} else {
		strcpy(path, wish);
	}
}

static void write_line(const char *text, const char *result)
{
	char line[LINE_BYTES];
	int number = errno, fd, length;

	length = snprintf(line, sizeof line, "%d.%d %s%s%s\n", (int)getpid(), (int)gettid(), text, result ? " = " : "",
	                  result ? result : "");
	if (length >= (int)sizeof line) {
		length = sizeof line - 1;
		line[length - 1] = '\n';
	}
	fd = aie_next.openat(AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd >= 0) {
		/* One write a line: lines of several threads and processes stay whole.  A full disk loses lines, not the run. */
		if (write(fd, line, (size_t)length) < 0)
			number = errno == 0 ? 0 : number;
		aie_next.close(fd);
	}
	errno = number;
}

void aie_preload_log(const char *format, ...)
{
	char text[LINE_BYTES];
	va_list arguments;

	if (!*path)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	write_line(text, NULL);
}

static void finish(const char *text, int result)
{
	char value[40];
	const char *name = result < 0 ? strerrorname_np(-result) : NULL;

	if (name)
		snprintf(value, sizeof value, "-%s", name);
	else
		snprintf(value, sizeof value, "%d", result);
	write_line(text, value);
}

void aie_preload_log_result(int result, const char *format, ...)
{
	char text[LINE_BYTES];
	va_list arguments;

	if (!*path)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	finish(text, result);
}

/* ---- ioctls by name ----------------------------------------------------------------------------------------------- */

static const char *const driver_names[AMDXDNA_REQUESTS] = {
	[AMDXDNA_CREATE_HWCTX] = "CREATE_HWCTX",
	[AMDXDNA_DESTROY_HWCTX] = "DESTROY_HWCTX",
	[AMDXDNA_CONFIG_HWCTX] = "CONFIG_HWCTX",
	[AMDXDNA_CREATE_BO] = "CREATE_BO",
	[AMDXDNA_GET_BO_INFO] = "GET_BO_INFO",
	[AMDXDNA_SYNC_BO] = "SYNC_BO",
	[AMDXDNA_EXEC_CMD] = "EXEC_CMD",
	[AMDXDNA_GET_INFO] = "GET_INFO",
	[AMDXDNA_SET_STATE] = "SET_STATE",
	[AMDXDNA_WAIT_CMD] = "WAIT_CMD",
	[AMDXDNA_GET_ARRAY] = "GET_ARRAY",
};

static const struct {
	unsigned long request;
	const char *name;
} core_names[] = {
	{ DRM_IOCTL_VERSION, "VERSION" },
	{ DRM_IOCTL_GEM_CLOSE, "GEM_CLOSE" },
	{ DRM_IOCTL_GET_CAP, "GET_CAP" },
	{ DRM_IOCTL_PRIME_HANDLE_TO_FD, "PRIME_HANDLE_TO_FD" },
	{ DRM_IOCTL_PRIME_FD_TO_HANDLE, "PRIME_FD_TO_HANDLE" },
	{ DRM_IOCTL_SYNCOBJ_CREATE, "SYNCOBJ_CREATE" },
	{ DRM_IOCTL_SYNCOBJ_DESTROY, "SYNCOBJ_DESTROY" },
	{ DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, "SYNCOBJ_HANDLE_TO_FD" },
	{ DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, "SYNCOBJ_FD_TO_HANDLE" },
	{ DRM_IOCTL_SYNCOBJ_WAIT, "SYNCOBJ_WAIT" },
	{ DRM_IOCTL_SYNCOBJ_RESET, "SYNCOBJ_RESET" },
	{ DRM_IOCTL_SYNCOBJ_SIGNAL, "SYNCOBJ_SIGNAL" },
	{ DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, "SYNCOBJ_TIMELINE_WAIT" },
	{ DRM_IOCTL_SYNCOBJ_QUERY, "SYNCOBJ_QUERY" },
	{ DRM_IOCTL_SYNCOBJ_TRANSFER, "SYNCOBJ_TRANSFER" },
	{ DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL, "SYNCOBJ_TIMELINE_SIGNAL" },
};

static const char *name_of(unsigned long request)
{
	unsigned number = (unsigned)_IOC_NR(request);

	if (_IOC_TYPE(request) != DRM_IOCTL_BASE)
		return NULL;
	if (number >= DRM_COMMAND_BASE && number < DRM_COMMAND_BASE + AMDXDNA_REQUESTS)
		return driver_names[number - DRM_COMMAND_BASE];
	for (unsigned i = 0; i < sizeof core_names / sizeof core_names[0]; i++)
		if (_IOC_NR(core_names[i].request) == number)
			return core_names[i].name;
	return NULL;
}

/* What tells one call of its kind from the next.  Only after success: then the argument is known to be readable. */
static void details(unsigned long request, const void *argument, char *text, size_t size)
{
	*text = 0;
	if (_IOC_TYPE(request) != DRM_IOCTL_BASE)
		return;
	switch (_IOC_NR(request)) {
#define FOR(number, structure)                                                                                         \
	case DRM_COMMAND_BASE + (number): {                                                                            \
		structure values;                                                                                      \
		if (_IOC_SIZE(request) < sizeof values)                                                                \
			return;                                                                                        \
		memcpy(&values, argument, sizeof values);
#define END                                                                                                            \
		return;                                                                                                \
		}
	FOR(AMDXDNA_CREATE_BO, struct amdxdna_create_bo)
	snprintf(text, size, " type=%u size=%llu handle=%u", values.type, (unsigned long long)values.size, values.handle);
	END
	FOR(AMDXDNA_GET_BO_INFO, struct amdxdna_get_bo_info)
	snprintf(text, size, " handle=%u", values.handle);
	END
	FOR(AMDXDNA_SYNC_BO, struct amdxdna_sync_bo)
	snprintf(text, size, " handle=%u direction=%u", values.handle, values.direction);
	END
	FOR(AMDXDNA_CREATE_HWCTX, struct amdxdna_create_hwctx)
	snprintf(text, size, " tiles=%u handle=%u syncobj=%u", values.num_tiles, values.handle, values.syncobj_handle);
	END
	FOR(AMDXDNA_DESTROY_HWCTX, struct amdxdna_destroy_hwctx)
	snprintf(text, size, " handle=%u", values.handle);
	END
	FOR(AMDXDNA_CONFIG_HWCTX, struct amdxdna_config_hwctx)
	snprintf(text, size, " handle=%u type=%u", values.handle, values.param_type);
	END
	FOR(AMDXDNA_EXEC_CMD, struct amdxdna_exec_cmd)
	snprintf(text, size, " context=%u packet=%llu args=%u seq=%llu", values.hwctx, (unsigned long long)values.cmd_handles,
	         values.arg_count, (unsigned long long)values.seq);
	END
	FOR(AMDXDNA_GET_INFO, struct amdxdna_get_info)
	snprintf(text, size, " param=%u", values.param);
	END
	FOR(AMDXDNA_SET_STATE, struct amdxdna_get_info)
	snprintf(text, size, " param=%u", values.param);
	END
	FOR(AMDXDNA_GET_ARRAY, struct amdxdna_get_array)
	snprintf(text, size, " param=%u", values.param);
	END
#undef FOR
#undef END
	default:
		return;
	}
}

void aie_preload_log_ioctl(int fd, unsigned long request, const void *argument, int result)
{
	char text[LINE_BYTES], more[128] = "";
	const char *name;

	if (!*path)
		return;
	name = name_of(request);
	if (!result && argument)
		details(request, argument, more, sizeof more);
	if (name)
		snprintf(text, sizeof text, "%s %d%s", name, fd, more);
	else
		snprintf(text, sizeof text, "ioctl-0x%lx %d", request, fd);
	finish(text, result);
}
