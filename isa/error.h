/* The project's error object: one category, the errno where there is one, and one line of text that names the input,
 * the position in it, what is wrong and why.  It stands in isa/ because that is the lowest room: every other room may
 * include it and it includes nothing.
 *
 * Rules: a library function that can fail takes a `struct aie_error *` as its last parameter (never NULL), returns 0
 * or -1 (or NULL), and fills the object once.  Libraries print nothing and never exit; tools turn the category into an
 * exit status with aie_error_exit_status().
 */
#ifndef AIE_ISA_ERROR_H
#define AIE_ISA_ERROR_H

#include <stdarg.h>

enum aie_error_category {
	AIE_ERROR_NONE = 0,
	AIE_ERROR_INPUT, /* a file, argument, register value or ioctl that no correct caller sends: exit status 2 */
	AIE_ERROR_UNSUPPORTED,   /* legal on hardware, no public source establishes what it does: refused by name, 3 */
	AIE_ERROR_UNIMPLEMENTED, /* established, not built here yet: refused by name, 3 */
	AIE_ERROR_UNDEFINED,     /* the architecture leaves it undefined: 3 */
	AIE_ERROR_FAULT,         /* the guest program failed (bad access, hang, time-out): 3 */
	AIE_ERROR_DEVICE,        /* a device or system call failed; sys_errno says how: 3 */
	AIE_ERROR_MEMORY,        /* the host has no memory left: 3 */
	AIE_ERROR_INTERNAL,      /* a fault of this program: 3 */
};

enum { AIE_ERROR_TEXT = 480 };

struct aie_error {
	enum aie_error_category category;
	int sys_errno;             /* 0 when no errno belongs to the error */
	char text[AIE_ERROR_TEXT]; /* one line, no newline, never empty after a failure */
};

/* Fill `error` (printf form) and return -1, so that callers can write `return aie_error_set(...)`. */
int aie_error_set(struct aie_error *error, enum aie_error_category category, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
int aie_error_setv(struct aie_error *error, enum aie_error_category category, const char *format, va_list arguments)
        __attribute__((format(printf, 3, 0)));
/* The same with an errno kept in the object; strerror text is appended. */
int aie_error_set_errno(struct aie_error *error, enum aie_error_category category, int sys_errno, const char *format,
                        ...) __attribute__((format(printf, 4, 5)));
/* Put "PREFIX: " (a file name, a tile) in front of the text that is there. Returns -1. */
int aie_error_prefix(struct aie_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The four always return -1; saying so where the compiler and static checks can see it spares them impossible paths. */
static inline int aie_error_failed(int minus_one)
{
	(void)minus_one;
	return -1;
}
#define aie_error_set(...)       aie_error_failed(aie_error_set(__VA_ARGS__))
#define aie_error_setv(...)      aie_error_failed(aie_error_setv(__VA_ARGS__))
#define aie_error_set_errno(...) aie_error_failed(aie_error_set_errno(__VA_ARGS__))
#define aie_error_prefix(...)    aie_error_failed(aie_error_prefix(__VA_ARGS__))

void aie_error_clear(struct aie_error *error);
const char *aie_error_category_name(enum aie_error_category category);
/* 0 for AIE_ERROR_NONE, 2 for AIE_ERROR_INPUT, 3 for all others. */
int aie_error_exit_status(const struct aie_error *error);

#endif
