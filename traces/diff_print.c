#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "traces/diff.h"

const char *aie_diff_kind_name(enum aie_diff_kind kind)
{
	static const char *const names[AIE_DIFF_KINDS] = {
		[AIE_DIFF_MISSING] = "missing",   [AIE_DIFF_EXTRA] = "extra",     [AIE_DIFF_TIME] = "time",
		[AIE_DIFF_DURATION] = "duration", [AIE_DIFF_WINDOWS] = "windows", [AIE_DIFF_UNIT] = "unit",
	};

	return names[kind];
}

static const char *event_name(const struct aie_diff_unit *unit, unsigned slot, char text[16])
{
	const char *name = aie_trace_slot_name(&unit->config, slot, text);

	return name ? name : "unused slot";
}

static void finding_text(FILE *out, const struct aie_trace_diff *diff, const struct aie_diff_finding *finding)
{
	const struct aie_diff_unit *unit = &diff->unit[finding->unit];
	const double by = fabs(finding->difference);
	char text[16];

	fprintf(out, "(%u,%u) %s ", unit->config.column, unit->config.row, aie_event_module_name(unit->config.module));
	if (finding->kind == AIE_DIFF_UNIT) {
		fprintf(out, "is recorded by the %s only\n", finding->difference < 0 ? "reference" : "candidate");
		return;
	}
	if (finding->kind == AIE_DIFF_WINDOWS) {
		fprintf(out, "started to record %.6g times %s than the reference\n", by,
		        finding->difference < 0 ? "fewer" : "more often");
		return;
	}
	fprintf(out, "%s", event_name(unit, finding->slot, text));
	if (finding->summed) {
		fprintf(out, ": %.6g %s than in the references, which vary by %.3g\n", by,
		        finding->kind == AIE_DIFF_DURATION
		                ? (finding->difference > 0 ? "cycles more in all" : "cycles less in all")
		        : finding->difference > 0 ? "more"
		                                  : "fewer",
		        finding->spread);
		return;
	}
	if (finding->kind == AIE_DIFF_MISSING)
		fprintf(out, ": %.0f missing before #%" PRIu32 ", expected at cycle %" PRIu64, by, finding->occurrence,
		        finding->time);
	else if (finding->kind == AIE_DIFF_EXTRA)
		fprintf(out, " #%" PRIu32 " at cycle %" PRIu64 ": the reference has none", finding->occurrence,
		        finding->time);
	else
		fprintf(out, " #%" PRIu32 " at cycle %" PRIu64 ": %.6g cycles %s than in the reference",
		        finding->occurrence, finding->time, by,
		        finding->kind == AIE_DIFF_TIME ? (finding->difference > 0 ? "later" : "earlier")
		                                       : (finding->difference > 0 ? "longer" : "shorter"));
	if (finding->spread > 0)
		fprintf(out, ", which varies by %.3g", finding->spread);
	if (finding->window)
		fprintf(out, " (recording %" PRIu32 ")", finding->window);
	if (finding->follows)
		fprintf(out, ", follows from the one before it");
	fputc('\n', out);
}

static void unit_text(FILE *out, const struct aie_diff_unit *unit)
{
	char text[16];

	fprintf(out, "(%u,%u) %s: ", unit->config.column, unit->config.row, aie_event_module_name(unit->config.module));
	if (!unit->compared) {
		fprintf(out, "recorded on one side only\n");
		return;
	}
	if (unit->timeless) {
		fprintf(out, "not compared, event-PC mode records no time\n");
		return;
	}
	if (unit->origin)
		fprintf(out, "aligned by %s, starts %+" PRId64 " cycles, shift %+" PRId64 ", ", unit->origin,
		        unit->start_shift, unit->origin_shift);
	fprintf(out, "%" PRIu64 " findings\n", unit->findings);
	for (size_t i = 0; i < unit->phase_count && i < 16; i++) {
		const struct aie_diff_phase *phase = &unit->phase[i];

		fprintf(out, "  recording %" PRIu32 " phase %" PRIu32 ": %" PRIu64 " cycles, reference %.6g",
		        phase->window, phase->number, phase->candidate, phase->mean);
		if (phase->spread > 0)
			fprintf(out, " +- %.3g", phase->spread);
		fprintf(out, ", difference %+.6g\n", (double)phase->candidate - phase->mean);
	}
	if (unit->phase_count > 16)
		fprintf(out, "  and %zu more phases\n", unit->phase_count - 16);
	for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++) {
		const struct aie_diff_event *event = &unit->event[slot];

		if (!event->compared && !(unit->config.known && unit->config.slot[slot]))
			continue;
		if (!event->compared) {
			fprintf(out, "  %-32s recorded on one side only\n", event_name(unit, slot, text));
			continue;
		}
		if (!event->candidate && event->references <= 0)
			continue;
		fprintf(out, "  %-32s %8" PRIu64 " of %.6g, %" PRIu64 " findings", event_name(unit, slot, text),
		        event->candidate, event->references, event->findings);
		if (fabs(event->largest) > 0)
			fprintf(out, ", largest %+.6g cycles", event->largest);
		if (event->spread > 0)
			fprintf(out, ", reference varies by %.3g", event->spread);
		fputc('\n', out);
	}
}

void aie_trace_diff_text(FILE *out, const struct aie_trace_diff *diff, size_t limit)
{
	for (unsigned i = 0; i < diff->unit_count; i++)
		unit_text(out, &diff->unit[i]);
	if (diff->finding_count) {
		fprintf(out, "first divergence: ");
		finding_text(out, diff, &diff->finding[0]);
	}
	for (size_t i = 1; i < diff->finding_count && i < limit; i++) {
		fprintf(out, "  ");
		finding_text(out, diff, &diff->finding[i]);
	}
	if (diff->findings > limit && limit)
		fprintf(out, "  and %" PRIu64 " more\n", diff->findings - limit);
	if (diff->following)
		fprintf(out, "%" PRIu64 " findings follow from others of their unit\n", diff->following);
	if (!diff->compared)
		fprintf(out, "verdict: nothing was compared\n");
	else if (diff->same)
		fprintf(out, "verdict: the same, %" PRIu64 " events within the band of %u reference%s\n",
		        diff->compared, diff->references, diff->references > 1 ? "s" : "");
	else
		fprintf(out,
		        "verdict: different, %" PRIu64 " findings in %" PRIu64 " events: %" PRIu64 " missing, %" PRIu64
		        " extra, %" PRIu64 " at another time, %" PRIu64 " of another duration\n",
		        diff->findings, diff->compared, diff->kinds[AIE_DIFF_MISSING], diff->kinds[AIE_DIFF_EXTRA],
		        diff->kinds[AIE_DIFF_TIME], diff->kinds[AIE_DIFF_DURATION]);
}

static void finding_json(struct aie_json *json, const char *key, const struct aie_trace_diff *diff,
                         const struct aie_diff_finding *finding)
{
	const struct aie_diff_unit *unit = &diff->unit[finding->unit];
	char text[16];

	aie_json_begin_object(json, key);
	aie_json_string(json, "kind", aie_diff_kind_name(finding->kind));
	aie_json_u64(json, "column", unit->config.column);
	aie_json_u64(json, "row", unit->config.row);
	aie_json_string(json, "module", aie_event_module_name(unit->config.module));
	if (finding->kind != AIE_DIFF_UNIT && finding->kind != AIE_DIFF_WINDOWS) {
		aie_json_string(json, "event", event_name(unit, finding->slot, text));
		aie_json_u64(json, "occurrence", finding->occurrence);
		aie_json_u64(json, "cycle", finding->time);
		aie_json_u64(json, "allowed", finding->allowed);
		aie_json_double(json, "spread", finding->spread, 6);
		aie_json_bool(json, "follows", finding->follows);
		aie_json_bool(json, "summed", finding->summed);
	}
	aie_json_u64(json, "window", finding->window);
	aie_json_double(json, "difference", finding->difference, 12);
	aie_json_end_object(json);
}

static void unit_json(struct aie_json *json, const struct aie_diff_unit *unit)
{
	char text[16];

	aie_json_begin_object(json, NULL);
	aie_json_u64(json, "column", unit->config.column);
	aie_json_u64(json, "row", unit->config.row);
	aie_json_string(json, "module", aie_event_module_name(unit->config.module));
	aie_json_bool(json, "compared", unit->compared && !unit->timeless);
	aie_json_u64(json, "findings", unit->findings);
	if (unit->origin) {
		aie_json_string(json, "aligned_by", unit->origin);
		aie_json_i64(json, "start_shift", unit->start_shift);
		aie_json_i64(json, "origin_shift", unit->origin_shift);
	}
	aie_json_begin_array(json, "phases");
	for (size_t i = 0; i < unit->phase_count; i++) {
		const struct aie_diff_phase *phase = &unit->phase[i];

		aie_json_begin_object(json, NULL);
		aie_json_u64(json, "window", phase->window);
		aie_json_u64(json, "phase", phase->number);
		aie_json_u64(json, "cycles", phase->candidate);
		aie_json_double(json, "reference", phase->mean, 12);
		aie_json_double(json, "spread", phase->spread, 6);
		aie_json_double(json, "difference", (double)phase->candidate - phase->mean, 12);
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
	aie_json_begin_array(json, "events");
	for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++) {
		const struct aie_diff_event *event = &unit->event[slot];

		if (!event->compared)
			continue;
		aie_json_begin_object(json, NULL);
		aie_json_string(json, "event", event_name(unit, slot, text));
		aie_json_u64(json, "count", event->candidate);
		aie_json_bool(json, "summed", event->summed);
		aie_json_double(json, "reference_count", event->references, 9);
		aie_json_u64(json, "findings", event->findings);
		aie_json_double(json, "largest", event->largest, 12);
		aie_json_double(json, "spread", event->spread, 6);
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
	aie_json_end_object(json);
}

void aie_trace_diff_json(struct aie_json *json, const struct aie_trace_diff *diff)
{
	aie_json_string(json, "verdict", diff->same ? "same" : diff->compared ? "different" : "nothing compared");
	aie_json_u64(json, "references", diff->references);
	aie_json_u64(json, "events", diff->compared);
	aie_json_u64(json, "findings_total", diff->findings);
	aie_json_u64(json, "findings_that_follow", diff->following);
	aie_json_begin_object(json, "kinds");
	for (unsigned i = 0; i < AIE_DIFF_KINDS; i++)
		aie_json_u64(json, aie_diff_kind_name(i), diff->kinds[i]);
	aie_json_end_object(json);
	if (diff->finding_count)
		finding_json(json, "first_divergence", diff, &diff->finding[0]);
	aie_json_begin_array(json, "units");
	for (unsigned i = 0; i < diff->unit_count; i++)
		unit_json(json, &diff->unit[i]);
	aie_json_end_array(json);
	aie_json_begin_array(json, "findings");
	for (size_t i = 0; i < diff->finding_count; i++)
		finding_json(json, NULL, diff, &diff->finding[i]);
	aie_json_end_array(json);
}
