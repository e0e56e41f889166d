#include "driver/image/xclbin.h"

#include <inttypes.h>
#include <stdio.h>

#include "driver/image/image_internal.h"
#include "driver/image/xclbin_internal.h"
#include "driver/image/xml.h"

static const uint8_t magic[8] = "xclbin2";

const char *aie_xclbin_section_kind_name(uint32_t kind)
{
	static const struct {
		uint32_t kind;
		const char *name;
	} names[] = {
		{ 0, "BITSTREAM" },
		{ 2, "EMBEDDED_METADATA" },
		{ 6, "MEM_TOPOLOGY" },
		{ 7, "CONNECTIVITY" },
		{ 8, "IP_LAYOUT" },
		{ 14, "BUILD_METADATA" },
		{ 15, "KEYVALUE_METADATA" },
		{ 16, "USER_METADATA" },
		{ 17, "DNA_CERTIFICATE" },
		{ 18, "PDI" },
		{ 19, "BITSTREAM_PARTIAL_PDI" },
		{ 20, "PARTITION_METADATA" },
		{ 23, "SOFT_KERNEL" },
		{ 25, "AIE_METADATA" },
		{ 26, "ASK_GROUP_TOPOLOGY" },
		{ 27, "ASK_GROUP_CONNECTIVITY" },
		{ 31, "VENDER_METADATA" },
		{ 32, "AIE_PARTITION" },
		{ 33, "IP_METADATA" },
		{ 34, "AIE_RESOURCES_BIN" },
		{ 35, "AIE_TRACE_METADATA" },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].kind == kind)
			return names[i].name;
	return NULL;
}

bool aie_xclbin_recognise(const void *data, size_t size)
{
	return size >= sizeof magic && memcmp(data, magic, sizeof magic) == 0;
}

/* calloc that knows `count` may be 0. */
static void *allocate(size_t count, size_t size, struct aie_error *error)
{
	void *memory = calloc(count ? count : 1, size);

	if (!memory)
		aie_error_set(error, AIE_ERROR_MEMORY, "no memory for the contents of an xclbin");
	return memory;
}

/* ---- header and section table ------------------------------------------------------------------------------------ */

static int read_header(struct aie_xclbin *xclbin, struct aie_error *error)
{
	const uint8_t *data = xclbin->data;
	size_t size = xclbin->size;
	uint64_t length;

	if (size < XCLBIN_MIN_BYTES)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x0: %zu bytes are too few for an xclbin, its header has %d", size,
		                     XCLBIN_MIN_BYTES);
	if (!aie_xclbin_recognise(data, size))
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x0: the magic xclbin2 is missing");
	length = image_load64(data + XCLBIN_LENGTH);
	if (length != size)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%x: total length %" PRIu64 ", but the file has %zu bytes", XCLBIN_LENGTH,
		                     length, size);
	xclbin->time_stamp = image_load64(data + XCLBIN_TIME_STAMP);
	xclbin->version_patch = image_load16(data + XCLBIN_PATCH);
	xclbin->version_major = data[XCLBIN_MAJOR];
	xclbin->version_minor = data[XCLBIN_MINOR];
	memcpy(xclbin->uuid, data + XCLBIN_UUID, sizeof xclbin->uuid);
	xclbin->section_count = image_load32(data + XCLBIN_SECTION_COUNT);
	if (xclbin->section_count > XCLBIN_MAX_SECTIONS)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%x: %u sections, at most %d can be",
		                     XCLBIN_SECTION_COUNT, xclbin->section_count, XCLBIN_MAX_SECTIONS);
	if (!image_inside(XCLBIN_SECTIONS, (uint64_t)xclbin->section_count * XCLBIN_SECTION_BYTES, size))
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%x: headers of %u sections do not fit into %zu bytes",
		                     XCLBIN_SECTION_COUNT, xclbin->section_count, size);
	return 0;
}

static int read_sections(struct aie_xclbin *xclbin, struct aie_error *error)
{
	unsigned partitions = 0;

	xclbin->section = allocate(xclbin->section_count, sizeof *xclbin->section, error);
	if (!xclbin->section)
		return -1;
	for (uint32_t i = 0; i < xclbin->section_count; i++) {
		size_t at = XCLBIN_SECTIONS + (size_t)i * XCLBIN_SECTION_BYTES;
		struct aie_xclbin_section *section = &xclbin->section[i];
		const uint8_t *header = xclbin->data + at;

		section->kind = image_load32(header + SECTION_KIND);
		memcpy(section->name, header + SECTION_NAME, SECTION_NAME_BYTES);
		section->offset = image_load64(header + SECTION_OFFSET);
		section->size = image_load64(header + SECTION_SIZE);
		if (!image_inside(section->offset, section->size, xclbin->size))
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "offset 0x%zx: section %u (kind %u): %" PRIu64 " bytes at 0x%" PRIx64
			                     " leave the file of %zu",
			                     at, i, section->kind, section->size, section->offset, xclbin->size);
		if (section->kind == AIE_XCLBIN_AIE_PARTITION && ++partitions > 1)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "offset 0x%zx: section %u is a second AIE_PARTITION", at, i);
	}
	return 0;
}

static const struct aie_xclbin_section *find_section(const struct aie_xclbin *xclbin, uint32_t kind)
{
	for (uint32_t i = 0; i < xclbin->section_count; i++)
		if (xclbin->section[i].kind == kind)
			return &xclbin->section[i];
	return NULL;
}

/* ---- AIE_PARTITION ----------------------------------------------------------------------------------------------- */

/* Far above what any tool writes; keeps the work on a hostile file in proportion to its size. */
enum {
	MAX_PDIS = 256,
	MAX_GROUPS = 64,
	MAX_GROUP_IDS = 1024,
	MAX_KERNELS = 256,
	MAX_ARGUMENTS = 256,
	MAX_REGISTER_MAP_BYTES = 4096
};

static int check_count(uint32_t count, uint32_t limit, uint64_t offset, const char *what, struct aie_error *error)
{
	if (count <= limit)
		return 0;
	return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%" PRIx64 ": %u %s, at most %u are accepted", offset,
	                     count, what, limit);
}

/* The section's bytes, with its place in the file for messages. */
struct span {
	const uint8_t *data;
	uint64_t size, offset;
};

static struct span span_of(const struct aie_xclbin *xclbin, const struct aie_xclbin_section *section)
{
	return (struct span){ xclbin->data + section->offset, section->size, section->offset };
}

/* Follow the array reference at `at`: `element` bytes each; *first is inside the section. */
static int follow(const struct span *span, uint64_t at, uint32_t element, const char *what, uint32_t *count,
                  uint32_t *first, struct aie_error *error)
{
	*count = image_load32(span->data + at);
	*first = image_load32(span->data + at + 4);
	if (!image_inside(*first, (uint64_t)*count * element, span->size))
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%" PRIx64
		                     ": %s: %u elements of %u bytes at 0x%x leave the section of %" PRIu64 " bytes",
		                     span->offset + at, what, *count, element, *first, span->size);
	return 0;
}

/* The string whose offset stands at `at`; cut to the room there is. */
static int take_string(const struct span *span, uint64_t at, const char *what, char *out, size_t size,
                       struct aie_error *error)
{
	uint32_t first = image_load32(span->data + at);
	const uint8_t *end;

	if (first >= span->size)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%" PRIx64 ": %s: string at 0x%x lies outside the section",
		                     span->offset + at, what, first);
	end = memchr(span->data + first, 0, (size_t)(span->size - first));
	if (!end)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%" PRIx64 ": %s: the string at 0x%x has no end",
		                     span->offset + at, what, first);
	snprintf(out, size, "%s", (const char *)span->data + first);
	return 0;
}

static int read_groups(struct aie_xclbin_pdi *pdi, const struct span *span, uint64_t at, struct aie_error *error)
{
	uint32_t first;

	if (follow(span, at + PDI_GROUPS, GROUP_BYTES, "CDO groups", &pdi->group_count, &first, error)) {
		pdi->group_count = 0;
		return -1;
	}
	if (check_count(pdi->group_count, MAX_GROUPS, span->offset + at + PDI_GROUPS, "CDO groups", error)) {
		pdi->group_count = 0;
		return -1;
	}
	pdi->group = allocate(pdi->group_count, sizeof *pdi->group, error);
	if (!pdi->group) {
		pdi->group_count = 0;
		return -1;
	}
	for (uint32_t i = 0; i < pdi->group_count; i++) {
		uint64_t entry = first + (uint64_t)i * GROUP_BYTES;
		struct aie_xclbin_group *group = &pdi->group[i];
		uint32_t ids, pre_count, pre;

		if (take_string(span, entry + GROUP_NAME, "CDO group name", group->name, sizeof group->name, error) ||
		    follow(span, entry + GROUP_KERNEL_IDS, GROUP_ID_BYTES, "DPU kernel ids", &group->id_count, &ids,
		           error) ||
		    follow(span, entry + GROUP_PRE_GROUPS, GROUP_ID_BYTES, "pre CDO groups", &pre_count, &pre, error))
			return -1;
		if (check_count(group->id_count, MAX_GROUP_IDS, span->offset + entry + GROUP_KERNEL_IDS,
		                "DPU kernel ids", error))
			return -1;
		group->type = span->data[entry + GROUP_TYPE];
		group->pdi_id = image_load64(span->data + entry + GROUP_PDI_ID);
		group->ids = span->data + ids;
	}
	return 0;
}

static int read_pdis(struct aie_xclbin *xclbin, const struct span *span, struct aie_error *error)
{
	uint32_t first;

	if (follow(span, PARTITION_PDIS, PDI_BYTES, "PDI entries", &xclbin->pdi_count, &first, error)) {
		xclbin->pdi_count = 0;
		return -1;
	}
	if (xclbin->pdi_count == 0)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%" PRIx64 ": the partition has no PDI",
		                     span->offset + PARTITION_PDIS);
	if (check_count(xclbin->pdi_count, MAX_PDIS, span->offset + PARTITION_PDIS, "PDI entries", error)) {
		xclbin->pdi_count = 0;
		return -1;
	}
	xclbin->pdi = allocate(xclbin->pdi_count, sizeof *xclbin->pdi, error);
	if (!xclbin->pdi) {
		xclbin->pdi_count = 0;
		return -1;
	}
	for (uint32_t i = 0; i < xclbin->pdi_count; i++) {
		uint64_t entry = first + (uint64_t)i * PDI_BYTES;
		struct aie_xclbin_pdi *pdi = &xclbin->pdi[i];
		uint32_t image;

		if (follow(span, entry + PDI_IMAGE, 1, "PDI image", &pdi->size, &image, error))
			return -1;
		if (pdi->size == 0 || pdi->size > XCLBIN_MAX_PDI_BYTES)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "offset 0x%" PRIx64 ": PDI %u has %u bytes, 1 to %u are allowed",
			                     span->offset + entry + PDI_IMAGE, i, pdi->size, XCLBIN_MAX_PDI_BYTES);
		memcpy(pdi->uuid, span->data + entry + PDI_UUID, sizeof pdi->uuid);
		pdi->data = span->data + image;
		if (read_groups(pdi, span, entry, error))
			return aie_error_prefix(error, "PDI %u", i);
	}
	return 0;
}

static int read_partition(struct aie_xclbin *xclbin, unsigned device_columns, struct aie_error *error)
{
	const struct aie_xclbin_section *section = find_section(xclbin, AIE_XCLBIN_AIE_PARTITION);
	struct span span;
	uint32_t first;

	if (!section)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%x: there is no AIE_PARTITION section",
		                     XCLBIN_SECTIONS);
	span = span_of(xclbin, section);
	if (span.size < PARTITION_BYTES || span.size > UINT32_MAX)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%" PRIx64 ": an AIE_PARTITION of %" PRIu64
		                     " bytes cannot be, its head takes %d",
		                     span.offset, span.size, PARTITION_BYTES);
	xclbin->operations_per_cycle = image_load32(span.data + PARTITION_OPERATIONS);
	xclbin->columns = image_load16(span.data + PARTITION_WIDTH);
	if (xclbin->columns == 0 || xclbin->columns > 1U << AIE_TILE_COLUMN_BITS)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%" PRIx64 ": a partition of %u columns",
		                     span.offset + PARTITION_WIDTH, xclbin->columns);
	if (device_columns && xclbin->columns > device_columns)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%" PRIx64 ": the partition is %u columns wide, the device has %u",
		                     span.offset + PARTITION_WIDTH, xclbin->columns, device_columns);
	if (take_string(&span, PARTITION_NAME, "partition name", xclbin->partition_name, sizeof xclbin->partition_name,
	                error) ||
	    follow(&span, PARTITION_STARTS, 2, "start columns", &xclbin->start_count, &first, error))
		return -1;
	xclbin->start = allocate(xclbin->start_count, sizeof *xclbin->start, error);
	if (!xclbin->start)
		return -1;
	for (uint32_t i = 0; i < xclbin->start_count; i++)
		xclbin->start[i] = image_load16(span.data + first + 2 * (size_t)i);
	return read_pdis(xclbin, &span, error);
}

uint64_t aie_xclbin_group_id(const struct aie_xclbin_group *group, uint32_t index)
{
	return image_load64(group->ids + (size_t)index * GROUP_ID_BYTES);
}

/* ---- memories, kernels, arguments -------------------------------------------------------------------------------- */

/* Entries of a section of the form: count, entries from byte `first`.  A missing section has none. */
static int open_table(const struct aie_xclbin *xclbin, uint32_t kind, uint32_t first, uint32_t element,
                      struct span *span, uint32_t *count, struct aie_error *error)
{
	const struct aie_xclbin_section *section = find_section(xclbin, kind);
	const char *name = aie_xclbin_section_kind_name(kind);

	*count = 0;
	if (!section)
		return 0;
	*span = span_of(xclbin, section);
	if (span->size < first)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%" PRIx64 ": %s of %" PRIu64 " bytes is cut",
		                     span->offset, name, span->size);
	*count = image_load32(span->data);
	if (!image_inside(first, (uint64_t)*count * element, span->size))
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%" PRIx64 ": %s of %" PRIu64 " bytes cannot hold %u entries of %u",
		                     span->offset, name, span->size, *count, element);
	return 0;
}

static int read_memories(struct aie_xclbin *xclbin, struct aie_error *error)
{
	uint32_t count;
	struct span span = { 0 };

	if (open_table(xclbin, AIE_XCLBIN_MEM_TOPOLOGY, MEM_FIRST, MEM_BYTES, &span, &count, error))
		return -1;
	xclbin->memory = allocate(count, sizeof *xclbin->memory, error);
	if (!xclbin->memory)
		return -1;
	xclbin->memory_count = count;
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *entry = span.data + MEM_FIRST + (size_t)i * MEM_BYTES;
		struct aie_xclbin_memory *memory = &xclbin->memory[i];

		memory->type = entry[MEM_TYPE];
		memory->used = entry[MEM_USED];
		memory->size_kib = image_load64(entry + MEM_SIZE);
		memory->base = image_load64(entry + MEM_BASE);
		memcpy(memory->tag, entry + MEM_TAG, MEM_TAG_BYTES);
	}
	return 0;
}

/* The PDI whose groups list the kernel id. */
static int find_pdi(const struct aie_xclbin *xclbin, struct aie_xclbin_kernel *kernel, struct aie_error *error)
{
	for (uint32_t i = 0; i < xclbin->pdi_count; i++) {
		for (uint32_t j = 0; j < xclbin->pdi[i].group_count; j++) {
			const struct aie_xclbin_group *group = &xclbin->pdi[i].group[j];

			for (uint32_t k = 0; k < group->id_count; k++) {
				if (aie_xclbin_group_id(group, k) == kernel->id) {
					kernel->pdi = i;
					return 0;
				}
			}
		}
	}
	return aie_error_set(error, AIE_ERROR_INPUT, "kernel %s: no CDO group of the partition lists its id 0x%x",
	                     kernel->name, kernel->id);
}

/* "kernel:instance", not always terminated. */
static void split_name(const uint8_t *field, struct aie_xclbin_kernel *kernel)
{
	char text[IP_NAME_BYTES + 1] = { 0 };
	char *colon;

	memcpy(text, field, IP_NAME_BYTES);
	colon = strchr(text, ':');
	if (colon) {
		*colon = 0;
		snprintf(kernel->instance, sizeof kernel->instance, "%s", colon + 1);
	}
	snprintf(kernel->name, sizeof kernel->name, "%.63s", text);
}

/* Without IP_LAYOUT the groups are all that is known: one nameless kernel for every PDI that lists an id. */
static int kernels_from_groups(struct aie_xclbin *xclbin, struct aie_error *error)
{
	xclbin->kernel = allocate(xclbin->pdi_count, sizeof *xclbin->kernel, error);
	if (!xclbin->kernel)
		return -1;
	for (uint32_t i = 0; i < xclbin->pdi_count; i++) {
		struct aie_xclbin_kernel *kernel = &xclbin->kernel[xclbin->kernel_count];

		for (uint32_t j = 0; j < xclbin->pdi[i].group_count; j++) {
			if (xclbin->pdi[i].group[j].id_count == 0)
				continue;
			kernel->id = (uint32_t)aie_xclbin_group_id(&xclbin->pdi[i].group[j], 0);
			kernel->pdi = i;
			xclbin->kernel_count++;
			break;
		}
	}
	return 0;
}

static int read_kernels(struct aie_xclbin *xclbin, struct aie_error *error)
{
	uint32_t count;
	struct span span = { 0 };

	if (!find_section(xclbin, AIE_XCLBIN_IP_LAYOUT))
		return kernels_from_groups(xclbin, error);
	if (open_table(xclbin, AIE_XCLBIN_IP_LAYOUT, IP_FIRST, IP_BYTES, &span, &count, error))
		return -1;
	if (check_count(count, MAX_KERNELS, span.offset, "IP_LAYOUT entries", error))
		return -1;
	xclbin->kernel = allocate(count, sizeof *xclbin->kernel, error);
	if (!xclbin->kernel)
		return -1;
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *entry = span.data + IP_FIRST + (size_t)i * IP_BYTES;
		struct aie_xclbin_kernel *kernel = &xclbin->kernel[xclbin->kernel_count];
		uint32_t properties = image_load32(entry + IP_PROPERTIES);

		if (image_load32(entry + IP_TYPE) != IP_TYPE_PS_KERNEL || (properties & 3) != IP_SUBTYPE_DPU)
			continue; /* another kind of IP, of no use on an NPU */
		kernel->ip = i;
		kernel->functional = properties >> 4 & 3;
		kernel->id = properties >> 16 & 0xFFF;
		split_name(entry + IP_NAME, kernel);
		if (find_pdi(xclbin, kernel, error))
			return aie_error_prefix(error, "offset 0x%" PRIx64,
			                        span.offset + IP_FIRST + (uint64_t)i * IP_BYTES);
		xclbin->kernel_count++;
	}
	return 0;
}

static int xml_number(const struct aie_xml_tag *tag, const char *name, uint32_t limit, uint32_t *number,
                      struct aie_error *error)
{
	const struct aie_xml_text *value = aie_xml_attribute(tag, name);
	unsigned long long wide;

	if (!value || !aie_xml_number(*value, &wide) || wide > limit)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "XML argument: attribute %s is missing or no number up to %u", name, limit);
	*number = (uint32_t)wide;
	return 0;
}

static int add_argument(struct aie_xclbin_kernel *kernel, const struct aie_xml_tag *tag, struct aie_error *error)
{
	const struct aie_xml_text *name = aie_xml_attribute(tag, "name");
	struct aie_xclbin_argument *grown, *argument;
	uint32_t qualifier;

	if (kernel->argument_count == MAX_ARGUMENTS)
		return aie_error_set(error, AIE_ERROR_INPUT, "kernel %s has more than %d arguments", kernel->name,
		                     MAX_ARGUMENTS);
	grown = realloc(kernel->argument, (kernel->argument_count + 1) * sizeof *grown);
	if (!grown)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for kernel arguments");
	kernel->argument = grown;
	argument = &grown[kernel->argument_count];
	memset(argument, 0, sizeof *argument);
	argument->memory = -1;
	if (xml_number(tag, "id", MAX_ARGUMENTS, &argument->id, error) ||
	    xml_number(tag, "addressQualifier", UINT8_MAX, &qualifier, error) ||
	    xml_number(tag, "size", MAX_REGISTER_MAP_BYTES, &argument->size, error) ||
	    xml_number(tag, "offset", MAX_REGISTER_MAP_BYTES, &argument->offset, error))
		return -1;
	argument->qualifier = (uint8_t)qualifier;
	if (name)
		aie_xml_copy(*name, argument->name, sizeof argument->name);
	kernel->argument_count++;
	if (argument->offset + argument->size > kernel->register_map_bytes)
		kernel->register_map_bytes = argument->offset + argument->size;
	return 0;
}

/* The argument belongs to every instance of the kernel. */
static int add_argument_to_all(struct aie_xclbin *xclbin, struct aie_xml_text name, const struct aie_xml_tag *tag,
                               struct aie_error *error)
{
	for (uint32_t i = 0; i < xclbin->kernel_count; i++)
		if (aie_xml_equal(name, xclbin->kernel[i].name) && add_argument(&xclbin->kernel[i], tag, error))
			return -1;
	return 0;
}

static int start_kernel(const struct aie_xclbin *xclbin, struct aie_xml_text name, struct aie_error *error)
{
	for (uint32_t i = 0; i < xclbin->kernel_count; i++)
		if (aie_xml_equal(name, xclbin->kernel[i].name) && xclbin->kernel[i].argument_count)
			return aie_error_set(error, AIE_ERROR_INPUT, "XML: kernel %s is described twice",
			                     xclbin->kernel[i].name);
	return 0;
}

static int read_metadata(struct aie_xclbin *xclbin, struct aie_error *error)
{
	const struct aie_xclbin_section *section = find_section(xclbin, AIE_XCLBIN_EMBEDDED_METADATA);
	struct aie_xml_text name = { NULL, 0 };
	unsigned kernel_depth = 0;
	struct aie_xml xml = { 0 };
	struct aie_xml_tag tag;
	int more;

	if (!section || section->size == 0)
		return 0;
	xml.data = (const char *)xclbin->data + section->offset;
	xml.size = section->size;
	while ((more = aie_xml_next(&xml, &tag, error)) > 0) {
		int result = 0;

		if (aie_xml_equal(tag.name, "kernel")) {
			const struct aie_xml_text *value = tag.end ? NULL : aie_xml_attribute(&tag, "name");

			name = value ? *value : (struct aie_xml_text){ NULL, 0 };
			kernel_depth = tag.depth;
			result = value ? start_kernel(xclbin, name, error) : 0;
		} else if (name.data && !tag.end && tag.depth == kernel_depth + 1 && aie_xml_equal(tag.name, "arg")) {
			result = add_argument_to_all(xclbin, name, &tag, error);
		}
		if (result)
			return aie_error_prefix(error, "offset 0x%" PRIx64 ": EMBEDDED_METADATA", section->offset);
	}
	if (more < 0)
		return aie_error_prefix(error, "offset 0x%" PRIx64 ": EMBEDDED_METADATA", section->offset);
	return 0;
}

/* Note the memory of an argument of the kernel that stands at `ip`; other IPs do not matter. */
static void connect(struct aie_xclbin *xclbin, uint32_t ip, uint32_t argument, uint32_t memory)
{
	for (uint32_t i = 0; i < xclbin->kernel_count; i++) {
		struct aie_xclbin_kernel *kernel = &xclbin->kernel[i];

		for (uint32_t j = 0; kernel->ip == ip && j < kernel->argument_count; j++)
			if (kernel->argument[j].id == argument)
				kernel->argument[j].memory = (int)memory;
	}
}

static int read_connections(struct aie_xclbin *xclbin, struct aie_error *error)
{
	uint32_t count;
	struct span span = { 0 };

	if (open_table(xclbin, AIE_XCLBIN_CONNECTIVITY, CONNECTION_FIRST, CONNECTION_BYTES, &span, &count, error))
		return -1;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t at = CONNECTION_FIRST + (uint64_t)i * CONNECTION_BYTES;
		const uint8_t *entry = span.data + at;
		uint32_t argument = image_load32(entry), ip = image_load32(entry + 4), memory = image_load32(entry + 8);

		if (memory >= xclbin->memory_count)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "offset 0x%" PRIx64 ": connection %u names memory %u of %u",
			                     span.offset + at, i, memory, xclbin->memory_count);
		connect(xclbin, ip, argument, memory);
	}
	return 0;
}

int aie_xclbin_open(struct aie_xclbin *xclbin, const void *data, size_t size, unsigned device_columns,
                    struct aie_error *error)
{
	memset(xclbin, 0, sizeof *xclbin);
	xclbin->data = data;
	xclbin->size = size;
	if (read_header(xclbin, error) || read_sections(xclbin, error) ||
	    read_partition(xclbin, device_columns, error) || read_memories(xclbin, error) ||
	    read_kernels(xclbin, error) || read_metadata(xclbin, error) || read_connections(xclbin, error)) {
		aie_xclbin_close(xclbin);
		return -1;
	}
	return 0;
}

void aie_xclbin_close(struct aie_xclbin *xclbin)
{
	for (uint32_t i = 0; xclbin->pdi && i < xclbin->pdi_count; i++)
		free(xclbin->pdi[i].group);
	for (uint32_t i = 0; xclbin->kernel && i < xclbin->kernel_count; i++)
		free(xclbin->kernel[i].argument);
	free(xclbin->section);
	free(xclbin->memory);
	free(xclbin->kernel);
	free(xclbin->start);
	free(xclbin->pdi);
	memset(xclbin, 0, sizeof *xclbin);
}

const struct aie_xclbin_kernel *aie_xclbin_find_kernel(const struct aie_xclbin *xclbin, const char *name,
                                                       struct aie_error *error)
{
	char list[256] = "";
	size_t length = 0;

	if (!name && xclbin->kernel_count == 1)
		return &xclbin->kernel[0];
	for (uint32_t i = 0; i < xclbin->kernel_count; i++) {
		const struct aie_xclbin_kernel *kernel = &xclbin->kernel[i];
		char full[160];

		snprintf(full, sizeof full, "%s:%s", kernel->name, kernel->instance);
		if (name && (strcmp(name, kernel->name) == 0 || strcmp(name, full) == 0))
			return kernel;
		if (length < sizeof list - 1)
			length += (size_t)snprintf(list + length, sizeof list - length, " %s", kernel->name);
	}
	if (xclbin->kernel_count == 0)
		aie_error_set(error, AIE_ERROR_INPUT, "the xclbin has no DPU kernel");
	else if (name)
		aie_error_set(error, AIE_ERROR_INPUT, "the xclbin has no kernel '%s', but:%s", name, list);
	else
		aie_error_set(error, AIE_ERROR_INPUT, "the xclbin has %u kernels, name one of:%s", xclbin->kernel_count,
		              list);
	return NULL;
}
