/* Programs: a kernel of a control-code ELF in a context.
 *
 * PDIs and program-memory packets are loaded once; what a run patches (control code, control packets, save and restore
 * streams) is copied for each command, because patching adds to what stands there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "driver/client/client.h"

/* Preemption saves a column's memories there (documented: what the vendor's run time allocates). */
static const size_t scratch_bytes_per_column = 512 << 10;

int aie_elf_columns(const void *elf, size_t size, unsigned *columns, struct aie_error *error)
{
	struct aie_control_elf file;

	if (aie_control_elf_open(&file, elf, size, error))
		return -1;
	*columns = file.columns;
	aie_control_elf_close(&file);
	return 0;
}

static bool is_shared(enum aie_control_section_kind kind)
{
	return kind == AIE_CONTROL_PDI || kind == AIE_CONTROL_PM;
}

static struct aie_buffer *load(struct aie_device *device, const struct aie_control_elf_section *section,
                               struct aie_error *error)
{
	/* What a shim DMA reads lies in host memory, what the controller reads in the heap. */
	const bool data = section->kind == AIE_CONTROL_DATA || section->kind == AIE_CONTROL_PM;
	struct aie_buffer *buffer =
	        aie_buffer_create(device, section->size, data ? AIE_BUFFER_HOST : AIE_BUFFER_INSTRUCTION, error);

	if (!buffer) {
		aie_error_prefix(error, "section %s", section->name);
		return NULL;
	}
	memcpy(buffer->data, section->data, section->size);
	if (aie_buffer_flush(buffer, 0, section->size, error)) {
		aie_buffer_destroy(buffer);
		return NULL;
	}
	return buffer;
}

static bool in_instance(const struct aie_control_elf_instance *instance, uint32_t section)
{
	for (uint32_t i = 0; i < instance->section_count; i++)
		if (instance->section[i] == section)
			return true;
	return false;
}

/* Memory that patches ask for; a patch of what is shared between commands is refused. */
static int prepare_patches(struct aie_program *program, struct aie_error *error)
{
	struct aie_device *device = program->context->device;

	for (uint32_t i = 0; i < program->elf.patch_count; i++) {
		const struct aie_control_elf_patch *patch = &program->elf.patch[i];
		const struct aie_control_elf_section *section = &program->elf.section[patch->section];

		if (!in_instance(program->instance, patch->section))
			continue;
		if (is_shared(section->kind))
			return aie_error_set(error, AIE_ERROR_UNSUPPORTED, "ELF: patch of section %s by symbol %s",
			                     section->name, patch->name);
		if (patch->value == AIE_CONTROL_VALUE_SCRATCH_MEMORY && !program->scratch)
			program->scratch = aie_buffer_create(
			        device, scratch_bytes_per_column * program->context->columns, AIE_BUFFER_HOST, error);
		if (patch->value == AIE_CONTROL_VALUE_SCRATCH_MEMORY && !program->scratch)
			return -1;
		if (patch->value == AIE_CONTROL_VALUE_SCRATCH_CONTROL && !program->state)
			program->state =
			        aie_buffer_create(device, patch->size ? patch->size : 1, AIE_BUFFER_INSTRUCTION, error);
		if (patch->value == AIE_CONTROL_VALUE_SCRATCH_CONTROL && !program->state)
			return -1;
	}
	return 0;
}

static int load_shared(struct aie_program *program, struct aie_error *error)
{
	for (uint32_t i = 0; i < program->instance->section_count; i++) {
		uint32_t index = program->instance->section[i];
		const struct aie_control_elf_section *section = &program->elf.section[index];

		if (!is_shared(section->kind) || program->shared[index])
			continue;
		program->shared[index] = load(program->context->device, section, error);
		if (!program->shared[index])
			return -1;
		program->has_pdi |= section->kind == AIE_CONTROL_PDI;
	}
	return 0;
}

static int check_context(const struct aie_program *program, struct aie_error *error)
{
	const struct aie_context *context = program->context;

	if (!program->elf.full && !context->configured)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "ELF: the plain form has no PDI and needs a context made from an xclbin");
	if (program->elf.columns > context->columns)
		return aie_error_set(error, AIE_ERROR_INPUT, "ELF: wants %u columns, the context has %u",
		                     program->elf.columns, context->columns);
	return 0;
}

struct aie_program *aie_program_open(struct aie_context *context, const void *elf, size_t size, const char *name,
                                     struct aie_error *error)
{
	struct aie_program *program = calloc(1, sizeof *program);

	if (program && size)
		program->bytes = malloc(size);
	if (!program || !program->bytes) {
		free(program);
		aie_error_set(error, size ? AIE_ERROR_MEMORY : AIE_ERROR_INPUT,
		              size ? "out of memory" : "ELF of 0 bytes");
		return NULL;
	}
	program->context = context;
	memcpy(program->bytes, elf, size);
	if (aie_control_elf_open(&program->elf, program->bytes, size, error))
		goto failed;
	program->instance = aie_control_elf_find(&program->elf, name, error);
	if (!program->instance || check_context(program, error))
		goto failed;
	program->shared = calloc(program->elf.section_count, sizeof(struct aie_buffer *));
	if (!program->shared) {
		aie_error_set(error, AIE_ERROR_MEMORY, "out of memory");
		goto failed;
	}
	if (load_shared(program, error) || prepare_patches(program, error))
		goto failed;
	return program;
failed:
	aie_program_close(program);
	return NULL;
}

void aie_program_close(struct aie_program *program)
{
	if (!program)
		return;
	for (uint32_t i = 0; program->shared && i < program->elf.section_count; i++)
		aie_buffer_destroy(program->shared[i]);
	aie_buffer_destroy(program->scratch);
	aie_buffer_destroy(program->state);
	free(program->shared);
	aie_control_elf_close(&program->elf);
	free(program->bytes);
	free(program);
}

unsigned aie_program_arguments(const struct aie_program *program)
{
	return program->instance->argument_count;
}

/* ---- commands --------------------------------------------------------------------------------------------------- */

/* The copies of one command, by section of the ELF. */
struct copies {
	struct aie_buffer **by_section;
	struct aie_buffer *const *arguments;
	size_t argument_count;
};

static const struct aie_buffer *shared_by_id(const struct aie_program *program, enum aie_control_section_kind kind,
                                             uint32_t id)
{
	for (uint32_t i = 0; i < program->elf.section_count; i++)
		if (program->elf.section[i].kind == kind && program->elf.section[i].id == id && program->shared[i])
			return program->shared[i];
	return NULL;
}

static const struct aie_buffer *inserted(const struct aie_program *program, const struct copies *copies,
                                         const struct aie_control_elf_patch *patch)
{
	switch (patch->value) {
	case AIE_CONTROL_VALUE_ARGUMENT:
		return patch->index < copies->argument_count ? copies->arguments[patch->index] : NULL;
	case AIE_CONTROL_VALUE_CONTROL_PACKET:
		return program->instance->data >= 0 ? copies->by_section[program->instance->data] : NULL;
	case AIE_CONTROL_VALUE_SCRATCH_MEMORY:
		return program->scratch;
	case AIE_CONTROL_VALUE_SCRATCH_CONTROL:
		return program->state;
	case AIE_CONTROL_VALUE_PM:
		return shared_by_id(program, AIE_CONTROL_PM, patch->index);
	case AIE_CONTROL_VALUE_PDI:
		return shared_by_id(program, AIE_CONTROL_PDI, patch->index);
	default:
		return NULL;
	}
}

static int apply_patches(const struct aie_program *program, const struct copies *copies, struct aie_error *error)
{
	for (uint32_t i = 0; i < program->elf.patch_count; i++) {
		const struct aie_control_elf_patch *patch = &program->elf.patch[i];
		const struct aie_buffer *value;

		if (!copies->by_section[patch->section])
			continue;
		value = inserted(program, copies, patch);
		if (!value)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "ELF: nothing to insert for symbol %s in section %s", patch->name,
			                     program->elf.section[patch->section].name);
		aie_control_elf_apply(patch, value->npu, copies->by_section[patch->section]->data);
	}
	for (uint32_t i = 0; i < program->elf.section_count; i++)
		if (copies->by_section[i] &&
		    aie_buffer_flush(copies->by_section[i], 0, copies->by_section[i]->size, error))
			return -1;
	return 0;
}

static int copy_sections(struct aie_program *program, struct aie_command *command, struct copies *copies,
                         struct aie_error *error)
{
	const struct aie_control_elf_instance *instance = program->instance;

	command->own = calloc(instance->section_count + 1, sizeof(struct aie_buffer *));
	if (!command->own)
		return aie_error_set(error, AIE_ERROR_MEMORY, "out of memory");
	for (uint32_t i = 0; i < instance->section_count; i++) {
		uint32_t index = instance->section[i];
		struct aie_buffer *copy;

		if (is_shared(program->elf.section[index].kind) || copies->by_section[index])
			continue;
		copy = load(program->context->device, &program->elf.section[index], error);
		if (!copy)
			return -1;
		copies->by_section[index] = command->own[command->own_count++] = copy;
	}
	return apply_patches(program, copies, error);
}

static void touch_all(const struct aie_program *program, struct aie_command *command, const struct copies *copies)
{
	for (uint32_t i = 0; i < command->own_count; i++)
		aie_client_touch(command, command->own[i]);
	for (uint32_t i = 0; i < program->elf.section_count; i++)
		if (program->shared[i])
			aie_client_touch(command, program->shared[i]);
	if (program->scratch)
		aie_client_touch(command, program->scratch);
	if (program->state)
		aie_client_touch(command, program->state);
	for (size_t i = 0; i < copies->argument_count; i++)
		aie_client_touch(command, copies->arguments[i]);
}

static void build_packet(const struct aie_program *program, struct aie_command *command, const struct copies *copies)
{
	enum { SLOT_HEADER_BYTES = 52, SLOT_ELF_BYTES = 56, ARGUMENT_BYTES = 8 };
	const struct aie_control_elf_instance *instance = program->instance;
	const bool saves = instance->save >= 0 && instance->restore >= 0;
	const struct aie_buffer *text = copies->by_section[instance->text];
	const struct aie_buffer *save = saves ? copies->by_section[instance->save] : NULL;
	const struct aie_buffer *restore = saves ? copies->by_section[instance->restore] : NULL;

	/* (documented: which opcode the vendor's run time takes for which file) */
	command->opcode = program->has_pdi             ? AMDXDNA_OPCODE_START_NPU_PREEMPT_ELF
	                  : saves || program->elf.full ? AMDXDNA_OPCODE_START_NPU_PREEMPT
	                                               : AMDXDNA_OPCODE_START_NPU;
	command->slot_bytes = program->has_pdi ? SLOT_ELF_BYTES : SLOT_HEADER_BYTES + ARGUMENT_BYTES;
	aie_client_put(command, UINT32_C(1) << program->context->cu);
	aie_client_put_pair(command, text->npu);
	if (command->opcode != AMDXDNA_OPCODE_START_NPU) {
		aie_client_put_pair(command, save ? save->npu : 0);
		aie_client_put_pair(command, restore ? restore->npu : 0);
	}
	aie_client_put(command, (uint32_t)text->size);
	if (command->opcode != AMDXDNA_OPCODE_START_NPU) {
		aie_client_put(command, save ? (uint32_t)save->size : 0);
		aie_client_put(command, restore ? (uint32_t)restore->size : 0);
	}
	aie_client_put(command, 0); /* properties */
	aie_client_put_pair(command, AMDXDNA_KERNEL_OPCODE_TRANSACTION);
}

struct aie_command *aie_command_create_program(struct aie_program *program, struct aie_buffer *const *arguments,
                                               size_t argument_count, struct aie_error *error)
{
	const uint32_t sections = program->elf.section_count;
	struct copies copies = { .arguments = arguments, .argument_count = argument_count };
	struct aie_command *command;

	if (argument_count != program->instance->argument_count) {
		aie_error_set(error, AIE_ERROR_INPUT, "%zu argument buffers, the kernel takes %u", argument_count,
		              program->instance->argument_count);
		return NULL;
	}
	command = aie_client_command_new(program->context, 2 * (size_t)sections + argument_count + 2, error);
	if (!command)
		return NULL;
	copies.by_section = calloc(sections, sizeof(struct aie_buffer *));
	if (!copies.by_section) {
		aie_error_set(error, AIE_ERROR_MEMORY, "out of memory");
		goto failed;
	}
	if (copy_sections(program, command, &copies, error))
		goto failed;
	build_packet(program, command, &copies);
	touch_all(program, command, &copies);
	if (aie_client_command_ready(command, error))
		goto failed;
	free(copies.by_section);
	return command;
failed:
	free(copies.by_section);
	aie_command_destroy(command);
	return NULL;
}
