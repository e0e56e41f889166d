#include "traces/page.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>

#include "traces/svg.h"

static const char style[] =
        /* colours: one for each thing that is shown, in light and dark */
        ":root{color-scheme:light dark;--fg:#1c2127;--dim:#5b6570;--bg:#fff;--box:#f6f7f9;--line:#d5dae0;"
        "--blue:#3a6ea8;--orange:#cf7f36;--green:#4f8f64;--red:#b24550;--purple:#7d63a8;--ochre:#a68a2d;"
        "--teal:#3f8a91;--grey:#8d959e;--pale:#b9cde6;--warn:#fbf1e6}\n"
        "@media(prefers-color-scheme:dark){:root{--fg:#e4e7ea;--dim:#98a2ad;--bg:#14171a;--box:#1d2125;"
        "--line:#3a4149;--blue:#6f9fd8;--orange:#dd9a58;--green:#79b78c;--red:#d9737d;--purple:#a78fd0;"
        "--ochre:#cdb25a;--teal:#6bb5bc;--grey:#858e98;--pale:#34506f;--warn:#2e2519}}\n"
        "*{box-sizing:border-box}body{margin:0 auto;padding:16px 20px 40px;max-width:1280px;color:var(--fg);"
        "background:var(--bg);font:15px/1.45 system-ui,-apple-system,'Segoe UI',sans-serif}\n"
        "h1{font-size:1.35rem;line-height:1.25;margin:.2em 0 .1em;overflow-wrap:anywhere}"
        "h2{font-size:1rem;margin:0 0 .5em}.sub{color:var(--dim);margin:0 0 14px}\n"
        ".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:10px;margin:0 0 14px}"
        ".figures div{background:var(--box);border:1px solid var(--line);border-radius:8px;padding:8px 12px}"
        ".figures dt{color:var(--dim);font-size:.8rem}.figures dd{margin:0;font-size:1.35rem;font-weight:600;"
        "font-variant-numeric:tabular-nums;line-height:1.3}.figures p{margin:0;color:var(--dim);font-size:.78rem}"
        "dl{margin:0}\n"
        ".say{background:var(--warn);border-left:4px solid var(--orange);border-radius:0 8px 8px 0;"
        "padding:10px 14px;margin:0 0 14px}.say p{margin:.35em 0;overflow-wrap:anywhere}"
        ".say p:first-child{font-weight:600}.say pre{margin:.4em "
        "0;font-size:.8rem;white-space:pre-wrap;overflow-wrap:anywhere}\n"
        "main{display:grid;gap:14px;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr))}"
        ".column{display:flex;flex-direction:column;gap:14px;min-width:0}.column section:last-child{flex:1}"
        "section{background:var(--box);border:1px solid var(--line);border-radius:8px;padding:12px 14px;min-width:0}"
        "section.wide{grid-column:1/-1}\n"
        "svg{display:block;width:100%;height:auto}svg text{fill:var(--fg);font:11px system-ui,-apple-system,"
        "'Segoe UI',sans-serif}svg text.dim{fill:var(--dim)}svg text.head{font-weight:600}\n"
        /* a class gives its colour to shapes and to the squares of legends */
        ".issue,.full{--c:var(--blue)}.lock{--c:var(--orange)}.held{--c:var(--pale)}.stream{--c:var(--green)}"
        ".memory{--c:var(--red)}.partword{--c:var(--purple)}.resource{--c:var(--ochre)}.fetch{--c:var(--teal)}"
        ".cascade{--c:var(--grey)}.idle{--c:var(--line)}path,rect{fill:var(--c)}\n"
        ".frame{fill:none;stroke:var(--line)}.axis{stroke:var(--line)}.roof{--c:var(--grey)}.roof2{--c:var(--green)}"
        ".roof3{--c:var(--purple)}.roof4{--c:var(--teal)}line.roof,line.roof2,line.roof3,line.roof4{stroke:var(--c);"
        "stroke-width:2}.point{--c:var(--orange)}circle.point{fill:var(--c);stroke:var(--bg);stroke-width:1.5}\n"
        ".legend{display:flex;flex-wrap:wrap;gap:2px 14px;margin:0 0 8px;font-size:.82rem;color:var(--dim)}"
        ".legend span{white-space:nowrap}.legend i{display:inline-block;width:.75em;height:.75em;border-radius:2px;"
        "margin-right:.4em;background:var(--c)}\n"
        ".lane{display:grid;grid-template-columns:7.2em minmax(0,1fr) 7em;gap:10px;align-items:center;"
        "font-size:.8rem;line-height:1.2;padding:1.5px 0}.lane svg{height:16px;background:var(--bg);"
        "border-radius:2px}.lane .n{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}"
        ".lane .v{text-align:right;color:var(--dim);font-variant-numeric:tabular-nums;white-space:nowrap}"
        ".lane .ticks{position:relative;height:1.3em;color:var(--dim);font-size:.75rem}.lane .ticks span{position:"
        "absolute;transform:translateX(-50%);white-space:nowrap}.lane .ticks span:first-child{transform:none}"
        ".lane h3{font-size:.8rem;margin:6px 0 0;grid-column:1/-1}\n"
        "table{border-collapse:collapse;font-size:.85rem;width:100%;font-variant-numeric:tabular-nums}"
        "th{color:var(--dim);font-weight:500}th,td{text-align:right;padding:3px 8px;border-bottom:1px solid "
        "var(--line);white-space:nowrap;vertical-align:top}th:first-child,td:first-child,td.l,th.l{text-align:left}"
        "tr:last-child td{border-bottom:0}tr.chain td:first-child{box-shadow:inset 3px 0 var(--orange)}"
        ".scroll{overflow-x:auto}code{font:.82rem/1.4 ui-monospace,SFMono-Regular,Consolas,monospace}"
        "td.code{white-space:normal;width:100%}td.code code{white-space:pre-wrap;overflow-wrap:anywhere;tab-size:4}"
        "td.at{color:var(--dim)}.lanes+.scroll{margin-top:10px}td.code .as{color:var(--dim)}"
        "td.hot{color:var(--red);font-weight:600}.slots{display:inline-flex;gap:2px}.slots i{width:14px;"
        "height:14px;border-radius:2px;background:var(--line);font:600 9px/14px system-ui,sans-serif;"
        "text-align:center;color:transparent}.slots i.on{background:var(--blue);color:var(--bg)}\n"
        ".note{font-size:.8rem;color:var(--dim);margin:.6em 0 0}\n"
        "#trace .lane{grid-template-columns:17em minmax(0,1fr) 5em}\n"
        "@media(max-width:600px){#trace .lane{grid-template-columns:minmax(0,1fr) 4.4em}#trace .lane .n,#trace .lane "
        "h3{"
        "grid-column:1/-1}body{padding:10px 10px 30px}section{padding:10px}.figures{grid-template-columns:"
        "repeat(2,minmax(0,1fr))}.figures dd{font-size:1.15rem}.lane{grid-template-columns:7.4em minmax(0,1fr) 5.8em;"
        "gap:6px;font-size:.75rem}th,td{padding:3px 5px}"
        /* the table of the loop becomes a list: numbers with their names, then the source over the whole width */
        "#loop tr{display:flex;flex-wrap:wrap;gap:0 14px;padding:6px 0 6px 8px;border-bottom:1px solid var(--line)}"
        "#loop tr:first-child{display:none}#loop tr.chain{box-shadow:inset 3px 0 var(--orange)}#loop tr.chain "
        "td:first-child{box-shadow:none}#loop td{border:0;padding:0}#loop td.code{flex:0 0 100%}#locks table{font-size:"
        ".75rem}#locks th,#locks td{padding:3px 2px}#loop td[data-name]::before{content:"
        "attr(data-name)' ';color:var(--dim)}}\n";

static void text_of(FILE *out, const char *format, va_list arguments)
{
	char text[300];

	vsnprintf(text, sizeof text, format, arguments);
	aie_html_text(out, text);
}

void aie_page_begin(FILE *out, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>",
	      out);
	aie_html_text(out, title);
	fprintf(out, "</title>\n<style>\n%s</style></head><body>\n<h1>", style);
	aie_html_text(out, title);
	fputs("</h1>\n", out);
}

void aie_page_end(FILE *out)
{
	fputs("</body></html>\n", out);
}

void aie_page_begin_section(FILE *out, const char *id, const char *title, bool wide)
{
	fprintf(out, "<section id=\"%s\"%s><h2>%s</h2>\n", id, wide ? " class=\"wide\"" : "", title);
}

void aie_page_end_section(FILE *out, const char *note)
{
	if (note)
		fprintf(out, "<p class=\"note\">%s</p>\n", note);
	fputs("</section>\n", out);
}

void aie_page_begin_column(FILE *out)
{
	fputs("<div class=\"column\">\n", out);
}

void aie_page_end_column(FILE *out)
{
	fputs("</div>\n", out);
}

void aie_page_begin_figures(FILE *out)
{
	fputs("<dl class=\"figures\" id=\"figures\">\n", out);
}

void aie_page_figure(FILE *out, const char *name, const char *note, const char *format, ...)
{
	va_list arguments;

	fprintf(out, "<div><dt>%s</dt><dd>", name);
	va_start(arguments, format);
	text_of(out, format, arguments);
	va_end(arguments);
	fputs("</dd>", out);
	if (note) {
		fputs("<p>", out);
		aie_html_text(out, note);
		fputs("</p>", out);
	}
	fputs("</div>\n", out);
}

void aie_page_end_figures(FILE *out)
{
	fputs("</dl>\n", out);
}

void aie_page_legend(FILE *out, const char *const *classes_and_names)
{
	fputs("<div class=\"legend\">", out);
	for (; *classes_and_names; classes_and_names += 2)
		fprintf(out, "<span><i class=\"%s\"></i>%s</span>", classes_and_names[0], classes_and_names[1]);
	fputs("</div>\n", out);
}

void aie_page_begin_lanes(FILE *out)
{
	fputs("<div class=\"lanes\">\n", out);
}

static void lane_text(FILE *out, const char *class, const char *format, va_list arguments)
{
	fprintf(out, "<span class=\"%s\">", class);
	text_of(out, format, arguments);
	fputs("</span>", out);
}

void aie_page_begin_lane(FILE *out, const char *format, ...)
{
	va_list arguments;

	fputs("<div class=\"lane\">", out);
	va_start(arguments, format);
	lane_text(out, "n", format, arguments);
	va_end(arguments);
}

void aie_page_end_lane(FILE *out, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	lane_text(out, "v", format, arguments);
	va_end(arguments);
	fputs("</div>\n", out);
}

/* A round step (1, 2 or 5 times a power of ten) that makes three to six parts of the whole. */
static double round_step(double end)
{
	const double power = pow(10, floor(log10(end / 3)));
	const double step = end / 3 / power;

	return (step >= 5 ? 5 : step >= 2 ? 2 : 1) * power;
}

void aie_page_end_lanes(FILE *out, double end, const char *unit)
{
	fputs("<div class=\"lane\"><span class=\"n\"></span><span class=\"ticks\">", out);
	if (end > 0) {
		const double step = round_step(end);

		for (unsigned i = 0; i * step < 0.94 * end; i++)
			fprintf(out, "<span style=\"left:%.4g%%\">%.6g%s%s</span>", 100 * i * step / end, i * step,
			        i ? "" : " ", i ? "" : unit);
	}
	fputs("</span><span></span></div>\n</div>\n", out);
}

void aie_page_end_lanes_without_axis(FILE *out)
{
	fputs("</div>\n", out);
}

const char *aie_page_number(uint64_t number, char text[32])
{
	char digits[24];
	const int length = snprintf(digits, sizeof digits, "%" PRIu64, number);
	unsigned to = 0;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			text[to++] = ',';
		text[to++] = digits[i];
	}
	text[to] = 0;
	return text;
}
