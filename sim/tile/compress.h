/* The compressed form of DMA data: for 32 bytes a mask word, bit b set when byte b is not zero, then those bytes from
 * the lowest on, filled up to a whole word.  (documented AM020/AM027)  Pure functions.
 */
#ifndef AIE_SIM_TILE_COMPRESS_H
#define AIE_SIM_TILE_COMPRESS_H

#include <stdint.h>

enum { AIE_COMPRESS_WORDS = 8, AIE_COMPRESS_MAX_WORDS = 1 + AIE_COMPRESS_WORDS };

/* Returns the words of the compressed form, 1 to AIE_COMPRESS_MAX_WORDS. */
unsigned aie_compress(const uint32_t plain[AIE_COMPRESS_WORDS], uint32_t packed[AIE_COMPRESS_MAX_WORDS]);
/* Words of the compressed form that begins with this mask, the mask included. */
unsigned aie_compressed_words(uint32_t mask);
void aie_expand(const uint32_t *packed, uint32_t plain[AIE_COMPRESS_WORDS]);

#endif
