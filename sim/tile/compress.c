#include "sim/tile/compress.h"

#include <string.h>

enum { WORD_BYTES = 4 };

static uint8_t byte_of(const uint32_t *words, unsigned number)
{
	return (uint8_t)(words[number / WORD_BYTES] >> 8 * (number % WORD_BYTES));
}

unsigned aie_compressed_words(uint32_t mask)
{
	return 1 + ((unsigned)__builtin_popcount(mask) + WORD_BYTES - 1) / WORD_BYTES;
}

unsigned aie_compress(const uint32_t plain[AIE_COMPRESS_WORDS], uint32_t packed[AIE_COMPRESS_MAX_WORDS])
{
	unsigned count = 0;

	memset(packed, 0, sizeof packed[0] * AIE_COMPRESS_MAX_WORDS);
	for (unsigned i = 0; i < AIE_COMPRESS_WORDS * WORD_BYTES; i++) {
		uint8_t byte = byte_of(plain, i);

		if (!byte)
			continue;
		packed[0] |= UINT32_C(1) << i;
		packed[1 + count / WORD_BYTES] |= (uint32_t)byte << 8 * (count % WORD_BYTES);
		count++;
	}
	return aie_compressed_words(packed[0]);
}

void aie_expand(const uint32_t *packed, uint32_t plain[AIE_COMPRESS_WORDS])
{
	unsigned count = 0;

	memset(plain, 0, sizeof plain[0] * AIE_COMPRESS_WORDS);
	for (unsigned i = 0; i < AIE_COMPRESS_WORDS * WORD_BYTES; i++)
		if (packed[0] >> i & 1)
			plain[i / WORD_BYTES] |= (uint32_t)byte_of(packed + 1, count++) << 8 * (i % WORD_BYTES);
}
