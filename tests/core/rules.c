#include "tests/core/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

bool rule_apply(struct rule *rule)
{
	return rule_scalar(rule) || rule_port(rule) || rule_access(rule) || rule_vector(rule) || rule_multiply(rule);
}

/* ---- operands ---------------------------------------------------------------------------------------------------- */

static unsigned find(const struct rule *rule, const char *operand)
{
	const int index = aie_isa_operand_find(rule->d, operand);

	if (index >= 0 && rule->d->operand[index].kind == AIE_OPERAND_REGISTER)
		return (unsigned)rule->insn->operand[index];
	const unsigned id = index < 0 ? aie_isa_register_find(operand) : AIE_REGISTER_NONE;

	if (id == AIE_REGISTER_NONE)
		fail_msg("%s: '%s' is no register", rule->d->name, operand);
	return id;
}

bool rule_has(const struct rule *rule, const char *operand)
{
	return aie_isa_operand_find(rule->d, operand) >= 0;
}

bool rule_is_register(const struct rule *rule, const char *operand)
{
	const int index = aie_isa_operand_find(rule->d, operand);

	return index >= 0 && rule->d->operand[index].kind == AIE_OPERAND_REGISTER;
}

int64_t rule_immediate(const struct rule *rule, const char *operand)
{
	const int index = aie_isa_operand_find(rule->d, operand);

	if (index < 0 || rule->d->operand[index].kind != AIE_OPERAND_IMMEDIATE)
		fail_msg("%s: '%s' is no number", rule->d->name, operand);
	return rule->insn->operand[index];
}

unsigned rule_bits(const struct rule *rule, const char *operand)
{
	return aie_isa_register(find(rule, operand))->bits;
}

const char *rule_name(const struct rule *rule, const char *operand)
{
	return aie_isa_register(find(rule, operand))->name;
}

struct rule_value rule_read(const struct rule *rule, const char *operand)
{
	struct rule_value value = { .byte = { 0 } };

	aie_core_register_read(rule->rig->core, find(rule, operand), &value);
	return value;
}

uint32_t rule_word(const struct rule *rule, const char *operand)
{
	const int index = aie_isa_operand_find(rule->d, operand);

	if (index >= 0 && rule->d->operand[index].kind == AIE_OPERAND_IMMEDIATE)
		return (uint32_t)rule->insn->operand[index];
	const struct rule_value value = rule_read(rule, operand);

	return (uint32_t)rule_lane(&value, 32, 0, false);
}

void rule_write(struct rule *rule, const char *operand, const void *bytes)
{
	aie_core_register_write(rule->expected, find(rule, operand), bytes);
}

void rule_put(struct rule *rule, const char *operand, uint32_t word)
{
	uint8_t bytes[4];

	rule_set_lane(bytes, 32, 0, word);
	rule_write(rule, operand, bytes);
}

bool rule_is(const struct rule *rule, const char *name)
{
	return strcmp(rule->d->mnemonic, name) == 0;
}

bool rule_begins(const struct rule *rule, const char *name)
{
	return strncmp(rule->d->mnemonic, name, strlen(name)) == 0;
}

bool rule_shows(const struct rule *rule, const char *text)
{
	return strstr(rule->d->assembly, text) != NULL;
}

unsigned rule_suffix(const struct rule *rule)
{
	const char *end = rule->d->mnemonic + strlen(rule->d->mnemonic);

	while (end > rule->d->mnemonic && end[-1] >= '0' && end[-1] <= '9')
		end--;
	return (unsigned)strtoul(end, NULL, 10);
}

/* ---- lanes ------------------------------------------------------------------------------------------------------- */

int64_t rule_lane(const void *bytes, unsigned bits, unsigned index, bool is_signed)
{
	const uint8_t *b = bytes;
	uint64_t value = 0;

	for (unsigned i = 0; i < bits; i++) {
		const unsigned at = index * bits + i;

		value |= (uint64_t)(b[at / 8] >> at % 8 & 1) << i;
	}
	if (is_signed && bits < 64 && value >> (bits - 1) != 0)
		value -= (uint64_t)1 << bits;
	return (int64_t)value;
}

void rule_set_lane(void *bytes, unsigned bits, unsigned index, int64_t value)
{
	uint8_t *b = bytes;

	for (unsigned i = 0; i < bits; i++) {
		const unsigned at = index * bits + i;

		b[at / 8] = (uint8_t)((b[at / 8] & ~(1u << at % 8)) | ((uint64_t)value >> i & 1) << at % 8);
	}
}
