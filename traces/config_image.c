#include <stdlib.h>
#include <string.h>

#include "driver/image/pdi.h"
#include "driver/image/registers.h"
#include "driver/image/txn.h"
#include "driver/image/xclbin.h"
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

static void collect_cdo(struct aie_trace_collector *collector, const struct aie_cdo *cdo)
{
	struct aie_cdo_cursor cursor = { 0 };
	struct aie_operation operation;

	while (aie_cdo_next(cdo, &cursor, &operation))
		aie_trace_collect(collector, &operation);
}

static int collect_pdi(struct aie_trace_collector *collector, const void *data, size_t size, struct aie_error *error)
{
	struct aie_pdi pdi;

	if (aie_pdi_open(&pdi, data, size, 0, error))
		return -1;
	collect_cdo(collector, &pdi.cdo);
	aie_pdi_close(&pdi);
	return 0;
}

static int collect_xclbin(struct aie_trace_collector *collector, const void *data, size_t size, struct aie_error *error)
{
	struct aie_xclbin xclbin;
	int status = 0;

	if (aie_xclbin_open(&xclbin, data, size, 0, error))
		return -1;
	for (uint32_t i = 0; i < xclbin.pdi_count && !status; i++) {
		status = collect_pdi(collector, xclbin.pdi[i].data, xclbin.pdi[i].size, error);
		if (status)
			aie_error_prefix(error, "PDI %u", i);
	}
	aie_xclbin_close(&xclbin);
	return status;
}

static int collect_txn(struct aie_trace_collector *collector, const void *data, size_t size, struct aie_error *error)
{
	struct aie_bytes bytes;
	struct aie_txn txn;
	struct aie_operation operation;
	size_t position = 0;

	if (aie_txn_from_file(data, size, &bytes, error))
		return -1;
	if (aie_txn_open(&txn, bytes.data, bytes.size, NULL, error)) {
		aie_bytes_free(&bytes);
		return -1;
	}
	while (aie_txn_next(&txn, &position, &operation))
		aie_trace_collect(collector, &operation);
	aie_txn_close(&txn);
	aie_bytes_free(&bytes);
	return 0;
}

static bool recognise_cdo(const uint8_t *data, size_t size)
{
	return size >= AIE_CDO_HEADER_BYTES && !memcmp(data + 4, "CDO", 4);
}

int aie_trace_config_image(struct aie_trace_config *config, const void *data, size_t size, struct aie_error *error)
{
	struct aie_trace_collector collector = { .config = config };
	int status;

	if (aie_xclbin_recognise(data, size)) {
		status = collect_xclbin(&collector, data, size, error);
	} else if (aie_pdi_recognise(data, size)) {
		status = collect_pdi(&collector, data, size, error);
	} else if (recognise_cdo(data, size)) {
		struct aie_cdo cdo;

		status = aie_cdo_open(&cdo, data, size, 0, error);
		if (!status) {
			collect_cdo(&collector, &cdo);
			aie_cdo_close(&cdo);
		}
	} else {
		status = collect_txn(&collector, data, size, error);
	}
	if (!status && collector.full)
		return aie_error_set(error, AIE_ERROR_INPUT, "the image configures more than %d trace units",
		                     AIE_TRACE_MAX_UNITS);
	return status;
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
