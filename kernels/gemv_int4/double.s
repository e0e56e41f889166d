// A worker of the fused INT4 dequantise + GEMV, double-pump: 64 weights (two groups of 32) an iteration, two chains side by
// side, software-pipelined within a row and from row to row.  The same duties as main.s; for rows of at least five iterations.
//
// One iteration, in bundles from its start; the two chains share 1024-bit operations where there are such:
//    0, 1   scales of both groups                        lda.2d.u16 r0, r1
//    2      32 bytes of nibbles, 4 to 8 bits on the way  vldb.unpack x4
//    7, 8   scales to all lanes                          vbcst.16 x2, x3 (y1)
//    9      + 0x43 in every byte                         vadd.8
//   10, 11  high byte 0x43 beside it: bf16 195 + n       vshuffle x0, x1 (y0), modes T8_2x64 low and high
//   11      -195 * scale, 64 lanes                       vmul.f dm1
//   14      + (195 + n) * scale                          vmac.f dm1
//   15, 16  x                                            vldb x6, x7
//   20, 21  the one rounding, to bf16                    vconv.bf16.fp32 x10, x11
//   22, 25  first group, then second group into dm0      vmac.f
// dm0 can take a new term every 3 bundles (a result is there after 6, the next one needs it at 4), so two groups take 6 bundles:
// iterations start every 6 bundles and five of them overlap.  Loads never share a bundle, so the core's own accesses do not
// collide in a bank.
//
// The end of a row (see common.s) needs 35 bundles that do nothing but wait for each other.  They are spread over the next row,
// where slots are free: the sums over 16 and 8 lanes beside its first iterations, those over 4, 2 and 1 beside its last ones.
// A row's sums are complete when the next row ends, and its result leaves at the start of the one after: two rows late.  So the
// first two stores of an object write nothing of use (to the first word, which is written again), and after the last row of
// an object the two late results are fetched by themselves.
// Results are stored as words, (this << 16 | the one before), every row, to a place that moves on every other row: a 32-bit store
// does not hold up the memory unit as a 16-bit one does (part-word stores: 7 cycles).
//
// Every register is rewritten just after its last reader took it, and bundles are issued without a gap: do not move an
// instruction alone.  All bundles up to the end of the loop have their slots filled, hence 16 bytes and no padding.
//
// Registers: p0 nibbles, p1 x, p2 scales, p3 results; r0, r1 scales; r2, r3 results; r4 step of the stores; r5 rows left in the
// tile; r6 x; r16..r19 buffers, r20 scales' offset, r21 objects and r22 tiles left, r24 = -1, r25 = 1; more in common.s.
// Symbols: those of main.s, and K, GROUP, TSI, SIGNED.

.include "common.s"

.set PAIRS, K / 64

.macro GEMV_WORKER sign
	.text
	.globl	_start, gemv_inner, gemv_inner_end
	.p2align 4
_start:
	GEMV_CONSTANTS
	mova	r8, #20				// vshuffle: interleave bytes, low half
	mova	r9, #21				// high half
	mova	r10, #16
	mova	r11, #-16
	mova	dj1, #0				// d1: store twice to the same place, then move on by m1
	mova	dn1, #1
	movxm	r6, #B0
	movxm	r16, #A0			// tile buffer to take next; r17 changes it into the other one
	movxm	r17, #(A0 ^ A1)
	movxm	r18, #C0			// the same for output objects
	movxm	r19, #(C0 ^ C1)
	movxm	r20, #SCALES
	mova	r24, #-1
	mova	r25, #1
	.p2align 4
next_run:
	nopa; nopb; nops; acq #B_FULL, r24; nopm; nopv
	nopa; nopb; nops; movxm r21, #OBJECTS; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
next_object:
	nopa; nopb; nops; acq #C_EMPTY, r24; mov p3, r18; nopv
	mova r4, #0; nopb; nops; movxm r22, #TILES; nopv		// the first two stores of an object leave p3 where it is:
	mova dc1, #0; nopb; nops; nopx; nopm; nopv			// m1 becomes 4 in the second row
	nopa; nopb; nops; nopx; nopm; nopv
next_tile:
	.if TSI > 1
	mova r5, #TSI; nopb; nops; acq #A_FULL, r24; mov p0, r16; nopv
	nopa; nopb; nops; xor r16, r16, r17; add.nc p2, r16, r20; nopv
gemv_row:
	nopa; nopb; movs p1, r6; add r5, r5, #-1; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	.else
	nopa; nopb; nops; acq #A_FULL, r24; mov p0, r16; nopv
	nopa; nopb; movs p1, r6; xor r16, r16, r17; add.nc p2, r16, r20; nopv
	.endif
	// the first four iterations, and the row before
	lda.2d.u16 r0, [p2], d0; nopb; nops; movxm lc, #(PAIRS - 4); nopv
	lda.2d.u16 r1, [p2], d0; nopb; nops; event #0; nopm; nopv
	nopa; vldb.unpack x4, unpacksign\sign, [p0], #32; vconv.bf16.fp32 wl10, bmll2; nopx; nopm; vadd.f dm2, dm0, dm3, r7	// two rows back: to bf16; one row back: lanes + 16
	nopa; nopb; nops; nopx; vmov bmll3, bmlh0; nopv
	nopa; nopb; nops; nopx; vextract.16 r2, x10, #0, vaddsign0; vclr dm0
	nopa; nopb; nops; nopx; nopm; nopv
	lda.2d.u16 r0, [p2], d0; nopb; nops; lshl r2, r2, r10; nopm; nopv
	lda.2d.u16 r1, [p2], d0; nopb; nops; lshl r3, r3, r11; vbcst.16 x2, r0; nopv
	nopa; vldb.unpack x4, unpacksign\sign, [p0], #32; nops; or r3, r3, r2; vbcst.16 x3, r1; nopv
	nopa; nopb; st.2d r3, [p3], d1; nopx; vadd.8 x4, x4, x5; nopv	// two results a word
	nopa; nopb; movs m1, r4; nopx; vshuffle x0, x4, x5, r8; nopv
	mova r4, #4; nopb; nops; nopx; vshuffle x1, x4, x5, r9; vmul.f dm1, y4, y1, r7
	lda.2d.u16 r0, [p2], d0; nopb; nops; nopx; vmov x10, bmll2; nopv	// one row back: lanes + 8
	lda.2d.u16 r1, [p2], d0; nopb; nops; nopx; vbcst.16 x2, r0; nopv
	nopa; vldb.unpack x4, unpacksign\sign, [p0], #32; nops; nopx; vbcst.16 x3, r1; vmac.f dm1, dm1, y0, y1, r7
	nopa; vldb x6, [p1], #64; nops; nopx; vadd.8 x4, x4, x5; nopv
	nopa; vldb x7, [p1], #64; nops; nopx; vshuffle x0, x4, x5, r8; nopv
	nopa; nopb; nops; nopx; vshuffle x1, x4, x5, r9; vmul.f dm1, y4, y1, r7
	lda.2d.u16 r0, [p2], d0; nopb; nops; nopx; vshuffle bmll3, x10, x10, r12; vadd.f dm2, dm2, dm3, r7
	lda.2d.u16 r1, [p2], d0; nopb; nops; nopx; vbcst.16 x2, r0; nopv
	nopa; vldb.unpack x4, unpacksign\sign, [p0], #32; vconv.bf16.fp32 x10, cml1; nopx; vbcst.16 x3, r1; vmac.f dm1, dm1, y0, y1, r7
	nopa; vldb x6, [p1], #64; vconv.bf16.fp32 x11, cmh1; nopx; vadd.8 x4, x4, x5; nopv
	nopa; vldb x7, [p1], #64; nops; nopx; vshuffle x0, x4, x5, r8; vmac.f dm0, dm0, x10, x6, r7
	nopa; nopb; nops; nopx; vshuffle x1, x4, x5, r9; vmul.f dm1, y4, y1, r7
gemv_inner:
	lda.2d.u16 r0, [p2], d0; nopb; nops; nopx; nopm; nopv
	lda.2d.u16 r1, [p2], d0; nopb; nops; nopx; vbcst.16 x2, r0; vmac.f dm0, dm0, x11, x7, r7
	nopa; vldb.unpack x4, unpacksign\sign, [p0], #32; vconv.bf16.fp32 x10, cml1; nopx; vbcst.16 x3, r1; vmac.f dm1, dm1, y0, y1, r7
	nopa; vldb x6, [p1], #64; vconv.bf16.fp32 x11, cmh1; nopx; vadd.8 x4, x4, x5; nopv
	nopa; vldb x7, [p1], #64; nops; nopx; vshuffle x0, x4, x5, r8; vmac.f dm0, dm0, x10, x6, r7
gemv_inner_last:
	nopa; nopb; nops; nopx; vshuffle x1, x4, x5, r9; vmul.f dm1, y4, y1, r7
gemv_inner_end:
	// the last four iterations, and the row before
	.if TSI > 1
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; vbcst.16 x2, r0; vmac.f dm0, dm0, x11, x7, r7
	nopa; nopb; vconv.bf16.fp32 x10, cml1; nopx; vbcst.16 x3, r1; vmac.f dm1, dm1, y0, y1, r7
	nopa; vldb x6, [p1], #64; vconv.bf16.fp32 x11, cmh1; nopx; vadd.8 x4, x4, x5; nopv
	nopa; vldb x7, [p1], #64; nops; nopx; vshuffle x0, x4, x5, r8; vmac.f dm0, dm0, x10, x6, r7
	nopa; nopb; nops; nopx; vshuffle x1, x4, x5, r9; vmul.f dm1, y4, y1, r7
	nopa; nopb; nops; nopx; vmov x4, bmll2; vadd.f dm2, dm2, dm3, r7	// one row back: lanes + 4
	nopa; nopb; nops; nopx; vshuffle bmll3, x4, x4, r13; vmac.f dm0, dm0, x11, x7, r7
	nopa; nopb; vconv.bf16.fp32 x10, cml1; event #1; nopm; vmac.f dm1, dm1, y0, y1, r7
	nopa; vldb x6, [p1], #64; vconv.bf16.fp32 x11, cmh1; nopx; nopm; nopv
	nopa; vldb x7, [p1], #64; nops; nopx; nopm; vmac.f dm0, dm0, x10, x6, r7
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; vmov x4, bmll2; vadd.f dm2, dm2, dm3, r7	// lanes + 2
	nopa; nopb; nops; nopx; vshuffle bmll3, x4, x4, r14; vmac.f dm0, dm0, x11, x7, r7
	nopa; nopb; vconv.bf16.fp32 x10, cml1; jnz r5, #gemv_row; nopv
	nopa; nopb; vconv.bf16.fp32 x11, cmh1; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; vmac.f dm0, dm0, x10, x6, r7
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; vmov x4, bmll2; vadd.f dm2, dm2, dm3, r7	// lanes + 1
	nopa; nopb; nops; nopx; vshuffle bmll3, x4, x4, r15; vmac.f dm0, dm0, x11, x7, r7
	rel	#A_EMPTY, r25
	add	r22, r22, #-1
	jnz	r22, #next_tile
	nop
	nop
	nop
	nop
	nop
	.else
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; vbcst.16 x2, r0; vmac.f dm0, dm0, x11, x7, r7
	nopa; nopb; vconv.bf16.fp32 x10, cml1; nopx; vbcst.16 x3, r1; vmac.f dm1, dm1, y0, y1, r7
	nopa; vldb x6, [p1], #64; vconv.bf16.fp32 x11, cmh1; nopx; vadd.8 x4, x4, x5; nopv
	nopa; vldb x7, [p1], #64; nops; nopx; vshuffle x0, x4, x5, r8; vmac.f dm0, dm0, x10, x6, r7
	nopa; nopb; nops; nopx; vshuffle x1, x4, x5, r9; vmul.f dm1, y4, y1, r7
	nopa; nopb; nops; rel #A_EMPTY, r25; vmov x4, bmll2; vadd.f dm2, dm2, dm3, r7	// one row back: lanes + 4
	nopa; nopb; nops; add r22, r22, #-1; vshuffle bmll3, x4, x4, r13; vmac.f dm0, dm0, x11, x7, r7
	nopa; nopb; vconv.bf16.fp32 x10, cml1; event #1; nopm; vmac.f dm1, dm1, y0, y1, r7
	nopa; vldb x6, [p1], #64; vconv.bf16.fp32 x11, cmh1; nopx; nopm; nopv
	nopa; vldb x7, [p1], #64; nops; nopx; nopm; vmac.f dm0, dm0, x10, x6, r7
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; vmov x4, bmll2; vadd.f dm2, dm2, dm3, r7	// lanes + 2
	nopa; nopb; nops; nopx; vshuffle bmll3, x4, x4, r14; vmac.f dm0, dm0, x11, x7, r7
	nopa; nopb; vconv.bf16.fp32 x10, cml1; jnz r22, #next_tile; nopv
	nopa; nopb; vconv.bf16.fp32 x11, cmh1; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; vmac.f dm0, dm0, x10, x6, r7
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; vmov x4, bmll2; vadd.f dm2, dm2, dm3, r7	// lanes + 1
	nopa; nopb; nops; nopx; vshuffle bmll3, x4, x4, r15; vmac.f dm0, dm0, x11, x7, r7
	nop
	nop
	nop
	nop
	.endif
	// the last two rows of the object
	vconv.bf16.fp32 wl10, bmll2; vadd.f dm2, dm0, dm3, r7		// T + 5, T: the last vmac.f of the row
	vmov	bmll3, bmlh0
	vextract.16 r2, x10, #0, vaddsign0
	nop
	lshl	r2, r2, r10
	lshl	r3, r3, r11
	vmov	x10, bmll2; or r3, r3, r2; vadd.f dm2, dm2, dm3, r7	// T + 11
	st.2d	r3, [p3], d1; vshuffle bmll3, x10, x10, r12
	nop
	nop
	nop
	nop
	vmov	x10, bmll2; vadd.f dm2, dm2, dm3, r7			// T + 17
	vshuffle bmll3, x10, x10, r13
	nop
	nop
	nop
	nop
	vmov	x10, bmll2; vadd.f dm2, dm2, dm3, r7			// T + 23
	vshuffle bmll3, x10, x10, r14
	nop
	nop
	nop
	nop
	vmov	x10, bmll2; vadd.f dm2, dm2, dm3, r7			// T + 29
	vshuffle bmll3, x10, x10, r15
	nop
	nop
	nop
	nop
	vconv.bf16.fp32 wl10, bmll2					// T + 35
	xor	r18, r18, r19
	vextract.16 r2, x10, #0, vaddsign0
	add	r21, r21, #-1
	lshl	r2, r2, r10
	lshl	r3, r3, r11
	or	r3, r3, r2
	st.2d	r3, [p3], d1						// written 5 cycles on
	nop
	nop
	nop
	nop
	nop
	rel	#C_FULL, r25
	jnz	r21, #next_object
	nop
	nop
	nop
	nop
	nop
	rel	#B_EMPTY, r25
	j	#next_run
	nop
	nop
	nop
	nop
	nop
.endm

	.if SIGNED
	GEMV_WORKER 1
	.else
	GEMV_WORKER 0
	.endif
