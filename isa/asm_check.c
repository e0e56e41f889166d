/* The lint of aie-as --check: mistakes that the assembler accepts and only silicon shows.
 *
 * The core has an exposed pipeline: an instruction samples each operand and delivers each result in a fixed cycle after
 * its issue, and nothing waits for anything.  The check walks all paths through the linked code (branches both ways,
 * calls into the callee, zero-overhead loops around and through) and keeps along each path what is in flight: writes
 * that have not landed, operands that have not been sampled, resources held.  Rules and their origin:
 *
 *   window     an operand is sampled while an earlier write of it is in flight: it gets the old value.  That is how
 *              software pipelines work, so it is reported only if nobody reads the new value afterwards, or if the old
 *              one was never set on the path; with `all` always.  (timing table)
 *   overtaken  an operand is sampled so late that a later instruction's result is already there; reported if others
 *              read that result too, else it was meant for the late sampler; with `all` always.  (timing table)
 *   collision  two results land on one register in one cycle; or an older result lands on a newer one that nobody has
 *              read yet.  (timing table)
 *   resource   two instructions need one port or unit in one cycle.  (timing table)
 *   delay      a branch among the five delay slots of another.  (refused by llvm-aie; undefined)
 *   target     a branch target or return address inside a 16-byte line behind other instructions.  (seen on
 *              silicon: hangs)
 *   loop       ls, le not at 16-byte lines; last bundle not 16 bytes; fewer than 7 bundles or 112 bytes between the
 *              last write of ls, le, lc and the bundle at le; delay slots across le.  (llvm-aie's conditions for such
 *              loops)
 *   lock       lock instructions fewer than 4 bundles apart.  (the lock unit is held for 4 cycles, timing table)
 */
#include "isa/asm_internal.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "isa/operands.h"

enum {
	LINE = AIE_BUNDLE_MAX_BYTES,
	DELAY_SLOTS = 5,
	LOOP_DISTANCE_BYTES = 112,
	LOOP_DISTANCE_BUNDLES = 7,
	LOCK_DISTANCE = 4,
	HORIZON = 32,   /* cycles ahead that resources are tracked; longer than any itinerary */
	IN_FLIGHT = 96, /* writes, and samples, in flight at once */
	UNIT_BYTES = 4, /* registers are tracked by pieces of 4 bytes of the register file image */
	UNITS = 2048,
	STATE_LIMIT = 60000,
	SEEN_SIZE = 1 << 18,
	READ_SEARCH_LIMIT = 600,
	UNKNOWN = -1,
};

struct in_flight {
	uint16_t reg;
	uint8_t bypass;
	int8_t cycle; /* relative to the issue of the bundle being looked at */
	uint32_t address;
	uint16_t opcode;
};

/* What a path carries to the next bundle. */
struct path {
	struct path *next; /* work list */
	uint32_t address;
	int32_t ls, le;     /* UNKNOWN */
	int32_t pointer[8]; /* p0..p7 when set to a constant */
	int32_t target;     /* of the pending branch */
	uint8_t delay;      /* delay slots to come */
	uint8_t branch;     /* enum branch */
	uint8_t since_lock; /* bundles, up to LOCK_DISTANCE */
	uint16_t since_loop_bytes, since_loop_bundles;
	uint16_t write_count, sample_count;
	struct in_flight write[IN_FLIGHT], sample[IN_FLIGHT];
	uint64_t required[HORIZON], reserved[HORIZON]; /* resources by cycle */
	uint32_t history[HORIZON];                     /* addresses of the last bundles, newest first */
	uint64_t written[UNITS / 64];
};

enum branch { BRANCH_NONE, BRANCH_JUMP, BRANCH_CONDITIONAL, BRANCH_CALL, BRANCH_RETURN };

/* A bundle of the program, decoded once. */
struct node {
	bool tried, valid, visited;
	struct aie_bundle bundle;
};

struct check {
	struct asm_context *context;
	const struct asm_program *program;
	void (*warn)(void *data, const char *text);
	void *data;
	bool all;
	struct node **node; /* by address / 2 */
	uint32_t node_count;
	struct path *work, *unused;
	unsigned states;
	uint64_t *seen;          /* hashes of states */
	uint64_t *told;          /* hashes of warnings */
	uint64_t *read, *unread; /* hashes of the questions that is_read() has answered yes and no */
	unsigned reg_ls, reg_le, reg_lc, reg_p0;
};

/* ---- places and messages --------------------------------------------------------------------------------------- */

static struct asm_position position_of(const struct check *check, uint32_t address)
{
	for (struct asm_object *object = check->program->objects; object; object = object->next) {
		for (struct asm_section *section = object->first_section; section; section = section->next) {
			if (!section->placed || !(section->flags & SHF_EXECINSTR) || address < section->address ||
			    address >= section->address + section->size)
				continue;
			struct asm_position position = { .file = object->name };
			for (size_t low = 0, high = section->line_count; low < high;) {
				size_t middle = (low + high) / 2;
				if (section->address + section->line[middle].offset <= address) {
					position = section->line[middle].position;
					low = middle + 1;
				} else {
					high = middle;
				}
			}
			return position;
		}
	}
	return (struct asm_position){ .file = "?" };
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
	return hash ^ hash >> 29;
}

/* Inserts into an open hash set; false when it is already there. */
static bool insert(uint64_t *set, uint64_t hash)
{
	hash = hash ? hash : 1;
	for (uint64_t i = hash % SEEN_SIZE, tries = 0; tries < 64; tries++, i = (i + 1) % SEEN_SIZE) {
		if (set[i] == hash)
			return false;
		if (!set[i]) {
			set[i] = hash;
			return true;
		}
	}
	return true;
}

static bool contains(const uint64_t *set, uint64_t hash)
{
	hash = hash ? hash : 1;
	for (uint64_t i = hash % SEEN_SIZE, tries = 0; tries < 64 && set[i]; tries++, i = (i + 1) % SEEN_SIZE)
		if (set[i] == hash)
			return true;
	return false;
}

static const char *line_text(const struct check *check, uint32_t address, struct asm_position from)
{
	struct asm_position position = position_of(check, address);
	if (!position.line)
		return aie_asm_format(check->context, "at 0x%x", address);
	if (position.file == from.file || strcmp(position.file, from.file) == 0)
		return aie_asm_format(check->context, "in line %u", position.line);
	return aie_asm_format(check->context, "at %s:%u", position.file, position.line);
}

/* One warning about a bundle, told once; `key` tells apart what may be said about it. */
static void tell(struct check *check, uint32_t address, uint64_t key, const char *rule, const char *text)
{
	if (!insert(check->told,
	            mix(mix(mix(0, address), key), (uint64_t)(unsigned char)rule[0] << 8 | (unsigned char)rule[1])))
		return;
	struct asm_position position = position_of(check, address);
	const char *message;
	if (position.line)
		message = aie_asm_format(check->context, "%s:%u: warning: 0x%x: %s [%s]", position.file, position.line,
		                         address, text, rule);
	else
		message = aie_asm_format(check->context, "%s: warning: 0x%x: %s [%s]", position.file, address, text,
		                         rule);
	check->warn(check->data, message);
}

/* ---- registers ------------------------------------------------------------------------------------------------- */

static bool overlap(unsigned first, unsigned second)
{
	if (first == second)
		return true;
	const struct aie_register *a = aie_isa_register(first), *b = aie_isa_register(second);
	for (unsigned i = 0; i < a->piece_count; i++)
		for (unsigned k = 0; k < b->piece_count; k++)
			if (a->piece[i].offset < b->piece[k].offset + b->piece[k].size &&
			    b->piece[k].offset < a->piece[i].offset + a->piece[i].size)
				return true;
	return false;
}

static bool covers(unsigned outer, unsigned inner)
{
	const struct aie_register *a = aie_isa_register(outer), *b = aie_isa_register(inner);
	for (unsigned i = 0; i < b->piece_count; i++) {
		bool inside = false;
		for (unsigned k = 0; k < a->piece_count; k++)
			inside |= b->piece[i].offset >= a->piece[k].offset &&
			          b->piece[i].offset + b->piece[i].size <= a->piece[k].offset + a->piece[k].size;
		if (!inside)
			return false;
	}
	return true;
}

static void mark_written(struct path *path, unsigned reg)
{
	const struct aie_register *description = aie_isa_register(reg);
	for (unsigned i = 0; i < description->piece_count; i++) {
		unsigned first = description->piece[i].offset / UNIT_BYTES;
		unsigned last = (description->piece[i].offset + description->piece[i].size - 1u) / UNIT_BYTES;
		for (unsigned unit = first; unit <= last && unit < UNITS; unit++)
			path->written[unit / 64] |= UINT64_C(1) << unit % 64;
	}
}

static bool is_written(const struct path *path, unsigned reg)
{
	const struct aie_register *description = aie_isa_register(reg);
	for (unsigned i = 0; i < description->piece_count; i++) {
		unsigned first = description->piece[i].offset / UNIT_BYTES;
		unsigned last = (description->piece[i].offset + description->piece[i].size - 1u) / UNIT_BYTES;
		for (unsigned unit = first; unit <= last && unit < UNITS; unit++)
			if (!(path->written[unit / 64] >> unit % 64 & 1))
				return false;
	}
	return true;
}

/* Status registers are collected with OR by many units: no order of writes is wrong. */
static bool is_tracked(unsigned reg)
{
	const char *name = aie_isa_register(reg)->name;
	return strncmp(name, "sr", 2) != 0 || strcmp(name, "srcarry") == 0;
}

typedef void access_body(void *data, const struct aie_insn *insn, unsigned reg, unsigned cycle, unsigned bypass);

/* Calls `body` for every register an instruction samples (or, with `outputs`, delivers) and the cycle of that. */
static void each_access(const struct aie_insn *insn, bool outputs, access_body *body, void *data)
{
	const struct aie_opcode_description *description = aie_isa_opcode(insn->opcode);
	const struct aie_timing *timing = aie_isa_timing(insn);
	if (!timing || description->flags & AIE_OPCODE_NOP)
		return;
	for (unsigned i = 0; i < description->operand_count; i++)
		if (description->operand[i].kind == AIE_OPERAND_REGISTER && description->operand[i].output == outputs)
			body(data, insn, (unsigned)insn->operand[i], timing->operand_cycle[i],
			     timing->operand_bypass[i]);
	unsigned count = outputs ? description->implicit_def_count : description->implicit_use_count;
	for (unsigned i = 0; i < count; i++)
		body(data, insn, outputs ? description->implicit_def[i] : description->implicit_use[i],
		     outputs ? timing->implicit_def_cycle[i] : timing->implicit_use_cycle[i], AIE_BYPASS_NONE);
}

/* ---- decoding -------------------------------------------------------------------------------------------------- */

static struct node *node_at(struct check *check, uint32_t address)
{
	uint32_t index = address / 2;
	struct aie_error error;
	if (address % 2 || index >= check->node_count)
		return NULL;
	if (!check->node[index])
		check->node[index] = aie_asm_alloc(check->context, sizeof(struct node));
	struct node *node = check->node[index];
	if (!node->tried) {
		node->tried = true;
		node->valid = !aie_isa_decode(check->program->text + address, check->program->text_size - address,
		                              &node->bundle, &error);
	}
	return node->valid ? node : NULL;
}

static const char *mnemonic(unsigned opcode)
{
	return aie_isa_opcode(opcode)->mnemonic;
}

/* The immediate of a control transfer or of a move, if it has one. */
static bool immediate_of(const struct aie_insn *insn, int32_t *value)
{
	const struct aie_opcode_description *description = aie_isa_opcode(insn->opcode);
	for (unsigned i = 0; i < description->operand_count; i++) {
		if (description->operand[i].kind == AIE_OPERAND_IMMEDIATE) {
			*value = (int32_t)insn->operand[i];
			return true;
		}
	}
	return false;
}

static bool is_nop(const struct aie_bundle *bundle)
{
	for (unsigned i = 0; i < bundle->count; i++)
		if (!(aie_isa_opcode(bundle->insn[i].opcode)->flags & AIE_OPCODE_NOP))
			return false;
	return true;
}

/* ---- is a value read? ------------------------------------------------------------------------------------------ */

/* Follows the program from a bundle without simulating it: which bundles can come after `address`. */
static unsigned successors(struct check *check, uint32_t address, uint32_t *next)
{
	struct node *node = node_at(check, address);
	unsigned count = 0;
	if (!node)
		return 0;
	next[count++] = address + node->bundle.size;
	/* A branch counts as taken at once: delay slots are reached by the first way, its target by the second. */
	for (unsigned i = 0; i < node->bundle.count; i++) {
		const struct aie_insn *insn = &node->bundle.insn[i];
		int32_t target;
		if (aie_isa_opcode(insn->opcode)->flags & AIE_OPCODE_DELAY_SLOTS && immediate_of(insn, &target))
			next[count++] = (uint32_t)target;
	}
	return count;
}

struct reader {
	struct check *check;
	uint32_t address; /* of the bundle that may read */
	unsigned reg;
	int elapsed, from, until;
	int overwritten; /* cycle in which a later write replaces the value, or INT32_MAX */
	bool read;
};

static void note_overwrite(void *data, const struct aie_insn *insn, unsigned reg, unsigned cycle, unsigned bypass);

/* Does a bundle behind the reader, on the straight way, replace the register before the reader's sample? */
static bool is_overtaken(const struct reader *reader, int sample)
{
	struct reader ahead = { .reg = reader->reg, .from = reader->from, .overwritten = INT32_MAX };
	uint32_t address = reader->address;
	struct node *node = node_at(reader->check, address);
	for (ahead.elapsed = reader->elapsed; node && ahead.elapsed < sample; ahead.elapsed++) {
		for (unsigned i = 0; i < node->bundle.count; i++)
			each_access(&node->bundle.insn[i], true, note_overwrite, &ahead);
		address += node->bundle.size;
		node = node_at(reader->check, address);
	}
	return ahead.overwritten <= sample;
}

static void note_read(void *data, const struct aie_insn *insn, unsigned reg, unsigned cycle, unsigned bypass)
{
	struct reader *reader = data;
	int sample = reader->elapsed + (int)cycle - 1;
	(void)bypass;
	(void)insn;
	if (sample >= reader->from && sample < reader->until && overlap(reg, reader->reg) &&
	    !is_overtaken(reader, sample))
		reader->read = true;
}

static void note_overwrite(void *data, const struct aie_insn *insn, unsigned reg, unsigned cycle, unsigned bypass)
{
	struct reader *reader = data;
	int land = reader->elapsed + (int)cycle;
	(void)insn;
	(void)bypass;
	if (land > reader->from && land < reader->overwritten && covers(reg, reader->reg))
		reader->overwritten = land;
}

/* A value of a register that is there from cycle `from` on and is replaced in cycle `until` at the latest. */
struct value {
	unsigned reg;
	int from, until; /* INT32_MAX: nobody is known to replace it */
	bool unknown;    /* the answer where the program cannot be followed: returns, calls, jumps through registers */
};

static bool search_readers(struct check *check, uint32_t address, struct value value)
{
	struct {
		uint32_t address;
		int elapsed, until;
	} queue[READ_SEARCH_LIMIT];
	unsigned head = 0, tail = 0;
	queue[tail].address = address;
	queue[tail].elapsed = 0;
	queue[tail++].until = value.until;
	while (head < tail) {
		uint32_t here = queue[head].address, next[1 + AIE_BUNDLE_MAX_INSNS];
		struct reader reader = {
			.check = check, .address = here, .reg = value.reg, .from = value.from, .overwritten = INT32_MAX
		};
		struct node *node = node_at(check, here);
		reader.elapsed = queue[head].elapsed;
		reader.until = queue[head++].until;
		if (!node || reader.elapsed >= reader.until)
			continue;
		for (unsigned i = 0; i < node->bundle.count; i++) {
			const struct aie_insn *insn = &node->bundle.insn[i];
			int32_t target;
			each_access(insn, false, note_read, &reader);
			/* What a caller or callee reads is not known here. */
			if (aie_isa_opcode(insn->opcode)->flags & AIE_OPCODE_DELAY_SLOTS &&
			    (strcmp(mnemonic(insn->opcode), "jl") == 0 || !immediate_of(insn, &target)))
				reader.read |= value.unknown && reader.until == INT32_MAX;
		}
		if (reader.read)
			return true;
		for (unsigned i = 0; i < node->bundle.count; i++)
			each_access(&node->bundle.insn[i], true, note_overwrite, &reader);
		int until = reader.overwritten < reader.until ? reader.overwritten : reader.until;
		unsigned count = successors(check, here, next);
		for (unsigned i = 0; i < count; i++) {
			/* Once the value has landed, and nothing is going to replace it, later cycles are all alike. */
			int then = reader.elapsed + 1;
			if (until == INT32_MAX && then > value.from + 1)
				then = value.from + 1;
			bool known = false;
			for (unsigned k = 0; k < tail && !known; k++)
				known = queue[k].address == next[i] && queue[k].elapsed == then &&
				        queue[k].until == until;
			if (known)
				continue;
			if (tail == READ_SEARCH_LIMIT)
				return value.unknown;
			queue[tail].address = next[i];
			queue[tail].elapsed = then;
			queue[tail++].until = until;
		}
	}
	return false;
}

/* May an instruction issued from `address` on (in cycle 0) sample the value? */
static bool is_read(struct check *check, uint32_t address, struct value value)
{
	uint64_t question =
	        mix(mix(mix(1, address), value.reg), (uint64_t)(uint32_t)value.from << 32 | (uint32_t)value.until);
	question = mix(question, value.unknown);
	if (contains(check->read, question))
		return true;
	if (contains(check->unread, question))
		return false;
	bool answer = search_readers(check, address, value);
	insert(answer ? check->read : check->unread, question);
	return answer;
}

/* ---- one bundle on one path ------------------------------------------------------------------------------------ */

struct step {
	struct check *check;
	struct path *path;
	uint32_t address, next; /* of the bundle and of the one behind it */
	const struct aie_insn *insn;
	struct asm_position position;
};

static bool sees(int land, int sample, unsigned write_bypass, unsigned read_bypass)
{
	return land <= sample || (land == sample + 1 && write_bypass != AIE_BYPASS_NONE && write_bypass == read_bypass);
}

static void check_sample(void *data, const struct aie_insn *insn, unsigned reg, unsigned cycle, unsigned bypass)
{
	struct step *step = data;
	struct path *path = step->path;
	int sample = (int)cycle - 1;
	bool settled = is_written(path, reg);
	if (!cycle)
		return;
	for (unsigned i = 0; i < path->write_count && !settled; i++)
		settled = covers(path->write[i].reg, reg) &&
		          sees(path->write[i].cycle, sample, path->write[i].bypass, bypass);
	for (unsigned i = 0; i < path->write_count; i++) {
		const struct in_flight *write = &path->write[i];
		if (!is_tracked(reg) || !overlap(write->reg, reg) || sees(write->cycle, sample, write->bypass, bypass))
			continue;
		bool unread = !is_read(step->check, step->address,
		                       (struct value){ write->reg, write->cycle, INT32_MAX, true });
		if (settled && !unread && !step->check->all)
			continue;
		const char *why = !settled ? "; it was not set before" : unread ? "; nothing reads the new one" : "";
		tell(step->check, step->address, mix(write->address, reg), "window",
		     aie_asm_format(step->check->context,
		                    "'%s' samples %s %d cycle%s before the result of '%s' (%s) is there%s",
		                    mnemonic(insn->opcode), aie_isa_register(reg)->assembly, write->cycle - sample,
		                    write->cycle - sample == 1 ? "" : "s", mnemonic(write->opcode),
		                    line_text(step->check, write->address, step->position), why));
	}
	if (sample >= 0 && path->sample_count < IN_FLIGHT)
		path->sample[path->sample_count++] = (struct in_flight){ .reg = (uint16_t)reg,
			                                                 .bypass = (uint8_t)bypass,
			                                                 .cycle = (int8_t)sample,
			                                                 .address = step->address,
			                                                 .opcode = insn->opcode };
}

static void check_write(void *data, const struct aie_insn *insn, unsigned reg, unsigned cycle, unsigned bypass)
{
	struct step *step = data;
	struct check *check = step->check;
	struct path *path = step->path;
	int land = (int)cycle;
	if (!is_tracked(reg))
		return;
	for (unsigned i = 0; i < path->sample_count; i++) {
		const struct in_flight *sample = &path->sample[i];
		if (!overlap(sample->reg, reg) || !sees(land, sample->cycle, bypass, sample->bypass) ||
		    (sample->address == step->address && sample->opcode == insn->opcode))
			continue;
		/* Nobody else reads the result: it was meant for the late sampler. */
		if (!check->all && !is_read(check, step->next, (struct value){ reg, land - 1, INT32_MAX, false }))
			continue;
		tell(check, step->address, mix(sample->address, reg), "overtaken",
		     aie_asm_format(check->context, "'%s' replaces %s before '%s' (%s) has sampled it",
		                    mnemonic(insn->opcode), aie_isa_register(reg)->assembly, mnemonic(sample->opcode),
		                    line_text(check, sample->address, step->position)));
	}
	for (unsigned i = 0; i < path->write_count; i++) {
		const struct in_flight *write = &path->write[i];
		if (!overlap(write->reg, reg) || (write->address == step->address && write->opcode == insn->opcode))
			continue;
		if (write->cycle == land)
			tell(check, step->address, mix(write->address, reg), "collision",
			     aie_asm_format(check->context, "'%s' and '%s' (%s) deliver %s in the same cycle",
			                    mnemonic(insn->opcode), mnemonic(write->opcode),
			                    line_text(check, write->address, step->position),
			                    aie_isa_register(reg)->assembly));
		else if (write->cycle > land &&
		         !is_read(check, step->address, (struct value){ reg, land, write->cycle, true }))
			tell(check, step->address, mix(write->address, reg), "collision",
			     aie_asm_format(check->context,
			                    "the late result of '%s' (%s) replaces %s of '%s' before anything reads it",
			                    mnemonic(write->opcode), line_text(check, write->address, step->position),
			                    aie_isa_register(reg)->assembly, mnemonic(insn->opcode)));
	}
	if (path->write_count < IN_FLIGHT)
		path->write[path->write_count++] = (struct in_flight){ .reg = (uint16_t)reg,
			                                               .bypass = (uint8_t)bypass,
			                                               .cycle = (int8_t)land,
			                                               .address = step->address,
			                                               .opcode = insn->opcode };
}

/* The bundle of the path that holds a resource in a cycle counted from now. */
static uint32_t holder_of(struct check *check, const struct path *path, unsigned resource, unsigned cycle)
{
	for (unsigned back = 1; back < HORIZON && path->history[back - 1] != UINT32_MAX; back++) {
		struct node *node = node_at(check, path->history[back - 1]);
		for (unsigned i = 0; node && i < node->bundle.count; i++) {
			const struct aie_timing *timing = aie_isa_timing(&node->bundle.insn[i]);
			for (unsigned k = 0; timing && k < timing->stage_count; k++)
				if (timing->stage[k].resource == resource && timing->stage[k].offset <= cycle + back &&
				    cycle + back < timing->stage[k].offset + timing->stage[k].cycles)
					return path->history[back - 1];
		}
	}
	return UINT32_MAX;
}

/* Held resources the hardware itself waits for, or that have a rule of their own. */
static bool waits_for(const char *resource)
{
	return strcmp(resource, "PART_WORD_STORE") == 0 || strcmp(resource, "LCKREQ") == 0;
}

static void check_resources(struct step *step)
{
	struct check *check = step->check;
	struct path *path = step->path;
	const struct aie_timing *timing = aie_isa_timing(step->insn);
	if (!timing)
		return;
	for (unsigned i = 0; i < timing->stage_count; i++) {
		const struct aie_stage *stage = &timing->stage[i];
		uint64_t bit = UINT64_C(1) << stage->resource % 64;
		if (waits_for(aie_isa_resource_name(stage->resource)))
			continue;
		for (unsigned cycle = stage->offset; cycle < (unsigned)stage->offset + stage->cycles && cycle < HORIZON;
		     cycle++) {
			bool taken = path->required[cycle] & bit;
			if (stage->kind == AIE_STAGE_REQUIRED)
				taken |= (path->reserved[cycle] & bit) != 0;
			if (taken) {
				uint32_t holder = holder_of(check, path, stage->resource, cycle);
				tell(check, step->address, mix(holder, stage->resource), "resource",
				     aie_asm_format(check->context,
				                    "'%s' and an instruction %s need %s in the same cycle",
				                    mnemonic(step->insn->opcode),
				                    holder == UINT32_MAX ? "of this bundle"
				                                         : line_text(check, holder, step->position),
				                    aie_isa_resource_name(stage->resource)));
			}
			if (stage->kind == AIE_STAGE_REQUIRED)
				path->required[cycle] |= bit;
			else
				path->reserved[cycle] |= bit;
		}
	}
}

/* A target in the middle of a 16-byte line whose earlier bytes are not nops. */
static void check_target(struct check *check, uint32_t from, uint32_t target, const char *what)
{
	if (target % LINE == 0 || target >= check->program->text_size)
		return;
	/* Every byte before the target in its line must belong to a nop: of a bundle that was walked, or else 16-bit
	 * ones. */
	uint32_t line = target / LINE * LINE, walked = line;
	bool busy = false;
	for (uint32_t at = line >= LINE ? line - LINE + 2 : 0; at < target && !busy; at += 2) {
		struct node *node = check->node[at / 2];
		if (node && node->visited && at + node->bundle.size > line) {
			busy = !is_nop(&node->bundle);
			walked = at + node->bundle.size;
		} else if (at >= line && at >= walked) {
			busy = check->program->text[at] || check->program->text[at + 1];
		}
	}
	if (busy)
		tell(check, from, target, "target",
		     aie_asm_format(
		             check->context,
		             "the %s 0x%x is not at a 16-byte line, and other instructions stand before it there", what,
		             target));
}

static void check_loop(struct step *step, const struct node *node)
{
	struct check *check = step->check;
	struct path *path = step->path;
	if (path->since_loop_bytes < LOOP_DISTANCE_BYTES || path->since_loop_bundles < LOOP_DISTANCE_BUNDLES)
		tell(check, step->address, 1, "loop",
		     aie_asm_format(check->context,
		                    "the loop's last bundle comes %u bundles (%u bytes) after the last write of ls, le "
		                    "or lc, not %d (%d)",
		                    path->since_loop_bundles, path->since_loop_bytes, LOOP_DISTANCE_BUNDLES,
		                    LOOP_DISTANCE_BYTES));
	if (step->address % LINE)
		tell(check, step->address, 2, "loop", "the loop's last bundle (le) is not at a 16-byte line");
	if (node->bundle.size != LINE)
		tell(check, step->address, 3, "loop",
		     aie_asm_format(check->context, "the loop's last bundle (le) has %u bytes, not 16",
		                    node->bundle.size));
	if (path->delay || path->branch)
		tell(check, step->address, 4, "loop", "delay slots of a branch reach the loop's last bundle");
	if (path->ls != UNKNOWN && path->ls % LINE)
		tell(check, step->address, 5, "loop",
		     aie_asm_format(check->context, "the loop's first bundle (ls = 0x%x) is not at a 16-byte line",
		                    path->ls));
}

/* Constants that steer: pointers for indirect jumps, loop registers. */
static void note_constants(struct step *step, const struct aie_insn *insn)
{
	struct path *path = step->path;
	const struct aie_opcode_description *description = aie_isa_opcode(insn->opcode);
	int32_t value = UNKNOWN;
	bool constant = strncmp(description->mnemonic, "mov", 3) == 0 && immediate_of(insn, &value);
	for (unsigned i = 0; i < description->operand_count; i++) {
		if (!description->operand[i].output || description->operand[i].kind != AIE_OPERAND_REGISTER)
			continue;
		unsigned reg = (unsigned)insn->operand[i];
		int32_t known = constant ? value : UNKNOWN;
		if (reg >= step->check->reg_p0 && reg < step->check->reg_p0 + 8)
			path->pointer[reg - step->check->reg_p0] = known;
		if (reg == step->check->reg_ls)
			path->ls = known;
		if (reg == step->check->reg_le)
			path->le = known;
		if (reg == step->check->reg_ls || reg == step->check->reg_le || reg == step->check->reg_lc)
			path->since_loop_bytes = path->since_loop_bundles = 0;
	}
}

static void note_branch(struct step *step, const struct aie_insn *insn)
{
	struct path *path = step->path;
	const struct aie_opcode_description *description = aie_isa_opcode(insn->opcode);
	const char *name = description->mnemonic;
	if (!(description->flags & AIE_OPCODE_DELAY_SLOTS))
		return;
	path->branch = strcmp(name, "ret") == 0  ? BRANCH_RETURN
	               : strcmp(name, "jl") == 0 ? BRANCH_CALL
	               : strcmp(name, "j") == 0  ? BRANCH_JUMP
	                                         : BRANCH_CONDITIONAL;
	path->delay = DELAY_SLOTS;
	path->target = UNKNOWN;
	if (immediate_of(insn, &path->target) || path->branch == BRANCH_RETURN)
		return;
	for (unsigned i = 0; i < description->operand_count; i++) {
		unsigned reg = (unsigned)insn->operand[i];
		if (description->operand[i].kind == AIE_OPERAND_REGISTER && reg >= step->check->reg_p0 &&
		    reg < step->check->reg_p0 + 8)
			path->target = path->pointer[reg - step->check->reg_p0];
	}
}

static void check_locks(struct step *step, const struct aie_insn *insn)
{
	const char *name = mnemonic(insn->opcode);
	if (strncmp(name, "acq", 3) != 0 && strncmp(name, "rel", 3) != 0)
		return;
	if (step->path->since_lock < LOCK_DISTANCE)
		tell(step->check, step->address, 0, "lock",
		     aie_asm_format(step->check->context,
		                    "'%s' comes %u bundle%s after another lock instruction, not %d", name,
		                    step->path->since_lock, step->path->since_lock == 1 ? "" : "s", LOCK_DISTANCE));
	step->path->since_lock = 0;
}

/* ---- paths ----------------------------------------------------------------------------------------------------- */

static struct path *new_path(struct check *check)
{
	struct path *path = check->unused;
	if (path)
		check->unused = path->next;
	else
		path = aie_asm_alloc(check->context, sizeof(*path));
	return path;
}

/* One cycle later: what is in flight comes nearer. */
static void advance(struct path *path, uint32_t address)
{
	unsigned kept = 0;
	for (unsigned i = 0; i < path->write_count; i++) {
		struct in_flight write = path->write[i];
		if (--write.cycle > 0)
			path->write[kept++] = write;
		else
			mark_written(path, write.reg);
	}
	path->write_count = (uint16_t)kept;
	kept = 0;
	for (unsigned i = 0; i < path->sample_count; i++) {
		struct in_flight sample = path->sample[i];
		if (--sample.cycle >= 0)
			path->sample[kept++] = sample;
	}
	path->sample_count = (uint16_t)kept;
	memmove(path->required, path->required + 1, sizeof(path->required) - sizeof(path->required[0]));
	memmove(path->reserved, path->reserved + 1, sizeof(path->reserved) - sizeof(path->reserved[0]));
	path->required[HORIZON - 1] = path->reserved[HORIZON - 1] = 0;
	memmove(path->history + 1, path->history, sizeof(path->history) - sizeof(path->history[0]));
	path->history[0] = address;
	if (path->since_lock < LOCK_DISTANCE)
		path->since_lock++;
}

static uint64_t hash_path(const struct path *path)
{
	uint64_t hash = mix(mix(mix(1, path->address), (uint32_t)path->ls), (uint32_t)path->le);
	hash = mix(hash, (uint64_t)(uint32_t)path->target << 32 | (uint32_t)path->delay << 16 |
	                         (uint32_t)path->branch << 8 | path->since_lock);
	hash = mix(hash, (uint64_t)path->since_loop_bytes << 16 | path->since_loop_bundles);
	for (unsigned i = 0; i < 8; i++)
		hash = mix(hash, (uint32_t)path->pointer[i]);
	for (unsigned i = 0; i < path->write_count; i++)
		hash = mix(hash, (uint64_t)path->write[i].address << 32 | (uint32_t)path->write[i].reg << 8 |
		                         (uint8_t)path->write[i].cycle);
	for (unsigned i = 0; i < path->sample_count; i++)
		hash = mix(hash, (uint64_t)path->sample[i].address << 32 | (uint32_t)path->sample[i].reg << 8 |
		                         (uint8_t)path->sample[i].cycle);
	for (unsigned i = 0; i < HORIZON; i++)
		hash = mix(mix(hash, path->required[i]), path->reserved[i]);
	for (unsigned i = 0; i < UNITS / 64; i++)
		hash = mix(hash, path->written[i]);
	return hash;
}

/* Puts a copy of the path on the work list, unless the program has been there in the same state. */
static void push(struct check *check, const struct path *model, uint32_t address)
{
	if (address >= check->program->text_size || check->states >= STATE_LIMIT)
		return;
	struct path *path = new_path(check);
	*path = *model;
	path->address = address;
	if (!insert(check->seen, hash_path(path))) {
		path->next = check->unused;
		check->unused = path;
		return;
	}
	check->states++;
	path->next = check->work;
	check->work = path;
}

/* After a callee nothing is known: everything has landed and may have been written. */
static void forget(struct path *path)
{
	path->write_count = path->sample_count = 0;
	memset(path->required, 0, sizeof(path->required));
	memset(path->reserved, 0, sizeof(path->reserved));
	memset(path->written, 0xFF, sizeof(path->written));
	for (unsigned i = 0; i < HORIZON; i++)
		path->history[i] = UINT32_MAX;
	for (unsigned i = 0; i < 8; i++)
		path->pointer[i] = UNKNOWN;
	path->ls = path->le = UNKNOWN;
	path->since_lock = LOCK_DISTANCE;
	path->since_loop_bytes = path->since_loop_bundles = 4096;
}

static void follow(struct check *check, struct path *path, uint32_t address, const struct node *node)
{
	uint32_t next = address + node->bundle.size;
	bool at_end = (int32_t)address == path->le && path->ls != UNKNOWN;
	if (path->branch && path->delay == 0) {
		enum branch branch = path->branch;
		int32_t target = path->target;
		path->branch = BRANCH_NONE;
		path->target = UNKNOWN;
		if (target != UNKNOWN) {
			push(check, path, (uint32_t)target);
			if (branch == BRANCH_CALL)
				check_target(check, address, next, "return address");
		}
		if (branch == BRANCH_CALL)
			forget(path);
		if (branch == BRANCH_CALL || branch == BRANCH_CONDITIONAL)
			push(check, path, next);
		return;
	}
	if (at_end)
		push(check, path, (uint32_t)path->ls);
	push(check, path, next);
}

static void walk(struct check *check, struct path *path)
{
	uint32_t address = path->address;
	struct node *node = node_at(check, address);
	if (!node)
		return;
	node->visited = true;
	struct step step = { .check = check,
		             .path = path,
		             .address = address,
		             .next = address + node->bundle.size,
		             .position = position_of(check, address) };
	bool in_delay = path->delay != 0;
	if (path->delay)
		path->delay--;
	if ((int32_t)address == path->le && path->ls != UNKNOWN)
		check_loop(&step, node);
	for (unsigned i = 0; i < node->bundle.count; i++)
		each_access(&node->bundle.insn[i], false, check_sample, &step);
	for (unsigned i = 0; i < node->bundle.count; i++) {
		const struct aie_insn *insn = &node->bundle.insn[i];
		const struct aie_opcode_description *description = aie_isa_opcode(insn->opcode);
		if (description->flags & AIE_OPCODE_NOP)
			continue;
		step.insn = insn;
		if (in_delay && description->flags & AIE_OPCODE_DELAY_SLOTS) {
			tell(check, address, 0, "delay",
			     aie_asm_format(check->context, "'%s' stands in a delay slot of another branch",
			                    description->mnemonic));
			return;
		}
		each_access(insn, true, check_write, &step);
		check_resources(&step);
		check_locks(&step, insn);
	}
	if (path->since_loop_bytes < 4096) {
		path->since_loop_bytes = (uint16_t)(path->since_loop_bytes + node->bundle.size);
		path->since_loop_bundles++;
	}
	for (unsigned i = 0; i < node->bundle.count; i++) {
		note_branch(&step, &node->bundle.insn[i]);
		note_constants(&step, &node->bundle.insn[i]);
	}
	advance(path, address);
	follow(check, path, address, node);
}

static void walk_all(struct check *check)
{
	while (check->work) {
		struct path *path = check->work;
		check->work = path->next;
		walk(check, path);
		path->next = check->unused;
		check->unused = path;
	}
}

/* Begins at a label that nothing led to: registers hold what a caller put there. */
static void enter(struct check *check, uint32_t address, bool reset)
{
	struct path *path = new_path(check);
	memset(path, 0, sizeof(*path));
	forget(path);
	path->target = UNKNOWN;
	if (reset)
		memset(path->written, 0, sizeof(path->written));
	push(check, path, address);
	path->next = check->unused;
	check->unused = path;
	walk_all(check);
}

/* Targets are looked at last, when it is known which bytes are instructions. */
static void check_targets(struct check *check)
{
	for (uint32_t address = 0; address < check->program->text_size; address += 2) {
		struct node *node = check->node[address / 2];
		for (unsigned i = 0; node && node->visited && i < node->bundle.count; i++) {
			const struct aie_insn *insn = &node->bundle.insn[i];
			int32_t target;
			if (!(aie_isa_opcode(insn->opcode)->flags & AIE_OPCODE_DELAY_SLOTS) ||
			    !immediate_of(insn, &target))
				continue;
			if (!node_at(check, (uint32_t)target))
				tell(check, address, (uint32_t)target, "target",
				     aie_asm_format(check->context, "the branch target 0x%x is no instruction",
				                    (unsigned)target));
			else
				check_target(check, address, (uint32_t)target, "branch target");
		}
	}
}

void aie_asm_check(struct asm_context *context, const struct asm_program *program, bool all,
                   void (*warn)(void *data, const char *text), void *data)
{
	struct check check = { .context = context, .program = program, .warn = warn, .data = data, .all = all };
	check.node_count = program->text_size / 2;
	check.node = aie_asm_alloc(context, (check.node_count + 1) * sizeof(struct node *));
	check.seen = aie_asm_alloc(context, SEEN_SIZE * sizeof(uint64_t));
	check.told = aie_asm_alloc(context, SEEN_SIZE * sizeof(uint64_t));
	check.read = aie_asm_alloc(context, SEEN_SIZE * sizeof(uint64_t));
	check.unread = aie_asm_alloc(context, SEEN_SIZE * sizeof(uint64_t));
	check.reg_ls = aie_isa_register_find("ls");
	check.reg_le = aie_isa_register_find("le");
	check.reg_lc = aie_isa_register_find("lc");
	check.reg_p0 = aie_isa_register_find("p0");
	if (!program->text_size)
		return;
	enter(&check, program->entry, true);
	for (struct asm_object *object = program->objects; object; object = object->next) {
		for (struct asm_symbol *symbol = object->first_symbol; symbol; symbol = symbol->next) {
			if (symbol->kind != ASM_SYMBOL_LABEL || !symbol->section->placed ||
			    !(symbol->section->flags & SHF_EXECINSTR))
				continue;
			uint64_t address = symbol->section->address + symbol->offset;
			if (address >= program->text_size ||
			    (check.node[address / 2] && check.node[address / 2]->visited))
				continue;
			enter(&check, (uint32_t)address, false);
		}
	}
	check_targets(&check);
	if (check.states >= STATE_LIMIT)
		warn(data,
		     aie_asm_format(context, "%s: warning: the check stopped after %d states, parts were not looked at",
		                    program->objects->name, STATE_LIMIT));
}
