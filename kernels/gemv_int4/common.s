// What both schedules share: constants of the arithmetic, and the end of a row.
//
// How a weight becomes bf16(scale * n) without a rounding too many (n = nibble, -8..15):
//   n + 195 is formed in the integer unit as the bf16 number 0x4343 + n (mantissa step 1 between 128 and 256),
//   dm1 = -195 * scale              exact in fp32: 8 bits times 8 bits
//   dm1 = dm1 + (195 + n) * scale   exact too, the sum is n * scale, at most 12 bits
//   vconv.bf16.fp32                 the one rounding, to nearest even
// This holds for |scale| < 2^120 (no overflow) and also for subnormal scales (195 * scale is normal).

// Registers that keep their value between calls:
//   r7 = 60: configuration of bf16 element-wise products and fp32 sums
//   r12..r15 = vshuffle modes that bring the odd elements of 256, 128, 64, 32 bits to the front
//   ls, le = the inner loop; d0 = how the scales are walked through
//   x5 = 0x4343 in every 16-bit lane, x8 and x9 = -195.0

.macro GEMV_CONSTANTS
	movx	crrnd, #12			// conv_even
	movx	crunpacksize, #0		// 4 to 8 bits
	mova	r7, #60
	mova	r12, #11
	mova	r13, #9
	mova	r14, #7
	mova	r15, #5
	movxm	r0, #0x4343
	vbcst.16 x5, r0
	movxm	r0, #0xC343			// -195.0
	vbcst.16 x8, r0
	vbcst.16 x9, r0
	mova	m0, #2				// scales: step 2 bytes after every GROUP / 32 blocks, else stay
	mova	dj0, #0
	mova	dc0, #0
	movxm	dn0, #(GROUP / 32 - 1)
	movxm	ls, #gemv_inner
	movxm	le, #gemv_inner_last
.endm

// The 32 lanes of dm0 to one bf16 at [p3], which moves on by 2.  Starts in the bundle after the last vmac.f of the row (T + 1)
// and has 37 bundles; \last is issued in the 32nd, so that the remaining five are its delay slots.
// Each step adds the upper half of the lanes to the lower half: 16, 8, 4, 2, 1.  A sum needs 6 bundles until it can be moved.
.macro GEMV_REDUCE last:vararg
	nop
	nop
	nop
	nop
	vadd.f	dm0, dm0, dm1, r7		// T + 5: reads dm1 at T + 9
	vmov	bmll1, bmlh0			// T + 6: dm0 is there
	nop
	nop
	nop
	nop
	vmov	x0, bmll0; vadd.f dm0, dm0, dm1, r7	// T + 11
	vshuffle bmll1, x0, x0, r12
	nop
	nop
	nop
	nop
	vmov	x0, bmll0; vadd.f dm0, dm0, dm1, r7	// T + 17
	vshuffle bmll1, x0, x0, r13
	nop
	nop
	nop
	nop
	vmov	x0, bmll0; vadd.f dm0, dm0, dm1, r7	// T + 23
	vshuffle bmll1, x0, x0, r14
	nop
	nop
	nop
	nop
	vmov	x0, bmll0; vadd.f dm0, dm0, dm1, r7	// T + 29
	vshuffle bmll1, x0, x0, r15
	nop
	\last						// T + 32
	st.s16	r2, [p3], #2			// T + 33: takes r2 at T + 39
	nop
	vconv.bf16.fp32 wl0, bmll0		// T + 35
	nop
	vextract.16 r2, x0, #0, vaddsign0	// T + 37: r2 is there at T + 39
.endm
