#include "sim/array/packet.h"

#include <stdlib.h>
#include <string.h>

#include "sim/array/internal.h"

uint32_t aie_packet_header(const struct aie_tile *source, unsigned id, unsigned type, unsigned descriptor)
{
	uint32_t word = (uint32_t)source->column << AIE_PACKET_COLUMN_LSB | (uint32_t)source->row << AIE_PACKET_ROW_LSB;

	word |= type << AIE_PACKET_TYPE_LSB | descriptor << AIE_PACKET_BD_LSB | id << AIE_PACKET_ID_LSB;
	return aie_parity_odd(word) ? word : word | UINT32_C(1) << 31;
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

int aie_packet_init(struct aie_array *array, struct aie_tile *tile)
{
	struct aie_packet_switch *packet = calloc(1, sizeof *packet);

	if (!packet)
		return -1;
	tile->packet = packet;
	for (unsigned i = 0; i < AIE_SWITCH_PORTS; i++) {
		packet->slave[i].sink.entity = packet->master[i].entity = aie_switch_unit(array, tile);
		packet->master[i].egress = array->timing.stream_packet_beats;
	}
	for (unsigned i = 0; i < AIE_ARBITERS; i++)
		packet->arbiter[i].owner = AIE_NO_OWNER;
	return 0;
}

void aie_packet_free(struct aie_tile *tile)
{
	if (!tile->packet)
		return;
	for (unsigned i = 0; i < AIE_SWITCH_PORTS; i++)
		aie_route_free(&tile->packet->master[i]);
	free(tile->packet);
	tile->packet = NULL;
}

void aie_packet_reset(struct aie_array *array, struct aie_tile *tile)
{
	struct aie_packet_switch *packet = tile->packet;

	for (unsigned i = 0; i < AIE_SWITCH_PORTS; i++) {
		struct aie_packet_slave *slave = &packet->slave[i];

		aie_route_drop(&packet->master[i]);
		memset(slave->slot, 0, sizeof slave->slot);
		slave->state = AIE_PACKET_REST;
		slave->started = false;
	}
	memset(packet->arbiter, 0, sizeof packet->arbiter);
	for (unsigned i = 0; i < AIE_ARBITERS; i++)
		packet->arbiter[i].owner = AIE_NO_OWNER;
	memset(packet->merge, 0, sizeof packet->merge);
	array->routes_dirty = true;
}

void aie_packet_changed(struct aie_array *array, struct aie_tile *tile)
{
	struct aie_packet_switch *packet = tile->packet;

	for (unsigned i = 0; i < AIE_SWITCH_PORTS; i++)
		if (packet->slave[i].state != AIE_PACKET_PASS)
			packet->slave[i].state = AIE_PACKET_REST;
	for (unsigned i = 0; i < AIE_ARBITERS; i++)
		packet->arbiter[i].requests = 0;
	aie_array_wake(array, aie_switch_unit(array, tile), aie_now(array));
}

static int refuse(const struct aie_tile *tile, const char *which, struct aie_port port, struct aie_error *error)
{
	return aie_error_set(error, AIE_ERROR_UNSUPPORTED,
	                     "tile (%u,%u): %s port %s%u is configured anew while a packet passes it: what the "
	                     "hardware does with it is not established",
	                     tile->column, tile->row, which, aie_port_kind_name(port.kind), port.number);
}

int aie_packet_check_slave(const struct aie_tile *tile, unsigned slave, struct aie_error *error)
{
	if (tile->packet->slave[slave].state != AIE_PACKET_PASS)
		return 0;
	return refuse(tile, "slave", aie_switch_slave(tile->kind, slave), error);
}

int aie_packet_check_master(const struct aie_tile *tile, unsigned master, struct aie_error *error)
{
	const struct aie_packet_switch *packet = tile->packet;
	bool used = !aie_route_empty(&packet->master[master]);

	for (unsigned i = 0; i < AIE_SWITCH_PORTS; i++)
		if (packet->slave[i].state == AIE_PACKET_PASS && packet->slave[i].targets >> master & 1)
			used = true;
	return used ? refuse(tile, "master", aie_switch_master(tile->kind, master), error) : 0;
}

/* ---- headers ----------------------------------------------------------------------------------------------------- */

/* The register fields are the same in all tiles and ports. */
static unsigned slot_field(uint32_t slot, unsigned lsb, unsigned width)
{
	return aie_field_get(slot, lsb, width);
}
#define SLOT(slot, field)                                                                                              \
	slot_field((slot), AIE_CORE_STREAM_SWITCH_SLAVE_DMA_SLOT_##field##_LSB,                                        \
	           AIE_CORE_STREAM_SWITCH_SLAVE_DMA_SLOT_##field##_WIDTH)

/* The first slot that fits counts (software does not overlap them; lowest first is the usual assumption). */
static int find_slot(const struct aie_packet_slave *slave, uint32_t header)
{
	unsigned id = aie_field_get(header, AIE_PACKET_ID_LSB, AIE_PACKET_ID_WIDTH);

	for (int i = 0; i < AIE_SLOTS; i++) {
		unsigned mask = SLOT(slave->slot[i], MASK);

		if (SLOT(slave->slot[i], ENABLE) && (id & mask) == (SLOT(slave->slot[i], ID) & mask))
			return i;
	}
	return -1;
}

/* Master ports of an arbiter that listen to a master select: Configuration has the arbiter in bits 2:0 and the selects
 * as a mask in bits 6:3 (documented). */
static uint32_t find_masters(const struct aie_tile *tile, unsigned arbiter, unsigned select)
{
	uint32_t masters = 0;

	for (unsigned i = 0; i < aie_switch_masters(tile->kind); i++) {
		uint32_t config =
		        AIE_FIELD_GET(tile->stream.master[i], AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_CONFIGURATION);

		if (aie_master_in_packet_mode(tile->stream.master[i]) && (config & 7) == arbiter &&
		    config >> (3 + select) & 1)
			masters |= UINT32_C(1) << i;
	}
	return masters;
}

uint32_t aie_packet_masters(const struct aie_tile *tile, unsigned slave)
{
	const uint32_t *slot = tile->packet->slave[slave].slot;
	uint32_t masters = 0;

	for (unsigned i = 0; i < AIE_SLOTS; i++)
		if (SLOT(slot[i], ENABLE))
			masters |= find_masters(tile, SLOT(slot[i], ARBIT), SLOT(slot[i], MSEL));
	return masters;
}

/* The crossbar has wires to all masters of the packet; false: the array stops. */
static bool can_cross(struct aie_array *array, const struct aie_tile *tile, unsigned number)
{
	const struct aie_packet_slave *slave = &tile->packet->slave[number];

	for (uint32_t bits = slave->targets; bits; bits &= bits - 1) {
		unsigned master = (unsigned)__builtin_ctz(bits);
		struct aie_port from = aie_switch_slave(tile->kind, number), to = aie_switch_master(tile->kind, master);
		struct aie_error error;

		if (aie_ports_joinable(tile->kind, number, master))
			continue;
		aie_error_set(&error, AIE_ERROR_INPUT,
		              "tile (%u,%u): packet with id %u: the switch has no way from slave port %s%u to master "
		              "port %s%u",
		              tile->column, tile->row,
		              aie_field_get(slave->header, AIE_PACKET_ID_LSB, AIE_PACKET_ID_WIDTH),
		              aie_port_kind_name((enum aie_port_kind)from.kind), from.number,
		              aie_port_kind_name((enum aie_port_kind)to.kind), to.number);
		aie_array_set_fault(array, tile, &error);
		return false;
	}
	return true;
}

/* Look at the header of a slave port at rest; the cycle to look again. */
static uint64_t read_header(struct aie_array *array, struct aie_tile *tile, unsigned number, uint64_t now)
{
	struct aie_packet_switch *packet = tile->packet;
	struct aie_packet_slave *slave = &packet->slave[number];
	uint64_t ready = aie_sink_ready(&slave->sink, 1);
	int slot;

	if (ready > now) {
		if (ready == AIE_NEVER)
			slave->sink.want = 1;
		return ready;
	}
	slave->sink.want = 0;
	slave->header = aie_sink_peek(&slave->sink);
	slot = find_slot(slave, slave->header);
	if (slot < 0) {
		slave->state = AIE_PACKET_NO_SLOT;
		return AIE_NEVER;
	}
	slave->arbiter = (uint8_t)SLOT(slave->slot[slot], ARBIT);
	slave->targets = find_masters(tile, slave->arbiter, SLOT(slave->slot[slot], MSEL));
	if (!slave->targets) {
		slave->state = AIE_PACKET_NO_MASTER;
		return AIE_NEVER;
	}
	if (!can_cross(array, tile, number))
		return AIE_NEVER;
	slave->state = AIE_PACKET_REQUEST;
	slave->started = false;
	packet->arbiter[slave->arbiter].requests |= UINT32_C(1) << number;
	return AIE_NEVER;
}

/* ---- arbiters ---------------------------------------------------------------------------------------------------- */

unsigned aie_merge_slave(const struct aie_merge *merge, unsigned position)
{
	uint32_t word = merge->order[position / 2];

	return position % 2 ? AIE_FIELD_GET(word, AIE_CORE_STREAM_SWITCH_DETERMINISTIC_MERGE_ARB_SLAVE0_1_SLAVE_ID_1)
	                    : AIE_FIELD_GET(word, AIE_CORE_STREAM_SWITCH_DETERMINISTIC_MERGE_ARB_SLAVE0_1_SLAVE_ID_0);
}

unsigned aie_merge_count(const struct aie_merge *merge, unsigned position)
{
	uint32_t word = merge->order[position / 2];

	return position % 2
	               ? AIE_FIELD_GET(word, AIE_CORE_STREAM_SWITCH_DETERMINISTIC_MERGE_ARB_SLAVE0_1_PACKET_COUNT_1)
	               : AIE_FIELD_GET(word, AIE_CORE_STREAM_SWITCH_DETERMINISTIC_MERGE_ARB_SLAVE0_1_PACKET_COUNT_0);
}

/* The slave port whose packet is due; AIE_NO_OWNER when all counts are 0. */
static uint8_t merge_turn(struct aie_merge *merge)
{
	for (unsigned i = 0; i <= AIE_MERGE_POSITIONS; i++) {
		if (merge->done < aie_merge_count(merge, merge->position))
			return (uint8_t)aie_merge_slave(merge, merge->position);
		merge->position = (uint8_t)((merge->position + 1) % AIE_MERGE_POSITIONS);
		merge->done = 0;
	}
	return AIE_NO_OWNER;
}

static struct aie_merge *merge_of(struct aie_packet_switch *packet, unsigned arbiter)
{
	return arbiter < AIE_MERGES && packet->merge[arbiter].enable ? &packet->merge[arbiter] : NULL;
}

static void grant(const struct aie_array *array, struct aie_packet_switch *packet, unsigned number, uint64_t now)
{
	struct aie_arbiter *arbiter = &packet->arbiter[number];
	struct aie_merge *merge = merge_of(packet, number);
	unsigned chosen;

	if (merge) {
		chosen = merge_turn(merge);
		if (chosen == AIE_NO_OWNER || !(arbiter->requests >> chosen & 1))
			return;
	} else {
		/* in turns: the next one above the last */
		uint32_t above = arbiter->requests & ~((UINT32_C(2) << arbiter->last) - 1);

		chosen = (unsigned)__builtin_ctz(above ? above : arbiter->requests);
	}
	arbiter->requests &= ~(UINT32_C(1) << chosen);
	arbiter->owner = arbiter->last = (uint8_t)chosen;
	arbiter->granted = now + array->timing.stream_arbiter_cycles;
	packet->slave[chosen].state = AIE_PACKET_PASS;
}

static bool to_several(uint32_t targets)
{
	return targets & (targets - 1);
}

/* Every master of the packet has room for a beat.  One master alone does not use the queue in front of it. */
static bool has_room(struct aie_packet_switch *packet, uint32_t targets)
{
	bool room = true;

	for (uint32_t bits = targets; bits; bits &= bits - 1) {
		struct aie_route *route = &packet->master[__builtin_ctz(bits)];
		uint32_t need = to_several(targets) ? 1 : route->egress + 1;

		if (aie_route_space(route) < need) {
			route->want = need;
			room = false;
		}
	}
	return room;
}

/* All masters have passed the packet on; packets to one master have no queue. */
static bool has_drained(struct aie_packet_switch *packet, uint32_t targets)
{
	for (uint32_t bits = targets; bits; bits &= bits - 1) {
		struct aie_route *route = &packet->master[__builtin_ctz(bits)];

		if (!aie_route_accepted(route)) {
			route->want = route->egress;
			return false;
		}
	}
	return true;
}

/* A way of the packet leads into what the model refuses. */
static bool leads_astray(struct aie_array *array, struct aie_tile *tile, const struct aie_packet_slave *slave)
{
	for (uint32_t bits = slave->targets; bits; bits &= bits - 1) {
		const struct aie_route *route = &tile->packet->master[__builtin_ctz(bits)];

		for (uint32_t i = 0; route->refused && i < route->target_count; i++) {
			const struct aie_route_target *target = &route->target[i];
			struct aie_error error;

			if (target->end != AIE_END_REFUSED)
				continue;
			aie_error_set(&error, AIE_ERROR_UNIMPLEMENTED,
			              "tile (%u,%u): refused: packet with id %u leads into tile (%u,%u): %s",
			              tile->column, tile->row,
			              aie_field_get(slave->header, AIE_PACKET_ID_LSB, AIE_PACKET_ID_WIDTH),
			              target->column, target->row, target->reason);
			aie_array_set_fault(array, tile, &error);
			return true;
		}
	}
	return false;
}

static void forward(struct aie_array *array, struct aie_tile *tile, struct aie_packet_slave *slave, uint64_t now,
                    bool *last)
{
	uint32_t word[2], count = aie_sink_beat_words(&slave->sink);

	aie_sink_take(array, &slave->sink, word, count, now, last);
	if (!slave->started && !aie_parity_odd(slave->header))
		aie_event_packet_error(tile); /* said and passed on (documented) */
	for (uint32_t bits = slave->targets; bits; bits &= bits - 1) {
		unsigned master = (unsigned)__builtin_ctz(bits);
		struct aie_route *route = &tile->packet->master[master];
		bool drop = !slave->started && AIE_FIELD_GET(tile->stream.master[master],
		                                             AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_DROP_HEADER);

		if (!drop)
			aie_route_push(route, now, word[0], count == 2 ? word[1] : 0, count, *last);
		else if (count == 2)
			aie_route_push(route, now, word[1], 0, 1, *last);
		else
			continue; /* a packet that is only a header leaves nothing */
		aie_route_notify(array, route);
	}
	slave->started = true;
}

/* Let the owner's packet go on by a beat; the cycle to look again. */
static uint64_t pass(struct aie_array *array, struct aie_tile *tile, unsigned number, uint64_t now)
{
	struct aie_packet_switch *packet = tile->packet;
	struct aie_arbiter *arbiter = &packet->arbiter[number];
	struct aie_packet_slave *slave = &packet->slave[arbiter->owner];
	uint64_t ready;
	bool last;

	if (arbiter->granted > now)
		return arbiter->granted;
	if (!arbiter->draining) {
		ready = aie_sink_ready(&slave->sink, 1);
		if (ready > now) {
			if (ready == AIE_NEVER)
				slave->sink.want = 1;
			return ready;
		}
		slave->sink.want = 0;
		if (!slave->started && leads_astray(array, tile, slave))
			return AIE_NEVER;
		if (!has_room(packet, slave->targets))
			return AIE_NEVER;
		forward(array, tile, slave, now, &last);
		if (!last)
			return now + 1;
	}
	arbiter->draining = to_several(slave->targets) && !has_drained(packet, slave->targets);
	if (arbiter->draining)
		return AIE_NEVER;
	if (merge_of(packet, number))
		packet->merge[number].done++;
	slave->state = AIE_PACKET_REST;
	arbiter->owner = AIE_NO_OWNER;
	return now + 1;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t packet_step(struct aie_array *array, struct aie_tile *tile, uint64_t now)
{
	struct aie_packet_switch *packet = tile->packet;
	uint64_t next = AIE_NEVER;

	for (uint32_t bits = packet->slaves; bits; bits &= bits - 1) {
		unsigned number = (unsigned)__builtin_ctz(bits);

		if (packet->slave[number].state == AIE_PACKET_REST)
			next = earlier(next, read_header(array, tile, number, now));
	}
	for (unsigned i = 0; i < AIE_ARBITERS; i++) {
		if (packet->arbiter[i].owner == AIE_NO_OWNER && packet->arbiter[i].requests)
			grant(array, packet, i, now);
		if (packet->arbiter[i].owner != AIE_NO_OWNER)
			next = earlier(next, pass(array, tile, i, now));
	}
	return next;
}

uint64_t aie_switch_step(struct aie_array *array, struct aie_tile *tile, uint64_t now)
{
	uint64_t packet = tile->packet->slaves ? packet_step(array, tile, now) : AIE_NEVER;

	return earlier(packet, aie_control_step(array, tile, now));
}
