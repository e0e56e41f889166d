/* Running a program under the preload library, or without it, and catching what it says. */
#ifndef AIE_TESTS_PRELOAD_RIG_H
#define AIE_TESTS_PRELOAD_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

struct run {
	pid_t pid;
	int out;          /* the program's standard output, while it runs */
	int status;       /* exit status; 128 + signal */
	char text[65536]; /* standard output, when it has ended */
};

/* Where files of this test go: a directory made at the first call and removed with its files by rig_cleanup(). */
const char *rig_file(const char *name);
void rig_cleanup(void);

/* Start `argument[0]`; `environment`: NAME=VALUE added to that of the test, NULL-terminated; preload: under the
 * library. */
void rig_start(struct run *run, bool preload, const char *const *argument, const char *const *environment);
void rig_finish(struct run *run);
/* Both; the arguments follow, NULL-terminated. */
void rig_run(struct run *run, bool preload, const char *const *environment, ...);

/* A whole file as text; the caller frees it. */
char *rig_read(const char *path);

#endif
