#include "sim/tile/memory.h"

void aie_bank_refused(struct aie_bank *bank, uint64_t now, unsigned requester, bool urgent)
{
	bool dma = requester & AIE_REQUESTER_DMA;

	if (bank->reserved == now + 1)
		return;
	if (urgent || (bank->busy == now && bank->user != requester && dma == !!(bank->user & AIE_REQUESTER_DMA))) {
		bank->reserved = now + 1;
		bank->owner = (uint16_t)requester;
		bank->firm = urgent || !dma;
	}
}

void aie_banks_reset(struct aie_tile_memory *memory)
{
	for (unsigned i = 0; i < AIE_BANKS; i++)
		memory->bank[i] = (struct aie_bank){ .busy = UINT64_MAX, .reserved = UINT64_MAX };
}
