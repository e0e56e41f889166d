#include "driver/image/events.h"

#include <stddef.h>
#include <string.h>

#include "driver/image/events_table.h"

unsigned aie_event_count(void)
{
	return aie_event_row_count;
}

const struct aie_event_row *aie_event(unsigned index)
{
	return &aie_event_rows[index];
}

const struct aie_event_row *aie_event_by_number(enum aie_event_module module, unsigned number)
{
	for (unsigned i = 0; i < aie_event_row_count; i++)
		if (aie_event_rows[i].module == module && aie_event_rows[i].number == number)
			return &aie_event_rows[i];
	return NULL;
}

const struct aie_event_row *aie_event_by_name(enum aie_event_module module, const char *name)
{
	for (unsigned i = 0; i < aie_event_row_count; i++)
		if (aie_event_rows[i].module == module && !strcmp(aie_event_rows[i].name, name))
			return &aie_event_rows[i];
	return NULL;
}

const char *aie_event_module_name(enum aie_event_module module)
{
	static const char *const names[AIE_EVENT_MODULES] = {
		[AIE_EVENT_MODULE_CORE] = "core",
		[AIE_EVENT_MODULE_MEM] = "mem",
		[AIE_EVENT_MODULE_MEMTILE] = "memtile",
		[AIE_EVENT_MODULE_SHIM] = "shim",
	};

	return names[module];
}
