/* Five questions to every instruction, each answered by asking, not from a list of answers:
 *
 *   encoded    the codec makes bytes of it and the same instruction of the bytes
 *   assembled  the assembler makes the same bytes of its text
 *   executed   the model runs it; otherwise the reason of the refusal is given
 *   tested     it stands in the list that a test of the model's tree keeps equal to what it checks (sim/core/tested.h)
 *   source     where its rule comes from: silicon, documented, sibling, derived, assumed (sim/core/semantics.h)
 */
#include "sim/core/tools/fidelity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/image/core_elf.h"
#include "isa/assembler.h"
#include "isa/json.h"
#include "isa/operands.h"
#include "sim/core/bind.h"
#include "sim/core/tested.h"

enum { SOURCES = AIE_EVIDENCE_ASSUMED + 1, MAX_REASONS = 32, ATTEMPTS = 64 };

struct answer {
	bool encoded, assembled, executed, tested;
	enum aie_evidence source;
	const char *note;
};

struct totals {
	unsigned count, encoded, assembled, executed, tested, source[SOURCES], tested_source[SOURCES];
	struct {
		const char *reason;
		unsigned count;
	} refused[MAX_REASONS];
	unsigned reasons;
};

/* Operands that fit together: the attempt-th of each class's registers, the smallest number. */
static bool complete(unsigned opcode, struct aie_insn *insn)
{
	const struct aie_opcode_description *d = aie_isa_opcode(opcode);
	struct aie_error error;
	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		*insn = (struct aie_insn){ .opcode = (uint16_t)opcode };
		for (unsigned i = 0; i < d->operand_count; i++) {
			const struct aie_operand_class *class = aie_isa_operand_class(d->operand[i].operand_class);
			insn->operand[i] = class->kind == AIE_CLASS_IMMEDIATE
			                           ? class->minimum
			                           : class->member[attempt % class->member_count].reg;
		}
		aie_error_clear(&error);
		if (aie_isa_complete(insn, &error) == 0)
			return true;
	}
	return false;
}

static bool same(const struct aie_insn *a, const struct aie_insn *b)
{
	return a->opcode == b->opcode &&
	       memcmp(a->operand, b->operand, aie_isa_opcode(a->opcode)->operand_count * sizeof(a->operand[0])) == 0;
}

static bool encodes(const struct aie_insn *insn, struct aie_bundle *bundle, uint8_t bytes[AIE_BUNDLE_MAX_BYTES])
{
	struct aie_bundle back;
	struct aie_error error;
	*bundle = (struct aie_bundle){ .count = 1, .insn = { *insn } };
	aie_error_clear(&error);
	if (aie_isa_encode(bundle, bytes, &error) != 0 || aie_isa_decode(bytes, bundle->size, &back, &error) != 0)
		return false;
	for (unsigned i = 0; i < back.count; i++) {
		if (same(&back.insn[i], insn))
			return true;
	}
	return false;
}

static bool assembles(const struct aie_insn *insn, const uint8_t *bytes, unsigned count)
{
	char text[160] = "\t";
	size_t length = 1 + aie_isa_print_insn(insn, text + 1, sizeof(text) - 2);
	if (length + 2 > sizeof(text))
		return false;
	text[length++] = '\n';
	const struct aie_asm_source source = { .name = "instruction", .text = text, .size = length };
	const struct aie_asm_options options = { 0 };
	struct aie_core_elf elf = { 0 };
	struct aie_error error;
	uint8_t *image = NULL;
	size_t size = 0;
	bool equal = false;
	aie_error_clear(&error);
	if (aie_assemble(&source, 1, &options, &image, &size, &error) != 0)
		return false;
	if (aie_core_elf_open(&elf, image, size, false, &error) == 0) {
		for (uint32_t i = 0; i < elf.piece_count; i++) {
			const struct aie_core_elf_piece *piece = &elf.piece[i];
			equal |= piece->window == AIE_WINDOW_PROGRAM && piece->data != NULL && piece->size >= count &&
			         memcmp(piece->data, bytes, count) == 0;
		}
		aie_core_elf_close(&elf);
	}
	free(image);
	return equal;
}

static struct answer ask(unsigned opcode)
{
	struct answer answer = { .tested = aie_opcode_tested(opcode), .note = "" };
	uint8_t bytes[AIE_BUNDLE_MAX_BYTES];
	struct aie_bundle bundle;
	struct aie_insn insn;
	answer.executed = aie_opcode_fidelity(opcode, &answer.source, &answer.note) == AIE_FIDELITY_EXECUTED;
	if (complete(opcode, &insn) && encodes(&insn, &bundle, bytes)) {
		answer.encoded = true;
		answer.assembled = assembles(&insn, bytes, bundle.size);
	}
	return answer;
}

static void add(struct totals *totals, const struct answer *answer)
{
	totals->count++;
	totals->encoded += answer->encoded;
	totals->assembled += answer->assembled;
	totals->executed += answer->executed;
	totals->tested += answer->tested;
	if (answer->executed) {
		totals->source[answer->source]++;
		totals->tested_source[answer->source] += answer->tested;
		return;
	}
	unsigned i = 0;
	while (i < totals->reasons && strcmp(totals->refused[i].reason, answer->note) != 0)
		i++;
	if (i == MAX_REASONS)
		return;
	totals->reasons += i == totals->reasons;
	totals->refused[i].reason = answer->note;
	totals->refused[i].count++;
}

static const char *source_name(unsigned source)
{
	return aie_evidence_name((enum aie_evidence)source);
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static void print_line(unsigned opcode, const struct answer *answer)
{
	char marks[40];
	snprintf(marks, sizeof(marks), "%s%s%s%s", answer->encoded ? "encoded " : "",
	         answer->assembled ? "assembled " : "", answer->executed ? "executed " : "refused ",
	         answer->tested ? "tested" : "");
	printf("%-64s %-34s %-10s %s\n", aie_isa_opcode(opcode)->name, marks,
	       answer->executed ? source_name(answer->source) : "-", answer->note);
}

static void print_totals(const struct totals *totals)
{
	printf("\n%u instructions: %u encoded, %u assembled, %u executed, %u tested, %u refused\n", totals->count,
	       totals->encoded, totals->assembled, totals->executed, totals->tested, totals->count - totals->executed);
	for (unsigned s = 0; s < SOURCES; s++)
		printf("%6u executed, source %-10s (%u tested)\n", totals->source[s], source_name(s),
		       totals->tested_source[s]);
	for (unsigned i = 0; i < totals->reasons; i++)
		printf("%6u refused: %s\n", totals->refused[i].count, totals->refused[i].reason);
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static void write_answer(struct aie_json *json, unsigned opcode, const struct answer *answer)
{
	const struct aie_opcode_description *d = aie_isa_opcode(opcode);
	aie_json_begin_object(json, NULL);
	aie_json_string(json, "name", d->name);
	aie_json_string(json, "mnemonic", d->mnemonic);
	aie_json_string(json, "slot", aie_isa_slot_name(d->slot));
	aie_json_bool(json, "encoded", answer->encoded);
	aie_json_bool(json, "assembled", answer->assembled);
	aie_json_bool(json, "executed", answer->executed);
	aie_json_bool(json, "tested", answer->tested);
	if (answer->executed) {
		aie_json_string(json, "source", source_name(answer->source));
		aie_json_string(json, "note", answer->note);
	} else {
		aie_json_string(json, "refused", answer->note);
	}
	aie_json_end_object(json);
}

static void write_totals(struct aie_json *json, const struct totals *totals)
{
	aie_json_begin_object(json, "totals");
	aie_json_u64(json, "instructions", totals->count);
	aie_json_u64(json, "encoded", totals->encoded);
	aie_json_u64(json, "assembled", totals->assembled);
	aie_json_u64(json, "executed", totals->executed);
	aie_json_u64(json, "tested", totals->tested);
	aie_json_u64(json, "refused", totals->count - totals->executed);
	aie_json_begin_object(json, "source");
	for (unsigned s = 0; s < SOURCES; s++)
		aie_json_u64(json, source_name(s), totals->source[s]);
	aie_json_end_object(json);
	aie_json_begin_object(json, "reasons");
	for (unsigned i = 0; i < totals->reasons; i++)
		aie_json_u64(json, totals->refused[i].reason, totals->refused[i].count);
	aie_json_end_object(json);
	aie_json_end_object(json);
}

void aie_fidelity_print(bool as_json)
{
	struct totals totals = { 0 };
	struct aie_json json;
	if (as_json) {
		aie_json_init(&json, stdout);
		aie_json_begin_object(&json, NULL);
		aie_json_begin_array(&json, "instructions");
	}
	for (unsigned opcode = 0; opcode < aie_isa_opcode_count(); opcode++) {
		struct answer answer = ask(opcode);
		add(&totals, &answer);
		if (as_json)
			write_answer(&json, opcode, &answer);
		else
			print_line(opcode, &answer);
	}
	if (!as_json) {
		print_totals(&totals);
		return;
	}
	aie_json_end_array(&json);
	write_totals(&json, &totals);
	aie_json_end_object(&json);
	aie_json_finish(&json);
}
