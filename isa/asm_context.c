/* The assembler's memory (one arena a run) and its way out on errors. */
#include "isa/asm_internal.h"

#include <libelf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct asm_block {
	struct asm_block *next;
	size_t used, size;
	_Alignas(max_align_t) unsigned char bytes[];
};

enum { BLOCK_SIZE = 64 * 1024 };

/* A run that needs more than this is not a program for a 16 KiB program memory but a runaway .rept or .space. */
static const size_t memory_limit = (size_t)1 << 30;

void aie_asm_context_release(struct asm_context *context)
{
	if (context->elf)
		elf_end(context->elf);
	if (context->file)
		close(context->file - 1);
	context->elf = NULL;
	context->file = 0;
	while (context->blocks) {
		struct asm_block *block = context->blocks;
		context->blocks = block->next;
		free(block);
	}
}

_Noreturn void aie_asm_fail(struct asm_context *context, enum aie_error_category category, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	aie_error_setv(context->error, category, format, arguments);
	va_end(arguments);
	longjmp(context->failed, 1);
}

_Noreturn void aie_asm_fail_at(struct asm_context *context, struct asm_position position, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	aie_error_setv(context->error, AIE_ERROR_INPUT, format, arguments);
	va_end(arguments);
	if (position.line && position.column)
		aie_error_prefix(context->error, "%s:%u:%u", position.file, position.line, position.column);
	else if (position.line)
		aie_error_prefix(context->error, "%s:%u", position.file, position.line);
	else
		aie_error_prefix(context->error, "%s", position.file);
	longjmp(context->failed, 1);
}

void *aie_asm_alloc(struct asm_context *context, size_t size)
{
	struct asm_block *block = context->blocks;
	if (size > memory_limit)
		aie_asm_fail(context, AIE_ERROR_INPUT, "the input asks for more than %zu bytes of memory",
		             memory_limit);
	size = (size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (!block || block->size - block->used < size) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
		block = malloc(sizeof(*block) + room);
		if (!block)
			aie_asm_fail(context, AIE_ERROR_MEMORY, "no memory for %zu bytes", room);
		block->used = 0;
		block->size = room;
		block->next = context->blocks;
		context->blocks = block;
	}
	void *memory = block->bytes + block->used;
	block->used += size;
	memset(memory, 0, size);
	return memory;
}

char *aie_asm_string(struct asm_context *context, const char *text, size_t length)
{
	char *copy = aie_asm_alloc(context, length + 1);
	memcpy(copy, text, length);
	return copy;
}

char *aie_asm_format(struct asm_context *context, const char *format, ...)
{
	char text[512];
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length < 0)
		length = 0;
	if ((size_t)length >= sizeof(text))
		length = (int)sizeof(text) - 1;
	return aie_asm_string(context, text, (size_t)length);
}

void *aie_asm_reserve(struct asm_context *context, void *array, size_t count, size_t need, size_t *capacity,
                      size_t element)
{
	if (need <= *capacity)
		return array;
	size_t room = *capacity ? *capacity : 16;
	while (room < need) {
		if (room > memory_limit)
			break;
		room *= 2;
	}
	if (need > room || room > memory_limit / element)
		aie_asm_fail(context, AIE_ERROR_INPUT, "the input asks for more than %zu bytes of memory",
		             memory_limit);
	void *bigger = aie_asm_alloc(context, room * element);
	if (count)
		memcpy(bigger, array, count * element);
	*capacity = room;
	return bigger;
}

void *aie_asm_grow(struct asm_context *context, void *array, size_t count, size_t *capacity, size_t element)
{
	return aie_asm_reserve(context, array, count, count + 1, capacity, element);
}
