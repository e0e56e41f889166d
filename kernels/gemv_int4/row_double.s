// Rows of the fused INT4 dequantise + GEMV, double-pump, for rows too short for double.s (fewer than five iterations of 64
// weights): the same instructions at the same distances, one iteration after the other.  Used with main.s.
//
// gemv_tile: p0 = nibbles of the tile, p2 = its scales, r6 = x, p3 = results.  TSI rows; p0, p2, p3 move on.
// Symbols: K, GROUP, TSI, SIGNED.

.include "common.s"

	.text
	.globl	gemv_setup
	.p2align 4
gemv_setup:
	GEMV_CONSTANTS
	mova	r8, #20				// vshuffle: interleave bytes, low half
	ret	lr
	mova	r9, #21				// high half
	nop
	nop
	nop
	nop

.macro GEMV_TILE sign
	.globl	gemv_tile, gemv_inner, gemv_inner_end
	.p2align 4
gemv_tile:
	.if TSI > 1
	nopa; nopb; nops; movxm r5, #TSI; nopv
	.endif
gemv_row:
	nopa; nopb; nops; movxm lc, #(K / 64); vclr dm0
	nopa; nopb; nops; add r5, r5, #-1; mov p1, r6; nopv
gemv_inner:
	lda.2d.u16 r0, [p2], d0; nopb; nops; nopx; nopm; nopv
	lda.2d.u16 r1, [p2], d0; nopb; nops; nopx; nopm; nopv
	nopa; vldb.unpack x4, unpacksign\sign, [p0], #32; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; vbcst.16 x2, r0; nopv
	nopa; nopb; nops; nopx; vbcst.16 x3, r1; nopv
	nopa; nopb; nops; nopx; vadd.8 x4, x4, x5; nopv
	nopa; nopb; nops; nopx; vshuffle x0, x4, x5, r8; nopv
	nopa; nopb; nops; nopx; vshuffle x1, x4, x5, r9; vmul.f dm1, y4, y1, r7
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; vmac.f dm1, dm1, y0, y1, r7
	nopa; vldb x6, [p1], #64; nops; nopx; nopm; nopv
	nopa; vldb x7, [p1], #64; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; vconv.bf16.fp32 x10, cml1; nopx; nopm; nopv
	nopa; nopb; vconv.bf16.fp32 x11, cmh1; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; vmac.f dm0, dm0, x10, x6, r7
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
gemv_inner_last:
	nopa; nopb; nops; nopx; nopm; vmac.f dm0, dm0, x11, x7, r7
gemv_inner_end:
	.if TSI > 1
	GEMV_REDUCE jnz r5, #gemv_row
	.p2align 4
	ret	lr
	nop
	nop
	nop
	nop
	nop
	.else
	GEMV_REDUCE ret lr
	.endif
.endm

	.if SIGNED
	GEMV_TILE 1
	.else
	GEMV_TILE 0
	.endif
