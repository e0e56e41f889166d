/* The common interface of operators (one folder each under kernels/) towards the tools.
 *
 * An operator is a static description: its name, its options, and functions.  A job is one instance of it with fixed
 * shape, data and placement: it owns the image (xclbin and host sequence), the input data, and knows how to check the
 * outputs.  A job knows no device; whoever runs it creates a buffer for every argument, lets the job fill the inputs,
 * runs the image and hands the contents of all arguments back.
 *
 * Errors: create() and the others return NULL or -1 with the error object filled; a bad option, shape or file is
 * AIE_ERROR_INPUT.  Libraries print nothing; all texts are for the tool to print.
 */
#ifndef AIE_KERNELS_OPERATOR_H
#define AIE_KERNELS_OPERATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/assembler.h"
#include "isa/error.h"

/* ---- options --------------------------------------------------------------------------------------------------- */

enum aie_option_kind {
	AIE_OPTION_NUMBER, /* a decimal number (or 0x...), 0 .. 2^63 - 1 */
	AIE_OPTION_CHOICE, /* one of the words in `choices` */
	AIE_OPTION_TEXT,   /* any text: a name or a path */
};

struct aie_operator_option {
	const char *name; /* "M", "tsi": given as -M 2048 or --M 2048 or --tsi=1 */
	enum aie_option_kind kind;
	const char *choices;  /* AIE_OPTION_CHOICE: words separated by '|' */
	const char *fallback; /* what holds when the option is not given, for the help text; NULL: nothing */
	const char *value;    /* name of the value in the help text: "N", "FILE" */
	const char *help;
	bool repeated; /* may be given more than once */
};

/* One option as given by the user, in the order given. */
struct aie_operator_setting {
	const char *name, *value;
};

/* ---- what a job tells ------------------------------------------------------------------------------------------ */

enum aie_argument_direction { AIE_ARGUMENT_IN, AIE_ARGUMENT_OUT };

/* One buffer argument of the host sequence; the index in the list is the argument index of the command. */
struct aie_operator_argument {
	const char *name; /* "weights", "x", "y" */
	size_t size;      /* bytes */
	enum aie_argument_direction direction;
	const char *format; /* "packed INT4", "bf16" */
};

struct aie_operator_image {
	const uint8_t *xclbin;
	size_t xclbin_size;
	const uint8_t *instructions; /* transaction stream: insts.bin */
	size_t instructions_size;
	const char *kernel; /* kernel name inside the xclbin */
	unsigned columns;   /* width of its partition */
};

/* One core of the array program.  `column` is relative to the partition. */
struct aie_operator_worker {
	uint8_t column, row;
	uint8_t index;      /* the operator's own number of the worker */
	const uint8_t *elf; /* the program of this core */
	size_t elf_size;
};

/* What a lock of a tile means: which side of which object FIFO it counts. */
struct aie_operator_lock {
	uint8_t column, row;
	uint8_t lock;     /* 0..15 in its tile; the core of the tile calls it 48 + lock */
	const char *fifo; /* "A_L3L1_0" */
	const char *role; /* "empty" (the producer waits for it) or "full" (the consumer waits) */
};

/* What a DMA channel carries. */
struct aie_operator_channel {
	uint8_t column, row, channel, mm2s;
	const char *fifo;
};

/* A loop worth counting: every pass of the bundles [begin, end) handles `units` units of work. */
struct aie_operator_loop {
	const char *name;    /* "inner" */
	uint32_t begin, end; /* program addresses, bytes; end is the address after the last bundle */
	uint32_t units;      /* e.g. weights per pass */
	const char *unit;    /* "weights" */
	uint64_t passes;     /* work of one worker in one run, in passes; code that fills and drains an overlapped loop
	                        does a part of it */
};

struct aie_operator_info {
	char title[160];  /* "gemv-int4 2048x8192, 8 workers packed, tsi 1, tso 256, G 32, double-pump, unsigned" */
	uint64_t macs;    /* multiply-accumulates of the whole run */
	uint64_t weights; /* weights read by the whole run */
	uint64_t useful_bytes;              /* bytes counted for effective bandwidth (every input once, outputs once) */
	uint64_t bytes_read, bytes_written; /* bytes that the shim DMAs move */
	unsigned read_channels, write_channels;
	const struct aie_operator_argument *argument;
	size_t argument_count;
	const struct aie_operator_worker *worker;
	size_t worker_count;
	const struct aie_operator_lock *lock;
	size_t lock_count;
	const struct aie_operator_channel *channel;
	size_t channel_count;
	const struct aie_operator_loop *loop;
	size_t loop_count;
	/* The sources that the line tables of the workers' ELF files name. */
	const struct aie_asm_source *const *source;
	size_t source_count;
};

/* How the outputs compare.  `pass` is the verdict: everything that applies to this job held. */
struct aie_operator_result {
	bool pass;
	uint64_t elements;
	/* (a) bit for bit against the C statement of the kernel's arithmetic */
	bool exact_checked;
	uint64_t exact_mismatches;
	uint64_t first_mismatch; /* element index, valid when exact_mismatches != 0 */
	uint32_t got_bits, expected_bits;
	/* (b) against a double-precision reference */
	bool reference_checked;
	double cosine, max_error, max_relative_error;
	uint64_t tolerance_failures; /* elements outside the operator's tolerance */
	char rule[80];               /* the tolerance in words */
	char note[160];              /* anything else worth a line, or "" */
};

struct aie_operator_job;

struct aie_operator {
	const char *name;    /* "gemv-int4" */
	const char *summary; /* one line */
	const struct aie_operator_option *option;
	size_t option_count;

	/* Check all settings, build image and data.  Nothing is written anywhere. */
	struct aie_operator_job *(*create)(const struct aie_operator_setting *setting, size_t count,
	                                   struct aie_error *error);
	void (*destroy)(struct aie_operator_job *job); /* NULL is allowed */

	/* Valid until destroy(). */
	const struct aie_operator_image *(*image)(const struct aie_operator_job *job);
	const struct aie_operator_info *(*info)(const struct aie_operator_job *job);

	/* Write the contents of input argument `index` to data[0..size of the argument). */
	int (*fill)(const struct aie_operator_job *job, size_t index, void *data, struct aie_error *error);
	/* data[i]: contents of argument i after the run (outputs only; inputs may be NULL).  A wrong result is no
	 * error. */
	int (*check)(const struct aie_operator_job *job, const void *const *data, struct aie_operator_result *result,
	             struct aie_error *error);
	/* Write the files asked for by the settings (--out); complete or not at all. */
	int (*store)(const struct aie_operator_job *job, const void *const *data, struct aie_error *error);
};

/* All operators, in the order of the help text. */
const struct aie_operator *const *aie_operators(size_t *count);
/* NULL when there is none of that name. */
const struct aie_operator *aie_operator_find(const char *name);

/* ---- for operators ---------------------------------------------------------------------------------------------- */

/* Check that every setting names an option of the table, is given once (unless repeated), and that choices are legal.
 */
int aie_operator_check_settings(const struct aie_operator *op, const struct aie_operator_setting *setting, size_t count,
                                struct aie_error *error);
/* The last value given for `name`, or NULL. */
const char *aie_operator_setting_text(const struct aie_operator_setting *setting, size_t count, const char *name);
/* The same as a number; *given (may be NULL) says whether it was given, *value is untouched when not. */
int aie_operator_setting_number(const struct aie_operator_setting *setting, size_t count, const char *name,
                                uint64_t *value, bool *given, struct aie_error *error);

#endif
