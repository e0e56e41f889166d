/* The model's trace unit on its own (sim/tile/trace.h), behind an interface that names none of its types: its header
 * and those of the trace library do not go into one file. */
#ifndef AIE_TESTS_TRACES_MODEL_UNIT_H
#define AIE_TESTS_TRACES_MODEL_UNIT_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/traces/encoder.h"

struct model_unit;

/* `type` and `id` as in the packet header, `mode` 0 or 1; `wide`: the registers of a memory tile. */
struct model_unit *model_unit_new(struct trace_buffer *buffer, unsigned column, unsigned row, unsigned type,
                                  unsigned id, unsigned mode, bool wide);
void model_unit_free(struct model_unit *unit);

/* The start event fires in `cycle`, when the timer stands at `timer`; the stop event fires. */
void model_unit_start(struct model_unit *unit, uint64_t cycle, uint64_t timer);
void model_unit_stop(struct model_unit *unit, uint64_t cycle);
/* In `cycles` cycles from `cycle` the slots of `mask` are active (0: none) and the core is at `pc`.  Packets go to the
 * buffer as fast as they are made: nothing is lost. */
void model_unit_run(struct model_unit *unit, uint64_t cycle, uint64_t cycles, unsigned mask, unsigned pc);

#endif
