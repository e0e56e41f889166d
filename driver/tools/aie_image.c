/* aie-image: look at, make and compare the image formats of the NPU. */
#include <stdlib.h>
#include <string.h>

#include "isa/backtrace.h"
#include "isa/file.h"
#include "driver/tools/image_tool.h"

static const char usage[] =
        "usage: aie-image dump [--offsets] [--data] [--json | --script] FILE...\n"
        "       aie-image build DESCRIPTION -o OUTPUT\n"
        "       aie-image diff [--data] ONE TWO\n"
        "\n"
        "dump   explains xclbin, PDI, CDO, transaction streams (binary and text), core and control-code ELF,\n"
        "       told by their contents, down to registers with their names and fields; --json for scripts,\n"
        "       --script as the description that build makes the image from again\n"
        "build  writes a CDO, PDI, xclbin, transaction stream or control-code ELF from a description, one\n"
        "       statement a line, # begins a comment:\n"
        "       image cdo|pdi|xclbin|txn|txn-1.0|txn-text|elf|full-elf, columns N, time SECONDS, generation N,\n"
        "       kernel NAME[:INSTANCE] [ID [BUFFERS [PDI]]] (full-elf: kernel NAME ARGUMENTS), pdi, instance NAME,\n"
        "       include FILE, load C R FILE, reset C R, enable C R, write C R REGISTER VALUE,\n"
        "       mask C R REGISTER MASK VALUE, block C R REGISTER WORD..., nop; in streams also\n"
        "       poll C R REGISTER MASK VALUE, patch C R REGISTER ARGUMENT [ADDEND],\n"
        "       wait C R s2mm|mm2s CHANNEL [COLUMNS ROWS], load_pdi ID [SIZE [ADDRESS]], preempt LEVEL, poll_busy,\n"
        "       timer, merge_sync, load_pm, scratchpad, update_scratch, state, read\n"
        "       VALUE is a number or FIELD=NUMBER,...; REGISTER an offset or a name as dump prints it "
        "(docs/images.md)\n"
        "diff   compares what two images say\n"
        "\n"
        "FILE - is standard input.\n"
        "exit status: 0 done (diff: equal), 1 diff: different, 2 bad input or usage, 3 not possible, no memory\n";

static int report(const struct aie_error *error)
{
	fprintf(stderr, "aie-image: %s\n", error->text);
	return aie_error_exit_status(error);
}

static int wrong_usage(const char *why)
{
	fprintf(stderr, "aie-image: %s; aie-image --help tells more\n", why);
	return 2;
}

/* Options of dump and diff; files go to `file`. Returns their number or -1. */
static int read_options(int argc, char **argv, struct aie_image_dump_options *options, char **file)
{
	int files = 0;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--offsets") == 0)
			options->offsets = true;
		else if (strcmp(argv[i], "--data") == 0)
			options->data = true;
		else if (strcmp(argv[i], "--json") == 0)
			options->json = true;
		else if (strcmp(argv[i], "--script") == 0)
			options->script = true;
		else if (argv[i][0] == '-' && argv[i][1])
			return -1;
		else
			file[files++] = argv[i];
	}
	return files;
}

/* One file's explanation in one of the two forms. */
static int explain(FILE *stream, const char *path, const struct aie_image_dump_options *options,
                   struct aie_error *error)
{
	struct aie_json json;
	size_t size;
	uint8_t *data;
	int result;

	if (aie_file_read(path, IMAGE_TOOL_MAX_BYTES, &data, &size, error))
		return -1;
	if (options->json) {
		aie_json_init(&json, stream);
		result = aie_image_dump_json(&json, path, data, size, options, error);
	} else if (options->script) {
		result = aie_image_script(stream, data, size, error);
	} else {
		result = aie_image_dump(stream, data, size, options, error);
	}
	free(data);
	return result ? aie_error_prefix(error, "%s", path) : 0;
}

/* The same in fresh memory, so that nothing is printed of an image that is found bad. */
static int dump_text(const char *path, const struct aie_image_dump_options *options, char **text,
                     struct aie_error *error)
{
	size_t length;
	FILE *stream = open_memstream(text, &length);
	int result;

	if (!stream)
		return aie_error_set(error, AIE_ERROR_MEMORY, "%s: no memory", path);
	result = explain(stream, path, options, error);
	if (fclose(stream) && !result)
		result = aie_error_set(error, AIE_ERROR_MEMORY, "%s: no memory for the explanation", path);
	if (result) {
		free(*text);
		*text = NULL;
	}
	return result;
}

static int finish_output(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	fprintf(stderr, "aie-image: standard output cannot be written\n");
	return 3;
}

static void print_explanations(char *const *path, char *const *text, int files, bool json)
{
	if (json)
		fputs("{\"files\":[", stdout);
	for (int i = 0; i < files; i++) {
		if (json && i)
			putchar(',');
		else if (files > 1 && !json)
			printf("%s%s:\n", i ? "\n" : "", path[i]);
		fputs(text[i], stdout);
	}
	if (json)
		fputs("]}\n", stdout);
}

static int dump(int argc, char **argv)
{
	struct aie_image_dump_options options = { 0 };
	int files = read_options(argc, argv, &options, argv), status = 0;
	struct aie_error error;
	char **text;

	if (files < 1)
		return wrong_usage(files < 0 ? "dump: unknown option" : "dump: no file");
	if (options.script && (files > 1 || options.json))
		return wrong_usage("dump: --script describes one file, as text");
	text = calloc((size_t)files, sizeof *text);
	if (!text) {
		aie_error_set(&error, AIE_ERROR_MEMORY, "no memory");
		return report(&error);
	}
	for (int i = 0; i < files && !status; i++)
		if (dump_text(argv[i], &options, &text[i], &error))
			status = report(&error);
	if (!status) {
		print_explanations(argv, text, files, options.json);
		status = finish_output();
	}
	for (int i = 0; i < files; i++)
		free(text[i]);
	free(text);
	return status;
}

static int diff(int argc, char **argv)
{
	struct aie_image_dump_options options = { 0 };
	int files = read_options(argc, argv, &options, argv), status;
	char *one, *two;
	struct aie_error error;
	bool equal;

	if (files != 2)
		return wrong_usage(files < 0 ? "diff: unknown option" : "diff: two files are needed");
	options.json = options.script = false;
	options.offsets = false; /* they differ after the first difference */
	if (dump_text(argv[0], &options, &one, &error))
		return report(&error);
	if (dump_text(argv[1], &options, &two, &error)) {
		free(one);
		return report(&error);
	}
	equal = aie_image_diff(stdout, one, two);
	free(one);
	free(two);
	status = finish_output();
	return status ? status : equal ? 0 : 1;
}

static int build(int argc, char **argv)
{
	const char *input = NULL, *output = NULL, *slash;
	struct aie_error error;
	struct aie_bytes bytes;
	char *directory;
	uint8_t *text;
	size_t size;
	int result;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "-o") == 0 && i + 1 < argc)
			output = argv[++i];
		else if (argv[i][0] == '-' && argv[i][1])
			return wrong_usage("build: unknown option");
		else if (input)
			return wrong_usage("build: more than one description");
		else
			input = argv[i];
	}
	if (!input || !output)
		return wrong_usage("build: a description and -o OUTPUT are needed");
	if (aie_file_read(input, IMAGE_TOOL_MAX_BYTES, &text, &size, &error))
		return report(&error);
	slash = strrchr(input, '/');
	directory = slash ? strndup(input, (size_t)(slash - input)) : strdup(".");
	if (!directory) {
		free(text);
		aie_error_set(&error, AIE_ERROR_MEMORY, "no memory");
		return report(&error);
	}
	result = aie_image_build((const char *)text, size, directory, &bytes, &error);
	free(directory);
	free(text);
	if (result) {
		aie_error_prefix(&error, "%s", input);
		return report(&error);
	}
	result = aie_file_write(output, bytes.data, bytes.size, &error);
	aie_bytes_free(&bytes);
	return result ? report(&error) : 0;
}

int main(int argc, char **argv)
{
	aie_install_crash_handler();
	if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(usage, stdout);
		return finish_output();
	}
	if (argc < 2)
		return wrong_usage("dump, build or diff is needed");
	if (strcmp(argv[1], "dump") == 0)
		return dump(argc - 2, argv + 2);
	if (strcmp(argv[1], "build") == 0)
		return build(argc - 2, argv + 2);
	if (strcmp(argv[1], "diff") == 0)
		return diff(argc - 2, argv + 2);
	return wrong_usage("unknown command");
}
