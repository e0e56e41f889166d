#include "traces/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPS = 1024, MAX_DEFS = 16, MAX_USES = 20, MAX_LINKS = 8 };

struct access {
	uint16_t reg;
	uint8_t cycle, bypass;
};

struct op {
	unsigned bundle;
	const struct aie_opcode_description *description;
	unsigned def_count, use_count;
	struct access def[MAX_DEFS], use[MAX_USES];
	/* Tight producers: no bundle to spare between them and this one. */
	unsigned link_count;
	struct link {
		uint16_t producer;
		uint16_t latency;  /* bundles */
		uint16_t distance; /* passes between producer and consumer */
	} link[MAX_LINKS];
};

/* The longest chain of so many instructions that ends with an instruction. */
struct best {
	int cycles; /* -1: none */
	uint16_t producer;
	uint16_t latency;
};

struct work {
	unsigned bundles, op_count;
	struct op op[MAX_OPS];
	struct best best[AIE_LOOP_MAX_CHAIN][MAX_OPS]; /* [instructions - 1] */
	uint8_t state[MAX_OPS]; /* of the search for recurrences: 0 not seen, 1 on the way, 2 done */
};

const char *aie_slot_name(enum aie_slot slot)
{
	static const char *const names[AIE_SLOT_COUNT] = {
		[AIE_SLOT_LDA] = "load A", [AIE_SLOT_LDB] = "load B", [AIE_SLOT_ALU] = "scalar", [AIE_SLOT_MV] = "move",
		[AIE_SLOT_ST] = "store",   [AIE_SLOT_VEC] = "vector", [AIE_SLOT_LNG] = "long",   [AIE_SLOT_NOP] = "nop",
	};

	return names[slot];
}

static void add_access(struct access *list, unsigned *count, unsigned limit, unsigned reg, uint8_t cycle,
                       uint8_t bypass)
{
	if (*count < limit && reg < aie_isa_register_count())
		list[(*count)++] = (struct access){ (uint16_t)reg, cycle, bypass };
}

static void add_op(struct work *work, const struct aie_insn *insn, unsigned bundle)
{
	const struct aie_opcode_description *description = aie_isa_opcode(insn->opcode);
	const struct aie_timing *timing = aie_isa_timing(insn);
	struct op *op;

	if (work->op_count == MAX_OPS || !timing)
		return;
	op = &work->op[work->op_count++];
	memset(op, 0, sizeof *op);
	op->bundle = bundle;
	op->description = description;
	for (unsigned i = 0; i < description->operand_count; i++) {
		const struct aie_operand_description *operand = &description->operand[i];

		if (operand->kind != AIE_OPERAND_REGISTER)
			continue;
		if (operand->output)
			add_access(op->def, &op->def_count, MAX_DEFS, (unsigned)insn->operand[i],
			           timing->operand_cycle[i], timing->operand_bypass[i]);
		else
			add_access(op->use, &op->use_count, MAX_USES, (unsigned)insn->operand[i],
			           timing->operand_cycle[i], timing->operand_bypass[i]);
	}
	for (unsigned i = 0; i < description->implicit_def_count; i++)
		add_access(op->def, &op->def_count, MAX_DEFS, description->implicit_def[i],
		           timing->implicit_def_cycle[i], 0);
	for (unsigned i = 0; i < description->implicit_use_count; i++)
		add_access(op->use, &op->use_count, MAX_USES, description->implicit_use[i],
		           timing->implicit_use_cycle[i], 0);
}

static bool overlap(unsigned a, unsigned b)
{
	const struct aie_register *x = aie_isa_register(a), *y = aie_isa_register(b);

	for (unsigned i = 0; i < x->piece_count; i++)
		for (unsigned j = 0; j < y->piece_count; j++)
			if (x->piece[i].offset < y->piece[j].offset + y->piece[j].size &&
			    y->piece[j].offset < x->piece[i].offset + x->piece[i].size)
				return true;
	return false;
}

/* Bundles that must lie between producer and consumer: a result of cycle d is seen by an operand of cycle u from d - u
 * + 1 bundles later on, one earlier within a bypass. */
static int latency_of(const struct access *def, const struct access *use)
{
	const bool bypass = def->bypass != AIE_BYPASS_NONE && def->bypass == use->bypass;

	return def->cycle - use->cycle + (bypass ? 0 : 1);
}

/* The producer whose value an operand reads: the write that becomes visible last before it is sampled, in this pass or
 * an earlier one.  Returns bundles to spare, or -1. */
static int find_producer(const struct work *work, const struct op *consumer, const struct access *use, int *producer,
                         unsigned *latency, unsigned *distance)
{
	int best = -1;

	for (unsigned i = 0; i < work->op_count; i++) {
		const struct op *op = &work->op[i];

		for (unsigned k = 0; k < op->def_count; k++) {
			int needed, spare, passes = 0;

			if (!overlap(op->def[k].reg, use->reg))
				continue;
			needed = latency_of(&op->def[k], use);
			spare = (int)consumer->bundle - (int)op->bundle - needed;
			while (spare < 0) {
				spare += (int)work->bundles;
				passes++;
			}
			while (spare >= (int)work->bundles) {
				spare -= (int)work->bundles;
				passes--;
			}
			if (passes >= 0 && (best < 0 || spare < best)) {
				best = spare;
				*producer = (int)i;
				*latency = needed > 0 ? (unsigned)needed : 0;
				*distance = (unsigned)passes;
			}
		}
	}
	return best;
}

/* Registers that only count or point (loop counters, addresses stepped by the load itself) do not make a chain that
 * matters: they are left out by looking at what the instruction computes with. */
static bool is_step(const struct op *op, const struct access *use)
{
	for (unsigned k = 0; k < op->def_count; k++)
		if (op->def[k].reg == use->reg && (op->description->flags & (AIE_OPCODE_LOAD | AIE_OPCODE_STORE)))
			return true;
	return false;
}

static void link_producers(struct work *work)
{
	for (unsigned i = 0; i < work->op_count; i++) {
		struct op *op = &work->op[i];

		for (unsigned k = 0; k < op->use_count && op->link_count < MAX_LINKS; k++) {
			unsigned latency = 0, distance = 0;
			int producer = -1;

			if (!is_step(op, &op->use[k]) &&
			    find_producer(work, op, &op->use[k], &producer, &latency, &distance) == 0 && latency > 0)
				op->link[op->link_count++] =
				        (struct link){ (uint16_t)producer, (uint16_t)latency, (uint16_t)distance };
		}
	}
}

/* Longest chains within a pass, by their number of instructions. */
static void measure_chains(struct work *work)
{
	for (unsigned i = 0; i < work->op_count; i++)
		work->best[0][i] = (struct best){ .cycles = 0 };
	for (unsigned length = 1; length < AIE_LOOP_MAX_CHAIN; length++) {
		for (unsigned i = 0; i < work->op_count; i++) {
			const struct op *op = &work->op[i];
			struct best *best = &work->best[length][i];

			best->cycles = -1;
			for (unsigned k = 0; k < op->link_count; k++) {
				const struct link *link = &op->link[k];
				const int before = work->best[length - 1][link->producer].cycles;

				if (link->distance || before < 0 || before + link->latency <= best->cycles)
					continue;
				*best = (struct best){ before + link->latency, link->producer, link->latency };
			}
		}
	}
}

/* The longest chain; of those that come within a tenth of it the one of most instructions, which is what can least be
 * rearranged. */
static void find_chain(struct work *work, struct aie_loop_analysis *analysis)
{
	unsigned best_end = 0, best_length = 0;
	int most = 0, chosen = 0;

	measure_chains(work);
	for (unsigned length = 1; length < AIE_LOOP_MAX_CHAIN; length++)
		for (unsigned i = 0; i < work->op_count; i++)
			most = work->best[length][i].cycles > most ? work->best[length][i].cycles : most;
	for (unsigned length = 1; length < AIE_LOOP_MAX_CHAIN; length++) {
		for (unsigned i = 0; i < work->op_count; i++) {
			const int cycles = work->best[length][i].cycles;

			if (10 * cycles < 9 * most || cycles <= 0 || (length == best_length && cycles <= chosen))
				continue;
			best_length = length;
			best_end = i;
			chosen = cycles;
		}
	}
	if (!best_length)
		return;
	analysis->chain_count = best_length + 1;
	analysis->chain_cycles = (unsigned)chosen;
	for (unsigned i = best_end, length = best_length;; length--) {
		struct aie_loop_link *link = &analysis->chain[length];

		link->bundle = work->op[i].bundle;
		snprintf(link->mnemonic, sizeof link->mnemonic, "%s", work->op[i].description->mnemonic);
		if (length == 0)
			break;
		analysis->chain[length - 1].latency = work->best[length][i].latency;
		i = work->best[length][i].producer;
	}
}

/* A circle of tight links: each pass waits for the one before, however much the rest overlaps. */
static void find_recurrence(struct work *work, struct aie_loop_analysis *analysis)
{
	struct {
		uint16_t op, next;
	} stack[MAX_OPS];

	memset(work->state, 0, sizeof work->state);
	for (unsigned root = 0; root < work->op_count; root++) {
		unsigned depth = 0;

		if (work->state[root])
			continue;
		stack[depth].op = (uint16_t)root;
		stack[depth++].next = 0;
		work->state[root] = 1;
		while (depth) {
			const struct op *op = &work->op[stack[depth - 1].op];
			unsigned producer;

			if (stack[depth - 1].next == op->link_count) {
				work->state[stack[--depth].op] = 2;
				continue;
			}
			producer = op->link[stack[depth - 1].next++].producer;
			if (work->state[producer] == 1) {
				analysis->recurrent = true;
				for (; depth && stack[depth - 1].op != producer; depth--)
					if (analysis->recurrence_count < AIE_LOOP_MAX_CHAIN)
						snprintf(analysis->recurrence[analysis->recurrence_count++],
						         AIE_LOOP_MNEMONIC, "%s",
						         work->op[stack[depth - 1].op].description->mnemonic);
				if (analysis->recurrence_count < AIE_LOOP_MAX_CHAIN)
					snprintf(analysis->recurrence[analysis->recurrence_count++], AIE_LOOP_MNEMONIC,
					         "%s", work->op[producer].description->mnemonic);
				return;
			}
			if (!work->state[producer]) {
				work->state[producer] = 1;
				stack[depth].op = (uint16_t)producer;
				stack[depth++].next = 0;
			}
		}
	}
}

int aie_loop_analyse(const struct aie_run_profile *profile, struct aie_loop_analysis *analysis, struct aie_error *error)
{
	struct work *work = malloc(sizeof *work);
	size_t at = 0;

	memset(analysis, 0, sizeof *analysis);
	if (!work)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a loop");
	work->bundles = work->op_count = 0;
	while (at < profile->code_size && work->bundles < AIE_RUN_MAX_BUNDLES) {
		struct aie_bundle bundle;
		bool empty = true;

		if (aie_isa_decode(profile->code + at, profile->code_size - at, &bundle, error)) {
			free(work);
			return aie_error_prefix(error, "the loop's code, byte %zu", at);
		}
		analysis->address[work->bundles] = profile->loop_begin + (uint32_t)at;
		for (unsigned i = 0; i < bundle.count; i++) {
			const struct aie_opcode_description *description = aie_isa_opcode(bundle.insn[i].opcode);

			if (description->flags & AIE_OPCODE_NOP)
				continue;
			empty = false;
			analysis->occupied[description->slot]++;
			analysis->used[work->bundles] |= (uint8_t)(1U << description->slot);
			add_op(work, &bundle.insn[i], work->bundles);
		}
		analysis->empty += empty;
		work->bundles++;
		at += bundle.size;
	}
	analysis->bundles = work->bundles;
	for (unsigned slot = 0; slot < AIE_SLOT_COUNT; slot++)
		if (analysis->occupied[slot] > analysis->occupied[analysis->busiest])
			analysis->busiest = slot;
	link_producers(work);
	find_chain(work, analysis);
	find_recurrence(work, analysis);
	free(work);
	return 0;
}

enum aie_loop_limit aie_loop_limit(const struct aie_loop_analysis *analysis)
{
	const unsigned busiest = analysis->occupied[analysis->busiest];

	/* A full slot and a circle without a bundle to spare are bounds by themselves; the others are what comes near.
	 */
	if (busiest == analysis->bundles)
		return AIE_LOOP_SLOT;
	if (analysis->recurrent)
		return AIE_LOOP_RECURRENCE;
	if (4 * analysis->chain_cycles >= 3 * analysis->bundles && 4 * busiest < 3 * analysis->bundles)
		return AIE_LOOP_CHAIN;
	return 4 * busiest >= 3 * analysis->bundles ? AIE_LOOP_SLOT : AIE_LOOP_OPEN;
}
