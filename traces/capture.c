#include "traces/capture.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "trace words and records are used in place");
_Static_assert(sizeof(struct aie_profile_record) == 24 && offsetof(struct aie_profile_record, by_channel) == 22,
               "entries of a record are used in place");

static const char magic[8] = { 'A', 'I', 'E', 'T', 'R', 'A', 'C', 'E' };

struct prefix {
	char magic[8];
	uint32_t version, header_bytes;
	uint64_t raw_bytes;
	uint32_t header_check, raw_check;
};
_Static_assert(sizeof(struct prefix) == 32, "the prefix has 32 bytes");

/* The usual CRC-32, eight bytes a step. */
struct crc_table {
	uint32_t entry[8][256];
};

static void crc_prepare(struct crc_table *table)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t value = i;

		for (int bit = 0; bit < 8; bit++)
			value = value >> 1 ^ (value & 1 ? 0xEDB88320U : 0);
		table->entry[0][i] = value;
	}
	for (uint32_t i = 0; i < 256; i++)
		for (int k = 1; k < 8; k++)
			table->entry[k][i] =
			        table->entry[k - 1][i] >> 8 ^ table->entry[0][table->entry[k - 1][i] & 0xFF];
}

static uint32_t crc32_of(const struct crc_table *table, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	uint32_t crc = UINT32_MAX;

	for (; size >= 8; size -= 8, bytes += 8) {
		uint32_t low, high;

		memcpy(&low, bytes, 4);
		memcpy(&high, bytes + 4, 4);
		low ^= crc;
		crc = table->entry[7][low & 0xFF] ^ table->entry[6][low >> 8 & 0xFF] ^
		      table->entry[5][low >> 16 & 0xFF] ^ table->entry[4][low >> 24] ^ table->entry[3][high & 0xFF] ^
		      table->entry[2][high >> 8 & 0xFF] ^ table->entry[1][high >> 16 & 0xFF] ^
		      table->entry[0][high >> 24];
	}
	for (; size; size--)
		crc = crc >> 8 ^ table->entry[0][(crc ^ *bytes++) & 0xFF];
	return ~crc;
}

/* ---- reading ---- */

static int copy_text(char *out, size_t size, const char *text, const char *what, struct aie_error *error)
{
	const size_t length = strlen(text);

	if (length >= size)
		return aie_error_set(error, AIE_ERROR_INPUT, "%s has more than %zu characters", what, size - 1);
	memcpy(out, text, length + 1);
	return 0;
}

static int read_device(struct aie_trace_capture *capture, const struct aie_json_value *device, struct aie_error *error)
{
	static const char *const known[] = { "name", "simulated", "columns", "rows", NULL };
	const char *name = "";
	uint64_t columns = 0, rows = 0;

	if (!device)
		return 0;
	if (aie_json_check_members(device, known, error) || aie_json_read_string(device, "name", &name, error) ||
	    aie_json_read_bool(device, "simulated", &capture->simulated, error) ||
	    aie_json_read_u64(device, "columns", 128, &columns, error) ||
	    aie_json_read_u64(device, "rows", 32, &rows, error))
		return -1;
	capture->columns = (unsigned)columns;
	capture->rows = (unsigned)rows;
	return copy_text(capture->device, sizeof capture->device, name, "the device's name", error);
}

static int read_image(struct aie_trace_capture *capture, const struct aie_json_value *value, struct aie_error *error)
{
	static const char *const known[] = { "name", "bytes", "sha256", NULL };
	struct aie_trace_image *image = &capture->image[capture->image_count];
	const char *name = "", *hash = "";

	if (capture->image_count == AIE_CAPTURE_MAX_IMAGES)
		return aie_error_set(error, AIE_ERROR_INPUT, "line %u: more than %d images", value->line,
		                     AIE_CAPTURE_MAX_IMAGES);
	if (aie_json_check_members(value, known, error) || aie_json_read_string(value, "name", &name, error) ||
	    aie_json_read_string(value, "sha256", &hash, error) ||
	    aie_json_read_u64(value, "bytes", INT64_MAX, &image->bytes, error))
		return -1;
	if (strlen(hash) != AIE_SHA256_TEXT - 1 || strspn(hash, "0123456789abcdef") != AIE_SHA256_TEXT - 1)
		return aie_error_set(error, AIE_ERROR_INPUT, "line %u: \"sha256\" must be 64 hexadecimal digits",
		                     value->line);
	memcpy(image->sha256, hash, AIE_SHA256_TEXT);
	capture->image_count++;
	return copy_text(image->name, sizeof image->name, name, "an image's name", error);
}

static int read_command(struct aie_trace_capture *capture, const struct aie_json_value *value, struct aie_error *error)
{
	static const char *const known[] = { "submitted_ns", "completed_ns", "cycles", NULL };
	struct aie_trace_command command = { 0 };

	if (aie_json_check_members(value, known, error) ||
	    aie_json_read_u64(value, "submitted_ns", UINT64_MAX, &command.submitted_ns, error) ||
	    aie_json_read_u64(value, "completed_ns", UINT64_MAX, &command.completed_ns, error) ||
	    aie_json_read_u64(value, "cycles", UINT64_MAX, &command.cycles, error))
		return -1;
	return aie_capture_add_command(capture, &command, error);
}

static int read_note(struct aie_trace_capture *capture, const struct aie_json_value *value, struct aie_error *error)
{
	if (value->type != AIE_JSON_STRING || capture->note_count == AIE_CAPTURE_MAX_NOTES)
		return aie_error_set(error, AIE_ERROR_INPUT, "line %u: \"notes\" takes at most %d texts", value->line,
		                     AIE_CAPTURE_MAX_NOTES);
	return copy_text(capture->note[capture->note_count++], sizeof capture->note[0], value->string, "a note", error);
}

static int read_each(struct aie_trace_capture *capture, const struct aie_json_value *root, const char *key,
                     int (*one)(struct aie_trace_capture *, const struct aie_json_value *, struct aie_error *),
                     struct aie_error *error)
{
	const struct aie_json_value *value;

	if (aie_json_read_list(root, key, AIE_JSON_ARRAY, &value, error))
		return -1;
	for (; value; value = value->next)
		if (one(capture, value, error))
			return -1;
	return 0;
}

/* How many entries the record has, and their check sum. */
struct record_header {
	bool there;
	uint64_t entries, check;
};

static int read_record_header(struct aie_trace_capture *capture, struct record_header *header,
                              const struct aie_json_value *record, struct aie_error *error)
{
	static const char *const known[] = { "entries", "complete", "crc32", NULL };

	header->there = record != NULL;
	if (!record)
		return 0;
	if (aie_json_check_members(record, known, error) ||
	    aie_json_read_u64(record, "entries", INT64_MAX / sizeof *capture->record, &header->entries, error) ||
	    aie_json_read_bool(record, "complete", &capture->record_complete, error) ||
	    aie_json_read_u64(record, "crc32", UINT32_MAX, &header->check, error))
		return -1;
	return 0;
}

static int read_header(struct aie_trace_capture *capture, struct record_header *record,
                       const struct aie_json_value *root, struct aie_error *error)
{
	static const char *const known[] = { "title",  "device",       "images", "commands", "notes",
		                             "clocks", "first_column", "units",  "record",   NULL };
	const char *title = "";

	if (aie_json_check_members(root, known, error) || aie_trace_config_read(&capture->config, root, error) ||
	    aie_json_read_string(root, "title", &title, error) ||
	    copy_text(capture->title, sizeof capture->title, title, "the title", error) ||
	    read_record_header(capture, record, aie_json_find(root, "record"), error) ||
	    read_device(capture, aie_json_find(root, "device"), error) ||
	    read_each(capture, root, "images", read_image, error) ||
	    read_each(capture, root, "commands", read_command, error) ||
	    read_each(capture, root, "notes", read_note, error))
		return -1;
	return 0;
}

bool aie_capture_recognise(const void *data, size_t size)
{
	return size >= sizeof magic && !memcmp(data, magic, sizeof magic);
}

/* Bytes of a raw trace before the record, which begins at a multiple of 8. */
static uint64_t padded_raw(const struct prefix *prefix)
{
	return (prefix->raw_bytes + 7) & ~UINT64_C(7);
}

static int too_long(uint64_t at, uint64_t more, const char *what, struct aie_error *error)
{
	return aie_error_set(error, AIE_ERROR_INPUT, "byte %" PRIu64 ": %" PRIu64 " bytes follow the %s", at, more,
	                     what);
}

/* What a record says is used for indices: its numbers must be known. */
static int check_record(const struct aie_trace_capture *capture, uint64_t at, struct aie_error *error)
{
	for (size_t i = 0; i < capture->record_count; i++) {
		const struct aie_profile_record *entry = &capture->record[i];

		if (entry->what >= AIE_PROFILE_WHATS || entry->by >= AIE_PROFILE_BYS ||
		    entry->module >= AIE_EVENT_MODULES || (i && entry->cycle < entry[-1].cycle))
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "byte %" PRIu64
			                     ": entry %zu of the record is not one, or not in its order",
			                     at + i * sizeof *entry, i);
	}
	return 0;
}

/* The record behind the raw trace, `start` bytes into the file. */
static int read_record(struct aie_trace_capture *capture, const struct crc_table *table,
                       const struct record_header *record, const char *bytes, uint64_t start, size_t size,
                       struct aie_error *error)
{
	const uint64_t record_bytes = record->entries * sizeof *capture->record;

	if (size < start || size - start < record_bytes)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "byte %zu: the file ends inside the record of %" PRIu64 " entries", size,
		                     record->entries);
	if (size - start > record_bytes)
		return too_long(start + record_bytes, size - start - record_bytes, "record", error);
	capture->record = (const struct aie_profile_record *)(const void *)(bytes + start);
	capture->record_count = record->entries;
	if (crc32_of(table, capture->record, record_bytes) != record->check)
		return aie_error_set(error, AIE_ERROR_INPUT, "byte %" PRIu64 ": the record's check sum is wrong",
		                     start);
	return check_record(capture, start, error);
}

/* The raw trace, as far as it is there, and the record. */
static int read_data(struct aie_trace_capture *capture, const struct prefix *prefix, const struct record_header *record,
                     const char *bytes, size_t size, struct aie_error *error)
{
	const size_t start = sizeof *prefix + prefix->header_bytes, available = size - start;
	struct crc_table table;

	crc_prepare(&table);
	capture->words = (const uint32_t *)(const void *)(bytes + start);
	capture->word_count = (available < prefix->raw_bytes ? available : (size_t)prefix->raw_bytes) / 4;
	if (available < prefix->raw_bytes)
		capture->missing_bytes = prefix->raw_bytes - available;
	else
		capture->check_failed = crc32_of(&table, capture->words, prefix->raw_bytes) != prefix->raw_check;
	if (record->there) {
		if (prefix->raw_bytes > available)
			return aie_error_set(error, AIE_ERROR_INPUT, "byte %zu: the file ends before the record", size);
		return read_record(capture, &table, record, bytes, start + padded_raw(prefix), size, error);
	}
	return available > prefix->raw_bytes
	               ? too_long(start + prefix->raw_bytes, available - prefix->raw_bytes, "raw trace", error)
	               : 0;
}

int aie_capture_read(struct aie_trace_capture *capture, const void *data, size_t size, struct aie_error *error)
{
	struct record_header record = { 0 };
	struct crc_table table;
	struct aie_json_document *document;
	struct prefix prefix;
	const char *bytes = data;
	int status;

	memset(capture, 0, sizeof *capture);
	if (!aie_capture_recognise(data, size))
		return aie_error_set(error, AIE_ERROR_INPUT, "byte 0: not a capture (it does not begin with AIETRACE)");
	if (size < sizeof prefix)
		return aie_error_set(error, AIE_ERROR_INPUT, "byte %zu: the file ends inside the prefix", size);
	memcpy(&prefix, data, sizeof prefix);
	if (prefix.version != AIE_CAPTURE_VERSION && prefix.version != AIE_CAPTURE_RECORD_VERSION)
		return aie_error_set(error, AIE_ERROR_INPUT, "byte 8: version %" PRIu32 ", only %d and %d can be read",
		                     prefix.version, AIE_CAPTURE_VERSION, AIE_CAPTURE_RECORD_VERSION);
	if (prefix.header_bytes > size - sizeof prefix)
		return aie_error_set(error, AIE_ERROR_INPUT, "byte 12: a header of %" PRIu32 " bytes in a file of %zu",
		                     prefix.header_bytes, size);
	if ((sizeof prefix + prefix.header_bytes) % 8)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "byte 12: the header does not end at a multiple of 8 bytes");
	if (prefix.raw_bytes % 4)
		return aie_error_set(error, AIE_ERROR_INPUT, "byte 16: the raw trace is not made of whole words");
	crc_prepare(&table);
	if (crc32_of(&table, bytes + sizeof prefix, prefix.header_bytes) != prefix.header_check)
		return aie_error_set(error, AIE_ERROR_INPUT, "byte 24: the header's check sum is wrong");
	document = aie_json_parse(bytes + sizeof prefix, prefix.header_bytes, error);
	status = document ? read_header(capture, &record, aie_json_root(document), error) : -1;
	aie_json_free(document);
	if (status)
		aie_error_prefix(error, "header");
	if (!status && record.there != (prefix.version == AIE_CAPTURE_RECORD_VERSION))
		status = aie_error_set(error, AIE_ERROR_INPUT, "byte 8: version %" PRIu32 " %s a record",
		                       prefix.version, record.there ? "cannot have" : "must have");
	if (!status)
		status = read_data(capture, &prefix, &record, bytes, size, error);
	if (status)
		aie_capture_close(capture);
	return status;
}

/* ---- raw buffers ---- */

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ',';
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* Text when the first kilobyte is nothing but hexadecimal digits, 0x and white space. */
static bool looks_like_text(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size && i < 1024; i++)
		if (hex_digit(bytes[i]) < 0 && !is_space(bytes[i]) && bytes[i] != 'x' && bytes[i] != 'X')
			return false;
	return size > 0;
}

static int read_text(struct aie_trace_capture *capture, const uint8_t *bytes, size_t size, struct aie_error *error)
{
	unsigned line = 1;
	size_t at = 0;

	capture->own_words = malloc((size / 2 + 1) * sizeof(uint32_t)); /* a word takes at least a digit and a blank */
	if (!capture->own_words)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for %zu words", size / 2);
	while (at < size) {
		uint32_t word = 0;
		unsigned digits = 0;

		if (is_space(bytes[at])) {
			line += bytes[at++] == '\n';
			continue;
		}
		if (size - at > 2 && bytes[at] == '0' && (bytes[at + 1] | 0x20) == 'x')
			at += 2;
		for (; at < size && hex_digit(bytes[at]) >= 0 && digits < 9; at++, digits++)
			word = word << 4 | (uint32_t)hex_digit(bytes[at]);
		if (digits == 0 || digits > 8 || (at < size && !is_space(bytes[at])))
			return aie_error_set(error, AIE_ERROR_INPUT, "line %u: not a word of 1 to 8 hexadecimal digits",
			                     line);
		capture->own_words[capture->word_count++] = word;
	}
	capture->words = capture->own_words;
	return 0;
}

int aie_capture_read_raw(struct aie_trace_capture *capture, const void *data, size_t size, struct aie_error *error)
{
	memset(capture, 0, sizeof *capture);
	if (looks_like_text(data, size)) {
		if (read_text(capture, data, size, error)) {
			aie_capture_close(capture);
			return -1;
		}
		return 0;
	}
	if (size % 4)
		return aie_error_set(error, AIE_ERROR_INPUT, "byte %zu: a raw trace is made of whole 32-bit words",
		                     size);
	capture->words = data;
	capture->word_count = size / 4;
	return 0;
}

void aie_capture_close(struct aie_trace_capture *capture)
{
	free(capture->command);
	free(capture->own_words);
	memset(capture, 0, sizeof *capture);
}

/* ---- writing ---- */

int aie_capture_add_image(struct aie_trace_capture *capture, const char *name, const void *data, size_t size,
                          struct aie_error *error)
{
	struct aie_trace_image *image = &capture->image[capture->image_count];

	if (capture->image_count == AIE_CAPTURE_MAX_IMAGES)
		return aie_error_set(error, AIE_ERROR_INPUT, "more than %d images", AIE_CAPTURE_MAX_IMAGES);
	if (copy_text(image->name, sizeof image->name, name, "an image's name", error))
		return -1;
	image->bytes = size;
	aie_sha256(data, size, image->sha256);
	capture->image_count++;
	return 0;
}

int aie_capture_add_command(struct aie_trace_capture *capture, const struct aie_trace_command *command,
                            struct aie_error *error)
{
	if ((capture->command_count & (capture->command_count - 1)) == 0) { /* grow at powers of two */
		const size_t capacity = capture->command_count ? 2 * capture->command_count : 1;
		struct aie_trace_command *grown = realloc(capture->command, capacity * sizeof *grown);

		if (!grown)
			return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for %zu command times", capacity);
		capture->command = grown;
	}
	capture->command[capture->command_count++] = *command;
	return 0;
}

static void write_header(FILE *out, const struct aie_trace_capture *capture, uint32_t record_check)
{
	struct aie_json json;

	aie_json_init(&json, out);
	aie_json_begin_object(&json, NULL);
	aie_json_string(&json, "title", capture->title);
	aie_json_begin_object(&json, "device");
	aie_json_string(&json, "name", capture->device);
	aie_json_bool(&json, "simulated", capture->simulated);
	aie_json_u64(&json, "columns", capture->columns);
	aie_json_u64(&json, "rows", capture->rows);
	aie_json_end_object(&json);
	aie_json_begin_array(&json, "images");
	for (unsigned i = 0; i < capture->image_count; i++) {
		aie_json_begin_object(&json, NULL);
		aie_json_string(&json, "name", capture->image[i].name);
		aie_json_u64(&json, "bytes", capture->image[i].bytes);
		aie_json_string(&json, "sha256", capture->image[i].sha256);
		aie_json_end_object(&json);
	}
	aie_json_end_array(&json);
	aie_json_begin_array(&json, "commands");
	for (size_t i = 0; i < capture->command_count; i++) {
		aie_json_begin_object(&json, NULL);
		aie_json_u64(&json, "submitted_ns", capture->command[i].submitted_ns);
		aie_json_u64(&json, "completed_ns", capture->command[i].completed_ns);
		aie_json_u64(&json, "cycles", capture->command[i].cycles);
		aie_json_end_object(&json);
	}
	aie_json_end_array(&json);
	aie_json_begin_array(&json, "notes");
	for (unsigned i = 0; i < capture->note_count; i++)
		aie_json_string(&json, NULL, capture->note[i]);
	aie_json_end_array(&json);
	aie_trace_config_write(&json, &capture->config);
	if (capture->record) {
		aie_json_begin_object(&json, "record");
		aie_json_u64(&json, "entries", capture->record_count);
		aie_json_bool(&json, "complete", capture->record_complete);
		aie_json_u64(&json, "crc32", record_check);
		aie_json_end_object(&json);
	}
	aie_json_end_object(&json);
	aie_json_finish(&json);
}

int aie_capture_write(const struct aie_trace_capture *capture, void **data, size_t *size, struct aie_error *error)
{
	struct prefix prefix = { .version = capture->record ? AIE_CAPTURE_RECORD_VERSION : AIE_CAPTURE_VERSION,
		                 .raw_bytes = capture->word_count * 4 };
	const size_t raw_bytes = capture->record ? padded_raw(&prefix) : prefix.raw_bytes;
	const size_t record_bytes = capture->record ? capture->record_count * sizeof *capture->record : 0;
	struct crc_table table;
	char *header = NULL, *file;
	size_t header_size = 0, padded;
	FILE *out;
	bool failed;

	if (aie_trace_config_check(&capture->config, error))
		return -1;
	crc_prepare(&table);
	out = open_memstream(&header, &header_size);
	if (!out)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a capture");
	write_header(out, capture, crc32_of(&table, capture->record, record_bytes));
	failed = ferror(out);
	if (fclose(out) != 0 || failed) {
		free(header);
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a capture");
	}
	padded = (header_size + 7) & ~(size_t)7;
	*size = sizeof prefix + padded + raw_bytes + record_bytes;
	file = calloc(1, *size);
	if (!file) {
		free(header);
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a capture of %zu bytes", *size);
	}
	memset(file + sizeof prefix, ' ', padded);
	memcpy(file + sizeof prefix, header, header_size);
	free(header);
	if (prefix.raw_bytes)
		memcpy(file + sizeof prefix + padded, capture->words, prefix.raw_bytes);
	if (record_bytes)
		memcpy(file + sizeof prefix + padded + raw_bytes, capture->record, record_bytes);
	memcpy(prefix.magic, magic, sizeof magic);
	prefix.header_bytes = (uint32_t)padded;
	prefix.header_check = crc32_of(&table, file + sizeof prefix, padded);
	prefix.raw_check = crc32_of(&table, file + sizeof prefix + padded, prefix.raw_bytes);
	memcpy(file, &prefix, sizeof prefix);
	*data = file;
	return 0;
}
