/* One good image of every format, made by the writers: for the corruption test and as a fuzzer's seeds. */
#ifndef AIE_TESTS_IMAGE_SAMPLES_H
#define AIE_TESTS_IMAGE_SAMPLES_H

#include "driver/image/operation.h"

enum sample {
	SAMPLE_CDO,
	SAMPLE_PDI,
	SAMPLE_XCLBIN,
	SAMPLE_TXN,
	SAMPLE_TXN_SHORT, /* version 1.0 */
	SAMPLE_TXN_TEXT,
	SAMPLE_CORE_ELF,
	SAMPLE_CONTROL_ELF,
	SAMPLE_CONTROL_ELF_FULL,
	SAMPLES
};

const char *sample_name(enum sample sample);                   /* file name for a corpus */
void sample_make(enum sample sample, struct aie_bytes *bytes); /* aborts on failure */
/* Open the bytes with every reader of that format and walk what it gives.  0 read, -1 refused. */
int sample_read(enum sample sample, const void *data, size_t size, struct aie_error *error);

#endif
