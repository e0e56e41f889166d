/* aie-as --check: every rule on code that breaks it and on code that just keeps it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/isa/asm_support.h"
#include "tests/isa/random_insn.h"

static char told[65536];
static unsigned told_count;

static void collect(void *data, const char *text)
{
	size_t used = strlen(told);
	(void)data;
	told_count++;
	snprintf(told + used, sizeof(told) - used, "%s\n", text);
}

static void check(const char *text, int all)
{
	struct aie_asm_options options = { .warn = collect, .check_all = all };
	size_t size;
	told[0] = 0;
	told_count = 0;
	free(assemble_text(text, &options, &size));
}

static void expect_clean(const char *text)
{
	check(text, 0);
	if (told_count)
		fail_msg("%s\n%s", text, told);
}

/* Exactly one warning, which begins with the place and contains the words. */
static void expect_one(const char *text, const char *place, const char *words)
{
	check(text, 0);
	if (told_count != 1 || strncmp(told, place, strlen(place)) != 0 || !strstr(told, words))
		fail_msg("%s\n%u warnings:\n%s\nexpected %s ... %s", text, told_count, told, place, words);
}

#define NOPS4 "nop\nnop\nnop\nnop\n"
#define FULL  "nopa; nopb; nops; nopxm; nopv\n"
#define FULL7 FULL FULL FULL FULL FULL FULL FULL

/* A load's result is there for samples 7 bundles later (operand cycle 7 against 1). */
static void window(void **state)
{
	(void)state;
	expect_one("movxm p0, #0x70000\nmova r0, #0\nnop\nlda r2, [p0, #0]\n" NOPS4 "nop\nadd r0, r0, r2\ndone",
	           "t.s:10: warning: ",
	           "'add' samples r2 1 cycle before the result of 'lda' (in line 4) is there; it was not set before "
	           "[window]");
	expect_clean("movxm p0, #0x70000\nmova r0, #0\nnop\nlda r2, [p0, #0]\n" NOPS4 "nop\nnop\nadd r0, r0, r2\ndone");
	/* The old value was set, and the new one is for somebody else: a pipelined program. */
	expect_clean("movxm p0, #0x70000\nmova r2, #0\nmova r0, #0\nlda r2, [p0, #0]\nadd r0, r0, r2\n" NOPS4
	             "nop\nadd r0, r0, r2\ndone");
	check("movxm p0, #0x70000\nmova r2, #0\nmova r0, #0\nlda r2, [p0, #0]\nadd r0, r0, r2\n" NOPS4
	      "nop\nadd r0, r0, r2\ndone",
	      1);
	assert_int_equal(told_count, 1);
	/* ... but nobody reads the new one here. */
	expect_one("movxm p0, #0x70000\nmova r2, #0\nmova r0, #0\nlda r2, [p0, #0]\nadd r0, r0, r2\n" NOPS4
	           "nop\nmova r2, #1\ndone",
	           "t.s:5: warning: ", "nothing reads the new one");
	/* Parts of wider registers count. */
	expect_one("movxm p0, #0x70000\nnop\nvlda wl0, [p0], #32\nvmov x2, x0\nnop\ndone",
	           "t.s:4: warning: ", "'vmov' samples x0");
}

static void accumulator_distance(void **state)
{
	/* vmac.f to vmac.f on one accumulator: result in cycle 6, sampled in cycle 4 with the vector bypass: 2 bundles
	 * apart. */
	static const char start[] = "mova r0, #0\nnop\nvclr dm0\nnop\nnop\nnop\nnop\nnop\n"
	                            "vbcst.16 x0, r0\nvbcst.16 x2, r0\nnop\nnop\nnop\nnop\n";
	char text[512];
	(void)state;
	snprintf(text, sizeof(text), "%svmac.f dm0, dm0, x0, x2, r0\nvmac.f dm0, dm0, x0, x2, r0\ndone", start);
	check(text, 1);
	assert_int_equal(told_count, 1);
	assert_non_null(strstr(told, "'vmac.f' samples dm0"));
	snprintf(text, sizeof(text), "%svmac.f dm0, dm0, x0, x2, r0\nnop\nnop\nvmac.f dm0, dm0, x0, x2, r0\ndone",
	         start);
	check(text, 1);
	if (told_count)
		fail_msg("%s", told);
}

static void collisions(void **state)
{
	(void)state;
	/* lda lands after 7, mova after 1 cycle: six bundles later they land together. */
	check("movxm p0, #0x70000\nnop\nlda r2, [p0, #0]\n" NOPS4 "nop\nmova r2, #1\nnop\nadd r0, r2, r2\ndone", 0);
	assert_non_null(strstr(told, "'mova' and 'lda' (in line 3) deliver r2 in the same cycle [collision]"));
	expect_one("movxm p0, #0x70000\nnop\nlda r2, [p0, #0]\nmova r2, #1\n" NOPS4 NOPS4 "add r0, r2, r2\ndone",
	           "t.s:4: warning: ",
	           "the late result of 'lda' (in line 3) replaces r2 of 'mova' before anything reads it [collision]");
	/* The register is used while the load is under way. */
	expect_clean("movxm p0, #0x70000\nnop\nlda r2, [p0, #0]\nmova r2, #1\nnop\nadd r0, r2, r2\n" NOPS4
	             "add r0, r2, r2\ndone");
}

/* A 16-bit store samples its data late: what is written behind it may come first. */
static void overtaken(void **state)
{
	(void)state;
	check("movxm p0, #0x70000\nmova r2, #1\nnop\nst.s16 r2, [p0], #2\nmova r2, #2\nnop\nadd r0, r2, r2\ndone", 0);
	assert_int_equal(told_count, 1);
	assert_non_null(strstr(told, "'mova' replaces r2 before 'st.s16' (in line 4) has sampled it [overtaken]"));
}

static void branches(void **state)
{
	(void)state;
	expect_one("j #x\nnop\nj #x\nnop\nnop\nnop\nnop\n.p2align 4\nx: done",
	           "t.s:3: warning: ", "'j' stands in a delay slot");
	expect_clean("j #x\n" NOPS4 "nop\nj #x\n" NOPS4 "nop\n.p2align 4\nx: done");
	expect_one("mova r0, #0\nj #x\n" NOPS4 "nop\nnop\nadd r1, r0, r0\nx: done", "t.s:2: warning: ",
	           "the branch target 0x1a is not at a 16-byte line, and other instructions stand before it there "
	           "[target]");
	/* Only nops before the target in its line. */
	expect_clean("j #x\n" NOPS4 "nop\n.p2align 4\nnop\nnop\nx: done");
	expect_one("j #0x4000-2\n" NOPS4 "nop", "t.s:1: warning: ", "the branch target 0x3ffe is no instruction");
}

static void loops(void **state)
{
	static const char good[] =
	        "mova r0, #4\nmovxm ls, #first\nmovxm le, #last\nadd.nc lc, r0, #0\n.p2align 4\n" FULL7 "first: " FULL
	        "last: " FULL "done";
	(void)state;
	expect_clean(good);
	expect_one(
	        "mova r0, #4\nmovxm ls, #first\nmovxm le, #last\nadd.nc lc, r0, #0\n.p2align 4\nfirst: " FULL
	        "last: " FULL "done",
	        "t.s:7: warning: ",
	        "the loop's last bundle comes 7 bundles (28 bytes) after the last write of ls, le or lc, not 7 (112)");
	check("mova r0, #4\nmovxm ls, #first\nmovxm le, #last\nadd.nc lc, r0, #0\n.p2align 4\n" FULL7
	      "nop\nfirst: nop\nlast: ret lr\n" NOPS4 "nop",
	      0);
	assert_non_null(strstr(told, "(le) is not at a 16-byte line"));
	assert_non_null(strstr(told, "(le) has 4 bytes, not 16"));
	assert_non_null(strstr(told, "(ls = 0x"));
	/* What a bundle of the loop leaves in flight meets the next pass. */
	check("movxm p0, #0x70000\nmova r0, #4\nmovxm ls, #first\nmovxm le, #last\nadd.nc lc, r0, #0\n.p2align "
	      "4\n" FULL7 "first: nopa; nopb; nops; add r1, r2, r2; nopm; nopv\nlast: lda r2, [p0, #0]; nopb; nops; "
	      "nopxm; nopv\ndone",
	      1);
	assert_non_null(strstr(told, "'add' samples r2"));
	check("mova r0, #4\nmovxm ls, #first\nmovxm le, #last\nadd.nc lc, r0, #0\n.p2align 4\n" FULL7
	      "first: nopa; nopb; nops; j #x; nopv\n" FULL "last: " FULL FULL FULL FULL "x: done",
	      0);
	assert_non_null(strstr(told, "delay slots of a branch reach the loop's last bundle"));
}

static void locks(void **state)
{
	(void)state;
	expect_one("mova r0, #1\nacq #0, r0\nnop\nnop\nrel #1, r0\ndone",
	           "t.s:5: warning: ", "'rel' comes 3 bundles after another lock instruction, not 4 [lock]");
	expect_clean("mova r0, #1\nacq #0, r0\nnop\nnop\nnop\nrel #1, r0\ndone");
	/* Over the back edge as well. */
	expect_one(
	        "mova r0, #1\nmova r1, #1\n.p2align 4\nx: acq #0, r0\njnz r1, #x\nnop\nnop\nnop\nacq #0, r0\nnop\ndone",
	        "t.s:4: warning: ", "'acq' comes 2 bundles after another lock instruction");
}

/* Two instructions that need one register port in one cycle (timing table: the write port of r is used by lda in its
 * seventh cycle and by mova in its first). */
static void resources(void **state)
{
	(void)state;
	expect_one(
	        "movxm p0, #0x70000\nnop\nlda r2, [p0, #0]\n" NOPS4 "nop\nmova r3, #4\nnop\nadd r2, r2, r3\ndone",
	        "t.s:9: warning: ", "'mova' and an instruction in line 3 need R_WA_PORT in the same cycle [resource]");
	/* one bundle earlier or later they do not meet */
	expect_clean("movxm p0, #0x70000\nnop\nlda r2, [p0, #0]\n" NOPS4 "mova r3, #4\nnop\nnop\nadd r2, r2, r3\ndone");
	expect_clean("movxm p0, #0x70000\nnop\nlda r2, [p0, #0]\n" NOPS4
	             "nop\nnop\nmova r3, #4\nnop\nadd r2, r2, r3\ndone");
	/* over the back edge of a loop of seven bundles as well: the fourth bundle's port cycle is the next pass's
	 * third bundle */
	check("movxm p0, #0x70000\nmova r1, #3\n.p2align 4\nx: add r1, r1, #-1\njnz r1, #x\nmova r3, #4\n"
	      "lda r2, [p0, #0]\nnop\nnop\nnop\nnop\nnop\nadd r2, r2, r3\ndone",
	      0);
	assert_non_null(strstr(told, "t.s:6: warning: "));
	assert_non_null(strstr(told, "an instruction in line 7 need R_WA_PORT in the same cycle [resource]"));
	check("movxm p0, #0x70000\nmova r1, #3\n.p2align 4\nx: add r1, r1, #-1\njnz r1, #x\nnop\n"
	      "lda r2, [p0, #0]\nmova r3, #4\nnop\nnop\nnop\nnop\nadd r2, r2, r3\ndone",
	      0);
	assert_null(strstr(told, "[resource]"));
	/* two loads one after the other do not collide: they use the port one after the other */
	expect_clean("movxm p0, #0x70000\nnop\nlda r2, [p0, #0]\nlda r3, [p0, #4]\n" NOPS4 NOPS4
	             "add r0, r2, r3\ndone");
	/* padda and lda with post-increment both use address generator A, but they share a slot, hence never a bundle.
	 */
	expect_clean("movxm p0, #0x70000\nnop\npadda [p0], #64\nlda r3, [p0], #4\n" NOPS4 NOPS4 "add r0, r3, r3\ndone");
}

/* A zero-overhead loop inside another one: the inner one takes ls, le and lc, which the outer one has to set again,
 * seven full bundles ahead of its end. */
static void nested_loops(void **state)
{
#define INNER                                                                                                          \
	"movxm ls, #inner\nmovxm le, #inner_last\nmova r1, #3\nnop\nadd.nc lc, r1, #0\n.p2align 4\n" FULL7             \
	"inner: " FULL "inner_last: " FULL
	(void)state;
	/* around a counted branch */
	expect_clean("mova r0, #4\n.p2align 4\nouter: " INNER "jnz r0, #outer\nadd r0, r0, #-1\n" NOPS4 "done");
	/* two loops with hardware counters: the outer registers are restored in time */
	expect_clean(
	        "mova r0, #4\nmova r2, #4\n.p2align 4\nouter: " INNER
	        "movxm ls, #outer\nmovxm le, #outer_last\nnop\nadd.nc lc, r0, #0\nadd r0, r0, #-1\n.p2align 4\n" FULL7
	        "outer_last: " FULL "done");
	/* too late: the outer end comes right after its registers were written */
	check("mova r0, #4\nmova r2, #4\n.p2align 4\nouter: " INNER
	      "movxm ls, #outer\nmovxm le, #outer_last\nnop\nadd.nc lc, r0, #0\nadd r0, r0, #-1\n.p2align 4\n" FULL FULL
	      "outer_last: " FULL "done",
	      0);
	assert_non_null(strstr(told, "after the last write of ls, le or lc, not 7 (112)"));
	/* a body of one bundle is shorter than the hardware allows only when the set-up is too near */
	expect_clean("mova r0, #4\nmovxm ls, #one\nmovxm le, #one\nadd.nc lc, r0, #0\n.p2align 4\n" FULL7 "one: " FULL
	             "done");
#undef INNER
}

/* The walk goes into functions with what the caller has in flight. */
static void calls(void **state)
{
	(void)state;
	check("movxm p0, #0x70000\njl #f\nnop\nnop\nnop\nnop\nlda r2, [p0, #0]\n.p2align 4\ndone\n.p2align 4\nf: add "
	      "r0, r2, r2\nret lr\n" NOPS4 "nop",
	      0);
	assert_non_null(strstr(told, "t.s:11: warning: "));
	assert_non_null(strstr(told, "'add' samples r2 6 cycles before the result of 'lda' (in line 7)"));
}

/* Any program, also one that makes no sense: the check ends, in time. */
static void random_programs(void **state)
{
	struct random random = { .state = 4711 };
	struct aie_asm_options options = { .warn = collect };
	(void)state;
	for (unsigned round = 0; round < 30; round++) {
		char *text = malloc(400000);
		size_t used = 0, size;
		assert_non_null(text);
		for (unsigned i = 0; i < 300; i++) {
			const struct aie_format *format = aie_isa_format(random_below(&random, aie_isa_format_count()));
			struct aie_bundle bundle = { 0 };
			for (unsigned k = 0; k < format->slot_count; k++) {
				unsigned opcode;
				do
					opcode = random_below(&random, aie_isa_opcode_count());
				while (aie_isa_opcode(opcode)->slot != format->slot[k]);
				random_insn(&random, opcode, &bundle.insn[bundle.count++]);
			}
			used += aie_isa_print_bundle(&bundle, text + used, 1000);
			text[used++] = '\n';
			if (i % 8 == 0)
				used += (size_t)snprintf(
				        text + used, 200,
				        "l%u: jnz r%u, #l%u\nmovxm ls, #l%u\nmovxm le, #l%u\nmovxm p%u, #l%u\n", i,
				        random_below(&random, 32), random_below(&random, 37) * 8,
				        random_below(&random, 37) * 8, random_below(&random, 37) * 8,
				        random_below(&random, 8), random_below(&random, 37) * 8);
		}
		text[used] = 0;
		told[0] = 0;
		free(assemble_text(text, &options, &size));
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(window),          cmocka_unit_test(accumulator_distance),
		cmocka_unit_test(collisions),      cmocka_unit_test(overtaken),
		cmocka_unit_test(branches),        cmocka_unit_test(loops),
		cmocka_unit_test(locks),           cmocka_unit_test(resources),
		cmocka_unit_test(nested_loops),    cmocka_unit_test(calls),
		cmocka_unit_test(random_programs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
