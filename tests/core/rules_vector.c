/* Vector unit without the multiplier: lanes, comparisons, rearrangements, conversions. */
#include "tests/core/rules.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/core/exact_float.h"

typedef __int128 wide;

static bool contains(const struct rule *rule, const char *text)
{
	return strstr(rule->d->mnemonic, text) != NULL;
}

/* The content of sign register 0 or 1 of a kind, whichever the instruction names. */
static bool sign_bit(const struct rule *rule, const char *kind)
{
	char name[20], shown[20];
	size_t length = strlen(kind);

	for (unsigned which = 0; which < 2; which++) {
		snprintf(name, sizeof(name), "%s%u", kind, which);
		snprintf(shown, sizeof(shown), "%s%u", kind, which);
		for (size_t i = 0; i < length; i++)
			shown[i] = (char)(shown[i] >= 'A' && shown[i] <= 'Z' ? shown[i] + 32 : shown[i]);
		if (rule_shows(rule, shown))
			return rule_word(rule, name) % 2 == 1;
	}
	fail_msg("%s names no %s", rule->d->name, kind);
	return false;
}

/* ---- conversions ------------------------------------------------------------------------------------------------- */

void rule_unpack(struct rule *rule, const void *in, unsigned bytes, void *out)
{
	const unsigned bits = rule_word(rule, "crUnpackSize") % 2 == 1 ? 8 : 4;

	for (unsigned i = 0; i < bytes * 8 / bits; i++)
		rule_set_lane(out, 2 * bits, i, rule_lane(in, bits, i, sign_bit(rule, "unpackSign")));
}

static wide power(unsigned exponent)
{
	return (wide)1 << exponent;
}

static wide saturate(wide v, unsigned bits, bool is_signed, uint32_t mode)
{
	const wide high = is_signed ? power(bits - 1) - 1 : power(bits) - 1;
	const wide low = !is_signed ? 0 : mode == 3 ? -high : -high - 1;

	return mode == 0 ? v : v > high ? high : v < low ? low : v;
}

void rule_pack(struct rule *rule, const void *in, unsigned bytes, void *out)
{
	const unsigned bits = rule_word(rule, "crPackSize") % 2 == 1 ? 8 : 4;

	for (unsigned i = 0; i < bytes * 8 / bits; i++) {
		const wide v = rule_lane(in, 2 * bits, i, true);

		rule_set_lane(out, bits, i,
		              (int64_t)saturate(v, bits, sign_bit(rule, "packSign"), rule_word(rule, "crSat")));
	}
}

static unsigned factor_of(const struct rule *rule)
{
	return contains(rule, "4x") ? 4 : 2;
}

void rule_ups(struct rule *rule, const void *in, unsigned bytes, void *out)
{
	const unsigned target = rule_word(rule, "crUPSMode") % 2 == 1 ? 64 : 32, source = target / factor_of(rule);
	bool overflow = false;

	for (unsigned i = 0; i < bytes * 8 / source; i++) {
		const wide v = rule_lane(in, source, i, sign_bit(rule, "upsSign")) * power(rule_word(rule, "su"));

		overflow |= v != saturate(v, target, true, 1);
		rule_set_lane(out, target, i, (int64_t)saturate(v, target, true, rule_word(rule, "crSat")));
	}
	if (overflow)
		rule_put(rule, "srUPS_of", 1);
}

/* The quotient v / 2^s, rounded: what the mode prefers of the two neighbours. */
static wide rounded(wide v, unsigned s, uint32_t mode)
{
	wide below = v / power(s);

	if (below * power(s) > v)
		below--;
	const wide rest = v - below * power(s), half = 2 * rest - power(s);
	const bool up = v < 0 ? (mode == 1 || mode == 2) : (mode == 1 || mode == 3);

	if (rest == 0)
		return below;
	if (mode < 8)
		return below + up;
	if (half != 0)
		return below + (half > 0);
	switch (mode) {
	case 8:
		return below;
	case 9:
		return below + 1;
	case 10:
		return below + (v < 0);
	case 11:
		return below + (v > 0);
	case 12:
		return below % 2 == 0 ? below : below + 1;
	default:
		return below % 2 == 0 ? below + 1 : below;
	}
}

void rule_srs(struct rule *rule, const void *in, unsigned bytes, void *out)
{
	const unsigned source = rule_word(rule, "crSRSMode") % 2 == 1 ? 64 : 32, target = source / factor_of(rule);
	const bool is_signed = sign_bit(rule, "srsSign");
	bool overflow = false;

	for (unsigned i = 0; i < bytes * 8 / target; i++) {
		const wide v = rounded(rule_lane(in, source, i, true), rule_word(rule, "su"), rule_word(rule, "crRnd"));

		overflow |= v != saturate(v, target, is_signed, 1);
		rule_set_lane(out, target, i, (int64_t)saturate(v, target, is_signed, rule_word(rule, "crSat")));
	}
	if (overflow)
		rule_put(rule, "srSRS_of", 1);
}

/* Rounds the magnitude of a number without its low 16 bits: the integer rule on sign and magnitude. */
void rule_to_bf16(struct rule *rule, const void *in, unsigned lanes, void *out)
{
	for (unsigned i = 0; i < lanes; i++) {
		const uint32_t v = (uint32_t)rule_lane(in, 32, i, false), magnitude = v & 0x7FFFFFFF;
		const wide number = v >> 31 ? -(wide)magnitude : (wide)magnitude;
		const wide r = rounded(number, 16, rule_word(rule, "crRnd"));

		rule_set_lane(out, 16, i, (int64_t)((r < 0 ? -r : r) | (v >> 31 ? 0x8000 : 0)));
	}
}

void rule_from_bf16(const void *in, unsigned lanes, void *out)
{
	for (unsigned i = 0; i < lanes; i++)
		rule_set_lane(out, 32, i, rule_lane(in, 16, i, false) << 16);
}

void rule_to_bfp16(struct rule *rule, unsigned size, const void *in, void *mantissas, uint8_t *exponents)
{
	const bool floors = rule_word(rule, "crRnd") == 0;

	for (unsigned block = 0; block < 64 / size; block++) {
		int exponent = 0;
		bool fits = false;

		for (unsigned i = 0; i < size; i++) {
			const int field = (int)(rule_lane(in, 32, block * size + i, false) >> 23 & 255);

			exponent = field > exponent ? field : exponent;
		}
		for (; !fits; exponent += !fits) {
			fits = true;
			for (unsigned i = 0; i < size; i++) {
				const double x = (double)as_float((uint32_t)rule_lane(in, 32, block * size + i, false));
				const double m = ldexp(x, 127 + 6 - exponent);
				const double whole = floors ? floor(m) : nearbyint(m);

				fits &= whole < 128;
				rule_set_lane(mantissas, 8, block * size + i, (int64_t)whole);
			}
			exponents[block] = (uint8_t)exponent;
		}
	}
}

/* The larger exponent of two blocks; a mantissa of the other is its value in steps of that exponent, rounded. */
void rule_join_bfp16(struct rule *rule, const uint8_t *ex, void *mantissas, uint8_t *exponents)
{
	const bool floors = rule_word(rule, "crRnd") == 0;

	for (unsigned lane = 0; lane < 64; lane++) {
		const int own = ex[64 + lane / 8], other = ex[64 + (lane / 8 ^ 1)];
		const int larger = own > other ? own : other;
		const double steps = ldexp((double)rule_lane(ex, 8, lane, true), own - larger);

		exponents[lane / 16] = (uint8_t)larger;
		rule_set_lane(mantissas, 8, lane, (int64_t)(floors ? floor(steps) : nearbyint(steps)));
	}
}

static bool convert(struct rule *rule)
{
	const struct rule_value source = rule_read(rule, "src");
	struct rule_value value = { .byte = { 0 } };

	if (rule_is(rule, "vunpack"))
		rule_unpack(rule, &source, rule_bits(rule, "src") / 8, &value);
	else if (rule_is(rule, "vpack"))
		rule_pack(rule, &source, rule_bits(rule, "dst") / 8, &value);
	else if (rule_begins(rule, "vups"))
		rule_ups(rule, &source, rule_bits(rule, "src") / 8, &value);
	else if (rule_begins(rule, "vsrs"))
		rule_srs(rule, &source, rule_bits(rule, "dst") / 8, &value);
	else if (rule_is(rule, "vconv.bf16.fp32"))
		rule_to_bf16(rule, &source, rule_bits(rule, "dst") / 16, &value);
	else if (rule_is(rule, "vconv.fp32.bf16"))
		rule_from_bf16(&source, rule_bits(rule, "src") / 16, &value);
	else if (rule_is(rule, "vconv.bfp16ebs8.fp32"))
		rule_to_bfp16(rule, 8, &source, &value, value.byte + 64);
	else
		return false;
	rule_write(rule, "dst", &value);
	return true;
}

/* floor(x * 2^s) of sixteen bf16 lanes, clamped. */
static bool to_integer(struct rule *rule)
{
	const struct rule_value source = rule_read(rule, "src");
	const unsigned first = rule_has(rule, "imm") && rule_immediate(rule, "imm") == 1 ? 16 : 0;
	const int s = (int)rule_word(rule, "shft") - (rule_word(rule, "shft") > 31 ? 64 : 0);
	int32_t out[16];

	for (unsigned i = 0; i < 16; i++) {
		const uint32_t bits = (uint32_t)rule_lane(&source, 16, first + i, false) << 16;
		const double v = floor(ldexp((double)as_float(bits), s));

		out[i] = isnan(v) || v > 2147483647.0 ? INT32_MAX : v < -2147483648.0 ? INT32_MIN : (int32_t)v;
	}
	rule_write(rule, "dst", out);
	return true;
}

/* The argument as whole and fraction on a grid of 1/128; the fraction becomes the mantissa. */
static bool exp2_rule(struct rule *rule)
{
	const struct rule_value source = rule_read(rule, "src");
	uint8_t out[32];

	for (unsigned i = 0; i < 16; i++) {
		const double x = (double)as_float((uint32_t)rule_lane(&source, 32, i, false));
		double q = floor(x * 128) / 128;

		if (fabs(x) >= 2) {
			const double u = ldexp(1, ilogb(x) - 7);

			q = floor(x / u) * u + u - 0x1p-7;
		}
		const double whole = floor(q);

		rule_set_lane(out, 16, i, as_bits((float)ldexp(1 + (q - whole), (int)whole)) >> 16);
	}
	rule_write(rule, "dst", out);
	return true;
}

/* ---- lanes ------------------------------------------------------------------------------------------------------- */

/* bf16 as numbers, -0 just below +0. */
static bool bf16_less(int64_t a, int64_t b)
{
	const float x = as_float((uint32_t)a << 16), y = as_float((uint32_t)b << 16);

	return x < y || (a == 0x8000 && b == 0);
}

static bool bf16_ordered(int64_t a, int64_t b)
{
	return !isnan(as_float((uint32_t)a << 16)) && !isnan(as_float((uint32_t)b << 16));
}

/* What an operation makes of lanes a (of s1) and b (of s2): a result, a mask bit. */
static bool lane_rule(const struct rule *rule, int64_t a, int64_t b, bool chosen, int64_t *d, bool *mask)
{
	const bool numbers = contains(rule, ".bf16");
	const bool less = numbers ? bf16_ordered(a, b) && bf16_less(a, b) : a < b;
	const bool greater_equal = numbers ? bf16_ordered(a, b) && !bf16_less(a, b) : a >= b;

	*d = 0;
	*mask = false;
	if (rule_begins(rule, "vadd."))
		*d = a + b;
	else if (rule_begins(rule, "vsub."))
		*d = a - b;
	else if (rule_begins(rule, "vaddsub."))
		*d = chosen ? a - b : a + b;
	else if (rule_begins(rule, "vsel."))
		*d = chosen ? b : a;
	else if (rule_begins(rule, "vlt."))
		*mask = less;
	else if (rule_begins(rule, "vge."))
		*mask = greater_equal;
	else if (rule_begins(rule, "veqz."))
		*mask = b == 0;
	else if (rule_begins(rule, "vmax_lt."))
		*mask = less, *d = less ? b : a;
	else if (rule_begins(rule, "vmin_ge."))
		*mask = greater_equal, *d = greater_equal ? b : a;
	else if (rule_begins(rule, "vsub_lt."))
		*mask = less, *d = a - b;
	else if (rule_begins(rule, "vsub_ge."))
		*mask = greater_equal, *d = a - b;
	else if (rule_begins(rule, "vmaxdiff_lt."))
		*mask = less, *d = less ? 0 : a - b;
	else if (rule_begins(rule, "vabs_gtz."))
		*mask = b > 0, *d = b < 0 ? -b : b;
	else if (rule_begins(rule, "vneg_gtz."))
		*mask = b > 0, *d = -b;
	else if (rule_begins(rule, "vbneg_ltz."))
		*mask = b < 0, *d = ~b;
	else
		return false;
	return true;
}

static bool lanes(struct rule *rule)
{
	const unsigned bits = rule_suffix(rule);
	const bool is_signed = contains(rule, ".bf16")        ? false
	                       : rule_shows(rule, "vaddsign") ? sign_bit(rule, "vaddSign")
	                                                      : true;
	const struct rule_value s1 = rule_has(rule, "s1") ? rule_read(rule, "s1") : (struct rule_value){ 0 };
	const struct rule_value s2 = rule_has(rule, "s2") ? rule_read(rule, "s2") : (struct rule_value){ 0 };
	const struct rule_value choice = rule_has(rule, "sel") ? rule_read(rule, "sel") : (struct rule_value){ 0 };
	struct rule_value d = { .byte = { 0 } };
	uint64_t masks = 0;

	for (unsigned i = 0; i < 512 / bits; i++) {
		const int64_t a = rule_lane(&s1, bits, i, is_signed), b = rule_lane(&s2, bits, i, is_signed);
		bool mask = false;
		int64_t result = 0;

		if (!lane_rule(rule, a, b, rule_lane(&choice, 1, i, false) != 0, &result, &mask))
			return false;
		rule_set_lane(&d, bits, i, result);
		masks |= (uint64_t)mask << i;
	}
	if (rule_has(rule, "cmp"))
		rule_write(rule, "cmp", &masks);
	if (rule_has(rule, "d"))
		rule_write(rule, "d", &d);
	return true;
}

static bool logic(struct rule *rule)
{
	const struct rule_value s1 = rule_read(rule, "s1"), s2 = rule_read(rule, "s2");
	struct rule_value d;

	for (unsigned i = 0; i < 64; i++)
		d.byte[i] = rule_is(rule, "vband") ? s1.byte[i] & s2.byte[i] : s1.byte[i] | s2.byte[i];
	rule_write(rule, "d", &d);
	return true;
}

/* ---- rearrangement ----------------------------------------------------------------------------------------------- */

/* Names of the shuffle modes: bits of an element, rows, columns; two numbers for the low and the high half. */
static const struct {
	unsigned first, halves, bits, rows, columns;
} modes[] = {
	{ 0, 2, 8, 64, 2 },   { 2, 2, 16, 32, 2 },  { 4, 2, 32, 16, 2 },  { 6, 2, 64, 8, 2 },   { 8, 2, 128, 4, 2 },
	{ 10, 2, 256, 2, 2 }, { 12, 2, 128, 2, 4 }, { 14, 2, 64, 2, 8 },  { 16, 2, 32, 2, 16 }, { 18, 2, 16, 2, 32 },
	{ 20, 2, 8, 2, 64 },  { 22, 2, 512, 1, 2 }, { 24, 2, 16, 16, 4 }, { 26, 2, 16, 4, 16 }, { 28, 1, 16, 8, 4 },
	{ 29, 1, 16, 4, 8 },  { 30, 2, 32, 8, 4 },  { 32, 2, 32, 4, 8 },  { 34, 1, 32, 4, 4 },  { 35, 1, 8, 8, 8 },
	{ 36, 1, 8, 16, 4 },  { 37, 1, 8, 4, 16 },  { 39, 1, 16, 4, 4 },  { 40, 1, 16, 4, 2 },  { 41, 1, 16, 2, 4 },
	{ 42, 1, 16, 8, 2 },  { 43, 1, 16, 2, 8 },  { 44, 1, 16, 16, 2 }, { 45, 1, 16, 2, 16 }, { 46, 1, 8, 8, 4 },
	{ 47, 1, 8, 4, 8 },   { 48, 1, 32, 8, 2 },  { 49, 1, 32, 2, 8 },  { 50, 1, 64, 4, 2 },  { 51, 1, 64, 2, 4 },
	{ 52, 2, 16, 8, 8 },
};

static const struct {
	unsigned bits, rows, columns;
} exponent_modes[] = { { 64, 1, 2 }, { 32, 2, 2 }, { 16, 4, 2 }, { 8, 8, 2 }, { 16, 2, 4 }, { 8, 2, 8 } };

/* Every block of rows x columns elements of the pair is transposed; the low or high half is delivered. */
static void transpose(unsigned size, unsigned bits, unsigned rows, unsigned columns, bool high, const uint8_t *s1,
                      const uint8_t *s2, uint8_t *out)
{
	const unsigned element = bits / 8, block = rows * columns;
	uint8_t pair[128], turned[128];

	memcpy(pair, s1, size);
	memcpy(pair + size, s2, size);
	for (unsigned at = 0; at < 2 * size / element; at++) {
		const unsigned row = at % block / columns, column = at % columns;

		memcpy(turned + (size_t)(at / block * block + column * rows + row) * element,
		       pair + (size_t)at * element, element);
	}
	memcpy(out, turned + (high ? size : 0), size);
}

static void reverse(unsigned element, unsigned group, const uint8_t *in, uint8_t *out)
{
	for (unsigned at = 0; at < 64; at += element) {
		const unsigned start = at / (element * group) * element * group;

		memcpy(out + at, in + start + (element * (group - 1) - (at - start)), element);
	}
}

static void shuffle(uint32_t mode, const uint8_t *s1, const uint8_t *s2, uint8_t *out)
{
	mode %= 64;
	if (mode == 38)
		reverse(2, 2, s1, out);
	if (mode == 54)
		reverse(4, 16, s1, out);
	if (mode == 55)
		reverse(1, 4, s1, out);
	for (size_t m = 0; m < sizeof(modes) / sizeof(modes[0]); m++) {
		if (mode >= modes[m].first && mode < modes[m].first + modes[m].halves)
			transpose(64, modes[m].bits, modes[m].rows, modes[m].columns, mode != modes[m].first, s1, s2,
			          out);
	}
}

static bool shuffles(struct rule *rule)
{
	const struct rule_value s1 = rule_read(rule, "s1"), s2 = rule_read(rule, "s2");
	const uint32_t mode = rule_word(rule, "mod"), part = mode >> 8 & 15;
	struct rule_value d;

	shuffle(mode, s1.byte, s2.byte, d.byte);
	if (rule_bits(rule, "dst") == 576)
		transpose(8, exponent_modes[part / 2].bits, exponent_modes[part / 2].rows,
		          exponent_modes[part / 2].columns, part % 2 == 1, s1.byte + 64, s2.byte + 64, d.byte + 64);
	rule_write(rule, "dst", &d);
	return true;
}

/* vbcst: a scalar in all lanes; vextbcst: a lane of s1; ...shfl: and then shuffled by r29. */
static bool broadcast(struct rule *rule)
{
	const unsigned bytes = rule_suffix(rule) / 8;
	const bool lane = rule_has(rule, "s1");
	const struct rule_value source = rule_read(rule, lane ? "s1" : "src");
	const size_t from = lane ? rule_word(rule, "idx") % (64 / bytes) * bytes : 0;
	struct rule_value all, d;

	for (unsigned i = 0; i < 64; i++)
		all.byte[i] = source.byte[from + i % bytes];
	d = all;
	if (contains(rule, "shfl"))
		shuffle(rule_word(rule, "r29"), all.byte, all.byte, d.byte);
	rule_write(rule, "dst", &d);
	return true;
}

static bool one_lane(struct rule *rule)
{
	const unsigned bits = rule_suffix(rule);

	if (rule_begins(rule, "vextract")) {
		const struct rule_value s1 = rule_read(rule, "s1");
		const int64_t v =
		        rule_lane(&s1, bits, rule_word(rule, "idx") % (512 / bits), sign_bit(rule, "vaddSign"));

		rule_write(rule, "dst", &v);
		return true;
	}
	if (rule_begins(rule, "vinsert")) {
		struct rule_value d = rule_read(rule, "s1");
		const struct rule_value source = rule_read(rule, "src");
		const unsigned index = rule_shows(rule, "r29") ? rule_word(rule, "r29") % (512 / bits) : 0;

		rule_set_lane(&d, bits, index, rule_lane(&source, bits, 0, false));
		rule_write(rule, "dst", &d);
		return true;
	}
	/* push: all lanes move by one */
	const bool high = contains(rule, ".hi.");
	const struct rule_value vector = rule_read(rule, high ? "s1" : "s2"),
	                        scalar = rule_read(rule, high ? "s2" : "s1");
	struct rule_value d;

	for (unsigned i = 0; i < 512 / bits; i++) {
		const bool end = i == (high ? 512 / bits - 1 : 0);

		rule_set_lane(&d, bits, i,
		              end ? rule_lane(&scalar, bits, 0, false)
		                  : rule_lane(&vector, bits, high ? i + 1 : i - 1, false));
	}
	rule_write(rule, "d", &d);
	return true;
}

static bool shift(struct rule *rule)
{
	const struct rule_value s1 = rule_read(rule, "s1"), s2 = rule_read(rule, "s2");
	const uint32_t by = rule_word(rule, "shift") % 128;
	struct rule_value d;

	for (unsigned i = 0; i < 64; i++)
		d.byte[i] = i + by < 64 ? s1.byte[i + by] : i + by < 128 ? s2.byte[i + by - 64] : 0;
	rule_write(rule, "d", &d);
	return true;
}

bool rule_vector(struct rule *rule)
{
	if (rule->d->mnemonic[0] != 'v')
		return false;
	if (rule_is(rule, "vmov") || rule_is(rule, "vmov.d")) {
		const struct rule_value source = rule_read(rule, rule_has(rule, "src") ? "src" : "acc1");
		struct rule_value value = { .byte = { 0 } };
		const unsigned from = rule_bits(rule, rule_has(rule, "src") ? "src" : "acc1");

		memcpy(&value, &source, from / 8);
		rule_write(rule, "dst", &value);
		return true;
	}
	if (rule_is(rule, "vband") || rule_is(rule, "vbor"))
		return logic(rule);
	if (rule_begins(rule, "vfloor"))
		return to_integer(rule);
	if (rule_is(rule, "vexp2"))
		return exp2_rule(rule);
	if (rule_is(rule, "vshuffle"))
		return shuffles(rule);
	if (rule_is(rule, "vshift"))
		return shift(rule);
	if (rule_begins(rule, "vbcst") || rule_begins(rule, "vextbcst"))
		return broadcast(rule);
	if (rule_begins(rule, "vextract.") || rule_begins(rule, "vinsert.") || rule_begins(rule, "vpush."))
		return one_lane(rule);
	if (rule_begins(rule, "vups") || rule_begins(rule, "vsrs") || rule_begins(rule, "vconv") ||
	    rule_is(rule, "vpack") || rule_is(rule, "vunpack"))
		return convert(rule);
	return rule_suffix(rule) != 0 && lanes(rule);
}
