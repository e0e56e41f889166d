/* Settings and what they change: SET_STATE, clocks, preemption. */
#include <errno.h>
#include <string.h>

#include "sim/drm/internal.h"

/* (documented: clocks of the npu4 family by level) */
static const struct aie_drm_clock_level levels[AIE_DRM_CLOCK_LEVELS] = {
	{ 396, 792 },  { 600, 1056 },  { 792, 1152 },  { 975, 1267 },
	{ 975, 1267 }, { 1056, 1408 }, { 1152, 1584 }, { 1267, 1800 },
};

const struct aie_drm_clock_level *aie_drm_clock_level(unsigned level)
{
	return &levels[level];
}

/* (documented: low, medium, high, turbo; assumed: without an order from above the highest level.  The driver chooses
 * one from the contexts' demands then, by a rule that is not public.) */
static const unsigned level_of_mode[] = {
	[AMDXDNA_POWER_DEFAULT] = AIE_DRM_CLOCK_LEVELS - 1,      [AMDXDNA_POWER_LOW] = 0,
	[AMDXDNA_POWER_MEDIUM] = (AIE_DRM_CLOCK_LEVELS - 1) / 2, [AMDXDNA_POWER_HIGH] = AIE_DRM_CLOCK_LEVELS - 1,
	[AMDXDNA_POWER_TURBO] = AIE_DRM_CLOCK_LEVELS - 1,
};

/* The kernel's call comes back 3.5 s after a rise of the clock, when it has settled; the model's clock needs no time.
 */
static int set_power_mode(struct aie_drm_device *device, unsigned mode)
{
	int result;

	if (mode > AMDXDNA_POWER_TURBO)
		return -EINVAL;
	aie_drm_pause(device);
	result = aie_drm_change_clock(device, level_of_mode[mode]);
	if (!result)
		device->power_mode = (uint8_t)mode;
	aie_drm_resume(device);
	return result;
}

static int set_flag(uint8_t *flag, unsigned value)
{
	if (value > 1)
		return -EINVAL;
	*flag = (uint8_t)value;
	return 0;
}

/* All known settings are a byte and seven of padding. */
int aie_drm_set_state(struct aie_drm_file *file, void *argument)
{
	const struct amdxdna_get_info *args = argument;
	struct amdxdna_power_mode block = { 0 };
	struct aie_drm_device *device = file->device;
	int result;

	switch (args->param) {
	case AMDXDNA_SET_POWER_MODE:
	case AMDXDNA_SET_FORCE_PREEMPT:
	case AMDXDNA_SET_FRAME_PREEMPT:
		break;
	default:
		return -EOPNOTSUPP;
	}
	result = aie_drm_copy_in(&block, args->buffer,
	                         args->buffer_size < sizeof block ? args->buffer_size : sizeof block);
	if (result)
		return result;
	for (unsigned i = 0; i < sizeof block.pad; i++)
		if (block.pad[i])
			return -EINVAL;
	if (args->param == AMDXDNA_SET_POWER_MODE)
		return set_power_mode(device, block.mode);
	/* Contexts take turns between commands only, which is the frame boundary: that setting changes nothing here. */
	return set_flag(args->param == AMDXDNA_SET_FORCE_PREEMPT ? &device->force_preempt : &device->frame_preempt,
	                block.mode);
}
