/* Which units of which tiles record. */
#include <stdio.h>
#include <string.h>

#include "driver/tools/tracing.h"

enum { BROADCASTS = 16, FIRST_PACKET_ID = 1, PACKET_IDS = 32 };

static bool in_use(const struct aie_tracing_tile *tile, unsigned module)
{
	return module == AIE_EVENT_MODULE_CORE  ? tile->core
	       : module == AIE_EVENT_MODULE_MEM ? tile->core || tile->dma
	                                        : tile->dma;
}

static bool module_of_row(unsigned row, unsigned module)
{
	switch (aie_tile_kind_of_row(row)) {
	case AIE_TILE_SHIM:
		return module == AIE_EVENT_MODULE_SHIM;
	case AIE_TILE_MEMORY:
		return module == AIE_EVENT_MODULE_MEMTILE;
	default:
		return module == AIE_EVENT_MODULE_CORE || module == AIE_EVENT_MODULE_MEM;
	}
}

static void add_units(struct aie_tracing_plan *plan, const struct aie_tracing_survey *survey, unsigned column,
                      unsigned row, bool asked)
{
	for (unsigned module = 0; module < AIE_EVENT_MODULES; module++) {
		if (!plan->wish.module[module].given || !plan->wish.module[module].count ||
		    !module_of_row(row, module) || (!asked && !in_use(&survey->tile[column][row], module)))
			continue;
		plan->unit[plan->unit_count++] = (struct aie_tracing_unit){
			.column = (uint8_t)column,
			.row = (uint8_t)row,
			.module = (uint8_t)module,
			.asked = asked || plan->wish.any_module,
			.own_channels = survey->tile[column][row].channels,
		};
	}
}

static int choose_units(struct aie_tracing_plan *plan, const struct aie_tracing_survey *survey, struct aie_error *error)
{
	const struct aie_tracing_wish *wish = &plan->wish;

	for (size_t i = 0; i < wish->tile_count; i++) {
		const unsigned column = wish->tile[i].column, row = wish->tile[i].row;

		if (column >= survey->columns)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "--trace-events: tile (%u,%u) lies outside the image's %u columns", column,
			                     row, survey->columns);
		for (size_t j = 0; j < i; j++)
			if (wish->tile[j].column == column && wish->tile[j].row == row)
				return aie_error_set(error, AIE_ERROR_INPUT,
				                     "--trace-events: tile (%u,%u) is named twice", column, row);
		add_units(plan, survey, column, row, true);
	}
	for (unsigned column = 0; column < survey->columns && !wish->tile_count; column++)
		for (unsigned row = 0; row < AIE_ARRAY_ROWS; row++)
			add_units(plan, survey, column, row, false);
	if (!plan->unit_count)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "--trace-events: none of the named modules is in use in this image%s",
		                     wish->tile_count ? " on these tiles" : "");
	return 0;
}

/* Broadcast channels 15 and 14 as mlir-aie has it, or the next ones that the image leaves free. */
static int choose_broadcasts(struct aie_tracing_plan *plan, const struct aie_tracing_survey *survey,
                             struct aie_error *error)
{
	uint8_t *const wanted[] = { &plan->start_channel, &plan->stop_channel };
	unsigned used = 0, channel = BROADCASTS;

	for (unsigned column = 0; column < survey->columns; column++)
		for (unsigned row = 0; row < AIE_ARRAY_ROWS; row++)
			used |= survey->tile[column][row].broadcasts;
	for (unsigned i = 0; i < 2; i++) {
		do {
			if (!channel)
				return aie_error_set(error, AIE_ERROR_INPUT,
				                     "--trace: the image uses so many broadcast channels that start "
				                     "and stop of the trace find none");
			channel--;
		} while (used >> channel & 1);
		*wanted[i] = (uint8_t)channel;
	}
	return 0;
}

static int check_monitors(const struct aie_tracing_plan *plan, const struct aie_tracing_survey *survey,
                          struct aie_error *error)
{
	for (unsigned i = 0; i < plan->unit_count; i++) {
		const struct aie_tracing_unit *unit = &plan->unit[i];
		const struct aie_tracing_port *port = plan->wish.module[unit->module].port;

		for (unsigned selection = 0; selection < AIE_TRACING_SELECTIONS; selection++)
			if (unit->own_channels && plan->wish.module[unit->module].selected[selection])
				return aie_error_set(error, AIE_ERROR_INPUT,
				                     "--trace-events: the image selects the DMA channels for events of "
				                     "tile (%u,%u) itself; leave the @CHANNEL out",
				                     unit->column, unit->row);
		for (unsigned monitor = 0; monitor < AIE_TRACING_PORTS; monitor++)
			if (port[monitor].given && survey->tile[unit->column][unit->row].selects)
				return aie_error_set(error, AIE_ERROR_INPUT,
				                     "--trace-events: the image uses the port monitors of tile (%u,%u) "
				                     "itself; leave the PORT events out",
				                     unit->column, unit->row);
	}
	return 0;
}

int aie_tracing_plan(struct aie_tracing_plan *plan, const struct aie_tracing_wish *wish,
                     const struct aie_tracing_survey *survey, struct aie_error *error)
{
	memset(plan, 0, sizeof *plan);
	plan->wish = *wish;
	plan->columns = survey->columns;
	for (unsigned module = 0; module < AIE_EVENT_MODULES; module++)
		if (wish->event_pc && module != AIE_EVENT_MODULE_CORE && !wish->any_module)
			plan->wish.module[module].given = false;
	if (choose_units(plan, survey, error) || choose_broadcasts(plan, survey, error) ||
	    check_monitors(plan, survey, error) || aie_tracing_route(plan, survey, error))
		return -1;
	/* Packets are told apart by tile, type and id; so ids may come again when there are more units than ids. */
	for (unsigned i = 0; i < plan->unit_count; i++)
		plan->unit[i].packet_id = (uint8_t)(FIRST_PACKET_ID + i % (PACKET_IDS - FIRST_PACKET_ID));
	return 0;
}
