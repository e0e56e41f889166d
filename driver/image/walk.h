/* All operations of an image file, in the order in which they reach the array, whatever the kind of file. */
#ifndef AIE_DRIVER_IMAGE_WALK_H
#define AIE_DRIVER_IMAGE_WALK_H

#include "driver/image/operation.h"

/* Calls `one` for every operation of an image in memory: xclbin (its PDIs in their order), PDI, CDO, or transaction
 * stream (binary or text).  The operation and its words live until `one` returns.  Errors of the readers;
 * AIE_ERROR_INPUT when it is none of these. */
int aie_image_walk(const void *data, size_t size, void (*one)(void *user, const struct aie_operation *operation),
                   void *user, struct aie_error *error);

#endif
