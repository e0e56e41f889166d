#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "traces/run_report.h"
#include "traces/svg.h"

/* Pictures are drawn 400 units wide, so that on a narrow screen a unit is about a pixel; wide screens show two side by
 * side. */
enum { WIDTH = 400, MAX_BARS = 40, MAX_ROWS = 24 };

static const char style[] =
        ":root{--fg:#1b1f24;--bg:#fff;--soft:#f3f4f6;--line:#c9ced6;--a:#2563a8;--b:#c2571a;--c:#6d4ba3;--d:#3c7d3c;--"
        "e:#a3303f;"
        "--f:#8a6d00;--g:#3a7f86;--h:#7a7f87}\n"
        "@media(prefers-color-scheme:dark){:root{--fg:#e6e8eb;--bg:#15181c;--soft:#20252b;--line:#454c55;--a:#6aa5e8;--"
        "b:#e8935c;"
        "--c:#ab8ae0;--d:#7cc07c;--e:#e57380;--f:#d1b24a;--g:#74bdc4;--h:#9aa0a8}}\n"
        "*{box-sizing:border-box}body{margin:0 auto;padding:12px;max-width:1240px;color:var(--fg);background:var(--bg);"
        "font:15px/1.45 system-ui,sans-serif}\n"
        "h1{font-size:1.25rem;margin:.3em 0;overflow-wrap:anywhere}h2{font-size:1.02rem;margin:0 0 .4em}\n"
        ".say{background:var(--soft);border-left:4px solid var(--b);padding:.6em .9em;margin:.8em 0}.say p{margin:.3em "
        "0}\n"
        ".say "
        "p:first-child{font-weight:600}.grid{display:grid;gap:14px;align-items:start;grid-template-columns:repeat(auto-"
        "fit,minmax(min(100%,480px),1fr))}\n"
        "section{background:var(--soft);border-radius:6px;padding:10px;min-width:0}section.wide{grid-column:1/-1}\n"
        "svg{display:block;width:100%;height:auto}svg text{fill:var(--fg);font:11px system-ui,sans-serif}\n"
        ".frame{fill:none;stroke:var(--line)}.axis{stroke:var(--line)}.roof{stroke:var(--a);stroke-width:2}.roof2{"
        "stroke:var(--d);"
        "stroke-width:2}.roof3{stroke:var(--c);stroke-width:2}.limit{stroke:var(--e);stroke-dasharray:4 "
        "3}.point{fill:var(--b)}\n"
        ".issue{fill:var(--a)}.memory{fill:var(--e)}.partword{fill:var(--c)}.resource{fill:var(--f)}.fetch{fill:var(--"
        "g)}"
        ".lock{fill:var(--b)}.stream{fill:var(--d)}.cascade{fill:var(--h)}.idle{fill:var(--line);opacity:.45}\n"
        ".scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.85rem;width:100%}th,td{text-align:right;"
        "padding:2px 6px;"
        "border-bottom:1px solid "
        "var(--line);white-space:nowrap}th:first-child,td:first-child,td.l,th.l{text-align:left}"
        "tr.chain "
        "td{font-weight:600}code{font-family:ui-monospace,monospace;font-size:.82rem}.note{font-size:.82rem;opacity:.8;"
        "margin:.5em 0 0}\n";

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? (double)part * 100 / (double)whole : 0;
}

static void begin_section(FILE *out, const char *id, const char *title, bool wide)
{
	fprintf(out, "<section id=\"%s\"%s><h2>%s</h2>\n", id, wide ? " class=\"wide\"" : "", title);
}

static void end_section(FILE *out, const char *note)
{
	if (note)
		fprintf(out, "<p class=\"note\">%s</p>\n", note);
	fputs("</section>\n", out);
}

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

static void draw_map(FILE *out, const struct aie_run_profile *profile)
{
	static const char *const row_names[] = { "shim", "memory" };
	unsigned columns = 1, rows = 6;
	double cell;

	for (unsigned i = 0; i < profile->core_count; i++) {
		columns = profile->core[i].column + 1 > columns ? profile->core[i].column + 1 : columns;
		rows = profile->core[i].row + 1 > rows ? profile->core[i].row + 1 : rows;
	}
	for (unsigned i = 0; i < profile->channel_count; i++)
		columns = profile->channel[i].column + 1 > columns ? profile->channel[i].column + 1 : columns;
	cell = fmin(44, (WIDTH - 60.0) / columns);
	begin_section(out, "map", "Array: how busy each tile is", false);
	aie_svg_begin(out, WIDTH, rows * 34 + 24, "array map with utilisation per tile");
	for (unsigned row = 0; row < rows; row++) {
		const double y = (rows - 1 - row) * 34.0 + 2;

		if (row < 2)
			aie_svg_text(out, "start", 0, y + 20, "%s", row_names[row]);
		else
			aie_svg_text(out, "start", 0, y + 20, "row %u", row);
		for (unsigned column = 0; column < columns; column++) {
			const double busy = tile_busy(profile, column, row), x = 56 + column * cell;
			char tip[80];

			snprintf(tip, sizeof tip, "tile (%u,%u): %s%.1f %%", column, row,
			         busy < 0 ? "not used " : "busy ", busy < 0 ? 0 : busy * 100);
			aie_svg_rect(out, "frame", 1, x, y, cell - 3, 30, NULL);
			aie_svg_rect(out, row >= 2 ? "issue" : "stream", busy < 0 ? 0 : 0.08 + 0.6 * fmin(busy, 1), x,
			             y, cell - 3, 30, tip);
			if (busy >= 0 && cell >= 26)
				aie_svg_text(out, "middle", x + (cell - 3) / 2, y + 19, "%.0f%%", busy * 100);
		}
	}
	for (unsigned column = 0; column < columns; column++)
		aie_svg_text(out, "middle", 56 + column * cell + (cell - 3) / 2, rows * 34 + 16, "%u", column);
	aie_svg_end(out);
	end_section(out, "Cores: cycles not spent waiting for locks, streams or cascade. Memory and shim tiles: the "
	                 "busiest DMA channel.");
}

/* ---- cores ---- */

static void draw_cores(FILE *out, const struct aie_run_profile *profile)
{
	const double left = 40, scale = (WIDTH - left - 4) / (double)profile->cycles;
	double y = 38;

	begin_section(out, "stalls", "Cores: where the cycles went", false);
	aie_svg_begin(out, WIDTH, y + 17.0 * profile->core_count + 4, "stall causes per core");
	for (unsigned part = 0; part <= AIE_RUN_PARTS; part++) {
		const char *name = part < AIE_RUN_PARTS ? aie_run_part_name(part) : "idle";

		const unsigned x = part % 5 * 80, row = part / 5 * 16; /* five names a row */

		aie_svg_rect(out, name, 1, x, row + 1, 10, 10, NULL);
		aie_svg_text(out, "start", x + 14, row + 10, "%s", name);
	}
	for (unsigned i = 0; i < profile->core_count; i++, y += 17) {
		const struct aie_run_core *core = &profile->core[i];
		double x = left;
		char tip[120];

		aie_svg_text(out, "start", 0, y + 11, "(%u,%u)", core->column, core->row);
		aie_svg_rect(out, "idle", 1, left, y, WIDTH - left - 4, 13, NULL);
		for (unsigned part = 0; part < AIE_RUN_PARTS; part++) {
			const double width = fmin((double)core->part[part] * scale, WIDTH - 4 - x);

			if (!core->part[part])
				continue;
			snprintf(tip, sizeof tip, "(%u,%u) %s: %" PRIu64 " cycles, %.2f %%", core->column, core->row,
			         aie_run_part_name(part), core->part[part], percent(core->part[part], profile->cycles));
			aie_svg_rect(out, aie_run_part_name(part), 1, x, y, width, 13, tip);
			x += fmax(width, 0);
		}
	}
	aie_svg_end(out);
	end_section(out, "The whole width is the whole run.");
}

static void table_locks(FILE *out, const struct aie_run_profile *profile)
{
	unsigned rows = 0;

	begin_section(out, "locks", "Locks: what the cores waited for longest", false);
	fputs("<div class=\"scroll\"><table><tr><th>core</th><th class=\"l\">object</th><th>cycles</th><th>% of "
	      "run</th></tr>\n",
	      out);
	for (unsigned i = 0; i < profile->core_count && rows < MAX_ROWS; i++) {
		const struct aie_run_core *core = &profile->core[i];

		for (unsigned k = 0; k < core->lock_count && k < 2 && rows < MAX_ROWS; k++, rows++) {
			fprintf(out, "<tr><td>(%u,%u)</td><td class=\"l\">", core->column, core->row);
			if (core->lock[k].object[0])
				aie_html_text(out, core->lock[k].object);
			else
				fprintf(out, "lock %u", core->lock[k].lock);
			fprintf(out, "</td><td>%" PRIu64 "</td><td>%.2f</td></tr>\n", core->lock[k].cycles,
			        percent(core->lock[k].cycles, profile->cycles));
		}
	}
	fputs("</table></div>\n", out);
	end_section(out, NULL);
}

/* ---- channels ---- */

static int most_bytes_first(const void *a, const void *b)
{
	const struct aie_run_channel *const *x = a, *const *y = b;

	if ((*x)->bytes != (*y)->bytes)
		return (*x)->bytes < (*y)->bytes ? 1 : -1;
	return (*x > *y) - (*x < *y);
}

static void draw_channels(FILE *out, const struct aie_run_profile *profile)
{
	const struct aie_run_channel *channel[AIE_RUN_MAX_CHANNELS];
	const double left = 92, ceiling = profile->shim_ceiling * (double)profile->clock_hz / 1e9;
	double most = ceiling, scale, y = 4;
	uint64_t busiest = 0;
	unsigned count = 0, shown;
	char note[200];

	for (unsigned i = 0; i < profile->channel_count; i++)
		busiest = profile->channel[i].bytes > busiest ? profile->channel[i].bytes : busiest;
	for (unsigned i = 0; i < profile->channel_count; i++) {
		if (profile->channel[i].bytes <= busiest / 1000)
			continue;
		channel[count++] = &profile->channel[i];
		most = fmax(most, aie_run_gigabytes_per_second(profile, profile->channel[i].bytes));
	}
	qsort(channel, count, sizeof channel[0], most_bytes_first);
	shown = count < MAX_BARS ? count : MAX_BARS;
	scale = most > 0 ? (WIDTH - left - 70) / most : 0;
	begin_section(out, "dma", "DMA: bandwidth of each channel over the run", false);
	aie_svg_begin(out, WIDTH, 17.0 * shown + 10, "DMA bandwidth per channel");
	for (unsigned i = 0; i < shown; i++, y += 17) {
		const double rate = aie_run_gigabytes_per_second(profile, channel[i]->bytes);
		char tip[200];

		snprintf(tip, sizeof tip,
		         "%" PRIu64 " bytes; active %.1f %%, waits for locks %.1f %%, streams %.1f %%, memory %.1f %%",
		         channel[i]->bytes, percent(channel[i]->active, profile->cycles),
		         percent(channel[i]->lock_stall, profile->cycles),
		         percent(channel[i]->stream_stall, profile->cycles),
		         percent(channel[i]->memory_stall, profile->cycles));
		aie_svg_text(out, "start", 0, y + 11, "(%u,%u) %s %u", channel[i]->column, channel[i]->row,
		             channel[i]->mm2s ? "MM2S" : "S2MM", channel[i]->channel);
		aie_svg_rect(out, channel[i]->row == 0 ? "stream" : "issue", 1, left, y, fmax(rate * scale, 0.5), 13,
		             tip);
		aie_svg_text(out, "start", left + rate * scale + 4, y + 11, "%.2f GB/s", rate);
	}
	if (ceiling > 0)
		aie_svg_line(out, "limit", left + ceiling * scale, 0, left + ceiling * scale, y);
	aie_svg_end(out);
	note[0] = 0;
	if (ceiling > 0)
		snprintf(note, sizeof note, "Green: shim channels; dashed: their ceiling, %.2f GB/s. ", ceiling);
	if (profile->channel_count > shown)
		snprintf(note + strlen(note), sizeof note - strlen(note), "%u channels that moved less are not shown.",
		         profile->channel_count - shown);
	end_section(out, note[0] ? note : NULL);
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

/* Its name stands at the right or left, so that names of near slopes do not meet. */
static void draw_slope(FILE *out, const struct axes *axes, const char *class, const char *name, double slope,
                       double peak, bool right)
{
	const double from = fmax(pow(10, axes->x0), pow(10, axes->y0) / slope),
	             to = fmin(peak / slope, pow(10, axes->x1));
	double at;

	if (slope <= 0 || from >= to)
		return;
	aie_svg_line(out, class, place_x(axes, from), place_y(axes, from * slope), place_x(axes, to),
	             place_y(axes, to * slope));
	at = pow(10, log10(from) + 0.7 * (log10(to) - log10(from)));
	aie_svg_text(out, right ? "start" : "end", place_x(axes, at) + (right ? 8 : -8), place_y(axes, at * slope) + 4,
	             "%s %.4g B/cycle", name, slope);
}

static void draw_roofline(FILE *out, const struct aie_explanation *explanation)
{
	struct axes axes = { -2, 3, -1, 5 };
	char tip[120];

	if (explanation->achieved <= 0 || explanation->intensity <= 0)
		return;
	axes.x0 = floor(log10(explanation->intensity)) - 1;
	axes.x1 = axes.x0 + 5;
	axes.y0 = floor(log10(explanation->achieved)) - 1;
	axes.y1 = ceil(log10(fmax(explanation->peak, explanation->achieved))) + 0.3;
	begin_section(out, "roofline", "Roofline", false);
	aie_svg_begin(out, WIDTH, 262, "roofline with the run's point");
	for (int decade = (int)axes.x0; decade <= (int)axes.x1; decade++) {
		const double x = place_x(&axes, pow(10, decade));

		aie_svg_line(out, "axis", x, 20, x, 230);
		aie_svg_text(out, "middle", x, 243, "%.6g", pow(10, decade));
	}
	for (int decade = (int)axes.y0; decade <= axes.y1; decade++) {
		const double y = place_y(&axes, pow(10, decade));

		aie_svg_line(out, "axis", 48, y, WIDTH - 18, y);
		aie_svg_text(out, "end", 45, y + 4, "%.6g", pow(10, decade));
	}
	aie_svg_text(out, "middle", 215, 258, "multiply-accumulates per byte of system memory");
	aie_svg_text(out, "start", 0, 11, "multiply-accumulates per cycle, all cores");
	if (explanation->peak > 0) {
		aie_svg_line(out, "roof", 48, place_y(&axes, explanation->peak), WIDTH - 18,
		             place_y(&axes, explanation->peak));
		aie_svg_text(out, "end", WIDTH - 20, place_y(&axes, explanation->peak) - 4,
		             "8-bit compute ceiling %.0f", explanation->peak);
	}
	if (explanation->loop_peak > 0) {
		aie_svg_line(out, "roof3", 48, place_y(&axes, explanation->loop_peak), WIDTH - 18,
		             place_y(&axes, explanation->loop_peak));
		aie_svg_text(out, "end", WIDTH - 20, place_y(&axes, explanation->loop_peak) - 4, "this inner loop %.1f",
		             explanation->loop_peak);
	}
	draw_slope(out, &axes, "roof2", "DDR", explanation->ddr_slope, explanation->peak, true);
	if (fabs(explanation->shim_slope - explanation->ddr_slope) > 0.05 * explanation->ddr_slope)
		draw_slope(out, &axes, "roof", "shim", explanation->shim_slope, explanation->peak, false);
	snprintf(tip, sizeof tip, "%.3f multiply-accumulates a cycle at %.3f a byte", explanation->achieved,
	         explanation->intensity);
	aie_svg_circle(out, "point", place_x(&axes, explanation->intensity), place_y(&axes, explanation->achieved), 5,
	               tip);
	aie_svg_text(out, "start", place_x(&axes, explanation->intensity) + 9,
	             place_y(&axes, explanation->achieved) + 14, "this run %.2f", explanation->achieved);
	aie_svg_end(out);
	end_section(out, NULL);
}

/* ---- loop ---- */

static void draw_slots(FILE *out, const struct aie_loop_analysis *analysis)
{
	double y = 2;

	aie_svg_begin(out, WIDTH, 17.0 * AIE_SLOT_NOP + 4, "slot occupancy of the inner loop");
	for (unsigned slot = 0; slot < AIE_SLOT_NOP; slot++, y += 17) {
		const double share = analysis->bundles ? (double)analysis->occupied[slot] / analysis->bundles : 0;

		aie_svg_text(out, "start", 0, y + 11, "%s", aie_slot_name(slot));
		aie_svg_rect(out, "idle", 1, 60, y, 280, 13, NULL);
		aie_svg_rect(out, "issue", 1, 60, y, 280 * share, 13, NULL);
		aie_svg_text(out, "start", 346, y + 11, "%u of %u", analysis->occupied[slot], analysis->bundles);
	}
	aie_svg_end(out);
}

static void draw_loop(FILE *out, const struct aie_run_profile *profile, const struct aie_explanation *explanation)
{
	const struct aie_loop_analysis *analysis = &explanation->analysis;
	char text[400];

	if (!profile->loop_bundles)
		return;
	begin_section(out, "loop", "Inner loop", explanation->have_analysis);
	fprintf(out, "<p>%.2f cycles a pass, %" PRIu64 " passes of %.6g ", profile->cycles_per_pass,
	        profile->loop_passes, profile->units_per_pass);
	aie_html_text(out, profile->unit);
	fputs(".</p>\n", out);
	if (explanation->have_analysis) {
		fputs("<div class=\"grid\"><div>\n", out);
		draw_slots(out, analysis);
		fputs("</div><div class=\"scroll\"><table><tr><th>address</th><th "
		      "class=\"l\">bundle</th><th>issues</th><th>stalls</th></tr>\n",
		      out);
		for (unsigned i = 0; i < analysis->bundles; i++) {
			const struct aie_run_bundle *bundle = NULL;
			bool linked = false;

			for (unsigned k = 0; k < profile->bundle_count; k++)
				if (profile->bundle[k].address == analysis->address[i])
					bundle = &profile->bundle[k];
			for (unsigned k = 0; k < analysis->chain_count; k++)
				linked = linked || analysis->chain[k].bundle == i;
			aie_run_report_bundle(profile, explanation, i, text, sizeof text);
			fprintf(out, "<tr%s><td>0x%x</td><td class=\"l\"><code>", linked ? " class=\"chain\"" : "",
			        analysis->address[i]);
			aie_html_text(out, text);
			fprintf(out, "</code></td><td>%" PRIu64 "</td><td>%" PRIu64 "</td></tr>\n",
			        bundle ? bundle->issues : 0, bundle ? bundle->stalls : 0);
		}
		fputs("</table></div></div>\n", out);
	}
	end_section(out, explanation->have_analysis
	                         ? "Bold: the longest chain of instructions that wait for one another."
	                         : NULL);
}

/* ---- timeline ---- */

static void draw_lane(FILE *out, const struct aie_trace_timeline *timeline, unsigned unit, unsigned slot, double y)
{
	enum { BINS = 900 };
	static const double left = 210, width = 680;
	const struct aie_trace_track *track = &timeline->track[unit];
	const double span = fmax(1, (double)(timeline->last - timeline->first));
	float *bin = calloc(BINS, sizeof *bin);

	if (!bin)
		return;
	for (size_t i = 0; i < track->count; i++) {
		const struct aie_trace_event *event = &track->event[i];
		const double from = (double)(event->begin - timeline->first) / span * BINS;
		const double to = from + (double)event->cycles / span * BINS;

		if (event->kind != AIE_TRACE_EVENT_ACTIVE || event->slot != slot)
			continue;
		for (unsigned k = (unsigned)fmin(from, BINS - 1); k < BINS && k < to; k++)
			bin[k] += (float)(fmin(to, k + 1.0) - fmax(from, k));
	}
	for (unsigned k = 0; k < BINS;) { /* neighbours of like density in one shape */
		const unsigned first = k;
		const int level = bin[k] > 0 ? 1 + (int)(fmin(bin[k], 1) * 4) : 0;

		while (k < BINS && (bin[k] > 0 ? 1 + (int)(fmin(bin[k], 1) * 4) : 0) == level)
			k++;
		if (level)
			aie_svg_rect(out, "issue", 0.2 * level, left + width * first / BINS, y,
			             width * (k - first) / BINS, 11, NULL);
	}
	free(bin);
}

static void draw_timeline(FILE *out, const struct aie_trace_timeline *timeline)
{
	unsigned lanes = 0;
	double y = 2;
	char name[16];

	for (unsigned i = 0; i < timeline->config.unit_count; i++)
		for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++)
			lanes += aie_trace_slot_name(&timeline->config.unit[i], slot, name) != NULL;
	lanes = lanes < 80 ? lanes : 80;
	begin_section(out, "timeline", "Timeline of the trace", true);
	fputs("<div class=\"scroll\"><div style=\"min-width:800px\">\n", out);
	aie_svg_begin(out, 900, 15.0 * lanes + 20, "timeline of traced events");
	for (unsigned i = 0; i < timeline->config.unit_count; i++) {
		const struct aie_trace_unit_config *unit = &timeline->config.unit[i];

		for (unsigned slot = 0; slot < AIE_TRACE_SLOTS && lanes; slot++) {
			const char *text = aie_trace_slot_name(unit, slot, name);

			if (!text)
				continue;
			aie_svg_text(out, "start", 0, y + 10, "(%u,%u) %s %.26s", unit->column, unit->row,
			             aie_event_module_name(unit->module), text);
			draw_lane(out, timeline, i, slot, y);
			y += 15;
			lanes--;
		}
	}
	aie_svg_text(out, "start", 210, y + 12, "cycle %" PRIu64, timeline->first);
	aie_svg_text(out, "end", 890, y + 12, "cycle %" PRIu64, timeline->last);
	aie_svg_end(out);
	fputs("</div></div>\n", out);
	end_section(out, NULL);
}

/* ---- page ---- */

static void paragraph(FILE *out, const char *text)
{
	if (!text[0])
		return;
	fputs("<p>", out);
	aie_html_text(out, text);
	fputs("</p>\n", out);
}

void aie_run_report_html(FILE *out, const struct aie_run_profile *profile, const struct aie_explanation *explanation,
                         const struct aie_trace_timeline *timeline)
{
	const char *title = profile->title[0] ? profile->title : profile->name[0] ? profile->name : "run";

	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>",
	      out);
	aie_html_text(out, title);
	fprintf(out, "</title>\n<style>\n%s</style></head><body>\n<h1>", style);
	aie_html_text(out, title);
	fprintf(out, "</h1>\n<p>%" PRIu64 " cycles = %.1f us at %.0f MHz", profile->cycles,
	        aie_run_microseconds(profile, profile->cycles), (double)profile->clock_hz / 1e6);
	if (profile->useful_bytes)
		fprintf(out, "; %.2f GB/s of useful bytes",
		        aie_run_gigabytes_per_second(profile, profile->useful_bytes));
	fputs("</p>\n<div class=\"say\" id=\"verdict\">\n", out);
	paragraph(out, explanation->bottleneck);
	paragraph(out, explanation->gain);
	paragraph(out, explanation->loop);
	paragraph(out, explanation->advice);
	paragraph(out, profile->fault);
	fputs("</div>\n<main class=\"grid\">\n", out);
	draw_map(out, profile);
	if (profile->core_count)
		draw_cores(out, profile);
	draw_roofline(out, explanation);
	if (profile->core_count)
		table_locks(out, profile);
	if (profile->channel_count)
		draw_channels(out, profile);
	draw_loop(out, profile, explanation);
	if (timeline)
		draw_timeline(out, timeline);
	fputs("</main></body></html>\n", out);
}
