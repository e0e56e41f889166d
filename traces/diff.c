#include "traces/diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "traces/align.h"

/* The occurrences of one slot in the window being compared. */
struct series {
	uint16_t key; /* event number, or 256 + slot when the configuration does not know it; 0 = unused */
	size_t count, capacity;
	struct aie_trace_occurrence *item;
};

/* A unit of one capture. */
struct view {
	const struct aie_trace_unit_config *config;
	const struct aie_trace_track *track;
	size_t at; /* first event of the next window */
	uint32_t windows;
	uint64_t start; /* timer value at the start of the window */
	struct series series[AIE_TRACE_SLOTS];
};

struct comparison {
	struct aie_trace_diff *diff;
	struct aie_error *error;
	struct view candidate, reference[AIE_DIFF_MAX_REFERENCES];
	unsigned references, unit; /* index into diff->unit */
	uint32_t window;
	int64_t origin[AIE_DIFF_MAX_REFERENCES]; /* reference's time less candidate's, when both are at the same point
	                                          */
	double sigmas; /* half the band's width in standard deviations, for so many comparisons */
	size_t finding_capacity, phase_capacity;
};

/* ---- findings ---- */

static int add_finding(struct comparison *comparison, struct aie_diff_finding finding)
{
	struct aie_trace_diff *diff = comparison->diff;
	struct aie_diff_unit *unit = &diff->unit[comparison->unit];

	finding.unit = (uint16_t)comparison->unit;
	finding.window = comparison->window;
	diff->findings++;
	diff->kinds[finding.kind]++;
	unit->findings++;
	if (finding.kind != AIE_DIFF_WINDOWS && finding.kind != AIE_DIFF_UNIT) {
		struct aie_diff_event *event = &unit->event[finding.slot];

		event->findings++;
		if ((finding.kind == AIE_DIFF_TIME || finding.kind == AIE_DIFF_DURATION) &&
		    fabs(finding.difference) > fabs(event->largest))
			event->largest = finding.difference;
	}
	if (diff->finding_count == AIE_DIFF_MAX_FINDINGS)
		return 0;
	if (diff->finding_count == comparison->finding_capacity) {
		const size_t capacity = comparison->finding_capacity ? 2 * comparison->finding_capacity : 64;
		struct aie_diff_finding *grown = realloc(diff->finding, capacity * sizeof *grown);

		if (!grown)
			return aie_error_set(comparison->error, AIE_ERROR_MEMORY, "no memory for %zu findings",
			                     capacity);
		diff->finding = grown;
		comparison->finding_capacity = capacity;
	}
	diff->finding[diff->finding_count++] = finding;
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct aie_diff_finding *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	if (x->unit != y->unit)
		return x->unit < y->unit ? -1 : 1;
	return x->slot != y->slot ? x->slot - y->slot : x->kind - y->kind;
}

/* ---- windows of a unit ---- */

static void open_view(struct view *view, const struct aie_trace_timeline *timeline, unsigned unit)
{
	uint32_t starts = 0;

	memset(view, 0, sizeof *view);
	view->config = &timeline->config.unit[unit];
	view->track = &timeline->track[unit];
	for (size_t i = 0; i < view->track->count; i++) {
		/* A start behind the last event, as the end of a run may bring one, is nothing recorded. */
		starts += view->track->event[i].kind == AIE_TRACE_EVENT_START;
		if (view->track->event[i].kind != AIE_TRACE_EVENT_START || !view->windows)
			view->windows = starts;
	}
	for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++)
		view->series[slot].key = view->config->known ? view->config->slot[slot] : (uint16_t)(256 + slot);
}

static void close_view(struct view *view)
{
	for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++)
		free(view->series[slot].item);
}

static int next_window(struct view *view, struct aie_error *error)
{
	const struct aie_trace_track *track = view->track;

	for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++)
		view->series[slot].count = 0;
	while (view->at < track->count && track->event[view->at].kind != AIE_TRACE_EVENT_START)
		view->at++;
	if (view->at == track->count)
		return 0;
	view->start = track->event[view->at++].begin;
	for (; view->at < track->count && track->event[view->at].kind != AIE_TRACE_EVENT_START; view->at++) {
		const struct aie_trace_event *event = &track->event[view->at];
		struct series *series = &view->series[event->slot];

		if (series->count == series->capacity) {
			const size_t capacity = series->capacity ? 2 * series->capacity : 64;
			struct aie_trace_occurrence *grown = realloc(series->item, capacity * sizeof *grown);

			if (!grown)
				return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for %zu events", capacity);
			series->item = grown;
			series->capacity = capacity;
		}
		series->item[series->count++] = (struct aie_trace_occurrence){ (int64_t)event->begin, event->cycles };
	}
	return 0;
}

static const struct series *series_of(const struct view *view, uint16_t key)
{
	for (unsigned slot = 0; key && slot < AIE_TRACE_SLOTS; slot++)
		if (view->series[slot].key == key)
			return &view->series[slot];
	return NULL;
}

/* ---- origin ---- */

static size_t score(const struct view *a, const struct view *b, int64_t shift)
{
	size_t sum = 0;

	for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++) {
		const struct series *x = &a->series[slot], *y = series_of(b, x->key);

		if (y)
			sum += aie_trace_coincidences(x->item, x->count, y->item, y->count, shift);
	}
	return sum;
}

/* How far the first occurrences of all events are from standing `shift` apart, in cycles. */
static double first_distance(const struct view *a, const struct view *b, int64_t shift)
{
	double sum = 0;

	for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++) {
		const struct series *x = &a->series[slot], *y = series_of(b, x->key);

		if (y && x->count && y->count)
			sum += fabs((double)(y->item[0].time - x->item[0].time - shift));
	}
	return sum;
}

static size_t occurrences(const struct view *view)
{
	size_t sum = 0;

	for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++)
		sum += view->series[slot].count;
	return sum;
}

/* An event must beat the start frame and the timer by one in so many occurrences: shifted by its period a regular event
 * coincides as well, but for one occurrence, and others may by chance coincide more often then. */
enum { ORIGIN_MARGIN = 8 };

/* Start frame, timer, or the first or second occurrence of an event on either side: the one with most coincidences, the
 * earlier named when they tie. */
static int64_t choose_origin(const struct view *a, const struct view *b, const char **name, char text[16])
{
	const size_t count = occurrences(a), of_timer = score(a, b, 0);
	int64_t best = (int64_t)(b->start - a->start);
	size_t most = score(a, b, best);

	*name = "start frame";
	if (of_timer > most) {
		most = of_timer;
		best = 0;
		*name = "timer";
	}
	const size_t needed = most + count / ORIGIN_MARGIN;
	for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++) {
		const struct series *x = &a->series[slot], *y = series_of(b, x->key);

		for (unsigned pair = 0; y && pair < 3; pair++) {
			const size_t i = pair == 1, j = pair == 2;
			size_t coincidences;
			int64_t shift;

			if (i >= x->count || j >= y->count)
				continue;
			shift = y->item[j].time - x->item[i].time;
			coincidences = score(a, b, shift);
			if (coincidences > most && coincidences > needed) {
				most = coincidences;
				best = shift;
				*name = aie_trace_slot_name(a->config, slot, text);
			}
		}
	}
	/* Where hardly anything coincides, because everything varies, the best is chance. */
	if (2 * most < count) {
		const int64_t starts = (int64_t)(b->start - a->start);
		const bool timer = first_distance(a, b, 0) < first_distance(a, b, starts);

		*name = timer ? "timer" : "start frame";
		return timer ? 0 : starts;
	}
	return best;
}

/* ---- one event ---- */

struct band {
	double mean, spread;
	unsigned count;
};

static struct band band_of(const double *value, unsigned count)
{
	struct band band = { .count = count };

	for (unsigned i = 0; i < count; i++)
		band.mean += value[i] / count;
	for (unsigned i = 0; i < count && count > 1; i++)
		band.spread += (value[i] - band.mean) * (value[i] - band.mean) / (count - 1);
	band.spread = sqrt(band.spread);
	return band;
}

/* A spread that was estimated from few samples is uncertain itself: how much wider the band must be to hold as many as
 * with the true one (Student's distribution at three standard deviations, by degrees of freedom). */
static double uncertainty(double freedom)
{
	static const double factor[] = { 78.6, 6.40, 3.07, 2.21, 1.84, 1.63, 1.51, 1.43, 1.36, 1.32 }; /* from 1 on */

	if (freedom < 1)
		return factor[0];
	if (freedom <= 10)
		return factor[(unsigned)freedom - 1];
	return 1 + 3 / freedom;
}

/* What a difference from the mean of `count` samples may be: one further sample of the same kind deviates by
 * spread * sqrt(1 + 1 / count). */
static double allowance(const struct comparison *comparison, double spread, unsigned count)
{
	return (double)comparison->diff->options.tolerance + comparison->sigmas * spread * sqrt(1 + 1.0 / count);
}

/* Differences of one event's intervals or durations: [occurrence][reference], NAN where there is no partner. */
struct event_work {
	const struct series *a, *b[AIE_DIFF_MAX_REFERENCES];
	uint32_t *match; /* [reference][occurrence] */
	double *step;    /* [occurrence][reference]: candidate's interval less the reference's */
	double *length;
	unsigned slot;
};

static void differences(const struct comparison *comparison, struct event_work *work, unsigned reference)
{
	const size_t count = work->a->count;
	const uint32_t *match = work->match + reference * count;
	int64_t drift = comparison->origin[reference];

	for (size_t k = 0; k < count; k++) {
		const struct aie_trace_occurrence *a = &work->a->item[k], *b;
		double *step = &work->step[k * comparison->references + reference];
		double *length = &work->length[k * comparison->references + reference];

		*step = *length = NAN;
		if (match[k] == AIE_TRACE_NO_MATCH)
			continue;
		b = &work->b[reference]->item[match[k]];
		*step = (double)(drift - (b->time - a->time));
		*length = (double)a->cycles - (double)b->cycles;
		drift = b->time - a->time;
	}
}

/* Pooled standard deviation of all occurrences: zero only when the event never varies.  *wide: with its uncertainty. */
static double pooled(const double *value, size_t rows, unsigned columns, double *wide)
{
	double squares = 0, freedom = 0, spread, sample[AIE_DIFF_MAX_REFERENCES];

	for (size_t k = 0; k < rows; k++) {
		unsigned count = 0;
		struct band band;

		for (unsigned i = 0; i < columns; i++)
			if (!isnan(value[k * columns + i]))
				sample[count++] = value[k * columns + i];
		if (count < 2)
			continue;
		band = band_of(sample, count);
		squares += band.spread * band.spread * (count - 1);
		freedom += count - 1;
	}
	spread = freedom > 0 ? sqrt(squares / freedom) : 0;
	*wide = spread * uncertainty(freedom);
	return spread;
}

static int judge(struct comparison *comparison, const struct event_work *work, const double *value, size_t k,
                 double common_spread, enum aie_diff_kind kind)
{
	double sample[AIE_DIFF_MAX_REFERENCES];
	struct band band;
	unsigned count = 0;
	double allowed;

	for (unsigned i = 0; i < comparison->references; i++)
		if (!isnan(value[k * comparison->references + i]))
			sample[count++] = value[k * comparison->references + i];
	if (!count)
		return 0;
	band = band_of(sample, count);
	allowed = allowance(comparison, fmax(band.spread * (count > 1 ? uncertainty(count - 1) : 0), common_spread),
	                    count);
	if (fabs(band.mean) <= allowed)
		return 0;
	return add_finding(comparison, (struct aie_diff_finding){ .kind = (uint8_t)kind,
	                                                          .slot = (uint8_t)work->slot,
	                                                          .occurrence = (uint32_t)k,
	                                                          .time = (uint64_t)work->a->item[k].time,
	                                                          .difference = band.mean,
	                                                          .spread = band.spread,
	                                                          .allowed = (uint64_t)allowed });
}

static int compare_counts(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Where a reference has been read to, and its drift there. */
struct reading {
	uint32_t next;
	int64_t drift;
};

/* References' occurrences without partner right before the candidate's occurrence k (or after the last): the lower
 * median of the references is what the candidate misses. */
static int missing_before(struct comparison *comparison, const struct event_work *work, size_t k,
                          struct reading *reading)
{
	const size_t count = work->a->count;
	uint64_t gap[AIE_DIFF_MAX_REFERENCES], missing;
	int64_t time = 0;

	for (unsigned i = 0; i < comparison->references; i++) {
		const struct series *b = work->b[i];
		const uint32_t stop = k < count ? work->match[i * count + k] : (uint32_t)b->count;

		gap[i] = 0;
		if (stop == AIE_TRACE_NO_MATCH)
			continue;
		gap[i] = stop - reading[i].next;
		if (gap[i])
			time = b->item[reading[i].next].time - reading[i].drift;
		if (k < count)
			reading[i] = (struct reading){ stop + 1, b->item[stop].time - work->a->item[k].time };
	}
	qsort(gap, comparison->references, sizeof gap[0], compare_counts);
	missing = gap[(comparison->references - 1) / 2];
	if (!missing)
		return 0;
	return add_finding(comparison, (struct aie_diff_finding){ .kind = AIE_DIFF_MISSING,
	                                                          .slot = (uint8_t)work->slot,
	                                                          .occurrence = (uint32_t)k,
	                                                          .time = time > 0 ? (uint64_t)time : 0,
	                                                          .difference = -(double)missing });
}

static int judge_event(struct comparison *comparison, struct event_work *work)
{
	struct aie_diff_event *event = &comparison->diff->unit[comparison->unit].event[work->slot];
	const unsigned references = comparison->references;
	const size_t count = work->a->count;
	double step_wide, length_wide;
	const double step_spread = pooled(work->step, count, references, &step_wide);
	struct reading reading[AIE_DIFF_MAX_REFERENCES] = { { 0, 0 } };

	pooled(work->length, count, references, &length_wide);
	for (unsigned i = 0; i < references; i++)
		reading[i].drift = comparison->origin[i];
	event->spread = fmax(event->spread, step_spread);
	for (size_t k = 0; k < count; k++) {
		unsigned partners = 0;

		if (missing_before(comparison, work, k, reading))
			return -1;
		for (unsigned i = 0; i < references; i++)
			partners += isnan(work->step[k * references + i]) ? 0 : 1;
		if (2 * partners < references || !partners) {
			if (add_finding(comparison, (struct aie_diff_finding){ .kind = AIE_DIFF_EXTRA,
			                                                       .slot = (uint8_t)work->slot,
			                                                       .occurrence = (uint32_t)k,
			                                                       .time = (uint64_t)work->a->item[k].time,
			                                                       .difference = 1 }))
				return -1;
			continue;
		}
		if (judge(comparison, work, work->step, k, step_wide, AIE_DIFF_TIME) ||
		    judge(comparison, work, work->length, k, length_wide, AIE_DIFF_DURATION))
			return -1;
	}
	return missing_before(comparison, work, count, reading);
}

/* ---- events whose number is no property of the program ---- */

/* How often a stream pauses or a channel finds its lock taken depends on the memory's timing: where the references do
 * not agree among themselves, the number of occurrences and their cycles in all are compared, not one by one. */
static bool counts_vary(const struct event_work *work, unsigned references)
{
	for (unsigned i = 1; i < references; i++)
		if (work->b[i]->count != work->b[0]->count)
			return true;
	return false;
}

/* Do the references, which have equally many, differ in when or how long? */
static bool times_vary(const struct event_work *work, unsigned references)
{
	const struct series *first = work->b[0];

	for (unsigned i = 1; i < references; i++)
		for (size_t k = 0; k < first->count; k++)
			if (work->b[i]->item[k].cycles != first->item[k].cycles ||
			    work->b[i]->item[k].time - work->b[i]->item[0].time !=
			            first->item[k].time - first->item[0].time)
				return true;
	return false;
}

/* A level whose times vary may break up once more or less often, though the few references happen to agree; a pulse
 * that is missing is missing. */
static bool number_is_chance(const struct comparison *comparison, const struct event_work *work)
{
	if (comparison->references < 2)
		return false;
	if (counts_vary(work, comparison->references))
		return true;
	return work->a->count != work->b[0]->count &&
	       aie_trace_slot_kind(comparison->candidate.config, work->slot) == AIE_EVENT_LEVEL &&
	       times_vary(work, comparison->references);
}

static double cycles_of(const struct series *series)
{
	double sum = 0;

	for (size_t k = 0; k < series->count; k++)
		sum += (double)series->item[k].cycles;
	return sum;
}

static int judge_sum(struct comparison *comparison, const struct event_work *work, double value,
                     const double *reference, bool cycles)
{
	const struct band band = band_of(reference, comparison->references);
	/* Counts of five captures that agree do not show that they always do: half an occurrence is the least. */
	const double spread = fmax(band.spread, cycles ? 0 : 0.5) * uncertainty(comparison->references - 1);
	const double difference = value - band.mean, allowed = allowance(comparison, spread, comparison->references);
	const struct series *a = work->a;

	if (fabs(difference) <= allowed)
		return 0;
	return add_finding(comparison, (struct aie_diff_finding){ .kind = cycles           ? AIE_DIFF_DURATION
	                                                                  : difference > 0 ? AIE_DIFF_EXTRA
	                                                                                   : AIE_DIFF_MISSING,
	                                                          .slot = (uint8_t)work->slot,
	                                                          .summed = true,
	                                                          .time = a->count ? (uint64_t)a->item[0].time : 0,
	                                                          .difference = difference,
	                                                          .spread = band.spread,
	                                                          .allowed = (uint64_t)allowed });
}

static int judge_sums(struct comparison *comparison, const struct event_work *work)
{
	struct aie_diff_event *event = &comparison->diff->unit[comparison->unit].event[work->slot];
	double counts[AIE_DIFF_MAX_REFERENCES] = { 0 }, cycles[AIE_DIFF_MAX_REFERENCES] = { 0 };

	for (unsigned i = 0; i < comparison->references; i++) {
		counts[i] = (double)work->b[i]->count;
		cycles[i] = cycles_of(work->b[i]);
	}
	event->summed = true;
	return judge_sum(comparison, work, (double)work->a->count, counts, false) ||
	                       judge_sum(comparison, work, cycles_of(work->a), cycles, true)
	               ? -1
	               : 0;
}

/* ---- */

/* Align in a common time base without copying: the reference's times are moved to the candidate's and back. */
static void align(struct series *b, const struct series *a, int64_t origin, uint32_t *match)
{
	for (size_t k = 0; k < b->count; k++)
		b->item[k].time -= origin;
	aie_trace_align(a->item, a->count, b->item, b->count, match);
	for (size_t k = 0; k < b->count; k++)
		b->item[k].time += origin;
}

static int compare_event(struct comparison *comparison, unsigned slot)
{
	struct aie_diff_event *event = &comparison->diff->unit[comparison->unit].event[slot];
	struct event_work work = { .a = &comparison->candidate.series[slot], .slot = slot };
	const size_t count = work.a->count;
	size_t cells;
	int status = -1;

	if (!work.a->key)
		return 0;
	for (unsigned i = 0; i < comparison->references; i++) {
		work.b[i] = series_of(&comparison->reference[i], work.a->key);
		if (!work.b[i])
			return 0;
	}
	event->compared = true;
	event->candidate += count;
	comparison->diff->compared += count;
	for (unsigned i = 0; i < comparison->references; i++)
		event->references += (double)work.b[i]->count / comparison->references;
	if (number_is_chance(comparison, &work))
		return judge_sums(comparison, &work);
	cells = count * comparison->references + 1;
	work.match = calloc(cells, sizeof *work.match);
	work.step = calloc(cells, sizeof *work.step);
	work.length = calloc(cells, sizeof *work.length);
	if (work.match && work.step && work.length) {
		for (unsigned i = 0; i < comparison->references; i++) {
			/* Several references that all have as many as the candidate: the first is the first.  Otherwise
			 * (and with a single reference, which need not agree in anything) by their times. */
			if (comparison->references > 1 && work.b[i]->count == count)
				for (size_t k = 0; k < count; k++)
					work.match[i * count + k] = (uint32_t)k;
			else
				align((struct series *)work.b[i], work.a, comparison->origin[i],
				      work.match + i * count);
			differences(comparison, &work, i);
		}
		status = judge_event(comparison, &work);
	} else {
		aie_error_set(comparison->error, AIE_ERROR_MEMORY, "no memory to compare %zu events", count);
	}
	free(work.match);
	free(work.step);
	free(work.length);
	return status;
}

/* ---- phases ---- */

static int add_phase(struct comparison *comparison, uint32_t number, int64_t candidate, const double *reference)
{
	struct aie_diff_unit *unit = &comparison->diff->unit[comparison->unit];
	const struct band band = band_of(reference, comparison->references);

	if (unit->phase_count == comparison->phase_capacity) {
		const size_t capacity = comparison->phase_capacity ? 2 * comparison->phase_capacity : 8;
		struct aie_diff_phase *grown = realloc(unit->phase, capacity * sizeof *grown);

		if (!grown)
			return aie_error_set(comparison->error, AIE_ERROR_MEMORY, "no memory for %zu phases", capacity);
		unit->phase = grown;
		comparison->phase_capacity = capacity;
	}
	unit->phase[unit->phase_count++] = (struct aie_diff_phase){ .window = comparison->window,
		                                                    .number = number,
		                                                    .candidate = (uint64_t)candidate,
		                                                    .mean = band.mean,
		                                                    .spread = band.spread };
	return 0;
}

/* From the first to the last event of the window, of those recorded on all sides. */
static int64_t window_span(const struct comparison *comparison, const struct view *view)
{
	int64_t first = INT64_MAX, last = INT64_MIN;

	for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++) {
		const struct series *series = &view->series[slot];
		bool common = series->count && series_of(&comparison->candidate, series->key);

		for (unsigned i = 0; i < comparison->references; i++)
			common = common && series_of(&comparison->reference[i], series->key);
		if (!common)
			continue;
		if (series->item[0].time < first)
			first = series->item[0].time;
		for (size_t k = 0; k < series->count; k++)
			if (series->item[k].time + (int64_t)series->item[k].cycles > last)
				last = series->item[k].time + (int64_t)series->item[k].cycles;
	}
	return last > first ? last - first : 0;
}

static int compare_phases(struct comparison *comparison)
{
	const struct aie_diff_options *options = &comparison->diff->options;
	const struct aie_trace_unit_config *config = comparison->candidate.config;
	const struct aie_event_row *row = options->phase ? aie_event_by_name(config->module, options->phase) : NULL;
	const struct series *a = row ? series_of(&comparison->candidate, row->number) : NULL;
	double reference[AIE_DIFF_MAX_REFERENCES] = { 0 };
	size_t marks = a ? a->count : 0;

	for (unsigned i = 0; a && i < comparison->references; i++) {
		const struct series *b = series_of(&comparison->reference[i], a->key);

		marks = b ? (b->count < marks ? b->count : marks) : 0;
	}
	for (size_t k = 1; k < marks; k++) {
		for (unsigned i = 0; i < comparison->references; i++) {
			const struct series *b = series_of(&comparison->reference[i], a->key);

			reference[i] = (double)(b->item[k].time - b->item[k - 1].time);
		}
		if (add_phase(comparison, (uint32_t)k - 1, a->item[k].time - a->item[k - 1].time, reference))
			return -1;
	}
	if (marks > 1)
		return 0;
	for (unsigned i = 0; i < comparison->references; i++)
		reference[i] = (double)window_span(comparison, &comparison->reference[i]);
	return add_phase(comparison, 0, window_span(comparison, &comparison->candidate), reference);
}

/* ---- one unit ---- */

static int compare_window(struct comparison *comparison)
{
	struct aie_diff_unit *unit = &comparison->diff->unit[comparison->unit];

	for (unsigned i = 0; i < comparison->references; i++) {
		const char *name;
		char text[16];

		comparison->origin[i] = choose_origin(&comparison->candidate, &comparison->reference[i], &name, text);
		if (comparison->window || i)
			continue;
		unit->start_shift = (int64_t)(comparison->candidate.start - comparison->reference[i].start);
		unit->origin_shift = -comparison->origin[i];
		unit->origin = name == text ? "an event" : name;
	}
	for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++)
		if (compare_event(comparison, slot))
			return -1;
	return compare_phases(comparison);
}

static int compare_unit(struct comparison *comparison)
{
	struct aie_diff_unit *unit = &comparison->diff->unit[comparison->unit];
	uint32_t windows = comparison->candidate.windows, fewest = UINT32_MAX, most = 0;
	double mean = 0;

	unit->compared = true;
	unit->timeless = comparison->candidate.config->mode != AIE_TRACE_EVENT_TIME;
	for (unsigned i = 0; i < comparison->references; i++) {
		const struct view *reference = &comparison->reference[i];

		unit->timeless = unit->timeless || reference->config->mode != AIE_TRACE_EVENT_TIME;
		mean += (double)reference->windows / comparison->references;
		if (reference->windows < windows)
			windows = reference->windows;
		fewest = reference->windows < fewest ? reference->windows : fewest;
		most = reference->windows > most ? reference->windows : most;
	}
	if (unit->timeless)
		return 0;
	for (comparison->window = 0; comparison->window < windows; comparison->window++) {
		if (next_window(&comparison->candidate, comparison->error))
			return -1;
		for (unsigned i = 0; i < comparison->references; i++)
			if (next_window(&comparison->reference[i], comparison->error))
				return -1;
		if (compare_window(comparison))
			return -1;
	}
	comparison->window = windows;
	if (comparison->candidate.windows >= fewest && comparison->candidate.windows <= most)
		return 0;
	return add_finding(comparison, (struct aie_diff_finding){ .kind = AIE_DIFF_WINDOWS,
	                                                          .time = comparison->candidate.start,
	                                                          .difference = comparison->candidate.windows - mean });
}

static int find_unit(const struct aie_trace_timeline *timeline, const struct aie_trace_unit_config *like)
{
	for (unsigned i = 0; i < timeline->config.unit_count; i++) {
		const struct aie_trace_unit_config *unit = &timeline->config.unit[i];

		if (unit->column == like->column && unit->row == like->row && unit->module == like->module &&
		    unit->part == like->part)
			return (int)i;
	}
	return -1;
}

/* One unit that some capture has. */
static int take_unit(struct comparison *comparison, const struct aie_trace_unit_config *config,
                     const struct aie_trace_timeline *candidate, const struct aie_trace_timeline *const *references)
{
	struct aie_diff_unit *unit = &comparison->diff->unit[comparison->diff->unit_count];
	const int index = find_unit(candidate, config);
	unsigned lacking = index < 0;
	int status = 0;

	comparison->unit = comparison->diff->unit_count++;
	comparison->phase_capacity = 0;
	memset(unit, 0, sizeof *unit);
	unit->config = *config;
	for (unsigned i = 0; i < comparison->references; i++)
		lacking += find_unit(references[i], config) < 0;
	if (lacking) {
		comparison->window = 0;
		return add_finding(comparison, (struct aie_diff_finding){ .kind = AIE_DIFF_UNIT,
		                                                          .difference = index < 0 ? -1 : 1 });
	}
	open_view(&comparison->candidate, candidate, (unsigned)index);
	for (unsigned i = 0; i < comparison->references; i++)
		open_view(&comparison->reference[i], references[i], (unsigned)find_unit(references[i], config));
	status = compare_unit(comparison);
	close_view(&comparison->candidate);
	for (unsigned i = 0; i < comparison->references; i++)
		close_view(&comparison->reference[i]);
	return status;
}

/* Each event's intervals are compared by themselves, so that one delay shows once in every event of the unit that comes
 * after it: of those only the first is news.  The list is in the order of time. */
static void mark_consequences(struct aie_trace_diff *diff)
{
	struct {
		double difference;
		uint32_t window;
		uint8_t slots; /* that have shown it; 0: none yet */
	} last[2 * AIE_TRACE_MAX_UNITS] = { 0 };

	for (size_t i = 0; i < diff->finding_count; i++) {
		struct aie_diff_finding *finding = &diff->finding[i];
		const uint8_t slot = (uint8_t)(1U << finding->slot % AIE_TRACE_SLOTS);

		if (finding->kind != AIE_DIFF_TIME)
			continue;
		finding->follows = last[finding->unit].slots && !(last[finding->unit].slots & slot) &&
		                   last[finding->unit].window == finding->window &&
		                   fabs(last[finding->unit].difference - finding->difference) < 0.5;
		diff->following += finding->follows;
		if (!finding->follows)
			last[finding->unit].slots = 0;
		last[finding->unit].difference = finding->difference;
		last[finding->unit].window = finding->window;
		last[finding->unit].slots |= slot;
	}
}

/* Whether some unit has the event in a slot. */
static bool records(const struct aie_trace_timeline *timeline, const char *event)
{
	for (unsigned i = 0; i < timeline->config.unit_count; i++) {
		const struct aie_trace_unit_config *unit = &timeline->config.unit[i];
		const struct aie_event_row *row = aie_event_by_name(unit->module, event);

		for (unsigned slot = 0; row && slot < AIE_TRACE_SLOTS; slot++)
			if (unit->slot[slot] == row->number)
				return true;
	}
	return false;
}

int aie_trace_diff(struct aie_trace_diff *diff, const struct aie_trace_timeline *candidate,
                   const struct aie_trace_timeline *const *references, unsigned reference_count,
                   const struct aie_diff_options *options, struct aie_error *error)
{
	struct comparison *comparison = calloc(1, sizeof *comparison);
	int status = 0;

	memset(diff, 0, sizeof *diff);
	if (!comparison)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a comparison");
	if (reference_count < 1 || reference_count > AIE_DIFF_MAX_REFERENCES) {
		free(comparison);
		return aie_error_set(error, AIE_ERROR_INPUT, "%u references, 1 to %d can be compared with",
		                     reference_count, AIE_DIFF_MAX_REFERENCES);
	}
	if (options->phase && !records(candidate, options->phase)) {
		free(comparison);
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "phases cannot begin at '%s': no unit records such an event", options->phase);
	}
	diff->options = *options;
	diff->references = comparison->references = reference_count;
	comparison->diff = diff;
	comparison->error = error;
	/* The largest of n deviations lies that much further out than one of them. */
	comparison->sigmas = options->sigmas > 0 && candidate->events > 1
	                             ? sqrt(options->sigmas * options->sigmas + 2 * log((double)candidate->events))
	                             : options->sigmas;
	for (unsigned i = 0; i < candidate->config.unit_count && !status; i++)
		status = take_unit(comparison, &candidate->config.unit[i], candidate, references);
	for (unsigned i = 0; i < references[0]->config.unit_count && !status; i++)
		if (find_unit(candidate, &references[0]->config.unit[i]) < 0)
			status = take_unit(comparison, &references[0]->config.unit[i], candidate, references);
	free(comparison);
	if (status) {
		aie_trace_diff_close(diff);
		return -1;
	}
	if (diff->finding_count)
		qsort(diff->finding, diff->finding_count, sizeof *diff->finding, by_time);
	mark_consequences(diff);
	diff->same = diff->findings == 0 && diff->compared > 0;
	return 0;
}

void aie_trace_diff_close(struct aie_trace_diff *diff)
{
	for (unsigned i = 0; i < diff->unit_count; i++)
		free(diff->unit[i].phase);
	free(diff->finding);
	memset(diff, 0, sizeof *diff);
}
