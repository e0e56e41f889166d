// Rows of the fused INT4 dequantise + GEMV, double-pump, for an odd number of groups of 32 weights.  Rows of nibbles then start
// at odd multiples of 16 bytes, where a load of 32 bytes cannot; so each group is loaded and unpacked by itself.  Pairs of groups
// go through the same arithmetic at the same distances as in row_double.s, the last group alone.  Used with main.s.
//
// gemv_tile: p0 = nibbles of the tile, p2 = its scales, r6 = x, p3 = results.  TSI rows, more than one: an odd number of groups
// gives a tile of whole words only with an even number of rows.  p0, p2, p3 move on.
// Symbols: K, GROUP, TSI, SIGNED.

.include "common.s"

.set PAIRS, K / 64

	.text
	.globl	gemv_setup
	.p2align 4
gemv_setup:
	GEMV_CONSTANTS
	mova	r8, #20				// vshuffle: interleave bytes, low half
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
	nopa; nopb; nops; movxm r5, #TSI; nopv
gemv_row:
	.if PAIRS
	nopa; nopb; nops; movxm lc, #PAIRS; vclr dm0
	nopa; nopb; nops; add r5, r5, #-1; mov p1, r6; nopv
gemv_inner:
	lda.2d.u16 r0, [p2], d0; nopb; nops; nopx; nopm; nopv
	lda.2d.u16 r1, [p2], d0; nopb; nops; nopx; nopm; nopv
	nopa; vldb.128 wl0, [p0], #16; nops; nopx; nopm; nopv
	nopa; vunpack x4, wl0, unpacksign\sign; nops; nopx; nopm; nopv	// 3: takes wl0 at 3 + 7
	nopa; vldb.128 wl1, [p0], #16; nops; nopx; nopm; nopv
	nopa; vunpack x10, wl1, unpacksign\sign; nops; nopx; nopm; nopv	// 5: takes wl1 at 5 + 7
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; vbcst.16 x2, r0; nopv			// 7
	nopa; nopb; nops; nopx; vbcst.16 x3, r1; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; vadd.8 x4, x4, x5; nopv			// 10
	nopa; nopb; nops; nopx; vshuffle x0, x4, x5, r8; nopv
	nopa; nopb; nops; nopx; vadd.8 x10, x10, x5; nopv		// 12
	nopa; nopb; nops; nopx; vshuffle x1, x10, x5, r8; vmul.f dm1, y4, y1, r7
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; vmac.f dm1, dm1, y0, y1, r7	// 16
	nopa; vldb x6, [p1], #64; nops; nopx; nopm; nopv
	nopa; vldb x7, [p1], #64; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; vconv.bf16.fp32 x10, cml1; nopx; nopm; nopv		// 22
	nopa; nopb; vconv.bf16.fp32 x11, cmh1; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; vmac.f dm0, dm0, x10, x6, r7	// 24
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
gemv_inner_last:
	nopa; nopb; nops; nopx; nopm; vmac.f dm0, dm0, x11, x7, r7	// 27
gemv_inner_end:
	.else
	nopa; nopb; nops; movxm lc, #1; vclr dm0	// one group: the loop that ls and le name is run through once
	nopa; nopb; nops; add r5, r5, #-1; mov p1, r6; nopv
gemv_inner:
	.endif
	// the group that has no other
	lda.2d.u16 r0, [p2], d0; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; vldb.128 wl0, [p0], #16; nops; nopx; nopm; nopv
	nopa; vunpack x4, wl0, unpacksign\sign; nops; nopx; nopm; nopv	// 3: takes wl0 at 3 + 7
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; vbcst.16 x2, r0; nopv			// 7
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; vadd.8 x4, x4, x5; nopv			// 10
	nopa; nopb; nops; nopx; vshuffle x0, x4, x5, r8; vmul.f dm1, x8, x2, r7
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; vmac.f dm1, dm1, x0, x2, r7	// 14
	nopa; vldb x6, [p1], #64; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; vconv.bf16.fp32 x10, cml1; nopx; nopm; nopv		// 20
	nopa; nopb; nops; nopx; nopm; nopv
	.if PAIRS
	nopa; nopb; nops; nopx; nopm; vmac.f dm0, dm0, x10, x6, r7	// 22
	.else
gemv_inner_last:
	nopa; nopb; nops; nopx; nopm; vmac.f dm0, dm0, x10, x6, r7	// 22
gemv_inner_end:
	.endif
	GEMV_REDUCE jnz r5, #gemv_row
	.p2align 4
	ret	lr
	nop
	nop
	nop
	nop
	nop
.endm

	.if SIGNED
	GEMV_TILE 1
	.else
	GEMV_TILE 0
	.endif
