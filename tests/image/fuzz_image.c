/* libFuzzer entry for all image readers: every input goes to the reader its contents ask for, and to aie-image dump.
 *
 * Built only with -DAIE_FUZZ=ON and clang; seeds: image_corruption --write-corpus DIRECTORY. */
#include <stdio.h>
#include <stdlib.h>

#include "driver/image/format.h"
#include "driver/tools/image_tool.h"
#include "tests/image/samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum sample readers[] = {
		[AIE_FORMAT_UNKNOWN] = SAMPLE_TXN,       [AIE_FORMAT_XCLBIN] = SAMPLE_XCLBIN,
		[AIE_FORMAT_PDI] = SAMPLE_PDI,           [AIE_FORMAT_CDO] = SAMPLE_CDO,
		[AIE_FORMAT_TXN] = SAMPLE_TXN,           [AIE_FORMAT_TXN_TEXT] = SAMPLE_TXN_TEXT,
		[AIE_FORMAT_CORE_ELF] = SAMPLE_CORE_ELF, [AIE_FORMAT_CONTROL_ELF] = SAMPLE_CONTROL_ELF,
	};
	const struct aie_image_dump_options options = { .offsets = true, .data = true };
	struct aie_error error = { 0 };
	char *text = NULL;
	size_t length;
	FILE *stream;

	sample_read(readers[aie_image_recognise(data, size)], data, size, &error);
	stream = open_memstream(&text, &length);
	if (!stream)
		abort();
	aie_image_dump(stream, data, size, &options, &error);
	fclose(stream);
	free(text);
	return 0;
}
