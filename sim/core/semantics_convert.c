/* Conversions between lane widths and number formats, alone and fused with loads and stores. */
#include "sim/core/vec_body.h"
#include "sim/core/vec_convert.h"

enum { W_BYTES = 32, X_BYTES = 64 };

/* ---- unpack, pack: "src crUnpackSize unpackSign1 >dst", "src crPackSize crSat packSign1 >dst" ----------------------
 */

static int unpack(const struct aie_body_arguments *arguments, unsigned bytes)
{
	aie_vec_unpack(bytes, aie_body_bit(arguments, 1), aie_body_bit(arguments, 2), arguments->a[0], arguments->a[3]);
	return 0;
}

static int unpack_w(const struct aie_body_arguments *arguments)
{
	return unpack(arguments, W_BYTES);
}

static int unpack_x(const struct aie_body_arguments *arguments)
{
	return unpack(arguments, X_BYTES);
}

static int pack(const struct aie_body_arguments *arguments, unsigned bytes)
{
	return aie_vec_pack(bytes, aie_body_bit(arguments, 1), aie_body_bit(arguments, 3),
	                    aie_body_word(arguments, 2) & AIE_CRSAT_MASK, arguments->a[0], arguments->a[4],
	                    arguments->error);
}

static int pack_w(const struct aie_body_arguments *arguments)
{
	return pack(arguments, W_BYTES);
}

static int pack_x(const struct aie_body_arguments *arguments)
{
	return pack(arguments, X_BYTES);
}

/* ---- ups: "src su crSat crUPSMode upsSign1 >dst >srUPS_of" ------------------------------------------------------- */

static int ups(const struct aie_body_arguments *arguments, unsigned factor, unsigned bytes)
{
	const struct aie_vec_ups control = {
		.shift = aie_body_word(arguments, 1),
		.saturation = aie_body_word(arguments, 2) & AIE_CRSAT_MASK,
		.wide = aie_body_bit(arguments, 3),
		.is_signed = aie_body_bit(arguments, 4),
	};
	uint32_t overflow = 0;

	if (aie_vec_ups(factor, bytes, &control, arguments->a[0], arguments->a[5], &overflow, arguments->error) != 0)
		return -1;
	aie_body_put_word(arguments, 6, overflow);
	return 0;
}

static int ups_2x_w(const struct aie_body_arguments *arguments)
{
	return ups(arguments, 2, W_BYTES);
}

static int ups_2x_x(const struct aie_body_arguments *arguments)
{
	return ups(arguments, 2, X_BYTES);
}

static int ups_4x_w(const struct aie_body_arguments *arguments)
{
	return ups(arguments, 4, W_BYTES);
}

static int ups_4x_x(const struct aie_body_arguments *arguments)
{
	return ups(arguments, 4, X_BYTES);
}

/* ---- srs: "src su crRnd crSat crSRSMode srsSign1 >dst >srSRS_of" ---------------------------------------------------
 */

static int srs(const struct aie_body_arguments *arguments, unsigned factor, unsigned bytes)
{
	const struct aie_vec_srs control = {
		.shift = aie_body_word(arguments, 1),
		.rounding = aie_body_word(arguments, 2) & AIE_CRRND_MASK,
		.saturation = aie_body_word(arguments, 3) & AIE_CRSAT_MASK,
		.wide = aie_body_bit(arguments, 4),
		.is_signed = aie_body_bit(arguments, 5),
	};
	uint32_t overflow = 0;

	if (aie_vec_srs(factor, bytes, &control, arguments->a[0], arguments->a[6], &overflow, arguments->error) != 0)
		return -1;
	aie_body_put_word(arguments, 7, overflow);
	return 0;
}

static int srs_2x_w(const struct aie_body_arguments *arguments)
{
	return srs(arguments, 2, W_BYTES);
}

static int srs_2x_x(const struct aie_body_arguments *arguments)
{
	return srs(arguments, 2, X_BYTES);
}

static int srs_4x_w(const struct aie_body_arguments *arguments)
{
	return srs(arguments, 4, W_BYTES);
}

static int srs_4x_x(const struct aie_body_arguments *arguments)
{
	return srs(arguments, 4, X_BYTES);
}

/* ---- bf16: "src crRnd >dst", "src >dst" ---------------------------------------------------------------------------
 */

static int to_bf16_w(const struct aie_body_arguments *arguments)
{
	return aie_vec_fp32_to_bf16(16, aie_body_word(arguments, 1) & AIE_CRRND_MASK, arguments->a[0], arguments->a[2],
	                            arguments->error);
}

static int to_bf16_x(const struct aie_body_arguments *arguments)
{
	return aie_vec_fp32_to_bf16(32, aie_body_word(arguments, 1) & AIE_CRRND_MASK, arguments->a[0], arguments->a[2],
	                            arguments->error);
}

static int from_bf16_w(const struct aie_body_arguments *arguments)
{
	aie_vec_bf16_to_fp32(16, arguments->a[0], arguments->a[1]);
	return 0;
}

static int from_bf16_x(const struct aie_body_arguments *arguments)
{
	aie_vec_bf16_to_fp32(32, arguments->a[0], arguments->a[1]);
	return 0;
}

/* ---- bfp16: "src crRnd >dst" --------------------------------------------------------------------------------------
 */

/* To an ex register: 64 mantissas, then 8 exponents. */
static int to_bfp16(const struct aie_body_arguments *arguments)
{
	uint8_t *out = arguments->a[2];

	return aie_vec_fp32_to_bfp16(8, aie_body_word(arguments, 1) & AIE_CRRND_MASK, arguments->a[0], out, out + 64,
	                             arguments->error);
}

/* Blocks as they stand in memory: the exponent, then the mantissas (on silicon for blocks of 8). */
static void put_blocks(unsigned size, const uint8_t *mantissas, const uint8_t *exponents, uint8_t *out)
{
	for (size_t block = 0; block < AIE_BFP16_LANES / size; block++) {
		out[(size + 1) * block] = exponents[block];
		memcpy(out + (size + 1) * block + 1, mantissas + size * block, size);
	}
}

static int to_bfp16_memory(const struct aie_body_arguments *arguments, unsigned size)
{
	_Alignas(8) uint8_t mantissas[AIE_BFP16_LANES];
	uint8_t exponents[8];

	if (aie_vec_fp32_to_bfp16(size, aie_body_word(arguments, 1) & AIE_CRRND_MASK, arguments->a[0], mantissas,
	                          exponents, arguments->error) != 0)
		return -1;
	put_blocks(size, mantissas, exponents, arguments->a[2]);
	return 0;
}

static int to_ebs8_memory(const struct aie_body_arguments *arguments)
{
	return to_bfp16_memory(arguments, 8);
}

static int to_ebs16_memory(const struct aie_body_arguments *arguments)
{
	return to_bfp16_memory(arguments, 16);
}

/* From an ex register. */
static int join_memory(const struct aie_body_arguments *arguments)
{
	const uint8_t *in = arguments->a[0];
	uint8_t mantissas[AIE_BFP16_LANES], exponents[4];

	if (aie_vec_bfp16_join(aie_body_word(arguments, 1) & AIE_CRRND_MASK, in, in + AIE_BFP16_LANES, mantissas,
	                       exponents, arguments->error) != 0)
		return -1;
	put_blocks(16, mantissas, exponents, arguments->a[2]);
	return 0;
}

/* ---- floor, exp2 --------------------------------------------------------------------------------------------------
 */

/* The six bits of a shift register as a signed number. */
static int signed_shift(uint32_t word)
{
	return (int)(word & 63) - (int)((word & 32) << 1);
}

static int floor_w(const struct aie_body_arguments *arguments)
{
	aie_vec_bf16_floor(signed_shift(aie_body_word(arguments, 1)), arguments->a[0], arguments->a[2]);
	return 0;
}

/* "src shft >dst imm": one half of an accumulator quarter. */
static int floor_half(const struct aie_body_arguments *arguments)
{
	const uint8_t *source = arguments->a[0];

	aie_vec_bf16_floor(signed_shift(aie_body_word(arguments, 1)),
	                   source + (aie_body_bit(arguments, 3) ? W_BYTES : 0), arguments->a[2]);
	return 0;
}

static int exp2_lanes(const struct aie_body_arguments *arguments)
{
	return aie_vec_exp2(arguments->a[0], arguments->a[1], arguments->error);
}

/* ---- bindings --------------------------------------------------------------------------------------------------- */

#define UNPACK  "4 to 8 bits compared with silicon, 8 to 16 documented"
#define PACK    "saturation as on the sibling; order of nibbles mirrors unpack"
#define UPS     "compared with silicon without overflow; saturation assumed from the register reads"
#define SRS     "compared with silicon"
#define SRS_U   "unsigned output: the signed accumulator clamped to the unsigned range (sibling and a second model)"
#define TO_BF16 "sign-magnitude rounding; floor and conv_even seen on XDNA2, all modes on the sibling"
#define EXACT   "upper half of the fp32 number"
#define EBS16   "which four exponent bytes a 16-lane block format uses is not established"
/* Bytes in memory have an order of their own: which exponent bytes a register holds does not matter. */
#define EBS16_MEMORY "blocks of 16 as blocks of 8: exponent before its mantissas; floor and conv_even"

/* One shape of unpack, pack, ups or srs: alone and fused, for both sign registers. */
#define UNPACK_ROWS(name, binding, body)                                                                               \
	{ name "_unpackSign0", body, binding " crUnpackSize unpackSign0 >dst", AIE_EVIDENCE_DOCUMENTED, UNPACK },      \
	{                                                                                                              \
		name "_unpackSign1", body, binding " crUnpackSize unpackSign1 >dst", AIE_EVIDENCE_SILICON, UNPACK      \
	}
#define PACK_ROWS(name, body, output)                                                                                  \
	{ name "_packSign0", body, "src crPackSize crSat packSign0 " output, AIE_EVIDENCE_SIBLING, PACK },             \
	{                                                                                                              \
		name "_packSign1", body, "src crPackSize crSat packSign1 " output, AIE_EVIDENCE_SIBLING, PACK          \
	}
#define UPS_ROWS(name, input, body)                                                                                    \
	{ name "_upsSign0", body, input " su crSat crUPSMode upsSign0 >dst >srUPS_of", AIE_EVIDENCE_SILICON, UPS },    \
	{                                                                                                              \
		name "_upsSign1", body, input " su crSat crUPSMode upsSign1 >dst >srUPS_of", AIE_EVIDENCE_SILICON, UPS \
	}
#define SRS_ROWS(name, body, output)                                                                                   \
	{ name "_srsSign0", body, "src su crRnd crSat crSRSMode srsSign0 " output " >srSRS_of", AIE_EVIDENCE_SIBLING,  \
	  SRS_U },                                                                                                     \
	{                                                                                                              \
		name "_srsSign1", body, "src su crRnd crSat crSRSMode srsSign1 " output " >srSRS_of",                  \
		        AIE_EVIDENCE_SILICON, SRS                                                                      \
	}

static const struct aie_semantics_row rows[] = {
	UNPACK_ROWS("VUNPACK_mv_unpack_w", "src", unpack_w),
	UNPACK_ROWS("VUNPACK_mv_unpack_x", "src", unpack_x),
	UNPACK_ROWS("VLDB_*UNPACK_dmw_*", "mem", unpack_w),
	UNPACK_ROWS("VLDB_*UNPACK_dmx_*", "mem", unpack_x),
	PACK_ROWS("VPACK_mv_pack_w", pack_w, ">dst"),
	PACK_ROWS("VPACK_mv_pack_x", pack_x, ">dst"),
	PACK_ROWS("VST_*PACK_dmw_*", pack_w, ">mem"),
	PACK_ROWS("VST_*PACK_dmx_*", pack_x, ">mem"),
	UPS_ROWS("VUPS_2x_mv_ups_w2b", "src", ups_2x_w),
	UPS_ROWS("VUPS_2x_mv_ups_x2c", "src", ups_2x_x),
	UPS_ROWS("VUPS_4x_mv_ups_w2c", "src", ups_4x_w),
	UPS_ROWS("VUPS_4x_mv_ups_x2d", "src", ups_4x_x),
	UPS_ROWS("VLDA_*UPS_2x_dmw_lda_ups_w2b*", "mem", ups_2x_w),
	UPS_ROWS("VLDA_*UPS_2x_dmx_lda_ups_x2c*", "mem", ups_2x_x),
	UPS_ROWS("VLDA_*UPS_4x_dmw_lda_ups_w2c*", "mem", ups_4x_w),
	UPS_ROWS("VLDA_*UPS_4x_dmx_lda_ups_x2d*", "mem", ups_4x_x),
	SRS_ROWS("VSRS_2x_mv_w_srs_bm", srs_2x_w, ">dst"),
	SRS_ROWS("VSRS_2x_mv_x_srs_cm", srs_2x_x, ">dst"),
	SRS_ROWS("VSRS_4x_mv_w_srs_cm", srs_4x_w, ">dst"),
	SRS_ROWS("VSRS_4x_mv_x_srs_dm", srs_4x_x, ">dst"),
	SRS_ROWS("VST_*SRS_2x_dmw_sts_srs_bm*", srs_2x_w, ">mem"),
	SRS_ROWS("VST_*SRS_2x_dm_sts_srs_cm*", srs_2x_x, ">mem"),
	SRS_ROWS("VST_*SRS_4x_dm_sts_srs_cm*", srs_4x_w, ">mem"),
	SRS_ROWS("VST_*SRS_4x_dmx_sts_srs_dm*", srs_4x_x, ">mem"),
	{ "VCONV_bf16_fp32_mv_w_srs_bf", to_bf16_w, "src crRnd >dst", AIE_EVIDENCE_SILICON, TO_BF16 },
	{ "VCONV_bf16_fp32_mv_x_srs_bf", to_bf16_x, "src crRnd >dst", AIE_EVIDENCE_SILICON, TO_BF16 },
	{ "VST_*CONV_bf16_fp32_dmw_sts_srs_bf*", to_bf16_w, "src crRnd >mem", AIE_EVIDENCE_SILICON, TO_BF16 },
	{ "VST_*CONV_bf16_fp32_dmx_sts_srs_bf*", to_bf16_x, "src crRnd >mem", AIE_EVIDENCE_SILICON, TO_BF16 },
	{ "VCONV_fp32_bf16_mv_ups_wbf", from_bf16_w, "src >dst", AIE_EVIDENCE_SILICON, EXACT },
	{ "VCONV_fp32_bf16_mv_ups_xbf", from_bf16_x, "src >dst", AIE_EVIDENCE_SILICON, EXACT },
	{ "VLDA_*CONV_fp32_bf16_dmw_lda_ups_bf*", from_bf16_w, "mem >op", AIE_EVIDENCE_SILICON, EXACT },
	{ "VLDA_*CONV_fp32_bf16_dmx_lda_ups_bf*", from_bf16_x, "mem >op", AIE_EVIDENCE_SILICON, EXACT },
	{ "VCONV_bfp16ebs8_fp32", to_bfp16, "src crRnd >dst", AIE_EVIDENCE_SILICON, "floor and conv_even" },
	{ "VST_PUSH_576_CONV_bfp16ebs8_fp32", to_ebs8_memory, "src crRnd >mem", AIE_EVIDENCE_SILICON,
	  "floor and conv_even" },
	{ "VCONV_bfp16ebs16_fp32", NULL, "", AIE_EVIDENCE_ASSUMED, EBS16 },
	{ "VCONV_bfp16ebs16_ebs8", NULL, "", AIE_EVIDENCE_ASSUMED, EBS16 },
	{ "VST_PUSH_544_CONV_bfp16ebs16_fp32", to_ebs16_memory, "src crRnd >mem", AIE_EVIDENCE_DERIVED, EBS16_MEMORY },
	{ "VST_PUSH_544_CONV_bfp16ebs16_ebs8", join_memory, "src crRnd >mem", AIE_EVIDENCE_DERIVED, EBS16_MEMORY },
	{ "VFLOOR_s32_bf16_mv_float_to_int_w", floor_w, "src shft >dst", AIE_EVIDENCE_SIBLING,
	  "all cases on the sibling" },
	{ "VFLOOR_s32_bf16_mv_float_to_int_bm", floor_half, "src shft >dst imm", AIE_EVIDENCE_SIBLING,
	  "all cases on the sibling" },
	{ "VEXP2", exp2_lanes, "src >dst", AIE_EVIDENCE_SILICON, "device dump on [-40, 10]; beyond, see choices.h" },
	{ "VTANH", NULL, "", AIE_EVIDENCE_ASSUMED, "the table of the function is not public" },
};

const struct aie_semantics_table aie_semantics_convert = { rows, AIE_ROW_COUNT(rows) };
