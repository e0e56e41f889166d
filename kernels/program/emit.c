/* From the parts of an array program to images: configuration object (in the order mlir-aie writes its own), PDI,
 * xclbin, and the transaction stream of the host sequence. */
#include <string.h>

#include "driver/image/cdo.h"
#include "driver/image/core_elf.h"
#include "driver/image/pdi.h"
#include "driver/image/registers.h"
#include "driver/image/txn.h"
#include "driver/image/xclbin.h"
#include "kernels/program/internal.h"

enum { COMPUTE_BD_WORDS = 6, SHIM_BD_WORDS = 8 };

/* Shim descriptor attributes that cost nothing in meaning: longest bursts (512 bytes) and AxCACHE 2, as the open tool
 * chain emits for this NPU (documented). */
enum { SHIM_BURST_512 = 3, SHIM_AXCACHE = 2 };

/* Names for tools; the time stamp is a constant so that equal programs give equal files. */
static const char kernel_name[] = "MLIR_AIE";
enum { TIME_STAMP = 1735689600 }; /* 2025-01-01 */

static uint32_t bd_address(unsigned column, unsigned row, unsigned descriptor)
{
	uint32_t offset =
	        row ? AIE_MEM_DMA_BD_0 + descriptor * AIE_MEM_DMA_BD_0_STRIDE /* NOLINT(bugprone-branch-clone) */
	            : AIE_SHIM_DMA_BD_0 + descriptor * AIE_SHIM_DMA_BD_0_STRIDE;
	return aie_tile_address(column, row, offset);
}

static void fifo_descriptor(const struct aie_program *program, int id, unsigned slot, uint32_t word[COMPUTE_BD_WORDS])
{
	const struct aie_program_fifo *fifo = &program->fifo[id];
	/* The DMA is the producer of an input FIFO and the consumer of an output FIFO. */
	uint32_t acquire = fifo->input ? fifo->lock_empty : fifo->lock_full;
	uint32_t release = (uint32_t)((fifo->input ? fifo->lock_full : fifo->lock_empty) + program->wrong_release[id]) %
	                   LOCKS_PER_TILE;
	memset(word, 0, COMPUTE_BD_WORDS * sizeof *word);
	word[0] = AIE_FIELD(AIE_MEM_DMA_BD_0_BASE_ADDRESS, fifo->address[slot] / 4) |
	          AIE_FIELD(AIE_MEM_DMA_BD_0_BUFFER_LENGTH, fifo->bytes / 4);
	word[5] = AIE_FIELD(AIE_MEM_DMA_BD_5_NEXT_BD, fifo->descriptor[(slot + 1) % fifo->depth]) |
	          AIE_FIELD(AIE_MEM_DMA_BD_5_USE_NEXT_BD, 1) | AIE_FIELD(AIE_MEM_DMA_BD_5_VALID_BD, 1) |
	          AIE_FIELD(AIE_MEM_DMA_BD_5_LOCK_REL_VALUE, 1) | AIE_FIELD(AIE_MEM_DMA_BD_5_LOCK_REL_ID, release) |
	          AIE_FIELD(AIE_MEM_DMA_BD_5_LOCK_ACQ_ENABLE, 1) |
	          AIE_FIELD(AIE_MEM_DMA_BD_5_LOCK_ACQ_VALUE, (uint32_t)-1) |
	          AIE_FIELD(AIE_MEM_DMA_BD_5_LOCK_ACQ_ID, acquire);
}

static int load_cores(struct aie_program *program, struct aie_cdo_builder *cdo)
{
	for (int i = 0; i < program->core_count; i++) {
		const struct core *core = &program->core[i];
		struct aie_core_elf elf;
		if (aie_core_elf_open(&elf, core->elf, core->elf_size, false, &program->error))
			return -1;
		int status = aie_core_elf_to_cdo(&elf, core->column, core->row, program->columns, cdo, &program->error);
		aie_core_elf_close(&elf);
		if (status)
			return -1;
	}
	for (int i = 0; i < program->core_count; i++)
		aie_cdo_core_reset(cdo, program->core[i].column, program->core[i].row);
	return 0;
}

static void set_locks(const struct aie_program *program, struct aie_cdo_builder *cdo)
{
	for (unsigned column = 0; column < program->columns; column++)
		for (unsigned row = AIE_PROGRAM_FIRST_CORE_ROW; row < AIE_PROGRAM_ROWS; row++) {
			const struct tile *tile = &program->tile[column][row];
			for (unsigned lock = 0; lock < tile->locks; lock++)
				aie_cdo_write32(cdo,
				                aie_tile_address(column, row,
				                                 AIE_MEM_LOCK_VALUE + lock * AIE_MEM_LOCK_VALUE_STRIDE),
				                tile->initial[lock]);
		}
}

static void set_switches(const struct aie_program *program, struct aie_cdo_builder *cdo)
{
	/* The fields have the same places in all three modules. */
	const uint32_t master_on = AIE_FIELD(AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_MASTER_ENABLE, 1);
	const uint32_t slave_on = AIE_FIELD(AIE_CORE_STREAM_SWITCH_SLAVE_CONFIG_DMA_SLAVE_ENABLE, 1);
	for (unsigned column = 0; column < program->columns; column++)
		for (unsigned row = 0; row < AIE_PROGRAM_ROWS; row++) {
			const struct switch_state *state = &program->switches[column][row];
			enum aie_tile_kind kind = aie_tile_kind_of_row(row);
			for (unsigned port = 0; port < MAX_PORTS; port++)
				if (state->slave[port])
					aie_cdo_write32(
					        cdo, aie_tile_address(column, row, aie_port_slave_config(kind, port)),
					        slave_on);
			for (unsigned port = 0; port < MAX_PORTS; port++)
				if (state->master[port])
					aie_cdo_write32(
					        cdo, aie_tile_address(column, row, aie_port_master_config(kind, port)),
					        master_on |
					                AIE_FIELD(
					                        AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_CONFIGURATION,
					                        (uint32_t)state->master[port] - 1));
		}
}

/* Join shim DMA channels to the switch, and give the tokens of channels that send them a way out at master South 0. */
static void set_shims(const struct aie_program *program, struct aie_cdo_builder *cdo)
{
	for (unsigned column = 0; column < program->columns; column++) {
		uint32_t mux = 0, demux = 0;
		bool token = false;
		for (int i = 0; i < program->shim_count; i++) {
			const struct shim *shim = &program->shim[i];
			if (shim->column != column)
				continue;
			token |= shim->token;
			if (shim->mm2s)
				mux |= shim->channel ? AIE_FIELD(AIE_SHIM_MUX_CONFIG_SOUTH7, 1)
				                     : AIE_FIELD(AIE_SHIM_MUX_CONFIG_SOUTH3, 1);
			else
				demux |= shim->channel ? AIE_FIELD(AIE_SHIM_DEMUX_CONFIG_SOUTH3, 1)
				                       : AIE_FIELD(AIE_SHIM_DEMUX_CONFIG_SOUTH2, 1);
		}
		if (mux)
			aie_cdo_write32(cdo, aie_tile_address(column, 0, AIE_SHIM_MUX_CONFIG), mux);
		if (demux)
			aie_cdo_write32(cdo, aie_tile_address(column, 0, AIE_SHIM_DEMUX_CONFIG), demux);
		if (!token)
			continue;
		aie_cdo_write32(cdo, aie_tile_address(column, 0, AIE_SHIM_STREAM_SWITCH_SLAVE_CONFIG_TILE_CTRL),
		                AIE_FIELD(AIE_SHIM_STREAM_SWITCH_SLAVE_CONFIG_TILE_CTRL_SLAVE_ENABLE, 1) |
		                        AIE_FIELD(AIE_SHIM_STREAM_SWITCH_SLAVE_CONFIG_TILE_CTRL_PACKET_ENABLE, 1));
		aie_cdo_write32(cdo, aie_tile_address(column, 0, AIE_SHIM_STREAM_SWITCH_SLAVE_TILE_CTRL_SLOT),
		                AIE_FIELD(AIE_SHIM_STREAM_SWITCH_SLAVE_TILE_CTRL_SLOT_ID, TOKEN_PACKET_ID) |
		                        AIE_FIELD(AIE_SHIM_STREAM_SWITCH_SLAVE_TILE_CTRL_SLOT_MASK, 0x1F) |
		                        AIE_FIELD(AIE_SHIM_STREAM_SWITCH_SLAVE_TILE_CTRL_SLOT_ENABLE, 1));
		/* Packet mode: arbiter 0, message selects 0x1; the header stays, it is the token. */
		aie_cdo_write32(cdo, aie_tile_address(column, 0, AIE_SHIM_STREAM_SWITCH_MASTER_CONFIG_SOUTH),
		                AIE_FIELD(AIE_SHIM_STREAM_SWITCH_MASTER_CONFIG_SOUTH_MASTER_ENABLE, 1) |
		                        AIE_FIELD(AIE_SHIM_STREAM_SWITCH_MASTER_CONFIG_SOUTH_PACKET_ENABLE, 1) |
		                        AIE_FIELD(AIE_SHIM_STREAM_SWITCH_MASTER_CONFIG_SOUTH_CONFIGURATION, 1 << 3));
	}
}

static void set_dmas(const struct aie_program *program, struct aie_cdo_builder *cdo)
{
	for (int id = 0; id < program->fifo_count; id++) {
		const struct aie_program_fifo *fifo = &program->fifo[id];
		for (unsigned slot = 0; slot < fifo->depth; slot++) {
			uint32_t word[COMPUTE_BD_WORDS];
			fifo_descriptor(program, id, slot, word);
			aie_cdo_block_write(cdo, bd_address(fifo->column, fifo->row, fifo->descriptor[slot]), word,
			                    COMPUTE_BD_WORDS);
		}
	}
	for (int id = 0; id < program->fifo_count; id++) {
		const struct aie_program_fifo *fifo = &program->fifo[id];
		uint32_t queue =
		        fifo->input
		                ? AIE_MEM_DMA_S2MM_START_QUEUE + fifo->channel * AIE_MEM_DMA_S2MM_START_QUEUE_STRIDE
		                : AIE_MEM_DMA_MM2S_START_QUEUE + fifo->channel * AIE_MEM_DMA_MM2S_START_QUEUE_STRIDE;
		aie_cdo_write32(cdo, aie_tile_address(fifo->column, fifo->row, queue),
		                AIE_FIELD(AIE_MEM_DMA_S2MM_START_QUEUE_START_BD_ID, fifo->descriptor[0]));
	}
}

static int emit_configuration(struct aie_program *program)
{
	struct aie_cdo_builder cdo;
	aie_cdo_begin(&cdo);
	if (load_cores(program, &cdo)) {
		aie_cdo_abandon(&cdo);
		return -1;
	}
	set_locks(program, &cdo);
	set_switches(program, &cdo);
	set_shims(program, &cdo);
	set_dmas(program, &cdo);
	for (int i = 0; i < program->core_count; i++)
		aie_cdo_core_enable(&cdo, program->core[i].column, program->core[i].row);
	return aie_cdo_finish(&cdo, &program->cdo, &program->error);
}

static void emit_transfer(const struct aie_program *program, const struct step *step, struct aie_txn_builder *txn)
{
	const struct shim *shim = &program->shim[step->shim];
	uint32_t address = bd_address(shim->column, 0, step->descriptor);
	uint32_t word[SHIM_BD_WORDS] = {
		[0] = (uint32_t)(step->bytes / 4),
		[4] = AIE_FIELD(AIE_SHIM_DMA_BD_4_BURST_LENGTH, SHIM_BURST_512),
		[5] = AIE_FIELD(AIE_SHIM_DMA_BD_5_AXCACHE, SHIM_AXCACHE),
		[7] = AIE_FIELD(AIE_SHIM_DMA_BD_7_VALID_BD, 1),
	};
	aie_txn_block_write(txn, address, word, SHIM_BD_WORDS);
	aie_txn_ddr_patch(txn, address + 4, step->argument, step->offset);
	uint32_t control = shim->mm2s ? AIE_SHIM_DMA_MM2S_CTRL + shim->channel * AIE_SHIM_DMA_MM2S_CTRL_STRIDE
	                              : AIE_SHIM_DMA_S2MM_CTRL + shim->channel * AIE_SHIM_DMA_S2MM_CTRL_STRIDE;
	uint32_t queue = shim->mm2s
	                         ? AIE_SHIM_DMA_MM2S_TASK_QUEUE + shim->channel * AIE_SHIM_DMA_MM2S_TASK_QUEUE_STRIDE
	                         : AIE_SHIM_DMA_S2MM_TASK_QUEUE + shim->channel * AIE_SHIM_DMA_S2MM_TASK_QUEUE_STRIDE;
	if (step->token) /* tokens carry the low 5 bits of the controller id as packet id */
		aie_txn_mask_write32(txn, aie_tile_address(shim->column, 0, control),
		                     0x1F << AIE_SHIM_DMA_S2MM_CTRL_CONTROLLER_ID_LSB,
		                     TOKEN_PACKET_ID << AIE_SHIM_DMA_S2MM_CTRL_CONTROLLER_ID_LSB);
	aie_txn_write32(txn, aie_tile_address(shim->column, 0, queue),
	                AIE_FIELD(AIE_SHIM_DMA_S2MM_TASK_QUEUE_START_BD_ID, step->descriptor) |
	                        AIE_FIELD(AIE_SHIM_DMA_S2MM_TASK_QUEUE_ENABLE_TOKEN_ISSUE, step->token));
}

static int emit_sequence(struct aie_program *program)
{
	struct aie_txn_builder txn;
	aie_txn_begin(&txn, AIE_TXN_V0_1, AIE_TXN_NPU2, program->columns);
	for (int i = 0; i < program->step_count; i++) {
		const struct step *step = &program->step[i];
		const struct shim *shim = &program->shim[step->shim];
		if (step->kind == STEP_TRANSFER)
			emit_transfer(program, step, &txn);
		else
			aie_txn_sync(&txn, shim->column, 0, shim->mm2s, shim->channel, 1, 1);
	}
	return aie_txn_finish(&txn, &program->instructions, &program->error);
}

int aie_program_emit(struct aie_program *program)
{
	if (emit_configuration(program) || emit_sequence(program))
		return -1;
	struct aie_bytes pdi = { 0 };
	if (aie_pdi_write(program->cdo.data, program->cdo.size, &pdi, &program->error))
		return -1;
	struct aie_xclbin_new_kernel kernel = { .name = kernel_name, .pdi = 0 };
	struct aie_xclbin_new file = {
		.columns = program->columns,
		.time_stamp = TIME_STAMP,
		.pdi = &pdi,
		.pdi_count = 1,
		.kernel = &kernel,
		.kernel_count = 1,
	};
	int status = aie_xclbin_write(&file, &program->xclbin, &program->error);
	aie_bytes_free(&pdi);
	program->image = (struct aie_operator_image){
		.xclbin = program->xclbin.data,
		.xclbin_size = program->xclbin.size,
		.instructions = program->instructions.data,
		.instructions_size = program->instructions.size,
		.kernel = kernel_name,
		.columns = program->columns,
	};
	return status;
}
