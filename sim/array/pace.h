/* Whether an array's cores are stepped together by several host threads or by one alone, whichever is faster on this
 * host at this time: chosen by the host's clock, so results must not depend on it (sim/array/crew.h).
 *
 * A try steps AIE_PACE_WINDOW cycles in each way, after AIE_PACE_WARM cycles that are not counted, in which the cores'
 * data move into the right caches.  The best is kept for a stretch of cycles, then comes the next try; stretches double
 * while the choice stays the same.  A cycle that waited for the host's scheduler, which takes thousands of times as
 * long, ends a try together at once, and more than AIE_PACE_LATE of them end a stretch.
 */
#ifndef AIE_SIM_ARRAY_PACE_H
#define AIE_SIM_ARRAY_PACE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	AIE_PACE_WINDOW = 256,
	AIE_PACE_WARM = 32,
	AIE_PACE_STRETCH = 1 << 13, /* the first one, in cycles */
	AIE_PACE_STRETCH_MOST = 1 << 19,
	AIE_PACE_LATE = 4, /* of AIE_PACE_WINDOW cycles of a stretch */
	AIE_PACE_WAIT_NS =
	        100000, /* longer than any cycle of an array (256 cores: 0.1 ms): the thread was not running */
	AIE_PACE_GAIN_PERCENT =
	        95, /* together takes at most so much of the time alone, or it is not worth a processor */
};

/* The ways, in the order in which they are tried; CALL: alone, the others are to get ready. */
enum aie_pace_step {
	AIE_PACE_ALONE,
	AIE_PACE_EVENLY,  /* together, the same number of cores for each */
	AIE_PACE_LIGHTLY, /* together, fewer for the others: handing over takes long on some hosts */
	AIE_PACE_WAYS,
	AIE_PACE_CALL = AIE_PACE_WAYS,
};

struct aie_pace {
	uint64_t (*clock)(void); /* nanoseconds; called in tries only */
	bool trying;             /* else a stretch */
	enum aie_pace_step way;  /* that is tried or kept */
	enum aie_pace_step kept; /* in the stretch before or now */
	unsigned left, stretch;  /* cycles of the present stretch; of a stretch */
	unsigned warm, counted;  /* cycles of the present window */
	unsigned late, sampled;  /* of a stretch together */
	bool running;            /* `last` and `cycle` are those of the cycle before */
	uint64_t cycle, last;
	uint64_t spent[AIE_PACE_WAYS]; /* nanoseconds of the windows */
};

void aie_pace_init(struct aie_pace *pace, uint64_t (*clock)(void));

/* How to step the array's `cycle`.  `ready`: the other threads wait for work, awake.  Cycles that follow each other are
 * timed from call to call, so that what is done between them counts. */
enum aie_pace_step aie_pace_next(struct aie_pace *pace, uint64_t cycle, bool ready);

/* The cycle stepped together had to wait for the host's scheduler. */
void aie_pace_late(struct aie_pace *pace);

#endif
