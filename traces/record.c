#include "traces/record.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS = 256 / AIE_TRACE_SLOTS, NO_UNIT = 0xFFFF, MAX_COLUMNS = 16, MAX_ROWS = 8, NOT_OPEN = 0 };

struct builder {
	struct aie_trace_timeline *timeline;
	uint64_t first, last; /* cycles of the record */
	uint16_t unit[MAX_COLUMNS][MAX_ROWS][AIE_EVENT_MODULES][PARTS];
	/* 1 + index in the track of the event of each slot that has not ended, or NOT_OPEN */
	size_t open[AIE_TRACE_MAX_UNITS][AIE_TRACE_SLOTS];
};

static int add_event(struct builder *builder, unsigned unit, const struct aie_trace_event *event,
                     struct aie_error *error)
{
	struct aie_trace_track *track = &builder->timeline->track[unit];

	if (builder->timeline->events == AIE_TRACE_MAX_EVENTS)
		return aie_error_set(error, AIE_ERROR_INPUT, "more than %d events", AIE_TRACE_MAX_EVENTS);
	if (track->count == track->capacity) {
		const size_t capacity = track->capacity ? 2 * track->capacity : 64;
		struct aie_trace_event *grown = realloc(track->event, capacity * sizeof *grown);

		if (!grown)
			return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for the events of this record");
		track->event = grown;
		track->capacity = capacity;
	}
	track->event[track->count++] = *event;
	builder->timeline->events++;
	return 0;
}

/* The unit of an event, made when it is the first of its part; NO_UNIT with the error set. */
static unsigned unit_of(struct builder *builder, const struct aie_profile_record *entry, struct aie_error *error)
{
	struct aie_trace_config *config = &builder->timeline->config;
	const uint8_t part = entry->number / AIE_TRACE_SLOTS;
	const struct aie_trace_event start = { .kind = AIE_TRACE_EVENT_START, .begin = builder->first };
	uint16_t *place;

	if (entry->column >= MAX_COLUMNS || entry->row >= MAX_ROWS) {
		aie_error_set(error, AIE_ERROR_INPUT, "the record has a tile (%u,%u)", entry->column, entry->row);
		return NO_UNIT;
	}
	place = &builder->unit[entry->column][entry->row][entry->module][part];
	if (*place == NO_UNIT) {
		if (config->unit_count == AIE_TRACE_MAX_UNITS) {
			aie_error_set(error, AIE_ERROR_INPUT, "the record has events of more than %d times eight",
			              AIE_TRACE_MAX_UNITS);
			return NO_UNIT;
		}
		config->unit[config->unit_count] = (struct aie_trace_unit_config){
			.column = entry->column,
			.row = entry->row,
			.module = entry->module,
			.packet_type = (uint8_t)aie_trace_module_type(entry->module),
			.part = part,
			.known = true,
		};
		if (add_event(builder, config->unit_count, &start, error))
			return NO_UNIT;
		*place = (uint16_t)config->unit_count++;
	}
	config->unit[*place].slot[entry->number % AIE_TRACE_SLOTS] = entry->number;
	return *place;
}

static int take(struct builder *builder, const struct aie_profile_record *entry, struct aie_error *error)
{
	const unsigned slot = entry->number % AIE_TRACE_SLOTS;
	const struct aie_trace_event event = { .kind = AIE_TRACE_EVENT_ACTIVE,
		                               .begin = entry->cycle,
		                               .slot = slot & (AIE_TRACE_SLOTS - 1) };
	unsigned unit;
	size_t *open;

	if (entry->what != AIE_PROFILE_RISE && entry->what != AIE_PROFILE_FALL)
		return 0;
	unit = unit_of(builder, entry, error);
	if (unit == NO_UNIT)
		return -1;
	open = &builder->open[unit][slot];
	if (*open) {
		struct aie_trace_event *begun = &builder->timeline->track[unit].event[*open - 1];

		begun->cycles = entry->cycle - begun->begin;
		*open = NOT_OPEN;
	}
	if (entry->what == AIE_PROFILE_FALL)
		return 0;
	if (add_event(builder, unit, &event, error))
		return -1;
	*open = builder->timeline->track[unit].count;
	return 0;
}

/* What is active at the end lasts as long as the record. */
static void close_open(struct builder *builder)
{
	for (unsigned unit = 0; unit < builder->timeline->config.unit_count; unit++) {
		for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++) {
			struct aie_trace_event *event = builder->timeline->track[unit].event;

			if (!builder->open[unit][slot])
				continue;
			event += builder->open[unit][slot] - 1;
			event->cycles = builder->last + 1 - event->begin;
		}
	}
}

int aie_trace_record_timeline(struct aie_trace_timeline *timeline, const struct aie_trace_capture *capture,
                              struct aie_error *error)
{
	struct builder *builder = calloc(1, sizeof *builder);
	int status = 0;

	if (!builder)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a record");
	builder->timeline = timeline;
	timeline->config.unit_count = 0;
	memset(builder->unit, 0xFF, sizeof builder->unit);
	if (capture->record_count) {
		builder->first = capture->record[0].cycle;
		builder->last = capture->record[capture->record_count - 1].cycle;
	}
	for (size_t i = 0; i < capture->record_count && !status; i++)
		status = take(builder, &capture->record[i], error);
	close_open(builder);
	timeline->first = builder->first;
	timeline->last = builder->last + 1;
	free(builder);
	if (status)
		aie_trace_timeline_close(timeline);
	return status;
}

/* ---- entries that are no events ---- */

static const struct what {
	const char *name; /* NULL: an event */
	bool lock;        /* else a DMA channel */
	bool descriptor;  /* `number` is one */
} whats[AIE_PROFILE_WHATS] = {
	[AIE_PROFILE_ACQUIRE] = { "acquire", true, false },
	[AIE_PROFILE_RELEASE] = { "release", true, false },
	[AIE_PROFILE_SET] = { "set", true, false },
	[AIE_PROFILE_TASK_START] = { "task starts", false, true },
	[AIE_PROFILE_BD_START] = { "descriptor starts", false, true },
	[AIE_PROFILE_BD_END] = { "descriptor ends", false, true },
	[AIE_PROFILE_TASK_END] = { "task ends", false, true },
	[AIE_PROFILE_WAIT_LOCK] = { "waits for a lock", false, false },
	[AIE_PROFILE_WAIT_STREAM] = { "waits for its stream", false, false },
	[AIE_PROFILE_WAIT_MEMORY] = { "waits for memory", false, false },
	[AIE_PROFILE_END_WAIT] = { "goes on", false, false },
};

static const char *const bys[AIE_PROFILE_BYS] = {
	[AIE_PROFILE_BY_NONE] = "nobody",         [AIE_PROFILE_BY_CORE] = "core",
	[AIE_PROFILE_BY_S2MM] = "S2MM",           [AIE_PROFILE_BY_MM2S] = "MM2S",
	[AIE_PROFILE_BY_REGISTERS] = "registers", [AIE_PROFILE_BY_START] = "start of the record",
};

static bool by_channel(const struct aie_profile_record *entry)
{
	return entry->by == AIE_PROFILE_BY_S2MM || entry->by == AIE_PROFILE_BY_MM2S;
}

static void lock_text(FILE *out, const struct aie_profile_record *entry)
{
	fprintf(out, "lock %u: %s", entry->number, whats[entry->what].name);
	if (entry->what != AIE_PROFILE_SET)
		fprintf(out, " %+d", entry->operand);
	fprintf(out, " by %s", bys[entry->by]);
	if (by_channel(entry))
		fprintf(out, " %u of", entry->by_channel);
	if (by_channel(entry) || entry->by == AIE_PROFILE_BY_CORE)
		fprintf(out, " (%u,%u)", entry->by_column, entry->by_row);
	fprintf(out, ", now %u\n", entry->value);
}

void aie_trace_record_text(FILE *out, const struct aie_trace_capture *capture, uint64_t zero)
{
	for (size_t i = 0; i < capture->record_count; i++) {
		const struct aie_profile_record *entry = &capture->record[i];
		const struct what *what = &whats[entry->what];

		if (!what->name)
			continue;
		fprintf(out, "%16" PRIu64 " (%u,%u) ", entry->cycle - zero, entry->column, entry->row);
		if (what->lock) {
			lock_text(out, entry);
			continue;
		}
		fprintf(out, "%s %u: %s", bys[entry->by], entry->by_channel, what->name);
		if (what->descriptor)
			fprintf(out, ", descriptor %u", entry->number);
		putc('\n', out);
	}
}

void aie_trace_record_json(struct aie_json *json, const struct aie_trace_capture *capture)
{
	aie_json_begin_array(json, "record");
	for (size_t i = 0; i < capture->record_count; i++) {
		const struct aie_profile_record *entry = &capture->record[i];
		const struct what *what = &whats[entry->what];

		if (!what->name)
			continue;
		aie_json_begin_object(json, NULL);
		aie_json_u64(json, "cycle", entry->cycle);
		aie_json_u64(json, "column", entry->column);
		aie_json_u64(json, "row", entry->row);
		aie_json_string(json, "what", what->name);
		if (what->lock || what->descriptor)
			aie_json_u64(json, what->lock ? "lock" : "descriptor", entry->number);
		if (what->lock) {
			aie_json_u64(json, "value", entry->value);
			aie_json_i64(json, "operand", entry->operand);
		}
		aie_json_string(json, "by", bys[entry->by]);
		if (by_channel(entry))
			aie_json_u64(json, "channel", entry->by_channel);
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
}
