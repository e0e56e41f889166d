/* The array program of the GEMV: per worker a FIFO of weight tiles (depth 2) and one of x (depth 1) from system memory
 * straight into the core's memory, and one of results (depth 2) back; no memory tile, no broadcast: every worker
 * fetches its own copy of x.  (documented: amd/IRON pull request 101; placement of its workers read from lowered
 * instructions) */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isa/assembler.h"
#include "kernels/gemv_int4/gemv_int4.h"
#include "kernels/gemv_int4/sources.h"
#include "kernels/program/program.h"

enum {
	MAX_WORDS_A_BD = 0x3FFF, /* of a descriptor of a compute tile */
	ROWS_PER_COLUMN = 4,
	ARGUMENT_WEIGHTS = 0,
	ARGUMENT_X = 1,
	ARGUMENT_Y = 2,
	MAX_DIMENSION = 1 << 24,
};
#define MAX_BUFFER (UINT64_C(4) << 30) /* of one argument: 32-bit offsets (measured, Strix Halo) */

static int bad(struct aie_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int bad(struct aie_error *error, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	aie_error_setv(error, AIE_ERROR_INPUT, format, arguments);
	va_end(arguments);
	return -1;
}

int aie_gemv_check_shape(struct aie_gemv_shape *s, struct aie_error *error)
{
	if (s->cols != 1 && s->cols != 2 && s->cols != 4 && s->cols != 8)
		return bad(error, "cols = %" PRIu32 ": the number of workers must be 1, 2, 4 or 8", s->cols);
	if (s->m == 0 || s->m > MAX_DIMENSION || s->k == 0 || s->k > MAX_DIMENSION)
		return bad(error, "M = %" PRIu32 ", K = %" PRIu32 ": both must be 1 to %d", s->m, s->k, MAX_DIMENSION);
	if (s->m % s->cols)
		return bad(error, "M = %" PRIu32 " is not divisible by cols = %" PRIu32, s->m, s->cols);
	if (s->group == 0 || s->group % AIE_GEMV_BLOCK)
		return bad(error, "G = %" PRIu32 ": the group size must be a multiple of %d", s->group, AIE_GEMV_BLOCK);
	if (s->k % s->group)
		return bad(error, "K = %" PRIu32 " is not a multiple of the group size G = %" PRIu32, s->k, s->group);
	uint32_t rows = s->m / s->cols;
	if (s->tsi != 1 && s->tsi != 2 && s->tsi != 4 && s->tsi != 8)
		return bad(error, "tsi = %" PRIu32 ": a tile must have 1, 2, 4 or 8 rows", s->tsi);
	if (s->tso == 0)
		s->tso = rows;
	if (s->tso > rows || rows % s->tso)
		return bad(error, "tso = %" PRIu32 " does not divide the %" PRIu32 " rows of a worker (M / cols)",
		           s->tso, rows);
	if (s->tso % s->tsi)
		return bad(error, "tsi = %" PRIu32 " does not divide tso = %" PRIu32, s->tsi, s->tso);
	if (s->tso % 2)
		return bad(error, "tso = %" PRIu32 " is odd: an output object must be whole 32-bit words", s->tso);
	if (s->loop && s->schedule != AIE_GEMV_SINGLE)
		return bad(error, "loop = %" PRIu32 ": only the single-pump schedule has a loop that can be stretched",
		           s->loop);
	if (s->loop && (s->loop < AIE_GEMV_LOOP_MIN || s->loop > AIE_GEMV_LOOP_MAX))
		return bad(error, "loop = %" PRIu32 ": must be %d to %d cycles for 32 weights", s->loop,
		           AIE_GEMV_LOOP_MIN, AIE_GEMV_LOOP_MAX);
	size_t tile = aie_gemv_tile_bytes(s);
	if (s->m / s->tsi > MAX_BUFFER / tile)
		return bad(error,
		           "M = %" PRIu32 ", K = %" PRIu32
		           ": packed weights exceed the 4 GiB that a buffer argument reaches",
		           s->m, s->k);
	if (tile % 4)
		return bad(error,
		           "a tile of tsi = %" PRIu32 ", K = %" PRIu32 ", G = %" PRIu32
		           " has %zu bytes, not whole 32-bit words (take an even tsi)",
		           s->tsi, s->k, s->group, tile);
	if (tile / 4 > MAX_WORDS_A_BD || s->k / 2 > MAX_WORDS_A_BD || s->tso / 2 > MAX_WORDS_A_BD)
		return bad(error,
		           "a tile of %zu bytes, x of %" PRIu32 " bytes or an output object of %" PRIu32
		           " bytes exceeds the %d bytes of one descriptor (take a smaller tsi, tso or K)",
		           tile, 2 * s->k, 2 * s->tso, 4 * MAX_WORDS_A_BD);
	return 0;
}

/* ---- one worker -------------------------------------------------------------------------------------------------- */

struct worker {
	unsigned column, row;
	int a, b, c; /* FIFOs */
};

/* double.s overlaps five iterations of 64 weights; shorter rows take the form without overlap, and rows with half an
 * iteration left over one that loads the halves apart. */
enum { MAX_SOURCES = 2, PIPELINED_K = 5 * 2 * AIE_GEMV_BLOCK };
struct program_sources {
	const struct aie_asm_source *part[MAX_SOURCES];
};
static const struct program_sources sources[] = {
	[AIE_GEMV_SINGLE] = { { &aie_gemv_source_main, &aie_gemv_source_row_single } },
	[AIE_GEMV_DOUBLE] = { { &aie_gemv_source_double } },
	[AIE_GEMV_COPY] = { { &aie_gemv_source_main, &aie_gemv_source_row_copy } },
};
static const struct program_sources short_double = { { &aie_gemv_source_main, &aie_gemv_source_row_double } };
static const struct program_sources odd_double = { { &aie_gemv_source_main, &aie_gemv_source_row_odd } };

static const struct program_sources *program_of(const struct aie_gemv_shape *s)
{
	if (s->schedule != AIE_GEMV_DOUBLE)
		return &sources[s->schedule];
	if (s->k % (2 * AIE_GEMV_BLOCK))
		return &odd_double;
	return s->k < PIPELINED_K ? &short_double : &sources[AIE_GEMV_DOUBLE];
}

const struct aie_asm_source *const aie_gemv_sources[AIE_GEMV_SOURCES] = {
	&aie_gemv_source_main,     &aie_gemv_source_row_single, &aie_gemv_source_row_double, &aie_gemv_source_row_odd,
	&aie_gemv_source_row_copy, &aie_gemv_source_double,     &aie_gemv_source_common,
};

/* The parts of a program include common.s. */
static int include_source(void *user, const char *from, const char *name, struct aie_asm_source *source,
                          struct aie_error *error)
{
	(void)user;
	if (strcmp(name, aie_gemv_source_common.name) != 0)
		return aie_error_set(error, AIE_ERROR_INTERNAL, "%s includes %s, which is not embedded", from, name);
	*source = aie_gemv_source_common;
	return 0;
}

static uint32_t core_address(const struct aie_program_fifo *fifo, unsigned slot)
{
	return AIE_PROGRAM_CORE_DATA + fifo->address[slot];
}

static void assemble(const struct aie_gemv_shape *s, struct aie_program *program, const struct worker *worker,
                     unsigned index)
{
	const struct aie_program_fifo *a = aie_program_get_fifo(program, worker->a),
	                              *b = aie_program_get_fifo(program, worker->b),
	                              *c = aie_program_get_fifo(program, worker->c);
	if (!a || !b || !c)
		return;
	const struct aie_asm_symbol define[] = {
		{ "K", s->k },
		{ "GROUP", s->group },
		{ "TSI", s->tsi },
		{ "SIGNED", s->sign },
		{ "PAD", s->loop ? s->loop - AIE_GEMV_LOOP_MIN : 0 },
		{ "TILES", s->tso / s->tsi },
		{ "OBJECTS", s->m / s->cols / s->tso },
		{ "SCALES", (int64_t)s->tsi * s->k / 2 },
		{ "A0", core_address(a, 0) },
		{ "A1", core_address(a, 1) },
		{ "B0", core_address(b, 0) },
		{ "C0", core_address(c, 0) },
		{ "C1", core_address(c, 1) },
		{ "A_FULL", AIE_PROGRAM_CORE_LOCK + a->lock_full },
		{ "A_EMPTY", AIE_PROGRAM_CORE_LOCK + a->lock_empty },
		{ "B_FULL", AIE_PROGRAM_CORE_LOCK + b->lock_full },
		{ "B_EMPTY", AIE_PROGRAM_CORE_LOCK + b->lock_empty },
		{ "C_FULL", AIE_PROGRAM_CORE_LOCK + c->lock_full },
		{ "C_EMPTY", AIE_PROGRAM_CORE_LOCK + c->lock_empty },
	};
	const struct program_sources *parts = program_of(s);
	struct aie_asm_source source[MAX_SOURCES];
	size_t count = 0;
	while (count < MAX_SOURCES && parts->part[count]) {
		source[count] = *parts->part[count];
		count++;
	}
	struct aie_asm_options options = { .define = define,
		                           .define_count = sizeof define / sizeof *define,
		                           .include = include_source };
	struct aie_error error = { 0 };
	uint8_t *elf;
	size_t elf_size;
	if (aie_assemble(source, count, &options, &elf, &elf_size, &error)) {
		aie_program_fail(program, &error);
		return;
	}
	aie_program_core(program, worker->column, worker->row, index, elf, elf_size);
}

static void build_worker(const struct aie_gemv_shape *s, struct aie_program *program, struct worker *worker,
                         unsigned index)
{
	size_t tile = aie_gemv_tile_bytes(s), x = 2 * (size_t)s->k, results = 2 * (size_t)s->tso;
	/* x in a bank of its own and each tile buffer in another: the core's loads of x and of weights and the DMA's
	 * filling of the next tile then never meet in a bank. */
	struct aie_program_buffer buffer[] = {
		{ "x", x, 0, 0 },
		{ "tile", tile, 1, 0 },
		{ "tile", tile, 2, 0 },
		{ "results", results, 3, 0 },
		{ "results", results, 3, 0 },
	};
	aie_program_place_buffers(program, worker->column, worker->row, buffer, sizeof buffer / sizeof *buffer);

	char name[AIE_PROGRAM_NAME];
	uint32_t a[] = { buffer[1].address, buffer[2].address }, b[] = { buffer[0].address },
	         c[] = { buffer[3].address, buffer[4].address };
	struct aie_program_fifo_spec spec = { .name = name, .column = worker->column, .row = worker->row };

	snprintf(name, sizeof name, "A_L3L1_%u", index);
	spec.input = true;
	spec.depth = 2;
	spec.bytes = tile;
	spec.address = a;
	/* The lock after A's pair is B's: releasing it instead leaves the core without its first tile. */
	spec.wrong_release = s->fault == AIE_GEMV_FAULT_LOCK && index == 0 ? 1 : 0;
	worker->a = aie_program_fifo(program, &spec);

	snprintf(name, sizeof name, "B_L3L1_%u", index);
	spec.wrong_release = 0;
	spec.depth = 1;
	spec.bytes = x;
	spec.address = b;
	worker->b = aie_program_fifo(program, &spec);

	snprintf(name, sizeof name, "C_L1L3_%u", index);
	spec.input = false;
	spec.depth = 2;
	spec.bytes = results;
	spec.address = c;
	worker->c = aie_program_fifo(program, &spec);

	assemble(s, program, worker, index);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

struct shims {
	int a[AIE_GEMV_MAX_WORKERS], b[AIE_GEMV_MAX_WORKERS], c[AIE_GEMV_MAX_WORKERS];
};

static void connect(const struct aie_gemv_shape *s, struct aie_program *program, const struct worker *worker,
                    struct shims *shims)
{
	for (unsigned i = 0; i < s->cols; i++) {
		if (s->placement == AIE_GEMV_SPREAD) {
			shims->a[i] = aie_program_connect(program, i, 0, worker[i].a);
			shims->b[i] = aie_program_connect(program, i, 1, worker[i].b);
			shims->c[i] = aie_program_connect(program, i, 0, worker[i].c);
		} else {
			/* As a placer that visits FIFOs by name fills channels: all A, then all B, two a shim; C
			 * likewise. */
			unsigned b = s->cols + i;
			shims->a[i] = aie_program_connect(program, i / 2, i % 2, worker[i].a);
			shims->b[i] = aie_program_connect(program, b / 2, b % 2, worker[i].b);
			shims->c[i] = aie_program_connect(program, i / 2, i % 2, worker[i].c);
		}
	}
}

struct aie_program *aie_gemv_program(const struct aie_gemv_shape *s, struct aie_error *error)
{
	struct aie_program *program = aie_program_create(error);
	if (!program)
		return NULL;
	struct worker worker[AIE_GEMV_MAX_WORKERS] = { 0 };
	for (unsigned i = 0; i < s->cols; i++) {
		bool packed = s->placement == AIE_GEMV_PACKED;
		worker[i].column = packed ? i / ROWS_PER_COLUMN : i;
		worker[i].row = AIE_PROGRAM_FIRST_CORE_ROW + (packed ? i % ROWS_PER_COLUMN : 0);
		build_worker(s, program, &worker[i], i);
	}
	struct shims shims;
	connect(s, program, worker, &shims);

	/* cols and tsi are not 0: aie_gemv_check_shape() */
	uint64_t rows = s->m / s->cols;                            /* NOLINT(clang-analyzer-core.DivideZero) */
	uint64_t weights = rows / s->tsi * aie_gemv_tile_bytes(s); /* NOLINT(clang-analyzer-core.DivideZero) */
	uint64_t results = 2 * rows;
	for (unsigned i = 0; i < s->cols; i++) {
		aie_program_transfer(program, shims.a[i], ARGUMENT_WEIGHTS, i * weights, weights, false);
		aie_program_transfer(program, shims.b[i], ARGUMENT_X, 0, 2 * (uint64_t)s->k, false);
	}
	for (unsigned i = 0; i < s->cols; i++)
		aie_program_transfer(program, shims.c[i], ARGUMENT_Y, i * results, results, true);
	for (unsigned i = 0; i < s->cols; i++)
		aie_program_wait(program, shims.c[i]);

	if (aie_program_finish(program, error)) {
		aie_program_destroy(program);
		return NULL;
	}
	return program;
}
