/* The controller alone: transaction streams, patching, waits, images, and its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/image/pdi.h"
#include "driver/image/registers.h"
#include "driver/image/txn.h"
#include "sim/array/device.h"
#include "sim/firmware/firmware.h"
#include "tests/drm/program.h"
#include "tests/drm/rig.h"

/* One flat piece of memory at an NPU address that no real buffer has. */
enum { MEMORY_BYTES = 1 << 20, PDI_AT = 0, STREAM_AT = 0x40000, DATA_AT = 0x80000 };
#define MEMORY_BASE UINT64_C(0x04000000)

struct bench {
	uint8_t *memory;
	struct aie_array *array;
	struct aie_firmware *firmware;
	struct aie_array_timing timing;
	struct aie_firmware_context context;
	struct aie_firmware_result result;
};

static void *translate(void *user, uint64_t address, uint64_t size, bool write)
{
	struct bench *bench = user;

	(void)write;
	if (address < MEMORY_BASE || size > MEMORY_BYTES || address - MEMORY_BASE > MEMORY_BYTES - size)
		return NULL;
	return bench->memory + (address - MEMORY_BASE);
}

static int setup(void **state)
{
	struct bench *bench = calloc(1, sizeof *bench);
	const struct aie_system_memory memory = { bench, translate };
	const struct aie_device_profile *profile;
	struct aie_error error;

	bench->memory = calloc(1, MEMORY_BYTES);
	profile = aie_device_profile_parse("npu4", &bench->timing, &error);
	assert_non_null(profile);
	bench->array = aie_array_create("npu4", &memory, &error);
	assert_non_null(bench->array);
	bench->firmware = aie_firmware_create(bench->array, &memory, profile, &bench->timing, &error);
	assert_non_null(bench->firmware);
	bench->context = (struct aie_firmware_context){
		.serial = 1, .columns = 8, .cu_count = 1, .cu = { { MEMORY_BASE + PDI_AT, 0x40000, 0 } }
	};
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	aie_firmware_destroy(bench->firmware);
	aie_array_destroy(bench->array);
	free(bench->memory);
	free(bench);
	return 0;
}

static void load_pdi(struct bench *bench, const struct aie_bytes *pdi)
{
	memcpy(bench->memory + PDI_AT, pdi->data, pdi->size);
}

static uint32_t stream_bytes; /* of the stream put last */

static void put_stream(struct bench *bench, struct aie_txn_builder *txn)
{
	struct aie_bytes bytes;
	struct aie_error error;

	if (aie_txn_finish(txn, &bytes, &error))
		fail_msg("%s", error.text);
	memcpy(bench->memory + STREAM_AT, bytes.data, bytes.size);
	stream_bytes = (uint32_t)bytes.size;
	aie_bytes_free(&bytes);
}

static enum aie_firmware_outcome run(struct bench *bench, const uint64_t *arguments, unsigned count, bool queued)
{
	uint32_t payload[15] = { 3, 0, (uint32_t)(MEMORY_BASE + STREAM_AT), 0, stream_bytes / 4 };
	const struct aie_firmware_command command = {
		.kind = AIE_FIRMWARE_START_CU,
		.queued = queued,
		.has_cu = true,
		.payload = payload,
		.payload_words = 15,
	};

	for (unsigned i = 0; i < count; i++) {
		payload[5 + 2 * i] = (uint32_t)arguments[i];
		payload[6 + 2 * i] = (uint32_t)(arguments[i] >> 32);
	}
	aie_firmware_run(bench->firmware, &bench->context, &command, NULL, &bench->result);
	return bench->result.outcome;
}

static enum aie_firmware_outcome run_noop(struct bench *bench, bool queued)
{
	struct aie_bytes pdi, stream;

	program_noop_pdi(&pdi);
	program_noop_stream(&stream, 8);
	load_pdi(bench, &pdi);
	memcpy(bench->memory + STREAM_AT, stream.data, stream.size);
	stream_bytes = (uint32_t)stream.size;
	aie_bytes_free(&pdi);
	aie_bytes_free(&stream);
	return run(bench, NULL, 0, queued);
}

static double microseconds(uint64_t cycles)
{
	return (double)cycles / 1800.0;
}

static void begin(struct aie_txn_builder *txn)
{
	aie_txn_begin(txn, AIE_TXN_V0_1, AIE_TXN_NPU2, 8);
}

/* Fact: a single no-op command takes 59 us (53-63 published), queued ones 20-25 us. */
static void noop_time(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	assert_true(microseconds(bench->result.cycles) > 53 && microseconds(bench->result.cycles) < 63);
	assert_int_equal(bench->result.configure_cycles, 0);
	assert_int_equal(bench->result.dispatch_cycles, bench->result.cycles);
	assert_int_equal(run_noop(bench, true), AIE_FIRMWARE_DONE);
	assert_true(microseconds(bench->result.cycles) >= 20 && microseconds(bench->result.cycles) <= 25);
}

/* Fact: loading an image of 2.4, 30, 57 KB takes 88, 600-650, 1010 us; 15 % allowed. */
static void pdi_load_time(void **state)
{
	static const struct {
		unsigned bytes;
		double low, high;
	} published[] = { { 2458, 88, 88 }, { 30720, 600, 650 }, { 58368, 1010, 1010 } };
	struct bench *bench = *state;

	for (unsigned i = 0; i < 3; i++) {
		struct aie_cdo_builder cdo;
		struct aie_bytes body, pdi;
		struct aie_error error;
		uint32_t *words = calloc(published[i].bytes, 1);
		double time;

		aie_cdo_begin(&cdo);
		aie_cdo_block_write(&cdo, aie_tile_address(0, 2, 0), words, (published[i].bytes - 0x150 - 64) / 4);
		assert_int_equal(aie_cdo_finish(&cdo, &body, &error), 0);
		assert_int_equal(aie_pdi_write(body.data, body.size, &pdi, &error), 0);
		assert_in_range(pdi.size, published[i].bytes - 64, published[i].bytes + 64);
		load_pdi(bench, &pdi);
		bench->context.serial++; /* a new context has nothing loaded */
		struct aie_txn_builder txn;
		begin(&txn);
		put_stream(bench, &txn);
		assert_int_equal(run(bench, NULL, 0, false), AIE_FIRMWARE_DONE);
		time = microseconds(bench->result.configure_cycles);
		if (i) /* the switch from the context before is not part of the published figure */
			time -= bench->timing.firmware_context_switch_ns / 1000.0;
		assert_true(time > published[i].low * 0.85 && time < published[i].high * 1.15);
		aie_bytes_free(&body);
		aie_bytes_free(&pdi);
		free(words);
	}
}

/* Fact: stream execution costs 3-4 ns a byte. */
static void stream_time(void **state)
{
	struct bench *bench = *state;
	struct aie_txn_builder txn;
	uint64_t before;
	double per_byte;

	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	before = bench->result.cycles;
	begin(&txn);
	for (unsigned i = 0; i < 2000; i++)
		aie_txn_write32(&txn, aie_tile_address(0, 2, 4 * i), i);
	put_stream(bench, &txn);
	assert_int_equal(run(bench, NULL, 0, false), AIE_FIRMWARE_DONE);
	per_byte = (double)(bench->result.cycles - before) / 1.8 / stream_bytes;
	assert_true(per_byte >= 2.9 && per_byte <= 4);
}

/* Writes, mask writes and block writes land in order; the mask form changes only bits of the mask. */
static void write_forms(void **state)
{
	struct bench *bench = *state;
	const uint32_t block[3] = { 0x11111111, 0x22222222, 0x33333333 };
	struct aie_txn_builder txn;
	struct aie_error error;
	uint32_t value;

	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	begin(&txn);
	aie_txn_write32(&txn, aie_tile_address(1, 3, 0x100), 0xabcd1234);
	aie_txn_mask_write32(&txn, aie_tile_address(1, 3, 0x100), 0x00ff0000, 0x12345678);
	aie_txn_block_write(&txn, aie_tile_address(7, 5, 0x200), block, 3);
	put_stream(bench, &txn);
	assert_int_equal(run(bench, NULL, 0, false), AIE_FIRMWARE_DONE);
	assert_int_equal(aie_array_read32(bench->array, aie_tile_address(1, 3, 0x100), &value, &error), 0);
	assert_int_equal(value, 0xab341234);
	assert_int_equal(aie_array_read32(bench->array, aie_tile_address(7, 5, 0x208), &value, &error), 0);
	assert_int_equal(value, 0x33333333);
}

/* Fact: DDR_PATCH: argument + addend + 0x80000000; word 1 gets bits 31..2, word 2 keeps its upper half. */
static void ddr_patch(void **state)
{
	struct bench *bench = *state;
	const uint32_t block[8] = { 64, 0xffffffff, 0x00050000, 0, 0, 0, 0, 0x02000000 };
	const uint64_t arguments[2] = { 0, UINT64_C(0x7f5566778000) };
	struct aie_txn_builder txn;
	struct aie_error error;
	uint32_t low, high;

	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	begin(&txn);
	aie_txn_block_write(&txn, aie_tile_address(2, 0, 0x1D060), block, 8);
	aie_txn_ddr_patch(&txn, aie_tile_address(2, 0, 0x1D064), 1, 0x1236);
	put_stream(bench, &txn);
	assert_int_equal(run(bench, arguments, 2, false), AIE_FIRMWARE_DONE);
	assert_int_equal(aie_array_read32(bench->array, aie_tile_address(2, 0, 0x1D064), &low, &error), 0);
	assert_int_equal(aie_array_read32(bench->array, aie_tile_address(2, 0, 0x1D068), &high, &error), 0);
	/* 0x7f5566778000 + 0x1236 + 0x80000000 = 0x7f55e6779236 */
	assert_int_equal(low, 0xe6779234);
	assert_int_equal(high, 0x00057f55);
}

/* Fact: a stream the host has patched itself (START_NPU) still holds its DDR_PATCH records: skipped. */
static void patch_skipped(void **state)
{
	struct bench *bench = *state;
	const uint32_t block[8] = { 64, 0x12345678, 0x0000007f, 0, 0, 0, 0, 0x02000000 };
	struct aie_firmware_command command = { .kind = AIE_FIRMWARE_START_NPU, .has_cu = true };
	struct aie_txn_builder txn;
	struct aie_error error;
	uint32_t low;

	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	begin(&txn);
	aie_txn_block_write(&txn, aie_tile_address(2, 0, 0x1D060), block, 8);
	aie_txn_ddr_patch(&txn, aie_tile_address(2, 0, 0x1D064), 1, 0x1234);
	put_stream(bench, &txn);
	command.instructions = MEMORY_BASE + STREAM_AT;
	command.instruction_bytes = stream_bytes;
	aie_firmware_run(bench->firmware, &bench->context, &command, NULL, &bench->result);
	assert_int_equal(bench->result.outcome, AIE_FIRMWARE_DONE);
	assert_int_equal(aie_array_read32(bench->array, aie_tile_address(2, 0, 0x1D064), &low, &error), 0);
	assert_int_equal(low, 0x12345678);
}

/* Bad input T4: a patch beyond the arguments the register map has room for. */
static void patch_index(void **state)
{
	struct bench *bench = *state;
	const uint32_t block[8] = { 64 };
	struct aie_txn_builder txn;

	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	begin(&txn);
	aie_txn_block_write(&txn, aie_tile_address(2, 0, 0x1D060), block, 8);
	aie_txn_ddr_patch(&txn, aie_tile_address(2, 0, 0x1D064), 5, 0);
	put_stream(bench, &txn);
	assert_int_equal(run(bench, NULL, 0, false), AIE_FIRMWARE_FAILED);
	assert_int_equal(bench->result.status, AIE_FIRMWARE_INVALID_INSTRUCTION);
}

/* MASKPOLL: true at once goes on; bad input T5: never true ends as a time-out and not as a hang of the host. */
static void mask_poll(void **state)
{
	struct bench *bench = *state;
	struct aie_txn_builder txn;

	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	begin(&txn);
	aie_txn_write32(&txn, aie_tile_address(0, 2, 0x40), 0x70);
	aie_txn_mask_poll(&txn, aie_tile_address(0, 2, 0x40), 0xf0, 0x70);
	put_stream(bench, &txn);
	assert_int_equal(run(bench, NULL, 0, false), AIE_FIRMWARE_DONE);
	begin(&txn);
	aie_txn_mask_poll(&txn, aie_tile_address(0, 2, 0x40), 0xf0, 0x10);
	put_stream(bench, &txn);
	assert_int_equal(run(bench, NULL, 0, false), AIE_FIRMWARE_HUNG);
	assert_int_equal(bench->result.operation, 0);
	assert_non_null(strstr(bench->result.error.text, "0xf0 == 0x10"));
}

/* A register that moves (a timer) but never becomes what is waited for: the watchdog ends it. */
static void watchdog(void **state)
{
	struct bench *bench = *state;
	struct aie_txn_builder txn;

	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	begin(&txn);
	aie_txn_mask_poll(&txn, aie_tile_address(0, 2, AIE_CORE_TIMER_LOW), 2, 1);
	put_stream(bench, &txn);
	assert_int_equal(run(bench, NULL, 0, false), AIE_FIRMWARE_HUNG);
	assert_true(microseconds(bench->result.cycles) >= bench->timing.firmware_watchdog_us);
	assert_true(microseconds(bench->result.cycles) < bench->timing.firmware_watchdog_us + 200);
}

/* A ring of descriptors that goes round for ever is no deadlock, but nothing comes of it: the watchdog says so and the
 * graph tells what moves and what is waited for. */
static void no_progress(void **state)
{
	/* memory tile (0,1): MM2S 0 through the switch (slave and master port 0) to S2MM 0, without locks */
	static const uint32_t descriptor[2][8] = {
		{ 256, (0x80000 >> 2) | 1U << 19, 0, 0, 0, 0, 0, 1U << 31 },
		{ 256, (0x81000 >> 2) | 1U << 19 | 1U << 20, 0, 0, 0, 0, 0, 1U << 31 },
	};
	struct bench *bench = *state;
	struct aie_txn_builder txn;

	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	begin(&txn);
	aie_txn_block_write(&txn, aie_tile_address(0, 1, AIE_MEMTILE_DMA_BD_0), descriptor[0], 8);
	aie_txn_block_write(&txn, aie_tile_address(0, 1, AIE_MEMTILE_DMA_BD_0 + 0x20), descriptor[1], 8);
	aie_txn_write32(&txn, aie_tile_address(0, 1, 0xB0100), 0x80000000);
	aie_txn_write32(&txn, aie_tile_address(0, 1, 0xB0000), 0x80000000);
	aie_txn_write32(&txn, aie_tile_address(0, 1, AIE_MEMTILE_DMA_S2MM_START_QUEUE), 0);
	aie_txn_write32(&txn, aie_tile_address(0, 1, AIE_MEMTILE_DMA_MM2S_START_QUEUE), 1);
	aie_txn_sync(&txn, 3, 0, true, 1, 1, 1);
	put_stream(bench, &txn);
	assert_int_equal(run(bench, NULL, 0, false), AIE_FIRMWARE_HUNG);
	assert_non_null(strstr(bench->result.error.text, "no progress"));
	assert_non_null(strstr(bench->result.error.text, "(3,0) MM2S 1"));
	assert_non_null(strstr(bench->result.waits, "(0,1) DMA MM2S 0 BD 1 moves"));
	assert_non_null(strstr(bench->result.waits, "cause: the controller waits for tile (3,0) MM2S 1"));
	assert_non_null(bench->result.wait_graph);
	assert_non_null(strstr(bench->result.wait_graph, "\"kind\":\"no progress\""));
	assert_non_null(strstr(bench->result.wait_graph, "\"unit\":\"controller\",\"state\":\"waits\""));
}

/* A command that is cancelled ends soon, whatever it waits for. */
static void cancelled(void **state)
{
	struct bench *bench = *state;
	uint32_t payload[15] = { 3, 0, (uint32_t)(MEMORY_BASE + STREAM_AT), 0, 0 };
	struct aie_firmware_command command = {
		.kind = AIE_FIRMWARE_START_CU, .has_cu = true, .payload = payload, .payload_words = 15
	};
	atomic_bool cancel = true;
	struct aie_txn_builder txn;

	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	begin(&txn);
	aie_txn_mask_poll(&txn, aie_tile_address(0, 2, AIE_CORE_TIMER_LOW), 2, 1);
	put_stream(bench, &txn);
	payload[4] = stream_bytes / 4;
	aie_firmware_run(bench->firmware, &bench->context, &command, &cancel, &bench->result);
	assert_int_equal(bench->result.outcome, AIE_FIRMWARE_CANCELLED);
}

/* A wait for a token that no task will send: found at once, named. */
static void token_never(void **state)
{
	struct bench *bench = *state;
	struct aie_txn_builder txn;

	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	begin(&txn);
	aie_txn_sync(&txn, 3, 0, true, 1, 1, 1);
	put_stream(bench, &txn);
	assert_int_equal(run(bench, NULL, 0, false), AIE_FIRMWARE_HUNG);
	assert_non_null(strstr(bench->result.error.text, "(3,0) MM2S 1"));
	assert_non_null(strstr(bench->result.error.text, "does not move on"));
	assert_non_null(strstr(bench->result.waits, "but shim (3,0) DMA MM2S 1 has no task"));
	assert_non_null(strstr(bench->result.wait_graph, "\"kind\":\"deadlock\""));
}

/* Operations whose effect no public source establishes are refused by name. */
static void refused_operations(void **state)
{
	static const struct {
		struct aie_operation operation;
		const char *name;
	} list[] = {
		{ { .kind = AIE_OPERATION_MASK_POLL_BUSY, .address = 0x200040, .mask = 1 }, "MASK_POLL_BUSY" },
		{ { .kind = AIE_OPERATION_MERGE_SYNC, .value = 1, .columns = 1 }, "MERGE_SYNC" },
		{ { .kind = AIE_OPERATION_RECORD_TIMER, .value = 1 }, "RECORD_TIMER" },
		{ { .kind = AIE_OPERATION_UPDATE_STATE, .index = 1, .function = 1, .value = 1 }, "UPDATE_STATE" },
	};
	struct bench *bench = *state;

	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	for (unsigned i = 0; i < sizeof list / sizeof list[0]; i++) {
		struct aie_txn_builder txn;

		begin(&txn);
		aie_txn_append(&txn, &list[i].operation);
		put_stream(bench, &txn);
		assert_int_equal(run(bench, NULL, 0, false), AIE_FIRMWARE_FAILED);
		assert_int_equal(bench->result.status, AIE_FIRMWARE_INVALID_INSTRUCTION);
		if (!strstr(bench->result.error.text, list[i].name))
			fail_msg("%s is not named in: %s", list[i].name, bench->result.error.text);
	}
}

/* Fact: firmware keeps the configuration between commands with the same image; another context or a failure loads
 * again. */
static void configuration_kept(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	assert_true(bench->result.configure_cycles > 0);
	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	assert_int_equal(bench->result.configure_cycles, 0);
	bench->context.serial = 2;
	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	assert_true(bench->result.configure_cycles > 0);
	bench->context.cu_count = 0;
	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_FAILED);
	bench->context.cu_count = 1;
	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	assert_true(bench->result.configure_cycles > 0);
}

/* Loading an image resets the columns: memory of the run before reads as zero. */
static void load_resets(void **state)
{
	struct bench *bench = *state;
	struct aie_error error;
	uint32_t value = 1;

	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	assert_int_equal(aie_array_write32(bench->array, aie_tile_address(4, 4, 0x80), 77, &error), 0);
	bench->context.serial = 2;
	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	assert_int_equal(aie_array_read32(bench->array, aie_tile_address(4, 4, 0x80), &value, &error), 0);
	assert_int_equal(value, 0);
}

/* LOAD_PDI inside a stream; bad input T6: an address outside the heap. */
static void load_pdi_operation(void **state)
{
	struct bench *bench = *state;
	struct aie_operation load = { .kind = AIE_OPERATION_LOAD_PDI, .value = 1 };
	struct aie_txn_builder txn;
	struct aie_bytes pdi;

	assert_int_equal(run_noop(bench, false), AIE_FIRMWARE_DONE);
	program_noop_pdi(&pdi);
	load.pdi_address = MEMORY_BASE + PDI_AT;
	load.pdi_size = (uint32_t)pdi.size;
	begin(&txn);
	aie_txn_append(&txn, &load);
	put_stream(bench, &txn);
	assert_int_equal(run(bench, NULL, 0, false), AIE_FIRMWARE_DONE);
	assert_true(bench->result.configure_cycles > 0);
	load.pdi_address = 0x1000;
	begin(&txn);
	aie_txn_append(&txn, &load);
	put_stream(bench, &txn);
	assert_int_equal(run(bench, NULL, 0, false), AIE_FIRMWARE_FAILED);
	aie_bytes_free(&pdi);
}

/* Data through the array and back; its time lies in what is published for one small task: 63-69 us. */
static void loop(void **state)
{
	struct bench *bench = *state;
	const uint64_t arguments[2] = { MEMORY_BASE + DATA_AT, MEMORY_BASE + DATA_AT + 0x10000 };
	uint32_t *input = (uint32_t *)(void *)(bench->memory + DATA_AT), *output = input + 0x10000 / 4;
	struct aie_bytes pdi, stream;

	program_loop_pdi(&pdi, PROGRAM_GOOD);
	program_loop_stream(&stream, 4 * PROGRAM_BUFFER_WORDS);
	load_pdi(bench, &pdi);
	memcpy(bench->memory + STREAM_AT, stream.data, stream.size);
	stream_bytes = (uint32_t)stream.size;
	for (unsigned again = 0; again < 3; again++) {
		for (uint32_t i = 0; i < 4 * PROGRAM_BUFFER_WORDS; i++)
			input[i] = i * 2654435761U + again;
		assert_int_equal(run(bench, arguments, 2, false), AIE_FIRMWARE_DONE);
		assert_memory_equal(output, input, 4 * PROGRAM_BUFFER_WORDS * 4);
	}
	assert_true(microseconds(bench->result.cycles) > 60 && microseconds(bench->result.cycles) < 70);
	aie_bytes_free(&pdi);
	aie_bytes_free(&stream);
}

/* More tasks than a queue takes: the controller waits and loses none. */
static void full_queue(void **state)
{
	enum { TASKS = 12 };
	struct bench *bench = *state;
	const uint64_t arguments[2] = { MEMORY_BASE + DATA_AT, MEMORY_BASE + DATA_AT + 0x20000 };
	uint32_t *input = (uint32_t *)(void *)(bench->memory + DATA_AT), *output = input + 0x20000 / 4;
	struct aie_txn_builder txn;
	struct aie_bytes pdi;

	program_loop_pdi(&pdi, PROGRAM_GOOD);
	load_pdi(bench, &pdi);
	begin(&txn);
	for (unsigned i = 0; i < TASKS; i++) {
		uint32_t descriptor[8] = { PROGRAM_BUFFER_WORDS, 0, 0, 0, 3U << 30, 2U << 24, 0, 1U << 25 };

		aie_txn_block_write(&txn, aie_tile_address(0, 0, 0x1D000 + 0x20 * i), descriptor, 8);
		aie_txn_ddr_patch(&txn, aie_tile_address(0, 0, 0x1D004 + 0x20 * i), 0, i * PROGRAM_BUFFER_WORDS * 4);
	}
	for (unsigned i = 0; i < TASKS; i++)
		aie_txn_write32(&txn, aie_tile_address(0, 0, AIE_SHIM_DMA_MM2S_TASK_QUEUE), i);
	put_stream(bench, &txn);
	/* Nobody reads what comes out: two buffers and the wires fill up, the other tasks stay queued. */
	assert_int_equal(run(bench, arguments, 2, false), AIE_FIRMWARE_HUNG);
	assert_non_null(strstr(bench->result.error.text, "task queue of tile (0,0) MM2S 0"));

	/* With a reader all go through. */
	begin(&txn);
	for (unsigned i = 0; i < TASKS; i++) {
		uint32_t descriptor[8] = { PROGRAM_BUFFER_WORDS, 0, 0, 0, 3U << 30, 2U << 24, 0, 1U << 25 };

		aie_txn_block_write(&txn, aie_tile_address(0, 0, 0x1D000 + 0x20 * i), descriptor, 8);
		aie_txn_ddr_patch(&txn, aie_tile_address(0, 0, 0x1D004 + 0x20 * i), 0, i * PROGRAM_BUFFER_WORDS * 4);
	}
	uint32_t whole[8] = { TASKS * PROGRAM_BUFFER_WORDS, 0, 0, 0, 3U << 30, 2U << 24, 0, 1U << 25 };
	aie_txn_block_write(&txn, aie_tile_address(0, 0, 0x1D000 + 0x20 * 15), whole, 8);
	aie_txn_ddr_patch(&txn, aie_tile_address(0, 0, 0x1D004 + 0x20 * 15), 1, 0);
	aie_txn_write32(&txn, aie_tile_address(0, 0, AIE_SHIM_DMA_S2MM_TASK_QUEUE), 0x8000000f);
	for (unsigned i = 0; i < TASKS; i++)
		aie_txn_write32(&txn, aie_tile_address(0, 0, AIE_SHIM_DMA_MM2S_TASK_QUEUE), i);
	aie_txn_sync(&txn, 0, 0, false, 0, 1, 1);
	put_stream(bench, &txn);
	for (uint32_t i = 0; i < TASKS * PROGRAM_BUFFER_WORDS; i++)
		input[i] = i ^ 0xa5a5a5a5;
	if (run(bench, arguments, 2, false) != AIE_FIRMWARE_DONE)
		fail_msg("%s\n%s", bench->result.error.text, bench->result.waits);
	assert_memory_equal(output, input, TASKS * PROGRAM_BUFFER_WORDS * 4);
	aie_bytes_free(&pdi);
}

/* The same in an image: there is no operation of a stream to name. */
static void full_queue_of_image(void **state)
{
	const uint32_t descriptor[6] = { 4, 0, 0, 0, 0, 1U << 25 };
	struct bench *bench = *state;
	struct aie_cdo_builder cdo;
	struct aie_txn_builder txn;
	struct aie_bytes body, pdi;
	struct aie_error error;

	aie_cdo_begin(&cdo);
	aie_cdo_block_write(&cdo, aie_tile_address(0, 2, 0x1D000), descriptor, 6);
	for (unsigned i = 0; i < 8; i++)
		aie_cdo_write32(&cdo, aie_tile_address(0, 2, 0x1DE04), 0);
	assert_int_equal(aie_cdo_finish(&cdo, &body, &error), 0);
	assert_int_equal(aie_pdi_write(body.data, body.size, &pdi, &error), 0);
	load_pdi(bench, &pdi);
	begin(&txn);
	put_stream(bench, &txn);
	assert_int_equal(run(bench, NULL, 0, false), AIE_FIRMWARE_HUNG);
	assert_non_null(strstr(bench->result.error.text, "room in the task queue of tile (0,2) S2MM 0"));
	assert_null(strstr(bench->result.error.text, "(operation"));
	aie_bytes_free(&body);
	aie_bytes_free(&pdi);
}

/* A DMA into memory that no buffer covers ends the command as ERROR and names the address. */
static void bad_address(void **state)
{
	struct bench *bench = *state;
	const uint64_t arguments[2] = { UINT64_C(0x7000000000), MEMORY_BASE + DATA_AT };
	struct aie_bytes pdi, stream;

	program_loop_pdi(&pdi, PROGRAM_GOOD);
	program_loop_stream(&stream, PROGRAM_BUFFER_WORDS);
	load_pdi(bench, &pdi);
	memcpy(bench->memory + STREAM_AT, stream.data, stream.size);
	stream_bytes = (uint32_t)stream.size;
	assert_int_equal(run(bench, arguments, 2, false), AIE_FIRMWARE_FAILED);
	assert_true(bench->result.array_fault);
	assert_int_equal(bench->result.status, AIE_FIRMWARE_ARRAY_DMA);
	assert_int_equal(bench->result.fault_column, 0);
	assert_int_equal(bench->result.fault_row, 0); /* the shim's DMA */
	aie_bytes_free(&pdi);
	aie_bytes_free(&stream);
}

/* A lock nobody gives: a standstill, with the waiting units listed. */
static void standstill(void **state)
{
	struct bench *bench = *state;
	const uint64_t arguments[2] = { MEMORY_BASE + DATA_AT, MEMORY_BASE + DATA_AT + 0x10000 };
	struct aie_bytes pdi, stream;

	program_loop_pdi(&pdi, PROGRAM_LOCK_NEVER_FREE);
	program_loop_stream(&stream, PROGRAM_BUFFER_WORDS);
	load_pdi(bench, &pdi);
	memcpy(bench->memory + STREAM_AT, stream.data, stream.size);
	stream_bytes = (uint32_t)stream.size;
	assert_int_equal(run(bench, arguments, 2, false), AIE_FIRMWARE_HUNG);
	assert_int_equal(bench->result.operation, 6);
	assert_non_null(strstr(bench->result.waits, "lock 0"));
	assert_non_null(strstr(bench->result.waits, "(0,2)"));
	assert_int_equal(bench->result.waits[strlen(bench->result.waits) - 1], '\n');
	aie_bytes_free(&pdi);
	aie_bytes_free(&stream);
}

/* Same commands, same cycles. */
static void deterministic(void **state)
{
	struct bench *bench = *state;
	const uint64_t arguments[2] = { MEMORY_BASE + DATA_AT, MEMORY_BASE + DATA_AT + 0x10000 };
	struct aie_bytes pdi, stream;
	uint64_t cycles[3];

	program_loop_pdi(&pdi, PROGRAM_GOOD);
	program_loop_stream(&stream, 8 * PROGRAM_BUFFER_WORDS);
	load_pdi(bench, &pdi);
	memcpy(bench->memory + STREAM_AT, stream.data, stream.size);
	stream_bytes = (uint32_t)stream.size;
	for (unsigned i = 0; i < 2; i++) {
		void *other = NULL;

		setup(&other);
		load_pdi(other, &pdi);
		memcpy(((struct bench *)other)->memory + STREAM_AT, stream.data, stream.size);
		assert_int_equal(run(other, arguments, 2, false), AIE_FIRMWARE_DONE);
		cycles[i] = ((struct bench *)other)->result.cycles;
		teardown(&other);
	}
	assert_int_equal(run(bench, arguments, 2, false), AIE_FIRMWARE_DONE);
	cycles[2] = bench->result.cycles;
	assert_int_equal(cycles[0], cycles[1]);
	assert_int_equal(cycles[0], cycles[2]);
	aie_bytes_free(&pdi);
	aie_bytes_free(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		CASE(noop_time),
		CASE(pdi_load_time),
		CASE(stream_time),
		CASE(write_forms),
		CASE(ddr_patch),
		CASE(patch_skipped),
		CASE(patch_index),
		CASE(mask_poll),
		CASE(watchdog),
		CASE(no_progress),
		CASE(cancelled),
		CASE(token_never),
		CASE(refused_operations),
		CASE(configuration_kept),
		CASE(load_resets),
		CASE(load_pdi_operation),
		CASE(loop),
		CASE(full_queue),
		CASE(full_queue_of_image),
		CASE(bad_address),
		CASE(standstill),
		CASE(deterministic),
	};

	return cmocka_run_group_tests_name("controller", tests, NULL, NULL);
}
