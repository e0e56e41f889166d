#include "sim/tile/event.h"

#include <stdlib.h>
#include <string.h>

#include "sim/array/internal.h"

enum { EVENT_TIMER_SYNC = AIE_EVENT_CORE_TIMER_SYNC, EVENT_TIMER_VALUE = AIE_EVENT_CORE_TIMER_VALUE_REACHED };

/* ---- clockwork --------------------------------------------------------------------------------------------------- */

void aie_event_due(struct aie_event_unit *unit)
{
	struct aie_events *events = &unit->array->events;

	events->due[unit->number / 64] |= UINT64_C(1) << unit->number % 64;
	events->active = true;
}

static void wake_at(struct aie_event_unit *unit, bool soon, uint64_t cycle)
{
	struct aie_events *events = &unit->array->events;
	struct aie_schedule *schedule = !unit->bound ? &events->aside : soon ? &events->soon : &events->later;

	schedule->now = aie_now(unit->array);
	aie_schedule_at(schedule, unit->number, cycle);
}

void aie_event_wake(struct aie_event_unit *unit, uint64_t cycle)
{
	if (cycle <= aie_now(unit->array))
		aie_event_due(unit);
	else
		wake_at(unit, true, cycle);
}

/* The trace units of the tile have room, or new routes. */
void aie_event_wake_tile(struct aie_tile *tile, uint64_t cycle)
{
	for (unsigned half = 0; half < 2; half++)
		if (tile->event[half] && tile->event[half]->trace.packets)
			aie_event_wake(tile->event[half], cycle);
}

static bool earlier(const struct aie_event_entry *a, const struct aie_event_entry *b)
{
	return a->cycle != b->cycle ? a->cycle < b->cycle : a->sequence < b->sequence;
}

/* Something happens to a unit in a later cycle. */
static void push_entry(struct aie_event_unit *unit, unsigned event, enum aie_event_act act, uint64_t cycle)
{
	struct aie_events *events = &unit->array->events;
	size_t at;

	if (events->heap_count == events->heap_room) {
		size_t room = events->heap_room ? events->heap_room * 2 : 256;
		struct aie_event_entry *grown = realloc(events->heap, room * sizeof *grown);

		if (!grown) {
			struct aie_error error;

			aie_error_set(&error, AIE_ERROR_MEMORY, "no memory for events");
			aie_array_set_fault(unit->array, unit->tile, &error);
			return;
		}
		events->heap = grown;
		events->heap_room = room;
	}
	events->active = true;
	at = events->heap_count++;
	events->heap[at] = (struct aie_event_entry){ .cycle = cycle,
		                                     .sequence = events->sequence++,
		                                     .unit = unit->number,
		                                     .event = (uint8_t)event,
		                                     .act = (uint8_t)act };
	while (at && earlier(&events->heap[at], &events->heap[(at - 1) / 2])) {
		struct aie_event_entry swap = events->heap[at];

		events->heap[at] = events->heap[(at - 1) / 2];
		events->heap[(at - 1) / 2] = swap;
		at = (at - 1) / 2;
	}
}

static struct aie_event_entry pop_entry(struct aie_events *events)
{
	struct aie_event_entry top = events->heap[0];
	size_t at = 0;

	events->heap[0] = events->heap[--events->heap_count];
	for (;;) {
		size_t least = at;

		for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < events->heap_count; child++)
			if (earlier(&events->heap[child], &events->heap[least]))
				least = child;
		if (least == at)
			return top;
		struct aie_event_entry swap = events->heap[at];

		events->heap[at] = events->heap[least];
		events->heap[least] = swap;
		at = least;
	}
}

/* ---- what is active in a cycle ----------------------------------------------------------------------------------- */

static bool input_of(const struct aie_event_unit *unit, const struct aie_event_set *set, unsigned event)
{
	bool derived =
	        event - unit->map->combo_event < AIE_EVENT_COMBOS || event - unit->map->edge_event < AIE_EVENT_EDGES;

	return event && aie_event_in(derived ? &unit->seen : set, event);
}

static bool combine(unsigned control, bool a, bool b)
{
	switch (control) {
	case 0:
		return a && b;
	case 1:
		return a && !b;
	case 2:
		return a || b;
	default:
		return a || !b;
	}
}

static void add_groups(const struct aie_event_unit *unit, struct aie_event_set *set)
{
	for (unsigned i = 0; i < unit->groups; i++)
		for (unsigned k = 0; k < AIE_EVENT_WORDS; k++)
			if (unit->group[i].member.word[k] & set->word[k])
				aie_event_add(set, unit->group[i].event);
}

static void derive(const struct aie_event_unit *unit, struct aie_event_set *set)
{
	const uint8_t *input = unit->combo_input;
	unsigned combo = unit->map->combo_event, edge = unit->map->edge_event;

	if (unit->groups)
		add_groups(unit, set);
	if (aie_event_in(&unit->wanted, combo) || aie_event_in(&unit->wanted, combo + 1) ||
	    aie_event_in(&unit->wanted, combo + 2)) {
		bool first =
		        combine(unit->combo_control[0], input_of(unit, set, input[0]), input_of(unit, set, input[1]));
		bool second =
		        combine(unit->combo_control[1], input_of(unit, set, input[2]), input_of(unit, set, input[3]));

		if (first)
			aie_event_add(set, combo);
		if (second)
			aie_event_add(set, combo + 1);
		if (combine(unit->combo_control[2], first, second))
			aie_event_add(set, combo + 2);
	}
	for (unsigned i = 0; i < AIE_EVENT_EDGES; i++) {
		unsigned event = unit->edge[i].event;
		bool now = event && aie_event_in(set, event), before = event && aie_event_in(&unit->seen, event);

		if (aie_event_in(&unit->wanted, edge + i) &&
		    ((unit->edge[i].rising && now && !before) || (unit->edge[i].falling && !now && before)))
			aie_event_add(set, edge + i);
	}
	if (unit->groups)
		add_groups(unit, set);
}

/* All beats that fit behind the port of an S2MM channel are there. */
static bool ingress_full(const struct aie_dma_channel *channel, uint64_t cycle)
{
	const struct aie_sink *sink = &channel->sink;
	uint64_t beat;

	if (!sink->route || !sink->target || !sink->depth)
		return false;
	beat = sink->target->tail + sink->depth - 1;
	return beat < sink->route->head &&
	       sink->route->ring[beat & sink->route->mask].time + sink->target->latency <= cycle;
}

static void lower(uint64_t *bound, uint64_t cycle)
{
	if (*bound > cycle)
		*bound = cycle;
}

static void add_dma_levels(const struct aie_event_unit *unit, uint64_t cycle, struct aie_event_set *set, uint64_t *soon)
{
	for (unsigned k = 0; k < AIE_EVENT_DMA_CHANNELS; k++) {
		const struct aie_dma_channel *channel = unit->channel[k];
		unsigned kind;

		if (!channel || !channel->watch || channel->block == AIE_BLOCK_NONE)
			continue;
		kind = channel->block == AIE_BLOCK_LOCK     ? AIE_DMA_EVENT_LOCK
		       : channel->block == AIE_BLOCK_STREAM ? AIE_DMA_EVENT_STREAM
		                                            : AIE_DMA_EVENT_MEMORY;
		if (!aie_event_in(&unit->wanted, unit->map->dma_event + 4 * kind + k))
			continue;
		if (channel->block_from > cycle)
			lower(soon, channel->block_from);
		else if (channel->block == AIE_BLOCK_MEMORY && !channel->mm2s && !ingress_full(channel, cycle))
			lower(soon, cycle + 1);
		else if (channel->block != AIE_BLOCK_LOCK || channel->state == AIE_DMA_ACQUIRE)
			aie_event_add(set, unit->map->dma_event + 4 * kind + k);
	}
}

/* The events of `cycle`; *soon and *later: the next cycle in which they may be others by themselves. */
static void compute(struct aie_event_unit *unit, uint64_t cycle, struct aie_event_set *set, uint64_t *soon,
                    uint64_t *later)
{
	const struct aie_event_map *map = unit->map;

	*soon = *later = AIE_NEVER;
	*set = unit->level;
	if (unit->pulse_cycle == cycle) {
		for (unsigned i = 0; i < AIE_EVENT_WORDS; i++)
			set->word[i] |= unit->pulse.word[i];
		lower(soon, cycle + 1);
	}
	if (aie_event_in(&unit->wanted, AIE_EVENT_TRUE))
		aie_event_add(set, AIE_EVENT_TRUE);
	if (map->dma_event)
		add_dma_levels(unit, cycle, set, soon);
	if (map->port_event)
		for (unsigned i = 0; i < AIE_PORT_MONITORS; i++) {
			uint64_t change;
			unsigned state;

			if (!unit->port[i])
				continue;
			state = aie_port_state(unit->port[i], cycle, &change);
			lower(soon, change);
			for (unsigned k = 0; k < 4; k++)
				if (state >> k & 1)
					aie_event_add(set, map->port_event + 4 * i + k);
		}
	if (aie_event_in(&unit->wanted, EVENT_TIMER_VALUE)) {
		uint64_t reached = aie_timer_next(&unit->timer, cycle);

		if (reached == cycle) {
			aie_event_add(set, EVENT_TIMER_VALUE);
			reached++;
		}
		lower(later, reached);
	}
	if (unit->timer.sync) {
		aie_event_add(set, EVENT_TIMER_SYNC);
		lower(later, cycle + 1);
	}
	for (unsigned i = 0; i < unit->perf.count; i++)
		if (unit->perf.counter[i].reached) {
			aie_event_add(set, map->perf_event + i);
			lower(later, cycle + 1);
		}
	derive(unit, set);
	for (unsigned i = 0; i < AIE_EVENT_WORDS; i++)
		set->word[i] &= unit->wanted.word[i];
}

static bool same(const struct aie_event_set *a, const struct aie_event_set *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

static bool selected(const struct aie_event_set *set, unsigned event)
{
	return event && aie_event_in(set, event);
}

static struct aie_perf_input perf_input(const struct aie_perf_counter *counter, const struct aie_event_set *set)
{
	return (struct aie_perf_input){ .start = selected(set, counter->start),
		                        .stop = selected(set, counter->stop),
		                        .reset = selected(set, counter->reset) };
}

static struct aie_trace_input trace_input(const struct aie_event_unit *unit, const struct aie_event_set *set,
                                          uint64_t cycle, uint64_t cycles)
{
	struct aie_trace_input input = {
		.cycle = cycle,
		.cycles = cycles,
		.timer = aie_timer_value(&unit->timer, cycle),
		.pc = unit->pc,
		.start = selected(set, unit->trace.start),
		.stop = selected(set, unit->trace.stop),
	};

	for (unsigned i = 0; i < AIE_TRACE_SLOTS; i++)
		if (selected(set, unit->trace.slot[i]))
			input.mask |= (uint8_t)(1U << i);
	return input;
}

/* ---- what follows from it ---------------------------------------------------------------------------------------- */

static void switch_broadcast(struct aie_event_unit *unit, unsigned channel, bool on, uint64_t cycle)
{
	struct aie_event_drive *drive = unit->drive[channel];
	struct aie_events *events = &unit->array->events;

	if (on) {
		drive = aie_broadcast_reach(unit, channel);
		if (!drive) {
			struct aie_error error;

			aie_error_set(&error, AIE_ERROR_MEMORY, "no memory for a broadcast");
			aie_array_set_fault(unit->array, unit->tile, &error);
			return;
		}
	}
	unit->driving ^= (uint16_t)(1U << channel);
	for (uint32_t i = 0; i < drive->count; i++)
		push_entry(&events->unit[drive->target[i].unit], channel, on ? AIE_EVENT_ACT_ON : AIE_EVENT_ACT_OFF,
		           cycle + drive->target[i].delay);
	if (on) {
		unit->drive[channel] = drive;
	} else {
		free(drive);
		unit->drive[channel] = NULL;
	}
}

static void run_broadcasts(struct aie_event_unit *unit, const struct aie_event_set *set, uint64_t cycle)
{
	for (unsigned bits = unit->broadcasts | unit->driving; bits; bits &= bits - 1) {
		unsigned channel = (unsigned)__builtin_ctz(bits);
		bool on = selected(set, unit->broadcast[channel]);

		if (on != (unit->driving >> channel & 1))
			switch_broadcast(unit, channel, on, cycle);
	}
}

void aie_event_drop_broadcasts(struct aie_event_unit *unit)
{
	for (unsigned channel = 0; channel < 16; channel++)
		if (unit->driving >> channel & 1)
			switch_broadcast(unit, channel, false, aie_now(unit->array));
}

static void consume(struct aie_event_unit *unit, const struct aie_event_set *set, uint64_t cycle, uint64_t cycles)
{
	for (unsigned i = 0; i < AIE_EVENT_WORDS; i++)
		unit->status.word[i] |= set->word[i];
	unit->timer.sync = selected(set, unit->timer.reset_event);
	if (unit->timer.sync)
		unit->timer.zero = cycle + cycles - 1;
	for (unsigned i = 0; i < unit->perf.count; i++) {
		struct aie_perf_counter *counter = &unit->perf.counter[i];

		if (counter->start | counter->stop | counter->reset)
			aie_perf_run(counter, perf_input(counter, set), cycles);
		else
			counter->reached = false;
	}
	if (unit->trace.start || unit->trace.state != AIE_TRACE_IDLE) {
		const struct aie_trace_input input = trace_input(unit, set, cycle, cycles);

		aie_trace_run(&unit->trace, &input);
	}
	if (unit->broadcasts | unit->driving)
		run_broadcasts(unit, set, cycle);
	if (selected(set, unit->enable_event))
		unit->enable_pending = true;
	if (selected(set, unit->disable_event))
		unit->disable_pending = true;
}

static uint64_t perf_limit(const struct aie_event_unit *unit, const struct aie_event_set *set)
{
	uint64_t limit = AIE_NEVER;

	for (unsigned i = 0; i < unit->perf.count; i++) {
		const struct aie_perf_counter *counter = &unit->perf.counter[i];

		if (aie_event_in(&unit->wanted, unit->map->perf_event + i))
			lower(&limit, aie_perf_limit(counter, perf_input(counter, set)));
	}
	return limit;
}

/* Cycles before `end`. */
static void advance(struct aie_event_unit *unit, uint64_t end)
{
	if (!unit->listening) {
		unit->settled = end;
		return;
	}
	while (unit->settled < end) {
		uint64_t cycle = unit->settled, cycles = 1, soon, later;
		struct aie_event_set set;

		compute(unit, cycle, &set, &soon, &later);
		if (same(&set, &unit->seen) && !selected(&set, unit->timer.reset_event)) {
			uint64_t limit = perf_limit(unit, &set);

			lower(&soon, later);
			lower(&soon, end);
			cycles = soon > cycle ? soon - cycle : 1;
			lower(&cycles, limit);
		}
		if (__builtin_expect(unit->recorded, 0))
			aie_record_edges(unit, cycle, &set);
		consume(unit, &set, cycle, cycles);
		unit->seen = set;
		unit->settled = cycle + cycles;
	}
}

void aie_event_settle(struct aie_event_unit *unit)
{
	advance(unit, aie_now(unit->array));
}

/* The unit is done up to `cycle`: when to look again. */
static void plan(struct aie_event_unit *unit, uint64_t cycle)
{
	uint64_t soon, later, limit;
	struct aie_event_set set;
	struct aie_trace_input input;

	if (!unit->listening)
		return;
	if (unit->pulse_cycle + 1 == cycle) { /* at least the pulses end */
		aie_event_due(unit);
		return;
	}
	compute(unit, cycle, &set, &soon, &later);
	if (!same(&set, &unit->seen))
		lower(&soon, cycle);
	if (selected(&set, unit->timer.reset_event))
		lower(&later, cycle);
	limit = perf_limit(unit, &set);
	if (limit != AIE_NEVER)
		lower(&later, cycle + limit - 1);
	if (unit->trace.start || unit->trace.state != AIE_TRACE_IDLE) {
		input = trace_input(unit, &set, cycle, 0);
		lower(&later, aie_trace_next(&unit->trace, &input));
	}
	if (soon <= cycle) {
		aie_event_due(unit); /* stands until the next cycle */
		return;
	}
	if (soon != AIE_NEVER)
		wake_at(unit, true, soon);
	if (later != AIE_NEVER)
		wake_at(unit, false, later > cycle ? later : cycle);
}

/* The next word of a full packet into the trace slave port. */
static void send_word(struct aie_event_unit *unit, uint64_t now)
{
	struct aie_trace_recorder *trace = &unit->trace;
	struct aie_route *route = &unit->tile->trace_route[unit == unit->tile->event[1]];
	uint32_t word;
	bool last;

	if (!aie_trace_peek(trace, &word, &last))
		return;
	if (route->refused) {
		for (uint32_t i = 0; i < route->target_count; i++) {
			const struct aie_route_target *target = &route->target[i];
			struct aie_error error;

			if (target->end != AIE_END_REFUSED)
				continue;
			aie_error_set(
			        &error, AIE_ERROR_UNIMPLEMENTED,
			        "trace unit of %s module (%u,%u): refused: its stream leads into tile (%u,%u): %s",
			        aie_event_module_name(unit->module), unit->tile->column, unit->tile->row,
			        target->column, target->row, target->reason);
			aie_array_set_fault(unit->array, unit->tile, &error);
			return;
		}
	}
	if (!aie_route_send_word(unit->array, route, word, last)) {
		route->want = 1;
		return;
	}
	aie_trace_pop(trace);
	if (trace->packets)
		aie_event_wake(unit, now + 1);
}

static void act(struct aie_array *array, const struct aie_event_entry *entry)
{
	struct aie_event_unit *unit = &array->events.unit[entry->unit];

	switch ((enum aie_event_act)entry->act) {
	case AIE_EVENT_ACT_PULSE:
		aie_event_pulse(unit, entry->event);
		break;
	case AIE_EVENT_ACT_SET:
	case AIE_EVENT_ACT_CLEAR:
		aie_event_level(unit, entry->event, entry->act == AIE_EVENT_ACT_SET);
		break;
	case AIE_EVENT_ACT_ON:
		if (unit->wire[entry->event]++ == 0)
			aie_event_level(unit, unit->map->broadcast_event + entry->event, true);
		break;
	case AIE_EVENT_ACT_OFF:
		/* a reset in between has cleared the wires */
		if (unit->wire[entry->event] && --unit->wire[entry->event] == 0)
			aie_event_level(unit, unit->map->broadcast_event + entry->event, false);
		break;
	}
}

/* Enable_Events: from the next cycle on. */
static void switch_core(struct aie_event_unit *unit)
{
	uint32_t control = unit->tile->core.control;

	if (unit->enable_pending)
		control |= AIE_FIELD(AIE_CORE_CORE_CONTROL_ENABLE, 1);
	if (unit->disable_pending)
		control &= ~AIE_FIELD(AIE_CORE_CORE_CONTROL_ENABLE, 1);
	unit->enabled_by_event |= unit->enable_pending;
	unit->disabled_by_event |= unit->disable_pending;
	unit->enable_pending = unit->disable_pending = false;
	if (control != unit->tile->core.control)
		aie_core_side_control(unit->array, unit->tile, control);
}

/* Add the units that a wheel has for this cycle. */
static void take_wheel(struct aie_schedule *schedule, uint64_t now, uint64_t *due)
{
	unsigned slot = (unsigned)(now % AIE_WHEEL_SLOTS);
	uint64_t *words = &schedule->slot[slot * schedule->words];

	schedule->now = now;
	if (!(schedule->occupied[slot / 64] >> slot % 64 & 1))
		return;
	schedule->occupied[slot / 64] &= ~(UINT64_C(1) << slot % 64);
	for (unsigned i = 0; i < schedule->words; i++) {
		uint64_t bits = words[i];

		for (words[i] = 0; bits; bits &= bits - 1) {
			unsigned unit = i * 64 + (unsigned)__builtin_ctzll(bits);

			if (schedule->wake[unit] != now)
				continue;
			schedule->wake[unit] = AIE_NEVER;
			due[i] |= UINT64_C(1) << unit % 64;
		}
	}
}

void aie_events_run(struct aie_array *array, uint64_t now)
{
	struct aie_events *events = &array->events;

	while (events->heap_count && events->heap[0].cycle <= now) {
		struct aie_event_entry entry = pop_entry(events);

		act(array, &entry);
	}
	take_wheel(&events->soon, now, events->due);
	take_wheel(&events->later, now, events->due);
	take_wheel(&events->aside, now, events->due);
	for (unsigned i = 0; i < events->words; i++) {
		uint64_t bits = events->due[i];

		for (events->due[i] = 0; bits; bits &= bits - 1) {
			struct aie_event_unit *unit = &events->unit[i * 64 + (unsigned)__builtin_ctzll(bits)];

			advance(unit, now + 1);
			send_word(unit, now);
			plan(unit, now + 1);
			if (unit->enable_pending || unit->disable_pending)
				switch_core(unit);
		}
	}
	if (!events->listening)
		events->active = aie_events_next(array, true) != AIE_NEVER;
}

/* Something is under way that belongs to the array's work: all that comes before it is run too. */
static bool awaited(struct aie_events *events)
{
	for (unsigned i = 0; i < events->words; i++)
		if (events->due[i] & events->bound[i])
			return true;
	for (size_t i = 0; i < events->heap_count; i++)
		if (events->unit[events->heap[i].unit].bound)
			return true;
	return aie_schedule_next(&events->soon) != AIE_NEVER;
}

uint64_t aie_events_next(struct aie_array *array, bool all)
{
	struct aie_events *events = &array->events;
	uint64_t next = AIE_NEVER, now = aie_now(array);

	if (!events->active)
		return AIE_NEVER;
	events->soon.now = events->later.now = events->aside.now = now;
	if (!all && !events->starts_cores && !awaited(events))
		return AIE_NEVER;
	for (unsigned i = 0; i < events->words; i++)
		if (events->due[i])
			return now;
	if (events->heap_count)
		next = events->heap[0].cycle;
	lower(&next, aie_schedule_next(&events->soon));
	lower(&next, aie_schedule_next(&events->later));
	lower(&next, aie_schedule_next(&events->aside));
	return next > now || next == AIE_NEVER ? next : now;
}

/* ---- sources ----------------------------------------------------------------------------------------------------- */

void aie_event_pulse(struct aie_event_unit *unit, unsigned event)
{
	uint64_t now = aie_now(unit->array);

	aie_event_settle(unit);
	if (unit->pulse_cycle != now) {
		unit->pulse_cycle = now;
		memset(&unit->pulse, 0, sizeof unit->pulse);
	}
	aie_event_add(&unit->pulse, event);
	aie_event_due(unit);
}

void aie_event_pulse_at(struct aie_event_unit *unit, unsigned event, uint64_t cycle)
{
	if (cycle <= aie_now(unit->array))
		aie_event_pulse(unit, event);
	else
		push_entry(unit, event, AIE_EVENT_ACT_PULSE, cycle);
}

void aie_event_level(struct aie_event_unit *unit, unsigned event, bool active)
{
	uint64_t bit = UINT64_C(1) << event % 64;

	if (aie_event_in(&unit->level, event) == active)
		return;
	if (unit->listening) {
		aie_event_settle(unit);
		aie_event_due(unit);
	}
	unit->level.word[event / 64] ^= bit;
}

static struct aie_event_unit *dma_unit(const struct aie_dma_channel *channel)
{
	return channel->tile->event[channel->tile->kind == AIE_TILE_COMPUTE];
}

void aie_event_dma(struct aie_dma_channel *channel, enum aie_dma_event event, uint64_t cycle)
{
	static const uint8_t record[] = { [AIE_DMA_EVENT_START_TASK] = AIE_RECORD_TASK_START,
		                          [AIE_DMA_EVENT_FINISHED_BD] = AIE_RECORD_BD_END,
		                          [AIE_DMA_EVENT_FINISHED_TASK] = AIE_RECORD_TASK_END };
	struct aie_event_unit *unit = dma_unit(channel);

	if ((channel->watch & AIE_DMA_WATCH_RECORD) && event <= AIE_DMA_EVENT_FINISHED_TASK)
		aie_record_channel(channel, (enum aie_record_what)record[event], cycle);
	for (unsigned k = 0; k < AIE_EVENT_DMA_CHANNELS; k++) {
		unsigned number = unit->map->dma_event + 4U * event + k;

		if ((channel->watch >> k & 1) && aie_event_wanted(unit, number))
			aie_event_pulse_at(unit, number, cycle);
	}
}

void aie_event_dma_changes(struct aie_dma_channel *channel)
{
	struct aie_event_unit *unit = dma_unit(channel);

	aie_event_settle(unit);
	aie_event_due(unit);
}

/* An MM2S is starved when it has nothing to send, an S2MM pushes back when its FIFO is full. */
void aie_event_dma_refused(struct aie_dma_channel *channel)
{
	uint64_t now = aie_now(channel->tile->array);

	if (channel->mm2s ? channel->next_beat <= now : ingress_full(channel, now))
		aie_event_dma(channel, AIE_DMA_EVENT_MEMORY, now);
}

unsigned aie_event_dma_error_number(const struct aie_dma_channel *channel)
{
	/* the memory module has one for each channel, the others one for each direction */
	unsigned number = channel->tile->kind == AIE_TILE_COMPUTE ? channel->mm2s * 2U + channel->index : channel->mm2s;

	return dma_unit(channel)->map->dma_error_event + number;
}

bool aie_event_dma_error_asked(const struct aie_dma_channel *channel)
{
	return aie_event_in(&dma_unit(channel)->asked, aie_event_dma_error_number(channel));
}

void aie_event_dma_error(struct aie_dma_channel *channel)
{
	aie_event_raise(dma_unit(channel), aie_event_dma_error_number(channel));
}

void aie_event_core_error(struct aie_tile *tile, unsigned event)
{
	aie_event_raise(tile->event[0], event);
}

void aie_event_packet_error(struct aie_tile *tile)
{
	if (tile->event[0]->map->packet_error_event)
		aie_event_raise(tile->event[0], tile->event[0]->map->packet_error_event);
}

void aie_event_control_error(struct aie_tile *tile)
{
	aie_event_raise(tile->event[0], tile->event[0]->map->control_error_event);
}

void aie_event_conflict(struct aie_tile *tile, unsigned bank)
{
	struct aie_event_unit *unit = tile->event[tile->kind == AIE_TILE_COMPUTE];

	if (unit->map->conflict_event)
		aie_event_raise(unit, unit->map->conflict_event + bank);
}

void aie_event_lock(struct aie_tile *tile, unsigned lock, enum aie_lock_event event)
{
	struct aie_event_unit *unit = tile->event[tile->kind == AIE_TILE_COMPUTE];

	for (unsigned i = 0; i < unit->map->locks; i++)
		if (unit->lock_select[i] == lock)
			aie_event_raise(unit, unit->map->lock_event + 4 * i + event);
	aie_event_lock_value(tile, lock);
}

/* A value is seen one cycle after the operation of a unit, at once when the register bus wrote it. */
void aie_event_lock_value(struct aie_tile *tile, unsigned lock)
{
	struct aie_event_unit *unit = tile->event[tile->kind == AIE_TILE_COMPUTE];

	for (unsigned i = 0; i < unit->map->locks; i++) {
		unsigned number = unit->map->lock_event + 4 * i + 3;
		bool equal = tile->lock[lock].value == unit->lock_value[i];

		if (unit->lock_select[i] != lock || !aie_event_wanted(unit, number))
			continue;
		if (tile->array->schedule.inside)
			push_entry(unit, number, equal ? AIE_EVENT_ACT_SET : AIE_EVENT_ACT_CLEAR,
			           aie_now(tile->array) + 1);
		else
			aie_event_level(unit, number, equal);
	}
}

void aie_event_lock_error(struct aie_tile *tile)
{
	struct aie_event_unit *unit = tile->event[tile->kind == AIE_TILE_COMPUTE];

	aie_event_raise(unit, unit->map->lock_error_event);
}
