/* The driver client on the model: life cycle, a whole run, failures in words. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/aie.h"
#include "driver/transport.h"
#include "tests/drm/program.h"
#include "tests/drm/rig.h"

struct set {
	struct aie_bytes xclbin, stream;
	struct aie_device *device;
	struct aie_context *context;
	struct aie_buffer *instructions, *input, *output;
	struct aie_command *command;
};

enum { WORDS = 8 * PROGRAM_BUFFER_WORDS };

static void good(int result, const struct aie_error *error)
{
	if (result)
		fail_msg("%s", error->text);
}

static void open_set(struct set *set, enum program_fault fault)
{
	struct aie_buffer *arguments[2];
	struct aie_bytes pdi;
	struct aie_error error;

	memset(set, 0, sizeof *set);
	program_loop_pdi(&pdi, fault);
	program_xclbin(&set->xclbin, &pdi, 1);
	program_loop_stream(&set->stream, WORDS);
	aie_bytes_free(&pdi);
	set->device = aie_device_open("sim", &error);
	good(!set->device, &error);
	set->context = aie_context_create_xclbin(set->device, set->xclbin.data, set->xclbin.size, "MLIR_AIE", &error);
	good(!set->context, &error);
	set->instructions = aie_buffer_create(set->device, set->stream.size, AIE_BUFFER_INSTRUCTION, &error);
	good(!set->instructions, &error);
	memcpy(aie_buffer_data(set->instructions), set->stream.data, set->stream.size);
	good(aie_buffer_flush(set->instructions, 0, set->stream.size, &error), &error);
	arguments[0] = set->input = aie_buffer_create(set->device, WORDS * 4, AIE_BUFFER_HOST, &error);
	arguments[1] = set->output = aie_buffer_create(set->device, WORDS * 4, AIE_BUFFER_HOST, &error);
	set->command = aie_command_create(set->context, set->instructions, set->stream.size, arguments, 2, &error);
	good(!set->command, &error);
}

static void close_set(struct set *set)
{
	aie_command_destroy(set->command);
	aie_buffer_destroy(set->output);
	aie_buffer_destroy(set->input);
	aie_buffer_destroy(set->instructions);
	aie_context_destroy(set->context);
	aie_device_close(set->device);
	aie_bytes_free(&set->xclbin);
	aie_bytes_free(&set->stream);
}

static void run_set(struct set *set, uint32_t seed)
{
	uint32_t *input = aie_buffer_data(set->input), *output = aie_buffer_data(set->output);
	struct aie_error error;

	for (uint32_t i = 0; i < WORDS; i++) {
		input[i] = (i + seed) * 2246822519U;
		output[i] = 0;
	}
	good(aie_buffer_flush(set->input, 0, WORDS * 4, &error), &error);
	good(aie_buffer_flush(set->output, 0, WORDS * 4, &error), &error);
	good(aie_command_submit(set->command, &error), &error);
	good(aie_command_wait(set->command, 20000, &error), &error);
	good(aie_buffer_invalidate(set->output, 0, WORDS * 4, &error), &error);
	assert_memory_equal(output, input, WORDS * 4);
}

/* xclbin, instruction stream and buffers through the driver, the model and back. */
static void whole_run(void **state)
{
	struct set set;

	(void)state;
	open_set(&set, PROGRAM_GOOD);
	assert_int_equal(aie_context_columns(set.context), 1);
	for (uint32_t i = 0; i < 3; i++)
		run_set(&set, i);
	close_set(&set);
}

/* What the device tells about itself. */
static void information(void **state)
{
	struct aie_device_info info;
	struct aie_error error;
	struct aie_device *device = aie_device_open("sim:npu4", &error);

	(void)state;
	good(!device, &error);
	good(aie_device_info(device, &info, &error), &error);
	assert_string_equal(info.driver, "amdxdna_accel_driver");
	assert_true(info.simulated);
	assert_int_equal(info.columns, 8);
	assert_int_equal(info.rows, 6);
	assert_int_equal(info.core_rows, 4);
	assert_string_equal(info.clock_name[1], "H Clock");
	assert_int_equal(info.clock_mhz[1], 1800);
	aie_device_close(device);
}

/* Time and traffic of the run, from the array's counters. */
static void profile(void **state)
{
	struct aie_profile *profile = calloc(1, sizeof *profile);
	struct aie_error error;
	struct set set;
	bool shim_read = false;

	(void)state;
	open_set(&set, PROGRAM_GOOD);
	run_set(&set, 1);
	aie_device_profile_reset(set.device, true);
	run_set(&set, 2);
	run_set(&set, 3);
	good(aie_device_profile(set.device, profile, &error), &error);
	assert_int_equal(profile->clock_hz, 1800000000);
	assert_int_equal(profile->commands, 2);
	assert_int_equal(profile->configure_cycles, 0);
	assert_int_equal(profile->ddr_bytes_read, 2 * WORDS * 4);
	assert_int_equal(profile->ddr_bytes_written, 2 * WORDS * 4);
	assert_true(profile->cycles > profile->dispatch_cycles);
	assert_int_equal(profile->core_count, 0); /* no core runs */
	for (unsigned i = 0; i < profile->channel_count; i++) {
		const struct aie_profile_channel *channel = &profile->channel[i];

		if (channel->column == 0 && channel->row == 0 && channel->channel == 0 && channel->mm2s) {
			shim_read = true;
			assert_int_equal(channel->bytes, 2 * WORDS * 4);
			assert_int_equal(channel->tasks, 2);
		}
	}
	assert_true(shim_read);
	assert_string_equal(profile->waits, "");
	assert_string_equal(profile->fault, "");
	free(profile);
	close_set(&set);
}

/* Same program, same cycles, whatever the host does. */
static void same_cycles(void **state)
{
	struct aie_profile *profile = calloc(1, sizeof *profile);
	uint64_t cycles[2];
	struct aie_error error;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct set set;

		open_set(&set, PROGRAM_GOOD);
		run_set(&set, i);
		run_set(&set, i + 7);
		good(aie_device_profile(set.device, profile, &error), &error);
		cycles[i] = profile->cycles;
		close_set(&set);
	}
	assert_int_equal(cycles[0], cycles[1]);
	free(profile);
}

/* A standstill: TIMEOUT, the operation, and who waits for what. */
static void standstill(void **state)
{
	struct aie_profile *profile = calloc(1, sizeof *profile);
	struct aie_error error;
	struct set set;

	(void)state;
	open_set(&set, PROGRAM_LOCK_NEVER_FREE);
	good(aie_command_submit(set.command, &error), &error);
	assert_int_equal(aie_command_wait(set.command, 20000, &error), -1);
	assert_int_equal(error.category, AIE_ERROR_FAULT);
	assert_non_null(strstr(error.text, "TIMEOUT"));
	assert_non_null(strstr(error.text, "operation 6"));
	good(aie_device_profile(set.device, profile, &error), &error);
	assert_non_null(strstr(profile->waits, "lock 0"));
	free(profile);
	close_set(&set);
}

/* A core that meets bytes which are no instruction: ERROR, with tile and program counter in words. */
static void core_fault(void **state)
{
	struct aie_profile *profile = calloc(1, sizeof *profile);
	struct aie_error error;
	struct set set;

	(void)state;
	open_set(&set, PROGRAM_CORE_FAULT);
	good(aie_command_submit(set.command, &error), &error);
	assert_int_equal(aie_command_wait(set.command, 20000, &error), -1);
	assert_int_equal(error.category, AIE_ERROR_FAULT);
	assert_non_null(strstr(error.text, "state ERROR"));
	assert_non_null(strstr(error.text, "(0,2)"));
	good(aie_device_profile(set.device, profile, &error), &error);
	assert_non_null(strstr(profile->fault, "(0,2)"));
	free(profile);
	close_set(&set);
}

/* Nothing is left behind: 200 times open, run, close. */
static void many_cycles(void **state)
{
	unsigned descriptors[2] = { 0, 0 };

	(void)state;
	for (uint32_t i = 0; i < 200; i++) {
		struct set set;

		open_set(&set, PROGRAM_GOOD);
		run_set(&set, i);
		close_set(&set);
		if (i == 0 || i == 199) {
			FILE *maps = fopen("/proc/self/maps", "r");
			int c;

			assert_non_null(maps);
			while ((c = getc(maps)) != EOF)
				descriptors[i == 199] += c == '\n';
			fclose(maps);
		}
	}
	/* Mappings of the process: allocators and thread stacks may keep a few, 200 leaks would show. */
	assert_true(descriptors[1] < descriptors[0] + 100);
}

/* Names that lead nowhere. */
static void bad_names(void **state)
{
	struct aie_error error;

	(void)state;
	assert_null(aie_device_open("/dev/accel/accel77", &error));
	assert_int_equal(error.category, AIE_ERROR_DEVICE);
	assert_int_equal(error.sys_errno, ENOENT);
	assert_non_null(strstr(error.text, "amdxdna module"));
	assert_null(aie_device_open("/dev/null", &error));
	assert_non_null(strstr(error.text, "no DRM accelerator"));
	assert_null(aie_device_open("sim:npu9", &error));
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	for (unsigned i = 0; i < 13; i++) {
		static const char *const names[] = { "sim:npu4,x=1",
			                             "sim:npu4:x=1",
			                             "sim:npu4:ddr_bytes_per_cycle=",
			                             "sim:",
			                             "simulator",
			                             "sim:npu4:time_slice_us=x",
			                             "sim:npu4,threads=1:jitter=7",
			                             "sim:npu4,buffer=0.2:4-4",
			                             "sim:npu4,check=",
			                             "sim:npu4,check=overrun+",
			                             "sim:npu4,buffer=8.2:0-4",
			                             "sim:npu4,buffer=0.1:0-4",
			                             "sim:npu4,buffer=0.6:0-4" };

		assert_null(aie_device_open(names[i], &error));
		assert_int_equal(error.category, AIE_ERROR_INPUT);
	}
}

/* Options follow the profile's name after a comma or a colon; a colon in an option belongs to it. */
static void options(void **state)
{
	static const char *const names[] = { "sim:npu4",
		                             "sim:npu4,ddr_bytes_per_cycle=48",
		                             "sim:npu4:ddr_bytes_per_cycle=48",
		                             "sim:npu4:time_slice_us=30000,ddr_bytes_per_cycle=48",
		                             "sim:npu4,ddr_bytes_per_cycle=48,check=overrun,buffer=0.2:0x0-0x400",
		                             "sim:npu4:buffer=*:0x0-0x400,check=overrun,ddr_bytes_per_cycle=48" };

	(void)state;
	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct aie_profile *profile = calloc(1, sizeof *profile);
		struct aie_error error;
		struct aie_device *device = aie_device_open(names[i], &error);

		good(!device, &error);
		good(aie_device_profile(device, profile, &error), &error);
		assert_true(i ? profile->ddr_peak_bytes_per_cycle == 48 : profile->ddr_peak_bytes_per_cycle != 48);
		aie_device_close(device);
		free(profile);
	}
}

/* "auto" without an NPU is the model (this test machine has none or has one: both are fine). */
static void automatic(void **state)
{
	struct aie_error error;
	struct aie_device *device = aie_device_open("auto", &error);

	(void)state;
	if (!device)
		assert_int_equal(error.category, AIE_ERROR_DEVICE);
	aie_device_close(device);
}

/* Corrupt images are found before the device is asked. */
static void bad_images(void **state)
{
	struct aie_error error;
	struct set set;

	(void)state;
	open_set(&set, PROGRAM_GOOD);
	assert_null(aie_context_create_xclbin(set.device, set.xclbin.data, 100, NULL, &error));
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	assert_null(aie_context_create_xclbin(set.device, set.xclbin.data, set.xclbin.size, "NO_SUCH", &error));
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	assert_null(aie_command_create(set.context, set.instructions, 20, &set.input, 1, &error));
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	/* the stream patches argument 1, and only one is given */
	assert_null(aie_command_create(set.context, set.instructions, set.stream.size, &set.input, 1, &error));
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	close_set(&set);
}

/* Fact: five buffers is what an mlir-aie kernel takes. */
static void too_many_arguments(void **state)
{
	struct aie_buffer *arguments[6];
	struct aie_error error;
	struct set set;

	(void)state;
	open_set(&set, PROGRAM_GOOD);
	for (unsigned i = 0; i < 6; i++)
		arguments[i] = set.input;
	assert_null(aie_command_create(set.context, set.instructions, set.stream.size, arguments, 6, &error));
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	close_set(&set);
}

/* Fact: 16 contexts; the next one fails with words that say so. */
static void out_of_contexts(void **state)
{
	struct aie_context *contexts[16] = { 0 };
	struct aie_error error;
	struct set set;

	(void)state;
	open_set(&set, PROGRAM_GOOD);
	for (unsigned i = 0; i < 15; i++) {
		contexts[i] = aie_context_create_xclbin(set.device, set.xclbin.data, set.xclbin.size, NULL, &error);
		good(!contexts[i], &error);
	}
	assert_null(aie_context_create_xclbin(set.device, set.xclbin.data, set.xclbin.size, NULL, &error));
	assert_int_equal(error.sys_errno, EINVAL);
	assert_non_null(strstr(error.text, "no free hardware context"));
	for (unsigned i = 0; i < 15; i++)
		aie_context_destroy(contexts[i]);
	close_set(&set);
}

/* Fact: the device heap grows in chunks of 64 MiB up to 512 MiB, and no more. */
static void out_of_heap(void **state)
{
	struct aie_buffer *buffers[8], *buffer;
	struct aie_error error;
	struct set set;

	(void)state;
	open_set(&set, PROGRAM_GOOD);
	for (unsigned i = 0; i < 7; i++) {
		buffers[i] = aie_buffer_create(set.device, 64U << 20, AIE_BUFFER_INSTRUCTION, &error);
		good(!buffers[i], &error);
		assert_true(aie_buffer_address(buffers[i]) % 0x8000 == 0);
		((uint8_t *)aie_buffer_data(buffers[i]))[(64U << 20) - 1] = (uint8_t)i;
	}
	buffer = aie_buffer_create(set.device, 64U << 20, AIE_BUFFER_INSTRUCTION, &error);
	assert_null(buffer);
	assert_non_null(strstr(error.text, "no room left"));
	assert_null(aie_buffer_create(set.device, 0, AIE_BUFFER_HOST, &error));
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	/* What is there goes on working. */
	good(aie_command_submit(set.command, &error), &error);
	good(aie_command_wait(set.command, -1, &error), &error);
	for (unsigned i = 0; i < 7; i++)
		aie_buffer_destroy(buffers[i]);
	close_set(&set);
}

/* A wait with a time-out of 0 polls; waiting for what was never submitted is the caller's mistake. */
static void waiting(void **state)
{
	struct aie_error error;
	struct set set;

	(void)state;
	open_set(&set, PROGRAM_GOOD);
	assert_int_equal(aie_command_wait(set.command, 0, &error), -1);
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	good(aie_command_submit(set.command, &error), &error);
	while (aie_command_wait(set.command, 0, &error))
		assert_int_equal(error.sys_errno, ETIME);
	assert_int_equal(aie_context_wait(set.context, aie_command_sequence(set.command) + 1, 0, &error), -1);
	assert_non_null(strstr(error.text, "no command with this number was submitted"));
	assert_int_equal(aie_buffer_invalidate(set.input, SIZE_MAX, 2, &error), -1);
	assert_non_null(strstr(error.text, "2 bytes at offset 18446744073709551615"));
	close_set(&set);
}

/* ---- the order of calls ----------------------------------------------------------------------------------------- */

/* A transport that writes down what the client asks for. */
static struct aie_transport inner;
static char journal[4096];

static void note(const char *name)
{
	strncat(journal, name, sizeof journal - strlen(journal) - 2);
	strcat(journal, " ");
}

static int noting_ioctl(void *user, unsigned long request, void *argument)
{
	static const struct {
		unsigned long request;
		const char *name;
	} names[] = {
		{ DRM_IOCTL_VERSION, "VERSION" },
		{ AMDXDNA_IOCTL_CREATE_BO, "CREATE_BO" },
		{ AMDXDNA_IOCTL_GET_BO_INFO, "INFO" },
		{ AMDXDNA_IOCTL_GET_INFO, "GET_INFO" },
		{ AMDXDNA_IOCTL_CREATE_HWCTX, "CREATE_HWCTX" },
		{ AMDXDNA_IOCTL_CONFIG_HWCTX, "CONFIG" },
		{ AMDXDNA_IOCTL_EXEC_CMD, "EXEC" },
		{ DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, "WAIT" },
		{ AMDXDNA_IOCTL_DESTROY_HWCTX, "DESTROY" },
		{ DRM_IOCTL_SYNCOBJ_DESTROY, "SYNCOBJ_DESTROY" },
		{ DRM_IOCTL_GEM_CLOSE, "GEM_CLOSE" },
	};
	const char *name = "?";

	(void)user;
	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].request == request)
			name = names[i].name;
	if (request == AMDXDNA_IOCTL_CREATE_BO) {
		char text[16];

		snprintf(text, sizeof text, "CREATE_BO%u", ((struct amdxdna_create_bo *)argument)->type);
		note(text);
	} else {
		note(name);
	}
	return inner.ioctl(inner.user, request, argument);
}

static void *noting_mmap(void *user, void *address, size_t length, int protection, int flags, off_t offset)
{
	(void)user;
	note("mmap");
	return inner.mmap(inner.user, address, length, protection, flags, offset);
}

static int noting_munmap(void *user, void *address, size_t length)
{
	(void)user;
	note("munmap");
	return inner.munmap(inner.user, address, length);
}

#include "driver/client/client.h"

/* Fact: the minimal program, call by call. */
static void call_order(void **state)
{
	struct aie_transport *transport;
	struct aie_error error;
	struct set set;

	(void)state;
	open_set(&set, PROGRAM_GOOD);
	transport = &set.device->transport;
	inner = *transport;
	transport->ioctl = noting_ioctl;
	transport->mmap = noting_mmap;
	transport->munmap = noting_munmap;
	struct aie_context *context =
	        aie_context_create_xclbin(set.device, set.xclbin.data, set.xclbin.size, NULL, &error);
	good(!context, &error);
	struct aie_buffer *instructions = aie_buffer_create(set.device, 4096, AIE_BUFFER_INSTRUCTION, &error);
	struct aie_buffer *data = aie_buffer_create(set.device, 4096, AIE_BUFFER_HOST, &error);
	memcpy(aie_buffer_data(instructions), set.stream.data, set.stream.size);
	struct aie_buffer *arguments[2] = { set.input, set.output };
	struct aie_command *command = aie_command_create(context, instructions, set.stream.size, arguments, 2, &error);
	good(!command, &error);
	good(aie_command_submit(command, &error), &error);
	good(aie_command_wait(command, -1, &error), &error);
	aie_context_destroy(context);
	aie_command_destroy(command);
	aie_buffer_destroy(data);
	aie_buffer_destroy(instructions);
	assert_string_equal(journal,
	                    "CREATE_HWCTX CREATE_BO3 INFO CONFIG CREATE_BO3 INFO CREATE_BO1 INFO mmap INFO "
	                    "CREATE_BO4 INFO mmap EXEC WAIT DESTROY SYNCOBJ_DESTROY GEM_CLOSE munmap GEM_CLOSE "
	                    "munmap GEM_CLOSE GEM_CLOSE ");
	*transport = inner;
	close_set(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_run),       cmocka_unit_test(information),
		cmocka_unit_test(profile),         cmocka_unit_test(same_cycles),
		cmocka_unit_test(standstill),      cmocka_unit_test(core_fault),
		cmocka_unit_test(bad_names),       cmocka_unit_test(automatic),
		cmocka_unit_test(bad_images),      cmocka_unit_test(too_many_arguments),
		cmocka_unit_test(out_of_contexts), cmocka_unit_test(out_of_heap),
		cmocka_unit_test(waiting),         cmocka_unit_test(call_order),
		cmocka_unit_test(many_cycles),     cmocka_unit_test(options),
	};

	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
