#include "sim/tile/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isa/isa.h"
#include "sim/array/internal.h"

enum { MAX_FINDINGS = 64, WINDOW_BYTES = 0x10000, OWN_WINDOW = 0x70000, ANYWHERE = -1 };

struct finding {
	unsigned kind;
	uint32_t who, site; /* entity; program address or descriptor */
	bool write;
	uint64_t count;
	char text[400];
};

struct aie_check {
	unsigned stack_pointer; /* register id */
	struct finding finding[MAX_FINDINGS];
	unsigned count;
	uint64_t lost; /* findings at further places */
};

/* A bit a byte of the tile's data memory. */
struct aie_tile_check {
	uint8_t *written, *declared;
	uint32_t known[AIE_DESCRIPTORS_MAX][AIE_DESCRIPTOR_WORDS]; /* descriptors whose buffers are declared */
};

/* ---- bits -------------------------------------------------------------------------------------------------------- */

static void set_bits(uint8_t *bits, uint32_t from, uint32_t count)
{
	for (; count && from % 8; from++, count--)
		bits[from / 8] |= (uint8_t)(1U << from % 8);
	memset(bits + from / 8, 0xFF, count / 8);
	from += count / 8 * 8;
	for (count %= 8; count; from++, count--)
		bits[from / 8] |= (uint8_t)(1U << from % 8);
}

/* The first of the bits that is 0, or ANYWHERE. */
static int64_t first_clear(const uint8_t *bits, uint32_t from, uint32_t count)
{
	for (uint32_t i = from; i < from + count; i++)
		if (!(bits[i / 8] >> i % 8 & 1))
			return i;
	return ANYWHERE;
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

static void declare_options(struct aie_tile *tile)
{
	const struct aie_array_options *options = &tile->array->options;

	if (tile->kind != AIE_TILE_COMPUTE)
		return;
	set_bits(tile->check->declared, options->stack_start, options->stack_end - options->stack_start);
	for (unsigned i = 0; i < options->buffer_count; i++) {
		const struct aie_option_buffer *buffer = &options->buffer[i];

		if (buffer->column == AIE_OPTION_ALL || (buffer->column == tile->column && buffer->row == tile->row))
			set_bits(tile->check->declared, buffer->start, buffer->end - buffer->start);
	}
}

int aie_check_init(struct aie_array *array)
{
	if (!array->options.check)
		return 0;
	array->check = calloc(1, sizeof *array->check);
	if (!array->check)
		return -1;
	array->check->stack_pointer = aie_isa_register_find("sp");
	for (unsigned i = 0; i < array->tiles; i++) {
		struct aie_tile *tile = &array->tile[i];

		if (!tile->memory.size)
			continue;
		tile->check = calloc(1, sizeof *tile->check);
		if (!tile->check)
			return -1;
		tile->check->written = calloc(1, tile->memory.size / 8);
		tile->check->declared = calloc(1, tile->memory.size / 8);
		if (!tile->check->written || !tile->check->declared)
			return -1;
		declare_options(tile);
	}
	return 0;
}

void aie_check_free(struct aie_array *array)
{
	for (unsigned i = 0; array->tile && i < array->tiles; i++) {
		struct aie_tile_check *check = array->tile[i].check;

		if (!check)
			continue;
		free(check->written);
		free(check->declared);
		free(check);
	}
	free(array->check);
}

void aie_check_reset_tile(struct aie_tile *tile)
{
	memset(tile->check->written, 0, tile->memory.size / 8);
	memset(tile->check->declared, 0, tile->memory.size / 8);
	memset(tile->check->known, 0, sizeof tile->check->known);
	declare_options(tile);
}

void aie_check_clear(struct aie_array *array)
{
	array->check->count = 0;
	array->check->lost = 0;
}

void aie_check_loaded(struct aie_tile *tile, uint32_t offset, uint32_t size)
{
	set_bits(tile->check->written, offset, size);
	set_bits(tile->check->declared, offset, size);
}

void aie_check_zeroed(struct aie_tile *tile)
{
	set_bits(tile->check->written, 0, tile->memory.size);
}

/* ---- buffers ----------------------------------------------------------------------------------------------------- */

static void declare_descriptor(struct aie_tile *tile, const uint32_t *words)
{
	struct aie_descriptor descriptor;
	struct aie_walk walk;

	aie_descriptor_decode(tile->kind, words, &descriptor);
	if (!descriptor.valid)
		return;
	for (unsigned i = 0; i < descriptor.iteration_wrap; i++) {
		descriptor.iteration_current = (uint8_t)i;
		aie_walk_start(&walk, &descriptor, false);
		while (walk.left) {
			bool pad;
			uint32_t run = aie_walk_run(&walk, walk.left, &pad);
			uint64_t at = walk.address * 4;

			if (at < tile->memory.size)
				set_bits(tile->check->declared, (uint32_t)at,
				         run * 4 < tile->memory.size - at ? run * 4 : tile->memory.size - (uint32_t)at);
			aie_walk_advance(&walk, run);
		}
	}
}

/* Inside a buffer?  Descriptors written since the last look count now. */
static bool declared(struct aie_tile *tile, uint32_t offset, uint32_t size)
{
	struct aie_tile_check *check = tile->check;

	if (first_clear(check->declared, offset, size) == ANYWHERE)
		return true;
	for (unsigned i = 0; i < tile->descriptors; i++) {
		if (memcmp(check->known[i], tile->descriptor[i], sizeof check->known[i]) == 0)
			continue;
		memcpy(check->known[i], tile->descriptor[i], sizeof check->known[i]);
		declare_descriptor(tile, tile->descriptor[i]);
	}
	return first_clear(check->declared, offset, size) == ANYWHERE;
}

static bool in_stack(const struct aie_array *array, const struct aie_tile *tile, uint32_t offset, uint32_t size)
{
	const struct aie_array_options *options = &array->options;
	enum aie_core_status status;

	if (!(options->check & AIE_CHECK_STACK) || tile->kind != AIE_TILE_COMPUTE || offset >= options->stack_end ||
	    offset + size <= options->stack_start)
		return false;
	status = aie_core_status(tile->core.core);
	return status == AIE_CORE_RUNNING || status == AIE_CORE_STALLED;
}

/* ---- findings ---------------------------------------------------------------------------------------------------- */

struct place {
	uint32_t who, site;
	bool write;
	char name[256]; /* who does it, where in its program */
};

/* Collect a finding; false: the run is to stop, and `error` says why. */
static bool report(struct aie_array *array, unsigned kind, const struct place *place, struct aie_error *error,
                   const char *format, ...) __attribute__((format(printf, 5, 6)));

static bool report(struct aie_array *array, unsigned kind, const struct place *place, struct aie_error *error,
                   const char *format, ...)
{
	struct aie_check *check = array->check;
	struct finding *finding;
	va_list arguments;
	char what[200];

	va_start(arguments, format);
	vsnprintf(what, sizeof what, format, arguments);
	va_end(arguments);
	if (array->options.check & AIE_CHECK_STOP) {
		aie_error_set(error, AIE_ERROR_FAULT, "%s", what);
		return false;
	}
	for (unsigned i = 0; i < check->count; i++) {
		finding = &check->finding[i];
		if (finding->kind == kind && finding->who == place->who && finding->site == place->site &&
		    finding->write == place->write) {
			finding->count++;
			return true;
		}
	}
	if (check->count == MAX_FINDINGS) {
		check->lost++;
		return true;
	}
	finding = &check->finding[check->count++];
	*finding = (struct finding){
		.kind = kind, .who = place->who, .site = place->site, .write = place->write, .count = 1
	};
	snprintf(finding->text, sizeof finding->text, "%.190s: %.190s", place->name, what);
	return true;
}

void aie_array_checks(const struct aie_array *array, void (*line)(void *user, const char *text), void *user)
{
	const struct aie_check *check = array->check;
	char text[440];

	for (unsigned i = 0; check && i < check->count; i++) {
		const struct finding *finding = &check->finding[i];

		if (finding->count == 1) {
			line(user, finding->text);
			continue;
		}
		snprintf(text, sizeof text, "%s (%llu times)", finding->text, (unsigned long long)finding->count);
		line(user, text);
	}
	if (check && check->lost) {
		snprintf(text, sizeof text, "%llu findings at further places", (unsigned long long)check->lost);
		line(user, text);
	}
}

/* ---- accesses ---------------------------------------------------------------------------------------------------- */

static void place_core(const struct aie_tile *tile, uint32_t pc, bool write, struct place *place)
{
	struct aie_bundle bundle;
	struct aie_error ignored;
	uint8_t bytes[AIE_BUNDLE_MAX_BYTES];
	uint32_t size = AIE_CORE_PROGRAM_BYTES - pc < sizeof bytes ? AIE_CORE_PROGRAM_BYTES - pc : sizeof bytes;
	char text[160] = "";

	if (!aie_core_program_read(tile->core.core, pc, bytes, size, &ignored) &&
	    !aie_isa_decode(bytes, size, &bundle, &ignored))
		aie_isa_print_bundle(&bundle, text, sizeof text);
	place->who = AIE_ENTITY_CORE | tile->number;
	place->site = pc;
	place->write = write;
	snprintf(place->name, sizeof place->name, "core (%u,%u) pc 0x%X [%s]", tile->column, tile->row, pc, text);
}

static bool check_stack_pointer(struct aie_tile *tile, const struct place *place, struct aie_error *error)
{
	const struct aie_array_options *options = &tile->array->options;
	struct place once = *place;
	uint32_t low = OWN_WINDOW + options->stack_start, high = OWN_WINDOW + options->stack_end;
	uint32_t pointer = 0;

	aie_core_register_read(tile->core.core, tile->array->check->stack_pointer, &pointer);
	/* Not set up yet. */
	if (pointer == 0 || (pointer >= low && pointer <= high))
		return true;
	once.site = UINT32_MAX; /* one finding a core */
	once.write = false;
	return report(tile->array, AIE_CHECK_STACK, &once, error,
	              "the stack pointer 0x%05X has left the stack 0x%05X-0x%05X", pointer, low, high);
}

bool aie_check_core(struct aie_tile *tile, struct aie_tile *target, uint32_t address, unsigned size, bool write,
                    struct aie_error *error)
{
	struct aie_array *array = tile->array;
	unsigned kinds = array->options.check;
	struct aie_core_access access = { .pc = aie_core_pc(tile->core.core), .address = address, .size = size };
	struct place place;
	uint32_t offset;
	int64_t clear;

	aie_core_accessing(tile->core.core, address, size, write, &access);
	offset = access.address % WINDOW_BYTES;
	place_core(tile, access.pc, write, &place);
	if (write)
		set_bits(target->check->written, offset, access.size);
	if ((kinds & AIE_CHECK_UNINITIALISED) && !write && !access.merge) {
		clear = first_clear(target->check->written, offset, access.size);
		if (clear != ANYWHERE &&
		    !report(array, AIE_CHECK_UNINITIALISED, &place, error,
		            "reads %u bytes at 0x%05X: byte 0x%llX of tile (%u,%u) was never written", access.size,
		            access.address, (unsigned long long)clear, target->column, target->row))
			return false;
	}
	if ((kinds & AIE_CHECK_OVERRUN) && !access.merge && !declared(target, offset, access.size) &&
	    !report(array, AIE_CHECK_OVERRUN, &place, error,
	            "%s %u bytes at 0x%05X: outside every buffer of tile (%u,%u)", write ? "writes" : "reads",
	            access.size, access.address, target->column, target->row))
		return false;
	if (target != tile && in_stack(array, target, offset, access.size) &&
	    !report(array, AIE_CHECK_STACK, &place, error, "%s %u bytes at 0x%05X: the stack of core (%u,%u)",
	            write ? "writes" : "reads", access.size, access.address, target->column, target->row))
		return false;
	return !(kinds & AIE_CHECK_STACK) || check_stack_pointer(tile, &place, error);
}

void aie_check_channel(struct aie_array *array, struct aie_dma_channel *channel, struct aie_tile_memory *memory,
                       uint32_t offset, uint32_t size, bool write)
{
	struct aie_tile *tile = aie_tile_of_memory(memory);
	struct place place = { .who = channel->unit, .site = channel->descriptor_id, .write = write };
	struct aie_error error;
	char name[64];
	bool good = true;
	int64_t clear = ANYWHERE;

	snprintf(place.name, sizeof place.name, "%s BD %u", aie_dma_name(channel, name, sizeof name),
	         channel->descriptor_id);
	if (write)
		set_bits(tile->check->written, offset, size);
	else if (array->options.check & AIE_CHECK_UNINITIALISED)
		clear = first_clear(tile->check->written, offset, size);
	if (clear != ANYWHERE)
		good = report(array, AIE_CHECK_UNINITIALISED, &place, &error,
		              "reads %u bytes at 0x%X: byte 0x%llX of tile (%u,%u) was never written", size, offset,
		              (unsigned long long)clear, tile->column, tile->row);
	if (good && in_stack(array, tile, offset, size))
		good = report(array, AIE_CHECK_STACK, &place, &error, "%s %u bytes at 0x%X: the stack of core (%u,%u)",
		              write ? "writes" : "reads", size, offset, tile->column, tile->row);
	if (!good)
		aie_dma_fault(array, channel, AIE_ERROR_FAULT, "%s", error.text);
}
