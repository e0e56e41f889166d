/* The driver client's whole interface on the model: queries, every kind of buffer and command, programs, threads. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "driver/aie.h"
#include "driver/image/control_elf.h"
#include "driver/image/txn.h"
#include "tests/drm/program.h"
#include "tests/drm/rig.h"

enum { WORDS = 2 * PROGRAM_BUFFER_WORDS, BYTES = WORDS * 4 };

struct set {
	struct aie_bytes pdi, stream, xclbin;
	struct aie_device *device;
	struct aie_context *context;
	struct aie_buffer *instructions, *arguments[2];
};

static void good(int result, const struct aie_error *error)
{
	if (result)
		fail_msg("%s", error->text);
}

static int open_set(void **state, enum program_fault fault)
{
	struct set *set = calloc(1, sizeof *set);
	struct aie_error error;

	assert_non_null(set);
	program_loop_pdi(&set->pdi, fault);
	program_xclbin(&set->xclbin, &set->pdi, 1);
	program_loop_stream(&set->stream, WORDS);
	set->device = aie_device_open("sim", &error);
	good(!set->device, &error);
	set->context = aie_context_create_xclbin(set->device, set->xclbin.data, set->xclbin.size, NULL, &error);
	good(!set->context, &error);
	set->instructions = aie_buffer_create(set->device, set->stream.size, AIE_BUFFER_INSTRUCTION, &error);
	good(!set->instructions, &error);
	memcpy(aie_buffer_data(set->instructions), set->stream.data, set->stream.size);
	for (unsigned i = 0; i < 2; i++) {
		set->arguments[i] = aie_buffer_create(set->device, BYTES, AIE_BUFFER_HOST, &error);
		good(!set->arguments[i], &error);
	}
	for (unsigned i = 0; i < BYTES; i++)
		((uint8_t *)aie_buffer_data(set->arguments[0]))[i] = (uint8_t)(i * 13 + i / 251);
	*state = set;
	return 0;
}

static int set_up(void **state)
{
	return open_set(state, PROGRAM_GOOD);
}

static int set_up_stuck(void **state)
{
	return open_set(state, PROGRAM_LOCK_NEVER_FREE);
}

static int set_up_faulty(void **state)
{
	return open_set(state, PROGRAM_CORE_FAULT);
}

static int tear_down(void **state)
{
	struct set *set = *state;

	for (unsigned i = 0; i < 2; i++)
		aie_buffer_destroy(set->arguments[i]);
	aie_buffer_destroy(set->instructions);
	aie_context_destroy(set->context);
	aie_device_close(set->device);
	aie_bytes_free(&set->pdi);
	aie_bytes_free(&set->stream);
	aie_bytes_free(&set->xclbin);
	free(set);
	return 0;
}

static struct aie_command *command_of(struct set *set, struct aie_buffer *in, struct aie_buffer *out)
{
	struct aie_buffer *arguments[2] = { in, out };
	struct aie_error error;
	struct aie_command *command =
	        aie_command_create(set->context, set->instructions, set->stream.size, arguments, 2, &error);

	good(!command, &error);
	return command;
}

static void run(struct aie_command *command)
{
	struct aie_error error;

	good(aie_command_submit(command, &error), &error);
	good(aie_command_wait(command, -1, &error), &error);
}

/* ---- devices and queries ---------------------------------------------------------------------------------------- */

static void enumerate(void **state)
{
	struct aie_device_entry entries[16];
	size_t count = aie_device_enumerate(entries, 16);
	struct aie_device *device;
	struct aie_error error;

	(void)state;
	assert_true(count >= 1 && count <= 16);
	assert_true(entries[count - 1].simulated && entries[count - 1].usable);
	device = aie_device_open(entries[count - 1].name, &error);
	good(!device, &error);
	aie_device_close(device);
	assert_int_equal(aie_device_enumerate(NULL, 0), count);
}

/* A number is the number of a node. */
static void open_by_number(void **state)
{
	struct aie_error error;

	(void)state;
	assert_null(aie_device_open("63", &error));
	assert_int_equal(error.sys_errno, ENOENT);
	assert_non_null(strstr(error.text, "/dev/accel/accel63"));
}

static void queries(void **state)
{
	struct set *set = *state;
	struct aie_device_versions versions;
	struct aie_device_resources resources;
	struct aie_context_state contexts[4], own;
	struct aie_sensor sensors[16];
	struct aie_buffer_usage before, after;
	struct aie_async_error last;
	enum aie_power_mode mode;
	struct aie_buffer *buffer;
	struct aie_error error;
	size_t count = 0;
	bool any = true, on = true;

	good(aie_device_versions(set->device, &versions, &error), &error);
	assert_int_equal(versions.core.rows, 4);
	assert_int_equal(versions.memory.locks, 64);
	good(aie_device_resources(set->device, &resources, &error), &error);
	assert_int_equal(resources.clock_mhz_max, 1800);
	assert_int_equal(resources.contexts, 1);
	good(aie_device_power_mode(set->device, &mode, &error), &error);
	assert_int_equal(mode, AIE_POWER_DEFAULT);
	good(aie_device_preemption(set->device, AIE_PREEMPTION_FORCED, &on, &error), &error);
	assert_false(on);
	good(aie_device_contexts(set->device, contexts, 4, &count, &error), &error);
	assert_int_equal(count, 1);
	assert_int_equal(contexts[0].id, aie_context_id(set->context));
	assert_int_equal(contexts[0].pid, getpid());
	good(aie_context_state(set->context, &own, &error), &error);
	assert_int_equal(own.id, contexts[0].id);
	assert_int_equal(own.priority, AIE_PRIORITY_NORMAL);
	good(aie_device_sensors(set->device, sensors, 16, &count, &error), &error);
	assert_int_equal(count, 8);
	assert_string_equal(sensors[3].label, "Column 3 Utilization");
	good(aie_device_async_error(set->device, &last, &any, &error), &error);
	assert_false(any);
	good(aie_device_buffer_usage(set->device, getpid(), &before, &error), &error);
	buffer = aie_buffer_create(set->device, 1 << 20, AIE_BUFFER_HOST, &error);
	good(!buffer, &error);
	good(aie_device_buffer_usage(set->device, getpid(), &after, &error), &error);
	assert_int_equal(after.total - before.total, 1 << 20);
	aie_buffer_destroy(buffer);
}

static void status_dump(void **state)
{
	struct set *set = *state;
	struct aie_device_versions versions;
	struct aie_error error;
	uint32_t columns;
	uint8_t *dump;

	good(aie_device_versions(set->device, &versions, &error), &error);
	dump = calloc(8, versions.status_bytes);
	assert_non_null(dump);
	good(aie_device_status(set->device, dump, 8 * (size_t)versions.status_bytes, &columns, &error), &error);
	assert_int_equal(columns, 0xff);
	assert_int_equal(aie_device_status(set->device, dump, 7, &columns, &error), -1);
	assert_int_equal(error.sys_errno, EINVAL);
	free(dump);
}

/* What only the superuser may do says so in words. */
static void privileges(void **state)
{
	struct set *set = *state;
	struct aie_error error;
	uint8_t data[256];

	if (geteuid()) {
		assert_int_equal(aie_device_set_power_mode(set->device, AIE_POWER_LOW, &error), -1);
		assert_non_null(strstr(error.text, "only the superuser"));
		assert_int_equal(aie_device_telemetry(set->device, 0, data, sizeof data, &error), -1);
		assert_non_null(strstr(error.text, "only the superuser"));
		return;
	}
	if (aie_device_telemetry(set->device, 0, data, sizeof data, &error)) {
		assert_int_equal(error.sys_errno, EPERM); /* root without capabilities */
		return;
	}
	good(aie_device_set_power_mode(set->device, AIE_POWER_LOW, &error), &error);
	good(aie_device_set_power_mode(set->device, AIE_POWER_DEFAULT, &error), &error);
}

/* Fact: the array runs at 792 MHz at level 0 and at 1800 at level 7: the same work takes more time. */
static void slower_clock(void **state)
{
	struct set *set = *state;
	struct aie_profile *profile = calloc(1, sizeof *profile);
	struct aie_command *command = command_of(set, set->arguments[0], set->arguments[1]);
	struct aie_error error;
	double seconds[2];

	assert_non_null(profile);
	for (unsigned i = 0; i < 2; i++) {
		if (aie_device_set_power_mode(set->device, i ? AIE_POWER_LOW : AIE_POWER_DEFAULT, &error)) {
			assert_int_equal(error.sys_errno, EACCES);
			goto out;
		}
		run(command);
		aie_device_profile_reset(set->device, false);
		run(command);
		good(aie_device_profile(set->device, profile, &error), &error);
		assert_true(profile->clock_hz == (i ? 792000000 : 1800000000));
		seconds[i] = (double)(profile->cycles - profile->dispatch_cycles) / (double)profile->clock_hz;
		assert_memory_equal(aie_buffer_data(set->arguments[0]), aie_buffer_data(set->arguments[1]), BYTES);
	}
	assert_true(seconds[1] > seconds[0]);
out:
	aie_command_destroy(command);
	free(profile);
}

/* ---- buffers ---------------------------------------------------------------------------------------------------- */

static void wrapped_memory(void **state)
{
	struct set *set = *state;
	uint8_t *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct aie_buffer *in, *out;
	struct aie_command *command;
	struct aie_error error;

	assert_ptr_not_equal(memory, MAP_FAILED);
	in = aie_buffer_wrap(set->device, memory, 4096, &error);
	good(!in, &error);
	out = aie_buffer_wrap(set->device, memory + 4096, 4096, &error);
	good(!out, &error);
	assert_ptr_equal(aie_buffer_data(in), memory);
	memset(memory, 0x3c, BYTES);
	command = command_of(set, in, out);
	run(command);
	assert_memory_equal(memory, memory + 4096, BYTES);
	aie_command_destroy(command);
	aie_buffer_destroy(in);
	aie_buffer_destroy(out);
	assert_null(aie_buffer_wrap(set->device, memory + 1, 4096, &error));
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	munmap(memory, 8192);
	assert_null(aie_buffer_wrap(set->device, memory, 4096, &error));
	assert_int_equal(error.sys_errno, EFAULT);
}

static void export_import(void **state)
{
	struct set *set = *state;
	struct aie_buffer *imported, *instruction;
	struct aie_error error;
	int fd = -1;

	good(aie_buffer_export(set->arguments[0], &fd, &error), &error);
	imported = aie_buffer_import(set->device, fd, &error);
	good(!imported, &error);
	close(fd);
	assert_true(aie_buffer_size(imported) >= BYTES);
	assert_memory_equal(aie_buffer_data(imported), aie_buffer_data(set->arguments[0]), BYTES);
	((uint8_t *)aie_buffer_data(imported))[7] = 1;
	assert_int_equal(((uint8_t *)aie_buffer_data(set->arguments[0]))[7], 1);
	aie_buffer_destroy(imported);
	assert_int_equal(((uint8_t *)aie_buffer_data(set->arguments[0]))[7], 1);
	instruction = aie_buffer_create(set->device, 4096, AIE_BUFFER_INSTRUCTION, &error);
	good(!instruction, &error);
	assert_int_equal(aie_buffer_export(instruction, &fd, &error), -1);
	assert_int_equal(error.sys_errno, EOPNOTSUPP);
	assert_null(aie_buffer_import(set->device, -1, &error));
	assert_int_equal(error.sys_errno, EBADF);
	fd = open("/dev/null", O_RDWR);
	assert_null(aie_buffer_import(set->device, fd, &error));
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	assert_non_null(strstr(error.text, "is no exported buffer"));
	assert_null(strstr(error.text, strerror(0)));
	close(fd);
	aie_buffer_destroy(instruction);
}

/* Buffers go from one device to another through a descriptor, and not without. */
static void between_devices(void **state)
{
	struct set *set = *state;
	struct aie_error error;
	struct aie_device *other = aie_device_open("sim", &error);
	struct aie_buffer *imported, *foreign, *mixed[2];
	int fd = -1;

	good(!other, &error);
	good(aie_buffer_export(set->arguments[0], &fd, &error), &error);
	imported = aie_buffer_import(other, fd, &error);
	good(!imported, &error);
	close(fd);
	assert_memory_equal(aie_buffer_data(imported), aie_buffer_data(set->arguments[0]), BYTES);
	mixed[0] = imported;
	mixed[1] = set->arguments[1];
	assert_null(aie_command_create(set->context, set->instructions, set->stream.size, mixed, 2, &error));
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	assert_non_null(strstr(error.text, "another open device"));
	foreign = aie_buffer_create(other, set->stream.size, AIE_BUFFER_INSTRUCTION, &error);
	good(!foreign, &error);
	memcpy(aie_buffer_data(foreign), set->stream.data, set->stream.size);
	assert_null(aie_command_create(set->context, foreign, set->stream.size, set->arguments, 2, &error));
	assert_non_null(strstr(error.text, "another open device"));
	assert_int_equal(aie_context_attach_debug(set->context, foreign, &error), -1);
	assert_non_null(strstr(error.text, "another open device"));
	aie_buffer_destroy(foreign);
	aie_buffer_destroy(imported);
	aie_device_close(other);
}

static void debug_buffer(void **state)
{
	struct set *set = *state;
	struct aie_error error;
	struct aie_buffer *debug = aie_buffer_create(set->device, 4096, AIE_BUFFER_INSTRUCTION, &error);

	good(!debug, &error);
	assert_int_equal(aie_context_attach_debug(set->context, set->arguments[0], &error), -1);
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	good(aie_context_attach_debug(set->context, debug, &error), &error);
	assert_int_equal(aie_context_attach_debug(set->context, debug, &error), -1);
	assert_int_equal(error.sys_errno, EBUSY);
	good(aie_buffer_invalidate(debug, 0, 4096, &error), &error);
	good(aie_context_detach_debug(set->context, debug, &error), &error);
	assert_int_equal(aie_context_detach_debug(set->context, debug, &error), -1);
	aie_buffer_destroy(debug);
}

/* ---- commands --------------------------------------------------------------------------------------------------- */

/* Many commands in flight, waited for by number, polled, told by a sync file. */
static void many_in_flight(void **state)
{
	enum { COUNT = 64 };
	struct set *set = *state;
	struct aie_command *commands[COUNT];
	struct aie_error error;
	struct pollfd look = { .events = POLLIN };
	bool done = false;

	for (unsigned i = 0; i < COUNT; i++) {
		commands[i] = command_of(set, set->arguments[0], set->arguments[1]);
		good(aie_command_submit(commands[i], &error), &error);
		assert_int_equal(aie_command_sequence(commands[i]), i);
	}
	good(aie_context_export_fence(set->context, &look.fd, &error), &error);
	good(aie_context_wait(set->context, COUNT / 2, -1, &error), &error);
	assert_int_equal(poll(&look, 1, 60000), 1);
	close(look.fd);
	for (unsigned i = 0; i < COUNT; i++) {
		struct aie_command_status status;

		good(aie_command_poll(commands[i], &done, &error), &error);
		assert_true(done);
		good(aie_command_status(commands[i], &status, &error), &error);
		assert_int_equal(status.state, AIE_COMMAND_COMPLETED);
		aie_command_destroy(commands[i]);
	}
	assert_memory_equal(aie_buffer_data(set->arguments[0]), aie_buffer_data(set->arguments[1]), BYTES);
}

/* A command may be destroyed while it is in flight. */
static void destroy_in_flight(void **state)
{
	struct set *set = *state;
	struct aie_error error;

	for (unsigned i = 0; i < 8; i++) {
		struct aie_command *command = command_of(set, set->arguments[0], set->arguments[1]);

		good(aie_command_submit(command, &error), &error);
		aie_command_destroy(command);
	}
}

/* A buffer that is too short: the report says so, not only that an address is in none. */
static void short_buffer(void **state)
{
	enum { PAGE = 4096, LONG_WORDS = 2 * PAGE / 4 };
	struct set *set = *state;
	uint8_t *memory = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct aie_buffer *arguments[2], *instructions;
	struct aie_command *command;
	struct aie_bytes stream;
	struct aie_error error;

	assert_true(memory != MAP_FAILED);
	program_loop_stream(&stream, LONG_WORDS);
	instructions = aie_buffer_create(set->device, stream.size, AIE_BUFFER_INSTRUCTION, &error);
	good(!instructions, &error);
	memcpy(aie_buffer_data(instructions), stream.data, stream.size);
	arguments[0] = aie_buffer_create(set->device, 4 * LONG_WORDS, AIE_BUFFER_HOST, &error);
	good(!arguments[0], &error);
	arguments[1] = aie_buffer_wrap(set->device, memory, PAGE, &error);
	good(!arguments[1], &error);
	command = aie_command_create(set->context, instructions, stream.size, arguments, 2, &error);
	good(!command, &error);
	good(aie_command_submit(command, &error), &error);
	assert_int_equal(aie_command_wait(command, -1, &error), -1);
	assert_non_null(strstr(error.text, "S2MM"));
	assert_non_null(strstr(error.text, "is in no buffer (directly behind the end of one of 4096 bytes)"));
	aie_command_destroy(command);
	for (unsigned i = 0; i < 2; i++)
		aie_buffer_destroy(arguments[i]);
	aie_buffer_destroy(instructions);
	aie_bytes_free(&stream);
	munmap(memory, 3 * PAGE);
}

static void states(void **state)
{
	struct set *set = *state;
	struct aie_command *command = command_of(set, set->arguments[0], set->arguments[1]);
	struct aie_command_status status;
	struct aie_error error;
	bool done;

	good(aie_command_status(command, &status, &error), &error);
	assert_int_equal(status.state, AIE_COMMAND_IDLE);
	assert_int_equal(aie_command_poll(command, &done, &error), -1);
	good(aie_command_submit(command, &error), &error);
	assert_int_equal(aie_command_wait(command, -1, &error), -1);
	assert_int_equal(error.category, AIE_ERROR_FAULT);
	good(aie_command_status(command, &status, &error), &error);
	assert_int_equal(status.state, AIE_COMMAND_TIMEOUT);
	assert_int_equal(status.transaction_op, 6); /* the wait is the seventh operation of the stream */
	assert_int_equal(status.program_counter, UINT32_MAX);
	assert_string_equal(aie_command_state_name(status.state), "timeout");
	aie_command_destroy(command);
}

/* Fact: what the array reports by itself names its tile; the core that runs no instruction is that of (0,2). */
static void asynchronous_error(void **state)
{
	struct set *set = *state;
	struct aie_command *command = command_of(set, set->arguments[0], set->arguments[1]);
	struct aie_async_error last;
	struct aie_error error;
	bool any = false;

	good(aie_command_submit(command, &error), &error);
	assert_int_equal(aie_command_wait(command, -1, &error), -1);
	good(aie_device_async_error(set->device, &last, &any, &error), &error);
	assert_true(any);
	assert_int_equal(last.driver, 4);
	assert_int_equal(last.severity, 3);
	assert_int_equal(last.class, 2);
	assert_int_equal(last.number, 6); /* an instruction */
	assert_int_equal(last.column, 0);
	assert_int_equal(last.row, 2);
	aie_command_destroy(command);
}

static void run_list(void **state)
{
	enum { COUNT = 36 }; /* of 52 + 60 bytes in 4096 */
	struct set *set = *state;
	struct aie_command *parts[COUNT + 1], *list;
	struct aie_context_state before, after;
	struct aie_error error;

	for (unsigned i = 0; i <= COUNT; i++)
		parts[i] = command_of(set, set->arguments[i % 2], set->arguments[1 - i % 2]);
	assert_null(aie_command_create_list(set->context, parts, COUNT + 1, &error));
	assert_non_null(strstr(error.text, "takes 36"));
	assert_null(aie_command_create_list(set->context, parts, 0, &error));
	list = aie_command_create_list(set->context, parts, COUNT, &error);
	good(!list, &error);
	assert_null(aie_command_create_list(set->context, &list, 1, &error));
	good(aie_context_state(set->context, &before, &error), &error);
	for (unsigned i = 0; i < 3; i++)
		run(list);
	good(aie_context_state(set->context, &after, &error), &error);
	assert_int_equal(after.submissions - before.submissions, 3);
	assert_memory_equal(aie_buffer_data(set->arguments[0]), aie_buffer_data(set->arguments[1]), BYTES);
	aie_command_destroy(list);
	for (unsigned i = 0; i <= COUNT; i++)
		aie_command_destroy(parts[i]);
}

static void run_list_fails(void **state)
{
	struct set *set = *state;
	struct aie_command *parts[2], *list;
	struct aie_command_status status;
	struct aie_error error;

	for (unsigned i = 0; i < 2; i++)
		parts[i] = command_of(set, set->arguments[0], set->arguments[1]);
	list = aie_command_create_list(set->context, parts, 2, &error);
	good(!list, &error);
	good(aie_command_submit(list, &error), &error);
	assert_int_equal(aie_command_wait(list, -1, &error), -1);
	assert_non_null(strstr(error.text, "command 0 of 2"));
	good(aie_command_status(list, &status, &error), &error);
	assert_int_equal(status.state, AIE_COMMAND_TIMEOUT);
	assert_int_equal(status.failed, 0);
	assert_int_equal(status.transaction_op, 6);
	aie_command_destroy(list);
	for (unsigned i = 0; i < 2; i++)
		aie_command_destroy(parts[i]);
}

/* START_NPU: the stream has its addresses already. */
static void npu_stream(void **state)
{
	struct set *set = *state;
	struct aie_npu_stream stream = { .instructions = set->instructions };
	struct aie_command *command;
	struct aie_bytes noop;
	struct aie_error error;

	program_noop_stream(&noop, 8);
	memcpy(aie_buffer_data(set->instructions), noop.data, noop.size);
	stream.instruction_bytes = noop.size;
	command = aie_command_create_npu(set->context, &stream, set->arguments, 2, &error);
	good(!command, &error);
	run(command);
	aie_command_destroy(command);
	stream.save = set->instructions;
	assert_null(aie_command_create_npu(set->context, &stream, NULL, 0, &error));
	stream.restore = set->instructions;
	stream.save_bytes = stream.restore_bytes = noop.size;
	command = aie_command_create_npu(set->context, &stream, NULL, 0, &error);
	good(!command, &error);
	run(command);
	aie_command_destroy(command);
	aie_bytes_free(&noop);
}

/* Fact: at a preemption point the save stream runs and then the restore stream, when preemption is forced. */
static void forced_preemption(void **state)
{
	static const struct aie_operation points[] = {
		{ .kind = AIE_OPERATION_PREEMPT, .value = 1 },
		{ .kind = AIE_OPERATION_PREEMPT, .value = 0 }, /* level 0: no such point */
	};
	struct set *set = *state;
	struct aie_npu_stream stream = { .instructions = set->instructions };
	struct aie_context_state after;
	struct aie_command *command;
	struct aie_txn_builder txn;
	struct aie_bytes bytes;
	struct aie_error error;

	if (aie_device_set_preemption(set->device, AIE_PREEMPTION_FORCED, true, &error)) {
		assert_int_equal(error.sys_errno, EACCES);
		return;
	}
	aie_txn_begin(&txn, AIE_TXN_V0_1, AIE_TXN_NPU2, 1);
	for (unsigned i = 0; i < 2; i++)
		aie_txn_append(&txn, &points[i]);
	good(aie_txn_finish(&txn, &bytes, &error), &error);
	memcpy(aie_buffer_data(set->instructions), bytes.data, bytes.size);
	stream.instruction_bytes = bytes.size;
	aie_bytes_free(&bytes);
	program_noop_stream(&bytes, 8);
	stream.save = aie_buffer_create(set->device, bytes.size, AIE_BUFFER_INSTRUCTION, &error);
	good(!stream.save, &error);
	memcpy(aie_buffer_data(stream.save), bytes.data, bytes.size);
	stream.restore = stream.save;
	stream.save_bytes = stream.restore_bytes = bytes.size;
	aie_bytes_free(&bytes);
	command = aie_command_create_npu(set->context, &stream, NULL, 0, &error);
	good(!command, &error);
	run(command);
	good(aie_context_state(set->context, &after, &error), &error);
	assert_int_equal(after.preemptions, 1);
	aie_command_destroy(command);
	aie_buffer_destroy(stream.save);
	good(aie_device_set_preemption(set->device, AIE_PREEMPTION_FORCED, false, &error), &error);
}

/* ---- contexts --------------------------------------------------------------------------------------------------- */

static void qos(void **state)
{
	struct set *set = *state;
	const struct aie_qos possible = { .gops = 100, .fps = 10, .priority = AIE_PRIORITY_HIGH };
	const struct aie_qos impossible = { .gops = 1000000, .fps = 60 };
	struct aie_context_state own;
	struct aie_context *context;
	struct aie_error error;

	context = aie_context_create(set->device, 4, &possible, &error);
	good(!context, &error);
	assert_int_equal(aie_context_columns(context), 4);
	good(aie_context_state(context, &own, &error), &error);
	assert_int_equal(own.gops, 100);
	assert_int_equal(own.priority, AIE_PRIORITY_HIGH);
	aie_context_destroy(context);
	assert_null(aie_context_create(set->device, 4, &impossible, &error));
	assert_int_equal(error.sys_errno, EINVAL);
	assert_non_null(strstr(error.text, "QoS"));
	assert_null(aie_context_create(set->device, 9, NULL, &error));
	assert_int_equal(error.category, AIE_ERROR_INPUT);
}

/* A context without a kernel takes no START_CU. */
static void bare_context(void **state)
{
	struct set *set = *state;
	struct aie_error error;
	struct aie_context *context = aie_context_create(set->device, 1, NULL, &error);

	good(!context, &error);
	assert_null(aie_command_create(context, set->instructions, set->stream.size, set->arguments, 2, &error));
	assert_non_null(strstr(error.text, "without an xclbin"));
	aie_context_destroy(context);
}

/* ---- control-code ELF ------------------------------------------------------------------------------------------- */

static void write_elf(const struct set *set, bool full, struct aie_bytes *elf)
{
	static const char *const instances[] = { "sequence" };
	/* The full form loads its image itself. */
	struct aie_control_elf_new request = { .stream = &set->stream, .instance_count = 1, .columns = 1 };
	struct aie_bytes stream = { 0 };
	struct aie_txn_builder txn;
	struct aie_operation operation;
	struct aie_error error;
	struct aie_txn source;
	size_t position = 0;

	if (full) {
		const struct aie_operation load = { .kind = AIE_OPERATION_LOAD_PDI,
			                            .pdi_size = (uint32_t)set->pdi.size,
			                            .pdi_address = 0x4000000 };

		aie_txn_begin(&txn, AIE_TXN_V0_1, AIE_TXN_NPU2, 1);
		aie_txn_append(&txn, &load);
		good(aie_txn_open(&source, set->stream.data, set->stream.size, NULL, &error), &error);
		while (aie_txn_next(&source, &position, &operation))
			aie_txn_append(&txn, &operation);
		good(aie_txn_finish(&txn, &stream, &error), &error);
		aie_txn_close(&source);
		request.stream = &stream;
		request.kernel = "loop";
		request.instance = instances;
		request.argument_count = 2;
		request.pdi = &set->pdi;
		request.pdi_count = 1;
	}
	good(aie_control_elf_write(&request, elf, &error), &error);
	aie_bytes_free(&stream);
}

static void run_program(struct set *set, struct aie_context *context, const struct aie_bytes *elf, const char *name)
{
	struct aie_command *commands[3];
	struct aie_program *program;
	struct aie_error error;

	program = aie_program_open(context, elf->data, elf->size, name, &error);
	good(!program, &error);
	assert_int_equal(aie_program_arguments(program), 2);
	assert_null(aie_command_create_program(program, set->arguments, 1, &error));
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	for (unsigned i = 0; i < 3; i++) {
		commands[i] = aie_command_create_program(program, set->arguments, 2, &error);
		good(!commands[i], &error);
		good(aie_command_submit(commands[i], &error), &error);
	}
	for (unsigned i = 0; i < 3; i++) {
		good(aie_command_wait(commands[i], -1, &error), &error);
		run(commands[i]); /* a second time: the patched copy is still right */
	}
	assert_memory_equal(aie_buffer_data(set->arguments[0]), aie_buffer_data(set->arguments[1]), BYTES);
	for (unsigned i = 0; i < 3; i++)
		aie_command_destroy(commands[i]);
	aie_program_close(program);
}

static void plain_elf(void **state)
{
	struct set *set = *state;
	struct aie_context *bare;
	struct aie_bytes elf;
	struct aie_error error;

	write_elf(set, false, &elf);
	run_program(set, set->context, &elf, NULL);
	bare = aie_context_create(set->device, 1, NULL, &error);
	good(!bare, &error);
	assert_null(aie_program_open(bare, elf.data, elf.size, NULL, &error));
	assert_non_null(strstr(error.text, "plain form"));
	aie_context_destroy(bare);
	aie_bytes_free(&elf);
}

static void full_elf(void **state)
{
	struct set *set = *state;
	struct aie_context *context;
	struct aie_bytes elf;
	struct aie_error error;
	unsigned columns = 0;

	write_elf(set, true, &elf);
	good(aie_elf_columns(elf.data, elf.size, &columns, &error), &error);
	assert_int_equal(columns, 1);
	context = aie_context_create(set->device, columns, NULL, &error);
	good(!context, &error);
	run_program(set, context, &elf, "loop:sequence");
	assert_null(aie_program_open(context, elf.data, elf.size, "other", &error));
	assert_null(aie_program_open(context, elf.data, elf.size / 2, NULL, &error));
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	aie_context_destroy(context);
	aie_bytes_free(&elf);
}

/* ---- threads ---------------------------------------------------------------------------------------------------- */

enum { THREADS = 8, ROUNDS = 10 };

struct worker {
	struct set *set;
	pthread_t thread;
	unsigned done;
};

/* Everything of its own in a context that all share. */
static void *work(void *argument)
{
	struct worker *worker = argument;
	struct set *set = worker->set;
	struct aie_error error;

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct aie_buffer *buffers[2] = { aie_buffer_create(set->device, BYTES, AIE_BUFFER_HOST, &error),
			                          aie_buffer_create(set->device, BYTES, AIE_BUFFER_HOST, &error) };
		struct aie_buffer *heap = aie_buffer_create(set->device, 5 << 20, AIE_BUFFER_INSTRUCTION, &error);
		struct aie_command *command = NULL;

		if (buffers[0] && buffers[1] && heap) {
			memset(aie_buffer_data(buffers[0]), (int)i + 1, BYTES);
			command = aie_command_create(set->context, set->instructions, set->stream.size, buffers, 2,
			                             &error);
		}
		if (command && !aie_command_submit(command, &error) && !aie_command_wait(command, -1, &error))
			worker->done += !memcmp(aie_buffer_data(buffers[0]), aie_buffer_data(buffers[1]), BYTES);
		aie_command_destroy(command);
		aie_buffer_destroy(heap);
		aie_buffer_destroy(buffers[0]);
		aie_buffer_destroy(buffers[1]);
	}
	return NULL;
}

static void threads(void **state)
{
	struct worker workers[THREADS];

	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .set = *state };
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		assert_int_equal(workers[i].done, ROUNDS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		cmocka_unit_test(enumerate),
		cmocka_unit_test(open_by_number),
		CASE(queries),
		CASE(status_dump),
		CASE(privileges),
		CASE(slower_clock),
		CASE(wrapped_memory),
		CASE(export_import),
		CASE(between_devices),
		CASE(debug_buffer),
		CASE(many_in_flight),
		CASE(short_buffer),
		CASE(destroy_in_flight),
		cmocka_unit_test_setup_teardown(states, set_up_stuck, tear_down),
		cmocka_unit_test_setup_teardown(asynchronous_error, set_up_faulty, tear_down),
		CASE(run_list),
		cmocka_unit_test_setup_teardown(run_list_fails, set_up_stuck, tear_down),
		CASE(npu_stream),
		CASE(forced_preemption),
		CASE(qos),
		CASE(bare_context),
		CASE(plain_elf),
		CASE(full_elf),
		CASE(threads),
	};

	return cmocka_run_group_tests_name("api", tests, NULL, NULL);
}
