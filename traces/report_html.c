#include <inttypes.h>
#include <string.h>

#include "traces/page.h"
#include "traces/report_parts.h"
#include "traces/run_trace.h"
#include "traces/svg.h"

double aie_report_percent(uint64_t part, uint64_t whole)
{
	return whole ? (double)part * 100 / (double)whole : 0;
}

static void paragraph(FILE *out, const char *text)
{
	if (!text[0])
		return;
	fputs("<p>", out);
	aie_html_text(out, text);
	fputs("</p>\n", out);
}

/* ---- key figures ---- */

static void bound_figure(FILE *out, const struct aie_run_profile *profile)
{
	static const char *const names[] = { "compute", "shim DMA", "DDR", "dispatch" };
	const double shares[] = { profile->core_share, profile->shim_share, profile->ddr_share,
		                  profile->dispatch_share };
	char note[80] = "";

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (!strcmp(names[i], profile->bound))
			snprintf(note, sizeof note, i == 0 || i == 3 ? "%.1f %% of the run" : "%.1f %% of its ceiling",
			         shares[i] * 100);
	aie_page_figure(out, "Bound by", note[0] ? note : NULL, "%s", profile->bound);
}

static void draw_figures(FILE *out, const struct aie_run_profile *profile, const struct aie_explanation *explanation)
{
	char note[100], number[32];

	aie_page_begin_figures(out);
	snprintf(note, sizeof note, "%s cycles at %.0f MHz", aie_page_number(profile->cycles, number),
	         (double)profile->clock_hz / 1e6);
	aie_page_figure(out, "Time", note, "%.1f µs", aie_run_microseconds(profile, profile->cycles));
	if (profile->fault[0])
		aie_page_figure(out, "Outcome", "did not end well", "%s",
		                profile->status[0] ? profile->status : "failed");
	else if (profile->bound[0])
		bound_figure(out, profile);
	if (explanation->speedup > 0) {
		snprintf(note, sizeof note, "%.1f µs instead of %.1f µs, %s",
		         aie_run_microseconds(profile, profile->cycles) / explanation->speedup,
		         aie_run_microseconds(profile, profile->cycles), profile->traced ? "at best" : "estimated");
		aie_page_figure(out, profile->traced ? "Without waiting" : "Without that bound", note, "%.2f x",
		                explanation->speedup);
	}
	if (profile->useful_bytes) {
		snprintf(note, sizeof note, "%s useful bytes", aie_page_number(profile->useful_bytes, number));
		aie_page_figure(out, "Rate", note, "%.2f GB/s",
		                aie_run_gigabytes_per_second(profile, profile->useful_bytes));
	}
	if (explanation->achieved > 0) {
		snprintf(note, sizeof note, "a cycle, %u cores", profile->core_count);
		aie_page_figure(out, "Multiply-accumulates", note, "%.2f", explanation->achieved);
	}
	if (profile->cycles_per_pass > 0) {
		if (profile->units_per_pass > 0)
			snprintf(note, sizeof note, "cycles a pass of %.6g %s", profile->units_per_pass, profile->unit);
		else
			snprintf(note, sizeof note, "cycles a pass");
		aie_page_figure(out, "Inner loop", note, "%.2f", profile->cycles_per_pass);
	}
	if (profile->dispatch_cycles) {
		snprintf(note, sizeof note, "%.1f %% of the run",
		         aie_report_percent(profile->dispatch_cycles, profile->cycles));
		aie_page_figure(out, "Dispatch", note, "%.1f µs",
		                aie_run_microseconds(profile, profile->dispatch_cycles));
	}
	aie_page_end_figures(out);
}

/* ---- locks ---- */

static void lock_cells(FILE *out, const struct aie_run_profile *profile, const struct aie_run_core *core,
                       unsigned index)
{
	if (index >= core->lock_count) {
		fputs("<td></td><td></td>", out);
		return;
	}
	fputs("<td class=\"l\">", out);
	if (core->lock[index].object[0])
		aie_html_text(out, core->lock[index].object);
	else
		fprintf(out, "lock %u", core->lock[index].lock);
	fprintf(out, "</td><td>%.2f</td>", aie_report_percent(core->lock[index].cycles, profile->cycles));
}

static void table_locks(FILE *out, const struct aie_run_profile *profile)
{
	unsigned rows = 0;

	for (unsigned i = 0; i < profile->core_count; i++)
		rows += profile->core[i].lock_count != 0;
	if (!rows)
		return;
	aie_page_begin_section(out, "locks", "Locks: what each core waited for longest", false);
	fputs("<div class=\"scroll\"><table><tr><th>core</th><th class=\"l\">longest</th><th>% of run</th><th "
	      "class=\"l\">then</th><th>% of run</th></tr>\n",
	      out);
	for (unsigned i = 0; i < profile->core_count; i++) {
		const struct aie_run_core *core = &profile->core[i];

		if (!core->lock_count)
			continue;
		fprintf(out, "<tr><td>(%u,%u)</td>", core->column, core->row);
		lock_cells(out, profile, core, 0);
		lock_cells(out, profile, core, 1);
		fputs("</tr>\n", out);
	}
	fputs("</table></div>\n", out);
	aie_page_end_section(out, NULL);
}

/* ---- kernels in a trace ---- */

static void table_intervals(FILE *out, const struct aie_trace_timeline *timeline)
{
	unsigned rows = 0;

	for (unsigned i = 0; i < timeline->config.unit_count; i++) {
		const struct aie_trace_unit_config *unit = &timeline->config.unit[i];
		const struct aie_trace_interval_sum sum = aie_trace_sum_intervals(timeline, i);
		char number[32];

		if (!sum.count)
			continue;
		if (!rows++) {
			aie_page_begin_section(out, "intervals", "Kernels: INSTR_EVENT_0 to INSTR_EVENT_1", false);
			fputs("<div class=\"scroll\"><table><tr><th>core</th><th>times</th><th>mean cycles</th>"
			      "<th>shortest</th><th>longest</th></tr>\n",
			      out);
		}
		fprintf(out, "<tr><td>(%u,%u)</td><td>%s</td>", unit->column, unit->row,
		        aie_page_number(sum.count, number));
		fprintf(out, "<td>%.1f</td><td>%s</td>", (double)sum.cycles / (double)sum.count,
		        aie_page_number(sum.shortest, number));
		fprintf(out, "<td>%s</td></tr>\n", aie_page_number(sum.longest, number));
	}
	if (!rows)
		return;
	fputs("</table></div>\n", out);
	aie_page_end_section(out, NULL);
}

/* ---- page ---- */

void aie_run_report_html(FILE *out, const struct aie_run_profile *profile, const struct aie_explanation *explanation,
                         const struct aie_trace_timeline *timeline)
{
	aie_page_begin(out, profile->title[0] ? profile->title : profile->name[0] ? profile->name : "run");
	if (profile->name[0] && profile->title[0]) {
		fputs("<p class=\"sub\">", out);
		aie_html_text(out, profile->name);
		fputs("</p>\n", out);
	}
	draw_figures(out, profile, explanation);
	fputs("<div class=\"say\" id=\"verdict\">\n", out);
	paragraph(out, explanation->bottleneck);
	paragraph(out, explanation->gain);
	paragraph(out, explanation->loop);
	paragraph(out, explanation->advice);
	if (profile->waits[0]) {
		fputs("<pre>", out);
		aie_html_text(out, profile->waits);
		fputs("</pre>\n", out);
	}
	fputs("</div>\n<main>\n", out);
	aie_page_begin_column(out);
	aie_report_draw_map(out, profile);
	if (!profile->traced)
		aie_report_draw_stalls(out, profile);
	aie_page_end_column(out);
	aie_page_begin_column(out);
	if (profile->traced)
		aie_report_draw_stalls(out, profile);
	if (timeline)
		table_intervals(out, timeline);
	aie_report_draw_roofline(out, explanation);
	table_locks(out, profile);
	aie_page_end_column(out);
	aie_report_draw_cores_over_time(out, profile);
	aie_report_draw_buffers(out, profile);
	aie_report_draw_channels(out, profile);
	aie_report_draw_loop(out, profile, explanation);
	if (timeline)
		aie_report_draw_trace(out, timeline);
	fputs("</main>\n", out);
	aie_page_end(out);
}
