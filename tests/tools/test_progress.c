/* Long work shows how far it is on a terminal, and nowhere else. */
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/tools/spawn.h"

/* Long enough for some steps of a quarter of a second, on any host. */
#define LONG_RUN "gemv-int4 -M 2048 -K 8192 --cols 2 --schedule single --device sim"

/* What aie-run prints on a terminal of its own, for the caller to free. */
static char *on_terminal(const char *const *arguments, int *status)
{
	enum { ROOM = 1 << 20 };
	char *text = calloc(1, ROOM);
	size_t used = 0;
	ssize_t got;
	int terminal;
	pid_t child;

	assert_non_null(text);
	child = forkpty(&terminal, NULL, NULL, NULL);
	assert_true(child >= 0);
	if (child == 0) {
		execv(AIE_RUN, (char *const *)(uintptr_t)arguments);
		_exit(127);
	}
	/* the terminal reads as an error when its other end is gone */
	while (used < ROOM - 1 && (got = read(terminal, text + used, ROOM - 1 - used)) > 0)
		used += (size_t)got;
	close(terminal);
	assert_int_equal(waitpid(child, status, 0), child);
	return text;
}

static void shown_on_a_terminal(void **state)
{
	const char *const arguments[] = { AIE_RUN, "gemv-int4",  "-M",     "4096",     "-K",  "8192", "--cols",
		                          "2",     "--schedule", "single", "--device", "sim", NULL };
	unsigned long long cycles = 0;
	int status = 0;
	char *text = on_terminal(arguments, &status), *line, *wiped;

	(void)state;
	assert_int_equal(status, 0);
	line = strstr(text, "running: ");
	assert_non_null(line);
	assert_non_null(strstr(line, " cycles, "));
	assert_non_null(strstr(line, " %, "));
	assert_non_null(strstr(line, " million cycles per second"));
	/* it goes on from line to line */
	for (const char *next = line; next; next = strstr(next + 1, "running: ")) {
		const unsigned long long count = strtoull(next + strlen("running: "), NULL, 10);

		assert_true(count >= cycles);
		cycles = count;
	}
	assert_true(cycles > 100000);
	/* wiped before the result is printed */
	wiped = strstr(text, "\r\033[Koperator");
	assert_non_null(wiped);
	assert_null(strstr(wiped, "running: "));
	free(text);
}

static void silent_with_json(void **state)
{
	const char *const arguments[] = { AIE_RUN, "gemv-int4", "-M",         "2048",   "-K",       "8192", "--cols",
		                          "2",     "--json",    "--schedule", "single", "--device", "sim",  NULL };
	int status = 0;
	char *text = on_terminal(arguments, &status);

	(void)state;
	assert_int_equal(status, 0);
	assert_int_equal(text[0], '{');
	assert_null(strstr(text, "running: "));
	free(text);
}

static void silent_in_a_pipe(void **state)
{
	struct spawn_result run;

	(void)state;
	spawn_tool(&run, NULL, "aie-run", LONG_RUN);
	assert_int_equal(run.status, 0);
	assert_string_equal(run.err, "");
	assert_null(strstr(run.out, "running: "));
	spawn_free(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shown_on_a_terminal),
		cmocka_unit_test(silent_with_json),
		cmocka_unit_test(silent_in_a_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
