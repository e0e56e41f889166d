// Main program of a GEMV worker: takes buffers from the object FIFOs and gives them back, for ever.
//
//   take x; for every output object: take it; for every tile of it: take the tile, compute TSI rows, give the tile back;
//   give the output object back; give x back.
//
// Symbols: A0, A1 (the two tile buffers), B0 (x), C0, C1 (output objects): addresses as the core sees them; SCALES: offset of the
// scales in a tile; TILES an object, OBJECTS a run; locks as the core numbers them: <FIFO>_FULL, <FIFO>_EMPTY.
// Which buffer comes next outlives a run, because the descriptors of the DMA go round and round as well.
//
// Lock instructions stand at least four bundles apart, branch targets and return addresses on 16-byte boundaries (bundles
// before such places are full ones, so that no padding is needed).

	.text
	.globl	_start
	.p2align 4
_start:
	nopa; nopb; nops; jl #gemv_setup; nopv
	nopa; nopb; nops; movxm r16, #A0; nopv		// tile buffer to take next; r17 changes it into the other one
	nopa; nopb; nops; movxm r17, #(A0 ^ A1); nopv
	nopa; nopb; nops; movxm r18, #C0; nopv		// the same for output objects
	nopa; nopb; nops; movxm r19, #(C0 ^ C1); nopv
	nopa; nopb; nops; movxm r6, #B0; nopv
	nopa; nopb; nops; movxm r20, #SCALES; nopv
	mova r24, #-1; nopb; nops; nopx; nopm; nopv
	mova r25, #1; nopb; nops; nopx; nopm; nopv
next_run:
	nopa; nopb; nops; acq #B_FULL, r24; nopm; nopv
	nopa; nopb; nops; movxm r21, #OBJECTS; nopv
	nopa; nopb; nops; nopx; nopm; nopv
	nopa; nopb; nops; nopx; nopm; nopv
next_object:
	nopa; nopb; nops; acq #C_EMPTY, r24; nopm; nopv
	nopa; nopb; nops; movxm r22, #TILES; nopv
	nopa; nopb; nops; nopx; mov p3, r18; nopv
	nopa; nopb; nops; nopx; nopm; nopv
next_tile:
	nopa; nopb; nops; acq #A_FULL, r24; nopm; nopv
	nopa; nopb; nops; jl #gemv_tile; nopv
	nopa; nopb; nops; nopx; mov p0, r16; nopv
	nopa; nopb; nops; nopx; add.nc p2, r16, r20; nopv
	nopa; nopb; nops; xor r16, r16, r17; nopm; nopv
	nopa; nopb; nops; add r22, r22, #-1; nopm; nopv
	nopa; nopb; nops; event #0; nopm; nopv		// events 0 and 1 enclose the rows of a tile in traces
	rel	#A_EMPTY, r25
	jnz	r22, #next_tile
	event	#1
	nop
	nop
	nop
	nop
	// The last result's st.s16 was issued five bundles before the return and writes 11 cycles after its issue: by now it has.
	rel	#C_FULL, r25
	xor	r18, r18, r19
	add	r21, r21, #-1
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
