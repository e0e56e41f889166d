/* The generated tables (aie2p_tables.c) as the isa library reads them.  Internal to isa/. */
#ifndef AIE_ISA_TABLES_H
#define AIE_ISA_TABLES_H

#include "isa/generated/aie2p_registers.h"
#include "isa/isa.h"
#include "isa/operands.h"

enum { AIE_TABLE_MAX_INDEX_BITS = 8, AIE_CODE_NONE = 0xFF, AIE_CANDIDATE_END = 0xFFFF };

/* A run of encoding bits: `width` bits of the operand's code from bit `shift` up stand in the slot from bit `low` up.
 */
struct aie_field {
	uint8_t operand, low, width, shift;
};

/* One operand on whose register the timing depends: its group is aie2p_timing_groups[grouping][register]. */
struct aie_timing_selector {
	uint8_t operand, grouping, group_count;
};

struct aie_coding {
	uint64_t mask, value; /* slot bits that are fixed */
	uint16_t shown;       /* bit i: operand i stands in the assembly */
	uint16_t field_first;
	uint8_t field_count;
	uint8_t root[AIE_MAX_OPERANDS]; /* whose code the operand has; itself when it has bits of its own or is fixed */
	uint16_t timing_first;
	uint8_t selector_count;
	struct aie_timing_selector selector[2];
};

struct aie_slot_table {
	const char *name;
	uint8_t width;
	uint16_t nop;
	/* decode: the slot bits index_bit[0..index_bits), lowest first, number a bucket;
	 * aie2p_bucket_starts[bucket_first + bucket] is its first entry in aie2p_candidates, which ends with
	 * AIE_CANDIDATE_END */
	uint8_t index_bits;
	uint8_t index_bit[AIE_TABLE_MAX_INDEX_BITS];
	uint16_t bucket_first;
};

struct aie_format_layout {
	struct aie_format format;
	uint8_t low[AIE_FORMAT_MAX_SLOTS]; /* lowest bundle bit of format.slot[i] */
	uint64_t mask[2], value[2];        /* fixed bits of the bundle, low half first */
	uint16_t slots;                    /* bit s: has slot s */
};

extern const struct aie_register aie2p_registers[];
extern const struct aie_operand_class aie2p_classes[];
extern const uint16_t aie2p_code_registers[];               /* from a class's decode_first on: register by code */
extern const uint8_t aie2p_register_codes[][AIE_REG_COUNT]; /* by coding and register; AIE_CODE_NONE = not a member */
extern const char *const aie2p_resources[];
extern const struct aie_opcode_description aie2p_opcodes[];
extern const struct aie_coding aie2p_codings[];
extern const struct aie_field aie2p_fields[];
extern const struct aie_timing aie2p_timing[];
extern const uint16_t aie2p_timing_variants[];
extern const uint8_t aie2p_timing_groups[][AIE_REG_COUNT];
extern const struct aie_slot_table aie2p_slots[AIE_SLOT_COUNT];
extern const uint16_t aie2p_bucket_starts[];
extern const uint16_t aie2p_candidates[];
extern const struct aie_format_layout aie2p_formats[];
extern const uint8_t aie2p_bundle_sizes[16]; /* by the low four bits of a bundle */
extern const struct aie_relocation aie2p_relocations[];
extern const unsigned aie2p_register_count, aie2p_class_count, aie2p_resource_count, aie2p_opcode_count,
        aie2p_format_count, aie2p_relocation_count, aie2p_image_size;

/* The slot value of an instruction whose operands are complete, and back (codec.c). */
int aie_insn_encode(const struct aie_insn *insn, uint64_t *bits, struct aie_error *error);
bool aie_insn_decode(enum aie_slot slot, uint64_t bits, struct aie_insn *insn);

#endif
