/* Benchmarks of the array alone, without driver and controller: cores that compute, DMA channels that stream. */
#ifndef AIE_TESTS_BENCH_ARRAY_H
#define AIE_TESTS_BENCH_ARRAY_H

/* Array cycles per second with that many cores at work (1 to 128), as many to a column as it has rows; `threads`: of
 * the host.  Exits with a message on failure. */
double bench_array_cores(unsigned cores, const char *profile);
/* With two channels a column moving data from memory into memory tiles, no core. */
double bench_array_stream(unsigned columns, const char *profile);

#endif
