#include "tests/kernels/core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/image/core_elf.h"
#include "kernels/program/program.h"

enum { DATA = 0x10000, LOCKS = 16, MAX_CYCLES = 40000000 };

struct bench {
	uint8_t data[DATA];
	int lock[LOCKS];
};

static enum aie_port_result locate(uint32_t address, unsigned size, struct aie_error *error)
{
	if (address < 0x70000 || address + size > 0x80000 || address % size) {
		aie_error_set(error, AIE_ERROR_FAULT, "access of %u bytes at 0x%x", size, address);
		return AIE_PORT_FAULT;
	}
	return AIE_PORT_DONE;
}

static enum aie_port_result load(void *user, uint32_t address, unsigned size, void *data, struct aie_error *error)
{
	struct bench *bench = user;
	enum aie_port_result result = locate(address, size, error);
	if (result == AIE_PORT_DONE)
		memcpy(data, bench->data + (address & 0xFFFF), size);
	return result;
}

static enum aie_port_result store(void *user, uint32_t address, unsigned size, const void *data,
                                  struct aie_error *error)
{
	struct bench *bench = user;
	enum aie_port_result result = locate(address, size, error);
	if (result == AIE_PORT_DONE)
		memcpy(bench->data + (address & 0xFFFF), data, size);
	return result;
}

static enum aie_port_result acquire(void *user, unsigned id, int value, struct aie_error *error)
{
	struct bench *bench = user;
	if (id < 48 || value != -1) {
		aie_error_set(error, AIE_ERROR_FAULT, "acquire of lock %u with %d", id, value);
		return AIE_PORT_FAULT;
	}
	if (bench->lock[id - 48] < 1)
		return AIE_PORT_STALL;
	bench->lock[id - 48]--;
	return AIE_PORT_DONE;
}

static enum aie_port_result release(void *user, unsigned id, int value, struct aie_error *error)
{
	struct bench *bench = user;
	if (id < 48 || value != 1) {
		aie_error_set(error, AIE_ERROR_FAULT, "release of lock %u with %d", id, value);
		return AIE_PORT_FAULT;
	}
	bench->lock[id - 48]++;
	return AIE_PORT_DONE;
}

static void event(void *user, unsigned number)
{
	(void)user;
	(void)number;
}

static bool take(struct bench *bench, unsigned lock)
{
	if (!bench->lock[lock])
		return false;
	bench->lock[lock]--;
	return true;
}

void core_bench_run(const struct aie_gemv_shape *shape, const uint8_t *packed, const uint16_t *x, unsigned runs,
                    uint16_t *y, struct core_bench_result *result)
{
	struct aie_error error = { 0 };
	struct aie_program *program = aie_gemv_program(shape, &error);
	if (!program)
		fail_msg("%s", error.text);
	struct aie_operator_info info;
	aie_program_describe(program, &info);
	struct bench *bench = calloc(1, sizeof *bench);
	assert_non_null(bench);
	struct aie_core_port port = {
		.user = bench,
		.load = load,
		.store = store,
		.lock_acquire = acquire,
		.lock_release = release,
		.event = event,
	};
	struct aie_core *core = aie_core_create(&port, &error);
	assert_non_null(core);
	struct aie_core_elf elf;
	assert_int_equal(aie_core_elf_open(&elf, info.worker[0].elf, info.worker[0].elf_size, false, &error), 0);
	for (uint32_t i = 0; i < elf.piece_count; i++) {
		assert_int_equal(elf.piece[i].window, AIE_WINDOW_PROGRAM);
		assert_int_equal(
		        aie_core_program_write(core, elf.piece[i].offset, elf.piece[i].data, elf.piece[i].size, &error),
		        0);
	}
	aie_core_elf_close(&elf);
	assert_int_equal(aie_core_set_profile(core, true, &error), 0);
	aie_core_set_pc(core, 0);
	aie_core_set_enable(core, true);

	const struct aie_program_fifo *a = aie_program_get_fifo(program, 0), *b = aie_program_get_fifo(program, 1),
	                              *c = aie_program_get_fifo(program, 2);
	uint32_t rows = shape->m / shape->cols, tiles = rows / shape->tsi, objects = rows / shape->tso;
	size_t tile = aie_gemv_tile_bytes(shape);
	bench->lock[a->lock_empty] = 2;
	bench->lock[b->lock_empty] = 1;
	bench->lock[c->lock_empty] = 2;
	uint64_t given = 0, taken = 0, vectors = 0, cycles = 0;
	while (taken < (uint64_t)runs * objects) {
		if (given < (uint64_t)runs * tiles && take(bench, a->lock_empty)) {
			memcpy(bench->data + a->address[given % 2], packed + (given % tiles) * tile, tile);
			given++;
			bench->lock[a->lock_full]++;
		}
		if (vectors < runs && take(bench, b->lock_empty)) {
			memcpy(bench->data + b->address[0], x, 2 * (size_t)shape->k);
			vectors++;
			bench->lock[b->lock_full]++;
		}
		if (take(bench, c->lock_full)) {
			memcpy(y + (taken % objects) * shape->tso, bench->data + c->address[taken % 2],
			       2 * (size_t)shape->tso);
			memset(bench->data + c->address[taken % 2], 0xEE, 2 * (size_t)shape->tso);
			taken++;
			bench->lock[c->lock_empty]++;
		}
		enum aie_core_status status = aie_core_step(core);
		if (status == AIE_CORE_FAULT)
			fail_msg("core fault at 0x%x, %s: %s", aie_core_fault(core)->pc, aie_core_fault(core)->bundle,
			         aie_core_fault(core)->error.text);
		if (++cycles > MAX_CYCLES)
			fail_msg("core does not end: pc 0x%x", aie_core_pc(core));
	}
	result->counters = *aie_core_counters(core);
	const struct aie_core_profile *profile = aie_core_profile(core);
	result->loop_cycles = 0;
	result->loop_passes = result->loop_begin < result->loop_end ? profile[result->loop_begin / 2].issued : 0;
	for (uint32_t pc = result->loop_begin; pc < result->loop_end; pc += 2)
		result->loop_cycles += profile[pc / 2].issued + profile[pc / 2].stalled;
	aie_core_destroy(core);
	aie_program_destroy(program);
	free(bench);
}
