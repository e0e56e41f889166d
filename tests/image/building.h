/* Descriptions that aie-image build must refuse, for the tests of its language. */
#ifndef AIE_TESTS_IMAGE_BUILDING_H
#define AIE_TESTS_IMAGE_BUILDING_H

#include "driver/tools/image_tool.h"
#include "tests/image/testing.h"

struct bad_description {
	const char *text, *part; /* of the message */
};

static inline void assert_not_built(const struct bad_description *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct aie_error error = { 0 };
		struct aie_bytes bytes;

		if (aie_image_build(cases[i].text, strlen(cases[i].text), ".", &bytes, &error) == 0)
			fail_msg("accepted: %s", cases[i].text);
		assert_refused(&error, cases[i].part);
		assert_null(bytes.data);
	}
}

#endif
