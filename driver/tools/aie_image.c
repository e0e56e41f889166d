/* aie-image: look at, make and compare the image formats of the NPU. */
#include <stdlib.h>
#include <string.h>

#include "isa/backtrace.h"
#include "driver/tools/files.h"
#include "driver/tools/image_tool.h"

static const char usage[] =
        "usage: aie-image dump [--offsets] [--data] FILE...\n"
        "       aie-image build DESCRIPTION -o OUTPUT\n"
        "       aie-image diff [--data] ONE TWO\n"
        "\n"
        "dump   explains xclbin, PDI, CDO, transaction streams (binary and text), core and control-code ELF,\n"
        "       told by their contents, down to registers with their names and fields\n"
        "build  writes a CDO, PDI, xclbin, transaction stream or control-code ELF from a description:\n"
        "       image cdo|pdi|xclbin|txn|txn-1.0|txn-text|elf, columns N, time SECONDS, generation N,\n"
        "       kernel NAME [ID [BUFFERS]], include FILE, load C R FILE, reset C R, enable C R,\n"
        "       write C R REGISTER VALUE, mask C R REGISTER MASK VALUE, block C R REGISTER WORD..., nop,\n"
        "       poll C R REGISTER MASK VALUE, patch C R REGISTER ARGUMENT [ADDEND],\n"
        "       wait C R s2mm|mm2s CHANNEL [COLUMNS ROWS]; one statement a line\n"
        "diff   compares what two images say\n"
        "\n"
        "exit status: 0 done (diff: equal), 1 diff: different, 2 bad input or usage, 3 no memory\n";

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
		else if (argv[i][0] == '-' && argv[i][1])
			return -1;
		else
			file[files++] = argv[i];
	}
	return files;
}

/* The explanation of one file as text, or -1. */
static int dump_text(const char *path, const struct aie_image_dump_options *options, char **text,
                     struct aie_error *error)
{
	size_t size, length;
	uint8_t *data;
	FILE *stream;
	int result;

	*text = NULL;
	if (aie_file_read(path, IMAGE_TOOL_MAX_BYTES, &data, &size, error))
		return -1;
	stream = open_memstream(text, &length);
	if (!stream) {
		free(data);
		return aie_error_set(error, AIE_ERROR_MEMORY, "%s: no memory", path);
	}
	result = aie_image_dump(stream, data, size, options, error);
	if (result)
		aie_error_prefix(error, "%s", path);
	if (fclose(stream) && !result)
		result = aie_error_set(error, AIE_ERROR_MEMORY, "%s: no memory for the explanation", path);
	free(data);
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

static int dump(int argc, char **argv)
{
	struct aie_image_dump_options options = { 0 };
	int files = read_options(argc, argv, &options, argv);
	struct aie_error error;
	char *text;

	if (files < 1)
		return wrong_usage(files < 0 ? "dump: unknown option" : "dump: no file");
	for (int i = 0; i < files; i++) {
		if (dump_text(argv[i], &options, &text, &error))
			return report(&error);
		if (files > 1)
			printf("%s%s:\n", i ? "\n" : "", argv[i]);
		fputs(text, stdout);
		free(text);
	}
	return finish_output();
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
