/* Options of a device that are no times: checks of memory accesses and what they need to know about the program, host
 * threads.
 *
 *   check=KIND+KIND...       uninitialised: a core or a DMA channel reads bytes of data memory that nobody has written
 *                            overrun: a core accesses data memory outside every buffer: what descriptors describe, what
 *                            was loaded over the register bus, stack, declared buffers
 *                            stack: the stack pointer of a core leaves the stack, or a DMA channel or a neighbour
 *                            touches the stack of a core that runs
 *                            stop: the first finding stops the run; else they are collected
 *   stack=START-END          of every core: offsets in its own data memory, END behind the last byte
 *   threads=N                host threads that step cores (sim/array/crew.h), 1 to 64; results do not depend on it
 *   together=measured        they do so while that is faster than one thread (the default),
 *   together=always          or whenever they can: for tests
 *   buffer=C.R:START-END     a buffer that only cores use, in tile (C,R); a compute tile, "*" for all; up to 64 of them
 *
 * They stand beside the timing parameters: "npu4,check=uninitialised+stack,stack=0x0-0x400".
 */
#ifndef AIE_SIM_ARRAY_OPTIONS_H
#define AIE_SIM_ARRAY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/error.h"

enum aie_check_kind {
	AIE_CHECK_UNINITIALISED = 1 << 0,
	AIE_CHECK_OVERRUN = 1 << 1,
	AIE_CHECK_STACK = 1 << 2,
	AIE_CHECK_STOP = 1 << 3,
};

enum { AIE_OPTION_BUFFERS = 64, AIE_OPTION_ALL = 0xFF };

struct aie_option_buffer {
	uint8_t column, row; /* AIE_OPTION_ALL: of all tiles */
	uint32_t start, end;
};

struct aie_array_options {
	unsigned check;                  /* enum aie_check_kind */
	uint32_t stack_start, stack_end; /* equal: not given */
	struct aie_option_buffer buffer[AIE_OPTION_BUFFERS];
	unsigned buffer_count;
	unsigned threads;
	bool always_together;
};

/* "NAME=VALUE" is an option and not a timing parameter. */
bool aie_array_option_known(const char *item, size_t length);
/* The options among "NAME=VALUE,NAME=VALUE"; other items are left to the timing table.  AIE_ERROR_INPUT names the item.
 * `columns`: of the device, by which tiles are checked. */
int aie_array_options_parse(const char *text, unsigned columns, struct aie_array_options *options,
                            struct aie_error *error);

#endif
