/* Checkers of the files that the export writes, made from the published descriptions of the formats and not from the
 * writers: "Trace Event Format" (the document that chrome://tracing and Perfetto follow) and IEEE 1364 clause 18 (value
 * change dump).  A file that breaks a rule fails the running cmocka test with the rule's name. */
#ifndef AIE_TESTS_TRACES_FORMATS_H
#define AIE_TESTS_TRACES_FORMATS_H

#include <stddef.h>
#include <stdint.h>

#include "traces/json_read.h"

enum { CHECKED_TRACKS = 256, CHECKED_WIRES = 512 };

/* What a file in trace event format holds. */
struct checked_chrome {
	size_t processes, threads; /* named */
	size_t complete, other;    /* events of phase X, of other phases but metadata */
	double last;               /* microseconds: the latest end */
};
/* Every rule for every field of every event; the tracks' complete events nest; every process and thread with events is
 * named once. */
struct checked_chrome check_chrome(const struct aie_json_value *root);

struct checked_wire {
	char id[8], name[80], scope[80];
	unsigned width;
	size_t rises;
	char value;        /* last: '0', '1', 'x', 'z' */
	uint64_t high_for; /* time units in which it was 1 */
	uint64_t since;
};
struct checked_vcd {
	size_t wires, changes;
	uint64_t last; /* largest time */
	double unit;   /* seconds of one */
	struct checked_wire wire[CHECKED_WIRES];
};
void check_vcd(const char *text, struct checked_vcd *vcd);
/* NULL when there is none. */
const struct checked_wire *checked_wire_called(const struct checked_vcd *vcd, const char *scope, const char *name);

#endif
