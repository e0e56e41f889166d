/* A core with 256 KiB of data memory, locks, streams and a cascade that a test can watch and make stall. */
#ifndef AIE_TESTS_CORE_RIG_H
#define AIE_TESTS_CORE_RIG_H

#include "isa/assembler.h"
#include "sim/core/core.h"

enum { RIG_BASE = 0x40000, RIG_BYTES = 0x40000, RIG_LOG = 256, RIG_WORDS = 64, RIG_COLUMN = 5, RIG_ROW = 3 };

struct rig_access {
	uint64_t cycle; /* counted by rig_step from 1 */
	bool store;
	uint32_t address;
	unsigned size;
};

struct rig {
	struct aie_core *core;
	uint64_t cycle;
	uint8_t memory[RIG_BYTES];
	struct rig_access log[RIG_LOG];
	unsigned log_count;
	bool banks; /* 16 KiB banks serve one access a cycle */
	uint8_t banks_used[16];
	unsigned stall_loads, stall_stores; /* so many further requests are told to wait */
	int lock[AIE_CORE_LOCK_IDS];
	bool locks_free; /* every acquire succeeds and changes nothing */
	unsigned lock_asked, released;
	uint64_t release_cycle;
	uint32_t in[RIG_WORDS], out[RIG_WORDS];
	bool in_last[RIG_WORDS], out_last[RIG_WORDS];
	unsigned in_count, in_next, out_count, out_room;
	uint8_t cascade_in[RIG_WORDS][64], cascade_out[RIG_WORDS][64];
	unsigned cascade_in_count, cascade_in_next, cascade_out_count, cascade_out_room;
	uint32_t tile_word, tile_offset;
	unsigned events[4];
};

/* Assemble and load; fails the test on an error. The core is enabled and stands at address 0. */
struct rig *rig_new(const char *text);
void rig_free(struct rig *rig);
/* As rig_new, from bytes of program memory. */
struct rig *rig_new_bytes(const uint8_t *bytes, size_t size);

enum aie_core_status rig_step(struct rig *rig);
/* Until done or fault, at most `cycles`. */
enum aie_core_status rig_run(struct rig *rig, unsigned cycles);
/* Run to `done`; the test fails otherwise and prints the fault. */
void rig_done(struct rig *rig);
/* Run to a fault of this category whose text contains `text`. */
void rig_faults(struct rig *rig, enum aie_error_category category, const char *text);

uint32_t rig_get(const struct rig *rig, const char *name);
void rig_set(struct rig *rig, const char *name, uint32_t value);
void rig_read(const struct rig *rig, const char *name, void *data);
void rig_write(struct rig *rig, const char *name, const void *data);
uint32_t rig_word(const struct rig *rig, uint32_t address);
void rig_put_word(struct rig *rig, uint32_t address, uint32_t value);

/* Assemble and run with registers r0 and r1 preset; returns r2. */
uint32_t rig_binary(const char *instruction, uint32_t r0, uint32_t r1);

#endif
