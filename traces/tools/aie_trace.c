/* aie-trace: what the trace units of the array recorded, on hardware or on the model, read, compared and explained. */
#include <stdio.h>
#include <string.h>

#include "isa/backtrace.h"
#include "traces/tools/input.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "decode", trace_decode }, { "export", trace_export }, { "diff", trace_diff },
	{ "report", trace_report }, { "trend", trace_trend },
};

static int help(void)
{
	fputs("usage: aie-trace decode [OPTION]... TRACE\n"
	      "       aie-trace export [--format chrome|csv|vcd] [-o FILE] [OPTION]... TRACE\n"
	      "       aie-trace diff [OPTION]... CANDIDATE REFERENCE...\n"
	      "       aie-trace report [--html FILE] [--trace TRACE] [--core ELF] [--json] PROFILE.json|CAPTURE\n"
	      "       aie-trace trend [--metric NAME] [--higher] [--threshold PERCENT] [--svg FILE] [--json] "
	      "DIRECTORY\n"
	      "\n"
	      "decode, export and diff read captures or raw trace buffers (binary, or hexadecimal words as text):\n"
	      "  --image FILE      take the events' names from the register writes of an image: xclbin, PDI, CDO or\n"
	      "                    transaction stream; may repeat, in the order in which they run\n"
	      "  --config FILE     or from JSON (see docs/capture-format.md)\n"
	      "  --clock MHZ       array clock, where the capture does not know it\n"
	      "  --first-column N  array column of the partition's first one (packets carry array columns)\n"
	      "  --json            one object on standard output\n"
	      "  --strict          decode: exit status 1 when anything had to be skipped\n"
	      "\n"
	      "diff compares intervals; several references form a band (events that never vary must be met exactly):\n"
	      "  --tolerance N     cycles that an interval may differ (default 0)\n"
	      "  --sigma K         standard deviations that make the band (default 3)\n"
	      "  --phase EVENT     part each unit's recording at the occurrences of this event\n"
	      "\n"
	      "report explains what `aie-run ... --profile --json` printed, or a capture as far as that knows:\n"
	      "  --html FILE       one page with pictures that needs nothing but itself\n"
	      "  --core ELF        the core's program, for the loop of an image that aie-run does not know from "
	      "within: bundles,\n"
	      "                    and source lines where the file has them (DWARF)\n"
	      "  --trace TRACE     a trace of the same run: its timeline is drawn on the page, too\n"
	      "\n"
	      "trend collects such files of many runs, ordered by name (or by member \"sequence\"):\n"
	      "  --metric NAME     member to follow, dots lead inwards (default: cycles)\n"
	      "  --higher          higher values are better\n"
	      "  --threshold P     exit status 1 when the last value is worse than the best by more than P percent\n"
	      "  --svg FILE        picture of the curve\n"
	      "\n"
	      "exit status: 0 done and equal, 1 differs or regressed, 2 bad input or usage, 3 refused or fault\n",
	      stdout);
	return trace_flush();
}

int main(int argc, char **argv)
{
	aie_install_crash_handler();
	if (argc < 2)
		return trace_usage("a command is missing");
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return help();
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	return trace_usage("%s: there is no such command", argv[1]);
}
