/* Instructions and bundles: text to decoded instructions to bytes.
 *
 * Every instruction's operands are first cut into elements (names, immediates, punctuation); the elements are then laid
 * over the assembly template of every opcode with that mnemonic.  What fits is a candidate; a search over the bundle
 * picks one candidate for each instruction so that all have different slots and the smallest format holds them. */
#include "isa/asm_source.h"

#include <elf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "isa/operands.h"

enum { ELEMENT_LIMIT = 32, CANDIDATE_LIMIT = 16 };

enum element_kind { ELEMENT_NAME, ELEMENT_IMMEDIATE, ELEMENT_PUNCTUATION, ELEMENT_OPERAND };

/* Of a source line or (OPERAND, and numbers in `number`) of a template. */
struct element {
	enum element_kind kind;
	char punctuation;
	const char *text; /* NAME; OPERAND: what follows the register in the same word (".flt2fx") */
	size_t length;
	uint8_t operand;
	bool bare; /* a template's immediate that is written without '#': bmll0[1] */
	int64_t number;
	struct asm_expr *expr;
	struct asm_value value;
	struct asm_position position;
};

struct template
{
	uint8_t count;
	struct element element[ELEMENT_LIMIT];
};

struct asm_matcher {
	unsigned opcode_count;
	uint16_t *by_mnemonic;      /* opcodes sorted by mnemonic */
	struct template **template; /* by opcode, made when first needed */
};

struct candidate {
	struct aie_insn insn;
	enum aie_slot slot;
	uint16_t deferred; /* operands whose value comes later */
	bool symbolic;     /* all of those allow a symbol */
	struct asm_expr *expr[AIE_MAX_OPERANDS];
	struct asm_position position[AIE_MAX_OPERANDS];
};

struct statement {
	struct asm_position position;
	const char *mnemonic;
	unsigned element_count;
	struct element element[ELEMENT_LIMIT];
	unsigned candidate_count;
	struct candidate candidate[CANDIDATE_LIMIT];
	unsigned chosen;
	/* the failure that got furthest */
	int failed_at;
	struct asm_position failure_position;
	char failure[200];
};

/* ---- templates ------------------------------------------------------------------------------------------------- */

static int compare_mnemonics(const void *a, const void *b)
{
	unsigned first = *(const uint16_t *)a, second = *(const uint16_t *)b;
	int order = strcmp(aie_isa_opcode(first)->mnemonic, aie_isa_opcode(second)->mnemonic);
	return order ? order : (first > second) - (first < second);
}

static struct asm_matcher *matcher_of(struct asm_context *context)
{
	if (context->matcher)
		return context->matcher;
	struct asm_matcher *matcher = aie_asm_alloc(context, sizeof(*matcher));
	matcher->opcode_count = aie_isa_opcode_count();
	matcher->by_mnemonic = aie_asm_alloc(context, matcher->opcode_count * sizeof(*matcher->by_mnemonic));
	matcher->template = aie_asm_alloc(context, matcher->opcode_count * sizeof(struct template *));
	for (unsigned i = 0; i < matcher->opcode_count; i++)
		matcher->by_mnemonic[i] = (uint16_t)i;
	qsort(matcher->by_mnemonic, matcher->opcode_count, sizeof(*matcher->by_mnemonic), compare_mnemonics);
	context->matcher = matcher;
	return matcher;
}

/* First opcode of the mnemonic in by_mnemonic, or opcode_count. */
static unsigned first_of(const struct asm_matcher *matcher, const char *mnemonic)
{
	unsigned low = 0, high = matcher->opcode_count;
	while (low < high) {
		unsigned middle = (low + high) / 2;
		if (strcmp(aie_isa_opcode(matcher->by_mnemonic[middle])->mnemonic, mnemonic) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < matcher->opcode_count && strcmp(aie_isa_opcode(matcher->by_mnemonic[low])->mnemonic, mnemonic) == 0)
		return low;
	return matcher->opcode_count;
}

/* "$dst", "${d0}.flt2fx", "r17:r16", "#$imm", "#0", "[", ... of a template. */
static const char *template_element(const struct aie_opcode_description *description, const char *text,
                                    struct element *element)
{
	*element = (struct element){ .kind = ELEMENT_PUNCTUATION, .punctuation = *text };
	if (*text == '#' && text[1] >= '0' && text[1] <= '9') {
		char *end;
		element->kind = ELEMENT_IMMEDIATE;
		element->number = strtol(text + 1, &end, 10);
		return end;
	}
	bool hash = *text == '#' && text[1] == '$';
	text += hash;
	if (*text == '$') {
		char name[32];
		size_t length = 0;
		bool braces = *++text == '{';
		text += braces;
		while (length < sizeof(name) - 1 && (aie_asm_name_part(*text) && *text != '.' && *text != '$'))
			name[length++] = *text++;
		name[length] = 0;
		text += braces && *text == '}';
		int operand = aie_isa_operand_find(description, name);
		element->kind = ELEMENT_OPERAND;
		element->bare = !hash;
		element->operand = operand < 0 ? 0xFF : (uint8_t)operand;
		element->text = text;
		while (aie_asm_name_part(*text))
			text++;
		element->length = (size_t)(text - element->text);
		return text;
	}
	if (aie_asm_name_part(*text)) {
		element->kind = ELEMENT_NAME;
		element->text = text;
		while (aie_asm_name_part(*text) || (*text == ':' && aie_asm_name_part(text[1])))
			text++;
		element->length = (size_t)(text - element->text);
		return text;
	}
	return text + 1;
}

static const struct template *template_of(struct asm_context *context, unsigned opcode)
{
	struct asm_matcher *matcher = context->matcher;
	if (matcher->template[opcode])
		return matcher->template[opcode];
	const struct aie_opcode_description *description = aie_isa_opcode(opcode);
	struct template *template = aie_asm_alloc(context, sizeof(*template));
	const char *text = description->assembly;
	while (*text) {
		if (*text == ' ') {
			text++;
			continue;
		}
		if (template->count == ELEMENT_LIMIT)
			aie_asm_fail(context, AIE_ERROR_INTERNAL, "template of %s is too long", description->name);
		struct element *element = &template->element[template->count++];
		text = template_element(description, text, element);
		if (element->kind == ELEMENT_OPERAND && element->operand == 0xFF)
			aie_asm_fail(context, AIE_ERROR_INTERNAL, "template of %s names no operand", description->name);
	}
	matcher->template[opcode] = template;
	return template;
}

/* ---- source elements ------------------------------------------------------------------------------------------- */

static void read_elements(struct asm_source_state *state, struct asm_cursor *cursor, struct statement *statement)
{
	for (;;) {
		char first = aie_asm_peek(cursor);
		if (!first || first == ';')
			return;
		if (statement->element_count == ELEMENT_LIMIT)
			aie_asm_fail_here(cursor, "too many operands");
		struct element *element = &statement->element[statement->element_count++];
		struct asm_name name;
		*element = (struct element){ .position = aie_asm_here(cursor) };
		if (first == '#') {
			cursor->at++;
			element->kind = ELEMENT_IMMEDIATE;
			element->expr = aie_asm_read_expression(state, cursor);
			element->value = aie_asm_evaluate(state->context, element->expr);
		} else if (aie_asm_name_start(first) && aie_asm_name(cursor, &name)) {
			element->kind = ELEMENT_NAME;
			element->text = name.text;
			/* r5:r4 */
			while (cursor->at + 1 < cursor->size && cursor->text[cursor->at] == ':' &&
			       aie_asm_name_start(cursor->text[cursor->at + 1])) {
				cursor->at++;
				aie_asm_name(cursor, &name);
			}
			element->length = (size_t)(cursor->text + cursor->at - element->text);
		} else if (strchr("[],+", first)) {
			element->kind = ELEMENT_PUNCTUATION;
			element->punctuation = first;
			cursor->at++;
		} else if (first >= '0' && first <= '9') {
			/* bmll0[1]; anything else with a bare number fails to match */
			element->kind = ELEMENT_NAME;
			element->text = cursor->text + cursor->at;
			while (cursor->at < cursor->size && aie_asm_name_part(cursor->text[cursor->at]))
				cursor->at++;
			element->length = (size_t)(cursor->text + cursor->at - element->text);
		} else {
			aie_asm_fail_here(cursor, "unexpected %s", aie_asm_token_text(cursor));
		}
	}
}

static void describe(struct asm_context *context, const struct element *element, char *text, size_t size)
{
	(void)context;
	if (element->kind == ELEMENT_NAME)
		snprintf(text, size, "'%.*s'", (int)(element->length > 40 ? 40 : element->length), element->text);
	else if (element->kind == ELEMENT_IMMEDIATE)
		snprintf(text, size, "an immediate");
	else
		snprintf(text, size, "'%c'", element->punctuation);
}

/* Keeps the message of the candidate that got furthest; a wrong value of the right kind is further than a wrong kind.
 */
enum { FAILED_KIND, FAILED_VALUE };

static void note_failure(struct statement *statement, unsigned at, int how, struct asm_position position,
                         const char *format, ...) __attribute__((format(printf, 5, 6)));
static void note_failure(struct statement *statement, unsigned at, int how, struct asm_position position,
                         const char *format, ...)
{
	va_list arguments;
	int score = (int)at * 2 + how;
	if (score <= statement->failed_at)
		return;
	statement->failed_at = score;
	statement->failure_position = position;
	va_start(arguments, format);
	vsnprintf(statement->failure, sizeof(statement->failure), format, arguments);
	va_end(arguments);
}

/* ---- matching -------------------------------------------------------------------------------------------------- */

static bool match_register(struct statement *statement, unsigned at, const struct element *pattern,
                           const struct aie_operand_class *class, int64_t *value)
{
	const struct element *element = &statement->element[at];
	char found[64];
	if (element->kind != ELEMENT_NAME) {
		describe(NULL, element, found, sizeof(found));
		note_failure(statement, at, FAILED_KIND, element->position, "'%s': a register expected, found %s",
		             statement->mnemonic, found);
		return false;
	}
	size_t length = element->length;
	bool fits = length > pattern->length &&
	            strncasecmp(element->text + length - pattern->length, pattern->text, pattern->length) == 0;
	unsigned reg = AIE_REGISTER_NONE;
	if (fits)
		reg = aie_isa_class_register(class, element->text, length - pattern->length);
	if (reg == AIE_REGISTER_NONE) {
		describe(NULL, element, found, sizeof(found));
		note_failure(statement, at, FAILED_VALUE, element->position, "'%s' does not take %s here",
		             statement->mnemonic, found);
		return false;
	}
	*value = reg;
	return true;
}

/* A bare number in a source line. */
static bool plain_number(const struct element *element, int64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < element->length; i++) {
		if (element->text[i] < '0' || element->text[i] > '9' || *value > 99999)
			return false;
		*value = *value * 10 + (element->text[i] - '0');
	}
	return element->kind == ELEMENT_NAME;
}

static bool match_immediate(struct statement *statement, unsigned at, const struct element *pattern,
                            const struct aie_operand_class *class, struct candidate *candidate)
{
	const struct element *element = &statement->element[at];
	unsigned operand = pattern->operand;
	struct aie_error error;
	char found[64];
	int64_t value = element->value.number;
	if (pattern->bare ? !plain_number(element, &value) : element->kind != ELEMENT_IMMEDIATE) {
		describe(NULL, element, found, sizeof(found));
		note_failure(statement, at, FAILED_KIND, element->position, "'%s': %s expected, found %s",
		             statement->mnemonic, pattern->bare ? "a number" : "an immediate ('#' and a value)", found);
		return false;
	}
	if (element->value.kind != ASM_VALUE_NUMBER) {
		candidate->deferred |= (uint16_t)(1u << operand);
		candidate->expr[operand] = element->expr;
		candidate->position[operand] = element->position;
		if (!class->symbol)
			candidate->symbolic = false;
		value = class->maximum < 0 ? class->maximum : 0;
	}
	if (aie_isa_class_immediate(class, &value, &error)) {
		note_failure(statement, at, FAILED_VALUE, element->position, "immediate %s", error.text);
		return false;
	}
	candidate->insn.operand[operand] = value;
	return true;
}

static bool match_element(struct statement *statement, unsigned at, const struct element *pattern,
                          const struct aie_opcode_description *description, struct candidate *candidate)
{
	const struct element *element = &statement->element[at];
	char found[64];
	bool equal;
	if (pattern->kind == ELEMENT_OPERAND) {
		const struct aie_operand_description *operand = &description->operand[pattern->operand];
		const struct aie_operand_class *class = aie_isa_operand_class(operand->operand_class);
		if (operand->kind == AIE_OPERAND_IMMEDIATE)
			return match_immediate(statement, at, pattern, class, candidate);
		return match_register(statement, at, pattern, class, &candidate->insn.operand[pattern->operand]);
	}
	if (pattern->kind == ELEMENT_NAME)
		equal = element->kind == ELEMENT_NAME && element->length == pattern->length &&
		        strncasecmp(element->text, pattern->text, pattern->length) == 0;
	else if (pattern->kind == ELEMENT_IMMEDIATE)
		equal = element->kind == ELEMENT_IMMEDIATE && element->value.kind == ASM_VALUE_NUMBER &&
		        element->value.number == pattern->number;
	else
		equal = element->kind == ELEMENT_PUNCTUATION && element->punctuation == pattern->punctuation;
	if (!equal) {
		describe(NULL, element, found, sizeof(found));
		note_failure(statement, at, FAILED_KIND, element->position, "'%s' does not take %s here (%s)",
		             statement->mnemonic, found, description->assembly);
	}
	return equal;
}

static bool match_opcode(struct asm_context *context, struct statement *statement, unsigned opcode,
                         struct asm_position end)
{
	const struct aie_opcode_description *description = aie_isa_opcode(opcode);
	const struct template *template = template_of(context, opcode);
	struct candidate *candidate = &statement->candidate[statement->candidate_count];
	struct aie_error error;
	memset(candidate, 0, sizeof(*candidate));
	candidate->insn.opcode = (uint16_t)opcode;
	candidate->slot = description->slot;
	candidate->symbolic = true;
	unsigned count = template->count < statement->element_count ? template->count : statement->element_count;
	for (unsigned i = 0; i < count; i++)
		if (!match_element(statement, i, &template->element[i], description, candidate))
			return false;
	if (template->count > count) {
		note_failure(statement, count, FAILED_KIND, end, "'%s' needs more operands (%s)", statement->mnemonic,
		             description->assembly);
		return false;
	}
	if (statement->element_count > count) {
		char found[64];
		describe(context, &statement->element[count], found, sizeof(found));
		note_failure(statement, count, FAILED_KIND, statement->element[count].position, "'%s' ends before %s",
		             statement->mnemonic, found);
		return false;
	}
	if (aie_isa_complete(&candidate->insn, &error)) {
		note_failure(statement, count, FAILED_KIND, statement->position, "%s", error.text);
		return false;
	}
	return true;
}

/* Two candidates of one slot say the same; the table's order decides (the decoder prefers it too). */
static void keep_candidate(struct statement *statement)
{
	const struct candidate *candidate = &statement->candidate[statement->candidate_count];
	for (unsigned i = 0; i < statement->candidate_count; i++) {
		struct candidate *old = &statement->candidate[i];
		if (old->slot != candidate->slot)
			continue;
		if (candidate->symbolic && !old->symbolic)
			*old = *candidate;
		return;
	}
	if (statement->candidate_count < CANDIDATE_LIMIT - 1)
		statement->candidate_count++;
}

static void match_statement(struct asm_source_state *state, struct asm_cursor *cursor, struct statement *statement)
{
	struct asm_context *context = state->context;
	struct asm_matcher *matcher = matcher_of(context);
	struct asm_name name;
	aie_asm_skip_blanks(cursor);
	statement->position = aie_asm_here(cursor);
	statement->failed_at = -1;
	statement->element_count = statement->candidate_count = 0;
	if (!aie_asm_name_start(aie_asm_peek(cursor)) || !aie_asm_name(cursor, &name))
		aie_asm_fail_here(cursor, "an instruction expected, found %s", aie_asm_token_text(cursor));
	char *mnemonic = aie_asm_string(context, name.text, name.length);
	for (size_t i = 0; i < name.length; i++)
		if (mnemonic[i] >= 'A' && mnemonic[i] <= 'Z')
			mnemonic[i] = (char)(mnemonic[i] - 'A' + 'a');
	statement->mnemonic = mnemonic;
	unsigned index = first_of(matcher, mnemonic);
	if (index == matcher->opcode_count)
		aie_asm_fail_at(context, statement->position, "unknown instruction '%.*s'",
		                (int)(name.length > 60 ? 60 : name.length), name.text);
	read_elements(state, cursor, statement);
	struct asm_position end = aie_asm_here(cursor);
	for (; index < matcher->opcode_count; index++) {
		unsigned opcode = matcher->by_mnemonic[index];
		if (strcmp(aie_isa_opcode(opcode)->mnemonic, mnemonic) != 0)
			break;
		if (match_opcode(context, statement, opcode, end))
			keep_candidate(statement);
	}
	if (!statement->candidate_count)
		aie_asm_fail_at(context, statement->failed_at < 0 ? statement->position : statement->failure_position,
		                "%s",
		                statement->failed_at < 0 ? "no such form of the instruction" : statement->failure);
	/* A symbol goes where a relocation can put it, if any form allows that. */
	bool symbolic = false;
	for (unsigned i = 0; i < statement->candidate_count; i++)
		symbolic |= statement->candidate[i].symbolic;
	unsigned kept = 0;
	for (unsigned i = 0; i < statement->candidate_count; i++)
		if (!symbolic || statement->candidate[i].symbolic)
			statement->candidate[kept++] = statement->candidate[i];
	statement->candidate_count = kept;
}

/* ---- the bundle ------------------------------------------------------------------------------------------------ */

struct search {
	struct statement *statement;
	unsigned count;
	unsigned choice[AIE_BUNDLE_MAX_INSNS], best_choice[AIE_BUNDLE_MAX_INSNS];
	unsigned best_size; /* 0: none yet */
	unsigned deepest;   /* statements placed by the best attempt */
};

static unsigned smallest_format(unsigned slots)
{
	unsigned best = 0;
	for (unsigned i = 0; i < aie_isa_format_count(); i++) {
		const struct aie_format *format = aie_isa_format(i);
		unsigned has = 0;
		for (unsigned k = 0; k < format->slot_count; k++)
			has |= 1u << format->slot[k];
		if ((has & slots) == slots && (!best || format->size < best))
			best = format->size;
	}
	return best;
}

static void search_slots(struct search *search, unsigned at, unsigned slots)
{
	if (at > search->deepest)
		search->deepest = at;
	unsigned size = slots ? smallest_format(slots) : 0;
	if (slots && !size)
		return;
	if (at == search->count) {
		if (!search->best_size || size < search->best_size) {
			search->best_size = size;
			memcpy(search->best_choice, search->choice, sizeof(search->choice));
		}
		return;
	}
	const struct statement *statement = &search->statement[at];
	for (unsigned i = 0; i < statement->candidate_count; i++) {
		unsigned bit = 1u << statement->candidate[i].slot;
		if (slots & bit)
			continue;
		search->choice[at] = i;
		search_slots(search, at + 1, slots | bit);
	}
}

/* Names the instruction that found no slot. */
static _Noreturn void fail_slots(struct asm_source_state *state, const struct search *search)
{
	const struct statement *loser = &search->statement[search->deepest ? search->deepest : 0];
	if (search->deepest >= search->count)
		loser = &search->statement[search->count - 1];
	for (unsigned i = 0; i < search->count; i++) {
		const struct statement *other = &search->statement[i];
		if (other != loser && other->candidate_count == 1 && loser->candidate_count == 1 &&
		    other->candidate[0].slot == loser->candidate[0].slot)
			aie_asm_fail_at(state->context, loser->position, "'%s' and '%s' both need slot %s",
			                other->mnemonic, loser->mnemonic, aie_isa_slot_name(loser->candidate[0].slot));
	}
	aie_asm_fail_at(state->context, loser->position, "no slot or bundle format is left for '%s' beside the others",
	                loser->mnemonic);
}

static void defer_operands(struct asm_source_state *state, const struct aie_bundle *bundle,
                           const struct candidate *candidate, struct aie_bundle **kept)
{
	unsigned index = 0;
	while (index < bundle->count && bundle->insn[index].opcode != candidate->insn.opcode)
		index++;
	for (unsigned operand = 0; operand < AIE_MAX_OPERANDS; operand++) {
		if (!(candidate->deferred >> operand & 1))
			continue;
		if (!*kept) {
			*kept = aie_asm_alloc(state->context, sizeof(**kept));
			**kept = *bundle;
		}
		*aie_asm_fixup_new(state) = (struct asm_fixup){ .section = state->section,
			                                        .offset = state->section->size,
			                                        .expr = candidate->expr[operand],
			                                        .position = candidate->position[operand],
			                                        .bundle = *kept,
			                                        .insn = (uint8_t)index,
			                                        .operand = (uint8_t)operand,
			                                        .size = bundle->size };
	}
}

void aie_asm_bundle(struct asm_source_state *state, struct asm_cursor *cursor)
{
	if (!state->scratch)
		state->scratch = aie_asm_alloc(state->context, sizeof(struct statement) * AIE_BUNDLE_MAX_INSNS);
	struct statement *statement = state->scratch;
	struct search search = { .statement = statement };
	struct asm_section *section = state->section;
	struct asm_position start = aie_asm_here(cursor);
	uint8_t bytes[AIE_BUNDLE_MAX_BYTES];
	struct aie_error error;

	while (!aie_asm_at_end(cursor)) {
		if (aie_asm_accept(cursor, ';'))
			continue;
		if (search.count == AIE_BUNDLE_MAX_INSNS)
			aie_asm_fail_here(cursor, "more than %d instructions in one bundle", AIE_BUNDLE_MAX_INSNS);
		match_statement(state, cursor, &statement[search.count++]);
	}
	if (!search.count)
		return;
	if (!(section->flags & SHF_EXECINSTR) || section->type == SHT_NOBITS)
		aie_asm_fail_at(state->context, start, "instructions in section %s, which holds no code",
		                section->name);
	if (section->size % 2)
		aie_asm_fail_at(state->context, start, "the bundle would start at an odd address (0x%llx in %s)",
		                (unsigned long long)section->size, section->name);
	search_slots(&search, 0, 0);
	if (!search.best_size)
		fail_slots(state, &search);
	struct aie_bundle bundle = { 0 };
	size_t first_fixup = state->fixup_count;
	uint64_t offset = section->size;
	for (unsigned i = 0; i < search.count; i++) {
		const struct candidate *chosen = &statement[i].candidate[search.best_choice[i]];
		bundle.insn[bundle.count++] = chosen->insn;
		aie_asm_align_insn(state, &chosen->insn, chosen->expr);
	}
	aie_asm_align_size(state, &bundle);
	if (aie_isa_encode(&bundle, bytes, &error))
		aie_asm_fail_at(state->context, start, "%s", error.text);
	struct aie_bundle *kept = NULL;
	for (unsigned i = 0; i < search.count; i++)
		defer_operands(state, &bundle, &statement[i].candidate[search.best_choice[i]], &kept);
	section->line = aie_asm_grow(state->context, section->line, section->line_count, &section->line_capacity,
	                             sizeof(*section->line));
	section->line[section->line_count++] = (struct asm_line){ .offset = section->size, .position = start };
	memcpy(aie_asm_section_extend(state->context, section, bundle.size), bytes, bundle.size);
	aie_asm_align_bundle(state, &bundle, offset, first_fixup, start);
}

void aie_asm_fix_bundle(struct asm_source_state *state, struct asm_fixup *fixup)
{
	struct asm_context *context = state->context;
	struct aie_insn *insn = &fixup->bundle->insn[fixup->insn];
	const struct aie_opcode_description *description = aie_isa_opcode(insn->opcode);
	const struct aie_operand_class *class =
	        aie_isa_operand_class(description->operand[fixup->operand].operand_class);
	struct asm_value value = aie_asm_evaluate(context, fixup->expr);
	struct aie_error error;
	uint8_t bytes[AIE_BUNDLE_MAX_BYTES];

	if (value.kind == ASM_VALUE_NUMBER) {
		if (aie_isa_class_immediate(class, &value.number, &error))
			aie_asm_fail_at(context, fixup->position, "immediate %s", error.text);
		insn->operand[fixup->operand] = value.number;
		if (aie_isa_encode(fixup->bundle, bytes, &error))
			aie_asm_fail_at(context, fixup->position, "%s", error.text);
		memcpy(fixup->section->data + fixup->offset, bytes, fixup->bundle->size);
		return;
	}
	int type = AIE_RELOCATION_NONE;
	if (value.kind != ASM_VALUE_UNKNOWN)
		type = aie_isa_relocation_find(fixup->bundle->format, insn->opcode, fixup->operand);
	if (value.kind == ASM_VALUE_UNKNOWN && value.symbol && value.symbol->kind == ASM_SYMBOL_UNDEFINED)
		aie_asm_fail_at(context, fixup->position, "'%s' is not defined, and its value is needed here",
		                value.symbol->name);
	if (type == AIE_RELOCATION_NONE && value.symbol)
		aie_asm_fail_at(context, fixup->position,
		                "'%s' cannot take the address of '%s' here (no relocation for it)",
		                description->mnemonic, value.symbol->name);
	if (type == AIE_RELOCATION_NONE)
		aie_asm_fail_at(context, fixup->position, "'%s' cannot take this value here (no relocation for it)",
		                description->mnemonic);
	struct asm_relocation *relocation = aie_asm_relocation_new(context, fixup->section);
	*relocation = (struct asm_relocation){ .offset = fixup->offset,
		                               .type = (uint32_t)type,
		                               .symbol = value.symbol,
		                               .target = value.section,
		                               .addend = value.number,
		                               .position = fixup->position };
}
