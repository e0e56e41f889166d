#include "tests/core/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/image/core_elf.h"

static void note(struct rig *rig, bool store, uint32_t address, unsigned size)
{
	if (rig->log_count < RIG_LOG)
		rig->log[rig->log_count++] = (struct rig_access){ rig->cycle, store, address, size };
}

static enum aie_port_result reach(struct rig *rig, uint32_t address, unsigned size, struct aie_error *error)
{
	if (address < RIG_BASE || address + size > RIG_BASE + RIG_BYTES) {
		aie_error_set(error, AIE_ERROR_FAULT, "no memory at 0x%05x", address);
		return AIE_PORT_FAULT;
	}
	assert_int_equal(address % size, 0);
	uint8_t *used = &rig->banks_used[(address >> 14) & 15];
	if (rig->banks && *used)
		return AIE_PORT_STALL;
	*used = 1;
	return AIE_PORT_DONE;
}

static enum aie_port_result load(void *user, uint32_t address, unsigned size, void *data, struct aie_error *error)
{
	struct rig *rig = user;
	if (rig->stall_loads > 0) {
		rig->stall_loads--;
		return AIE_PORT_STALL;
	}
	enum aie_port_result result = reach(rig, address, size, error);
	if (result == AIE_PORT_DONE) {
		memcpy(data, rig->memory + (address - RIG_BASE), size);
		note(rig, false, address, size);
	}
	return result;
}

static enum aie_port_result store(void *user, uint32_t address, unsigned size, const void *data,
                                  struct aie_error *error)
{
	struct rig *rig = user;
	if (rig->stall_stores > 0) {
		rig->stall_stores--;
		return AIE_PORT_STALL;
	}
	enum aie_port_result result = reach(rig, address, size, error);
	if (result == AIE_PORT_DONE) {
		memcpy(rig->memory + (address - RIG_BASE), data, size);
		note(rig, true, address, size);
	}
	return result;
}

static enum aie_port_result lock_acquire(void *user, unsigned id, int value, struct aie_error *error)
{
	struct rig *rig = user;
	(void)error;
	rig->lock_asked++;
	if (rig->locks_free)
		return AIE_PORT_DONE;
	if (value < 0 ? rig->lock[id] < -value : rig->lock[id] != value)
		return AIE_PORT_STALL;
	rig->lock[id] = value < 0 ? rig->lock[id] + value : 0;
	return AIE_PORT_DONE;
}

static enum aie_port_result lock_release(void *user, unsigned id, int value, struct aie_error *error)
{
	struct rig *rig = user;
	(void)error;
	rig->lock[id] += value;
	rig->released++;
	rig->release_cycle = rig->cycle;
	return AIE_PORT_DONE;
}

static enum aie_port_result stream_read(void *user, uint32_t *word, bool *tlast, struct aie_error *error)
{
	struct rig *rig = user;
	(void)error;
	if (rig->in_next == rig->in_count)
		return AIE_PORT_STALL;
	*tlast = rig->in_last[rig->in_next];
	*word = rig->in[rig->in_next++];
	return AIE_PORT_DONE;
}

static enum aie_port_result stream_write(void *user, uint32_t word, bool tlast, struct aie_error *error)
{
	struct rig *rig = user;
	(void)error;
	if (rig->out_count == rig->out_room)
		return AIE_PORT_STALL;
	rig->out_last[rig->out_count] = tlast;
	rig->out[rig->out_count++] = word;
	return AIE_PORT_DONE;
}

static enum aie_port_result cascade_read(void *user, uint8_t word[64], struct aie_error *error)
{
	struct rig *rig = user;
	(void)error;
	if (rig->cascade_in_next == rig->cascade_in_count)
		return AIE_PORT_STALL;
	memcpy(word, rig->cascade_in[rig->cascade_in_next++], 64);
	return AIE_PORT_DONE;
}

static enum aie_port_result cascade_write(void *user, const uint8_t word[64], struct aie_error *error)
{
	struct rig *rig = user;
	(void)error;
	if (rig->cascade_out_count == rig->cascade_out_room)
		return AIE_PORT_STALL;
	memcpy(rig->cascade_out[rig->cascade_out_count++], word, 64);
	return AIE_PORT_DONE;
}

static enum aie_port_result register_read(void *user, uint32_t offset, uint32_t *value, struct aie_error *error)
{
	struct rig *rig = user;
	(void)error;
	rig->tile_offset = offset;
	*value = rig->tile_word;
	return AIE_PORT_DONE;
}

static enum aie_port_result register_write(void *user, uint32_t offset, uint32_t value, struct aie_error *error)
{
	struct rig *rig = user;
	(void)error;
	rig->tile_offset = offset;
	rig->tile_word = value;
	return AIE_PORT_DONE;
}

static void event(void *user, unsigned number)
{
	struct rig *rig = user;
	rig->events[number]++;
}

static struct rig *rig_empty(void)
{
	struct aie_error error;
	struct rig *rig = calloc(1, sizeof(*rig));
	assert_non_null(rig);
	const struct aie_core_port port = {
		.user = rig,
		.column = RIG_COLUMN,
		.row = RIG_ROW,
		.load = load,
		.store = store,
		.lock_acquire = lock_acquire,
		.lock_release = lock_release,
		.stream_read = stream_read,
		.stream_write = stream_write,
		.cascade_read = cascade_read,
		.cascade_write = cascade_write,
		.register_read = register_read,
		.register_write = register_write,
		.event = event,
	};
	rig->out_room = rig->cascade_out_room = RIG_WORDS;
	rig->core = aie_core_create(&port, &error);
	assert_non_null(rig->core);
	return rig;
}

struct rig *rig_new_bytes(const uint8_t *bytes, size_t size)
{
	struct aie_error error;
	struct rig *rig = rig_empty();
	assert_int_equal(aie_core_program_write(rig->core, 0, bytes, size, &error), 0);
	aie_core_set_enable(rig->core, true);
	return rig;
}

struct rig *rig_new(const char *text)
{
	struct aie_error error;
	struct aie_core_elf elf = { 0 };
	const struct aie_asm_source source = { .name = "test.s", .text = text, .size = strlen(text) };
	const struct aie_asm_options options = { 0 };
	uint8_t *bytes = NULL;
	size_t size = 0;
	struct rig *rig = rig_empty();
	aie_error_clear(&error);
	if (aie_assemble(&source, 1, &options, &bytes, &size, &error) != 0)
		fail_msg("%s\n%s", error.text, text);
	if (aie_core_elf_open(&elf, bytes, size, false, &error) != 0)
		fail_msg("%s", error.text);
	for (uint32_t i = 0; i < elf.piece_count; i++) {
		const struct aie_core_elf_piece *piece = &elf.piece[i];
		if (piece->window == AIE_WINDOW_PROGRAM && piece->data != NULL)
			assert_int_equal(
			        aie_core_program_write(rig->core, piece->offset, piece->data, piece->size, &error), 0);
	}
	aie_core_elf_close(&elf);
	free(bytes);
	aie_core_set_enable(rig->core, true);
	return rig;
}

void rig_free(struct rig *rig)
{
	aie_core_destroy(rig->core);
	free(rig);
}

enum aie_core_status rig_step(struct rig *rig)
{
	memset(rig->banks_used, 0, sizeof(rig->banks_used));
	rig->cycle++;
	return aie_core_step(rig->core);
}

enum aie_core_status rig_run(struct rig *rig, unsigned cycles)
{
	enum aie_core_status status = aie_core_status(rig->core);
	while (cycles-- != 0 && (status == AIE_CORE_RUNNING || status == AIE_CORE_STALLED))
		status = rig_step(rig);
	return status;
}

void rig_done(struct rig *rig)
{
	enum aie_core_status status = rig_run(rig, 100000);
	if (status == AIE_CORE_FAULT)
		fail_msg("fault at 0x%x (%s): %s", aie_core_fault(rig->core)->pc, aie_core_fault(rig->core)->bundle,
		         aie_core_fault(rig->core)->error.text);
	assert_int_equal(status, AIE_CORE_DONE);
}

void rig_faults(struct rig *rig, enum aie_error_category category, const char *text)
{
	assert_int_equal(rig_run(rig, 100000), AIE_CORE_FAULT);
	const struct aie_core_fault *fault = aie_core_fault(rig->core);
	assert_int_equal(fault->error.category, category);
	if (strstr(fault->error.text, text) == NULL)
		fail_msg("'%s' does not contain '%s'", fault->error.text, text);
}

static unsigned find(const char *name)
{
	unsigned id = aie_isa_register_find(name);
	if (id == AIE_REGISTER_NONE)
		fail_msg("no register %s", name);
	return id;
}

void rig_read(const struct rig *rig, const char *name, void *data)
{
	aie_core_register_read(rig->core, find(name), data);
}

void rig_write(struct rig *rig, const char *name, const void *data)
{
	aie_core_register_write(rig->core, find(name), data);
}

uint32_t rig_get(const struct rig *rig, const char *name)
{
	uint8_t bytes[4] = { 0 };
	assert_true(aie_isa_register(find(name))->bits <= 32);
	rig_read(rig, name, bytes);
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

void rig_set(struct rig *rig, const char *name, uint32_t value)
{
	uint8_t bytes[4] = { (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24) };
	assert_true(aie_isa_register(find(name))->bits <= 32);
	rig_write(rig, name, bytes);
}

uint32_t rig_word(const struct rig *rig, uint32_t address)
{
	uint32_t value;
	memcpy(&value, rig->memory + (address - RIG_BASE), 4);
	return value;
}

void rig_put_word(struct rig *rig, uint32_t address, uint32_t value)
{
	memcpy(rig->memory + (address - RIG_BASE), &value, 4);
}

uint32_t rig_binary(const char *instruction, uint32_t r0, uint32_t r1)
{
	char text[200];
	snprintf(text, sizeof(text), "\t%s\n\tdone\n", instruction);
	struct rig *rig = rig_new(text);
	rig_set(rig, "r0", r0);
	rig_set(rig, "r1", r1);
	rig_done(rig);
	uint32_t result = rig_get(rig, "r2");
	rig_free(rig);
	return result;
}
