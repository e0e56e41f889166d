/* What the trace units of a run were told to record: which event stands in which slot of which unit, when recording
 * starts and stops, and how the unit marks its packets.  Without it a trace is slots and numbers; with it, names.
 *
 * It comes from the image itself (config_image.c walks its register writes) or from JSON.  The JSON form, also the
 * header of a capture:
 *
 *   {"clocks": [{"name": "array", "hz": 1267000000}],
 *    "first_column": 0,
 *    "units": [{"column": 0, "row": 2, "module": "core", "packet_type": 0, "packet_id": 1, "mode": "event-time",
 *               "start": "BROADCAST_15", "stop": "BROADCAST_14",
 *               "events": ["INSTR_EVENT_0", "INSTR_EVENT_1", null, "LOCK_STALL"]}]}
 *
 * Events are names of the event table or numbers; null or "NONE" leaves a slot unused.  "packet_type" may be left out
 * (the conventional number of the module), so may "mode" (event-time) and the events.
 */
#ifndef AIE_TRACES_CONFIG_H
#define AIE_TRACES_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/image/events.h"
#include "driver/image/operation.h"
#include "isa/error.h"
#include "isa/json.h"
#include "traces/frame.h"
#include "traces/json_read.h"
#include "traces/packet.h"

enum { AIE_TRACE_SLOTS = 8, AIE_TRACE_MAX_UNITS = 512, AIE_TRACE_MAX_CLOCKS = 8 };

struct aie_trace_unit_config {
	uint8_t column, row;            /* of the partition, from 0 */
	uint8_t module;                 /* enum aie_event_module */
	uint8_t packet_type, packet_id; /* as the packets' headers carry them */
	uint8_t mode;                   /* enum aie_trace_mode */
	uint8_t start, stop;            /* event numbers, 0 = none */
	uint8_t slot[AIE_TRACE_SLOTS];  /* event numbers, 0 = unused */
	uint8_t part; /* of a module recorded beyond eight events (record.h): slots are events 8 * part to 8 * part + 7
	               */
	bool known;   /* false: seen in the trace only, the rest but tile and packet fields is a guess */
	bool changed; /* the image writes different events at different times: the last ones stand here */
};

struct aie_trace_clock {
	char name[16];
	uint64_t hz;
};

struct aie_trace_config {
	unsigned first_column; /* column number in packets of the partition's column 0 */
	unsigned clock_count, unit_count;
	struct aie_trace_clock clock[AIE_TRACE_MAX_CLOCKS];
	struct aie_trace_unit_config unit[AIE_TRACE_MAX_UNITS];
};

/* "core", "mem" ... to the conventional packet type of a module and back; AIE_EVENT_MODULES for types of no meaning. */
unsigned aie_trace_module_type(enum aie_event_module module);
enum aie_event_module aie_trace_type_module(unsigned type);
const char *aie_trace_mode_name(enum aie_trace_mode mode); /* "event-time", "event-PC", "execution" */

/* Name of the event in a slot; "slot N" when the configuration does not know, NULL when the slot is unused.  `text` may
 * be needed for it. */
const char *aie_trace_slot_name(const struct aie_trace_unit_config *unit, unsigned slot, char text[16]);
/* The kind of it: AIE_EVENT_LEVEL for what may last, AIE_EVENT_PULSE when each cycle is an event of its own. */
enum aie_event_kind aie_trace_slot_kind(const struct aie_trace_unit_config *unit, unsigned slot);

/* Hz of the array clock, 0 when the configuration does not say. */
uint64_t aie_trace_array_hz(const struct aie_trace_config *config);
int aie_trace_add_clock(struct aie_trace_config *config, const char *name, uint64_t hz, struct aie_error *error);

/* The members "clocks", "first_column", "units" of `object`. */
int aie_trace_config_read(struct aie_trace_config *config, const struct aie_json_value *object,
                          struct aie_error *error);
void aie_trace_config_write(struct aie_json *json, const struct aie_trace_config *config);
/* Packets of two units could not be told apart, or a unit cannot be: AIE_ERROR_INPUT. */
int aie_trace_config_check(const struct aie_trace_config *config, struct aie_error *error);

/* ---- from the image (config_image.c) ---- */

/* Register writes of the four kinds of trace units, collected in the order in which they happen. */
struct aie_trace_collector {
	struct aie_trace_config *config;
	bool full; /* more units than AIE_TRACE_MAX_UNITS */
};
void aie_trace_collect(struct aie_trace_collector *collector, const struct aie_operation *operation);
/* An image file in memory: xclbin, PDI, CDO, or transaction stream (binary or text).  Units are added to *config; the
 * PDIs of an xclbin in their order.  Errors of the readers, and AIE_ERROR_INPUT when it is none of these. */
int aie_trace_config_image(struct aie_trace_config *config, const void *data, size_t size, struct aie_error *error);
/* Take out the units that record nothing: no start event and no slot in use. */
void aie_trace_config_prune(struct aie_trace_config *config);

#endif
