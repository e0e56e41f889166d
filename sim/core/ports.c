/* Locks, streams and the cascade.
 *
 * What can block asks its port before any slot of the bundle takes effect; while the port says no, the pipeline stands
 * still (a blocking acquire stalls the whole bundle: compiler headers and published silicon results).  A release
 * reaches its lock when all older stores of this core are in memory; until then no further lock instruction of this
 * core is presented, so that its lock operations keep their order and a release can never wait behind an acquire.
 */
#include "sim/core/choices.h"
#include "sim/core/pipeline.h"

void aie_issue_nothing(struct aie_core *core, struct aie_op *op)
{
	(void)core;
	(void)op;
}

/* ---- locks ------------------------------------------------------------------------------------------------------- */

enum { LOCK_VALUE_MIN = -64, LOCK_VALUE_MAX = 63 }; /* seven-bit two's complement (documented) */

/* False: a conditional instruction that does not act, or a fault. */
static bool lock_operands(struct aie_core *core, const struct aie_op *op, unsigned *id, int *value)
{
	if ((op->variant & AIE_LOCK_CONDITIONAL) != 0 && aie_word_get(core, op->source[2]) == 0)
		return false;
	uint32_t number =
	        op->source[0] == AIE_NO_SOURCE ? (uint32_t)op->immediate[0] : aie_word_get(core, op->source[0]);
	int32_t operand = (int32_t)aie_word_get(core, op->source[1]);
	if (number >= AIE_CORE_LOCK_IDS) {
		aie_core_failf(core, op, AIE_ERROR_UNDEFINED, "lock %u does not exist", number);
		return false;
	}
	if (operand < LOCK_VALUE_MIN || operand > LOCK_VALUE_MAX) {
		aie_core_failf(core, op, AIE_ERROR_UNDEFINED, "lock value %d is outside -64..63", operand);
		return false;
	}
	*id = number;
	*value = operand;
	return true;
}

unsigned aie_lock_of(const struct aie_core *core, const struct aie_decoded *decoded)
{
	for (unsigned i = 0; i < decoded->before_count; i++) {
		const struct aie_op *op = decoded->before[i];
		if (op->kind == AIE_ENGINE_ACQUIRE || op->kind == AIE_ENGINE_RELEASE) {
			uint32_t id = op->source[0] == AIE_NO_SOURCE ? (uint32_t)op->immediate[0]
			                                             : aie_word_get(core, op->source[0]);
			return id % AIE_CORE_LOCK_IDS;
		}
	}
	return 0;
}

/* The cycle that every lock instruction costs. */
static bool pay(struct aie_core *core, unsigned id, int value)
{
	if (core->lock_paid >= AIE_CHOICE_LOCK_EXTRA_CYCLES)
		return true;
	core->lock_paid++;
	aie_core_wait(core, AIE_STALL_LOCK, id, value);
	core->outside = false;
	return false;
}

static enum aie_port_result checked(struct aie_core *core, const struct aie_op *op, enum aie_port_result result)
{
	if (aie_unlikely(result == AIE_PORT_FAULT))
		aie_core_fail(core, op, &core->body_error);
	return result;
}

enum aie_port_result aie_before_acquire(struct aie_core *core, struct aie_op *op)
{
	unsigned id;
	int value;
	if (!lock_operands(core, op, &id, &value))
		return core->faulted ? AIE_PORT_FAULT : AIE_PORT_DONE;
	if (!pay(core, id, value))
		return AIE_PORT_STALL;
	aie_error_clear(&core->body_error);
	enum aie_port_result result =
	        checked(core, op, core->port.lock_acquire(core->port.user, id, value, &core->body_error));
	return result == AIE_PORT_STALL ? aie_core_wait(core, AIE_STALL_LOCK, id, value) : result;
}

enum aie_port_result aie_before_release(struct aie_core *core, struct aie_op *op)
{
	unsigned id;
	int value;
	if (!lock_operands(core, op, &id, &value))
		return core->faulted ? AIE_PORT_FAULT : AIE_PORT_DONE;
	return pay(core, id, value) ? AIE_PORT_DONE : AIE_PORT_STALL;
}

void aie_issue_release(struct aie_core *core, struct aie_op *op)
{
	unsigned id;
	int value;
	if (!lock_operands(core, op, &id, &value))
		return;
	uint32_t due = core->now + AIE_CHOICE_RELEASE_CYCLE - 1;
	if ((int32_t)(core->last_store - due) > 0)
		due = core->last_store;
	struct aie_release_slot *slot = &core->releases[due & AIE_RING_MASK];
	if (slot->count >= AIE_RELEASES) {
		aie_core_failf(core, op, AIE_ERROR_INTERNAL,
		               "more releases wait for one cycle than the model has room for");
		return;
	}
	slot->entry[slot->count++] = (struct aie_release){ .op = op, .id = id, .value = value };
	core->releases_pending++;
}

enum aie_port_result aie_releases_run(struct aie_core *core)
{
	struct aie_release_slot *slot = &core->releases[core->now & AIE_RING_MASK];
	while (slot->count != 0) {
		const struct aie_release release = slot->entry[0];
		aie_error_clear(&core->body_error);
		enum aie_port_result result =
		        checked(core, release.op,
		                core->port.lock_release(core->port.user, release.id, release.value, &core->body_error));
		if (result == AIE_PORT_STALL)
			return aie_core_wait(core, AIE_STALL_LOCK, release.id, release.value);
		if (result == AIE_PORT_FAULT)
			return result;
		memmove(&slot->entry[0], &slot->entry[1], (slot->count - 1) * sizeof(slot->entry[0]));
		slot->count--;
		core->releases_pending--;
	}
	return AIE_PORT_DONE;
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

enum aie_port_result aie_before_stream_read(struct aie_core *core, struct aie_op *op)
{
	aie_error_clear(&core->body_error);
	enum aie_port_result result = checked(
	        core, op,
	        core->port.stream_read(core->port.user, &core->stream.word, &core->stream.tlast, &core->body_error));
	core->stream.success = result == AIE_PORT_DONE;
	if (result != AIE_PORT_STALL)
		return result;
	return op->variant & AIE_STREAM_NON_BLOCKING ? AIE_PORT_DONE : aie_core_wait(core, AIE_STALL_STREAM, 0, 0);
}

void aie_issue_stream_read(struct aie_core *core, struct aie_op *op)
{
	if (core->stream.success)
		aie_landing_word(core, &op->output[0], core->now, core->stream.word);
	aie_landing_word(core, &op->output[1], core->now,
	                 (core->stream.success && core->stream.tlast ? AIE_CHOICE_SS0_TLAST : 0u) |
	                         (core->stream.success ? AIE_CHOICE_SS0_SUCCESS : 0u));
}

/* Packet header: id [4:0], type [14:12], row [20:16], column [27:21]; control header: address [19:0], words - 1
 * [21:20], operation [23:22], id of the answer [28:24]; parity of both [31], odd (documented, AM020 and array headers;
 * AIE_CHOICE_HEADER_COMPLETED_BY_CORE).  False: refused. */
static bool header_word(struct aie_core *core, const struct aie_op *op, uint32_t *word)
{
	uint32_t id = aie_word_get(core, op->source[0]);
	if (id >= AIE_CHOICE_HEADER_ID_LIMIT) {
		aie_core_failf(core, op, AIE_ERROR_UNSUPPORTED, "a header with id %u: ids have five bits", id);
		return false;
	}
	if (op->variant & AIE_STREAM_PACKET_HEADER)
		*word = id | (uint32_t)op->immediate[0] << 12 | (uint32_t)core->port.row << 16 |
		        (uint32_t)core->port.column << 21;
	else
		*word = aie_word_get(core, op->source[2]) | (uint32_t)op->immediate[0] << 20 |
		        (uint32_t)op->immediate[1] << 22 | id << 24;
	if (!__builtin_parity(*word))
		*word |= 1u << 31;
	return true;
}

enum aie_port_result aie_before_stream_write(struct aie_core *core, struct aie_op *op)
{
	uint32_t word;
	bool tlast = (op->variant & AIE_STREAM_TLAST) != 0;
	if (op->variant & AIE_STREAM_TLAST_REGISTER)
		tlast = (aie_word_get(core, op->source[1]) & 1) != 0;
	if ((op->variant & (AIE_STREAM_PACKET_HEADER | AIE_STREAM_CONTROL_HEADER)) == 0)
		word = aie_word_get(core, op->source[0]);
	else if (!header_word(core, op, &word))
		return AIE_PORT_FAULT;
	aie_error_clear(&core->body_error);
	enum aie_port_result result =
	        checked(core, op, core->port.stream_write(core->port.user, word, tlast, &core->body_error));
	core->stream.sent = result == AIE_PORT_DONE;
	if (result != AIE_PORT_STALL)
		return result;
	return op->variant & AIE_STREAM_NON_BLOCKING ? AIE_PORT_DONE : aie_core_wait(core, AIE_STALL_STREAM, 1, 0);
}

void aie_issue_stream_write(struct aie_core *core, struct aie_op *op)
{
	if (op->output_count != 0)
		aie_landing_word(core, &op->output[0], core->now, core->stream.sent);
}

/* ---- cascade ----------------------------------------------------------------------------------------------------- */

enum { CASCADE_BYTES = 64 };

/* vmov mcd: nothing is pushed while crMCDEn is 0. */
enum aie_port_result aie_before_cascade_write(struct aie_core *core, struct aie_op *op)
{
	if ((aie_word_get(core, op->source[0]) & 1) == 0)
		return AIE_PORT_DONE;
	uint8_t *word = core->scratch[0];
	aie_input_sample(core, &op->input[0], core->now, word);
	aie_error_clear(&core->body_error);
	enum aie_port_result result =
	        checked(core, op, core->port.cascade_write(core->port.user, word, &core->body_error));
	return result == AIE_PORT_STALL ? aie_core_wait(core, AIE_STALL_CASCADE, 1, 0) : result;
}

/* Late samples of an instruction that reads the cascade, and the read itself: the word goes to its quarter of an
 * otherwise empty value in the instance.  source[0] = crSCDEn, source[1] = r31 where the instruction names it; output
 * of r31++ is the last. */
enum aie_port_result aie_action_cascade(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage)
{
	if (stage == op->cascade_stage) {
		uint8_t *value = aie_instance_of(core, op, issue)->bytes + op->data;
		uint32_t number = op->source[1] == AIE_NO_SOURCE ? op->variant : aie_word_get(core, op->source[1]);
		unsigned quarter = number % AIE_CHOICE_CASCADE_QUARTERS;
		uint8_t word[CASCADE_BYTES] = { 0 };
		if (aie_word_get(core, op->source[0]) & 1) {
			aie_error_clear(&core->body_error);
			enum aie_port_result result =
			        checked(core, op, core->port.cascade_read(core->port.user, word, &core->body_error));
			if (result == AIE_PORT_STALL)
				return aie_core_wait(core, AIE_STALL_CASCADE, 0, 0);
			if (result == AIE_PORT_FAULT)
				return result;
		}
		memset(value, AIE_CHOICE_CASCADE_FILL, op->cascade_bytes);
		memcpy(value + quarter * CASCADE_BYTES, word, CASCADE_BYTES);
		if (op->address.count_out.distance != 0)
			aie_landing_word(core, &op->address.count_out, issue, number + 1);
	}
	return aie_action_staged(core, op, issue, stage);
}

int aie_body_cascade(const struct aie_body_arguments *arguments)
{
	const struct aie_op *op =
	        (const struct aie_op *)(const void *)((const char *)arguments - offsetof(struct aie_op, arguments));
	memcpy(arguments->a[0], arguments->a[1], op->output[0].head.size);
	return 0;
}
