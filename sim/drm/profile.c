/* What the last commands cost: the array's counters in the form that crosses the device boundary. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/image/events.h"
#include "driver/image/registers.h"
#include "sim/array/record.h"
#include "sim/drm/internal.h"

enum { MAX_CHANNELS_A_DIRECTION = 6 }; /* of the widest tile kind, the memory tile */

static void wait_until_idle(struct aie_drm_device *device)
{
	while (device->queue || device->running)
		aie_drm_sleep(device, &device->change, NULL);
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
	aie_array_notes(device->array, add_check, out);
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

/* ---- a record of everything ---- */

enum { RECORD_LIMIT = 1 << 23 }; /* entries of 24 bytes */

/* The two forms of a record are one. */
#define SAME(field)                                                                                                    \
	_Static_assert(offsetof(struct aie_record, field) == offsetof(struct aie_profile_record, field), #field)
SAME(cycle);
SAME(pc);
SAME(column);
SAME(row);
SAME(module);
SAME(what);
SAME(number);
SAME(value);
SAME(operand);
SAME(by);
SAME(by_column);
SAME(by_row);
SAME(by_channel);
_Static_assert(sizeof(struct aie_record) == sizeof(struct aie_profile_record), "record");
_Static_assert((int)AIE_RECORD_WHATS == (int)AIE_PROFILE_WHATS &&
                       (int)AIE_RECORD_END_WAIT == (int)AIE_PROFILE_END_WAIT &&
                       (int)AIE_RECORD_BD_START == (int)AIE_PROFILE_BD_START &&
                       (int)AIE_RECORD_BY_START == (int)AIE_PROFILE_BY_START,
               "numbers of a record");

int aie_drm_device_record(struct aie_drm_device *device, bool on)
{
	struct aie_error error;
	int result;

	pthread_mutex_lock(&device->lock);
	wait_until_idle(device);
	result = aie_array_record(device->array, on ? AIE_RECORD_EVENTS | AIE_RECORD_LOCKS | AIE_RECORD_DMA : 0,
	                          RECORD_LIMIT, &error);
	pthread_mutex_unlock(&device->lock);
	return result ? -ENOMEM : 0;
}

int aie_drm_device_records(struct aie_drm_device *device, struct aie_profile_records *records)
{
	const struct aie_record *record;
	int result = 0;

	pthread_mutex_lock(&device->lock);
	wait_until_idle(device);
	records->count = aie_array_records(device->array, &record, &records->complete);
	free(device->record);
	device->record = malloc((records->count + 1) * sizeof *device->record);
	if (!device->record)
		result = -ENOMEM;
	else if (records->count)
		memcpy(device->record, record, records->count * sizeof *record);
	/* Captures have no beats. */
	for (size_t i = 0; !result && i < records->count; i++)
		if (record[i].what >= AIE_RECORD_TASK_START)
			device->record[i].pc = 0;
	records->record = device->record;
	pthread_mutex_unlock(&device->lock);
	return result;
}

static void add_overruns(const struct aie_drm_device *device, struct aie_profile *profile, unsigned column,
                         unsigned row)
{
	static const uint8_t modules[AIE_TILE_KINDS][2] = {
		[AIE_TILE_COMPUTE] = { AIE_EVENT_MODULE_CORE, AIE_EVENT_MODULE_MEM },
		[AIE_TILE_MEMORY] = { AIE_EVENT_MODULE_MEMTILE },
		[AIE_TILE_SHIM] = { AIE_EVENT_MODULE_SHIM },
	};

	for (unsigned i = 0; i < 2; i++)
		if (profile->overrun_count < AIE_PROFILE_MAX_OVERRUNS &&
		    aie_array_trace_overruns(device->array, column, row, i))
			profile->overrun[profile->overrun_count++] =
			        (struct aie_profile_overrun){ (uint8_t)column, (uint8_t)row,
				                              modules[aie_tile_kind_of_row(row)][i] };
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
			add_overruns(device, profile, column, row);
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
	if (!result && device->program_counters)
		result = aie_drm_history_fill(device, profile, profile->cycles - profile->configure_cycles);
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
	aie_drm_history_start(device, program_counters);
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
