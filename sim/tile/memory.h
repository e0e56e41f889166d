/* The data memory of a tile: bytes and banks.
 *
 * Compute tile: 64 KiB in 8 single-port banks of 256-bit words; a pair of banks is interleaved at 32 bytes, so that an
 * aligned 512-bit access uses both banks of a pair (documented AM027; 256 bits and 32 bytes: AIE2P register
 * definitions). Memory tile: 512 KiB in 8 banks, interleaved at 32 bytes over all of them, or linear when
 * Memory_Control says so.
 *
 * A bank serves one access a cycle.  Cores come before DMA channels; a requester that lost against one of its own class
 * comes first in the next cycle (assumed: round robin inside a class).  A DMA channel whose FIFO is about to run dry or
 * over takes the next cycle from the core (measured, Phoenix: the core wins 98 % and the DMA keeps its rate).
 */
#ifndef AIE_SIM_TILE_MEMORY_H
#define AIE_SIM_TILE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

enum { AIE_BANKS = 8, AIE_BANK_LINE_BYTES = 32, AIE_BANK_LINE_WORDS = AIE_BANK_LINE_BYTES / 4 };
enum { AIE_COMPUTE_MEMORY_BYTES = 0x10000, AIE_MEMORY_TILE_BYTES = 0x80000 };

/* Who asks: a core by tile number, a DMA channel by unit number. */
enum { AIE_REQUESTER_DMA = 0x8000 };

struct aie_bank {
	uint64_t busy;     /* the cycle of the last access */
	uint64_t reserved; /* the cycle that is kept for `owner` */
	uint16_t user;     /* requester of the last access */
	uint16_t owner;
	bool firm; /* the reservation holds against cores too */
};

struct aie_tile_memory {
	uint8_t *byte;
	uint32_t size;
	bool linear; /* memory tile without interleaving */
	struct aie_bank bank[AIE_BANKS];
};

static inline unsigned aie_bank_of_compute(uint32_t offset)
{
	return (offset >> 14 & 3) * 2 + (offset >> 5 & 1);
}

static inline unsigned aie_bank_of_memory_tile(const struct aie_tile_memory *memory, uint32_t offset)
{
	return memory->linear ? offset >> 16 & 7 : offset >> 5 & 7;
}

static inline bool aie_bank_free(const struct aie_bank *bank, uint64_t now, unsigned requester)
{
	if (bank->busy == now)
		return false;
	if (bank->reserved != now || bank->owner == requester)
		return true;
	return !(requester & AIE_REQUESTER_DMA) && (bank->owner & AIE_REQUESTER_DMA) && !bank->firm;
}

static inline void aie_bank_take(struct aie_bank *bank, uint64_t now, unsigned requester)
{
	bank->busy = now;
	bank->user = (uint16_t)requester;
}

/* The requester was refused at `now`: keep the next cycle for it when its class owes it that, or when it is urgent. */
void aie_bank_refused(struct aie_bank *bank, uint64_t now, unsigned requester, bool urgent);

void aie_banks_reset(struct aie_tile_memory *memory);

#endif
