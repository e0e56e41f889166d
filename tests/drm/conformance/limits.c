/* At the limits: a whole gibibyte through the DMA, commands that take long, waits that are interrupted or only sleep,
 * what goes away while it is in use, memory that is used up. */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include "tests/drm/conformance/conformance.h"
#include "tests/drm/program.h"

#define GROUP "limits"

enum { MIB = 1 << 20, ARGUMENTS = 2 };

/* A program that moves `bytes` from one buffer to another, `times` times, and these buffers. */
struct loop {
	struct conf_program program;
	uint8_t *data[ARGUMENTS];
	uint32_t handle[ARGUMENTS];
};

static void make_loop(struct conf_file *f, size_t bytes, unsigned times, struct loop *loop)
{
	struct aie_bytes pdi, stream;
	uint64_t addresses[ARGUMENTS];

	program_shim_loop_pdi(&pdi);
	program_shim_loop_stream(&stream, (uint32_t)(bytes / 4), times);
	conf_program_of(f, &pdi, &stream, &loop->program);
	aie_bytes_free(&pdi);
	aie_bytes_free(&stream);
	for (unsigned i = 0; i < ARGUMENTS; i++) {
		loop->handle[i] = conf_share(f, bytes, &loop->data[i]);
		addresses[i] = (uintptr_t)loop->data[i];
	}
	conf_start_cu(loop->program.packet, &loop->program, addresses, ARGUMENTS);
}

static int submit_loop(struct conf_file *f, const struct loop *loop, uint64_t *seq)
{
	return conf_submit(f, loop->program.context.handle, loop->program.packet_handle, loop->handle, ARGUMENTS, seq);
}

static int wait_loop(struct conf_file *f, const struct loop *loop, uint64_t seq)
{
	return conf_wait(f, loop->program.context.syncobj_handle, seq, 300000, 0);
}

/* ---- a gibibyte ------------------------------------------------------------------------------------------------- */

static unsigned long available_mib(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long kib = 0;
	char line[128];

	while (file && fgets(line, sizeof line, file) && sscanf(line, "MemAvailable: %lu kB", &kib) != 1)
		;
	if (file)
		fclose(file);
	return kib / 1024;
}

CASE(loop_back_one_gib, HEAP, "1 GiB goes through the array, every byte of it, from one buffer to another")
{
	const size_t bytes = (size_t)1 << 30;
	struct loop loop;
	uint64_t seq, word = 1;

#ifdef __SANITIZE_THREAD__
	conf_skip(conf, "ThreadSanitizer needs five times the memory and minutes for it");
#endif
	if (available_mib() < 2 * 1024 + 512)
		conf_skip(conf, "less than 2.5 GiB of memory is available");
	make_loop(f, bytes, 1, &loop);
	for (size_t i = 0; i < bytes; i += sizeof word, word = word * UINT64_C(6364136223846793005) + 1)
		memcpy(loop.data[0] + i, &word, sizeof word);
	EXPECT_IS(submit_loop(f, &loop, &seq), 0);
	EXPECT_IS(wait_loop(f, &loop, seq), 0);
	EXPECT_IS(conf_state(loop.program.packet), AMDXDNA_STATE_COMPLETED);
	EXPECT(memcmp(loop.data[0], loop.data[1], bytes) == 0);
}

/* ---- waits ------------------------------------------------------------------------------------------------------ */

static double seconds_of(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

CASE(wait_sleeps, PROGRAM, "a wait for what nobody submits sleeps: next to no processor time in the whole process")
{
	double used = seconds_of(CLOCK_PROCESS_CPUTIME_ID), lasted = seconds_of(CLOCK_MONOTONIC);

	EXPECT_IS(conf_wait(f, conf->program.context.syncobj_handle, 9, 300, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT),
	          -ETIME);
	used = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - used;
	lasted = seconds_of(CLOCK_MONOTONIC) - lasted;
	EXPECT(lasted >= 0.3);
	EXPECT(used < 0.05);
}

CASE(wait_for_command_sleeps, HEAP, "a wait for a running command sleeps: next to no processor time in its thread")
{
	struct loop loop;
	double used;
	uint64_t seq;

	make_loop(f, MIB, 32, &loop);
	EXPECT_IS(submit_loop(f, &loop, &seq), 0);
	used = seconds_of(CLOCK_THREAD_CPUTIME_ID);
	EXPECT_IS(wait_loop(f, &loop, seq), 0);
	used = seconds_of(CLOCK_THREAD_CPUTIME_ID) - used;
	EXPECT_IS(conf_state(loop.program.packet), AMDXDNA_STATE_COMPLETED);
	EXPECT(used < 0.02);
}

/* Signals to a thread, again and again: the first may come before it sleeps. */
struct nagger {
	pthread_t thread, target;
	struct sigaction before;
	volatile int stop;
};

static void handle_signal(int number)
{
	(void)number;
}

static void *nag(void *argument)
{
	struct nagger *nagger = argument;
	const struct timespec pause = { .tv_nsec = 5000000 };

	while (!__atomic_load_n(&nagger->stop, __ATOMIC_RELAXED)) {
		pthread_kill(nagger->target, SIGUSR1);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

static void start_nagging(struct conf *conf, struct nagger *nagger)
{
	const struct sigaction action = { .sa_handler = handle_signal }; /* without SA_RESTART */

	nagger->stop = 0;
	nagger->target = pthread_self();
	sigaction(SIGUSR1, &action, &nagger->before);
	EXPECT_IS(pthread_create(&nagger->thread, NULL, nag, nagger), 0);
}

static void stop_nagging(struct nagger *nagger)
{
	__atomic_store_n(&nagger->stop, 1, __ATOMIC_RELAXED);
	pthread_join(nagger->thread, NULL);
	sigaction(SIGUSR1, &nagger->before, NULL);
}

CASE(wait_interrupted, PROGRAM, "a signal handler interrupts a wait: EINTR")
{
	struct nagger nagger;
	int result;

	start_nagging(conf, &nagger);
	result = conf_wait(f, conf->program.context.syncobj_handle, 9, 20000, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT);
	stop_nagging(&nagger);
	EXPECT_IS(result, -EINTR);
}

CASE(submit_interrupted, HEAP, "a signal handler interrupts EXEC_CMD while no place is free: EINTR, nothing submitted")
{
	uint64_t seq[AMDXDNA_COMMAND_DEPTH], last;
	struct nagger nagger;
	struct loop loop;
	int result;

	make_loop(f, MIB, 96, &loop);
	for (unsigned i = 0; i < AMDXDNA_COMMAND_DEPTH; i++)
		EXPECT_IS(submit_loop(f, &loop, &seq[i]), 0);
	start_nagging(conf, &nagger);
	result = submit_loop(f, &loop, &last);
	stop_nagging(&nagger);
	EXPECT_IS(result, -EINTR);
	EXPECT_IS(submit_loop(f, &loop, &last), 0);
	EXPECT_IS(last, seq[AMDXDNA_COMMAND_DEPTH - 1] + 1);
	EXPECT_IS(wait_loop(f, &loop, last), 0);
}

/* ---- what goes away while it is in use -------------------------------------------------------------------------- */

CASE(destroy_aborts, HEAP, "a context that goes waits 2 s, then running and waiting commands are ABORT and signalled")
{
	const uint64_t addresses[ARGUMENTS] = { 0 };
	double lasted = seconds_of(CLOCK_MONOTONIC);
	uint32_t second, *packet;
	struct loop loop;
	uint64_t seq;

	make_loop(f, 16 * MIB, 256, &loop);
	second = conf_packet(f, &packet);
	conf_start_cu(packet, &loop.program, addresses, ARGUMENTS);
	EXPECT_IS(submit_loop(f, &loop, NULL), 0);
	EXPECT_IS(conf_submit(f, loop.program.context.handle, second, NULL, 0, &seq), 0);
	EXPECT_IS(conf_destroy_context(f, loop.program.context.handle), 0);
	lasted = seconds_of(CLOCK_MONOTONIC) - lasted;
	EXPECT(lasted >= 2 && lasted < 30);
	EXPECT_IS(conf_state(loop.program.packet), AMDXDNA_STATE_ABORT);
	EXPECT_IS(loop.program.packet[1], 0xffffffff);
	EXPECT_IS(conf_state(packet), AMDXDNA_STATE_ABORT);
	EXPECT_IS(packet[1], 0xffffffff);
	EXPECT_IS(conf_wait(f, loop.program.context.syncobj_handle, seq, 0, 0), 0);
	/* Nothing of it is left in the array: the next one runs. */
	make_loop(f, MIB, 1, &loop);
	EXPECT_IS(submit_loop(f, &loop, &seq), 0);
	EXPECT_IS(wait_loop(f, &loop, seq), 0);
	EXPECT_IS(conf_state(loop.program.packet), AMDXDNA_STATE_COMPLETED);
}

CASE(arguments_closed_in_flight, HEAP, "arguments and packet closed after submission stay until the command has ended")
{
	struct loop loop;
	uint64_t seq;

	make_loop(f, MIB, 8, &loop);
	memset(loop.data[0], 0x6b, MIB);
	EXPECT_IS(submit_loop(f, &loop, &seq), 0);
	for (unsigned i = 0; i < ARGUMENTS; i++)
		EXPECT_IS(conf_gem_close(f, loop.handle[i]), 0);
	EXPECT_IS(conf_gem_close(f, loop.program.packet_handle), 0);
	EXPECT_IS(wait_loop(f, &loop, seq), 0);
	EXPECT_IS(conf_state(loop.program.packet), AMDXDNA_STATE_COMPLETED);
	EXPECT(memcmp(loop.data[0], loop.data[1], MIB) == 0);
}

CASE(arguments_unmapped_in_flight, HEAP, "arguments unmapped while their command runs harm nobody; the next is EFAULT")
{
	struct loop loop;
	uint64_t seq;

	make_loop(f, MIB, 8, &loop);
	EXPECT_IS(submit_loop(f, &loop, &seq), 0);
	for (unsigned i = 0; i < ARGUMENTS; i++)
		EXPECT_IS(conf_munmap(f, loop.data[i], MIB), 0);
	EXPECT_IS(wait_loop(f, &loop, seq), 0);
	EXPECT_IS(submit_loop(f, &loop, &seq), -EFAULT);
}

CASE(chain_part_closed, HEAP, "a chain whose command's buffer is closed before its turn is rejected: state NEW")
{
	struct loop loop;
	uint32_t part, chain, *words;
	uint64_t seq;

	make_loop(f, MIB, 256, &loop);
	part = conf_packet(f, &words);
	conf_start_cu(words, &loop.program, NULL, 0);
	chain = conf_packet(f, &words);
	memset(words, 0, AMDXDNA_CMD_BO_BYTES);
	words[1] = 1;
	words[7] = part;
	words[0] = AMDXDNA_STATE_NEW | 8 << AMDXDNA_PACKET_COUNT_SHIFT |
	           (uint32_t)AMDXDNA_OPCODE_CHAIN << AMDXDNA_PACKET_OPCODE_SHIFT;
	EXPECT_IS(submit_loop(f, &loop, NULL), 0);
	EXPECT_IS(conf_submit(f, loop.program.context.handle, chain, NULL, 0, &seq), 0);
	EXPECT_IS(conf_gem_close(f, part), 0);
	EXPECT_IS(wait_loop(f, &loop, seq), 0);
	EXPECT_IS(conf_state(words), AMDXDNA_STATE_NEW);
	EXPECT_IS(conf_state(loop.program.packet), AMDXDNA_STATE_COMPLETED);
}

CASE(heap_closed_in_use, PROGRAM, "a heap's handle may be closed while a context uses it; new device buffers fail")
{
	EXPECT_IS(conf_gem_close(f, f->heap), 0);
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, 4096, NULL), -EAGAIN);
}

CASE(file_closed_under_another, PROGRAM, "a file closed in the middle of its commands leaves those of another alone")
{
	struct conf_file *other = conf_open(conf);
	struct conf_program theirs;
	uint64_t seq;

	EXPECT_IS(conf_create(other, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, &other->heap), 0);
	EXPECT_IS(conf_map_heap(other), 0);
	conf_program(other, &theirs);
	for (unsigned i = 0; i < AMDXDNA_COMMAND_DEPTH; i++)
		EXPECT_IS(conf_submit(other, theirs.context.handle, theirs.packet_handle, NULL, 0, NULL), 0);
	EXPECT_IS(conf_submit(f, conf->program.context.handle, conf->program.packet_handle, NULL, 0, &seq), 0);
	conf_close(other);
	EXPECT_IS(conf_wait(f, conf->program.context.syncobj_handle, seq, 60000, 0), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
}

/* ---- used up ---------------------------------------------------------------------------------------------------- */

CASE(mapping_locked_limit, PLAIN, "a mapping with MAP_LOCKED beyond RLIMIT_MEMLOCK is EAGAIN (without CAP_IPC_LOCK)")
{
	struct amdxdna_get_bo_info info;
	struct rlimit limit, small;
	uint32_t handle;
	int result;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	conf_skip(conf, "sanitizers take mlock() away");
#endif
	conf_without(conf, CAP_IPC_LOCK);
	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, MIB, &handle), 0);
	EXPECT_IS(conf_info(f, handle, &info), 0);
	getrlimit(RLIMIT_MEMLOCK, &limit);
	small = limit;
	small.rlim_cur = 4096;
	setrlimit(RLIMIT_MEMLOCK, &small);
	conf_mmap(f, NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_LOCKED, info.map_offset, &result);
	setrlimit(RLIMIT_MEMLOCK, &limit);
	EXPECT_IS(result, -EAGAIN);
	EXPECT(conf_mmap(f, NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED, info.map_offset, &result));
}

CASE(context_heap_full, HEAP, "a context whose rings do not fit while the heap can grow is EAGAIN")
{
	struct amdxdna_create_hwctx context;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, AMDXDNA_HEAP_CHUNK - 3 * AMDXDNA_DEV_ALIGNMENT, NULL), 0);
	EXPECT_IS(conf_context(f, 1, &context), -EAGAIN);
	/* What it took until then is given back. */
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, 3 * AMDXDNA_DEV_ALIGNMENT, NULL), 0);
}

CASE(context_heap_used_up, PLAIN, "a context whose rings do not fit into the largest heap is ENOSPC")
{
	struct amdxdna_create_hwctx context;
	struct amdxdna_get_bo_info info;
	int result;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_LIMIT, &f->heap), 0);
	EXPECT_IS(conf_info(f, f->heap, &info), 0);
	EXPECT(conf_mmap(f, conf_reserve(conf, AMDXDNA_HEAP_LIMIT), AMDXDNA_HEAP_LIMIT, PROT_READ | PROT_WRITE,
	                 MAP_SHARED | MAP_FIXED, info.map_offset, &result));
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, AMDXDNA_HEAP_LIMIT, NULL), 0);
	EXPECT_IS(conf_context(f, 1, &context), -ENOSPC);
}
