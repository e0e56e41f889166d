#include "sim/array/control_packet.h"

#include <string.h>

#include "sim/array/internal.h"

/* Fields of a control header, and its operations. */
enum {
	ADDRESS_LSB = 0,
	ADDRESS_WIDTH = 20,
	BEATS_LSB = 20, /* words less one */
	BEATS_WIDTH = 2,
	OPERATION_LSB = 22,
	OPERATION_WIDTH = 2,
	RESPONSE_LSB = 24,
	RESPONSE_WIDTH = 7,
};
enum { OPERATION_WRITE = 0, OPERATION_READ = 1 };

/* Sticky bits; the status register is the same in all tiles. */
#define FIRST_PARITY  AIE_FIELD(AIE_CORE_TILE_CONTROL_PACKET_HANDLER_STATUS_FIRST_HEADER_PARITY_ERROR, 1)
#define SECOND_PARITY AIE_FIELD(AIE_CORE_TILE_CONTROL_PACKET_HANDLER_STATUS_SECOND_HEADER_PARITY_ERROR, 1)
#define SLAVE_ERROR   AIE_FIELD(AIE_CORE_TILE_CONTROL_PACKET_HANDLER_STATUS_SLVERR_ON_ACCESS, 1)
#define TLAST_ERROR   AIE_FIELD(AIE_CORE_TILE_CONTROL_PACKET_HANDLER_STATUS_TLAST_ERROR, 1)

void aie_control_init(struct aie_array *array, struct aie_tile *tile)
{
	tile->control.sink.entity = tile->control.response.entity = aie_switch_unit(array, tile);
}

void aie_control_reset(struct aie_tile *tile)
{
	struct aie_control_handler *control = &tile->control;

	aie_route_drop(&control->response);
	control->state = AIE_CONTROL_STREAM_HEADER;
	control->left = 0;
	control->last = false;
	control->status = 0;
}

bool aie_control_busy(const struct aie_tile *tile)
{
	return tile->control.state != AIE_CONTROL_STREAM_HEADER || !aie_route_empty(&tile->control.response);
}

static void fault(struct aie_array *array, const struct aie_tile *tile, struct aie_error *error)
{
	aie_error_prefix(error, "control packet");
	aie_array_set_fault(array, tile, error);
}

/* The bit is at the same place in all tiles. */
static bool checks_tlast(const struct aie_tile *tile)
{
	static const uint32_t control[AIE_TILE_KINDS] = {
		[AIE_TILE_COMPUTE] = AIE_CORE_MODULE_CLOCK_CONTROL,
		[AIE_TILE_MEMORY] = AIE_MEMTILE_MODULE_CLOCK_CONTROL,
		[AIE_TILE_SHIM] = AIE_SHIM_MODULE_CLOCK_CONTROL_0,
	};

	return AIE_FIELD_GET(aie_registers_get(tile, control[tile->kind]),
	                     AIE_CORE_MODULE_CLOCK_CONTROL_CTRL_PKT_TLAST_ERROR_ENABLE);
}

static void set_status(struct aie_tile *tile, uint32_t bits)
{
	tile->control.status |= bits;
	aie_event_control_error(tile);
}

/* TLAST came before the control packet was complete. */
static void cut_short(struct aie_array *array, struct aie_tile *tile)
{
	struct aie_error error;

	tile->control.state = AIE_CONTROL_STREAM_HEADER;
	if (checks_tlast(tile)) {
		set_status(tile, TLAST_ERROR);
		return;
	}
	aie_error_set(
	        &error, AIE_ERROR_UNSUPPORTED,
	        "tile (%u,%u): TLAST inside it, with Ctrl_Pkt_Tlast_Error_Enable off: what the handler does is not "
	        "established",
	        tile->column, tile->row);
	fault(array, tile, &error);
}

static void discard(struct aie_tile *tile, uint32_t why, bool last)
{
	set_status(tile, why);
	tile->control.state = last ? AIE_CONTROL_STREAM_HEADER : AIE_CONTROL_DISCARD;
}

static void take_header(struct aie_array *array, struct aie_tile *tile, uint32_t word, bool last)
{
	struct aie_control_handler *control = &tile->control;
	unsigned operation = aie_field_get(word, OPERATION_LSB, OPERATION_WIDTH);
	struct aie_error error;

	if (!aie_parity_odd(word)) {
		discard(tile, SECOND_PARITY, last);
		return;
	}
	control->address = aie_field_get(word, ADDRESS_LSB, ADDRESS_WIDTH);
	control->left = (uint8_t)(aie_field_get(word, BEATS_LSB, BEATS_WIDTH) + 1);
	control->response_id = (uint8_t)aie_field_get(word, RESPONSE_LSB, RESPONSE_WIDTH);
	control->last = last;
	switch (operation) {
	case OPERATION_READ:
		control->state = AIE_CONTROL_ANSWER_HEADER;
		return;
	case OPERATION_WRITE:
		control->state = AIE_CONTROL_WRITE;
		if (last)
			cut_short(array, tile);
		return;
	default:
		aie_error_set(&error, AIE_ERROR_UNSUPPORTED,
		              "tile (%u,%u): operation %u (address 0x%05X): how it differs from a write is not public",
		              tile->column, tile->row, operation, control->address);
		fault(array, tile, &error);
	}
}

static void take_data(struct aie_array *array, struct aie_tile *tile, uint32_t word, bool last)
{
	struct aie_control_handler *control = &tile->control;
	struct aie_register_location location;
	uint32_t address = control->address;
	struct aie_error error;

	/* The state goes on first: the write may reset this very handler. */
	control->address += 4;
	control->left--;
	if (last && control->left)
		cut_short(array, tile);
	else if (last)
		control->state = AIE_CONTROL_STREAM_HEADER;
	else if (!control->left)
		control->state = AIE_CONTROL_HEADER;
	if (address % 4 || !aie_register_find(tile->kind, address, &location))
		set_status(tile, SLAVE_ERROR);
	else if (aie_tile_write(array, tile, address, word, &error))
		fault(array, tile, &error);
}

/* Take a word; the cycle of the next step. */
static uint64_t take_word(struct aie_array *array, struct aie_tile *tile, uint64_t now)
{
	struct aie_control_handler *control = &tile->control;
	uint64_t ready = aie_sink_ready(&control->sink, 1);
	uint32_t word;
	bool last;

	if (ready > now) {
		if (ready == AIE_NEVER)
			control->sink.want = 1;
		return ready;
	}
	aie_sink_take(array, &control->sink, &word, 1, now, &last);
	switch ((enum aie_control_state)control->state) {
	case AIE_CONTROL_STREAM_HEADER:
		if (!aie_parity_odd(word))
			discard(tile, FIRST_PARITY, last);
		else if (last)
			cut_short(array, tile);
		else
			control->state = AIE_CONTROL_HEADER;
		break;
	case AIE_CONTROL_HEADER:
		take_header(array, tile, word, last);
		break;
	case AIE_CONTROL_WRITE:
		take_data(array, tile, word, last);
		break;
	default:
		if (last)
			control->state = AIE_CONTROL_STREAM_HEADER;
		break;
	}
	return now + 1;
}

/* Send a word of the answer; the cycle of the next step. */
static uint64_t answer(struct aie_array *array, struct aie_tile *tile, uint64_t now)
{
	struct aie_control_handler *control = &tile->control;
	struct aie_register_location location;
	struct aie_error error;
	uint32_t word;

	if (aie_route_space(&control->response) == 0) {
		control->response.want = 1;
		return AIE_NEVER;
	}
	for (uint32_t i = 0; control->response.refused && i < control->response.target_count; i++) {
		const struct aie_route_target *target = &control->response.target[i];

		if (target->end != AIE_END_REFUSED)
			continue;
		aie_error_set(&error, AIE_ERROR_UNIMPLEMENTED,
		              "tile (%u,%u): refused: its answer leads into tile (%u,%u): %s", tile->column, tile->row,
		              target->column, target->row, target->reason);
		fault(array, tile, &error);
		return AIE_NEVER;
	}
	if (control->state == AIE_CONTROL_ANSWER_HEADER) {
		aie_route_send_word(array, &control->response,
		                    aie_packet_header(tile, control->response_id & 0x1FU, AIE_CONTROL_RESPONSE_TYPE, 0),
		                    false);
		control->state = AIE_CONTROL_ANSWER;
		return now + 1;
	}
	if (control->address % 4 || !aie_register_find(tile->kind, control->address, &location)) {
		set_status(tile, SLAVE_ERROR);
		aie_error_set(
		        &error, AIE_ERROR_UNSUPPORTED,
		        "tile (%u,%u): read of 0x%05X, where no register is: what the answer holds is not established",
		        tile->column, tile->row, control->address);
		fault(array, tile, &error);
		return AIE_NEVER;
	}
	if (aie_tile_read(array, tile, control->address, &word, &error)) {
		fault(array, tile, &error);
		return AIE_NEVER;
	}
	control->address += 4;
	control->left--;
	aie_route_send_word(array, &control->response, word, control->left == 0);
	if (control->left == 0)
		control->state = control->last ? AIE_CONTROL_STREAM_HEADER : AIE_CONTROL_HEADER;
	return now + 1;
}

uint64_t aie_control_step(struct aie_array *array, struct aie_tile *tile, uint64_t now)
{
	if (tile->control.state == AIE_CONTROL_ANSWER_HEADER || tile->control.state == AIE_CONTROL_ANSWER)
		return answer(array, tile, now);
	return tile->control.sink.route ? take_word(array, tile, now) : AIE_NEVER;
}
