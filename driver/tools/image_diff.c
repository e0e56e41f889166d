/* aie-image diff: the longest common subsequence of two dumps, the rest as differences. */
#include <stdlib.h>
#include <string.h>

#include "driver/tools/image_tool.h"

/* Beyond that many line pairs the middle parts are not matched, only listed. */
enum { MAX_CELLS = 1 << 24 };

struct lines {
	const char **line;
	size_t *length;
	size_t count;
};

static bool split(const char *text, struct lines *lines)
{
	size_t count = 0;

	for (const char *c = text; *c; c++)
		count += *c == '\n';
	lines->line = calloc(count + 1, sizeof *lines->line);
	lines->length = calloc(count + 1, sizeof *lines->length);
	lines->count = 0;
	if (!lines->line || !lines->length)
		return false;
	while (*text) {
		size_t length = strcspn(text, "\n");

		lines->line[lines->count] = text;
		lines->length[lines->count++] = length;
		text += length + (text[length] != 0);
	}
	return true;
}

/* The depth of indentation tells where something stands (a CDO alone or in a PDI), not what it says. */
static bool same(const struct lines *one, size_t i, const struct lines *two, size_t j)
{
	size_t a = strspn(one->line[i], " "), b = strspn(two->line[j], " ");

	return one->length[i] - a == two->length[j] - b &&
	       memcmp(one->line[i] + a, two->line[j] + b, one->length[i] - a) == 0;
}

static void print(FILE *out, char mark, const struct lines *lines, size_t from, size_t to)
{
	for (; from < to; from++)
		fprintf(out, "%c %.*s\n", mark, (int)lines->length[from], lines->line[from]);
}

/* Parts [a, b) of `one` and [c, d) of `two` that begin and end differently. */
static void compare(FILE *out, const struct lines *one, size_t a, size_t b, const struct lines *two, size_t c, size_t d)
{
	size_t rows = b - a, columns = d - c, width = columns + 1;
	uint32_t *common = NULL;

	if (rows && columns && rows < MAX_CELLS / columns)
		common = calloc((rows + 1) * width, sizeof *common);
	if (!common) {
		print(out, '-', one, a, b);
		print(out, '+', two, c, d);
		return;
	}
	for (size_t i = rows; i-- > 0;) {
		for (size_t j = columns; j-- > 0;) {
			uint32_t down = common[(i + 1) * width + j], right = common[i * width + j + 1];

			common[i * width + j] = same(one, a + i, two, c + j) ? common[(i + 1) * width + j + 1] + 1
			                        : down > right               ? down
			                                                     : right;
		}
	}
	for (size_t i = 0, j = 0; i < rows || j < columns;) {
		if (i < rows && j < columns && same(one, a + i, two, c + j)) {
			i++;
			j++;
		} else if (j == columns || (i < rows && common[(i + 1) * width + j] >= common[i * width + j + 1])) {
			print(out, '-', one, a + i, a + i + 1);
			i++;
		} else {
			print(out, '+', two, c + j, c + j + 1);
			j++;
		}
	}
	free(common);
}

bool aie_image_diff(FILE *out, const char *one, const char *two)
{
	struct lines first = { 0 }, second = { 0 };
	bool equal = strcmp(one, two) == 0;
	size_t head = 0, tail = 0;

	if (!equal && split(one, &first) && split(two, &second)) {
		while (head < first.count && head < second.count && same(&first, head, &second, head))
			head++;
		while (tail < first.count - head && tail < second.count - head &&
		       same(&first, first.count - tail - 1, &second, second.count - tail - 1))
			tail++;
		compare(out, &first, head, first.count - tail, &second, head, second.count - tail);
	}
	free(first.line);
	free(first.length);
	free(second.line);
	free(second.length);
	return equal;
}
