/* aie-run: run an operator of this project, or anyone's xclbin and instruction stream, on the NPU or on the model. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isa/backtrace.h"
#include "driver/tools/run.h"
#include "kernels/operator.h"

int aie_run_usage(const char *format, ...)
{
	va_list arguments;

	fputs("aie-run: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputs(" (see aie-run --help)\n", stderr);
	return 2;
}

int aie_run_common_option(struct aie_run_common *common, int argc, char **argv, int *index)
{
	const char *option = argv[*index];
	const char *value = *index + 1 < argc ? argv[*index + 1] : NULL;
	char *end;
	long number;

	if (!strcmp(option, "--json")) {
		common->json = true;
	} else if (!strcmp(option, "--profile")) {
		common->profile = true;
	} else if (!strncmp(option, "--trace", 7)) {
		return aie_trace_run_option(&common->trace, argc, argv, index);
	} else if (!strcmp(option, "--device") || !strcmp(option, "--timeout")) {
		if (!value) {
			aie_run_usage("%s: a value is missing", option);
			return -1;
		}
		++*index;
		if (!strcmp(option, "--device")) {
			common->device = value;
		} else {
			errno = 0;
			number = strtol(value, &end, 10);
			if (errno || end == value || *end || number < 1 || number > 86400000) {
				aie_run_usage("--timeout %s: expected milliseconds between 1 and 86400000", value);
				return -1;
			}
			common->timeout_ms = (int)number;
		}
	} else {
		return 0;
	}
	++*index;
	return 1;
}

static void operators_help(void)
{
	size_t count;
	const struct aie_operator *const *operators = aie_operators(&count);

	for (size_t i = 0; i < count; i++) {
		printf("\n%s: %s\n", operators[i]->name, operators[i]->summary);
		for (size_t j = 0; j < operators[i]->option_count; j++) {
			const struct aie_operator_option *option = &operators[i]->option[j];
			char left[64];

			snprintf(left, sizeof left, "%s%s %s", option->name[1] ? "--" : "-", option->name,
			         option->choices ? option->choices
			         : option->value ? option->value
			                         : "");
			printf("  %-26s %s", left, option->help);
			if (option->fallback)
				printf(" (default: %s)", option->fallback);
			putchar('\n');
		}
	}
}

static int help(void)
{
	fputs("usage: aie-run OPERATOR [OPTION]...\n"
	      "       aie-run --xclbin FILE --insts FILE [--kernel NAME] BUFFER... [OPTION]...\n"
	      "       aie-run --elf FILE [--xclbin FILE] [--kernel NAME[:INSTANCE]] BUFFER... [OPTION]...\n"
	      "\n"
	      "Run an operator, or an image built elsewhere, and say what it cost.\n"
	      "\n"
	      "  BUFFER: the kernel's buffer arguments in its order\n"
	      "    --in FILE[:TYPE]           the file's bytes; with TYPE whole elements of it\n"
	      "    --out FILE:SIZE[:TYPE]     SIZE bytes (K, M, G: powers of 1024), written to FILE after the run\n"
	      "    --expect FILE[:TYPE]       behind an --out: compare it with FILE, exit 1 where they differ\n"
	      "    --tolerance T              of floating-point types: |a-b| <= T * max(|b|,1); default 0\n"
	      "    TYPE: i8 u8 i16 u16 i32 u32 i64 u64 bf16 f16 f32 f64\n"
	      "  --insts        binary or text form; --elf: control code, the plain form with its --xclbin\n"
	      "  --core-elf C,R=FILE  the program of an image's core (*=FILE: of every core), whose symbols and "
	      "source\n"
	      "                 lines then stand with the program addresses in reports\n"
	      "  --device D     auto (default: a real NPU if there is one, else the model), sim, "
	      "sim:npu4,NAME=VALUE...,\n"
	      "                 or a node such as /dev/accel/accel0\n"
	      "  --profile      where the cycles went, by core, lock, channel and inner loop (model only)\n"
	      "  --save PREFIX  operators: also write PREFIX.xclbin, PREFIX.insts.bin and a file for every input;\n"
	      "                 with --trace PREFIX.traced.insts.bin, too\n"
	      "  --json         one object on standard output, nothing else\n"
	      "  --timeout MS   give up waiting after MS milliseconds of host time\n",
	      stdout);
	fputs(aie_tracing_wish_help(), stdout);
	fputs("  --trace-buffer ARGUMENT[:OFFSET[:SIZE]]\n"
	      "                 images that configure trace units themselves: the buffer argument, counted from 0, "
	      "that\n"
	      "                 takes the trace\n"
	      "\n"
	      "exit status: 0 done and correct, 1 wrong result, 2 bad input or usage, 3 device or run-time fault\n"
	      "operators:\n",
	      stdout);
	operators_help();
	return 0;
}

int main(int argc, char **argv)
{
	aie_install_crash_handler();
	if (argc < 2)
		return aie_run_usage("an operator, --xclbin or --elf is missing");
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return help();
	if (argv[1][0] == '-')
		return aie_run_image(argc - 1, argv + 1);
	return aie_run_operator(argc - 1, argv + 1);
}
