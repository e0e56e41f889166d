/* EXEC_CMD: checks, packets, states, chains, failures. */
#include <string.h>
#include <sys/mman.h>

#include "tests/drm/conformance/conformance.h"
#include "tests/drm/program.h"

#define GROUP "commands"

static int exec(struct conf_file *f, struct amdxdna_exec_cmd args)
{
	return conf_ioctl(f, AMDXDNA_IOCTL_EXEC_CMD, &args);
}

static struct amdxdna_exec_cmd good(const struct conf *conf)
{
	return (struct amdxdna_exec_cmd){ .hwctx = conf->program.context.handle,
		                          .cmd_handles = conf->program.packet_handle,
		                          .cmd_count = 1 };
}

CASE(ext, PROGRAM, "EXEC_CMD ext must be zero: EINVAL")
{
	struct amdxdna_exec_cmd args = good(conf);

	args.ext = 1;
	EXPECT_IS(exec(f, args), -EINVAL);
}

CASE(ext_flags, PROGRAM, "EXEC_CMD ext_flags must be zero: EINVAL")
{
	struct amdxdna_exec_cmd args = good(conf);

	args.ext_flags = 1;
	EXPECT_IS(exec(f, args), -EINVAL);
}

CASE(type_dependency, PROGRAM, "EXEC_CMD type 1 is EINVAL")
{
	struct amdxdna_exec_cmd args = good(conf);

	args.type = 1;
	EXPECT_IS(exec(f, args), -EINVAL);
}

CASE(type_signal, PROGRAM, "EXEC_CMD type 2 is EINVAL")
{
	struct amdxdna_exec_cmd args = good(conf);

	args.type = 2;
	EXPECT_IS(exec(f, args), -EINVAL);
}

CASE(arguments_4096, PROGRAM, "4096 arguments are EINVAL")
{
	struct amdxdna_exec_cmd args = good(conf);

	args.arg_count = 4096;
	EXPECT_IS(exec(f, args), -EINVAL);
}

CASE(commands_0, PROGRAM, "cmd_count 0 is EINVAL")
{
	struct amdxdna_exec_cmd args = good(conf);

	args.cmd_count = 0;
	EXPECT_IS(exec(f, args), -EINVAL);
}

CASE(commands_2, PROGRAM, "cmd_count 2 is EINVAL")
{
	struct amdxdna_exec_cmd args = good(conf);

	args.cmd_count = 2;
	EXPECT_IS(exec(f, args), -EINVAL);
}

CASE(arguments_unreadable, PROGRAM, "an unreadable argument list is EFAULT")
{
	struct amdxdna_exec_cmd args = good(conf);

	args.arg_count = 1;
	args.args = 8;
	EXPECT_IS(exec(f, args), -EFAULT);
}

CASE(context_unknown, PROGRAM, "an unknown context is EINVAL")
{
	struct amdxdna_exec_cmd args = good(conf);

	args.hwctx = 1000;
	EXPECT_IS(exec(f, args), -EINVAL);
}

CASE(context_destroyed, PROGRAM, "a destroyed context is EINVAL")
{
	EXPECT_IS(conf_destroy_context(f, conf->program.context.handle), 0);
	EXPECT_IS(exec(f, good(conf)), -EINVAL);
}

CASE(context_other_file, PROGRAM, "another file's context is EINVAL")
{
	struct conf_file *other = conf_open(conf);
	uint32_t *words, handle = conf_packet(other, &words);

	EXPECT_IS(conf_submit(other, conf->program.context.handle, handle, NULL, 0, NULL), -EINVAL);
}

CASE(packet_zero, PROGRAM, "packet handle 0 is EINVAL")
{
	struct amdxdna_exec_cmd args = good(conf);

	args.cmd_handles = 0;
	EXPECT_IS(exec(f, args), -EINVAL);
}

CASE(packet_unknown, PROGRAM, "an unknown packet handle is EINVAL")
{
	struct amdxdna_exec_cmd args = good(conf);

	args.cmd_handles = 999;
	EXPECT_IS(exec(f, args), -EINVAL);
}

CASE(packet_dev, PROGRAM, "a packet of type DEV is EINVAL")
{
	struct amdxdna_exec_cmd args = good(conf);

	args.cmd_handles = conf->program.instructions;
	EXPECT_IS(exec(f, args), -EINVAL);
}

CASE(packet_heap, PROGRAM, "a packet of type DEV_HEAP is EINVAL")
{
	struct amdxdna_exec_cmd args = good(conf);

	args.cmd_handles = f->heap;
	EXPECT_IS(exec(f, args), -EINVAL);
}

CASE(packet_share, PROGRAM, "a packet of type SHARE is as good as CMD")
{
	uint32_t *words, handle = conf_share(f, 4096, (void *)&words);
	uint64_t seq;

	conf_start_cu(words, &conf->program, NULL, 0);
	EXPECT_IS(conf_submit(f, conf->program.context.handle, handle, NULL, 0, &seq), 0);
	EXPECT_IS(conf_wait(f, conf->program.context.syncobj_handle, seq, 60000, 0), 0);
	EXPECT_IS(conf_state(words), AMDXDNA_STATE_COMPLETED);
}

CASE(argument_unknown, PROGRAM, "an unknown argument handle is ENOENT")
{
	const uint32_t handles[] = { conf->program.instructions, 999 };

	EXPECT_IS(conf_submit(f, conf->program.context.handle, conf->program.packet_handle, handles, 2, NULL), -ENOENT);
}

CASE(argument_closed, PROGRAM, "an argument handle that was closed is ENOENT")
{
	uint32_t handle;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, 4096, &handle), 0);
	EXPECT_IS(conf_gem_close(f, handle), 0);
	EXPECT_IS(conf_submit(f, conf->program.context.handle, conf->program.packet_handle, &handle, 1, NULL), -ENOENT);
}

CASE(argument_twice, PROGRAM, "the same argument handle twice is EALREADY")
{
	const uint32_t handles[] = { conf->program.instructions, conf->program.pdi, conf->program.instructions };

	EXPECT_IS(conf_submit(f, conf->program.context.handle, conf->program.packet_handle, handles, 3, NULL),
	          -EALREADY);
}

CASE(argument_vanished, PROGRAM, "an argument whose mapping vanished is EFAULT")
{
	uint8_t *data;
	uint32_t handle = conf_share(f, 4096, &data);

	EXPECT_IS(conf_munmap(f, data, 4096), 0);
	EXPECT_IS(conf_submit(f, conf->program.context.handle, conf->program.packet_handle, &handle, 1, NULL), -EFAULT);
}

CASE(failed_submission_has_no_number, PROGRAM, "a refused submission uses up no sequence number")
{
	const uint32_t unknown = 999;
	uint64_t seq;

	EXPECT_IS(conf_submit(f, conf->program.context.handle, conf->program.packet_handle, &unknown, 1, NULL),
	          -ENOENT);
	EXPECT_IS(conf_submit(f, conf->program.context.handle, conf->program.packet_handle, NULL, 0, &seq), 0);
	EXPECT_IS(seq, 0);
}

CASE(sequence, PROGRAM, "sequence numbers count 0, 1, 2")
{
	for (uint64_t i = 0; i < 5; i++) {
		uint64_t seq = 99;

		EXPECT_IS(conf_submit(f, conf->program.context.handle, conf->program.packet_handle, NULL, 0, &seq), 0);
		EXPECT_IS(seq, i);
		EXPECT_IS(conf_wait(f, conf->program.context.syncobj_handle, seq, 60000, 0), 0);
	}
}

CASE(sequence_per_context, PROGRAM, "each context counts for itself")
{
	struct conf_program second;
	uint64_t seq;

	conf_program(f, &second);
	EXPECT_IS(conf_submit(f, conf->program.context.handle, conf->program.packet_handle, NULL, 0, &seq), 0);
	EXPECT_IS(conf_submit(f, second.context.handle, second.packet_handle, NULL, 0, &seq), 0);
	EXPECT_IS(seq, 0);
}

CASE(success, PROGRAM, "a good command ends as COMPLETED and leaves the rest of its packet")
{
	uint32_t copy[17];

	memcpy(copy, conf->program.packet, sizeof copy);
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
	EXPECT(memcmp(copy + 1, conf->program.packet + 1, sizeof copy - 4) == 0);
	EXPECT_IS(conf->program.packet[0] >> 4, copy[0] >> 4);
}

CASE(more_than_four, PROGRAM, "the fifth command waits for a place, all end in order")
{
	enum { COUNT = 24 };
	uint32_t *packet[COUNT];
	uint64_t seq = 0;

	for (unsigned i = 0; i < COUNT; i++) {
		uint32_t handle = conf_packet(f, &packet[i]);

		conf_start_cu(packet[i], &conf->program, NULL, 0);
		EXPECT_IS(conf_submit(f, conf->program.context.handle, handle, NULL, 0, &seq), 0);
	}
	EXPECT_IS(conf_wait(f, conf->program.context.syncobj_handle, seq, 60000, 0), 0);
	for (unsigned i = 0; i < COUNT; i++)
		EXPECT_IS(conf_state(packet[i]), AMDXDNA_STATE_COMPLETED);
}

CASE(packet_closed_while_queued, PROGRAM, "a packet's buffer may be closed after submission")
{
	uint64_t seq;

	EXPECT_IS(conf_submit(f, conf->program.context.handle, conf->program.packet_handle, NULL, 0, &seq), 0);
	EXPECT_IS(conf_gem_close(f, conf->program.packet_handle), 0);
	EXPECT_IS(conf_wait(f, conf->program.context.syncobj_handle, seq, 60000, 0), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
}

/* ---- packets that are rejected: the point signals, the state stays NEW ------------------------------------------ */

static void expect_rejected(struct conf *conf, uint32_t header, uint32_t mask)
{
	struct conf_file *f = &conf->file[0];

	conf->program.packet[0] = header;
	conf->program.packet[1] = mask;
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_NEW);
	conf_start_cu(conf->program.packet, &conf->program, NULL, 0);
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
}

#define HEADER(opcode, count) (AMDXDNA_STATE_NEW | (count) << 12 | (uint32_t)(opcode) << 23 | 3U << 28)

CASE(rejects_start_dpu, PROGRAM, "opcode 18 (START_DPU) is rejected: state NEW")
{
	expect_rejected(conf, HEADER(18, 16), 1);
}

CASE(rejects_unknown_opcode, PROGRAM, "an unknown opcode is rejected: state NEW")
{
	expect_rejected(conf, HEADER(9, 16), 1);
}

CASE(rejects_only_masks, PROGRAM, "a count that covers the mask words only is rejected")
{
	expect_rejected(conf, HEADER(0, 1), 1);
}

CASE(rejects_only_masks_of_three, PROGRAM, "extra mask words count as mask words")
{
	expect_rejected(conf, HEADER(0, 3) | 2U << 10, 1);
}

CASE(rejects_count_beyond_buffer, PROGRAM, "a count beyond the buffer is rejected")
{
	expect_rejected(conf, HEADER(0, 0x7ff), 1);
}

CASE(rejects_empty_mask, PROGRAM, "no CU in the mask is rejected")
{
	expect_rejected(conf, HEADER(0, 16), 0);
}

CASE(rejects_short_npu_block, PROGRAM, "START_NPU without room for its block is rejected")
{
	expect_rejected(conf, HEADER(20, 4), 1);
}

CASE(rejects_short_preempt_block, PROGRAM, "START_NPU_PREEMPT without room for its block is rejected")
{
	expect_rejected(conf, HEADER(21, 10), 1);
}

CASE(rejects_empty_chain, PROGRAM, "an empty chain is rejected")
{
	expect_rejected(conf, HEADER(19, 6), 0);
}

CASE(type_field_not_checked, PROGRAM, "the type field of the header is not checked")
{
	conf->program.packet[0] &= 0x0fffffff;
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
}

CASE(lowest_bit_of_a_word, PROGRAM, "the CU is the lowest bit inside the first mask word that has one")
{
	/* One mask word more: the payload starts a word later. */
	memmove(conf->program.packet + 3, conf->program.packet + 2, 15 * 4);
	conf->program.packet[0] = HEADER(0, 17) | 1U << 10;
	conf->program.packet[1] = 0;
	conf->program.packet[2] = 1; /* bit 32 by the ERT convention, CU 0 here */
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
}

/* ---- failures --------------------------------------------------------------------------------------------------- */

static void expect_error(struct conf *conf)
{
	struct conf_file *f = &conf->file[0];

	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_ERROR);
	for (unsigned i = 1; i < 1024; i++)
		EXPECT_IS(conf->program.packet[i], 0xffffffff);
	conf_start_cu(conf->program.packet, &conf->program, NULL, 0);
}

CASE(error_unknown_cu, PROGRAM, "a CU beyond the configured ones: ERROR, the area after the header all ones")
{
	conf->program.packet[1] = 2;
	expect_error(conf);
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
}

CASE(error_kernel_opcode, PROGRAM, "a kernel opcode other than 3: ERROR")
{
	conf->program.packet[2] = 2;
	expect_error(conf);
}

CASE(error_instruction_address, PROGRAM, "an instruction address outside the context's memory: ERROR")
{
	conf->program.packet[5] = 0x7777;
	expect_error(conf);
}

CASE(error_short_stream, PROGRAM, "a truncated instruction stream: ERROR")
{
	conf->program.packet[6] = 1;
	expect_error(conf);
}

CASE(error_bad_pdi, PROGRAM, "a bad PDI is accepted by CONFIG_HWCTX and shows as ERROR at the first command")
{
	EXPECT_IS(conf_context(f, 8, &conf->program.context), 0);
	EXPECT_IS(conf_configure(f, conf->program.context.handle, conf->program.instructions), 0);
	expect_error(conf);
}

CASE(error_not_configured, PROGRAM, "START_CU in a context without CUs: ERROR")
{
	EXPECT_IS(conf_context(f, 8, &conf->program.context), 0);
	expect_error(conf);
}

/* A program that copies a page from argument 0 to argument 1, or never ends, or faults. */
static void loop_program(struct conf_file *f, enum program_fault fault, uint32_t words, struct conf_program *program)
{
	struct aie_bytes pdi, stream;

	program_loop_pdi(&pdi, fault);
	program_loop_stream(&stream, words);
	conf_program_of(f, &pdi, &stream, program);
	aie_bytes_free(&pdi);
	aie_bytes_free(&stream);
}

static void loop_arguments(struct conf_file *f, const struct conf_program *program, size_t size, uint8_t *data[2])
{
	uint64_t addresses[2];

	for (unsigned i = 0; i < 2; i++) {
		conf_share(f, size, &data[i]);
		addresses[i] = (uintptr_t)data[i];
	}
	conf_start_cu(program->packet, program, addresses, 2);
}

CASE(data_moves, HEAP, "a program moves data between two buffers")
{
	struct conf_program program;
	uint8_t *data[2];

	loop_program(f, PROGRAM_GOOD, PROGRAM_BUFFER_WORDS, &program);
	loop_arguments(f, &program, 4096, data);
	for (unsigned i = 0; i < 1024; i++)
		data[0][i] = (uint8_t)(i * 7);
	EXPECT_IS(conf_run(f, &program), 0);
	EXPECT_IS(conf_state(program.packet), AMDXDNA_STATE_COMPLETED);
	EXPECT(memcmp(data[0], data[1], 1024) == 0);
}

CASE(data_moves_user_memory, HEAP, "a program reads and writes the caller's own memory")
{
	struct conf_program program;
	uint8_t *memory = conf_memory(conf, 8192);
	const uint64_t addresses[] = { (uintptr_t)memory, (uintptr_t)memory + 4096 };
	struct {
		struct amdxdna_va_table head;
		struct amdxdna_va_entry entry;
	} table = { .head = { .num_entries = 1 }, .entry = { (uintptr_t)memory, 8192 } };
	struct amdxdna_create_bo create = { .vaddr = (uintptr_t)&table, .type = AMDXDNA_BO_SHARE };

	loop_program(f, PROGRAM_GOOD, PROGRAM_BUFFER_WORDS, &program);
	EXPECT_IS(conf_ioctl(f, AMDXDNA_IOCTL_CREATE_BO, &create), 0);
	conf_start_cu(program.packet, &program, addresses, 2);
	memset(memory, 0x5a, 1024);
	EXPECT_IS(conf_run(f, &program), 0);
	EXPECT_IS(conf_state(program.packet), AMDXDNA_STATE_COMPLETED);
	EXPECT(memcmp(memory, memory + 4096, 1024) == 0);
}

CASE(user_memory_gone, HEAP, "user memory that is gone when the command runs makes the command fail, not the program")
{
	struct conf_program program;
	uint8_t *memory = conf_memory(conf, 8192);
	const uint64_t addresses[] = { (uintptr_t)memory, (uintptr_t)memory + 4096 };
	struct {
		struct amdxdna_va_table head;
		struct amdxdna_va_entry entry;
	} table = { .head = { .num_entries = 1 }, .entry = { (uintptr_t)memory, 8192 } };
	struct amdxdna_create_bo create = { .vaddr = (uintptr_t)&table, .type = AMDXDNA_BO_SHARE };

	loop_program(f, PROGRAM_GOOD, PROGRAM_BUFFER_WORDS, &program);
	EXPECT_IS(conf_ioctl(f, AMDXDNA_IOCTL_CREATE_BO, &create), 0);
	conf_start_cu(program.packet, &program, addresses, 2);
	munmap(memory, 8192);
	EXPECT_IS(conf_run(f, &program), 0);
	EXPECT(conf_state(program.packet) != AMDXDNA_STATE_COMPLETED);
}

CASE(data_one_gib, HEAP, "buffers of 1 GiB: a program moves bytes at their far ends, nothing is copied")
{
	const size_t size = (size_t)1 << 30;
	struct conf_program program;
	uint64_t addresses[2];
	uint8_t *data[2];

	loop_program(f, PROGRAM_GOOD, PROGRAM_BUFFER_WORDS, &program);
	for (unsigned i = 0; i < 2; i++) {
		conf_share(f, size, &data[i]);
		addresses[i] = (uintptr_t)data[i] + size - 1024;
	}
	conf_start_cu(program.packet, &program, addresses, 2);
	memset(data[0] + size - 1024, 0x77, 1024);
	EXPECT_IS(conf_run(f, &program), 0);
	EXPECT_IS(conf_state(program.packet), AMDXDNA_STATE_COMPLETED);
	EXPECT(memcmp(data[0] + size - 1024, data[1] + size - 1024, 1024) == 0);
}

CASE(argument_unlisted, HEAP, "an argument that is not listed works all the same")
{
	struct conf_program program;
	uint8_t *data[2];

	loop_program(f, PROGRAM_GOOD, PROGRAM_BUFFER_WORDS, &program);
	loop_arguments(f, &program, 4096, data);
	EXPECT_IS(conf_submit(f, program.context.handle, program.packet_handle, NULL, 0, NULL), 0);
	EXPECT_IS(conf_wait(f, program.context.syncobj_handle, 0, 60000, 0), 0);
	EXPECT_IS(conf_state(program.packet), AMDXDNA_STATE_COMPLETED);
}

CASE(timeout, HEAP, "a command that never ends: TIMEOUT with health record 1, 0, operation, rest all ones")
{
	struct conf_program program;
	uint8_t *data[2];

	loop_program(f, PROGRAM_LOCK_NEVER_FREE, PROGRAM_BUFFER_WORDS, &program);
	loop_arguments(f, &program, 4096, data);
	EXPECT_IS(conf_run(f, &program), 0);
	EXPECT_IS(conf_state(program.packet), AMDXDNA_STATE_TIMEOUT);
	EXPECT_IS(program.packet[1], 1);
	EXPECT_IS(program.packet[2], 0);
	EXPECT_IS(program.packet[3], 6); /* the wait is the seventh operation of the stream */
	EXPECT_IS(program.packet[4], 0xffffffff);
	EXPECT_IS(program.packet[9], 0xffffffff);
}

CASE(timeout_then_usable, HEAP, "after a time-out the context is usable")
{
	struct conf_program program;
	uint8_t *data[2];
	struct aie_bytes noop;
	uint64_t npu;

	loop_program(f, PROGRAM_LOCK_NEVER_FREE, PROGRAM_BUFFER_WORDS, &program);
	loop_arguments(f, &program, 4096, data);
	EXPECT_IS(conf_run(f, &program), 0);
	EXPECT_IS(conf_state(program.packet), AMDXDNA_STATE_TIMEOUT);
	program_noop_stream(&noop, 8);
	conf_dev(f, noop.data, noop.size, &npu);
	program.instructions_npu = npu;
	program.instruction_bytes = (uint32_t)noop.size;
	aie_bytes_free(&noop);
	conf_start_cu(program.packet, &program, NULL, 0);
	EXPECT_IS(conf_run(f, &program), 0);
	EXPECT_IS(conf_state(program.packet), AMDXDNA_STATE_COMPLETED);
}

CASE(timeout_fails_the_context, HEAP, "a time-out fails the context's other pending commands as well")
{
	struct conf_program program;
	uint32_t handle[3], *packet[3];
	uint64_t addresses[2], seq = 0;
	uint8_t *data[2];

	loop_program(f, PROGRAM_LOCK_NEVER_FREE, PROGRAM_BUFFER_WORDS, &program);
	for (unsigned i = 0; i < 2; i++) {
		conf_share(f, 4096, &data[i]);
		addresses[i] = (uintptr_t)data[i];
	}
	for (unsigned i = 0; i < 3; i++) {
		handle[i] = conf_packet(f, &packet[i]);
		conf_start_cu(packet[i], &program, addresses, 2);
	}
	for (unsigned i = 0; i < 3; i++)
		EXPECT_IS(conf_submit(f, program.context.handle, handle[i], NULL, 0, &seq), 0);
	EXPECT_IS(conf_wait(f, program.context.syncobj_handle, seq, 60000, 0), 0);
	EXPECT_IS(conf_state(packet[0]), AMDXDNA_STATE_TIMEOUT);
	/* A command that came after the recovery runs into its own time-out. */
	EXPECT(conf_state(packet[2]) == AMDXDNA_STATE_ABORT || conf_state(packet[2]) == AMDXDNA_STATE_TIMEOUT);
}

CASE(timeout_spares_others, HEAP, "a time-out leaves the other contexts' commands alone")
{
	struct conf_program stuck, fine;
	uint8_t *data[2];

	loop_program(f, PROGRAM_LOCK_NEVER_FREE, PROGRAM_BUFFER_WORDS, &stuck);
	conf_program(f, &fine);
	loop_arguments(f, &stuck, 4096, data);
	EXPECT_IS(conf_submit(f, stuck.context.handle, stuck.packet_handle, NULL, 0, NULL), 0);
	EXPECT_IS(conf_run(f, &fine), 0);
	EXPECT_IS(conf_state(fine.packet), AMDXDNA_STATE_COMPLETED);
}

CASE(core_fault, HEAP, "a core that faults: ERROR, and the fault is the last asynchronous error")
{
	struct amdxdna_async_error entry = { 0 };
	struct amdxdna_get_array returned;
	struct conf_program program;
	uint8_t *data[2];

	loop_program(f, PROGRAM_CORE_FAULT, PROGRAM_BUFFER_WORDS, &program);
	loop_arguments(f, &program, 4096, data);
	EXPECT_IS(conf_run(f, &program), 0);
	EXPECT_IS(conf_state(program.packet), AMDXDNA_STATE_ERROR);
	EXPECT_IS(conf_get_array(f, AMDXDNA_ARRAY_ASYNC_ERROR, &entry, sizeof entry, 1, &returned), 0);
	EXPECT_IS(returned.num_element, 1);
	EXPECT_IS(entry.code >> 16 & 0xff, 4); /* driver: the array */
	EXPECT_IS(entry.code >> 24 & 0xff, 3); /* severity */
	EXPECT_IS(entry.code >> 40 & 0xff, 2); /* class: the array */
	EXPECT_IS(entry.extra, 2 << 8);        /* column 0, row 2 */
}

/* ---- START_NPU and the preemptible forms ------------------------------------------------------------------------ */

static void start_npu(uint32_t *packet, const struct conf_program *program, unsigned arguments)
{
	memset(packet, 0, 256);
	packet[0] = HEADER(20, 5 + arguments);
	packet[1] = 1;
	packet[2] = (uint32_t)program->instructions_npu;
	packet[3] = (uint32_t)(program->instructions_npu >> 32);
	packet[4] = program->instruction_bytes;
	packet[6] = 3;
}

CASE(npu, PROGRAM, "START_NPU names its instruction buffer in a block after the mask, size in bytes")
{
	start_npu(conf->program.packet, &conf->program, 1);
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
}

CASE(npu_26_arguments, PROGRAM, "START_NPU takes 26 argument words")
{
	start_npu(conf->program.packet, &conf->program, 26);
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
}

CASE(npu_27_arguments, PROGRAM, "START_NPU with 27 argument words is rejected")
{
	start_npu(conf->program.packet, &conf->program, 27);
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_NEW);
}

CASE(npu_properties_beyond, PROGRAM, "property words beyond the packet are rejected")
{
	start_npu(conf->program.packet, &conf->program, 1);
	conf->program.packet[5] = 50;
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_NEW);
}

static void start_preemptible(uint32_t *packet, const struct conf_program *program, unsigned opcode)
{
	memset(packet, 0, 256);
	packet[0] = HEADER(opcode, 12);
	packet[1] = opcode == 21;
	packet[2] = (uint32_t)program->instructions_npu;
	packet[3] = (uint32_t)(program->instructions_npu >> 32);
	packet[8] = program->instruction_bytes;
	packet[12] = 3;
}

CASE(preempt, PROGRAM, "START_NPU_PREEMPT has a 40-byte block")
{
	start_preemptible(conf->program.packet, &conf->program, 21);
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
}

CASE(preempt_elf, PROGRAM, "START_NPU_PREEMPT_ELF ignores its mask")
{
	start_preemptible(conf->program.packet, &conf->program, 22);
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
}

CASE(preempt_elf_without_cus, PROGRAM, "START_NPU_PREEMPT_ELF needs no configured CU")
{
	EXPECT_IS(conf_context(f, 8, &conf->program.context), 0);
	start_preemptible(conf->program.packet, &conf->program, 22);
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
}

/* ---- chains ----------------------------------------------------------------------------------------------------- */

static void chain_header(uint32_t *packet, uint32_t count)
{
	memset(packet, 0, 4096);
	packet[0] = HEADER(19, 6 + 2 * count);
	packet[1] = count;
}

static void chain_of(struct conf *conf, unsigned count, uint32_t *sub[])
{
	chain_header(conf->program.packet, count);
	for (unsigned i = 0; i < count; i++) {
		conf->program.packet[7 + 2 * i] = conf_packet(&conf->file[0], &sub[i]);
		conf_start_cu(sub[i], &conf->program, NULL, 0);
	}
}

CASE(chain, PROGRAM, "a chain runs its commands; their headers are not updated")
{
	uint32_t *sub[3];

	chain_of(conf, 3, sub);
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
	for (unsigned i = 0; i < 3; i++)
		EXPECT_IS(conf_state(sub[i]), AMDXDNA_STATE_NEW);
}

CASE(chain_failure, PROGRAM,
     "a failed chain has the state and the index; the first command's buffer is filled with ones")
{
	uint32_t *sub[3];

	chain_of(conf, 3, sub);
	sub[1][1] = 4; /* no such CU */
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_ERROR);
	EXPECT_IS(conf->program.packet[1], 3);
	EXPECT_IS(conf->program.packet[3], 1);
	EXPECT_IS(sub[0][1], 0xffffffff);
	EXPECT_IS(sub[1][1], 4);
	EXPECT_IS(sub[2][1], 1);
}

CASE(chain_timeout, HEAP, "a chain whose command never ends: TIMEOUT, health record in the first command's buffer")
{
	struct conf_program program;
	uint32_t handle[2], *sub[2];
	uint64_t addresses[2];
	uint8_t *data[2];

	loop_program(f, PROGRAM_LOCK_NEVER_FREE, PROGRAM_BUFFER_WORDS, &program);
	for (unsigned i = 0; i < 2; i++) {
		conf_share(f, 4096, &data[i]);
		addresses[i] = (uintptr_t)data[i];
	}
	chain_header(program.packet, 2);
	for (unsigned i = 0; i < 2; i++) {
		handle[i] = conf_packet(f, &sub[i]);
		conf_start_cu(sub[i], &program, addresses, 2);
		program.packet[7 + 2 * i] = handle[i];
	}
	EXPECT_IS(conf_run(f, &program), 0);
	EXPECT_IS(conf_state(program.packet), AMDXDNA_STATE_TIMEOUT);
	EXPECT_IS(program.packet[3], 0);
	EXPECT_IS(sub[0][1], 1);
	EXPECT_IS(sub[0][3], 6);
	EXPECT_IS(conf_state(sub[0]), AMDXDNA_STATE_NEW);
}

CASE(chain_mixed, PROGRAM, "a chain of different opcodes is rejected")
{
	uint32_t *sub[2];

	chain_of(conf, 2, sub);
	start_npu(sub[1], &conf->program, 1);
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_NEW);
}

CASE(chain_of_chain, PROGRAM, "a chain in a chain is rejected")
{
	chain_header(conf->program.packet, 1);
	conf->program.packet[7] = conf->program.packet_handle;
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_NEW);
}

CASE(chain_unknown, PROGRAM, "a chain with an unknown command buffer is rejected")
{
	chain_header(conf->program.packet, 1);
	conf->program.packet[7] = 999;
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_NEW);
}

CASE(chain_high_handle, PROGRAM, "a handle is all 64 bits of its place: one with upper bits is unknown")
{
	uint32_t *sub[1];

	chain_of(conf, 1, sub);
	conf->program.packet[8] = 1;
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_NEW);
}

CASE(chain_count_beyond, PROGRAM, "a chain that counts more commands than it holds is rejected")
{
	uint32_t *sub[2];

	chain_of(conf, 2, sub);
	conf->program.packet[1] = 3;
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_NEW);
}

CASE(chain_fits, PROGRAM, "36 START_CU of 15 words fit into the 4 KiB slot")
{
	uint32_t *sub, handle = conf_packet(f, &sub);

	conf_start_cu(sub, &conf->program, NULL, 0);
	chain_header(conf->program.packet, 36);
	for (unsigned i = 0; i < 36; i++)
		conf->program.packet[7 + 2 * i] = handle;
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
}

CASE(chain_too_long, PROGRAM, "37 do not fit: rejected")
{
	uint32_t *sub, handle = conf_packet(f, &sub);

	conf_start_cu(sub, &conf->program, NULL, 0);
	chain_header(conf->program.packet, 37);
	for (unsigned i = 0; i < 37; i++)
		conf->program.packet[7 + 2 * i] = handle;
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_NEW);
}

/* ---- ends of contexts ------------------------------------------------------------------------------------------- */

CASE(destroy_waits, PROGRAM, "destroying a context waits for its commands")
{
	uint64_t seq;

	EXPECT_IS(conf_submit(f, conf->program.context.handle, conf->program.packet_handle, NULL, 0, &seq), 0);
	EXPECT_IS(conf_destroy_context(f, conf->program.context.handle), 0);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
	EXPECT_IS(conf_wait(f, conf->program.context.syncobj_handle, seq, 0, 0), 0);
}

CASE(close_waits, PROGRAM, "closing the file does so for all its contexts; mappings stay")
{
	uint64_t seq;

	EXPECT_IS(conf_submit(f, conf->program.context.handle, conf->program.packet_handle, NULL, 0, &seq), 0);
	conf_close(f);
	EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
}

CASE(contexts_take_turns, PROGRAM, "contexts of two files share the device")
{
	struct conf_file *other = conf_open(conf);
	struct conf_program theirs;

	EXPECT_IS(conf_create(other, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, &other->heap), 0);
	EXPECT_IS(conf_map_heap(other), 0);
	conf_program(other, &theirs);
	for (unsigned i = 0; i < 4; i++) {
		conf_start_cu(conf->program.packet, &conf->program, NULL, 0);
		conf_start_cu(theirs.packet, &theirs, NULL, 0);
		EXPECT_IS(conf_run(f, &conf->program), 0);
		EXPECT_IS(conf_run(other, &theirs), 0);
		EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
		EXPECT_IS(conf_state(theirs.packet), AMDXDNA_STATE_COMPLETED);
	}
}
