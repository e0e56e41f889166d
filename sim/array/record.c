#include "sim/array/record.h"

#include <stdlib.h>
#include <string.h>

#include "sim/array/internal.h"

enum { FIRST_ROOM = 4096 };

static const char *const what_names[AIE_RECORD_WHATS] = {
	[AIE_RECORD_RISE] = "rise",
	[AIE_RECORD_FALL] = "fall",
	[AIE_RECORD_ACQUIRE] = "acquire",
	[AIE_RECORD_RELEASE] = "release",
	[AIE_RECORD_SET] = "set",
	[AIE_RECORD_TASK_START] = "task start",
	[AIE_RECORD_BD_START] = "descriptor start",
	[AIE_RECORD_BD_END] = "descriptor end",
	[AIE_RECORD_TASK_END] = "task end",
	[AIE_RECORD_WAIT_LOCK] = "waits for lock",
	[AIE_RECORD_WAIT_STREAM] = "waits for stream",
	[AIE_RECORD_WAIT_MEMORY] = "waits for memory",
	[AIE_RECORD_END_WAIT] = "waits no more",
};

const char *aie_record_what_name(enum aie_record_what what)
{
	return what_names[what];
}

/* ---- entries ----------------------------------------------------------------------------------------------------- */

static void add(struct aie_recorder *recorder, const struct aie_record *record)
{
	if (recorder->incomplete)
		return;
	if (recorder->limit && recorder->count == recorder->limit) {
		recorder->incomplete = true;
		return;
	}
	if (recorder->count == recorder->room) {
		size_t room = recorder->room ? recorder->room * 2 : FIRST_ROOM;
		struct aie_record *grown = realloc(recorder->entry, room * sizeof *grown);

		if (!grown) {
			recorder->incomplete = true;
			return;
		}
		recorder->entry = grown;
		recorder->room = room;
	}
	recorder->entry[recorder->count++] = *record;
}

void aie_record_edges(struct aie_event_unit *unit, uint64_t cycle, const struct aie_event_set *active)
{
	for (unsigned i = 0; i < AIE_EVENT_WORDS; i++) {
		uint64_t now = active->word[i] & unit->record.word[i], changed = now ^ unit->noted.word[i];

		for (unit->noted.word[i] = now; changed; changed &= changed - 1) {
			unsigned bit = (unsigned)__builtin_ctzll(changed);
			const struct aie_record record = {
				.cycle = cycle,
				.pc = unit->module == AIE_EVENT_MODULE_CORE ? unit->pc : 0,
				.column = unit->tile->column,
				.row = unit->tile->row,
				.module = unit->module,
				.what = now >> bit & 1 ? AIE_RECORD_RISE : AIE_RECORD_FALL,
				.number = (uint8_t)(64 * i + bit),
			};

			add(unit->array->recorder, &record);
		}
	}
}

void aie_record_lock(const struct aie_tile *tile, unsigned lock, enum aie_record_what what, int operand,
                     uint32_t entity)
{
	struct aie_array *array = tile->array;
	struct aie_record record = {
		.cycle = aie_now(array),
		.column = tile->column,
		.row = tile->row,
		.what = (uint8_t)what,
		.number = (uint8_t)lock,
		.value = tile->lock[lock].value,
		.operand = (int8_t)operand,
	};

	if (!(array->recorder->what & AIE_RECORD_LOCKS))
		return;
	if (entity == AIE_RECORD_NO_ENTITY) {
		record.by = AIE_RECORD_BY_REGISTERS;
	} else if (entity & AIE_ENTITY_CORE) {
		const struct aie_tile *core = &array->tile[entity & ~AIE_ENTITY_CORE];

		record.by = AIE_RECORD_BY_CORE;
		record.by_column = core->column;
		record.by_row = core->row;
	} else {
		const struct aie_dma_channel *channel = &array->channel[entity];

		record.by = channel->mm2s ? AIE_RECORD_BY_MM2S : AIE_RECORD_BY_S2MM;
		record.by_column = channel->tile->column;
		record.by_row = channel->tile->row;
		record.by_channel = channel->index;
	}
	add(array->recorder, &record);
}

void aie_record_channel(struct aie_dma_channel *channel, enum aie_record_what what, uint64_t cycle)
{
	const struct aie_tile *tile = channel->tile;
	const struct aie_record record = {
		.cycle = cycle,
		.beats = (uint32_t)(channel->counters.active - channel->recorded_active),
		.column = tile->column,
		.row = tile->row,
		.what = (uint8_t)what,
		.number = channel->descriptor_id,
		.by = channel->mm2s ? AIE_RECORD_BY_MM2S : AIE_RECORD_BY_S2MM,
		.by_column = tile->column,
		.by_row = tile->row,
		.by_channel = channel->index,
	};

	channel->recorded_active = channel->counters.active;
	add(tile->array->recorder, &record);
}

static void note_wait(struct aie_dma_channel *channel)
{
	static const uint8_t what[] = { [AIE_BLOCK_LOCK] = AIE_RECORD_WAIT_LOCK,
		                        [AIE_BLOCK_STREAM] = AIE_RECORD_WAIT_STREAM,
		                        [AIE_BLOCK_MEMORY] = AIE_RECORD_WAIT_MEMORY };

	aie_record_channel(channel, (enum aie_record_what)what[channel->block], channel->block_from);
	channel->wait_recorded = true;
}

/* A wait may begin in a later cycle and end before: it is written down when that is known. */
void aie_record_end_wait(struct aie_dma_channel *channel, uint64_t now)
{
	if (channel->block == AIE_BLOCK_NONE)
		return;
	if (!channel->wait_recorded && now > channel->block_from)
		note_wait(channel);
	if (channel->wait_recorded)
		aie_record_channel(channel, AIE_RECORD_END_WAIT, now);
	channel->wait_recorded = false;
}

/* ---- what is listened to ----------------------------------------------------------------------------------------- */

bool aie_record_leaves_out(const struct aie_event_unit *unit, unsigned event)
{
	bool pc = unit->module == AIE_EVENT_MODULE_CORE && event >= AIE_EVENT_CORE_PC_0 &&
	          event <= AIE_EVENT_CORE_PC_RANGE_2_3;
	bool frequent = unit->module == AIE_EVENT_MODULE_CORE &&
	                (event == AIE_EVENT_CORE_INSTR_VECTOR || event == AIE_EVENT_CORE_INSTR_LOAD ||
	                 event == AIE_EVENT_CORE_INSTR_STORE);

	if (pc) {
		for (unsigned i = 0; i < AIE_CORE_PC_EVENT_COUNT; i++)
			if (AIE_FIELD_GET(
			            aie_registers_get(unit->tile, AIE_CORE_PC_EVENT + AIE_CORE_PC_EVENT_STRIDE * i),
			            AIE_CORE_PC_EVENT_VALID))
				return false;
		return true;
	}
	return frequent && !(unit->array->recorder->what & AIE_RECORD_INSTRUCTIONS);
}

static int listen(struct aie_array *array, struct aie_error *error)
{
	bool events = array->recorder && (array->recorder->what & AIE_RECORD_EVENTS);
	int failed = 0;

	for (unsigned i = 0; i < array->events.units; i++) {
		struct aie_event_unit *unit = &array->events.unit[i];
		struct aie_error ignored; /* an event that is refused: its register write has said so */

		unit->recorded = events;
		memset(&unit->noted, 0, sizeof unit->noted);
		if (aie_event_configure(unit, &ignored) && ignored.category == AIE_ERROR_MEMORY) {
			*error = ignored;
			failed = -1;
		}
	}
	return failed;
}

/* Bring all units up to the present cycle. */
static void settle(struct aie_array *array)
{
	for (unsigned i = 0; i < array->events.units; i++)
		aie_event_settle(&array->events.unit[i]);
}

/* What is so at the start of the record. */
static void note_state(struct aie_array *array)
{
	for (unsigned i = 0; i < array->tiles; i++)
		for (unsigned lock = 0; lock < array->tile[i].lock_count; lock++) {
			const struct aie_record record = {
				.cycle = aie_now(array),
				.column = array->tile[i].column,
				.row = array->tile[i].row,
				.what = AIE_RECORD_SET,
				.number = (uint8_t)lock,
				.value = array->tile[i].lock[lock].value,
				.by = AIE_RECORD_BY_START,
			};

			if (record.value && (array->recorder->what & AIE_RECORD_LOCKS))
				add(array->recorder, &record);
		}
	for (unsigned i = 0; i < array->units; i++) {
		array->channel[i].wait_recorded = false;
		array->channel[i].recorded_active = array->channel[i].counters.active;
		if (array->channel[i].block != AIE_BLOCK_NONE && array->channel[i].block_from < aie_now(array))
			array->channel[i].block_from = aie_now(array);
	}
}

int aie_array_record(struct aie_array *array, unsigned what, size_t limit, struct aie_error *error)
{
	struct aie_recorder *recorder = NULL;

	if (what & ~(unsigned)AIE_RECORD_ALL)
		return aie_error_set(error, AIE_ERROR_INPUT, "record: 0x%X is none of its kinds", what);
	if (what) {
		recorder = calloc(1, sizeof *recorder);
		if (!recorder)
			return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a record");
		recorder->what = what;
		recorder->limit = limit;
	}
	settle(array);
	aie_record_free(array);
	array->recorder = recorder;
	if (recorder)
		note_state(array);
	return listen(array, error);
}

void aie_record_free(struct aie_array *array)
{
	if (array->recorder)
		free(array->recorder->entry);
	free(array->recorder);
	array->recorder = NULL;
}

void aie_array_clear_records(struct aie_array *array)
{
	if (!array->recorder)
		return;
	settle(array);
	array->recorder->count = 0;
	array->recorder->incomplete = false;
	for (unsigned i = 0; i < array->events.units; i++) {
		memset(&array->events.unit[i].noted, 0, sizeof array->events.unit[i].noted);
		if (array->events.unit[i].recorded)
			aie_event_due(&array->events.unit[i]);
	}
	note_state(array);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static uint64_t place(const struct aie_record *record)
{
	unsigned kind = record->what <= AIE_RECORD_FALL  ? record->module
	                : record->what <= AIE_RECORD_SET ? AIE_EVENT_MODULES
	                                                 : AIE_EVENT_MODULES + 1U;

	return (uint64_t)record->column << 16 | (uint64_t)record->row << 8 | kind;
}

static bool comes_before(const struct aie_record *a, const struct aie_record *b)
{
	return a->cycle != b->cycle ? a->cycle < b->cycle : place(a) < place(b);
}

/* Merge the runs [first, middle) and [middle, end) of `from` into `to`; what is equal stays in order. */
static void merge(const struct aie_record *from, struct aie_record *to, size_t first, size_t middle, size_t end)
{
	size_t a = first, b = middle;

	for (size_t i = first; i < end; i++)
		to[i] = b == end || (a < middle && !comes_before(&from[b], &from[a])) ? from[a++] : from[b++];
}

/* Stable: the entries of one place and cycle are in the order in which they happened.  False: no memory. */
static bool sort(struct aie_recorder *recorder)
{
	struct aie_record *from = recorder->entry, *to = malloc(recorder->room * sizeof *to), *other = to;

	if (!to)
		return false;
	for (size_t run = 1; run < recorder->count; run *= 2) {
		struct aie_record *swap = from;

		for (size_t first = 0; first < recorder->count; first += 2 * run) {
			size_t middle = first + run < recorder->count ? first + run : recorder->count;
			size_t end = middle + run < recorder->count ? middle + run : recorder->count;

			merge(from, to, first, middle, end);
		}
		from = to;
		to = swap;
	}
	free(from == other ? recorder->entry : other);
	recorder->entry = from;
	return true;
}

size_t aie_array_records(struct aie_array *array, const struct aie_record **records, bool *complete)
{
	struct aie_recorder *recorder = array->recorder;

	*records = NULL;
	*complete = true;
	if (!recorder)
		return 0;
	settle(array);
	for (unsigned i = 0; i < array->units; i++) {
		struct aie_dma_channel *channel = &array->channel[i];

		if ((channel->watch & AIE_DMA_WATCH_RECORD) && channel->block != AIE_BLOCK_NONE &&
		    !channel->wait_recorded && channel->block_from < aie_now(array))
			note_wait(channel);
	}
	*complete = !recorder->incomplete;
	if (recorder->count && !sort(recorder)) {
		*complete = false;
		return 0;
	}
	*records = recorder->entry;
	return recorder->count;
}

uint64_t aie_array_record_beats(const struct aie_array *array, unsigned column, unsigned row, bool mm2s,
                                unsigned channel)
{
	const struct aie_tile *tile = aie_array_tile(array, column, row);
	const struct aie_dma_channel *of;

	if (!tile || channel >= tile->channels)
		return 0;
	of = &tile->channel[(mm2s ? tile->channels : 0) + channel];
	return of->counters.active - of->recorded_active;
}
