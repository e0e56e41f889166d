// Rows of the fused INT4 dequantise + GEMV, single-pump: 32 weights an iteration, one chain
// load 16 bytes -> unpack 4 to 8 bits -> unpack 8 to 16 bits -> bf16 -> scale -> round -> multiply-accumulate,
// each step waiting for the one before.  Nothing of the next iteration starts before this one has ended.
//
// gemv_tile: p0 = nibbles of the tile, p2 = its scales, r6 = x, p3 = results.  TSI rows; p0, p2, p3 move on.
// Symbols: K, GROUP, TSI, SIGNED; PAD: idle bundles an iteration.

.include "common.s"

	.text
	.globl	gemv_setup
	.p2align 4
gemv_setup:
	GEMV_CONSTANTS
	ret	lr
	nop
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
	nopa; nopb; nops; movxm lc, #(K / 32); vclr dm0
	nopa; nopb; nops; add r5, r5, #-1; mov p1, r6; nopv
gemv_inner:
	lda.2d.u16 r0, [p2], d0; nopb; nops; nopx; nopm; nopv
	nopa; vldb.128 wl0, [p0], #16; nops; nopx; nopm; nopv		// 1: not with the scale, both may be in one bank
	nopa; vunpack x1, wl0, unpacksign\sign; nops; nopx; nopm; nopv	// 2: 4 to 8 bits (takes wl0 and the size at 2 + 7)
	nopa; vunpack x2, wl1, unpacksign\sign; nops; nopx; nopm; nopv	// 3: 8 to 16 bits
	nopa; vldb x3, [p1], #64; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; vbcst.16 x4, r0; nopv			// 7
	nopa; nopb; nops; movx crunpacksize, #1; nopm; nopv		// 8: seen by the second unpack
	nopa; nopb; nops; movx crunpacksize, #0; nopm; vmul.f dm1, x8, x4, r7	// 9: seen by the next iteration
	nopa; nopb; nops; nopx; vadd.16 x2, x2, x5; nopv		// 10
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; vmac.f dm1, dm1, x2, x4, r7	// 12
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; vconv.bf16.fp32 x6, cml1; nopx; nopm; nopv		// 18
	nopa; nopb; nops; nopx; nopm; nopv
	.rept PAD
	nopa; nopb; nops; nopx; nopm; nopv
	.endr
gemv_inner_last:
	nopa; nopb; nops; nopx; nopm; vmac.f dm0, dm0, x6, x3, r7	// 20 + PAD
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
