/* The vector tables against the instruction description: every vector opcode that computes has exactly one row, every
 * name of a binding exists in the instruction, in the right direction, and nothing that an instruction computes from is
 * left out. */
#include "tests/core/vec_harness.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "isa/isa.h"

/* Vector opcodes that the engine executes without a body: plain loads and stores, moves from and to the cascade, FIFOs.
 */
static bool engine_alone(const char *name)
{
	static const char *const conversions[] = { "_UNPACK_", "_UPS_", "_CONV_", "_SRS_", "_PACK_" };

	if (strncmp(name, "VLD", 3) == 0 || strncmp(name, "VST_", 4) == 0) {
		if (strncmp(name, "VST_FLUSH", 9) == 0)
			return true;
		for (size_t i = 0; i < sizeof(conversions) / sizeof(conversions[0]); i++) {
			if (strstr(name, conversions[i]) != NULL)
				return false;
		}
		return true;
	}
	return strncmp(name, "VMOV_", 5) == 0 && strcmp(name, "VMOV_D") != 0 && strncmp(name, "VMOV_alu_mv", 11) != 0;
}

static bool same_register(unsigned id, const char *name)
{
	const char *other = aie_isa_register(id)->name;

	for (; *name != '\0' && tolower((unsigned char)*name) == tolower((unsigned char)*other); name++, other++) {
	}
	return *name == '\0' && *other == '\0';
}

static bool listed(const uint16_t *list, unsigned count, const char *name)
{
	for (unsigned i = 0; i < count; i++) {
		if (same_register(list[i], name))
			return true;
	}
	return false;
}

/* `name` of a binding with its '>' stands for something of this instruction. */
static bool resolves(const struct aie_opcode_description *d, const char *name)
{
	const bool output = name[0] == '>';
	const char *plain = name + output;
	const int operand = aie_isa_operand_find(d, plain);

	if (strcmp(plain, "mem") == 0)
		return output ? (d->flags & AIE_OPCODE_STORE) != 0 : (d->flags & AIE_OPCODE_LOAD) != 0;
	if (operand >= 0)
		return d->operand[operand].output == output;
	if (!output && strcmp(plain, "acc2") == 0) /* delivered by the engine */
		return strstr(d->assembly, "scd[") != NULL;
	return output ? listed(d->implicit_def, d->implicit_def_count, plain)
	              : listed(d->implicit_use, d->implicit_use_count, plain);
}

static bool bound(const char *binding, const char *name)
{
	char words[128], wanted[64];

	snprintf(words, sizeof(words), " %s ", binding);
	snprintf(wanted, sizeof(wanted), " %s ", name);
	for (char *p = words; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	for (char *p = wanted; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return strstr(words, wanted) != NULL;
}

/* Operands of addresses and of the FIFO and cascade positions belong to the engine; the masks of float events and the
 * cascade enable do not change results. */
static bool concerns_engine(const char *name)
{
	static const char *const names[] = { "ptr",        "ptr_out",   "mod_ld",      "dj",           "dc",
		                             "dcl",        "dch",       "fifo_reg",    "avail",        "c",
		                             "r",          "r_out",     "crSCDEn",     "crFPMask",     "crF2FMask",
		                             "crF2IMask",  "crF2BMask", "srFPFlags",   "srF2FFlags",   "srF2IFlags",
		                             "srF2BFlags", "srFifo_of", "srSparse_of", "fifo_reg_out", "avail_out",
		                             "sp" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *a = names[i], *b = name;

		for (; *a != '\0' && tolower((unsigned char)*a) == tolower((unsigned char)*b); a++, b++) {
		}
		if (*a == '\0' && *b == '\0')
			return true;
	}
	return false;
}

static void check_complete(const struct aie_opcode_description *d, const char *binding)
{
	const bool memory = (d->flags & (AIE_OPCODE_LOAD | AIE_OPCODE_STORE)) != 0;
	char name[64];

	for (unsigned i = 0; i < d->operand_count; i++) {
		const char *operand = d->operand[i].name;

		if (concerns_engine(operand) ||
		    (memory && (strcmp(operand, "mod") == 0 || strcmp(operand, "imm") == 0)))
			continue;
		snprintf(name, sizeof(name), "%s%s", d->operand[i].output ? ">" : "", operand);
		if (!bound(binding, name))
			fail_msg("%s: operand %s is not bound by \"%s\"", d->name, name, binding);
	}
	for (unsigned i = 0; i < d->implicit_use_count; i++) {
		const char *use = aie_isa_register(d->implicit_use[i])->name;

		if (!concerns_engine(use) && !bound(binding, use))
			fail_msg("%s: register %s is not bound by \"%s\"", d->name, use, binding);
	}
	for (unsigned i = 0; i < d->implicit_def_count; i++) {
		snprintf(name, sizeof(name), ">%s", aie_isa_register(d->implicit_def[i])->name);
		if (!concerns_engine(name + 1) && !bound(binding, name))
			fail_msg("%s: register %s is not bound by \"%s\"", d->name, name, binding);
	}
}

static void test_every_vector_opcode(void **state)
{
	unsigned executed = 0, refused = 0;

	(void)state;
	for (unsigned opcode = 0; opcode < aie_isa_opcode_count(); opcode++) {
		const struct aie_opcode_description *d = aie_isa_opcode(opcode);
		const struct aie_semantics_row *row = vec_row(d->name);
		char binding[128];

		if (d->name[0] != 'V' || engine_alone(d->name)) {
			if (row != NULL)
				fail_msg("%s belongs to the engine but has the row \"%s\"", d->name, row->pattern);
			continue;
		}
		if (row == NULL)
			fail_msg("%s has no row", d->name);
		assert_non_null(row->note);
		assert_true(row->note[0] != '\0');
		if (row->body == NULL) {
			refused++;
			continue;
		}
		executed++;
		snprintf(binding, sizeof(binding), "%s", row->binding);
		for (char *save = NULL, *name = strtok_r(binding, " ", &save); name != NULL;
		     name = strtok_r(NULL, " ", &save)) {
			if (!resolves(d, name))
				fail_msg("%s: \"%s\" of the binding is nothing of this instruction", d->name, name);
		}
		check_complete(d, row->binding);
	}
	print_message("vector opcodes with a body: %u, refused by name: %u\n", executed, refused);
	assert_true(executed > 400);
}

/* Every row is used by some opcode. */
static void test_no_idle_row(void **state)
{
	static const struct aie_semantics_table *const tables[] = { &aie_semantics_vector_move,
		                                                    &aie_semantics_vector_alu, &aie_semantics_convert,
		                                                    &aie_semantics_mac };

	(void)state;
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		for (unsigned i = 0; i < tables[t]->count; i++) {
			const struct aie_semantics_row *row = &tables[t]->row[i];
			bool used = false;

			for (unsigned opcode = 0; opcode < aie_isa_opcode_count() && !used; opcode++)
				used = vec_row(aie_isa_opcode(opcode)->name) == row;
			if (!used)
				fail_msg("no opcode uses the row \"%s\"", row->pattern);
		}
	}
}

/* The bodies of the bfp16 products rely on these: an ex register is 64 mantissas and 8 exponents, ey two of them. */
static void test_register_layouts(void **state)
{
	static const struct {
		const char *name;
		unsigned bits, pieces, size[4];
	} layouts[] = {
		{ "ex3", 576, 2, { 64, 8 } },
		{ "ey1", 1152, 4, { 64, 8, 64, 8 } },
		{ "qx2", 640, 2, { 64, 16 } },
	};

	(void)state;
	for (size_t l = 0; l < sizeof(layouts) / sizeof(layouts[0]); l++) {
		const struct aie_register *r = aie_isa_register(aie_isa_register_find(layouts[l].name));

		assert_int_equal(r->bits, layouts[l].bits);
		assert_int_equal(r->piece_count, layouts[l].pieces);
		for (unsigned i = 0; i < layouts[l].pieces; i++)
			assert_int_equal(r->piece[i].size, layouts[l].size[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_vector_opcode),
		cmocka_unit_test(test_no_idle_row),
		cmocka_unit_test(test_register_layouts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
