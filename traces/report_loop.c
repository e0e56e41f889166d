#include <inttypes.h>
#include <string.h>

#include "traces/page.h"
#include "traces/report_parts.h"
#include "traces/svg.h"

/* A bundle whose stalls are this share of its issues or more stands out. */
enum { HOT_PERCENT = 5 };

static void draw_occupancy(FILE *out, const struct aie_loop_analysis *analysis)
{
	aie_page_begin_lanes(out);
	for (unsigned slot = 0; slot < AIE_SLOT_NOP; slot++) {
		char tip[80];

		snprintf(tip, sizeof tip, "%s slot: used in %u of %u bundles", aie_slot_name(slot),
		         analysis->occupied[slot], analysis->bundles);
		aie_page_begin_lane(out, "%s", aie_slot_name(slot));
		aie_svg_begin_stretched(out, analysis->bundles, tip);
		aie_svg_rect(out, slot == analysis->busiest ? "lock" : "issue", 1, 0, 0, analysis->occupied[slot], 100,
		             tip);
		aie_svg_end(out);
		aie_page_end_lane(out, "%u of %u", analysis->occupied[slot], analysis->bundles);
	}
	aie_page_end_lanes_without_axis(out);
}

/* A square for each slot, filled when the bundle uses it. */
static void slot_squares(FILE *out, unsigned used)
{
	static const char letters[] = "ABSMXVL";
	static const enum aie_slot order[] = { AIE_SLOT_LDA, AIE_SLOT_LDB, AIE_SLOT_ST, AIE_SLOT_MV,
		                               AIE_SLOT_ALU, AIE_SLOT_VEC, AIE_SLOT_LNG };

	fputs("<span class=\"slots\">", out);
	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
		fprintf(out, "<i%s title=\"%s\">%c</i>", used >> order[i] & 1 ? " class=\"on\"" : "",
		        aie_slot_name(order[i]), letters[i]);
	fputs("</span>", out);
}

static void draw_bundle(FILE *out, const struct aie_run_profile *profile, const struct aie_explanation *explanation,
                        unsigned index)
{
	const struct aie_loop_analysis *analysis = &explanation->analysis;
	const struct aie_run_bundle *bundle = aie_run_bundle_at(profile, analysis->address[index]);
	const uint64_t issues = bundle ? bundle->issues : 0, stalls = bundle ? bundle->stalls : 0;
	char text[400], number[32];
	bool linked = false;

	for (unsigned k = 0; k < analysis->chain_count; k++)
		linked = linked || analysis->chain[k].bundle == index;
	aie_run_report_bundle(profile, explanation, index, text, sizeof text);
	fprintf(out, "<tr%s><td>0x%x</td><td class=\"l\">", linked ? " class=\"chain\"" : "", analysis->address[index]);
	slot_squares(out, analysis->used[index]);
	fprintf(out, "</td><td data-name=\"issues\">%s</td>", aie_page_number(issues, number));
	fprintf(out, "<td data-name=\"stalls\"%s>%s</td><td class=\"l at\">",
	        issues && stalls * 100 >= issues * HOT_PERCENT ? " class=\"hot\"" : "",
	        aie_page_number(stalls, number));
	if (bundle && bundle->line) {
		aie_html_text(out, bundle->file);
		fprintf(out, ":%" PRIu32, bundle->line);
	}
	fputs("</td><td class=\"l code\">", out);
	if (bundle && bundle->source[0]) {
		const char *source = bundle->source + strspn(bundle->source, " \t");

		fputs("<code class=\"src\">", out);
		aie_html_text(out, source);
		fputs("</code><br><code class=\"as\">= ", out);
	} else {
		fputs("<code class=\"as\">", out);
	}
	aie_html_text(out, text);
	fputs("</code></td></tr>\n", out);
}

void aie_report_draw_loop(FILE *out, const struct aie_run_profile *profile, const struct aie_explanation *explanation)
{
	const struct aie_loop_analysis *analysis = &explanation->analysis;
	char number[32];

	if (!profile->loop_bundles)
		return;
	aie_page_begin_section(out, "loop", "Inner loop", true);
	fprintf(out, "<p>%.2f cycles a pass", profile->cycles_per_pass);
	if (profile->units_per_pass > 0) {
		fprintf(out, " of %.6g ", profile->units_per_pass);
		aie_html_text(out, profile->unit);
	}
	fprintf(out, "; %s passes ", aie_page_number(profile->loop_passes, number));
	if (profile->loop_of_core)
		fprintf(out, "on core (%u,%u)", profile->loop_column, profile->loop_row);
	else
		fputs("on all cores", out);
	fprintf(out, ", %u bundles each.</p>\n",
	        explanation->have_analysis ? analysis->bundles : profile->loop_bundles);
	if (explanation->have_analysis) {
		draw_occupancy(out, analysis);
		fputs("<div class=\"scroll\"><table><tr><th>address</th><th class=\"l\">slots</th><th>issues</th>"
		      "<th>stalls</th><th class=\"l\">line</th><th class=\"l\">source, and the bundle without "
		      "nops</th></tr>\n",
		      out);
		for (unsigned i = 0; i < analysis->bundles; i++)
			draw_bundle(out, profile, explanation, i);
		fputs("</table></div>\n", out);
	}
	aie_page_end_section(out, explanation->have_analysis
	                                  ? "Marked at the left: the longest chain of instructions that wait for one "
	                                    "another. Slots: load A and B, store, move, scalar (X), vector, long."
	                                  : NULL);
}
