#include "sim/array/stream.h"

#include <stdlib.h>
#include <string.h>

#include "sim/array/internal.h"

/* ---- ports ------------------------------------------------------------------------------------------------------- */

/* Shim multiplexers: which field of Mux_Config or Demux_Config a South port hangs on, and the DMA channel behind
 * value 1. */
enum { SHIM_MUX_PL = 0, SHIM_MUX_DMA = 1 };

struct shim_mux {
	uint8_t port;
	int channel; /* -1: none */
	uint8_t lsb;
};

static const struct shim_mux shim_inputs[] = {
	{ 2, -1, AIE_SHIM_MUX_CONFIG_SOUTH2_LSB },
	{ 3, 0, AIE_SHIM_MUX_CONFIG_SOUTH3_LSB },
	{ 6, -1, AIE_SHIM_MUX_CONFIG_SOUTH6_LSB },
	{ 7, 1, AIE_SHIM_MUX_CONFIG_SOUTH7_LSB },
};
static const struct shim_mux shim_outputs[] = {
	{ 2, 0, AIE_SHIM_DEMUX_CONFIG_SOUTH2_LSB },
	{ 3, 1, AIE_SHIM_DEMUX_CONFIG_SOUTH3_LSB },
	{ 4, -1, AIE_SHIM_DEMUX_CONFIG_SOUTH4_LSB },
	{ 5, -1, AIE_SHIM_DEMUX_CONFIG_SOUTH5_LSB },
};

#define LIST(array) (array), sizeof(array) / sizeof(array)[0]

unsigned aie_switch_masters(enum aie_tile_kind kind)
{
	return aie_switch_port_count(kind, true);
}

unsigned aie_switch_slaves(enum aie_tile_kind kind)
{
	return aie_switch_port_count(kind, false);
}

static struct aie_port port_at(enum aie_tile_kind kind, bool master, unsigned index)
{
	unsigned number = 0;
	enum aie_port_bundle bundle = aie_port_bundle(kind, master, index, &number);

	return (struct aie_port){ (uint8_t)bundle, (uint8_t)number };
}

struct aie_port aie_switch_master(enum aie_tile_kind kind, unsigned index)
{
	return port_at(kind, true, index);
}

struct aie_port aie_switch_slave(enum aie_tile_kind kind, unsigned index)
{
	return port_at(kind, false, index);
}

static int find_port(enum aie_tile_kind kind, bool master, struct aie_port port)
{
	struct aie_port_range range = aie_switch_ports(kind, master, (enum aie_port_bundle)port.kind);

	return port.number < range.count ? range.first + port.number : -1;
}

int aie_switch_find_master(enum aie_tile_kind kind, struct aie_port port)
{
	return find_port(kind, true, port);
}

int aie_switch_find_slave(enum aie_tile_kind kind, struct aie_port port)
{
	return find_port(kind, false, port);
}

const char *aie_port_kind_name(enum aie_port_kind kind)
{
	return kind == AIE_PORT_NONE ? "none" : aie_port_bundle_name((enum aie_port_bundle)kind);
}

struct aie_tile *aie_port_peer(const struct aie_tile *tile, enum aie_port_kind kind, enum aie_port_kind *peer)
{
	static const struct {
		uint8_t side, peer;
	} wires[] = {
		[AIE_PORT_SOUTH] = { AIE_TO_SOUTH, AIE_PORT_NORTH },
		[AIE_PORT_WEST] = { AIE_TO_WEST, AIE_PORT_EAST },
		[AIE_PORT_NORTH] = { AIE_TO_NORTH, AIE_PORT_SOUTH },
		[AIE_PORT_EAST] = { AIE_TO_EAST, AIE_PORT_WEST },
	};

	*peer = (enum aie_port_kind)wires[kind].peer;
	return aie_tile_neighbour(tile, (enum aie_side)wires[kind].side);
}

/* ---- routes at run time ------------------------------------------------------------------------------------------ */

bool aie_route_empty(const struct aie_route *route)
{
	for (uint32_t i = 0; i < route->target_count; i++)
		if (route->target[i].tail != route->head)
			return false;
	return true;
}

uint64_t aie_sink_ready(const struct aie_sink *sink, uint32_t words)
{
	const struct aie_route *route = sink->route;
	const struct aie_route_target *target = sink->target;
	uint64_t end = sink->taken + words, beat, arrival, port;

	if (!route || route->words < end)
		return AIE_NEVER;
	beat = target->tail + (words - 1) / 2; /* no beat has more than two words */
	while (route->ring[beat & route->mask].end < end)
		beat++;
	if (route->target_count > 1)
		for (uint32_t i = 0; i < route->target_count; i++)
			if (&route->target[i] != target && beat >= route->target[i].tail + route->target[i].branch)
				return AIE_NEVER;
	arrival = route->ring[beat & route->mask].time + target->latency;
	port = sink->clock + (beat - target->tail) + 1;
	return arrival > port ? arrival : port;
}

static void wake_sink(struct aie_array *array, struct aie_sink *sink)
{
	uint64_t ready = aie_sink_ready(sink, sink->want);

	if (ready == AIE_NEVER)
		return;
	sink->want = 0;
	aie_array_wake(array, sink->entity, ready);
}

void aie_route_notify(struct aie_array *array, struct aie_route *route)
{
	for (uint32_t i = 0; i < route->target_count; i++) {
		struct aie_sink *sink = route->target[i].sink;

		if (sink && sink->want)
			wake_sink(array, sink);
	}
	if (__builtin_expect(route->watch != NULL, 0))
		aie_ports_update(array, route);
}

void aie_sink_take(struct aie_array *array, struct aie_sink *sink, uint32_t *out, uint32_t words, uint64_t now,
                   bool *last)
{
	struct aie_route *route = sink->route;
	struct aie_route_target *target = sink->target;
	uint64_t arrival = 0, beats = 0, floor = now > sink->depth ? now - sink->depth : 0;

	while (words) {
		const struct aie_beat *beat = &route->ring[target->tail & route->mask];
		uint32_t left = (uint32_t)(beat->end - sink->taken);

		while (left && words) {
			*out++ = beat->word[beat->count - left];
			sink->taken++;
			left--;
			words--;
		}
		arrival = beat->time + target->latency;
		if (last)
			*last = !left && beat->last;
		if (!left) {
			target->tail++;
			beats++;
		}
	}
	if (!beats)
		return;
	sink->clock += beats;
	if (sink->clock < arrival)
		sink->clock = arrival;
	if (sink->clock < floor)
		sink->clock = floor;
	if (route->want && aie_route_space(route) >= route->want) {
		route->want = 0;
		aie_array_wake(array, route->entity, now + 1);
	}
	if (route->target_count > 1)
		aie_route_notify(array, route);
	else if (__builtin_expect(route->watch != NULL, 0))
		aie_ports_update(array, route);
}

bool aie_route_send_word(struct aie_array *array, struct aie_route *route, uint32_t word, bool last)
{
	if (aie_route_space(route) == 0)
		return false;
	aie_route_push(route, aie_now(array), word, 0, 1, last);
	aie_route_notify(array, route);
	return true;
}

uint32_t aie_sink_packet_words(const struct aie_sink *sink, uint32_t limit, bool *last)
{
	const struct aie_route *route = sink->route;

	*last = false;
	if (!route)
		return limit;
	for (uint64_t beat = sink->target->tail; beat < route->head; beat++) {
		const struct aie_beat *at = &route->ring[beat & route->mask];

		if (at->end - sink->taken > limit)
			break;
		if (at->last) {
			*last = true;
			return (uint32_t)(at->end - sink->taken);
		}
	}
	return limit;
}

/* ---- tracing ----------------------------------------------------------------------------------------------------- */

enum { NO_FORK = UINT32_MAX };

struct trace {
	struct aie_array *array;
	struct aie_route *route;
	struct aie_route_target *target;
	uint32_t count, room;
	bool no_memory;
};

struct way {
	uint32_t latency, storage;
	uint32_t branch; /* storage behind the first fork, NO_FORK before it */
};

static struct way way_add(struct way way, uint32_t latency, uint32_t storage)
{
	way.latency += latency;
	way.storage += storage;
	if (way.branch != NO_FORK)
		way.branch += storage;
	return way;
}

static void add_target(struct trace *trace, struct way way, struct aie_sink *sink, const struct aie_tile *tile,
                       unsigned port, bool slave, enum aie_route_end end, const char *reason)
{
	struct aie_route_target *target;

	if (trace->count == trace->room) {
		uint32_t room = trace->room ? trace->room * 2 : 4;
		struct aie_route_target *grown = realloc(trace->target, room * sizeof *grown);

		if (!grown) {
			trace->no_memory = true;
			return;
		}
		trace->target = grown;
		trace->room = room;
	}
	target = &trace->target[trace->count++];
	memset(target, 0, sizeof *target);
	target->sink = sink;
	target->end = end;
	target->column = tile->column;
	target->row = tile->row;
	target->port = (uint8_t)port;
	target->port_is_slave = slave;
	target->reason = reason;
	target->latency = way.latency;
	target->storage = way.storage;
	target->capacity = way.storage + (sink ? sink->depth : 0);
	target->branch = way.branch == NO_FORK ? target->capacity : way.branch + (sink ? sink->depth : 0);
}

static const struct shim_mux *find_mux(const struct shim_mux *list, unsigned count, unsigned port)
{
	for (unsigned i = 0; i < count; i++)
		if (list[i].port == port)
			return &list[i];
	return NULL;
}

static void trace_slave(struct trace *trace, struct aie_tile *tile, unsigned slave, struct way way);

static void trace_shim_output(struct trace *trace, struct aie_tile *tile, unsigned master, unsigned number,
                              struct way way)
{
	const struct shim_mux *mux = find_mux(LIST(shim_outputs), number);
	uint32_t select = mux ? tile->demux >> mux->lsb & 3 : SHIM_MUX_PL;

	if (!mux)
		add_target(trace, way, NULL, tile, master, false, AIE_END_REFUSED,
		           "streams to the management processor are not modelled");
	else if (select == SHIM_MUX_PL)
		add_target(trace, way, NULL, tile, master, false, AIE_END_DEAD,
		           "Demux_Config selects PL, which is not there");
	else if (select == SHIM_MUX_DMA && mux->channel >= 0)
		add_target(trace, way, &tile->channel[mux->channel].sink, tile, master, false, AIE_END_SINK, NULL);
	else
		add_target(trace, way, NULL, tile, master, false, AIE_END_REFUSED,
		           "streams to the NoC (Demux_Config) are not modelled");
}

static void trace_master(struct trace *trace, struct aie_tile *tile, unsigned master, struct way way)
{
	const struct aie_array_timing *timing = &trace->array->timing;
	struct aie_port port = aie_switch_master(tile->kind, master);
	struct way local = way_add(way, timing->stream_local_master_latency, timing->stream_local_master_beats);
	struct way external =
	        way_add(way, timing->stream_external_master_latency, timing->stream_external_master_beats);
	enum aie_port_kind peer;
	struct aie_tile *next;
	int slave = -1;

	switch (port.kind) {
	case AIE_PORT_DMA:
		add_target(trace, local, &tile->channel[port.number].sink, tile, master, false, AIE_END_SINK, NULL);
		return;
	case AIE_PORT_CORE:
		add_target(trace, local, &tile->core.sink, tile, master, false, AIE_END_SINK, NULL);
		return;
	case AIE_PORT_CONTROL:
		add_target(trace, local, &tile->control.sink, tile, master, false, AIE_END_SINK, NULL);
		return;
	case AIE_PORT_FIFO:
		slave = aie_switch_find_slave(tile->kind, port);
		trace_slave(trace, tile, (unsigned)slave,
		            way_add(local, timing->stream_fifo_latency, timing->stream_fifo_beats));
		return;
	default:
		break;
	}
	if (tile->kind == AIE_TILE_SHIM && port.kind == AIE_PORT_SOUTH) {
		trace_shim_output(trace, tile, master, port.number, external);
		return;
	}
	next = aie_port_peer(tile, (enum aie_port_kind)port.kind, &peer);
	if (next)
		slave = aie_switch_find_slave(next->kind, (struct aie_port){ (uint8_t)peer, port.number });
	if (slave < 0)
		add_target(trace, external, NULL, tile, master, false, AIE_END_DEAD,
		           "nothing is there, or it is isolated (Tile_Control)");
	else
		trace_slave(trace, next, (unsigned)slave, external);
}

/* The first master port from `first` on that takes from the slave port as a circuit, or -1. */
static int circuit_master_of(const struct aie_tile *tile, unsigned slave, unsigned first)
{
	for (unsigned master = first; master < aie_switch_masters(tile->kind); master++) {
		uint32_t word = tile->stream.master[master];

		if (!AIE_FIELD_GET(word, AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_MASTER_ENABLE) ||
		    aie_master_in_packet_mode(word))
			continue;
		/* circuit mode: bits 4:0 of Configuration are the slave port (documented) */
		if ((AIE_FIELD_GET(word, AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_CONFIGURATION) & 0x1F) == slave)
			return (int)master;
	}
	return -1;
}

/* A slave port is fed by one wire and a master port by one slave port, so the ways from a sender form a tree: no way
 * comes to the same port twice, and a ring of ports cannot be reached from any sender. */
static void trace_slave(struct trace *trace, struct aie_tile *tile, unsigned slave, struct way way)
{
	const struct aie_array_timing *timing = &trace->array->timing;
	uint32_t config = tile->stream.slave[slave];
	unsigned taken = 0;

	tile->stream.through[slave] = trace->route;
	if (!AIE_FIELD_GET(config, AIE_CORE_STREAM_SWITCH_SLAVE_CONFIG_DMA_SLAVE_ENABLE)) {
		add_target(trace, way, NULL, tile, slave, true, AIE_END_DEAD, "the slave port is not enabled");
		return;
	}
	way = way_add(way, timing->stream_slave_latency, timing->stream_slave_beats);
	if (aie_slave_in_packet_mode(config)) {
		if (circuit_master_of(tile, slave, 0) < 0)
			add_target(trace, way, &tile->packet->slave[slave].sink, tile, slave, true, AIE_END_SINK, NULL);
		else
			add_target(trace, way, NULL, tile, slave, true, AIE_END_REFUSED,
			           "a master port in circuit mode takes from a slave port in packet mode, which is "
			           "undefined");
		return;
	}
	for (unsigned pass = 0; pass < 2; pass++) {
		if (pass && taken > 1 && way.branch == NO_FORK)
			way.branch = 0;
		for (int master = circuit_master_of(tile, slave, 0); master >= 0;
		     master = circuit_master_of(tile, slave, (unsigned)master + 1)) {
			if (pass)
				trace_master(trace, tile, (unsigned)master, way);
			else
				taken++;
		}
	}
	if (!taken)
		add_target(trace, way, NULL, tile, slave, true, AIE_END_DEAD,
		           "no master port takes from the slave port");
}

static bool same_targets(const struct trace *trace, const struct aie_route *route)
{
	if (trace->count != route->target_count)
		return false;
	for (uint32_t i = 0; i < trace->count; i++) {
		const struct aie_route_target *a = &trace->target[i], *b = &route->target[i];

		if (a->sink != b->sink || a->end != b->end || a->column != b->column || a->row != b->row ||
		    a->port != b->port || a->port_is_slave != b->port_is_slave || a->latency != b->latency ||
		    a->capacity != b->capacity || a->branch != b->branch)
			return false;
	}
	return true;
}

void aie_route_free(struct aie_route *route)
{
	free(route->ring);
	free(route->target);
	route->ring = NULL;
	route->target = NULL;
	route->target_count = 0;
}

void aie_route_drop(struct aie_route *route)
{
	for (uint32_t i = 0; i < route->target_count; i++) {
		struct aie_sink *sink = route->target[i].sink;

		if (sink && sink->route == route) {
			sink->route = NULL;
			sink->target = NULL;
		}
	}
	aie_route_free(route);
}

/* Where a route starts: at a slave port, or at a master port in packet mode. */
struct start {
	struct aie_tile *tile;
	int slave, master; /* -1: not there */
	uint32_t latency;
};

static int trace_route(struct aie_array *array, struct aie_route *route, struct start start)
{
	struct trace trace = { .array = array, .route = route };
	struct way way = { start.latency, 0, NO_FORK };
	uint32_t size = 1, largest = 0;

	if (start.slave >= 0)
		trace_slave(&trace, start.tile, (unsigned)start.slave, way);
	else if (start.master >= 0)
		trace_master(&trace, start.tile, (unsigned)start.master, way);
	if (trace.no_memory) {
		free(trace.target);
		return -1;
	}
	for (uint32_t i = 0; i < trace.count; i++) {
		struct aie_route_target *target = &trace.target[i];

		target->capacity += route->egress;
		if (target->sink && target->sink->entity < array->units)
			target->latency += array->timing.dma_s2mm_latency;
		if (largest < target->capacity)
			largest = target->capacity;
	}
	if (!same_targets(&trace, route)) {
		struct aie_beat *ring;

		while (size < largest)
			size *= 2;
		ring = malloc(size * sizeof *ring);
		if (!ring) {
			free(trace.target);
			return -1;
		}
		aie_route_free(route);
		route->ring = ring;
		route->mask = size - 1;
		route->target = trace.target;
		route->target_count = trace.count;
		route->head = route->words = 0;
		for (uint32_t i = 0; i < trace.count; i++)
			if (trace.target[i].sink)
				trace.target[i].sink->taken = 0;
	} else {
		free(trace.target);
	}
	route->refused = false;
	for (uint32_t i = 0; i < route->target_count; i++) {
		struct aie_route_target *target = &route->target[i];

		if (target->end == AIE_END_REFUSED)
			route->refused = true;
		if (target->sink) {
			target->sink->route = route;
			target->sink->target = target;
		}
	}
	return 0;
}

unsigned aie_switch_source(const struct aie_tile *tile, unsigned master)
{
	uint32_t word = master < aie_switch_masters(tile->kind) ? tile->stream.master[master] : 0;

	if (!AIE_FIELD_GET(word, AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_MASTER_ENABLE) ||
	    aie_master_in_packet_mode(word))
		return AIE_SWITCH_PORTS;
	return AIE_FIELD_GET(word, AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_CONFIGURATION) & 0x1F;
}

int aie_streams_below(struct aie_array *array, struct aie_tile *tile, unsigned port, bool master,
                      struct aie_route *route, struct aie_route_target **targets, uint32_t *count)
{
	const struct aie_array_timing *timing = &array->timing;
	struct trace trace = { .array = array, .route = route };
	struct way way = { 0, 0, NO_FORK }, own = way;

	if (master) {
		enum aie_port_kind kind = aie_switch_master(tile->kind, port).kind;
		bool local = kind == AIE_PORT_CORE || kind == AIE_PORT_DMA || kind == AIE_PORT_CONTROL ||
		             kind == AIE_PORT_FIFO;

		own = local ? way_add(own, timing->stream_local_master_latency, timing->stream_local_master_beats)
		            : way_add(own, timing->stream_external_master_latency,
		                      timing->stream_external_master_beats);
		trace_master(&trace, tile, port, way);
	} else {
		trace_slave(&trace, tile, port, way);
	}
	for (uint32_t i = 0; i < trace.count; i++) {
		struct aie_route_target *target = &trace.target[i];

		if (target->sink && target->sink->entity < array->units)
			target->latency += timing->dma_s2mm_latency;
		target->latency -= own.latency;
		target->capacity -= own.storage;
	}
	*targets = trace.target;
	*count = trace.count;
	if (trace.no_memory) {
		free(trace.target);
		return -1;
	}
	return 0;
}

unsigned aie_shim_south(const struct aie_tile *tile, bool mm2s, unsigned channel, bool *selected)
{
	const struct shim_mux *mux = mm2s ? shim_inputs : shim_outputs;

	while (mux->channel != (int)channel)
		mux++;
	*selected = ((mm2s ? tile->mux : tile->demux) >> mux->lsb & 3) == SHIM_MUX_DMA;
	return mux->port;
}

/* The slave port behind which an MM2S channel sits, -1 when the shim's multiplexer selects something else. */
static int channel_slave(const struct aie_dma_channel *channel)
{
	const struct aie_tile *tile = channel->tile;
	struct aie_port port = { AIE_PORT_DMA, channel->index };
	bool selected = true;

	if (tile->kind == AIE_TILE_SHIM)
		port = (struct aie_port){ AIE_PORT_SOUTH,
			                  (uint8_t)aie_shim_south(tile, true, channel->index, &selected) };
	return selected ? aie_switch_find_slave(tile->kind, port) : -1;
}

static void unlink_sink(struct aie_sink *sink)
{
	sink->route = NULL;
	sink->target = NULL;
}

/* Routes from the packet switch, the control packet handler and the trace units of a tile. */
static int trace_switch(struct aie_array *array, struct aie_tile *tile)
{
	struct aie_packet_switch *packet = tile->packet;
	struct start start = { .tile = tile, .slave = -1, .master = -1 };
	int failed = 0;

	packet->slaves = 0;
	for (unsigned i = 0; i < aie_switch_slaves(tile->kind); i++)
		if (aie_slave_in_packet_mode(tile->stream.slave[i]))
			packet->slaves |= UINT32_C(1) << i;
	for (unsigned i = 0; i < aie_switch_masters(tile->kind); i++) {
		start.master = (int)i;
		if (aie_master_in_packet_mode(tile->stream.master[i]))
			failed |= trace_route(array, &packet->master[i], start);
		else
			aie_route_drop(&packet->master[i]);
	}
	for (unsigned i = 0; i < aie_switch_slaves(tile->kind); i++) {
		struct aie_port port = aie_switch_slave(tile->kind, i);
		struct aie_route *route = port.kind == AIE_PORT_CONTROL ? &tile->control.response
		                          : port.kind == AIE_PORT_TRACE ? &tile->trace_route[port.number]
		                                                        : NULL;

		if (!route)
			continue;
		start.slave = (int)i;
		if (AIE_FIELD_GET(tile->stream.slave[i], AIE_CORE_STREAM_SWITCH_SLAVE_CONFIG_DMA_SLAVE_ENABLE))
			failed |= trace_route(array, route, start);
		else
			aie_route_drop(route);
	}
	return failed;
}

/* Whoever slept on a route looks again. */
static void wake_all(struct aie_array *array)
{
	for (unsigned i = 0; i < array->units; i++) {
		struct aie_dma_channel *channel = &array->channel[i];

		channel->sink.want = channel->route.want = 0;
		if (channel->state != AIE_DMA_IDLE)
			aie_array_wake(array, i, aie_now(array));
	}
	for (unsigned i = 0; i < array->tiles; i++) {
		struct aie_tile *tile = &array->tile[i];

		tile->core.sink.want = tile->core.route.want = 0;
		if (tile->core.asleep)
			aie_array_wake(array, AIE_ENTITY_CORE | i, aie_now(array));
		tile->control.sink.want = tile->control.response.want = 0;
		for (unsigned k = 0; k < AIE_SWITCH_PORTS; k++)
			tile->packet->slave[k].sink.want = tile->packet->master[k].want = 0;
		if (tile->packet->slaves || tile->control.sink.route || aie_control_busy(tile))
			aie_array_wake(array, aie_switch_unit(array, tile), aie_now(array));
		for (unsigned k = 0; k < AIE_TRACE_ROUTES; k++)
			tile->trace_route[k].want = 0;
		aie_array_wake(array, AIE_ENTITY_TRACE | i, aie_now(array));
	}
}

int aie_streams_trace(struct aie_array *array)
{
	const struct aie_array_timing *timing = &array->timing;
	int failed = 0;

	for (unsigned i = 0; i < array->tiles; i++) {
		struct aie_tile *tile = &array->tile[i];

		memset(tile->stream.through, 0, sizeof tile->stream.through);
		unlink_sink(&tile->core.sink);
		unlink_sink(&tile->control.sink);
		for (unsigned k = 0; k < tile->channels; k++)
			unlink_sink(&tile->channel[k].sink);
		for (unsigned k = 0; k < AIE_SWITCH_PORTS; k++)
			unlink_sink(&tile->packet->slave[k].sink);
	}
	for (unsigned i = 0; i < array->tiles; i++) {
		struct aie_tile *tile = &array->tile[i];
		struct start start = { .tile = tile, .slave = -1, .master = -1 };

		if (tile->core.core) {
			start.slave = aie_switch_find_slave(tile->kind, (struct aie_port){ AIE_PORT_CORE, 0 });
			failed |= trace_route(array, &tile->core.route, start);
		}
		start.latency = tile->kind == AIE_TILE_MEMORY ? timing->memtile_mm2s_latency : timing->dma_mm2s_latency;
		for (unsigned k = 0; k < tile->channels; k++) {
			struct aie_dma_channel *channel = &tile->channel[tile->channels + k];

			start.slave = channel_slave(channel);
			failed |= trace_route(array, &channel->route, start);
		}
		failed |= trace_switch(array, tile);
	}
	wake_all(array);
	array->routes_dirty = false;
	array->ports_dirty = true;
	return failed;
}

int aie_switch_check_idle(const struct aie_tile *tile, unsigned slave, struct aie_error *error)
{
	const struct aie_route *route = tile->stream.through[slave];
	struct aie_port port = aie_switch_slave(tile->kind, slave);

	if (!route || aie_route_empty(route))
		return 0;
	return aie_error_set(
	        error, AIE_ERROR_UNSUPPORTED,
	        "tile (%u,%u): the stream through slave port %s%u is re-routed while data is on its way: what the "
	        "hardware does with it is not established",
	        tile->column, tile->row, aie_port_kind_name(port.kind), port.number);
}
