/* aie-image dump as text, JSON and description, of whatever format the bytes look like.  A description that comes out
 * must be one that build takes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/tools/image_tool.h"
#include "tests/fuzz/fuzz.h"
#include "tests/image/samples.h"

/* The text is freed by the caller; NULL when the image is refused, with a reason. */
static char *explain(const uint8_t *data, size_t size, int form)
{
	const struct aie_image_dump_options options = { .offsets = true, .data = true };
	struct aie_error error = { 0 };
	struct aie_json json;
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);
	int result;

	if (!stream)
		abort();
	aie_json_init(&json, stream);
	result = form == 0   ? aie_image_dump(stream, data, size, &options, &error)
	         : form == 1 ? aie_image_dump_json(&json, "input", data, size, &options, &error)
	                     : aie_image_script(stream, data, size, &error);
	fclose(stream);
	if (!result)
		return text;
	free(text);
	if (error.category == AIE_ERROR_NONE || !error.text[0] || strchr(error.text, '\n'))
		__builtin_trap();
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aie_error error = { 0 };
	struct aie_bytes bytes;
	char *text;

	for (int form = 0; form < 2; form++)
		free(explain(data, size, form));
	text = explain(data, size, 2);
	/* Names from the file may be ones that descriptions cannot have, but nothing may break. */
	if (text && aie_image_build(text, strlen(text), ".", &bytes, &error) == 0)
		aie_bytes_free(&bytes);
	free(text);
	return 0;
}

size_t aie_fuzz_seed(unsigned index, uint8_t *data, size_t capacity)
{
	struct aie_bytes bytes;
	size_t size;

	if (index >= SAMPLES)
		return 0;
	sample_make((enum sample)index, &bytes);
	size = bytes.size < capacity ? bytes.size : capacity;
	memcpy(data, bytes.data, size);
	aie_bytes_free(&bytes);
	return size;
}
