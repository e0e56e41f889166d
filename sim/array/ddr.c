#include "sim/array/ddr.h"

#include "sim/array/jitter.h"

enum { FRACTION = 64 };

/* A burst's time at the server, `mean` on average: one in ddr_slow_one_in is slow, by the bits of `seed`. */
static uint64_t vary(const struct aie_array_timing *timing, uint64_t mean, uint64_t seed)
{
	uint64_t period = timing->ddr_slow_one_in, all = period * 100;
	uint64_t slow = timing->ddr_slow_percent < all ? timing->ddr_slow_percent : all;

	return seed % period == 0 ? mean * slow / 100 : mean * (all - slow) / (100 * (period - 1));
}

/* The cycle in which the server has done with a burst whose command reaches it at `arrival`. */
static uint64_t serve(struct aie_ddr *ddr, const struct aie_array_timing *timing, uint64_t arrival, uint64_t time,
                      bool write)
{
	uint64_t start = arrival * FRACTION;

	if (write != ddr->last_was_write) {
		time += timing->ddr_turn_64ths;
		ddr->last_was_write = write;
	}
	if (start < ddr->free_64ths)
		start = ddr->free_64ths;
	ddr->free_64ths = start + time;
	ddr->busy_64ths += time;
	return (ddr->free_64ths + FRACTION - 1) / FRACTION +
	       aie_jitter(timing, AIE_JITTER_DDR, ddr->bursts, timing->jitter_ddr_cycles);
}

static uint64_t burst_time(const struct aie_array_timing *timing, uint32_t bytes, uint32_t overhead, uint32_t interval)
{
	uint64_t time = (uint64_t)bytes * FRACTION / timing->ddr_bytes_per_cycle + overhead;

	return time < interval ? interval : time;
}

uint64_t aie_ddr_read(struct aie_ddr *ddr, const struct aie_array_timing *timing, uint64_t now, uint32_t bytes)
{
	uint64_t time = burst_time(timing, bytes, timing->ddr_read_overhead_64ths, timing->ddr_read_interval_64ths);
	uint64_t seed = aie_mix(ddr->bursts++);
	uint64_t done = serve(ddr, timing, now + timing->noc_request_cycles, vary(timing, time, seed >> 32), false);

	ddr->bytes_read += bytes;
	return done + timing->noc_return_cycles + (seed & UINT32_MAX) % timing->noc_spread_cycles;
}

uint64_t aie_ddr_write(struct aie_ddr *ddr, const struct aie_array_timing *timing, uint64_t now, uint32_t bytes)
{
	uint64_t time = burst_time(timing, bytes, timing->ddr_write_overhead_64ths, timing->ddr_write_interval_64ths);
	uint64_t seed = aie_mix(ddr->bursts++);
	uint64_t done = serve(ddr, timing, now + timing->noc_request_cycles, vary(timing, time, seed >> 32), true);

	ddr->bytes_written += bytes;
	return done + timing->noc_return_cycles;
}
