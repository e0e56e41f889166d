#include "tests/traces/formats.h"

#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define RULE(condition, ...)                                                                                           \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			fail_msg(__VA_ARGS__);                                                                         \
	} while (0)

/* ---- trace event format ------------------------------------------------------------------------------------------ */

struct track {
	double process, thread, open_until[32];
	unsigned depth;
	bool named, used;
	double last_begin;
};

struct chrome {
	struct track track[CHECKED_TRACKS];
	size_t track_count;
	double process[CHECKED_TRACKS];
	bool process_named[CHECKED_TRACKS];
	size_t process_count;
	struct checked_chrome found;
};

static bool one_of(const char *text, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(text, *list))
			return true;
	return false;
}

static const struct aie_json_value *member(const struct aie_json_value *object, const char *key,
                                           enum aie_json_type type)
{
	const struct aie_json_value *value = aie_json_find(object, key);

	RULE(!value || value->type == type, "line %u: \"%s\" must be %s", object->line, key, aie_json_type_name(type));
	return value;
}

static const struct aie_json_value *required(const struct aie_json_value *object, const char *key,
                                             enum aie_json_type type)
{
	const struct aie_json_value *value = member(object, key, type);

	RULE(value, "line %u: \"%s\" is required", object->line, key);
	return value;
}

static size_t process_at(struct chrome *chrome, double process)
{
	size_t i = 0;

	while (i < chrome->process_count && (chrome->process[i] < process || chrome->process[i] > process))
		i++;
	if (i == chrome->process_count) {
		RULE(i < CHECKED_TRACKS, "too many processes for this check");
		chrome->process[chrome->process_count++] = process;
	}
	return i;
}

static struct track *track_at(struct chrome *chrome, double process, double thread)
{
	for (size_t i = 0; i < chrome->track_count; i++) {
		struct track *track = &chrome->track[i];

		if (!(track->process < process || track->process > process || track->thread < thread ||
		      track->thread > thread))
			return track;
	}
	RULE(chrome->track_count < CHECKED_TRACKS, "too many threads for this check");
	chrome->track[chrome->track_count] = (struct track){ .process = process, .thread = thread };
	return &chrome->track[chrome->track_count++];
}

/* Metadata: "name" says what, "args" holds it. */
static void check_metadata(struct chrome *chrome, const struct aie_json_value *event)
{
	static const struct {
		const char *name, *key;
		enum aie_json_type type;
		bool thread;
	} kinds[] = {
		{ "process_name", "name", AIE_JSON_STRING, false },
		{ "process_labels", "labels", AIE_JSON_STRING, false },
		{ "process_sort_index", "sort_index", AIE_JSON_NUMBER, false },
		{ "thread_name", "name", AIE_JSON_STRING, true },
		{ "thread_sort_index", "sort_index", AIE_JSON_NUMBER, true },
	};
	const char *name = required(event, "name", AIE_JSON_STRING)->string;
	const struct aie_json_value *args = required(event, "args", AIE_JSON_OBJECT), *value;
	const double process = required(event, "pid", AIE_JSON_NUMBER)->number;
	size_t kind = 0;

	while (kind < sizeof kinds / sizeof kinds[0] && strcmp(kinds[kind].name, name) != 0)
		kind++;
	RULE(kind < sizeof kinds / sizeof kinds[0], "line %u: no metadata is called \"%s\"", event->line, name);
	value = required(args, kinds[kind].key, kinds[kind].type);
	if (kinds[kind].type == AIE_JSON_STRING)
		RULE(value->string[0], "line %u: an empty name", event->line);
	if (!strcmp(name, "process_name")) {
		const size_t at = process_at(chrome, process);

		RULE(!chrome->process_named[at], "line %u: process %g is named twice", event->line, process);
		chrome->process_named[at] = true;
		chrome->found.processes++;
	}
	if (kinds[kind].thread) {
		struct track *track = track_at(chrome, process, required(event, "tid", AIE_JSON_NUMBER)->number);

		if (!strcmp(name, "thread_name")) {
			RULE(!track->named, "line %u: a thread is named twice", event->line);
			track->named = true;
			chrome->found.threads++;
		}
	}
}

/* Complete events of a thread may lie in one another but not overlap in part.  They come here in the order of the file,
 * which this export keeps in time; the format itself allows any order. */
static void check_nesting(struct track *track, const struct aie_json_value *event, double begin, double end)
{
	const double tiny = 1e-7; /* below a picosecond: sums of decimal fractions */

	RULE(begin >= track->last_begin - tiny, "line %u: events of a thread are not in the order of time",
	     event->line);
	track->last_begin = begin;
	while (track->depth && track->open_until[track->depth - 1] <= begin + tiny)
		track->depth--;
	RULE(!track->depth || end <= track->open_until[track->depth - 1] + tiny,
	     "line %u: the event overlaps the end of the one before", event->line);
	RULE(track->depth < 32, "line %u: events lie too deep in one another", event->line);
	track->open_until[track->depth++] = end;
}

static void check_event(struct chrome *chrome, const struct aie_json_value *event)
{
	static const char *const phases[] = { "B", "E", "X", "i", "I", "C", "b", "n", "e", "s", "t", "f",
		                              "P", "N", "O", "D", "M", "V", "v", "R", "c", "(", ")", NULL };
	static const char *const scopes[] = { "g", "p", "t", NULL };
	const char *phase;
	const struct aie_json_value *begin, *duration;
	struct track *track;
	double end;

	RULE(event->type == AIE_JSON_OBJECT, "line %u: an event must be an object", event->line);
	phase = required(event, "ph", AIE_JSON_STRING)->string;
	RULE(one_of(phase, phases), "line %u: no phase is called \"%s\"", event->line, phase);
	member(event, "cname", AIE_JSON_STRING);
	member(event, "args", AIE_JSON_OBJECT);
	member(event, "tts", AIE_JSON_NUMBER);
	member(event, "cat", AIE_JSON_STRING);
	if (!strcmp(phase, "M")) {
		check_metadata(chrome, event);
		return;
	}
	RULE(required(event, "name", AIE_JSON_STRING)->string[0], "line %u: an empty name", event->line);
	begin = required(event, "ts", AIE_JSON_NUMBER);
	RULE(isfinite(begin->number) && begin->number >= 0, "line %u: \"ts\" is no time", event->line);
	track = track_at(chrome, required(event, "pid", AIE_JSON_NUMBER)->number,
	                 required(event, "tid", AIE_JSON_NUMBER)->number);
	process_at(chrome, track->process);
	track->used = true;
	if (!strcmp(phase, "i") || !strcmp(phase, "I")) {
		const struct aie_json_value *scope = member(event, "s", AIE_JSON_STRING);

		RULE(!scope || one_of(scope->string, scopes), "line %u: no scope is called so", event->line);
	}
	if (!strcmp(phase, "C"))
		for (const struct aie_json_value *value = required(event, "args", AIE_JSON_OBJECT)->child; value;
		     value = value->next)
			RULE(value->type == AIE_JSON_NUMBER, "line %u: a counter that is no number", event->line);
	if (strchr("bnesf", phase[0]))
		RULE(aie_json_find(event, "id"), "line %u: an asynchronous event without id", event->line);
	if (strcmp(phase, "X") != 0) {
		chrome->found.other++;
		return;
	}
	duration = required(event, "dur", AIE_JSON_NUMBER);
	RULE(isfinite(duration->number) && duration->number >= 0, "line %u: \"dur\" is no duration", event->line);
	end = begin->number + duration->number;
	check_nesting(track, event, begin->number, end);
	chrome->found.complete++;
	chrome->found.last = fmax(chrome->found.last, end);
}

struct checked_chrome check_chrome(const struct aie_json_value *root)
{
	static const char *const units[] = { "ms", "ns", NULL };
	struct chrome *chrome = calloc(1, sizeof *chrome);
	const struct aie_json_value *events = root, *unit;
	struct checked_chrome found;

	assert_non_null(chrome);
	if (root->type !=
	    AIE_JSON_ARRAY) { /* both forms are published: a bare array, or an object with the array in it */
		RULE(root->type == AIE_JSON_OBJECT, "the file must be an array or an object");
		events = required(root, "traceEvents", AIE_JSON_ARRAY);
		unit = member(root, "displayTimeUnit", AIE_JSON_STRING);
		RULE(!unit || one_of(unit->string, units), "\"displayTimeUnit\" must be ms or ns");
		member(root, "otherData", AIE_JSON_OBJECT);
		member(root, "stackFrames", AIE_JSON_OBJECT);
		member(root, "samples", AIE_JSON_ARRAY);
	}
	for (const struct aie_json_value *event = events->child; event; event = event->next)
		check_event(chrome, event);
	for (size_t i = 0; i < chrome->track_count; i++)
		RULE(chrome->track[i].named || !chrome->track[i].used, "thread %g of process %g has no name",
		     chrome->track[i].thread, chrome->track[i].process);
	for (size_t i = 0; i < chrome->process_count; i++)
		RULE(chrome->process_named[i], "process %g has no name", chrome->process[i]);
	found = chrome->found;
	free(chrome);
	return found;
}

/* ---- value change dump ------------------------------------------------------------------------------------------- */

struct reader {
	const char *at;
	char word[300];
	char scope[20][80];
	unsigned depth;
	bool timed, dumping, dumped;
	uint64_t now;
	struct checked_vcd *vcd;
};

/* The next word; false at the end. */
static bool next_word(struct reader *reader)
{
	size_t length = 0;

	while (isspace((unsigned char)*reader->at))
		reader->at++;
	while (*reader->at && !isspace((unsigned char)*reader->at)) {
		RULE(length + 1 < sizeof reader->word, "a word of more than %zu characters", length);
		RULE((unsigned char)*reader->at > 32 && (unsigned char)*reader->at < 127,
		     "a character that cannot be printed");
		reader->word[length++] = *reader->at++;
	}
	reader->word[length] = 0;
	return length > 0;
}

static void need_word(struct reader *reader, const char *where)
{
	RULE(next_word(reader), "the file ends inside %s", where);
}

static void need_end(struct reader *reader, const char *where)
{
	need_word(reader, where);
	RULE(!strcmp(reader->word, "$end"), "%s: $end was expected, not %s", where, reader->word);
}

static void skip_to_end(struct reader *reader, const char *where)
{
	do
		need_word(reader, where);
	while (strcmp(reader->word, "$end") != 0);
}

/* A simple identifier: letters, digits, _ and $, not beginning with a digit or $; with an index in brackets behind it.
 */
static void check_identifier(const char *name)
{
	RULE(isalpha((unsigned char)name[0]) || name[0] == '_', "\"%s\" is no identifier", name);
	for (const char *at = name; *at; at++)
		RULE(isalnum((unsigned char)*at) || *at == '_' || *at == '$', "\"%s\" is no identifier", name);
}

static void read_timescale(struct reader *reader)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = { { "s", 1 }, { "ms", 1e-3 }, { "us", 1e-6 }, { "ns", 1e-9 }, { "ps", 1e-12 }, { "fs", 1e-15 } };
	char *unit;
	unsigned long number;
	size_t i = 0;

	need_word(reader, "$timescale");
	number = strtoul(reader->word, &unit, 10);
	RULE(number == 1 || number == 10 || number == 100, "a time scale of %lu", number);
	if (!*unit) {
		need_word(reader, "$timescale");
		unit = reader->word;
	}
	while (i < sizeof units / sizeof units[0] && strcmp(units[i].name, unit) != 0)
		i++;
	RULE(i < sizeof units / sizeof units[0], "no unit of time is called %s", unit);
	reader->vcd->unit = (double)number * units[i].seconds;
	need_end(reader, "$timescale");
}

static void read_scope(struct reader *reader)
{
	static const char *const kinds[] = { "module", "task", "function", "begin", "fork", NULL };

	need_word(reader, "$scope");
	RULE(one_of(reader->word, kinds), "no scope is called %s", reader->word);
	need_word(reader, "$scope");
	check_identifier(reader->word);
	RULE(reader->depth < 20, "scopes lie too deep");
	snprintf(reader->scope[reader->depth++], sizeof reader->scope[0], "%.79s", reader->word);
	need_end(reader, "$scope");
}

static void read_var(struct reader *reader)
{
	static const char *const kinds[] = { "event",   "integer", "parameter", "real", "reg",  "supply0",
		                             "supply1", "time",    "tri",       "tri0", "tri1", "triand",
		                             "trior",   "trireg",  "wand",      "wire", "wor",  NULL };
	struct checked_wire *wire = &reader->vcd->wire[reader->vcd->wires];

	RULE(reader->vcd->wires < CHECKED_WIRES, "too many wires for this check");
	RULE(reader->depth, "a variable outside all scopes");
	memset(wire, 0, sizeof *wire);
	need_word(reader, "$var");
	RULE(one_of(reader->word, kinds), "no variable is of type %s", reader->word);
	need_word(reader, "$var");
	wire->width = (unsigned)strtoul(reader->word, NULL, 10);
	RULE(wire->width > 0, "a variable of width %s", reader->word);
	need_word(reader, "$var");
	RULE(strlen(reader->word) < sizeof wire->id, "identifier code %s is too long for this check", reader->word);
	snprintf(wire->id, sizeof wire->id, "%.7s", reader->word);
	for (size_t i = 0; i < reader->vcd->wires; i++)
		RULE(strcmp(reader->vcd->wire[i].id, wire->id) != 0, "identifier code %s stands for two variables",
		     wire->id);
	need_word(reader, "$var");
	check_identifier(reader->word);
	snprintf(wire->name, sizeof wire->name, "%.79s", reader->word);
	snprintf(wire->scope, sizeof wire->scope, "%s", reader->scope[reader->depth - 1]);
	for (size_t i = 0; i < reader->vcd->wires; i++)
		RULE(strcmp(reader->vcd->wire[i].name, wire->name) != 0 ||
		             strcmp(reader->vcd->wire[i].scope, wire->scope) != 0,
		     "two variables %s in scope %s", wire->name, wire->scope);
	wire->value = '?';
	need_end(reader, "$var");
	reader->vcd->wires++;
}

static void read_declarations(struct reader *reader)
{
	bool timescale = false;

	for (;;) {
		need_word(reader, "the declarations");
		if (!strcmp(reader->word, "$enddefinitions"))
			break;
		if (!strcmp(reader->word, "$comment") || !strcmp(reader->word, "$date") ||
		    !strcmp(reader->word, "$version")) {
			skip_to_end(reader, reader->word);
		} else if (!strcmp(reader->word, "$timescale")) {
			RULE(!timescale, "two time scales");
			timescale = true;
			read_timescale(reader);
		} else if (!strcmp(reader->word, "$scope")) {
			read_scope(reader);
		} else if (!strcmp(reader->word, "$upscope")) {
			RULE(reader->depth > 0, "$upscope outside all scopes");
			reader->depth--;
			need_end(reader, "$upscope");
		} else if (!strcmp(reader->word, "$var")) {
			read_var(reader);
		} else {
			fail_msg("%s among the declarations", reader->word);
		}
	}
	need_end(reader, "$enddefinitions");
	RULE(timescale, "no time scale");
	RULE(reader->depth == 0, "a scope is not closed");
}

static void change(struct reader *reader, char value, const char *id)
{
	struct checked_wire *wire = NULL;

	for (size_t i = 0; i < reader->vcd->wires; i++)
		if (!strcmp(reader->vcd->wire[i].id, id))
			wire = &reader->vcd->wire[i];
	RULE(wire, "a change of %s, which is no variable", id);
	RULE(wire->width == 1, "a scalar change of %s, which is %u wide", id, wire->width);
	RULE(strchr("01xXzZ", value), "%c is no value", value);
	RULE(reader->timed, "a change before the first time");
	if (reader->dumping) {
		RULE(wire->value == '?', "%s is dumped twice", id);
	} else {
		RULE(wire->value != '?', "%s changes but was not dumped", id);
		RULE(wire->value != value, "%s changes to what it is", id);
		reader->vcd->changes++;
		if (value == '1')
			wire->rises++;
		else if (wire->value == '1')
			wire->high_for += reader->now - wire->since;
	}
	wire->value = value;
	wire->since = reader->now;
}

void check_vcd(const char *text, struct checked_vcd *vcd)
{
	struct reader reader = { .at = text, .vcd = vcd };

	memset(vcd, 0, sizeof *vcd);
	read_declarations(&reader);
	while (next_word(&reader)) {
		const char *word = reader.word;

		if (word[0] == '#') {
			char *end;
			const uint64_t time = strtoull(word + 1, &end, 10);

			RULE(isdigit((unsigned char)word[1]) && !*end, "%s is no time", word);
			RULE(!reader.timed || time > reader.now, "time %s does not rise", word);
			reader.now = time;
			reader.timed = true;
		} else if (!strcmp(word, "$dumpvars")) {
			RULE(!reader.dumped, "two dumps of all variables");
			reader.dumping = true;
		} else if (!strcmp(word, "$end")) {
			RULE(reader.dumping, "$end of nothing");
			reader.dumping = false;
			reader.dumped = true;
		} else if (!strcmp(word, "$comment")) {
			skip_to_end(&reader, "$comment");
		} else {
			change(&reader, word[0], word + 1);
		}
	}
	RULE(reader.dumped, "the variables' first values were not dumped");
	for (size_t i = 0; i < vcd->wires; i++)
		RULE(vcd->wire[i].value != '?', "%s has no first value", vcd->wire[i].name);
	vcd->last = reader.now;
}

const struct checked_wire *checked_wire_called(const struct checked_vcd *vcd, const char *scope, const char *name)
{
	for (size_t i = 0; i < vcd->wires; i++)
		if (!strcmp(vcd->wire[i].scope, scope) && !strcmp(vcd->wire[i].name, name))
			return &vcd->wire[i];
	return NULL;
}
