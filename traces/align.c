#include "traces/align.h"

#include <stdbool.h>

/* Occurrences in a row that may be missing or extra before alignment gives up and counts them as shifted. */
enum { MAX_SKIP = 8 };

struct alignment {
	const struct aie_trace_occurrence *a, *b;
	size_t a_count, b_count;
	int64_t drift; /* of the last pair: time in b - time in a */
};

static int64_t residual(const struct alignment *alignment, size_t i, size_t j, int64_t drift)
{
	const int64_t difference = alignment->b[j].time - alignment->a[i].time - drift;

	return difference < 0 ? -difference : difference;
}

/* The shortest interval around a pair: what jitter must stay well below. */
static int64_t local_interval(const struct alignment *alignment, size_t i, size_t j)
{
	const struct aie_trace_occurrence *a = alignment->a, *b = alignment->b;
	int64_t shortest = INT64_MAX;

	if (i + 1 < alignment->a_count && a[i + 1].time - a[i].time < shortest)
		shortest = a[i + 1].time - a[i].time;
	if (i && a[i].time - a[i - 1].time < shortest)
		shortest = a[i].time - a[i - 1].time;
	if (j + 1 < alignment->b_count && b[j + 1].time - b[j].time < shortest)
		shortest = b[j + 1].time - b[j].time;
	if (j && b[j].time - b[j - 1].time < shortest)
		shortest = b[j].time - b[j - 1].time;
	return shortest;
}

/* The fewest occurrences to leave out of a and b so that the drift is back to within `near`, and stays for one more
 * pair within `stay` of that. */
static bool find_skip(const struct alignment *alignment, size_t i, size_t j, int64_t near, int64_t stay, size_t *a_skip,
                      size_t *b_skip)
{
	for (size_t total = 1; total <= MAX_SKIP; total++) {
		for (size_t skip = 0; skip <= total; skip++) {
			const size_t x = i + skip, y = j + total - skip;

			if (x >= alignment->a_count || y >= alignment->b_count ||
			    residual(alignment, x, y, alignment->drift) > near)
				continue;
			if (x + 1 < alignment->a_count && y + 1 < alignment->b_count &&
			    residual(alignment, x + 1, y + 1, alignment->b[y].time - alignment->a[x].time) > stay)
				continue;
			*a_skip = skip;
			*b_skip = total - skip;
			return true;
		}
	}
	return false;
}

/* All that is left was shifted alike: a delay, not something missing. */
static bool is_delay(const struct alignment *alignment, size_t i, size_t j)
{
	const int64_t drift = alignment->b[j].time - alignment->a[i].time;

	return alignment->a_count - i == alignment->b_count - j && i + 1 < alignment->a_count &&
	       residual(alignment, i + 1, j + 1, drift) == 0;
}

void aie_trace_align(const struct aie_trace_occurrence *a, size_t a_count, const struct aie_trace_occurrence *b,
                     size_t b_count, uint32_t *match)
{
	struct alignment alignment = { a, b, a_count, b_count, 0 };
	size_t i = 0, j = 0, a_skip = 0, b_skip = 0;

	while (i < a_count && j < b_count) {
		const int64_t off = residual(&alignment, i, j, alignment.drift);
		const int64_t local = off ? local_interval(&alignment, i, j) : 0;

		/* `off` beside half of the interval is jitter, else look for one that fits much better. */
		if (off && !is_delay(&alignment, i, j) &&
		    (find_skip(&alignment, i, j, 0, 0, &a_skip, &b_skip) ||
		     (off > local / 2 && find_skip(&alignment, i, j, local / 4, local / 2, &a_skip, &b_skip)))) {
			for (; a_skip; a_skip--)
				match[i++] = AIE_TRACE_NO_MATCH;
			j += b_skip;
		}
		alignment.drift = b[j].time - a[i].time;
		match[i++] = (uint32_t)j++;
	}
	while (i < a_count)
		match[i++] = AIE_TRACE_NO_MATCH;
}

size_t aie_trace_coincidences(const struct aie_trace_occurrence *a, size_t a_count,
                              const struct aie_trace_occurrence *b, size_t b_count, int64_t shift)
{
	size_t count = 0;

	for (size_t i = 0, j = 0; i < a_count && j < b_count;) {
		const int64_t at = a[i].time + shift;

		count += at == b[j].time;
		if (at <= b[j].time)
			i++;
		else
			j++;
	}
	return count;
}
