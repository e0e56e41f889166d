// Adds up an array: the caller. Built with --defsym COUNT=N and linked with sum.s.
	.text
	.globl	_start
	.p2align 4
_start:
	movxm	p0, #numbers
	mova	r0, #COUNT
	jl	#sum
	nop
	nop
	nop
	nop
	nop
	.p2align 4
	movxm	p1, #result
	st	r1, [p1, #0]
	done
	nop
	nop
	nop
	nop
	nop

	.data
	.globl	numbers
numbers:
	i = 1
	.rept	COUNT
	.long	i * i
	i = i + 1
	.endr

	.bss
	.p2align 2
result:	.space	4
