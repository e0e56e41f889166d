/* Circuit-switched streams through the array: a router.
 *
 * The router negotiates: every stream takes its cheapest way, links taken twice become dearer, and all streams are laid
 * again until no link is shared.  Cost of a link is one; so ways are as short as the competition allows, and the result
 * is the same on every host.
 */
#include <stdlib.h>
#include <string.h>

#include "driver/image/ports.h"
#include "kernels/program/internal.h"

/* Links that are left to traces. */
enum { TRACE_SOUTH = 3, TRACE_SIDEWAYS = 0 };

/* Ways that data takes: what the crossbar allows, less the forms that a way from a DMA channel to another never needs,
 * and less a way out for traces: in every column one link to the south, and in the shim row one to either side, which
 * is all that a shim's trace port reaches (documented).  So any design can be traced without moving its streams. */
static bool joinable(enum aie_tile_kind kind, unsigned slave, unsigned master)
{
	unsigned from_index = 0, to_index = 0;
	enum aie_port_bundle from = aie_port_bundle(kind, false, slave, &from_index),
	                     to = aie_port_bundle(kind, true, master, &to_index);

	if (from == to || from == AIE_BUNDLE_CONTROL || from == AIE_BUNDLE_FIFO || from == AIE_BUNDLE_TRACE ||
	    to == AIE_BUNDLE_FIFO)
		return false;
	if (kind == AIE_TILE_SHIM ? (to == AIE_BUNDLE_WEST || to == AIE_BUNDLE_EAST) && to_index == TRACE_SIDEWAYS
	                          : to == AIE_BUNDLE_SOUTH && to_index == TRACE_SOUTH)
		return false;
	return aie_ports_joinable(kind, slave, master);
}

/* ---- the graph: nodes are slave ports, links are master ports ---------------------------------------------------- */

enum {
	NODES = AIE_PROGRAM_MAX_COLUMNS * AIE_PROGRAM_ROWS * MAX_PORTS,
	MAX_WAY = 64,
	MAX_ROUNDS = 60,
	HOP_COST = 4,     /* cycles a stream needs from switch to switch (documented AM020) */
	SHARED_COST = 2,  /* per round, for a link that another stream holds in this round */
	HISTORY_COST = 3, /* per earlier round in which the link was shared */
	UNREACHED = 1 << 30,
};

struct stream {
	struct aie_switch_port from, to; /* a slave port; a master port */
	const char *name;
	unsigned length;
	struct aie_switch_port way[MAX_WAY]; /* masters, in order */
	uint8_t way_slave[MAX_WAY];          /* the slave that feeds each */
};

struct router {
	unsigned columns;
	uint8_t used[NODES]; /* streams that hold a master, this round */
	uint16_t history[NODES];
	int cost[NODES]; /* of reaching a slave */
	int came_master[NODES], came_slave[NODES];
	int heap[NODES * 4], heap_cost[NODES * 4];
	int heap_count;
};

static int node(unsigned column, unsigned row, unsigned port)
{
	return (int)((column * AIE_PROGRAM_ROWS + row) * MAX_PORTS + port);
}

static struct aie_switch_port port_of(int number)
{
	int tile = number / MAX_PORTS;
	return (struct aie_switch_port){ (uint8_t)(tile / AIE_PROGRAM_ROWS), (uint8_t)(tile % AIE_PROGRAM_ROWS),
		                         (uint8_t)(number % MAX_PORTS) };
}

static bool before(const struct router *router, int a, int b)
{
	return router->heap_cost[a] != router->heap_cost[b] ? router->heap_cost[a] < router->heap_cost[b]
	                                                    : router->heap[a] < router->heap[b];
}

static void heap_swap(struct router *router, int a, int b)
{
	int n = router->heap[a], c = router->heap_cost[a];
	router->heap[a] = router->heap[b];
	router->heap_cost[a] = router->heap_cost[b];
	router->heap[b] = n;
	router->heap_cost[b] = c;
}

static void heap_push(struct router *router, int number, int cost)
{
	if (router->heap_count == NODES * 4)
		return; /* cannot happen: a node is pushed once per incoming link at most */
	int at = router->heap_count++;
	router->heap[at] = number;
	router->heap_cost[at] = cost;
	for (; at && before(router, at, (at - 1) / 2); at = (at - 1) / 2)
		heap_swap(router, at, (at - 1) / 2);
}

static int heap_pop(struct router *router, int *cost)
{
	int number = router->heap[0];
	*cost = router->heap_cost[0];
	heap_swap(router, 0, --router->heap_count);
	for (int at = 0;;) {
		int least = at, left = 2 * at + 1;
		if (left < router->heap_count && before(router, left, least))
			least = left;
		if (left + 1 < router->heap_count && before(router, left + 1, least))
			least = left + 1;
		if (least == at)
			return number;
		heap_swap(router, at, least);
		at = least;
	}
}

/* The cheapest way of one stream with the present prices; false when there is none at all. */
static bool lay(struct router *router, struct stream *stream, int round)
{
	for (int i = 0; i < NODES; i++)
		router->cost[i] = UNREACHED;
	router->heap_count = 0;
	int start = node(stream->from.column, stream->from.row, stream->from.port), best = UNREACHED, last_slave = -1;
	router->cost[start] = 0;
	heap_push(router, start, 0);
	while (router->heap_count) {
		int cost, number = heap_pop(router, &cost);
		if (cost > router->cost[number])
			continue;
		if (cost >= best)
			break;
		struct aie_switch_port at = port_of(number);
		enum aie_tile_kind kind = aie_tile_kind_of_row(at.row);
		unsigned ports = aie_switch_port_count(kind, true);
		for (unsigned port = 0; port < ports; port++) {
			struct aie_switch_port master = { at.column, at.row, (uint8_t)port }, slave;
			if (!joinable(kind, at.port, master.port))
				continue;
			int link = node(master.column, master.row, master.port);
			int price = cost + HOP_COST + router->used[link] * SHARED_COST * (round + 1) * HOP_COST +
			            router->history[link] * HISTORY_COST;
			if (master.column == stream->to.column && master.row == stream->to.row &&
			    master.port == stream->to.port) {
				if (price < best) {
					best = price;
					last_slave = number;
				}
			} else if (aie_port_follow(router->columns, master, &slave)) {
				int next = node(slave.column, slave.row, slave.port);
				if (price < router->cost[next]) {
					router->cost[next] = price;
					router->came_master[next] = link;
					router->came_slave[next] = number;
					heap_push(router, next, price);
				}
			}
		}
	}
	if (last_slave < 0)
		return false;
	/* Walk back, then turn round. */
	struct aie_switch_port masters_back[MAX_WAY];
	uint8_t slaves_back[MAX_WAY];
	unsigned length = 0;
	masters_back[length] = stream->to;
	slaves_back[length++] = port_of(last_slave).port;
	for (int at = last_slave; at != start; at = router->came_slave[at]) {
		if (length == MAX_WAY)
			return false;
		masters_back[length] = port_of(router->came_master[at]);
		slaves_back[length++] = port_of(router->came_slave[at]).port;
	}
	stream->length = length;
	for (unsigned i = 0; i < length; i++) {
		stream->way[i] = masters_back[length - 1 - i];
		stream->way_slave[i] = slaves_back[length - 1 - i];
		router->used[node(stream->way[i].column, stream->way[i].row, stream->way[i].port)]++;
	}
	return true;
}

static void release(struct router *router, const struct stream *stream)
{
	for (unsigned i = 0; i < stream->length; i++)
		router->used[node(stream->way[i].column, stream->way[i].row, stream->way[i].port)]--;
}

static bool shared(struct router *router)
{
	bool any = false;
	for (int i = 0; i < NODES; i++)
		if (router->used[i] > 1) {
			router->history[i]++;
			any = true;
		}
	return any;
}

unsigned aie_program_core_dma_slave(unsigned mm2s_channel)
{
	return aie_switch_ports(AIE_TILE_COMPUTE, false, AIE_BUNDLE_DMA).first + mm2s_channel;
}

unsigned aie_program_core_dma_master(unsigned s2mm_channel)
{
	return aie_switch_ports(AIE_TILE_COMPUTE, true, AIE_BUNDLE_DMA).first + s2mm_channel;
}

static struct stream stream_of(const struct aie_program *program, const struct shim *shim)
{
	const struct aie_program_fifo *fifo = &program->fifo[shim->fifo];
	if (shim->mm2s)
		return (struct stream){
			.from = { shim->column, 0, (uint8_t)aie_shim_dma_slave(shim->channel) },
			.to = { fifo->column, fifo->row, (uint8_t)aie_program_core_dma_master(fifo->channel) },
			.name = fifo->name,
		};
	return (struct stream){
		.from = { fifo->column, fifo->row, (uint8_t)aie_program_core_dma_slave(fifo->channel) },
		.to = { shim->column, 0, (uint8_t)aie_shim_dma_master(shim->channel) },
		.name = fifo->name,
	};
}

int aie_program_route_all(struct aie_program *program)
{
	struct router *router = calloc(1, sizeof *router);
	struct stream *stream = calloc(MAX_SHIMS, sizeof *stream);
	int status = 0;
	bool clash = true;
	if (!router || !stream) {
		free(router);
		free(stream);
		return aie_program_set_error(program, AIE_ERROR_MEMORY, "no memory for routing");
	}
	router->columns = program->columns;
	for (int round = 0; clash && !status && round < MAX_ROUNDS; round++) {
		for (int i = 0; i < program->shim_count && !status; i++) {
			if (round)
				release(router, &stream[i]);
			else
				stream[i] = stream_of(program, &program->shim[i]);
			if (!lay(router, &stream[i], round))
				status = aie_program_set_error(program, AIE_ERROR_INPUT,
				                               "no way through the switches for the stream of %s",
				                               stream[i].name);
		}
		clash = !status && shared(router);
	}
	if (clash && !status)
		status = aie_program_set_error(program, AIE_ERROR_INPUT,
		                               "streams do not fit through the switches (%d streams, %u columns)",
		                               program->shim_count, program->columns);
	for (int i = 0; i < program->shim_count && !status; i++)
		for (unsigned hop = 0; hop < stream[i].length; hop++) {
			const struct aie_switch_port *at = &stream[i].way[hop];
			struct switch_state *state = &program->switches[at->column][at->row];
			state->master[at->port] = (uint8_t)(stream[i].way_slave[hop] + 1);
			state->slave[stream[i].way_slave[hop]] = true;
		}
	free(router);
	free(stream);
	return status;
}
