#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "traces/page.h"
#include "traces/report_parts.h"
#include "traces/svg.h"

/* Pictures are drawn 400 units wide, so that on a narrow screen a unit is about a pixel; wide screens show two side by
 * side. */
enum { WIDTH = 400, LANE_PARTS = 1000 };

/* ---- array map ---- */

/* Busy share of a tile: its core, or the busiest of its channels; -1 when the profile knows nothing of it. */
static double tile_busy(const struct aie_run_profile *profile, unsigned column, unsigned row)
{
	double busy = -1;

	for (unsigned i = 0; i < profile->core_count; i++)
		if (profile->core[i].column == column && profile->core[i].row == row)
			return aie_run_core_busy(profile, &profile->core[i]);
	for (unsigned i = 0; i < profile->channel_count; i++)
		if (profile->channel[i].column == column && profile->channel[i].row == row)
			busy = fmax(busy, aie_run_channel_busy(profile, &profile->channel[i]));
	return busy;
}

/* The rows of the picture: cell height and the space between. */
enum { CELL = 34, GAP = 4, LEFT = 52 };

static void draw_tile(FILE *out, const struct aie_run_profile *profile, unsigned column, unsigned row, double x,
                      double y, double width)
{
	const double busy = tile_busy(profile, column, row);
	char tip[80];

	snprintf(tip, sizeof tip, "tile (%u,%u): %s%.1f %%", column, row, busy < 0 ? "not used " : "busy ",
	         busy < 0 ? 0 : busy * 100);
	aie_svg_rect(out, "frame", 1, x, y, width, CELL - GAP, NULL);
	if (busy < 0)
		return;
	/* It fills like a vessel; a tile that is used but nearly idle shows a line. */
	aie_svg_rect(out, row >= 2 ? "issue" : "stream", 0.55, x, y + (CELL - GAP) * (1 - fmin(fmax(busy, 0.04), 1)),
	             width, (CELL - GAP) * fmin(fmax(busy, 0.04), 1), tip);
	if (width >= 24)
		aie_svg_text(out, "middle", x + width / 2, y + (CELL - GAP) / 2.0 + 4, "%.0f%%", busy * 100);
}

void aie_report_draw_map(FILE *out, const struct aie_run_profile *profile)
{
	unsigned columns = profile->columns ? profile->columns : 1, rows = profile->rows ? profile->rows : 6;
	double cell;

	for (unsigned i = 0; i < profile->core_count; i++) {
		columns = profile->core[i].column + 1 > columns ? profile->core[i].column + 1 : columns;
		rows = profile->core[i].row + 1 > rows ? profile->core[i].row + 1 : rows;
	}
	for (unsigned i = 0; i < profile->channel_count; i++)
		columns = profile->channel[i].column + 1 > columns ? profile->channel[i].column + 1 : columns;
	cell = fmin(60, (double)(WIDTH - LEFT) / columns);
	aie_page_begin_section(out, "map", "Array: how busy each tile is", false);
	aie_svg_begin(out, WIDTH, rows * CELL + 20, "array map with utilisation per tile");
	for (unsigned row = 0; row < rows; row++) {
		static const char *const names[] = { "shim", "memory" };
		const double y = (rows - 1 - row) * (double)CELL + 2;

		if (row < 2)
			aie_svg_text(out, "start", 0, y + 19, "%s", names[row]);
		else
			aie_svg_text(out, "start", 0, y + 19, "row %u", row);
		for (unsigned column = 0; column < columns; column++)
			draw_tile(out, profile, column, row, LEFT + column * cell, y, cell - GAP);
	}
	for (unsigned column = 0; column < columns; column++)
		aie_svg_text(out, "middle", LEFT + column * cell + (cell - GAP) / 2, rows * CELL + 15, "%u", column);
	aie_svg_end(out);
	aie_page_end_section(out, "Cores: cycles not spent waiting for locks, streams or cascade. Memory and shim "
	                          "tiles: the busiest DMA channel.");
}

/* ---- cores ---- */

static void draw_core(FILE *out, const struct aie_run_profile *profile, const struct aie_run_core *core)
{
	const double scale = LANE_PARTS / (double)profile->cycles;
	char tip[120];
	double x = 0;

	aie_page_begin_lane(out, "core (%u,%u)", core->column, core->row);
	snprintf(tip, sizeof tip, "where the cycles of core (%u,%u) went", core->column, core->row);
	aie_svg_begin_stretched(out, LANE_PARTS, tip);
	for (unsigned part = 0; part < AIE_RUN_PARTS; part++) {
		const double width = fmin((double)core->part[part] * scale, LANE_PARTS - x);

		if (!core->part[part])
			continue;
		snprintf(tip, sizeof tip, "(%u,%u) %s: %" PRIu64 " cycles, %.2f %%", core->column, core->row,
		         aie_run_part_name(part), core->part[part],
		         aie_report_percent(core->part[part], profile->cycles));
		aie_svg_rect(out, aie_run_part_name(part), 1, x, 0, width, 100, tip);
		x += fmax(width, 0);
	}
	aie_svg_end(out);
	aie_page_end_lane(out, "%.1f %%", 100 * aie_run_core_busy(profile, core));
}

void aie_report_draw_stalls(FILE *out, const struct aie_run_profile *profile)
{
	const char *legend[2 * AIE_RUN_PARTS + 1];
	unsigned count = 0;

	if (!profile->core_count)
		return;
	/* Only what occurs. */
	for (unsigned part = 0; part < AIE_RUN_PARTS; part++) {
		uint64_t cycles = 0;

		for (unsigned i = 0; i < profile->core_count; i++)
			cycles += profile->core[i].part[part];
		if (!cycles)
			continue;
		legend[count++] = aie_run_part_name(part);
		legend[count++] = aie_run_part_name(part);
	}
	legend[count] = NULL;
	aie_page_begin_section(out, "stalls", "Cores: where the cycles went", false);
	aie_page_legend(out, legend);
	aie_page_begin_lanes(out);
	for (unsigned i = 0; i < profile->core_count; i++)
		draw_core(out, profile, &profile->core[i]);
	aie_page_end_lanes_without_axis(out);
	aie_page_end_section(out, "The whole width is the whole run; where there is no colour the core was not started "
	                          "or done. Right: the share in which it works.");
}

/* ---- roofline ---- */

struct axes {
	double x0, x1, y0, y1; /* decimal logarithms at the edges */
};

static double place_x(const struct axes *axes, double value)
{
	return 48 + (log10(value) - axes->x0) / (axes->x1 - axes->x0) * (WIDTH - 66);
}

static double place_y(const struct axes *axes, double value)
{
	return 230 - (log10(value) - axes->y0) / (axes->y1 - axes->y0) * 210;
}

/* Up to the compute ceiling, or the edge. */
static void draw_slope(FILE *out, const struct axes *axes, const char *class, double slope, double peak)
{
	double from, to;

	if (slope <= 0)
		return;
	from = fmax(pow(10, axes->x0), pow(10, axes->y0) / slope);
	to = fmin((peak > 0 ? peak : pow(10, axes->y1)) / slope, pow(10, axes->x1));
	if (from < to)
		aie_svg_line(out, class, place_x(axes, from), place_y(axes, from * slope), place_x(axes, to),
		             place_y(axes, to * slope));
}

static void draw_ceiling(FILE *out, const struct axes *axes, const char *class, double value)
{
	if (value > 0)
		aie_svg_line(out, class, 48, place_y(axes, value), WIDTH - 18, place_y(axes, value));
}

static void draw_axes(FILE *out, const struct axes *axes)
{
	for (int decade = (int)axes->x0; decade <= (int)axes->x1; decade++) {
		const double x = place_x(axes, pow(10, decade));

		aie_svg_line(out, "axis", x, 20, x, 230);
		aie_svg_text(out, "middle", x, 248, "%.6g", pow(10, decade));
	}
	for (int decade = (int)axes->y0; decade <= axes->y1; decade++) {
		const double y = place_y(axes, pow(10, decade));

		aie_svg_line(out, "axis", 48, y, WIDTH - 18, y);
		aie_svg_text(out, "end", 45, y + 4, "%.6g", pow(10, decade));
	}
	aie_svg_text(out, "middle", 215, 264, "multiply-accumulates per byte of system memory");
	aie_svg_text(out, "start", 0, 11, "multiply-accumulates per cycle, all cores");
}

static void roofline_legend(FILE *out, const struct aie_explanation *explanation)
{
	const struct {
		const char *class, *form;
		double value;
	} lines[] = {
		{ "point", "this run: %.2f a cycle", explanation->achieved },
		{ "roof3", "this inner loop without waiting: %.1f", explanation->loop_peak },
		{ "roof", "compute ceiling, 8 bit: %.0f", explanation->peak },
		{ "roof2", "DDR: %.4g B/cycle", explanation->ddr_slope },
		{ "roof4", "shim channels in use: %.4g B/cycle", explanation->shim_slope },
	};
	const char *legend[2 * sizeof lines / sizeof lines[0] + 1];
	char text[sizeof lines / sizeof lines[0]][80];
	unsigned count = 0;

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		if (lines[i].value <= 0)
			continue;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the forms stand above */
		snprintf(text[i], sizeof text[i], lines[i].form, lines[i].value);
#pragma GCC diagnostic pop
		legend[count++] = lines[i].class;
		legend[count++] = text[i];
	}
	legend[count] = NULL;
	aie_page_legend(out, legend);
}

void aie_report_draw_roofline(FILE *out, const struct aie_explanation *explanation)
{
	struct axes axes;
	char text[200];

	if (explanation->achieved <= 0 || explanation->intensity <= 0)
		return;
	axes.x0 = floor(log10(explanation->intensity)) - 1;
	axes.x1 = axes.x0 + 5;
	axes.y0 = floor(log10(explanation->achieved)) - 1;
	axes.y1 = ceil(log10(fmax(explanation->peak, explanation->achieved))) + 0.3;
	aie_page_begin_section(out, "roofline", "Roofline", false);
	roofline_legend(out, explanation);
	aie_svg_begin(out, WIDTH, 269, "roofline with the run's point");
	draw_axes(out, &axes);
	draw_ceiling(out, &axes, "roof", explanation->peak);
	draw_ceiling(out, &axes, "roof3", explanation->loop_peak);
	draw_slope(out, &axes, "roof2", explanation->ddr_slope, explanation->peak);
	draw_slope(out, &axes, "roof4", explanation->shim_slope, explanation->peak);
	snprintf(text, sizeof text, "%.3f multiply-accumulates a cycle at %.3f a byte", explanation->achieved,
	         explanation->intensity);
	aie_svg_circle(out, "point", place_x(&axes, explanation->intensity), place_y(&axes, explanation->achieved), 5,
	               text);
	aie_svg_end(out);
	text[0] = 0;
	if (explanation->ddr_slope > 0)
		snprintf(
		        text, sizeof text,
		        "At %.2f multiply-accumulates a byte, DDR would allow %.1f a cycle: the run reaches %.0f %% of "
		        "that.",
		        explanation->intensity, explanation->intensity * explanation->ddr_slope,
		        100 * explanation->achieved / (explanation->intensity * explanation->ddr_slope));
	aie_page_end_section(out, text[0] ? text : NULL);
}
