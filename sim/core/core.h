/* One AIE2P core: program memory, register file, exposed pipeline, execution units.
 *
 * The core knows its tile only through `struct aie_core_port`.  One call of aie_core_step() is one array clock cycle:
 * the core issues one bundle, or stalls and accounts the cycle to a cause.  A stalled core's pipeline clock stands
 * still.
 */
#ifndef AIE_SIM_CORE_CORE_H
#define AIE_SIM_CORE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/error.h"
#include "isa/isa.h"

enum { AIE_CORE_PROGRAM_BYTES = 0x4000, AIE_CORE_LOCK_IDS = 64 };

enum aie_port_result {
	AIE_PORT_DONE,  /* the request was carried out in this cycle */
	AIE_PORT_STALL, /* not now; nothing changed; the core asks again in the next cycle */
	AIE_PORT_FAULT, /* the request is illegal: the error object says why, the core stops */
};

/* What a tile offers to its core.  Every function is called from inside aie_core_step(), for the current cycle. */
struct aie_core_port {
	void *user;
	uint8_t column, row; /* of the tile: the packet headers that the core sends name them */
	/* Data memory at the core's 20-bit byte address, aligned to `size` (1, 2, 4, 16, 32, 64 bytes).  STALL = bank
	 * conflict. */
	enum aie_port_result (*load)(void *user, uint32_t address, unsigned size, void *data, struct aie_error *error);
	enum aie_port_result (*store)(void *user, uint32_t address, unsigned size, const void *data,
	                              struct aie_error *error);
	/* Lock `id` 0..63 as the core numbers them (0 south, 16 west, 32 north, 48 own); `value` as in the instruction:
	 * negative = wait for >= -value, then subtract; otherwise wait for ==. */
	enum aie_port_result (*lock_acquire)(void *user, unsigned id, int value, struct aie_error *error);
	enum aie_port_result (*lock_release)(void *user, unsigned id, int value, struct aie_error *error);
	/* Core stream ports: 32-bit words. */
	enum aie_port_result (*stream_read)(void *user, uint32_t *word, bool *tlast, struct aie_error *error);
	enum aie_port_result (*stream_write)(void *user, uint32_t word, bool tlast, struct aie_error *error);
	/* Cascade: 512-bit words. */
	enum aie_port_result (*cascade_read)(void *user, uint8_t word[64], struct aie_error *error);
	enum aie_port_result (*cascade_write)(void *user, const uint8_t word[64], struct aie_error *error);
	/* Tile registers over the processor bus (lda.tm, st.tm); offset inside the tile. */
	enum aie_port_result (*register_read)(void *user, uint32_t offset, uint32_t *value, struct aie_error *error);
	enum aie_port_result (*register_write)(void *user, uint32_t offset, uint32_t value, struct aie_error *error);
	/* event #0, #1, event.warning, event.error: number 0..3. */
	void (*event)(void *user, unsigned number);
};

enum aie_core_status {
	AIE_CORE_RESET, /* held in reset or not enabled: a step does nothing */
	AIE_CORE_RUNNING,
	AIE_CORE_STALLED, /* running, but the last step issued nothing; `stall` of the state says why */
	AIE_CORE_DONE,
	AIE_CORE_FAULT,
};

enum aie_core_stall {
	AIE_STALL_NONE,
	AIE_STALL_LOCK,
	AIE_STALL_MEMORY, /* data-memory bank conflict */
	AIE_STALL_STREAM,
	AIE_STALL_CASCADE,
	AIE_STALL_PARTWORD, /* behind a sub-word store (PART_WORD_STORE) */
	AIE_STALL_RESOURCE, /* another structural hazard */
	AIE_STALL_FETCH,
	AIE_STALL_COUNT
};
const char *aie_core_stall_name(enum aie_core_stall stall); /* "lock", "memory", "stream", "cascade", "partword", ... */

struct aie_core_counters {
	uint64_t cycles;  /* steps while enabled and neither done nor faulted */
	uint64_t bundles; /* bundles issued */
	uint64_t stall[AIE_STALL_COUNT];
	uint64_t lock_wait[AIE_CORE_LOCK_IDS]; /* part of stall[AIE_STALL_LOCK], by lock id */
};

struct aie_core_fault {
	uint32_t pc;          /* byte address of the bundle */
	char instruction[32]; /* mnemonic, or "" when there is none (fetch faults) */
	char bundle[160];     /* disassembly of the bundle, or "" */
	struct aie_error error;
};

struct aie_core;

/* Create a core in reset.  The port structure is copied.  Returns NULL when memory is short. */
struct aie_core *aie_core_create(const struct aie_core_port *port, struct aie_error *error);
void aie_core_destroy(struct aie_core *core);

/* Reset: registers to their reset values, pipeline empty, PC 0, counters kept. */
void aie_core_reset(struct aie_core *core);
/* Core_Control.Enable. A core that is enabled, out of reset and not done runs. */
void aie_core_set_enable(struct aie_core *core, bool enable);
void aie_core_set_pc(struct aie_core *core, uint32_t pc);
uint32_t aie_core_pc(const struct aie_core *core);

/* Program memory, any byte range inside 16 KiB; writing throws away the decoded form of what it touches. */
int aie_core_program_write(struct aie_core *core, uint32_t offset, const void *data, size_t size,
                           struct aie_error *error);
int aie_core_program_read(const struct aie_core *core, uint32_t offset, void *data, size_t size,
                          struct aie_error *error);

/* One clock cycle. */
enum aie_core_status aie_core_step(struct aie_core *core);
/* Up to `cycles` cycles; ends early when the core is done, in fault or not enabled, or when the pipeline stands still
 * for a lock, a stream or a cascade (nothing but the outside can change that). */
enum aie_core_status aie_core_run(struct aie_core *core, uint64_t cycles);
enum aie_core_status aie_core_status(const struct aie_core *core);
/* Why the last step stalled; for AIE_STALL_LOCK `detail` is the lock id and `value` the operand, for streams and the
 * cascade `detail` is 0 for the input and 1 for the output. */
enum aie_core_stall aie_core_stall(const struct aie_core *core, unsigned *detail, int *value);
/* Account `cycles` further cycles of the present stall without stepping (the array knows that nothing can change). */
void aie_core_skip(struct aie_core *core, uint64_t cycles);

/* Inside a load or store of the port: the instruction that makes it.  A byte or half is accessed with the word around
 * it: `address` and `size` are those of the instruction then, and the read of a sub-word store is marked as `merge`. */
struct aie_core_access {
	uint32_t pc, address;
	unsigned size;
	bool merge;
};
bool aie_core_accessing(const struct aie_core *core, uint32_t address, unsigned size, bool write,
                        struct aie_core_access *access);
/* Which locks (ids as the core numbers them) the program in memory has instructions for, by reading it from address 0
 * on; `any`: some instruction takes the id from a register. */
struct aie_core_locks {
	uint64_t taken, given;
	bool takes_any, gives_any;
};
void aie_core_locks(const struct aie_core *core, struct aie_core_locks *locks);

const struct aie_core_counters *aie_core_counters(const struct aie_core *core);
void aie_core_clear_counters(struct aie_core *core);
/* Valid when the status is AIE_CORE_FAULT. */
const struct aie_core_fault *aie_core_fault(const struct aie_core *core);

/* Architectural registers (what has landed); `data` holds (bits + 7) / 8 bytes, little endian. */
void aie_core_register_read(const struct aie_core *core, unsigned id, void *data);
void aie_core_register_write(struct aie_core *core, unsigned id, const void *data);
/* False for status flags that an executed instruction has set in a way that no source establishes, and for core_id
 * until aie_core_register_write() has set it (its layout is not public); a program that reads them stops, and what
 * aie_core_register_read() gives means nothing. */
bool aie_core_register_known(const struct aie_core *core, unsigned id);

/* The control and status registers packed into words, as the tile's register bus shows them (documented, register
 * reference of the array). */
enum aie_core_word {
	AIE_CORE_WORD_CR1,
	AIE_CORE_WORD_CR2,
	AIE_CORE_WORD_CR3,
	AIE_CORE_WORD_SR1,
	AIE_CORE_WORD_SR2,
	AIE_CORE_WORD_COUNT
};
/* The word of this name in the register reference ("Core_SR1"), AIE_CORE_WORD_COUNT if it is none of them. */
unsigned aie_core_word_find(const char *name);
/* Refused (AIE_ERROR_UNSUPPORTED, naming the flag) while a flag in it is not known. */
int aie_core_word_read(const struct aie_core *core, enum aie_core_word word, uint32_t *value, struct aie_error *error);
/* Bits outside the fields are ignored; what is written is known from then on. */
void aie_core_word_write(struct aie_core *core, enum aie_core_word word, uint32_t value);

/* Execution profile by program address: issue count and stall cycles of the bundle at byte address 2 * i, i < 8192.
 * NULL while profiling is off. */
struct aie_core_profile {
	uint64_t issued, stalled;
};
int aie_core_set_profile(struct aie_core *core, bool on, struct aie_error *error);
const struct aie_core_profile *aie_core_profile(const struct aie_core *core);

/* Who wants to watch: called from inside a step. `cycle` counts the cycles since reset, the first one being 1. */
struct aie_core_observer {
	void *user;
	void (*issued)(void *user, uint64_t cycle, uint32_t pc);
	/* a result reaches register `id`; `value` holds (bits + 7) / 8 bytes */
	void (*landed)(void *user, uint64_t cycle, unsigned id, const void *value);
};
/* The structure is copied; NULL ends watching. */
void aie_core_set_observer(struct aie_core *core, const struct aie_core_observer *observer);

#endif
