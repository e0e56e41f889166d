/* The traced instruction stream: set-up, what stood there, stop.
 *
 * In front: ways, units, port monitors, timers, descriptors of the trace buffer; then the start event.  Behind: the
 * stop event, time for the last packets to come through, and one packet more at every sink: bursts have 64 bytes,
 * packets 32, and what does not fill a burst is not written (measured, Phoenix); so the packet left over is always the
 * extra one, a recording of a shim without an event.
 */
#include <stdio.h>

#include "driver/image/txn.h"
#include "driver/tools/tracing.h"
#include "traces/config.h"

enum {
	SHIM_BD_WORDS = 8,
	BURST_BYTES = 64, /* the shortest: as little as possible is left over */
	AXCACHE = 2,      /* as the open tool chain emits for this NPU (documented) */
	DEMUX_DMA = 1,
	/* Timer bit whose change is waited for, three times: 2048 to 6144 cycles, for some hundred words to come in. */
	SETTLE_BIT = 11,
	EVENT_NONE = 0,
};

/* Registers of a trace unit's module. */
static const struct module_registers {
	uint32_t control, events, timer_control, ports;
	const char *broadcast; /* name of broadcast event n less the number */
} modules[AIE_EVENT_MODULES] = {
	[AIE_EVENT_MODULE_CORE] = { AIE_CORE_TRACE_CONTROL0, AIE_CORE_TRACE_EVENT0, AIE_CORE_TIMER_CONTROL,
	                            AIE_CORE_STREAM_SWITCH_EVENT_PORT_SELECTION_0, "BROADCAST_" },
	[AIE_EVENT_MODULE_MEM] = { AIE_MEM_TRACE_CONTROL0, AIE_MEM_TRACE_EVENT0, AIE_MEM_TIMER_CONTROL, 0,
	                           "BROADCAST_" },
	[AIE_EVENT_MODULE_MEMTILE] = { AIE_MEMTILE_TRACE_CONTROL0, AIE_MEMTILE_TRACE_EVENT0, AIE_MEMTILE_TIMER_CONTROL,
	                               AIE_MEMTILE_STREAM_SWITCH_EVENT_PORT_SELECTION_0, "BROADCAST_" },
	[AIE_EVENT_MODULE_SHIM] = { AIE_SHIM_TRACE_CONTROL0, AIE_SHIM_TRACE_EVENT0, AIE_SHIM_TIMER_CONTROL,
	                            AIE_SHIM_STREAM_SWITCH_EVENT_PORT_SELECTION_0, "BROADCAST_A_" },
};

struct setup {
	const struct aie_tracing_plan *plan;
	struct aie_txn_builder *txn;
	unsigned argument;
	size_t part;
};

static uint8_t broadcast_event(unsigned module, unsigned channel)
{
	char name[24];

	snprintf(name, sizeof name, "%s%u", modules[module].broadcast, channel);
	return aie_event_by_name((enum aie_event_module)module, name)->number;
}

/* ---- ways ---- */

static void write_ways(const struct setup *setup, unsigned column, unsigned row)
{
	const struct aie_tracing_switch *own = &setup->plan->switches[column][row];
	const enum aie_tile_kind kind = aie_tile_kind_of_row(row);
	const uint32_t slave_on = AIE_FIELD(AIE_CORE_STREAM_SWITCH_SLAVE_CONFIG_DMA_SLAVE_ENABLE, 1) |
	                          AIE_FIELD(AIE_CORE_STREAM_SWITCH_SLAVE_CONFIG_DMA_PACKET_ENABLE, 1);

	for (unsigned port = 0; port < aie_switch_port_count(kind, true); port++) {
		if (own->arbiter[port] == AIE_TRACING_NOTHING)
			continue;
		/* packets keep their headers; arbiter, and message select 0 of its four */
		aie_txn_write32(setup->txn, aie_tile_address(column, row, aie_port_master_config(kind, port)),
		                AIE_FIELD(AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_MASTER_ENABLE, 1) |
		                        AIE_FIELD(AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_PACKET_ENABLE, 1) |
		                        AIE_FIELD(AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_CONFIGURATION,
		                                  1U << 3 | own->arbiter[port]));
	}
	for (unsigned port = 0; port < aie_switch_port_count(kind, false); port++) {
		if (own->master[port] == AIE_TRACING_NOTHING)
			continue;
		/* mask 0: every packet that comes in here */
		aie_txn_write32(setup->txn, aie_tile_address(column, row, aie_port_slave_slot(kind, port, 0)),
		                AIE_FIELD(AIE_CORE_STREAM_SWITCH_SLAVE_DMA_SLOT_ENABLE, 1) |
		                        AIE_FIELD(AIE_CORE_STREAM_SWITCH_SLAVE_DMA_SLOT_ARBIT,
		                                  own->arbiter[own->master[port]]));
		aie_txn_write32(setup->txn, aie_tile_address(column, row, aie_port_slave_config(kind, port)), slave_on);
	}
}

static void write_sink(const struct setup *setup, unsigned number)
{
	const struct aie_tracing_sink *sink = &setup->plan->sink[number];
	const uint32_t descriptor =
	        aie_tile_address(sink->column, 0, AIE_SHIM_DMA_BD_0 + sink->descriptor * AIE_SHIM_DMA_BD_0_STRIDE);
	const uint32_t demux_mask = sink->channel ? AIE_FIELD_MASK(AIE_SHIM_DEMUX_CONFIG_SOUTH3)
	                                          : AIE_FIELD_MASK(AIE_SHIM_DEMUX_CONFIG_SOUTH2);
	const uint32_t demux = sink->channel ? AIE_FIELD(AIE_SHIM_DEMUX_CONFIG_SOUTH3, DEMUX_DMA)
	                                     : AIE_FIELD(AIE_SHIM_DEMUX_CONFIG_SOUTH2, DEMUX_DMA);
	const uint32_t words[SHIM_BD_WORDS] = {
		[0] = (uint32_t)(setup->part / 4),
		[5] = AIE_FIELD(AIE_SHIM_DMA_BD_5_AXCACHE, AXCACHE),
		[7] = AIE_FIELD(AIE_SHIM_DMA_BD_7_VALID_BD, 1),
	};

	aie_txn_mask_write32(setup->txn, aie_tile_address(sink->column, 0, AIE_SHIM_DEMUX_CONFIG), demux_mask, demux);
	aie_txn_block_write(setup->txn, descriptor, words, SHIM_BD_WORDS);
	aie_txn_ddr_patch(setup->txn, descriptor + 4, setup->argument, setup->part * number);
	aie_txn_write32(
	        setup->txn,
	        aie_tile_address(sink->column, 0,
	                         AIE_SHIM_DMA_S2MM_TASK_QUEUE + sink->channel * AIE_SHIM_DMA_S2MM_TASK_QUEUE_STRIDE),
	        AIE_FIELD(AIE_SHIM_DMA_S2MM_TASK_QUEUE_START_BD_ID, sink->descriptor));
}

/* ---- units ---- */

/* The shim that raises start and stop listens to its own user events; the others hear of them by broadcast. */
static bool is_origin(const struct setup *setup, const struct aie_tracing_unit *unit)
{
	return unit->module == AIE_EVENT_MODULE_SHIM && unit->column == setup->plan->sink[0].column;
}

static uint32_t control(unsigned start, unsigned stop, unsigned mode)
{
	/* the memory tile's fields hold those of the others */
	return AIE_FIELD(AIE_MEMTILE_TRACE_CONTROL0_TRACE_START_EVENT, start) |
	       AIE_FIELD(AIE_MEMTILE_TRACE_CONTROL0_TRACE_STOP_EVENT, stop) |
	       AIE_FIELD(AIE_CORE_TRACE_CONTROL0_MODE, mode);
}

static uint32_t channel_selection(const struct aie_tracing_module *list)
{
	return AIE_FIELD(AIE_MEMTILE_DMA_EVENT_CHANNEL_SELECTION_S2MM_SEL0_CHANNEL, list->channel[0]) |
	       AIE_FIELD(AIE_MEMTILE_DMA_EVENT_CHANNEL_SELECTION_S2MM_SEL1_CHANNEL, list->channel[1]) |
	       AIE_FIELD(AIE_MEMTILE_DMA_EVENT_CHANNEL_SELECTION_MM2S_SEL0_CHANNEL, list->channel[2]) |
	       AIE_FIELD(AIE_MEMTILE_DMA_EVENT_CHANNEL_SELECTION_MM2S_SEL1_CHANNEL, list->channel[3]);
}

static void write_events(const struct setup *setup, const struct aie_tracing_unit *unit)
{
	const struct aie_tracing_module *list = &setup->plan->wish.module[unit->module];
	const struct module_registers *registers = &modules[unit->module];
	const enum aie_tile_kind kind = aie_tile_kind_of_row(unit->row);
	uint32_t events[2] = { 0 }, ports[2] = { 0 };
	bool any_port = false;

	for (unsigned i = 0; i < list->count; i++)
		events[i / 4] |= (uint32_t)list->event[i] << 8 * (i % 4);
	aie_txn_block_write(setup->txn, aie_tile_address(unit->column, unit->row, registers->events), events, 2);
	for (unsigned i = 0; i < AIE_TRACING_PORTS; i++) {
		const struct aie_tracing_port *port = &list->port[i];
		const uint32_t number =
		        aie_switch_ports(kind, port->master, (enum aie_port_bundle)port->bundle).first + port->index;

		if (!port->given)
			continue;
		any_port = true;
		/* bit 5: a master port */
		ports[i / 4] |= (number | (port->master ? 1U << 5 : 0)) << 8 * (i % 4);
	}
	if (unit->module == AIE_EVENT_MODULE_MEMTILE && !unit->own_channels)
		aie_txn_write32(setup->txn,
		                aie_tile_address(unit->column, unit->row, AIE_MEMTILE_DMA_EVENT_CHANNEL_SELECTION),
		                channel_selection(list));
	if (any_port)
		aie_txn_block_write(setup->txn, aie_tile_address(unit->column, unit->row, registers->ports), ports, 2);
}

static void write_unit(const struct setup *setup, const struct aie_tracing_unit *unit)
{
	const struct module_registers *registers = &modules[unit->module];
	const struct aie_tracing_plan *plan = setup->plan;
	const bool origin = is_origin(setup, unit);
	const uint8_t start = origin ? AIE_EVENT_SHIM_USER_EVENT_1 : broadcast_event(unit->module, plan->start_channel);
	const uint8_t stop = origin ? AIE_EVENT_SHIM_USER_EVENT_0 : broadcast_event(unit->module, plan->stop_channel);
	const bool event_pc = plan->wish.event_pc && unit->module == AIE_EVENT_MODULE_CORE;
	const uint32_t words[2] = {
		control(start, stop, event_pc),
		AIE_FIELD(AIE_CORE_TRACE_CONTROL1_PACKET_TYPE, aie_trace_module_type(unit->module)) |
		        AIE_FIELD(AIE_CORE_TRACE_CONTROL1_ID, unit->packet_id),
	};

	aie_txn_block_write(setup->txn, aie_tile_address(unit->column, unit->row, registers->control), words, 2);
	write_events(setup, unit);
	aie_txn_write32(setup->txn, aie_tile_address(unit->column, unit->row, registers->timer_control),
	                AIE_FIELD(AIE_CORE_TIMER_CONTROL_RESET_EVENT, start));
}

static void generate(const struct setup *setup, unsigned column, uint32_t event)
{
	aie_txn_write32(setup->txn, aie_tile_address(column, 0, AIE_SHIM_EVENT_GENERATE), event);
}

static void broadcast(const struct setup *setup, uint32_t start, uint32_t stop)
{
	const unsigned column = setup->plan->sink[0].column;

	aie_txn_write32(setup->txn,
	                aie_tile_address(column, 0,
	                                 AIE_SHIM_EVENT_BROADCAST_A +
	                                         setup->plan->start_channel * AIE_SHIM_EVENT_BROADCAST_A_STRIDE),
	                start);
	aie_txn_write32(setup->txn,
	                aie_tile_address(column, 0,
	                                 AIE_SHIM_EVENT_BROADCAST_A +
	                                         setup->plan->stop_channel * AIE_SHIM_EVENT_BROADCAST_A_STRIDE),
	                stop);
}

static void write_begin(const struct setup *setup)
{
	const struct aie_tracing_plan *plan = setup->plan;

	for (unsigned column = 0; column < plan->columns; column++)
		for (unsigned row = 0; row < AIE_ARRAY_ROWS; row++)
			write_ways(setup, column, row);
	for (unsigned i = 0; i < plan->sink_count; i++)
		write_sink(setup, i);
	for (unsigned i = 0; i < plan->unit_count; i++)
		write_unit(setup, &plan->unit[i]);
	broadcast(setup, AIE_EVENT_SHIM_USER_EVENT_1, AIE_EVENT_SHIM_USER_EVENT_0);
	generate(setup, plan->sink[0].column, AIE_EVENT_SHIM_USER_EVENT_1);
}

/* A recording of nothing, so that a packet leaves a shim. */
static void write_extra_packet(const struct setup *setup, const struct aie_tracing_sink *sink)
{
	const uint32_t no_events[2] = { 0 };
	uint8_t id = 0;

	for (unsigned i = 0; i < setup->plan->unit_count; i++)
		if (setup->plan->unit[i].module == AIE_EVENT_MODULE_SHIM && setup->plan->unit[i].column == sink->column)
			id = setup->plan->unit[i].packet_id;
	const uint32_t words[2] = {
		control(AIE_EVENT_SHIM_USER_EVENT_1, AIE_EVENT_SHIM_USER_EVENT_0, 0),
		AIE_FIELD(AIE_SHIM_TRACE_CONTROL1_PACKET_TYPE, aie_trace_module_type(AIE_EVENT_MODULE_SHIM)) |
		        AIE_FIELD(AIE_SHIM_TRACE_CONTROL1_ID, id),
	};
	aie_txn_block_write(setup->txn, aie_tile_address(sink->column, 0, AIE_SHIM_TRACE_EVENT0), no_events, 2);
	aie_txn_block_write(setup->txn, aie_tile_address(sink->column, 0, AIE_SHIM_TRACE_CONTROL0), words, 2);
	generate(setup, sink->column, AIE_EVENT_SHIM_USER_EVENT_1);
	generate(setup, sink->column, AIE_EVENT_SHIM_USER_EVENT_0);
}

static void write_end(const struct setup *setup)
{
	const struct aie_tracing_plan *plan = setup->plan;
	const unsigned column = plan->sink[0].column;

	generate(setup, column, AIE_EVENT_SHIM_USER_EVENT_0);
	for (unsigned i = 0; i < 3; i++)
		aie_txn_mask_poll(setup->txn, aie_tile_address(column, 0, AIE_SHIM_TIMER_LOW), 1U << SETTLE_BIT,
		                  i % 2 ? 1U << SETTLE_BIT : 0);
	broadcast(setup, EVENT_NONE, EVENT_NONE);
	for (unsigned i = 0; i < plan->sink_count; i++)
		if (plan->sink[i].own_packet)
			write_extra_packet(setup, &plan->sink[i]);
}

/* ---- the stream ---- */

size_t aie_tracing_part(const struct aie_tracing_plan *plan, size_t bytes)
{
	return bytes / plan->sink_count / BURST_BYTES * BURST_BYTES;
}

int aie_tracing_instructions(const struct aie_tracing_plan *plan, const void *instructions, size_t size,
                             unsigned argument, size_t bytes, struct aie_bytes *traced, struct aie_error *error)
{
	struct aie_txn txn;
	struct aie_txn_builder builder;
	struct aie_operation operation;
	const struct setup setup = { plan, &builder, argument, aie_tracing_part(plan, bytes) };
	size_t position = 0;

	if (!setup.part)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "--trace-size %zu: less than a burst of %d bytes for each of %u "
		                     "shim channels",
		                     bytes, BURST_BYTES, plan->sink_count);
	if (aie_txn_open(&txn, instructions, size, NULL, error))
		return -1;
	aie_txn_begin(&builder, txn.version, txn.generation, txn.columns);
	write_begin(&setup);
	while (aie_txn_next(&txn, &position, &operation))
		aie_txn_append(&builder, &operation);
	write_end(&setup);
	aie_txn_close(&txn);
	return aie_txn_finish(&builder, traced, error);
}
