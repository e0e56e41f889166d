/* aie-run --trace: put the configuration of trace units, the ways of their packets to system memory and a trace buffer
 * into an image, and store what came of it as a capture (docs/capture-format.md, docs/tracing.md).
 *
 * Everything goes into the instruction stream as ordinary register writes, in front of and behind what stands there, so
 * that the traced image runs on hardware and model alike.  The image's own writes are walked first: only ports,
 * arbiters, shim channels and descriptors that it leaves alone are used.  Set-up as mlir-aie does it (documented
 * there): timers reset and recording started by broadcast 15, stopped by broadcast 14, both from user events of one
 * shim tile.
 */
#ifndef AIE_DRIVER_TOOLS_TRACING_H
#define AIE_DRIVER_TOOLS_TRACING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/image/events.h"
#include "driver/image/operation.h"
#include "driver/image/ports.h"
#include "isa/error.h"

enum {
	AIE_TRACING_SLOTS = 8,
	AIE_TRACING_PORTS = 8, /* port monitors of a switch */
	AIE_TRACING_MAX_TILES = 128,
	AIE_TRACING_MAX_COLUMNS = AIE_NPU4_COLUMNS,
	AIE_TRACING_MAX_SINKS = 2 * AIE_TRACING_MAX_COLUMNS,
	AIE_TRACING_MAX_UNITS = 2 * AIE_TRACING_MAX_COLUMNS * AIE_ARRAY_ROWS,
	AIE_TRACING_DEFAULT_BYTES = 1 << 20,
};

/* ---- what is asked for (trace_wish.c) ---------------------------------------------------------------------------- */

/* What a port monitor looks at. */
struct aie_tracing_port {
	bool given, master;
	uint8_t bundle, index;
};

/* Selections of DMA channels for the events of memory tiles: S2MM SEL0, SEL1, MM2S SEL0, SEL1. */
enum { AIE_TRACING_SELECTIONS = 4 };

struct aie_tracing_module {
	bool given;
	uint8_t count;
	uint8_t event[AIE_TRACING_SLOTS];
	struct aie_tracing_port port[AIE_TRACING_PORTS];
	/* memory tiles: whose channel is named, and which */
	bool selected[AIE_TRACING_SELECTIONS];
	uint8_t channel[AIE_TRACING_SELECTIONS];
};

struct aie_tracing_wish {
	bool everything; /* "all": the model's record in place of trace units */
	bool event_pc;   /* cores record program counters */
	bool any_module; /* modules are named; else those of `module` hold by default */
	struct aie_tracing_module module[AIE_EVENT_MODULES];
	size_t tile_count; /* 0: all in use */
	struct {
		uint8_t column, row;
	} tile[AIE_TRACING_MAX_TILES];
};

/* Defaults: kernel events, stalls and port activity of cores, DMA tasks and lock waits of memories and shims. */
void aie_tracing_wish_default(struct aie_tracing_wish *wish);
/* Add the parts of a --trace-events text ("core=LOCK_STALL,INSTR_EVENT_0;tiles=0,2+1,2").  AIE_ERROR_INPUT names the
 * part. */
int aie_tracing_wish_parse(struct aie_tracing_wish *wish, const char *text, struct aie_error *error);
/* For --help. */
const char *aie_tracing_wish_help(void);

/* ---- what the image uses (trace_survey.c) ------------------------------------------------------------------------ */

/* Words of a switch's registers, from its first master configuration on; the layout is that of all three kinds. */
enum { AIE_TRACING_SWITCH_WORDS = 256 };

struct aie_tracing_tile {
	bool core, dma;      /* a core is enabled; a DMA channel is started */
	bool trace;          /* the image configures a trace unit */
	bool selects;        /* the image sets port monitors */
	bool channels;       /* memory: the image selects DMA channels for events */
	uint16_t broadcasts; /* channels that the image gives an event */
	uint32_t switches[AIE_TRACING_SWITCH_WORDS];
	uint32_t demux;       /* shim */
	uint16_t descriptors; /* shim: that are written */
	uint8_t s2mm;         /* shim: channels that are started */
};

struct aie_tracing_survey {
	unsigned columns; /* of the partition */
	struct aie_tracing_tile tile[AIE_TRACING_MAX_COLUMNS][AIE_ARRAY_ROWS];
};

/* Walk an xclbin and an instruction stream.  `columns`: of the partition. */
int aie_tracing_survey(struct aie_tracing_survey *survey, const void *xclbin, size_t xclbin_size,
                       const void *instructions, size_t instructions_size, unsigned columns, struct aie_error *error);
/* Does the image configure trace units itself? */
bool aie_tracing_surveyed_trace(const struct aie_tracing_survey *survey);

/* ---- units and ways (trace_plan.c, trace_route.c) ---------------------------------------------------------------- */

struct aie_tracing_unit {
	uint8_t column, row, module; /* enum aie_event_module */
	uint8_t packet_id;
	bool asked;        /* by tile and module, not by default */
	bool own_channels; /* memory tile: the image selects the DMA channels of its events */
};

/* A shim channel that writes packets to its part of the trace buffer. */
struct aie_tracing_sink {
	uint8_t column, channel, descriptor;
	bool own_packet; /* the trace port of its shim tile leads to it */
};

enum { AIE_TRACING_NOTHING = 0xFF };

struct aie_tracing_switch {
	uint8_t arbiter[AIE_SWITCH_PORTS_MAX]; /* of a master that carries packets, or AIE_TRACING_NOTHING */
	uint8_t master[AIE_SWITCH_PORTS_MAX];  /* where a slave's packets go, or AIE_TRACING_NOTHING */
};

struct aie_tracing_plan {
	struct aie_tracing_wish wish;
	unsigned columns;
	unsigned unit_count, sink_count;
	struct aie_tracing_unit unit[AIE_TRACING_MAX_UNITS];
	struct aie_tracing_sink sink[AIE_TRACING_MAX_SINKS];
	struct aie_tracing_switch switches[AIE_TRACING_MAX_COLUMNS][AIE_ARRAY_ROWS];
	uint8_t start_channel, stop_channel; /* of the broadcast network */
	char left_out[160];                  /* default units that have no way out, for people; "" */
};

/* Choose units and find a way for each.  AIE_ERROR_INPUT names what is missing: a tile that is not in use, a port, a
 * shim channel. */
int aie_tracing_plan(struct aie_tracing_plan *plan, const struct aie_tracing_wish *wish,
                     const struct aie_tracing_survey *survey, struct aie_error *error);
/* The ways, called by aie_tracing_plan(). */
int aie_tracing_route(struct aie_tracing_plan *plan, const struct aie_tracing_survey *survey, struct aie_error *error);

/* ---- the traced image (trace_setup.c) ---------------------------------------------------------------------------- */

/* The instruction stream with the set-up in it, in the version of the given one.  `argument`: number of the buffer
 * argument that takes the trace, `bytes` of it, divided evenly among the sinks. */
int aie_tracing_instructions(const struct aie_tracing_plan *plan, const void *instructions, size_t size,
                             unsigned argument, size_t bytes, struct aie_bytes *traced, struct aie_error *error);
/* Bytes of one sink's part: whole bursts. */
size_t aie_tracing_part(const struct aie_tracing_plan *plan, size_t bytes);

#endif
