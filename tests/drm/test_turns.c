/* Contexts sharing the array: whose command comes next, and what a change costs.
 *
 * The worker is held while commands are submitted, so that they wait in the queue together; one that polls until the
 * watchdog ends it shows by its state whether another one went before it. */
#include "tests/drm/rig.h"
#include "tests/drm/program.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "driver/image/registers.h"
#include "driver/image/txn.h"
#include "driver/profile.h"
#include "sim/drm/internal.h"

struct command {
	struct rig_program program;
	uint32_t handle, *packet;
};

static struct rig open_rig(const char *options)
{
	struct rig rig = { 0 };
	struct aie_error error;

	rig.device = aie_drm_device_create(options, &error);
	if (!rig.device)
		fail_msg("%s", error.text);
	rig.file = aie_drm_file_open(rig.device);
	assert_non_null(rig.file);
	assert_int_equal(rig_create_bo(&rig, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, &rig.heap), 0);
	assert_int_equal(rig_map_heap(&rig), 0);
	return rig;
}

static void close_rig(struct rig *rig)
{
	aie_drm_file_close(rig->file);
	aie_drm_device_destroy(rig->device);
	munmap(rig->heap_data, AMDXDNA_HEAP_CHUNK);
}

static void make_context(struct rig *rig, uint32_t priority, struct rig_program *program)
{
	struct amdxdna_qos qos = { .priority = priority };
	struct aie_bytes pdi;

	program->context = (struct amdxdna_create_hwctx){ .qos_p = (uintptr_t)&qos, .num_tiles = 32 };
	assert_int_equal(rig_ioctl(rig, AMDXDNA_IOCTL_CREATE_HWCTX, &program->context), 0);
	program_noop_pdi(&pdi);
	program->pdi = rig_dev(rig, pdi.data, pdi.size, NULL);
	aie_bytes_free(&pdi);
	assert_int_equal(rig_configure(rig, program->context.handle, program->pdi), 0);
}

/* A command of the context: it does nothing, or polls a timer for a value it never has. */
static struct command make_command(struct rig *rig, const struct rig_program *program, bool polls)
{
	struct command command = { .program = *program };
	struct aie_txn_builder txn;
	struct aie_bytes stream;
	struct aie_error error;

	if (polls) {
		aie_txn_begin(&txn, AIE_TXN_V0_1, AIE_TXN_NPU2, 8);
		aie_txn_mask_poll(&txn, aie_tile_address(0, 2, AIE_CORE_TIMER_LOW), 2, 1);
		assert_int_equal(aie_txn_finish(&txn, &stream, &error), 0);
	} else {
		program_noop_stream(&stream, 8);
	}
	rig_dev(rig, stream.data, stream.size, &command.program.instructions_npu);
	command.program.instruction_bytes = (uint32_t)stream.size;
	aie_bytes_free(&stream);
	command.handle = rig_packet(rig, &command.packet);
	rig_start_cu(command.packet, &command.program, NULL, 0);
	return command;
}

static uint64_t submit(struct rig *rig, const struct command *command)
{
	uint64_t seq = 0;

	assert_int_equal(rig_submit(rig, command->program.context.handle, command->handle, NULL, 0, &seq), 0);
	return seq;
}

static void wait_for(struct rig *rig, const struct command *command, uint64_t seq)
{
	assert_int_equal(rig_wait(rig, command->program.context.syncobj_handle, seq, 60000, 0), 0);
}

/* Submitted in this order at once, `expected` is over before `later`, which polls, has ended. */
static void expect_first(struct rig *rig, const struct command *later, const struct command *expected, bool later_first)
{
	uint64_t seq = 0, last = 0;

	pthread_mutex_lock(&rig->device->lock);
	aie_drm_pause(rig->device);
	pthread_mutex_unlock(&rig->device->lock);
	for (unsigned i = 0; i < 2; i++)
		if (!i == later_first)
			last = submit(rig, later);
		else
			seq = submit(rig, expected);
	pthread_mutex_lock(&rig->device->lock);
	aie_drm_resume(rig->device);
	pthread_mutex_unlock(&rig->device->lock);
	wait_for(rig, expected, seq);
	assert_int_equal(rig_state(expected->packet), AMDXDNA_STATE_COMPLETED);
	assert_int_equal(rig_state(later->packet), AMDXDNA_STATE_NEW);
	wait_for(rig, later, last);
	assert_int_equal(rig_state(later->packet), AMDXDNA_STATE_TIMEOUT);
}

static const char slow[] = ":npu4,firmware_poll_ns=20,firmware_watchdog_us=8000";
static const char slow_slices[] = ":npu4,firmware_poll_ns=20,firmware_watchdog_us=8000,time_slice_us=1000000";

/* Fact: priorities are real time, high, normal, low; the higher one goes first though it came later. */
static void priorities(void **state)
{
	static const uint32_t order[] = { AMDXDNA_PRIORITY_REALTIME, AMDXDNA_PRIORITY_HIGH, AMDXDNA_PRIORITY_NORMAL,
		                          AMDXDNA_PRIORITY_LOW };
	struct rig rig = open_rig(slow);
	struct rig_program higher, lower;

	(void)state;
	for (unsigned i = 0; i + 1 < sizeof order / sizeof order[0]; i++) {
		struct command first, second;

		make_context(&rig, order[i], &higher);
		make_context(&rig, order[i + 1], &lower);
		first = make_command(&rig, &higher, false);
		second = make_command(&rig, &lower, true);
		expect_first(&rig, &second, &first, true);
	}
	close_rig(&rig);
}

/* Two contexts of one priority, the first of which had the last turn. */
static void equal_contexts(struct rig *rig, struct rig_program *one, struct rig_program *two)
{
	struct command turn;

	make_context(rig, AMDXDNA_PRIORITY_NORMAL, one);
	make_context(rig, AMDXDNA_PRIORITY_NORMAL, two);
	turn = make_command(rig, one, false);
	wait_for(rig, &turn, submit(rig, &turn));
}

/* Among equals the order is that of submission, whichever context had the last turn. */
static void first_come(void **state)
{
	struct rig rig = open_rig(slow);
	struct rig_program one, two;
	struct command first, second;

	(void)state;
	equal_contexts(&rig, &one, &two);
	first = make_command(&rig, &two, false);
	second = make_command(&rig, &one, true);
	expect_first(&rig, &second, &first, false);
	close_rig(&rig);
}

/* With time slices a context goes on while its slice lasts, though another one's command came before. */
static void slices(void **state)
{
	struct rig rig = open_rig(slow_slices);
	struct rig_program one, two;
	struct command first, second;

	(void)state;
	equal_contexts(&rig, &one, &two);
	first = make_command(&rig, &one, false);
	second = make_command(&rig, &two, true);
	expect_first(&rig, &second, &first, true);
	close_rig(&rig);
}

static uint64_t configure_cycles(struct rig *rig, const struct command *order[], unsigned count)
{
	struct aie_profile *profile = calloc(1, sizeof *profile);
	uint64_t cycles;

	assert_non_null(profile);
	aie_drm_device_profile_reset(rig->device, 0);
	for (unsigned i = 0; i < count; i++) {
		rig_start_cu(order[i]->packet, &order[i]->program, NULL, 0);
		wait_for(rig, order[i], submit(rig, order[i]));
	}
	assert_int_equal(aie_drm_device_profile(rig->device, profile), 0);
	cycles = profile->configure_cycles;
	free(profile);
	return cycles;
}

/* Fact: after another context the configuration is loaded again, which costs the switch and the image. */
static void switch_cost(void **state)
{
	struct rig rig = open_rig(":npu4");
	struct rig_program one, two;
	struct command a, b;

	(void)state;
	make_context(&rig, AMDXDNA_PRIORITY_NORMAL, &one);
	make_context(&rig, AMDXDNA_PRIORITY_NORMAL, &two);
	a = make_command(&rig, &one, false);
	b = make_command(&rig, &two, false);
	const struct command *alternating[] = { &a, &b, &a, &b };
	const struct command *grouped[] = { &a, &a, &b, &b };
	configure_cycles(&rig, alternating, 2); /* both have been there */
	uint64_t often = configure_cycles(&rig, alternating, 4), seldom = configure_cycles(&rig, grouped, 4);
	assert_true(seldom > 0);
	/* Parts of a cycle are carried over from one time spent to the next. */
	assert_in_range(often, 2 * seldom - 4, 2 * seldom + 4);
	close_rig(&rig);
}

/* Options are checked. */
static void bad_slices(void **state)
{
	static const char *const bad[] = { ":npu4,time_slice_us=", ":npu4,time_slice_us=x", ":npu4,time_slice_us=-1",
		                           ":npu4,time_slice_us=1000000001", ":npu4,time_slice_us=5x" };
	struct aie_error error;

	(void)state;
	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_null(aie_drm_device_create(bad[i], &error));
		assert_int_equal(error.category, AIE_ERROR_INPUT);
		assert_non_null(strstr(error.text, "time_slice_us"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(priorities),  cmocka_unit_test(first_come), cmocka_unit_test(slices),
		cmocka_unit_test(switch_cost), cmocka_unit_test(bad_slices),
	};

	return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
