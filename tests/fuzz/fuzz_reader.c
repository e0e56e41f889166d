/* One image reader: FUZZ_SAMPLE names the format (tests/image/samples.h); its good images are the seeds. */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/image/samples.h"

/* A format's samples: the one named and its variants behind it. */
static const enum sample seeds[] = { FUZZ_SEEDS };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aie_error error = { 0 };

	if (!sample_read(FUZZ_SAMPLE, data, size, &error))
		return 0;
	/* A refusal says why. */
	if (error.category == AIE_ERROR_NONE || !error.text[0])
		__builtin_trap();
	return 0;
}

size_t aie_fuzz_seed(unsigned index, uint8_t *data, size_t capacity)
{
	struct aie_bytes bytes;
	size_t size;

	if (index >= sizeof seeds / sizeof seeds[0])
		return 0;
	sample_make(seeds[index], &bytes);
	size = bytes.size < capacity ? bytes.size : capacity;
	memcpy(data, bytes.data, size);
	aie_bytes_free(&bytes);
	return size;
}
