/* Why an array stands still, as a graph: who waits for whom, a ring of waiting units, or the partner that is missing.
 *
 * Nodes are units (cores, DMA channels, slave ports that hold a packet, control packet handlers, trace units, the NPU's
 * controller) and the locks they wait for.  An edge says what a node waits for; a lock's edges lead to those that could
 * give or take it: channels by the descriptors they have to do, cores by the lock instructions of their programs.  Host
 * writes are not part of it.
 *
 * A deadlock is a state in which nothing can move any more.  No progress is different: something moves (a core polls, a
 * ring of descriptors goes round), and nothing comes of it for a time that the observer chose.
 *
 * The graph is a snapshot and knows nothing of the array once it is made.
 */
#ifndef AIE_SIM_ARRAY_WAIT_GRAPH_H
#define AIE_SIM_ARRAY_WAIT_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/json.h"
#include "sim/array/array.h"

enum aie_wait_unit {
	AIE_WAIT_CORE,
	AIE_WAIT_CHANNEL,
	AIE_WAIT_LOCK,
	AIE_WAIT_PORT,    /* slave port in packet mode */
	AIE_WAIT_CONTROL, /* control packets */
	AIE_WAIT_TRACE,
	AIE_WAIT_CONTROLLER, /* of the NPU: waits for a token or for room in a task queue */
	AIE_WAIT_UNITS
};

enum aie_wait_state {
	AIE_WAIT_WAITS,
	AIE_WAIT_MOVES,  /* or can, by itself */
	AIE_WAIT_IDLE,   /* has nothing to do: channel without task, core that is not enabled */
	AIE_WAIT_ENDED,  /* core after `done` */
	AIE_WAIT_HALTED, /* fault or error state; a port with a packet that fits no slot or has no master port */
};

enum aie_wait_reason {
	AIE_WAIT_FOR_LOCK,    /* unit to lock */
	AIE_WAIT_FOR_GIVE,    /* lock to a unit that could release it */
	AIE_WAIT_FOR_TAKE,    /* lock to a unit that could acquire it */
	AIE_WAIT_FOR_WORDS,   /* receiver to sender */
	AIE_WAIT_FOR_ROOM,    /* sender to receiver */
	AIE_WAIT_FOR_CASCADE, /* either way */
	AIE_WAIT_FOR_ARBITER, /* port to the port that has it */
	AIE_WAIT_FOR_TASK,    /* controller to channel */
};

struct aie_wait_node {
	enum aie_wait_unit unit;
	enum aie_wait_state state;
	uint8_t column, row, number; /* number: channel, lock or slave port */
	bool mm2s;
	bool in_ring;
	uint32_t pc_low, pc_high; /* core: where it is; no progress: the addresses it was seen at */
	uint32_t descriptor;      /* channel that has a task */
	unsigned value;           /* lock */
	char text[256];
};

struct aie_wait_edge {
	unsigned from, to; /* node numbers */
	enum aie_wait_reason reason;
};

struct aie_wait_cause {
	unsigned node;
	bool reached; /* what the controller waits for leads here, or it has failed; without a controller all are */
	char text[256];
};

struct aie_wait_graph {
	enum aie_hang_kind kind;
	uint64_t cycle;
	struct aie_wait_node *node;
	unsigned node_count;
	struct aie_wait_edge *edge;
	unsigned edge_count;
	unsigned *ring; /* nodes, each waiting for the next, the last for the first; none: 0 of them */
	unsigned ring_count;
	struct aie_wait_cause *cause; /* nodes that failed, then those for which nobody can do what they wait for,
	                                 reached ones first */
	unsigned cause_count;
};

/* `awaited`: the channel whose token or queue the NPU's controller waits for, or NULL.  For no progress the array runs
 * on for some hundred cycles to see where the cores are.  NULL: no memory. */
struct aie_wait_graph *aie_wait_graph_create(struct aie_array *array, enum aie_hang_kind kind,
                                             const struct aie_token *awaited);
void aie_wait_graph_destroy(struct aie_wait_graph *graph); /* NULL is allowed */
void aie_wait_graph_write(const struct aie_wait_graph *graph, struct aie_json *json, const char *key);
/* The same as a string that the caller frees; NULL: no memory. */
char *aie_wait_graph_text(const struct aie_wait_graph *graph);

const char *aie_hang_kind_name(enum aie_hang_kind kind); /* "deadlock", "no progress" */

#endif
