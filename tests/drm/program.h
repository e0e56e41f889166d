/* A small array program for the tests: host memory -> shim (0,0) MM2S 0 -> compute tile (0,2) DMA, in and out of its
 * data memory under two locks -> shim (0,0) S2MM 0 -> host memory.  No core runs in the good form. */
#ifndef AIE_TESTS_DRM_PROGRAM_H
#define AIE_TESTS_DRM_PROGRAM_H

#include "driver/image/operation.h"

enum { PROGRAM_BUFFER_WORDS = 256 };

enum program_fault {
	PROGRAM_GOOD,
	PROGRAM_LOCK_NEVER_FREE, /* the input lock starts at 0: nobody ever gives it */
	PROGRAM_CORE_FAULT,      /* as above, and the core of tile (0,2) runs bytes that are no instruction */
};

void program_loop_pdi(struct aie_bytes *pdi, enum program_fault fault);
/* `words`: a multiple of PROGRAM_BUFFER_WORDS; argument 0 is read, argument 1 written; one task-complete wait. */
void program_loop_stream(struct aie_bytes *stream, uint32_t words);
/* Shorter and much faster to simulate: shim (0,0) MM2S 0 -> its stream switch -> shim (0,0) S2MM 0.  The stream moves
 * the same `words` from argument 0 to argument 1 `times` times (1 to 256), as one task, and waits for it. */
void program_shim_loop_pdi(struct aie_bytes *pdi);
void program_shim_loop_stream(struct aie_bytes *stream, uint32_t words, unsigned times);
/* An image and a stream that do nothing. */
void program_noop_pdi(struct aie_bytes *pdi);
void program_noop_stream(struct aie_bytes *stream, unsigned columns);
/* An xclbin with one kernel and this PDI. */
void program_xclbin(struct aie_bytes *xclbin, const struct aie_bytes *pdi, unsigned columns);

#endif
