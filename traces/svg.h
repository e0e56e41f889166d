/* A little SVG inside HTML: shapes, labels, and text that is safe to show.  Colours are classes of the page's style
 * sheet. */
#ifndef AIE_TRACES_SVG_H
#define AIE_TRACES_SVG_H

#include <stdio.h>

/* Write text with the characters that mean something in HTML replaced. */
void aie_html_text(FILE *out, const char *text);

/* A picture of width x height units that scales with its place; `title` is read out by screen readers. */
void aie_svg_begin(FILE *out, double width, double height, const char *title);
void aie_svg_end(FILE *out);
/* `tip` (or NULL) shows when pointed at. */
void aie_svg_rect(FILE *out, const char *class, double opacity, double x, double y, double width, double height,
                  const char *tip);
/* A picture `parts` wide and 100 high that is stretched to whatever room the page gives it: for areas only, no text. */
void aie_svg_begin_stretched(FILE *out, unsigned parts, const char *title);
/* Steps: part i reaches from low[i] to high[i], shares of the height from the bottom; NULL: from 0 on. */
void aie_svg_area(FILE *out, const char *class, unsigned parts, const float *low, const float *high, const char *tip);
void aie_svg_line(FILE *out, const char *class, double x0, double y0, double x1, double y1);
void aie_svg_circle(FILE *out, const char *class, double x, double y, double radius, const char *tip);
/* `anchor`: "start", "middle", "end". */
void aie_svg_text(FILE *out, const char *anchor, double x, double y, const char *format, ...)
        __attribute__((format(printf, 5, 6)));

#endif
