/* Seeded disturbance of DMA and memory times, to find programs that are right by luck of timing only.
 *
 * With the parameter "jitter" (the seed) not 0, every descriptor is loaded up to jitter_dma_cycles later and every
 * burst comes back from system memory up to jitter_ddr_cycles later, by a hash of the seed, the place and a count: the
 * same seed gives the same run.  Order is never changed where the hardware keeps it (beats of a stream, bursts of a
 * channel), so a program whose locks are complete computes the same.
 */
#ifndef AIE_SIM_ARRAY_JITTER_H
#define AIE_SIM_ARRAY_JITTER_H

#include "sim/array/timing.h"

enum { AIE_JITTER_DDR = 0x7FFFFFFF }; /* place; others are unit numbers of DMA channels */

/* Mix the bits of a counter (the finaliser of splitmix64). */
static inline uint64_t aie_mix(uint64_t x)
{
	x += UINT64_C(0x9E3779B97F4A7C15);
	x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
	return x ^ x >> 31;
}

/* 0..bound cycles for the `count`-th event at `place`. */
static inline uint64_t aie_jitter(const struct aie_array_timing *timing, uint32_t place, uint64_t count, uint32_t bound)
{
	if (!timing->jitter)
		return 0;
	return aie_mix(aie_mix((uint64_t)place << 32 | timing->jitter) + count) % (bound + UINT64_C(1));
}

#endif
