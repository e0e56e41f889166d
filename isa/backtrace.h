/* Faults of this program itself: a backtrace on standard error before it dies.
 *
 * For tools only: libraries neither install handlers nor print.
 */
#ifndef AIE_ISA_BACKTRACE_H
#define AIE_ISA_BACKTRACE_H

/* Handle SIGSEGV, SIGBUS, SIGABRT, SIGFPE and SIGILL of the whole process: print signal, fault address and the unwound
 * call stack with symbol names, then die of the signal as if nothing had been installed.  Works on an exhausted stack
 * of the calling thread too.  Returns 0, or -1 when the system refuses. */
int aie_install_crash_handler(void);

/* Print the backtrace of the caller to standard error. */
void aie_print_backtrace(void);

/* Checked in every build: when `condition` is false, print file, line and condition, and abort (the crash handler then
 * adds the backtrace). */
#define aie_assert(condition) ((condition) ? (void)0 : aie_assert_failed(#condition, __FILE__, __LINE__, __func__))
_Noreturn void aie_assert_failed(const char *condition, const char *file, int line, const char *function);

#endif
