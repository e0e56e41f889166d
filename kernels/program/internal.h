/* What the files of kernels/program/ share: the program under construction. */
#ifndef AIE_KERNELS_PROGRAM_INTERNAL_H
#define AIE_KERNELS_PROGRAM_INTERNAL_H

#include "driver/image/operation.h"
#include "driver/image/ports.h"
#include "kernels/program/program.h"

enum {
	LOCKS_PER_TILE = 16,
	DESCRIPTORS_PER_TILE = 16,
	CHANNELS_PER_DIRECTION = 2,
	MAX_FIFOS = 128,
	MAX_SHIMS = 4 * AIE_PROGRAM_MAX_COLUMNS,
	MAX_CORES = AIE_PROGRAM_MAX_COLUMNS * (AIE_PROGRAM_ROWS - AIE_PROGRAM_FIRST_CORE_ROW),
	MAX_STEPS = 1024,
	MAX_PORTS = AIE_SWITCH_PORTS_MAX,
	/* Packet id of task-complete tokens from shim tiles on their way to the management processor (documented:
	   mlir-aie). */
	TOKEN_PACKET_ID = 15,
};

struct tile {
	uint32_t data_used; /* bytes, for messages */
	uint8_t locks, descriptors;
	uint8_t s2mm, mm2s; /* channels taken, a bit each */
	uint8_t initial[LOCKS_PER_TILE];
};

struct shim {
	uint8_t column, channel;
	bool mm2s;
	int fifo;
	bool token; /* a transfer asks for a token */
};

enum step_kind { STEP_TRANSFER, STEP_WAIT };
struct step {
	enum step_kind kind;
	int shim;
	unsigned argument, descriptor;
	uint64_t offset, bytes;
	bool token;
};

struct core {
	uint8_t column, row, index;
	uint8_t *elf;
	size_t elf_size;
};

struct lock_name {
	char fifo[AIE_PROGRAM_NAME], role[8];
};

/* Circuit-switched ports: master[m] holds 1 + the slave that feeds it, 0 = off. */
struct switch_state {
	uint8_t master[MAX_PORTS];
	bool slave[MAX_PORTS];
};

struct aie_program {
	struct aie_error error;
	unsigned columns; /* width so far */
	struct tile tile[AIE_PROGRAM_MAX_COLUMNS][AIE_PROGRAM_ROWS];
	struct aie_program_fifo fifo[MAX_FIFOS];
	int wrong_release[MAX_FIFOS];
	int fifo_count;
	struct shim shim[MAX_SHIMS];
	int shim_count;
	struct core core[MAX_CORES];
	int core_count;
	struct step step[MAX_STEPS];
	int step_count;
	struct lock_name lock_name[AIE_PROGRAM_MAX_COLUMNS][AIE_PROGRAM_ROWS][LOCKS_PER_TILE];
	struct switch_state switches[AIE_PROGRAM_MAX_COLUMNS][AIE_PROGRAM_ROWS];
	/* results */
	struct aie_bytes cdo, xclbin, instructions;
	struct aie_operator_image image;
	struct aie_operator_worker worker[MAX_CORES];
	struct aie_operator_lock lock[AIE_PROGRAM_MAX_COLUMNS * AIE_PROGRAM_ROWS * LOCKS_PER_TILE];
	size_t lock_count;
	struct aie_operator_channel channel[MAX_FIFOS + MAX_SHIMS];
	size_t channel_count;
};

int aie_program_set_error(struct aie_program *program, enum aie_error_category category, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Find a way through the switches for every shim channel's stream; fills `switches`. */
int aie_program_route_all(struct aie_program *program);
/* CDO, xclbin and transaction stream. */
int aie_program_emit(struct aie_program *program);

/* Port numbers where a DMA channel meets the switch of a compute tile. */
unsigned aie_program_core_dma_slave(unsigned mm2s_channel);
unsigned aie_program_core_dma_master(unsigned s2mm_channel);

#endif
