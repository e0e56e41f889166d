#include "driver/image/xml.h"

#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
	       c == '.' || c == ':' || (unsigned char)c >= 0x80;
}

static int fail(const struct aie_xml *xml, const char *what, struct aie_error *error)
{
	return aie_error_set(error, AIE_ERROR_INPUT, "XML byte 0x%zx: %s", xml->at, what);
}

bool aie_xml_equal(struct aie_xml_text text, const char *string)
{
	return strlen(string) == text.size && memcmp(text.data, string, text.size) == 0;
}

const struct aie_xml_text *aie_xml_attribute(const struct aie_xml_tag *tag, const char *name)
{
	for (unsigned i = 0; i < tag->attribute_count; i++)
		if (aie_xml_equal(tag->attribute[i].name, name))
			return &tag->attribute[i].value;
	return NULL;
}

static bool starts(const struct aie_xml *xml, const char *string)
{
	size_t length = strlen(string);

	return xml->size - xml->at >= length && memcmp(xml->data + xml->at, string, length) == 0;
}

/* Move behind `string`; false when it does not come. */
static bool skip_past(struct aie_xml *xml, const char *string)
{
	for (; xml->at < xml->size; xml->at++) {
		if (starts(xml, string)) {
			xml->at += strlen(string);
			return true;
		}
	}
	return false;
}

static void skip_spaces(struct aie_xml *xml)
{
	while (xml->at < xml->size && is_space(xml->data[xml->at]))
		xml->at++;
}

static struct aie_xml_text take_name(struct aie_xml *xml)
{
	struct aie_xml_text name = { xml->data + xml->at, 0 };

	while (xml->at < xml->size && is_name(xml->data[xml->at])) {
		xml->at++;
		name.size++;
	}
	return name;
}

static int take_attributes(struct aie_xml *xml, struct aie_xml_tag *tag, struct aie_error *error)
{
	for (;;) {
		struct aie_xml_text name, value;
		char quote;

		skip_spaces(xml);
		if (xml->at == xml->size)
			return fail(xml, "the text ends inside a tag", error);
		if (xml->data[xml->at] == '>' || xml->data[xml->at] == '/')
			return 0;
		name = take_name(xml);
		skip_spaces(xml);
		if (name.size == 0 || xml->at == xml->size || xml->data[xml->at] != '=')
			return fail(xml, "an attribute needs a name and =", error);
		xml->at++;
		skip_spaces(xml);
		if (xml->at == xml->size || (xml->data[xml->at] != '"' && xml->data[xml->at] != '\''))
			return fail(xml, "an attribute's value needs quotes", error);
		quote = xml->data[xml->at++];
		value = (struct aie_xml_text){ xml->data + xml->at, 0 };
		while (xml->at < xml->size && xml->data[xml->at] != quote) {
			xml->at++;
			value.size++;
		}
		if (xml->at == xml->size)
			return fail(xml, "the text ends inside an attribute", error);
		xml->at++;
		if (tag->attribute_count == AIE_XML_MAX_ATTRIBUTES)
			return fail(xml, "too many attributes", error);
		tag->attribute[tag->attribute_count].name = name;
		tag->attribute[tag->attribute_count++].value = value;
	}
}

static int end_element(struct aie_xml *xml, struct aie_xml_tag *tag)
{
	xml->depth--;
	tag->end = true;
	tag->depth = xml->depth;
	tag->name = xml->open[xml->depth];
	tag->attribute_count = 0;
	return 1;
}

static int end_tag(struct aie_xml *xml, struct aie_xml_tag *tag, struct aie_error *error)
{
	struct aie_xml_text name;

	xml->at += 2;
	name = take_name(xml);
	skip_spaces(xml);
	if (xml->at == xml->size || xml->data[xml->at] != '>')
		return fail(xml, "an end tag is not closed", error);
	xml->at++;
	if (xml->depth == 0 || xml->open[xml->depth - 1].size != name.size ||
	    memcmp(xml->open[xml->depth - 1].data, name.data, name.size) != 0)
		return fail(xml, "an end tag does not match its start", error);
	return end_element(xml, tag);
}

static int start_tag(struct aie_xml *xml, struct aie_xml_tag *tag, struct aie_error *error)
{
	xml->at++;
	tag->end = false;
	tag->attribute_count = 0;
	tag->depth = xml->depth;
	tag->name = take_name(xml);
	if (tag->name.size == 0)
		return fail(xml, "a tag without a name", error);
	if (xml->depth == 0 && xml->root_seen)
		return fail(xml, "a second root element", error);
	if (xml->depth == AIE_XML_MAX_DEPTH)
		return fail(xml, "elements are nested too deep", error);
	if (take_attributes(xml, tag, error))
		return -1;
	if (xml->data[xml->at] == '/') {
		xml->at++;
		if (xml->at == xml->size || xml->data[xml->at] != '>')
			return fail(xml, "/ inside a tag", error);
		xml->empty_pending = true;
	}
	xml->at++;
	xml->root_seen = true;
	xml->open[xml->depth++] = tag->name;
	return 1;
}

int aie_xml_next(struct aie_xml *xml, struct aie_xml_tag *tag, struct aie_error *error)
{
	if (xml->empty_pending) {
		xml->empty_pending = false;
		return end_element(xml, tag);
	}
	for (;;) {
		while (xml->at < xml->size && xml->data[xml->at] != '<') {
			if (xml->depth == 0 && !is_space(xml->data[xml->at]) && xml->data[xml->at] != 0)
				return fail(xml, "text outside the root element", error);
			xml->at++;
		}
		if (xml->at == xml->size) {
			if (xml->depth || !xml->root_seen)
				return fail(xml, "the text ends before its root element does", error);
			return 0;
		}
		if (starts(xml, "<!--")) {
			if (!skip_past(xml, "-->"))
				return fail(xml, "a comment does not end", error);
		} else if (starts(xml, "<?")) {
			if (!skip_past(xml, "?>"))
				return fail(xml, "a processing instruction does not end", error);
		} else if (starts(xml, "<![CDATA[")) {
			if (!skip_past(xml, "]]>"))
				return fail(xml, "a CDATA section does not end", error);
		} else if (starts(xml, "<!")) {
			if (!skip_past(xml, ">"))
				return fail(xml, "a declaration does not end", error);
		} else if (starts(xml, "</")) {
			return end_tag(xml, tag, error);
		} else {
			return start_tag(xml, tag, error);
		}
	}
}

void aie_xml_copy(struct aie_xml_text text, char *out, size_t size)
{
	static const struct {
		const char *name;
		char c;
	} entities[] = { { "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' }, { "&quot;", '"' }, { "&apos;", '\'' } };
	size_t length = 0, at = 0;

	while (at < text.size && length + 1 < size) {
		size_t step = 1;

		out[length] = text.data[at];
		for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
			size_t n = strlen(entities[i].name);

			if (text.size - at >= n && memcmp(text.data + at, entities[i].name, n) == 0) {
				out[length] = entities[i].c;
				step = n;
			}
		}
		length++;
		at += step;
	}
	out[length] = 0;
}

bool aie_xml_number(struct aie_xml_text text, unsigned long long *number)
{
	unsigned base = 10;
	size_t at = 0;

	*number = 0;
	if (text.size > 2 && text.data[0] == '0' && (text.data[1] == 'x' || text.data[1] == 'X')) {
		base = 16;
		at = 2;
	}
	if (at == text.size)
		return false;
	for (; at < text.size; at++) {
		char c = text.data[at];
		unsigned digit;

		if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (unsigned)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			digit = (unsigned)(c - 'A' + 10);
		else
			return false;
		if (digit >= base || *number > (~0ULL - digit) / base)
			return false;
		*number = *number * base + digit;
	}
	return true;
}
