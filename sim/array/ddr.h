/* The way from the shim tiles to system memory.
 *
 * One server stands for what all shims share (NoC and memory controller port): a burst takes bytes /
 * ddr_bytes_per_cycle and an overhead, in the order of the commands.  A read comes back after the time of the way and a
 * spread that stands for the state of the memory; the spread makes the channels' commands fall together now and then,
 * as they do on silicon, so that the shared port loses some of its rate long before it is full.  All arithmetic is in
 * 64ths of a cycle.
 */
#ifndef AIE_SIM_ARRAY_DDR_H
#define AIE_SIM_ARRAY_DDR_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/array/timing.h"

struct aie_ddr {
	uint64_t free_64ths; /* when the server is free */
	uint64_t bursts;     /* read bursts so far: the spread's seed */
	uint64_t busy_64ths;
	uint64_t bytes_read, bytes_written;
	bool last_was_write;
};

/* A burst command leaves a shim at `now`: the cycle in which the data (read) or the response (write) is at the shim. */
uint64_t aie_ddr_read(struct aie_ddr *ddr, const struct aie_array_timing *timing, uint64_t now, uint32_t bytes);
uint64_t aie_ddr_write(struct aie_ddr *ddr, const struct aie_array_timing *timing, uint64_t now, uint32_t bytes);

#endif
