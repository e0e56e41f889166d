#include "tests/drm/program.h"

#include <stdio.h>
#include <stdlib.h>

#include "driver/image/pdi.h"
#include "driver/image/registers.h"
#include "driver/image/txn.h"
#include "driver/image/xclbin.h"

/* Port numbers of the stream switches (documented AM020/AM027 register order). */
enum {
	SHIM_SLAVE_SOUTH3 = 5,  /* DMA MM2S 0 through the multiplexer */
	SHIM_MASTER_SOUTH2 = 4, /* DMA S2MM 0 through the demultiplexer */
	SHIM_MASTER_NORTH0 = 12,
	SHIM_SLAVE_NORTH0 = 14,
	MEM_SLAVE_SOUTH0 = 7,
	MEM_MASTER_NORTH0 = 11,
	MEM_SLAVE_NORTH0 = 13,
	MEM_MASTER_SOUTH0 = 7,
	TILE_SLAVE_SOUTH0 = 5,
	TILE_MASTER_DMA0 = 1,
	TILE_SLAVE_DMA0 = 1,
	TILE_MASTER_SOUTH0 = 5,
	TILE_SWITCH = 0x3F000,
	MEM_SWITCH = 0xB0000,
	SLAVES = 0x100,
	LOCK_EMPTY = 0,
	LOCK_FULL = 1,
	LOCK_STRIDE = 0x10,
};
#define ENABLE UINT32_C(0x80000000)

static void give_up(const struct aie_error *error)
{
	fprintf(stderr, "test program: %s\n", error->text);
	abort();
}

static void route(struct aie_cdo_builder *cdo, unsigned row, uint32_t base, unsigned slave, unsigned master)
{
	aie_cdo_write32(cdo, aie_tile_address(0, row, base + SLAVES + 4 * slave), ENABLE);
	aie_cdo_write32(cdo, aie_tile_address(0, row, base + 4 * master), ENABLE | slave);
}

static void tile_descriptor(struct aie_cdo_builder *cdo, unsigned number, unsigned acquire, unsigned release)
{
	uint32_t words[6] = {
		AIE_FIELD(AIE_MEM_DMA_BD_0_BASE_ADDRESS, 0x1000 / 4) |
		        AIE_FIELD(AIE_MEM_DMA_BD_0_BUFFER_LENGTH, PROGRAM_BUFFER_WORDS),
	};

	words[5] = AIE_FIELD(AIE_MEM_DMA_BD_5_NEXT_BD, number) | AIE_FIELD(AIE_MEM_DMA_BD_5_USE_NEXT_BD, 1) |
	           AIE_FIELD(AIE_MEM_DMA_BD_5_VALID_BD, 1) | AIE_FIELD(AIE_MEM_DMA_BD_5_LOCK_REL_VALUE, 1) |
	           AIE_FIELD(AIE_MEM_DMA_BD_5_LOCK_REL_ID, release) | AIE_FIELD(AIE_MEM_DMA_BD_5_LOCK_ACQ_ENABLE, 1) |
	           AIE_FIELD(AIE_MEM_DMA_BD_5_LOCK_ACQ_VALUE, 0x7f) | AIE_FIELD(AIE_MEM_DMA_BD_5_LOCK_ACQ_ID, acquire);
	aie_cdo_block_write(cdo, aie_tile_address(0, 2, AIE_MEM_DMA_BD_0 + AIE_MEM_DMA_BD_0_STRIDE * number), words, 6);
}

/* A new image; the shim's channels 0 connected to its stream switch. */
static void begin_pdi(struct aie_cdo_builder *cdo)
{
	aie_cdo_begin(cdo);
	aie_cdo_write32(cdo, aie_tile_address(0, 0, AIE_SHIM_MUX_CONFIG), AIE_FIELD(AIE_SHIM_MUX_CONFIG_SOUTH3, 1));
	aie_cdo_write32(cdo, aie_tile_address(0, 0, AIE_SHIM_DEMUX_CONFIG), AIE_FIELD(AIE_SHIM_DEMUX_CONFIG_SOUTH2, 1));
}

static void finish_pdi(struct aie_cdo_builder *cdo, struct aie_bytes *pdi)
{
	struct aie_bytes body;
	struct aie_error error;

	if (aie_cdo_finish(cdo, &body, &error) || aie_pdi_write(body.data, body.size, pdi, &error))
		give_up(&error);
	aie_bytes_free(&body);
}

void program_shim_loop_pdi(struct aie_bytes *pdi)
{
	struct aie_cdo_builder cdo;

	begin_pdi(&cdo);
	route(&cdo, 0, TILE_SWITCH, SHIM_SLAVE_SOUTH3, SHIM_MASTER_SOUTH2);
	finish_pdi(&cdo, pdi);
}

void program_loop_pdi(struct aie_bytes *pdi, enum program_fault fault)
{
	struct aie_cdo_builder cdo;

	begin_pdi(&cdo);
	route(&cdo, 0, TILE_SWITCH, SHIM_SLAVE_SOUTH3, SHIM_MASTER_NORTH0);
	route(&cdo, 1, MEM_SWITCH, MEM_SLAVE_SOUTH0, MEM_MASTER_NORTH0);
	route(&cdo, 2, TILE_SWITCH, TILE_SLAVE_SOUTH0, TILE_MASTER_DMA0);
	route(&cdo, 2, TILE_SWITCH, TILE_SLAVE_DMA0, TILE_MASTER_SOUTH0);
	route(&cdo, 1, MEM_SWITCH, MEM_SLAVE_NORTH0, MEM_MASTER_SOUTH0);
	route(&cdo, 0, TILE_SWITCH, SHIM_SLAVE_NORTH0, SHIM_MASTER_SOUTH2);
	aie_cdo_write32(&cdo, aie_tile_address(0, 2, AIE_MEM_LOCK_VALUE + LOCK_STRIDE * LOCK_EMPTY),
	                fault == PROGRAM_GOOD ? 1 : 0);
	aie_cdo_write32(&cdo, aie_tile_address(0, 2, AIE_MEM_LOCK_VALUE + LOCK_STRIDE * LOCK_FULL), 0);
	tile_descriptor(&cdo, 0, LOCK_EMPTY, LOCK_FULL);
	tile_descriptor(&cdo, 1, LOCK_FULL, LOCK_EMPTY);
	aie_cdo_write32(&cdo, aie_tile_address(0, 2, AIE_MEM_DMA_S2MM_START_QUEUE), 0);
	aie_cdo_write32(&cdo, aie_tile_address(0, 2, AIE_MEM_DMA_MM2S_START_QUEUE), 1);
	if (fault == PROGRAM_CORE_FAULT) {
		const uint32_t garbage[4] = { UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX };

		aie_cdo_block_write(&cdo, aie_tile_address(0, 2, AIE_CORE_PROGRAM_MEMORY), garbage, 4);
		aie_cdo_write32(&cdo, aie_tile_address(0, 2, AIE_CORE_CORE_CONTROL),
		                AIE_FIELD(AIE_CORE_CORE_CONTROL_ENABLE, 1));
	}
	finish_pdi(&cdo, pdi);
}

void program_loop_stream(struct aie_bytes *stream, uint32_t words)
{
	program_shim_loop_stream(stream, words, 1);
}

void program_shim_loop_stream(struct aie_bytes *stream, uint32_t words, unsigned times)
{
	const uint32_t repeat = AIE_FIELD(AIE_SHIM_DMA_MM2S_TASK_QUEUE_REPEAT_COUNT, times - 1);
	uint32_t descriptor[8] = { words };
	struct aie_txn_builder txn;
	struct aie_error error;

	descriptor[4] = AIE_FIELD(AIE_SHIM_DMA_BD_4_BURST_LENGTH, 3);
	descriptor[5] = AIE_FIELD(AIE_SHIM_DMA_BD_5_AXCACHE, 2);
	descriptor[7] = AIE_FIELD(AIE_SHIM_DMA_BD_7_VALID_BD, 1);
	aie_txn_begin(&txn, AIE_TXN_V0_1, AIE_TXN_NPU2, 1);
	for (unsigned i = 0; i < 2; i++) {
		uint32_t at = AIE_SHIM_DMA_BD_0 + AIE_SHIM_DMA_BD_0_STRIDE * i;

		aie_txn_block_write(&txn, aie_tile_address(0, 0, at), descriptor, 8);
		aie_txn_ddr_patch(&txn, aie_tile_address(0, 0, at + 4), i, 0);
	}
	aie_txn_write32(&txn, aie_tile_address(0, 0, AIE_SHIM_DMA_S2MM_TASK_QUEUE), 0x80000001 | repeat);
	aie_txn_write32(&txn, aie_tile_address(0, 0, AIE_SHIM_DMA_MM2S_TASK_QUEUE), repeat);
	aie_txn_sync(&txn, 0, 0, false, 0, 1, 1);
	if (aie_txn_finish(&txn, stream, &error))
		give_up(&error);
}

void program_noop_pdi(struct aie_bytes *pdi)
{
	struct aie_cdo_builder cdo;

	aie_cdo_begin(&cdo);
	aie_cdo_nop(&cdo);
	finish_pdi(&cdo, pdi);
}

void program_noop_stream(struct aie_bytes *stream, unsigned columns)
{
	const struct aie_operation nop = { .kind = AIE_OPERATION_NOP };
	struct aie_txn_builder txn;
	struct aie_error error;

	aie_txn_begin(&txn, AIE_TXN_V0_1, AIE_TXN_NPU2, columns);
	aie_txn_append(&txn, &nop);
	if (aie_txn_finish(&txn, stream, &error))
		give_up(&error);
}

void program_xclbin(struct aie_bytes *xclbin, const struct aie_bytes *pdi, unsigned columns)
{
	const struct aie_xclbin_new_kernel kernel = { .pdi = 0 };
	const struct aie_xclbin_new file = {
		.columns = columns,
		.time_stamp = 1,
		.pdi = pdi,
		.pdi_count = 1,
		.kernel = &kernel,
		.kernel_count = 1,
	};
	struct aie_error error;

	if (aie_xclbin_write(&file, xclbin, &error))
		give_up(&error);
}
