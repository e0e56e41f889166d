#include "tests/array/event_rig.h"

static uint32_t trace_buffer[0x4000];

uint32_t event_address(struct event_module module, uint32_t distance)
{
	return (module.row == 1 ? 0x94000U : module.mem ? 0x14000U : 0x34000U) + distance;
}

void event_write(struct rig *rig, struct event_module module, uint32_t distance, uint32_t value)
{
	rig_write(rig, module.column, module.row, event_address(module, distance), value);
}

uint32_t event_read(struct rig *rig, struct event_module module, uint32_t distance)
{
	return rig_read(rig, module.column, module.row, event_address(module, distance));
}

static uint32_t perf_address(struct event_module module, uint32_t distance)
{
	uint32_t base = module.row == 0 ? 0x31000 : module.row == 1 ? 0x91000 : module.mem ? 0x11000 : 0x31500;

	return base + distance;
}

void perf_write(struct rig *rig, struct event_module module, uint32_t distance, uint32_t value)
{
	rig_write(rig, module.column, module.row, perf_address(module, distance), value);
}

uint32_t perf_read(struct rig *rig, struct event_module module, uint32_t distance)
{
	return rig_read(rig, module.column, module.row, perf_address(module, distance));
}

void count_event(struct rig *rig, struct event_module module, unsigned number, unsigned event)
{
	uint32_t distance = number / 2 * 4, shift = number % 2 * 16;
	uint32_t word = perf_read(rig, module, distance) & ~(0xFFFFU << shift);

	perf_write(rig, module, distance, word | (event << 8 | event) << shift);
	perf_write(rig, module, 0x20 + 4 * number, 0);
}

uint32_t counted(struct rig *rig, struct event_module module, unsigned number)
{
	return perf_read(rig, module, 0x20 + 4 * number);
}

void event_at(struct rig *rig, struct event_module module, uint64_t cycle, unsigned event)
{
	aie_array_advance(rig->array, cycle);
	assert_int_equal(aie_array_cycle(rig->array), cycle);
	event_write(rig, module, EVENT_GENERATE, event);
}

/* ---- trace ------------------------------------------------------------------------------------------------------- */

/* The trace port of a memory tile leads to DMA 5 and the south only (streams.md 3). */
static unsigned channel_of(const struct event_trace *trace)
{
	return trace->module.row == 1 ? 5 : trace->channel;
}

static void route(struct rig *rig, const struct event_trace *trace)
{
	unsigned column = trace->module.column, row = trace->module.row, channel = channel_of(trace);
	/* streams.md: trace slave ports 23 core, 24 memory module, 17 memory tile, 22 shim */
	unsigned slave = row == 0 ? 22 : row == 1 ? 17 : trace->module.mem ? 24 : 23;
	unsigned master = row == 0 ? 4 + channel : rig_master_index(row, PORT('D', channel));
	uint32_t base = row == 1 ? 0xB0000 : 0x3F000;

	rig_write(rig, column, row, base + 0x100 + 4 * slave, 0x80000000);
	/* trace ports of a compute tile lead to DMA 0, the FIFO and the south: to DMA 1 by way of the FIFO */
	if (row > 1 && channel == 1) {
		rig_write(rig, column, row, base + 4 * rig_master_index(row, PORT('F', 0)), 0x80000000 | slave);
		slave = rig_slave_index(row, PORT('F', 0));
		rig_write(rig, column, row, base + 0x100 + 4 * slave, 0x80000000);
	}
	rig_write(rig, column, row, base + 4 * master, 0x80000000 | slave);
	if (row == 0)
		rig_shim_mux(rig, column);
}

void trace_start(struct rig *rig, const struct event_trace *trace)
{
	struct event_module module = trace->module;
	uint32_t slots[2] = { 0, 0 };
	unsigned bd = module.row == 1 ? 40 : 15 - trace->channel;

	for (unsigned i = 0; i < 8; i++)
		slots[i / 4] |= (uint32_t)trace->slot[i] << i % 4 * 8;
	route(rig, trace);
	rig_bd(rig, module.column, module.row, bd,
	       RIG_BD(.address = module.row == 0 ? RIG_MEMORY_BASE + trace->address : trace->address,
	              .words = 8 * trace->packets, .burst = 0));
	rig_push(rig, module.column, module.row, false, channel_of(trace), bd, 1, false);
	event_write(rig, module, TRACE_EVENT0, slots[0]);
	event_write(rig, module, TRACE_EVENT1, slots[1]);
	event_write(rig, module, TRACE_CONTROL1, trace->type << 12 | trace->id);
	event_write(rig, module, TRACE_CONTROL0, trace->stop << 24 | trace->start << 16 | trace->mode);
}

const uint32_t *trace_words(struct rig *rig, const struct event_trace *trace, size_t *count)
{
	*count = 8 * (size_t)trace->packets;
	assert_true(*count <= sizeof trace_buffer / sizeof trace_buffer[0]);
	if (trace->module.row == 0)
		return rig_memory(rig, trace->address);
	for (size_t i = 0; i < *count; i++)
		trace_buffer[i] =
		        rig_word(rig, trace->module.column, trace->module.row, trace->address + 4 * (uint32_t)i);
	return trace_buffer;
}

static void add_record(void *user, const struct aie_trace_record *record)
{
	struct trace_records *records = user;

	assert_true(records->count < sizeof records->at / sizeof records->at[0]);
	records->at[records->count++] =
	        (struct trace_record){ record->kind, record->mask, record->pc, record->time, record->cycles };
}

void trace_decode(struct rig *rig, const struct event_trace *trace, struct trace_records *records)
{
	struct aie_trace_packet packet;
	struct aie_trace_frames frames;
	struct aie_trace_reader reader;
	const uint32_t *words;
	size_t count;

	memset(records, 0, sizeof *records);
	words = trace_words(rig, trace, &count);
	aie_trace_reader_init(&reader, words, count);
	aie_trace_frames_init(&frames, add_record, records);
	while (aie_trace_reader_next(&reader, &packet)) {
		assert_int_equal(packet.unit.column, trace->module.column);
		assert_int_equal(packet.unit.row, trace->module.row);
		assert_int_equal(packet.unit.type, trace->type);
		assert_int_equal(packet.unit.id, trace->id);
		assert_int_equal(aie_trace_frames_feed(&frames, packet.payload, AIE_TRACE_PAYLOAD_WORDS), 0);
		records->packets++;
	}
	records->undefined = frames.undefined_bytes + frames.orphan_frames;
	records->corrupt = reader.skipped[AIE_TRACE_SKIP_CORRUPT];
	assert_int_equal(records->undefined, 0);
	assert_int_equal(records->corrupt, 0);
}

uint64_t trace_slot_cycles(const struct trace_records *records, unsigned slot, uint64_t *first, uint64_t *last)
{
	uint64_t cycles = 0;

	for (unsigned i = 0; i < records->count; i++) {
		const struct trace_record *record = &records->at[i];

		if (record->kind == AIE_TRACE_RECORD_START || !(record->mask >> slot & 1))
			continue;
		if (!cycles && first)
			*first = record->time;
		if (last)
			*last = record->time + record->cycles - 1;
		cycles += record->cycles;
	}
	return cycles;
}
