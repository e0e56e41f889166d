/* The control and status words of the register bus: which field shows which register of the core.
 *
 * Fields and positions: register reference of the array (documented).  The two bits of srSS0 stand there in the
 * opposite order of what a move reads (AIE_CHOICE_SS0_TLAST).
 */
#include "isa/generated/aie2p_registers.h"
#include "sim/core/choices.h"
#include "sim/core/core_internal.h"

struct field {
	uint16_t id;
	uint8_t at;   /* lowest bit in the word */
	uint8_t from; /* lowest bit in the register */
	uint8_t bits;
};

enum { FIELD_LIMIT = 14 };

static const struct {
	const char *name;
	struct field field[FIELD_LIMIT]; /* ends with bits 0 */
} words[AIE_CORE_WORD_COUNT] = {
	[AIE_CORE_WORD_CR1] = { "Core_CR1",
	                        {
	                                { AIE_REG_CRSAT, 0, 0, 2 },
	                                { AIE_REG_CRRND, 2, 0, 4 },
	                                { AIE_REG_CRFPMASK, 6, 0, 5 },
	                                { AIE_REG_CRMCDEN, 11, 0, 1 },
	                                { AIE_REG_CRSCDEN, 12, 0, 1 },
	                                { AIE_REG_CRF2IMASK, 18, 0, 5 },
	                                { AIE_REG_CRF2FMASK, 23, 0, 5 },
	                                { AIE_REG_CRUNPACKSIZE, 28, 0, 1 },
	                                { AIE_REG_CRSRSMODE, 29, 0, 1 },
	                                { AIE_REG_CRUPSMODE, 30, 0, 1 },
	                                { AIE_REG_CRPACKSIZE, 31, 0, 1 },
	                        } },
	[AIE_CORE_WORD_CR2] = { "Core_CR2",
	                        {
	                                { AIE_REG_VADDSIGN0, 0, 0, 1 },
	                                { AIE_REG_VADDSIGN1, 1, 0, 1 },
	                                { AIE_REG_UNPACKSIGN0, 2, 0, 1 },
	                                { AIE_REG_UNPACKSIGN1, 3, 0, 1 },
	                                { AIE_REG_PACKSIGN0, 4, 0, 1 },
	                                { AIE_REG_PACKSIGN1, 5, 0, 1 },
	                                { AIE_REG_UPSSIGN0, 6, 0, 1 },
	                                { AIE_REG_UPSSIGN1, 7, 0, 1 },
	                                { AIE_REG_SRSSIGN0, 8, 0, 1 },
	                                { AIE_REG_SRSSIGN1, 9, 0, 1 },
	                        } },
	[AIE_CORE_WORD_CR3] = { "Core_CR3",
	                        {
	                                { AIE_REG_CRFPCNVFL2FXMASK, 0, 0, 7 },
	                                { AIE_REG_CRFPCNVFX2FLMASK, 8, 0, 6 },
	                                { AIE_REG_CRFPNLFMASK, 16, 0, 8 },
	                                { AIE_REG_CRF2BMASK, 28, 0, 1 },
	                        } },
	[AIE_CORE_WORD_SR1] = { "Core_SR1",
	                        {
	                                { AIE_REG_SRCARRY, 0, 0, 1 },
	                                { AIE_REG_SRSS0, 1, 1, 1 },
	                                { AIE_REG_SRSS0, 2, 0, 1 },
	                                { AIE_REG_SRMS0, 3, 0, 1 },
	                                { AIE_REG_SRSRS_OF, 4, 0, 1 },
	                                { AIE_REG_SRUPS_OF, 5, 0, 1 },
	                                { AIE_REG_SRFPFLAGS, 7, 0, 5 },
	                                { AIE_REG_SRF2IFLAGS, 12, 0, 5 },
	                                { AIE_REG_SRF2FFLAGS, 17, 0, 5 },
	                                { AIE_REG_SRSPARSE_OF, 22, 0, 1 },
	                                { AIE_REG_SRFIFO_OF, 23, 0, 1 },
	                                { AIE_REG_SRFIFO_UF, 24, 0, 1 },
	                                { AIE_REG_SRF2BFLAGS, 29, 0, 1 },
	                        } },
	[AIE_CORE_WORD_SR2] = { "Core_SR2",
	                        {
	                                { AIE_REG_SRFPCNVFL2FX, 0, 0, 7 },
	                                { AIE_REG_SRFPCNVFX2FL, 8, 0, 6 },
	                                { AIE_REG_SRFPNLF, 16, 0, 8 },
	                        } },
};

_Static_assert(AIE_CHOICE_SS0_TLAST == 1 && AIE_CHOICE_SS0_SUCCESS == 2, "bits of srSS0 that SR1 shows");

static uint32_t field_mask(const struct field *field)
{
	return (1u << field->bits) - 1;
}

unsigned aie_core_word_find(const char *name)
{
	unsigned word = 0;
	while (word < AIE_CORE_WORD_COUNT && strcmp(words[word].name, name) != 0)
		word++;
	return word;
}

int aie_core_word_read(const struct aie_core *core, enum aie_core_word word, uint32_t *value, struct aie_error *error)
{
	*value = 0;
	for (const struct field *field = words[word].field; field->bits != 0; field++) {
		if (!aie_core_register_known(core, field->id))
			return aie_error_set(error, AIE_ERROR_UNSUPPORTED,
			                     "what stands in %s, a part of %s, is not established",
			                     aie_isa_register(field->id)->name, words[word].name);
		uint32_t part = aie_word_get(core, aie_isa_register(field->id)->piece[0].offset);
		*value |= (part >> field->from & field_mask(field)) << field->at;
	}
	return 0;
}

void aie_core_word_write(struct aie_core *core, enum aie_core_word word, uint32_t value)
{
	for (const struct field *field = words[word].field; field->bits != 0; field++) {
		uint32_t part = aie_word_get(core, aie_isa_register(field->id)->piece[0].offset);
		part &= ~(field_mask(field) << field->from);
		part |= (value >> field->at & field_mask(field)) << field->from;
		aie_core_register_write(core, field->id, &part);
	}
}
