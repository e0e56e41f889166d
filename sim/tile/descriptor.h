/* DMA buffer descriptors: the fields of the register words of all three tile kinds in one form, and the walk over the
 * addresses that a descriptor describes.  Pure functions.
 *
 * Word layouts stand in driver/image/registers.h.  Steps and the iteration wrap are actual - 1 in the registers and
 * actual here; a wrap of 0 means that the dimension never wraps.  (documented AM020/AM025; unchanged in the AIE2P
 * definitions)
 */
#ifndef AIE_SIM_TILE_DESCRIPTOR_H
#define AIE_SIM_TILE_DESCRIPTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "driver/image/registers.h"

enum { AIE_DESCRIPTOR_DIMENSIONS = 4, AIE_DESCRIPTOR_WORDS = 8 };

struct aie_descriptor {
	uint64_t base;                            /* in words: inside the tile's reach, or system byte address / 4 */
	uint32_t length;                          /* stream words */
	uint32_t step[AIE_DESCRIPTOR_DIMENSIONS]; /* words */
	uint32_t wrap[AIE_DESCRIPTOR_DIMENSIONS]; /* 0: open */
	uint8_t pad_before[3], pad_after[3];
	uint32_t iteration_step; /* words */
	uint8_t iteration_wrap;  /* 1..64 */
	uint8_t iteration_current;
	bool valid, use_next, acquire;
	uint8_t next, acquire_lock, release_lock;
	int8_t acquire_value, release_value; /* release 0: none */
	bool packet, compression, tlast_suppress;
	uint8_t packet_id, packet_type, packet_descriptor; /* of the header that an MM2S channel makes */
	uint16_t burst_bytes;                              /* shim only */
};

/* Words of a descriptor of that tile kind: 6 or 8. */
unsigned aie_descriptor_words(enum aie_tile_kind kind);
void aie_descriptor_decode(enum aie_tile_kind kind, const uint32_t *words, struct aie_descriptor *descriptor);
/* Count the iteration on in the register words, as loading does: up to the wrap, then 0. */
void aie_descriptor_iterate(enum aie_tile_kind kind, uint32_t *words);

/* ---- addresses -------------------------------------------------------------------------------------------------- */

struct aie_walk {
	uint64_t base;    /* with the iteration's offset */
	uint64_t address; /* of the next word; meaningless inside padding */
	uint32_t left;    /* stream words to go */
	uint32_t index[AIE_DESCRIPTOR_DIMENSIONS];
	uint32_t step[AIE_DESCRIPTOR_DIMENSIONS];
	uint32_t size[AIE_DESCRIPTOR_DIMENSIONS]; /* with padding; 0: open */
	uint32_t wrap[AIE_DESCRIPTOR_DIMENSIONS];
	uint32_t before[AIE_DESCRIPTOR_DIMENSIONS];
	bool padded;
};

/* `pad`: honour the padding fields (memory tile, MM2S). */
void aie_walk_start(struct aie_walk *walk, const struct aie_descriptor *descriptor, bool pad);
/* How many words from here lie at rising addresses without a gap (or are padding, *pad true), at most `limit`; at least
 * 1 while walk->left is not 0. */
uint32_t aie_walk_run(const struct aie_walk *walk, uint32_t limit, bool *pad);
/* Go on by `words`, not more than aie_walk_run() said. */
void aie_walk_advance(struct aie_walk *walk, uint32_t words);

#endif
