/* Random programs with loops, branches, calls, memory of every width, vector arithmetic and locks: the same state and
 * the same counts whether stepped, run in pieces of any size, watched, or profiled, and whatever vector instructions of
 * the host do the arithmetic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/core/vec_lanes.h"
#include "tests/core/rig.h"

enum { PROGRAMS = 60, TEXT = 60000, FLOOR = 0x60000, LIMIT = 40000 };

static uint64_t seed;
static uint32_t next_random(uint32_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 20) % limit;
}

static char text[TEXT];
static size_t used;
static unsigned labels;

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void put(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	used += (size_t)vsnprintf(text + used, sizeof(text) - used, format, list);
	va_end(list);
	assert_true(used < sizeof(text));
}

/* ---- instructions, by slot; r0..r7 and p0, p1 are free, the rest is fixed by prepare() ------------------------------
 */

static unsigned r(void)
{
	return next_random(8);
}

static unsigned x(void)
{
	return next_random(12);
}

static void scalar(char *to, size_t size)
{
	static const char *const names[] = { "add", "sub",  "adc",  "sbc", "and", "or",
		                             "xor", "lshl", "ashl", "mul", "lt",  "geu" };

	if (next_random(6) == 0)
		snprintf(to, size, "abs r%u, r%u", r(), r());
	else
		snprintf(to, size, "%s r%u, r%u, r%u", names[next_random(12)], r(), r(), r());
}

static void move(char *to, size_t size)
{
	switch (next_random(7)) {
	case 0:
		snprintf(to, size, "mov r%u, r%u", r(), r());
		break;
	case 1:
		snprintf(to, size, "mov.d%u r%u, r%u", 1 + next_random(6), r(), r());
		break;
	case 2:
		snprintf(to, size, "vshuffle x%u, x%u, x%u, r8", x(), x(), x());
		break;
	case 3:
		snprintf(to, size, "vsel.16 x%u, x%u, x%u, r16", x(), x(), x());
		break;
	case 4:
		snprintf(to, size, "vmax_lt.16 x%u, r16, x%u, x%u, vaddsign1", x(), x(), x());
		break;
	case 5:
		snprintf(to, size, "vups.2x cml%u, x%u, s0, upssign1", next_random(5), x());
		break;
	default:
		snprintf(to, size, "vbcst.16 x%u, r%u", x(), r());
	}
}

static void load(char *to, size_t size)
{
	switch (next_random(8)) { /* part-word stores issue in the slot of loads */
	case 0:
		snprintf(to, size, "lda r%u, [p%u, #%u]", r(), next_random(2), 4 * next_random(8));
		break;
	case 1:
		snprintf(to, size, "lda.s8 r%u, [p2, #%u]", r(), next_random(7));
		break;
	case 2:
		snprintf(to, size, "lda.u16 r%u, [p2, #%u]", r(), 2 * next_random(7));
		break;
	case 3:
		snprintf(to, size, "vlda.2d x%u, [p3], d0", x());
		break;
	case 4:
		snprintf(to, size, "vlda.conv.fp32.bf16 cml%u, [p2, #%u]", next_random(5), 64 * next_random(4));
		break;
	case 5:
		snprintf(to, size, "st.s8 r%u, [p2, #%u]", r(), next_random(7));
		break;
	case 6:
		snprintf(to, size, "st.s16 r%u, [p2, #%u]", r(), 2 * next_random(7));
		break;
	default:
		snprintf(to, size, "vlda bmll%u, [p2, #%u]", next_random(5), 64 * next_random(4));
	}
}

static void store(char *to, size_t size)
{
	switch (next_random(4)) {
	case 0:
		snprintf(to, size, "st r%u, [p%u, #%u]", r(), next_random(2), 4 * next_random(8));
		break;
	case 1:
		snprintf(to, size, "vst x%u, [p2, #%u]", x(), 64 * next_random(4));
		break;
	case 2:
		snprintf(to, size, "vst.srs.2x cml%u, s0, srssign1, [p2, #%u]", next_random(5), 64 * next_random(4));
		break;
	default:
		snprintf(to, size, "vst.conv.bf16.fp32 cml%u, [p2, #%u]", next_random(5), 64 * next_random(4));
	}
}

static void vector(char *to, size_t size)
{
	const unsigned d = next_random(5);

	switch (next_random(5)) {
	case 0:
		snprintf(to, size, "vmac dm%u, dm%u, x%u, x%u, r9", d, d, x(), x());
		break;
	case 1:
		snprintf(to, size, "vmul dm%u, x%u, x%u, r9", d, x(), x());
		break;
	case 2:
		snprintf(to, size, "vmac.f dm%u, dm%u, x%u, x%u, r10", d, d, x(), x());
		break;
	case 3:
		snprintf(to, size, "vadd.f dm%u, dm%u, dm%u, r10", d, d, next_random(5));
		break;
	default:
		snprintf(to, size, "vclr dm%u", d);
	}
}

/* One bundle; each slot with a chance of one in `sparse` to stay empty. */
static void bundle(unsigned sparse)
{
	static void (*const slots[])(char *, size_t) = { load, store, scalar, move, vector };
	bool any = false;

	put("\t");
	for (unsigned s = 0; s < 5; s++) {
		char insn[80];

		if (next_random(sparse + 1) != 0)
			continue;
		slots[s](insn, sizeof(insn));
		put("%s%s", any ? "; " : "", insn);
		any = true;
	}
	put("%s\n", any ? "" : "nop");
}

static void straight(unsigned count)
{
	while (count-- != 0)
		bundle(1 + next_random(3));
}

/* ---- flow ----------------------------------------------------------------------------------------------------------
 */

static void block(unsigned depth);

static void counted(unsigned depth)
{
	const unsigned label = labels++, counter = 20 + depth;

	put("\tmova r%u, #%u\n", counter, next_random(4));
	put("loop%u:\n", label);
	block(depth + 1);
	put("\tjnz r%u, #loop%u\n\tadd r%u, r%u, #-1\n", counter, label, counter, counter);
	straight(4);
}

/* A zero-overhead loop: set up seven bundles ahead, the last bundle full. */
static void hardware_loop(void)
{
	const unsigned label = labels++;

	put("\tmovxm ls, #first%u\n\tmovxm le, #last%u\n\tmova r19, #%u\n\tnop\n\tadd.nc lc, r19, #0\n", label, label,
	    1 + next_random(6));
	straight(7 + next_random(3));
	put("\t.p2align 4\nfirst%u:\n", label);
	straight(2 + next_random(6));
	put("\t.p2align 4\nlast%u:\tnopa; nopb; nops; nopx; nopm; nopv\n", label);
}

static void branch(unsigned depth)
{
	const unsigned label = labels++;

	put("\tj%sz r%u, #else%u\n", next_random(2) ? "" : "n", r(), label);
	straight(5);
	block(depth + 1);
	put("\tj #end%u\n", label);
	straight(5);
	put("\t.p2align 4\nelse%u:\n", label);
	block(depth + 1);
	put("\t.p2align 4\nend%u:\n", label);
}

static void locked(void)
{
	put("\tacq #48, r11\n");
	straight(4);
	put("\trel #%u, r12\n", 48 + next_random(2));
	straight(1 + next_random(3));
}

static void block(unsigned depth)
{
	straight(3 + next_random(6));
	for (unsigned parts = next_random(depth > 2 ? 1 : 3); parts != 0; parts--) {
		switch (next_random(5)) {
		case 0:
			counted(depth);
			break;
		case 1:
			hardware_loop();
			break;
		case 2:
			branch(depth);
			break;
		case 3:
			locked();
			break;
		default:
			put("\tjl #function\n");
			straight(5);
			put("\t.p2align 4\n");
		}
		straight(2);
	}
}

static void generate(void)
{
	used = 0;
	labels = 0;
	for (unsigned part = 0; part < 4; part++)
		block(0);
	put("\tdone\n\t.p2align 4\nfunction:\n");
	straight(3);
	put("\tret lr\n");
	straight(5);
}

/* ---- runs ----------------------------------------------------------------------------------------------------------
 */

/* The state only depends on `number`. */
static struct rig *prepare(unsigned number)
{
	struct rig *rig = rig_new(text);
	uint32_t word = number * 2654435761u + 12345;
	char name[8];

	for (uint32_t i = 0; i < 0x1000; i += 4) {
		word = word * 1664525 + 1013904223;
		rig_put_word(rig, FLOOR + i,
		             (word & 0x807F807F) | 0x3F003F00); /* ordinary bf16 pairs and fp32 numbers */
	}
	for (unsigned i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "x%u", i);
		rig_write(rig, name, rig->memory + (FLOOR - RIG_BASE) + (size_t)64 * i);
	}
	for (unsigned i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		rig_set(rig, name, word >> i % 3 * 8);
		word = word * 1664525 + 1013904223;
	}
	rig_set(rig, "p0", FLOOR + 0x100);
	rig_set(rig, "p1", FLOOR + 0x4200); /* another bank */
	rig_set(rig, "p2", FLOOR + 0x400);
	rig_set(rig, "p3", FLOOR);
	rig_set(rig, "m0", 0x100000 - 11 * 64); /* back to the first of twelve lines */
	rig_set(rig, "dj0", 64);
	rig_set(rig, "dn0", 11);
	rig_set(rig, "r8", 18);
	rig_set(rig, "r9", 776);
	rig_set(rig, "r10", 60);
	rig_set(rig, "r11", 0xFFFFFFFF);
	rig_set(rig, "r12", 1);
	rig_set(rig, "s0", 5);
	rig_set(rig, "crrnd", 12);
	rig_set(rig, "crsat", 1);
	rig->lock[48] = 63;
	rig->banks = true;
	return rig;
}

/* The banks are free again in every cycle: stepped by the rig only.  Runs in pieces leave them out. */
static void compare(const struct rig *a, const struct rig *b, unsigned number, const char *how)
{
	for (unsigned id = 0; id < aie_isa_register_count(); id++) {
		uint8_t v[AIE_REGISTER_MAX_BYTES] = { 0 }, w[AIE_REGISTER_MAX_BYTES] = { 0 };

		aie_core_register_read(a->core, id, v);
		aie_core_register_read(b->core, id, w);
		if (memcmp(v, w, sizeof(v)) != 0)
			fail_msg("program %u, %s: %s differs", number, how, aie_isa_register(id)->name);
	}
	assert_memory_equal(a->memory, b->memory, sizeof(a->memory));
	assert_memory_equal(a->lock, b->lock, sizeof(a->lock));
	assert_memory_equal(aie_core_counters(a->core), aie_core_counters(b->core), sizeof(struct aie_core_counters));
}

static void finish(struct rig *rig, unsigned number)
{
	if (rig_run(rig, LIMIT) != AIE_CORE_DONE)
		fail_msg("program %u does not end: %s\n%s", number, aie_core_fault(rig->core)->error.text, text);
}

struct watch {
	uint64_t issued, landed;
};

static void watch_issue(void *user, uint64_t cycle, uint32_t pc)
{
	struct watch *watch = user;

	(void)cycle, (void)pc;
	watch->issued++;
}

static void watch_landing(void *user, uint64_t cycle, unsigned id, const void *value)
{
	struct watch *watch = user;

	(void)cycle, (void)id, (void)value;
	watch->landed++;
}

static void test_ways_of_running(void **state)
{
	uint64_t bundles = 0;

	(void)state;
	for (unsigned number = 0; number < PROGRAMS; number++) {
		struct watch watch = { 0 };
		const struct aie_core_observer observer = { &watch, watch_issue, watch_landing };
		struct aie_error error;

		seed = 0x9E3779B97F4A7C15u + number;
		generate();
		struct rig *stepped = prepare(number), *watched = prepare(number), *profiled = prepare(number);

		finish(stepped, number);
		aie_core_set_observer(watched->core, &observer);
		finish(watched, number);
		compare(stepped, watched, number, "watched");
		assert_int_equal(watch.issued, aie_core_counters(watched->core)->bundles + 1); /* and `done` */
		assert_true(watch.landed > watch.issued / 2);
		assert_int_equal(aie_core_set_profile(profiled->core, true, &error), 0);
		finish(profiled, number);
		compare(stepped, profiled, number, "profiled");
		bundles += aie_core_counters(stepped->core)->bundles;

		/* without bank conflicts: by steps, at a stretch, in pieces of random sizes */
		struct rig *plain = prepare(number), *run = prepare(number), *pieces = prepare(number);

		plain->banks = run->banks = pieces->banks = false;
		finish(plain, number);
		assert_int_equal(aie_core_run(run->core, LIMIT), AIE_CORE_DONE);
		compare(plain, run, number, "run");
		while (aie_core_status(pieces->core) == AIE_CORE_RUNNING ||
		       aie_core_status(pieces->core) == AIE_CORE_STALLED)
			aie_core_run(pieces->core, 1 + next_random(50));
		compare(plain, pieces, number, "run in pieces");
		/* waiting for banks costs time and changes nothing else */
		assert_memory_equal(plain->memory, stepped->memory, sizeof(plain->memory));
		assert_int_equal(aie_core_counters(plain->core)->bundles, aie_core_counters(stepped->core)->bundles);
		struct rig *const all[] = { stepped, watched, profiled, plain, run, pieces };

		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
			rig_free(all[i]);
	}
	assert_true(bundles > PROGRAMS * 100); /* the programs do something */
}

static void test_vector_levels(void **state)
{
	(void)state;
	const unsigned best = aie_vec_level;

	for (unsigned number = 0; number < PROGRAMS; number++) {
		seed = 0xD1B54A32D192ED03u + number;
		generate();
		struct rig *reference = prepare(number);

		finish(reference, number);
		for (unsigned level = 0; level < best; level++) {
			struct rig *limited = prepare(number);

			aie_vec_limit(level);
			finish(limited, number);
			aie_vec_limit(best);
			compare(reference, limited, number, "another vector level");
			rig_free(limited);
		}
		rig_free(reference);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways_of_running),
		cmocka_unit_test(test_vector_levels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
