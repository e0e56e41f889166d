/* aie-as: assemble and link AIE2P programs.
 *
 * Sources and relocatable objects are linked into one core ELF; --obj writes one source as an object instead.
 * Exit status: 0 done, 2 bad input or usage, 3 the machine failed. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isa/assembler.h"
#include "isa/tools/tool.h"

static const char help[] =
	"usage: aie-as FILE... -o OUT [--obj] [--defsym NAME=VALUE]... [--data-base ADDRESS]\n"
	"  FILE               assembly source or relocatable object; - is a source on standard input\n"
	"  -o OUT             the core ELF (or object) to write; - is standard output\n"
	"  --obj              write one source as a relocatable object\n"
	"  --defsym N=V       define a symbol for all sources\n"
	"  --data-base A      address of the first data byte (default 0x70400)\n";

struct arguments {
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
		} else if ((value = option_value(argc, argv, &i, "-o"))) {
			arguments->output = value;
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
	if (!arguments->output)
		return aie_error_set(error, AIE_ERROR_INPUT, "no output file: -o OUT is missing");
	return 0;
}

static int run(struct arguments *arguments, struct aie_error *error)
{
	uint8_t *elf;
	size_t size;
	for (size_t i = 0; i < arguments->source_count; i++) {
		arguments->source[i].text = (const char *)tool_read(arguments->source[i].name, &arguments->source[i].size, error);
		if (!arguments->source[i].text)
			return -1;
	}
	arguments->options.define = arguments->define;
	if (aie_assemble(arguments->source, arguments->source_count, &arguments->options, &elf, &size, error))
		return -1;
	int status = tool_write(arguments->output, elf, size, error);
	free(elf);
	return status;
}

int main(int argc, char **argv)
{
	struct arguments arguments = { 0 };
	struct aie_error error = { 0 };
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			fputs(help, stdout);
			return 0;
		}
	}
	arguments.source = calloc((size_t)argc, sizeof(*arguments.source));
	arguments.define = calloc((size_t)argc, sizeof(*arguments.define));
	int status = -1;
	if (!arguments.source || !arguments.define)
		aie_error_set(&error, AIE_ERROR_MEMORY, "no memory");
	else
		status = parse(argc, argv, &arguments, &error);
	if (!status)
		status = run(&arguments, &error);
	for (size_t i = 0; i < arguments.source_count; i++)
		free((void *)(uintptr_t)arguments.source[i].text);
	free(arguments.source);
	free(arguments.define);
	return status ? tool_fail("aie-as", &error) : 0;
}
