/* Writing down the calls.  The file is opened anew for every line: a program may close any descriptor it did not open
 * itself, and the line would go wherever the number leads then. */
#define _GNU_SOURCE
#include "sim/drm/preload/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
	size_t used = 0, length = wish ? strlen(wish) : 0;

	if (!length)
		return;
	/* From where the program was started, wherever it goes later. */
	if (*wish != '/' && getcwd(path, sizeof path - 1)) {
		used = strlen(path);
		path[used++] = '/';
	}
	if (used + length < sizeof path)
		memcpy(path + used, wish, length + 1);
	else
		*path = 0;
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
		/* One write a line: lines of several threads and processes stay whole.  A full disk loses lines, not
		 * the run. */
		ssize_t written = write(fd, line, (size_t)length);

		(void)written;
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

/* ---- ioctls by name ------------------------------------------------------------------------- */

static const char *const driver_names[AMDXDNA_REQUESTS] = {
	[AMDXDNA_CREATE_HWCTX] = "CREATE_HWCTX", [AMDXDNA_DESTROY_HWCTX] = "DESTROY_HWCTX",
	[AMDXDNA_CONFIG_HWCTX] = "CONFIG_HWCTX", [AMDXDNA_CREATE_BO] = "CREATE_BO",
	[AMDXDNA_GET_BO_INFO] = "GET_BO_INFO",   [AMDXDNA_SYNC_BO] = "SYNC_BO",
	[AMDXDNA_EXEC_CMD] = "EXEC_CMD",         [AMDXDNA_GET_INFO] = "GET_INFO",
	[AMDXDNA_SET_STATE] = "SET_STATE",       [AMDXDNA_WAIT_CMD] = "WAIT_CMD",
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

/* What tells one call of its kind from the next. */
#define DRIVER(name)  (DRM_COMMAND_BASE + (name))
#define CORE(request) _IOC_NR(request)
#define FIELD(text, type, member)                                                                                      \
	{                                                                                                              \
		text, offsetof(struct type, member), sizeof(((struct type *)NULL)->member)                             \
	}
static const struct {
	unsigned number;
	struct {
		const char *name;
		size_t offset, bytes;
	} field[4];
} details[] = {
	{ DRIVER(AMDXDNA_CREATE_HWCTX),
	  { FIELD("tiles", amdxdna_create_hwctx, num_tiles), FIELD("handle", amdxdna_create_hwctx, handle),
	    FIELD("syncobj", amdxdna_create_hwctx, syncobj_handle) } },
	{ DRIVER(AMDXDNA_DESTROY_HWCTX), { FIELD("handle", amdxdna_destroy_hwctx, handle) } },
	{ DRIVER(AMDXDNA_CONFIG_HWCTX),
	  { FIELD("handle", amdxdna_config_hwctx, handle), FIELD("type", amdxdna_config_hwctx, param_type) } },
	{ DRIVER(AMDXDNA_CREATE_BO),
	  { FIELD("type", amdxdna_create_bo, type), FIELD("size", amdxdna_create_bo, size),
	    FIELD("handle", amdxdna_create_bo, handle) } },
	{ DRIVER(AMDXDNA_GET_BO_INFO), { FIELD("handle", amdxdna_get_bo_info, handle) } },
	{ DRIVER(AMDXDNA_SYNC_BO),
	  { FIELD("handle", amdxdna_sync_bo, handle), FIELD("direction", amdxdna_sync_bo, direction) } },
	{ DRIVER(AMDXDNA_EXEC_CMD),
	  { FIELD("context", amdxdna_exec_cmd, hwctx), FIELD("packet", amdxdna_exec_cmd, cmd_handles),
	    FIELD("args", amdxdna_exec_cmd, arg_count), FIELD("seq", amdxdna_exec_cmd, seq) } },
	{ DRIVER(AMDXDNA_GET_INFO), { FIELD("param", amdxdna_get_info, param) } },
	{ DRIVER(AMDXDNA_SET_STATE), { FIELD("param", amdxdna_get_info, param) } },
	{ DRIVER(AMDXDNA_GET_ARRAY), { FIELD("param", amdxdna_get_array, param) } },
	{ CORE(DRM_IOCTL_GEM_CLOSE), { FIELD("handle", drm_gem_close, handle) } },
	{ CORE(DRM_IOCTL_SYNCOBJ_CREATE), { FIELD("handle", drm_syncobj_create, handle) } },
	{ CORE(DRM_IOCTL_SYNCOBJ_DESTROY), { FIELD("handle", drm_syncobj_destroy, handle) } },
};
#undef FIELD
#undef CORE
#undef DRIVER

/* Only after success: then the argument is known to be readable, as far as the request says. */
static void add_details(unsigned long request, const uint8_t *argument, char *text, size_t size)
{
	size_t used = 0, at = 0;

	while (at < sizeof details / sizeof details[0] && details[at].number != _IOC_NR(request))
		at++;
	if (_IOC_TYPE(request) != DRM_IOCTL_BASE || at == sizeof details / sizeof details[0])
		return;
	for (unsigned i = 0; i < 4 && details[at].field[i].name; i++) {
		uint64_t value = 0;

		if (details[at].field[i].offset + details[at].field[i].bytes > _IOC_SIZE(request))
			continue;
		memcpy(&value, argument + details[at].field[i].offset, details[at].field[i].bytes);
		used += (size_t)snprintf(text + used, size - used, " %s=%llu", details[at].field[i].name,
		                         (unsigned long long)value);
		if (used >= size)
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
		add_details(request, argument, more, sizeof more);
	if (name)
		snprintf(text, sizeof text, "%s %d%s", name, fd, more);
	else
		snprintf(text, sizeof text, "ioctl-0x%lx %d", request, fd);
	finish(text, result);
}
