/* aie-image build: descriptions that are nearly right. */
#include <string.h>

#include "driver/tools/image_tool.h"
#include "tests/fuzz/fuzz.h"

static const char *const seeds[] = {
	"image cdo\ncolumns 2\nwrite 0 2 Core_Control Enable=1\nmask 1 2 CORE.Core_Control 1 1\nnop\nreset 0 2\n",
	"image pdi\nblock 0 1 DataMemory[0x400] 1 2 3 # words\nenable 0 3\n",
	"image xclbin\ntime 5\nkernel a:b 0x901 2 1\npdi\nkernel c\nnop\npdi\nwrite 0 2 MEM.Lock3_value 1\n",
	"image txn\ngeneration 9\nblock 0 0 DMA_BD0_0 1 2 3 4 5 6 7 8\npatch 0 0 DMA_BD0_1 1 64\nwait 0 0 s2mm 0 1 1\n",
	"image txn-1.0\npoll 0 2 Core_Status 1 1\npreempt 1\nstate 1 2 MEM.Lock3_value 4 decrement 5\nread 0x200000\n",
	("image txn-text\nload_pdi 1 64 0x100\nscratchpad 0 64\ntimer 7\nmerge_sync 1 1\nupdate_scratch\nload_pm 1 "
	 "1\nnop\n"),
	"image elf\nwrite 0 0 0x1d204 0\n",
	"image full-elf\nkernel main 2\npdi\nnop\ninstance one\nload_pdi 0\ninstance two\nwait 0 0 mm2s 1\n",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aie_error error = { 0 };
	struct aie_bytes bytes;

	/* No file of the machine is named by chance: /nonexistent is where they would be. */
	if (memchr(data, '/', size))
		return 0;
	if (aie_image_build((const char *)data, size, "/nonexistent", &bytes, &error) == 0)
		aie_bytes_free(&bytes);
	else if (error.category == AIE_ERROR_NONE || !error.text[0] || strchr(error.text, '\n'))
		__builtin_trap();
	return 0;
}

size_t aie_fuzz_seed(unsigned index, uint8_t *data, size_t capacity)
{
	size_t size;

	if (index >= sizeof seeds / sizeof seeds[0])
		return 0;
	size = strlen(seeds[index]) < capacity ? strlen(seeds[index]) : capacity;
	memcpy(data, seeds[index], size);
	return size;
}
