/* Symbols, sections and relocations of one object. */
#include "isa/asm_internal.h"

#include <elf.h>
#include <string.h>

/* The core's address space is 20 bits; debug sections may be larger, but not by orders of magnitude. */
enum { LOADED_LIMIT = 1 << 20, SECTION_LIMIT = 64 << 20 };

struct asm_object *aie_asm_object_new(struct asm_context *context, const char *name)
{
	struct asm_object *object = aie_asm_alloc(context, sizeof(*object));
	object->name = name;
	return object;
}

static unsigned bucket_of(const char *name, size_t length)
{
	uint32_t hash = 2166136261u;
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)name[i]) * 16777619u;
	return (hash ^ hash >> 15) % ASM_SYMBOL_BUCKETS;
}

static struct asm_symbol *find(struct asm_object *object, const char *name, size_t length)
{
	struct asm_symbol *symbol = object->bucket[bucket_of(name, length)];
	while (symbol && (strncmp(symbol->name, name, length) != 0 || symbol->name[length]))
		symbol = symbol->hash_next;
	return symbol;
}

struct asm_symbol *aie_asm_symbol_anonymous(struct asm_context *context, struct asm_object *object, const char *name)
{
	struct asm_symbol *symbol = aie_asm_alloc(context, sizeof(*symbol));
	symbol->name = name;
	if (object->last_symbol)
		object->last_symbol->next = symbol;
	else
		object->first_symbol = symbol;
	object->last_symbol = symbol;
	return symbol;
}

struct asm_symbol *aie_asm_symbol(struct asm_context *context, struct asm_object *object, const char *name,
                                  size_t length)
{
	struct asm_symbol *symbol = find(object, name, length);
	if (symbol)
		return symbol;
	symbol = aie_asm_symbol_anonymous(context, object, aie_asm_string(context, name, length));
	symbol->temporary = length >= 2 && name[0] == '.' && name[1] == 'L';
	unsigned bucket = bucket_of(name, length);
	symbol->hash_next = object->bucket[bucket];
	object->bucket[bucket] = symbol;
	return symbol;
}

struct asm_symbol *aie_asm_symbol_find(struct asm_object *object, const char *name)
{
	return find(object, name, strlen(name));
}

struct asm_section *aie_asm_section_find(struct asm_object *object, const char *name)
{
	struct asm_section *section = object->first_section;
	while (section && strcmp(section->name, name) != 0)
		section = section->next;
	return section;
}

struct asm_section *aie_asm_section_new(struct asm_context *context, struct asm_object *object, const char *name,
                                        uint32_t type, uint32_t flags)
{
	struct asm_section *section = aie_asm_alloc(context, sizeof(*section));
	section->name = name;
	section->type = type;
	section->flags = flags;
	section->align = 1;
	if (object->last_section)
		object->last_section->next = section;
	else
		object->first_section = section;
	object->last_section = section;
	return section;
}

uint8_t *aie_asm_section_extend(struct asm_context *context, struct asm_section *section, uint64_t size)
{
	uint64_t limit = section->flags & SHF_ALLOC ? LOADED_LIMIT : SECTION_LIMIT;
	uint64_t start = section->size;
	if (size > limit || start + size > limit)
		aie_asm_fail(context, AIE_ERROR_INPUT, "section %s would grow beyond %llu bytes", section->name,
		             (unsigned long long)limit);
	section->size = start + size;
	if (section->type == SHT_NOBITS)
		return NULL;
	section->data = aie_asm_reserve(context, section->data, start, section->size, &section->capacity, 1);
	return section->data + start;
}

struct asm_relocation *aie_asm_relocation_new(struct asm_context *context, struct asm_section *section)
{
	section->relocation = aie_asm_grow(context, section->relocation, section->relocation_count,
	                                   &section->relocation_capacity, sizeof(*section->relocation));
	return &section->relocation[section->relocation_count++];
}
