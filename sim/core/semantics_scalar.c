/* The scalar unit: arithmetic, logic, compares, moves, fixed/float conversion.  All results are 32 bits and wrap. */
#include <string.h>

#include "sim/core/choices.h"
#include "sim/core/semantics.h"

static inline uint32_t word(const struct aie_body_arguments *x, unsigned i)
{
	uint32_t value;
	memcpy(&value, x->a[i], sizeof(value));
	return value;
}

static inline int done(const struct aie_body_arguments *x, uint32_t value)
{
	memcpy(x->a[0], &value, sizeof(value));
	return 0;
}

static inline int done_carry(const struct aie_body_arguments *x, uint32_t value, uint32_t carry)
{
	memcpy(x->a[1], &carry, sizeof(carry));
	return done(x, value);
}

/* Arguments of all bodies: the result, then (where the instruction writes it) the carry, then the sources. */

/* srCarry = carry out of bit 31 */
static int add(const struct aie_body_arguments *x)
{
	uint64_t sum = (uint64_t)word(x, 2) + word(x, 3);
	return done_carry(x, (uint32_t)sum, (uint32_t)(sum >> 32));
}

static int adc(const struct aie_body_arguments *x)
{
	uint64_t sum = (uint64_t)word(x, 2) + word(x, 3) + (word(x, 4) & 1);
	return done_carry(x, (uint32_t)sum, (uint32_t)(sum >> 32));
}

/* srCarry = no borrow: AIE_CHOICE_CARRY_IS_NO_BORROW */
static int sub(const struct aie_body_arguments *x)
{
	return done_carry(x, word(x, 2) - word(x, 3), word(x, 2) >= word(x, 3));
}

static int sbc(const struct aie_body_arguments *x)
{
	uint64_t subtrahend = (uint64_t)word(x, 3) + (1 - (word(x, 4) & 1));
	return done_carry(x, (uint32_t)(word(x, 2) - subtrahend), word(x, 2) >= subtrahend);
}

static int absolute(const struct aie_body_arguments *x)
{
	uint32_t s = word(x, 2), negative = s >> 31;
	return done_carry(x, negative ? 0 - s : s, negative);
}

static int add_nc(const struct aie_body_arguments *x)
{
	return done(x, word(x, 1) + word(x, 2));
}

static int mul(const struct aie_body_arguments *x)
{
	return done(x, word(x, 1) * word(x, 2));
}

static int mac(const struct aie_body_arguments *x)
{
	return done(x, word(x, 1) + word(x, 2) * word(x, 3));
}

static int msc(const struct aie_body_arguments *x)
{
	return done(x, word(x, 1) - word(x, 2) * word(x, 3));
}

static int and_(const struct aie_body_arguments *x)
{
	return done(x, word(x, 1) & word(x, 2));
}

static int or_(const struct aie_body_arguments *x)
{
	return done(x, word(x, 1) | word(x, 2));
}

static int xor_(const struct aie_body_arguments *x)
{
	return done(x, word(x, 1) ^ word(x, 2));
}

static int clz(const struct aie_body_arguments *x)
{
	uint32_t s = word(x, 1);
	return done(x, s == 0 ? 32 : (uint32_t)__builtin_clz(s));
}

/* Leading bits equal to the sign bit, the sign bit included: AIE_CHOICE_CLB_COUNTS_SIGN */
static int clb(const struct aie_body_arguments *x)
{
	uint32_t s = word(x, 1);
	s = s >> 31 ? ~s : s;
	return done(x, s == 0 ? 32 : (uint32_t)__builtin_clz(s));
}

static int popcount(const struct aie_body_arguments *x)
{
	return done(x, (uint32_t)__builtin_popcount(word(x, 1)));
}

static int eq(const struct aie_body_arguments *x)
{
	return done(x, word(x, 1) == word(x, 2));
}

static int ne(const struct aie_body_arguments *x)
{
	return done(x, word(x, 1) != word(x, 2));
}

static int lt(const struct aie_body_arguments *x)
{
	return done(x, (int32_t)word(x, 1) < (int32_t)word(x, 2));
}

static int ge(const struct aie_body_arguments *x)
{
	return done(x, (int32_t)word(x, 1) >= (int32_t)word(x, 2));
}

static int ltu(const struct aie_body_arguments *x)
{
	return done(x, word(x, 1) < word(x, 2));
}

static int geu(const struct aie_body_arguments *x)
{
	return done(x, word(x, 1) >= word(x, 2));
}

static int eqz(const struct aie_body_arguments *x)
{
	return done(x, word(x, 1) == 0);
}

static int nez(const struct aie_body_arguments *x)
{
	return done(x, word(x, 1) != 0);
}

static int extend_s8(const struct aie_body_arguments *x)
{
	return done(x, (uint32_t)(int32_t)(int8_t)word(x, 1));
}

static int extend_s16(const struct aie_body_arguments *x)
{
	return done(x, (uint32_t)(int32_t)(int16_t)word(x, 1));
}

static int extend_u8(const struct aie_body_arguments *x)
{
	return done(x, word(x, 1) & 0xFF);
}

static int extend_u16(const struct aie_body_arguments *x)
{
	return done(x, word(x, 1) & 0xFFFF);
}

static int sel_eqz(const struct aie_body_arguments *x)
{
	return done(x, word(x, 3) == 0 ? word(x, 1) : word(x, 2));
}

static int sel_nez(const struct aie_body_arguments *x)
{
	return done(x, word(x, 3) != 0 ? word(x, 1) : word(x, 2));
}

/* The amount is signed: positive shifts left, negative right by the magnitude, both modulo 32
 * (AIE_CHOICE_SHIFT_MAGNITUDE_MASK). */
static int lshl(const struct aie_body_arguments *x)
{
	uint32_t amount = word(x, 2);
	if (amount >> 31)
		return done(x, word(x, 1) >> ((0 - amount) & AIE_CHOICE_SHIFT_MAGNITUDE_MASK));
	return done(x, word(x, 1) << (amount & AIE_CHOICE_SHIFT_MAGNITUDE_MASK));
}

static int ashl(const struct aie_body_arguments *x)
{
	uint32_t amount = word(x, 2);
	if (amount >> 31)
		return done(x, (uint32_t)((int32_t)word(x, 1) >> ((0 - amount) & AIE_CHOICE_SHIFT_MAGNITUDE_MASK)));
	return done(x, word(x, 1) << (amount & AIE_CHOICE_SHIFT_MAGNITUDE_MASK));
}

/* One restoring division step: the remainder takes the top bit of r31, r31 takes the quotient bit.  The remainder has
 * 32 bits (AIE_CHOICE_DIVS_REMAINDER_BITS). */
static int divs(const struct aie_body_arguments *x)
{
	uint32_t quotient = word(x, 2), divisor = word(x, 4);
	uint32_t rest = word(x, 3) << 1 | quotient >> 31;
	quotient <<= 1;
	if (rest >= divisor) {
		rest -= divisor;
		quotient |= 1;
	}
	memcpy(x->a[1], &quotient, sizeof(quotient));
	return done(x, rest);
}

static int move(const struct aie_body_arguments *x)
{
	return done(x, word(x, 1));
}

/* ---- fixed point and float --------------------------------------------------------------------------------------- */

/* A six-bit signed shift. */
static int shift_of(uint32_t s)
{
	return (int)(s & 63) - (s & 32 ? 64 : 0);
}

/* n * 2^-shift as fp32, rounded to nearest even (the table of the vendor's library for XDNA2).  Every result is normal:
 * |n| < 2^32 and |shift| <= 32. */
static int fx2flt(const struct aie_body_arguments *x)
{
	uint32_t n = word(x, 1), sign = n & 0x80000000u, magnitude = sign ? 0 - n : n;
	if (magnitude == 0)
		return done(x, 0);
	int top = 31 - __builtin_clz(magnitude);
	uint64_t significand = (uint64_t)magnitude << 24; /* bit top + 24 leads */
	int drop = top + 1;                               /* leaves 24 bits */
	uint64_t kept = significand >> drop, rest = significand & (((uint64_t)1 << drop) - 1),
	         half = (uint64_t)1 << (drop - 1);
	if (rest > half || (rest == half && (kept & 1)))
		kept++;
	/* a carry out of the 24 bits raises the exponent through the addition */
	uint32_t exponent = (uint32_t)(top - shift_of(word(x, 2)) + 127 - 1);
	return done(x, sign | ((exponent << 23) + (uint32_t)kept));
}

/* Nearest even integer of f * 2^shift, saturating (AIE_CHOICE_FLT2FX_SATURATES). */
static int flt2fx(const struct aie_body_arguments *x)
{
	uint32_t f = word(x, 1), exponent = f >> 23 & 0xFF, fraction = f & 0x7FFFFF;
	bool negative = f >> 31;
	if (exponent == 0xFF && fraction != 0)
		return aie_error_set(x->error, AIE_ERROR_UNSUPPORTED,
		                     "the integer that hardware makes of a not-a-number is not established");
	uint32_t limit = negative ? 0x80000000u : 0x7FFFFFFFu;
	if (exponent == 0xFF)
		return done(x, limit);
	uint64_t significand = exponent == 0 ? fraction : fraction | 0x800000;
	int scale = (int)(exponent == 0 ? 1 : exponent) - 127 - 23 +
	            shift_of(word(x, 2)); /* value = significand * 2^scale */
	uint64_t magnitude;
	if (significand == 0 || scale < -25) {
		magnitude = 0;
	} else if (scale >= 0) {
		magnitude = scale > 31 ? UINT64_MAX : significand << scale;
	} else {
		unsigned drop = (unsigned)-scale;
		uint64_t rest = significand & (((uint64_t)1 << drop) - 1), half = (uint64_t)1 << (drop - 1);
		magnitude = significand >> drop;
		if (rest > half || (rest == half && (magnitude & 1)))
			magnitude++;
	}
	if (magnitude > (negative ? 0x80000000u : 0x7FFFFFFFu))
		return done(x, limit);
	return done(x, negative ? 0 - (uint32_t)magnitude : (uint32_t)magnitude);
}

#define SILICON    AIE_EVIDENCE_SILICON
#define DOCUMENTED AIE_EVIDENCE_DOCUMENTED
#define SIBLING    AIE_EVIDENCE_SIBLING
#define DERIVED    AIE_EVIDENCE_DERIVED
#define ASSUMED    AIE_EVIDENCE_ASSUMED

#define NOT_PUBLIC "the mantissa bits of this function are not public"

static const struct aie_semantics_row rows[] = {
	{ "ADD_add_r_ri", add, ">d0 >srCarry s0 imm", SILICON, "compared on Strix Halo" },
	{ "ADD_alu_r_rr", add, ">d0 >srCarry s0 s1", SILICON, "compared on Strix Halo" },
	{ "ADC", adc, ">d0 >srCarry s0 s1 srCarry", SIBLING, "emulator of the first NPU" },
	{ "SUB", sub, ">d0 >srCarry s0 s1", DOCUMENTED, "difference documented; carry chosen" },
	{ "SBC", sbc, ">d0 >srCarry s0 s1 srCarry", ASSUMED, "borrow convention of the sibling's emulator" },
	{ "ABS", absolute, ">d0 >srCarry s0", DOCUMENTED, "value documented; carry chosen" },
	{ "ADD_NC_mv_add_ri", add_nc, ">dst s0 imm", DOCUMENTED, "no carry" },
	{ "ADD_NC_mv_add_rr", add_nc, ">dst s0 s1", DOCUMENTED, "no carry" },
	{ "MUL", mul, ">d0 s0 s1", DOCUMENTED, "low 32 bits" },
	{ "MAC", mac, ">d0 a0 s0 s1", DOCUMENTED, "low 32 bits" },
	{ "MSC", msc, ">d0 a0 s0 s1", DOCUMENTED, "low 32 bits" },
	{ "AND", and_, ">d0 s0 s1", SILICON, "compared on Strix Halo" },
	{ "OR", or_, ">d0 s0 s1", SILICON, "compared on Strix Halo" },
	{ "XOR", xor_, ">d0 s0 s1", SILICON, "used by kernels that are exact on silicon" },
	{ "CLZ", clz, ">d0 s0", DOCUMENTED, "32 for 0" },
	{ "CLB", clb, ">d0 s0", SIBLING, "compiler header and sibling's emulator agree" },
	{ "POPCOUNT", popcount, ">d0 s0", DOCUMENTED, "number of ones" },
	{ "EQ", eq, ">d0 s0 s1", DOCUMENTED, "1 or 0" },
	{ "NE", ne, ">d0 s0 s1", DOCUMENTED, "1 or 0" },
	{ "LT", lt, ">d0 s0 s1", DOCUMENTED, "signed" },
	{ "GE", ge, ">d0 s0 s1", DOCUMENTED, "signed" },
	{ "LTU", ltu, ">d0 s0 s1", DOCUMENTED, "unsigned" },
	{ "GEU", geu, ">d0 s0 s1", DOCUMENTED, "unsigned" },
	{ "EQZ", eqz, ">d0 s0", SILICON, "compared on Strix Halo" },
	{ "NEZ", nez, ">d0 s0", SILICON, "compared on Strix Halo" },
	{ "EXTEND_s8", extend_s8, ">d0 s0", DOCUMENTED, "sign extension" },
	{ "EXTEND_s16", extend_s16, ">d0 s0", DOCUMENTED, "sign extension" },
	{ "EXTEND_u8", extend_u8, ">d0 s0", DOCUMENTED, "zero extension" },
	{ "EXTEND_u16", extend_u16, ">d0 s0", DOCUMENTED, "zero extension" },
	{ "SEL_EQZ", sel_eqz, ">d0 s0 s1 s2", DOCUMENTED, "tests r27" },
	{ "SEL_NEZ", sel_nez, ">d0 s0 s1 s2", DOCUMENTED, "tests r27" },
	{ "LSHL", lshl, ">d0 s0 s1", SILICON, "compared on Strix Halo" },
	{ "ASHL", ashl, ">d0 s0 s1", DOCUMENTED, "arithmetic to the right" },
	{ "DIVS", divs, ">d0 >sd_out sd s0 s1", SIBLING, "step-checked on the first NPU" },
	{ "MOVA", move, ">dst i", DOCUMENTED, "sign-extended immediate" },
	{ "MOVXM", move, ">dst i", DOCUMENTED, "immediate" },
	{ "MOVX_alu_cg", move, ">dst i", DOCUMENTED, "sign-extended immediate" },
	{ "MOV_alu_mv_mv_mv_cg", move, ">dst i", DOCUMENTED, "sign-extended immediate" },
	{ "MOVX_mvx_cr_imm", move, ">dst src", DOCUMENTED, "immediate to a control register" },
	{ "MOVX_mvx_cr_r", move, ">dst src", DOCUMENTED, "copy to a control register" },
	{ "MOVS", move, ">dst src", DOCUMENTED, "copy" },
	{ "MOV_alu_mv_mv_mv_scl", move, ">dst src", DOCUMENTED, "copy" },
	{ "MOV_alu_mv_mv_mv_e_mv_*", move, ">dst src", DOCUMENTED, "copy of half an exponent register" },
	{ "MOV_d?", move, ">dst src", DERIVED, "copy that lands 1 to 6 cycles later" },
	{ "MOV_alu_mv_alu_fx2flt", fx2flt, ">d0 s0 m", DERIVED, "nearest even, as the vendor's table for XDNA2 says" },
	{ "MOV_alu_mv_alu_flt2fx", flt2fx, ">d0 s0 m", DERIVED, "nearest even, as the vendor's table for XDNA2 says" },
	{ "INV_*", NULL, "", ASSUMED, NOT_PUBLIC },
	{ "SQRT_*", NULL, "", ASSUMED, NOT_PUBLIC },
	{ "INVSQRT_*", NULL, "", ASSUMED, NOT_PUBLIC },
};

const struct aie_semantics_table aie_semantics_scalar = { rows, sizeof(rows) / sizeof(rows[0]) };
