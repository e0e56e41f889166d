/* Random straight-line programs: against a second, plain statement of the pipeline rules, and stepped against run
 * against watched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/core/rig.h"

enum { BUNDLES = 80, SLOTS = 4, REGISTERS = 8, WORDS = 16, HORIZON = 600, TEXT = BUNDLES * 120 };

enum kind { NOTHING, ADD, SUB, AND, XOR, MUL, MAC, MOVE, DELAYED, LOAD, STORE };

struct insn {
	enum kind kind;
	unsigned d, a, b, delay, word;
};

struct program {
	struct insn insn[BUNDLES][SLOTS]; /* alu, mv, lda, st */
	char text[TEXT];
};

static uint32_t seed;
static uint32_t next_random(uint32_t limit)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % limit;
}

static void generate(struct program *p)
{
	static const enum kind alu[] = { ADD, SUB, AND, XOR, MUL, MAC };
	static const char *const names[] = { "", "add", "sub", "and", "xor", "mul", "mac" };
	char *text = p->text;
	memset(p, 0, sizeof(*p));
	for (unsigned i = 0; i < BUNDLES; i++) {
		unsigned first = next_random(REGISTERS); /* results of one bundle go to different registers */
		char line[SLOTS][40] = { "", "", "", "" };
		for (unsigned s = 0; s < SLOTS; s++) {
			struct insn *insn = &p->insn[i][s];
			if (next_random(3) == 0)
				continue;
			insn->d = (first + s) % REGISTERS;
			insn->a = next_random(REGISTERS);
			insn->b = next_random(REGISTERS);
			insn->word = next_random(8);
			insn->delay = next_random(7);
			switch (s) {
			case 0:
				insn->kind = alu[next_random(6)];
				if (insn->kind == MAC)
					snprintf(line[s], sizeof(line[s]), "mac r%u, r%u, r%u, r%u", insn->d, insn->d,
					         insn->a, insn->b);
				else
					snprintf(line[s], sizeof(line[s]), "%s r%u, r%u, r%u", names[insn->kind],
					         insn->d, insn->a, insn->b);
				break;
			case 1:
				insn->kind = insn->delay == 0 ? MOVE : DELAYED;
				if (insn->delay == 0)
					snprintf(line[s], sizeof(line[s]), "mov r%u, r%u", insn->d, insn->a);
				else
					snprintf(line[s], sizeof(line[s]), "mov.d%u r%u, r%u", insn->delay, insn->d,
					         insn->a);
				break;
			case 2:
				insn->kind = LOAD;
				snprintf(line[s], sizeof(line[s]), "lda r%u, [p0, #%u]", insn->d, 4 * insn->word);
				break;
			default:
				insn->kind = STORE;
				snprintf(line[s], sizeof(line[s]), "st r%u, [p0, #%u]", insn->a, 4 * insn->word);
			}
		}
		*text++ = '\t';
		bool any = false;
		for (unsigned s = 0; s < SLOTS; s++) {
			if (line[s][0] == '\0')
				continue;
			text += sprintf(text, "%s%s", any ? "; " : "", line[s]);
			any = true;
		}
		text += sprintf(text, "%s\n", any ? "" : "nop");
	}
	sprintf(text, "\tdone\n");
}

/* ---- the second statement ---- */

struct write {
	unsigned issue, d;
	uint32_t value;
};

struct reference {
	uint32_t r[REGISTERS], memory[WORDS];
	struct write landing[HORIZON][BUNDLES];
	unsigned landings[HORIZON];
};

static void land_at(struct reference *m, unsigned when, unsigned issue, unsigned d, uint32_t value)
{
	m->landing[when][m->landings[when]++] = (struct write){ issue, d, value };
}

/* issue[i]: the step at which bundle i issued. */
static void execute(struct reference *m, const struct program *p, const unsigned issue[BUNDLES])
{
	uint32_t sampled[BUNDLES][2] = { 0 }, stored[BUNDLES] = { 0 };
	for (unsigned now = 0; now < HORIZON - 10; now++) {
		/* landings, older first, so that the younger one stays */
		for (unsigned age = 0; age < BUNDLES; age++)
			for (unsigned i = 0; i < m->landings[now]; i++)
				if (m->landing[now][i].issue == issue[age])
					m->r[m->landing[now][i].d] = m->landing[now][i].value;
		for (unsigned i = 0; i < BUNDLES; i++) { /* mac reads its accumulator at cycle 2 */
			const struct insn *alu = &p->insn[i][0];
			if (alu->kind == MAC && now == issue[i] + 1)
				land_at(m, issue[i] + 2, issue[i], alu->d,
				        m->r[alu->d] + sampled[i][0] * sampled[i][1]);
		}
		for (unsigned i = 0; i < BUNDLES; i++) /* memory cycle 5; loads first */
			if (p->insn[i][2].kind == LOAD && now == issue[i] + 4)
				land_at(m, issue[i] + 7, issue[i], p->insn[i][2].d, m->memory[p->insn[i][2].word]);
		for (unsigned i = 0; i < BUNDLES; i++)
			if (p->insn[i][3].kind == STORE && now == issue[i] + 4)
				m->memory[p->insn[i][3].word] = stored[i];
		for (unsigned i = 0; i < BUNDLES; i++) {
			const struct insn *alu = &p->insn[i][0], *mv = &p->insn[i][1];
			if (issue[i] != now)
				continue;
			uint32_t a = m->r[alu->a], b = m->r[alu->b];
			sampled[i][0] = a;
			sampled[i][1] = b;
			stored[i] = m->r[p->insn[i][3].a];
			if (alu->kind == MUL)
				land_at(m, now + 2, now, alu->d, a * b);
			else if (alu->kind != MAC && alu->kind != NOTHING)
				land_at(m, now + 1, now, alu->d,
				        alu->kind == ADD   ? a + b
				        : alu->kind == SUB ? a - b
				        : alu->kind == AND ? (a & b)
				                           : (a ^ b));
			if (mv->kind != NOTHING)
				land_at(m, now + 1 + mv->delay, now, mv->d, m->r[mv->a]);
		}
	}
}

struct watch {
	unsigned issue[BUNDLES + 1], count;
	unsigned landed;
};

static void watch_issue(void *user, uint64_t cycle, uint32_t pc)
{
	struct watch *w = user;
	(void)pc;
	if (w->count <= BUNDLES)
		w->issue[w->count++] = (unsigned)cycle;
}

static void watch_landing(void *user, uint64_t cycle, unsigned id, const void *value)
{
	struct watch *w = user;
	(void)cycle, (void)id, (void)value;
	w->landed++;
}

static void prepare(struct rig *rig)
{
	char name[8];
	rig_set(rig, "p0", 0x70000);
	for (unsigned i = 0; i < REGISTERS; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		rig_set(rig, name, i * 0x01010101u + 5);
	}
	for (unsigned i = 0; i < WORDS; i++)
		rig_put_word(rig, 0x70000 + 4 * i, i * 0x10001 + 77);
}

static void test_against_rules(void **state)
{
	(void)state;
	static struct program program;
	static struct reference reference;
	for (unsigned n = 0; n < 150; n++) {
		struct watch watch = { .count = 0 };
		const struct aie_core_observer observer = { &watch, watch_issue, watch_landing };
		seed = 1000 + n;
		generate(&program);
		struct rig *rig = rig_new(program.text);
		prepare(rig);
		aie_core_set_observer(rig->core, &observer);
		rig_done(rig);
		assert_int_equal(watch.count, BUNDLES + 1);
		memset(&reference, 0, sizeof(reference));
		for (unsigned i = 0; i < REGISTERS; i++)
			reference.r[i] = i * 0x01010101u + 5;
		for (unsigned i = 0; i < WORDS; i++)
			reference.memory[i] = i * 0x10001 + 77;
		execute(&reference, &program, watch.issue);
		for (unsigned i = 0; i < REGISTERS; i++) {
			char name[8];
			snprintf(name, sizeof(name), "r%u", i);
			if (rig_get(rig, name) != reference.r[i])
				fail_msg("program %u: r%u is %08x, the rules say %08x\n%s", n, i, rig_get(rig, name),
				         reference.r[i], program.text);
		}
		for (unsigned i = 0; i < WORDS; i++)
			assert_int_equal(rig_word(rig, 0x70000 + 4 * i), reference.memory[i]);
		rig_free(rig);
	}
}

/* Every register of one core equals that of another. */
static void compare(const struct rig *a, const struct rig *b)
{
	for (unsigned id = 0; id < aie_isa_register_count(); id++) {
		uint8_t x[AIE_REGISTER_MAX_BYTES] = { 0 }, y[AIE_REGISTER_MAX_BYTES] = { 0 };
		aie_core_register_read(a->core, id, x);
		aie_core_register_read(b->core, id, y);
		if (memcmp(x, y, sizeof(x)) != 0)
			fail_msg("%s differs", aie_isa_register(id)->name);
	}
	assert_memory_equal(a->memory, b->memory, sizeof(a->memory));
	assert_memory_equal(aie_core_counters(a->core), aie_core_counters(b->core), sizeof(struct aie_core_counters));
}

static void test_step_run_watch(void **state)
{
	(void)state;
	static struct program program;
	for (unsigned n = 0; n < 100; n++) {
		struct watch watch = { .count = 0 };
		const struct aie_core_observer observer = { &watch, watch_issue, watch_landing };
		seed = 5000 + n;
		generate(&program);
		struct rig *stepped = rig_new(program.text), *run = rig_new(program.text),
		           *watched = rig_new(program.text);
		prepare(stepped);
		prepare(run);
		prepare(watched);
		aie_core_set_observer(watched->core, &observer);
		rig_done(stepped);
		assert_int_equal(aie_core_run(run->core, 100000), AIE_CORE_DONE);
		rig_done(watched);
		assert_true(watch.landed > BUNDLES / 2);
		compare(stepped, run);
		compare(stepped, watched);
		rig_free(stepped);
		rig_free(run);
		rig_free(watched);
	}
}

/* Freezes at random moments do not change what a program computes, only how long it takes. */
static void test_freezes_change_time_only(void **state)
{
	(void)state;
	static struct program program;
	for (unsigned n = 0; n < 60; n++) {
		seed = 9000 + n;
		generate(&program);
		struct rig *free_run = rig_new(program.text), *frozen = rig_new(program.text);
		prepare(free_run);
		prepare(frozen);
		rig_done(free_run);
		enum aie_core_status status = AIE_CORE_RUNNING;
		while (status == AIE_CORE_RUNNING || status == AIE_CORE_STALLED) {
			if (next_random(4) == 0)
				frozen->stall_loads += next_random(3);
			if (next_random(4) == 0)
				frozen->stall_stores += next_random(3);
			status = rig_step(frozen);
		}
		assert_int_equal(status, AIE_CORE_DONE);
		const struct aie_core_counters *a = aie_core_counters(free_run->core),
		                               *b = aie_core_counters(frozen->core);
		assert_int_equal(a->bundles, b->bundles);
		assert_true(b->cycles > a->cycles);
		uint64_t stalls = 0;
		for (unsigned s = 0; s < AIE_STALL_COUNT; s++)
			stalls += b->stall[s];
		assert_int_equal(b->cycles, b->bundles + stalls);
		for (unsigned i = 0; i < REGISTERS; i++) {
			char name[8];
			snprintf(name, sizeof(name), "r%u", i);
			assert_int_equal(rig_get(free_run, name), rig_get(frozen, name));
		}
		assert_memory_equal(free_run->memory, frozen->memory, sizeof(frozen->memory));
		rig_free(free_run);
		rig_free(frozen);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_rules),
		cmocka_unit_test(test_step_run_watch),
		cmocka_unit_test(test_freezes_change_time_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
