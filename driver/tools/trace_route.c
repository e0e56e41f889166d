/* Ways of trace packets: trees from the trace ports to shim S2MM channels, through ports that the image leaves free.
 *
 * All units whose packets go to one channel share the links of a tree: in each switch on the way the packets of several
 * slaves are merged by an arbiter into one master.  Units are laid one after another, each the cheapest way to a tree
 * or to a channel that is still free; opening a channel is dear, so that there is one tree as long as one is enough.
 */
#include <stdio.h>
#include <string.h>

#include "driver/tools/tracing.h"

enum {
	NODES = AIE_TRACING_MAX_COLUMNS * AIE_ARRAY_ROWS * AIE_SWITCH_PORTS_MAX,
	HOP_COST = 4,
	SINK_COST = 1000,
	UNREACHED = 1 << 30,
	SHIM_CHANNELS = 2,
	SHIM_DESCRIPTORS = 16,
	TO_DMA = 1, /* value of the shim's demultiplexer */
};

static const unsigned ENABLED = 1U << 31;

struct search {
	struct aie_tracing_plan *plan;
	const struct aie_tracing_survey *survey;
	int cost[NODES];       /* of reaching a slave port */
	int from[NODES];       /* the slave port before, -1: the start */
	uint8_t master[NODES]; /* that was taken there */
	bool done[NODES];
};

static int node(unsigned column, unsigned row, unsigned port)
{
	return (int)((column * AIE_ARRAY_ROWS + row) * AIE_SWITCH_PORTS_MAX + port);
}

static struct aie_switch_port port_of(int number)
{
	const int tile = number / AIE_SWITCH_PORTS_MAX;

	return (struct aie_switch_port){ (uint8_t)(tile / AIE_ARRAY_ROWS), (uint8_t)(tile % AIE_ARRAY_ROWS),
		                         (uint8_t)(number % AIE_SWITCH_PORTS_MAX) };
}

/* ---- what the image leaves free ---- */

static uint32_t word_at(const struct aie_tracing_tile *tile, enum aie_tile_kind kind, uint32_t offset)
{
	return tile->switches[(offset - aie_port_master_config(kind, 0)) / 4];
}

static bool master_free(const struct aie_tracing_survey *survey, struct aie_switch_port at)
{
	const enum aie_tile_kind kind = aie_tile_kind_of_row(at.row);

	return !(word_at(&survey->tile[at.column][at.row], kind, aie_port_master_config(kind, at.port)) & ENABLED);
}

static bool slave_free(const struct aie_tracing_survey *survey, struct aie_switch_port at)
{
	const enum aie_tile_kind kind = aie_tile_kind_of_row(at.row);

	return !(word_at(&survey->tile[at.column][at.row], kind, aie_port_slave_config(kind, at.port)) & ENABLED);
}

/* An arbiter that neither the image's packets nor ours use, or AIE_TRACING_NOTHING. */
static uint8_t free_arbiter(const struct search *search, unsigned column, unsigned row)
{
	const enum aie_tile_kind kind = aie_tile_kind_of_row(row);
	const struct aie_tracing_tile *tile = &search->survey->tile[column][row];
	unsigned used = 0;

	for (unsigned port = 0; port < aie_switch_port_count(kind, true); port++) {
		const uint32_t master = word_at(tile, kind, aie_port_master_config(kind, port));
		const uint8_t ours = search->plan->switches[column][row].arbiter[port];

		if (master & AIE_FIELD_MASK(AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_PACKET_ENABLE))
			used |= 1U << (master & (AIE_SWITCH_ARBITERS - 1));
		if (ours != AIE_TRACING_NOTHING)
			used |= 1U << ours;
	}
	for (unsigned slot = 0; slot < AIE_SWITCH_SLOTS * aie_switch_port_count(kind, false); slot++) {
		const uint32_t value = word_at(
		        tile, kind, aie_port_slave_slot(kind, slot / AIE_SWITCH_SLOTS, slot % AIE_SWITCH_SLOTS));

		if (AIE_FIELD_GET(value, AIE_CORE_STREAM_SWITCH_SLAVE_DMA_SLOT_ENABLE))
			used |= 1U << AIE_FIELD_GET(value, AIE_CORE_STREAM_SWITCH_SLAVE_DMA_SLOT_ARBIT);
	}
	for (unsigned arbiter = AIE_SWITCH_ARBITERS; arbiter-- > 0;)
		if (!(used >> arbiter & 1))
			return (uint8_t)arbiter;
	return AIE_TRACING_NOTHING;
}

static uint32_t demux_field(const struct aie_tracing_tile *tile, unsigned channel)
{
	return channel ? AIE_FIELD_GET(tile->demux, AIE_SHIM_DEMUX_CONFIG_SOUTH3)
	               : AIE_FIELD_GET(tile->demux, AIE_SHIM_DEMUX_CONFIG_SOUTH2);
}

/* mlir-aie takes the highest descriptor for traces. */
static int free_descriptor(const struct search *search, unsigned column)
{
	unsigned used = search->survey->tile[column][0].descriptors;

	for (unsigned i = 0; i < search->plan->sink_count; i++)
		if (search->plan->sink[i].column == column)
			used |= 1U << search->plan->sink[i].descriptor;
	for (int descriptor = SHIM_DESCRIPTORS; descriptor-- > 0;)
		if (!(used >> descriptor & 1))
			return descriptor;
	return -1;
}

static bool channel_free(const struct search *search, unsigned column, unsigned channel)
{
	const struct aie_tracing_tile *tile = &search->survey->tile[column][0];

	return !(tile->s2mm >> channel & 1) && demux_field(tile, channel) != TO_DMA &&
	       master_free(search->survey,
	                   (struct aie_switch_port){ (uint8_t)column, 0, (uint8_t)aie_shim_dma_master(channel) }) &&
	       free_descriptor(search, column) >= 0;
}

/* The shim channel behind a master, or -1. */
static int channel_behind(struct aie_switch_port master)
{
	for (unsigned channel = 0; channel < SHIM_CHANNELS && master.row == 0; channel++)
		if (aie_shim_dma_master(channel) == master.port)
			return (int)channel;
	return -1;
}

/* ---- the search ---- */

struct ending {
	int cost, slave; /* the last slave port, -1: none found */
	uint8_t master;  /* that ends the way, or AIE_TRACING_NOTHING: the slave belongs to a tree */
};

static void offer(struct search *search, struct aie_switch_port slave, int cost, int from, uint8_t master)
{
	const int number = node(slave.column, slave.row, slave.port);

	if (cost >= search->cost[number])
		return;
	search->cost[number] = cost;
	search->from[number] = from;
	search->master[number] = master;
}

static void look_from(struct search *search, int number, struct ending *ending)
{
	const struct aie_switch_port at = port_of(number);
	const enum aie_tile_kind kind = aie_tile_kind_of_row(at.row);
	const struct aie_tracing_switch *own = &search->plan->switches[at.column][at.row];
	const bool arbiter_left = free_arbiter(search, at.column, at.row) != AIE_TRACING_NOTHING;

	for (unsigned port = 0; port < aie_switch_port_count(kind, true); port++) {
		const struct aie_switch_port master = { at.column, at.row, (uint8_t)port };
		const int channel = channel_behind(master);
		const bool ours = own->arbiter[port] != AIE_TRACING_NOTHING;
		struct aie_switch_port slave;
		int cost = search->cost[number] + HOP_COST;

		if (!aie_ports_joinable(kind, at.port, port) ||
		    (!ours && (!arbiter_left || !master_free(search->survey, master))))
			continue;
		if (ours) { /* the way goes on as the tree does */
			cost = search->cost[number];
		} else if (channel >= 0) {
			if (!channel_free(search, at.column, (unsigned)channel))
				continue;
			cost += SINK_COST;
		} else {
			if (!aie_port_follow(search->plan->columns, master, &slave) ||
			    !slave_free(search->survey, slave) ||
			    search->plan->switches[slave.column][slave.row].master[slave.port] != AIE_TRACING_NOTHING)
				continue;
			offer(search, slave, cost, number, (uint8_t)port);
			continue;
		}
		if (cost < ending->cost)
			*ending = (struct ending){ cost, number, (uint8_t)port };
	}
}

static struct ending find_way(struct search *search, struct aie_switch_port start)
{
	struct ending ending = { UNREACHED, -1, AIE_TRACING_NOTHING };

	for (int i = 0; i < NODES; i++) {
		search->cost[i] = UNREACHED;
		search->done[i] = false;
	}
	offer(search, start, 0, -1, AIE_TRACING_NOTHING);
	for (;;) {
		int best = -1;

		for (int i = 0; i < NODES; i++)
			if (!search->done[i] && search->cost[i] < UNREACHED &&
			    (best < 0 || search->cost[i] < search->cost[best]))
				best = i;
		if (best < 0 || search->cost[best] >= ending.cost)
			return ending;
		search->done[best] = true;
		look_from(search, best, &ending);
	}
}

static void take(struct search *search, struct aie_switch_port slave, uint8_t master)
{
	struct aie_tracing_switch *own = &search->plan->switches[slave.column][slave.row];

	if (own->arbiter[master] == AIE_TRACING_NOTHING)
		own->arbiter[master] = free_arbiter(search, slave.column, slave.row);
	own->master[slave.port] = master;
}

static void lay(struct search *search, const struct ending *ending)
{
	const struct aie_switch_port last = port_of(ending->slave);
	const struct aie_switch_port end = { last.column, last.row, ending->master };
	const int channel = channel_behind(end);
	uint8_t master = ending->master;

	if (channel >= 0 && search->plan->switches[end.column][end.row].arbiter[end.port] == AIE_TRACING_NOTHING) {
		search->plan->sink[search->plan->sink_count] = (struct aie_tracing_sink){
			.column = end.column,
			.channel = (uint8_t)channel,
			.descriptor = (uint8_t)free_descriptor(search, end.column),
		};
		search->plan->sink_count++;
	}
	for (int at = ending->slave; at >= 0; at = search->from[at]) {
		take(search, port_of(at), master);
		master = search->master[at];
	}
}

/* ---- why there is none ---- */

static void name_taken(const struct search *search, int number, char *text, size_t size)
{
	const struct aie_switch_port at = port_of(number);
	const enum aie_tile_kind kind = aie_tile_kind_of_row(at.row);
	size_t used = 0;

	text[0] = 0;
	for (unsigned port = 0; port < aie_switch_port_count(kind, true) && used < size; port++) {
		const struct aie_switch_port master = { at.column, at.row, (uint8_t)port };
		unsigned index = 0;
		const enum aie_port_bundle bundle = aie_port_bundle(kind, true, port, &index);

		if (!aie_ports_joinable(kind, at.port, port) || master_free(search->survey, master) ||
		    (bundle != AIE_BUNDLE_SOUTH && bundle != AIE_BUNDLE_WEST && bundle != AIE_BUNDLE_EAST))
			continue;
		used += (size_t)snprintf(text + used, size - used, "%s%s%u", used ? ", " : "",
		                         aie_port_bundle_name(bundle), index);
	}
}

static int no_way(struct search *search, const struct aie_tracing_unit *unit, struct aie_error *error)
{
	char channels[120] = "", taken[160];
	size_t used = 0;
	int closest = -1;

	for (unsigned column = 0; column < search->plan->columns; column++)
		for (unsigned channel = 0; channel < SHIM_CHANNELS && used < sizeof channels; channel++)
			if (channel_free(search, column, channel))
				used += (size_t)snprintf(channels + used, sizeof channels - used, "%s(%u,0) S2MM %u",
				                         used ? ", " : "", column, channel);
	if (!used && !search->plan->sink_count)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "--trace: no shim S2MM channel is free: the image uses both, or all "
		                     "descriptors, of each of its %u columns",
		                     search->plan->columns);
	for (int i = 0; i < NODES; i++)
		if (search->done[i] && (closest < 0 || port_of(i).row < port_of(closest).row))
			closest = i;
	name_taken(search, closest, taken, sizeof taken);
	return aie_error_set(error, AIE_ERROR_INPUT,
	                     "--trace: no way for the trace of the %s module of tile (%u,%u): it comes as far as tile "
	                     "(%u,%u), where the image takes %s (free shim channels: %s)",
	                     aie_event_module_name((enum aie_event_module)unit->module), unit->column, unit->row,
	                     port_of(closest).column, port_of(closest).row, taken[0] ? taken : "no port, but arbiters",
	                     used ? channels : "none");
}

static unsigned trace_port(const struct aie_tracing_unit *unit)
{
	return aie_switch_ports(aie_tile_kind_of_row(unit->row), false, AIE_BUNDLE_TRACE).first +
	       (unit->module == AIE_EVENT_MODULE_MEM ? 1U : 0U);
}

/* Every sink's own shim sends a last packet (trace_setup.c), whether it is traced or not. */
static void join_sinks(struct search *search)
{
	const uint8_t port = (uint8_t)aie_switch_ports(AIE_TILE_SHIM, false, AIE_BUNDLE_TRACE).first;

	for (unsigned i = 0; i < search->plan->sink_count; i++) {
		struct aie_tracing_sink *sink = &search->plan->sink[i];
		const struct aie_switch_port slave = { sink->column, 0, port };
		const uint8_t master = (uint8_t)aie_shim_dma_master(sink->channel);
		const uint8_t taken = search->plan->switches[sink->column][0].master[port];

		if (taken == AIE_TRACING_NOTHING && slave_free(search->survey, slave))
			take(search, slave, master);
		sink->own_packet = search->plan->switches[sink->column][0].master[port] == master;
	}
}

int aie_tracing_route(struct aie_tracing_plan *plan, const struct aie_tracing_survey *survey, struct aie_error *error)
{
	struct search search = { .plan = plan, .survey = survey };
	unsigned kept = 0;
	size_t said = 0;

	memset(plan->switches, AIE_TRACING_NOTHING, sizeof plan->switches);
	for (unsigned i = 0; i < plan->unit_count; i++) {
		struct aie_tracing_unit *unit = &plan->unit[i];
		const struct aie_switch_port start = { unit->column, unit->row, (uint8_t)trace_port(unit) };
		const struct ending ending =
		        slave_free(survey, start) ? find_way(&search, start) : (struct ending){ .slave = -1 };

		if (ending.slave >= 0) {
			lay(&search, &ending);
			plan->unit[kept++] = *unit;
		} else if (!slave_free(survey, start)) {
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "--trace: the image uses the trace port of the %s module of tile (%u,%u) "
			                     "itself",
			                     aie_event_module_name((enum aie_event_module)unit->module), unit->column,
			                     unit->row);
		} else if (unit->asked || unit->module != AIE_EVENT_MODULE_SHIM) {
			return no_way(&search, unit, error);
		} else if (said < sizeof plan->left_out) {
			/* A shim's trace port reaches few others; by default it may stay out. */
			said += (size_t)snprintf(plan->left_out + said, sizeof plan->left_out - said, "%s(%u,%u)",
			                         said ? ", " : "", unit->column, unit->row);
		}
	}
	plan->unit_count = kept;
	join_sinks(&search);
	return 0;
}
