/* The 64-bit timer of an event module: one count a clock cycle, set to 0 by software or by an event.
 *
 * A reset by an event acts in the cycle of the event: the timer reads 0 there, so that a trace that the same event
 * starts begins with time 0 and its times are those of the timer (assumed: the registered start is said to record from
 * the next cycle on; no source gives the timer's own delay).  TIMER_SYNC follows one cycle later (assumed).
 */
#ifndef AIE_SIM_TILE_TIMER_H
#define AIE_SIM_TILE_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct aie_timer {
	uint64_t zero;       /* the cycle in which it was 0 */
	uint64_t trigger;    /* value that raises TIMER_VALUE_REACHED */
	uint8_t reset_event; /* 0: none */
	bool sync;           /* was reset by its event in the cycle before */
};

/* The count in a cycle not before the last reset. */
static inline uint64_t aie_timer_value(const struct aie_timer *timer, uint64_t cycle)
{
	return cycle - timer->zero;
}

/* The first cycle from `cycle` on in which the timer has its trigger value; UINT64_MAX when it never has. */
uint64_t aie_timer_next(const struct aie_timer *timer, uint64_t cycle);

/* Timer_Control (its reset bit is the caller's) and the two trigger registers. */
void aie_timer_configure(struct aie_timer *timer, uint32_t control, uint32_t low, uint32_t high);

#endif
