/* The AIE_STATUS query: registers of the columns in use, between two commands. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "driver/image/registers.h"
#include "sim/drm/internal.h"

static uint32_t read_register(struct aie_array *array, unsigned column, unsigned row, uint32_t offset)
{
	struct aie_error error;
	uint32_t value;

	return aie_array_read32(array, aie_tile_address(column, row, offset), &value, &error) ? UINT32_MAX : value;
}

/* Where the registers of a tile kind stand. */
static const struct places {
	uint32_t core_status, core_pc; /* 0: none */
	uint32_t s2mm, mm2s;           /* of channel 0, the others follow word by word */
	unsigned channels;
	uint32_t lock;
	unsigned locks;
} places[AIE_TILE_KINDS] = {
	[AIE_TILE_SHIM] = { .s2mm = AIE_SHIM_DMA_S2MM_STATUS,
	                    .mm2s = AIE_SHIM_DMA_MM2S_STATUS,
	                    .channels = 2,
	                    .lock = AIE_SHIM_LOCK_VALUE,
	                    .locks = 16 },
	[AIE_TILE_MEMORY] = { .s2mm = AIE_MEMTILE_DMA_S2MM_STATUS,
	                      .mm2s = AIE_MEMTILE_DMA_MM2S_STATUS,
	                      .channels = 6,
	                      .lock = AIE_MEMTILE_LOCK_VALUE,
	                      .locks = 64 },
	[AIE_TILE_COMPUTE] = { AIE_CORE_CORE_STATUS, AIE_CORE_CORE_PC, AIE_MEM_DMA_S2MM_STATUS, AIE_MEM_DMA_MM2S_STATUS,
	                       2, AIE_MEM_LOCK_VALUE, 16 },
};
enum { LOCK_STRIDE = 0x10 };

static void dump_tile(struct aie_array *array, unsigned column, unsigned row, struct amdxdna_model_tile_status *status)
{
	const struct places *at = &places[aie_tile_kind_of_row(row)];

	memset(status, 0xff, sizeof *status);
	if (at->core_status) {
		status->core_status = read_register(array, column, row, at->core_status);
		status->core_pc = read_register(array, column, row, at->core_pc);
	}
	for (unsigned i = 0; i < at->channels; i++) {
		status->s2mm_status[i] = read_register(array, column, row, at->s2mm + 4 * i);
		status->mm2s_status[i] = read_register(array, column, row, at->mm2s + 4 * i);
	}
	for (unsigned i = 0; i < at->locks; i++)
		status->lock[i] = (uint8_t)read_register(array, column, row, at->lock + LOCK_STRIDE * i);
}

/* With current firmware every context has all columns in its turn. */
static uint32_t columns_in_use(const struct aie_drm_device *device)
{
	for (unsigned i = 0; i < AIE_DRM_CONTEXT_LIMIT; i++)
		if (device->context[i])
			return (UINT32_C(1) << AIE_DRM_COLUMNS) - 1;
	return 0;
}

int aie_drm_info_status(struct aie_drm_device *device, const struct amdxdna_get_info *args)
{
	const uint32_t given = args->buffer_size < sizeof(struct amdxdna_aie_status)
	                               ? args->buffer_size
	                               : (uint32_t)sizeof(struct amdxdna_aie_status);
	struct amdxdna_aie_status status = { 0 };
	struct amdxdna_model_column_status *dump;
	unsigned count;
	int result = aie_drm_copy_in(&status, args->buffer, given);

	if (result)
		return result;
	status.cols_filled = columns_in_use(device);
	count = (unsigned)__builtin_popcount(status.cols_filled);
	if (status.buffer_size < count * sizeof *dump)
		return -EINVAL; /* the firmware finds the buffer too small */
	dump = calloc(count + 1, sizeof *dump);
	if (!dump)
		return -ENOMEM;
	aie_drm_pause(device);
	for (unsigned column = 0; column < count; column++)
		for (unsigned row = 0; row < AMDXDNA_MODEL_ROWS; row++)
			dump_tile(device->array, column, row, &dump[column].tile[row]);
	aie_drm_resume(device);
	result = aie_drm_copy_out(status.buffer, dump, count * sizeof *dump);
	free(dump);
	return result ? result : aie_drm_copy_out(args->buffer, &status, given);
}
