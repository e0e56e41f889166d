/* Moves of whole vectors and rearrangement of lanes. */
#include "sim/core/choices.h"
#include "sim/core/vec_body.h"
#include "sim/core/vec_move.h"

enum { VECTOR_BYTES = 64 };

/* ---- plain copies: "src >dst" ------------------------------------------------------------------------------------ */

#define COPY_BODY(name, bytes)                                                                                         \
	static int name(const struct aie_body_arguments *arguments)                                                    \
	{                                                                                                              \
		memcpy(arguments->a[1], arguments->a[0], bytes);                                                       \
		return 0;                                                                                              \
	}

COPY_BODY(copy_q, 16)
COPY_BODY(copy_w, 32)
COPY_BODY(copy_x, VECTOR_BYTES)
COPY_BODY(copy_ex, 72)
COPY_BODY(copy_qx, 80)
COPY_BODY(copy_qex, 88)
COPY_BODY(copy_cm, 128)

static int copy_q_to_w(const struct aie_body_arguments *arguments)
{
	uint8_t *out = arguments->a[1];

	memcpy(out, arguments->a[0], 16);
	memset(out + 16, AIE_CHOICE_Q_TO_W_UPPER, 16);
	return 0;
}

/* ---- bodies for one lane width ----------------------------------------------------------------------------------- */

/* "src >dst" */
#define BROADCAST_BODY(width)                                                                                          \
	static int broadcast_##width(const struct aie_body_arguments *arguments)                                       \
	{                                                                                                              \
		aie_vec_broadcast(width, arguments->a[0], arguments->a[1]);                                            \
		return 0;                                                                                              \
	}

/* "s1 idx >dst"; the index is an immediate or a register. */
#define EXTRACT_BROADCAST_BODY(width)                                                                                  \
	static int extract_broadcast_##width(const struct aie_body_arguments *arguments)                               \
	{                                                                                                              \
		aie_vec_broadcast(width, aie_vec_lane(width, arguments->a[0], aie_body_word(arguments, 1)),            \
		                  arguments->a[2]);                                                                    \
		return 0;                                                                                              \
	}

/* "s1 idx vaddSign1 >dst"; lanes below 64 bits are extended to a 32-bit register. */
#define EXTRACT_BODY(width, result_bytes)                                                                              \
	static int extract_##width(const struct aie_body_arguments *arguments)                                         \
	{                                                                                                              \
		const uint64_t lane = aie_vec_extract(width, arguments->a[0], aie_body_word(arguments, 1),             \
		                                      aie_body_bit(arguments, 2));                                     \
                                                                                                                       \
		memcpy(arguments->a[3], &lane, result_bytes);                                                          \
		return 0;                                                                                              \
	}

/* "s1 src >dst", "s1 src >dst idx" */
#define INSERT_BODIES(width)                                                                                           \
	static int insert_first_##width(const struct aie_body_arguments *arguments)                                    \
	{                                                                                                              \
		aie_vec_insert(width, arguments->a[0], 0, arguments->a[1], arguments->a[2]);                           \
		return 0;                                                                                              \
	}                                                                                                              \
	static int insert_##width(const struct aie_body_arguments *arguments)                                          \
	{                                                                                                              \
		aie_vec_insert(width, arguments->a[0], aie_body_word(arguments, 3), arguments->a[1], arguments->a[2]); \
		return 0;                                                                                              \
	}

/* "s1 s2 >d" */
#define PUSH_BODIES(width)                                                                                             \
	static int push_high_##width(const struct aie_body_arguments *arguments)                                       \
	{                                                                                                              \
		aie_vec_push_high(width, arguments->a[0], arguments->a[1], arguments->a[2]);                           \
		return 0;                                                                                              \
	}                                                                                                              \
	static int push_low_##width(const struct aie_body_arguments *arguments)                                        \
	{                                                                                                              \
		aie_vec_push_low(width, arguments->a[1], arguments->a[0], arguments->a[2]);                            \
		return 0;                                                                                              \
	}

/* "src mod >dst", "s1 mod >dst idx": a shuffle of the broadcast; what the second operand holds is not known. */
#define BROADCAST_SHUFFLE_BODY(width)                                                                                  \
	static int broadcast_shuffle_##width(const struct aie_body_arguments *arguments)                               \
	{                                                                                                              \
		_Alignas(8) uint8_t vector[VECTOR_BYTES];                                                              \
                                                                                                                       \
		aie_vec_broadcast(width, arguments->a[0], vector);                                                     \
		return aie_vec_shuffle(aie_body_word(arguments, 1), vector, NULL, arguments->a[2], arguments->error);  \
	}
#define EXTRACT_SHUFFLE_BODY(width)                                                                                    \
	static int extract_shuffle_##width(const struct aie_body_arguments *arguments)                                 \
	{                                                                                                              \
		_Alignas(8) uint8_t vector[VECTOR_BYTES];                                                              \
                                                                                                                       \
		aie_vec_broadcast(width, aie_vec_lane(width, arguments->a[0], aie_body_word(arguments, 3)), vector);   \
		return aie_vec_shuffle(aie_body_word(arguments, 1), vector, NULL, arguments->a[2], arguments->error);  \
	}

#define LANE_BODIES(width)                                                                                             \
	BROADCAST_BODY(width)                                                                                          \
	EXTRACT_BROADCAST_BODY(width)                                                                                  \
	INSERT_BODIES(width)                                                                                           \
	PUSH_BODIES(width)                                                                                             \
	BROADCAST_SHUFFLE_BODY(width)

LANE_BODIES(8)
LANE_BODIES(16)
LANE_BODIES(32)
LANE_BODIES(64)
EXTRACT_BROADCAST_BODY(128)
EXTRACT_BODY(8, 4)
EXTRACT_BODY(16, 4)
EXTRACT_BODY(32, 4)
EXTRACT_BODY(64, 8)
EXTRACT_SHUFFLE_BODY(16)
EXTRACT_SHUFFLE_BODY(32)
EXTRACT_SHUFFLE_BODY(64)
EXTRACT_SHUFFLE_BODY(128)

/* ---- shift, shuffle ---------------------------------------------------------------------------------------------- */

/* "s1 s2 shift >d" */
static int shift(const struct aie_body_arguments *arguments)
{
	aie_vec_shift(aie_body_word(arguments, 2), arguments->a[0], arguments->a[1], arguments->a[3]);
	return 0;
}

/* "s1 s2 mod >dst" */
static int shuffle(const struct aie_body_arguments *arguments)
{
	return aie_vec_shuffle(aie_body_word(arguments, 2), arguments->a[0], arguments->a[1], arguments->a[3],
	                       arguments->error);
}

/* Mantissas by the low byte of the mode, exponents by bits 11:8. */
static int shuffle_ex(const struct aie_body_arguments *arguments)
{
	const uint32_t mode = aie_body_word(arguments, 2);
	const uint8_t *s1 = arguments->a[0], *s2 = arguments->a[1];
	uint8_t *out = arguments->a[3];

	if (aie_vec_shuffle(mode, s1, s2, out, arguments->error) != 0)
		return -1;
	return aie_vec_shuffle_exponents(mode >> 8 & 15, s1 + VECTOR_BYTES, s2 + VECTOR_BYTES, out + VECTOR_BYTES,
	                                 arguments->error);
}

/* ---- bindings --------------------------------------------------------------------------------------------------- */

#define MOVE      "plain copy"
#define SHUFFLE   "transposition of blocks; interleaving modes compared with silicon"
#define PARTIAL   "modes that need the unknown second operand are refused"
#define BROADCAST "low bits of the scalar in all lanes"
#define REPEAT    "one lane in all lanes"

#define EXTRACT_ROWS(width)                                                                                            \
	{ "VEXTRACT_" #width "_*_vaddSign0", extract_##width, "s1 idx vaddSign0 >dst", AIE_EVIDENCE_DOCUMENTED,        \
	  "lane zero-extended" },                                                                                      \
	{                                                                                                              \
		"VEXTRACT_" #width "_*_vaddSign1", extract_##width, "s1 idx vaddSign1 >dst", AIE_EVIDENCE_DOCUMENTED,  \
		        "lane sign-extended"                                                                           \
	}
#define INSERT_ROWS(width)                                                                                             \
	{ "VINSERT_" #width "_mIdxImm0", insert_first_##width, "s1 src >dst", AIE_EVIDENCE_DOCUMENTED, "lane 0" },     \
	{                                                                                                              \
		"VINSERT_" #width "_mR29_insert", insert_##width, "s1 src >dst idx", AIE_EVIDENCE_DOCUMENTED,          \
		        "one lane replaced"                                                                            \
	}
#define PUSH_ROWS(width)                                                                                               \
	{ "VPUSH_hi_" #width, push_high_##width, "s1 s2 >d", AIE_EVIDENCE_SIBLING, "lanes move down" },                \
	{                                                                                                              \
		"VPUSH_lo_" #width, push_low_##width, "s1 s2 >d", AIE_EVIDENCE_SIBLING, "lanes move up"                \
	}

static const struct aie_semantics_row rows[] = {
	{ "VMOV_alu_mv_mv_q", copy_q, "src >dst", AIE_EVIDENCE_DOCUMENTED, MOVE },
	{ "VMOV_alu_mv_mv_q_to_w", copy_q_to_w, "src >dst", AIE_EVIDENCE_ASSUMED, "low 128 bits; the upper half zero" },
	{ "VMOV_alu_mv_mv_w_to_q", copy_q, "src >dst", AIE_EVIDENCE_DOCUMENTED, "low 128 bits" },
	{ "VMOV_alu_mv_mv_w", copy_w, "src >dst", AIE_EVIDENCE_DOCUMENTED, MOVE },
	{ "VMOV_alu_mv_mv_x", copy_x, "src >dst", AIE_EVIDENCE_SILICON, MOVE },
	{ "VMOV_alu_mv_mv_ex", copy_ex, "src >dst", AIE_EVIDENCE_DOCUMENTED, MOVE },
	{ "VMOV_alu_mv_mv_qx", copy_qx, "src >dst", AIE_EVIDENCE_DOCUMENTED, MOVE },
	{ "VMOV_alu_mv_mv_qex", copy_qex, "src >dst", AIE_EVIDENCE_DOCUMENTED, MOVE },
	{ "VMOV_alu_mv_mv_cm", copy_cm, "src >dst", AIE_EVIDENCE_DOCUMENTED, MOVE },
	{ "VBCST_8", broadcast_8, "src >dst", AIE_EVIDENCE_DOCUMENTED, BROADCAST },
	{ "VBCST_16", broadcast_16, "src >dst", AIE_EVIDENCE_SILICON, BROADCAST },
	{ "VBCST_32", broadcast_32, "src >dst", AIE_EVIDENCE_SILICON, BROADCAST },
	{ "VBCST_64", broadcast_64, "src >dst", AIE_EVIDENCE_DOCUMENTED, BROADCAST },
	{ "VEXTBCST_8_*", extract_broadcast_8, "s1 idx >dst", AIE_EVIDENCE_DOCUMENTED, REPEAT },
	{ "VEXTBCST_16_*", extract_broadcast_16, "s1 idx >dst", AIE_EVIDENCE_DOCUMENTED, REPEAT },
	{ "VEXTBCST_32_*", extract_broadcast_32, "s1 idx >dst", AIE_EVIDENCE_DOCUMENTED, REPEAT },
	{ "VEXTBCST_64_*", extract_broadcast_64, "s1 idx >dst", AIE_EVIDENCE_DOCUMENTED, REPEAT },
	{ "VEXTBCST_128_*", extract_broadcast_128, "s1 idx >dst", AIE_EVIDENCE_DOCUMENTED, REPEAT },
	{ "VBCSTSHFL_8_*", broadcast_shuffle_8, "src mod >dst", AIE_EVIDENCE_DERIVED, PARTIAL },
	{ "VBCSTSHFL_16_*", broadcast_shuffle_16, "src mod >dst", AIE_EVIDENCE_DERIVED, PARTIAL },
	{ "VBCSTSHFL_32_*", broadcast_shuffle_32, "src mod >dst", AIE_EVIDENCE_DERIVED, PARTIAL },
	{ "VBCSTSHFL_64_*", broadcast_shuffle_64, "src mod >dst", AIE_EVIDENCE_DERIVED, PARTIAL },
	{ "VEXTBCSTSHFL_16", extract_shuffle_16, "s1 mod >dst idx", AIE_EVIDENCE_DERIVED, PARTIAL },
	{ "VEXTBCSTSHFL_32", extract_shuffle_32, "s1 mod >dst idx", AIE_EVIDENCE_DERIVED, PARTIAL },
	{ "VEXTBCSTSHFL_64", extract_shuffle_64, "s1 mod >dst idx", AIE_EVIDENCE_DERIVED, PARTIAL },
	{ "VEXTBCSTSHFL_128", extract_shuffle_128, "s1 mod >dst idx", AIE_EVIDENCE_DERIVED, PARTIAL },
	EXTRACT_ROWS(8),
	EXTRACT_ROWS(16),
	EXTRACT_ROWS(32),
	EXTRACT_ROWS(64),
	INSERT_ROWS(8),
	INSERT_ROWS(16),
	INSERT_ROWS(32),
	INSERT_ROWS(64),
	PUSH_ROWS(8),
	PUSH_ROWS(16),
	PUSH_ROWS(32),
	PUSH_ROWS(64),
	{ "VSHIFT", shift, "s1 s2 shift >d", AIE_EVIDENCE_DOCUMENTED, "bytes out of the pair" },
	{ "VSHIFT_ALIGN", NULL, "", AIE_EVIDENCE_ASSUMED, "the rule of vshift.align is not established" },
	{ "VSHUFFLE_vec_shuffle_x", shuffle, "s1 s2 mod >dst", AIE_EVIDENCE_SILICON, SHUFFLE },
	{ "VSHUFFLE_vec_shuffle_bm", shuffle, "s1 s2 mod >dst", AIE_EVIDENCE_SILICON, SHUFFLE },
	{ "VSHUFFLE_vec_shuffle_ex", shuffle_ex, "s1 s2 mod >dst", AIE_EVIDENCE_DERIVED, SHUFFLE },
};

const struct aie_semantics_table aie_semantics_vector_move = { rows, AIE_ROW_COUNT(rows) };
