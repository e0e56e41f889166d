/* What bounds a run, in words and numbers: the sentence a kernel author needs first. */
#ifndef AIE_TRACES_EXPLAIN_H
#define AIE_TRACES_EXPLAIN_H

#include "traces/loop.h"
#include "traces/run_profile.h"

enum { AIE_EXPLAIN_TEXT = 480 };

/* Multiply-accumulates of 8-bit numbers that one core can start a cycle (documented: the driver reckons 4096 operations
 * a cycle and column, i.e. 2048 multiply-accumulates of four cores). */
enum { AIE_CORE_INT8_MACS = 512 };

struct aie_explanation {
	char bottleneck[AIE_EXPLAIN_TEXT]; /* what bounds the run and how near to its ceiling it is */
	char gain[AIE_EXPLAIN_TEXT];       /* what removing it would bring */
	char loop[AIE_EXPLAIN_TEXT];       /* what sets the pace of the inner loop; "" when it was not profiled */
	char advice[AIE_EXPLAIN_TEXT];
	double speedup; /* estimated; 0 = not known */
	bool have_analysis;
	struct aie_loop_analysis analysis;
	/* Roofline: multiply-accumulates a cycle of the whole array against those per byte of system memory. */
	double intensity, achieved;
	double peak,
	        loop_peak; /* all cores at AIE_CORE_INT8_MACS; all cores in the loop without waiting (0 = not known) */
	double shim_slope, ddr_slope; /* bytes a cycle (0 = not known) */
};

/* Fails only on a loop's code that is none (AIE_ERROR_INPUT) or without memory. */
int aie_explain(struct aie_explanation *explanation, const struct aie_run_profile *profile, struct aie_error *error);

#endif
