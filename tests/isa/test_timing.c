/* Pipeline timing: spot checks against the published itineraries of this core's compiler. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "isa/generated/aie2p_opcodes.h"
#include "isa/generated/aie2p_registers.h"
#include "isa/generated/aie2p_resources.h"
#include "tests/isa/random_insn.h"

/* Timing of an instruction whose shown operands are given in description order. */
static const struct aie_timing *timing_of(unsigned opcode, const int64_t *operands)
{
	struct aie_insn insn = { .opcode = (uint16_t)opcode };
	struct aie_error error;

	for (unsigned i = 0; i < aie_isa_opcode(opcode)->operand_count; i++)
		if (aie_isa_operand_shown(opcode, i))
			insn.operand[i] = *operands++;
	if (aie_isa_complete(&insn, &error))
		fail_msg("%s", error.text);
	return aie_isa_timing(&insn);
}

#define TIMING(opcode, ...) timing_of(opcode, (int64_t[]){ __VA_ARGS__ })

static unsigned index_of(unsigned opcode, const char *operand)
{
	int index = aie_isa_operand_find(aie_isa_opcode(opcode), operand);

	assert_true(index >= 0);
	return (unsigned)index;
}

static const struct aie_stage *stage_of(const struct aie_timing *timing, unsigned resource)
{
	for (unsigned i = 0; i < timing->stage_count; i++)
		if (timing->stage[i].resource == resource)
			return &timing->stage[i];
	return NULL;
}

static void expect_stage(const struct aie_timing *timing, unsigned resource, unsigned offset, unsigned cycles,
                         unsigned kind)
{
	const struct aie_stage *stage = stage_of(timing, resource);

	if (!stage)
		fail_msg("%s is not held", aie_isa_resource_name(resource));
	assert_int_equal(stage->offset, offset);
	assert_int_equal(stage->cycles, cycles);
	assert_int_equal(stage->kind, kind);
}

/* A load's result comes in cycle 7, its memory access is in cycle 5; the write port depends on the destination. */
static void loads(void **state)
{
	const unsigned opcode = AIE_OP_LDA_dms_lda_pstm_nrm_imm;
	const struct aie_timing *timing = TIMING(opcode, AIE_REG_R3, AIE_REG_P1, 4);

	(void)state;
	assert_int_equal(timing->operand_cycle[index_of(opcode, "dst")], 7);
	assert_int_equal(timing->operand_cycle[index_of(opcode, "ptr")], 1);
	assert_int_equal(timing->operand_cycle[index_of(opcode, "ptr_out")], 1);
	assert_int_equal(timing->memory_count, 1);
	assert_int_equal(timing->memory_cycle[0], 5);
	expect_stage(timing, AIE_RESOURCE_PART_WORD_STORE, 0, 1, AIE_STAGE_RESERVED);
	expect_stage(timing, AIE_RESOURCE_DM_ADA, 1, 1, AIE_STAGE_REQUIRED);
	expect_stage(timing, AIE_RESOURCE_R_WA_PORT, 6, 1, AIE_STAGE_REQUIRED);
	assert_null(stage_of(timing, AIE_RESOURCE_P_WM_PORT));

	timing = TIMING(opcode, AIE_REG_P7, AIE_REG_P1, 4);
	expect_stage(timing, AIE_RESOURCE_P_WM_PORT, 6, 1, AIE_STAGE_REQUIRED);
	assert_null(stage_of(timing, AIE_RESOURCE_R_WA_PORT));
	timing = TIMING(opcode, AIE_REG_EH5, AIE_REG_P1, 4);
	expect_stage(timing, AIE_RESOURCE_QEY_WA_PORT, 6, 1, AIE_STAGE_REQUIRED);
	/* lr has no write port of its own in the model */
	timing = TIMING(opcode, AIE_REG_LR, AIE_REG_P1, 4);
	assert_null(stage_of(timing, AIE_RESOURCE_R_WA_PORT));
	assert_null(stage_of(timing, AIE_RESOURCE_P_WM_PORT));
	expect_stage(timing, AIE_RESOURCE_DM_ADA, 1, 1, AIE_STAGE_REQUIRED);

	timing = TIMING(AIE_OP_LDA_dms_lda_spill, AIE_REG_R3, -4);
	assert_int_equal(timing->implicit_use_cycle[0], 1); /* sp */
}

/* A part-word store reads memory in cycle 5, writes it in cycle 11, and keeps others away for 7 cycles. */
static void part_word_stores(void **state)
{
	const unsigned opcode = AIE_OP_ST_s8_idx;
	const struct aie_timing *timing = TIMING(opcode, AIE_REG_R3, AIE_REG_P1, AIE_REG_DJ0);

	(void)state;
	assert_int_equal(timing->operand_cycle[index_of(opcode, "src")], 7);
	assert_int_equal(timing->memory_count, 2);
	assert_int_equal(timing->memory_cycle[0], 5);
	assert_int_equal(timing->memory_cycle[1], 11);
	expect_stage(timing, AIE_RESOURCE_PART_WORD_STORE, 0, 7, AIE_STAGE_REQUIRED);
	expect_stage(timing, AIE_RESOURCE_DMS_WM, 6, 1, AIE_STAGE_REQUIRED);
	expect_stage(timing, AIE_RESOURCE_DM_ADS, 7, 1, AIE_STAGE_REQUIRED);
	assert_int_equal(timing->implicit_def_cycle[0], 6); /* pe2_ads */
	assert_int_equal(timing->implicit_use_cycle[0], 6);
}

/* vmac.f samples its accumulator in cycle 4 (with the vector bypass) and delivers in cycle 6; flags come in cycle 7. */
static void multiply_accumulate(void **state)
{
	const unsigned opcode = AIE_OP_VMAC_f_vmac_bf_vmul_bf_core_X_X;
	const struct aie_timing *timing = TIMING(opcode, AIE_REG_DM0, AIE_REG_DM1, AIE_REG_X0, AIE_REG_X2, AIE_REG_R0);

	(void)state;
	assert_int_equal(timing->operand_cycle[index_of(opcode, "dst")], 6);
	assert_int_equal(timing->operand_cycle[index_of(opcode, "acc1")], 4);
	assert_int_equal(timing->operand_bypass[index_of(opcode, "acc1")], AIE_BYPASS_VEC);
	assert_int_equal(timing->operand_bypass[index_of(opcode, "dst")], AIE_BYPASS_NONE);
	assert_int_equal(timing->operand_cycle[index_of(opcode, "s1")], 1);
	assert_int_equal(timing->operand_cycle[index_of(opcode, "s2")], 1);
	assert_int_equal(timing->implicit_def_cycle[0], 7); /* srFPFlags */
	assert_int_equal(timing->implicit_use_cycle[0], 7); /* crFPMask */
	assert_int_equal(timing->memory_count, 0);
}

/* An srs store works on its operands before the memory access in cycle 7. */
static void converting_stores(void **state)
{
	const unsigned opcode = AIE_OP_VST_SRS_2x_dm_sts_srs_cm_idx_srsSign0;
	const struct aie_opcode_description *description = aie_isa_opcode(opcode);
	const struct aie_timing *timing = TIMING(opcode, AIE_REG_CML0, AIE_REG_S0, AIE_REG_P0, AIE_REG_DJ1);

	(void)state;
	assert_int_equal(timing->memory_cycle[0], 7);
	assert_int_equal(description->implicit_def_count, 1);
	assert_int_equal(description->implicit_def[0], AIE_REG_SRSRS_OF);
	assert_int_equal(timing->implicit_def_cycle[0], 4);
	assert_int_equal(description->implicit_use_count, 4); /* crRnd, crSRSMode, crSat, srsSign0 */
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(timing->implicit_use_cycle[i], 1);
	expect_stage(timing, AIE_RESOURCE_PART_WORD_STORE, 2, 1, AIE_STAGE_RESERVED);
	expect_stage(timing, AIE_RESOURCE_DM_ADS, 3, 1, AIE_STAGE_REQUIRED);
}

static void control(void **state)
{
	const struct aie_timing *timing = TIMING(AIE_OP_JL_lng, 0x100);

	(void)state;
	assert_int_equal(timing->implicit_def_cycle[0], 4); /* lr */
	timing = TIMING(AIE_OP_DONE, 0);
	expect_stage(timing, AIE_RESOURCE_DONE_FU, 3, 3, AIE_STAGE_REQUIRED);
	timing = TIMING(AIE_OP_ACQ_mLockId_imm, 1, AIE_REG_R0);
	expect_stage(timing, AIE_RESOURCE_LCKREQ, 0, 4, AIE_STAGE_REQUIRED);
}

/* Variants by two operands: ports of a scalar move, bypasses of a vector move. */
static void variants(void **state)
{
	const struct aie_timing *timing = TIMING(AIE_OP_MOV_alu_mv_mv_mv_scl, AIE_REG_R0, AIE_REG_P3);

	(void)state;
	expect_stage(timing, AIE_RESOURCE_L_WM_PORT, 0, 1, AIE_STAGE_REQUIRED);
	expect_stage(timing, AIE_RESOURCE_AGU_RM_PORT, 0, 1, AIE_STAGE_REQUIRED);
	assert_null(stage_of(timing, AIE_RESOURCE_L_RM_PORT));
	timing = TIMING(AIE_OP_MOV_alu_mv_mv_mv_scl, AIE_REG_DJ4, AIE_REG_R31);
	expect_stage(timing, AIE_RESOURCE_DJ_WM_PORT, 0, 1, AIE_STAGE_REQUIRED);
	expect_stage(timing, AIE_RESOURCE_L_RM_PORT, 0, 1, AIE_STAGE_REQUIRED);
	assert_null(stage_of(timing, AIE_RESOURCE_AGU_RM_PORT));
	assert_int_equal(timing->stage_count, 4); /* and COL, RSRC_EXECUTION_TRACE */

	timing = TIMING(AIE_OP_VMOV_alu_mv_mv_x, AIE_REG_X1, AIE_REG_BMHL2);
	assert_int_equal(timing->operand_bypass[0], AIE_BYPASS_MV);
	assert_int_equal(timing->operand_bypass[1], AIE_BYPASS_NONE);
	expect_stage(timing, AIE_RESOURCE_DM_RM_PORT, 0, 1, AIE_STAGE_REQUIRED);
	assert_null(stage_of(timing, AIE_RESOURCE_DM_WM_PORT));
	timing = TIMING(AIE_OP_VMOV_alu_mv_mv_x, AIE_REG_BMLL4, AIE_REG_X10);
	assert_int_equal(timing->operand_bypass[0], AIE_BYPASS_NONE);
	assert_int_equal(timing->operand_bypass[1], AIE_BYPASS_MV);
	expect_stage(timing, AIE_RESOURCE_DM_WM_PORT, 1, 1, AIE_STAGE_REQUIRED);

	/* the move bypass works for the low halves wl only */
	assert_int_equal(TIMING(AIE_OP_VEXP2, AIE_REG_WL3, AIE_REG_BMLL0)->operand_bypass[0], AIE_BYPASS_MV);
	assert_int_equal(TIMING(AIE_OP_VEXP2, AIE_REG_WH3, AIE_REG_BMLL0)->operand_bypass[0], AIE_BYPASS_NONE);
	assert_int_equal(TIMING(AIE_OP_VTANH, AIE_REG_WH0, AIE_REG_BMLL0)->operand_bypass[0], AIE_BYPASS_NONE);
}

/* Every instruction with any registers has a timing that fits the description. */
static void every_instruction(void **state)
{
	struct random random = { 0x123456789abcdef };

	(void)state;
	for (unsigned opcode = 0; opcode < aie_isa_opcode_count(); opcode++) {
		const struct aie_opcode_description *description = aie_isa_opcode(opcode);

		for (unsigned n = 0; n < 200; n++) {
			const struct aie_timing *timing;
			struct aie_insn insn;

			random_insn(&random, opcode, &insn);
			timing = aie_isa_timing(&insn);
			assert_true(timing->stage_count <= AIE_MAX_STAGES && timing->memory_count <= 2);
			for (unsigned i = 0; i < timing->stage_count; i++) {
				assert_true(timing->stage[i].resource < AIE_RESOURCE_COUNT);
				assert_true(timing->stage[i].cycles > 0);
			}
			for (unsigned i = 0; i < description->operand_count; i++)
				assert_in_range(timing->operand_cycle[i], 1, 9);
			for (unsigned i = 0; i < description->implicit_def_count; i++)
				assert_in_range(timing->implicit_def_cycle[i], 1, 9);
			for (unsigned i = 0; i < description->implicit_use_count; i++)
				assert_in_range(timing->implicit_use_cycle[i], 1, 9);
			if (description->flags & AIE_OPCODE_LOAD)
				assert_true(timing->memory_count > 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads),
		cmocka_unit_test(part_word_stores),
		cmocka_unit_test(multiply_accumulate),
		cmocka_unit_test(converting_stores),
		cmocka_unit_test(control),
		cmocka_unit_test(variants),
		cmocka_unit_test(every_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
