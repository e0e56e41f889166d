/* Which occurrence of an event in one capture is which in another, when some may be missing, extra, or late.
 *
 * A series is the occurrences of one event of one unit in one window, at times that count from an origin common to
 * both. The difference between the two captures' times (the drift) stays the same as long as both behave alike; where
 * it changes, an interval differs.  Occurrences that have no partner are those whose omission restores the drift.
 */
#ifndef AIE_TRACES_ALIGN_H
#define AIE_TRACES_ALIGN_H

#include <stddef.h>
#include <stdint.h>

struct aie_trace_occurrence {
	int64_t time;
	uint64_t cycles;
};

enum { AIE_TRACE_NO_MATCH = UINT32_MAX };

/* match[i] = index in `b` of the partner of a[i], or AIE_TRACE_NO_MATCH; partners rise.  Both in rising times, fewer
 * than 2^32. */
void aie_trace_align(const struct aie_trace_occurrence *a, size_t a_count, const struct aie_trace_occurrence *b,
                     size_t b_count, uint32_t *match);

/* How many occurrences of a stand in b exactly `shift` later. */
size_t aie_trace_coincidences(const struct aie_trace_occurrence *a, size_t a_count,
                              const struct aie_trace_occurrence *b, size_t b_count, int64_t shift);

#endif
