/* One GEMV worker on the core model, with the array around it replaced by the simplest thing that obeys the locks: a
 * full tile, x or an empty output object appears as soon as its lock allows. */
#ifndef AIE_TESTS_KERNELS_CORE_BENCH_H
#define AIE_TESTS_KERNELS_CORE_BENCH_H

#include "kernels/gemv_int4/gemv_int4.h"
#include "sim/core/core.h"

struct core_bench_result {
	struct aie_core_counters counters;
	uint32_t loop_begin, loop_end; /* in: program addresses of a loop to measure; equal: none */
	uint64_t loop_cycles;          /* issued + stalled in it */
	uint64_t loop_passes;
};

/* Run worker 0 of the program of `shape` on `packed` (its share) and x until all its results are there (`runs` times);
 * y: the rows of worker 0 of the last run.  Fails the test on a fault or when it does not end. */
void core_bench_run(const struct aie_gemv_shape *shape, const uint8_t *packed, const uint16_t *x, unsigned runs,
                    uint16_t *y, struct core_bench_result *result);

#endif
