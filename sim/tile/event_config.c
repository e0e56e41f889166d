/* The registers of event modules: what they say, and what they give back. */
#include <stdlib.h>
#include <string.h>

#include "sim/array/internal.h"

static const struct aie_event_map maps[AIE_EVENT_MODULES] = {
	[AIE_EVENT_MODULE_CORE] = {
		.base = AIE_CORE_TIMER_CONTROL,
		.perf = AIE_CORE_PERFORMANCE_CONTROL0,
		.counters = AIE_CORE_PERFORMANCE_COUNTER_COUNT,
		.bits = 7,
		.statuses = 4,
		.perf_event = AIE_EVENT_CORE_PERF_CNT_0,
		.combo_event = AIE_EVENT_CORE_COMBO_EVENT_0,
		.edge_event = AIE_EVENT_CORE_EDGE_DETECTION_EVENT_0,
		.broadcast_event = AIE_EVENT_CORE_BROADCAST_0,
		.packet_error_event = AIE_EVENT_CORE_STREAM_PKT_PARITY_ERROR,
		.control_error_event = AIE_EVENT_CORE_CONTROL_PKT_ERROR,
		.port_event = AIE_EVENT_CORE_PORT_IDLE_0,
		.port_register = AIE_CORE_STREAM_SWITCH_EVENT_PORT_SELECTION_0,
	},
	[AIE_EVENT_MODULE_MEM] = {
		.base = AIE_MEM_TIMER_CONTROL,
		.perf = AIE_MEM_PERFORMANCE_CONTROL0,
		.counters = AIE_MEM_PERFORMANCE_COUNTER_COUNT,
		.bits = 7,
		.statuses = 4,
		.perf_event = AIE_EVENT_MEM_PERF_CNT_0,
		.combo_event = AIE_EVENT_MEM_COMBO_EVENT_0,
		.edge_event = AIE_EVENT_MEM_EDGE_DETECTION_EVENT_0,
		.broadcast_event = AIE_EVENT_MEM_BROADCAST_0,
		.dma_event = AIE_EVENT_MEM_DMA_S2MM_0_START_TASK,
		.dma_error_event = AIE_EVENT_MEM_DMA_S2MM_0_ERROR,
		.lock_error_event = AIE_EVENT_MEM_LOCK_ERROR,
		.lock_event = AIE_EVENT_MEM_LOCK_SEL0_ACQ_EQ,
		.locks = AIE_MEM_LOCKS_EVENT_SELECTION_COUNT,
		.lock_register = AIE_MEM_LOCKS_EVENT_SELECTION,
		.conflict_event = AIE_EVENT_MEM_CONFLICT_DM_BANK_0,
	},
	[AIE_EVENT_MODULE_MEMTILE] = {
		.base = AIE_MEMTILE_TIMER_CONTROL,
		.perf = AIE_MEMTILE_PERFORMANCE_CONTROL0,
		.counters = AIE_MEMTILE_PERFORMANCE_COUNTER_COUNT,
		.bits = 8,
		.statuses = 6,
		.perf_event = AIE_EVENT_MEMTILE_PERF_CNT0_EVENT,
		.combo_event = AIE_EVENT_MEMTILE_COMBO_EVENT_0,
		.edge_event = AIE_EVENT_MEMTILE_EDGE_DETECTION_EVENT_0,
		.broadcast_event = AIE_EVENT_MEMTILE_BROADCAST_0,
		.packet_error_event = AIE_EVENT_MEMTILE_STREAM_PKT_ERROR,
		.control_error_event = AIE_EVENT_MEMTILE_CONTROL_PKT_ERROR,
		.dma_event = AIE_EVENT_MEMTILE_DMA_S2MM_SEL0_START_TASK,
		.dma_error_event = AIE_EVENT_MEMTILE_DMA_S2MM_ERROR,
		.lock_error_event = AIE_EVENT_MEMTILE_LOCK_ERROR,
		.lock_event = AIE_EVENT_MEMTILE_LOCK_SEL0_ACQ_EQ,
		.locks = AIE_MEMTILE_LOCKS_EVENT_SELECTION_COUNT,
		.lock_register = AIE_MEMTILE_LOCKS_EVENT_SELECTION,
		.conflict_event = AIE_EVENT_MEMTILE_CONFLICT_DM_BANK_0,
		.port_event = AIE_EVENT_MEMTILE_PORT_IDLE_0,
		.port_register = AIE_MEMTILE_STREAM_SWITCH_EVENT_PORT_SELECTION_0,
	},
	[AIE_EVENT_MODULE_SHIM] = {
		.base = AIE_SHIM_TIMER_CONTROL,
		.perf = AIE_SHIM_PERFORMANCE_CTRL0,
		.counters = AIE_SHIM_PERFORMANCE_COUNTER_COUNT,
		.bits = 7,
		.statuses = 4,
		.perf_event = AIE_EVENT_SHIM_PERF_CNT_0,
		.combo_event = AIE_EVENT_SHIM_COMBO_EVENT_0,
		.edge_event = AIE_EVENT_SHIM_EDGE_DETECTION_EVENT_0,
		.broadcast_event = AIE_EVENT_SHIM_BROADCAST_A_0,
		.control_error_event = AIE_EVENT_SHIM_CONTROL_PKT_ERROR,
		.dma_event = AIE_EVENT_SHIM_DMA_S2MM_0_START_TASK,
		.dma_error_event = AIE_EVENT_SHIM_DMA_S2MM_ERROR,
		.lock_error_event = AIE_EVENT_SHIM_LOCK_ERROR,
		.lock_event = AIE_EVENT_SHIM_LOCK_0_ACQ_EQ,
		.locks = AIE_SHIM_LOCKS_EVENT_SELECTION_COUNT,
		.lock_register = AIE_SHIM_LOCKS_EVENT_SELECTION,
		.port_event = AIE_EVENT_SHIM_PORT_IDLE_0,
		.port_register = AIE_SHIM_STREAM_SWITCH_EVENT_PORT_SELECTION_0,
	},
};

/* Distances of registers from Timer_Control and from the first performance register, the same in all modules. */
enum {
	EVENT_GENERATE = AIE_CORE_EVENT_GENERATE - AIE_CORE_TIMER_CONTROL,
	EVENT_BROADCAST = AIE_CORE_EVENT_BROADCAST - AIE_CORE_TIMER_CONTROL,
	TRACE_CONTROL = AIE_CORE_TRACE_CONTROL0 - AIE_CORE_TIMER_CONTROL,
	TRACE_STATUS = AIE_CORE_TRACE_STATUS - AIE_CORE_TIMER_CONTROL,
	TRACE_EVENT = AIE_CORE_TRACE_EVENT0 - AIE_CORE_TIMER_CONTROL,
	TIMER_TRIGGER = AIE_CORE_TIMER_TRIG_EVENT_LOW_VALUE - AIE_CORE_TIMER_CONTROL,
	TIMER_LOW = AIE_CORE_TIMER_LOW - AIE_CORE_TIMER_CONTROL,
	TIMER_HIGH = AIE_CORE_TIMER_HIGH - AIE_CORE_TIMER_CONTROL,
	EVENT_STATUS = AIE_CORE_EVENT_STATUS0 - AIE_CORE_TIMER_CONTROL,
	COMBO_INPUTS = AIE_CORE_COMBO_EVENT_INPUTS - AIE_CORE_TIMER_CONTROL,
	COMBO_CONTROL = AIE_CORE_COMBO_EVENT_CONTROL - AIE_CORE_TIMER_CONTROL,
	EDGE_CONTROL = AIE_CORE_EDGE_DETECTION_EVENT_CONTROL - AIE_CORE_TIMER_CONTROL,
	EVENT_GROUP = AIE_CORE_EVENT_GROUP_0_ENABLE - AIE_CORE_TIMER_CONTROL,
	PERF_RESET = AIE_CORE_PERFORMANCE_CONTROL2 - AIE_CORE_PERFORMANCE_CONTROL0,
	PERF_COUNTER = AIE_CORE_PERFORMANCE_COUNTER - AIE_CORE_PERFORMANCE_CONTROL0,
	PERF_EVENT_VALUE = AIE_CORE_PERFORMANCE_COUNTER_EVENT_VALUE - AIE_CORE_PERFORMANCE_CONTROL0,
};

/* Why an event cannot be listened to; NULL: it can. */
static const char *refusal(const struct aie_event_unit *unit, unsigned event)
{
	if (event == unit->map->combo_event + 3U)
		return "how the four inputs make it is not established";
	if (unit->module == AIE_EVENT_MODULE_CORE &&
	    ((event >= AIE_EVENT_CORE_SRS_OVERFLOW && event <= AIE_EVENT_CORE_FP_INF) ||
	     event == AIE_EVENT_CORE_SPARSITY_OVERFLOW))
		return "when arithmetic raises it is not established";
	if ((unit->module == AIE_EVENT_MODULE_MEM && event >= AIE_EVENT_MEM_WATCHPOINT_0 &&
	     event <= AIE_EVENT_MEM_WATCHPOINT_1) ||
	    (unit->module == AIE_EVENT_MODULE_MEMTILE && event >= AIE_EVENT_MEMTILE_WATCHPOINT_0 &&
	     event <= AIE_EVENT_MEMTILE_WATCHPOINT_3))
		return "watchpoints are not modelled";
	return NULL;
}

struct aie_event_unit *aie_event_unit_of(struct aie_tile *tile, enum aie_register_module module)
{
	return tile->event[module == AIE_MODULE_MEM];
}

/* ---- who wants what ---------------------------------------------------------------------------------------------- */

static uint32_t register_of(const struct aie_event_unit *unit, uint32_t distance)
{
	return aie_registers_get(unit->tile, unit->map->base + distance);
}

static uint8_t event_field(const struct aie_event_unit *unit, uint32_t value, unsigned lsb)
{
	return (uint8_t)aie_field_get(value, lsb, unit->map->bits);
}

static void want(struct aie_event_unit *unit, unsigned event)
{
	if (event)
		aie_event_add(&unit->wanted, event);
}

static bool wants_range(const struct aie_event_unit *unit, unsigned first, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (aie_event_in(&unit->wanted, first + i))
			return true;
	return false;
}

/* Members of the groups, as the enable registers say; these follow each other in the order of the group events. */
static void read_groups(struct aie_event_unit *unit)
{
	unsigned group = 0;

	unit->groups = 0;
	for (unsigned i = 0; i < aie_event_count(); i++) {
		const struct aie_event_row *row = aie_event(i);
		struct aie_event_group *member = &unit->group[unit->groups];
		uint32_t enable;

		if (row->module != unit->module || row->kind != AIE_EVENT_GROUP)
			continue;
		enable = register_of(unit, EVENT_GROUP + 4 * group++);
		if (!aie_event_in(&unit->wanted, row->number))
			continue;
		memset(member, 0, sizeof *member);
		member->event = row->number;
		for (unsigned k = 0; k < aie_event_count(); k++) {
			const struct aie_event_row *other = aie_event(k);

			if (other->module != unit->module)
				continue;
			for (unsigned n = 0; n < other->group_count; n++)
				if (other->group[n].group == row->number && (enable >> other->group[n].bit & 1))
					aie_event_add(&member->member, other->number);
		}
		unit->groups++;
	}
}

/* Add what wanted events are made of, until there is nothing to add. */
static void close_wishes(struct aie_event_unit *unit)
{
	struct aie_event_set before;

	do {
		before = unit->wanted;
		read_groups(unit);
		for (unsigned i = 0; i < unit->groups; i++)
			for (unsigned k = 0; k < AIE_EVENT_WORDS; k++)
				unit->wanted.word[k] |= unit->group[i].member.word[k];
		if (wants_range(unit, unit->map->combo_event, 3))
			for (unsigned i = 0; i < 4; i++)
				want(unit, unit->combo_input[i]);
		for (unsigned i = 0; i < AIE_EVENT_EDGES; i++)
			if (aie_event_in(&unit->wanted, unit->map->edge_event + i))
				want(unit, unit->edge[i].event);
	} while (memcmp(&before, &unit->wanted, sizeof before) != 0);
}

static void read_perf(struct aie_event_unit *unit)
{
	for (unsigned i = 0; i < unit->perf.count; i++) {
		struct aie_perf_counter *counter = &unit->perf.counter[i];
		uint32_t control = aie_registers_get(unit->tile, unit->map->perf + i / 2 * 4);
		uint32_t reset = aie_registers_get(unit->tile, unit->map->perf + PERF_RESET);

		counter->start = event_field(unit, control, i % 2 * 16);
		counter->stop = event_field(unit, control, i % 2 * 16 + 8);
		counter->reset = event_field(unit, reset, i * 8);
		counter->event_value = aie_registers_get(unit->tile, unit->map->perf + PERF_EVENT_VALUE + 4 * i);
		if (counter->start == counter->stop)
			counter->running = false;
		want(unit, counter->start);
		want(unit, counter->stop);
		want(unit, counter->reset);
	}
}

static void read_trace(struct aie_event_unit *unit)
{
	const uint32_t control[2] = { register_of(unit, TRACE_CONTROL), register_of(unit, TRACE_CONTROL + 4) };
	const uint32_t events[2] = { register_of(unit, TRACE_EVENT), register_of(unit, TRACE_EVENT + 4) };

	aie_trace_configure(&unit->trace, control, events, unit->map->bits == 8, unit->module == AIE_EVENT_MODULE_CORE,
	                    unit->tile->column, unit->tile->row);
	want(unit, unit->trace.start);
	want(unit, unit->trace.stop);
	/* without a start event the slots record nothing */
	if (unit->trace.start || unit->trace.state != AIE_TRACE_IDLE)
		for (unsigned i = 0; i < AIE_TRACE_SLOTS; i++)
			want(unit, unit->trace.slot[i]);
}

static void read_derived(struct aie_event_unit *unit)
{
	uint32_t inputs = register_of(unit, COMBO_INPUTS), control = register_of(unit, COMBO_CONTROL);
	uint32_t edges = register_of(unit, EDGE_CONTROL);

	for (unsigned i = 0; i < 4; i++)
		unit->combo_input[i] = event_field(unit, inputs, 8 * i);
	for (unsigned i = 0; i < 3; i++)
		unit->combo_control[i] = (uint8_t)(control >> 8 * i & 3);
	for (unsigned i = 0; i < AIE_EVENT_EDGES; i++) {
		unit->edge[i].event = event_field(unit, edges, 16 * i);
		unit->edge[i].rising =
		        edges >> (16 * i + AIE_CORE_EDGE_DETECTION_EVENT_CONTROL_EDGE_DETECTION_0_TRIGGER_RISING_LSB) &
		        1;
		unit->edge[i].falling =
		        edges >> (16 * i + AIE_CORE_EDGE_DETECTION_EVENT_CONTROL_EDGE_DETECTION_0_TRIGGER_FALLING_LSB) &
		        1;
	}
}

static void read_enable(struct aie_event_unit *unit)
{
	uint32_t enable;

	if (unit->module != AIE_EVENT_MODULE_CORE)
		return;
	enable = aie_registers_get(unit->tile, AIE_CORE_ENABLE_EVENTS);
	unit->enable_event = (uint8_t)AIE_FIELD_GET(enable, AIE_CORE_ENABLE_EVENTS_ENABLE_EVENT);
	unit->disable_event = (uint8_t)AIE_FIELD_GET(enable, AIE_CORE_ENABLE_EVENTS_DISABLE_EVENT);
	want(unit, unit->enable_event);
	want(unit, unit->disable_event);
	if (unit->enable_event)
		unit->array->events.starts_cores = true;
}

/* ---- what the sources have to watch ------------------------------------------------------------------------------ */

static void watch_channels(struct aie_event_unit *unit)
{
	struct aie_tile *tile = unit->tile;

	if (!unit->map->dma_event)
		return;
	for (unsigned i = 0; i < 2 * tile->channels; i++)
		tile->channel[i].watch = aie_record_has(tile->array, AIE_RECORD_DMA) ? AIE_DMA_WATCH_RECORD : 0;
	for (unsigned k = 0; k < AIE_EVENT_DMA_CHANNELS; k++) {
		unsigned number = k % 2, direction = k / 2;

		if (tile->kind == AIE_TILE_MEMORY) {
			uint32_t selection = aie_registers_get(tile, AIE_MEMTILE_DMA_EVENT_CHANNEL_SELECTION);

			number = aie_field_get(selection, 8 * k,
			                       AIE_MEMTILE_DMA_EVENT_CHANNEL_SELECTION_S2MM_SEL0_CHANNEL_WIDTH);
		}
		unit->channel[k] = number < tile->channels ? &tile->channel[direction * tile->channels + number] : NULL;
		for (unsigned kind = AIE_DMA_EVENT_START_TASK; kind <= AIE_DMA_EVENT_MEMORY; kind++)
			if (unit->channel[k] && aie_event_in(&unit->wanted, unit->map->dma_event + 4 * kind + k))
				unit->channel[k]->watch |= (uint8_t)(1U << k);
	}
}

static void set_level(struct aie_event_unit *unit, unsigned event, bool active)
{
	if (aie_event_in(&unit->level, event) != active)
		unit->level.word[event / 64] ^= UINT64_C(1) << event % 64;
}

static void watch_locks(struct aie_event_unit *unit)
{
	struct aie_tile *tile = unit->tile;

	if (!unit->map->locks)
		return;
	tile->lock_watch = aie_record_has(tile->array, AIE_RECORD_LOCKS) ? UINT64_MAX : 0;
	for (unsigned i = 0; i < unit->map->locks; i++) {
		uint32_t selection = aie_registers_get(tile, unit->map->lock_register + 4 * i);
		unsigned first = unit->map->lock_event + 4 * i;
		unsigned lock =
		        AIE_FIELD_GET(selection, AIE_MEMTILE_LOCKS_EVENT_SELECTION_LOCK_SELECT) % tile->lock_count;

		unit->lock_select[i] = (uint8_t)lock;
		unit->lock_value[i] = (uint8_t)AIE_FIELD_GET(selection, AIE_MEMTILE_LOCKS_EVENT_SELECTION_LOCK_VALUE);
		if (!wants_range(unit, first, 4))
			continue;
		tile->lock_watch |= UINT64_C(1) << lock;
		set_level(unit, first + 3, tile->lock[lock].value == unit->lock_value[i]);
	}
}

/* Port monitor `number`: the byte that selects its port. */
static uint32_t port_selection(const struct aie_event_unit *unit, unsigned number)
{
	return aie_registers_get(unit->tile, unit->map->port_register + number / 4 * 4) >> 8 * (number % 4) & 0x3F;
}

static int watch_ports(struct aie_event_unit *unit, struct aie_error *error)
{
	struct aie_array *array = unit->array;
	bool any = false;

	if (!unit->map->port_event)
		return 0;
	for (unsigned i = 0; i < AIE_PORT_MONITORS; i++) {
		uint32_t selection = port_selection(unit, i);
		bool wanted = wants_range(unit, unit->map->port_event + 4 * i, 4);

		if (!wanted) {
			any |= unit->port[i] != NULL;
			aie_port_watch_free(unit->port[i]);
			unit->port[i] = NULL;
			continue;
		}
		if (!unit->port[i]) {
			unit->port[i] = calloc(1, sizeof *unit->port[i]);
			if (!unit->port[i])
				return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a port monitor");
			unit->port[i]->unit = unit;
			unit->port[i]->selection = (uint8_t)selection;
			any = true;
		} else if (unit->port[i]->selection != selection) {
			unit->port[i]->selection = (uint8_t)selection;
			unit->port[i]->route = NULL;
			any = true;
		}
	}
	if (any)
		array->ports_dirty = true;
	return 0;
}

static void set_bound(struct aie_event_unit *unit, bool bound)
{
	uint64_t *word = &unit->array->events.bound[unit->number / 64], bit = UINT64_C(1) << unit->number % 64;

	unit->bound = bound;
	*word = bound ? *word | bit : *word & ~bit;
}

/* Events that a record (sim/array/record.h) has of the unit: all that it can have but those that say nothing. */
static void listen_for_record(struct aie_event_unit *unit)
{
	const struct aie_event_map *map = unit->map;
	struct aie_event_set *record = &unit->record;

	memset(record, 0, sizeof *record);
	for (unsigned i = 0; i < aie_event_count(); i++) {
		const struct aie_event_row *row = aie_event(i);
		unsigned event = row->number, port = event - map->port_event, lock = event - map->lock_event;
		bool wanted = aie_event_in(&unit->wanted, event);

		if (row->module != unit->module || event <= AIE_EVENT_TRUE || row->kind == AIE_EVENT_GROUP ||
		    refusal(unit, event))
			continue;
		if (map->port_event && port < 4 * AIE_PORT_MONITORS)
			wanted |= port_selection(unit, port / 4) != 0;
		else if (map->locks && lock < 4U * map->locks)
			wanted |= aie_registers_get(unit->tile, map->lock_register + (lock & ~3U)) !=
			          AIE_MEM_LOCKS_EVENT_SELECTION_RESET_VALUE;
		else
			wanted |= !aie_record_leaves_out(unit, event);
		if (wanted)
			aie_event_add(record, event);
	}
	for (unsigned i = 0; i < AIE_EVENT_WORDS; i++)
		unit->wanted.word[i] |= record->word[i];
}

int aie_event_configure(struct aie_event_unit *unit, struct aie_error *error)
{
	struct aie_events *events = &unit->array->events;
	bool listening = false;
	int failed = 0;

	unit->wanted = unit->armed;
	aie_timer_configure(&unit->timer, register_of(unit, 0), register_of(unit, TIMER_TRIGGER),
	                    register_of(unit, TIMER_TRIGGER + 4));
	want(unit, unit->timer.reset_event);
	read_perf(unit);
	read_trace(unit);
	read_derived(unit);
	read_enable(unit);
	unit->broadcasts = 0;
	for (unsigned i = 0; i < 16; i++) {
		unit->broadcast[i] = event_field(unit, register_of(unit, EVENT_BROADCAST + 4 * i), 0);
		unit->broadcasts |= (uint16_t)((unit->broadcast[i] != 0) << i);
		want(unit, unit->broadcast[i]);
	}
	close_wishes(unit);
	for (unsigned event = 0; event < 64 * AIE_EVENT_WORDS; event++) {
		const char *why = aie_event_in(&unit->wanted, event) ? refusal(unit, event) : NULL;

		if (!why)
			continue;
		unit->wanted.word[event / 64] &= ~(UINT64_C(1) << event % 64);
		if (!failed)
			failed = aie_error_set(error, AIE_ERROR_UNIMPLEMENTED, "refused: event %s: %s",
			                       aie_event_by_number(unit->module, event)->name, why);
	}
	for (unsigned i = 0; i < AIE_EVENT_WORDS; i++)
		listening |= unit->wanted.word[i] != 0;
	listening |= unit->trace.state != AIE_TRACE_IDLE || unit->driving;
	set_bound(unit, listening);
	unit->asked = unit->wanted;
	if (unit->recorded)
		listen_for_record(unit);
	listening |= unit->recorded;
	if (listening && !unit->listening) {
		events->listening++;
		unit->settled = aie_now(unit->array);
		memset(&unit->seen, 0, sizeof unit->seen);
	} else if (!listening && unit->listening) {
		events->listening--;
	}
	unit->listening = listening;
	if (listening)
		aie_event_due(unit);
	watch_channels(unit);
	watch_locks(unit);
	if (watch_ports(unit, error))
		failed = -1;
	if (unit->module == AIE_EVENT_MODULE_CORE && aie_event_core_watch(unit, error))
		failed = -1;
	return failed;
}

/* ---- register access --------------------------------------------------------------------------------------------- */

static uint32_t status_of(const struct aie_event_unit *unit, unsigned word)
{
	return (uint32_t)(unit->status.word[word / 2] >> word % 2 * 32) | (word == 0 ? 1U << AIE_EVENT_TRUE : 0);
}

/* Clearing a bit is listening to its event, where that is possible; monitored ports are listened to by name only, for
 * a port may be one that is refused. */
static int write_status(struct aie_event_unit *unit, unsigned word, uint32_t value, struct aie_error *error)
{
	unit->status.word[word / 2] &= ~((uint64_t)value << word % 2 * 32);
	for (uint32_t bits = value; bits; bits &= bits - 1) {
		unsigned event = word * 32 + (unsigned)__builtin_ctz(bits);
		bool port = unit->map->port_event && event >= unit->map->port_event &&
		            event < unit->map->port_event + 4U * AIE_PORT_MONITORS;
		const struct aie_event_row *row = aie_event_by_number(unit->module, event);

		if (event > AIE_EVENT_TRUE && row && row->kind != AIE_EVENT_GROUP && !port && !refusal(unit, event))
			aie_event_add(&unit->armed, event);
	}
	return aie_event_configure(unit, error);
}

static int read_status(const struct aie_event_unit *unit, unsigned word, uint32_t *value, struct aie_error *error)
{
	for (unsigned event = word * 32; event < word * 32 + 32; event++) {
		const struct aie_event_row *row = aie_event_by_number(unit->module, event);

		if (event <= AIE_EVENT_TRUE || !row || aie_event_in(&unit->armed, event) ||
		    unit->reset_cycle == aie_now(unit->array))
			continue;
		return aie_error_set(error, AIE_ERROR_UNIMPLEMENTED,
		                     "refused: event %s is recorded only after its bit was cleared", row->name);
	}
	*value = status_of(unit, word);
	return 0;
}

static int generate(struct aie_event_unit *unit, uint32_t value)
{
	unsigned event = event_field(unit, value, 0);

	if (event > AIE_EVENT_TRUE)
		aie_event_raise(unit, event);
	return 0;
}

int aie_event_write(struct aie_event_unit *unit, uint32_t offset, uint32_t *plain, uint32_t value,
                    struct aie_error *error)
{
	uint32_t distance = offset - unit->map->base, perf = offset - unit->map->perf, old = *plain;
	struct aie_error ignored;

	aie_event_settle(unit);
	if (distance == EVENT_GENERATE)
		return generate(unit, value);
	if (distance >= EVENT_STATUS && distance < EVENT_STATUS + 4U * unit->map->statuses)
		return write_status(unit, (distance - EVENT_STATUS) / 4, value, error);
	if (perf >= PERF_COUNTER && perf < PERF_COUNTER + 4U * unit->map->counters) {
		unit->perf.counter[(perf - PERF_COUNTER) / 4].value = value;
		if (unit->listening)
			aie_event_due(unit);
		return 0;
	}
	if (distance == 0 && AIE_FIELD_GET(value, AIE_CORE_TIMER_CONTROL_RESET)) {
		unit->timer.zero = aie_now(unit->array);
		value &= ~AIE_FIELD_MASK(AIE_CORE_TIMER_CONTROL_RESET);
	}
	if (distance == TRACE_CONTROL && unit->module == AIE_EVENT_MODULE_CORE &&
	    AIE_FIELD_GET(value, AIE_CORE_TRACE_CONTROL0_MODE) >= AIE_TRACE_MODE_EXECUTION)
		return aie_error_set(error, AIE_ERROR_UNIMPLEMENTED,
		                     "refused: Mode %u: the frames of execution mode are not established",
		                     AIE_FIELD_GET(value, AIE_CORE_TRACE_CONTROL0_MODE));
	if (unit->module == AIE_EVENT_MODULE_CORE && offset == AIE_CORE_ENABLE_EVENTS) {
		unit->enabled_by_event &= !AIE_FIELD_GET(value, AIE_CORE_ENABLE_EVENTS_ENABLE_EVENT_OCCURRED);
		unit->disabled_by_event &= !AIE_FIELD_GET(value, AIE_CORE_ENABLE_EVENTS_DISABLE_EVENT_OCCURRED);
		value &= AIE_FIELD_MASK(AIE_CORE_ENABLE_EVENTS_ENABLE_EVENT) |
		         AIE_FIELD_MASK(AIE_CORE_ENABLE_EVENTS_DISABLE_EVENT);
	}
	*plain = value;
	if (aie_event_configure(unit, error) == 0)
		return 0;
	*plain = old;
	aie_event_configure(unit, &ignored);
	return -1;
}

int aie_event_read(struct aie_event_unit *unit, const struct aie_tile_register *reg, uint32_t offset,
                   const uint32_t *plain, uint32_t *value, struct aie_error *error)
{
	uint32_t distance = offset - unit->map->base, perf = offset - unit->map->perf;
	uint64_t time;

	aie_event_settle(unit);
	time = aie_timer_value(&unit->timer, aie_now(unit->array));
	*value = reg->access == AIE_ACCESS_WO ? 0 : *plain;
	if (distance >= EVENT_STATUS && distance < EVENT_STATUS + 4U * unit->map->statuses)
		return read_status(unit, (distance - EVENT_STATUS) / 4, value, error);
	if (distance == TIMER_LOW)
		*value = (uint32_t)time;
	else if (distance == TIMER_HIGH)
		*value = (uint32_t)(time >> 32);
	else if (distance == TRACE_STATUS)
		*value = aie_trace_status(&unit->trace);
	else if (perf >= PERF_COUNTER && perf < PERF_COUNTER + 4U * unit->map->counters)
		*value = unit->perf.counter[(perf - PERF_COUNTER) / 4].value;
	else if (unit->module == AIE_EVENT_MODULE_CORE && offset == AIE_CORE_ENABLE_EVENTS)
		*value |= AIE_FIELD(AIE_CORE_ENABLE_EVENTS_ENABLE_EVENT_OCCURRED, unit->enabled_by_event) |
		          AIE_FIELD(AIE_CORE_ENABLE_EVENTS_DISABLE_EVENT_OCCURRED, unit->disabled_by_event);
	return 0;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static enum aie_event_module module_of(enum aie_tile_kind kind, unsigned half)
{
	if (kind == AIE_TILE_COMPUTE)
		return half ? AIE_EVENT_MODULE_MEM : AIE_EVENT_MODULE_CORE;
	return kind == AIE_TILE_MEMORY ? AIE_EVENT_MODULE_MEMTILE : AIE_EVENT_MODULE_SHIM;
}

int aie_events_init(struct aie_array *array)
{
	struct aie_events *events = &array->events;
	unsigned number = 0;

	for (unsigned i = 0; i < array->tiles; i++)
		events->units += array->tile[i].kind == AIE_TILE_COMPUTE ? 2 : 1;
	events->words = (events->units + 63) / 64;
	events->unit = calloc(events->units, sizeof *events->unit);
	events->due = calloc(events->words, sizeof *events->due);
	events->bound = calloc(events->words, sizeof *events->bound);
	if (!events->unit || !events->due || !events->bound || aie_schedule_init(&events->soon, events->units) ||
	    aie_schedule_init(&events->later, events->units) || aie_schedule_init(&events->aside, events->units))
		return -1;
	for (unsigned i = 0; i < array->tiles; i++) {
		struct aie_tile *tile = &array->tile[i];

		for (unsigned half = 0; half < (tile->kind == AIE_TILE_COMPUTE ? 2U : 1U); half++) {
			struct aie_event_unit *unit = &events->unit[number];

			unit->array = array;
			unit->tile = tile;
			unit->module = (uint8_t)module_of(tile->kind, half);
			unit->map = &maps[unit->module];
			unit->number = (uint16_t)number++;
			unit->perf.count = unit->map->counters;
			tile->event[half] = unit;
		}
	}
	return 0;
}

void aie_events_free(struct aie_array *array)
{
	struct aie_events *events = &array->events;

	for (unsigned i = 0; events->unit && i < events->units; i++) {
		struct aie_event_unit *unit = &events->unit[i];

		for (unsigned k = 0; k < AIE_PORT_MONITORS; k++)
			aie_port_watch_free(unit->port[k]);
		for (unsigned k = 0; k < 16; k++)
			free(unit->drive[k]);
	}
	aie_schedule_free(&events->soon);
	aie_schedule_free(&events->later);
	aie_schedule_free(&events->aside);
	free(events->unit);
	free(events->due);
	free(events->bound);
	free(events->heap);
}

void aie_events_reset_unit(struct aie_event_unit *unit)
{
	struct aie_error ignored;

	if (unit->recorded)
		aie_event_settle(unit);
	aie_event_drop_broadcasts(unit);
	memset(&unit->level, 0, sizeof unit->level);
	memset(&unit->pulse, 0, sizeof unit->pulse);
	memset(&unit->status, 0, sizeof unit->status);
	memset(&unit->armed, 0, sizeof unit->armed);
	memset(unit->wire, 0, sizeof unit->wire);
	memset(unit->perf.counter, 0, sizeof unit->perf.counter);
	unit->enable_pending = unit->disable_pending = unit->enabled_by_event = unit->disabled_by_event = false;
	unit->memory_stall = false;
	aie_trace_reset(&unit->trace);
	unit->timer.zero = unit->reset_cycle = unit->settled = aie_now(unit->array);
	unit->timer.sync = false;
	/* the registers have their reset values: nothing is wanted, so nothing can be refused */
	aie_event_configure(unit, &ignored);
}

void aie_events_reset_tile(struct aie_tile *tile)
{
	for (unsigned half = 0; half < 2; half++)
		if (tile->event[half])
			aie_events_reset_unit(tile->event[half]);
}
