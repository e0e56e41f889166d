/* The inner functions of the pipeline, inlined into the units that use them. */
#ifndef AIE_SIM_CORE_PIPELINE_H
#define AIE_SIM_CORE_PIPELINE_H

#include "sim/core/core_internal.h"

/* Copy and clear with the sizes of registers known to the compiler, in blocks that it turns into vector moves. */
static inline void aie_copy(void *to, const void *from, size_t size)
{
	uint8_t *t = to;
	const uint8_t *f = from;
	if (size == 4) {
		memcpy(t, f, 4);
		return;
	}
	for (; size >= 64; size -= 64, t += 64, f += 64)
		memcpy(t, f, 64);
	for (; size >= 8; size -= 8, t += 8, f += 8)
		memcpy(t, f, 8);
	for (; size != 0; size--)
		*t++ = *f++;
}

/* Room for a result of the instance that issued at step `issue`. Entries stay in order of issue, so that
 * the younger of two results that land together is applied last. */
static inline void *aie_landing_raw(struct aie_core *core, const struct aie_op_output *output, uint32_t issue)
{
	struct aie_landing_slot *slot = &core->landings[(issue + output->distance) & AIE_RING_MASK];
	uint32_t i = slot->count;
	if (aie_unlikely(i >= AIE_LANDINGS))
		return aie_landing_overflow(core);
	slot->count++;
	while (i > 0 && aie_unlikely((int32_t)(issue - slot->entry[i - 1].head.issue) < 0)) {
		slot->entry[i] = slot->entry[i - 1];
		i--;
	}
	struct aie_landing *entry = &slot->entry[i];
	entry->head = output->head;
	entry->head.issue = issue;
	slot->bypasses[output->head.bypass]++;
	if (output->head.kind <= AIE_LANDING_STICKY)
		return entry->value;
	uint32_t data = slot->used;
	if (aie_unlikely(data + output->room > AIE_LANDING_BYTES)) {
		slot->count--;
		return aie_landing_overflow(core);
	}
	slot->used = data + output->room;
	entry->data = data;
	return slot->bytes + data;
}

static inline void aie_landing_word(struct aie_core *core, const struct aie_op_output *output, uint32_t issue,
                                    uint32_t value)
{
	memcpy(aie_landing_raw(core, output, issue), &value, 4);
}

#endif
