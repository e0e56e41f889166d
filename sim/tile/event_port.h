/* The eight monitored ports of a stream switch: idle, running, stalled or last word, cycle by cycle.
 *
 * Routes are collapsed (sim/array/stream.h): a beat is known when it is sent and when it is taken.  Where it crosses a
 * port in between follows from the way: a beat crosses in the cycle it arrives there, one a cycle, when what lies
 * behind the port has room; room that a receiver makes is seen one cycle later.  A port is crossed on the wire: into a
 * slave port, or out of a master port.  In front of a fork all branches must have room.
 */
#ifndef AIE_SIM_TILE_EVENT_PORT_H
#define AIE_SIM_TILE_EVENT_PORT_H

#include <stdbool.h>
#include <stdint.h>

struct aie_array;
struct aie_event_unit;
struct aie_route;

enum { AIE_PORT_MONITORS = 8, AIE_PORT_STAGES = 8 };

/* In the order of the event numbers, as bits. */
enum { AIE_PORT_STATE_IDLE = 1, AIE_PORT_STATE_RUNNING = 2, AIE_PORT_STATE_STALLED = 4, AIE_PORT_STATE_TLAST = 8 };

/* A place that beats cross in order: a fork on the way, or at the end the port itself. */
struct aie_port_stage {
	uint64_t next;   /* the next beat to cross */
	uint64_t last;   /* cycle in which the last one did */
	uint64_t *time;  /* of the crossings, by beat; a ring as large as the route's */
	uint32_t offset; /* from leaving the sender */
	uint32_t limits;
	struct aie_port_limit {
		uint32_t target; /* of the route */
		uint32_t room;   /* beats that fit behind */
	} * limit;
	bool blocked; /* the next beat has arrived or will, and has no room */
};

struct aie_port_crossing {
	uint64_t offered; /* the beat is there */
	uint64_t cycle;   /* it crosses; UINT64_MAX: not known yet */
	bool last;
};

struct aie_port_watch {
	struct aie_event_unit *unit;
	struct aie_port_watch *next; /* on the same route */
	struct aie_route *route;     /* NULL: nothing flows here */
	uint8_t selection;           /* byte of the register */
	unsigned stages;
	struct aie_port_stage stage[AIE_PORT_STAGES];
	struct aie_port_crossing *crossing; /* ring, in order; the last one may be open */
	uint32_t mask;
	uint64_t first, end;
};

/* Watch all ports whose events are wanted; after routes or wishes have changed. -1: no memory; a port that is refused
 * stops the array. */
int aie_ports_attach(struct aie_array *array);
void aie_port_watch_free(struct aie_port_watch *watch);
/* Beats were sent or taken on the route. */
void aie_ports_update(struct aie_array *array, struct aie_route *route);
/* What the port does in `cycle`, and the next cycle in which that changes (UINT64_MAX: not known).  Cycles only rise.
 */
unsigned aie_port_state(struct aie_port_watch *watch, uint64_t cycle, uint64_t *next);

#endif
