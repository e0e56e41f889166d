/* What a fuzz target is: one entry for arbitrary bytes, as libFuzzer calls it, and good inputs to start from.
 *
 * With clang a target links against libFuzzer (AIE_FUZZ); otherwise fuzz_main.c drives it: seeds, corpus files and
 * deterministic mutations of them for a given time. */
#ifndef AIE_TESTS_FUZZ_FUZZ_H
#define AIE_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Copy seed number `index` to data and return its size; 0 when there are no more.  Larger seeds are cut. */
size_t aie_fuzz_seed(unsigned index, uint8_t *data, size_t capacity);

#endif
