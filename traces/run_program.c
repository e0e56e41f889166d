#include "traces/run_program.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/image/core_elf.h"
#include "isa/file.h"
#include "isa/isa.h"
#include "isa/line_table.h"

enum { SOURCE_LIMIT = 16 << 20 };

/* Decode from the loop's first bundle on until the last one that was counted: its code. */
static int take_code(struct aie_run_profile *profile, const struct aie_core_elf_piece *piece, struct aie_error *error)
{
	const uint32_t last = profile->bundle[profile->bundle_count - 1].address;
	uint32_t at = profile->loop_begin;
	unsigned next = 0; /* counted bundle */

	while (at <= last) {
		struct aie_bundle bundle;
		const uint32_t offset = at - piece->offset;

		if (offset >= piece->size || aie_isa_decode(piece->data + offset, piece->size - offset, &bundle, error))
			return aie_error_set(error, AIE_ERROR_INPUT, "there is no bundle at 0x%" PRIx32, at);
		if (next < profile->bundle_count && profile->bundle[next].address < at)
			break;
		if (next < profile->bundle_count && profile->bundle[next].address == at)
			next++;
		at += bundle.size;
	}
	if (next < profile->bundle_count)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "not the program that ran: a bundle was counted at 0x%" PRIx32
		                     ", where none begins",
		                     profile->bundle[next].address);
	if (at - profile->loop_begin > sizeof profile->code)
		return aie_error_set(error, AIE_ERROR_INPUT, "a loop of more than %zu bytes", sizeof profile->code);
	profile->loop_end = at;
	profile->code_size = at - profile->loop_begin;
	memcpy(profile->code, piece->data + (profile->loop_begin - piece->offset), profile->code_size);
	return 0;
}

static int find_code(struct aie_run_profile *profile, const struct aie_core_elf *elf, struct aie_error *error)
{
	for (uint32_t i = 0; i < elf->piece_count; i++) {
		const struct aie_core_elf_piece *piece = &elf->piece[i];

		if (piece->window == AIE_WINDOW_PROGRAM && piece->data && piece->offset <= profile->loop_begin &&
		    profile->loop_begin - piece->offset < piece->size)
			return take_code(profile, piece, error);
	}
	return aie_error_set(error, AIE_ERROR_INPUT, "not the program that ran: it has nothing at 0x%" PRIx32,
	                     profile->loop_begin);
}

/* A source file where the line table says, else beside the ELF file; NULL: in neither place. */
static char *read_source(const char *name, const char *elf_path)
{
	const char *slash = strrchr(elf_path, '/'), *base = strrchr(name, '/');
	const int folder = slash ? (int)(slash - elf_path + 1) : 0;
	struct aie_error ignored;
	char path[4096];
	uint8_t *data = NULL;
	size_t size;

	if (strcmp(name, "-") != 0 && aie_file_read(name, SOURCE_LIMIT, &data, &size, &ignored) == 0)
		return (char *)data;
	if ((size_t)snprintf(path, sizeof path, "%.*s%s", folder, elf_path, base ? base + 1 : name) >= sizeof path ||
	    aie_file_read(path, SOURCE_LIMIT, &data, &size, &ignored))
		return NULL;
	return (char *)data;
}

static void copy_line(const char *text, uint32_t line, char *out, size_t size)
{
	while (text && --line)
		text = (text = strchr(text, '\n')) ? text + 1 : NULL;
	if (text)
		snprintf(out, size, "%.*s", (int)strcspn(text, "\r\n"), text);
}

static void add_sources(struct aie_run_profile *profile, const char *path, const struct aie_line_table *table)
{
	char *text = NULL;
	uint32_t open = UINT32_MAX; /* file whose text that is */

	for (unsigned i = 0; i < profile->bundle_count; i++) {
		struct aie_run_bundle *bundle = &profile->bundle[i];
		const struct aie_line_row *row = aie_line_table_find(table, bundle->address);

		if (!row || !row->line)
			continue;
		if (row->file != open) {
			free(text);
			text = read_source(table->file[row->file], path);
			open = row->file;
		}
		bundle->line = row->line;
		snprintf(bundle->file, sizeof bundle->file, "%.63s", table->file[row->file]);
		bundle->source[0] = 0;
		copy_line(text, row->line, bundle->source, sizeof bundle->source);
	}
	free(text);
}

int aie_run_profile_add_program(struct aie_run_profile *profile, const char *path, const void *elf, size_t size,
                                struct aie_error *error)
{
	struct aie_line_table table;
	struct aie_core_elf core;
	int status;

	if (!profile->bundle_count)
		return aie_error_set(error, AIE_ERROR_INPUT, "the run has no loop whose program could be shown");
	if (aie_core_elf_open(&core, elf, size, false, error))
		return -1;
	status = find_code(profile, &core, error);
	aie_core_elf_close(&core);
	if (status || aie_line_table_read(&table, elf, size, error))
		return -1;
	add_sources(profile, path, &table);
	aie_line_table_close(&table);
	return 0;
}
