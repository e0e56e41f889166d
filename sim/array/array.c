#include "sim/array/array.h"

#include <stdlib.h>
#include <string.h>

#include "sim/array/internal.h"
#include "sim/array/register_store.h"

/* ---- making ------------------------------------------------------------------------------------------------------ */

static unsigned channels_of(enum aie_tile_kind kind)
{
	return kind == AIE_TILE_MEMORY ? AIE_MEMTILE_DMA_S2MM_CTRL_COUNT : AIE_MEM_DMA_S2MM_CTRL_COUNT;
}

static int make_channel(struct aie_array *array, struct aie_tile *tile, unsigned number, unsigned unit)
{
	const struct aie_array_timing *timing = &array->timing;
	struct aie_dma_channel *channel = &tile->channel[number];

	channel->tile = tile;
	channel->unit = (uint16_t)unit;
	channel->mm2s = number >= tile->channels;
	channel->index = (uint8_t)(number % tile->channels);
	channel->route.entity = channel->sink.entity = unit;
	channel->route.egress = timing->dma_egress_beats;
	channel->sink.depth = timing->dma_ingress_beats;
	if (tile->kind != AIE_TILE_SHIM)
		return 0;
	channel->burst_limit = channel->mm2s ? timing->shim_read_outstanding : timing->shim_write_outstanding;
	channel->burst = calloc(channel->burst_limit, sizeof *channel->burst);
	return channel->burst ? 0 : -1;
}

static int make_tile(struct aie_array *array, struct aie_tile *tile, unsigned *unit, struct aie_error *error)
{
	static const uint32_t memory_bytes[AIE_TILE_KINDS] = {
		[AIE_TILE_COMPUTE] = AIE_COMPUTE_MEMORY_BYTES,
		[AIE_TILE_MEMORY] = AIE_MEMORY_TILE_BYTES,
	};
	static const unsigned locks[AIE_TILE_KINDS] = {
		[AIE_TILE_COMPUTE] = AIE_MEM_LOCK_VALUE_COUNT,
		[AIE_TILE_MEMORY] = AIE_MEMTILE_LOCK_VALUE_COUNT,
		[AIE_TILE_SHIM] = AIE_SHIM_LOCK_VALUE_COUNT,
	};
	static const unsigned descriptors[AIE_TILE_KINDS] = {
		[AIE_TILE_COMPUTE] = AIE_MEM_DMA_BD_0_COUNT,
		[AIE_TILE_MEMORY] = AIE_MEMTILE_DMA_BD_0_COUNT,
		[AIE_TILE_SHIM] = AIE_SHIM_DMA_BD_0_COUNT,
	};

	tile->lock_count = locks[tile->kind];
	tile->descriptors = descriptors[tile->kind];
	tile->channels = channels_of(tile->kind);
	tile->channel = &array->channel[*unit];
	for (unsigned i = 0; i < 2 * tile->channels; i++)
		if (make_channel(array, tile, i, (*unit)++))
			return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for tile (%u,%u)", tile->column,
			                     tile->row);
	aie_control_init(array, tile);
	for (unsigned i = 0; i < AIE_TRACE_ROUTES; i++)
		tile->trace_route[i].entity = AIE_ENTITY_TRACE | tile->number;
	if (aie_packet_init(array, tile))
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for tile (%u,%u)", tile->column, tile->row);
	tile->memory.size = memory_bytes[tile->kind];
	if (tile->memory.size) {
		tile->memory.byte = calloc(1, tile->memory.size);
		if (!tile->memory.byte)
			return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for tile (%u,%u)", tile->column,
			                     tile->row);
	}
	return tile->kind == AIE_TILE_COMPUTE ? aie_core_side_init(array, tile, error) : 0;
}

static int make_tiles(struct aie_array *array, struct aie_error *error)
{
	unsigned unit = 0;

	array->tiles = array->columns * array->rows;
	array->core_words = (array->tiles + 63) / 64;
	for (unsigned row = 0; row < array->rows; row++)
		array->units += array->columns * 2 * channels_of(aie_tile_kind_of_row(row));
	array->tile = calloc(array->tiles, sizeof *array->tile);
	array->channel = calloc(array->units, sizeof *array->channel);
	array->core_active = calloc(array->core_words, sizeof *array->core_active);
	array->core_woken = calloc(array->core_words, sizeof *array->core_woken);
	if (!array->tile || !array->channel || !array->core_active || !array->core_woken ||
	    aie_schedule_init(&array->schedule, array->units + array->tiles))
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for an array of %u tiles", array->tiles);
	for (unsigned i = 0; i < array->tiles; i++) {
		struct aie_tile *tile = &array->tile[i];

		tile->array = array;
		tile->number = (uint16_t)i;
		tile->column = (uint8_t)(i / array->rows);
		tile->row = (uint8_t)(i % array->rows);
		tile->kind = aie_tile_kind_of_row(tile->row);
	}
	for (unsigned i = 0; i < array->tiles; i++)
		if (make_tile(array, &array->tile[i], &unit, error))
			return -1;
	if (aie_events_init(array))
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for the array's events");
	if (aie_check_init(array))
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for the checks of memory accesses");
	if (aie_registers_init(array, error))
		return -1;
	for (unsigned i = 0; i < array->tiles; i++)
		aie_tile_reset(array, &array->tile[i]);
	return aie_crew_init(array, error);
}

struct aie_array *aie_array_create(const char *profile, const struct aie_system_memory *memory, struct aie_error *error)
{
	struct aie_array *array = calloc(1, sizeof *array);

	if (!array) {
		aie_error_set(error, AIE_ERROR_MEMORY, "no memory for an array");
		return NULL;
	}
	array->profile = aie_device_profile_parse(profile, &array->timing, error);
	if (array->profile) {
		array->system = *memory;
		array->columns = array->profile->columns;
		array->rows = AIE_ARRAY_ROWS;
		if (aie_array_options_parse(profile, array->columns, &array->options, error) == 0 &&
		    make_tiles(array, error) == 0)
			return array;
	}
	aie_array_destroy(array);
	return NULL;
}

void aie_array_destroy(struct aie_array *array)
{
	if (!array)
		return;
	aie_crew_free(array);
	aie_events_free(array);
	aie_check_free(array);
	aie_record_free(array);
	for (unsigned i = 0; array->tile && i < array->tiles; i++) {
		aie_core_side_free(&array->tile[i]);
		aie_packet_free(&array->tile[i]);
		aie_route_free(&array->tile[i].control.response);
		for (unsigned k = 0; k < AIE_TRACE_ROUTES; k++)
			aie_route_free(&array->tile[i].trace_route[k]);
		free(array->tile[i].memory.byte);
	}
	for (unsigned i = 0; array->channel && i < array->units; i++) {
		aie_route_free(&array->channel[i].route);
		free(array->channel[i].burst);
	}
	aie_register_store_free(array);
	aie_schedule_free(&array->schedule);
	free(array->tile);
	free(array->channel);
	free(array->core_active);
	free(array->core_woken);
	free(array->rule);
	free(array->token);
	free(array);
}

unsigned aie_array_columns(const struct aie_array *array)
{
	return array->columns;
}

unsigned aie_array_rows(const struct aie_array *array)
{
	return array->rows;
}

const struct aie_array_timing *aie_array_timing_of(const struct aie_array *array)
{
	return &array->timing;
}

int aie_array_reset_columns(struct aie_array *array, unsigned first, unsigned count, struct aie_error *error)
{
	if (first > array->columns || count > array->columns - first)
		return aie_error_set(error, AIE_ERROR_INPUT, "columns %u to %u: the array has %u columns", first,
		                     first + count - 1, array->columns);
	for (unsigned column = first; column < first + count; column++) {
		aie_streams_drop_column(array, column);
		for (unsigned row = 0; row < array->rows; row++)
			aie_tile_reset(array, aie_array_tile(array, column, row));
		if (array->faulted && array->fault_column == column)
			array->faulted = false;
	}
	return 0;
}

/* ---- register bus ------------------------------------------------------------------------------------------------ */

static struct aie_tile *tile_at(const struct aie_array *array, uint64_t address, struct aie_error *error)
{
	struct aie_tile *tile = NULL;

	if (address >> (AIE_TILE_COLUMN_SHIFT + AIE_TILE_COLUMN_BITS) == 0)
		tile = aie_array_tile(array, aie_address_column(address), aie_address_row(address));
	if (!tile)
		aie_error_set(error, AIE_ERROR_INPUT,
		              "register address 0x%llX is outside the array of %u columns and %u rows",
		              (unsigned long long)address, array->columns, array->rows);
	return tile;
}

int aie_array_write32(struct aie_array *array, uint64_t address, uint32_t value, struct aie_error *error)
{
	struct aie_tile *tile = tile_at(array, address, error);

	return tile ? aie_tile_write(array, tile, aie_address_offset(address), value, error) : -1;
}

int aie_array_read32(struct aie_array *array, uint64_t address, uint32_t *value, struct aie_error *error)
{
	struct aie_tile *tile = tile_at(array, address, error);

	return tile ? aie_tile_read(array, tile, aie_address_offset(address), value, error) : -1;
}

int aie_array_mask_write32(struct aie_array *array, uint64_t address, uint32_t mask, uint32_t value,
                           struct aie_error *error)
{
	uint32_t old;

	if (aie_array_read32(array, address, &old, error))
		return -1;
	return aie_array_write32(array, address, (old & ~mask) | (value & mask), error);
}

int aie_array_write_block(struct aie_array *array, uint64_t address, const uint32_t *words, size_t count,
                          struct aie_error *error)
{
	for (size_t i = 0; i < count; i++)
		if (aie_array_write32(array, address + 4 * i, words[i], error))
			return -1;
	return 0;
}

/* ---- tokens, faults ---------------------------------------------------------------------------------------------- */

int aie_array_put_token(struct aie_array *array, const struct aie_dma_channel *channel)
{
	struct aie_token token = {
		.column = channel->tile->column,
		.row = channel->tile->row,
		.channel = channel->index,
		.mm2s = channel->mm2s,
		.cycle = aie_now(array) + array->timing.token_latency,
	};

	if (array->token_count == array->token_size) {
		size_t size = array->token_size ? array->token_size * 2 : 64;
		struct aie_token *grown = malloc(size * sizeof *grown);

		if (!grown)
			return -1;
		for (size_t i = 0; i < array->token_count; i++)
			grown[i] = array->token[(array->token_first + i) % array->token_size];
		free(array->token);
		array->token = grown;
		array->token_size = size;
		array->token_first = 0;
	}
	array->token[(array->token_first + array->token_count++) % array->token_size] = token;
	return 0;
}

/* The cycle at which the next token can be taken. */
static uint64_t token_cycle(const struct aie_array *array)
{
	return array->token_count ? array->token[array->token_first].cycle : AIE_NEVER;
}

bool aie_array_take_token(struct aie_array *array, struct aie_token *token)
{
	if (token_cycle(array) > aie_now(array))
		return false;
	*token = array->token[array->token_first];
	array->token_first = (array->token_first + 1) % array->token_size;
	array->token_count--;
	return true;
}

void aie_array_set_fault(struct aie_array *array, const struct aie_tile *tile, const struct aie_error *error)
{
	if (array->crew && aie_crew_inside) {
		aie_crew_fault(tile, error);
		return;
	}
	if (array->faulted)
		return;
	array->faulted = true;
	array->fault_column = tile->column;
	array->fault_row = tile->row;
	array->fault = *error;
}

void aie_array_fault(const struct aie_array *array, struct aie_error *error)
{
	if (array->faulted)
		*error = array->fault;
	else
		aie_error_clear(error);
}

void aie_array_fault_tile(const struct aie_array *array, unsigned *column, unsigned *row)
{
	*column = array->faulted ? array->fault_column : 0;
	*row = array->faulted ? array->fault_row : 0;
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

uint64_t aie_array_cycle(const struct aie_array *array)
{
	return aie_now(array);
}

static bool cores_are_active(const struct aie_array *array)
{
	for (unsigned i = 0; i < array->core_words; i++)
		if (array->core_active[i])
			return true;
	return false;
}

static void wake_cores(struct aie_array *array)
{
	for (unsigned i = 0; i < array->core_words; i++) {
		array->core_active[i] |= array->core_woken[i];
		array->core_woken[i] = 0;
	}
	array->cores_woken = false;
}

static void run_cores(struct aie_array *array, uint64_t now)
{
	for (unsigned i = 0; i < array->core_words; i++)
		for (uint64_t bits = array->core_active[i]; bits; bits &= bits - 1) {
			unsigned number = i * 64 + (unsigned)__builtin_ctzll(bits);

			if (!aie_core_side_step(array, &array->tile[number], now))
				array->core_active[i] &= ~(UINT64_C(1) << number % 64);
		}
}

static void run_channels(struct aie_array *array, uint64_t now)
{
	struct aie_schedule *schedule = &array->schedule;
	unsigned slot = (unsigned)(now % AIE_WHEEL_SLOTS);
	uint64_t *words = &schedule->slot[slot * schedule->words];

	if (!(schedule->occupied[slot / 64] >> slot % 64 & 1))
		return;
	schedule->occupied[slot / 64] &= ~(UINT64_C(1) << slot % 64);
	for (unsigned i = 0; i < schedule->words; i++) {
		uint64_t bits = words[i];

		for (words[i] = 0; bits; bits &= bits - 1) {
			unsigned unit = i * 64 + (unsigned)__builtin_ctzll(bits);
			uint64_t next;

			if (schedule->wake[unit] != now)
				continue;
			schedule->wake[unit] = AIE_NEVER;
			next = unit < array->units ? aie_dma_step(array, &array->channel[unit], now)
			                           : aie_switch_step(array, &array->tile[unit - array->units], now);
			if (next != AIE_NEVER)
				aie_schedule_at(schedule, unit, next);
		}
	}
}

/* Bring all counters up to the present cycle. */
static void settle(struct aie_array *array)
{
	uint64_t now = aie_now(array);

	for (unsigned i = 0; i < array->tiles; i++)
		if (array->tile[i].core.asleep)
			aie_core_side_settle(&array->tile[i], now);
	for (unsigned i = 0; i < array->units; i++)
		if (array->channel[i].block != AIE_BLOCK_NONE)
			aie_dma_settle(&array->channel[i], now);
}

/* The cycle in which something moves again while all cores rest.  Events that may go on for ever (timers, traces of
 * something that lasts) count beside other work, or with `through`. */
static uint64_t next_cycle(struct aie_array *array, bool stop_on_token, bool through)
{
	uint64_t next = aie_schedule_next(&array->schedule), event;

	if (stop_on_token && token_cycle(array) < next)
		next = token_cycle(array);
	event = aie_events_next(array, through || next != AIE_NEVER);
	return event < next ? event : next;
}

static enum aie_array_stop run(struct aie_array *array, uint64_t deadline, bool stop_on_token, bool through)
{
	struct aie_schedule *schedule = &array->schedule;

	for (;;) {
		bool cores;

		if (array->faulted)
			return AIE_ARRAY_FAULT;
		if (stop_on_token && token_cycle(array) <= schedule->now)
			return AIE_ARRAY_TOKEN;
		if (schedule->now >= deadline)
			return AIE_ARRAY_DEADLINE;
		if ((array->routes_dirty && aie_streams_trace(array)) ||
		    (array->ports_dirty && aie_ports_attach(array))) {
			array->faulted = true;
			array->fault_column = array->fault_row = 0;
			aie_error_set(&array->fault, AIE_ERROR_MEMORY, "no memory for the array's routes");
			return AIE_ARRAY_FAULT;
		}
		if (array->faulted)
			return AIE_ARRAY_FAULT;
		if (array->cores_woken)
			wake_cores(array);
		cores = cores_are_active(array);
		if (!cores) {
			uint64_t next = next_cycle(array, stop_on_token, through);

			if (next == AIE_NEVER)
				return AIE_ARRAY_IDLE;
			if (next > deadline)
				next = deadline;
			if (next > schedule->now) {
				schedule->now = next;
				continue;
			}
		}
		schedule->inside = true;
		if (cores && !(array->crew && aie_crew_run_cores(array, schedule->now)))
			run_cores(array, schedule->now);
		run_channels(array, schedule->now);
		if (__builtin_expect(array->events.active, 0))
			aie_events_run(array, schedule->now);
		schedule->inside = false;
		schedule->now++;
	}
}

enum aie_array_stop aie_array_run(struct aie_array *array, uint64_t deadline, bool stop_on_token)
{
	enum aie_array_stop stop = run(array, deadline, stop_on_token, false);

	settle(array);
	return stop;
}

void aie_array_advance(struct aie_array *array, uint64_t cycle)
{
	enum aie_array_stop stop = run(array, cycle, false, true);

	if (stop == AIE_ARRAY_IDLE && array->schedule.now < cycle)
		array->schedule.now = cycle;
	settle(array);
}

/* ---- accounting -------------------------------------------------------------------------------------------------- */

struct aie_core *aie_array_core(struct aie_array *array, unsigned column, unsigned row)
{
	struct aie_tile *tile = aie_array_tile(array, column, row);

	return tile ? tile->core.core : NULL;
}

const struct aie_channel_counters *aie_array_channel(const struct aie_array *array, unsigned column, unsigned row,
                                                     bool mm2s, unsigned channel)
{
	const struct aie_tile *tile = aie_array_tile(array, column, row);

	return tile && channel < tile->channels ? &tile->channel[(mm2s ? tile->channels : 0) + channel].counters : NULL;
}

uint64_t aie_array_trace_overruns(const struct aie_array *array, unsigned column, unsigned row, bool memory_module)
{
	const struct aie_tile *tile = aie_array_tile(array, column, row);

	return tile && tile->event[memory_module] ? tile->event[memory_module]->trace.overruns : 0;
}

void aie_array_ddr(const struct aie_array *array, struct aie_ddr_counters *counters)
{
	counters->bytes_read = array->ddr.bytes_read;
	counters->bytes_written = array->ddr.bytes_written;
	counters->busy = array->ddr.busy_64ths / 64;
}

void aie_array_clear_counters(struct aie_array *array)
{
	settle(array);
	if (array->check)
		aie_check_clear(array);
	for (unsigned i = 0; i < array->units; i++) {
		memset(&array->channel[i].counters, 0, sizeof array->channel[i].counters);
		array->channel[i].recorded_active = 0;
	}
	for (unsigned i = 0; i < array->tiles; i++) {
		if (array->tile[i].core.core)
			aie_core_clear_counters(array->tile[i].core.core);
		for (unsigned module = 0; module < 2; module++)
			if (array->tile[i].event[module])
				array->tile[i].event[module]->trace.overruns = 0;
	}
	array->ddr.bytes_read = array->ddr.bytes_written = array->ddr.busy_64ths = 0;
}
