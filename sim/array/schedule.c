#include "sim/array/schedule.h"

#include <stdlib.h>
#include <string.h>

int aie_schedule_init(struct aie_schedule *schedule, unsigned units)
{
	memset(schedule, 0, sizeof *schedule);
	schedule->units = units;
	schedule->words = (units + 63) / 64;
	schedule->slot = calloc((size_t)AIE_WHEEL_SLOTS * schedule->words, sizeof *schedule->slot);
	schedule->wake = malloc(units * sizeof *schedule->wake);
	if (!schedule->slot || !schedule->wake) {
		aie_schedule_free(schedule);
		return -1;
	}
	for (unsigned i = 0; i < units; i++)
		schedule->wake[i] = AIE_NEVER;
	return 0;
}

void aie_schedule_free(struct aie_schedule *schedule)
{
	free(schedule->slot);
	free(schedule->wake);
	schedule->slot = NULL;
	schedule->wake = NULL;
}

static bool slot_is_live(struct aie_schedule *schedule, unsigned slot, uint64_t cycle)
{
	uint64_t *words = &schedule->slot[slot * schedule->words];
	bool live = false;

	for (unsigned i = 0; i < schedule->words; i++) {
		for (uint64_t bits = words[i]; bits; bits &= bits - 1) {
			unsigned unit = i * 64 + (unsigned)__builtin_ctzll(bits);

			if (schedule->wake[unit] == cycle)
				live = true;
			else
				words[i] &= ~(UINT64_C(1) << unit % 64);
		}
	}
	return live;
}

uint64_t aie_schedule_next(struct aie_schedule *schedule)
{
	unsigned start = (unsigned)(schedule->now % AIE_WHEEL_SLOTS);

	for (unsigned step = 0; step <= AIE_WHEEL_SLOTS / 64; step++) {
		unsigned word = (start / 64 + step) % (AIE_WHEEL_SLOTS / 64);
		uint64_t bits = schedule->occupied[word];

		if (step == 0)
			bits &= ~UINT64_C(0) << start % 64;
		else if (step == AIE_WHEEL_SLOTS / 64)
			bits &= ~(~UINT64_C(0) << start % 64);
		for (; bits; bits &= bits - 1) {
			unsigned slot = word * 64 + (unsigned)__builtin_ctzll(bits);
			uint64_t cycle = schedule->now + (slot - start + AIE_WHEEL_SLOTS) % AIE_WHEEL_SLOTS;

			if (slot_is_live(schedule, slot, cycle))
				return cycle;
			schedule->occupied[word] &= ~(UINT64_C(1) << slot % 64);
		}
	}
	return AIE_NEVER;
}
