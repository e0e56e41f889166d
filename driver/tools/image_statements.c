/* The statements of a description: operations of a CDO or a transaction stream. */
#include "driver/tools/image_build.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "driver/image/core_elf.h"
#include "driver/image/explain.h"
#include "driver/image/format.h"
#include "driver/image/pdi.h"
#include "driver/image/registers.h"
#include "driver/tools/image_tool.h"
#include "isa/file.h"

enum { MAX_PATH_BYTES = 4096 };

static bool in_stream(const struct build *build)
{
	return build->part[build->parts - 1].stream;
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

int build_number(struct build *build, unsigned at, uint64_t limit, uint64_t *number)
{
	char *end;

	if (at >= build->words)
		return build_bad(build, "%s: word %u is missing", build->word[0], at + 1);
	if (!isdigit((unsigned char)build->word[at][0]))
		return build_bad(build, "'%s' is no number", build->word[at]);
	*number = strtoull(build->word[at], &end, 0);
	if (*end || *number > limit)
		return build_bad(build, "'%s' is no number up to %" PRIu64, build->word[at], limit);
	return 0;
}

int build_word(struct build *build, unsigned at, uint32_t *number)
{
	uint64_t wide;

	if (build_number(build, at, UINT32_MAX, &wide))
		return -1;
	*number = (uint32_t)wide;
	return 0;
}

static int take_tile(struct build *build, uint32_t *column, uint32_t *row)
{
	uint64_t c, r;

	if (build_number(build, 1, build->columns - 1, &c) || build_number(build, 2, AIE_ARRAY_ROWS - 1, &r))
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
		return build_bad(build, "%s: the register is missing", build->word[0]);
	if (isdigit((unsigned char)build->word[3][0])) {
		uint64_t wide;

		if (build_number(build, 3, AIE_TILE_BYTES - 4, &wide))
			return -1;
		offset = (uint32_t)wide;
	} else if (!aie_register_parse(aie_tile_kind_of_row(row), build->word[3], &offset)) {
		return build_bad(build, "a %s tile has no register '%s'", aie_tile_kind_name(aie_tile_kind_of_row(row)),
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

/* A field's value by the name that dump shows behind it: the event, the port that a circuit comes from. */
static bool find_meaning(const struct aie_tile_register *reg, const struct aie_tile_field *field, const char *name,
                         uint32_t *value)
{
	enum { MAX_WIDTH = 8 };
	char meaning[64];

	for (uint32_t number = 0; field->width <= MAX_WIDTH && number >> field->width == 0; number++) {
		const uint32_t with = aie_field_set(*value, field->lsb, field->width, number);

		if (aie_field_explain(reg, field, with, meaning, sizeof meaning) && strcmp(meaning, name) == 0) {
			*value = with;
			return true;
		}
	}
	return false;
}

/* NUMBER, -NUMBER (two's complement) or a name into the field. */
static int set_field(struct build *build, const struct aie_tile_register *reg, const struct aie_tile_field *field,
                     const char *text, uint32_t *value)
{
	const uint32_t highest = aie_field_mask(0, field->width);
	const bool negative = *text == '-';
	unsigned long long number;
	char *end;

	if (!isdigit((unsigned char)text[negative])) {
		if (find_meaning(reg, field, text, value))
			return 0;
		return build_bad(build, "%s=%s: no number, and no value of the field has that name", field->name, text);
	}
	number = strtoull(text + negative, &end, 0);
	if (*end || number > (negative ? (highest >> 1) + 1 : highest))
		return build_bad(build, "%s=%s: no number that fits the %u bits of the field", field->name, text,
		                 field->width);
	*value = aie_field_set(*value, field->lsb, field->width, (uint32_t)(negative ? 0 - number : number));
	return 0;
}

/* A number or a list of fields of the register at `address`. */
static int take_value(struct build *build, unsigned at, uint64_t address, uint32_t *value)
{
	struct aie_register_location location;
	char *save = NULL;

	if (at >= build->words || isdigit((unsigned char)build->word[at][0]))
		return build_word(build, at, value);
	if (!aie_register_find(aie_tile_kind_of_row(aie_address_row(address)), aie_address_offset(address),
	                       &location) ||
	    location.reg->width != 32)
		return build_bad(build, "'%s': there is no register with fields at 0x%05x", build->word[at],
		                 aie_address_offset(address));
	*value = 0;
	for (char *part = strtok_r(build->word[at], ",", &save); part; part = strtok_r(NULL, ",", &save)) {
		const size_t length = strcspn(part, "=");
		const struct aie_tile_field *field = find_field(location.reg, part, length);

		if (!field || !part[length])
			return build_bad(build, "'%s': %s has no such field, or its value is missing", part,
			                 location.reg->name);
		if (set_field(build, location.reg, field, part + length + 1, value))
			return -1;
	}
	return 0;
}

int build_at_most(struct build *build, unsigned words)
{
	return build->words > words ? build_bad(build, "%s: '%s' is too much", build->word[0], build->word[words]) : 0;
}

/* ---- statements -------------------------------------------------------------------------------------------------- */

static void append(struct build *build, const struct aie_operation *operation)
{
	if (in_stream(build))
		aie_txn_append(&build->txn, operation);
	else
		aie_cdo_append(&build->cdo, operation);
}

static int read_file(struct build *build, const char *name, uint8_t **data, size_t *size)
{
	char path[MAX_PATH_BYTES];

	if (snprintf(path, sizeof path, "%s%s%s", name[0] == '/' ? "" : build->directory, name[0] == '/' ? "" : "/",
	             name) >= (int)sizeof path)
		return build_bad(build, "the path of '%.80s' is too long", name);
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
		return build_bad(build, "include: one file name is needed");
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
		result = build_bad(build, "a CDO, PDI or transaction stream is needed");
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

	if (in_stream(build) || build->words != 4)
		return build_bad(build, "load: column, row and file are needed, in a CDO");
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

	if (in_stream(build) || build->words != 3)
		return build_bad(build, "%s: column and row are needed, in a CDO", build->word[0]);
	if (take_tile(build, &column, &row))
		return -1;
	if (row < AIE_ROW_FIRST_COMPUTE)
		return build_bad(build, "(%u,%u) is no compute tile", column, row);
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
	    build_at_most(build, 5))
		return -1;
	append(build, &operation);
	return 0;
}

static int statement_masked(struct build *build)
{
	struct aie_operation operation = { .kind = AIE_OPERATION_MASK_WRITE };

	if (strcmp(build->word[0], "mask") != 0)
		operation.kind = build->word[0][4] ? AIE_OPERATION_MASK_POLL_BUSY : AIE_OPERATION_MASK_POLL;
	if (take_address(build, &operation.address) || build_word(build, 4, &operation.mask) ||
	    take_value(build, 5, operation.address, &operation.value) || build_at_most(build, 6))
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
		return build_bad(build, "block: the words are missing");
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

	if (build_at_most(build, 1))
		return -1;
	append(build, &operation);
	return 0;
}

static int statement_patch(struct build *build)
{
	uint64_t address, argument, addend = 0;

	if (take_address(build, &address) || build_number(build, 4, UINT8_MAX, &argument) ||
	    (build->words > 5 && build_number(build, 5, UINT64_MAX, &addend)) || build_at_most(build, 6))
		return -1;
	aie_txn_ddr_patch(&build->txn, address, (unsigned)argument, addend);
	return 0;
}

static int statement_wait(struct build *build)
{
	uint64_t channel, columns = 1, rows = 1;
	uint32_t column, row;
	bool mm2s;

	if (take_tile(build, &column, &row))
		return -1;
	if (build->words < 5 || (strcmp(build->word[3], "s2mm") != 0 && strcmp(build->word[3], "mm2s") != 0))
		return build_bad(build, "wait: s2mm or mm2s and a channel are needed");
	mm2s = strcmp(build->word[3], "mm2s") == 0;
	if (build_number(build, 4, UINT8_MAX, &channel) ||
	    (build->words > 5 &&
	     (build_number(build, 5, 128, &columns) || build_number(build, 6, AIE_ARRAY_ROWS, &rows))) ||
	    build_at_most(build, 7))
		return -1;
	aie_txn_sync(&build->txn, column, row, mm2s, (unsigned)channel, (unsigned)columns, (unsigned)rows);
	return 0;
}

/* ---- statements of streams only ---------------------------------------------------------------------------------- */

static int statement_load_pdi(struct build *build)
{
	struct aie_operation operation = { .kind = AIE_OPERATION_LOAD_PDI };
	uint64_t id, size = 0, address = 0;

	if (build_number(build, 1, UINT16_MAX, &id) ||
	    (build->words > 2 && build_number(build, 2, UINT32_MAX, &size)) ||
	    (build->words > 3 && build_number(build, 3, UINT64_MAX, &address)) || build_at_most(build, 4))
		return -1;
	if (build->words == 2) { /* one that stands above */
		uint64_t found = 0;

		for (unsigned i = 0; i < build->parts; i++)
			if (!build->part[i].stream && found++ == id)
				size = build->part[i].bytes.size;
		if (!size)
			return build_bad(build, "load_pdi: there is no PDI %" PRIu64 " above, and no size", id);
	}
	operation.value = (uint32_t)id;
	operation.pdi_size = (uint32_t)size;
	operation.pdi_address = address;
	append(build, &operation);
	return 0;
}

static int statement_scratchpad(struct build *build)
{
	struct aie_operation operation = { .kind = AIE_OPERATION_CREATE_SCRATCHPAD };
	uint64_t usage;

	if (build_number(build, 1, UINT8_MAX, &usage) || build_word(build, 2, &operation.pdi_size) ||
	    (build->words > 3 && build_number(build, 3, UINT64_MAX, &operation.pdi_address)) || build_at_most(build, 4))
		return -1;
	operation.value = (uint32_t)usage;
	append(build, &operation);
	return 0;
}

/* Operations that are one number, or two. */
static int statement_numbers(struct build *build)
{
	static const struct {
		const char *name;
		enum aie_operation_kind kind;
		unsigned numbers;
		uint64_t limit[2];
	} forms[] = {
		{ "preempt", AIE_OPERATION_PREEMPT, 1, { 3 } },
		{ "load_pm", AIE_OPERATION_LOAD_PM, 2, { 0xFFFFFF, UINT32_MAX } },
		{ "update_scratch", AIE_OPERATION_UPDATE_SCRATCH, 0, { 0 } },
		{ "timer", AIE_OPERATION_RECORD_TIMER, 1, { UINT32_MAX } },
		{ "merge_sync", AIE_OPERATION_MERGE_SYNC, 2, { UINT8_MAX, UINT8_MAX } },
	};
	struct aie_operation operation = { 0 };
	uint64_t number[2] = { 0 };
	size_t form = 0;

	while (strcmp(forms[form].name, build->word[0]))
		form++;
	for (unsigned i = 0; i < forms[form].numbers; i++)
		if (build_number(build, 1 + i, forms[form].limit[i], &number[i]))
			return -1;
	if (build_at_most(build, 1 + forms[form].numbers))
		return -1;
	operation.kind = (uint8_t)forms[form].kind;
	operation.value = (uint32_t)number[0];
	operation.columns = (uint8_t)number[1];
	if (operation.kind == AIE_OPERATION_LOAD_PM) { /* operations that follow, id */
		operation.count = (uint32_t)number[0];
		operation.value = (uint32_t)number[1];
		operation.columns = 0;
	}
	append(build, &operation);
	return 0;
}

/* state INDEX FUNCTION VALUE, or state C R REGISTER INDEX FUNCTION VALUE */
static int statement_state(struct build *build)
{
	static const char *const functions[] = { "multiply", "increment", "decrement" };
	struct aie_operation operation = { .kind = AIE_OPERATION_UPDATE_STATE };
	const unsigned at = build->words > 4 ? 4 : 1;
	uint64_t index;

	if (at == 4) {
		operation.kind = AIE_OPERATION_UPDATE_REG;
		if (take_address(build, &operation.address))
			return -1;
	}
	if (build_number(build, at, UINT8_MAX, &index) || build_word(build, at + 2, &operation.value) ||
	    build_at_most(build, at + 3))
		return -1;
	operation.index = (uint8_t)index;
	while (operation.function < 3 && strcmp(build->word[at + 1], functions[operation.function]))
		operation.function++;
	if (operation.function == 3)
		return build_bad(build, "state: '%.40s' is not multiply, increment or decrement", build->word[at + 1]);
	append(build, &operation);
	return 0;
}

/* read ADDRESS...: column << 25 | row << 20 | offset */
static int statement_read(struct build *build)
{
	struct aie_operation operation = { .kind = AIE_OPERATION_READ_REGS, .count = build->words - 1 };
	uint32_t *words = calloc(2 * (size_t)build->words, sizeof *words);
	int result = 0;

	if (!words)
		return aie_error_set(build->error, AIE_ERROR_MEMORY, "no memory for a list of registers");
	for (unsigned i = 1; i < build->words && !result; i++)
		result = build_word(build, i, &words[2 * (i - 1)]);
	operation.words = words;
	if (!result)
		append(build, &operation);
	free(words);
	return result;
}

static const struct {
	const char *name;
	int (*run)(struct build *build);
	bool stream; /* only there */
} statements[] = {
	{ "include", statement_include, false },
	{ "load", statement_load, false },
	{ "reset", statement_core, false },
	{ "enable", statement_core, false },
	{ "write", statement_write, false },
	{ "mask", statement_masked, false },
	{ "block", statement_block, false },
	{ "nop", statement_nop, false },
	{ "poll", statement_masked, true },
	{ "poll_busy", statement_masked, true },
	{ "patch", statement_patch, true },
	{ "wait", statement_wait, true },
	{ "load_pdi", statement_load_pdi, true },
	{ "scratchpad", statement_scratchpad, true },
	{ "preempt", statement_numbers, true },
	{ "load_pm", statement_numbers, true },
	{ "update_scratch", statement_numbers, true },
	{ "timer", statement_numbers, true },
	{ "merge_sync", statement_numbers, true },
	{ "state", statement_state, true },
	{ "read", statement_read, true },
};

int build_statement(struct build *build)
{
	for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
		const struct aie_error *failure;

		if (strcmp(build->word[0], statements[i].name) != 0)
			continue;
		if (statements[i].stream && !in_stream(build))
			return build_bad(build, "%s: only a transaction stream has that", build->word[0]);
		if (statements[i].run(build))
			return -1;
		/* What the builder refuses belongs to this line. */
		failure = in_stream(build) ? &build->txn.error : &build->cdo.error;
		if (failure->category == AIE_ERROR_NONE)
			return 1;
		*build->error = *failure;
		return -1;
	}
	return 0;
}
