/* The parts that the pages of reports are made of: style sheet, sections, key figures, legends, and lanes (a name, a
 * picture that takes what room there is, a number).  Everything is in the page itself: nothing is fetched, nothing
 * runs.
 */
#ifndef AIE_TRACES_PAGE_H
#define AIE_TRACES_PAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Everything up to the heading's line; `title` is text. */
void aie_page_begin(FILE *out, const char *title);
void aie_page_end(FILE *out);

/* `id` names the section for links and tests; `wide`: over the whole width.  `note` (HTML, may be NULL) stands below.
 */
void aie_page_begin_section(FILE *out, const char *id, const char *title, bool wide);
void aie_page_end_section(FILE *out, const char *note);

/* Sections between these stand below one another, beside those of another column where there is room. */
void aie_page_begin_column(FILE *out);
void aie_page_end_column(FILE *out);

/* Boxes of key figures: begin, figures, end.  `note` may be NULL. */
void aie_page_begin_figures(FILE *out);
void aie_page_figure(FILE *out, const char *name, const char *note, const char *format, ...)
        __attribute__((format(printf, 4, 5)));
void aie_page_end_figures(FILE *out);

/* What the colours mean: class and name in turn, NULL at the end. */
void aie_page_legend(FILE *out, const char *const *classes_and_names);

/* Lanes: begin_lane, one stretched picture, end_lane with the text at the right. */
void aie_page_begin_lanes(FILE *out);
void aie_page_begin_lane(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void aie_page_end_lane(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Round times along the lower edge, from 0 to `end`. */
void aie_page_end_lanes(FILE *out, double end, const char *unit);
void aie_page_end_lanes_without_axis(FILE *out);

/* A whole number with commas between the thousands; `text` has the room. */
const char *aie_page_number(uint64_t number, char text[32]);

#endif
