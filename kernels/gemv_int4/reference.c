/* What the kernel computes, stated in integers: fp32 and bf16 arithmetic of our own, independent of the model.
 *
 * Weight = bf16(scale * n), one rounding to nearest even.  Lane l of 32 accumulates k = l, l + 32, ... in increasing k:
 * acc = fp32(acc + weight * x), one rounding to nearest even each.  Row result: lanes halved five times (i += i + 16, +
 * 8,
 * + 4, + 2, + 1) by fp32 additions, then rounded to bf16, to nearest even.  (documented: amd/IRON pull request 101)
 *
 * Results below the smallest normal fp32 number become zero, as the accumulator of the array does (measured on the
 * previous generation; assumed equal here).  Inputs are finite; the host checks that.
 */
#include <string.h>

#include "kernels/gemv_int4/gemv_int4.h"

enum { LANES = 32, WORK_BITS = 62 };

/* (-1)^negative * significand * 2^exponent */
struct number {
	uint64_t significand;
	int exponent;
	bool negative;
};

static struct number from_fp32(uint32_t a)
{
	uint32_t field = a >> 23 & 0xFF;
	return (struct number){
		.significand = (a & 0x7FFFFF) | (field ? 0x800000u : 0),
		.exponent = (int)(field ? field : 1) - 127 - 23,
		.negative = a >> 31,
	};
}

static struct number from_bf16(uint16_t a)
{
	return from_fp32((uint32_t)a << 16);
}

static struct number product(struct number a, struct number b)
{
	return (struct number){ a.significand * b.significand, a.exponent + b.exponent, a.negative != b.negative };
}

/* Leading one to bit WORK_BITS - 1, so that a sum of two stays inside 63 bits. */
static struct number normalised(struct number a)
{
	if (a.significand) {
		int shift = __builtin_clzll(a.significand) - (64 - WORK_BITS);
		a.significand <<= shift;
		a.exponent -= shift;
	}
	return a;
}

/* Shift right, keeping "something was lost" in bit 0. */
static uint64_t shift_sticky(uint64_t value, int shift)
{
	if (shift <= 0)
		return value;
	if (shift > 63)
		return value != 0;
	return value >> shift | ((value & ((UINT64_C(1) << shift) - 1)) != 0);
}

/* Round to 24 bits, nearest even; tiny results to zero of the given sign. */
static uint32_t to_fp32(struct number a, bool zero_sign)
{
	if (!a.significand)
		return 0;
	uint32_t sign = a.negative ? 0x80000000u : 0;
	int top = 63 - __builtin_clzll(a.significand), drop = top - 23;
	uint64_t kept = a.significand;
	if (drop > 0) {
		uint64_t rest = kept & ((UINT64_C(1) << drop) - 1), half = UINT64_C(1) << (drop - 1);
		kept >>= drop;
		kept += rest > half || (rest == half && (kept & 1));
	} else {
		kept <<= -drop;
	}
	int field = a.exponent + drop + 23 + 127;
	if (kept >> 24) {
		kept >>= 1;
		field++;
	}
	if (field <= 0)
		return zero_sign ? sign : 0;
	if (field >= 255)
		return sign | 0x7F800000u;
	return sign | (uint32_t)field << 23 | ((uint32_t)kept & 0x7FFFFF);
}

static struct number sum(struct number a, struct number b)
{
	a = normalised(a);
	b = normalised(b);
	if (!a.significand)
		return b;
	if (!b.significand)
		return a;
	if (a.exponent < b.exponent || (a.exponent == b.exponent && a.significand < b.significand)) {
		struct number t = a;
		a = b;
		b = t;
	}
	uint64_t smaller = shift_sticky(b.significand, a.exponent - b.exponent);
	a.significand = a.negative == b.negative ? a.significand + smaller : a.significand - smaller;
	return a;
}

static bool infinite(uint32_t a)
{
	return (a & 0x7F800000u) == 0x7F800000u;
}

/* Once an accumulator has overflowed it stays: finite terms do not change it, and opposite infinities give the NaN. */
static uint32_t add_special(uint32_t a, uint32_t b)
{
	if (infinite(a) && infinite(b) && a != b)
		return 0x7F800001u;
	return infinite(a) ? a : b;
}

uint32_t aie_gemv_fp32_add(uint32_t a, uint32_t b)
{
	if (infinite(a) || infinite(b))
		return add_special(a, b);
	return to_fp32(sum(from_fp32(a), from_fp32(b)), true);
}

uint32_t aie_gemv_fp32_mac(uint32_t acc, uint16_t a, uint16_t b)
{
	if (infinite(acc))
		return acc;
	return to_fp32(sum(from_fp32(acc), product(from_bf16(a), from_bf16(b))), false);
}

uint16_t aie_gemv_fp32_to_bf16(uint32_t a)
{
	uint32_t high = a >> 16, low = a & 0xFFFF;
	if ((a & 0x7F800000u) == 0x7F800000u && (a & 0x7FFFFF))
		return (uint16_t)(high & 0x7F ? high : high | 1);
	return (uint16_t)(high + (low > 0x8000 || (low == 0x8000 && (high & 1))));
}

uint16_t aie_gemv_weight(uint16_t scale, int n)
{
	struct number integer = { (uint64_t)(n < 0 ? -n : n), 0, n < 0 };
	return aie_gemv_fp32_to_bf16(to_fp32(product(from_bf16(scale), integer), false));
}

static uint16_t load16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static int nibble_value(unsigned nibble, bool sign)
{
	return sign ? (int)(nibble ^ 8) - 8 : (int)nibble;
}

void aie_gemv_reference_exact(const struct aie_gemv_shape *shape, const uint8_t *packed, const uint16_t *x, uint16_t *y)
{
	uint32_t groups = shape->k / shape->group;
	for (uint32_t row = 0; row < shape->m; row++) {
		uint32_t lane[LANES] = { 0 };
		const uint8_t *nibbles = packed + aie_gemv_nibble_offset(shape, row, 0);
		for (uint32_t g = 0; g < groups; g++) {
			uint16_t scale = load16(packed + aie_gemv_scale_offset(shape, row, g)), weight[16];
			for (unsigned n = 0; n < 16; n++)
				weight[n] = aie_gemv_weight(scale, nibble_value(n, shape->sign));
			for (uint32_t k = g * shape->group; k < (g + 1) * shape->group; k++) {
				unsigned nibble = k & 1 ? nibbles[k / 2] >> 4 : nibbles[k / 2] & 15;
				lane[k % LANES] = aie_gemv_fp32_mac(lane[k % LANES], weight[nibble], x[k]);
			}
		}
		for (unsigned half = LANES / 2; half; half /= 2)
			for (unsigned i = 0; i < half; i++)
				lane[i] = aie_gemv_fp32_add(lane[i], lane[i + half]);
		y[row] = aie_gemv_fp32_to_bf16(lane[0]);
	}
}

void aie_gemv_reference_double(const struct aie_gemv_shape *shape, const uint8_t *packed, const uint16_t *x, double *y)
{
	uint32_t groups = shape->k / shape->group;
	for (uint32_t row = 0; row < shape->m; row++) {
		const uint8_t *nibbles = packed + aie_gemv_nibble_offset(shape, row, 0);
		y[row] = 0;
		for (uint32_t g = 0; g < groups; g++) {
			uint16_t scale = load16(packed + aie_gemv_scale_offset(shape, row, g));
			double weight[16];
			for (unsigned n = 0; n < 16; n++)
				weight[n] = (double)aie_gemv_bf16_value(
				        aie_gemv_weight(scale, nibble_value(n, shape->sign)));
			for (uint32_t k = g * shape->group; k < (g + 1) * shape->group; k += 2) {
				y[row] += weight[nibbles[k / 2] & 15] * (double)aie_gemv_bf16_value(x[k]);
				y[row] += weight[nibbles[k / 2] >> 4] * (double)aie_gemv_bf16_value(x[k + 1]);
			}
		}
	}
}
