/* Nothing here allocates or uses stdio: a crashing program may hold their locks.  libunwind itself reads the symbol
 * tables of the loaded files, which is as safe as it gets inside a signal handler. */
#define UNW_LOCAL_ONLY
#include "isa/backtrace.h"

#include <libunwind.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum { MAX_FRAMES = 64, HANDLER_STACK_BYTES = 1 << 18 };

static const struct {
	int number;
	const char *name, *meaning;
} signals[] = {
	{ SIGSEGV, "SIGSEGV", "invalid memory access" },
	{ SIGBUS, "SIGBUS", "bad memory access" },
	{ SIGABRT, "SIGABRT", "aborted" },
	{ SIGFPE, "SIGFPE", "arithmetic fault" },
	{ SIGILL, "SIGILL", "illegal instruction" },
};

/* ---- printing without stdio ------------------------------------------------------------------------------------- */

struct line {
	char text[512];
	size_t used;
};

static void add_text(struct line *line, const char *text)
{
	while (*text && line->used < sizeof line->text - 1)
		line->text[line->used++] = *text++;
}

static void add_number(struct line *line, uint64_t value, unsigned base)
{
	char digits[24];
	unsigned at = sizeof digits;

	digits[--at] = 0;
	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value && at);
	if (base == 16)
		add_text(line, "0x");
	add_text(line, digits + at);
}

static void write_line(struct line *line)
{
	size_t done = 0;

	line->text[line->used++] = '\n';
	while (done < line->used) {
		ssize_t written = write(STDERR_FILENO, line->text + done, line->used - done);

		if (written <= 0)
			break;
		done += (size_t)written;
	}
	line->used = 0;
}

static void print_frames(unw_cursor_t *cursor)
{
	for (unsigned frame = 0; frame < MAX_FRAMES; frame++) {
		struct line line = { .used = 0 };
		unw_word_t ip = 0, offset = 0;
		char name[256];

		if (unw_get_reg(cursor, UNW_REG_IP, &ip) < 0 || !ip)
			return;
		add_text(&line, "  #");
		add_number(&line, frame, 10);
		add_text(&line, " ");
		add_number(&line, ip, 16);
		add_text(&line, " ");
		if (unw_get_proc_name(cursor, name, sizeof name, &offset) == 0) {
			add_text(&line, name);
			add_text(&line, "+");
			add_number(&line, offset, 16);
		} else {
			add_text(&line, "?");
		}
		write_line(&line);
		if (unw_step(cursor) <= 0)
			return;
	}
}

void aie_print_backtrace(void)
{
	unw_context_t context;
	unw_cursor_t cursor;

	if (unw_getcontext(&context) == 0 && unw_init_local(&cursor, &context) == 0)
		print_frames(&cursor);
}

/* ---- signals ---------------------------------------------------------------------------------------------------- */

static void handler(int number, siginfo_t *info, void *context)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };
	struct line line = { .used = 0 };
	unw_cursor_t cursor;

	add_text(&line, "fatal signal ");
	for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		if (signals[i].number != number)
			continue;
		add_text(&line, signals[i].name);
		add_text(&line, " (");
		add_text(&line, signals[i].meaning);
		add_text(&line, ")");
	}
	if (number == SIGSEGV || number == SIGBUS) {
		add_text(&line, " at address ");
		add_number(&line, (uintptr_t)info->si_addr, 16);
	}
	add_text(&line, ", backtrace:");
	write_line(&line);
	if (unw_init_local2(&cursor, (unw_context_t *)context, UNW_INIT_SIGNAL_FRAME) == 0)
		print_frames(&cursor);
	/* Die of the same signal, so that the parent sees it. */
	sigaction(number, &standard, NULL);
	raise(number);
}

int aie_install_crash_handler(void)
{
	struct sigaction action;
	stack_t stack = { .ss_size = HANDLER_STACK_BYTES };

	/* Kept for the life of the process: a signal can come at any time. */
	stack.ss_sp = mmap(NULL, HANDLER_STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack.ss_sp == MAP_FAILED || sigaltstack(&stack, NULL))
		return -1;
	memset(&action, 0, sizeof action);
	action.sa_sigaction = handler;
	/* RESETHAND: a second fault inside the handler ends the program at once. */
	action.sa_flags = SA_SIGINFO | SA_ONSTACK | (int)SA_RESETHAND;
	for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++)
		if (sigaction(signals[i].number, &action, NULL))
			return -1;
	return 0;
}

_Noreturn void aie_assert_failed(const char *condition, const char *file, int line_number, const char *function)
{
	struct line line = { .used = 0 };

	add_text(&line, file);
	add_text(&line, ":");
	add_number(&line, (uint64_t)line_number, 10);
	add_text(&line, ": ");
	add_text(&line, function);
	add_text(&line, ": assertion failed: ");
	add_text(&line, condition);
	write_line(&line);
	abort();
}
