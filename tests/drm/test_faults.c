/* The driver client when the calls below it fail: every failure names call, errno and cause; interrupted calls are
 * repeated; a device that goes away at any moment is an error and nothing else. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver/aie.h"
#include "driver/client/amdxdna_uapi.h"
#include "driver/client/node.h"
#include "driver/transport.h"
#include "tests/drm/program.h"
#include "tests/drm/rig.h"

enum { WORDS = PROGRAM_BUFFER_WORDS, BYTES = WORDS * 4, NEVER = 1 << 30, LONG_BYTES = 32 << 20 };

/* ---- a device whose calls fail on demand ------------------------------------------------------------------------ */

/* Linked in for aie_sim_transport_open (--wrap): the model behind a transport that does what `plan` says. */
int __wrap_aie_sim_transport_open(const char *options, struct aie_transport *transport, struct aie_error *error);
int __real_aie_sim_transport_open(const char *options, struct aie_transport *transport, struct aie_error *error);

static struct aie_transport inner;

static struct {
	unsigned long request; /* this one fails, of this buffer type unless it is 0 */
	unsigned type;
	bool mapping;           /* mmap fails */
	int number;             /* errno */
	int calls;              /* calls of any kind until the device is gone for good */
	unsigned interruptions; /* before each call gets through */
	unsigned interrupted;
	bool answer_dump;
	uint64_t dump_pid;
	uint32_t dump_context;
} plan;

static void no_plan(void)
{
	memset(&plan, 0, sizeof plan);
	plan.calls = NEVER;
}

static bool gone(void)
{
	if (plan.calls <= 0) {
		errno = ENODEV;
		return true;
	}
	plan.calls--;
	return false;
}

static int planned_ioctl(void *user, unsigned long request, void *argument)
{
	const struct amdxdna_create_bo *create = argument;
	const struct amdxdna_get_array *array = argument;

	if (plan.interrupted < plan.interruptions) {
		plan.interrupted++;
		errno = EINTR;
		return -1;
	}
	plan.interrupted = 0;
	/* What a process gave back is gone with the device. */
	if (gone())
		return -1;
	if (plan.request == request && (!plan.type || create->type == plan.type)) {
		errno = plan.number;
		return -1;
	}
	if (plan.answer_dump && request == AMDXDNA_IOCTL_GET_ARRAY && array->param == AMDXDNA_ARRAY_COREDUMP) {
		struct amdxdna_coredump_request *wanted = (void *)(uintptr_t)array->buffer;

		plan.dump_pid = wanted->pid;
		plan.dump_context = wanted->context_id;
		memset(wanted, 0x5d, array->element_size);
		return 0;
	}
	return inner.ioctl(user, request, argument);
}

static void *planned_mmap(void *user, void *address, size_t length, int protection, int flags, off_t offset)
{
	if (gone())
		return MAP_FAILED;
	if (plan.mapping) {
		errno = plan.number;
		return MAP_FAILED;
	}
	return inner.mmap(user, address, length, protection, flags, offset);
}

int __wrap_aie_sim_transport_open(const char *options, struct aie_transport *transport, struct aie_error *error)
{
	if (__real_aie_sim_transport_open(options, transport, error))
		return -1;
	inner = *transport;
	transport->ioctl = planned_ioctl;
	transport->mmap = planned_mmap;
	return 0;
}

/* ---- everything a program does ---------------------------------------------------------------------------------- */

struct set {
	struct aie_bytes pdi, stream, xclbin;
	struct aie_device *device;
	struct aie_context *context;
	struct aie_buffer *instructions, *arguments[2];
	struct aie_command *command;
};

static void make_images(struct set *set)
{
	memset(set, 0, sizeof *set);
	program_loop_pdi(&set->pdi, PROGRAM_GOOD);
	program_xclbin(&set->xclbin, &set->pdi, 1);
	program_loop_stream(&set->stream, WORDS);
}

/* Up to the first failure: -1 with `error`. */
static int do_all(struct set *set, struct aie_error *error)
{
	set->device = aie_device_open("sim", error);
	if (!set->device)
		return -1;
	set->context = aie_context_create_xclbin(set->device, set->xclbin.data, set->xclbin.size, NULL, error);
	if (!set->context)
		return -1;
	set->instructions = aie_buffer_create(set->device, set->stream.size, AIE_BUFFER_INSTRUCTION, error);
	if (!set->instructions)
		return -1;
	memcpy(aie_buffer_data(set->instructions), set->stream.data, set->stream.size);
	for (unsigned i = 0; i < 2; i++) {
		set->arguments[i] = aie_buffer_create(set->device, BYTES, AIE_BUFFER_HOST, error);
		if (!set->arguments[i])
			return -1;
	}
	memset(aie_buffer_data(set->arguments[0]), 0x39, BYTES);
	set->command = aie_command_create(set->context, set->instructions, set->stream.size, set->arguments, 2, error);
	if (!set->command || aie_command_submit(set->command, error) || aie_command_wait(set->command, -1, error))
		return -1;
	return 0;
}

static void undo_all(struct set *set)
{
	aie_command_destroy(set->command);
	for (unsigned i = 0; i < 2; i++)
		aie_buffer_destroy(set->arguments[i]);
	aie_buffer_destroy(set->instructions);
	aie_context_destroy(set->context);
	aie_device_close(set->device);
	aie_bytes_free(&set->pdi);
	aie_bytes_free(&set->stream);
	aie_bytes_free(&set->xclbin);
}

/* ---- failures in words ------------------------------------------------------------------------------------------ */

/* Facts: where each errno comes from and what it means to a user. */
static const struct {
	unsigned long request;
	unsigned type;
	bool mapping;
	int number;
	const char *call, *cause;
} failures[] = {
	{ DRM_IOCTL_VERSION, 0, false, ENOTTY, "DRM VERSION", "no DRM accelerator node" },
	{ AMDXDNA_IOCTL_CREATE_BO, AMDXDNA_BO_DEV_HEAP, false, EBUSY, "CREATE_BO (device heap)", "has a heap already" },
	{ AMDXDNA_IOCTL_CREATE_BO, AMDXDNA_BO_DEV_HEAP, false, ENOMEM, "CREATE_BO (device heap)", "no memory" },
	{ AMDXDNA_IOCTL_CREATE_BO, AMDXDNA_BO_DEV, false, EAGAIN, "CREATE_BO (device buffer)", "no room left" },
	{ AMDXDNA_IOCTL_CREATE_BO, AMDXDNA_BO_DEV, false, ENOSPC, "CREATE_BO (device buffer)", "no room left" },
	{ AMDXDNA_IOCTL_CREATE_BO, AMDXDNA_BO_SHARE, false, ENOMEM, "CREATE_BO (shared buffer)", "ulimit -l" },
	{ AMDXDNA_IOCTL_CREATE_BO, AMDXDNA_BO_SHARE, false, EPERM, "CREATE_BO (shared buffer)", "may not lock memory" },
	{ AMDXDNA_IOCTL_CREATE_BO, AMDXDNA_BO_CMD, false, ENOMEM, "CREATE_BO (command packet)", "Cannot allocate" },
	{ 0, 0, true, EAGAIN, "mmap (device heap)", "limit of locked memory" },
	{ 0, 0, true, ENOMEM, "mmap (device heap)", "no address space or memory" },
	{ AMDXDNA_IOCTL_GET_INFO, 0, false, EOPNOTSUPP, "GET_INFO", "does not answer that" },
	{ AMDXDNA_IOCTL_CREATE_HWCTX, 0, false, EINVAL, "CREATE_HWCTX", "no free hardware context (16" },
	{ AMDXDNA_IOCTL_CREATE_HWCTX, 0, false, ENODEV, "CREATE_HWCTX", "no columns free" },
	{ AMDXDNA_IOCTL_CREATE_HWCTX, 0, false, EAGAIN, "CREATE_HWCTX", "no room for the context's rings" },
	{ AMDXDNA_IOCTL_CREATE_HWCTX, 0, false, ENOENT, "CREATE_HWCTX", "no device heap" },
	{ AMDXDNA_IOCTL_CREATE_HWCTX, 0, false, ENOSPC, "CREATE_HWCTX", "no context id" },
	{ AMDXDNA_IOCTL_CREATE_HWCTX, 0, false, ETIME, "CREATE_HWCTX", "firmware does not answer" },
	{ AMDXDNA_IOCTL_CONFIG_HWCTX, 0, false, EINVAL, "CONFIG_HWCTX", "refuses the configuration images" },
	{ AMDXDNA_IOCTL_EXEC_CMD, 0, false, EINVAL, "EXEC_CMD", "context or the packet is unknown" },
	{ AMDXDNA_IOCTL_EXEC_CMD, 0, false, ENOENT, "EXEC_CMD", "buffer of the command is gone" },
	{ AMDXDNA_IOCTL_EXEC_CMD, 0, false, EFAULT, "EXEC_CMD", "no longer mapped" },
	{ AMDXDNA_IOCTL_EXEC_CMD, 0, false, ENODEV, "EXEC_CMD", "the device is gone" },
	{ DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, 0, false, ETIME, "SYNCOBJ_TIMELINE_WAIT", "still runs" },
	{ DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, 0, false, EIO, "SYNCOBJ_TIMELINE_WAIT", "the device is gone" },
	{ AMDXDNA_IOCTL_GET_BO_INFO, 0, false, ENOENT, "GET_BO_INFO", "No such file" },
};

static void words(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof failures / sizeof failures[0]; i++) {
		struct aie_error error = { 0 };
		struct set set;
		int result;

		no_plan();
		plan.request = failures[i].request;
		plan.type = failures[i].type;
		plan.mapping = failures[i].mapping;
		plan.number = failures[i].number;
		make_images(&set);
		result = do_all(&set, &error);
		no_plan();
		undo_all(&set);
		if (!result || error.sys_errno != failures[i].number || !strstr(error.text, failures[i].call) ||
		    !strstr(error.text, failures[i].cause) || strncmp(error.text, "sim: ", 5) != 0)
			fail_msg("failure %u: %d, errno %d, '%s', expected %s and %s", i, result, error.sys_errno,
			         error.text, failures[i].call, failures[i].cause);
	}
}

/* The settings and queries of a device, each with its own words. */
static void words_of_queries(void **state)
{
	struct aie_error error = { 0 };
	struct aie_context *context;
	struct aie_device *device;
	struct aie_buffer *buffer;
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd;

	(void)state;
	assert_ptr_not_equal(memory, MAP_FAILED);
	no_plan();
	device = aie_device_open("sim", &error);
	assert_non_null(device);
	context = aie_context_create(device, 1, NULL, &error);
	assert_non_null(context);
	buffer = aie_buffer_create(device, 4096, AIE_BUFFER_HOST, &error);
	assert_non_null(buffer);

	plan.request = AMDXDNA_IOCTL_SET_STATE;
	plan.number = EACCES;
	assert_int_equal(aie_device_set_power_mode(device, AIE_POWER_HIGH, &error), -1);
	assert_non_null(strstr(error.text, "sim: SET_STATE: only the superuser"));
	plan.request = AMDXDNA_IOCTL_CREATE_BO;
	plan.number = ENOMEM;
	assert_null(aie_buffer_wrap(device, memory, 4096, &error));
	assert_non_null(strstr(error.text, "limit of locked memory"));
	plan.number = EPERM;
	assert_null(aie_buffer_wrap(device, memory, 4096, &error));
	assert_non_null(strstr(error.text, "may not lock memory"));
	plan.request = DRM_IOCTL_PRIME_HANDLE_TO_FD;
	plan.number = EMFILE;
	assert_int_equal(aie_buffer_export(buffer, &fd, &error), -1);
	assert_non_null(strstr(error.text, "PRIME_HANDLE_TO_FD: no file descriptor left"));
	plan.request = DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD;
	assert_int_equal(aie_context_export_fence(context, &fd, &error), -1);
	assert_non_null(strstr(error.text, "SYNCOBJ_HANDLE_TO_FD: no file descriptor left"));
	no_plan();
	assert_int_equal(aie_context_export_fence(context, &fd, &error), -1);
	assert_non_null(strstr(error.text, "nothing was submitted yet"));

	aie_buffer_destroy(buffer);
	aie_context_destroy(context);
	aie_device_close(device);
	munmap(memory, 4096);
}

/* A node this user may not use; a machine without the driver. */
static void words_of_nodes(void **state)
{
	char path[] = "faults-XXXXXX", name[64], node[AIE_DEVICE_NAME];
	const bool superuser = !geteuid();
	struct aie_error error = { 0 };
	struct aie_device *device;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	snprintf(name, sizeof name, "./%s", path);
	assert_int_equal(chmod(path, 0), 0);
	if (superuser)
		assert_int_equal(seteuid(65534), 0);
	device = aie_device_open(name, &error);
	if (superuser)
		assert_int_equal(seteuid(0), 0);
	unlink(path);
	assert_null(device);
	assert_int_equal(error.sys_errno, EACCES);
	assert_non_null(strstr(error.text, "open: no permission on the node"));
	assert_non_null(strstr(error.text, "render"));
	if (access(AMDXDNA_PCI_DRIVER_DIRECTORY, F_OK)) {
		assert_int_equal(aie_node_find(node, &error), -1);
		assert_non_null(strstr(error.text, "the amdxdna driver is not loaded"));
		assert_non_null(strstr(error.text, "Linux 6.14"));
	}
}

/* ---- the device goes away --------------------------------------------------------------------------------------- */

/* After every number of calls there is an error with ENODEV, nothing crashes, and all can be closed. */
static void device_lost(void **state)
{
	struct aie_error error;
	struct set set;
	int result = -1, calls;

	(void)state;
	for (calls = 0; result && calls < 1000; calls++) {
		memset(&error, 0, sizeof error);
		no_plan();
		plan.calls = calls;
		make_images(&set);
		result = do_all(&set, &error);
		if (result) {
			assert_int_equal(error.sys_errno, ENODEV);
			assert_true(strstr(error.text, "the device is gone") || strstr(error.text, "no columns free"));
		}
		/* The model is still there and has to be told, unlike a device that was pulled out. */
		plan.calls = NEVER;
		undo_all(&set);
	}
	assert_int_equal(result, 0);
	assert_true(calls > 20);
}

/* The same, and it stays away while everything is closed. */
static void device_stays_lost(void **state)
{
	struct aie_error error;
	struct set set;

	(void)state;
	no_plan();
	make_images(&set);
	assert_int_equal(do_all(&set, &error), 0);
	plan.calls = 0;
	assert_int_equal(aie_command_submit(set.command, &error), -1);
	assert_int_equal(error.sys_errno, ENODEV);
	assert_null(aie_buffer_create(set.device, 4096, AIE_BUFFER_HOST, &error));
	assert_int_equal(error.sys_errno, ENODEV);
	undo_all(&set);
	no_plan();
}

/* ---- interruptions ---------------------------------------------------------------------------------------------- */

static void interrupted(void **state)
{
	struct aie_error error;
	struct set set;

	(void)state;
	no_plan();
	plan.interruptions = 3;
	make_images(&set);
	if (do_all(&set, &error))
		fail_msg("%s", error.text);
	assert_memory_equal(aie_buffer_data(set.arguments[0]), aie_buffer_data(set.arguments[1]), BYTES);
	undo_all(&set);
	no_plan();
}

/* ---- drivers of other ages -------------------------------------------------------------------------------------- */

/* Fact: interface 0.0 has no GET_ARRAY (EINVAL), and tells its contexts through GET_INFO. */
static void first_driver(void **state)
{
	struct aie_context_state contexts[2];
	struct aie_error error;
	struct set set;
	size_t count = 0;

	(void)state;
	no_plan();
	make_images(&set);
	assert_int_equal(do_all(&set, &error), 0);
	plan.request = AMDXDNA_IOCTL_GET_ARRAY;
	plan.number = EINVAL;
	if (aie_device_contexts(set.device, contexts, 2, &count, &error))
		fail_msg("%s", error.text);
	assert_int_equal(count, 1);
	assert_int_equal(contexts[0].id, aie_context_id(set.context));
	assert_int_equal(contexts[0].completions, 1);
	assert_int_equal(contexts[0].transaction_op, UINT32_MAX);
	no_plan();
	undo_all(&set);
}

/* Fact: a core dump is a MiB for each of 48 tiles, asked for by pid and context in the buffer itself. */
static void core_dump(void **state)
{
	struct aie_error error;
	struct set set;
	uint8_t *dump;
	size_t size;

	(void)state;
	no_plan();
	make_images(&set);
	assert_int_equal(do_all(&set, &error), 0);
	size = aie_device_dump_bytes(set.device);
	assert_int_equal(size, 48 << 20);
	dump = calloc(1, size);
	assert_non_null(dump);
	assert_int_equal(aie_context_core_dump(set.context, dump, size - 1, &error), -1);
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	/* This level of the interface does not have it. */
	assert_int_equal(aie_context_core_dump(set.context, dump, size, &error), -1);
	assert_int_equal(error.sys_errno, EOPNOTSUPP);
	assert_non_null(strstr(error.text, "GET_ARRAY"));
	plan.answer_dump = true;
	if (aie_context_core_dump(set.context, dump, size, &error))
		fail_msg("%s", error.text);
	assert_int_equal(plan.dump_context, aie_context_id(set.context));
	assert_true(plan.dump_pid > 0);
	assert_int_equal(dump[size - 1], 0x5d);
	free(dump);
	no_plan();
	undo_all(&set);
}

/* By number and layout: what the typed calls ask, and what a later driver may add. */
static void raw_queries(void **state)
{
	struct amdxdna_context_entry entry;
	struct amdxdna_metadata metadata;
	uint32_t size = sizeof metadata, element = sizeof entry, count = 1;
	const uint64_t setting = 1;
	struct aie_error error;
	struct set set;

	(void)state;
	no_plan();
	make_images(&set);
	assert_int_equal(do_all(&set, &error), 0);
	assert_int_equal(aie_device_query(set.device, AMDXDNA_INFO_METADATA, &metadata, &size, &error), 0);
	assert_int_equal(metadata.cols, 8);
	assert_int_equal(aie_device_query_array(set.device, AMDXDNA_ARRAY_CONTEXTS, &entry, &element, &count, &error),
	                 0);
	assert_int_equal(element, 160);
	assert_int_equal(count, 1);
	assert_int_equal(entry.context_id, aie_context_id(set.context));
	assert_int_equal(aie_device_query(set.device, 99, &metadata, &size, &error), -1);
	assert_int_equal(error.sys_errno, EOPNOTSUPP);
	assert_int_equal(aie_device_set(set.device, 99, &setting, sizeof setting, &error), -1);
	assert_true(error.sys_errno == EOPNOTSUPP || error.sys_errno == EACCES);
	undo_all(&set);
}

/* ---- misuse ----------------------------------------------------------------------------------------------------- */

/* A command has one packet: it is submitted again when it has ended, not before. */
static void submitted_twice(void **state)
{
	struct aie_error error;
	struct aie_bytes long_stream;
	struct aie_buffer *instructions, *arguments[2];
	struct aie_command *command;
	struct set set;
	bool done = false;

	(void)state;
	no_plan();
	make_images(&set);
	assert_int_equal(do_all(&set, &error), 0);
	program_loop_stream(&long_stream, LONG_BYTES / 4); /* a fifth of a second at least */
	instructions = aie_buffer_create(set.device, long_stream.size, AIE_BUFFER_INSTRUCTION, &error);
	assert_non_null(instructions);
	memcpy(aie_buffer_data(instructions), long_stream.data, long_stream.size);
	for (unsigned i = 0; i < 2; i++) {
		arguments[i] = aie_buffer_create(set.device, LONG_BYTES, AIE_BUFFER_HOST, &error);
		assert_non_null(arguments[i]);
	}
	command = aie_command_create(set.context, instructions, long_stream.size, arguments, 2, &error);
	assert_non_null(command);
	assert_int_equal(aie_command_submit(command, &error), 0);
	assert_int_equal(aie_command_submit(command, &error), -1);
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	assert_non_null(strstr(error.text, "in flight"));
	while (!done)
		assert_int_equal(aie_command_poll(command, &done, &error), 0);
	assert_int_equal(aie_command_submit(command, &error), 0);
	aie_command_destroy(command);
	for (unsigned i = 0; i < 2; i++)
		aie_buffer_destroy(arguments[i]);
	aie_buffer_destroy(instructions);
	aie_bytes_free(&long_stream);
	undo_all(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),          cmocka_unit_test(words_of_queries),
		cmocka_unit_test(words_of_nodes), cmocka_unit_test(device_lost),
		cmocka_unit_test(interrupted),    cmocka_unit_test(device_stays_lost),
		cmocka_unit_test(first_driver),   cmocka_unit_test(core_dump),
		cmocka_unit_test(raw_queries),    cmocka_unit_test(submitted_twice),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
