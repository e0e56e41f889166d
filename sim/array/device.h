/* Devices that the array model knows: everything about a device that is a count.  Times stand in sim/array/timing.h.
 *
 * A device is chosen by "NAME" or "NAME,parameter=value,..." (parameters of sim/array/timing.h, options of
 * sim/array/options.h).  Beside the real part there are larger ones that nobody makes, for studies of scale: their
 * columns are those of npu4, side by side, their port to memory is as much wider.
 */
#ifndef AIE_SIM_ARRAY_DEVICE_H
#define AIE_SIM_ARRAY_DEVICE_H

#include "isa/error.h"
#include "sim/array/timing.h"

struct aie_device_profile {
	const char *name;
	const char *description;
	unsigned columns;     /* at most 128: the address has 7 bits for them */
	unsigned queue_depth; /* tasks waiting in a DMA channel, the running one not counted */
	unsigned parts;       /* how many times as much of the table's port to memory it has */
};

/* Splits "NAME,options": returns the profile and fills *timing; NULL with AIE_ERROR_INPUT for an unknown name or
 * option. */
const struct aie_device_profile *aie_device_profile_parse(const char *text, struct aie_array_timing *timing,
                                                          struct aie_error *error);
unsigned aie_device_profile_count(void);
const struct aie_device_profile *aie_device_profile_at(unsigned number);

#endif
