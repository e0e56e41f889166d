/* The program of a profiled run whose result does not bring it: from the core's ELF file, with source lines where that
 * has a line number table and the sources are still where it says, or beside the ELF file.
 */
#ifndef AIE_TRACES_RUN_PROGRAM_H
#define AIE_TRACES_RUN_PROGRAM_H

#include "traces/run_profile.h"

/* Fill in the code of the profile's loop and the source of its bundles; `path` names the ELF file in messages and leads
 * to sources.  AIE_ERROR_INPUT when it is no core program, or not the one that ran: the profile's bundles do not begin
 * where its bundles do. */
int aie_run_profile_add_program(struct aie_run_profile *profile, const char *path, const void *elf, size_t size,
                                struct aie_error *error);

#endif
