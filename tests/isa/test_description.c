/* Registers, classes, formats and relocations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa/generated/aie2p_opcodes.h"
#include "isa/generated/aie2p_registers.h"
#include "isa/isa.h"
#include "isa/operands.h"

static const struct aie_register *named(const char *format, unsigned i)
{
	char name[32];
	unsigned id;

	snprintf(name, sizeof name, format, i);
	id = aie_isa_register_find(name);
	if (id == AIE_REGISTER_NONE)
		fail_msg("no register %s", name);
	return aie_isa_register(id);
}

static size_t bytes_of(const struct aie_register *reg)
{
	size_t bytes = 0;

	for (unsigned i = 0; i < reg->piece_count; i++)
		bytes += reg->piece[i].size;
	return bytes;
}

/* `whole` consists of the parts, in this order, byte for byte. */
static void expect_parts(const struct aie_register *whole, unsigned count, const struct aie_register *const *parts)
{
	uint16_t expected[AIE_REGISTER_MAX_BYTES], actual[AIE_REGISTER_MAX_BYTES];
	size_t expected_count = 0, actual_count = 0;

	for (unsigned i = 0; i < count; i++)
		for (unsigned k = 0; k < parts[i]->piece_count; k++)
			for (unsigned b = 0; b < parts[i]->piece[k].size; b++)
				expected[expected_count++] = (uint16_t)(parts[i]->piece[k].offset + b);
	for (unsigned k = 0; k < whole->piece_count; k++)
		for (unsigned b = 0; b < whole->piece[k].size; b++)
			actual[actual_count++] = (uint16_t)(whole->piece[k].offset + b);
	if (expected_count != actual_count || memcmp(expected, actual, actual_count * sizeof actual[0]) != 0)
		fail_msg("%s is not made of its parts", whole->name);
}

#define EXPECT_PARTS(whole, ...)                                                                                       \
	expect_parts(whole, sizeof((const struct aie_register *[]){ __VA_ARGS__ }) / sizeof(void *),                   \
	             (const struct aie_register *[]){ __VA_ARGS__ })

static void register_pieces(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		EXPECT_PARTS(named("x%u", i), named("wl%u", i), named("wh%u", i));
		EXPECT_PARTS(named("e%u", i), named("el%u", i), named("eh%u", i));
		EXPECT_PARTS(named("ex%u", i), named("x%u", i), named("e%u", i));
		assert_int_equal(named("x%u", i)->piece_count, 1);
	}
	for (unsigned i = 0; i < 6; i++) {
		EXPECT_PARTS(named("y%u", i), named("x%u", 2 * i), named("x%u", 2 * i + 1));
		EXPECT_PARTS(named("ey%u", i), named("ex%u", 2 * i), named("ex%u", 2 * i + 1));
		assert_int_equal(named("y%u", i)->piece_count, 1);
	}
	for (unsigned i = 0; i < 5; i++) {
		EXPECT_PARTS(named("dm%u", i), named("bmll%u", i), named("bmlh%u", i), named("bmhl%u", i),
		             named("bmhh%u", i));
		EXPECT_PARTS(named("cml%u", i), named("bmll%u", i), named("bmlh%u", i));
		EXPECT_PARTS(named("cmh%u", i), named("bmhl%u", i), named("bmhh%u", i));
		assert_int_equal(named("dm%u", i)->piece_count, 1);
		assert_int_equal(named("dm%u", i)->bits, 2048);
	}
	for (unsigned i = 0; i < 16; i++) {
		EXPECT_PARTS(named("l%u", i), named("r%u", 2 * i), named("r%u", 2 * i + 1));
		assert_int_equal(named("l%u", i)->piece_count, 1);
	}
	for (unsigned i = 0; i < 8; i++)
		EXPECT_PARTS(named("d%u", i), named("m%u", i), named("dn%u", i), named("dj%u", i), named("dc%u", i));
	for (unsigned i = 0; i < 4; i++) {
		EXPECT_PARTS(named("d%u_3d", i), named("d%u", i), named("d%u", i + 4));
		EXPECT_PARTS(named("q%u", i), named("ql%u", i), named("qh%u", i));
		EXPECT_PARTS(named("qx%u", i), named("x%u", i), named("q%u", i));
		assert_int_equal(named("s%u", i)->bits, 6);
	}
	for (unsigned i = 0; i < 2; i++) {
		EXPECT_PARTS(named("lf%u", i), named("lfl%u", i), named("lfh%u", i));
		EXPECT_PARTS(named("plfr%u", i), named("p%u", i), named("lf%u", i), named("r%u", 24 + i));
		EXPECT_PARTS(named("qy%u", i), named("qx%u", 2 * i), named("qx%u", 2 * i + 1));
		assert_int_equal(named("qey%u", i)->bits, 1408);
	}
	EXPECT_PARTS(named("sf", 0), named("sfl", 0), named("sfh", 0));
	assert_int_equal(bytes_of(named("tile_cntr", 0)), 8);
	assert_int_equal(bytes_of(named("core_id", 0)), 4);
	assert_int_equal(named("p3", 0)->bits, 20);
}

/* Every byte of a register lies in the image; leaves do not share bytes. */
static void register_image(void **state)
{
	size_t size = aie_isa_register_image_size();
	uint8_t *owner = calloc(size, 1);

	(void)state;
	assert_non_null(owner);
	assert_int_equal(aie_isa_register_count(), AIE_REG_COUNT);
	for (unsigned id = 0; id < aie_isa_register_count(); id++) {
		const struct aie_register *reg = aie_isa_register(id);

		assert_int_equal(aie_isa_register_find(reg->name), id);
		assert_in_range(bytes_of(reg), (reg->bits + 7u) / 8, AIE_REGISTER_MAX_BYTES);
		assert_in_range(reg->piece_count, 1, AIE_REGISTER_MAX_PIECES);
		for (unsigned i = 0; i < reg->piece_count; i++) {
			assert_true(reg->piece[i].offset + reg->piece[i].size <= size);
			assert_int_equal(reg->piece[i].offset % 4, 0);
		}
		if (reg->bits <= 32 || strncmp(reg->name, "wl", 2) == 0 || strncmp(reg->name, "wh", 2) == 0)
			for (unsigned b = 0; b < reg->piece[0].size; b++)
				assert_int_equal(owner[reg->piece[0].offset + b]++, 0);
	}
	free(owner);
	assert_null(aie_isa_register(AIE_REG_COUNT));
}

static void names(void **state)
{
	(void)state;
	assert_int_equal(aie_isa_register_find("r5:r4"), AIE_REG_L2);
	assert_int_equal(aie_isa_register_find("l2"), AIE_REG_L2);
	assert_int_equal(aie_isa_register_find("crRnd"), AIE_REG_CRRND);
	assert_int_equal(aie_isa_register_find("crrnd"), AIE_REG_CRRND);
	assert_int_equal(aie_isa_register_find("d1_3d"), AIE_REG_D1_3D);
	assert_string_equal(aie_isa_register(AIE_REG_D1_3D)->assembly, "d1");
	assert_string_equal(aie_isa_register(AIE_REG_L2)->assembly, "r5:r4");
	assert_int_equal(aie_isa_register_find("r32"), AIE_REGISTER_NONE);
	assert_int_equal(aie_isa_register_find(""), AIE_REGISTER_NONE);
	assert_int_equal(aie_isa_opcode_count(), 880); /* 879 of the description's source and the 16-bit nop */
	assert_int_equal(aie_isa_opcode_count(), AIE_OP_COUNT);
	for (unsigned opcode = 0; opcode < AIE_OP_COUNT; opcode++)
		assert_int_equal(aie_isa_opcode_find(aie_isa_opcode(opcode)->name), opcode);
	assert_int_equal(aie_isa_opcode_find("LDA"), AIE_OP_COUNT);
	assert_null(aie_isa_opcode(AIE_OP_COUNT));
	assert_string_equal(aie_isa_opcode(AIE_OP_ACQ_mLockId_imm)->mnemonic, "acq");
	assert_int_equal(aie_isa_format_count(), 77);
	assert_true(aie_isa_opcode(AIE_OP_RET)->flags & AIE_OPCODE_DELAY_SLOTS);
	assert_true(aie_isa_opcode(AIE_OP_NOPV)->flags & AIE_OPCODE_NOP);
	for (unsigned slot = 0; slot < AIE_SLOT_COUNT; slot++)
		assert_int_equal(aie_isa_opcode(aie_isa_slot_nop((enum aie_slot)slot))->slot, slot);
}

static const struct aie_operand_class *class_of(unsigned opcode, const char *operand)
{
	const struct aie_opcode_description *description = aie_isa_opcode(opcode);
	int index = aie_isa_operand_find(description, operand);

	assert_true(index >= 0);
	return aie_isa_operand_class(description->operand[index].operand_class);
}

static void operand_classes(void **state)
{
	const struct aie_operand_class *scalar = class_of(AIE_OP_MOV_alu_mv_mv_mv_scl, "dst");
	const struct aie_operand_class *offset = class_of(AIE_OP_LDA_dms_lda_spill, "imm");
	const struct aie_operand_class *word = class_of(AIE_OP_MOVXM, "i");
	struct aie_error error;
	int64_t value;

	(void)state;
	assert_int_equal(aie_isa_class_register(scalar, "r12", 3), AIE_REG_R12);
	assert_int_equal(aie_isa_class_register(scalar, "R12,", 3), AIE_REG_R12);
	assert_int_equal(aie_isa_class_register(scalar, "r1", 2), AIE_REG_R1);
	assert_int_equal(aie_isa_class_register(scalar, "crsat", 5), AIE_REG_CRSAT);
	assert_int_equal(aie_isa_class_register(scalar, "x1", 2), AIE_REGISTER_NONE);
	assert_int_equal(aie_isa_class_register(scalar, "", 0), AIE_REGISTER_NONE);
	assert_int_equal(aie_isa_class_register(class_of(AIE_OP_LDA_3D_s8, "mod"), "d1", 2), AIE_REG_D1_3D);
	assert_int_equal(aie_isa_class_register(class_of(AIE_OP_LDA_2D_s8, "mod"), "d1", 2), AIE_REG_D1);
	assert_true(aie_isa_class_contains(scalar, AIE_REG_LR));
	assert_false(aie_isa_class_contains(scalar, AIE_REG_CORE_ID)); /* read only */

	/* stack offsets are negative, in words, 512 of them */
	assert_int_equal(offset->minimum, -2048);
	assert_int_equal(offset->maximum, -4);
	assert_int_equal(offset->step, 4);
	value = 0;
	assert_int_equal(aie_isa_class_immediate(offset, &value, &error), -1);
	value = -6;
	assert_int_equal(aie_isa_class_immediate(offset, &value, &error), -1);
	value = 0xffffffff;
	assert_int_equal(aie_isa_class_immediate(word, &value, &error), 0);
	assert_int_equal(value, -1);
	value = INT64_C(1) << 32;
	assert_int_equal(aie_isa_class_immediate(word, &value, &error), -1);
	assert_true(word->symbol);
	assert_false(offset->symbol);
}

static void expect_relocation(unsigned opcode, const char *operand, const char *format, int type)
{
	int index = aie_isa_operand_find(aie_isa_opcode(opcode), operand);

	assert_true(index >= 0);
	for (unsigned i = 0; i < aie_isa_format_count(); i++)
		if (strcmp(aie_isa_format(i)->name, format) == 0) {
			assert_int_equal(aie_isa_relocation_find(i, opcode, (unsigned)index), type);
			return;
		}
	fail_msg("no format %s", format);
}

/* Types as the published object files use them: 1 for jumps, 42 for movxm, 9 / 16 / 29 / 50 for the 32-bit forms. */
static void relocations(void **state)
{
	uint8_t jump[6] = { 0x84, 0, 0, 0, 0, 0 }, word[4] = { 0 };
	struct aie_bundle bundle;
	struct aie_error error;
	char text[80];

	(void)state;
	expect_relocation(AIE_OP_J_lng, "i", "I48_LNG", 1);
	expect_relocation(AIE_OP_JNZ, "i", "I48_LNG", 1);
	expect_relocation(AIE_OP_MOVXM, "i", "I48_LNG", 42);
	expect_relocation(AIE_OP_MOVA, "i", "I32_LDA", 9);
	expect_relocation(AIE_OP_MOVX_alu_cg, "i", "I32_ALU", 16);
	expect_relocation(AIE_OP_MOV_alu_mv_mv_mv_cg, "i", "I32_MV", 29);
	expect_relocation(AIE_OP_ADD_NC_mv_add_ri, "imm", "I32_MV", 50);
	expect_relocation(AIE_OP_J_lng, "i", "I128_LDA_LDB_ST_LNG_VEC", 0);
	expect_relocation(AIE_OP_J_lng, "i", "I32_MV", AIE_RELOCATION_NONE);
	expect_relocation(AIE_OP_ADD_NC_mv_add_ri, "s0", "I32_MV", AIE_RELOCATION_NONE);
	assert_int_equal(aie_isa_relocation_find(77, AIE_OP_J_lng, 0), AIE_RELOCATION_NONE);

	assert_int_equal(aie_isa_relocation_apply(1, jump, sizeof jump, 0x69630, &error), 0);
	assert_int_equal(aie_isa_decode(jump, sizeof jump, &bundle, &error), 0);
	aie_isa_print_bundle(&bundle, text, sizeof text);
	assert_string_equal(text, "j #0x69630");
	assert_int_equal(aie_isa_relocation_apply(AIE_RELOCATION_WORD32, word, sizeof word, 0x12345678, &error), 0);
	assert_memory_equal(word, ((uint8_t[]){ 0x78, 0x56, 0x34, 0x12 }), 4);
	assert_int_equal(aie_isa_relocation_apply(1, jump, 5, 0, &error), -1);
	assert_int_equal(aie_isa_relocation_apply(63, jump, sizeof jump, 0, &error), -1);
}

/* In every format, every operand that may name a symbol has a relocation, and the relocation hits exactly its bits. */
static void relocations_cover_symbols(void **state)
{
	(void)state;
	for (unsigned opcode = 0; opcode < AIE_OP_COUNT; opcode++) {
		const struct aie_opcode_description *description = aie_isa_opcode(opcode);

		for (unsigned i = 0; i < description->operand_count; i++) {
			const struct aie_operand_class *values =
			        aie_isa_operand_class(description->operand[i].operand_class);

			if (values->kind != AIE_CLASS_IMMEDIATE || !values->symbol)
				continue;
			for (unsigned f = 0; f < aie_isa_format_count(); f++) {
				const struct aie_format *format = aie_isa_format(f);
				bool has = false;
				int type = aie_isa_relocation_find(f, opcode, i);

				for (unsigned s = 0; s < format->slot_count; s++)
					has = has || format->slot[s] == description->slot;
				if ((type != AIE_RELOCATION_NONE) != has)
					fail_msg("%s in %s: relocation %d", description->name, format->name, type);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(register_pieces), cmocka_unit_test(register_image),
		cmocka_unit_test(names),           cmocka_unit_test(operand_classes),
		cmocka_unit_test(relocations),     cmocka_unit_test(relocations_cover_symbols),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
