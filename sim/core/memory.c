/* Address generation, loads and stores.
 *
 * Addresses are 20-bit byte addresses; every sum wraps (documented).  An address is computed at issue, the pointer
 * update lands at its own cycle, memory is accessed at the itinerary's memory cycle: a load takes its bytes then and
 * lands at the def cycle of its destination, a store samples its source at the use cycle and writes at the memory
 * cycle.  A sub-word store reads its word at the first memory cycle and writes it back at the second; the part-word
 * unit that it holds keeps others away.
 */
#include "sim/core/choices.h"
#include "sim/core/pipeline.h"

enum { TILE_REGISTERS = 0x80000, TILE_REGISTERS_END = 0xC0000 }; /* where a core sees the registers of its tile */

uint32_t aie_address_step(struct aie_core *core, const struct aie_op *op)
{
	const struct aie_op_address *a = &op->address;
	uint32_t step, now = core->now;
	uint32_t field[AIE_OP_ADDRESS_FIELDS];
	enum { M, DN, DJ, DC, M2, DN2, DJ2, DC2 }; /* order of the pieces of a d register */
	switch ((enum aie_address_mode)a->mode) {
	case AIE_ADDRESS_POST_M:
		return aie_word_get(core, a->field[0]);
	case AIE_ADDRESS_POST_2D:
		for (unsigned i = 0; i < 4; i++)
			field[i] = aie_word_get(core, a->field[i]);
		if (field[DC] == field[DN]) {
			step = field[M];
			field[DC] = 0;
		} else {
			step = field[DJ];
			field[DC]++;
		}
		aie_landing_word(core, &a->count_out, now, field[DC]);
		return step;
	case AIE_ADDRESS_POST_3D:
		for (unsigned i = 0; i < 8; i++)
			field[i] = aie_word_get(core, a->field[i]);
		if (field[DC] != field[DN]) {
			step = field[DJ];
			field[DC]++;
		} else if (field[DC2] != field[DN2]) {
			step = field[DJ2];
			field[DC] = 0;
			field[DC2]++;
		} else {
			step = field[M];
			field[DC] = field[DC2] = 0;
		}
		aie_landing_word(core, &a->count_out, now, field[DC]);
		aie_landing_word(core, &a->outer_count_out, now, field[DC2]);
		return step;
	case AIE_ADDRESS_NONE:
	case AIE_ADDRESS_OFFSET:
	case AIE_ADDRESS_INDEX:
	case AIE_ADDRESS_POST:
	default:
		return a->immediate;
	}
}

uint32_t aie_address_generate(struct aie_core *core, const struct aie_op *op)
{
	const struct aie_op_address *a = &op->address;
	uint32_t pointer = aie_word_get(core, a->pointer);
	if (a->mode == AIE_ADDRESS_OFFSET)
		return (pointer + a->immediate) & AIE_ADDRESS_MASK;
	if (a->mode == AIE_ADDRESS_INDEX)
		return (pointer + aie_word_get(core, a->field[0])) & AIE_ADDRESS_MASK;
	aie_landing_word(core, &a->pointer_out, core->now, pointer + aie_address_step(core, op));
	return pointer;
}

void aie_issue_pad(struct aie_core *core, struct aie_op *op)
{
	aie_address_generate(core, op);
}

/* The address of the instance that issues now; false when the program stops. */
static bool start_access(struct aie_core *core, struct aie_op *op)
{
	uint32_t address = aie_address_generate(core, op);
	if (aie_unlikely((address & (op->access_bytes - 1u)) != 0)) {
		aie_core_failf(core, op, AIE_ERROR_FAULT, "misaligned access of %u bytes at 0x%05x", op->access_bytes,
		               address);
		return false;
	}
	aie_instance_of(core, op, core->now)->address = address;
	return true;
}

void aie_issue_load(struct aie_core *core, struct aie_op *op)
{
	if (!start_access(core, op))
		return;
	if (op->body != NULL)
		aie_issue_staged(core, op);
	aie_request_add(core, op, core->now, op->access_stage, false);
}

void aie_issue_store(struct aie_core *core, struct aie_op *op)
{
	if (!start_access(core, op))
		return;
	aie_issue_staged(core, op);
	if (op->access_stage_2 != AIE_NO_STAGE)
		aie_request_add(core, op, core->now, op->access_stage_2, true);
	aie_request_add(core, op, core->now, op->access_stage, op->access_stage_2 == AIE_NO_STAGE);
}

/* A fault of the port becomes a fault of the instruction. */
static enum aie_port_result checked(struct aie_core *core, const struct aie_op *op, enum aie_port_result result)
{
	if (aie_unlikely(result == AIE_PORT_FAULT))
		aie_core_fail(core, op, &core->body_error);
	return result;
}

static enum aie_port_result port_load(struct aie_core *core, const struct aie_op *op, uint32_t address, unsigned bytes,
                                      void *data)
{
	aie_error_clear(&core->body_error);
	return checked(core, op, core->port.load(core->port.user, address, bytes, data, &core->body_error));
}

static enum aie_port_result port_store(struct aie_core *core, const struct aie_op *op, uint32_t address, unsigned bytes,
                                       const void *data)
{
	aie_error_clear(&core->body_error);
	return checked(core, op, core->port.store(core->port.user, address, bytes, data, &core->body_error));
}

/* Bytes and halves: the word that holds them is read. */
static enum aie_port_result load_part(struct aie_core *core, struct aie_op *op, uint32_t issue)
{
	uint32_t address = aie_instance_of(core, op, issue)->address, word = 0;
	enum aie_port_result result = port_load(core, op, address & ~3u, 4, &word);
	if (aie_unlikely(result != AIE_PORT_DONE))
		return result;
	word >>= 8 * (address & 3);
	if (op->access_bytes == 1)
		word = op->sign ? (uint32_t)(int8_t)word : word & 0xFF;
	else
		word = op->sign ? (uint32_t)(int16_t)word : word & 0xFFFF;
	aie_landing_word(core, &op->output[0], issue, word);
	return AIE_PORT_DONE;
}

enum aie_port_result aie_request_load(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage)
{
	if (op->access_bytes < 4)
		return load_part(core, op, issue);
	struct aie_instance *instance = aie_instance_of(core, op, issue);
	uint8_t *data = instance->bytes + op->data;
	enum aie_port_result result = port_load(core, op, instance->address, op->access_bytes, data);
	if (aie_unlikely(result != AIE_PORT_DONE))
		return result;
	if (op->body != NULL) {
		if (op->body_at_request && stage == op->final_stage && !aie_run_body(core, op, issue))
			return AIE_PORT_FAULT;
		return AIE_PORT_DONE;
	}
	const struct aie_op_output *output = &op->output[0];
	uint8_t *value = aie_landing_raw(core, output, issue);
	aie_copy(value, data, op->access_bytes);
	if (output->head.size > op->access_bytes) /* AIE_CHOICE_LOAD_128_UPPER */
		memset(value + op->access_bytes, AIE_CHOICE_LOAD_128_UPPER,
		       (size_t)output->head.size - op->access_bytes);
	return AIE_PORT_DONE;
}

enum aie_port_result aie_request_store(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage)
{
	struct aie_instance *instance = aie_instance_of(core, op, issue);
	(void)stage;
	return port_store(core, op, instance->address, op->access_bytes, instance->bytes + op->data);
}

enum aie_port_result aie_request_store_part(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage)
{
	struct aie_instance *instance = aie_instance_of(core, op, issue);
	uint32_t address = instance->address & ~3u;
	if (stage == op->access_stage)
		return port_load(core, op, address, 4, &instance->word);
	uint8_t word[4];
	memcpy(word, &instance->word, 4);
	memcpy(word + (instance->address & 3), instance->bytes + op->data, op->access_bytes);
	return port_store(core, op, address, 4, word);
}

/* ---- four lookups at once ---------------------------------------------------------------------------------------- */

/* Eight 32-bit addresses stand in the source; the low or the high four are used.  Their low bits are cleared down to
 * the alignment, and each gives 64 bits of the result (measured, sibling).
 *
 * Lanes 1 and 3 go to another bank: one bit of their addresses is set.  On silicon of the sibling, whose banks
 * interleave every 16 bytes, it is bit 4; here banks interleave every 32 bytes, and no source says whether the bit
 * moved with them.  So both places are read, and the program stops where they differ: a result is right in either case.
 */
enum { BANK_BITS = 2 };
static const uint32_t bank_bit[BANK_BITS] = { 0x10, 0x20 };

static uint32_t lookup_address(const struct aie_op *op, const uint8_t *source, unsigned lane)
{
	uint32_t address;
	memcpy(&address, source + 4 * (lane + (op->variant & AIE_LOOKUP_HIGH ? AIE_LOOKUP_LANES : 0)), 4);
	return address & AIE_ADDRESS_MASK & ~(op->access_bytes - 1u);
}

void aie_issue_lookup(struct aie_core *core, struct aie_op *op)
{
	aie_instance_of(core, op, core->now)->count = 0;
	aie_issue_staged(core, op);
	aie_request_add(core, op, core->now, op->access_stage, false);
}

/* One half of a 64-bit piece (it may straddle two lines) from the lines that are there, fetching its line when it is
 * not. */
static enum aie_port_result lookup_word(struct aie_core *core, const struct aie_op *op, struct aie_instance *instance,
                                        uint32_t address, uint8_t *word)
{
	uint8_t *lines = instance->bytes + op->line, *tags = lines + AIE_LOOKUP_LINES * AIE_CHOICE_LOOKUP_LINE;
	address &= AIE_ADDRESS_MASK;
	uint32_t wanted = address & ~(AIE_CHOICE_LOOKUP_LINE - 1u), tag, i;
	for (i = 0; i < instance->count; i++) {
		memcpy(&tag, tags + 4 * i, 4);
		if (tag == wanted)
			break;
	}
	if (i == instance->count) {
		enum aie_port_result result =
		        port_load(core, op, wanted, AIE_CHOICE_LOOKUP_LINE, lines + (size_t)i * AIE_CHOICE_LOOKUP_LINE);
		if (result != AIE_PORT_DONE)
			return result;
		memcpy(tags + 4 * i, &wanted, 4);
		instance->count++;
	}
	memcpy(word, lines + (size_t)i * AIE_CHOICE_LOOKUP_LINE + (address - wanted), 4);
	return AIE_PORT_DONE;
}

enum { LOOKUP_BYTES = 8 };

static enum aie_port_result lookup_lane(struct aie_core *core, const struct aie_op *op, struct aie_instance *instance,
                                        uint32_t address, uint8_t *bytes)
{
	enum aie_port_result result = lookup_word(core, op, instance, address, bytes);
	return result == AIE_PORT_DONE ? lookup_word(core, op, instance, address + 4, bytes + 4) : result;
}

enum aie_port_result aie_request_lookup(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage)
{
	struct aie_instance *instance = aie_instance_of(core, op, issue);
	const uint8_t *source = instance->bytes + op->data;
	uint8_t value[AIE_LOOKUP_LANES * LOOKUP_BYTES], other[LOOKUP_BYTES];
	(void)stage;
	for (unsigned lane = 0; lane < AIE_LOOKUP_LANES; lane++) {
		uint32_t address = lookup_address(op, source, lane);
		uint8_t *to = value + (size_t)LOOKUP_BYTES * lane;
		bool moved = lane % 2 != 0;
		enum aie_port_result result = lookup_lane(core, op, instance, address | (moved ? bank_bit[0] : 0), to);
		if (result == AIE_PORT_DONE && moved)
			result = lookup_lane(core, op, instance, address | bank_bit[1], other);
		if (result != AIE_PORT_DONE)
			return result;
		if (moved && memcmp(to, other, LOOKUP_BYTES) != 0) {
			aie_core_failf(
			        core, op, AIE_ERROR_UNSUPPORTED,
			        "lane %u reads 0x%05x or 0x%05x, which differ; which address bit selects the bank "
			        "is not established",
			        lane, address | bank_bit[0], address | bank_bit[1]);
			return AIE_PORT_FAULT;
		}
	}
	memcpy(aie_landing_raw(core, &op->output[0], issue), value, sizeof(value));
	return AIE_PORT_DONE;
}

/* Tile registers: 0x80000 + offset in the tile. */
static bool tile_offset(struct aie_core *core, const struct aie_op *op, uint32_t address, uint32_t *offset)
{
	if (address < TILE_REGISTERS || address >= TILE_REGISTERS_END) {
		aie_core_failf(core, op, AIE_ERROR_FAULT, "0x%05x is not the address of a tile register", address);
		return false;
	}
	*offset = address - TILE_REGISTERS;
	return true;
}

enum aie_port_result aie_request_tile_load(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage)
{
	uint32_t offset, word = 0;
	(void)stage;
	if (!tile_offset(core, op, aie_instance_of(core, op, issue)->address, &offset))
		return AIE_PORT_FAULT;
	aie_error_clear(&core->body_error);
	enum aie_port_result result =
	        checked(core, op, core->port.register_read(core->port.user, offset, &word, &core->body_error));
	if (result == AIE_PORT_DONE)
		aie_landing_word(core, &op->output[0], issue, word);
	return result;
}

enum aie_port_result aie_request_tile_store(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage)
{
	struct aie_instance *instance = aie_instance_of(core, op, issue);
	uint32_t offset, word;
	(void)stage;
	if (!tile_offset(core, op, instance->address, &offset))
		return AIE_PORT_FAULT;
	memcpy(&word, instance->bytes + op->data, 4);
	aie_error_clear(&core->body_error);
	return checked(core, op, core->port.register_write(core->port.user, offset, word, &core->body_error));
}
