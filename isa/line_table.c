#include "isa/line_table.h"

#include <elf.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A core's program has at most 8192 bundles; inlining may give a bundle several rows. */
enum { MAX_ROWS = 1 << 20, MAX_FILES = 1 << 16, MAX_ENTRY_FORMATS = 16, MAX_SPECIAL = 256 };

/* Entry formats of version 5. */
enum { CONTENT_PATH = 1, CONTENT_DIRECTORY = 2 };
enum {
	FORM_DATA2 = 0x05,
	FORM_DATA4 = 0x06,
	FORM_DATA8 = 0x07,
	FORM_STRING = 0x08,
	FORM_BLOCK = 0x09,
	FORM_DATA1 = 0x0b,
	FORM_STRP = 0x0e,
	FORM_UDATA = 0x0f,
	FORM_DATA16 = 0x1e,
	FORM_LINE_STRP = 0x1f,
};

struct bytes {
	const uint8_t *at, *end;
	bool broken; /* something was read behind the end */
};

struct sections {
	struct bytes line, line_strings, strings;
};

/* One unit: a header and its program. */
struct unit {
	unsigned version;
	uint8_t step, line_range, opcode_base;
	int8_t line_base;
	uint8_t operands[MAX_SPECIAL];
	const char **directory;
	size_t directory_count;
	size_t first_file; /* index in the table of the unit's first file */
	size_t file_count;
};

struct reading {
	struct aie_line_table *table;
	struct aie_error *error;
	const struct sections *sections;
	struct unit unit;
	size_t row_capacity, file_capacity;
};

/* ---- bytes ----------------------------------------------------------------------------------------------------- */

static uint64_t take(struct bytes *bytes, unsigned size)
{
	uint64_t value = 0;

	if ((size_t)(bytes->end - bytes->at) < size) {
		bytes->broken = true;
		bytes->at = bytes->end;
		return 0;
	}
	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)*bytes->at++ << 8 * i;
	return value;
}

static uint64_t take_uleb(struct bytes *bytes)
{
	uint64_t value = 0;

	for (unsigned shift = 0;; shift += 7) {
		const uint64_t byte = take(bytes, 1);

		if (shift < 64)
			value |= (byte & 0x7F) << shift;
		if (!(byte & 0x80))
			return value;
	}
}

static int64_t take_sleb(struct bytes *bytes)
{
	uint64_t value = 0, byte;
	unsigned shift = 0;

	do {
		byte = take(bytes, 1);
		if (shift < 64)
			value |= (byte & 0x7F) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (shift < 64 && (byte & 0x40))
		value |= UINT64_MAX << shift;
	return (int64_t)value;
}

/* A text with its zero; "" and broken when there is no zero. */
static const char *take_text(struct bytes *bytes)
{
	const size_t left = (size_t)(bytes->end - bytes->at);
	const uint8_t *zero = left != 0 ? memchr(bytes->at, 0, left) : NULL; /* an empty section has no bytes at all */
	const char *text = (const char *)bytes->at;

	if (!zero) {
		bytes->broken = true;
		bytes->at = bytes->end;
		return "";
	}
	bytes->at = zero + 1;
	return text;
}

static void pass(struct bytes *bytes, uint64_t size)
{
	if ((uint64_t)(bytes->end - bytes->at) < size) {
		bytes->broken = true;
		bytes->at = bytes->end;
	} else {
		bytes->at += size;
	}
}

static const char *text_at(struct bytes section, uint64_t offset, bool *broken)
{
	const char *text;

	pass(&section, offset);
	text = take_text(&section);
	*broken = *broken || section.broken;
	return text;
}

/* ---- lists that grow -------------------------------------------------------------------------------------------- */

static int grow(struct reading *reading, void **list, size_t count, size_t *capacity, size_t element, size_t limit)
{
	void *grown;
	size_t wanted;

	if (count < *capacity)
		return 0;
	if (count >= limit)
		return aie_error_set(reading->error, AIE_ERROR_INPUT, "line table: more than %zu entries", limit);
	wanted = *capacity ? 2 * *capacity : 64;
	grown = realloc(*list, wanted * element);
	if (!grown)
		return aie_error_set(reading->error, AIE_ERROR_MEMORY, "no memory for a line table");
	*list = grown;
	*capacity = wanted;
	return 0;
}

static int add_file(struct reading *reading, const char *name, uint64_t directory)
{
	struct aie_line_table *table = reading->table;
	const struct unit *unit = &reading->unit;
	const char *folder = directory < unit->directory_count ? unit->directory[directory] : "";
	void *list = table->file;
	size_t length;

	if (grow(reading, &list, table->file_count, &reading->file_capacity, sizeof *table->file, MAX_FILES))
		return -1;
	table->file = list;
	if (name[0] == '/')
		folder = "";
	length = strlen(folder) + strlen(name) + 2;
	table->file[table->file_count] = malloc(length);
	if (!table->file[table->file_count])
		return aie_error_set(reading->error, AIE_ERROR_MEMORY, "no memory for a line table");
	snprintf(table->file[table->file_count++], length, "%s%s%s", folder, folder[0] ? "/" : "", name);
	reading->unit.file_count++;
	return 0;
}

static int add_directory(struct reading *reading, const char *name, size_t *capacity)
{
	void *list = reading->unit.directory;

	if (grow(reading, &list, reading->unit.directory_count, capacity, sizeof *reading->unit.directory, MAX_FILES))
		return -1;
	reading->unit.directory = list;
	reading->unit.directory[reading->unit.directory_count++] = name;
	return 0;
}

/* ---- header ------------------------------------------------------------------------------------------------------ */

/* One value of an entry of version 5: its text and number, as far as the form has them. */
static int take_form(struct reading *reading, struct bytes *bytes, uint64_t form, const char **text, uint64_t *number)
{
	*text = "";
	*number = 0;
	switch (form) {
	case FORM_STRING:
		*text = take_text(bytes);
		break;
	case FORM_LINE_STRP:
		*text = text_at(reading->sections->line_strings, take(bytes, 4), &bytes->broken);
		break;
	case FORM_STRP:
		*text = text_at(reading->sections->strings, take(bytes, 4), &bytes->broken);
		break;
	case FORM_UDATA:
		*number = take_uleb(bytes);
		break;
	case FORM_DATA1:
		*number = take(bytes, 1);
		break;
	case FORM_DATA2:
		*number = take(bytes, 2);
		break;
	case FORM_DATA4:
		*number = take(bytes, 4);
		break;
	case FORM_DATA8:
		*number = take(bytes, 8);
		break;
	case FORM_DATA16:
		pass(bytes, 16);
		break;
	case FORM_BLOCK:
		pass(bytes, take_uleb(bytes));
		break;
	default:
		return aie_error_set(reading->error, AIE_ERROR_UNSUPPORTED, "line table: names in form 0x%llx",
		                     (unsigned long long)form);
	}
	return 0;
}

/* The list of folders, or of files, of version 5. */
static int read_entries(struct reading *reading, struct bytes *bytes, bool files)
{
	uint64_t content[MAX_ENTRY_FORMATS], form[MAX_ENTRY_FORMATS], count;
	const unsigned formats = (unsigned)take(bytes, 1);
	size_t capacity = 0;

	if (formats > MAX_ENTRY_FORMATS)
		return aie_error_set(reading->error, AIE_ERROR_UNSUPPORTED, "line table: names of %u parts", formats);
	for (unsigned i = 0; i < formats; i++) {
		content[i] = take_uleb(bytes);
		form[i] = take_uleb(bytes);
	}
	count = take_uleb(bytes);
	for (uint64_t i = 0; i < count && !bytes->broken; i++) {
		const char *name = "";
		uint64_t directory = 0;

		for (unsigned k = 0; k < formats; k++) {
			const char *text;
			uint64_t number;

			if (take_form(reading, bytes, form[k], &text, &number))
				return -1;
			if (content[k] == CONTENT_PATH)
				name = text;
			else if (content[k] == CONTENT_DIRECTORY)
				directory = number;
		}
		if (!bytes->broken &&
		    (files ? add_file(reading, name, directory) : add_directory(reading, name, &capacity)))
			return -1;
	}
	return 0;
}

/* Both lists of the versions up to 4: folder 0 and file 0 are not listed. */
static int read_names(struct reading *reading, struct bytes *bytes)
{
	size_t capacity = 0;

	if (add_directory(reading, "", &capacity) || add_file(reading, "", 0))
		return -1;
	for (;;) {
		const char *name = take_text(bytes);

		if (!name[0])
			break;
		if (add_directory(reading, name, &capacity))
			return -1;
	}
	for (;;) {
		const char *name = take_text(bytes);
		uint64_t directory;

		if (!name[0])
			return 0;
		directory = take_uleb(bytes);
		take_uleb(bytes); /* time */
		take_uleb(bytes); /* size */
		if (add_file(reading, name, directory))
			return -1;
	}
}

static int read_header(struct reading *reading, struct bytes *bytes, struct bytes *program)
{
	struct unit *unit = &reading->unit;
	uint64_t length;
	struct bytes header;

	memset(unit, 0, sizeof *unit);
	unit->first_file = reading->table->file_count;
	unit->version = (unsigned)take(bytes, 2);
	if (unit->version < 2 || unit->version > 5)
		return aie_error_set(reading->error, AIE_ERROR_UNSUPPORTED, "line table of DWARF version %u",
		                     unit->version);
	if (unit->version >= 5)
		take(bytes, 2); /* sizes of addresses and segment selectors: the addresses carry their own size */
	length = take(bytes, 4);
	header = *bytes;
	pass(bytes, length);
	*program = *bytes;
	header.end = bytes->at;
	unit->step = (uint8_t)take(&header, 1);
	if (unit->version >= 4)
		take(&header, 1); /* operations an instruction: the VLIW form of the format, 1 in what is known */
	take(&header, 1);         /* is_stmt */
	unit->line_base = (int8_t)take(&header, 1);
	unit->line_range = (uint8_t)take(&header, 1);
	unit->opcode_base = (uint8_t)take(&header, 1);
	for (unsigned i = 1; i < unit->opcode_base; i++)
		unit->operands[i] = (uint8_t)take(&header, 1);
	if (unit->version >= 5 ? read_entries(reading, &header, false) || read_entries(reading, &header, true)
	                       : read_names(reading, &header))
		return -1;
	if (header.broken || bytes->broken || !unit->line_range || !unit->opcode_base)
		return aie_error_set(reading->error, AIE_ERROR_INPUT, "line table: broken header");
	return 0;
}

/* ---- program ----------------------------------------------------------------------------------------------------- */

struct machine {
	uint64_t address, file, line;
};

static int add_row(struct reading *reading, const struct machine *machine, bool end)
{
	struct aie_line_table *table = reading->table;
	const struct unit *unit = &reading->unit;
	void *list = table->row;

	if (machine->address > UINT32_MAX || machine->line > UINT32_MAX || (machine->file >= unit->file_count && !end))
		return aie_error_set(reading->error, AIE_ERROR_INPUT, "line table: a row of file %llu, line %llu",
		                     (unsigned long long)machine->file, (unsigned long long)machine->line);
	if (grow(reading, &list, table->row_count, &reading->row_capacity, sizeof *table->row, MAX_ROWS))
		return -1;
	table->row = list;
	table->row[table->row_count++] =
	        (struct aie_line_row){ .address = (uint32_t)machine->address,
		                       .line = (uint32_t)machine->line,
		                       .file = end ? 0 : (uint32_t)(unit->first_file + machine->file),
		                       .end = end };
	return 0;
}

static int extended(struct reading *reading, struct machine *machine, struct bytes *program)
{
	const uint64_t length = take_uleb(program);
	struct bytes part = *program;
	int status = 0;

	pass(program, length);
	part.end = program->at;
	switch (take(&part, 1)) {
	case AIE_LINE_END_SEQUENCE:
		status = add_row(reading, machine, true);
		*machine = (struct machine){ .file = 1, .line = 1 };
		break;
	case AIE_LINE_SET_ADDRESS:
		machine->address = take(&part, length - 1 <= 8 ? (unsigned)(length - 1) : 0);
		break;
	case AIE_LINE_DEFINE_FILE: {
		const char *name = take_text(&part);

		status = add_file(reading, name, take_uleb(&part));
		break;
	}
	default:
		break;
	}
	if (part.broken)
		program->broken = true;
	return status;
}

static int standard(struct reading *reading, struct machine *machine, unsigned opcode, struct bytes *program)
{
	const struct unit *unit = &reading->unit;

	switch (opcode) {
	case AIE_LINE_COPY:
		return add_row(reading, machine, false);
	case AIE_LINE_ADVANCE_PC:
		machine->address += take_uleb(program) * unit->step;
		return 0;
	case AIE_LINE_ADVANCE_LINE:
		machine->line += (uint64_t)take_sleb(program);
		return 0;
	case AIE_LINE_SET_FILE:
		machine->file = take_uleb(program);
		return 0;
	case AIE_LINE_CONST_ADD_PC:
		machine->address += (255U - unit->opcode_base) / unit->line_range * unit->step;
		return 0;
	case AIE_LINE_FIXED_ADVANCE_PC:
		machine->address += take(program, 2);
		return 0;
	default: /* what says nothing about lines, or is not known: its operands are passed over */
		for (unsigned i = 0; i < unit->operands[opcode]; i++)
			take_uleb(program);
		return 0;
	}
}

static int run_program(struct reading *reading, struct bytes program)
{
	const struct unit *unit = &reading->unit;
	struct machine machine = { .file = 1, .line = 1 };

	while (program.at < program.end) {
		const unsigned opcode = (unsigned)take(&program, 1);
		int status;

		if (opcode == AIE_LINE_EXTENDED) {
			status = extended(reading, &machine, &program);
		} else if (opcode < unit->opcode_base) {
			status = standard(reading, &machine, opcode, &program);
		} else {
			const unsigned special = opcode - unit->opcode_base;

			machine.address += (uint64_t)(special / unit->line_range) * unit->step;
			machine.line += (uint64_t)(int64_t)(unit->line_base + (int)(special % unit->line_range));
			status = add_row(reading, &machine, false);
		}
		if (status)
			return -1;
		if (program.broken)
			return aie_error_set(reading->error, AIE_ERROR_INPUT, "line table: broken program");
	}
	return 0;
}

static int read_units(struct reading *reading)
{
	struct bytes rest = reading->sections->line;

	while (rest.at < rest.end) {
		const uint64_t length = take(&rest, 4);
		struct bytes unit = rest, program;
		int status;

		if (length == UINT32_MAX)
			return aie_error_set(reading->error, AIE_ERROR_UNSUPPORTED, "line table of 64-bit DWARF");
		pass(&rest, length);
		if (rest.broken)
			return aie_error_set(reading->error, AIE_ERROR_INPUT, "line table: a unit is cut off");
		unit.end = rest.at;
		status = read_header(reading, &unit, &program) || run_program(reading, program) ? -1 : 0;
		free(reading->unit.directory);
		reading->unit.directory = NULL;
		if (status)
			return -1;
	}
	return 0;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

/* Rising addresses; the end of a sequence before the beginning of the next one at the same place. */
static int by_address(const void *a, const void *b)
{
	const struct aie_line_row *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return y->end - x->end;
}

static int find_sections(Elf *elf, struct sections *sections, struct aie_error *error)
{
	const struct {
		const char *name;
		struct bytes *bytes;
	} wanted[] = {
		{ ".debug_line", &sections->line },
		{ ".debug_line_str", &sections->line_strings },
		{ ".debug_str", &sections->strings },
	};
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return 0; /* without names there are no debug sections */
	for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
		GElf_Shdr header; /* a copy: in the file it may stand at any address */
		const char *name = gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;

		for (size_t i = 0; name && i < sizeof wanted / sizeof wanted[0]; i++) {
			Elf_Data *data;

			if (strcmp(name, wanted[i].name) != 0)
				continue;
			if (header.sh_flags & SHF_COMPRESSED)
				return aie_error_set(error, AIE_ERROR_UNSUPPORTED, "section %s is compressed", name);
			data = elf_rawdata(section, NULL);
			if (!data)
				return aie_error_set(error, AIE_ERROR_INPUT, "section %s lies outside the file", name);
			if (data->d_buf)
				*wanted[i].bytes = (struct bytes){ data->d_buf,
					                           (const uint8_t *)data->d_buf + data->d_size, false };
		}
	}
	return 0;
}

static int sort_rows(struct aie_line_table *table, struct aie_error *error)
{
	/* Rows of the same address keep the order of the program, in which the last one counts. */
	struct aie_line_row *sorted = table->row_count ? malloc(table->row_count * sizeof *sorted) : NULL;
	size_t count = 0;

	if (!table->row_count)
		return 0;
	if (!sorted)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a line table");
	for (size_t i = 0; i < table->row_count; i++) {
		if (count && sorted[count - 1].address == table->row[i].address && !sorted[count - 1].end)
			sorted[count - 1] = table->row[i];
		else
			sorted[count++] = table->row[i];
	}
	qsort(sorted, count, sizeof *sorted, by_address);
	free(table->row);
	table->row = sorted;
	table->row_count = count;
	return 0;
}

int aie_line_table_read(struct aie_line_table *table, const void *elf, size_t size, struct aie_error *error)
{
	struct sections sections = { 0 };
	struct reading reading = { .table = table, .error = error, .sections = &sections };
	int status = -1;
	Elf *open;

	memset(table, 0, sizeof *table);
	elf_version(EV_CURRENT);
	/* libelf takes the image as writable memory but leaves it as it is when reading. */
	open = elf_memory((char *)(uintptr_t)elf, size);
	if (!open || elf_kind(open) != ELF_K_ELF || gelf_getclass(open) != ELFCLASS32)
		aie_error_set(error, AIE_ERROR_INPUT, "not an ELF file of 32 bits");
	else if (find_sections(open, &sections, error) == 0 && read_units(&reading) == 0)
		status = sort_rows(table, error);
	elf_end(open);
	if (status)
		aie_line_table_close(table);
	return status;
}

void aie_line_table_close(struct aie_line_table *table)
{
	for (size_t i = 0; i < table->file_count; i++)
		free(table->file[i]);
	free(table->file);
	free(table->row);
	memset(table, 0, sizeof *table);
}

const struct aie_line_row *aie_line_table_find(const struct aie_line_table *table, uint32_t address)
{
	size_t low = 0, high = table->row_count;

	while (low < high) {
		const size_t middle = (low + high) / 2;

		if (table->row[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && !table->row[low - 1].end ? &table->row[low - 1] : NULL;
}
