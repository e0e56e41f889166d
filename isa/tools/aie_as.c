/* aie-as: assemble and link AIE2P programs.
 *
 * Sources and relocatable objects are linked into one core ELF; --obj writes one source as an object instead.  Warnings
 * of --check go to standard error and do not change the exit status.  Exit status: 0 done, 2 bad input or usage, 3 the
 * machine failed. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isa/backtrace.h"
#include "isa/assembler.h"
#include "isa/file.h"
#include "isa/tools/tool.h"

static const char help[] =
        "usage: aie-as FILE... -o OUT [--obj] [--align] [--check] [--defsym NAME=VALUE]... [--data-base ADDRESS] [-I "
        "FOLDER]...\n"
        "  FILE               assembly source or relocatable object; - is a source on standard input\n"
        "  -o OUT             the core ELF (or object) to write; - is standard output\n"
        "  --obj              write one source as a relocatable object\n"
        "  --align            bring labels, return addresses and loop ends to 16-byte lines by larger bundle formats\n"
        "  --check            warn of timing, alignment, loop and lock mistakes; --check=all of every early read\n"
        "  --defsym N=V       define a symbol for all sources\n"
        "  -I FOLDER          where .include looks after the source's own folder\n"
        "  --data-base A      address of the first data byte (default 0x70400)\n";

/* Files read for .include, kept until the end. */
struct included {
	struct included *next;
	char *name;
	uint8_t *bytes;
};

struct arguments {
	struct included *included;
	const char **folder; /* -I */
	size_t folder_count;
	struct aie_asm_source *source;
	size_t source_count;
	const char *output;
	struct aie_asm_symbol *define;
	struct aie_asm_options options;
};

static int usage_error(struct aie_error *error, const char *message, const char *what)
{
	return aie_error_set(error, AIE_ERROR_INPUT, "%s '%s' (--help shows the usage)", message, what);
}

static void warn(void *data, const char *text)
{
	(void)data;
	fprintf(stderr, "%s\n", text);
}

/* NAME=VALUE, cut in place. */
static int parse_definition(char *text, struct aie_asm_symbol *symbol, struct aie_error *error)
{
	char *equals = strchr(text, '=');
	uint64_t value;
	if (!equals || equals == text)
		return usage_error(error, "--defsym needs NAME=VALUE, not", text);
	bool negative = equals[1] == '-';
	if (tool_number(equals + 1 + negative, INT64_MAX, &value))
		return usage_error(error, "bad number in --defsym", text);
	*equals = 0;
	symbol->name = text;
	symbol->value = negative ? -(int64_t)value : (int64_t)value;
	return 0;
}

/* The value of an option: "--name=value" or the next argument. */
static char *option_value(int argc, char **argv, int *index, const char *name)
{
	size_t length = strlen(name);
	if (strncmp(argv[*index], name, length) != 0)
		return NULL;
	if (argv[*index][length] == '=' && name[1] == '-')
		return argv[*index] + length + 1;
	if (argv[*index][length] || *index + 1 >= argc)
		return NULL;
	return argv[++*index];
}

static int parse(int argc, char **argv, struct arguments *arguments, struct aie_error *error)
{
	for (int i = 1; i < argc; i++) {
		char *value;
		uint64_t number;
		if (argv[i][0] != '-' || !argv[i][1]) {
			arguments->source[arguments->source_count++].name = argv[i];
		} else if (strcmp(argv[i], "--obj") == 0) {
			arguments->options.relocatable = 1;
		} else if (strcmp(argv[i], "--align") == 0) {
			arguments->options.align = 1;
		} else if (strcmp(argv[i], "--check") == 0 || strcmp(argv[i], "--check=all") == 0) {
			arguments->options.warn = warn;
			arguments->options.check_all = argv[i][7] != 0;
		} else if ((value = option_value(argc, argv, &i, "-o"))) {
			arguments->output = value;
		} else if ((value = option_value(argc, argv, &i, "-I"))) {
			arguments->folder[arguments->folder_count++] = value;
		} else if ((value = option_value(argc, argv, &i, "--defsym"))) {
			if (parse_definition(value, &arguments->define[arguments->options.define_count++], error))
				return -1;
		} else if ((value = option_value(argc, argv, &i, "--data-base"))) {
			if (tool_number(value, UINT32_MAX, &number) || !number)
				return usage_error(error, "bad address", value);
			arguments->options.data_base = (uint32_t)number;
		} else {
			return usage_error(error, "unknown or incomplete option", argv[i]);
		}
	}
	if (!arguments->source_count)
		return aie_error_set(error, AIE_ERROR_INPUT, "no input file (--help shows the usage)");
	/* A check alone needs no output. */
	if (!arguments->output && !arguments->options.warn)
		return aie_error_set(error, AIE_ERROR_INPUT, "no output file: -o OUT is missing");
	return 0;
}

/* PATH/NAME, or NAME alone when it is absolute or PATH has no folder; fresh memory. */
static char *join(const char *path, size_t path_size, const char *name)
{
	size_t length = strlen(name);
	char *joined = malloc(path_size + length + 2);
	if (!joined)
		return NULL;
	if (name[0] == '/')
		path_size = 0;
	memcpy(joined, path, path_size);
	if (path_size && path[path_size - 1] != '/')
		joined[path_size++] = '/';
	memcpy(joined + path_size, name, length + 1);
	return joined;
}

/* Looks beside the source that asks, then in the folders of -I. */
static int include(void *data, const char *from, const char *name, struct aie_asm_source *source,
                   struct aie_error *error)
{
	struct arguments *arguments = data;
	const char *slash = strrchr(from, '/');
	for (size_t i = 0; i <= arguments->folder_count; i++) {
		const char *folder = i ? arguments->folder[i - 1] : from;
		size_t length = i ? strlen(folder) : slash ? (size_t)(slash - from) + 1 : 0;
		struct included *file = calloc(1, sizeof(*file));
		if (!file || !(file->name = join(folder, length, name))) {
			free(file);
			return aie_error_set(error, AIE_ERROR_MEMORY, "no memory");
		}
		file->next = arguments->included;
		arguments->included = file;
		if (aie_file_read(file->name, TOOL_INPUT_LIMIT, &file->bytes, &source->size, error) == 0) {
			source->name = file->name;
			source->text = (const char *)file->bytes;
			return 0;
		}
	}
	return aie_error_set(error, AIE_ERROR_INPUT, "'%s' is not found", name);
}

static int run(struct arguments *arguments, struct aie_error *error)
{
	uint8_t *elf;
	size_t size;
	for (size_t i = 0; i < arguments->source_count; i++) {
		struct aie_asm_source *source = &arguments->source[i];
		uint8_t *bytes;
		if (aie_file_read(source->name, TOOL_INPUT_LIMIT, &bytes, &source->size, error))
			return -1;
		source->text = (const char *)bytes;
	}
	arguments->options.define = arguments->define;
	arguments->options.include = include;
	arguments->options.include_data = arguments;
	if (aie_assemble(arguments->source, arguments->source_count, &arguments->options, &elf, &size, error))
		return -1;
	int status = arguments->output ? aie_file_write(arguments->output, elf, size, error) : 0;
	free(elf);
	return status;
}

int main(int argc, char **argv)
{
	struct arguments arguments = { 0 };
	struct aie_error error = { 0 };

	aie_install_crash_handler();
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			fputs(help, stdout);
			return 0;
		}
	}
	arguments.source = calloc((size_t)argc, sizeof(*arguments.source));
	arguments.define = calloc((size_t)argc, sizeof(*arguments.define));
	int status = -1;
	arguments.folder = calloc((size_t)argc, sizeof(*arguments.folder));
	if (!arguments.source || !arguments.define || !arguments.folder)
		aie_error_set(&error, AIE_ERROR_MEMORY, "no memory");
	else
		status = parse(argc, argv, &arguments, &error);
	if (!status)
		status = run(&arguments, &error);
	for (size_t i = 0; i < arguments.source_count; i++)
		free((void *)(uintptr_t)arguments.source[i].text);
	while (arguments.included) {
		struct included *file = arguments.included;
		arguments.included = file->next;
		free(file->name);
		free(file->bytes);
		free(file);
	}
	free(arguments.folder);
	free(arguments.source);
	free(arguments.define);
	return status ? tool_fail("aie-as", &error) : 0;
}
