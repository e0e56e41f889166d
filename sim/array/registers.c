/* What each register of a tile does when it is written or read.  Addresses, fields and reset values come from
 * driver/image/registers.h; the rules below say how the model treats them, by name.  The first rule that fits counts:
 * KEEP keeps the value, which is all that the register does; STORE too, though in silicon more would follow, and says
 * so once for each register (aie_array_notes()); ZERO refuses by name every value but the reset one, because the unit
 * would have to act; REFUSE refuses always.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/array/internal.h"
#include "sim/array/register_store.h"

struct access {
	struct aie_array *array;
	struct aie_tile *tile;
	struct aie_register_location location;
	uint32_t offset;
	int32_t argument; /* of the rule */
	struct aie_error *error;
};

typedef int (*write_function)(struct access *access, uint32_t value);
typedef int (*read_function)(struct access *access, uint32_t *value);

enum policy { KEEP, STORE, ZERO, REFUSE, ACT };

struct rule {
	const char *pattern; /* '*' matches any characters */
	enum policy policy;
	write_function write; /* NULL: not writable (ACT) */
	read_function read;   /* NULL: the stored value */
	int32_t argument;
};

static int refuse(struct access *access, enum aie_error_category category, const char *why)
{
	char name[96];

	aie_register_print(&access->location, name, sizeof name);
	return aie_error_set(access->error, category, "tile (%u,%u) register %s (0x%05X): %s", access->tile->column,
	                     access->tile->row, name, access->offset, why);
}

/* ---- memories ---------------------------------------------------------------------------------------------------- */

static int write_data_memory(struct access *access, uint32_t value)
{
	memcpy(access->tile->memory.byte + access->offset, &value, sizeof value);
	if (access->tile->check)
		aie_check_loaded(access->tile, access->offset, sizeof value);
	return 0;
}

static int read_data_memory(struct access *access, uint32_t *value)
{
	memcpy(value, access->tile->memory.byte + access->offset, sizeof *value);
	return 0;
}

static int write_program(struct access *access, uint32_t value)
{
	aie_event_program_changed(access->tile);
	return aie_core_program_write(access->tile->core.core, access->offset - AIE_CORE_PROGRAM_MEMORY, &value,
	                              sizeof value, access->error);
}

static int read_program(struct access *access, uint32_t *value)
{
	return aie_core_program_read(access->tile->core.core, access->offset - AIE_CORE_PROGRAM_MEMORY, value,
	                             sizeof *value, access->error);
}

static int write_memory_control(struct access *access, uint32_t value)
{
	static const uint8_t nothing[AIE_CORE_PROGRAM_BYTES];
	struct aie_tile *tile = access->tile;
	bool clear = AIE_FIELD_GET(value, AIE_MEM_MEMORY_CONTROL_MEMORY_ZEROISATION);

	if (access->location.reg->module == AIE_MODULE_CORE)
		return clear ? aie_core_program_write(tile->core.core, 0, nothing, sizeof nothing, access->error) : 0;
	if (clear)
		memset(tile->memory.byte, 0, tile->memory.size);
	if (clear && tile->check)
		aie_check_zeroed(tile);
	if (tile->kind == AIE_TILE_MEMORY) {
		tile->memory.linear = !AIE_FIELD_GET(value, AIE_MEMTILE_MEMORY_CONTROL_MEMORY_INTERLEAVING);
		*aie_register_plain(tile, &access->location) =
		        value & AIE_FIELD_MASK(AIE_MEMTILE_MEMORY_CONTROL_MEMORY_INTERLEAVING);
	}
	return 0;
}

/* ---- core -------------------------------------------------------------------------------------------------------- */

static int write_core_control(struct access *access, uint32_t value)
{
	aie_core_side_control(access->array, access->tile, value);
	return 0;
}

static int read_core_control(struct access *access, uint32_t *value)
{
	*value = access->tile->core.control;
	return 0;
}

static int read_core_status(struct access *access, uint32_t *value)
{
	*value = aie_core_side_status(access->tile);
	return 0;
}

/* The core register behind a debug register, by name: "Core_WL#_Part#" is wl0, wl1, ...; bytes from `part`. */
static unsigned core_register(const struct access *access, unsigned *part)
{
	static const struct {
		const char *debug, *core;
	} names[] = {
		{ "Core_BMLL#_Part#", "bmll" },
		{ "Core_BMLH#_Part#", "bmlh" },
		{ "Core_BMHL#_Part#", "bmhl" },
		{ "Core_BMHH#_Part#", "bmhh" },
		{ "Core_WL#_Part#", "wl" },
		{ "Core_WH#_Part#", "wh" },
		{ "Core_Q#", "q" },
		{ "Core_E#", "e" },
		{ "Core_R#", "r" },
		{ "Core_M#", "m" },
		{ "Core_DN#", "dn" },
		{ "Core_DJ#", "dj" },
		{ "Core_DC#", "dc" },
		{ "Core_P#", "p" },
		{ "Core_S#", "s" },
		{ "Core_SP", "sp" },
		{ "Core_LR", "lr" },
		{ "Core_LS", "ls" },
		{ "Core_LE", "le" },
		{ "Core_LC", "lc" },
	};
	const struct aie_tile_register *reg = access->location.reg;

	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
		char name[16];

		if (strcmp(reg->name, names[i].debug) != 0)
			continue;
		if (reg->index_count)
			snprintf(name, sizeof name, "%s%u", names[i].core, access->location.index[0]);
		else
			snprintf(name, sizeof name, "%s", names[i].core);
		*part = access->location.index[1] * (reg->width / 8U) + access->location.byte;
		return aie_isa_register_find(name);
	}
	return AIE_REGISTER_NONE;
}

static int core_register_bytes(struct access *access, uint8_t data[AIE_REGISTER_MAX_BYTES], unsigned *id,
                               unsigned *part)
{
	const struct aie_register *reg;

	*id = core_register(access, part);
	reg = *id == AIE_REGISTER_NONE ? NULL : aie_isa_register(*id);
	if (!reg)
		return refuse(access, AIE_ERROR_UNIMPLEMENTED,
		              "refused: debug access to this core register is not modelled");
	memset(data, 0, AIE_REGISTER_MAX_BYTES);
	aie_core_register_read(access->tile->core.core, *id, data);
	if (*part + 4 > AIE_REGISTER_MAX_BYTES)
		return refuse(access, AIE_ERROR_INTERNAL, "a register is narrower than its window");
	return 0;
}

static int read_core_register(struct access *access, uint32_t *value)
{
	uint8_t data[AIE_REGISTER_MAX_BYTES];
	unsigned id, part, word = aie_core_word_find(access->location.reg->name);
	struct aie_error reason;

	if (word < AIE_CORE_WORD_COUNT) {
		aie_error_clear(&reason);
		if (!aie_core_word_read(access->tile->core.core, (enum aie_core_word)word, value, &reason))
			return 0;
		return refuse(access, reason.category, reason.text);
	}
	if (core_register_bytes(access, data, &id, &part))
		return -1;
	memcpy(value, data + part, sizeof *value);
	return 0;
}

static int write_core_register(struct access *access, uint32_t value)
{
	uint8_t data[AIE_REGISTER_MAX_BYTES];
	unsigned id, part, word = aie_core_word_find(access->location.reg->name);

	if (AIE_FIELD_GET(access->tile->core.control, AIE_CORE_CORE_CONTROL_ENABLE) &&
	    !AIE_FIELD_GET(access->tile->core.control, AIE_CORE_CORE_CONTROL_RESET))
		return refuse(access, AIE_ERROR_UNSUPPORTED,
		              "refused: the core runs, writing its registers then is not established");
	if (word < AIE_CORE_WORD_COUNT) {
		aie_core_word_write(access->tile->core.core, (enum aie_core_word)word, value);
		return 0;
	}
	if (core_register_bytes(access, data, &id, &part))
		return -1;
	memcpy(data + part, &value, sizeof value);
	aie_core_register_write(access->tile->core.core, id, data);
	return 0;
}

static int read_core_pc(struct access *access, uint32_t *value)
{
	*value = aie_core_pc(access->tile->core.core);
	return 0;
}

static int write_core_pc(struct access *access, uint32_t value)
{
	if (value >= AIE_CORE_PROGRAM_BYTES)
		return refuse(access, AIE_ERROR_INPUT, "a program counter beyond the 16 KiB of program memory");
	aie_core_set_pc(access->tile->core.core, value);
	return 0;
}

static int write_processor_bus(struct access *access, uint32_t value)
{
	aie_core_side_set_bus(access->tile, AIE_FIELD_GET(value, AIE_CORE_CORE_PROCESSOR_BUS_ENABLE));
	*aie_register_plain(access->tile, &access->location) =
	        value & AIE_FIELD_MASK(AIE_CORE_CORE_PROCESSOR_BUS_ENABLE);
	return 0;
}

static int write_accumulator(struct access *access, uint32_t value)
{
	access->tile->core.accumulator = value;
	*aie_register_plain(access->tile, &access->location) = value;
	for (unsigned i = 0; i < access->array->tiles; i++)
		if (access->array->tile[i].core.asleep)
			aie_array_wake(access->array, AIE_ENTITY_CORE | i, aie_now(access->array));
	return 0;
}

/* ---- DMA --------------------------------------------------------------------------------------------------------- */

/* The descriptor word is the last character of the name: DMA_BD#_5. */
static unsigned descriptor_word(const struct access *access)
{
	const char *name = access->location.reg->name;

	return (unsigned)(name[strlen(name) - 1] - '0');
}

static int write_descriptor(struct access *access, uint32_t value)
{
	access->tile->descriptor[access->location.index[0]][descriptor_word(access)] = value;
	return 0;
}

static int read_descriptor(struct access *access, uint32_t *value)
{
	*value = access->tile->descriptor[access->location.index[0]][descriptor_word(access)];
	return 0;
}

static struct aie_dma_channel *channel_of(const struct access *access)
{
	bool mm2s = strstr(access->location.reg->name, "MM2S") != NULL;

	return &access->tile->channel[(mm2s ? access->tile->channels : 0) + access->location.index[0]];
}

static int write_channel_control(struct access *access, uint32_t value)
{
	return aie_dma_control(access->array, channel_of(access), value, access->error);
}

static int read_channel_control(struct access *access, uint32_t *value)
{
	*value = channel_of(access)->control;
	return 0;
}

static int write_queue(struct access *access, uint32_t value)
{
	return aie_dma_push(access->array, channel_of(access), value, access->error);
}

static int read_zero(struct access *access, uint32_t *value)
{
	(void)access;
	*value = 0;
	return 0;
}

static int write_channel_status(struct access *access, uint32_t value)
{
	aie_dma_clear_status(channel_of(access), value);
	return 0;
}

static int read_channel_status(struct access *access, uint32_t *value)
{
	*value = aie_dma_status(channel_of(access));
	return 0;
}

static int read_write_count(struct access *access, uint32_t *value)
{
	const struct aie_tile_field *field = &access->location.reg->field[0];

	*value = aie_field_get(aie_dma_write_count(channel_of(access)), field->lsb, field->width);
	return 0;
}

static int read_count_fifo(struct access *access, uint32_t *value)
{
	*value = aie_dma_pop_count(access->array, channel_of(access));
	return 0;
}

static int write_pad_value(struct access *access, uint32_t value)
{
	channel_of(access)->pad_value = value;
	*aie_register_plain(access->tile, &access->location) = value;
	return 0;
}

/* ---- locks ------------------------------------------------------------------------------------------------------- */

static int write_lock(struct access *access, uint32_t value)
{
	if (value > AIE_LOCK_MAX)
		return refuse(access, AIE_ERROR_INPUT, "a lock holds 0 to 63");
	aie_tile_set_lock(access->array, access->tile, access->location.index[0], value);
	return 0;
}

static int read_lock(struct access *access, uint32_t *value)
{
	*value = access->tile->lock[access->location.index[0]].value;
	return 0;
}

/* The address says what to do: lock id << 10, acquire << 9, 7-bit value << 2 (documented AM025). */
static int read_lock_request(struct access *access, uint32_t *value)
{
	uint32_t window = access->offset - access->location.reg->offset;
	bool acquire = window >> 9 & 1;

	*value = aie_tile_lock_request(access->array, access->tile, window >> 10, acquire,
	                               aie_lock_operand(window >> 2));
	return 0;
}

static uint64_t *lock_flags(const struct access *access, unsigned *shift)
{
	const char *name = access->location.reg->name;

	*shift = name[strlen(name) - 1] == '1' ? 32 : 0; /* Locks_Overflow_1 */
	return strstr(name, "Overflow") ? &access->tile->lock_overflow : &access->tile->lock_underflow;
}

static int write_lock_flags(struct access *access, uint32_t value)
{
	unsigned shift;
	uint64_t *flags = lock_flags(access, &shift);

	*flags &= ~((uint64_t)value << shift);
	return 0;
}

static int read_lock_flags(struct access *access, uint32_t *value)
{
	unsigned shift;
	const uint64_t *flags = lock_flags(access, &shift);

	*value = (uint32_t)(*flags >> shift);
	return 0;
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

static uint32_t switch_base(const struct access *access, bool master)
{
	switch (access->tile->kind) {
	case AIE_TILE_COMPUTE:
		return master ? AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_AIE_CORE0
		              : AIE_CORE_STREAM_SWITCH_SLAVE_CONFIG_AIE_CORE0;
	case AIE_TILE_MEMORY:
		return master ? AIE_MEMTILE_STREAM_SWITCH_MASTER_CONFIG_DMA
		              : AIE_MEMTILE_STREAM_SWITCH_SLAVE_CONFIG_DMA;
	case AIE_TILE_SHIM:
		break;
	}
	return master ? AIE_SHIM_STREAM_SWITCH_MASTER_CONFIG_TILE_CTRL : AIE_SHIM_STREAM_SWITCH_SLAVE_CONFIG_TILE_CTRL;
}

static int check_slave_of_master(struct access *access, uint32_t config)
{
	unsigned slave = AIE_FIELD_GET(config, AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_CONFIGURATION) & 0x1F;

	if (!AIE_FIELD_GET(config, AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_MASTER_ENABLE) ||
	    AIE_FIELD_GET(config, AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_PACKET_ENABLE) ||
	    slave >= aie_switch_slaves(access->tile->kind))
		return 0;
	return aie_switch_check_idle(access->tile, slave, access->error);
}

static int configure_port(const struct access *access, uint32_t *config, uint32_t value)
{
	*config = value;
	access->array->routes_dirty = true;
	aie_packet_changed(access->array, access->tile);
	return 0;
}

/* A circuit that the crossbar of the switch has no wires for. */
static int leads_nowhere(struct access *access, uint32_t config, unsigned slave)
{
	unsigned master = (access->offset - switch_base(access, true)) / 4;
	enum aie_tile_kind kind = access->tile->kind;
	struct aie_port from = aie_switch_slave(kind, slave), to = aie_switch_master(kind, master);
	char why[96];

	if (!AIE_FIELD_GET(config, AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_MASTER_ENABLE) ||
	    AIE_FIELD_GET(config, AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_PACKET_ENABLE) ||
	    aie_ports_joinable(kind, slave, master))
		return 0;
	snprintf(why, sizeof why, "the switch has no way from slave port %s%u to master port %s%u",
	         aie_port_kind_name((enum aie_port_kind)from.kind), from.number,
	         aie_port_kind_name((enum aie_port_kind)to.kind), to.number);
	return refuse(access, AIE_ERROR_INPUT, why);
}

static int write_master(struct access *access, uint32_t value)
{
	uint32_t *config = &access->tile->stream.master[(access->offset - switch_base(access, true)) / 4];
	unsigned slave = AIE_FIELD_GET(value, AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_CONFIGURATION) & 0x1F;

	if (AIE_FIELD_GET(value, AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_MASTER_ENABLE) &&
	    !AIE_FIELD_GET(value, AIE_CORE_STREAM_SWITCH_MASTER_CONFIG_DMA_PACKET_ENABLE) &&
	    slave >= aie_switch_slaves(access->tile->kind))
		return refuse(access, AIE_ERROR_INPUT,
		              "Configuration names a slave port that the switch does not have");
	if (*config == value)
		return 0;
	if (leads_nowhere(access, value, slave))
		return -1;
	if (check_slave_of_master(access, *config) || check_slave_of_master(access, value) ||
	    aie_packet_check_master(access->tile, (access->offset - switch_base(access, true)) / 4, access->error))
		return -1;
	return configure_port(access, config, value);
}

static int read_master(struct access *access, uint32_t *value)
{
	*value = access->tile->stream.master[(access->offset - switch_base(access, true)) / 4];
	return 0;
}

static int write_slave(struct access *access, uint32_t value)
{
	unsigned slave = (access->offset - switch_base(access, false)) / 4;
	uint32_t *config = &access->tile->stream.slave[slave];

	if (*config == value)
		return 0;
	if (aie_switch_check_idle(access->tile, slave, access->error) ||
	    aie_packet_check_slave(access->tile, slave, access->error))
		return -1;
	return configure_port(access, config, value);
}

static int read_slave(struct access *access, uint32_t *value)
{
	*value = access->tile->stream.slave[(access->offset - switch_base(access, false)) / 4];
	return 0;
}

/* Four slots for each slave port, in the order of the ports. */
static uint32_t *slot_at(const struct access *access)
{
	static const uint32_t base[AIE_TILE_KINDS] = {
		[AIE_TILE_COMPUTE] = AIE_CORE_STREAM_SWITCH_SLAVE_AIE_CORE0_SLOT,
		[AIE_TILE_MEMORY] = AIE_MEMTILE_STREAM_SWITCH_SLAVE_DMA_SLOT,
		[AIE_TILE_SHIM] = AIE_SHIM_STREAM_SWITCH_SLAVE_TILE_CTRL_SLOT,
	};
	unsigned number = (access->offset - base[access->tile->kind]) / 4;

	return &access->tile->packet->slave[number / AIE_SLOTS].slot[number % AIE_SLOTS];
}

static int write_slot(struct access *access, uint32_t value)
{
	*slot_at(access) = value;
	aie_packet_changed(access->array, access->tile);
	return 0;
}

static int read_slot(struct access *access, uint32_t *value)
{
	*value = *slot_at(access);
	return 0;
}

static struct aie_merge *merge_at(const struct access *access)
{
	return &access->tile->packet->merge[access->location.index[0]];
}

/* `argument`: which half of the four positions. */
static int write_merge_order(struct access *access, uint32_t value)
{
	merge_at(access)->order[access->argument] = value;
	aie_packet_changed(access->array, access->tile);
	return 0;
}

static int read_merge_order(struct access *access, uint32_t *value)
{
	*value = merge_at(access)->order[access->argument];
	return 0;
}

static int write_merge_control(struct access *access, uint32_t value)
{
	struct aie_merge *merge = merge_at(access);

	merge->enable = AIE_FIELD_GET(value, AIE_CORE_STREAM_SWITCH_DETERMINISTIC_MERGE_ARB_CTRL_ENABLE);
	merge->position = merge->done = 0;
	aie_packet_changed(access->array, access->tile);
	return 0;
}

static int read_merge_control(struct access *access, uint32_t *value)
{
	*value = merge_at(access)->enable;
	return 0;
}

static int write_handler_status(struct access *access, uint32_t value)
{
	access->tile->control.status &= ~value;
	return 0;
}

static int read_handler_status(struct access *access, uint32_t *value)
{
	*value = access->tile->control.status;
	return 0;
}

static int write_mux(struct access *access, uint32_t value)
{
	bool demux = access->offset == AIE_SHIM_DEMUX_CONFIG;
	uint32_t *config = demux ? &access->tile->demux : &access->tile->mux;

	if (*config == value)
		return 0;
	for (unsigned i = 0; i < aie_switch_slaves(AIE_TILE_SHIM); i++)
		if ((demux || aie_switch_slave(AIE_TILE_SHIM, i).kind == AIE_PORT_SOUTH) &&
		    aie_switch_check_idle(access->tile, i, access->error))
			return -1;
	*config = value;
	access->array->routes_dirty = true;
	return 0;
}

static int read_mux(struct access *access, uint32_t *value)
{
	*value = access->offset == AIE_SHIM_DEMUX_CONFIG ? access->tile->demux : access->tile->mux;
	return 0;
}

/* ---- clock, reset, timer ----------------------------------------------------------------------------------------- */

static int write_module_clock(struct access *access, uint32_t value)
{
	const struct aie_tile_register *reg = access->location.reg;

	for (unsigned i = 0; i < reg->field_count; i++) {
		uint32_t mask = aie_field_mask(reg->field[i].lsb, reg->field[i].width);

		if (strstr(reg->field[i].name, "Clock_Enable") && (reg->reset & mask) && !(value & mask))
			return refuse(access, AIE_ERROR_UNIMPLEMENTED,
			              "refused: stopping a module's clock is not modelled");
	}
	*aie_register_plain(access->tile, &access->location) = value;
	return 0;
}

static void reset_switch(struct access *access)
{
	struct aie_switch *stream = &access->tile->stream;

	memset(stream->master, 0, sizeof stream->master);
	memset(stream->slave, 0, sizeof stream->slave);
	aie_packet_reset(access->array, access->tile);
	aie_control_reset(access->tile);
	access->array->routes_dirty = true;
}

static bool belongs_to_events(const struct aie_array *array, unsigned number);

/* Events, timer, counters and trace of a module, and their registers. */
static void reset_events(struct access *access, enum aie_register_module module)
{
	struct aie_tile *tile = access->tile;

	for (unsigned i = 0; i < aie_register_count(); i++) {
		const struct aie_tile_register *reg = aie_register_at(i);

		if (reg->module == module && belongs_to_events(access->array, i))
			aie_register_reset_words(tile, i);
	}
	aie_events_reset_unit(aie_event_unit_of(tile, module));
}

/* A module is reset when its bit is written 1; it takes no part in anything until software releases and configures it.
 */
static int write_module_reset(struct access *access, uint32_t value)
{
	const struct aie_tile_register *reg = access->location.reg;

	for (unsigned i = 0; i < reg->field_count; i++) {
		const char *name = reg->field[i].name;

		if (!(value & aie_field_mask(reg->field[i].lsb, reg->field[i].width)))
			continue;
		if (strcmp(name, "Core_Module_Reset") == 0) {
			aie_core_side_reset(access->array, access->tile);
			reset_events(access, AIE_MODULE_CORE);
		} else if (strstr(name, "Memory")) {
			aie_tile_reset_memory_module(access->array, access->tile);
			reset_events(access,
			             access->tile->kind == AIE_TILE_MEMORY ? AIE_MODULE_MEMTILE : AIE_MODULE_MEM);
		} else if (strstr(name, "NoC")) {
			aie_tile_reset_memory_module(access->array, access->tile);
		} else if (strcmp(name, "Cte_Module_Reset") == 0) {
			reset_events(access, AIE_MODULE_SHIM); /* control, timer, events (register definitions) */
		} else if (strcmp(name, "Stream_Switch_Reset") == 0) {
			reset_switch(access);
		}
	}
	*aie_register_plain(access->tile, &access->location) = value;
	return 0;
}

static int write_column_reset(struct access *access, uint32_t value)
{
	struct aie_tile *shim = access->tile;

	if (AIE_FIELD_GET(value, AIE_SHIM_COLUMN_RESET_CONTROL_RESET)) {
		aie_streams_drop_column(access->array, shim->column);
		for (unsigned row = 1; row < access->array->rows; row++)
			aie_tile_reset(access->array, aie_array_tile(access->array, shim->column, row));
	}
	*aie_register_plain(shim, &access->location) = value;
	return 0;
}

static int write_column_clock(struct access *access, uint32_t value)
{
	uint32_t *plain = aie_register_plain(access->tile, &access->location);

	if (*plain & ~value & AIE_FIELD_MASK(AIE_SHIM_COLUMN_CLOCK_CONTROL_CLOCK_BUFFER_ENABLE)) {
		for (unsigned row = 1; row < access->array->rows; row++) {
			struct aie_tile *tile = aie_array_tile(access->array, access->tile->column, row);

			if (aie_tile_busy(tile))
				return refuse(access, AIE_ERROR_UNSUPPORTED,
				              "refused: stopping the clock of a column that is at work");
		}
	}
	*plain = value;
	return 0;
}

static int write_isolation(struct access *access, uint32_t value)
{
	struct aie_tile *tile = access->tile;

	for (unsigned i = 0; i < aie_switch_slaves(tile->kind) && value != tile->isolation; i++)
		if (aie_switch_check_idle(tile, i, access->error))
			return -1;
	value &= AIE_FIELD_MASK(AIE_CORE_TILE_CONTROL_ISOLATE_FROM_SOUTH) |
	         AIE_FIELD_MASK(AIE_CORE_TILE_CONTROL_ISOLATE_FROM_WEST) |
	         AIE_FIELD_MASK(AIE_CORE_TILE_CONTROL_ISOLATE_FROM_NORTH) |
	         AIE_FIELD_MASK(AIE_CORE_TILE_CONTROL_ISOLATE_FROM_EAST);
	*aie_register_plain(tile, &access->location) = value;
	aie_tile_isolate(tile, value);
	return 0;
}

/* Events, trace, timers, performance counters: sim/tile/event_config.c. */
static int name_register(struct access *access)
{
	char name[96];

	aie_register_print(&access->location, name, sizeof name);
	return aie_error_prefix(access->error, "tile (%u,%u) register %s (0x%05X)", access->tile->column,
	                        access->tile->row, name, access->offset);
}

static int write_event(struct access *access, uint32_t value)
{
	const struct aie_tile_register *reg = access->location.reg;

	if (reg->access == AIE_ACCESS_RO)
		return refuse(access, AIE_ERROR_INPUT, "it is read-only");
	if (aie_event_write(aie_event_unit_of(access->tile, (enum aie_register_module)reg->module), access->offset,
	                    aie_register_plain(access->tile, &access->location), value, access->error))
		return name_register(access);
	return 0;
}

static int read_event(struct access *access, uint32_t *value)
{
	const struct aie_tile_register *reg = access->location.reg;

	if (aie_event_read(aie_event_unit_of(access->tile, (enum aie_register_module)reg->module), reg, access->offset,
	                   aie_register_plain(access->tile, &access->location), value, access->error))
		return name_register(access);
	return 0;
}

/* Interrupt controllers keep their masks, and never interrupt. */
static void note_interrupt(const struct access *access, uint32_t value)
{
	if (value && strncmp(access->location.reg->name, "Interrupt_", 10) == 0)
		aie_register_note_write(access->array, access->tile, &access->location, access->offset, value);
}

/* A register that sets or clears bits of another one, `argument` bytes away. */
static int write_set(struct access *access, uint32_t value)
{
	uint32_t *plain = aie_register_plain_at(access->tile, access->offset + (uint32_t)access->argument);

	if (!plain)
		return refuse(access, AIE_ERROR_INTERNAL, "its value register is not in the map");
	*plain |= value;
	note_interrupt(access, value);
	return 0;
}

static int write_clear(struct access *access, uint32_t value)
{
	uint32_t *plain = aie_register_plain_at(access->tile, access->offset + (uint32_t)access->argument);

	if (!plain)
		return refuse(access, AIE_ERROR_INTERNAL, "its value register is not in the map");
	*plain &= ~value;
	note_interrupt(access, value);
	return 0;
}

/* ---- the rules --------------------------------------------------------------------------------------------------- */

static const struct rule rules[] = {
	{ "DataMemory#", ACT, write_data_memory, read_data_memory, 0 },
	{ "Program_Memory#", ACT, write_program, read_program, 0 },
	{ "Program_Memory_Error_Injection#", REFUSE, NULL, NULL, 0 },
	{ "Memory_Control", ACT, write_memory_control, NULL, 0 },
	{ "Core_Control", ACT, write_core_control, read_core_control, 0 },
	{ "Core_Status", ACT, NULL, read_core_status, 0 },
	{ "Core_Processor_Bus", ACT, write_processor_bus, NULL, 0 },
	{ "Core_PC", ACT, write_core_pc, read_core_pc, 0 },
	{ "Core_*", ACT, write_core_register, read_core_register, 0 },
	{ "Accumulator_Control", ACT, write_accumulator, NULL, 0 },
	{ "DMA_BD#_*", ACT, write_descriptor, read_descriptor, 0 },
	{ "DMA_*_Ctrl", ACT, write_channel_control, read_channel_control, 0 },
	{ "DMA_*_Start_Queue", ACT, write_queue, read_zero, 0 },
	{ "DMA_*_Task_Queue", ACT, write_queue, read_zero, 0 },
	{ "DMA_*_Status_#", ACT, write_channel_status, read_channel_status, 0 },
	{ "DMA_S2MM_Current_Write_Count_#", ACT, NULL, read_write_count, 0 },
	{ "DMA_S2MM_FoT_Count_FIFO_Pop_#", ACT, NULL, read_count_fifo, 0 },
	{ "DMA_MM2S_#_Constant_Pad_Value", ACT, write_pad_value, NULL, 0 },
	{ "DMA_Event_Channel_Selection", ACT, write_event, read_event, 0 },
	{ "Lock#_value", ACT, write_lock, read_lock, 0 },
	{ "Lock_Request#", ACT, NULL, read_lock_request, 0 },
	{ "Locks_Overflow*", ACT, write_lock_flags, read_lock_flags, 0 },
	{ "Locks_Underflow*", ACT, write_lock_flags, read_lock_flags, 0 },
	{ "Locks_Event_Selection_#", ACT, write_event, read_event, 0 },
	{ "Stream_Switch_Event_Port_Selection_*", ACT, write_event, read_event, 0 },
	{ "Stream_Switch_Master_Config_*", ACT, write_master, read_master, 0 },
	{ "Stream_Switch_Slave_Config_*", ACT, write_slave, read_slave, 0 },
	{ "Stream_Switch_Slave_*_Slot#", ACT, write_slot, read_slot, 0 },
	{ "Stream_Switch_Deterministic_Merge_*_slave0_1", ACT, write_merge_order, read_merge_order, 0 },
	{ "Stream_Switch_Deterministic_Merge_*_slave2_3", ACT, write_merge_order, read_merge_order, 1 },
	{ "Stream_Switch_Deterministic_Merge_*_ctrl", ACT, write_merge_control, read_merge_control, 0 },
	{ "Stream_Switch_Parity_Injection", ZERO, NULL, NULL, 0 },
	{ "Stream_Switch_*", KEEP, NULL, NULL, 0 }, /* event ports, parity and clock gate status */
	{ "Mux_Config", ACT, write_mux, read_mux, 0 },
	{ "Demux_Config", ACT, write_mux, read_mux, 0 },
	{ "Module_Clock_Control*", ACT, write_module_clock, NULL, 0 },
	{ "Module_Reset_Control*", ACT, write_module_reset, NULL, 0 },
	{ "Column_Clock_Control", ACT, write_column_clock, NULL, 0 },
	{ "Column_Reset_Control", ACT, write_column_reset, NULL, 0 },
	{ "Tile_Control", ACT, write_isolation, NULL, 0 },
	{ "*Packet_Handler_Status", ACT, write_handler_status, read_handler_status, 0 },
	{ "Timer_*", ACT, write_event, read_event, 0 },
	{ "Performance_*", ACT, write_event, read_event, 0 },
	{ "Trace_*", ACT, write_event, read_event, 0 },
	{ "*_Block_*_Set", ACT, write_set, read_zero, 8 },
	{ "*_Block_*_Clr", ACT, write_clear, read_zero, 4 },
	{ "Event_*", ACT, write_event, read_event, 0 },
	{ "Combo_*", ACT, write_event, read_event, 0 },
	{ "Edge_*", ACT, write_event, read_event, 0 },
	{ "Enable_Events", ACT, write_event, read_event, 0 },
	{ "Reset_Event", ZERO, NULL, NULL, 0 },
	{ "Debug_*", ZERO, NULL, NULL, 0 },
	{ "PC_Event#", ACT, write_event, read_event, 0 },
	{ "Error_Halt_*", ZERO, NULL, NULL, 0 },
	{ "ECC_*", STORE, NULL, NULL, 0 },
	{ "Parity_Failing_Address", KEEP, NULL, NULL, 0 },
	{ "Checkbit_Error_Generation", ZERO, NULL, NULL, 0 },
	{ "WatchPoint#", STORE, NULL, NULL, 0 },
	{ "CSSD_Trigger", ZERO, NULL, NULL, 0 },
	{ "Spare_Reg*", KEEP, NULL, NULL, 0 },
	{ "Interrupt_*_enable*", ACT, write_set, read_zero, -4 },
	{ "Interrupt_*_disable*", ACT, write_clear, read_zero, -8 },
	{ "Interrupt_*_block_*_set", ACT, write_set, read_zero, 8 },
	{ "Interrupt_*_block_*_clear", ACT, write_clear, read_zero, 4 },
	{ "Interrupt_*", STORE, NULL, NULL, 0 },
	{ "NOC_Interface_*", STORE, NULL, NULL, 0 },
	{ "ME_AXIMM_Config", STORE, NULL, NULL, 0 },
	{ "PL_Interface_*", STORE, NULL, NULL, 0 },
	{ "BISR_*", STORE, NULL, NULL, 0 },
};

static bool belongs_to_events(const struct aie_array *array, unsigned number)
{
	unsigned rule = array->rule[number];

	return rule < sizeof rules / sizeof rules[0] &&
	       (rules[rule].write == write_event || strncmp(aie_register_at(number)->name, "Event_", 6) == 0);
}

static bool matches(const char *pattern, const char *name)
{
	while (*pattern) {
		if (*pattern == '*') {
			for (const char *rest = name;; rest++) {
				if (matches(pattern + 1, rest))
					return true;
				if (!*rest)
					return false;
			}
		}
		if (*pattern++ != *name++)
			return false;
	}
	return *name == 0;
}

int aie_registers_init(struct aie_array *array, struct aie_error *error)
{
	unsigned count = aie_register_count();

	array->rule = calloc(count, sizeof *array->rule);
	if (!array->rule || aie_register_store_init(array))
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for the array's registers");
	for (unsigned i = 0; i < count; i++) {
		for (array->rule[i] = 0; array->rule[i] < sizeof rules / sizeof rules[0]; array->rule[i]++)
			if (matches(rules[array->rule[i]].pattern, aie_register_at(i)->name))
				break;
	}
	return 0;
}

/* ---- access ------------------------------------------------------------------------------------------------------ */

static const struct rule *find(struct access *access)
{
	unsigned rule;

	if (!aie_register_find(access->tile->kind, access->offset, &access->location)) {
		aie_error_set(access->error, AIE_ERROR_INPUT, "tile (%u,%u): no register of a %s tile at 0x%05X",
		              access->tile->column, access->tile->row, aie_tile_kind_name(access->tile->kind),
		              access->offset);
		return NULL;
	}
	rule = access->array->rule[access->location.reg - aie_register_at(0)];
	if (rule == sizeof rules / sizeof rules[0]) {
		refuse(access, AIE_ERROR_UNIMPLEMENTED, "refused: not modelled");
		return NULL;
	}
	access->argument = rules[rule].argument;
	return &rules[rule];
}

static int check(struct access *access)
{
	const struct aie_tile *tile = access->tile;

	if (access->offset % 4)
		return aie_error_set(access->error, AIE_ERROR_INPUT, "tile (%u,%u) offset 0x%05X: not 4-byte aligned",
		                     tile->column, tile->row, access->offset);
	if (!aie_tile_clocked(tile))
		return aie_error_set(
		        access->error, AIE_ERROR_INPUT,
		        "tile (%u,%u) offset 0x%05X: the column's clock is off (write 1 to Column_Clock_Control, "
		        "0x%08X, first)",
		        tile->column, tile->row, access->offset,
		        aie_tile_address(tile->column, AIE_ROW_SHIM, AIE_SHIM_COLUMN_CLOCK_CONTROL));
	return 0;
}

static int store(struct access *access, uint32_t value)
{
	const struct aie_tile_register *reg = access->location.reg;
	uint32_t *plain = aie_register_plain(access->tile, &access->location);

	switch (reg->access) {
	case AIE_ACCESS_RO:
		return refuse(access, AIE_ERROR_INPUT, "it is read-only");
	case AIE_ACCESS_WTC:
		*plain &= ~value;
		return 0;
	default:
		*plain = value;
		return 0;
	}
}

int aie_tile_write(struct aie_array *array, struct aie_tile *tile, uint32_t offset, uint32_t value,
                   struct aie_error *error)
{
	struct access access = { .array = array, .tile = tile, .offset = offset, .error = error };
	const struct rule *rule;

	if (check(&access))
		return -1;
	rule = find(&access);
	if (!rule)
		return -1;
	switch (rule->policy) {
	case ACT:
		return rule->write ? rule->write(&access, value) : refuse(&access, AIE_ERROR_INPUT, "it is read-only");
	case ZERO:
		if (value != access.location.reg->reset)
			return refuse(&access, AIE_ERROR_UNIMPLEMENTED, "refused: what it starts is not modelled");
		return 0;
	case REFUSE:
		return refuse(&access, AIE_ERROR_UNIMPLEMENTED, "refused: not modelled");
	case STORE:
		if (value != access.location.reg->reset)
			aie_register_note_write(array, tile, &access.location, offset, value);
		break;
	case KEEP:
		break;
	}
	return store(&access, value);
}

int aie_tile_read(struct aie_array *array, struct aie_tile *tile, uint32_t offset, uint32_t *value,
                  struct aie_error *error)
{
	struct access access = { .array = array, .tile = tile, .offset = offset, .error = error };
	const struct rule *rule;

	if (check(&access))
		return -1;
	rule = find(&access);
	if (!rule)
		return -1;
	if (rule->read)
		return rule->read(&access, value);
	if (rule->policy == REFUSE)
		return refuse(&access, AIE_ERROR_UNIMPLEMENTED, "refused: not modelled");
	*value = *aie_register_plain(tile, &access.location);
	return 0;
}
