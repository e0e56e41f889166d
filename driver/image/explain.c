#include "driver/image/explain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "driver/image/events.h"
#include "driver/image/ports.h"

/* ---- descriptors ------------------------------------------------------------------------------------------------- */

enum { MAX_DIMENSIONS = 4 };

static const struct descriptor_shape {
	enum aie_register_module module;
	uint32_t base, stride, count, words;
} shapes[AIE_TILE_KINDS] = {
	[AIE_TILE_SHIM] = { AIE_MODULE_SHIM, AIE_SHIM_DMA_BD_0, AIE_SHIM_DMA_BD_0_STRIDE, AIE_SHIM_DMA_BD_0_COUNT, 8 },
	[AIE_TILE_MEMORY] = { AIE_MODULE_MEMTILE, AIE_MEMTILE_DMA_BD_0, AIE_MEMTILE_DMA_BD_0_STRIDE,
	                      AIE_MEMTILE_DMA_BD_0_COUNT, 8 },
	[AIE_TILE_COMPUTE] = { AIE_MODULE_MEM, AIE_MEM_DMA_BD_0, AIE_MEM_DMA_BD_0_STRIDE, AIE_MEM_DMA_BD_0_COUNT, 6 },
};

struct sentence {
	const struct descriptor_shape *shape;
	enum aie_tile_kind kind;
	const uint32_t *words;
	char *text;
	size_t size, length;
};

static void say(struct sentence *sentence, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct sentence *sentence, const char *format, ...)
{
	va_list arguments;
	int more;

	if (sentence->length >= sentence->size)
		return;
	va_start(arguments, format);
	more = vsnprintf(sentence->text + sentence->length, sentence->size - sentence->length, format, arguments);
	va_end(arguments);
	sentence->length += more > 0 ? (size_t)more : 0;
}

/* The value of a field of whichever of the descriptor's words has it; 0 when the tile kind has none. */
static uint32_t get(const struct sentence *sentence, const char *name)
{
	for (unsigned word = 0; word < sentence->shape->words; word++) {
		const struct aie_tile_register *reg;
		char reg_name[24];

		snprintf(reg_name, sizeof reg_name, "DMA_BD#_%u", word);
		reg = aie_register_find_name(sentence->shape->module, reg_name);
		for (unsigned i = 0; reg && i < reg->field_count; i++)
			if (strcmp(reg->field[i].name, name) == 0)
				return aie_field_get(sentence->words[word], reg->field[i].lsb, reg->field[i].width);
	}
	return 0;
}

static uint32_t get_dimension(const struct sentence *sentence, unsigned dimension, const char *rest)
{
	char name[24];

	snprintf(name, sizeof name, "D%u_%s", dimension, rest);
	return get(sentence, name);
}

/* A memory tile's windows on its neighbours: a third each of addresses and lock numbers (documented). */
static const char *const windows[] = { "west ", "", "east ", "outside " };

static void say_place(struct sentence *sentence)
{
	const uint32_t bytes = 4 * get(sentence, "Base_Address");

	switch (sentence->kind) {
	case AIE_TILE_COMPUTE:
		say(sentence, " at 0x%x", bytes);
		break;
	case AIE_TILE_MEMORY:
		say(sentence, " at %s0x%x",
		    windows[bytes / AIE_MEMTILE_DATAMEMORY_COUNT / AIE_MEMTILE_DATAMEMORY_STRIDE],
		    bytes % (AIE_MEMTILE_DATAMEMORY_COUNT * AIE_MEMTILE_DATAMEMORY_STRIDE));
		break;
	case AIE_TILE_SHIM:
		say(sentence, " at system address 0x%" PRIx64,
		    (uint64_t)get(sentence, "Base_Address_High") << 32 | get(sentence, "Base_Address_Low") << 2);
		break;
	}
}

/* A wrap of 0 never wraps: that dimension takes all the rest, and the ones behind it nothing. */
static void say_dimensions(struct sentence *sentence)
{
	const unsigned dimensions = sentence->kind == AIE_TILE_MEMORY ? MAX_DIMENSIONS : MAX_DIMENSIONS - 1;
	const char *mark = " as [";

	if (!get_dimension(sentence, 0, "Wrap") && !get_dimension(sentence, 0, "Stepsize"))
		return;
	for (unsigned i = 0; i < dimensions; i++) {
		const uint32_t wrap = get_dimension(sentence, i, "Wrap");

		if (wrap)
			say(sentence, "%s%u:+%u", mark, wrap, get_dimension(sentence, i, "Stepsize") + 1);
		else
			say(sentence, "%srest:+%u", mark, get_dimension(sentence, i, "Stepsize") + 1);
		mark = ", ";
		if (!wrap)
			break;
	}
	say(sentence, "]");
}

static void say_modes(struct sentence *sentence)
{
	if (get(sentence, "Iteration_Wrap") || get(sentence, "Iteration_Stepsize"))
		say(sentence, ", iteration %u of %u by +%u", get(sentence, "Iteration_Current"),
		    get(sentence, "Iteration_Wrap") + 1, get(sentence, "Iteration_Stepsize") + 1);
	for (unsigned i = 0; i < MAX_DIMENSIONS - 1; i++) {
		const uint32_t before = get_dimension(sentence, i, "Pad_Before"),
		               after = get_dimension(sentence, i, "Pad_After");

		if (before || after)
			say(sentence, ", D%u padded by %u and %u", i, before, after);
	}
	if (get(sentence, "Enable_Compression"))
		say(sentence, ", compressed");
	if (get(sentence, "Enable_Packet"))
		say(sentence, ", packet id %u type %u", get(sentence, "Packet_ID"), get(sentence, "Packet_Type"));
	if (get(sentence, "TLAST_Suppress"))
		say(sentence, ", no TLAST");
}

static int lock_value(const struct sentence *sentence, const char *field)
{
	const int value = (int)get(sentence, field);

	return value >= 64 ? value - 128 : value; /* 7 bits, two's complement */
}

static void say_lock(struct sentence *sentence, const char *verb, const char *field)
{
	const uint32_t lock = get(sentence, field);

	if (sentence->kind == AIE_TILE_MEMORY)
		say(sentence, ", %s %slock %u", verb, windows[lock / AIE_MEMTILE_LOCK_VALUE_COUNT],
		    lock % AIE_MEMTILE_LOCK_VALUE_COUNT);
	else
		say(sentence, ", %s lock %u", verb, lock);
}

static void say_locks(struct sentence *sentence)
{
	const int acquire = lock_value(sentence, "Lock_Acq_Value"), release = lock_value(sentence, "Lock_Rel_Value");

	if (get(sentence, "Lock_Acq_Enable")) {
		say_lock(sentence, "acquires", "Lock_Acq_ID");
		say(sentence, acquire < 0 ? " >= %d" : " == %d", acquire < 0 ? -acquire : acquire);
	}
	if (release) {
		say_lock(sentence, "releases", "Lock_Rel_ID");
		say(sentence, " by %+d", release);
	}
}

unsigned aie_descriptor_explain(const struct aie_operation *block, uint32_t first, unsigned *number, char *text,
                                size_t size)
{
	const uint64_t address = block->address + 4 * (uint64_t)first;
	const uint32_t offset = aie_address_offset(address);
	struct sentence sentence = { .kind = aie_tile_kind_of_row(aie_address_row(address)),
		                     .text = text,
		                     .size = size };

	sentence.shape = &shapes[sentence.kind];
	if (size)
		*text = 0;
	if (block->kind != AIE_OPERATION_BLOCK_WRITE || offset < sentence.shape->base ||
	    (offset - sentence.shape->base) % sentence.shape->stride ||
	    (offset - sentence.shape->base) / sentence.shape->stride >= sentence.shape->count ||
	    block->count - first < sentence.shape->words)
		return 0;
	*number = (offset - sentence.shape->base) / sentence.shape->stride;
	sentence.words = block->words + first;
	say(&sentence, "%u words", get(&sentence, "Buffer_Length"));
	say_place(&sentence);
	say_dimensions(&sentence);
	say_modes(&sentence);
	say_locks(&sentence);
	if (get(&sentence, "Use_Next_BD"))
		say(&sentence, ", then BD %u", get(&sentence, "Next_BD"));
	if (!get(&sentence, "Valid_BD"))
		say(&sentence, ", not valid");
	return sentence.shape->words;
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

/* Fields of 7 bits (memory tiles: 8) called something with Event hold the number of an event of their module. */
static const char *event_name(const struct aie_tile_register *reg, const struct aie_tile_field *field, uint32_t number)
{
	static const enum aie_event_module modules[] = {
		[AIE_MODULE_CORE] = AIE_EVENT_MODULE_CORE,
		[AIE_MODULE_MEM] = AIE_EVENT_MODULE_MEM,
		[AIE_MODULE_MEMTILE] = AIE_EVENT_MODULE_MEMTILE,
		[AIE_MODULE_SHIM] = AIE_EVENT_MODULE_SHIM,
	};
	const struct aie_event_row *row;

	if (field->width < 7 || field->width > 8 || (!strstr(field->name, "Event") && !strstr(field->name, "event")))
		return NULL;
	row = aie_event_by_number(modules[reg->module], number);
	return row ? row->name : NULL;
}

/* In a circuit the configuration is a slave port's number, with packets an arbiter and a mask of its four ways. */
static void explain_master(const struct aie_tile_register *reg, uint32_t value, char *text, size_t size)
{
	static const enum aie_tile_kind kinds[] = {
		[AIE_MODULE_CORE] = AIE_TILE_COMPUTE,
		[AIE_MODULE_MEM] = AIE_TILE_COMPUTE,
		[AIE_MODULE_MEMTILE] = AIE_TILE_MEMORY,
		[AIE_MODULE_SHIM] = AIE_TILE_SHIM,
	};
	const uint32_t configuration = AIE_FIELD_GET(value, AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_CONFIGURATION);
	enum aie_port_bundle bundle;
	unsigned index;

	if (AIE_FIELD_GET(value, AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_PACKET_ENABLE)) {
		snprintf(text, size, "arbiter %u, ways 0x%x", configuration & (AIE_SWITCH_ARBITERS - 1),
		         configuration / AIE_SWITCH_ARBITERS);
		return;
	}
	bundle = aie_port_bundle(kinds[reg->module], false, configuration, &index);
	if (bundle != AIE_PORT_BUNDLES)
		snprintf(text, size, "%s%u", aie_port_bundle_name(bundle), index);
}

bool aie_field_explain(const struct aie_tile_register *reg, const struct aie_tile_field *field, uint32_t value,
                       char *text, size_t size)
{
	static const char *const choices[] = { "PL", "DMA", "NoC" };
	const uint32_t number = aie_field_get(value, field->lsb, field->width);
	const char *event = event_name(reg, field, number);

	*text = 0;
	if (event)
		snprintf(text, size, "%s", event);
	else if (strncmp(reg->name, "Stream_Switch_Master_Config", 27) == 0 &&
	         strcmp(field->name, "Configuration") == 0 &&
	         AIE_FIELD_GET(value, AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_MASTER_ENABLE))
		explain_master(reg, value, text, size);
	else if ((strcmp(reg->name, "Mux_Config") == 0 || strcmp(reg->name, "Demux_Config") == 0) && number < 3)
		snprintf(text, size, "%s", choices[number]);
	return *text != 0;
}
