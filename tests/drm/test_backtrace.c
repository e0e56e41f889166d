/* Faults of the program itself: the crash handler's output, from a child process that crashes. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "isa/backtrace.h"

static volatile int *volatile nowhere = (int *)16;

__attribute__((noinline)) static void crash_by_pointer(void)
{
	*nowhere = 1;
}

__attribute__((noinline)) static void crash_by_assertion(void)
{
	int one = 1;

	aie_assert(one == 2);
}

__attribute__((noinline)) static void crash_by_abort(void)
{
	abort();
}

static volatile unsigned depth;

__attribute__((noinline)) static unsigned overflow_stack(volatile char *above)
{
	volatile char room[4096];

	room[0] = above[0];
	if (++depth == 0)
		return 0;
	return overflow_stack(room) + (unsigned)room[0];
}

static void crash_by_stack(void)
{
	volatile char start[1] = { 0 };

	depth = overflow_stack(start);
}

/* Run `crash` in a child with the handler; its standard error in `text`; the signal it died of. */
static int crash_in_child(void (*crash)(void), char *text, size_t size)
{
	size_t used = 0;
	ssize_t got;
	int ends[2], status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		const struct rlimit no_core = { 0, 0 };

		setrlimit(RLIMIT_CORE, &no_core);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		if (aie_install_crash_handler())
			_exit(99);
		crash();
		_exit(98);
	}
	close(ends[1]);
	while (used < size - 1 && (got = read(ends[0], text + used, size - 1 - used)) > 0)
		used += (size_t)got;
	text[used] = 0;
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

static void expect(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is missing in:\n%s", part, text);
}

static void bad_pointer(void **state)
{
	char text[16384];

	(void)state;
	assert_int_equal(crash_in_child(crash_by_pointer, text, sizeof text), SIGSEGV);
	expect(text, "SIGSEGV");
	expect(text, "address 0x10");
	expect(text, "#0 ");
	expect(text, "crash_by_pointer");
	expect(text, "crash_in_child");
}

static void assertion(void **state)
{
	char text[16384];

	(void)state;
	assert_int_equal(crash_in_child(crash_by_assertion, text, sizeof text), SIGABRT);
	expect(text, "test_backtrace.c:");
	expect(text, "assertion failed: one == 2");
	expect(text, "SIGABRT");
	expect(text, "crash_by_assertion");
}

static void aborted(void **state)
{
	char text[16384];

	(void)state;
	assert_int_equal(crash_in_child(crash_by_abort, text, sizeof text), SIGABRT);
	expect(text, "crash_by_abort");
}

static void exhausted_stack(void **state)
{
	char text[16384];

	(void)state;
	assert_int_equal(crash_in_child(crash_by_stack, text, sizeof text), SIGSEGV);
	expect(text, "SIGSEGV");
	expect(text, "overflow_stack");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_pointer),
		cmocka_unit_test(assertion),
		cmocka_unit_test(aborted),
		cmocka_unit_test(exhausted_stack),
	};

	return cmocka_run_group_tests_name("backtrace", tests, NULL, NULL);
}
