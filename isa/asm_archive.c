/* Archives of objects (ar files): the members that define what is still missing take part in the link. */
#include "isa/asm_internal.h"

#include <ar.h>
#include <string.h>

bool aie_asm_is_archive(const uint8_t *bytes, size_t size)
{
	return size >= SARMAG && memcmp(bytes, ARMAG, SARMAG) == 0;
}

static bool decimal(const char *text, size_t length, size_t *value)
{
	size_t i = 0;
	*value = 0;
	while (i < length && text[i] >= '0' && text[i] <= '9') {
		if (*value > 1000000000)
			return false;
		*value = *value * 10 + (size_t)(text[i++] - '0');
	}
	bool any = i > 0;
	while (i < length && text[i] == ' ')
		i++;
	return any && i == length;
}

struct archive {
	struct asm_context *context;
	struct asm_position position;
	const char *names; /* the GNU table of long names */
	size_t names_size;
};

/* The member's name; for BSD's long names `*bytes` and `*size` are moved behind it. */
static const char *member_name(struct archive *archive, const struct ar_hdr *header, const uint8_t **bytes,
                               size_t *size)
{
	const char *text = header->ar_name;
	size_t length = sizeof(header->ar_name), number;
	while (length && text[length - 1] == ' ')
		length--;
	if (length > 1 && text[0] == '/' && decimal(text + 1, length - 1, &number) && number < archive->names_size) {
		text = archive->names + number;
		length = archive->names_size - number;
		for (size_t i = 0; i < length; i++)
			if (text[i] == '/' || text[i] == '\n')
				length = i;
	} else if (length > 3 && memcmp(text, "#1/", 3) == 0 && decimal(text + 3, length - 3, &number) &&
	           number <= *size) {
		text = (const char *)*bytes;
		length = strnlen(text, number);
		*bytes += number;
		*size -= number;
	} else if (length && text[length - 1] == '/') {
		length--;
	}
	return aie_asm_format(archive->context, "%s(%.*s)", archive->position.file, (int)(length > 100 ? 100 : length),
	                      text);
}

struct asm_object *aie_asm_read_archive(struct asm_context *context, const char *name, const uint8_t *bytes,
                                        size_t size)
{
	struct archive archive = { .context = context };
	struct asm_object *first = NULL, **next = &first;
	archive.position.file = aie_asm_string(context, name ? name : "-", strlen(name ? name : "-"));
	for (size_t at = SARMAG; at < size;) {
		struct ar_hdr header;
		size_t member_size;
		if (size - at < sizeof(header))
			aie_asm_fail_at(context, archive.position, "the archive ends inside a member's header");
		memcpy(&header, bytes + at, sizeof(header));
		at += sizeof(header);
		if (memcmp(header.ar_fmag, ARFMAG, sizeof(header.ar_fmag)) != 0 ||
		    !decimal(header.ar_size, sizeof(header.ar_size), &member_size) || member_size > size - at)
			aie_asm_fail_at(context, archive.position, "bad member header at 0x%zx", at - sizeof(header));
		const uint8_t *member = bytes + at;
		at += member_size;
		at += at % 2;
		/* "/" and "/SYM64/" are symbol tables, "//" the long names. */
		if (memcmp(header.ar_name, "// ", 3) == 0) {
			archive.names = (const char *)member;
			archive.names_size = member_size;
			continue;
		}
		if (memcmp(header.ar_name, "/ ", 2) == 0 || memcmp(header.ar_name, "/SYM64/", 7) == 0)
			continue;
		const char *title = member_name(&archive, &header, &member, &member_size);
		if (!aie_asm_is_elf(member, member_size))
			continue;
		*next = aie_asm_read_object(context, title, member, member_size);
		next = &(*next)->next;
	}
	return first;
}

static bool defines(struct asm_object *object, const char *name)
{
	struct asm_symbol *symbol = aie_asm_symbol_find(object, name);
	return symbol && symbol->global && symbol->kind != ASM_SYMBOL_UNDEFINED;
}

/* Is the symbol wanted by `user` and not defined by any object of the list? */
static bool is_missing(const struct asm_symbol *symbol, struct asm_object *objects)
{
	if (symbol->kind != ASM_SYMBOL_UNDEFINED || !symbol->referenced || symbol->weak)
		return false;
	for (struct asm_object *object = objects; object; object = object->next)
		if (defines(object, symbol->name))
			return false;
	return true;
}

static bool is_wanted(struct asm_object *member, struct asm_object *objects)
{
	for (struct asm_object *object = objects; object; object = object->next)
		for (const struct asm_symbol *symbol = object->first_symbol; symbol; symbol = symbol->next)
			if (is_missing(symbol, objects) && defines(member, symbol->name))
				return true;
	return false;
}

void aie_asm_select_members(struct asm_object *objects, struct asm_object *members)
{
	struct asm_object *last = objects;
	while (last->next)
		last = last->next;
	for (bool again = true; again;) {
		again = false;
		for (struct asm_object **link = &members; *link;) {
			struct asm_object *member = *link;
			if (!is_wanted(member, objects)) {
				link = &member->next;
				continue;
			}
			*link = member->next;
			member->next = NULL;
			last->next = member;
			last = member;
			again = true;
		}
	}
}
