/* Benchmarks of the array alone, without driver and controller: cores that compute, DMA channels that stream. */
#ifndef AIE_TESTS_BENCH_ARRAY_H
#define AIE_TESTS_BENCH_ARRAY_H

enum bench_watch {
	BENCH_PLAIN,
	BENCH_TRACED,   /* every core's trace unit records eight events, its packets go to the tile's memory */
	BENCH_RECORDED, /* sim/array/record.h records all but the events of nearly every bundle */
};

/* Array cycles per second with that many cores at work, one to a column first; `profile` as for aie_array_create().
 * Exits with a message on failure. */
double bench_array_cores(unsigned cores, const char *profile, enum bench_watch watch);
/* With two channels a column moving data from memory into memory tiles, no core. */
double bench_array_stream(unsigned columns, const char *profile);

#endif
