/* The fused INT4 dequantise + GEMV: y = W x, W of M x K 4-bit weights with one bf16 scale for every G weights of a row.
 *
 * Work is split by rows over `cols` workers (cores).  A worker gets its rows as packed tiles of `tsi` rows each, one
 * core call a tile, and returns results in objects of `tso` values.  Shapes, packing and arithmetic are those of
 * amd/IRON pull request 101, so that the same packed files work (documented there; the seven shapes of its test are
 * ours too).
 */
#ifndef AIE_KERNELS_GEMV_INT4_H
#define AIE_KERNELS_GEMV_INT4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/error.h"

struct aie_gguf_tensor;

enum aie_gemv_schedule {
	AIE_GEMV_SINGLE, /* 32 weights an iteration, one dependent chain */
	AIE_GEMV_DOUBLE, /* 64 weights an iteration, two chains, software-pipelined */
	AIE_GEMV_COPY,   /* no arithmetic: the core only takes and returns buffers */
};

enum aie_gemv_placement {
	AIE_GEMV_PACKED, /* columns 0, 1 x rows 2-5, as the published build places its workers */
	AIE_GEMV_SPREAD, /* one worker a column, row 2 */
};

/* Deliberately wrong array programs, for tests of hang reports only. */
enum aie_gemv_fault {
	AIE_GEMV_FAULT_NONE,
	AIE_GEMV_FAULT_LOCK, /* worker 0's DMA releases the wrong lock after filling a weight tile: the core waits for
	                        ever */
};

struct aie_gemv_shape {
	uint32_t m, k;     /* rows (outputs), inputs */
	uint32_t cols;     /* workers: 1, 2, 4 or 8 */
	uint32_t tsi, tso; /* rows of a packed tile; results of an output object */
	uint32_t group;    /* G: weights that share a scale, a multiple of 32 */
	bool sign;         /* nibbles are two's complement -8..7 instead of 0..15 */
	enum aie_gemv_schedule schedule;
	uint32_t loop; /* single-pump: cycles an iteration of 32 weights is stretched to; 0: not stretched */
	enum aie_gemv_placement placement;
	enum aie_gemv_fault fault;
};

/* The single-pump loop: its chain of latencies, and as much as the program memory takes.  The published v1 build took
 * 60 (its asynchronous times: 2204 us - 20 us of launch for 65536 iterations at 1.8 GHz). */
enum { AIE_GEMV_LOOP_MIN = 21, AIE_GEMV_LOOP_MAX = 512 };

enum { AIE_GEMV_MAX_WORKERS = 8, AIE_GEMV_BLOCK = 32 };

/* Fill in defaults (tso = M / cols) for fields that are 0 and check everything that does not depend on the placement of
 * buffers; one clear error for every bad shape. */
int aie_gemv_check_shape(struct aie_gemv_shape *shape, struct aie_error *error);

static inline size_t aie_gemv_tile_bytes(const struct aie_gemv_shape *shape)
{
	return (size_t)shape->tsi * (shape->k / 2 + (size_t)shape->k / shape->group * 2);
}
static inline size_t aie_gemv_packed_bytes(const struct aie_gemv_shape *shape)
{
	return (size_t)(shape->m / shape->tsi) * aie_gemv_tile_bytes(shape);
}

/* ---- packing (pack.c) -------------------------------------------------------------------------------------------- */

/* Byte positions in the packed buffer: tiles of worker 0 first, then worker 1, ...; in a tile all nibbles row by row
 * (byte j: low nibble = weight 2j), then all scales row by row. */
size_t aie_gemv_nibble_offset(const struct aie_gemv_shape *shape, uint32_t row,
                              uint32_t k); /* of the byte that holds weight k */
size_t aie_gemv_scale_offset(const struct aie_gemv_shape *shape, uint32_t row, uint32_t group);

/* Weights as bytes 0..15 (the raw nibble), row after row, and bf16 scales, to the packed form. */
void aie_gemv_pack(const struct aie_gemv_shape *shape, const uint8_t *nibble, const uint16_t *scale, uint8_t *packed);
/* A Q4_0 tensor of K x M to the packed form (G = 32).  Scales go from fp16 to bf16 by dropping bits, as the published
 * host code does.  Signed builds get nibble - 8 in two's complement, unsigned builds the raw nibble (the result then
 * carries a bias, see aie_gemv_q4_0_bias).  Fails on a scale that is not finite. */
int aie_gemv_repack_q4_0(const struct aie_gemv_shape *shape, const struct aie_gguf_tensor *tensor, uint8_t *packed,
                         struct aie_error *error);
/* bias[i] = 8 * sum over groups of scale[i, g] * (sum of x over g): what to subtract from the results of an unsigned
 * build. */
void aie_gemv_q4_0_bias(const struct aie_gemv_shape *shape, const uint8_t *packed, const uint16_t *x, double *bias);
/* The kernel is exact only for finite scales below 2^120 in magnitude (see row.s); check a packed buffer. */
int aie_gemv_check_packed(const struct aie_gemv_shape *shape, const uint8_t *packed, const char *name,
                          struct aie_error *error);
int aie_gemv_check_vector(const uint16_t *x, uint32_t count, const char *name, struct aie_error *error);

/* Deterministic inputs in the distributions of the published test: x = 4 * normal (or uniform in [-4, 4)), scales
 * uniform in [1/3.75, 1), weights uniform in [0, 3.75) (signed: [-1.875, 1.875)) quantised per group. */
enum aie_gemv_distribution { AIE_GEMV_NORMAL, AIE_GEMV_UNIFORM };
void aie_gemv_generate(const struct aie_gemv_shape *shape, uint64_t seed, enum aie_gemv_distribution distribution,
                       uint8_t *packed, uint16_t *x);

/* ---- reference (reference.c) ------------------------------------------------------------------------------------- */

/* The kernel's arithmetic, bit for bit, in integers: y[i] as bf16. */
void aie_gemv_reference_exact(const struct aie_gemv_shape *shape, const uint8_t *packed, const uint16_t *x,
                              uint16_t *y);
/* The product of the quantised weights, bf16(scale * n) as in the published test's reference, with x in double
 * precision. */
void aie_gemv_reference_double(const struct aie_gemv_shape *shape, const uint8_t *packed, const uint16_t *x, double *y);

uint32_t aie_gemv_fp32_add(uint32_t a, uint32_t b);
uint32_t aie_gemv_fp32_mac(uint32_t acc, uint16_t a, uint16_t b);
uint16_t aie_gemv_fp32_to_bf16(uint32_t a);
uint16_t aie_gemv_weight(uint16_t scale, int n); /* bf16(scale * n), n in -8..15 */

static inline float aie_gemv_bf16_value(uint16_t bits)
{
	union {
		uint32_t bits;
		float value;
	} word = { .bits = (uint32_t)bits << 16 };
	return word.value;
}

/* ---- array program (array.c) ------------------------------------------------------------------------------------- */

struct aie_program;

/* Build the array program of a shape (aie_gemv_check_shape passed): program, buffers, locks, descriptors, routes, host
 * sequence.  Argument 0: packed weights, 1: x, 2: y.  Free with aie_program_destroy(). */
struct aie_program *aie_gemv_program(const struct aie_gemv_shape *shape, struct aie_error *error);

/* ---- for the tools (operator.c) ---------------------------------------------------------------------------------- */

struct aie_operator;
extern const struct aie_operator aie_operator_gemv_int4;

#endif
