/* Events of the array: numbers (AIE_EVENT_<MODULE>_<NAME>), names, kinds, groups.  One table, aie2p_events.tsv. */
#ifndef AIE_DRIVER_IMAGE_EVENTS_H
#define AIE_DRIVER_IMAGE_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "driver/image/generated/aie2p_events.h"

/* The four kinds of trace and event units.  Trace packets carry the type numbers 0 core, 1 memory, 2 shim, 3 memory
 * tile by convention (mlir-aie); that mapping is the trace library's, not this enum's. */
enum aie_event_module {
	AIE_EVENT_MODULE_CORE,
	AIE_EVENT_MODULE_MEM,
	AIE_EVENT_MODULE_MEMTILE,
	AIE_EVENT_MODULE_SHIM,
	AIE_EVENT_MODULES
};

enum aie_event_kind { AIE_EVENT_CONFIG, AIE_EVENT_LEVEL, AIE_EVENT_PULSE, AIE_EVENT_GROUP };

enum { AIE_EVENT_MAX_GROUPS = 2 };

struct aie_event_row {
	uint8_t module; /* enum aie_event_module */
	uint8_t number;
	uint8_t kind; /* enum aie_event_kind */
	uint8_t group_count;
	struct {
		uint8_t group; /* number of the group event */
		uint8_t bit;   /* in its enable register */
	} group[AIE_EVENT_MAX_GROUPS];
	const char *name;
};

unsigned aie_event_count(void);
const struct aie_event_row *aie_event(unsigned index); /* index < aie_event_count() */
/* NULL when the module has no event of that number or name. */
const struct aie_event_row *aie_event_by_number(enum aie_event_module module, unsigned number);
const struct aie_event_row *aie_event_by_name(enum aie_event_module module, const char *name);
const char *aie_event_module_name(enum aie_event_module module); /* "core", "mem", "memtile", "shim" */

#endif
