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
	        .timing = "",
	},
	{
	        .name = "npu4x2",
	        .description = "no real part: 16 columns as those of npu4",
	        .columns = 2 * AIE_NPU4_COLUMNS,
	        .queue_depth = QUEUE_DEPTH,
	        .timing = "ddr_bytes_per_cycle=64,ddr_read_overhead_64ths=11,ddr_write_overhead_64ths=16,"
	                  "ddr_read_interval_64ths=86,ddr_write_interval_64ths=144",
	},
	{
	        .name = "npu4x4",
	        .description = "no real part: 32 columns as those of npu4",
	        .columns = 4 * AIE_NPU4_COLUMNS,
	        .queue_depth = QUEUE_DEPTH,
	        .timing = "ddr_bytes_per_cycle=128,ddr_read_overhead_64ths=6,ddr_write_overhead_64ths=8,"
	                  "ddr_read_interval_64ths=43,ddr_write_interval_64ths=72",
	},
	{
	        .name = "npu4x8",
	        .description = "no real part: 64 columns as those of npu4",
	        .columns = 8 * AIE_NPU4_COLUMNS,
	        .queue_depth = QUEUE_DEPTH,
	        .timing = "ddr_bytes_per_cycle=256,ddr_read_overhead_64ths=3,ddr_write_overhead_64ths=4,"
	                  "ddr_read_interval_64ths=21,ddr_write_interval_64ths=36",
	},
	{
	        .name = "npu4x16",
	        .description = "no real part: 128 columns as those of npu4, all that an address reaches",
	        .columns = 16 * AIE_NPU4_COLUMNS,
	        .queue_depth = QUEUE_DEPTH,
	        .timing = "ddr_bytes_per_cycle=512,ddr_read_overhead_64ths=1,ddr_write_overhead_64ths=2,"
	                  "ddr_read_interval_64ths=11,ddr_write_interval_64ths=18",
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
	char known[200] = "";

	for (unsigned i = 0; i < aie_device_profile_count(); i++) {
		size_t used = strlen(known);

		snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", profiles[i].name);
		if (strlen(profiles[i].name) != length || memcmp(profiles[i].name, text, length) != 0)
			continue;
		aie_array_timing_default(timing);
		if (aie_array_timing_override(timing, profiles[i].timing, error) ||
		    aie_array_timing_override(timing, text + length, error))
			return NULL;
		return &profiles[i];
	}
	aie_error_set(error, AIE_ERROR_INPUT, "device '%.*s' is not known (known: %s)", (int)length, text, known);
	return NULL;
}
