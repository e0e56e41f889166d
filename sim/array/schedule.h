/* When which unit has to move: a wheel of bit sets, one slot a cycle.
 *
 * A unit that cannot move costs nothing; it is put on the wheel for the cycle in which it can, either by itself (its
 * step returns that cycle) or by whoever lifts what it waits for.  A unit may be woken early: it looks again and goes
 * back. Units of one cycle run in the order of their numbers, so that results never depend on who woke whom first.
 */
#ifndef AIE_SIM_ARRAY_SCHEDULE_H
#define AIE_SIM_ARRAY_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#define AIE_NEVER UINT64_MAX

enum { AIE_WHEEL_SLOTS = 1024 };

struct aie_schedule {
	uint64_t now; /* the cycle being run, or the next one between runs */
	bool inside;  /* a cycle is being run: wakes go to the next one at the earliest */
	unsigned units;
	unsigned words; /* per slot */
	uint64_t *slot; /* [AIE_WHEEL_SLOTS][words] */
	uint64_t *wake; /* [units]: the cycle a unit is on the wheel for, AIE_NEVER when it is not */
	uint64_t occupied[AIE_WHEEL_SLOTS / 64];
};

int aie_schedule_init(struct aie_schedule *schedule, unsigned units); /* -1: no memory */
void aie_schedule_free(struct aie_schedule *schedule);
/* Take a unit off the wheel. */
static inline void aie_schedule_cancel(struct aie_schedule *schedule, unsigned unit)
{
	schedule->wake[unit] = AIE_NEVER; /* its bit stays and is skipped */
}

static inline void aie_schedule_at(struct aie_schedule *schedule, unsigned unit, uint64_t cycle)
{
	uint64_t floor = schedule->now + schedule->inside;
	unsigned slot;

	if (cycle < floor)
		cycle = floor;
	if (cycle - schedule->now >= AIE_WHEEL_SLOTS)
		cycle = schedule->now + AIE_WHEEL_SLOTS - 1; /* looks again there */
	if (schedule->wake[unit] <= cycle)
		return;
	schedule->wake[unit] = cycle;
	slot = (unsigned)(cycle % AIE_WHEEL_SLOTS);
	schedule->slot[slot * schedule->words + unit / 64] |= UINT64_C(1) << unit % 64;
	schedule->occupied[slot / 64] |= UINT64_C(1) << slot % 64;
}

/* The first cycle >= now with a unit that is due; AIE_NEVER when there is none.  Clears stale slots on the way. */
uint64_t aie_schedule_next(struct aie_schedule *schedule);

#endif
