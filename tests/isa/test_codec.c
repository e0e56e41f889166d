/* Single instructions: machine code of published binaries, every operand of every instruction there and back, and a
 * proof by trying all slot values that decoding is unambiguous. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa/generated/aie2p_opcodes.h"
#include "isa/tables.h"
#include "tests/isa/random_insn.h"

static void expect_text(const uint8_t *bytes, size_t size, const char *expected)
{
	struct aie_bundle bundle;
	struct aie_error error;
	uint8_t again[AIE_BUNDLE_MAX_BYTES];
	char text[400];

	if (aie_isa_decode(bytes, size, &bundle, &error))
		fail_msg("%s: %s", expected, error.text);
	aie_isa_print_bundle(&bundle, text, sizeof text);
	assert_string_equal(text, expected);
	assert_int_equal(bundle.size, size);
	assert_int_equal(aie_isa_encode(&bundle, again, &error), 0);
	assert_memory_equal(again, bytes, size);
}

/* Bytes and text from published core programs for this core, as their compiler's disassembler shows them. */
static void published_code(void **state)
{
	static const struct {
		uint8_t size, bytes[16];
		const char *text;
	} known[] = {
		{ 6, { 0x84, 0x00, 0x00, 0x18, 0x4b, 0x03 }, "j #0x69630" },
		{ 4, { 0x18, 0x00, 0x28, 0x10 }, "ret lr" },
		{ 6, { 0xc4, 0x01, 0x00, 0x00, 0x08, 0x00 }, "paddxm [sp], #64" },
		{ 4, { 0x18, 0x39, 0xc0, 0x07 }, "lda lr, [sp, #-64]" },
		{ 2, { 0x00, 0x00 }, "nop" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		expect_text(known[i].bytes, known[i].size, known[i].text);
}

static const struct aie_insn *round_trip(const struct aie_insn *insn, struct aie_bundle *back)
{
	const struct aie_opcode_description *description = aie_isa_opcode(insn->opcode);
	struct aie_bundle bundle = { .count = 1, .insn = { *insn } };
	uint8_t bytes[AIE_BUNDLE_MAX_BYTES];
	struct aie_error error;

	if (aie_isa_encode(&bundle, bytes, &error) || aie_isa_decode(bytes, bundle.size, back, &error))
		fail_msg("%s: %s", description->name, error.text);
	for (unsigned i = 0; i < back->count; i++) {
		if (aie_isa_opcode(back->insn[i].opcode)->slot != description->slot)
			continue;
		assert_int_equal(back->insn[i].opcode, insn->opcode);
		for (unsigned k = 0; k < description->operand_count; k++)
			if (back->insn[i].operand[k] != insn->operand[k])
				fail_msg("%s: operand %s", description->name, description->operand[k].name);
		return &back->insn[i];
	}
	fail_msg("%s is lost", description->name);
	return NULL;
}

static void every_operand_value(void **state)
{
	struct random random = { 0x2545f4914f6cdd1d };
	struct aie_bundle back;
	unsigned tried = 0;

	(void)state;
	for (unsigned opcode = 0; opcode < aie_isa_opcode_count(); opcode++) {
		const struct aie_opcode_description *description = aie_isa_opcode(opcode);

		for (unsigned i = 0; i < description->operand_count; i++) {
			unsigned operand_class = description->operand[i].operand_class;
			const struct aie_operand_class *values = aie_isa_operand_class(operand_class);
			unsigned count = values->kind == AIE_CLASS_IMMEDIATE ? 5 : values->member_count;

			for (unsigned choice = 0; choice < count; choice++) {
				struct aie_insn insn;
				struct aie_error error;

				random_insn(&random, opcode, &insn);
				insn.operand[i] = operand_value(values, choice);
				for (unsigned k = 0; k < description->operand_count; k++)
					if (aie2p_codings[opcode].root[k] == i && k != i) /* follow the choice */
						insn.operand[k] =
						        aie_isa_operand_class(description->operand[k].operand_class)
						                ->member[choice %
						                         aie_isa_operand_class(
						                                 description->operand[k].operand_class)
						                                 ->member_count]
						                .reg;
				if (aie_isa_complete(&insn, &error))
					continue; /* an operand that another one determines */
				round_trip(&insn, &back);
				tried++;
			}
		}
		for (unsigned n = 0; n < 100; n++) {
			struct aie_insn insn;

			random_insn(&random, opcode, &insn);
			round_trip(&insn, &back);
			tried++;
		}
	}
	assert_true(tried > 120000);
}

static bool accepts(unsigned opcode, uint64_t bits)
{
	const struct aie_coding *coding = &aie2p_codings[opcode];
	const struct aie_opcode_description *description = &aie2p_opcodes[opcode];

	if ((bits & coding->mask) != coding->value)
		return false;
	for (unsigned i = 0; i < description->operand_count; i++) {
		const struct aie_operand_class *values = &aie2p_classes[description->operand[i].operand_class];
		unsigned code = 0, k = 0;

		if (values->kind != AIE_CLASS_REGISTER || coding->root[i] != i)
			continue;
		for (unsigned f = coding->field_first; f < coding->field_first + coding->field_count; f++)
			if (aie2p_fields[f].operand == i)
				code |= (unsigned)(bits >> aie2p_fields[f].low & ((1u << aie2p_fields[f].width) - 1))
				        << aie2p_fields[f].shift;
		while (k < values->member_count && values->member[k].code != code)
			k++;
		if (k == values->member_count)
			return false;
	}
	return true;
}

/* Every value of the narrow slots, and a sample of the wide ones: at most one instruction accepts it, and that is the
 * decoded one.  (The build proves the same by reasoning about the encodings.) */
static void slot_values_are_unambiguous(void **state)
{
	static const enum aie_slot slots[] = { AIE_SLOT_LDA, AIE_SLOT_LDB, AIE_SLOT_ALU, AIE_SLOT_MV,
		                               AIE_SLOT_ST,  AIE_SLOT_VEC, AIE_SLOT_LNG, AIE_SLOT_NOP };
	struct random random = { 88172645463325252 };

	(void)state;
	for (size_t s = 0; s < sizeof slots / sizeof slots[0]; s++) {
		unsigned opcodes[AIE_OP_COUNT], count = 0, width = aie2p_slots[slots[s]].width;
		uint64_t values = UINT64_C(1) << width, limit = values > 1 << 20 ? 1 << 20 : values;

		for (unsigned opcode = 0; opcode < AIE_OP_COUNT; opcode++)
			if (aie2p_opcodes[opcode].slot == slots[s])
				opcodes[count++] = opcode;
		for (uint64_t i = 0; i < limit; i++) {
			uint64_t bits = limit == values ? i : random_next(&random) & (values - 1);
			unsigned accepting = 0, found = AIE_OP_COUNT;
			struct aie_insn insn;

			for (unsigned k = 0; k < count; k++)
				if ((bits & aie2p_codings[opcodes[k]].mask) == aie2p_codings[opcodes[k]].value &&
				    accepts(opcodes[k], bits)) {
					accepting++;
					found = opcodes[k];
				}
			if (accepting > 1 || aie_insn_decode(slots[s], bits, &insn) != (accepting == 1) ||
			    (accepting && insn.opcode != found))
				fail_msg("slot %s, bits 0x%llx", aie2p_slots[slots[s]].name, (unsigned long long)bits);
		}
	}
}

/* The overlaps that the accumulator codes 110 and 111 tell apart, and codes that no register has. */
static void register_codes_decide(void **state)
{
	static const struct {
		const char *loser, *winner;
		unsigned low, code;
	} known[] = {
		{ "VMOV_D", "VCLR", 15, 7 },
		{ "VMSC_vmul_cm_core_X_X", "VNEGMUL_vmul_cm_core_X_X", 15, 7 },
		{ "VADDMAC_f_vaddmac_bf_vmac_cm2_add_reg_vmul_bf_core_X_X",
		  "VADDMAC_f_vaddmac_bf_vmac_cm2_add_scd_vmul_bf_core_X_X", 18, 6 },
		{ "VADDMAC_f_vaddmac_bf_vmac_cm2_add_reg_vmul_bf_core_X_X",
		  "VADDMAC_f_vaddmac_bf_vmac_cm2_add_scd_incr_vmul_bf_core_X_X", 18, 7 },
	};
	struct aie_insn insn;

	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		unsigned loser = aie_isa_opcode_find(known[i].loser), winner = aie_isa_opcode_find(known[i].winner);
		uint64_t bits = aie2p_codings[loser].value;

		assert_true(loser < AIE_OP_COUNT && winner < AIE_OP_COUNT);
		assert_true(aie_insn_decode(AIE_SLOT_VEC, bits, &insn));
		assert_int_equal(insn.opcode, loser);
		assert_true(aie_insn_decode(AIE_SLOT_VEC, bits | (uint64_t)known[i].code << known[i].low, &insn));
		assert_int_equal(insn.opcode, winner);
		/* there is no dm5: the code 101 decodes to nothing */
		assert_false(aie_insn_decode(AIE_SLOT_VEC, bits | UINT64_C(5) << known[i].low, &insn));
	}
}

/* Implied operands: tied outputs, the counters of 2D and 3D addressing, the load-FIFO group, fixed registers. */
static void implied_operands(void **state)
{
	struct aie_insn insn = { .opcode = AIE_OP_LDA_3D_s16 };
	const struct aie_opcode_description *description = aie_isa_opcode(insn.opcode);
	struct aie_error error;

	(void)state;
	insn.operand[aie_isa_operand_find(description, "dst")] = aie_isa_register_find("r9");
	insn.operand[aie_isa_operand_find(description, "ptr")] = aie_isa_register_find("p5");
	insn.operand[aie_isa_operand_find(description, "mod")] = aie_isa_register_find("d2_3d");
	assert_int_equal(aie_isa_complete(&insn, &error), 0);
	assert_int_equal(insn.operand[aie_isa_operand_find(description, "ptr_out")], aie_isa_register_find("p5"));
	assert_int_equal(insn.operand[aie_isa_operand_find(description, "dcl")], aie_isa_register_find("dc2"));
	assert_int_equal(insn.operand[aie_isa_operand_find(description, "dch")], aie_isa_register_find("dc6"));
	assert_int_equal(description->operand[aie_isa_operand_find(description, "ptr_out")].tied,
	                 aie_isa_operand_find(description, "ptr"));

	insn = (struct aie_insn){ .opcode = AIE_OP_VLDB_POP_512_normal_pop };
	description = aie_isa_opcode(insn.opcode);
	insn.operand[aie_isa_operand_find(description, "dst")] = aie_isa_register_find("x3");
	insn.operand[aie_isa_operand_find(description, "ptr")] = aie_isa_register_find("p1");
	insn.operand[aie_isa_operand_find(description, "fifo_reg")] = aie_isa_register_find("lf1");
	insn.operand[aie_isa_operand_find(description, "pos")] = aie_isa_register_find("r25");
	assert_int_equal(aie_isa_complete(&insn, &error), 0);
	assert_int_equal(insn.operand[aie_isa_operand_find(description, "ptr_superreg")],
	                 aie_isa_register_find("plfr1"));
	insn.operand[aie_isa_operand_find(description, "pos")] = aie_isa_register_find("r24");
	assert_int_equal(aie_isa_complete(&insn, &error), -1);
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	assert_non_null(strstr(error.text, "pos must be r25"));

	insn = (struct aie_insn){ .opcode = AIE_OP_SEL_EQZ };
	description = aie_isa_opcode(insn.opcode);
	for (unsigned i = 0; i < description->operand_count; i++)
		if (aie_isa_operand_shown(insn.opcode, i))
			insn.operand[i] = aie_isa_register_find("r1");
	assert_int_equal(aie_isa_complete(&insn, &error), 0);
	for (unsigned i = 0; i < description->operand_count; i++)
		if (!aie_isa_operand_shown(insn.opcode, i))
			assert_int_equal(insn.operand[i], aie_isa_register_find("r27"));
}

static void bad_operands_are_named(void **state)
{
	struct aie_insn insn = { .opcode = AIE_OP_LDA_dms_lda_idx_imm };
	const struct aie_opcode_description *description = aie_isa_opcode(insn.opcode);
	struct aie_bundle bundle = { .count = 1 };
	uint8_t bytes[AIE_BUNDLE_MAX_BYTES];
	struct aie_error error;
	int imm = aie_isa_operand_find(description, "imm");

	(void)state;
	insn.operand[aie_isa_operand_find(description, "dst")] = aie_isa_register_find("r0");
	insn.operand[aie_isa_operand_find(description, "ptr")] = aie_isa_register_find("p0");
	insn.operand[imm] = 32;
	bundle.insn[0] = insn;
	assert_int_equal(aie_isa_encode(&bundle, bytes, &error), -1);
	assert_string_equal(error.text, "lda: operand imm: 32 is outside -32..28");
	bundle.insn[0].operand[imm] = 6;
	assert_int_equal(aie_isa_encode(&bundle, bytes, &error), -1);
	assert_string_equal(error.text, "lda: operand imm: 6 is not a multiple of 4");
	bundle.insn[0].operand[imm] = -32;
	bundle.insn[0].operand[aie_isa_operand_find(description, "ptr")] = aie_isa_register_find("m1");
	assert_int_equal(aie_isa_encode(&bundle, bytes, &error), -1);
	assert_string_equal(error.text, "lda: operand ptr: m1 is not one of the registers of class eP");
	bundle.insn[0].operand[aie_isa_operand_find(description, "ptr")] = INT64_MIN;
	assert_int_equal(aie_isa_encode(&bundle, bytes, &error), -1);
	bundle.insn[0].opcode = UINT16_MAX;
	assert_int_equal(aie_isa_encode(&bundle, bytes, &error), -1);
	bundle.count = 255;
	assert_int_equal(aie_isa_encode(&bundle, bytes, &error), -1);
}

static void expect_insn(const char *name, const int64_t *operands, const char *expected)
{
	struct aie_insn insn = { .opcode = (uint16_t)aie_isa_opcode_find(name) };
	char text[200];
	unsigned given = 0;

	assert_true(insn.opcode < AIE_OP_COUNT);
	for (unsigned i = 0; i < aie_isa_opcode(insn.opcode)->operand_count; i++)
		if (aie_isa_operand_shown(insn.opcode, i))
			insn.operand[i] = operands[given++];
	assert_int_equal(aie_isa_print_insn(&insn, text, sizeof text), strlen(expected));
	assert_string_equal(text, expected);
	/* cut, but terminated, and nothing written beyond */
	memset(text, '#', sizeof text);
	assert_int_equal(aie_isa_print_insn(&insn, text, 4), strlen(expected));
	assert_int_equal(text[3], 0);
	assert_int_equal(text[4], '#');
	assert_int_equal(aie_isa_print_insn(&insn, NULL, 0), strlen(expected));
}

/* Spellings of the vendor's open assembler. */
static void spelling(void **state)
{
	(void)state;
#define R(name) ((int64_t)aie_isa_register_find(name))
	expect_insn("VLDB_UNPACK_dmw_ldb_unpack_pstm_nrm_imm_unpackSign0", (int64_t[]){ R("x0"), R("p0"), 32 },
	            "vldb.unpack x0, unpacksign0, [p0], #32");
	expect_insn("INV_mOptConvDel_mRx_mOptConv", (int64_t[]){ R("r1"), R("r2") },
	            "inv r1.flt2fx, s3, r2.fx2flt, s2");
	expect_insn("VADDMAC_vmac_cm2_add_scd_incr_vmul_cm_core_Y_X",
	            (int64_t[]){ R("dm1"), R("dm1"), R("y2"), R("x3"), R("r4") },
	            "vaddmac dm1, dm1, scd[r31++], y2, x3, r4");
	expect_insn("EVENT_event1", NULL, "event #1");
	expect_insn("MOV_alu_mv_mv_mv_cntr2l", (int64_t[]){ R("l2") }, "mov r5:r4, cntr");
	expect_insn("LDA_3D_u8", (int64_t[]){ R("r1"), R("p2"), R("d3_3d") }, "lda.3d.u8 r1, [p2], d3");
	expect_insn("JNZ", (int64_t[]){ R("r7"), 0x1f0 }, "jnz r7, #0x1f0");
	expect_insn("MOVXM", (int64_t[]){ R("crSat"), -5 }, "movxm crsat, #-5");
#undef R
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_code),
		cmocka_unit_test(every_operand_value),
		cmocka_unit_test(slot_values_are_unambiguous),
		cmocka_unit_test(register_codes_decide),
		cmocka_unit_test(implied_operands),
		cmocka_unit_test(bad_operands_are_named),
		cmocka_unit_test(spelling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
