/* How fast raw traces decode, and in how much memory: two lines, one of a trace with a frame in nearly every byte and
 * one with long gaps. */
#ifndef AIE_TESTS_BENCH_TRACE_H
#define AIE_TESTS_BENCH_TRACE_H

void bench_trace(void);

#endif
