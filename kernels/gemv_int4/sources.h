/* The assembly sources of this folder as the build embeds them (kernels/embed.py). */
#ifndef AIE_KERNELS_GEMV_INT4_SOURCES_H
#define AIE_KERNELS_GEMV_INT4_SOURCES_H

#include "isa/assembler.h"

extern const struct aie_asm_source aie_gemv_source_main, aie_gemv_source_row_single, aie_gemv_source_row_double,
        aie_gemv_source_row_copy, aie_gemv_source_double;

#endif
