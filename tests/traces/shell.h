/* Tests that run tools as users do: command lines of a shell in a directory of the test's own. */
#ifndef AIE_TESTS_TRACES_SHELL_H
#define AIE_TESTS_TRACES_SHELL_H

#include <stddef.h>

/* Standard output of the last command (errors too, where the line says 2>&1). */
extern char *shell_output;
extern size_t shell_output_size;

/* Make the directory (set-up), and remove it with all it holds (tear-down): 0 or -1. */
int shell_open(void);
int shell_close(void);
/* Run a command line there; returns the exit status, 128 when it was killed. */
int shell_run(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Write a file there. */
void shell_store(const char *name, const void *data, size_t size);
void shell_store_text(const char *name, const char *text);

#endif
