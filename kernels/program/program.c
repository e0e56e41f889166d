#include "kernels/program/program.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/program/internal.h"

enum { BUFFER_ALIGNMENT = 64, MAX_DESCRIPTOR_WORDS = 0x3FFF, LOCK_LIMIT = 63 };

int aie_program_set_error(struct aie_program *program, enum aie_error_category category, const char *format, ...)
{
	if (program->error.category == AIE_ERROR_NONE) {
		va_list arguments;
		va_start(arguments, format);
		aie_error_setv(&program->error, category, format, arguments);
		va_end(arguments);
	}
	return -1;
}

static bool failed(const struct aie_program *program)
{
	return program->error.category != AIE_ERROR_NONE;
}

struct aie_program *aie_program_create(struct aie_error *error)
{
	struct aie_program *program = calloc(1, sizeof *program);
	if (!program)
		aie_error_set(error, AIE_ERROR_MEMORY, "no memory for an array program");
	return program;
}

void aie_program_destroy(struct aie_program *program)
{
	if (!program)
		return;
	for (int i = 0; i < program->core_count; i++)
		free(program->core[i].elf);
	aie_bytes_free(&program->cdo);
	aie_bytes_free(&program->xclbin);
	aie_bytes_free(&program->instructions);
	free(program);
}

const struct aie_error *aie_program_error(const struct aie_program *program)
{
	return failed(program) ? &program->error : NULL;
}

void aie_program_fail(struct aie_program *program, const struct aie_error *error)
{
	if (!failed(program))
		program->error = *error;
}

/* The tile, or NULL with an error when it is no compute tile of the array. */
static struct tile *compute_tile(struct aie_program *program, unsigned column, unsigned row)
{
	if (failed(program))
		return NULL;
	if (column >= AIE_PROGRAM_MAX_COLUMNS || row < AIE_PROGRAM_FIRST_CORE_ROW || row >= AIE_PROGRAM_ROWS) {
		aie_program_set_error(program, AIE_ERROR_INPUT, "tile (%u,%u) is no compute tile of the array", column,
		                      row);
		return NULL;
	}
	if (program->columns <= column)
		program->columns = column + 1;
	return &program->tile[column][row];
}

static void copy_name(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static uint32_t aligned(size_t size)
{
	return (uint32_t)((size + BUFFER_ALIGNMENT - 1) / BUFFER_ALIGNMENT * BUFFER_ALIGNMENT);
}

/* Lowest address >= from where `size` bytes touch none of the first `count` buffers. */
static uint32_t first_fit(const struct aie_program_buffer *buffer, size_t count, uint32_t from, size_t size)
{
	for (bool moved = true; moved;) {
		moved = false;
		for (size_t i = 0; i < count; i++)
			if (from < buffer[i].address + buffer[i].size && buffer[i].address < from + size) {
				from = aligned(buffer[i].address + buffer[i].size);
				moved = true;
			}
	}
	return from;
}

static bool place(struct aie_program_buffer *buffer, size_t count, bool use_banks)
{
	bool fits = true;
	for (size_t i = 0; i < count; i++) {
		uint32_t from =
		        use_banks && buffer[i].bank >= 0 ? (uint32_t)buffer[i].bank * AIE_PROGRAM_BANK_BYTES : 0;
		buffer[i].address = first_fit(buffer, i, from, buffer[i].size);
		fits &= buffer[i].address + buffer[i].size <= AIE_PROGRAM_DATA_BYTES;
	}
	return fits;
}

void aie_program_place_buffers(struct aie_program *program, unsigned column, unsigned row,
                               struct aie_program_buffer *buffer, size_t count)
{
	struct tile *tile = compute_tile(program, column, row);
	if (!tile)
		return;
	if (tile->data_used) {
		aie_program_set_error(program, AIE_ERROR_INTERNAL, "buffers of tile (%u,%u) are placed twice", column,
		                      row);
		return;
	}
	size_t total = 0;
	char list[200];
	size_t used = 0;
	list[0] = 0;
	for (size_t i = 0; i < count; i++) {
		/* A size beyond the memory would overflow the address arithmetic below. */
		if (buffer[i].size > UINT32_MAX / 64)
			total = SIZE_MAX / 2;
		else
			total += aligned(buffer[i].size);
		if (used < sizeof list)
			used += (size_t)snprintf(list + used, sizeof list - used, "%s%s %zu", i ? " + " : "",
			                         buffer[i].name, buffer[i].size);
	}
	if (total <= AIE_PROGRAM_DATA_BYTES && (place(buffer, count, true) || place(buffer, count, false))) {
		tile->data_used = (uint32_t)total;
		return;
	}
	aie_program_set_error(program, AIE_ERROR_INPUT,
	                      "buffers need more than the %d bytes of data memory of a core: %s",
	                      AIE_PROGRAM_DATA_BYTES, list);
}

int aie_program_lock(struct aie_program *program, unsigned column, unsigned row, unsigned initial, const char *fifo,
                     const char *role)
{
	struct tile *tile = compute_tile(program, column, row);
	if (!tile)
		return -1;
	if (tile->locks >= LOCKS_PER_TILE)
		return aie_program_set_error(program, AIE_ERROR_INPUT,
		                             "tile (%u,%u) has no lock left for %s (%d in all)", column, row, fifo,
		                             LOCKS_PER_TILE);
	if (initial > LOCK_LIMIT)
		return aie_program_set_error(program, AIE_ERROR_INPUT,
		                             "lock of %s cannot start at %u (largest value is %d)", fifo, initial,
		                             LOCK_LIMIT);
	int lock = tile->locks++;
	tile->initial[lock] = (uint8_t)initial;
	struct lock_name *name = &program->lock_name[column][row][lock];
	copy_name(name->fifo, sizeof name->fifo, fifo);
	copy_name(name->role, sizeof name->role, role);
	return lock;
}

/* ---- FIFOs and channels ------------------------------------------------------------------------------------------ */

static int take_channel(uint8_t *taken)
{
	for (int channel = 0; channel < CHANNELS_PER_DIRECTION; channel++)
		if (!(*taken & 1 << channel)) {
			*taken = (uint8_t)(*taken | 1 << channel);
			return channel;
		}
	return -1;
}

int aie_program_fifo(struct aie_program *program, const struct aie_program_fifo_spec *spec)
{
	struct tile *tile = compute_tile(program, spec->column, spec->row);
	if (!tile)
		return -1;
	if (spec->bytes % 4 || spec->bytes == 0 || spec->bytes / 4 > MAX_DESCRIPTOR_WORDS)
		return aie_program_set_error(
		        program, AIE_ERROR_INPUT,
		        "object of %s has %zu bytes; a descriptor of a compute tile moves whole 32-bit words, 1 to %d",
		        spec->name, spec->bytes, MAX_DESCRIPTOR_WORDS);
	if (program->fifo_count >= MAX_FIFOS || spec->depth == 0 || spec->depth > AIE_PROGRAM_MAX_DEPTH)
		return aie_program_set_error(program, AIE_ERROR_INPUT, "too many object FIFOs, or %s is too deep",
		                             spec->name);
	if (tile->descriptors + spec->depth > DESCRIPTORS_PER_TILE)
		return aie_program_set_error(program, AIE_ERROR_INPUT, "tile (%u,%u) has no descriptors left for %s",
		                             spec->column, spec->row, spec->name);
	int channel = take_channel(spec->input ? &tile->s2mm : &tile->mm2s);
	if (channel < 0)
		return aie_program_set_error(program, AIE_ERROR_INPUT, "tile (%u,%u) has no %s channel left for %s",
		                             spec->column, spec->row, spec->input ? "S2MM" : "MM2S", spec->name);
	int empty = aie_program_lock(program, spec->column, spec->row, spec->depth, spec->name, "empty");
	int full = aie_program_lock(program, spec->column, spec->row, 0, spec->name, "full");
	if (empty < 0 || full < 0)
		return -1;
	int id = program->fifo_count++;
	struct aie_program_fifo *fifo = &program->fifo[id];
	copy_name(fifo->name, sizeof fifo->name, spec->name);
	fifo->column = (uint8_t)spec->column;
	fifo->row = (uint8_t)spec->row;
	fifo->channel = (uint8_t)channel;
	fifo->input = spec->input;
	fifo->depth = (uint8_t)spec->depth;
	fifo->lock_empty = (uint8_t)empty;
	fifo->lock_full = (uint8_t)full;
	fifo->bytes = (uint32_t)spec->bytes;
	for (unsigned i = 0; i < spec->depth; i++) {
		fifo->address[i] = spec->address[i];
		fifo->descriptor[i] = tile->descriptors++;
	}
	program->wrong_release[id] = spec->wrong_release;
	return id;
}

const struct aie_program_fifo *aie_program_get_fifo(const struct aie_program *program, int fifo)
{
	return fifo >= 0 && fifo < program->fifo_count ? &program->fifo[fifo] : NULL;
}

int aie_program_connect(struct aie_program *program, unsigned shim_column, unsigned channel, int fifo)
{
	const struct aie_program_fifo *end = aie_program_get_fifo(program, fifo);
	if (failed(program) || !end)
		return -1;
	if (shim_column >= AIE_PROGRAM_MAX_COLUMNS || channel >= CHANNELS_PER_DIRECTION ||
	    program->shim_count >= MAX_SHIMS)
		return aie_program_set_error(program, AIE_ERROR_INPUT,
		                             "there is no shim channel %u in column %u for %s", channel, shim_column,
		                             end->name);
	for (int i = 0; i < program->shim_count; i++) {
		const struct shim *other = &program->shim[i];
		if (other->column == shim_column && other->channel == channel && other->mm2s == end->input)
			return aie_program_set_error(program, AIE_ERROR_INPUT,
			                             "shim (%u,0) %s channel %u serves %s already, not %s", shim_column,
			                             end->input ? "MM2S" : "S2MM", channel,
			                             program->fifo[other->fifo].name, end->name);
	}
	if (program->columns <= shim_column)
		program->columns = shim_column + 1;
	int id = program->shim_count++;
	program->shim[id] = (struct shim){
		.column = (uint8_t)shim_column, .channel = (uint8_t)channel, .mm2s = end->input, .fifo = fifo
	};
	return id;
}

void aie_program_core(struct aie_program *program, unsigned column, unsigned row, unsigned index, uint8_t *elf,
                      size_t elf_size)
{
	if (!compute_tile(program, column, row) || program->core_count >= MAX_CORES) {
		aie_program_set_error(program, AIE_ERROR_INPUT, "too many cores");
		free(elf);
		return;
	}
	program->core[program->core_count++] = (struct core){ .column = (uint8_t)column,
		                                              .row = (uint8_t)row,
		                                              .index = (uint8_t)index,
		                                              .elf = elf,
		                                              .elf_size = elf_size };
}

/* ---- host sequence ----------------------------------------------------------------------------------------------- */

static struct step *add_step(struct aie_program *program, int shim)
{
	if (failed(program) || shim < 0 || shim >= program->shim_count)
		return NULL;
	if (program->step_count >= MAX_STEPS) {
		aie_program_set_error(program, AIE_ERROR_INPUT, "host sequence has more than %d steps", MAX_STEPS);
		return NULL;
	}
	struct step *step = &program->step[program->step_count++];
	step->shim = shim;
	return step;
}

void aie_program_transfer(struct aie_program *program, int shim, unsigned argument, uint64_t offset, uint64_t bytes,
                          bool token)
{
	struct step *step = add_step(program, shim);
	if (!step)
		return;
	const struct shim *channel = &program->shim[shim];
	const char *name = program->fifo[channel->fifo].name;
	struct tile *tile = &program->tile[channel->column][0];
	if (offset % 4 || bytes % 4 || bytes == 0 || bytes / 4 > UINT32_MAX) {
		aie_program_set_error(program, AIE_ERROR_INPUT,
		                      "transfer of %s: %llu bytes at %llu are no whole 32-bit words or too many", name,
		                      (unsigned long long)bytes, (unsigned long long)offset);
		return;
	}
	if (tile->descriptors >= DESCRIPTORS_PER_TILE) {
		aie_program_set_error(program, AIE_ERROR_INPUT, "shim (%u,0) has no descriptor left for %s (%d in all)",
		                      channel->column, name, DESCRIPTORS_PER_TILE);
		return;
	}
	*step = (struct step){ .kind = STEP_TRANSFER,
		               .shim = shim,
		               .argument = argument,
		               .descriptor = tile->descriptors++,
		               .offset = offset,
		               .bytes = bytes,
		               .token = token };
	program->shim[shim].token |= token;
}

void aie_program_wait(struct aie_program *program, int shim)
{
	struct step *step = add_step(program, shim);
	if (step)
		step->kind = STEP_WAIT;
}

/* ---- result ------------------------------------------------------------------------------------------------------ */

static void list_parts(struct aie_program *program)
{
	for (int i = 0; i < program->core_count; i++) {
		const struct core *core = &program->core[i];
		program->worker[i] =
		        (struct aie_operator_worker){ core->column, core->row, core->index, core->elf, core->elf_size };
	}
	for (unsigned column = 0; column < program->columns; column++)
		for (unsigned row = 0; row < AIE_PROGRAM_ROWS; row++)
			for (unsigned lock = 0; lock < program->tile[column][row].locks; lock++) {
				const struct lock_name *name = &program->lock_name[column][row][lock];
				program->lock[program->lock_count++] =
				        (struct aie_operator_lock){ (uint8_t)column, (uint8_t)row, (uint8_t)lock,
					                            name->fifo, name->role };
			}
	for (int i = 0; i < program->fifo_count; i++) {
		const struct aie_program_fifo *fifo = &program->fifo[i];
		program->channel[program->channel_count++] =
		        (struct aie_operator_channel){ fifo->column, fifo->row, fifo->channel, !fifo->input,
			                               fifo->name };
	}
	for (int i = 0; i < program->shim_count; i++) {
		const struct shim *shim = &program->shim[i];
		program->channel[program->channel_count++] =
		        (struct aie_operator_channel){ shim->column, 0, shim->channel, shim->mm2s,
			                               program->fifo[shim->fifo].name };
	}
}

int aie_program_finish(struct aie_program *program, struct aie_error *error)
{
	if (!failed(program) && !aie_program_route_all(program) && !aie_program_emit(program)) {
		list_parts(program);
		return 0;
	}
	*error = program->error;
	return -1;
}

const struct aie_operator_image *aie_program_image(const struct aie_program *program)
{
	return &program->image;
}

void aie_program_describe(const struct aie_program *program, struct aie_operator_info *info)
{
	info->worker = program->worker;
	info->worker_count = (size_t)program->core_count;
	info->lock = program->lock;
	info->lock_count = program->lock_count;
	info->channel = program->channel;
	info->channel_count = program->channel_count;
}

const uint8_t *aie_program_cdo(const struct aie_program *program, size_t *size)
{
	*size = program->cdo.size;
	return program->cdo.data;
}
