/* How fast raw traces decode: aie-bench-trace [MEGABYTES].  Never part of the tests. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "tests/traces/encoder.h"
#include "traces/decode.h"

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

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

static void run(const char *name, size_t megabytes, bool dense)
{
	struct trace_buffer buffer = { NULL, 0, 0 };
	double best = 1e9;
	struct counts counts = { 0, 0 };
	struct rusage before, after;

	make(&buffer, megabytes * 1000000 / 4, dense);
	getrusage(RUSAGE_SELF, &before);
	for (unsigned i = 0; i < 3; i++) {
		struct aie_trace_config config = { .unit_count = 0 };
		struct aie_trace_losses losses;
		struct aie_error error = { 0 };
		const double start = now();

		counts = (struct counts){ 0, 0 };
		if (aie_trace_decode(&config, buffer.words, buffer.count, count_event, &counts, &losses, &error))
			exit(3);
		if (now() - start < best)
			best = now() - start;
	}
	getrusage(RUSAGE_SELF, &after);
	printf("%-24s %zu MB in %.3f s: %.0f MB/s, %.1f million events/s, %ld KiB more memory\n", name, megabytes, best,
	       (double)megabytes / best, (double)counts.events / best / 1e6, after.ru_maxrss - before.ru_maxrss);
	trace_buffer_free(&buffer);
}

int main(int argc, char **argv)
{
	const int megabytes = argc > 1 ? atoi(argv[1]) : 100;

	if (megabytes < 8 || megabytes > 4000) {
		fputs("usage: aie-bench-trace [MEGABYTES, 8 to 4000]\n", stderr);
		return 2;
	}
	run("decode, a frame a byte", (size_t)megabytes, true);
	run("decode, long gaps", (size_t)megabytes, false);
	return 0;
}
