#include "traces/decode.h"
#include "traces/record.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HASH_SIZE = 1024, NOT_THERE = 0xFFFF };

struct unit {
	struct aie_trace_frames frames;
	struct decoder *decoder;
	unsigned index;
	uint32_t key, window;
	uint8_t open; /* slots active in the last cycle seen */
	uint8_t started;
	uint64_t end; /* the cycle after that */
	uint64_t pc_frames;
	uint64_t begin[AIE_TRACE_SLOTS];
};

struct decoder {
	struct aie_trace_config *config;
	bool open_ended; /* no configuration: take every sender */
	void (*event)(void *user, unsigned unit, const struct aie_trace_event *event);
	void *user;
	struct unit *unit;
	uint16_t hash[HASH_SIZE]; /* index of the unit, or NOT_THERE */
	unsigned last;
};

static uint32_t key_of(unsigned column, unsigned row, unsigned type, unsigned id)
{
	return column << 21 | row << 16 | type << 12 | id;
}

static unsigned hash_of(uint32_t key)
{
	return key * 2654435761U >> 22; /* Knuth's multiplicative hash to ten bits */
}

/* ---- events of a unit ---- */

static void close_slots(struct unit *unit, uint8_t slots)
{
	struct aie_trace_event event = { .kind = AIE_TRACE_EVENT_ACTIVE,
		                         .window = unit->window,
		                         .uncertain = unit->frames.uncertain != 0 };

	unit->open &= (uint8_t)~slots;
	while (slots) {
		const unsigned slot = (unsigned)__builtin_ctz(slots);

		slots &= (uint8_t)(slots - 1);
		event.slot = slot & 7;
		event.begin = unit->begin[slot];
		event.cycles = unit->end - event.begin;
		unit->decoder->event(unit->decoder->user, unit->index, &event);
	}
}

static void take_start(struct unit *unit, const struct aie_trace_record *record)
{
	const struct aie_trace_event event = { .kind = AIE_TRACE_EVENT_START,
		                               .begin = record->time,
		                               .window = unit->started ? unit->window + 1 : 0 };

	close_slots(unit, unit->open);
	unit->window = event.window;
	unit->started = 1;
	unit->pc_frames = 0;
	unit->decoder->event(unit->decoder->user, unit->index, &event);
}

static void take_pc(struct unit *unit, const struct aie_trace_record *record)
{
	struct aie_trace_event event = { .kind = AIE_TRACE_EVENT_AT_PC,
		                         .begin = unit->pc_frames++,
		                         .cycles = record->cycles,
		                         .pc = record->pc,
		                         .window = unit->window,
		                         .uncertain = unit->frames.uncertain != 0 };

	for (unsigned mask = record->mask; mask && record->cycles; mask &= mask - 1) {
		event.slot = (unsigned)__builtin_ctz(mask) & 7;
		unit->decoder->event(unit->decoder->user, unit->index, &event);
	}
}

static void take_record(void *user, const struct aie_trace_record *record)
{
	struct unit *unit = user;
	uint8_t opening;

	if (record->kind == AIE_TRACE_RECORD_START) {
		take_start(unit, record);
	} else if (record->kind == AIE_TRACE_RECORD_PC) {
		take_pc(unit, record);
	} else {
		if (unit->open)
			close_slots(unit, record->time == unit->end ? unit->open & (uint8_t)~record->mask : unit->open);
		opening = record->mask & (uint8_t)~unit->open;
		while (opening) {
			unit->begin[__builtin_ctz(opening)] = record->time;
			opening &= (uint8_t)(opening - 1);
		}
		unit->open = record->mask;
		unit->end = record->time + record->cycles;
	}
}

/* ---- units of a buffer ---- */

static void add_unit(struct decoder *decoder, unsigned index)
{
	const struct aie_trace_unit_config *config = &decoder->config->unit[index];
	struct unit *unit = &decoder->unit[index];
	unsigned place;

	memset(unit, 0, sizeof *unit);
	unit->decoder = decoder;
	unit->index = index;
	unit->key = key_of(config->column + decoder->config->first_column, config->row, config->packet_type,
	                   config->packet_id);
	aie_trace_frames_init(&unit->frames, take_record, unit);
	for (place = hash_of(unit->key); decoder->hash[place] != NOT_THERE; place = (place + 1) % HASH_SIZE)
		;
	decoder->hash[place] = (uint16_t)index;
}

/* The unit that sent a packet, NULL when it is none of ours. */
static struct unit *sender(struct decoder *decoder, const struct aie_trace_unit *from)
{
	const uint32_t key = key_of(from->column, from->row, from->type, from->id);
	struct aie_trace_config *config = decoder->config;
	struct aie_trace_unit_config *new;

	if (decoder->last < config->unit_count && decoder->unit[decoder->last].key == key)
		return &decoder->unit[decoder->last];
	for (unsigned place = hash_of(key); decoder->hash[place] != NOT_THERE; place = (place + 1) % HASH_SIZE) {
		if (decoder->unit[decoder->hash[place]].key == key) {
			decoder->last = decoder->hash[place];
			return &decoder->unit[decoder->last];
		}
	}
	if (!decoder->open_ended || config->unit_count == AIE_TRACE_MAX_UNITS || from->column < config->first_column ||
	    aie_trace_type_module(from->type) == AIE_EVENT_MODULES)
		return NULL;
	new = &config->unit[config->unit_count];
	*new = (struct aie_trace_unit_config){ .column = (uint8_t)(from->column - config->first_column),
		                               .row = from->row,
		                               .module = (uint8_t)aie_trace_type_module(from->type),
		                               .packet_type = from->type,
		                               .packet_id = from->id };
	decoder->last = config->unit_count++;
	add_unit(decoder, decoder->last);
	return &decoder->unit[decoder->last];
}

static void refuse(struct decoder *decoder, struct unit *unit, struct aie_trace_losses *losses)
{
	if (!losses->refused_packets++)
		losses->first_refused = unit->index;
	decoder->config->unit[unit->index].mode = AIE_TRACE_EXECUTION;
}

static void decode_packet(struct decoder *decoder, const struct aie_trace_packet *packet,
                          struct aie_trace_losses *losses)
{
	struct unit *unit = sender(decoder, &packet->unit);

	if (!unit) {
		if (!losses->foreign_packets++)
			losses->first_foreign = packet->unit;
		return;
	}
	if (aie_trace_frames_feed(&unit->frames, packet->payload, AIE_TRACE_PAYLOAD_WORDS)) {
		refuse(decoder, unit, losses);
		return;
	}
	if (unit->frames.mode == AIE_TRACE_EVENT_TIME || unit->frames.mode == AIE_TRACE_EVENT_PC)
		decoder->config->unit[unit->index].mode = (uint8_t)unit->frames.mode;
	losses->packets++;
}

static void decode_all(struct decoder *decoder, struct aie_trace_reader *reader, struct aie_trace_losses *losses)
{
	struct aie_trace_packet packet;
	size_t corrupt = 0;

	while (aie_trace_reader_next(reader, &packet)) {
		if (reader->skipped[AIE_TRACE_SKIP_CORRUPT] != corrupt) {
			corrupt = reader->skipped[AIE_TRACE_SKIP_CORRUPT];
			for (unsigned i = 0; i < decoder->config->unit_count; i++) {
				close_slots(&decoder->unit[i], decoder->unit[i].open);
				aie_trace_frames_lost(&decoder->unit[i].frames);
			}
		}
		decode_packet(decoder, &packet, losses);
	}
	for (unsigned i = 0; i < decoder->config->unit_count; i++) {
		struct unit *unit = &decoder->unit[i];

		close_slots(unit, unit->open);
		losses->undefined_bytes += unit->frames.undefined_bytes + (unit->frames.pending ? sizeof(uint32_t) : 0);
		losses->orphan_frames += unit->frames.orphan_frames;
	}
	for (unsigned i = 0; i < AIE_TRACE_SKIPS; i++)
		losses->skipped_words[i] = reader->skipped[i];
	losses->first_corrupt = reader->first_corrupt;
}

int aie_trace_decode(struct aie_trace_config *config, const uint32_t *words, size_t count,
                     void (*event)(void *user, unsigned unit, const struct aie_trace_event *event), void *user,
                     struct aie_trace_losses *losses, struct aie_error *error)
{
	struct decoder *decoder = malloc(sizeof *decoder);
	struct aie_trace_reader reader;

	memset(losses, 0, sizeof *losses);
	if (decoder) {
		memset(decoder, 0, sizeof *decoder);
		memset(decoder->hash, 0xFF, sizeof decoder->hash);
		decoder->unit = malloc(AIE_TRACE_MAX_UNITS * sizeof *decoder->unit);
	}
	if (!decoder || !decoder->unit) {
		free(decoder);
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for %d trace units", AIE_TRACE_MAX_UNITS);
	}
	decoder->config = config;
	decoder->open_ended = config->unit_count == 0;
	decoder->event = event;
	decoder->user = user;
	for (unsigned i = 0; i < config->unit_count; i++)
		add_unit(decoder, i);
	aie_trace_reader_init(&reader, words, count);
	decode_all(decoder, &reader, losses);
	free(decoder->unit);
	free(decoder);
	return 0;
}

/* ---- timelines ---- */

struct collector {
	struct aie_trace_timeline *timeline;
	bool any;
	enum { COLLECTED, TOO_MANY, NO_MEMORY } state;
};

static void collect(void *user, unsigned unit, const struct aie_trace_event *event)
{
	struct collector *collector = user;
	struct aie_trace_timeline *timeline = collector->timeline;
	struct aie_trace_track *track = &timeline->track[unit];
	size_t at;

	if (collector->state != COLLECTED)
		return;
	if (timeline->events == AIE_TRACE_MAX_EVENTS) {
		collector->state = TOO_MANY;
		return;
	}
	if (track->count == track->capacity) {
		const size_t capacity = track->capacity ? track->capacity * 2 : 64;
		struct aie_trace_event *grown = realloc(track->event, capacity * sizeof *grown);

		if (!grown) {
			collector->state = NO_MEMORY;
			return;
		}
		track->event = grown;
		track->capacity = capacity;
	}
	/* Events come in the order of their ends.  No more than seven longer ones enclose an event, so that moving them
	 * to their places costs linear time. */
	for (at = track->count; at && event->kind == AIE_TRACE_EVENT_ACTIVE; at--) {
		const struct aie_trace_event *before = &track->event[at - 1];

		if (before->window != event->window || before->kind != AIE_TRACE_EVENT_ACTIVE ||
		    before->begin < event->begin || (before->begin == event->begin && before->slot < event->slot) ||
		    before->uncertain != event->uncertain)
			break;
		track->event[at] = *before;
	}
	track->event[at] = *event;
	track->count++;
	timeline->events++;
	if (event->kind == AIE_TRACE_EVENT_AT_PC)
		return;
	if (!collector->any || event->begin < timeline->first)
		timeline->first = event->begin;
	if (!collector->any || event->begin + event->cycles > timeline->last)
		timeline->last = event->begin + event->cycles;
	collector->any = true;
}

int aie_trace_timeline_read(struct aie_trace_timeline *timeline, const struct aie_trace_capture *capture,
                            struct aie_error *error)
{
	struct collector collector = { .timeline = timeline };

	memset(timeline, 0, sizeof *timeline);
	timeline->config = capture->config;
	if (capture->record)
		return aie_trace_record_timeline(timeline, capture, error);
	if (aie_trace_decode(&timeline->config, capture->words, capture->word_count, collect, &collector,
	                     &timeline->losses, error))
		return -1;
	if (collector.state == COLLECTED)
		return 0;
	aie_trace_timeline_close(timeline);
	if (collector.state == NO_MEMORY)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for the events of this trace");
	return aie_error_set(error, AIE_ERROR_INPUT,
	                     "more than %d events, the most that are kept at once: record fewer events or tiles",
	                     AIE_TRACE_MAX_EVENTS);
}

void aie_trace_timeline_close(struct aie_trace_timeline *timeline)
{
	for (unsigned i = 0; i < AIE_TRACE_MAX_UNITS; i++)
		free(timeline->track[i].event);
	memset(timeline, 0, sizeof *timeline);
}

/* ---- losses ---- */

bool aie_trace_lossy(const struct aie_trace_losses *losses)
{
	return losses->skipped_words[AIE_TRACE_SKIP_CORRUPT] || losses->skipped_words[AIE_TRACE_SKIP_TRUNCATED] ||
	       losses->foreign_packets || losses->refused_packets || losses->undefined_bytes || losses->orphan_frames;
}

void aie_trace_losses_text(FILE *out, const struct aie_trace_losses *losses, const struct aie_trace_config *config,
                           const char *prefix)
{
	const struct aie_trace_unit *foreign = &losses->first_foreign;

	if (losses->skipped_words[AIE_TRACE_SKIP_CORRUPT])
		fprintf(out, "%s%" PRIu64 " words are no part of a packet, the first at byte %" PRIu64 "\n", prefix,
		        losses->skipped_words[AIE_TRACE_SKIP_CORRUPT], losses->first_corrupt * 4);
	if (losses->skipped_words[AIE_TRACE_SKIP_TRUNCATED])
		fprintf(out, "%sthe trace ends inside a packet, whose %" PRIu64 " words are lost\n", prefix,
		        losses->skipped_words[AIE_TRACE_SKIP_TRUNCATED]);
	if (losses->foreign_packets)
		fprintf(out,
		        "%s%" PRIu64 " packets of units that the configuration does not have, the first from (%u,%u) "
		        "type %u id %u\n",
		        prefix, losses->foreign_packets, foreign->column, foreign->row, foreign->type, foreign->id);
	if (losses->refused_packets) {
		const struct aie_trace_unit_config *unit = &config->unit[losses->first_refused];

		fprintf(out,
		        "%s%" PRIu64 " packets in execution mode, the first from the %s unit of (%u,%u): the format of "
		        "this mode is not published, they were not decoded\n",
		        prefix, losses->refused_packets, aie_event_module_name(unit->module), unit->column, unit->row);
	}
	if (losses->undefined_bytes)
		fprintf(out, "%s%" PRIu64 " bytes of packets are no frame\n", prefix, losses->undefined_bytes);
	if (losses->orphan_frames)
		fprintf(out, "%s%" PRIu64 " frames without the start frame or the frame they refer to\n", prefix,
		        losses->orphan_frames);
}

void aie_trace_losses_json(struct aie_json *json, const struct aie_trace_losses *losses)
{
	aie_json_begin_object(json, "losses");
	for (unsigned i = 0; i < AIE_TRACE_SKIPS; i++) {
		char key[32];

		snprintf(key, sizeof key, "%s_words", aie_trace_skip_name(i));
		aie_json_u64(json, key, losses->skipped_words[i]);
	}
	if (losses->skipped_words[AIE_TRACE_SKIP_CORRUPT])
		aie_json_u64(json, "first_corrupt_byte", losses->first_corrupt * 4);
	aie_json_u64(json, "foreign_packets", losses->foreign_packets);
	aie_json_u64(json, "execution_mode_packets", losses->refused_packets);
	aie_json_u64(json, "undefined_bytes", losses->undefined_bytes);
	aie_json_u64(json, "orphan_frames", losses->orphan_frames);
	aie_json_bool(json, "complete", !aie_trace_lossy(losses));
	aie_json_end_object(json);
}
