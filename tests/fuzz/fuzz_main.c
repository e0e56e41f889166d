/* A small fuzzing engine for compilers without one: runs a target on its seeds, on corpus files, and on mutations.
 *
 * usage: TARGET [--seconds S] [--runs N] [--seed N] [--max-bytes N] [--write DIRECTORY] [FILE|DIRECTORY]...
 * --write stores the seeds as files, for another engine to start from, and does nothing else.
 * The inputs depend on seed and run number only.  An input that crashes, or takes more than 20 seconds, is written to
 * crash-TARGET in the working directory; run the target on that file to see it again.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

enum { MAX_INPUTS = 4096, HANG_SECONDS = 20, DEFAULT_MAX_BYTES = 1 << 16 };

struct input {
	uint8_t *data;
	size_t size;
};

static struct {
	struct input corpus[MAX_INPUTS];
	size_t count, max_bytes;
	uint64_t random;
	const uint8_t *volatile current;
	volatile size_t current_size;
	char crash_name[128];
} engine = { .max_bytes = DEFAULT_MAX_BYTES, .random = 1 };

/* With AddressSanitizer a failure ends in this callback, not in a signal. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void save_current(void)
{
	int fd = open(engine.crash_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	static const char text[] = "input written to ";

	if (fd < 0 || !engine.current)
		return;
	if (write(fd, engine.current, engine.current_size) >= 0 && write(2, text, sizeof text - 1) > 0 &&
	    write(2, engine.crash_name, strlen(engine.crash_name)) > 0)
		(void)!write(2, "\n", 1);
	close(fd);
}

static void on_signal(int number)
{
	save_current();
	signal(number, SIG_DFL);
	raise(number);
}

static void add(const uint8_t *data, size_t size)
{
	struct input *input = &engine.corpus[engine.count];

	if (engine.count == MAX_INPUTS)
		return;
	input->data = malloc(size + 1);
	if (!input->data)
		abort();
	memcpy(input->data, data, size);
	input->size = size;
	engine.count++;
}

static void add_file(const char *path)
{
	uint8_t *data = malloc(engine.max_bytes + 1);
	FILE *file = fopen(path, "rbe");
	size_t size;

	if (!file || !data) {
		perror(path);
		exit(2);
	}
	size = fread(data, 1, engine.max_bytes, file);
	fclose(file);
	add(data, size);
	free(data);
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static void add_path(const char *path)
{
	char *names[MAX_INPUTS], full[4096];
	struct dirent *entry;
	struct stat status;
	size_t count = 0;
	DIR *directory;

	if (stat(path, &status) || !S_ISDIR(status.st_mode)) {
		add_file(path);
		return;
	}
	directory = opendir(path);
	while (directory && (entry = readdir(directory)))
		if (entry->d_name[0] != '.' && count < MAX_INPUTS)
			names[count++] = strdup(entry->d_name);
	if (directory)
		closedir(directory);
	qsort(names, count, sizeof names[0], compare_names); /* the order of a directory is nobody's */
	for (size_t i = 0; i < count; i++) {
		snprintf(full, sizeof full, "%s/%s", path, names[i]);
		add_file(full);
		free(names[i]);
	}
}

static void write_seeds(const char *directory)
{
	char path[4096];

	for (size_t i = 0; i < engine.count; i++) {
		const struct input *input = &engine.corpus[i];
		FILE *file;

		snprintf(path, sizeof path, "%s/seed-%03zu", directory, i);
		file = fopen(path, "wbe");
		if (!file || fwrite(input->data, 1, input->size, file) != input->size || fclose(file)) {
			perror(path);
			exit(3);
		}
	}
}

/* ---- mutation --------------------------------------------------------------------------------------------------- */

static uint64_t next_random(void)
{
	uint64_t z = engine.random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static size_t below(size_t limit)
{
	return limit ? (size_t)(next_random() % limit) : 0;
}

static void put_interesting(uint8_t *data, size_t size)
{
	static const uint32_t values[] = {
		0,      1,      2,      4,      7,       8,          0x10,     0x7f,       0x80,           0xff,
		0x100,  0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 1U << 31, UINT32_MAX, UINT32_MAX - 3, 0x4000000,
		0x1d004
	};
	uint32_t value = values[below(sizeof values / sizeof values[0])];
	size_t width = (size_t)1 << below(3), at;

	if (size < width)
		return;
	at = below(size - width + 1);
	if (below(2))
		at -= at % width; /* most fields are aligned */
	memcpy(data + at, &value, width);
}

static size_t mutate_once(uint8_t *data, size_t size)
{
	size_t at = below(size), length;
	const struct input *other;

	switch (below(8)) {
	case 0:
		if (size)
			data[at] ^= (uint8_t)(1U << below(8));
		return size;
	case 1:
		if (size)
			data[at] = (uint8_t)next_random();
		return size;
	case 2:
	case 3:
		put_interesting(data, size);
		return size;
	case 4: /* cut out */
		length = below(size - at);
		memmove(data + at, data + at + length, size - at - length);
		return size - length;
	case 5: /* say twice */
		length = below(size - at);
		if (size + length > engine.max_bytes)
			return size;
		memmove(data + at + length, data + at, size - at);
		return size + length;
	case 6: /* small change of a word */
		if (size >= 4) {
			uint32_t word;

			at = below(size - 3);
			memcpy(&word, data + at, sizeof word);
			word += (uint32_t)below(33) - 16;
			memcpy(data + at, &word, sizeof word);
		}
		return size;
	default: /* a piece of another input */
		other = &engine.corpus[below(engine.count)];
		length = below(other->size + 1);
		if (length > size - at)
			length = size - at;
		memcpy(data + at, other->data + below(other->size - length + 1), length);
		return size;
	}
}

/* ---- running ---------------------------------------------------------------------------------------------------- */

static void run(const uint8_t *data, size_t size)
{
	/* Exactly as large as said, so that a step beyond the end is found. */
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	engine.current = copy;
	engine.current_size = size;
	alarm(HANG_SECONDS);
	LLVMFuzzerTestOneInput(copy, size);
	alarm(0);
	engine.current = NULL;
	free(copy);
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t fuzz(double seconds, uint64_t runs, uint64_t seed)
{
	uint8_t *data = malloc(engine.max_bytes + 1);
	double end = seconds_now() + seconds;
	uint64_t done = 0;

	if (!data)
		abort();
	for (; done < runs && engine.count; done++) {
		const struct input *input;
		size_t size;

		if (seconds > 0 && done % 16 == 0 && seconds_now() >= end)
			break;
		engine.random = seed * UINT64_C(0x2545f4914f6cdd1d) + done;
		input = &engine.corpus[below(engine.count)];
		size = input->size < engine.max_bytes ? input->size : engine.max_bytes;
		memcpy(data, input->data, size);
		for (size_t i = 1 + below(6); i; i--)
			size = mutate_once(data, size);
		run(data, size);
	}
	free(data);
	return done;
}

static uint64_t number(const char *text)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 0);

	if (*end || end == text) {
		fprintf(stderr, "%s: no number\n", text);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGALRM };
	const char *base = strrchr(argv[0], '/');
	uint64_t runs = UINT64_MAX, seed = 1, done;
	double seconds = 0;
	const char *directory = NULL;
	bool files = false;
	uint8_t *data;

	snprintf(engine.crash_name, sizeof engine.crash_name, "crash-%.100s", base ? base + 1 : argv[0]);
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--", 2) != 0) {
			add_path(argv[i]);
			files = true;
		} else if (i + 1 == argc) {
			fprintf(stderr, "%s needs a value\n", argv[i]);
			return 2;
		} else if (strcmp(argv[i], "--seconds") == 0) {
			seconds = (double)number(argv[++i]);
		} else if (strcmp(argv[i], "--runs") == 0) {
			runs = number(argv[++i]);
		} else if (strcmp(argv[i], "--seed") == 0) {
			seed = number(argv[++i]);
		} else if (strcmp(argv[i], "--max-bytes") == 0) {
			engine.max_bytes = number(argv[++i]);
		} else if (strcmp(argv[i], "--write") == 0) {
			directory = argv[++i];
		} else {
			fprintf(stderr, "%s: expected --seconds, --runs, --seed, --max-bytes, --write, files\n",
			        argv[i]);
			return 2;
		}
	}
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		signal(signals[i], on_signal);
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(save_current);
	data = malloc(engine.max_bytes);
	if (!data)
		return 3;
	for (unsigned i = 0; i < MAX_INPUTS; i++) {
		size_t size = aie_fuzz_seed(i, data, engine.max_bytes);

		if (!size)
			break;
		add(data, size);
	}
	free(data);
	if (directory) {
		write_seeds(directory);
		goto out;
	}
	for (size_t i = 0; i < engine.count; i++)
		run(engine.corpus[i].data, engine.corpus[i].size);
	/* Files alone are there to be looked at: no mutations unless asked for. */
	done = files && seconds <= 0 && runs == UINT64_MAX
	               ? 0
	               : fuzz(seconds > 0 || runs != UINT64_MAX ? seconds : 1, runs, seed);
	printf("%s: %zu inputs and %llu mutations\n", base ? base + 1 : argv[0], engine.count,
	       (unsigned long long)done);
out:
	for (size_t i = 0; i < engine.count; i++)
		free(engine.corpus[i].data);
	return 0;
}
