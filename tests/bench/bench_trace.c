#include "tests/bench/bench_trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/traces/encoder.h"
#include "traces/decode.h"

enum { MEGABYTES = 100, REPEATS = 3 };

struct counts {
	uint64_t events, cycles;
};

static void count_event(void *user, unsigned unit, const struct aie_trace_event *event)
{
	struct counts *counts = user;

	(void)unit;
	counts->events++;
	counts->cycles += event->cycles;
}

/* A short piece of a trace of eight units, repeated to the size wanted: what is measured is decoding, not making it. */
static void make(struct trace_buffer *buffer, size_t words, bool dense)
{
	enum { UNITS = 8, PIECE = 1 << 20 };
	struct trace_encoder encoder[UNITS];
	uint32_t random = 12345;
	uint64_t time = 0;
	size_t piece;

	for (unsigned i = 0; i < UNITS; i++) {
		trace_encoder_init(&encoder[i], buffer, trace_header(i, 2, 0, 1), 0, NULL);
		trace_encoder_start(&encoder[i], 0);
	}
	while (buffer->count < PIECE) {
		time += 1 + trace_random(&random) % (dense ? 4 : 900);
		for (unsigned i = 0; i < UNITS; i++)
			trace_encoder_cycle(&encoder[i], time,
			                    dense ? 1U << trace_random(&random) % 8 : 1 + trace_random(&random) % 255);
	}
	for (unsigned i = 0; i < UNITS; i++)
		trace_encoder_stop(&encoder[i]);
	piece = buffer->count;
	while (buffer->count < words)
		trace_buffer_word(buffer, buffer->words[buffer->count % piece]);
}

/* A number of kilobytes in /proc/self/status, 0 when there is none. */
static long status_kib(const char *key)
{
	FILE *file = fopen("/proc/self/status", "r");
	const size_t length = strlen(key);
	char line[256];
	long kib = 0;

	while (file && fgets(line, sizeof line, file))
		if (!strncmp(line, key, length) && line[length] == ':')
			kib = strtol(line + length + 1, NULL, 10);
	if (file)
		fclose(file);
	return kib;
}

/* The peak counts from now on. */
static void reset_peak(void)
{
	FILE *file = fopen("/proc/self/clear_refs", "w");

	if (file) {
		fputs("5", file);
		fclose(file);
	}
}

static void run(const char *name, bool dense)
{
	struct trace_buffer buffer = { NULL, 0, 0 };
	struct counts counts = { 0, 0 };
	double best = 1e9;
	long before;

	make(&buffer, (size_t)MEGABYTES * 1000000 / 4, dense);
	reset_peak();
	before = status_kib("VmRSS");
	for (unsigned i = 0; i < REPEATS; i++) {
		struct aie_trace_config config = { .unit_count = 0 };
		struct aie_trace_losses losses;
		struct aie_error error = { 0 };
		struct timespec from, to;
		double seconds;

		counts = (struct counts){ 0, 0 };
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
		if (aie_trace_decode(&config, buffer.words, buffer.count, count_event, &counts, &losses, &error)) {
			fprintf(stderr, "aie-bench: %s\n", error.text);
			exit(3);
		}
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
		seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) * 1e-9;
		best = seconds < best ? seconds : best;
	}
	printf("%-26s %8.3f seconds of one core for %d MB, %.1f million events per second, %ld KiB of memory beside "
	       "the trace\n",
	       name, best, MEGABYTES, (double)counts.events / best / 1e6, status_kib("VmHWM") - before);
	fflush(stdout);
	trace_buffer_free(&buffer);
}

void bench_trace(void)
{
	run("trace: a frame a byte", true);
	run("trace: long gaps", false);
}
