/* The decoded trace against the model's own accounting, to the cycle: for the GEMV every lock wait of cores and DMA
 * channels, every kernel interval, and the sums that the cores' counters keep.
 *
 * Three tellers of one run: the trace packets as the shim DMA wrote them, decoded by traces/; the model's record of
 * events; the counters of the cores (stalls by cause and lock, issues and stalls by bundle), which know no events.
 */
#include "tests/tools/traced.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/tools/symbols.h"

static const struct run {
	const char *settings;
	unsigned workers;
} runs[] = {
	{ "M 32 K 512 cols 1 tsi 1 schedule double", 1 },  { "M 32 K 512 cols 1 tsi 1 schedule single", 1 },
	{ "M 128 K 512 cols 8 tsi 1 schedule double", 8 }, { "M 128 K 512 cols 8 tsi 1 schedule single", 8 },
	{ "M 64 K 1024 cols 2 tsi 4 schedule double", 2 }, { "M 64 K 256 cols 8 tsi 1 schedule double", 8 },
};

static const char events[] = "core=INSTR_EVENT_0,INSTR_EVENT_1,LOCK_STALL,MEMORY_STALL;"
                             "mem=DMA_S2MM_0_STALLED_LOCK,DMA_S2MM_1_STALLED_LOCK,DMA_MM2S_0_STALLED_LOCK";

enum { MAX_INTERVALS = 1 << 16 };

struct interval {
	uint64_t begin, end; /* array cycles */
	uint32_t pc;
};

struct intervals {
	size_t count;
	struct interval list[MAX_INTERVALS];
};

/* Cycle of the array in which a tile's timers restarted and its recording began: the record has the broadcast. */
static uint64_t event_cycle(const struct traced *traced, unsigned column, unsigned row, unsigned module,
                            unsigned number)
{
	for (size_t i = 0; i < traced->records.count; i++) {
		const struct aie_profile_record *entry = &traced->records.record[i];

		if (entry->what == AIE_PROFILE_RISE && entry->column == column && entry->row == row &&
		    entry->module == module && entry->number == number)
			return entry->cycle;
	}
	fail_msg("(%u,%u): event %u is not in the record", column, row, number);
	return 0;
}

/* What the model recorded of an event of a core. */
static void recorded(const struct traced *traced, unsigned column, unsigned row, unsigned number,
                     struct intervals *intervals)
{
	bool open = false;

	intervals->count = 0;
	for (size_t i = 0; i < traced->records.count; i++) {
		const struct aie_profile_record *entry = &traced->records.record[i];

		if (entry->column != column || entry->row != row || entry->module != AIE_EVENT_MODULE_CORE ||
		    entry->number != number || entry->what > AIE_PROFILE_FALL)
			continue;
		assert_true(intervals->count < MAX_INTERVALS);
		if (entry->what == AIE_PROFILE_RISE)
			intervals->list[intervals->count] = (struct interval){ entry->cycle, UINT64_MAX, entry->pc };
		else
			intervals->list[intervals->count++].end = entry->cycle;
		open = entry->what == AIE_PROFILE_RISE;
	}
	intervals->count += open;
}

static unsigned slot_of(const struct aie_trace_unit_config *unit, unsigned number)
{
	for (unsigned slot = 0; slot < AIE_TRACE_SLOTS; slot++)
		if (unit->slot[slot] == number)
			return slot;
	fail_msg("event %u is in no slot", number);
	return 0;
}

/* The same from the packets; `zero`: array cycle of the timer's 0. */
static void decoded(const struct traced *traced, unsigned column, unsigned row, unsigned module, unsigned number,
                    uint64_t zero, struct intervals *intervals)
{
	const unsigned unit = traced_unit(traced, column, row, module);
	const unsigned slot = slot_of(&traced->timeline.config.unit[unit], number);
	const struct aie_trace_track *track = &traced->timeline.track[unit];

	intervals->count = 0;
	for (size_t i = 0; i < track->count; i++) {
		const struct aie_trace_event *event = &track->event[i];

		assert_false(event->uncertain);
		if (event->kind == AIE_TRACE_EVENT_START)
			assert_int_equal(event->begin, 0); /* the timer restarts with the event that starts recording */
		if (event->kind != AIE_TRACE_EVENT_ACTIVE || event->slot != slot)
			continue;
		assert_true(intervals->count < MAX_INTERVALS);
		intervals->list[intervals->count++] =
		        (struct interval){ .begin = zero + event->begin, .end = zero + event->begin + event->cycles };
	}
}

/* The part of the record in which the unit recorded: from the cycle after the start event, up to the stop event. */
static void cut(struct intervals *intervals, uint64_t start, uint64_t stop)
{
	size_t kept = 0;

	for (size_t i = 0; i < intervals->count; i++) {
		struct interval interval = intervals->list[i];

		if (interval.begin <= start)
			interval.begin = start + 1;
		if (interval.end > stop)
			interval.end = stop;
		if (interval.begin < interval.end)
			intervals->list[kept++] = interval;
	}
	intervals->count = kept;
}

static void same(const struct intervals *a, const struct intervals *b, const char *what, unsigned column, unsigned row)
{
	if (a->count != b->count)
		fail_msg("(%u,%u) %s: %zu in the trace, %zu in the record", column, row, what, a->count, b->count);
	for (size_t i = 0; i < a->count; i++)
		if (a->list[i].begin != b->list[i].begin || a->list[i].end != b->list[i].end)
			fail_msg("(%u,%u) %s %zu: cycles %lu to %lu in the trace, %lu to %lu in the record", column,
			         row, what, i, (unsigned long)a->list[i].begin, (unsigned long)a->list[i].end,
			         (unsigned long)b->list[i].begin, (unsigned long)b->list[i].end);
}

static uint64_t sum(const struct intervals *intervals)
{
	uint64_t cycles = 0;

	for (size_t i = 0; i < intervals->count; i++)
		cycles += intervals->list[i].end - intervals->list[i].begin;
	return cycles;
}

static const struct aie_profile_core *core_of(const struct traced *traced, unsigned column, unsigned row)
{
	for (uint32_t i = 0; i < traced->profile.core_count; i++)
		if (traced->profile.core[i].column == column && traced->profile.core[i].row == row)
			return &traced->profile.core[i];
	fail_msg("(%u,%u) has no counters", column, row);
	return NULL;
}

/* The whole record of lock stalls against the counters of the core: in all, and by lock. */
static void check_counters(const struct traced *traced, unsigned column, unsigned row, struct intervals *stalls)
{
	const struct aie_profile_core *core = core_of(traced, column, row);
	uint64_t by_lock = 0;

	recorded(traced, column, row, AIE_EVENT_CORE_LOCK_STALL, stalls);
	/* A core that waits for the next run still stalls when the run is over. */
	if (stalls->count && stalls->list[stalls->count - 1].end == UINT64_MAX)
		stalls->list[stalls->count - 1].end =
		        event_cycle(traced, column, row, AIE_EVENT_MODULE_CORE, AIE_EVENT_CORE_ACTIVE) + core->cycles;
	assert_int_equal(sum(stalls), core->stall_lock);
	for (unsigned lock = 0; lock < AIE_PROFILE_LOCKS; lock++)
		by_lock += core->lock_wait[lock];
	assert_int_equal(by_lock, core->stall_lock);
}

/* Where the subroutine of the kernel begins, 0 when the program has none. */
static uint32_t subroutine_of(const struct aie_operator_worker *worker)
{
	for (uint32_t pc = 0; pc / 2 < AIE_PROFILE_PCS; pc += 2) {
		char text[64], *named;
		bool found;

		snprintf(text, sizeof text, "core (%u,%u) pc 0x%x", worker->column, worker->row, pc);
		named = aie_symbols_annotate(text, worker, 1);
		assert_non_null(named);
		found = strstr(named, "<gemv_tile") != NULL;
		free(named);
		if (found)
			return pc;
	}
	return 0;
}

/* Kernel intervals, from INSTR_EVENT_0 to INSTR_EVENT_1, against issues and stalls of the bundles between the two:
 * those from the one to the other in memory, and the subroutine behind when there is one.  n intervals take n cycles
 * for the first bundles, one for every bundle issued after them and before the last ones, and all stalls but those of
 * the first ones. */
static void check_kernels(const struct traced *traced, unsigned column, unsigned row, const struct intervals *begin,
                          const struct intervals *end, uint32_t subroutine)
{
	const struct aie_profile_core *core = core_of(traced, column, row);
	uint64_t cycles = 0, counted = begin->count;
	uint32_t first, last;

	assert_true(begin->count > 0);
	assert_int_equal(begin->count, end->count);
	first = begin->list[0].pc;
	last = end->list[0].pc;
	for (size_t i = 0; i < begin->count; i++) {
		assert_int_equal(begin->list[i].pc, first);
		assert_int_equal(end->list[i].pc, last);
		assert_true(end->list[i].begin > begin->list[i].begin);
		cycles += end->list[i].begin - begin->list[i].begin;
	}
	/* every pass of the two bundles is an event */
	assert_int_equal(core->issues[first / 2], begin->count);
	assert_int_equal(core->issues[last / 2], end->count);
	assert_true(last > first);
	for (uint32_t pc = first + 2; pc <= last; pc += 2)
		counted += core->stalls[pc / 2] + (pc == last ? 0 : core->issues[pc / 2]);
	for (uint32_t pc = subroutine; subroutine && pc / 2 < AIE_PROFILE_PCS; pc += 2)
		counted += core->stalls[pc / 2] + core->issues[pc / 2];
	assert_int_equal(counted, cycles);
}

static void check_worker(const struct traced *traced, const struct aie_operator_worker *worker)
{
	const unsigned column = worker->column, row = worker->row;
	static struct intervals trace, record, begin, end;
	static const uint8_t pulses[] = { AIE_EVENT_CORE_INSTR_EVENT_0, AIE_EVENT_CORE_INSTR_EVENT_1,
		                          AIE_EVENT_CORE_MEMORY_STALL };
	const uint64_t start = event_cycle(traced, column, row, AIE_EVENT_MODULE_CORE, AIE_EVENT_CORE_BROADCAST_15);
	const uint64_t stop = event_cycle(traced, column, row, AIE_EVENT_MODULE_CORE, AIE_EVENT_CORE_BROADCAST_14);

	check_counters(traced, column, row, &record);
	cut(&record, start, stop);
	decoded(traced, column, row, AIE_EVENT_MODULE_CORE, AIE_EVENT_CORE_LOCK_STALL, start, &trace);
	same(&trace, &record, "LOCK_STALL", column, row);
	assert_true(trace.count > 2);
	for (size_t i = 0; i < sizeof pulses; i++) {
		recorded(traced, column, row, pulses[i], &record);
		cut(&record, start, stop);
		decoded(traced, column, row, AIE_EVENT_MODULE_CORE, pulses[i], start, &trace);
		same(&trace, &record, "event", column, row);
	}
	recorded(traced, column, row, AIE_EVENT_CORE_INSTR_EVENT_0, &begin);
	recorded(traced, column, row, AIE_EVENT_CORE_INSTR_EVENT_1, &end);
	check_kernels(traced, column, row, &begin, &end, subroutine_of(worker));
}

/* What the model recorded of a DMA channel's waits for locks: from the step itself, not from the event. */
static void recorded_waits(const struct traced *traced, unsigned column, unsigned row, bool mm2s, unsigned channel,
                           struct intervals *intervals)
{
	bool open = false;

	intervals->count = 0;
	for (size_t i = 0; i < traced->records.count; i++) {
		const struct aie_profile_record *entry = &traced->records.record[i];

		if (entry->column != column || entry->row != row || entry->what < AIE_PROFILE_TASK_START ||
		    entry->by != (mm2s ? AIE_PROFILE_BY_MM2S : AIE_PROFILE_BY_S2MM) || entry->by_channel != channel)
			continue;
		assert_true(intervals->count < MAX_INTERVALS);
		if (entry->what == AIE_PROFILE_WAIT_LOCK) {
			assert_false(open);
			intervals->list[intervals->count] =
			        (struct interval){ .begin = entry->cycle, .end = UINT64_MAX };
			open = true;
		} else if (entry->what == AIE_PROFILE_END_WAIT && open) {
			intervals->list[intervals->count++].end = entry->cycle;
			open = false;
		}
	}
	intervals->count += open;
}

static const struct aie_profile_channel *channel_of(const struct traced *traced, unsigned column, unsigned row,
                                                    bool mm2s, unsigned channel)
{
	for (uint32_t i = 0; i < traced->profile.channel_count; i++) {
		const struct aie_profile_channel *counters = &traced->profile.channel[i];

		if (counters->column == column && counters->row == row && counters->mm2s == mm2s &&
		    counters->channel == channel)
			return counters;
	}
	fail_msg("(%u,%u) channel %u has no counters", column, row, channel);
	return NULL;
}

/* The waits of a tile's DMA channels for locks: trace, record, and the channels' counters. */
static void check_channels(const struct traced *traced, const struct aie_operator_worker *worker)
{
	static struct intervals trace, record;
	static const struct {
		bool mm2s;
		uint8_t channel, event;
	} channels[] = {
		{ false, 0, AIE_EVENT_MEM_DMA_S2MM_0_STALLED_LOCK },
		{ false, 1, AIE_EVENT_MEM_DMA_S2MM_1_STALLED_LOCK },
		{ true, 0, AIE_EVENT_MEM_DMA_MM2S_0_STALLED_LOCK },
	};
	const unsigned column = worker->column, row = worker->row;
	const uint64_t start = event_cycle(traced, column, row, AIE_EVENT_MODULE_MEM, AIE_EVENT_MEM_BROADCAST_15);
	const uint64_t stop = event_cycle(traced, column, row, AIE_EVENT_MODULE_MEM, AIE_EVENT_MEM_BROADCAST_14);
	/* the core is active from configuration to the end of the run */
	const uint64_t end = event_cycle(traced, column, row, AIE_EVENT_MODULE_CORE, AIE_EVENT_CORE_ACTIVE) +
	                     core_of(traced, column, row)->cycles;

	for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
		recorded_waits(traced, column, row, channels[i].mm2s, channels[i].channel, &record);
		assert_true(record.count > 0);
		if (record.list[record.count - 1].end == UINT64_MAX)
			record.list[record.count - 1].end = end;
		assert_int_equal(sum(&record),
		                 channel_of(traced, column, row, channels[i].mm2s, channels[i].channel)->lock_stall);
		cut(&record, start, stop);
		decoded(traced, column, row, AIE_EVENT_MODULE_MEM, channels[i].event, start, &trace);
		same(&trace, &record, "STALLED_LOCK of a channel", column, row);
	}
}

static void agree(void **state)
{
	static struct traced traced;

	(void)state;
	for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
		const struct aie_operator_info *info;

		traced_run(&traced, runs[i].settings, events, 1 << 18);
		assert_true(traced.correct);
		assert_false(aie_trace_lossy(&traced.timeline.losses));
		assert_int_equal(traced.profile.overrun_count, 0);
		info = traced.info;
		assert_int_equal(info->worker_count, runs[i].workers);
		for (size_t k = 0; k < info->worker_count; k++) {
			check_worker(&traced, &info->worker[k]);
			check_channels(&traced, &info->worker[k]);
		}
		traced_close(&traced);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(agree) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
