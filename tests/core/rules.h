/* What every executed instruction has to do, stated a second time: by its mnemonic and its assembly operands, one lane
 * or one byte at a time, without the tables, bodies and engine of the model.
 *
 * rule_apply() starts from the registers and memory of a rig that has not run yet and changes `expected` and `memory`
 * into what must be there when the instruction is done.  Streams, the cascade and locks are those of the rig.
 */
#ifndef AIE_TESTS_CORE_RULES_H
#define AIE_TESTS_CORE_RULES_H

#include "isa/isa.h"
#include "tests/core/rig.h"

enum { RULE_BYTES = 256 };

struct rule_value {
	_Alignas(8) uint8_t byte[RULE_BYTES];
};

struct rule {
	const struct aie_opcode_description *d;
	const struct aie_insn *insn;
	const struct rig *rig;
	struct aie_core *expected; /* registers only */
	uint8_t *memory;           /* RIG_BYTES from RIG_BASE on */
	bool taken;                /* a control transfer that goes to `target` */
	uint32_t target;
	unsigned cascade_taken, stream_taken; /* words */
	bool cascade_given, stream_given, stream_last;
	uint8_t cascade_word[64];
	uint32_t stream_word;
	bool tile_given;
	uint32_t tile_offset, tile_word;
	int event;     /* number + 1, or 0 */
	unsigned fifo; /* register id of a FIFO of which only the lowest `fifo_bytes` have a meaning */
	unsigned fifo_bytes;
	bool lock_changed;
	unsigned lock;
	int lock_value; /* afterwards */
};

/* False when no rule is known for the mnemonic. */
bool rule_apply(struct rule *rule);
bool rule_scalar(struct rule *rule);
bool rule_port(struct rule *rule); /* locks, streams, cascade, events, control */
bool rule_access(struct rule *rule);
bool rule_vector(struct rule *rule);
bool rule_multiply(struct rule *rule);

/* ---- operands: by the name in the description, or a register of that name ---------------------------------------- */

bool rule_has(const struct rule *rule, const char *operand);
bool rule_is_register(const struct rule *rule, const char *operand);
int64_t rule_immediate(const struct rule *rule, const char *operand);
unsigned rule_bits(const struct rule *rule, const char *operand); /* width of a register */
const char *rule_name(const struct rule *rule, const char *operand);
struct rule_value rule_read(const struct rule *rule, const char *operand);
uint32_t rule_word(const struct rule *rule, const char *operand); /* register up to 32 bits, or an immediate */
void rule_write(struct rule *rule, const char *operand, const void *bytes);
void rule_put(struct rule *rule, const char *operand, uint32_t word);

/* The mnemonic is `name`; it begins with `name`; the assembly template contains `text`. */
bool rule_is(const struct rule *rule, const char *name);
bool rule_begins(const struct rule *rule, const char *name);
bool rule_shows(const struct rule *rule, const char *text);
/* The number that ends the mnemonic, e.g. 16 of vadd.16 and vbneg_ltz.s16; 0 when none does. */
unsigned rule_suffix(const struct rule *rule);

/* ---- lanes ------------------------------------------------------------------------------------------------------- */

int64_t rule_lane(const void *bytes, unsigned bits, unsigned index, bool is_signed);
void rule_set_lane(void *bytes, unsigned bits, unsigned index, int64_t value);

/* ---- conversions that stand alone and in loads and stores; bytes of the narrow side -------------------------------
 */

void rule_unpack(struct rule *rule, const void *in, unsigned bytes, void *out);
void rule_pack(struct rule *rule, const void *in, unsigned bytes, void *out);
void rule_ups(struct rule *rule, const void *in, unsigned bytes, void *out);
void rule_srs(struct rule *rule, const void *in, unsigned bytes, void *out);
void rule_to_bf16(struct rule *rule, const void *in, unsigned lanes, void *out);
void rule_from_bf16(const void *in, unsigned lanes, void *out);
/* 64 lanes in blocks of `size`. */
void rule_to_bfp16(struct rule *rule, unsigned size, const void *in, void *mantissas, uint8_t *exponents);
/* An ex register's blocks of 8 to blocks of 16. */
void rule_join_bfp16(struct rule *rule, const uint8_t *ex, void *mantissas, uint8_t *exponents);

#endif
