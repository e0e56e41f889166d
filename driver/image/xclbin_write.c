/* The writer of xclbin files: the seven sections of an mlir-aie file, in its order. */
#include "driver/image/xclbin.h"

#include <stdio.h>

#include "driver/image/image_internal.h"
#include "driver/image/xclbin_internal.h"

/* Values of mlir-aie's files (seen in built files). */
enum {
	TOOL_MAJOR = 2,
	TOOL_MINOR = 21,
	TOOL_PATCH = 75,
	OPERATIONS_PER_CYCLE = 2048,
	FINGERPRINT = 23423,
	PRE_POST_FINGERPRINT = 12345,
	GROUP_PRIMARY = 1,
	PRE_GROUP_ID = 0xC1,
	DEFAULT_KERNEL_ID = 0x901,
	DEFAULT_BUFFERS = 5,
	MAX_BUFFERS = 32,
	MAX_WRITE_COUNT = 64, /* kernels, PDIs */
	MEMORY_HOST = 0,
	MEMORY_SRAM = 1,
	MEMORY_DRAM_TYPE = 2,
	FIRST_BUFFER = 3, /* argument index, after opcode, instr, ninstr */
	INSTRUCTION_ARGUMENT = 1,
};

static const struct {
	const char *tag;
	uint32_t size_kib, base;
} memories[] = {
	[MEMORY_HOST] = { "HOST", 0x10000, 0x4000000 },
	[MEMORY_SRAM] = { "SRAM", 0xC000, 0x4000000 },
};

/* The fixed arguments in front of the buffers. */
static const struct {
	const char *name, *type;
	unsigned qualifier, size;
} fixed_arguments[FIRST_BUFFER] = {
	{ "opcode", "uint64_t", 0, 8 },
	{ "instr", "char *", 1, 8 },
	{ "ninstr", "uint32_t", 0, 4 },
};

/* A kernel description with the defaults filled in. */
static struct aie_xclbin_new_kernel complete(const struct aie_xclbin_new_kernel *kernel)
{
	struct aie_xclbin_new_kernel full = *kernel;

	if (!full.name)
		full.name = "MLIR_AIE";
	if (!full.instance)
		full.instance = "MLIRAIE";
	if (!full.id)
		full.id = DEFAULT_KERNEL_ID;
	if (!full.buffers)
		full.buffers = DEFAULT_BUFFERS;
	return full;
}

static bool plain_name(const char *name)
{
	if (!*name)
		return false;
	for (; *name; name++)
		if (!((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
		      (*name >= '0' && *name <= '9') || *name == '_' || *name == '-' || *name == '.'))
			return false;
	return true;
}

static int check_request(const struct aie_xclbin_new *new_file, struct aie_error *error)
{
	if (new_file->columns == 0 || new_file->columns > 1U << AIE_TILE_COLUMN_BITS)
		return aie_error_set(error, AIE_ERROR_INPUT, "an xclbin for %u columns", new_file->columns);
	if (new_file->pdi_count == 0 || new_file->pdi_count > MAX_WRITE_COUNT || new_file->kernel_count == 0 ||
	    new_file->kernel_count > MAX_WRITE_COUNT)
		return aie_error_set(error, AIE_ERROR_INPUT, "an xclbin with %u PDIs and %u kernels; 1 to %d can be",
		                     new_file->pdi_count, new_file->kernel_count, MAX_WRITE_COUNT);
	for (uint32_t i = 0; i < new_file->pdi_count; i++) {
		bool used = false;

		if (new_file->pdi[i].size == 0 || new_file->pdi[i].size > XCLBIN_MAX_PDI_BYTES)
			return aie_error_set(error, AIE_ERROR_INPUT, "PDI %u of %zu bytes does not fit into an xclbin",
			                     i, new_file->pdi[i].size);
		for (uint32_t j = 0; j < new_file->kernel_count; j++)
			used = used || new_file->kernel[j].pdi == i;
		if (!used)
			return aie_error_set(error, AIE_ERROR_INPUT, "no kernel uses PDI %u", i);
	}
	for (uint32_t i = 0; i < new_file->kernel_count; i++) {
		struct aie_xclbin_new_kernel kernel = complete(&new_file->kernel[i]);

		if (!plain_name(kernel.name) || !plain_name(kernel.instance) ||
		    strlen(kernel.name) + strlen(kernel.instance) + 2 > IP_NAME_BYTES)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "kernel name '%s:%s': letters, digits, _ - . and at most %d characters",
			                     kernel.name, kernel.instance, IP_NAME_BYTES - 1);
		if (kernel.id > 0xFFF || kernel.pdi >= new_file->pdi_count || kernel.buffers > MAX_BUFFERS)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "kernel %s: id 0x%x, PDI %u of %u, %u buffers cannot be", kernel.name,
			                     kernel.id, kernel.pdi, new_file->pdi_count, kernel.buffers);
		for (uint32_t j = 0; j < i; j++)
			if (complete(&new_file->kernel[j]).id == kernel.id ||
			    strcmp(complete(&new_file->kernel[j]).name, kernel.name) == 0)
				return aie_error_set(error, AIE_ERROR_INPUT,
				                     "kernels %u and %u have the same name or id", j, i);
	}
	return 0;
}

/* Sixteen bytes that depend on every input byte: two FNV-1a sums of 64 bits with different starts, marked as a UUID of
 * version 8 (own method).  Nobody checks a UUID; it only has to be the same for the same contents. */
static void make_uuid(const void *data, size_t size, uint8_t uuid[16])
{
	const uint8_t *bytes = data;

	for (unsigned half = 0; half < 2; half++) {
		uint64_t sum = half ? UINT64_C(0x84222325CBF29CE4) : UINT64_C(0xCBF29CE484222325);

		for (size_t i = 0; i < size; i++)
			sum = (sum ^ bytes[i]) * UINT64_C(0x100000001B3);
		sum ^= sum >> 29;
		image_store64(uuid + 8 * half, sum);
	}
	uuid[6] = (uint8_t)((uuid[6] & 0x0F) | 0x80);
	uuid[8] = (uint8_t)((uuid[8] & 0x3F) | 0x80);
}

/* ---- the sections ------------------------------------------------------------------------------------------------ */

static void put32(struct image_buffer *buffer, size_t at, uint32_t value)
{
	if (!buffer->failed)
		image_store32(buffer->data + at, value);
}

static void put64(struct image_buffer *buffer, size_t at, uint64_t value)
{
	if (!buffer->failed)
		image_store64(buffer->data + at, value);
}

/* Add zeroed bytes; their offset from `base`. */
static size_t reserve(struct image_buffer *buffer, size_t base, size_t size)
{
	size_t at = buffer->size - base;

	aie_image_buffer_add(buffer, size);
	return at;
}

static void write_partition(struct image_buffer *out, const struct aie_xclbin_new *new_file)
{
	size_t base = out->size, name, commit, starts, entries, strings, groups[MAX_WRITE_COUNT],
	       images[MAX_WRITE_COUNT];

	/* Head, name, commit id and start columns at the places they have in mlir-aie's files. */
	reserve(out, base, PARTITION_BYTES);
	name = reserve(out, base, 8);
	commit = reserve(out, base, 8);
	starts = reserve(out, base, 8); /* one column number, 0, and padding to the first image */
	put32(out, base + PARTITION_NAME, (uint32_t)name);
	put32(out, base + PARTITION_OPERATIONS, OPERATIONS_PER_CYCLE);
	put64(out, base + PARTITION_FINGERPRINT, FINGERPRINT);
	put64(out, base + PARTITION_PRE_POST_FINGERPRINT, PRE_POST_FINGERPRINT);
	if (!out->failed)
		image_store16(out->data + base + PARTITION_WIDTH, (uint16_t)new_file->columns);
	put32(out, base + PARTITION_STARTS, 1);
	put32(out, base + PARTITION_STARTS + 4, (uint32_t)starts);
	put32(out, base + PARTITION_COMMIT_ID, (uint32_t)commit);

	for (uint32_t i = 0; i < new_file->pdi_count; i++) {
		images[i] = out->size - base;
		aie_image_buffer_append(out, new_file->pdi[i].data, new_file->pdi[i].size);
		aie_image_buffer_align(out, 16);
	}
	strings = out->size - base;
	aie_image_buffer_append(out, "DPU\0\0\0\0", 8);
	for (uint32_t i = 0; i < new_file->pdi_count; i++) {
		size_t ids = out->size - base, pre, group;
		uint32_t count = 0;

		for (uint32_t j = 0; j < new_file->kernel_count; j++) {
			if (new_file->kernel[j].pdi != i)
				continue;
			reserve(out, base, GROUP_ID_BYTES);
			put64(out, base + ids + (size_t)count * GROUP_ID_BYTES, complete(&new_file->kernel[j]).id);
			count++;
		}
		pre = reserve(out, base, GROUP_ID_BYTES);
		put64(out, base + pre, PRE_GROUP_ID);
		group = reserve(out, base, GROUP_BYTES);
		groups[i] = group;
		put32(out, base + group + GROUP_NAME, (uint32_t)strings);
		if (!out->failed)
			out->data[base + group + GROUP_TYPE] = GROUP_PRIMARY;
		put64(out, base + group + GROUP_PDI_ID, i + 1);
		put32(out, base + group + GROUP_KERNEL_IDS, count);
		put32(out, base + group + GROUP_KERNEL_IDS + 4, (uint32_t)ids);
		put32(out, base + group + GROUP_PRE_GROUPS, 1);
		put32(out, base + group + GROUP_PRE_GROUPS + 4, (uint32_t)pre);
	}
	entries = reserve(out, base, (size_t)new_file->pdi_count * PDI_BYTES);
	put32(out, base + PARTITION_PDIS, new_file->pdi_count);
	put32(out, base + PARTITION_PDIS + 4, (uint32_t)entries);
	for (uint32_t i = 0; i < new_file->pdi_count; i++) {
		size_t entry = base + entries + (size_t)i * PDI_BYTES;

		if (!out->failed)
			make_uuid(new_file->pdi[i].data, new_file->pdi[i].size, out->data + entry + PDI_UUID);
		put32(out, entry + PDI_IMAGE, (uint32_t)new_file->pdi[i].size);
		put32(out, entry + PDI_IMAGE + 4, (uint32_t)images[i]);
		put32(out, entry + PDI_GROUPS, 1);
		put32(out, entry + PDI_GROUPS + 4, (uint32_t)groups[i]);
	}
}

static void write_topology(struct image_buffer *out)
{
	const uint32_t count = sizeof memories / sizeof memories[0];
	size_t base = out->size;

	reserve(out, base, MEM_FIRST + count * MEM_BYTES);
	put32(out, base, count);
	for (uint32_t i = 0; i < count && !out->failed; i++) {
		uint8_t *entry = out->data + base + MEM_FIRST + i * MEM_BYTES;

		entry[MEM_TYPE] = MEMORY_DRAM_TYPE;
		entry[MEM_USED] = 1;
		image_store64(entry + MEM_SIZE, memories[i].size_kib);
		image_store64(entry + MEM_BASE, memories[i].base);
		memcpy(entry + MEM_TAG, memories[i].tag, strlen(memories[i].tag));
	}
}

static void write_layout(struct image_buffer *out, const struct aie_xclbin_new *new_file)
{
	size_t base = out->size;

	reserve(out, base, IP_FIRST + (size_t)new_file->kernel_count * IP_BYTES);
	put32(out, base, new_file->kernel_count);
	for (uint32_t i = 0; i < new_file->kernel_count && !out->failed; i++) {
		struct aie_xclbin_new_kernel kernel = complete(&new_file->kernel[i]);
		uint8_t *entry = out->data + base + IP_FIRST + (size_t)i * IP_BYTES;
		char name[IP_NAME_BYTES] = { 0 };

		image_store32(entry + IP_TYPE, IP_TYPE_PS_KERNEL);
		image_store32(entry + IP_PROPERTIES, kernel.id << 16 | IP_SUBTYPE_DPU);
		image_store64(entry + IP_BASE, UINT64_MAX);
		snprintf(name, sizeof name, "%s:%s", kernel.name, kernel.instance);
		memcpy(entry + IP_NAME, name, sizeof name);
	}
}

/* `times`: the group section of mlir-aie's files lists every connection twice. */
static void write_connections(struct image_buffer *out, const struct aie_xclbin_new *new_file, unsigned times)
{
	size_t base = out->size;
	uint32_t count = 0;

	reserve(out, base, CONNECTION_FIRST);
	for (unsigned time = 0; time < times; time++) {
		for (uint32_t i = 0; i < new_file->kernel_count; i++) {
			unsigned end = FIRST_BUFFER + complete(&new_file->kernel[i]).buffers;

			for (unsigned argument = INSTRUCTION_ARGUMENT; argument < end;
			     argument = argument == INSTRUCTION_ARGUMENT ? FIRST_BUFFER : argument + 1) {
				size_t at = base + reserve(out, base, CONNECTION_BYTES);

				put32(out, at, argument);
				put32(out, at + 4, i);
				put32(out, at + 8, argument == INSTRUCTION_ARGUMENT ? MEMORY_SRAM : MEMORY_HOST);
				count++;
			}
		}
	}
	put32(out, base, count);
}

static void add_line(struct image_buffer *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_line(struct image_buffer *out, const char *format, ...)
{
	char line[512];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	if (length > 0)
		aie_image_buffer_append(out, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
}

static void write_metadata(struct image_buffer *out, const struct aie_xclbin_new *new_file)
{
	add_line(out,
	         "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<project>\n\t<platform>\n\t\t<device>\n\t\t\t<core>\n");
	for (uint32_t i = 0; i < new_file->kernel_count; i++) {
		struct aie_xclbin_new_kernel kernel = complete(&new_file->kernel[i]);
		unsigned offset = 0;

		add_line(out, "\t\t\t\t<kernel name=\"%s\" language=\"c\" type=\"dpu\">\n", kernel.name);
		add_line(out, "\t\t\t\t\t<extended-data subtype=\"DPU\" functional=\"0\" dpu_kernel_id=\"0x%x\"/>\n",
		         kernel.id);
		for (unsigned j = 0; j < FIRST_BUFFER + kernel.buffers; j++) {
			unsigned size = j < FIRST_BUFFER ? fixed_arguments[j].size : 8;
			char name[16];

			snprintf(name, sizeof name, "bo%u", j - FIRST_BUFFER);
			add_line(out,
			         "\t\t\t\t\t<arg name=\"%s\" addressQualifier=\"%u\" id=\"%u\" size=\"0x%x\" "
			         "offset=\"0x%02x\" "
			         "hostOffset=\"0x0\" hostSize=\"0x%x\" type=\"%s\"/>\n",
			         j < FIRST_BUFFER ? fixed_arguments[j].name : name,
			         j < FIRST_BUFFER ? fixed_arguments[j].qualifier : 1, j, size, offset, size,
			         j < FIRST_BUFFER ? fixed_arguments[j].type : "void*");
			offset += size;
		}
		add_line(out, "\t\t\t\t\t<instance name=\"%s\"/>\n\t\t\t\t</kernel>\n", kernel.instance);
	}
	add_line(out, "\t\t\t</core>\n\t\t</device>\n\t</platform>\n</project>\n");
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static void write_section(struct image_buffer *out, const struct aie_xclbin_new *new_file, uint32_t kind)
{
	switch (kind) {
	case AIE_XCLBIN_MEM_TOPOLOGY:
	case AIE_XCLBIN_GROUP_TOPOLOGY:
		write_topology(out);
		break;
	case AIE_XCLBIN_AIE_PARTITION:
		write_partition(out, new_file);
		break;
	case AIE_XCLBIN_EMBEDDED_METADATA:
		write_metadata(out, new_file);
		break;
	case AIE_XCLBIN_IP_LAYOUT:
		write_layout(out, new_file);
		break;
	case AIE_XCLBIN_CONNECTIVITY:
		write_connections(out, new_file, 1);
		break;
	case AIE_XCLBIN_GROUP_CONNECTIVITY:
		write_connections(out, new_file, 2);
		break;
	}
}

static const uint32_t section_order[] = {
	AIE_XCLBIN_MEM_TOPOLOGY, AIE_XCLBIN_AIE_PARTITION,      AIE_XCLBIN_EMBEDDED_METADATA, AIE_XCLBIN_IP_LAYOUT,
	AIE_XCLBIN_CONNECTIVITY, AIE_XCLBIN_GROUP_CONNECTIVITY, AIE_XCLBIN_GROUP_TOPOLOGY,
};
enum { SECTIONS = sizeof section_order / sizeof section_order[0] };

int aie_xclbin_write(const struct aie_xclbin_new *new_file, struct aie_bytes *bytes, struct aie_error *error)
{
	struct image_buffer out = { 0 };
	uint8_t *data;

	bytes->data = NULL;
	bytes->size = 0;
	if (check_request(new_file, error))
		return -1;
	aie_image_buffer_add(&out, XCLBIN_SECTIONS + SECTIONS * XCLBIN_SECTION_BYTES);
	aie_image_buffer_align(&out, 8);
	for (unsigned i = 0; i < SECTIONS; i++) {
		uint8_t *header;
		size_t start = out.size;

		write_section(&out, new_file, section_order[i]);
		if (out.failed || out.size - start > UINT32_MAX)
			break;
		header = out.data + XCLBIN_SECTIONS + i * XCLBIN_SECTION_BYTES;
		image_store32(header + SECTION_KIND, section_order[i]);
		if (section_order[i] == AIE_XCLBIN_AIE_PARTITION)
			memcpy(header + SECTION_NAME, "main_aie_partit", SECTION_NAME_BYTES);
		image_store64(header + SECTION_OFFSET, start);
		image_store64(header + SECTION_SIZE, out.size - start);
		aie_image_buffer_align(&out, 8);
	}
	if (out.failed || out.size > UINT32_MAX) {
		free(out.data);
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for the xclbin, or it would exceed 4 GiB");
	}
	data = out.data;
	memcpy(data, "xclbin2", 8);
	image_store32(data + XCLBIN_SIGNATURE_LENGTH, UINT32_MAX); /* -1: unsigned file */
	memset(data + XCLBIN_RESERVED, 0xFF, XCLBIN_UNIQUE_ID - XCLBIN_RESERVED);
	image_store64(data + XCLBIN_UNIQUE_ID, new_file->time_stamp);
	image_store64(data + XCLBIN_LENGTH, out.size);
	image_store64(data + XCLBIN_TIME_STAMP, new_file->time_stamp);
	image_store16(data + XCLBIN_PATCH, TOOL_PATCH);
	data[XCLBIN_MAJOR] = TOOL_MAJOR;
	data[XCLBIN_MINOR] = TOOL_MINOR;
	image_store32(data + XCLBIN_SECTION_COUNT, SECTIONS);
	make_uuid(data, out.size, data + XCLBIN_UUID);
	bytes->data = data;
	bytes->size = out.size;
	return 0;
}
