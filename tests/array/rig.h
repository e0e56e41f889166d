/* A whole array for tests, configured through register writes only.  Addresses come from driver/image/registers.h or,
 * where the rule under test is an address rule, are written out in the test.
 */
#ifndef AIE_TESTS_ARRAY_RIG_H
#define AIE_TESTS_ARRAY_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "driver/image/registers.h"
#include "sim/array/array.h"
#include "sim/array/timing.h"

enum { RIG_COLUMNS = 8 };

/* Buffer addresses that the rig's system memory answers; descriptors hold them plus the 0x80000000 aperture. */
enum { RIG_MEMORY_BASE = 0x10000000 };

struct rig {
	struct aie_array *array;
	uint8_t *memory; /* at RIG_MEMORY_BASE */
	size_t size;
	struct aie_error error;
	char waits[64][512];
	unsigned wait_count;
};

/* All columns open.  `profile` as for aie_array_create(). */
struct rig *rig_new(const char *profile, size_t memory);
void rig_free(struct rig *rig);
/* Clock on, no tile isolated from its neighbours: what the NPU's controller does for a partition. */
void rig_open_column(struct rig *rig, unsigned column);

void rig_write(struct rig *rig, unsigned column, unsigned row, uint32_t offset, uint32_t value);
uint32_t rig_read(struct rig *rig, unsigned column, unsigned row, uint32_t offset);
/* Expect a write to fail with that category and the text in its message. */
void rig_write_fails(struct rig *rig, unsigned column, unsigned row, uint32_t offset, uint32_t value,
                     enum aie_error_category category, const char *text);

/* A port of a stream switch: bundle letter and number: 'C' core, 'D' DMA, 'T' tile control, 'F' FIFO, 'S', 'W', 'N',
 * 'E'. */
struct rig_port {
	char bundle;
	unsigned number;
};
#define PORT(b, n) ((struct rig_port){ (b), (n) })
/* Enable the slave port and let the master port take from it (circuit). */
void rig_connect(struct rig *rig, unsigned column, unsigned row, struct rig_port slave, struct rig_port master);
unsigned rig_slave_index(unsigned row, struct rig_port port);
unsigned rig_master_index(unsigned row, struct rig_port port);
/* Packet mode.  A slot of a slave port: ids that are equal to `id` where `mask` has ones go to masters with that
 * arbiter and select. */
void rig_packet_slot(struct rig *rig, unsigned column, unsigned row, struct rig_port slave, unsigned slot, unsigned id,
                     unsigned mask, unsigned arbiter, unsigned select);
void rig_packet_master(struct rig *rig, unsigned column, unsigned row, struct rig_port master, unsigned arbiter,
                       unsigned selects, bool drop_header);
/* Shim multiplexers: both DMA channels in both directions. */
void rig_shim_mux(struct rig *rig, unsigned column);
/* shim MM2S `channel` up through stream North `lane` to the DMA S2MM `target` of (column, row), row >= 1. */
void rig_route_up(struct rig *rig, unsigned column, unsigned channel, unsigned lane, unsigned row, unsigned target);
/* DMA MM2S `source` of (column, row) down through South `lane` to shim S2MM `channel`. */
void rig_route_down(struct rig *rig, unsigned column, unsigned row, unsigned source, unsigned lane, unsigned channel);

/* Descriptor fields in natural numbers (steps and wraps actual, 0 = not used). */
struct rig_bd {
	uint64_t address; /* bytes: tile offset (memory tile: own memory), or RIG_MEMORY_BASE + x for a shim */
	uint32_t words;
	uint32_t step[4], wrap[3];
	uint32_t iteration_step, iteration_wrap, iteration_current;
	int next;    /* -1: none */
	int acquire; /* lock id, -1: none */
	int acquire_value;
	int release; /* lock id, -1: none */
	int release_value;
	unsigned burst; /* code 0..3 */
	unsigned pad_before[3], pad_after[3];
	bool invalid, tlast_suppress, packet, compression;
	unsigned packet_id, packet_type, packet_bd; /* of the header that an MM2S channel makes */
};
#define RIG_BD(...) ((struct rig_bd){ .next = -1, .acquire = -1, .release = -1, .burst = 3, __VA_ARGS__ })
void rig_bd(struct rig *rig, unsigned column, unsigned row, unsigned id, struct rig_bd bd);

/* Push a task. */
void rig_push(struct rig *rig, unsigned column, unsigned row, bool mm2s, unsigned channel, unsigned bd,
              unsigned repeats, bool token);
uint32_t rig_status(struct rig *rig, unsigned column, unsigned row, bool mm2s, unsigned channel);
uint32_t rig_lock(struct rig *rig, unsigned column, unsigned row, unsigned id);
void rig_set_lock(struct rig *rig, unsigned column, unsigned row, unsigned id, uint32_t value);

/* Assemble a program and load it into a core through the register bus, data too; the core stays in reset. */
void rig_load(struct rig *rig, unsigned column, unsigned row, const char *source);
/* Core_Control: out of reset and enabled. */
void rig_start(struct rig *rig, unsigned column, unsigned row);

/* Run until nothing moves; fails the test on a fault or after `limit` cycles. Returns the cycle. */
uint64_t rig_run(struct rig *rig, uint64_t limit);
/* Take a token that is there or on its way to the controller. */
bool rig_take_token(struct rig *rig, struct aie_token *token);
/* Collect aie_array_waits() into rig->waits; returns the count. */
unsigned rig_waits(struct rig *rig);
/* One of the lines contains all of the texts (NULL-terminated list). */
void rig_expect_wait(struct rig *rig, const char *first, ...);

/* Tile memory and system memory as words. */
uint32_t rig_word(struct rig *rig, unsigned column, unsigned row, uint32_t offset);
void rig_fill(struct rig *rig, unsigned column, unsigned row, uint32_t offset, uint32_t first, unsigned words);
uint32_t *rig_memory(struct rig *rig, size_t offset);

#endif
