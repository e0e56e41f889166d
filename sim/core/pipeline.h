/* The inner functions of the pipeline, inlined into the units that use them. */
#ifndef AIE_SIM_CORE_PIPELINE_H
#define AIE_SIM_CORE_PIPELINE_H

#include "sim/core/core_internal.h"

/* Copy with the sizes of registers known to the compiler. */
static inline void aie_copy(void *to, const void *from, size_t size)
{
	switch (size) {
	case 4:
		memcpy(to, from, 4);
		break;
	case 8:
		memcpy(to, from, 8);
		break;
	case 32:
		memcpy(to, from, 32);
		break;
	case 64:
		memcpy(to, from, 64);
		break;
	case 128:
		memcpy(to, from, 128);
		break;
	case 256:
		memcpy(to, from, 256);
		break;
	default:
		memcpy(to, from, size);
	}
}

/* Room for a result of the instance that issued at step `issue`, not zeroed. Entries stay in order of issue, so that the
 * younger of two results that land together is applied last. */
static inline void *aie_landing_raw(struct aie_core *core, const struct aie_op_output *output, uint32_t issue)
{
	struct aie_landing_slot *slot = &core->landings[(issue + output->distance) & AIE_RING_MASK];
	uint32_t i = slot->count;
	if (aie_unlikely(i >= AIE_LANDINGS))
		return aie_landing_overflow(core);
	slot->count++;
	while (i > 0 && (int32_t)(issue - slot->entry[i - 1].issue) < 0) {
		slot->entry[i] = slot->entry[i - 1];
		i--;
	}
	struct aie_landing *entry = &slot->entry[i];
	entry->issue = issue;
	entry->offset = output->offset;
	entry->size = output->size;
	entry->id = output->id;
	entry->kind = output->kind;
	entry->bypass = output->bypass;
	entry->mask = output->mask;
	slot->bypasses[output->bypass]++;
	if (output->kind <= AIE_LANDING_STICKY)
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

static inline void *aie_landing_new(struct aie_core *core, const struct aie_op_output *output, uint32_t issue)
{
	void *value = aie_landing_raw(core, output, issue);
	if (output->kind <= AIE_LANDING_STICKY)
		memset(value, 0, 8);
	else
		memset(value, 0, output->room);
	return value;
}

static inline void aie_landing_word(struct aie_core *core, const struct aie_op_output *output, uint32_t issue,
				    uint32_t value)
{
	memcpy(aie_landing_raw(core, output, issue), &value, 4);
}

#endif
