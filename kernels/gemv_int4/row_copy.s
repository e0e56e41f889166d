// No arithmetic: buffers are taken and given back, for measuring what data movement alone costs.  Same entry points as the
// schedules that compute.
	.text
	.globl	gemv_setup, gemv_tile
	.p2align 4
gemv_setup:
gemv_tile:
	ret	lr
	nop
	nop
	nop
	nop
	nop
