#include "sim/array/pace.h"

#include <string.h>

static void open_window(struct aie_pace *pace, enum aie_pace_step way)
{
	pace->trying = true;
	pace->way = way;
	pace->warm = AIE_PACE_WARM;
	pace->counted = 0;
	pace->spent[way] = 0;
	pace->running = false;
}

void aie_pace_init(struct aie_pace *pace, uint64_t (*clock)(void))
{
	memset(pace, 0, sizeof *pace);
	pace->clock = clock;
	pace->stretch = AIE_PACE_STRETCH;
	open_window(pace, AIE_PACE_ALONE);
}

/* The try is over. */
static void keep(struct aie_pace *pace, enum aie_pace_step way)
{
	if ((way == AIE_PACE_ALONE) != (pace->kept == AIE_PACE_ALONE))
		pace->stretch = AIE_PACE_STRETCH;
	else if (pace->stretch < AIE_PACE_STRETCH_MOST)
		pace->stretch *= 2;
	pace->trying = false;
	pace->way = pace->kept = way;
	pace->left = pace->stretch;
	pace->late = pace->sampled = 0;
}

static enum aie_pace_step best(const struct aie_pace *pace)
{
	enum aie_pace_step way =
	        pace->spent[AIE_PACE_LIGHTLY] < pace->spent[AIE_PACE_EVENLY] ? AIE_PACE_LIGHTLY : AIE_PACE_EVENLY;

	return pace->spent[way] <= pace->spent[AIE_PACE_ALONE] * AIE_PACE_GAIN_PERCENT / 100 ? way : AIE_PACE_ALONE;
}

/* Time up to this cycle; the window may be full then. */
static void count(struct aie_pace *pace, uint64_t cycle)
{
	const uint64_t now = pace->clock();
	const bool follows = pace->running && cycle == pace->cycle + 1;
	const uint64_t took = follows ? now - pace->last : 0;

	pace->running = true;
	pace->cycle = cycle;
	pace->last = now;
	if (!follows)
		return;
	if (pace->warm) {
		pace->warm--;
		return;
	}
	if (took >= AIE_PACE_WAIT_NS) {
		/* Alone it says nothing of the array's speed. */
		if (pace->way != AIE_PACE_ALONE)
			keep(pace, AIE_PACE_ALONE);
		return;
	}
	pace->spent[pace->way] += took;
	if (++pace->counted < AIE_PACE_WINDOW)
		return;
	if (pace->way + 1 < AIE_PACE_WAYS)
		open_window(pace, pace->way + 1);
	else
		keep(pace, best(pace));
}

enum aie_pace_step aie_pace_next(struct aie_pace *pace, uint64_t cycle, bool ready)
{
	if (!pace->trying) {
		if (pace->way != AIE_PACE_ALONE && ++pace->sampled == AIE_PACE_WINDOW)
			pace->sampled = pace->late = 0;
		if (pace->left-- == 0)
			open_window(pace, AIE_PACE_ALONE);
	}
	/* A window of others begins when they are ready. */
	if (pace->trying && (pace->running || ready || pace->way == AIE_PACE_ALONE))
		count(pace, cycle);
	return pace->way == AIE_PACE_ALONE || ready ? pace->way : AIE_PACE_CALL;
}

void aie_pace_late(struct aie_pace *pace)
{
	if (pace->way != AIE_PACE_ALONE && (pace->trying || ++pace->late > AIE_PACE_LATE))
		keep(pace, AIE_PACE_ALONE);
}
