/* Multiply, multiply-accumulate, and the adds, negations and clears of accumulators. */
#include "sim/core/choices.h"
#include "sim/core/vec_body.h"
#include "sim/core/vec_float.h"
#include "sim/core/vec_mac.h"

enum { X_BYTES = 64, Y_BYTES = 128, ACCUMULATOR_BYTES = 256, EXPONENTS_AT = 64, EX_BYTES = 72 };

/* ---- integer products ------------------------------------------------------------------------------------------- */

/* Bodies for one choice of operand widths.  Bindings: "s1 s2 acc >dst", "s1 s2 acc >dst acc1", "s1 s2 acc >dst acc1
 * acc2". */
static int integer_mac(const struct aie_body_arguments *arguments, unsigned s1_bytes, unsigned s2_bytes, bool negate,
                       const void *acc1, const void *acc2)
{
	const struct aie_vec_mac operands = {
		.acc1 = acc1,
		.acc2 = acc2,
		.s1 = arguments->a[0],
		.s2 = arguments->a[1],
		.s1_bytes = s1_bytes,
		.s2_bytes = s2_bytes,
		.negate = negate,
	};
	struct aie_vec_conf conf;

	if (aie_vec_conf_decode(aie_body_word(arguments, 2), &conf, arguments->error) != 0)
		return -1;
	return aie_vec_integer_mac(&conf, &operands, arguments->a[3], arguments->error);
}

#define INTEGER_BODIES(suffix, s1_bytes, s2_bytes)                                                                     \
	static int mul_##suffix(const struct aie_body_arguments *arguments)                                            \
	{                                                                                                              \
		return integer_mac(arguments, s1_bytes, s2_bytes, false, NULL, NULL);                                  \
	}                                                                                                              \
	static int negmul_##suffix(const struct aie_body_arguments *arguments)                                         \
	{                                                                                                              \
		return integer_mac(arguments, s1_bytes, s2_bytes, true, NULL, NULL);                                   \
	}                                                                                                              \
	static int mac_##suffix(const struct aie_body_arguments *arguments)                                            \
	{                                                                                                              \
		return integer_mac(arguments, s1_bytes, s2_bytes, false, arguments->a[4], NULL);                       \
	}                                                                                                              \
	static int msc_##suffix(const struct aie_body_arguments *arguments)                                            \
	{                                                                                                              \
		return integer_mac(arguments, s1_bytes, s2_bytes, true, arguments->a[4], NULL);                        \
	}                                                                                                              \
	static int addmac_##suffix(const struct aie_body_arguments *arguments)                                         \
	{                                                                                                              \
		return integer_mac(arguments, s1_bytes, s2_bytes, false, arguments->a[4], arguments->a[5]);            \
	}                                                                                                              \
	static int addmsc_##suffix(const struct aie_body_arguments *arguments)                                         \
	{                                                                                                              \
		return integer_mac(arguments, s1_bytes, s2_bytes, true, arguments->a[4], arguments->a[5]);             \
	}

INTEGER_BODIES(xx, X_BYTES, X_BYTES)
INTEGER_BODIES(xy, X_BYTES, Y_BYTES)
INTEGER_BODIES(yx, Y_BYTES, X_BYTES)
INTEGER_BODIES(yy, Y_BYTES, Y_BYTES)

/* ---- floating-point configuration ------------------------------------------------------------------------------- */

static __attribute__((noinline, cold)) void refuse_float_conf(const struct aie_vec_conf *conf, struct aie_error *error)
{
	if (conf->amode != AIE_AMODE_FP32)
		aie_error_set(error, AIE_ERROR_UNSUPPORTED,
		              "accumulator mode %u is not established for a float operation", conf->amode);
	else if (conf->shift16)
		aie_error_set(error, AIE_ERROR_UNSUPPORTED, "shift16 is not established for float accumulators");
	else
		aie_error_set(error, AIE_ERROR_UNSUPPORTED,
		              "float multiplication bmode %u, variant %u is not established", conf->bmode,
		              conf->variant);
}

/* What the word of a float instruction means: the signs, or a refusal.  The integer signs of the operands have no
 * effect (compiled code sets them or not for the same operation). */
static inline int float_conf(const struct aie_body_arguments *arguments, unsigned i, struct aie_vec_conf *conf)
{
	if (aie_vec_conf_decode(aie_body_word(arguments, i), conf, arguments->error) != 0)
		return -1;
	if (conf->amode != AIE_AMODE_FP32 || conf->shift16) {
		refuse_float_conf(conf, arguments->error);
		return -1;
	}
	return 0;
}

static inline int float_multiply_conf(const struct aie_body_arguments *arguments, unsigned i, unsigned bmode,
                                      unsigned variant, struct aie_vec_conf *conf)
{
	if (float_conf(arguments, i, conf) != 0)
		return -1;
	if (conf->bmode != bmode || conf->variant != variant) {
		refuse_float_conf(conf, arguments->error);
		return -1;
	}
	return 0;
}

/* ---- bf16, element-wise ----------------------------------------------------------------------------------------- */

enum { BMODE_BFP16 = 1, BMODE_BF16 = 3, VARIANT_BF16_ELEMENTWISE = 1, VARIANT_BFP16_8X8X8 = 0 };

/* Bindings as above.  With 512-bit operands the lanes 32..63 see a zero product (AIE_CHOICE_BF16_UPPER_PRODUCT). */
static int bf16_multiply(const struct aie_body_arguments *arguments, unsigned lanes, bool negate)
{
	struct aie_vec_conf conf;
	aie_v8 *out = arguments->a[3];

	if (float_multiply_conf(arguments, 2, BMODE_BF16, VARIANT_BF16_ELEMENTWISE, &conf) != 0)
		return -1;
	aie_vec_bf16_multiply(lanes, negate != conf.sub_mul, arguments->a[0], arguments->a[1], out);
	memset(out + (size_t)lanes * 4, AIE_CHOICE_BF16_UPPER_PRODUCT, ACCUMULATOR_BYTES - (size_t)lanes * 4);
	return 0;
}

static int bf16_accumulate(const struct aie_body_arguments *arguments, unsigned lanes, bool negate)
{
	struct aie_vec_conf conf;
	const aie_v8 *acc1 = arguments->a[4];
	aie_v8 *out = arguments->a[3];

	if (float_multiply_conf(arguments, 2, BMODE_BF16, VARIANT_BF16_ELEMENTWISE, &conf) != 0)
		return -1;
	const struct aie_vec_float_signs signs = { .product = negate != conf.sub_mul, .acc1 = conf.sub_acc1 };

	if (conf.zero_acc)
		return bf16_multiply(arguments, lanes, negate);
	aie_vec_bf16_multiply_add(lanes, signs, acc1, arguments->a[0], arguments->a[1], out);
	if (lanes < 64)
		aie_vec_fp32_pass(32, conf.sub_acc1, acc1 + 128, out + 128);
	return 0;
}

static int bf16_accumulate2(const struct aie_body_arguments *arguments, unsigned lanes, bool negate, const void *acc2)
{
	static const _Alignas(8) uint8_t zeroes[ACCUMULATOR_BYTES];
	struct aie_vec_conf conf;
	_Alignas(8) uint8_t x[Y_BYTES] = { 0 }, y[Y_BYTES] = { 0 };

	if (float_multiply_conf(arguments, 2, BMODE_BF16, VARIANT_BF16_ELEMENTWISE, &conf) != 0)
		return -1;
	const struct aie_vec_float_signs signs = { .product = negate != conf.sub_mul,
		                                   .acc1 = conf.sub_acc1,
		                                   .acc2 = conf.sub_acc2 };

	memcpy(x, arguments->a[0], (size_t)lanes * 2);
	memcpy(y, arguments->a[1], (size_t)lanes * 2);
	aie_vec_bf16_multiply_add2(64, signs, conf.zero_acc ? zeroes : arguments->a[4], acc2, x, y, arguments->a[3]);
	return 0;
}

#define BF16_BODIES(suffix, lanes)                                                                                     \
	static int mul_f_##suffix(const struct aie_body_arguments *arguments)                                          \
	{                                                                                                              \
		return bf16_multiply(arguments, lanes, false);                                                         \
	}                                                                                                              \
	static int negmul_f_##suffix(const struct aie_body_arguments *arguments)                                       \
	{                                                                                                              \
		return bf16_multiply(arguments, lanes, true);                                                          \
	}                                                                                                              \
	static int mac_f_##suffix(const struct aie_body_arguments *arguments)                                          \
	{                                                                                                              \
		return bf16_accumulate(arguments, lanes, false);                                                       \
	}                                                                                                              \
	static int msc_f_##suffix(const struct aie_body_arguments *arguments)                                          \
	{                                                                                                              \
		return bf16_accumulate(arguments, lanes, true);                                                        \
	}                                                                                                              \
	static int addmac_f_##suffix(const struct aie_body_arguments *arguments)                                       \
	{                                                                                                              \
		return bf16_accumulate2(arguments, lanes, false, arguments->a[5]);                                     \
	}                                                                                                              \
	static int addmsc_f_##suffix(const struct aie_body_arguments *arguments)                                       \
	{                                                                                                              \
		return bf16_accumulate2(arguments, lanes, true, arguments->a[5]);                                      \
	}

BF16_BODIES(xx, 32)
BF16_BODIES(yy, 64)

/* ---- bfp16 matrices --------------------------------------------------------------------------------------------- */

static bool structural(const uint8_t *exponents, unsigned count)
{
	bool found = false;

	for (unsigned i = 0; i < count; i++)
		found |= exponents[i] == 255;
	return found;
}

/* columns 8: s2 is an ex register, 8x8 * 8x8T; columns 16: an ey register, 4x8 * 8x16T with the low four rows of s1. */
static int bfp16(const struct aie_body_arguments *arguments, unsigned columns, bool negate, const void *acc1,
                 const void *acc2)
{
	const unsigned rows = 64 / columns;
	const uint8_t *a = arguments->a[0], *s2 = arguments->a[1];
	_Alignas(8) uint8_t b[Y_BYTES];
	uint8_t eb[16];
	struct aie_vec_conf conf;

	if (float_multiply_conf(arguments, 2, BMODE_BFP16,
	                        columns == 8 ? VARIANT_BFP16_8X8X8 : AIE_CHOICE_BFP16_4X8X16_VARIANT, &conf) != 0)
		return -1;
	for (unsigned part = 0; part < columns / 8; part++) {
		memcpy(b + (size_t)part * X_BYTES, s2 + (size_t)part * EX_BYTES, X_BYTES);
		memcpy(eb + (size_t)part * 8, s2 + (size_t)part * EX_BYTES + EXPONENTS_AT, 8);
	}
	if (structural(a + EXPONENTS_AT, rows) || structural(eb, columns))
		return aie_error_set(
		        arguments->error, AIE_ERROR_UNSUPPORTED,
		        "a bfp16 block with exponent 255 (infinity or not-a-number) has no established product");
	const struct aie_vec_float_signs signs = { .product = negate != conf.sub_mul,
		                                   .acc1 = conf.sub_acc1,
		                                   .acc2 = conf.sub_acc2 };

	aie_vec_bfp16_matrix(columns, signs, conf.zero_acc ? NULL : acc1, acc2, a, a + EXPONENTS_AT, b, eb,
	                     arguments->a[3]);
	return 0;
}

#define BFP16_BODIES(suffix, columns)                                                                                  \
	static int mul_bfp_##suffix(const struct aie_body_arguments *arguments)                                        \
	{                                                                                                              \
		return bfp16(arguments, columns, false, NULL, NULL);                                                   \
	}                                                                                                              \
	static int negmul_bfp_##suffix(const struct aie_body_arguments *arguments)                                     \
	{                                                                                                              \
		return bfp16(arguments, columns, true, NULL, NULL);                                                    \
	}                                                                                                              \
	static int mac_bfp_##suffix(const struct aie_body_arguments *arguments)                                        \
	{                                                                                                              \
		return bfp16(arguments, columns, false, arguments->a[4], NULL);                                        \
	}                                                                                                              \
	static int msc_bfp_##suffix(const struct aie_body_arguments *arguments)                                        \
	{                                                                                                              \
		return bfp16(arguments, columns, true, arguments->a[4], NULL);                                         \
	}                                                                                                              \
	static int addmac_bfp_##suffix(const struct aie_body_arguments *arguments)                                     \
	{                                                                                                              \
		return bfp16(arguments, columns, false, arguments->a[4], arguments->a[5]);                             \
	}                                                                                                              \
	static int addmsc_bfp_##suffix(const struct aie_body_arguments *arguments)                                     \
	{                                                                                                              \
		return bfp16(arguments, columns, true, arguments->a[4], arguments->a[5]);                              \
	}

BFP16_BODIES(ex, 8)
BFP16_BODIES(ey, 16)

/* ---- accumulators ----------------------------------------------------------------------------------------------- */

/* "acc1 acc2 acc >dst" */
static int integer_add(const struct aie_body_arguments *arguments, bool subtract)
{
	struct aie_vec_conf conf;

	if (aie_vec_conf_decode(aie_body_word(arguments, 2), &conf, arguments->error) != 0)
		return -1;
	return aie_vec_integer_add(&conf, arguments->a[0], arguments->a[1], false, subtract, arguments->a[3],
	                           arguments->error);
}

static int add(const struct aie_body_arguments *arguments)
{
	return integer_add(arguments, false);
}

static int sub(const struct aie_body_arguments *arguments)
{
	return integer_add(arguments, true);
}

/* "acc1 acc >dst" */
static int neg(const struct aie_body_arguments *arguments)
{
	struct aie_vec_conf conf;

	if (aie_vec_conf_decode(aie_body_word(arguments, 1), &conf, arguments->error) != 0)
		return -1;
	return aie_vec_integer_add(&conf, arguments->a[0], NULL, true, false, arguments->a[2], arguments->error);
}

static int float_add(const struct aie_body_arguments *arguments, bool subtract)
{
	static const _Alignas(8) uint8_t zeroes[ACCUMULATOR_BYTES];
	struct aie_vec_conf conf;

	if (float_conf(arguments, 2, &conf) != 0)
		return -1;
	const struct aie_vec_float_signs signs = { .acc1 = conf.sub_acc1, .acc2 = subtract != conf.sub_acc2 };

	aie_vec_fp32_add(64, signs, conf.zero_acc ? zeroes : arguments->a[0], arguments->a[1], arguments->a[3]);
	return 0;
}

static int add_f(const struct aie_body_arguments *arguments)
{
	return float_add(arguments, false);
}

static int sub_f(const struct aie_body_arguments *arguments)
{
	return float_add(arguments, true);
}

static int neg_f(const struct aie_body_arguments *arguments)
{
	struct aie_vec_conf conf;
	const aie_v32 *acc1 = arguments->a[0];
	aie_v32 *out = arguments->a[2];

	_Static_assert(AIE_CHOICE_FP_NEGATE_FLIPS_ALL == 1, "the sign bits below are flipped whatever the value");
	if (float_conf(arguments, 1, &conf) != 0)
		return -1;
	const uint32_t flip = conf.sub_acc1 ? 0 : 0x80000000u, keep = conf.zero_acc ? 0 : ~0u;

	for (unsigned i = 0; i < 64; i++)
		out[i] = (acc1[i] ^ flip) & keep;
	return 0;
}

static int clear(const struct aie_body_arguments *arguments)
{
	memset(arguments->a[0], 0, ACCUMULATOR_BYTES);
	return 0;
}

static int copy(const struct aie_body_arguments *arguments)
{
	memcpy(arguments->a[1], arguments->a[0], ACCUMULATOR_BYTES);
	return 0;
}

/* ---- bindings --------------------------------------------------------------------------------------------------- */

#define SPARSE "decoding of the sparsity mask is not established"
#define INT    "exact product sum modulo the lane width (documented headers; 8x8x8 and 16-bit element-wise on silicon)"
#define BF16   "exact product, one rounding to nearest even (published comparisons on XDNA2 devices)"
#define BFP16  "exact 8-term sum, one rounding per instruction (published silicon runs)"
#define THREE  "three terms rounded once (same model as two; not compared with a device)"

/* The forms whose second accumulator comes from the cascade ("add_scd", "add_scd_incr") have the same bodies: the
 * engine delivers the word, expanded to an accumulator, under the name acc2. */
#define MUL  "s1 s2 acc >dst"
#define MAC  "s1 s2 acc >dst acc1"
#define MAC2 "s1 s2 acc >dst acc1 acc2"

#define INTEGER_ROWS(name, body, binding, evidence)                                                                    \
	{ name "_X_X", body##_xx, binding, evidence, INT },                                                            \
	        { name "_X_Y", body##_xy, binding, AIE_EVIDENCE_DOCUMENTED, INT },                                     \
	        { name "_Y_X", body##_yx, binding, AIE_EVIDENCE_DOCUMENTED, INT },                                     \
	        { name "_Y_Y", body##_yy, binding, AIE_EVIDENCE_DOCUMENTED, INT },                                     \
	        { name "_X_QX", NULL, "", AIE_EVIDENCE_ASSUMED, SPARSE },                                              \
	        { name "_X_QY", NULL, "", AIE_EVIDENCE_ASSUMED, SPARSE },                                              \
	        { name "_Y_QX", NULL, "", AIE_EVIDENCE_ASSUMED, SPARSE },                                              \
	{                                                                                                              \
		name "_Y_QY", NULL, "", AIE_EVIDENCE_ASSUMED, SPARSE                                                   \
	}

#define BF16_ROWS(name, body, binding, evidence, note)                                                                 \
	{ name "_X_X", body##_xx, binding, evidence, note },                                                           \
	{                                                                                                              \
		name "_Y_Y", body##_yy, binding, evidence, note                                                        \
	}

#define BFP16_ROWS(name, body, binding, evidence, note)                                                                \
	{ name "_EX_EX", body##_ex, binding, evidence, note },                                                         \
	        { name "_EX_EY", body##_ey, binding, AIE_EVIDENCE_DERIVED, note },                                     \
	        { name "_EX_QEY", NULL, "", AIE_EVIDENCE_ASSUMED, SPARSE },                                            \
	{                                                                                                              \
		name "_EY_QEX", NULL, "", AIE_EVIDENCE_ASSUMED, SPARSE                                                 \
	}

static const struct aie_semantics_row rows[] = {
	INTEGER_ROWS("VMUL_vmul_cm_core", mul, MUL, AIE_EVIDENCE_SILICON),
	INTEGER_ROWS("VNEGMUL_vmul_cm_core", negmul, MUL, AIE_EVIDENCE_DOCUMENTED),
	INTEGER_ROWS("VMAC_vmul_cm_core", mac, MAC, AIE_EVIDENCE_SILICON),
	INTEGER_ROWS("VMSC_vmul_cm_core", msc, MAC, AIE_EVIDENCE_DOCUMENTED),
	INTEGER_ROWS("VADDMAC_vmac_cm2_add_*_vmul_cm_core", addmac, MAC2, AIE_EVIDENCE_SILICON),
	INTEGER_ROWS("VADDMSC_vmac_cm2_add_*_vmul_cm_core", addmsc, MAC2, AIE_EVIDENCE_DOCUMENTED),
	BF16_ROWS("VMUL_f_vmul_bf_vmul_bf_core", mul_f, MUL, AIE_EVIDENCE_SILICON, BF16),
	BF16_ROWS("VNEGMUL_f_vmul_bf_vmul_bf_core", negmul_f, MUL, AIE_EVIDENCE_DOCUMENTED, BF16),
	BF16_ROWS("VMAC_f_vmac_bf_vmul_bf_core", mac_f, MAC, AIE_EVIDENCE_SILICON, BF16),
	BF16_ROWS("VMSC_f_vmac_bf_vmul_bf_core", msc_f, MAC, AIE_EVIDENCE_DOCUMENTED, BF16),
	BF16_ROWS("VADDMAC_f_vaddmac_bf_vmac_cm2_add_*_vmul_bf_core", addmac_f, MAC2, AIE_EVIDENCE_DERIVED, THREE),
	BF16_ROWS("VADDMSC_f_vaddmac_bf_vmac_cm2_add_*_vmul_bf_core", addmsc_f, MAC2, AIE_EVIDENCE_DERIVED, THREE),
	BFP16_ROWS("VMUL_f_vmul_bfp_vmul_bfp_core", mul_bfp, MUL, AIE_EVIDENCE_SILICON, BFP16),
	BFP16_ROWS("VNEGMUL_f_vmul_bfp_vmul_bfp_core", negmul_bfp, MUL, AIE_EVIDENCE_DOCUMENTED, BFP16),
	BFP16_ROWS("VMAC_f_vmac_bfp_vmul_bfp_core", mac_bfp, MAC, AIE_EVIDENCE_SILICON, BFP16),
	BFP16_ROWS("VMSC_f_vmac_bfp_vmul_bfp_core", msc_bfp, MAC, AIE_EVIDENCE_DOCUMENTED, BFP16),
	BFP16_ROWS("VADDMAC_f_vaddmac_bfp_vmac_cm2_add_*_vmul_bfp_core", addmac_bfp, MAC2, AIE_EVIDENCE_DERIVED, THREE),
	BFP16_ROWS("VADDMSC_f_vaddmac_bfp_vmac_cm2_add_*_vmul_bfp_core", addmsc_bfp, MAC2, AIE_EVIDENCE_DERIVED, THREE),
	{ "VADD_vmac_cm2_add_*", add, "acc1 acc2 acc >dst", AIE_EVIDENCE_DOCUMENTED, "wrapping lanes" },
	{ "VSUB_vmac_cm2_add_*", sub, "acc1 acc2 acc >dst", AIE_EVIDENCE_DOCUMENTED, "wrapping lanes" },
	{ "VNEG", neg, "acc1 acc >dst", AIE_EVIDENCE_SILICON, "wrapping lanes" },
	{ "VADD_f_vmac_cm2_add_*", add_f, "acc1 acc2 acc >dst", AIE_EVIDENCE_SILICON, "rounded once to nearest even" },
	{ "VSUB_f_vmac_cm2_add_*", sub_f, "acc1 acc2 acc >dst", AIE_EVIDENCE_DOCUMENTED,
	  "rounded once to nearest even" },
	{ "VNEG_f", neg_f, "acc1 acc >dst", AIE_EVIDENCE_DERIVED, "sign bits flipped" },
	{ "VCLR", clear, ">dst", AIE_EVIDENCE_DOCUMENTED, "all bits zero" },
	{ "VMOV_D", copy, "acc1 >dst", AIE_EVIDENCE_DOCUMENTED, "all 2048 bits" },
};

const struct aie_semantics_table aie_semantics_mac = { rows, AIE_ROW_COUNT(rows) };
