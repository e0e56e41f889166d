// r1 = sum of r0 words from p0; r0 > 0.
	.text
	.globl	sum
	.type	sum,@function
	.p2align 4
sum:
	mova	r1, #0
	.p2align 4
1:	lda	r2, [p0], #4
	add	r0, r0, #-1
	jnz	r0, #1b
	nop
	nop
	nop
	nop
	add	r1, r1, r2		// the load lands six cycles behind its issue
	ret	lr
	nop
	nop
	nop
	nop
	nop
.Lend:
	.size	sum, .Lend-sum
