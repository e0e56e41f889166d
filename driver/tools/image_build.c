/* aie-image build: an image from a description, one statement a line, # begins a comment.
 *
 *   image KIND                  first statement: cdo, pdi, xclbin, txn (version 0.1), txn-1.0, txn-text, elf
 *   columns N                   of the partition (default 8)
 *   time SECONDS                time stamp of an xclbin (default 0)
 *   generation N                device generation of a stream (default 4)
 *   kernel NAME [ID [BUFFERS]]  of an xclbin (default MLIR_AIE 0x901 5)
 *   include FILE                all operations of a CDO, PDI or transaction stream
 *   load C R FILE               CDO: load a core ELF into a tile
 *   reset C R | enable C R      CDO: pulse a core's reset | let it run
 *   write C R REGISTER VALUE
 *   mask C R REGISTER MASK VALUE
 *   block C R REGISTER WORD...
 *   nop
 *   poll C R REGISTER MASK VALUE          stream only, as the next three
 *   patch C R REGISTER ARGUMENT [ADDEND]
 *   wait C R s2mm|mm2s CHANNEL [COLUMNS ROWS]
 *
 * C and R are column and row.  REGISTER is an offset in the tile or a name as dump prints it (CORE.Core_Control,
 * DMA_BD3_1, DataMemory[0x400]).  A VALUE is a number, or FIELD=NUMBER[,FIELD=NUMBER...] of the register.  KIND elf
 * makes a plain control-code ELF of the stream.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "driver/image/control_elf.h"
#include "driver/image/core_elf.h"
#include "driver/image/format.h"
#include "driver/image/pdi.h"
#include "driver/image/registers.h"
#include "driver/image/txn.h"
#include "driver/image/xclbin.h"
#include "driver/tools/files.h"
#include "driver/tools/image_tool.h"

enum { MAX_WORDS = 8192, MAX_PATH_BYTES = 4096 };

enum kind { KIND_NONE, KIND_CDO, KIND_PDI, KIND_XCLBIN, KIND_TXN, KIND_TXN_1_0, KIND_TXN_TEXT, KIND_ELF };

static const struct {
	const char *name;
	enum kind kind;
} kinds[] = {
	{ "cdo", KIND_CDO },         { "pdi", KIND_PDI },           { "xclbin", KIND_XCLBIN }, { "txn", KIND_TXN },
	{ "txn-1.0", KIND_TXN_1_0 }, { "txn-text", KIND_TXN_TEXT }, { "elf", KIND_ELF },
};

struct build {
	enum kind kind;
	const char *directory;
	unsigned columns, generation;
	uint64_t time_stamp;
	char kernel[64];
	uint32_t kernel_id;
	unsigned buffers;
	bool begun; /* the builder is open: the settings above are fixed */
	struct aie_cdo_builder cdo;
	struct aie_txn_builder txn;
	char *word[MAX_WORDS]; /* of the present line */
	unsigned words;
	struct aie_error *error;
};

static bool is_stream(const struct build *build)
{
	return build->kind >= KIND_TXN;
}

static int bad(struct build *build, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int bad(struct build *build, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	aie_error_setv(build->error, AIE_ERROR_INPUT, format, arguments);
	va_end(arguments);
	return -1;
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

static int take_number(struct build *build, unsigned at, uint64_t limit, uint64_t *number)
{
	char *end;

	if (at >= build->words)
		return bad(build, "%s: word %u is missing", build->word[0], at + 1);
	if (!isdigit((unsigned char)build->word[at][0]))
		return bad(build, "'%s' is no number", build->word[at]);
	*number = strtoull(build->word[at], &end, 0);
	if (*end || *number > limit)
		return bad(build, "'%s' is no number up to %" PRIu64, build->word[at], limit);
	return 0;
}

static int take_word(struct build *build, unsigned at, uint32_t *number)
{
	uint64_t wide;

	if (take_number(build, at, UINT32_MAX, &wide))
		return -1;
	*number = (uint32_t)wide;
	return 0;
}

static int take_tile(struct build *build, uint32_t *column, uint32_t *row)
{
	uint64_t c, r;

	if (take_number(build, 1, build->columns - 1, &c) || take_number(build, 2, AIE_ARRAY_ROWS - 1, &r))
		return -1;
	*column = (uint32_t)c;
	*row = (uint32_t)r;
	return 0;
}

/* Column, row, register: words 1 to 3. */
static int take_address(struct build *build, uint64_t *address)
{
	uint32_t column, row, offset;

	if (take_tile(build, &column, &row))
		return -1;
	if (build->words < 4)
		return bad(build, "%s: the register is missing", build->word[0]);
	if (isdigit((unsigned char)build->word[3][0])) {
		uint64_t wide;

		if (take_number(build, 3, AIE_TILE_BYTES - 4, &wide))
			return -1;
		offset = (uint32_t)wide;
	} else if (!aie_register_parse(aie_tile_kind_of_row(row), build->word[3], &offset)) {
		return bad(build, "a %s tile has no register '%s'", aie_tile_kind_name(aie_tile_kind_of_row(row)),
		           build->word[3]);
	}
	*address = aie_tile_address(column, row, offset);
	return 0;
}

static const struct aie_tile_field *find_field(const struct aie_tile_register *reg, const char *name, size_t length)
{
	for (unsigned i = 0; i < reg->field_count; i++)
		if (strlen(reg->field[i].name) == length && strncmp(reg->field[i].name, name, length) == 0)
			return &reg->field[i];
	return NULL;
}

/* A number or a list of fields of the register at `address`. */
static int take_value(struct build *build, unsigned at, uint64_t address, uint32_t *value)
{
	struct aie_register_location location;
	const char *text;

	if (at >= build->words || isdigit((unsigned char)build->word[at][0]))
		return take_word(build, at, value);
	if (!aie_register_find(aie_tile_kind_of_row(aie_address_row(address)), aie_address_offset(address),
	                       &location) ||
	    location.reg->width != 32)
		return bad(build, "'%s': there is no register with fields at 0x%05x", build->word[at],
		           aie_address_offset(address));
	*value = 0;
	for (text = build->word[at]; *text;) {
		size_t length = strcspn(text, "=");
		const struct aie_tile_field *field = find_field(location.reg, text, length);
		unsigned long long number;
		char *end;

		if (!field || text[length] != '=' || !isdigit((unsigned char)text[length + 1]))
			return bad(build, "'%s': %s has no such field, or its number is missing", text,
			           location.reg->name);
		number = strtoull(text + length + 1, &end, 0);
		if (number > aie_field_mask(0, field->width) || (*end && *end != ','))
			return bad(build, "'%s': no number that fits the %u bits of the field", text, field->width);
		*value = aie_field_set(*value, field->lsb, field->width, (uint32_t)number);
		text = *end ? end + 1 : end;
	}
	return 0;
}

static int at_most(struct build *build, unsigned words)
{
	return build->words > words ? bad(build, "%s: '%s' is too much", build->word[0], build->word[words]) : 0;
}

/* ---- statements -------------------------------------------------------------------------------------------------- */

static void append(struct build *build, const struct aie_operation *operation)
{
	if (is_stream(build))
		aie_txn_append(&build->txn, operation);
	else
		aie_cdo_append(&build->cdo, operation);
}

static int read_file(struct build *build, const char *name, uint8_t **data, size_t *size)
{
	char path[MAX_PATH_BYTES];

	if (snprintf(path, sizeof path, "%s%s%s", name[0] == '/' ? "" : build->directory, name[0] == '/' ? "" : "/",
	             name) >= (int)sizeof path)
		return bad(build, "the path of '%.80s' is too long", name);
	return aie_file_read(path, IMAGE_TOOL_MAX_BYTES, data, size, build->error);
}

static int include_cdo(struct build *build, const struct aie_cdo *cdo)
{
	struct aie_cdo_cursor cursor = { 0 };
	struct aie_operation operation;

	while (aie_cdo_next(cdo, &cursor, &operation))
		if (operation.kind != AIE_OPERATION_NOP) /* only padding; the writer makes its own */
			append(build, &operation);
	return 0;
}

static int include_txn(struct build *build, const uint8_t *data, size_t size)
{
	const struct aie_txn_limits limits = { .columns = build->columns };
	struct aie_operation operation;
	size_t position = 0;
	struct aie_bytes bytes;
	struct aie_txn txn;
	int result;

	if (aie_txn_from_file(data, size, &bytes, build->error))
		return -1;
	result = aie_txn_open(&txn, bytes.data, bytes.size, &limits, build->error);
	aie_bytes_free(&bytes);
	if (result)
		return -1;
	while (aie_txn_next(&txn, &position, &operation))
		append(build, &operation);
	aie_txn_close(&txn);
	return 0;
}

static int statement_include(struct build *build)
{
	struct aie_cdo cdo;
	struct aie_pdi pdi;
	uint8_t *data;
	size_t size;
	int result;

	if (build->words != 2)
		return bad(build, "include: one file name is needed");
	if (read_file(build, build->word[1], &data, &size))
		return -1;
	switch (aie_image_recognise(data, size)) {
	case AIE_FORMAT_CDO:
		result = aie_cdo_open(&cdo, data, size, build->columns, build->error);
		if (!result) {
			include_cdo(build, &cdo);
			aie_cdo_close(&cdo);
		}
		break;
	case AIE_FORMAT_PDI:
		result = aie_pdi_open(&pdi, data, size, build->columns, build->error);
		if (!result) {
			include_cdo(build, &pdi.cdo);
			aie_pdi_close(&pdi);
		}
		break;
	case AIE_FORMAT_TXN:
	case AIE_FORMAT_TXN_TEXT:
		result = include_txn(build, data, size);
		break;
	default:
		result = bad(build, "a CDO, PDI or transaction stream is needed");
	}
	free(data);
	return result ? aie_error_prefix(build->error, "%s", build->word[1]) : 0;
}

static int statement_load(struct build *build)
{
	struct aie_core_elf elf;
	uint32_t column, row;
	uint8_t *data;
	size_t size;
	int result;

	if (is_stream(build) || build->words != 4)
		return bad(build, "load: column, row and file are needed, in a CDO");
	if (take_tile(build, &column, &row) || read_file(build, build->word[3], &data, &size))
		return -1;
	result = aie_core_elf_open(&elf, data, size, false, build->error);
	if (!result) {
		result = aie_core_elf_to_cdo(&elf, column, row, build->columns, &build->cdo, build->error);
		aie_core_elf_close(&elf);
	}
	free(data);
	return result ? aie_error_prefix(build->error, "%s", build->word[3]) : 0;
}

static int statement_core(struct build *build)
{
	uint32_t column, row;

	if (is_stream(build) || build->words != 3)
		return bad(build, "%s: column and row are needed, in a CDO", build->word[0]);
	if (take_tile(build, &column, &row))
		return -1;
	if (row < AIE_ROW_FIRST_COMPUTE)
		return bad(build, "(%u,%u) is no compute tile", column, row);
	if (strcmp(build->word[0], "reset") == 0)
		aie_cdo_core_reset(&build->cdo, column, row);
	else
		aie_cdo_core_enable(&build->cdo, column, row);
	return 0;
}

static int statement_write(struct build *build)
{
	struct aie_operation operation = { .kind = AIE_OPERATION_WRITE };

	if (take_address(build, &operation.address) || take_value(build, 4, operation.address, &operation.value) ||
	    at_most(build, 5))
		return -1;
	append(build, &operation);
	return 0;
}

static int statement_masked(struct build *build)
{
	struct aie_operation operation = { .kind = AIE_OPERATION_MASK_WRITE };

	if (strcmp(build->word[0], "poll") == 0) {
		if (!is_stream(build))
			return bad(build, "poll: only a transaction stream can wait");
		operation.kind = AIE_OPERATION_MASK_POLL;
	}
	if (take_address(build, &operation.address) || take_word(build, 4, &operation.mask) ||
	    take_value(build, 5, operation.address, &operation.value) || at_most(build, 6))
		return -1;
	append(build, &operation);
	return 0;
}

static int statement_block(struct build *build)
{
	struct aie_operation operation = { .kind = AIE_OPERATION_BLOCK_WRITE };
	uint32_t *words;

	if (take_address(build, &operation.address))
		return -1;
	operation.count = build->words - 4;
	if (operation.count == 0)
		return bad(build, "block: the words are missing");
	words = malloc(4 * (size_t)operation.count);
	if (!words)
		return aie_error_set(build->error, AIE_ERROR_MEMORY, "no memory for a block");
	for (unsigned i = 0; i < operation.count; i++) {
		if (take_value(build, 4 + i, operation.address + 4 * (uint64_t)i, &words[i])) {
			free(words);
			return -1;
		}
	}
	operation.words = words;
	append(build, &operation);
	free(words);
	return 0;
}

static int statement_nop(struct build *build)
{
	const struct aie_operation operation = { .kind = AIE_OPERATION_NOP };

	if (at_most(build, 1))
		return -1;
	append(build, &operation);
	return 0;
}

static int statement_patch(struct build *build)
{
	uint64_t address, argument, addend = 0;

	if (!is_stream(build))
		return bad(build, "patch: only a transaction stream has arguments");
	if (take_address(build, &address) || take_number(build, 4, UINT8_MAX, &argument) ||
	    (build->words > 5 && take_number(build, 5, UINT64_MAX, &addend)) || at_most(build, 6))
		return -1;
	aie_txn_ddr_patch(&build->txn, address, (unsigned)argument, addend);
	return 0;
}

static int statement_wait(struct build *build)
{
	uint64_t channel, columns = 1, rows = 1;
	uint32_t column, row;
	bool mm2s;

	if (!is_stream(build))
		return bad(build, "wait: only a transaction stream can wait");
	if (take_tile(build, &column, &row))
		return -1;
	if (build->words < 5 || (strcmp(build->word[3], "s2mm") != 0 && strcmp(build->word[3], "mm2s") != 0))
		return bad(build, "wait: s2mm or mm2s and a channel are needed");
	mm2s = strcmp(build->word[3], "mm2s") == 0;
	if (take_number(build, 4, UINT8_MAX, &channel) ||
	    (build->words > 5 &&
	     (take_number(build, 5, 128, &columns) || take_number(build, 6, AIE_ARRAY_ROWS, &rows))) ||
	    at_most(build, 7))
		return -1;
	aie_txn_sync(&build->txn, column, row, mm2s, (unsigned)channel, (unsigned)columns, (unsigned)rows);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct build *build);
} statements[] = {
	{ "include", statement_include }, { "load", statement_load },   { "reset", statement_core },
	{ "enable", statement_core },     { "write", statement_write }, { "mask", statement_masked },
	{ "poll", statement_masked },     { "block", statement_block }, { "nop", statement_nop },
	{ "patch", statement_patch },     { "wait", statement_wait },
};

/* ---- settings ---------------------------------------------------------------------------------------------------- */

static int statement_image(struct build *build)
{
	if (build->kind != KIND_NONE)
		return bad(build, "image: the kind is already told");
	for (size_t i = 0; build->words == 2 && i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(build->word[1], kinds[i].name) == 0)
			build->kind = kinds[i].kind;
	if (build->kind == KIND_NONE)
		return bad(build, "image: cdo, pdi, xclbin, txn, txn-1.0, txn-text or elf is needed");
	return 0;
}

static int statement_kernel(struct build *build)
{
	uint64_t buffers = build->buffers;

	if (build->words < 2 || strlen(build->word[1]) >= sizeof build->kernel)
		return bad(build, "kernel: a name of at most %zu characters is needed", sizeof build->kernel - 1);
	snprintf(build->kernel, sizeof build->kernel, "%s", build->word[1]);
	if ((build->words > 2 && take_word(build, 2, &build->kernel_id)) ||
	    (build->words > 3 && take_number(build, 3, 32, &buffers)) || at_most(build, 4))
		return -1;
	build->buffers = (unsigned)buffers;
	return 0;
}

/* 1 when the line was a setting, 0 when not, -1 on failure. */
static int setting(struct build *build)
{
	uint64_t number;

	if (strcmp(build->word[0], "image") == 0)
		return statement_image(build) ? -1 : 1;
	if (strcmp(build->word[0], "kernel") == 0)
		return statement_kernel(build) ? -1 : 1;
	if (strcmp(build->word[0], "columns") != 0 && strcmp(build->word[0], "time") != 0 &&
	    strcmp(build->word[0], "generation") != 0)
		return 0;
	if (build->begun)
		return bad(build, "%s: settings come before the operations", build->word[0]);
	if (build->word[0][0] == 't') {
		if (take_number(build, 1, UINT64_MAX, &build->time_stamp))
			return -1;
	} else if (build->word[0][0] == 'c') {
		if (take_number(build, 1, 128, &number))
			return -1;
		if (number == 0)
			return bad(build, "columns: at least one");
		build->columns = (unsigned)number;
	} else {
		if (take_number(build, 1, UINT8_MAX, &number))
			return -1;
		build->generation = (unsigned)number;
	}
	return at_most(build, 2) ? -1 : 1;
}

static int run_line(struct build *build)
{
	int result = setting(build);
	const struct aie_error *failure;

	if (result)
		return result < 0 ? -1 : 0;
	if (build->kind == KIND_NONE)
		return bad(build, "the first statement must be 'image KIND'");
	if (!build->begun) {
		if (is_stream(build))
			aie_txn_begin(&build->txn, build->kind == KIND_TXN_1_0 ? AIE_TXN_V1_0 : AIE_TXN_V0_1,
			              build->generation, build->columns);
		else
			aie_cdo_begin(&build->cdo);
		build->begun = true;
	}
	for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
		if (strcmp(build->word[0], statements[i].name) != 0)
			continue;
		if (statements[i].run(build))
			return -1;
		/* What the builder refuses belongs to this line. */
		failure = is_stream(build) ? &build->txn.error : &build->cdo.error;
		if (failure->category == AIE_ERROR_NONE)
			return 0;
		*build->error = *failure;
		return -1;
	}
	return bad(build, "unknown statement '%.40s'", build->word[0]);
}

/* ---- result ------------------------------------------------------------------------------------------------------ */

static int finish_stream(struct build *build, struct aie_bytes *bytes)
{
	const struct aie_txn_limits limits = { .columns = build->columns };
	struct aie_control_elf_new elf = { .instance_count = 1, .columns = build->columns };
	struct aie_bytes stream;
	struct aie_txn txn;
	int result;

	if (aie_txn_finish(&build->txn, &stream, build->error))
		return -1;
	/* Rules that a single record cannot show, such as a patch without its descriptor. */
	result = aie_txn_open(&txn, stream.data, stream.size, &limits, build->error);
	if (!result)
		aie_txn_close(&txn);
	if (!result && build->kind == KIND_TXN_TEXT) {
		result = aie_txn_to_text(stream.data, stream.size, bytes, build->error);
	} else if (!result && build->kind == KIND_ELF) {
		elf.stream = &stream;
		result = aie_control_elf_write(&elf, bytes, build->error);
	} else if (!result) {
		*bytes = stream;
		return 0;
	}
	aie_bytes_free(&stream);
	return result;
}

static int finish_cdo(struct build *build, struct aie_bytes *bytes)
{
	struct aie_xclbin_new_kernel kernel = { .name = build->kernel,
		                                .id = build->kernel_id,
		                                .buffers = build->buffers };
	struct aie_xclbin_new request = { .columns = build->columns,
		                          .time_stamp = build->time_stamp,
		                          .pdi_count = 1,
		                          .kernel = &kernel,
		                          .kernel_count = 1 };
	struct aie_bytes cdo, pdi;
	int result;

	if (aie_cdo_finish(&build->cdo, &cdo, build->error))
		return -1;
	if (build->kind == KIND_CDO) {
		*bytes = cdo;
		return 0;
	}
	result = aie_pdi_write(cdo.data, cdo.size, &pdi, build->error);
	aie_bytes_free(&cdo);
	if (result)
		return -1;
	if (build->kind == KIND_PDI) {
		*bytes = pdi;
		return 0;
	}
	request.pdi = &pdi;
	result = aie_xclbin_write(&request, bytes, build->error);
	aie_bytes_free(&pdi);
	return result;
}

/* Cut a line into words, the comment off. */
static int split(struct build *build, char *line)
{
	char *save = NULL, *comment = strchr(line, '#');

	if (comment)
		*comment = 0;
	build->words = 0;
	for (char *word = strtok_r(line, " \t\r", &save); word; word = strtok_r(NULL, " \t\r", &save)) {
		if (build->words == MAX_WORDS)
			return bad(build, "more than %d words", MAX_WORDS);
		build->word[build->words++] = word;
	}
	return 0;
}

int aie_image_build(const char *text, size_t size, const char *directory, struct aie_bytes *bytes,
                    struct aie_error *error)
{
	struct build *build = calloc(1, sizeof *build);
	char *copy = malloc(size + 1), *line, *next;
	unsigned number = 0;
	int result = -1;

	bytes->data = NULL;
	bytes->size = 0;
	if (!build || !copy) {
		aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a description of %zu bytes", size);
		goto out;
	}
	memcpy(copy, text, size);
	copy[size] = 0;
	*build = (struct build){ .directory = directory,
		                 .columns = AIE_NPU4_COLUMNS,
		                 .generation = AIE_TXN_NPU2,
		                 .kernel = "MLIR_AIE",
		                 .kernel_id = 0x901,
		                 .buffers = 5,
		                 .error = error };
	if (strlen(copy) != size) {
		aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%zx: a zero byte; a description is text", strlen(copy));
		goto out;
	}
	for (line = copy; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		number++;
		if (split(build, line) || (build->words && run_line(build))) {
			aie_error_prefix(error, "line %u", number);
			goto out;
		}
	}
	if (!build->begun) {
		aie_error_set(error, AIE_ERROR_INPUT, "line %u: the description has no operation", number);
		goto out;
	}
	result = is_stream(build) ? finish_stream(build, bytes) : finish_cdo(build, bytes);
out:
	if (build) {
		aie_cdo_abandon(&build->cdo);
		aie_txn_abandon(&build->txn);
	}
	free(build);
	free(copy);
	return result;
}
