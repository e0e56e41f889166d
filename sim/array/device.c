#include "sim/array/device.h"

#include <stdio.h>
#include <string.h>

#include "driver/image/registers.h"

/* (documented; that the running task is not among them: assumed from the driver's sum) */
enum { QUEUE_DEPTH = 4 };

static const struct aie_device_profile profiles[] = {
	{
	        .name = "npu4",
	        .description = "XDNA2 (Strix): 8 columns of one shim, one memory and four compute tiles",
	        .columns = AIE_NPU4_COLUMNS,
	        .queue_depth = QUEUE_DEPTH,
	        .parts = 1,
	},
	{
	        .name = "npu4x2",
	        .description = "no real part: 16 columns as those of npu4",
	        .columns = 2 * AIE_NPU4_COLUMNS,
	        .queue_depth = QUEUE_DEPTH,
	        .parts = 2,
	},
	{
	        .name = "npu4x4",
	        .description = "no real part: 32 columns as those of npu4",
	        .columns = 4 * AIE_NPU4_COLUMNS,
	        .queue_depth = QUEUE_DEPTH,
	        .parts = 4,
	},
	{
	        .name = "npu4x8",
	        .description = "no real part: 64 columns as those of npu4",
	        .columns = 8 * AIE_NPU4_COLUMNS,
	        .queue_depth = QUEUE_DEPTH,
	        .parts = 8,
	},
	{
	        .name = "npu4x16",
	        .description = "no real part: 128 columns as those of npu4, all that an address reaches",
	        .columns = 16 * AIE_NPU4_COLUMNS,
	        .queue_depth = QUEUE_DEPTH,
	        .parts = 16,
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

/* One port to memory in place of `parts` that work at the same time: what a burst takes there shrinks, rounded. */
static void widen(struct aie_array_timing *timing, unsigned parts)
{
	uint32_t *const shared[] = { &timing->ddr_read_overhead_64ths, &timing->ddr_write_overhead_64ths,
		                     &timing->ddr_read_interval_64ths, &timing->ddr_write_interval_64ths };

	timing->ddr_bytes_per_cycle *= parts;
	for (unsigned i = 0; i < sizeof shared / sizeof shared[0]; i++)
		*shared[i] = (*shared[i] + parts / 2) / parts;
}

const struct aie_device_profile *aie_device_profile_parse(const char *text, struct aie_array_timing *timing,
                                                          struct aie_error *error)
{
	size_t length = strcspn(text, ",");
	char known[200] = "";

	for (unsigned i = 0; i < aie_device_profile_count(); i++) {
		size_t used = strlen(known);

		snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", profiles[i].name);
		if (strlen(profiles[i].name) != length || memcmp(profiles[i].name, text, length) != 0)
			continue;
		aie_array_timing_default(timing);
		widen(timing, profiles[i].parts);
		if (aie_array_timing_override(timing, text + length, error))
			return NULL;
		return &profiles[i];
	}
	aie_error_set(error, AIE_ERROR_INPUT, "device '%.*s' is not known (known: %s)", (int)length, text, known);
	return NULL;
}
