#include "sim/core/vec_lanes.h"

unsigned aie_vec_level;

static unsigned host_level(void)
{
#if defined(__x86_64__)
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
	    __builtin_cpu_supports("avx512vl"))
		return 2;
	return __builtin_cpu_supports("avx2") ? 1 : 0;
#else
	return 0;
#endif
}

/* Before other constructors, so that they may set a limit. */
static __attribute__((constructor(101))) void start(void)
{
	aie_vec_level = host_level();
}

void aie_vec_limit(unsigned level)
{
	const unsigned most = host_level();

	aie_vec_level = level < most ? level : most;
}
