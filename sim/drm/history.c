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
	bool waits;     /* of a channel with a descriptor */
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

/* Add value x cycles of [from, to), array cycles, to the parts. */
static void add(struct summing *summing, struct aie_profile_series *series, uint64_t from, uint64_t to, uint64_t value)
{
	const uint64_t cycles = summing->history->cycles;

	from = from > summing->begin ? from - summing->begin : 0;
	to = to > summing->begin ? to - summing->begin : 0;
	to = to < cycles ? to : cycles;
	while (from < to) {
		uint64_t part = from * AIE_PROFILE_BINS / cycles, end;

		/* Rounding down may give the part before. */
		while ((end = cycles * (part + 1) / AIE_PROFILE_BINS) <= from)
			part++;
		end = end < to ? end : to;
		series->bin[part] += value * (end - from);
		from = end;
	}
}

/* The value of a series changes. */
static int change(struct summing *summing, uint32_t key, uint64_t cycle, uint64_t value, bool waits)
{
	struct aie_profile_series *series;
	struct level *level;

	if (!summing->index[key] && add_series(summing, key))
		return -ENOMEM;
	series = &summing->history->series[summing->index[key] - 1];
	level = &summing->level[summing->index[key] - 1];
	add(summing, series, level->from, cycle, level->waits ? 0 : level->value);
	*level = (struct level){ cycle, value, waits };
	if (value > series->largest)
		series->largest = (uint8_t)value;
	return 0;
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
	              record->what == AIE_RECORD_RISE, false);
}

static int take_channel(struct summing *summing, const struct aie_record *record)
{
	const bool mm2s = record->by == AIE_RECORD_BY_MM2S;
	const uint32_t key = key_of(AIE_PROFILE_CHANNEL, record->column, record->row, record->by_channel, mm2s);
	const struct level *level = summing->index[key] ? &summing->level[summing->index[key] - 1] : NULL;
	uint64_t value = level ? level->value : 0;
	bool waits = level && level->waits;

	switch (record->what) {
	case AIE_RECORD_BD_START:
		value = 1;
		break;
	case AIE_RECORD_BD_END:
	case AIE_RECORD_TASK_END:
		value = 0;
		break;
	case AIE_RECORD_WAIT_LOCK:
	case AIE_RECORD_WAIT_STREAM:
	case AIE_RECORD_WAIT_MEMORY:
		waits = true;
		break;
	case AIE_RECORD_END_WAIT:
		waits = false;
		break;
	default:
		break;
	}
	return change(summing, key, record->cycle, value, waits);
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
		              record->cycle, record->value, false);
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

static int sum(struct summing *summing, const struct aie_record *record, size_t count, uint64_t end)
{
	for (size_t i = 0; i < count; i++)
		if (take(summing, &record[i]))
			return -ENOMEM;
	if (!summing->level)
		return 0; /* nothing happened */
	for (uint32_t i = 0; i < summing->history->count; i++) {
		const struct level *level = &summing->level[i];

		add(summing, &summing->history->series[i], level->from, end, level->waits ? 0 : level->value);
	}
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
		result = sum(&summing, record, count, end);
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
