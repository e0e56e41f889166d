#include "traces/export.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

uint64_t aie_trace_picoseconds(uint64_t cycles, uint64_t hz)
{
	return hz ? (uint64_t)((unsigned __int128)cycles * 1000000000000U / hz) : 0;
}

static int clock_of(const struct aie_trace_timeline *timeline, uint64_t *hz, struct aie_error *error)
{
	*hz = aie_trace_array_hz(&timeline->config);
	if (!*hz)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "the array clock is not known (--clock), so cycles cannot be put on a time axis");
	return 0;
}

static bool used(const struct aie_trace_timeline *timeline, unsigned unit, unsigned slot)
{
	const struct aie_trace_track *track = &timeline->track[unit];

	if (timeline->config.unit[unit].known)
		return timeline->config.unit[unit].slot[slot] != 0;
	for (size_t i = 0; i < track->count; i++)
		if (track->event[i].kind != AIE_TRACE_EVENT_START && track->event[i].slot == slot)
			return true;
	return false;
}

static const char *name_of(const struct aie_trace_unit_config *unit, unsigned slot, char text[16])
{
	const char *name = aie_trace_slot_name(unit, slot, text);

	if (name)
		return name;
	snprintf(text, 16, "slot %u", slot); /* active although the configuration leaves it unused */
	return text;
}

/* ---- Chrome ---- */

/* Process and thread numbers start at 1: 0 is the idle process of some viewers. */
static unsigned process_of(const struct aie_trace_unit_config *unit)
{
	return 1 + unit->column * 32U + unit->row;
}

static unsigned thread_of(unsigned unit, unsigned slot)
{
	return 1 + unit * AIE_TRACE_SLOTS + slot;
}

static void metadata(struct aie_json *json, const char *what, unsigned process, unsigned thread, const char *key,
                     const char *name, uint64_t number)
{
	fputc('\n', json->out);
	aie_json_begin_object(json, NULL);
	aie_json_string(json, "ph", "M");
	aie_json_string(json, "name", what);
	aie_json_u64(json, "pid", process);
	if (thread)
		aie_json_u64(json, "tid", thread);
	aie_json_begin_object(json, "args");
	if (name)
		aie_json_string(json, key, name);
	else
		aie_json_u64(json, key, number);
	aie_json_end_object(json);
	aie_json_end_object(json);
}

static void chrome_names(struct aie_json *json, const struct aie_trace_timeline *timeline, unsigned index)
{
	const struct aie_trace_unit_config *unit = &timeline->config.unit[index];
	static const char *const tiles[] = { "shim", "memory tile" };
	char text[16], name[80];
	bool first = true;

	for (unsigned i = 0; i < index; i++)
		first &= process_of(&timeline->config.unit[i]) != process_of(unit);
	if (first) {
		snprintf(name, sizeof name, "%s (%u,%u)", unit->row < 2 ? tiles[unit->row] : "compute tile",
		         unit->column, unit->row);
		metadata(json, "process_name", process_of(unit), 0, "name", name, 0);
		metadata(json, "process_sort_index", process_of(unit), 0, "sort_index", NULL, process_of(unit));
	}
	for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++) {
		if (!used(timeline, index, slot))
			continue;
		snprintf(name, sizeof name, "%s %s", aie_event_module_name(unit->module), name_of(unit, slot, text));
		metadata(json, "thread_name", process_of(unit), thread_of(index, slot), "name", name, 0);
		metadata(json, "thread_sort_index", process_of(unit), thread_of(index, slot), "sort_index", NULL,
		         thread_of(index, slot));
	}
}

/* Microseconds with all digits of the picoseconds; the general writer would round. */
static void microseconds(FILE *out, const char *key, uint64_t picoseconds)
{
	fprintf(out, ",\"%s\":%" PRIu64 ".%06" PRIu64, key, picoseconds / 1000000, picoseconds % 1000000);
}

static void chrome_event(FILE *out, const struct aie_trace_timeline *timeline, unsigned index, uint64_t hz,
                         const struct aie_trace_event *event)
{
	const struct aie_trace_unit_config *unit = &timeline->config.unit[index];
	const uint64_t begin = aie_trace_picoseconds(event->begin - timeline->first, hz);
	const uint64_t end = aie_trace_picoseconds(event->begin - timeline->first + event->cycles, hz);
	char text[16];

	/* Names are of the event table or "slot N": nothing to escape. */
	fprintf(out, ",\n{\"ph\":\"X\",\"name\":\"%s\",\"cat\":\"%s\",\"pid\":%u,\"tid\":%u",
	        name_of(unit, event->slot, text), aie_event_module_name(unit->module), process_of(unit),
	        thread_of(index, event->slot));
	microseconds(out, "ts", begin);
	microseconds(out, "dur", end - begin);
	fprintf(out, ",\"args\":{\"cycle\":%" PRIu64 ",\"cycles\":%" PRIu64 "%s}}", event->begin, event->cycles,
	        event->uncertain ? ",\"uncertain\":true" : "");
}

int aie_trace_export_chrome(FILE *out, const struct aie_trace_timeline *timeline, const char *title,
                            struct aie_error *error)
{
	struct aie_json json;
	uint64_t hz, timeless = 0;

	if (clock_of(timeline, &hz, error))
		return -1;
	aie_json_init(&json, out);
	aie_json_begin_object(&json, NULL);
	aie_json_string(&json, "displayTimeUnit", "ns");
	aie_json_begin_array(&json, "traceEvents");
	for (unsigned i = 0; i < timeline->config.unit_count; i++)
		chrome_names(&json, timeline, i);
	for (unsigned i = 0; i < timeline->config.unit_count; i++) {
		const struct aie_trace_track *track = &timeline->track[i];

		for (size_t k = 0; k < track->count; k++) {
			if (track->event[k].kind == AIE_TRACE_EVENT_ACTIVE)
				chrome_event(out, timeline, i, hz, &track->event[k]);
			timeless += track->event[k].kind == AIE_TRACE_EVENT_AT_PC;
		}
	}
	aie_json_end_array(&json);
	aie_json_begin_object(&json, "otherData");
	aie_json_string(&json, "title", title);
	aie_json_u64(&json, "array_hz", hz);
	aie_json_u64(&json, "first_cycle", timeline->first);
	if (timeless)
		aie_json_u64(&json, "events_without_time", timeless);
	aie_trace_losses_json(&json, &timeline->losses);
	aie_json_end_object(&json);
	aie_json_end_object(&json);
	aie_json_finish(&json);
	return 0;
}

/* ---- CSV ---- */

static const char *kind_name(const struct aie_trace_unit_config *unit, const struct aie_trace_event *event)
{
	if (event->kind == AIE_TRACE_EVENT_START)
		return "start";
	if (!unit->known)
		return "unknown";
	return aie_trace_slot_kind(unit, event->slot) == AIE_EVENT_PULSE ? "pulse" : "level";
}

static void csv_event(FILE *out, const struct aie_trace_timeline *timeline, unsigned index, uint64_t hz,
                      const struct aie_trace_event *event)
{
	const struct aie_trace_unit_config *unit = &timeline->config.unit[index];
	const uint64_t begin = aie_trace_picoseconds(event->begin - timeline->first, hz);
	const uint64_t end = aie_trace_picoseconds(event->begin - timeline->first + event->cycles, hz);
	const bool start = event->kind == AIE_TRACE_EVENT_START;
	char text[16];

	fprintf(out, "%u,%u,%s,%" PRIu32 ",", unit->column, unit->row, aie_event_module_name(unit->module),
	        event->window);
	if (start)
		fputs(",start,start,", out);
	else
		fprintf(out, "%u,%s,%s,", event->slot, name_of(unit, event->slot, text), kind_name(unit, event));
	if (event->kind == AIE_TRACE_EVENT_AT_PC)
		fprintf(out, ",%" PRIu64 ",,,0x%x,", event->cycles, event->pc);
	else if (hz)
		fprintf(out, "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ".%06" PRIu64 ",%" PRIu64 ".%06" PRIu64 ",,",
		        event->begin, event->cycles, begin / 1000000, begin % 1000000, (end - begin) / 1000000,
		        (end - begin) % 1000000);
	else
		fprintf(out, "%" PRIu64 ",%" PRIu64 ",,,,", event->begin, event->cycles);
	fputs(event->uncertain ? "yes\n" : "no\n", out);
}

int aie_trace_export_csv(FILE *out, const struct aie_trace_timeline *timeline, struct aie_error *error)
{
	const uint64_t hz = aie_trace_array_hz(&timeline->config);

	(void)error;
	fputs("column,row,module,window,slot,event,kind,begin_cycle,cycles,begin_us,duration_us,pc,uncertain\n", out);
	for (unsigned i = 0; i < timeline->config.unit_count; i++)
		for (size_t k = 0; k < timeline->track[i].count; k++)
			csv_event(out, timeline, i, hz, &timeline->track[i].event[k]);
	return 0;
}

/* ---- VCD ---- */

struct change {
	uint64_t cycle;
	uint16_t wire; /* unit * slots + slot */
	bool high;
};

/* Falls before rises: a wire that falls and rises in one cycle is another event. */
static int compare_changes(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	if (x->cycle != y->cycle)
		return x->cycle < y->cycle ? -1 : 1;
	if (x->high != y->high)
		return x->high ? 1 : -1;
	return (x->wire > y->wire) - (x->wire < y->wire);
}

/* Identifiers of printable characters. */
static const char *identifier(unsigned wire, char text[4])
{
	unsigned i = 0;

	do
		text[i++] = (char)('!' + wire % 94);
	while ((wire /= 94) > 0);
	text[i] = 0;
	return text;
}

static void vcd_scope(FILE *out, const struct aie_trace_timeline *timeline, unsigned index)
{
	const struct aie_trace_unit_config *unit = &timeline->config.unit[index];
	char text[16], id[4];

	fprintf(out, "$scope module tile_%u_%u_%s $end\n", unit->column, unit->row,
	        aie_event_module_name(unit->module));
	for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++) {
		const char *name = name_of(unit, slot, text);

		if (!used(timeline, index, slot))
			continue;
		fprintf(out, "$var wire 1 %s ", identifier(index * AIE_TRACE_SLOTS + slot, id));
		for (; *name; name++) /* names of wires have no blanks */
			fputc(*name == ' ' ? '_' : *name, out);
		fputs(" $end\n", out);
	}
	fputs("$upscope $end\n", out);
}

static struct change *changes_of(const struct aie_trace_timeline *timeline, size_t *count)
{
	struct change *changes = malloc((2 * timeline->events + 1) * sizeof *changes);

	*count = 0;
	for (unsigned i = 0; changes && i < timeline->config.unit_count; i++) {
		const struct aie_trace_unit_config *unit = &timeline->config.unit[i];

		for (size_t k = 0; k < timeline->track[i].count; k++) {
			const struct aie_trace_event *event = &timeline->track[i].event[k];
			const uint16_t wire = (uint16_t)(i * AIE_TRACE_SLOTS + event->slot);

			if (event->kind != AIE_TRACE_EVENT_ACTIVE || (unit->known && !unit->slot[event->slot]))
				continue;
			changes[(*count)++] = (struct change){ event->begin, wire, true };
			changes[(*count)++] = (struct change){ event->begin + event->cycles, wire, false };
		}
	}
	if (changes)
		qsort(changes, *count, sizeof *changes, compare_changes);
	return changes;
}

int aie_trace_export_vcd(FILE *out, const struct aie_trace_timeline *timeline, const char *title,
                         struct aie_error *error)
{
	struct change *changes;
	size_t count;
	uint64_t hz;
	char id[4];

	if (clock_of(timeline, &hz, error))
		return -1;
	changes = changes_of(timeline, &count);
	if (!changes)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for %zu changes", 2 * timeline->events);
	fprintf(out,
	        "$comment %s; time 0 is cycle %" PRIu64 " of the array clock of %" PRIu64
	        " Hz $end\n$timescale 1 ps $end\n",
	        strchr(title, '$') ? "aie-trace" : title, timeline->first, hz);
	for (unsigned i = 0; i < timeline->config.unit_count; i++)
		vcd_scope(out, timeline, i);
	fputs("$enddefinitions $end\n#0\n$dumpvars\n", out);
	for (unsigned i = 0; i < timeline->config.unit_count; i++)
		for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++)
			if (used(timeline, i, slot))
				fprintf(out, "0%s\n", identifier(i * AIE_TRACE_SLOTS + slot, id));
	fputs("$end\n", out);
	for (size_t k = 0; k < count; k++) {
		const uint64_t cycle = changes[k].cycle;

		if (cycle != (k ? changes[k - 1].cycle : timeline->first))
			fprintf(out, "#%" PRIu64 "\n", aie_trace_picoseconds(cycle - timeline->first, hz));
		fprintf(out, "%d%s\n", changes[k].high, identifier(changes[k].wire, id));
	}
	free(changes);
	return 0;
}
