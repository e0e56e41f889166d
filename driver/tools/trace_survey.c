/* What an image does with switches, shim channels, descriptors and trace units, from its register writes. */
#include <string.h>

#include "driver/image/txn.h"
#include "driver/image/walk.h"
#include "driver/tools/tracing.h"

struct walk {
	struct aie_tracing_survey *survey;
	bool outside; /* a write beyond the partition */
	const char *refused;
};

/* Where the survey looks, by kind of tile. */
struct map {
	uint32_t switches;     /* first word */
	uint32_t core_control; /* 0: none */
	uint32_t queue[2];     /* start queues: S2MM, MM2S; 0: none */
	uint32_t queue_stride[2], queue_count[2];
	uint32_t trace[2];     /* Trace_Control0; 0: none */
	uint32_t broadcast[2]; /* Event_Broadcast 0; 0: none */
	uint32_t ports;        /* Event_Port_Selection_0 */
};

static const struct map maps[AIE_TILE_KINDS] = {
	[AIE_TILE_COMPUTE] = {
		.switches = AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_AIE_CORE0,
		.core_control = AIE_CORE_CORE_CONTROL,
		.queue = { AIE_MEM_DMA_S2MM_START_QUEUE, AIE_MEM_DMA_MM2S_START_QUEUE },
		.queue_stride = { AIE_MEM_DMA_S2MM_START_QUEUE_STRIDE, AIE_MEM_DMA_MM2S_START_QUEUE_STRIDE },
		.queue_count = { AIE_MEM_DMA_S2MM_START_QUEUE_COUNT, AIE_MEM_DMA_MM2S_START_QUEUE_COUNT },
		.trace = { AIE_CORE_TRACE_CONTROL0, AIE_MEM_TRACE_CONTROL0 },
		.broadcast = { AIE_CORE_EVENT_BROADCAST, AIE_MEM_EVENT_BROADCAST },
		.ports = AIE_CORE_STREAM_SWITCH_EVENT_PORT_SELECTION_0,
	},
	[AIE_TILE_MEMORY] = {
		.switches = AIE_MEMTILE_STREAM_SWITCH_MASTER_CONFIG_DMA,
		.queue = { AIE_MEMTILE_DMA_S2MM_START_QUEUE, AIE_MEMTILE_DMA_MM2S_START_QUEUE },
		.queue_stride = { AIE_MEMTILE_DMA_S2MM_START_QUEUE_STRIDE, AIE_MEMTILE_DMA_MM2S_START_QUEUE_STRIDE },
		.queue_count = { AIE_MEMTILE_DMA_S2MM_START_QUEUE_COUNT, AIE_MEMTILE_DMA_MM2S_START_QUEUE_COUNT },
		.trace = { AIE_MEMTILE_TRACE_CONTROL0 },
		.broadcast = { AIE_MEMTILE_EVENT_BROADCAST },
		.ports = AIE_MEMTILE_STREAM_SWITCH_EVENT_PORT_SELECTION_0,
	},
	[AIE_TILE_SHIM] = {
		.switches = AIE_SHIM_STREAM_SWITCH_MASTER_CONFIG_TILE_CTRL,
		.queue = { AIE_SHIM_DMA_S2MM_TASK_QUEUE, AIE_SHIM_DMA_MM2S_TASK_QUEUE },
		.queue_stride = { AIE_SHIM_DMA_S2MM_TASK_QUEUE_STRIDE, AIE_SHIM_DMA_MM2S_TASK_QUEUE_STRIDE },
		.queue_count = { AIE_SHIM_DMA_S2MM_TASK_QUEUE_COUNT, AIE_SHIM_DMA_MM2S_TASK_QUEUE_COUNT },
		.trace = { AIE_SHIM_TRACE_CONTROL0 },
		.broadcast = { AIE_SHIM_EVENT_BROADCAST_A },
		.ports = AIE_SHIM_STREAM_SWITCH_EVENT_PORT_SELECTION_0,
	},
};

static bool inside(uint32_t offset, uint32_t first, uint32_t bytes)
{
	return first && offset >= first && offset - first < bytes;
}

static void look_at_shim(struct aie_tracing_tile *tile, uint32_t offset, uint32_t mask, uint32_t value)
{
	const uint32_t descriptors = AIE_SHIM_DMA_BD_0_COUNT * AIE_SHIM_DMA_BD_0_STRIDE;

	if (offset == AIE_SHIM_DEMUX_CONFIG)
		tile->demux = (tile->demux & ~mask) | (value & mask);
	if (inside(offset, AIE_SHIM_DMA_BD_0, descriptors))
		tile->descriptors |= (uint16_t)(1U << (offset - AIE_SHIM_DMA_BD_0) / AIE_SHIM_DMA_BD_0_STRIDE);
}

static void look_at_write(struct walk *walk, uint64_t address, uint32_t mask, uint32_t value)
{
	const unsigned column = aie_address_column(address), row = aie_address_row(address);
	const uint32_t offset = aie_address_offset(address);
	const enum aie_tile_kind kind = aie_tile_kind_of_row(row);
	const struct map *map = &maps[kind];
	struct aie_tracing_tile *tile;

	if (column >= walk->survey->columns || row >= AIE_ARRAY_ROWS) {
		walk->outside = true;
		return;
	}
	tile = &walk->survey->tile[column][row];
	if (kind == AIE_TILE_SHIM)
		look_at_shim(tile, offset, mask, value);
	if (inside(offset, map->switches, sizeof tile->switches)) {
		uint32_t *word = &tile->switches[(offset - map->switches) / 4];

		*word = (*word & ~mask) | (value & mask);
	}
	if (map->core_control && offset == map->core_control)
		tile->core |= (value & mask & AIE_FIELD_MASK(AIE_CORE_CORE_CONTROL_ENABLE)) != 0;
	for (unsigned i = 0; i < 2; i++) {
		if (inside(offset, map->queue[i], map->queue_stride[i] * map->queue_count[i]) &&
		    (offset - map->queue[i]) % map->queue_stride[i] == 0) {
			tile->dma = true;
			if (i == 0 && kind == AIE_TILE_SHIM)
				tile->s2mm |= (uint8_t)(1U << (offset - map->queue[i]) / map->queue_stride[i]);
		}
		if (map->trace[i] && offset == map->trace[i] && value & mask)
			tile->trace = true;
		if (inside(offset, map->broadcast[i], 4 * AIE_CORE_EVENT_BROADCAST_COUNT) && value & mask)
			tile->broadcasts |= (uint16_t)(1U << (offset - map->broadcast[i]) / 4);
	}
	if (inside(offset, map->ports, 8) && value & mask)
		tile->selects = true;
	if (kind == AIE_TILE_MEMORY && offset == AIE_MEMTILE_DMA_EVENT_CHANNEL_SELECTION)
		tile->channels = true;
}

static void look_at(void *user, const struct aie_operation *operation)
{
	struct walk *walk = user;

	switch (operation->kind) {
	case AIE_OPERATION_WRITE:
		look_at_write(walk, operation->address, UINT32_MAX, operation->value);
		break;
	case AIE_OPERATION_MASK_WRITE:
		look_at_write(walk, operation->address, operation->mask, operation->value);
		break;
	case AIE_OPERATION_BLOCK_WRITE:
		for (uint32_t i = 0; i < operation->count; i++)
			look_at_write(walk, operation->address + (uint64_t)4 * i, UINT32_MAX, operation->words[i]);
		break;
	case AIE_OPERATION_DDR_PATCH:
		look_at_write(walk, operation->address, UINT32_MAX, 0);
		break;
	case AIE_OPERATION_LOAD_PDI: /* what it configures is not in the files; it would reset the trace set-up */
	case AIE_OPERATION_LOAD_PM:
		walk->refused = aie_operation_name((enum aie_operation_kind)operation->kind);
		break;
	default:
		break;
	}
}

int aie_tracing_survey(struct aie_tracing_survey *survey, const void *xclbin, size_t xclbin_size,
                       const void *instructions, size_t instructions_size, unsigned columns, struct aie_error *error)
{
	struct walk walk = { .survey = survey };

	memset(survey, 0, sizeof *survey);
	survey->columns = columns;
	if (!columns || columns > AIE_TRACING_MAX_COLUMNS)
		return aie_error_set(error, AIE_ERROR_UNSUPPORTED, "--trace: a partition of %u columns", columns);
	if (aie_image_walk(xclbin, xclbin_size, look_at, &walk, error) ||
	    aie_image_walk(instructions, instructions_size, look_at, &walk, error))
		return -1;
	if (walk.refused)
		return aie_error_set(
		        error, AIE_ERROR_UNSUPPORTED,
		        "--trace: the instruction stream has %s operations; what they configure is not in the "
		        "files, so no free ports can be found",
		        walk.refused);
	if (walk.outside)
		return aie_error_set(error, AIE_ERROR_INPUT, "--trace: the image writes beyond its %u columns",
		                     columns);
	return 0;
}

bool aie_tracing_surveyed_trace(const struct aie_tracing_survey *survey)
{
	for (unsigned column = 0; column < survey->columns; column++)
		for (unsigned row = 0; row < AIE_ARRAY_ROWS; row++)
			if (survey->tile[column][row].trace)
				return true;
	return false;
}
