/* The linker: objects to one program.
 *
 * Memory map: code from program address 0 (16 KiB; the object that defines `_start` comes first, because cores start at
 * address 0), initialised data from data_base, zeroed data behind it.  Data addresses are those a core sees: 0x70000 is
 * its own memory, 0x40000, 0x50000 and 0x60000 are its neighbours' (documented, AM027 memory map).
 */
#include "isa/asm_internal.h"

#include <elf.h>
#include <string.h>

#include "isa/operands.h"

enum {
	PROGRAM_MEMORY = 0x4000,
	DATA_FIRST = 0x40000,
	DATA_END = 0x80000,
	DATA_BASE_PRESET =
	        0x70400,        /* above a stack of 1 KiB at 0x70000: what mlir-aie's linker scripts do by default */
	STACK_PRESET = 0x70000, /* value of _sp_start_value_DM_stack unless defined */
};

static const char stack_symbol[] = "_sp_start_value_DM_stack";

struct link {
	struct asm_context *context;
	const struct aie_asm_options *options;
	struct asm_object *objects;
	struct asm_object *globals; /* name table only; .definition is the chosen symbol */
	struct asm_program *program;
};

/* ---- symbols --------------------------------------------------------------------------------------------------- */

static bool is_defined(const struct asm_symbol *symbol)
{
	return symbol->kind != ASM_SYMBOL_UNDEFINED;
}

static const char *place(struct asm_context *context, struct asm_position position)
{
	if (!position.line)
		return position.file ? position.file : "?";
	return aie_asm_format(context, "%s:%u", position.file, position.line);
}

static void choose_definition(struct link *link, struct asm_symbol *symbol)
{
	struct asm_symbol *entry = aie_asm_symbol(link->context, link->globals, symbol->name, strlen(symbol->name));
	struct asm_symbol *old = entry->definition;
	if (!old || (old->weak && !symbol->weak) ||
	    (old->kind == ASM_SYMBOL_COMMON && symbol->kind != ASM_SYMBOL_COMMON)) {
		entry->definition = symbol;
		return;
	}
	if (symbol->weak)
		return;
	if (symbol->kind == ASM_SYMBOL_COMMON) {
		if (old->kind == ASM_SYMBOL_COMMON) {
			/* One space, as large and as aligned as any of them asks. */
			if (symbol->size > old->size)
				old->size = symbol->size;
			if (symbol->offset > old->offset)
				old->offset = symbol->offset;
		}
		return;
	}
	aie_asm_fail_at(link->context, symbol->defined_at, "'%s' is already defined at %s", symbol->name,
	                place(link->context, old->defined_at));
}

static struct asm_symbol *define_number(struct link *link, const char *name, int64_t value, const char *origin)
{
	struct asm_symbol *symbol = aie_asm_symbol_anonymous(link->context, link->globals, name);
	symbol->kind = ASM_SYMBOL_VARIABLE;
	symbol->expr = aie_asm_alloc(link->context, sizeof(*symbol->expr));
	symbol->expr->kind = ASM_EXPR_NUMBER;
	symbol->expr->number = value;
	symbol->defined_at.file = origin;
	return symbol;
}

static void collect_symbols(struct link *link)
{
	for (struct asm_object *object = link->objects; object; object = object->next)
		for (struct asm_symbol *symbol = object->first_symbol; symbol; symbol = symbol->next)
			if (symbol->global && is_defined(symbol))
				choose_definition(link, symbol);
	for (size_t i = 0; i < link->options->define_count; i++) {
		const char *name = link->options->define[i].name;
		struct asm_symbol *entry = aie_asm_symbol(link->context, link->globals, name, strlen(name));
		if (!entry->definition)
			entry->definition = define_number(link, name, link->options->define[i].value, "--defsym");
	}
}

static void resolve_symbols(struct link *link)
{
	for (struct asm_object *object = link->objects; object; object = object->next) {
		for (struct asm_symbol *symbol = object->first_symbol; symbol; symbol = symbol->next) {
			bool common = symbol->kind == ASM_SYMBOL_COMMON;
			if ((is_defined(symbol) && !common && !symbol->weak) ||
			    (!is_defined(symbol) && !symbol->referenced))
				continue;
			struct asm_symbol *entry = aie_asm_symbol_find(link->globals, symbol->name);
			struct asm_symbol *definition = entry ? entry->definition : NULL;
			if (!definition && !is_defined(symbol)) {
				if (symbol->weak)
					definition = define_number(link, symbol->name, 0, "weak");
				else if (strcmp(symbol->name, stack_symbol) == 0)
					definition = define_number(link, symbol->name, STACK_PRESET, "preset");
				else
					aie_asm_fail_at(link->context, symbol->referenced_at, "undefined symbol '%s'",
					                symbol->name);
			}
			if (definition && definition != symbol)
				symbol->definition = definition;
		}
	}
}

uint64_t aie_asm_symbol_address(struct asm_context *context, const struct asm_symbol *symbol)
{
	if (symbol->definition)
		symbol = symbol->definition;
	if (symbol->kind == ASM_SYMBOL_VARIABLE)
		return (uint64_t)aie_asm_evaluate_number(context, symbol->expr, symbol->name);
	return symbol->section ? symbol->section->address + symbol->offset : 0;
}

/* ---- layout ---------------------------------------------------------------------------------------------------- */

static uint64_t place_section(struct asm_section *section, uint64_t address)
{
	uint64_t align = section->align ? section->align : 1;
	address = (address + align - 1) / align * align;
	section->address = address;
	section->placed = true;
	return address + section->size;
}

enum part { PART_TEXT, PART_DATA, PART_BSS, PART_NONE };

static enum part part_of(const struct asm_section *section)
{
	if (!(section->flags & SHF_ALLOC))
		return PART_NONE;
	if (section->flags & SHF_EXECINSTR)
		return PART_TEXT;
	return section->type == SHT_NOBITS ? PART_BSS : PART_DATA;
}

static uint64_t place_part(struct link *link, enum part part, uint64_t address)
{
	for (struct asm_object *object = link->objects; object; object = object->next) {
		for (struct asm_section *section = object->first_section; section; section = section->next) {
			if (part_of(section) != part || section->placed)
				continue;
			/* An empty section takes its place but does not push the next one. */
			uint64_t end = place_section(section, address);
			if (section->size)
				address = end;
		}
	}
	return address;
}

static void place_commons(struct link *link)
{
	struct asm_section *bss = NULL;
	for (struct asm_object *object = link->objects; object; object = object->next) {
		for (struct asm_symbol *symbol = object->first_symbol; symbol; symbol = symbol->next) {
			if (symbol->kind != ASM_SYMBOL_COMMON || symbol->definition)
				continue;
			if (!bss) {
				bss = aie_asm_section_new(link->context, link->objects, "COMMON", SHT_NOBITS,
				                          SHF_ALLOC | SHF_WRITE);
			}
			uint64_t align = symbol->offset ? symbol->offset : 1;
			aie_asm_section_extend(link->context, bss, (0 - bss->size) & (align - 1));
			if (bss->align < align)
				bss->align = (uint32_t)align;
			symbol->kind = ASM_SYMBOL_LABEL;
			symbol->section = bss;
			symbol->offset = bss->size;
			aie_asm_section_extend(link->context, bss, symbol->size);
		}
	}
}

static uint8_t *part_image(struct link *link, enum part part, uint64_t base, uint64_t size)
{
	uint8_t *image = aie_asm_alloc(link->context, size);
	for (struct asm_object *object = link->objects; object; object = object->next)
		for (struct asm_section *section = object->first_section; section; section = section->next)
			if (part_of(section) == part && section->size && section->data)
				memcpy(image + (section->address - base), section->data, section->size);
	return image;
}

static void lay_out(struct link *link)
{
	struct asm_context *context = link->context;
	struct asm_program *program = link->program;
	struct asm_symbol *start = aie_asm_symbol_find(link->globals, "_start");
	uint64_t text = 0, base = link->options->data_base ? link->options->data_base : DATA_BASE_PRESET;
	if (!start || !start->definition) {
		/* One source need not export it. */
		for (struct asm_object *object = link->objects; object; object = object->next) {
			struct asm_symbol *local = aie_asm_symbol_find(object, "_start");
			if (local && local->kind == ASM_SYMBOL_LABEL)
				start = local;
		}
	} else {
		start = start->definition;
	}
	if (start && start->kind == ASM_SYMBOL_LABEL && part_of(start->section) == PART_TEXT)
		text = place_section(start->section, 0);
	else
		start = NULL;
	text = place_part(link, PART_TEXT, text);
	if (text > PROGRAM_MEMORY)
		aie_asm_fail(context, AIE_ERROR_INPUT, "%s: the code takes %llu bytes, program memory has %d",
		             link->objects->name, (unsigned long long)text, PROGRAM_MEMORY);
	if (base < DATA_FIRST || base >= DATA_END)
		aie_asm_fail(context, AIE_ERROR_INPUT, "data base 0x%llx is outside the core's data windows 0x%x..0x%x",
		             (unsigned long long)base, DATA_FIRST, DATA_END - 1);
	uint64_t data = place_part(link, PART_DATA, base);
	uint64_t bss = data;
	uint64_t end = place_part(link, PART_BSS, bss);
	if (end > DATA_END)
		aie_asm_fail(context, AIE_ERROR_INPUT,
		             "%s: data from 0x%llx ends at 0x%llx, behind the last data window", link->objects->name,
		             (unsigned long long)base, (unsigned long long)end);
	program->entry = start ? (uint32_t)(start->section->address + start->offset) : 0;
	program->text_size = (uint32_t)text;
	program->data_base = (uint32_t)base;
	program->data_size = (uint32_t)(data - base);
	program->bss_base = (uint32_t)bss;
	program->bss_size = (uint32_t)(end - bss);
}

/* ---- relocation ------------------------------------------------------------------------------------------------ */

static unsigned relocation_width(const struct aie_relocation *type)
{
	unsigned width = 0;
	for (unsigned i = 0; i < type->field_count; i++)
		width += type->field[i].high - type->field[i].low + 1u;
	return type->size ? width : 32;
}

/* What a field can hold: narrow immediates are sign-extended by the core, 20 bits are an address, 32 bits are anything.
 */
static bool fits(int64_t value, unsigned width)
{
	if (width == 32)
		return value >= -((int64_t)1 << 31) && value < (int64_t)1 << 32;
	if (width == 20)
		return value >= 0 && value < 1 << 20;
	if (width == 0)
		return value == 0;
	return value >= -((int64_t)1 << (width - 1)) && value < (int64_t)1 << (width - 1);
}

static void relocate(struct link *link, struct asm_section *section)
{
	struct asm_context *context = link->context;
	for (size_t i = 0; i < section->relocation_count; i++) {
		const struct asm_relocation *relocation = &section->relocation[i];
		const struct aie_relocation *type = aie_isa_relocation(relocation->type);
		const struct asm_symbol *symbol = relocation->symbol;
		struct aie_error error;
		if (!type)
			aie_asm_fail_at(context, relocation->position, "relocation type %u in %s is not known",
			                relocation->type, section->name);
		unsigned bytes = type->size ? type->size : 4;
		if (!section->data || relocation->offset > section->size || section->size - relocation->offset < bytes)
			aie_asm_fail_at(context, relocation->position, "relocation at 0x%llx lies outside section %s",
			                (unsigned long long)relocation->offset, section->name);
		const struct asm_section *target = relocation->target;
		if (symbol) {
			const struct asm_symbol *definition = symbol->definition ? symbol->definition : symbol;
			target = definition->kind == ASM_SYMBOL_LABEL ? definition->section : NULL;
		}
		if (target && !target->placed)
			aie_asm_fail_at(context, relocation->position,
			                "relocation against section %s, which is not loaded", target->name);
		uint64_t base = symbol ? aie_asm_symbol_address(context, symbol) : target ? target->address : 0;
		int64_t value = (int64_t)(base + (uint64_t)relocation->addend);
		/* Absolute symbols of object files have 32 bits: a negative one comes back as a large number. */
		if (relocation_width(type) < 20 && value > INT32_MAX && value <= UINT32_MAX)
			value -= INT64_C(1) << 32;
		if (!fits(value, relocation_width(type)))
			aie_asm_fail_at(context, relocation->position,
			                "value 0x%llx of %s does not fit the %u bits it goes to",
			                (unsigned long long)value,
			                symbol   ? symbol->name
			                : target ? target->name
			                         : "a place",
			                relocation_width(type));
		if (aie_isa_relocation_apply(relocation->type, section->data + relocation->offset, bytes, value,
		                             &error))
			aie_asm_fail_at(context, relocation->position, "%s", error.text);
	}
}

void aie_asm_link(struct asm_context *context, struct asm_object *objects, const struct aie_asm_options *options,
                  struct asm_program *program)
{
	struct link link = { .context = context, .options = options, .objects = objects, .program = program };
	*program = (struct asm_program){ .objects = objects };
	link.globals = aie_asm_object_new(context, "globals");
	if (!objects)
		aie_asm_fail(context, AIE_ERROR_INPUT, "nothing to link");
	collect_symbols(&link);
	resolve_symbols(&link);
	place_commons(&link);
	lay_out(&link);
	for (struct asm_object *object = objects; object; object = object->next)
		for (struct asm_section *section = object->first_section; section; section = section->next)
			if (section->placed)
				relocate(&link, section);
	program->text = part_image(&link, PART_TEXT, 0, program->text_size);
	program->data = part_image(&link, PART_DATA, program->data_base, program->data_size);
}
