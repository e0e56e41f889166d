/* Inside of one core: register image, pipeline rings, decoded bundles.
 *
 * Pipeline clock.  `now` counts the cycles in which the pipeline moved (modulo 2^32).  A bundle issued at now = C
 * samples an operand with use cycle u at step C + u - 1 and lands a result with def cycle d at step C + d; within a
 * step results land first, then deferred work of older bundles runs, then memory is accessed, then the next bundle
 * issues.  All future work waits in rings of AIE_RING entries indexed by its step; the longest distance is below
 * AIE_RING.
 *
 * Decoded form.  A bundle is resolved once into `struct aie_op`s: pointers into the register image, landing distances,
 * bypass classes, the body and its argument block.  Everything is allocated when a bundle is first met; the run loop
 * allocates nothing, searches no table and handles no text.
 */
#ifndef AIE_SIM_CORE_CORE_INTERNAL_H
#define AIE_SIM_CORE_CORE_INTERNAL_H

#include <string.h>

#include "sim/core/bind.h"
#include "sim/core/core.h"
#include "sim/core/semantics.h"

enum {
	AIE_RING = 16, /* > longest distance (memory cycle 11 of sub-word stores), a power of two */
	AIE_RING_MASK = AIE_RING - 1,
	AIE_LANDINGS = 224,       /* results that may land in one step */
	AIE_LANDING_BYTES = 8192, /* their wide values */
	AIE_ACTIONS = 96,         /* deferred actions of one step */
	AIE_REQUESTS = 64,        /* memory requests of one step */
	AIE_RELEASES = 8,
	AIE_INSTANCE_BYTES = 8192, /* saved operands of one bundle in flight */
	AIE_OP_INPUTS = 12,
	AIE_OP_OUTPUTS = 8,
	AIE_OP_STAGES = 8,
	AIE_OP_ADDRESS_FIELDS = 8,
	AIE_HAZARD_ROWS = 16,
	AIE_PROGRAM_SLOTS = AIE_CORE_PROGRAM_BYTES / 2,
	AIE_ADDRESS_MASK = 0xFFFFF, /* every address sum wraps at 20 bits (documented, compiler headers) */
	AIE_DELAY_SLOTS = 5,        /* bundles (published silicon results) */
	AIE_NO_SOURCE = 0xFFFF,
	AIE_NO_ARGUMENT = 0xFF,
	AIE_NO_STAGE = 0xFF,
};

#define aie_likely(x)   __builtin_expect(!!(x), 1)
#define aie_unlikely(x) __builtin_expect(!!(x), 0)

/* ---- results in flight ------------------------------------------------------------------------------------------- */

enum aie_landing_kind {
	AIE_LANDING_WORD,   /* 4 bytes under a mask */
	AIE_LANDING_LONG,   /* 8 bytes */
	AIE_LANDING_STICKY, /* OR of 4 bytes: sticky status flags */
	AIE_LANDING_BLOCK,  /* contiguous bytes */
	AIE_LANDING_PIECES, /* several pieces of the image */
};

/* The first 16 bytes are copied from the decoded output as they stand. */
struct aie_landing_head {
	uint32_t issue;  /* step at which the producer issued */
	uint16_t offset; /* into the image */
	uint16_t size;
	uint16_t id; /* register */
	uint8_t kind;
	uint8_t bypass;
	uint32_t mask; /* of WORD and STICKY */
};

struct aie_landing {
	struct aie_landing_head head;
	uint32_t data; /* of BLOCK and PIECES: offset into bytes[] */
	_Alignas(8) uint8_t value[8];
};

struct aie_landing_slot {
	uint32_t count, used;
	uint32_t bypasses[3];                   /* entries per bypass class */
	struct aie_landing entry[AIE_LANDINGS]; /* in order of issue */
	_Alignas(64) uint8_t bytes[AIE_LANDING_BYTES];
};

/* ---- decoded instructions ---------------------------------------------------------------------------------------- */

enum aie_input_kind {
	AIE_INPUT_WHOLE,  /* one piece of the image */
	AIE_INPUT_PIECES, /* gathered */
};

/* An input that needs work at run time; plain ones are resolved to a pointer into the image when the bundle is decoded.
 */
struct aie_op_input {
	uint8_t argument;
	uint8_t stage; /* use cycle - 1 */
	uint8_t bypass;
	uint8_t kind;
	uint16_t id, offset, size;
	uint16_t save; /* offset into the instance where an early sample waits */
};

struct aie_op_output {
	struct aie_landing_head head; /* issue is filled in when the result is on its way */
	uint16_t room;                /* bytes in the slot's block */
	uint8_t argument;
	uint8_t distance; /* def cycle */
};

enum aie_address_mode {
	AIE_ADDRESS_NONE,
	AIE_ADDRESS_OFFSET, /* [p, #imm], [sp, #imm] */
	AIE_ADDRESS_INDEX,  /* [p, dj] */
	AIE_ADDRESS_POST,   /* [p], #imm */
	AIE_ADDRESS_POST_M, /* [p], m */
	AIE_ADDRESS_POST_2D,
	AIE_ADDRESS_POST_3D,
};

struct aie_op_address {
	uint8_t mode;
	uint16_t pointer;                      /* image offset */
	uint16_t field[AIE_OP_ADDRESS_FIELDS]; /* image offsets: m or dj alone; or m, dn, dj, dc of one or two sets */
	uint32_t immediate;                    /* modulo 2^20 */
	struct aie_op_output pointer_out, count_out, outer_count_out;
};

struct aie_op;
/* Work at issue. Faults are left in the core. */
typedef void (*aie_op_issue)(struct aie_core *core, struct aie_op *op);
/* Deferred work of the instance that issued at step `issue`; STALL freezes the pipeline and asks again. */
typedef enum aie_port_result (*aie_op_action)(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage);
/* What must succeed before any slot of the bundle takes effect. */
typedef enum aie_port_result (*aie_op_before)(struct aie_core *core, struct aie_op *op);

/* What most steps of an op touch comes first, on one cache line; of the arrays mostly the first entries. */
struct aie_op {
	_Alignas(64) aie_op_issue issue;
	aie_op_action action;
	aie_op_action request; /* memory phase */
	aie_body body;
	uint8_t input_count, output_count, stage_count;
	uint8_t final_stage;   /* the body runs at this stage */
	uint8_t data_argument; /* bytes of memory or a cascade word in the instance */
	/* memory */
	uint8_t access_bytes, access_stage, access_stage_2;
	uint8_t sign;                 /* sign-extending load */
	bool body_at_request;         /* the body of a load runs when the data are there */
	uint8_t stage[AIE_OP_STAGES]; /* distinct stages > 0, rising */
	uint16_t instance, data;      /* offsets: of the instance in its arena; of the memory bytes in the instance */
	enum aie_engine_kind kind;
	_Alignas(64) struct aie_op_address address;
	struct aie_op_input input[AIE_OP_INPUTS];
	struct aie_op_output output[AIE_OP_OUTPUTS];
	struct aie_body_arguments arguments;
	uint8_t fifo_stage;            /* store FIFO: when the element joins the queue */
	uint16_t fifo, position, line; /* image offsets of queue and position; of the line in the instance */
	struct aie_op_output position_out;
	/* everything else */
	aie_op_before before;
	uint32_t pc;
	uint16_t source[3]; /* image offsets of scalar sources of engine operations; AIE_NO_SOURCE */
	uint8_t variant;    /* of the kind's row in bind.c */
	uint8_t cascade_stage;
	uint16_t cascade_bytes;
	uint16_t flags_read, flags_written; /* moves from and to status flags, bit numbers of aie_status_flag() */
	const char *refusal;
	enum aie_error_category refusal_category;
	int64_t immediate[AIE_MAX_OPERANDS];
};

struct aie_hazard {
	uint64_t required, reserved;
	uint8_t offset;
};

struct aie_decoded {
	uint16_t size, op_count, hazard_count, before_count;
	bool locks, done;
	bool flags_moved;       /* some op reads or writes status flags by a move */
	uint16_t flags_unknown; /* status flags that the bundle sets without computing them */
	uint8_t flags_cycle;    /* when the last of them land */
	struct aie_op *op;
	struct aie_op *before[AIE_BUNDLE_MAX_INSNS];
	struct aie_hazard hazard[AIE_HAZARD_ROWS];
};

/* Operands of an instruction in flight: in an arena per issue step. */
struct aie_instance {
	uint32_t address;
	uint32_t word;
	uint32_t count;
	_Alignas(64) uint8_t bytes[];
};

struct aie_action {
	struct aie_op *op;
	uint32_t issue;
	uint32_t stage;
};

struct aie_request {
	struct aie_op *op;
	uint32_t issue;
	uint16_t stage;
	bool store, finished;
};

struct aie_request_slot {
	uint32_t count, left;
	struct aie_request entry[AIE_REQUESTS];
};

struct aie_action_slot {
	uint32_t count;
	struct aie_action entry[AIE_ACTIONS];
};

struct aie_release {
	struct aie_op *op;
	uint32_t id;
	int32_t value;
};

struct aie_release_slot {
	uint32_t count;
	struct aie_release entry[AIE_RELEASES];
};

struct aie_arena_chunk;

enum aie_phase { AIE_PHASE_LAND, AIE_PHASE_ACTIONS, AIE_PHASE_MEMORY, AIE_PHASE_ISSUE };

struct aie_core {
	/* control */
	uint32_t now;
	uint32_t pc;
	uint8_t *image;
	enum aie_core_status status;
	bool enabled, finished, faulted;
	enum aie_phase phase;
	uint32_t action_next; /* progress inside the ACTIONS phase */
	uint32_t before_done; /* bits: pre-requests of the present bundle that succeeded */
	uint32_t lock_paid;   /* extra lock cycles already spent on the present bundle */
	uint32_t delay_left;  /* bundles until a pending transfer takes effect */
	bool taken;
	uint32_t target;
	bool draining;       /* after `done` */
	uint32_t last_store; /* step of the last memory write of the stores issued so far */
	uint32_t releases_pending;
	uint16_t flags_unknown; /* status flags whose content is not established */
	uint32_t flags_settled; /* step from which on none of them is on its way */
	uint16_t le, ls, lc;    /* image offsets */
	uint16_t lc_id;
	struct { /* results of what went before the present bundle */
		uint32_t word;
		bool success, tlast, sent;
	} stream;
	/* stall of the last step */
	enum aie_core_stall stall;
	bool outside; /* only the outside can end the stall: lock, stream, cascade */
	unsigned stall_lock;
	int stall_value;
	uint64_t clock;         /* cycles since reset */
	uint64_t clock_at_zero; /* when cntr was 0, modulo 2^64 */
	struct aie_core_counters counters;
	struct aie_core_profile *profile;
	struct aie_core_port port;
	struct aie_core_observer observer;
	/* pipeline */
	uint64_t busy_required[AIE_RING], busy_reserved[AIE_RING];
	struct aie_decoded *cache[AIE_PROGRAM_SLOTS];
	struct aie_action_slot actions[AIE_RING];
	struct aie_request_slot requests[AIE_RING];
	struct aie_release_slot releases[AIE_RING];
	struct aie_landing_slot landings[AIE_RING];
	_Alignas(64) uint8_t instances[AIE_RING][AIE_INSTANCE_BYTES];
	_Alignas(64) uint8_t scratch[AIE_BODY_MAX_ARGUMENTS][AIE_REGISTER_MAX_BYTES];
	/* cold */
	struct aie_error body_error;
	struct aie_core_fault fault;
	struct aie_arena_chunk *arena;
	uint32_t arena_chunks;
	uint8_t program[AIE_CORE_PROGRAM_BYTES];
};

static inline uint32_t aie_word_get(const struct aie_core *core, unsigned offset)
{
	uint32_t word;
	memcpy(&word, core->image + offset, 4);
	return word;
}

static inline void aie_word_put(struct aie_core *core, unsigned offset, uint32_t word)
{
	memcpy(core->image + offset, &word, 4);
}

static inline uint64_t aie_cycle_counter(const struct aie_core *core)
{
	return core->clock - core->clock_at_zero;
}

static inline struct aie_instance *aie_instance_of(struct aie_core *core, const struct aie_op *op, uint32_t issue)
{
	return (struct aie_instance *)(void *)(core->instances[issue & AIE_RING_MASK] + op->instance);
}

/* ---- decode.c ---------------------------------------------------------------------------------------------------- */

/* Resolve the bundle at core->pc; on failure the core is in fault. */
struct aie_decoded *aie_core_decode(struct aie_core *core);
void aie_core_decode_forget(struct aie_core *core, uint32_t from, uint32_t to);
void aie_core_decode_free(struct aie_core *core);
/* Implemented bits of a register of up to 32 bits. */
uint32_t aie_register_mask(unsigned id);
/* The bit of a register whose content may be unknown (sticky status flags, core_id), 0 for all others; and the name of
 * the lowest one of a set. */
uint16_t aie_status_flag(unsigned id);
const char *aie_status_flag_name(uint16_t flags);

/* ---- engine.c ---------------------------------------------------------------------------------------------------- */

/* Copy the value that an input has now, forwarded results included. */
void aie_input_sample(struct aie_core *core, const struct aie_op_input *input, uint32_t issue, void *value);
void aie_action_add(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage);
void aie_request_add(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage, bool store);
bool aie_pipeline_empty(const struct aie_core *core);
/* Make room for a result where there is none left: a fault of the model; returns scratch memory. */
void *aie_landing_overflow(struct aie_core *core);

/* Stop with a fault of the instruction `op` (or of none when NULL). */
void aie_core_fail(struct aie_core *core, const struct aie_op *op, const struct aie_error *reason);
void aie_core_failf(struct aie_core *core, const struct aie_op *op, enum aie_error_category category,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The pipeline stands still for `cause`; returns AIE_PORT_STALL. */
enum aie_port_result aie_core_wait(struct aie_core *core, enum aie_core_stall cause, unsigned lock, int value);

void aie_issue_refused(struct aie_core *core, struct aie_op *op);
void aie_issue_body(struct aie_core *core, struct aie_op *op);   /* everything sampled at issue */
void aie_issue_staged(struct aie_core *core, struct aie_op *op); /* later samples */
enum aie_port_result aie_action_staged(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage);
/* Sample what waits, run the body, let results land. False after a refusal. */
bool aie_run_body(struct aie_core *core, struct aie_op *op, uint32_t issue);

/* ---- control.c --------------------------------------------------------------------------------------------------- */

void aie_issue_jump(struct aie_core *core, struct aie_op *op);
void aie_issue_done(struct aie_core *core, struct aie_op *op);
void aie_issue_event(struct aie_core *core, struct aie_op *op);
void aie_issue_counter(struct aie_core *core, struct aie_op *op);

/* ---- memory.c ---------------------------------------------------------------------------------------------------- */

/* What post-modification adds to the pointer; counters of 2D and 3D addressing are on their way afterwards. */
uint32_t aie_address_step(struct aie_core *core, const struct aie_op *op);
/* The address of an access; the pointer update is on its way afterwards. */
uint32_t aie_address_generate(struct aie_core *core, const struct aie_op *op);
void aie_issue_pad(struct aie_core *core, struct aie_op *op);
void aie_issue_load(struct aie_core *core, struct aie_op *op);
void aie_issue_store(struct aie_core *core, struct aie_op *op);
enum aie_port_result aie_request_load(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage);
enum aie_port_result aie_request_store(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage);
void aie_issue_lookup(struct aie_core *core, struct aie_op *op);
enum aie_port_result aie_request_lookup(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage);
/* Lines of one lookup: 64 bits may straddle two, and lanes 1 and 3 are read in two places. */
enum { AIE_LOOKUP_LANES = 4, AIE_LOOKUP_LINES = 12 };
enum aie_port_result aie_request_store_part(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage);
enum aie_port_result aie_request_tile_load(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage);
enum aie_port_result aie_request_tile_store(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage);

/* ---- fifo.c ------------------------------------------------------------------------------------------------------ */

void aie_issue_fifo_load(struct aie_core *core, struct aie_op *op);  /* fill and pop */
void aie_issue_fifo_store(struct aie_core *core, struct aie_op *op); /* push and flush */
enum aie_port_result aie_action_fifo_store(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage);
enum aie_port_result aie_request_fifo_load(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage);
enum aie_port_result aie_request_fifo_store(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage);

/* ---- ports.c ----------------------------------------------------------------------------------------------------- */

enum aie_port_result aie_before_acquire(struct aie_core *core, struct aie_op *op);
enum aie_port_result aie_before_release(struct aie_core *core, struct aie_op *op);
enum aie_port_result aie_before_stream_read(struct aie_core *core, struct aie_op *op);
enum aie_port_result aie_before_stream_write(struct aie_core *core, struct aie_op *op);
enum aie_port_result aie_before_cascade_write(struct aie_core *core, struct aie_op *op);
void aie_issue_nothing(struct aie_core *core, struct aie_op *op);
void aie_issue_release(struct aie_core *core, struct aie_op *op);
void aie_issue_stream_read(struct aie_core *core, struct aie_op *op);
void aie_issue_stream_write(struct aie_core *core, struct aie_op *op);
enum aie_port_result aie_action_cascade(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage);
/* A body of the engine itself: the cascade word to the destination. */
int aie_body_cascade(const struct aie_body_arguments *arguments);
/* The lock that the bundle's first lock instruction names. */
unsigned aie_lock_of(const struct aie_core *core, const struct aie_decoded *decoded);
/* Carry out the releases that are due; STALL keeps the rest for the next cycle. */
enum aie_port_result aie_releases_run(struct aie_core *core);

#endif
