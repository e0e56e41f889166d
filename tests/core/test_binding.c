/* Every opcode is executed by exactly one part of the model, and every operand of every opcode can be resolved. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa/operands.h"
#include "sim/core/bind.h"
#include "tests/core/rig.h"

static void test_exactly_one(void **state)
{
	(void)state;
	unsigned executed = 0, refused = 0, unbound = 0;
	for (unsigned opcode = 0; opcode < aie_isa_opcode_count(); opcode++) {
		const char *name = aie_isa_opcode(opcode)->name;
		const struct aie_binding *binding = aie_binding_of(opcode);
		enum aie_engine_kind kind = binding->engine == NULL ? AIE_ENGINE_NONE : binding->engine->kind;
		enum aie_evidence evidence;
		const char *note = NULL;
		if (binding->engine_ties != 0 || binding->row_ties != 0)
			fail_msg("%s is bound ambiguously", name);
		if (!aie_engine_needs_body(kind) && kind != AIE_ENGINE_REFUSED && binding->row != NULL)
			fail_msg("%s is executed by the engine and by the row %s", name, binding->row->pattern);
		if (aie_opcode_fidelity(opcode, &evidence, &note) == AIE_FIDELITY_EXECUTED)
			executed++;
		else
			refused++;
		if (aie_engine_needs_body(kind) && binding->row == NULL) {
			printf("no part of the model knows %s\n", name);
			unbound++;
		}
		assert_non_null(note);
		assert_true(note[0] != '\0');
	}
	printf("%u opcodes: %u executed, %u refused\n", aie_isa_opcode_count(), executed, refused);
	assert_int_equal(unbound, 0);
	assert_int_equal(executed + refused, 880);
}

/* Every grade of evidence has a name. */
static void test_evidence_names(void **state)
{
	(void)state;
	for (int e = AIE_EVIDENCE_SILICON; e <= AIE_EVIDENCE_ASSUMED; e++)
		assert_string_not_equal(aie_evidence_name((enum aie_evidence)e), "unknown");
}

static uint32_t seed = 7;
static uint32_t next_random(uint32_t limit)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % limit;
}

static bool random_insn(unsigned opcode, struct aie_insn *insn)
{
	const struct aie_opcode_description *d = aie_isa_opcode(opcode);
	struct aie_error error;
	memset(insn, 0, sizeof(*insn));
	insn->opcode = (uint16_t)opcode;
	for (unsigned i = 0; i < d->operand_count; i++) {
		const struct aie_operand_class *class = aie_isa_operand_class(d->operand[i].operand_class);
		if (class->kind == AIE_CLASS_IMMEDIATE) {
			uint64_t steps = (uint64_t)((class->maximum - class->minimum) / class->step) + 1;
			insn->operand[i] = class->minimum + (int64_t)next_random(steps > 65535 ? 65535 : (uint32_t)steps) * class->step;
		} else {
			insn->operand[i] = class->member[next_random(class->member_count)].reg;
		}
	}
	return aie_isa_complete(insn, &error) == 0;
}

/* Each opcode alone, with random operands: it may be refused or fault, but never for an internal reason. */
static void test_every_opcode_resolves(void **state)
{
	(void)state;
	unsigned tried = 0;
	for (unsigned opcode = 0; opcode < aie_isa_opcode_count(); opcode++) {
		unsigned good = 0;
		for (unsigned attempt = 0; attempt < 60 && good < 4; attempt++) {
			struct aie_bundle bundle = { .count = 1 };
			struct aie_error error;
			uint8_t bytes[AIE_BUNDLE_MAX_BYTES];
			aie_error_clear(&error);
			if (!random_insn(opcode, &bundle.insn[0]) || aie_isa_encode(&bundle, bytes, &error) != 0)
				continue;
			struct rig *rig = rig_new_bytes(bytes, bundle.size);
			for (unsigned i = 0; i < 8; i++) {
				char name[8];
				snprintf(name, sizeof(name), "p%u", i);
				rig_set(rig, name, 0x60000 + 0x400 * i);
			}
			rig_set(rig, "sp", 0x70000);
			rig_set(rig, "r24", 64);
			rig_set(rig, "r25", 64);
			rig->cascade_in_count = 2;
			rig->in_count = 2;
			rig_run(rig, 40);
			if (aie_core_status(rig->core) == AIE_CORE_FAULT) {
				const struct aie_core_fault *fault = aie_core_fault(rig->core);
				if (fault->error.category == AIE_ERROR_INTERNAL || fault->error.category == AIE_ERROR_UNIMPLEMENTED)
					fail_msg("%s: %s (%s)", aie_isa_opcode(opcode)->name, fault->error.text, fault->bundle);
			}
			rig_free(rig);
			good++;
			tried++;
		}
		if (good == 0)
			fail_msg("no encoding of %s was found", aie_isa_opcode(opcode)->name);
	}
	printf("%u instructions tried\n", tried);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exactly_one),
		cmocka_unit_test(test_evidence_names),
		cmocka_unit_test(test_every_opcode_resolves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
