#include "sim/tile/perf.h"

static bool counts(const struct aie_perf_counter *counter, struct aie_perf_input input)
{
	if (counter->start == counter->stop)
		return counter->start && input.start;
	return !input.stop && (input.start || counter->running);
}

uint64_t aie_perf_limit(const struct aie_perf_counter *counter, struct aie_perf_input input)
{
	if (!counter->event_value || !counts(counter, input))
		return UINT64_MAX;
	if (input.reset)
		return 1;
	return (uint32_t)(counter->event_value - counter->value - 1) + UINT64_C(1);
}

void aie_perf_run(struct aie_perf_counter *counter, struct aie_perf_input input, uint64_t cycles)
{
	uint32_t before = counter->value;

	counter->reached = false;
	if (counter->start != counter->stop) {
		if (input.stop)
			counter->running = false;
		else if (input.start)
			counter->running = true;
	}
	if (counts(counter, input)) {
		counter->value += (uint32_t)cycles;
		counter->reached =
		        counter->event_value && counter->value == counter->event_value && before != counter->value;
	}
	if (input.reset)
		counter->value = 0;
}
