/* Results of the scalar unit against the rules written down independently; edge values and random operands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/core/rig.h"

static const uint32_t edges[] = { 0,          1,          2,          31,         32,         33,         0x7F,
	                          0x80,       0xFF,       0x7FFF,     0x8000,     0xFFFF,     0x7FFFFFFF, 0x80000000,
	                          0x80000001, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFE1, 0xFFFFFFE0, 0x12345678, 0xDEADBEEF };
enum { EDGES = sizeof(edges) / sizeof(edges[0]) };

static uint32_t seed = 1;
static uint32_t next_random(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed ^ seed >> 16;
}

/* ---- the rules, slowly ---- */

static int64_t sgn(uint32_t x)
{
	return x < 0x80000000u ? (int64_t)x : (int64_t)x - 0x100000000;
}

static uint32_t rule_add(uint32_t a, uint32_t b)
{
	return (uint32_t)((uint64_t)a + b);
}
static uint32_t rule_sub(uint32_t a, uint32_t b)
{
	return (uint32_t)(0x100000000u + (uint64_t)a - b);
}
static uint32_t rule_mul(uint32_t a, uint32_t b)
{
	uint32_t product = 0;
	for (unsigned i = 0; i < 32; i++)
		if (b >> i & 1)
			product += a << i;
	return product;
}
static uint32_t rule_and(uint32_t a, uint32_t b)
{
	return a & b;
}
static uint32_t rule_or(uint32_t a, uint32_t b)
{
	return a | b;
}
static uint32_t rule_xor(uint32_t a, uint32_t b)
{
	return (a | b) - (a & b);
}
static uint32_t rule_eq(uint32_t a, uint32_t b)
{
	return (a ^ b) == 0;
}
static uint32_t rule_ne(uint32_t a, uint32_t b)
{
	return (a ^ b) != 0;
}
static uint32_t rule_lt(uint32_t a, uint32_t b)
{
	return sgn(a) < sgn(b);
}
static uint32_t rule_ge(uint32_t a, uint32_t b)
{
	return sgn(a) >= sgn(b);
}
static uint32_t rule_ltu(uint32_t a, uint32_t b)
{
	return (uint64_t)a < b;
}
static uint32_t rule_geu(uint32_t a, uint32_t b)
{
	return (uint64_t)a >= b;
}
static uint32_t rule_lshl(uint32_t a, uint32_t b)
{
	for (int64_t n = sgn(b) < 0 ? -sgn(b) % 32 : sgn(b) % 32; n > 0; n--)
		a = sgn(b) < 0 ? a / 2 : a * 2;
	return a;
}
static uint32_t rule_ashl(uint32_t a, uint32_t b)
{
	for (int64_t n = sgn(b) < 0 ? -sgn(b) % 32 : sgn(b) % 32; n > 0; n--)
		a = sgn(b) < 0 ? (a / 2) | (a & 0x80000000u) : a * 2;
	return a;
}

static const struct {
	const char *instruction;
	uint32_t (*rule)(uint32_t, uint32_t);
} binary[] = {
	{ "add r2, r0, r1", rule_add }, { "sub r2, r0, r1", rule_sub },   { "add.nc r2, r0, r1", rule_add },
	{ "and r2, r0, r1", rule_and }, { "or r2, r0, r1", rule_or },     { "xor r2, r0, r1", rule_xor },
	{ "mul r2, r0, r1", rule_mul }, { "eq r2, r0, r1", rule_eq },     { "ne r2, r0, r1", rule_ne },
	{ "lt r2, r0, r1", rule_lt },   { "ge r2, r0, r1", rule_ge },     { "ltu r2, r0, r1", rule_ltu },
	{ "geu r2, r0, r1", rule_geu }, { "lshl r2, r0, r1", rule_lshl }, { "ashl r2, r0, r1", rule_ashl },
};

static void run_pairs(const char *instruction, uint32_t (*rule)(uint32_t, uint32_t))
{
	char text[100];
	snprintf(text, sizeof(text), "\t%s\n\tdone\n", instruction);
	struct rig *rig = rig_new(text);
	for (unsigned i = 0; i < EDGES * EDGES + 300; i++) {
		bool edge = i < EDGES * EDGES;
		uint32_t a = edge ? edges[i / EDGES] : next_random(), b = edge ? edges[i % EDGES] : next_random();
		aie_core_reset(rig->core);
		rig_set(rig, "r0", a);
		rig_set(rig, "r1", b);
		rig_done(rig);
		if (rig_get(rig, "r2") != rule(a, b))
			fail_msg("%s of %08x, %08x: %08x, the rule says %08x", instruction, a, b, rig_get(rig, "r2"),
			         rule(a, b));
	}
	rig_free(rig);
}

static void test_binary(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(binary) / sizeof(binary[0]); i++)
		run_pairs(binary[i].instruction, binary[i].rule);
}

static uint32_t rule_clz(uint32_t a, uint32_t b)
{
	uint32_t n = 0;
	(void)b;
	while (n < 32 && !(a >> (31 - n) & 1))
		n++;
	return n;
}
/* leading bits equal to the sign bit, the sign bit included; 32 for 0 and -1 */
static uint32_t rule_clb(uint32_t a, uint32_t b)
{
	uint32_t n = 0;
	(void)b;
	while (n < 32 && (a >> (31 - n) & 1) == a >> 31)
		n++;
	return n;
}
static uint32_t rule_popcount(uint32_t a, uint32_t b)
{
	uint32_t n = 0;
	(void)b;
	for (unsigned i = 0; i < 32; i++)
		n += a >> i & 1;
	return n;
}
static uint32_t rule_abs(uint32_t a, uint32_t b)
{
	(void)b;
	return (uint32_t)(sgn(a) < 0 ? -sgn(a) : sgn(a));
}
static uint32_t rule_eqz(uint32_t a, uint32_t b)
{
	(void)b;
	return a == 0;
}
static uint32_t rule_nez(uint32_t a, uint32_t b)
{
	(void)b;
	return a != 0;
}
static uint32_t rule_s8(uint32_t a, uint32_t b)
{
	(void)b;
	return (a & 0xFF) < 0x80 ? a & 0xFF : (a & 0xFF) - 0x100;
}
static uint32_t rule_s16(uint32_t a, uint32_t b)
{
	(void)b;
	return (a & 0xFFFF) < 0x8000 ? a & 0xFFFF : (a & 0xFFFF) - 0x10000;
}
static uint32_t rule_u8(uint32_t a, uint32_t b)
{
	(void)b;
	return a % 0x100;
}
static uint32_t rule_u16(uint32_t a, uint32_t b)
{
	(void)b;
	return a % 0x10000;
}
static uint32_t rule_copy(uint32_t a, uint32_t b)
{
	(void)b;
	return a;
}
static uint32_t rule_add5(uint32_t a, uint32_t b)
{
	(void)b;
	return a + 5;
}
static uint32_t rule_sub64(uint32_t a, uint32_t b)
{
	(void)b;
	return a - 64;
}
static uint32_t rule_sub128(uint32_t a, uint32_t b)
{
	(void)b;
	return a - 128;
}

static void test_unary(void **state)
{
	(void)state;
	run_pairs("clz r2, r0", rule_clz);
	run_pairs("clb r2, r0", rule_clb);
	run_pairs("popcount r2, r0", rule_popcount);
	run_pairs("abs r2, r0", rule_abs);
	run_pairs("eqz r2, r0", rule_eqz);
	run_pairs("nez r2, r0", rule_nez);
	run_pairs("extend.s8 r2, r0", rule_s8);
	run_pairs("extend.s16 r2, r0", rule_s16);
	run_pairs("extend.u8 r2, r0", rule_u8);
	run_pairs("extend.u16 r2, r0", rule_u16);
	run_pairs("mov r2, r0", rule_copy);
	run_pairs("add r2, r0, #5", rule_add5);
	run_pairs("add r2, r0, #-64", rule_sub64);
	run_pairs("add.nc r2, r0, #-128", rule_sub128);
}

/* sel.eqz / sel.nez test r27 */
static void test_select(void **state)
{
	(void)state;
	for (unsigned value = 0; value < 2; value++) {
		struct rig *rig = rig_new("\tsel.eqz r2, r0, r1, r27\n\tsel.nez r3, r0, r1, r27\n\tdone\n");
		rig_set(rig, "r0", 10);
		rig_set(rig, "r1", 20);
		rig_set(rig, "r27", value << 31);
		rig_done(rig);
		assert_int_equal(rig_get(rig, "r2"), value == 0 ? 10 : 20);
		assert_int_equal(rig_get(rig, "r3"), value != 0 ? 10 : 20);
		rig_free(rig);
	}
}

/* mac: d + a*b, msc: d - a*b, low 32 bits; the destination is the accumulator */
static void test_multiply_add(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		uint32_t a = next_random(), b = next_random(), c = next_random();
		struct rig *rig = rig_new("\tmac r2, r2, r0, r1\n\tmsc r3, r3, r0, r1\n\tdone\n");
		rig_set(rig, "r0", a);
		rig_set(rig, "r1", b);
		rig_set(rig, "r2", c);
		rig_set(rig, "r3", c);
		rig_done(rig);
		assert_int_equal(rig_get(rig, "r2"), c + rule_mul(a, b));
		assert_int_equal(rig_get(rig, "r3"), c - rule_mul(a, b));
		rig_free(rig);
	}
}

/* 96-bit sums and differences through the carry: add/adc carry out of bit 31, sub/sbc with carry = no borrow */
static void test_carry_chain(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tadd r6, r0, r3\n\tadc r7, r1, r4\n\tadc r8, r2, r5\n"
	                          "\tsub r9, r0, r3\n\tsbc r10, r1, r4\n\tsbc r11, r2, r5\n\tdone\n");
	for (unsigned i = 0; i < 400; i++) {
		uint32_t v[6];
		char name[8];
		aie_core_reset(rig->core);
		for (unsigned k = 0; k < 6; k++) {
			v[k] = i < 200 ? edges[next_random() % EDGES] : next_random();
			snprintf(name, sizeof(name), "r%u", k);
			rig_set(rig, name, v[k]);
		}
		rig_done(rig);
		__extension__ typedef unsigned __int128 wide;
		wide a = (wide)v[2] << 64 | (wide)v[1] << 32 | v[0], b = (wide)v[5] << 64 | (wide)v[4] << 32 | v[3];
		wide sum = a + b, difference = a - b;
		assert_int_equal(rig_get(rig, "r6"), (uint32_t)sum);
		assert_int_equal(rig_get(rig, "r7"), (uint32_t)(sum >> 32));
		assert_int_equal(rig_get(rig, "r8"), (uint32_t)(sum >> 64));
		assert_int_equal(rig_get(rig, "r9"), (uint32_t)difference);
		assert_int_equal(rig_get(rig, "r10"), (uint32_t)(difference >> 32));
		assert_int_equal(rig_get(rig, "r11"), (uint32_t)(difference >> 64));
		assert_int_equal(rig_get(rig, "srcarry"), a >= b);
	}
	rig_free(rig);
}

/* 32 divs steps divide */
static void test_divide(void **state)
{
	(void)state;
	char text[32 * 40 + 20] = "";
	for (unsigned i = 0; i < 32; i++)
		strcat(text, "\tdivs r2, r31, r2, r1\n");
	strcat(text, "\tdone\n");
	struct rig *rig = rig_new(text);
	for (unsigned i = 0; i < 300; i++) {
		uint32_t dividend = next_random(), divisor = next_random() >> (1 + next_random() % 31);
		divisor += divisor == 0;
		aie_core_reset(rig->core);
		rig_set(rig, "r31", dividend);
		rig_set(rig, "r1", divisor);
		rig_done(rig);
		assert_int_equal(rig_get(rig, "r31"), dividend / divisor);
		assert_int_equal(rig_get(rig, "r2"), dividend % divisor);
	}
	rig_free(rig);
}

/* Moves into narrow registers keep the low bits; from a 20-bit register the upper bits are zero. */
static void test_move_widths(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tmov p0, r0\n\tmov m1, r0\n\tmov crsat, r0\n\tmov crrnd, r0\n\tmov s1, r0\n"
	                          "\tmov r1, p0\n\tmov r2, m1\n\tmovxm lc, #-3\n\tmov r3, lc\n\tmova r4, #-1024\n"
	                          "\tmov dj2, r0\n\tmov dn2, r0\n\tmov dc2, r0\n\tmovx crrnd, #12\n\tdone\n");
	rig_set(rig, "r0", 0xFEDCBA98);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "p0"), 0xCBA98);
	assert_int_equal(rig_get(rig, "m1"), 0xCBA98);
	assert_int_equal(rig_get(rig, "dj2"), 0xCBA98);
	assert_int_equal(rig_get(rig, "dn2"), 0xCBA98);
	assert_int_equal(rig_get(rig, "dc2"), 0xCBA98);
	assert_int_equal(rig_get(rig, "crsat"), 0x98 & 3);
	assert_int_equal(rig_get(rig, "crrnd"), 12);
	assert_int_equal(rig_get(rig, "s1"), 0x98 & 63);
	assert_int_equal(rig_get(rig, "r1"), 0xCBA98);
	assert_int_equal(rig_get(rig, "r2"), 0xCBA98);
	assert_int_equal(rig_get(rig, "r3"), 0xFFFFFFFD);
	assert_int_equal(rig_get(rig, "r4"), 0xFFFFFC00);
	rig_free(rig);
}

/* Integer to float: a scaled 32-bit integer is exact in a double, and the host rounds to nearest even on the way to
 * float. */
static uint32_t float_of(int64_t n, int shift)
{
	double value = (double)n;
	for (; shift != 0; shift += shift < 0 ? 1 : -1)
		value = shift < 0 ? value * 2 : value / 2;
	float rounded = (float)value;
	uint32_t bits;
	memcpy(&bits, &rounded, sizeof(bits));
	return bits;
}

static int sign6(unsigned s)
{
	return (int)(s & 63) - (s & 32 ? 64 : 0);
}

/* Nearest even of f * 2^shift with saturation, by comparing twice the value with odd numbers. */
static uint32_t fixed_of(uint32_t f, int shift)
{
	double value = 0; /* exact: 24 bits times a power of two */
	int exponent = (int)(f >> 23 & 0xFF);
	double significand = exponent == 0 ? (double)(f & 0x7FFFFF) : (double)((f & 0x7FFFFF) | 0x800000);
	if (exponent == 0xFF)
		return f >> 31 ? 0x80000000u : 0x7FFFFFFFu;
	value = significand;
	for (int e = (exponent == 0 ? 1 : exponent) - 150 + shift; e != 0; e += e < 0 ? 1 : -1)
		value = e < 0 ? value / 2 : value * 2;
	if (f >> 31)
		value = -value;
	if (value >= 2147483647.5)
		return 0x7FFFFFFFu;
	if (value <= -2147483648.5)
		return 0x80000000u;
	int64_t whole = (int64_t)value;
	double fraction = value - (double)whole;
	if (fraction > 0.5 || (fraction == 0.5 && (whole & 1)))
		whole++;
	if (fraction < -0.5 || (fraction == -0.5 && (whole & 1)))
		whole--;
	return whole > 2147483647 ? 0x7FFFFFFFu : (uint32_t)whole;
}

static void test_fixed_float(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tmov r2, r0.fx2flt, s2\n\tmov r3, r1.flt2fx, s3\n\tdone\n");
	for (unsigned i = 0; i < 4000; i++) {
		uint32_t n = i < EDGES ? edges[i] : next_random() >> (next_random() % 32) << (next_random() % 4);
		uint32_t f = i < EDGES ? edges[i] : next_random();
		unsigned s2 = next_random() % 64, s3 = next_random() % 64;
		if (i >= 2000) /* near the integers */
			f = (f & 0x80FFFFFF) | (100 + next_random() % 60) << 23;
		if ((f & 0x7F800000) == 0x7F800000)
			f &= 0xFF800000;
		aie_core_reset(rig->core);
		rig_set(rig, "r0", n);
		rig_set(rig, "r1", f);
		rig_set(rig, "s2", s2);
		rig_set(rig, "s3", s3);
		rig_done(rig);
		if (rig_get(rig, "r2") != float_of(sgn(n), sign6(s2)))
			fail_msg("fx2flt %08x, %d: %08x, expected %08x", n, sign6(s2), rig_get(rig, "r2"),
			         float_of(sgn(n), sign6(s2)));
		if (rig_get(rig, "r3") != fixed_of(f, sign6(s3)))
			fail_msg("flt2fx %08x, %d: %08x, expected %08x", f, sign6(s3), rig_get(rig, "r3"),
			         fixed_of(f, sign6(s3)));
	}
	rig_free(rig);
}

/* What no source establishes is refused by name. */
static void test_refusals(void **state)
{
	(void)state;
	struct rig *rig = rig_new("\tmova r0, #1\n\tinv r2, r0\n\tdone\n");
	rig_faults(rig, AIE_ERROR_UNSUPPORTED, "not public");
	assert_string_equal(aie_core_fault(rig->core)->instruction, "inv");
	assert_int_equal(aie_core_fault(rig->core)->pc, 4);
	assert_non_null(strstr(aie_core_fault(rig->core)->bundle, "inv r2, r0"));
	rig_free(rig);
	rig = rig_new("\tmov r2, r0.flt2fx, s3\n\tdone\n");
	rig_set(rig, "r0", 0x7FC00000);
	rig_faults(rig, AIE_ERROR_UNSUPPORTED, "not-a-number");
	rig_free(rig);
}

/* A refused instruction that is jumped over costs nothing. */
static void test_refusal_not_executed(void **state)
{
	(void)state;
	struct rig *rig =
	        rig_new("\tj #over\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tinv r2, r0\nover:\n\tmova r3, #7\n\tdone\n");
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r3"), 7);
	rig_free(rig);
}

/* Status flags whose rule no source establishes: setting them costs nothing, reading them stops, overwriting makes them
 * known again once nothing is on its way. */
static void test_unknown_flags(void **state)
{
	(void)state;
	static const char wait[] = "\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n";
	char text[400];
	const unsigned flags = aie_isa_register_find("srFPFlags");
	snprintf(text, sizeof(text), "\tmova r1, #60\n\tvmac.f dm0, dm0, x0, x1, r1\n%s\tdone\n", wait);
	struct rig *rig = rig_new(text);
	rig_done(rig);
	assert_false(aie_core_register_known(rig->core, flags));
	assert_true(aie_core_register_known(rig->core, aie_isa_register_find("srSRS_of")));
	aie_core_reset(rig->core);
	assert_true(aie_core_register_known(rig->core, flags));
	rig_free(rig);
	snprintf(text, sizeof(text), "\tmova r1, #60\n\tvmac.f dm0, dm0, x0, x1, r1\n%s\tmov r2, srfpflags\n\tdone\n",
	         wait);
	rig = rig_new(text);
	rig_faults(rig, AIE_ERROR_UNSUPPORTED, "srFPFlags");
	rig_free(rig);
	snprintf(text, sizeof(text),
	         "\tmova r1, #60\n\tvmac.f dm0, dm0, x0, x1, r1\n%s\tmov srfpflags, r0\n\tnop\n\tmov r2, "
	         "srfpflags\n\tdone\n",
	         wait);
	rig = rig_new(text);
	rig_set(rig, "r0", 21);
	rig_done(rig);
	assert_int_equal(rig_get(rig, "r2"), 21);
	rig_free(rig);
	/* too early: the flags of vmac.f land on what the move wrote */
	snprintf(text, sizeof(text),
	         "\tmova r1, #60\n\tvmac.f dm0, dm0, x0, x1, r1\n\tmov srfpflags, r0\n%s\tmov r2, srfpflags\n\tdone\n",
	         wait);
	rig = rig_new(text);
	rig_faults(rig, AIE_ERROR_UNSUPPORTED, "srFPFlags");
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_unary),
		cmocka_unit_test(test_select),
		cmocka_unit_test(test_multiply_add),
		cmocka_unit_test(test_carry_chain),
		cmocka_unit_test(test_divide),
		cmocka_unit_test(test_move_widths),
		cmocka_unit_test(test_fixed_float),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_unknown_flags),
		cmocka_unit_test(test_refusal_not_executed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
