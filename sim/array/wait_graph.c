#include "sim/array/wait_graph.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/array/internal.h"

/* A tile's nodes by number: core, channels, locks, slave ports, control packets, trace units; after those of all tiles
 * the controller. */
enum {
	KEY_CORE,
	KEY_CHANNELS,
	KEY_LOCKS = KEY_CHANNELS + 2 * AIE_MEMTILE_DMA_S2MM_CTRL_COUNT,
	KEY_PORTS = KEY_LOCKS + AIE_LOCK_COUNT_MAX,
	KEY_CONTROL = KEY_PORTS + AIE_SWITCH_PORTS,
	KEY_TRACE,
	KEYS_A_TILE,
	NO_NODE = -1,
};

enum { SAMPLE_CYCLES = 1024, LOCKS_A_SIDE = 16 };

struct build {
	struct aie_array *array;
	struct aie_wait_graph *graph;
	int *index; /* node by key */
	size_t keys;
	unsigned node_room, edge_room, cause_room;
	const struct aie_token *awaited;
	struct aie_core_locks *locks; /* by tile; what the programs can do */
	bool *scanned;
	uint32_t *pc_low, *pc_high;       /* by tile, of the sampling */
	bool *core_moved, *channel_moved; /* by tile and by unit */
	bool no_memory;
};

/* ---- lists ------------------------------------------------------------------------------------------------------- */

/* Room for one more element; false: no memory. */
static bool grow(struct build *build, void **list, unsigned count, unsigned *room, size_t size)
{
	void *grown;

	if (count < *room)
		return true;
	grown = realloc(*list, (*room ? 2 * (size_t)*room : 32) * size);
	if (!grown) {
		build->no_memory = true;
		return false;
	}
	*list = grown;
	*room = *room ? 2 * *room : 32;
	return true;
}

static void cause(struct build *build, unsigned node, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void cause(struct build *build, unsigned node, const char *format, ...)
{
	struct aie_wait_graph *graph = build->graph;
	struct aie_wait_cause *last;
	va_list arguments;

	if (!grow(build, (void **)&graph->cause, graph->cause_count, &build->cause_room, sizeof *graph->cause))
		return;
	last = &graph->cause[graph->cause_count++];
	last->node = node;
	last->reached = false;
	va_start(arguments, format);
	vsnprintf(last->text, sizeof last->text, format, arguments);
	va_end(arguments);
}

static void edge(struct build *build, unsigned from, int to, enum aie_wait_reason reason)
{
	struct aie_wait_graph *graph = build->graph;

	if (to == NO_NODE)
		return;
	for (unsigned i = 0; i < graph->edge_count; i++)
		if (graph->edge[i].from == from && graph->edge[i].to == (unsigned)to && graph->edge[i].reason == reason)
			return;
	if (grow(build, (void **)&graph->edge, graph->edge_count, &build->edge_room, sizeof *graph->edge))
		graph->edge[graph->edge_count++] = (struct aie_wait_edge){ from, (unsigned)to, reason };
}

/* Something that can still act: what waits for it is not without a partner. */
static bool alive(const struct aie_wait_node *node)
{
	return node->state == AIE_WAIT_WAITS || node->state == AIE_WAIT_MOVES;
}

static bool has_living_partner(const struct aie_wait_graph *graph, unsigned from)
{
	for (unsigned i = 0; i < graph->edge_count; i++)
		if (graph->edge[i].from == from && alive(&graph->node[graph->edge[i].to]))
			return true;
	return false;
}

/* ---- nodes ------------------------------------------------------------------------------------------------------- */

static void describe_core(const struct build *build, const struct aie_tile *tile, struct aie_wait_node *node)
{
	enum aie_core_status status = aie_core_status(tile->core.core);

	node->pc_low = node->pc_high = aie_core_pc(tile->core.core);
	aie_wait_line(tile, NULL, NULL, node->text, sizeof node->text);
	if (node->text[0] && !build->core_moved[tile->number]) {
		node->state = AIE_WAIT_WAITS;
		return;
	}
	switch (status) {
	case AIE_CORE_DONE:
		node->state = AIE_WAIT_ENDED;
		snprintf(node->text, sizeof node->text, "core (%u,%u) has ended", tile->column, tile->row);
		break;
	case AIE_CORE_FAULT:
		node->state = AIE_WAIT_HALTED;
		snprintf(node->text, sizeof node->text, "core (%u,%u) pc 0x%X has faulted", tile->column, tile->row,
		         node->pc_low);
		break;
	case AIE_CORE_RESET:
		node->state = AIE_WAIT_IDLE;
		snprintf(node->text, sizeof node->text, "core (%u,%u) is not enabled", tile->column, tile->row);
		break;
	default:
		node->state = AIE_WAIT_MOVES;
		if (build->pc_high[tile->number]) {
			node->pc_low = build->pc_low[tile->number];
			node->pc_high = build->pc_high[tile->number];
			snprintf(node->text, sizeof node->text, "core (%u,%u) runs between pc 0x%X and 0x%X",
			         tile->column, tile->row, node->pc_low, node->pc_high);
		} else {
			snprintf(node->text, sizeof node->text, "core (%u,%u) pc 0x%X runs", tile->column, tile->row,
			         node->pc_low);
		}
		break;
	}
}

static void describe_channel(const struct build *build, const struct aie_dma_channel *channel,
                             struct aie_wait_node *node)
{
	char name[64];

	node->number = channel->index;
	node->mm2s = channel->mm2s;
	node->descriptor = channel->descriptor_id;
	aie_wait_line(channel->tile, channel, NULL, node->text, sizeof node->text);
	aie_dma_name(channel, name, sizeof name);
	if (channel->state == AIE_DMA_ERROR) {
		node->state = AIE_WAIT_HALTED;
	} else if (channel->state == AIE_DMA_IDLE) {
		node->state = AIE_WAIT_IDLE;
		aie_wait_dropped(channel, node->text, sizeof node->text);
		if (!node->text[0])
			snprintf(node->text, sizeof node->text, "%s has no task", name);
	} else if (node->text[0] && channel->block != AIE_BLOCK_MEMORY && !build->channel_moved[channel->unit]) {
		node->state = AIE_WAIT_WAITS;
	} else {
		node->state = AIE_WAIT_MOVES;
		snprintf(node->text, sizeof node->text, "%s BD %u moves", name, channel->descriptor_id);
	}
}

static void describe_port(const struct aie_tile *tile, unsigned number, struct aie_wait_node *node)
{
	struct aie_port port = aie_switch_slave(tile->kind, number);

	node->number = (uint8_t)number;
	node->state = aie_packet_stuck(&tile->packet->slave[number]) ? AIE_WAIT_HALTED : AIE_WAIT_WAITS;
	aie_wait_line(tile, NULL, &number, node->text, sizeof node->text);
	if (!node->text[0])
		snprintf(node->text, sizeof node->text, "tile (%u,%u) slave port %s%u waits for a packet", tile->column,
		         tile->row, aie_port_kind_name(port.kind), port.number);
}

static void describe(const struct build *build, size_t key, struct aie_wait_node *node)
{
	const struct aie_array *array = build->array;
	const struct aie_tile *tile;
	unsigned place = (unsigned)(key % KEYS_A_TILE);

	if (key == build->keys - 1) {
		node->unit = AIE_WAIT_CONTROLLER;
		node->state = AIE_WAIT_WAITS;
		snprintf(node->text, sizeof node->text, "the controller waits for tile (%u,%u) %s %u",
		         build->awaited->column, build->awaited->row, build->awaited->mm2s ? "MM2S" : "S2MM",
		         build->awaited->channel);
		return;
	}
	tile = &array->tile[key / KEYS_A_TILE];
	node->column = tile->column;
	node->row = tile->row;
	if (place == KEY_CORE) {
		node->unit = AIE_WAIT_CORE;
		describe_core(build, tile, node);
	} else if (place < KEY_LOCKS) {
		node->unit = AIE_WAIT_CHANNEL;
		describe_channel(build, &tile->channel[place - KEY_CHANNELS], node);
	} else if (place < KEY_PORTS) {
		node->unit = AIE_WAIT_LOCK;
		node->state = AIE_WAIT_WAITS;
		node->number = (uint8_t)(place - KEY_LOCKS);
		node->value = tile->lock[node->number].value;
		snprintf(node->text, sizeof node->text, "lock %u of tile (%u,%u), value %u", node->number, tile->column,
		         tile->row, node->value);
	} else if (place < KEY_CONTROL) {
		node->unit = AIE_WAIT_PORT;
		describe_port(tile, place - KEY_PORTS, node);
	} else {
		node->unit = place == KEY_CONTROL ? AIE_WAIT_CONTROL : AIE_WAIT_TRACE;
		node->state = place == KEY_CONTROL && aie_control_busy(tile) ? AIE_WAIT_WAITS : AIE_WAIT_IDLE;
		snprintf(node->text, sizeof node->text, "%s of tile (%u,%u)%s",
		         place == KEY_CONTROL ? "control packets" : "a trace unit", tile->column, tile->row,
		         node->state == AIE_WAIT_IDLE ? " (idle)" : "");
	}
}

static int node_of(struct build *build, size_t key)
{
	struct aie_wait_graph *graph = build->graph;
	struct aie_wait_node *node;

	if (build->index[key] != NO_NODE)
		return build->index[key];
	if (!grow(build, (void **)&graph->node, graph->node_count, &build->node_room, sizeof *graph->node))
		return NO_NODE;
	node = &graph->node[graph->node_count];
	memset(node, 0, sizeof *node);
	describe(build, key, node);
	return build->index[key] = (int)graph->node_count++;
}

static size_t tile_key(const struct aie_tile *tile, unsigned place)
{
	return (size_t)tile->number * KEYS_A_TILE + place;
}

static int channel_node(struct build *build, const struct aie_dma_channel *channel)
{
	return node_of(build, tile_key(channel->tile, KEY_CHANNELS + (unsigned)(channel - channel->tile->channel)));
}

/* A unit by entity number; the switch of a tile is none. */
static int entity_node(struct build *build, uint32_t entity)
{
	const struct aie_array *array = build->array;

	if (entity & AIE_ENTITY_CORE)
		return node_of(build, tile_key(&array->tile[entity & ~AIE_ENTITY_CORE], KEY_CORE));
	if (entity & AIE_ENTITY_TRACE)
		return node_of(build, tile_key(&array->tile[entity & ~AIE_ENTITY_TRACE], KEY_TRACE));
	return entity < array->units ? channel_node(build, &array->channel[entity]) : NO_NODE;
}

/* ---- who can give or take a lock --------------------------------------------------------------------------------- */

static const struct aie_core_locks *program_locks(struct build *build, const struct aie_tile *tile)
{
	if (!build->scanned[tile->number]) {
		build->scanned[tile->number] = true;
		aie_core_locks(tile->core.core, &build->locks[tile->number]);
	}
	return &build->locks[tile->number];
}

/* A descriptor of `user` does it to lock `number` of `tile`. */
static bool descriptor_does(const struct aie_descriptor *descriptor, const struct aie_tile *user,
                            const struct aie_tile *tile, unsigned number, bool give)
{
	unsigned id = give ? descriptor->release_lock : descriptor->acquire_lock;

	if (give ? !descriptor->release_value : !descriptor->acquire)
		return false;
	if (user->kind == AIE_TILE_MEMORY) /* ids count west, own, east */
		return id == (unsigned)(tile->column - user->column + 1) * AIE_LOCK_COUNT_MAX + number;
	return user == tile && id == number;
}

static bool chain_does(const struct aie_tile *user, unsigned first, const struct aie_tile *tile, unsigned number,
                       bool give)
{
	struct aie_descriptor descriptor;

	for (unsigned steps = 0; steps < user->descriptors && first < user->descriptors; steps++) {
		aie_descriptor_decode(user->kind, user->descriptor[first], &descriptor);
		if (descriptor_does(&descriptor, user, tile, number, give))
			return true;
		if (!descriptor.use_next)
			return false;
		first = descriptor.next;
	}
	return false;
}

static void add_channels(struct build *build, unsigned from, const struct aie_tile *user, const struct aie_tile *tile,
                         unsigned number, bool give)
{
	enum aie_wait_reason reason = give ? AIE_WAIT_FOR_GIVE : AIE_WAIT_FOR_TAKE;

	for (unsigned i = 0; i < 2 * user->channels; i++) {
		const struct aie_dma_channel *channel = &user->channel[i];
		bool does = channel->state != AIE_DMA_IDLE &&
		            (chain_does(user, channel->descriptor_id, tile, number, give) ||
		             (channel->task.repeats && chain_does(user, channel->task.start, tile, number, give)));

		for (unsigned k = 0; k < channel->queued && !does; k++)
			does = chain_does(user, channel->queue[k].start, tile, number, give);
		if (does)
			edge(build, from, channel_node(build, channel), reason);
	}
}

/* The core of `user`, to which the lock's tile lies on `side`. */
static void add_core(struct build *build, unsigned from, const struct aie_tile *user, enum aie_neighbour side,
                     unsigned number, bool give)
{
	const struct aie_core_locks *locks;
	uint64_t bit = UINT64_C(1) << (side * LOCKS_A_SIDE + number);

	if (!user || !user->core.core)
		return;
	locks = program_locks(build, user);
	if (aie_core_status(user->core.core) == AIE_CORE_RESET && !((give ? locks->given : locks->taken) & bit))
		return; /* whatever is in the program memory of a core that is not used */
	if (give ? (locks->given & bit) || locks->gives_any : (locks->taken & bit) || locks->takes_any)
		edge(build, from, node_of(build, tile_key(user, KEY_CORE)),
		     give ? AIE_WAIT_FOR_GIVE : AIE_WAIT_FOR_TAKE);
}

static void add_lock_users(struct build *build, unsigned from, const struct aie_tile *tile, unsigned number, bool give)
{
	const struct aie_array *array = build->array;

	add_channels(build, from, tile, tile, number, give);
	if (tile->kind == AIE_TILE_MEMORY) {
		for (int side = -1; side <= 1; side += 2) {
			const struct aie_tile *user = aie_array_tile(array, (unsigned)(tile->column + side), tile->row);

			if (user)
				add_channels(build, from, user, tile, number, give);
		}
	}
	if (tile->kind != AIE_TILE_COMPUTE)
		return;
	add_core(build, from, tile, AIE_SIDE_OWN, number, give);
	add_core(build, from, aie_array_tile(array, tile->column, tile->row + 1U), AIE_SIDE_SOUTH, number, give);
	add_core(build, from, aie_array_tile(array, tile->column + 1U, tile->row), AIE_SIDE_WEST, number, give);
	add_core(build, from, aie_array_tile(array, tile->column, tile->row - 1U), AIE_SIDE_NORTH, number, give);
}

/* A descriptor that would help but that no channel has to do; -1: none. */
static int forgotten_descriptor(const struct aie_tile *tile, unsigned number, bool give)
{
	struct aie_descriptor descriptor;

	for (unsigned i = 0; i < tile->descriptors; i++) {
		aie_descriptor_decode(tile->kind, tile->descriptor[i], &descriptor);
		if (descriptor.valid && descriptor_does(&descriptor, tile, tile, number, give))
			return (int)i;
	}
	return -1;
}

static void wait_for_lock(struct build *build, unsigned from, const struct aie_tile *tile, unsigned number, bool give)
{
	int lock = tile ? node_of(build, tile_key(tile, KEY_LOCKS + number)) : NO_NODE;
	const char *what = give ? "gives" : "takes";
	int forgotten;

	if (lock == NO_NODE)
		return;
	edge(build, from, lock, AIE_WAIT_FOR_LOCK);
	if (has_living_partner(build->graph, (unsigned)lock))
		return; /* somebody else waits for it too */
	add_lock_users(build, (unsigned)lock, tile, number, give);
	if (has_living_partner(build->graph, (unsigned)lock))
		return;
	for (unsigned i = 0; i < build->graph->cause_count; i++)
		if (build->graph->cause[i].node == (unsigned)lock)
			return;
	for (unsigned i = 0; i < build->graph->edge_count; i++) {
		const struct aie_wait_node *other = &build->graph->node[build->graph->edge[i].to];

		if (build->graph->edge[i].from != (unsigned)lock)
			continue;
		if (other->unit == AIE_WAIT_CORE && other->state == AIE_WAIT_IDLE)
			cause(build, (unsigned)lock,
			      "nobody %s lock %u of tile (%u,%u): core (%u,%u) would, but it is not enabled", what,
			      number, tile->column, tile->row, other->column, other->row);
		else
			cause(build, (unsigned)lock, "nobody %s lock %u of tile (%u,%u) any more: %.150s", what, number,
			      tile->column, tile->row, other->text);
		return;
	}
	forgotten = forgotten_descriptor(tile, number, give);
	if (forgotten >= 0)
		cause(build, (unsigned)lock,
		      "nobody %s lock %u of tile (%u,%u): descriptor %d would, but no channel has it to do", what,
		      number, tile->column, tile->row, forgotten);
	else
		cause(build, (unsigned)lock,
		      "nobody %s lock %u of tile (%u,%u): no task's descriptor names it and no program in reach has "
		      "an instruction for it",
		      what, number, tile->column, tile->row);
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

/* The packets that a master port passes on come from these slave ports. */
static void wait_for_switch(struct build *build, unsigned from, const struct aie_tile *tile,
                            const struct aie_route *route)
{
	const struct aie_packet_switch *packet = tile->packet;
	unsigned master = (unsigned)(route - packet->master);

	if (route == &tile->control.response) {
		edge(build, from, node_of(build, tile_key(tile, KEY_CONTROL)), AIE_WAIT_FOR_WORDS);
		return;
	}
	for (uint32_t bits = packet->slaves; bits; bits &= bits - 1) {
		unsigned number = (unsigned)__builtin_ctz(bits);
		const struct aie_packet_slave *slave = &packet->slave[number];

		bool comes = slave->state == AIE_PACKET_REST || aie_packet_stuck(slave);

		if ((comes ? aie_packet_masters(tile, number) : slave->targets) >> master & 1)
			edge(build, from, node_of(build, tile_key(tile, KEY_PORTS + number)), AIE_WAIT_FOR_WORDS);
	}
}

static void wait_for_words(struct build *build, unsigned from, const struct aie_sink *sink)
{
	const struct aie_array *array = build->array;
	uint32_t entity;

	if (!sink->route) {
		cause(build, from, "%.250s", build->graph->node[from].text);
		return;
	}
	entity = sink->route->entity;
	if (!(entity & (AIE_ENTITY_CORE | AIE_ENTITY_TRACE)) && entity >= array->units)
		wait_for_switch(build, from, &array->tile[entity - array->units], sink->route);
	else
		edge(build, from, entity_node(build, entity), AIE_WAIT_FOR_WORDS);
}

/* The receivers whose way is full. */
static void wait_for_room(struct build *build, unsigned from, const struct aie_route *route)
{
	const struct aie_array *array = build->array;

	for (uint32_t i = 0; i < route->target_count; i++) {
		const struct aie_route_target *target = &route->target[i];
		uint64_t used = route->head - target->tail;
		const struct aie_tile *tile;

		if (!target->sink || (used < target->capacity && used + route->want <= target->capacity))
			continue;
		if ((target->sink->entity & (AIE_ENTITY_CORE | AIE_ENTITY_TRACE)) ||
		    target->sink->entity < array->units) {
			edge(build, from, entity_node(build, target->sink->entity), AIE_WAIT_FOR_ROOM);
			continue;
		}
		tile = &array->tile[target->sink->entity - array->units];
		if (target->sink == &tile->control.sink)
			edge(build, from, node_of(build, tile_key(tile, KEY_CONTROL)), AIE_WAIT_FOR_ROOM);
		for (unsigned k = 0; k < AIE_SWITCH_PORTS; k++)
			if (target->sink == &tile->packet->slave[k].sink)
				edge(build, from, node_of(build, tile_key(tile, KEY_PORTS + k)), AIE_WAIT_FOR_ROOM);
	}
}

/* ---- what each waiting unit waits for ---------------------------------------------------------------------------- */

static void expand_core(struct build *build, unsigned from, const struct aie_tile *tile)
{
	const struct aie_core_side *side = &tile->core;
	const struct aie_tile *other;
	unsigned detail = 0;
	int value = 0;

	aie_core_stall(side->core, &detail, &value);
	switch ((enum aie_core_wait)side->wait) {
	case AIE_CORE_WAIT_NONE:
		break;
	case AIE_CORE_WAIT_LOCK:
		if (detail / LOCKS_A_SIDE < AIE_SIDES)
			wait_for_lock(build, from, side->window[detail / LOCKS_A_SIDE], detail % LOCKS_A_SIDE, true);
		break;
	case AIE_CORE_WAIT_STREAM_IN:
		wait_for_words(build, from, &side->sink);
		break;
	case AIE_CORE_WAIT_STREAM_OUT:
		wait_for_room(build, from, &side->route);
		break;
	case AIE_CORE_WAIT_CASCADE_IN:
	case AIE_CORE_WAIT_CASCADE_OUT:
		other = side->wait == AIE_CORE_WAIT_CASCADE_IN ? aie_cascade_writer(tile) : aie_cascade_reader(tile);
		if (other)
			edge(build, from, node_of(build, tile_key(other, KEY_CORE)), AIE_WAIT_FOR_CASCADE);
		break;
	}
}

static void expand_channel(struct build *build, unsigned from, const struct aie_dma_channel *channel)
{
	const struct aie_descriptor *descriptor = &channel->descriptor;
	const struct aie_tile *tile = channel->tile;
	bool acquire = channel->state == AIE_DMA_ACQUIRE;
	unsigned lock = acquire ? descriptor->acquire_lock : descriptor->release_lock;

	if (channel->block == AIE_BLOCK_LOCK) {
		if (tile->kind == AIE_TILE_MEMORY) {
			tile = aie_array_tile(build->array,
			                      (unsigned)(tile->column + (int)(lock / AIE_LOCK_COUNT_MAX) - 1),
			                      tile->row);
			lock %= AIE_LOCK_COUNT_MAX;
		}
		wait_for_lock(build, from, tile, lock, acquire);
	} else if (channel->block == AIE_BLOCK_STREAM) {
		if (channel->mm2s)
			wait_for_room(build, from, &channel->route);
		else
			wait_for_words(build, from, &channel->sink);
	}
}

static void expand_port(struct build *build, unsigned from, const struct aie_tile *tile, unsigned number)
{
	const struct aie_packet_switch *packet = tile->packet;
	const struct aie_packet_slave *slave = &packet->slave[number];
	const struct aie_arbiter *arbiter = &packet->arbiter[slave->arbiter];
	unsigned other;

	switch ((enum aie_packet_state)slave->state) {
	case AIE_PACKET_NO_SLOT:
	case AIE_PACKET_NO_MASTER:
		break;
	case AIE_PACKET_REQUEST:
		other = arbiter->owner;
		if (other == AIE_NO_OWNER && slave->arbiter < AIE_MERGES && packet->merge[slave->arbiter].enable)
			other = aie_merge_slave(&packet->merge[slave->arbiter], packet->merge[slave->arbiter].position);
		if (other < AIE_SWITCH_PORTS && other != number)
			edge(build, from, node_of(build, tile_key(tile, KEY_PORTS + other)), AIE_WAIT_FOR_ARBITER);
		break;
	case AIE_PACKET_REST:
		wait_for_words(build, from, &slave->sink);
		break;
	case AIE_PACKET_PASS:
		if (slave->sink.want || !slave->sink.route) {
			wait_for_words(build, from, &slave->sink);
			break;
		}
		for (uint32_t bits = slave->targets; bits; bits &= bits - 1)
			wait_for_room(build, from, &packet->master[__builtin_ctz(bits)]);
		break;
	}
}

static void expand_control(struct build *build, unsigned from, const struct aie_tile *tile)
{
	if (tile->control.response.want)
		wait_for_room(build, from, &tile->control.response);
	else
		wait_for_words(build, from, &tile->control.sink);
}

static void expand_controller(struct build *build, unsigned from)
{
	const struct aie_tile *tile = aie_array_tile(build->array, build->awaited->column, build->awaited->row);

	if (!tile || build->awaited->channel >= tile->channels)
		return;
	edge(build, from,
	     channel_node(build,
	                  &tile->channel[(build->awaited->mm2s ? tile->channels : 0U) + build->awaited->channel]),
	     AIE_WAIT_FOR_TASK);
}

static void expand(struct build *build, size_t key, unsigned from)
{
	const struct aie_tile *tile = &build->array->tile[key == build->keys - 1 ? 0 : key / KEYS_A_TILE];
	unsigned place = (unsigned)(key % KEYS_A_TILE);

	if (build->graph->node[from].state != AIE_WAIT_WAITS)
		return;
	if (key == build->keys - 1)
		expand_controller(build, from);
	else if (place == KEY_CORE)
		expand_core(build, from, tile);
	else if (place < KEY_LOCKS)
		expand_channel(build, from, &tile->channel[place - KEY_CHANNELS]);
	else if (place < KEY_PORTS)
		return; /* with whoever waits for it */
	else if (place < KEY_CONTROL)
		expand_port(build, from, tile, place - KEY_PORTS);
	else
		expand_control(build, from, tile);
}

/* Units for which nobody can do what they wait for, and who that nobody is. */
static void find_causes(struct build *build)
{
	struct aie_wait_graph *graph = build->graph;

	for (unsigned n = 0; n < graph->node_count; n++) {
		const struct aie_wait_node *node = &graph->node[n];
		const struct aie_wait_node *partner = NULL;
		bool known = false;

		if (node->state == AIE_WAIT_HALTED) {
			cause(build, n, "%.250s", node->text);
			continue;
		}
		if (node->state != AIE_WAIT_WAITS || node->unit == AIE_WAIT_LOCK || has_living_partner(graph, n))
			continue;
		for (unsigned i = 0; i < graph->cause_count; i++)
			known |= graph->cause[i].node == n;
		for (unsigned i = 0; i < graph->edge_count && !partner; i++)
			if (graph->edge[i].from == n)
				partner = &graph->node[graph->edge[i].to];
		if (known || (partner && partner->state == AIE_WAIT_HALTED))
			continue;
		if (partner)
			cause(build, n, "%.120s, but %.100s", node->text, partner->text);
		else
			cause(build, n, "%.250s", node->text);
	}
}

/* 0: units that have failed, wherever they stand: what they would have done next no longer leads to them; 1: what the
 * controller's wait leads to; 2: the others. */
static unsigned rank(const struct aie_wait_graph *graph, const struct aie_wait_cause *cause)
{
	return graph->node[cause->node].state == AIE_WAIT_HALTED ? 0 : cause->reached ? 1 : 2;
}

/* Mark the causes that the controller's wait leads to, and put them first, after the failed units. */
static void rank_causes(struct build *build)
{
	struct aie_wait_graph *graph = build->graph;
	unsigned first = 0, last = 0;
	unsigned *queue = build->awaited ? calloc(graph->node_count, 2 * sizeof *queue) : NULL;
	unsigned *seen = queue ? queue + graph->node_count : NULL;

	if (queue) {
		queue[last++] = 0; /* the controller is the first node */
		seen[0] = 1;
	}
	while (first < last) {
		unsigned at = queue[first++];

		for (unsigned i = 0; i < graph->edge_count; i++)
			if (graph->edge[i].from == at && !seen[graph->edge[i].to]) {
				seen[graph->edge[i].to] = 1;
				queue[last++] = graph->edge[i].to;
			}
	}
	for (unsigned i = 0; i < graph->cause_count; i++) {
		struct aie_wait_cause cause = graph->cause[i];
		unsigned to = i;

		cause.reached = !seen || seen[cause.node] || graph->node[cause.node].state == AIE_WAIT_HALTED;
		for (; to && rank(graph, &graph->cause[to - 1]) > rank(graph, &cause); to--)
			graph->cause[to] = graph->cause[to - 1];
		graph->cause[to] = cause;
	}
	free(queue);
}

/* ---- rings ------------------------------------------------------------------------------------------------------- */

static int compare_edges(const void *left, const void *right)
{
	const struct aie_wait_edge *a = left, *b = right;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return a->to < b->to ? -1 : a->to > b->to;
}

/* Search from `start` for a way back to it, over units that wait.  The edges of node n are those from edges[n] up to
 * edges[n + 1]. */
static bool find_ring(struct aie_wait_graph *graph, unsigned start, const unsigned *edges, unsigned *parent,
                      unsigned *queue)
{
	unsigned first = 0, last = 0, length = 1;

	for (unsigned i = 0; i < graph->node_count; i++)
		parent[i] = UINT32_MAX;
	queue[last++] = start;
	while (first < last) {
		unsigned at = queue[first++];

		for (unsigned i = edges[at]; i < edges[at + 1]; i++) {
			unsigned to = graph->edge[i].to;

			if (graph->node[to].state != AIE_WAIT_WAITS)
				continue;
			if (to == start) {
				for (unsigned n = at; n != start; n = parent[n])
					length++;
				graph->ring_count = length;
				for (unsigned n = at; length; n = parent[n])
					graph->ring[--length] = n;
				return true;
			}
			if (parent[to] == UINT32_MAX) {
				parent[to] = at;
				queue[last++] = to;
			}
		}
	}
	return false;
}

/* The shortest ring through the first node that is in one. */
static bool find_first_ring(struct aie_wait_graph *graph)
{
	size_t size = (size_t)graph->node_count + 1;
	unsigned *edges = calloc(3 * size, sizeof *edges);

	graph->ring = calloc(size, sizeof *graph->ring);
	if (!edges || !graph->ring) {
		free(edges);
		return false;
	}
	for (unsigned i = 0; i < graph->edge_count; i++)
		edges[graph->edge[i].from + 1]++;
	for (unsigned i = 0; i < graph->node_count; i++)
		edges[i + 1] += edges[i];
	for (unsigned i = 0; i < graph->node_count; i++)
		if (graph->node[i].state == AIE_WAIT_WAITS &&
		    find_ring(graph, i, edges, edges + size, edges + 2 * size))
			break;
	free(edges);
	for (unsigned i = 0; i < graph->ring_count; i++)
		graph->node[graph->ring[i]].in_ring = true;
	return true;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static uint64_t bundles(const struct aie_tile *tile)
{
	return tile->core.core ? aie_core_counters(tile->core.core)->bundles : 0;
}

/* What moves and what only waits at the moment, and where the cores go round. */
static void sample(struct build *build, uint64_t *before)
{
	struct aie_array *array = build->array;
	enum aie_array_stop stop = AIE_ARRAY_DEADLINE;

	for (unsigned i = 0; i < array->tiles; i++)
		before[i] = bundles(&array->tile[i]);
	for (unsigned i = 0; i < array->units; i++)
		before[array->tiles + i] = array->channel[i].counters.bytes;
	for (unsigned i = 0; i < SAMPLE_CYCLES && stop == AIE_ARRAY_DEADLINE; i++) {
		stop = aie_array_run(array, aie_now(array) + 1, false);
		for (unsigned n = 0; n < array->tiles; n++) {
			const struct aie_core *core = array->tile[n].core.core;
			uint32_t pc;

			if (!core || aie_core_status(core) != AIE_CORE_RUNNING)
				continue;
			pc = aie_core_pc(core);
			if (!build->pc_high[n] || pc < build->pc_low[n])
				build->pc_low[n] = pc;
			if (pc > build->pc_high[n])
				build->pc_high[n] = pc;
		}
	}
	for (unsigned i = 0; i < array->tiles; i++)
		build->core_moved[i] = bundles(&array->tile[i]) != before[i];
	for (unsigned i = 0; i < array->units; i++)
		build->channel_moved[i] = array->channel[i].counters.bytes != before[array->tiles + i];
}

/* Everything that waits, that moves or that has halted; partners come with what waits for them. */
static void add_units(struct build *build)
{
	const struct aie_array *array = build->array;

	if (build->awaited)
		node_of(build, build->keys - 1);
	for (unsigned i = 0; i < array->tiles; i++) {
		const struct aie_tile *tile = &array->tile[i];

		if (tile->core.core) {
			enum aie_core_status status = aie_core_status(tile->core.core);

			if (status != AIE_CORE_RESET && status != AIE_CORE_DONE)
				node_of(build, tile_key(tile, KEY_CORE));
		}
		for (unsigned k = 0; k < 2 * tile->channels; k++)
			if (tile->channel[k].state != AIE_DMA_IDLE)
				channel_node(build, &tile->channel[k]);
		for (uint32_t bits = tile->packet->slaves; bits; bits &= bits - 1) {
			unsigned port = (unsigned)__builtin_ctz(bits);

			if (tile->packet->slave[port].state != AIE_PACKET_REST)
				node_of(build, tile_key(tile, KEY_PORTS + port));
		}
		if (aie_control_busy(tile))
			node_of(build, tile_key(tile, KEY_CONTROL));
	}
}

/* Nodes are expanded in the order they came; `done` counts them. */
static void expand_all(struct build *build)
{
	size_t *key_of = calloc(build->keys, sizeof *key_of);
	unsigned known = 0;

	build->no_memory |= !key_of;
	for (unsigned done = 0; !build->no_memory && done < build->graph->node_count; done++) {
		if (done == known) {
			known = build->graph->node_count;
			for (size_t key = 0; key < build->keys; key++)
				if (build->index[key] != NO_NODE)
					key_of[build->index[key]] = key;
		}
		expand(build, key_of[done], done);
	}
	free(key_of);
}

static bool run(struct build *build)
{
	const struct aie_array *array = build->array;
	size_t tiles = array->tiles;
	uint64_t *before = malloc((tiles + array->units) * sizeof *before);

	build->keys = tiles * KEYS_A_TILE + 1;
	build->index = malloc(build->keys * sizeof *build->index);
	build->locks = calloc(tiles, sizeof *build->locks);
	build->scanned = calloc(tiles, sizeof *build->scanned);
	build->pc_low = calloc(tiles, sizeof *build->pc_low);
	build->pc_high = calloc(tiles, sizeof *build->pc_high);
	build->core_moved = calloc(tiles, sizeof *build->core_moved);
	build->channel_moved = calloc(array->units, sizeof *build->channel_moved);
	if (!before || !build->index || !build->locks || !build->scanned || !build->pc_low || !build->pc_high ||
	    !build->core_moved || !build->channel_moved) {
		free(before);
		return false;
	}
	for (size_t i = 0; i < build->keys; i++)
		build->index[i] = NO_NODE;
	if (build->graph->kind == AIE_HANG_NO_PROGRESS)
		sample(build, before);
	free(before);
	build->graph->cycle = aie_now(array);
	add_units(build);
	expand_all(build);
	find_causes(build);
	rank_causes(build);
	if (build->no_memory)
		return false;
	if (build->graph->edge_count)
		qsort(build->graph->edge, build->graph->edge_count, sizeof *build->graph->edge, compare_edges);
	/* A ring of what waits is a reason only when nothing else moves. */
	return build->graph->kind != AIE_HANG_DEADLOCK || find_first_ring(build->graph);
}

struct aie_wait_graph *aie_wait_graph_create(struct aie_array *array, enum aie_hang_kind kind,
                                             const struct aie_token *awaited)
{
	struct build build = { .array = array, .awaited = awaited };
	bool good;

	build.graph = calloc(1, sizeof *build.graph);
	if (!build.graph)
		return NULL;
	build.graph->kind = kind;
	good = run(&build);
	free(build.index);
	free(build.locks);
	free(build.scanned);
	free(build.pc_low);
	free(build.pc_high);
	free(build.core_moved);
	free(build.channel_moved);
	if (good)
		return build.graph;
	aie_wait_graph_destroy(build.graph);
	return NULL;
}

void aie_wait_graph_destroy(struct aie_wait_graph *graph)
{
	if (!graph)
		return;
	free(graph->node);
	free(graph->edge);
	free(graph->ring);
	free(graph->cause);
	free(graph);
}

void aie_array_set_hang_watcher(struct aie_array *array, aie_hang_watcher *watcher, void *user)
{
	array->hang_watcher = watcher;
	array->hang_user = user;
}

struct aie_wait_graph *aie_array_hang(struct aie_array *array, enum aie_hang_kind kind, const struct aie_token *awaited)
{
	struct aie_wait_graph *graph = aie_wait_graph_create(array, kind, awaited);

	if (graph && array->hang_watcher)
		array->hang_watcher(array->hang_user, graph);
	return graph;
}
