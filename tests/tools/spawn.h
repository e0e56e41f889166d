/* Run a tool of the build as its user would and look at what comes out. */
#ifndef AIE_TESTS_TOOLS_SPAWN_H
#define AIE_TESTS_TOOLS_SPAWN_H

#include <stddef.h>

struct spawn_result {
	int status;      /* exit status, or 128 + signal */
	char *out, *err; /* what it printed, terminated; freed by spawn_free */
	long peak_kib;   /* largest resident size */
	double seconds;  /* wall clock */
};

/* Run build/.../bin/TOOL with the words of `arguments` (split at blanks) in the directory `directory` (NULL: here). */
void spawn_tool(struct spawn_result *result, const char *directory, const char *tool, const char *arguments, ...)
        __attribute__((format(printf, 4, 5)));
void spawn_free(struct spawn_result *result);

/* The number behind "KEY": in a JSON text; the n-th occurrence, counted from 0.  Fails the test when there is none. */
double json_number(const char *json, const char *key, unsigned n);
/* Is `"key":"value"` in the text? */
int json_has_string(const char *json, const char *key, const char *value);

/* A fresh empty directory, removed with everything in it by remove_directory. */
char *make_directory(void);
void remove_directory(char *directory);

/* Write `size` bytes to DIRECTORY/NAME. */
void write_file(const char *directory, const char *name, const void *data, size_t size);

void unlink_file(const char *directory, const char *name);

#endif
