/* The NPU does not see the CPU's caches (documented): lines are written back and dropped around every transfer. */
#include "driver/client/client.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

enum { CACHE_LINE = 64 };

static bool has_clflushopt(void)
{
	unsigned eax, ebx, ecx, edx;

	return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx & bit_CLFLUSHOPT);
}

__attribute__((target("clflushopt"))) static void flush_lines_fast(const char *line, const char *end)
{
	for (; line < end; line += CACHE_LINE)
		_mm_clflushopt((void *)line);
}

bool aie_cache_flush(const void *data, size_t size)
{
	const char *line = (const char *)data - (uintptr_t)data % CACHE_LINE;
	const char *end = (const char *)data + size;

	_mm_mfence();
	if (has_clflushopt())
		flush_lines_fast(line, end);
	else
		for (; line < end; line += CACHE_LINE)
			_mm_clflush(line);
	_mm_mfence();
	return true;
}
#else
bool aie_cache_flush(const void *data, size_t size)
{
	(void)data;
	(void)size;
	return false;
}
#endif
