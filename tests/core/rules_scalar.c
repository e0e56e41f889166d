/* Scalar unit: arithmetic, logic, compares, moves, fixed and floating point. */
#include "tests/core/rules.h"

#include <math.h>
#include <string.h>

#include "tests/core/exact_float.h"

static int64_t sign(uint32_t x)
{
	return x < 0x80000000u ? (int64_t)x : (int64_t)x - 0x100000000;
}

/* A positive amount shifts left, a negative one right; the magnitude counts modulo 32. */
static uint32_t shifted(uint32_t value, uint32_t amount, bool arithmetic)
{
	const int64_t by = sign(amount);
	const unsigned magnitude = (unsigned)((by < 0 ? -by : by) % 32);
	int64_t v = arithmetic ? sign(value) : (int64_t)value;

	for (unsigned i = 0; i < magnitude; i++)
		v = by < 0 ? (v - ((v % 2 + 2) % 2)) / 2 : (int64_t)((uint64_t)v * 2);
	return (uint32_t)v;
}

static unsigned leading(uint32_t value, unsigned bit)
{
	unsigned count = 0;

	while (count < 32 && (value >> (31 - count) & 1) == bit)
		count++;
	return count;
}

static int six_bits(uint32_t s)
{
	return (int)(s & 63) - ((s & 32) != 0 ? 64 : 0);
}

/* One destination, one or two sources; false for another mnemonic. */
static bool value_of(const struct rule *rule, uint32_t a, uint32_t b, uint64_t *d)
{
	const uint32_t carry = rule_word(rule, "srCarry"), old = rule_has(rule, "a0") ? rule_word(rule, "a0") : 0;
	const struct {
		const char *name;
		uint64_t value;
	} rules[] = {
		{ "add", (uint64_t)a + b },
		{ "add.nc", (uint64_t)a + b },
		{ "adc", (uint64_t)a + b + carry },
		{ "sub", (uint64_t)a + (uint32_t)~b + 1 },
		{ "sbc", (uint64_t)a + (uint32_t)~b + carry },
		{ "mul", (uint64_t)a * b },
		{ "mac", old + (uint64_t)a * b },
		{ "msc", old - (uint64_t)a * b },
		{ "and", a & b },
		{ "or", a | b },
		{ "xor", a ^ b },
		{ "abs", (uint64_t)(sign(a) < 0 ? -sign(a) : sign(a)) },
		{ "clz", leading(a, 0) },
		{ "clb", leading(a, a >> 31) },
		{ "eq", a == b },
		{ "ne", a != b },
		{ "lt", sign(a) < sign(b) },
		{ "ge", sign(a) >= sign(b) },
		{ "ltu", a < b },
		{ "geu", a >= b },
		{ "eqz", a == 0 },
		{ "nez", a != 0 },
		{ "extend.s8", (uint64_t)rule_lane(&a, 8, 0, true) },
		{ "extend.s16", (uint64_t)rule_lane(&a, 16, 0, true) },
		{ "extend.u8", a % 256 },
		{ "extend.u16", a % 65536 },
		{ "lshl", shifted(a, b, false) },
		{ "ashl", shifted(a, b, true) },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rule_is(rule, rules[i].name)) {
			*d = rules[i].value;
			return true;
		}
	}
	return false;
}

static bool arithmetic(struct rule *rule)
{
	const char *destination = rule_has(rule, "d0") ? "d0" : "dst";
	const uint32_t a = rule_has(rule, "s0") ? rule_word(rule, "s0") : 0;
	const uint32_t b = rule_has(rule, "imm")  ? rule_word(rule, "imm")
	                   : rule_has(rule, "s1") ? rule_word(rule, "s1")
	                                          : 0;
	uint64_t d = 0;

	if (!value_of(rule, a, b, &d))
		return false;
	rule_put(rule, destination, (uint32_t)d);
	if (rule_is(rule, "add") || rule_is(rule, "adc") || rule_is(rule, "sub") || rule_is(rule, "sbc"))
		rule_put(rule, "srCarry", (uint32_t)(d >> 32 & 1)); /* of a subtraction: no borrow */
	if (rule_is(rule, "abs"))
		rule_put(rule, "srCarry", a >> 31);
	return true;
}

/* n * 2^-shift as fp32; n is exact in a double and the host rounds to nearest even. */
static uint32_t float_of(uint32_t n, int shift)
{
	return as_bits((float)ldexp((double)sign(n), -shift));
}

static uint32_t fixed_of(uint32_t f, int shift)
{
	const double v = nearbyint(ldexp((double)as_float(f), shift));

	return v >= 2147483647.0 ? 0x7FFFFFFF : v <= -2147483648.0 ? 0x80000000u : (uint32_t)(int64_t)v;
}

static bool move(struct rule *rule)
{
	if (rule_shows(rule, ".flt2fx"))
		rule_put(rule, "d0", fixed_of(rule_word(rule, "s0"), six_bits(rule_word(rule, "s3"))));
	else if (rule_shows(rule, ".fx2flt"))
		rule_put(rule, "d0", float_of(rule_word(rule, "s0"), six_bits(rule_word(rule, "s2"))));
	else
		rule_put(rule, "dst", rule_word(rule, rule_has(rule, "src") ? "src" : "i"));
	return true;
}

/* One step of the pencil-and-paper division. */
static bool divide(struct rule *rule)
{
	const uint32_t quotient = rule_word(rule, "r31"), divisor = rule_word(rule, "s1");
	const uint32_t rest = rule_word(rule, "s0") * 2 + quotient / 0x80000000u;
	const bool fits = rest >= divisor;

	rule_put(rule, "r31", quotient * 2 + fits);
	rule_put(rule, "d0", fits ? rest - divisor : rest);
	return true;
}

bool rule_scalar(struct rule *rule)
{
	const bool moves = rule_is(rule, "mov") || rule_is(rule, "movx") || rule_is(rule, "mova") ||
	                   rule_is(rule, "movs") || rule_is(rule, "movxm") ||
	                   (rule_begins(rule, "mov.d") && rule->d->mnemonic[6] == '\0');
	const bool port = rule_shows(rule, "ss") || rule_shows(rule, "ms") || rule_shows(rule, "cntr");
	const bool condition = rule_word(rule, "r27") == 0;

	if (rule_begins(rule, "nop"))
		return true;
	if (moves && !port)
		return move(rule);
	if (rule_is(rule, "divs"))
		return divide(rule);
	if (rule_is(rule, "popcount")) {
		uint32_t ones = 0;

		for (uint32_t s = rule_word(rule, "s0"); s != 0; s /= 2)
			ones += s % 2;
		rule_put(rule, "d0", ones);
		return true;
	}
	if (rule_is(rule, "sel.eqz") || rule_is(rule, "sel.nez")) {
		rule_put(rule, "d0", rule_word(rule, condition == rule_is(rule, "sel.eqz") ? "s0" : "s1"));
		return true;
	}
	return arithmetic(rule);
}
