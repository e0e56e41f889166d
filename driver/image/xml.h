/* Private to driver/image: as much XML as the EMBEDDED_METADATA section needs: elements and their attributes, in order.
 */
#ifndef AIE_DRIVER_IMAGE_XML_H
#define AIE_DRIVER_IMAGE_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "isa/error.h"

enum { AIE_XML_MAX_ATTRIBUTES = 24, AIE_XML_MAX_DEPTH = 32 };

struct aie_xml_text {
	const char *data; /* not terminated */
	size_t size;
};

/* One start tag, or one end tag.  An empty element gives both. */
struct aie_xml_tag {
	bool end;
	unsigned depth; /* of the element; the root has 0 */
	struct aie_xml_text name;
	unsigned attribute_count;
	struct {
		struct aie_xml_text name, value;
	} attribute[AIE_XML_MAX_ATTRIBUTES];
};

/* Zero but for `data` and `size` at the start. */
struct aie_xml {
	const char *data;
	size_t size, at;
	unsigned depth;
	struct aie_xml_text open[AIE_XML_MAX_DEPTH];
	bool empty_pending; /* the end tag of an empty element is still to be told */
	bool root_seen;
};

/* Next tag: 1, at the end of a well-formed document 0, else -1 with `error` (AIE_ERROR_INPUT, byte offset in the text).
 * Text, comments, processing instructions and declarations are skipped. */
int aie_xml_next(struct aie_xml *xml, struct aie_xml_tag *tag, struct aie_error *error);
bool aie_xml_equal(struct aie_xml_text text, const char *string);
const struct aie_xml_text *aie_xml_attribute(const struct aie_xml_tag *tag, const char *name); /* NULL when absent */
/* Copy with the five predefined entities resolved; cut to size - 1, always terminated. */
void aie_xml_copy(struct aie_xml_text text, char *out, size_t size);
/* Decimal or 0x number of up to 64 bits; false when it is none. */
bool aie_xml_number(struct aie_xml_text text, unsigned long long *number);

#endif
