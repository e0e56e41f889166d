#include "sim/tile/timer.h"

#include "driver/image/registers.h"

uint64_t aie_timer_next(const struct aie_timer *timer, uint64_t cycle)
{
	uint64_t value = aie_timer_value(timer, cycle);

	if (timer->trigger < value || timer->trigger - value >= UINT64_MAX - cycle)
		return UINT64_MAX;
	return cycle + (timer->trigger - value);
}

void aie_timer_configure(struct aie_timer *timer, uint32_t control, uint32_t low, uint32_t high)
{
	/* the widest of the four modules' fields; the others have 0 above */
	timer->reset_event = (uint8_t)AIE_FIELD_GET(control, AIE_MEMTILE_TIMER_CONTROL_RESET_EVENT);
	timer->trigger = (uint64_t)high << 32 | low;
}
