/* Who waits for what: the report after a hang. */
#include <stdarg.h>
#include <stdio.h>

#include "sim/array/internal.h"

struct report {
	const struct aie_array *array;
	void (*line)(void *user, const char *text);
	void *user;
	char text[512];
	size_t used;
};

static void add(struct report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct report *report, const char *format, ...)
{
	va_list arguments;
	int length;

	if (report->used >= sizeof report->text)
		return;
	va_start(arguments, format);
	length = vsnprintf(report->text + report->used, sizeof report->text - report->used, format, arguments);
	va_end(arguments);
	if (length > 0)
		report->used += (size_t)length;
}

static void finish(struct report *report)
{
	report->line(report->user, report->text);
	report->used = 0;
}

static void add_lock_condition(struct report *report, int value, const struct aie_lock *lock)
{
	if (value < 0)
		add(report, " >= %d, value %u", -value, lock->value);
	else
		add(report, " == %d, value %u", value, lock->value);
}

static void add_channel(struct report *report, const struct aie_dma_channel *channel)
{
	char name[64];

	add(report, "%s", aie_dma_name(channel, name, sizeof name));
	if (channel->state == AIE_DMA_IDLE)
		add(report, " (idle)");
}

static void add_entity(struct report *report, uint32_t entity)
{
	if (entity & AIE_ENTITY_CORE) {
		const struct aie_tile *tile = &report->array->tile[entity & ~AIE_ENTITY_CORE];

		add(report, "core (%u,%u)", tile->column, tile->row);
	} else if (entity & AIE_ENTITY_TRACE) {
		const struct aie_tile *tile = &report->array->tile[entity & ~AIE_ENTITY_TRACE];

		add(report, "a trace unit of tile (%u,%u)", tile->column, tile->row);
	} else if (entity >= report->array->units) {
		const struct aie_tile *tile = &report->array->tile[entity - report->array->units];

		add(report, "the packet switch of tile (%u,%u)", tile->column, tile->row);
	} else {
		add_channel(report, &report->array->channel[entity]);
	}
}

/* Who keeps a sender from sending: the receivers whose way is full. */
static void add_backpressure(struct report *report, const struct aie_route *route)
{
	const char *between = " ";

	if (route->target_count == 0) {
		add(report, ": no stream is routed from it");
		return;
	}
	add(report, " has its stream held by");
	for (uint32_t i = 0; i < route->target_count; i++) {
		const struct aie_route_target *target = &route->target[i];
		uint64_t used = route->head - target->tail;
		const struct aie_tile *tile;
		struct aie_port port;

		if (used < target->capacity && used + route->want <= target->capacity)
			continue;
		add(report, "%s", between);
		between = ", ";
		tile = aie_array_tile(report->array, target->column, target->row);
		port = target->port_is_slave ? aie_switch_slave(tile->kind, target->port)
		                             : aie_switch_master(tile->kind, target->port);
		if (target->sink == &tile->control.sink) {
			add(report, "the control packets of tile (%u,%u)", tile->column, tile->row);
		} else if (target->sink) {
			add_entity(report, target->sink->entity);
			if (target->port_is_slave)
				add(report, " (slave port %s%u)", aie_port_kind_name(port.kind), port.number);
		} else {
			add(report, "the route's dead end at tile (%u,%u) %s port %s%u: %s", target->column,
			    target->row, target->port_is_slave ? "slave" : "master", aie_port_kind_name(port.kind),
			    port.number, target->reason);
		}
	}
	if (between[0] == ' ')
		add(report, " words under way");
}

/* A route begins at a South port of a shim, behind which no DMA channel sends. */
static void add_south(struct report *report, const struct aie_tile *tile, unsigned number)
{
	bool selected;

	for (unsigned channel = 0; channel < tile->channels; channel++)
		if (aie_shim_south(tile, true, channel, &selected) == number) {
			add(report, "Mux_Config of tile (%u,%u) does not put the DMA behind South%u", tile->column,
			    tile->row, number);
			return;
		}
	add(report, "its route comes from port South%u of tile (%u,%u), behind which no DMA can be", number,
	    tile->column, tile->row);
}

/* Follow the circuit of a receiver back to where it starts. */
static void add_origin(struct report *report, const struct aie_tile *tile, struct aie_port port)
{
	for (unsigned steps = 0; steps < report->array->tiles * AIE_SWITCH_PORTS; steps++) {
		int master = aie_switch_find_master(tile->kind, port);
		uint32_t config = master < 0 ? 0 : tile->stream.master[master];
		struct aie_port slave;

		if (!AIE_FIELD_GET(config, AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_MASTER_ENABLE)) {
			add(report, "nothing is routed to it (tile (%u,%u) master port %s%u is not enabled)",
			    tile->column, tile->row, aie_port_kind_name(port.kind), port.number);
			return;
		}
		if (AIE_FIELD_GET(config, AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_PACKET_ENABLE)) {
			add(report, "its route comes from the packet switch of tile (%u,%u)", tile->column, tile->row);
			return;
		}
		slave = aie_switch_slave(tile->kind, config & 0x1F);
		if (!AIE_FIELD_GET(tile->stream.slave[config & 0x1F],
		                   AIE_CORE_STREAM_SWITCH_SLAVE_CONFIG_DMA_SLAVE_ENABLE)) {
			add(report, "its route ends at tile (%u,%u) slave port %s%u, which is not enabled",
			    tile->column, tile->row, aie_port_kind_name(slave.kind), slave.number);
			return;
		}
		if (slave.kind == AIE_PORT_FIFO) {
			port = slave;
			continue;
		}
		if (slave.kind >= AIE_PORT_SOUTH && slave.kind <= AIE_PORT_EAST &&
		    !(tile->kind == AIE_TILE_SHIM && slave.kind == AIE_PORT_SOUTH)) {
			enum aie_port_kind peer;
			const struct aie_tile *next = aie_port_peer(tile, (enum aie_port_kind)slave.kind, &peer);

			if (!next) {
				add(report,
				    "its route comes from outside the array or an isolated tile by slave port %s%u of "
				    "tile (%u,%u)",
				    aie_port_kind_name(slave.kind), slave.number, tile->column, tile->row);
				return;
			}
			port = (struct aie_port){ (uint8_t)peer, slave.number };
			tile = next;
			continue;
		}
		if (slave.kind == AIE_PORT_SOUTH) {
			add_south(report, tile, slave.number);
			return;
		}
		add(report, "its route comes from tile (%u,%u) port %s%u", tile->column, tile->row,
		    aie_port_kind_name(slave.kind), slave.number);
		return;
	}
	add(report, "its route is a ring through tile (%u,%u)", tile->column, tile->row);
}

static void add_starvation(struct report *report, const struct aie_sink *sink, const struct aie_tile *tile,
                           struct aie_port port)
{
	if (sink->route) {
		add(report, " waits for words from ");
		add_entity(report, sink->route->entity);
	} else {
		add(report, " waits for words: ");
		add_origin(report, tile, port);
	}
}

static void report_core(struct report *report, const struct aie_tile *tile)
{
	const struct aie_core_side *side = &tile->core;
	enum aie_core_stall stall;
	unsigned detail = 0;
	int value = 0;

	if (aie_core_status(side->core) != AIE_CORE_STALLED)
		return;
	stall = aie_core_stall(side->core, &detail, &value);
	if (side->wait == AIE_CORE_WAIT_NONE || stall == AIE_STALL_NONE)
		return; /* it will move by itself */
	add(report, "core (%u,%u) pc 0x%X", tile->column, tile->row, aie_core_pc(side->core));
	switch ((enum aie_core_wait)side->wait) {
	case AIE_CORE_WAIT_NONE:
		break;
	case AIE_CORE_WAIT_LOCK: {
		const struct aie_tile *target = detail / 16 < AIE_SIDES ? side->window[detail / 16] : NULL;

		add(report, " waits for lock %u", detail);
		if (target) {
			add(report, " (%s %u)", aie_side_name((enum aie_neighbour)(detail / 16)), detail % 16);
			add_lock_condition(report, value, &target->lock[detail % 16]);
		}
		break;
	}
	case AIE_CORE_WAIT_STREAM_IN:
		add_starvation(report, &side->sink, tile, (struct aie_port){ AIE_PORT_CORE, 0 });
		break;
	case AIE_CORE_WAIT_STREAM_OUT:
		add_backpressure(report, &side->route);
		break;
	case AIE_CORE_WAIT_CASCADE_IN: {
		const struct aie_tile *writer = aie_cascade_writer(tile);

		add(report, " waits for its cascade input");
		if (!writer)
			add(report, ", which leads outside the array");
		else if (aie_cascade_reader(writer) != tile)
			add(report, " from core (%u,%u), whose output leads elsewhere", writer->column, writer->row);
		else
			add(report, " from core (%u,%u)", writer->column, writer->row);
		break;
	}
	case AIE_CORE_WAIT_CASCADE_OUT: {
		const struct aie_tile *reader = aie_cascade_reader(tile);

		add(report, " waits for room in its cascade output");
		if (!reader)
			add(report, ", which leads outside the array");
		else if (aie_cascade_writer(reader) != tile)
			add(report, " to core (%u,%u), whose input comes from elsewhere", reader->column, reader->row);
		else
			add(report, " to core (%u,%u)", reader->column, reader->row);
		break;
	}
	}
	finish(report);
}

static void add_channel_lock(struct report *report, const struct aie_dma_channel *channel, bool acquire)
{
	const struct aie_descriptor *descriptor = &channel->descriptor;
	unsigned id = acquire ? descriptor->acquire_lock : descriptor->release_lock, lock = id;
	const struct aie_tile *tile = channel->tile;

	if (tile->kind == AIE_TILE_MEMORY) {
		static const char *const sides[] = { "west", "own", "east" };

		lock = id % AIE_LOCK_COUNT_MAX;
		tile = aie_array_tile(report->array, (unsigned)(tile->column + (int)(id / AIE_LOCK_COUNT_MAX) - 1),
		                      tile->row);
		add(report, " waits for lock %u (%s %u)", id, sides[id / AIE_LOCK_COUNT_MAX % 3], lock);
	} else {
		add(report, " waits for lock %u", lock);
	}
	if (!tile)
		return;
	if (acquire)
		add_lock_condition(report, descriptor->acquire_value, &tile->lock[lock]);
	else
		add(report, " to take a release of %+d, value %u", descriptor->release_value, tile->lock[lock].value);
}

void aie_wait_dropped(const struct aie_dma_channel *channel, char *text, size_t size)
{
	char name[64];

	text[0] = 0;
	if (channel->dropped)
		snprintf(text, size,
		         "%s has lost %u task%s, the last one for BD %u: its queue was full (Task_Queue_Overflow)",
		         aie_dma_name(channel, name, sizeof name), channel->dropped, channel->dropped == 1 ? "" : "s",
		         channel->dropped_start);
}

static void report_dropped(struct report *report, const struct aie_dma_channel *channel)
{
	char text[192];

	aie_wait_dropped(channel, text, sizeof text);
	if (!text[0])
		return;
	add(report, "%s", text);
	finish(report);
}

/* A shim channel whose multiplexer leads elsewhere; false: it has none, or it is right. */
static bool add_multiplexer(struct report *report, const struct aie_dma_channel *channel)
{
	bool selected = true;
	unsigned south = 0;

	if (channel->tile->kind == AIE_TILE_SHIM)
		south = aie_shim_south(channel->tile, channel->mm2s, channel->index, &selected);
	if (selected)
		return false;
	add(report,
	    channel->mm2s ? ": Mux_Config does not put it behind South%u"
	                  : " waits for words: Demux_Config does not lead South%u to it",
	    south);
	return true;
}

static void report_channel(struct report *report, const struct aie_dma_channel *channel)
{
	const struct aie_tile *tile = channel->tile;

	if (channel->state == AIE_DMA_IDLE ||
	    (channel->block == AIE_BLOCK_NONE && channel->state != AIE_DMA_ERROR && channel->state != AIE_DMA_COUNT))
		return;
	add_channel(report, channel);
	if (channel->state != AIE_DMA_HEADER)
		add(report, " BD %u", channel->descriptor_id);
	switch (channel->state) {
	case AIE_DMA_COUNT:
		add(report, " waits until somebody reads its word counts (FoT_Count_FIFO_Pop)");
		break;
	case AIE_DMA_ACQUIRE:
	case AIE_DMA_RELEASE:
		add_channel_lock(report, channel, channel->state == AIE_DMA_ACQUIRE);
		break;
	case AIE_DMA_ERROR:
		if (channel->errors & AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_ERROR_BD_INVALID, 1))
			add(report, " hangs: the descriptor is not valid (Valid_BD is 0)");
		else if (channel->errors & AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_ERROR_BD_UNAVAILABLE, 1))
			add(report, " hangs: the descriptor is not available to this channel");
		else if (channel->errors & AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_ERROR_DM_ACCESS_TO_UNAVAILABLE, 1))
			add(report, " hangs: its address 0x%llX is not available to this channel",
			    (unsigned long long)channel->walk.address * 4);
		else if (channel->errors & AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_ERROR_LOCK_ACCESS_TO_UNAVAILABLE, 1))
			add(report, " hangs: its lock is not available to this channel");
		else if (channel->errors & AIE_FIELD(AIE_MEMTILE_DMA_S2MM_STATUS_ERROR_FOT_LENGTH_EXCEEDED, 1))
			add(report, " hangs: %u words came without TLAST (FoT_Mode)", channel->written);
		else
			add(report, " has faulted");
		break;
	default:
		if (channel->block == AIE_BLOCK_MEMORY && aie_dma_paused_memory(channel)) {
			add(report, " is paused (Pause_Mem)");
		} else if (channel->block == AIE_BLOCK_STREAM && aie_dma_paused_stream(channel)) {
			add(report, " is paused (Pause_Stream)");
		} else if (channel->block == AIE_BLOCK_MEMORY) {
			add(report, " waits for system memory");
		} else if (channel->mm2s) {
			add(report, " (%u of %u words to go)", channel->walk.left, channel->descriptor.length);
			if (!add_multiplexer(report, channel))
				add_backpressure(report, &channel->route);
		} else {
			struct aie_port port = { AIE_PORT_DMA, channel->index };
			bool selected;

			if (tile->kind == AIE_TILE_SHIM)
				port = (struct aie_port){
					AIE_PORT_SOUTH, (uint8_t)aie_shim_south(tile, false, channel->index, &selected)
				};
			if (channel->state == AIE_DMA_HEADER)
				add(report, " (out of order, %u packets to go)", channel->task.repeats + 1U);
			else
				add(report, " (%u of %u words to go)", channel->descriptor.length - channel->written,
				    channel->descriptor.length);
			if (!add_multiplexer(report, channel))
				add_starvation(report, &channel->sink, tile, port);
		}
		break;
	}
	finish(report);
}

static void add_port(struct report *report, const struct aie_tile *tile, const char *which, struct aie_port port)
{
	add(report, "tile (%u,%u) %s port %s%u", tile->column, tile->row, which, aie_port_kind_name(port.kind),
	    port.number);
}

static void add_merge_turn(struct report *report, const struct aie_tile *tile, unsigned arbiter)
{
	const struct aie_merge *merge = &tile->packet->merge[arbiter];
	unsigned slave = aie_merge_slave(merge, merge->position);
	struct aie_port port = aie_switch_slave(tile->kind, slave);

	if (!aie_merge_count(merge, merge->position))
		add(report, " waits for arbiter %u: all packet counts of its deterministic merge are 0", arbiter);
	else
		add(report, " waits for arbiter %u, whose deterministic merge is at slave port %s%u, packet %u of %u",
		    arbiter, aie_port_kind_name(port.kind), port.number, merge->done + 1U,
		    aie_merge_count(merge, merge->position));
}

/* The packet that stands in a slave port. */
static void report_packet(struct report *report, const struct aie_tile *tile, unsigned number)
{
	const struct aie_packet_switch *packet = tile->packet;
	const struct aie_packet_slave *slave = &packet->slave[number];
	unsigned id = aie_field_get(slave->header, AIE_PACKET_ID_LSB, AIE_PACKET_ID_WIDTH);
	const struct aie_arbiter *arbiter = &packet->arbiter[slave->arbiter];
	struct aie_port port = aie_switch_slave(tile->kind, number), owner;

	if (slave->state == AIE_PACKET_REST)
		return;
	if (slave->state == AIE_PACKET_REQUEST && arbiter->owner == AIE_NO_OWNER &&
	    (slave->arbiter >= AIE_MERGES || !packet->merge[slave->arbiter].enable))
		return; /* it gets the arbiter in the next cycle */
	add_port(report, tile, "slave", port);
	add(report, " packet with id %u", id);
	switch ((enum aie_packet_state)slave->state) {
	case AIE_PACKET_REST:
		break;
	case AIE_PACKET_NO_SLOT:
		add(report, " (header 0x%08X) fits no slot of the port", slave->header);
		break;
	case AIE_PACKET_NO_MASTER:
		add(report, ": no master port listens to its slot's arbiter %u and select", slave->arbiter);
		break;
	case AIE_PACKET_REQUEST:
		if (arbiter->owner == AIE_NO_OWNER) {
			add_merge_turn(report, tile, slave->arbiter);
			break;
		}
		owner = aie_switch_slave(tile->kind, arbiter->owner);
		add(report, " waits for arbiter %u, which slave port %s%u has", slave->arbiter,
		    aie_port_kind_name(owner.kind), owner.number);
		break;
	case AIE_PACKET_PASS:
		if (slave->sink.want || !slave->sink.route) {
			add_starvation(report, &slave->sink, tile, port);
			break;
		}
		for (uint32_t bits = slave->targets; bits; bits &= bits - 1) {
			unsigned master = (unsigned)__builtin_ctz(bits);

			if (packet->master[master].want) {
				owner = aie_switch_master(tile->kind, master);
				add(report, ", behind master port %s%u,", aie_port_kind_name(owner.kind), owner.number);
				add_backpressure(report, &packet->master[master]);
			}
		}
		break;
	}
	finish(report);
}

static void report_control(struct report *report, const struct aie_tile *tile)
{
	static const char *const errors[] = { "a stream header with wrong parity", "a control header with wrong parity",
		                              "a write to an address without register",
		                              "TLAST inside a control packet" };
	const struct aie_control_handler *control = &tile->control;

	for (unsigned i = 0; i < sizeof errors / sizeof errors[0]; i++) {
		if (!(control->status >> i & 1))
			continue;
		add(report, "tile (%u,%u) control packets: there was %s (handler status bit %u)", tile->column,
		    tile->row, errors[i], i);
		finish(report);
	}
	if (control->response.want) {
		add(report, "tile (%u,%u) answer to a control packet, %u words,", tile->column, tile->row,
		    control->left);
		add_backpressure(report, &control->response);
		finish(report);
	} else if (control->state != AIE_CONTROL_STREAM_HEADER && control->sink.want) {
		add(report, "tile (%u,%u) control packet (address 0x%05X)", tile->column, tile->row, control->address);
		add_starvation(report, &control->sink, tile, (struct aie_port){ AIE_PORT_CONTROL, 0 });
		finish(report);
	}
}

struct line {
	char *text;
	size_t size;
};

static void copy_line(void *user, const char *text)
{
	const struct line *line = user;

	snprintf(line->text, line->size, "%s", text);
}

void aie_wait_line(const struct aie_tile *tile, const struct aie_dma_channel *channel, const unsigned *port, char *text,
                   size_t size)
{
	struct line line = { text, size };
	struct report report = { .array = tile->array, .line = copy_line, .user = &line };

	text[0] = 0;
	if (channel)
		report_channel(&report, channel);
	else if (port)
		report_packet(&report, tile, *port);
	else if (tile->core.core)
		report_core(&report, tile);
}

void aie_array_waits(const struct aie_array *array, void (*line)(void *user, const char *text), void *user)
{
	struct report report = { .array = array, .line = line, .user = user };

	for (unsigned i = 0; i < array->tiles; i++) {
		const struct aie_tile *tile = &array->tile[i];

		if (tile->core.core)
			report_core(&report, tile);
		for (unsigned k = 0; k < 2 * tile->channels; k++) {
			report_channel(&report, &tile->channel[k]);
			report_dropped(&report, &tile->channel[k]);
		}
		for (uint32_t bits = tile->packet->slaves; bits; bits &= bits - 1)
			report_packet(&report, tile, (unsigned)__builtin_ctz(bits));
		report_control(&report, tile);
	}
}
