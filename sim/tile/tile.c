/* A tile as a whole: its locks as units use them, and its reset. */
#include <string.h>

#include "sim/array/internal.h"

/* ---- locks ------------------------------------------------------------------------------------------------------- */

static void add_waiter(struct aie_tile *tile, unsigned lock, uint32_t entity)
{
	for (unsigned i = 0; i < tile->waiter_count; i++)
		if (tile->waiter[i].entity == entity && tile->waiter[i].lock == lock)
			return;
	/* The list is longer than the units that can reach a tile's locks; a core that asks for several counts once
	 * each. */
	if (tile->waiter_count == AIE_LOCK_WAITERS) {
		aie_array_wake(tile->array, tile->waiter[0].entity, aie_now(tile->array) + 1);
		memmove(&tile->waiter[0], &tile->waiter[1], sizeof tile->waiter[0] * --tile->waiter_count);
	}
	tile->waiter[tile->waiter_count++] = (struct aie_lock_waiter){ entity, (uint8_t)lock };
}

static void lock_changed(struct aie_array *array, struct aie_tile *tile, unsigned lock, uint64_t cycle)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < tile->waiter_count; i++) {
		if (tile->waiter[i].lock == lock)
			aie_array_wake(array, tile->waiter[i].entity, cycle);
		else
			tile->waiter[kept++] = tile->waiter[i];
	}
	tile->waiter_count = kept;
}

void aie_tile_forget_waiter(struct aie_tile *tile, uint32_t entity)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < tile->waiter_count; i++)
		if (tile->waiter[i].entity != entity)
			tile->waiter[kept++] = tile->waiter[i];
	tile->waiter_count = kept;
}

/* An operation was done on a lock that somebody watches. */
static void observe(struct aie_tile *tile, unsigned lock, bool acquire, int value, uint32_t entity)
{
	aie_event_lock(tile, lock,
	               !acquire    ? AIE_LOCK_EVENT_RELEASE
	               : value < 0 ? AIE_LOCK_EVENT_ACQUIRE
	                           : AIE_LOCK_EVENT_ACQUIRE_EQUAL);
	if (tile->array->recorder)
		aie_record_lock(tile, lock, acquire ? AIE_RECORD_ACQUIRE : AIE_RECORD_RELEASE, value, entity);
}

enum aie_lock_result aie_tile_acquire(struct aie_array *array, struct aie_tile *tile, unsigned lock, int value,
                                      uint32_t entity)
{
	enum aie_lock_result result = aie_lock_acquire(&tile->lock[lock], aie_now(array), entity, value);

	if (result == AIE_LOCK_DONE && value)
		lock_changed(array, tile, lock, aie_now(array) + 1);
	else if (result == AIE_LOCK_WAIT)
		add_waiter(tile, lock, entity);
	if (__builtin_expect(tile->lock_watch >> lock & 1, 0) && result == AIE_LOCK_DONE)
		observe(tile, lock, true, value, entity);
	return result;
}

static void flag_range(struct aie_tile *tile, unsigned lock, int value)
{
	uint64_t *flags = value > 0 ? &tile->lock_overflow : &tile->lock_underflow;

	if (!(*flags >> lock & 1))
		aie_event_lock_error(tile);
	*flags |= UINT64_C(1) << lock;
}

enum aie_lock_result aie_tile_release(struct aie_array *array, struct aie_tile *tile, unsigned lock, int value,
                                      uint32_t entity)
{
	enum aie_lock_result result = aie_lock_release(&tile->lock[lock], aie_now(array), entity, value);

	if (result == AIE_LOCK_DONE) {
		lock_changed(array, tile, lock, aie_now(array) + 1);
		if (__builtin_expect(tile->lock_watch >> lock & 1, 0))
			observe(tile, lock, false, value, entity);
	} else if (result == AIE_LOCK_WAIT) {
		flag_range(tile, lock, value);
		add_waiter(tile, lock, entity);
	}
	return result;
}

/* The register bus gives the lock a value. */
static void write_lock(struct aie_array *array, struct aie_tile *tile, unsigned lock, unsigned value)
{
	tile->lock[lock].value = (uint8_t)value;
	lock_changed(array, tile, lock, aie_now(array));
	if (__builtin_expect(tile->lock_watch >> lock & 1, 0))
		aie_event_lock_value(tile, lock);
}

void aie_tile_set_lock(struct aie_array *array, struct aie_tile *tile, unsigned lock, unsigned value)
{
	write_lock(array, tile, lock, value);
	if (array->recorder)
		aie_record_lock(tile, lock, AIE_RECORD_SET, 0, AIE_RECORD_NO_ENTITY);
}

bool aie_tile_lock_request(struct aie_array *array, struct aie_tile *tile, unsigned lock, bool acquire, int value)
{
	struct aie_lock *state = &tile->lock[lock];
	int result = acquire ? state->value - (value < 0 ? -value : value) : state->value + value;

	if (acquire && !aie_lock_condition(state, value))
		return false;
	if (result < 0 || result > AIE_LOCK_MAX) {
		flag_range(tile, lock, value);
		return false;
	}
	if (!acquire || value < 0 || AIE_LOCK_EQUAL_SUBTRACTS)
		write_lock(array, tile, lock, (unsigned)result);
	if (__builtin_expect(tile->lock_watch >> lock & 1, 0))
		observe(tile, lock, acquire, value, AIE_RECORD_NO_ENTITY);
	return true;
}

/* ---- isolation --------------------------------------------------------------------------------------------------- */

static struct aie_tile *beside(const struct aie_tile *tile, enum aie_side side)
{
	static const struct {
		int8_t column, row;
	} step[] = {
		[AIE_TO_SOUTH] = { 0, -1 },
		[AIE_TO_WEST] = { -1, 0 },
		[AIE_TO_NORTH] = { 0, 1 },
		[AIE_TO_EAST] = { 1, 0 },
	};

	return aie_array_tile(tile->array, (unsigned)(tile->column + step[side].column),
	                      (unsigned)(tile->row + step[side].row));
}

/* Nothing crosses an isolated side in either direction: streams, memory and locks, cascade, broadcast events.
 * (documented for the windows of memory tile channels; assumed for the rest) */
struct aie_tile *aie_tile_neighbour(const struct aie_tile *tile, enum aie_side side)
{
	struct aie_tile *next = beside(tile, side);
	enum aie_side back = (enum aie_side)((side + 2) % 4);

	return next && !(tile->isolation >> side & 1) && !(next->isolation >> back & 1) ? next : NULL;
}

void aie_tile_isolate(struct aie_tile *tile, uint32_t isolation)
{
	if (tile->isolation == isolation)
		return;
	tile->isolation = (uint8_t)isolation;
	aie_core_side_find_windows(tile);
	for (enum aie_side side = AIE_TO_SOUTH; side <= AIE_TO_EAST; side++) {
		struct aie_tile *next = beside(tile, side);

		if (next)
			aie_core_side_find_windows(next);
	}
	tile->array->routes_dirty = true;
}

/* ---- reset ------------------------------------------------------------------------------------------------------- */

bool aie_tile_clocked(const struct aie_tile *tile)
{
	const struct aie_tile *shim = aie_array_tile(tile->array, tile->column, AIE_ROW_SHIM);

	return tile == shim || AIE_FIELD_GET(aie_registers_get(shim, AIE_SHIM_COLUMN_CLOCK_CONTROL),
	                                     AIE_SHIM_COLUMN_CLOCK_CONTROL_CLOCK_BUFFER_ENABLE);
}

bool aie_tile_busy(const struct aie_tile *tile)
{
	if (tile->core.core) {
		enum aie_core_status status = aie_core_status(tile->core.core);

		if (status == AIE_CORE_RUNNING || status == AIE_CORE_STALLED)
			return true;
	}
	for (unsigned i = 0; i < 2 * tile->channels; i++)
		if (tile->channel[i].state != AIE_DMA_IDLE)
			return true;
	return false;
}

void aie_tile_reset_memory_module(struct aie_array *array, struct aie_tile *tile)
{
	for (unsigned i = 0; i < tile->lock_count; i++) {
		bool changes = tile->lock[i].value != 0;

		aie_lock_reset(&tile->lock[i]);
		lock_changed(array, tile, i, aie_now(array));
		if (changes && array->recorder)
			aie_record_lock(tile, i, AIE_RECORD_SET, 0, AIE_RECORD_NO_ENTITY);
	}
	tile->lock_overflow = tile->lock_underflow = 0;
	memset(tile->descriptor, 0, sizeof tile->descriptor);
	for (unsigned i = 0; i < 2 * tile->channels; i++) {
		aie_dma_reset(array, &tile->channel[i]);
		tile->channel[i].control = 0;
		tile->channel[i].pad_value = 0;
	}
}

void aie_tile_reset(struct aie_array *array, struct aie_tile *tile)
{
	static const uint8_t no_program[AIE_CORE_PROGRAM_BYTES];
	struct aie_error ignored;

	if (tile->memory.byte)
		memset(tile->memory.byte, 0, tile->memory.size);
	if (tile->check)
		aie_check_reset_tile(tile);
	tile->memory.linear = false;
	aie_banks_reset(&tile->memory);
	aie_tile_reset_memory_module(array, tile);
	memset(tile->stream.master, 0, sizeof tile->stream.master);
	memset(tile->stream.slave, 0, sizeof tile->stream.slave);
	aie_packet_reset(array, tile);
	aie_control_reset(tile);
	for (unsigned i = 0; i < AIE_TRACE_ROUTES; i++)
		aie_route_drop(&tile->trace_route[i]);
	tile->mux = tile->demux = 0;
	memset(&tile->read_port, 0, sizeof tile->read_port);
	memset(&tile->write_port, 0, sizeof tile->write_port);
	if (tile->core.core) {
		aie_core_side_reset(array, tile);
		aie_core_program_write(tile->core.core, 0, no_program, sizeof no_program,
		                       &ignored); /* in range: cannot fail */
		aie_event_program_changed(tile);
	}
	aie_registers_reset(tile);
	aie_tile_isolate(tile, AIE_CORE_TILE_CONTROL_RESET_VALUE);
	aie_events_reset_tile(tile);
	array->routes_dirty = true;
}

void aie_streams_drop_column(struct aie_array *array, unsigned column)
{
	for (unsigned i = 0; i < array->tiles; i++) {
		struct aie_tile *tile = &array->tile[i];

		if (tile->column != column)
			continue;
		for (unsigned k = 0; k < AIE_SWITCH_PORTS; k++) {
			struct aie_route *route = tile->stream.through[k];

			if (route)
				aie_route_drop(route);
		}
	}
	array->routes_dirty = true;
}
