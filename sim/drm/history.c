/* How cores, DMA channels and locks went over the run: the array's record, summed up in equal parts of the run. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "driver/image/events.h"
#include "sim/array/record.h"
#include "sim/drm/internal.h"

/* Entries of 24 bytes; runs that make more are told up to there. */
enum { RECORD_LIMIT = 1 << 22, FIRST_SERIES = 64 };

/* One series that is open: its state since a cycle. */
struct level {
	uint64_t from;
	uint64_t value; /* 0: not active */
	uint64_t late;  /* of a channel: beats that did not fit into the time before, see move() */
};

struct summing {
	struct aie_profile_history *history;
	uint64_t begin; /* array cycle of the first part */
	struct level *level;
	uint32_t capacity;
	uint32_t *index; /* of a key: 1 + number of its series, 0: none */
};

/* kind, column, row, number and direction in bits of one key, in the order of the series. */
enum { KIND_BITS = 3, COLUMN_BITS = 7, ROW_BITS = 5, NUMBER_BITS = 6 };
enum {
	NUMBER_LSB = 1,
	ROW_LSB = NUMBER_LSB + NUMBER_BITS,
	COLUMN_LSB = ROW_LSB + ROW_BITS,
	KIND_LSB = COLUMN_LSB + COLUMN_BITS,
	KEY_BITS = KIND_LSB + KIND_BITS
};

static uint32_t key_of(enum aie_profile_series_kind kind, unsigned column, unsigned row, unsigned number, bool mm2s)
{
	return (uint32_t)kind << KIND_LSB | column << COLUMN_LSB | row << ROW_LSB | number << NUMBER_LSB | mm2s;
}

static int add_series(struct summing *summing, uint32_t key)
{
	struct aie_profile_history *history = summing->history;

	if (history->count == summing->capacity || !summing->level) {
		const uint32_t capacity = summing->capacity ? 2 * summing->capacity : FIRST_SERIES;
		struct aie_profile_series *series = realloc(history->series, capacity * sizeof *series);
		struct level *level;

		if (!series)
			return -ENOMEM;
		history->series = series;
		level = realloc(summing->level, capacity * sizeof *level);
		if (!level)
			return -ENOMEM;
		summing->level = level;
		summing->capacity = capacity;
	}
	summing->level[history->count] = (struct level){ .from = summing->begin };
	history->series[history->count++] = (struct aie_profile_series){
		.kind = (uint8_t)(key >> KIND_LSB),
		.column = key >> COLUMN_LSB & ((1U << COLUMN_BITS) - 1),
		.row = key >> ROW_LSB & ((1U << ROW_BITS) - 1),
		.number = key >> NUMBER_LSB & ((1U << NUMBER_BITS) - 1),
		.mm2s = key & 1,
	};
	summing->index[key] = history->count;
	return 0;
}

/* The run's cycles of [*from, to), array cycles. */
static void cut(const struct summing *summing, uint64_t *from, uint64_t *to)
{
	const uint64_t cycles = summing->history->cycles;

	*from = *from > summing->begin ? *from - summing->begin : 0;
	*to = *to > summing->begin ? *to - summing->begin : 0;
	*from = *from < cycles ? *from : cycles;
	*to = *to < cycles ? *to : cycles;
}

/* The part of the run that has the cycle, and where that part ends. */
static uint64_t part_of(const struct summing *summing, uint64_t cycle, uint64_t *end)
{
	const uint64_t cycles = summing->history->cycles;
	uint64_t part = cycle * AIE_PROFILE_BINS / cycles;

	/* Rounding down may give the part before. */
	while ((*end = cycles * (part + 1) / AIE_PROFILE_BINS) <= cycle)
		part++;
	return part;
}

/* Add `sum`, spread evenly over [from, to), array cycles, to the parts: what lies outside the run is left out. */
static void add(struct summing *summing, struct aie_profile_series *series, uint64_t from, uint64_t to, uint64_t sum)
{
	const uint64_t first = from, length = to - from;
	uint64_t given;

	cut(summing, &from, &to);
	/* `given` counts from the first cycle that is not cut off */
	given = from < to ? sum * (from + summing->begin - first) / length : 0;
	while (from < to) {
		uint64_t end, part = part_of(summing, from, &end), upto;

		end = end < to ? end : to;
		upto = sum * (end + summing->begin - first) / length;
		series->bin[part] += upto - given;
		given = upto;
		from = end;
	}
}

/* The series of a key, made when there is none; NULL: no memory. */
static struct level *level_of(struct summing *summing, uint32_t key, struct aie_profile_series **series)
{
	if ((!summing->level || !summing->index[key]) && add_series(summing, key))
		return NULL;
	*series = &summing->history->series[summing->index[key] - 1];
	return &summing->level[summing->index[key] - 1];
}

/* The value of a series changes. */
static int change(struct summing *summing, uint32_t key, uint64_t cycle, uint64_t value)
{
	struct aie_profile_series *series;
	struct level *level = level_of(summing, key, &series);

	if (!level)
		return -ENOMEM;
	if (cycle > level->from)
		add(summing, series, level->from, cycle, level->value * (cycle - level->from));
	*level = (struct level){ .from = cycle, .value = value };
	if (value > series->largest)
		series->largest = (uint8_t)value;
	return 0;
}

/* A channel has moved `beats` since the last time.  An S2MM's count as moved when it takes them, several at once: those
 * that do not fit into the time that has passed (one a cycle) come first in the time that follows. */
static void move(struct summing *summing, struct aie_profile_series *series, struct level *level, uint64_t cycle,
                 uint64_t beats)
{
	uint64_t time = cycle > level->from ? cycle - level->from : 0;
	const uint64_t late = level->late < time ? level->late : time;
	uint64_t even;

	if (late)
		add(summing, series, level->from, level->from + late, late);
	time -= late;
	even = beats < time ? beats : time;
	if (even)
		add(summing, series, level->from + late, level->from + late + time, even);
	level->late += beats - late - even;
	level->from += late + time;
}

static int take_event(struct summing *summing, const struct aie_record *record)
{
	enum aie_profile_series_kind kind;

	if (record->module != AIE_EVENT_MODULE_CORE)
		return 0;
	switch (record->number) {
	case AIE_EVENT_CORE_ACTIVE:
		kind = AIE_PROFILE_CORE_ACTIVE;
		break;
	case AIE_EVENT_CORE_LOCK_STALL:
		kind = AIE_PROFILE_CORE_LOCK;
		break;
	case AIE_EVENT_CORE_STREAM_STALL:
		kind = AIE_PROFILE_CORE_STREAM;
		break;
	case AIE_EVENT_CORE_CASCADE_STALL:
		kind = AIE_PROFILE_CORE_CASCADE;
		break;
	case AIE_EVENT_CORE_MEMORY_STALL:
		kind = AIE_PROFILE_CORE_MEMORY;
		break;
	default:
		return 0;
	}
	return change(summing, key_of(kind, record->column, record->row, 0, false), record->cycle,
	              record->what == AIE_RECORD_RISE);
}

static int take_channel(struct summing *summing, const struct aie_record *record)
{
	struct aie_profile_series *series;
	struct level *level = level_of(summing,
	                               key_of(AIE_PROFILE_CHANNEL, record->column, record->row, record->by_channel,
	                                      record->by == AIE_RECORD_BY_MM2S),
	                               &series);

	if (!level)
		return -ENOMEM;
	move(summing, series, level, record->cycle, record->beats);
	series->largest = 1;
	return 0;
}

static int take(struct summing *summing, const struct aie_record *record)
{
	switch (record->what) {
	case AIE_RECORD_RISE:
	case AIE_RECORD_FALL:
		return take_event(summing, record);
	case AIE_RECORD_ACQUIRE:
	case AIE_RECORD_RELEASE:
	case AIE_RECORD_SET:
		return change(summing, key_of(AIE_PROFILE_LOCK, record->column, record->row, record->number, false),
		              record->cycle, record->value);
	default:
		return take_channel(summing, record);
	}
}

static int in_order(const void *a, const void *b)
{
	const struct aie_profile_series *x = a, *y = b;
	const uint32_t first = key_of(x->kind, x->column, x->row, x->number, x->mm2s),
	               second = key_of(y->kind, y->column, y->row, y->number, y->mm2s);

	return (first > second) - (first < second);
}

/* What has been going on since the last entry of a series. */
static void close_series(struct summing *summing, const struct aie_array *array, uint32_t number, uint64_t end,
                         bool complete)
{
	struct aie_profile_series *series = &summing->history->series[number];
	struct level *level = &summing->level[number];

	if (series->kind == AIE_PROFILE_CHANNEL) {
		const uint64_t beats = complete ? aie_array_record_beats(array, series->column, series->row,
		                                                         series->mm2s, series->number)
		                                : 0;

		move(summing, series, level, end, beats);
	} else if (end > level->from) {
		add(summing, series, level->from, end, level->value * (end - level->from));
	}
}

static int sum(struct summing *summing, const struct aie_array *array, const struct aie_record *record, size_t count,
               uint64_t end, bool complete)
{
	for (size_t i = 0; i < count; i++)
		if (take(summing, &record[i]))
			return -ENOMEM;
	for (uint32_t i = 0; summing->level && i < summing->history->count; i++)
		close_series(summing, array, i, end, complete);
	if (summing->history->count)
		qsort(summing->history->series, summing->history->count, sizeof *summing->history->series, in_order);
	return 0;
}

void aie_drm_history_start(struct aie_drm_device *device, bool on)
{
	struct aie_error error; /* without memory there is no history */

	/* A record that somebody else asked for goes on. */
	if (!on && !device->history_on)
		return;
	device->history_on = on;
	aie_array_record(device->array, on ? AIE_RECORD_EVENTS | AIE_RECORD_LOCKS | AIE_RECORD_DMA : 0, RECORD_LIMIT,
	                 &error);
}

int aie_drm_history_fill(struct aie_drm_device *device, struct aie_profile *profile, uint64_t cycles)
{
	const uint64_t now = aie_array_cycle(device->array);
	struct summing summing = { .history = &device->history };
	const struct aie_record *record;
	uint64_t end = now;
	bool complete;
	size_t count;
	int result = -ENOMEM;

	aie_drm_history_free(device);
	if (!cycles)
		return 0;
	count = aie_array_records(device->array, &record, &complete);
	if (!complete && count)
		end = record[count - 1].cycle;
	summing.begin = now > cycles ? now - cycles : 0;
	device->history.cycles = cycles;
	device->history.recorded = end > summing.begin ? end - summing.begin : 0;
	summing.index = calloc((size_t)1 << KEY_BITS, sizeof *summing.index);
	if (summing.index)
		result = sum(&summing, device->array, record, count, end, complete);
	free(summing.index);
	free(summing.level);
	if (!result)
		profile->history = &device->history;
	return result;
}

void aie_drm_history_free(struct aie_drm_device *device)
{
	free(device->history.series);
	memset(&device->history, 0, sizeof device->history);
}
