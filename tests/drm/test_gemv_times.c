/* The GEMV with the loop of the published v1 build, queued behind other runs, against its published times.
 *
 * Published: v1 (single-pump), 8 workers, 100 dispatches without waiting in between, Strix on Windows, packed weights
 * of 4.5 bits: 2204, 2182, 566 and 157 us a run.  These times are 33.3 ns (60 array cycles) for every 32 weights of a
 * worker and 20 us a run; the program here spends 60 cycles in its loop and about one more on the ends of the rows.
 * The size of its tiles is not published: one row, as in its first test.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/aie.h"
#include "kernels/operator.h"
#include "tests/drm/rig.h"

enum { ARGUMENTS = 3, DEPTH = 2 /* runs in flight; the first finds the device idle */ };

struct run {
	const struct aie_operator *op;
	struct aie_operator_job *job;
	struct aie_device *device;
	struct aie_context *context;
	struct aie_buffer *instructions, *argument[ARGUMENTS];
	struct aie_command *command[DEPTH];
	struct aie_error error;
};

static void good(const struct run *run, bool failed)
{
	if (failed)
		fail_msg("%s", run->error.text);
}

static void open_run(struct run *run, const char *device, const char *m, const char *k)
{
	const struct aie_operator_setting settings[] = {
		{ "M", m }, { "K", k }, { "schedule", "single" }, { "loop", "60" }
	};
	const struct aie_operator_image *image;

	memset(run, 0, sizeof *run);
	run->op = aie_operator_find("gemv-int4");
	assert_non_null(run->op);
	run->job = run->op->create(settings, 4, &run->error);
	good(run, !run->job);
	image = run->op->image(run->job);
	run->device = aie_device_open(device, &run->error);
	good(run, !run->device);
	run->context = aie_context_create_xclbin(run->device, image->xclbin, image->xclbin_size, NULL, &run->error);
	good(run, !run->context);
	run->instructions =
	        aie_buffer_create(run->device, image->instructions_size, AIE_BUFFER_INSTRUCTION, &run->error);
	good(run, !run->instructions);
	memcpy(aie_buffer_data(run->instructions), image->instructions, image->instructions_size);
	for (unsigned i = 0; i < ARGUMENTS; i++) {
		const struct aie_operator_argument *argument = &run->op->info(run->job)->argument[i];

		run->argument[i] = aie_buffer_create(run->device, argument->size, AIE_BUFFER_HOST, &run->error);
		good(run, !run->argument[i]);
		if (argument->direction == AIE_ARGUMENT_IN)
			good(run, run->op->fill(run->job, i, aie_buffer_data(run->argument[i]), &run->error));
	}
	for (unsigned i = 0; i < DEPTH; i++) {
		run->command[i] = aie_command_create(run->context, run->instructions, image->instructions_size,
		                                     run->argument, ARGUMENTS, &run->error);
		good(run, !run->command[i]);
	}
}

static void close_run(struct run *run)
{
	for (unsigned i = 0; i < DEPTH; i++)
		aie_command_destroy(run->command[i]);
	for (unsigned i = 0; i < ARGUMENTS; i++)
		aie_buffer_destroy(run->argument[i]);
	aie_buffer_destroy(run->instructions);
	aie_context_destroy(run->context);
	aie_device_close(run->device);
	run->op->destroy(run->job);
}

/* Microseconds that `count` runs take, all submitted before the first is waited for. */
static double runs(struct run *run, unsigned count)
{
	struct aie_profile *profile = calloc(1, sizeof *profile);
	double time;

	assert_non_null(profile);
	aie_device_profile_reset(run->device, false);
	for (unsigned i = 0; i < count; i++)
		good(run, aie_command_submit(run->command[i], &run->error));
	for (unsigned i = 0; i < count; i++)
		good(run, aie_command_wait(run->command[i], -1, &run->error));
	good(run, aie_device_profile(run->device, profile, &run->error));
	assert_int_equal(profile->commands, count);
	time = (double)profile->cycles / (double)profile->clock_hz * 1e6;
	free(profile);
	return time;
}

static void queued_runs(void **state)
{
	static const struct {
		const char *m, *k;
		double published;
	} shapes[] = {
		{ "8192", "2048", 2204 },
		{ "2048", "8192", 2182 },
		{ "2048", "2048", 566 },
		{ "512", "2048", 157 },
	};
	unsigned failures = 0;

	(void)state;
	for (unsigned i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		const void *data[ARGUMENTS] = { 0 };
		struct aie_operator_result result;
		struct run run;
		double alone, queued, off;

		open_run(&run, "sim", shapes[i].m, shapes[i].k);
		runs(&run, 1); /* loads the configuration */
		alone = runs(&run, 1);
		queued = (runs(&run, DEPTH) - alone) / (DEPTH - 1);
		off = (queued / shapes[i].published - 1) * 100;
		print_message("%sx%s: %.1f us alone, %.1f queued, published %.0f (%+.1f %%)\n", shapes[i].m,
		              shapes[i].k, alone, queued, shapes[i].published, off);
		failures += !(off > -5 && off < 5);
		data[2] = aie_buffer_data(run.argument[2]);
		memset(&result, 0, sizeof result);
		good(&run, run.op->check(run.job, data, &result, &run.error));
		assert_true(result.pass && result.exact_checked);
		close_run(&run);
	}
	assert_int_equal(failures, 0);
}

/* Disturbed times change when things happen and nothing else: the GEMV's locks are complete. */
static void jitter(void **state)
{
	enum { SEEDS = 5 };
	double time[SEEDS];

	(void)state;
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		const void *data[ARGUMENTS] = { 0 };
		struct aie_operator_result result;
		char device[32];
		struct run run;

		snprintf(device, sizeof device, "sim:npu4,jitter=%u", seed);
		open_run(&run, device, "64", "512");
		time[seed] = runs(&run, 1);
		data[2] = aie_buffer_data(run.argument[2]);
		memset(&result, 0, sizeof result);
		good(&run, run.op->check(run.job, data, &result, &run.error));
		assert_true(result.pass && result.exact_checked && !result.exact_mismatches);
		close_run(&run);
		for (unsigned i = 0; i < seed; i++)
			assert_true(time[i] != time[seed]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queued_runs),
		cmocka_unit_test(jitter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
