#include "tests/traces/model_unit.h"

#include <stdlib.h>

#include "sim/tile/trace.h"

struct model_unit {
	struct aie_trace_recorder recorder;
	struct trace_buffer *buffer;
	uint64_t start, timer;
};

struct model_unit *model_unit_new(struct trace_buffer *buffer, unsigned column, unsigned row, unsigned type,
                                  unsigned id, unsigned mode, bool wide)
{
	static const uint32_t events[2];
	const uint32_t control[2] = { mode, type << 12 | id };
	struct model_unit *unit = calloc(1, sizeof *unit);

	if (!unit)
		abort();
	unit->buffer = buffer;
	aie_trace_configure(&unit->recorder, control, events, wide, !wide && type == 0, column, row);
	return unit;
}

void model_unit_free(struct model_unit *unit)
{
	free(unit);
}

static void drain(struct model_unit *unit)
{
	uint32_t word;
	bool last;

	while (aie_trace_peek(&unit->recorder, &word, &last)) {
		trace_buffer_word(unit->buffer, word);
		aie_trace_pop(&unit->recorder);
	}
}

static void step(struct model_unit *unit, const struct aie_trace_input *input)
{
	aie_trace_run(&unit->recorder, input);
	drain(unit);
}

void model_unit_start(struct model_unit *unit, uint64_t cycle, uint64_t timer)
{
	unit->start = cycle;
	unit->timer = timer;
	step(unit, &(struct aie_trace_input){ .cycle = cycle, .cycles = 1, .timer = timer, .start = true });
}

void model_unit_stop(struct model_unit *unit, uint64_t cycle)
{
	step(unit, &(struct aie_trace_input){
	                   .cycle = cycle, .cycles = 1, .timer = unit->timer + (cycle - unit->start), .stop = true });
}

void model_unit_run(struct model_unit *unit, uint64_t cycle, uint64_t cycles, unsigned mask, unsigned pc)
{
	/* As the array does: no run goes beyond the cycle in which the unit makes its next frame. */
	while (cycles) {
		struct aie_trace_input input = { .cycle = cycle,
			                         .cycles = 1,
			                         .timer = unit->timer + (cycle - unit->start),
			                         .mask = (uint8_t)mask,
			                         .pc = pc };
		uint64_t next;

		step(unit, &input);
		cycle++;
		cycles--;
		if (!cycles)
			return;
		next = aie_trace_next(&unit->recorder, &input);
		input.cycle = cycle;
		input.timer++;
		input.cycles = next == UINT64_MAX || next - cycle > cycles ? cycles : next - cycle;
		if (next <= cycle || !input.cycles)
			continue;
		step(unit, &input);
		cycle += input.cycles;
		cycles -= input.cycles;
	}
}
