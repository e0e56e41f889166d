#include "traces/trend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "traces/svg.h"

void aie_trend_init(struct aie_trend *trend, const char *metric, bool higher_is_better)
{
	memset(trend, 0, sizeof *trend);
	trend->metric = metric;
	trend->higher_is_better = higher_is_better;
}

void aie_trend_close(struct aie_trend *trend)
{
	for (size_t i = 0; i < trend->count; i++) {
		for (size_t k = 0; k < trend->series[i].count; k++)
			free(trend->series[i].run[k].name);
		free(trend->series[i].run);
		free(trend->series[i].title);
	}
	free(trend->series);
	memset(trend, 0, sizeof *trend);
}

/* "a.b.c" inwards. */
static const struct aie_json_value *inside(const struct aie_json_value *value, const char *path)
{
	char key[128];

	while (value && *path) {
		const size_t length = strcspn(path, ".");

		if (length >= sizeof key)
			return NULL;
		memcpy(key, path, length);
		key[length] = 0;
		value = aie_json_find(value, key);
		path += length + (path[length] == '.');
	}
	return value;
}

static void *grow(void *list, size_t count, size_t *capacity, size_t size)
{
	void *grown = list;

	if (count == *capacity) {
		const size_t wanted = *capacity ? 2 * *capacity : 8;

		grown = realloc(list, wanted * size);
		if (grown)
			*capacity = wanted;
	}
	return grown;
}

static struct aie_trend_series *series_called(struct aie_trend *trend, const char *title)
{
	struct aie_trend_series *list, *new;

	for (size_t i = 0; i < trend->count; i++)
		if (!strcmp(trend->series[i].title, title))
			return &trend->series[i];
	list = grow(trend->series, trend->count, &trend->capacity, sizeof *list);
	if (!list)
		return NULL;
	trend->series = list;
	new = &trend->series[trend->count];
	memset(new, 0, sizeof *new);
	new->title = strdup(title);
	if (!new->title)
		return NULL;
	trend->count++;
	return new;
}

int aie_trend_add(struct aie_trend *trend, const char *name, const struct aie_json_value *root, struct aie_error *error)
{
	const struct aie_json_value *value = inside(root, trend->metric), *title = aie_json_find(root, "title");
	const struct aie_json_value *sequence = aie_json_find(root, "sequence");
	struct aie_trend_series *series;
	struct aie_trend_run *run;

	if (!value || value->type != AIE_JSON_NUMBER)
		return 0;
	if (!title || title->type != AIE_JSON_STRING)
		title = aie_json_find(root, "operator");
	series = series_called(trend, title && title->type == AIE_JSON_STRING ? title->string : "");
	run = series ? grow(series->run, series->count, &series->capacity, sizeof *run) : NULL;
	if (!run)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for %zu results", trend->count);
	series->run = run;
	run += series->count;
	run->name = strdup(name);
	if (!run->name)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a name");
	run->sequence = sequence && sequence->type == AIE_JSON_NUMBER ? sequence->number : NAN;
	run->value = value->number;
	series->count++;
	return 1;
}

static int in_sequence(const void *a, const void *b)
{
	const struct aie_trend_run *x = a, *y = b;

	if (isnan(x->sequence) != isnan(y->sequence))
		return isnan(x->sequence) ? 1 : -1;
	if (!isnan(x->sequence) && x->sequence < y->sequence)
		return -1;
	if (!isnan(x->sequence) && x->sequence > y->sequence)
		return 1;
	return strcmp(x->name, y->name);
}

static int by_title(const void *a, const void *b)
{
	return strcmp(((const struct aie_trend_series *)a)->title, ((const struct aie_trend_series *)b)->title);
}

/* Percent by which `value` is worse than `best`. */
static double worse_by(const struct aie_trend *trend, double value, double best)
{
	const double difference = trend->higher_is_better ? best - value : value - best;

	if (fabs(best) > 0)
		return difference / fabs(best) * 100;
	return difference > 0 ? HUGE_VAL : difference < 0 ? -HUGE_VAL : 0;
}

void aie_trend_judge(struct aie_trend *trend, double threshold_percent)
{
	if (trend->count)
		qsort(trend->series, trend->count, sizeof *trend->series, by_title);
	for (size_t i = 0; i < trend->count; i++) {
		struct aie_trend_series *series = &trend->series[i];

		qsort(series->run, series->count, sizeof *series->run, in_sequence);
		series->best = series->run[0].value;
		for (size_t k = 1; k + 1 < series->count; k++)
			if (worse_by(trend, series->run[k].value, series->best) < 0)
				series->best = series->run[k].value;
		series->change = worse_by(trend, series->run[series->count - 1].value, series->best);
		series->regressed = series->change > threshold_percent;
		trend->regressed = trend->regressed || series->regressed;
	}
}

void aie_trend_text(FILE *out, const struct aie_trend *trend)
{
	for (size_t i = 0; i < trend->count; i++) {
		const struct aie_trend_series *series = &trend->series[i];

		fprintf(out, "%s: %s\n", series->title[0] ? series->title : "(no title)", trend->metric);
		for (size_t k = 0; k < series->count; k++) {
			fprintf(out, "  %16.9g", series->run[k].value);
			if (k)
				fprintf(out, " %+9.3f %%",
				        worse_by(trend, series->run[k].value, series->run[k - 1].value) *
				                (trend->higher_is_better ? -1 : 1));
			else
				fprintf(out, "            ");
			fprintf(out, "  %s\n", series->run[k].name);
		}
		fprintf(out, "  last against the best before: %.3f %% %s%s\n", fabs(series->change),
		        series->change > 0 ? "worse" : "better", series->regressed ? ", REGRESSED" : "");
	}
}

void aie_trend_json(struct aie_json *json, const struct aie_trend *trend)
{
	aie_json_string(json, "metric", trend->metric);
	aie_json_bool(json, "higher_is_better", trend->higher_is_better);
	aie_json_bool(json, "regressed", trend->regressed);
	aie_json_begin_array(json, "series");
	for (size_t i = 0; i < trend->count; i++) {
		const struct aie_trend_series *series = &trend->series[i];

		aie_json_begin_object(json, NULL);
		aie_json_string(json, "title", series->title);
		aie_json_double(json, "best_before", series->best, 12);
		aie_json_double(json, "worse_percent", series->change, 9);
		aie_json_bool(json, "regressed", series->regressed);
		aie_json_begin_array(json, "runs");
		for (size_t k = 0; k < series->count; k++) {
			aie_json_begin_object(json, NULL);
			aie_json_string(json, "name", series->run[k].name);
			aie_json_double(json, "value", series->run[k].value, 17);
			aie_json_end_object(json);
		}
		aie_json_end_array(json);
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
}

/* ---- picture ---- */

enum { WIDTH = 640, PANEL = 160 };

static void draw_series(FILE *out, const struct aie_trend *trend, const struct aie_trend_series *series, double top)
{
	double low = series->run[0].value, high = low;
	char tip[300];

	for (size_t k = 0; k < series->count; k++) {
		low = fmin(low, series->run[k].value);
		high = fmax(high, series->run[k].value);
	}
	aie_svg_text(out, "start", 4, top + 12, "%.90s: %.40s%s", series->title, trend->metric,
	             series->regressed ? " - regressed" : "");
	aie_svg_line(out, "axis", 80, top + 20, 80, top + PANEL - 20);
	aie_svg_line(out, "axis", 80, top + PANEL - 20, WIDTH - 8, top + PANEL - 20);
	aie_svg_text(out, "end", 76, top + 32, "%.7g", high);
	aie_svg_text(out, "end", 76, top + PANEL - 26, "%.7g", low);
	aie_svg_text(out, "start", 84, top + PANEL - 6, "%.44s", series->run[0].name);
	if (series->count > 1)
		aie_svg_text(out, "end", WIDTH - 8, top + PANEL - 6, "%.44s", series->run[series->count - 1].name);
	for (size_t k = 0; k < series->count; k++) {
		const double step = series->count > 1 ? (WIDTH - 110.0) / (double)(series->count - 1) : 0,
		             x = 90 + (double)k * step;
		const double span = high > low ? high - low : 1;
		const double y = top + PANEL - 28 - (series->run[k].value - low) / span * (PANEL - 56);

		if (k)
			aie_svg_line(out, "curve", x - step,
			             top + PANEL - 28 - (series->run[k - 1].value - low) / span * (PANEL - 56), x, y);
		snprintf(tip, sizeof tip, "%.200s: %.9g", series->run[k].name, series->run[k].value);
		aie_svg_circle(out, k + 1 == series->count && series->regressed ? "bad" : "point", x, y, 3.5, tip);
	}
}

void aie_trend_svg(FILE *out, const struct aie_trend *trend)
{
	aie_svg_begin(out, WIDTH, (double)trend->count * PANEL + 4, "trend of results");
	fputs("<style>text{font:11px "
	      "system-ui,sans-serif;fill:#333}.axis{stroke:#aaa}.curve{stroke:#2563a8;stroke-width:1.5}"
	      ".point{fill:#2563a8}.bad{fill:#c0262d}rect{fill:#fff}</style>\n",
	      out);
	aie_svg_rect(out, "ground", 1, 0, 0, WIDTH, (double)trend->count * PANEL + 4, NULL);
	for (size_t i = 0; i < trend->count; i++)
		draw_series(out, trend, &trend->series[i], (double)i * PANEL);
	aie_svg_end(out);
}
