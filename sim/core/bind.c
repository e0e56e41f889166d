/* The engine's own opcodes, and the match of opcode names with the semantics tables. */
#include "sim/core/bind.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SILICON    AIE_EVIDENCE_SILICON
#define DOCUMENTED AIE_EVIDENCE_DOCUMENTED
#define SIBLING    AIE_EVIDENCE_SIBLING
#define DERIVED    AIE_EVIDENCE_DERIVED
#define ASSUMED    AIE_EVIDENCE_ASSUMED

#define LOAD(p, n)                                                                                                     \
	{                                                                                                              \
		p, AIE_ENGINE_LOAD, n, 0, DOCUMENTED, "plain load, little endian"                                      \
	}
#define LOAD_SIGNED(p, n)                                                                                              \
	{                                                                                                              \
		p, AIE_ENGINE_LOAD, n, AIE_ACCESS_SIGNED, DOCUMENTED, "sign-extending load"                            \
	}
#define LOAD_BODY(p, n)                                                                                                \
	{                                                                                                              \
		p, AIE_ENGINE_LOAD_BODY, n, 0, DOCUMENTED, "load, then convert"                                        \
	}
#define STORE(p, n)                                                                                                    \
	{                                                                                                              \
		p, AIE_ENGINE_STORE, n, 0, DOCUMENTED, "plain store, little endian"                                    \
	}
#define STORE_BODY(p, n)                                                                                               \
	{                                                                                                              \
		p, AIE_ENGINE_STORE_BODY, n, 0, DOCUMENTED, "convert, then store"                                      \
	}
#define REFUSED(p, why)                                                                                                \
	{                                                                                                              \
		p, AIE_ENGINE_REFUSED, 0, 0, ASSUMED, why                                                              \
	}

/* The six forms of an instruction that sends a header. */
#define HEADER_ROW(p, variant, note)                                                                                   \
	{                                                                                                              \
		p, AIE_ENGINE_STREAM_WRITE, 0, variant, ASSUMED, note                                                  \
	}
#define HEADER_ROWS(p, header, note)                                                                                   \
	HEADER_ROW(p "_mMStream_tlast_imm", header, note), HEADER_ROW(p "_tlast", (header) | AIE_STREAM_TLAST, note),  \
	        HEADER_ROW(p "_mMStream_tlast_reg", (header) | AIE_STREAM_TLAST_REGISTER, note),                       \
	        HEADER_ROW(p "_nb_mMStream_tlast_imm", (header) | AIE_STREAM_NON_BLOCKING, note),                      \
	        HEADER_ROW(p "_nb_tlast", (header) | AIE_STREAM_NON_BLOCKING | AIE_STREAM_TLAST, note),                \
	        HEADER_ROW(p "_nb_mMStream_tlast_reg", (header) | AIE_STREAM_NON_BLOCKING | AIE_STREAM_TLAST_REGISTER, \
	                   note)

#define HEADER_NOTE  "layout documented; the core adds column, row and parity as other senders of headers do"
#define CONTROL_NOTE "layout documented; the core adds the parity as other senders of headers do"
#define EBS16_NOTE   "which four exponent bytes a 16-lane block format uses is not established"
#define LOOKUP_NOTE  "as on the sibling, where its bank bit (4) and the one of this memory (5) give the same"

static const struct aie_engine_row rows[] = {
	{ "NOP*", AIE_ENGINE_NOP, 0, 0, DOCUMENTED, "no operation" },
	/* control flow */
	{ "J_*", AIE_ENGINE_JUMP, 0, AIE_JUMP_ALWAYS, SILICON, "jump, five delay slots" },
	{ "JL_*", AIE_ENGINE_JUMP, 0, AIE_JUMP_LINK, SILICON, "call; lr is the bundle after the fifth delay slot" },
	{ "JZ", AIE_ENGINE_JUMP, 0, AIE_JUMP_ZERO, SILICON, "tests its register at issue" },
	{ "JNZ", AIE_ENGINE_JUMP, 0, AIE_JUMP_NOT_ZERO, SILICON, "tests its register at issue" },
	{ "JNZD", AIE_ENGINE_JUMP, 0, AIE_JUMP_DECREMENT, DOCUMENTED, "tests before the decrement" },
	{ "RET", AIE_ENGINE_JUMP, 0, AIE_JUMP_RETURN, SILICON, "jump to lr" },
	{ "DONE", AIE_ENGINE_DONE, 0, 0, DOCUMENTED, "the core stops; issued stores complete" },
	{ "EVENT_event0", AIE_ENGINE_EVENT, 0, 0, DOCUMENTED, "event pulse" },
	{ "EVENT_event1", AIE_ENGINE_EVENT, 0, 1, DOCUMENTED, "event pulse" },
	{ "EVENT_WARNING", AIE_ENGINE_EVENT, 0, 2, DOCUMENTED, "event pulse" },
	{ "EVENT_ERROR", AIE_ENGINE_EVENT, 0, 3, DOCUMENTED, "event pulse" },
	{ "MOV_alu_mv_mv_mv_cntr2l", AIE_ENGINE_COUNTER, 0, 0, ASSUMED, "cycles since reset, stalls included" },
	/* locks */
	{ "ACQ_mLockId_*", AIE_ENGINE_ACQUIRE, 0, 0, SILICON, "negative: wait for >= and subtract (on silicon)" },
	{ "ACQ_COND_*", AIE_ENGINE_ACQUIRE, 0, AIE_LOCK_CONDITIONAL, ASSUMED, "acts when r26 is not zero" },
	{ "REL_mLockId_*", AIE_ENGINE_RELEASE, 0, 0, SILICON, "adds at the memory stage" },
	{ "REL_COND_*", AIE_ENGINE_RELEASE, 0, AIE_LOCK_CONDITIONAL, ASSUMED, "acts when r26 is not zero" },
	/* addresses */
	{ "PADD*", AIE_ENGINE_PAD, 0, 0, DOCUMENTED, "20-bit pointer arithmetic" },
	/* scalar loads and stores */
	LOAD_SIGNED("LDA*_s8*", 1),
	LOAD("LDA*_u8*", 1),
	LOAD_SIGNED("LDA*_s16*", 2),
	LOAD("LDA*_u16*", 2),
	LOAD("LDA*_dms_*", 4),
	LOAD("LDA*_dmv_*", 16),
	{ "ST*_s8*", AIE_ENGINE_STORE_PART, 1, 0, DOCUMENTED, "read, merge, write; holds the part-word unit" },
	{ "ST*_s16*", AIE_ENGINE_STORE_PART, 2, 0, DOCUMENTED, "read, merge, write; holds the part-word unit" },
	STORE("ST*_dms_*", 4),
	STORE("ST*_dmv_*", 16),
	{ "LDA_TM_*", AIE_ENGINE_LOAD_TILE, 4, 0, DOCUMENTED, "tile register over the processor bus" },
	{ "ST_TM_*", AIE_ENGINE_STORE_TILE, 4, 0, DOCUMENTED, "tile register over the processor bus" },
	/* vector loads and stores */
	LOAD("VLDA*_128*", 16),
	LOAD("VLDA*_dmw_lda_w*", 32),
	LOAD("VLDA*_dmx_lda_bm*", 64),
	LOAD("VLDA*_dmx_lda_x*", 64),
	LOAD("VLDA*_dmx_lda_fifohl*", 64),
	LOAD("VLDB*_128*", 16),
	LOAD("VLDB*_dmw_ldb*", 32),
	LOAD("VLDB*_dmx_ldb_x*", 64),
	LOAD_BODY("VLDA*_CONV_*_dmw_*", 32),
	LOAD_BODY("VLDA*_CONV_*_dmx_*", 64),
	LOAD_BODY("VLDA*_UPS_*_dmw_*", 32),
	LOAD_BODY("VLDA*_UPS_*_dmx_*", 64),
	LOAD_BODY("VLDB*_UNPACK_dmw_*", 32),
	LOAD_BODY("VLDB*_UNPACK_dmx_*", 64),
	STORE("VST*_128*", 16),
	STORE("VST*_dmw_sts_w*", 32),
	STORE("VST*_dmx_sts_bm*", 64),
	STORE("VST*_dmx_sts_x*", 64),
	STORE("VST*_dmx_sts_fifohl*", 64),
	STORE_BODY("VST*_CONV_*_dmw_*", 32),
	STORE_BODY("VST*_CONV_*_dmx_*", 64),
	STORE_BODY("VST*_PACK_dmw_*", 32),
	STORE_BODY("VST*_PACK_dmx_*", 64),
	STORE_BODY("VST*_SRS_?x_dmw_*", 32),
	STORE_BODY("VST*_SRS_?x_dmx_*", 64),
	STORE_BODY("VST*_SRS_2x_dm_*", 64),
	STORE_BODY("VST*_SRS_4x_dm_*", 32),
	{ "VLDB_4x16_lo", AIE_ENGINE_LOOKUP, 4, 0, SIBLING, LOOKUP_NOTE },
	{ "VLDB_4x16_hi", AIE_ENGINE_LOOKUP, 4, AIE_LOOKUP_HIGH, SIBLING, LOOKUP_NOTE },
	{ "VLDB_4x32_lo", AIE_ENGINE_LOOKUP, 8, 0, SIBLING, LOOKUP_NOTE },
	{ "VLDB_4x32_hi", AIE_ENGINE_LOOKUP, 8, AIE_LOOKUP_HIGH, SIBLING, LOOKUP_NOTE },
	{ "VLDB_4x64_lo", AIE_ENGINE_LOOKUP, 16, 0, SIBLING, LOOKUP_NOTE },
	{ "VLDB_4x64_hi", AIE_ENGINE_LOOKUP, 16, AIE_LOOKUP_HIGH, SIBLING, LOOKUP_NOTE },
	/* FIFOs */
	{ "VLD?_FILL_512", AIE_ENGINE_FIFO_FILL, 64, 0, SILICON, "aligned streams" },
	{ "VLD?_POP_512_*", AIE_ENGINE_FIFO_POP, 64, 0, DOCUMENTED, "aligned streams" },
	{ "VLD?_POP_576_*", AIE_ENGINE_FIFO_POP, 72, 0, SILICON, "aligned streams; exponent byte before 8 mantissas" },
	REFUSED("VLD?_POP_544_*", EBS16_NOTE),
	REFUSED("VLD?_POP_640_*", "the order of data and mask in memory is not established"),
	REFUSED("VLD?_POP_704_*", "when the FIFO fetches its next line is not established for 88-byte elements"),
	REFUSED("VLD?_POPX_*", "the configuration word of the stepping FIFO is not established"),
	REFUSED("VLD?_FILLX_*", "the configuration word of the stepping FIFO is not established"),
	{ "VST_PUSH_512", AIE_ENGINE_FIFO_PUSH, 64, 0, DOCUMENTED, "collects whole lines" },
	REFUSED("VST_PUSH_544", EBS16_NOTE),
	{ "VST_PUSH_576", AIE_ENGINE_FIFO_PUSH, 72, 0, SILICON, "collects whole lines" },
	{ "VST_PUSH_544_CONV_*", AIE_ENGINE_FIFO_PUSH_BODY, 68, 0, DERIVED, "convert, then push" },
	{ "VST_PUSH_576_CONV_*", AIE_ENGINE_FIFO_PUSH_BODY, 72, 0, SILICON, "convert, then push" },
	{ "VST_FLUSH_512_*", AIE_ENGINE_FIFO_FLUSH, 64, 0, SILICON, "writes what waits" },
	/* streams */
	{ "MOV_lda", AIE_ENGINE_STREAM_READ, 0, 0, DOCUMENTED, "blocks while the port is empty" },
	{ "MOV_nb_lda", AIE_ENGINE_STREAM_READ, 0, AIE_STREAM_NON_BLOCKING, DOCUMENTED, "never blocks" },
	{ "MOV_st_mMStream_tlast_imm", AIE_ENGINE_STREAM_WRITE, 0, 0, DOCUMENTED, "blocks while the port is full" },
	{ "MOV_tlast", AIE_ENGINE_STREAM_WRITE, 0, AIE_STREAM_TLAST, DOCUMENTED, "blocks while the port is full" },
	{ "MOV_st_mMStream_tlast_reg", AIE_ENGINE_STREAM_WRITE, 0, AIE_STREAM_TLAST_REGISTER, DOCUMENTED,
	  "tlast is bit 0 of r28" },
	{ "MOV_nb_st_mMStream_tlast_imm", AIE_ENGINE_STREAM_WRITE, 0, AIE_STREAM_NON_BLOCKING, DOCUMENTED,
	  "never blocks" },
	{ "MOV_nb_tlast", AIE_ENGINE_STREAM_WRITE, 0, AIE_STREAM_NON_BLOCKING | AIE_STREAM_TLAST, DOCUMENTED,
	  "never blocks" },
	{ "MOV_nb_st_mMStream_tlast_reg", AIE_ENGINE_STREAM_WRITE, 0,
	  AIE_STREAM_NON_BLOCKING | AIE_STREAM_TLAST_REGISTER, DOCUMENTED, "never blocks; tlast is bit 0 of r28" },
	HEADER_ROWS("MOV_PH", AIE_STREAM_PACKET_HEADER, HEADER_NOTE),
	HEADER_ROWS("MOV_CPH", AIE_STREAM_CONTROL_HEADER, CONTROL_NOTE),
	/* cascade */
	{ "VMOV_lda_mv_scd_x", AIE_ENGINE_CASCADE_READ, 64, 0, DOCUMENTED, "pops one 512-bit word" },
	{ "VMOV_lda_mv_scd_bm", AIE_ENGINE_CASCADE_READ, 64, 0, DOCUMENTED, "pops one 512-bit word" },
	{ "VMOV_0_mv_scd_*", AIE_ENGINE_CASCADE_READ, 0, 0, ASSUMED, "quarter 0, the rest zero" },
	{ "VMOV_1_mv_scd_*", AIE_ENGINE_CASCADE_READ, 0, 1, ASSUMED, "quarter 1, the rest zero" },
	{ "VMOV_2", AIE_ENGINE_CASCADE_READ, 0, 2, ASSUMED, "quarter 2, the rest zero" },
	{ "VMOV_3", AIE_ENGINE_CASCADE_READ, 0, 3, ASSUMED, "quarter 3, the rest zero" },
	{ "VMOV_lda_mv_scd_dm_*", AIE_ENGINE_CASCADE_READ, 0, 0, ASSUMED, "quarter r31 modulo 4, the rest zero" },
	{ "VMOV_st_mv_mcd_*", AIE_ENGINE_CASCADE_WRITE, 64, 0, DOCUMENTED, "pushes one 512-bit word" },
	{ "V*_scd*", AIE_ENGINE_CASCADE_BODY, 0, 0, ASSUMED, "second accumulator from the cascade" },
};

static const struct aie_semantics_table *const tables[] = {
	&aie_semantics_scalar,  &aie_semantics_vector_move, &aie_semantics_vector_alu,
	&aie_semantics_convert, &aie_semantics_mac,
};

static struct aie_binding *bindings;
static struct aie_binding fallback; /* when the host has no memory for the table */
static pthread_once_t built = PTHREAD_ONCE_INIT;

/* '*' any text, '?' any one character. */
static bool matches(const char *pattern, const char *name)
{
	while (*pattern != '\0') {
		if (*pattern == '*') {
			for (pattern++;; name++) {
				if (matches(pattern, name))
					return true;
				if (*name == '\0')
					return false;
			}
		}
		if (*name == '\0' || (*pattern != '?' && *pattern != *name))
			return false;
		pattern++;
		name++;
	}
	return *name == '\0';
}

/* Literal characters; a pattern without wildcards beats all. */
static unsigned weight(const char *pattern)
{
	unsigned literal = 0;
	bool wild = false;
	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '*' || *pattern == '?')
			wild = true;
		else
			literal++;
	}
	return wild ? literal : literal + 1000;
}

static void bind_row(const char *name, struct aie_binding *binding)
{
	unsigned best = 0;
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		for (unsigned i = 0; i < tables[t]->count; i++) {
			const struct aie_semantics_row *row = &tables[t]->row[i];
			if (!matches(row->pattern, name))
				continue;
			unsigned w = weight(row->pattern);
			if (binding->row == NULL || w > best) {
				binding->row = row;
				binding->row_ties = 0;
				best = w;
			} else if (w == best) {
				binding->row_ties++;
			}
		}
	}
}

static void bind_one(const char *name, struct aie_binding *binding)
{
	unsigned best = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!matches(rows[i].pattern, name))
			continue;
		unsigned w = weight(rows[i].pattern);
		if (binding->engine == NULL || w > best) {
			binding->engine = &rows[i];
			binding->engine_ties = 0;
			best = w;
		} else if (w == best) {
			binding->engine_ties++;
		}
	}
	bind_row(name, binding);
	/* a cascade form computes as its register form; the second accumulator comes from the cascade */
	if (binding->row == NULL && binding->engine != NULL && binding->engine->kind == AIE_ENGINE_CASCADE_BODY) {
		char form[96];
		const char *at = strstr(name, "_scd");
		const char *rest = at + strlen("_scd");
		if (strncmp(rest, "_incr", strlen("_incr")) == 0)
			rest += strlen("_incr");
		snprintf(form, sizeof(form), "%.*s_reg%s", (int)(at - name), name, rest);
		bind_row(form, binding);
	}
}

static void build(void)
{
	unsigned count = aie_isa_opcode_count();
	bindings = calloc(count, sizeof(*bindings));
	if (bindings == NULL)
		return;
	for (unsigned opcode = 0; opcode < count; opcode++)
		bind_one(aie_isa_opcode(opcode)->name, &bindings[opcode]);
}

const struct aie_binding *aie_binding_of(unsigned opcode)
{
	pthread_once(&built, build);
	return bindings == NULL ? &fallback : &bindings[opcode];
}

bool aie_engine_needs_body(enum aie_engine_kind kind)
{
	return kind == AIE_ENGINE_NONE || kind >= AIE_ENGINE_LOAD_BODY;
}

enum aie_fidelity aie_opcode_fidelity(unsigned opcode, enum aie_evidence *evidence, const char **note)
{
	const struct aie_binding *binding = aie_binding_of(opcode);
	enum aie_engine_kind kind = binding->engine == NULL ? AIE_ENGINE_NONE : binding->engine->kind;
	*evidence = ASSUMED;
	if (!aie_engine_needs_body(kind)) {
		*evidence = binding->engine->evidence;
		*note = binding->engine->note;
		return kind == AIE_ENGINE_REFUSED ? AIE_FIDELITY_REFUSED : AIE_FIDELITY_EXECUTED;
	}
	if (binding->row == NULL) {
		*note = "no semantics row";
		return AIE_FIDELITY_REFUSED;
	}
	*evidence = binding->row->evidence;
	*note = binding->row->note;
	/* an operand from the cascade is no better established than the way it takes */
	if (kind == AIE_ENGINE_CASCADE_BODY && binding->row->body != NULL && binding->engine->evidence > *evidence) {
		*evidence = binding->engine->evidence;
		*note = binding->engine->note;
	}
	return binding->row->body == NULL ? AIE_FIDELITY_REFUSED : AIE_FIDELITY_EXECUTED;
}

const char *aie_evidence_name(enum aie_evidence evidence)
{
	switch (evidence) {
	case SILICON:
		return "silicon";
	case DOCUMENTED:
		return "documented";
	case SIBLING:
		return "sibling";
	case DERIVED:
		return "derived";
	case ASSUMED:
		return "assumed";
	}
	return "unknown";
}
