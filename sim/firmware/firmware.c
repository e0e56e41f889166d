/* One command from start to end: time, failures, images, and the register map of START_CU. */
#include "sim/firmware/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/client/amdxdna_uapi.h"
#include "driver/image/pdi.h"

/* How long the array runs before cancellation and progress are looked at again (host side only, changes no result). */
static const uint64_t slice_cycles = 100000;

/* ---- time ------------------------------------------------------------------------------------------------------- */

static int note_stop(struct aie_firmware *firmware, enum aie_array_stop stop)
{
	struct aie_error error;

	if (stop == AIE_ARRAY_FAULT) {
		bool core = false;

		for (unsigned column = 0; column < aie_array_columns(firmware->array); column++)
			for (unsigned row = 0; row < aie_array_rows(firmware->array); row++) {
				const struct aie_core *unit = aie_array_core(firmware->array, column, row);

				core |= unit && aie_core_status(unit) == AIE_CORE_FAULT;
			}
		aie_array_fault(firmware->array, &error);
		firmware->result->array_fault = true;
		aie_array_fault_tile(firmware->array, &firmware->result->fault_column, &firmware->result->fault_row);
		firmware->stopped = true;
		return aie_firmware_fail(firmware, core ? AIE_FIRMWARE_ARRAY_INSTRUCTION : AIE_FIRMWARE_ARRAY_DMA,
		                         &error);
	}
	if (firmware->cancel && atomic_load_explicit(firmware->cancel, memory_order_relaxed)) {
		firmware->result->outcome = AIE_FIRMWARE_CANCELLED;
		aie_error_set(&firmware->result->error, AIE_ERROR_DEVICE, "command aborted: its context was destroyed");
		return -1;
	}
	return 0;
}

/* Bytes moved to and from system memory; whoever looks on is told. */
static uint64_t tell_progress(struct aie_firmware *firmware)
{
	struct aie_firmware_progress *progress = firmware->command->progress;
	struct aie_ddr_counters ddr;

	aie_array_ddr(firmware->array, &ddr);
	if (progress) {
		atomic_store_explicit(&progress->bytes, ddr.bytes_read + ddr.bytes_written, memory_order_relaxed);
		atomic_store_explicit(&progress->cycles, aie_array_cycle(firmware->array) - firmware->begin,
		                      memory_order_relaxed);
	}
	return ddr.bytes_read + ddr.bytes_written;
}

int aie_firmware_spend_cycles(struct aie_firmware *firmware, uint64_t cycles)
{
	uint64_t end = aie_array_cycle(firmware->array) + cycles;

	*firmware->account += cycles;
	while (aie_array_cycle(firmware->array) < end) {
		uint64_t now = aie_array_cycle(firmware->array);
		uint64_t deadline = end - now > slice_cycles ? now + slice_cycles : end;
		enum aie_array_stop stop = aie_array_run(firmware->array, deadline, false);

		if (stop == AIE_ARRAY_IDLE)
			aie_array_advance(firmware->array, end);
		tell_progress(firmware);
		if (note_stop(firmware, stop))
			return -1;
	}
	return 0;
}

int aie_firmware_spend_ps(struct aie_firmware *firmware, uint64_t ps)
{
	/* cycles = ps * MHz / 10^6, what is left over is kept for the next time */
	uint64_t product = ps * firmware->timing.clock_mhz + firmware->rest_ps;

	firmware->rest_ps = product % 1000000;
	return aie_firmware_spend_cycles(firmware, product / 1000000);
}

uint64_t aie_firmware_poll_cycles(const struct aie_firmware *firmware)
{
	uint64_t cycles = (uint64_t)firmware->timing.firmware_poll_ns * firmware->timing.clock_mhz / 1000;

	return cycles ? cycles : 1;
}

static uint64_t us_to_cycles(const struct aie_firmware *firmware, uint64_t us)
{
	return us * firmware->timing.clock_mhz;
}

static void look_for_progress(struct aie_firmware *firmware)
{
	const uint64_t bytes = tell_progress(firmware);

	if (bytes != firmware->progress_bytes) {
		firmware->progress_bytes = bytes;
		firmware->progress_cycle = aie_array_cycle(firmware->array);
	}
}

int aie_firmware_let_run(struct aie_firmware *firmware, uint64_t cycles, const char *what)
{
	uint64_t now = aie_array_cycle(firmware->array);
	uint64_t end = now + (cycles < slice_cycles ? cycles : slice_cycles);
	enum aie_array_stop stop = aie_array_run(firmware->array, end, true);

	firmware->idle = stop == AIE_ARRAY_IDLE;
	if (note_stop(firmware, stop))
		return -1;
	look_for_progress(firmware);
	if (stop == AIE_ARRAY_TOKEN)
		firmware->progress_cycle = aie_array_cycle(firmware->array);
	if (aie_array_cycle(firmware->array) - firmware->progress_cycle >
	    us_to_cycles(firmware, firmware->timing.firmware_watchdog_us))
		return aie_firmware_hang(firmware, what);
	return 0;
}

/* ---- endings ---------------------------------------------------------------------------------------------------- */

int aie_firmware_fail(struct aie_firmware *firmware, uint32_t status, const struct aie_error *error)
{
	firmware->result->outcome = AIE_FIRMWARE_FAILED;
	firmware->result->status = status;
	firmware->result->error = *error;
	return -1;
}

static void add_wait_line(void *user, const char *text)
{
	struct aie_firmware_result *result = user;
	size_t used = strlen(result->waits), length = strlen(text);
	static const char more[] = "...\n";

	/* Whole lines only; the last bytes are kept for the mark that lines are missing. */
	if (used + length + 1 + sizeof more <= sizeof result->waits)
		snprintf(result->waits + used, sizeof result->waits - used, "%s\n", text);
	else if (used + sizeof more <= sizeof result->waits &&
	         (used < sizeof more || strcmp(result->waits + used - strlen(more), more) != 0))
		memcpy(result->waits + used, more, sizeof more);
}

/* The wait graph for programs; for people, in a line each: what moves without progress, the ring, the causes. */
static void report_graph(struct aie_firmware *firmware, enum aie_hang_kind kind)
{
	struct aie_wait_graph *graph =
	        aie_array_hang(firmware->array, kind, firmware->awaits ? &firmware->awaited : NULL);
	char text[300];

	if (!graph)
		return; /* no memory: the lines of aie_array_waits() are there */
	for (unsigned i = 0; i < graph->node_count; i++)
		if (graph->node[i].state == AIE_WAIT_MOVES)
			add_wait_line(firmware->result, graph->node[i].text);
	for (unsigned i = 0; i < graph->ring_count; i++) {
		snprintf(text, sizeof text, "ring %u of %u: %s", i + 1, graph->ring_count,
		         graph->node[graph->ring[i]].text);
		add_wait_line(firmware->result, text);
	}
	/* Units that always wait for more, as object FIFOs do, are no cause: those that the controller's wait leads to.
	 */
	for (unsigned i = 0; i < graph->cause_count && (!i || graph->cause[i].reached); i++) {
		snprintf(text, sizeof text, "cause: %s", graph->cause[i].text);
		add_wait_line(firmware->result, text);
	}
	firmware->wait_graph = aie_wait_graph_text(graph);
	firmware->result->wait_graph = firmware->wait_graph;
	aie_wait_graph_destroy(graph);
}

int aie_firmware_hang(struct aie_firmware *firmware, const char *what)
{
	struct aie_firmware_result *result = firmware->result;
	char where[32] = ""; /* nothing before a stream's first operation, while an image is loaded */

	if (result->operation != UINT32_MAX)
		snprintf(where, sizeof where, " (operation %u)", result->operation);
	result->outcome = AIE_FIRMWARE_HUNG;
	result->waits[0] = 0;
	if (firmware->idle)
		aie_error_set(&result->error, AIE_ERROR_FAULT,
		              "the array does not move on and the controller waits for %s%s", what, where);
	else
		aie_error_set(&result->error, AIE_ERROR_FAULT,
		              "no progress: in %u us of simulated time nothing came of what still moves, and the "
		              "controller waits for %s%s",
		              firmware->timing.firmware_watchdog_us, what, where);
	aie_array_waits(firmware->array, add_wait_line, result);
	report_graph(firmware, firmware->idle ? AIE_HANG_DEADLOCK : AIE_HANG_NO_PROGRESS);
	return -1;
}

/* ---- images ----------------------------------------------------------------------------------------------------- */

/* The status register of the channel whose task queue stands at `address`; false when it is no task queue. */
static bool queue_status(struct aie_firmware *firmware, uint64_t address, uint64_t *status, const char **direction,
                         uint32_t *channel)
{
	enum aie_tile_kind kind = aie_tile_kind_of_row(aie_address_row(address));
	const struct aie_tile_register *reg;
	struct aie_register_location location;
	const char *name;
	bool mm2s;

	if (!aie_register_find(kind, aie_address_offset(address), &location))
		return false;
	name = location.reg->name;
	mm2s = strncmp(name, "DMA_MM2S_#_", 11) == 0;
	if ((!mm2s && strncmp(name, "DMA_S2MM_#_", 11) != 0) || !strstr(name, "_Queue"))
		return false;
	reg = aie_register_find_name((enum aie_register_module)location.reg->module,
	                             mm2s ? "DMA_MM2S_Status_#" : "DMA_S2MM_Status_#");
	if (!reg)
		return false;
	firmware->awaited = (struct aie_token){
		.column = (uint8_t)aie_address_column(address),
		.row = (uint8_t)aie_address_row(address),
		.channel = (uint8_t)location.index[0],
		.mm2s = mm2s,
	};
	*status = aie_tile_address(aie_address_column(address), aie_address_row(address),
	                           aie_register_offset(reg, location.index[0], 0));
	*direction = mm2s ? "MM2S" : "S2MM";
	*channel = location.index[0];
	return true;
}

/* A write to a full task queue has to wait and must not be lost (documented: queues take four tasks). */
static int wait_for_queue(struct aie_firmware *firmware, uint64_t address)
{
	const char *direction;
	struct aie_error error;
	uint64_t status;
	uint32_t value, channel;
	char what[96];

	if (!queue_status(firmware, address, &status, &direction, &channel))
		return 0;
	snprintf(what, sizeof what, "room in the task queue of tile (%u,%u) %s %u", aie_address_column(address),
	         aie_address_row(address), direction, channel);
	firmware->idle = false;
	for (;;) {
		if (aie_array_read32(firmware->array, status, &value, &error))
			return aie_firmware_fail(firmware, AIE_FIRMWARE_ARRAY_ACCESS, &error);
		if (AIE_FIELD_GET(value, AIE_SHIM_DMA_S2MM_STATUS_TASK_QUEUE_SIZE) < firmware->queue_depth)
			return 0;
		firmware->awaits = true;
		if (firmware->idle)
			return aie_firmware_hang(firmware, what);
		if (aie_firmware_let_run(firmware, aie_firmware_poll_cycles(firmware), what))
			return -1;
		firmware->awaits = false;
		aie_firmware_take_tokens(firmware);
	}
}

int aie_firmware_apply(struct aie_firmware *firmware, const struct aie_operation *operation, uint32_t failure_status)
{
	struct aie_error error;
	int result = 0;

	if (operation->kind == AIE_OPERATION_WRITE && wait_for_queue(firmware, operation->address))
		return -1;
	switch (operation->kind) {
	case AIE_OPERATION_WRITE:
		result = aie_array_write32(firmware->array, operation->address, operation->value, &error);
		break;
	case AIE_OPERATION_MASK_WRITE:
		result = aie_array_mask_write32(firmware->array, operation->address, operation->mask, operation->value,
		                                &error);
		break;
	case AIE_OPERATION_BLOCK_WRITE:
		result = aie_array_write_block(firmware->array, operation->address, operation->words, operation->count,
		                               &error);
		break;
	default:
		break;
	}
	if (result) {
		aie_error_prefix(&error, "%s at byte 0x%zx",
		                 aie_operation_name((enum aie_operation_kind)operation->kind), operation->offset);
		return aie_firmware_fail(firmware, failure_status, &error);
	}
	return 0;
}

/* What the controller does before it loads an image: all columns in reset state, the partition's with their clock on
 * and open to each other (documented: an image itself writes neither clocks nor isolation). */
static int open_partition(struct aie_firmware *firmware, struct aie_error *error)
{
	static const uint32_t isolation[AIE_TILE_KINDS] = {
		[AIE_TILE_SHIM] = AIE_SHIM_TILE_CONTROL,
		[AIE_TILE_MEMORY] = AIE_MEMTILE_TILE_CONTROL,
		[AIE_TILE_COMPUTE] = AIE_CORE_TILE_CONTROL,
	};
	unsigned columns = firmware->context->columns;

	if (aie_array_reset_columns(firmware->array, 0, aie_array_columns(firmware->array), error))
		return -1;
	for (unsigned column = 0; column < columns; column++) {
		uint32_t edges = AIE_FIELD(AIE_CORE_TILE_CONTROL_ISOLATE_FROM_WEST, column == 0) |
		                 AIE_FIELD(AIE_CORE_TILE_CONTROL_ISOLATE_FROM_EAST, column == columns - 1);

		if (aie_array_write32(firmware->array,
		                      aie_tile_address(column, AIE_ROW_SHIM, AIE_SHIM_COLUMN_CLOCK_CONTROL),
		                      AIE_FIELD(AIE_SHIM_COLUMN_CLOCK_CONTROL_CLOCK_BUFFER_ENABLE, 1), error))
			return -1;
		for (unsigned row = 0; row < aie_array_rows(firmware->array); row++)
			if (aie_array_write32(firmware->array,
			                      aie_tile_address(column, row, isolation[aie_tile_kind_of_row(row)]),
			                      edges, error))
				return -1;
	}
	return 0;
}

int aie_firmware_load_pdi(struct aie_firmware *firmware, uint64_t address, uint64_t size)
{
	const void *data = firmware->memory.translate(firmware->memory.user, address, size, false);
	struct aie_cdo_cursor cursor = { 0 };
	struct aie_operation operation;
	struct aie_error error;
	struct aie_pdi pdi;
	uint64_t bytes, *account = firmware->account;
	int result = -1;

	firmware->loaded_serial = 0;
	if (!data) {
		aie_error_set(&error, AIE_ERROR_INPUT,
		              "PDI at NPU address 0x%llx, %llu bytes: not in the context's memory",
		              (unsigned long long)address, (unsigned long long)size);
		return aie_firmware_fail(firmware, AIE_FIRMWARE_LOAD_PDI_FAIL, &error);
	}
	if (aie_pdi_open(&pdi, data, size, firmware->context->columns, &error)) {
		aie_error_prefix(&error, "load PDI failed");
		return aie_firmware_fail(firmware, AIE_FIRMWARE_LOAD_PDI_FAIL, &error);
	}
	firmware->account = &firmware->result->configure_cycles;
	bytes = AIE_PDI_CDO_OFFSET + sizeof(uint32_t) * (uint64_t)pdi.total_words;
	if (open_partition(firmware, &error)) {
		aie_firmware_fail(firmware, AIE_FIRMWARE_LOAD_PDI_FAIL, &error);
		goto out;
	}
	memset(firmware->tokens, 0, sizeof firmware->tokens);
	if (aie_firmware_spend_ps(firmware, firmware->timing.firmware_pdi_load_ns * UINT64_C(1000)) ||
	    aie_firmware_spend_ps(firmware, firmware->timing.firmware_pdi_ps_per_byte * bytes))
		goto out;
	while (aie_cdo_next(&pdi.cdo, &cursor, &operation)) {
		if (aie_firmware_apply(firmware, &operation, AIE_FIRMWARE_LOAD_PDI_FAIL)) {
			aie_error_prefix(&firmware->result->error, "load PDI failed");
			goto out;
		}
	}
	firmware->loaded_serial = firmware->context->serial;
	firmware->loaded_address = address;
	result = 0;
out:
	firmware->account = account;
	aie_pdi_close(&pdi);
	return result;
}

/* The configuration stays in the array between commands of the same context and image; after another context it is
 * loaded again. */
static int configure(struct aie_firmware *firmware, const struct aie_firmware_command *command)
{
	const struct aie_firmware_context *context = firmware->context;
	const struct aie_firmware_cu *cu;
	struct aie_error error;

	if (firmware->loaded_serial && firmware->loaded_serial != context->serial) {
		firmware->account = &firmware->result->configure_cycles;
		if (aie_firmware_spend_ps(firmware, firmware->timing.firmware_context_switch_ns * UINT64_C(1000)))
			return -1;
		firmware->account = &firmware->result->dispatch_cycles;
		firmware->loaded_serial = 0;
	}
	if (!command->has_cu)
		return 0;
	if (command->cu >= context->cu_count) {
		aie_error_set(&error, AIE_ERROR_INPUT, "CU %u: the context has %u", command->cu, context->cu_count);
		return aie_firmware_fail(firmware, AIE_FIRMWARE_INVALID_PARAMETER, &error);
	}
	cu = &context->cu[command->cu];
	if (firmware->loaded_serial == context->serial && firmware->loaded_address == cu->address)
		return 0;
	return aie_firmware_load_pdi(firmware, cu->address, cu->bytes);
}

/* ---- commands --------------------------------------------------------------------------------------------------- */

static uint64_t word_pair(const uint32_t *words, size_t byte)
{
	return (uint64_t)words[byte / 4 + 1] << 32 | words[byte / 4];
}

static int run_start_cu(struct aie_firmware *firmware, const struct aie_firmware_command *command)
{
	enum { MAX_ARGUMENTS = 256 };
	const uint32_t *words = command->payload;
	uint64_t arguments[MAX_ARGUMENTS], opcode;
	struct aie_error error;
	size_t count;

	if (command->payload_words * 4 < AMDXDNA_KERNEL_BUFFERS) {
		aie_error_set(&error, AIE_ERROR_INPUT,
		              "START_CU: %zu payload words, opcode, instruction address and count need 5",
		              command->payload_words);
		return aie_firmware_fail(firmware, AIE_FIRMWARE_INVALID_COMMAND, &error);
	}
	opcode = word_pair(words, AMDXDNA_KERNEL_OPCODE);
	if (opcode != AMDXDNA_KERNEL_OPCODE_TRANSACTION) {
		aie_error_set(&error, AIE_ERROR_UNSUPPORTED,
		              "START_CU: kernel opcode %llu is not established, only 3 (run a transaction stream)",
		              (unsigned long long)opcode);
		return aie_firmware_fail(firmware, AIE_FIRMWARE_INVALID_COMMAND, &error);
	}
	count = (command->payload_words * 4 - AMDXDNA_KERNEL_BUFFERS) / 8;
	if (count > MAX_ARGUMENTS)
		count = MAX_ARGUMENTS; /* the index of a patch has 8 bits */
	for (size_t i = 0; i < count; i++)
		arguments[i] = word_pair(words, AMDXDNA_KERNEL_BUFFERS + 8 * i);
	return aie_firmware_run_stream(firmware, word_pair(words, AMDXDNA_KERNEL_INSTRUCTIONS),
	                               (uint64_t)words[AMDXDNA_KERNEL_INSTRUCTION_WORDS / 4] * 4, arguments,
	                               (unsigned)count, true);
}

/* The controller's own work for a command, less what it did while the command before waited for tokens. */
static uint64_t command_ps(const struct aie_firmware *firmware, bool queued)
{
	const uint64_t all = firmware->timing.firmware_command_ns * UINT64_C(1000);
	uint64_t ahead = firmware->timing.firmware_ahead_ns * UINT64_C(1000);

	if (!queued)
		return all;
	if (ahead * firmware->timing.clock_mhz / 1000000 > firmware->waited_cycles)
		ahead = firmware->waited_cycles * 1000000 / firmware->timing.clock_mhz;
	return ahead < all ? all - ahead : 0;
}

static int run_command(struct aie_firmware *firmware, const struct aie_firmware_command *command)
{
	const uint64_t half = firmware->timing.firmware_host_ns * UINT64_C(1000) / 2;
	const uint64_t work = command_ps(firmware, command->queued);

	firmware->waited_cycles = 0;
	if (!command->queued && aie_firmware_spend_ps(firmware, half))
		return -1;
	if (aie_firmware_spend_ps(firmware, work))
		return -1;
	if (configure(firmware, command))
		return -1;
	/* (assumed: tokens that an earlier command asked for and did not wait for satisfy no wait of this one) */
	aie_firmware_take_tokens(firmware);
	memset(firmware->tokens, 0, sizeof firmware->tokens);
	if (command->kind == AIE_FIRMWARE_START_CU
	            ? run_start_cu(firmware, command)
	            : aie_firmware_run_stream(firmware, command->instructions, command->instruction_bytes, NULL, 0,
	                                      false))
		return -1;
	return command->queued ? 0 : aie_firmware_spend_ps(firmware, half);
}

void aie_firmware_run(struct aie_firmware *firmware, const struct aie_firmware_context *context,
                      const struct aie_firmware_command *command, const atomic_bool *cancel,
                      struct aie_firmware_result *result)
{
	uint64_t start = aie_array_cycle(firmware->array);

	memset(result, 0, sizeof *result);
	result->operation = UINT32_MAX;
	free(firmware->wait_graph);
	firmware->wait_graph = NULL;
	firmware->awaits = false;
	firmware->context = context;
	firmware->command = command;
	firmware->preempting = false;
	firmware->cancel = cancel;
	firmware->result = result;
	firmware->account = &result->dispatch_cycles;
	/* Not at once, so that what led to the fault could be looked at. */
	if (firmware->stopped)
		aie_array_reset_columns(firmware->array, 0, aie_array_columns(firmware->array), &result->error);
	firmware->stopped = false;
	firmware->begin = start;
	look_for_progress(firmware);
	firmware->progress_cycle = start;
	if (run_command(firmware, command))
		firmware->loaded_serial =
		        0; /* the driver re-creates the context: the next command starts from the image */
	result->cycles = aie_array_cycle(firmware->array) - start;
}

struct aie_firmware *aie_firmware_create(struct aie_array *array, const struct aie_system_memory *memory,
                                         const struct aie_device_profile *profile,
                                         const struct aie_array_timing *timing, struct aie_error *error)
{
	struct aie_firmware *firmware;

	if (aie_array_columns(array) > AIE_FIRMWARE_MAX_COLUMNS || aie_array_rows(array) > AIE_FIRMWARE_MAX_ROWS) {
		aie_error_set(error, AIE_ERROR_INTERNAL, "controller: array larger than its token table");
		return NULL;
	}
	firmware = calloc(1, sizeof *firmware);
	if (!firmware) {
		aie_error_set(error, AIE_ERROR_MEMORY, "controller: out of memory");
		return NULL;
	}
	firmware->array = array;
	firmware->memory = *memory;
	firmware->queue_depth = profile->queue_depth;
	firmware->timing = *timing;
	return firmware;
}

void aie_firmware_destroy(struct aie_firmware *firmware)
{
	if (firmware)
		free(firmware->wait_graph);
	free(firmware);
}
