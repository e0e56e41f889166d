#include "traces/run_trace.h"

#include <inttypes.h>
#include <string.h>

/* ---- sums -------------------------------------------------------------------------------------------------------- */

struct aie_trace_slot_sum aie_trace_sum_slot(const struct aie_trace_timeline *timeline, unsigned unit, unsigned slot)
{
	struct aie_trace_slot_sum sum = { 0 };

	for (size_t i = 0; i < timeline->track[unit].count; i++) {
		const struct aie_trace_event *event = &timeline->track[unit].event[i];

		if (event->kind == AIE_TRACE_EVENT_START || event->slot != slot)
			continue;
		sum.times++;
		sum.cycles += event->cycles;
		if (event->cycles > sum.longest)
			sum.longest = event->cycles;
	}
	return sum;
}

/* The slot in which a core's unit records an event; -1: in none. */
static int slot_of(const struct aie_trace_unit_config *unit, unsigned event)
{
	for (unsigned slot = 0; unit->known && unit->module == AIE_EVENT_MODULE_CORE && slot < AIE_TRACE_SLOTS; slot++)
		if (unit->slot[slot] == event)
			return (int)slot;
	return -1;
}

struct aie_trace_interval_sum aie_trace_sum_intervals(const struct aie_trace_timeline *timeline, unsigned unit)
{
	const struct aie_trace_track *track = &timeline->track[unit];
	const int first = slot_of(&timeline->config.unit[unit], AIE_EVENT_CORE_INSTR_EVENT_0),
	          second = slot_of(&timeline->config.unit[unit], AIE_EVENT_CORE_INSTR_EVENT_1);
	struct aie_trace_interval_sum sum = { 0 };
	uint64_t begin = 0;
	bool open = false;

	for (size_t i = 0; first >= 0 && second >= 0 && i < track->count; i++) {
		const struct aie_trace_event *event = &track->event[i];

		if (event->kind != AIE_TRACE_EVENT_ACTIVE) {
			open = false; /* a new window */
		} else if (event->slot == first) {
			begin = event->begin;
			open = true;
		} else if (event->slot == second && open) {
			const uint64_t cycles = event->begin - begin;

			sum.shortest = sum.count && sum.shortest < cycles ? sum.shortest : cycles;
			sum.longest = sum.longest > cycles ? sum.longest : cycles;
			sum.cycles += cycles;
			sum.count++;
			open = false;
		}
	}
	return sum;
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? (double)part * 100 / (double)whole : 0;
}

void aie_trace_sums_text(FILE *out, const struct aie_trace_timeline *timeline)
{
	const uint64_t span = timeline->last - timeline->first;

	fprintf(out, "events: times, cycles, %% of the trace, longest\n");
	for (unsigned i = 0; i < timeline->config.unit_count; i++) {
		const struct aie_trace_unit_config *unit = &timeline->config.unit[i];
		struct aie_trace_interval_sum interval;

		for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++) {
			const struct aie_trace_slot_sum sum = aie_trace_sum_slot(timeline, i, slot);
			char text[16];
			const char *name = aie_trace_slot_name(unit, slot, text);

			if (name && sum.times)
				fprintf(out, "  (%u,%u) %-8s %-32s %9" PRIu64 " %11" PRIu64 " %7.2f %10" PRIu64 "\n",
				        unit->column, unit->row, aie_event_module_name(unit->module), name, sum.times,
				        sum.cycles, percent(sum.cycles, span), sum.longest);
		}
		interval = aie_trace_sum_intervals(timeline, i);
		if (interval.count)
			fprintf(out,
			        "  (%u,%u) INSTR_EVENT_0 to INSTR_EVENT_1: %" PRIu64
			        " times, %.1f cycles on average, %" PRIu64 " to %" PRIu64 "\n",
			        unit->column, unit->row, interval.count,
			        (double)interval.cycles / (double)interval.count, interval.shortest, interval.longest);
	}
}

void aie_trace_sums_json(struct aie_json *json, const struct aie_trace_timeline *timeline)
{
	aie_json_begin_array(json, "units");
	for (unsigned i = 0; i < timeline->config.unit_count; i++) {
		const struct aie_trace_unit_config *unit = &timeline->config.unit[i];
		const struct aie_trace_interval_sum interval = aie_trace_sum_intervals(timeline, i);

		aie_json_begin_object(json, NULL);
		aie_json_u64(json, "column", unit->column);
		aie_json_u64(json, "row", unit->row);
		aie_json_string(json, "module", aie_event_module_name(unit->module));
		aie_json_begin_array(json, "events");
		for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++) {
			const struct aie_trace_slot_sum sum = aie_trace_sum_slot(timeline, i, slot);
			char text[16];
			const char *name = aie_trace_slot_name(unit, slot, text);

			if (!name)
				continue;
			aie_json_begin_object(json, NULL);
			aie_json_string(json, "event", name);
			aie_json_u64(json, "times", sum.times);
			aie_json_u64(json, "cycles", sum.cycles);
			aie_json_u64(json, "longest", sum.longest);
			aie_json_end_object(json);
		}
		aie_json_end_array(json);
		if (interval.count) {
			aie_json_begin_object(json, "intervals");
			aie_json_u64(json, "count", interval.count);
			aie_json_u64(json, "cycles", interval.cycles);
			aie_json_u64(json, "shortest", interval.shortest);
			aie_json_u64(json, "longest", interval.longest);
			aie_json_end_object(json);
		}
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
}

/* ---- a profile --------------------------------------------------------------------------------------------------- */

/* The events that tell where a core's cycles go, and what they are in a profile. */
static const struct {
	uint8_t event;
	enum aie_run_part part; /* ACTIVE: everything, waiting too */
	enum aie_run_series_kind series;
} core_events[] = {
	{ AIE_EVENT_CORE_ACTIVE, AIE_RUN_ISSUE, AIE_RUN_SERIES_ACTIVE },
	{ AIE_EVENT_CORE_LOCK_STALL, AIE_RUN_LOCK, AIE_RUN_SERIES_LOCK },
	{ AIE_EVENT_CORE_STREAM_STALL, AIE_RUN_STREAM, AIE_RUN_SERIES_STREAM },
	{ AIE_EVENT_CORE_CASCADE_STALL, AIE_RUN_CASCADE, AIE_RUN_SERIES_CASCADE },
	{ AIE_EVENT_CORE_MEMORY_STALL, AIE_RUN_MEMORY, AIE_RUN_SERIES_MEMORY },
};

/* Add [begin, begin + cycles), counted from the first cycle of the trace, to the parts. */
static void add(const struct aie_run_profile *profile, struct aie_run_series *series, uint64_t begin, uint64_t cycles)
{
	const double width = (double)profile->cycles / AIE_RUN_MAX_PARTS;
	const double from = (double)begin / width, to = (double)(begin + cycles) / width;

	for (unsigned i = (unsigned)from; i < AIE_RUN_MAX_PARTS && i < to; i++) {
		const double low = from > i ? from : i, high = to < i + 1.0 ? to : i + 1.0;

		series->part[i] += (float)(high - low);
	}
}

static struct aie_run_series *new_series(struct aie_run_profile *profile, enum aie_run_series_kind kind,
                                         const struct aie_run_core *core)
{
	struct aie_run_series *series;

	if (profile->series_count == AIE_RUN_MAX_SERIES)
		return NULL;
	series = &profile->series[profile->series_count++];
	memset(series, 0, sizeof *series);
	series->kind = (uint8_t)kind;
	series->column = core->column;
	series->row = core->row;
	return series;
}

static struct aie_run_core *core_at(struct aie_run_profile *profile, unsigned column, unsigned row)
{
	for (unsigned i = 0; i < profile->core_count; i++)
		if (profile->core[i].column == column && profile->core[i].row == row)
			return &profile->core[i];
	if (profile->core_count == AIE_RUN_MAX_CORES)
		return NULL;
	profile->core[profile->core_count] = (struct aie_run_core){ .column = column, .row = row };
	return &profile->core[profile->core_count++];
}

static void add_unit(struct aie_run_profile *profile, const struct aie_trace_timeline *timeline, unsigned unit)
{
	const struct aie_trace_unit_config *config = &timeline->config.unit[unit];
	const struct aie_trace_track *track = &timeline->track[unit];

	for (size_t i = 0; i < sizeof core_events / sizeof core_events[0]; i++) {
		const int slot = slot_of(config, core_events[i].event);
		struct aie_run_core *core = slot < 0 ? NULL : core_at(profile, config->column, config->row);
		struct aie_run_series *series = core ? new_series(profile, core_events[i].series, core) : NULL;

		for (size_t k = 0; series && k < track->count; k++) {
			const struct aie_trace_event *event = &track->event[k];

			if (event->kind != AIE_TRACE_EVENT_ACTIVE || event->slot != slot)
				continue;
			core->part[core_events[i].part] += event->cycles;
			add(profile, series, event->begin - timeline->first, event->cycles);
		}
	}
}

/* From "active" to "issued a bundle"; a core whose ACTIVE was not recorded counts as active all the time. */
static void settle_core(struct aie_run_profile *profile, struct aie_run_core *core)
{
	uint64_t waited = 0;

	for (unsigned part = AIE_RUN_ISSUE + 1; part < AIE_RUN_PARTS; part++)
		waited += core->part[part];
	if (!aie_run_series_find(profile, AIE_RUN_SERIES_ACTIVE, core->column, core->row, 0, false)) {
		struct aie_run_series *series = new_series(profile, AIE_RUN_SERIES_ACTIVE, core);

		profile->activity_assumed = true;
		core->part[AIE_RUN_ISSUE] = profile->cycles;
		for (unsigned i = 0; series && i < AIE_RUN_MAX_PARTS; i++)
			series->part[i] = 1;
	}
	core->cycles = core->part[AIE_RUN_ISSUE];
	core->part[AIE_RUN_ISSUE] -= waited < core->cycles ? waited : core->cycles;
}

int aie_run_profile_of_trace(struct aie_run_profile *profile, const struct aie_trace_capture *capture,
                             const struct aie_trace_timeline *timeline, struct aie_error *error)
{
	memset(profile, 0, sizeof *profile);
	profile->clock_hz = aie_trace_array_hz(&timeline->config);
	profile->cycles = timeline->last - timeline->first;
	if (!profile->clock_hz)
		return aie_error_set(error, AIE_ERROR_INPUT, "the array clock is not known (--clock)");
	if (!profile->cycles)
		return aie_error_set(error, AIE_ERROR_INPUT, "no event of this trace has a time");
	profile->traced = true;
	profile->columns = capture->columns;
	profile->rows = capture->rows;
	snprintf(profile->title, sizeof profile->title, "%s", capture->title[0] ? capture->title : "a trace");
	snprintf(profile->name, sizeof profile->name, "trace%s%s%s", capture->device[0] ? " of " : "", capture->device,
	         capture->simulated ? " (model)" : "");
	profile->part_count = AIE_RUN_MAX_PARTS;
	profile->recorded = profile->cycles;
	for (unsigned i = 0; i < timeline->config.unit_count; i++)
		add_unit(profile, timeline, i);
	for (unsigned i = 0; i < profile->core_count; i++)
		settle_core(profile, &profile->core[i]);
	return 0;
}

void aie_explain_trace(struct aie_explanation *explanation, const struct aie_run_profile *profile)
{
	static const char *const what[AIE_RUN_PARTS] = { [AIE_RUN_MEMORY] = "memory banks",
		                                         [AIE_RUN_LOCK] = "locks",
		                                         [AIE_RUN_STREAM] = "streams",
		                                         [AIE_RUN_CASCADE] = "the cascade" };
	const struct aie_run_core *busiest = NULL, *longest = NULL;
	uint64_t sum[AIE_RUN_PARTS] = { 0 };
	unsigned worst = AIE_RUN_LOCK;

	memset(explanation, 0, sizeof *explanation);
	for (unsigned i = 0; i < profile->core_count; i++) {
		const struct aie_run_core *core = &profile->core[i];

		for (unsigned part = 0; part < AIE_RUN_PARTS; part++)
			sum[part] += core->part[part];
		if (!busiest || core->part[AIE_RUN_ISSUE] > busiest->part[AIE_RUN_ISSUE])
			busiest = core;
	}
	for (unsigned part = 0; part < AIE_RUN_PARTS; part++)
		if (what[part] && sum[part] > sum[worst])
			worst = part;
	if (!busiest) {
		snprintf(explanation->bottleneck, AIE_EXPLAIN_TEXT,
		         "This trace has no events that tell why cores wait.");
		snprintf(
		        explanation->advice, AIE_EXPLAIN_TEXT,
		        "Record ACTIVE, LOCK_STALL, STREAM_STALL, MEMORY_STALL and CASCADE_STALL of the core modules.");
		return;
	}
	for (unsigned i = 0; i < profile->core_count; i++)
		if (!longest || profile->core[i].part[worst] > longest->part[worst])
			longest = &profile->core[i];
	if (!sum[worst]) {
		snprintf(explanation->bottleneck, AIE_EXPLAIN_TEXT,
		         "Bound by compute: no core was seen waiting in %" PRIu64 " cycles.", profile->cycles);
		return;
	}
	snprintf(explanation->bottleneck, AIE_EXPLAIN_TEXT,
	         "The cores work during %.1f %% of the trace and wait for %s during %.1f %%, on average; core (%u,%u) "
	         "waits "
	         "longest, %.1f %%.",
	         percent(sum[AIE_RUN_ISSUE], profile->cycles * profile->core_count), what[worst],
	         percent(sum[worst], profile->cycles * profile->core_count), longest->column, longest->row,
	         percent(longest->part[worst], profile->cycles));
	if (busiest->part[AIE_RUN_ISSUE]) {
		explanation->speedup = (double)profile->cycles / (double)busiest->part[AIE_RUN_ISSUE];
		snprintf(explanation->gain, AIE_EXPLAIN_TEXT,
		         "Without any waiting the busiest core, (%u,%u), would need %.1f us instead of %.1f us (%.2f "
		         "times as "
		         "fast, an upper bound).",
		         busiest->column, busiest->row, aie_run_microseconds(profile, busiest->part[AIE_RUN_ISSUE]),
		         aie_run_microseconds(profile, profile->cycles), explanation->speedup);
	}
	snprintf(explanation->advice, AIE_EXPLAIN_TEXT,
	         "A trace does not know bytes and bundles: the model's profile of the same image (aie-run --profile) "
	         "tells "
	         "what bounds it.");
}
