/* What all commands of aie-trace share: messages, options that describe a trace, and loading one. */
#ifndef AIE_TRACES_TOOLS_INPUT_H
#define AIE_TRACES_TOOLS_INPUT_H

#include <stdbool.h>

#include "traces/decode.h"

enum { MAX_IMAGES = 8 };

struct trace_options {
	const char *config;            /* JSON file */
	const char *image[MAX_IMAGES]; /* files whose register writes set the trace units up */
	unsigned image_count;
	uint64_t clock_hz; /* 0 = as the configuration says */
	uint64_t first_column;
	bool first_column_given, json;
};

struct trace_input {
	const char *path;
	void *map;
	size_t size;
	struct aie_trace_capture capture;
};

/* Print "aie-trace: TEXT" on stderr and return 2. */
int trace_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Print the error and return the exit status that belongs to it. */
int trace_failed(const struct aie_error *error);

/* The value behind argv[*index], NULL (with a message) when there is none; *index then stands on it. */
const char *trace_value(int argc, char **argv, int *index);
/* A whole number of at most `limit`; 0, or -1 with a message. */
int trace_number(const char *option, const char *text, uint64_t limit, uint64_t *value);
/* A positive decimal fraction; 0, or -1 with a message. */
int trace_fraction(const char *option, const char *text, double *value);
/* Take argv[*index] when it is one of the options above: 1 taken, 0 another, -1 wrong (message printed). */
int trace_option(struct trace_options *options, int argc, char **argv, int *index);

/* The arguments of a command that takes the options above, options with values of its own (NULL at the end), and one
 * file: 0, or 2 with a message.  What was not given stays as it is. */
int trace_arguments(int argc, char **argv, struct trace_options *options, const char *const *name,
                    const char **const *value, const char **path);

/* A capture, or a raw buffer (binary or hexadecimal text); then the options' configuration. */
int trace_open(struct trace_input *input, const char *path, const struct trace_options *options,
               struct aie_error *error);
void trace_close(struct trace_input *input);

/* "FILE: note" lines on stderr about everything that could not be used. */
void trace_notes(const struct trace_input *input, const struct aie_trace_timeline *timeline);
/* Everything written to stdout has arrived: 0, or 3 with a message. */
int trace_flush(void);

/* The commands; argv[0] is the command's name. */
int trace_decode(int argc, char **argv);
int trace_export(int argc, char **argv);
int trace_diff(int argc, char **argv);
int trace_report(int argc, char **argv);
int trace_trend(int argc, char **argv);

#endif
