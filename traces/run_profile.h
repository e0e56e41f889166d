/* What `aie-run ... --profile --json` says about a run, read back: the input of reports and trends.
 *
 * Members that a report can do without may be missing; which ones were there, the structure says.  Times are array
 * cycles.
 */
#ifndef AIE_TRACES_RUN_PROFILE_H
#define AIE_TRACES_RUN_PROFILE_H

#include "traces/json_read.h"

enum {
	AIE_RUN_MAX_CORES = 64,
	AIE_RUN_MAX_CHANNELS = 512,
	AIE_RUN_MAX_LOCKS = 16,
	AIE_RUN_MAX_BUNDLES = 512,
	AIE_RUN_MAX_SERIES = 1024,
	AIE_RUN_MAX_PARTS = 240,
};

/* Where a core's cycles went, in the order in which they are drawn. */
enum aie_run_part {
	AIE_RUN_ISSUE,    /* a bundle was issued */
	AIE_RUN_MEMORY,   /* bank conflict */
	AIE_RUN_PARTWORD, /* read-modify-write of stores below a word */
	AIE_RUN_RESOURCE,
	AIE_RUN_FETCH, /* program memory */
	AIE_RUN_LOCK,
	AIE_RUN_STREAM,
	AIE_RUN_CASCADE,
	AIE_RUN_PARTS
};
const char *aie_run_part_name(enum aie_run_part part);

struct aie_run_lock {
	unsigned lock;
	char object[48]; /* "" when not known */
	uint64_t cycles;
};

struct aie_run_core {
	unsigned column, row;
	uint64_t cycles;
	uint64_t part[AIE_RUN_PARTS];
	unsigned lock_count;
	struct aie_run_lock lock[AIE_RUN_MAX_LOCKS]; /* those waited for longest first */
};

struct aie_run_channel {
	unsigned column, row, channel;
	bool mm2s;
	uint64_t bytes, active, lock_stall, stream_stall, memory_stall;
};

struct aie_run_bundle {
	uint32_t address;
	uint64_t issues, stalls; /* all cores */
	uint32_t line;           /* in `file`; 0: not known */
	char file[64], source[200];
};

/* How something went over the run: its mean in equal parts of the run. */
enum aie_run_series_kind {
	AIE_RUN_SERIES_ACTIVE, /* share of the cycles in which a core was enabled, waiting or not */
	AIE_RUN_SERIES_LOCK,   /* ... in which it waited for a lock, and so on */
	AIE_RUN_SERIES_STREAM,
	AIE_RUN_SERIES_CASCADE,
	AIE_RUN_SERIES_MEMORY,
	AIE_RUN_SERIES_CHANNEL, /* share of the cycles in which a DMA channel moved data */
	AIE_RUN_SERIES_VALUE,   /* value of a lock */
	AIE_RUN_SERIES_KINDS
};

struct aie_run_series {
	uint8_t kind;
	bool mm2s;
	unsigned column, row, number; /* lock or channel */
	unsigned largest;             /* of a lock */
	char object[48];              /* of a lock: "A_L3L1_0 full"; "" when not known */
	float part[AIE_RUN_MAX_PARTS];
};

struct aie_run_profile {
	char name[96], title[200], status[16], fault[512], bound[24];
	char waits[4096]; /* after a hang: one line a waiting unit */
	char rule[96];
	uint64_t cycles, configure_cycles, dispatch_cycles, clock_hz;
	uint64_t useful_bytes, ddr_read, ddr_written, macs;
	double core_share, shim_share, ddr_share, dispatch_share; /* of the run, as the run itself reckons */
	double shim_ceiling, ddr_ceiling;                         /* bytes a cycle; 0 = not known */
	unsigned core_count, channel_count;
	struct aie_run_core core[AIE_RUN_MAX_CORES];
	struct aie_run_channel channel[AIE_RUN_MAX_CHANNELS];
	/* The inner loop; loop_bundles = 0 when it was not profiled. */
	uint32_t loop_begin, loop_end, loop_bundles;
	uint64_t loop_passes;
	double cycles_per_pass, units_per_pass; /* units: 0 = not known */
	bool loop_of_core;                      /* counts are of one core, not of all that ran it: */
	unsigned loop_column, loop_row;
	char unit[24];
	size_t code_size; /* of the loop's program, 0 = not given */
	uint8_t code[16 * AIE_RUN_MAX_BUNDLES];
	unsigned bundle_count;
	struct aie_run_bundle bundle[AIE_RUN_MAX_BUNDLES];
	/* Made from a trace (run_trace.h): cycles is the trace's span, and what is 0 is not known.  activity_assumed:
	 * of cores whose ACTIVE event was not recorded. */
	bool traced, activity_assumed;
	unsigned columns, rows; /* of the device; 0: not known */
	/* The history; part_count = 0 when there is none. */
	unsigned part_count, series_count, series_lost; /* lost: beyond AIE_RUN_MAX_SERIES */
	uint64_t recorded;                              /* cycles of the run that it covers */
	struct aie_run_series series[AIE_RUN_MAX_SERIES];
};

/* AIE_ERROR_INPUT when this is no object of a profiled run. */
int aie_run_profile_read(struct aie_run_profile *profile, const struct aie_json_value *root, struct aie_error *error);

double aie_run_microseconds(const struct aie_run_profile *profile, uint64_t cycles);
double aie_run_gigabytes_per_second(const struct aie_run_profile *profile, uint64_t bytes);
/* Shares of the run, 0..1: a core's cycles that were not spent waiting for others; of a channel's, that moved data. */
double aie_run_core_busy(const struct aie_run_profile *profile, const struct aie_run_core *core);
double aie_run_channel_busy(const struct aie_run_profile *profile, const struct aie_run_channel *channel);
/* The counts of the bundle at an address, NULL when there are none. */
const struct aie_run_bundle *aie_run_bundle_at(const struct aie_run_profile *profile, uint32_t address);
/* The series of a kind at a tile, NULL when there is none. */
const struct aie_run_series *aie_run_series_find(const struct aie_run_profile *profile, enum aie_run_series_kind kind,
                                                 unsigned column, unsigned row, unsigned number, bool mm2s);
/* Shim channels in that direction that moved more than a tenth of what the busiest moved. */
unsigned aie_run_shim_channels(const struct aie_run_profile *profile, bool mm2s);

#endif
