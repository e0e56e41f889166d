#include "tests/array/rig.h"

#include "driver/image/core_elf.h"
#include "isa/assembler.h"

static void *translate(void *user, uint64_t address, uint64_t size, bool write)
{
	struct rig *rig = user;

	(void)write;
	if (address < RIG_MEMORY_BASE || address - RIG_MEMORY_BASE > rig->size ||
	    size > rig->size - (address - RIG_MEMORY_BASE))
		return NULL;
	return rig->memory + (address - RIG_MEMORY_BASE);
}

struct rig *rig_new(const char *profile, size_t memory)
{
	struct rig *rig = calloc(1, sizeof *rig);
	struct aie_system_memory system = { .user = rig, .translate = translate };

	assert_non_null(rig);
	rig->size = memory;
	rig->memory = calloc(1, memory ? memory : 1);
	assert_non_null(rig->memory);
	rig->array = aie_array_create(profile, &system, &rig->error);
	if (!rig->array)
		fail_msg("%s", rig->error.text);
	for (unsigned column = 0; column < aie_array_columns(rig->array); column++)
		rig_open_column(rig, column);
	return rig;
}

void rig_open_column(struct rig *rig, unsigned column)
{
	rig_write(rig, column, 0, 0xFFF20, 1);
	for (unsigned row = 0; row < aie_array_rows(rig->array); row++)
		rig_write(rig, column, row, row == 0 ? 0xFFF40 : row == 1 ? 0xFFF20 : 0x60020, 0);
}

void rig_free(struct rig *rig)
{
	aie_array_destroy(rig->array);
	free(rig->memory);
	free(rig);
}

void rig_write(struct rig *rig, unsigned column, unsigned row, uint32_t offset, uint32_t value)
{
	if (aie_array_write32(rig->array, aie_tile_address(column, row, offset), value, &rig->error))
		fail_msg("write (%u,%u) 0x%05X = 0x%X: %s", column, row, offset, value, rig->error.text);
}

uint32_t rig_read(struct rig *rig, unsigned column, unsigned row, uint32_t offset)
{
	uint32_t value = 0;

	if (aie_array_read32(rig->array, aie_tile_address(column, row, offset), &value, &rig->error))
		fail_msg("read (%u,%u) 0x%05X: %s", column, row, offset, rig->error.text);
	return value;
}

void rig_write_fails(struct rig *rig, unsigned column, unsigned row, uint32_t offset, uint32_t value,
                     enum aie_error_category category, const char *text)
{
	aie_error_clear(&rig->error);
	assert_int_equal(aie_array_write32(rig->array, aie_tile_address(column, row, offset), value, &rig->error), -1);
	assert_int_equal(rig->error.category, category);
	if (!strstr(rig->error.text, text))
		fail_msg("'%s' does not say '%s'", rig->error.text, text);
}

/* ---- streams: port numbers as documented ------------------------------------------------------------------------- */

/* 'R' is a trace slave port. */
static unsigned index_of(const char *bundles, const unsigned *first, struct rig_port port)
{
	const char *at = strchr(bundles, port.bundle);

	assert_non_null(at);
	return first[at - bundles] + port.number;
}

unsigned rig_slave_index(unsigned row, struct rig_port port)
{
	if (row == 0)
		return index_of("TFSWNER", (const unsigned[]){ 0, 1, 2, 10, 14, 18, 22 }, port);
	if (row == 1)
		return index_of("DTSNR", (const unsigned[]){ 0, 6, 7, 13, 17 }, port);
	return index_of("CDTFSWNER", (const unsigned[]){ 0, 1, 3, 4, 5, 11, 15, 19, 23 }, port);
}

unsigned rig_master_index(unsigned row, struct rig_port port)
{
	if (row == 0)
		return index_of("TFSWNE", (const unsigned[]){ 0, 1, 2, 8, 12, 18 }, port);
	if (row == 1)
		return index_of("DTSN", (const unsigned[]){ 0, 6, 7, 11 }, port);
	return index_of("CDTFSWNE", (const unsigned[]){ 0, 1, 3, 4, 5, 9, 13, 19 }, port);
}

void rig_connect(struct rig *rig, unsigned column, unsigned row, struct rig_port slave, struct rig_port master)
{
	uint32_t base = row == 1 ? 0xB0000 : 0x3F000;
	unsigned index = rig_slave_index(row, slave);

	rig_write(rig, column, row, base + 0x100 + 4 * index, 0x80000000);
	rig_write(rig, column, row, base + 4 * rig_master_index(row, master), 0x80000000 | index);
}

void rig_packet_slot(struct rig *rig, unsigned column, unsigned row, struct rig_port slave, unsigned slot, unsigned id,
                     unsigned mask, unsigned arbiter, unsigned select)
{
	uint32_t base = row == 1 ? 0xB0000 : 0x3F000;
	unsigned index = rig_slave_index(row, slave);

	rig_write(rig, column, row, base + 0x200 + 0x10 * index + 4 * slot,
	          id << 24 | mask << 16 | 1 << 8 | select << 4 | arbiter);
	rig_write(rig, column, row, base + 0x100 + 4 * index, 0xC0000000);
}

void rig_packet_master(struct rig *rig, unsigned column, unsigned row, struct rig_port master, unsigned arbiter,
                       unsigned selects, bool drop_header)
{
	uint32_t base = row == 1 ? 0xB0000 : 0x3F000;

	rig_write(rig, column, row, base + 4 * rig_master_index(row, master),
	          0xC0000000 | (uint32_t)drop_header << 7 | selects << 3 | arbiter);
}

void rig_shim_mux(struct rig *rig, unsigned column)
{
	rig_write(rig, column, 0, 0x1F000, 1 << 10 | 1 << 14);
	rig_write(rig, column, 0, 0x1F004, 1 << 4 | 1 << 6);
}

void rig_route_up(struct rig *rig, unsigned column, unsigned channel, unsigned lane, unsigned row, unsigned target)
{
	rig_shim_mux(rig, column);
	rig_connect(rig, column, 0, PORT('S', channel ? 7 : 3), PORT('N', lane));
	for (unsigned r = 1; r < row; r++)
		rig_connect(rig, column, r, PORT('S', lane), PORT('N', lane));
	rig_connect(rig, column, row, PORT('S', lane), PORT('D', target));
}

void rig_route_down(struct rig *rig, unsigned column, unsigned row, unsigned source, unsigned lane, unsigned channel)
{
	rig_shim_mux(rig, column);
	rig_connect(rig, column, row, PORT('D', source), PORT('S', lane));
	for (unsigned r = row - 1; r >= 1; r--)
		rig_connect(rig, column, r, PORT('N', lane), PORT('S', lane));
	rig_connect(rig, column, 0, PORT('N', lane), PORT('S', 2 + channel));
}

/* ---- DMA --------------------------------------------------------------------------------------------------------- */

static uint32_t less_one(uint32_t value)
{
	return value ? value - 1 : 0;
}

static uint32_t lock_word(const struct rig_bd *bd)
{
	uint32_t word = 0;

	word = AIE_FIELD_SET(word, AIE_MEM_DMA_BD_5_TLAST_SUPPRESS, bd->tlast_suppress);
	word = AIE_FIELD_SET(word, AIE_MEM_DMA_BD_5_USE_NEXT_BD, bd->next >= 0);
	word = AIE_FIELD_SET(word, AIE_MEM_DMA_BD_5_NEXT_BD, bd->next >= 0 ? (uint32_t)bd->next : 0);
	word = AIE_FIELD_SET(word, AIE_MEM_DMA_BD_5_VALID_BD, !bd->invalid);
	if (bd->release >= 0) {
		word = AIE_FIELD_SET(word, AIE_MEM_DMA_BD_5_LOCK_REL_ID, (uint32_t)bd->release);
		word = AIE_FIELD_SET(word, AIE_MEM_DMA_BD_5_LOCK_REL_VALUE, (uint32_t)bd->release_value & 0x7F);
	}
	if (bd->acquire >= 0) {
		word = AIE_FIELD_SET(word, AIE_MEM_DMA_BD_5_LOCK_ACQ_ENABLE, 1);
		word = AIE_FIELD_SET(word, AIE_MEM_DMA_BD_5_LOCK_ACQ_ID, (uint32_t)bd->acquire);
		word = AIE_FIELD_SET(word, AIE_MEM_DMA_BD_5_LOCK_ACQ_VALUE, (uint32_t)bd->acquire_value & 0x7F);
	}
	return word;
}

static void compute_bd(uint32_t *w, const struct rig_bd *bd)
{
	w[0] = AIE_FIELD(AIE_MEM_DMA_BD_0_BASE_ADDRESS, (uint32_t)bd->address / 4) |
	       AIE_FIELD(AIE_MEM_DMA_BD_0_BUFFER_LENGTH, bd->words);
	w[1] = (uint32_t)bd->compression << 31 | (uint32_t)bd->packet << 30 | bd->packet_bd << 24 |
	       bd->packet_id << 19 | bd->packet_type << 16;
	w[2] = AIE_FIELD(AIE_MEM_DMA_BD_2_D0_STEPSIZE, less_one(bd->step[0])) |
	       AIE_FIELD(AIE_MEM_DMA_BD_2_D1_STEPSIZE, less_one(bd->step[1]));
	w[3] = AIE_FIELD(AIE_MEM_DMA_BD_3_D2_STEPSIZE, less_one(bd->step[2])) |
	       AIE_FIELD(AIE_MEM_DMA_BD_3_D0_WRAP, bd->wrap[0]) | AIE_FIELD(AIE_MEM_DMA_BD_3_D1_WRAP, bd->wrap[1]);
	w[4] = AIE_FIELD(AIE_MEM_DMA_BD_4_ITERATION_STEPSIZE, less_one(bd->iteration_step)) |
	       AIE_FIELD(AIE_MEM_DMA_BD_4_ITERATION_WRAP, less_one(bd->iteration_wrap)) |
	       AIE_FIELD(AIE_MEM_DMA_BD_4_ITERATION_CURRENT, bd->iteration_current);
	w[5] = lock_word(bd);
}

static void memory_bd(uint32_t *w, const struct rig_bd *bd)
{
	/* a memory tile sees its own memory at 0x80000 and its own locks at 64 */
	w[0] = AIE_FIELD(AIE_MEMTILE_DMA_BD_0_BUFFER_LENGTH, bd->words) |
	       AIE_FIELD(AIE_MEMTILE_DMA_BD_0_ENABLE_PACKET, bd->packet) | bd->packet_type << 28 | bd->packet_id << 23 |
	       bd->packet_bd << 17;
	w[1] = AIE_FIELD(AIE_MEMTILE_DMA_BD_1_BASE_ADDRESS, (uint32_t)(bd->address + 0x80000) / 4) |
	       AIE_FIELD(AIE_MEMTILE_DMA_BD_1_USE_NEXT_BD, bd->next >= 0) |
	       AIE_FIELD(AIE_MEMTILE_DMA_BD_1_NEXT_BD, bd->next >= 0 ? (uint32_t)bd->next : 0) |
	       AIE_FIELD(AIE_MEMTILE_DMA_BD_1_D0_PAD_BEFORE, bd->pad_before[0]);
	w[2] = AIE_FIELD(AIE_MEMTILE_DMA_BD_2_D0_STEPSIZE, less_one(bd->step[0])) |
	       AIE_FIELD(AIE_MEMTILE_DMA_BD_2_D0_WRAP, bd->wrap[0]) |
	       AIE_FIELD(AIE_MEMTILE_DMA_BD_2_TLAST_SUPPRESS, bd->tlast_suppress);
	w[3] = AIE_FIELD(AIE_MEMTILE_DMA_BD_3_D1_STEPSIZE, less_one(bd->step[1])) |
	       AIE_FIELD(AIE_MEMTILE_DMA_BD_3_D1_WRAP, bd->wrap[1]) |
	       AIE_FIELD(AIE_MEMTILE_DMA_BD_3_D1_PAD_BEFORE, bd->pad_before[1]);
	w[4] = AIE_FIELD(AIE_MEMTILE_DMA_BD_4_D2_STEPSIZE, less_one(bd->step[2])) |
	       AIE_FIELD(AIE_MEMTILE_DMA_BD_4_D2_WRAP, bd->wrap[2]) |
	       AIE_FIELD(AIE_MEMTILE_DMA_BD_4_D2_PAD_BEFORE, bd->pad_before[2]) | (uint32_t)bd->compression << 31;
	w[5] = AIE_FIELD(AIE_MEMTILE_DMA_BD_5_D3_STEPSIZE, less_one(bd->step[3])) |
	       AIE_FIELD(AIE_MEMTILE_DMA_BD_5_D0_PAD_AFTER, bd->pad_after[0]) |
	       AIE_FIELD(AIE_MEMTILE_DMA_BD_5_D1_PAD_AFTER, bd->pad_after[1]) |
	       AIE_FIELD(AIE_MEMTILE_DMA_BD_5_D2_PAD_AFTER, bd->pad_after[2]);
	w[6] = AIE_FIELD(AIE_MEMTILE_DMA_BD_6_ITERATION_STEPSIZE, less_one(bd->iteration_step)) |
	       AIE_FIELD(AIE_MEMTILE_DMA_BD_6_ITERATION_WRAP, less_one(bd->iteration_wrap)) |
	       AIE_FIELD(AIE_MEMTILE_DMA_BD_6_ITERATION_CURRENT, bd->iteration_current);
	w[7] = AIE_FIELD(AIE_MEMTILE_DMA_BD_7_VALID_BD, !bd->invalid);
	if (bd->release >= 0)
		w[7] |= AIE_FIELD(AIE_MEMTILE_DMA_BD_7_LOCK_REL_ID, (uint32_t)bd->release + 64) |
		        AIE_FIELD(AIE_MEMTILE_DMA_BD_7_LOCK_REL_VALUE, (uint32_t)bd->release_value & 0x7F);
	if (bd->acquire >= 0)
		w[7] |= AIE_FIELD(AIE_MEMTILE_DMA_BD_7_LOCK_ACQ_ENABLE, 1) |
		        AIE_FIELD(AIE_MEMTILE_DMA_BD_7_LOCK_ACQ_ID, (uint32_t)bd->acquire + 64) |
		        AIE_FIELD(AIE_MEMTILE_DMA_BD_7_LOCK_ACQ_VALUE, (uint32_t)bd->acquire_value & 0x7F);
}

static void shim_bd(uint32_t *w, const struct rig_bd *bd)
{
	uint64_t address = bd->address + 0x80000000;

	w[0] = bd->words;
	w[1] = (uint32_t)address;
	w[2] = AIE_FIELD(AIE_SHIM_DMA_BD_2_BASE_ADDRESS_HIGH, (uint32_t)(address >> 32)) |
	       AIE_FIELD(AIE_SHIM_DMA_BD_2_ENABLE_PACKET, bd->packet) | bd->packet_bd << 24 | bd->packet_id << 19 |
	       bd->packet_type << 16;
	w[3] = AIE_FIELD(AIE_SHIM_DMA_BD_3_D0_STEPSIZE, less_one(bd->step[0])) |
	       AIE_FIELD(AIE_SHIM_DMA_BD_3_D0_WRAP, bd->wrap[0]);
	w[4] = AIE_FIELD(AIE_SHIM_DMA_BD_4_D1_STEPSIZE, less_one(bd->step[1])) |
	       AIE_FIELD(AIE_SHIM_DMA_BD_4_D1_WRAP, bd->wrap[1]) | AIE_FIELD(AIE_SHIM_DMA_BD_4_BURST_LENGTH, bd->burst);
	w[5] = AIE_FIELD(AIE_SHIM_DMA_BD_5_D2_STEPSIZE, less_one(bd->step[2])) |
	       AIE_FIELD(AIE_SHIM_DMA_BD_5_AXCACHE, 2);
	w[6] = AIE_FIELD(AIE_SHIM_DMA_BD_6_ITERATION_STEPSIZE, less_one(bd->iteration_step)) |
	       AIE_FIELD(AIE_SHIM_DMA_BD_6_ITERATION_WRAP, less_one(bd->iteration_wrap)) |
	       AIE_FIELD(AIE_SHIM_DMA_BD_6_ITERATION_CURRENT, bd->iteration_current);
	w[7] = lock_word(bd);
}

void rig_bd(struct rig *rig, unsigned column, unsigned row, unsigned id, struct rig_bd bd)
{
	uint32_t words[8] = { 0 }, base = row == 1 ? 0xA0000 : 0x1D000;
	unsigned count = row >= 2 ? 6 : 8;

	if (row == 0)
		shim_bd(words, &bd);
	else if (row == 1)
		memory_bd(words, &bd);
	else
		compute_bd(words, &bd);
	if (aie_array_write_block(rig->array, aie_tile_address(column, row, base + 0x20 * id), words, count,
	                          &rig->error))
		fail_msg("%s", rig->error.text);
}

void rig_push(struct rig *rig, unsigned column, unsigned row, bool mm2s, unsigned channel, unsigned bd,
              unsigned repeats, bool token)
{
	static const uint32_t base[3][2] = { { 0x1D204, 0x1D214 }, { 0xA0604, 0xA0634 }, { 0x1DE04, 0x1DE14 } };
	uint32_t value = (uint32_t)token << 31 | (repeats - 1) << 16 | bd;

	rig_write(rig, column, row, base[row < 2 ? row : 2][mm2s] + 8 * channel, value);
}

uint32_t rig_status(struct rig *rig, unsigned column, unsigned row, bool mm2s, unsigned channel)
{
	static const uint32_t base[3][2] = { { 0x1D220, 0x1D228 }, { 0xA0660, 0xA0680 }, { 0x1DF00, 0x1DF10 } };

	return rig_read(rig, column, row, base[row < 2 ? row : 2][mm2s] + 4 * channel);
}

static uint32_t lock_address(unsigned row, unsigned id)
{
	return (row == 0 ? 0x14000U : row == 1 ? 0xC0000U : 0x1F000U) + 0x10 * id;
}

uint32_t rig_lock(struct rig *rig, unsigned column, unsigned row, unsigned id)
{
	return rig_read(rig, column, row, lock_address(row, id));
}

void rig_set_lock(struct rig *rig, unsigned column, unsigned row, unsigned id, uint32_t value)
{
	rig_write(rig, column, row, lock_address(row, id), value);
}

/* ---- cores ------------------------------------------------------------------------------------------------------- */

void rig_load(struct rig *rig, unsigned column, unsigned row, const char *source)
{
	struct aie_asm_source input = { .name = "test.s", .text = source, .size = strlen(source) };
	struct aie_asm_options options = { 0 };
	struct aie_core_elf elf;
	size_t size;
	uint8_t *bytes;

	if (aie_assemble(&input, 1, &options, &bytes, &size, &rig->error) ||
	    aie_core_elf_open(&elf, bytes, size, false, &rig->error))
		fail_msg("%s", rig->error.text);
	for (uint32_t i = 0; i < elf.piece_count; i++) {
		const struct aie_core_elf_piece *piece = &elf.piece[i];
		uint32_t base = piece->window == AIE_WINDOW_PROGRAM ? AIE_CORE_PROGRAM_MEMORY : 0;

		for (uint32_t at = 0; piece->data && at < piece->size; at += 4) {
			uint32_t word = 0;

			memcpy(&word, piece->data + at, piece->size - at < 4 ? piece->size - at : 4);
			rig_write(rig, column, row, base + piece->offset + at, word);
		}
	}
	aie_core_elf_close(&elf);
	free(bytes);
}

void rig_start(struct rig *rig, unsigned column, unsigned row)
{
	rig_write(rig, column, row, AIE_CORE_CORE_CONTROL, 1);
}

/* ---- running ----------------------------------------------------------------------------------------------------- */

uint64_t rig_run(struct rig *rig, uint64_t limit)
{
	enum aie_array_stop stop = aie_array_run(rig->array, aie_array_cycle(rig->array) + limit, false);

	if (stop == AIE_ARRAY_FAULT) {
		aie_array_fault(rig->array, &rig->error);
		fail_msg("fault: %s", rig->error.text);
	}
	if (stop != AIE_ARRAY_IDLE)
		fail_msg("still at work after %llu cycles", (unsigned long long)limit);
	return aie_array_cycle(rig->array);
}

bool rig_take_token(struct rig *rig, struct aie_token *token)
{
	aie_array_advance(rig->array, aie_array_cycle(rig->array) + aie_array_timing_of(rig->array)->token_latency);
	return aie_array_take_token(rig->array, token);
}

static void add_wait(void *user, const char *text)
{
	struct rig *rig = user;

	if (rig->wait_count < sizeof rig->waits / sizeof rig->waits[0])
		snprintf(rig->waits[rig->wait_count++], sizeof rig->waits[0], "%s", text);
}

unsigned rig_waits(struct rig *rig)
{
	rig->wait_count = 0;
	aie_array_waits(rig->array, add_wait, rig);
	return rig->wait_count;
}

void rig_expect_wait(struct rig *rig, const char *first, ...)
{
	rig_waits(rig);
	for (unsigned i = 0; i < rig->wait_count; i++) {
		bool all = true;
		va_list list;

		va_start(list, first);
		for (const char *text = first; text; text = va_arg(list, const char *))
			all = all && strstr(rig->waits[i], text);
		va_end(list);
		if (all)
			return;
	}
	for (unsigned i = 0; i < rig->wait_count; i++)
		print_error("wait: %s\n", rig->waits[i]);
	fail_msg("no waiting unit says '%s' ...", first);
}

uint32_t rig_word(struct rig *rig, unsigned column, unsigned row, uint32_t offset)
{
	return rig_read(rig, column, row, offset);
}

void rig_fill(struct rig *rig, unsigned column, unsigned row, uint32_t offset, uint32_t first, unsigned words)
{
	for (unsigned i = 0; i < words; i++)
		rig_write(rig, column, row, offset + 4 * i, first + i);
}

uint32_t *rig_memory(struct rig *rig, size_t offset)
{
	return (uint32_t *)(void *)(rig->memory + offset);
}
