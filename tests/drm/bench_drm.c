/* aie-bench-drm: what the driver client and the device path cost on the host.
 *
 * usage: aie-bench-drm [--device D] [--commands N] [--cycles N] [--limit US] [--json]
 * Measures, with a command that does nothing: one at a time, queued, in run lists; a buffer of 1 GiB; and N cycles of
 * open, run, close (with --cycles), after which the process must have the descriptors and about the memory it had
 * before.  With --limit a queued command must cost less than so many microseconds.
 * Exit status: 0 measured, 1 the cycles leaked or the limit is exceeded, 2 usage, 3 device.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver/aie.h"
#include "isa/json.h"
#include "tests/drm/program.h"

enum { LIST_COMMANDS = 32, ARGUMENT_BYTES = 4096, REPEATS = 5, KIB_ALLOWED = 4096 };

static struct aie_error error;

static void need(bool good)
{
	if (good)
		return;
	fprintf(stderr, "aie-bench-drm: %s\n", error.text);
	exit(3);
}

static double now_us(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* ---- the command ------------------------------------------------------------------------------------------------ */

static void make_images(struct aie_bytes *xclbin, struct aie_bytes *stream)
{
	struct aie_bytes pdi;

	program_noop_pdi(&pdi);
	program_noop_stream(stream, 1);
	program_xclbin(xclbin, &pdi, 1);
	aie_bytes_free(&pdi);
}

struct bench {
	struct aie_bytes xclbin, stream;
	struct aie_device *device;
	struct aie_context *context;
	struct aie_buffer *instructions, *argument;
};

static void open_bench(struct bench *bench, const char *name)
{
	bench->device = aie_device_open(name, &error);
	need(bench->device);
	bench->context = aie_context_create_xclbin(bench->device, bench->xclbin.data, bench->xclbin.size, NULL, &error);
	need(bench->context);
	bench->instructions = aie_buffer_create(bench->device, bench->stream.size, AIE_BUFFER_INSTRUCTION, &error);
	need(bench->instructions);
	memcpy(aie_buffer_data(bench->instructions), bench->stream.data, bench->stream.size);
	need(!aie_buffer_flush(bench->instructions, 0, bench->stream.size, &error));
	bench->argument = aie_buffer_create(bench->device, ARGUMENT_BYTES, AIE_BUFFER_HOST, &error);
	need(bench->argument);
}

static void close_bench(struct bench *bench)
{
	aie_buffer_destroy(bench->argument);
	aie_buffer_destroy(bench->instructions);
	aie_context_destroy(bench->context);
	aie_device_close(bench->device);
}

static struct aie_command *make_command(struct bench *bench)
{
	struct aie_command *command = aie_command_create(bench->context, bench->instructions, bench->stream.size,
	                                                 &bench->argument, 1, &error);

	need(command);
	return command;
}

static void wait_for(struct aie_command *command)
{
	need(!aie_command_wait(command, -1, &error));
}

/* ---- measurements: microseconds a command ----------------------------------------------------------------------- */

static double one_at_a_time(struct bench *bench, unsigned commands)
{
	struct aie_command *command = make_command(bench);
	double start = now_us();

	for (unsigned i = 0; i < commands; i++) {
		need(!aie_command_submit(command, &error));
		wait_for(command);
	}
	start = now_us() - start;
	aie_command_destroy(command);
	return start / commands;
}

static double queued(struct bench *bench, unsigned commands)
{
	struct aie_command **command = calloc(commands, sizeof(struct aie_command *));
	double start;

	if (!command)
		exit(3);
	for (unsigned i = 0; i < commands; i++)
		command[i] = make_command(bench);
	start = now_us();
	for (unsigned i = 0; i < commands; i++)
		need(!aie_command_submit(command[i], &error));
	wait_for(command[commands - 1]);
	start = now_us() - start;
	for (unsigned i = 0; i < commands; i++) {
		wait_for(command[i]);
		aie_command_destroy(command[i]);
	}
	free(command);
	return start / commands;
}

static double in_lists(struct bench *bench, unsigned commands)
{
	struct aie_command *part[LIST_COMMANDS], *list;
	unsigned lists = (commands + LIST_COMMANDS - 1) / LIST_COMMANDS;
	double start;

	for (unsigned i = 0; i < LIST_COMMANDS; i++)
		part[i] = make_command(bench);
	list = aie_command_create_list(bench->context, part, LIST_COMMANDS, &error);
	need(list);
	start = now_us();
	for (unsigned i = 0; i < lists; i++) {
		need(!aie_command_submit(list, &error));
		wait_for(list);
	}
	start = now_us() - start;
	aie_command_destroy(list);
	for (unsigned i = 0; i < LIST_COMMANDS; i++)
		aie_command_destroy(part[i]);
	return start / (lists * LIST_COMMANDS);
}

static double least(double (*measure)(struct bench *, unsigned), struct bench *bench, unsigned commands)
{
	double best = measure(bench, commands);

	for (unsigned i = 1; i < REPEATS; i++) {
		double again = measure(bench, commands);

		best = again < best ? again : best;
	}
	return best;
}

static double large_buffer(struct bench *bench)
{
	double start = now_us();
	struct aie_buffer *buffer = aie_buffer_create(bench->device, (size_t)1 << 30, AIE_BUFFER_HOST, &error);

	need(buffer);
	aie_buffer_destroy(buffer);
	return now_us() - start;
}

/* ---- leaks ------------------------------------------------------------------------------------------------------ */

static unsigned open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned count = 0;

	while (directory && readdir(directory))
		count++;
	if (directory)
		closedir(directory);
	return count;
}

static long memory_kib(const char *what)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	long value = 0;

	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, what, strlen(what)) == 0)
			value = strtol(line + strlen(what), NULL, 10);
	if (file)
		fclose(file);
	return value;
}

struct leaks {
	int descriptors;
	long resident, address_space; /* KiB */
};

/* Sanitizers keep freed memory for a while: its size says nothing there, and LeakSanitizer looks anyway. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool memory_tells = false;
#else
static const bool memory_tells = true;
#endif

static bool leaked(const struct leaks *leaks)
{
	return leaks->descriptors > 0 ||
	       (memory_tells && (leaks->resident > KIB_ALLOWED || leaks->address_space > 16 * KIB_ALLOWED));
}

static struct leaks cycle(struct bench *bench, const char *name, unsigned cycles)
{
	struct leaks before = { 0 }, after;

	for (unsigned i = 0; i < cycles; i++) {
		struct aie_command *command;

		/* What the first ones leave behind is the allocator's. */
		if (i == cycles / 10)
			before = (struct leaks){ (int)open_descriptors(), memory_kib("VmRSS:"), memory_kib("VmSize:") };
		open_bench(bench, name);
		command = make_command(bench);
		need(!aie_command_submit(command, &error));
		wait_for(command);
		aie_command_destroy(command);
		close_bench(bench);
	}
	after = (struct leaks){ (int)open_descriptors(), memory_kib("VmRSS:"), memory_kib("VmSize:") };
	return (struct leaks){ after.descriptors - before.descriptors, after.resident - before.resident,
		               after.address_space - before.address_space };
}

static unsigned number(const char *text, const char *option)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (!*text || *end || value > 1000000) {
		fprintf(stderr, "aie-bench-drm: %s %s: expected a number up to 1000000\n", option, text);
		exit(2);
	}
	return (unsigned)value;
}

int main(int argc, char **argv)
{
	unsigned commands = 1000, cycles = 0, limit = 0;
	const char *name = "sim";
	struct leaks leaks = { 0 };
	struct bench bench = { 0 };
	struct aie_json json;
	bool as_json = false;
	double single, queue, list, large;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			as_json = true;
		} else if (i + 1 < argc && strcmp(argv[i], "--device") == 0) {
			name = argv[++i];
		} else if (i + 1 < argc && strcmp(argv[i], "--commands") == 0) {
			commands = number(argv[i + 1], argv[i]);
			i++;
		} else if (i + 1 < argc && strcmp(argv[i], "--cycles") == 0) {
			cycles = number(argv[i + 1], argv[i]);
			i++;
		} else if (i + 1 < argc && strcmp(argv[i], "--limit") == 0) {
			limit = number(argv[i + 1], argv[i]);
			i++;
		} else {
			fprintf(stderr,
			        "aie-bench-drm: %s: expected --device D, --commands N, --cycles N, --limit US, "
			        "--json\n",
			        argv[i]);
			return 2;
		}
	}
	if (!commands)
		commands = 1;
	make_images(&bench.xclbin, &bench.stream);
	open_bench(&bench, name);
	one_at_a_time(&bench, 10);
	single = least(one_at_a_time, &bench, commands);
	queue = least(queued, &bench, commands);
	list = least(in_lists, &bench, commands);
	large = large_buffer(&bench);
	close_bench(&bench);
	if (cycles)
		leaks = cycle(&bench, name, cycles);
	aie_bytes_free(&bench.xclbin);
	aie_bytes_free(&bench.stream);
	if (as_json) {
		aie_json_init(&json, stdout);
		aie_json_begin_object(&json, NULL);
		aie_json_string(&json, "device", name);
		aie_json_u64(&json, "commands", commands);
		aie_json_double(&json, "us_a_command_single", single, 4);
		aie_json_double(&json, "us_a_command_queued", queue, 4);
		aie_json_double(&json, "us_a_command_in_lists", list, 4);
		aie_json_double(&json, "us_buffer_1_gib", large, 4);
		aie_json_u64(&json, "cycles", cycles);
		aie_json_i64(&json, "leaked_descriptors", leaks.descriptors);
		aie_json_i64(&json, "leaked_resident_kib", leaks.resident);
		aie_json_i64(&json, "leaked_address_space_kib", leaks.address_space);
		aie_json_end_object(&json);
		aie_json_finish(&json);
	} else {
		printf("no-op, one at a time       %8.2f us a command\n", single);
		printf("no-op, %4u queued         %8.2f us a command", commands, queue);
		if (limit)
			printf(" (limit %u: %s)", limit, queue < limit ? "kept" : "exceeded");
		putchar('\n');
		printf("no-op, lists of %d         %8.2f us a command\n", LIST_COMMANDS, list);
		printf("buffer of 1 GiB            %8.2f us to make, map and release\n", large);
		if (cycles)
			printf("%u cycles of open, run, close: %+d descriptors, %+ld KiB resident, %+ld KiB address "
			       "space\n",
			       cycles, leaks.descriptors, leaks.resident, leaks.address_space);
	}
	return leaked(&leaks) || (limit && queue >= limit);
}
