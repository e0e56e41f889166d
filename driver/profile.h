/* What a run cost, as plain data.  The model fills all of it; on hardware only the command times are known.  It crosses
 * the device boundary beside the ioctls (struct aie_transport), so that the ioctls stay those of the kernel driver. */
#ifndef AIE_DRIVER_PROFILE_H
#define AIE_DRIVER_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	AIE_PROFILE_MAX_CORES = 64,
	AIE_PROFILE_MAX_CHANNELS = 512,
	AIE_PROFILE_LOCKS = 64,
	AIE_PROFILE_PCS = 8192,
	AIE_PROFILE_WAITS = 4096
};

struct aie_profile_core {
	uint8_t column, row;
	uint64_t cycles, bundles;
	uint64_t stall_lock, stall_memory, stall_stream, stall_cascade, stall_partword, stall_resource, stall_fetch;
	uint64_t lock_wait[AIE_PROFILE_LOCKS];
	/* issues[i], stalls[i]: bundle at byte address 2 * i; NULL unless program counters are profiled. Owned by the
	 * transport, valid until the next call on it. */
	const uint64_t *issues, *stalls;
};

struct aie_profile_channel {
	uint8_t column, row, channel, mm2s;
	uint64_t bytes, active, lock_stall, stream_stall, memory_stall, tasks, descriptors;
};

/* How something went over the run, in AIE_PROFILE_BINS parts of it: part k is the cycles from cycles * k / BINS on, up
 * to cycles * (k + 1) / BINS, of aie_profile_history.cycles.  Sums over the cycles of a part: */
enum { AIE_PROFILE_BINS = 240 };
enum aie_profile_series_kind {
	AIE_PROFILE_CORE_ACTIVE, /* cycles in which the core was enabled and not done; waiting counts */
	AIE_PROFILE_CORE_LOCK,   /* ... in which it waited for a lock, */
	AIE_PROFILE_CORE_STREAM,
	AIE_PROFILE_CORE_CASCADE,
	AIE_PROFILE_CORE_MEMORY, /* or for a bank of the memory */
	AIE_PROFILE_CHANNEL,     /* cycles in which a DMA channel moved a beat, as its counter `active` */
	AIE_PROFILE_LOCK,        /* value of a lock, summed over the cycles */
};

struct aie_profile_series {
	uint8_t kind, column, row;
	uint8_t number, mm2s; /* lock or channel; direction of the channel */
	uint8_t largest;      /* value of the lock during the run */
	uint64_t bin[AIE_PROFILE_BINS];
};

struct aie_profile_history {
	uint64_t cycles;   /* of the run: its last ones */
	uint64_t recorded; /* less than cycles when there was too much to record: what comes later is missing */
	uint32_t count;
	struct aie_profile_series *series; /* by kind, column, row, number and direction */
};

/* A trace unit that lost data because its packets could not leave in time. */
enum { AIE_PROFILE_MAX_OVERRUNS = 128 };
struct aie_profile_overrun {
	uint8_t column, row;
	uint8_t module; /* enum aie_event_module */
};

struct aie_profile {
	uint64_t clock_hz;         /* array clock */
	uint64_t commands;         /* commands since the last reset of the profile */
	uint64_t cycles;           /* array cycles from submission to completion, all commands */
	uint64_t configure_cycles; /* part of cycles: loading PDIs */
	uint64_t dispatch_cycles;  /* part of cycles: command processor without array work to wait for */
	uint64_t ddr_bytes_read, ddr_bytes_written, ddr_busy;
	/* Ceilings of the device's parameter table: of all shims together, and of one shim DMA channel. */
	double ddr_peak_bytes_per_cycle, shim_peak_bytes_per_cycle;
	uint32_t core_count, channel_count;
	struct aie_profile_core core[AIE_PROFILE_MAX_CORES];
	struct aie_profile_channel channel[AIE_PROFILE_MAX_CHANNELS];
	uint32_t overrun_count;
	struct aie_profile_overrun overrun[AIE_PROFILE_MAX_OVERRUNS];
	char waits[AIE_PROFILE_WAITS]; /* after a hang: one line a waiting unit; else "" */
	/* After a hang: who waits for whom as JSON (kind, nodes, edges, ring, causes); NULL: none.  Owned by the
	 * transport, valid until the next command or reset. */
	const char *wait_graph;
	/* What the checks of memory accesses found (device options check=...), one line each; NULL: nothing.  Owned
	 * likewise. */
	const char *checks;
	/* NULL unless program counters are profiled.  Owned likewise. */
	const struct aie_profile_history *history;
	char fault[512]; /* after a core fault: tile, pc, bundle, reason; else "" */
};

/* ---- a record of everything (model only) ---- */

/* What happened; numbers as captures have them (docs/capture-format.md). */
enum aie_profile_what {
	AIE_PROFILE_RISE,    /* an event became active in `cycle` */
	AIE_PROFILE_FALL,    /* the first cycle in which it no longer was */
	AIE_PROFILE_ACQUIRE, /* of a lock: `operand` asked for, `value` after it */
	AIE_PROFILE_RELEASE,
	AIE_PROFILE_SET,
	AIE_PROFILE_TASK_START, /* of a DMA channel; number: descriptor */
	AIE_PROFILE_BD_START,
	AIE_PROFILE_BD_END,
	AIE_PROFILE_TASK_END,
	AIE_PROFILE_WAIT_LOCK, /* a DMA channel waits from `cycle` on, up to END_WAIT */
	AIE_PROFILE_WAIT_STREAM,
	AIE_PROFILE_WAIT_MEMORY,
	AIE_PROFILE_END_WAIT,
	AIE_PROFILE_WHATS
};

enum aie_profile_by {
	AIE_PROFILE_BY_NONE,
	AIE_PROFILE_BY_CORE,
	AIE_PROFILE_BY_S2MM,
	AIE_PROFILE_BY_MM2S,
	AIE_PROFILE_BY_REGISTERS,
	AIE_PROFILE_BY_START, /* value at the start of the record */
	AIE_PROFILE_BYS
};

struct aie_profile_record {
	uint64_t cycle;      /* of the array */
	uint32_t pc;         /* events of cores: of the bundle at issue */
	uint8_t column, row; /* of the event, the lock or the channel */
	uint8_t module;      /* events: enum aie_event_module */
	uint8_t what;        /* enum aie_profile_what */
	uint8_t number;      /* event, lock or descriptor */
	uint8_t value;
	int8_t operand;
	uint8_t by; /* enum aie_profile_by: who used the lock; direction of the channel */
	uint8_t by_column, by_row, by_channel;
};

struct aie_profile_records {
	const struct aie_profile_record
	        *record; /* by cycle, then tile; owned by the transport, valid until the next call */
	size_t count;
	bool complete; /* none was lost for lack of memory; the first ones are kept */
};

struct aie_profile_progress {
	uint64_t cycles; /* since the command began */
	uint64_t bytes;  /* to and from system memory since the reset of the profile */
};

#endif
