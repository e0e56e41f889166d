#include <stdlib.h>
#include <string.h>

#include "driver/image/registers.h"
#include "driver/image/walk.h"
#include "traces/config.h"

/* Where each kind of unit has its four registers, and how wide an event number is there. */
static const struct unit_registers {
	enum aie_tile_kind tile;
	uint32_t control0, control1, event0, event1;
	uint8_t event_bits;
	bool has_mode;
} unit_registers[AIE_EVENT_MODULES] = {
	[AIE_EVENT_MODULE_CORE] = { AIE_TILE_COMPUTE, AIE_CORE_TRACE_CONTROL0, AIE_CORE_TRACE_CONTROL1,
	                            AIE_CORE_TRACE_EVENT0, AIE_CORE_TRACE_EVENT1,
	                            AIE_CORE_TRACE_EVENT0_TRACE_EVENT0_WIDTH, true },
	[AIE_EVENT_MODULE_MEM] = { AIE_TILE_COMPUTE, AIE_MEM_TRACE_CONTROL0, AIE_MEM_TRACE_CONTROL1,
	                           AIE_MEM_TRACE_EVENT0, AIE_MEM_TRACE_EVENT1, AIE_MEM_TRACE_EVENT0_TRACE_EVENT0_WIDTH,
	                           false },
	[AIE_EVENT_MODULE_MEMTILE] = { AIE_TILE_MEMORY, AIE_MEMTILE_TRACE_CONTROL0, AIE_MEMTILE_TRACE_CONTROL1,
	                               AIE_MEMTILE_TRACE_EVENT0, AIE_MEMTILE_TRACE_EVENT1,
	                               AIE_MEMTILE_TRACE_EVENT0_TRACE_EVENT0_WIDTH, false },
	[AIE_EVENT_MODULE_SHIM] = { AIE_TILE_SHIM, AIE_SHIM_TRACE_CONTROL0, AIE_SHIM_TRACE_CONTROL1,
	                            AIE_SHIM_TRACE_EVENT0, AIE_SHIM_TRACE_EVENT1,
	                            AIE_SHIM_TRACE_EVENT0_TRACE_EVENT0_WIDTH, false },
};

static struct aie_trace_unit_config *find_unit(struct aie_trace_collector *collector, unsigned column, unsigned row,
                                               unsigned module)
{
	struct aie_trace_config *config = collector->config;
	struct aie_trace_unit_config *unit;

	for (unsigned i = 0; i < config->unit_count; i++) {
		unit = &config->unit[i];
		if (unit->column == column && unit->row == row && unit->module == module)
			return unit;
	}
	if (config->unit_count == AIE_TRACE_MAX_UNITS) {
		collector->full = true;
		return NULL;
	}
	unit = &config->unit[config->unit_count++];
	memset(unit, 0, sizeof *unit);
	unit->column = (uint8_t)column;
	unit->row = (uint8_t)row;
	unit->module = (uint8_t)module;
	unit->known = true;
	return unit;
}

/* One event number of a register, of which the bits of `mask` are written.  Writing 0 over an event switches the slot
 * off after the run (what was recorded before keeps its name). */
static void put_event(const struct unit_registers *registers, uint8_t *event, uint32_t mask, uint32_t value,
                      unsigned shift, bool *changed)
{
	const uint32_t bits = ((1U << registers->event_bits) - 1) & mask >> shift;
	const uint8_t old = *event;
	const uint8_t new = (uint8_t)((old & ~bits) | (value >> shift & bits));

	if (!new)
		return;
	*event = new;
	if (changed && old && old != new)
		*changed = true;
}

static void write_register(struct aie_trace_collector *collector, uint64_t address, uint32_t mask, uint32_t value)
{
	const uint32_t offset = aie_address_offset(address);
	const unsigned column = aie_address_column(address), row = aie_address_row(address);

	for (unsigned module = 0; module < AIE_EVENT_MODULES; module++) {
		const struct unit_registers *registers = &unit_registers[module];
		struct aie_trace_unit_config *unit;
		uint8_t *slot;

		if (registers->tile != aie_tile_kind_of_row(row) ||
		    (offset != registers->control0 && offset != registers->control1 && offset != registers->event0 &&
		     offset != registers->event1))
			continue;
		unit = find_unit(collector, column, row, module);
		if (!unit)
			return;
		if (offset == registers->control0) {
			put_event(registers, &unit->start, mask, value, 16, NULL);
			put_event(registers, &unit->stop, mask, value, 24, NULL);
			if (registers->has_mode)
				unit->mode = (uint8_t)((unit->mode & ~mask & 3) | (value & mask & 3));
		} else if (offset == registers->control1) {
			unit->packet_type =
			        (uint8_t)((unit->packet_type & ~(mask >> 12) & 7) | ((value & mask) >> 12 & 7));
			unit->packet_id = (uint8_t)((unit->packet_id & ~mask & 31) | (value & mask & 31));
		} else {
			slot = unit->slot + (offset == registers->event1 ? 4 : 0);
			for (unsigned i = 0; i < 4; i++)
				put_event(registers, &slot[i], mask, value, 8 * i, &unit->changed);
		}
	}
}

void aie_trace_collect(struct aie_trace_collector *collector, const struct aie_operation *operation)
{
	switch (operation->kind) {
	case AIE_OPERATION_WRITE:
		write_register(collector, operation->address, UINT32_MAX, operation->value);
		break;
	case AIE_OPERATION_MASK_WRITE:
		write_register(collector, operation->address, operation->mask, operation->value);
		break;
	case AIE_OPERATION_BLOCK_WRITE:
		for (uint32_t i = 0; i < operation->count; i++)
			write_register(collector, operation->address + (uint64_t)4 * i, UINT32_MAX,
			               operation->words[i]);
		break;
	default:
		break;
	}
}

static void collect(void *user, const struct aie_operation *operation)
{
	aie_trace_collect(user, operation);
}

int aie_trace_config_image(struct aie_trace_config *config, const void *data, size_t size, struct aie_error *error)
{
	struct aie_trace_collector collector = { .config = config };

	if (aie_image_walk(data, size, collect, &collector, error))
		return -1;
	if (collector.full)
		return aie_error_set(error, AIE_ERROR_INPUT, "the image configures more than %d trace units",
		                     AIE_TRACE_MAX_UNITS);
	return 0;
}

void aie_trace_config_prune(struct aie_trace_config *config)
{
	static const uint8_t unused[AIE_TRACE_SLOTS];
	unsigned kept = 0;

	for (unsigned i = 0; i < config->unit_count; i++)
		if (config->unit[i].start || memcmp(config->unit[i].slot, unused, sizeof unused) != 0)
			config->unit[kept++] = config->unit[i];
	config->unit_count = kept;
}
