/* What a run cost, as plain data.  The model fills all of it; on hardware only the command times are known.  It crosses
 * the device boundary beside the ioctls (struct aie_transport), so that the ioctls stay those of the kernel driver. */
#ifndef AIE_DRIVER_PROFILE_H
#define AIE_DRIVER_PROFILE_H

#include <stdint.h>

enum { AIE_PROFILE_MAX_CORES = 64, AIE_PROFILE_MAX_CHANNELS = 512, AIE_PROFILE_LOCKS = 64, AIE_PROFILE_PCS = 8192, AIE_PROFILE_WAITS = 4096 };

struct aie_profile_core {
	uint8_t column, row;
	uint64_t cycles, bundles;
	uint64_t stall_lock, stall_memory, stall_stream, stall_cascade, stall_partword, stall_resource, stall_fetch;
	uint64_t lock_wait[AIE_PROFILE_LOCKS];
	/* issues[i], stalls[i]: bundle at byte address 2 * i; NULL unless program counters are profiled. Owned by the transport,
	 * valid until the next call on it. */
	const uint64_t *issues, *stalls;
};

struct aie_profile_channel {
	uint8_t column, row, channel, mm2s;
	uint64_t bytes, active, lock_stall, stream_stall, memory_stall, tasks, descriptors;
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
	char waits[AIE_PROFILE_WAITS]; /* after a hang: one line a waiting unit; else "" */
	/* After a hang: who waits for whom as JSON (kind, nodes, edges, ring, causes); NULL: none.  Owned by the transport, valid
	 * until the next command or reset. */
	const char *wait_graph;
	/* What the checks of memory accesses found (device options check=...), one line each; NULL: nothing.  Owned likewise. */
	const char *checks;
	char fault[512];               /* after a core fault: tile, pc, bundle, reason; else "" */
};

#endif
