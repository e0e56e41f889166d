/* Waiting for a long command with a line on the terminal that says how far it is. */
#ifndef AIE_DRIVER_TOOLS_PROGRESS_H
#define AIE_DRIVER_TOOLS_PROGRESS_H

#include "driver/aie.h"

/* As aie_command_wait().  When standard error is a terminal and not `quiet`, a line there tells array cycles, cycles
 * per second of host time, and per cent where `bytes` (what the run moves to and from system memory, 0: not known) is
 * given; it is wiped when the command has ended.  On hardware, which does not tell, the time that has passed. */
int aie_progress_wait(struct aie_device *device, struct aie_command *command, int timeout_ms, uint64_t bytes,
                      bool quiet, struct aie_error *error);

#endif
