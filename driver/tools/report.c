#include "driver/tools/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "isa/isa.h"
#include "traces/run_report.h"

/* The lock numbers by which a core calls its own tile's locks. */
enum { OWN_LOCKS = 48 };

static double share(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

/* Loading the configuration happens once for many commands: it is told apart and left out of rates and shares. */
static uint64_t run_cycles(const struct aie_profile *profile)
{
	return profile->cycles - profile->configure_cycles;
}

static uint64_t core_waits(const struct aie_profile_core *core)
{
	return core->stall_lock + core->stall_stream + core->stall_cascade;
}

/* Cycles in which a core worked or was held up by itself: everything but waiting for others. */
static uint64_t core_busy(const struct aie_profile_core *core)
{
	return core->cycles - core_waits(core);
}

const char *aie_report_bound_name(enum aie_bound bound)
{
	static const char *const names[] = {
		[AIE_BOUND_COMPUTE] = "compute",   [AIE_BOUND_SHIM] = "shim DMA",   [AIE_BOUND_DDR] = "DDR",
		[AIE_BOUND_DISPATCH] = "dispatch", [AIE_BOUND_LATENCY] = "latency",
	};

	return names[bound];
}

void aie_report_bound(const struct aie_profile *profile, struct aie_report_bound *bound)
{
	const double cycles = (double)run_cycles(profile);
	const double ddr_bytes = (double)(profile->ddr_bytes_read + profile->ddr_bytes_written);
	uint64_t busiest_core = 0, busiest_shim = 0;

	for (uint32_t i = 0; i < profile->core_count; i++)
		if (core_busy(&profile->core[i]) > busiest_core)
			busiest_core = core_busy(&profile->core[i]);
	for (uint32_t i = 0; i < profile->channel_count; i++)
		if (profile->channel[i].row == 0 && profile->channel[i].bytes > busiest_shim)
			busiest_shim = profile->channel[i].bytes;

	bound->core_share = share((double)busiest_core, cycles);
	bound->shim_share = share((double)busiest_shim, profile->shim_peak_bytes_per_cycle * cycles);
	bound->ddr_share = share(ddr_bytes, profile->ddr_peak_bytes_per_cycle * cycles);
	bound->dispatch_share = share((double)profile->dispatch_cycles, cycles);

	/* The resource nearest to its ceiling, as long as one is more than half used. */
	bound->bound = AIE_BOUND_COMPUTE;
	double most = bound->core_share;
	if (bound->shim_share > most) {
		bound->bound = AIE_BOUND_SHIM;
		most = bound->shim_share;
	}
	if (bound->ddr_share > most) {
		bound->bound = AIE_BOUND_DDR;
		most = bound->ddr_share;
	}
	if (bound->dispatch_share > most) {
		bound->bound = AIE_BOUND_DISPATCH;
		most = bound->dispatch_share;
	}
	if (most < 0.5)
		bound->bound = AIE_BOUND_LATENCY;
}

int aie_report_loop(const struct aie_profile *profile, const struct aie_report_context *context,
                    struct aie_report_loop *loop)
{
	uint64_t cycles = 0;

	memset(loop, 0, sizeof *loop);
	if (!context || context->loop_end <= context->loop_begin || context->loop_end / 2 > AIE_PROFILE_PCS)
		return -1;
	for (uint32_t i = 0; i < profile->core_count; i++) {
		const struct aie_profile_core *core = &profile->core[i];
		uint32_t bundles = 0;

		if (!core->issues || !core->stalls)
			return -1;
		for (uint32_t pc = context->loop_begin; pc < context->loop_end; pc += 2) {
			bundles += core->issues[pc / 2] != 0;
			cycles += core->issues[pc / 2] + core->stalls[pc / 2];
		}
		if (bundles > loop->bundles)
			loop->bundles = bundles;
		loop->passes += core->issues[context->loop_begin / 2];
	}
	if (loop->passes == 0)
		return -1;
	loop->cycles_per_pass = (double)cycles / (double)loop->passes;
	if (context->units_per_pass)
		loop->cycles_per_32 = loop->cycles_per_pass * 32 / context->units_per_pass;
	return 0;
}

/* Instructions of one pass: what stands in the loop's program but the nops of slots. */
static uint32_t loop_instructions(const struct aie_report_context *context)
{
	const uint32_t size = context->loop_code ? context->loop_end - context->loop_begin : 0;
	uint32_t count = 0;

	for (uint32_t at = 0; at < size;) {
		struct aie_error error;
		struct aie_bundle bundle;

		if (aie_isa_decode(context->loop_code + at, size - at, &bundle, &error))
			break;
		for (unsigned i = 0; i < bundle.count; i++)
			count += !(aie_isa_opcode(bundle.insn[i].opcode)->flags & AIE_OPCODE_NOP);
		at += bundle.size;
	}
	return count;
}

static double microseconds(const struct aie_profile *profile, uint64_t cycles)
{
	return profile->clock_hz ? (double)cycles * 1e6 / (double)profile->clock_hz : 0;
}

static double gigabytes_per_second(const struct aie_profile *profile, uint64_t bytes)
{
	return share((double)bytes / 1e9 * (double)profile->clock_hz, (double)run_cycles(profile));
}

static const char *lock_name(const struct aie_report_context *context, const struct aie_profile_core *core,
                             unsigned lock)
{
	return context && context->lock_name ? context->lock_name(context->user, core->column, core->row, lock) : NULL;
}

static void text_bound(FILE *out, const struct aie_profile *profile)
{
	struct aie_report_bound bound;

	aie_report_bound(profile, &bound);
	fprintf(out,
	        "bound by  %s: busiest core works %.1f %% of the time, busiest shim channel moves %.1f %% of its "
	        "ceiling "
	        "(%.2f B/cycle), DDR %.1f %% of its ceiling (%.1f B/cycle), dispatch takes %.1f %%\n",
	        aie_report_bound_name(bound.bound), bound.core_share * 100, bound.shim_share * 100,
	        profile->shim_peak_bytes_per_cycle, bound.ddr_share * 100, profile->ddr_peak_bytes_per_cycle,
	        bound.dispatch_share * 100);
}

void aie_report_summary(FILE *out, const struct aie_profile *profile, const struct aie_report_context *context,
                        bool bound)
{
	struct aie_report_loop loop;

	fprintf(out,
	        "time      %" PRIu64
	        " array cycles = %.1f us at %.0f MHz, of which dispatch %.1f us; before them %.1f us to load "
	        "the configuration\n",
	        run_cycles(profile), microseconds(profile, run_cycles(profile)), (double)profile->clock_hz / 1e6,
	        microseconds(profile, profile->dispatch_cycles), microseconds(profile, profile->configure_cycles));
	if (context && context->bytes_moved)
		fprintf(out, "rate      %.2f GB/s of %" PRIu64 " useful bytes",
		        gigabytes_per_second(profile, context->bytes_moved), context->bytes_moved);
	if (context && context->macs && profile->core_count)
		fprintf(out, "; %.3f multiply-accumulates per cycle and core",
		        share((double)context->macs, (double)run_cycles(profile) * profile->core_count));
	if (context && context->bytes_moved)
		fputc('\n', out);
	if (bound)
		text_bound(out, profile);
	if (context && aie_report_loop(profile, context, &loop) == 0)
		fprintf(out,
		        "loop      0x%x..0x%x: %u bundles with %u instructions and %.2f cycles a pass of %u %s, %.2f "
		        "cycles per 32 %s\n",
		        context->loop_begin, context->loop_end, loop.bundles, loop_instructions(context),
		        loop.cycles_per_pass, context->units_per_pass, context->unit, loop.cycles_per_32,
		        context->unit);
	for (const char *line = profile->checks; line && *line;) {
		int length = (int)strcspn(line, "\n");

		fprintf(out, "check     %.*s\n", length, line);
		line += length + (line[length] == '\n');
	}
}

int aie_report_explain(FILE *out, const char *json, size_t size, struct aie_error *error)
{
	struct aie_json_document *document = aie_json_parse(json, size, error);
	struct aie_run_profile *profile = calloc(1, sizeof *profile);
	struct aie_explanation *explanation = calloc(1, sizeof *explanation);
	int result = -1;

	if (!document)
		goto out;
	if (!profile || !explanation) {
		aie_error_set(error, AIE_ERROR_MEMORY, "no memory for the report");
		goto out;
	}
	result = aie_run_profile_read(profile, aie_json_root(document), error) ||
	                         aie_explain(explanation, profile, error)
	                 ? -1
	                 : 0;
	if (result == 0)
		aie_run_report_text(out, profile, explanation);
out:
	free(explanation);
	free(profile);
	aie_json_free(document);
	return result;
}

static void json_core(struct aie_json *json, const struct aie_profile_core *core,
                      const struct aie_report_context *context)
{
	aie_json_begin_object(json, NULL);
	aie_json_u64(json, "column", core->column);
	aie_json_u64(json, "row", core->row);
	aie_json_u64(json, "cycles", core->cycles);
	aie_json_u64(json, "bundles", core->bundles);
	aie_json_begin_object(json, "stalls");
	aie_json_u64(json, "lock", core->stall_lock);
	aie_json_u64(json, "memory", core->stall_memory);
	aie_json_u64(json, "stream", core->stall_stream);
	aie_json_u64(json, "cascade", core->stall_cascade);
	aie_json_u64(json, "partword", core->stall_partword);
	aie_json_u64(json, "resource", core->stall_resource);
	aie_json_u64(json, "fetch", core->stall_fetch);
	aie_json_end_object(json);
	aie_json_begin_array(json, "locks");
	for (unsigned lock = 0; lock < AIE_PROFILE_LOCKS; lock++) {
		const char *name = lock_name(context, core, lock);

		if (!core->lock_wait[lock])
			continue;
		aie_json_begin_object(json, NULL);
		aie_json_u64(json, "lock", lock);
		if (name)
			aie_json_string(json, "object", name);
		aie_json_u64(json, "cycles", core->lock_wait[lock]);
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
	aie_json_end_object(json);
}

static void json_channel(struct aie_json *json, const struct aie_profile_channel *channel)
{
	aie_json_begin_object(json, NULL);
	aie_json_u64(json, "column", channel->column);
	aie_json_u64(json, "row", channel->row);
	aie_json_string(json, "direction", channel->mm2s ? "MM2S" : "S2MM");
	aie_json_u64(json, "channel", channel->channel);
	aie_json_u64(json, "bytes", channel->bytes);
	aie_json_u64(json, "active", channel->active);
	aie_json_u64(json, "lock_stall", channel->lock_stall);
	aie_json_u64(json, "stream_stall", channel->stream_stall);
	aie_json_u64(json, "memory_stall", channel->memory_stall);
	aie_json_u64(json, "tasks", channel->tasks);
	aie_json_u64(json, "descriptors", channel->descriptors);
	aie_json_end_object(json);
}

/* Members "file", "line" and "source" of a bundle, as far as they are known. */
static void json_source(struct aie_json *json, const struct aie_report_context *context, uint32_t address)
{
	struct aie_report_source source = { 0 };
	char text[200];

	if (!context->source_line || context->source_line(context->user, address, &source))
		return;
	aie_json_string(json, "file", source.file);
	aie_json_u64(json, "line", source.line);
	if (!source.text)
		return;
	snprintf(text, sizeof text, "%.*s", (int)(source.text_length < sizeof text ? source.text_length : sizeof text),
	         source.text);
	aie_json_string(json, "source", text);
}

/* What a reader needs to look inside the loop: its program, and how often each bundle issued and stalled on all cores.
 */
static void json_loop_bundles(struct aie_json *json, const struct aie_profile *profile,
                              const struct aie_report_context *context)
{
	aie_json_u64(json, "units_per_pass", context->units_per_pass);
	if (context->unit)
		aie_json_string(json, "unit", context->unit);
	if (context->loop_code) {
		const uint32_t size = context->loop_end - context->loop_begin;
		char *digits = malloc((size_t)2 * size + 1);

		for (uint32_t i = 0; digits && i < size; i++)
			snprintf(digits + 2 * i, 3, "%02x", context->loop_code[i]);
		if (digits)
			aie_json_string(json, "code", digits);
		free(digits);
	}
	aie_json_begin_array(json, "profile");
	for (uint32_t pc = context->loop_begin; pc < context->loop_end; pc += 2) {
		uint64_t issues = 0, stalls = 0;

		for (uint32_t i = 0; i < profile->core_count; i++) {
			issues += profile->core[i].issues[pc / 2];
			stalls += profile->core[i].stalls[pc / 2];
		}
		if (!issues && !stalls)
			continue;
		aie_json_begin_object(json, NULL);
		aie_json_u64(json, "address", pc);
		aie_json_u64(json, "issues", issues);
		aie_json_u64(json, "stalls", stalls);
		json_source(json, context, pc);
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
}

/* ---- the loop of a program that nobody describes ---- */

/* Bundles take up to 16 bytes: the next one of straight code begins within that. */
enum { BUNDLE_BYTES = 16 };

/* The bundle that was issued most often, and by which core. */
static uint32_t hottest(const struct aie_profile *profile, uint32_t *core)
{
	uint64_t most = 0;
	uint32_t found = 0;

	for (uint32_t i = 0; i < profile->core_count; i++) {
		for (uint32_t at = 0; profile->core[i].issues && at < AIE_PROFILE_PCS; at++) {
			if (profile->core[i].issues[at] <= most)
				continue;
			most = profile->core[i].issues[at];
			found = at;
			*core = i;
		}
	}
	return found;
}

/* From a bundle in steps of `step` addresses as far as bundles follow that were issued at least half as often. */
static uint32_t reach(const uint64_t *issues, uint32_t from, int step)
{
	uint32_t last = from;

	for (uint32_t at = from; at < AIE_PROFILE_PCS && (at > last ? at - last : last - at) <= BUNDLE_BYTES / 2;
	     at += (uint32_t)step) {
		if (issues[at] >= issues[from] / 2 && issues[at])
			last = at;
		else if (issues[at])
			break;
	}
	return last;
}

/* The loop in which the core with the hottest bundle spent most: its bundles, without knowing what a pass is worth.
 * Program and source are added by who has the core's ELF file. */
static void json_hot_loop(struct aie_json *json, const struct aie_profile *profile)
{
	uint32_t core = 0, bundles = 0;
	const uint32_t hot = hottest(profile, &core);
	const struct aie_profile_core *from;
	uint64_t passes = 0, cycles = 0;
	uint32_t first, last;

	if (!profile->core_count || !profile->core[core].issues || !profile->core[core].issues[hot])
		return;
	from = &profile->core[core];
	first = reach(from->issues, hot, -1);
	last = reach(from->issues, hot, 1);
	passes = from->issues[hot];
	for (uint32_t at = first; at <= last; at++) {
		bundles += from->issues[at] != 0;
		cycles += from->issues[at] + from->stalls[at];
	}
	aie_json_begin_object(json, "loop");
	aie_json_u64(json, "column", from->column);
	aie_json_u64(json, "row", from->row);
	aie_json_u64(json, "begin", 2 * (uint64_t)first);
	aie_json_u64(json, "end", 2 * (uint64_t)last + 2);
	aie_json_u64(json, "bundles", bundles);
	aie_json_u64(json, "passes", passes);
	aie_json_double(json, "cycles_per_pass", share((double)cycles, (double)passes), 6);
	aie_json_begin_array(json, "profile");
	for (uint32_t at = first; at <= last; at++) {
		if (!from->issues[at])
			continue;
		aie_json_begin_object(json, NULL);
		aie_json_u64(json, "address", 2 * (uint64_t)at);
		aie_json_u64(json, "issues", from->issues[at]);
		aie_json_u64(json, "stalls", from->stalls[at]);
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
	aie_json_end_object(json);
}

/* One series: whose it is, then its parts; nothing when it is 0 all the time. */
static void json_series(struct aie_json *json, const struct aie_profile_history *history,
                        const struct aie_profile_series *series, const struct aie_report_context *context)
{
	static const char *const kinds[] = {
		[AIE_PROFILE_CORE_ACTIVE] = "active", [AIE_PROFILE_CORE_LOCK] = "lock wait",
		[AIE_PROFILE_CORE_STREAM] = "stream", [AIE_PROFILE_CORE_CASCADE] = "cascade",
		[AIE_PROFILE_CORE_MEMORY] = "memory", [AIE_PROFILE_CHANNEL] = "channel",
		[AIE_PROFILE_LOCK] = "lock value",
	};
	const char *name;
	bool any = false;

	for (unsigned i = 0; i < AIE_PROFILE_BINS; i++)
		any = any || series->bin[i];
	if (!any)
		return;
	aie_json_begin_object(json, NULL);
	aie_json_string(json, "kind", kinds[series->kind]);
	aie_json_u64(json, "column", series->column);
	aie_json_u64(json, "row", series->row);
	if (series->kind == AIE_PROFILE_CHANNEL) {
		aie_json_string(json, "direction", series->mm2s ? "MM2S" : "S2MM");
		aie_json_u64(json, "channel", series->number);
	} else if (series->kind == AIE_PROFILE_LOCK) {
		aie_json_u64(json, "lock", series->number);
		/* A core calls its own tile's locks 48 and up. */
		name = context && context->lock_name ? context->lock_name(context->user, series->column, series->row,
		                                                          series->number + OWN_LOCKS)
		                                     : NULL;
		if (name)
			aie_json_string(json, "object", name);
		aie_json_u64(json, "largest", series->largest);
	}
	aie_json_begin_array(json, "parts");
	for (unsigned i = 0; i < AIE_PROFILE_BINS; i++) {
		const uint64_t from = history->cycles * i / AIE_PROFILE_BINS,
		               to = history->cycles * (i + 1) / AIE_PROFILE_BINS;

		aie_json_double(json, NULL, share((double)series->bin[i], (double)(to - from)), 3);
	}
	aie_json_end_array(json);
	aie_json_end_object(json);
}

static void json_history(struct aie_json *json, const struct aie_profile_history *history,
                         const struct aie_report_context *context)
{
	aie_json_begin_object(json, "history");
	aie_json_u64(json, "cycles", history->cycles);
	aie_json_u64(json, "recorded", history->recorded);
	aie_json_u64(json, "parts", AIE_PROFILE_BINS);
	aie_json_begin_array(json, "series");
	for (uint32_t i = 0; i < history->count; i++)
		json_series(json, history, &history->series[i], context);
	aie_json_end_array(json);
	aie_json_end_object(json);
}

void aie_report_json(struct aie_json *json, const struct aie_profile *profile, const struct aie_report_context *context)
{
	struct aie_report_bound bound;
	struct aie_report_loop loop;

	aie_json_u64(json, "cycles", run_cycles(profile));
	aie_json_u64(json, "configure_cycles", profile->configure_cycles);
	aie_json_u64(json, "dispatch_cycles", profile->dispatch_cycles);
	aie_json_u64(json, "clock_hz", profile->clock_hz);
	aie_json_double(json, "microseconds", microseconds(profile, run_cycles(profile)), 9);
	if (context && context->bytes_moved) {
		aie_json_u64(json, "bytes", context->bytes_moved);
		aie_json_double(json, "gigabytes_per_second", gigabytes_per_second(profile, context->bytes_moved), 6);
	}
	if (context && context->macs && profile->core_count)
		aie_json_double(json, "macs_per_cycle_and_core",
		                share((double)context->macs, (double)run_cycles(profile) * profile->core_count), 6);
	if (context && context->macs)
		aie_json_u64(json, "macs", context->macs);
	aie_json_begin_object(json, "ceilings");
	aie_json_double(json, "shim_bytes_per_cycle", profile->shim_peak_bytes_per_cycle, 6);
	aie_json_double(json, "ddr_bytes_per_cycle", profile->ddr_peak_bytes_per_cycle, 6);
	aie_json_end_object(json);
	aie_report_bound(profile, &bound);
	aie_json_begin_object(json, "bound");
	aie_json_string(json, "by", aie_report_bound_name(bound.bound));
	aie_json_double(json, "core_share", bound.core_share, 6);
	aie_json_double(json, "shim_share", bound.shim_share, 6);
	aie_json_double(json, "ddr_share", bound.ddr_share, 6);
	aie_json_double(json, "dispatch_share", bound.dispatch_share, 6);
	aie_json_end_object(json);
	if (context && aie_report_loop(profile, context, &loop) == 0) {
		aie_json_begin_object(json, "loop");
		aie_json_u64(json, "begin", context->loop_begin);
		aie_json_u64(json, "end", context->loop_end);
		aie_json_u64(json, "bundles", loop.bundles);
		if (context->loop_code)
			aie_json_u64(json, "instructions", loop_instructions(context));
		aie_json_u64(json, "passes", loop.passes);
		aie_json_double(json, "cycles_per_pass", loop.cycles_per_pass, 6);
		aie_json_double(json, "cycles_per_32_units", loop.cycles_per_32, 6);
		json_loop_bundles(json, profile, context);
		aie_json_end_object(json);
	} else if (!context) {
		json_hot_loop(json, profile);
	}
	aie_json_begin_object(json, "ddr");
	aie_json_u64(json, "bytes_read", profile->ddr_bytes_read);
	aie_json_u64(json, "bytes_written", profile->ddr_bytes_written);
	aie_json_u64(json, "busy", profile->ddr_busy);
	aie_json_end_object(json);
	aie_json_begin_array(json, "cores");
	for (uint32_t i = 0; i < profile->core_count; i++)
		json_core(json, &profile->core[i], context);
	aie_json_end_array(json);
	aie_json_begin_array(json, "channels");
	for (uint32_t i = 0; i < profile->channel_count; i++)
		json_channel(json, &profile->channel[i]);
	aie_json_end_array(json);
	if (profile->history)
		json_history(json, profile->history, context);
	if (profile->fault[0])
		aie_json_string(json, "fault", profile->fault);
	if (profile->waits[0])
		aie_json_string(json, "waits", profile->waits);
	if (profile->checks)
		aie_json_string(json, "checks", profile->checks);
	if (profile->wait_graph)
		aie_json_raw(json, "wait_graph", profile->wait_graph);
}
