/* Load and store FIFOs.
 *
 * Load side {p, lf, r24 or r25}: `fill` fetches a 64-byte line, `pop` of N bytes fetches the next line (at pointer +
 * position), gives the N oldest bytes and moves the pointer on by N; the position counts the bytes that wait (published
 * silicon results for 72-byte elements, compiler headers for the rest).  Store side {p2, sf, r26}: `push` appends, the
 * position counts the bytes that wait as a negative number, a push that completes a line writes it, `flush` writes what
 * is left of one line.
 *
 * Pointer and position are ordinary registers that change at cycle 1; the waiting bytes join and leave the queue at the
 * stage at which the access happens (AIE_CHOICE_FIFO_OLDEST_AT_BYTE_0).  Only streams that begin at a line are
 * established.
 */
#include "sim/core/choices.h"
#include "sim/core/pipeline.h"

enum { LINE = 64, CAPACITY = 2 * LINE, ELEMENT_576 = 72, BLOCKS_576 = 8 };

static bool refuse(struct aie_core *core, const struct aie_op *op, enum aie_error_category category, const char *why)
{
	aie_core_failf(core, op, category, "%s", why);
	return false;
}

/* Post-modification while bytes wait would separate the queue from its pointer. */
static bool extra_step(struct aie_core *core, const struct aie_op *op, uint32_t waiting, uint32_t *pointer)
{
	if (op->address.mode == AIE_ADDRESS_NONE)
		return true;
	uint32_t step = aie_address_step(core, op) & AIE_ADDRESS_MASK;
	if (step != 0 && waiting != 0)
		return refuse(core, op, AIE_ERROR_UNSUPPORTED,
		              "what a FIFO does when its pointer jumps while bytes wait is not established");
	*pointer += step;
	return true;
}

static bool start_load(struct aie_core *core, struct aie_op *op)
{
	struct aie_instance *instance = aie_instance_of(core, op, core->now);
	uint32_t pointer = aie_word_get(core, op->address.pointer), position = aie_word_get(core, op->position);
	bool pop = op->output_count != 0;
	uint32_t taken = pop ? op->access_bytes : 0;
	if (((pointer + position) % LINE) != 0)
		return refuse(core, op, AIE_ERROR_UNSUPPORTED,
		              "a load FIFO whose stream does not begin at a 64-byte boundary is not established");
	if (position > CAPACITY - LINE)
		return refuse(core, op, AIE_ERROR_UNDEFINED, "the load FIFO has no room for another line");
	if (position + LINE < taken)
		return refuse(core, op, AIE_ERROR_UNDEFINED, "the load FIFO holds too few bytes");
	instance->address = (pointer + position) & AIE_ADDRESS_MASK;
	instance->count = position;
	position += LINE - taken;
	pointer += taken;
	if (!extra_step(core, op, position, &pointer))
		return false;
	aie_landing_word(core, &op->address.pointer_out, core->now, pointer);
	aie_landing_word(core, &op->position_out, core->now, position);
	return true;
}

void aie_issue_fifo_load(struct aie_core *core, struct aie_op *op)
{
	if (start_load(core, op))
		aie_request_add(core, op, core->now, op->access_stage, false);
}

/* Eight blocks {exponent, 8 mantissas} to 64 mantissas and 8 exponents (published silicon layout). */
static void unpack_576(const uint8_t *element, uint8_t *ex)
{
	for (unsigned block = 0; block < BLOCKS_576; block++) {
		memcpy(ex + 8 * block, element + 9 * block + 1, 8);
		ex[LINE + block] = element[9 * block];
	}
}

static void pack_576(const uint8_t *ex, uint8_t *element)
{
	for (unsigned block = 0; block < BLOCKS_576; block++) {
		memcpy(element + 9 * block + 1, ex + 8 * block, 8);
		element[9 * block] = ex[LINE + block];
	}
}

static enum aie_port_result checked(struct aie_core *core, const struct aie_op *op, enum aie_port_result result)
{
	if (aie_unlikely(result == AIE_PORT_FAULT))
		aie_core_fail(core, op, &core->body_error);
	return result;
}

enum aie_port_result aie_request_fifo_load(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage)
{
	struct aie_instance *instance = aie_instance_of(core, op, issue);
	uint8_t *queue = core->image + op->fifo, line[LINE];
	(void)stage;
	aie_error_clear(&core->body_error);
	enum aie_port_result result =
	        checked(core, op, core->port.load(core->port.user, instance->address, LINE, line, &core->body_error));
	if (result != AIE_PORT_DONE)
		return result;
	memcpy(queue + instance->count, line, LINE);
	if (op->output_count != 0) {
		uint8_t *value = aie_landing_raw(core, &op->output[0], issue);
		unsigned taken = op->access_bytes, left = instance->count + LINE - taken;
		if (taken == ELEMENT_576)
			unpack_576(queue, value);
		else
			memcpy(value, queue, taken);
		memmove(queue, queue + taken, left);
	}
	return AIE_PORT_DONE;
}

static bool start_store(struct aie_core *core, struct aie_op *op)
{
	struct aie_instance *instance = aie_instance_of(core, op, core->now);
	uint32_t pointer = aie_word_get(core, op->address.pointer), waiting = 0 - aie_word_get(core, op->position);
	bool flush = op->kind == AIE_ENGINE_FIFO_FLUSH;
	uint32_t added = flush ? 0 : op->access_bytes;
	if (waiting > LINE)
		return refuse(core, op, AIE_ERROR_UNDEFINED, "r26 is not the position of a store FIFO (0..-64)");
	if (waiting + added > CAPACITY)
		return refuse(core, op, AIE_ERROR_UNDEFINED, "the store FIFO has no room for another element");
	uint32_t first = (pointer - waiting) & AIE_ADDRESS_MASK, room = LINE - first % LINE;
	uint32_t total = waiting + added, written = total >= room ? room : flush ? total : 0;
	instance->address = first;
	instance->count = waiting;
	instance->word = written;
	pointer += added;
	if (!extra_step(core, op, total - written, &pointer))
		return false;
	aie_landing_word(core, &op->address.pointer_out, core->now, pointer);
	aie_landing_word(core, &op->position_out, core->now, 0 - (total - written));
	return true;
}

void aie_issue_fifo_store(struct aie_core *core, struct aie_op *op)
{
	if (!start_store(core, op))
		return;
	aie_issue_staged(core, op);
	if (aie_instance_of(core, op, core->now)->word != 0)
		aie_request_add(core, op, core->now, op->access_stage, true);
}

/* The element joins the queue; a line that it completes leaves it. */
enum aie_port_result aie_action_fifo_store(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage)
{
	struct aie_instance *instance = aie_instance_of(core, op, issue);
	uint8_t *queue = core->image + op->fifo, *element = instance->bytes + op->data;
	enum aie_port_result result = aie_action_staged(core, op, issue, stage);
	if (result != AIE_PORT_DONE || stage != op->fifo_stage)
		return result;
	uint32_t total = instance->count;
	if (op->kind != AIE_ENGINE_FIFO_FLUSH) {
		if (op->kind == AIE_ENGINE_FIFO_PUSH && op->access_bytes == ELEMENT_576)
			pack_576(element, queue + total);
		else
			memcpy(queue + total, element, op->access_bytes);
		total += op->access_bytes;
	}
	memcpy(instance->bytes + op->line, queue, instance->word);
	memmove(queue, queue + instance->word, total - instance->word);
	instance->count = 0; /* bytes of the line that are in memory */
	return AIE_PORT_DONE;
}

/* The largest aligned power of two at `address` within `left` bytes that a port takes. */
static unsigned piece_size(uint32_t address, uint32_t left)
{
	unsigned size = LINE;
	while (size > left || address % size != 0)
		size /= 2;
	return size == 8 ? 4 : size;
}

/* A whole line is one access; part of a line (byte enables) is written in aligned pieces, which share a bank and so
 * cost the cycles that the port asks for. */
enum aie_port_result aie_request_fifo_store(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage)
{
	struct aie_instance *instance = aie_instance_of(core, op, issue);
	(void)stage;
	while (instance->count < instance->word) {
		uint32_t address = (instance->address + instance->count) & AIE_ADDRESS_MASK;
		unsigned size = piece_size(address, instance->word - instance->count);
		aie_error_clear(&core->body_error);
		enum aie_port_result result =
		        checked(core, op,
		                core->port.store(core->port.user, address, size,
		                                 instance->bytes + op->line + instance->count, &core->body_error));
		if (result != AIE_PORT_DONE)
			return result;
		instance->count += size;
	}
	return AIE_PORT_DONE;
}
