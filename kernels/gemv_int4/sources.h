/* The assembly sources of this folder as the build embeds them (kernels/embed.py). */
#ifndef AIE_KERNELS_GEMV_INT4_SOURCES_H
#define AIE_KERNELS_GEMV_INT4_SOURCES_H

#include "isa/assembler.h"

extern const struct aie_asm_source aie_gemv_source_main, aie_gemv_source_row_single, aie_gemv_source_row_double,
        aie_gemv_source_row_odd, aie_gemv_source_row_copy, aie_gemv_source_double, aie_gemv_source_common;

enum { AIE_GEMV_SOURCES = 7 };
/* All of them, in no order. */
extern const struct aie_asm_source *const aie_gemv_sources[AIE_GEMV_SOURCES];

#endif
