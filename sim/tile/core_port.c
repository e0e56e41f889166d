#include "sim/tile/core_port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/array/internal.h"

enum {
	WINDOW_SHIFT = 16,
	WINDOW_FIRST = 4, /* 0x40000 */
	WINDOW_LAST = 7,
	LOCKS_A_SIDE = 16,
	WIDE_ACCESS = 64, /* bytes: both banks of a pair */
};

/* A core that has only waited for this many cycles is taken out of the round: longer than any pipeline, so nothing is
 * left in it that could still act. */
enum { SLEEP_AFTER = 32 };

const char *aie_side_name(enum aie_neighbour side)
{
	static const char *const names[AIE_SIDES] = {
		[AIE_SIDE_SOUTH] = "south",
		[AIE_SIDE_WEST] = "west",
		[AIE_SIDE_NORTH] = "north",
		[AIE_SIDE_OWN] = "own",
	};

	return names[side];
}

static uint32_t entity_of(const struct aie_tile *tile)
{
	return AIE_ENTITY_CORE | tile->number;
}

static struct aie_tile *compute_neighbour(const struct aie_tile *tile, enum aie_side side)
{
	struct aie_tile *next = aie_tile_neighbour(tile, side);

	return next && next->kind == AIE_TILE_COMPUTE ? next : NULL;
}

static enum aie_port_result refuse(struct aie_tile *tile, enum aie_core_wait wait)
{
	tile->core.wait = (uint8_t)wait;
	return AIE_PORT_STALL;
}

static enum aie_port_result did(struct aie_tile *tile)
{
	tile->core.streak = 0;
	return AIE_PORT_DONE;
}

/* ---- data memory ------------------------------------------------------------------------------------------------- */

/* (documented: the access raises its event and is lost; what a load returns is not, so the core stops) */
static enum aie_port_result access_fault(struct aie_tile *tile, uint32_t address, struct aie_error *error)
{
	unsigned window = address >> WINDOW_SHIFT;
	bool neighbour = window >= WINDOW_FIRST && window <= WINDOW_LAST;

	aie_event_core_error(tile, neighbour ? AIE_EVENT_CORE_DM_ACCESS_TO_UNAVAILABLE
	                                     : AIE_EVENT_CORE_DM_ADDRESS_OUT_OF_RANGE);
	if (neighbour)
		aie_error_set(error, AIE_ERROR_FAULT, "data address 0x%05X: tile (%u,%u) has no %s neighbour memory",
		              address, tile->column, tile->row,
		              aie_side_name((enum aie_neighbour)(window - WINDOW_FIRST)));
	else
		aie_error_set(error, AIE_ERROR_FAULT, "data address 0x%05X: no memory there (0x40000-0x7FFFF)",
		              address);
	return AIE_PORT_FAULT;
}

/* The bytes at a core address after winning their bank or banks; NULL with *result otherwise. */
static inline uint8_t *access_memory(struct aie_tile *tile, uint32_t address, unsigned size,
                                     enum aie_port_result *result, struct aie_error *error)
{
	unsigned window = (address >> WINDOW_SHIFT) - WINDOW_FIRST, requester = tile->number;
	uint32_t offset = address & ((1U << WINDOW_SHIFT) - 1);
	uint64_t now = aie_now(tile->array);
	struct aie_tile_memory *memory;
	struct aie_bank *bank, *pair;
	struct aie_tile *target;

	target = window < AIE_SIDES ? tile->core.window[window] : NULL;
	if (!target) {
		*result = access_fault(tile, address, error);
		return NULL;
	}
	memory = &target->memory;
	bank = &memory->bank[aie_bank_of_compute(offset)];
	pair = size == WIDE_ACCESS ? bank + 1 : NULL;
	if (!aie_bank_free(bank, now, requester) || (pair && !aie_bank_free(pair, now, requester))) {
		if (!aie_bank_free(bank, now, requester)) {
			aie_bank_refused(bank, now, requester, false);
			aie_event_conflict(target, (unsigned)(bank - memory->bank));
		}
		if (pair && !aie_bank_free(pair, now, requester)) {
			aie_bank_refused(pair, now, requester, false);
			aie_event_conflict(target, (unsigned)(pair - memory->bank));
		}
		*result = refuse(tile, AIE_CORE_WAIT_NONE);
		return NULL;
	}
	aie_bank_take(bank, now, requester);
	if (pair)
		aie_bank_take(pair, now, requester);
	*result = did(tile);
	return memory->byte + offset;
}

/* Most accesses are wide, and their size known to the compiler is worth a branch. */
static inline void copy(void *to, const void *from, unsigned size)
{
	if (__builtin_expect(size == WIDE_ACCESS, 1))
		memcpy(to, from, WIDE_ACCESS);
	else
		memcpy(to, from, size);
}

static enum aie_port_result port_load(void *user, uint32_t address, unsigned size, void *data, struct aie_error *error)
{
	enum aie_port_result result;
	const uint8_t *memory = access_memory(user, address, size, &result, error);

	if (memory)
		copy(data, memory, size);
	return result;
}

static enum aie_port_result port_store(void *user, uint32_t address, unsigned size, const void *data,
                                       struct aie_error *error)
{
	enum aie_port_result result;
	uint8_t *memory = access_memory(user, address, size, &result, error);

	if (memory)
		copy(memory, data, size);
	return result;
}

/* The same with the checks of sim/tile/check.h. */
static enum aie_port_result check(struct aie_tile *tile, uint32_t address, unsigned size, bool write,
                                  enum aie_port_result result, struct aie_error *error)
{
	struct aie_tile *target = tile->core.window[(address >> WINDOW_SHIFT) - WINDOW_FIRST];

	return aie_check_core(tile, target, address, size, write, error) ? result : AIE_PORT_FAULT;
}

static enum aie_port_result port_checked_load(void *user, uint32_t address, unsigned size, void *data,
                                              struct aie_error *error)
{
	enum aie_port_result result = port_load(user, address, size, data, error);

	return result == AIE_PORT_DONE ? check(user, address, size, false, result, error) : result;
}

static enum aie_port_result port_checked_store(void *user, uint32_t address, unsigned size, const void *data,
                                               struct aie_error *error)
{
	enum aie_port_result result = port_store(user, address, size, data, error);

	return result == AIE_PORT_DONE ? check(user, address, size, true, result, error) : result;
}

/* ---- locks ------------------------------------------------------------------------------------------------------- */

static struct aie_tile *lock_tile(struct aie_tile *tile, unsigned id, struct aie_error *error)
{
	struct aie_tile *target = id < AIE_SIDES * LOCKS_A_SIDE ? tile->core.window[id / LOCKS_A_SIDE] : NULL;

	if (target)
		return target;
	aie_event_core_error(tile, AIE_EVENT_CORE_LOCK_ACCESS_TO_UNAVAILABLE);
	aie_error_set(error, AIE_ERROR_FAULT, "lock %u: tile (%u,%u) has no %s neighbour", id, tile->column, tile->row,
	              id < AIE_SIDES * LOCKS_A_SIDE ? aie_side_name((enum aie_neighbour)(id / LOCKS_A_SIDE)) : "such");
	return NULL;
}

static enum aie_port_result port_acquire(void *user, unsigned id, int value, struct aie_error *error)
{
	struct aie_tile *tile = user, *target = lock_tile(tile, id, error);

	if (!target)
		return AIE_PORT_FAULT;
	switch (aie_tile_acquire(tile->array, target, id % LOCKS_A_SIDE, value, entity_of(tile))) {
	case AIE_LOCK_DONE:
		return did(tile);
	case AIE_LOCK_BUSY:
		return refuse(tile, AIE_CORE_WAIT_NONE);
	case AIE_LOCK_WAIT:
		break;
	}
	return refuse(tile, AIE_CORE_WAIT_LOCK);
}

static enum aie_port_result port_release(void *user, unsigned id, int value, struct aie_error *error)
{
	struct aie_tile *tile = user, *target = lock_tile(tile, id, error);
	unsigned lock = id % LOCKS_A_SIDE;

	if (!target)
		return AIE_PORT_FAULT;
	switch (aie_tile_release(tile->array, target, lock, value, entity_of(tile))) {
	case AIE_LOCK_DONE:
		return did(tile);
	case AIE_LOCK_BUSY:
		return refuse(tile, AIE_CORE_WAIT_NONE);
	case AIE_LOCK_WAIT:
		break;
	}
	/* The sticky flag is known, what becomes of the count is not. */
	aie_error_set(error, AIE_ERROR_UNDEFINED, "release of lock %u by %d leaves 0..%d (value %u)", id, value,
	              AIE_LOCK_MAX, target->lock[lock].value);
	return AIE_PORT_FAULT;
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

static enum aie_port_result port_stream_read(void *user, uint32_t *word, bool *tlast, struct aie_error *error)
{
	struct aie_tile *tile = user;
	struct aie_sink *sink = &tile->core.sink;
	uint64_t ready = aie_sink_ready(sink, 1), now = aie_now(tile->array);

	(void)error;
	if (ready == AIE_NEVER)
		return refuse(tile, AIE_CORE_WAIT_STREAM_IN);
	if (ready > now)
		return refuse(tile, AIE_CORE_WAIT_NONE); /* on its way */
	aie_sink_take(tile->array, sink, word, 1, now, tlast);
	return did(tile);
}

static enum aie_port_result port_stream_write(void *user, uint32_t word, bool tlast, struct aie_error *error)
{
	struct aie_tile *tile = user;
	struct aie_route *route = &tile->core.route;

	if (route->refused) {
		for (uint32_t i = 0; i < route->target_count; i++)
			if (route->target[i].end == AIE_END_REFUSED)
				aie_error_set(error, AIE_ERROR_UNIMPLEMENTED,
				              "refused: its stream leads into tile (%u,%u): %s",
				              route->target[i].column, route->target[i].row, route->target[i].reason);
		return AIE_PORT_FAULT;
	}
	if (aie_route_space(route) == 0)
		return refuse(tile, AIE_CORE_WAIT_STREAM_OUT);
	aie_route_push(route, aie_now(tile->array), word, 0, 1, tlast);
	aie_route_notify(tile->array, route);
	return did(tile);
}

/* ---- cascade ----------------------------------------------------------------------------------------------------- */

struct aie_tile *aie_cascade_reader(const struct aie_tile *tile)
{
	bool east = AIE_FIELD_GET(tile->core.accumulator, AIE_CORE_ACCUMULATOR_CONTROL_OUTPUT);

	return compute_neighbour(tile, east ? AIE_TO_EAST : AIE_TO_SOUTH);
}

struct aie_tile *aie_cascade_writer(const struct aie_tile *tile)
{
	bool west = AIE_FIELD_GET(tile->core.accumulator, AIE_CORE_ACCUMULATOR_CONTROL_INPUT);

	return compute_neighbour(tile, west ? AIE_TO_WEST : AIE_TO_NORTH);
}

/* Both ends look at each other. */
static struct aie_tile *connected_writer(const struct aie_tile *tile)
{
	struct aie_tile *writer = aie_cascade_writer(tile);

	return writer && aie_cascade_reader(writer) == tile ? writer : NULL;
}

static enum aie_port_result port_cascade_read(void *user, uint8_t word[64], struct aie_error *error)
{
	struct aie_tile *tile = user, *writer = connected_writer(tile);
	uint64_t now = aie_now(tile->array);
	struct aie_cascade *cascade;

	(void)error;
	if (!writer || writer->core.cascade.head == writer->core.cascade.tail)
		return refuse(tile, AIE_CORE_WAIT_CASCADE_IN);
	cascade = &writer->core.cascade;
	if (cascade->slot[cascade->tail % AIE_CASCADE_MAX].time > now)
		return refuse(tile, AIE_CORE_WAIT_NONE);
	memcpy(word, cascade->slot[cascade->tail++ % AIE_CASCADE_MAX].word, 64);
	if (writer->core.asleep)
		aie_array_wake(tile->array, entity_of(writer), now + 1);
	return did(tile);
}

static enum aie_port_result port_cascade_write(void *user, const uint8_t word[64], struct aie_error *error)
{
	struct aie_tile *tile = user, *reader = aie_cascade_reader(tile);
	const struct aie_array_timing *timing = &tile->array->timing;
	struct aie_cascade *cascade = &tile->core.cascade;
	bool linked = reader && aie_cascade_writer(reader) == tile;
	uint64_t limit = timing->cascade_end_words * (linked ? 2ULL : 1ULL), now = aie_now(tile->array);

	(void)error;
	if (cascade->head - cascade->tail >= limit)
		return refuse(tile, AIE_CORE_WAIT_CASCADE_OUT);
	cascade->slot[cascade->head % AIE_CASCADE_MAX].time = now + timing->cascade_latency;
	memcpy(cascade->slot[cascade->head++ % AIE_CASCADE_MAX].word, word, 64);
	if (linked && reader->core.asleep)
		aie_array_wake(tile->array, entity_of(reader), now + 1);
	return did(tile);
}

/* ---- register bus, events ---------------------------------------------------------------------------------------- */

static enum aie_port_result bus_is_off(const struct aie_tile *tile, uint32_t offset, struct aie_error *error)
{
	aie_error_set(error, AIE_ERROR_FAULT,
	              "tile register 0x%05X: the processor bus of tile (%u,%u) is off (Core_Processor_Bus)", offset,
	              tile->column, tile->row);
	return AIE_PORT_FAULT;
}

static enum aie_port_result port_register_read(void *user, uint32_t offset, uint32_t *value, struct aie_error *error)
{
	struct aie_tile *tile = user;

	if (!tile->core.bus_enable)
		return bus_is_off(tile, offset, error);
	if (aie_tile_read(tile->array, tile, offset, value, error))
		return AIE_PORT_FAULT;
	return did(tile);
}

static enum aie_port_result port_register_write(void *user, uint32_t offset, uint32_t value, struct aie_error *error)
{
	struct aie_tile *tile = user;

	if (!tile->core.bus_enable)
		return bus_is_off(tile, offset, error);
	/* A core that resets or stops itself would have to be taken apart in the middle of its own step. */
	if (offset == AIE_CORE_CORE_CONTROL || offset == AIE_CORE_MODULE_RESET_CONTROL) {
		aie_error_set(error, AIE_ERROR_UNIMPLEMENTED,
		              "refused: a core writes its own reset or enable register 0x%05X", offset);
		return AIE_PORT_FAULT;
	}
	if (aie_tile_write(tile->array, tile, offset, value, error))
		return AIE_PORT_FAULT;
	return did(tile);
}

static void port_event(void *user, unsigned number)
{
	aie_event_core_instruction(user, number);
}

/* ---- the same for cores that several host threads step (sim/array/crew.h) -----------------------------------------
 */

/* Before anything of the western neighbour, or anything that others may be at, is touched. */
static void crew_west(const struct aie_tile *tile)
{
	if (aie_crew_inside && tile->column)
		aie_crew_before(tile->array, tile->column - 1U);
}

static void crew_all(const struct aie_tile *tile)
{
	if (aie_crew_inside)
		aie_crew_before(tile->array, 0);
}

static enum aie_port_result crew_load(void *user, uint32_t address, unsigned size, void *data, struct aie_error *error)
{
	if (address >> WINDOW_SHIFT == WINDOW_FIRST + AIE_SIDE_WEST)
		crew_west(user);
	return port_load(user, address, size, data, error);
}

static enum aie_port_result crew_store(void *user, uint32_t address, unsigned size, const void *data,
                                       struct aie_error *error)
{
	if (address >> WINDOW_SHIFT == WINDOW_FIRST + AIE_SIDE_WEST)
		crew_west(user);
	return port_store(user, address, size, data, error);
}

static enum aie_port_result crew_acquire(void *user, unsigned id, int value, struct aie_error *error)
{
	if (id / LOCKS_A_SIDE == AIE_SIDE_WEST)
		crew_west(user);
	return port_acquire(user, id, value, error);
}

static enum aie_port_result crew_release(void *user, unsigned id, int value, struct aie_error *error)
{
	if (id / LOCKS_A_SIDE == AIE_SIDE_WEST)
		crew_west(user);
	return port_release(user, id, value, error);
}

static enum aie_port_result crew_stream_read(void *user, uint32_t *word, bool *tlast, struct aie_error *error)
{
	crew_all(user);
	return port_stream_read(user, word, tlast, error);
}

static enum aie_port_result crew_stream_write(void *user, uint32_t word, bool tlast, struct aie_error *error)
{
	crew_all(user);
	return port_stream_write(user, word, tlast, error);
}

/* ---- the core as a unit of the array ----------------------------------------------------------------------------- */

void aie_core_side_find_windows(struct aie_tile *tile)
{
	struct aie_tile **window = tile->core.window;

	if (!tile->core.core)
		return;
	window[AIE_SIDE_SOUTH] = compute_neighbour(tile, AIE_TO_SOUTH);
	window[AIE_SIDE_WEST] = compute_neighbour(tile, AIE_TO_WEST);
	window[AIE_SIDE_NORTH] = compute_neighbour(tile, AIE_TO_NORTH);
}

int aie_core_side_init(struct aie_array *array, struct aie_tile *tile, struct aie_error *error)
{
	const struct aie_core_port port = {
		.user = tile,
		.column = tile->column,
		.row = tile->row,
		.load = array->options.check ? port_checked_load : port_load,
		.store = array->options.check ? port_checked_store : port_store,
		.lock_acquire = port_acquire,
		.lock_release = port_release,
		.stream_read = port_stream_read,
		.stream_write = port_stream_write,
		.cascade_read = port_cascade_read,
		.cascade_write = port_cascade_write,
		.register_read = port_register_read,
		.register_write = port_register_write,
		.event = port_event,
	};
	const struct aie_core_port crew_port = {
		.user = tile,
		.column = tile->column,
		.row = tile->row,
		.load = crew_load,
		.store = crew_store,
		.lock_acquire = crew_acquire,
		.lock_release = crew_release,
		.stream_read = crew_stream_read,
		.stream_write = crew_stream_write,
		.cascade_read = port_cascade_read, /* whoever reads from the west has waited before its step */
		.cascade_write = port_cascade_write,
		.register_read = port_register_read, /* the crew rests while a register bus is on */
		.register_write = port_register_write,
		.event = port_event,
	};
	bool crew = array->options.threads > 1 && !array->options.check;
	struct aie_core_side *side = &tile->core;

	side->window[AIE_SIDE_OWN] = tile;
	side->sink.entity = side->route.entity = entity_of(tile);
	side->cascade.slot = malloc(AIE_CASCADE_MAX * sizeof *side->cascade.slot);
	if (!side->cascade.slot)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for tile (%u,%u)", tile->column, tile->row);
	side->core = aie_core_create(crew ? &crew_port : &port, error);
	return side->core ? 0 : -1;
}

void aie_core_side_free(struct aie_tile *tile)
{
	aie_route_free(&tile->core.route);
	free(tile->core.cascade.slot);
	free(tile->core.classes);
	if (tile->core.core)
		aie_core_destroy(tile->core.core);
}

static void deactivate(struct aie_array *array, const struct aie_tile *tile)
{
	array->core_active[tile->number / 64] &= ~(UINT64_C(1) << tile->number % 64);
	array->core_woken[tile->number / 64] &= ~(UINT64_C(1) << tile->number % 64);
}

void aie_core_side_settle(struct aie_tile *tile, uint64_t now)
{
	struct aie_core_side *side = &tile->core;

	if (side->asleep && now > side->accounted) {
		aie_core_skip(side->core, now - side->accounted);
		side->accounted = now;
	}
}

/* Nothing that the core waited for counts any more. */
static void forget_wait(struct aie_array *array, struct aie_tile *tile)
{
	struct aie_core_side *side = &tile->core;

	for (unsigned i = 0; i < AIE_SIDES; i++)
		if (side->window[i])
			aie_tile_forget_waiter(side->window[i], entity_of(tile));
	side->sink.want = side->route.want = 0;
	side->streak = 0;
	side->wait = AIE_CORE_WAIT_NONE;
	side->asleep = false;
	deactivate(array, tile);
}

void aie_core_side_control(struct aie_array *array, struct aie_tile *tile, uint32_t value)
{
	struct aie_core_side *side = &tile->core;
	bool reset = AIE_FIELD_GET(value, AIE_CORE_CORE_CONTROL_RESET);
	bool enable = AIE_FIELD_GET(value, AIE_CORE_CORE_CONTROL_ENABLE) && !reset;

	aie_core_side_settle(tile, aie_now(array));
	forget_wait(array, tile);
	side->control =
	        value & (AIE_FIELD_MASK(AIE_CORE_CORE_CONTROL_RESET) | AIE_FIELD_MASK(AIE_CORE_CORE_CONTROL_ENABLE));
	if (reset)
		aie_core_reset(side->core);
	aie_core_set_enable(side->core, enable);
	if (enable)
		aie_array_wake(array, entity_of(tile), aie_now(array));
	aie_event_core_control(tile);
}

void aie_core_side_set_bus(struct aie_tile *tile, bool enable)
{
	tile->array->bus_users += (unsigned)enable - (unsigned)tile->core.bus_enable;
	tile->core.bus_enable = enable;
}

void aie_core_side_reset(struct aie_array *array, struct aie_tile *tile)
{
	struct aie_core_side *side = &tile->core;

	side->accumulator = 0;
	aie_core_side_set_bus(tile, false);
	side->cascade.head = side->cascade.tail = 0;
	aie_core_side_control(array, tile, AIE_CORE_CORE_CONTROL_RESET_VALUE);
}

/* The core only waits for events: true when it may sleep, having told whoever makes them. */
static bool may_sleep(struct aie_tile *tile, enum aie_core_stall stall)
{
	struct aie_core_side *side = &tile->core;

	switch ((enum aie_core_wait)side->wait) {
	case AIE_CORE_WAIT_LOCK: /* is on the lock's list since it asked */
		return stall == AIE_STALL_LOCK;
	case AIE_CORE_WAIT_STREAM_IN:
		if (stall != AIE_STALL_STREAM)
			return false;
		side->sink.want = 1;
		return true;
	case AIE_CORE_WAIT_STREAM_OUT:
		if (stall != AIE_STALL_STREAM)
			return false;
		side->route.want = 1;
		return true;
	case AIE_CORE_WAIT_CASCADE_IN:
	case AIE_CORE_WAIT_CASCADE_OUT:
		return stall == AIE_STALL_CASCADE;
	case AIE_CORE_WAIT_NONE:
		break;
	}
	return false;
}

static bool step(struct aie_array *array, struct aie_tile *tile, uint64_t now)
{
	struct aie_core_side *side = &tile->core;
	enum aie_core_status status;

	if (__builtin_expect(side->asleep, 0)) {
		aie_core_side_settle(tile, now);
		side->asleep = false;
	}
	side->wait = AIE_CORE_WAIT_NONE;
	status = aie_core_step(side->core);
	side->accounted = now + 1;
	if (__builtin_expect(status == AIE_CORE_RUNNING, 1)) {
		side->streak = 0;
		return true;
	}
	if (status == AIE_CORE_STALLED) {
		unsigned detail;
		int value;

		if (side->wait == AIE_CORE_WAIT_NONE) {
			side->streak = 0;
			return true;
		}
		if (++side->streak < SLEEP_AFTER || !may_sleep(tile, aie_core_stall(side->core, &detail, &value)))
			return true;
		side->streak = 0;
		side->asleep = true;
		return false;
	}
	if (status == AIE_CORE_FAULT) {
		const struct aie_core_fault *fault = aie_core_fault(side->core);
		struct aie_error error = fault->error;

		if (fault->instruction[0])
			aie_error_prefix(&error, "%s", fault->instruction);
		aie_error_prefix(&error, "core (%u,%u) pc 0x%X", tile->column, tile->row, fault->pc);
		if (fault->bundle[0]) {
			size_t used = strlen(error.text), room = sizeof error.text - used;

			if (room > strlen(fault->bundle) + 4)
				snprintf(error.text + used, room, " [%s]", fault->bundle);
		}
		aie_array_set_fault(array, tile, &error);
	}
	return false;
}

bool aie_core_side_step(struct aie_array *array, struct aie_tile *tile, uint64_t now)
{
	uint32_t pc;
	bool more;

	if (__builtin_expect(!tile->core.watched, 1))
		return step(array, tile, now);
	pc = aie_core_pc(tile->core.core);
	more = step(array, tile, now);
	aie_event_core_stepped(tile, pc);
	return more;
}

uint32_t aie_core_side_status(const struct aie_tile *tile)
{
	static const uint8_t lock_bit[AIE_SIDES] = {
		[AIE_SIDE_SOUTH] = AIE_CORE_CORE_STATUS_LOCK_STALL_S_LSB,
		[AIE_SIDE_WEST] = AIE_CORE_CORE_STATUS_LOCK_STALL_W_LSB,
		[AIE_SIDE_NORTH] = AIE_CORE_CORE_STATUS_LOCK_STALL_N_LSB,
		[AIE_SIDE_OWN] = AIE_CORE_CORE_STATUS_LOCK_STALL_E_LSB,
	};
	const struct aie_core_side *side = &tile->core;
	uint32_t status = side->control &
	                  (AIE_FIELD_MASK(AIE_CORE_CORE_STATUS_RESET) | AIE_FIELD_MASK(AIE_CORE_CORE_STATUS_ENABLE));
	enum aie_core_status core = aie_core_status(side->core);
	unsigned detail = 0;
	int value = 0;

	status |= AIE_FIELD(AIE_CORE_CORE_STATUS_CORE_DONE, core == AIE_CORE_DONE);
	if (core != AIE_CORE_STALLED)
		return status;
	switch (aie_core_stall(side->core, &detail, &value)) {
	case AIE_STALL_LOCK:
		if (detail / LOCKS_A_SIDE < AIE_SIDES)
			status |= 1U << lock_bit[detail / LOCKS_A_SIDE];
		break;
	case AIE_STALL_STREAM:
		status |= side->wait == AIE_CORE_WAIT_STREAM_OUT ? AIE_FIELD(AIE_CORE_CORE_STATUS_STREAM_STALL_MS0, 1)
		                                                 : AIE_FIELD(AIE_CORE_CORE_STATUS_STREAM_STALL_SS0, 1);
		break;
	case AIE_STALL_CASCADE:
		status |= side->wait == AIE_CORE_WAIT_CASCADE_OUT
		                  ? AIE_FIELD(AIE_CORE_CORE_STATUS_CASCADE_STALL_MCD, 1)
		                  : AIE_FIELD(AIE_CORE_CORE_STATUS_CASCADE_STALL_SCD, 1);
		break;
	default:
		break;
	}
	return status;
}
