/* Checks of data memory accesses, on request (sim/array/options.h): reads of bytes that nobody has written, accesses
 * outside every buffer, and the stack.
 *
 * A finding names who (core with program address and bundle, or channel with descriptor), what and where.  Equal ones
 * (same kind, same instruction or descriptor) are counted.  Without the options nothing of this is called.
 *
 * A reset of a tile forgets what was written; the model's memory is zero then, silicon's is not.  Sub-word loads count
 * the bytes they use; the read of a sub-word store counts as none.
 */
#ifndef AIE_SIM_TILE_CHECK_H
#define AIE_SIM_TILE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "isa/error.h"
#include "sim/array/options.h"

struct aie_array;
struct aie_dma_channel;
struct aie_tile;
struct aie_tile_memory;

struct aie_check;      /* of an array: settings and findings */
struct aie_tile_check; /* of a tile: which bytes are written, which belong to a buffer */

/* After the tiles are made; does nothing when the array's options ask for no check.  -1: no memory. */
int aie_check_init(struct aie_array *array);
void aie_check_free(struct aie_array *array);
/* Forget what was written (tile reset), and all findings. */
void aie_check_reset_tile(struct aie_tile *tile);
void aie_check_clear(struct aie_array *array);

/* The register bus wrote `size` bytes: they are initialised and belong to a buffer. */
void aie_check_loaded(struct aie_tile *tile, uint32_t offset, uint32_t size);
/* Zeroisation: all is initialised. */
void aie_check_zeroed(struct aie_tile *tile);
/* An access of a core that was carried out: `target` is the tile of the memory.  False: the run is to stop. */
bool aie_check_core(struct aie_tile *tile, struct aie_tile *target, uint32_t address, unsigned size, bool write,
                    struct aie_error *error);
/* An access of a channel to tile memory; a stop is a fault of the channel. */
void aie_check_channel(struct aie_array *array, struct aie_dma_channel *channel, struct aie_tile_memory *memory,
                       uint32_t offset, uint32_t size, bool write);

#endif
