/* The multiplier: integer and float products, and the sums of accumulators. */
#include "tests/core/rules.h"

#include <string.h>

#include "tests/core/exact_float.h"

typedef unsigned __int128 wide; /* modulo 2^128 */

/* The shapes by name: matrix M x K times K x N, element-wise (a second term from the upper halves), eight channels,
 * sliding window. */
enum kind { MATRIX, ELEMENTS, CHANNELS, SLIDING };

static const struct {
	unsigned amode, bmode, variant, a_bits, b_bits;
	enum kind kind;
	unsigned m, k, n;
} shapes[] = {
	{ 0, 0, 0, 8, 4, MATRIX, 4, 16, 16 },    { 0, 1, 0, 8, 8, MATRIX, 8, 8, 8 },
	{ 0, 1, 1, 8, 8, ELEMENTS, 64, 2, 0 },   { 0, 1, 2, 8, 8, CHANNELS, 8, 8, 0 },
	{ 0, 1, 4, 8, 8, SLIDING, 64, 8, 0 },    { 0, 2, 0, 16, 8, MATRIX, 8, 4, 8 },
	{ 0, 3, 0, 16, 16, MATRIX, 8, 2, 8 },    { 0, 3, 1, 16, 16, ELEMENTS, 64, 1, 0 },
	{ 1, 0, 0, 32, 16, MATRIX, 4, 2, 8 },    { 1, 2, 0, 16, 8, MATRIX, 4, 8, 8 },
	{ 1, 3, 0, 16, 16, MATRIX, 4, 4, 8 },    { 1, 3, 1, 16, 16, CHANNELS, 4, 4, 0 },
	{ 1, 3, 2, 16, 16, ELEMENTS, 32, 2, 0 }, { 1, 3, 3, 16, 16, SLIDING, 32, 4, 0 },
};

struct operand {
	struct rule_value value;
	unsigned register_bits, bits;
	bool is_signed;
};

/* Elements above the operand count as zero. */
static wide element(const struct operand *o, unsigned index)
{
	return (index + 1) * o->bits > o->register_bits ? 0 : (wide)rule_lane(&o->value, o->bits, index, o->is_signed);
}

static wide product_sum(size_t s, const struct operand *a, const struct operand *b, unsigned lane)
{
	const unsigned n = shapes[s].n;
	wide sum = 0;

	for (unsigned k = 0; k < shapes[s].k; k++) {
		switch (shapes[s].kind) {
		case MATRIX:
			sum += element(a, lane / n * shapes[s].k + k) * element(b, k * n + lane % n);
			break;
		case ELEMENTS:
			sum += element(a, lane + k * shapes[s].m) * element(b, lane + k * shapes[s].m);
			break;
		case CHANNELS:
			sum += element(a, 8 * (lane / 8 + k) + lane % 8) * element(b, 8 * k + lane % 8);
			break;
		case SLIDING:
			sum += element(a, lane + k) * element(b, k);
			break;
		}
	}
	return sum;
}

/* What the configuration word and the mnemonic say about the terms. */
struct terms {
	uint32_t word;
	bool product, first, second; /* present */
	bool minus_product, minus_first, minus_second;
	struct rule_value acc1, acc2;
};

static struct terms terms_of(struct rule *rule)
{
	struct terms t = { .word = rule_word(rule, "acc") };
	const char *name = rule->d->mnemonic;
	const bool negative =
	        strncmp(name, "vnegmul", 7) == 0 || strncmp(name, "vmsc", 4) == 0 || strncmp(name, "vaddmsc", 7) == 0;

	t.product = rule_has(rule, "s1");
	t.first = rule_has(rule, "acc1") && t.word % 2 == 0; /* zero_acc */
	t.second = rule_has(rule, "acc2") || rule_shows(rule, "scd");
	t.minus_product = negative != (t.word >> 11) % 2;
	t.minus_first = (rule_begins(rule, "vneg") && !t.product) != (t.word >> 12) % 2;
	t.minus_second = (rule_begins(rule, "vsub")) != (t.word >> 13) % 2;
	if (rule_has(rule, "acc1"))
		t.acc1 = rule_read(rule, "acc1");
	if (rule_has(rule, "acc2"))
		t.acc2 = rule_read(rule, "acc2");
	if (rule_shows(rule, "scd") && rule_word(rule, "crSCDEn") % 2 == 1) {
		memcpy(t.acc2.byte + (size_t)(rule_word(rule, "r31") % 4) * 64, rule->rig->cascade_in[0], 64);
		rule->cascade_taken = 1;
	}
	if (rule_shows(rule, "r31++"))
		rule_put(rule, "r31", rule_word(rule, "r31") + 1);
	return t;
}

static void integer(struct rule *rule, const struct terms *t)
{
	const unsigned bits = t->word >> 1 & 1 ? 64 : 32;
	struct operand a = { .is_signed = t->word >> 9 & 1 }, b = { .is_signed = t->word >> 8 & 1 };
	size_t s = 0;
	struct rule_value d;

	while (shapes[s].amode != (t->word >> 1 & 3) || shapes[s].bmode != (t->word >> 3 & 3) ||
	       shapes[s].variant != (t->word >> 5 & 7)) {
		if (s + 1 == sizeof(shapes) / sizeof(shapes[0]))
			break; /* sums alone do not look at the shape */
		s++;
	}
	if (t->product) {
		a.value = rule_read(rule, "s1"), a.register_bits = rule_bits(rule, "s1"), a.bits = shapes[s].a_bits;
		b.value = rule_read(rule, "s2"), b.register_bits = rule_bits(rule, "s2"), b.bits = shapes[s].b_bits;
	}
	for (unsigned i = 0; i < 2048 / bits; i++) {
		const wide p = t->product ? product_sum(s, &a, &b, i) : 0;
		const wide first =
		        t->first ? (wide)rule_lane(&t->acc1, bits, i, false) * (t->word >> 10 & 1 ? 65536 : 1) : 0;
		const wide second = t->second ? (wide)rule_lane(&t->acc2, bits, i, false) : 0;
		const wide sum = (t->minus_product ? -p : p) + (t->minus_first ? -first : first) +
		                 (t->minus_second ? -second : second);

		rule_set_lane(&d, bits, i, (int64_t)sum);
	}
	rule_write(rule, "dst", &d);
}

/* The products of lane i: of two bf16 lanes, or of eight block elements. */
static void add_products(struct rule *rule, const struct terms *t, const struct rule_value *s1,
                         const struct rule_value *s2, unsigned i, struct number *n)
{
	const unsigned bits = rule_bits(rule, "s2"), columns = bits > 1024 ? 16 : 8;

	if (rule_bits(rule, "s1") % 512 == 0) {
		if (i < rule_bits(rule, "s1") / 16)
			add_product(n, (uint16_t)rule_lane(s1, 16, i, false), (uint16_t)rule_lane(s2, 16, i, false),
			            t->minus_product);
		return;
	}
	const unsigned row = i / columns, column = i % columns;
	const uint8_t *b = s2->byte + (size_t)(column / 8) * 72;

	for (unsigned k = 0; k < 8; k++) {
		const int64_t p = rule_lane(s1, 8, row * 8 + k, true) * rule_lane(b, 8, column % 8 * 8 + k, true);

		number_add(n, t->minus_product ? -p : p, s1->byte[64 + row] + b[64 + column % 8] - 254 - 12);
	}
}

static void floating(struct rule *rule, const struct terms *t)
{
	const struct rule_value s1 = t->product ? rule_read(rule, "s1") : (struct rule_value){ 0 };
	const struct rule_value s2 = t->product ? rule_read(rule, "s2") : (struct rule_value){ 0 };
	struct rule_value d;

	for (unsigned i = 0; i < 64; i++) {
		struct number n = { 0 };

		if (t->first)
			add_fp32(&n, (uint32_t)rule_lane(&t->acc1, 32, i, false), t->minus_first);
		if (t->second)
			add_fp32(&n, (uint32_t)rule_lane(&t->acc2, 32, i, false), t->minus_second);
		if (t->product)
			add_products(rule, t, &s1, &s2, i, &n);
		rule_set_lane(&d, 32, i, number_round(&n, !t->product));
	}
	rule_write(rule, "dst", &d);
}

bool rule_multiply(struct rule *rule)
{
	static const char *const names[] = { "vmul",   "vnegmul",   "vmac",      "vmsc",   "vaddmac",   "vaddmsc",
		                             "vadd",   "vsub",      "vneg",      "vmul.f", "vnegmul.f", "vmac.f",
		                             "vmsc.f", "vaddmac.f", "vaddmsc.f", "vadd.f", "vsub.f" };

	if (rule_is(rule, "vclr")) {
		static const struct rule_value zero;

		rule_write(rule, "dst", &zero);
		return true;
	}
	if (rule_is(rule, "vneg.f")) { /* sign bits flip */
		const struct terms t = terms_of(rule);
		struct rule_value d = t.acc1;

		for (unsigned i = 0; i < 64; i++) {
			const int64_t flipped = rule_lane(&d, 32, i, false) ^ (t.minus_first ? 0x80000000 : 0);

			rule_set_lane(&d, 32, i, t.first ? flipped : 0);
		}
		rule_write(rule, "dst", &d);
		return true;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!rule_is(rule, names[i]))
			continue;
		const struct terms t = terms_of(rule);

		if (names[i][strlen(names[i]) - 1] == 'f')
			floating(rule, &t);
		else
			integer(rule, &t);
		return true;
	}
	return false;
}
