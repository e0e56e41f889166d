/* Lane-wise arithmetic, comparison, selection and logic on 512-bit vectors. */
#include "sim/core/vec_alu.h"
#include "sim/core/vec_body.h"

/* A compare mask: one 32-bit register, or a pair for 64 lanes. */
static void put_mask(const struct aie_body_arguments *arguments, unsigned i, unsigned width, uint64_t mask)
{
	memcpy(arguments->a[i], &mask, width == 8 ? 8 : 4);
}

static uint64_t get_mask(const struct aie_body_arguments *arguments, unsigned i, unsigned width)
{
	uint64_t mask = 0;

	memcpy(&mask, arguments->a[i], width == 8 ? 8 : 4);
	return mask;
}

/* ---- two vectors to one: "s1 s2 >d", with a selection "s1 s2 >d sel" --------------------------------------------- */

static int band(const struct aie_body_arguments *arguments)
{
	aie_vec_and(arguments->a[0], arguments->a[1], arguments->a[2]);
	return 0;
}

static int bor(const struct aie_body_arguments *arguments)
{
	aie_vec_or(arguments->a[0], arguments->a[1], arguments->a[2]);
	return 0;
}

static int add_subtract(const struct aie_body_arguments *arguments, unsigned width)
{
	_Alignas(64) uint8_t sum[64], difference[64];

	aie_vec_add(width, arguments->a[0], arguments->a[1], sum);
	aie_vec_subtract(width, arguments->a[0], arguments->a[1], difference);
	aie_vec_select(width, sum, difference, get_mask(arguments, 3, width), arguments->a[2]);
	return 0;
}

/* ---- comparisons: "s1 s2 vaddSign1 >cmp", "s2 >cmp" ----------------------------------------------------------------
 */

static uint64_t less(const struct aie_body_arguments *arguments, unsigned width)
{
	return aie_vec_less(width, aie_body_bit(arguments, 2), arguments->a[0], arguments->a[1]);
}

static uint64_t not_less(const struct aie_body_arguments *arguments, unsigned width)
{
	return less(arguments, width) ^ aie_vec_all(width);
}

/* ---- comparison and result: "s1 s2 vaddSign1 >cmp >d", one source "s2 vaddSign1 >cmp >d" --------------------------
 */

/* The lanes of s2 where the mask is set. */
static int choose(const struct aie_body_arguments *arguments, unsigned width, uint64_t mask)
{
	put_mask(arguments, 3, width, mask);
	aie_vec_select(width, arguments->a[0], arguments->a[1], mask, arguments->a[4]);
	return 0;
}

static int subtract_compare(const struct aie_body_arguments *arguments, unsigned width, uint64_t mask)
{
	put_mask(arguments, 3, width, mask);
	aie_vec_subtract(width, arguments->a[0], arguments->a[1], arguments->a[4]);
	return 0;
}

static int positive_difference(const struct aie_body_arguments *arguments, unsigned width)
{
	const uint64_t mask = less(arguments, width);
	_Alignas(64) uint8_t difference[64];

	put_mask(arguments, 3, width, mask);
	aie_vec_subtract(width, arguments->a[0], arguments->a[1], difference);
	aie_vec_select(width, NULL, difference, ~mask, arguments->a[4]);
	return 0;
}

/* The magnitude (the minimum stays as it is); unsigned lanes pass. */
static int absolute(const struct aie_body_arguments *arguments, unsigned width)
{
	const bool is_signed = aie_body_bit(arguments, 1);
	const uint64_t negative = is_signed ? aie_vec_less(width, true, arguments->a[0], NULL) : 0;
	_Alignas(64) uint8_t opposite[64];

	put_mask(arguments, 2, width, aie_vec_less(width, is_signed, NULL, arguments->a[0]));
	aie_vec_subtract(width, NULL, arguments->a[0], opposite);
	aie_vec_select(width, arguments->a[0], opposite, negative, arguments->a[3]);
	return 0;
}

/* "s2 >cmp >d" */
static int negate(const struct aie_body_arguments *arguments, unsigned width)
{
	put_mask(arguments, 1, width, aie_vec_less(width, true, NULL, arguments->a[0]));
	aie_vec_subtract(width, NULL, arguments->a[0], arguments->a[2]);
	return 0;
}

static int invert(const struct aie_body_arguments *arguments, unsigned width)
{
	put_mask(arguments, 1, width, aie_vec_less(width, true, arguments->a[0], NULL));
	aie_vec_not(arguments->a[0], arguments->a[2]);
	return 0;
}

#define WIDTH_BODIES(width)                                                                                            \
	static int add_##width(const struct aie_body_arguments *arguments)                                             \
	{                                                                                                              \
		aie_vec_add(width, arguments->a[0], arguments->a[1], arguments->a[2]);                                 \
		return 0;                                                                                              \
	}                                                                                                              \
	static int sub_##width(const struct aie_body_arguments *arguments)                                             \
	{                                                                                                              \
		aie_vec_subtract(width, arguments->a[0], arguments->a[1], arguments->a[2]);                            \
		return 0;                                                                                              \
	}                                                                                                              \
	static int addsub_##width(const struct aie_body_arguments *arguments)                                          \
	{                                                                                                              \
		return add_subtract(arguments, width);                                                                 \
	}                                                                                                              \
	static int select_##width(const struct aie_body_arguments *arguments)                                          \
	{                                                                                                              \
		aie_vec_select(width, arguments->a[0], arguments->a[1], get_mask(arguments, 3, width),                 \
		               arguments->a[2]);                                                                       \
		return 0;                                                                                              \
	}                                                                                                              \
	static int lt_##width(const struct aie_body_arguments *arguments)                                              \
	{                                                                                                              \
		put_mask(arguments, 3, width, less(arguments, width));                                                 \
		return 0;                                                                                              \
	}                                                                                                              \
	static int ge_##width(const struct aie_body_arguments *arguments)                                              \
	{                                                                                                              \
		put_mask(arguments, 3, width, not_less(arguments, width));                                             \
		return 0;                                                                                              \
	}                                                                                                              \
	static int eqz_##width(const struct aie_body_arguments *arguments)                                             \
	{                                                                                                              \
		put_mask(arguments, 1, width, aie_vec_zero(width, arguments->a[0]));                                   \
		return 0;                                                                                              \
	}                                                                                                              \
	static int max_lt_##width(const struct aie_body_arguments *arguments)                                          \
	{                                                                                                              \
		return choose(arguments, width, less(arguments, width));                                               \
	}                                                                                                              \
	static int min_ge_##width(const struct aie_body_arguments *arguments)                                          \
	{                                                                                                              \
		return choose(arguments, width, not_less(arguments, width));                                           \
	}                                                                                                              \
	static int sub_lt_##width(const struct aie_body_arguments *arguments)                                          \
	{                                                                                                              \
		return subtract_compare(arguments, width, less(arguments, width));                                     \
	}                                                                                                              \
	static int sub_ge_##width(const struct aie_body_arguments *arguments)                                          \
	{                                                                                                              \
		return subtract_compare(arguments, width, not_less(arguments, width));                                 \
	}                                                                                                              \
	static int maxdiff_lt_##width(const struct aie_body_arguments *arguments)                                      \
	{                                                                                                              \
		return positive_difference(arguments, width);                                                          \
	}                                                                                                              \
	static int abs_gtz_##width(const struct aie_body_arguments *arguments)                                         \
	{                                                                                                              \
		return absolute(arguments, width);                                                                     \
	}                                                                                                              \
	static int neg_gtz_##width(const struct aie_body_arguments *arguments)                                         \
	{                                                                                                              \
		return negate(arguments, width);                                                                       \
	}                                                                                                              \
	static int bneg_ltz_##width(const struct aie_body_arguments *arguments)                                        \
	{                                                                                                              \
		return invert(arguments, width);                                                                       \
	}

WIDTH_BODIES(8)
WIDTH_BODIES(16)
WIDTH_BODIES(32)

/* ---- bf16: "s1 s2 >cmp", "s1 s2 >cmp >d" --------------------------------------------------------------------------
 */

/* Comparisons with a not-a-number are false both ways. */
static uint64_t bf16_mask(const struct aie_body_arguments *arguments, bool greater_or_equal)
{
	uint64_t unordered;
	const uint64_t mask = aie_vec_bf16_less(arguments->a[0], arguments->a[1], &unordered);

	return greater_or_equal ? (mask | unordered) ^ aie_vec_all(16) : mask;
}

static int lt_bf16(const struct aie_body_arguments *arguments)
{
	put_mask(arguments, 2, 16, bf16_mask(arguments, false));
	return 0;
}

static int ge_bf16(const struct aie_body_arguments *arguments)
{
	put_mask(arguments, 2, 16, bf16_mask(arguments, true));
	return 0;
}

static int choose_bf16(const struct aie_body_arguments *arguments, uint64_t mask)
{
	put_mask(arguments, 2, 16, mask);
	aie_vec_select(16, arguments->a[0], arguments->a[1], mask, arguments->a[3]);
	return 0;
}

static int max_lt_bf16(const struct aie_body_arguments *arguments)
{
	return choose_bf16(arguments, bf16_mask(arguments, false));
}

static int min_ge_bf16(const struct aie_body_arguments *arguments)
{
	return choose_bf16(arguments, bf16_mask(arguments, true));
}

/* ---- bindings --------------------------------------------------------------------------------------------------- */

#define LANES   "wrapping lanes"
#define COMPARE "mask of the comparison, signed or unsigned by the sign register"
#define ORDER   "bf16 order of the sibling: -0 below +0, false for not-a-numbers"

#define SIGN_ROWS(name, body, before, after, evidence0, evidence1)                                                     \
	{ name "_vaddSign0", body, before " vaddSign0 " after, evidence0, COMPARE },                                   \
	{                                                                                                              \
		name "_vaddSign1", body, before " vaddSign1 " after, evidence1, COMPARE                                \
	}

/* The probe on Strix compared lanes of 16 and 32 bits, maxima and minima of signed ones only. */
#define WIDTH_ROWS(width, compared)                                                                                    \
	{ "VADD_" #width, add_##width, "s1 s2 >d", compared, LANES },                                                  \
	        { "VSUB_" #width, sub_##width, "s1 s2 >d", compared, LANES },                                          \
	        { "VADDSUB_" #width, addsub_##width, "s1 s2 >d sel", AIE_EVIDENCE_SIBLING, "a set bit subtracts" },    \
	        { "VSEL_" #width, select_##width, "s1 s2 >d sel", compared, "a set bit takes s2" },                    \
	        { "VEQZ_" #width, eqz_##width, "s2 >cmp", compared, "mask of zero lanes" },                            \
	        SIGN_ROWS("VLT_" #width, lt_##width, "s1 s2", ">cmp", compared, compared),                             \
	        SIGN_ROWS("VGE_" #width, ge_##width, "s1 s2", ">cmp", compared, compared),                             \
	        SIGN_ROWS("VMAX_LT_" #width, max_lt_##width, "s1 s2", ">cmp >d", AIE_EVIDENCE_DOCUMENTED, compared),   \
	        SIGN_ROWS("VMIN_GE_" #width, min_ge_##width, "s1 s2", ">cmp >d", AIE_EVIDENCE_DOCUMENTED, compared),   \
	        SIGN_ROWS("VSUB_LT_" #width, sub_lt_##width, "s1 s2", ">cmp >d", AIE_EVIDENCE_SIBLING,                 \
	                  AIE_EVIDENCE_SIBLING),                                                                       \
	        SIGN_ROWS("VSUB_GE_" #width, sub_ge_##width, "s1 s2", ">cmp >d", AIE_EVIDENCE_SIBLING,                 \
	                  AIE_EVIDENCE_SIBLING),                                                                       \
	        SIGN_ROWS("VMAXDIFF_LT_" #width, maxdiff_lt_##width, "s1 s2", ">cmp >d", AIE_EVIDENCE_SIBLING,         \
	                  AIE_EVIDENCE_SIBLING),                                                                       \
	        SIGN_ROWS("VABS_GTZ_" #width, abs_gtz_##width, "s2", ">cmp >d", AIE_EVIDENCE_SIBLING,                  \
	                  AIE_EVIDENCE_SIBLING),                                                                       \
	        { "VNEG_GTZ_" #width, neg_gtz_##width, "s2 >cmp >d", AIE_EVIDENCE_SIBLING, "signed comparison" },      \
	{                                                                                                              \
		"VBNEG_LTZ_s" #width, bneg_ltz_##width, "s2 >cmp >d", AIE_EVIDENCE_SIBLING, "bitwise complement"       \
	}

static const struct aie_semantics_row rows[] = {
	WIDTH_ROWS(8, AIE_EVIDENCE_DOCUMENTED),
	WIDTH_ROWS(16, AIE_EVIDENCE_SILICON),
	WIDTH_ROWS(32, AIE_EVIDENCE_SILICON),
	{ "VBAND", band, "s1 s2 >d", AIE_EVIDENCE_SILICON, "bitwise" },
	{ "VBOR", bor, "s1 s2 >d", AIE_EVIDENCE_SILICON, "bitwise" },
	{ "VLT_bf16", lt_bf16, "s1 s2 >cmp", AIE_EVIDENCE_SIBLING, ORDER },
	{ "VGE_bf16", ge_bf16, "s1 s2 >cmp", AIE_EVIDENCE_SIBLING, ORDER },
	{ "VMAX_LT_bf16", max_lt_bf16, "s1 s2 >cmp >d", AIE_EVIDENCE_SIBLING, ORDER },
	{ "VMIN_GE_bf16", min_ge_bf16, "s1 s2 >cmp >d", AIE_EVIDENCE_SIBLING, ORDER },
};

const struct aie_semantics_table aie_semantics_vector_alu = { rows, AIE_ROW_COUNT(rows) };
