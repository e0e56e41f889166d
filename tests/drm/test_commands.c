/* EXEC_CMD: checks of the ioctl, what a packet may say, states, and what is written back. */
#include "tests/drm/rig.h"

#include <errno.h>
#include <string.h>

#include "driver/image/registers.h"
#include "driver/image/txn.h"
#include "tests/drm/program.h"

static int exec(struct rig *rig, struct amdxdna_exec_cmd args)
{
	return rig_ioctl(rig, AMDXDNA_IOCTL_EXEC_CMD, &args);
}

struct ready {
	struct rig_program program;
	uint32_t handle;
	uint32_t *packet;
};

static void prepare(struct rig *rig, struct ready *ready)
{
	rig_noop_program(rig, &ready->program);
	ready->handle = rig_packet(rig, &ready->packet);
	rig_start_cu(ready->packet, &ready->program, NULL, 0);
}

static int run(struct rig *rig, const struct ready *ready)
{
	uint64_t seq;
	int result = rig_submit(rig, ready->program.context.handle, ready->handle, NULL, 0, &seq);

	return result ? result : rig_wait(rig, ready->program.context.syncobj_handle, seq, 20000, 0);
}

/* Facts: ext, type, counts: EINVAL; unreadable argument list EFAULT. */
static void ioctl_checks(void **state)
{
	struct ready ready;
	struct amdxdna_exec_cmd good;

	prepare(*state, &ready);
	good = (struct amdxdna_exec_cmd){ .hwctx = ready.program.context.handle,
		                          .cmd_handles = ready.handle,
		                          .cmd_count = 1 };
	struct amdxdna_exec_cmd bad = good;
	bad.ext = 1;
	assert_int_equal(exec(*state, bad), -EINVAL);
	bad = good;
	bad.ext_flags = 1;
	assert_int_equal(exec(*state, bad), -EINVAL);
	bad = good;
	bad.type = 1;
	assert_int_equal(exec(*state, bad), -EINVAL);
	bad = good;
	bad.arg_count = 4096;
	assert_int_equal(exec(*state, bad), -EINVAL);
	bad = good;
	bad.cmd_count = 2;
	assert_int_equal(exec(*state, bad), -EINVAL);
	bad = good;
	bad.cmd_count = 0;
	assert_int_equal(exec(*state, bad), -EINVAL);
	bad = good;
	bad.arg_count = 1;
	bad.args = 8;
	assert_int_equal(exec(*state, bad), -EFAULT);
	bad = good;
	bad.hwctx = 999;
	assert_int_equal(exec(*state, bad), -EINVAL);
}

/* Fact: a packet handle of 0, unknown, or of type DEV or DEV_HEAP is EINVAL; SHARE is as good as CMD. */
static void packet_buffer(void **state)
{
	struct rig *rig = *state;
	struct ready ready;
	struct amdxdna_exec_cmd args;
	uint32_t share;
	uint32_t *words;
	uint64_t seq;

	prepare(rig, &ready);
	args = (struct amdxdna_exec_cmd){ .hwctx = ready.program.context.handle, .cmd_count = 1 };
	assert_int_equal(exec(rig, args), -EINVAL);
	args.cmd_handles = 999;
	assert_int_equal(exec(rig, args), -EINVAL);
	args.cmd_handles = ready.program.instructions;
	assert_int_equal(exec(rig, args), -EINVAL);
	args.cmd_handles = rig->heap;
	assert_int_equal(exec(rig, args), -EINVAL);
	assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_SHARE, 4096, &share), 0);
	words = rig_map(rig, share, 4096, NULL);
	rig_start_cu(words, &ready.program, NULL, 0);
	assert_int_equal(rig_submit(rig, ready.program.context.handle, share, NULL, 0, &seq), 0);
	assert_int_equal(rig_wait(rig, ready.program.context.syncobj_handle, seq, 20000, 0), 0);
	assert_int_equal(rig_state(words), AMDXDNA_STATE_COMPLETED);
}

/* Facts: an unknown argument ENOENT, the same twice EALREADY. */
static void argument_handles(void **state)
{
	struct ready ready;
	uint32_t handles[3];

	prepare(*state, &ready);
	handles[0] = ready.program.instructions;
	handles[1] = 999;
	assert_int_equal(rig_submit(*state, ready.program.context.handle, ready.handle, handles, 2, NULL), -ENOENT);
	assert_int_equal(rig_create_bo(*state, AMDXDNA_BO_SHARE, 4096, &handles[1]), 0);
	handles[2] = handles[0];
	assert_int_equal(rig_submit(*state, ready.program.context.handle, ready.handle, handles, 3, NULL), -EALREADY);
	assert_int_equal(rig_submit(*state, ready.program.context.handle, ready.handle, handles, 2, NULL), 0);
}

/* Fact: an argument whose mapping vanished is EFAULT. */
static void vanished_argument(void **state)
{
	struct rig *rig = *state;
	struct ready ready;
	uint32_t handle;
	void *data;

	prepare(rig, &ready);
	assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_SHARE, 4096, &handle), 0);
	data = rig_map(rig, handle, 4096, NULL);
	assert_int_equal(aie_drm_file_munmap(rig->file, data, 4096), 0);
	assert_int_equal(rig_submit(rig, ready.program.context.handle, ready.handle, &handle, 1, NULL), -EFAULT);
}

/* Fact: sequence numbers count 0, 1, 2 in each context; a finished command is COMPLETED and its packet untouched. */
static void sequence(void **state)
{
	struct ready ready;
	uint32_t copy[17];
	uint64_t seq;

	prepare(*state, &ready);
	memcpy(copy, ready.packet, sizeof copy);
	for (uint64_t i = 0; i < 6; i++) {
		ready.packet[0] = (ready.packet[0] & ~15U) | AMDXDNA_STATE_NEW;
		assert_int_equal(rig_submit(*state, ready.program.context.handle, ready.handle, NULL, 0, &seq), 0);
		assert_int_equal(seq, i);
		assert_int_equal(rig_wait(*state, ready.program.context.syncobj_handle, seq, 20000, 0), 0);
		assert_int_equal(rig_state(ready.packet), AMDXDNA_STATE_COMPLETED);
	}
	assert_memory_equal(ready.packet + 1, copy + 1, sizeof copy - 4);
}

/* Fact: four in flight, the fifth submission waits its turn; commands complete in order. */
static void many_in_flight(void **state)
{
	enum { COUNT = 40 };
	struct ready ready;
	uint32_t handle[COUNT], *packet[COUNT];
	uint64_t seq = 0;

	prepare(*state, &ready);
	for (unsigned i = 0; i < COUNT; i++) {
		handle[i] = rig_packet(*state, &packet[i]);
		rig_start_cu(packet[i], &ready.program, NULL, 0);
		assert_int_equal(rig_submit(*state, ready.program.context.handle, handle[i], NULL, 0, &seq), 0);
	}
	assert_int_equal(rig_wait(*state, ready.program.context.syncobj_handle, seq, 20000, 0), 0);
	for (unsigned i = 0; i < COUNT; i++)
		assert_int_equal(rig_state(packet[i]), AMDXDNA_STATE_COMPLETED);
}

/* Fact: a malformed packet is accepted, its point signals, its state stays NEW. */
static void malformed_packets(void **state)
{
	struct ready ready;
	uint32_t good;

	prepare(*state, &ready);
	good = ready.packet[0];
	static const struct {
		uint32_t header, mask;
	} bad[] = {
		/* opcode START_DPU */
		{ AMDXDNA_STATE_NEW | 16 << 12 | 18U << 23 | 3U << 28, 1 },
		/* unknown opcode */
		{ AMDXDNA_STATE_NEW | 16 << 12 | 9U << 23 | 3U << 28, 1 },
		/* no word behind the mask */
		{ AMDXDNA_STATE_NEW | 1 << 12 | 3U << 28, 1 },
		/* count beyond the buffer: 2047 words in 4096 bytes */
		{ AMDXDNA_STATE_NEW | 0x7ff << 12 | 3U << 28, 1 },
		/* no CU selected */
		{ AMDXDNA_STATE_NEW | 16 << 12 | 3U << 28, 0 },
		/* START_NPU without room for its block */
		{ AMDXDNA_STATE_NEW | 4 << 12 | 20U << 23 | 3U << 28, 1 },
		/* empty chain */
		{ AMDXDNA_STATE_NEW | 2 << 12 | 19U << 23 | 3U << 28, 0 },
	};
	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		ready.packet[0] = bad[i].header;
		ready.packet[1] = bad[i].mask;
		assert_int_equal(run(*state, &ready), 0);
		assert_int_equal(rig_state(ready.packet), AMDXDNA_STATE_NEW);
	}
	/* and the context is as good as before */
	ready.packet[0] = good;
	ready.packet[1] = 1;
	assert_int_equal(run(*state, &ready), 0);
	assert_int_equal(rig_state(ready.packet), AMDXDNA_STATE_COMPLETED);
}

static void expect_error(struct rig *rig, struct ready *ready)
{
	assert_int_equal(run(rig, ready), 0);
	assert_int_equal(rig_state(ready->packet), AMDXDNA_STATE_ERROR);
	for (unsigned i = 1; i < 1024; i++)
		assert_int_equal(ready->packet[i], 0xffffffff);
	rig_start_cu(ready->packet, &ready->program, NULL, 0);
}

/* Facts: a CU index beyond the configured ones, an unknown kernel opcode, instructions outside the context's memory or
 * malformed: state ERROR, the area after the header all ones. */
static void error_state(void **state)
{
	struct ready ready;

	prepare(*state, &ready);
	ready.packet[1] = 2;
	expect_error(*state, &ready);
	ready.packet[2] = 2;
	expect_error(*state, &ready);
	ready.packet[5] = 0x7777;
	expect_error(*state, &ready);
	ready.packet[6] = 1;
	expect_error(*state, &ready);
	assert_int_equal(run(*state, &ready), 0);
	assert_int_equal(rig_state(ready.packet), AMDXDNA_STATE_COMPLETED);
}

/* Fact: the PDI is not parsed when configured; a bad one shows as ERROR when the first command runs. */
static void bad_pdi(void **state)
{
	struct rig *rig = *state;
	struct ready ready;
	struct rig_program bad;

	prepare(rig, &ready);
	bad = ready.program;
	assert_int_equal(rig_create_context(rig, 8, &bad.context), 0);
	assert_int_equal(rig_configure(rig, bad.context.handle, ready.program.instructions), 0);
	ready.program.context = bad.context;
	expect_error(rig, &ready);
}

/* Fact: without configured CUs START_CU is an error of the firmware. */
static void unconfigured(void **state)
{
	struct ready ready;

	prepare(*state, &ready);
	assert_int_equal(rig_create_context(*state, 8, &ready.program.context), 0);
	expect_error(*state, &ready);
}

static void start_npu(uint32_t *packet, const struct rig_program *program)
{
	memset(packet, 0, 64);
	packet[0] = AMDXDNA_STATE_NEW | 7 << 12 | 20U << 23 | 3U << 28;
	packet[1] = 1;
	packet[2] = (uint32_t)program->instructions_npu;
	packet[3] = (uint32_t)(program->instructions_npu >> 32);
	packet[4] = program->instruction_bytes;
	packet[5] = 0;
	packet[6] = 3;
}

/* Fact: START_NPU names its instruction buffer in a block after the mask, size in bytes. */
static void start_npu_packet(void **state)
{
	struct ready ready;

	prepare(*state, &ready);
	start_npu(ready.packet, &ready.program);
	assert_int_equal(run(*state, &ready), 0);
	assert_int_equal(rig_state(ready.packet), AMDXDNA_STATE_COMPLETED);
	/* more than 26 argument words: rejected */
	ready.packet[0] = AMDXDNA_STATE_NEW | (1 + 4 + 27) << 12 | 20U << 23 | 3U << 28;
	assert_int_equal(run(*state, &ready), 0);
	assert_int_equal(rig_state(ready.packet), AMDXDNA_STATE_NEW);
}

/* Facts: the preemptible forms have a 40-byte block; PREEMPT_ELF needs no CU and ignores the mask. */
static void preemptible_packets(void **state)
{
	struct ready ready;

	prepare(*state, &ready);
	for (unsigned opcode = 21; opcode <= 22; opcode++) {
		memset(ready.packet, 0, 64);
		ready.packet[0] = AMDXDNA_STATE_NEW | 13 << 12 | opcode << 23 | 3U << 28;
		ready.packet[1] = opcode == 21;
		ready.packet[2] = (uint32_t)ready.program.instructions_npu;
		ready.packet[3] = (uint32_t)(ready.program.instructions_npu >> 32);
		ready.packet[8] = ready.program.instruction_bytes;
		ready.packet[12] = 3;
		assert_int_equal(run(*state, &ready), 0);
		assert_int_equal(rig_state(ready.packet), AMDXDNA_STATE_COMPLETED);
		/* property words beyond the packet: rejected */
		ready.packet[0] = (ready.packet[0] & ~15U) | AMDXDNA_STATE_NEW;
		ready.packet[11] = 50;
		assert_int_equal(run(*state, &ready), 0);
		assert_int_equal(rig_state(ready.packet), AMDXDNA_STATE_NEW);
	}
}

static void chain_header(uint32_t *packet, uint32_t count)
{
	memset(packet, 0, 4096);
	packet[0] = AMDXDNA_STATE_NEW | (6 + 2 * count) << 12 | 19U << 23 | 3U << 28;
	packet[1] = count;
}

/* Facts: a chain runs its sub-packets; their headers are not updated. */
static void chain(void **state)
{
	struct ready ready;
	uint32_t *sub[3];

	prepare(*state, &ready);
	chain_header(ready.packet, 3);
	for (unsigned i = 0; i < 3; i++) {
		ready.packet[7 + 2 * i] = rig_packet(*state, &sub[i]);
		rig_start_cu(sub[i], &ready.program, NULL, 0);
	}
	assert_int_equal(run(*state, &ready), 0);
	assert_int_equal(rig_state(ready.packet), AMDXDNA_STATE_COMPLETED);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(rig_state(sub[i]), AMDXDNA_STATE_NEW);
}

/* Facts: on failure the chain packet has the state and the index, its own data stay, and the first sub-packet's buffer
 * is filled with ones whichever failed. */
static void chain_failure(void **state)
{
	struct ready ready;
	uint32_t *sub[3];

	prepare(*state, &ready);
	chain_header(ready.packet, 3);
	for (unsigned i = 0; i < 3; i++) {
		ready.packet[7 + 2 * i] = rig_packet(*state, &sub[i]);
		rig_start_cu(sub[i], &ready.program, NULL, 0);
	}
	sub[1][1] = 4; /* no such CU */
	assert_int_equal(run(*state, &ready), 0);
	assert_int_equal(rig_state(ready.packet), AMDXDNA_STATE_ERROR);
	assert_int_equal(ready.packet[1], 3);
	assert_int_equal(ready.packet[3], 1);
	assert_int_equal(sub[0][1], 0xffffffff);
	assert_int_equal(sub[1][1], 4);
	assert_int_equal(sub[2][1], 1);
}

/* Facts: chains of mixed opcodes, of chains, of unknown buffers, or beyond the 4 KiB ring slot are rejected. */
static void bad_chains(void **state)
{
	struct ready ready;
	uint32_t *sub[2], handle[2];

	prepare(*state, &ready);
	for (unsigned i = 0; i < 2; i++) {
		handle[i] = rig_packet(*state, &sub[i]);
		rig_start_cu(sub[i], &ready.program, NULL, 0);
	}
	start_npu(sub[1], &ready.program);
	chain_header(ready.packet, 2);
	ready.packet[7] = handle[0];
	ready.packet[9] = handle[1];
	assert_int_equal(run(*state, &ready), 0);
	assert_int_equal(rig_state(ready.packet), AMDXDNA_STATE_NEW);
	chain_header(ready.packet, 1);
	ready.packet[7] = ready.handle;
	assert_int_equal(run(*state, &ready), 0);
	assert_int_equal(rig_state(ready.packet), AMDXDNA_STATE_NEW);
	chain_header(ready.packet, 1);
	ready.packet[7] = 999;
	assert_int_equal(run(*state, &ready), 0);
	assert_int_equal(rig_state(ready.packet), AMDXDNA_STATE_NEW);
	/* START_CU of 15 words takes 52 + 60 bytes: 36 fit into 4096, 37 do not */
	for (uint32_t count = 36; count <= 37; count++) {
		chain_header(ready.packet, count);
		for (unsigned i = 0; i < count; i++)
			ready.packet[7 + 2 * i] = handle[0];
		assert_int_equal(run(*state, &ready), 0);
		assert_int_equal(rig_state(ready.packet), count == 36 ? AMDXDNA_STATE_COMPLETED : AMDXDNA_STATE_NEW);
	}
}

/* A context with the loop program, two one-page buffers as its arguments. */
static void prepare_loop(struct rig *rig, struct ready *ready, enum program_fault fault, uint64_t arguments[2])
{
	struct aie_bytes pdi, stream;

	program_loop_pdi(&pdi, fault);
	program_loop_stream(&stream, PROGRAM_BUFFER_WORDS);
	assert_int_equal(rig_create_context(rig, 1, &ready->program.context), 0);
	assert_int_equal(rig_configure(rig, ready->program.context.handle, rig_dev(rig, pdi.data, pdi.size, NULL)), 0);
	rig_dev(rig, stream.data, stream.size, &ready->program.instructions_npu);
	ready->program.instruction_bytes = (uint32_t)stream.size;
	for (unsigned i = 0; i < 2; i++) {
		uint32_t handle;

		assert_int_equal(rig_create_bo(rig, AMDXDNA_BO_SHARE, 4096, &handle), 0);
		arguments[i] = (uintptr_t)rig_map(rig, handle, 4096, NULL);
	}
	ready->handle = rig_packet(rig, &ready->packet);
	aie_bytes_free(&pdi);
	aie_bytes_free(&stream);
}

/* Fact: a command that never ends is TIMEOUT with a health record: version 1, generation 0, the operation being run,
 * all ones for what is not known; the context is usable afterwards.  The model finds a standstill at once. */
static void timeout_state(void **state)
{
	struct rig *rig = *state;
	struct ready ready;
	uint64_t arguments[2];

	prepare_loop(rig, &ready, PROGRAM_LOCK_NEVER_FREE, arguments);
	for (unsigned again = 0; again < 2; again++) {
		rig_start_cu(ready.packet, &ready.program, arguments, 2);
		assert_int_equal(run(rig, &ready), 0);
		assert_int_equal(rig_state(ready.packet), AMDXDNA_STATE_TIMEOUT);
		assert_int_equal(ready.packet[1], 1);
		assert_int_equal(ready.packet[2], 0);
		assert_int_equal(ready.packet[3], 6); /* the wait is the seventh operation of the stream */
		assert_int_equal(ready.packet[4], 0xffffffff);
		assert_int_equal(ready.packet[9], 0xffffffff);
	}
}

/* Fact: an array error is kept for GET_ARRAY: driver 4 (array), severity 3, class 2. */
static void async_error(void **state)
{
	struct amdxdna_async_error entry = { 0 };
	struct amdxdna_get_array args = { AMDXDNA_ARRAY_ASYNC_ERROR, sizeof entry, 1, 0, (uintptr_t)&entry };
	struct ready ready;
	uint64_t arguments[2];

	prepare_loop(*state, &ready, PROGRAM_CORE_FAULT, arguments);
	rig_start_cu(ready.packet, &ready.program, arguments, 2);
	assert_int_equal(run(*state, &ready), 0);
	assert_int_equal(rig_state(ready.packet), AMDXDNA_STATE_ERROR);
	assert_int_equal(rig_ioctl((struct rig *)*state, AMDXDNA_IOCTL_GET_ARRAY, &args), 0);
	assert_int_equal(args.num_element, 1);
	assert_int_equal(entry.code >> 16 & 0xff, 4);
	assert_int_equal(entry.code >> 24 & 0xff, 3);
	assert_int_equal(entry.code >> 40 & 0xff, 2);
}

/* Fact: destroying a context waits for its commands; closing the file does it for all. */
static void destroy_with_commands(void **state)
{
	struct ready ready;
	uint64_t seq;

	prepare(*state, &ready);
	assert_int_equal(rig_submit(*state, ready.program.context.handle, ready.handle, NULL, 0, &seq), 0);
	assert_int_equal(rig_destroy_context(*state, ready.program.context.handle), 0);
	assert_int_equal(rig_state(ready.packet), AMDXDNA_STATE_COMPLETED);
	assert_int_equal(rig_wait(*state, ready.program.context.syncobj_handle, seq, 0, 0), 0);
	assert_int_equal(rig_submit(*state, ready.program.context.handle, ready.handle, NULL, 0, &seq), -EINVAL);
}

/* Fact: a context that goes away waits 2 s for its commands, then they end as ABORT and their fences signal. */
static void abort_state(void **state)
{
	struct rig slow = { 0 };
	struct aie_txn_builder txn;
	struct aie_bytes stream;
	struct aie_error error;
	struct ready ready, second;

	(void)state;
	/* A device whose watchdog is patient, polling a timer for a value it never has. */
	slow.device = aie_drm_device_create(":npu4,firmware_watchdog_us=4000000,firmware_poll_ns=1", &error);
	assert_non_null(slow.device);
	slow.file = aie_drm_file_open(slow.device);
	assert_int_equal(rig_create_bo(&slow, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, &slow.heap), 0);
	assert_int_equal(rig_map_heap(&slow), 0);
	prepare(&slow, &ready);
	aie_txn_begin(&txn, AIE_TXN_V0_1, AIE_TXN_NPU2, 8);
	aie_txn_mask_poll(&txn, aie_tile_address(0, 2, AIE_CORE_TIMER_LOW), 2, 1);
	assert_int_equal(aie_txn_finish(&txn, &stream, &error), 0);
	rig_dev(&slow, stream.data, stream.size, &ready.program.instructions_npu);
	ready.program.instruction_bytes = (uint32_t)stream.size;
	aie_bytes_free(&stream);
	second = ready;
	second.handle = rig_packet(&slow, &second.packet);
	for (unsigned i = 0; i < 2; i++) {
		const struct ready *one = i ? &second : &ready;

		rig_start_cu(one->packet, &one->program, NULL, 0);
		assert_int_equal(rig_submit(&slow, one->program.context.handle, one->handle, NULL, 0, NULL), 0);
	}
	assert_int_equal(rig_wait(&slow, ready.program.context.syncobj_handle, 1, 10, 0), -ETIME);
	assert_int_equal(rig_destroy_context(&slow, ready.program.context.handle), 0);
	assert_int_equal(rig_wait(&slow, ready.program.context.syncobj_handle, 1, 0, 0), 0);
	assert_int_equal(rig_state(ready.packet), AMDXDNA_STATE_ABORT);
	assert_int_equal(rig_state(second.packet), AMDXDNA_STATE_ABORT);
	assert_int_equal(ready.packet[1], 0xffffffff);
	assert_int_equal(second.packet[1], 0xffffffff);
	aie_drm_file_close(slow.file);
	aie_drm_device_destroy(slow.device);
}

/* Fact: buffers of a command may be closed while it runs; the job keeps them. */
static void close_while_running(void **state)
{
	struct ready ready;
	uint64_t seq;

	prepare(*state, &ready);
	assert_int_equal(rig_submit(*state, ready.program.context.handle, ready.handle, NULL, 0, &seq), 0);
	assert_int_equal(rig_close_bo(*state, ready.handle), 0);
	assert_int_equal(rig_wait(*state, ready.program.context.syncobj_handle, seq, 20000, 0), 0);
	assert_int_equal(rig_state(ready.packet), AMDXDNA_STATE_COMPLETED);
}

/* Contexts of two files take turns. */
static void two_files(void **state)
{
	struct rig *rig = *state;
	struct rig other = { .device = rig->device, .file = aie_drm_file_open(rig->device) };
	struct ready mine, theirs;

	assert_int_equal(rig_create_bo(&other, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, &other.heap), 0);
	assert_int_equal(rig_map_heap(&other), 0);
	prepare(rig, &mine);
	prepare(&other, &theirs);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(run(rig, &mine), 0);
		assert_int_equal(run(&other, &theirs), 0);
		assert_int_equal(rig_state(mine.packet), AMDXDNA_STATE_COMPLETED);
		assert_int_equal(rig_state(theirs.packet), AMDXDNA_STATE_COMPLETED);
	}
	aie_drm_file_close(other.file);
}

/* Fact: point 0 of a timeline stands for the newest fence. */
static void first_point(void **state)
{
	struct ready ready;

	prepare(*state, &ready);
	assert_int_equal(rig_wait(*state, ready.program.context.syncobj_handle, 0, 0, 0), -EINVAL);
	assert_int_equal(run(*state, &ready), 0);
	assert_int_equal(run(*state, &ready), 0);
	assert_int_equal(rig_wait(*state, ready.program.context.syncobj_handle, 0, 20000, 0), 0);
	assert_int_equal(rig_wait(*state, ready.program.context.syncobj_handle, 2, 0, 0), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, rig_setup_heap, rig_teardown)
		CASE(ioctl_checks),
		CASE(packet_buffer),
		CASE(argument_handles),
		CASE(vanished_argument),
		CASE(sequence),
		CASE(many_in_flight),
		CASE(malformed_packets),
		CASE(error_state),
		CASE(bad_pdi),
		CASE(unconfigured),
		CASE(start_npu_packet),
		CASE(preemptible_packets),
		CASE(chain),
		CASE(chain_failure),
		CASE(bad_chains),
		CASE(timeout_state),
		CASE(async_error),
		CASE(destroy_with_commands),
		cmocka_unit_test(abort_state),
		CASE(close_while_running),
		CASE(two_files),
		CASE(first_point),
	};

	return cmocka_run_group_tests_name("commands", tests, NULL, NULL);
}
