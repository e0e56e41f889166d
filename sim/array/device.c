#include "sim/array/device.h"

#include <string.h>

#include "driver/image/registers.h"

static const struct aie_device_profile profiles[] = {
	{
	        .name = "npu4",
	        .description = "XDNA2 (Strix): 8 columns of one shim, one memory and four compute tiles",
	        .columns = AIE_NPU4_COLUMNS,
	        .queue_depth =
	                4, /* (documented; that the running task is not among them: assumed from the driver's sum) */
	},
};

unsigned aie_device_profile_count(void)
{
	return sizeof profiles / sizeof profiles[0];
}

const struct aie_device_profile *aie_device_profile_at(unsigned number)
{
	return number < aie_device_profile_count() ? &profiles[number] : NULL;
}

const struct aie_device_profile *aie_device_profile_parse(const char *text, struct aie_array_timing *timing,
                                                          struct aie_error *error)
{
	size_t length = strcspn(text, ",");

	for (unsigned i = 0; i < aie_device_profile_count(); i++) {
		if (strlen(profiles[i].name) != length || memcmp(profiles[i].name, text, length) != 0)
			continue;
		aie_array_timing_default(timing);
		if (aie_array_timing_override(timing, text + length, error))
			return NULL;
		return &profiles[i];
	}
	aie_error_set(error, AIE_ERROR_INPUT, "device '%.*s' is not known (known: %s)", (int)length, text,
	              profiles[0].name);
	return NULL;
}
