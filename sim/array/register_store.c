#include "sim/array/register_store.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/array/internal.h"

/* Registers that are windows into something else and not stored here. */
bool aie_register_is_window(const struct aie_tile_register *reg)
{
	return reg->index_count == 1 && reg->index[0].count > 64 && reg->index[0].stride == reg->width / 8U;
}

enum aie_tile_kind aie_register_tile_kind(unsigned module)
{
	return module == AIE_MODULE_SHIM      ? AIE_TILE_SHIM
	       : module == AIE_MODULE_MEMTILE ? AIE_TILE_MEMORY
	                                      : AIE_TILE_COMPUTE;
}

static unsigned instances(const struct aie_tile_register *reg)
{
	unsigned count = 1;

	for (unsigned i = 0; i < reg->index_count; i++)
		count *= reg->index[i].count;
	return count;
}

static unsigned words_of(const struct aie_tile_register *reg)
{
	return aie_register_is_window(reg) ? 0 : instances(reg) * (reg->width / 32U);
}

/* First word of a register in the storage of its tile kind. */
static unsigned first_word(const struct aie_tile_register *reg)
{
	unsigned word = 0;

	for (const struct aie_tile_register *other = aie_register_at(0); other < reg; other++)
		if (aie_register_tile_kind(other->module) == aie_register_tile_kind(reg->module))
			word += words_of(other);
	return word;
}

static unsigned storage_words(enum aie_tile_kind kind)
{
	unsigned words = 0;

	for (unsigned i = 0; i < aie_register_count(); i++)
		if (aie_register_tile_kind(aie_register_at(i)->module) == kind)
			words += words_of(aie_register_at(i));
	return words;
}

uint32_t *aie_register_plain(const struct aie_tile *tile, const struct aie_register_location *location)
{
	const struct aie_tile_register *reg = location->reg;
	unsigned instance = location->index[0];

	if (reg->index_count == 2)
		instance = instance * reg->index[1].count + location->index[1];
	return &tile->plain[tile->array->plain_first[reg - aie_register_at(0)] + instance * (reg->width / 32U) +
	                    location->byte / 4];
}

uint32_t *aie_register_plain_at(const struct aie_tile *tile, uint32_t offset)
{
	struct aie_register_location location;

	return aie_register_find(tile->kind, offset, &location) && !aie_register_is_window(location.reg)
	               ? aie_register_plain(tile, &location)
	               : NULL;
}

uint32_t aie_registers_get(const struct aie_tile *tile, uint32_t offset)
{
	const uint32_t *plain = aie_register_plain_at(tile, offset);

	return plain ? *plain : 0;
}

/* Register `number` of the table, all instances. */
void aie_register_reset_words(const struct aie_tile *tile, unsigned number)
{
	const struct aie_tile_register *reg = aie_register_at(number);
	uint32_t *word = tile->plain + tile->array->plain_first[number];

	for (unsigned k = 0; k < words_of(reg); k++)
		word[k] = k % (reg->width / 32U) == 0 ? reg->reset : 0;
}

void aie_registers_reset(struct aie_tile *tile)
{
	for (unsigned i = 0; i < aie_register_count(); i++)
		if (aie_register_tile_kind(aie_register_at(i)->module) == tile->kind)
			aie_register_reset_words(tile, i);
}

/* ---- writes without effect ------------------------------------------------------------------------------------- */

/* The first such write of a register, of any tile. */
struct aie_register_note {
	struct aie_register_location location;
	uint8_t column, row;
	uint32_t offset, value;
	uint64_t writes;
};

void aie_register_note_write(struct aie_array *array, const struct aie_tile *tile,
                             const struct aie_register_location *location, uint32_t offset, uint32_t value)
{
	unsigned *number = &array->note_of[location->reg - aie_register_at(0)];

	if (*number == 0) {
		array->note[array->notes] = (struct aie_register_note){ .location = *location,
			                                                .column = tile->column,
			                                                .row = tile->row,
			                                                .offset = offset,
			                                                .value = value };
		*number = ++array->notes;
	}
	array->note[*number - 1].writes++;
}

void aie_array_notes(const struct aie_array *array, void (*line)(void *user, const char *text), void *user)
{
	for (unsigned i = 0; i < array->notes; i++) {
		const struct aie_register_note *note = &array->note[i];
		char name[96], text[256];

		aie_register_print(&note->location, name, sizeof name);
		snprintf(text, sizeof text,
		         "tile (%u,%u) register %s (0x%05X) = 0x%X: kept, but what it sets is not modelled (%llu "
		         "write%s "
		         "of this register)",
		         note->column, note->row, name, note->offset, note->value, (unsigned long long)note->writes,
		         note->writes == 1 ? "" : "s");
		line(user, text);
	}
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

int aie_register_store_init(struct aie_array *array)
{
	unsigned count = aie_register_count();

	array->plain_first = calloc(count, sizeof *array->plain_first);
	array->note_of = calloc(count, sizeof *array->note_of);
	array->note = calloc(count, sizeof *array->note);
	if (!array->plain_first || !array->note_of || !array->note)
		return -1;
	for (unsigned i = 0; i < count; i++)
		array->plain_first[i] = first_word(aie_register_at(i));
	for (unsigned i = 0; i < array->tiles; i++) {
		array->tile[i].plain = calloc(storage_words(array->tile[i].kind) + 1U, sizeof(uint32_t));
		if (!array->tile[i].plain)
			return -1;
	}
	return 0;
}

void aie_register_store_free(struct aie_array *array)
{
	for (unsigned i = 0; array->tile && i < array->tiles; i++)
		free(array->tile[i].plain);
	free(array->plain_first);
	free(array->note_of);
	free(array->note);
}
