/* What the last commands cost: the array's counters in the form that crosses the device boundary. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/drm/internal.h"

enum { MAX_CHANNELS_A_DIRECTION = 6 }; /* of the widest tile kind, the memory tile */

static void wait_until_idle(struct aie_drm_device *device)
{
	while (device->queue || device->running)
		pthread_cond_wait(&device->change, &device->lock);
}

static int fill_program_counters(struct aie_drm_device *device, struct aie_profile *profile)
{
	uint64_t *counters = calloc((size_t)profile->core_count * 2 * AIE_PROFILE_PCS, sizeof *counters);

	if (!counters && profile->core_count)
		return -ENOMEM;
	free(device->pc_counters);
	device->pc_counters = counters;
	for (uint32_t i = 0; i < profile->core_count; i++) {
		struct aie_profile_core *core = &profile->core[i];
		const struct aie_core_profile *from =
		        aie_core_profile(aie_array_core(device->array, core->column, core->row));
		uint64_t *issues = counters + (size_t)i * 2 * AIE_PROFILE_PCS, *stalls = issues + AIE_PROFILE_PCS;

		for (unsigned pc = 0; from && pc < AIE_PROFILE_PCS; pc++) {
			issues[pc] = from[pc].issued;
			stalls[pc] = from[pc].stalled;
		}
		core->issues = issues;
		core->stalls = stalls;
	}
	return 0;
}

static void add_check(void *user, const char *text)
{
	fprintf(user, "%s\n", text);
}

static int fill_checks(struct aie_drm_device *device, struct aie_profile *profile)
{
	size_t size = 0;
	FILE *out;

	free(device->checks);
	device->checks = NULL;
	out = open_memstream(&device->checks, &size);
	if (!out)
		return -ENOMEM;
	aie_array_checks(device->array, add_check, out);
	if (fclose(out))
		return -ENOMEM;
	profile->checks = size ? device->checks : NULL;
	return 0;
}

static void add_core(struct aie_profile *profile, unsigned column, unsigned row, const struct aie_core *unit)
{
	const struct aie_core_counters *counters = aie_core_counters(unit);
	struct aie_profile_core *core;

	if (!counters->cycles || profile->core_count == AIE_PROFILE_MAX_CORES)
		return;
	core = &profile->core[profile->core_count++];
	*core = (struct aie_profile_core){
		.column = (uint8_t)column,
		.row = (uint8_t)row,
		.cycles = counters->cycles,
		.bundles = counters->bundles,
		.stall_lock = counters->stall[AIE_STALL_LOCK],
		.stall_memory = counters->stall[AIE_STALL_MEMORY],
		.stall_stream = counters->stall[AIE_STALL_STREAM],
		.stall_cascade = counters->stall[AIE_STALL_CASCADE],
		.stall_partword = counters->stall[AIE_STALL_PARTWORD],
		.stall_resource = counters->stall[AIE_STALL_RESOURCE],
		.stall_fetch = counters->stall[AIE_STALL_FETCH],
	};
	_Static_assert((int)AIE_PROFILE_LOCKS == (int)AIE_CORE_LOCK_IDS, "lock ids");
	memcpy(core->lock_wait, counters->lock_wait, sizeof core->lock_wait);
}

static void add_channel(struct aie_profile *profile, unsigned column, unsigned row, bool mm2s, unsigned number,
                        const struct aie_channel_counters *counters)
{
	/* A channel that did nothing but was started and waits is worth showing. */
	if ((!counters->tasks && !counters->bytes && !counters->lock_stall && !counters->stream_stall) ||
	    profile->channel_count == AIE_PROFILE_MAX_CHANNELS)
		return;
	profile->channel[profile->channel_count++] = (struct aie_profile_channel){
		.column = (uint8_t)column,
		.row = (uint8_t)row,
		.channel = (uint8_t)number,
		.mm2s = mm2s,
		.bytes = counters->bytes,
		.active = counters->active,
		.lock_stall = counters->lock_stall,
		.stream_stall = counters->stream_stall,
		.memory_stall = counters->memory_stall,
		.tasks = counters->tasks,
		.descriptors = counters->descriptors,
	};
}

int aie_drm_device_profile(struct aie_drm_device *device, struct aie_profile *profile)
{
	struct aie_ddr_counters ddr;
	int result = 0;

	pthread_mutex_lock(&device->lock);
	wait_until_idle(device);
	*profile = device->profile;
	profile->clock_hz = device->clock_mhz * UINT64_C(1000000);
	aie_array_ddr(device->array, &ddr);
	profile->ddr_bytes_read = ddr.bytes_read;
	profile->ddr_bytes_written = ddr.bytes_written;
	profile->ddr_busy = ddr.busy;
	profile->ddr_peak_bytes_per_cycle = device->ddr_bytes_per_cycle;
	profile->shim_peak_bytes_per_cycle = device->shim_bytes_per_cycle;
	for (unsigned column = 0; column < aie_array_columns(device->array); column++) {
		for (unsigned row = 0; row < aie_array_rows(device->array); row++) {
			const struct aie_core *core = aie_array_core(device->array, column, row);

			if (core)
				add_core(profile, column, row, core);
			for (unsigned mm2s = 0; mm2s < 2; mm2s++) {
				for (unsigned i = 0; i < MAX_CHANNELS_A_DIRECTION; i++) {
					const struct aie_channel_counters *counters =
					        aie_array_channel(device->array, column, row, mm2s, i);

					if (counters)
						add_channel(profile, column, row, mm2s, i, counters);
				}
			}
		}
	}
	result = fill_checks(device, profile);
	if (!result && device->program_counters)
		result = fill_program_counters(device, profile);
	pthread_mutex_unlock(&device->lock);
	return result;
}

void aie_drm_device_profile_reset(struct aie_drm_device *device, int program_counters)
{
	struct aie_error error;

	pthread_mutex_lock(&device->lock);
	wait_until_idle(device);
	memset(&device->profile, 0, sizeof device->profile);
	aie_array_clear_counters(device->array);
	device->program_counters = program_counters;
	for (unsigned column = 0; column < aie_array_columns(device->array); column++) {
		for (unsigned row = 0; row < aie_array_rows(device->array); row++) {
			struct aie_core *core = aie_array_core(device->array, column, row);

			if (!core)
				continue;
			/* Off and on again clears what was counted.  Without memory the counters stay off and read as
			 * zero. */
			aie_core_set_profile(core, false, &error);
			if (program_counters)
				aie_core_set_profile(core, true, &error);
		}
	}
	pthread_mutex_unlock(&device->lock);
}
