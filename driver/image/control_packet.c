#include "driver/image/control_packet.h"

#include "driver/image/image_internal.h"

const char *aie_control_packet_operation_name(unsigned operation)
{
	static const char *const names[] = {
		[AIE_CONTROL_PACKET_WRITE] = "write",
		[AIE_CONTROL_PACKET_READ] = "read",
		[AIE_CONTROL_PACKET_WRITE_INCREMENT] = "write with increment",
		[AIE_CONTROL_PACKET_BLOCK_WRITE] = "block write",
	};

	return operation < sizeof names / sizeof names[0] ? names[operation] : "?";
}

static bool odd_parity(uint32_t word)
{
	return __builtin_parity(word);
}

/*          31      30..24       23..22     21..20     19..0
 * control: parity  response id  operation  beats - 1  byte address
 *          31      27..21         20..16      14..12  4..0
 * stream:  parity  source column  source row  type    stream id */
bool aie_control_packet_next(const uint8_t *data, size_t size, size_t *position, struct aie_control_packet *packet)
{
	uint32_t stream, control;
	size_t at = *position;

	if (!image_inside(at, 8, size))
		return false;
	stream = image_load32(data + at);
	control = image_load32(data + at + 4);
	if (!odd_parity(stream) || !odd_parity(control))
		return false;
	*packet = (struct aie_control_packet){
		.stream_id = stream & 0x1F,
		.type = stream >> 12 & 7,
		.source_row = stream >> 16 & 0x1F,
		.source_column = stream >> 21 & 0x7F,
		.address = control & 0xFFFFF,
		.beats = (uint8_t)((control >> 20 & 3) + 1),
		.operation = control >> 22 & 3,
		.response_id = control >> 24 & 0x7F,
	};
	packet->data_words = packet->operation == AIE_CONTROL_PACKET_READ ? 0 : packet->beats;
	at += 8;
	if (!image_inside(at, 4 * (uint64_t)packet->data_words, size))
		return false;
	for (unsigned i = 0; i < packet->data_words; i++)
		packet->data[i] = image_load32(data + at + 4 * (size_t)i);
	*position = at + 4 * (size_t)packet->data_words;
	return true;
}
