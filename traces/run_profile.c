#include "traces/run_profile.h"

#include <stdlib.h>
#include <string.h>

static const char *const part_names[AIE_RUN_PARTS] = {
	[AIE_RUN_ISSUE] = "issue",       [AIE_RUN_MEMORY] = "memory",   [AIE_RUN_PARTWORD] = "partword",
	[AIE_RUN_RESOURCE] = "resource", [AIE_RUN_FETCH] = "fetch",     [AIE_RUN_LOCK] = "lock",
	[AIE_RUN_STREAM] = "stream",     [AIE_RUN_CASCADE] = "cascade",
};

const char *aie_run_part_name(enum aie_run_part part)
{
	return part_names[part];
}

/* A text that may be too long for its place is cut: it is shown, not used. */
static int text(const struct aie_json_value *object, const char *key, char *out, size_t size, struct aie_error *error)
{
	const char *value = "";
	size_t length;

	if (aie_json_read_string(object, key, &value, error))
		return -1;
	length = strlen(value);
	if (length >= size) {
		length = size - 1;
		while (length && ((unsigned char)value[length] & 0xC0) == 0x80) /* not within a character */
			length--;
	}
	memcpy(out, value, length);
	out[length] = 0;
	return 0;
}

static int count(const struct aie_json_value *object, const char *key, uint64_t *value, struct aie_error *error)
{
	return aie_json_read_u64(object, key, UINT64_C(1) << 53, value, error);
}

static int small(const struct aie_json_value *object, const char *key, unsigned limit, unsigned *value,
                 struct aie_error *error)
{
	uint64_t wide = *value;

	if (aie_json_read_u64(object, key, limit, &wide, error))
		return -1;
	*value = (unsigned)wide;
	return 0;
}

static int longest_first(const void *a, const void *b)
{
	const struct aie_run_lock *x = a, *y = b;

	return x->cycles != y->cycles ? (x->cycles < y->cycles ? 1 : -1) : (x->lock > y->lock) - (x->lock < y->lock);
}

static int read_core(struct aie_run_core *core, const struct aie_json_value *value, struct aie_error *error)
{
	const struct aie_json_value *stalls = aie_json_find(value, "stalls"), *lock;

	if (small(value, "column", 127, &core->column, error) || small(value, "row", 31, &core->row, error) ||
	    count(value, "cycles", &core->cycles, error) || count(value, "bundles", &core->part[AIE_RUN_ISSUE], error))
		return -1;
	for (unsigned part = AIE_RUN_MEMORY; part < AIE_RUN_PARTS; part++)
		if (count(stalls, part_names[part], &core->part[part], error))
			return -1;
	if (aie_json_read_list(value, "locks", AIE_JSON_ARRAY, &lock, error))
		return -1;
	for (; lock; lock = lock->next) {
		struct aie_run_lock *last = &core->lock[AIE_RUN_MAX_LOCKS - 1], new = { 0 };

		if (small(lock, "lock", 255, &new.lock, error) || count(lock, "cycles", &new.cycles, error) ||
		    text(lock, "object", new.object, sizeof new.object, error))
			return -1;
		if (core->lock_count < AIE_RUN_MAX_LOCKS)
			core->lock[core->lock_count++] = new;
		else if (last->cycles < new.cycles)
			*last = new;
		qsort(core->lock, core->lock_count, sizeof new, longest_first);
	}
	return 0;
}

static int read_channel(struct aie_run_channel *channel, const struct aie_json_value *value, struct aie_error *error)
{
	const char *direction = "";

	if (small(value, "column", 127, &channel->column, error) || small(value, "row", 31, &channel->row, error) ||
	    small(value, "channel", 31, &channel->channel, error) ||
	    aie_json_read_string(value, "direction", &direction, error) ||
	    count(value, "bytes", &channel->bytes, error) || count(value, "active", &channel->active, error) ||
	    count(value, "lock_stall", &channel->lock_stall, error) ||
	    count(value, "stream_stall", &channel->stream_stall, error) ||
	    count(value, "memory_stall", &channel->memory_stall, error))
		return -1;
	channel->mm2s = !strcmp(direction, "MM2S");
	return 0;
}

static int hex(const struct aie_json_value *loop, struct aie_run_profile *profile, struct aie_error *error)
{
	const char *digits = "";
	size_t length;

	if (aie_json_read_string(loop, "code", &digits, error))
		return -1;
	length = strlen(digits);
	if (length % 2 || length / 2 > sizeof profile->code || strspn(digits, "0123456789abcdef") != length)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "line %u: \"code\" must be at most %zu bytes in hexadecimal", loop->line,
		                     sizeof profile->code);
	for (size_t i = 0; i < length; i++) {
		const int digit = digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'a' + 10;

		profile->code[i / 2] = (uint8_t)(profile->code[i / 2] << 4 | digit);
	}
	profile->code_size = length / 2;
	return 0;
}

static int read_loop(struct aie_run_profile *profile, const struct aie_json_value *loop, struct aie_error *error)
{
	const struct aie_json_value *value;
	double per_32 = 0;

	if (!loop)
		return 0;
	if (small(loop, "begin", 1 << 20, &profile->loop_begin, error) ||
	    small(loop, "end", 1 << 20, &profile->loop_end, error) ||
	    small(loop, "bundles", 1 << 20, &profile->loop_bundles, error) ||
	    small(loop, "column", 127, &profile->loop_column, error) ||
	    small(loop, "row", 31, &profile->loop_row, error) || count(loop, "passes", &profile->loop_passes, error) ||
	    aie_json_read_double(loop, "cycles_per_pass", &profile->cycles_per_pass, error) ||
	    aie_json_read_double(loop, "cycles_per_32_units", &per_32, error) ||
	    aie_json_read_double(loop, "units_per_pass", &profile->units_per_pass, error) ||
	    text(loop, "unit", profile->unit, sizeof profile->unit, error) || hex(loop, profile, error) ||
	    aie_json_read_list(loop, "profile", AIE_JSON_ARRAY, &value, error))
		return -1;
	if (profile->units_per_pass <= 0 && per_32 > 0)
		profile->units_per_pass = profile->cycles_per_pass * 32 / per_32;
	profile->loop_of_core = aie_json_find(loop, "row") != NULL;
	if (!profile->unit[0])
		strcpy(profile->unit, "units");
	for (; value && profile->bundle_count < AIE_RUN_MAX_BUNDLES; value = value->next) {
		struct aie_run_bundle *bundle = &profile->bundle[profile->bundle_count++];

		if (small(value, "address", 1 << 20, &bundle->address, error) ||
		    count(value, "issues", &bundle->issues, error) || count(value, "stalls", &bundle->stalls, error) ||
		    small(value, "line", UINT32_MAX, &bundle->line, error) ||
		    text(value, "file", bundle->file, sizeof bundle->file, error) ||
		    text(value, "source", bundle->source, sizeof bundle->source, error))
			return -1;
	}
	return 0;
}

static int read_series(struct aie_run_series *series, const struct aie_json_value *value, unsigned parts,
                       struct aie_error *error)
{
	static const char *const kinds[AIE_RUN_SERIES_KINDS] = {
		[AIE_RUN_SERIES_ACTIVE] = "active",    [AIE_RUN_SERIES_LOCK] = "lock wait",
		[AIE_RUN_SERIES_STREAM] = "stream",    [AIE_RUN_SERIES_CASCADE] = "cascade",
		[AIE_RUN_SERIES_MEMORY] = "memory",    [AIE_RUN_SERIES_CHANNEL] = "channel",
		[AIE_RUN_SERIES_VALUE] = "lock value",
	};
	const char *kind = "", *direction = "";
	const struct aie_json_value *part;
	unsigned i = 0;

	if (aie_json_read_string(value, "kind", &kind, error) ||
	    aie_json_read_string(value, "direction", &direction, error) ||
	    small(value, "column", 127, &series->column, error) || small(value, "row", 31, &series->row, error) ||
	    small(value, "channel", 31, &series->number, error) || small(value, "lock", 255, &series->number, error) ||
	    small(value, "largest", 255, &series->largest, error) ||
	    text(value, "object", series->object, sizeof series->object, error) ||
	    aie_json_read_list(value, "parts", AIE_JSON_ARRAY, &part, error))
		return -1;
	series->mm2s = !strcmp(direction, "MM2S");
	for (series->kind = 0; series->kind < AIE_RUN_SERIES_KINDS; series->kind++)
		if (!strcmp(kind, kinds[series->kind]))
			break;
	if (series->kind == AIE_RUN_SERIES_KINDS)
		return aie_error_set(error, AIE_ERROR_INPUT, "line %u: series of an unknown kind \"%.40s\"",
		                     value->line, kind);
	for (; part && part->type == AIE_JSON_NUMBER && part->number >= 0 && i < parts; part = part->next)
		series->part[i++] = (float)part->number;
	if (part || i != parts)
		return aie_error_set(error, AIE_ERROR_INPUT, "line %u: a series must have %u parts, numbers from 0 on",
		                     value->line, parts);
	return 0;
}

static int read_history(struct aie_run_profile *profile, const struct aie_json_value *history, struct aie_error *error)
{
	const struct aie_json_value *value;

	if (!history)
		return 0;
	if (small(history, "parts", AIE_RUN_MAX_PARTS, &profile->part_count, error) ||
	    count(history, "recorded", &profile->recorded, error) ||
	    aie_json_read_list(history, "series", AIE_JSON_ARRAY, &value, error))
		return -1;
	for (; value; value = value->next) {
		if (profile->series_count == AIE_RUN_MAX_SERIES) {
			profile->series_lost++;
			continue;
		}
		if (read_series(&profile->series[profile->series_count++], value, profile->part_count, error))
			return -1;
	}
	return 0;
}

static int read_lists(struct aie_run_profile *profile, const struct aie_json_value *root, struct aie_error *error)
{
	const struct aie_json_value *value;

	if (aie_json_read_list(root, "cores", AIE_JSON_ARRAY, &value, error))
		return -1;
	for (; value; value = value->next) {
		if (profile->core_count == AIE_RUN_MAX_CORES)
			return aie_error_set(error, AIE_ERROR_INPUT, "line %u: more than %d cores", value->line,
			                     AIE_RUN_MAX_CORES);
		if (read_core(&profile->core[profile->core_count++], value, error))
			return -1;
	}
	if (aie_json_read_list(root, "channels", AIE_JSON_ARRAY, &value, error))
		return -1;
	for (; value; value = value->next) {
		if (profile->channel_count == AIE_RUN_MAX_CHANNELS)
			return aie_error_set(error, AIE_ERROR_INPUT, "line %u: more than %d channels", value->line,
			                     AIE_RUN_MAX_CHANNELS);
		if (read_channel(&profile->channel[profile->channel_count++], value, error))
			return -1;
	}
	return 0;
}

int aie_run_profile_read(struct aie_run_profile *profile, const struct aie_json_value *root, struct aie_error *error)
{
	const struct aie_json_value *bound = aie_json_find(root, "bound"), *ddr = aie_json_find(root, "ddr");
	const struct aie_json_value *ceilings = aie_json_find(root, "ceilings");
	double macs_rate = 0;

	memset(profile, 0, sizeof *profile);
	if (root->type != AIE_JSON_OBJECT || !aie_json_find(root, "cycles") || !aie_json_find(root, "clock_hz"))
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "line %u: not the result of a profiled run: \"cycles\" and \"clock_hz\" "
		                     "are needed",
		                     root->line);
	if (text(root, "operator", profile->name, sizeof profile->name, error) ||
	    text(root, "title", profile->title, sizeof profile->title, error) ||
	    text(root, "status", profile->status, sizeof profile->status, error) ||
	    text(root, "fault", profile->fault, sizeof profile->fault, error) ||
	    text(root, "waits", profile->waits, sizeof profile->waits, error) ||
	    count(root, "cycles", &profile->cycles, error) || count(root, "clock_hz", &profile->clock_hz, error) ||
	    count(root, "configure_cycles", &profile->configure_cycles, error) ||
	    count(root, "dispatch_cycles", &profile->dispatch_cycles, error) ||
	    small(root, "columns", 128, &profile->columns, error) || small(root, "rows", 32, &profile->rows, error) ||
	    count(root, "bytes", &profile->useful_bytes, error) || count(root, "macs", &profile->macs, error) ||
	    aie_json_read_double(root, "macs_per_cycle_and_core", &macs_rate, error) ||
	    text(bound, "by", profile->bound, sizeof profile->bound, error) ||
	    aie_json_read_double(bound, "core_share", &profile->core_share, error) ||
	    aie_json_read_double(bound, "shim_share", &profile->shim_share, error) ||
	    aie_json_read_double(bound, "ddr_share", &profile->ddr_share, error) ||
	    aie_json_read_double(bound, "dispatch_share", &profile->dispatch_share, error) ||
	    aie_json_read_double(ceilings, "shim_bytes_per_cycle", &profile->shim_ceiling, error) ||
	    aie_json_read_double(ceilings, "ddr_bytes_per_cycle", &profile->ddr_ceiling, error) ||
	    count(ddr, "bytes_read", &profile->ddr_read, error) ||
	    count(ddr, "bytes_written", &profile->ddr_written, error) ||
	    read_loop(profile, aie_json_find(root, "loop"), error) || read_lists(profile, root, error) ||
	    read_history(profile, aie_json_find(root, "history"), error))
		return -1;
	if (!profile->cycles || !profile->clock_hz)
		return aie_error_set(error, AIE_ERROR_INPUT, "line %u: a run of no cycles, or a clock of 0 Hz",
		                     root->line);
	if (!profile->macs)
		profile->macs = (uint64_t)(macs_rate * (double)profile->cycles * profile->core_count + 0.5);
	return 0;
}

double aie_run_microseconds(const struct aie_run_profile *profile, uint64_t cycles)
{
	return (double)cycles * 1e6 / (double)profile->clock_hz;
}

double aie_run_gigabytes_per_second(const struct aie_run_profile *profile, uint64_t bytes)
{
	return (double)bytes / 1e9 * (double)profile->clock_hz / (double)profile->cycles;
}

double aie_run_core_busy(const struct aie_run_profile *profile, const struct aie_run_core *core)
{
	uint64_t busy = 0;

	for (unsigned part = AIE_RUN_ISSUE; part < AIE_RUN_LOCK; part++)
		busy += core->part[part];
	return (double)busy / (double)profile->cycles;
}

double aie_run_channel_busy(const struct aie_run_profile *profile, const struct aie_run_channel *channel)
{
	return (double)channel->active / (double)profile->cycles;
}

unsigned aie_run_shim_channels(const struct aie_run_profile *profile, bool mm2s)
{
	uint64_t most = 0;
	unsigned channels = 0;

	for (unsigned i = 0; i < profile->channel_count; i++)
		if (profile->channel[i].row == 0 && profile->channel[i].mm2s == mm2s &&
		    profile->channel[i].bytes > most)
			most = profile->channel[i].bytes;
	for (unsigned i = 0; i < profile->channel_count; i++)
		channels += profile->channel[i].row == 0 && profile->channel[i].mm2s == mm2s &&
		            profile->channel[i].bytes > most / 10;
	return channels;
}

const struct aie_run_bundle *aie_run_bundle_at(const struct aie_run_profile *profile, uint32_t address)
{
	for (unsigned i = 0; i < profile->bundle_count; i++)
		if (profile->bundle[i].address == address)
			return &profile->bundle[i];
	return NULL;
}

const struct aie_run_series *aie_run_series_find(const struct aie_run_profile *profile, enum aie_run_series_kind kind,
                                                 unsigned column, unsigned row, unsigned number, bool mm2s)
{
	for (unsigned i = 0; i < profile->series_count; i++) {
		const struct aie_run_series *series = &profile->series[i];

		if (series->kind == kind && series->column == column && series->row == row &&
		    series->number == number && series->mm2s == mm2s)
			return series;
	}
	return NULL;
}
