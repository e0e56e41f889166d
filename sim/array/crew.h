/* Host threads that step cores together (option threads=N), with the results of one thread to the byte.
 *
 * A cycle's cores are parted into groups of neighbouring columns, one thread each; DMA channels, switches and memory
 * are stepped afterwards by the caller alone.  The order of a cycle is that of tile numbers, column by column, and
 * what a core can reach of another column lies to its west (memory, locks, cascade) or on a stream.  So a group that is
 * about to touch something of that kind waits until the groups to its west have done with the cycle; a group never
 * waits for one to its east.  What is shared by all (wakes, the set of active cores, faults) is collected by each group
 * and brought together in their order.
 *
 * While events are listened to, accesses are checked or a core uses its register bus, and when too few cores are
 * active, one thread does it all.  Otherwise the faster of the two is chosen by the host's clock (sim/array/pace.h):
 * with few cores, or without a free processor, that is one thread.  Tests that are to exercise the threads insist on
 * them by the option together=always.
 */
#ifndef AIE_SIM_ARRAY_CREW_H
#define AIE_SIM_ARRAY_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include "isa/error.h"

struct aie_array;
struct aie_crew;
struct aie_tile;

enum { AIE_CREW_MAX = 64 };

/* For an array whose options ask for more than one thread; with one, array->crew stays NULL. */
int aie_crew_init(struct aie_array *array, struct aie_error *error);
void aie_crew_free(struct aie_array *array);

/* All active cores for this cycle; false: not worth it, nothing was done. */
bool aie_crew_run_cores(struct aie_array *array, uint64_t now);

/* Cycles that were stepped together so far; 0 without a crew. */
uint64_t aie_crew_cycles(const struct aie_array *array);

/* This thread is inside a core's step of a crew: then only */
extern _Thread_local bool aie_crew_inside;
/* Wait until the groups of columns up to `column` have done with the cycle, unless it is of the own group. */
void aie_crew_before(const struct aie_array *array, unsigned column);
void aie_crew_wake(struct aie_array *array, uint32_t entity, uint64_t cycle);
void aie_crew_fault(const struct aie_tile *tile, const struct aie_error *error);

#endif
