/* Alignment of code by the formats of its bundles (aie-as --align).
 *
 * Hardware wants branch targets, return addresses and the bounds of zero-overhead loops at 16-byte lines, and the last
 * bundle of such a loop to fill its line.  The compiler reaches that by taking larger formats for the bundles in front:
 * nops of unused slots cost no time.  So does this: when a label, a return address or an alignment directive comes, the
 * bundles since the last fixed place are made larger, the last one first; only when they have no room left, one bundle
 * of nops is put in (one cycle).  Fixed is everything up to a label, up to bytes that no bundle made, and up to a place
 * whose '.' an expression has used.
 */
#include <elf.h>
#include <string.h>

#include "isa/asm_source.h"
#include "isa/generated/aie2p_opcodes.h"
#include "isa/generated/aie2p_registers.h"
#include "isa/operands.h"

enum { LINE = AIE_BUNDLE_MAX_BYTES, DELAY_SLOTS = 5, RUN_LIMIT = 16 };

/* Bundles that may still move, in order; the last one ends where the section does. */
struct movable {
	struct aie_bundle bundle;
	uint64_t offset;
	size_t line;  /* index of the section's line */
	size_t fixup; /* first of the fixups from this bundle on */
};

struct asm_alignment {
	struct asm_section *section;
	unsigned count;
	struct movable movable[RUN_LIMIT];
	unsigned delay, call; /* bundles until a pending branch, a pending call take effect */
	bool fill_line;       /* the next bundle is the last of a loop */
};

static struct asm_alignment *alignment_of(struct asm_source_state *state)
{
	if (!state->alignment)
		state->alignment = aie_asm_alloc(state->context, sizeof(*state->alignment));
	return state->alignment;
}

void aie_asm_align_fix(struct asm_source_state *state)
{
	if (state->options->align)
		alignment_of(state)->count = 0;
}

/* Does the expression mean the place where it stands?  Long sums nest to the left, without limit. */
static bool uses_here(const struct asm_expr *expr)
{
	for (; expr; expr = expr->left)
		if (expr->kind == ASM_EXPR_HERE || uses_here(expr->right))
			return true;
	return false;
}

void aie_asm_align_expression(struct asm_source_state *state, const struct asm_expr *expr)
{
	if (state->options->align && uses_here(expr))
		aie_asm_align_fix(state);
}

/* Encode in a format of `size` bytes; the 16-bit nop becomes a bundle of nops. */
static bool encode_as(const struct aie_bundle *bundle, unsigned size, struct aie_bundle *larger,
                      uint8_t bytes[AIE_BUNDLE_MAX_BYTES])
{
	struct aie_error error;
	*larger = *bundle;
	larger->size = (uint8_t)size;
	if (size > 2 && larger->count == 1 && larger->insn[0].opcode == AIE_OP_NOP)
		larger->count = 0;
	return aie_isa_encode(larger, bytes, &error) == 0;
}

/* Make bundle `index` larger by up to `room` bytes and move what follows; returns by how many. */
static unsigned enlarge(struct asm_source_state *state, unsigned index, unsigned room)
{
	struct asm_alignment *alignment = state->alignment;
	struct asm_section *section = alignment->section;
	struct movable *grown = &alignment->movable[index];
	struct aie_bundle larger;
	uint8_t bytes[AIE_BUNDLE_MAX_BYTES];
	unsigned old = grown->bundle.size, size = old + room < LINE ? old + room : LINE;
	while (size > old && !encode_as(&grown->bundle, size, &larger, bytes))
		size -= 2;
	if (size <= old)
		return 0;
	unsigned more = size - old;
	uint64_t behind = grown->offset + old, left = section->size - behind;
	aie_asm_section_extend(state->context, section, more);
	memmove(section->data + behind + more, section->data + behind, left);
	memcpy(section->data + grown->offset, bytes, size);
	grown->bundle = larger;
	for (size_t i = grown->fixup; i < state->fixup_count; i++) {
		struct asm_fixup *fixup = &state->fixup[i];
		if (fixup->section != section || !fixup->bundle)
			continue;
		if (fixup->offset == grown->offset) {
			*fixup->bundle = larger;
			fixup->size = larger.size;
		} else if (fixup->offset > grown->offset) {
			fixup->offset += more;
		}
	}
	for (size_t i = grown->line + 1; i < section->line_count; i++)
		section->line[i].offset += more;
	for (unsigned i = index + 1; i < alignment->count; i++)
		alignment->movable[i].offset += more;
	return more;
}

static void add_nops(struct asm_source_state *state, struct asm_position position, unsigned size)
{
	static const struct aie_bundle nop = { .count = 1, .insn = { { .opcode = AIE_OP_NOP } } };
	struct aie_bundle bundle;
	uint8_t bytes[AIE_BUNDLE_MAX_BYTES];
	if (size && state->alignment->delay)
		aie_asm_fail_at(state->context, position,
		                "this place cannot be aligned: the bundles in front, in delay slots, have no larger "
		                "formats");
	while (size) {
		unsigned part = size;
		while (!encode_as(&nop, part, &bundle, bytes))
			part -= 2; /* 2 always fits */
		memcpy(aie_asm_section_extend(state->context, state->section, part), bytes, part);
		size -= part;
	}
}

/* The movable bundles count only while nothing else has been put behind them. */
static void drop_stale(struct asm_alignment *alignment, struct asm_section *section)
{
	const struct movable *last = &alignment->movable[alignment->count ? alignment->count - 1 : 0];
	if (alignment->section != section)
		alignment->delay = alignment->call = 0;
	if (alignment->section != section || (alignment->count && last->offset + last->bundle.size != section->size))
		alignment->count = 0;
	alignment->section = section;
}

void aie_asm_align_code(struct asm_source_state *state, struct asm_position position, unsigned align)
{
	struct asm_alignment *alignment = alignment_of(state);
	struct asm_section *section = state->section;
	unsigned missing = (unsigned)((0 - section->size) & (align - 1));
	drop_stale(alignment, section);
	for (unsigned i = alignment->count; missing && i-- > 0;)
		missing -= enlarge(state, i, missing);
	add_nops(state, position, missing);
	alignment->count = 0;
	if (section->align < align)
		section->align = align;
}

bool aie_asm_aligns(const struct asm_source_state *state)
{
	return state->options->align && state->section->flags & SHF_EXECINSTR && state->section->size % 2 == 0;
}

void aie_asm_align_label(struct asm_source_state *state, const struct asm_symbol *symbol, struct asm_position position)
{
	if (!aie_asm_aligns(state))
		return;
	aie_asm_align_code(state, position, LINE);
	alignment_of(state)->fill_line = symbol->loop_end;
}

void aie_asm_align_size(struct asm_source_state *state, struct aie_bundle *bundle)
{
	if (!state->options->align)
		return;
	drop_stale(alignment_of(state), state->section);
	if (!state->alignment->fill_line)
		return;
	state->alignment->fill_line = false;
	bundle->size = LINE;
	if (bundle->count == 1 && bundle->insn[0].opcode == AIE_OP_NOP)
		bundle->count = 0;
}

/* A constant goes to le: the bundle there is the last of a loop. */
static void note_loop_end(const struct aie_insn *insn, const struct asm_expr *const expr[AIE_MAX_OPERANDS])
{
	const struct aie_opcode_description *description = aie_isa_opcode(insn->opcode);
	bool loop_end = false;
	for (unsigned i = 0; i < description->operand_count; i++)
		loop_end |= description->operand[i].output && description->operand[i].kind == AIE_OPERAND_REGISTER &&
		            insn->operand[i] == AIE_REG_LE;
	for (unsigned i = 0; loop_end && i < description->operand_count; i++)
		if (expr[i] && expr[i]->kind == ASM_EXPR_SYMBOL)
			expr[i]->symbol->loop_end = true;
}

void aie_asm_align_insn(struct asm_source_state *state, const struct aie_insn *insn,
                        struct asm_expr *const expr[AIE_MAX_OPERANDS])
{
	if (state->options->align)
		note_loop_end(insn, (const struct asm_expr *const *)expr);
}

void aie_asm_align_bundle(struct asm_source_state *state, const struct aie_bundle *bundle, uint64_t offset,
                          size_t first_fixup, struct asm_position position)
{
	if (!state->options->align)
		return;
	struct asm_alignment *alignment = alignment_of(state);
	if (alignment->count == RUN_LIMIT)
		memmove(&alignment->movable[0], &alignment->movable[1],
		        --alignment->count * sizeof(alignment->movable[0]));
	alignment->movable[alignment->count++] = (struct movable){
		.bundle = *bundle, .offset = offset, .line = state->section->line_count - 1, .fixup = first_fixup
	};
	if (alignment->delay && --alignment->delay == 0 && alignment->call) {
		alignment->call = 0;
		aie_asm_align_code(state, position, LINE);
	}
	for (unsigned i = 0; i < bundle->count; i++) {
		const struct aie_opcode_description *description = aie_isa_opcode(bundle->insn[i].opcode);
		if (!(description->flags & AIE_OPCODE_DELAY_SLOTS))
			continue;
		alignment->delay = DELAY_SLOTS;
		alignment->call = strcmp(description->mnemonic, "jl") == 0;
	}
}
