/* From the bytes of a bundle to the form that the engine runs: every operand resolved to a place in the register image,
 * a stage at which it is sampled and a distance at which it lands; structural resources folded into rows of masks.
 *
 * What cannot be executed decodes to an operation that refuses when it issues, so that it costs nothing until then.
 */
#include <stdio.h>
#include <stdlib.h>

#include "isa/generated/aie2p_registers.h"
#include "sim/core/choices.h"
#include "sim/core/pipeline.h"

/* ---- memory of decoded bundles ----------------------------------------------------------------------------------- */

/* A full program memory of two-byte bundles needs some 60 chunks; more only when a running core's program is rewritten
 * again and again, because decoded bundles are given back when nothing is in flight. */
enum { CHUNK_BYTES = 128 * 1024, CHUNK_ALIGN = 64, MAX_CHUNKS = 1024 };

struct aie_arena_chunk {
	struct aie_arena_chunk *next;
	size_t used;
	_Alignas(CHUNK_ALIGN) uint8_t bytes[CHUNK_BYTES];
};

static void *arena_take(struct aie_core *core, size_t size)
{
	size = (size + CHUNK_ALIGN - 1) & ~(size_t)(CHUNK_ALIGN - 1);
	struct aie_arena_chunk *chunk = core->arena;
	if (chunk == NULL || chunk->used + size > CHUNK_BYTES) {
		chunk = core->arena_chunks < MAX_CHUNKS ? aligned_alloc(CHUNK_ALIGN, sizeof(*chunk)) : NULL;
		if (chunk == NULL)
			return NULL;
		core->arena_chunks++;
		chunk->next = core->arena;
		chunk->used = 0;
		core->arena = chunk;
	}
	void *memory = chunk->bytes + chunk->used;
	chunk->used += size;
	memset(memory, 0, size);
	return memory;
}

void aie_core_decode_free(struct aie_core *core)
{
	while (core->arena != NULL) {
		struct aie_arena_chunk *chunk = core->arena;
		core->arena = chunk->next;
		free(chunk);
	}
	core->arena_chunks = 0;
	memset(core->cache, 0, sizeof(core->cache));
}

void aie_core_decode_forget(struct aie_core *core, uint32_t from, uint32_t to)
{
	if (aie_pipeline_empty(core)) {
		aie_core_decode_free(core); /* nothing in flight refers to a decoded bundle */
		return;
	}
	/* a bundle that begins up to 14 bytes before the range may reach into it */
	uint32_t first = from < AIE_BUNDLE_MAX_BYTES ? 0 : (from - AIE_BUNDLE_MAX_BYTES) / 2;
	for (uint32_t slot = first; slot < AIE_PROGRAM_SLOTS && slot * 2 < to; slot++)
		core->cache[slot] = NULL;
}

/* ---- registers --------------------------------------------------------------------------------------------------- */

enum content {
	PLAIN,
	STICKY, /* status flags: set by computing, not always in an established way */
	WIRED,  /* nobody knows what the core reads there until it is told from outside */
};

/* Implemented widths where the description declares 32 bits: the fields of CR1, CR2, CR3, SR1, SR2 (documented,
 * register reference of the array); and core_id, whose layout no source gives. */
static const struct {
	uint16_t id;
	uint8_t bits;
	enum content content;
} widths[] = {
	{ AIE_REG_CRSAT, 2, PLAIN },
	{ AIE_REG_CRRND, 4, PLAIN },
	{ AIE_REG_CRFPMASK, 5, PLAIN },
	{ AIE_REG_CRF2IMASK, 5, PLAIN },
	{ AIE_REG_CRF2FMASK, 5, PLAIN },
	{ AIE_REG_CRF2BMASK, 1, PLAIN },
	{ AIE_REG_CRSRSMODE, 1, PLAIN },
	{ AIE_REG_CRUPSMODE, 1, PLAIN },
	{ AIE_REG_CRUNPACKSIZE, 1, PLAIN },
	{ AIE_REG_CRPACKSIZE, 1, PLAIN },
	{ AIE_REG_CRSCDEN, 1, PLAIN },
	{ AIE_REG_CRMCDEN, 1, PLAIN },
	{ AIE_REG_CRFPNLFMASK, 8, PLAIN },
	{ AIE_REG_CRFPCNVFX2FLMASK, 6, PLAIN },
	{ AIE_REG_CRFPCNVFL2FXMASK, 7, PLAIN },
	{ AIE_REG_SRSSIGN0, 1, PLAIN },
	{ AIE_REG_SRSSIGN1, 1, PLAIN },
	{ AIE_REG_UPSSIGN0, 1, PLAIN },
	{ AIE_REG_UPSSIGN1, 1, PLAIN },
	{ AIE_REG_PACKSIGN0, 1, PLAIN },
	{ AIE_REG_PACKSIGN1, 1, PLAIN },
	{ AIE_REG_UNPACKSIGN0, 1, PLAIN },
	{ AIE_REG_UNPACKSIGN1, 1, PLAIN },
	{ AIE_REG_VADDSIGN0, 1, PLAIN },
	{ AIE_REG_VADDSIGN1, 1, PLAIN },
	{ AIE_REG_SRCARRY, 1, PLAIN },
	{ AIE_REG_SRSS0, 2, PLAIN },
	{ AIE_REG_SRMS0, 1, PLAIN },
	{ AIE_REG_SRSRS_OF, 1, STICKY },
	{ AIE_REG_SRUPS_OF, 1, STICKY },
	{ AIE_REG_SRFIFO_OF, 1, STICKY },
	{ AIE_REG_SRFIFO_UF, 1, STICKY },
	{ AIE_REG_SRSPARSE_OF, 1, STICKY },
	{ AIE_REG_SRFPFLAGS, 5, STICKY },
	{ AIE_REG_SRF2IFLAGS, 5, STICKY },
	{ AIE_REG_SRF2FFLAGS, 5, STICKY },
	{ AIE_REG_SRF2BFLAGS, 1, STICKY },
	{ AIE_REG_SRFPNLF, 8, STICKY },
	{ AIE_REG_SRFPCNVFX2FL, 6, STICKY },
	{ AIE_REG_SRFPCNVFL2FX, 7, STICKY },
	{ AIE_REG_CORE_ID, 20, WIRED },
};

uint32_t aie_register_mask(unsigned id)
{
	unsigned bits = aie_isa_register(id)->bits;
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		if (widths[i].id == id)
			bits = widths[i].bits;
	}
	return bits >= 32 ? UINT32_MAX : (1u << bits) - 1;
}

static bool is_sticky(unsigned id)
{
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		if (widths[i].id == id)
			return widths[i].content == STICKY;
	}
	return false;
}

uint16_t aie_status_flag(unsigned id)
{
	unsigned bit = 0;
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		if (widths[i].content != PLAIN && widths[i].id == id)
			return (uint16_t)(1u << bit);
		bit += widths[i].content != PLAIN;
	}
	return 0;
}

const char *aie_status_flag_name(uint16_t flags)
{
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		if ((aie_status_flag(widths[i].id) & flags) != 0)
			return aie_isa_register(widths[i].id)->name;
	}
	return "";
}

static unsigned register_bytes(const struct aie_register *r)
{
	unsigned size = 0;
	for (unsigned i = 0; i < r->piece_count; i++)
		size += r->piece[i].size;
	return size;
}

/* ---- operands ---------------------------------------------------------------------------------------------------- */

struct resolver {
	struct aie_core *core;
	struct aie_decoded *decoded;
	struct aie_op *op;
	const struct aie_insn *insn;
	const struct aie_opcode_description *description;
	const struct aie_timing *timing;
	uint32_t instance_used;
	struct aie_error *error;
};

static int internal(struct resolver *r, const char *what, const char *name)
{
	return aie_error_set(r->error, AIE_ERROR_INTERNAL, "%s: %s %s", r->description->name, what, name);
}

static unsigned cycle_or_one(unsigned cycle)
{
	return cycle == 0 ? 1
	                  : cycle; /* an operand without an itinerary cycle: 1 (convention of the scheduling model) */
}

static int add_input(struct resolver *r, unsigned argument, unsigned id, unsigned cycle, unsigned bypass)
{
	struct aie_op *op = r->op;
	const struct aie_register *reg = aie_isa_register(id);
	if (op->input_count >= AIE_OP_INPUTS || reg == NULL || register_bytes(reg) > AIE_REGISTER_MAX_BYTES)
		return internal(r, "cannot bind", reg == NULL ? "operand" : reg->name);
	op->input[op->input_count++] = (struct aie_op_input){
		.argument = (uint8_t)argument,
		.stage = (uint8_t)(cycle_or_one(cycle) - 1),
		.bypass = (uint8_t)bypass,
		.kind = reg->piece_count == 1 ? AIE_INPUT_WHOLE : AIE_INPUT_PIECES,
		.id = (uint16_t)id,
		.offset = reg->piece[0].offset,
		.size = (uint16_t)register_bytes(reg),
	};
	return 0;
}

static struct aie_op_output make_output(unsigned argument, unsigned id, unsigned cycle, unsigned bypass)
{
	const struct aie_register *reg = aie_isa_register(id);
	unsigned size = register_bytes(reg);
	struct aie_op_output output = {
		.head = {
			.offset = reg->piece[0].offset,
			.size = (uint16_t)size,
			.id = (uint16_t)id,
			.kind = AIE_LANDING_BLOCK,
			.bypass = (uint8_t)bypass,
			.mask = UINT32_MAX,
		},
		.room = (uint16_t)((size + 31) & ~31u),
		.argument = (uint8_t)argument,
		.distance = (uint8_t)cycle_or_one(cycle),
	};
	if (reg->piece_count > 1) {
		output.head.kind = AIE_LANDING_PIECES;
	} else if (size == 4) {
		output.head.kind = AIE_LANDING_WORD;
		output.head.mask = aie_register_mask(id);
	} else if (size == 8) {
		output.head.kind = AIE_LANDING_LONG;
	}
	return output;
}

static int add_output(struct resolver *r, unsigned argument, unsigned id, unsigned cycle, unsigned bypass)
{
	struct aie_op *op = r->op;
	const struct aie_register *reg = aie_isa_register(id);
	if (op->output_count >= AIE_OP_OUTPUTS || reg == NULL || register_bytes(reg) > AIE_REGISTER_MAX_BYTES ||
	    cycle >= AIE_RING)
		return internal(r, "cannot bind", reg == NULL ? "operand" : reg->name);
	op->output[op->output_count++] = make_output(argument, id, cycle, bypass);
	return 0;
}

static int find_implicit(const uint16_t *list, unsigned count, unsigned id)
{
	for (unsigned i = 0; i < count; i++) {
		if (list[i] == id)
			return (int)i;
	}
	return -1;
}

static int operand(const struct resolver *r, const char *name)
{
	return aie_isa_operand_find(r->description, name);
}

static unsigned operand_register(const struct resolver *r, int index)
{
	return (unsigned)r->insn->operand[index];
}

/* Add the operand `name` of the instruction as the next output of an engine operation; false when it has none. */
static bool engine_output(struct resolver *r, const char *name, int *status)
{
	int index = operand(r, name);
	if (index < 0)
		return false;
	*status = add_output(r, 0, operand_register(r, index), r->timing->operand_cycle[index],
	                     r->timing->operand_bypass[index]);
	return true;
}

/* Image offset of a scalar source operand, AIE_NO_SOURCE when it is no register of this instruction. */
static uint16_t engine_source(const struct resolver *r, const char *name)
{
	int index = operand(r, name);
	if (index < 0 || r->description->operand[index].kind != AIE_OPERAND_REGISTER)
		return AIE_NO_SOURCE;
	return aie_isa_register(operand_register(r, index))->piece[0].offset;
}

static int64_t engine_immediate(const struct resolver *r, const char *name)
{
	int index = operand(r, name);
	return index < 0 ? 0 : r->insn->operand[index];
}

/* ---- bodies ------------------------------------------------------------------------------------------------------ */

static int bind_register(struct resolver *r, unsigned argument, bool output, const char *name)
{
	unsigned id = aie_isa_register_find(name);
	const struct aie_opcode_description *d = r->description;
	if (id == AIE_REGISTER_NONE)
		return internal(r, "no operand or register", name);
	int def = find_implicit(d->implicit_def, d->implicit_def_count, id);
	int use = find_implicit(d->implicit_use, d->implicit_use_count, id);
	if (output) {
		if (def < 0)
			return internal(r, "does not write", name);
		if (add_output(r, argument, id, r->timing->implicit_def_cycle[def], AIE_BYPASS_NONE) != 0)
			return -1;
		if (is_sticky(id)) /* set by computing, cleared by a move only */
			r->op->output[r->op->output_count - 1].head.kind = AIE_LANDING_STICKY;
		return 0;
	}
	if (use >= 0)
		return add_input(r, argument, id, r->timing->implicit_use_cycle[use], AIE_BYPASS_NONE);
	/* the old value of a register that is only written: sticky flags, which land by OR in any case */
	return def < 0 ? internal(r, "does not read", name) : add_input(r, argument, id, 1, AIE_BYPASS_NONE);
}

static int bind_name(struct resolver *r, unsigned argument, const char *token)
{
	struct aie_op *op = r->op;
	bool output = token[0] == '>';
	const char *name = token + output;
	int index = operand(r, name);
	if (strcmp(name, "mem") == 0) {
		op->data_argument = (uint8_t)argument;
		return 0;
	}
	if (index < 0 && op->cascade_bytes != 0 && strcmp(name, "acc2") == 0) {
		op->data_argument = (uint8_t)argument;
		return 0;
	}
	if (index < 0)
		return bind_register(r, argument, output, name);
	if (r->description->operand[index].output != output)
		return internal(r, "wrong direction of", name);
	if (r->description->operand[index].kind == AIE_OPERAND_IMMEDIATE) {
		op->immediate[index] = r->insn->operand[index];
		op->arguments.a[argument] = &op->immediate[index];
		return 0;
	}
	unsigned id = operand_register(r, index);
	unsigned cycle = r->timing->operand_cycle[index], bypass = r->timing->operand_bypass[index];
	return output ? add_output(r, argument, id, cycle, bypass) : add_input(r, argument, id, cycle, bypass);
}

static int bind_row(struct resolver *r, const struct aie_semantics_row *row)
{
	const char *text = row->binding;
	unsigned argument = 0;
	r->op->body = row->body;
	while (*text != '\0') {
		char token[40];
		size_t length = strcspn(text, " ");
		if (length >= sizeof(token) || argument >= AIE_BODY_MAX_ARGUMENTS)
			return internal(r, "binding too long:", row->binding);
		memcpy(token, text, length);
		token[length] = '\0';
		text += length;
		text += strspn(text, " ");
		if (length != 0 && bind_name(r, argument++, token) != 0)
			return -1;
	}
	return 0;
}

static uint16_t instance_room(struct resolver *r, unsigned size)
{
	uint32_t at = (r->instance_used + 31) & ~31u;
	r->instance_used = at + size;
	return (uint16_t)(at - r->op->instance - sizeof(struct aie_instance));
}

static void add_stage(struct aie_op *op, unsigned stage)
{
	unsigned i = 0;
	if (stage == 0)
		return;
	while (i < op->stage_count && op->stage[i] < stage)
		i++;
	if ((i < op->stage_count && op->stage[i] == stage) || op->stage_count >= AIE_OP_STAGES)
		return;
	memmove(&op->stage[i + 1], &op->stage[i], op->stage_count - i);
	op->stage[i] = (uint8_t)stage;
	op->stage_count++;
}

/* When everything is bound: decide when the body runs, what is sampled earlier, and which inputs are plain pointers. */
static int arrange_body(struct resolver *r)
{
	struct aie_op *op = r->op;
	unsigned limit = AIE_RING, last = 0;
	for (unsigned i = 0; i < op->output_count; i++) {
		if (op->output[i].distance < limit)
			limit = op->output[i].distance;
	}
	if (op->kind == AIE_ENGINE_STORE_BODY && op->access_stage + 1u < limit)
		limit = op->access_stage + 1u;
	for (unsigned i = 0; i < op->input_count; i++) {
		/* a mask or flag register that is listed later than the first result cannot influence it */
		if (op->input[i].stage >= limit)
			op->input[i].stage = (uint8_t)(limit - 1);
		if (op->input[i].stage > last)
			last = op->input[i].stage;
	}
	if (op->kind == AIE_ENGINE_LOAD_BODY && op->access_stage >= last) {
		last = op->access_stage;
		op->body_at_request = true;
	}
	if (op->cascade_bytes != 0 && op->cascade_stage > last)
		last = op->cascade_stage;
	if (last >= limit)
		return internal(r, "a result lands before its inputs are read:", r->description->mnemonic);
	op->final_stage = (uint8_t)last;
	if (!op->body_at_request)
		add_stage(op, last);
	unsigned kept = 0;
	for (unsigned i = 0; i < op->input_count; i++) {
		struct aie_op_input input = op->input[i];
		if (input.stage < last) {
			input.save = instance_room(r, input.size);
			add_stage(op, input.stage);
		} else if (input.kind == AIE_INPUT_WHOLE && input.bypass == AIE_BYPASS_NONE) {
			op->arguments.a[input.argument] = r->core->image + input.offset;
			continue;
		}
		op->input[kept++] = input;
	}
	op->input_count = (uint8_t)kept;
	return 0;
}

static int resolve_body(struct resolver *r, const struct aie_semantics_row *row)
{
	if (bind_row(r, row) != 0 || arrange_body(r) != 0)
		return -1;
	r->op->issue = r->op->final_stage == 0 ? aie_issue_body : aie_issue_staged;
	r->op->action = aie_action_staged;
	return 0;
}

/* ---- engine operations ------------------------------------------------------------------------------------------- */

/* The operand `mod`: m, d (2D) or a pair of d (3D), and the counters that 2D and 3D addressing write. */
static int resolve_modifier(struct resolver *r, int modifier)
{
	static const char *const counts[] = { "dc", "dcl", "dch" };
	struct aie_op_address *a = &r->op->address;
	const struct aie_register *m = aie_isa_register(operand_register(r, modifier));
	for (unsigned i = 0; i < m->piece_count && i < AIE_OP_ADDRESS_FIELDS; i++)
		a->field[i] = m->piece[i].offset;
	a->mode = m->piece_count == 1   ? AIE_ADDRESS_POST_M
	          : m->piece_count == 4 ? AIE_ADDRESS_POST_2D
	                                : AIE_ADDRESS_POST_3D;
	if (a->mode == AIE_ADDRESS_POST_3D && m->piece_count != 8)
		return internal(r, "unknown modifier", m->name);
	for (unsigned i = 0; i < 3; i++) {
		int count = operand(r, counts[i]);
		if (count >= 0)
			*(i == 2 ? &a->outer_count_out : &a->count_out) = make_output(
			        0, operand_register(r, count), r->timing->operand_cycle[count], AIE_BYPASS_NONE);
	}
	return 0;
}

static int resolve_address(struct resolver *r)
{
	struct aie_op_address *a = &r->op->address;
	int pointer = operand(r, "ptr"), modifier = operand(r, "mod"), index = operand(r, "dj");
	bool post = operand(r, "ptr_out") >= 0;
	a->immediate = (uint32_t)engine_immediate(r, "imm") & AIE_ADDRESS_MASK;
	a->pointer = pointer >= 0 ? engine_source(r, "ptr") : aie_isa_register(AIE_REG_SP)->piece[0].offset;
	if (post)
		a->pointer_out = make_output(0, operand_register(r, operand(r, "ptr_out")),
		                             r->timing->operand_cycle[operand(r, "ptr_out")], AIE_BYPASS_NONE);
	if (r->op->kind == AIE_ENGINE_PAD && !post) { /* paddxm [sp] */
		int def = find_implicit(r->description->implicit_def, r->description->implicit_def_count, AIE_REG_SP);
		if (def < 0)
			return internal(r, "does not write", "sp");
		a->pointer_out = make_output(0, AIE_REG_SP, r->timing->implicit_def_cycle[def], AIE_BYPASS_NONE);
		post = true;
	}
	if (modifier < 0) {
		a->mode = index >= 0 ? AIE_ADDRESS_INDEX : post ? AIE_ADDRESS_POST : AIE_ADDRESS_OFFSET;
		if (index >= 0)
			a->field[0] = engine_source(r, "dj");
		return 0;
	}
	return resolve_modifier(r, modifier);
}

/* A source that is only stored: sampled at its cycle into the instance. */
static int resolve_stored(struct resolver *r)
{
	struct aie_op *op = r->op;
	int index = operand(r, "src");
	if (index < 0)
		return internal(r, "no operand", "src");
	if (add_input(r, 0, operand_register(r, index), r->timing->operand_cycle[index],
	              r->timing->operand_bypass[index]) != 0)
		return -1;
	op->final_stage = AIE_NO_STAGE;
	op->input[0].save = instance_room(r, op->input[0].size);
	op->data = op->input[0].save;
	add_stage(op, op->input[0].stage);
	return 0;
}

static int resolve_memory(struct resolver *r, const struct aie_engine_row *engine, const struct aie_semantics_row *row)
{
	struct aie_op *op = r->op;
	bool tile = engine->kind == AIE_ENGINE_LOAD_TILE || engine->kind == AIE_ENGINE_STORE_TILE;
	if (r->timing->memory_count == 0)
		return internal(r, "no memory cycle in", "the timing table");
	op->access_bytes = engine->bytes;
	op->sign = (engine->variant & AIE_ACCESS_SIGNED) != 0;
	op->access_stage = (uint8_t)(r->timing->memory_cycle[0] - 1);
	op->access_stage_2 = AIE_NO_STAGE;
	op->action = aie_action_staged;
	if (resolve_address(r) != 0)
		return -1;
	switch (engine->kind) {
	case AIE_ENGINE_STORE_PART:
		if (r->timing->memory_count != 2)
			return internal(r, "one memory cycle only in", "the timing table");
		op->access_stage_2 = (uint8_t)(r->timing->memory_cycle[1] - 1);
		op->issue = aie_issue_store;
		op->request = aie_request_store_part;
		return resolve_stored(r);
	case AIE_ENGINE_STORE:
	case AIE_ENGINE_STORE_TILE:
		op->issue = aie_issue_store;
		op->request = tile ? aie_request_tile_store : aie_request_store;
		return resolve_stored(r);
	case AIE_ENGINE_STORE_BODY:
		op->issue = aie_issue_store;
		op->request = aie_request_store;
		op->data = instance_room(r, engine->bytes);
		return bind_row(r, row) != 0 ? -1 : arrange_body(r);
	case AIE_ENGINE_LOAD_BODY:
		op->issue = aie_issue_load;
		op->request = aie_request_load;
		op->data = instance_room(r, engine->bytes);
		return bind_row(r, row) != 0 ? -1 : arrange_body(r);
	default: {
		int status = 0;
		op->issue = aie_issue_load;
		op->request = tile ? aie_request_tile_load : aie_request_load;
		op->data = instance_room(r, engine->bytes);
		if (!engine_output(r, "dst", &status))
			return internal(r, "no operand", "dst");
		return status;
	}
	}
}

static int resolve_lookup(struct resolver *r, const struct aie_engine_row *engine)
{
	struct aie_op *op = r->op;
	int status = 0;
	if (r->timing->memory_count == 0)
		return internal(r, "no memory cycle in", "the timing table");
	op->variant = engine->variant;
	op->access_bytes = engine->bytes;
	op->access_stage = (uint8_t)(r->timing->memory_cycle[0] - 1);
	op->issue = aie_issue_lookup;
	op->action = aie_action_staged;
	op->request = aie_request_lookup;
	op->line = instance_room(r, AIE_LOOKUP_LINES * (AIE_CHOICE_LOOKUP_LINE + 4));
	if (!engine_output(r, "dst", &status))
		return internal(r, "no operand", "dst");
	return status != 0 ? status : resolve_stored(r);
}

static struct aie_op_output operand_output(const struct resolver *r, int index)
{
	return make_output(0, operand_register(r, index), r->timing->operand_cycle[index], AIE_BYPASS_NONE);
}

/* {p0, lf0, r24}, {p1, lf1, r25}: one operand. */
static int resolve_fifo_load(struct resolver *r, const struct aie_engine_row *engine)
{
	struct aie_op *op = r->op;
	int group = operand(r, "ptr_superreg"), pointer = operand(r, "ptr"), position = operand(r, "pos"), status = 0;
	if (group < 0 || pointer < 0 || position < 0 || r->timing->memory_count == 0)
		return internal(r, "not a FIFO load:", r->description->mnemonic);
	const struct aie_register *parts = aie_isa_register(operand_register(r, group));
	if (parts->piece_count != 3)
		return internal(r, "unknown group", parts->name);
	op->address.pointer = parts->piece[0].offset;
	op->fifo = parts->piece[1].offset;
	op->position = parts->piece[2].offset;
	op->address.pointer_out = operand_output(r, pointer);
	op->position_out = operand_output(r, position);
	op->access_bytes = engine->bytes;
	op->access_stage = (uint8_t)(r->timing->memory_cycle[0] - 1);
	op->issue = aie_issue_fifo_load;
	op->request = aie_request_fifo_load;
	if (operand(r, "mod") >= 0 && resolve_modifier(r, operand(r, "mod")) != 0)
		return -1;
	return engine_output(r, "dst", &status) || engine->kind == AIE_ENGINE_FIFO_FILL
	               ? status
	               : internal(r, "no operand", "dst");
}

/* {p2, sf, r26}: three operands. */
static int resolve_fifo_store(struct resolver *r, const struct aie_engine_row *engine,
                              const struct aie_semantics_row *row)
{
	struct aie_op *op = r->op;
	int queue = operand(r, "fifo_reg"), pointer = operand(r, "ptr_out"), position = operand(r, "avail_out"),
	    status = 0;
	if (queue < 0 || pointer < 0 || position < 0 || r->timing->memory_count == 0)
		return internal(r, "not a FIFO store:", r->description->mnemonic);
	op->address.pointer = engine_source(r, "ptr");
	op->fifo = engine_source(r, "fifo_reg");
	op->position = engine_source(r, "avail");
	op->address.pointer_out = operand_output(r, pointer);
	op->position_out = operand_output(r, position);
	op->fifo_stage = (uint8_t)(cycle_or_one(r->timing->operand_cycle[queue]) - 1);
	op->access_bytes = engine->bytes;
	op->access_stage = (uint8_t)(r->timing->memory_cycle[0] - 1);
	op->issue = aie_issue_fifo_store;
	op->action = aie_action_fifo_store;
	op->request = aie_request_fifo_store;
	op->final_stage = AIE_NO_STAGE;
	op->line = instance_room(r, 64);
	if (engine->kind == AIE_ENGINE_FIFO_PUSH_BODY) {
		op->data = instance_room(r, engine->bytes);
		status = bind_row(r, row) != 0 ? -1 : arrange_body(r);
	} else if (engine->kind == AIE_ENGINE_FIFO_PUSH) {
		status = resolve_stored(r);
	}
	add_stage(op, op->fifo_stage);
	if (status == 0 && operand(r, "mod") >= 0)
		status = resolve_modifier(r, operand(r, "mod"));
	return status;
}

static int resolve_jump(struct resolver *r, const struct aie_engine_row *engine)
{
	struct aie_op *op = r->op;
	int status = 0;
	op->issue = aie_issue_jump;
	op->variant = engine->variant;
	op->source[0] = engine_source(r, "s0");
	op->source[1] = engine->variant == AIE_JUMP_RETURN ? aie_isa_register(AIE_REG_LR)->piece[0].offset
	                                                   : engine_source(r, "a");
	op->immediate[0] = engine_immediate(r, "i");
	if (engine->variant == AIE_JUMP_LINK)
		return bind_register(r, 0, true, "lr");
	if (engine->variant == AIE_JUMP_DECREMENT) {
		engine_output(r, "d0", &status);
		return status != 0 ? status : bind_register(r, 0, true, "srCarry");
	}
	return 0;
}

/* Locks are asked before streams and the cascade: a word must not be moved for a bundle that still waits for its lock.
 */
static void add_before(struct resolver *r, aie_op_before before, bool lock)
{
	struct aie_decoded *decoded = r->decoded;
	unsigned at = decoded->before_count++;
	if (lock) {
		memmove(&decoded->before[1], &decoded->before[0], at * sizeof(decoded->before[0]));
		at = 0;
	}
	r->op->before = before;
	decoded->before[at] = r->op;
}

static int resolve_lock(struct resolver *r, const struct aie_engine_row *engine)
{
	struct aie_op *op = r->op;
	bool acquire = engine->kind == AIE_ENGINE_ACQUIRE;
	op->variant = engine->variant;
	op->source[0] = engine_source(r, "id");
	op->source[1] = engine_source(r, "s1");
	op->source[2] = engine_source(r, "s2");
	op->immediate[0] = engine_immediate(r, "id");
	op->issue = acquire ? aie_issue_nothing : aie_issue_release;
	add_before(r, acquire ? aie_before_acquire : aie_before_release, true);
	r->decoded->locks = true;
	return 0;
}

static int resolve_stream(struct resolver *r, const struct aie_engine_row *engine)
{
	struct aie_op *op = r->op;
	int status = 0;
	op->variant = engine->variant;
	if (engine->kind == AIE_ENGINE_STREAM_READ) {
		op->issue = aie_issue_stream_read;
		add_before(r, aie_before_stream_read, false);
		engine_output(r, "dst", &status);
		return status != 0 ? status : bind_register(r, 0, true, "srSS0");
	}
	op->issue = aie_issue_stream_write;
	op->source[0] = engine_source(r, operand(r, "id") >= 0 ? "id" : "src");
	op->source[1] = engine_source(r, "dst"); /* r28 where the instruction names it */
	op->source[2] = engine_source(r, "addr");
	op->immediate[0] = engine_immediate(r, engine->variant & AIE_STREAM_PACKET_HEADER ? "pcktType" : "nw");
	op->immediate[1] = engine_immediate(r, "op");
	add_before(r, aie_before_stream_write, false);
	return bind_register(r, 0, true, "srMS0");
}

/* Where and when a word comes from the cascade: beside crSCDEn, the position register is read. */
static int resolve_cascade_source(struct resolver *r)
{
	struct aie_op *op = r->op;
	const struct aie_opcode_description *d = r->description;
	int enable = find_implicit(d->implicit_use, d->implicit_use_count, AIE_REG_CRSCDEN);
	int position = operand(r, "c") >= 0 ? operand(r, "c") : operand(r, "r");
	int next = operand(r, "r_out");
	if (enable < 0)
		return internal(r, "does not read", "crSCDEn");
	op->cascade_stage = (uint8_t)(cycle_or_one(r->timing->implicit_use_cycle[enable]) - 1);
	op->source[0] = aie_isa_register(AIE_REG_CRSCDEN)->piece[0].offset;
	op->source[1] = position < 0 ? AIE_NO_SOURCE : aie_isa_register(operand_register(r, position))->piece[0].offset;
	if (next >= 0)
		op->address.count_out =
		        make_output(0, operand_register(r, next), r->timing->operand_cycle[next], AIE_BYPASS_NONE);
	op->cascade_bytes = AIE_REGISTER_MAX_BYTES;
	op->data = instance_room(r, op->cascade_bytes);
	op->action = aie_action_cascade;
	return 0;
}

static int resolve_cascade(struct resolver *r, const struct aie_engine_row *engine, const struct aie_semantics_row *row)
{
	struct aie_op *op = r->op;
	int status = 0;
	if (engine->kind == AIE_ENGINE_CASCADE_WRITE) {
		int index = operand(r, "src");
		op->issue = aie_issue_nothing;
		op->source[0] = aie_isa_register(AIE_REG_CRMCDEN)->piece[0].offset;
		add_before(r, aie_before_cascade_write, false);
		return index < 0 ? internal(r, "no operand", "src")
		                 : add_input(r, 0, operand_register(r, index), r->timing->operand_cycle[index],
		                             r->timing->operand_bypass[index]);
	}
	op->variant = engine->variant;
	if (resolve_cascade_source(r) != 0)
		return -1;
	if (engine->kind == AIE_ENGINE_CASCADE_READ) {
		op->body = aie_body_cascade;
		op->data_argument = 1;
		if (!engine_output(r, "dst", &status))
			return internal(r, "no operand", "dst");
		op->cascade_bytes = op->output[0].head.size;
	} else if (bind_row(r, row) != 0) {
		return -1;
	}
	if (status != 0 || arrange_body(r) != 0)
		return -1;
	add_stage(op, op->cascade_stage);
	op->issue = aie_issue_staged;
	return 0;
}

static int resolve_refused(struct resolver *r, enum aie_error_category category, const char *why)
{
	r->op->issue = aie_issue_refused;
	r->op->refusal_category = category;
	r->op->refusal = why;
	return 0;
}

static int resolve_engine(struct resolver *r, const struct aie_engine_row *engine, const struct aie_semantics_row *row)
{
	int status = 0;
	switch (engine->kind) {
	case AIE_ENGINE_JUMP:
		return resolve_jump(r, engine);
	case AIE_ENGINE_DONE:
		r->op->issue = aie_issue_done;
		r->decoded->done = true;
		return 0;
	case AIE_ENGINE_EVENT:
		r->op->issue = aie_issue_event;
		r->op->variant = engine->variant;
		return 0;
	case AIE_ENGINE_COUNTER:
		r->op->issue = aie_issue_counter;
		engine_output(r, "dst", &status);
		return status;
	case AIE_ENGINE_ACQUIRE:
	case AIE_ENGINE_RELEASE:
		return resolve_lock(r, engine);
	case AIE_ENGINE_PAD:
		r->op->issue = aie_issue_pad;
		return resolve_address(r);
	case AIE_ENGINE_LOAD:
	case AIE_ENGINE_LOAD_BODY:
	case AIE_ENGINE_LOAD_TILE:
	case AIE_ENGINE_STORE:
	case AIE_ENGINE_STORE_BODY:
	case AIE_ENGINE_STORE_PART:
	case AIE_ENGINE_STORE_TILE:
		return resolve_memory(r, engine, row);
	case AIE_ENGINE_LOOKUP:
		return resolve_lookup(r, engine);
	case AIE_ENGINE_FIFO_FILL:
	case AIE_ENGINE_FIFO_POP:
		return resolve_fifo_load(r, engine);
	case AIE_ENGINE_FIFO_PUSH:
	case AIE_ENGINE_FIFO_PUSH_BODY:
	case AIE_ENGINE_FIFO_FLUSH:
		return resolve_fifo_store(r, engine, row);
	case AIE_ENGINE_STREAM_READ:
	case AIE_ENGINE_STREAM_WRITE:
		return resolve_stream(r, engine);
	case AIE_ENGINE_CASCADE_READ:
	case AIE_ENGINE_CASCADE_WRITE:
	case AIE_ENGINE_CASCADE_BODY:
		return resolve_cascade(r, engine, row);
	case AIE_ENGINE_REFUSED:
		return resolve_refused(r, AIE_ERROR_UNSUPPORTED, engine->note);
	default:
		return resolve_refused(r, AIE_ERROR_UNIMPLEMENTED, "not executed by this version");
	}
}

static int resolve(struct resolver *r)
{
	struct aie_op *op = r->op;
	const struct aie_binding *binding = aie_binding_of(r->insn->opcode);
	const struct aie_engine_row *engine = binding->engine;
	const struct aie_semantics_row *row = binding->row;
	op->kind = engine == NULL ? AIE_ENGINE_NONE : engine->kind;
	op->arguments.description = r->description;
	op->arguments.error = &r->core->body_error;
	op->data_argument = AIE_NO_ARGUMENT;
	op->source[0] = op->source[1] = op->source[2] = AIE_NO_SOURCE;
	op->instance = (uint16_t)((r->instance_used + 63) & ~63u);
	r->instance_used = op->instance + (uint32_t)sizeof(struct aie_instance);
	if (aie_engine_needs_body(op->kind)) {
		if (row == NULL)
			return resolve_refused(r, AIE_ERROR_UNIMPLEMENTED,
			                       "its computation is not executed by this version");
		if (row->body == NULL)
			return resolve_refused(r, AIE_ERROR_UNSUPPORTED, row->note);
	}
	return engine == NULL ? resolve_body(r, row) : resolve_engine(r, engine, row);
}

/* Status flags: which ones the instruction moves, which ones it sets without the model knowing how.  Those of FIFOs
 * stay 0: the model stops where they would be set. */
static void resolve_flags(struct resolver *r)
{
	const struct aie_opcode_description *d = r->description;
	struct aie_op *op = r->op;
	if (op->issue == aie_issue_refused)
		return;
	for (unsigned i = 0; i < d->operand_count; i++) {
		uint16_t flag =
		        d->operand[i].kind == AIE_OPERAND_REGISTER ? aie_status_flag(operand_register(r, (int)i)) : 0;
		if (d->operand[i].output)
			op->flags_written |= flag;
		else
			op->flags_read |= flag;
		r->decoded->flags_moved |= flag != 0;
	}
	for (unsigned i = 0; i < d->implicit_def_count; i++) {
		unsigned id = d->implicit_def[i];
		bool computed = id == AIE_REG_SRFIFO_OF || id == AIE_REG_SRFIFO_UF;
		for (unsigned o = 0; o < op->output_count; o++)
			computed |= op->output[o].head.id == id;
		uint16_t flag = computed ? 0 : aie_status_flag(id);
		r->decoded->flags_unknown |= flag;
		if (flag != 0 && r->timing->implicit_def_cycle[i] > r->decoded->flags_cycle)
			r->decoded->flags_cycle = r->timing->implicit_def_cycle[i];
	}
}

/* ---- bundles ----------------------------------------------------------------------------------------------------- */

static int add_hazards(struct aie_hazard busy[AIE_HAZARD_ROWS], struct resolver *r)
{
	for (unsigned i = 0; i < r->timing->stage_count; i++) {
		const struct aie_stage *stage = &r->timing->stage[i];
		for (unsigned c = 0; c < stage->cycles; c++) {
			unsigned offset = stage->offset + c;
			if (offset >= AIE_HAZARD_ROWS || stage->resource >= 64)
				return internal(r, "resource out of range:", aie_isa_resource_name(stage->resource));
			if (stage->kind == AIE_STAGE_REQUIRED)
				busy[offset].required |= 1ull << stage->resource;
			else
				busy[offset].reserved |= 1ull << stage->resource;
		}
	}
	return 0;
}

static int resolve_bundle(struct aie_core *core, const struct aie_bundle *bundle, struct aie_decoded *decoded,
                          struct aie_error *error)
{
	struct aie_hazard busy[AIE_HAZARD_ROWS] = { 0 };
	struct resolver r = { .core = core, .decoded = decoded, .error = error };
	decoded->size = bundle->size;
	/* releases last: they wait for the stores of their own bundle too */
	for (unsigned i = 0; i < 2u * bundle->count; i++) {
		r.insn = &bundle->insn[i < bundle->count ? i : i - bundle->count];
		r.description = aie_isa_opcode(r.insn->opcode);
		r.timing = aie_isa_timing(r.insn);
		const struct aie_engine_row *engine = aie_binding_of(r.insn->opcode)->engine;
		bool release = engine != NULL && engine->kind == AIE_ENGINE_RELEASE;
		if (release != (i >= bundle->count))
			continue;
		if (add_hazards(busy, &r) != 0)
			return -1;
		if (r.description->flags & AIE_OPCODE_NOP)
			continue;
		r.op = &decoded->op[decoded->op_count++];
		r.op->pc = core->pc;
		if (resolve(&r) != 0)
			return -1;
		resolve_flags(&r);
		if (r.instance_used > AIE_INSTANCE_BYTES)
			return internal(&r, "operands in flight exceed", "the model's room");
	}
	for (unsigned offset = 0; offset < AIE_HAZARD_ROWS; offset++) {
		if ((busy[offset].required | busy[offset].reserved) == 0)
			continue;
		decoded->hazard[decoded->hazard_count] = busy[offset];
		decoded->hazard[decoded->hazard_count++].offset = (uint8_t)offset;
	}
	return 0;
}

struct aie_decoded *aie_core_decode(struct aie_core *core)
{
	struct aie_bundle bundle;
	struct aie_error error;
	aie_error_clear(&error);
	if (aie_isa_decode(core->program + core->pc, AIE_CORE_PROGRAM_BYTES - core->pc, &bundle, &error) != 0) {
		aie_core_failf(core, NULL, AIE_ERROR_FAULT, "no instruction can be decoded: %s", error.text);
		return NULL;
	}
	struct aie_decoded *decoded = arena_take(core, sizeof(*decoded));
	struct aie_op *op = arena_take(core, bundle.count * sizeof(*op));
	if (decoded == NULL || op == NULL) {
		aie_core_failf(core, NULL, AIE_ERROR_MEMORY, "no memory for a decoded bundle");
		return NULL;
	}
	decoded->op = op;
	if (resolve_bundle(core, &bundle, decoded, &error) != 0) {
		aie_core_fail(core, NULL, &error);
		return NULL;
	}
	core->cache[core->pc / 2] = decoded;
	return decoded;
}
