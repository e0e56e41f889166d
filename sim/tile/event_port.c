#include "sim/tile/event_port.h"

#include <stdlib.h>
#include <string.h>

#include "sim/array/internal.h"

enum { SELECTION_MASTER = 0x20, SELECTION_PORT = 0x1F, WAY_MAX = 256 };

static void forget_way(struct aie_port_watch *watch)
{
	for (unsigned i = 0; i < watch->stages; i++) {
		free(watch->stage[i].limit);
		free(watch->stage[i].time);
	}
	memset(watch->stage, 0, sizeof watch->stage);
	free(watch->crossing);
	watch->crossing = NULL;
	watch->stages = 0;
	watch->first = watch->end = 0;
	watch->route = NULL;
}

void aie_port_watch_free(struct aie_port_watch *watch)
{
	if (!watch)
		return;
	if (watch->route)
		for (struct aie_port_watch **link = &watch->route->watch; *link; link = &(*link)->next)
			if (*link == watch) {
				*link = watch->next;
				break;
			}
	forget_way(watch);
	free(watch);
}

/* ---- the way to a port ------------------------------------------------------------------------------------------- */

struct place {
	struct aie_tile *tile;
	unsigned slave;
};

/* The slave port whose words come in by a slave port; false: they come from a unit of the tile. */
static bool upstream(struct place *place)
{
	struct aie_tile *tile = place->tile;
	struct aie_port port = aie_switch_slave(tile->kind, place->slave);
	enum aie_port_kind peer;
	int master;

	switch (port.kind) {
	case AIE_PORT_FIFO:
		break;
	case AIE_PORT_SOUTH:
	case AIE_PORT_WEST:
	case AIE_PORT_NORTH:
	case AIE_PORT_EAST:
		tile = aie_port_peer(tile, (enum aie_port_kind)port.kind, &peer);
		port.kind = (uint8_t)peer;
		break;
	default:
		return false;
	}
	master = tile ? aie_switch_find_master(tile->kind, port) : -1;
	if (master < 0)
		return false;
	place->tile = tile;
	place->slave = aie_switch_source(tile, (unsigned)master);
	return place->slave < AIE_SWITCH_PORTS;
}

static unsigned masters_of(const struct aie_tile *tile, unsigned slave)
{
	unsigned count = 0;

	for (unsigned master = 0; master < aie_switch_masters(tile->kind); master++)
		count += aie_switch_source(tile, master) == slave;
	return count;
}

/* Describe the stage: `below` are the receivers behind it, the last of them at `offset` before the end of its way. */
static int make_stage(struct aie_port_stage *stage, const struct aie_route *route, const struct aie_route_target *below,
                      uint32_t count, uint32_t less_latency, uint32_t less_storage)
{
	uint32_t target = 0;

	stage->limit = calloc(count ? count : 1, sizeof *stage->limit);
	stage->time = calloc((size_t)route->mask + 1, sizeof *stage->time);
	if (!stage->limit || !stage->time)
		return -1;
	/* the receivers of the route stand in the order of the same walk */
	for (uint32_t i = 0; i < count; i++) {
		while (target < route->target_count &&
		       (route->target[target].sink != below[i].sink ||
		        route->target[target].column != below[i].column || route->target[target].row != below[i].row ||
		        route->target[target].port != below[i].port ||
		        route->target[target].port_is_slave != below[i].port_is_slave))
			target++;
		if (target == route->target_count)
			break;
		stage->limit[stage->limits++] =
		        (struct aie_port_limit){ .target = target, .room = below[i].capacity - less_storage };
		stage->offset = route->target[target].latency - (below[i].latency - less_latency);
		if (stage->next < route->target[target].tail)
			stage->next = route->target[target].tail;
	}
	return 0;
}

static int find_way(struct aie_array *array, struct aie_port_watch *watch)
{
	const struct aie_array_timing *timing = &array->timing;
	struct aie_tile *tile = watch->unit->tile;
	unsigned port = watch->selection & SELECTION_PORT;
	bool master = watch->selection & SELECTION_MASTER;
	struct place place = { tile, port }, forks[AIE_PORT_STAGES];
	struct aie_route_target *below;
	struct aie_route *route;
	unsigned count = 0, steps = 0;
	uint32_t targets;
	bool more;

	if (master && port < aie_switch_masters(tile->kind) && aie_master_in_packet_mode(tile->stream.master[port])) {
		route = &tile->packet->master[port];
		more = false;
	} else {
		if (master)
			place.slave = aie_switch_source(tile, port);
		if (place.slave >= aie_switch_slaves(tile->kind))
			return 0; /* switched off, or a port that is not there */
		route = tile->stream.through[place.slave];
		more = master || upstream(&place);
	}
	if (!route || !route->ring)
		return 0;
	/* forks in front of the port, from the port to the sender */
	for (; more && steps < WAY_MAX; steps++) {
		if (masters_of(place.tile, place.slave) > 1) {
			if (count == AIE_PORT_STAGES - 1)
				return 1;
			forks[count++] = place;
		}
		more = upstream(&place);
	}
	while (count--) {
		int failed;

		if (aie_streams_below(array, forks[count].tile, forks[count].slave, false, route, &below, &targets))
			return -1;
		failed = make_stage(&watch->stage[watch->stages++], route, below, targets, timing->stream_slave_latency,
		                    timing->stream_slave_beats);
		free(below);
		if (failed)
			return -1;
	}
	if (aie_streams_below(array, tile, port, master, route, &below, &targets))
		return -1;
	more = make_stage(&watch->stage[watch->stages++], route, below, targets, 0, 0) == 0;
	free(below);
	watch->mask = route->mask;
	watch->crossing = calloc((size_t)watch->mask + 1, sizeof *watch->crossing);
	if (!more || !watch->crossing)
		return -1;
	watch->route = route;
	watch->next = route->watch;
	route->watch = watch;
	return 0;
}

static int refuse_port(struct aie_array *array, const struct aie_port_watch *watch, const char *why)
{
	const struct aie_tile *tile = watch->unit->tile;
	unsigned index = watch->selection & SELECTION_PORT;
	struct aie_port port = watch->selection & SELECTION_MASTER ? aie_switch_master(tile->kind, index)
	                                                           : aie_switch_slave(tile->kind, index);
	struct aie_error error;

	aie_error_set(&error, AIE_ERROR_UNIMPLEMENTED,
	              "refused: events of %s port %s%u of tile (%u,%u), which Event_Port_Selection names: %s",
	              watch->selection & SELECTION_MASTER ? "master" : "slave", aie_port_kind_name(port.kind),
	              port.number, tile->column, tile->row, why);
	aie_array_set_fault(array, tile, &error);
	return 0;
}

/* Software listens to the port, not only the record. */
static bool is_asked_for(const struct aie_port_watch *watch)
{
	for (unsigned i = 0; i < AIE_PORT_MONITORS; i++)
		if (watch->unit->port[i] == watch)
			for (unsigned k = 0; k < 4; k++)
				if (aie_event_in(&watch->unit->asked, watch->unit->map->port_event + 4 * i + k))
					return true;
	return false;
}

/* The way and what has crossed so far stay when the route is as it was. */
struct progress {
	struct aie_route *route;
	unsigned stages;
	struct {
		uint64_t next, last;
	} stage[AIE_PORT_STAGES];
	struct aie_port_crossing *crossing;
	uint32_t mask;
	uint64_t first, end;
};

static void resume(struct aie_port_watch *watch, const struct progress *before)
{
	bool valid = watch->route && before->route == watch->route && before->stages == watch->stages &&
	             before->mask == watch->mask;

	for (unsigned i = 0; valid && i < watch->stages; i++)
		valid = before->stage[i].next <= watch->route->head && before->stage[i].next >= watch->stage[i].next;
	if (!valid)
		return;
	for (unsigned i = 0; i < watch->stages; i++) {
		watch->stage[i].next = before->stage[i].next;
		watch->stage[i].last = before->stage[i].last;
	}
	memcpy(watch->crossing, before->crossing, ((size_t)watch->mask + 1) * sizeof *watch->crossing);
	watch->first = before->first;
	watch->end = before->end;
}

static int attach(struct aie_array *array, struct aie_port_watch *watch)
{
	struct progress before = { .route = watch->route,
		                   .stages = watch->stages,
		                   .crossing = watch->crossing,
		                   .mask = watch->mask,
		                   .first = watch->first,
		                   .end = watch->end };
	int result;

	for (unsigned i = 0; i < watch->stages; i++) {
		before.stage[i].next = watch->stage[i].next;
		before.stage[i].last = watch->stage[i].last;
	}
	watch->crossing = NULL;
	forget_way(watch);
	result = find_way(array, watch);
	if (result == 0)
		resume(watch, &before);
	free(before.crossing);
	if (result > 0) {
		forget_way(watch);
		return is_asked_for(watch) ? refuse_port(array, watch, "too many forks in front of it") : 0;
	}
	aie_event_due(watch->unit);
	return result;
}

int aie_ports_attach(struct aie_array *array)
{
	array->ports_dirty = false;
	for (unsigned i = 0; i < array->units; i++)
		array->channel[i].route.watch = NULL;
	for (unsigned i = 0; i < array->tiles; i++) {
		struct aie_tile *tile = &array->tile[i];

		tile->core.route.watch = tile->control.response.watch = NULL;
		for (unsigned k = 0; k < AIE_TRACE_ROUTES; k++)
			tile->trace_route[k].watch = NULL;
		for (unsigned k = 0; k < AIE_SWITCH_PORTS; k++)
			tile->packet->master[k].watch = NULL;
	}
	for (unsigned i = 0; i < array->events.units; i++)
		for (unsigned k = 0; k < AIE_PORT_MONITORS; k++)
			if (array->events.unit[i].port[k] && attach(array, array->events.unit[i].port[k]))
				return -1;
	for (unsigned i = 0; i < array->events.units; i++)
		for (unsigned k = 0; k < AIE_PORT_MONITORS; k++) {
			struct aie_port_watch *watch = array->events.unit[i].port[k];

			if (watch && watch->route)
				aie_ports_update(array, watch->route);
		}
	return 0;
}

/* ---- beats ------------------------------------------------------------------------------------------------------- */

static bool has_room(const struct aie_port_stage *stage, const struct aie_route *route)
{
	for (uint32_t i = 0; i < stage->limits; i++)
		if (stage->next >= route->target[stage->limit[i].target].tail + stage->limit[i].room)
			return false;
	return true;
}

static struct aie_port_crossing *newest(struct aie_port_watch *watch)
{
	return &watch->crossing[(watch->end - 1) & watch->mask];
}

/* A beat is offered to the port at `offered`, and crosses at `cycle` or at a time not yet known. */
static void note(struct aie_port_watch *watch, uint64_t offered, uint64_t cycle, bool last)
{
	if (watch->end > watch->first && newest(watch)->cycle == UINT64_MAX) {
		newest(watch)->cycle = cycle;
		return;
	}
	if (watch->end - watch->first > watch->mask)
		watch->first++; /* nobody looks: the unit does not listen */
	watch->end++;
	*newest(watch) = (struct aie_port_crossing){ offered, cycle, last };
}

static void run_stage(struct aie_port_watch *watch, unsigned number, uint64_t now)
{
	const struct aie_route *route = watch->route;
	struct aie_port_stage *stage = &watch->stage[number];
	const struct aie_port_stage *before = number ? stage - 1 : NULL;
	bool final = number + 1 == watch->stages;

	while (stage->next < (before ? before->next : route->head)) {
		const struct aie_beat *beat = &route->ring[stage->next & route->mask];
		uint64_t offered = before ? before->time[stage->next & route->mask] + (stage->offset - before->offset)
		                          : beat->time + stage->offset;
		uint64_t cycle;

		if (offered <= stage->last)
			offered = stage->last + 1;
		if (!has_room(stage, route)) {
			if (final && !stage->blocked)
				note(watch, offered, UINT64_MAX, beat->last);
			stage->blocked = true;
			return;
		}
		cycle = offered;
		if (stage->blocked && cycle <= now)
			cycle = now + 1;
		stage->blocked = false;
		stage->time[stage->next & route->mask] = cycle;
		stage->last = cycle;
		stage->next++;
		if (final)
			note(watch, offered, cycle, beat->last);
	}
}

void aie_ports_update(struct aie_array *array, struct aie_route *route)
{
	uint64_t now = aie_now(array);

	for (struct aie_port_watch *watch = route->watch; watch; watch = watch->next) {
		for (unsigned i = 0; i < watch->stages; i++)
			run_stage(watch, i, now);
		aie_event_due(watch->unit);
	}
}

unsigned aie_port_state(struct aie_port_watch *watch, uint64_t cycle, uint64_t *next)
{
	const struct aie_port_crossing *first;
	uint64_t run = cycle + 1;

	while (watch->first < watch->end && watch->crossing[watch->first & watch->mask].cycle < cycle)
		watch->first++;
	*next = UINT64_MAX;
	if (watch->first == watch->end)
		return AIE_PORT_STATE_IDLE;
	first = &watch->crossing[watch->first & watch->mask];
	if (first->offered > cycle) {
		*next = first->offered;
		return AIE_PORT_STATE_IDLE;
	}
	if (first->cycle > cycle) {
		*next = first->cycle;
		return AIE_PORT_STATE_STALLED;
	}
	*next = run;
	if (first->last)
		return AIE_PORT_STATE_RUNNING | AIE_PORT_STATE_TLAST;
	for (uint64_t i = watch->first + 1; i < watch->end; i++, run++) {
		const struct aie_port_crossing *more = &watch->crossing[i & watch->mask];

		if (more->cycle != run || more->last)
			break;
	}
	*next = run;
	return AIE_PORT_STATE_RUNNING;
}
