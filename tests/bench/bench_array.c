#include "tests/bench/bench_array.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver/image/core_elf.h"
#include "driver/image/events.h"
#include "driver/image/registers.h"
#include "isa/assembler.h"
#include "sim/array/array.h"
#include "sim/array/record.h"

enum {
	REPEATS = 3,
	CORE_CYCLES = 400000,
	STREAM_CYCLES = 2000000,
	CORE_ROWS = 4,
	MEMORY_BYTES = 64 << 20,
	MEMORY_BASE = 0x10000000,
	MEMORY_OWN = 0x80000, /* where the DMA of a memory tile sees its own memory */
};

struct bench {
	struct aie_array *array;
	uint8_t *memory;
};

/* A loop like those of dequantising kernels: two loads and a multiply-accumulate of bf16 lanes in most bundles. */
static const char program[] =
        "movxm r0, #100000000\nmovxm r1, #60\nmovxm p0, #0x70000\nmovxm p1, #0x74000\n.p2align 4\n"
        "loop: jnz r0, #loop\n"
        "add r0, r0, #-1; vlda x0, [p0, #0]; vldb x1, [p1, #0]\n"
        "vlda x2, [p0, #64]; vldb x3, [p1, #64]; vmac.f dm0, dm0, x4, x5, r1\n"
        "vlda x4, [p0, #128]; vldb x5, [p1, #128]; vmac.f dm1, dm1, x6, x7, r1\n"
        "vlda x6, [p0, #192]; vldb x7, [p1, #192]; vmac.f dm2, dm2, x8, x9, r1\n"
        "vlda x8, [p0, #256]; vldb x9, [p1, #256]; vmac.f dm3, dm3, x0, x1, r1\ndone\n";

static void die(const struct aie_error *error)
{
	fprintf(stderr, "aie-bench: %s\n", error->text);
	exit(aie_error_exit_status(error));
}

static void *translate(void *user, uint64_t address, uint64_t size, bool write)
{
	struct bench *bench = user;

	(void)write;
	if (address < MEMORY_BASE || size > MEMORY_BYTES || address - MEMORY_BASE > MEMORY_BYTES - size)
		return NULL;
	return bench->memory + (address - MEMORY_BASE);
}

static void put(struct bench *bench, unsigned column, unsigned row, uint32_t offset, uint32_t value)
{
	struct aie_error error;

	if (aie_array_write32(bench->array, aie_tile_address(column, row, offset), value, &error))
		die(&error);
}

/* What the NPU's controller does for a partition: the clock on, no tile isolated. */
static void open_column(struct bench *bench, unsigned column)
{
	put(bench, column, 0, AIE_SHIM_COLUMN_CLOCK_CONTROL, 1);
	put(bench, column, 0, AIE_SHIM_TILE_CONTROL, 0);
	put(bench, column, 1, AIE_MEMTILE_TILE_CONTROL, 0);
	for (unsigned row = AIE_ROW_FIRST_COMPUTE; row < aie_array_rows(bench->array); row++)
		put(bench, column, row, AIE_CORE_TILE_CONTROL, 0);
}

static void open_array(struct bench *bench, const char *profile)
{
	const struct aie_system_memory memory = { bench, translate };
	struct aie_error error;

	bench->memory = calloc(1, MEMORY_BYTES);
	bench->array = aie_array_create(profile, &memory, &error);
	if (!bench->memory || !bench->array)
		die(&error);
	for (unsigned column = 0; column < aie_array_columns(bench->array); column++)
		open_column(bench, column);
}

static void close_array(struct bench *bench)
{
	aie_array_destroy(bench->array);
	free(bench->memory);
}

/* Millions of cycles would take too long to count one by one: run for so many and look at the clock. */
static double measure(struct bench *bench, uint64_t cycles)
{
	uint64_t end = aie_array_cycle(bench->array) + cycles;
	struct timespec from, to;
	struct aie_error error;

	clock_gettime(CLOCK_MONOTONIC, &from);
	if (aie_array_run(bench->array, end, false) != AIE_ARRAY_DEADLINE) {
		aie_array_fault(bench->array, &error);
		fprintf(stderr, "aie-bench: the array stopped: %s\n", error.text);
		exit(3);
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	return (double)cycles / ((double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) * 1e-9);
}

static void load(struct bench *bench, const uint8_t *bytes, size_t size, unsigned column, unsigned row)
{
	struct aie_core_elf elf;
	struct aie_error error;

	if (aie_core_elf_open(&elf, bytes, size, false, &error))
		die(&error);
	for (uint32_t i = 0; i < elf.piece_count; i++) {
		const struct aie_core_elf_piece *piece = &elf.piece[i];

		for (uint32_t at = 0; piece->window == AIE_WINDOW_PROGRAM && at < piece->size; at += 4) {
			uint32_t word = 0;

			memcpy(&word, piece->data + at, piece->size - at < 4 ? piece->size - at : 4);
			put(bench, column, row, AIE_CORE_PROGRAM_MEMORY + piece->offset + at, word);
		}
	}
	aie_core_elf_close(&elf);
	put(bench, column, row, AIE_CORE_CORE_CONTROL, 1);
}

/* The core's trace unit, as the open tools set it up for a core, into the tile's memory by S2MM 0. */
static void trace(struct bench *bench, unsigned column, unsigned row)
{
	enum {
		TRACE_SLAVE = 23,
		DMA0_MASTER = 1,
		START = AIE_EVENT_CORE_USER_EVENT_0,
		WORDS = 0x1000,
		ADDRESS = 0x8000
	};
	static const uint8_t slot[8] = {
		AIE_EVENT_CORE_INSTR_EVENT_0,
		AIE_EVENT_CORE_INSTR_EVENT_1,
		AIE_EVENT_CORE_INSTR_VECTOR,
		AIE_EVENT_CORE_MEMORY_STALL,
		AIE_EVENT_CORE_INSTR_LOCK_ACQUIRE_REQ,
		AIE_EVENT_CORE_INSTR_LOCK_RELEASE_REQ,
		AIE_EVENT_CORE_LOCK_STALL,
		AIE_EVENT_CORE_STREAM_STALL,
	};
	const uint32_t on = 0x80000000;
	uint32_t slots[2] = { 0, 0 };

	for (unsigned i = 0; i < 8; i++)
		slots[i / 4] |= (uint32_t)slot[i] << i % 4 * 8;
	put(bench, column, row, AIE_CORE_STREAM_SWITCH_SLAVE_CONFIG_AIE_CORE0 + 4 * TRACE_SLAVE, on);
	put(bench, column, row, AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_AIE_CORE0 + 4 * DMA0_MASTER, on | TRACE_SLAVE);
	put(bench, column, row, AIE_MEM_DMA_BD_0, ADDRESS / 4 << 14 | WORDS);
	put(bench, column, row, AIE_MEM_DMA_BD_0 + 20,
	    AIE_FIELD(AIE_MEM_DMA_BD_5_VALID_BD, 1) | AIE_FIELD(AIE_MEM_DMA_BD_5_USE_NEXT_BD, 1));
	put(bench, column, row, AIE_MEM_DMA_S2MM_START_QUEUE, 0);
	put(bench, column, row, AIE_CORE_TRACE_EVENT0, slots[0]);
	put(bench, column, row, AIE_CORE_TRACE_EVENT1, slots[1]);
	put(bench, column, row, AIE_CORE_TRACE_CONTROL0, AIE_FIELD(AIE_CORE_TRACE_CONTROL0_TRACE_START_EVENT, START));
	put(bench, column, row, AIE_CORE_EVENT_GENERATE, START);
}

double bench_array_cores(unsigned cores, const char *profile, enum bench_watch watch)
{
	const struct aie_asm_source source = { .name = "bench", .text = program, .size = strlen(program) };
	const struct aie_asm_options options = { 0 };
	struct aie_error error;
	double best = 0;
	uint8_t *elf;
	size_t size;

	if (aie_assemble(&source, 1, &options, &elf, &size, &error))
		die(&error);
	for (int repeat = 0; repeat < REPEATS; repeat++) {
		struct bench bench;
		double rate;

		open_array(&bench, profile);
		for (unsigned i = 0; i < cores; i++) {
			unsigned column = i % aie_array_columns(bench.array);
			unsigned row = AIE_ROW_FIRST_COMPUTE + i / aie_array_columns(bench.array) % CORE_ROWS;

			load(&bench, elf, size, column, row);
			if (watch == BENCH_TRACED)
				trace(&bench, column, row);
		}
		if (watch == BENCH_RECORDED &&
		    aie_array_record(bench.array, AIE_RECORD_EVENTS | AIE_RECORD_LOCKS | AIE_RECORD_DMA, 1 << 24,
		                     &error))
			die(&error);
		rate = measure(&bench, CORE_CYCLES / (cores < 8 ? 1 : cores / 8));
		if (rate > best)
			best = rate;
		close_array(&bench);
	}
	free(elf);
	return best;
}

/* Shim MM2S `channel` to the memory tile above, both with descriptors that follow themselves. */
static void stream(struct bench *bench, unsigned column, unsigned channel)
{
	enum { SLAVES = 0x100, WORDS = 0x4000, NORTH = 12, SOUTH = 7 };
	static const uint32_t shim = 0x3F000, memory = 0xB0000, on = 0x80000000;
	const unsigned from = channel ? 9 : 5, id = channel ? 24 : 0; /* South 7 or 3; odd channels' descriptors */
	const uint64_t address = UINT64_C(0x80000000) + MEMORY_BASE;
	const uint32_t sink[8] = { WORDS,
		                   (MEMORY_OWN + channel * 0x10000U) / 4 |
		                           AIE_FIELD(AIE_MEMTILE_DMA_BD_1_USE_NEXT_BD, 1) |
		                           AIE_FIELD(AIE_MEMTILE_DMA_BD_1_NEXT_BD, id),
		                   0,
		                   0,
		                   0,
		                   0,
		                   0,
		                   AIE_FIELD(AIE_MEMTILE_DMA_BD_7_VALID_BD, 1) };
	const uint32_t source[8] = { MEMORY_BYTES / 4,
		                     (uint32_t)address,
		                     (uint32_t)(address >> 32),
		                     0,
		                     AIE_FIELD(AIE_SHIM_DMA_BD_4_BURST_LENGTH, 3),
		                     AIE_FIELD(AIE_SHIM_DMA_BD_5_AXCACHE, 2),
		                     0,
		                     AIE_FIELD(AIE_SHIM_DMA_BD_7_VALID_BD, 1) |
		                             AIE_FIELD(AIE_SHIM_DMA_BD_7_USE_NEXT_BD, 1) |
		                             AIE_FIELD(AIE_SHIM_DMA_BD_7_NEXT_BD, channel) };

	put(bench, column, 0, AIE_SHIM_MUX_CONFIG,
	    AIE_FIELD(AIE_SHIM_MUX_CONFIG_SOUTH3, 1) | AIE_FIELD(AIE_SHIM_MUX_CONFIG_SOUTH7, 1));
	put(bench, column, 0, shim + SLAVES + 4 * from, on);
	put(bench, column, 0, shim + 4 * (NORTH + channel), on | from);
	put(bench, column, 1, memory + SLAVES + 4 * (SOUTH + channel), on);
	put(bench, column, 1, memory + 4 * channel, on | (SOUTH + channel));
	for (unsigned i = 0; i < 8; i++) {
		put(bench, column, 1, AIE_MEMTILE_DMA_BD_0 + AIE_MEMTILE_DMA_BD_0_STRIDE * id + 4 * i, sink[i]);
		put(bench, column, 0, AIE_SHIM_DMA_BD_0 + AIE_SHIM_DMA_BD_0_STRIDE * channel + 4 * i, source[i]);
	}
	put(bench, column, 1, AIE_MEMTILE_DMA_S2MM_START_QUEUE + 8 * channel, id);
	put(bench, column, 0, AIE_SHIM_DMA_MM2S_TASK_QUEUE + 8 * channel, channel);
}

double bench_array_stream(unsigned columns, const char *profile)
{
	double best = 0;

	for (int repeat = 0; repeat < REPEATS; repeat++) {
		struct bench bench;
		double rate;

		open_array(&bench, profile);
		for (unsigned column = 0; column < columns; column++)
			for (unsigned channel = 0; channel < 2; channel++)
				stream(&bench, column, channel);
		rate = measure(&bench, STREAM_CYCLES / columns);
		if (rate > best)
			best = rate;
		close_array(&bench);
	}
	return best;
}
