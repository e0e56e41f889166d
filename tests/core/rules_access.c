/* Addresses, loads and stores: plain, with conversion, of tile registers, through FIFOs, by lookup. */
#include "tests/core/rules.h"

#include <stdio.h>
#include <string.h>

enum { WRAP = 0x100000, LINE = 64 };

static bool contains(const struct rule *rule, const char *text)
{
	return strstr(rule->d->mnemonic, text) != NULL;
}

/* ---- addresses --------------------------------------------------------------------------------------------------- */

static uint32_t numbered(const struct rule *rule, const char *kind, unsigned number)
{
	char name[8];

	snprintf(name, sizeof(name), "%s%u", kind, number);
	return rule_word(rule, name);
}

static void set_numbered(struct rule *rule, const char *kind, unsigned number, uint32_t value)
{
	char name[8];

	snprintf(name, sizeof(name), "%s%u", kind, number);
	rule_put(rule, name, value);
}

/* The walk through a two- or three-dimensional array: dn is the last index of a row, dc the present one. */
static uint32_t walk(struct rule *rule)
{
	const unsigned inner = (unsigned)(rule_name(rule, "mod")[1] - '0'), outer = inner + 4;
	const bool three = contains(rule, ".3d");
	const bool row_ends = numbered(rule, "dc", inner) == numbered(rule, "dn", inner);

	if (!row_ends) {
		set_numbered(rule, "dc", inner, numbered(rule, "dc", inner) + 1);
		return numbered(rule, "dj", inner);
	}
	set_numbered(rule, "dc", inner, 0);
	if (three && numbered(rule, "dc", outer) != numbered(rule, "dn", outer)) {
		set_numbered(rule, "dc", outer, numbered(rule, "dc", outer) + 1);
		return numbered(rule, "dj", outer);
	}
	if (three)
		set_numbered(rule, "dc", outer, 0);
	return numbered(rule, "m", inner);
}

static uint32_t step(struct rule *rule)
{
	if (!rule_has(rule, "mod"))
		return rule_has(rule, "imm") ? (uint32_t)rule_immediate(rule, "imm") : 0;
	if (contains(rule, ".2d") || contains(rule, ".3d"))
		return walk(rule);
	return rule_word(rule, "mod");
}

/* The address of the access; pointers and counters move on. */
static uint32_t address(struct rule *rule)
{
	if (rule_shows(rule, "[sp, #$imm]"))
		return (rule_word(rule, "sp") + (uint32_t)rule_immediate(rule, "imm")) % WRAP;
	if (rule_shows(rule, "[$ptr, #$imm]"))
		return (rule_word(rule, "ptr") + (uint32_t)rule_immediate(rule, "imm")) % WRAP;
	if (rule_shows(rule, "[$ptr, $dj]"))
		return (rule_word(rule, "ptr") + rule_word(rule, "dj")) % WRAP;
	const char *pointer = rule_shows(rule, "[sp]") ? "sp" : "ptr";
	const uint32_t at = rule_word(rule, pointer);

	rule_put(rule, pointer, (at + step(rule)) % WRAP);
	return at;
}

static uint8_t *memory(struct rule *rule, uint32_t at)
{
	return rule->memory + (at - RIG_BASE);
}

/* ---- loads and stores -------------------------------------------------------------------------------------------- */

/* Bytes of a scalar access by the end of its mnemonic; 0: a whole word or a mask register. */
static unsigned part(const struct rule *rule)
{
	const unsigned bits = rule_suffix(rule);

	return bits == 8 || bits == 16 ? bits / 8 : 0;
}

static bool scalar_load(struct rule *rule)
{
	const uint32_t at = address(rule);
	uint8_t bytes[16] = { 0 };

	if (part(rule) != 0) {
		rule_put(rule, "dst", (uint32_t)rule_lane(memory(rule, at), part(rule) * 8, 0, contains(rule, ".s")));
	} else {
		memcpy(bytes, memory(rule, at), rule_bits(rule, "dst") > 32 ? 16 : 4);
		rule_write(rule, "dst", bytes);
	}
	return true;
}

static bool scalar_store(struct rule *rule)
{
	const uint32_t at = address(rule);
	const struct rule_value source = rule_read(rule, "src");

	memcpy(memory(rule, at), &source, part(rule) != 0 ? part(rule) : rule_bits(rule, "src") > 32 ? 16 : 4);
	return true;
}

static bool tile(struct rule *rule)
{
	const uint32_t at = address(rule);

	rule->tile_offset = at - 0x80000;
	if (rule_begins(rule, "lda")) {
		rule_put(rule, "dst", rule->rig->tile_word);
	} else {
		rule->tile_given = true;
		rule->tile_word = rule_word(rule, "src");
	}
	return true;
}

static bool vector_load(struct rule *rule)
{
	const char *destination = rule_has(rule, "op") ? "op" : "dst";
	const unsigned bytes = rule_bits(rule, destination) / 8;
	const uint8_t *from = memory(rule, address(rule));
	struct rule_value value = { .byte = { 0 } };

	if (contains(rule, ".ups.2x"))
		rule_ups(rule, from, bytes / 2, &value);
	else if (contains(rule, ".ups.4x"))
		rule_ups(rule, from, bytes / 4, &value);
	else if (contains(rule, ".unpack"))
		rule_unpack(rule, from, bytes / 2, &value);
	else if (contains(rule, ".conv.fp32.bf16"))
		rule_from_bf16(from, bytes / 4, &value);
	else
		memcpy(&value, from, contains(rule, ".128") ? 16 : bytes);
	rule_write(rule, destination, &value);
	return true;
}

static bool vector_store(struct rule *rule)
{
	const unsigned bytes = rule_bits(rule, "src") / 8;
	const struct rule_value source = rule_read(rule, "src");
	uint8_t *to = memory(rule, address(rule));

	if (contains(rule, ".srs.2x"))
		rule_srs(rule, &source, bytes / 2, to);
	else if (contains(rule, ".srs.4x"))
		rule_srs(rule, &source, bytes / 4, to);
	else if (contains(rule, ".pack"))
		rule_pack(rule, &source, bytes / 2, to);
	else if (contains(rule, ".conv.bf16.fp32"))
		rule_to_bf16(rule, &source, bytes / 4, to);
	else
		memcpy(to, &source, contains(rule, ".128") ? 16 : bytes);
	return true;
}

/* Four addresses of the source, aligned; the second and the fourth go to the other bank, which is 16 bytes (sibling) or
 * 32 bytes (this memory) away, where the same must stand; eight bytes each. */
static bool lookup(struct rule *rule)
{
	const struct rule_value source = rule_read(rule, "src");
	const unsigned align = contains(rule, "4x16") ? 4 : contains(rule, "4x32") ? 8 : 16;
	const unsigned first = contains(rule, ".hi") ? 4 : 0;
	uint8_t value[32];

	for (unsigned k = 0; k < 4; k++) {
		uint32_t at = (uint32_t)rule_lane(&source, 32, first + k, false) % WRAP / align * align;

		if (k % 2 == 1 && at / 16 % 2 == 0)
			at += 16;
		memcpy(value + 8 * (size_t)k, memory(rule, at), 8);
	}
	rule_write(rule, "dst", value);
	return true;
}

/* ---- FIFOs ------------------------------------------------------------------------------------------------------- */

/* The registers of the unit that the instruction names. */
struct fifo {
	char pointer[4], queue[4], position[4];
};

static struct fifo fifo_of(const struct rule *rule)
{
	struct fifo fifo;

	snprintf(fifo.pointer, sizeof(fifo.pointer), "%s", rule_name(rule, "ptr"));
	snprintf(fifo.queue, sizeof(fifo.queue), "%s", rule_name(rule, "fifo_reg"));
	snprintf(fifo.position, sizeof(fifo.position), "%s", rule_name(rule, rule_has(rule, "pos") ? "pos" : "avail"));
	return fifo;
}

/* fill takes a line; pop of N bytes takes a line too and gives memory[pointer, pointer + N), the oldest bytes. */
static bool fifo_load(struct rule *rule)
{
	const struct fifo fifo = fifo_of(rule);
	const unsigned given = contains(rule, ".pop") ? (contains(rule, ".576") ? 72 : 64) : 0;
	const uint32_t pointer = rule_word(rule, fifo.pointer), position = rule_word(rule, fifo.position);
	const uint8_t *stream = memory(rule, pointer);
	struct rule_value queue = rule_read(rule, fifo.queue), value = { .byte = { 0 } };
	const uint32_t left = position + LINE - given;

	if (given == 64)
		memcpy(&value, stream, 64);
	for (unsigned block = 0; given == 72 && block < 8; block++) {
		value.byte[64 + block] = stream[9 * block];
		memcpy(value.byte + 8 * (size_t)block, stream + 9 * block + 1, 8);
	}
	if (given != 0)
		rule_write(rule, "dst", &value);
	memcpy(&queue, stream + given, left);
	rule_write(rule, fifo.queue, &queue);
	rule->fifo = aie_isa_register_find(fifo.queue);
	rule->fifo_bytes = left;
	rule_put(rule, fifo.position, left);
	rule_put(rule, fifo.pointer, (pointer + given + step(rule)) % WRAP);
	return true;
}

/* push appends at the pointer and writes the line that it completes; flush writes what waits. */
static bool fifo_store(struct rule *rule)
{
	const struct fifo fifo = fifo_of(rule);
	const uint32_t pointer = rule_word(rule, fifo.pointer), waiting = 0 - rule_word(rule, fifo.position);
	const struct rule_value source = contains(rule, ".push") ? rule_read(rule, "src") : (struct rule_value){ 0 };
	struct rule_value queue = rule_read(rule, fifo.queue), bytes = queue;
	uint32_t total = waiting, first = pointer - waiting, written;

	if (contains(rule, ".push.512")) {
		memcpy(bytes.byte + total, &source, 64);
		total += 64;
	} else if (contains(rule, ".push.")) {
		const unsigned size = contains(rule, ".push.576") ? 8 : 16;
		uint8_t mantissas[64], exponents[8];

		memcpy(mantissas, &source, 64);
		memcpy(exponents, source.byte + 64, 8);
		if (contains(rule, ".fp32"))
			rule_to_bfp16(rule, size, &source, mantissas, exponents);
		else if (contains(rule, ".ebs8"))
			rule_join_bfp16(rule, source.byte, mantissas, exponents);
		for (unsigned block = 0; block < 64 / size; block++) {
			bytes.byte[total++] = exponents[block];
			memcpy(bytes.byte + total, mantissas + (size_t)size * block, size);
			total += size;
		}
	}
	written = LINE - first % LINE;
	if (total < written)
		written = contains(rule, ".push") ? 0 : total;
	memcpy(memory(rule, first), &bytes, written);
	memcpy(&queue, bytes.byte + written, total - written);
	rule_write(rule, fifo.queue, &queue);
	rule->fifo = aie_isa_register_find(fifo.queue);
	rule->fifo_bytes = total - written;
	rule_put(rule, fifo.position, 0 - (total - written));
	rule_put(rule, fifo.pointer, (pointer + total - waiting + step(rule)) % WRAP);
	return true;
}

bool rule_access(struct rule *rule)
{
	const bool vector = rule->d->mnemonic[0] == 'v';

	if (rule_begins(rule, "padd")) {
		address(rule);
		return true;
	}
	if (rule_begins(rule, "vld") && (contains(rule, ".fill.") || contains(rule, ".pop.")))
		return fifo_load(rule);
	if (rule_begins(rule, "vst.push") || rule_begins(rule, "vst.flush"))
		return fifo_store(rule);
	if (rule_begins(rule, "vldb.4x"))
		return lookup(rule);
	if (rule_begins(rule, "lda.tm") || rule_begins(rule, "st.tm"))
		return tile(rule);
	if (rule_begins(rule, vector ? "vld" : "lda"))
		return vector ? vector_load(rule) : scalar_load(rule);
	if (rule_begins(rule, vector ? "vst" : "st"))
		return vector ? vector_store(rule) : scalar_store(rule);
	return false;
}
