/* The performance counters of an event module: two or four 32-bit counters.
 *
 * A counter runs from its start event to its stop event and counts the cycles; with the same event as start and stop it
 * counts the cycles in which the event is active.  The reset event sets it to 0.  When it comes to its event value,
 * PERF_CNT_n is raised (0: never).  (register definitions; AM020)
 *
 * The cycle of the start event counts, that of the stop event does not, so that a count is the distance of the two.
 * Stop wins over start in one cycle; PERF_CNT_n comes in the cycle after the count.  (assumed: no source says)
 */
#ifndef AIE_SIM_TILE_PERF_H
#define AIE_SIM_TILE_PERF_H

#include <stdbool.h>
#include <stdint.h>

enum { AIE_PERF_COUNTERS = 4 };

struct aie_perf_counter {
	uint32_t value;
	uint32_t event_value;
	uint8_t start, stop, reset; /* event numbers, 0: none */
	bool running;
	bool reached; /* in the cycle before: PERF_CNT_n is due */
};

struct aie_perf {
	unsigned count;
	struct aie_perf_counter counter[AIE_PERF_COUNTERS];
};

/* Which of the counter's three events are active. */
struct aie_perf_input {
	bool start, stop, reset;
};

/* `cycles` cycles with the same events active; not more than aie_perf_limit() says. */
void aie_perf_run(struct aie_perf_counter *counter, struct aie_perf_input input, uint64_t cycles);
/* After how many cycles with these events the counter comes to its event value; UINT64_MAX: never, or not before it
 * wraps. */
uint64_t aie_perf_limit(const struct aie_perf_counter *counter, struct aie_perf_input input);

#endif
