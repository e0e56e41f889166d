/* The fidelity report: how far every instruction is established, built and tested. */
#ifndef AIE_SIM_CORE_TOOLS_FIDELITY_H
#define AIE_SIM_CORE_TOOLS_FIDELITY_H

#include <stdbool.h>

/* To standard output, as a table or as one JSON object. */
void aie_fidelity_print(bool as_json);

#endif
