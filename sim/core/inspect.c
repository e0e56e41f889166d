/* Looks into a core and its program for reports: nothing here changes anything. */
#include <string.h>

#include "isa/generated/aie2p_opcodes.h"
#include "sim/core/pipeline.h"

/* ---- memory accesses --------------------------------------------------------------------------------------------- */

static bool accesses(const struct aie_core *core, const struct aie_request *request, uint32_t address, bool write)
{
	uint32_t at;

	if (request->finished || request->store != write)
		return false;
	if (request->op->kind == AIE_ENGINE_LOOKUP)
		return true; /* several addresses */
	at = aie_instance_of((struct aie_core *)core, request->op, request->issue)->address;
	return (request->op->access_bytes < 4 ? at & ~3U : at) == address;
}

bool aie_core_accessing(const struct aie_core *core, uint32_t address, unsigned size, bool write,
                        struct aie_core_access *access)
{
	const struct aie_request_slot *slot = &core->requests[core->now & AIE_RING_MASK];

	for (uint32_t i = 0; i < slot->count; i++) {
		const struct aie_request *request = &slot->entry[i];
		const struct aie_op *op = request->op;
		bool part = op->kind != AIE_ENGINE_LOOKUP && op->access_bytes < 4;

		if (!accesses(core, request, address, write))
			continue;
		*access = (struct aie_core_access){
			.pc = op->pc,
			.address =
			        part ? aie_instance_of((struct aie_core *)core, op, request->issue)->address : address,
			.size = part ? op->access_bytes : size,
			.merge = !write && op->access_stage_2 != AIE_NO_STAGE,
		};
		return true;
	}
	return false;
}

/* ---- locks ------------------------------------------------------------------------------------------------------- */

static void note(const struct aie_insn *insn, struct aie_core_locks *locks)
{
	uint64_t bit =
	        insn->operand[0] >= 0 && insn->operand[0] < AIE_CORE_LOCK_IDS ? UINT64_C(1) << insn->operand[0] : 0;

	switch (insn->opcode) {
	case AIE_OP_ACQ_mLockId_imm:
	case AIE_OP_ACQ_COND_mLockId_imm:
		locks->taken |= bit;
		break;
	case AIE_OP_REL_mLockId_imm:
	case AIE_OP_REL_COND_mLockId_imm:
		locks->given |= bit;
		break;
	case AIE_OP_ACQ_mLockId_reg:
	case AIE_OP_ACQ_COND_mLockId_reg:
		locks->takes_any = true;
		break;
	case AIE_OP_REL_mLockId_reg:
	case AIE_OP_REL_COND_mLockId_reg:
		locks->gives_any = true;
		break;
	default:
		break;
	}
}

void aie_core_locks(const struct aie_core *core, struct aie_core_locks *locks)
{
	enum { STEP = 2 }; /* bundles have even sizes */
	uint8_t program[AIE_CORE_PROGRAM_BYTES];
	struct aie_error ignored;
	uint32_t end = sizeof program;

	memset(locks, 0, sizeof *locks);
	if (aie_core_program_read(core, 0, program, sizeof program, &ignored))
		return;
	while (end && !program[end - 1])
		end--;
	for (uint32_t at = 0; at < end;) {
		struct aie_bundle bundle;

		if (aie_isa_decode(program + at, sizeof program - at, &bundle, &ignored)) {
			at += STEP; /* data among the instructions */
			continue;
		}
		for (unsigned i = 0; i < bundle.count; i++)
			note(&bundle.insn[i], locks);
		at += bundle.size;
	}
}
