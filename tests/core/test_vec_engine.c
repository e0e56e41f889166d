/* Every vector opcode that has a body, executed by the engine alone in a bundle: what lands in registers and memory
 * must be what the body computes from the registers and memory before.  A wrong register, size, address, sampling or
 * landing shows here whatever the arithmetic is; the arithmetic and the order of operands have their own tests. */
#include "tests/core/rig.h"
#include "tests/core/vec_harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "isa/operands.h"
#include "sim/core/bind.h"

enum { WIDEST = 256, MEMORY_AT = 0x60000, NOPS = 24, TRIALS = 4 };

struct value {
	_Alignas(64) uint8_t byte[WIDEST];
};

/* ---- one instruction with random operands ------------------------------------------------------------------------ */

static bool random_instruction(unsigned opcode, struct aie_insn *insn)
{
	const struct aie_opcode_description *d = aie_isa_opcode(opcode);
	struct aie_error error;

	for (unsigned attempt = 0; attempt < 2000; attempt++) {
		struct aie_bundle bundle = { .count = 1 };
		uint8_t bytes[AIE_BUNDLE_MAX_BYTES];

		*insn = (struct aie_insn){ .opcode = (uint16_t)opcode };
		for (unsigned i = 0; i < d->operand_count; i++) {
			const struct aie_operand_class *class = aie_isa_operand_class(d->operand[i].operand_class);
			const uint64_t r = vec_random() >> 16;

			if (class->kind == AIE_CLASS_IMMEDIATE)
				insn->operand[i] =
				        class->minimum +
				        (int64_t)(r % (uint64_t)((class->maximum - class->minimum) / class->step + 1)) *
				                class->step;
			else
				insn->operand[i] = class->member[r % class->member_count].reg;
		}
		aie_error_clear(&error);
		if (aie_isa_complete(insn, &error) != 0)
			continue;
		bundle.insn[0] = *insn;
		if (aie_isa_encode(&bundle, bytes, &error) == 0)
			return true;
	}
	return false;
}

static struct rig *rig_with(const struct aie_insn *insn)
{
	uint8_t program[AIE_BUNDLE_MAX_BYTES + 2 * NOPS + AIE_BUNDLE_MAX_BYTES] = { 0 };
	struct aie_bundle bundle = { .count = 1, .insn = { *insn } };
	struct aie_error error;
	size_t size;

	assert_int_equal(aie_isa_encode(&bundle, program, &error), 0);
	size = bundle.size + 2 * (size_t)NOPS; /* bundles of two zero bytes are nops */
	bundle = (struct aie_bundle){ .count = 1, .insn = { { .opcode = (uint16_t)aie_isa_opcode_find("DONE") } } };
	assert_int_equal(aie_isa_encode(&bundle, program + size, &error), 0);
	return rig_new_bytes(program, size + bundle.size);
}

/* ---- the state before -------------------------------------------------------------------------------------------- */

static void write_random(struct rig *rig, const char *name)
{
	struct value v;

	vec_random_bytes(&v, sizeof(v));
	rig_write(rig, name, &v);
}

static bool contains(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

/* Configuration words that the operation accepts. */
static uint32_t configuration(const char *name)
{
	const uint32_t flags = (uint32_t)(vec_random() >> 40) & 0x3801;

	if (contains(name, "_EX_EY"))
		return flags | 12 | 6 << 5;
	if (contains(name, "_EX_EX"))
		return flags | 12;
	if (contains(name, "_f_") || strcmp(name, "VNEG_f") == 0)
		return flags | 60;
	return flags | ((vec_random() >> 40) & 1 ? 0x708 : 0x35A);
}

static void randomise(struct rig *rig, const struct aie_opcode_description *d, const struct aie_insn *insn)
{
	static const char *const files[] = { "x%u", "q%u", "r%u", "dm%u", "el%u", "eh%u" };
	static const unsigned counts[] = { 12, 4, 32, 5, 12, 12 };
	static const char *const others[] = { "lfl0", "lfh0", "lfl1", "lfh1", "lfe", "sfl", "sfh" };
	static const char *const bits[] = { "crsrsmode",   "crupsmode",   "crunpacksize", "crpacksize", "srssign0",
		                            "srssign1",    "upssign0",    "upssign1",     "packsign0",  "packsign1",
		                            "unpacksign0", "unpacksign1", "vaddsign0",    "vaddsign1" };
	static const uint32_t saturations[] = { 0, 1, 3 };
	char name[16];

	for (size_t f = 0; f < 6; f++) {
		for (unsigned i = 0; i < counts[f]; i++) {
			snprintf(name, sizeof(name), files[f], i);
			write_random(rig, name);
		}
	}
	for (unsigned i = 0; i < 5; i++) { /* accumulators that are ordinary fp32 numbers too */
		uint32_t lanes[64];

		vec_random_bytes(lanes, sizeof(lanes));
		for (unsigned k = 0; k < 64; k++)
			lanes[k] = strcmp(d->name, "VEXP2") == 0 ? (lanes[k] & 0x807FFFFF) | 0x40000000
			                                         : (lanes[k] & 0x9FFFFFFF) | 0x20000000;
		snprintf(name, sizeof(name), "dm%u", i);
		rig_write(rig, name, lanes);
	}
	for (unsigned i = 0; i < 12; i++) { /* no block exponent of 255 */
		snprintf(name, sizeof(name), "el%u", i);
		rig_set(rig, name, (uint32_t)vec_random() & 0x7F7F7F7F);
		snprintf(name, sizeof(name), "eh%u", i);
		rig_set(rig, name, (uint32_t)vec_random() & 0x7F7F7F7F);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		write_random(rig, others[i]);
	for (unsigned i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		rig_set(rig, name, MEMORY_AT + 64 * (uint32_t)(vec_random() >> 40 & 255));
		snprintf(name, sizeof(name), "m%u", i);
		rig_set(rig, name, 64 * (uint32_t)(vec_random() >> 40 & 7));
		snprintf(name, sizeof(name), "dj%u", i);
		rig_set(rig, name, 64 * (uint32_t)(vec_random() >> 40 & 7));
		snprintf(name, sizeof(name), "dn%u", i);
		rig_set(rig, name, (uint32_t)(vec_random() >> 40 & 3));
		snprintf(name, sizeof(name), "dc%u", i);
		rig_set(rig, name, 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		rig_set(rig, name, (uint32_t)(vec_random() >> 40 & 63));
	}
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		rig_set(rig, bits[i], (uint32_t)(vec_random() >> 40 & 1));
	rig_set(rig, "crsat", saturations[vec_random() % 3]);
	rig_set(rig, "crrnd", 12);
	for (unsigned i = 0; i < d->operand_count; i++) {
		if (strcmp(d->operand[i].name, "acc") == 0)
			rig_set(rig, aie_isa_register((unsigned)insn->operand[i])->name, configuration(d->name));
		if (strcmp(d->operand[i].name, "mod") == 0 && contains(d->name, "SH"))
			rig_set(rig, aie_isa_register((unsigned)insn->operand[i])->name, 3 << 8 | 55);
	}
	vec_random_bytes(rig->memory + (MEMORY_AT - RIG_BASE) - 0x8000, 0x10000);
	vec_random_bytes(rig->cascade_in, sizeof(rig->cascade_in[0]));
	rig->cascade_in_count = 1;
}

/* ---- comparison -------------------------------------------------------------------------------------------------- */

static unsigned named_register(const struct aie_insn *insn, const char *name)
{
	const struct aie_opcode_description *d = aie_isa_opcode(insn->opcode);
	const int operand = aie_isa_operand_find(d, name);

	return operand >= 0 ? (unsigned)insn->operand[operand] : aie_isa_register_find(name);
}

static void read_value(const struct rig *rig, unsigned id, struct value *v)
{
	memset(v, 0, sizeof(*v));
	rig_read(rig, aie_isa_register(id)->name, v);
}

/* The access address by the addressing modes' plain wording; updates come after the access. */
static uint32_t address_of(const struct rig *rig, const struct aie_insn *insn)
{
	const struct aie_opcode_description *d = aie_isa_opcode(insn->opcode);
	uint32_t address = rig_get(rig, aie_isa_register(named_register(insn, "ptr"))->name);

	if (contains(d->assembly, "[$ptr, #$imm]"))
		address += (uint32_t)insn->operand[aie_isa_operand_find(d, "imm")];
	if (contains(d->assembly, "[$ptr, $dj]"))
		address += rig_get(rig, aie_isa_register(named_register(insn, "dj"))->name);
	return address;
}

static void run_once(unsigned opcode)
{
	const struct aie_opcode_description *d = aie_isa_opcode(opcode);
	const struct aie_semantics_row *row = vec_row(d->name);
	const bool memory = (d->flags & (AIE_OPCODE_LOAD | AIE_OPCODE_STORE)) != 0;
	struct value values[AIE_BODY_MAX_ARGUMENTS] = { 0 }, again[AIE_BODY_MAX_ARGUMENTS], landed;
	struct aie_body_arguments arguments = { .description = d };
	struct aie_error error = { 0 };
	const char *names[AIE_BODY_MAX_ARGUMENTS];
	struct aie_insn insn;
	char binding[128];
	unsigned count = 0;
	int64_t immediate;

	if (!random_instruction(opcode, &insn))
		fail_msg("%s: no operands can be encoded", d->name);
	struct rig *rig = rig_with(&insn);

	randomise(rig, d, &insn);
	const uint32_t address = memory ? address_of(rig, &insn) : 0;
	const unsigned bytes = memory ? aie_binding_of(opcode)->engine->bytes : 0;

	snprintf(binding, sizeof(binding), "%s", row->binding);
	for (char *save = NULL, *name = strtok_r(binding, " ", &save); name != NULL;
	     name = strtok_r(NULL, " ", &save)) {
		const int operand = aie_isa_operand_find(d, name);

		arguments.a[count] = &values[count];
		if (strcmp(name, "mem") == 0) {
			memcpy(values[count].byte, rig->memory + (address - RIG_BASE), bytes);
		} else if (name[0] != '>' && operand >= 0 && d->operand[operand].kind == AIE_OPERAND_IMMEDIATE) {
			immediate = insn.operand[operand];
			arguments.a[count] = &immediate;
		} else if (operand < 0 && strcmp(name, "acc2") == 0) {
			memcpy(values[count].byte + (size_t)(rig_get(rig, "r31") & 3) * 64, rig->cascade_in[0], 64);
		} else if (name[0] != '>') {
			read_value(rig, named_register(&insn, name), &values[count]);
		}
		names[count++] = name;
	}
	arguments.error = &error;
	if (row->body(&arguments) != 0)
		fail_msg("%s refuses: %s", d->name, error.text);
	/* outputs arrive with arbitrary content: every byte is written */
	for (unsigned i = 0; i < count; i++) {
		if (names[i][0] == '>')
			memset(&again[i], 0xA5, sizeof(again[i]));
		if (names[i][0] == '>')
			arguments.a[i] = &again[i];
	}
	assert_int_equal(row->body(&arguments), 0);
	for (unsigned i = 0; i < count; i++) {
		size_t size = 0;

		if (strcmp(names[i], ">mem") == 0)
			size = bytes;
		else if (names[i][0] == '>')
			size = (aie_isa_register(named_register(&insn, names[i] + 1))->bits + 31u) / 32 * 4;
		if (memcmp(&again[i], &values[i], size) != 0)
			fail_msg("%s: %s depends on what stood there before", d->name, names[i]);
	}
	rig_done(rig);
	for (unsigned i = 0; i < count; i++) {
		if (names[i][0] != '>')
			continue;
		if (strcmp(names[i], ">mem") == 0) {
			memset(&landed, 0, sizeof(landed));
			memcpy(&landed, rig->memory + (address - RIG_BASE), bytes);
		} else {
			read_value(rig, named_register(&insn, names[i] + 1), &landed);
		}
		if (memcmp(&landed, &values[i], sizeof(landed)) != 0)
			fail_msg("%s: %s is not what the body computed", d->name, names[i]);
	}
	rig_free(rig);
}

static void test_every_body(void **state)
{
	unsigned count = 0;

	(void)state;
	for (unsigned opcode = 0; opcode < aie_isa_opcode_count(); opcode++) {
		const char *name = aie_isa_opcode(opcode)->name;
		const struct aie_semantics_row *row = vec_row(name);

		/* What waits in the store FIFO has its own rules and tests. */
		if (row == NULL || row->body == NULL || strncmp(name, "VST_PUSH_", 9) == 0)
			continue;
		for (unsigned trial = 0; trial < TRIALS; trial++)
			run_once(opcode);
		count++;
	}
	assert_int_equal(count, 442);
}

/* Opcodes that are refused by name stop the core with the reason of their row. */
static void test_every_refusal(void **state)
{
	(void)state;
	for (unsigned opcode = 0; opcode < aie_isa_opcode_count(); opcode++) {
		const char *name = aie_isa_opcode(opcode)->name;
		const struct aie_semantics_row *row = vec_row(name);
		struct aie_insn insn;

		if (row == NULL || row->body != NULL)
			continue;
		if (!random_instruction(opcode, &insn))
			fail_msg("%s: no operands can be encoded", name);
		struct rig *rig = rig_with(&insn);

		rig_faults(rig, AIE_ERROR_UNSUPPORTED, row->note);
		rig_free(rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_body),
		cmocka_unit_test(test_every_refusal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
