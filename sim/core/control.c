/* Control transfers, `done`, events, the cycle counter.
 *
 * Every transfer has five delay slots, counted in bundles (published silicon results).  jz and jnz test their register
 * at issue; jnzd tests before it decrements; jl and jl p set lr to the bundle after the fifth delay slot.
 */
#include "sim/core/choices.h"
#include "sim/core/pipeline.h"

/* The address of the bundle after the fifth delay slot of the bundle at `pc`: sizes stand in the first byte of a
 * bundle. */
static uint32_t after_delay_slots(const struct aie_core *core, uint32_t pc)
{
	for (unsigned i = 0; i <= AIE_DELAY_SLOTS && pc < AIE_CORE_PROGRAM_BYTES; i++)
		pc += aie_isa_bundle_size(core->program[pc]);
	return pc;
}

void aie_issue_jump(struct aie_core *core, struct aie_op *op)
{
	if (core->delay_left != 0) {
		aie_core_failf(core, op, AIE_ERROR_UNDEFINED, "a control transfer in the delay slots of another one");
		return;
	}
	uint32_t condition = op->source[0] == AIE_NO_SOURCE ? 0 : aie_word_get(core, op->source[0]);
	uint32_t target =
	        op->source[1] == AIE_NO_SOURCE ? (uint32_t)op->immediate[0] : aie_word_get(core, op->source[1]);
	bool taken = true;
	switch (op->variant) {
	case AIE_JUMP_LINK:
		aie_landing_word(core, &op->output[0], core->now, after_delay_slots(core, op->pc));
		break;
	case AIE_JUMP_ZERO:
		taken = condition == 0;
		break;
	case AIE_JUMP_NOT_ZERO:
		taken = condition != 0;
		break;
	case AIE_JUMP_DECREMENT:
		taken = condition != 0;
		aie_landing_word(core, &op->output[0], core->now, condition - 1);
		/* as sub s0, 1: no borrow unless s0 is 0 (AIE_CHOICE_CARRY_IS_NO_BORROW) */
		aie_landing_word(core, &op->output[1], core->now, condition != 0);
		break;
	default:
		break;
	}
	core->delay_left = AIE_DELAY_SLOTS;
	core->taken = taken;
	core->target = target & AIE_ADDRESS_MASK;
}

void aie_issue_done(struct aie_core *core, struct aie_op *op)
{
	(void)op;
	core->draining = true;
}

void aie_issue_event(struct aie_core *core, struct aie_op *op)
{
	if (core->port.event != NULL)
		core->port.event(core->port.user, op->variant);
}

void aie_issue_counter(struct aie_core *core, struct aie_op *op)
{
	const uint64_t count = aie_cycle_counter(core);
	memcpy(aie_landing_raw(core, &op->output[0], core->now), &count, sizeof(count));
}
