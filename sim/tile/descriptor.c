#include "sim/tile/descriptor.h"

#include <string.h>

#include "sim/tile/lock.h"

unsigned aie_descriptor_words(enum aie_tile_kind kind)
{
	return kind == AIE_TILE_COMPUTE ? 6 : 8;
}

static void decode_compute(const uint32_t *w, struct aie_descriptor *d)
{
	d->base = AIE_FIELD_GET(w[0], AIE_MEM_DMA_BD_0_BASE_ADDRESS);
	d->length = AIE_FIELD_GET(w[0], AIE_MEM_DMA_BD_0_BUFFER_LENGTH);
	d->compression = AIE_FIELD_GET(w[1], AIE_MEM_DMA_BD_1_ENABLE_COMPRESSION);
	d->packet = AIE_FIELD_GET(w[1], AIE_MEM_DMA_BD_1_ENABLE_PACKET);
	d->packet_id = (uint8_t)AIE_FIELD_GET(w[1], AIE_MEM_DMA_BD_1_PACKET_ID);
	d->packet_type = (uint8_t)AIE_FIELD_GET(w[1], AIE_MEM_DMA_BD_1_PACKET_TYPE);
	d->packet_descriptor = (uint8_t)AIE_FIELD_GET(w[1], AIE_MEM_DMA_BD_1_OUT_OF_ORDER_BD_ID);
	d->step[0] = AIE_FIELD_GET(w[2], AIE_MEM_DMA_BD_2_D0_STEPSIZE) + 1;
	d->step[1] = AIE_FIELD_GET(w[2], AIE_MEM_DMA_BD_2_D1_STEPSIZE) + 1;
	d->step[2] = AIE_FIELD_GET(w[3], AIE_MEM_DMA_BD_3_D2_STEPSIZE) + 1;
	d->wrap[0] = AIE_FIELD_GET(w[3], AIE_MEM_DMA_BD_3_D0_WRAP);
	d->wrap[1] = AIE_FIELD_GET(w[3], AIE_MEM_DMA_BD_3_D1_WRAP);
	d->iteration_step = AIE_FIELD_GET(w[4], AIE_MEM_DMA_BD_4_ITERATION_STEPSIZE) + 1;
	d->iteration_wrap = (uint8_t)(AIE_FIELD_GET(w[4], AIE_MEM_DMA_BD_4_ITERATION_WRAP) + 1);
	d->iteration_current = (uint8_t)AIE_FIELD_GET(w[4], AIE_MEM_DMA_BD_4_ITERATION_CURRENT);
	d->tlast_suppress = AIE_FIELD_GET(w[5], AIE_MEM_DMA_BD_5_TLAST_SUPPRESS);
	d->next = (uint8_t)AIE_FIELD_GET(w[5], AIE_MEM_DMA_BD_5_NEXT_BD);
	d->use_next = AIE_FIELD_GET(w[5], AIE_MEM_DMA_BD_5_USE_NEXT_BD);
	d->valid = AIE_FIELD_GET(w[5], AIE_MEM_DMA_BD_5_VALID_BD);
	d->release_value = (int8_t)aie_lock_operand(AIE_FIELD_GET(w[5], AIE_MEM_DMA_BD_5_LOCK_REL_VALUE));
	d->release_lock = (uint8_t)AIE_FIELD_GET(w[5], AIE_MEM_DMA_BD_5_LOCK_REL_ID);
	d->acquire = AIE_FIELD_GET(w[5], AIE_MEM_DMA_BD_5_LOCK_ACQ_ENABLE);
	d->acquire_value = (int8_t)aie_lock_operand(AIE_FIELD_GET(w[5], AIE_MEM_DMA_BD_5_LOCK_ACQ_VALUE));
	d->acquire_lock = (uint8_t)AIE_FIELD_GET(w[5], AIE_MEM_DMA_BD_5_LOCK_ACQ_ID);
}

static void decode_memory(const uint32_t *w, struct aie_descriptor *d)
{
	d->packet = AIE_FIELD_GET(w[0], AIE_MEMTILE_DMA_BD_0_ENABLE_PACKET);
	d->packet_id = (uint8_t)AIE_FIELD_GET(w[0], AIE_MEMTILE_DMA_BD_0_PACKET_ID);
	d->packet_type = (uint8_t)AIE_FIELD_GET(w[0], AIE_MEMTILE_DMA_BD_0_PACKET_TYPE);
	d->packet_descriptor = (uint8_t)AIE_FIELD_GET(w[0], AIE_MEMTILE_DMA_BD_0_OUT_OF_ORDER_BD_ID);
	d->length = AIE_FIELD_GET(w[0], AIE_MEMTILE_DMA_BD_0_BUFFER_LENGTH);
	d->pad_before[0] = (uint8_t)AIE_FIELD_GET(w[1], AIE_MEMTILE_DMA_BD_1_D0_PAD_BEFORE);
	d->next = (uint8_t)AIE_FIELD_GET(w[1], AIE_MEMTILE_DMA_BD_1_NEXT_BD);
	d->use_next = AIE_FIELD_GET(w[1], AIE_MEMTILE_DMA_BD_1_USE_NEXT_BD);
	d->base = AIE_FIELD_GET(w[1], AIE_MEMTILE_DMA_BD_1_BASE_ADDRESS);
	d->tlast_suppress = AIE_FIELD_GET(w[2], AIE_MEMTILE_DMA_BD_2_TLAST_SUPPRESS);
	d->wrap[0] = AIE_FIELD_GET(w[2], AIE_MEMTILE_DMA_BD_2_D0_WRAP);
	d->step[0] = AIE_FIELD_GET(w[2], AIE_MEMTILE_DMA_BD_2_D0_STEPSIZE) + 1;
	d->pad_before[1] = (uint8_t)AIE_FIELD_GET(w[3], AIE_MEMTILE_DMA_BD_3_D1_PAD_BEFORE);
	d->wrap[1] = AIE_FIELD_GET(w[3], AIE_MEMTILE_DMA_BD_3_D1_WRAP);
	d->step[1] = AIE_FIELD_GET(w[3], AIE_MEMTILE_DMA_BD_3_D1_STEPSIZE) + 1;
	d->compression = AIE_FIELD_GET(w[4], AIE_MEMTILE_DMA_BD_4_ENABLE_COMPRESSION);
	d->pad_before[2] = (uint8_t)AIE_FIELD_GET(w[4], AIE_MEMTILE_DMA_BD_4_D2_PAD_BEFORE);
	d->wrap[2] = AIE_FIELD_GET(w[4], AIE_MEMTILE_DMA_BD_4_D2_WRAP);
	d->step[2] = AIE_FIELD_GET(w[4], AIE_MEMTILE_DMA_BD_4_D2_STEPSIZE) + 1;
	d->pad_after[2] = (uint8_t)AIE_FIELD_GET(w[5], AIE_MEMTILE_DMA_BD_5_D2_PAD_AFTER);
	d->pad_after[1] = (uint8_t)AIE_FIELD_GET(w[5], AIE_MEMTILE_DMA_BD_5_D1_PAD_AFTER);
	d->pad_after[0] = (uint8_t)AIE_FIELD_GET(w[5], AIE_MEMTILE_DMA_BD_5_D0_PAD_AFTER);
	d->step[3] = AIE_FIELD_GET(w[5], AIE_MEMTILE_DMA_BD_5_D3_STEPSIZE) + 1;
	d->iteration_current = (uint8_t)AIE_FIELD_GET(w[6], AIE_MEMTILE_DMA_BD_6_ITERATION_CURRENT);
	d->iteration_wrap = (uint8_t)(AIE_FIELD_GET(w[6], AIE_MEMTILE_DMA_BD_6_ITERATION_WRAP) + 1);
	d->iteration_step = AIE_FIELD_GET(w[6], AIE_MEMTILE_DMA_BD_6_ITERATION_STEPSIZE) + 1;
	d->valid = AIE_FIELD_GET(w[7], AIE_MEMTILE_DMA_BD_7_VALID_BD);
	d->release_value = (int8_t)aie_lock_operand(AIE_FIELD_GET(w[7], AIE_MEMTILE_DMA_BD_7_LOCK_REL_VALUE));
	d->release_lock = (uint8_t)AIE_FIELD_GET(w[7], AIE_MEMTILE_DMA_BD_7_LOCK_REL_ID);
	d->acquire = AIE_FIELD_GET(w[7], AIE_MEMTILE_DMA_BD_7_LOCK_ACQ_ENABLE);
	d->acquire_value = (int8_t)aie_lock_operand(AIE_FIELD_GET(w[7], AIE_MEMTILE_DMA_BD_7_LOCK_ACQ_VALUE));
	d->acquire_lock = (uint8_t)AIE_FIELD_GET(w[7], AIE_MEMTILE_DMA_BD_7_LOCK_ACQ_ID);
}

static void decode_shim(const uint32_t *w, struct aie_descriptor *d)
{
	uint64_t low = (uint64_t)AIE_FIELD_GET(w[1], AIE_SHIM_DMA_BD_1_BASE_ADDRESS_LOW)
	               << AIE_SHIM_DMA_BD_1_BASE_ADDRESS_LOW_LSB;

	d->length = AIE_FIELD_GET(w[0], AIE_SHIM_DMA_BD_0_BUFFER_LENGTH);
	d->base = ((uint64_t)AIE_FIELD_GET(w[2], AIE_SHIM_DMA_BD_2_BASE_ADDRESS_HIGH) << 32 | low) / 4;
	d->packet = AIE_FIELD_GET(w[2], AIE_SHIM_DMA_BD_2_ENABLE_PACKET);
	d->packet_id = (uint8_t)AIE_FIELD_GET(w[2], AIE_SHIM_DMA_BD_2_PACKET_ID);
	d->packet_type = (uint8_t)AIE_FIELD_GET(w[2], AIE_SHIM_DMA_BD_2_PACKET_TYPE);
	d->packet_descriptor = (uint8_t)AIE_FIELD_GET(w[2], AIE_SHIM_DMA_BD_2_OUT_OF_ORDER_BD_ID);
	d->wrap[0] = AIE_FIELD_GET(w[3], AIE_SHIM_DMA_BD_3_D0_WRAP);
	d->step[0] = AIE_FIELD_GET(w[3], AIE_SHIM_DMA_BD_3_D0_STEPSIZE) + 1;
	d->burst_bytes = (uint16_t)(64U << AIE_FIELD_GET(w[4], AIE_SHIM_DMA_BD_4_BURST_LENGTH));
	d->wrap[1] = AIE_FIELD_GET(w[4], AIE_SHIM_DMA_BD_4_D1_WRAP);
	d->step[1] = AIE_FIELD_GET(w[4], AIE_SHIM_DMA_BD_4_D1_STEPSIZE) + 1;
	d->step[2] = AIE_FIELD_GET(w[5], AIE_SHIM_DMA_BD_5_D2_STEPSIZE) + 1;
	d->iteration_current = (uint8_t)AIE_FIELD_GET(w[6], AIE_SHIM_DMA_BD_6_ITERATION_CURRENT);
	d->iteration_wrap = (uint8_t)(AIE_FIELD_GET(w[6], AIE_SHIM_DMA_BD_6_ITERATION_WRAP) + 1);
	d->iteration_step = AIE_FIELD_GET(w[6], AIE_SHIM_DMA_BD_6_ITERATION_STEPSIZE) + 1;
	d->tlast_suppress = AIE_FIELD_GET(w[7], AIE_SHIM_DMA_BD_7_TLAST_SUPPRESS);
	d->next = (uint8_t)AIE_FIELD_GET(w[7], AIE_SHIM_DMA_BD_7_NEXT_BD);
	d->use_next = AIE_FIELD_GET(w[7], AIE_SHIM_DMA_BD_7_USE_NEXT_BD);
	d->valid = AIE_FIELD_GET(w[7], AIE_SHIM_DMA_BD_7_VALID_BD);
	d->release_value = (int8_t)aie_lock_operand(AIE_FIELD_GET(w[7], AIE_SHIM_DMA_BD_7_LOCK_REL_VALUE));
	d->release_lock = (uint8_t)AIE_FIELD_GET(w[7], AIE_SHIM_DMA_BD_7_LOCK_REL_ID);
	d->acquire = AIE_FIELD_GET(w[7], AIE_SHIM_DMA_BD_7_LOCK_ACQ_ENABLE);
	d->acquire_value = (int8_t)aie_lock_operand(AIE_FIELD_GET(w[7], AIE_SHIM_DMA_BD_7_LOCK_ACQ_VALUE));
	d->acquire_lock = (uint8_t)AIE_FIELD_GET(w[7], AIE_SHIM_DMA_BD_7_LOCK_ACQ_ID);
}

void aie_descriptor_decode(enum aie_tile_kind kind, const uint32_t *words, struct aie_descriptor *descriptor)
{
	memset(descriptor, 0, sizeof *descriptor);
	switch (kind) {
	case AIE_TILE_COMPUTE:
		decode_compute(words, descriptor);
		break;
	case AIE_TILE_MEMORY:
		decode_memory(words, descriptor);
		break;
	case AIE_TILE_SHIM:
		decode_shim(words, descriptor);
		break;
	}
}

static void iterate(uint32_t *word, unsigned current_lsb, unsigned current_width, unsigned wrap_lsb,
                    unsigned wrap_width)
{
	uint32_t current = aie_field_get(*word, current_lsb, current_width);
	uint32_t wrap = aie_field_get(*word, wrap_lsb, wrap_width);

	*word = aie_field_set(*word, current_lsb, current_width, current == wrap ? 0 : current + 1);
}

void aie_descriptor_iterate(enum aie_tile_kind kind, uint32_t *words)
{
#define ITERATE(word, prefix)                                                                                          \
	iterate(&(word), prefix##_ITERATION_CURRENT_LSB, prefix##_ITERATION_CURRENT_WIDTH,                             \
	        prefix##_ITERATION_WRAP_LSB, prefix##_ITERATION_WRAP_WIDTH)
	switch (kind) {
	case AIE_TILE_COMPUTE:
		ITERATE(words[4], AIE_MEM_DMA_BD_4);
		break;
	case AIE_TILE_MEMORY:
		ITERATE(words[6], AIE_MEMTILE_DMA_BD_6);
		break;
	case AIE_TILE_SHIM:
		ITERATE(words[6], AIE_SHIM_DMA_BD_6);
		break;
	}
#undef ITERATE
}

/* ---- addresses -------------------------------------------------------------------------------------------------- */

static void locate(struct aie_walk *walk)
{
	walk->address = walk->base;
	for (unsigned i = 0; i < AIE_DESCRIPTOR_DIMENSIONS; i++)
		walk->address += ((uint64_t)walk->index[i] - walk->before[i]) * walk->step[i];
}

void aie_walk_start(struct aie_walk *walk, const struct aie_descriptor *descriptor, bool pad)
{
	memset(walk, 0, sizeof *walk);
	walk->base = descriptor->base + (uint64_t)descriptor->iteration_current * descriptor->iteration_step;
	walk->left = descriptor->length;
	for (unsigned i = 0; i < AIE_DESCRIPTOR_DIMENSIONS; i++) {
		walk->step[i] = descriptor->step[i];
		walk->wrap[i] = walk->size[i] = descriptor->wrap[i];
		if (pad && i < 3 && (descriptor->pad_before[i] || descriptor->pad_after[i])) {
			walk->padded = true;
			walk->before[i] = descriptor->pad_before[i];
			if (walk->wrap[i])
				walk->size[i] += (uint32_t)descriptor->pad_before[i] + descriptor->pad_after[i];
		}
	}
	locate(walk);
}

static uint32_t padded_run(const struct aie_walk *walk, bool *pad)
{
	uint32_t row = walk->size[0] ? walk->size[0] - walk->index[0] : walk->left;

	*pad = true;
	for (unsigned i = 1; i < 3; i++) {
		if (walk->index[i] < walk->before[i])
			return row;
		if (walk->wrap[i] && walk->index[i] >= walk->before[i] + walk->wrap[i])
			return row;
	}
	if (walk->index[0] < walk->before[0])
		return walk->before[0] - walk->index[0];
	if (walk->wrap[0] && walk->index[0] >= walk->before[0] + walk->wrap[0])
		return row;
	*pad = false;
	if (walk->step[0] != 1)
		return 1;
	return walk->wrap[0] ? walk->before[0] + walk->wrap[0] - walk->index[0] : walk->left;
}

uint32_t aie_walk_run(const struct aie_walk *walk, uint32_t limit, bool *pad)
{
	uint32_t run;

	*pad = false;
	if (walk->padded)
		run = padded_run(walk, pad);
	else if (walk->step[0] != 1)
		run = 1;
	else
		run = walk->size[0] ? walk->size[0] - walk->index[0] : walk->left;
	if (run > walk->left)
		run = walk->left;
	return run < limit ? run : limit;
}

void aie_walk_advance(struct aie_walk *walk, uint32_t words)
{
	walk->left -= words;
	walk->index[0] += words;
	if (!walk->size[0] || walk->index[0] < walk->size[0]) {
		walk->address += (uint64_t)words * walk->step[0];
		return;
	}
	walk->index[0] = 0;
	for (unsigned i = 1; i < AIE_DESCRIPTOR_DIMENSIONS; i++) {
		walk->index[i]++;
		if (!walk->size[i] || walk->index[i] < walk->size[i])
			break;
		walk->index[i] = 0;
	}
	locate(walk);
}
