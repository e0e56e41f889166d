/* What register values mean, in words: DMA descriptors as a sentence, the port behind a number. */
#ifndef AIE_DRIVER_IMAGE_EXPLAIN_H
#define AIE_DRIVER_IMAGE_EXPLAIN_H

#include "driver/image/operation.h"
#include "driver/image/registers.h"

/* The descriptor that begins with word `first` of a block write: its number, and in `text` a sentence: length, place,
 * dimensions (innermost first, COUNT:+STEP in words), packet, locks, what follows.  Returns the words it has, 0 when
 * there is no whole descriptor at that place.  (documented: layouts and the meaning of fields, register table) */
unsigned aie_descriptor_explain(const struct aie_operation *block, uint32_t first, unsigned *number, char *text,
                                size_t size);

/* What stands behind a field's number where the number alone says little: the event, the port that a circuit comes
 * from, what a shim multiplexer chooses.  Empty text and false when there is nothing to say. */
bool aie_field_explain(const struct aie_tile_register *reg, const struct aie_tile_field *field, uint32_t value,
                       char *text, size_t size);

#endif
