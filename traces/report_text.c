#include <inttypes.h>
#include <string.h>

#include "traces/run_report.h"

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? (double)part * 100 / (double)whole : 0;
}

void aie_run_report_bundle(const struct aie_run_profile *profile, const struct aie_explanation *explanation,
                           unsigned bundle, char *text, size_t size)
{
	const uint32_t offset = explanation->analysis.address[bundle] - profile->loop_begin;
	struct aie_error error = { 0 };
	struct aie_bundle decoded;
	size_t length = 0;

	text[0] = 0;
	if (bundle >= explanation->analysis.bundles || offset >= profile->code_size ||
	    aie_isa_decode(profile->code + offset, profile->code_size - offset, &decoded, &error))
		return;
	for (unsigned i = 0; i < decoded.count && length + 2 < size; i++) {
		if (aie_isa_opcode(decoded.insn[i].opcode)->flags & AIE_OPCODE_NOP)
			continue;
		if (length)
			length += (size_t)snprintf(text + length, size - length, "; ");
		if (length < size)
			length += aie_isa_print_insn(&decoded.insn[i], text + length, size - length);
	}
	if (!length)
		snprintf(text, size, "nop");
}

static void text_core(FILE *out, const struct aie_run_profile *profile, const struct aie_run_core *core)
{
	fprintf(out, "  (%u,%u)", core->column, core->row);
	for (unsigned part = 0; part < AIE_RUN_PARTS; part++)
		fprintf(out, " %8.2f", percent(core->part[part], profile->cycles));
	for (unsigned i = 0; i < core->lock_count && i < 2; i++) {
		if (core->lock[i].object[0])
			fprintf(out, "%s%s %.2f", i ? ", " : "  ", core->lock[i].object,
			        percent(core->lock[i].cycles, profile->cycles));
		else
			fprintf(out, "%slock %u %.2f", i ? ", " : "  ", core->lock[i].lock,
			        percent(core->lock[i].cycles, profile->cycles));
	}
	fputc('\n', out);
}

static void text_loop(FILE *out, const struct aie_run_profile *profile, const struct aie_explanation *explanation)
{
	const struct aie_loop_analysis *analysis = &explanation->analysis;
	char text[400], place[90];

	fprintf(out, "inner loop, bundle by bundle:\n");
	for (unsigned i = 0; i < analysis->bundles; i++) {
		const struct aie_run_bundle *bundle = aie_run_bundle_at(profile, analysis->address[i]);
		bool linked = false;

		for (unsigned k = 0; k < analysis->chain_count; k++)
			linked = linked || analysis->chain[k].bundle == i;
		place[0] = 0;
		if (bundle && bundle->line)
			snprintf(place, sizeof place, "  %s:%" PRIu32, bundle->file, bundle->line);
		aie_run_report_bundle(profile, explanation, i, text, sizeof text);
		fprintf(out, "  %c 0x%05x", linked ? '*' : ' ', analysis->address[i]);
		if (profile->bundle_count)
			fprintf(out, " %10" PRIu64 " issues %8" PRIu64 " stalls", bundle ? bundle->issues : 0,
			        bundle ? bundle->stalls : 0);
		fprintf(out, "%s  %s\n", place, text);
	}
	fprintf(out, "  (*: part of the longest chain)\n");
}

/* The shim channels that count; the others, and the far ends of their streams in compute tiles, only by number. */
static void text_channels(FILE *out, const struct aie_run_profile *profile)
{
	unsigned others = 0;
	uint64_t most = 0;

	for (unsigned i = 0; i < profile->channel_count; i++)
		if (profile->channel[i].row == 0 && profile->channel[i].bytes > most)
			most = profile->channel[i].bytes;
	if (profile->channel_count)
		fprintf(out, "shim channels: bytes, GB/s, %% of the run active\n");
	for (unsigned i = 0; i < profile->channel_count; i++) {
		const struct aie_run_channel *channel = &profile->channel[i];

		if (channel->row != 0 || channel->bytes < most / 20) {
			others++;
			continue;
		}
		fprintf(out, "  (%u,%u) %s %u %12" PRIu64 " %8.2f %7.2f\n", channel->column, channel->row,
		        channel->mm2s ? "MM2S" : "S2MM", channel->channel, channel->bytes,
		        aie_run_gigabytes_per_second(profile, channel->bytes),
		        percent(channel->active, profile->cycles));
	}
	if (others)
		fprintf(out, "  and %u channels that moved less or stand in other tiles (all with --json)\n", others);
}

void aie_run_report_heading(FILE *out, const struct aie_run_profile *profile, const struct aie_explanation *explanation)
{
	fprintf(out, "%s\n", profile->title[0] ? profile->title : profile->name[0] ? profile->name : "run");
	fprintf(out, "%" PRIu64 " cycles = %.1f us at %.0f MHz", profile->cycles,
	        aie_run_microseconds(profile, profile->cycles), (double)profile->clock_hz / 1e6);
	if (profile->useful_bytes)
		fprintf(out, ", %.2f GB/s of useful bytes",
		        aie_run_gigabytes_per_second(profile, profile->useful_bytes));
	if (profile->macs)
		fprintf(out, ", %.3f multiply-accumulates a cycle", explanation->achieved);
	fputc('\n', out);
}

void aie_run_report_text(FILE *out, const struct aie_run_profile *profile, const struct aie_explanation *explanation)
{
	fprintf(out, "%s\n", explanation->bottleneck);
	if (explanation->gain[0])
		fprintf(out, "%s\n", explanation->gain);
	if (explanation->loop[0])
		fprintf(out, "%s\n", explanation->loop);
	if (explanation->advice[0])
		fprintf(out, "%s\n", explanation->advice);
	if (profile->waits[0])
		fprintf(out, "waiting:\n%s", profile->waits);
	if (profile->core_count) {
		fprintf(out, "cores, %% of the run");
		for (unsigned part = 0; part < AIE_RUN_PARTS; part++)
			fprintf(out, "%s%s", part ? " " : ": ", aie_run_part_name(part));
		fprintf(out, "; locks waited for\n");
	}
	for (unsigned i = 0; i < profile->core_count; i++)
		text_core(out, profile, &profile->core[i]);
	text_channels(out, profile);
	if (explanation->have_analysis)
		text_loop(out, profile, explanation);
}

/* Each bundle with its source, its counts and the slots that it uses. */
static void json_bundles(struct aie_json *json, const struct aie_run_profile *profile,
                         const struct aie_explanation *explanation)
{
	const struct aie_loop_analysis *analysis = &explanation->analysis;
	char text[400];

	aie_json_begin_array(json, "program");
	for (unsigned i = 0; i < analysis->bundles; i++) {
		const struct aie_run_bundle *bundle = aie_run_bundle_at(profile, analysis->address[i]);

		aie_run_report_bundle(profile, explanation, i, text, sizeof text);
		aie_json_begin_object(json, NULL);
		aie_json_u64(json, "address", analysis->address[i]);
		aie_json_string(json, "text", text);
		if (bundle && bundle->line) {
			aie_json_string(json, "file", bundle->file);
			aie_json_u64(json, "line", bundle->line);
			aie_json_string(json, "source", bundle->source);
		}
		aie_json_u64(json, "issues", bundle ? bundle->issues : 0);
		aie_json_u64(json, "stalls", bundle ? bundle->stalls : 0);
		aie_json_begin_array(json, "slots");
		for (unsigned slot = 0; slot < AIE_SLOT_NOP; slot++)
			if (analysis->used[i] >> slot & 1)
				aie_json_string(json, NULL, aie_slot_name(slot));
		aie_json_end_array(json);
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
}

void aie_run_report_json(struct aie_json *json, const struct aie_run_profile *profile,
                         const struct aie_explanation *explanation)
{
	const struct aie_loop_analysis *analysis = &explanation->analysis;

	aie_json_string(json, "title", profile->title);
	aie_json_u64(json, "cycles", profile->cycles);
	aie_json_double(json, "microseconds", aie_run_microseconds(profile, profile->cycles), 9);
	if (profile->fault[0])
		aie_json_string(json, "fault", profile->fault);
	else
		aie_json_string(json, "bound", profile->bound);
	aie_json_string(json, "bottleneck", explanation->bottleneck);
	aie_json_string(json, "gain", explanation->gain);
	aie_json_string(json, "advice", explanation->advice);
	if (explanation->speedup > 0)
		aie_json_double(json, "estimated_speedup", explanation->speedup, 6);
	aie_json_begin_object(json, "roofline");
	aie_json_double(json, "macs_per_byte", explanation->intensity, 6);
	aie_json_double(json, "macs_per_cycle", explanation->achieved, 6);
	aie_json_double(json, "peak", explanation->peak, 9);
	aie_json_double(json, "loop_peak", explanation->loop_peak, 6);
	aie_json_double(json, "shim_bytes_per_cycle", explanation->shim_slope, 6);
	aie_json_double(json, "ddr_bytes_per_cycle", explanation->ddr_slope, 6);
	aie_json_end_object(json);
	if (!explanation->loop[0])
		return;
	aie_json_begin_object(json, "loop");
	aie_json_string(json, "text", explanation->loop);
	aie_json_double(json, "cycles_per_pass", profile->cycles_per_pass, 6);
	if (explanation->have_analysis) {
		static const char *const limits[] = { "slot", "chain", "recurrence", "none" };

		aie_json_u64(json, "bundles", analysis->bundles);
		aie_json_u64(json, "empty_bundles", analysis->empty);
		aie_json_string(json, "limit", limits[aie_loop_limit(analysis)]);
		aie_json_u64(json, "chain_cycles", analysis->chain_cycles);
		aie_json_begin_array(json, "chain");
		for (unsigned i = 0; i < analysis->chain_count; i++)
			aie_json_string(json, NULL, analysis->chain[i].mnemonic);
		aie_json_end_array(json);
		json_bundles(json, profile, explanation);
		aie_json_begin_object(json, "slots");
		for (unsigned slot = 0; slot < AIE_SLOT_NOP; slot++)
			aie_json_u64(json, aie_slot_name(slot), analysis->occupied[slot]);
		aie_json_end_object(json);
	}
	aie_json_end_object(json);
}
