/* The generated table behind events.h. */
#ifndef AIE_DRIVER_IMAGE_EVENTS_TABLE_H
#define AIE_DRIVER_IMAGE_EVENTS_TABLE_H

#include "driver/image/events.h"

extern const struct aie_event_row aie_event_rows[];
extern const unsigned aie_event_row_count;

#endif
