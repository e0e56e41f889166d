#include "driver/image/registers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/image/registers_table.h"

const char *aie_tile_kind_name(enum aie_tile_kind kind)
{
	static const char *const names[AIE_TILE_KINDS] = {
		[AIE_TILE_SHIM] = "shim",
		[AIE_TILE_MEMORY] = "memory",
		[AIE_TILE_COMPUTE] = "compute",
	};

	return names[kind];
}

const char *aie_register_module_name(enum aie_register_module module)
{
	static const char *const names[] = {
		[AIE_MODULE_CORE] = "CORE",
		[AIE_MODULE_MEM] = "MEM",
		[AIE_MODULE_MEMTILE] = "MEMTILE",
		[AIE_MODULE_SHIM] = "SHIM",
	};

	return names[module];
}

bool aie_register_find(enum aie_tile_kind kind, uint32_t offset, struct aie_register_location *location)
{
	const struct aie_register_map *map = &aie_register_maps[kind];
	const struct aie_register_place *place;
	unsigned low = 0, high = map->count;
	uint32_t size;

	/* The last place that starts at or below the offset. */
	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (map->place[middle].start <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return false;
	place = &map->place[low - 1];
	if (offset >= place->end)
		return false;
	location->reg = &aie_register_table[place->number];
	location->index[0] = place->index[0];
	location->index[1] = place->index[1];
	location->byte = offset - place->start;
	size = location->reg->width / 8U;
	if (location->byte >= size) { /* a memory: the place holds all lines */
		location->index[0] = location->byte / size;
		location->byte %= size;
	}
	return true;
}

const struct aie_tile_register *aie_register_find_name(enum aie_register_module module, const char *name)
{
	for (unsigned i = 0; i < aie_register_table_count; i++)
		if (aie_register_table[i].module == module && strcmp(aie_register_table[i].name, name) == 0)
			return &aie_register_table[i];
	return NULL;
}

uint32_t aie_register_offset(const struct aie_tile_register *reg, uint32_t index0, uint32_t index1)
{
	return reg->offset + index0 * reg->index[0].stride + index1 * reg->index[1].stride;
}

unsigned aie_register_count(void)
{
	return aie_register_table_count;
}

const struct aie_tile_register *aie_register_at(unsigned number)
{
	return number < aie_register_table_count ? &aie_register_table[number] : NULL;
}

size_t aie_register_print(const struct aie_register_location *location, char *text, size_t size)
{
	const struct aie_tile_register *reg = location->reg;
	char buffer[160];
	size_t at = 0;
	unsigned index = 0;

	/* A memory is named by the byte, a register by its numbers. */
	if (reg->index_count == 1 && reg->index[0].count > 64 && reg->index[0].stride == reg->width / 8U) {
		int length = (int)strcspn(reg->name, "#");

		return (size_t)snprintf(text, size, "%.*s[0x%X]", length, reg->name,
		                        location->index[0] * reg->index[0].stride + location->byte);
	}
	for (const char *c = reg->name; *c && at < sizeof buffer - 12; c++) {
		if (*c == '#') {
			at += (size_t)snprintf(buffer + at, sizeof buffer - at, "%u",
			                       location->index[index] + reg->index[index].first);
			index++;
		} else {
			buffer[at++] = *c;
		}
	}
	buffer[at] = 0;
	if (location->byte)
		return (size_t)snprintf(text, size, "%s+0x%X", buffer, location->byte);
	return (size_t)snprintf(text, size, "%s", buffer);
}

static bool module_of_kind(enum aie_tile_kind kind, enum aie_register_module module)
{
	switch (module) {
	case AIE_MODULE_CORE:
	case AIE_MODULE_MEM:
		return kind == AIE_TILE_COMPUTE;
	case AIE_MODULE_MEMTILE:
		return kind == AIE_TILE_MEMORY;
	case AIE_MODULE_SHIM:
		return kind == AIE_TILE_SHIM;
	}
	return false;
}

/* A number in C notation; *end is behind it. */
static bool parse_number(const char *text, uint32_t *number, const char **end)
{
	unsigned long long value;
	char *after;

	if (*text < '0' || *text > '9')
		return false;
	value = strtoull(text, &after, 0);
	if (after == text || value > UINT32_MAX)
		return false;
	*number = (uint32_t)value;
	*end = after;
	return true;
}

/* Match a name against a pattern whose # stand for decimal numbers; what is left of the text, or NULL. */
static const char *match_name(const struct aie_tile_register *reg, const char *text, uint32_t index[2])
{
	unsigned number = 0;

	index[0] = index[1] = 0;
	for (const char *pattern = reg->name; *pattern; pattern++) {
		if (*pattern != '#') {
			if (*text++ != *pattern)
				return NULL;
			continue;
		}
		uint32_t value = 0;
		unsigned digits = 0;

		for (; *text >= '0' && *text <= '9' && digits < 6; digits++)
			value = 10 * value + (uint32_t)(*text++ - '0');
		if (!digits || value < reg->index[number].first ||
		    value - reg->index[number].first >= reg->index[number].count)
			return NULL;
		index[number] = value - reg->index[number].first;
		number++;
	}
	return text;
}

/* "NAME[byte]" of a memory. */
static bool match_memory(const struct aie_tile_register *reg, const char *text, uint32_t *offset)
{
	size_t length = strcspn(reg->name, "#");
	uint32_t byte;

	if (reg->index_count != 1 || strncmp(text, reg->name, length) != 0 || text[length] != '[')
		return false;
	if (!parse_number(text + length + 1, &byte, &text) || strcmp(text, "]") != 0 ||
	    byte >= reg->index[0].count * reg->index[0].stride || reg->index[0].stride != reg->width / 8U)
		return false;
	*offset = reg->offset + byte;
	return true;
}

bool aie_register_parse(enum aie_tile_kind kind, const char *text, uint32_t *offset)
{
	unsigned found = 0;

	for (unsigned i = 0; i < aie_register_table_count; i++) {
		const struct aie_tile_register *reg = &aie_register_table[i];
		enum aie_register_module module = (enum aie_register_module)reg->module;
		size_t length = strlen(aie_register_module_name(module));
		const char *name = text, *rest;
		uint32_t index[2], byte = 0;

		if (!module_of_kind(kind, module))
			continue;
		if (strncmp(name, aie_register_module_name(module), length) == 0 && name[length] == '.')
			name += length + 1;
		if (match_memory(reg, name, offset)) {
			found++;
			continue;
		}
		rest = match_name(reg, name, index);
		if (!rest || (*rest == '+' && !parse_number(rest + 1, &byte, &rest)) || *rest ||
		    byte >= reg->width / 8U)
			continue;
		*offset = aie_register_offset(reg, index[0], index[1]) + byte;
		found++;
	}
	return found == 1;
}
