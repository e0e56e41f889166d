/* Bundles: choice of the format, a million random bundles there and back, random bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa/generated/aie2p_opcodes.h"
#include "tests/isa/random_insn.h"

static void size_by_the_low_bits(void **state)
{
	/* low four bits -> bytes; 48-bit bundles have a three-bit and 128-bit bundles a one-bit size code */
	static const uint8_t sizes[16] = { 2, 16, 8, 16, 6, 16, 12, 16, 4, 16, 10, 16, 6, 16, 14, 16 };

	(void)state;
	for (unsigned first = 0; first < 256; first++)
		assert_int_equal(aie_isa_bundle_size((uint8_t)first), sizes[first & 15]);
}

static void expect_format(unsigned count, const uint16_t *opcodes, unsigned size, const char *format, const char *text)
{
	struct aie_bundle bundle = { .count = (uint8_t)count }, back;
	uint8_t bytes[AIE_BUNDLE_MAX_BYTES];
	struct aie_error error;
	char printed[400];

	for (unsigned i = 0; i < count; i++)
		bundle.insn[i].opcode = opcodes[i];
	bundle.size = (uint8_t)size;
	if (aie_isa_encode(&bundle, bytes, &error))
		fail_msg("%s: %s", format, error.text);
	assert_string_equal(aie_isa_format(bundle.format)->name, format);
	assert_int_equal(aie_isa_decode(bytes, sizeof bytes, &back, &error), 0);
	aie_isa_print_bundle(&back, printed, sizeof printed);
	assert_string_equal(printed, text);
}

#define EXPECT_FORMAT(size, format, text, ...)                                                                         \
	expect_format(sizeof((uint16_t[]){ __VA_ARGS__ }) / sizeof(uint16_t), (uint16_t[]){ __VA_ARGS__ }, size,       \
	              format, text)

/* A slot nop asks for a format with its slot; slots that nobody asked for are filled with their nops. */
static void choice_of_the_format(void **state)
{
	(void)state;
	expect_format(0, NULL, 0, "I16_NOP", "nop");
	EXPECT_FORMAT(0, "I16_NOP", "nop", AIE_OP_NOP);
	EXPECT_FORMAT(0, "I32_MV", "nopm", AIE_OP_NOPM);
	EXPECT_FORMAT(0, "I32_ALU", "done", AIE_OP_DONE);
	EXPECT_FORMAT(0, "I48_ALU_MV", "done; nopm", AIE_OP_NOPM, AIE_OP_DONE);
	EXPECT_FORMAT(0, "I64_ST_MV", "nops; nopm", AIE_OP_NOPM, AIE_OP_NOPS);
	EXPECT_FORMAT(0, "I48_LNG", "nopxm", AIE_OP_NOPXM);
	EXPECT_FORMAT(0, "I80_LDA_LNG", "nopa; nopxm", AIE_OP_NOPXM, AIE_OP_NOPA);
	EXPECT_FORMAT(0, "I128_LDA_LDB_ST_LNG_VEC", "nopa; nopb; nops; nopxm; nopv", AIE_OP_NOPV, AIE_OP_NOPXM,
	              AIE_OP_NOPS, AIE_OP_NOPB, AIE_OP_NOPA);
	EXPECT_FORMAT(0, "I128_LDA_LDB_ST_ALU_MV_VEC", "nopa; nopb; nops; nopx; nopm; nopv", AIE_OP_NOPV, AIE_OP_NOPX,
	              AIE_OP_NOPM, AIE_OP_NOPS, AIE_OP_NOPB, AIE_OP_NOPA);
	/* no 96-bit format has lda, st, mv and vec without more: the 112-bit one is the smallest */
	EXPECT_FORMAT(0, "I112_LDA_ST_MV_VEC", "nopa; nops; nopm; nopv", AIE_OP_NOPA, AIE_OP_NOPS, AIE_OP_NOPM,
	              AIE_OP_NOPV);
	/* a size that is given is kept */
	EXPECT_FORMAT(16, "I128_LDA_LDB_ST_LNG_VEC", "nopa; nopb; nops; nopxm; nopv", AIE_OP_NOPV);
	EXPECT_FORMAT(6, "I48_ALU_MV", "done; nopm", AIE_OP_DONE, AIE_OP_NOPM);
}

static void bundles_that_do_not_exist(void **state)
{
	static const struct {
		uint8_t size, count;
		uint16_t opcode[3];
		const char *text;
	} bad[] = {
		{ 0, 2, { AIE_OP_NOPA, AIE_OP_NOPA }, "nopa: slot lda is taken by another instruction of the bundle" },
		{ 0, 2, { AIE_OP_NOPXM, AIE_OP_NOPX }, "no bundle format has the slots these instructions need" },
		{ 0, 2, { AIE_OP_NOP, AIE_OP_NOPX }, "no bundle format has the slots these instructions need" },
		{ 4,
		  2,
		  { AIE_OP_NOPA, AIE_OP_NOPX },
		  "no bundle format of 4 bytes has the slots these instructions need" },
		{ 3, 1, { AIE_OP_NOPA }, "no bundle format of 3 bytes has the slots these instructions need" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct aie_bundle bundle = { .size = bad[i].size, .count = bad[i].count };
		uint8_t bytes[AIE_BUNDLE_MAX_BYTES];
		struct aie_error error;

		for (unsigned k = 0; k < bad[i].count; k++)
			bundle.insn[k].opcode = bad[i].opcode[k];
		assert_int_equal(aie_isa_encode(&bundle, bytes, &error), -1);
		assert_int_equal(error.category, AIE_ERROR_INPUT);
		assert_string_equal(error.text, bad[i].text);
	}
}

static void bytes_that_are_no_bundle(void **state)
{
	static const uint8_t constant[4] = { 0x58, 0, 0, 0x40 }; /* 32 bits, none of the six formats' constants */
	static const uint8_t nop_bit[2] = { 0x00, 0x80 };        /* the nop's own bit must be 0 */
	struct aie_bundle bundle;
	struct aie_error error;

	(void)state;
	assert_int_equal(aie_isa_decode(constant, 0, &bundle, &error), -1);
	assert_int_equal(aie_isa_decode(constant, 3, &bundle, &error), -1);
	assert_string_equal(error.text, "bundle of 4 bytes is cut off after 3");
	assert_int_equal(aie_isa_decode(constant, 4, &bundle, &error), -1);
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	assert_int_equal(aie_isa_decode(nop_bit, 2, &bundle, &error), -1);
	assert_string_equal(error.text, "no instruction of slot nop has the bits 0x1");
	/* ignored bits are ignored */
	assert_int_equal(aie_isa_decode((uint8_t[]){ 0xf0, 0x7f }, 2, &bundle, &error), 0);
	assert_int_equal(bundle.insn[0].opcode, AIE_OP_NOP);
}

static void expect_same(const struct aie_bundle *a, const struct aie_bundle *b)
{
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->format, b->format);
	assert_int_equal(a->count, b->count);
	for (unsigned i = 0; i < a->count; i++) {
		assert_int_equal(a->insn[i].opcode, b->insn[i].opcode);
		for (unsigned k = 0; k < aie_isa_opcode(a->insn[i].opcode)->operand_count; k++)
			assert_true(a->insn[i].operand[k] == b->insn[i].operand[k]);
	}
}

static void random_bundles(void **state)
{
	struct random random = { 0x9e3779b97f4a7c15 };
	uint16_t of_slot[AIE_SLOT_COUNT][AIE_OP_COUNT];
	unsigned count[AIE_SLOT_COUNT] = { 0 };

	(void)state;
	for (unsigned opcode = 0; opcode < aie_isa_opcode_count(); opcode++) {
		enum aie_slot slot = aie_isa_opcode(opcode)->slot;

		of_slot[slot][count[slot]++] = (uint16_t)opcode;
	}
	for (unsigned n = 0; n < 1000000; n++) {
		struct aie_bundle bundle = { .format = (uint16_t)random_below(&random, aie_isa_format_count()) }, back;
		const struct aie_format *format = aie_isa_format(bundle.format);
		uint8_t bytes[AIE_BUNDLE_MAX_BYTES];
		struct aie_error error;

		bundle.size = format->size;
		bundle.count = format->slot_count;
		for (unsigned i = 0; i < format->slot_count; i++)
			random_insn(&random, of_slot[format->slot[i]][random_below(&random, count[format->slot[i]])],
			            &bundle.insn[i]);
		if (aie_isa_encode(&bundle, bytes, &error) || aie_isa_decode(bytes, format->size, &back, &error))
			fail_msg("%s: %s", format->name, error.text);
		expect_same(&bundle, &back);
	}
}

/* Whatever decodes encodes to bytes that decode to the same (ignored bits may differ), and prints. */
static void random_bytes(void **state)
{
	struct random random = { 0xd1342543de82ef95 };
	unsigned decoded = 0;

	(void)state;
	for (unsigned n = 0; n < 2000000; n++) {
		uint64_t words[2] = { random_next(&random), random_next(&random) };
		uint8_t bytes[AIE_BUNDLE_MAX_BYTES], again[AIE_BUNDLE_MAX_BYTES];
		size_t available = random_below(&random, 17);
		struct aie_bundle bundle, back;
		struct aie_error error;
		char text[64];

		memcpy(bytes, words, sizeof bytes);
		if (aie_isa_decode(bytes, available, &bundle, &error)) {
			assert_int_equal(error.category, AIE_ERROR_INPUT);
			continue;
		}
		decoded++;
		assert_true(bundle.size <= available);
		back = bundle;
		assert_int_equal(aie_isa_encode(&back, again, &error), 0);
		assert_int_equal(aie_isa_decode(again, bundle.size, &back, &error), 0);
		expect_same(&bundle, &back);
		assert_true(aie_isa_print_bundle(&bundle, text, sizeof text) > 0);
	}
	assert_true(decoded > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(size_by_the_low_bits),
		cmocka_unit_test(choice_of_the_format),
		cmocka_unit_test(bundles_that_do_not_exist),
		cmocka_unit_test(bytes_that_are_no_bundle),
		cmocka_unit_test(random_bundles),
		cmocka_unit_test(random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
