#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "traces/page.h"
#include "traces/report_parts.h"
#include "traces/run_trace.h"
#include "traces/svg.h"

enum { MAX_LANES = 48, MAX_TRACE_LANES = 160, TRACE_PARTS = 480 };

enum { NOTE = 200 };

/* What the history leaves out, for notes; NULL: nothing. */
static const char *coverage(const struct aie_run_profile *profile, char text[NOTE])
{
	text[0] = 0;
	if (profile->recorded < profile->cycles)
		snprintf(text, NOTE, "Recorded up to %.0f %% of the run; what comes later is missing. ",
		         aie_report_percent(profile->recorded, profile->cycles));
	if (profile->series_lost)
		snprintf(text + strlen(text), NOTE - strlen(text), "%u cores, channels or locks are left out.",
		         profile->series_lost);
	return text[0] ? text : NULL;
}

static double sum_of(const struct aie_run_profile *profile, const struct aie_run_series *series)
{
	double sum = 0;

	for (unsigned i = 0; series && i < profile->part_count; i++)
		sum += series->part[i];
	return sum;
}

static double mean_of(const struct aie_run_profile *profile, const struct aie_run_series *series)
{
	return profile->part_count ? sum_of(profile, series) / profile->part_count : 0;
}

static void end_lanes(FILE *out, const struct aie_run_profile *profile)
{
	aie_page_end_lanes(out, aie_run_microseconds(profile, profile->cycles), "µs");
}

/* ---- cores ------------------------------------------------------------------------------------------------------- */

static const struct {
	enum aie_run_series_kind kind;
	const char *class, *name, *legend;
} waits[] = {
	{ AIE_RUN_SERIES_MEMORY, "memory", "a memory bank", "waits for a memory bank" },
	{ AIE_RUN_SERIES_LOCK, "lock", "locks", "waits for a lock" },
	{ AIE_RUN_SERIES_STREAM, "stream", "a stream", "waits for a stream" },
	{ AIE_RUN_SERIES_CASCADE, "cascade", "the cascade", "waits for the cascade" },
};
enum { WAITS = sizeof waits / sizeof waits[0] };

static void draw_core(FILE *out, const struct aie_run_profile *profile, const struct aie_run_series *active)
{
	const struct aie_run_series *series[WAITS];
	float low[AIE_RUN_MAX_PARTS], high[AIE_RUN_MAX_PARTS];
	char name[60];

	for (unsigned i = 0; i < WAITS; i++)
		series[i] = aie_run_series_find(profile, waits[i].kind, active->column, active->row, 0, false);
	for (unsigned part = 0; part < profile->part_count; part++) {
		high[part] = active->part[part];
		for (unsigned i = 0; i < WAITS; i++)
			high[part] -= series[i] ? series[i]->part[part] : 0;
		high[part] = fmaxf(high[part], 0);
	}
	aie_page_begin_lane(out, "core (%u,%u)", active->column, active->row);
	snprintf(name, sizeof name, "core (%u,%u) over the run", active->column, active->row);
	aie_svg_begin_stretched(out, profile->part_count, name);
	aie_svg_area(out, "issue", profile->part_count, NULL, high, "works");
	for (unsigned i = 0; i < WAITS; i++) {
		char tip[60];

		if (!series[i])
			continue;
		memcpy(low, high, sizeof low);
		for (unsigned part = 0; part < profile->part_count; part++)
			high[part] = low[part] + series[i]->part[part];
		snprintf(tip, sizeof tip, "waits for %s: %.1f %%", waits[i].name, 100 * mean_of(profile, series[i]));
		aie_svg_area(out, waits[i].class, profile->part_count, low, high, tip);
	}
	aie_svg_end(out);
	aie_page_end_lane(out, "waits %.0f %%",
	                  100 * (mean_of(profile, series[0]) + mean_of(profile, series[1]) +
	                         mean_of(profile, series[2]) + mean_of(profile, series[3])));
}

void aie_report_draw_cores_over_time(FILE *out, const struct aie_run_profile *profile)
{
	const char *legend[2 * (WAITS + 1) + 1] = { "issue", "works" };
	unsigned cores = 0, count = 2;
	char note[NOTE];

	for (unsigned i = 0; i < profile->series_count; i++)
		cores += profile->series[i].kind == AIE_RUN_SERIES_ACTIVE;
	if (!cores)
		return;
	for (unsigned k = 0; k < WAITS; k++) { /* only what occurs */
		double sum = 0;

		for (unsigned i = 0; i < profile->series_count; i++)
			sum += profile->series[i].kind == waits[k].kind ? sum_of(profile, &profile->series[i]) : 0;
		if (sum > 0) {
			legend[count++] = waits[k].class;
			legend[count++] = waits[k].legend;
		}
	}
	aie_page_begin_section(out, "timeline", "Cores over the run", true);
	aie_page_legend(out, legend);
	aie_page_begin_lanes(out);
	for (unsigned i = 0; i < profile->series_count; i++)
		if (profile->series[i].kind == AIE_RUN_SERIES_ACTIVE)
			draw_core(out, profile, &profile->series[i]);
	end_lanes(out, profile);
	aie_page_end_section(out, profile->activity_assumed
	                                  ? "The event ACTIVE was not recorded: what is no recorded stall "
	                                    "counts as work."
	                                  : coverage(profile, note));
}

/* ---- buffers and locks ------------------------------------------------------------------------------------------- */

/* Name of an object without its role, or 0 when it does not end with that. */
static size_t without(const char *object, const char *role)
{
	const size_t length = strlen(object), tail = strlen(role);

	return length > tail && !strcmp(object + length - tail, role) ? length - tail : 0;
}

static const struct aie_run_series *empty_side(const struct aie_run_profile *profile, const struct aie_run_series *full)
{
	const size_t length = without(full->object, " full");

	for (unsigned i = 0; i < profile->series_count; i++) {
		const struct aie_run_series *other = &profile->series[i];

		if (other->kind == AIE_RUN_SERIES_VALUE && other->column == full->column && other->row == full->row &&
		    without(other->object, " empty") == length && !memcmp(other->object, full->object, length))
			return other;
	}
	return NULL;
}

/* A FIFO of buffers: full ones, those in the hands of producer or consumer, and empty ones. */
static void draw_fifo(FILE *out, const struct aie_run_profile *profile, const struct aie_run_series *full,
                      const struct aie_run_series *empty)
{
	const unsigned depth = empty->largest > full->largest ? empty->largest : full->largest;
	const int length = (int)without(full->object, " full");
	float high[AIE_RUN_MAX_PARTS], filled[AIE_RUN_MAX_PARTS];
	double held = 0, waiting = 0;
	bool set = false; /* before its locks are set there is no buffer */
	char tip[100];

	for (unsigned i = 0; i < profile->part_count; i++) {
		set = set || full->part[i] > 0 || empty->part[i] > 0;
		filled[i] = full->part[i] / (float)depth;
		high[i] = set ? 1 - empty->part[i] / (float)depth : 0;
		waiting += filled[i];
		held += fmax(0, high[i] - filled[i]);
	}
	aie_page_begin_lane(out, "%.*s", length, full->object);
	snprintf(tip, sizeof tip, "%.*s in tile (%u,%u), %u buffers", length < 48 ? length : 48, full->object,
	         full->column, full->row, depth);
	aie_svg_begin_stretched(out, profile->part_count, tip);
	aie_svg_area(out, "held", profile->part_count, filled, high, "in the hands of producer or consumer");
	aie_svg_area(out, "full", profile->part_count, NULL, filled, "full, waiting for the consumer");
	aie_svg_end(out);
	aie_page_end_lane(out, "%.0f + %.0f %%", 100 * waiting / profile->part_count, 100 * held / profile->part_count);
}

static void draw_lock(FILE *out, const struct aie_run_profile *profile, const struct aie_run_series *lock)
{
	float high[AIE_RUN_MAX_PARTS];
	char tip[100];

	for (unsigned i = 0; i < profile->part_count; i++)
		high[i] = lock->largest ? lock->part[i] / (float)lock->largest : 0;
	aie_page_begin_lane(out, "(%u,%u) lock %u", lock->column, lock->row, lock->number);
	snprintf(tip, sizeof tip, "lock %u of tile (%u,%u), values up to %u %s", lock->number, lock->column, lock->row,
	         lock->largest, lock->object);
	aie_svg_begin_stretched(out, profile->part_count, tip);
	aie_svg_area(out, "full", profile->part_count, NULL, high, tip);
	aie_svg_end(out);
	aie_page_end_lane(out, "%.2f of %u", mean_of(profile, lock), lock->largest);
}

void aie_report_draw_buffers(FILE *out, const struct aie_run_profile *profile)
{
	static const char *const legend[] = { "full", "full, waits for its consumer (or the lock's value)", "held",
		                              "being filled or read", NULL };
	unsigned lanes = 0, left = 0;
	char note[NOTE], text[400] = "Right: mean share of the buffers that are full, and in hands. ";

	for (unsigned i = 0; i < profile->series_count; i++)
		lanes += profile->series[i].kind == AIE_RUN_SERIES_VALUE && profile->series[i].largest;
	if (!lanes)
		return;
	aie_page_begin_section(out, "buffers", "Buffers and locks over the run", true);
	aie_page_legend(out, legend);
	aie_page_begin_lanes(out);
	lanes = 0;
	for (unsigned i = 0; i < profile->series_count; i++) {
		const struct aie_run_series *series = &profile->series[i], *empty;

		if (series->kind != AIE_RUN_SERIES_VALUE || !series->largest || without(series->object, " empty"))
			continue; /* empty buffers are shown with the full ones */
		empty = without(series->object, " full") ? empty_side(profile, series) : NULL;
		if (lanes++ >= MAX_LANES)
			left++;
		else if (empty)
			draw_fifo(out, profile, series, empty);
		else
			draw_lock(out, profile, series);
	}
	end_lanes(out, profile);
	if (left)
		snprintf(text + strlen(text), sizeof text - strlen(text), "%u more are not shown. ", left);
	if (coverage(profile, note))
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s", note);
	aie_page_end_section(out, text);
}

/* ---- channels ---------------------------------------------------------------------------------------------------- */

static int shim_and_most_bytes_first(const void *a, const void *b)
{
	const struct aie_run_channel *const *x = a, *const *y = b;

	if (((*x)->row == 0) != ((*y)->row == 0))
		return (*x)->row == 0 ? -1 : 1;
	if ((*x)->bytes != (*y)->bytes)
		return (*x)->bytes < (*y)->bytes ? 1 : -1;
	return (*x > *y) - (*x < *y);
}

static const struct aie_run_series *series_of(const struct aie_run_profile *profile,
                                              const struct aie_run_channel *channel)
{
	return aie_run_series_find(profile, AIE_RUN_SERIES_CHANNEL, channel->column, channel->row, channel->channel,
	                           channel->mm2s);
}

/* Bytes a cycle of a part in which the channel moves data all the time. */
static double bytes_per_active_cycle(const struct aie_run_profile *profile, const struct aie_run_channel *channel)
{
	const double active = mean_of(profile, series_of(profile, channel)) * (double)profile->cycles;

	return active > 0 ? (double)channel->bytes / active : 0;
}

/* The channels that move more than a fiftieth of what the busiest does. */
static unsigned busy_channels(const struct aie_run_profile *profile, const struct aie_run_channel **channel)
{
	uint64_t most = 0;
	unsigned count = 0;

	for (unsigned i = 0; i < profile->channel_count; i++)
		most = profile->channel[i].bytes > most ? profile->channel[i].bytes : most;
	for (unsigned i = 0; i < profile->channel_count; i++)
		if (profile->channel[i].bytes > most / 50)
			channel[count++] = &profile->channel[i];
	qsort(channel, count, sizeof *channel, shim_and_most_bytes_first);
	return count;
}

static double gigabytes(const struct aie_run_profile *profile, double bytes_per_cycle)
{
	return bytes_per_cycle * (double)profile->clock_hz / 1e9;
}

/* All shim channels together against the ceiling of the system memory. */
static void draw_ddr(FILE *out, const struct aie_run_profile *profile)
{
	float high[AIE_RUN_MAX_PARTS] = { 0 };
	uint64_t bytes = 0;
	char tip[100];

	for (unsigned i = 0; i < profile->channel_count; i++) {
		const struct aie_run_channel *channel = &profile->channel[i];
		const struct aie_run_series *series = channel->row == 0 ? series_of(profile, channel) : NULL;
		const double rate = series ? bytes_per_active_cycle(profile, channel) / profile->ddr_ceiling : 0;

		bytes += channel->row == 0 ? channel->bytes : 0;
		for (unsigned part = 0; series && part < profile->part_count; part++)
			high[part] += (float)rate * series->part[part];
	}
	snprintf(tip, sizeof tip, "all shim channels; full height: %.1f GB/s, the ceiling of the system memory",
	         gigabytes(profile, profile->ddr_ceiling));
	aie_page_begin_lane(out, "DDR, all");
	aie_svg_begin_stretched(out, profile->part_count, tip);
	aie_svg_area(out, "memory", profile->part_count, NULL, high, tip);
	aie_svg_end(out);
	aie_page_end_lane(out, "%.2f GB/s", aie_run_gigabytes_per_second(profile, bytes));
}

static void draw_channel(FILE *out, const struct aie_run_profile *profile, const struct aie_run_channel *channel,
                         double most)
{
	const struct aie_run_series *series = series_of(profile, channel);
	const double rate = aie_run_gigabytes_per_second(profile, channel->bytes);
	char tip[240];

	snprintf(tip, sizeof tip,
	         "%" PRIu64 " bytes; moves data %.1f %% of the run, waits for locks %.1f %%, streams %.1f %%, memory "
	         "%.1f %%",
	         channel->bytes, aie_report_percent(channel->active, profile->cycles),
	         aie_report_percent(channel->lock_stall, profile->cycles),
	         aie_report_percent(channel->stream_stall, profile->cycles),
	         aie_report_percent(channel->memory_stall, profile->cycles));
	aie_page_begin_lane(out, "(%u,%u) %s %u", channel->column, channel->row, channel->mm2s ? "MM2S" : "S2MM",
	                    channel->channel);
	if (series) {
		aie_svg_begin_stretched(out, profile->part_count, tip);
		aie_svg_area(out, channel->row == 0 ? "stream" : "issue", profile->part_count, NULL, series->part, tip);
	} else { /* no history: the mean as a bar */
		aie_svg_begin_stretched(out, 100, tip);
		aie_svg_rect(out, channel->row == 0 ? "stream" : "issue", 1, 0, 0, most > 0 ? 100 * rate / most : 0,
		             100, tip);
	}
	aie_svg_end(out);
	aie_page_end_lane(out, "%.2f GB/s", rate);
}

void aie_report_draw_channels(FILE *out, const struct aie_run_profile *profile)
{
	static const char *const legend[] = { "memory", "system memory", "stream", "shim channel",
		                              "issue",  "in the array",  NULL };
	const struct aie_run_channel *channel[AIE_RUN_MAX_CHANNELS];
	const unsigned count = busy_channels(profile, channel), shown = count < MAX_LANES ? count : MAX_LANES;
	double most = gigabytes(profile, profile->shim_ceiling);
	char text[400], note[NOTE];

	if (!count)
		return;
	for (unsigned i = 0; i < count; i++)
		most = fmax(most, aie_run_gigabytes_per_second(profile, channel[i]->bytes));
	aie_page_begin_section(out, "dma", "DMA: bandwidth of each channel over the run", true);
	aie_page_legend(out, legend);
	aie_page_begin_lanes(out);
	if (profile->part_count && profile->ddr_ceiling > 0)
		draw_ddr(out, profile);
	for (unsigned i = 0; i < shown; i++)
		draw_channel(out, profile, channel[i], most);
	if (profile->part_count)
		end_lanes(out, profile);
	else
		aie_page_end_lanes_without_axis(out);
	snprintf(text, sizeof text, "Full height: %s. Right: mean over the run.",
	         profile->part_count ? "the channel moves data in every cycle"
	                             : "the fastest channel or the shim's ceiling");
	if (profile->shim_ceiling > 0)
		snprintf(text + strlen(text), sizeof text - strlen(text), " A shim channel can move %.2f GB/s.",
		         gigabytes(profile, profile->shim_ceiling));
	if (profile->channel_count > shown)
		snprintf(text + strlen(text), sizeof text - strlen(text), " %u channels that moved less are not shown.",
		         profile->channel_count - shown);
	if (profile->part_count && coverage(profile, note))
		snprintf(text + strlen(text), sizeof text - strlen(text), " %s", note);
	aie_page_end_section(out, text);
}

/* ---- a trace ----------------------------------------------------------------------------------------------------- */

/* How much of each part of the trace a slot was active. */
static void density(const struct aie_trace_timeline *timeline, unsigned unit, unsigned slot, float part[TRACE_PARTS])
{
	const struct aie_trace_track *track = &timeline->track[unit];
	const double span = fmax(1, (double)(timeline->last - timeline->first));

	memset(part, 0, TRACE_PARTS * sizeof *part);
	for (size_t i = 0; i < track->count; i++) {
		const struct aie_trace_event *event = &track->event[i];
		const double from = (double)(event->begin - timeline->first) / span * TRACE_PARTS;
		const double to = from + (double)event->cycles / span * TRACE_PARTS;

		if (event->kind != AIE_TRACE_EVENT_ACTIVE || event->slot != slot)
			continue;
		for (unsigned k = (unsigned)fmin(from, TRACE_PARTS - 1); k < TRACE_PARTS && k < to; k++)
			part[k] += (float)(fmin(to, k + 1.0) - fmax(from, k));
	}
	/* An event of a cycle is seen even where a part has thousands. */
	for (unsigned k = 0; k < TRACE_PARTS; k++)
		if (part[k] > 0)
			part[k] = fmaxf(part[k], 0.12F);
}

static void draw_slot(FILE *out, const struct aie_trace_timeline *timeline, unsigned unit, unsigned slot,
                      const char *event)
{
	const struct aie_trace_unit_config *config = &timeline->config.unit[unit];
	float part[TRACE_PARTS];
	const struct aie_trace_slot_sum sum = aie_trace_sum_slot(timeline, unit, slot);
	char tip[160];

	density(timeline, unit, slot, part);
	snprintf(tip, sizeof tip, "(%u,%u) %s %s: %" PRIu64 " times, %" PRIu64 " cycles, longest %" PRIu64,
	         config->column, config->row, aie_event_module_name(config->module), event, sum.times, sum.cycles,
	         sum.longest);
	aie_page_begin_lane(out, "%s", event);
	aie_svg_begin_stretched(out, TRACE_PARTS, tip);
	aie_svg_area(out, strstr(event, "STALL") ? "lock" : "issue", TRACE_PARTS, NULL, part, tip);
	aie_svg_end(out);
	if (aie_trace_slot_kind(config, slot) == AIE_EVENT_LEVEL && config->known)
		aie_page_end_lane(out, "%.1f %%", aie_report_percent(sum.cycles, timeline->last - timeline->first));
	else
		aie_page_end_lane(out, "%" PRIu64 " x", sum.times);
}

void aie_report_draw_trace(FILE *out, const struct aie_trace_timeline *timeline)
{
	const uint64_t hz = aie_trace_array_hz(&timeline->config), span = timeline->last - timeline->first;
	unsigned lanes = 0, left = 0, silent = 0;
	char text[200], name[16];

	if (!timeline->events)
		return;
	aie_page_begin_section(out, "trace", "Events of the trace", true);
	aie_page_begin_lanes(out);
	for (unsigned i = 0; i < timeline->config.unit_count; i++) {
		const struct aie_trace_unit_config *unit = &timeline->config.unit[i];
		bool headed = false;

		for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++) {
			const char *event = aie_trace_slot_name(unit, slot, name);

			if (!event)
				continue;
			if (!aie_trace_sum_slot(timeline, i, slot).times) {
				silent++;
				continue;
			}
			if (lanes++ >= MAX_TRACE_LANES) {
				left++;
				continue;
			}
			if (!headed)
				fprintf(out, "<div class=\"lane\"><h3>(%u,%u) %s</h3></div>\n", unit->column, unit->row,
				        aie_event_module_name(unit->module));
			headed = true;
			draw_slot(out, timeline, i, slot, event);
		}
	}
	if (hz)
		aie_page_end_lanes(out, (double)span * 1e6 / (double)hz, "µs");
	else
		aie_page_end_lanes(out, (double)span, "cycles");
	snprintf(text, sizeof text, "Time 0 is cycle %" PRIu64 " of the units' timers.", timeline->first);
	if (left)
		snprintf(text + strlen(text), sizeof text - strlen(text), " %u more events are not shown.", left);
	if (silent)
		snprintf(text + strlen(text), sizeof text - strlen(text), " %u events never occurred.", silent);
	aie_page_end_section(out, text);
}
