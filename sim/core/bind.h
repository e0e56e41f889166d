/* Which part of the model executes an opcode: a body of the semantics tables, the engine itself, or both (an access to
 * memory or to the cascade around a body).  Built once from pattern tables; every function may be called from any
 * thread.
 */
#ifndef AIE_SIM_CORE_BIND_H
#define AIE_SIM_CORE_BIND_H

#include "isa/isa.h"
#include "sim/core/semantics.h"

enum aie_engine_kind {
	AIE_ENGINE_NONE, /* a body alone */
	AIE_ENGINE_NOP,
	AIE_ENGINE_JUMP,
	AIE_ENGINE_DONE,
	AIE_ENGINE_EVENT,
	AIE_ENGINE_ACQUIRE,
	AIE_ENGINE_RELEASE,
	AIE_ENGINE_COUNTER,
	AIE_ENGINE_PAD,        /* pointer arithmetic without access */
	AIE_ENGINE_LOAD,       /* plain or extending */
	AIE_ENGINE_STORE,      /* plain, whole words and wider */
	AIE_ENGINE_STORE_PART, /* sub-word: read, merge, write */
	AIE_ENGINE_LOAD_TILE,  /* tile registers */
	AIE_ENGINE_STORE_TILE,
	AIE_ENGINE_STREAM_READ,
	AIE_ENGINE_STREAM_WRITE,
	AIE_ENGINE_CASCADE_READ,
	AIE_ENGINE_CASCADE_WRITE,
	AIE_ENGINE_LOOKUP, /* four parallel 64-bit loads from addresses in a vector */
	AIE_ENGINE_FIFO_FILL,
	AIE_ENGINE_FIFO_POP,
	AIE_ENGINE_FIFO_PUSH,
	AIE_ENGINE_FIFO_FLUSH,
	AIE_ENGINE_REFUSED,
	/* with a body of the tables */
	AIE_ENGINE_LOAD_BODY,
	AIE_ENGINE_STORE_BODY,
	AIE_ENGINE_FIFO_PUSH_BODY,
	AIE_ENGINE_CASCADE_BODY,
};

/* Meaning of aie_engine_row.variant. */
enum { AIE_JUMP_ALWAYS, AIE_JUMP_LINK, AIE_JUMP_ZERO, AIE_JUMP_NOT_ZERO, AIE_JUMP_DECREMENT, AIE_JUMP_RETURN };
enum { AIE_ACCESS_SIGNED = 1 };
enum { AIE_LOCK_CONDITIONAL = 1 };
enum { AIE_LOOKUP_HIGH = 1 };
enum {
	AIE_STREAM_NON_BLOCKING = 1,
	AIE_STREAM_TLAST = 2,
	AIE_STREAM_TLAST_REGISTER = 4,
	AIE_STREAM_PACKET_HEADER = 8,
	AIE_STREAM_CONTROL_HEADER = 16,
};

struct aie_engine_row {
	const char *pattern; /* as in semantics.h */
	enum aie_engine_kind kind;
	uint8_t bytes;   /* of the memory access; of a FIFO access: bytes given or taken; of a lookup: its alignment */
	uint8_t variant; /* see above; event number; quarter of a cascade read */
	enum aie_evidence evidence;
	const char *note;
};

struct aie_binding {
	const struct aie_engine_row *engine;
	const struct aie_semantics_row *row;
	uint8_t engine_ties, row_ties; /* further rows that match equally well: must be 0 */
};

/* Never NULL for opcode < aie_isa_opcode_count(). */
const struct aie_binding *aie_binding_of(unsigned opcode);
/* True when the engine kind wants a body beside it. */
bool aie_engine_needs_body(enum aie_engine_kind kind);

enum aie_fidelity { AIE_FIDELITY_EXECUTED, AIE_FIDELITY_REFUSED };
/* How an opcode fares when it is executed; `evidence` and `note` say why. */
enum aie_fidelity aie_opcode_fidelity(unsigned opcode, enum aie_evidence *evidence, const char **note);
const char *aie_evidence_name(enum aie_evidence evidence);

#endif
