/* The registers of all tiles as memory: a word for each 32 bits that a register has, with its reset value, whatever the
 * model makes of it (sim/array/registers.c).  Registers that are windows into something else have none.
 */
#ifndef AIE_SIM_ARRAY_REGISTER_STORE_H
#define AIE_SIM_ARRAY_REGISTER_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "driver/image/registers.h"

struct aie_array;
struct aie_tile;

int aie_register_store_init(struct aie_array *array); /* -1: no memory */
void aie_register_store_free(struct aie_array *array);

bool aie_register_is_window(const struct aie_tile_register *reg);
enum aie_tile_kind aie_register_tile_kind(unsigned module);
/* The word of a register that is no window. */
uint32_t *aie_register_plain(const struct aie_tile *tile, const struct aie_register_location *location);
/* The same by offset; NULL: a window, or no register. */
uint32_t *aie_register_plain_at(const struct aie_tile *tile, uint32_t offset);
/* Register `number` of the table in this tile: all its instances get their reset value. */
void aie_register_reset_words(const struct aie_tile *tile, unsigned number);

/* A value other than the reset value was written to a register that is only kept: said once for each register, with
 * its first place and value (aie_array_notes()). */
void aie_register_note_write(struct aie_array *array, const struct aie_tile *tile,
                             const struct aie_register_location *location, uint32_t offset, uint32_t value);

#endif
