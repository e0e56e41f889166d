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
void aie_svg_line(FILE *out, const char *class, double x0, double y0, double x1, double y1);
void aie_svg_circle(FILE *out, const char *class, double x, double y, double radius, const char *tip);
/* `anchor`: "start", "middle", "end". */
void aie_svg_text(FILE *out, const char *anchor, double x, double y, const char *format, ...)
        __attribute__((format(printf, 5, 6)));

#endif
