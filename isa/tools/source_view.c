#include "isa/tools/source_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isa/file.h"
#include "isa/tools/tool.h"

struct source_text {
	bool tried;
	uint8_t *bytes; /* NULL: cannot be read */
	size_t size;
	size_t *start; /* of each line; start[count] is the end */
	size_t count;
};

int source_view_open(struct source_view *view, const uint8_t *elf, size_t size, struct aie_error *error)
{
	*view = (struct source_view){ 0 };
	if (aie_line_table_read(&view->table, elf, size, error))
		return -1;
	view->text = calloc(view->table.file_count + 1, sizeof(*view->text));
	if (view->text)
		return 0;
	source_view_close(view);
	return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for source files");
}

void source_view_close(struct source_view *view)
{
	for (size_t i = 0; view->text && i < view->table.file_count; i++) {
		free(view->text[i].bytes);
		free(view->text[i].start);
	}
	free(view->text);
	aie_line_table_close(&view->table);
	*view = (struct source_view){ 0 };
}

static void read_text(struct source_text *text, const char *name)
{
	struct aie_error error;
	text->tried = true;
	if (strcmp(name, "-") == 0 || aie_file_read(name, TOOL_INPUT_LIMIT, &text->bytes, &text->size, &error)) {
		text->bytes = NULL;
		return;
	}
	for (size_t i = 0; i < text->size; i++)
		text->count += text->bytes[i] == '\n' || i + 1 == text->size;
	text->start = calloc(text->count + 1, sizeof(*text->start));
	if (!text->start) {
		text->count = 0;
		return;
	}
	size_t line = 0;
	for (size_t i = 0; i < text->size; i++)
		if (text->bytes[i] == '\n' || i + 1 == text->size)
			text->start[++line] = i + 1;
}

static void print_line(const uint8_t *bytes, size_t size)
{
	while (size && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r'))
		size--;
	fputs("// ", stdout);
	for (size_t i = 0; i < size; i++)
		putchar((bytes[i] < ' ' && bytes[i] != '\t') || bytes[i] == 0x7F ? '?' : bytes[i]);
	putchar('\n');
}

void source_view_print(struct source_view *view, uint32_t address)
{
	const struct aie_line_row *row = aie_line_table_find(&view->table, address);
	if (!row || !row->line || row->file >= view->table.file_count ||
	    (row->file == view->file && row->line == view->line))
		return;
	struct source_text *text = &view->text[row->file];
	const char *name = view->table.file[row->file];
	if (!text->tried)
		read_text(text, name);
	if (!view->line || row->file != view->file || row->line > text->count)
		printf("// %s:%u\n", name, row->line);
	if (text->bytes && row->line <= text->count)
		print_line(text->bytes + text->start[row->line - 1],
		           text->start[row->line] - text->start[row->line - 1]);
	view->file = row->file;
	view->line = row->line;
}
