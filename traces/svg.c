#include "traces/svg.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>

void aie_html_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(*text, out);
			break;
		}
	}
}

void aie_svg_begin(FILE *out, double width, double height, const char *title)
{
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.6g %.6g\" role=\"img\" aria-label=\"",
	        width, height);
	aie_html_text(out, title);
	fputs("\">\n", out);
}

void aie_svg_end(FILE *out)
{
	fputs("</svg>\n", out);
}

static void close_shape(FILE *out, const char *name, const char *tip)
{
	if (!tip) {
		fputs("/>\n", out);
		return;
	}
	fputs("><title>", out);
	aie_html_text(out, tip);
	fprintf(out, "</title></%s>\n", name);
}

void aie_svg_rect(FILE *out, const char *class, double opacity, double x, double y, double width, double height,
                  const char *tip)
{
	fprintf(out, "<rect class=\"%s\" x=\"%.5g\" y=\"%.5g\" width=\"%.5g\" height=\"%.5g\"", class, x, y,
	        width > 0 ? width : 0, height > 0 ? height : 0);
	if (opacity < 1)
		fprintf(out, " fill-opacity=\"%.3g\"", opacity > 0 ? opacity : 0);
	close_shape(out, "rect", tip);
}

void aie_svg_begin_stretched(FILE *out, unsigned parts, const char *title)
{
	fprintf(out, "<svg viewBox=\"0 0 %u 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"", parts);
	aie_html_text(out, title);
	fputs("\">", out);
}

/* Height in the picture, whose zero is at the top; values are held inside it. */
static int level(float value)
{
	return 100 - (int)lrintf(100 * fminf(fmaxf(value, 0), 1));
}

static bool same(const float *low, const float *high, unsigned a, unsigned b)
{
	return level(high[a]) == level(high[b]) && (!low || level(low[a]) == level(low[b]));
}

void aie_svg_area(FILE *out, const char *class, unsigned parts, const float *low, const float *high, const char *tip)
{
	fprintf(out, "<path class=\"%s\" d=\"", class);
	for (unsigned i = 0, next; i < parts;
	     i = next) { /* equal neighbours in one shape, and nothing for empty ones */
		const int bottom = low ? level(low[i]) : 100, top = level(high[i]);

		for (next = i + 1; next < parts && same(low, high, i, next);)
			next++;
		if (top < bottom)
			fprintf(out, "M%u %dV%dH%uV%dz", i, bottom, top, next, bottom);
	}
	fputs("\"", out);
	close_shape(out, "path", tip);
}

void aie_svg_line(FILE *out, const char *class, double x0, double y0, double x1, double y1)
{
	fprintf(out, "<line class=\"%s\" x1=\"%.5g\" y1=\"%.5g\" x2=\"%.5g\" y2=\"%.5g\"/>\n", class, x0, y0, x1, y1);
}

void aie_svg_circle(FILE *out, const char *class, double x, double y, double radius, const char *tip)
{
	fprintf(out, "<circle class=\"%s\" cx=\"%.5g\" cy=\"%.5g\" r=\"%.3g\"", class, x, y, radius);
	close_shape(out, "circle", tip);
}

void aie_svg_text(FILE *out, const char *anchor, double x, double y, const char *format, ...)
{
	char text[200];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	fprintf(out, "<text text-anchor=\"%s\" x=\"%.5g\" y=\"%.5g\">", anchor, x, y);
	aie_html_text(out, text);
	fputs("</text>\n", out);
}
