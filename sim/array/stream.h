/* Streams: the switches of all tiles, and the circuits that go through them.
 *
 * A circuit is traced once, when switch registers have changed, from the port that sends (DMA MM2S, core) through every
 * switch to all ports that receive, and becomes one route: a ring of beats with, for each receiver, the latency of the
 * way and the beats that fit on it.  So a beat costs the same however far it goes.  (switch latencies and storage:
 * AM020/AM027)
 *
 * Where a circuit meets a slave port in packet mode it ends; sim/array/packet.h takes the beats from there, and every
 * master port in packet mode starts a circuit of its own.
 *
 * A beat is 8 bytes, low word first; a core's 32-bit port makes beats of one word.  (assumed 64-bit wires on AIE2P:
 * traces of published runs show 8 bytes a beat)  A beat that several receivers share is sent when all of them have
 * room; one that stands still holds the others as soon as its own branch is full.
 *
 * The FIFOs of the DMA channels at both ends are part of the ring's capacity; a receiver takes beats at the rate of its
 * port however many wait (`clock`).
 */
#ifndef AIE_SIM_ARRAY_STREAM_H
#define AIE_SIM_ARRAY_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/image/ports.h"
#include "driver/image/registers.h"
#include "isa/error.h"
#include "sim/array/schedule.h"
#include "sim/array/timing.h"

struct aie_array;
struct aie_tile;
struct aie_port_watch;

/* ---- ports of a switch ------------------------------------------------------------------------------------------- */

enum aie_port_kind {
	AIE_PORT_CORE = AIE_BUNDLE_CORE,
	AIE_PORT_DMA = AIE_BUNDLE_DMA,
	AIE_PORT_CONTROL = AIE_BUNDLE_CONTROL,
	AIE_PORT_FIFO = AIE_BUNDLE_FIFO,
	AIE_PORT_SOUTH = AIE_BUNDLE_SOUTH,
	AIE_PORT_WEST = AIE_BUNDLE_WEST,
	AIE_PORT_NORTH = AIE_BUNDLE_NORTH,
	AIE_PORT_EAST = AIE_BUNDLE_EAST,
	AIE_PORT_TRACE = AIE_BUNDLE_TRACE,
	AIE_PORT_NONE = AIE_PORT_BUNDLES
};

enum { AIE_SWITCH_PORTS = AIE_SWITCH_PORTS_MAX };

struct aie_port {
	uint8_t kind; /* enum aie_port_kind */
	uint8_t number;
};

unsigned aie_switch_masters(enum aie_tile_kind kind);
unsigned aie_switch_slaves(enum aie_tile_kind kind);
struct aie_port aie_switch_master(enum aie_tile_kind kind, unsigned index);
struct aie_port aie_switch_slave(enum aie_tile_kind kind, unsigned index);
/* Index of a port, or -1. */
int aie_switch_find_master(enum aie_tile_kind kind, struct aie_port port);
int aie_switch_find_slave(enum aie_tile_kind kind, struct aie_port port);
const char *aie_port_kind_name(enum aie_port_kind kind);
/* The tile at the other end of the wires of a South, West, North or East port, and the kind of the ports there; NULL
 * where there is none or the two are isolated from each other. */
struct aie_tile *aie_port_peer(const struct aie_tile *tile, enum aie_port_kind kind, enum aie_port_kind *peer);

/* ---- routes ------------------------------------------------------------------------------------------------------ */

struct aie_beat {
	uint64_t time; /* leaves the sender */
	uint64_t end;  /* words sent up to and with this beat */
	uint32_t word[2];
	uint8_t count; /* 1 or 2 */
	bool last;
};

/* A receiver: an S2MM channel, a core, a slave port in packet mode or a tile's control packet handler. */
struct aie_sink {
	struct aie_route *route;
	struct aie_route_target *target;
	uint64_t taken;  /* words */
	uint64_t clock;  /* when the port took the last beat */
	uint32_t depth;  /* beats that may have piled up behind the port */
	uint32_t want;   /* words it sleeps for; 0: it does not sleep */
	uint32_t entity; /* whom to wake, see aie_array_wake() */
};

enum aie_route_end { AIE_END_SINK, AIE_END_DEAD, AIE_END_REFUSED };

struct aie_route_target {
	struct aie_sink *sink; /* NULL: the way ends nowhere */
	enum aie_route_end end;
	uint8_t column, row, port; /* where it ends: slave port index when port_is_slave */
	bool port_is_slave;
	const char *reason; /* of a dead or refused end */
	uint32_t latency;   /* from leaving the sender to being at the receiver */
	uint32_t storage;   /* beats on the way, switches only */
	uint32_t capacity;  /* storage and the FIFOs of both ends */
	uint32_t branch;    /* part of capacity behind the first fork; equal to capacity without one */
	uint64_t tail;      /* beats taken */
};

struct aie_route {
	struct aie_beat *ring;
	uint32_t mask;
	uint32_t target_count;
	struct aie_route_target *target;
	uint64_t head;   /* beats sent */
	uint64_t words;  /* words sent */
	uint32_t egress; /* beats that fit in front of the first switch */
	uint32_t want;   /* beats of room the sender sleeps for; 0: it does not sleep */
	uint32_t entity;
	bool refused;                 /* some way leads into what the model refuses */
	struct aie_port_watch *watch; /* monitored ports on the way, see sim/tile/event_port.h */
};

/* Beats that the sender may send now without anybody overflowing; 0 when the port leads nowhere. */
static inline uint32_t aie_route_space(const struct aie_route *route)
{
	uint64_t space = UINT32_MAX;

	for (uint32_t i = 0; i < route->target_count; i++) {
		const struct aie_route_target *target = &route->target[i];
		uint64_t used = route->head - target->tail;
		uint64_t left = used < target->capacity ? target->capacity - used : 0;

		if (left < space)
			space = left;
	}
	return route->target_count ? (uint32_t)space : 0;
}

/* All beats sent so far have left the sender's FIFO. */
static inline bool aie_route_accepted(const struct aie_route *route)
{
	for (uint32_t i = 0; i < route->target_count; i++)
		if (route->head - route->target[i].tail + route->egress > route->target[i].capacity)
			return false;
	return true;
}

/* Nothing is under way. */
bool aie_route_empty(const struct aie_route *route);

static inline void aie_route_push(struct aie_route *route, uint64_t time, uint32_t low, uint32_t high, unsigned count,
                                  bool last)
{
	struct aie_beat *beat = &route->ring[route->head++ & route->mask];

	route->words += count;
	beat->time = time;
	beat->end = route->words;
	beat->word[0] = low;
	beat->word[1] = high;
	beat->count = (uint8_t)count;
	beat->last = last;
}

/* A 32-bit port (trace unit, control responses) sends a word; false: no room, or the port is not routed. */
bool aie_route_send_word(struct aie_array *array, struct aie_route *route, uint32_t word, bool last);

/* After a group of pushes: wake receivers that sleep for what has come. */
void aie_route_notify(struct aie_array *array, struct aie_route *route);

/* The cycle in which `words` more words can be taken; AIE_NEVER when they have not been sent (or another branch holds
 * them). */
uint64_t aie_sink_ready(const struct aie_sink *sink, uint32_t words);
/* The word that comes next, and how many words its beat has from there; only when aie_sink_ready() has a cycle for one
 * word. */
static inline uint32_t aie_sink_beat_words(const struct aie_sink *sink)
{
	return (uint32_t)(sink->route->ring[sink->target->tail & sink->route->mask].end - sink->taken);
}
static inline uint32_t aie_sink_peek(const struct aie_sink *sink)
{
	const struct aie_beat *beat = &sink->route->ring[sink->target->tail & sink->route->mask];

	return beat->word[beat->count - aie_sink_beat_words(sink)];
}
/* Words up to and with the next TLAST, at most `limit`; *last: they end with it.  Without TLAST in what has been sent
 * so far: `limit`. */
uint32_t aie_sink_packet_words(const struct aie_sink *sink, uint32_t limit, bool *last);
/* Take words that are ready; `last` (or NULL): the last word taken carried TLAST.  Wakes the sender when it waits for
 * room. */
void aie_sink_take(struct aie_array *array, struct aie_sink *sink, uint32_t *out, uint32_t words, uint64_t now,
                   bool *last);

/* ---- tracing ----------------------------------------------------------------------------------------------------- */

struct aie_switch {
	uint32_t master[AIE_SWITCH_PORTS], slave[AIE_SWITCH_PORTS]; /* config registers */
	struct aie_route *through[AIE_SWITCH_PORTS];                /* the route that enters by this slave port */
};

/* A master port that takes from an arbiter, a slave port whose words are packets.  The fields are the same in all
 * tiles. */
static inline bool aie_master_in_packet_mode(uint32_t config)
{
	return AIE_FIELD_GET(config, AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_MASTER_ENABLE) &&
	       AIE_FIELD_GET(config, AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_PACKET_ENABLE);
}
static inline bool aie_slave_in_packet_mode(uint32_t config)
{
	return AIE_FIELD_GET(config, AIE_CORE_STREAM_SWITCH_SLAVE_CONFIG_DMA_SLAVE_ENABLE) &&
	       AIE_FIELD_GET(config, AIE_CORE_STREAM_SWITCH_SLAVE_CONFIG_DMA_PACKET_ENABLE);
}

/* Number of routes of trace units in a tile: core and memory module, or one. */
enum { AIE_TRACE_ROUTES = 2 };

/* Trace all routes anew.  Those that have not changed keep what is under way. -1: no memory. */
int aie_streams_trace(struct aie_array *array);
void aie_route_free(struct aie_route *route);
/* The number of the South port (slave for MM2S, master for S2MM) that a shim's DMA channel can be put behind, and
 * whether Mux_Config or Demux_Config does so. */
unsigned aie_shim_south(const struct aie_tile *tile, bool mm2s, unsigned channel, bool *selected);
/* The slave port that a master port takes from (circuit mode), AIE_SWITCH_PORTS when it takes from none. */
unsigned aie_switch_source(const struct aie_tile *tile, unsigned master);
/* The receivers behind a port that `route` goes through, in the order of route->target: latency and capacity (without
 * the sender's part) count from the wire into a slave port or out of a master port.  -1: no memory; free(*targets). */
int aie_streams_below(struct aie_array *array, struct aie_tile *tile, unsigned port, bool master,
                      struct aie_route *route, struct aie_route_target **targets, uint32_t *count);
/* Free a route whose sender is reset: what is under way is lost. */
void aie_route_drop(struct aie_route *route);

/* A write to a switch or shim multiplexer register changes `port` (slave) of the tile: refuse when beats are under way.
 */
int aie_switch_check_idle(const struct aie_tile *tile, unsigned slave, struct aie_error *error);

#endif
