/* Lane types and small helpers shared by the vector arithmetic of the core.
 *
 * Register values are little-endian byte blocks that are 8-byte aligned; lane i of width w stands at bits i * w.  The
 * lane types may alias anything, so that a body can view the same block as bytes, halves, words or doublewords.
 * Functions that take `restrict` pointers never see an output that overlaps an input (contract of semantics.h).
 *
 * Nothing here or in vec_*.c uses host floating point; results do not depend on the host.
 */
#ifndef AIE_SIM_CORE_VEC_LANES_H
#define AIE_SIM_CORE_VEC_LANES_H

#include <stdbool.h>
#include <stdint.h>

typedef uint8_t aie_v8; /* the character type aliases everything already */
typedef uint16_t aie_v16 __attribute__((may_alias));
typedef uint32_t aie_v32 __attribute__((may_alias));
typedef uint64_t aie_v64 __attribute__((may_alias));
typedef int8_t aie_s8;
typedef int16_t aie_s16 __attribute__((may_alias));
typedef int32_t aie_s32 __attribute__((may_alias));
typedef int64_t aie_s64 __attribute__((may_alias));

#define AIE_VEC_INLINE static inline __attribute__((always_inline))

/* Hot loops are compiled three times from one always-inline function, for the plain host, AVX2 and AVX-512; all compute
 * the same integers.  AIE_VEC_VARIANTS(result type, name, (parameters), statement) defines them, AIE_VEC_CALL(name,
 * arguments) calls the best that the host has.  AIE_VEC_CLZ in the statement: the host counts leading zeros in every
 * lane at once. */

/* 2: AVX-512, 1: AVX2, 0: neither; what the host has, found out when the program starts. */
extern unsigned aie_vec_level;
/* Use no more than `level`, so that tests can compare the variants.  Not while a core runs. */
void aie_vec_limit(unsigned level);

#if defined(__x86_64__)
#ifdef __clang__ /* has no such attribute */
#define AIE_VEC_WIDE
#else
#define AIE_VEC_WIDE ",prefer-vector-width=512"
#endif
#define AIE_VEC_VARIANTS(result, name, parameters, statement)                                                          \
	__attribute__((target(                                                                                         \
	        "avx512f,avx512bw,avx512cd,avx512dq,avx512vl" AIE_VEC_WIDE))) static result name##_512 parameters      \
	{                                                                                                              \
		enum { AIE_VEC_CLZ = 1 };                                                                              \
		statement;                                                                                             \
	}                                                                                                              \
	__attribute__((target("avx2"))) static result name##_256 parameters                                            \
	{                                                                                                              \
		enum { AIE_VEC_CLZ = 0 };                                                                              \
		statement;                                                                                             \
	}                                                                                                              \
	static __attribute__((noinline)) result name##_plain parameters                                                \
	{                                                                                                              \
		enum { AIE_VEC_CLZ = 0 };                                                                              \
		statement;                                                                                             \
	}
#define AIE_VEC_CALL(name, ...)                                                                                        \
	(aie_vec_level == 2   ? name##_512(__VA_ARGS__)                                                                \
	 : aie_vec_level == 1 ? name##_256(__VA_ARGS__)                                                                \
	                      : name##_plain(__VA_ARGS__))
#else
#define AIE_VEC_VARIANTS(result, name, parameters, statement)                                                          \
	static result name##_plain parameters                                                                          \
	{                                                                                                              \
		enum { AIE_VEC_CLZ = 0 };                                                                              \
		statement;                                                                                             \
	}
#define AIE_VEC_CALL(name, ...) name##_plain(__VA_ARGS__)
#endif

/* A row of eight columns.  A vector type says so to the compiler, which otherwise may take the sum of a matrix product
 * for the inner loop and add across lanes. */
typedef uint32_t aie_row8 __attribute__((vector_size(32), aligned(4), may_alias));

/* out (m x n) = a (m x k) * b (k x n), row major, modulo 2^32; n is a multiple of 8. */
AIE_VEC_INLINE void aie_vec_matrix(unsigned m, unsigned k, unsigned n, const uint32_t *restrict a,
                                   const uint32_t *restrict b, uint32_t *restrict out)
{
	for (unsigned i = 0; i < m; i++) {
		for (unsigned j = 0; j < n; j += 8) {
			aie_row8 row = { 0 };

			for (unsigned p = 0; p < k; p++)
				row += a[i * k + p] * *(const aie_row8 *)(const void *)&b[p * n + j];
			*(aie_row8 *)(void *)&out[i * n + j] = row;
		}
	}
}

#endif
