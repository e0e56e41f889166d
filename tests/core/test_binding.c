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
			insn->operand[i] = class->minimum +
			                   (int64_t)next_random(steps > 65535 ? 65535 : (uint32_t)steps) * class->step;
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
				if (fault->error.category == AIE_ERROR_INTERNAL ||
				    fault->error.category == AIE_ERROR_UNIMPLEMENTED)
					fail_msg("%s: %s (%s)", aie_isa_opcode(opcode)->name, fault->error.text,
					         fault->bundle);
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

/* Instructions that refuse most random operands, or take pointers out of memory or off their alignment soon. */
static bool ends_early(const struct aie_opcode_description *d, bool floats)
{
	static const char *const parts[] = { "_dms_lda", "FILL", "POP",     "PUSH", "_TM_", "s16",
		                             "s8_",      "SHFL", "SHUFFLE", "bfp",  "EXP2" };
	if (strncmp(d->name, "MOV", 3) == 0 || strncmp(d->name, "ADD_NC", 6) == 0)
		return true;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strstr(d->name, parts[i]) != NULL)
			return true;
	}
	if (d->slot != AIE_SLOT_VEC || strcmp(d->name, "VCLR") == 0 || strcmp(d->name, "VMOV_D") == 0)
		return false;
	return floats ? strstr(d->mnemonic, ".f") == NULL : strstr(d->mnemonic, ".f") != NULL;
}

/* A bundle of random instructions in random slots; 0 when it cannot be encoded. */
static unsigned random_bundle(uint8_t bytes[AIE_BUNDLE_MAX_BYTES], bool floats)
{
	struct aie_bundle bundle = { 0 };
	struct aie_error error;
	unsigned taken = 0, wanted = 1 + next_random(5);
	for (unsigned attempt = 0; attempt < 20 && bundle.count < wanted; attempt++) {
		unsigned opcode = next_random(aie_isa_opcode_count());
		const struct aie_opcode_description *d = aie_isa_opcode(opcode);
		const struct aie_binding *binding = aie_binding_of(opcode);
		enum aie_evidence evidence;
		const char *note;
		if ((taken >> d->slot & 1) || aie_opcode_fidelity(opcode, &evidence, &note) == AIE_FIDELITY_REFUSED ||
		    (binding->engine != NULL &&
		     (binding->engine->kind == AIE_ENGINE_DONE || binding->engine->kind == AIE_ENGINE_JUMP)))
			continue;
		if (ends_early(d, floats))
			continue;
		if (!random_insn(opcode, &bundle.insn[bundle.count]))
			continue;
		taken |= 1u << d->slot;
		bundle.count++;
	}
	aie_error_clear(&error);
	return aie_isa_encode(&bundle, bytes, &error) == 0 ? bundle.size : 0;
}

/* Random bundles on random register contents: whatever they do, the model neither crashes nor runs out of its own room,
 * and every cycle is a bundle or a stall. */
static void test_random_bundles(void **state)
{
	(void)state;
	unsigned long bundles = 0;
	for (unsigned n = 0; n < 1500; n++) {
		uint8_t program[2048];
		size_t size = 0;
		while (size < sizeof(program) - AIE_BUNDLE_MAX_BYTES)
			size += random_bundle(program + size, n % 2 == 0);
		struct rig *rig = rig_new_bytes(program, size);
		for (unsigned id = 0; id < aie_isa_register_count(); id++) {
			uint8_t value[AIE_REGISTER_MAX_BYTES];
			for (unsigned i = 0; i < sizeof(value); i++)
				value[i] = (uint8_t)next_random(n % 2 ? 256 : 2);
			aie_core_register_write(rig->core, id, value);
		}
		for (unsigned i = 0; i < 8; i++) {
			char name[8];
			snprintf(name, sizeof(name), "p%u", i);
			rig_set(rig, name, 0x44000 + 0x7000 * i - 1024 * next_random(16));
			snprintf(name, sizeof(name), "m%u", i);
			rig_set(rig, name, 64 * next_random(4));
			snprintf(name, sizeof(name), "dj%u", i);
			rig_set(rig, name, 64 * next_random(4));
			snprintf(name, sizeof(name), "dn%u", i);
			rig_set(rig, name, next_random(3));
		}
		for (unsigned i = 0; i < 32; i++) {
			char name[8];
			snprintf(name, sizeof(name), "r%u", i);
			rig_set(rig, name, n % 2 == 0 ? 60 : 776); /* bf16 element-wise, int8 matrix */
		}
		static const uint32_t saturations[] = { 0, 1, 3 }, roundings[] = { 0, 2, 9, 12 };
		rig_set(rig, "crsat", saturations[next_random(3)]);
		rig_set(rig, "crrnd", roundings[next_random(4)]);
		rig_set(rig, "sp", 0x70000);
		rig_set(rig, "le", 0xFFFFF);
		rig_set(rig, "r24", 64);
		rig_set(rig, "r25", 64);
		rig_set(rig, "r26", 0);
		rig->locks_free = true;
		rig->banks = n % 3 == 0;
		rig->cascade_in_count = RIG_WORDS;
		rig->in_count = RIG_WORDS;
		rig_run(rig, 300);
		if (aie_core_status(rig->core) == AIE_CORE_FAULT) {
			const struct aie_core_fault *fault = aie_core_fault(rig->core);
			if (fault->error.category == AIE_ERROR_INTERNAL)
				fail_msg("program %u: %s (%s)", n, fault->error.text, fault->bundle);
		}
		const struct aie_core_counters *counters = aie_core_counters(rig->core);
		uint64_t sum = counters->bundles;
		for (unsigned i = 0; i < AIE_STALL_COUNT; i++)
			sum += counters->stall[i];
		assert_int_equal(sum, counters->cycles);
		bundles += counters->bundles;
		rig_free(rig);
	}
	printf("%lu random bundles\n", bundles);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exactly_one),
		cmocka_unit_test(test_evidence_names),
		cmocka_unit_test(test_every_opcode_resolves),
		cmocka_unit_test(test_random_bundles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
