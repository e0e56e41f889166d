/* Every executed instruction, alone in a bundle with random operands and a random machine: every register, all memory
 * and all ports afterwards must be what the rules of tests/core/rules.h say, and nothing else may have changed.
 *
 * The list behind the word "tested" of the fidelity report is checked here: it must name exactly the instructions that
 * pass.  With --list the test prints that list instead (sim/core/tested.def). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa/generated/aie2p_registers.h"
#include "isa/operands.h"
#include "sim/core/bind.h"
#include "sim/core/tested.h"
#include "tests/core/rules.h"

enum { TRIALS = 8, NOPS = 24, FAR = 0x2000, DATA = 0x60000, SPAN = 0x8000 };

static uint64_t state_of_random = 0x9E3779B97F4A7C15;
static uint64_t next_random(void)
{
	state_of_random ^= state_of_random << 13;
	state_of_random ^= state_of_random >> 7;
	state_of_random ^= state_of_random << 17;
	return state_of_random * 0x2545F4914F6CDD1D >> 16;
}

static void random_bytes(void *to, size_t size)
{
	uint8_t *bytes = to;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(next_random() >> 8);
}

/* ---- an instruction ---------------------------------------------------------------------------------------------- */

static bool overlap(unsigned a, unsigned b)
{
	const struct aie_register *x = aie_isa_register(a), *y = aie_isa_register(b);

	for (unsigned p = 0; p < x->piece_count; p++) {
		for (unsigned q = 0; q < y->piece_count; q++) {
			if (x->piece[p].offset < y->piece[q].offset + y->piece[q].size &&
			    y->piece[q].offset < x->piece[p].offset + x->piece[p].size)
				return true;
		}
	}
	return false;
}

/* Two results in one register, or in parts of one: which one stays is a matter of time, not of the instruction. */
static bool results_overlap(const struct aie_insn *insn, const struct aie_opcode_description *d)
{
	unsigned id[AIE_MAX_OPERANDS + AIE_MAX_IMPLICIT], count = 0;

	for (unsigned i = 0; i < d->operand_count; i++) {
		if (d->operand[i].output && d->operand[i].kind == AIE_OPERAND_REGISTER)
			id[count++] = (unsigned)insn->operand[i];
	}
	for (unsigned i = 0; i < d->implicit_def_count; i++)
		id[count++] = d->implicit_def[i];
	for (unsigned a = 0; a < count; a++) {
		for (unsigned b = 0; b < a; b++) {
			if (overlap(id[a], id[b]))
				return true;
		}
	}
	return false;
}

static bool random_instruction(unsigned opcode, struct aie_insn *insn)
{
	const struct aie_opcode_description *d = aie_isa_opcode(opcode);
	struct aie_error error;

	for (unsigned attempt = 0; attempt < 2000; attempt++) {
		*insn = (struct aie_insn){ .opcode = (uint16_t)opcode };
		for (unsigned i = 0; i < d->operand_count; i++) {
			const struct aie_operand_class *class = aie_isa_operand_class(d->operand[i].operand_class);
			const uint64_t r = next_random();

			if (class->kind == AIE_CLASS_IMMEDIATE)
				insn->operand[i] =
				        class->minimum +
				        (int64_t)(r % (uint64_t)((class->maximum - class->minimum) / class->step + 1)) *
				                class->step;
			else
				insn->operand[i] = class->member[r % class->member_count].reg;
			if (d->flags & AIE_OPCODE_DELAY_SLOTS && class->kind == AIE_CLASS_IMMEDIATE)
				insn->operand[i] = FAR;
		}
		aie_error_clear(&error);
		if (aie_isa_complete(insn, &error) == 0 && !results_overlap(insn, d))
			return true;
	}
	return false;
}

static size_t add_bundle(uint8_t *program, size_t at, const struct aie_insn *insn)
{
	struct aie_bundle bundle = { .count = 1, .insn = { *insn } };
	struct aie_error error;

	aie_error_clear(&error);
	if (aie_isa_encode(&bundle, program + at, &error) != 0)
		fail_msg("%s", error.text);
	return at + bundle.size;
}

/* The instruction, nops (two zero bytes each), done; done at FAR too. */
static struct rig *rig_with(const struct aie_insn *insn)
{
	static uint8_t program[FAR + AIE_BUNDLE_MAX_BYTES];
	const struct aie_insn done = { .opcode = (uint16_t)aie_isa_opcode_find("DONE") };

	memset(program, 0, sizeof(program));
	add_bundle(program, add_bundle(program, 0, insn) + 2 * (size_t)NOPS, &done);
	return rig_new_bytes(program, add_bundle(program, FAR, &done));
}

/* ---- a machine --------------------------------------------------------------------------------------------------- */

static uint32_t one_of(const uint32_t *list, size_t count)
{
	return list[next_random() % count];
}

/* Numbers of which some pairs are equal, small, or at the ends of the range. */
static uint32_t random_word(void)
{
	static const uint32_t edges[] = { 0,    1,      2,      31,         32,         0x7F,      0x80,
		                          0xFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF };

	return next_random() % 3 == 0 ? one_of(edges, sizeof(edges) / sizeof(edges[0])) : (uint32_t)next_random();
}

static void set(struct rig *rig, const char *family, unsigned number, uint32_t value)
{
	char name[16];

	snprintf(name, sizeof(name), "%s%u", family, number);
	rig_set(rig, name, value);
}

/* fp32 numbers whose sums neither overflow nor meet infinities; small ones and zeroes among them. */
static uint32_t random_float(void)
{
	const uint32_t v = (uint32_t)next_random(), field = 64 + (uint32_t)(next_random() % 128);

	return next_random() % 16 == 0 ? v & 0x80000000 : (v & 0x807FFFFF) | field << 23;
}

static void randomise_registers(struct rig *rig)
{
	static const uint32_t saturations[] = { 0, 1, 3 }, roundings[] = { 0, 1, 2, 3, 8, 9, 10, 11, 12, 13 };

	for (unsigned id = 0; id < aie_isa_register_count(); id++) {
		const struct aie_register *r = aie_isa_register(id);
		uint8_t bytes[AIE_REGISTER_MAX_BYTES];

		random_bytes(bytes, sizeof(bytes));
		if (r->piece_count == 1)
			aie_core_register_write(rig->core, id, bytes);
	}
	for (unsigned i = 0; i < 32; i++)
		set(rig, "r", i, random_word());
	for (unsigned i = 0; i < 8; i++) {
		set(rig, "p", i, DATA + 64 * (uint32_t)(next_random() % 64));
		set(rig, "m", i, (uint32_t)(64 * (int32_t)(next_random() % 32 - 16)) & 0xFFFFF);
		set(rig, "dj", i, 64 * (uint32_t)(next_random() % 32));
		set(rig, "dn", i, (uint32_t)(next_random() % 3));
		set(rig, "dc", i, (uint32_t)(next_random() % 3));
	}
	rig_set(rig, "sp", DATA + 64 * (uint32_t)(next_random() % 64));
	rig_set(rig, "lr", FAR);
	rig_set(rig, "lc", 0);
	rig_set(rig, "le", 0xFFFFF);
	rig_set(rig, "crsat", one_of(saturations, 3));
	rig_set(rig, "crrnd", one_of(roundings, 10));
}

/* Vectors of ordinary numbers for what reads them as floats. */
static void ordinary_floats(struct rig *rig, const struct aie_opcode_description *d)
{
	char name[8];

	for (unsigned i = 0; i < 5; i++) {
		uint32_t lanes[64];

		snprintf(name, sizeof(name), "dm%u", i);
		for (unsigned k = 0; k < 64; k++) {
			lanes[k] = random_float();
			if (strcmp(d->mnemonic, "vexp2") == 0) /* the measured range */
				lanes[k] = (lanes[k] & 0x807FFFFF) | (uint32_t)(118 + next_random() % 11) << 23;
		}
		rig_write(rig, name, lanes);
	}
	for (unsigned i = 0; i < 12; i++) {
		uint16_t lanes[32];

		snprintf(name, sizeof(name), "x%u", i);
		for (unsigned k = 0; k < 32; k++)
			lanes[k] = (uint16_t)(random_float() >> 16);
		if (strstr(d->name, "_bfp_") == NULL && strstr(d->name, "ebs8") == NULL)
			rig_write(rig, name, lanes);
		set(rig, "el", i, ((uint32_t)next_random() & 0x1F1F1F1F) | 0x60606060);
		set(rig, "eh", i, ((uint32_t)next_random() & 0x1F1F1F1F) | 0x60606060);
	}
	for (unsigned i = 0; i < 16; i++) {
		const uint32_t v = random_float();

		memcpy(rig->cascade_in[0] + 4 * (size_t)i, &v, 4);
	}
}

/* A configuration word whose meaning is established for the instruction. */
static uint32_t configuration(const struct aie_opcode_description *d)
{
	static const uint32_t shapes[] = { 0x00, 0x08, 0x28, 0x48, 0x88, 0x10, 0x18,
		                           0x38, 0x02, 0x12, 0x1A, 0x3A, 0x5A, 0x7A };
	const uint32_t signs = (uint32_t)next_random() & 0x3B01;

	if (strstr(d->name, "_EX_EY") != NULL)
		return signs | 12 | 6 << 5;
	if (strstr(d->name, "_EX_EX") != NULL)
		return signs | 12;
	if (strchr(d->mnemonic, '.') != NULL)
		return signs | 60;
	return signs | ((uint32_t)next_random() & 0x400) | one_of(shapes, sizeof(shapes) / sizeof(shapes[0]));
}

/* A stream in memory that a load FIFO has read up to `position` bytes beyond its pointer. */
static void prepare_load_fifo(struct rig *rig, const struct rule *rule)
{
	const bool moves = rule_has(rule, "mod");
	const unsigned element = strstr(rule->d->mnemonic, ".576") != NULL   ? 72
	                         : strstr(rule->d->mnemonic, ".pop") != NULL ? 64
	                                                                     : 0;
	const uint32_t position = moves           ? element - 64
	                          : element == 72 ? 8 * (uint32_t)(1 + next_random() % 8)
	                                          : 64 * (uint32_t)(next_random() % 2);
	const uint32_t pointer = DATA + 64 * (uint32_t)(1 + next_random() % 64) - position;
	uint8_t queue[128];

	random_bytes(queue, sizeof(queue));
	memcpy(queue, rig->memory + (pointer - RIG_BASE), position);
	rig_set(rig, rule_name(rule, "ptr"), pointer);
	rig_set(rig, rule_name(rule, "pos"), position);
	rig_write(rig, rule_name(rule, "fifo_reg"), queue);
}

static void prepare_store_fifo(struct rig *rig, const struct rule *rule)
{
	const char *m = rule->d->mnemonic;
	const unsigned element = strstr(m, ".576") != NULL ? 72 : strstr(m, ".544") != NULL ? 68 : 64;
	uint32_t waiting = (uint32_t)(next_random() % (128 - element + 1)),
	         first = DATA + 4 * (uint32_t)(next_random() % 512);

	if (strstr(rule->d->mnemonic, "flush") != NULL && rule_has(rule, "mod")) /* nothing may wait behind a jump */
		waiting = (uint32_t)(next_random() % (64 - first % 64 + 1));
	rig_set(rig, "r26", 0 - waiting);
	rig_set(rig, "p2", first + waiting);
}

/* A table of which it does not matter whether bit 4 or bit 5 of the address selects the bank: the upper three quarters
 * of each 64 bytes are equal, and what follows each quarter begins as they do. */
static void repeat_lines(struct rig *rig)
{
	for (uint32_t at = DATA - RIG_BASE; at < DATA - RIG_BASE + SPAN; at += 64) {
		uint8_t *line = rig->memory + at;

		memcpy(line + 32, line + 16, 16);
		memcpy(line + 48, line + 16, 16);
		memcpy(line + 64, line + 16, 4);
	}
}

static void prepare_operands(struct rig *rig, struct rule *rule)
{
	const struct aie_opcode_description *d = rule->d;
	const char *m = d->mnemonic;

	for (unsigned i = 0; i < d->operand_count; i++) {
		const char *name = d->operand[i].name;

		if (strcmp(name, "acc") == 0)
			rig_set(rig, rule_name(rule, name), configuration(d));
		if (strcmp(name, "mod") == 0 && strstr(m, "shuffle") != NULL)
			rig_set(rig, rule_name(rule, name), (uint32_t)(next_random() % 12 << 8 | next_random() % 56));
		if (strcmp(name, "id") == 0 && d->operand[i].kind == AIE_OPERAND_REGISTER) /* of a lock; of a stream */
			rig_set(rig, rule_name(rule, name),
			        (uint32_t)(next_random() % (rule_has(rule, "s1") ? AIE_CORE_LOCK_IDS : 32)));
	}
	if (strstr(m, "shfl") != NULL) { /* modes that look at the first operand only */
		static const uint32_t single[] = { 22, 35, 36, 37, 38, 39, 46, 54, 55 };
		rig_set(rig, "r29", one_of(single, sizeof(single) / sizeof(single[0])));
	}
	if (strstr(m, "bfp16ebs") != NULL)
		rig_set(rig, "crrnd", next_random() % 2 == 0 ? 0 : 12);
	if (strstr(m, "mov") == m && strstr(d->assembly, "flt2fx") != NULL)
		rig_set(rig, rule_name(rule, "s0"), random_float());
	if (strncmp(m, "acq", 3) == 0 || strncmp(m, "rel", 3) == 0) {
		const unsigned id = rule_word(rule, "id");
		const int value = (int)(next_random() % 20) - 10;

		rig_set(rig, rule_name(rule, "s1"), (uint32_t)value);
		if (rule_shows(rule, "r26"))
			rig_set(rig, "r26", next_random() % 2 == 0 ? 0 : random_word());
		if (rule_word(rule, "s1") != (uint32_t)value || rule_word(rule, "id") != id) /* one register is both */
			rig_set(rig, rule_name(rule, "s1"), 3);
		const int wanted = (int)(int32_t)rule_word(rule, "s1");
		rig->lock[rule_word(rule, "id")] = wanted < 0 ? -wanted + 5 : wanted;
	}
	if (d->flags & AIE_OPCODE_DELAY_SLOTS && rule_has(rule, "a"))
		rig_set(rig, rule_name(rule, "a"), FAR);
	if (strstr(m, ".tm") != NULL) {
		rig_set(rig, rule_name(rule, "ptr"), 0x90000 + 64 * (uint32_t)(next_random() % 64));
		rig->tile_word = (uint32_t)next_random();
	}
	if (strncmp(m, "vldb.4x", 7) == 0) {
		uint32_t addresses[8];

		for (unsigned i = 0; i < 8; i++)
			addresses[i] = DATA + (uint32_t)(next_random() % 4096) + (uint32_t)(next_random() << 20);
		rig_write(rig, rule_name(rule, "src"), addresses);
		repeat_lines(rig);
	}
	if (strstr(m, ".fill.") != NULL || strstr(m, ".pop.") != NULL)
		prepare_load_fifo(rig, rule);
	if (strncmp(m, "vst.push", 8) == 0 || strncmp(m, "vst.flush", 9) == 0)
		prepare_store_fifo(rig, rule);
	/* what indexes memory by an immediate or a stack pointer is aligned by its operand class; by dj, by the loop
	 * above */
}

static bool reads_floats(const struct aie_opcode_description *d)
{
	const size_t length = strlen(d->mnemonic);

	return (length > 2 && strcmp(d->mnemonic + length - 2, ".f") == 0) || strstr(d->mnemonic, "fp32") != NULL ||
	       strstr(d->mnemonic, "ebs8") != NULL || strcmp(d->mnemonic, "vexp2") == 0;
}

static void randomise(struct rig *rig, struct rule *rule)
{
	randomise_registers(rig);
	random_bytes(rig->memory + (DATA - RIG_BASE - SPAN), 2 * (size_t)SPAN);
	random_bytes(rig->cascade_in[0], sizeof(rig->cascade_in[0]));
	rig->cascade_in_count = rig->in_count = 1;
	rig->in[0] = (uint32_t)next_random();
	rig->in_last[0] = next_random() % 2 == 0;
	if (reads_floats(rule->d))
		ordinary_floats(rig, rule->d);
	prepare_operands(rig, rule);
}

/* ---- comparison -------------------------------------------------------------------------------------------------- */

struct path {
	uint32_t last;
};

static void follow(void *user, uint64_t cycle, uint32_t pc)
{
	struct path *path = user;

	(void)cycle;
	path->last = pc;
}

/* How many bytes of a register have a meaning: none of status flags that no source establishes and of the cycle
 * counter, of FIFOs those that wait. */
static size_t meaning(const struct rule *rule, unsigned id)
{
	if (!aie_core_register_known(rule->rig->core, id) || id == AIE_REG_TILE_CNTR)
		return 0;
	if (rule->fifo == AIE_REGISTER_NONE || !overlap(id, rule->fifo))
		return AIE_REGISTER_MAX_BYTES;
	return id == rule->fifo ? rule->fifo_bytes : 0;
}

static void compare(struct rig *rig, const struct rule *rule, const char *text, const struct path *path, bool transfer)
{
	for (unsigned id = 0; id < aie_isa_register_count(); id++) {
		uint8_t is[AIE_REGISTER_MAX_BYTES] = { 0 }, must[AIE_REGISTER_MAX_BYTES] = { 0 };

		aie_core_register_read(rig->core, id, is);
		aie_core_register_read(rule->expected, id, must);
		if (memcmp(is, must, meaning(rule, id)) != 0)
			fail_msg("%s (%s): %s is not what the rule says", text, rule->d->name,
			         aie_isa_register(id)->name);
	}
	for (size_t i = 0; i < RIG_BYTES; i++) {
		if (rig->memory[i] != rule->memory[i])
			fail_msg("%s (%s): memory at 0x%zx is not what the rule says", text, rule->d->name,
			         RIG_BASE + i);
	}
	assert_int_equal(rig->cascade_in_next, rule->cascade_taken);
	assert_int_equal(rig->cascade_out_count, rule->cascade_given);
	if (rule->cascade_given)
		assert_memory_equal(rig->cascade_out[0], rule->cascade_word, 64);
	assert_int_equal(rig->in_next, rule->stream_taken);
	assert_int_equal(rig->out_count, rule->stream_given);
	if (rule->stream_given) {
		assert_int_equal(rig->out[0], rule->stream_word);
		assert_int_equal(rig->out_last[0], rule->stream_last);
	}
	assert_int_equal(rig->tile_offset, rule->tile_offset);
	if (rule->tile_given)
		assert_int_equal(rig->tile_word, rule->tile_word);
	for (int e = 0; e < 4; e++)
		assert_int_equal(rig->events[e], rule->event == e + 1);
	if (rule->lock_changed)
		assert_int_equal(rig->lock[rule->lock], rule->lock_value);
	if (transfer)
		assert_int_equal(path->last == FAR, rule->taken);
}

/* False: no rule. */
static bool run_once(unsigned opcode)
{
	const struct aie_opcode_description *d = aie_isa_opcode(opcode);
	const struct aie_core_port none = { .user = NULL };
	struct path path = { 0 };
	const struct aie_core_observer observer = { .user = &path, .issued = follow };
	struct aie_error error;
	struct aie_insn insn;
	char text[128];

	if (!random_instruction(opcode, &insn))
		fail_msg("%s: no operands can be encoded", d->name);
	aie_isa_print_insn(&insn, text, sizeof(text));
	struct rig *rig = rig_with(&insn);
	struct rule rule = { .d = d,
		             .insn = &insn,
		             .rig = rig,
		             .expected = aie_core_create(&none, &error),
		             .memory = malloc(RIG_BYTES),
		             .fifo = AIE_REGISTER_NONE };

	assert_non_null(rule.expected);
	assert_non_null(rule.memory);
	randomise(rig, &rule);
	for (unsigned id = 0; id < aie_isa_register_count(); id++) {
		uint8_t value[AIE_REGISTER_MAX_BYTES] = { 0 };

		aie_core_register_read(rig->core, id, value);
		aie_core_register_write(rule.expected, id, value);
	}
	memcpy(rule.memory, rig->memory, RIG_BYTES);
	const bool known = rule_apply(&rule);

	if (known) {
		aie_core_set_observer(rig->core, &observer);
		if (rig_run(rig, 1000) != AIE_CORE_DONE)
			fail_msg("%s (%s): %s", text, d->name, aie_core_fault(rig->core)->error.text);
		compare(rig, &rule, text, &path, (d->flags & AIE_OPCODE_DELAY_SLOTS) != 0);
	}
	aie_core_destroy(rule.expected);
	free(rule.memory);
	rig_free(rig);
	return known;
}

static bool passes(unsigned opcode)
{
	bool known = true;

	for (unsigned trial = 0; known && trial < TRIALS; trial++)
		known = run_once(opcode);
	return known;
}

static void test_every_instruction(void **state)
{
	unsigned count = 0;

	(void)state;
	for (unsigned opcode = 0; opcode < aie_isa_opcode_count(); opcode++) {
		const char *name = aie_isa_opcode(opcode)->name, *note;
		enum aie_evidence evidence;

		if (aie_opcode_fidelity(opcode, &evidence, &note) != AIE_FIDELITY_EXECUTED) {
			if (aie_opcode_tested(opcode))
				fail_msg("%s is refused, yet listed as tested", name);
			continue;
		}
		if (!passes(opcode))
			fail_msg("%s is executed without a rule", name);
		if (!aie_opcode_tested(opcode))
			fail_msg("%s passes and is missing in the list of tested instructions", name);
		count++;
	}
	assert_true(count > 700);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_every_instruction) };

	if (argc > 1 && strcmp(argv[1], "--list") == 0) {
		for (unsigned opcode = 0; opcode < aie_isa_opcode_count(); opcode++) {
			enum aie_evidence evidence;
			const char *note;

			if (aie_opcode_fidelity(opcode, &evidence, &note) == AIE_FIDELITY_EXECUTED && passes(opcode))
				printf("AIE_TESTED(%s)\n", aie_isa_opcode(opcode)->name);
		}
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
