#include "traces/explain.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum resource { COMPUTE, SHIM, DDR, DISPATCH, LATENCY, RESOURCES };

static const char *const bound_names[RESOURCES] = { "compute", "shim DMA", "DDR", "dispatch", "latency" };

static enum resource resource_of(const struct aie_run_profile *profile)
{
	for (unsigned i = 0; i < RESOURCES; i++)
		if (!strcmp(profile->bound, bound_names[i]))
			return (enum resource)i;
	return LATENCY;
}

static double percent(double part, double whole)
{
	return whole > 0 ? part * 100 / whole : 0;
}

/* The core that waited least for others. */
static const struct aie_run_core *busiest_core(const struct aie_run_profile *profile)
{
	const struct aie_run_core *core = profile->core_count ? &profile->core[0] : NULL;

	for (unsigned i = 1; i < profile->core_count; i++)
		if (aie_run_core_busy(profile, &profile->core[i]) > aie_run_core_busy(profile, core))
			core = &profile->core[i];
	return core;
}

/* ---- the bottleneck ---- */

static void describe_latency(const struct aie_run_profile *profile, char *text)
{
	const struct aie_run_core *core = NULL;
	unsigned longest = AIE_RUN_LOCK;
	uint64_t waited;
	char what[64];

	for (unsigned i = 0; i < profile->core_count; i++)
		if (!core || profile->core[i].part[AIE_RUN_LOCK] > core->part[AIE_RUN_LOCK])
			core = &profile->core[i];
	if (!core) {
		snprintf(text, AIE_EXPLAIN_TEXT, "No resource is used for even half of the run.");
		return;
	}
	for (unsigned part = AIE_RUN_LOCK; part < AIE_RUN_PARTS; part++)
		if (core->part[part] > core->part[longest])
			longest = part;
	snprintf(what, sizeof what, "%s", aie_run_part_name(longest));
	waited = core->part[longest];
	if (longest == AIE_RUN_LOCK && core->lock_count) {
		waited = core->lock[0].cycles;
		if (core->lock[0].object[0])
			snprintf(what, sizeof what, "%s", core->lock[0].object);
		else
			snprintf(what, sizeof what, "lock %u", core->lock[0].lock);
	}
	snprintf(text, AIE_EXPLAIN_TEXT,
	         "Bound by latency: no resource is used for even half of the run; core (%u,%u) waits for %s during "
	         "%.1f %% of the "
	         "run.",
	         core->column, core->row, what, percent((double)waited, (double)profile->cycles));
}

static void describe(const struct aie_run_profile *profile, enum resource bound, char *text)
{
	const struct aie_run_core *core = busiest_core(profile);
	const uint64_t ddr = profile->ddr_read + profile->ddr_written;

	switch (bound) {
	case COMPUTE:
		snprintf(text, AIE_EXPLAIN_TEXT,
		         "Bound by compute: the busiest core works during %.1f %% of the run's %" PRIu64
		         " cycles and waits for "
		         "data during %.1f %%.",
		         profile->core_share * 100, profile->cycles,
		         core ? percent((double)(core->part[AIE_RUN_LOCK] + core->part[AIE_RUN_STREAM] +
		                                 core->part[AIE_RUN_CASCADE]),
		                        (double)profile->cycles)
		              : 0);
		break;
	case SHIM:
		snprintf(text, AIE_EXPLAIN_TEXT,
		         "Bound by the shim DMA: the busiest channel moves %.1f %% of what it can during the whole "
		         "run; %u channels "
		         "read and %u write.",
		         profile->shim_share * 100, aie_run_shim_channels(profile, true),
		         aie_run_shim_channels(profile, false));
		break;
	case DDR:
		snprintf(text, AIE_EXPLAIN_TEXT,
		         "Bound by DDR: the array's port to system memory moves %.2f GB/s, %.1f %% of its ceiling, "
		         "averaged over the "
		         "whole run; the busiest core works %.1f %% of the time.",
		         aie_run_gigabytes_per_second(profile, ddr), profile->ddr_share * 100,
		         profile->core_share * 100);
		break;
	case DISPATCH:
		snprintf(text, AIE_EXPLAIN_TEXT,
		         "Bound by dispatch: %.1f us of the run's %.1f us (%.1f %%) pass in the command processor, not "
		         "in the array.",
		         aie_run_microseconds(profile, profile->dispatch_cycles),
		         aie_run_microseconds(profile, profile->cycles), profile->dispatch_share * 100);
		break;
	default:
		describe_latency(profile, text);
		break;
	}
}

/* Share of the run from the first to the last part in which a DMA channel moved data; 0 without history.
 */
static double active_share(const struct aie_run_profile *profile)
{
	unsigned first = profile->part_count, last = 0;

	for (unsigned i = 0; i < profile->series_count; i++) {
		const struct aie_run_series *series = &profile->series[i];

		for (unsigned part = 0; series->kind == AIE_RUN_SERIES_CHANNEL && part < profile->part_count; part++) {
			if (series->part[part] <= 0)
				continue;
			first = part < first ? part : first;
			last = part + 1 > last ? part + 1 : last;
		}
	}
	return last > first ? (double)(last - first) / profile->part_count : 0;
}

/* Without its bottleneck a run would take what does not overlap (dispatch) and, beside it, the next resource's share:
 * every resource is taken to work as near to its ceiling as it does now. */
static void estimate(const struct aie_run_profile *profile, enum resource bound, struct aie_explanation *explanation)
{
	const double shares[] = { profile->core_share, profile->shim_share, profile->ddr_share };
	enum resource next = RESOURCES;
	double most = 0, left;

	for (unsigned i = 0; i < sizeof shares / sizeof shares[0]; i++) {
		if (i != bound && shares[i] > most) {
			most = shares[i];
			next = (enum resource)i;
		}
	}
	/* What is dispatched overlaps with the array's work in part: without dispatch that work still takes its time.
	 */
	left = bound == DISPATCH ? fmax(1 - profile->dispatch_share, active_share(profile))
	                         : profile->dispatch_share + most;
	if (bound == LATENCY || next == RESOURCES || left <= 0)
		return;
	if (left >= 1) {
		snprintf(explanation->gain, AIE_EXPLAIN_TEXT,
		         "Removing this alone would bring nothing that these numbers show: dispatch (%.1f %%) and %s "
		         "(%.1f %%) fill "
		         "the run, too.",
		         profile->dispatch_share * 100, bound_names[next], most * 100);
		explanation->speedup = 1;
		return;
	}
	explanation->speedup = 1 / left;
	snprintf(explanation->gain, AIE_EXPLAIN_TEXT,
	         "Without it the run would take about %.1f us instead of %.1f us (%.2f times as fast, estimated); then "
	         "%s would "
	         "bound it.",
	         aie_run_microseconds(profile, profile->cycles) * left, aie_run_microseconds(profile, profile->cycles),
	         1 / left, bound_names[next]);
}

/* ---- the loop ---- */

static void put_chain(const struct aie_loop_analysis *analysis, char *text, size_t size)
{
	size_t length = 0;

	text[0] = 0;
	for (unsigned i = 0; i < analysis->chain_count && length + 48 < size; i++)
		length += (size_t)snprintf(text + length, size - length, "%s%s", i ? " -> " : "",
		                           analysis->chain[i].mnemonic);
}

static void put_recurrence(const struct aie_loop_analysis *analysis, char *text, size_t size)
{
	size_t length = 0;

	text[0] = 0;
	for (unsigned i = analysis->recurrence_count; i-- > 0 && length + 48 < size;)
		length += (size_t)snprintf(text + length, size - length, "%s -> ", analysis->recurrence[i]);
	if (analysis->recurrence_count)
		snprintf(text + length, size - length, "%s", analysis->recurrence[analysis->recurrence_count - 1]);
}

static bool chain_has(const struct aie_loop_analysis *analysis, const char *mnemonic)
{
	for (unsigned i = 0; i < analysis->chain_count; i++)
		if (strstr(analysis->chain[i].mnemonic, mnemonic))
			return true;
	return false;
}

static void describe_loop(const struct aie_run_profile *profile, struct aie_explanation *explanation)
{
	const struct aie_loop_analysis *analysis = &explanation->analysis;
	char *text = explanation->loop, chain[300];
	char work[60] = "";
	size_t room;
	int length;

	if (profile->units_per_pass > 0)
		snprintf(work, sizeof work, " (%.6g %s)", profile->units_per_pass, profile->unit);
	length = snprintf(text, AIE_EXPLAIN_TEXT,
	                  "The inner loop takes %.2f cycles a pass%s: ", profile->cycles_per_pass, work);
	room = AIE_EXPLAIN_TEXT - (size_t)length;
	if (!explanation->have_analysis) {
		snprintf(text + length, room, "%u bundles and %.2f cycles of stalls.", profile->loop_bundles,
		         fmax(0, profile->cycles_per_pass - profile->loop_bundles));
		return;
	}
	put_chain(analysis, chain, sizeof chain);
	switch (aie_loop_limit(analysis)) {
	case AIE_LOOP_CHAIN:
		snprintf(text + length, room,
		         "bound by its dependent %schain of %u cycles in %u bundles (%s); the busiest slot, %s, is "
		         "used in %u of "
		         "them.",
		         chain_has(analysis, "unpack") ? "unpack " : "", analysis->chain_cycles, analysis->bundles,
		         chain, aie_slot_name(analysis->busiest), analysis->occupied[analysis->busiest]);
		break;
	case AIE_LOOP_RECURRENCE:
		put_recurrence(analysis, chain, sizeof chain);
		snprintf(text + length, room,
		         "bound by a dependent chain from pass to pass that fills its %u bundles (%s); the busiest "
		         "slot, "
		         "%s, is used in %u of them.",
		         analysis->bundles, chain, aie_slot_name(analysis->busiest),
		         analysis->occupied[analysis->busiest]);
		break;
	case AIE_LOOP_SLOT:
		snprintf(text + length, room, "bound by issue slots, the %s slot is used in %u of its %u bundles.",
		         aie_slot_name(analysis->busiest), analysis->occupied[analysis->busiest], analysis->bundles);
		break;
	default:
		snprintf(text + length, room,
		         "%u bundles, the busiest slot, %s, is used in %u of them and the longest dependent chain "
		         "takes %u cycles.",
		         analysis->bundles, aie_slot_name(analysis->busiest), analysis->occupied[analysis->busiest],
		         analysis->chain_cycles);
		break;
	}
}

static void advise(enum resource bound, struct aie_explanation *explanation)
{
	const struct aie_loop_analysis *analysis = &explanation->analysis;
	const char *text = "";

	switch (bound) {
	case COMPUTE:
		if (explanation->have_analysis && aie_loop_limit(analysis) == AIE_LOOP_RECURRENCE)
			text = "Split the chain from pass to pass: several accumulators, added up behind the loop.";
		else if (explanation->have_analysis && aie_loop_limit(analysis) == AIE_LOOP_CHAIN)
			text = "Let several passes overlap: process two or more independent blocks with registers of "
			       "their own (double "
			       "pump, software pipelining).";
		else if (explanation->have_analysis && aie_loop_limit(analysis) == AIE_LOOP_SLOT)
			text = "The loop issues as fast as its slots allow: use more cores, or instructions that do "
			       "more at once.";
		else
			text = "Shorten the inner loop, or use more cores.";
		break;
	case SHIM:
		text = "Spread the traffic over more shim channels or columns.";
		break;
	case DDR:
		text = "Only fewer bytes help: reuse data in the array, pack weights tighter, or do more work with "
		       "each byte.";
		break;
	case DISPATCH:
		text = "Give one command more work, or put several runs into one command.";
		break;
	default:
		text = "Deepen the buffers between the units that wait for each other, or make the transfers larger.";
		break;
	}
	snprintf(explanation->advice, AIE_EXPLAIN_TEXT, "%s", text);
}

static void roofline(const struct aie_run_profile *profile, struct aie_explanation *explanation)
{
	const double bytes = (double)(profile->ddr_read + profile->ddr_written);

	explanation->achieved = (double)profile->macs / (double)profile->cycles;
	explanation->intensity = bytes > 0 ? (double)profile->macs / bytes : 0;
	explanation->peak = (double)profile->core_count * AIE_CORE_INT8_MACS;
	if (profile->cycles_per_pass > 0)
		explanation->loop_peak = profile->core_count * profile->units_per_pass / profile->cycles_per_pass;
	explanation->ddr_slope = profile->ddr_ceiling;
	explanation->shim_slope = profile->shim_ceiling * aie_run_shim_channels(profile, true);
	/* Older results do not name the ceilings, but a share of them. */
	if (explanation->ddr_slope <= 0 && profile->ddr_share > 0)
		explanation->ddr_slope = bytes / (double)profile->cycles / profile->ddr_share;
}

int aie_explain(struct aie_explanation *explanation, const struct aie_run_profile *profile, struct aie_error *error)
{
	const enum resource bound = resource_of(profile);

	memset(explanation, 0, sizeof *explanation);
	if (profile->code_size) {
		if (aie_loop_analyse(profile, &explanation->analysis, error))
			return -1;
		explanation->have_analysis = explanation->analysis.bundles > 0;
	}
	if (profile->fault[0]) { /* shares of what never ended bound nothing */
		snprintf(explanation->bottleneck, AIE_EXPLAIN_TEXT, "The run did not end well: %.440s.",
		         profile->fault);
	} else {
		describe(profile, bound, explanation->bottleneck);
		estimate(profile, bound, explanation);
		advise(bound, explanation);
	}
	if (profile->loop_bundles)
		describe_loop(profile, explanation);
	roofline(profile, explanation);
	return 0;
}
