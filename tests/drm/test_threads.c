/* Many threads on one device: contexts of their own, one shared file, buffers coming and going. */
#include "tests/drm/rig.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

enum { THREADS = 8, COMMANDS = 25 };

struct worker {
	struct rig *rig;
	pthread_t thread;
	unsigned completed;
};

/* cmocka's assertions are for the main thread only: count what went well. */
static void *work(void *argument)
{
	struct worker *worker = argument;
	struct rig *rig = worker->rig;
	struct rig_program program;
	uint32_t packet, *words;

	rig_noop_program(rig, &program);
	packet = rig_packet(rig, &words);
	for (unsigned i = 0; i < COMMANDS; i++) {
		uint32_t scratch = 0;
		uint64_t seq = 0;
		uint8_t *data;

		if (rig_create_bo(rig, AMDXDNA_BO_SHARE, 8192, &scratch))
			break;
		data = rig_map(rig, scratch, 8192, NULL);
		data[i] = 1;
		rig_start_cu(words, &program, NULL, 0);
		if (rig_submit(rig, program.context.handle, packet, &scratch, 1, &seq) ||
		    rig_wait(rig, program.context.syncobj_handle, seq, 60000, 0))
			break;
		if (rig_state(words) == AMDXDNA_STATE_COMPLETED && seq == i)
			worker->completed++;
		aie_drm_file_munmap(rig->file, data, 8192);
		rig_close_bo(rig, scratch);
	}
	rig_destroy_context(rig, program.context.handle);
	return NULL;
}

static void many_threads(void **state)
{
	struct worker workers[THREADS];

	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .rig = *state };
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		assert_int_equal(workers[i].completed, COMMANDS);
	}
}

/* Several threads wait for the same command. */
struct waiter {
	struct rig *rig;
	pthread_t thread;
	uint32_t syncobj;
	int result;
};

static void *wait_for_it(void *argument)
{
	struct waiter *waiter = argument;

	waiter->result = rig_wait(waiter->rig, waiter->syncobj, 3, 60000, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT);
	return NULL;
}

static void many_waiters(void **state)
{
	struct rig *rig = *state;
	struct waiter waiters[THREADS];
	struct rig_program program;
	uint32_t packet, *words;

	rig_noop_program(rig, &program);
	packet = rig_packet(rig, &words);
	for (unsigned i = 0; i < THREADS; i++) {
		waiters[i] = (struct waiter){ .rig = rig, .syncobj = program.context.syncobj_handle, .result = 1 };
		assert_int_equal(pthread_create(&waiters[i].thread, NULL, wait_for_it, &waiters[i]), 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		uint64_t seq;

		rig_start_cu(words, &program, NULL, 0);
		assert_int_equal(rig_submit(rig, program.context.handle, packet, NULL, 0, &seq), 0);
		assert_int_equal(rig_wait(rig, program.context.syncobj_handle, seq, 60000, 0), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(waiters[i].thread, NULL);
		assert_int_equal(waiters[i].result, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(many_threads, rig_setup_heap, rig_teardown),
		cmocka_unit_test_setup_teardown(many_waiters, rig_setup_heap, rig_teardown),
	};

	return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
