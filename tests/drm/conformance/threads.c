/* Many threads on one device: contexts of their own, one shared context, buffers and waiters coming and going.
 *
 * Expectations are for the main thread only: workers count what went well. */
#include <pthread.h>
#include <stdio.h>

#include "tests/drm/conformance/conformance.h"

#define GROUP "threads"

enum { THREADS = 8, COMMANDS = 25 };

struct worker {
	struct conf_file *f;
	struct conf_program *program;
	pthread_t thread;
	unsigned done;
	uint32_t packet;
	uint32_t *words;
};

static void *own_context(void *argument)
{
	struct worker *worker = argument;

	for (unsigned i = 0; i < COMMANDS; i++) {
		uint64_t seq = 0;

		conf_start_cu(worker->program->packet, worker->program, NULL, 0);
		if (conf_submit(worker->f, worker->program->context.handle, worker->program->packet_handle, NULL, 0,
		                &seq) ||
		    conf_wait(worker->f, worker->program->context.syncobj_handle, seq, 60000, 0))
			break;
		if (conf_state(worker->program->packet) == AMDXDNA_STATE_COMPLETED && seq == i)
			worker->done++;
	}
	return NULL;
}

static void run_workers(struct conf *conf, struct worker *workers, void *(*work)(void *))
{
	unsigned started = 0;

	while (started < THREADS && !pthread_create(&workers[started].thread, NULL, work, &workers[started]))
		started++;
	for (unsigned i = 0; i < started; i++)
		pthread_join(workers[i].thread, NULL);
	EXPECT_IS(started, THREADS);
}

CASE(own_contexts, HEAP, "8 threads submit to contexts of their own at the same time")
{
	struct conf_program programs[THREADS];
	struct worker workers[THREADS];

	for (unsigned i = 0; i < THREADS; i++) {
		conf_program(f, &programs[i]);
		workers[i] = (struct worker){ .f = f, .program = &programs[i] };
	}
	run_workers(conf, workers, own_context);
	for (unsigned i = 0; i < THREADS; i++)
		EXPECT_IS(workers[i].done, COMMANDS);
}

static void *shared_context(void *argument)
{
	struct worker *worker = argument;

	for (unsigned i = 0; i < COMMANDS; i++) {
		uint64_t seq = 0;

		conf_start_cu(worker->words, worker->program, NULL, 0);
		if (conf_submit(worker->f, worker->program->context.handle, worker->packet, NULL, 0, &seq) ||
		    conf_wait(worker->f, worker->program->context.syncobj_handle, seq, 60000, 0))
			break;
		worker->done += conf_state(worker->words) == AMDXDNA_STATE_COMPLETED;
	}
	return NULL;
}

CASE(one_context, PROGRAM, "8 threads submit to one context at the same time")
{
	struct worker workers[THREADS];
	uint64_t seq;

	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .f = f, .program = &conf->program };
		workers[i].packet = conf_packet(f, &workers[i].words);
	}
	run_workers(conf, workers, shared_context);
	for (unsigned i = 0; i < THREADS; i++)
		EXPECT_IS(workers[i].done, COMMANDS);
	EXPECT_IS(conf_submit(f, conf->program.context.handle, conf->program.packet_handle, NULL, 0, &seq), 0);
	EXPECT_IS(seq, THREADS * COMMANDS);
}

static void *churn(void *argument)
{
	struct worker *worker = argument;

	for (unsigned i = 0; i < COMMANDS; i++) {
		struct amdxdna_get_bo_info info;
		uint32_t share = 0, dev = 0;

		if (conf_create(worker->f, AMDXDNA_BO_SHARE, 8192, &share) ||
		    conf_create(worker->f, AMDXDNA_BO_DEV, 4096, &dev) || conf_info(worker->f, dev, &info))
			break;
		*(volatile uint8_t *)(uintptr_t)info.vaddr = (uint8_t)i;
		worker->done += !conf_gem_close(worker->f, share) && !conf_gem_close(worker->f, dev);
	}
	return NULL;
}

CASE(buffers, HEAP, "8 threads create and close buffers at the same time")
{
	struct worker workers[THREADS];

	for (unsigned i = 0; i < THREADS; i++)
		workers[i] = (struct worker){ .f = f };
	run_workers(conf, workers, churn);
	for (unsigned i = 0; i < THREADS; i++)
		EXPECT_IS(workers[i].done, COMMANDS);
}

static void *wait_for_third(void *argument)
{
	struct worker *worker = argument;

	worker->done = !conf_wait(worker->f, worker->program->context.syncobj_handle, 3, 60000,
	                          DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT);
	return NULL;
}

CASE(waiters, PROGRAM, "8 threads wait for the same command, which is submitted later")
{
	struct worker workers[THREADS];
	unsigned started = 0;
	int result = 0;

	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .f = f, .program = &conf->program };
		started += !pthread_create(&workers[i].thread, NULL, wait_for_third, &workers[i]);
	}
	EXPECT_IS(started, THREADS);
	for (unsigned i = 0; i < 4; i++)
		result |= conf_run(f, &conf->program);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	EXPECT_IS(result, 0);
	for (unsigned i = 0; i < THREADS; i++)
		EXPECT_IS(workers[i].done, 1);
}
